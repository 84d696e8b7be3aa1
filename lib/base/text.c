/* SPDX-License-Identifier: MIT */
/* Spans, UTF-8, and text made safe for a terminal. */
#include <base/text.h>

#include <string.h>

struct fm_span fm_span_of(const char *text)
{
	return (struct fm_span){ text, strlen(text) };
}

bool fm_span_is(struct fm_span span, const char *text)
{
	return strlen(text) == span.len && memcmp(span.ptr, text, span.len) == 0;
}

static bool follows(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* The Unicode standard, table 3-7: no overlong forms, no surrogates, nothing above
 * 10FFFF. */
size_t fm_utf8_next(uint32_t *point, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned char c = len ? s[0] : 0xff;

	if (c < 0x80) {
		*point = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf && len >= 2 && follows(s[1])) {
		*point = (c & 0x1fU) << 6 | (s[1] & 0x3fU);
		return 2;
	}
	if ((c & 0xf0) == 0xe0 && len >= 3 && follows(s[1]) && follows(s[2])) {
		*point = (c & 0x0fU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
		return *point >= 0x800 && (*point < 0xd800 || *point > 0xdfff) ? 3 : 0;
	}
	if (c >= 0xf0 && c <= 0xf4 && len >= 4 && follows(s[1]) && follows(s[2]) &&
	    follows(s[3])) {
		*point = (c & 0x07U) << 18 | (s[1] & 0x3fU) << 12 | (s[2] & 0x3fU) << 6 |
			 (s[3] & 0x3fU);
		return *point >= 0x10000 && *point <= 0x10ffff ? 4 : 0;
	}
	return 0;
}

size_t fm_utf8_put(char out[static 4], uint32_t point)
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

/* Characters that change how their neighbours look or that show as nothing: C1 controls,
 * soft hyphen, joiners, bidirectional controls, separators, fillers, variation selectors,
 * tags, interlinear marks, non-characters. Sorted. From the Unicode data: general
 * category Cc, Cf, Zl, Zp and property Default_Ignorable_Code_Point. */
static const uint32_t invisible[][2] = {
	{0x0080,	  0x009f },
	      { 0x00ad,	0x00ad },
	    { 0x034f,  0x034f },
	{ 0x0600,  0x0605 },
	      { 0x061c,	0x061c },
	    { 0x06dd,  0x06dd },
	{ 0x070f,  0x070f },
	      { 0x0890,	0x0891 },
	    { 0x08e2,  0x08e2 },
	{ 0x115f,  0x1160 },
	      { 0x17b4,	0x17b5 },
	    { 0x180b,  0x180f },
	{ 0x200b,  0x200f },
	      { 0x2028,	0x202e },
	    { 0x2060,  0x206f },
	{ 0x2800,  0x2800 },
	      { 0x3164,	0x3164 },
	    { 0xfdd0,  0xfdef },
	{ 0xfe00,  0xfe0f },
	      { 0xfeff,	0xfeff },
	    { 0xffa0,  0xffa0 },
	{ 0xfff0,  0xfffb },
	      { 0xfffe,	0xffff },
	    { 0x110bd, 0x110bd},
	{ 0x110cd, 0x110cd},
	      { 0x13430, 0x1343f},
	    { 0x1bca0, 0x1bca3},
	{ 0x1d173, 0x1d17a},
	      { 0xe0000, 0xe0fff},
};

static bool hidden(uint32_t point)
{
	if (point < 0x80)
		return point < 0x20 || point == 0x7f;
	if ((point & 0xfffe) == 0xfffe)
		return true;
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (point <= invisible[i][1])
			return point >= invisible[i][0];
	return false;
}

bool fm_text_escape(struct fm_buf *out, struct fm_span text, size_t most)
{
	size_t at = 0;

	while (at < text.len) {
		uint32_t point;
		size_t len = fm_utf8_next(&point, text.ptr + at, text.len - at);

		if (at + (len ? len : 1) > most)
			return fm_buf_str(out, "...");
		if (!len)
			fm_buf_fmt(out, "\\x%02x", (unsigned char)text.ptr[at]);
		else if (!hidden(point))
			fm_buf_add(out, text.ptr + at, len);
		else if (point < 0x80)
			fm_buf_fmt(out, "\\x%02x", (unsigned)point);
		else
			fm_buf_fmt(out, "\\u{%04x}", (unsigned)point);
		at += len ? len : 1;
	}
	return fm_buf_ok(out);
}

bool fm_utf8_ok(struct fm_span text)
{
	uint32_t point;

	for (size_t at = 0; at < text.len;) {
		size_t len = fm_utf8_next(&point, text.ptr + at, text.len - at);

		if (len == 0)
			return false;
		at += len;
	}
	return true;
}
