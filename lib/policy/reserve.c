/* SPDX-License-Identifier: MIT */
/* Check and reserve, in one flushed transaction. */
#include "policy/ledger.h"

#include <string.h>

#define SWEEP_MAX (1u << 20) /* bytes of sequence numbers */

struct job {
	struct fm_ledger *ledger;
	struct fm_payment *payment;
	const struct fm_ask *ask;
	struct fm_check *checks;
	size_t check_count;
	struct fm_payment *found;
	enum fm_reserve what;
	bool full;   /* a total would overflow: everything is rolled back */
	int64_t seq; /* of the row to take over; 0: a new one */
	char id[FM_PAY_ID];
	void (*each)(void *ctx,
		     const struct fm_payment *payment); /* NULL: nobody listens */
	void *ctx;
	struct fm_err *err;
};

/* ---- reservations whose process died ---- */

static bool same_purchase(const struct job *j, const struct fm_payment *left)
{
	return *j->payment->idem_key &&
	       strcmp(j->payment->idem_key, left->idem_key) == 0 &&
	       fm_hash_equal(&j->payment->binding, &left->binding);
}

static enum fm_code unbook(struct job *j, const struct fm_row *row)
{
	struct fm_entry entry = fm_entry_of(&row->payment);
	bool full;

	return fm_totals_book(&full, j->ledger->db, &entry, (unsigned)row->booked, true,
			      j->err);
}

static enum fm_code set_released(struct fm_ledger *ledger, const struct fm_row *row,
				 struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_RELEASE, err);

	if (rc)
		return rc;
	fm_query_i64(&q, ledger->now_ms);
	fm_query_i64(&q, row->seq);
	rc = fm_query_run(&q, err);
	if (!rc && fm_db_changes(ledger->db) != 1)
		rc = fm_db_damaged(ledger->db, "a reservation vanished", err);
	return rc ? rc : fm_approval_back(ledger, &row->payment, err);
}

static enum fm_code let_go(struct job *j, struct fm_row *row)
{
	enum fm_code rc = set_released(j->ledger, row, j->err);

	row->payment.state = FM_PAY_RELEASED;
	return rc ? rc
		  : fm_journal_payment(j->ledger, "abandoned", &row->payment, j->err);
}

static enum fm_code row_by_seq(struct fm_row *row, bool *found, struct fm_db *db,
			       int64_t seq, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_BY_SEQ, err);

	if (rc)
		return rc;
	fm_query_i64(&q, seq);
	return fm_row_one(row, found, &q, err);
}

/* `reserved` proves that nothing was signed, so an owner that is gone leaves nothing
 * behind. */
static enum fm_code sweep_one(struct job *j, int64_t seq)
{
	struct fm_row row = { .seq = 0 };
	bool found;
	enum fm_code rc;

	if (fm_owners_mine(&j->ledger->owners, seq) ||
	    fm_owners_other(&j->ledger->owners, seq))
		return FM_OK;
	rc = row_by_seq(&row, &found, j->ledger->db, seq, j->err);
	if (!rc && found)
		rc = unbook(j, &row);
	if (!rc && found)
		rc = let_go(j, &row);
	if (!rc && found && j->each)
		j->each(j->ctx, &row.payment);
	if (!rc && found && same_purchase(j, &row.payment)) {
		j->seq = seq;
		memcpy(j->id, row.payment.id, sizeof(j->id));
	}
	fm_row_clear(&row);
	return rc;
}

static enum fm_code list_reserved(struct fm_buf *seqs, struct job *j)
{
	struct fm_query q;
	int64_t seq;
	bool row = false;
	enum fm_code rc = fm_query_open(&q, j->ledger->db, FM_SQL_RESERVED, j->err);

	while (!rc) {
		rc = fm_query_step(&q, &row, j->err);
		if (rc || !row)
			break;
		if (!fm_column_i64(&seq, &q, 0))
			rc = fm_db_damaged(j->ledger->db, "a payment is unreadable",
					   j->err);
		else if (!fm_buf_add(seqs, &seq, sizeof(seq)))
			rc = fm_nomem(j->err);
	}
	fm_query_close(&q);
	return rc;
}

static enum fm_code sweep(struct job *j)
{
	struct fm_buf seqs;
	enum fm_code rc;

	fm_buf_init(&seqs, SWEEP_MAX);
	rc = list_reserved(&seqs, j);
	for (size_t at = 0; !rc && at < seqs.len; at += sizeof(int64_t)) {
		int64_t seq;

		memcpy(&seq, seqs.ptr + at, sizeof(seq));
		rc = sweep_one(j, seq);
	}
	fm_buf_clear(&seqs);
	return rc;
}

