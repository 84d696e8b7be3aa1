/* SPDX-License-Identifier: MIT */
/* Is the journal whole, and is everything else what it says? Record by record, row by row, in
 * memory that does not grow. */
#include "policy/audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct verifying {
	struct fm_ledger *ledger;
	struct fm_audit_report *report;
	struct fm_head last; /* the record before this one */
	struct fm_err *err;
};

static enum fm_code wrong(struct verifying *v, int64_t seq, const char *fmt, ...)
	FM_PRINTF(3, 4);

static enum fm_code wrong(struct verifying *v, int64_t seq, const char *fmt, ...)
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

static bool member_hash(struct fm_hash *out, const struct fm_json *json, const char *name)
{
	char text[FM_HASH_TEXT];

	return fm_json_cstr(text, sizeof(text), fm_json_get(json, name)) &&
	       fm_hash_parse(out, fm_span_of(text));
}

/* Where the chain begins: at the first record, or behind those that were removed. */
static enum fm_code find_start(struct verifying *v)
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
		if (!rc && (!fm_json_u64(&to, fm_json_get(json, "removed_to")) ||
			    to > INT64_MAX || !fm_journal_possible((int64_t)to, 0) ||
			    !member_hash(&v->last.hash, json, "last_hash") ||
			    !member_hash(&v->report->export_sha, json, "export_sha256")))
			rc = wrong(v, record.record.seq,
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

static enum fm_code check_created(struct verifying *v, const struct fm_audit_record *r)
{
	struct fm_hash name, said;
	enum fm_code rc = fm_ledger_name(&name, v->ledger, v->err);

	if (!rc &&
	    (!member_hash(&said, r->json, "ledger") || !fm_hash_equal(&name, &said)))
		rc = wrong(v, r->seq, "the ledger had another name when it was made");
	return rc;
}

static enum fm_code exists(bool *there, struct verifying *v, struct fm_query *q)
{
	enum fm_code rc = fm_query_step(q, there, v->err);

	fm_query_close(q);
	return rc;
}

static enum fm_code check_tx_there(struct verifying *v, const struct fm_audit_record *r)
{
	struct fm_hash hash;
	struct fm_query q;
	bool there = false;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_WHOLE_TX, v->err);

	if (rc)
		return rc;
	if (!member_hash(&hash, r->json, "tx"))
		memset(&hash, 0, sizeof(hash));
	fm_query_blob(&q, hash.b, sizeof(hash.b));
	rc = exists(&there, v, &q);
	return rc || there ? rc
			   : wrong(v, r->seq, "its transaction is not in the ledger");
}

static enum fm_code check_link(struct verifying *v, const struct fm_audit_record *r)
{
	struct fm_hash hash;

	if (r->seq != v->last.seq + 1)
		return wrong(v, v->last.seq + 1, "it is missing; the next one is %lld",
			     (long long)r->seq);
	if (!fm_hash_equal(&r->prev, &v->last.hash))
		return wrong(v, r->seq, "it does not follow the record before it");
	if (!fm_journal_hash(&hash, r->seq, r->at_ms, &r->prev, r->body))
		return fm_nomem(v->err);
	if (!fm_hash_equal(&hash, &r->hash))
		return wrong(v, r->seq, "its content is not what was hashed");
	if (r->at_ms < v->last.at_ms)
		return wrong(v, r->seq, "it is older than the record before it");
	if (!is_subject(r))
		return wrong(v, r->seq, "its subject is not the one it names");
	return FM_OK;
}

static enum fm_code check_record(struct verifying *v, const struct fm_query *q)
{
	struct fm_record record;
	struct fm_audit_record *r = &record.record;
	enum fm_code rc = fm_record_read(&record, q, v->err);

