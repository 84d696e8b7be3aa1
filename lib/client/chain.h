/* SPDX-License-Identifier: MIT */
/** One chain as a client asks it, and the transactions it sends there. The order of a transaction
 *  is a promise: lock, look after earlier ones, simulate, agree, sign, record, send, watch. */
#ifndef FOURMICA_CLIENT_CHAIN_H
#define FOURMICA_CLIENT_CHAIN_H

#include <fourmica/collateral.h>

#include "client/internal.h"
#include "evm/revert.h"
#include "evm/rpc.h"
#include "evm/tx.h"

/** The endpoints of a chain. Borrowed by what it hands out; not to be moved. */
struct fm_chain {
	struct fm_client *client;
	uint64_t chain_id;
	struct fm_rpc_endpoints endpoints;
	struct fm_http_options options;
	struct fm_rpc rpc;   /**< that answered last */
	const char *sent_to; /**< endpoint of the first broadcast: no other gets one */
	const char *
		own_op; /**< the operation whose end is the mover's affair; may be NULL */
};

/** The note of an operation that was signed for another machine to send: only looked for. */
#define FM_OFFLINE_NOTE "offline"

void fm_chain_init(struct fm_chain *chain, struct fm_client *client, uint64_t chain_id);
/** Send questions to the first endpoint that can be reached, as fm_rpc_each. */
enum fm_code fm_chain_ask(struct fm_chain *chain, struct fm_rpc_asks *asks,
			  struct fm_err *err) FM_MUST_USE;
/** Wait; false: the run was cancelled. */
bool fm_chain_pause(const struct fm_chain *chain, int64_t ms);

/** What a transaction of an operation is for; the last one has the effect. */
#define FM_PURPOSE_APPROVE "approve"
#define FM_PURPOSE_APPROVE_ZERO "approve-zero"
/** The purpose that has the effect of an operation: "deposit", "request", ... */
const char *fm_move_purpose(enum fm_op_kind kind);

/** One transaction that is to be made. */
struct fm_step {
	const char *purpose;
	struct fm_addr to;
	struct fm_u256 value;
	struct fm_buf data;
	bool returns_bool; /**< a token's call: "false" is a refusal */
	struct fm_revert_context context;
};

/** Someone who moves a wallet's money on one chain. */
struct fm_mover {
	struct fm_client *client;
	struct fm_ledger *ledger;
	struct fm_chain chain;
	const struct fm_move_options *options;
	struct fm_moved *moved;
	struct fm_wallet_lock lock;
	bool asked;	/**< the person agreed */
	bool stoppable; /**< the emergency stop holds for it */
	bool sent;	/**< a transaction left in this run: errors from now on tell */
};

/** Unlock the wallet, take its lock, and bring what it sent before to an end.
 *  Errors: FM_E_STOPPED, what unlocking says, FM_E_BUSY, FM_E_TX_PENDING, those of the chain.
 *  fm_mover_close is due after errors, too. */
enum fm_code fm_mover_open(struct fm_mover *m, struct fm_client *client,
			   uint64_t chain_id, const struct fm_move_options *options,
			   struct fm_moved *moved, bool stoppable,
			   struct fm_err *err) FM_MUST_USE;
void fm_mover_close(struct fm_mover *m);
/** Begin m->moved->op, or resume the one a process left. *ended: that one needs nothing more; its
 *  end is in *moved and in the result. */
enum fm_code fm_mover_begin(struct fm_mover *m, bool *ended, const struct fm_ask *ask,
			    struct fm_check *checks, size_t check_count,
			    struct fm_err *err) FM_MUST_USE;
/** Would it be refused as things stand? Nothing is signed. */
enum fm_code fm_mover_would_work(bool *yes, struct fm_mover *m,
				 const struct fm_step *step,
				 struct fm_err *err) FM_MUST_USE;
/** Make one transaction, from simulation to its end. With `last` the lock is given up once it is
 *  sent, and the operation ends with it. Nothing was signed after an error whose spent is no. */
enum fm_code fm_mover_step(struct fm_mover *m, struct fm_step *step, bool last,
			   struct fm_err *err) FM_MUST_USE;
/** A refusal before a step: an operation without transactions is abandoned. Returns `rc`. */
enum fm_code fm_mover_refuse(struct fm_mover *m, enum fm_code rc);

/** Is the transaction with the effect still in a block? One that a reorganization took out again is
 *  open once more: it is sent again and waited for, and the operation ends anew. */
enum fm_code fm_mover_confirm(struct fm_mover *m, struct fm_err *err) FM_MUST_USE;
/** What one transaction costs at most, to the person who has to agree. */
enum fm_code fm_move_agree(struct fm_moved *moved, const struct fm_move_options *options,
			   bool ask, const struct fm_tx *tx, const char *purpose,
			   struct fm_err *err) FM_MUST_USE;

/** Record the end of an operation. */
enum fm_code fm_move_end(struct fm_client *client, struct fm_ledger *ledger,
			 struct fm_op *op, enum fm_op_state state,
			 struct fm_err *err) FM_MUST_USE;
/** Sign a transaction of an operation with the unlocked wallet. Owner of the row: the caller, after
 *  errors too. */
enum fm_code fm_move_sign(struct fm_tx_row *row, struct fm_client *client,
			  const struct fm_tx *tx, const struct fm_op *op,
			  const char *purpose, struct fm_err *err) FM_MUST_USE;
/** Sign the open transaction of the lowest nonce anew, with higher fees. */
enum fm_code fm_move_replace(struct fm_chain *chain, struct fm_ledger *ledger,
			     struct fm_err *err) FM_MUST_USE;

/** A position that was not read, before anything moves. On first use the chain's silence looks like
 *  a missing key; here it is that the chain did not answer. Returns the code. */
enum fm_code fm_move_unread(enum fm_code rc, struct fm_err *err);

void fm_step_init(struct fm_step *step, const char *purpose, const struct fm_addr *to);
void fm_step_clear(struct fm_step *step);

/* settle.c */

/** Look for every open transaction of the wallet, at most wait_ms long; `only` (may be NULL) is an
 *  operation or a hash, and then others are not waited for. */
enum fm_code fm_settle_wallet(struct fm_chain *chain, struct fm_ledger *ledger,
			      const struct fm_hash *only, int64_t wait_ms, bool may_send,
			      void (*each)(void *ctx, const struct fm_settled *settled),
			      void *ctx, struct fm_err *err) FM_MUST_USE;
/** The receipt's word on a transaction, into ledger and row. */
enum fm_code fm_settle_receipt(struct fm_ledger *ledger, struct fm_tx_row *row,
			       const struct fm_rpc_receipt *receipt,
			       struct fm_err *err) FM_MUST_USE;

#endif
