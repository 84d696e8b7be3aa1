/* SPDX-License-Identifier: MIT */
/** A policy in memory, and the reader that fills it. */
#ifndef FOURMICA_POLICY_RULES_H
#define FOURMICA_POLICY_RULES_H

#include <fourmica/json.h>
#include <fourmica/policy.h>

#include "policy/scope.h"

/* Together at most FM_CHECKS_MAX apply to one payment. */
#define LIMITS_MAX 32u	      /* of the policy */
#define SELLER_LIMITS_MAX 16u /* of one seller, of one of its routes, of one category */
#define CAPS_MAX 8u
#define SCHEMES_MAX 8u
#define THRESHOLDS_MAX 16u
#define WINDOW_MAX_S ((int64_t)366 * 86400)
#define RISE_WHOLE 10000u /* price_rise is in hundredths of a percent */

/* Amounts of different assets, at most one of each. */
struct thresholds {
	struct fm_quantity *list;
	size_t count;
};

/* When a person is asked and when a seller is not paid any more. What a route does not say its
 * seller does, and what that does not say the policy does. First member of whatever has it:
 * that is how the readers below find it. */
struct guards {
	struct thresholds approve_above, first_payment;
	bool has_price_rise;
	uint64_t price_rise;	      /* hundredths of a percent */
	uint64_t stop_after_failures; /* 0: not said */
};

struct limit {
	char name[FM_RULE_MAX];
	bool has_amount, has_count;
	struct fm_quantity amount;
	uint64_t count;
	int64_t window_s; /* 0: none */
	bool utc_day;
	enum fm_money of;
	bool request; /* for one payment; else for the sum of `scope` over the window */
	enum fm_scope scope;
	uint64_t chain_id;		/* only there; 0: on every network */
	char category[FM_CATEGORY_MAX]; /* only of payments for this; "": for all */
};

struct limits {
	struct limit *list;
	size_t count;
};

struct route {
	struct guards guards;
	char *path;
	struct limits limits;
};

/* An address a seller may be paid at. */
struct payee {
	struct fm_addr addr;
	uint64_t chain_id; /* 0: on every network */
};

struct seller {
	struct guards guards;
	char origin[FM_ORIGIN_MAX];
	struct payee *pay_to;
	size_t pay_to_count;
	struct limits limits;
	struct route *routes;
	size_t route_count;
	enum fm_evidence evidence;
};

/* What holds for payments that are said to be for this. The payer says it, so it only adds
 * to what holds anyway. */
struct category {
	struct guards guards; /* approve_above alone */
	char name[FM_CATEGORY_MAX];
	bool approve; /* each of them needs a person */
	struct limits limits;
};

/* Which guarantees of version 2 may be signed. */
struct v2 {
	bool given; /* otherwise: on test networks all, elsewhere none */
	struct fm_addr *registries;
	size_t registry_count;
	bool has_validators; /* otherwise: every validator */
	struct fm_addr *validators;
	size_t validator_count;
	uint64_t min_score;
};

struct cap {
	char rule[FM_RULE_MAX];
	struct fm_quantity quantity;
};

enum new_sellers {
	NEW_SELLERS_PIN, /* what holds when the file says nothing */
	NEW_SELLERS_ASK,
	NEW_SELLERS_REFUSE,
};

/** A member more is a row more in looser.c. */
struct fm_policy {
	struct guards guards;
	bool builtin;
	struct fm_hash hash;
	bool has_networks; /* otherwise: every test network */
	uint64_t *chains;
	size_t chain_count;
	bool has_schemes; /* otherwise: every scheme */
	const char *schemes[SCHEMES_MAX];
	size_t scheme_count;
	struct limits limits;
	struct seller *sellers;
	size_t seller_count;
	char (*blocked)[FM_ORIGIN_MAX];
	size_t blocked_count;
	struct category *categories;
	size_t category_count;
	struct v2 v2;
	bool sign_any; /* typed data and bytes that are no payment form and no text */
	bool has_sign, has_new_sellers, has_evidence; /* said by the file */
	enum new_sellers new_sellers;
	int64_t max_window_s; /* 0: the seller's */
	enum fm_evidence evidence;
	struct cap caps[CAPS_MAX];
	size_t cap_count;
};

