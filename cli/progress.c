/* SPDX-License-Identifier: MIT */
/* The one line that tells a person at a terminal what is waited for. Nothing runs beside the
 * command: whoever waits calls out_tick (the transport each POLL_MS, the client between its looks).
 * Conventions, Streams and output, rule 10. */
#include "tree.h"
#include "when.h"
#include "width.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AFTER_MS 300 /* shorter waits are not worth a line */
#define EVERY_MS 100
#define LONG_MS 2000 /* from here on it says how long it takes */
#define MARK_MS 3000
#define WIDTH_USUAL 80

static int64_t now_ms(void)
{
	return fm_steady_ms(&fm_system_clock);
}

void progress_begin(struct out *o)
{
	o->progress = (struct progress){ .got = -1, .total = -1, .calm_ms = now_ms() };
}

/* ---- on the terminal ---- */

static void wipe(struct out *o)
{
	if (o->dumb)
		fprintf(stderr, "\r%*s\r", (int)o->progress.width, "");
	else
		fputs("\r\033[K", stderr);
	o->progress.width = 0;
	o->progress.drawn[0] = '\0';
}

void out_clear_progress(struct out *o)
{
	if (o->progress.width)
		wipe(o);
	o->progress.calm_ms = now_ms();
}

void progress_end(struct out *o)
{
	out_clear_progress(o);
	o->progress.over = true;
}

/* A job in the background leaves the terminal to others. */
static bool in_background(void)
{
	pid_t front = tcgetpgrp(STDERR_FILENO);

	return front > 0 && front != getpgrp();
}

static bool may_show(const struct out *o)
{
	bool fits = o->options.form == OUT_TEXT ||
		    (o->options.form == OUT_JSON && !o->out_is_tty);

	return fits && o->err_is_tty && !o->options.quiet && !o->silent &&
	       !o->progress.over && !(o->out_is_tty && o->open_line);
}

/** The part of the text that the line has room for. */
static size_t cut(const char *text, size_t columns)
{
	size_t len = strlen(text);

	while (len && width_of((struct fm_span){ text, len }) > columns)
		do
			len--;
		while (len && (text[len] & 0xc0) == 0x80);
	return len;
}

/* The last column stays free: some terminals go to the next line behind it. */
static size_t columns_here(void)
{
	size_t columns = stream_columns(STDERR_FILENO);

	return (columns ? columns : WIDTH_USUAL) - 1;
}

static void draw(struct out *o, const char *line)
{
	struct progress *p = &o->progress;
	size_t len = cut(line, columns_here());

	if (p->width && o->dumb)
		wipe(o);
	fprintf(stderr, "\r%.*s%s", (int)len, line, o->dumb ? "" : "\033[K");
	fflush(stderr);
	p->width = width_of((struct fm_span){ line, len });
	p->drawn_ms = now_ms();
	snprintf(p->drawn, sizeof(p->drawn), "%s", line);
}

/* ---- the line ---- */

static void put_size(struct fm_buf *line, int64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	int64_t tenths = bytes / 100;
	size_t unit = 0;

	if (bytes < 1000) {
		fm_buf_fmt(line, "%d B", (int)bytes);
		return;
	}
	for (; tenths >= 10000 && unit < 3; unit++)
		tenths /= 1000;
	fm_buf_fmt(line, "%lld.%d %s", (long long)(tenths / 10), (int)(tenths % 10),
		   units[unit]);
}

static void mark(struct progress *p, int64_t now)
{
	if (now - p->mark_ms[1] < MARK_MS)
		return;
	p->mark_ms[0] = p->mark_ms[1];
	p->mark_got[0] = p->mark_got[1];
	p->mark_ms[1] = now;
	p->mark_got[1] = p->got;
}

static void put_bytes(struct fm_buf *line, const struct progress *p, int64_t now)
{
	int64_t took = now - p->mark_ms[0], came = p->got - p->mark_got[0], rate;
	char left[WHEN_TEXT];

	put_size(line, p->got);
	if (p->total > 0) {
		fm_buf_str(line, " of ");
		put_size(line, p->total);
		fm_buf_fmt(line, "  %d %%",
			   (int)(p->got >= p->total
					 ? 100
					 : (double)p->got * 100 / (double)p->total));
	}
	rate = took > 0 ? (int64_t)((double)came * 1000 / (double)took) : 0;
	fm_buf_str(line, "  ");
	put_size(line, rate);
	fm_buf_str(line, "/s");
	if (p->total > p->got && rate > 0) {
		when_span(left, (p->total - p->got) / rate + 1);
		fm_buf_fmt(line, "  %s left", left);
	}
}

