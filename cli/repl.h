/* SPDX-License-Identifier: MIT */
/** The prompt: lines in, commands run, until the end of input. */
#ifndef REPL_H
#define REPL_H

#include "session.h"

/** Commands that only the prompt has, NULL-terminated. */
extern const struct cmd *const repl_words[];

/** Run one line of text, as it was typed; empty ones do nothing. Returns the exit status; *ran
 *  (may be NULL) tells whether there was a command. */
int repl_line(struct session *s, struct fm_span line, bool *ran);

/** Read lines with the editor, at a terminal; `file` keeps the earlier ones; NULL: none. */
enum fm_code repl_edit(struct session *s, const char *file, struct fm_err *err);

/** "base-sepolia · main · 14m left · 0.95 USDC left": from files only. */
void prompt_text(struct fm_buf *out, struct session *s);

#endif