#define FM_WINDOW_TEXT 24

/** "90s", "15m", "1d": as the file would have it, in the largest unit that leaves no rest. */
void fm_window_text(char out[static FM_WINDOW_TEXT], int64_t seconds);

/** What reading knows about where it is. */
struct reader {
	struct fm_policy *policy;
	struct fm_span text;
	const char *name; /* of the file */
	struct fm_err *err;
};

/** A member of an object: how to read it into `into`. */
struct member {
	const char *name;
	enum fm_code (*read)(struct reader *r, void *into, const struct fm_json *node);
};

/** FM_E_CONFIG "policy.json:LINE:COLUMN: ...". */
enum fm_code fm_policy_fail(struct reader *r, const struct fm_json *node, const char *fmt,
			    ...) FM_PRINTF(3, 4);
/** Put the place of `node` before a message that is there already; FM_E_CONFIG. */
enum fm_code fm_policy_at(struct reader *r, const struct fm_json *node);
/** Walk an object by its NULL-named table. Unknown members are refused, with a
 *  suggestion. */
enum fm_code fm_policy_members(struct reader *r, void *into, const struct fm_json *node,
			       const struct member *table, const char *what) FM_MUST_USE;
enum fm_code fm_policy_note(struct reader *r, void *into, const struct fm_json *node);
/** Zeroed array for the elements (or members) of `node`, at most `most`. */
enum fm_code fm_policy_array(struct reader *r, void *array, size_t *count,
			     const struct fm_json *node, enum fm_json_type type,
			     size_t size, size_t most) FM_MUST_USE;

/** A list of limits; `scope` is FM_SCOPE_ALL (where "per" may choose), _SELLER, _ROUTE or
 *  _CATEGORY. */
enum fm_code fm_policy_limits(struct reader *r, struct limits *out,
			      const struct fm_json *node,
			      enum fm_scope scope) FM_MUST_USE;
enum fm_code fm_policy_duration(struct reader *r, int64_t *out,
				const struct fm_json *node) FM_MUST_USE;
/** A network by its name or as "eip155:CHAIN". */
enum fm_code fm_policy_network(struct reader *r, uint64_t *chain_id,
			       const struct fm_json *node) FM_MUST_USE;
/** What a payment is for: 1 to FM_CATEGORY_MAX - 1 bytes without control characters. */
enum fm_code fm_policy_category(struct reader *r, char out[static FM_CATEGORY_MAX],
				const struct fm_json *node) FM_MUST_USE;
/** An amount that names its asset; `what` for messages. */
enum fm_code fm_policy_quantity(struct reader *r, struct fm_quantity *out,
				const struct fm_json *node, const char *what) FM_MUST_USE;
enum fm_code fm_policy_address(struct reader *r, struct fm_addr *out,
			       const struct fm_json *node) FM_MUST_USE;
/** Members of struct guards, at the start of `into`. */
enum fm_code fm_policy_approve_above(struct reader *r, void *into,
				     const struct fm_json *node);
enum fm_code fm_policy_first_payment(struct reader *r, void *into,
				     const struct fm_json *node);
enum fm_code fm_policy_price_rise(struct reader *r, void *into,
				  const struct fm_json *node);
enum fm_code fm_policy_stop_after(struct reader *r, void *into,
				  const struct fm_json *node);
void fm_guards_clear(struct guards *guards);
/** Members "v2", "categories". */
enum fm_code fm_policy_v2(struct reader *r, void *into, const struct fm_json *node);
enum fm_code fm_policy_categories(struct reader *r, void *into,
				  const struct fm_json *node);
/** Members "sellers", "blocked"; "certificate" or "receipt". */
enum fm_code fm_policy_sellers(struct reader *r, void *into, const struct fm_json *node);
enum fm_code fm_policy_blocked(struct reader *r, void *into, const struct fm_json *node);
enum fm_code fm_policy_evidence_word(struct reader *r, enum fm_evidence *out,
				     const struct fm_json *node);
enum fm_code fm_policy_read(struct reader *r, const struct fm_json *root) FM_MUST_USE;

const struct category *fm_policy_category_of(const struct fm_policy *policy,
					     const char *name);
const struct seller *fm_policy_seller(const struct fm_policy *policy, const char *origin);

#endif
