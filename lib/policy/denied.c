/* SPDX-License-Identifier: MIT */
/* What was refused before anything was reserved: recorded, but not without end. */
#include "policy/ledger.h"

#include <fourmica/json.h>

#include <string.h>

#define AGAIN_MS INT64_C(600000)
#define HOUR_MS INT64_C(3600000)
#define HOUR_MOST 600

/* Kept under this key of `meta`, as JSON with the members of struct memory. */
#define META "denied"

/* The newest record of a denial, and what came since. */
struct memory {
	struct fm_hash what;
	int64_t at_ms, seq;
	int64_t hour, count; /* records in this hour */
	int64_t not_told;    /* denials since the last record of one */
};

static void add_text(struct fm_sha256 *sha, const char *text)
{
	fm_sha256_add(sha, text ? text : "", strlen(text ? text : "") + 1);
}

static void hash_denial(struct fm_hash *out, const struct fm_denial *d)
{
	const char *const texts[] = { d->method, d->origin,   d->route,	  d->scheme,
				      d->task,	 d->category, d->purpose, d->rule };
	const uint64_t numbers[] = { d->chain_id, d->code, d->has_terms };
	uint8_t amount[32];
	struct fm_sha256 sha;

	fm_sha256_init(&sha);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_text(&sha, texts[i]);
	fm_sha256_add(&sha, numbers, sizeof(numbers));
	fm_u256_to_be(amount, &d->amount);
	fm_sha256_add(&sha, amount, sizeof(amount));
	fm_sha256_add(&sha, d->asset.b, sizeof(d->asset.b));
	fm_sha256_add(&sha, d->pay_to.b, sizeof(d->pay_to.b));
	fm_sha256_add(&sha, d->payer.b, sizeof(d->payer.b));
	fm_sha256_add(&sha, d->policy_hash.b, sizeof(d->policy_hash.b));
	fm_sha256_end(out, &sha);
}

static bool number(int64_t *out, const struct fm_json *json, const char *name)
{
	uint64_t value;
	bool ok = fm_json_u64(&value, fm_json_get(json, name)) && value <= INT64_MAX;

	*out = ok ? (int64_t)value : 0;
	return ok;
}

static bool parse(struct memory *m, struct fm_span text)
{
	struct fm_json *json = NULL;
	struct fm_err ignored;
	bool ok;

	fm_err_init(&ignored);
	ok = fm_json_parse(&json, text, false, &ignored) == FM_OK &&
	     fm_json_hash(&m->what, fm_json_get(json, "what")) &&
	     number(&m->at_ms, json, "at") && number(&m->seq, json, "seq") &&
	     number(&m->hour, json, "hour") && number(&m->count, json, "count") &&
	     number(&m->not_told, json, "not_told");
	fm_json_free(&json);
	return ok;
}

static enum fm_code recall(struct memory *m, struct fm_db *db, struct fm_err *err)
{
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_META_GET, err);

	*m = (struct memory){ .seq = 0 };
	if (rc)
		return rc;
	fm_query_text(&q, META);
	rc = fm_query_step(&q, &row, err);
	if (!rc && row && !parse(m, fm_column_span(&q, 0)))
		rc = fm_db_damaged(db, "what was refused last is unreadable", err);
	fm_query_close(&q);
	return rc;
}

static void put(struct fm_jw *w, const char *name, int64_t value)
{
	fm_jw_key(w, name);
	fm_jw_i64(w, value);
}

static enum fm_code remember(const struct memory *m, struct fm_db *db, struct fm_err *err)
{
	struct fm_query q;
	struct fm_buf text;
	struct fm_jw w;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_META_PUT, err);

	if (rc)
		return rc;
	fm_buf_init(&text, 512);
	fm_jw_init(&w, &text);
	fm_jw_object(&w);
	fm_jw_named_hash(&w, "what", &m->what);
	put(&w, "at", m->at_ms);
	put(&w, "seq", m->seq);
	put(&w, "hour", m->hour);
	put(&w, "count", m->count);
	put(&w, "not_told", m->not_told);
	fm_jw_end(&w, '}');
	fm_query_text(&q, META);
	fm_query_span(&q, fm_buf_span(&text));
	rc = fm_buf_ok(&text) ? fm_query_run(&q, err) : fm_nomem(err);
	fm_query_close(&q);
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code deny(struct fm_ledger *ledger, const struct fm_denial *denial,
			 struct fm_err *err)
{
	int64_t now = ledger->now_ms, hour = now / HOUR_MS;
	char id[FM_PAY_ID];
	struct fm_hash what;
	struct memory m;
	enum fm_code rc = recall(&m, ledger->db, err);

	if (rc)
		return rc;
	hash_denial(&what, denial);
	if (m.hour != hour)
		m.count = 0;
	m.hour = hour;
	if (m.count >= HOUR_MOST ||
	    (m.seq && fm_hash_equal(&m.what, &what) && now - m.at_ms < AGAIN_MS)) {
		m.not_told++;
		return remember(&m, ledger->db, err);
	}
	rc = fm_ledger_id(id, ledger, "den_", err);
	if (!rc)
		rc = fm_journal_denied(ledger, id, denial, (uint64_t)m.not_told, err);
	m = (struct memory){ .what = what,
			     .at_ms = now,
			     .seq = ledger->head.seq,
			     .hour = hour,
			     .count = m.count + 1 };
	return rc ? rc : remember(&m, ledger->db, err);
}

enum fm_code fm_ledger_denied(struct fm_ledger *ledger, const struct fm_denial *denial,
			      struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, false, err);

	return rc ? rc : fm_ledger_end(ledger, deny(ledger, denial, err), err);
}

/* A denial is not flushed, so ledger.head does not speak of it. */
enum fm_code fm_denied_last(int64_t *seq, struct fm_db *db, struct fm_err *err)
{
	struct memory m;
	enum fm_code rc = recall(&m, db, err);

	*seq = m.seq;
	return rc;
}
