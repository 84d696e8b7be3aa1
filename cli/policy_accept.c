/* SPDX-License-Identifier: MIT */
/* What the selected wallet may pay under, and from which ledger, said anew by whom it belongs to. */
#include "policy_accept.h"

#include "accepted.h"
#include "hold.h"
#include "session.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct policy_accept {
	bool adopt_ledger;
};

struct accepting {
	struct app *app;
	struct fm_ledger
		*ledger; /* NULL: there is none, and none is made before the word */
	struct fm_spending now; /* as the wallet's file will have it */
	bool adopts;		/* another ledger than it was, or an older one */
	bool changes;
};

/* ---- the ledger ---- */

static enum fm_code other_ledger(const char *what, const struct app *app,
				 struct fm_err *err)
{
	fm_fail(err, FM_E_LEDGER, "%s at %s", what, app->paths.ledger_file);
	fm_rule(err, "ledger");
	return fm_hint(err, "put its ledger back; to go on with what there is, add "
			    "--adopt-ledger");
}

static enum fm_code open_ledger(struct accepting *a, bool write, bool adopt,
				struct fm_err *err)
{
	const struct fm_ledger_options options = {
		.path = a->app->paths.ledger_file,
		.clock = &fm_system_clock,
		.rand = &fm_system_rand,
		.read_only = !write,
		.head_dir = a->app->paths.wallet_dir,
		.adopt = adopt,
	};
	struct fm_hash name = { { 0 } };
	enum fm_code rc;

	fm_ledger_close(&a->ledger);
	rc = fm_ledger_open(&a->ledger, &options, err);
	if (!rc && a->ledger)
		rc = fm_ledger_name(&name, a->ledger, err);
	a->now = accepted_now(a->app, &name);
	return rc;
}

/* A wallet that paid pays from one ledger: a new one must not come to be by the way. */
static enum fm_code find_ledger(struct accepting *a, bool adopt, struct fm_err *err)
{
	const struct fm_spending *before = &a->app->wallet.spending;
	struct stat st;
	enum fm_code rc;

	if (before->bound && !adopt && lstat(a->app->paths.ledger_file, &st) != 0)
		return other_ledger("the wallet's ledger is missing", a->app, err);
	rc = open_ledger(a, false, false, err);
	if (rc == FM_E_LEDGER && adopt) {
		fm_err_init(err);
		a->adopts = true;
		rc = open_ledger(a, false, true, err);
	}
	if (rc)
		return rc;
	if (before->bound && !fm_hash_equal(&a->now.ledger, &before->ledger)) {
		if (!adopt)
			return other_ledger("the wallet pays from another ledger than "
					    "the one",
					    a->app, err);
		a->adopts = true;
	}
	a->changes = a->adopts || !fm_spending_equal(&a->now, before);
	return FM_OK;
}

/* ---- what it means ---- */

static void put_policy(struct app *app, const char *field,
		       const struct fm_spending *spending)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, &spending->policy);
	if (spending->bound)
		out_text(app->out, field, spending->builtin ? "builtin" : text);
}

static void put_looser(struct app *app, const struct fm_policy *accepted)
{
	struct fm_err what;
	size_t at = 0;

	fm_err_init(&what);
	while (fm_policy_looser_next(&at, &what, app->policy, accepted)) {
		out_row(app->out, "looser");
		out_text(app->out, "what", what.msg);
		out_end(app->out);
		if (!app->opt.yes)
			out_note(app->out, "It will allow more: %s.", what.msg);
		fm_err_init(&what);
	}
}

static void put_changes(struct accepting *a)
{
	struct app *app = a->app;
	const struct fm_spending *before = &app->wallet.spending;
	struct fm_policy *accepted = NULL;
	struct fm_err ignored;

	fm_err_init(&ignored);
	out_text(app->out, "wallet", app->wallet.name);
	out_address(app->out, "address", &app->wallet.address);
	put_policy(app, "policy", &a->now);
	put_policy(app, "policy_before", before);
	if (before->bound)
		out_hash(app->out, "ledger_before", &before->ledger);
	out_bool(app->out, "adopts_ledger", a->adopts);
	if (a->adopts)
		out_warn(app->out,
			 "the ledger at %s is older than it was, new, or another: what "
			 "was paid and is not in it counts against no limit",
			 app->paths.ledger_file);
	if (!before->bound)
		return;
	if (accepted_read(&accepted, app, before, &ignored))
		out_warn(app->out, "%s", ignored.msg);
	else
		put_looser(app, accepted);
	fm_policy_free(&accepted);
}

/* ---- doing it ---- */

static enum fm_code record(const struct accepting *a, struct fm_err *err)
{
	const struct fm_spending *before = &a->app->wallet.spending;
	char address[FM_ADDR_TEXT], policy[FM_HASH_TEXT], was[FM_HASH_TEXT],
		ledger[FM_HASH_TEXT];
	const struct fm_fact facts[] = {
		{"wallet",	    address						  },
		{ "policy",	    a->now.builtin ? "builtin" : policy			},
		{ "policy_before", !before->bound    ? NULL
				   : before->builtin ? "builtin"
						     : was},
		{ "ledger_before", before->bound ? ledger : NULL				 },
		{ "adopts_ledger", a->adopts ? "yes" : "no"				    },
	};

