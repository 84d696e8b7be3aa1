/* SPDX-License-Identifier: MIT */
/* An ask against the rules. Pure: no clock, no files; the totals come from the ledger.
 *
 * Limits for one payment: those of the route stand in for those of the seller, and
 * these for those of the policy, as far as they name the asset; so a seller can be
 * allowed more per payment than others. Limits over a window all hold together. Caps
 * always hold. Deposits and clearing payments have no seller and no price: for them there are
 * the limits of the policy that are of their kind. */
#include "policy/rules.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

#define SHOWN 160

/* Where the limits that concern an ask are: the policy's, the seller's, the route's. */
#define LEVELS 3

struct judging {
	const struct fm_policy *policy;
	const struct fm_ask *ask;
	const struct seller *seller;
	const struct limits *levels[LEVELS]; /* widest first; NULL: none */
	char origin[SHOWN];		     /* escaped */
	struct fm_check *checks;
	size_t check_count;
	bool named; /* a limit with an amount applies to the asset */
	struct fm_err *err;
};

static void show(char out[static SHOWN], const char *text)
{
	struct fm_buf buf;

	fm_buf_init(&buf, SHOWN * 8);
	fm_text_escape(&buf, fm_span_of(text), SHOWN / 2);
	snprintf(out, SHOWN, "%s", fm_buf_span(&buf).ptr);
	fm_buf_clear(&buf);
}

static enum fm_verdict refuse(struct judging *j, const char *rule)
{
	fm_rule(j->err, "%s", rule);
	return FM_REFUSE;
}

/* The words for what is judged. */
static const struct {
	const char *limit;  /* "no X of the policy" */
	const char *to_do;  /* "to X" */
	const char *member; /* of a limit, to be of this kind */
} words[] = {
	[FM_MONEY_PAYMENT] = {"limit",		"pay",     ""			  },
	[FM_MONEY_DEPOSIT] = { "deposit limit",	"deposit", " with \"of\": \"deposit\"" },
	[FM_MONEY_CLEARING] = { "clearing limit", "pay",	 " with \"of\": \"clearing\""},
};

static bool is_payment(const struct judging *j)
{
	return j->ask->of == FM_MONEY_PAYMENT;
}

/* ---- who and where ---- */

static enum fm_verdict judge_blocked(struct judging *j)
{
	for (size_t i = 0; i < j->policy->blocked_count; i++) {
		if (strcmp(j->policy->blocked[i], j->ask->origin) != 0)
			continue;
		fm_fail(j->err, FM_E_BLOCKED, "%s is on the policy's 'blocked' list",
			j->origin);
		fm_hint(j->err, "to pay it, take it off 'blocked' in the policy");
		return refuse(j, "blocked");
	}
	return FM_ALLOW;
}

static enum fm_verdict judge_network(struct judging *j)
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
		words[j->ask->of].to_do, caip2);
	return refuse(j, "networks");
}

static enum fm_verdict judge_scheme(struct judging *j)
{
	const struct fm_policy *p = j->policy;
	char scheme[SHOWN];

	if (!p->has_schemes)
		return FM_ALLOW;
	for (size_t i = 0; i < p->scheme_count; i++)
		if (strcmp(p->schemes[i], j->ask->scheme) == 0)
			return FM_ALLOW;
	show(scheme, j->ask->scheme);
	fm_fail(j->err, FM_E_UNSUPPORTED, "scheme '%s' is not in the policy's 'schemes'",
		scheme);
	fm_hint(j->err, "to use it, add it to 'schemes' in the policy");
	return refuse(j, "schemes");
}

static bool lists(const struct seller *seller, const struct fm_addr *pay_to)
{
	for (size_t i = 0; i < seller->pay_to_count; i++)
		if (fm_addr_equal(&seller->pay_to[i], pay_to))
			return true;
	return false;
}

/* Without an origin the recipient is all there is to know a seller by. */
static bool known_recipient(const struct judging *j)
{
	for (size_t i = 0; i < j->policy->seller_count; i++)
		if (lists(&j->policy->sellers[i], &j->ask->pay_to))
			return true;
	return false;
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
	return refuse(j, rule);
}

static enum fm_verdict new_seller(struct judging *j)
{
	char pay_to[FM_ADDR_TEXT];
	const char *who = *j->ask->origin ? j->origin : pay_to;

