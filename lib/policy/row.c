/* SPDX-License-Identifier: MIT */
/* A payment between the database and struct fm_payment. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_MAX 99 /* of x402, of a guarantee */

void fm_payment_clear(struct fm_payment *payment)
{
	free(payment->header);
	free(payment->route);
	free(payment->reason);
	free(payment->purpose);
	free(payment->resolution);
	free(payment->artefact);
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

static void get_terms(struct fm_payment *p, struct fm_cursor *c)
{
	fm_get_text(p->id, sizeof(p->id), c);
	fm_get_text(p->idem_key, sizeof(p->idem_key), c);
	fm_get_hash(&p->binding, c);
	fm_get_blob(p->payer.b, sizeof(p->payer.b), c);
	fm_get_u64(&p->chain_id, c);
	fm_get_blob(p->asset.b, sizeof(p->asset.b), c);
	fm_get_u256(&p->amount, c);
	fm_get_text(p->scheme, sizeof(p->scheme), c);
	fm_get_u256(&p->req_id, c);
	fm_get_hash(&p->nonce, c);
	fm_get_hash(&p->identity, c);
	fm_get_i64(&p->valid_before_s, c);
	fm_get_hash(&p->digest, c);
	fm_get_copy(&p->header, c);
	fm_get_text(p->origin, sizeof(p->origin), c);
	fm_get_copy(&p->route, c);
	fm_get_text(p->method, sizeof(p->method), c);
	fm_get_blob(p->pay_to.b, sizeof(p->pay_to.b), c);
	fm_get_text(p->task, sizeof(p->task), c);
	fm_get_text(p->category, sizeof(p->category), c);
	fm_get_copy(&p->purpose, c);
	fm_get_hash(&p->policy_hash, c);
	fm_get_hash(&p->approval, c);
	fm_get_enum(&p->x402_version, VERSION_MAX, c);
	fm_get_enum(&p->guarantee_version, VERSION_MAX, c);
}

static void get_progress(struct fm_payment *p, struct fm_cursor *c)
{
	int64_t status = 0, retries = 0;
	int state = FM_PAY_RESERVED;

	fm_get_enum(&state, FM_PAY_RESOLVED, c);
	fm_get_text(p->evidence, sizeof(p->evidence), c);
	fm_get_text(p->error_code, sizeof(p->error_code), c);
	fm_get_copy(&p->reason, c);
	fm_get_i64(&status, c);
	fm_get_i64(&retries, c);
	fm_get_i64(&p->created_ms, c);
	fm_get_i64(&p->signed_ms, c);
	fm_get_i64(&p->sent_ms, c);
	fm_get_i64(&p->ended_ms, c);
	fm_get_text(p->cycle_hint, sizeof(p->cycle_hint), c);
	fm_get_copy(&p->resolution, c);
	fm_get_hash(&p->guarantee, c);
	fm_get_hash(&p->body_sha256, c);
	fm_get_copy(&p->artefact, c);
	p->state = (enum fm_pay_state)state;
	if (status < 0 || status > 999 || retries < 0 || retries > INT_MAX)
		c->bad = true;
	p->http_status = c->bad ? 0 : (int)status;
	p->retries = c->bad ? 0 : (unsigned)retries;
}

enum fm_code fm_row_read(struct fm_row *out, const struct fm_query *q, struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_get_i64(&out->seq, &c);
	get_terms(&out->payment, &c);
	get_progress(&out->payment, &c);
	fm_get_i64(&out->booked, &c);
	fm_get_enum(&out->owed, FM_OWED_ALL, &c);
	rc = fm_get_end(&c, "a payment is unreadable", err);
	if (rc)
		fm_row_clear(out);
	return rc;
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
	fm_query_text(&q, *p->category ? p->category : NULL);
	fm_query_text(&q, p->purpose);
	fm_query_blob(&q, p->policy_hash.b, sizeof(p->policy_hash.b));
	fm_row_bind_hash(&q, &p->approval);
	fm_query_i64(&q, p->x402_version);
	fm_query_i64(&q, p->guarantee_version);
	fm_query_i64(&q, p->created_ms);
	fm_query_i64(&q, booked);
	rc = fm_query_run(&q, err);
	if (!rc)
		*seq = fm_db_inserted(db);
	return rc;
}
