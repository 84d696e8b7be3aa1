/* SPDX-License-Identifier: MIT */
/* A transaction tried before it is signed: simulated on the pending block, with nonce, gas and fees.
 * What the node says must fit the ledger: one that is behind, or counts transactions nobody knows, is
 * asked again for a while and then refused. Rules: contracts.md, 1 (facts 5 and 6), 5 and 6. */
#include "client/mover.h"

#include "evm/erc20.h"

#include <stdio.h>
#include <string.h>

#define MARGIN_PERCENT 20 /* on top of the gas a node estimates */
#define FEE_ODD_GWEI 1000 /* above this a unit of gas only when asked for */
#define GWEI 1000000000u
#define SETTLE_MS 30000	    /* for a node to agree with itself and the ledger ... */
#define SETTLE_PAUSE_MS 500 /* ... asked this often */

static void put_trial(struct fm_trial *t, const struct fm_mover *m,
		      const struct fm_step *step)
{
	const struct fm_addr *payer = &m->client->config.payer;
	const struct fm_rpc_message message = { .from = payer,
						.to = &step->to,
						.value = &step->value,
						.data = fm_buf_span(&step->data) };

	t->chain_id = fm_rpc_ask_chain_id(&t->asks);
	t->nonce = fm_rpc_ask_nonce(&t->asks, payer, "pending");
	t->latest = fm_rpc_ask_nonce(&t->asks, payer, "latest");
	t->balance = fm_rpc_ask_balance(&t->asks, payer, "pending");
	t->fees = fm_rpc_ask_fees(&t->asks);
	/* "latest" would run with the time of the last block, however old. */
	t->call = fm_rpc_ask_call(&t->asks, &message, "pending");
	t->gas = fm_rpc_ask_estimate(&t->asks, &message, "pending");
}

/* ---- would it work? ---- */

static enum fm_code explain(const struct fm_step *step, const struct fm_buf *revert,
			    struct fm_err *err)
{
	return fm_revert_explain(err, FM_E_REVERT, &step->context, fm_buf_span(revert));
}

/** A token may say "no" without reverting. */
static enum fm_code judge_answer(const struct fm_step *step, const struct fm_buf *answer,
				 struct fm_err *err)
{
	if (!step->returns_bool ||
	    fm_erc20_judge(fm_buf_span(answer)) != FM_ERC20_REFUSED)
		return FM_OK;
	fm_fail(err, FM_E_REVERT, "the token answers the %s with \"false\"",
		step->purpose);
	fm_rule(err, "token-answer");
	return fm_hint(err, "nothing was sent; check the token's address");
}

/** Would it work, and with how much gas? Words of its contract go before those of the node. */
static enum fm_code simulated(struct fm_trial *t, const struct fm_step *step,
			      struct fm_err *err)
{
	struct fm_buf answer, revert;
	bool reverted = false;
	enum fm_code rc;

	fm_buf_init(&answer, FM_TX_MAX);
	fm_buf_init(&revert, FM_TX_MAX);
	rc = fm_rpc_take_call(&answer, &revert, &reverted, &t->asks, t->call, err);
	if (!rc && !reverted)
		rc = judge_answer(step, &answer, err);
	if (!rc && !reverted)
		rc = fm_rpc_take_estimate(&t->needed, &revert, &reverted, &t->asks,
					  t->gas, err);
	if (!rc && reverted)
		rc = explain(step, &revert, err);
	else if (rc == FM_E_REVERT && !*err->rule)
		fm_rule(err, "gas"); /* the node's refusals are about paying for it */
	fm_buf_clear(&answer);
	fm_buf_clear(&revert);
	return rc;
}

/* ---- gas and fees ---- */

bool fm_add_percent(struct fm_u256 *value, unsigned percent)
{
	struct fm_u256 more = *value;

	if (!fm_u256_mul_u64(&more, &more, percent))
		return false;
	fm_u256_divmod_u64(&more, 100);
	return fm_u256_add(value, value, &more);
}

static enum fm_code take_gas(struct fm_trial *t, const struct fm_mover *m,
			     struct fm_err *err)
{
	uint64_t wanted = m->options->fees.gas_limit;

