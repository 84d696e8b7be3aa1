/* SPDX-License-Identifier: MIT */
/* policy.json into struct fm_policy. What the format does not have is refused: a limit that is
 * not kept must not look as if it were. The format: man/fourmica-policy.5. */
#include "policy/rules.h"

#include <fourmica/network.h>

#include "x402/scheme.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_SOURCE 60 /* bytes of a wrong text that a message repeats ... */
#define SHOWN_MAX 512	/* ... each of which may need eight */
#define WORD_MAX 32u	/* longest member name that gets a suggestion */

enum fm_code fm_policy_at(struct reader *r, const struct fm_json *node)
{
	unsigned line, column;

	fm_json_where(r->text, node, &line, &column);
	fm_within(r->err, "%s:%u:%u", r->name, line, column);
	if (r->err)
		r->err->code = FM_E_CONFIG;
	return FM_E_CONFIG;
}

enum fm_code fm_policy_fail(struct reader *r, const struct fm_json *node, const char *fmt,
			    ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fm_fail(r->err, FM_E_CONFIG, "%s", text);
	return fm_policy_at(r, node);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t two = a < b ? a : b;

	return two < c ? two : c;
}

/* Edit distance (insert, remove, replace) of two short words, one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], len = strlen(b), corner, above;

	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			above = row[j];
			row[j] = least(row[j] + 1, row[j - 1] + 1,
				       corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[len];
}

static const char *suggestion(const char *word, const struct member *table)
{
	const char *best = NULL;
	size_t best_distance = 3;

	for (; table->name; table++) {
		size_t d = strlen(word) <= WORD_MAX ? distance(word, table->name) : 3;

		if (d < best_distance && d < strlen(table->name)) {
			best = table->name;
			best_distance = d;
		}
	}
	return best;
}

/* A text as a message may repeat it: the source bytes between the quotes, escaped and cut;
 * JSON's own escapes stay as they were written. */
static void show(char out[static SHOWN_MAX], const struct fm_json *string)
{
	struct fm_buf text;

	fm_buf_init(&text, SHOWN_MAX - 1);
	out[0] = '\0';
	if (string->src.len > 2 &&
	    fm_text_escape(&text,
			   (struct fm_span){ string->src.ptr + 1, string->src.len - 2 },
			   SHOWN_SOURCE))
		memcpy(out, text.ptr, text.len + 1);
	fm_buf_clear(&text);
}

static enum fm_code unknown(struct reader *r, const struct fm_json *name,
			    const struct member *table, const char *what)
{
	char word[WORD_MAX + 1] = "", shown[SHOWN_MAX];
	const char *like;
	enum fm_code rc;

	if (!fm_json_cstr(word, sizeof(word), name))
		word[0] = '\0';
	show(shown, name);
	rc = fm_policy_fail(r, name, "%s has no member '%s'", what, shown);
	like = *word ? suggestion(word, table) : NULL;
	if (like)
		fm_hint(r->err, "did you mean '%s'?", like);
	return rc;
}

static enum fm_code read_member(struct reader *r, void *into, const struct fm_json *name,
				const struct member *table, const char *what)
{
	for (const struct member *m = table; m->name; m++)
		if (fm_json_is(name, m->name))
			return m->read(r, into, name + 1);
	return unknown(r, name, table, what);
}

enum fm_code fm_policy_members(struct reader *r, void *into, const struct fm_json *node,
			       const struct member *table, const char *what)
{
	const struct fm_json *name;
	enum fm_code rc = FM_OK;

	if (node->type != FM_JSON_OBJECT)
		return fm_policy_fail(r, node, "%s must be an object", what);
	for (name = fm_json_first(node); !rc && name; name = fm_json_next(node, name + 1))
		rc = read_member(r, into, name, table, what);
	return rc;
}

enum fm_code fm_policy_note(struct reader *r, void *into, const struct fm_json *node)
{
	(void)into;
	if (node->type == FM_JSON_STRING)
		return FM_OK;
	return fm_policy_fail(r, node, "'note' must be a text");
}

enum fm_code fm_policy_array(struct reader *r, void *array, size_t *count,
			     const struct fm_json *node, enum fm_json_type type,
			     size_t size, size_t most)
{
	void **out = array;

	*count = 0;
	if (node->type != type)
		return fm_policy_fail(r, node, "must be %s",
				      type == FM_JSON_ARRAY ? "a list" : "an object");
	if (node->count > most)
		return fm_policy_fail(r, node, "more than %zu entries", most);
	*out = calloc(node->count ? node->count : 1, size);
	if (!*out)
		return fm_nomem(r->err);
	*count = node->count;
	return FM_OK;
}

static enum fm_code read_version(struct reader *r, void *into, const struct fm_json *node)
{
	uint64_t version;

	(void)into;
	if (fm_json_u64(&version, node) && version == 1)
		return FM_OK;
	return fm_policy_fail(r, node, "'version' must be 1");
}

