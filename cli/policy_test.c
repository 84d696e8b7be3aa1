/* SPDX-License-Identifier: MIT */
/* A policy tried with payments that are not made. */
#include "app.h"
#include "args.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct policy_test {
	const char *file;
};

struct trying {
	struct app *app;
	struct fm_rehearsal *rehearsal;
	const struct fm_case *cases;
	size_t count, wrong;
	size_t first_wrong; /* from 1 */
	int64_t at_s;
	struct fm_ask *asks; /* live as long as the rehearsal */
};

static const char *const verdicts[] = {
	[FM_ALLOW] = "allow", [FM_APPROVE] = "approve", [FM_REFUSE] = "refuse"
};

/* ---- from a case to an ask ---- */

static bool named(const struct fm_case *c, const struct fm_asset *asset)
{
	struct fm_addr address;

	if (!*c->asset)
		return fm_quantity_names(&c->amount, asset) &&
		       strcmp(c->amount.unit, "base") != 0;
	if (fm_addr_parse(&address, NULL, fm_span_of(c->asset)))
		return fm_addr_equal(&address, &asset->address);
	return fm_asset_by_symbol(asset->chain_id, c->asset) == asset ||
	       strcmp(asset->symbol, c->asset) == 0;
}

/* The user's own tokens first, as everywhere. */
static const struct fm_asset *find_asset(const struct app *app, const struct fm_case *c)
{
	size_t count;
	const struct fm_asset *known = fm_assets(&count);

	for (size_t i = 0; i < app->asset_count; i++)
		if (app->assets[i].chain_id == c->chain_id && named(c, &app->assets[i]))
			return &app->assets[i];
	for (size_t i = 0; i < count; i++)
		if (known[i].chain_id == c->chain_id && named(c, &known[i]))
			return &known[i];
	return NULL;
}

static enum fm_code resolve(struct fm_u256 *out, const struct trying *t,
			    const struct fm_case *c, const struct fm_quantity *quantity,
			    const struct fm_asset *asset, struct fm_err *err)
{
	if (fm_quantity_resolve(out, quantity, asset, err) == FM_OK)
		return FM_OK;
	err->code = FM_E_USAGE;
	(void)t;
	return fm_within(err, "payment in line %u", c->line);
}

/* An address that stands for a seller the case says none of: the one the policy lists, or one made
 * of its name. */
static struct fm_addr payee_of(const struct trying *t, const struct fm_case *c)
{
	struct fm_addr addr;
	struct fm_hash hash;

	if (c->has_pay_to)
		return c->pay_to;
	if (fm_policy_payee(&addr, t->app->policy, c->origin, c->chain_id))
		return addr;
	if (c->has_pinned)
		return c->pinned;
	fm_sha256(&hash, c->origin, strlen(c->origin));
	memcpy(addr.b, hash.b, sizeof(addr.b));
	return addr;
}

static enum fm_code make_ask(struct fm_ask *ask, const struct trying *t,
			     const struct fm_case *c, struct fm_err *err)
{
	const struct fm_asset *asset = find_asset(t->app, c);
	enum fm_code rc = FM_OK;

	*ask = (struct fm_ask){
		.chain_id = c->chain_id,
		.asset = asset,
		.pay_to = payee_of(t, c),
		.scheme = c->scheme,
		.origin = c->origin,
		.route = c->route,
		.task = c->task,
		.category = c->category,
		.payer = c->payer,
		.window_s = c->window_s,
		.pin_known = c->has_pinned,
		.pin = c->pinned,
		.history = {.paid = c->paid_before || c->has_last_price,
			     .failures = c->failures},
		.v2 = c->v2,
		.approved = c->approved,
	};
	if (!asset)
		return FM_OK; /* the verdict says that */
	rc = resolve(&ask->amount, t, c, &c->amount, asset, err);
	ask->history.priced = c->has_last_price;
	if (!rc && c->has_last_price)
		rc = resolve(&ask->history.last_price, t, c, &c->last_price, asset, err);
	return rc;
}

/* ---- verdicts ---- */

static bool as_expected(const struct fm_case *c, enum fm_verdict verdict,
			const struct fm_err *why)
{
	return (!c->has_expect || c->expect == verdict) &&
	       (!*c->rule || strcmp(c->rule, why->rule) == 0);
}

static void put_row(const struct trying *t, size_t i, enum fm_verdict verdict,
		    const struct fm_err *why, bool ok)
{
	const struct fm_case *c = &t->cases[i];
	struct out *o = t->app->out;
	struct fm_amount amount;
	struct fm_buf url;

	fm_buf_init(&url, FM_ORIGIN_MAX + FM_CASE_URL_MAX);
	fm_buf_fmt(&url, "%s%s", c->origin, c->route);
	out_row(o, "payments");
	out_number(o, "line", c->line);
	out_text(o, "url", url.ptr);
	if (t->asks[i].asset) {
		amount = fm_amount_of(&t->asks[i].amount, t->asks[i].asset);
		out_amount(o, "amount", &amount);
	}
	out_time(o, "time", t->at_s);
	out_text(o, "verdict", verdicts[verdict]);
	if (verdict != FM_ALLOW) {
		out_text(o, "code", fm_code_info(why->code)->word);
		out_text(o, "rule", why->rule);
		out_text(o, "why", why->msg);
	}
	if (c->has_expect)
		out_text(o, "expected", verdicts[c->expect]);
	if (*c->rule)
		out_text(o, "expected_rule", c->rule);
	out_bool(o, "as_expected", ok);
	out_end(o);
	fm_buf_clear(&url);
}

