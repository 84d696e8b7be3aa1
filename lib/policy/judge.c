/* SPDX-License-Identifier: MIT */
/* An ask against the rules. Pure: no clock, no files; history and totals come from the ledger.
 *
 * Deposits and clearing payments have no seller and no price: for them there are the limits of the
 * policy that are of their kind. */
#include "policy/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REASON_MAX 400
/* Room that is kept for the names of the rules whose words do not fit any more. */
#define NAMES_ROOM 160

const struct fm_judge_words fm_judge_words[] = {
	[FM_MONEY_PAYMENT] = {"limit",		"pay",     ""			  },
	[FM_MONEY_DEPOSIT] = { "deposit limit",	"deposit", " with \"of\": \"deposit\"" },
	[FM_MONEY_CLEARING] = { "clearing limit", "pay",	 " with \"of\": \"clearing\""},
};

void fm_judge_show(char out[static FM_JUDGE_SHOWN], const char *text)
{
	struct fm_buf buf;

	fm_buf_init(&buf, FM_JUDGE_SHOWN * 8);
	fm_text_escape(&buf, fm_span_of(text), FM_JUDGE_SHOWN / 2);
	snprintf(out, FM_JUDGE_SHOWN, "%s", fm_buf_span(&buf).ptr);
	fm_buf_clear(&buf);
}

void fm_judge_amount(char out[static FM_AMOUNT_TEXT], const struct fm_ask *ask,
		     const struct fm_u256 *base)
{
	struct fm_amount amount = fm_amount_of(base, ask->asset);

	fm_amount_text(out, &amount);
}

bool fm_judge_is_payment(const struct judging *j)
{
	return j->ask->of == FM_MONEY_PAYMENT;
}

enum fm_verdict fm_judge_refuse(struct judging *j, const char *rule)
{
	fm_rule(j->err, "%s", rule);
	return FM_REFUSE;
}

/* The first reason is the rule; all of them are the words. */
enum fm_verdict fm_judge_person(struct judging *j, const char *rule, const char *hint,
				const char *fmt, ...)
{
	struct fm_err *reason = &j->reason;
	char text[REASON_MAX];
	size_t len = strlen(reason->msg), room = sizeof(reason->msg) - len;
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!reason->code) {
		fm_fail(reason, FM_E_APPROVAL, "%s", text);
		fm_rule(reason, "%s", rule);
		fm_hint(reason, "%s", hint);
	} else if (len + strlen(text) + NAMES_ROOM < sizeof(reason->msg)) {
		snprintf(reason->msg + len, room, "; %s", text);
	} else {
		snprintf(reason->msg + len, room, "; also '%s'", rule);
	}
	return FM_ALLOW;
}

static void find_levels(struct judging *j)
{
	const struct fm_ask *ask = j->ask;

	j->limits[0] = &j->policy->limits;
	if (!fm_judge_is_payment(j))
		return;
	j->guards[0] = &j->policy->guards;
	fm_judge_show(j->origin, ask->origin);
	if (ask->category)
		j->category = fm_policy_category_of(j->policy, ask->category);
	j->seller = fm_policy_seller(j->policy, ask->origin);
	if (!j->seller)
		return;
	j->limits[1] = &j->seller->limits;
	j->guards[1] = &j->seller->guards;
	for (size_t i = 0; i < j->seller->route_count; i++) {
		if (strcmp(j->seller->routes[i].path, ask->route) != 0)
			continue;
		j->limits[2] = &j->seller->routes[i].limits;
		j->guards[2] = &j->seller->routes[i].guards;
	}
}

/* A person is asked only when nothing else stands in the way. */
static const struct {
	enum fm_verdict (*judge)(struct judging *);
	bool payments_only;
} steps[] = {
	{fm_judge_blocked,	    true },
	  { fm_judge_network,	      false},
	{ fm_judge_scheme,	   true },
	  { fm_judge_asset,	    false},
	{ fm_judge_guarantee,     true },
	  { fm_judge_request,	      false},
	{ fm_judge_checks,	   false},
	  { fm_judge_named,	    false},
	{ fm_judge_caps,		 true },
	  { fm_judge_window,	     true },
	{ fm_judge_failures,	     true },
	  { fm_judge_lookalike,	true },
	{ fm_judge_recipient,     true },
	  { fm_judge_stranger,      true },
	{ fm_judge_transport,     true },
	  { fm_judge_new_seller,	 true },
	{ fm_judge_first_payment, true },
	  { fm_judge_approve_above, true },
	{ fm_judge_price_rise,    true },
	  { fm_judge_category,      true },
};

enum fm_verdict fm_policy_judge(const struct fm_policy *policy, const struct fm_ask *ask,
				struct fm_check checks[static FM_CHECKS_MAX],
				size_t *check_count, struct fm_err *err)
{
	struct judging j = { .policy = policy, .ask = ask, .checks = checks, .err = err };
	enum fm_verdict verdict = FM_ALLOW;

	fm_err_init(&j.reason);
	find_levels(&j);
	for (size_t i = 0; verdict == FM_ALLOW && i < sizeof(steps) / sizeof(steps[0]);
	     i++)
		if (fm_judge_is_payment(&j) || !steps[i].payments_only)
			verdict = steps[i].judge(&j);
	*check_count = j.check_count;
	if (verdict != FM_ALLOW || !j.reason.code || ask->approved)
		return verdict;
	if (err)
		*err = j.reason;
	return FM_APPROVE;
}

/* Limits are looked up, nothing is judged: what is wrong with an amount is told by the judge. */
static struct judging look(const struct fm_policy *policy, const struct fm_ask *ask)
{
	struct judging j = { .policy = policy, .ask = ask };

	find_levels(&j);
	return j;
}

void fm_policy_checks(const struct fm_policy *policy, const struct fm_ask *ask,
		      struct fm_check checks[static FM_CHECKS_MAX], size_t *check_count)
{
	struct judging j = look(policy, ask);

	j.checks = checks;
	(void)fm_judge_checks(&j);
	*check_count = j.check_count;
}

bool fm_policy_request(char rule[static FM_RULE_MAX], struct fm_u256 *most,
		       const struct fm_policy *policy, const struct fm_ask *ask)
{
	struct judging j = look(policy, ask);

	return fm_judge_smallest_request(&j, rule, most);
}
