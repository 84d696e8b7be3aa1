/* SPDX-License-Identifier: MIT */
/* Access tokens for Core: what is kept, else renewed, else a new sign-in. A refresh token works
 * once, so renewing and signing in happen under the session's lock, and whoever waited for it
 * looks at the file again first. 4mica.md, section 2.4. */
#include "client/session.h"

#include "client/document.h"

#include "credit/ask.h"
#include "keystore/seal.h"

#include <fourmica/file.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EARLY_S 60 /* renewed that long before its end */
#define MESSAGE_MAX 4096u

/** One search for a token. */
struct search {
	struct fm_client *client;
	const char *core_url;
	enum fm_sign_in how;
	struct fm_span refused; /**< what Core did not take; empty: nothing yet */
	struct fm_token_tries tries;
	struct fm_session session;
	struct fm_session_kept kept;
	bool found; /**< `kept` is filled */
};

void fm_client_session(struct fm_client *client, const struct fm_session_config *config)
{
	client->session = *config;
}

/* ---- what is kept -------------------------------------------------------------------------- */

/** A clock that went back makes the token look young; asking Core once more is harmless. */
static bool is_good(const struct search *s)
{
	int64_t now_s = fm_wall_s(s->client->config.clock);

	return s->found && s->kept.from_s <= now_s && now_s < s->kept.until_s - EARLY_S &&
	       !fm_span_is(s->refused, s->kept.tokens.access);
}

/** The key of the kept tokens, if the wallet is open or may be opened. *open false: it is not,
 *  and nobody is asked. */
static enum fm_code open_wallet(struct search *s, bool *open, struct fm_err *err)
{
	struct fm_client *client = s->client;
	enum fm_code rc = FM_OK;

	*open = client->config.has_payer &&
		(client->signer.ops ||
		 (s->how == FM_SIGN_IN_ANEW && client->config.open_signer));
	if (!*open)
		return FM_OK;
	rc = fm_client_unlock(client, s->session.chain_id, err);
	return rc ? rc
		  : fm_signer_derive(&s->session.key, &client->signer, FM_SESSION_PURPOSE,
				     err);
}

static void keep(struct search *s, const struct fm_tokens *tokens, int64_t asked_s)
{
	struct fm_err err;

	s->kept.tokens = *tokens;
	s->kept.from_s = asked_s > 0 ? asked_s : 0;
	s->kept.until_s = s->kept.from_s + tokens->expires_in_s;
	s->found = true;
	fm_err_init(&err);
	/* The old refresh token is used up either way; these still serve this run. */
	if (fm_session_write(&s->session, &s->kept, s->client->config.rand, &err))
		fm_log(s->client->config.log, FM_LOG_WARN,
		       "the sign-in to 4Mica Core cannot be kept: %s", err.msg);
}

/* ---- Core ---------------------------------------------------------------------------------- */

static enum fm_code send(struct fm_core_ask *ask, struct search *s, struct fm_err *err)
{
	return fm_core_ask_alone(ask, s->client->config.http, err);
}

static enum fm_code take_tokens(struct search *s, const struct fm_core_ask *ask,
				int64_t asked_s, struct fm_err *err)
{
	struct fm_tokens tokens;
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = fm_core_body(&body, ask, 0, err);

	if (!rc)
		rc = fm_core_answer_from(ask, fm_tokens_read(&tokens, body, err), err);
	if (!rc)
		keep(s, &tokens, asked_s);
	fm_wipe(&tokens, sizeof(tokens));
	return rc;
}

