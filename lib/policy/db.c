/* SPDX-License-Identifier: MIT */
#include "policy/db.h"

#include "schema_1_sql.h"
#include "schema_2_sql.h"
#include "schema_3_sql.h"

#include <assert.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MOST 200u		  /* bytes of SQLite's words in a message */
#define APPLICATION_ID 0x346d6963 /* "4mic" */

/* Pages of WAL after which a commit copies them into the database. The first process
 * to open a ledger reads the whole WAL, so a process that does little keeps it short;
 * one that does much pays the two syncs of a checkpoint less often. The next commit of
 * the same process then writes the WAL from its start again; only an opened WAL is not
 * known to be copied already, so who leaves a long one behind cuts it off. */
#define WAL_FEW 128
#define WAL_MANY 1000
#define COMMITS_MANY 8

struct fm_db {
	sqlite3 *handle;
	sqlite3_stmt *stmts[FM_SQL_COUNT];
	const char *path; /* borrowed */
	unsigned commits;
	int wal_pages; /* after our last commit */
	bool relaxed;  /* synchronous is NORMAL just now */
};

/* steps[n] makes the tables of version n + 1 out of those of version n, and the first out of
 * nothing: new ledgers go the way old ones went. */
static const char *const steps[FM_SCHEMA_VERSION] = { schema_1_sql, schema_2_sql,
						      schema_3_sql };

static const char *const texts[FM_SQL_COUNT] = {
#define FM_SQL_TEXT(id, text) [id] = text,
	FM_SQLS(FM_SQL_TEXT)
#undef FM_SQL_TEXT
};

/* ---- errors ---- */

static enum fm_code damaged(const char *path, const char *what, struct fm_err *err)
{
	fm_fail(err, FM_E_LEDGER, "ledger %s is damaged: %s", path, what);
	return fm_hint(err,
		       "keep it, put a good copy in its place; it is never written over");
}

enum fm_code fm_db_damaged(const struct fm_db *db, const char *what, struct fm_err *err)
{
	return damaged(db->path, what, err);
}

static enum fm_code fail(const char *path, int code, const char *words,
			 struct fm_err *err)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fm_fail(err, FM_E_BUSY, "ledger %s is in use by another program",
			       path);
	case SQLITE_NOMEM:
		return fm_nomem(err);
	case SQLITE_FULL:
		fm_fail(err, FM_E_IO, "cannot write ledger %s: the disk is full", path);
		return fm_hint(err, "make room; nothing is lost");
	case SQLITE_READONLY:
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_PROTOCOL:
	case SQLITE_NOLFS:
		return fm_fail(err, FM_E_IO, "cannot use ledger %s: %s", path, words);
	case SQLITE_CONSTRAINT:
	case SQLITE_MISUSE:
	case SQLITE_RANGE:
	case SQLITE_INTERRUPT:
		return fm_fail(err, FM_E_INTERNAL, "ledger %s: %s", path, words);
	default: /* foreign codes: CORRUPT, NOTADB, a missing table */
		return damaged(path, words, err);
	}
}

static enum fm_code db_fail(const struct fm_db *db, struct fm_err *err)
{
	struct fm_buf words;
	enum fm_code rc;

	/* They may quote what somebody wrote into the schema of the file. */
	fm_buf_init(&words, 8 * WORDS_MOST);
	fm_text_escape(&words, fm_span_of(sqlite3_errmsg(db->handle)), WORDS_MOST);
	rc = fail(db->path, sqlite3_extended_errcode(db->handle),
		  words.ptr ? words.ptr : "", err);
	fm_buf_clear(&words);
	return rc;
}

/* ---- statements ---- */

enum fm_code fm_query_open(struct fm_query *q, struct fm_db *db, enum fm_sql sql,
			   struct fm_err *err)
{
	*q = (struct fm_query){ .db = db };
	if (!db->stmts[sql] &&
	    sqlite3_prepare_v3(db->handle, texts[sql], -1, SQLITE_PREPARE_PERSISTENT,
			       &db->stmts[sql], NULL) != SQLITE_OK)
		return db_fail(db, err);
	q->stmt = db->stmts[sql];
	return FM_OK;
}

