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

static enum fm_code read_pay_to(struct reader *r, void *into, const struct fm_json *node)
{
	struct seller *seller = into;
	const struct fm_json *child;
	char text[64];
	size_t count;
	enum fm_code rc = fm_policy_array(r, &seller->pay_to, &count, node, FM_JSON_ARRAY,
					  sizeof(*seller->pay_to), PAY_TO_MAX);

	if (!rc && !count)
		return fm_policy_fail(r, node, "'pay_to' names nobody");
	for (child = fm_json_first(node); !rc && child;
	     child = fm_json_next(node, child)) {
		if (!fm_json_cstr(text, sizeof(text), child))
			return fm_policy_fail(r, child,
					      "an address is \"0x\" and 40 digits");
		if (fm_addr_from_user(&seller->pay_to[seller->pay_to_count++], text,
				      r->err))
			return fm_policy_at(r, child);
	}
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

static const struct member route_members[] = {
	{"limits", read_route_limits},
	{ "note",  fm_policy_note	 },
	{ NULL,	NULL	     },
};

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

static const struct member seller_members[] = {
	{"pay_to",		    read_pay_to		},
	    { "limits",		read_seller_limits  },
	{ "routes",		    read_routes		},
	    { "evidence",		  read_seller_evidence},
	{ "approve_above",	   NULL		},
	    { "first_payment",       NULL		    },
	{ "price_rise",		NULL		     },
	    { "stop_after_failures", NULL		  },
	{ "note",		  fm_policy_note	 },
	    { NULL,		    NULL		 },
};

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
