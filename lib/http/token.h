/* SPDX-License-Identifier: MIT */
/** The two character classes of HTTP header lines (RFC 9110 5.6.2, 5.5). */
#ifndef FOURMICA_HTTP_TOKEN_H
#define FOURMICA_HTTP_TOKEN_H

#include <fourmica/types.h>

#include <string.h>

static inline char fm_token_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline bool fm_token_is_char(char c)
{
	char l = fm_token_lower(c);

	return (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') ||
	       (l && strchr("!#$%&'*+-.^_`|~", l));
}

/** A header name or a method: one token character or more. */
static inline bool fm_token_is(struct fm_span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!fm_token_is_char(text.ptr[i]))
			return false;
	return text.len > 0;
}

/** No control character but the tab: nothing that could start another line. */
static inline bool fm_field_value_is(struct fm_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

#endif
