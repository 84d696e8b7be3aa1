/* SPDX-License-Identifier: MIT */
/** What the steps of judging an ask share. A step that refuses fills *err; one that wants a person
 *  to be asked adds its reason, and judging goes on: nobody is asked for what is refused anyway. */
#ifndef FOURMICA_POLICY_JUDGE_H
#define FOURMICA_POLICY_JUDGE_H

#include "policy/rules.h"

#define FM_JUDGE_SHOWN 160

/* Where rules that concern an ask are: the policy's, the seller's, the route's. */
#define FM_JUDGE_LEVELS 3

struct judging {
	const struct fm_policy *policy;
	const struct fm_ask *ask;
	const struct seller *seller;
	const struct category *category;
	const struct limits *limits[FM_JUDGE_LEVELS]; /* widest first; NULL: none */
	const struct guards *guards[FM_JUDGE_LEVELS];
	char origin[FM_JUDGE_SHOWN]; /* escaped */
	struct fm_check *checks;
	size_t check_count;
	bool named;	      /* a limit with an amount applies to the asset */
	struct fm_err reason; /* why a person must say yes; FM_OK: none must */
	struct fm_err *err;
};

/** The words for what is judged. */
struct fm_judge_words {
	const char *limit;  /* "no X of the policy" */
	const char *to_do;  /* "to X" */
	const char *member; /* of a limit, to be of this kind */
};
extern const struct fm_judge_words fm_judge_words[];

bool fm_judge_is_payment(const struct judging *j) FM_MUST_USE;
/** Escaped, and cut. */
void fm_judge_show(char out[static FM_JUDGE_SHOWN], const char *text);
void fm_judge_amount(char out[static FM_AMOUNT_TEXT], const struct fm_ask *ask,
		     const struct fm_u256 *base);
/** Name the rule of the refusal that *err tells already. */
enum fm_verdict fm_judge_refuse(struct judging *j, const char *rule);
/** A limit that says more places than the asset has. */
enum fm_verdict fm_judge_unresolved(struct judging *j, const char *rule);
/** One more reason to ask a person. */
enum fm_verdict fm_judge_person(struct judging *j, const char *rule, const char *hint,
				const char *fmt, ...) FM_PRINTF(4, 5);
/** May the seller be paid at this address on this network, by the policy's own word? */
bool fm_judge_lists(const struct seller *seller, const struct fm_ask *ask) FM_MUST_USE;
/** Was this seller known before this ask: by the policy, by the ledger? */
bool fm_judge_known(const struct judging *j) FM_MUST_USE;

/* What is paid, where and how (judge_terms.c). */
enum fm_verdict fm_judge_network(struct judging *j);
enum fm_verdict fm_judge_scheme(struct judging *j);
enum fm_verdict fm_judge_asset(struct judging *j);
enum fm_verdict fm_judge_guarantee(struct judging *j);
enum fm_verdict fm_judge_window(struct judging *j);
/* How much (judge_amount.c). */
enum fm_verdict fm_judge_caps(struct judging *j);
enum fm_verdict fm_judge_request(struct judging *j);
/** The smallest limit for one payment that holds for the ask; false: there is none. */
bool fm_judge_smallest_request(struct judging *j, char rule[static FM_RULE_MAX],
			       struct fm_u256 *most) FM_MUST_USE;
enum fm_verdict fm_judge_checks(struct judging *j);
enum fm_verdict fm_judge_named(struct judging *j);
/* To whom (judge_seller.c). */
enum fm_verdict fm_judge_blocked(struct judging *j);
enum fm_verdict fm_judge_failures(struct judging *j);
enum fm_verdict fm_judge_lookalike(struct judging *j);
enum fm_verdict fm_judge_recipient(struct judging *j);
enum fm_verdict fm_judge_stranger(struct judging *j);
/* What a person has to say yes to (judge_person.c). */
enum fm_verdict fm_judge_transport(struct judging *j);
enum fm_verdict fm_judge_new_seller(struct judging *j);
enum fm_verdict fm_judge_first_payment(struct judging *j);
enum fm_verdict fm_judge_approve_above(struct judging *j);
enum fm_verdict fm_judge_price_rise(struct judging *j);
enum fm_verdict fm_judge_category(struct judging *j);

#endif
