/* SPDX-License-Identifier: MIT */
/* config.json: every member is known or refused, with line and column. */
#include "config_data.h"

#include "suggest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NETWORKS_MOST 64
#define ASSETS_MOST 1024
/* EIP-2294: what every tool can still hold. */
#define CHAIN_MOST ((uint64_t)INT64_MAX - 36)

struct reader {
	const char *file;
	struct fm_span text;
	struct app *app;
	struct config *config;
	struct fm_err *err;
};

static enum fm_code bad(struct reader *r, const struct fm_json *node, const char *fmt,
			...) FM_PRINTF(3, 4);

static enum fm_code bad(struct reader *r, const struct fm_json *node, const char *fmt,
			...)
{
	unsigned line = 0, column = 0;
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fm_json_where(r->text, node, &line, &column);
	return fm_fail(r->err, FM_E_CONFIG, "%s:%u:%u: %s", r->file, line, column, text);
}

/* The source of a value for a message, escaped and short. */
static const char *shown(char out[static 100], const struct fm_json *node)
{
	struct fm_buf buf;

	fm_buf_init(&buf, 4096);
	fm_text_escape(&buf, node->src, 40);
	snprintf(out, 100, "%.99s", buf.ptr ? buf.ptr : "");
	fm_buf_clear(&buf);
	return out;
}

/* Only members of `allowed` ("a", "b", NULL) and "note". */
static enum fm_code check_members(struct reader *r, const struct fm_json *object,
				  const char *const *allowed)
{
	const struct fm_json *name = fm_json_first(object);

	for (; name; name = fm_json_next(object, fm_json_next(object, name))) {
		struct guess guess = guess_start(name->src.ptr + 1, name->src.len - 2);
		const char *const *one = allowed;
		char text[100];

		while (*one && !fm_json_is(name, *one))
			guess_try(&guess, *one++);
		if (*one || fm_json_is(name, "note"))
			continue;
		bad(r, name, "unknown member %s", shown(text, name));
		return guess.best ? fm_hint(r->err, "did you mean \"%s\"", guess.best)
				  : FM_E_CONFIG;
	}
	return FM_OK;
}

/* A member that may be absent; *out NULL then. `what` is the type's name. */
static enum fm_code member(const struct fm_json **out, struct reader *r,
			   const struct fm_json *object, const char *name,
			   enum fm_json_type type, const char *what)
{
	*out = fm_json_get(object, name);
	if (*out && (*out)->type != type)
		return bad(r, *out, "\"%s\" must be %s", name, what);
	return FM_OK;
}

static enum fm_code text_member(char *out, size_t size, struct reader *r,
				const struct fm_json *object, const char *name)
{
	const struct fm_json *node;

	out[0] = '\0';
	if (member(&node, r, object, name, FM_JSON_STRING, "a string"))
		return FM_E_CONFIG;
	if (node && !fm_json_cstr(out, size, node))
		return bad(r, node, "\"%s\" is longer than %zu bytes", name, size - 1);
	return FM_OK;
}

/* ---- default ---- */

static enum fm_code read_default(struct reader *r, const struct fm_json *object)
{
	static const char *const names[] = { "network", "wallet", NULL };
	struct config *c = r->config;

	if (check_members(r, object, names) ||
	    text_member(c->default_network, sizeof(c->default_network), r, object,
			"network") ||
	    text_member(c->default_wallet, sizeof(c->default_wallet), r, object,
			"wallet"))
		return FM_E_CONFIG;
	if (c->default_wallet[0] && !fm_wallet_name_ok(c->default_wallet))
		return bad(r, fm_json_get(object, "wallet"), "this is no wallet name");
	return FM_OK;
}

/* ---- networks ---- */

static enum fm_code read_url(char **out, struct reader *r, const struct fm_json *node,
			     const char *what, bool any_http)
{
	char text[URL_MOST];

	if (!node)
		return FM_OK;
	if (node->type != FM_JSON_STRING || !fm_json_cstr(text, sizeof(text), node))
		return bad(r, node, "the %s URL must be a string of at most %d bytes",
			   what, URL_MOST - 1);
	if (config_check_url(text, what, any_http, NULL))
		return bad(r, node, "the %s URL must be https%s", what,
			   any_http ? " or http" : ", or http on this machine");
	*out = config_url_copy(text);
	return *out ? FM_OK : fm_nomem(r->err);
}

