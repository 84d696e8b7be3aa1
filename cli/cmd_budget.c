/* SPDX-License-Identifier: MIT */
/* `budget`: what may be spent, what was, and single payments beyond it. */
#include "budget.h"

#include "approve.h"
#include "args.h"
#include "ask.h"
#include "request.h"
#include "terms.h"

#include <string.h>

#define TEXT_MAX 8192u

/* ---- check ---- */

struct check {
	const char *url;
	struct http_args http;
	struct terms_args terms;
};

/* clang-format off */
static const struct param check_params[] = {
	ARGX(struct check, url, "URL", "address to ask", .traits = PARAM_REQUIRED, .known = KNOWN_SELLER),
	TERMS_PARAMS(struct check),
	HTTP_PARAMS(struct check),
	{ 0 },
};

static const struct field check_fields[] = {
	{ "verdict", "Verdict", FIELD_TEXT, "allow, approve or refuse; null: nothing is to pay", NULL },
	{ "rule", "Rule", FIELD_TEXT, "the rule that decided, when it was not allow", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "price of the request", NULL },
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "pay_to", "Pay to", FIELD_ADDRESS, "who is paid", NULL },
	{ "approved_until", "Approved until", FIELD_TIME,
	  "a person approved exactly this, once, until then; null: not needed, or not given", NULL },
	{ 0 },
};

static const struct example check_examples[] = {
	{ "fourmica budget check -q URL && fourmica pay URL", "only when nobody has to be asked" },
	{ 0 },
};
/* clang-format on */

static void report_check(struct out *o, const struct fm_quote *quote)
{
	char caip2[FM_CAIP2_TEXT];

	if (!quote->challenge)
		return;
	out_text(o, "verdict",
		 quote->verdict == FM_ALLOW	? "allow"
		 : quote->verdict == FM_APPROVE ? "approve"
						: "refuse");
	out_text(o, "rule", quote->why.rule[0] ? quote->why.rule : NULL);
	if (quote->has_approval)
		out_when(o, "approved_until", quote->approval.deadline_ms / 1000);
	if (!quote->offer || quote->offer->stage < FM_OFFER_DENIED)
		return;
	fm_caip2_text(caip2, quote->offer->chain_id);
	out_amount(o, "amount", &quote->amount);
	out_text(o, "network", caip2);
	out_address(o, "pay_to", &quote->offer->pay_to);
}

static enum fm_code verdict_of(const struct fm_quote *quote, struct fm_err *err)
{
	if (quote->outcome)
		*err = quote->why;
	else if (quote->cover.covered == FM_COVER_LITTLE)
		*err = quote->cover.why;
	else
		return FM_OK;
	return err->code;
}

static enum fm_code check_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct check *args = values;
	bool silent = app->opt.quiet && !out_is_json(app->out);
	struct request request = { 0 };
	struct fm_quote quote;
	struct terms terms;
	enum fm_code rc;

	fm_quote_init(&quote);
	rc = terms_make(&terms, app, &args->terms, err);
	if (!rc)
		rc = request_make(&request, app, args->url, &args->http, err);
	if (rc)
		goto out;
	terms.wanted.insecure = args->http.insecure;
	rc = fm_quote_request(&quote, app->client, &request.http, &terms.wanted, err);
	if (rc)
		goto out;
	if (!silent)
		report_check(app->out, &quote);
	rc = verdict_of(&quote, err);
	if (silent && rc && quote.challenge)
		out_said(app->out);
	if (!rc)
		out_status(app->out, quote.challenge ? "payable" : "free");
out:
	request_clear(&request);
	fm_quote_clear(&quote);
	return rc;
}

const struct cmd budget_check_cmd = {
	.name = "check",
	.summary = "tell by the exit status whether a URL would be paid",
	.details =
		"Asks for the URL without paying and judges the answer as `quote` does. The exit "
		"status is 0 when it would be paid now, or is free; 30 when a person has to approve "
		"it; 31 to 36 when it is refused. With --quiet that is all. Nothing is reserved: "
		"another process may have used the budget up by the time it is paid.",
	.params = check_params,
	.size = sizeof(struct check),
	.fields = check_fields,
	.examples = check_examples,
	.needs = WALLET_IF_ANY | NEED_POLICY | NEED_LEDGER | NEED_HTTP,
	.run = check_run,
};

