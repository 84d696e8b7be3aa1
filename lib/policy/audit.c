/* SPDX-License-Identifier: MIT */
/* The journal read: records, names of what they are about, notes. */
#include "policy/audit.h"

#include <stdio.h>
#include <string.h>

/* ---- a record ---- */

static enum fm_code unreadable(int64_t seq, const char *what, struct fm_err *err)
{
	return fm_fail(err, FM_E_AUDIT, "record %lld of the journal %s", (long long)seq,
		       what);
}

enum fm_code fm_record_read(struct fm_record *out, const struct fm_query *q,
			    struct fm_err *err)
{
	struct fm_audit_record *r = &out->record;
	struct fm_span subject = fm_column_span(q, 5);
	struct fm_err why;

	memset(out, 0, sizeof(*out));
	fm_buf_init(&out->subject, subject.len + 1);
	if (!fm_column_i64(&r->seq, q, 0))
		return unreadable(0, "has no number", err);
	r->body = fm_column_span(q, 4);
	if (!fm_column_i64(&r->at_ms, q, 1) ||
	    !fm_column_blob(r->prev.b, sizeof(r->prev.b), q, 2) ||
	    !fm_column_blob(r->hash.b, sizeof(r->hash.b), q, 3) || !r->body.ptr)
		return unreadable(r->seq, "has a column of another kind", err);
	if (!fm_journal_possible(r->seq, r->at_ms))
		return unreadable(r->seq, "has a number that no record has", err);
	fm_err_init(&why);
	if (fm_json_parse(&r->json, r->body, false, &why))
		return why.code == FM_E_NOMEM ? (*err = why, why.code)
					      : unreadable(r->seq, "is no JSON", err);
	if (!fm_json_cstr(out->event, sizeof(out->event), fm_json_get(r->json, "event")))
		return unreadable(r->seq, "names no event", err);
	r->event = out->event;
	if (subject.ptr && !fm_buf_add(&out->subject, subject.ptr, subject.len))
		return fm_nomem(err);
	r->subject = subject.ptr ? out->subject.ptr : NULL;
	return FM_OK;
}

void fm_record_clear(struct fm_record *record)
{
	fm_json_free(&record->record.json);
	fm_buf_clear(&record->subject);
	memset(record, 0, sizeof(*record));
}

/* ---- which ones ---- */

static bool is_text(const char *wanted, const char *has)
{
	return !wanted || (has && strcmp(wanted, has) == 0);
}

static bool payment_matches(const struct fm_audit_filter *f, const struct fm_payment *p)
{
	return is_text(f->seller, p->origin) && is_text(f->scheme, p->scheme) &&
	       is_text(f->task, p->task) && is_text(f->category, p->category) &&
	       (!f->chain_id || f->chain_id == p->chain_id);
}

static bool member_is(const struct fm_json *json, const char *name, const char *wanted)
{
	return !wanted || fm_json_is(fm_json_get(json, name), wanted);
}

static bool body_matches(const struct fm_audit_filter *f, const struct fm_json *json)
{
	uint64_t chain_id = 0;

	return member_is(json, "origin", f->seller) &&
	       member_is(json, "scheme", f->scheme) && member_is(json, "task", f->task) &&
	       member_is(json, "category", f->category) &&
	       (!f->chain_id || (fm_json_u64(&chain_id, fm_json_get(json, "chain_id")) &&
				 chain_id == f->chain_id));
}

static bool asks_terms(const struct fm_audit_filter *f)
{
	return f->seller || f->scheme || f->task || f->category || f->chain_id;
}

/* Only the first record of a payment says everything; the row stands for all of them. */
static enum fm_code terms_match(bool *yes, const struct fm_audit_filter *f,
				struct fm_ledger *ledger, const struct fm_audit_record *r,
				struct fm_err *err)
{
	struct fm_payment payment;
	struct fm_op op;
	bool found = false;
	enum fm_code rc = FM_OK;

	*yes = body_matches(f, r->json);
	if (*yes || !r->subject)
		return FM_OK;
	if (strncmp(r->subject, "pay_", 4) == 0) {
		rc = fm_ledger_find(&payment, &found, ledger, r->subject, err);
		*yes = !rc && found && payment_matches(f, &payment);
		fm_payment_clear(&payment);
	} else if (strncmp(r->subject, "op_", 3) == 0) {
		rc = fm_ledger_op_find(&op, &found, ledger, r->subject, err);
		*yes = !rc && found && !f->seller && !f->scheme && !f->task &&
		       !f->category && f->chain_id == op.chain_id;
	}
	return rc;
}

