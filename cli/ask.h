/* SPDX-License-Identifier: MIT */
/** Questions to a person, and the places where answers may lie ready. */
#ifndef ASK_H
#define ASK_H

#include "app.h"

/** As ask_passphrase; *terminal tells whether a person typed it and may try again. */
enum fm_code ask_secret(struct app *app, struct fm_secret **out, bool *terminal,
			const char *prompt, struct fm_err *err);

#endif
