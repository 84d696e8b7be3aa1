/* SPDX-License-Identifier: MIT */
/* How Core and the facilitator are, and what they take. 4mica.md, sections 2 and 7. */
#include "credit/ask.h"
#include "credit/members.h"

#include <string.h>

#define UNHEALTHY 503
#define DECIMALS_MAX 77 /* places of 2^256 */

/** A text that may be kept: not empty, no control characters, within its room. */
static bool read_text(char *out, size_t size, const struct fm_json *node)
{
	return !fm_json_has_control(node) && fm_json_cstr(out, size, node) && out[0];
}

/* ---- health -------------------------------------------------------------------------------- */

static const char health[] = "health";

static enum fm_code read_state(bool *ok, const struct fm_json *root, const char *name,
			       struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(root, name);

	*ok = fm_json_is(node, "ok");
	if (*ok || fm_json_is(node, "fail"))
		return FM_OK;
	return fm_core_bad(err, health, name, node, "neither ok nor fail");
}

enum fm_code fm_core_health_read(struct fm_core_health *out, struct fm_span json,
				 struct fm_err *err)
{
	struct fm_core_health read;
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_core_json(&doc, health, json, err);

	if (rc)
		return rc;
	rc = read_state(&read.ok, doc, "status", err);
	if (!rc)
		rc = read_state(&read.db_ok, doc, "db", err);
	if (!rc)
		rc = read_state(&read.chain_rpc_ok, doc, "chain_rpc", err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_core_ask_health(struct fm_core_ask *ask, const char *core_url,
				const struct fm_http_options *options, struct fm_err *err)
{
	return fm_core_ask_path(ask, core_url, "/core/health", options, err);
}

enum fm_code fm_core_health_take(struct fm_core_health *out,
				 const struct fm_core_ask *ask, struct fm_err *err)
{
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = fm_core_body(&body, ask, UNHEALTHY, err);

	if (rc)
		return rc;
	rc = fm_core_health_read(out, body, err);
	if (rc == FM_E_CORE && ask->job.reply.status == UNHEALTHY)
		return fm_core_body(&body, ask, 0,
				    err); /* not Core's, but in front of it */
	return fm_core_answer_from(ask, rc, err);
}

enum fm_code fm_facilitator_ask_health(struct fm_core_ask *ask, const char *url,
				       const struct fm_http_options *options,
				       struct fm_err *err)
{
	return fm_core_ask_path(ask, url, "/health", options, err);
}

enum fm_code fm_facilitator_health_read(bool *ok, struct fm_span json, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	const struct fm_json *node;
	enum fm_code rc = fm_core_json(&doc, health, json, err);

	if (rc)
		return rc;
	node = fm_json_get(doc, "status");
	if (node && node->type == FM_JSON_STRING)
		*ok = fm_json_is(node, "ok");
	else
		rc = fm_core_bad(err, health, "status", node, "not a word");
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_facilitator_health_take(bool *ok, const struct fm_core_ask *ask,
					struct fm_err *err)
{
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = fm_core_body(&body, ask, 0, err);

	return rc ? rc
		  : fm_core_answer_from(ask, fm_facilitator_health_read(ok, body, err),
					err);
}

/* ---- tokens -------------------------------------------------------------------------------- */

static const char tokens[] = "tokens";

static bool has_token(const struct fm_core_tokens *list, const struct fm_addr *address)
{
	for (size_t i = 0; i < list->count; i++)
		if (fm_addr_equal(&list->token[i].address, address))
			return true;
	return false;
}

static enum fm_code read_token(struct fm_core_tokens *list, const struct fm_json *item,
			       struct fm_err *err)
{
	const struct fm_json *address = fm_json_get(item, "address");
	const struct fm_json *symbol = fm_json_get(item, "symbol");
	const struct fm_json *decimals = fm_json_get(item, "decimals");
	struct fm_asset *token = &list->token[list->count];
	uint64_t places;

	*token = (struct fm_asset){ .chain_id = list->chain_id };
	if (!fm_member_addr(&token->address, address))
		return fm_core_bad(err, tokens, "address", address,
				   "an address has 40 hex digits");
	if (fm_addr_is_zero(&token->address))
		return fm_core_bad(err, tokens, "address", address, "not a token");
	if (has_token(list, &token->address))
		return fm_core_bad(err, tokens, "address", address, "listed twice");
	if (!read_text(token->symbol, sizeof(token->symbol), symbol))
		return fm_core_bad(err, tokens, "symbol", symbol,
				   "not a text of 1 to 15 bytes");
	if (!fm_json_u64(&places, decimals) || places > DECIMALS_MAX)
		return fm_core_bad(err, tokens, "decimals", decimals,
				   "not a number of 0 to 77");
	token->decimals = (uint8_t)places;
	list->count++;
	return FM_OK;
}

static enum fm_code read_tokens(struct fm_core_tokens *out, const struct fm_json *root,
				struct fm_err *err)
{
	const struct fm_json *chain = fm_member(root, "chain_id", "chainId");
	const struct fm_json *list = fm_json_get(root, tokens);
	enum fm_code rc = FM_OK;

	out->count = 0;
	if (!fm_json_u64(&out->chain_id, chain) || !out->chain_id)
		return fm_core_bad(err, tokens, "chain_id", chain,
				   "a chain id is a positive number");
	if (!list || list->type != FM_JSON_ARRAY || list->count > FM_CORE_TOKENS_MAX)
		return fm_core_bad(err, tokens, tokens, list,
				   "not an array of at most 64 tokens");
	for (const struct fm_json *item = fm_json_first(list); item && !rc;
	     item = fm_json_next(list, item))
		rc = read_token(out, item, err);
	return rc;
}

enum fm_code fm_core_tokens_read(struct fm_core_tokens *out, struct fm_span json,
				 struct fm_err *err)
{
	struct fm_core_tokens read;
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_core_json(&doc, tokens, json, err);

	if (rc)
		return rc;
	rc = read_tokens(&read, doc, err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_core_ask_tokens(struct fm_core_ask *ask, const char *core_url,
				const struct fm_http_options *options, struct fm_err *err)
{
	return fm_core_ask_path(ask, core_url, "/core/tokens", options, err);
}

enum fm_code fm_core_tokens_take(struct fm_core_tokens *out,
				 const struct fm_core_ask *ask, uint64_t chain_id,
				 struct fm_err *err)
{
	struct fm_core_tokens read = { .count = 0 };
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = fm_core_body(&body, ask, 0, err);

	if (!rc)
		rc = fm_core_answer_from(ask, fm_core_tokens_read(&read, body, err), err);
	if (!rc && read.chain_id != chain_id)
		rc = fm_core_other_chain(ask, read.chain_id, chain_id, err);
	if (!rc)
		*out = read;
	return rc;
}

/* ---- what a facilitator takes -------------------------------------------------------------- */

static const char kinds[] = "kinds";

static enum fm_code read_kind(struct fm_facilitator_kinds *list,
			      const struct fm_json *item, struct fm_err *err)
{
	struct fm_facilitator_kind *kind = &list->kind[list->count];
	const struct fm_json *scheme = fm_json_get(item, "scheme");
	const struct fm_json *network = fm_json_get(item, "network");
	const struct fm_json *version = fm_member(item, "x402_version", "x402Version");
	uint64_t number;

	if (!read_text(kind->scheme, sizeof(kind->scheme), scheme))
		return fm_core_bad(err, kinds, "scheme", scheme, "not a short text");
	if (!read_text(kind->network, sizeof(kind->network), network))
		return fm_core_bad(err, kinds, "network", network, "not a short text");
	if (!fm_json_u64(&number, version) || number > UINT16_MAX)
		return fm_core_bad(err, kinds, "x402Version", version,
				   "not a small number");
	kind->x402_version = (unsigned)number;
	list->count++;
	return FM_OK;
}

enum fm_code fm_facilitator_kinds_read(struct fm_facilitator_kinds *out,
				       struct fm_span json, struct fm_err *err)
{
	struct fm_facilitator_kinds read = { .count = 0 };
	struct fm_json *doc = NULL;
	const struct fm_json *list;
	enum fm_code rc = fm_core_json(&doc, kinds, json, err);

	if (rc)
		return rc;
	list = fm_json_get(doc, kinds);
	if (!list || list->type != FM_JSON_ARRAY ||
	    list->count > FM_FACILITATOR_KINDS_MAX)
		rc = fm_core_bad(err, kinds, kinds, list, "not an array of at most 128");
	for (const struct fm_json *item = rc ? NULL : fm_json_first(list); item && !rc;
	     item = fm_json_next(list, item))
		rc = read_kind(&read, item, err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_facilitator_ask_kinds(struct fm_core_ask *ask, const char *url,
				      const struct fm_http_options *options,
				      struct fm_err *err)
{
	return fm_core_ask_path(ask, url, "/supported", options, err);
}

enum fm_code fm_facilitator_kinds_take(struct fm_facilitator_kinds *out,
				       const struct fm_core_ask *ask, struct fm_err *err)
{
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = fm_core_body(&body, ask, 0, err);

	return rc ? rc
		  : fm_core_answer_from(ask, fm_facilitator_kinds_read(out, body, err),
					err);
}
