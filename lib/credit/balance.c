/* SPDX-License-Identifier: MIT */
/* What Core knows of a wallet's collateral. 4mica.md, section 2.3. */
#include "credit/ask.h"
#include "credit/members.h"

#include <stdio.h>

#define TIME_MAX_S 253402300799u /* the year 9999; anything above is not in seconds */

static const char what[] = "balance";

static enum fm_code read_addr(const struct fm_json *root, const char *snake,
			      const char *camel, const struct fm_addr *want,
			      struct fm_err *err)
{
	const struct fm_json *node = fm_member(root, snake, camel);
	struct fm_addr is;

	if (!fm_member_addr(&is, node))
		return fm_core_bad(err, what, snake, node,
				   "an address has 40 hex digits");
	if (!fm_addr_equal(&is, want))
		return fm_core_bad(err, what, snake, node, "not what was asked for");
	return FM_OK;
}

static enum fm_code read_number(struct fm_u256 *out, const struct fm_json *root,
				const char *name, struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(root, name);

	if (fm_json_u256(out, node))
		return FM_OK;
	return fm_core_bad(err, what, name, node, "not a number");
}

static enum fm_code read_times(struct fm_core_balance *out, const struct fm_json *root,
			       struct fm_err *err)
{
	const struct fm_json *version = fm_json_get(root, "version");
	const struct fm_json *updated = fm_member(root, "updated_at", "updatedAt");
	uint64_t seconds;

	if (!fm_json_u64(&out->version, version))
		return fm_core_bad(err, what, "version", version, "not a number");
	if (!fm_json_u64(&seconds, updated) || seconds > TIME_MAX_S)
		return fm_core_bad(err, what, "updated_at", updated,
				   "not a time in seconds");
	out->updated_s = (int64_t)seconds;
	return FM_OK;
}

static enum fm_code read_balance(struct fm_core_balance *out, const struct fm_json *root,
				 const struct fm_addr *user, const struct fm_addr *asset,
				 struct fm_err *err)
{
	enum fm_code rc;

	if (root->type != FM_JSON_OBJECT)
		return fm_fail(err, FM_E_CORE, "%s: neither an object nor null", what);
	out->known = true;
	rc = read_addr(root, "user_address", "userAddress", user, err);
	if (!rc)
		rc = read_addr(root, "asset_address", "assetAddress", asset, err);
	if (!rc)
		rc = read_number(&out->total, root, "total", err);
	if (!rc)
		rc = read_number(&out->locked, root, "locked", err);
	return rc ? rc : read_times(out, root, err);
}

enum fm_code fm_core_balance_read(struct fm_core_balance *out, struct fm_span json,
				  const struct fm_addr *user, const struct fm_addr *asset,
				  struct fm_err *err)
{
	struct fm_core_balance read = { .known = false };
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_core_json(&doc, what, json, err);

	if (rc)
		return rc;
	if (doc->type != FM_JSON_NULL)
		rc = read_balance(&read, doc, user, asset, err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_core_ask_balance(struct fm_core_ask *ask, const char *core_url,
				 const struct fm_http_options *options,
				 const struct fm_addr *user, const struct fm_addr *asset,
				 struct fm_err *err)
{
	char path[32 + 2 * FM_ADDR_TEXT], of[FM_ADDR_TEXT], in[FM_ADDR_TEXT];

	fm_addr_text(of, user);
	fm_addr_text(in, asset);
	snprintf(path, sizeof(path), "/core/users/%s/assets/%s", of, in);
	return fm_core_ask_path(ask, core_url, path, options, err);
}

enum fm_code fm_core_balance_take(struct fm_core_balance *out,
				  const struct fm_core_ask *ask,
				  const struct fm_addr *user, const struct fm_addr *asset,
				  struct fm_err *err)
{
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = fm_core_body(&body, ask, 0, err);

	if (!rc)
		rc = fm_core_answer_from(
			ask, fm_core_balance_read(out, body, user, asset, err), err);
	return rc;
}
