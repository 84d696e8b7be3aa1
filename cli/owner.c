/* SPDX-License-Identifier: MIT */
/* The wallet a command works with: which one it is, and who may open it. */
#include "app.h"

#include "ask.h"
#include "hold.h"
#include "session.h"

#include <stdio.h>
#include <stdlib.h>

#define TRIES 3

/* ---- which ---- */

static enum fm_code wallet_by_address(struct app *app, struct fm_err *err)
{
	const struct fm_addr *wanted = &app->opt.address.addr;
	struct fm_wallet *all = NULL;
	size_t count = 0;
	enum fm_code rc = fm_store_list(&all, &count, &app->store, err);

	app->wallet = (struct fm_wallet){ .address = *wanted, .watch = true };
	/* The first of that address, one with a key before one that only watches. */
	for (size_t i = 0; !rc && i < count && app->wallet.watch; i++)
		if (fm_addr_equal(&all[i].address, wanted) &&
		    (!app->wallet.name[0] || !all[i].watch))
			app->wallet = all[i];
	free(all);
	return rc;
}

static enum fm_code which_wallet(const struct fm_wallet *all, size_t count,
				 struct fm_err *err)
{
	struct fm_buf names;

	fm_buf_init(&names, 256);
	for (size_t i = 0; i < count && i < 3; i++)
		fm_buf_fmt(&names, "%s%s", i ? ", " : "", all[i].name);
	fm_fail(err, FM_E_USAGE, "%zu wallets (%s%s) and none is the default", count,
		names.ptr ? names.ptr : "", count > 3 ? ", ..." : "");
	fm_buf_clear(&names);
	return fm_hint(err,
		       "name one with --wallet NAME, or run: fourmica wallet use NAME");
}

static enum fm_code only_wallet(struct app *app, struct fm_err *err)
{
	struct fm_wallet *all = NULL;
	size_t count = 0;
	enum fm_code rc = fm_store_list(&all, &count, &app->store, err);

	if (!rc && count == 1)
		app->wallet = all[0];
	if (!rc && count > 1)
		rc = which_wallet(all, count, err);
	free(all);
	if (rc || count)
		return rc;
	fm_fail(err, FM_E_CONFIG, "there is no wallet yet");
	return fm_hint(err, "make one: fourmica wallet new NAME");
}

enum fm_code app_find_wallet(struct app *app, struct fm_err *err)
{
	enum fm_code rc;

	if (!app->opt.wallet)
		return app->opt.address.set ? wallet_by_address(app, err)
					    : only_wallet(app, err);
	if (!fm_wallet_name_ok(app->opt.wallet))
		return fm_fail(err, FM_E_USAGE, "--wallet: this is no wallet name");
	rc = fm_store_show(&app->wallet, &app->store, app->opt.wallet, err);
	if (rc)
		return rc;
	if (app->opt.address.set &&
	    !fm_addr_equal(&app->wallet.address, &app->opt.address.addr))
		return fm_fail(err, FM_E_USAGE,
			       "wallet '%s' has another address than --address",
			       app->opt.wallet);
	return FM_OK;
}

/* ---- opened ---- */

/* One try with `pass`; the wallet must still be the one that was shown. */
static enum fm_code open_wallet(struct app *app, struct fm_secret **key,
				const struct fm_secret *pass, struct fm_err *err)
{
	struct fm_wallet now = { 0 };
	enum fm_code rc;

	out_works(app->out, "opening wallet '%s'", app->wallet.name);
	rc = fm_store_open(key, &now, &app->store, app->wallet.name, pass, err);
	out_worked(app->out);
	if (!rc && !fm_addr_equal(&now.address, &app->wallet.address))
		rc = fm_fail(err, FM_E_CONFIG, "wallet '%s' was replaced meanwhile",
			     now.name);
	if (rc)
		fm_secret_free(key);
	return rc;
}

enum fm_code app_key(struct app *app, struct fm_secret **key, struct fm_secret **pass,
		     struct fm_err *err)
{
	char prompt[FM_WALLET_NAME + 32], address[FM_ADDR_TEXT];
	bool terminal = true;
	enum fm_code rc = FM_E_LOCKED;

	if (!app->wallet.name[0]) {
		fm_addr_text(address, &app->wallet.address);
		fm_fail(err, FM_E_LOCKED, "there is no key of %s here", address);
		return fm_hint(err, "bring it along: fourmica wallet import NAME");
	}
	/* No passphrase, or no key at all, which the store says. */
	if (app->wallet.kdf == FM_KDF_NONE)
		return open_wallet(app, key, NULL, err);
	snprintf(prompt, sizeof(prompt), "Passphrase of wallet '%s'", app->wallet.name);
	for (int tries = 0; rc == FM_E_LOCKED && terminal && tries < TRIES; tries++) {
		fm_secret_free(pass);
		rc = app->at_hand ? ask_typed_passphrase(app, pass, prompt, err)
				  : ask_secret(app, pass, &terminal, prompt, err);
		if (!rc)
			rc = open_wallet(app, key, *pass, err);
		if (rc == FM_E_LOCKED && terminal && tries + 1 < TRIES)
			out_note(app->out, "Wrong passphrase. Try again.");
	}
	if (rc)
		fm_secret_free(pass);
	return rc;
}

static enum fm_code open_here(struct app *app, struct fm_signer *out,
			      struct fm_secret **pass, struct fm_err *err)
{
	struct fm_secret *key = NULL;
	enum fm_code rc = app_key(app, &key, pass, err);

	if (!rc)
		rc = fm_signer_local(out, &key, &app->wallet.address,
				     app->wallet.kdf == FM_KDF_NONE, err);
	fm_secret_free(&key);
	return rc;
}

/* Keys that are in another process. */
static enum fm_code open_elsewhere(struct app *app, struct fm_signer *out, bool *found,
				   struct fm_err *err)
{
	enum fm_code rc = external_signer(app, out, found, err);

	return rc || *found ? rc : hold_signer(app, out, found, err);
}

enum fm_code app_signer(void *app, struct fm_signer *out, struct fm_err *err)
{
	struct app *a = app;
	struct fm_secret *pass = NULL;
	bool found;
	enum fm_code rc;

	/* Who proved themselves for this payment is not asked again. */
	if (a->proved.ops) {
		*out = a->proved;
		a->proved = (struct fm_signer){ 0 };
		return FM_OK;
	}
	if (!a->at_hand && session_signer(a->session, a, out))
		return FM_OK;
	rc = open_elsewhere(a, out, &found, err);
	if (rc || found)
		return rc;
	rc = open_here(a, out, &pass, err);
	/* Who approves one payment has not unlocked the next. */
	if (!rc && !a->at_hand)
		session_keep_signer(a->session, a, out);
	/* The first payment binds the wallet, and asks nobody twice. */
	if (!rc && !a->wallet.spending.bound && !a->pass) {
		a->pass = pass;
		pass = NULL;
	}
	fm_secret_free(&pass);
	return rc;
}

enum fm_code app_owner(struct app *app, struct fm_secret **pass, const char *question,
		       struct fm_err *err)
{
	struct fm_signer signer = { 0 };
	enum fm_code rc = FM_OK;

	if (app->wallet.name[0] && !app->wallet.watch && app->wallet.kdf == FM_KDF_NONE)
		rc = ask_yes(app, question, err);
	if (!rc)
		rc = open_here(app, &signer, pass, err);
	fm_signer_close(&signer);
	return rc;
}
