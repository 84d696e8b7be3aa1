/* SPDX-License-Identifier: MIT */
/** What the parts of the prompt's editor share. */
#ifndef REPL_EDIT_H
#define REPL_EDIT_H

#include "libedit.h"
#include "repl.h"

#include <signal.h>
#include <stdio.h>
#include <wchar.h>

#define REPL_KEY_BYTES 8  /* of a key that may begin a paste */
#define REPL_PASTE_KEY 28 /* stands for a pasted text; Ctrl-\ never arrives as a key */

struct prompt {
	struct session *session;
	EditLine *el;
	History *history;
	FILE *shown;	  /* where the line is edited */
	const char *file; /* NULL: no history file */
	bool file_failed;
	struct fm_buf text;
	mbstate_t shift;
	bool stops;  /* Ctrl-Z does something here */
	bool pastes; /* the terminal marks what is pasted */
	bool ahead;  /* what is read was typed before the editor had the terminal */
	char key[REPL_KEY_BYTES];
	size_t key_len, key_at; /* bytes that were read too far */
	struct fm_buf paste;
};

/* repl_keys.c */

/** Catch the signals that a wait for a key ends with; `back` for repl_signals_end. */
struct repl_signals {
	struct sigaction resize, go_on, stop;
};
void repl_signals_begin(struct prompt *p, struct repl_signals *back);
void repl_signals_end(const struct repl_signals *back);

/** Characters as the editor needs them; a command gets terminal, locale and signals back. */
void repl_editor_locale(void);
void repl_editor_has_it(const struct prompt *p, bool has);
/** Is there input at once, or within so many milliseconds? */
bool repl_input_waits(int most_ms);
/** For EL_GETCFN: one character; 0: the end; -1: interrupted. */
int repl_read_key(EditLine *el, wchar_t *out);
/** The editor's functions "insert what was pasted" and "complete the word". */
unsigned char repl_insert_paste(EditLine *el, int key);
unsigned char repl_complete(EditLine *el, int key); /* repl_complete.c */
/** Make the prompt's text anew. */
void repl_renew(struct prompt *p); /* repl.c */

#endif
