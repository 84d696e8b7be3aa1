/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MOST 512
#define SCOPES_MOST 20	/* of a kind */
#define ANY_NAME "\x01" /* no task or category is called that */

/* clang-format off */
const struct field limits_fields[] = {
	{ "rule", "Limit", FIELD_TEXT, "as the policy names it", NULL },
	{ "of", "Of", FIELD_TEXT, "payment, deposit or clearing", NULL },
	{ "per", "Per", FIELD_TEXT,
	  "seller, route, task, category or wallet it counts apart; request: it is for each by itself; "
	  "null: all together", NULL },
	{ "scope", "For", FIELD_TEXT, "which of them; null: it holds for each, so no usage is shown", NULL },
	{ "window_seconds", "Window", FIELD_DURATION, "length of its window; null: for ever", NULL },
	{ "allowed", "Allowed", FIELD_AMOUNT, "in the window; null: it limits the number only", NULL },
	{ "used", NULL, FIELD_AMOUNT, "of that", NULL },
	{ "left", "Left", FIELD_AMOUNT, "the rest", NULL },
	{ "allowed_count", "Times", FIELD_NUMBER, "in the window; null: it limits the amount only", NULL },
	{ "used_count", NULL, FIELD_NUMBER, "of these", NULL },
	{ "left_count", "Times left", FIELD_NUMBER, "the rest", NULL },
	{ "used_percent", "Used", FIELD_GAUGE,
	  "share of the amount, or of the number where that is larger; 999: that or more", NULL },
	{ "frees_at", "More from", FIELD_TIME,
	  "when the oldest that counts leaves the window; null: nothing counts, or it never does", NULL },
	{ 0 },
};
/* clang-format on */

/** A list under way. Limits that were shown: one on the number of payments holds for all tokens
 *  together, and most hold for all sellers. */
struct listing {
	struct app *app;
	struct fm_ledger *ledger;
	uint64_t chain_id;
	struct fm_ask ask; /**< what the limits are asked for; asset and kind change */
	bool used_only, warns, requests;
	const char *only_scope; /**< NULL: every one */
	struct fm_err *err;
	enum fm_code rc;
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
static const char *scope_of(const struct fm_check *check)
{
	const char *space = strchr(check->key, ' ');

	return space ? space + 1 : "";
}

/** "seller https://..." -> "seller"; "": it is for everything. */
static void per_word(char out[static 16], const char *scope)
{
	const char *space = strchr(scope, ' ');

	snprintf(out, 16, "%.*s", space ? (int)(space - scope) : 0, scope);
}

/** Asked for nobody in particular. */
static bool is_for_each(const struct fm_check *check)
{
	const char *scope = scope_of(check);

	return strcmp(scope, "seller 0x0000000000000000000000000000000000000000") == 0 ||
	       strcmp(scope, "wallet 0x0000000000000000000000000000000000000000") == 0 ||
	       strstr(scope, " " ANY_NAME) != NULL;
}

static bool is_new(struct listing *l, const struct fm_check *check)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->check[i].rule, check->rule) == 0 &&
		    strcmp(l->check[i].key, check->key) == 0)
			return false;
	if (l->count < SHOWN_MOST)
		l->check[l->count++] = *check;
	return true;
}

static struct fm_u256 rest(const struct fm_check *c)
{
	struct fm_u256 left = FM_U256_ZERO;

	return fm_u256_sub(&left, &c->cap, &c->used) ? left : FM_U256_ZERO;
}

/* ---- how much of it ---- */

int limits_percent(const struct fm_check *check, const struct fm_u256 *more,
		   unsigned more_count)
{
	struct fm_u256 used, times = fm_u256_from_u64(check->used_count + more_count),
			     most = fm_u256_from_u64(check->cap_count);
	int of_amount = -1, of_count = -1;

	if (!fm_u256_add(&used, &check->used, more))
		memset(&used, 0xff, sizeof(used));
	if (check->has_amount)
		of_amount = gauge_percent(&used, &check->cap);
	if (check->has_count)
		of_count = gauge_percent(&times, &most);
	return of_amount > of_count ? of_amount : of_count;
}

