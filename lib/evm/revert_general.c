/* SPDX-License-Identifier: MIT */
/* The table of reverts where only the error's name is known: a stable code, and its texts with words
 * instead of values. */
#include "evm/revert.h"

#include <string.h>

#define TEXT_MAX 1024

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

/** A word begins at a capital behind a small letter or a digit, and at the last of several
 *  capitals: InvalidAToken is three words, ERC20InvalidSpender as well. */
static bool begins_word(const struct fm_span *name, size_t at)
{
	if (!at || !is_upper(name->ptr[at]))
		return false;
	return !is_upper(name->ptr[at - 1]) ||
	       (at + 1 < name->len && name->ptr[at + 1] >= 'a');
}

void fm_revert_code(char out[static FM_REVERT_CODE], enum fm_revert revert)
{
	struct fm_span name = fm_signature_name(fm_revert_name(revert));
	static const char prefix[] = "revert_", empty[] = "without_reason";
	size_t len = sizeof(prefix) - 1;

	memcpy(out, prefix, sizeof(prefix));
	if (!name.len)
		memcpy(out + len, empty, sizeof(empty));
	for (size_t i = 0; i < name.len && len + 2 < FM_REVERT_CODE; i++) {
		char c = name.ptr[i];

		if (begins_word(&name, i))
			out[len++] = '_';
		out[len++] = is_upper(c) ? (char)(c + ('a' - 'A')) : c;
		out[len] = '\0';
	}
}

/** What the value at `at` would be. */
static const char *word_of_type(const char *signature, size_t at)
{
	struct fm_span types = fm_signature_types(signature);

	while (at && types.len) {
		at -= types.ptr[0] == ',';
		types = (struct fm_span){ types.ptr + 1, types.len - 1 };
	}
	switch (types.len ? types.ptr[0] : '\0') {
	case 'a':
		return "ADDRESS";
	case 'b':
		return "ID";
	case 's':
		return "TEXT";
	default:
		return "NUMBER";
	}
}

static void put_word(struct fm_buf *out, enum fm_revert revert, struct fm_span name)
{
	struct fm_span error = fm_signature_name(fm_revert_name(revert));
	const char *colon = memchr(name.ptr, ':', name.len);
	struct fm_span kind = { name.ptr, colon ? (size_t)(colon - name.ptr) : 0 };

	if (fm_span_is(name, "name") || fm_span_is(name, "call"))
		fm_buf_add(out, error.ptr, error.len);
	else if (fm_span_is(kind, "amount"))
		fm_buf_str(out, "AMOUNT");
	else if (fm_span_is(kind, "time"))
		fm_buf_str(out, "TIME");
	else if (fm_span_is(kind, "token"))
		fm_buf_str(out, "ASSET");
	else
		fm_buf_str(out, word_of_type(fm_revert_name(revert),
					     (size_t)(name.ptr[name.len - 1] - '0')));
}

void fm_revert_general(struct fm_buf *out, enum fm_revert revert, const char *text)
{
	const char *last = strrchr(text, '|');

	fm_buf_init(out, TEXT_MAX);
	for (text = last ? last + 1 : text; *text;) {
		const char *close = strchr(text, '}');

		if (*text != '{' || !close) {
			fm_buf_chr(out, *text++);
			continue;
		}
		put_word(out, revert,
			 (struct fm_span){ text + 1, (size_t)(close - text) - 1 });
		text = close + 1;
	}
}
