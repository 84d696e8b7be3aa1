/* SPDX-License-Identifier: MIT */
/* Chains with their endpoints, and what is pinned of each: whose certificates are believed. */
#include "app.h"
#include "config.h"

#include <stdio.h>
#include <string.h>

#define QUESTION_MOST 4096
#define KEY_TEXT (2 * FM_BLS_KEY + 3)

struct networks {
	const char *name;
};

/* ---- which one ---- */

static enum fm_code choose(const struct fm_network **out, struct app *app,
			   const struct networks *args, struct fm_err *err)
{
	*out = app_network(app);
	return args->name ? config_find_network(out, app, args->name, err) : FM_OK;
}

/* ---- what is told of it ---- */

static void put_url(struct app *app, const char *field, const char *url, bool path)
{
	struct fm_buf text;

	fm_buf_init(&text, FM_TRUST_URL);
	if (url)
		fm_url_shown(&text, url, path);
	out_text(app->out, field, url && fm_buf_ok(&text) ? text.ptr : NULL);
	fm_buf_clear(&text);
}

static void put_head(struct app *app, const struct fm_network *network, bool pinned)
{
	const uint64_t chain_id = network->chain_id;
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	out_text(app->out, "name", network->name);
	out_text(app->out, "network", caip2);
	out_number(app->out, "chain_id", (int64_t)chain_id);
	out_bool(app->out, "test", network->test);
	out_text(app->out, "kind", network->test ? "test" : "MAINNET");
	out_bool(app->out, "default", network == app_network(app));
	out_bool(app->out, "pinned", pinned);
	put_url(app, "core", app_core_url(app, chain_id), true);
	put_url(app, "rpc", app_rpc_url(app, chain_id, 0), false);
}

static void put_key(struct app *app, const uint8_t key[static FM_BLS_KEY])
{
	char text[KEY_TEXT] = "0x";

	fm_hex_write(text + 2, key, FM_BLS_KEY);
	text[KEY_TEXT - 1] = '\0';
	out_text(app->out, "key", text);
}

static void put_versions(struct app *app, const struct fm_trust_version *version)
{
	for (int i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		out_row(app->out, "versions");
		out_number(app->out, "version", i + 1);
		out_bool(app->out, "enabled", version[i].enabled);
		if (version[i].has_domain)
			out_hash(app->out, "domain", &version[i].domain);
		out_end(app->out);
	}
}

static void put_earlier(struct app *app, const struct fm_trust_pin *pin)
{
	for (size_t i = 0; i < pin->earlier_count; i++) {
		const struct fm_trust_earlier *e = &pin->earlier[i];

		out_row(app->out, "earlier");
		put_key(app, e->key);
		out_address(app->out, "vault", &e->vault);
		if (e->version[0].has_domain)
			out_hash(app->out, "domain_v1", &e->version[0].domain);
		if (e->version[1].has_domain)
			out_hash(app->out, "domain_v2", &e->version[1].domain);
		out_time(app->out, "pinned_at", e->pinned_s);
		out_time(app->out, "replaced_at", e->replaced_s);
		out_end(app->out);
	}
}

static void put_pin(struct app *app, const struct fm_trust_pin *pin)
{
	const struct fm_trust_facts *facts = &pin->facts;
	struct out *o = app->out;

	out_address(o, "vault", &facts->vault);
	put_key(app, facts->key);
	put_versions(app, facts->version);
	out_text(o, "eip712_name", facts->domain.name);
	out_text(o, "eip712_version", facts->domain.version);
	for (size_t i = 0; i < facts->registry_count; i++) {
		out_row(o, "registries");
		out_address(o, "address", &facts->registries[i]);
		out_end(o);
	}
	out_when(o, "pinned_at", pin->pinned_s);
	out_text(o, "pinned_core", facts->core);
	out_text(o, "pinned_rpc", facts->rpc);
	put_earlier(app, pin);
}

/* Everything that is known of a network here and now, without asking anybody. */
static enum fm_code put_network(struct app *app, const struct fm_network *network,
				struct fm_err *err)
{
	const uint64_t chain_id = network->chain_id;
	const struct fm_addr *house = config_clearing_house(app, chain_id);
	struct fm_trust_pin pin;
	bool pinned = false;
	int64_t read_s = 0;
	enum fm_code rc = fm_trust_find(&pin, &pinned, app->client, chain_id, NULL, err);

