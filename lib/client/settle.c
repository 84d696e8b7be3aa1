/* SPDX-License-Identifier: MIT */
/* What became of transactions that were signed: the ledger is asked which, the chain how. A
 * transaction the node has never heard of is sent again, the same bytes: a crash may have come
 * between recording and sending. */
#include "client/chain.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_MOST 16	   /* looked at in one request */
#define FIRST_PAUSE_MS 100 /* then twice as long each time ... */
#define PAUSE_MOST_MS 2000 /* ... up to this */
#define RESEND_MS 5000
#define SHORT_LOCK_MS 2000

struct settling {
	struct fm_chain *chain;
	struct fm_ledger *ledger;
	const struct fm_hash *only;
	bool may_send;
	void (*each)(void *ctx, const struct fm_settled *settled);
	void *ctx;
	struct fm_tx_row *rows; /* open, by nonce, older first */
	enum fm_rpc_tx *known;	/* of each: what the node has of it */
	size_t count;
	uint64_t latest, safe; /* transactions in blocks; safe 0: the node does not say */
	bool left;	       /* one that matters is still open */
	struct fm_tx_row waiting; /* the first of these, for words; raw not filled */
	bool elsewhere;		  /* another machine is to send that one */
	int64_t resend_ms;	  /* steady time of the next sending */
};

/** The questions of one request, and where the answers about one row are. */
struct answers {
	struct fm_rpc_asks asks;
	size_t chain_id, latest, safe;
	struct {
		size_t receipt, tx;
	} rows[ROWS_MOST];
};

/* ---- recording ---- */

enum fm_code fm_settle_receipt(struct fm_ledger *ledger, struct fm_tx_row *row,
			       const struct fm_rpc_receipt *receipt, struct fm_err *err)
{
	row->state = receipt->ok ? FM_TX_MINED : FM_TX_REVERTED;
	row->block = receipt->block_number;
	row->block_hash = receipt->block_hash;
	row->gas_used = receipt->gas_used;
	/* The price of a unit is far below 2^192. */
	if (!fm_u256_mul_u64(&row->fee, &receipt->gas_price, receipt->gas_used))
		row->fee = FM_U256_ZERO;
	return fm_ledger_tx_outcome(ledger, row, err);
}

static bool has_the_effect(const struct fm_tx_row *row, const struct fm_op *op)
{
	return strcmp(row->purpose, fm_move_purpose(op->kind)) == 0;
}

/** End an operation that nobody works on any more. */
static enum fm_code end_op(struct settling *s, const struct fm_tx_row *row,
			   struct fm_op *op, struct fm_err *err)
{
	struct fm_err busy;
	bool found = false;
	enum fm_code rc = fm_ledger_op_find(op, &found, s->ledger, row->op, err);

	if (rc || !found || op->state != FM_OP_OPEN)
		return rc;
	if (s->chain->own_op && strcmp(s->chain->own_op, op->id) == 0)
		return FM_OK; /* whoever waits here ends it */
	if (row->state == FM_TX_MINED && !has_the_effect(row, op))
		return FM_OK; /* an approval: what it was for is still to come */
	fm_err_init(&busy);
	rc = fm_ledger_op_take(op, &found, s->ledger, row->op, &busy);
	if (rc == FM_E_BUSY)
		return FM_OK; /* a living process ends it */
	if (rc) {
		*err = busy;
		return rc;
	}
	rc = fm_move_end(s->chain->client, s->ledger, op,
			 row->state == FM_TX_MINED ? FM_OP_DONE : FM_OP_FAILED, err);
	fm_ledger_op_leave(s->ledger, op);
	return rc;
}

static void tell(const struct settling *s, const struct fm_tx_row *row,
		 const struct fm_op *op, bool sent_again)
{
	struct fm_settled settled = {
		.tx = *row, .op = *op, .before = FM_TX_SIGNED, .sent_again = sent_again
	};

	if (s->each)
		s->each(s->ctx, &settled);
}

static enum fm_code ended(struct settling *s, const struct fm_tx_row *row,
			  struct fm_err *err)
{
	struct fm_op op = { .state = FM_OP_OPEN };
	enum fm_code rc = end_op(s, row, &op, err);

	fm_client_event(s->chain->client, fm_tx_state_word(row->state), "%s",
			row->purpose);
	if (!rc)
		tell(s, row, &op, false);
	return rc;
}

