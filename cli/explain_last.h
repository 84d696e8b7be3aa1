/* SPDX-License-Identifier: MIT */
/** The last refusal at the prompt, with every rule that was evaluated. */
#ifndef EXPLAIN_LAST_H
#define EXPLAIN_LAST_H

#include "app.h"

/** Fields of the object `refusal`. */
extern const struct field explain_last_fields[];

/** Is there one? */
bool explain_last_any(const struct app *app);
/** Its code, for what the failure table says of it. */
enum fm_code explain_last_code(const struct app *app, const char **cause);
/** The object `refusal`. */
enum fm_code explain_last(struct app *app, struct fm_err *err);

#endif
