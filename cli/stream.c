/* SPDX-License-Identifier: MIT */
/* What leaves on standard output and standard error, and when: events, notes, errors, the end. */
#include "flow.h"
#include "sys.h"
#include "tree.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_MOST 4096
#define WIDTH_USUAL 80
#define WIDTH_MOST 100 /* longer lines are hard to read */
#define WIDTH_LEAST 20

/* ---- what the terminal can do ---- */

static bool color_wanted(const struct out_options *options, int fd)
{
	const char *choice = options->color ? options->color : "auto";
	const char *force = getenv("CLICOLOR_FORCE"), *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (strcmp(choice, "auto") != 0)
		return strcmp(choice, "always") == 0;
	if (none && *none)
		return false;
	if (force && *force && strcmp(force, "0") != 0)
		return true;
	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

void stream_start(struct out *o)
{
	const char *term = getenv("TERM");

	o->dumb = !term || !*term || strcmp(term, "dumb") == 0;
	o->out_is_tty = isatty(STDOUT_FILENO);
	o->err_is_tty = isatty(STDERR_FILENO);
	o->err_color = color_wanted(&o->options, STDERR_FILENO);
	o->out_color = color_wanted(&o->options, STDOUT_FILENO);
}

size_t stream_columns(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = { 0 };
	unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;

	if (!isatty(fd))
		return 0;
	if (!width && ioctl(fd, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	return width && width < WIDTH_LEAST ? WIDTH_LEAST : width;
}

/* COLUMNS also where help is written to a file. */
size_t out_width(const struct out *o)
{
	const char *columns = getenv("COLUMNS");
	size_t width = stream_columns(STDOUT_FILENO);

	(void)o;
	if (!width && columns)
		width = strtoul(columns, NULL, 10);
	if (!width)
		return WIDTH_USUAL;
	if (width < WIDTH_LEAST)
		return WIDTH_LEAST;
	return width > WIDTH_MOST ? WIDTH_MOST : width;
}

/* ---- standard error ---- */

/* On a terminal both streams are one: a body that ends within a line is not continued by us. */
static void end_open_line(struct out *o)
{
	if (!o->open_line || !o->out_is_tty || !o->err_is_tty)
		return;
	o->raw_failed = fflush(stdout) != 0 || o->raw_failed;
	fputc('\n', stderr);
	o->open_line = false;
}

static void say(struct out *o, const char *color, const char *head, const char *text)
{
	struct fm_buf line, shown;
	/* Further in, so that no text of others can look like a line of ours. */
	struct flow f = { &shown, stream_columns(STDERR_FILENO), 2, 0, false };

	fm_buf_init(&line, 8 * LINE_MOST);
	fm_buf_init(&shown, 16 * LINE_MOST);
	out_clear_progress(o);
	end_open_line(o);
	fm_text_escape(&line, fm_span_of(text), LINE_MOST);
	f.at = strlen(head);
	f.open = head[0] != '\0';
	flow_words(&f, fm_buf_span(&line));
	fprintf(stderr, o->err_color && color[0] ? "%s%s\033[0m%s\n" : "%s%s%s\n",
		o->err_color ? color : "", head, shown.ptr ? shown.ptr : "");
	fm_buf_clear(&line);
	fm_buf_clear(&shown);
}

void out_log(struct out *o, enum fm_level level, const char *text)
{
	if (level <= FM_LOG_WARN)
		out_warn(o, "%s", text);
	else
		say(o, "\033[2m", "*", text);
}

static void keep_warning(struct out *o, const char *text)
{
	struct fm_jw w;

	/* What does not fit any more is not worth failing for. */
	if (o->warnings.len + 8 * strlen(text) + 3 > o->warnings.cap)
		return;
	if (o->warnings.len)
		fm_buf_chr(&o->warnings, ',');
	fm_jw_init(&w, &o->warnings);
	fm_jw_cstr(&w, text);
}

void out_warn(struct out *o, const char *fmt, ...)
{
	char text[LINE_MOST];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	keep_warning(o, text);
	if (!is_json(o) && !o->options.quiet && !o->silent)
		say(o, "\033[33m", "fourmica: warning:", text);
}

void out_note(struct out *o, const char *fmt, ...)
{
	char text[LINE_MOST];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!is_json(o) && !o->options.quiet && !o->silent)
		say(o, "", "", text);
}

/* ---- events ---- */

static void begin_line(struct fm_jw *w, struct fm_buf *buf, struct out *o,
		       const char *event)
{
	char ts[FM_TIME_TEXT];

	fm_time_text(ts, fm_wall_s(&fm_system_clock));
	fm_jw_init(w, buf);
	fm_jw_object(w);
	fm_jw_key(w, "seq");
	fm_jw_u64(w, o->seq++);
	fm_jw_key(w, "ts");
	fm_jw_cstr(w, ts);
	fm_jw_key(w, "event");
	fm_jw_cstr(w, event);
}

static void end_line(struct fm_jw *w, struct fm_buf *buf, struct out *o)
{
	fm_jw_end(w, '}');
	fm_buf_chr(buf, '\n');
	if (!fm_buf_ok(buf))
		o->nomem = true;
	else
		out_raw(o, buf->ptr, buf->len);
	out_flush(o);
	fm_buf_clear(buf);
}

static void event_line(struct out *o, const char *event, const char *text)
{
	struct fm_buf buf;
	struct fm_jw w;

	fm_buf_init(&buf, 16 * LINE_MOST);
	begin_line(&w, &buf, o, event);
	fm_jw_key(&w, "text");
	fm_jw_cstr(&w, text[0] ? text : NULL);
	end_line(&w, &buf, o);
}

void stream_record(struct out *o, const char *event, const struct scope *record)
{
	struct fm_buf buf;
	struct fm_jw w;

	fm_buf_init(&buf, OUT_MOST);
	begin_line(&w, &buf, o, event);
	document_members(&w, record);
	end_line(&w, &buf, o);
}

void out_event(struct out *o, const char *event, const char *fmt, ...)
{
	char text[LINE_MOST], line[LINE_MOST + 64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	snprintf(line, sizeof(line), "%s%s%s", event, text[0] ? ": " : "", text);
	if (o->options.form == OUT_JSONL)
		event_line(o, event, text);
	else if (o->options.form == OUT_TEXT && o->options.verbose)
		say(o, "\033[2m", "*", line);
}

/* ---- standard output ---- */

bool out_raw(struct out *o, const void *bytes, size_t len)
{
	if (len && o->out_is_tty)
		out_clear_progress(o);
	if (len && fwrite(bytes, 1, len, stdout) != len)
		o->raw_failed = true;
	if (len)
		o->open_line = ((const char *)bytes)[len - 1] != '\n';
	return !o->raw_failed;
}

/* Not through the stream, whose buffer would keep a copy. */
bool out_secret(struct out *o, const char *bytes, size_t len)
{
	if (!out_flush(o))
		return false;
	while (len) {
		ssize_t put = write(STDOUT_FILENO, bytes, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			o->raw_failed = true;
			return false;
		}
		bytes += put;
		len -= (size_t)put;
	}
	return true;
}

bool out_open_line(const struct out *o)
{
	return o->open_line;
}

bool out_flush(struct out *o)
{
	if (fflush(stdout) != 0)
		o->raw_failed = true;
	return !o->raw_failed;
}

/* ---- the end ---- */

/** "cause: request_id (req_id_used)": the word to look up, and which of the causes it is. */
static void say_cause(struct out *o, enum fm_code rc, const struct fm_err *err)
{
	char text[sizeof(err->cause) + 32];

	snprintf(text, sizeof(text), "%s (%s)", fm_err_cause(rc, err), err->cause);
	say(o, "", "cause:", text);
}

static void report_error(struct out *o, enum fm_code rc, const struct fm_err *err)
{
	const char *msg = err->msg[0] ? err->msg : fm_code_info(rc)->text;

	if (o->said || (o->silent && !o->show_errors && o->err_is_tty))
		return;
	say(o, "\033[31m", "fourmica:", msg);
	if (err->rule[0] && !strstr(msg, err->rule))
		say(o, "", "rule:", err->rule);
	if (err->seller_reason[0] && !strstr(msg, err->seller_reason))
		say(o, "", "seller says:", err->seller_reason);
	if (err->cause[0])
		say_cause(o, rc, err);
	if (err->spent != FM_SPENT_NO)
		say(o, "",
		    "value:", err->spent == FM_SPENT_YES ? "moved" : "may have moved");
	if (err->hint[0])
		say(o, "\033[2m", "hint:", err->hint);
}

static enum fm_code write_failed(const struct out *o, struct fm_err *err, int saved)
{
	bool moved = o->spent != FM_SPENT_NO;
	char why[SYS_ERROR_TEXT];

	fm_fail(err, moved ? FM_E_PAID_WRITE : FM_E_IO,
		"cannot write to standard output: %s", sys_error(why, saved));
	err->spent = o->spent;
	if (moved)
		fm_hint(err, "the payment is in the ledger; do not pay again");
	return err->code;
}

/* The document or the report; false when standard output did not take it. */
static bool write_result(struct out *o, enum fm_code rc, const struct fm_err *err)
{
	struct fm_buf buf;
	bool ok = true;

	fm_buf_init(&buf, OUT_MOST);
	if (is_json(o) && !o->told)
		document_write(&buf, o, rc, err);
	else if (!is_json(o) && o->cmd && !(o->cmd->needs & RAW_OUTPUT))
		report_write(&buf, o, o->out_color, stream_columns(STDOUT_FILENO));
	if (!fm_buf_ok(&buf)) {
		fprintf(stderr, "fourmica: the result is too large for memory\n");
		ok = false;
	} else if (buf.len) {
		ok = out_raw(o, buf.ptr, buf.len);
	}
	fm_buf_clear(&buf);
	return fflush(stdout) == 0 && ok && !o->raw_failed && !ferror(stdout);
}

/* Raw results leave the report for -v, on standard error. */
static void write_side_report(struct out *o)
{
	struct fm_buf buf;

	if (is_json(o) || !o->cmd || !(o->cmd->needs & RAW_OUTPUT) || !o->options.verbose)
		return;
	fm_buf_init(&buf, OUT_MOST);
	report_write(&buf, o, o->err_color, stream_columns(STDERR_FILENO));
	if (buf.len)
		fwrite(buf.ptr, 1, buf.len, stderr);
	fm_buf_clear(&buf);
}

int out_finish(struct out *o, enum fm_code rc, const struct fm_err *err)
{
	struct fm_err last = *err;
	bool written;

	progress_end(o);
	if (o->nomem && !rc) {
		rc = fm_nomem(&last);
		last.spent = o->spent;
		if (o->spent != FM_SPENT_NO)
			rc = fm_fail(&last, FM_E_PAID_WRITE,
				     "not enough memory for the result");
	}
	errno = 0;
	written = write_result(o, rc, &last);
	if (!written && !rc)
		rc = write_failed(o, &last, errno);
	write_side_report(o);
	/* A document that did not get out leaves its error here, in words. */
	if (rc && (!is_json(o) || o->told || !written))
		report_error(o, rc, &last);
	return fm_code_info(rc)->exit_status;
}
