/* SPDX-License-Identifier: MIT */
#include <fourmica/err.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct fm_code_info infos[] = {
#define ROW(id, exit, word, category, retry, text) \
	[id] = { exit, word, category, retry, text },
	FM_CODES(ROW)
#undef ROW
};

const struct fm_code_info *fm_code_info(enum fm_code code)
{
	if ((unsigned)code >= FM_CODE_COUNT)
		code = FM_E_INTERNAL;
	return &infos[code];
}

void fm_err_init(struct fm_err *err)
{
	if (err)
		memset(err, 0, sizeof(*err));
}

/* A text that was cut must not end inside a UTF-8 sequence: it goes into JSON. */
static void mark_cut(char *text, size_t size)
{
	size_t at = size - 4;

	while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
		at--;
	memcpy(text + at, "...", 4);
}

/* Formats beside the destination, because the arguments may point into it. */
static void put(char *out, size_t size, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

static void put(char *out, size_t size, const char *fmt, va_list args)
{
	char text[sizeof(((struct fm_err *)0)->msg)];
	int len = vsnprintf(text, size, fmt, args);

	if (len < 0)
		text[0] = '\0';
	else if ((size_t)len >= size)
		mark_cut(text, size);
	memcpy(out, text, strlen(text) + 1);
}

enum fm_code fm_fail(struct fm_err *err, enum fm_code code, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return code;
	va_start(args, fmt);
	put(err->msg, sizeof(err->msg), fmt, args);
	va_end(args);
	err->code = code;
	err->hint[0] = '\0';
	err->rule[0] = '\0';
	err->seller_reason[0] = '\0';
	err->cause[0] = '\0';
	return code;
}

/* Without a record there is no code to give back: FM_E_INTERNAL keeps it a failure. */
enum fm_code fm_hint(struct fm_err *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return FM_E_INTERNAL;
	va_start(args, fmt);
	put(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
	return err->code;
}

enum fm_code fm_rule(struct fm_err *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return FM_E_INTERNAL;
	va_start(args, fmt);
	put(err->rule, sizeof(err->rule), fmt, args);
	va_end(args);
	return err->code;
}

enum fm_code fm_within(struct fm_err *err, const char *fmt, ...)
{
	char text[sizeof(err->msg)];
	size_t len, rest;
	va_list args;

	if (!err)
		return FM_E_INTERNAL;
	va_start(args, fmt);
	put(text, sizeof(text) / 2, fmt, args);
	va_end(args);
	len = strlen(text);
	memcpy(text + len, ": ", 2);
	len += 2;
	rest = strlen(err->msg);
	if (len + rest < sizeof(text)) {
		memcpy(text + len, err->msg, rest + 1);
	} else {
		memcpy(text + len, err->msg, sizeof(text) - len);
		text[sizeof(text) - 1] = '\0';
		mark_cut(text, sizeof(text));
	}
	memcpy(err->msg, text, sizeof(text));
	return err->code;
}

enum fm_code fm_nomem(struct fm_err *err)
{
	return fm_fail(err, FM_E_NOMEM, "out of memory");
}
