/* SPDX-License-Identifier: MIT */
/* One transaction from its trial to its end: agreed, signed, on disk, sent, watched. From sending on no
 * error is plain "failed". Rules: design, Promises 1, 3 and 5. */
#include "client/mover.h"

#include <stdio.h>
#include <string.h>

static enum fm_code agree(struct fm_mover *m, const struct fm_trial *t,
			  const struct fm_step *step, struct fm_err *err)
{
	bool ask = !m->asked || m->options->confirm_each;

	m->asked = true;
	return fm_move_agree(m->moved, m->options, ask, &t->tx, step->purpose, err);
}

static enum fm_code sign_and_record(struct fm_mover *m, const struct fm_trial *t,
				    const struct fm_step *step, struct fm_err *err)
{
	struct fm_tx_row *row = fm_moved_next(m->moved);
	char hash[FM_HASH_TEXT];
	enum fm_code rc = FM_OK;

	if (m->stoppable)
		rc = fm_client_check_stop(m->client, err);
	if (!rc)
		rc = fm_move_sign(row, m->client, &t->tx, &m->moved->op, step->purpose,
				  err);
	/* Who signs may have taken a while. */
	if (!rc && m->stoppable)
		rc = fm_client_check_stop(m->client, err);
	if (!rc)
		rc = fm_ledger_tx_signed(m->ledger, row, err);
	if (rc) {
		fm_buf_wipe(&row->raw); /* the signature dies with it */
		return rc;
	}
	m->moved->count++;
	fm_hash_text(hash, &row->hash);
	fm_client_event(m->client, "signed", "%s %s", step->purpose, hash);
	return FM_OK;
}

/* ---- sending, watching ---- */

/** From here on the transaction may be mined: no error is plain "failed". */
static enum fm_code open_end(const struct fm_tx_row *row, struct fm_err *err)
{
	char hash[FM_HASH_TEXT], why[sizeof(err->msg)];

	if (err->code == FM_E_TX_PENDING) {
		err->spent = FM_SPENT_MAYBE;
		return FM_E_TX_PENDING;
	}
	fm_hash_text(hash, &row->hash);
	snprintf(why, sizeof(why), "%s", err->msg);
	err->spent = FM_SPENT_MAYBE;
	fm_fail(err, FM_E_TX_PENDING, "%s transaction %s may be mined: %.300s",
		row->purpose, hash, why);
	return fm_hint(err,
		       "run: fourmica reconcile; with --replace it gets higher fees");
}

/** Hand it to the node. A lost answer is no failure: watching will tell. */
static enum fm_code send(struct fm_mover *m, struct fm_tx_row *row, struct fm_err *err)
{
	enum fm_rpc_fault fault = FM_RPC_FINE;
	struct fm_hash hash;
	enum fm_code rc;

	rc = fm_ledger_tx_sent(m->ledger, &row->hash, err);
	if (rc)
		return open_end(row, err);
	m->chain.sent_to = m->chain.rpc.url;
	rc = fm_rpc_send_raw(&hash, &fault, &m->chain.rpc, fm_buf_span(&row->raw), err);
	if (rc && fault != FM_RPC_FINE && fault != FM_RPC_NONCE_LOW)
		return open_end(row, err);
	if (rc)
		fm_log(m->client->config.log, FM_LOG_WARN, "%s", err->msg);
	row->sent_ms = fm_wall_ms(m->client->config.clock);
	fm_client_event(m->client, "sent", "%s", row->purpose);
	return FM_OK;
}

static enum fm_code watch(struct fm_mover *m, struct fm_tx_row *row, struct fm_err *err)
{
	struct fm_tx_row now = { .state = FM_TX_SIGNED };
	bool found = false;
	enum fm_code rc = fm_settle_wallet(&m->chain, m->ledger, &row->hash,
					   fm_mover_wait_ms(m), true, NULL, NULL, err);

	if (rc)
		return open_end(row, err);
	rc = fm_ledger_tx_find(&now, &found, m->ledger, &row->hash, err);
	if (rc || !found)
		return open_end(row, err);
	fm_tx_row_clear(row);
	*row = now;
	return FM_OK;
}

/* ---- its end ---- */

/** Why a mined transaction failed: the same call at the block before. */
static void explain_revert(struct fm_mover *m, const struct fm_step *step,
			   const struct fm_tx_row *row, struct fm_err *err)
{
	const struct fm_rpc_message message = { .from = &m->client->config.payer,
						.to = &step->to,
						.value = &step->value,
						.data = fm_buf_span(&step->data) };
	struct fm_buf revert;
	struct fm_rpc_asks asks;
	struct fm_err ignored;
	char tag[24];
	size_t at;

	fm_err_init(&ignored);
	fm_buf_init(&revert, FM_TX_MAX);
	fm_rpc_asks_init(&asks);
	snprintf(tag, sizeof(tag), "0x%llx",
		 (unsigned long long)(row->block ? row->block - 1 : 0));
	at = fm_rpc_ask_call(&asks, &message, tag);
	if (fm_chain_ask(&m->chain, &asks, &ignored) == FM_OK &&
	    fm_rpc_take_revert(&revert, &asks, at))
		fm_revert_explain(err, FM_E_REVERTED, &step->context,
				  fm_buf_span(&revert));
	else if (row->gas_used >= row->gas_limit)
		fm_fail(err, FM_E_REVERTED, "it used all its gas (%llu)",
			(unsigned long long)row->gas_limit);
	else
		fm_fail(err, FM_E_REVERTED, "the contract refused without a reason");
	err->code = FM_E_REVERTED;
	fm_within(err, "the %s transaction was mined and reverted", row->purpose);
	fm_rpc_asks_clear(&asks);
	fm_buf_clear(&revert);
}

