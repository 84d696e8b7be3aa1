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
	int64_t began_ms;
	bool progress; /**< a progress line is on the terminal */
	bool err_is_tty, err_color, out_color;
};

struct scope *scope_new(const struct field *fields, struct scope *parent);
void scope_free(struct scope **scope);

/** The members of a scope, every declared one, as an object's inside. */
void document_members(struct fm_jw *w, const struct scope *scope);
/** The one document of the conventions, rule 3, newline included. */
void document_write(struct fm_buf *buf, const struct out *o, enum fm_code rc,
		    const struct fm_err *err);
/** The aligned report. */
void report_write(struct fm_buf *buf, const struct out *o);
/** JSON text broken into indented lines, made safe for a terminal. */
void report_json(struct fm_buf *buf, struct fm_span json, size_t indent);

/** Look at what the two streams can show. */
void stream_start(struct out *o);

/** A record as a line of --jsonl. */
void stream_record(struct out *o, const char *event, const struct scope *record);

/** The envelope's status word of a code. */
const char *status_word(enum fm_code rc);
bool is_json(const struct out *o);
/** Is the JSON of each fact needed: for the document, or for the prompt's $last? */
bool is_kept(const struct out *o);

#endif
