/* SPDX-License-Identifier: MIT */
/* The validation policy a seller asks for, and whether an offer may be signed at all.
 * 4mica.md, section 3.5. A policy that cannot be honoured is never signed as version 1: that
 * would turn a conditional payment into an unconditional one. */
#include "credit/members.h"
#include "x402/header.h"

#include <string.h>

#define CANONICALIZATION "4MICA_VALIDATION_REQUEST_V2"

struct name {
	const char *camel, *snake;
};

static const struct name registry = { "validationRegistryAddress",
				      "validation_registry_address" };
static const struct name chain = { "validationChainId", "validation_chain_id" };
static const struct name validator = { "validatorAddress", "validator_address" };
static const struct name agent = { "validatorAgentId", "validator_agent_id" };
static const struct name score = { "minValidationScore", "min_validation_score" };
static const struct name job = { "jobHash", "job_hash" };
static const struct name tag = { "requiredValidationTag", "required_validation_tag" };

static enum fm_code bad(struct fm_err *err, const struct fm_json *extra,
			const struct name *name, const char *rule)
{
	char shown[96];
	const struct fm_json *node = fm_member(extra, name->snake, name->camel);
	if (!node)
		return fm_fail(err, FM_E_UNSUPPORTED, "validation: extra.%s is missing",
			       name->camel);
	fm_node_show(shown, sizeof(shown), node);
	return fm_fail(err, FM_E_UNSUPPORTED, "validation: extra.%s is \"%s\": %s",
		       name->camel, shown, rule);
}

static const struct fm_json *get(const struct fm_json *extra, const struct name *name)
{
	return fm_member(extra, name->snake, name->camel);
}

/* Both spellings of one member: which one did the seller mean? */
static enum fm_code refuse_twice(const struct fm_json *extra, const struct name *name,
				 struct fm_err *err)
{
	if (fm_json_absent(fm_json_get(extra, name->camel)) ||
	    fm_json_absent(fm_json_get(extra, name->snake)))
		return FM_OK;
	return fm_fail(err, FM_E_UNSUPPORTED, "validation: extra has both %s and %s",
		       name->camel, name->snake);
}

static enum fm_code wanted(bool *present, const struct fm_json *extra, struct fm_err *err)
{
	static const struct name *const all[] = { &registry, &chain, &validator, &agent,
						  &score,    &job,   &tag };
	static const struct name nested = { "validationPolicy", "validation_policy" };
	*present = false;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!get(extra, all[i]))
			continue;
		*present = true;
		if (refuse_twice(extra, all[i], err))
			return FM_E_UNSUPPORTED;
	}
	if (get(extra, &nested))
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "validation: a nested extra.%s is not understood",
			       nested.camel);
	return FM_OK;
}

static enum fm_code read_chain(struct fm_validation *out, const struct fm_offer *offer,
			       struct fm_err *err)
{
	const struct fm_json *node = get(offer->extra, &chain);
	out->chain_id = offer->chain_id;
	if (!node)
		return FM_OK;
	if (!fm_member_u64(&out->chain_id, node))
		return bad(err, offer->extra, &chain, "a chain id is a whole number");
	if (out->chain_id != offer->chain_id)
		return bad(err, offer->extra, &chain, "it is not the offer's chain");
	return FM_OK;
}

enum fm_code fm_validation_read(struct fm_validation *out, bool *present,
				const struct fm_offer *offer, struct fm_err *err)
{
	static const struct fm_hash zero;
	const struct fm_json *extra = offer->extra;
	uint64_t number = 0;
	memset(out, 0, sizeof(*out));
	enum fm_code rc = wanted(present, extra, err);
	if (rc || !*present)
		return rc;
	if (!fm_member_addr(&out->registry, get(extra, &registry)))
		return bad(err, extra, &registry, "an address has 40 hex digits");
	rc = read_chain(out, offer, err);
	if (rc)
		return rc;
	if (!fm_member_addr(&out->validator, get(extra, &validator)))
		return bad(err, extra, &validator, "an address has 40 hex digits");
	if (!get(extra, &agent) || !fm_json_u256(&out->agent_id, get(extra, &agent)))
		return bad(err, extra, &agent, "a number is decimal or 0x hex");
	if (!fm_member_u64(&number, get(extra, &score)) || number < 1 || number > 100)
		return bad(err, extra, &score, "a score is 1 to 100");
	out->min_score = (uint8_t)number;
	if (!fm_member_hash(&out->job_hash, get(extra, &job)))
		return bad(err, extra, &job, "a hash is 0x and 64 hex digits");
	if (fm_hash_equal(&out->job_hash, &zero))
		return bad(err, extra, &job, "it must not be zero");
	if (!fm_member_tag(out, get(extra, &tag)))
		return bad(err, extra, &tag, "a tag is a text of at most 512 bytes");
	return FM_OK;
}

static bool accepts(const struct fm_core_params *params, unsigned version)
{
	for (size_t i = 0; i < params->accepted_count; i++) {
		if (params->accepted[i] == version)
			return true;
	}
	return false;
}

static bool trusts(const struct fm_core_params *params, const struct fm_addr *addr)
{
	for (size_t i = 0; i < params->registry_count; i++) {
		if (fm_addr_equal(&params->registries[i], addr))
			return true;
	}
	return false;
}

enum fm_code fm_credit_check(const struct fm_offer *offer,
			     const struct fm_core_params *params, struct fm_err *err)
{
	struct fm_validation policy;
	bool present;
	char text[FM_ADDR_TEXT];
	enum fm_code rc = fm_validation_read(&policy, &present, offer, err);
	if (rc)
		return rc;
	if (params->domain.chain_id != offer->chain_id)
		return fm_fail(err, FM_E_CORE,
			       "core serves chain %llu, the offer is for chain %llu",
			       (unsigned long long)params->domain.chain_id,
			       (unsigned long long)offer->chain_id);
	if (!accepts(params, present ? 2 : 1))
		return fm_fail(
			err, FM_E_UNSUPPORTED,
			"the offer needs a guarantee of version %d, which Core does not "
			"accept",
			present ? 2 : 1);
	if (!present)
		return FM_OK;
	if (strcmp(params->canonicalization, CANONICALIZATION) != 0)
		return fm_fail(
			err, FM_E_UNSUPPORTED,
			"core hashes validation requests as \"%s\", only %s is known",
			params->canonicalization, CANONICALIZATION);
	if (trusts(params, &policy.registry))
		return FM_OK;
	fm_addr_text(text, &policy.registry);
	return fm_fail(err, FM_E_UNSUPPORTED,
		       "core does not trust the validation registry %s", text);
}
