/* SPDX-License-Identifier: MIT */
/* The emergency stop and its end. Stopping asks nobody and needs nothing but the place of its file;
 * going on needs the word of whom the wallet belongs to (design, Decision 8). */
#include "app.h"
#include "audit.h"
#include "paths.h"

#include <fourmica/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stop {
	const char *reason;
};

static enum fm_code check_reason(const char *reason, struct fm_err *err)
{
	if (!reason ||
	    (strlen(reason) < FM_STOP_REASON && fm_utf8_ok(fm_span_of(reason))))
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "the reason is longer than %d bytes, or no UTF-8",
		FM_STOP_REASON - 1);
	return fm_hint(err, "say it shorter; 'fourmica stop' alone stops as well");
}

static void record(struct app *app, const char *event, const char *reason)
{
	const struct fm_fact facts[] = {
		{"reason", reason}
	};

	audit_tell(app, event, facts, 1);
}

static void sign_out(struct app *app, const struct fm_wallet *wallet)
{
	const struct fm_client_config config = { .clock = &fm_system_clock,
						 .rand = &fm_system_rand,
						 .log = &app->log,
						 .ledger_file = app->paths.ledger_file,
						 .payer = wallet->address,
						 .has_payer = true };
	struct fm_client *client = NULL;
	struct fm_err err;

	fm_err_init(&err);
	if (fm_client_new(&client, &config, &err) || fm_client_sign_out(client, 0, &err))
		out_warn(app->out, "a sign-in to 4Mica Core may be left: %s", err.msg);
	fm_client_free(&client);
}

/* They look for the file themselves, twice a second and before they sign. */
static void drop_keys(struct app *app)
{
	struct fm_err err;
	size_t count;

	fm_err_init(&err);
	if (app->paths.run_dir && fm_holder_lock_all(&count, app->paths.run_dir, &err))
		out_warn(app->out, "a key may be unlocked still: %s", err.msg);
}

/* What is signed in goes: access tokens are all there is in files. */
static void sign_all_out(struct app *app)
{
	struct fm_wallet *all = NULL;
	struct fm_err err;
	size_t count = 0;

	fm_err_init(&err);
	if (fm_store_list(&all, &count, &app->store, &err))
		out_warn(app->out, "sign-ins to 4Mica Core may be left: %s", err.msg);
	for (size_t i = 0; i < count; i++)
		sign_out(app, &all[i]);
	free(all);
}

static void put_stop(struct app *app, const struct fm_stop *stop)
{
	out_bool(app->out, "stopped", stop->set);
	if (stop->since_s)
		out_when(app->out, "since", stop->since_s);
	if (stop->reason[0])
		out_text(app->out, "reason", stop->reason);
	out_text(app->out, "file", app->paths.stop_file);
}

/* Whatever else is wrong with the surroundings: where the file belongs is enough. */
static enum fm_code find_place(struct app *app, struct fm_err *err)
{
	struct fm_err first;
	enum fm_code rc;

	fm_err_init(&first);
	rc = app_need(app, NEED_PATHS, &first);
	if (rc && !app->paths.stop_file)
		rc = paths_find(&app->paths, err);
	return app->paths.stop_file ? FM_OK : rc;
}

static enum fm_code make_stop(struct app *app, const char *reason, struct fm_err *err)
{
	struct fm_err ignored;
	char *slash, *dir = strdup(app->paths.stop_file);

	if (!dir)
		return fm_nomem(err);
	fm_err_init(&ignored);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	/* One that is there but open to others stops as well. */
	if (slash && fm_dir_make(dir, FM_FILE_PRIVATE, &ignored))
		out_warn(app->out, "%s", ignored.msg);
	free(dir);
	return fm_stop_set(app->paths.stop_file, fm_wall_s(&fm_system_clock), reason,
			   err);
}

static enum fm_code stop_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct stop *a = args;
	struct fm_stop before, now;
	enum fm_code rc = check_reason(a->reason, err);

	if (!rc)
		rc = find_place(app, err);
	if (rc)
		return rc;
	fm_stop_look(&before, app->paths.stop_file);
	rc = make_stop(app, a->reason, err);
	if (rc)
		return rc;
	fm_stop_look(&now, app->paths.stop_file);
	put_stop(app, &now);
	out_bool(app->out, "already", before.set);
	if (before.set && a->reason)
		out_note(app->out, "It was stopped before; the first reason stays.");
	if (!before.set && a->reason && !now.reason[0])
		out_warn(app->out, "the disk has no room for the reason");
	drop_keys(app);
	if (app->store.dir)
		sign_all_out(app);
	if (!before.set)
		record(app, "stop", a->reason);
	out_note(app->out,
		 "Nothing is paid until: fourmica resume. Withdrawing goes on.");
	return FM_OK;
}

/* ---- resume ---- */