/* ---- approve ---- */

struct approve {
	const char *file, *for_how_long;
};

/* clang-format off */
static const struct param approve_params[] = {
	{ .arg = "FILE", .help = "quote file of a payment that needs approval",
	  .type = PARAM_TYPE(struct approve, file), .offset = offsetof(struct approve, file),
	  .traits = PARAM_REQUIRED | PARAM_FILE },
	OPT(struct approve, for_how_long, "for", 0, "TIME",
	    "how long the approval lasts; 1h unless given, at most 24h"),
	{ 0 },
};

static const struct field approve_fields[] = {
	{ "method", "Method", FIELD_TEXT, "of the request that is paid for", NULL },
	{ "url", "URL", FIELD_TEXT, "its address", NULL },
	{ "body_sha256", NULL, FIELD_HASH, "its body", NULL },
	QUOTE_FIELDS,
	{ 0 },
};

static const struct example approve_examples[] = {
	{ "fourmica budget approve ~/.local/state/fourmica/approvals/0f3c...json",
	  "the file an exit status of 30 named" },
	{ "fourmica budget approve q.json --for 10m && fourmica pay --quote q.json URL",
	  "pay exactly that, once, within ten minutes" },
	{ 0 },
};
/* clang-format on */

static enum fm_code ask_about(struct app *app, const struct fm_quote *quote,
			      const struct fm_quote_file *file, struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, TEXT_MAX);
	approve_text(&text, app, quote);
	fm_buf_fmt(&text, "  Request  %s %s\n", file->method, file->url);
	rc = fm_buf_ok(&text) ? prove(app, text.ptr, "approve exactly this, once?",
				      PROVE_ANYHOW, err)
			      : fm_nomem(err);
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code approve(struct app *app, struct fm_quote *quote,
			    const struct fm_quote_file *file, int64_t for_s,
			    struct fm_err *err)
{
	struct fm_kept kept;
	enum fm_code rc;

	fm_kept_wanted(&kept, file);
	rc = fm_quote_kept(quote, app->client, file, &kept, err);
	if (rc)
		return rc;
	if (quote->verdict == FM_ALLOW) {
		out_status(app->out,
			   quote->has_approval ? "already_approved" : "not_needed");
		return FM_OK;
	}
	if (!fm_quote_approvable(quote))
		return *err = quote->why, err->code;
	rc = ask_about(app, quote, file, err);
	if (!rc)
		rc = fm_quote_approve(quote, app->client, &kept.wanted, for_s, err);
	if (!rc && quote->verdict != FM_ALLOW)
		rc = (*err = quote->why, err->code);
	if (!rc)
		out_status(app->out, "approved");
	return rc;
}

static enum fm_code approve_time(int64_t *for_s, const struct approve *args,
				 struct fm_err *err)
{
	*for_s = FM_APPROVAL_USUAL_S;
	if (!args->for_how_long ||
	    (fm_duration_parse(for_s, fm_span_of(args->for_how_long)) && *for_s >= 1 &&
	     *for_s <= FM_APPROVAL_MOST_S))
		return FM_OK;
	return fm_fail(err, FM_E_USAGE, "--for takes from 1s to %dh",
		       FM_APPROVAL_MOST_S / 3600);
}

static enum fm_code approve_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct approve *args = values;
	struct fm_quote_file file;
	struct fm_quote quote;
	int64_t for_s;
	enum fm_code rc = approve_time(&for_s, args, err);

	fm_quote_init(&quote);
	fm_quote_file_init(&file);
	if (!rc)
		rc = app_read_quote(&file, args->file, err);
	if (rc)
		goto out;
	rc = approve(app, &quote, &file, for_s, err);
	out_text(app->out, "method", file.method);
	out_text(app->out, "url", file.url);
	out_hash(app->out, "body_sha256", &file.body_hash);
	if (quote.challenge)
		terms_report(app, &quote);
