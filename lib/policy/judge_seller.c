/* SPDX-License-Identifier: MIT */
/* To whom. A seller is its origin together with the address it is paid at. */
#include "policy/judge.h"
#include "policy/lookalike.h"

#include <fourmica/network.h>

#include <string.h>

bool fm_policy_blocks(const struct fm_policy *policy, const char *origin)
{
	for (size_t i = 0; i < policy->blocked_count; i++)
		if (strcmp(policy->blocked[i], origin) == 0)
			return true;
	return false;
}

enum fm_verdict fm_judge_blocked(struct judging *j)
{
	if (!fm_policy_blocks(j->policy, j->ask->origin))
		return FM_ALLOW;
	fm_fail(j->err, FM_E_BLOCKED, "%s is on the policy's 'blocked' list", j->origin);
	fm_hint(j->err, "to pay it, take it off 'blocked' in the policy");
	return fm_judge_refuse(j, "blocked");
}

static uint64_t stop_after(const struct judging *j)
{
	for (size_t level = FM_JUDGE_LEVELS; level; level--) {
		const struct guards *guards = j->guards[level - 1];

		if (guards && guards->stop_after_failures)
			return guards->stop_after_failures;
	}
	return UINT64_MAX;
}

enum fm_verdict fm_judge_failures(struct judging *j)
{
	uint64_t most = stop_after(j), failures = j->ask->history.failures;

	if (failures < most)
		return FM_ALLOW;
	fm_fail(j->err, FM_E_BLOCKED,
		"the last %llu payments to %s failed, and 'stop_after_failures' is %llu",
		(unsigned long long)failures, j->origin, (unsigned long long)most);
	fm_hint(j->err, "find out why; then run fourmica reconcile --all, or raise "
			"'stop_after_failures' of this seller in the policy");
	return fm_judge_refuse(j, "stop_after_failures");
}

static enum fm_verdict looks_like(struct judging *j, const char *known)
{
	char shown[FM_JUDGE_SHOWN];

	fm_judge_show(shown, known);
	fm_fail(j->err, FM_E_SELLER,
		"%s is not %s, a known seller, but its name looks like it", j->origin,
		shown);
	fm_hint(j->err,
		"compare the names letter by letter; if both are right, add this one "
		"to 'sellers' in the policy");
	return fm_judge_refuse(j, "lookalike");
}

bool fm_policy_resembles(char out[static FM_ORIGIN_MAX], const struct fm_policy *policy,
			 const char *origin)
{
	struct fm_lookalike host;

	fm_lookalike_of(&host, origin);
	for (size_t i = 0; i < policy->seller_count; i++) {
		const char *known = policy->sellers[i].origin;

		if (!fm_lookalike(&host, known))
			continue;
		memcpy(out, known, strlen(known) + 1);
		return true;
	}
	return false;
}

/* Whom the policy names itself, a person has looked at. */
enum fm_verdict fm_judge_lookalike(struct judging *j)
{
	char like[FM_ORIGIN_MAX];

	if (j->seller || !*j->ask->origin)
		return FM_ALLOW;
	if (*j->ask->resembles)
		return looks_like(j, j->ask->resembles);
	if (fm_policy_resembles(like, j->policy, j->ask->origin))
		return looks_like(j, like);
	return FM_ALLOW;
}

bool fm_judge_lists(const struct seller *seller, const struct fm_ask *ask)
{
	for (size_t i = 0; i < seller->pay_to_count; i++) {
		const struct payee *payee = &seller->pay_to[i];

		if ((!payee->chain_id || payee->chain_id == ask->chain_id) &&
		    fm_addr_equal(&payee->addr, &ask->pay_to))
			return true;
	}
	return false;
}

static bool known_recipient(const struct judging *j)
{
	for (size_t i = 0; i < j->policy->seller_count; i++)
		if (fm_judge_lists(&j->policy->sellers[i], j->ask))
			return true;
	return false;
}

bool fm_judge_known(const struct judging *j)
{
	return j->seller || j->ask->pin_known || (!*j->ask->origin && known_recipient(j));
}

static enum fm_verdict other_recipient(struct judging *j, const struct fm_addr *expected,
				       const char *where, const char *rule)
{
	char asked[FM_ADDR_TEXT], right[FM_ADDR_TEXT];

	fm_addr_text(asked, &j->ask->pay_to);
	fm_addr_text(right, expected);
	fm_fail(j->err, FM_E_SELLER, "%s asks to pay %s, but %s %s", j->origin, asked,
		where, right);
	fm_hint(j->err,
		"find out from the seller which address is right before you change it");
	return fm_judge_refuse(j, rule);
}

static const struct payee *payee_on(const struct seller *seller, uint64_t chain_id)
{
	for (size_t i = 0; i < seller->pay_to_count; i++)
		if (!seller->pay_to[i].chain_id || seller->pay_to[i].chain_id == chain_id)
			return &seller->pay_to[i];
	return NULL;
}

static enum fm_verdict nowhere_there(struct judging *j)
{
	char caip2[FM_CAIP2_TEXT], asked[FM_ADDR_TEXT];

	fm_caip2_text(caip2, j->ask->chain_id);
	fm_addr_text(asked, &j->ask->pay_to);
	fm_fail(j->err, FM_E_SELLER,
		"%s asks to pay %s on %s, but the policy's 'pay_to' has no address there",
		j->origin, asked, caip2);
	fm_hint(j->err,
		"find out from the seller which address is right before you add it");
	return fm_judge_refuse(j, "pay_to");
}

/* The policy's own list decides over a pin: it is how a person says that an address
 * changed. */
enum fm_verdict fm_judge_recipient(struct judging *j)
{
	const struct fm_ask *ask = j->ask;
	const struct payee *payee;

	if (j->seller && j->seller->pay_to_count) {
		if (fm_judge_lists(j->seller, ask))
			return FM_ALLOW;
		payee = payee_on(j->seller, ask->chain_id);
		return payee ? other_recipient(j, &payee->addr,
					       "the policy's 'pay_to' is", "pay_to")
			     : nowhere_there(j);
	}
	if (ask->pin_known && !fm_addr_equal(&ask->pin, &ask->pay_to))
		return other_recipient(j, &ask->pin, "it was first paid at", "pin");
	return FM_ALLOW;
}

enum fm_verdict fm_judge_stranger(struct judging *j)
{
	char pay_to[FM_ADDR_TEXT];

	if (fm_judge_known(j) || j->policy->new_sellers != NEW_SELLERS_REFUSE)
		return FM_ALLOW;
	fm_addr_text(pay_to, &j->ask->pay_to);
	fm_fail(j->err, FM_E_BLOCKED,
		"%s is a new seller, and 'new_sellers' is \"refuse\"",
		*j->ask->origin ? j->origin : pay_to);
	fm_hint(j->err, "to pay it, add it to 'sellers' in the policy with pay_to %s",
		pay_to);
	return fm_judge_refuse(j, "new_sellers");
}
