/* SPDX-License-Identifier: MIT */
/* Reading which guarantees of version 2 may be signed. */
#include "policy/rules.h"

#define ADDRESSES_MAX 64u
#define SCORE_MOST 100u /* 4mica.md, section 3.5 */

static enum fm_code read_addresses(struct reader *r, struct fm_addr **out, size_t *count,
				   const struct fm_json *node)
{
	const struct fm_json *child;
	size_t most, done = 0;
	enum fm_code rc = fm_policy_array(r, out, &most, node, FM_JSON_ARRAY,
					  sizeof(**out), ADDRESSES_MAX);

	for (child = fm_json_first(node); !rc && child; child = fm_json_next(node, child))
		rc = fm_policy_address(r, &(*out)[done++], child);
	*count = done;
	return rc;
}

static enum fm_code read_registries(struct reader *r, void *into,
				    const struct fm_json *node)
{
	struct v2 *v2 = into;

	return read_addresses(r, &v2->registries, &v2->registry_count, node);
}

static enum fm_code read_validators(struct reader *r, void *into,
				    const struct fm_json *node)
{
	struct v2 *v2 = into;

	v2->has_validators = true;
	return read_addresses(r, &v2->validators, &v2->validator_count, node);
}

static enum fm_code read_score(struct reader *r, void *into, const struct fm_json *node)
{
	struct v2 *v2 = into;

	if (fm_json_u64(&v2->min_score, node) && v2->min_score &&
	    v2->min_score <= SCORE_MOST)
		return FM_OK;
	return fm_policy_fail(r, node, "'min_score' must be a whole number from 1 to %u",
			      SCORE_MOST);
}

static const struct member v2_members[] = {
	{"registries",	read_registries},
	{ "validators", read_validators},
	{ "min_score",  read_score	  },
	{ "note",	  fm_policy_note },
	{ NULL,		NULL	     },
};

enum fm_code fm_policy_v2(struct reader *r, void *into, const struct fm_json *node)
{
	struct v2 *v2 = &((struct fm_policy *)into)->v2;
	enum fm_code rc = fm_policy_members(r, v2, node, v2_members, "'v2'");

	v2->given = true;
	if (!rc && !fm_json_get(node, "registries"))
		rc = fm_policy_fail(r, node,
				    "'v2' needs 'registries', the validation registries "
				    "that are believed");
	return rc;
}