static enum fm_code read_endpoints(struct reader *r, struct config_network *n,
				   const struct fm_json *object)
{
	const struct fm_json *core, *rpc;
	size_t count = 0;
	enum fm_code rc;

	if (member(&core, r, object, "core", FM_JSON_STRING, "a string") ||
	    member(&rpc, r, object, "rpc", FM_JSON_ARRAY, "a list of URLs"))
		return FM_E_CONFIG;
	rc = read_url(&n->core, r, core, "core", false);
	if (rpc && rpc->count > RPC_MOST)
		return bad(r, rpc, "more than %d endpoints", RPC_MOST);
	for (const struct fm_json *one = fm_json_first(rpc); one && !rc;
	     one = fm_json_next(rpc, one))
		rc = read_url(&n->rpc[count++], r, one, "RPC", true);
	return rc;
}

/* A name of the built-in table keeps its chain; another name needs a chain_id. */
static enum fm_code find_chain(struct reader *r, struct config_network *n,
			       const struct fm_json *name, const struct fm_json *object)
{
	const struct fm_network *known = fm_network_by_name(fm_span_of(n->name));
	const struct fm_json *chain = fm_json_get(object, "chain_id");

	if (chain && (!fm_json_u64(&n->net.chain_id, chain) || !n->net.chain_id ||
		      n->net.chain_id > CHAIN_MOST))
		return bad(r, chain,
			   "\"chain_id\" must be a whole number above 0, at most %llu",
			   (unsigned long long)CHAIN_MOST);
	if (known && chain && known->chain_id != n->net.chain_id)
		return bad(r, chain, "%s is chain %llu", n->name,
			   (unsigned long long)known->chain_id);
	if (!known && !chain)
		return bad(r, name, "network \"%s\" needs a \"chain_id\"", n->name);
	if (!known)
		known = fm_network_by_chain(n->net.chain_id);
	if (known)
		n->net = *known;
	else
		n->net.title = n->name;
	/* Endpoints are looked up by chain: two of one chain would stand in for each other. */
	for (const struct config_network *other = r->config->networks; other < n; other++)
		if (other->net.chain_id == n->net.chain_id)
			return bad(r, name, "chain %llu is network \"%s\" already",
				   (unsigned long long)n->net.chain_id, other->name);
	return FM_OK;
}

static enum fm_code read_house(struct reader *r, struct config_network *n,
			       const struct fm_json *object)
{
	const struct fm_json *node = fm_json_get(object, "clearing_house");
	char text[FM_ADDR_TEXT], why[300];

	if (text_member(text, sizeof(text), r, object, "clearing_house"))
		return FM_E_CONFIG;
	if (!node)
		return FM_OK;
	if (fm_addr_from_user(&n->clearing_house.addr, text, r->err)) {
		snprintf(why, sizeof(why), "%.299s", r->err->msg);
		return bad(r, node, "%s", why);
	}
	if (fm_addr_is_zero(&n->clearing_house.addr))
		return bad(r, node, "\"clearing_house\" is address zero");
	n->clearing_house.set = true;
	return FM_OK;
}

static enum fm_code read_network(struct reader *r, const struct fm_json *name,
				 const struct fm_json *object)
{
	static const char *const names[] = { "chain_id", "core", "rpc", "clearing_house",
					     NULL };
	struct config_network *n = &r->config->networks[r->config->network_count];
	enum fm_code rc;

	if (object->type != FM_JSON_OBJECT)
		return bad(r, object, "a network must be an object");
	if (!fm_json_cstr(n->name, sizeof(n->name), name) || !n->name[0])
		return bad(r, name, "a network's name has 1 to %zu bytes",
			   sizeof(n->name) - 1);
	r->config->network_count++;
	if (check_members(r, object, names) || find_chain(r, n, name, object) ||
	    read_house(r, n, object))
		return FM_E_CONFIG;
	rc = read_endpoints(r, n, object);
	n->net.name = n->name;
	n->net.core = n->core ? n->core : n->net.core;
	n->net.rpc = n->rpc[0] ? n->rpc[0] : n->net.rpc;
	return rc;
}

