/* SPDX-License-Identifier: MIT */
/** Operations and transactions in the database. */
#ifndef FOURMICA_POLICY_OP_H
#define FOURMICA_POLICY_OP_H

#include "policy/ledger.h"

/* op_row.c */
struct fm_op_row {
	int64_t seq;
	unsigned booked; /* 1 << enum fm_scope; 0: money that does not leave */
	struct fm_op op;
};

enum fm_code fm_op_row_read(struct fm_op_row *out, const struct fm_query *q,
			    struct fm_err *err) FM_MUST_USE;
enum fm_code fm_op_row_find(struct fm_op_row *out, bool *found, struct fm_ledger *ledger,
			    const char *id, struct fm_err *err) FM_MUST_USE;
/** Insert; row->seq is returned. */
enum fm_code fm_op_row_add(struct fm_op_row *row, struct fm_ledger *ledger,
			   struct fm_err *err) FM_MUST_USE;
/** Write state, told and ended_ms, and record the event. */
enum fm_code fm_op_row_set(const struct fm_op_row *row, struct fm_ledger *ledger,
			   const char *event, struct fm_err *err) FM_MUST_USE;
/** Add the amount to the totals it is booked in, or take it out again. FM_E_BUDGET: full. */
enum fm_code fm_op_row_book(const struct fm_op_row *row, struct fm_ledger *ledger,
			    bool back, struct fm_err *err) FM_MUST_USE;
/** All that are open or untold, newest first. Owner: free. */
enum fm_code fm_op_row_untold(struct fm_op_row **rows, size_t *count,
			      struct fm_ledger *ledger, struct fm_err *err) FM_MUST_USE;

/** Does it have a transaction, and one that may still be mined? */
enum fm_code fm_op_row_txs(bool *any, bool *open, const struct fm_op_row *row,
			   struct fm_ledger *ledger, struct fm_err *err) FM_MUST_USE;

/** Its place in ledger.owners. */
int64_t fm_op_row_place(const struct fm_op_row *row);
/** Does this handle work on it, or another? */
bool fm_op_row_mine(const struct fm_op_row *row, const struct fm_ledger *ledger);
bool fm_op_row_other(const struct fm_op_row *row, const struct fm_ledger *ledger);

/* tx_row.c */
enum fm_code fm_tx_row_read(struct fm_tx_row *out, const struct fm_query *q,
			    struct fm_err *err) FM_MUST_USE;
enum fm_code fm_tx_row_add(const struct fm_tx_row *row, struct fm_ledger *ledger,
			   struct fm_err *err) FM_MUST_USE;
/** Write state, ended_ms and what was mined. */
enum fm_code fm_tx_row_set(const struct fm_tx_row *row, struct fm_ledger *ledger,
			   struct fm_err *err) FM_MUST_USE;
/** Every row of an opened, bound query, which is closed. */
enum fm_code fm_tx_row_list(struct fm_tx_row **rows, size_t *count, struct fm_query *q,
			    struct fm_err *err) FM_MUST_USE;
enum fm_code fm_tx_row_find(struct fm_tx_row *out, bool *found, struct fm_ledger *ledger,
			    const struct fm_hash *hash, struct fm_err *err) FM_MUST_USE;
/** All with this payer, chain and nonce. */
enum fm_code fm_tx_row_nonce(struct fm_tx_row **rows, size_t *count,
			     struct fm_ledger *ledger, const struct fm_tx_row *like,
			     struct fm_err *err) FM_MUST_USE;

#endif
