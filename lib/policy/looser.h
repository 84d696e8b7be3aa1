/* SPDX-License-Identifier: MIT */
/** What the comparisons of two policies share. Each returns true when the first allows something
 *  that the second does not, or might. */
#ifndef FOURMICA_POLICY_LOOSER_H
#define FOURMICA_POLICY_LOOSER_H

#include "policy/rules.h"

struct comparing {
	const struct fm_policy *now, *was;
	struct fm_err *why;
};

#define FM_LOOSER_LEVELS 3 /* the policy's, the seller's, the route's */

/** What a policy says about payments to one place. */
struct looser_place {
	const struct fm_policy *policy;
	const struct limits *limits[FM_LOOSER_LEVELS]; /* widest first; NULL: none */
	const struct guards *guards[FM_LOOSER_LEVELS];
};

struct looser_point {
	char name[96];
	struct looser_place now, was;
};

/** Say what is looser; true. */
bool fm_looser(struct comparing *c, const char *fmt, ...) FM_PRINTF(2, 3);
/** Is a above b, both "digits[.digits]"? */
bool fm_looser_above(const char *a, const char *b) FM_MUST_USE;

/** How much may be paid there (looser_limits.c). */
bool fm_looser_limits(struct comparing *c, const struct looser_point *p) FM_MUST_USE;
/** When a person is asked, and when a seller is not paid any more (looser_guards.c). */
bool fm_looser_guards(struct comparing *c, const struct looser_point *p) FM_MUST_USE;
bool fm_looser_categories(struct comparing *c) FM_MUST_USE;

const struct category *fm_looser_category(const struct fm_policy *policy,
					  const char *name) FM_MUST_USE;

#endif