	if (t->needed > UINT64_MAX / 2)
		return fm_rpc_fail(&m->chain.rpc, err, "eth_estimateGas: %llu is no gas",
				   (unsigned long long)t->needed);
	t->tx.gas_limit = t->needed + t->needed * MARGIN_PERCENT / 100;
	if (!wanted)
		return FM_OK;
	t->tx.gas_limit = wanted;
	if (wanted >= t->needed)
		return FM_OK;
	fm_fail(err, FM_E_REVERT, "it needs %llu gas, --gas-limit allows %llu",
		(unsigned long long)t->needed, (unsigned long long)wanted);
	fm_rule(err, "gas-limit");
	return fm_hint(err, "allow more, or leave --gas-limit out");
}

bool fm_price_is_odd(const struct fm_u256 *fee)
{
	struct fm_u256 odd = fm_u256_from_u64((uint64_t)FEE_ODD_GWEI * GWEI);

	return fm_u256_cmp(fee, &odd) > 0;
}

enum fm_code fm_judge_price(const struct fm_rpc *rpc, const struct fm_u256 *fee,
			    struct fm_err *err)
{
	char text[FM_AMOUNT_TEXT];

	if (!fm_price_is_odd(fee))
		return FM_OK;
	fm_units_text(text, fee, 9);
	fm_rpc_fail(rpc, err, "asks %s gwei for a unit of gas, which is odd", text);
	return fm_hint(err, "if it is right, say so with --max-fee %sgwei", text);
}

/** No block takes a transaction that pays less than its base fee. */
static enum fm_code below_base_fee(const struct fm_u256 *fee, const struct fm_u256 *base,
				   struct fm_err *err)
{
	char fee_text[FM_AMOUNT_TEXT], base_text[FM_AMOUNT_TEXT];

	fm_units_text(fee_text, fee, 9);
	fm_units_text(base_text, base, 9);
	fm_fail(err, FM_E_REVERT,
		"--max-fee is %s gwei for a unit of gas, the next block asks %s gwei",
		fee_text, base_text);
	fm_rule(err, "max-fee");
	return fm_hint(err, "pay more, or leave --max-fee out");
}

static enum fm_code take_fees(struct fm_trial *t, const struct fm_mover *m,
			      struct fm_err *err)
{
	const struct fm_fees_wanted *wanted = &m->options->fees;
	struct fm_rpc_fees fees;
	enum fm_code rc = fm_rpc_take_fees(&fees, &t->asks, t->fees, err);

	if (!rc && !wanted->has_max)
		rc = fm_judge_price(&m->chain.rpc, &fees.max_fee, err);
	if (rc)
		return rc;
	t->tx.priority_fee = wanted->has_priority ? wanted->priority : fees.priority;
	t->tx.max_fee = wanted->has_max ? wanted->max : fees.max_fee;
	if (fm_u256_cmp(&t->tx.max_fee, &fees.base_fee) < 0)
		return below_base_fee(&t->tx.max_fee, &fees.base_fee, err);
	if (fm_u256_cmp(&t->tx.priority_fee, &t->tx.max_fee) > 0)
		t->tx.priority_fee = t->tx.max_fee;
	return FM_OK;
}

/* ---- nonce ---- */

/** A node that has not seen what the ledger knows to be mined is behind; or the chain was
 *  reorganized since. */
static enum fm_code nonce_is_free(struct fm_trial *t, const struct fm_mover *m,
				  struct fm_err *err)
{
	uint64_t nonce = t->tx.nonce;
	struct fm_tx_row *rows = NULL;
	char hash[FM_HASH_TEXT];
	size_t count = 0;
	enum fm_code rc =
		fm_ledger_tx_at(&rows, &count, m->ledger, &m->client->config.payer,
				m->chain.chain_id, nonce, err);

