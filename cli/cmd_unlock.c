/* SPDX-License-Identifier: MIT */
/* One passphrase for many commands: a process keeps the key for a while, and drops it. */
#include "accepted.h"
#include "app.h"
#include "hold.h"
#include "paths.h"
#include "session.h"

#define USUAL_S (15 * 60)

struct unlock {
	const char *for_text, *idle_text;
};

static enum fm_code check_wallet(const struct app *app, struct fm_err *err)
{
	if (app->wallet.watch) {
		fm_fail(err, FM_E_LOCKED, "there is no key of this wallet here");
		return fm_hint(err, "name one that has a key: --wallet NAME");
	}
	if (app->wallet.kdf == FM_KDF_NONE)
		return fm_fail(
			err, FM_E_USAGE,
			"wallet '%s' has no passphrase: there is nothing to unlock",
			app->wallet.name);
	return FM_OK;
}

/* The holder signs what is reserved in the wallet's own ledger, so it must have one by now. */
static enum fm_code bind(struct app *app, struct fm_err *err)
{
	struct fm_ledger *ledger;
	struct fm_hash name;
	enum fm_code rc;

	if (app->wallet.spending.bound)
		return FM_OK;
	rc = fm_client_ledger(&ledger, app->client, true, err);
	if (!rc)
		rc = fm_ledger_name(&name, ledger, err);
	return rc ? rc : accepted_bind(app, &name, err);
}

static enum fm_code unlock_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct unlock *a = args;
	struct fm_secret *key = NULL;
	int64_t for_s = USUAL_S, idle_s = USUAL_S;
	enum fm_code rc = session_time(&for_s, a->for_text, "--for", err);

	if (!rc)
		rc = session_time(&idle_s, a->idle_text, "--idle", err);
	if (!rc)
		rc = check_wallet(app, err);
	if (!rc)
		rc = fm_client_check_stop(app->client, err);
	if (!rc)
		rc = app_key(app, &key, &app->pass, err);
	if (!rc)
		rc = bind(app, err);
	fm_secret_free(&app->pass);
	if (!rc)
		rc = hold_start(app, &key, for_s, idle_s, err);
	fm_secret_free(&key);
	if (rc)
		return rc;
	out_text(app->out, "wallet", app->wallet.name);
	out_address(app->out, "address", &app->wallet.address);
	out_when(app->out, "until", fm_wall_s(&fm_system_clock) + for_s);
	out_duration(app->out, "idle_seconds", idle_s);
	return FM_OK;
}

/* ---- lock ---- */

static enum fm_code lock_named(struct app *app, size_t *count, struct fm_err *err)
{
	bool found = false;
	enum fm_code rc = app_need(app, NEED_HOME | NEED_WALLET, err);

	if (!rc)
		rc = fm_holder_lock(&found, app->paths.run_dir, &app->wallet.address,
				    err);
	*count = found;
	return rc;
}

/* Whatever else is wrong: where the sockets lie is enough. */
static enum fm_code lock_all(struct app *app, size_t *count, struct fm_err *err)
{
	struct fm_err first;
	enum fm_code rc;

	fm_err_init(&first);
	rc = app_need(app, NEED_PATHS, &first);
	if (rc && !app->paths.run_dir)
		rc = paths_find(&app->paths, err);
	return app->paths.run_dir ? fm_holder_lock_all(count, app->paths.run_dir, err)
				  : rc;
}

static enum fm_code lock_run(struct app *app, const void *args, struct fm_err *err)
{
	bool named = app->given.wallet || app->given.address.set;
	size_t count = 0;
	enum fm_code rc =
		named ? lock_named(app, &count, err) : lock_all(app, &count, err);

	(void)args;
	if (!named || session_holds(app->session, app))
		count += session_lock(app->session);
	out_number(app->out, "locked", (int64_t)count);
	if (!rc && !count)
		out_note(app->out, "Nothing was unlocked.");
	return rc;
}

/* ---- the table ---- */

/* clang-format off */
static const struct param params[] = {
	OPT(struct unlock, for_text, "for", 0, "TIME",
	    "drop the key after TIME (15m, at most 24h); usually 15m"),
	OPT(struct unlock, idle_text, "idle", 0, "TIME",
	    "drop it when nothing was signed for TIME; usually 15m"),
	{ 0 },
};

static const struct field unlock_fields[] = {
	{ "wallet", "Unlocked", FIELD_TEXT, "name of the wallet", NULL },
	{ "address", "Address", FIELD_ADDRESS, "its address", NULL },
	{ "until", "Until", FIELD_TIME, "when the key is dropped at the latest", NULL },
	{ "idle_seconds", "Or when idle for", FIELD_DURATION,
	  "when nothing is signed for so long", NULL },
	{ 0 },
};

static const struct field lock_fields[] = {
	{ "locked", "Locked", FIELD_NUMBER, "wallets that were unlocked, and are not now", NULL },
	{ 0 },
};

static const struct example unlock_examples[] = {
	{ "fourmica unlock --for 1h", "then scripts pay without a passphrase for an hour" },
	{ 0 },
};

static const struct example lock_examples[] = {
	{ "fourmica lock", "at once, for all wallets" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_unlock = {
	.name = "unlock",
	.summary = "keep a wallet's key ready for a while",
	.details =
		"Asks for the passphrase once and leaves the key with a process in the "
		"background, the key holder, in memory that is locked, is in no core file, and "
		"that other programs cannot look into. Commands that sign use it instead of "
		"asking. What takes the passphrase itself (approvals, policy accept, resume) "
		"still asks.\n\n"
		"The key holder signs for who runs as this user, and only what it is told in "
		"full and finds reserved in the wallet's ledger: a payment within the limits, a "
		"transaction of an operation, a sign-in to 4Mica Core. Each once. It never signs "
		"a bare hash. A wallet that has not paid yet is bound to the ledger and the "
		"policy of now, as its first payment would.\n\n"
		"The key is dropped by fourmica lock, after --for, when idle, by fourmica stop, "
		"when the machine slept, and when the folder of the socket is gone (after "
		"logging out). A second unlock takes the first one's place.",
	.see = "fourmica-signer 5",
	.params = params,
	.size = sizeof(struct unlock),
	.fields = unlock_fields,
	.examples = unlock_examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER,
	.run = unlock_run,
};

const struct cmd cmd_lock = {
	.name = "lock",
	.summary = "drop the keys that are unlocked",
	.details =
		"All of them, or that of --wallet, and at the prompt of fourmica repl the one that is "
		"unlocked there. A key holder that does not do as it is "
		"told, for example one of another version, is ended by a signal.",
	.fields = lock_fields,
	.examples = lock_examples,
	.run = lock_run,
};
