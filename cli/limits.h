/* SPDX-License-Identifier: MIT */
/** What the policy's limits have left on a network: for commands that show it. */
#ifndef LIMITS_H
#define LIMITS_H

#include "app.h"

#define LIMITS_WARN 80 /**< percent of a limit from which it is worth a warning */

/** Fields of a row of the list. */
extern const struct field limits_fields[];

/** A row in the list field `limits` for each limit with a window or a task that holds for a token
 *  of the chain, with what it has been used for. `ledger` NULL: nothing was used.
 *  Errors: those of the ledger. */
enum fm_code limits_report(struct app *app, struct fm_ledger *ledger, uint64_t chain_id,
			   struct fm_err *err);
/** The same, and a row for each seller, route, task, category and wallet that a limit has counted
 *  something for, with warnings about what is nearly used up, and about what is left out. */
enum fm_code limits_report_each(struct app *app, struct fm_ledger *ledger,
				uint64_t chain_id, struct fm_err *err);
/** Only limits of one task. */
enum fm_code limits_report_task(struct app *app, struct fm_ledger *ledger,
				uint64_t chain_id, const char *task, struct fm_err *err);

/** The least that a limit over a window leaves for payments in the first token of the chain that has
 *  one; *any false: none has. Errors: those of the ledger. */
enum fm_code limits_least(struct fm_amount *left, bool *any, struct app *app,
			  struct fm_ledger *ledger, uint64_t chain_id,
			  struct fm_err *err);

/** How much of a check is used with `more` on top: percent, the larger of amount and number; -1: it
 *  allows nothing. */
int limits_percent(const struct fm_check *check, const struct fm_u256 *more,
		   unsigned more_count);
/** Warn about a check that is used to LIMITS_WARN percent or more. */
void limits_warn(struct out *o, const struct fm_check *check,
		 const struct fm_asset *asset, const struct fm_u256 *more,
		 unsigned more_count);

#endif
