/* SPDX-License-Identifier: MIT */
/** curl's -w: a line of the user's own after the transfer. */
#ifndef WRITEOUT_H
#define WRITEOUT_H

#include "app.h"

/** Print `format` with its %{names} filled in and its \n, \r, \t undone; @FILE reads it.
 *  Unknown names are a warning and print nothing, as curl has it. Errors: FM_E_IO. */
enum fm_code writeout(struct app *app, const char *format, const struct fm_paid *paid,
		      struct fm_err *err);

#endif
