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

/* What says so, and why it was let through. */
static void put_verdict(struct fm_jw *w, const struct fm_payment *p)
{
	static const struct fm_hash none;
	bool asked = !fm_hash_equal(&p->approval, &none);

	put_text(w, "verdict", asked ? "approved" : "allow");
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
	put_verdict(w, p);
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
	put_text(w, "error_category", fm_pay_category(p));
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

/* What the row has become, so that a change behind the journal's back shows. */
static enum fm_code put_row(struct record *r, struct fm_query *q, struct fm_err *err)
{
	struct fm_hash hash;
	bool found;
	enum fm_code rc = fm_query_step(q, &found, err);

	if (!rc && !found)
		rc = fm_db_damaged(q->db, "a row that was just written is not there",
				   err);
	if (!rc) {
		fm_columns_hash(&hash, q);
		put_hash(&r->w, "row", &hash);
	}
	fm_query_close(q);
	return rc;
}

static enum fm_code put_row_of(struct record *r, struct fm_ledger *ledger,
			       enum fm_sql sql, const char *id, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, sql, err);

	if (rc)
		return rc;
	fm_query_text(&q, id);
	return put_row(r, &q, err);
}

static enum fm_code put_tx_row(struct record *r, struct fm_ledger *ledger,
			       const struct fm_hash *hash, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_WHOLE_TX, err);

	if (rc)
		return rc;
	fm_query_blob(&q, hash->b, sizeof(hash->b));
	return put_row(r, &q, err);
}

static enum fm_code add(struct record *r, struct fm_ledger *ledger, enum fm_code rc,
			struct fm_err *err)
{
	fm_jw_end(&r->w, '}');
	if (!rc)
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
	else if (p->state > FM_PAY_SIGNED ||
		 (p->state == FM_PAY_RELEASED && p->signed_ms))
		put_outcome(&r.w, p);
	return add(&r, ledger, put_row_of(&r, ledger, FM_SQL_WHOLE_PAYMENT, p->id, err),
		   err);
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
	return add(&r, ledger, put_row_of(&r, ledger, FM_SQL_WHOLE_OP, op->id, err), err);
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
	return add(&r, ledger, put_tx_row(&r, ledger, &tx->hash, err), err);
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
	return add(&r, ledger, FM_OK, err);
}

enum fm_code fm_journal_task_reset(struct fm_ledger *ledger, const char *task,
				   struct fm_err *err)
{
	struct record r;

	start(&r, "task.reset", NULL);
	put_text(&r.w, "task", task);
	return add(&r, ledger, FM_OK, err);
}

enum fm_code fm_journal_upgraded(struct fm_ledger *ledger, const char *from,
				 const char *to, struct fm_err *err)
{
	struct record r;

	start(&r, "upgraded", NULL);
	put_text(&r.w, "from", from);
	put_text(&r.w, "to", to);
	return add(&r, ledger, FM_OK, err);
}

/* ---- what never came to be ---- */

static void put_wanted(struct fm_jw *w, const struct fm_denial *d)
{
	put_text(w, "method", d->method);
	put_text(w, "origin", d->origin);
	put_text(w, "route", d->route);
	if (d->has_terms) {
		put_u64(w, "chain_id", d->chain_id);
		put_addr(w, "asset", &d->asset);
		put_u256(w, "amount", &d->amount);
		put_addr(w, "pay_to", &d->pay_to);
		put_text(w, "scheme", d->scheme);
	}
	put_addr(w, "payer", &d->payer);
	put_text(w, "task", d->task);
	put_text(w, "category", d->category);
	put_text(w, "reason", d->purpose);
	put_hash(w, "policy", &d->policy_hash);
	put_text(w, "verdict", d->code == FM_E_APPROVAL ? "approve" : "refuse");
	put_text(w, "rule", d->rule);
	put_text(w, "error_code", fm_code_info(d->code)->word);
	put_text(w, "error_category", fm_code_info(d->code)->category);
}

enum fm_code fm_journal_denied(struct fm_ledger *ledger, const char *id,
			       const struct fm_denial *denial, uint64_t not_told,
			       struct fm_err *err)
{
	struct record r;

	start(&r, "denied", id);
	put_wanted(&r.w, denial);
	put_u64(&r.w, "not_recorded_before", not_told);
	return add(&r, ledger, FM_OK, err);
}

enum fm_code fm_journal_note(struct fm_ledger *ledger, const char *id, const char *kind,
			     const char *text, const struct fm_u256 *amount,
			     struct fm_err *err)
{
	struct record r;

	start(&r, "note", id);
	put_text(&r.w, "kind", kind);
	put_text(&r.w, "text", text);
	if (amount)
		put_u256(&r.w, "amount", amount);
	return add(&r, ledger, FM_OK, err);
}

enum fm_code fm_journal_carried(struct fm_ledger *ledger, const char *id,
				const struct fm_hash *tx, const struct fm_hash *row,
				const struct fm_hash *header, struct fm_err *err)
{
	struct record r;

	start(&r, "carried", id);
	if (tx)
		put_hash(&r.w, "tx", tx);
	if (header)
		put_hash(&r.w, "header_sha256", header);
	put_hash(&r.w, "row", row);
	return add(&r, ledger, FM_OK, err);
}

enum fm_code fm_journal_checkpoint(struct fm_ledger *ledger, const struct fm_head *last,
				   const struct fm_hash *exported, struct fm_err *err)
{
	struct record r;

	start(&r, "checkpoint", FM_CHECKPOINT);
	put_number(&r.w, "removed_to", last->seq);
	put_hash(&r.w, "last_hash", &last->hash);
	put_hash(&r.w, "export_sha256", exported);
	return add(&r, ledger, FM_OK, err);
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
	return fm_ledger_end(ledger, add(&r, ledger, FM_OK, err), err);
}
