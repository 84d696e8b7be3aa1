/* SPDX-License-Identifier: MIT */
/* `doctor`: what is wrong, one line a check, and what to do about it. */
#include "config.h"
#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct field check_fields[] = {
	{ "result", "Result", FIELD_TEXT, "ok, warn, fail or skip", NULL },
	{ "name", "Check", FIELD_TEXT, "what was looked at", NULL },
	{ "text", "Found", FIELD_TEXT, "what was found", NULL },
	{ "hint", "Remedy", FIELD_TEXT, "the one thing to do; null: nothing", NULL },
	{ "exit", NULL, FIELD_NUMBER, "exit status it stands for; 0: none", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address; null: there is none", NULL },
	{ "checks", "Checks", FIELD_LIST, "a line for each thing looked at", check_fields },
	{ "bundle", "Report", FIELD_TEXT, "report for support that was written; null: none", NULL },
	{ 0 },
};

static const struct param params[] = {
	OPT(struct doctor_args, offline, "offline", 0, NULL, "ask nobody: settings, files and ledger only"),
	OPT(struct doctor_args, facilitator, "facilitator", 0, "URL",
	    "also look at this facilitator, and at what changed there"),
	OPTX(struct doctor_args, bundle, "bundle", 0, "FILE",
	     "write a report for support, without secrets; FILE must not exist",
	     .traits = PARAM_FILE),
	OPTX(struct doctor_args, payment, "payment", 0, "ID",
	    "with --bundle: the payment it is about, by its id or idempotency key", .known = KNOWN_PAYMENT),
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica doctor", "what is wrong, and what to do" },
	{ "fourmica doctor --offline", "without a network" },
	{ "fourmica doctor --facilitator https://x402.4mica.xyz", "and of the facilitator" },
	{ "fourmica doctor --bundle report.json --payment PAYMENT", "a report to send to support" },
	{ "fourmica doctor --json | jq -r '.data.checks[] | select(.result==\"fail\").name'",
	  "just what fails" },
	{ 0 },
};
/* clang-format on */

const char *outcome_word(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_OK:
		return "ok";
	case OUTCOME_WARN:
		return "warn";
	case OUTCOME_FAIL:
		return "fail";
	case OUTCOME_SKIP:
		return "skip";
	}
	return NULL;
}

/* ---- findings ---- */

static struct finding *add(struct doctor *d, enum outcome outcome, enum fm_code code)
{
	struct finding *more = realloc(d->findings, (d->count + 1) * sizeof(*more));

	if (!more) {
		d->nomem = true;
		return NULL;
	}
	d->findings = more;
	more[d->count] =
		(struct finding){ .name = d->check, .outcome = outcome, .code = code };
	return &more[d->count++];
}

void doctor_say(struct doctor *d, enum outcome outcome, const char *fmt, ...)
{
	struct finding *f = add(d, outcome, FM_OK);
	va_list args;

	if (!f)
		return;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
}

void doctor_fault(struct doctor *d, enum fm_code code, const char *fmt, ...)
{
	struct finding *f = add(d, OUTCOME_FAIL, code);
	va_list args;

	if (!f)
		return;
	va_start(args, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, args);
	va_end(args);
}

void doctor_fail(struct doctor *d, const struct fm_err *err)
{
	doctor_fault(d, err->code, "%s", err->msg);
	if (err->hint[0])
		doctor_remedy(d, "%s", err->hint);
}

void doctor_remedy(struct doctor *d, const char *fmt, ...)
{
	struct finding *f = d->count ? &d->findings[d->count - 1] : NULL;
	va_list args;

	if (!f || d->nomem || f->hint[0])
		return;
	va_start(args, fmt);
	vsnprintf(f->hint, sizeof(f->hint), fmt, args);
	va_end(args);
}

/* ---- getting ready: whatever fails is a finding, not the end ---- */

static void prepare_wallet(struct doctor *d)
{
	struct fm_wallet *all = NULL;
	size_t count = 0;
	struct fm_err ignored;

	fm_err_init(&ignored);
	d->has_wallet = !app_find_wallet(d->app, &d->wallet);
	if (!d->has_wallet && !d->app->opt.wallet &&
	    !fm_store_list(&all, &count, &d->app->store, &ignored))
		d->no_wallet = !count;
	free(all);
}