/* ---- one row ---- */

static bool matters(const struct settling *s, const struct fm_tx_row *row)
{
	return !s->only || fm_hash_equal(s->only, &row->hash);
}

static void stays(struct settling *s, const struct fm_tx_row *row)
{
	if (!matters(s, row) || s->left)
		return;
	s->left = true;
	s->waiting = *row;
}

/** One with the same nonce and higher fees was signed after it. */
static bool has_successor(const struct settling *s, const struct fm_tx_row *row)
{
	const struct fm_tx_row *next = row + 1;

	return next < s->rows + s->count && next->nonce == row->nonce;
}

/** Not what another machine sends, and under the emergency stop no deposit. */
static bool ours_to_send(struct settling *s, const struct fm_tx_row *row,
			 struct fm_op *op)
{
	struct fm_err ignored;
	bool found = false, offline;

	fm_err_init(&ignored);
	if (fm_ledger_op_find(op, &found, s->ledger, row->op, &ignored) || !found)
		return false;
	offline = strcmp(op->note, FM_OFFLINE_NOTE) == 0;
	if (s->left && fm_hash_equal(&s->waiting.hash, &row->hash))
		s->elsewhere = offline;
	if (offline)
		return false;
	return op->kind != FM_OP_DEPOSIT ||
	       fm_client_check_stop(s->chain->client, &ignored) == FM_OK;
}

/** The node does not know it, and its nonce is free. */
static enum fm_code send_again(struct settling *s, struct fm_tx_row *row,
			       struct fm_err *err)
{
	int64_t now = fm_steady_ms(s->chain->client->config.clock);
	enum fm_rpc_fault fault = FM_RPC_FINE;
	struct fm_err refused;
	struct fm_hash hash;
	struct fm_op op;
	enum fm_code rc;

	stays(s, row);
	if (!ours_to_send(s, row, &op) || !s->may_send || now < s->resend_ms ||
	    has_successor(s, row) ||
	    (s->chain->sent_to && s->chain->sent_to != s->chain->rpc.url))
		return FM_OK;
	rc = fm_ledger_tx_sent(s->ledger, &row->hash, err);
	if (rc)
		return rc;
	s->resend_ms = now + RESEND_MS;
	fm_err_init(&refused);
	if (fm_rpc_send_raw(&hash, &fault, &s->chain->rpc, fm_buf_span(&row->raw),
			    &refused))
		fm_log(s->chain->client->config.log, FM_LOG_WARN, "sending %s again: %s",
		       row->purpose, refused.msg);
	else
		tell(s, row, &op, true);
	return FM_OK;
}

/** Another transaction took its nonce. Receipts may lag behind, so only a block that stays can
 *  say that it never will be mined. */
static enum fm_code nonce_gone(struct settling *s, struct fm_tx_row *row,
			       struct fm_err *err)
{
	enum fm_code rc;

	if (s->safe <= row->nonce) {
		stays(s, row);
		return FM_OK;
	}
	row->state = FM_TX_DROPPED;
	rc = fm_ledger_tx_outcome(s->ledger, row, err);
	return rc ? rc : ended(s, row, err);
}

/** It was mined itself, or another one of ours with its nonce. */
static bool is_over(const struct settling *s, const struct fm_tx_row *row)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].nonce == row->nonce &&
		    (s->rows[i].state == FM_TX_MINED ||
		     s->rows[i].state == FM_TX_REVERTED))
			return true;
	return false;
}

static enum fm_code judge_open(struct settling *s, size_t i, struct fm_err *err)
{
	struct fm_tx_row *row = &s->rows[i];

	if (is_over(s, row))
		return FM_OK;
	if (s->known[i] != FM_RPC_TX_UNKNOWN) {
		stays(s, row);
		return FM_OK;
	}
	return s->latest > row->nonce ? nonce_gone(s, row, err) : send_again(s, row, err);
}

/* ---- all of them ---- */

