/* SPDX-License-Identifier: MIT */
/* Sellers put into the policy, and taken out of it. */
#include "accepted.h"
#include "app.h"
#include "args.h"
#include "config.h"
#include "edit.h"
#include "policy_accept.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

struct policy_trust {
	const char *origin;
	struct opt_addr address;
};

struct policy_untrust {
	const char *origin;
	bool block;
};

/* What is to be changed about whom. */
struct change {
	struct app *app;
	char origin[FM_ORIGIN_MAX];
	char address[FM_ADDR_TEXT];
	char caip2[FM_CAIP2_TEXT]; /* "": on every network */
	bool block;
};

/* ---- who ---- */

/* A URL of the seller says it, too, as long as it names no path: the policy has single paths under
 * 'routes'. */
static enum fm_code read_origin(char out[static FM_ORIGIN_MAX], const char *text,
				struct fm_err *err)
{
	struct fm_buf origin, shown;
	struct fm_url url;
	bool ok;

	fm_buf_init(&origin, FM_ORIGIN_MAX - 1);
	ok = fm_url_parse(&url, fm_span_of(text)) && fm_span_is(url.path, "/") &&
	     !strpbrk(text, "?#@") && fm_url_origin(&origin, &url);
	if (ok)
		memcpy(out, origin.ptr, origin.len + 1);
	fm_buf_clear(&origin);
	if (ok)
		return FM_OK;
	fm_fail(err, FM_E_USAGE,
		"'%s' is no seller: scheme, host, and port if it has one",
		args_shown(&shown, text));
	fm_buf_clear(&shown);
	return fm_hint(err, "for example https://api.example.com");
}

/* ---- trust ---- */

static const struct fm_json *seller_in(const struct fm_json *root, const char *origin)
{
	return fm_json_get(fm_json_get(root, "sellers"), origin);
}

static bool lists(const struct fm_json *list, const char *address)
{
	struct fm_addr want, have;
	char text[64];

	if (!fm_addr_parse(&want, NULL, fm_span_of(address)))
		return false;
	for (const struct fm_json *n = fm_json_first(list); n; n = fm_json_next(list, n))
		if (fm_json_cstr(text, sizeof(text), n) &&
		    fm_addr_parse(&have, NULL, fm_span_of(text)) &&
		    fm_addr_equal(&want, &have))
			return true;
	return false;
}

/* The list of the network, under whichever name it has there. */
static const struct fm_json *of_network(const struct fm_json *object, const char *caip2)
{
	const struct fm_network *network;
	uint64_t want = 0, chain;
	char text[64];

	if (!fm_network_chain(&want, fm_span_of(caip2)))
		return NULL;
	for (const struct fm_json *n = fm_json_first(object); n;
	     n = fm_json_next(object, n + 1)) {
		if (!fm_json_cstr(text, sizeof(text), n))
			continue;
		network = fm_network_by_name(fm_span_of(text));
		if (network ? network->chain_id == want
			    : fm_network_chain(&chain, fm_span_of(text)) && chain == want)
			return n + 1;
	}
	return NULL;
}

static enum fm_code wrong_form(const struct change *c, const char *why, const char *hint,
			       struct fm_err *err)
{
	fm_fail(err, FM_E_USAGE, "'pay_to' of %s %s", c->origin, why);
	return fm_hint(err, "%s", hint);
}

/* Where in the file there is something already. */
static enum fm_code put_payee(const struct change *c, struct fm_buf *out,
			      struct fm_span old, const struct fm_json *root,
			      struct fm_err *err)
{
	const struct fm_json *pay_to = fm_json_get(seller_in(root, c->origin), "pay_to");
	const struct fm_json *list = pay_to;
	const char *path[] = { "sellers", c->origin, "pay_to", NULL, NULL };
	char quoted[FM_ADDR_TEXT + 2], whole[FM_ADDR_TEXT + 4];

