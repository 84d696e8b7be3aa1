/* SPDX-License-Identifier: MIT */
/* Which failure is it? One table of texts, and the table of reverts behind it. */
#include "credit/cause_rows.h"

#include <evm/revert.h>
#include <fourmica/bytes.h>

#include <stdio.h>
#include <string.h>

#define UNWRAP_MOST 4 /* facilitators that pass on facilitators */
#define UNKNOWN_REMEDY \
	"do not sign again; run: fourmica reconcile ID, and ask the seller with the payment's id"

/* ---- comparing ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_word(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z');
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct fm_span trimmed(struct fm_span text)
{
	while (text.len && is_blank(text.ptr[0]))
		text = (struct fm_span){ text.ptr + 1, text.len - 1 };
	while (text.len && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

/** May a match end at `at`: not inside a word? */
static bool ends_there(const struct fm_span *text, size_t at, bool whole)
{
	if (whole)
		return at == text->len;
	return at == text->len || !is_word(text->ptr[at]) ||
	       (at && !is_word(text->ptr[at - 1]));
}

/** Does `pattern` stand at text[from]? A star is any text; in a code, which has no blanks, any
 *  part of a word. Only the last star has to be tried again: what stands before it is as short as
 *  it can be. */
static bool stands_at(const struct fm_span *text, size_t from,
		      const struct fm_span *pattern, bool whole)
{
	bool code = !memchr(pattern->ptr, ' ', pattern->len);
	size_t p = 0, at = from, star = SIZE_MAX, again = 0;

	for (;;) {
		if (p < pattern->len && pattern->ptr[p] == '*') {
			star = p++;
			again = at;
		} else if (p < pattern->len && at < text->len &&
			   lower(text->ptr[at]) == pattern->ptr[p]) {
			p++;
			at++;
		} else if (p == pattern->len && ends_there(text, at, whole)) {
			return true;
		} else if (star != SIZE_MAX && again < text->len &&
			   (!code || is_word(text->ptr[again]))) {
			p = star + 1;
			at = ++again;
		} else {
			return false;
		}
	}
}

/** Is it the text, or a part of it that begins and ends with a word? */
static bool stands_in(const struct fm_span *text, struct fm_span pattern)
{
	if (pattern.len && pattern.ptr[0] == '=') {
		pattern = (struct fm_span){ pattern.ptr + 1, pattern.len - 1 };
		return stands_at(text, 0, &pattern, true);
	}
	if (pattern.len && pattern.ptr[0] == '*')
		return stands_at(text, 0, &pattern, false);
	for (size_t from = 0; from < text->len; from++)
		if ((!from || !is_word(text->ptr[from - 1]) ||
		     !is_word(pattern.ptr[0])) &&
		    stands_at(text, from, &pattern, false))
			return true;
	return false;
}

static size_t letters(const struct fm_span *pattern)
{
	size_t count = 0;

	for (size_t i = 0; i < pattern->len; i++)
		count += pattern->ptr[i] != '*' && pattern->ptr[i] != '=';
	return count;
}

/** How much of the text a row explains; 0: nothing. */
static size_t score(const char *alternatives, const struct fm_span *text)
{
	size_t best = 0;

	for (const char *at = alternatives; *at;) {
		struct fm_span pattern = { at, strcspn(at, "|") };
		size_t own = letters(&pattern);

		if (own > best && stands_in(text, pattern))
			best = own;
		at += pattern.len + (at[pattern.len] == '|');
	}
	return best;
}

/* ---- rows ---- */

static void fill(struct fm_cause *out, const struct fm_cause_row *row)
{
	*out = (struct fm_cause){ .cause = row->cause,
				  .source = row->source,
				  .text = row->text };
	snprintf(out->code, sizeof(out->code), "%s", row->code);
	snprintf(out->meaning, sizeof(out->meaning), "%s", row->meaning);
	snprintf(out->remedy, sizeof(out->remedy), "%s", row->remedy);
}

static void fill_unknown(struct fm_cause *out)
{
	static const struct fm_cause_row unknown = {
		"unknown",
		"unknown",
		"unknown",
		"",
		"no failure text of the protocol; what it means only its author knows",
		UNKNOWN_REMEDY,
	};

	fill(out, &unknown);
}

static void fill_revert(struct fm_cause *out, enum fm_revert revert)
{
	const struct fm_revert_row *row = fm_revert_row(revert);
	struct fm_buf text;

	*out = (struct fm_cause){ .cause = row->cause,
				  .source = "contract",
				  .text = row->signature };
	fm_revert_code(out->code, revert);
	fm_revert_general(&text, revert, row->message);
	snprintf(out->meaning, sizeof(out->meaning), "%s", text.ptr ? text.ptr : "");
	fm_buf_clear(&text);
	fm_revert_general(&text, revert, row->hint[0] ? row->hint : FM_REVERT_RAW);
	snprintf(out->remedy, sizeof(out->remedy), "%s", text.ptr ? text.ptr : "");
	fm_buf_clear(&text);
}

/** The name of an error alone, with its types, or with values. */
static bool names_revert(const struct fm_span *text, const char *signature)
{
	struct fm_span name = fm_signature_name(signature);
	bool bare = text->len == name.len, called;

	called = text->len > name.len && text->ptr[name.len] == '(' &&
		 text->ptr[text->len - 1] == ')';
	return name.len && (bare || called) && memcmp(text->ptr, name.ptr, name.len) == 0;
}

