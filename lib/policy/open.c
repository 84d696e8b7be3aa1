/* SPDX-License-Identifier: MIT */
/* Opening the ledger, and its write transactions. */
#include "policy/ledger.h"

#include <fourmica/file.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 30000

static enum fm_code beside(char out[static PATH_MAX], const char *path, const char *name,
			   struct fm_err *err)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash - path + 1) : 0;
	int len = snprintf(out, PATH_MAX, "%.*s%s", dir, path, name);

	if (len < 0 || len >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG, "the ledger's path is too long");
	return FM_OK;
}

static enum fm_code set_paths(struct fm_ledger *ledger, const char *path,
			      struct fm_err *err)
{
	const char *slash = strrchr(path, '/');
	enum fm_code rc = beside(ledger->path, path, slash ? slash + 1 : path, err);

	if (!rc)
		rc = beside(ledger->lock_path, path, FM_LEDGER_LOCK, err);
	if (!rc)
		rc = beside(ledger->owners_path, path, FM_LEDGER_OWNERS, err);
	if (!rc)
		rc = beside(ledger->head_path, path, FM_LEDGER_HEAD, err);
	if (!rc)
		rc = beside(ledger->wallets_path, path, FM_LEDGER_WALLETS, err);
	return rc;
}

/* Never opened here: closing any descriptor of the file would drop SQLite's locks on
 * it that another connection of this process holds (POSIX record locks). */
static enum fm_code look_at(bool *there, const char *path, struct fm_err *err)
{
	struct stat st;

	*there = lstat(path, &st) == 0;
	if (!*there && (errno == ENOENT || errno == ENOTDIR))
		return FM_OK;
	if (!*there)
		return fm_fail(err, FM_E_IO, "cannot look at %s: %s", path,
			       strerror(errno));
	if (S_ISLNK(st.st_mode))
		return fm_fail(err, FM_E_CONFIG, "ledger %s is a symbolic link", path);
	if (!S_ISREG(st.st_mode))
		return fm_fail(err, FM_E_CONFIG, "ledger %s is no regular file", path);
	if (st.st_uid != geteuid())
		return fm_fail(err, FM_E_CONFIG,
			       "ledger %s belongs to another user (uid %lu)", path,
			       (unsigned long)st.st_uid);
	if (st.st_mode & 0077) {
		fm_fail(err, FM_E_CONFIG, "ledger %s is open to others (mode %04o)", path,
			(unsigned)(st.st_mode & 07777));
		return fm_hint(err, "run: chmod 600 %s", path);
	}
	return FM_OK;
}

/* What SQLite left of a database that is gone would be taken for the new one's. */
static enum fm_code remove_rest(const struct fm_ledger *ledger, struct fm_err *err)
{
	static const char *const rest[] = { "-wal", "-shm" };
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++) {
		int len = snprintf(path, sizeof(path), "%s%s", ledger->path, rest[i]);

		if (len > 0 && (size_t)len < sizeof(path) && unlink(path) != 0 &&
		    errno != ENOENT)
			return fm_fail(err, FM_E_IO, "cannot remove %s: %s", path,
				       strerror(errno));
	}
	return FM_OK;
}

/* A new ledger has used nothing of any budget: it must not come to be because the old one
 * went away. */
static enum fm_code check_never_was(const struct fm_ledger *ledger, struct fm_err *err)
{
	char wal[PATH_MAX];
	struct stat st;
	int len = snprintf(wal, sizeof(wal), "%s-wal", ledger->path);
	const char *left = lstat(ledger->head_path, &st) == 0 ? ledger->head_path : NULL;

	if (ledger->adopt)
		return remove_rest(ledger, err);
	if (!left && len > 0 && (size_t)len < sizeof(wal) && lstat(wal, &st) == 0)
		left = wal;
	if (!left)
		return FM_OK;
	fm_fail(err, FM_E_LEDGER, "ledger %s is missing, but %s is still there",
		ledger->path, left);
	return fm_hint(err, "put the ledger back; to start a new one that counts from "
			    "zero, run: fourmica policy accept --adopt-ledger");
}

