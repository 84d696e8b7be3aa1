/* SPDX-License-Identifier: MIT */
#include "known.h"

#include "config.h"
#include "help.h"
#include "manual.h"
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct looking {
	struct candidates *c;
	struct app *app;
	enum known kind;
};

/* ---- wallets, networks, settings, help ---- */

static void add_wallets(struct looking *l, struct fm_err *err)
{
	struct fm_wallet *all = NULL;
	char address[FM_ADDR_TEXT];
	size_t count = 0;

	if (fm_store_list(&all, &count, &l->app->store, err))
		count = 0;
	for (size_t i = 0; i < count; i++) {
		fm_addr_text(address, &all[i].address);
		candidates_add(l->c, all[i].name, address, false);
	}
	free(all);
}

static void add_networks(struct looking *l)
{
	const struct fm_network *network;
	size_t count;
	const struct fm_network *known = fm_networks(&count);

	for (size_t i = 0; i < count; i++)
		candidates_add(l->c, known[i].name, known[i].title, false);
	for (size_t i = 0; (network = config_network(l->app, i)); i++)
		candidates_add(l->c, network->name, network->title, false);
}

static void add_setting(void *ctx, const struct setting *setting)
{
	struct looking *l = ctx;

	candidates_add(l->c, setting->key, NULL, false);
}

static void add_help(struct candidates *c)
{
	for (const struct cmd *const *cmd = commands; *cmd; cmd++)
		candidates_add(c, (*cmd)->name, (*cmd)->summary, false);
	for (const struct topic *t = topics; t->name; t++)
		candidates_add(c, t->name, t->summary, false);
	for (const struct manual *m = manuals; m->name; m++) {
		char word[MANUAL_WORD];

		manual_word(word, m);
		candidates_add(c, word, m->summary, false);
	}
}

/* ---- what the policy names ---- */

static void add_rule(void *ctx, const struct fm_policy_rule *rule)
{
	struct looking *l = ctx;
	char origin[FM_ORIGIN_MAX];
	size_t len = strcspn(rule->subject, " ");

	if (strncmp(rule->subject, "http", 4) == 0 && len < sizeof(origin)) {
		memcpy(origin, rule->subject, len);
		origin[len] = '\0';
		candidates_add(l->c, origin, "seller of the policy", true);
	}
}

/* What a limit is asked for by its name. */
static void add_limits(struct looking *l)
{
	static const enum fm_money kinds[] = { FM_MONEY_PAYMENT, FM_MONEY_DEPOSIT,
					       FM_MONEY_CLEARING };
	struct fm_check checks[FM_CHECKS_MAX];
	char rule[FM_RULE_MAX];
	struct fm_u256 most;
	size_t count, known_count;
	const struct fm_asset *known = fm_assets(&known_count);

	for (size_t a = 0; a < known_count; a++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			const struct fm_ask ask = { .of = kinds[k],
						    .chain_id = known[a].chain_id,
						    .asset = &known[a],
						    .scheme = "4mica-credit",
						    .origin = "",
						    .route = "",
						    .task = "",
						    .category = "" };

			fm_policy_checks(l->app->policy, &ask, checks, &count);
			for (size_t i = 0; i < count; i++)
				candidates_add(l->c, checks[i].rule, NULL, false);
			if (fm_policy_request(rule, &most, l->app->policy, &ask))
				candidates_add(l->c, rule, NULL, false);
		}
}

/* ---- what the ledger names ---- */

static void add_request(struct candidates *c, const struct fm_payment *p)
{
	char text[FM_U256_DEC];

	if (fm_u256_is_zero(&p->req_id))
		return;
	fm_u256_dec(text, &p->req_id);
	candidates_add(c, text, p->id, false);
}

static void add_cycle(struct candidates *c, const struct fm_payment *p)
{
	char text[sizeof(p->cycle_hint)];
	size_t len = strcspn(p->cycle_hint, "/");

	if (!len)
		return;
	memcpy(text, p->cycle_hint, len);
	text[len] = '\0';
	candidates_add(c, text, "cycle of a payment", false);
}

static bool add_payment(void *ctx, const struct fm_payment *p)
{
	struct looking *l = ctx;
	char help[FM_ORIGIN_MAX + 32];

	snprintf(help, sizeof(help), "%s %s", fm_pay_state_word(p->state), p->origin);
	switch (l->kind) {
	case KNOWN_SELLER:
		if (*p->origin)
			candidates_add(l->c, p->origin, "paid before", true);
		break;
	case KNOWN_TASK:
		if (*p->task)
			candidates_add(l->c, p->task, NULL, false);
		break;
	case KNOWN_PAYMENT:
		candidates_add(l->c, p->id, help, false);
		break;
	case KNOWN_REQUEST:
		add_request(l->c, p);
		break;
	case KNOWN_CYCLE:
		add_cycle(l->c, p);
		break;
	case KNOWN_NONE:
	case KNOWN_WALLET:
	case KNOWN_NETWORK:
	case KNOWN_LIMIT:
	case KNOWN_SETTING:
	case KNOWN_HELP:
		break;
	}
	return true;
}

static void add_from_ledger(struct looking *l, struct fm_err *err)
{
	const struct fm_ledger_options options = {
		.path = l->app->paths.ledger_file,
		.clock = &fm_system_clock,
		.rand = &fm_system_rand,
		.busy_ms = 200,
		.read_only = true,
	};
	struct fm_ledger *ledger = NULL;

	if (!fm_ledger_open(&ledger, &options, err) && ledger &&
	    fm_ledger_each(ledger, CANDIDATES_PAYMENTS, add_payment, l, err))
		fm_err_init(err);
	fm_ledger_close(&ledger);
}

/* ---- all of it ---- */

static void add_kind(struct looking *l, struct fm_err *err)
{
	switch (l->kind) {
	case KNOWN_WALLET:
		add_wallets(l, err);
		break;
	case KNOWN_NETWORK:
		add_networks(l);
		break;
	case KNOWN_SETTING:
		if (settings_each(l->app, add_setting, l, err))
			fm_err_init(err);
		break;
	case KNOWN_LIMIT:
		if (!app_load_policy(l->app, err))
			add_limits(l);
		break;
	case KNOWN_SELLER:
		if (!app_load_policy(l->app, err) &&
		    fm_policy_rules(l->app->policy, add_rule, l, err))
			fm_err_init(err);
		add_from_ledger(l, err);
		break;
	case KNOWN_TASK:
	case KNOWN_PAYMENT:
	case KNOWN_REQUEST:
	case KNOWN_CYCLE:
		add_from_ledger(l, err);
		break;
	case KNOWN_NONE:
	case KNOWN_HELP:
		break;
	}
}

void known_add(struct candidates *c, struct session *s, const struct globals *globals,
	       enum known kind)
{
	static const struct cmd finding = { .name = "complete", .needs = NEED_HOME };
	struct app app = { .out = NULL };
	struct looking l = { c, &app, kind };
	struct fm_err err;
	struct out *out;

	if (kind == KNOWN_HELP) {
		add_help(c);
		return;
	}
	fm_err_init(&err);
	out = out_new(&(struct out_options){ .quiet = true });
	if (!out)
		return;
	out_begin(out, &finding, "");
	/* What was found before something was wrong will do. */
	if (app_open(&app, &finding, globals, out, s, &err))
		fm_err_init(&err);
	if (app.paths.wallet_dir)
		add_kind(&l, &err);
	app_close(&app);
	out_free(&out);
}
