/* SPDX-License-Identifier: MIT */
/* Reading one limit of policy.json. */
#include "policy/rules.h"

#include <fourmica/network.h>
#include <fourmica/system.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the members of a limit said, before they are judged together. */
struct draft {
	struct limit *limit;
	bool has_name, has_per, has_category;
	enum fm_scope scope; /* of the list */
};

static enum fm_code read_name(struct reader *r, void *into, const struct fm_json *node)
{
	struct draft *d = into;

	if (!fm_json_cstr(d->limit->name, sizeof(d->limit->name), node) ||
	    !*d->limit->name || fm_json_has_control(node))
		return fm_policy_fail(r, node,
				      "'name' must be a text of 1 to %d bytes without "
				      "control characters",
				      FM_RULE_MAX - 1);
	d->has_name = true;
	return FM_OK;
}

/* A built-in token of that symbol tells how many places its amounts have. Tokens of
 * the user's own configuration are not known here: theirs are judged when they are
 * paid. */
static bool too_precise(const struct fm_quantity *quantity)
{
	size_t count, named = 0;
	const struct fm_asset *assets = fm_assets(&count);
	struct fm_u256 base;

	for (size_t i = 0; i < count; i++) {
		if (!fm_quantity_names(quantity, &assets[i]))
			continue;
		if (fm_quantity_resolve(&base, quantity, &assets[i], NULL) == FM_OK)
			return false;
		named++;
	}
	return named > 0;
}

enum fm_code fm_policy_quantity(struct reader *r, struct fm_quantity *out,
				const struct fm_json *node, const char *what)
{
	char text[160];

	if (!fm_json_cstr(text, sizeof(text), node))
		return fm_policy_fail(r, node, "'%s' must be a text such as \"0.10usdc\"",
				      what);
	if (fm_quantity_parse(out, text, r->err) != FM_OK)
		return fm_policy_at(r, node);
	if (strcmp(out->unit, "base") == 0)
		return fm_policy_fail(
			r, node, "'%s' must name an asset: 'base' says no token", what);
	if (too_precise(out))
		return fm_policy_fail(r, node,
				      "'%s' has more places than %s has, or is too large",
				      what, out->unit);
	return FM_OK;
}

static enum fm_code read_amount(struct reader *r, void *into, const struct fm_json *node)
{
	struct draft *d = into;

	d->limit->has_amount = true;
	return fm_policy_quantity(r, &d->limit->amount, node, "amount");
}

static enum fm_code read_count(struct reader *r, void *into, const struct fm_json *node)
{
	struct draft *d = into;

	if (!fm_json_u64(&d->limit->count, node))
		return fm_policy_fail(r, node, "'count' must be a whole number");
	d->limit->has_count = true;
	return FM_OK;
}

enum fm_code fm_policy_duration(struct reader *r, int64_t *out,
				const struct fm_json *node)
{
	char text[32];

	if (!fm_json_cstr(text, sizeof(text), node) ||
	    !fm_duration_parse(out, fm_span_of(text)))
		return fm_policy_fail(r, node,
				      "not a length of time such as \"90s\", \"15m\", "
				      "\"2h\", \"1d\"");
	if (*out < 1 || *out > WINDOW_MAX_S)
		return fm_policy_fail(r, node,
				      "a length of time must be from 1s to 366d");
	return FM_OK;
}

static enum fm_code read_window(struct reader *r, void *into, const struct fm_json *node)
{
	struct draft *d = into;

	if (fm_json_is(node, "utc-day")) {
		d->limit->utc_day = true;
		d->limit->window_s = 86400;
		return FM_OK;
	}
	return fm_policy_duration(r, &d->limit->window_s, node);
}

static const char *whose(const struct draft *d)
{
	return d->scope == FM_SCOPE_CATEGORY ? "a category's own" : "a seller's own";
}

static enum fm_code read_per(struct reader *r, void *into, const struct fm_json *node)
{
	struct draft *d = into;

	if (d->scope != FM_SCOPE_ALL)
		return fm_policy_fail(r, node, "'per' has no place in %s limits",
				      whose(d));
	d->has_per = true;
	if (fm_json_is(node, "seller"))
		d->limit->scope = FM_SCOPE_SELLER;
	else if (fm_json_is(node, "task"))
		d->limit->scope = FM_SCOPE_TASK;
	else if (fm_json_is(node, "category"))
		d->limit->scope = FM_SCOPE_CATEGORY;
	else if (fm_json_is(node, "wallet"))
		d->limit->scope = FM_SCOPE_WALLET;
	else
		return fm_policy_fail(r, node,
				      "'per' must be \"seller\", \"task\", "
				      "\"category\" or \"wallet\"");
	return FM_OK;
}

static enum fm_code read_network(struct reader *r, void *into, const struct fm_json *node)
{
	return fm_policy_network(r, &((struct draft *)into)->limit->chain_id, node);
}

enum fm_code fm_policy_category(struct reader *r, char out[static FM_CATEGORY_MAX],
				const struct fm_json *node)
{
	if (fm_json_cstr(out, FM_CATEGORY_MAX, node) && *out &&
	    !fm_json_has_control(node))
		return FM_OK;
	return fm_policy_fail(r, node,
			      "a category is a text of 1 to %d bytes without control "
			      "characters",
			      FM_CATEGORY_MAX - 1);
}