/** The ledger by itself, so that everything else can do without it. */
static enum fm_code prepare_ledger(struct doctor *d, struct fm_err *err)
{
	struct app *app = d->app;
	unsigned needs = NEED_LEDGER | (d->args->offline ? 0 : NEED_HTTP) |
			 (d->has_wallet ? NEED_WALLET : 0);
	enum fm_code rc;

	app->opt.dry_run = true; /* nothing is written, not even a new ledger */
	rc = app_connect(app, needs, err);
	if (rc || fm_client_ledger(&d->book, app->client, false, &d->ledger))
		return rc;
	if (d->book && d->has_wallet &&
	    fm_ledger_outstanding(&d->owed, d->book, &app->wallet.address,
				  d->network->chain_id, &d->ledger))
		d->book = NULL;
	return FM_OK;
}

static enum fm_code ask_facilitator(struct doctor *d, struct fm_err *err)
{
	const char *url = d->args->facilitator;
	enum fm_code rc;

	if (!url || d->args->offline)
		return FM_OK;
	rc = config_check_url(url, "facilitator", false, err);
	if (rc)
		return err->code = FM_E_USAGE;
	d->facilitator = calloc(1, sizeof(*d->facilitator));
	if (!d->facilitator)
		return fm_nomem(err);
	rc = fm_doctor_facilitator(d->facilitator, d->app->client, url,
				   &d->facilitator_error);
	/* It wrote to the ledger, so that was opened anew. */
	d->book = NULL;
	if (rc != FM_E_INTERRUPTED)
		return FM_OK;
	*err = d->facilitator_error;
	return rc;
}

static enum fm_code ask_all(struct doctor *d, struct fm_err *err)
{
	const struct app *app = d->app;
	enum fm_code rc;

	if (d->args->offline || d->ledger.code)
		return FM_OK;
	d->facts = calloc(1, sizeof(*d->facts));
	if (!d->facts)
		return fm_nomem(err);
	rc = fm_doctor_look(d->facts, app->client, d->network->chain_id,
			    d->has_wallet ? &app->wallet.address : NULL, &d->look);
	if (rc == FM_E_INTERRUPTED || rc == FM_E_NOMEM) {
		*err = d->look;
		return rc;
	}
	return FM_OK;
}

static enum fm_code prepare(struct doctor *d, struct fm_err *err)
{
	struct app *app = d->app;
	enum fm_code rc;

	if (config_load(app, &d->config)) {
		config_free(app);
		return FM_OK;
	}
	d->network = app_network(app);
	(void)!app_load_policy(app, &d->policy);
	prepare_wallet(d);
	rc = prepare_ledger(d, err);
	if (!rc)
		rc = ask_all(d, err);
	return rc ? rc : ask_facilitator(d, err);
}

/* ---- the checks ---- */

/** Why a check cannot be made; NULL: it can. */
static const char *missing(const struct doctor *d, unsigned wants)
{
	if (wants & WANT_CONFIG && !d->network)
		return "config.json cannot be read";
	if (wants & WANT_NETWORK && d->args->offline)
		return "--offline";
	if ((wants & WANT_LEDGER ||
	     (wants & WANT_NETWORK && !(wants & WANT_FACILITATOR))) &&
	    d->ledger.code)
		return "the ledger cannot be read";
	if (wants & WANT_WALLET && !d->has_wallet)
		return "no wallet is selected";
	if (!(wants & WANT_NETWORK) || wants & WANT_FACILITATOR)
		return NULL;
	if (d->look.code)
		return d->look.msg;
	if (wants & WANT_CORE && !d->facts->core.asked)
		return "no 4Mica Core is known for this network";
	if (wants & WANT_POSITION && d->facts->position_error.code)
		return d->facts->position_error.msg;
	if (wants & WANT_POSITION && !d->facts->position.chain_known)
		return "no vault is known";
	return NULL;
}

static void run_checks(struct doctor *d)
{
	for (const struct check *c = doctor_checks; c->name; c++) {
		const char *why = missing(d, c->wants);

		if (c->wants & WANT_FACILITATOR && !d->args->facilitator)
			continue;
		d->check = c->name;
		if (why)
			doctor_say(d, OUTCOME_SKIP, "%s", why);
		else
			c->run(d);
	}
}