out:
	fm_quote_file_clear(&file);
	fm_quote_clear(&quote);
	return rc;
}

const struct cmd budget_approve_cmd = {
	.name = "approve",
	.summary = "allow one payment that needs a person's approval, once",
	.details =
		"Reads the quote file that pay, sign --challenge or quote --save has left, judges "
		"its challenge anew by the policy and the ledger, shows what it would pay and to "
		"whom, and asks for the wallet's passphrase; a wallet without one asks for a "
		"confirmation. What the policy refuses stays refused: approval lifts no limit.\n\n"
		"The next payment of exactly these terms (wallet, method, URL, body, scheme, "
		"network, asset, amount, recipient) goes through, once, until the approval ends. "
		"Other terms need another. One whose payment ends before anything was signed is "
		"good again.",
	.params = approve_params,
	.size = sizeof(struct approve),
	.fields = approve_fields,
	.examples = approve_examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER,
	.run = approve_run,
};

/* ---- reset-task ---- */

struct reset {
	const char *task;
};

/* clang-format off */
static const struct param reset_params[] = {
	ARGX(struct reset, task, "ID", "task as --task names it", .traits = PARAM_REQUIRED, .known = KNOWN_TASK),
	{ 0 },
};

static const struct field reset_fields[] = {
	{ "task", "Task", FIELD_TEXT, "that starts anew", NULL },
	{ 0 },
};

static const struct example reset_examples[] = {
	{ "fourmica budget reset-task build-17", "give the task its whole budget again" },
	{ 0 },
};
/* clang-format on */

static enum fm_code reset_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct reset *args = values;
	struct fm_ledger *ledger;
	struct fm_buf shown, question;
	bool found = false;
	enum fm_code rc = fm_client_ledger(&ledger, app->client, true, err);

	out_text(app->out, "task", args->task);
	fm_buf_init(&question, TEXT_MAX);
	fm_buf_fmt(&question, "give task '%s' its whole budget again?",
		   args_shown(&shown, args->task));
	fm_buf_clear(&shown);
	if (!rc)
		rc = fm_buf_ok(&question)
			     ? prove(app, "", question.ptr, PROVE_ANYHOW, err)
			     : fm_nomem(err);
	if (!rc)
		rc = fm_ledger_task_reset(&found, ledger, args->task, err);
	if (!rc && !found) {
		rc = fm_fail(err, FM_E_USAGE, "nothing was ever booked on that task");
		fm_hint(err, "fourmica budget show lists the tasks there are");
	}
	fm_buf_clear(&question);
	return rc;
}

const struct cmd budget_reset_task_cmd = {
	.name = "reset-task",
	.summary = "let a task begin anew with its whole budget",
	.details =
		"What was booked on the task until now no longer counts against limits per task: "
		"exactly for those without a window, and to the minute for those with one. All "
		"other limits count it as before, and the ledger forgets nothing. Takes the "
		"wallet's passphrase; a wallet without one asks for a confirmation.",
	.params = reset_params,
	.size = sizeof(struct reset),
	.fields = reset_fields,
	.examples = reset_examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER,
	.run = reset_run,
};

/* ---- all ---- */

static const struct cmd *const subs[] = {
	&budget_show_cmd,    &budget_check_cmd,	     &budget_set_cmd,
	&budget_approve_cmd, &budget_reset_task_cmd, NULL,
};

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica budget", "what each limit has left" },
	{ "fourmica budget show --task build-17", "what one task may still spend" },
	{ "fourmica budget check -q URL && fourmica pay URL", "only when nobody has to be asked" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_budget = {
	.name = "budget",
	.summary = "what may be spent, and what was",
	.details =
		"The limits of the policy with what has been used of them, and what changes them: "
		"a limit in the policy file, a task that begins anew, one payment that a person "
		"approves.",
	.subs = subs,
	.bare = "show",
	.examples = examples,
};