static void put_gauge(struct out *o, const struct fm_check *c)
{
	struct fm_u256 times = fm_u256_from_u64(c->used_count),
		       most = fm_u256_from_u64(c->cap_count);

	if (c->has_amount && (!c->has_count || gauge_percent(&c->used, &c->cap) >=
						       gauge_percent(&times, &most)))
		out_gauge(o, "used_percent", &c->used, &c->cap);
	else if (c->has_count)
		out_gauge(o, "used_percent", &times, &most);
}

void limits_warn(struct out *o, const struct fm_check *check,
		 const struct fm_asset *asset, const struct fm_u256 *more,
		 unsigned more_count)
{
	char used[FM_AMOUNT_TEXT] = "", cap[FM_AMOUNT_TEXT] = "";
	int percent = limits_percent(check, more, more_count);
	struct fm_amount amount;
	struct fm_u256 sum;

	if (percent < LIMITS_WARN)
		return;
	if (!check->has_amount || !fm_u256_add(&sum, &check->used, more)) {
		out_warn(o, "limit '%s' is used to %d %%: %llu of %llu", check->rule,
			 percent, (unsigned long long)check->used_count + more_count,
			 (unsigned long long)check->cap_count);
		return;
	}
	amount = fm_amount_of(&sum, asset);
	fm_amount_text(used, &amount);
	amount = fm_amount_of(&check->cap, asset);
	fm_amount_text(cap, &amount);
	out_warn(o, "limit '%s' is used to %d %%: %s of %s", check->rule, percent, used,
		 cap);
}

/* ---- a row ---- */

static void put_amounts(struct out *o, const struct fm_check *c,
			const struct fm_asset *asset)
{
	struct fm_u256 left = rest(c);
	struct fm_amount amount = fm_amount_of(&c->cap, asset);

	out_amount(o, "allowed", &amount);
	if (is_for_each(c))
		return;
	amount = fm_amount_of(&c->used, asset);
	out_amount(o, "used", &amount);
	amount = fm_amount_of(&left, asset);
	out_amount(o, "left", &amount);
}

static void put_counts(struct out *o, const struct fm_check *c)
{
	out_number(o, "allowed_count", (int64_t)c->cap_count);
	if (is_for_each(c))
		return;
	out_number(o, "used_count", (int64_t)c->used_count);
	out_number(o, "left_count",
		   c->used_count < c->cap_count ? (int64_t)(c->cap_count - c->used_count)
						: 0);
}

static void put_frees(struct listing *l, const struct fm_check *c)
{
	int64_t at_ms;
	bool some = false;

	if (!l->ledger || is_for_each(c))
		return;
	l->rc = fm_ledger_frees(&at_ms, &some, l->ledger, c, l->err);
	if (!l->rc && some)
		out_when(l->app->out, "frees_at", at_ms / 1000);
}

static void put_row(struct listing *l, const struct fm_check *c,
		    const struct fm_asset *asset)
{
	struct out *o = l->app->out;
	const char *scope = scope_of(c);
	char per[16];

	per_word(per, scope);
	out_row(o, "limits");
	out_text(o, "rule", c->rule);
	out_text(o, "of", of_word(l->ask.of));
	out_text(o, "per", *per ? per : NULL);
	out_text(o, "scope", *per && !is_for_each(c) ? scope + strlen(per) + 1 : NULL);
	if (c->window_s)
		out_duration(o, "window_seconds", c->window_s);
	if (c->has_amount)
		put_amounts(o, c, asset);
	if (c->has_count)
		put_counts(o, c);
	if (!is_for_each(c))
		put_gauge(o, c);
	put_frees(l, c);
	out_end(o);
	if (l->warns && !is_for_each(c))
		limits_warn(o, c, asset, &(struct fm_u256){ { 0 } }, 0);
}

/* ---- which rows ---- */

static bool is_wanted(const struct listing *l, const struct fm_check *check)
{
	if (l->only_scope && strcmp(scope_of(check), l->only_scope) != 0)
		return false;
	return !l->used_only || check->used_count > 0;
}

