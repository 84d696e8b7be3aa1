/* SPDX-License-Identifier: MIT */
/** The facts of a run, shaped by the command's field table; and the two ways to write them. */
#ifndef TREE_H
#define TREE_H

#include "out.h"

#define OUT_MOST (64u << 20) /* bytes of a whole document */

struct scope;

/** What a field holds: its text for people or its JSON, whichever the run needs. */
struct value {
	bool set;	     /**< not null */
	struct fm_buf text;  /**< scalar: words for people; of --json nothing */
	struct fm_buf json;  /**< scalar: JSON text, where is_kept() */
	struct scope **rows; /**< OBJECT: at most one; LIST: any number */
	size_t count;
};

struct scope {
	const struct field *fields;
	size_t count;
	struct value *values; /**< one a field */
	struct scope *parent; /**< where out_end goes back to */
};

#define PROGRESS_TEXT 320

/** What a person at the terminal is told meanwhile, on one line that goes away again. */
struct progress {
	char text[PROGRESS_TEXT]; /**< what is waited for; empty: nothing is known */
	bool own; /**< the command said so; not just which server is asked */
	int64_t since_ms, until_ms, again_ms; /**< steady time; 0: not said */
	int64_t got, total;		      /**< bytes; -1: none yet, not known */
	/* The rate is that of the last seconds: since the older of two marks. */
	int64_t mark_ms[2], mark_got[2];
	int64_t calm_ms, drawn_ms; /**< when something else was shown; when this was */
	char drawn[PROGRESS_TEXT];
	size_t width; /**< columns of it on the terminal; 0: it is not there */
	bool over;    /**< nothing more of it in this run */
};

struct beat;

struct out {
	struct out_options options;
	const struct cmd *cmd;
	char name[64]; /**< of the schema, "wallet.new" */
	struct scope *root, *here;
	char status[32]; /**< given by the command; empty: that of the code */
	enum fm_spent spent;
	bool silent, show_errors; /**< curl's -s, -S */
	bool said;		  /**< the error needs no line of its own */
	bool told;		  /**< nothing is to be added to standard output */
	bool nomem; /**< a fact was lost: the run cannot be reported truthfully */
	bool raw_failed;
	bool open_line;		/**< the last raw byte ended no line */
	struct fm_buf warnings; /**< JSON strings, separated by commas */
	uint64_t seq;		/**< of the next event */
	struct progress progress;
	struct beat *beat; /**< not NULL: a thread shows the progress just now */
	bool out_is_tty, err_is_tty, err_color, out_color;
	bool dumb; /**< the terminal does nothing but what is written to it */
};

struct scope *scope_new(const struct field *fields, struct scope *parent);
void scope_free(struct scope **scope);

/** The members of a scope, every declared one, as an object's inside. */
void document_members(struct fm_jw *w, const struct scope *scope);
/** The one document of the conventions, rule 3, newline included. */
void document_write(struct fm_buf *buf, const struct out *o, enum fm_code rc,
		    const struct fm_err *err);
/** The aligned report. width: columns of the terminal it is for, 0 when it is for none: then each
 *  row of a table is one line. */
void report_write(struct fm_buf *buf, const struct out *o, bool color, size_t width);
/** JSON text broken into indented lines, made safe for a terminal. */
void report_json(struct fm_buf *buf, struct fm_span json, size_t indent);

/** Look at what the two streams can show. */
void stream_start(struct out *o);
/** Columns of the terminal behind a stream; 0: it is none, or does not say. */
size_t stream_columns(int fd);
/** Call out_tick from a thread until beat_end; between the two nothing else may be done with *o. */
void beat_start(struct out *o);
void beat_end(struct out *o);
/** A run begins: nothing is waited for yet. */
void progress_begin(struct out *o);
/** And ends: what is shown is taken away. */
void progress_end(struct out *o);

/** A record as a line of --jsonl. */
void stream_record(struct out *o, const char *event, const struct scope *record);

/** The envelope's status word of a code. */
const char *status_word(enum fm_code rc);
bool is_json(const struct out *o);
/** Is the JSON of each fact needed: for the document, or for the prompt's $last? */
bool is_kept(const struct out *o);

#endif
