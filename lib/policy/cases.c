/* SPDX-License-Identifier: MIT */
/* Reading payments that a policy is tried with: a JSON list of objects, or one object a line. */
#include "policy/rules.h"

#include <fourmica/http.h>
#include <fourmica/network.h>

#include "credit/auth.h"
#include "x402/scheme.h"

#include <stdlib.h>
#include <string.h>

#define CASES_MAX 1000u

static enum fm_code read_text(struct reader *r, char *out, size_t size,
			      const struct fm_json *node, const char *what)
{
	if (fm_json_cstr(out, size, node) && !fm_json_has_control(node))
		return FM_OK;
	return fm_policy_fail(r, node, "'%s' must be a text of at most %zu bytes", what,
			      size - 1);
}

static enum fm_code read_url(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;
	char text[FM_CASE_URL_MAX];
	struct fm_buf origin;
	struct fm_url url;
	bool ok;

	if (!fm_json_cstr(text, sizeof(text), node) ||
	    !fm_url_parse(&url, fm_span_of(text)))
		return fm_policy_fail(r, node,
				      "'url' must be an absolute http or https URL");
	fm_buf_init(&origin, sizeof(c->origin) - 1);
	ok = fm_url_origin(&origin, &url) && url.path.len < sizeof(c->route);
	if (ok) {
		memcpy(c->origin, origin.ptr, origin.len + 1);
		memcpy(c->route, url.path.ptr, url.path.len);
		c->route[url.path.len] = '\0';
	}
	fm_buf_clear(&origin);
	return ok ? FM_OK : fm_policy_fail(r, node, "'url' is too long");
}

static enum fm_code read_network(struct reader *r, void *into, const struct fm_json *node)
{
	return fm_policy_network(r, &((struct fm_case *)into)->chain_id, node);
}

static enum fm_code read_asset(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	return read_text(r, c->asset, sizeof(c->asset), node, "asset");
}

static enum fm_code read_quantity(struct reader *r, struct fm_quantity *out,
				  const struct fm_json *node, const char *what)
{
	char text[160];

	if (!fm_json_cstr(text, sizeof(text), node))
		return fm_policy_fail(r, node, "'%s' must be a text such as \"0.10usdc\"",
				      what);
	return fm_quantity_parse(out, text, r->err) ? fm_policy_at(r, node) : FM_OK;
}

static enum fm_code read_amount(struct reader *r, void *into, const struct fm_json *node)
{
	return read_quantity(r, &((struct fm_case *)into)->amount, node, "amount");
}

static enum fm_code read_last_price(struct reader *r, void *into,
				    const struct fm_json *node)
{
	struct fm_case *c = into;

	c->has_last_price = true;
	return read_quantity(r, &c->last_price, node, "last_price");
}

static enum fm_code read_pay_to(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	c->has_pay_to = true;
	return fm_policy_address(r, &c->pay_to, node);
}

static enum fm_code read_pinned(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	c->has_pinned = true;
	return fm_policy_address(r, &c->pinned, node);
}

static enum fm_code read_payer(struct reader *r, void *into, const struct fm_json *node)
{
	return fm_policy_address(r, &((struct fm_case *)into)->payer, node);
}

static enum fm_code read_scheme(struct reader *r, void *into, const struct fm_json *node)
{
	char text[64];
	const struct fm_scheme *scheme = fm_json_cstr(text, sizeof(text), node)
						 ? fm_scheme_find(fm_span_of(text))
						 : NULL;

	if (!scheme)
		return fm_policy_fail(r, node,
				      "unknown payment scheme; known are "
				      "\"4mica-credit\" and \"exact\"");
	((struct fm_case *)into)->scheme = scheme->name;
	return FM_OK;
}

static enum fm_code read_task(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	return read_text(r, c->task, sizeof(c->task), node, "task");
}

static enum fm_code read_category(struct reader *r, void *into,
				  const struct fm_json *node)
{
	return fm_policy_category(r, ((struct fm_case *)into)->category, node);
}

