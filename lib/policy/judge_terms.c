/* SPDX-License-Identifier: MIT */
/* What is paid, where and how: network, scheme, asset, guarantee, length of the authority. */
#include "policy/judge.h"

#include <fourmica/network.h>

#include <string.h>

enum fm_verdict fm_judge_network(struct judging *j)
{
	const struct fm_network *network = fm_network_by_chain(j->ask->chain_id);
	char caip2[FM_CAIP2_TEXT];

	if (fm_policy_allows_chain(j->policy, j->ask->chain_id))
		return FM_ALLOW;
	fm_caip2_text(caip2, j->ask->chain_id);
	if (j->policy->has_networks)
		fm_fail(j->err, FM_E_UNSUPPORTED,
			"network %s (%s) is not in the policy's 'networks'", caip2,
			network ? network->title : "unknown");
	else
		fm_fail(j->err, FM_E_UNSUPPORTED,
			"network %s (%s) is not a test network, and no "
			"policy names it",
			caip2, network ? network->title : "unknown");
	fm_hint(j->err, "to %s there, add \"%s\" to 'networks' in policy.json",
		fm_judge_words[j->ask->of].to_do, caip2);
	return fm_judge_refuse(j, "networks");
}

enum fm_verdict fm_judge_scheme(struct judging *j)
{
	const struct fm_policy *p = j->policy;
	char scheme[FM_JUDGE_SHOWN];

	if (!p->has_schemes)
		return FM_ALLOW;
	for (size_t i = 0; i < p->scheme_count; i++)
		if (strcmp(p->schemes[i], j->ask->scheme) == 0)
			return FM_ALLOW;
	fm_judge_show(scheme, j->ask->scheme);
	fm_fail(j->err, FM_E_UNSUPPORTED, "scheme '%s' is not in the policy's 'schemes'",
		scheme);
	fm_hint(j->err, "to use it, add it to 'schemes' in the policy");
	return fm_judge_refuse(j, "schemes");
}

enum fm_verdict fm_judge_asset(struct judging *j)
{
	char caip2[FM_CAIP2_TEXT];

	if (j->ask->asset)
		return FM_ALLOW;
	fm_caip2_text(caip2, j->ask->chain_id);
	fm_fail(j->err, FM_E_ASSET, "a token on %s that is not in the table of assets",
		caip2);
	fm_hint(j->err, "to %s in it, add it to 'assets' in config.json%s",
		fm_judge_words[j->ask->of].to_do,
		fm_judge_is_payment(j) ? " and give it a limit" : "");
	return fm_judge_refuse(j, "assets");
}

static bool holds(const struct fm_addr *list, size_t count, const struct fm_addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (fm_addr_equal(&list[i], addr))
			return true;
	return false;
}

static enum fm_verdict other_address(struct judging *j, const char *what,
				     const struct fm_addr *addr, const char *member)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, addr);
	fm_fail(j->err, FM_E_UNSUPPORTED,
		"the guarantee depends on the %s %s, which is not in the policy's '%s'",
		what, text, member);
	fm_hint(j->err, "if it can be trusted, add it to '%s' of 'v2' in the policy",
		member);
	return fm_judge_refuse(j, member);
}

/* A test network is for trying out what the policy does not know of yet. */
static enum fm_verdict without_rules(struct judging *j)
{
	const struct fm_network *network = fm_network_by_chain(j->ask->chain_id);
	char caip2[FM_CAIP2_TEXT];

	if (network && network->test)
		return FM_ALLOW;
	fm_caip2_text(caip2, j->ask->chain_id);
	fm_fail(j->err, FM_E_UNSUPPORTED,
		"a guarantee of version 2 on %s, which is no test network, and %s no 'v2'",
		caip2, j->policy->builtin ? "the built-in rules have" : "the policy has");
	fm_hint(j->err,
		"to sign such guarantees, add 'v2' with the registries that can be "
		"trusted to policy.json");
	return fm_judge_refuse(j, "v2");
}

enum fm_verdict fm_judge_guarantee(struct judging *j)
{
	const struct fm_ask_v2 *wanted = &j->ask->v2;
	const struct v2 *v2 = &j->policy->v2;

	if (!wanted->wanted)
		return FM_ALLOW;
	if (!v2->given)
		return without_rules(j);
	if (!holds(v2->registries, v2->registry_count, &wanted->registry))
		return other_address(j, "registry", &wanted->registry, "registries");
	if (v2->has_validators &&
	    !holds(v2->validators, v2->validator_count, &wanted->validator))
		return other_address(j, "validator", &wanted->validator, "validators");
	if (wanted->min_score >= v2->min_score)
		return FM_ALLOW;
	fm_fail(j->err, FM_E_UNSUPPORTED,
		"the guarantee is due from a score of %u on, which is below 'min_score': "
		"%llu",
		wanted->min_score, (unsigned long long)v2->min_score);
	fm_hint(j->err,
		"ask the seller for a higher score, or lower 'min_score' of 'v2' in "
		"the policy");
	return fm_judge_refuse(j, "min_score");
}

enum fm_verdict fm_judge_window(struct judging *j)
{
	int64_t most = j->policy->max_window_s;

	if (!most || j->ask->window_s <= most)
		return FM_ALLOW;
	fm_fail(j->err, FM_E_OVER_LIMIT,
		"an authorization for %lld s is above 'max_window': %lld s",
		(long long)j->ask->window_s, (long long)most);
	fm_hint(j->err, "to allow it, raise 'max_window' in the policy");
	return fm_judge_refuse(j, "max_window");
}