enum fm_code fm_ledger_sweep(struct fm_ledger *ledger,
			     void (*each)(void *ctx, const struct fm_payment *payment),
			     void *ctx, struct fm_err *err)
{
	struct fm_payment nobodys = { .state = FM_PAY_RESERVED };
	struct job j = { .ledger = ledger,
			 .payment = &nobodys,
			 .each = each,
			 .ctx = ctx,
			 .err = err };
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	return rc ? rc : fm_ledger_end(ledger, sweep(&j), err);
}

/* ---- is it known already? ---- */

/* Payments that share something with this one that only one may have; 0: none. */
struct like {
	int64_t key, identity, req_id;
};

static int64_t column_seq(const struct fm_query *q, int column)
{
	int64_t seq;

	return fm_column_i64(&seq, q, column) ? seq : 0;
}

static enum fm_code find_like(struct like *out, struct job *j)
{
	const struct fm_payment *p = j->payment;
	uint8_t req_id[32];
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, j->ledger->db, FM_SQL_LIKE, j->err);

	*out = (struct like){ 0, 0, 0 };
	if (rc)
		return rc;
	fm_query_text(&q, *p->idem_key ? p->idem_key : NULL);
	fm_row_bind_hash(&q, &p->identity);
	fm_query_blob(&q, p->payer.b, sizeof(p->payer.b));
	fm_row_bind_u256(&q, req_id, &p->req_id);
	rc = fm_query_step(&q, &row, j->err);
	if (!rc && row)
		*out = (struct like){ column_seq(&q, 0), column_seq(&q, 1),
				      column_seq(&q, 2) };
	fm_query_close(&q);
	return rc;
}

static enum fm_code known(struct job *j, struct fm_row *row)
{
	const struct fm_payment *p = &row->payment;
	bool live = fm_owners_mine(&j->ledger->owners, row->seq) ||
		    fm_owners_other(&j->ledger->owners, row->seq);

	if (p->state <= FM_PAY_SIGNED && live) {
		fm_fail(j->err, FM_E_BUSY, "payment %s is just being made", p->id);
		return fm_hint(j->err,
			       "wait for it, then run this again: it will not pay twice");
	}
	j->what = FM_RESERVE_KNOWN;
	*j->found = row->payment;
	memset(row, 0, sizeof(*row));
	return FM_OK;
}

/* The same key must mean the same request; the same identity is the same authority,
 * whatever asked for it; a request id is never used for a second one. */
static enum fm_code judge_like(struct job *j, const struct like *like, struct fm_row *row)
{
	if (like->key && !fm_hash_equal(&row->payment.binding, &j->payment->binding)) {
		fm_fail(j->err, FM_E_USAGE,
			"the idempotency key belongs to payment %s, which is "
			"for another request",
			row->payment.id);
		return fm_hint(j->err, "use a new key for a new purchase");
	}
	if (like->key || like->identity)
		return known(j, row);
	fm_fail(j->err, FM_E_USAGE, "the request id was used already, in payment %s",
		row->payment.id);
	return fm_hint(j->err, "take a new request id");
}

static enum fm_code look_for_like(struct job *j)
{
	struct fm_row row = { .seq = 0 };
	struct like like;
	int64_t seq;
	bool found;
	enum fm_code rc = find_like(&like, j);

	if (rc)
		return rc;
	seq = like.key ? like.key : like.identity ? like.identity : like.req_id;
	if (!seq)
		return FM_OK;
	rc = row_by_seq(&row, &found, j->ledger->db, seq, j->err);
	if (!rc && !found)
		rc = fm_db_damaged(j->ledger->db, "an index names a missing payment",
				   j->err);
	if (!rc)
		rc = judge_like(j, &like, &row);
	fm_row_clear(&row);
	return rc;
}

/* ---- reserve ---- */

static enum fm_code make_id(struct job *j)
{
	if (j->seq)
		memcpy(j->payment->id, j->id, sizeof(j->id));
	return *j->payment->id ? FM_OK
			       : fm_ledger_id(j->payment->id, j->ledger, "pay_", j->err);
}

/* A row that was just let go gives way to one with its number and id. */
static enum fm_code make_way(struct job *j)
{
	struct fm_query q;
	enum fm_code rc;

	if (!j->seq)
		return FM_OK;
	rc = fm_query_open(&q, j->ledger->db, FM_SQL_REMOVE, j->err);
	if (rc)
		return rc;
	fm_query_i64(&q, j->seq);
	return fm_query_run(&q, j->err);
}

