/* SPDX-License-Identifier: MIT */
#include <fourmica/system.h>

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 1024

void fm_log(const struct fm_log *log, enum fm_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list args;

	if (!log || !log->write || level > log->level)
		return;
	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	log->write(log->ctx, level, text);
}
