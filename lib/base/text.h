/* SPDX-License-Identifier: MIT */
/** UTF-8, one code point at a time. */
#ifndef FOURMICA_BASE_TEXT_H
#define FOURMICA_BASE_TEXT_H

#include <fourmica/bytes.h>

/** Length of the well-formed sequence `text` begins with, its value in *point; 0 when
 *  there is none (also for no bytes). */
size_t fm_utf8_next(uint32_t *point, const char *text, size_t len) FM_MUST_USE;
/** Write one code point (at most 10FFFF, no surrogate); returns its length, 1 to 4. */
size_t fm_utf8_put(char out[static 4], uint32_t point);

#endif