static void put_asks(struct settling *s, struct answers *a, size_t from, size_t upto)
{
	const struct fm_addr *payer = &s->chain->client->config.payer;

	a->chain_id = fm_rpc_ask_chain_id(&a->asks);
	a->latest = fm_rpc_ask_nonce(&a->asks, payer, "latest");
	a->safe = fm_rpc_ask_nonce(&a->asks, payer, "safe");
	for (size_t i = from; i < upto; i++) {
		const struct fm_hash *hash = &s->rows[i].hash;

		a->rows[i - from].receipt = fm_rpc_ask_receipt(&a->asks, hash);
		a->rows[i - from].tx = fm_rpc_ask_tx(&a->asks, hash);
	}
}

static enum fm_code take_counts(struct settling *s, struct answers *a, struct fm_err *err)
{
	struct fm_err ignored;
	enum fm_code rc =
		fm_rpc_take_chain(&a->asks, a->chain_id, s->chain->chain_id, err);

	fm_err_init(&ignored);
	if (!rc)
		rc = fm_rpc_take_u64(&s->latest, &a->asks, a->latest, err);
	if (fm_rpc_take_u64(&s->safe, &a->asks, a->safe, &ignored))
		s->safe = 0;
	return rc;
}

static enum fm_code take_row(struct settling *s, const struct answers *a, size_t i,
			     size_t from, struct fm_err *err)
{
	struct fm_tx_row *row = &s->rows[i];
	struct fm_rpc_receipt receipt = { .found = false };
	enum fm_code rc = fm_rpc_take_receipt(&receipt, &a->asks,
					      a->rows[i - from].receipt, &row->hash, err);

	if (!rc && receipt.found)
		rc = fm_settle_receipt(s->ledger, row, &receipt, err);
	if (!rc && receipt.found)
		rc = ended(s, row, err);
	else if (!rc)
		rc = fm_rpc_take_tx(&s->known[i], &a->asks, a->rows[i - from].tx,
				    &row->hash, err);
	fm_rpc_receipt_clear(&receipt);
	return rc;
}

static enum fm_code look_from(struct settling *s, size_t from, struct fm_err *err)
{
	size_t upto = s->count - from < ROWS_MOST ? s->count : from + ROWS_MOST;
	struct answers a;
	enum fm_code rc;

	fm_rpc_asks_init(&a.asks);
	put_asks(s, &a, from, upto);
	rc = fm_chain_ask(s->chain, &a.asks, err);
	if (!rc)
		rc = take_counts(s, &a, err);
	for (size_t i = from; !rc && i < upto; i++)
		rc = take_row(s, &a, i, from, err);
	fm_rpc_asks_clear(&a.asks);
	return rc;
}

/** First all that has an end: it says what became of the others with its nonce. */
static enum fm_code look(struct settling *s, struct fm_err *err)
{
	enum fm_code rc;

	s->left = s->elsewhere = false;
	rc = fm_ledger_tx_open(&s->rows, &s->count, s->ledger,
			       &s->chain->client->config.payer, s->chain->chain_id, err);
	if (rc)
		return rc;
	s->known = calloc(s->count + 1, sizeof(*s->known));
	if (!s->known)
		rc = fm_nomem(err);
	for (size_t from = 0; !rc && from < s->count; from += ROWS_MOST)
		rc = look_from(s, from, err);
	for (size_t i = 0; !rc && i < s->count; i++)
		rc = judge_open(s, i, err);
	free(s->known);
	fm_tx_rows_free(&s->rows, s->count);
	return rc;
}

static enum fm_code still_open(const struct settling *s, const char *why,
			       struct fm_err *err)
{
	char hash[FM_HASH_TEXT];

	fm_hash_text(hash, &s->waiting.hash);
	err->spent = FM_SPENT_MAYBE; /* its bytes may have gone out again */
	fm_fail(err, FM_E_TX_PENDING, "the %s transaction %s is not in a block yet%s%s",
		s->waiting.purpose, hash, why ? ": " : "", why ? why : "");
	if (s->elsewhere)
		return fm_hint(err, "it was signed with --sign-only: send it, or use its "
				    "nonce for another transaction");
	return fm_hint(err,
		       "run: fourmica reconcile; with --replace it gets higher fees");
}

/** A chain that cannot be asked right now may be later, and what it says then may be sense. */
static bool may_pass(enum fm_code rc)
{
	return rc == FM_E_NETWORK || rc == FM_E_TIMEOUT || rc == FM_E_CHAIN;
}

/** Who waits for one transaction knows that it left; others are told at once that nobody can be
 *  asked. */