static enum fm_code matches(bool *yes, const struct fm_audit_filter *f,
			    struct fm_ledger *ledger, const struct fm_audit_record *r,
			    struct fm_err *err)
{
	*yes = r->at_ms >= f->since_ms && is_text(f->event, r->event) &&
	       is_text(f->subject, r->subject);
	return *yes && asks_terms(f) ? terms_match(yes, f, ledger, r, err) : FM_OK;
}

/* Times never go back in the journal, so the first record of a time is found by halving. */
static enum fm_code time_at(int64_t *at_ms, int64_t *seq, struct fm_db *db,
			    struct fm_err *err)
{
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_JOURNAL_TIME, err);

	if (rc)
		return rc;
	fm_query_i64(&q, *seq);
	rc = fm_query_step(&q, &row, err);
	if (!rc && !row)
		*at_ms = INT64_MAX;
	else if (!rc && (!fm_column_i64(seq, &q, 0) || !fm_column_i64(at_ms, &q, 1) ||
			 !fm_journal_possible(*seq, *at_ms)))
		rc = unreadable(*seq, "has a column of another kind", err);
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_journal_since(int64_t *seq, struct fm_db *db, int64_t ms,
			      struct fm_err *err)
{
	struct fm_head head;
	int64_t low = 0, high;
	enum fm_code rc = fm_journal_head(&head, db, err);

	high = head.seq + 1;
	while (!rc && low < high) {
		int64_t middle = low + (high - low) / 2, at_ms = 0, there = middle;

		rc = time_at(&at_ms, &there, db, err);
		if (at_ms >= ms)
			high = middle;
		else
			low = there + 1;
	}
	*seq = low;
	return rc;
}

static enum fm_code one(bool *more, struct fm_ledger *ledger,
			const struct fm_audit_filter *filter, const struct fm_query *q,
			bool (*each)(void *, const struct fm_audit_record *), void *ctx,
			struct fm_err *err)
{
	struct fm_record record;
	bool yes = false;
	enum fm_code rc = fm_record_read(&record, q, err);

	if (!rc && filter->until_ms && record.record.at_ms >= filter->until_ms)
		*more = false;
	if (!rc && *more)
		rc = matches(&yes, filter, ledger, &record.record, err);
	if (!rc && yes)
		*more = each(ctx, &record.record);
	fm_record_clear(&record);
	return rc;
}