static enum fm_code read_category(struct reader *r, void *into,
				  const struct fm_json *node)
{
	struct draft *d = into;

	if (d->scope == FM_SCOPE_CATEGORY)
		return fm_policy_fail(
			r, node, "'category' has no place in a category's own limits");
	d->has_category = true;
	return fm_policy_category(r, d->limit->category, node);
}

static enum fm_code read_of(struct reader *r, void *into, const struct fm_json *node)
{
	struct draft *d = into;

	if (fm_json_is(node, "payment"))
		d->limit->of = FM_MONEY_PAYMENT;
	else if (fm_json_is(node, "deposit"))
		d->limit->of = FM_MONEY_DEPOSIT;
	else if (fm_json_is(node, "clearing"))
		d->limit->of = FM_MONEY_CLEARING;
	else
		return fm_policy_fail(r, node,
				      "'of' must be \"payment\", \"deposit\" or "
				      "\"clearing\"");
	if (d->scope != FM_SCOPE_ALL && d->limit->of != FM_MONEY_PAYMENT)
		return fm_policy_fail(
			r, node,
			"%s limits are of payments: deposits and clearing payments "
			"have no %s",
			whose(d), d->scope == FM_SCOPE_CATEGORY ? "category" : "seller");
	return FM_OK;
}

/* clang-format off */
static const struct member limit_members[] = {
	{ "name",     read_name },
	{ "amount",   read_amount },
	{ "count",    read_count },
	{ "window",   read_window },
	{ "per",      read_per },
	{ "of",	      read_of },
	{ "network",  read_network },
	{ "category", read_category },
	{ "note",     fm_policy_note },
	{ NULL,	      NULL },
};
/* clang-format on */

static void default_name(struct draft *d, size_t number)
{
	const char *of = d->scope == FM_SCOPE_SELLER	     ? "seller "
			 : d->scope == FM_SCOPE_ROUTE	     ? "route "
			 : d->scope == FM_SCOPE_CATEGORY     ? "category "
			 : d->limit->of == FM_MONEY_DEPOSIT  ? "deposit "
			 : d->limit->of == FM_MONEY_CLEARING ? "clearing "
							     : "";

	snprintf(d->limit->name, sizeof(d->limit->name), "%slimit %zu", of, number);
}

/* There is a sum of each category, but none of a category at one seller, in one task or of one
 * wallet. */
static enum fm_code sum_of_category(struct reader *r, struct draft *d,
				    const struct fm_json *node)
{
	struct limit *limit = d->limit;

	if (limit->scope == FM_SCOPE_ALL)
		limit->scope = FM_SCOPE_CATEGORY;
	if (limit->scope == FM_SCOPE_CATEGORY)
		return FM_OK;
	return fm_policy_fail(
		r, fm_json_get(node, "category"),
		"a limit of a category over time is over all sellers, tasks "
		"and wallets");
}

static enum fm_code judge_members(struct reader *r, struct draft *d,
				  const struct fm_json *node)
{
	struct limit *limit = d->limit;

	if (limit->of != FM_MONEY_PAYMENT && d->has_per)
		return fm_policy_fail(r, fm_json_get(node, "per"),
				      "'per' is for limits of payments: deposits and "
				      "clearing payments have no seller and no task");
	if (limit->of != FM_MONEY_PAYMENT && d->has_category)
		return fm_policy_fail(
			r, fm_json_get(node, "category"),
			"'category' is for limits of payments: deposits and "
			"clearing payments have none");
	if (limit->of != FM_MONEY_PAYMENT)
		limit->scope = limit->of == FM_MONEY_DEPOSIT ? FM_SCOPE_DEPOSIT
							     : FM_SCOPE_CLEARING;
	limit->request = !limit->window_s && !d->has_per;
	if (!limit->has_amount && !limit->has_count)
		return fm_policy_fail(r, node, "a limit needs 'amount' or 'count'");
	if (limit->request && limit->has_count)
		return fm_policy_fail(r, node,
				      "'count' needs a 'window': one request is one");
	if (!limit->request && strcmp(limit->name, "request") == 0)
		return fm_policy_fail(r, node,
				      "the limit named 'request' is for one payment and "
				      "takes no 'window' and no 'per'");
	return limit->request || !d->has_category ? FM_OK : sum_of_category(r, d, node);
}

static enum fm_code read_limit(struct reader *r, struct limits *out,
			       const struct fm_json *node, enum fm_scope scope)
{
	struct limit *limit = &out->list[out->count];
	struct draft d = { .limit = limit, .scope = scope };
	enum fm_code rc;

	limit->scope = scope;
	rc = fm_policy_members(r, &d, node, limit_members, "a limit");
	if (rc)
		return rc;
	if (!d.has_name)
		default_name(&d, out->count + 1);
	for (size_t i = 0; i < out->count; i++)
		if (strcmp(out->list[i].name, limit->name) == 0)
			return fm_policy_fail(r, node, "a second limit named '%s'",
					      limit->name);
	return judge_members(r, &d, node);
}

enum fm_code fm_policy_limits(struct reader *r, struct limits *out,
			      const struct fm_json *node, enum fm_scope scope)
{
	size_t most = scope == FM_SCOPE_ALL ? LIMITS_MAX : SELLER_LIMITS_MAX, count;
	enum fm_code rc = fm_policy_array(r, &out->list, &count, node, FM_JSON_ARRAY,
					  sizeof(*out->list), most);
	const struct fm_json *child;

	for (child = fm_json_first(node); !rc && child;
	     child = fm_json_next(node, child)) {
		rc = read_limit(r, out, child, scope);
		out->count++;
	}
	return rc;
}
