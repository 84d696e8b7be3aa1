/* SPDX-License-Identifier: MIT */
/** What the files that make transactions share. */
#ifndef FOURMICA_CLIENT_MOVER_H
#define FOURMICA_CLIENT_MOVER_H

#include "client/chain.h"

/* mover.c */

/** How long to wait for one transaction. */
int64_t fm_mover_wait_ms(const struct fm_mover *m);
/** Where the next transaction goes; the oldest makes room. */
struct fm_tx_row *fm_moved_next(struct fm_moved *moved);
/** The transaction with the effect, in this state; NULL: there is none. */
struct fm_tx_row *fm_moved_main(const struct fm_mover *m, enum fm_tx_state state);
/** FM_E_REVERTED: the operation ended without effect. */
enum fm_code fm_mover_failed(const struct fm_mover *m, struct fm_err *err);
/** What the contract's event says was moved; stays unknown when the node has no receipt. */
void fm_mover_effect(struct fm_mover *m, const struct fm_tx_row *tx);
/** Record the end of the operation. */
enum fm_code fm_mover_end(struct fm_mover *m, enum fm_op_state state,
			  struct fm_err *err) FM_MUST_USE;

/* approve.c */

/** What a contract is to take of a token, and may take already. */
struct fm_approving {
	const struct fm_asset *asset;
	struct fm_addr spender;
	struct fm_u256 have, need; /**< allowance now; the least that will do */
	struct fm_u256 want;	   /**< set when `have` is less than `need` */
	struct fm_revert_context context;
};

/** Let the spender take it, in one transaction or, where a token insists, by way of zero. Nothing to
 *  do for ETH and where enough is allowed. m->moved->steps grows by what it takes. */
enum fm_code fm_mover_approve(struct fm_mover *m, const struct fm_approving *a,
			      struct fm_err *err) FM_MUST_USE;
/** An allowance that stays is told: it is authority. After errors too, as far as it can be read. */
void fm_mover_name_allowance(struct fm_mover *m, const struct fm_approving *a);

/* trial.c */

/** What a transaction is made of, known before it is signed. */
struct fm_trial {
	struct fm_rpc_asks asks;
	size_t chain_id, nonce, latest, balance, fees, call, gas;
	struct fm_tx tx;
	struct fm_u256 have; /* wei in the wallet */
	uint64_t needed;     /* gas, as estimated */
	bool unsettled;	     /* the node's word on the nonce cannot be right now ... */
	struct fm_tx_row missing; /* ... because of this one; purpose "": none */
};

/** Everything about the transaction but its signature, or why there will be none. *t points into
 *  `step`; fm_rpc_asks_clear(&t->asks) is due after errors, too. */
enum fm_code fm_trial_settled(struct fm_trial *t, struct fm_mover *m,
			      const struct fm_step *step, struct fm_err *err) FM_MUST_USE;
/** Is the node sure not to have it, mined or waiting? */
enum fm_code fm_trial_gone(bool *gone, struct fm_rpc_receipt *receipt, struct fm_mover *m,
			   const struct fm_hash *hash, struct fm_err *err) FM_MUST_USE;
/** More by so many hundredths. False: over 256 bits. */
bool fm_add_percent(struct fm_u256 *value, unsigned percent) FM_MUST_USE;
/** Above it only a person's word counts. */
bool fm_price_is_odd(const struct fm_u256 *fee) FM_MUST_USE;
/** Is what a node asks a price for a unit of gas? */
enum fm_code fm_judge_price(const struct fm_rpc *rpc, const struct fm_u256 *fee,
			    struct fm_err *err) FM_MUST_USE;

#endif