	if (rc == FM_E_AUDIT)
		rc = wrong(v, r->seq ? r->seq : v->last.seq + 1, "it cannot be read");
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

static enum fm_code each_row(struct verifying *v, enum fm_sql sql,
			     enum fm_code (*check)(struct verifying *v,
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
static enum fm_code check_newest(struct verifying *v, const struct fm_head *head,
				 bool has_head)
{
	int64_t denied;
	bool there = true;
	struct fm_query q;
	enum fm_code rc;

	if (!v->report->records)
		return wrong(v, v->last.seq + 1, "it is missing, and all behind it");
	v->report->last_seq = v->last.seq;
	v->report->head = v->last.hash;
	if (has_head && head->seq > v->last.seq)
		return wrong(v, v->last.seq + 1,
			     "it is missing; " FM_LEDGER_HEAD " has seen %lld",
			     (long long)head->seq);
	rc = has_head ? fm_journal_holds(&there, v->ledger->db, head, v->err) : FM_OK;
	if (!rc && !there)
		return wrong(v, head->seq, "it is not the one " FM_LEDGER_HEAD " names");
	if (!rc)
		rc = fm_denied_last(&denied, v->ledger->db, v->err);
	if (rc || denied <= v->report->removed_to)
		return rc;
	rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_DENIED, v->err);
	if (rc)
		return rc;
	fm_query_i64(&q, denied);
	rc = exists(&there, v, &q);
	return rc || there ? rc : wrong(v, denied, "a refusal is missing");
}

/* ---- rows ---- */

/* The header is not in the row's hash: the record of the signature has its own. */
static enum fm_code check_header(struct verifying *v, const char *id,
				 struct fm_span header)
{
	struct fm_record record;
	struct fm_hash is, said;
	struct fm_query q;
	bool row = true, done = false;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_BACK, v->err);

	if (rc)
		return rc;
	fm_sha256(&is, header.ptr, header.len);
	fm_query_text(&q, id);
	while (!rc && row && !done) {
		rc = fm_query_step(&q, &row, v->err);
		if (rc || !row)
			break;
		rc = fm_record_read(&record, &q, v->err);
		done = !rc && member_hash(&said, record.record.json, "header_sha256");
		if (done && !fm_hash_equal(&is, &said))
			rc = wrong(v, record.record.seq,
				   "payment %s is not as the record left it: header", id);
		fm_record_clear(&record);
	}
	fm_query_close(&q);
	return rc || done
		       ? rc
		       : wrong(v, 0, "no record tells of the header of payment %s", id);
}

/* What the newest record about a row says of it; tx: of a transaction of the subject. */
struct said {
	bool found, has_row;
	int64_t seq;
	struct fm_hash row;
	char event[FM_EVENT_MAX];
};

static enum fm_code ask(struct said *said, struct verifying *v, const char *subject,
			const struct fm_hash *tx)
{
	struct fm_record record;
	struct fm_query q;
	struct fm_hash hash;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_BACK, v->err);

	memset(said, 0, sizeof(*said));
	if (rc)
		return rc;
	fm_query_text(&q, subject);
	while (!rc && row && !said->found) {
		const struct fm_json *json;

		rc = fm_query_step(&q, &row, v->err);
		if (rc || !row)
			break;
		rc = fm_record_read(&record, &q, v->err);
		json = record.record.json;
		if (!rc && strcmp(record.event, "note") != 0)
			said->found = tx ? member_hash(&hash, json, "tx") &&
						      fm_hash_equal(tx, &hash)
					 : !fm_json_get(json, "tx");
		if (said->found) {
			said->seq = record.record.seq;
			said->has_row = member_hash(&said->row, json, "row");
			memcpy(said->event, record.event, sizeof(said->event));
		}
		fm_record_clear(&record);
	}
	fm_query_close(&q);
	return rc;
}

/* Records from before rows were hashed say at least the terms, and the state by their event. */
static const char *differs(const struct fm_payment *p, const struct fm_json *terms)
{
	char payer[FM_ADDR_TEXT], asset[FM_ADDR_TEXT], pay_to[FM_ADDR_TEXT],
		amount[FM_U256_DEC];
	uint64_t chain_id = 0;
	const struct {
		const char *name, *has;
	} members[] = {
		{"amount",	    amount	   },
		 { "pay_to",	     pay_to	    },
		{ "payer",	   payer	 },
		 { "asset",	    asset	  },
		{ "origin",	    p->origin  },
		 { "scheme",	     p->scheme  },
		{ "method",	    p->method  },
		 { "task",		   p->task	   },
		{ "route",	   p->route   },
		 { "idempotency_key", p->idem_key},
	};

	fm_addr_text(payer, &p->payer);
	fm_addr_text(asset, &p->asset);
	fm_addr_text(pay_to, &p->pay_to);
	fm_u256_dec(amount, &p->amount);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i].has &&
		    !fm_json_is(fm_json_get(terms, members[i].name), members[i].has))
			return members[i].name;
	if (!fm_json_u64(&chain_id, fm_json_get(terms, "chain_id")) ||
	    chain_id != p->chain_id)
		return "chain_id";
	return NULL;
}