	for (size_t i = 0; !rc && i < count; i++) {
		if (rows[i].state != FM_TX_MINED && rows[i].state != FM_TX_REVERTED)
			continue;
		fm_hash_text(hash, &rows[i].hash);
		rc = fm_rpc_fail(&m->chain.rpc, err,
				 "is behind: it says the next nonce is %llu, but "
				 "transaction %s with that nonce is mined",
				 (unsigned long long)nonce, hash);
		fm_hint(err,
			"run it again in a minute, or with another endpoint (--rpc)");
		t->missing = rows[i];
		fm_buf_init(&t->missing.raw, 0);
	}
	fm_tx_rows_free(&rows, count);
	return rc;
}

/** All that the ledger knows of has come to its end before, so what waits now is another program's,
 *  or the node is wrong: a transaction behind it may never be mined. */
static enum fm_code unknown_ones(const struct fm_mover *m, uint64_t next, uint64_t mined,
				 struct fm_err *err)
{
	fm_rpc_fail(&m->chain.rpc, err,
		    "says that transactions of this wallet wait which this ledger does "
		    "not know: the next nonce is %llu, mined are %llu",
		    (unsigned long long)next, (unsigned long long)mined);
	return fm_hint(err, "wait until they are mined; if there are none, use another "
			    "endpoint (--rpc)");
}

static enum fm_code take_nonce(struct fm_trial *t, const struct fm_mover *m,
			       struct fm_err *err)
{
	uint64_t mined = 0;
	enum fm_code rc = fm_rpc_take_u64(&t->tx.nonce, &t->asks, t->nonce, err);

	if (!rc)
		rc = fm_rpc_take_u64(&mined, &t->asks, t->latest, err);
	if (rc)
		return rc;
	if (t->tx.nonce < mined)
		rc = fm_rpc_fail(&m->chain.rpc, err,
				 "contradicts itself: the next nonce is %llu, mined are "
				 "%llu",
				 (unsigned long long)t->tx.nonce,
				 (unsigned long long)mined);
	else if (t->tx.nonce > mined)
		rc = unknown_ones(m, t->tx.nonce, mined, err);
	else if (m->ledger)
		rc = nonce_is_free(t, m, err);
	t->unsettled = rc == FM_E_CHAIN;
	return rc;
}

static enum fm_code can_pay(const struct fm_trial *t, struct fm_err *err)
{
	char have[FM_AMOUNT_TEXT], need[FM_AMOUNT_TEXT];
	struct fm_u256 cost;

	if (!fm_tx_cost(&cost, &t->tx))
		return fm_fail(err, FM_E_REVERT, "value and fee do not fit 256 bits");
	if (fm_u256_cmp(&cost, &t->have) <= 0)
		return FM_OK;
	fm_units_text(have, &t->have, 18);
	fm_units_text(need, &cost, 18);
	fm_fail(err, FM_E_REVERT,
		"the wallet holds %s ETH; with gas up to %s ETH may be needed", have,
		need);
	fm_rule(err, "gas");
	return fm_hint(err, "send ETH for gas to the wallet's address");
}

/* ---- all of it ---- */

/** Everything about the transaction but its signature, or why there will be none. */
static enum fm_code try_step(struct fm_trial *t, struct fm_mover *m,
			     const struct fm_step *step, struct fm_err *err)
{
	enum fm_code rc;

	fm_rpc_asks_init(&t->asks);
	put_trial(t, m, step);
	rc = fm_chain_ask(&m->chain, &t->asks, err);
	if (!rc)
		rc = fm_rpc_take_chain(&t->asks, t->chain_id, m->chain.chain_id, err);
	if (!rc)
		rc = take_nonce(t, m, err);
	if (!rc)
		rc = simulated(t, step, err);
	t->tx.chain_id = m->chain.chain_id;
	t->tx.to = step->to;
	t->tx.value = step->value;
	t->tx.data = fm_buf_span(&step->data);
	if (!rc)
		rc = take_gas(t, m, err);
	if (!rc)
		rc = take_fees(t, m, err);
	if (!rc)
		rc = fm_rpc_take_u256(&t->have, &t->asks, t->balance, err);
	return rc ? rc : can_pay(t, err);
}

