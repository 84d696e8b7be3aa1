/* SPDX-License-Identifier: MIT */
/* Looking at the running totals: what they are kept for, and when what they hold gets less. */
#include "policy/ledger.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_S 60
#define DAY_MS (INT64_C(86400) * 1000)

enum fm_code fm_ledger_scopes(bool *cut, struct fm_ledger *ledger, const char *kind,
			      size_t most, bool (*each)(void *ctx, const char *scope),
			      void *ctx, struct fm_err *err)
{
	char from[FM_SCOPE_MAX], to[FM_SCOPE_MAX], scope[FM_SCOPE_MAX];
	struct fm_query q;
	bool row = true, more = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_SCOPES, err);

	*cut = false;
	if (rc)
		return rc;
	snprintf(from, sizeof(from), "%s ", kind);
	snprintf(to, sizeof(to), "%s%c", kind, ' ' + 1);
	fm_query_text(&q, from);
	fm_query_text(&q, to);
	fm_query_i64(&q, (int64_t)most + 1);
	for (size_t count = 0; !rc && more && !*cut; count++) {
		rc = fm_query_step(&q, &row, err);
		if (rc || !row)
			break;
		*cut = count == most;
		if (!fm_column_text(scope, sizeof(scope), &q, 0))
			rc = fm_db_damaged(ledger->db, "a running total is unreadable",
					   err);
		else if (!*cut)
			more = each(ctx, scope);
	}
	fm_query_close(&q);
	return rc;
}

/* `asset` as in the key of a check. */
static enum fm_code oldest(int64_t *at_ms, bool *some, struct fm_ledger *ledger,
			   const char *scope, const char *asset, int64_t after_ms,
			   struct fm_err *err)
{
	bool all = strcmp(asset, "*") == 0, chain = asset[strlen(asset) - 1] == '/';
	char last[FM_ASSET_KEY + 1];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OLDEST, err);

	if (rc)
		return rc;
	/* Keys are letters, digits, and what sorts before them. */
	snprintf(last, sizeof(last), "%s%s", all ? "" : asset, all || chain ? "~" : "");
	fm_query_text(&q, scope);
	fm_query_i64(&q, after_ms / (MINUTE_S * 1000) - 1);
	fm_query_i64(&q, after_ms);
	fm_query_text(&q, all ? "" : asset);
	fm_query_text(&q, last);
	rc = fm_query_step(&q, some, err);
	if (!rc && *some && !fm_column_i64(at_ms, &q, 0))
		rc = fm_db_damaged(ledger->db, "a running total is unreadable", err);
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_ledger_frees(int64_t *at_ms, bool *some, struct fm_ledger *ledger,
			     const struct fm_check *check, struct fm_err *err)
{
	char asset[FM_ASSET_KEY];
	const char *scope;
	int64_t now_ms, after_ms;
	struct fm_baseline reset = { .count = 0 };
	enum fm_code rc = fm_ledger_now(&now_ms, ledger, err);

	*some = false;
	if (rc || !check->window_s || !fm_check_key(asset, &scope, check))
		return rc;
	if (check->utc_day) {
		*some = check->used_count > 0;
		*at_ms = (now_ms / DAY_MS + 1) * DAY_MS;
		return FM_OK;
	}
	if (fm_scope_is_task(scope))
		rc = fm_baseline_get(&reset, ledger->db, scope, asset, err);
	after_ms = now_ms - check->window_s * 1000;
	if (after_ms < reset.at_ms - 1)
		after_ms = reset.at_ms - 1;
	if (!rc)
		rc = oldest(at_ms, some, ledger, scope, asset, after_ms, err);
	if (!rc && *some)
		*at_ms += check->window_s * 1000;
	return rc;
}
