/* SPDX-License-Identifier: MIT */
/* Retention: the oldest records leave the journal once they are somewhere else. The chain then
 * begins behind them, at what the newest checkpoint names; rows, sums, keys and request ids stay,
 * and what the removed records said of a row is said again. */
#include "policy/audit.h"
#include "policy/op.h"

#include <string.h>

/* ---- how far ---- */

static bool has_ended(enum fm_pay_state state)
{
	switch (state) {
	case FM_PAY_RELEASED:
	case FM_PAY_PAID:
	case FM_PAY_REFUSED:
	case FM_PAY_RESOLVED:
		return true;
	case FM_PAY_RESERVED:
	case FM_PAY_SIGNED:
	case FM_PAY_IN_DOUBT:
		break;
	}
	return false;
}

static enum fm_code is_open(bool *open, struct fm_ledger *ledger, const char *subject,
			    struct fm_err *err)
{
	struct fm_payment payment;
	struct fm_op op;
	bool found = false;
	enum fm_code rc = FM_OK;

	*open = false;
	if (strncmp(subject, "pay_", 4) == 0) {
		rc = fm_ledger_find(&payment, &found, ledger, subject, err);
		*open = !rc && found && !has_ended(payment.state);
		fm_payment_clear(&payment);
	} else if (strncmp(subject, "op_", 3) == 0) {
		rc = fm_ledger_op_find(&op, &found, ledger, subject, err);
		*open = !rc && found && (op.state == FM_OP_OPEN || !op.told);
	}
	return rc;
}

struct search {
	struct fm_ledger *ledger;
	int64_t to;
	enum fm_code rc;
	struct fm_err *err;
};

static bool look(void *ctx, const struct fm_audit_record *record)
{
	struct search *s = ctx;
	bool open = false;

	if (record->subject)
		s->rc = is_open(&open, s->ledger, record->subject, s->err);
	if (s->rc || open)
		return false;
	s->to = record->seq;
	return true;
}

enum fm_code fm_audit_prunable(int64_t *to, struct fm_ledger *ledger, int64_t before_ms,
			       struct fm_err *err)
{
	const struct fm_audit_filter filter = { .until_ms =
							before_ms > 0 ? before_ms : 1 };
	struct search s = { .ledger = ledger, .err = err };
	enum fm_code rc = fm_audit_each(ledger, &filter, 0, look, &s, err);

	*to = s.to;
	return rc ? rc : s.rc;
}

/* ---- doing it ---- */

static enum fm_code carry(struct fm_ledger *ledger, enum fm_sql sql, const char *id,
			  const struct fm_hash *tx, struct fm_err *err)
{
	struct fm_hash row, header;
	struct fm_span text;
	struct fm_query q;
	bool found, has_header = false;
	enum fm_code rc = fm_query_open(&q, ledger->db, sql, err);

	if (rc)
		return rc;
	if (tx)
		fm_query_blob(&q, tx->b, sizeof(tx->b));
	else
		fm_query_text(&q, id);
	rc = fm_query_step(&q, &found, err);
	if (!rc && found) {
		fm_columns_hash(&row, &q);
		text = fm_column_span(&q, fm_column_named(&q, "header"));
		fm_sha256(&header, text.ptr ? text.ptr : "", text.len);
		has_header = text.len;
	}
	fm_query_close(&q);
	return rc || !found ? rc
			    : fm_journal_carried(ledger, id, tx, &row,
						 has_header ? &header : NULL, err);
}

static enum fm_code carry_txs(struct fm_ledger *ledger, const char *op,
			      struct fm_err *err)
{
	struct fm_tx_row *rows;
	size_t count;
	enum fm_code rc = fm_ledger_tx_of(&rows, &count, ledger, op, err);

	for (size_t i = 0; !rc && i < count; i++)
		rc = carry(ledger, FM_SQL_WHOLE_TX, op, &rows[i].hash, err);
	fm_tx_rows_free(&rows, count);
	return rc;
}

static enum fm_code carry_pin(struct fm_ledger *ledger, const char *subject,
			      struct fm_err *err)
{
	const char *kind = subject + strlen("pin "), *space = strchr(kind, ' ');
	struct fm_span value;
	struct fm_buf copy, name;
	struct fm_query q;
	bool found = false;
	enum fm_code rc;