static bool state_fits(const char *event, enum fm_pay_state state)
{
	if (strcmp(event, "sent") == 0 || strcmp(event, "resent") == 0)
		return state == FM_PAY_SIGNED;
	if (strcmp(event, "abandoned") == 0)
		return state == FM_PAY_RELEASED;
	return strcmp(event, "carried") == 0 ||
	       strcmp(event, fm_pay_state_word(state)) == 0;
}

/* The newest "reserved" record of a payment against its row. */
static enum fm_code compare_terms(const char **what, struct verifying *v,
				  const struct fm_payment *p)
{
	struct fm_record record;
	struct fm_query q;
	bool row = true, done = false;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_BACK, v->err);

	*what = NULL;
	if (rc)
		return rc;
	fm_query_text(&q, p->id);
	while (!rc && row && !done) {
		rc = fm_query_step(&q, &row, v->err);
		if (rc || !row)
			break;
		rc = fm_record_read(&record, &q, v->err);
		done = !rc && strcmp(record.event, "reserved") == 0;
		if (done)
			*what = differs(p, record.record.json);
		fm_record_clear(&record);
	}
	fm_query_close(&q);
	return rc;
}

/* Which member of a payment is not what the journal says; "": none that it names. */
static enum fm_code find_difference(char what[static 64], struct verifying *v,
				    const char *id, const struct said *said)
{
	struct fm_payment p;
	const char *name = NULL;
	bool found;
	enum fm_code rc = fm_ledger_find(&p, &found, v->ledger, id, v->err);

	what[0] = '\0';
	if (rc || !found)
		return rc == FM_E_LEDGER ? FM_OK : rc;
	rc = compare_terms(&name, v, &p);
	if (!rc && !name && !state_fits(said->event, p.state))
		name = "state";
	if (name)
		snprintf(what, 64, "%s", name);
	fm_payment_clear(&p);
	return rc;
}

static enum fm_code check_payment(struct verifying *v, const struct fm_query *q)
{
	char id[FM_PAY_ID], what[64];
	struct fm_span header;
	struct fm_hash row;
	struct said said;
	enum fm_code rc;

	v->report->payments++;
	if (!fm_column_text(id, sizeof(id), q, 1) || !*id)
		return wrong(v, 0, "a payment has no id");
	fm_columns_hash(&row, q);
	header = fm_column_span(q, fm_column_named(q, "header"));
	rc = ask(&said, v, id, NULL);
	if (rc)
		return rc;
	if (!said.found)
		return wrong(v, 0, "no record tells of payment %s", id);
	if (said.has_row && fm_hash_equal(&said.row, &row))
		return header.len ? check_header(v, id, header) : FM_OK;
	rc = find_difference(what, v, id, &said);
	if (rc || (!said.has_row && !*what))
		return rc;
	return wrong(v, said.seq, "payment %s is not as the record left it%s%s", id,
		     *what ? ": " : "", what);
}

static enum fm_code check_op(struct verifying *v, const struct fm_query *q)
{
	char id[FM_PAY_ID];
	struct fm_hash row;
	struct said said;
	enum fm_code rc;

	v->report->operations++;
	if (!fm_column_text(id, sizeof(id), q, 1) || !*id)
		return wrong(v, 0, "an operation has no id");
	fm_columns_hash(&row, q);
	rc = ask(&said, v, id, NULL);
	if (!rc && !said.found)
		return wrong(v, 0, "no record tells of operation %s", id);
	if (!rc && said.has_row && !fm_hash_equal(&said.row, &row))
		return wrong(v, said.seq, "operation %s is not as the record left it",
			     id);
	return rc;
}

static enum fm_code check_tx(struct verifying *v, const struct fm_query *q)
{
	char op[FM_PAY_ID], text[FM_HASH_TEXT];
	struct fm_span raw;
	struct fm_hash row, hash;
	struct said said;
	enum fm_code rc;

	v->report->transactions++;
	if (!fm_column_blob(hash.b, sizeof(hash.b), q, 1) ||
	    !fm_column_text(op, sizeof(op), q, 2))
		return wrong(v, 0, "a transaction has no hash or operation");
	fm_hash_text(text, &hash);
	raw = fm_column_span(q, fm_column_named(q, "raw"));
	fm_keccak256(&row, raw.ptr ? raw.ptr : "", raw.len);
	if (!fm_hash_equal(&row, &hash))
		return wrong(v, 0, "transaction %s is not the hash of its bytes", text);
	fm_columns_hash(&row, q);
	rc = ask(&said, v, op, &hash);
	if (!rc && !said.found)
		return wrong(v, 0, "no record tells of transaction %s", text);
	if (!rc && said.has_row && !fm_hash_equal(&said.row, &row))
		return wrong(v, said.seq, "transaction %s is not as the record left it",
			     text);
	return rc;
}

