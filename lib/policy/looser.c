/* SPDX-License-Identifier: MIT */
/* Does one policy allow more than another? Decided from what they say, member by member: whatever
 * cannot be shown to allow at most as much counts as looser (design, Decision 7).
 *
 * What limits and guards say depends on where a payment goes, so they are compared at points: any
 * seller, each seller that one of the two names, each route of those. */
#include "policy/looser.h"

#include <fourmica/network.h>

#include "x402/scheme.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---- */

bool fm_looser(struct comparing *c, const char *fmt, ...)
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

/* Places the other lacks are zeros. */
bool fm_looser_above(const char *a, const char *b)
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
		return fm_looser(c, "network %s", caip2);
	}
	for (size_t i = 0; !c->now->has_networks && i < count; i++) {
		if (!fm_policy_allows_chain(c->now, known[i].chain_id) ||
		    fm_policy_allows_chain(c->was, known[i].chain_id))
			continue;
		fm_caip2_text(caip2, known[i].chain_id);
		return fm_looser(c, "without 'networks', %s", caip2);
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
			return fm_looser(c, "scheme '%s'", (*s)->name);
	return false;
}

/* ---- how much, and when a person is asked ---- */

static const struct route *route_of(const struct seller *seller, const char *path)
{
	for (size_t i = 0; seller && i < seller->route_count; i++)
		if (strcmp(seller->routes[i].path, path) == 0)
			return &seller->routes[i];
	return NULL;
}

static struct looser_place place_of(const struct fm_policy *policy,
				    const struct seller *seller, const char *path)
{
	const struct route *route = route_of(seller, path);

	return (struct looser_place){
		.policy = policy,
		.limits = {&policy->limits,  seller ? &seller->limits : NULL,
			    route ? &route->limits : NULL},
		.guards = { &policy->guards, seller ? &seller->guards : NULL,
			    route ? &route->guards : NULL},
	};
}

static struct looser_point point_of(const struct comparing *c, const struct seller *now,
				    const struct seller *was, const char *path)
{
	const char *origin = now ? now->origin : was ? was->origin : "any seller";
	struct looser_point p = { .now = place_of(c->now, now, path),
				  .was = place_of(c->was, was, path) };

	snprintf(p.name, sizeof(p.name), "at %.60s%.30s", origin, path);
	return p;
}

static bool limits(struct comparing *c)
{
	const struct looser_point anywhere = point_of(c, NULL, NULL, "");

	return fm_looser_limits(c, &anywhere);
}

static bool guards(struct comparing *c)
{
	const struct looser_point anywhere = point_of(c, NULL, NULL, "");

	return fm_looser_guards(c, &anywhere);
}

/* ---- sellers ---- */

static bool lists(const struct seller *seller, const struct payee *payee)
{
	for (size_t i = 0; i < seller->pay_to_count; i++)
		if (fm_addr_equal(&seller->pay_to[i].addr, &payee->addr) &&
		    (!seller->pay_to[i].chain_id ||
		     seller->pay_to[i].chain_id == payee->chain_id))
			return true;
	return false;
}

/* An address the policy itself names is believed over a pin. */
static bool pay_to(struct comparing *c, const struct seller *now,
		   const struct seller *was)
{
	char text[FM_ADDR_TEXT];

	for (size_t i = 0; i < now->pay_to_count; i++) {
		if (lists(was, &now->pay_to[i]))
			continue;
		fm_addr_text(text, &now->pay_to[i].addr);
		return fm_looser(c, "%.90s may be paid at %s", now->origin, text);
	}
	if (!now->pay_to_count && was->pay_to_count)
		return fm_looser(c,
				 "%.90s may be paid at any address: its 'pay_to' is gone",
				 now->origin);
	return false;
}

/* Whom the policy names is no new seller, whatever its name looks like; and names that look like
 * one that is named are not paid. Without its entry a seller is a new one. */
static bool trust(struct comparing *c, const struct seller *now, const struct seller *was)
{
	if (now && was)
		return pay_to(c, now, was);
	if (now)
		return fm_looser(c, "%.90s is in 'sellers', and so no new seller",
				 now->origin);
	if (c->now->new_sellers != NEW_SELLERS_PIN)
		return false;
	return fm_looser(
		c, "%.90s, or one that looks like it, may be paid without 'sellers'",
		was->origin);
}

