/* SPDX-License-Identifier: MIT */
/** SQLite: open, create, transactions, statements. Nothing else knows the library. */
#ifndef FOURMICA_POLICY_DB_H
#define FOURMICA_POLICY_DB_H

#include <fourmica/bytes.h>

#include "policy/sql.h"

struct fm_db;

enum fm_sql {
#define FM_SQL_ENUM(id, text) id,
	FM_SQLS(FM_SQL_ENUM)
#undef FM_SQL_ENUM
	FM_SQL_COUNT
};

#define FM_SCHEMA_VERSION 3

/** Make the tables in the empty file `path`, unsynced: it has no name yet that anybody
 *  reads. `fill` writes the first rows, inside the transaction. */
enum fm_code fm_db_build(const char *path,
			 enum fm_code (*fill)(void *ctx, struct fm_db *db,
					      struct fm_err *err),
			 void *ctx, struct fm_err *err) FM_MUST_USE;
/** FM_E_LEDGER: not a ledger, damaged, or of a newer version (which is left as it is). One of an
 *  older version (fm_db_version) must be upgraded before its tables are used. */
enum fm_code fm_db_open(struct fm_db **out, const char *path, bool read_only,
			int64_t busy_ms, struct fm_err *err) FM_MUST_USE;
void fm_db_close(struct fm_db **db);
enum fm_code fm_db_version(int64_t *version, struct fm_db *db,
			   struct fm_err *err) FM_MUST_USE;
/** Inside a write transaction: change the tables of `version` to those of the next one. */
enum fm_code fm_db_upgrade(struct fm_db *db, int64_t version,
			   struct fm_err *err) FM_MUST_USE;

/** A transaction for reading: everything is seen as of one moment, until fm_db_rollback. */
enum fm_code fm_db_snapshot(struct fm_db *db, struct fm_err *err) FM_MUST_USE;
/** A write transaction. Without `flush` it may be lost with the power, never torn. */
enum fm_code fm_db_begin(struct fm_db *db, bool flush, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_db_commit(struct fm_db *db, struct fm_err *err) FM_MUST_USE;
void fm_db_rollback(struct fm_db *db);
/** Rows changed by the last statement; sequence number of the last insert. */
int64_t fm_db_changes(const struct fm_db *db);
int64_t fm_db_inserted(const struct fm_db *db);

/** One use of a statement: open, bind in order, step, read columns, close. Failures of
 *  binding stick and come out of step. Every opened query is closed. */
struct fm_query {
	struct fm_db *db;
	void *stmt;
	int bound;
	int failed; /* SQLite's code */
};

enum fm_code fm_query_open(struct fm_query *q, struct fm_db *db, enum fm_sql sql,
			   struct fm_err *err) FM_MUST_USE;
void fm_query_i64(struct fm_query *q, int64_t value);
/** The bytes must live until the query is closed. */
void fm_query_blob(struct fm_query *q, const void *bytes, size_t len);
void fm_query_text(struct fm_query *q, const char *text); /* NULL: null */
void fm_query_span(struct fm_query *q, struct fm_span text);
void fm_query_null(struct fm_query *q);
enum fm_code fm_query_step(struct fm_query *q, bool *row, struct fm_err *err) FM_MUST_USE;
/** Step a statement without rows, and close it. */
enum fm_code fm_query_run(struct fm_query *q, struct fm_err *err) FM_MUST_USE;
void fm_query_close(struct fm_query *q);

/** Columns of the current row, counted from 0. False: another type or length than
 *  this. */
bool fm_column_i64(int64_t *out, const struct fm_query *q, int column) FM_MUST_USE;
bool fm_column_blob(void *out, size_t len, const struct fm_query *q,
		    int column) FM_MUST_USE;
bool fm_column_text(char *out, size_t size, const struct fm_query *q,
		    int column) FM_MUST_USE;
/** Text or blob of any length; lives until the next step or close. Null: ptr NULL. */
struct fm_span fm_column_span(const struct fm_query *q, int column);
bool fm_column_null(const struct fm_query *q, int column) FM_MUST_USE;

/** The column of this name; -1: there is none. */
int fm_column_named(const struct fm_query *q, const char *name);
/** SHA-256 of the current row: "fourmica.row/1", NUL, then for each column that is not NULL, 0 or
 *  empty its name, NUL, type, length as 8 bytes, bytes (numbers: 8). A column added later leaves
 *  it as it was. Without `header` and `raw`, which the journal and `hash` speak of. */
void fm_columns_hash(struct fm_hash *out, const struct fm_query *q);

/** FM_E_LEDGER: what is stored cannot be. */
enum fm_code fm_db_damaged(const struct fm_db *db, const char *what, struct fm_err *err);

#endif
