/* SPDX-License-Identifier: MIT */
/* Is the journal whole, and is everything else what it says? Record by record, row by row, in
 * memory that does not grow. */
#include "policy/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum fm_code fm_verify_wrong(struct fm_verifying *v, int64_t seq, const char *fmt, ...)
{
	struct fm_audit_report *r = v->report;
	char raw[sizeof(r->what)];
	struct fm_buf safe;
	va_list args;

	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	/* Names may be anything in a ledger that somebody else wrote. */
	fm_buf_init(&safe, 8 * sizeof(raw));
	fm_text_escape(&safe, fm_span_of(raw), sizeof(raw));
	snprintf(r->what, sizeof(r->what), "%s", safe.ptr ? safe.ptr : "");
	fm_buf_clear(&safe);
	r->bad_seq = seq;
	if (seq)
		fm_fail(v->err, FM_E_AUDIT, "the journal was altered: record %lld: %s",
			(long long)seq, r->what);
	else
		fm_fail(v->err, FM_E_AUDIT, "the ledger was altered: %s", r->what);
	return fm_hint(v->err, "keep this ledger as it is; compare it with an export or "
			       "a copy from before");
}

/* ---- the chain ---- */

bool fm_verify_hash(struct fm_hash *out, const struct fm_json *json, const char *name)
{
	return fm_json_hash(out, fm_json_get(json, name));
}

/* Where the chain begins: at the first record, or behind those that were removed. */
static enum fm_code find_start(struct fm_verifying *v)
{
	struct fm_record record;
	struct fm_query q;
	uint64_t to = 0;
	bool row;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_BACK, v->err);

	v->last = (struct fm_head){ .seq = 0 };
	if (rc)
		return rc;
	fm_query_text(&q, FM_CHECKPOINT);
	rc = fm_query_step(&q, &row, v->err);
	if (!rc && row) {
		const struct fm_json *json;

		rc = fm_record_read(&record, &q, v->err);
		json = record.record.json;
		if (!rc &&
		    (!fm_json_u64(&to, fm_json_get(json, "removed_to")) ||
		     to > INT64_MAX || !fm_journal_possible((int64_t)to, 0) ||
		     !fm_verify_hash(&v->last.hash, json, "last_hash") ||
		     !fm_verify_hash(&v->report->export_sha, json, "export_sha256")))
			rc = fm_verify_wrong(v, record.record.seq,
					     "a checkpoint that says nothing");
		v->last.seq = v->report->removed_to = (int64_t)to;
		fm_record_clear(&record);
	}
	fm_query_close(&q);
	return rc;
}

static bool is_subject(const struct fm_audit_record *r)
{
	const struct fm_json *id = fm_json_get(r->json, "id");

	return r->subject ? fm_json_is(id, r->subject) : fm_json_absent(id);
}

static enum fm_code check_created(struct fm_verifying *v, const struct fm_audit_record *r)
{
	struct fm_hash name, said;
	enum fm_code rc = fm_ledger_name(&name, v->ledger, v->err);

	if (!rc &&
	    (!fm_verify_hash(&said, r->json, "ledger") || !fm_hash_equal(&name, &said)))
		rc = fm_verify_wrong(v, r->seq,
				     "the ledger had another name when it was made");
	return rc;
}

static enum fm_code exists(bool *there, struct fm_verifying *v, struct fm_query *q)
{
	enum fm_code rc = fm_query_step(q, there, v->err);

	fm_query_close(q);
	return rc;
}

static enum fm_code check_tx_there(struct fm_verifying *v,
				   const struct fm_audit_record *r)
{
	struct fm_hash hash;
	struct fm_query q;
	bool there = false;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_WHOLE_TX, v->err);

	if (rc)
		return rc;
	if (!fm_verify_hash(&hash, r->json, "tx"))
		memset(&hash, 0, sizeof(hash));
	fm_query_blob(&q, hash.b, sizeof(hash.b));
	rc = exists(&there, v, &q);
	return rc || there ? rc
			   : fm_verify_wrong(v, r->seq,
					     "its transaction is not in the ledger");
}

