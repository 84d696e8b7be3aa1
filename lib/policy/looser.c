/* SPDX-License-Identifier: MIT */
/* Does one policy allow more than another? Decided from what they say, member by member: whatever
 * cannot be shown to allow at most as much counts as looser (design, Decision 7).
 *
 * What limits say depends on where a payment goes, so they are compared at points: any seller, each
 * seller that one of the two names, each route of those. Everything else of a payment (asset, kind
 * of money, task) is in the limits themselves. */
#include "policy/rules.h"

#include <fourmica/network.h>

#include "x402/scheme.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct comparing {
	const struct fm_policy *now, *was;
	struct fm_err *why;
};

/** True: so that a comparison ends with it. */
static bool FM_PRINTF(2, 3) more(struct comparing *c, const char *fmt, ...)
{
	char what[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	fm_fail(c->why, FM_E_APPROVAL, "%s", what);
	fm_rule(c->why, "accepted");
	fm_hint(c->why, "if that is right, run: fourmica policy accept");
	return true;
}

/* ---- amounts ---- */

static const char *without_zeros(const char *digits)
{
	while (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9')
		digits++;
	return digits;
}

/** Is a above b, both "digits[.digits]"? Places the other lacks are zeros. */
static bool above(const char *a, const char *b)
{
	size_t left, right;
	int order;

	a = without_zeros(a);
	b = without_zeros(b);
	left = strcspn(a, ".");
	right = strcspn(b, ".");
	if (left != right)
		return left > right;
	order = memcmp(a, b, left);
	if (order)
		return order > 0;
	a += left + (a[left] == '.');
	b += right + (b[right] == '.');
	while (*a && *a == *b)
		a++, b++;
	if (*a && *b)
		return *a > *b;
	return a[strspn(a, "0")] != '\0';
}

static bool same_unit(const struct fm_quantity *a, const struct fm_quantity *b)
{
	return strcmp(a->unit, b->unit) == 0;
}

/* ---- where ---- */

static bool networks(struct comparing *c)
{
	char caip2[FM_CAIP2_TEXT];
	size_t count;
	const struct fm_network *known = fm_networks(&count);

	for (size_t i = 0; c->now->has_networks && i < c->now->chain_count; i++) {
		if (fm_policy_allows_chain(c->was, c->now->chains[i]))
			continue;
		fm_caip2_text(caip2, c->now->chains[i]);
		return more(c, "network %s", caip2);
	}
	for (size_t i = 0; !c->now->has_networks && i < count; i++) {
		if (!fm_policy_allows_chain(c->now, known[i].chain_id) ||
		    fm_policy_allows_chain(c->was, known[i].chain_id))
			continue;
		fm_caip2_text(caip2, known[i].chain_id);
		return more(c, "without 'networks', %s", caip2);
	}
	return false;
}

static bool has_scheme(const struct fm_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->scheme_count; i++)
		if (strcmp(policy->schemes[i], name) == 0)
			return true;
	return !policy->has_schemes;
}

static bool schemes(struct comparing *c)
{
	for (const struct fm_scheme *const *s = fm_schemes; *s; s++)
		if (has_scheme(c->now, (*s)->name) && !has_scheme(c->was, (*s)->name))
			return more(c, "scheme '%s'", (*s)->name);
	return false;
}

/* ---- limits ---- */

#define LEVELS 3 /* the policy's, the seller's, the route's */

/** Somewhere a payment goes, with what each policy says about that. */
struct point {
	char name[96];
	const struct limits *now[LEVELS], *was[LEVELS];
};

/** Limits that concern the same payments, however much they allow. */
static bool same_payments(const struct limit *a, const struct limit *b)
{
	return a->of == b->of && a->has_amount == b->has_amount &&
	       (!a->has_amount || same_unit(&a->amount, &b->amount));
}

/** The smallest limit for one payment at the innermost level that has any; NULL: none. */
static const struct limit *for_one(const struct limits *const levels[LEVELS],
				   const struct limit *like)
{
	const struct limit *least = NULL;

	for (size_t level = LEVELS; !least && level-- > 0;)
		for (size_t i = 0; levels[level] && i < levels[level]->count; i++) {
			const struct limit *limit = &levels[level]->list[i];

			if (limit->request && same_payments(limit, like) &&
			    (!least || above(least->amount.number, limit->amount.number)))
				least = limit;
		}
	return least;
}

/** An asset that no limit names is not paid. */
static bool pays(const struct limits *const levels[LEVELS], const struct limit *like)
{
	if (like->of != FM_MONEY_PAYMENT || !like->has_amount)
		return true;
	for (size_t level = 0; level < LEVELS; level++)
		for (size_t i = 0; levels[level] && i < levels[level]->count; i++)
			if (same_payments(&levels[level]->list[i], like))
				return true;
	return false;
}

static bool request_is_more(struct comparing *c, const struct point *p,
			    const struct limit *like)
{
	const struct limit *was = for_one(p->was, like), *now = for_one(p->now, like);

	if (!was || !pays(p->now, was) ||
	    (now && !above(now->amount.number, was->amount.number)))
		return false;
	if (!now)
		return more(c, "%s, no limit for one payment; accepted is '%s' %s%s",
			    p->name, was->name, was->amount.number, was->amount.unit);
	return more(c, "%s, '%s' %s%s for one payment; accepted is %s%s", p->name,
		    now->name, now->amount.number, now->amount.unit, was->amount.number,
		    was->amount.unit);
}

/** Does a total of the first kind count all that one of the second does? */
static bool counts_all(enum fm_scope now, enum fm_scope was)
{
	if (now == was)
		return true;
	if (was == FM_SCOPE_DEPOSIT || was == FM_SCOPE_CLEARING)
		return false;
	return now == FM_SCOPE_ALL || (now == FM_SCOPE_SELLER && was == FM_SCOPE_ROUTE);
}

/** Whatever the second limit refuses, does the first refuse, too? A window that is longer, or has
 *  no end, counts more; one that slides counts whatever the calendar day does. */
static bool as_strict(const struct limit *now, const struct limit *was)
{
	if (now->request || !same_payments(now, was) || !counts_all(now->scope, was->scope))
		return false;
	if (now->window_s && (now->window_s < was->window_s || !was->window_s))
		return false;
	if (now->utc_day && !was->utc_day)
		return false;
	if (was->has_count && (!now->has_count || now->count > was->count))
		return false;
	return !was->has_amount || !above(now->amount.number, was->amount.number);
}

/** Limits over time all hold together: one that was accepted needs one as strict in its place or
 *  further out. */
static bool window_is_more(struct comparing *c, const struct point *p, size_t level,
			   const struct limit *was)
{
	for (size_t out = 0; out <= level; out++)
		for (size_t i = 0; p->now[out] && i < p->now[out]->count; i++)
			if (as_strict(&p->now[out]->list[i], was))
				return false;
	if (!pays(p->now, was))
		return false;
	if (was->has_amount)
		return more(c, "%s, no limit as strict as the accepted '%s' %s%s",
			    p->name, was->name, was->amount.number, was->amount.unit);
	return more(c, "%s, no limit as strict as the accepted '%s' of %llu payments",
		    p->name, was->name, (unsigned long long)was->count);
}

/** When a payment says no task, a limit per task does not speak of its asset, and so on. */
static bool speaks_when(const struct limit *limit, const struct limit *other)
{
	bool always = limit->scope != FM_SCOPE_TASK && limit->scope != FM_SCOPE_CATEGORY;

	return always || limit->scope == other->scope;
}

static bool any_of_kind(const struct limits *const levels[LEVELS], enum fm_money of)
{
	for (size_t level = 0; level < LEVELS; level++)
		for (size_t i = 0; levels[level] && i < levels[level]->count; i++)
			if (levels[level]->list[i].of == of &&
			    levels[level]->list[i].has_amount)
				return true;
	return false;
}

/** What was not paid for want of a limit, but would be now. */
static bool asset_is_more(struct comparing *c, const struct point *p,
			  const struct limit *now)
{
	if (!now->has_amount ||
	    (now->of != FM_MONEY_PAYMENT && !any_of_kind(p->was, now->of)))
		return false;
	for (size_t level = 0; level < LEVELS; level++)
		for (size_t i = 0; p->was[level] && i < p->was[level]->count; i++) {
			const struct limit *was = &p->was[level]->list[i];

			if (same_payments(was, now) && speaks_when(was, now))
				return false;
		}
	return more(c, "%s, amounts in '%s' (%s%s), which no accepted limit names",
		    p->name, now->name, now->amount.number, now->amount.unit);
}

static bool limits_at(struct comparing *c, const struct point *p)
{
	for (size_t level = 0; level < LEVELS; level++) {
		const struct limits *now = p->now[level], *was = p->was[level];

		for (size_t i = 0; was && i < was->count; i++)
			if (was->list[i].request
				    ? request_is_more(c, p, &was->list[i])
				    : window_is_more(c, p, level, &was->list[i]))
				return true;
		for (size_t i = 0; now && i < now->count; i++)
			if (asset_is_more(c, p, &now->list[i]) ||
			    (now->list[i].request &&
			     request_is_more(c, p, &now->list[i])))
				return true;
	}
	return false;
}

static const struct limits *route_limits(const struct seller *seller, const char *path)
{
	for (size_t i = 0; seller && i < seller->route_count; i++)
		if (strcmp(seller->routes[i].path, path) == 0)
			return &seller->routes[i].limits;
	return NULL;
}

static struct point point_of(const struct comparing *c, const struct seller *now,
			     const struct seller *was, const char *path)
{
	const char *origin = now ? now->origin : was ? was->origin : "any seller";
	struct point p = { .now = { &c->now->limits, now ? &now->limits : NULL,
				    route_limits(now, path) },
			   .was = { &c->was->limits, was ? &was->limits : NULL,
				    route_limits(was, path) } };

	snprintf(p.name, sizeof(p.name), "at %.60s%.30s", origin, path);
	return p;
}

static bool limits(struct comparing *c)
{
	const struct point anywhere = point_of(c, NULL, NULL, "");

	return limits_at(c, &anywhere);
}

/* ---- sellers ---- */

static bool lists(const struct seller *seller, const struct fm_addr *pay_to)
{
	for (size_t i = 0; i < seller->pay_to_count; i++)
		if (fm_addr_equal(&seller->pay_to[i], pay_to))
			return true;
	return false;
}

/** An address the policy itself names is believed over a pin, and over plain http. */
static bool pay_to(struct comparing *c, const struct seller *now, const struct seller *was)
{
	char text[FM_ADDR_TEXT];

	for (size_t i = 0; now && i < now->pay_to_count; i++) {
		if (was && lists(was, &now->pay_to[i]))
			continue;
		fm_addr_text(text, &now->pay_to[i]);
		return more(c, "%.90s may be paid at %s", now->origin, text);
	}
	if (now && !now->pay_to_count && was && was->pay_to_count)
		return more(c, "%.90s may be paid at any address: its 'pay_to' is gone",
			    now->origin);
	if (!now && was->pay_to_count && c->now->new_sellers == NEW_SELLERS_PIN)
		return more(c,
			    "%.90s may be paid at any address: it is not in 'sellers'",
			    was->origin);
	if (now && !was && c->was->new_sellers != NEW_SELLERS_PIN)
		return more(c, "%.90s is in 'sellers', and so no new seller",
			    now->origin);
	return false;
}

static bool seller_evidence(struct comparing *c, const char *origin)
{
	if (fm_policy_evidence(c->now, origin) != FM_EVIDENCE_RECEIPT ||
	    fm_policy_evidence(c->was, origin) == FM_EVIDENCE_RECEIPT)
		return false;
	return more(c, "'evidence' is \"receipt\"%s%.90s; accepted is \"certificate\"",
		    *origin ? " of " : "", origin);
}

static bool routes(struct comparing *c, const struct seller *now,
		   const struct seller *was, const struct seller *of)
{
	for (size_t i = 0; of && i < of->route_count; i++) {
		const struct point p = point_of(c, now, was, of->routes[i].path);

		if (limits_at(c, &p))
			return true;
	}
	return false;
}

static bool one_seller(struct comparing *c, const struct seller *now,
		       const struct seller *was)
{
	const struct point p = point_of(c, now, was, "");

	return pay_to(c, now, was) ||
	       seller_evidence(c, now ? now->origin : was->origin) || limits_at(c, &p) ||
	       routes(c, now, was, now) || routes(c, now, was, was);
}

static bool sellers(struct comparing *c)
{
	for (size_t i = 0; i < c->now->seller_count; i++) {
		const struct seller *now = &c->now->sellers[i];

		if (one_seller(c, now, fm_policy_seller(c->was, now->origin)))
			return true;
	}
	for (size_t i = 0; i < c->was->seller_count; i++) {
		const struct seller *was = &c->was->sellers[i];

		if (!fm_policy_seller(c->now, was->origin) && one_seller(c, NULL, was))
			return true;
	}
	return false;
}

static bool blocks(const struct fm_policy *policy, const char *origin)
{
	for (size_t i = 0; i < policy->blocked_count; i++)
		if (strcmp(policy->blocked[i], origin) == 0)
			return true;
	return false;
}

static bool blocked(struct comparing *c)
{
	for (size_t i = 0; i < c->was->blocked_count; i++)
		if (!blocks(c->now, c->was->blocked[i]))
			return more(c, "%.90s is not 'blocked' any more",
				    c->was->blocked[i]);
	return false;
}

/* ---- single words ---- */

static bool new_sellers(struct comparing *c)
{
	static const char *const words[] = { [NEW_SELLERS_PIN] = "pin",
					     [NEW_SELLERS_ASK] = "ask",
					     [NEW_SELLERS_REFUSE] = "refuse" };

	if (c->now->new_sellers >= c->was->new_sellers)
		return false;
	return more(c, "'new_sellers' is \"%s\"; accepted is \"%s\"",
		    words[c->now->new_sellers], words[c->was->new_sellers]);
}

static bool evidence(struct comparing *c)
{
	return seller_evidence(c, "");
}

static bool max_window(struct comparing *c)
{
	int64_t now = c->now->max_window_s, was = c->was->max_window_s;

	if (!was || (now && now <= was))
		return false;
	if (!now)
		return more(c, "no 'max_window'; accepted is %lld s", (long long)was);
	return more(c, "'max_window' is %lld s; accepted is %lld s", (long long)now,
		    (long long)was);
}

/* A row for each member of a policy. */
static bool (*const members[])(struct comparing *c) = {
	networks,   schemes,  limits,  sellers, blocked,
	new_sellers, evidence, max_window,
};

bool fm_policy_looser_next(size_t *at, struct fm_err *why, const struct fm_policy *now,
			   const struct fm_policy *accepted)
{
	struct comparing c = { .now = now, .was = accepted, .why = why };

	while (*at < sizeof(members) / sizeof(members[0]))
		if (members[(*at)++](&c))
			return true;
	return false;
}

bool fm_policy_looser(struct fm_err *why, const struct fm_policy *now,
		      const struct fm_policy *accepted)
{
	size_t at = 0;

	return fm_policy_looser_next(&at, why, now, accepted);
}
