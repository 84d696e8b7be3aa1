/* SPDX-License-Identifier: MIT */
/* What a person has to say yes to. Every reason is told, so that one yes is enough. */
#include "policy/judge.h"

#include <fourmica/http.h>

#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* What an approval of just this payment takes. */
static const char once[] = "to allow just this one, save the quote with --save FILE and "
			   "run: fourmica budget approve FILE";

/* Terms that came in the clear can have been set by anybody on the way (x402.md, section 8). */
enum fm_verdict fm_judge_transport(struct judging *j)
{
	const struct seller *seller = j->seller;
	struct fm_url url;

	if (!fm_url_parse(&url, fm_span_of(j->ask->origin)) ||
	    strcmp(url.scheme, "http") != 0 || fm_url_is_loopback(&url) ||
	    (seller && seller->pay_to_count))
		return FM_ALLOW;
	return fm_judge_person(
		j, "plain-http",
		"use https, or name the seller with pay_to under 'sellers' in "
		"policy.json",
		"%s is plain http: anybody on the way can set the terms", j->origin);
}

enum fm_verdict fm_judge_new_seller(struct judging *j)
{
	char pay_to[FM_ADDR_TEXT], hint[200];
	const char *who = *j->ask->origin ? j->origin : pay_to;

	if (j->policy->new_sellers != NEW_SELLERS_ASK || fm_judge_known(j))
		return FM_ALLOW;
	fm_addr_text(pay_to, &j->ask->pay_to);
	snprintf(
		hint, sizeof(hint),
		"to pay it from now on, add it to 'sellers' in the policy with pay_to %s",
		pay_to);
	return fm_judge_person(j, "new_sellers", hint,
			       "%s is a new seller (to be paid at %s), and 'new_sellers' "
			       "is \"ask\"",
			       who, pay_to);
}

/* ---- amounts above which a person is asked ---- */

static const struct fm_quantity *names(const struct thresholds *thresholds,
				       const struct fm_asset *asset)
{
	for (size_t i = 0; i < thresholds->count; i++)
		if (fm_quantity_names(&thresholds->list[i], asset))
			return &thresholds->list[i];
	return NULL;
}

static const struct thresholds *first_payment(const struct guards *guards)
{
	return &guards->first_payment;
}

static const struct thresholds *approve_above(const struct guards *guards)
{
	return &guards->approve_above;
}

/* The nearest that names the asset. */
static const struct fm_quantity *nearest(
	const struct judging *j,
	const struct thresholds *(*of)(const struct guards *guards))
{
	const struct fm_quantity *found = NULL;

	for (size_t level = FM_JUDGE_LEVELS; level && !found; level--)
		if (j->guards[level - 1])
			found = names(of(j->guards[level - 1]), j->ask->asset);
	return found;
}

static enum fm_verdict ask_above(struct judging *j, const struct fm_quantity *threshold,
				 const char *rule, const char *of)
{
	char asked[FM_AMOUNT_TEXT], most_text[FM_AMOUNT_TEXT];
	struct fm_u256 most;

	if (!threshold)
		return FM_ALLOW;
	if (fm_quantity_resolve(&most, threshold, j->ask->asset, j->err))
		return fm_judge_unresolved(j, rule);
	if (fm_u256_cmp(&j->ask->amount, &most) <= 0)
		return FM_ALLOW;
	fm_judge_amount(asked, j->ask, &j->ask->amount);
	fm_judge_amount(most_text, j->ask, &most);
	return fm_judge_person(j, rule, once, "%s is above '%s'%s: %s", asked, rule, of,
			       most_text);
}

enum fm_verdict fm_judge_first_payment(struct judging *j)
{
	if (j->ask->history.paid)
		return FM_ALLOW;
	return ask_above(j, nearest(j, first_payment), "first_payment",
			 " (the seller was never paid before)");
}

enum fm_verdict fm_judge_approve_above(struct judging *j)
{
	return ask_above(j, nearest(j, approve_above), "approve_above", "");
}

/* Who pays says what for, so what holds for a category comes on top. */
enum fm_verdict fm_judge_category(struct judging *j)
{
	char name[FM_JUDGE_SHOWN], of[FM_JUDGE_SHOWN + 32];

	if (!j->category)
		return FM_ALLOW;
	fm_judge_show(name, j->category->name);
	if (j->category->approve)
		return fm_judge_person(j, "categories", once,
				       "each payment of the category '%s' needs a yes "
				       "('approve' is true)",
				       name);
	snprintf(of, sizeof(of), " of the category '%s'", name);
	return ask_above(j, names(&j->category->guards.approve_above, j->ask->asset),
			 "approve_above", of);
}

/* ---- prices ---- */

/* a times b, all of it. */
static void scale(uint64_t out[static 5], const struct fm_u256 *a, uint64_t b)
{
	u128 carry = 0;

	for (size_t i = 0; i < 4; i++) {
		carry += (u128)a->w[i] * b;
		out[i] = (uint64_t)carry;
		carry >>= 64;
	}
	out[4] = (uint64_t)carry;
}

/* Is `now` more than `rise` hundredths of a percent above `last`? Exact for all amounts. */
static bool rose(const struct fm_u256 *now, const struct fm_u256 *last, uint64_t rise)
{
	uint64_t left[5], right[5];

	scale(left, now, RISE_WHOLE);
	scale(right, last, RISE_WHOLE + rise);
	for (size_t i = 5; i; i--)
		if (left[i - 1] != right[i - 1])
			return left[i - 1] > right[i - 1];
	return false;
}

enum fm_verdict fm_judge_price_rise(struct judging *j)
{
	const struct fm_history *history = &j->ask->history;
	char now[FM_AMOUNT_TEXT], last[FM_AMOUNT_TEXT], percent[FM_AMOUNT_TEXT];
	const struct guards *guards = NULL;
	struct fm_u256 rise;

	for (size_t level = FM_JUDGE_LEVELS; level && !guards; level--)
		if (j->guards[level - 1] && j->guards[level - 1]->has_price_rise)
			guards = j->guards[level - 1];
	if (!guards || !history->priced ||
	    !rose(&j->ask->amount, &history->last_price, guards->price_rise))
		return FM_ALLOW;
	rise = fm_u256_from_u64(guards->price_rise);
	fm_units_text(percent, &rise, 2);
	fm_judge_amount(now, j->ask, &j->ask->amount);
	fm_judge_amount(last, j->ask, &history->last_price);
	return fm_judge_person(j, "price_rise", once,
			       "the price rose from %s to %s, by more than 'price_rise': "
			       "%s%%",
			       last, now, percent);
}
