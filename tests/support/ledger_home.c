/* SPDX-License-Identifier: MIT */
#include <ledger_home.h>

#include <dirent.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int64_t home_now;
static char base[256], dir[280], path[300];

static int64_t wall(void *ctx)
{
	(void)ctx;
	return home_now;
}

const struct fm_clock home_clock = { wall, wall, NULL };

int home_set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(base, sizeof(base), "%s/fourmica-ledger-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(base))
		return -1;
	snprintf(dir, sizeof(dir), "%s/state", base);
	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	home_now = HOME_NOON;
	return 0;
}

void home_remove(const char *of)
{
	struct dirent *entry;
	DIR *d = opendir(of);

	while (d && (entry = readdir(d)) != NULL) {
		char child[512];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", of, entry->d_name);
		if (unlink(child) != 0)
			home_remove(child);
	}
	if (d)
		closedir(d);
	rmdir(of);
}

int home_tear_down(void **state)
{
	(void)state;
	home_remove(base);
	return 0;
}

const char *home_dir(void)
{
	return dir;
}

const char *home_ledger(void)
{
	return path;
}

const char *home_file(const char *name)
{
	static char name_of[512];

	snprintf(name_of, sizeof(name_of), "%s/%s", dir, name);
	return name_of;
}

/* ---- dying ---- */

/* SQLite has one table of methods per kind of file. */
#define KINDS 4

static struct kind {
	const sqlite3_io_methods *real;
	sqlite3_io_methods counted;
} kinds[KINDS];
static sqlite3_vfs counted_vfs;
static sqlite3_vfs *real_vfs;
static unsigned long left;

static void count(void)
{
	if (left && !--left)
		kill(getpid(), SIGKILL);
}

static const sqlite3_io_methods *real(const sqlite3_file *file)
{
	for (size_t i = 0; i < KINDS; i++)
		if (file->pMethods == &kinds[i].counted)
			return kinds[i].real;
	abort();
}

static int count_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
	count();
	return real(file)->xWrite(file, bytes, len, at);
}

static int count_sync(sqlite3_file *file, int flags)
{
	count();
	return real(file)->xSync(file, flags);
}

static int count_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	count();
	return real(file)->xTruncate(file, size);
}

static int count_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		      int *out_flags)
{
	int rc = real_vfs->xOpen(vfs, name, file, flags, out_flags);
	size_t i = 0;

	if (!file->pMethods)
		return rc;
	while (i < KINDS && kinds[i].real && kinds[i].real != file->pMethods)
		i++;
	if (i == KINDS)
		abort();
	if (!kinds[i].real) {
		kinds[i].real = file->pMethods;
		kinds[i].counted = *file->pMethods;
		kinds[i].counted.xWrite = count_write;
		kinds[i].counted.xSync = count_sync;
		kinds[i].counted.xTruncate = count_truncate;
	}
	file->pMethods = &kinds[i].counted;
	return rc;
}

void home_kill_at(unsigned long n)
{
	if (!real_vfs) {
		real_vfs = sqlite3_vfs_find(NULL);
		counted_vfs = *real_vfs;
		counted_vfs.pNext = NULL;
		counted_vfs.zName = "counted";
		counted_vfs.xOpen = count_open;
		if (sqlite3_vfs_register(&counted_vfs, 1) != SQLITE_OK)
			abort();
	}
	left = n;
}

/* ---- the journal ---- */

static void put_be64(struct fm_buf *out, int64_t value)
{
	for (int i = 7; i >= 0; i--)
		fm_buf_chr(out, (char)((uint64_t)value >> 8 * i));
}

static bool link_ok(struct fm_hash *prev, sqlite3_stmt *stmt, int64_t seq)
{
	static const char tag[] = "fourmica.journal/1";
	struct fm_hash hash;
	struct fm_buf all;
	bool ok = sqlite3_column_int64(stmt, 0) == seq &&
		  sqlite3_column_bytes(stmt, 2) == 32 &&
		  sqlite3_column_bytes(stmt, 3) == 32 &&
		  memcmp(sqlite3_column_blob(stmt, 2), prev->b, 32) == 0;

	fm_buf_init(&all, 1 << 20);
	fm_buf_add(&all, tag, sizeof(tag));
	put_be64(&all, seq);
	put_be64(&all, sqlite3_column_int64(stmt, 1));
	fm_buf_add(&all, prev->b, 32);
	fm_buf_str(&all, (const char *)sqlite3_column_text(stmt, 4));
	fm_sha256(&hash, fm_buf_span(&all).ptr, fm_buf_span(&all).len);
	ok = ok && fm_buf_ok(&all) &&
	     memcmp(sqlite3_column_blob(stmt, 3), hash.b, 32) == 0;
	fm_buf_clear(&all);
	*prev = hash;
	return ok;
}

int home_journal(void)
{
	struct fm_hash prev = { { 0 } };
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int seq = 0;
	bool ok = true;

	if (sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(
		    db, "SELECT seq, at, prev, hash, body FROM journal ORDER BY seq", -1,
		    &stmt, NULL) == SQLITE_OK)
		while (ok && sqlite3_step(stmt) == SQLITE_ROW)
			ok = link_ok(&prev, stmt, ++seq);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return ok ? seq : -seq;
}
