/* SPDX-License-Identifier: MIT */
/* The Tab key of the prompt. */
#include "repl_edit.h"

#include "candidates.h"
#include "width.h"
#include "words.h"

#include <string.h>

#define LIST_MOST 200 /* candidates shown at once */

static void list(const struct prompt *p, const struct candidates *found)
{
	int columns = 80;
	const size_t count = found->count < LIST_MOST ? found->count : LIST_MOST;
	size_t wide = 0, across;

	libedit()->get(p->el, EL_GETTC, "co", &columns, (void *)NULL);
	for (size_t i = 0; i < count; i++) {
		size_t len = width_of(fm_span_of(found->items[i].value));

		wide = len > wide ? len : wide;
	}
	across = columns > 0 && wide + 2 < (size_t)columns ? (size_t)columns / (wide + 2)
							   : 1;
	for (size_t i = 0; i < count; i++) {
		const char *value = found->items[i].value;

		fprintf(p->shown, "%s%s%*s", i % across ? "" : "\n", value,
			(int)(wide + 2 - width_of(fm_span_of(value))), "");
	}
	if (count < found->count)
		fprintf(p->shown, "\n... and %zu more", found->count - count);
	fputc('\n', p->shown);
	fflush(p->shown);
}

/* The quote the cursor stands in, or 0. */
static char quote_at(struct fm_span line)
{
	char quote = '\0';

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (c == '\\' && quote != '\'')
			i++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
	}
	return quote;
}

/* What all of them begin with, behind what was typed. */
static size_t common(const struct candidates *found, size_t from)
{
	const char *first = found->items[0].value;
	size_t len = strlen(first);

	for (size_t i = 1; i < found->count; i++)
		while (len > from && strncmp(first, found->items[i].value, len) != 0)
			len--;
	return len;
}

static bool insert(struct prompt *p, const struct candidates *found, const char *typed,
		   char quote)
{
	size_t from = strlen(typed), to = common(found, from);
	struct fm_buf piece, quoted;
	bool moved;

	fm_buf_init(&piece, WORDS_LINE_MAX);
	fm_buf_init(&quoted, 2 * WORDS_LINE_MAX);
	fm_buf_add(&piece, found->items[0].value + from, to - from);
	if (piece.len)
		words_quote(&quoted, piece.ptr, quote);
	if (found->count == 1 && !found->items[0].open) {
		if (quote)
			fm_buf_chr(&quoted, quote);
		fm_buf_chr(&quoted, ' ');
	}
	moved = quoted.len && libedit()->insertstr(p->el, quoted.ptr) == 0;
	fm_buf_clear(&piece);
	fm_buf_clear(&quoted);
	return moved;
}

unsigned char repl_complete(EditLine *el, int key)
{
	struct prompt *p = NULL;
	const LineInfo *info = libedit()->line(el);
	struct fm_span line = { info->buffer, (size_t)(info->cursor - info->buffer) };
	struct candidates found = { 0 };
	struct words words;
	unsigned char rc = CC_ERROR;

	(void)key;
	libedit()->get(el, EL_CLIENTDATA, &p);
	if (!words_typed(&words, line))
		return CC_ERROR;
	candidates_find(&found, p->session, (int)words.count, words.items, true);
	if (found.count) {
		const char *typed = words.items[words.count - 1];

		rc = CC_REFRESH;
		if (!insert(p, &found, typed, quote_at(line))) {
			list(p, &found);
			rc = CC_REDISPLAY;
		}
	}
	candidates_clear(&found);
	words_clear(&words);
	return rc;
}
