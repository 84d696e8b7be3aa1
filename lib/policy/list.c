/* SPDX-License-Identifier: MIT */
/* The rules in force, one after the other, for people who want to see them. */
#include "policy/rules.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

#define VALUE_MOST (64u * 1024u)

struct listing {
	const struct fm_policy *policy;
	void (*each)(void *ctx, const struct fm_policy_rule *rule);
	void *ctx;
	struct fm_buf value;
	const char *subject;
	struct fm_err *err;
	enum fm_code rc;
};

/* Tell what was written into `value`, and begin anew. */
static void tell(struct listing *l, const char *rule, enum fm_rule_source source)
{
	const struct fm_policy_rule one = {
		.rule = rule,
		.subject = l->subject,
		.value = l->value.ptr,
		.source = source == FM_RULE_FILE && l->policy->builtin ? FM_RULE_BUILT_IN
								       : source,
	};

	if (!l->rc && !fm_buf_ok(&l->value))
		l->rc = fm_nomem(l->err);
	if (!l->rc)
		l->each(l->ctx, &one);
	fm_buf_clear(&l->value);
	fm_buf_init(&l->value, VALUE_MOST);
}

static void put(struct listing *l, const char *rule, const char *text, bool given)
{
	fm_buf_str(&l->value, text);
	tell(l, rule, given ? FM_RULE_FILE : FM_RULE_BUILT_IN);
}

static void put_more(struct listing *l, const char *text)
{
	if (l->value.len)
		fm_buf_str(&l->value, ", ");
	fm_buf_str(&l->value, text);
}

static void put_chain(struct listing *l, uint64_t chain_id)
{
	const struct fm_network *network = fm_network_by_chain(chain_id);
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	put_more(l, caip2);
	if (network)
		fm_buf_fmt(&l->value, " (%s)", network->title);
}

static void put_address(struct listing *l, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, addr);
	put_more(l, text);
}

static void networks(struct listing *l)
{
	const struct fm_policy *p = l->policy;

	for (size_t i = 0; i < p->chain_count; i++)
		put_chain(l, p->chains[i]);
	if (!p->has_networks)
		put_more(l, "test networks");
	else if (!p->chain_count)
		put_more(l, "none");
	tell(l, "networks", p->has_networks ? FM_RULE_FILE : FM_RULE_BUILT_IN);
}

static void schemes(struct listing *l)
{
	const struct fm_policy *p = l->policy;

	for (size_t i = 0; i < p->scheme_count; i++)
		put_more(l, p->schemes[i]);
	if (!p->has_schemes)
		put_more(l, "all");
	else if (!p->scheme_count)
		put_more(l, "none");
	tell(l, "schemes", p->has_schemes ? FM_RULE_FILE : FM_RULE_BUILT_IN);
}

/* ---- when a person is asked ---- */

static void thresholds(struct listing *l, const char *rule, const struct thresholds *t,
		       bool always)
{
	for (size_t i = 0; i < t->count; i++) {
		put_more(l, t->list[i].number);
		fm_buf_str(&l->value, t->list[i].unit);
	}
	if (t->count)
		tell(l, rule, FM_RULE_FILE);
	else if (always)
		put(l, rule, "not set", false);
}

/* `always`: also what is not said. */
static void guards(struct listing *l, const struct guards *g, bool always)
{
	struct fm_u256 rise = fm_u256_from_u64(g->price_rise);
	char percent[FM_AMOUNT_TEXT];

	thresholds(l, "approve_above", &g->approve_above, always);
	thresholds(l, "first_payment", &g->first_payment, always);
	fm_units_text(percent, &rise, 2);
	if (g->has_price_rise) {
		fm_buf_fmt(&l->value, "%s%%", percent);
		tell(l, "price_rise", FM_RULE_FILE);
	} else if (always) {
		put(l, "price_rise", "not set", false);
	}
	if (g->stop_after_failures) {
		fm_buf_fmt(&l->value, "%llu", (unsigned long long)g->stop_after_failures);
		tell(l, "stop_after_failures", FM_RULE_FILE);
	} else if (always) {
		put(l, "stop_after_failures", "not set", false);
	}
}

