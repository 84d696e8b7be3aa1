/* SPDX-License-Identifier: MIT */
/* The hash chain over everything that happened, and its newest link outside the
 * database. */
#include "policy/ledger.h"

#include <fourmica/file.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST (INT64_C(1) << 53)	 /* records; milliseconds: 285 000 years */
#define TAG "fourmica.journal/1" /* its NUL is hashed too */
/* "fourmica.head/1 SEQ HASH\n" */
#define HEAD_TAG "fourmica.head/1 "
#define HEAD_DIGITS 18
#define HEAD_LEN (sizeof(HEAD_TAG) - 1 + HEAD_DIGITS + 1 + FM_HASH_TEXT)

static void put_be64(struct fm_buf *out, int64_t value)
{
	uint8_t b[8];

	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
	fm_buf_add(out, b, sizeof(b));
}

bool fm_journal_hash(struct fm_hash *out, int64_t seq, int64_t at_ms,
		     const struct fm_hash *prev, struct fm_span body)
{
	struct fm_buf all;
	bool ok;

	fm_buf_init(&all, body.len + 128);
	fm_buf_add(&all, TAG, sizeof(TAG));
	put_be64(&all, seq);
	put_be64(&all, at_ms);
	fm_buf_add(&all, prev->b, sizeof(prev->b));
	fm_buf_add(&all, body.ptr, body.len);
	ok = fm_buf_ok(&all);
	if (ok)
		fm_sha256(out, all.ptr, all.len);
	fm_buf_clear(&all);
	return ok;
}

bool fm_journal_possible(int64_t seq, int64_t at_ms)
{
	return seq > 0 && seq <= MOST && at_ms >= -MOST && at_ms <= MOST;
}

enum fm_code fm_journal_head(struct fm_head *out, struct fm_db *db, struct fm_err *err)
{
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_JOURNAL_LAST, err);

	*out = (struct fm_head){ .seq = 0 };
	if (!rc)
		rc = fm_query_step(&q, &row, err);
	if (!rc && (!row || !fm_column_i64(&out->seq, &q, 0) ||
		    !fm_column_i64(&out->at_ms, &q, 1) ||
		    !fm_column_blob(out->hash.b, sizeof(out->hash.b), &q, 2) ||
		    !fm_journal_possible(out->seq, out->at_ms)))
		rc = fm_db_damaged(db, "the journal is empty or unreadable", err);
	if (rc)
		*out = (struct fm_head){ .seq = 0 };
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_journal_add(struct fm_head *head, struct fm_db *db, int64_t at_ms,
			    const char *subject, struct fm_span body, struct fm_err *err)
{
	struct fm_head next = { .seq = head->seq + 1, .at_ms = at_ms };
	struct fm_query q;
	enum fm_code rc;

	if (!fm_journal_hash(&next.hash, next.seq, at_ms, &head->hash, body))
		return fm_nomem(err);
	rc = fm_query_open(&q, db, FM_SQL_JOURNAL_ADD, err);
	if (rc)
		return rc;
	fm_query_i64(&q, next.seq);
	fm_query_i64(&q, at_ms);
	fm_query_blob(&q, head->hash.b, sizeof(head->hash.b));
	fm_query_blob(&q, next.hash.b, sizeof(next.hash.b));
	fm_query_span(&q, body);
	fm_query_text(&q, subject);
	rc = fm_query_run(&q, err);
	if (!rc)
		*head = next;
	return rc;
}

static enum fm_code first_of(int64_t *seq, struct fm_db *db, struct fm_err *err)
{
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_JOURNAL_TIME, err);

	*seq = 0;
	if (rc)
		return rc;
	fm_query_i64(&q, INT64_MIN);
	rc = fm_query_step(&q, &row, err);
	if (!rc && row && !fm_column_i64(seq, &q, 0))
		rc = fm_db_damaged(db, "the journal is unreadable", err);
	fm_query_close(&q);
	return rc;
}

