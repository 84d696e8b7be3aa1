/* SPDX-License-Identifier: MIT */
/** Values that lie on this machine: wallets, networks, and what the policy and the ledger name. */
#ifndef KNOWN_H
#define KNOWN_H

#include "candidates.h"

/** Add a candidate, if it begins with what was typed. */
void candidates_add(struct candidates *c, const char *value, const char *help, bool open);
/** Add what there is of a kind; what cannot be read is left out. */
void known_add(struct candidates *c, struct session *s, const struct globals *globals,
	       enum known kind);

#endif