static enum fm_code create(struct fm_ledger *ledger, struct fm_err *err)
{
	bool there;
	enum fm_code rc = fm_gate_enter(&ledger->gate, ledger->busy_ms, NULL, err);

	if (rc)
		return rc;
	rc = look_at(&there, ledger->path, err);
	if (!rc && !there)
		rc = check_never_was(ledger, err);
	if (!rc && !there)
		rc = fm_ledger_create(ledger, err);
	fm_gate_leave(&ledger->gate);
	return rc;
}

/* ledger.head was read first, so other processes cannot have moved it past what we
 * see. */
static enum fm_code check_head(struct fm_ledger *ledger, const struct fm_head *head,
			       const char *path, struct fm_err *err)
{
	bool same;
	enum fm_code rc = fm_journal_holds(&same, ledger->db, head, err);

	if (rc || same)
		return rc;
	fm_fail(err, FM_E_LEDGER,
		"ledger %s is older than it was, or another: record %lld of its "
		"journal is not the one in %s",
		ledger->path, (long long)head->seq, path);
	fm_rule(err, "head");
	return fm_hint(err, FM_LEDGER_ADOPT);
}

/* Its name is the ledger's, which has to be open for that; a head is read before the journal is, so
 * other processes cannot have moved it past what we see. */
static enum fm_code check_outer(struct fm_ledger *ledger, struct fm_err *err)
{
	char name[FM_HASH_TEXT];
	struct fm_hash hash;
	struct fm_head head;
	bool found = false;
	int len;
	enum fm_code rc = fm_ledger_name(&hash, ledger, err);

	if (rc)
		return rc;
	fm_hash_text(name, &hash);
	len = snprintf(ledger->outer_path, sizeof(ledger->outer_path), "%s/%s.head",
		       ledger->head_dir, name + strlen("0x"));
	if (len < 0 || (size_t)len >= sizeof(ledger->outer_path))
		return fm_fail(err, FM_E_CONFIG,
			       "the wallet directory's name is too long");
	if (ledger->adopt)
		return FM_OK;
	rc = fm_head_read(&head, &found, ledger->outer_path, err);
	return rc || !found ? rc : check_head(ledger, &head, ledger->outer_path, err);
}

static enum fm_code open_all(struct fm_ledger *ledger, bool there, struct fm_err *err)
{
	struct fm_head head;
	bool has_head = false;
	enum fm_code rc = FM_OK;

	if (!ledger->read_only)
		rc = fm_gate_open(&ledger->gate, ledger->lock_path, 0, err);
	if (!rc && !ledger->read_only)
		rc = fm_owners_open(&ledger->owners, ledger->owners_path, err);
	if (!rc && ledger->read_only)
		rc = fm_owners_look(&ledger->owners, ledger->owners_path, err);
	if (!rc && !there)
		rc = create(ledger, err);
	if (!rc && !ledger->adopt)
		rc = fm_head_read(&head, &has_head, ledger->head_path, err);
	if (!rc)
		rc = fm_db_open(&ledger->db, ledger->path, ledger->read_only,
				ledger->busy_ms, err);
	if (!rc && has_head)
		rc = check_head(ledger, &head, FM_LEDGER_HEAD, err);
	if (!rc && ledger->head_dir)
		rc = check_outer(ledger, err);
	if (!rc)
		rc = fm_ledger_upgrade(ledger, err);
	return rc;
}

static enum fm_code check_dir(const struct fm_ledger *ledger, struct fm_err *err)
{
	char dir[PATH_MAX];
	enum fm_code rc = beside(dir, ledger->path, ".", err);

	/* "/a/b/." makes /a/b. */
	return rc ? rc : fm_dir_make(dir, FM_FILE_PRIVATE, err);
}