	if (!rc)
		rc = fm_trust_params_read(&read_s, app->client, chain_id, err);
	put_head(app, network, pinned);
	out_text(app->out, "title", network->title);
	if (house)
		out_address(app->out, "clearing_house", house);
	for (size_t i = 1; app_rpc_url(app, chain_id, i); i++) {
		out_row(app->out, "rpc_more");
		put_url(app, "url", app_rpc_url(app, chain_id, i), false);
		out_end(app->out);
	}
	if (read_s)
		out_when(app->out, "params_read_at", read_s);
	if (pinned)
		put_pin(app, &pin);
	return rc;
}

/* ---- list ---- */

static enum fm_code put_row(struct app *app, const struct fm_network *network,
			    struct fm_err *err)
{
	struct fm_trust_pin pin;
	bool pinned = false;
	enum fm_code rc =
		fm_trust_find(&pin, &pinned, app->client, network->chain_id, NULL, err);

	out_row(app->out, "networks");
	put_head(app, network, pinned);
	out_end(app->out);
	return rc;
}

static bool is_configured(const struct app *app, uint64_t chain_id)
{
	const struct fm_network *network;

	for (size_t i = 0; (network = config_network(app, i)); i++)
		if (network->chain_id == chain_id)
			return true;
	return false;
}

static enum fm_code list_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct fm_network *network;
	size_t count;
	const struct fm_network *known = fm_networks(&count);
	enum fm_code rc = FM_OK;

	(void)args;
	for (size_t i = 0; !rc && (network = config_network(app, i)); i++)
		rc = put_row(app, network, err);
	for (size_t i = 0; !rc && i < count; i++)
		if (!is_configured(app, known[i].chain_id))
			rc = put_row(app, &known[i], err);
	return rc;
}

/* ---- show ---- */

static enum fm_code show_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct fm_network *network;
	enum fm_code rc = choose(&network, app, args, err);

	return rc ? rc : put_network(app, network, err);
}

/* ---- refresh ---- */

static void put_changes(struct app *app, const struct fm_trust_review *review)
{
	for (size_t i = 0; i < review->change_count; i++) {
		const struct fm_trust_change *c = &review->changes[i];

		out_row(app->out, "changes");
		out_text(app->out, "what", c->what);
		out_text(app->out, "before", c->before);
		out_text(app->out, "after", c->after);
		out_bool(app->out, "needs_word", c->needs_word);
		out_end(app->out);
	}
}

static enum fm_code ask_word(struct app *app, const struct fm_network *network,
			     const struct fm_trust_review *review, struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, QUESTION_MOST);
	fm_buf_fmt(&text,
		   "4Mica Core and the chain agree, and differ from what is pinned for "
		   "%s%s:\n",
		   network->name, network->test ? "" : " (MAINNET)");
	for (size_t i = 0; i < review->change_count; i++) {
		const struct fm_trust_change *c = &review->changes[i];

		fm_buf_fmt(&text, "  %s\n    was %s\n    now %s\n", c->what, c->before,
			   c->after);
	}
	fm_buf_str(&text,
		   "Accept only what the operator confirms in another way. Accept it?");
	rc = fm_buf_ok(&text) ? ask_yes(app, text.ptr, err) : fm_nomem(err);
	fm_buf_clear(&text);
	if (rc == FM_E_INPUT || rc == FM_E_DECLINED)
		fm_within(err, "%s changed", review->changes[0].what);
	return rc;
}

static const char *outcome(const struct fm_trust_review *review)
{
	if (!review->pinned)
		return "pinned";
	return review->change_count ? "changed" : "unchanged";
}

static enum fm_code refresh(struct app *app, const struct fm_network *network,
			    struct fm_err *err)
{
	struct fm_trust_review review;
	enum fm_code rc = fm_trust_review(&review, app->client, network->chain_id, err);

	if (rc)
		return rc;
	put_changes(app, &review);
	if (review.needs_word)
		rc = ask_word(app, network, &review, err);
	if (!rc && (!review.pinned || review.change_count))
		rc = fm_trust_accept(app->client, &review, err);
	out_text(app->out, "outcome", rc ? "refused" : outcome(&review));
	if (!rc)
		out_note(app->out, "4Mica Core and the chain agree; %s.",
			 !review.pinned	       ? "pinned with this first use"
			 : review.change_count ? "the change is taken over"
					       : "nothing has changed");
	return rc;
}