static enum fm_code watch(struct settling *s, int64_t wait_ms, struct fm_err *err)
{
	const struct fm_clock *clock = s->chain->client->config.clock;
	int64_t until = fm_steady_ms(clock) + wait_ms, pause = FIRST_PAUSE_MS;
	bool seen = s->only;

	for (;;) {
		enum fm_code rc = look(s, err);
		bool over = fm_steady_ms(clock) >= until;

		if (!rc && !s->left)
			return FM_OK;
		if (rc && (!seen || !may_pass(rc) || over))
			return rc;
		seen = true;
		if (over || !fm_chain_pause(s->chain, pause))
			return rc ? rc : still_open(s, over ? NULL : "interrupted", err);
		pause = pause * 2 < PAUSE_MOST_MS ? pause * 2 : PAUSE_MOST_MS;
	}
}

/** Does a wish name this operation or transaction? */
static bool names(const char *id, const struct fm_hash *hash, const struct fm_tx_row *row)
{
	return strcmp(id, row->op) == 0 || (hash && fm_hash_equal(hash, &row->hash));
}

/** The open transaction that `id` names; a finished one is told at once. */
static enum fm_code find_named(struct fm_hash *out, bool *open, struct fm_ledger *ledger,
			       const struct fm_addr *payer, uint64_t chain_id,
			       const char *id, struct fm_err *err)
{
	struct fm_tx_row *rows = NULL;
	struct fm_hash hash;
	bool is_hash = fm_hash_parse(&hash, fm_span_of(id));
	size_t count = 0;
	enum fm_code rc = fm_ledger_tx_open(&rows, &count, ledger, payer, chain_id, err);

	*open = false;
	for (size_t i = 0; !rc && i < count; i++)
		if (names(id, is_hash ? &hash : NULL, &rows[i])) {
			*out = rows[i].hash;
			*open = true;
		}
	fm_tx_rows_free(&rows, count);
	return rc;
}

enum fm_code fm_settle(struct fm_client *client, uint64_t chain_id, const char *id,
		       const struct fm_move_options *options,
		       void (*each)(void *ctx, const struct fm_settled *settled),
		       void *ctx, struct fm_err *err)
{
	struct fm_wallet_lock lock = { .held = false };
	struct fm_ledger *ledger;
	struct fm_chain chain;
	struct fm_hash only;
	struct fm_err busy, stopped;
	bool named = false, may_send;
	enum fm_code rc = fm_client_ledger(&ledger, client, true, err);

	if (!rc && id)
		rc = find_named(&only, &named, ledger, &client->config.payer, chain_id,
				id, err);
	if (rc || (id && !named))
		return rc;
	fm_chain_init(&chain, client, chain_id);
	if (options->replace)
		rc = fm_client_unlock(client, chain_id, err);
	fm_err_init(&busy);
	fm_err_init(&stopped);
	/* Whoever has the lock sends; then looking is all there is to do. */
	if (!rc && fm_ledger_wallet_lock(&lock, ledger, &client->config.payer, chain_id,
					 SHORT_LOCK_MS, client->config.http->cancel,
					 &busy) == FM_E_INTERRUPTED)
		rc = (*err = busy, busy.code);
	if (!rc && options->replace && !lock.held)
		rc = (*err = busy, busy.code);
	if (!rc && options->replace)
		rc = fm_move_replace(&chain, ledger, err);
	/* Under the stop this only looks; a command that may go on sends its own. */
	may_send = lock.held && fm_client_check_stop(client, &stopped) == FM_OK;
	if (!rc)
		rc = fm_settle_wallet(&chain, ledger, named ? &only : NULL,
				      options->wait_ms, may_send, each, ctx, err);
	fm_ledger_wallet_unlock(&lock);
	return rc;
}

enum fm_code fm_settle_wallet(struct fm_chain *chain, struct fm_ledger *ledger,
			      const struct fm_hash *only, int64_t wait_ms, bool may_send,
			      void (*each)(void *ctx, const struct fm_settled *settled),
			      void *ctx, struct fm_err *err)
{
	struct settling s = { .chain = chain,
			      .ledger = ledger,
			      .only = only,
			      .may_send = may_send,
			      .each = each,
			      .ctx = ctx };

	return watch(&s, wait_ms, err);
}
