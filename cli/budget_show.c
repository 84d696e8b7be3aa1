/* SPDX-License-Identifier: MIT */
/* `budget show`: what each limit allows, what was used of it, what is left. */
#include "budget.h"

#include "limits.h"

#include <string.h>

struct show {
	const char *task;
};

/* clang-format off */
static const struct param params[] = {
	OPTX(struct show, task, "task", 0, "ID", "only this task: allowed, spent, in doubt, left", .known = KNOWN_TASK),
	{ 0 },
};

static const struct field task_fields[] = {
	{ "task", "Task", FIELD_TEXT, "as --task names it", NULL },
	{ "asset", "Asset", FIELD_TEXT, "its symbol; the address of a token nobody told", NULL },
	{ "allowed", "Allowed", FIELD_AMOUNT,
	  "by the tightest limit of the task without a window; null: there is none", NULL },
	{ "spent", "Spent", FIELD_AMOUNT, "all that counts: reserved, signed, paid", NULL },
	{ "in_doubt", "In doubt", FIELD_AMOUNT, "signed, and no outcome is known", NULL },
	{ "left", "Left", FIELD_AMOUNT, "of what is allowed; null: no such limit", NULL },
	{ "used_percent", "Used", FIELD_GAUGE, "spent, of what is allowed", NULL },
	{ "payments", "Payments", FIELD_NUMBER, "that count", NULL },
	{ "reset_at", "Begun anew", FIELD_TIME, "what came before does not count; null: never", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "network_name", "Name", FIELD_TEXT, "its name here", NULL },
	{ "policy", "Policy", FIELD_TEXT, "file of the rules; null: the built-in ones", NULL },
	{ "tasks", "Task", FIELD_LIST, "--task: its sums, for each asset", task_fields },
	{ "limits", "Budget", FIELD_LIST, "limits over a window or a task", limits_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica budget", "every limit of the default network" },
	{ "fourmica budget show --task build-17", "one task" },
	{ "fourmica budget --json | jq '[.data.limits[] | select(.used_percent >= 80)]'",
	  "what is nearly used up" },
	{ 0 },
};
/* clang-format on */

/* ---- a task ---- */

struct telling {
	struct app *app;
	uint64_t chain_id;
	const char *task;
};

/** The smallest that holds for all of the task. */
static bool tightest(struct fm_u256 *out, const struct app *app,
		     const struct fm_asset *asset, const char *task)
{
	const struct fm_ask ask = { .chain_id = asset->chain_id,
				    .asset = asset,
				    .scheme = "4mica-credit",
				    .origin = "",
				    .route = "",
				    .task = task,
				    .category = "" };
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count = 0;
	bool any = false;

	fm_policy_checks(app->policy, &ask, checks, &count);
	for (size_t i = 0; i < count; i++) {
		const struct fm_check *c = &checks[i];

		if (c->window_s || !c->has_amount || !strstr(c->key, " task "))
			continue;
		if (!any || fm_u256_cmp(&c->cap, out) < 0)
			*out = c->cap;
		any = true;
	}
	return any;
}

static void put_left(struct out *o, const struct fm_task_sum *sum,
		     const struct fm_u256 *cap, const struct fm_asset *asset)
{
	struct fm_u256 left;
	struct fm_amount amount = fm_amount_of(cap, asset);

	out_amount(o, "allowed", &amount);
	if (!fm_u256_sub(&left, cap, &sum->spent))
		left = FM_U256_ZERO;
	amount = fm_amount_of(&left, asset);
	out_amount(o, "left", &amount);
	out_gauge(o, "used_percent", &sum->spent, cap);
}

static bool put_sum(void *ctx, const struct fm_task_sum *sum)
{
	const struct telling *t = ctx;
	struct out *o = t->app->out;
	const struct fm_asset unknown = { .chain_id = sum->chain_id,
					  .address = sum->asset };
	const struct fm_asset *asset = app_asset(t->app, sum->chain_id, &sum->asset);
	char address[FM_ADDR_TEXT];
	struct fm_amount amount;
	struct fm_u256 cap;

	if (sum->chain_id != t->chain_id)
		return true;
	fm_addr_text(address, &sum->asset);
	out_row(o, "tasks");
	out_text(o, "task", t->task);
	out_text(o, "asset", asset ? asset->symbol : address);
	amount = fm_amount_of(&sum->spent, asset ? asset : &unknown);
	out_amount(o, "spent", &amount);
	amount = fm_amount_of(&sum->in_doubt, asset ? asset : &unknown);
	out_amount(o, "in_doubt", &amount);
	out_number(o, "payments", (int64_t)sum->payments);
	if (sum->reset_ms)
		out_when(o, "reset_at", sum->reset_ms / 1000);
	if (asset && tightest(&cap, t->app, asset, t->task))
		put_left(o, sum, &cap, asset);
	out_end(o);
	return true;
}

static enum fm_code show_task(struct app *app, struct fm_ledger *ledger,
			      uint64_t chain_id, const char *task, struct fm_err *err)
{
	struct telling t = { .app = app, .chain_id = chain_id, .task = task };
	enum fm_code rc = FM_OK;

	if (ledger)
		rc = fm_ledger_task_sums(ledger, task, put_sum, &t, err);
	return rc ? rc : limits_report_task(app, ledger, chain_id, task, err);
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct show *args = values;
	const struct fm_network *network = app_network(app);
	char caip2[FM_CAIP2_TEXT];
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, app->client, false, err);

	fm_caip2_text(caip2, network->chain_id);
	out_text(app->out, "network", caip2);
	out_text(app->out, "network_name", network->title);
	out_text(app->out, "policy",
		 fm_policy_is_builtin(app->policy) ? NULL : app->paths.policy_file);
	if (rc)
		return rc;
	return args->task ? show_task(app, ledger, network->chain_id, args->task, err)
			  : limits_report_each(app, ledger, network->chain_id, err);
}

const struct cmd budget_show_cmd = {
	.name = "show",
	.summary = "what each limit allows, what was used of it, what is left",
	.details =
		"Lists the limits that hold on the network: what one payment may be at most where no "
		"seller says otherwise; those over a window or a task for all payments; and those of sellers, routes, tasks, categories and wallets for each of "
		"these that something was paid for, the latest twenty of a kind. A limit of which "
		"80 % or more are used is warned about, here and by pay.\n\n"
		"What was signed counts, whatever the seller made of it: a guarantee that was "
		"refused may still be charged.",
	.params = params,
	.size = sizeof(struct show),
	.fields = fields,
	.examples = examples,
	.needs = WALLET_IF_ANY | NEED_POLICY | NEED_LEDGER,
	.run = run,
};
