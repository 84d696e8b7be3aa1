/* SPDX-License-Identifier: MIT */
/* The four sign-in calls and the tokens they are about. 4mica.md, section 2.4. */
#include "credit/auth.h"
#include "credit/ask.h"
#include "credit/members.h"

#include <string.h>

static const char what[] = "sign-in";

/* ---- answers ------------------------------------------------------------------------------- */

/** A token goes into a header or back to Core, and is never shown, not even a wrong one. */
static enum fm_code read_token(char *out, size_t size, const struct fm_json *root,
			       const char *snake, const char *camel, struct fm_err *err)
{
	if (fm_json_cstr(out, size, fm_member(root, snake, camel)) &&
	    fm_bearer_ok(fm_span_of(out)))
		return FM_OK;
	return fm_fail(err, FM_E_CORE, "%s: %s is missing or no token", what, snake);
}

static enum fm_code read_tokens(struct fm_tokens *out, const struct fm_json *root,
				struct fm_err *err)
{
	const struct fm_json *life = fm_member(root, "expires_in", "expiresIn");
	uint64_t seconds;
	enum fm_code rc = read_token(out->access, sizeof(out->access), root,
				     "access_token", "accessToken", err);

	if (!rc)
		rc = read_token(out->refresh, sizeof(out->refresh), root, "refresh_token",
				"refreshToken", err);
	if (rc)
		return rc;
	if (!fm_json_u64(&seconds, life) || !seconds || seconds > UINT32_MAX)
		return fm_core_bad(err, what, "expires_in", life,
				   "not a number of seconds");
	out->expires_in_s = (int64_t)seconds;
	return FM_OK;
}

enum fm_code fm_tokens_read(struct fm_tokens *out, struct fm_span json,
			    struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_tokens read;
	enum fm_code rc = fm_core_json(&doc, what, json, err);

	if (rc)
		return rc;
	rc = read_tokens(&read, doc, err);
	if (!rc)
		*out = read;
	fm_wipe(&read, sizeof(read));
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_auth_revoked_read(bool *out, struct fm_span json, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	const struct fm_json *node;
	enum fm_code rc = fm_core_json(&doc, what, json, err);

	if (rc)
		return rc;
	node = fm_json_get(doc, "revoked");
	if (!fm_json_bool(out, node))
		rc = fm_core_bad(err, what, "revoked", node, "neither true nor false");
	fm_json_free(&doc);
	return rc;
}

/* ---- requests ------------------------------------------------------------------------------ */

static enum fm_code begin(struct fm_core_ask *ask, struct fm_jw *w, const char *core_url,
			  const char *path, const struct fm_http_options *options,
			  struct fm_err *err)
{
	enum fm_code rc = fm_core_ask_path(ask, core_url, path, options, err);

	if (!rc && !fm_core_url_private(core_url)) {
		fm_fail(err, FM_E_CONFIG, "nobody signs in to a 4Mica Core without TLS");
		rc = fm_hint(err, "name Core with an https:// address");
	}
	fm_jw_init(w, &ask->body);
	fm_jw_object(w);
	return rc ? FM_E_CONFIG : FM_OK;
}

static enum fm_code finish(struct fm_core_ask *ask, struct fm_jw *w, struct fm_err *err)
{
	fm_jw_end(w, '}');
	return fm_core_ask_post(ask, err);
}

enum fm_code fm_auth_ask_nonce(struct fm_core_ask *ask, const char *core_url,
			       const struct fm_http_options *options,
			       const struct fm_addr *address, struct fm_err *err)
{
	struct fm_jw w;
	enum fm_code rc = begin(ask, &w, core_url, "/auth/nonce", options, err);

	if (rc)
		return rc;
	fm_jw_named_addr(&w, "address", address);
	return finish(ask, &w, err);
}

enum fm_code fm_auth_ask_verify(struct fm_core_ask *ask, const char *core_url,
				const struct fm_http_options *options,
				const struct fm_addr *address, struct fm_span message,
				const struct fm_sig *sig, struct fm_err *err)
{
	char text[FM_SIG_TEXT];
	struct fm_jw w;
	enum fm_code rc = begin(ask, &w, core_url, "/auth/verify", options, err);

	if (rc)
		return rc;
	fm_sig_text(text, sig);
	fm_jw_named_addr(&w, "address", address);
	fm_jw_key(&w, "message");
	fm_jw_str(&w, message);
	fm_jw_named_str(&w, "signature", text);
	return finish(ask, &w, err);
}

static enum fm_code ask_refresh(struct fm_core_ask *ask, const char *core_url,
				const char *path, const struct fm_http_options *options,
				const char *refresh, struct fm_err *err)
{
	struct fm_jw w;
	enum fm_code rc = begin(ask, &w, core_url, path, options, err);

	if (rc)
		return rc;
	fm_jw_named_str(&w, "refresh_token", refresh);
	return finish(ask, &w, err);
}

enum fm_code fm_auth_ask_refresh(struct fm_core_ask *ask, const char *core_url,
				 const struct fm_http_options *options,
				 const char *refresh, struct fm_err *err)
{
	return ask_refresh(ask, core_url, "/auth/refresh", options, refresh, err);
}

enum fm_code fm_auth_ask_logout(struct fm_core_ask *ask, const char *core_url,
				const struct fm_http_options *options,
				const char *refresh, struct fm_err *err)
{
	return ask_refresh(ask, core_url, "/auth/logout", options, refresh, err);
}
