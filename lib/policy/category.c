/* SPDX-License-Identifier: MIT */
/* Reading what policy.json says about single categories. */
#include "policy/rules.h"

#include <string.h>

#define CATEGORIES_MAX 256u

static enum fm_code read_limits(struct reader *r, void *into, const struct fm_json *node)
{
	struct category *category = into;
	enum fm_code rc = fm_policy_limits(r, &category->limits, node, FM_SCOPE_CATEGORY);

	for (size_t i = 0; !rc && i < category->limits.count; i++)
		memcpy(category->limits.list[i].category, category->name,
		       sizeof(category->name));
	return rc;
}

static enum fm_code read_approve(struct reader *r, void *into, const struct fm_json *node)
{
	if (fm_json_bool(&((struct category *)into)->approve, node))
		return FM_OK;
	return fm_policy_fail(r, node, "'approve' must be true or false");
}

static const struct member category_members[] = {
	{"limits",	    read_limits		},
	{ "approve",	     read_approve		  },
	{ "approve_above", fm_policy_approve_above},
	{ "note",	  fm_policy_note	 },
	{ NULL,		NULL		     },
};

enum fm_code fm_policy_categories(struct reader *r, void *into,
				  const struct fm_json *node)
{
	struct fm_policy *p = into;
	const struct fm_json *name;
	size_t count;
	enum fm_code rc = fm_policy_array(r, &p->categories, &count, node, FM_JSON_OBJECT,
					  sizeof(*p->categories), CATEGORIES_MAX);

	for (name = fm_json_first(node); !rc && name;
	     name = fm_json_next(node, name + 1)) {
		struct category *category = &p->categories[p->category_count++];

		rc = fm_policy_category(r, category->name, name);
		if (!rc)
			rc = fm_policy_members(r, category, name + 1, category_members,
					       "a category");
	}
	return rc;
}
