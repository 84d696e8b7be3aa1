/* SPDX-License-Identifier: MIT */
/* Lines out of pieces, capped. */
#include <fourmica/bytes.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PIECE 65536u

enum fm_code fm_lines_init(struct fm_lines *lines, size_t most, struct fm_err *err)
{
	/* A line at its cap, its CR LF, and room to read on behind it. */
	*lines = (struct fm_lines){ .most = most, .size = most + 2 + PIECE };
	lines->bytes = malloc(lines->size);
	return lines->bytes ? FM_OK : fm_nomem(err);
}

void fm_lines_clear(struct fm_lines *lines)
{
	free(lines->bytes);
	*lines = (struct fm_lines){ .end = true };
}

char *fm_lines_room(struct fm_lines *lines, size_t *room)
{
	size_t rest = lines->to - lines->from;

	assert(rest <= lines->most + 1 && "lines are taken before more is fed");
	if (rest && lines->from)
		memmove(lines->bytes, lines->bytes + lines->from, rest);
	lines->from = 0;
	lines->to = rest;
	*room = lines->size - rest;
	return lines->bytes + rest;
}

void fm_lines_fed(struct fm_lines *lines, size_t got)
{
	assert(got <= lines->size - lines->to);
	lines->to += got;
	lines->end = got == 0;
}

/* The line that begins at `from`: *len without its LF or CR LF, *next behind them. False when no
 * end of it is there. */
static bool whole_line(size_t *len, size_t *next, const struct fm_lines *lines)
{
	const char *from = lines->bytes + lines->from;
	size_t there = lines->to - lines->from;
	const char *lf = there ? memchr(from, '\n', there) : NULL;

	if (!lf && !(lines->end && there))
		return false;
	*len = lf ? (size_t)(lf - from) : there;
	*next = lines->from + *len + (lf != NULL);
	if (lf && *len && from[*len - 1] == '\r')
		--*len;
	return true;
}

/* Drop bytes up to the end of the long line. False: it is not there yet. */
static bool skip(struct fm_lines *lines)
{
	size_t len, next;

	if (!whole_line(&len, &next, lines)) {
		lines->from = lines->to;
		return lines->end;
	}
	lines->from = next;
	return true;
}

enum fm_line_kind fm_lines_next(struct fm_span *line, struct fm_lines *lines)
{
	size_t len, next;

	if (lines->skipping && !skip(lines))
		return FM_LINE_NONE;
	lines->skipping = false;
	if (whole_line(&len, &next, lines)) {
		*line = (struct fm_span){ lines->bytes + lines->from, len };
		lines->from = next;
		lines->number++;
		return len > lines->most ? FM_LINE_LONG : FM_LINE_READY;
	}
	if (lines->end)
		return FM_LINE_END;
	/* One byte more may be the CR of the line's end. */
	if (lines->to - lines->from <= lines->most + 1)
		return FM_LINE_NONE;
	lines->skipping = true;
	lines->number++;
	return FM_LINE_LONG;
}