	snprintf(quoted, sizeof(quoted), "\"%s\"", c->address);
	snprintf(whole, sizeof(whole), "[%s]", quoted);
	if (pay_to && pay_to->type == FM_JSON_OBJECT && !*c->caip2)
		return wrong_form(c, "has addresses by network",
				  "say which: --network NAME", err);
	if (pay_to && pay_to->type == FM_JSON_ARRAY && *c->caip2)
		return wrong_form(
			c, "holds on every network",
			"leave --network out, or give it a list for each network "
			"in the file",
			err);
	if (*c->caip2) {
		path[3] = c->caip2;
		list = of_network(pay_to, c->caip2);
	}
	if (list && lists(list, c->address))
		fm_buf_add(out, old.ptr, old.len);
	else if (list)
		edit_append(out, old, list, quoted);
	else if (!edit_member(out, old, root, path, whole))
		return fm_fail(err, FM_E_CONFIG,
			       "%s: not an object where a seller belongs",
			       c->app->paths.policy_file);
	return FM_OK;
}

/* Without a file the built-in rules hold: they are what it begins with. */
static enum fm_code trust_seller(void *ctx, struct fm_buf *out, struct fm_span old,
				 const struct fm_json *root, struct fm_err *err)
{
	struct fm_json *made = NULL;
	enum fm_code rc = FM_OK;

	if (!root) {
		old = fm_span_of(fm_policy_builtin_text());
		rc = fm_json_parse(&made, old, false, err);
		root = made;
	}
	if (!rc)
		rc = put_payee(ctx, out, old, root, err);
	fm_json_free(&made);
	return rc;
}

static enum fm_code read_new(void *ctx, struct fm_span text, struct fm_err *err)
{
	const struct change *c = ctx;
	struct fm_policy *policy = NULL;
	enum fm_code rc = fm_policy_parse(&policy, text, c->app->paths.policy_file, err);

	fm_policy_free(&policy);
	return rc;
}

static enum fm_code write_policy(struct change *c,
				 enum fm_code (*change)(void *, struct fm_buf *,
							struct fm_span,
							const struct fm_json *,
							struct fm_err *),
				 struct fm_err *err)
{
	const struct edit edit = { .file = c->app->paths.policy_file,
				   .most = FM_POLICY_MAX,
				   .change = change,
				   .check = read_new,
				   .ctx = c };
	struct fm_hash before, after;
	enum fm_code rc;

	fm_policy_hash(&before, c->app->policy);
	rc = edit_file(&edit, err);
	if (rc)
		return rc;
	fm_policy_free(&c->app->policy);
	rc = app_load_policy(c->app, err);
	if (rc)
		return rc;
	fm_policy_hash(&after, c->app->policy);
	out_bool(c->app->out, "changed", !fm_hash_equal(&before, &after));
	out_hash(c->app->out, "hash", &after);
	out_text(c->app->out, "file", c->app->paths.policy_file);
	return FM_OK;
}

/* ---- what a person should know first ---- */

static enum fm_code check_blocked(const struct change *c, struct fm_err *err)
{
	if (!fm_policy_blocks(c->app->policy, c->origin))
		return FM_OK;
	fm_fail(err, FM_E_BLOCKED, "%s is on the policy's 'blocked' list", c->origin);
	fm_rule(err, "blocked");
	return fm_hint(err, "to trust it, take it off 'blocked' in the policy first");
}

static enum fm_code warn_resembles(const struct change *c, struct fm_err *err)
{
	char like[FM_ORIGIN_MAX] = "";
	struct fm_ledger *ledger = NULL;
	enum fm_code rc = fm_client_ledger(&ledger, c->app->client, false, err);

	if (!rc && !fm_policy_resembles(like, c->app->policy, c->origin) && ledger)
		rc = fm_ledger_resembles(like, ledger, c->origin, err);
	if (!rc && *like)
		out_warn(c->app->out,
			 "%s is not %s, a known seller, but its name looks like it",
			 c->origin, like);
	return rc;
}

/* The passphrase, asked for now. Whoever has no wallet has accepted nothing yet. */
static enum fm_code ask_owner(const struct change *c, struct fm_secret **pass,
			      struct fm_err *err)
{
	char question[FM_ORIGIN_MAX + FM_ADDR_TEXT + 40];

	snprintf(question, sizeof(question), "Let %s be paid at %s?", c->origin,
		 c->address);
	if (!c->app->wallet.name[0] || c->app->wallet.watch)
		return ask_yes(c->app, question, err);
	return app_owner(c->app, pass, question, err);
}

/* Only what this run added is accepted by its passphrase: not what somebody else put into the file
 * before. */
