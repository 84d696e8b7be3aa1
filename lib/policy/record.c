/* SPDX-License-Identifier: MIT */
/* What the journal tells of payments, operations and transactions. */
#include "policy/ledger.h"

#include <fourmica/json.h>

#include <string.h>

#define BODY_MAX (64u * 1024u)

static void put_hash(struct fm_jw *w, const char *name, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

static void put_addr(struct fm_jw *w, const char *name, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, addr);
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

static void put_u256(struct fm_jw *w, const char *name, const struct fm_u256 *value)
{
	char text[FM_U256_DEC];

	fm_u256_dec(text, value);
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

static void put_text(struct fm_jw *w, const char *name, const char *text)
{
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

static void put_number(struct fm_jw *w, const char *name, int64_t value)
{
	fm_jw_key(w, name);
	fm_jw_i64(w, value);
}

/* Null for what is zero. */
static void put_known(struct fm_jw *w, const char *name, const struct fm_hash *hash)
{
	static const struct fm_hash zero;

	if (fm_hash_equal(hash, &zero))
		put_text(w, name, NULL);
	else
		put_hash(w, name, hash);
}

static void put_terms(struct fm_jw *w, const struct fm_payment *p)
{
	put_text(w, "idempotency_key", p->idem_key);
	put_hash(w, "binding", &p->binding);
	put_addr(w, "payer", &p->payer);
	fm_jw_key(w, "chain_id");
	fm_jw_u64(w, p->chain_id);
	put_addr(w, "asset", &p->asset);
	put_u256(w, "amount", &p->amount);
	put_text(w, "scheme", p->scheme);
	put_u256(w, "req_id", &p->req_id);
	put_hash(w, "nonce", &p->nonce);
	put_hash(w, "identity", &p->identity);
	put_text(w, "method", p->method);
	put_text(w, "origin", p->origin);
	put_text(w, "route", p->route);
	put_addr(w, "pay_to", &p->pay_to);
	put_text(w, "task", p->task);
	put_text(w, "category", p->category);
	put_text(w, "reason", p->purpose);
	put_number(w, "x402_version", p->x402_version);
	put_number(w, "guarantee_version", p->guarantee_version);
	put_hash(w, "policy", &p->policy_hash);
	put_known(w, "approval", &p->approval);
}

static void put_signature(struct fm_jw *w, const struct fm_payment *p)
{
	struct fm_hash header;
	const char *text = p->header ? p->header : "";

	fm_sha256(&header, text, strlen(text));
	put_hash(w, "digest", &p->digest);
	put_hash(w, "header_sha256", &header);
	put_u256(w, "req_id", &p->req_id);
	put_hash(w, "nonce", &p->nonce);
	put_number(w, "valid_before", p->valid_before_s);
}

static void put_outcome(struct fm_jw *w, const struct fm_payment *p)
{
	put_text(w, "evidence", p->evidence);
	put_text(w, "cycle", p->cycle_hint);
	put_text(w, "error_code", p->error_code);
	put_text(w, "seller_reason", p->reason);
	put_number(w, "http_status", p->http_status);
	put_number(w, "retries", p->retries);
	put_known(w, "guarantee", &p->guarantee);
	put_known(w, "body_sha256", &p->body_sha256);
	put_text(w, "artefact", p->artefact);
	put_text(w, "resolution", p->resolution);
}

struct record {
	struct fm_buf body;
	struct fm_jw w;
	const char *subject;
};

static void start(struct record *r, const char *event, const char *id)
{
	fm_buf_init(&r->body, BODY_MAX);
	fm_jw_init(&r->w, &r->body);
	fm_jw_object(&r->w);
	put_text(&r->w, "event", event);
	r->subject = id;
	if (id)
		put_text(&r->w, "id", id);
}

static enum fm_code add(struct record *r, struct fm_ledger *ledger, struct fm_err *err)
{
	enum fm_code rc;

	fm_jw_end(&r->w, '}');
	rc = fm_buf_ok(&r->body)
		     ? fm_journal_add(&ledger->head, ledger->db, ledger->now_ms,
				      r->subject, fm_buf_span(&r->body), err)
		     : fm_nomem(err);
	fm_buf_clear(&r->body);
	return rc;
}

enum fm_code fm_journal_payment(struct fm_ledger *ledger, const char *event,
				const struct fm_payment *p, struct fm_err *err)
{
	struct record r;

	start(&r, event, p->id);
	if (p->state == FM_PAY_RESERVED)
		put_terms(&r.w, p);
	else if (p->state == FM_PAY_SIGNED && strcmp(event, "signed") == 0)
		put_signature(&r.w, p);
	else if (p->state > FM_PAY_SIGNED || p->signed_ms)
		put_outcome(&r.w, p);
	return add(&r, ledger, err);
}

/* ---- operations and transactions ---- */

static void put_u64(struct fm_jw *w, const char *name, uint64_t value)
{
	fm_jw_key(w, name);
	fm_jw_u64(w, value);
}

static void put_wish(struct fm_jw *w, const struct fm_op *op)
{
	put_text(w, "kind", fm_op_word(op->kind));
	put_addr(w, "payer", &op->payer);
	put_u64(w, "chain_id", op->chain_id);
	put_addr(w, "asset", &op->asset);
	put_u256(w, "amount", &op->amount);
	put_addr(w, "target", &op->target);
	put_text(w, "note", op->note);
	put_hash(w, "policy", &op->policy_hash);
}

enum fm_code fm_journal_op(struct fm_ledger *ledger, const char *event,
			   const struct fm_op *op, struct fm_err *err)
{
	struct record r;

	start(&r, event, op->id);
	if (strcmp(event, "op.begun") == 0)
		put_wish(&r.w, op);
	return add(&r, ledger, err);
}

/* The hash stands for the bytes; what they say is told for people. */
static void put_tx(struct fm_jw *w, const struct fm_tx_row *tx)
{
	put_text(w, "purpose", tx->purpose);
	put_addr(w, "payer", &tx->payer);
	put_u64(w, "chain_id", tx->chain_id);
	put_u64(w, "nonce", tx->nonce);
	put_addr(w, "to", &tx->to);
	put_u256(w, "value", &tx->value);
	put_u256(w, "max_fee", &tx->max_fee);
	put_u256(w, "priority_fee", &tx->priority_fee);
	put_u64(w, "gas_limit", tx->gas_limit);
}

static void put_mined(struct fm_jw *w, const struct fm_tx_row *tx)
{
	put_u64(w, "block", tx->block);
	put_hash(w, "block_hash", &tx->block_hash);
	put_u64(w, "gas_used", tx->gas_used);
	put_u256(w, "fee", &tx->fee);
}

enum fm_code fm_journal_tx(struct fm_ledger *ledger, const char *event,
			   const struct fm_tx_row *tx, struct fm_err *err)
{
	struct record r;

	start(&r, event, tx->op);
	put_hash(&r.w, "tx", &tx->hash);
	if (strcmp(event, "tx.signed") == 0)
		put_tx(&r.w, tx);
	else if (tx->state == FM_TX_MINED || tx->state == FM_TX_REVERTED)
		put_mined(&r.w, tx);
	return add(&r, ledger, err);
}

enum fm_code fm_journal_approved(struct fm_ledger *ledger,
				 const struct fm_approval *approval, struct fm_span terms,
				 struct fm_err *err)
{
	char id[FM_HASH_TEXT];
	struct record r;

	fm_hash_text(id, &approval->hash);
	start(&r, "approved", id);
	fm_jw_key(&r.w, "terms");
	fm_jw_raw(&r.w, terms);
	put_number(&r.w, "deadline_ms", approval->deadline_ms);
	return add(&r, ledger, err);
}

enum fm_code fm_journal_task_reset(struct fm_ledger *ledger, const char *task,
				   struct fm_err *err)
{
	struct record r;

	start(&r, "task.reset", NULL);
	put_text(&r.w, "task", task);
	return add(&r, ledger, err);
}

enum fm_code fm_journal_upgraded(struct fm_ledger *ledger, const char *from,
				 const char *to, struct fm_err *err)
{
	struct record r;

	start(&r, "upgraded", NULL);
	put_text(&r.w, "from", from);
	put_text(&r.w, "to", to);
	return add(&r, ledger, err);
}

enum fm_code fm_ledger_record(struct fm_ledger *ledger, const char *event,
			      const struct fm_fact *facts, size_t count,
			      struct fm_err *err)
{
	struct record r;
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	if (rc)
		return rc;
	start(&r, event, NULL);
	for (size_t i = 0; i < count; i++)
		put_text(&r.w, facts[i].name, facts[i].text);
	return fm_ledger_end(ledger, add(&r, ledger, err), err);
}
