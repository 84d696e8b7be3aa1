/* SPDX-License-Identifier: MIT */
/* A new ledger: built under a temporary name, complete from the moment it has its own. */
#include "policy/ledger.h"

#include <fourmica/json.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum fm_code io_fail(const char *what, const char *path, struct fm_err *err)
{
	return fm_fail(err, FM_E_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

static enum fm_code sync_path(const char *path, struct fm_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum fm_code rc = FM_OK;

	if (fd < 0)
		return io_fail("open", path, err);
	if (fsync(fd) != 0)
		rc = io_fail("sync", path, err);
	close(fd);
	return rc;
}

static enum fm_code sync_parent(const char *path, struct fm_err *err)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	return sync_path(dir, err);
}

/* link() does not replace; the gate keeps other processes of ours out meanwhile. */
static enum fm_code put_in_place(const char *temp, const char *path, struct fm_err *err)
{
	enum fm_code rc = sync_path(temp, err);

	if (rc)
		return rc;
	if (link(temp, path) != 0)
		return io_fail("create", path, err);
	unlink(temp);
	return sync_parent(path, err);
}

static enum fm_code add_meta(struct fm_db *db, const char *key, const char *value,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_META_ADD, err);

	if (rc)
		return rc;
	fm_query_text(&q, key);
	fm_query_text(&q, value);
	return fm_query_run(&q, err);
}

/* A name for the ledger, and the record the journal's chain hangs on. */
static enum fm_code first_rows(void *ctx, struct fm_db *db, struct fm_err *err)
{
	struct fm_ledger *ledger = ctx;
	struct fm_head head = { .seq = 0 };
	struct fm_hash random;
	char name[FM_HASH_TEXT], body[128], version[16];
	int64_t now = fm_wall_ms(ledger->clock);
	enum fm_code rc = fm_rand_fill(ledger->rand, random.b, sizeof(random.b), err);

	if (rc)
		return rc;
	fm_hash_text(name, &random);
	snprintf(version, sizeof(version), "%d", FM_SCHEMA_VERSION);
	rc = add_meta(db, "ledger", name, err);
	if (!rc)
		rc = add_meta(db, "schema", version, err);
	snprintf(body, sizeof(body), "{\"event\":\"created\",\"ledger\":\"%s\"}", name);
	if (!rc)
		rc = fm_journal_add(&head, db, now, NULL, fm_span_of(body), err);
	ledger->head = head;
	return rc;
}

enum fm_code fm_ledger_create(struct fm_ledger *ledger, struct fm_err *err)
{
	char temp[PATH_MAX];
	enum fm_code rc;
	int fd, len = snprintf(temp, sizeof(temp), "%s.new", ledger->path);

	if (len < 0 || (size_t)len >= sizeof(temp))
		return fm_fail(err, FM_E_CONFIG, "the ledger's path is too long");
	/* What a crashed attempt left behind. SQLite keeps the mode of a file that is
	 * there. */
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_fail("create", temp, err);
	close(fd);
	rc = fm_db_build(temp, first_rows, ledger, err);
	if (!rc)
		rc = put_in_place(temp, ledger->path, err);
	if (rc) {
		unlink(temp);
		return rc;
	}
	fm_head_write(ledger, true);
	return FM_OK;
}