static enum fm_code refresh_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct fm_network *network;
	struct fm_err ignored;
	enum fm_code rc = choose(&network, app, args, err);

	if (rc)
		return rc;
	rc = refresh(app, network, err);
	/* What holds now, whether or not that was changed. */
	fm_err_init(&ignored);
	return put_network(app, network, rc ? &ignored : err) && !rc ? err->code : rc;
}

/* ---- the table ---- */

/* clang-format off */
#define HEAD_FIELDS                                                                            \
	{ "name", "Network", FIELD_TEXT, "its name here", NULL },                              \
	{ "network", "CAIP-2", FIELD_TEXT, "its name in offers: eip155 and the chain id",      \
	  NULL },                                                                              \
	{ "chain_id", NULL, FIELD_NUMBER, "the chain id", NULL },                              \
	{ "test", NULL, FIELD_BOOL, "whether tokens there hold no value", NULL },              \
	{ "kind", "Kind", FIELD_TEXT, "test or MAINNET", NULL },                               \
	{ "default", "Default", FIELD_BOOL, "whether commands use it when none is named",      \
	  NULL },                                                                              \
	{ "pinned", "Pinned", FIELD_BOOL, "whether a certificate key is pinned for it", NULL }, \
	{ "core", "4Mica Core", FIELD_TEXT, "base URL; null: no 4Mica there", NULL },          \
	{ "rpc", "RPC", FIELD_TEXT,                                                            \
	  "endpoint of the chain that is asked first; what may be a key in it is left out",    \
	  NULL }

static const struct field row_fields[] = { HEAD_FIELDS, { 0 } };

static const struct field list_fields[] = {
	{ "networks", "Networks", FIELD_LIST, "those of config.json, then the built-in ones",
	  row_fields },
	{ 0 },
};

static const struct field url_fields[] = {
	{ "url", "URL", FIELD_TEXT, "endpoint, without what may be a key in it", NULL },
	{ 0 },
};

static const struct field version_fields[] = {
	{ "version", "Version", FIELD_NUMBER, "of guarantees", NULL },
	{ "enabled", "Enabled", FIELD_BOOL, "whether the vault takes it", NULL },
	{ "domain", "Domain", FIELD_HASH, "domain separator of its certificates", NULL },
	{ 0 },
};

static const struct field registry_fields[] = {
	{ "address", "Registry", FIELD_ADDRESS, "trusted for validated guarantees", NULL },
	{ 0 },
};

static const struct field earlier_fields[] = {
	{ "key", "Key", FIELD_TEXT, "for verify-cert --key", NULL },
	{ "vault", "Vault", FIELD_ADDRESS, "its vault", NULL },
	{ "domain_v1", NULL, FIELD_HASH, "domain separator of version 1", NULL },
	{ "domain_v2", NULL, FIELD_HASH, "domain separator of version 2", NULL },
	{ "pinned_at", "Pinned at", FIELD_TIME, "when it was pinned", NULL },
	{ "replaced_at", "Replaced at", FIELD_TIME, "when another took its place", NULL },
	{ 0 },
};

static const struct field change_fields[] = {
	{ "what", "What", FIELD_TEXT,
	  "vault, key, domain_v1, enabled_v1, domain_v2, enabled_v2, eip712, registries",
	  NULL },
	{ "before", "Before", FIELD_TEXT, "as pinned", NULL },
	{ "after", "After", FIELD_TEXT, "as Core and the chain say now", NULL },
	{ "needs_word", NULL, FIELD_BOOL, "whether a person has to accept it", NULL },
	{ 0 },
};

