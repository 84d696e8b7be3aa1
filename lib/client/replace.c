/* SPDX-License-Identifier: MIT */
/* The same transaction anew, with the same nonce and higher fees: one of them will be mined. */
#include "client/mover.h"

#include <string.h>

#define BUMP_PERCENT 15 /* more than the 10 nodes ask of a replacement */

static enum fm_code bump(struct fm_tx *tx, const struct fm_rpc_fees *fees,
			 struct fm_err *err)
{
	if (!fm_add_percent(&tx->max_fee, BUMP_PERCENT) ||
	    !fm_add_percent(&tx->priority_fee, BUMP_PERCENT))
		return fm_fail(err, FM_E_REVERT, "the fee does not fit 256 bits");
	if (fm_u256_cmp(&fees->max_fee, &tx->max_fee) > 0)
		tx->max_fee = fees->max_fee;
	if (fm_u256_cmp(&fees->priority, &tx->priority_fee) > 0)
		tx->priority_fee = fees->priority;
	if (fm_u256_is_zero(&tx->priority_fee))
		tx->priority_fee = fm_u256_from_u64(1);
	if (fm_u256_cmp(&tx->priority_fee, &tx->max_fee) > 0)
		tx->max_fee = tx->priority_fee;
	return FM_OK;
}

/** What a higher fee may be put on: not a deposit under the emergency stop, and nothing that
 *  another machine sends. *may false: it stays as it is. */
static enum fm_code may_replace(bool *may, const struct fm_chain *chain,
				struct fm_ledger *ledger, const char *id,
				struct fm_err *err)
{
	struct fm_op op;
	enum fm_code rc = fm_ledger_op_find(&op, may, ledger, id, err);

	if (rc || !*may)
		return rc;
	*may = strcmp(op.note, FM_OFFLINE_NOTE) != 0;
	return *may && op.kind == FM_OP_DEPOSIT ? fm_client_check_stop(chain->client, err)
						: FM_OK;
}

static enum fm_code higher_fees(struct fm_tx *tx, struct fm_chain *chain,
				struct fm_err *err)
{
	struct fm_rpc_fees fees;
	struct fm_rpc_asks asks;
	size_t at;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	at = fm_rpc_ask_fees(&asks);
	rc = fm_chain_ask(chain, &asks, err);
	if (!rc)
		rc = fm_rpc_take_fees(&fees, &asks, at, err);
	if (!rc)
		rc = fm_judge_price(&chain->rpc, &fees.max_fee, err);
	fm_rpc_asks_clear(&asks);
	return rc ? rc : bump(tx, &fees, err);
}

static enum fm_code replace_row(struct fm_chain *chain, struct fm_ledger *ledger,
				const struct fm_tx_row *old, struct fm_err *err)
{
	struct fm_tx_row row;
	struct fm_addr from;
	struct fm_hash hash;
	struct fm_tx tx;
	struct fm_op op;
	bool found = false, may = false;
	enum fm_code rc = may_replace(&may, chain, ledger, old->op, err);

	if (rc || !may)
		return rc;
	if (!fm_tx_read(&tx, &from, &hash, fm_buf_span(&old->raw)))
		return fm_fail(err, FM_E_LEDGER, "a stored transaction cannot be read");
	rc = higher_fees(&tx, chain, err);
	if (!rc)
		rc = fm_ledger_op_take(&op, &found, ledger, old->op, err);
	if (rc)
		return rc;
	rc = fm_move_sign(&row, chain->client, &tx, &op, old->purpose, err);
	if (!rc)
		rc = fm_ledger_tx_signed(ledger, &row, err);
	/* Sending is the settling's affair: the node does not know it yet. */
	fm_tx_row_clear(&row);
	fm_ledger_op_leave(ledger, &op);
	return rc;
}

enum fm_code fm_move_replace(struct fm_chain *chain, struct fm_ledger *ledger,
			     struct fm_err *err)
{
	struct fm_tx_row *rows = NULL;
	size_t count = 0;
	enum fm_code rc;

	/* What was mined meanwhile needs no replacing. */
	rc = fm_settle_wallet(chain, ledger, NULL, 0, false, NULL, NULL, err);
	if (rc != FM_E_TX_PENDING)
		return rc;
	rc = fm_ledger_tx_open(&rows, &count, ledger, &chain->client->config.payer,
			       chain->chain_id, err);
	/* The newest of the lowest nonce has the highest fees. */
	for (size_t i = 0; !rc && i < count; i++)
		if (rows[i].nonce == rows[0].nonce &&
		    (i + 1 == count || rows[i + 1].nonce != rows[0].nonce)) {
			rc = replace_row(chain, ledger, &rows[i], err);
			break;
		}
	fm_tx_rows_free(&rows, count);
	return rc;
}