/* Who could make a wallet could make one without passphrase: it has no word here while there is
 * one that has. */
static enum fm_code find_owner(struct app *app, struct fm_err *err)
{
	struct fm_wallet *all = NULL;
	size_t count = 0;
	bool any = false, can;
	enum fm_code rc = fm_store_list(&all, &count, &app->store, err);

	for (size_t i = 0; i < count; i++)
		any = any || all[i].kdf != FM_KDF_NONE;
	free(all);
	if (rc)
		return rc;
	can = app->wallet.name[0] && app->wallet.kdf != FM_KDF_NONE;
	if (!any || can)
		return FM_OK;
	fm_fail(err, FM_E_LOCKED, "the passphrase of a wallet is needed, and %s has none",
		app->wallet.name[0] ? app->wallet.name : "none that has one is selected");
	return fm_hint(err, "name a wallet with a passphrase: --wallet NAME");
}

static enum fm_code ask_owner(struct app *app, struct fm_err *err)
{
	static const char question[] = "Let payments be made again?";
	struct fm_secret *pass = NULL;
	enum fm_code rc = find_owner(app, err);

	if (rc)
		return rc;
	if (!app->wallet.name[0] || app->wallet.watch)
		return ask_yes(app, question, err);
	rc = app_owner(app, &pass, question, err);
	fm_secret_free(&pass);
	return rc;
}

static enum fm_code resume_run(struct app *app, const void *args, struct fm_err *err)
{
	struct fm_stop before, now = { .set = false };
	bool was = false;
	enum fm_code rc = FM_OK;

	(void)args;
	fm_stop_look(&before, app->paths.stop_file);
	if (app->stopped) {
		fm_fail(err, FM_E_STOPPED,
			"FOURMICA_STOP is set in the environment: no command lifts that");
		fm_rule(err, "stop");
		return fm_hint(err, "unset FOURMICA_STOP where it is set");
	}
	if (before.set)
		rc = ask_owner(app, err);
	if (!rc && before.set)
		rc = fm_stop_lift(&was, app->paths.stop_file, err);
	if (rc)
		return rc;
	put_stop(app, &now);
	out_bool(app->out, "was_stopped", before.set);
	if (before.set)
		record(app, "resume", before.reason[0] ? before.reason : NULL);
	else
		out_note(app->out, "Payments were not stopped.");
	return FM_OK;
}

/* ---- the table ---- */

/* clang-format off */
#define STOP_FIELDS                                                                            \
	{ "stopped", "Stopped", FIELD_BOOL, "whether payments are stopped now", NULL },        \
	{ "since", "Since", FIELD_TIME, "when they were stopped; null: they are not", NULL },  \
	{ "reason", "Reason", FIELD_TEXT, "why; null: nobody said", NULL },                    \
	{ "file", NULL, FIELD_TEXT, "whose existence is the stop", NULL }

static const struct param stop_params[] = {
	OPT(struct stop, reason, "reason", 0, "TEXT", "why, for whoever meets the stop"),
	{ 0 },
};

static const struct field stop_fields[] = {
	STOP_FIELDS,
	{ "already", NULL, FIELD_BOOL, "whether they were stopped before", NULL },
	{ 0 },
};

static const struct field resume_fields[] = {
	STOP_FIELDS,
	{ "was_stopped", NULL, FIELD_BOOL, "whether there was a stop to lift", NULL },
	{ 0 },
};

static const struct example stop_examples[] = {
	{ "fourmica stop", "at once, whatever is running" },
	{ "fourmica stop --reason 'the agent pays for nonsense'", "with a word for the others" },
	{ 0 },
};

static const struct example resume_examples[] = {
	{ "fourmica resume", "asks for the wallet's passphrase" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_stop = {
	.name = "stop",
	.summary = "stop all payments at once; needs no passphrase",
	.details =
		"Makes a file that every process looks for right before it signs: nothing is "
		"paid, deposited or signed by itself any more, with status 37, and sign-ins to "
		"4Mica Core are forgotten. A file of that name made by hand does the same, and "
		"FOURMICA_STOP in the environment for one process. What was signed before "
		"cannot be called back. Withdrawing goes on.\n\n"
		"It works with a damaged config.json or ledger, too, and a second time it "
		"changes nothing.",
	.params = stop_params,
	.size = sizeof(struct stop),
	.fields = stop_fields,
	.examples = stop_examples,
	.run = stop_run,
};

const struct cmd cmd_resume = {
	.name = "resume",
	.summary = "let payments be made again",
	.details =
		"Asks for the passphrase of the selected wallet, whatever is unlocked; where no "
		"wallet has one, for a confirmation.",
	.fields = resume_fields,
	.examples = resume_examples,
	.see = "fourmica-safety 7",
	.needs = NEED_HOME | WALLET_IF_ANY,
	.run = resume_run,
};
