/* SPDX-License-Identifier: MIT */
/* What was refused before anything was reserved: recorded, but not without end. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define AGAIN_MS INT64_C(600000)
#define HOUR_MS INT64_C(3600000)
#define HOUR_MOST 600

/* Kept under this key of `meta`, as "HASH AT SEQ HOUR COUNT NOT-TOLD". */
#define META "denied"

/* The newest record of a denial, and what came since. */
struct memory {
	struct fm_hash what;
	int64_t at_ms, seq;
	int64_t hour, count; /* records in this hour */
	uint64_t not_told;   /* denials since the last record of one */
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

static bool parse(struct memory *m, const char *text)
{
	char hash[FM_HASH_TEXT];

	return sscanf(text,
		      "%66s %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNu64,
		      hash, &m->at_ms, &m->seq, &m->hour, &m->count, &m->not_told) == 6 &&
	       fm_hash_parse(&m->what, fm_span_of(hash));
}

static enum fm_code recall(struct memory *m, struct fm_db *db, struct fm_err *err)
{
	char text[256] = "";
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_META_GET, err);

	*m = (struct memory){ .seq = 0 };
	if (rc)
		return rc;
	fm_query_text(&q, META);
	rc = fm_query_step(&q, &row, err);
	if (!rc && row && (!fm_column_text(text, sizeof(text), &q, 0) || !parse(m, text)))
		rc = fm_db_damaged(db, "what was refused last is unreadable", err);
	fm_query_close(&q);
	return rc;
}

static enum fm_code remember(const struct memory *m, struct fm_db *db, struct fm_err *err)
{
	char text[256], hash[FM_HASH_TEXT];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_META_PUT, err);

	if (rc)
		return rc;
	fm_hash_text(hash, &m->what);
	snprintf(text, sizeof(text),
		 "%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu64, hash,
		 m->at_ms, m->seq, m->hour, m->count, m->not_told);
	fm_query_text(&q, META);
	fm_query_text(&q, text);
	return fm_query_run(&q, err);
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
		rc = fm_journal_denied(ledger, id, denial, m.not_told, err);
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
