/* SPDX-License-Identifier: MIT */
/** What the sub-commands of `cycles` that only look share. */
#ifndef CYCLES_READ_H
#define CYCLES_READ_H

#include "app.h"

#include <fourmica/cycle_audit.h>

/** One cycle, as somebody asks about it. */
struct cycles_read {
	const char *id;
	bool sign_in;
	bool record;	/**< audit */
	uint64_t limit; /**< list */
	const char *blocks;
	int64_t every; /**< watch: ms */
};

/** How far to go for Core's word. */
enum fm_sign_in cycles_sign_in(struct app *app, const struct cycles_read *args);
/** Find the cycle that is meant, and say network, wallet, cycle, cycle_id. */
enum fm_code cycles_find(struct fm_cycle_ref *out, struct app *app,
			 const struct cycles_read *args, struct fm_err *err);
/** An amount of the cycle's asset. */
void cycles_amount(struct app *app, const char *field, const struct fm_cycle_ref *ref,
		   const struct fm_u256 *base);
/** "NET_DEBTOR", "NET_CREDITOR", "FLAT". */
const char *cycles_role(const struct fm_net *net);
/** Say phase, phase_source, role, amount, proven, pay_by, final_at, next of CYCLES_STANDING_FIELDS. */
void cycles_standing(struct app *app, const struct fm_cycle_standing *standing);
/** The one thing to do next; NULL: nothing. Static text or `room`. */
const char *cycles_next(char room[static 192], const struct fm_cycle_standing *standing,
			enum fm_cycle_phase phase);
/** What chain and Core could not say, as warnings. */
void cycles_silent(struct app *app, const struct fm_cycle_standing *standing);

/* clang-format off */
#define CYCLES_WHOSE_FIELDS                                                                    \
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },                \
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },                   \
	{ "cycle", "Cycle", FIELD_TEXT, "its text id; null: not known", NULL },                \
	{ "cycle_id", "Id", FIELD_HASH, "its id on chain", NULL }

#define CYCLES_STANDING_FIELDS                                                                 \
	{ "phase", "Phase", FIELD_TEXT, "OPEN, FROZEN, NETTING_COMPUTED, PAYMENT_WINDOW_OPEN, FINALIZED or DEFAULTED", NULL }, \
	{ "phase_source", NULL, FIELD_TEXT, "chain; core; clock: by the default times", NULL },\
	{ "role", "Position", FIELD_TEXT, "NET_DEBTOR, NET_CREDITOR, FLAT; null: not known, or none", NULL }, \
	{ "amount", "Amount", FIELD_AMOUNT, "owed by the wallet, or to it; null: not known", NULL }, \
	{ "state", "State", FIELD_TEXT, "UNPAID, PAID, CLAIMABLE, CLAIMED, DEFAULTED, FINALIZED; null: not known", NULL }, \
	{ "proven", "Proven", FIELD_BOOL, "the position leads to the root on chain", NULL },   \
	{ "pay_by", "Pay by", FIELD_TIME, "the last second to pay a net debit; null: not committed", NULL }, \
	{ "final_at", "Final after", FIELD_TIME, "after it defaults are marked and the cycle is finalized", NULL }, \
	{ "next", "Next", FIELD_TEXT, "the one thing to do; null: nothing", NULL }

#define CYCLES_SIGN_IN                                                                         \
	OPT(struct cycles_read, sign_in, "sign-in", 0, NULL,                                   \
	    "unlock the wallet to ask 4Mica Core for the position")
/* clang-format on */

#define CYCLES_LOOKS (NEED_WALLET | NEED_LEDGER | NEED_HTTP)

extern const struct cmd cycles_list_cmd, cycles_show_cmd, cycles_proof_cmd,
	cycles_audit_cmd, cycles_watch_cmd;

#endif
