/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include "width.h"

#include <string.h>

static void blanks(struct flow *f, size_t count)
{
	f->at += count;
	while (count--)
		fm_buf_chr(f->buf, ' ');
}

static void new_line(struct flow *f)
{
	fm_buf_chr(f->buf, '\n');
	f->at = 0;
	blanks(f, f->indent);
	f->open = false;
}

/** Behind `gap` blanks, on the next line when this one has no room for it. */
static void piece(struct flow *f, struct fm_span text, size_t gap)
{
	size_t width = width_of(text);

	if (!f->open)
		gap = 0;
	/* What no line can hold gains little from one of its own. */
	if (f->width && f->open && f->at + gap + width > f->width &&
	    (f->indent + width <= f->width || f->at - f->indent > f->width / 3)) {
		new_line(f);
		gap = 0;
	}
	blanks(f, gap);
	fm_buf_add(f->buf, text.ptr, text.len);
	f->at += width;
	f->open = true;
}

static size_t word_len(struct fm_span text, size_t at)
{
	size_t end = at;

	while (end < text.len && text.ptr[end] != ' ')
		end++;
	return end - at;
}

/** Does a command to run begin here: at the start, or behind "run:" or "or"? */
static bool is_command(struct fm_span text, size_t at)
{
	static const char name[] = "fourmica ";

	if (text.len - at < sizeof(name) ||
	    memcmp(text.ptr + at, name, sizeof(name) - 1) != 0)
		return false;
	return at < 2 || text.ptr[at - 2] == ':' ||
	       (at > 3 && memcmp(text.ptr + at - 4, " or ", 4) == 0);
}

/** To the comma or semicolon that ends it. */
static size_t command_len(struct fm_span text, size_t at)
{
	size_t end = at;

	for (;;) {
		end += word_len(text, end);
		if (end >= text.len || strchr(",;.", text.ptr[end - 1]))
			return end - at;
		while (end < text.len && text.ptr[end] == ' ')
			end++;
	}
}

void flow_words(struct flow *f, struct fm_span text)
{
	size_t gap = 1;

	for (size_t at = 0; at < text.len;) {
		size_t len;

		if (text.ptr[at] == ' ') {
			for (gap = 0; at < text.len && text.ptr[at] == ' '; at++)
				gap++;
			continue;
		}
		len = is_command(text, at) ? command_len(text, at) : word_len(text, at);
		piece(f, (struct fm_span){ text.ptr + at, len }, gap);
		at += len;
	}
}

void flow_pair(struct flow *f, const char *label, struct fm_span value, bool color)
{
	size_t width = strlen(label) + 2 + width_of(value), indent = f->indent;

	if (f->open && f->width && f->at + 2 + width > f->width)
		new_line(f);
	blanks(f, f->open ? 2 : 0);
	fm_buf_fmt(f->buf, color ? "\033[1m%s:\033[0m" : "%s:", label);
	f->at += strlen(label) + 1;
	f->open = true;
	/* Its own lines stand further in than those of the next pair. */
	f->indent += 2;
	if (f->width && f->at + 1 + width_of(value) > f->width)
		flow_words(f, value);
	else
		piece(f, value, 1);
	f->indent = indent;
}
