/* SPDX-License-Identifier: MIT */
/* Transactions of one wallet, one after the other: lock, look after earlier ones, simulate,
 * agree, sign, record, send, watch. Whatever ends the process in between, the next one finds in
 * the ledger what may have left. Rules: design, Promises and Decisions 8 and 11; contracts.md, 6. */
#include "client/mover.h"

#include "credit/house.h"

#include <stdio.h>
#include <string.h>

#define LOCK_MS (3 * 60 * 1000)

int64_t fm_mover_wait_ms(const struct fm_mover *m)
{
	return m->options->wait_ms ? m->options->wait_ms : FM_MOVE_WAIT_MS;
}

/* ---- beginning ---- */

enum fm_code fm_mover_open(struct fm_mover *m, struct fm_client *client,
			   uint64_t chain_id, const struct fm_move_options *options,
			   struct fm_moved *moved, bool stoppable, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	*m = (struct fm_mover){ .client = client,
				.options = options,
				.moved = moved,
				.stoppable = stoppable };
	fm_chain_init(&m->chain, client, chain_id);
	if (stoppable)
		rc = fm_client_check_stop(client, err);
	if (rc || client->config.dry_run)
		return rc;
	/* It may ask a person: before anybody else is kept waiting. What a stop ends is money that
	 * leaves the wallet, and so is bound to one ledger. */
	rc = stoppable ? fm_client_unlock_to_pay(client, chain_id, err)
		       : fm_client_unlock(client, chain_id, err);
	if (!rc)
		rc = fm_client_ledger(&m->ledger, client, true, err);
	if (!rc)
		rc = fm_ledger_wallet_lock(&m->lock, m->ledger, &client->config.payer,
					   chain_id, LOCK_MS, client->config.http->cancel,
					   err);
	if (!rc && options->replace)
		rc = fm_move_replace(&m->chain, m->ledger, err);
	if (!rc)
		rc = fm_settle_wallet(&m->chain, m->ledger, NULL, fm_mover_wait_ms(m),
				      true, NULL, NULL, err);
	if (rc == FM_E_TX_PENDING)
		fm_within(err, "an earlier operation comes first");
	return rc;
}

void fm_mover_close(struct fm_mover *m)
{
	fm_ledger_wallet_unlock(&m->lock);
}

/* ---- an operation that was left ---- */

/** Where the next transaction goes; the oldest makes room. */
struct fm_tx_row *fm_moved_next(struct fm_moved *moved)
{
	if (moved->count == FM_MOVE_TXS) {
		fm_tx_row_clear(&moved->txs[0]);
		memmove(&moved->txs[0], &moved->txs[1],
			(FM_MOVE_TXS - 1) * sizeof(moved->txs[0]));
		moved->count--;
	}
	return &moved->txs[moved->count];
}

/** The operation's transactions, as the ledger has them; not those that gave way to others. */
static enum fm_code load_txs(struct fm_mover *m, struct fm_err *err)
{
	struct fm_moved *moved = m->moved;
	struct fm_tx_row *rows = NULL;
	size_t count = 0;
	enum fm_code rc = fm_ledger_tx_of(&rows, &count, m->ledger, moved->op.id, err);

	for (size_t i = 0; i < moved->count; i++)
		fm_tx_row_clear(&moved->txs[i]);
	moved->count = 0;
	for (size_t i = 0; !rc && i < count; i++) {
		if (rows[i].state == FM_TX_REPLACED)
			continue;
		*fm_moved_next(moved) = rows[i];
		moved->count++;
		fm_buf_init(&rows[i].raw, FM_TX_RAW_MAX); /* now the result's */
	}
	fm_tx_rows_free(&rows, count);
	return rc;
}

/** The transaction with the effect, as it stands; NULL: none was signed. */
struct fm_tx_row *fm_moved_main(const struct fm_mover *m, enum fm_tx_state state)
{
	const char *purpose = fm_move_purpose(m->moved->op.kind);

	for (size_t i = m->moved->count; i-- > 0;)
		if (strcmp(m->moved->txs[i].purpose, purpose) == 0 &&
		    m->moved->txs[i].state == state)
			return &m->moved->txs[i];
	return NULL;
}

enum fm_code fm_mover_failed(const struct fm_mover *m, struct fm_err *err)
{
	char hash[FM_HASH_TEXT] = "";
	const struct fm_tx_row *tx = fm_moved_main(m, FM_TX_REVERTED);

	err->spent = FM_SPENT_YES; /* of gas */
	if (tx)
		fm_hash_text(hash, &tx->hash);
	if (tx)
		fm_fail(err, FM_E_REVERTED, "the %s transaction %s reverted", tx->purpose,
			hash);
	else
		fm_fail(err, FM_E_REVERTED,
			"a transaction of the %s was replaced by another of this wallet, "
			"or reverted; it had no effect",
			fm_op_word(m->moved->op.kind));
	return FM_E_REVERTED;
}

/** What the contract says it moved, from the receipt's events. Not known when the node has no
 *  receipt any more. */