static bool seller_evidence(struct comparing *c, const char *origin)
{
	if (fm_policy_evidence(c->now, origin) != FM_EVIDENCE_RECEIPT ||
	    fm_policy_evidence(c->was, origin) == FM_EVIDENCE_RECEIPT)
		return false;
	return fm_looser(c,
			 "'evidence' is \"receipt\"%s%.90s; accepted is \"certificate\"",
			 *origin ? " of " : "", origin);
}

static bool routes(struct comparing *c, const struct seller *now,
		   const struct seller *was, const struct seller *of)
{
	for (size_t i = 0; of && i < of->route_count; i++) {
		const struct looser_point p = point_of(c, now, was, of->routes[i].path);

		if (fm_looser_limits(c, &p) || fm_looser_guards(c, &p))
			return true;
	}
	return false;
}

static bool one_seller(struct comparing *c, const struct seller *now,
		       const struct seller *was)
{
	const struct looser_point p = point_of(c, now, was, "");

	assert(now || was);
	return trust(c, now, was) ||
	       seller_evidence(c, now ? now->origin : was->origin) ||
	       fm_looser_limits(c, &p) || fm_looser_guards(c, &p) ||
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
			return fm_looser(c, "%.90s is not 'blocked' any more",
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
	return fm_looser(c, "'new_sellers' is \"%s\"; accepted is \"%s\"",
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
		return fm_looser(c, "no 'max_window'; accepted is %lld s",
				 (long long)was);
	return fm_looser(c, "'max_window' is %lld s; accepted is %lld s", (long long)now,
			 (long long)was);
}

static bool sign(struct comparing *c)
{
	return c->now->sign_any && !c->was->sign_any && fm_looser(c, "'sign' is \"any\"");
}

/* ---- guarantees of version 2 ---- */

static bool holds(const struct fm_addr *list, size_t count, const struct fm_addr *addr)
{
	for (size_t i = 0; i < count; i++)
		if (fm_addr_equal(&list[i], addr))
			return true;
	return false;
}

static bool one_more(struct comparing *c, const char *what, const struct fm_addr *now,
		     size_t now_count, const struct fm_addr *was, size_t was_count)
{
	char text[FM_ADDR_TEXT];

	for (size_t i = 0; i < now_count; i++) {
		if (holds(was, was_count, &now[i]))
			continue;
		fm_addr_text(text, &now[i]);
		return fm_looser(c, "'v2': %s %s", what, text);
	}
	return false;
}

/* Without rules every guarantee is signed on test networks, and none elsewhere. */
static bool only_tests(const struct fm_policy *policy)
{
	for (size_t i = 0; policy->has_networks && i < policy->chain_count; i++) {
		const struct fm_network *network = fm_network_by_chain(policy->chains[i]);

		if (!network || !network->test)
			return false;
	}
	return true;
}

static bool v2(struct comparing *c)
{
	const struct v2 *now = &c->now->v2, *was = &c->was->v2;

	if (!was->given)
		return now->given && now->registry_count && !only_tests(c->now) &&
		       fm_looser(c, "'v2', where only test networks had it");
	if (!now->given)
		return fm_looser(c, "no 'v2': any registry on test networks");
	if (one_more(c, "registry", now->registries, now->registry_count, was->registries,
		     was->registry_count))
		return true;
	if (was->has_validators && !now->has_validators)
		return fm_looser(c, "'v2': any validator");
	if (was->has_validators &&
	    one_more(c, "validator", now->validators, now->validator_count,
		     was->validators, was->validator_count))
		return true;
	return now->min_score < was->min_score &&
	       fm_looser(c, "'v2': 'min_score' %llu; accepted is %llu",
			 (unsigned long long)now->min_score,
			 (unsigned long long)was->min_score);
}

/* A row for each member of a policy. */
static bool (*const members[])(struct comparing *c) = {
	networks,    schemes,  limits,	   guards, sellers, blocked, fm_looser_categories,
	new_sellers, evidence, max_window, sign,   v2,
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