/** *done false: Core does not know this refresh token any more. */
static enum fm_code renew(struct search *s, bool *done,
			  const struct fm_http_options *options, struct fm_err *err)
{
	int64_t asked_s = fm_wall_s(s->client->config.clock);
	struct fm_core_ask ask;
	enum fm_code rc;

	s->tries.renewed = true;
	fm_core_ask_init(&ask);
	rc = fm_auth_ask_refresh(&ask, s->core_url, options, s->kept.tokens.refresh, err);
	if (!rc)
		rc = send(&ask, s, err);
	*done = rc || fm_core_access(&ask) != FM_CORE_ACCESS_RENEW;
	if (!rc && *done)
		rc = take_tokens(s, &ask, asked_s, err);
	else if (!rc) /* used up: nobody needs to try it again */
		rc = fm_session_remove(&s->session, err);
	fm_core_ask_clear(&ask);
	return rc;
}

static enum fm_code get_message(struct fm_siwe *out, struct search *s,
				const struct fm_http_options *options, struct fm_err *err)
{
	const struct fm_siwe_rules rules = {
		.chain_id = s->session.chain_id,
		.core_url = s->core_url,
		.domains = s->client->session.domains,
		.now_s = fm_wall_s(s->client->config.clock),
	};
	struct fm_core_ask ask;
	struct fm_span body = { NULL, 0 };
	enum fm_code rc;

	fm_core_ask_init(&ask);
	rc = fm_auth_ask_nonce(&ask, s->core_url, options, &s->session.wallet, err);
	if (!rc)
		rc = send(&ask, s, err);
	if (!rc)
		rc = fm_core_body(&body, &ask, 0, err);
	if (!rc)
		rc = fm_core_answer_from(&ask, fm_siwe_read(out, body, err), err);
	if (!rc)
		rc = fm_core_answer_from(&ask, fm_siwe_check(out, &rules, err), err);
	fm_core_ask_clear(&ask);
	return rc;
}

static enum fm_code sign_in(struct search *s, const struct fm_http_options *options,
			    struct fm_err *err)
{
	int64_t asked_s = fm_wall_s(s->client->config.clock);
	const struct fm_signer *signer = &s->client->signer;
	struct fm_core_ask ask;
	struct fm_document doc = { .kind = FM_SIGN_SIGN_IN,
				   .address = s->session.wallet,
				   .chain_id = s->session.chain_id };
	struct fm_buf message;
	struct fm_sig sig;
	enum fm_code rc;

	s->tries.signed_in = true;
	fm_client_event(s->client, "sign-in", "%s", s->session.core);
	fm_core_ask_init(&ask);
	fm_buf_init(&message, MESSAGE_MAX);
	rc = get_message(&doc.siwe, s, options, err);
	if (rc)
		goto out;
	if (!fm_siwe_text(&message, &doc.siwe, &doc.address))
		rc = fm_nomem(err);
	if (!rc)
		rc = fm_document_sign(&sig, NULL, signer, &doc, err);
	if (!rc)
		rc = fm_auth_ask_verify(&ask, s->core_url, options, &s->session.wallet,
					fm_buf_span(&message), &sig, err);
	if (!rc)
		rc = send(&ask, s, err);
	if (!rc)
		rc = take_tokens(s, &ask, asked_s, err);
out:
	fm_wipe(&sig, sizeof(sig));
	fm_buf_clear(&message);
	fm_core_ask_clear(&ask);
	return rc;
}

/* ---- the search ---------------------------------------------------------------------------- */

static enum fm_code ask_core(struct search *s, bool *have, struct fm_err *err)
{
	struct fm_http_options options;
	bool done = false;
	enum fm_code rc = FM_OK;

	fm_client_transport(&options, s->client, s->core_url);
	if (s->found && !s->tries.renewed)
		rc = renew(s, &done, &options, err);
	if (!rc && !done && s->how == FM_SIGN_IN_ANEW && !s->tries.signed_in) {
		rc = sign_in(s, &options, err);
		done = true;
	}
	*have = !rc && done;
	return rc;
}

static enum fm_code look(struct search *s, bool *have, struct fm_err *err)
{
	enum fm_code rc = fm_session_read(&s->kept, &s->found, &s->session, err);

	*have = !rc && is_good(s);
	return rc;
}

