/* SPDX-License-Identifier: MIT */
/* Reading when a person is asked, and when a seller is not paid any more. */
#include "policy/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RISE_MOST 100000000u /* a million percent */

static bool names_twice(const struct thresholds *t)
{
	for (size_t i = 0; i + 1 < t->count; i++)
		if (strcmp(t->list[i].unit, t->list[t->count - 1].unit) == 0)
			return true;
	return false;
}

/* One text, or a list of texts that name different assets. */
static enum fm_code read_thresholds(struct reader *r, struct thresholds *out,
				    const struct fm_json *node, const char *what)
{
	bool many = node->type == FM_JSON_ARRAY;
	const struct fm_json *child = many ? fm_json_first(node) : node;
	enum fm_code rc = FM_OK;

	if (many && (!node->count || node->count > THRESHOLDS_MAX))
		return fm_policy_fail(
			r, node, "'%s' must be an amount or a list of 1 to %u of them",
			what, THRESHOLDS_MAX);
	out->list = calloc(many ? node->count : 1, sizeof(*out->list));
	if (!out->list)
		return fm_nomem(r->err);
	while (!rc && child) {
		rc = fm_policy_quantity(r, &out->list[out->count++], child, what);
		if (!rc && names_twice(out))
			rc = fm_policy_fail(r, child, "'%s' names %s a second time", what,
					    out->list[out->count - 1].unit);
		child = many ? fm_json_next(node, child) : NULL;
	}
	return rc;
}

enum fm_code fm_policy_approve_above(struct reader *r, void *into,
				     const struct fm_json *node)
{
	return read_thresholds(r, &((struct guards *)into)->approve_above, node,
			       "approve_above");
}

enum fm_code fm_policy_first_payment(struct reader *r, void *into,
				     const struct fm_json *node)
{
	return read_thresholds(r, &((struct guards *)into)->first_payment, node,
			       "first_payment");
}

/* "20%", "12.5%": at most two places, so a whole number of hundredths. */
static bool read_percent(uint64_t *out, const char *text)
{
	struct fm_u256 hundredths;
	size_t len = strlen(text);

	return len > 1 && text[len - 1] == '%' &&
	       fm_units_parse(&hundredths, (struct fm_span){ text, len - 1 }, 2) &&
	       fm_u256_to_u64(out, &hundredths) && *out <= RISE_MOST;
}

enum fm_code fm_policy_price_rise(struct reader *r, void *into,
				  const struct fm_json *node)
{
	struct guards *guards = into;
	char text[32];

	if (!fm_json_cstr(text, sizeof(text), node) ||
	    !read_percent(&guards->price_rise, text))
		return fm_policy_fail(r, node,
				      "'price_rise' must be a text such as \"20%%\" or "
				      "\"12.5%%\"");
	guards->has_price_rise = true;
	return FM_OK;
}

enum fm_code fm_policy_stop_after(struct reader *r, void *into,
				  const struct fm_json *node)
{
	struct guards *guards = into;

	if (fm_json_u64(&guards->stop_after_failures, node) &&
	    guards->stop_after_failures && guards->stop_after_failures <= FM_FAILURES_MAX)
		return FM_OK;
	return fm_policy_fail(r, node,
			      "'stop_after_failures' must be a whole number from 1 to %d",
			      FM_FAILURES_MAX);
}

void fm_guards_clear(struct guards *guards)
{
	free(guards->approve_above.list);
	free(guards->first_payment.list);
}