static void report(struct doctor *d)
{
	struct out *o = d->app->out;
	char caip2[FM_CAIP2_TEXT];

	if (d->network) {
		fm_caip2_text(caip2, d->network->chain_id);
		out_text(o, "network", caip2);
	}
	if (d->has_wallet)
		out_address(o, "wallet", &d->app->wallet.address);
	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		out_row(o, "checks");
		out_text(o, "result", outcome_word(f->outcome));
		out_text(o, "name", f->name);
		out_text(o, "text", f->text);
		out_text(o, "hint", f->hint[0] ? f->hint : NULL);
		out_number(o, "exit", fm_code_info(f->code)->exit_status);
		out_end(o);
	}
}

/** The highest exit status of what failed; of equals the first. */
static enum fm_code verdict(const struct doctor *d, struct fm_err *err)
{
	const struct finding *worst = NULL;
	size_t failed = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct finding *f = &d->findings[i];

		if (f->outcome != OUTCOME_FAIL)
			continue;
		failed++;
		if (!worst || fm_code_info(f->code)->exit_status >
				      fm_code_info(worst->code)->exit_status)
			worst = f;
	}
	if (!worst)
		return FM_OK;
	fm_fail(err, worst->code, "%zu of the checks failed; the worst is %s: %.380s",
		failed, worst->name, worst->text);
	fm_rule(err, "%s", worst->name);
	return worst->hint[0] ? fm_hint(err, "%.250s", worst->hint) : err->code;
}

static void clear(struct doctor *d)
{
	fm_outstanding_clear(&d->owed);
	free(d->facts);
	free(d->facilitator);
	free(d->findings);
}

static enum fm_code doctor_run(struct app *app, const void *opaque, struct fm_err *err)
{
	struct doctor d = { .app = app, .args = opaque };
	struct fm_err *const errors[] = { &d.config, &d.policy, &d.wallet,
					  &d.ledger, &d.look,	&d.facilitator_error };
	enum fm_code rc;

	if (d.args->payment && !d.args->bundle)
		return fm_fail(err, FM_E_USAGE, "--payment goes with --bundle FILE");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		fm_err_init(errors[i]);
	rc = prepare(&d, err);
	if (!rc)
		run_checks(&d);
	if (!rc && d.nomem)
		rc = fm_nomem(err);
	report(&d);
	if (!rc && d.args->bundle)
		rc = doctor_bundle(&d, err);
	if (!rc)
		rc = verdict(&d, err);
	clear(&d);
	return rc;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.summary = "find out what is wrong, and what to do about it",
	.details =
		"Looks at everything payments, deposits and withdrawals lean on and says one line "
		"for each: ok, warn, fail, or skip where it could not be looked at, with the one "
		"thing to do. Nothing is signed, nobody is asked for a passphrase, and nothing is "
		"changed; only what a facilitator said is remembered. The exit status is the "
		"highest of what failed; warnings do not change it.\n\n"
		"On this machine: config (config.json can be read), files (nobody else can read "
		"keys and ledger or change the settings), policy, wallet, ledger (it opens, and "
		"no newer record of its journal is missing), stop (the emergency stop), in_doubt "
		"(payments with an unknown outcome), transactions (signed, not known to be in a "
		"block). With --offline that is all.\n\n"
		"Of the chain, for each endpoint that is configured: rpc (it answers, for the "
		"right chain), rpc_speed, block (it is not behind, and has the blocks of this "
		"wallet's transactions), receipt (it knows the last of these), contract (vault "
		"and clearing house are there), nonce (no transaction of this wallet waits that "
		"the ledger does not have). clock compares this machine's with the chain's and "
		"Core's: Core refuses guarantees from the future.\n\n"
		"Of 4Mica Core: core (it is healthy), versions (it speaks the generation of the "
		"protocol with clearing cycles; one with tabs is named here, because what it wants "
		"signed is not what this program signs), trust (Core, the chain and what was "
		"pinned agree on vault, key and domains).\n\n"
		"Of the wallet: tokens (decimals as they are known, and as Core has them), gas, "
		"allowance, collateral.\n\n"
		"--facilitator adds facilitator and facilitator_kinds: it is healthy, takes "
		"4mica-credit on this network in the versions Core accepts, and what changed "
		"since it was last looked at.\n\n"
		"--bundle writes what support asks for as JSON, for you to read before you send "
		"it: role, network, assets, addresses, the checks, and with --payment the route, "
		"ids, times and errors of one payment. It holds no key, no token, no body, no "
		"value of a header or of a URL's query.",
	.params = params,
	.size = sizeof(struct doctor_args),
	.fields = fields,
	.examples = examples,
	.needs = NEED_PATHS,
	.run = doctor_run,
};
