/* SPDX-License-Identifier: MIT */
/** `policy accept`, for commands that change the policy themselves. */
#ifndef POLICY_ACCEPT_H
#define POLICY_ACCEPT_H

#include "app.h"

/** The selected wallet, which paid before, may pay under the rules in force from now on; its ledger
 *  stays. `pass` is what app_owner gave. Errors: those of ledger and store. */
enum fm_code policy_accept_rules(struct app *app, const struct fm_secret *pass,
				 struct fm_err *err);

#endif