static enum fm_code check_link(struct fm_verifying *v, const struct fm_audit_record *r)
{
	struct fm_hash hash;

	if (r->seq != v->last.seq + 1)
		return fm_verify_wrong(v, v->last.seq + 1,
				       "it is missing; the next one is %lld",
				       (long long)r->seq);
	if (!fm_hash_equal(&r->prev, &v->last.hash))
		return fm_verify_wrong(v, r->seq,
				       "it does not follow the record before it");
	if (!fm_journal_hash(&hash, r->seq, r->at_ms, &r->prev, r->body))
		return fm_nomem(v->err);
	if (!fm_hash_equal(&hash, &r->hash))
		return fm_verify_wrong(v, r->seq, "its content is not what was hashed");
	if (r->at_ms < v->last.at_ms)
		return fm_verify_wrong(v, r->seq,
				       "it is older than the record before it");
	if (!is_subject(r))
		return fm_verify_wrong(v, r->seq, "its subject is not the one it names");
	return FM_OK;
}

static enum fm_code check_record(struct fm_verifying *v, const struct fm_query *q)
{
	struct fm_record record;
	struct fm_audit_record *r = &record.record;
	enum fm_code rc = fm_record_read(&record, q, v->err);

	if (rc == FM_E_AUDIT)
		rc = fm_verify_wrong(v, r->seq ? r->seq : v->last.seq + 1,
				     "it cannot be read");
	if (!rc)
		rc = check_link(v, r);
	if (!rc && strcmp(r->event, "created") == 0)
		rc = check_created(v, r);
	if (!rc && strcmp(r->event, "tx.signed") == 0)
		rc = check_tx_there(v, r);
	v->last = (struct fm_head){ r->seq, r->at_ms, r->hash };
	if (!v->report->records++)
		v->report->first_seq = r->seq;
	fm_record_clear(&record);
	return rc;
}

static enum fm_code each_row(struct fm_verifying *v, enum fm_sql sql,
			     enum fm_code (*check)(struct fm_verifying *v,
						   const struct fm_query *q))
{
	struct fm_query q;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, sql, v->err);

	if (rc)
		return rc;
	while (!rc && row) {
		rc = fm_query_step(&q, &row, v->err);
		if (!rc && row)
			rc = check(v, &q);
	}
	fm_query_close(&q);
	return rc;
}

/* The newest flushed record is also kept outside; the newest denial in `meta`. */
static enum fm_code check_newest(struct fm_verifying *v, const struct fm_head *head,
				 bool has_head)
{
	int64_t denied;
	bool there = true;
	struct fm_query q;
	enum fm_code rc;

	if (!v->report->records)
		return fm_verify_wrong(v, v->last.seq + 1,
				       "it is missing, and all behind it");
	v->report->last_seq = v->last.seq;
	v->report->head = v->last.hash;
	if (has_head && head->seq > v->last.seq)
		return fm_verify_wrong(v, v->last.seq + 1,
				       "it is missing; " FM_LEDGER_HEAD " has seen %lld",
				       (long long)head->seq);
	rc = has_head ? fm_journal_holds(&there, v->ledger->db, head, v->err) : FM_OK;
	if (!rc && !there)
		return fm_verify_wrong(v, head->seq,
				       "it is not the one " FM_LEDGER_HEAD " names");
	if (!rc)
		rc = fm_denied_last(&denied, v->ledger->db, v->err);
	if (rc || denied <= v->report->removed_to)
		return rc;
	rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_DENIED, v->err);
	if (rc)
		return rc;
	fm_query_i64(&q, denied);
	rc = exists(&there, v, &q);
	return rc || there ? rc : fm_verify_wrong(v, denied, "a refusal is missing");
}

/* ---- what records tell of must be there ---- */

static enum fm_code row_there(bool *there, struct fm_verifying *v, enum fm_sql sql,
			      const char *id)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, sql, v->err);

	if (rc)
		return rc;
	fm_query_text(&q, id);
	return exists(there, v, &q);
}