static enum fm_code check_pin_record(struct verifying *v, const struct fm_pin_row *pin,
				     const char *subject)
{
	struct fm_record record;
	struct fm_buf value;
	struct fm_query q;
	bool row = false, same = false;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, FM_SQL_JOURNAL_BACK, v->err);

	if (rc)
		return rc;
	fm_query_text(&q, subject);
	fm_buf_init(&value, pin->value.len + 1);
	rc = fm_query_step(&q, &row, v->err);
	memset(&record, 0, sizeof(record));
	if (!rc && row)
		rc = fm_record_read(&record, &q, v->err);
	if (!rc && row)
		same = fm_json_str(&value, fm_json_get(record.record.json, "value")) &&
		       value.len == pin->value.len &&
		       (!value.len || memcmp(value.ptr, pin->value.ptr, value.len) == 0);
	if (!rc && !same)
		rc = wrong(v, record.record.seq, "pin %s of %.60s is not as it was set",
			   pin->kind, pin->key.ptr);
	fm_buf_clear(&value);
	fm_record_clear(&record);
	fm_query_close(&q);
	return rc;
}

static enum fm_code check_pin(struct verifying *v, const struct fm_query *q)
{
	struct fm_pin_row pin;
	struct fm_buf subject;
	enum fm_code rc = fm_pin_row_read(&pin, q, v->err);

	v->report->pins++;
	if (rc)
		return rc == FM_E_LEDGER ? wrong(v, 0, "a pin cannot be read") : rc;
	fm_pin_subject(&subject, pin.kind, pin.key.ptr);
	rc = fm_buf_ok(&subject) ? check_pin_record(v, &pin, subject.ptr)
				 : fm_nomem(v->err);
	fm_buf_clear(&subject);
	fm_pin_row_clear(&pin);
	return rc;
}

/* ---- what records tell of must be there ---- */

static enum fm_code row_there(bool *there, struct verifying *v, enum fm_sql sql,
			      const char *id)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, v->ledger->db, sql, v->err);

	if (rc)
		return rc;
	fm_query_text(&q, id);
	return exists(there, v, &q);
}

static bool is_taken_away(struct verifying *v, const char *subject)
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

static enum fm_code pin_there(bool *there, struct verifying *v, const char *subject)
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

static enum fm_code check_subject(struct verifying *v, const struct fm_query *q)
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
		rc = wrong(v, 0, "records tell of %.80s, which is not there",
			   subject.ptr);
	fm_buf_clear(&subject);
	return rc;
}

/* ---- all of it ---- */

static enum fm_code check_chain(struct verifying *v)
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

static enum fm_code check_all(struct verifying *v)
{
	static const struct {
		enum fm_sql sql;
		enum fm_code (*check)(struct verifying *v, const struct fm_query *q);
	} parts[] = {
		{FM_SQL_ALL_PAYMENTS, check_payment},
		{ FM_SQL_ALL_OPS,	  check_op	   },
		{ FM_SQL_ALL_TXS,	  check_tx	   },
		{ FM_SQL_PIN_EACH,	   check_pin    },
		{ FM_SQL_SUBJECTS,	   check_subject},
	};
	char what[160] = "";
	enum fm_code rc = check_chain(v);

	for (size_t i = 0; !rc && i < sizeof(parts) / sizeof(parts[0]); i++)
		rc = each_row(v, parts[i].sql, parts[i].check);
	if (!rc)
		rc = fm_verify_totals(what, &v->report->totals, v->ledger, v->err);
	return !rc && *what ? wrong(v, 0, "%s", what) : rc;
}

enum fm_code fm_audit_verify(struct fm_audit_report *report, struct fm_ledger *ledger,
			     struct fm_err *err)
{
	struct verifying v = { .ledger = ledger, .report = report, .err = err };
	enum fm_code rc;

	memset(report, 0, sizeof(*report));
	/* Records that come meanwhile are not seen, so nothing disagrees. */
	rc = fm_db_snapshot(ledger->db, err);
	if (!rc)
		rc = check_all(&v);
	fm_db_rollback(ledger->db);
	return rc;
}
