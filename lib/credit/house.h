/* SPDX-License-Identifier: MIT */
/** The ClearingHouse on chain: what it says of a cycle and of a participant, and its events out of
 *  logs. Rules: contracts.md, 3 and 5; 4mica.md, 9. */
#ifndef FOURMICA_CREDIT_HOUSE_H
#define FOURMICA_CREDIT_HOUSE_H

#include <fourmica/clearing.h>

#include "evm/rpc.h"

/** One look at a cycle. */
struct fm_house_view {
	bool committed; /**< false: the house does not know the cycle; the rest is zero */
	struct fm_cycle_state cycle;
	struct fm_cycle_seat seat; /**< of `who`, when one was asked for */
	struct fm_hash leaf;	   /**< of `mine`, as the contract makes it */
	bool has_leaf;
	int64_t chain_now_s; /**< time of the pending block: "now" for deadlines */
};

/** Read it in one batch, with the chain's id and the house's code.
 *  In:   who    whose state; NULL: nobody's
 *        mine   a leaf the contract is to make, too; chain and house in it must be these; NULL:
 *               none. That it is another than ours is an error.
 *  Errors: FM_E_NETWORK, FM_E_TIMEOUT, FM_E_INTERRUPTED; FM_E_CHAIN for another chain, an address
 *  without code, answers that are no such words. */
enum fm_code fm_house_view_read(struct fm_house_view *out, struct fm_rpc *rpc,
				uint64_t chain_id, const struct fm_addr *house,
				const struct fm_hash *cycle_id, const struct fm_addr *who,
				const struct fm_clearing_leaf *mine,
				struct fm_err *err) FM_MUST_USE;

#define FM_HOUSE_CYCLES 8 /**< looked at in one batch */

/** The same for up to FM_HOUSE_CYCLES cycles, without leaves. */
enum fm_code fm_house_views_read(struct fm_house_view *out, struct fm_rpc *rpc,
				 uint64_t chain_id, const struct fm_addr *house,
				 const struct fm_hash *cycle_ids, size_t count,
				 const struct fm_addr *who,
				 struct fm_err *err) FM_MUST_USE;

/** Read a log. False: none of the house's events, or from elsewhere. */
bool fm_house_event(struct fm_clearing_event *out, const struct fm_addr *house,
		    const struct fm_event_log *log) FM_MUST_USE;
/** The event behind a kind, for the topics of a search. */
enum fm_event fm_house_event_id(enum fm_clearing_event_kind kind);

#endif
