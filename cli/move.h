/* SPDX-License-Identifier: MIT */
/** What commands that send transactions share: their options, the question before, the report
 *  after. */
#ifndef MOVE_H
#define MOVE_H

#include "app.h"

struct move_args {
	const char *wait, *confirm;
	struct fm_quantity max_fee, priority_fee;
	uint64_t gas_limit;
	bool replace;
};

/** Rows for a struct `s` with a member `struct move_args move`. */
/* clang-format off */
#define MOVE_PARAMS(s)                                                                         \
	GROUP("Transactions"),                                                                 \
	OPT(s, move.max_fee, "max-fee", 0, "FEE",                                              \
	    "pay at most this for a unit of gas (1.5gwei); without it what the node asks"),    \
	OPT(s, move.priority_fee, "priority-fee", 0, "FEE",                                    \
	    "of that, this for whoever makes the block"),                                      \
	OPT(s, move.gas_limit, "gas-limit", 0, "N",                                            \
	    "gas of each transaction; without it the estimate and a fifth"),                   \
	OPT(s, move.replace, "replace", 0, NULL,                                               \
	    "give an unmined transaction of an earlier run higher fees first"),                \
	OPT(s, move.confirm, "confirm", 0, "VALUE",                                            \
	    "networks of value: the answer to the question, given beforehand")
/* clang-format on */

/** Members of `data` of such a command, and of each of its transactions. */
extern const struct field move_tx_fields[];
/* clang-format off */
#define MOVE_FIELDS MOVE_FIELDS_OF("vault", "Vault", "the Core4Mica contract")
/** The same where another contract takes part. */
#define MOVE_FIELDS_OF(name_, label_, help_)                                                   \
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },                \
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },                   \
	{ name_, label_, FIELD_ADDRESS, help_, NULL },                                         \
	{ "amount", "Amount", FIELD_AMOUNT, "what was asked for", NULL },                      \
	{ "operation", "Operation", FIELD_TEXT, "the ledger's name for it; null: none began",  \
	  NULL },                                                                              \
	{ "resumed", NULL, FIELD_BOOL, "whether an earlier run's operation was brought to its end", \
	  NULL },                                                                              \
	{ "fee_max", "Fee at most", FIELD_AMOUNT, "the most its transactions could cost", NULL }, \
	{ "fee", "Fee", FIELD_AMOUNT, "what they cost; null: not known yet", NULL },           \
	{ "transactions", "Transactions", FIELD_LIST, "those that were signed", move_tx_fields }, \
	{ "allowance_left", "Allowance left", FIELD_AMOUNT,                                    \
	  "what that contract may still take; null: not looked at", NULL }

/** What the library wants to know, and what its questions need. */
struct move {
	struct fm_move_options options;
	struct app *app;
	const struct fm_network *network;
	/** Filled by the time of the question. NULL: the vault has no part in it. */
	const struct fm_position *position;
	const char *confirm; /**< --confirm */
	const char *verb;    /**< "deposit", for questions and notes */
	bool raw;	     /**< the report shows the signed bytes */
	struct fm_moved moved;
};

/** Errors: FM_E_USAGE. */
enum fm_code move_make(struct move *out, struct app *app, const struct move_args *args,
		       const char *verb, struct fm_err *err);
/** Say MOVE_FIELDS of what came to `rc` (without a position, all but the contract), and have the ledger know it once that was written. */
void move_report(struct move *move, enum fm_code rc);
void move_clear(struct move *move);
/** wei a unit of gas out of "1.5gwei". */
enum fm_code move_fee(struct fm_u256 *out, const struct fm_quantity *fee,
		      const char *option, struct fm_err *err);

#endif
