/* SPDX-License-Identifier: MIT */
/* Is each row what the newest record about it left? */
#include "policy/verify.h"

#include <stdio.h>
#include <string.h>

/* The header is not in the row's hash: the record of the signature has its own. */
static enum fm_code check_header(struct fm_verifying *v, const char *id,
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
		done = !rc && fm_verify_hash(&said, record.record.json, "header_sha256");
		if (done && !fm_hash_equal(&is, &said))
			rc = fm_verify_wrong(
				v, record.record.seq,
				"payment %s is not as the record left it: header", id);
		fm_record_clear(&record);
	}
	fm_query_close(&q);
	return rc || done ? rc
			  : fm_verify_wrong(v, 0,
					    "no record tells of the header of payment %s",
					    id);
}

/* What the newest record about a row says of it; tx: of a transaction of the subject. */
struct said {
	bool found, has_row;
	int64_t seq;
	struct fm_hash row;
	char event[FM_EVENT_MAX];
};

static enum fm_code ask(struct said *said, struct fm_verifying *v, const char *subject,
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
			said->found = tx ? fm_verify_hash(&hash, json, "tx") &&
						      fm_hash_equal(tx, &hash)
					 : !fm_json_get(json, "tx");
		if (said->found) {
			said->seq = record.record.seq;
			said->has_row = fm_verify_hash(&said->row, json, "row");
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
static enum fm_code compare_terms(const char **what, struct fm_verifying *v,
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
static enum fm_code find_difference(char what[static 64], struct fm_verifying *v,
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

enum fm_code fm_verify_payment(struct fm_verifying *v, const struct fm_query *q)
{
	char id[FM_PAY_ID], what[64];
	struct fm_span header;
	struct fm_hash row;
	struct said said;
	enum fm_code rc;

	v->report->payments++;
	if (!fm_column_text(id, sizeof(id), q, 1) || !*id)
		return fm_verify_wrong(v, 0, "a payment has no id");
	fm_columns_hash(&row, q);
	header = fm_column_span(q, fm_column_named(q, "header"));
	rc = ask(&said, v, id, NULL);
	if (rc)
		return rc;
	if (!said.found)
		return fm_verify_wrong(v, 0, "no record tells of payment %s", id);
	if (said.has_row && fm_hash_equal(&said.row, &row))
		return header.len ? check_header(v, id, header) : FM_OK;
	rc = find_difference(what, v, id, &said);
	if (rc || (!said.has_row && !*what))
		return rc;
	return fm_verify_wrong(v, said.seq, "payment %s is not as the record left it%s%s",
			       id, *what ? ": " : "", what);
}

enum fm_code fm_verify_op(struct fm_verifying *v, const struct fm_query *q)
{
	char id[FM_PAY_ID];
	struct fm_hash row;
	struct said said;
	enum fm_code rc;

	v->report->operations++;
	if (!fm_column_text(id, sizeof(id), q, 1) || !*id)
		return fm_verify_wrong(v, 0, "an operation has no id");
	fm_columns_hash(&row, q);
	rc = ask(&said, v, id, NULL);
	if (!rc && !said.found)
		return fm_verify_wrong(v, 0, "no record tells of operation %s", id);
	if (!rc && said.has_row && !fm_hash_equal(&said.row, &row))
		return fm_verify_wrong(v, said.seq,
				       "operation %s is not as the record left it", id);
	return rc;
}

enum fm_code fm_verify_tx(struct fm_verifying *v, const struct fm_query *q)
{
	char op[FM_PAY_ID], text[FM_HASH_TEXT];
	struct fm_span raw;
	struct fm_hash row, hash;
	struct said said;
	enum fm_code rc;

	v->report->transactions++;
	if (!fm_column_blob(hash.b, sizeof(hash.b), q, 1) ||
	    !fm_column_text(op, sizeof(op), q, 2))
		return fm_verify_wrong(v, 0, "a transaction has no hash or operation");
	fm_hash_text(text, &hash);
	raw = fm_column_span(q, fm_column_named(q, "raw"));
	fm_keccak256(&row, raw.ptr ? raw.ptr : "", raw.len);
	if (!fm_hash_equal(&row, &hash))
		return fm_verify_wrong(
			v, 0, "transaction %s is not the hash of its bytes", text);
	fm_columns_hash(&row, q);
	rc = ask(&said, v, op, &hash);
	if (!rc && !said.found)
		return fm_verify_wrong(v, 0, "no record tells of transaction %s", text);
	if (!rc && said.has_row && !fm_hash_equal(&said.row, &row))
		return fm_verify_wrong(
			v, said.seq, "transaction %s is not as the record left it", text);
	return rc;
}

static enum fm_code check_pin_record(struct fm_verifying *v, const struct fm_pin_row *pin,
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
		rc = fm_verify_wrong(v, record.record.seq,
				     "pin %s of %.60s is not as it was set", pin->kind,
				     pin->key.ptr);
	fm_buf_clear(&value);
	fm_record_clear(&record);
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_verify_pin(struct fm_verifying *v, const struct fm_query *q)
{
	struct fm_pin_row pin;
	struct fm_buf subject;
	enum fm_code rc = fm_pin_row_read(&pin, q, v->err);

	v->report->pins++;
	if (rc)
		return rc == FM_E_LEDGER ? fm_verify_wrong(v, 0, "a pin cannot be read")
					 : rc;
	fm_pin_subject(&subject, pin.kind, pin.key.ptr);
	rc = fm_buf_ok(&subject) ? check_pin_record(v, &pin, subject.ptr)
				 : fm_nomem(v->err);
	fm_buf_clear(&subject);
	fm_pin_row_clear(&pin);
	return rc;
}
