/* SPDX-License-Identifier: MIT */
/* Reading what policy.json says about single sellers. */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>

#define SELLERS_MAX 4096u
#define ROUTES_MAX 1024u
#define PAY_TO_MAX 64u

enum fm_code fm_policy_evidence_word(struct reader *r, enum fm_evidence *out,
				     const struct fm_json *node)
{
	if (fm_json_is(node, "certificate"))
		*out = FM_EVIDENCE_CERTIFICATE;
	else if (fm_json_is(node, "receipt"))
		*out = FM_EVIDENCE_RECEIPT;
	else
		return fm_policy_fail(r, node,
				      "'evidence' must be \"certificate\" or "
				      "\"receipt\"");
	return FM_OK;
}

static size_t host_len(const char *host)
{
	size_t len = 0;

	if (*host == '[') {
		len = strspn(host + 1, "0123456789abcdef:.") + 1;
		return host[len] == ']' && len > 1 ? len + 1 : 0;
	}
	while ((host[len] >= 'a' && host[len] <= 'z') ||
	       (host[len] >= '0' && host[len] <= '9') ||
	       (host[len] && strchr("-._", host[len])))
		len++;
	return len;
}

static bool port_ok(const char *port, unsigned standard)
{
	unsigned long value;
	size_t len = strspn(port, "0123456789");

	if (!len || len > 5 || port[len] || port[0] == '0')
		return false;
	value = strtoul(port, NULL, 10);
	return value <= 65535 && value != standard;
}

/* The one spelling an origin has (RFC 6454, section 6.2, host in lower case): another
 * one would make an entry that never matches, and a block that blocks nothing. */
static bool origin_ok(const char *text)
{
	bool tls = strncmp(text, "https://", 8) == 0;
	const char *host = text + (tls ? 8 : 7);
	size_t len;

	if (!tls && strncmp(text, "http://", 7) != 0)
		return false;
	len = host_len(host);
	if (!len)
		return false;
	return !host[len] ||
	       (host[len] == ':' && port_ok(host + len + 1, tls ? 443 : 80));
}

static enum fm_code read_origin(struct reader *r, char out[static FM_ORIGIN_MAX],
				const struct fm_json *node)
{
	if (fm_json_cstr(out, FM_ORIGIN_MAX, node) && origin_ok(out))
		return FM_OK;
	fm_policy_fail(r, node,
		       "a seller is written as its origin: scheme, host in lower case, "
		       "port unless it is the scheme's own, nothing behind");
	return fm_hint(r->err, "for example \"https://api.example.com\" or "
			       "\"http://127.0.0.1:8402\"");
}

enum fm_code fm_policy_blocked(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_policy *p = into;
	const struct fm_json *child;
	size_t count;
	enum fm_code rc = fm_policy_array(r, &p->blocked, &count, node, FM_JSON_ARRAY,
					  sizeof(*p->blocked), SELLERS_MAX);

	for (child = fm_json_first(node); !rc && child; child = fm_json_next(node, child))
		rc = read_origin(r, p->blocked[p->blocked_count++], child);
	return rc;
}

enum fm_code fm_policy_address(struct reader *r, struct fm_addr *out,
			       const struct fm_json *node)
{
	char text[64];

	if (!fm_json_cstr(text, sizeof(text), node))
		return fm_policy_fail(r, node, "an address is \"0x\" and 40 digits");
	return fm_addr_from_user(out, text, r->err) ? fm_policy_at(r, node) : FM_OK;
}

/* Behind what other networks have already. */
static enum fm_code read_payees(struct reader *r, struct seller *seller,
				uint64_t chain_id, const struct fm_json *node)
{
	const struct fm_json *child;
	struct payee *payee;
	enum fm_code rc = FM_OK;

	if (node->type != FM_JSON_ARRAY)
		return fm_policy_fail(r, node, "must be a list of addresses");
	if (!node->count)
		return fm_policy_fail(r, node, "'pay_to' names nobody");
	if (node->count > PAY_TO_MAX - seller->pay_to_count)
		return fm_policy_fail(r, node, "more than %u addresses", PAY_TO_MAX);
	payee = realloc(seller->pay_to,
			(seller->pay_to_count + node->count) * sizeof(*payee));
	if (!payee)
		return fm_nomem(r->err);
	seller->pay_to = payee;
	for (child = fm_json_first(node); !rc && child;
	     child = fm_json_next(node, child)) {
		payee = &seller->pay_to[seller->pay_to_count++];
		payee->chain_id = chain_id;
		rc = fm_policy_address(r, &payee->addr, child);
	}
	return rc;
}

