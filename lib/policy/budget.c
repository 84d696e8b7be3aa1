/* SPDX-License-Identifier: MIT */
/* What is left of the limits over a window. Pure: the ledger has filled in what is
 * used. */
#include "policy/rules.h"

#include <stdio.h>

static void amount_text(char out[static FM_AMOUNT_TEXT], const struct fm_ask *ask,
			const struct fm_u256 *base)
{
	struct fm_amount amount = fm_amount_of(base, ask->asset);

	fm_amount_text(out, &amount);
}

void fm_window_text(char out[static FM_WINDOW_TEXT], int64_t seconds)
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {
		{86400, 'd'},
		{ 3600, 'h'},
		       { 60,   'm'},
		    { 1,	 's'}
	};
	size_t i = 0;

	while (seconds % units[i].seconds)
		i++;
	snprintf(out, FM_WINDOW_TEXT, "%lld%c", (long long)(seconds / units[i].seconds),
		 units[i].unit);
}

static void window_text(char out[static 48], const struct fm_check *check)
{
	char length[FM_WINDOW_TEXT];

	fm_window_text(length, check->window_s);
	if (check->utc_day)
		snprintf(out, 48, "this UTC day");
	else if (!check->window_s)
		snprintf(out, 48, "all");
	else
		snprintf(out, 48, "the last %s", length);
}

static void over_budget(const struct fm_ask *ask, const struct fm_check *check,
			struct fm_err *err)
{
	char asked[FM_AMOUNT_TEXT], used[FM_AMOUNT_TEXT], cap[FM_AMOUNT_TEXT], window[48];

	window_text(window, check);
	amount_text(asked, ask, &ask->amount);
	amount_text(used, ask, &check->used);
	amount_text(cap, ask, &check->cap);
	fm_fail(err, FM_E_BUDGET, "%s more is above '%s': %s, of which %s is used (%s)",
		asked, check->rule, cap, used, window);
	fm_hint(err,
		check->window_s ? "wait until the window has moved on, or raise '%s'"
				: "raise '%s' in the policy",
		check->rule);
	fm_rule(err, "%s", check->rule);
}

static void over_count(const struct fm_ask *ask, const struct fm_check *check,
		       struct fm_err *err)
{
	static const char *const one[] = {
		[FM_MONEY_PAYMENT] = "payment",
		[FM_MONEY_DEPOSIT] = "deposit",
		[FM_MONEY_CLEARING] = "clearing payment",
	};
	char window[48];

	window_text(window, check);
	fm_fail(err, FM_E_BUDGET,
		"one %s more is above '%s': %llu, of which %llu are used (%s)",
		one[ask->of], check->rule, (unsigned long long)check->cap_count,
		(unsigned long long)check->used_count, window);
	fm_hint(err,
		check->window_s ? "wait until the window has moved on, or raise '%s'"
				: "raise '%s' in the policy",
		check->rule);
	fm_rule(err, "%s", check->rule);
}

enum fm_verdict fm_policy_totals(const struct fm_ask *ask, const struct fm_check *checks,
				 size_t count, struct fm_err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct fm_check *check = &checks[i];
		struct fm_u256 sum;

		if (check->has_count && check->used_count >= check->cap_count) {
			over_count(ask, check, err);
			return FM_REFUSE;
		}
		if (check->has_amount &&
		    (!fm_u256_add(&sum, &check->used, &ask->amount) ||
		     fm_u256_cmp(&sum, &check->cap) > 0)) {
			over_budget(ask, check, err);
			return FM_REFUSE;
		}
	}
	return FM_ALLOW;
}