static enum fm_code try_one(struct trying *t, size_t i, struct fm_err *err)
{
	const struct fm_case *c = &t->cases[i];
	enum fm_verdict verdict;
	struct fm_err why;
	bool ok;
	enum fm_code rc = make_ask(&t->asks[i], t, c, err);

	if (rc)
		return rc;
	if (c->has_time && c->at_s < t->at_s)
		return fm_fail(
			err, FM_E_USAGE,
			"payment in line %u: 'time' is before that of the one before",
			c->line);
	if (c->has_time)
		t->at_s = c->at_s;
	fm_err_init(&why);
	verdict = fm_rehearse(t->rehearsal, t->app->policy, &t->asks[i], t->at_s * 1000,
			      &why);
	if (why.code == FM_E_NOMEM)
		return fm_nomem(err);
	ok = as_expected(c, verdict, &why);
	if (!ok && !t->wrong++)
		t->first_wrong = c->line;
	put_row(t, i, verdict, &why, ok);
	return FM_OK;
}

static enum fm_code verdict_of_all(const struct trying *t, struct fm_err *err)
{
	out_number(t->app->out, "count", (int64_t)t->count);
	out_number(t->app->out, "unexpected", (int64_t)t->wrong);
	if (!t->wrong)
		return FM_OK;
	fm_fail(err, FM_E_CONFIG,
		"%zu of %zu payments are judged otherwise than expected, the first in line "
		"%zu",
		t->wrong, t->count, t->first_wrong);
	fm_rule(err, "expect");
	return fm_hint(err, "change the policy, or what is expected of it");
}

static enum fm_code try_all(struct trying *t, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	t->rehearsal = fm_rehearsal_new();
	t->asks = calloc(t->count ? t->count : 1, sizeof(*t->asks));
	if (!t->rehearsal || !t->asks)
		rc = fm_nomem(err);
	for (size_t i = 0; !rc && i < t->count; i++)
		rc = try_one(t, i, err);
	if (!rc)
		rc = verdict_of_all(t, err);
	fm_rehearsal_free(&t->rehearsal);
	free(t->asks);
	return rc;
}

static enum fm_code test_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct policy_test *args = values;
	struct trying t = { .app = app };
	struct fm_case *cases = NULL;
	struct fm_buf text, shown;
	enum fm_code rc;

	fm_buf_init(&text, FM_CASES_MAX);
	rc = app_read_file(&text, args->file, err);
	if (!rc) {
		rc = fm_cases_parse(&cases, &t.count, fm_buf_span(&text),
				    args_shown(&shown, args->file), err);
		fm_buf_clear(&shown);
	}
	t.cases = cases;
	if (!rc)
		rc = try_all(&t, err);
	free(cases);
	fm_buf_clear(&text);
	return rc;
}

/* ---- the table ---- */

/* clang-format off */
static const struct field payment_fields[] = {
	{ "line", "Line", FIELD_NUMBER, "where it begins in the file", NULL },
	{ "url", "URL", FIELD_TEXT, "whom it would go to, without the query", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "null: the asset is not known there", NULL },
	{ "time", NULL, FIELD_TIME, "when it would be made", NULL },
	{ "verdict", "Verdict", FIELD_TEXT, "allow, approve or refuse", NULL },
	{ "code", NULL, FIELD_TEXT, "error code a payment would end with; null: it is allowed", NULL },
	{ "rule", "Rule", FIELD_TEXT, "which decided; null: it is allowed", NULL },
	{ "why", NULL, FIELD_TEXT, "in words, with both values", NULL },
	{ "expected", "Expected", FIELD_TEXT, "verdict; null: any", NULL },
	{ "expected_rule", NULL, FIELD_TEXT, "null: any", NULL },
	{ "as_expected", "As expected", FIELD_BOOL, "whether verdict and rule are the expected ones", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "count", "Payments", FIELD_NUMBER, "in the file", NULL },
	{ "unexpected", "Unexpected", FIELD_NUMBER, "judged otherwise than expected", NULL },
	{ "payments", "Payments", FIELD_LIST, "each of them, in order", payment_fields },
	{ 0 },
};

static const struct param params[] = {
	{ .arg = "FILE", .help = "payments as JSON; - for standard input", .type = PARAM_TEXT,
	  .offset = offsetof(struct policy_test, file), .traits = PARAM_REQUIRED | PARAM_FILE },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica policy test cases.json --policy policy.json", "in a review: status 0, or 3" },
	{ "echo '{\"url\":\"https://api.example.com/data\",\"amount\":\"0.05usdc\"}' | "
	  "fourmica policy test -",
	  "what if" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_policy_test = {
	.name = "test",
	.summary = "judge payments that are not made",
	.details =
		"FILE is a JSON list of payments, or one payment a line. Each is an object with url "
		"and amount, and if it matters network, asset, pay_to, payer, scheme, task, category, "
		"window (how long an authorization lives), v2, time, pinned, paid_before, last_price, "
		"failures and approved. They are judged in order, as if those allowed before had been "
		"paid; neither the ledger nor the clock plays a part. A payment without a time is made "
		"at that of the one before, the first one in 1970.\n\n"
		"With expect (allow, approve or refuse) and rule a payment says how it is to be judged. "
		"Status 3: one of them is judged otherwise; 2: the file cannot be read.",
	.params = params,
	.size = sizeof(struct policy_test),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-policy 5",
	.needs = NEED_HOME | NEED_POLICY,
	.run = test_run,
};