static void vault_effect(struct fm_mover *m, const struct fm_rpc_receipt *receipt)
{
	const struct fm_op *op = &m->moved->op;
	enum fm_event want = FM_EV_COUNT;
	struct fm_abi_value v[FM_EVENT_VALUES];
	uint64_t when;

	if (op->kind == FM_OP_DEPOSIT)
		want = FM_EV_DEPOSITED;
	else if (op->kind == FM_OP_WITHDRAW_FINALIZE)
		want = FM_EV_WITHDRAWN;
	else if (op->kind == FM_OP_WITHDRAW_REQUEST)
		want = FM_EV_REQUESTED;
	for (size_t i = 0; want != FM_EV_COUNT && i < receipt->log_count; i++) {
		const struct fm_event_log *log = &receipt->logs[i];
		size_t count = fm_event_count(want);

		if (!fm_addr_equal(&log->address, &op->target) ||
		    !fm_event_read(v, count, want, log) ||
		    !fm_addr_equal(&v[0].addr, &op->payer) ||
		    !fm_addr_equal(&v[1].addr, &op->asset))
			continue;
		m->moved->effect = v[count - 1].u;
		if (want == FM_EV_REQUESTED && fm_u256_to_u64(&when, &v[2].u) &&
		    when <= INT64_MAX / 4)
			m->moved->requested_s = (int64_t)when;
		m->moved->has_effect = true;
	}
}

/** The clearing house's word. It tells of one participant in one transaction. */
static void house_effect(struct fm_mover *m, const struct fm_rpc_receipt *receipt)
{
	const struct fm_op *op = &m->moved->op;
	enum fm_clearing_event_kind want = op->kind == FM_OP_PAY_DEBIT ? FM_CLEARING_PAID
					   : op->kind == FM_OP_CLAIM_CREDIT
						   ? FM_CLEARING_CLAIMED
						   : FM_CLEARING_DEFAULTED;
	struct fm_clearing_event event;

	for (size_t i = 0; i < receipt->log_count; i++)
		if (fm_house_event(&event, &op->target, &receipt->logs[i]) &&
		    event.kind == want) {
			m->moved->effect = event.amount;
			m->moved->has_effect = true;
		}
}

static void read_effect(struct fm_mover *m, const struct fm_rpc_receipt *receipt)
{
	enum fm_op_kind kind = m->moved->op.kind;

	if (kind == FM_OP_PAY_DEBIT || kind == FM_OP_CLAIM_CREDIT ||
	    kind == FM_OP_MARK_DEFAULT)
		house_effect(m, receipt);
	else
		vault_effect(m, receipt);
}

void fm_mover_effect(struct fm_mover *m, const struct fm_tx_row *tx)
{
	struct fm_rpc_receipt receipt = { .found = false };
	struct fm_rpc_asks asks;
	struct fm_err ignored;
	size_t at;

	fm_err_init(&ignored);
	fm_rpc_asks_init(&asks);
	at = fm_rpc_ask_receipt(&asks, &tx->hash);
	if (!fm_chain_ask(&m->chain, &asks, &ignored) &&
	    !fm_rpc_take_receipt(&receipt, &asks, at, &tx->hash, &ignored) &&
	    receipt.found)
		read_effect(m, &receipt);
	fm_rpc_receipt_clear(&receipt);
	fm_rpc_asks_clear(&asks);
}

enum fm_code fm_move_end(struct fm_client *client, struct fm_ledger *ledger,
			 struct fm_op *op, enum fm_op_state state, struct fm_err *err)
{
	/* First: after a crash in between it is looked up once more than needed. */
	if (state == FM_OP_DONE)
		fm_cover_forget(client, ledger, op);
	op->state = state;
	return fm_ledger_op_end(ledger, op, err);
}

/** An operation that was left: its end may be known by now. */
static enum fm_code resume(struct fm_mover *m, bool *ended, struct fm_err *err)
{
	struct fm_op *op = &m->moved->op;
	const struct fm_tx_row *tx;
	enum fm_code rc = load_txs(m, err);

	m->moved->resumed = true;
	fm_client_event(m->client, "resumed", "%s", op->id);
	if (rc)
		return rc;
	m->moved->steps += (unsigned)m->moved->count;
	tx = fm_moved_main(m, FM_TX_MINED);
	*ended = tx || op->state != FM_OP_OPEN || fm_moved_main(m, FM_TX_REVERTED) ||
		 fm_moved_main(m, FM_TX_DROPPED);
	if (tx)
		fm_mover_effect(m, tx);
	if (*ended && op->state == FM_OP_OPEN) {
		rc = fm_move_end(m->client, m->ledger, op, tx ? FM_OP_DONE : FM_OP_FAILED,
				 err);
	}
	if (!rc && *ended && op->state != FM_OP_DONE)
		rc = fm_mover_failed(m, err);
	return rc;
}

enum fm_code fm_mover_begin(struct fm_mover *m, bool *ended, const struct fm_ask *ask,
			    struct fm_check *checks, size_t check_count,
			    struct fm_err *err)
{
	struct fm_op *op = &m->moved->op;
	bool resumed = false;
	enum fm_code rc;

	*ended = false;
	if (m->client->config.dry_run)
		return FM_OK;
	op->payer = m->client->config.payer;
	op->chain_id = m->chain.chain_id;
	rc = fm_ledger_op_begin(&resumed, op, m->ledger, ask, checks, check_count, err);
	if (rc)
		return rc;
	m->chain.own_op = op->id;
	return resumed ? resume(m, ended, err) : FM_OK;
}

enum fm_code fm_mover_end(struct fm_mover *m, enum fm_op_state state, struct fm_err *err)
{
	return fm_move_end(m->client, m->ledger, &m->moved->op, state, err);
}

enum fm_code fm_mover_refuse(struct fm_mover *m, enum fm_code rc)
{
	struct fm_err second;

	fm_err_init(&second);
	if (!m->ledger || !m->moved->op.id[0] || m->moved->op.state != FM_OP_OPEN)
		return rc;
	if (fm_mover_end(m, m->moved->count ? FM_OP_FAILED : FM_OP_ABANDONED, &second))
		fm_log(m->client->config.log, FM_LOG_WARN, "%s", second.msg);
	return rc;
}