/* Seconds since 1970, or RFC 3339; up to the year 9999. */
static enum fm_code read_time(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;
	char text[64];
	uint64_t seconds;

	c->has_time = true;
	if (fm_json_u64(&seconds, node) && seconds <= INT64_C(253402300799)) {
		c->at_s = (int64_t)seconds;
		return FM_OK;
	}
	if (fm_json_cstr(text, sizeof(text), node) &&
	    fm_auth_time(&c->at_s, fm_span_of(text)) && c->at_s >= 0)
		return FM_OK;
	return fm_policy_fail(r, node,
			      "'time' must be seconds since 1970 or a text such as "
			      "\"2026-06-22T10:00:00Z\"");
}

static enum fm_code read_window(struct reader *r, void *into, const struct fm_json *node)
{
	return fm_policy_duration(r, &((struct fm_case *)into)->window_s, node);
}

static enum fm_code read_failures(struct reader *r, void *into,
				  const struct fm_json *node)
{
	if (fm_json_u64(&((struct fm_case *)into)->failures, node))
		return FM_OK;
	return fm_policy_fail(r, node, "'failures' must be a whole number");
}

static enum fm_code read_bool(struct reader *r, bool *out, const struct fm_json *node,
			      const char *what)
{
	if (fm_json_bool(out, node))
		return FM_OK;
	return fm_policy_fail(r, node, "'%s' must be true or false", what);
}

static enum fm_code read_paid(struct reader *r, void *into, const struct fm_json *node)
{
	return read_bool(r, &((struct fm_case *)into)->paid_before, node, "paid_before");
}

static enum fm_code read_approved(struct reader *r, void *into,
				  const struct fm_json *node)
{
	return read_bool(r, &((struct fm_case *)into)->approved, node, "approved");
}

static enum fm_code read_expect(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	c->has_expect = true;
	if (fm_json_is(node, "allow"))
		c->expect = FM_ALLOW;
	else if (fm_json_is(node, "approve"))
		c->expect = FM_APPROVE;
	else if (fm_json_is(node, "refuse"))
		c->expect = FM_REFUSE;
	else
		return fm_policy_fail(r, node,
				      "'expect' must be \"allow\", \"approve\" or "
				      "\"refuse\"");
	return FM_OK;
}

static enum fm_code read_rule(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	return read_text(r, c->rule, sizeof(c->rule), node, "rule");
}

/* ---- a guarantee of version 2 ---- */

static enum fm_code read_registry(struct reader *r, void *into,
				  const struct fm_json *node)
{
	return fm_policy_address(r, &((struct fm_ask_v2 *)into)->registry, node);
}

static enum fm_code read_validator(struct reader *r, void *into,
				   const struct fm_json *node)
{
	return fm_policy_address(r, &((struct fm_ask_v2 *)into)->validator, node);
}

static enum fm_code read_score(struct reader *r, void *into, const struct fm_json *node)
{
	uint64_t score;

	if (!fm_json_u64(&score, node) || score < 1 || score > 100)
		return fm_policy_fail(r, node,
				      "'min_score' must be a whole number from 1 to 100");
	((struct fm_ask_v2 *)into)->min_score = (unsigned)score;
	return FM_OK;
}

static const struct member v2_members[] = {
	{"registry",   read_registry },
	{ "validator", read_validator},
	{ "min_score", read_score	  },
	{ NULL,	NULL	     },
};

static enum fm_code read_v2(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_case *c = into;

	c->v2.wanted = true;
	return fm_policy_members(r, &c->v2, node, v2_members, "'v2'");
}

/* ---- all of it ---- */

/* clang-format off */
static const struct member case_members[] = {
	{ "url",	 read_url },
	{ "network",	 read_network },
	{ "asset",	 read_asset },
	{ "amount",	 read_amount },
	{ "pay_to",	 read_pay_to },
	{ "payer",	 read_payer },
	{ "scheme",	 read_scheme },
	{ "task",	 read_task },
	{ "category",	 read_category },
	{ "window",	 read_window },
	{ "v2",		 read_v2 },
	{ "time",	 read_time },
	{ "pinned",	 read_pinned },
	{ "paid_before", read_paid },
	{ "last_price",	 read_last_price },
	{ "failures",	 read_failures },
	{ "approved",	 read_approved },
	{ "expect",	 read_expect },
	{ "rule",	 read_rule },
	{ "note",	 fm_policy_note },
	{ NULL,		 NULL },
};
/* clang-format on */

