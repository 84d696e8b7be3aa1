/* SPDX-License-Identifier: MIT */
/* The file of a session: a head that says whose it is, and a box bound to that head. A file that
 * does not open is no error: it is another wallet's, another Core's or damaged, and signing in
 * again replaces it. */
#include "client/session.h"

#include "keystore/seal.h"

#include <fourmica/file.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 16384u
#define ABOUT_MAX (FM_TRUST_URL + 256)
#define WAIT_MS 30000

enum fm_code fm_session_dir(char out[static PATH_MAX], const struct fm_client *client,
			    struct fm_err *err)
{
	const char *ledger = client->config.ledger_file;
	const char *slash = strrchr(ledger, '/');
	int len;

	if (client->session.dir)
		len = snprintf(out, PATH_MAX, "%s", client->session.dir);
	else
		len = snprintf(out, PATH_MAX, "%.*ssessions",
			       slash ? (int)(slash - ledger) + 1 : 0, ledger);
	if (len < 0 || len >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG,
			       "the name of the folder for sessions is too long");
	return FM_OK;
}

static enum fm_code name_core(struct fm_session *session, const char *core_url,
			      struct fm_err *err)
{
	struct fm_buf shown;
	enum fm_code rc = FM_OK;

	fm_buf_init(&shown, sizeof(session->core) - 1);
	if (fm_url_shown(&shown, core_url, true))
		memcpy(session->core, shown.ptr, shown.len + 1);
	else
		rc = fm_fail(err, FM_E_CONFIG, "the URL of Core is too long");
	fm_buf_clear(&shown);
	return rc;
}

enum fm_code fm_session_init(struct fm_session *session, const struct fm_client *client,
			     uint64_t chain_id, const char *core_url, struct fm_err *err)
{
	char dir[PATH_MAX], wallet[FM_ADDR_TEXT], hex[17] = "";
	struct fm_hash hash;
	int len;
	enum fm_code rc;

	*session = (struct fm_session){
		.wallet = client->config.payer,
		.chain_id = chain_id,
		.gate = { .fd = -1 },
	};
	rc = name_core(session, core_url, err);
	if (!rc)
		rc = fm_session_dir(dir, client, err);
	if (rc)
		return rc;
	fm_addr_lower(wallet, &session->wallet);
	fm_sha256(&hash, session->core, strlen(session->core));
	fm_hex_write(hex, hash.b, 8);
	len = snprintf(session->path, PATH_MAX, "%s/%s-%llu-%s.json", dir, wallet,
		       (unsigned long long)chain_id, hex);
	if (len > 0 && len < PATH_MAX)
		len = snprintf(session->lock, PATH_MAX, "%s.lock", session->path);
	if (len < 0 || len >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG,
			       "the name of the folder for sessions is too long");
	return FM_OK;
}

void fm_session_clear(struct fm_session *session)
{
	fm_session_leave(session);
	fm_secret_free(&session->key);
}

/* ---- one at a time ------------------------------------------------------------------------- */

enum fm_code fm_session_enter(struct fm_session *session, const struct fm_client *client,
			      struct fm_err *err)
{
	const struct fm_http *http = client->config.http;
	char dir[PATH_MAX];
	enum fm_code rc = fm_session_dir(dir, client, err);

	if (!rc)
		rc = fm_dir_make(dir, FM_FILE_PRIVATE, err);
	if (!rc)
		rc = fm_gate_open(&session->gate, session->lock, 0, err);
	if (rc)
		return rc;
	rc = fm_gate_enter(&session->gate, WAIT_MS, http ? http->cancel : NULL, err);
	if (rc == FM_E_BUSY) {
		fm_fail(err, FM_E_BUSY,
			"another process has been signing in to 4Mica Core for %d s",
			WAIT_MS / 1000);
		fm_hint(err,
			"run it again; if it stays, look for a stopped fourmica process");
	}
	if (rc)
		fm_gate_close(&session->gate);
	return rc;
}

void fm_session_leave(struct fm_session *session)
{
	if (session->gate.fd < 0)
		return;
	fm_gate_leave(&session->gate);
	fm_gate_close(&session->gate);
}

/* ---- the file ------------------------------------------------------------------------------ */

/** What the box is bound to: every fact of the head. */
static bool about(struct fm_buf *out, const struct fm_session *session)
{
	char wallet[FM_ADDR_TEXT];

	fm_addr_lower(wallet, &session->wallet);
	fm_buf_init(out, ABOUT_MAX);
	return fm_buf_fmt(out, FM_SESSION_FORMAT "\n%s\n%llu\n%s", wallet,
			  (unsigned long long)session->chain_id, session->core);
}

static bool read_plain(struct fm_session_kept *out, struct fm_span plain)
{
	struct fm_session_kept read = { .from_s = 0 };
	uint64_t from = 0, until = 0;
	struct fm_json *doc = NULL;
	struct fm_err ignored;
	bool ok;

	fm_err_init(&ignored);
	if (fm_json_parse(&doc, plain, false, &ignored))
		return false;
	ok = fm_json_cstr(read.tokens.access, sizeof(read.tokens.access),
			  fm_json_get(doc, "access")) &&
	     fm_json_cstr(read.tokens.refresh, sizeof(read.tokens.refresh),
			  fm_json_get(doc, "refresh")) &&
	     fm_bearer_ok(fm_span_of(read.tokens.access)) &&
	     fm_bearer_ok(fm_span_of(read.tokens.refresh)) &&
	     fm_json_u64(&from, fm_json_get(doc, "from")) &&
	     fm_json_u64(&until, fm_json_get(doc, "until")) && from <= until &&
	     until <= INT64_MAX;
	read.from_s = ok ? (int64_t)from : 0;
	read.until_s = ok ? (int64_t)until : 0;
	if (ok)
		*out = read;
	fm_wipe(&read, sizeof(read));
	fm_json_free(&doc);
	return ok;
}

