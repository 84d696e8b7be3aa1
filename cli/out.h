/* SPDX-License-Identifier: MIT */
/** A command says each fact once, by field name; this turns them into the aligned report for
 *  people or the one JSON document for programs (conventions, Streams and output). */
#ifndef OUT_H
#define OUT_H

#include "cmd.h"

struct out;

/** Facts of the running command. The field must be declared; in debug builds anything else is
 *  an assertion. Setting a field twice keeps the last value. */
void out_text(struct out *o, const char *field, const char *text); /**< NULL: null */
void out_span(struct out *o, const char *field, struct fm_span text);
void out_number(struct out *o, const char *field, int64_t value);
void out_bool(struct out *o, const char *field, bool value);
void out_amount(struct out *o, const char *field, const struct fm_amount *amount);
void out_address(struct out *o, const char *field, const struct fm_addr *addr);
void out_hash(struct out *o, const char *field, const struct fm_hash *hash);
void out_u256(struct out *o, const char *field, const struct fm_u256 *value);
void out_time(struct out *o, const char *field, int64_t unix_s);
/** The same for FIELD_TIME; people also see how far from now it is: "(in 3 d 4 h)". */
void out_when(struct out *o, const char *field, int64_t unix_s);
void out_duration(struct out *o, const char *field, int64_t seconds);
/** How much of `whole` is `part`; null when there is no whole. */
void out_gauge(struct out *o, const char *field, const struct fm_u256 *part,
	       const struct fm_u256 *whole);
void out_json(struct out *o, const char *field, struct fm_span json);

/** Enter an OBJECT field, or add a row to a LIST field; pairs with out_end. A LIST that gets no
 *  row is []; an OBJECT never entered is null. */
void out_object(struct out *o, const char *field);
void out_row(struct out *o, const char *list);
void out_end(struct out *o);

/** The envelope's status word when it is not that of the code ("paid", "free", "already_paid"). */
void out_status(struct out *o, const char *word);
/** A line on standard error that something deserves attention; `warnings` in JSON. */
void out_warn(struct out *o, const char *fmt, ...) FM_PRINTF(2, 3);
/** An event: a line of --jsonl, and with -v one on standard error. */
void out_event(struct out *o, const char *event, const char *fmt, ...) FM_PRINTF(3, 4);

/** What is waited for now, "": nothing. A terminal shows it once that takes longer than a moment,
 *  with how long it has taken, until something else is waited for or the run ends. */
void out_waits(struct out *o, const char *fmt, ...) FM_PRINTF(2, 3);
/** The same for a server that is asked, while nothing better is known. */
void out_asks(struct out *o, const char *url);
/** It is given up at this steady time. */
void out_waits_until(struct out *o, int64_t steady_ms);
/** Nothing happens for so long. */
void out_pauses(struct out *o, int64_t ms);
/** So many bytes of the result came, of `total`; -1: nobody said. */
void out_receives(struct out *o, uint64_t got, int64_t total);
/** Work that takes long and calls nobody back; out_worked ends it, and nothing may be said in
 *  between. */
void out_works(struct out *o, const char *fmt, ...) FM_PRINTF(2, 3);
void out_worked(struct out *o);
/** Time has passed. Cheap: call it often. */
void out_tick(struct out *o);

/** Begin a record of a stream of any length, with fields of its own: facts go there until
 *  out_record_end writes it as a line of --jsonl and forgets it. Other forms show none of it. */
void out_record(struct out *o, const struct field *fields);
void out_record_end(struct out *o, const char *event);
/** False once standard output took no more: a long run had better end. */
bool out_flush(struct out *o);

/** Advice for people, on standard error; not with --quiet, not in JSON. */
void out_note(struct out *o, const char *fmt, ...) FM_PRINTF(2, 3);
/** Value moved and the command is going well: decides the exit status when writing the result
 *  then fails (43 instead of 74). */
void out_spent(struct out *o, enum fm_spent spent);
/** curl's -s: no notes, no progress; errors only with `show_errors` (-S) or when standard
 *  error is no terminal. */
void out_silence(struct out *o, bool show_errors);
/** The error was told in another way already: no line for it. */
void out_said(struct out *o);

/** Is the report JSON (either form)? */
bool out_is_json(const struct out *o);
/** Write raw result bytes to standard output (a body, a header). False: write failed. */
bool out_raw(struct out *o, const void *bytes, size_t len);
/** The same of a secret, without keeping a copy. */
bool out_secret(struct out *o, const char *bytes, size_t len);

/** The life of an output, for main and the prompt. */
enum out_form {
	OUT_TEXT,
	OUT_JSON,
	OUT_JSONL,
};

struct out_options {
	enum out_form form;
	bool quiet;
	unsigned verbose;
	const char *color; /**< "auto", "always", "never"; NULL: auto */
	bool keep;	   /**< out_document is asked for, whatever the form */
};

struct out *out_new(const struct out_options *options);
void out_free(struct out **o);
/** The command whose facts follow; `name` is its schema name, "wallet.new". NULL: none was
 *  understood. */
void out_begin(struct out *o, const struct cmd *cmd, const char *name);
/** Write report or document, flush, check; returns the exit status. */
int out_finish(struct out *o, enum fm_code rc, const struct fm_err *err);
/** Append the document of --json, one line, in any form that was made with `keep`. */
void out_document(struct out *o, struct fm_buf *buf, enum fm_code rc,
		  const struct fm_err *err);
/** Standard output holds all that was to be told: neither report nor document will be added. */
void out_told(struct out *o);
/** A diagnostic line on standard error, escaped. */
void out_log(struct out *o, enum fm_level level, const char *text);
/** Take a progress line off the terminal, before anything else is shown there. */
void out_clear_progress(struct out *o);
/** Did standard output end within a line? */
bool out_open_line(const struct out *o);
/** May the report be coloured? */
bool out_color(const struct out *o);
/** Columns to wrap text for people at. */
size_t out_width(const struct out *o);

#endif
