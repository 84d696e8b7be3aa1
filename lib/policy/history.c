/* SPDX-License-Identifier: MIT */
/* What came of earlier payments to a seller. Found by indexes: what it costs does not grow with
 * what was ever paid. */
#include "policy/ledger.h"

#include "policy/lookalike.h"

#include <string.h>

/* Was it ever paid? One row says so. */
static enum fm_code was_paid(bool *paid, struct fm_ledger *ledger, const char *origin,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_PAID_BEFORE, err);

	if (rc)
		return rc;
	fm_query_text(&q, origin);
	rc = fm_query_step(&q, paid, err);
	fm_query_close(&q);
	return rc;
}

static enum fm_code last_price(struct fm_history *out, struct fm_ledger *ledger,
			       const struct fm_ask *ask, struct fm_err *err)
{
	uint8_t bytes[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_LAST_PRICE, err);

	if (rc)
		return rc;
	fm_query_text(&q, ask->origin);
	fm_query_i64(&q, (int64_t)ask->chain_id);
	fm_query_blob(&q, ask->asset->address.b, sizeof(ask->asset->address.b));
	fm_query_text(&q, ask->route);
	rc = fm_query_step(&q, &out->priced, err);
	if (!rc && out->priced) {
		if (fm_column_blob(bytes, sizeof(bytes), &q, 0))
			out->last_price = fm_u256_from_be(bytes);
		else
			rc = fm_db_damaged(ledger->db, "a price is unreadable", err);
	}
	fm_query_close(&q);
	return rc;
}

/* From the newest on, up to one that was paid. What is under way says nothing yet. */
static enum fm_code count_failures(uint64_t *out, struct fm_ledger *ledger,
				   const char *origin, struct fm_err *err)
{
	struct fm_query q;
	int64_t failed = 0;
	bool row = false;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_FAILURES, err);

	if (rc)
		return rc;
	fm_query_text(&q, origin);
	fm_query_i64(&q, FM_FAILURES_MAX);
	for (*out = 0;; ++*out) {
		rc = fm_query_step(&q, &row, err);
		if (rc || !row)
			break;
		if (!fm_column_i64(&failed, &q, 0))
			rc = fm_db_damaged(ledger->db, "a payment is unreadable", err);
		if (rc || !failed)
			break;
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_ledger_history(struct fm_history *out, struct fm_ledger *ledger,
			       const struct fm_ask *ask, struct fm_err *err)
{
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	if (!*ask->origin)
		return FM_OK;
	rc = was_paid(&out->paid, ledger, ask->origin, err);
	if (!rc && out->paid && ask->asset)
		rc = last_price(out, ledger, ask, err);
	return rc ? rc : count_failures(&out->failures, ledger, ask->origin, err);
}

/* The key of a seller's pin is its origin and the network. */
static bool cut_origin(char out[static FM_ORIGIN_MAX], struct fm_span key)
{
	const char *space = key.ptr ? memchr(key.ptr, ' ', key.len) : NULL;
	size_t len = space ? (size_t)(space - key.ptr) : 0;

	if (!len || len >= FM_ORIGIN_MAX)
		return false;
	memcpy(out, key.ptr, len);
	out[len] = '\0';
	return true;
}

enum fm_code fm_ledger_resembles(char out[static FM_ORIGIN_MAX], struct fm_ledger *ledger,
				 const char *origin, struct fm_err *err)
{
	struct fm_lookalike host;
	char pinned[FM_ORIGIN_MAX];
	struct fm_query q;
	bool row = false;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_PIN_KEYS, err);

	*out = '\0';
	if (rc)
		return rc;
	fm_lookalike_of(&host, origin);
	fm_query_text(&q, "seller");
	do {
		rc = fm_query_step(&q, &row, err);
		if (rc || !row || !cut_origin(pinned, fm_column_span(&q, 0)))
			continue;
		if (fm_lookalike_same(&host, pinned)) {
			*out = '\0'; /* pinned itself, on some network */
			break;
		}
		if (!*out && fm_lookalike(&host, pinned))
			memcpy(out, pinned, strlen(pinned) + 1);
	} while (!rc && row);
	fm_query_close(&q);
	return rc;
}