/** What one payment may be at most. Shown where nobody in particular is meant. */
static void report_request(struct listing *l, const struct fm_asset *asset)
{
	struct out *o = l->app->out;
	char rule[FM_RULE_MAX];
	struct fm_amount amount;
	struct fm_u256 most;

	if (!l->requests || l->only_scope ||
	    !fm_policy_request(rule, &most, l->app->policy, &l->ask))
		return;
	amount = fm_amount_of(&most, asset);
	out_row(o, "limits");
	out_text(o, "rule", rule);
	out_text(o, "of", of_word(l->ask.of));
	out_text(o, "per", "request");
	out_amount(o, "allowed", &amount);
	out_end(o);
}

static void report_kind(struct listing *l, const struct fm_asset *asset, enum fm_money of)
{
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count = 0;

	l->ask.of = of;
	l->ask.chain_id = asset->chain_id;
	l->ask.asset = asset;
	report_request(l, asset);
	fm_policy_checks(l->app->policy, &l->ask, checks, &count);
	if (l->ledger && count)
		l->rc = fm_ledger_usage(l->ledger, checks, count, l->err);
	for (size_t i = 0; !l->rc && i < count; i++)
		if (is_wanted(l, &checks[i]) && is_new(l, &checks[i]))
			put_row(l, &checks[i], asset);
}

static void report_kinds(struct listing *l, const struct fm_asset *asset)
{
	static const enum fm_money kinds[] = { FM_MONEY_PAYMENT, FM_MONEY_DEPOSIT,
					       FM_MONEY_CLEARING };

	for (size_t i = 0; !l->rc && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		report_kind(l, asset, kinds[i]);
}

static void report_assets(struct listing *l)
{
	const struct app *app = l->app;
	size_t count;
	const struct fm_asset *known = fm_assets(&count);

	/* The built-in table holds no token that a table of the user's repeats otherwise. */
	for (size_t i = 0; !l->rc && i < app->asset_count; i++)
		if (app->assets[i].chain_id == l->chain_id)
			report_kinds(l, &app->assets[i]);
	for (size_t i = 0; !l->rc && i < count; i++)
		if (known[i].chain_id == l->chain_id &&
		    app_asset(app, l->chain_id, &known[i].address) == &known[i])
			report_kinds(l, &known[i]);
}

static struct listing *start(struct app *app, struct fm_ledger *ledger, uint64_t chain_id,
			     struct fm_err *err)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (!l) {
		fm_nomem(err);
		return NULL;
	}
	l->app = app;
	l->ledger = ledger;
	l->chain_id = chain_id;
	l->err = err;
	l->ask = (struct fm_ask){ .scheme = "4mica-credit",
				  .origin = "",
				  .route = "",
				  .task = app->task ? app->task : "",
				  .category = "",
				  .payer = app->wallet.address };
	return l;
}

static enum fm_code end(struct listing *l)
{
	enum fm_code rc = l->rc;

	free(l);
	return rc;
}

enum fm_code limits_report(struct app *app, struct fm_ledger *ledger, uint64_t chain_id,
			   struct fm_err *err)
{
	struct listing *l = start(app, ledger, chain_id, err);

	if (!l)
		return FM_E_NOMEM;
	report_assets(l);
	return end(l);
}

/* ---- of each that was used ---- */

/** What to ask for to get the limits of a scope. `text` is room for its parts. */
static bool ask_for(struct fm_ask *ask, char *text, size_t size, const char *scope)
{
	char per[16];
	char *rest_of;

	per_word(per, scope);
	snprintf(text, size, "%s", scope + strlen(per) + 1);
	/* A text that was too long for a key: nobody knows any more what it was. */
	if (*text == '#')
		return false;
	if (strcmp(per, "seller") == 0)
		ask->origin = text;
	else if (strcmp(per, "task") == 0)
		ask->task = text;
	else if (strcmp(per, "category") == 0)
		ask->category = text;
	else if (strcmp(per, "wallet") == 0)
		return fm_addr_parse(&ask->payer, NULL, fm_span_of(text));
	rest_of = strchr(text, ' ');
	if (strcmp(per, "route") == 0 && rest_of) {
		*rest_of = '\0';
		ask->origin = text;
		ask->route = rest_of + 1;
	}
	/* A seller without an origin goes by its address. */
	if (fm_addr_parse(&ask->pay_to, NULL, fm_span_of(ask->origin)))
		ask->origin = "";
	return true;
}