	if (!space)
		return FM_OK;
	rc = fm_query_open(&q, ledger->db, FM_SQL_PIN_GET, err);
	if (rc)
		return rc;
	fm_query_span(&q, (struct fm_span){ kind, (size_t)(space - kind) });
	fm_query_text(&q, space + 1);
	rc = fm_query_step(&q, &found, err);
	value = !rc && found ? fm_column_span(&q, 0) : (struct fm_span){ NULL, 0 };
	fm_buf_init(&copy, value.len + 1);
	fm_buf_init(&name, strlen(kind) + 1);
	fm_buf_add(&copy, value.ptr, value.len);
	fm_buf_add(&name, kind, (size_t)(space - kind));
	fm_query_close(&q);
	if (!rc && found)
		rc = fm_buf_ok(&copy) && fm_buf_ok(&name)
			     ? fm_pin_record(ledger, name.ptr, space + 1,
					     fm_buf_span(&copy), err)
			     : fm_nomem(err);
	fm_buf_clear(&name);
	fm_buf_clear(&copy);
	return rc;
}

static enum fm_code carry_subject(struct fm_ledger *ledger, const char *subject,
				  struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (strncmp(subject, "pay_", 4) == 0)
		rc = carry(ledger, FM_SQL_WHOLE_PAYMENT, subject, NULL, err);
	else if (strncmp(subject, "op_", 3) == 0)
		rc = carry(ledger, FM_SQL_WHOLE_OP, subject, NULL, err);
	else if (strncmp(subject, "pin ", 4) == 0)
		rc = carry_pin(ledger, subject, err);
	if (!rc && strncmp(subject, "op_", 3) == 0)
		rc = carry_txs(ledger, subject, err);
	return rc;
}

/* Subjects of which records go. What is added meanwhile sorts behind the other records of its subject,
 * which the query, by subject, has left already. */
static enum fm_code carry_all(struct fm_ledger *ledger, int64_t to, struct fm_err *err)
{
	struct fm_query q;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_SUBJECTS_TO, err);

	if (rc)
		return rc;
	fm_query_i64(&q, to);
	while (!rc) {
		struct fm_buf subject;
		struct fm_span text;

		rc = fm_query_step(&q, &row, err);
		if (rc || !row)
			break;
		text = fm_column_span(&q, 0);
		fm_buf_init(&subject, text.len + 1);
		rc = fm_buf_add(&subject, text.ptr, text.len)
			     ? carry_subject(ledger, subject.ptr, err)
			     : fm_nomem(err);
		fm_buf_clear(&subject);
	}
	fm_query_close(&q);
	return rc;
}

static enum fm_code record_at(struct fm_head *out, bool *found, struct fm_db *db,
			      int64_t seq, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_JOURNAL_AT, err);

	*out = (struct fm_head){ .seq = seq };
	if (rc)
		return rc;
	fm_query_i64(&q, seq);
	rc = fm_query_step(&q, found, err);
	if (!rc && *found && !fm_column_blob(out->hash.b, sizeof(out->hash.b), &q, 0))
		rc = fm_db_damaged(db, "the journal is unreadable", err);
	fm_query_close(&q);
	return rc;
}

static enum fm_code remove_to(struct fm_ledger *ledger, int64_t to, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_JOURNAL_REMOVE, err);

	if (rc)
		return rc;
	fm_query_i64(&q, to);
	return fm_query_run(&q, err);
}

static enum fm_code check_to(struct fm_head *last, struct fm_ledger *ledger, int64_t to,
			     struct fm_err *err)
{
	int64_t most;
	bool found = false;
	enum fm_code rc = fm_audit_prunable(&most, ledger, ledger->now_ms + 1, err);

	if (!rc)
		rc = record_at(last, &found, ledger->db, to, err);
	if (!rc && (!found || to > most)) {
		fm_fail(err, FM_E_USAGE, "records up to %lld cannot be removed",
			(long long)to);
		return fm_hint(err, "something they are about has no end any more; run "
				    "the same command again");
	}
	return rc;
}

static enum fm_code checkpoint(struct fm_ledger *ledger, int64_t to,
			       const struct fm_hash *export_sha, struct fm_err *err)
{
	struct fm_head last;
	int64_t before = ledger->head.seq;
	enum fm_code rc = check_to(&last, ledger, to, err);

	/* The newest record stays: the chain must have something to go on from. */
	if (!rc && to >= before)
		rc = fm_fail(err, FM_E_USAGE, "the newest record cannot be removed");
	if (!rc)
		rc = fm_journal_checkpoint(ledger, &last, export_sha, err);
	if (!rc)
		rc = carry_all(ledger, to, err);
	return rc ? rc : remove_to(ledger, to, err);
}

enum fm_code fm_audit_checkpoint(struct fm_ledger *ledger, int64_t to,
				 const struct fm_hash *export_sha, struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	return rc ? rc
		  : fm_ledger_end(ledger, checkpoint(ledger, to, export_sha, err), err);
}
