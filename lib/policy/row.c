/* SPDX-License-Identifier: MIT */
/* A payment between the database and struct fm_payment. */
#include "policy/ledger.h"

#include <stdlib.h>
#include <string.h>

void fm_payment_clear(struct fm_payment *payment)
{
	free(payment->header);
	free(payment->route);
	free(payment->reason);
	memset(payment, 0, sizeof(*payment));
}

void fm_row_clear(struct fm_row *row)
{
	fm_payment_clear(&row->payment);
	memset(row, 0, sizeof(*row));
}

const char *fm_pay_state_word(enum fm_pay_state state)
{
	static const char *const words[] = {
		[FM_PAY_RESERVED] = "reserved", [FM_PAY_RELEASED] = "released",
		[FM_PAY_SIGNED] = "signed",	[FM_PAY_PAID] = "paid",
		[FM_PAY_REFUSED] = "refused",	[FM_PAY_IN_DOUBT] = "in_doubt",
		[FM_PAY_RESOLVED] = "resolved",
	};

	return words[state];
}

/* ---- reading, in the order of FM_SQL_ROW ---- */

struct cursor {
	const struct fm_query *q;
	int column;
	bool bad, no_memory;
};

static void get_i64(int64_t *out, struct cursor *c)
{
	if (!fm_column_i64(out, c->q, c->column++))
		c->bad = true;
}

static void get_text(char *out, size_t size, struct cursor *c)
{
	if (!fm_column_text(out, size, c->q, c->column++))
		c->bad = true;
}

static void get_copy(char **out, struct cursor *c)
{
	struct fm_span text = fm_column_span(c->q, c->column++);

	*out = NULL;
	if (!text.ptr)
		return;
	*out = malloc(text.len + 1);
	if (!*out) {
		c->no_memory = true;
		return;
	}
	memcpy(*out, text.ptr, text.len);
	(*out)[text.len] = '\0';
}

static void get_blob(void *out, size_t len, struct cursor *c)
{
	if (!fm_column_blob(out, len, c->q, c->column++))
		c->bad = true;
}

static void get_hash(struct fm_hash *out, struct cursor *c)
{
	if (!fm_column_null(c->q, c->column))
		get_blob(out->b, sizeof(out->b), c);
	else
		c->column++;
}

static void get_u256(struct fm_u256 *out, struct cursor *c)
{
	struct fm_hash bytes = { { 0 } };

	get_hash(&bytes, c);
	*out = fm_u256_from_be(bytes.b);
}

static void get_terms(struct fm_payment *p, struct cursor *c)
{
	int64_t chain = 0;

	get_text(p->id, sizeof(p->id), c);
	get_text(p->idem_key, sizeof(p->idem_key), c);
	get_hash(&p->binding, c);
	get_blob(p->payer.b, sizeof(p->payer.b), c);
	get_i64(&chain, c);
	p->chain_id = (uint64_t)chain;
	get_blob(p->asset.b, sizeof(p->asset.b), c);
	get_u256(&p->amount, c);
	get_text(p->scheme, sizeof(p->scheme), c);
	get_u256(&p->req_id, c);
	get_hash(&p->nonce, c);
	get_hash(&p->identity, c);
	get_i64(&p->valid_before_s, c);
	get_hash(&p->digest, c);
	get_copy(&p->header, c);
	get_text(p->origin, sizeof(p->origin), c);
	get_copy(&p->route, c);
	get_text(p->method, sizeof(p->method), c);
	get_blob(p->pay_to.b, sizeof(p->pay_to.b), c);
	get_text(p->task, sizeof(p->task), c);
	get_hash(&p->policy_hash, c);
}

