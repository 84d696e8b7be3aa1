/* SPDX-License-Identifier: MIT */
/* Making, tightening and asking a policy. */
#include "policy/rules.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Decision 1 of the design. Without "networks" only test networks are paid. */
static const char builtin[] =
	"{\n"
	"  \"version\": 1,\n"
	"  \"new_sellers\": \"pin\",\n"
	"  \"limits\": [\n"
	"    { \"name\": \"request\", \"amount\": \"0.10usdc\" },\n"
	"    { \"name\": \"day\", \"amount\": \"1usdc\", \"window\": \"1d\" }\n"
	"  ]\n"
	"}\n";

const char *fm_policy_builtin_text(void)
{
	return builtin;
}

static enum fm_code damaged(struct reader *r)
{
	fm_within(r->err, "%s", r->name);
	if (r->err)
		r->err->code = FM_E_CONFIG;
	return FM_E_CONFIG;
}

enum fm_code fm_policy_parse(struct fm_policy **out, struct fm_span text,
			     const char *name, struct fm_err *err)
{
	struct reader r = { .text = text, .name = name, .err = err };
	struct fm_json *root = NULL;
	enum fm_code rc;

	*out = NULL;
	if (text.len > FM_POLICY_MAX)
		return fm_fail(err, FM_E_CONFIG, "%s: larger than %u bytes", name,
			       FM_POLICY_MAX);
	rc = fm_json_parse(&root, text, false, err);
	if (rc)
		return rc == FM_E_MALFORMED ? damaged(&r) : rc;
	r.policy = calloc(1, sizeof(*r.policy));
	if (!r.policy) {
		fm_json_free(&root);
		fm_nomem(err);
		return FM_E_NOMEM;
	}
	r.policy->evidence = FM_EVIDENCE_CERTIFICATE;
	rc = fm_policy_read(&r, root);
	fm_json_free(&root);
	if (rc) {
		fm_policy_free(&r.policy);
		return rc;
	}
	fm_sha256(&r.policy->hash, text.ptr, text.len);
	*out = r.policy;
	return FM_OK;
}

enum fm_code fm_policy_builtin(struct fm_policy **out, struct fm_err *err)
{
	enum fm_code rc =
		fm_policy_parse(out, fm_span_of(builtin), "built-in rules", err);

	if (*out)
		(*out)->builtin = true;
	return rc;
}

static void free_seller(struct seller *seller)
{
	for (size_t i = 0; i < seller->route_count; i++) {
		fm_guards_clear(&seller->routes[i].guards);
		free(seller->routes[i].path);
		free(seller->routes[i].limits.list);
	}
	fm_guards_clear(&seller->guards);
	free(seller->routes);
	free(seller->limits.list);
	free(seller->pay_to);
}

void fm_policy_free(struct fm_policy **policy)
{
	struct fm_policy *p = *policy;

	if (!p)
		return;
	*policy = NULL;
	for (size_t i = 0; i < p->seller_count; i++)
		free_seller(&p->sellers[i]);
	for (size_t i = 0; i < p->category_count; i++) {
		fm_guards_clear(&p->categories[i].guards);
		free(p->categories[i].limits.list);
	}
	fm_guards_clear(&p->guards);
	free(p->sellers);
	free(p->categories);
	free(p->v2.registries);
	free(p->v2.validators);
	free(p->limits.list);
	free(p->blocked);
	free(p->chains);
	free(p);
}

bool fm_policy_is_builtin(const struct fm_policy *policy)
{
	return policy->builtin;
}

void fm_policy_hash(struct fm_hash *out, const struct fm_policy *policy)
{
	*out = policy->hash;
}

enum fm_code fm_policy_cap(struct fm_policy *policy, const char *rule,
			   const struct fm_quantity *quantity, struct fm_err *err)
{
	struct cap *cap = &policy->caps[policy->cap_count];

	if (policy->cap_count == CAPS_MAX)
		return fm_fail(err, FM_E_INTERNAL, "more than %u caps", CAPS_MAX);
	snprintf(cap->rule, sizeof(cap->rule), "%s", rule);
	cap->quantity = *quantity;
	policy->cap_count++;
	return FM_OK;
}

const struct seller *fm_policy_seller(const struct fm_policy *policy, const char *origin)
{
	for (size_t i = 0; i < policy->seller_count; i++)
		if (strcmp(policy->sellers[i].origin, origin) == 0)
			return &policy->sellers[i];
	return NULL;
}

const struct category *fm_policy_category_of(const struct fm_policy *policy,
					     const char *name)
{
	for (size_t i = 0; i < policy->category_count; i++)
		if (strcmp(policy->categories[i].name, name) == 0)
			return &policy->categories[i];
	return NULL;
}

bool fm_policy_signs_any(const struct fm_policy *policy)
{
	return policy->sign_any;
}

bool fm_policy_names(const struct fm_policy *policy, const char *origin)
{
	return fm_policy_seller(policy, origin) != NULL;
}

bool fm_policy_payee(struct fm_addr *out, const struct fm_policy *policy,
		     const char *origin, uint64_t chain_id)
{
	const struct seller *seller = fm_policy_seller(policy, origin);

	for (size_t i = 0; seller && i < seller->pay_to_count; i++) {
		const struct payee *payee = &seller->pay_to[i];

		if (payee->chain_id && payee->chain_id != chain_id)
			continue;
		*out = payee->addr;
		return true;
	}
	return false;
}

bool fm_policy_pins(const struct fm_policy *policy, const char *origin)
{
	const struct seller *seller = fm_policy_seller(policy, origin);

	return seller && seller->pay_to_count > 0;
}

enum fm_evidence fm_policy_evidence(const struct fm_policy *policy, const char *origin)
{
	const struct seller *seller = fm_policy_seller(policy, origin);

	if (seller && seller->evidence != FM_EVIDENCE_DEFAULT)
		return seller->evidence;
	return policy->evidence;
}

int64_t fm_policy_max_window(const struct fm_policy *policy)
{
	return policy->max_window_s;
}

bool fm_policy_allows_chain(const struct fm_policy *policy, uint64_t chain_id)
{
	const struct fm_network *network = fm_network_by_chain(chain_id);

	if (!policy->has_networks)
		return network && network->test;
	for (size_t i = 0; i < policy->chain_count; i++)
		if (policy->chains[i] == chain_id)
			return true;
	return false;
}
