/* SPDX-License-Identifier: MIT */
#include <base/text.h>
#include <fourmica/json.h>

#include <inttypes.h>
#include <string.h>

void fm_jw_init(struct fm_jw *w, struct fm_buf *buf)
{
	*w = (struct fm_jw){ .buf = buf };
}

/* Before every value and every name. The bit of depth 0 is never looked at: one value. */
static void separate(struct fm_jw *w)
{
	uint64_t bit;

	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (!w->depth)
		return;
	bit = UINT64_C(1) << (w->depth - 1);
	if (w->comma & bit)
		fm_buf_chr(w->buf, ',');
	w->comma |= bit;
}

static void begin(struct fm_jw *w, char bracket)
{
	separate(w);
	/* Too deep is a defect of the caller that must not become broken JSON. */
	if (w->depth == FM_JSON_DEPTH) {
		fm_buf_clear(w->buf);
		w->buf->failed = true;
		return;
	}
	fm_buf_chr(w->buf, bracket);
	w->comma &= ~(UINT64_C(1) << w->depth);
	w->depth++;
}

void fm_jw_object(struct fm_jw *w)
{
	begin(w, '{');
}

void fm_jw_array(struct fm_jw *w)
{
	begin(w, '[');
}

void fm_jw_end(struct fm_jw *w, char bracket)
{
	if (w->depth)
		w->depth--;
	fm_buf_chr(w->buf, bracket);
}

static bool plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' &&
	       c != '\\';
}

static void control(struct fm_buf *buf, char c)
{
	static const char with[] = "\b\f\n\r\t\"\\", names[] = "bfnrt\"\\";
	const char *at = c ? strchr(with, c) : NULL;

	if (at)
		fm_buf_fmt(buf, "\\%c", names[at - with]);
	else
		fm_buf_fmt(buf, "\\u%04x", (unsigned char)c);
}

static void quoted(struct fm_buf *buf, struct fm_span text)
{
	size_t at = 0;

	fm_buf_chr(buf, '"');
	while (at < text.len) {
		size_t start = at, len;
		uint32_t point;

		while (at < text.len && plain(text.ptr[at]))
			at++;
		fm_buf_add(buf, text.ptr + start, at - start);
		if (at == text.len)
			break;
		len = fm_utf8_next(&point, text.ptr + at, text.len - at);
		if (!len)
			fm_buf_str(buf, "\xef\xbf\xbd");
		else if (point < 0x80)
			control(buf, (char)point);
		else
			fm_buf_add(buf, text.ptr + at, len);
		at += len ? len : 1;
	}
	fm_buf_chr(buf, '"');
}

void fm_jw_key(struct fm_jw *w, const char *name)
{
	separate(w);
	quoted(w->buf, fm_span_of(name));
	fm_buf_chr(w->buf, ':');
	w->after_key = true;
}

void fm_jw_str(struct fm_jw *w, struct fm_span text)
{
	separate(w);
	quoted(w->buf, text);
}

void fm_jw_cstr(struct fm_jw *w, const char *text)
{
	if (text)
		fm_jw_str(w, fm_span_of(text));
	else
		fm_jw_null(w);
}

void fm_jw_u64(struct fm_jw *w, uint64_t value)
{
	separate(w);
	fm_buf_fmt(w->buf, "%" PRIu64, value);
}

void fm_jw_i64(struct fm_jw *w, int64_t value)
{
	separate(w);
	fm_buf_fmt(w->buf, "%" PRId64, value);
}

void fm_jw_bool(struct fm_jw *w, bool value)
{
	separate(w);
	fm_buf_str(w->buf, value ? "true" : "false");
}

void fm_jw_null(struct fm_jw *w)
{
	separate(w);
	fm_buf_str(w->buf, "null");
}

void fm_jw_raw(struct fm_jw *w, struct fm_span json)
{
	separate(w);
	fm_buf_add(w->buf, json.ptr, json.len);
}