	fm_addr_text(pay_to, &j->ask->pay_to);
	switch (j->policy->new_sellers) {
	case NEW_SELLERS_PIN:
		return FM_ALLOW;
	case NEW_SELLERS_REFUSE:
		fm_fail(j->err, FM_E_BLOCKED,
			"%s is a new seller, and 'new_sellers' is \"refuse\"", who);
		fm_hint(j->err,
			"to pay it, add it to 'sellers' in the policy with pay_to %s",
			pay_to);
		return refuse(j, "new_sellers");
	case NEW_SELLERS_ASK:
		break;
	}
	fm_fail(j->err, FM_E_APPROVAL,
		"%s is a new seller (to be paid at %s), and 'new_sellers' "
		"is \"ask\"",
		who, pay_to);
	fm_hint(j->err, "to pay it, add it to 'sellers' in the policy with pay_to %s",
		pay_to);
	fm_rule(j->err, "new_sellers");
	return FM_APPROVE;
}

/* The policy's own list decides over a pin: it is how a person says that an address
 * changed. */
static enum fm_verdict judge_seller(struct judging *j)
{
	const struct fm_ask *ask = j->ask;

	if (j->seller && j->seller->pay_to_count) {
		if (lists(j->seller, &ask->pay_to))
			return FM_ALLOW;
		return other_recipient(j, &j->seller->pay_to[0],
				       "the policy's 'pay_to' is", "pay_to");
	}
	if (ask->pin_known) {
		if (fm_addr_equal(&ask->pin, &ask->pay_to))
			return FM_ALLOW;
		return other_recipient(j, &ask->pin, "it was first paid at", "pin");
	}
	if (j->seller || (!*ask->origin && known_recipient(j)))
		return FM_ALLOW;
	return new_seller(j);
}

/* ---- how much ---- */

static enum fm_verdict cannot_resolve(struct judging *j, const char *rule)
{
	fm_within(j->err, "limit '%s'", rule);
	if (j->err)
		j->err->code = FM_E_CONFIG;
	fm_hint(j->err, "write it with at most %u places", j->ask->asset->decimals);
	return refuse(j, rule);
}

static void amount_text(char out[static FM_AMOUNT_TEXT], const struct fm_ask *ask,
			const struct fm_u256 *base)
{
	struct fm_amount amount = fm_amount_of(base, ask->asset);

	fm_amount_text(out, &amount);
}

static enum fm_verdict over(struct judging *j, const char *rule,
			    const struct fm_u256 *cap)
{
	char asked[FM_AMOUNT_TEXT], most[FM_AMOUNT_TEXT];

	amount_text(asked, j->ask, &j->ask->amount);
	amount_text(most, j->ask, cap);
	fm_fail(j->err, FM_E_OVER_LIMIT, "%s is above '%s': %s", asked, rule, most);
	return refuse(j, rule);
}

static enum fm_verdict judge_caps(struct judging *j)
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
			return refuse(j, cap->rule);
		}
		if (fm_quantity_resolve(&most, &cap->quantity, j->ask->asset, j->err))
			return cannot_resolve(j, cap->rule);
		if (fm_u256_cmp(&j->ask->amount, &most) > 0) {
			over(j, cap->rule, &most);
			fm_hint(j->err, "if the price is right, allow more with '%s'",
				cap->rule);
			return FM_REFUSE;
		}
	}
	return FM_ALLOW;
}

/* Is there a limit for one payment in this asset? */
static bool for_one(const struct limit *limit, const struct fm_ask *ask)
{
	return limit->request && limit->of == ask->of &&
	       fm_quantity_names(&limit->amount, ask->asset);
}

static bool has_request(const struct limits *limits, const struct fm_ask *ask)
{
	for (size_t i = 0; limits && i < limits->count; i++)
		if (for_one(&limits->list[i], ask))
			return true;
	return false;
}

static enum fm_verdict judge_request(struct judging *j)
{
	size_t level = LEVELS;
	struct fm_u256 most;

	while (level && !has_request(j->levels[level - 1], j->ask))
		level--;
	if (!level)
		return FM_ALLOW;
	for (size_t i = 0; i < j->levels[level - 1]->count; i++) {
		const struct limit *limit = &j->levels[level - 1]->list[i];

		if (!for_one(limit, j->ask))
			continue;
		j->named = true;
		if (fm_quantity_resolve(&most, &limit->amount, j->ask->asset, j->err))
			return cannot_resolve(j, limit->name);
		if (fm_u256_cmp(&j->ask->amount, &most) <= 0)
			continue;
		over(j, limit->name, &most);
		if (j->policy->builtin)
			fm_hint(j->err,
				"write a policy.json with a higher limit to pay this");
		else
			fm_hint(j->err, "to %s this, raise '%s' in the policy",
				words[j->ask->of].to_do, limit->name);
		return FM_REFUSE;
	}
	return FM_ALLOW;
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
	fm_scope_text(scope, limit->scope, &of);
	_Static_assert(sizeof(check->key) >= FM_ASSET_KEY + FM_SCOPE_MAX, "key");
	snprintf(check->key, sizeof(check->key), "%s %s", asset, scope);
}

static enum fm_verdict add_check(struct judging *j, const struct limit *limit)
{
	struct fm_check *check;