static bool report_scope(void *ctx, const char *scope)
{
	struct listing *l = ctx;
	const struct fm_ask before = l->ask;
	char text[512];

	l->only_scope = scope;
	if (ask_for(&l->ask, text, sizeof(text), scope))
		report_assets(l);
	else
		out_warn(l->app->out,
			 "what is used of '%s', whose name is too long, is "
			 "not shown",
			 scope);
	l->ask = before;
	return !l->rc;
}

static enum fm_code report_scopes(struct listing *l)
{
	/* clang-format off */
	static const struct { const char *one, *many; } kinds[] = {
		{ "seller", "sellers" }, { "route", "routes" }, { "task", "tasks" },
		{ "category", "categories" }, { "wallet", "wallets" },
	};
	/* clang-format on */
	enum fm_code rc = FM_OK;
	bool cut;

	l->used_only = true;
	for (size_t i = 0; !rc && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		rc = fm_ledger_scopes(&cut, l->ledger, kinds[i].one, SCOPES_MOST,
				      report_scope, l, l->err);
		if (!rc)
			rc = l->rc;
		if (!rc && cut)
			out_warn(l->app->out, "only the %d %s paid last are shown",
				 SCOPES_MOST, kinds[i].many);
	}
	return rc;
}

enum fm_code limits_report_each(struct app *app, struct fm_ledger *ledger,
				uint64_t chain_id, struct fm_err *err)
{
	struct listing *l = start(app, ledger, chain_id, err);

	if (!l)
		return FM_E_NOMEM;
	l->warns = l->requests = true;
	l->ask.task = ANY_NAME;
	l->ask.category = ANY_NAME;
	l->ask.payer = (struct fm_addr){ { 0 } };
	report_assets(l);
	if (!l->rc && ledger)
		l->rc = report_scopes(l);
	return end(l);
}

enum fm_code limits_report_task(struct app *app, struct fm_ledger *ledger,
				uint64_t chain_id, const char *task, struct fm_err *err)
{
	struct listing *l = start(app, ledger, chain_id, err);
	char scope[512];

	if (!l)
		return FM_E_NOMEM;
	snprintf(scope, sizeof(scope), "task %s", task);
	l->warns = true;
	l->ask.task = task;
	l->only_scope = scope;
	report_assets(l);
	return end(l);
}

/* ---- the least ---- */

static enum fm_code least_of(struct fm_amount *left, bool *any, struct listing *l,
			     const struct fm_asset *asset)
{
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count = 0;
	struct fm_u256 least = { { 0 } };

	l->ask.of = FM_MONEY_PAYMENT;
	l->ask.chain_id = asset->chain_id;
	l->ask.asset = asset;
	fm_policy_checks(l->app->policy, &l->ask, checks, &count);
	if (l->ledger && count)
		l->rc = fm_ledger_usage(l->ledger, checks, count, l->err);
	for (size_t i = 0; !l->rc && i < count; i++) {
		struct fm_u256 one = rest(&checks[i]);

		if (!checks[i].has_amount || is_for_each(&checks[i]) ||
		    (*any && fm_u256_cmp(&one, &least) >= 0))
			continue;
		least = one;
		*any = true;
	}
	*left = fm_amount_of(&least, asset);
	return l->rc;
}

enum fm_code limits_least(struct fm_amount *left, bool *any, struct app *app,
			  struct fm_ledger *ledger, uint64_t chain_id, struct fm_err *err)
{
	struct listing *l = start(app, ledger, chain_id, err);
	const struct fm_asset *known;
	size_t count;

	*any = false;
	if (!l)
		return FM_E_NOMEM;
	known = fm_assets(&count);
	for (size_t i = 0; !l->rc && !*any && i < app->asset_count; i++)
		if (app->assets[i].chain_id == chain_id)
			l->rc = least_of(left, any, l, &app->assets[i]);
	for (size_t i = 0; !l->rc && !*any && i < count; i++)
		if (known[i].chain_id == chain_id &&
		    app_asset(app, chain_id, &known[i].address) == &known[i])
			l->rc = least_of(left, any, l, &known[i]);
	return end(l);
}
