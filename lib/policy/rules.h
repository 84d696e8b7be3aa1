/* SPDX-License-Identifier: MIT */
/** A policy in memory, and the reader that fills it. */
#ifndef FOURMICA_POLICY_RULES_H
#define FOURMICA_POLICY_RULES_H

#include <fourmica/json.h>
#include <fourmica/policy.h>

#include "policy/scope.h"

/* Together at most FM_CHECKS_MAX apply to one payment. */
#define LIMITS_MAX 32u	      /* of the policy */
#define SELLER_LIMITS_MAX 16u /* of one seller, and of one of its routes */
#define CAPS_MAX 8u
#define SCHEMES_MAX 8u
#define WINDOW_MAX_S ((int64_t)366 * 86400)

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
};

struct limits {
	struct limit *list;
	size_t count;
};

struct route {
	char *path;
	struct limits limits;
};

struct seller {
	char origin[FM_ORIGIN_MAX];
	struct fm_addr *pay_to;
	size_t pay_to_count;
	struct limits limits;
	struct route *routes;
	size_t route_count;
	enum fm_evidence evidence;
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
	enum new_sellers new_sellers;
	int64_t max_window_s; /* 0: the seller's */
	enum fm_evidence evidence;
	struct cap caps[CAPS_MAX];
	size_t cap_count;
};

/** What reading knows about where it is. */
struct reader {
	struct fm_policy *policy;
	struct fm_span text;
	const char *name; /* of the file */
	struct fm_err *err;
};

/** A member of an object: how to read it into `into`. `read` NULL: part of the format,
 *  but not enforced by this version, so refused. */
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

/** A list of limits; `scope` is FM_SCOPE_ALL (where "per" may choose), _SELLER or
 *  _ROUTE. */
enum fm_code fm_policy_limits(struct reader *r, struct limits *out,
			      const struct fm_json *node,
			      enum fm_scope scope) FM_MUST_USE;
enum fm_code fm_policy_duration(struct reader *r, int64_t *out,
				const struct fm_json *node) FM_MUST_USE;
/** Members "sellers", "blocked"; "certificate" or "receipt". */
enum fm_code fm_policy_sellers(struct reader *r, void *into, const struct fm_json *node);
enum fm_code fm_policy_blocked(struct reader *r, void *into, const struct fm_json *node);
enum fm_code fm_policy_evidence_word(struct reader *r, enum fm_evidence *out,
				     const struct fm_json *node);
enum fm_code fm_policy_read(struct reader *r, const struct fm_json *root) FM_MUST_USE;

const struct seller *fm_policy_seller(const struct fm_policy *policy, const char *origin);

#endif