enum fm_code fm_audit_each(struct fm_ledger *ledger, const struct fm_audit_filter *filter,
			   int64_t after,
			   bool (*each)(void *ctx, const struct fm_audit_record *record),
			   void *ctx, struct fm_err *err)
{
	struct fm_query q;
	bool more = true, got;
	int64_t from = 0;
	enum fm_code rc = FM_OK;

	if (filter->since_ms)
		rc = fm_journal_since(&from, ledger->db, filter->since_ms, err);
	if (!rc)
		rc = fm_query_open(
			&q, ledger->db,
			filter->subject ? FM_SQL_JOURNAL_OF : FM_SQL_JOURNAL_EACH, err);
	if (rc)
		return rc;
	fm_query_i64(&q, from - 1 > after ? from - 1 : after);
	if (filter->subject)
		fm_query_text(&q, filter->subject);
	while (more && !rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = one(&more, ledger, filter, &q, each, ctx, err);
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_audit_payments(struct fm_ledger *ledger, int64_t since_ms,
			       int64_t until_ms,
			       bool (*each)(void *ctx, const struct fm_payment *payment),
			       void *ctx, struct fm_err *err)
{
	struct fm_row row;
	struct fm_query q;
	bool more = true, got;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_PAYMENTS_BETWEEN, err);

	if (rc)
		return rc;
	fm_query_i64(&q, since_ms);
	fm_query_i64(&q, until_ms ? until_ms : INT64_MAX);
	while (more && !rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = fm_row_read(&row, &q, err);
		if (!rc)
			more = each(ctx, &row.payment);
		fm_row_clear(&row);
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_audit_newest(int64_t *seq, struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_head head;
	enum fm_code rc = fm_journal_head(&head, ledger->db, err);

	*seq = head.seq;
	return rc;
}

/* ---- names ---- */

/* One id, or several: then the word names none of them. */
static enum fm_code only_id(char id[static FM_PAY_ID], bool *found, struct fm_query *q,
			    const char *word, struct fm_err *err)
{
	bool row = false, again = false;
	enum fm_code rc = fm_query_step(q, &row, err);

	if (!rc && row && !fm_column_text(id, FM_PAY_ID, q, 0))
		rc = fm_db_damaged(q->db, "a payment is unreadable", err);
	if (!rc && row)
		rc = fm_query_step(q, &again, err);
	fm_query_close(q);
	*found = !rc && row;
	if (!rc && again) {
		fm_fail(err, FM_E_USAGE, "'%.80s' is more than one payment or operation",
			word);
		return fm_hint(err, "give more of its id: fourmica audit list");
	}
	return rc;
}

static enum fm_code by_text(char id[static FM_PAY_ID], bool *found,
			    struct fm_ledger *ledger, enum fm_sql sql, const char *text,
			    struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, sql, err);

	if (rc)
		return rc;
	fm_query_text(&q, text);
	return only_id(id, found, &q, text, err);
}

static enum fm_code by_bytes(char id[static FM_PAY_ID], bool *found,
			     struct fm_ledger *ledger, enum fm_sql sql,
			     const struct fm_hash *bytes, const char *word,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, sql, err);

	if (rc)
		return rc;
	fm_query_blob(&q, bytes->b, sizeof(bytes->b));
	return only_id(id, found, &q, word, err);
}

/* Text that sorts behind everything beginning with `word`. */
static enum fm_code by_beginning(char id[static FM_PAY_ID], bool *found,
				 struct fm_ledger *ledger, const char *word,
				 struct fm_err *err)
{
	char end[FM_PAY_ID + 1];
	struct fm_query q;
	int len = snprintf(end, sizeof(end), "%s~", word);
	enum fm_code rc;

	*found = false;
	if (len < 5 || (size_t)len >= sizeof(end))
		return FM_OK;
	rc = fm_query_open(&q, ledger->db, FM_SQL_ID_BEGINS, err);
	if (rc)
		return rc;
	fm_query_text(&q, word);
	fm_query_text(&q, end);
	return only_id(id, found, &q, word, err);
}

enum fm_code fm_audit_find(char id[static FM_PAY_ID], bool *found,
			   struct fm_ledger *ledger, const char *word, struct fm_err *err)
{
	static const enum fm_sql texts[] = { FM_SQL_ID_PAYMENT, FM_SQL_ID_OP,
					     FM_SQL_ID_KEY };
	static const enum fm_sql hashes[] = { FM_SQL_ID_TX, FM_SQL_ID_GUARANTEE,
					      FM_SQL_ID_NONCE, FM_SQL_ID_REQ };
	struct fm_hash bytes;
	struct fm_u256 number;
	bool is_hash = fm_hash_parse(&bytes, fm_span_of(word)), is_number = false;
	enum fm_code rc = FM_OK;

	*found = false;
	id[0] = '\0';
	for (size_t i = 0; !rc && !*found && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = by_text(id, found, ledger, texts[i], word, err);
	for (size_t i = 0; is_hash && !rc && !*found && i < 4; i++)
		rc = by_bytes(id, found, ledger, hashes[i], &bytes, word, err);
	if (!rc && !*found && !is_hash)
		is_number = fm_u256_from_text(&number, fm_span_of(word));
	if (is_number) {
		fm_u256_to_be(bytes.b, &number);
		rc = by_bytes(id, found, ledger, FM_SQL_ID_REQ, &bytes, word, err);
	}
	return rc || *found ? rc : by_beginning(id, found, ledger, word, err);
}

/* ---- notes ---- */

static enum fm_code note(struct fm_ledger *ledger, const char *id, const char *kind,
			 const char *text, const struct fm_u256 *amount,
			 struct fm_err *err)
{
	char known[FM_PAY_ID];
	bool found;
	enum fm_code rc = by_text(known, &found, ledger, FM_SQL_ID_PAYMENT, id, err);

	if (!rc && !found)
		rc = by_text(known, &found, ledger, FM_SQL_ID_OP, id, err);
	if (!rc && !found)
		return fm_fail(err, FM_E_USAGE,
			       "'%.80s' is no payment or operation of this ledger", id);
	return rc ? rc : fm_journal_note(ledger, id, kind, text, amount, err);
}

enum fm_code fm_audit_note(struct fm_ledger *ledger, const char *id, const char *kind,
			   const char *text, const struct fm_u256 *amount,
			   struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	return rc ? rc
		  : fm_ledger_end(ledger, note(ledger, id, kind, text, amount, err), err);
}