static enum fm_code read_case(struct reader *r, struct fm_case *c,
			      const struct fm_json *node)
{
	unsigned column;
	enum fm_code rc;

	*c = (struct fm_case){ .chain_id = 84532, .scheme = "4mica-credit" };
	fm_json_where(r->text, node, &c->line, &column);
	rc = fm_policy_members(r, c, node, case_members, "a payment");
	if (!rc && !fm_json_get(node, "url"))
		rc = fm_policy_fail(r, node, "'url' is missing");
	if (!rc && !fm_json_get(node, "amount"))
		rc = fm_policy_fail(r, node, "'amount' is missing");
	return rc;
}

struct cases {
	struct fm_case *list;
	size_t count;
};

static enum fm_code add_cases(struct reader *r, struct cases *cases,
			      const struct fm_json *root)
{
	bool list = root->type == FM_JSON_ARRAY;
	const struct fm_json *node = list ? fm_json_first(root) : root;
	size_t more = list ? root->count : 1;
	struct fm_case *grown;
	enum fm_code rc = FM_OK;

	if (more > CASES_MAX - cases->count)
		return fm_policy_fail(r, root, "more than %u payments", CASES_MAX);
	grown = realloc(cases->list, (cases->count + more + 1) * sizeof(*grown));
	if (!grown)
		return fm_nomem(r->err);
	cases->list = grown;
	while (!rc && node) {
		rc = read_case(r, &cases->list[cases->count++], node);
		node = list ? fm_json_next(root, node) : NULL;
	}
	return rc;
}

static enum fm_code read_document(struct reader *r, struct cases *cases,
				  struct fm_span text)
{
	struct fm_json *root = NULL;
	enum fm_code rc = fm_json_parse(&root, text, false, r->err);

	if (!rc)
		rc = add_cases(r, cases, root);
	fm_json_free(&root);
	return rc;
}

static bool is_blank(struct fm_span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!strchr(" \t\r", line.ptr[i]))
			return false;
	return true;
}

/* A reader of JSON counts from its own first line. */
static enum fm_code read_lines(struct reader *r, struct cases *cases)
{
	struct fm_span rest = r->text;
	enum fm_code rc = FM_OK;

	for (unsigned line = 1; !rc && rest.len; line++) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;
		struct fm_span one = { rest.ptr, len };

		if (!is_blank(one))
			rc = read_document(r, cases, one);
		if (rc == FM_E_MALFORMED)
			fm_within(r->err, "%s:%u", r->name, line);
		rest.ptr += len + (end != NULL);
		rest.len -= len + (end != NULL);
	}
	return rc;
}

/* One document, unless a first line is one by itself and more follows. */
static bool by_lines(struct fm_span text)
{
	const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
	struct fm_json *root = NULL;
	bool whole;

	if (!end || is_blank((struct fm_span){ end + 1,
					       (size_t)(text.ptr + text.len - end) - 1 }))
		return false;
	whole = fm_json_parse(&root,
			      (struct fm_span){ text.ptr, (size_t)(end - text.ptr) },
			      false, NULL) == FM_OK;
	fm_json_free(&root);
	return whole;
}

enum fm_code fm_cases_parse(struct fm_case **out, size_t *count, struct fm_span text,
			    const char *name, struct fm_err *err)
{
	struct reader r = { .text = text, .name = name, .err = err };
	struct cases cases = { NULL, 0 };
	enum fm_code rc;

	*out = NULL;
	*count = 0;
	if (by_lines(text)) {
		rc = read_lines(&r, &cases);
	} else {
		rc = read_document(&r, &cases, text);
		if (rc == FM_E_MALFORMED)
			fm_within(err, "%s", name);
	}
	if (rc) {
		free(cases.list);
		/* What is wrong is what the command was given, not the policy. */
		if (rc != FM_E_NOMEM && err)
			err->code = rc = FM_E_USAGE;
		return rc;
	}
	*out = cases.list;
	*count = cases.count;
	return FM_OK;
}