enum fm_code fm_policy_network(struct reader *r, uint64_t *chain_id,
			       const struct fm_json *node)
{
	const struct fm_network *network;
	char shown[SHOWN_MAX], text[64];

	if (!fm_json_cstr(text, sizeof(text), node))
		return fm_policy_fail(r, node,
				      "a network is a text such as \"eip155:84532\" or "
				      "\"base-sepolia\"");
	network = fm_network_by_name(fm_span_of(text));
	if (network)
		*chain_id = network->chain_id;
	else if (!fm_network_chain(chain_id, fm_span_of(text)))
		return fm_policy_fail(r, node, "unknown network '%s'",
				      (show(shown, node), shown));
	return FM_OK;
}

static enum fm_code read_networks(struct reader *r, void *into,
				  const struct fm_json *node)
{
	struct fm_policy *p = into;
	const struct fm_json *child;
	size_t count;
	enum fm_code rc = fm_policy_array(r, &p->chains, &count, node, FM_JSON_ARRAY,
					  sizeof(*p->chains), 256);

	p->has_networks = true;
	for (child = fm_json_first(node); !rc && child; child = fm_json_next(node, child))
		rc = fm_policy_network(r, &p->chains[p->chain_count++], child);
	return rc;
}

static enum fm_code read_schemes(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_policy *p = into;
	const struct fm_json *child;
	const struct fm_scheme *scheme;
	char text[64];

	p->has_schemes = true;
	if (node->type != FM_JSON_ARRAY || node->count > SCHEMES_MAX)
		return fm_policy_fail(r, node,
				      "'schemes' must be a list of at most %u names",
				      SCHEMES_MAX);
	for (child = fm_json_first(node); child; child = fm_json_next(node, child)) {
		scheme = fm_json_cstr(text, sizeof(text), child)
				 ? fm_scheme_find(fm_span_of(text))
				 : NULL;
		if (!scheme)
			return fm_policy_fail(r, child,
					      "unknown payment scheme; known are "
					      "\"4mica-credit\" and \"exact\"");
		p->schemes[p->scheme_count++] = scheme->name;
	}
	return FM_OK;
}

static enum fm_code read_new_sellers(struct reader *r, void *into,
				     const struct fm_json *node)
{
	struct fm_policy *p = into;

	p->has_new_sellers = true;
	if (fm_json_is(node, "ask"))
		p->new_sellers = NEW_SELLERS_ASK;
	else if (fm_json_is(node, "pin"))
		p->new_sellers = NEW_SELLERS_PIN;
	else if (fm_json_is(node, "refuse"))
		p->new_sellers = NEW_SELLERS_REFUSE;
	else
		return fm_policy_fail(r, node,
				      "'new_sellers' must be \"ask\", \"pin\" or "
				      "\"refuse\"");
	return FM_OK;
}

static enum fm_code read_max_window(struct reader *r, void *into,
				    const struct fm_json *node)
{
	struct fm_policy *p = into;

	return fm_policy_duration(r, &p->max_window_s, node);
}

static enum fm_code read_evidence(struct reader *r, void *into,
				  const struct fm_json *node)
{
	struct fm_policy *p = into;

	p->has_evidence = true;
	return fm_policy_evidence_word(r, &p->evidence, node);
}

static enum fm_code read_sign(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_policy *p = into;

	p->has_sign = true;
	p->sign_any = fm_json_is(node, "any");
	if (p->sign_any || fm_json_is(node, "payments"))
		return FM_OK;
	return fm_policy_fail(r, node, "'sign' must be \"payments\" or \"any\"");
}

static enum fm_code read_limits(struct reader *r, void *into, const struct fm_json *node)
{
	return fm_policy_limits(r, &((struct fm_policy *)into)->limits, node,
				FM_SCOPE_ALL);
}

/* clang-format off */
static const struct member root_members[] = {
	{ "version",		 read_version },
	{ "networks",		 read_networks },
	{ "schemes",		 read_schemes },
	{ "new_sellers",	 read_new_sellers },
	{ "approve_above",	 fm_policy_approve_above },
	{ "first_payment",	 fm_policy_first_payment },
	{ "price_rise",		 fm_policy_price_rise },
	{ "stop_after_failures", fm_policy_stop_after },
	{ "max_window",		 read_max_window },
	{ "evidence",		 read_evidence },
	{ "limits",		 read_limits },
	{ "sellers",		 fm_policy_sellers },
	{ "blocked",		 fm_policy_blocked },
	{ "categories",		 fm_policy_categories },
	{ "v2",			 fm_policy_v2 },
	{ "sign",		 read_sign },
	{ "note",		 fm_policy_note },
	{ NULL,			 NULL },
};
/* clang-format on */

enum fm_code fm_policy_read(struct reader *r, const struct fm_json *root)
{
	enum fm_code rc =
		fm_policy_members(r, r->policy, root, root_members, "the policy");

	if (!rc && !fm_json_get(root, "version"))
		rc = fm_policy_fail(r, root, "'version' is missing: it must be 1");
	return rc;
}
