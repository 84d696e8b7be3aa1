/* SPDX-License-Identifier: MIT */
/** The parts of a position: what the chain says, what Core says, what of it is free. */
#ifndef FOURMICA_CLIENT_POSITION_H
#define FOURMICA_CLIENT_POSITION_H

#include "client/chain.h"

/** A symbol others chose, if it can be shown and typed; else "token". */
void fm_symbol_tidy(char out[static 16], struct fm_span text);

/** What chain and, with FM_LOOK_CORE, Core say of a position whose chain_id, who and vault are
 *  filled. `ledger` remembers the tokens and may be NULL. Errors: FM_E_CHAIN, FM_E_NETWORK,
 *  FM_E_TIMEOUT, FM_E_INTERRUPTED; Core's part is filled all the same. */
enum fm_code fm_position_ask(struct fm_position *out, struct fm_client *client,
			     struct fm_ledger *ledger, unsigned look,
			     struct fm_err *err) FM_MUST_USE;

/** Core's answers come all at the same time, and with those of the node. */
struct fm_core_round {
	struct fm_client *client;
	unsigned look;
	const char *url; /**< NULL: Core is not asked */
	struct fm_http_options options;
	struct fm_core_ask health;
	bool ask_health;
	struct fm_core_ask
		asks[FM_HOLDINGS_MAX]; /**< of holding `from` and those behind it */
	size_t from, count;
	bool signed_in;
};

/** Questions about the holdings from `from` on; health goes along when `from` is 0. */
enum fm_code fm_core_round_put(struct fm_core_round *round, struct fm_position *p,
			       struct fm_client *client, unsigned look, size_t from,
			       struct fm_err *err) FM_MUST_USE;
/** Send them and `beside`, all at the same time. Errors: FM_E_NOMEM; what keeps Core's from
 *  being asked goes to p->core_error. */
enum fm_code fm_core_round_send(struct fm_core_round *round, struct fm_position *p,
				struct fm_http_job *const beside[], size_t count,
				struct fm_err *err) FM_MUST_USE;
/** What Core refuses goes to p->core_error. */
void fm_core_round_take(const struct fm_core_round *round, struct fm_position *p);
void fm_core_round_clear(struct fm_core_round *round);

/** The ledger's part, and what is free. */
enum fm_code fm_position_ledger(struct fm_position *out, struct fm_ledger *ledger,
				struct fm_err *err) FM_MUST_USE;

/* ---- of one asset ---- */

/** Core's answer to fm_core_ask_balance of `who`. */
enum fm_code fm_holding_core(struct fm_holding *h, const struct fm_core_ask *ask,
			     const struct fm_addr *who, struct fm_err *err) FM_MUST_USE;
/** What the ledger has outstanding in it, and what of that is in doubt. */
void fm_holding_owes(struct fm_holding *h, const struct fm_outstanding *sums);
/** Set h->free, out of all that is known. *most: what is free if everything that was paid is
 *  settled by now; without Core's word that may be more. */
void fm_holding_free(struct fm_holding *h, struct fm_u256 *most);

#endif
