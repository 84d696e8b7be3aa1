/* SPDX-License-Identifier: MIT */
/** Questions to a person, and the places where answers may lie ready. */
#ifndef ASK_H
#define ASK_H

#include "app.h"

/** As ask_passphrase; *terminal tells whether a person typed it and may try again. */
enum fm_code ask_secret(struct app *app, struct fm_secret **out, bool *terminal,
			const char *prompt, struct fm_err *err);
/** Does a passphrase lie ready, so that nobody needs to be asked? */
bool ask_lies_ready(const struct app *app);
/** Is there a terminal to ask a person at? */
bool ask_terminal(const struct app *app);
/** Show lines at the terminal, before a question; each is escaped. */
void ask_show(struct app *app, const char *lines);
/** The passphrase, typed now: nothing that lies ready answers. An empty line is a no.
 *  Errors: FM_E_DECLINED; FM_E_INPUT there is no terminal. */
enum fm_code ask_typed_passphrase(struct app *app, struct fm_secret **out,
				  const char *prompt, struct fm_err *err);
/** Where options of one command find a passphrase that is not the selected wallet's. */
struct ask_source {
	const char *file, *fd; /**< what the options say; NULL: not given */
	const char
		*option; /**< their name without "-file" and "-fd": "--v3-passphrase" */
	bool empty;	 /**< may be: somebody else chose it */
};
/** From there, else typed; the places of the wallet's passphrase have no say. `fresh`: nobody has
 *  it yet, so it is typed twice, equal and not empty.
 *  Errors: FM_E_INPUT, FM_E_USAGE. */
enum fm_code ask_other_passphrase(struct app *app, struct fm_secret **out, bool *terminal,
				  const struct ask_source *source, const char *prompt,
				  bool fresh, struct fm_err *err);
enum ask_match {
	ASK_EXACT,
	ASK_WORDS, /**< case and blanks do not count: amounts */
};
/** For what cannot be undone: the person types `expected`, which the question has shown. --yes
 *  never answers it; `confirm` does, the text of the command's own option --confirm (NULL: not
 *  given), when it is the same.
 *  Errors: FM_E_USAGE --confirm says something else; FM_E_DECLINED; FM_E_INPUT. */
enum fm_code ask_typed(struct app *app, const char *question, const char *expected,
		       enum ask_match match, const char *confirm, struct fm_err *err);

#endif
