/* SPDX-License-Identifier: MIT */
/** The accepted rules: what a wallet may pay under until its passphrase says otherwise (design,
 *  Decision 7). Their texts lie beside the ledger, named by their hash; the wallet's file says
 *  which one counts. */
#ifndef ACCEPTED_H
#define ACCEPTED_H

#include "app.h"

/** The rules of a hash, read back. Errors: FM_E_APPROVAL, rule "accepted": there is no copy, or
 *  none that fits. */
enum fm_code accepted_read(struct fm_policy **out, struct app *app,
			   const struct fm_spending *spending,
			   struct fm_err *err) FM_MUST_USE;
/** Keep a copy of the rules in force; nothing for the built-in ones. */
enum fm_code accepted_keep(struct app *app, struct fm_err *err) FM_MUST_USE;
/** Compare the rules in force with what the selected wallet's file accepts: app->looser. */
void accepted_compare(struct app *app);
/** What the wallet's file would say of the rules in force and this ledger. */
struct fm_spending accepted_now(const struct app *app, const struct fm_hash *ledger);
/** The client's: the selected wallet pays for the first time. */
enum fm_code accepted_bind(void *ctx, const struct fm_hash *ledger, struct fm_err *err);

#endif
