/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdlib.h>
#include <string.h>

#define LAST "$last."

struct splitter {
	struct words *out;
	struct fm_span line;
	size_t at;
	struct fm_buf word;
	bool begun; /* also a word of nothing but quotes is one */
	words_last_fn *last;
	void *ctx;
	struct fm_err *err;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool add_word(struct words *words, const char *text, size_t len)
{
	char **more = realloc(words->items, (words->count + 2) * sizeof(*more));
	char *copy;

	if (!more)
		return false;
	words->items = more;
	copy = malloc(len + 1);
	if (!copy)
		return false;
	if (len)
		memcpy(copy, text, len);
	copy[len] = '\0';
	more[words->count++] = copy;
	more[words->count] = NULL;
	return true;
}

static enum fm_code end_word(struct splitter *s)
{
	bool ok = fm_buf_ok(&s->word);

	if (ok && s->begun)
		ok = add_word(s->out, s->word.ptr, s->word.len);
	fm_buf_wipe(&s->word);
	s->begun = false;
	return ok ? FM_OK : fm_nomem(s->err);
}

static bool is_path(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Would what a value begins with be read as more than a value here? "-" as an option where a word
 * begins; "@" and "<" as the name of a file where an option's value begins: "-d", then the word, or
 * "-d$last.x", "--data=$last.x". Values come from sellers, who must not choose either. */
static bool is_more(const struct splitter *s, size_t from)
{
	const char *word = s->word.ptr;

	if (s->word.len == from)
		return false;
	if (word[from] == '-')
		return from == 0;
	if (from && word[from - 1] == '=')
		return word[from] == '@' || word[from] == '<';
	return word[from] == '@' &&
	       (from == 0 || (word[0] == '-' && !memchr(word, '=', from)));
}

static enum fm_code put_last(struct splitter *s, struct fm_span path)
{
	size_t from = s->word.len;
	enum fm_code rc = s->last(&s->word, s->ctx, path, s->err);
	char begins;

	if (rc || !fm_buf_ok(&s->word) || !is_more(s, from))
		return rc;
	begins = s->word.ptr[from];
	fm_fail(s->err, FM_E_USAGE, "$last.%.*s begins with '%c', so it is not put here",
		(int)(path.len < 80 ? path.len : 80), path.ptr, begins);
	return begins == '-'
		       ? fm_hint(s->err, "as an option's value: --NAME=$last.%.*s",
				 (int)(path.len < 40 ? path.len : 40), path.ptr)
		       : fm_hint(s->err, "it would name a file to be sent; if it shall, "
					 "type it");
}

/* At a '$'. */
static enum fm_code dollar(struct splitter *s)
{
	struct fm_span rest = { s->line.ptr + s->at, s->line.len - s->at };
	size_t len = sizeof(LAST) - 1, end = len;

	if (!s->last || rest.len <= len || memcmp(rest.ptr, LAST, len) != 0) {
		fm_buf_chr(&s->word, '$');
		s->at++;
		return FM_OK;
	}
	while (end < rest.len && is_path(rest.ptr[end]))
		end++;
	/* A full stop at the end of a sentence is none of a path. */
	while (end > len && rest.ptr[end - 1] == '.')
		end--;
	s->at += end;
	return put_last(s, (struct fm_span){ rest.ptr + len, end - len });
}

/* Behind an opening quote; to behind the closing one. */
static enum fm_code quoted(struct splitter *s, char quote)
{
	enum fm_code rc = FM_OK;

	while (!rc && s->at < s->line.len && s->line.ptr[s->at] != quote) {
		char c = s->line.ptr[s->at];
		char next = s->at + 1 < s->line.len ? s->line.ptr[s->at + 1] : '\0';

		if (quote == '"' && c == '\\' && next && strchr("\\\"$", next)) {
			fm_buf_chr(&s->word, next);
			s->at += 2;
		} else if (quote == '"' && c == '$') {
			rc = dollar(s);
		} else {
			fm_buf_chr(&s->word, c);
			s->at++;
		}
	}
	s->out->open = s->at == s->line.len;
	s->at += s->at < s->line.len;
	return rc;
}

static enum fm_code one(struct splitter *s)
{
	char c = s->line.ptr[s->at];

	if (is_blank(c)) {
		s->at++;
		return end_word(s);
	}
	if (c == '#' && !s->begun) {
		s->at = s->line.len;
		return FM_OK;
	}
	if (!s->begun)
		s->out->last_at = s->at;
	s->begun = true;
	if (c == '$')
		return dollar(s);
	s->at++;
	if (c == '\'' || c == '"')
		return quoted(s, c);
	if (c == '\\') {
		s->out->open = s->at == s->line.len;
		c = s->out->open ? '\0' : s->line.ptr[s->at++];
	}
	if (c)
		fm_buf_chr(&s->word, c);
	return FM_OK;
}

static enum fm_code split(struct splitter *s)
{
	enum fm_code rc = FM_OK;

	*s->out = (struct words){ 0 };
	fm_buf_init(&s->word, WORDS_LINE_MAX);
	if (!add_word(s->out, "fourmica", 8))
		rc = fm_nomem(s->err);
	while (!rc && s->at < s->line.len)
		rc = one(s);
	return rc;
}

enum fm_code words_split(struct words *out, struct fm_span line, words_last_fn *last,
			 void *ctx, struct fm_err *err)
{
	struct splitter s = {
		.out = out, .line = line, .last = last, .ctx = ctx, .err = err
	};
	enum fm_code rc = split(&s);

	if (!rc && out->open) {
		rc = fm_fail(err, FM_E_USAGE, "the line ends inside a quote");
		fm_hint(err,
			"close it, or put a backslash before a quote that is meant as "
			"one");
	}
	if (!rc)
		rc = end_word(&s);
	fm_buf_wipe(&s.word);
	if (rc)
		words_clear(out);
	return rc;
}

bool words_typed(struct words *out, struct fm_span line)
{
	struct fm_err err;
	struct splitter s = { .out = out, .line = line, .err = &err };
	bool ok;

	fm_err_init(&err);
	ok = split(&s) == FM_OK;
	if (ok && !s.begun)
		out->last_at = line.len;
	s.begun = true;
	ok = ok && end_word(&s) == FM_OK;
	fm_buf_wipe(&s.word);
	if (!ok)
		words_clear(out);
	return ok;
}

void words_clear(struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		fm_wipe(words->items[i], strlen(words->items[i]));
		free(words->items[i]);
	}
	free(words->items);
	*words = (struct words){ 0 };
}

void words_quote(struct fm_buf *out, const char *word, char quote)
{
	for (; *word; word++) {
		const char *special = quote == '"'    ? "\\\"$"
				      : quote == '\'' ? ""
						      : " \t\\\"'$#";

		/* Inside '...' nothing takes a meaning away: out of it, and in again. */
		if (quote == '\'' && *word == quote)
			fm_buf_str(out, "'\\'");
		else if (strchr(special, *word))
			fm_buf_chr(out, '\\');
		fm_buf_chr(out, *word);
	}
}