/** Its selector, or all of its bytes. */
static enum fm_revert revert_of_hex(const struct fm_span *text)
{
	struct fm_span digits = fm_hex_strip(*text);
	uint8_t wanted[FM_SELECTOR], own[FM_SELECTOR];

	if (digits.len == text->len || digits.len < 2 * FM_SELECTOR ||
	    !fm_hex_read(wanted, FM_SELECTOR,
			 (struct fm_span){ digits.ptr, 2 * FM_SELECTOR }))
		return FM_REVERT_NONE;
	/* A whole word is an address or a hash, not the bytes of a revert. */
	if (digits.len != 2 * FM_SELECTOR && digits.len % 64 != 2 * FM_SELECTOR)
		return FM_REVERT_NONE;
	for (int i = FM_REVERT_EMPTY + 1; i < FM_REVERT_COUNT; i++) {
		fm_selector(own, fm_revert_name((enum fm_revert)i));
		if (memcmp(own, wanted, sizeof(own)) == 0)
			return (enum fm_revert)i;
	}
	return FM_REVERT_NONE;
}

static enum fm_revert revert_of(const struct fm_span *text)
{
	for (int i = FM_REVERT_EMPTY + 1; i < FM_REVERT_COUNT; i++)
		if (names_revert(text, fm_revert_name((enum fm_revert)i)))
			return (enum fm_revert)i;
	return revert_of_hex(text);
}

/* ---- finding ---- */

/** What the facilitator passes on from Core; false: it is nothing of that kind. */
static bool unwrap(struct fm_span *text)
{
	static const char wrap[] = "core guarantee request failed (";
	static const char before[] = "):";
	size_t at = sizeof(wrap) - 1;

	if (text->len < at)
		return false;
	for (size_t i = 0; i < at; i++)
		if (lower(text->ptr[i]) != wrap[i])
			return false;
	for (; at + sizeof(before) - 1 <= text->len; at++)
		if (memcmp(text->ptr + at, before, sizeof(before) - 1) == 0) {
			at += sizeof(before) - 1;
			*text = trimmed(
				(struct fm_span){ text->ptr + at, text->len - at });
			return true;
		}
	return false;
}

static const struct fm_cause_row *best_row(const struct fm_span *text)
{
	const struct fm_cause_row *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < fm_cause_row_count; i++) {
		size_t own = score(fm_cause_rows[i].text, text);

		if (own > most) {
			most = own;
			best = &fm_cause_rows[i];
		}
	}
	return best;
}

bool fm_cause_find(struct fm_cause *out, struct fm_span text)
{
	const struct fm_cause_row *row = NULL, *outer = NULL;
	enum fm_revert revert;

	if (text.len > FM_CAUSE_LOOK)
		text.len = FM_CAUSE_LOOK;
	text = trimmed(text);
	revert = revert_of(&text);
	if (revert) {
		fill_revert(out, revert);
		return true;
	}
	for (int i = 0; i < UNWRAP_MOST; i++) {
		row = best_row(&text);
		if (row)
			outer = row;
		if (!unwrap(&text))
			break;
		row = NULL;
	}
	if (!row && !outer) {
		fill_unknown(out);
		return false;
	}
	fill(out, row ? row : outer);
	return true;
}

bool fm_cause_at(struct fm_cause *out, size_t index)
{
	if (index < fm_cause_row_count) {
		fill(out, &fm_cause_rows[index]);
		return true;
	}
	index -= fm_cause_row_count;
	if (index >= FM_REVERT_COUNT - FM_REVERT_EMPTY)
		return false;
	fill_revert(out, (enum fm_revert)(FM_REVERT_EMPTY + (int)index));
	return true;
}

bool fm_cause_by_code(struct fm_cause *out, const char *code)
{
	for (size_t i = 0; fm_cause_at(out, i); i++)
		if (strcmp(out->code, code) == 0)
			return true;
	fill_unknown(out);
	return false;
}

/* ---- of errors ---- */

const char *fm_err_cause(enum fm_code code, const struct fm_err *err)
{
	struct fm_cause cause;

	if (err->cause[0] && fm_cause_by_code(&cause, err->cause))
		return cause.cause;
	return fm_code_info(code)->category;
}

bool fm_cause_of_answer(struct fm_cause *out, enum fm_code code, const char *words)
{
	if (!fm_cause_find(out, fm_span_of(words)) || code == FM_E_PAID_HTTP)
		return false;
	return code != FM_E_NEW_TERMS || strcmp(out->code, "payment_not_read") != 0;
}

void fm_cause_name(struct fm_cause *cause, const char *payment_id)
{
	static const char before[] = "fourmica reconcile ";
	char *at = strstr(cause->remedy, before), rest[FM_CAUSE_TEXT];

	if (!at || strncmp(at + sizeof(before) - 1, "ID", 2) != 0)
		return;
	at += sizeof(before) - 1;
	memcpy(rest, at + 2, strlen(at + 2) + 1);
	snprintf(at, sizeof(cause->remedy) - (size_t)(at - cause->remedy), "%s%s",
		 payment_id, rest);
}

enum fm_code fm_err_because(struct fm_err *err, const char *text, const char *payment_id)
{
	struct fm_cause cause;

	if (!err)
		return FM_E_INTERNAL;
	if (!fm_cause_of_answer(&cause, err->code, text))
		return err->code;
	if (payment_id)
		fm_cause_name(&cause, payment_id);
	snprintf(err->cause, sizeof(err->cause), "%s", cause.code);
	return fm_hint(err, "%s", cause.remedy);
}
