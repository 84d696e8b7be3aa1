/* SPDX-License-Identifier: MIT */
/* Limits of two policies, at one place. A payment is looked at by all that limits ask about: kind
 * of money, asset, network, category, and whether it says a task. Of networks and categories those
 * that a limit names, and one that none names, stand for all. */
#include "policy/looser.h"

#include <string.h>

#define MOST 512u /* more limits than that at one place cannot be shown to be no looser */

/* A network and a category that no limit names. */
#define OTHER_CHAIN 0u
#define OTHER_CATEGORY "\x01"

/* Payments that limits cannot tell apart. */
struct kind {
	enum fm_money of;
	const char *unit; /* NULL: whatever asset */
	uint64_t chain_id;
	const char *category; /* "": it says none */
	bool task;
};

/* All limits of both at a place, and what they name. */
struct named {
	const struct limit *limits[MOST];
	size_t count;
	uint64_t chains[MOST + 1];
	size_t chain_count;
	const char *categories[MOST + 2];
	size_t category_count;
	bool full;
};

/* ---- what there is ---- */

static void add_chain(struct named *n, uint64_t chain_id)
{
	for (size_t i = 0; i < n->chain_count; i++)
		if (n->chains[i] == chain_id)
			return;
	n->chains[n->chain_count++] = chain_id;
}

static void add_category(struct named *n, const char *name)
{
	for (size_t i = 0; i < n->category_count; i++)
		if (strcmp(n->categories[i], name) == 0)
			return;
	n->categories[n->category_count++] = name;
}

static void add_limits(struct named *n, const struct limits *limits)
{
	for (size_t i = 0; limits && i < limits->count; i++) {
		if (n->count == MOST) {
			n->full = true;
			return;
		}
		n->limits[n->count++] = &limits->list[i];
		add_chain(n, limits->list[i].chain_id);
		add_category(n, limits->list[i].category);
	}
}

static void add_place(struct named *n, const struct looser_place *place)
{
	for (size_t level = 0; level < FM_LOOSER_LEVELS; level++)
		add_limits(n, place->limits[level]);
	for (size_t i = 0; i < place->policy->category_count; i++)
		add_limits(n, &place->policy->categories[i].limits);
}

/* ---- one kind of payment ---- */

static bool concerns(const struct limit *limit, const struct kind *kind)
{
	return limit->of == kind->of &&
	       (!limit->chain_id || limit->chain_id == kind->chain_id) &&
	       (!*limit->category || strcmp(limit->category, kind->category) == 0) &&
	       (limit->scope != FM_SCOPE_TASK || kind->task) &&
	       (limit->scope != FM_SCOPE_CATEGORY || *kind->category) &&
	       (!limit->has_amount ||
		(kind->unit && strcmp(limit->amount.unit, kind->unit) == 0));
}

static const struct limit *least(const struct limit *least, const struct limits *limits,
				 const struct kind *kind)
{
	for (size_t i = 0; limits && i < limits->count; i++) {
		const struct limit *limit = &limits->list[i];

		if (limit->request && concerns(limit, kind) &&
		    (!least ||
		     fm_looser_above(least->amount.number, limit->amount.number)))
			least = limit;
	}
	return least;
}

static const struct limits *of_category(const struct looser_place *place,
					const struct kind *kind)
{
	const struct category *category =
		fm_looser_category(place->policy, kind->category);

	return category && kind->of == FM_MONEY_PAYMENT ? &category->limits : NULL;
}

/* The smallest for one payment at the innermost level that has any; a category's come on top. */
static const struct limit *for_one(const struct looser_place *place,
				   const struct kind *kind)
{
	const struct limit *found = NULL;

	for (size_t level = FM_LOOSER_LEVELS; !found && level > 0; level--)
		found = least(NULL, place->limits[level - 1], kind);
	return least(found, of_category(place, kind), kind);
}

static bool any_amount(const struct limits *limits, const struct kind *kind)
{
	for (size_t i = 0; limits && i < limits->count; i++)
		if (limits->list[i].has_amount && concerns(&limits->list[i], kind))
			return true;
	return false;
}

/* Does any limit name the asset? Otherwise it is not paid. */
static bool names(const struct looser_place *place, const struct kind *kind)
{
	for (size_t level = 0; level < FM_LOOSER_LEVELS; level++)
		if (any_amount(place->limits[level], kind))
			return true;
	return any_amount(of_category(place, kind), kind);
}

/* Deposits and clearing payments need no limit, unless there is one of their kind. */
static bool needs_none(const struct looser_place *place, enum fm_money of)
{
	const struct limits *limits = &place->policy->limits;

	for (size_t i = 0; i < limits->count; i++)
		if (limits->list[i].of == of && limits->list[i].has_amount)
			return false;
	return of != FM_MONEY_PAYMENT;
}

static bool pays(const struct looser_place *place, const struct kind *kind)
{
	return names(place, kind) || needs_none(place, kind->of);
}

static bool kind_is_more(struct comparing *c, const struct looser_point *p,
			 const struct kind *kind)
{
	const struct limit *was = for_one(&p->was, kind), *now = for_one(&p->now, kind);

	if (!pays(&p->now, kind))
		return false;
	if (!pays(&p->was, kind))
		return fm_looser(c, "%s, amounts in %s, which no accepted limit names",
				 p->name, kind->unit);
	if (!was || (now && !fm_looser_above(now->amount.number, was->amount.number)))
		return false;
	if (!now)
		return fm_looser(c, "%s, no limit for one payment; accepted is '%s' %s%s",
				 p->name, was->name, was->amount.number,
				 was->amount.unit);
	return fm_looser(c, "%s, '%s' %s%s for one payment; accepted is %s%s", p->name,
			 now->name, now->amount.number, now->amount.unit,
			 was->amount.number, was->amount.unit);
}