/* ---- limits ---- */

static const char *per(const struct limit *limit)
{
	switch (limit->scope) {
	case FM_SCOPE_TASK:
		return ", each task";
	case FM_SCOPE_WALLET:
		return ", each wallet";
	case FM_SCOPE_CATEGORY:
		return *limit->category ? "" : ", each category";
	case FM_SCOPE_SELLER:
		return ", each seller";
	case FM_SCOPE_ALL:
	case FM_SCOPE_ROUTE:
	case FM_SCOPE_DEPOSIT:
	case FM_SCOPE_CLEARING:
	case FM_SCOPE_COUNT:
		break;
	}
	return "";
}

static void window(struct listing *l, const struct limit *limit)
{
	char text[FM_WINDOW_TEXT];

	if (limit->request)
		fm_buf_str(&l->value, " at a time");
	else if (limit->utc_day)
		fm_buf_str(&l->value, " a UTC day");
	else if (limit->window_s) {
		fm_window_text(text, limit->window_s);
		fm_buf_fmt(&l->value, " within %s", text);
	} else {
		fm_buf_str(&l->value, " in all");
	}
}

static void one_limit(struct listing *l, const struct limit *limit)
{
	static const char *const things[] = { [FM_MONEY_PAYMENT] = "payments",
					      [FM_MONEY_DEPOSIT] = "deposits",
					      [FM_MONEY_CLEARING] = "clearing payments" };
	char caip2[FM_CAIP2_TEXT];

	if (limit->has_amount)
		fm_buf_fmt(&l->value, "%s%s", limit->amount.number, limit->amount.unit);
	if (limit->has_count)
		fm_buf_fmt(&l->value, "%s%llu %s", limit->has_amount ? " and " : "",
			   (unsigned long long)limit->count, things[limit->of]);
	window(l, limit);
	/* Inside a seller's own limits that is who they are of. */
	if (!*l->subject || limit->scope != FM_SCOPE_SELLER)
		fm_buf_str(&l->value, per(limit));
	if (limit->of != FM_MONEY_PAYMENT && !limit->has_count)
		fm_buf_fmt(&l->value, " of %s", things[limit->of]);
	fm_caip2_text(caip2, limit->chain_id);
	if (limit->chain_id)
		fm_buf_fmt(&l->value, ", on %s", caip2);
	if (*limit->category && !*l->subject)
		fm_buf_fmt(&l->value, ", category %s", limit->category);
	tell(l, limit->name, FM_RULE_FILE);
}

static void limits(struct listing *l, const struct limits *list)
{
	for (size_t i = 0; i < list->count; i++)
		one_limit(l, &list->list[i]);
}

/* ---- sellers and categories ---- */

static void route(struct listing *l, const struct seller *seller, const struct route *one)
{
	struct fm_buf subject;

	fm_buf_init(&subject, FM_ORIGIN_MAX + FM_POLICY_MAX);
	fm_buf_fmt(&subject, "%s%s", seller->origin, one->path);
	if (!l->rc && !fm_buf_ok(&subject))
		l->rc = fm_nomem(l->err);
	if (!l->rc) {
		l->subject = subject.ptr;
		guards(l, &one->guards, false);
		limits(l, &one->limits);
	}
	fm_buf_clear(&subject);
}

static void evidence(struct listing *l, enum fm_evidence kind, bool given)
{
	put(l, "evidence", kind == FM_EVIDENCE_RECEIPT ? "receipt" : "certificate",
	    given);
}