/** The box of a document of ours, as bytes. */
static bool read_box(struct fm_buf *box, const struct fm_json *doc)
{
	struct fm_buf hex;
	char *at;
	bool ok = false;

	if (!fm_json_is(fm_json_get(doc, "format"), FM_SESSION_FORMAT))
		return false;
	fm_buf_init(&hex, FILE_MAX);
	if (fm_json_str(&hex, fm_json_get(doc, "box")) && hex.len % 2 == 0) {
		at = fm_buf_grow(box, hex.len / 2);
		ok = at && fm_hex_read(at, hex.len / 2, fm_buf_span(&hex));
	}
	fm_buf_clear(&hex);
	return ok;
}

static bool open_file(struct fm_session_kept *out, struct fm_span text,
		      const struct fm_session *session)
{
	struct fm_json *doc = NULL;
	struct fm_buf box, head, plain;
	struct fm_err ignored;
	bool ok;

	fm_err_init(&ignored);
	if (fm_json_parse(&doc, text, false, &ignored))
		return false;
	fm_buf_init(&box, FILE_MAX);
	fm_buf_init(&plain, FILE_MAX);
	ok = about(&head, session) && read_box(&box, doc) &&
	     fm_unseal(&plain, session->key, fm_buf_span(&box), fm_buf_span(&head)) &&
	     read_plain(out, fm_buf_span(&plain));
	fm_buf_wipe(&plain);
	fm_buf_clear(&head);
	fm_buf_clear(&box);
	fm_json_free(&doc);
	return ok;
}

enum fm_code fm_session_read(struct fm_session_kept *out, bool *found,
			     const struct fm_session *session, struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	*found = false;
	if (!session->key)
		return FM_OK;
	fm_buf_init(&text, FILE_MAX);
	rc = fm_file_read(&text, found, session->path, FM_FILE_PRIVATE, err);
	if (rc == FM_E_TOO_LARGE) { /* none of ours */
		*found = false;
		rc = FM_OK;
	}
	*found = !rc && *found && open_file(out, fm_buf_span(&text), session);
	fm_buf_clear(&text);
	return rc;
}

static bool write_plain(struct fm_buf *out, const struct fm_session_kept *kept)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_named_str(&w, "access", kept->tokens.access);
	fm_jw_named_str(&w, "refresh", kept->tokens.refresh);
	fm_jw_key(&w, "from");
	fm_jw_i64(&w, kept->from_s);
	fm_jw_key(&w, "until");
	fm_jw_i64(&w, kept->until_s);
	fm_jw_end(&w, '}');
	return fm_buf_ok(out);
}

static bool write_file(struct fm_buf *out, const struct fm_session *session,
		       struct fm_span box)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_named_str(&w, "format", FM_SESSION_FORMAT);
	fm_jw_named_addr(&w, "wallet", &session->wallet);
	fm_jw_key(&w, "chain_id");
	fm_jw_u64(&w, session->chain_id);
	fm_jw_named_str(&w, "core", session->core);
	fm_jw_key(&w, "box");
	fm_jw_raw(&w, fm_span_of("\""));
	char *at = fm_buf_grow(out, 2 * box.len);
	if (at)
		fm_hex_write(at, box.ptr, box.len);
	fm_buf_str(out, "\"}\n");
	return fm_buf_ok(out);
}

enum fm_code fm_session_write(const struct fm_session *session,
			      const struct fm_session_kept *kept,
			      const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_buf plain, head, box, text;
	enum fm_code rc = FM_OK;

	if (!session->key)
		return FM_OK;
	fm_buf_init(&plain, FILE_MAX);
	fm_buf_init(&box, FILE_MAX);
	fm_buf_init(&text, FILE_MAX);
	if (!about(&head, session) || !write_plain(&plain, kept))
		rc = fm_nomem(err);
	if (!rc)
		rc = fm_seal(&box, session->key, fm_buf_span(&plain), fm_buf_span(&head),
			     rand, err);
	if (!rc && !write_file(&text, session, fm_buf_span(&box)))
		rc = fm_nomem(err);
	if (!rc)
		rc = fm_file_write(session->path, fm_buf_span(&text), FM_FILE_REPLACE,
				   err);
	fm_buf_wipe(&plain);
	fm_buf_clear(&head);
	fm_buf_clear(&box);
	fm_buf_clear(&text);
	return rc;
}

enum fm_code fm_session_remove(const struct fm_session *session, struct fm_err *err)
{
	if (unlink(session->path) == 0 || errno == ENOENT)
		return FM_OK;
	return fm_fail(err, FM_E_IO, "cannot remove %s: %s", session->path,
		       strerror(errno));
}
