/* SPDX-License-Identifier: MIT */
/** What the policy's limits have left on a network: for commands that show it. */
#ifndef LIMITS_H
#define LIMITS_H

#include "app.h"

/** Fields of a row of the list. */
extern const struct field limits_fields[];

/** A row in the list field `limits` for each limit with a window or a task that holds for a token
 *  of the chain, with what it has been used for. `ledger` NULL: nothing was used.
 *  Errors: those of the ledger. */
enum fm_code limits_report(struct app *app, struct fm_ledger *ledger, uint64_t chain_id,
			   struct fm_err *err);

#endif