/* Only a checkpoint takes the oldest records away; older schemas know none. */
static enum fm_code was_removed(bool *yes, struct fm_db *db, int64_t seq,
				struct fm_err *err)
{
	struct fm_query q;
	int64_t first;
	enum fm_code rc = first_of(&first, db, err);

	*yes = false;
	if (rc || seq >= first)
		return rc;
	rc = fm_query_open(&q, db, FM_SQL_JOURNAL_BACK, err);
	if (rc)
		return rc;
	fm_query_text(&q, FM_CHECKPOINT);
	rc = fm_query_step(&q, yes, err);
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_journal_holds(bool *same, struct fm_db *db, const struct fm_head *head,
			      struct fm_err *err)
{
	struct fm_hash stored;
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_JOURNAL_AT, err);

	if (rc)
		return rc;
	fm_query_i64(&q, head->seq);
	rc = fm_query_step(&q, &row, err);
	*same = !rc && row && fm_column_blob(stored.b, sizeof(stored.b), &q, 0) &&
		fm_hash_equal(&stored, &head->hash);
	fm_query_close(&q);
	return rc || row ? rc : was_removed(same, db, head->seq, err);
}

/* ---- ledger.head ---- */

static bool parse_head(struct fm_head *out, struct fm_span text)
{
	const char *digits = text.ptr + strlen(HEAD_TAG),
		   *hash = digits + HEAD_DIGITS + 1;

	if (text.len != HEAD_LEN || memcmp(text.ptr, HEAD_TAG, strlen(HEAD_TAG)) != 0 ||
	    hash[-1] != ' ' || hash[FM_HASH_TEXT - 1] != '\n')
		return false;
	out->seq = 0;
	/* 18 digits always fit. */
	for (int i = 0; i < HEAD_DIGITS; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		out->seq = out->seq * 10 + (digits[i] - '0');
	}
	return out->seq > 0 &&
	       fm_hash_parse(&out->hash, (struct fm_span){ hash, FM_HASH_TEXT - 1 });
}

enum fm_code fm_head_read(struct fm_head *out, bool *found, const char *path,
			  struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, HEAD_LEN + 1);
	rc = fm_file_read(&text, found, path, FM_FILE_PRIVATE, err);
	/* Made and killed before the first record: as good as none. */
	if (!rc && *found && text.len == 0)
		*found = false;
	if (!rc && *found && !parse_head(out, fm_buf_span(&text))) {
		rc = fm_fail(err, FM_E_LEDGER, "%s is damaged", path);
		fm_hint(err, FM_LEDGER_ADOPT);
	}
	fm_buf_clear(&text);
	if (rc != FM_E_TOO_LARGE)
		return rc;
	fm_fail(err, FM_E_LEDGER, "%s is damaged", path);
	return fm_hint(err, FM_LEDGER_ADOPT);
}

/* Always the same length, so that overwriting it in place leaves the old or the new
 * record. */
static void put_head(int *fd, const char *path, const char text[static HEAD_LEN],
		     bool sync)
{
	const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW;

	if (*fd < 0 && *path)
		*fd = open(path, flags, 0600);
	if (*fd >= 0 && pwrite(*fd, text, HEAD_LEN, 0) == (ssize_t)HEAD_LEN && sync)
		fsync(*fd);
}

void fm_head_write(struct fm_ledger *ledger, bool sync)
{
	char text[HEAD_LEN + 1], hash[FM_HASH_TEXT];
	int len;

	fm_hash_text(hash, &ledger->head.hash);
	len = snprintf(text, sizeof(text), HEAD_TAG "%0*lld %s\n", HEAD_DIGITS,
		       (long long)ledger->head.seq, hash);
	if (len != HEAD_LEN)
		return;
	put_head(&ledger->head_fd, ledger->head_path, text, sync);
	put_head(&ledger->outer_fd, ledger->outer_path, text, sync);
}
