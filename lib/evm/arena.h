/* SPDX-License-Identifier: MIT */
/** Memory that is freed all at once. */
#ifndef FOURMICA_EVM_ARENA_H
#define FOURMICA_EVM_ARENA_H

#include <stddef.h>

struct fm_arena;

/** NULL when there is no memory. At most `cap` bytes will be given out. */
struct fm_arena *fm_arena_new(size_t cap);
void fm_arena_free(struct fm_arena *arena);
/** `count` zeroed items of `size` bytes, aligned for anything; NULL when the cap or
 *  memory is at its end. */
void *fm_arena_take(struct fm_arena *arena, size_t count, size_t size);

#endif