	fm_addr_text(address, &a->app->wallet.address);
	fm_hash_text(policy, &a->now.policy);
	fm_hash_text(was, &before->policy);
	fm_hash_text(ledger, &before->ledger);
	return fm_ledger_record(a->ledger, "policy.accepted", facts,
				sizeof(facts) / sizeof(facts[0]), err);
}

/* The record first, then what it allows. */
static enum fm_code take(struct accepting *a, const struct fm_secret *pass,
			 struct fm_err *err)
{
	struct app *app = a->app;
	enum fm_code rc = open_ledger(a, true, a->adopts, err);

	if (!rc)
		rc = accepted_keep(app, err);
	if (!rc)
		rc = record(a, err);
	if (!rc) {
		out_works(app->out, "writing wallet '%s'", app->wallet.name);
		rc = fm_store_bind(&app->store, app->wallet.name, pass,
				   &app->wallet.spending, &a->now, err);
		out_worked(app->out);
	}
	if (!rc)
		session_wallet_written(app->session, app);
	/* It would go on looking for reservations in the other one. */
	if (!rc && a->adopts)
		hold_drop(app);
	return rc;
}

enum fm_code policy_accept_rules(struct app *app, const struct fm_secret *pass,
				 struct fm_err *err)
{
	struct accepting a = { .app = app };
	enum fm_code rc = find_ledger(&a, false, err);

	if (!rc && a.changes)
		rc = take(&a, pass, err);
	fm_ledger_close(&a.ledger);
	return rc;
}

static enum fm_code accept(struct accepting *a, struct fm_err *err)
{
	struct app *app = a->app;
	struct fm_secret *pass = NULL;
	enum fm_code rc = app_owner(app, &pass,
				    a->adopts ? "Let the wallet pay from this ledger, "
						"under these rules?"
					      : "Let the wallet pay under these rules?",
				    err);

	if (!rc)
		rc = take(a, pass, err);
	fm_secret_free(&pass);
	return rc;
}

static enum fm_code policy_accept_run(struct app *app, const void *args,
				      struct fm_err *err)
{
	const struct policy_accept *options = args;
	struct accepting a = { .app = app };
	enum fm_code rc = FM_OK;

	if (app->wallet.watch || !app->wallet.name[0]) {
		fm_fail(err, FM_E_LOCKED, "the wallet only watches: it pays nothing");
		return fm_hint(err, "name a wallet with a key: --wallet NAME");
	}
	rc = find_ledger(&a, options->adopt_ledger, err);
	if (rc)
		goto out;
	put_changes(&a);
	out_bool(app->out, "changes", a.changes);
	if (!a.changes)
		out_note(app->out, "These rules are the accepted ones already.");
	else if (!app->opt.dry_run)
		rc = accept(&a, err);
	if (a.ledger)
		out_hash(app->out, "ledger", &a.now.ledger);
out:
	fm_ledger_close(&a.ledger);
	return rc;
}

/* ---- the table ---- */

/* clang-format off */
static const struct param params[] = {
	OPT(struct policy_accept, adopt_ledger, "adopt-ledger", 0, NULL,
	    "pay from the ledger there is, though it is another or an older one"),
	{ 0 },
};

static const struct field looser_fields[] = {
	{ "what", "Allows more", FIELD_TEXT, "where, and both values", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "wallet", "Wallet", FIELD_TEXT, "its name", NULL },
	{ "address", "Address", FIELD_ADDRESS, "its address", NULL },
	{ "policy", "Policy", FIELD_TEXT, "SHA-256 of the rules in force, or builtin", NULL },
	{ "policy_before", "Accepted before", FIELD_TEXT,
	  "of those that were accepted; null: the wallet has not paid yet", NULL },
	{ "ledger", NULL, FIELD_HASH, "name of the ledger; null: there is none yet", NULL },
	{ "ledger_before", NULL, FIELD_HASH, "of the one it paid from; null: it has not", NULL },
	{ "adopts_ledger", "Adopts the ledger", FIELD_BOOL,
	  "whether the ledger is another, or an older one, than the wallet paid from", NULL },
	{ "looser", "Looser", FIELD_LIST,
	  "what the rules allow that the accepted ones did not, one row for each member", looser_fields },
	{ "changes", "Changes", FIELD_BOOL, "false: all of it was accepted already", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica policy accept --dry-run", "what a changed policy.json allows that it did not" },
	{ "fourmica policy accept", "asks for the wallet's passphrase" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_policy_accept = {
	.name = "accept",
	.summary = "let a wallet pay under the rules there are now",
	.details =
		"With its first payment a wallet takes the rules in force, and the ledger that "
		"counts what they limit, for its own; its file says so, and only its passphrase "
		"changes that. Tighter rules hold at once. Looser ones refuse every payment with "
		"status 30 until they are accepted here; another ledger, a new one, or an older "
		"copy does so with status 71 until it is adopted.\n\n"
		"The passphrase itself is asked for, whatever is unlocked. For a wallet without "
		"one a confirmation will do, which protects against accidents only.",
	.params = params,
	.size = sizeof(struct policy_accept),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | MAY_SPEND,
	.run = policy_accept_run,
};
