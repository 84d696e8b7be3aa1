/* SPDX-License-Identifier: MIT */
/* An older ledger forward to this version's tables, in one transaction. */
#include "policy/ledger.h"

#include <stdio.h>

/* A table is made anew; that no program ever wrote it is not taken on trust. */
static enum fm_code check_unused(struct fm_db *db, enum fm_sql any_sql, const char *what,
				 struct fm_err *err)
{
	struct fm_query q;
	int64_t any = 1;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, any_sql, err);

	if (!rc)
		rc = fm_query_step(&q, &row, err);
	if (!rc && (!fm_column_i64(&any, &q, 0) || any))
		rc = fm_db_damaged(db, what, err);
	fm_query_close(&q);
	return rc;
}

/* Totals of a wallet are new; what it paid before counts in them as well. */
static enum fm_code book_wallet(struct fm_ledger *ledger, const struct fm_row *row,
				struct fm_err *err)
{
	const struct fm_entry entry = fm_entry_of(&row->payment);
	struct fm_query q;
	bool full;
	enum fm_code rc = fm_totals_book(&full, ledger->db, &entry, 1u << FM_SCOPE_WALLET,
					 false, err);

	if (!rc && full)
		return fm_db_damaged(
			ledger->db, "what a wallet paid does not fit into 256 bits", err);
	if (!rc)
		rc = fm_query_open(&q, ledger->db, FM_SQL_BOOKED_SET, err);
	if (rc)
		return rc;
	fm_query_i64(&q, row->booked | 1 << FM_SCOPE_WALLET);
	fm_query_i64(&q, row->seq);
	return fm_query_run(&q, err);
}

static enum fm_code book_wallets(struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_row row;
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_BOOKED, err);

	while (!rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = fm_row_read(&row, &q, err);
		if (rc)
			break;
		rc = book_wallet(ledger, &row, err);
		fm_row_clear(&row);
	}
	fm_query_close(&q);
	return rc;
}

/* Records of pins did not say which one they were about. */
static enum fm_code record_pins(struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_pin_row pin;
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_PIN_EACH, err);

	while (!rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = fm_pin_row_read(&pin, &q, err);
		if (!rc)
			rc = fm_pin_record(ledger, pin.kind, pin.key.ptr,
					   fm_buf_span(&pin.value), err);
		fm_pin_row_clear(&pin);
	}
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

static enum fm_code change_tables(struct fm_ledger *ledger, int64_t version,
				  struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (version == 1)
		rc = check_unused(ledger->db, FM_SQL_TX_ANY,
				  "it has transactions that its version never wrote",
				  err);
	if (version == 2)
		rc = check_unused(ledger->db, FM_SQL_APPROVAL_ANY,
				  "it has approvals that its version never wrote", err);
	return rc ? rc : fm_db_upgrade(ledger->db, version, err);
}

/* What the tables of later versions say of what is there; rows are read as this version does. */
static enum fm_code fill_tables(struct fm_ledger *ledger, int64_t from,
				struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (from < 2)
		rc = fm_owed_fill(ledger->db, err);
	if (!rc && from < 3)
		rc = book_wallets(ledger, err);
	if (!rc && from < 3)
		rc = record_pins(ledger, err);
	return rc;
}

static enum fm_code note(struct fm_ledger *ledger, int64_t version, struct fm_err *err)
{
	char from[24], to[24];
	enum fm_code rc;

	snprintf(from, sizeof(from), "%lld", (long long)version);
	snprintf(to, sizeof(to), "%d", FM_SCHEMA_VERSION);
	rc = set_meta(ledger->db, to, err);
	return rc ? rc : fm_journal_upgraded(ledger, from, to, err);
}

/* Looked at again inside: another process may have done it meanwhile. */
static enum fm_code forward(struct fm_ledger *ledger, struct fm_err *err)
{
	int64_t from;
	enum fm_code rc = fm_db_version(&from, ledger->db, err);

	if (rc || from == FM_SCHEMA_VERSION)
		return rc;
	for (int64_t version = from; !rc && version < FM_SCHEMA_VERSION; version++)
		rc = change_tables(ledger, version, err);
	if (!rc)
		rc = fill_tables(ledger, from, err);
	return rc ? rc : note(ledger, from, err);
}

/* A handle for reading changes nothing by itself. */
static enum fm_code by_another(struct fm_ledger *ledger, struct fm_err *err)
{
	const struct fm_ledger_options options = {
		.path = ledger->path,
		.clock = ledger->clock,
		.rand = ledger->rand,
		.busy_ms = ledger->busy_ms,
		.head_dir = ledger->head_dir,
		.adopt = ledger->adopt,
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