#define NETWORK_FIELDS                                                                         \
	HEAD_FIELDS,                                                                           \
	{ "title", NULL, FIELD_TEXT, "its name in full", NULL },                               \
	{ "rpc_more", "Further RPC", FIELD_LIST, "endpoints asked when the first is down",     \
	  url_fields },                                                                        \
	{ "clearing_house", "Clearing house", FIELD_ADDRESS,                                   \
	  "contract that nets the obligations, as config.json has it", NULL },                 \
	{ "params_read_at", "Parameters read", FIELD_TIME,                                     \
	  "when Core's public parameters were last read", NULL },                              \
	{ "pinned_at", "Pinned at", FIELD_TIME, "when key, domains and vault were pinned",     \
	  NULL },                                                                              \
	{ "pinned_core", "Core then", FIELD_TEXT, "the Core that said so", NULL },             \
	{ "pinned_rpc", "RPC then", FIELD_TEXT, "the endpoint of the chain that agreed", NULL }, \
	{ "vault", "Vault", FIELD_ADDRESS, "the Core4Mica contract", NULL },                   \
	{ "key", "Key", FIELD_TEXT, "BLS key of its certificates", NULL },                     \
	{ "eip712_name", "EIP-712 name", FIELD_TEXT, "domain guarantees are signed under",     \
	  NULL },                                                                              \
	{ "eip712_version", "EIP-712 version", FIELD_TEXT, "version of that domain", NULL },   \
	{ "versions", "Guarantees", FIELD_LIST, "what the vault says of each version",         \
	  version_fields },                                                                    \
	{ "registries", "Registries", FIELD_LIST, "those Core trusts", registry_fields },      \
	{ "earlier", "Earlier keys", FIELD_LIST, "pins that were replaced, newest first",      \
	  earlier_fields }

static const struct field show_fields[] = { NETWORK_FIELDS, { 0 } };

static const struct field refresh_fields[] = {
	{ "outcome", "Outcome", FIELD_TEXT, "pinned, changed, unchanged or refused", NULL },
	{ "changes", "Changes", FIELD_LIST, "how Core and the chain differ from the pin",
	  change_fields },
	NETWORK_FIELDS,
	{ 0 },
};

static const struct param name_params[] = {
	ARGX(struct networks, name, "NAME",
		     "which one; without it that of --network, else the default", .known = KNOWN_NETWORK),
	{ 0 },
};

static const struct example show_examples[] = {
	{ "fourmica networks show base-sepolia", "whose certificates are believed there" },
	{ "fourmica networks show --json | jq -r .data.key", "the key for verify-cert --key" },
	{ 0 },
};

static const struct example refresh_examples[] = {
	{ "fourmica networks refresh base-sepolia", "pin before the first payment" },
	{ "fourmica networks refresh base-sepolia --rpc http://127.0.0.1:8545",
	  "with a node of one's own" },
	{ 0 },
};
/* clang-format on */

static const struct cmd networks_list_cmd = {
	.name = "list",
	.summary = "list the networks that are known",
	.fields = list_fields,
	.needs = NEED_LEDGER,
	.run = list_run,
};

static const struct cmd networks_show_cmd = {
	.name = "show",
	.summary = "show what is known and pinned of a network; asks nobody",
	.params = name_params,
	.size = sizeof(struct networks),
	.fields = show_fields,
	.examples = show_examples,
	.needs = NEED_LEDGER,
	.run = show_run,
};

static const struct cmd networks_refresh_cmd = {
	.name = "refresh",
	.summary = "ask Core and the chain; pin, or accept a change",
	.details =
		"Asks 4Mica Core for its public parameters and the vault on chain for its key "
		"and domains. Both must say the same; then it is pinned, if nothing was pinned "
		"yet. A difference from what is pinned is shown and taken over only after it "
		"was confirmed, at the terminal or with --yes: confirm with the operator in "
		"another way first. New signing parameters and registries of Core need no "
		"confirmation.\n\n"
		"Payments do the same with their first use of a network. The chain is asked at "
		"--rpc, FOURMICA_RPC_URL, the endpoints of config.json in their order, or the "
		"built-in one; never at an endpoint Core names, because that would be Core's "
		"word again.",
	.params = name_params,
	.size = sizeof(struct networks),
	.fields = refresh_fields,
	.examples = refresh_examples,
	.needs = NEED_LEDGER | NEED_HTTP,
	.run = refresh_run,
};

static const struct cmd *const subs[] = {
	&networks_list_cmd,
	&networks_show_cmd,
	&networks_refresh_cmd,
	NULL,
};

const struct cmd cmd_networks = {
	.name = "networks",
	.summary = "show networks and the keys pinned for them",
	.details =
		"A certificate is believed only under a key that was pinned. The key, the "
		"vault and the domains of a network are pinned with their first use, after "
		"4Mica Core and the chain agreed on them; a later change stops payments until "
		"it is accepted with networks refresh.",
	.subs = subs,
	.bare = "list",
};