static enum fm_code book(struct job *j)
{
	struct fm_ledger *ledger = j->ledger;
	struct fm_payment *payment = j->payment;
	unsigned scopes = fm_totals_scopes(payment, j->checks, j->check_count);
	struct fm_entry entry;
	enum fm_code rc = make_id(j);

	payment->state = FM_PAY_RESERVED;
	payment->created_ms = ledger->now_ms;
	entry = fm_entry_of(payment);
	if (!rc)
		rc = fm_totals_book(&j->full, ledger->db, &entry, scopes, false, j->err);
	if (!rc && j->full)
		return fm_totals_full(j->err);
	if (!rc)
		rc = fm_approval_use(ledger, payment, j->err);
	if (!rc)
		rc = make_way(j);
	if (!rc)
		rc = fm_row_add(&j->seq, ledger->db, payment, scopes, j->err);
	if (!rc)
		rc = fm_journal_payment(ledger, "reserved", payment, j->err);
	/* Before the commit: nobody must ever see the row without its owner. */
	if (!rc)
		rc = fm_owners_take(&ledger->owners, j->seq, j->err);
	return rc;
}

/* KNOWN and OVER commit too: what was swept stays swept. */
static enum fm_code inside(struct job *j)
{
	enum fm_code rc = sweep(j);

	if (!rc)
		rc = look_for_like(j);
	if (rc || j->what != FM_RESERVE_NEW)
		return rc;
	rc = fm_totals_fill(j->ledger->db, j->checks, j->check_count, j->ledger->now_ms,
			    j->err);
	if (rc)
		return rc;
	if (fm_policy_totals(j->ask, j->checks, j->check_count, j->err) != FM_ALLOW) {
		j->what = FM_RESERVE_OVER;
		return FM_OK;
	}
	return book(j);
}

enum fm_code fm_ledger_reserve(enum fm_reserve *what, struct fm_payment *found,
			       struct fm_ledger *ledger, struct fm_payment *payment,
			       const struct fm_ask *ask, struct fm_check *checks,
			       size_t check_count, struct fm_err *err)
{
	struct job j = {
		.ledger = ledger,
		.payment = payment,
		.ask = ask,
		.checks = checks,
		.check_count = check_count,
		.found = found,
		.what = FM_RESERVE_NEW,
		.err = err,
	};
	enum fm_code rc = fm_ledger_begin(ledger, true, err);
	char id[FM_PAY_ID];

	memset(found, 0, sizeof(*found));
	if (rc)
		return rc;
	memcpy(id, payment->id, sizeof(id));
	rc = fm_ledger_end(ledger, inside(&j), err);
	if (rc) {
		/* Ours only if this call took it: a row of ours is never swept. */
		if (j.seq)
			fm_owners_drop(&ledger->owners, j.seq);
		memcpy(payment->id, id, sizeof(id));
		fm_payment_clear(found);
	}
	if (j.full) {
		j.what = FM_RESERVE_OVER;
		rc = FM_OK;
	}
	*what = j.what;
	return rc;
}

enum fm_code fm_ledger_release(struct fm_ledger *ledger, const struct fm_payment *payment,
			       struct fm_err *err)
{
	struct fm_row row = { .seq = 0 };
	struct fm_query q;
	struct fm_entry entry;
	bool found = false, full;
	enum fm_code rc = fm_ledger_begin(ledger, false, err);

	if (rc)
		return rc;
	rc = fm_query_open(&q, ledger->db, FM_SQL_BY_ID, err);
	if (!rc) {
		fm_query_text(&q, payment->id);
		rc = fm_row_one(&row, &found, &q, err);
	}
	if (!rc && (!found || row.payment.state != FM_PAY_RESERVED ||
		    !fm_owners_mine(&ledger->owners, row.seq)))
		rc = fm_fail(err, FM_E_INTERNAL,
			     "payment %s is not reserved by this process", payment->id);
	entry = fm_entry_of(&row.payment);
	if (!rc)
		rc = fm_totals_book(&full, ledger->db, &entry, (unsigned)row.booked, true,
				    err);
	if (!rc)
		rc = set_released(ledger, &row, err);
	row.payment.state = FM_PAY_RELEASED;
	if (!rc)
		rc = fm_journal_payment(ledger, "released", &row.payment, err);
	rc = fm_ledger_end(ledger, rc, err);
	if (!rc)
		fm_owners_drop(&ledger->owners, row.seq);
	fm_row_clear(&row);
	return rc;
}
