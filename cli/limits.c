/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MOST 128

/* clang-format off */
const struct field limits_fields[] = {
	{ "rule", "Limit", FIELD_TEXT, "as the policy names it", NULL },
	{ "of", "Of", FIELD_TEXT, "payment, deposit or clearing", NULL },
	{ "per", "Per", FIELD_TEXT, "seller: it holds for each one, so no usage is shown; null: for all", NULL },
	{ "window_seconds", "Window", FIELD_DURATION, "length of its window; null: for ever", NULL },
	{ "allowed", "Allowed", FIELD_AMOUNT, "in the window; null: it limits the number only", NULL },
	{ "used", NULL, FIELD_AMOUNT, "of that", NULL },
	{ "left", "Left", FIELD_AMOUNT, "the rest", NULL },
	{ "allowed_count", "Times", FIELD_NUMBER, "in the window; null: it limits the amount only", NULL },
	{ "used_count", NULL, FIELD_NUMBER, "of these", NULL },
	{ "left_count", "Times left", FIELD_NUMBER, "the rest", NULL },
	{ 0 },
};
/* clang-format on */

/** Limits that were shown: one on the number of payments holds for all tokens together. */
struct shown {
	struct fm_check check[SHOWN_MOST];
	size_t count;
};

static const char *of_word(enum fm_money of)
{
	switch (of) {
	case FM_MONEY_PAYMENT:
		return "payment";
	case FM_MONEY_DEPOSIT:
		return "deposit";
	case FM_MONEY_CLEARING:
		return "clearing";
	}
	return NULL;
}

/** The key is the asset and then the scope. */
static bool per_seller(const struct fm_check *check)
{
	const char *scope = strchr(check->key, ' ');

	return scope && strncmp(scope + 1, "seller ", strlen("seller ")) == 0;
}

static bool is_new(struct shown *shown, const struct fm_check *check)
{
	for (size_t i = 0; i < shown->count; i++)
		if (strcmp(shown->check[i].rule, check->rule) == 0 &&
		    strcmp(shown->check[i].key, check->key) == 0)
			return false;
	if (shown->count < SHOWN_MOST)
		shown->check[shown->count++] = *check;
	return true;
}

static struct fm_u256 rest(const struct fm_check *c)
{
	struct fm_u256 left = FM_U256_ZERO;

	return fm_u256_sub(&left, &c->cap, &c->used) ? left : FM_U256_ZERO;
}

static void put_amounts(struct app *app, const struct fm_check *c,
			const struct fm_asset *asset)
{
	struct fm_u256 left = rest(c);
	struct fm_amount amount = fm_amount_of(&c->cap, asset);

	out_amount(app->out, "allowed", &amount);
	if (per_seller(c))
		return;
	amount = fm_amount_of(&c->used, asset);
	out_amount(app->out, "used", &amount);
	amount = fm_amount_of(&left, asset);
	out_amount(app->out, "left", &amount);
}

static void put_counts(struct app *app, const struct fm_check *c)
{
	out_number(app->out, "allowed_count", (int64_t)c->cap_count);
	if (per_seller(c))
		return;
	out_number(app->out, "used_count", (int64_t)c->used_count);
	out_number(app->out, "left_count",
		   c->used_count < c->cap_count ? (int64_t)(c->cap_count - c->used_count)
						: 0);
}

static void put_row(struct app *app, const struct fm_check *c,
		    const struct fm_asset *asset, enum fm_money of)
{
	out_row(app->out, "limits");
	out_text(app->out, "rule", c->rule);
	out_text(app->out, "of", of_word(of));
	out_text(app->out, "per", per_seller(c) ? "seller" : NULL);
	if (c->window_s)
		out_duration(app->out, "window_seconds", c->window_s);
	if (c->has_amount)
		put_amounts(app, c, asset);
	if (c->has_count)
		put_counts(app, c);
	out_end(app->out);
}

/** Nobody is asked to be paid: what is refused about that does not matter here. */
static enum fm_code report_asset(struct app *app, struct fm_ledger *ledger,
				 struct shown *shown, const struct fm_asset *asset,
				 enum fm_money of, struct fm_err *err)
{
	const struct fm_ask ask = { .of = of,
				    .chain_id = asset->chain_id,
				    .asset = asset,
				    .scheme = "4mica-credit",
				    .origin = "",
				    .route = "",
				    .task = app->task ? app->task : "" };
	struct fm_check checks[FM_CHECKS_MAX];
	struct fm_err refused;
	size_t count = 0;
	enum fm_code rc = FM_OK;

	fm_err_init(&refused);
	(void)fm_policy_judge(app->policy, &ask, checks, &count, &refused);
	if (ledger && count)
		rc = fm_ledger_usage(ledger, checks, count, err);
	for (size_t i = 0; !rc && i < count; i++)
		if (is_new(shown, &checks[i]))
			put_row(app, &checks[i], asset, of);
	return rc;
}

static enum fm_code report_kinds(struct app *app, struct fm_ledger *ledger,
				 struct shown *shown, const struct fm_asset *asset,
				 struct fm_err *err)
{
	static const enum fm_money kinds[] = { FM_MONEY_PAYMENT, FM_MONEY_DEPOSIT,
					       FM_MONEY_CLEARING };
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		rc = report_asset(app, ledger, shown, asset, kinds[i], err);
	return rc;
}

enum fm_code limits_report(struct app *app, struct fm_ledger *ledger, uint64_t chain_id,
			   struct fm_err *err)
{
	struct shown *shown = calloc(1, sizeof(*shown));
	size_t count;
	const struct fm_asset *known = fm_assets(&count);
	enum fm_code rc = FM_OK;

	if (!shown)
		return fm_nomem(err);
	/* The built-in table holds no token that a table of the user's repeats otherwise. */
	for (size_t i = 0; !rc && i < app->asset_count; i++)
		if (app->assets[i].chain_id == chain_id)
			rc = report_kinds(app, ledger, shown, &app->assets[i], err);
	for (size_t i = 0; !rc && i < count; i++)
		if (known[i].chain_id == chain_id &&
		    app_asset(app, chain_id, &known[i].address) == &known[i])
			rc = report_kinds(app, ledger, shown, &known[i], err);
	free(shown);
	return rc;
}