static bool is_taken_away(struct fm_verifying *v, const char *subject)
{
	struct fm_record record;
	struct fm_query q;
	bool row = false, away = false;

	if (fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_BACK, NULL))
		return false;
	fm_query_text(&q, subject);
	if (!fm_query_step(&q, &row, NULL) && row) {
		away = !fm_record_read(&record, &q, NULL) &&
		       fm_json_absent(fm_json_get(record.record.json, "value"));
		fm_record_clear(&record);
	}
	fm_query_close(&q);
	return away;
}

static enum fm_code pin_there(bool *there, struct fm_verifying *v, const char *subject)
{
	const char *kind = subject + strlen("pin "), *space = strchr(kind, ' ');
	struct fm_query q;
	enum fm_code rc;

	*there = false;
	if (!space)
		return FM_OK;
	rc = fm_query_open(&q, v->ledger->db, FM_SQL_PIN_GET, v->err);
	if (rc)
		return rc;
	fm_query_span(&q, (struct fm_span){ kind, (size_t)(space - kind) });
	fm_query_text(&q, space + 1);
	rc = exists(there, v, &q);
	if (!rc && !*there)
		*there = is_taken_away(v, subject);
	return rc;
}

static enum fm_code check_subject(struct fm_verifying *v, const struct fm_query *q)
{
	struct fm_span span = fm_column_span(q, 0);
	struct fm_buf subject;
	bool there = true;
	enum fm_code rc = FM_OK;

	fm_buf_init(&subject, span.len + 1);
	if (!fm_buf_add(&subject, span.ptr, span.len))
		return fm_nomem(v->err);
	if (strncmp(subject.ptr, "pay_", 4) == 0)
		rc = row_there(&there, v, FM_SQL_WHOLE_PAYMENT, subject.ptr);
	else if (strncmp(subject.ptr, "op_", 3) == 0)
		rc = row_there(&there, v, FM_SQL_WHOLE_OP, subject.ptr);
	else if (strncmp(subject.ptr, "pin ", 4) == 0)
		rc = pin_there(&there, v, subject.ptr);
	if (!rc && !there)
		rc = fm_verify_wrong(v, 0, "records tell of %.80s, which is not there",
				     subject.ptr);
	fm_buf_clear(&subject);
	return rc;
}

/* ---- all of it ---- */

static enum fm_code check_chain(struct fm_verifying *v)
{
	struct fm_head head = { .seq = 0 };
	bool has_head = false;
	enum fm_code rc = fm_head_read(&head, &has_head, v->ledger->head_path, v->err);

	if (!rc)
		rc = find_start(v);
	if (!rc)
		rc = each_row(v, FM_SQL_JOURNAL_ALL, check_record);
	return rc ? rc : check_newest(v, &head, has_head);
}

static enum fm_code check_all(struct fm_verifying *v)
{
	static const struct {
		enum fm_sql sql;
		enum fm_code (*check)(struct fm_verifying *v, const struct fm_query *q);
	} parts[] = {
		{FM_SQL_ALL_PAYMENTS, fm_verify_payment},
		{ FM_SQL_ALL_OPS,	  fm_verify_op     },
		{ FM_SQL_ALL_TXS,	  fm_verify_tx     },
		{ FM_SQL_PIN_EACH,	   fm_verify_pin	 },
		{ FM_SQL_SUBJECTS,	   check_subject	 },
	};
	char what[160] = "";
	enum fm_code rc = check_chain(v);

	for (size_t i = 0; !rc && i < sizeof(parts) / sizeof(parts[0]); i++)
		rc = each_row(v, parts[i].sql, parts[i].check);
	if (!rc)
		rc = fm_verify_totals(what, &v->report->totals, v->ledger, v->err);
	return !rc && *what ? fm_verify_wrong(v, 0, "%s", what) : rc;
}

enum fm_code fm_audit_verify(struct fm_audit_report *report, struct fm_ledger *ledger,
			     struct fm_err *err)
{
	struct fm_verifying v = { .ledger = ledger, .report = report, .err = err };
	enum fm_code rc;

	memset(report, 0, sizeof(*report));
	/* Records that come meanwhile are not seen, so nothing disagrees. */
	rc = fm_db_snapshot(ledger->db, err);
	if (!rc)
		rc = check_all(&v);
	fm_db_rollback(ledger->db);
	return rc;
}