static enum fm_code accept(const struct change *c, const struct fm_secret *pass,
			   bool looser_before, struct fm_err *err)
{
	struct app *app = c->app;
	bool bound = app->wallet.spending.bound;
	enum fm_code rc = FM_OK;

	if (bound && !looser_before)
		rc = policy_accept_rules(app, pass, err);
	if (bound && !rc)
		out_bool(app->out, "accepted", !looser_before);
	if (bound && looser_before)
		out_warn(app->out,
			 "the policy allowed more than was accepted before this change; "
			 "nothing is paid until fourmica policy accept");
	return rc;
}

static enum fm_code trust_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct policy_trust *args = values;
	const char *network = app->given.network;
	struct change c = { .app = app };
	struct fm_secret *pass = NULL;
	bool looser = app->looser.code != FM_OK;
	enum fm_code rc = read_origin(c.origin, args->origin, err);

	if (!rc)
		rc = check_blocked(&c, err);
	if (!rc)
		rc = warn_resembles(&c, err);
	if (rc)
		return rc;
	fm_addr_text(c.address, &args->address.addr);
	if (network)
		fm_caip2_text(c.caip2, app->network->chain_id);
	out_text(app->out, "seller", c.origin);
	out_address(app->out, "pay_to", &args->address.addr);
	out_text(app->out, "network", network ? c.caip2 : NULL);
	if (app->opt.dry_run)
		return FM_OK;
	rc = ask_owner(&c, &pass, err);
	if (!rc)
		rc = write_policy(&c, trust_seller, err);
	if (!rc)
		rc = accept(&c, pass, looser, err);
	fm_secret_free(&pass);
	return rc;
}

/* ---- untrust ---- */

static const struct fm_json *name_of(const struct fm_json *object, const char *name)
{
	const struct fm_json *value = fm_json_get(object, name);

	return value ? value - 1 : NULL;
}

static void block(const struct change *c, struct fm_buf *out, struct fm_span old,
		  const struct fm_json *root)
{
	static const char *const path[] = { "blocked", NULL };
	const struct fm_json *list = fm_json_get(root, "blocked");
	char quoted[FM_ORIGIN_MAX + 2], whole[FM_ORIGIN_MAX + 4];

	/* An origin has no character that JSON would escape. */
	snprintf(quoted, sizeof(quoted), "\"%s\"", c->origin);
	snprintf(whole, sizeof(whole), "[%s]", quoted);
	if (list)
		edit_append(out, old, list, quoted);
	else
		(void)edit_member(out, old, root, path, whole);
}

static enum fm_code untrust_seller(void *ctx, struct fm_buf *out, struct fm_span old,
				   const struct fm_json *root, struct fm_err *err)
{
	const struct change *c = ctx;
	const struct fm_json *sellers = fm_json_get(root, "sellers");
	const struct fm_json *name = name_of(sellers, c->origin);
	bool blocked = fm_policy_blocks(c->app->policy, c->origin);
	struct fm_json *left = NULL;
	struct fm_buf without;
	enum fm_code rc = FM_OK;

	fm_buf_init(&without, FM_POLICY_MAX);
	if (name)
		edit_remove(&without, old, sellers, name);
	else
		fm_buf_add(&without, old.ptr, old.len);
	if (!fm_buf_ok(&without))
		return fm_nomem(err);
	if (c->block && !blocked)
		rc = fm_json_parse(&left, fm_buf_span(&without), false, err);
	if (!rc && left)
		block(c, out, fm_buf_span(&without), left);
	else if (!rc)
		fm_buf_add(out, without.ptr, without.len);
	fm_json_free(&left);
	fm_buf_clear(&without);
	return rc;
}

static enum fm_code not_there(const struct change *c, struct fm_err *err)
{
	if (fm_policy_is_builtin(c->app->policy)) {
		fm_fail(err, FM_E_USAGE, "there is no %s, so it names no seller",
			c->app->paths.policy_file);
		return fm_hint(err, "fourmica policy trust makes one");
	}
	fm_fail(err, FM_E_USAGE, "%s is not in 'sellers' of the policy", c->origin);
	return fm_hint(err, "to refuse it from now on, add --block");
}