static void bound(struct fm_query *q, int code)
{
	if (code != SQLITE_OK && !q->failed)
		q->failed = code;
}

void fm_query_i64(struct fm_query *q, int64_t value)
{
	bound(q, sqlite3_bind_int64(q->stmt, ++q->bound, value));
}

void fm_query_blob(struct fm_query *q, const void *bytes, size_t len)
{
	bound(q, sqlite3_bind_blob64(q->stmt, ++q->bound, bytes, len, SQLITE_STATIC));
}

void fm_query_span(struct fm_query *q, struct fm_span text)
{
	bound(q, sqlite3_bind_text64(q->stmt, ++q->bound, text.ptr, text.len,
				     SQLITE_STATIC, SQLITE_UTF8));
}

void fm_query_text(struct fm_query *q, const char *text)
{
	if (text)
		fm_query_span(q, fm_span_of(text));
	else
		fm_query_null(q);
}

void fm_query_null(struct fm_query *q)
{
	bound(q, sqlite3_bind_null(q->stmt, ++q->bound));
}

enum fm_code fm_query_step(struct fm_query *q, bool *row, struct fm_err *err)
{
	int code;

	if (q->failed)
		return fail(q->db->path, q->failed, sqlite3_errstr(q->failed), err);
	code = sqlite3_step(q->stmt);
	*row = code == SQLITE_ROW;
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return FM_OK;
	return db_fail(q->db, err);
}

void fm_query_close(struct fm_query *q)
{
	if (!q->stmt)
		return;
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt);
	q->stmt = NULL;
}

enum fm_code fm_query_run(struct fm_query *q, struct fm_err *err)
{
	bool row;
	enum fm_code rc = fm_query_step(q, &row, err);

	fm_query_close(q);
	return rc;
}

bool fm_column_i64(int64_t *out, const struct fm_query *q, int column)
{
	*out = sqlite3_column_int64(q->stmt, column);
	return sqlite3_column_type(q->stmt, column) == SQLITE_INTEGER;
}