/** Is the node sure not to have it, mined or waiting? */
enum fm_code fm_trial_gone(bool *gone, struct fm_rpc_receipt *receipt, struct fm_mover *m,
			   const struct fm_hash *hash, struct fm_err *err)
{
	enum fm_rpc_tx known = FM_RPC_TX_UNKNOWN;
	struct fm_rpc_asks asks;
	size_t receipt_at, tx_at;
	enum fm_code rc;

	*gone = false;
	fm_rpc_asks_init(&asks);
	receipt_at = fm_rpc_ask_receipt(&asks, hash);
	tx_at = fm_rpc_ask_tx(&asks, hash);
	rc = fm_chain_ask(&m->chain, &asks, err);
	if (!rc)
		rc = fm_rpc_take_receipt(receipt, &asks, receipt_at, hash, err);
	if (!rc)
		rc = fm_rpc_take_tx(&known, &asks, tx_at, hash, err);
	*gone = !rc && !receipt->found && known == FM_RPC_TX_UNKNOWN;
	fm_rpc_asks_clear(&asks);
	return rc;
}

/** A transaction that was mined is on the chain no more: its bytes go out again, for they may come
 *  back at any time. *done false: the node knows it after all. */
static enum fm_code bring_back(bool *done, struct fm_mover *m, struct fm_tx_row *row,
			       struct fm_err *err)
{
	struct fm_rpc_receipt receipt = { .found = false };
	enum fm_code rc = fm_trial_gone(done, &receipt, m, &row->hash, err);

	fm_rpc_receipt_clear(&receipt);
	if (rc || !*done)
		return rc;
	fm_client_event(m->client, "reorganized", "%s", row->purpose);
	row->state = FM_TX_SIGNED;
	rc = fm_ledger_tx_outcome(m->ledger, row, err);
	if (!rc)
		rc = fm_settle_wallet(&m->chain, m->ledger, NULL, fm_mover_wait_ms(m),
				      true, NULL, NULL, err);
	if (rc == FM_E_TX_PENDING)
		fm_within(err, "an earlier operation comes first");
	return rc;
}

/** Ask again while the node's word on the nonce cannot be right. */
static enum fm_code try_while_unsettled(struct fm_trial *t, struct fm_mover *m,
					const struct fm_step *step, struct fm_err *err)
{
	const struct fm_clock *clock = m->client->config.clock;
	int64_t wait = fm_mover_wait_ms(m) < SETTLE_MS ? fm_mover_wait_ms(m) : SETTLE_MS;
	int64_t until = fm_steady_ms(clock) + wait;
	enum fm_code rc;

	for (;;) {
		*t = (struct fm_trial){ .chain_id = 0 };
		rc = try_step(t, m, step, err);
		if (!t->unsettled || fm_steady_ms(clock) >= until)
			return rc;
		fm_rpc_asks_clear(&t->asks);
		if (!fm_chain_pause(&m->chain, SETTLE_PAUSE_MS))
			return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	}
}

/** A word that stays may mean that a transaction is gone. */
enum fm_code fm_trial_settled(struct fm_trial *t, struct fm_mover *m,
			      const struct fm_step *step, struct fm_err *err)
{
	bool again = true;
	enum fm_code rc = try_while_unsettled(t, m, step, err);

	while (t->unsettled && t->missing.purpose[0] && again) {
		struct fm_err why = *err;

		rc = bring_back(&again, m, &t->missing, &why);
		if (rc)
			*err = why;
		if (rc || !again)
			return rc ? rc : err->code;
		fm_rpc_asks_clear(&t->asks);
		rc = try_while_unsettled(t, m, step, err);
	}
	return rc;
}

enum fm_code fm_mover_would_work(bool *yes, struct fm_mover *m,
				 const struct fm_step *step, struct fm_err *err)
{
	struct fm_err why;
	struct fm_trial t;
	enum fm_code rc;

	fm_err_init(&why);
	rc = fm_trial_settled(&t, m, step, &why);
	fm_rpc_asks_clear(&t.asks);
	*yes = !rc;
	if (rc == FM_OK || rc == FM_E_REVERT)
		return FM_OK;
	*err = why;
	return rc;
}