static bool kinds_are_more(struct comparing *c, const struct looser_point *p,
			   const struct named *n, const struct limit *limit)
{
	struct kind kind = { .of = limit->of, .unit = limit->amount.unit };

	for (size_t i = 0; i < n->chain_count; i++)
		for (size_t k = 0; k < n->category_count; k++)
			for (int task = 0; task < 2; task++) {
				kind.chain_id = n->chains[i];
				kind.category = n->categories[k];
				kind.task = task;
				if (kind_is_more(c, p, &kind))
					return true;
			}
	return false;
}

/* Once for each asset and kind of money. */
static bool first_of_its_kind(const struct named *n, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (n->limits[i]->has_amount && n->limits[i]->of == n->limits[at]->of &&
		    strcmp(n->limits[i]->amount.unit, n->limits[at]->amount.unit) == 0)
			return false;
	return true;
}

/* ---- over time ---- */

/* Does a total of the first scope count all that one of the second does? */
static bool counts_all(const struct limit *now, const struct limit *was)
{
	if (now->of != was->of || (now->chain_id && now->chain_id != was->chain_id) ||
	    (*now->category && strcmp(now->category, was->category) != 0))
		return false;
	return now->scope == was->scope || now->scope == FM_SCOPE_ALL ||
	       (now->scope == FM_SCOPE_SELLER && was->scope == FM_SCOPE_ROUTE);
}

/* Whatever the second limit refuses, does the first refuse, too? A window that is longer, or has
 * no end, counts more; one that slides counts whatever the calendar day does. */
static bool as_strict(const struct limit *now, const struct limit *was)
{
	if (now->request || !counts_all(now, was) || now->has_amount != was->has_amount)
		return false;
	if (now->window_s && (now->window_s < was->window_s || !was->window_s))
		return false;
	if (now->utc_day && !was->utc_day)
		return false;
	if (was->has_count && (!now->has_count || now->count > was->count))
		return false;
	return !was->has_amount ||
	       (strcmp(now->amount.unit, was->amount.unit) == 0 &&
		!fm_looser_above(now->amount.number, was->amount.number));
}

static bool any_as_strict(const struct limits *limits, const struct limit *was)
{
	for (size_t i = 0; limits && i < limits->count; i++)
		if (as_strict(&limits->list[i], was))
			return true;
	return false;
}

/* Of an asset that is not paid at all nothing has to be counted. */
static bool is_paid(const struct looser_place *place, const struct named *n,
		    const struct limit *was)
{
	struct kind kind = { .of = was->of, .unit = was->amount.unit };

	if (!was->has_amount)
		return true;
	for (size_t i = 0; i < n->chain_count; i++)
		for (size_t k = 0; k < n->category_count; k++)
			for (int task = 0; task < 2; task++) {
				kind.chain_id = n->chains[i];
				kind.category = n->categories[k];
				kind.task = task;
				if (pays(place, &kind))
					return true;
			}
	return false;
}

/* These all hold together: one that was accepted needs one as strict in its place or further out. */
static bool window_is_more(struct comparing *c, const struct looser_point *p,
			   const struct named *n, size_t level, const struct limit *was)
{
	const struct category *category =
		*was->category ? fm_looser_category(p->now.policy, was->category) : NULL;

	for (size_t out = 0; out <= level; out++)
		if (any_as_strict(p->now.limits[out], was))
			return false;
	if ((category && any_as_strict(&category->limits, was)) ||
	    !is_paid(&p->now, n, was))
		return false;
	if (was->has_amount)
		return fm_looser(c, "%s, no limit as strict as the accepted '%s' %s%s",
				 p->name, was->name, was->amount.number,
				 was->amount.unit);
	return fm_looser(c,
			 "%s, no limit as strict as the accepted '%s' of %llu payments",
			 p->name, was->name, (unsigned long long)was->count);
}

static bool windows_are_more(struct comparing *c, const struct looser_point *p,
			     const struct named *n, size_t level,
			     const struct limits *was)
{
	for (size_t i = 0; was && i < was->count; i++)
		if (!was->list[i].request &&
		    window_is_more(c, p, n, level, &was->list[i]))
			return true;
	return false;
}

bool fm_looser_limits(struct comparing *c, const struct looser_point *p)
{
	struct named n = { .count = 0 };

	add_chain(&n, OTHER_CHAIN);
	add_category(&n, "");
	add_category(&n, OTHER_CATEGORY);
	add_place(&n, &p->now);
	add_place(&n, &p->was);
	if (n.full)
		return fm_looser(c, "%s, more limits than can be compared: %u", p->name,
				 MOST);
	for (size_t i = 0; i < n.count; i++)
		if (n.limits[i]->has_amount && first_of_its_kind(&n, i) &&
		    kinds_are_more(c, p, &n, n.limits[i]))
			return true;
	for (size_t level = 0; level < FM_LOOSER_LEVELS; level++)
		if (windows_are_more(c, p, &n, level, p->was.limits[level]))
			return true;
	for (size_t i = 0; i < p->was.policy->category_count; i++)
		if (windows_are_more(c, p, &n, FM_LOOSER_LEVELS - 1,
				     &p->was.policy->categories[i].limits))
			return true;
	return false;
}