static enum fm_code untrust_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct policy_untrust *args = values;
	struct change c = { .app = app, .block = args->block };
	bool builtin = fm_policy_is_builtin(app->policy);
	enum fm_code rc = read_origin(c.origin, args->origin, err);

	if (rc)
		return rc;
	if (builtin || (!fm_policy_names(app->policy, c.origin) && !args->block))
		return not_there(&c, err);
	out_text(app->out, "seller", c.origin);
	out_bool(app->out, "blocked", args->block);
	if (app->opt.dry_run)
		return FM_OK;
	rc = write_policy(&c, untrust_seller, err);
	if (rc)
		return rc;
	accepted_compare(app);
	if (app->wallet.spending.bound)
		out_bool(app->out, "accepted", !app->looser.code);
	if (app->looser.code)
		out_warn(app->out, "%s; nothing is paid until fourmica policy accept",
			 app->looser.msg);
	return FM_OK;
}

/* ---- the table ---- */

/* clang-format off */
#define FILE_FIELDS                                                                             \
	{ "changed", "Changed", FIELD_BOOL,                                                     \
	  "whether the file says anything new; null: a dry run", NULL },                        \
	{ "file", "File", FIELD_TEXT, "the policy; null: a dry run", NULL },                    \
	{ "hash", NULL, FIELD_HASH, "SHA-256 of it now; null: a dry run", NULL },               \
	{ "accepted", "Accepted", FIELD_BOOL,                                                   \
	  "whether the selected wallet may pay under it; null: it has not paid yet", NULL }

static const struct field trust_fields[] = {
	{ "seller", "Seller", FIELD_TEXT, "its origin", NULL },
	{ "pay_to", "Pay to", FIELD_ADDRESS, "where it may be paid", NULL },
	{ "network", "Network", FIELD_TEXT, "and on which network; null: on all", NULL },
	FILE_FIELDS,
	{ 0 },
};

static const struct field untrust_fields[] = {
	{ "seller", "Seller", FIELD_TEXT, "its origin", NULL },
	{ "blocked", "Blocked", FIELD_BOOL, "whether it is on the list of those that are refused", NULL },
	FILE_FIELDS,
	{ 0 },
};

static const struct param trust_params[] = {
	ARGX(struct policy_trust, origin, "ORIGIN", "the seller: scheme, host, port", .traits = PARAM_REQUIRED, .known = KNOWN_SELLER),
	ARG(struct policy_trust, address, "ADDRESS", "where it is to be paid"),
	{ 0 },
};

static const struct param untrust_params[] = {
	ARGX(struct policy_untrust, origin, "ORIGIN", "the seller: scheme, host, port", .traits = PARAM_REQUIRED, .known = KNOWN_SELLER),
	OPT(struct policy_untrust, block, "block", 0, NULL, "and refuse to pay it from now on"),
	{ 0 },
};

static const struct example trust_examples[] = {
	{ "fourmica policy trust https://api.example.com 0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
	  "after the seller told its address in another way" },
	{ 0 },
};

static const struct example untrust_examples[] = {
	{ "fourmica policy untrust https://api.example.com --block", "no more business with it" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_policy_trust = {
	.name = "trust",
	.summary = "let a seller be paid at an address",
	.details =
		"Adds the address to what policy.json says of the seller, and leaves every other "
		"byte of the file as it was. Without a file one is made, from the built-in rules. "
		"With --network the address is for that network alone.\n\n"
		"That allows more, so the wallet's passphrase itself is asked for, whatever is "
		"unlocked, and accepts the policy for the selected wallet; other wallets need "
		"policy accept. If the file allowed more than was accepted already, that is not "
		"accepted by the way.",
	.params = trust_params,
	.size = sizeof(struct policy_trust),
	.fields = trust_fields,
	.examples = trust_examples,
	.see = "fourmica-policy 5",
	.needs = NEED_POLICY | NEED_LEDGER | WALLET_IF_ANY | MAY_SPEND,
	.run = trust_run,
};

const struct cmd cmd_policy_untrust = {
	.name = "untrust",
	.summary = "take a seller out of the policy",
	.details =
		"Removes what policy.json says of the seller, and leaves every other byte of the "
		"file as it was. Whether it can be paid without that is for 'new_sellers' to say, "
		"and its own limits go, too; --block refuses it for good. If the policy allows more "
		"by that, nothing is paid until policy accept.",
	.params = untrust_params,
	.size = sizeof(struct policy_untrust),
	.fields = untrust_fields,
	.examples = untrust_examples,
	.see = "fourmica-policy 5",
	.needs = NEED_POLICY | WALLET_IF_ANY | MAY_SPEND,
	.run = untrust_run,
};