/* A list holds on every network; an object has a list for each. */
static enum fm_code read_pay_to(struct reader *r, void *into, const struct fm_json *node)
{
	struct seller *seller = into;
	const struct fm_json *name;
	uint64_t chain_id;
	enum fm_code rc = FM_OK;

	if (node->type != FM_JSON_OBJECT)
		return read_payees(r, seller, 0, node);
	for (name = fm_json_first(node); !rc && name;
	     name = fm_json_next(node, name + 1)) {
		if (fm_json_is(name, "note")) {
			rc = fm_policy_note(r, into, name + 1);
			continue;
		}
		rc = fm_policy_network(r, &chain_id, name);
		if (!rc)
			rc = read_payees(r, seller, chain_id, name + 1);
	}
	if (!rc && !seller->pay_to_count)
		rc = fm_policy_fail(r, node, "'pay_to' names nobody");
	return rc;
}

static enum fm_code read_seller_limits(struct reader *r, void *into,
				       const struct fm_json *node)
{
	return fm_policy_limits(r, &((struct seller *)into)->limits, node,
				FM_SCOPE_SELLER);
}

static enum fm_code read_seller_evidence(struct reader *r, void *into,
					 const struct fm_json *node)
{
	return fm_policy_evidence_word(r, &((struct seller *)into)->evidence, node);
}

static enum fm_code read_route_limits(struct reader *r, void *into,
				      const struct fm_json *node)
{
	return fm_policy_limits(r, &((struct route *)into)->limits, node, FM_SCOPE_ROUTE);
}

/* clang-format off */
static const struct member route_members[] = {
	{ "limits",	   read_route_limits },
	{ "approve_above", fm_policy_approve_above },
	{ "price_rise",	   fm_policy_price_rise },
	{ "note",	   fm_policy_note },
	{ NULL,		   NULL },
};
/* clang-format on */

static enum fm_code read_route(struct reader *r, struct route *route,
			       const struct fm_json *name)
{
	size_t room = name->src.len;

	route->path = malloc(room);
	if (!route->path)
		return fm_nomem(r->err);
	if (!fm_json_cstr(route->path, room, name) || route->path[0] != '/' ||
	    strpbrk(route->path, "?#"))
		return fm_policy_fail(
			r, name, "a route is a path such as \"/heavy\", without query");
	return fm_policy_members(r, route, name + 1, route_members, "a route");
}

static enum fm_code read_routes(struct reader *r, void *into, const struct fm_json *node)
{
	struct seller *seller = into;
	const struct fm_json *name;
	size_t count;
	enum fm_code rc =
		fm_policy_array(r, &seller->routes, &count, node, FM_JSON_OBJECT,
				sizeof(*seller->routes), ROUTES_MAX);

	for (name = fm_json_first(node); !rc && name; name = fm_json_next(node, name + 1))
		rc = read_route(r, &seller->routes[seller->route_count++], name);
	return rc;
}

/* clang-format off */
static const struct member seller_members[] = {
	{ "pay_to",		 read_pay_to },
	{ "limits",		 read_seller_limits },
	{ "routes",		 read_routes },
	{ "evidence",		 read_seller_evidence },
	{ "approve_above",	 fm_policy_approve_above },
	{ "first_payment",	 fm_policy_first_payment },
	{ "price_rise",		 fm_policy_price_rise },
	{ "stop_after_failures", fm_policy_stop_after },
	{ "note",		 fm_policy_note },
	{ NULL,			 NULL },
};
/* clang-format on */

enum fm_code fm_policy_sellers(struct reader *r, void *into, const struct fm_json *node)
{
	struct fm_policy *p = into;
	const struct fm_json *name;
	size_t count;
	enum fm_code rc = fm_policy_array(r, &p->sellers, &count, node, FM_JSON_OBJECT,
					  sizeof(*p->sellers), SELLERS_MAX);

	for (name = fm_json_first(node); !rc && name;
	     name = fm_json_next(node, name + 1)) {
		struct seller *seller = &p->sellers[p->seller_count++];

		rc = read_origin(r, seller->origin, name);
		if (!rc)
			rc = fm_policy_members(r, seller, name + 1, seller_members,
					       "a seller");
	}
	return rc;
}
