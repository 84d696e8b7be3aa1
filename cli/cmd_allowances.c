/* SPDX-License-Identifier: MIT */
/* `wallet allowances`: what contracts may take from the wallet. */
#include "move.h"

#include "config.h"

#include <stdlib.h>
#include <string.h>

struct revoke {
	const char *asset, *spender;
	struct move_args move;
};

/** Room for what may be many, and where they were read. */
struct found {
	struct fm_position position;
	struct fm_allowance list[FM_ALLOWANCES_MAX];
	size_t count;
};

static enum fm_code find(struct found *found, struct app *app, struct fm_err *err)
{
	const struct fm_network *network = app_network(app);
	enum fm_code rc =
		fm_position_read(&found->position, app->client, network->chain_id,
				 &app->wallet.address, FM_LOOK_CHAIN, err);

	return rc ? rc
		  : fm_allowances(found->list, &found->count, &found->position,
				  app->client,
				  config_clearing_house(app, network->chain_id), err);
}

static void put_row(struct app *app, const struct fm_allowance *a)
{
	struct fm_amount amount = fm_amount_of(&a->amount, &a->asset);

	out_row(app->out, "allowances");
	out_text(app->out, "asset", a->asset.symbol);
	out_text(app->out, "spender", a->who);
	out_address(app->out, "address", &a->spender);
	out_amount(app->out, "allowance", &amount);
	out_end(app->out);
}

/* ---- list ---- */

static enum fm_code list_run(struct app *app, const void *args, struct fm_err *err)
{
	struct found *found = calloc(1, sizeof(*found));
	char caip2[FM_CAIP2_TEXT];
	bool any = false;
	enum fm_code rc;

	(void)args;
	if (!found)
		return fm_nomem(err);
	rc = find(found, app, err);
	fm_caip2_text(caip2, app_network(app)->chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
	for (size_t i = 0; !rc && i < found->count; i++) {
		if (fm_u256_is_zero(&found->list[i].amount))
			continue;
		put_row(app, &found->list[i]);
		any = true;
	}
	if (!rc && !any)
		out_note(app->out, "Nothing: no contract asked about may take a token of "
				   "this wallet.");
	free(found);
	return rc;
}

/* ---- revoke ---- */

static enum fm_code choose(const struct fm_allowance **out, const struct found *found,
			   const struct revoke *args, struct fm_err *err)
{
	static const struct {
		const char *word, *who;
	} spenders[] = {
		{"vault",	   "vault"	   },
		{ "clearing-house", "clearing house"},
		{ "permit2",	     "Permit2"       },
	};
	const char *word = args->spender ? args->spender : spenders[0].word;
	const struct fm_holding *h;
	const char *who = spenders[0].who;
	enum fm_code rc =
		fm_position_asset(&h, NULL, &found->position, args->asset, NULL, err);

	for (size_t i = 0; i < sizeof(spenders) / sizeof(spenders[0]); i++)
		if (strcmp(spenders[i].word, word) == 0)
			who = spenders[i].who;
	*out = NULL;
	for (size_t i = 0; !rc && i < found->count; i++)
		if (fm_addr_equal(&found->list[i].asset.address, &h->asset.address) &&
		    strcmp(found->list[i].who, who) == 0)
			*out = &found->list[i];
	if (!rc && !*out)
		return fm_fail(err, FM_E_USAGE,
			       "there is no allowance of %.20s for the %s", args->asset,
			       word);
	return rc;
}

static enum fm_code revoke_run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct revoke *args = opaque;
	struct found *found = calloc(1, sizeof(*found));
	const struct fm_allowance *allowance = NULL;
	struct move move;
	enum fm_code rc;

	if (!found)
		return fm_nomem(err);
	rc = move_make(&move, app, &args->move, "revoke", err);
	move.position = &found->position;
	if (!rc)
		rc = find(found, app, err);
	if (!rc)
		rc = choose(&allowance, found, args, err);
	if (!rc && !fm_u256_is_zero(&allowance->amount)) {
		put_row(app, allowance);
		rc = fm_allowance_revoke(&move.moved, app->client, move.network->chain_id,
					 allowance, &move.options, err);
	} else if (!rc) {
		out_note(app->out, "It is zero already; nothing was sent.");
	}
	move_report(&move, rc);
	move_clear(&move);
	free(found);
	return rc;
}

/* ---- the table ---- */

/* clang-format off */
static const struct field row_fields[] = {
	{ "asset", "Asset", FIELD_TEXT, "the token's symbol", NULL },
	{ "spender", "Spender", FIELD_TEXT, "vault, clearing house or Permit2", NULL },
	{ "address", "Address", FIELD_ADDRESS, "its address", NULL },
	{ "allowance", "May take", FIELD_AMOUNT, "how much", NULL },
	{ 0 },
};

static const struct field list_fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },
	{ "allowances", "Allowances", FIELD_LIST, "those that are not zero", row_fields },
	{ 0 },
};

static const struct field revoke_fields[] = {
	MOVE_FIELDS,
	{ "allowances", "Allowances", FIELD_LIST, "the one that is revoked, as it was", row_fields },
	{ 0 },
};

static const struct param revoke_params[] = {
	ARG(struct revoke, asset, "ASSET", "symbol or address of the token"),
	OPTX(struct revoke, spender, "spender", 0, "WHO", "whose allowance (vault)",
	     .choices = "vault|clearing-house|permit2"),
	MOVE_PARAMS(struct revoke),
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica wallet allowances", "what contracts may take" },
	{ "fourmica wallet allowances revoke usdc", "the vault may take no USDC any more" },
	{ 0 },
};
/* clang-format on */

static const struct cmd list_cmd = {
	.name = "list",
	.summary = "show what contracts may take from the wallet",
	.fields = list_fields,
	.needs = NEED_WALLET | NEED_LEDGER | NEED_HTTP,
	.run = list_run,
};

static const struct cmd revoke_cmd = {
	.name = "revoke",
	.summary = "set an allowance to zero",
	.params = revoke_params,
	.size = sizeof(struct revoke),
	.fields = revoke_fields,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND,
	.run = revoke_run,
};

static const struct cmd *const subs[] = { &list_cmd, &revoke_cmd, NULL };

const struct cmd wallet_allowances_cmd = {
	.name = "allowances",
	.summary = "show and revoke what contracts may take from the wallet",
	.details =
		"A token's deposit needs an allowance: the vault takes what it was allowed. "
		"Allowances are authority that lasts until it is used or revoked. Those of "
		"the vault, of the clearing house (clearing_house in config.json) and of "
		"Permit2 are looked at, for every token the vault lists.",
	.subs = subs,
	.bare = "list",
	.examples = examples,
};