enum fm_code fm_ledger_open(struct fm_ledger **out,
			    const struct fm_ledger_options *options, struct fm_err *err)
{
	struct fm_ledger *ledger = calloc(1, sizeof(*ledger));
	bool there = false;
	enum fm_code rc;

	*out = NULL;
	if (!ledger)
		return fm_nomem(err);
	ledger->clock = options->clock;
	ledger->rand = options->rand;
	ledger->busy_ms = options->busy_ms > 0 ? options->busy_ms : BUSY_MS;
	ledger->read_only = options->read_only;
	ledger->head_dir = options->head_dir;
	ledger->adopt = options->adopt;
	ledger->gate.fd = ledger->owners.fd = ledger->head_fd = ledger->outer_fd = -1;
	rc = set_paths(ledger, options->path, err);
	if (!rc)
		rc = look_at(&there, ledger->path, err);
	if (!rc && !there && ledger->read_only) {
		rc = ledger->adopt ? FM_OK : check_never_was(ledger, err);
		goto out;
	}
	if (!rc)
		rc = check_dir(ledger, err);
	if (!rc)
		rc = open_all(ledger, there, err);
	if (!rc) {
		*out = ledger;
		ledger = NULL;
	}
out:
	fm_ledger_close(&ledger);
	return rc;
}

enum fm_code fm_ledger_name(struct fm_hash *out, struct fm_ledger *ledger,
			    struct fm_err *err)
{
	char text[FM_HASH_TEXT] = "";
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_META_GET, err);

	if (rc)
		return rc;
	fm_query_text(&q, "ledger");
	rc = fm_query_step(&q, &row, err);
	if (!rc && (!row || !fm_column_text(text, sizeof(text), &q, 0) ||
		    !fm_hash_parse(out, fm_span_of(text))))
		rc = fm_db_damaged(ledger->db, "it has no name", err);
	fm_query_close(&q);
	return rc;
}

void fm_ledger_close(struct fm_ledger **ledger)
{
	struct fm_ledger *old = *ledger;

	if (!old)
		return;
	*ledger = NULL;
	fm_db_close(&old->db);
	fm_owners_close(&old->owners);
	fm_gate_close(&old->gate);
	if (old->head_fd >= 0)
		close(old->head_fd);
	if (old->outer_fd >= 0)
		close(old->outer_fd);
	free(old);
}

/* ---- transactions ---- */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

enum fm_code fm_ledger_now(int64_t *now_ms, struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_head head;
	enum fm_code rc = fm_journal_head(&head, ledger->db, err);

	*now_ms = later(fm_wall_ms(ledger->clock), head.at_ms);
	return rc;
}

enum fm_code fm_ledger_begin(struct fm_ledger *ledger, bool flush, struct fm_err *err)
{
	enum fm_code rc;

	if (ledger->read_only)
		return fm_fail(err, FM_E_INTERNAL, "the ledger was opened for reading");
	rc = fm_gate_enter(&ledger->gate, ledger->busy_ms, NULL, err);
	if (rc)
		return rc;
	ledger->flush = flush;
	rc = fm_db_begin(ledger->db, flush, err);
	if (!rc)
		rc = fm_journal_head(&ledger->head, ledger->db, err);
	ledger->now_ms = later(fm_wall_ms(ledger->clock), ledger->head.at_ms);
	if (rc) {
		fm_db_rollback(ledger->db);
		fm_gate_leave(&ledger->gate);
	}
	return rc;
}

enum fm_code fm_ledger_end(struct fm_ledger *ledger, enum fm_code rc, struct fm_err *err)
{
	if (rc)
		fm_db_rollback(ledger->db);
	else
		rc = fm_db_commit(ledger->db, err);
	/* Only what is flushed: the head must not outlive its record. */
	if (!rc && ledger->flush)
		fm_head_write(ledger, false);
	fm_gate_leave(&ledger->gate);
	return rc;
}

enum fm_code fm_ledger_id(char *out, struct fm_ledger *ledger, const char *kind,
			  struct fm_err *err)
{
	size_t len = strlen(kind);
	uint8_t bytes[16];
	enum fm_code rc = fm_rand_fill(ledger->rand, bytes + 6, sizeof(bytes) - 6, err);

	if (rc)
		return rc;
	for (int i = 0; i < 6; i++)
		bytes[i] = (uint8_t)((uint64_t)ledger->now_ms >> (40 - 8 * i));
	memcpy(out, kind, len);
	fm_hex_write(out + len, bytes, sizeof(bytes));
	out[len + 2 * sizeof(bytes)] = '\0';
	return FM_OK;
}
