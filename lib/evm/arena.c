/* SPDX-License-Identifier: MIT */
#include <evm/arena.h>

#include <stdint.h>
#include <stdlib.h>

#define CHUNK 4096

union block {
	struct {
		union block *next;
		size_t used, size;
	};
	max_align_t align;
};

struct fm_arena {
	union block *blocks;
	size_t left;
};

struct fm_arena *fm_arena_new(size_t cap)
{
	struct fm_arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->left = cap;
	return arena;
}

void fm_arena_free(struct fm_arena *arena)
{
	if (!arena)
		return;
	while (arena->blocks) {
		union block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	free(arena);
}

static union block *new_block(struct fm_arena *arena, size_t need)
{
	size_t size = need > CHUNK ? need : CHUNK;
	union block *block = calloc(1, sizeof(*block) + size);

	if (!block)
		return NULL;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *fm_arena_take(struct fm_arena *arena, size_t count, size_t size)
{
	const size_t align = sizeof(max_align_t);
	union block *block = arena->blocks;
	size_t need;

	if (count > arena->left / size ||
	    count * size > arena->left - arena->left % align)
		return NULL;
	need = (count * size + align - 1) / align * align;
	if (!need)
		need = align;
	if (need > arena->left)
		return NULL;
	if (!block || block->size - block->used < need)
		block = new_block(arena, need);
	if (!block)
		return NULL;
	arena->left -= need;
	block->used += need;
	return (char *)(block + 1) + block->used - need;
}
