/* SPDX-License-Identifier: MIT */
/* An older ledger forward to this version's tables, in one transaction. */
#include "policy/ledger.h"

#include <stdio.h>

/* The table is made anew; that no program ever wrote it is not taken on trust. */
static enum fm_code check_unused(struct fm_db *db, struct fm_err *err)
{
	struct fm_query q;
	int64_t any = 1;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_TX_ANY, err);

	if (!rc)
		rc = fm_query_step(&q, &row, err);
	if (!rc && (!fm_column_i64(&any, &q, 0) || any))
		rc = fm_db_damaged(db, "it has transactions that its version never wrote",
				   err);
	fm_query_close(&q);
	return rc;
}

static enum fm_code set_meta(struct fm_db *db, const char *version, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_META_SET, err);

	if (rc)
		return rc;
	fm_query_text(&q, version);
	fm_query_text(&q, "schema");
	return fm_query_run(&q, err);
}

static enum fm_code step(struct fm_ledger *ledger, int64_t version, struct fm_err *err)
{
	char from[24], to[24];
	enum fm_code rc = version == 1 ? check_unused(ledger->db, err) : FM_OK;

	snprintf(from, sizeof(from), "%lld", (long long)version);
	snprintf(to, sizeof(to), "%lld", (long long)version + 1);
	if (!rc)
		rc = fm_db_upgrade(ledger->db, version, err);
	if (!rc && version == 1)
		rc = fm_owed_fill(ledger->db, err);
	if (!rc)
		rc = set_meta(ledger->db, to, err);
	return rc ? rc : fm_journal_upgraded(ledger, from, to, err);
}

/* Looked at again inside: another process may have done it meanwhile. */
static enum fm_code forward(struct fm_ledger *ledger, struct fm_err *err)
{
	int64_t version;
	enum fm_code rc = fm_db_version(&version, ledger->db, err);

	for (; !rc && version < FM_SCHEMA_VERSION; version++)
		rc = step(ledger, version, err);
	return rc;
}

/* A handle for reading changes nothing by itself. */
static enum fm_code by_another(struct fm_ledger *ledger, struct fm_err *err)
{
	const struct fm_ledger_options options = {
		.path = ledger->path,
		.clock = ledger->clock,
		.rand = ledger->rand,
		.busy_ms = ledger->busy_ms,
	};
	struct fm_ledger *other = NULL;
	enum fm_code rc = fm_ledger_open(&other, &options, err);

	fm_ledger_close(&other);
	return rc;
}

enum fm_code fm_ledger_upgrade(struct fm_ledger *ledger, struct fm_err *err)
{
	int64_t version;
	enum fm_code rc = fm_db_version(&version, ledger->db, err);

	if (rc || version == FM_SCHEMA_VERSION)
		return rc;
	if (ledger->read_only)
		return by_another(ledger, err);
	rc = fm_ledger_begin(ledger, true, err);
	return rc ? rc : fm_ledger_end(ledger, forward(ledger, err), err);
}