static enum fm_code find(struct search *s, bool *have, struct fm_err *err)
{
	bool open = false;
	enum fm_code rc = open_wallet(s, &open, err);

	if (!rc && open)
		rc = look(s, have, err);
	if (rc || !open || *have || s->how == FM_SIGN_IN_NEVER || !s->client->config.http)
		return rc;
	if (!s->found && s->how != FM_SIGN_IN_ANEW)
		return FM_OK;
	rc = fm_session_enter(&s->session, s->client, err);
	if (!rc)
		rc = look(s, have, err);
	if (!rc && !*have)
		rc = ask_core(s, have, err);
	fm_session_leave(&s->session);
	return rc;
}

static enum fm_code given(struct fm_buf *bearer, bool *have,
			  const struct fm_client *client, const struct search *s,
			  struct fm_err *err)
{
	if (s->refused.len)
		return FM_OK; /* there is no other */
	if (!fm_bearer_ok(fm_span_of(client->session.bearer)))
		return fm_fail(
			err, FM_E_CONFIG,
			"the access token given for 4Mica Core is no bearer token");
	*have = true;
	return fm_buf_str(bearer, client->session.bearer) ? FM_OK : fm_nomem(err);
}

static enum fm_code get(struct fm_buf *bearer, bool *have, struct search *s,
			uint64_t chain_id, struct fm_err *err)
{
	struct fm_client *client = s->client;
	enum fm_code rc;

	*have = false;
	if (client->session.bearer && client->session.bearer_chain == chain_id)
		return given(bearer, have, client, s, err);
	if (client->config.core_url)
		s->core_url = client->config.core_url(client->config.ctx, chain_id);
	if (!s->core_url) {
		fm_fail(err, FM_E_CONFIG, "no 4Mica Core is known for chain %llu",
			(unsigned long long)chain_id);
		return fm_hint(err, "name it with --core URL or in config.json");
	}
	if (client->config.dry_run && s->how == FM_SIGN_IN_ANEW)
		s->how = FM_SIGN_IN_RENEW;
	rc = fm_session_init(&s->session, client, chain_id, s->core_url, err);
	if (rc)
		return rc;
	rc = find(s, have, err);
	if (rc)
		fm_within(err, "4Mica Core");
	if (!rc && *have && !fm_buf_str(bearer, s->kept.tokens.access))
		rc = fm_nomem(err);
	fm_session_clear(&s->session);
	fm_wipe(&s->kept, sizeof(s->kept));
	return rc;
}

enum fm_code fm_client_token(struct fm_buf *bearer, bool *have, struct fm_client *client,
			     uint64_t chain_id, enum fm_sign_in how, struct fm_err *err)
{
	struct search s = { .client = client, .how = how };

	return get(bearer, have, &s, chain_id, err);
}

enum fm_code fm_client_token_again(struct fm_buf *bearer, bool *have,
				   struct fm_token_tries *tries, struct fm_client *client,
				   uint64_t chain_id, enum fm_sign_in how,
				   struct fm_err *err)
{
	struct search s = { .client = client, .how = how, .tries = *tries };
	struct fm_buf other;
	enum fm_code rc;

	s.refused = fm_buf_span(bearer);
	fm_buf_init(&other, FM_BEARER_MAX);
	rc = get(&other, have, &s, chain_id, err);
	*tries = s.tries;
	fm_buf_wipe(bearer);
	if (!rc && *have && !fm_buf_add(bearer, other.ptr, other.len))
		rc = fm_nomem(err);
	fm_buf_wipe(&other);
	return rc;
}

/* ---- asking with it ------------------------------------------------------------------------ */

/** What is sent to Core with a token, and what goes along the first time. */
struct asking {
	struct fm_client *client;
	struct fm_core_ask *const *asks;
	size_t count;
	struct fm_http_job *const *beside;
	size_t beside_count;
};

/** What needs no token goes without one; `rc` is why there is none. */
static enum fm_code ask_others(enum fm_code rc, const struct asking *a,
			       struct fm_err *err)
{
	struct fm_err nomem;

