/* SPDX-License-Identifier: MIT */
/* When a person is asked and when a seller is not paid any more, in two policies: at one place, and
 * by category. */
#include "policy/looser.h"

#include <string.h>

/* ---- amounts above which a person is asked ---- */

typedef const struct thresholds *of_fn(const struct guards *guards);

static const struct thresholds *approve_above(const struct guards *guards)
{
	return &guards->approve_above;
}

static const struct thresholds *first_payment(const struct guards *guards)
{
	return &guards->first_payment;
}

static const struct fm_quantity *in_unit(const struct thresholds *t, const char *unit)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->list[i].unit, unit) == 0)
			return &t->list[i];
	return NULL;
}

static const struct fm_quantity *nearest(const struct looser_place *place, of_fn *of,
					 const char *unit)
{
	const struct fm_quantity *found = NULL;

	for (size_t level = FM_LOOSER_LEVELS; !found && level-- > 0;)
		if (place->guards[level])
			found = in_unit(of(place->guards[level]), unit);
	return found;
}

static bool above(struct comparing *c, const char *where, const char *rule,
		  const struct fm_quantity *now, const struct fm_quantity *was)
{
	if (!was || (now && !fm_looser_above(now->number, was->number)))
		return false;
	if (!now)
		return fm_looser(c, "%s, no '%s'; accepted is %s%s", where, rule,
				 was->number, was->unit);
	return fm_looser(c, "%s, '%s' %s%s; accepted is %s%s", where, rule, now->number,
			 now->unit, was->number, was->unit);
}

/* In each unit that either says anywhere on the way to the place. */
static bool thresholds_of(struct comparing *c, const struct looser_point *p, of_fn *of,
			  const char *rule)
{
	const struct looser_place *const places[] = { &p->now, &p->was };

	for (size_t i = 0; i < 2 * FM_LOOSER_LEVELS; i++) {
		const struct guards *guards =
			places[i / FM_LOOSER_LEVELS]->guards[i % FM_LOOSER_LEVELS];

		for (size_t k = 0; guards && k < of(guards)->count; k++) {
			const char *unit = of(guards)->list[k].unit;

			if (above(c, p->name, rule, nearest(&p->now, of, unit),
				  nearest(&p->was, of, unit)))
				return true;
		}
	}
	return false;
}

/* ---- prices and failures ---- */

static const struct guards *with_rise(const struct looser_place *place)
{
	for (size_t level = FM_LOOSER_LEVELS; level-- > 0;)
		if (place->guards[level] && place->guards[level]->has_price_rise)
			return place->guards[level];
	return NULL;
}

static bool price_rise(struct comparing *c, const struct looser_point *p)
{
	const struct guards *now = with_rise(&p->now), *was = with_rise(&p->was);
	char is[FM_AMOUNT_TEXT], accepted[FM_AMOUNT_TEXT];
	struct fm_u256 rise;

	if (!was || (now && now->price_rise <= was->price_rise))
		return false;
	rise = fm_u256_from_u64(was->price_rise);
	fm_units_text(accepted, &rise, 2);
	if (!now)
		return fm_looser(c, "%s, no 'price_rise'; accepted is %s%%", p->name,
				 accepted);
	rise = fm_u256_from_u64(now->price_rise);
	fm_units_text(is, &rise, 2);
	return fm_looser(c, "%s, 'price_rise' %s%%; accepted is %s%%", p->name, is,
			 accepted);
}

static uint64_t failures_of(const struct looser_place *place)
{
	for (size_t level = FM_LOOSER_LEVELS; level-- > 0;)
		if (place->guards[level] && place->guards[level]->stop_after_failures)
			return place->guards[level]->stop_after_failures;
	return 0;
}

static bool failures(struct comparing *c, const struct looser_point *p)
{
	uint64_t now = failures_of(&p->now), was = failures_of(&p->was);

	if (!was || (now && now <= was))
		return false;
	if (!now)
		return fm_looser(c, "%s, no 'stop_after_failures'; accepted is %llu",
				 p->name, (unsigned long long)was);
	return fm_looser(c, "%s, 'stop_after_failures' %llu; accepted is %llu", p->name,
			 (unsigned long long)now, (unsigned long long)was);
}

bool fm_looser_guards(struct comparing *c, const struct looser_point *p)
{
	return thresholds_of(c, p, approve_above, "approve_above") ||
	       thresholds_of(c, p, first_payment, "first_payment") || price_rise(c, p) ||
	       failures(c, p);
}

/* ---- categories ---- */

const struct category *fm_looser_category(const struct fm_policy *policy,
					  const char *name)
{
	for (size_t i = 0; i < policy->category_count; i++)
		if (strcmp(policy->categories[i].name, name) == 0)
			return &policy->categories[i];
	return NULL;
}

/* Its limits are compared where payments go. */
static bool category(struct comparing *c, const struct category *now,
		     const struct category *was)
{
	const struct thresholds *list = &was->guards.approve_above;

	if (now && now->approve)
		return false;
	if (was->approve)
		return fm_looser(c, "'categories': '%.60s' needs no yes any more",
				 was->name);
	for (size_t i = 0; i < list->count; i++)
		if (above(c, "of a category", "approve_above",
			  now ? in_unit(&now->guards.approve_above, list->list[i].unit)
			      : NULL,
			  &list->list[i]))
			return true;
	return false;
}

bool fm_looser_categories(struct comparing *c)
{
	for (size_t i = 0; i < c->was->category_count; i++) {
		const struct category *was = &c->was->categories[i];

		if (category(c, fm_looser_category(c->now, was->name), was))
			return true;
	}
	return false;
}