static enum fm_code read_networks(struct reader *r, const struct fm_json *object)
{
	const struct fm_json *name = fm_json_first(object);
	enum fm_code rc = FM_OK;

	if (object->count > NETWORKS_MOST)
		return bad(r, object, "more than %d networks", NETWORKS_MOST);
	r->config->networks = calloc(object->count + 1, sizeof(*r->config->networks));
	if (!r->config->networks)
		return fm_nomem(r->err);
	while (name && !rc) {
		const struct fm_json *value = fm_json_next(object, name);

		if (!fm_json_is(name, "note"))
			rc = read_network(r, name, value);
		name = fm_json_next(object, value);
	}
	return rc;
}

/* ---- assets ---- */

static bool symbol_ok(const char *symbol)
{
	for (const char *s = symbol; *s; s++)
		if (!isalnum((unsigned char)*s) && *s != '.' && *s != '-' && *s != '_')
			return false;
	return symbol[0] && strcmp(symbol, "base") != 0 &&
	       isalpha((unsigned char)symbol[0]);
}

static bool chain_of(uint64_t *chain_id, const struct config *config, const char *text)
{
	for (size_t i = 0; i < config->network_count; i++)
		if (strcmp(config->networks[i].name, text) == 0) {
			*chain_id = config->networks[i].net.chain_id;
			return true;
		}
	return fm_network_chain(chain_id, fm_span_of(text));
}

/* Other decimals for a token we know would make every amount shown a lie. */
static enum fm_code check_decimals(struct reader *r, const struct fm_json *object,
				   const struct fm_asset *asset)
{
	const struct fm_asset *known = fm_asset_find(asset->chain_id, &asset->address);

	if (!known || known->decimals == asset->decimals)
		return FM_OK;
	return bad(r, fm_json_get(object, "decimals"), "this token has %u decimals",
		   (unsigned)known->decimals);
}

static enum fm_code read_asset(struct reader *r, const struct fm_json *object)
{
	static const char *const names[] = { "network", "symbol", "address", "decimals",
					     NULL };
	struct fm_asset *asset = &r->app->assets[r->app->asset_count];
	char network[64], address[64], why[300];
	uint64_t decimals = 0;

	if (object->type != FM_JSON_OBJECT)
		return bad(r, object, "an asset must be an object");
	if (check_members(r, object, names) ||
	    text_member(network, sizeof(network), r, object, "network") ||
	    text_member(asset->symbol, sizeof(asset->symbol), r, object, "symbol") ||
	    text_member(address, sizeof(address), r, object, "address"))
		return FM_E_CONFIG;
	if (!chain_of(&asset->chain_id, r->config, network))
		return bad(r, object, "this asset needs a known \"network\"");
	if (!symbol_ok(asset->symbol))
		return bad(r, object,
			   "this asset needs a \"symbol\" of letters and digits");
	if (fm_addr_from_user(&asset->address, address, r->err)) {
		snprintf(why, sizeof(why), "%.299s", r->err->msg);
		return bad(r, object, "this asset's \"address\": %s", why);
	}
	if (!fm_json_u64(&decimals, fm_json_get(object, "decimals")) || decimals > 77)
		return bad(r, object, "this asset needs \"decimals\" from 0 to 77");
	asset->decimals = (uint8_t)decimals;
	r->app->asset_count++;
	return check_decimals(r, object, asset);
}

static enum fm_code read_assets(struct reader *r, const struct fm_json *list)
{
	struct fm_asset *assets;
	enum fm_code rc = FM_OK;

	if (list->count > ASSETS_MOST)
		return bad(r, list, "more than %d assets", ASSETS_MOST);
	assets = calloc(list->count + 1, sizeof(*assets));
	if (!assets)
		return fm_nomem(r->err);
	r->app->assets = assets;
	for (const struct fm_json *one = fm_json_first(list); one && !rc;
	     one = fm_json_next(list, one))
		rc = read_asset(r, one);
	return rc;
}

