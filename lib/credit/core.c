/* SPDX-License-Identifier: MIT */
/* Core's public parameters. 4mica.md, section 2.1. */
#include "credit/ask.h"
#include "credit/members.h"

#include <string.h>

#define WHAT "public parameters"

static enum fm_code bad(struct fm_err *err, const char *name, const struct fm_json *node,
			const char *rule)
{
	return fm_core_bad(err, WHAT, name, node, rule);
}

static enum fm_code read_key(struct fm_core_params *out, const struct fm_json *root,
			     struct fm_err *err)
{
	const struct fm_json *node = fm_member(root, "public_key", "publicKey");
	const char *rule = "a BLS key is 48 numbers of 0 to 255, or 96 hex digits";
	char text[2 * sizeof(out->public_key) + 3];
	if (fm_json_cstr(text, sizeof(text), node)) {
		struct fm_span digits = fm_hex_strip(fm_span_of(text));
		if (fm_hex_read(out->public_key, sizeof(out->public_key), digits))
			return FM_OK;
		return bad(err, "public_key", node, rule);
	}
	if (!node || node->type != FM_JSON_ARRAY ||
	    node->count != sizeof(out->public_key))
		return bad(err, "public_key", node, rule);
	const struct fm_json *item = fm_json_first(node);
	for (size_t i = 0; i < sizeof(out->public_key); i++) {
		uint64_t value;
		if (!fm_json_u64(&value, item) || value > 255)
			return bad(err, "public_key", node, rule);
		out->public_key[i] = (uint8_t)value;
		item = fm_json_next(node, item);
	}
	return FM_OK;
}

/* A short text without control characters; absent is empty. */
static enum fm_code read_text(char *out, size_t size, const struct fm_json *node,
			      const char *name, struct fm_err *err)
{
	out[0] = '\0';
	if (fm_json_absent(node))
		return FM_OK;
	if (fm_json_has_control(node) || !fm_json_cstr(out, size, node))
		return bad(err, name, node, "not a short text");
	return FM_OK;
}

static enum fm_code read_domain(struct fm_credit_domain *out, const struct fm_json *root,
				struct fm_err *err)
{
	const struct fm_json *name = fm_member(root, "eip712_name", "eip712Name");
	const struct fm_json *version =
		fm_member(root, "eip712_version", "eip712Version");
	const struct fm_json *chain = fm_member(root, "chain_id", "chainId");
	enum fm_code rc =
		read_text(out->name, sizeof(out->name), name, "eip712_name", err);
	if (!rc)
		rc = read_text(out->version, sizeof(out->version), version,
			       "eip712_version", err);
	if (rc)
		return rc;
	/* Guessing either would sign for another domain: the public texts disagree. */
	if (!out->name[0])
		return bad(err, "eip712_name", NULL, "");
	if (!out->version[0])
		return bad(err, "eip712_version", NULL, "");
	if (!fm_json_u64(&out->chain_id, chain) || !out->chain_id)
		return bad(err, "chain_id", chain, "a chain id is a positive number");
	return FM_OK;
}

static enum fm_code read_max(uint64_t *out, const struct fm_json *root,
			     struct fm_err *err)
{
	const struct fm_json *node = fm_member(root, "max_accepted_guarantee_version",
					       "maxAcceptedGuaranteeVersion");
	*out = 1;
	if (node && (!fm_json_u64(out, node) || !*out))
		return bad(err, "max_accepted_guarantee_version", node,
			   "not a positive number");
	return FM_OK;
}

static enum fm_code read_accepted(struct fm_core_params *out, const struct fm_json *root,
				  struct fm_err *err)
{
	static const char name[] = "accepted_guarantee_versions";
	const struct fm_json *node = fm_member(root, name, "acceptedGuaranteeVersions");
	const size_t room = sizeof(out->accepted) / sizeof(out->accepted[0]);
	uint64_t max, value;
	enum fm_code rc = read_max(&max, root, err);
	if (rc)
		return rc;
	if (node && node->type != FM_JSON_ARRAY)
		return bad(err, name, node, "not an array");
	if (!node || !node->count) {
		for (out->accepted_count = 0;
		     out->accepted_count < room && out->accepted_count < max;
		     out->accepted_count++)
			out->accepted[out->accepted_count] =
				(unsigned)out->accepted_count + 1;
		return FM_OK;
	}
	if (node->count > room)
		return bad(err, name, node, "more than 16 versions");
	for (const struct fm_json *item = fm_json_first(node); item;
	     item = fm_json_next(node, item)) {
		if (!fm_json_u64(&value, item) || value > UINT32_MAX)
			return bad(err, name, node, "a version is a small number");
		out->accepted[out->accepted_count++] = (unsigned)value;
	}
	return FM_OK;
}

