/* SPDX-License-Identifier: MIT */
/** Payments that take a person's word: whom it is asked of, and where they wait for it. */
#include "client/internal.h"

#include <fourmica/file.h>

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define AT_ONCE_S 300 /* from a person's word to the payment they were asked about */
#define KEPT_MOST 64u
#define QUOTE_FILE_MAX (4u * 1024u * 1024u)

void fm_wanted_request(struct fm_wanted_request *out, const char *method, const char *url,
		       struct fm_span body)
{
	out->method = method;
	out->url = url;
	fm_sha256(&out->body, body.ptr ? body.ptr : "", body.ptr ? body.len : 0);
}

static struct fm_wanted_request request_of(const struct fm_quote *quote,
					   const struct fm_terms_wanted *wanted)
{
	struct fm_wanted_request request;

	if (wanted->request)
		return *wanted->request;
	fm_wanted_request(&request, "GET", quote->url, (struct fm_span){ NULL, 0 });
	return request;
}

void fm_quote_terms(struct fm_approval_terms *out, const struct fm_client *client,
		    const struct fm_quote *quote, const struct fm_terms_wanted *wanted)
{
	struct fm_wanted_request request = request_of(quote, wanted);
	const struct fm_offer *offer = quote->offer;

	*out = (struct fm_approval_terms){
		.payer = client->config.payer,
		.method = request.method,
		.url = request.url,
		.body = request.body,
		.scheme = offer->scheme->name,
		.chain_id = offer->chain_id,
		.asset = offer->asset,
		.pay_to = offer->pay_to,
		.amount = offer->amount,
	};
}

bool fm_quote_approvable(const struct fm_quote *quote)
{
	return quote->offer && quote->verdict == FM_APPROVE &&
	       strcmp(quote->why.rule, "accepted") != 0;
}

enum fm_code fm_quote_approve(struct fm_quote *quote, struct fm_client *client,
			      const struct fm_terms_wanted *wanted, int64_t for_s,
			      struct fm_err *err)
{
	struct fm_approval_terms terms;
	struct fm_approval approval;
	struct fm_ledger *ledger;
	enum fm_code rc;

	if (!fm_quote_approvable(quote))
		return fm_fail(err, FM_E_USAGE, "there is nothing to approve");
	fm_quote_terms(&terms, client, quote, wanted);
	rc = fm_client_ledger(&ledger, client, true, err);
	if (!rc)
		rc = fm_approval_add(&approval, ledger, &terms, for_s, err);
	return rc ? rc : fm_quote_again(quote, client, wanted, err);
}

/* ---- kept for later ---- */

struct oldest {
	char name[NAME_MAX + 1];
	int64_t at_s;
	size_t count;
};

static bool is_quote(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".json") == 0 && len <= NAME_MAX;
}

static void remove_in(const char *dir, const char *name)
{
	char path[FM_X402_URL_MAX];
	struct fm_err ignored;
	bool found;
	int len = snprintf(path, sizeof(path), "%s/%s", dir, name);

	fm_err_init(&ignored);
	if (len > 0 && (size_t)len < sizeof(path))
		(void)!fm_file_remove(path, &found, &ignored);
}

/** Those nobody approved within a day go; *left: the oldest of the others, and how many. */
static void prune(struct oldest *left, DIR *dir, const char *path, int64_t now_s)
{
	const struct dirent *entry;
	struct stat st;

	memset(left, 0, sizeof(*left));
	while ((entry = readdir(dir))) {
		if (!is_quote(entry->d_name) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if ((int64_t)st.st_mtime < now_s - FM_APPROVAL_MOST_S) {
			remove_in(path, entry->d_name);
			continue;
		}
		if (!left->count++ || (int64_t)st.st_mtime < left->at_s) {
			left->at_s = (int64_t)st.st_mtime;
			memcpy(left->name, entry->d_name, strlen(entry->d_name) + 1);
		}
	}
}

/** Room for one more: a seller that asks for something else every time fills no disk. */
static void make_room(const char *path, int64_t now_s)
{
	struct oldest left = { .count = KEPT_MOST };

	while (left.count >= KEPT_MOST) {
		DIR *dir = opendir(path);

		if (!dir)
			return;
		prune(&left, dir, path, now_s);
		closedir(dir);
		if (left.count < KEPT_MOST)
			return;
		remove_in(path, left.name);
		left.count--;
	}
}

static enum fm_code write_file(struct fm_quote *quote, struct fm_client *client,
			       const struct fm_terms_wanted *wanted, const char *path,
			       struct fm_err *err)
{
	struct fm_wanted_request request = request_of(quote, wanted);
	const char *dir = client->config.approval_dir;
	int64_t now_s = fm_wall_s(client->config.clock);
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, QUOTE_FILE_MAX);
	rc = fm_quote_file_put(&text, quote, &request, now_s, err);
	if (!rc)
		rc = fm_dir_make(dir, FM_FILE_PRIVATE, err);
	if (!rc) {
		make_room(dir, now_s);
		rc = fm_file_write(path, fm_buf_span(&text), FM_FILE_REPLACE, err);
	}
	fm_buf_clear(&text);
	return rc;
}

/** Same terms, same file. */
static enum fm_code name_file(char *out, size_t size, const struct fm_quote *quote,
			      const struct fm_client *client,
			      const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	char digits[FM_HASH_TEXT];
	struct fm_approval_terms terms;
	struct fm_hash hash;
	enum fm_code rc;
	int len;

	fm_quote_terms(&terms, client, quote, wanted);
	rc = fm_approval_hash(&hash, NULL, &terms, err);
	if (rc)
		return rc;
	fm_hash_text(digits, &hash);
	len = snprintf(out, size, "%s/%s.json", client->config.approval_dir, digits + 2);
	return len > 0 && (size_t)len < size
		       ? FM_OK
		       : fm_fail(err, FM_E_IO, "path too long: %.80s...",
				 client->config.approval_dir);
}

void fm_client_keep_quote(struct fm_quote *quote, struct fm_client *client,
			  const struct fm_terms_wanted *wanted, struct fm_err *why)
{
	char path[sizeof(quote->kept_path)];
	struct fm_err err;
	enum fm_code rc;

	if (!client->config.approval_dir || !quote->offer)
		return;
	fm_err_init(&err);
	rc = name_file(path, sizeof(path), quote, client, wanted, &err);
	if (!rc)
		rc = write_file(quote, client, wanted, path, &err);
	if (rc) {
		fm_log(client->config.log, FM_LOG_WARN, "no quote kept for approval: %s",
		       err.msg);
		return;
	}
	memcpy(quote->kept_path, path, strlen(path) + 1);
	fm_hint(why, "to allow exactly this once: fourmica budget approve %s", path);
}

/* ---- asked at once ---- */

enum fm_code fm_quote_seek_approval(struct fm_quote *quote, struct fm_client *client,
				    const struct fm_terms_wanted *wanted,
				    struct fm_err *err)
{
	enum fm_code rc;

	if (!fm_quote_approvable(quote) || client->config.dry_run || wanted->no_pay)
		return FM_OK;
	rc = fm_client_check_stop(client, err);
	if (rc)
		return rc;
	rc = client->config.approve
		     ? client->config.approve(client->config.ctx, quote, err)
		     : FM_E_APPROVAL;
	if (!rc)
		return fm_quote_approve(quote, client, wanted, AT_ONCE_S, err);
	if (rc != FM_E_APPROVAL)
		return rc;
	fm_err_init(err);
	fm_client_keep_quote(quote, client, wanted, &quote->why);
	return FM_OK;
}
