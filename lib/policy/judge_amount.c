/* SPDX-License-Identifier: MIT */
/* How much. Limits for one payment: those of the route stand in for those of the seller, and these
 * for those of the policy, as far as they name the asset; so a seller can be allowed more per
 * payment than others. Limits over a window all hold together. Caps always hold. */
#include "policy/judge.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

enum fm_verdict fm_judge_unresolved(struct judging *j, const char *rule)
{
	fm_within(j->err, "limit '%s'", rule);
	if (j->err)
		j->err->code = FM_E_CONFIG;
	fm_hint(j->err, "write it with at most %u places", j->ask->asset->decimals);
	return fm_judge_refuse(j, rule);
}

static enum fm_verdict over(struct judging *j, const char *rule,
			    const struct fm_u256 *cap)
{
	char asked[FM_AMOUNT_TEXT], most[FM_AMOUNT_TEXT];

	fm_judge_amount(asked, j->ask, &j->ask->amount);
	fm_judge_amount(most, j->ask, cap);
	fm_fail(j->err, FM_E_OVER_LIMIT, "%s is above '%s': %s", asked, rule, most);
	return fm_judge_refuse(j, rule);
}

enum fm_verdict fm_judge_caps(struct judging *j)
{
	for (size_t i = 0; i < j->policy->cap_count; i++) {
		const struct cap *cap = &j->policy->caps[i];
		struct fm_u256 most;

		if (!fm_quantity_names(&cap->quantity, j->ask->asset)) {
			fm_fail(j->err, FM_E_ASSET,
				"'%s' allows %s%s, the offer is in %s", cap->rule,
				cap->quantity.number, cap->quantity.unit,
				j->ask->asset->symbol);
			fm_hint(j->err, "give '%s' in the asset of the offer", cap->rule);
			return fm_judge_refuse(j, cap->rule);
		}
		if (fm_quantity_resolve(&most, &cap->quantity, j->ask->asset, j->err))
			return fm_judge_unresolved(j, cap->rule);
		if (fm_u256_cmp(&j->ask->amount, &most) > 0) {
			over(j, cap->rule, &most);
			fm_hint(j->err, "if the price is right, allow more with '%s'",
				cap->rule);
			return FM_REFUSE;
		}
	}
	return FM_ALLOW;
}

/* Is the limit about such an ask, whatever its asset? */
static bool concerns_ask(const struct limit *limit, const struct fm_ask *ask)
{
	return limit->of == ask->of &&
	       (!limit->chain_id || limit->chain_id == ask->chain_id) &&
	       (!*limit->category ||
		(ask->category && strcmp(limit->category, ask->category) == 0));
}

/* Is there a limit for one payment in this asset? */
static bool for_one(const struct limit *limit, const struct fm_ask *ask)
{
	return limit->request && concerns_ask(limit, ask) &&
	       fm_quantity_names(&limit->amount, ask->asset);
}

static bool has_request(const struct limits *limits, const struct fm_ask *ask)
{
	for (size_t i = 0; limits && i < limits->count; i++)
		if (for_one(&limits->list[i], ask))
			return true;
	return false;
}

static enum fm_verdict above_request(struct judging *j, const struct limit *limit,
				     const struct fm_u256 *most)
{
	over(j, limit->name, most);
	if (j->policy->builtin)
		fm_hint(j->err, "write a policy.json with a higher limit to pay this");
	else
		fm_hint(j->err, "to %s this, raise '%s' in the policy",
			fm_judge_words[j->ask->of].to_do, limit->name);
	return FM_REFUSE;
}

static enum fm_verdict judge_each_request(struct judging *j, const struct limits *limits)
{
	struct fm_u256 most;

	for (size_t i = 0; i < limits->count; i++) {
		const struct limit *limit = &limits->list[i];

		if (!for_one(limit, j->ask))
			continue;
		j->named = true;
		if (fm_quantity_resolve(&most, &limit->amount, j->ask->asset, j->err))
			return fm_judge_unresolved(j, limit->name);
		if (fm_u256_cmp(&j->ask->amount, &most) > 0)
			return above_request(j, limit, &most);
	}
	return FM_ALLOW;
}

/* The narrowest level with a limit for one payment stands in for the wider; 0: none has. */
static size_t request_level(const struct judging *j)
{
	size_t level = FM_JUDGE_LEVELS;

	while (level && !has_request(j->limits[level - 1], j->ask))
		level--;
	return level;
}

/* Who pays says what for, so a category's limits stand in for no others. */
enum fm_verdict fm_judge_request(struct judging *j)
{
	size_t level = request_level(j);
	enum fm_verdict verdict = FM_ALLOW;

	if (level)
		verdict = judge_each_request(j, j->limits[level - 1]);
	if (verdict == FM_ALLOW && j->category)
		verdict = judge_each_request(j, &j->category->limits);
	return verdict;
}

static void fill_key(struct fm_check *check, const struct fm_ask *ask,
		     const struct limit *limit)
{
	struct fm_scope_of of = { ask->origin,
				  &ask->pay_to,
				  ask->route,
				  ask->task,
				  ask->category ? ask->category : "",
				  &ask->payer };
	char asset[FM_ASSET_KEY] = "*", scope[FM_SCOPE_MAX];

	if (limit->has_amount)
		fm_asset_key(asset, ask->chain_id, &ask->asset->address);
	else if (limit->chain_id)
		fm_chain_key(asset, ask->chain_id);
	fm_scope_text(scope, limit->scope, &of);
	_Static_assert(sizeof(check->key) >= FM_ASSET_KEY + FM_SCOPE_MAX, "key");
	snprintf(check->key, sizeof(check->key), "%s %s", asset, scope);
}

