/* SPDX-License-Identifier: MIT */
/* What happens to a payment after it was reserved, and looking payments up. */
#include "policy/ledger.h"

#include <assert.h>
#include <string.h>

static enum fm_code not_in_state(struct fm_err *err, const struct fm_payment *payment,
				 const char *state)
{
	return fm_fail(err, FM_E_INTERNAL, "payment %s is not %s", payment->id, state);
}

/* Steps an UPDATE ... RETURNING seq; *seq 0 when no row was in the right state. */
static enum fm_code updated(int64_t *seq, struct fm_query *q, struct fm_err *err)
{
	bool row;
	enum fm_code rc = fm_query_step(q, &row, err);

	*seq = 0;
	if (!rc && row && !fm_column_i64(seq, q, 0))
		rc = fm_db_damaged(q->db, "a payment is unreadable", err);
	fm_query_close(q);
	return rc;
}

/* By what the row says, not the caller. */
static enum fm_code update_owed(struct fm_ledger *ledger, const char *id,
				struct fm_err *err)
{
	struct fm_row row;
	struct fm_query q;
	bool found;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_BY_ID, err);

	if (rc)
		return rc;
	fm_query_text(&q, id);
	rc = fm_row_one(&row, &found, &q, err);
	if (!rc && found)
		rc = fm_owed_update(ledger->db, &row, err);
	fm_row_clear(&row);
	return rc;
}

static enum fm_code set_signed(struct fm_ledger *ledger, struct fm_payment *payment,
			       struct fm_err *err)
{
	uint8_t req_id[32];
	struct fm_query q;
	int64_t seq;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_SIGNED, err);

	if (rc)
		return rc;
	fm_query_blob(&q, payment->digest.b, sizeof(payment->digest.b));
	fm_query_text(&q, payment->header);
	fm_query_i64(&q, payment->valid_before_s);
	fm_row_bind_u256(&q, req_id, &payment->req_id);
	fm_row_bind_hash(&q, &payment->nonce);
	fm_query_i64(&q, ledger->now_ms);
	fm_query_text(&q, payment->id);
	rc = updated(&seq, &q, err);
	/* Somebody else's, or swept because our lock was lost: then nothing may leave. */
	if (!rc && (!seq || !fm_owners_mine(&ledger->owners, seq)))
		rc = not_in_state(err, payment, "reserved by this process");
	return rc ? rc : update_owed(ledger, payment->id, err);
}

enum fm_code fm_ledger_signed(struct fm_ledger *ledger, struct fm_payment *payment,
			      struct fm_err *err)
{
	enum fm_pay_state before = payment->state;
	int64_t signed_before = payment->signed_ms;
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	if (rc)
		return rc;
	payment->state = FM_PAY_SIGNED;
	payment->signed_ms = ledger->now_ms;
	rc = set_signed(ledger, payment, err);
	if (!rc)
		rc = fm_journal_payment(ledger, "signed", payment, err);
	rc = fm_ledger_end(ledger, rc, err);
	if (rc) {
		payment->state = before;
		payment->signed_ms = signed_before;
	}
	return rc;
}

static enum fm_code set_sent(struct fm_ledger *ledger, struct fm_payment *payment,
			     struct fm_err *err)
{
	int64_t first = 0, retries = 0;
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_SENT, err);

	if (rc)
		return rc;
	fm_query_i64(&q, ledger->now_ms);
	fm_query_i64(&q, payment->retries);
	fm_query_text(&q, payment->id);
	rc = fm_query_step(&q, &row, err);
	if (!rc && !row)
		rc = not_in_state(err, payment, "signed");
	else if (!rc &&
		 (!fm_column_i64(&first, &q, 0) || !fm_column_i64(&retries, &q, 1)))
		rc = fm_db_damaged(ledger->db, "a payment is unreadable", err);
	fm_query_close(&q);
	if (!rc) {
		payment->sent_ms = first;
		payment->retries = (unsigned)retries;
	}
	return rc;
}

enum fm_code fm_ledger_sent(struct fm_ledger *ledger, struct fm_payment *payment,
			    struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, false, err);

	if (rc)
		return rc;
	rc = set_sent(ledger, payment, err);
	if (!rc)
		rc = fm_journal_payment(ledger, payment->retries ? "resent" : "sent",
					payment, err);
	return fm_ledger_end(ledger, rc, err);
}