static void get_progress(struct fm_payment *p, struct cursor *c)
{
	int64_t state = -1, status = 0, retries = 0;

	get_i64(&state, c);
	get_text(p->evidence, sizeof(p->evidence), c);
	get_text(p->error_code, sizeof(p->error_code), c);
	get_copy(&p->reason, c);
	get_i64(&status, c);
	get_i64(&retries, c);
	get_i64(&p->created_ms, c);
	get_i64(&p->signed_ms, c);
	get_i64(&p->sent_ms, c);
	get_i64(&p->ended_ms, c);
	get_text(p->cycle_hint, sizeof(p->cycle_hint), c);
	if (state < FM_PAY_RESERVED || state > FM_PAY_RESOLVED || status < 0 ||
	    status > 999 || retries < 0 || retries > INT_MAX)
		c->bad = true;
	else
		p->state = (enum fm_pay_state)state;
	p->http_status = c->bad ? 0 : (int)status;
	p->retries = c->bad ? 0 : (unsigned)retries;
}

enum fm_code fm_row_read(struct fm_row *out, const struct fm_query *q, struct fm_err *err)
{
	struct cursor c = { .q = q };

	memset(out, 0, sizeof(*out));
	get_i64(&out->seq, &c);
	get_terms(&out->payment, &c);
	get_progress(&out->payment, &c);
	get_i64(&out->booked, &c);
	if (!c.bad && !c.no_memory)
		return FM_OK;
	fm_row_clear(out);
	return c.no_memory ? fm_nomem(err)
			   : fm_db_damaged(q->db, "a payment is unreadable", err);
}

enum fm_code fm_row_one(struct fm_row *out, bool *found, struct fm_query *q,
			struct fm_err *err)
{
	enum fm_code rc = fm_query_step(q, found, err);

	memset(out, 0, sizeof(*out));
	if (!rc && *found)
		rc = fm_row_read(out, q, err);
	fm_query_close(q);
	return rc;
}

/* ---- writing ---- */

void fm_row_bind_hash(struct fm_query *q, const struct fm_hash *hash)
{
	static const struct fm_hash zero;

	if (fm_hash_equal(hash, &zero))
		fm_query_null(q);
	else
		fm_query_blob(q, hash->b, sizeof(hash->b));
}

void fm_row_bind_u256(struct fm_query *q, uint8_t room[static 32],
		      const struct fm_u256 *value)
{
	fm_u256_to_be(room, value);
	if (fm_u256_is_zero(value))
		fm_query_null(q);
	else
		fm_query_blob(q, room, 32);
}

enum fm_code fm_row_add(int64_t *seq, struct fm_db *db, const struct fm_payment *p,
			unsigned booked, struct fm_err *err)
{
	uint8_t amount[32], req_id[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_ADD, err);

	if (rc)
		return rc;
	fm_u256_to_be(amount, &p->amount);
	if (*seq)
		fm_query_i64(&q, *seq);
	else
		fm_query_null(&q);
	fm_query_text(&q, p->id);
	fm_query_text(&q, *p->idem_key ? p->idem_key : NULL);
	fm_query_blob(&q, p->binding.b, sizeof(p->binding.b));
	fm_query_blob(&q, p->payer.b, sizeof(p->payer.b));
	fm_query_i64(&q, (int64_t)p->chain_id);
	fm_query_blob(&q, p->asset.b, sizeof(p->asset.b));
	fm_query_blob(&q, amount, sizeof(amount));
	fm_query_text(&q, p->scheme);
	fm_row_bind_u256(&q, req_id, &p->req_id);
	fm_row_bind_hash(&q, &p->nonce);
	fm_row_bind_hash(&q, &p->identity);
	fm_query_i64(&q, p->valid_before_s);
	fm_query_text(&q, p->origin);
	fm_query_text(&q, p->route);
	fm_query_text(&q, p->method);
	fm_query_blob(&q, p->pay_to.b, sizeof(p->pay_to.b));
	fm_query_text(&q, p->task);
	fm_query_blob(&q, p->policy_hash.b, sizeof(p->policy_hash.b));
	fm_query_i64(&q, p->created_ms);
	fm_query_i64(&q, booked);
	rc = fm_query_run(&q, err);
	if (!rc)
		*seq = fm_db_inserted(db);
	return rc;
}