/* "per task" says nothing of a payment that is of none. */
static bool lacks_subject(const struct limit *limit, const struct fm_ask *ask)
{
	return (limit->scope == FM_SCOPE_TASK && !*ask->task) ||
	       (limit->scope == FM_SCOPE_CATEGORY && (!ask->category || !*ask->category));
}

static enum fm_verdict add_check(struct judging *j, const struct limit *limit)
{
	struct fm_check *check;

	if (limit->request || !concerns_ask(limit, j->ask) ||
	    lacks_subject(limit, j->ask) ||
	    (limit->has_amount && !fm_quantity_names(&limit->amount, j->ask->asset)))
		return FM_ALLOW;
	_Static_assert(LIMITS_MAX + 3 * SELLER_LIMITS_MAX <= FM_CHECKS_MAX, "checks");
	check = &j->checks[j->check_count++];
	memset(check, 0, sizeof(*check));
	snprintf(check->rule, sizeof(check->rule), "%s", limit->name);
	fill_key(check, j->ask, limit);
	check->window_s = limit->window_s;
	check->utc_day = limit->utc_day;
	check->has_count = limit->has_count;
	check->cap_count = limit->count;
	check->has_amount = limit->has_amount;
	if (!limit->has_amount)
		return FM_ALLOW;
	j->named = true;
	if (fm_quantity_resolve(&check->cap, &limit->amount, j->ask->asset, j->err))
		return fm_judge_unresolved(j, limit->name);
	return FM_ALLOW;
}

static enum fm_verdict add_checks(struct judging *j, const struct limits *limits)
{
	enum fm_verdict verdict = FM_ALLOW;

	for (size_t i = 0; limits && verdict == FM_ALLOW && i < limits->count; i++)
		verdict = add_check(j, &limits->list[i]);
	return verdict;
}

enum fm_verdict fm_judge_checks(struct judging *j)
{
	enum fm_verdict verdict = FM_ALLOW;

	for (size_t level = 0; verdict == FM_ALLOW && level < FM_JUDGE_LEVELS; level++)
		verdict = add_checks(j, j->limits[level]);
	if (verdict == FM_ALLOW && j->category)
		verdict = add_checks(j, &j->category->limits);
	return verdict;
}

/* Does the limit's unit stand for a token of this network? One that is in no table may. */
static bool is_on(const struct limit *limit, uint64_t chain_id)
{
	bool known = false;
	size_t count;
	const struct fm_asset *assets = fm_assets(&count);

	if (limit->chain_id)
		return limit->chain_id == chain_id;
	for (size_t i = 0; i < count; i++) {
		if (!fm_quantity_names(&limit->amount, &assets[i]))
			continue;
		if (assets[i].chain_id == chain_id)
			return true;
		known = true;
	}
	return !known;
}

/* Moving own money is not spending, so no limit is needed; but who limits it at all does not
 * mean that other tokens go without limit. */
static bool must_be_named(const struct judging *j)
{
	const struct limits *limits = &j->policy->limits;

	if (fm_judge_is_payment(j))
		return true;
	for (size_t i = 0; i < limits->count; i++)
		if (limits->list[i].of == j->ask->of && limits->list[i].has_amount &&
		    is_on(&limits->list[i], j->ask->chain_id))
			return true;
	return false;
}

enum fm_verdict fm_judge_named(struct judging *j)
{
	if (j->named || !must_be_named(j))
		return FM_ALLOW;
	fm_fail(j->err, FM_E_ASSET, "no %s of %s names %s",
		fm_judge_words[j->ask->of].limit,
		j->policy->builtin ? "the built-in rules" : "the policy",
		j->ask->asset->symbol);
	fm_hint(j->err, "to %s in %s, add a limit in it%s to 'limits' in policy.json",
		fm_judge_words[j->ask->of].to_do, j->ask->asset->symbol,
		fm_judge_words[j->ask->of].member);
	return fm_judge_refuse(j, "limits");
}

static void smallest_of(struct judging *j, const struct limits *limits, char *rule,
			struct fm_u256 *most, bool *any)
{
	struct fm_u256 amount;

	for (size_t i = 0; i < limits->count; i++) {
		const struct limit *limit = &limits->list[i];

		if (!for_one(limit, j->ask) ||
		    fm_quantity_resolve(&amount, &limit->amount, j->ask->asset, NULL) ||
		    (*any && fm_u256_cmp(&amount, most) >= 0))
			continue;
		snprintf(rule, FM_RULE_MAX, "%s", limit->name);
		*most = amount;
		*any = true;
	}
}

bool fm_judge_smallest_request(struct judging *j, char rule[static FM_RULE_MAX],
			       struct fm_u256 *most)
{
	size_t level = request_level(j);
	bool any = false;

	if (level)
		smallest_of(j, j->limits[level - 1], rule, most, &any);
	if (j->category)
		smallest_of(j, &j->category->limits, rule, most, &any);
	return any;
}