static void seller(struct listing *l, const struct seller *one)
{
	char caip2[FM_CAIP2_TEXT];

	l->subject = one->origin;
	for (size_t i = 0; i < one->pay_to_count; i++) {
		put_address(l, &one->pay_to[i].addr);
		fm_caip2_text(caip2, one->pay_to[i].chain_id);
		if (one->pay_to[i].chain_id)
			fm_buf_fmt(&l->value, " on %s", caip2);
	}
	if (!one->pay_to_count)
		put_more(l, "the address it was first paid at");
	tell(l, "pay_to", FM_RULE_FILE);
	if (one->evidence != FM_EVIDENCE_DEFAULT)
		evidence(l, one->evidence, true);
	guards(l, &one->guards, false);
	limits(l, &one->limits);
	for (size_t i = 0; i < one->route_count; i++)
		route(l, one, &one->routes[i]);
}

static void category(struct listing *l, const struct category *one)
{
	char subject[FM_CATEGORY_MAX + 16];

	snprintf(subject, sizeof(subject), "category %s", one->name);
	l->subject = subject;
	if (one->approve)
		put(l, "categories", "a person approves each payment", true);
	thresholds(l, "approve_above", &one->guards.approve_above, false);
	limits(l, &one->limits);
	l->subject = "";
}

/* ---- the rest ---- */

static void guarantees(struct listing *l)
{
	const struct v2 *v2 = &l->policy->v2;

	if (!v2->given) {
		put(l, "v2", "test networks only", false);
		return;
	}
	for (size_t i = 0; i < v2->registry_count; i++)
		put_address(l, &v2->registries[i]);
	put(l, "registries", v2->registry_count ? "" : "none", true);
	for (size_t i = 0; i < v2->validator_count; i++)
		put_address(l, &v2->validators[i]);
	put(l, "validators",
	    v2->validator_count	 ? ""
	    : v2->has_validators ? "none"
				 : "all",
	    v2->has_validators);
	fm_buf_fmt(&l->value, "%llu", (unsigned long long)v2->min_score);
	tell(l, "min_score", v2->min_score ? FM_RULE_FILE : FM_RULE_BUILT_IN);
}

static void words(struct listing *l)
{
	static const char *const news[] = { [NEW_SELLERS_PIN] = "pin",
					    [NEW_SELLERS_ASK] = "ask",
					    [NEW_SELLERS_REFUSE] = "refuse" };
	const struct fm_policy *p = l->policy;
	char text[FM_WINDOW_TEXT];

	put(l, "new_sellers", news[p->new_sellers], p->has_new_sellers);
	guards(l, &p->guards, true);
	fm_window_text(text, p->max_window_s);
	put(l, "max_window", p->max_window_s ? text : "the seller's",
	    p->max_window_s != 0);
	evidence(l, p->evidence, p->has_evidence);
	guarantees(l);
	put(l, "sign", p->sign_any ? "any" : "payments", p->has_sign);
}

static void caps(struct listing *l)
{
	for (size_t i = 0; i < l->policy->cap_count; i++) {
		const struct cap *cap = &l->policy->caps[i];

		fm_buf_fmt(&l->value, "%s%s at a time", cap->quantity.number,
			   cap->quantity.unit);
		tell(l, cap->rule, FM_RULE_CAP);
	}
}

enum fm_code fm_policy_rules(const struct fm_policy *policy,
			     void (*each)(void *ctx, const struct fm_policy_rule *rule),
			     void *ctx, struct fm_err *err)
{
	struct listing l = {
		.policy = policy, .each = each, .ctx = ctx, .subject = "", .err = err
	};

	fm_buf_init(&l.value, VALUE_MOST);
	networks(&l);
	schemes(&l);
	words(&l);
	limits(&l, &policy->limits);
	caps(&l);
	for (size_t i = 0; i < policy->category_count; i++)
		category(&l, &policy->categories[i]);
	for (size_t i = 0; i < policy->seller_count; i++)
		seller(&l, &policy->sellers[i]);
	l.subject = "";
	for (size_t i = 0; i < policy->blocked_count; i++)
		put(&l, "blocked", policy->blocked[i], true);
	fm_buf_clear(&l.value);
	return l.rc;
}
