/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>
#include <fourmica/system.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 64

void fm_buf_init(struct fm_buf *buf, size_t cap)
{
	*buf = (struct fm_buf){ .cap = cap };
}

void fm_buf_clear(struct fm_buf *buf)
{
	free(buf->ptr);
	fm_buf_init(buf, buf->cap);
}

void fm_buf_wipe(struct fm_buf *buf)
{
	if (buf->ptr)
		fm_wipe(buf->ptr, buf->room);
	fm_buf_clear(buf);
}

bool fm_buf_ok(const struct fm_buf *buf)
{
	return !buf->failed;
}

/* Wiped, not only freed: nobody knows here whether the content was private. */
static bool fail(struct fm_buf *buf)
{
	fm_buf_wipe(buf);
	buf->failed = true;
	return false;
}

/* Old content is copied and wiped by hand: realloc would leave it behind. */
static bool enlarge(struct fm_buf *buf, size_t need)
{
	size_t room = buf->room ? buf->room : FIRST_ROOM;
	char *ptr;

	while (room < need)
		room = room > SIZE_MAX / 2 ? need : room * 2;
	if (buf->cap < room - 1)
		room = buf->cap + 1;
	ptr = malloc(room);
	if (!ptr)
		return fail(buf);
	if (buf->ptr) {
		memcpy(ptr, buf->ptr, buf->len);
		fm_wipe(buf->ptr, buf->len);
		free(buf->ptr);
	}
	buf->ptr = ptr;
	buf->room = room;
	return true;
}

char *fm_buf_grow(struct fm_buf *buf, size_t len)
{
	char *at;

	if (buf->failed)
		return NULL;
	if (len > buf->cap - buf->len || buf->cap == SIZE_MAX) {
		fail(buf);
		return NULL;
	}
	if (buf->len + len + 1 > buf->room && !enlarge(buf, buf->len + len + 1))
		return NULL;
	at = buf->ptr + buf->len;
	buf->len += len;
	buf->ptr[buf->len] = '\0';
	return at;
}

bool fm_buf_add(struct fm_buf *buf, const void *bytes, size_t len)
{
	char *at = fm_buf_grow(buf, len);

	if (at && len)
		memcpy(at, bytes, len);
	return at;
}

bool fm_buf_str(struct fm_buf *buf, const char *text)
{
	return fm_buf_add(buf, text, strlen(text));
}

bool fm_buf_chr(struct fm_buf *buf, char c)
{
	return fm_buf_add(buf, &c, 1);
}

bool fm_buf_fmt(struct fm_buf *buf, const char *fmt, ...)
{
	char small[256];
	va_list args;
	char *at;
	int len;

	va_start(args, fmt);
	len = vsnprintf(small, sizeof(small), fmt, args);
	va_end(args);
	if (len < 0)
		return fail(buf);
	if ((size_t)len < sizeof(small))
		return fm_buf_add(buf, small, (size_t)len);
	at = fm_buf_grow(buf, (size_t)len);
	if (!at)
		return false;
	va_start(args, fmt);
	vsnprintf(at, (size_t)len + 1, fmt, args);
	va_end(args);
	return true;
}

struct fm_span fm_buf_span(const struct fm_buf *buf)
{
	return (struct fm_span){ buf->ptr ? buf->ptr : "", buf->len };
}