/* ---- wallets ---- */

/* "file", or "exec:" and the absolute path of a program. */
static enum fm_code read_signer(struct reader *r, const struct fm_json *name,
				const struct fm_json *signer)
{
	struct config_signer *one = &r->config->signers[r->config->signer_count];
	char text[sizeof("exec:") + PATH_MAX];

	if (fm_json_is(signer, "file"))
		return FM_OK;
	if (!fm_json_cstr(text, sizeof(text), signer) || fm_json_has_control(signer) ||
	    strncmp(text, "exec:/", 6) != 0 || strlen(text) - 5 >= PATH_MAX)
		return bad(r, signer,
			   "a signer is \"file\", or \"exec:\" and the absolute path of "
			   "a program");
	if (!fm_json_cstr(one->wallet, sizeof(one->wallet), name) ||
	    !fm_wallet_name_ok(one->wallet))
		return bad(r, name, "this is no wallet name");
	memcpy(one->program, text + 5, strlen(text + 5) + 1);
	r->config->signer_count++;
	return FM_OK;
}

static enum fm_code read_wallets(struct reader *r, const struct fm_json *object)
{
	static const char *const names[] = { "signer", NULL };
	const struct fm_json *name = fm_json_first(object);

	r->config->signers = calloc(object->count + 1, sizeof(*r->config->signers));
	if (!r->config->signers)
		return fm_nomem(r->err);
	while (name) {
		const struct fm_json *value = fm_json_next(object, name);
		const struct fm_json *signer = fm_json_get(value, "signer");

		if (!fm_json_is(name, "note") && value->type != FM_JSON_OBJECT)
			return bad(r, value, "a wallet must be an object");
		if (value->type == FM_JSON_OBJECT && check_members(r, value, names))
			return FM_E_CONFIG;
		if (signer && read_signer(r, name, signer))
			return r->err->code;
		name = fm_json_next(object, value);
	}
	return FM_OK;
}

/* ---- the file ---- */

static enum fm_code read_root(struct reader *r, const struct fm_json *root)
{
	static const char *const names[] = { "version", "default", "networks",
					     "assets",	"wallets", NULL };
	const struct fm_json *version = fm_json_get(root, "version");
	const struct fm_json *preset, *networks, *assets, *wallets;
	uint64_t number = 1;

	if (root->type != FM_JSON_OBJECT)
		return bad(r, root, "the configuration must be an object");
	if (version && (!fm_json_u64(&number, version) || number != 1))
		return bad(r, version, "this program reads \"version\" 1");
	if (check_members(r, root, names) ||
	    member(&preset, r, root, "default", FM_JSON_OBJECT, "an object") ||
	    member(&networks, r, root, "networks", FM_JSON_OBJECT, "an object") ||
	    member(&assets, r, root, "assets", FM_JSON_ARRAY, "a list") ||
	    member(&wallets, r, root, "wallets", FM_JSON_OBJECT, "an object"))
		return FM_E_CONFIG;
	if (preset && read_default(r, preset))
		return r->err->code;
	if (networks && read_networks(r, networks))
		return r->err->code;
	if (assets && read_assets(r, assets))
		return r->err->code;
	return wallets ? read_wallets(r, wallets) : FM_OK;
}

enum fm_code config_parse(struct app *app, struct config *config, struct fm_err *err)
{
	struct reader r = { .file = app->paths.config_file,
			    .text = fm_buf_span(&config->text),
			    .app = app,
			    .config = config,
			    .err = err };
	enum fm_code rc = fm_json_parse(&config->root, r.text, false, err);

	if (rc == FM_E_NOMEM)
		return rc;
	if (rc) {
		char why[400];

		snprintf(why, sizeof(why), "%.399s", err->msg);
		return fm_fail(err, FM_E_CONFIG, "%s: %s", r.file, why);
	}
	return read_root(&r, config->root);
}