	fm_err_init(&nomem);
	if (!a->beside_count ||
	    !fm_http_together(a->client->config.http, a->beside, a->beside_count, &nomem))
		return rc;
	*err = nomem;
	return nomem.code;
}

/** Send those that are not answered; *refused: how many a newer token may help. */
static enum fm_code ask_round(size_t *refused, const struct asking *a,
			      struct fm_span bearer, bool first, struct fm_err *err)
{
	struct fm_http_job **jobs =
		calloc(a->count + a->beside_count + 1, sizeof(struct fm_http_job *));
	enum fm_code rc = jobs ? FM_OK : fm_nomem(err);
	size_t n = 0;

	for (size_t i = 0; !rc && first && i < a->beside_count; i++)
		jobs[n++] = a->beside[i];
	for (size_t i = 0; !rc && i < a->count; i++) {
		if (!first && fm_core_access(a->asks[i]) != FM_CORE_ACCESS_RENEW)
			continue;
		rc = fm_core_ask_bearer(a->asks[i], bearer, err);
		jobs[n++] = &a->asks[i]->job;
	}
	if (!rc)
		rc = fm_http_together(a->client->config.http, jobs, n, err);
	else if (first)
		rc = ask_others(rc, a, err);
	free(jobs);
	*refused = 0;
	for (size_t i = 0; !rc && i < a->count; i++)
		*refused += fm_core_access(a->asks[i]) == FM_CORE_ACCESS_RENEW;
	return rc;
}

enum fm_code fm_client_ask_core_beside(bool *have, struct fm_client *client,
				       uint64_t chain_id, enum fm_sign_in how,
				       struct fm_core_ask *const asks[], size_t count,
				       struct fm_http_job *const beside[],
				       size_t beside_count, struct fm_err *err)
{
	const struct asking a = { client, asks, count, beside, beside_count };
	struct fm_token_tries tries = { .renewed = false };
	struct fm_buf bearer;
	size_t refused = 0;
	bool more, first = true;
	enum fm_code rc;

	*have = false;
	if (!client->config.http)
		return FM_OK;
	fm_buf_init(&bearer, FM_BEARER_MAX);
	rc = fm_client_token(&bearer, have, client, chain_id, how, err);
	if (rc || !*have)
		rc = ask_others(rc, &a, err);
	for (more = *have; !rc && more; first = false) {
		rc = ask_round(&refused, &a, fm_buf_span(&bearer), first, err);
		more = refused > 0;
		if (!rc && more)
			rc = fm_client_token_again(&bearer, &more, &tries, client,
						   chain_id, how, err);
	}
	fm_buf_wipe(&bearer);
	return rc;
}

enum fm_code fm_client_ask_core(bool *have, struct fm_client *client, uint64_t chain_id,
				enum fm_sign_in how, struct fm_core_ask *const asks[],
				size_t count, struct fm_err *err)
{
	return fm_client_ask_core_beside(have, client, chain_id, how, asks, count, NULL,
					 0, err);
}

/* ---- leaving ------------------------------------------------------------------------------- */

/** Best effort: the token dies by itself in a month. */
static void log_out(const struct search *s)
{
	struct fm_http_options options;
	struct fm_core_ask ask;
	struct fm_span body = { NULL, 0 };
	struct fm_err err;
	bool revoked;
	enum fm_code rc;

	fm_err_init(&err);
	fm_core_ask_init(&ask);
	fm_client_transport(&options, s->client, s->core_url);
	rc = fm_auth_ask_logout(&ask, s->core_url, &options, s->kept.tokens.refresh,
				&err);
	if (!rc)
		rc = fm_core_ask_alone(&ask, s->client->config.http, &err);
	if (!rc)
		rc = fm_core_body(&body, &ask, 0, &err);
	if (!rc)
		rc = fm_auth_revoked_read(&revoked, body, &err);
	if (rc)
		fm_log(s->client->config.log, FM_LOG_WARN,
		       "4Mica Core was not told that its tokens are given up: %s",
		       err.msg);
	fm_core_ask_clear(&ask);
}