/* Of what ends in this many milliseconds the last one is second 1. */
static int64_t seconds(int64_t ms)
{
	return (ms + 999) / 1000;
}

static void put_times(struct fm_buf *line, const struct progress *p, int64_t now)
{
	char time[WHEN_TEXT];

	if (now - p->since_ms >= LONG_MS) {
		when_span(time, (now - p->since_ms) / 1000);
		fm_buf_fmt(line, ", %s", time);
	}
	/* One countdown is enough. */
	if (p->until_ms > now) {
		when_span(time, seconds(p->until_ms - now));
		fm_buf_fmt(line, "; %s left", time);
	} else if (p->again_ms > now) {
		when_span(time, seconds(p->again_ms - now));
		fm_buf_fmt(line, "; next look in %s", time);
	}
}

/* The times are never cut off: what is waited for is, in front of them. */
static void put_wait(struct fm_buf *line, const struct progress *p, int64_t now)
{
	size_t columns = columns_here(), room;
	struct fm_buf text, times;

	fm_buf_init(&text, 8 * PROGRESS_TEXT);
	fm_buf_init(&times, PROGRESS_TEXT);
	fm_text_escape(&text, fm_span_of(p->text), PROGRESS_TEXT);
	put_times(&times, p, now);
	room = columns > times.len ? columns - times.len : 0;
	if (text.ptr && width_of(fm_buf_span(&text)) <= room) {
		fm_buf_add(line, text.ptr, text.len);
	} else if (text.ptr) {
		fm_buf_add(line, text.ptr, cut(text.ptr, room > 3 ? room - 3 : 0));
		fm_buf_str(line, "...");
	}
	if (times.len)
		fm_buf_add(line, times.ptr, times.len);
	fm_buf_clear(&text);
	fm_buf_clear(&times);
}

void out_tick(struct out *o)
{
	struct progress *p = &o->progress;
	int64_t now = now_ms();
	struct fm_buf line;

	if (!may_show(o) || (!p->text[0] && p->got < 0) || now - p->calm_ms < AFTER_MS ||
	    (p->width && now - p->drawn_ms < EVERY_MS) || in_background())
		return;
	fm_buf_init(&line, 2 * PROGRESS_TEXT);
	if (p->got >= 0)
		put_bytes(&line, p, now);
	else
		put_wait(&line, p, now);
	mark(p, now);
	if (fm_buf_ok(&line) && line.ptr && strcmp(line.ptr, p->drawn) != 0)
		draw(o, line.ptr);
	fm_buf_clear(&line);
}

/* ---- what is told ---- */

static void set_wait(struct out *o, const char *text, bool own)
{
	struct progress *p = &o->progress;

	p->own = own;
	p->got = -1;
	if (strcmp(text, p->text) == 0)
		return;
	snprintf(p->text, sizeof(p->text), "%s", text);
	p->since_ms = now_ms();
	p->until_ms = p->again_ms = 0;
}

void out_waits(struct out *o, const char *fmt, ...)
{
	char text[PROGRESS_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	set_wait(o, text, text[0] != '\0');
	out_tick(o);
}

void out_asks(struct out *o, const char *url)
{
	char text[PROGRESS_TEXT];
	struct fm_buf shown;

	if (o->progress.own || !may_show(o))
		return;
	fm_buf_init(&shown, PROGRESS_TEXT);
	if (fm_url_shown(&shown, url, false)) {
		snprintf(text, sizeof(text), "asking %.200s", shown.ptr);
		set_wait(o, text, false);
	}
	fm_buf_clear(&shown);
	out_tick(o);
}

void out_waits_until(struct out *o, int64_t steady_ms)
{
	o->progress.until_ms = steady_ms;
}

void out_pauses(struct out *o, int64_t ms)
{
	o->progress.again_ms = now_ms() + ms;
	out_tick(o);
}

void out_receives(struct out *o, uint64_t got, int64_t total)
{
	struct progress *p = &o->progress;
	int64_t now = now_ms();

	if (p->got < 0) {
		p->mark_ms[0] = p->mark_ms[1] = now;
		p->mark_got[0] = p->mark_got[1] = 0;
	}
	p->got = got > INT64_MAX ? INT64_MAX : (int64_t)got;
	p->total = total;
	out_tick(o);
}

void out_works(struct out *o, const char *fmt, ...)
{
	char text[PROGRESS_TEXT];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	set_wait(o, text, true);
	if (may_show(o))
		beat_start(o);
}

void out_worked(struct out *o)
{
	beat_end(o);
	set_wait(o, "", false);
}