/* As FM_CODES has it. */
const char *fm_pay_category(const struct fm_payment *payment)
{
	const char *word = payment->error_code;

	for (int code = FM_OK + 1; *word && code < FM_CODE_COUNT; code++) {
		const struct fm_code_info *info = fm_code_info((enum fm_code)code);

		if (strcmp(info->word, word) == 0)
			return info->category;
	}
	return NULL;
}

static enum fm_code set_outcome(int64_t *seq, struct fm_ledger *ledger,
				const struct fm_payment *payment, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OUTCOME, err);

	if (rc)
		return rc;
	fm_query_i64(&q, payment->state);
	fm_query_text(&q, payment->evidence);
	fm_query_text(&q, payment->error_code);
	fm_query_text(&q, fm_pay_category(payment));
	fm_query_text(&q, payment->reason);
	fm_query_i64(&q, payment->http_status);
	fm_query_i64(&q, ledger->now_ms);
	fm_query_text(&q, *payment->cycle_hint ? payment->cycle_hint : NULL);
	fm_row_bind_hash(&q, &payment->guarantee);
	fm_row_bind_hash(&q, &payment->body_sha256);
	fm_query_text(&q, payment->artefact);
	fm_query_text(&q, payment->id);
	rc = updated(seq, &q, err);
	if (!rc && !*seq)
		rc = not_in_state(err, payment, "waiting for an outcome");
	return rc ? rc : update_owed(ledger, payment->id, err);
}

enum fm_code fm_ledger_outcome(struct fm_ledger *ledger, struct fm_payment *payment,
			       struct fm_err *err)
{
	int64_t seq = 0;
	enum fm_code rc;

	assert(payment->state > FM_PAY_SIGNED);
	rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		return rc;
	rc = set_outcome(&seq, ledger, payment, err);
	if (!rc)
		rc = fm_journal_payment(ledger, fm_pay_state_word(payment->state),
					payment, err);
	rc = fm_ledger_end(ledger, rc, err);
	if (rc)
		return rc;
	payment->ended_ms = ledger->now_ms;
	fm_owners_drop(&ledger->owners, seq);
	return FM_OK;
}

/* ---- looking up ---- */

enum fm_code fm_ledger_usage(struct fm_ledger *ledger, struct fm_check *checks,
			     size_t check_count, struct fm_err *err)
{
	int64_t now_ms;
	enum fm_code rc = fm_ledger_now(&now_ms, ledger, err);

	return rc ? rc : fm_totals_fill(ledger->db, checks, check_count, now_ms, err);
}

static enum fm_code find_by(struct fm_payment *out, bool *found, struct fm_ledger *ledger,
			    enum fm_sql sql, const char *text, struct fm_err *err)
{
	struct fm_row row;
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, sql, err);

	if (rc)
		return rc;
	fm_query_text(&q, text);
	rc = fm_row_one(&row, found, &q, err);
	if (!rc && *found)
		*out = row.payment;
	return rc;
}

enum fm_code fm_ledger_find(struct fm_payment *out, bool *found, struct fm_ledger *ledger,
			    const char *key_or_id, struct fm_err *err)
{
	static const enum fm_sql ways[] = { FM_SQL_BY_ID, FM_SQL_BY_KEY,
					    FM_SQL_BY_KEY_RELEASED };
	enum fm_code rc = FM_OK;

	*found = false;
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; !rc && !*found && i < sizeof(ways) / sizeof(ways[0]); i++)
		rc = find_by(out, found, ledger, ways[i], key_or_id, err);
	return rc;
}

enum fm_code fm_ledger_each(struct fm_ledger *ledger, size_t most,
			    bool (*each)(void *ctx, const struct fm_payment *payment),
			    void *ctx, struct fm_err *err)
{
	struct fm_row row;
	struct fm_query q;
	bool more = true, got;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_EACH, err);

	if (rc)
		return rc;
	fm_query_i64(&q, most > INT64_MAX ? INT64_MAX : (int64_t)most);
	while (more && !rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = fm_row_read(&row, &q, err);
		if (!rc) {
			more = each(ctx, &row.payment);
			fm_row_clear(&row);
		}
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_ledger_req_id_used(bool *used, struct fm_ledger *ledger,
				   const struct fm_addr *payer,
				   const struct fm_u256 *req_id, struct fm_err *err)
{
	uint8_t bytes[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_REQ_ID, err);

	*used = false;
	if (rc)
		return rc;
	fm_query_blob(&q, payer->b, sizeof(payer->b));
	fm_row_bind_u256(&q, bytes, req_id);
	rc = fm_query_step(&q, used, err);
	fm_query_close(&q);
	return rc;
}
