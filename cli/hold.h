/* SPDX-License-Identifier: MIT */
/** The process that keeps a wallet's key for other commands (fourmica unlock). */
#ifndef HOLD_H
#define HOLD_H

#include "app.h"

/** Start one in the background with the key, which it alone has afterwards: *key is NULL then. What
 *  listened for the wallet before is made to end. FM_OK: it listens. Closes the client.
 *  Errors: those of fm_holder_serve; FM_E_IO, FM_E_INTERNAL. */
enum fm_code hold_start(struct app *app, struct fm_secret **key, int64_t for_s,
			int64_t idle_s, struct fm_err *err);
/** A signer over the selected wallet's key holder. *found false and FM_OK: there is none that may
 *  be used, which is told when it is odd. */
enum fm_code hold_signer(struct app *app, struct fm_signer *out, bool *found,
			 struct fm_err *err);
/** What the selected wallet's holder says of itself; false: there is none to be used. */
bool hold_look(struct app *app, struct fm_holder_state *out);

/** Would a signature of the selected wallet ask nobody, because its key was unlocked? */
bool hold_at_hand(struct app *app);

/** What the holder of the selected wallet knows of it is no longer so: have it drop the key. Best
 *  effort, and told when it fails. */
void hold_drop(struct app *app);

/** A signer over the program that config.json names for the selected wallet; *found false: none. */
enum fm_code external_signer(struct app *app, struct fm_signer *out, bool *found,
			     struct fm_err *err);
/** Has the selected wallet such a program? */
bool external_has(const struct app *app);
void external_free(struct app *app);

#endif