	if (limit->request || limit->of != j->ask->of ||
	    (limit->scope == FM_SCOPE_TASK && !*j->ask->task) ||
	    (limit->has_amount && !fm_quantity_names(&limit->amount, j->ask->asset)))
		return FM_ALLOW;
	_Static_assert(LIMITS_MAX + 2 * SELLER_LIMITS_MAX <= FM_CHECKS_MAX, "checks");
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
		return cannot_resolve(j, limit->name);
	return FM_ALLOW;
}

static enum fm_verdict collect_checks(struct judging *j)
{
	enum fm_verdict verdict = FM_ALLOW;

	for (size_t level = 0; level < LEVELS; level++) {
		const struct limits *limits = j->levels[level];

		for (size_t i = 0; limits && verdict == FM_ALLOW && i < limits->count;
		     i++)
			verdict = add_check(j, &limits->list[i]);
	}
	return verdict;
}

/* Does the limit's unit stand for a token of this network? One that is in no table may. */
static bool concerns(const struct limit *limit, uint64_t chain_id)
{
	bool known = false;
	size_t count;
	const struct fm_asset *assets = fm_assets(&count);

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

	if (is_payment(j))
		return true;
	for (size_t i = 0; i < limits->count; i++)
		if (limits->list[i].of == j->ask->of && limits->list[i].has_amount &&
		    concerns(&limits->list[i], j->ask->chain_id))
			return true;
	return false;
}

static enum fm_verdict judge_named(struct judging *j)
{
	if (j->named || !must_be_named(j))
		return FM_ALLOW;
	fm_fail(j->err, FM_E_ASSET, "no %s of %s names %s", words[j->ask->of].limit,
		j->policy->builtin ? "the built-in rules" : "the policy",
		j->ask->asset->symbol);
	fm_hint(j->err, "to %s in %s, add a limit in it%s to 'limits' in policy.json",
		words[j->ask->of].to_do, j->ask->asset->symbol, words[j->ask->of].member);
	return refuse(j, "limits");
}

static enum fm_verdict judge_asset(struct judging *j)
{
	char caip2[FM_CAIP2_TEXT];

	if (j->ask->asset)
		return FM_ALLOW;
	fm_caip2_text(caip2, j->ask->chain_id);
	fm_fail(j->err, FM_E_ASSET, "a token on %s that is not in the table of assets",
		caip2);
	fm_hint(j->err, "to %s in it, add it to 'assets' in config.json%s",
		words[j->ask->of].to_do, is_payment(j) ? " and give it a limit" : "");
	return refuse(j, "assets");
}

static enum fm_verdict judge_window(struct judging *j)
{
	int64_t most = j->policy->max_window_s;

	if (!most || j->ask->window_s <= most)
		return FM_ALLOW;
	fm_fail(j->err, FM_E_OVER_LIMIT,
		"an authorization for %lld s is above 'max_window': %lld s",
		(long long)j->ask->window_s, (long long)most);
	fm_hint(j->err, "to allow it, raise 'max_window' in the policy");
	return refuse(j, "max_window");
}

static void find_levels(struct judging *j)
{
	j->levels[0] = &j->policy->limits;
	if (!is_payment(j))
		return;
	show(j->origin, j->ask->origin);
	j->seller = fm_policy_seller(j->policy, j->ask->origin);
	if (!j->seller)
		return;
	j->levels[1] = &j->seller->limits;
	for (size_t i = 0; i < j->seller->route_count; i++)
		if (strcmp(j->seller->routes[i].path, j->ask->route) == 0)
			j->levels[2] = &j->seller->routes[i].limits;
}

enum fm_verdict fm_policy_judge(const struct fm_policy *policy, const struct fm_ask *ask,
				struct fm_check checks[static FM_CHECKS_MAX],
				size_t *check_count, struct fm_err *err)
{
	/* A person is asked (judge_seller) only when nothing else stands in the way. */
	static const struct {
		enum fm_verdict (*judge)(struct judging *);
		bool payments_only;
	} steps[] = {
		{judge_blocked,	 true },
		  { judge_network,  false},
		{ judge_scheme,	true },
		  { judge_asset,	 false},
		{ judge_request,	 false},
		  { collect_checks, false},
		{ judge_named,    false},
		  { judge_caps,	true },
		{ judge_window,	true },
		  { judge_seller,	  true },
	};
	struct judging j = { .policy = policy, .ask = ask, .checks = checks, .err = err };
	enum fm_verdict verdict = FM_ALLOW;

	find_levels(&j);
	for (size_t i = 0; verdict == FM_ALLOW && i < sizeof(steps) / sizeof(steps[0]);
	     i++)
		if (is_payment(&j) || !steps[i].payments_only)
			verdict = steps[i].judge(&j);
	*check_count = j.check_count;
	return verdict;
}