/** The end of one transaction, and with the last one of the operation. `step` tells why it
 *  reverted; NULL: nobody knows. */
static enum fm_code judge_end(struct fm_mover *m, const struct fm_step *step,
			      const struct fm_tx_row *row, bool last, struct fm_err *err)
{
	struct fm_err second;
	enum fm_code rc;

	fm_err_init(&second);
	if (row->state == FM_TX_MINED) {
		if (!last)
			return FM_OK;
		fm_mover_effect(m, row);
		rc = fm_mover_end(m, FM_OP_DONE, err);
		return rc ? open_end(row, err) : FM_OK;
	}
	if (step && row->state == FM_TX_REVERTED)
		explain_revert(m, step, row, err);
	else
		fm_mover_failed(m, err);
	err->spent = FM_SPENT_YES;
	if (fm_mover_end(m, FM_OP_FAILED, &second))
		fm_log(m->client->config.log, FM_LOG_WARN, "%s", second.msg);
	return err->code;
}

/** The block it was in is gone, and the node does not know it any more. */
static enum fm_code taken_back(struct fm_mover *m, struct fm_tx_row *row,
			       struct fm_err *err)
{
	enum fm_code rc;

	fm_client_event(m->client, "reorganized", "%s", row->purpose);
	row->state = FM_TX_SIGNED;
	rc = fm_ledger_tx_outcome(m->ledger, row, err);
	m->moved->op.state = FM_OP_OPEN;
	m->moved->op.told = false;
	err->spent = FM_SPENT_MAYBE;
	if (!rc)
		rc = watch(m, row, err);
	return rc ? open_end(row, err) : judge_end(m, NULL, row, true, err);
}

enum fm_code fm_mover_confirm(struct fm_mover *m, struct fm_err *err)
{
	struct fm_tx_row *row = fm_moved_main(m, FM_TX_MINED);
	struct fm_rpc_receipt receipt = { .found = false };
	bool gone = false;
	enum fm_code rc;

	if (!row)
		return FM_OK;
	rc = fm_trial_gone(&gone, &receipt, m, &row->hash, err);
	if (!rc && receipt.found)
		rc = fm_settle_receipt(m->ledger, row, &receipt, err);
	if (!rc && gone) {
		rc = taken_back(m, row, err);
	} else if (!rc && row->state != FM_TX_MINED) {
		m->moved->op.state = FM_OP_OPEN; /* in another block it came to nothing */
		rc = judge_end(m, NULL, row, true, err);
	}
	fm_rpc_receipt_clear(&receipt);
	return rc;
}

/* ---- all of it ---- */

/** No code below 40 once a transaction left: those promise that none did. */
static enum fm_code stopped_halfway(const struct fm_mover *m, const struct fm_step *step,
				    enum fm_code rc, struct fm_err *err)
{
	int status = fm_code_info(rc)->exit_status;

	if (!m->sent || (status >= 40 && status < 60))
		return rc;
	err->code = FM_E_REVERTED;
	err->spent = FM_SPENT_YES;
	return fm_within(err, "the %s was not sent, but what comes before it was",
			 step->purpose);
}

static enum fm_code send_and_watch(struct fm_mover *m, const struct fm_step *step,
				   bool last, struct fm_err *err)
{
	struct fm_tx_row *row = &m->moved->txs[m->moved->count - 1];
	enum fm_code rc;

	m->sent = true;
	err->spent = FM_SPENT_MAYBE;
	rc = send(m, row, err);
	if (last)
		fm_ledger_wallet_unlock(&m->lock);
	if (!rc && last && m->options->wait == FM_WAIT_SENT) {
		m->moved->left_open = true;
		return FM_OK;
	}
	if (!rc)
		rc = watch(m, row, err);
	return rc ? rc : judge_end(m, step, row, last, err);
}

enum fm_code fm_mover_step(struct fm_mover *m, struct fm_step *step, bool last,
			   struct fm_err *err)
{
	bool dry = m->client->config.dry_run;
	struct fm_trial t;
	enum fm_code rc = fm_trial_settled(&t, m, step, err);

	if (!rc)
		rc = agree(m, &t, step, err);
	if (!rc && !dry)
		rc = sign_and_record(m, &t, step, err);
	fm_rpc_asks_clear(&t.asks);
	if (rc)
		return stopped_halfway(m, step, fm_mover_refuse(m, rc), err);
	return dry ? FM_OK : send_and_watch(m, step, last, err);
}