static enum fm_code read_active(struct fm_core_params *out, const struct fm_json *root,
				struct fm_err *err)
{
	const struct fm_json *node = fm_member(root, "active_guarantee_domain_separator",
					       "activeGuaranteeDomainSeparator");
	memset(&out->active_domain, 0, sizeof(out->active_domain));
	if (!node || fm_json_is(node, "") || fm_member_hash(&out->active_domain, node))
		return FM_OK;
	return bad(err, "active_guarantee_domain_separator", node,
		   "a hash is 0x and 64 hex digits");
}

static enum fm_code read_registries(struct fm_core_params *out,
				    const struct fm_json *root, struct fm_err *err)
{
	static const char name[] = "trusted_validation_registries";
	const struct fm_json *node = fm_member(root, name, "trustedValidationRegistries");
	if (!node)
		return FM_OK;
	if (node->type != FM_JSON_ARRAY ||
	    node->count > sizeof(out->registries) / sizeof(out->registries[0]))
		return bad(err, name, node, "not an array of at most 32 addresses");
	for (const struct fm_json *item = fm_json_first(node); item;
	     item = fm_json_next(node, item)) {
		if (!fm_member_addr(&out->registries[out->registry_count], item))
			return bad(err, name, item, "an address has 40 hex digits");
		out->registry_count++;
	}
	return FM_OK;
}

static enum fm_code read_params(struct fm_core_params *out, const struct fm_json *root,
				struct fm_err *err)
{
	const struct fm_json *contract =
		fm_member(root, "contract_address", "contractAddress");
	enum fm_code rc = read_key(out, root, err);
	if (!rc && !fm_member_addr(&out->contract, contract))
		rc = bad(err, "contract_address", contract,
			 "an address has 40 hex digits");
	if (!rc)
		rc = read_text(out->rpc_url, sizeof(out->rpc_url),
			       fm_member(root, "ethereum_http_rpc_url",
					 "ethereumHttpRpcUrl"),
			       "ethereum_http_rpc_url", err);
	if (!rc)
		rc = read_domain(&out->domain, root, err);
	if (!rc)
		rc = read_accepted(out, root, err);
	if (!rc)
		rc = read_active(out, root, err);
	if (!rc)
		rc = read_registries(out, root, err);
	if (!rc)
		rc = read_text(out->canonicalization, sizeof(out->canonicalization),
			       fm_member(root, "validation_hash_canonicalization_version",
					 "validationHashCanonicalizationVersion"),
			       "validation_hash_canonicalization_version", err);
	return rc;
}

enum fm_code fm_core_params_read(struct fm_core_params *out, struct fm_span json,
				 struct fm_err *err)
{
	struct fm_core_params read = { .accepted_count = 0 };
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_core_json(&doc, WHAT, json, err);
	if (rc)
		return rc;
	if (doc->type != FM_JSON_OBJECT)
		rc = fm_fail(err, FM_E_CORE, WHAT ": not an object");
	else
		rc = read_params(&read, doc, err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}

enum fm_code fm_core_params_get(struct fm_core_params *out, struct fm_buf *raw,
				struct fm_http *http, const char *core_url,
				uint64_t chain_id, const struct fm_http_options *options,
				struct fm_err *err)
{
	struct fm_core_params read = { .accepted_count = 0 };
	struct fm_core_ask ask;
	struct fm_span body = { NULL, 0 };
	fm_core_ask_init(&ask);
	enum fm_code rc =
		fm_core_ask_path(&ask, core_url, "/core/public-params", options, err);
	if (!rc)
		rc = fm_core_ask_alone(&ask, http, err);
	if (!rc)
		rc = fm_core_body(&body, &ask, 0, err);
	if (!rc)
		rc = fm_core_answer_from(&ask, fm_core_params_read(&read, body, err),
					 err);
	if (!rc && read.domain.chain_id != chain_id)
		rc = fm_core_other_chain(&ask, read.domain.chain_id, chain_id, err);
	if (!rc && raw && !fm_buf_add(raw, body.ptr, body.len))
		rc = fm_nomem(err);
	if (!rc)
		*out = read;
	fm_core_ask_clear(&ask);
	return rc;
}