/** One file. Core is asked only where it is still the one in use. */
static enum fm_code forget(struct search *s, struct fm_err *err)
{
	struct fm_client *client = s->client;
	bool open;
	enum fm_code rc = fm_session_enter(&s->session, client, err);

	if (rc)
		return rc;
	rc = open_wallet(s, &open, err);
	if (!rc && s->session.key)
		rc = fm_session_read(&s->kept, &s->found, &s->session, err);
	if (!rc)
		rc = fm_session_remove(&s->session, err);
	if (!rc && s->found && s->core_url && client->config.http)
		log_out(s);
	fm_wipe(&s->kept, sizeof(s->kept));
	return rc;
}

/** "<address>-<chain>-<hash>.json" of this wallet; *chain_id from the name. */
static bool is_session(uint64_t *chain_id, const char *name, const char *wallet)
{
	size_t len = strlen(wallet), at = len + 1;
	struct fm_u256 number;
	size_t digits;

	if (strncmp(name, wallet, len) != 0 || name[len] != '-')
		return false;
	digits = strspn(name + at, "0123456789");
	if (!fm_u256_from_dec(&number, (struct fm_span){ name + at, digits }) ||
	    !fm_u256_to_u64(chain_id, &number))
		return false;
	at += digits;
	return name[at] == '-' && strspn(name + at + 1, "0123456789abcdef") == 16 &&
	       strcmp(name + at + 17, ".json") == 0;
}

static enum fm_code forget_named(struct fm_client *client, const char *dir,
				 const char *name, uint64_t chain_id, struct fm_err *err)
{
	struct search s = { .client = client, .how = FM_SIGN_IN_NEVER };
	const char *core = client->config.core_url
				   ? client->config.core_url(client->config.ctx, chain_id)
				   : NULL;
	char path[PATH_MAX];
	struct fm_err ignored;
	enum fm_code rc;

	fm_err_init(&ignored);
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG,
			       "the name of the folder for sessions is too long");
	if (!core || fm_session_init(&s.session, client, chain_id, core, &ignored) ||
	    strcmp(s.session.path, path) != 0) {
		/* of a Core that is not in use any more */
		s.session = (struct fm_session){ .wallet = client->config.payer,
						 .chain_id = chain_id,
						 .gate = { .fd = -1 } };
		memcpy(s.session.path, path, sizeof(path));
		if (snprintf(s.session.lock, PATH_MAX, "%s.lock", path) >= PATH_MAX)
			return fm_fail(err, FM_E_CONFIG,
				       "the name of the folder for sessions is too long");
	} else {
		s.core_url = core;
	}
	rc = forget(&s, err);
	fm_session_clear(&s.session);
	return rc;
}

enum fm_code fm_client_sign_out(struct fm_client *client, uint64_t chain_id,
				struct fm_err *err)
{
	char path[PATH_MAX], wallet[FM_ADDR_TEXT];
	struct dirent *entry;
	uint64_t chain;
	DIR *dir;
	enum fm_code rc = fm_session_dir(path, client, err);

	if (rc || !client->config.has_payer)
		return rc;
	fm_addr_lower(wallet, &client->config.payer);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? FM_OK
				       : fm_fail(err, FM_E_IO, "cannot read %s: %s", path,
						 strerror(errno));
	while ((entry = readdir(dir))) {
		struct fm_err own;
		fm_err_init(&own);
		if (!is_session(&chain, entry->d_name, wallet) ||
		    (chain_id && chain != chain_id) ||
		    !forget_named(client, path, entry->d_name, chain, &own))
			continue;
		if (!rc && err)
			*err = own;
		rc = own.code;
	}
	closedir(dir);
	return rc;
}
