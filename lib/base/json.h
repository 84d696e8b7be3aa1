/* SPDX-License-Identifier: MIT */
/** What the files of the JSON reader share. */
#ifndef FOURMICA_BASE_JSON_H
#define FOURMICA_BASE_JSON_H

#include <fourmica/json.h>

/** The decoded bytes of a string, one at a time. */
struct fm_json_bytes {
	const char *at, *end;
	char held[4]; /**< a decoded escape */
	uint8_t held_len, held_at;
};

struct fm_json_bytes fm_json_bytes_of(const struct fm_json *string);
/** The next byte, or -1 at the end. */
int fm_json_byte(struct fm_json_bytes *in);

/** Find a member name that an object holds twice. Time grows as n log n whatever the
 *  names are. Out: twice  the later of the two; untouched when there is none. */
enum fm_code fm_json_twice(const struct fm_json **twice, const struct fm_json *object,
			   struct fm_err *err) FM_MUST_USE;

/** Line and column, both from 1, of a place in the text that begins at `start`. */
void fm_json_place(const char *start, const char *at, unsigned *line, unsigned *column);

#endif