bool fm_column_null(const struct fm_query *q, int column)
{
	return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

struct fm_span fm_column_span(const struct fm_query *q, int column)
{
	const char *ptr = sqlite3_column_blob(q->stmt, column);
	size_t len = (size_t)sqlite3_column_bytes(q->stmt, column);

	if (!ptr && !fm_column_null(q, column))
		ptr = "";
	return (struct fm_span){ ptr, len };
}

bool fm_column_blob(void *out, size_t len, const struct fm_query *q, int column)
{
	struct fm_span bytes = fm_column_span(q, column);

	if (sqlite3_column_type(q->stmt, column) != SQLITE_BLOB || !bytes.ptr ||
	    bytes.len != len)
		return false;
	memcpy(out, bytes.ptr, len);
	return true;
}

bool fm_column_text(char *out, size_t size, const struct fm_query *q, int column)
{
	struct fm_span text = fm_column_span(q, column);

	out[0] = '\0';
	if (!text.ptr)
		return fm_column_null(q, column);
	if (sqlite3_column_type(q->stmt, column) != SQLITE_TEXT || text.len >= size ||
	    memchr(text.ptr, '\0', text.len))
		return false;
	memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return true;
}

int fm_column_named(const struct fm_query *q, const char *name)
{
	for (int i = 0; i < sqlite3_column_count(q->stmt); i++)
		if (strcmp(sqlite3_column_name(q->stmt, i), name) == 0)
			return i;
	return -1;
}

static void hash_be64(struct fm_sha256 *sha, uint64_t value)
{
	uint8_t b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(value >> (56 - 8 * i));
	fm_sha256_add(sha, b, sizeof(b));
}

static void hash_column(struct fm_sha256 *sha, const struct fm_query *q, int column)
{
	const char *name = sqlite3_column_name(q->stmt, column);
	const uint8_t type = (uint8_t)sqlite3_column_type(q->stmt, column);
	int64_t number =
		type == SQLITE_INTEGER ? sqlite3_column_int64(q->stmt, column) : 0;
	struct fm_span bytes = { NULL, 0 };

	if (type != SQLITE_INTEGER)
		bytes = fm_column_span(q, column);
	/* What a column is born with is left out: then a new one changes no old row. What is long has
	 * a hash of its own already. */
	if (!name || (!number && !bytes.len) || strcmp(name, "header") == 0 ||
	    strcmp(name, "raw") == 0)
		return;
	fm_sha256_add(sha, name, strlen(name) + 1);
	fm_sha256_add(sha, &type, 1);
	hash_be64(sha, type == SQLITE_INTEGER ? sizeof(number) : bytes.len);
	if (type == SQLITE_INTEGER)
		hash_be64(sha, (uint64_t)number);
	else
		fm_sha256_add(sha, bytes.ptr, bytes.len);
}

void fm_columns_hash(struct fm_hash *out, const struct fm_query *q)
{
	static const char tag[] = "fourmica.row/1";
	struct fm_sha256 sha;

	fm_sha256_init(&sha);
	fm_sha256_add(&sha, tag, sizeof(tag));
	for (int i = 0; i < sqlite3_column_count(q->stmt); i++)
		hash_column(&sha, q, i);
	fm_sha256_end(out, &sha);
}

int64_t fm_db_changes(const struct fm_db *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t fm_db_inserted(const struct fm_db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

/* ---- transactions ---- */

static enum fm_code run(struct fm_db *db, enum fm_sql sql, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, sql, err);

	return rc ? rc : fm_query_run(&q, err);
}

/* How a commit is synced is a property of the connection, set outside of transactions. */
static enum fm_code set_flush(struct fm_db *db, bool flush, struct fm_err *err)
{
	if (db->relaxed == !flush)
		return FM_OK;
	if (sqlite3_exec(db->handle,
			 flush ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
			 NULL, NULL, NULL) != SQLITE_OK)
		return db_fail(db, err);
	db->relaxed = !flush;
	return FM_OK;
}

enum fm_code fm_db_begin(struct fm_db *db, bool flush, struct fm_err *err)
{
	enum fm_code rc = set_flush(db, flush, err);

	return rc ? rc : run(db, FM_SQL_BEGIN, err);
}

enum fm_code fm_db_snapshot(struct fm_db *db, struct fm_err *err)
{
	return run(db, FM_SQL_SNAPSHOT, err);
}

enum fm_code fm_db_commit(struct fm_db *db, struct fm_err *err)
{
	enum fm_code rc = run(db, FM_SQL_COMMIT, err);

	if (rc)
		fm_db_rollback(db);
	else
		db->commits++;
	return rc;
}

void fm_db_rollback(struct fm_db *db)
{
	/* After some errors SQLite has done it already. */
	if (!sqlite3_get_autocommit(db->handle) && run(db, FM_SQL_ROLLBACK, NULL))
		sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* The commit is safe already; a checkpoint that fails is tried again after the next
 * one. */
static int after_commit(void *ctx, sqlite3 *handle, const char *name, int pages)
{
	struct fm_db *db = ctx;

	db->wal_pages = pages;
	if (pages >= (db->commits < COMMITS_MANY ? WAL_FEW : WAL_MANY))
		sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, NULL,
					  NULL);
	return SQLITE_OK;
}

/* ---- open ---- */

static enum fm_code number(int64_t *out, struct fm_db *db, const char *sql,
			   struct fm_err *err)
{
	sqlite3_stmt *stmt = NULL;
	enum fm_code rc = FM_OK;

	if (sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW)
		rc = db_fail(db, err);
	else
		*out = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc;
}

enum fm_code fm_db_version(int64_t *version, struct fm_db *db, struct fm_err *err)
{
	return number(version, db, "PRAGMA user_version", err);
}

static enum fm_code check_version(struct fm_db *db, struct fm_err *err)
{
	int64_t application = 0, version = 0;
	enum fm_code rc = number(&application, db, "PRAGMA application_id", err);

	if (!rc && application != APPLICATION_ID)
		return damaged(db->path, "it is a database of another program", err);
	if (!rc)
		rc = fm_db_version(&version, db, err);
	if (rc || (version >= 1 && version <= FM_SCHEMA_VERSION))
		return rc;
	if (version < 1)
		return damaged(db->path, "it has no schema version", err);
	fm_fail(err, FM_E_LEDGER,
		"ledger %s has schema %lld, this program knows up to %d", db->path,
		(long long)version, FM_SCHEMA_VERSION);
	return fm_hint(err, "use the newer fourmica that wrote it; it was left as it is");
}

/* The WAL stays at close: copying it into the database there would cost every short
 * command two syncs. */
static void configure(struct fm_db *db, bool read_only, int64_t busy_ms)
{
	int on = 1;

	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(db->handle, busy_ms > INT_MAX ? INT_MAX : (int)busy_ms);
	if (read_only)
		return;
	sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	sqlite3_wal_hook(db->handle, after_commit, db);
}

static enum fm_code connect(struct fm_db **out, const char *path, int flags,
			    struct fm_err *err)
{
	struct fm_db *db = calloc(1, sizeof(*db));
	int code;

	if (!db) {
		fm_nomem(err);
		return FM_E_NOMEM;
	}
	db->path = path;
	code = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
	*out = db;
	if (code == SQLITE_OK)
		return FM_OK;
	if (!db->handle)
		return fm_nomem(err);
	return db_fail(db, err);
}

enum fm_code fm_db_open(struct fm_db **out, const char *path, bool read_only,
			int64_t busy_ms, struct fm_err *err)
{
	enum fm_code rc = connect(
		out, path, read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, err);

	if (!rc)
		configure(*out, read_only, busy_ms);
	if (!rc)
		rc = check_version(*out, err);
	if (!rc && !read_only) {
		(*out)->relaxed = true; /* whatever the library was built with */
		rc = set_flush(*out, true, err);
	}
	if (rc)
		fm_db_close(out);
	return rc;
}

void fm_db_close(struct fm_db **db)
{
	struct fm_db *old = *db;

	if (!old)
		return;
	*db = NULL;
	for (size_t i = 0; i < FM_SQL_COUNT; i++)
		sqlite3_finalize(old->stmts[i]);
	if (old->wal_pages >= WAL_FEW) {
		/* If somebody is reading just now, somebody else will cut it. */
		sqlite3_busy_timeout(old->handle, 0);
		sqlite3_wal_checkpoint_v2(old->handle, "main", SQLITE_CHECKPOINT_TRUNCATE,
					  NULL, NULL);
	}
	sqlite3_close(old->handle);
	free(old);
}

/* ---- create, upgrade ---- */

static enum fm_code exec(struct fm_db *db, const char *sql, struct fm_err *err)
{
	return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK
		       ? FM_OK
		       : db_fail(db, err);
}

enum fm_code fm_db_upgrade(struct fm_db *db, int64_t version, struct fm_err *err)
{
	char stamp[64];
	enum fm_code rc;

	assert(version >= 0 && version < FM_SCHEMA_VERSION);
	rc = exec(db, steps[version], err);
	snprintf(stamp, sizeof(stamp), "PRAGMA user_version=%d", (int)version + 1);
	return rc ? rc : exec(db, stamp, err);
}

static enum fm_code make_tables(struct fm_db *db,
				enum fm_code (*fill)(void *, struct fm_db *,
						     struct fm_err *),
				void *ctx, struct fm_err *err)
{
	char stamp[64];
	enum fm_code rc;

	snprintf(stamp, sizeof(stamp), "PRAGMA application_id=%d", APPLICATION_ID);
	/* The file has no name yet that anybody reads; it is synced as a whole at the
	 * end. */
	rc = exec(db, "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; BEGIN", err);
	if (!rc)
		rc = exec(db, stamp, err);
	for (int64_t version = 0; !rc && version < FM_SCHEMA_VERSION; version++)
		rc = fm_db_upgrade(db, version, err);
	if (!rc)
		rc = fill(ctx, db, err);
	if (!rc)
		rc = exec(db, "COMMIT; PRAGMA journal_mode=WAL", err);
	return rc;
}

enum fm_code fm_db_build(const char *path,
			 enum fm_code (*fill)(void *ctx, struct fm_db *db,
					      struct fm_err *err),
			 void *ctx, struct fm_err *err)
{
	struct fm_db *db = NULL;
	enum fm_code rc = connect(&db, path, SQLITE_OPEN_READWRITE, err);

	if (!rc)
		rc = make_tables(db, fill, ctx, err);
	fm_db_close(&db);
	return rc;
}
