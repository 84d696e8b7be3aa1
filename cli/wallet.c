/* SPDX-License-Identifier: MIT */
#include "wallet.h"

#include "args.h"
#include "config.h"

#include <string.h>

static const char *wallet_kdf_word(enum fm_kdf kdf)
{
	switch (kdf) {
	case FM_KDF_NONE:
		return "none";
	case FM_KDF_INTERACTIVE:
		return "interactive";
	case FM_KDF_MODERATE:
		return "moderate";
	case FM_KDF_SENSITIVE:
		return "sensitive";
	}
	return "";
}

bool wallet_is_default(const struct app *app, const char *name)
{
	const char *chosen = config_default_wallet(app);

	return chosen && strcmp(chosen, name) == 0;
}

enum fm_code wallet_put(struct app *app, const struct fm_wallet *wallet,
			struct fm_err *err)
{
	struct fm_buf path;

	fm_buf_init(&path, 8192);
	fm_buf_fmt(&path, "%s/%s.json", app->paths.wallet_dir, wallet->name);
	if (!fm_buf_ok(&path))
		return fm_nomem(err);
	out_text(app->out, "name", wallet->name);
	out_address(app->out, "address", &wallet->address);
	out_bool(app->out, "key", !wallet->watch);
	if (!wallet->watch) {
		out_bool(app->out, "passphrase", wallet->kdf != FM_KDF_NONE);
		out_text(app->out, "kdf", wallet_kdf_word(wallet->kdf));
	}
	out_when(app->out, "created", wallet->created_s);
	out_bool(app->out, "default", wallet_is_default(app, wallet->name));
	if (wallet->spending.bound) {
		char policy[FM_HASH_TEXT];

		fm_hash_text(policy, &wallet->spending.policy);
		out_hash(app->out, "pays_from", &wallet->spending.ledger);
		out_text(app->out, "accepted",
			 wallet->spending.builtin ? "builtin" : policy);
	}
	out_text(app->out, "file", path.ptr);
	fm_buf_clear(&path);
	return FM_OK;
}

/* A name that may be a key pasted into the wrong place is not repeated. */
enum fm_code wallet_check_name(const char *name, struct fm_err *err)
{
	if (fm_wallet_name_ok(name) && !args_looks_secret(name))
		return FM_OK;
	if (args_looks_secret(name)) {
		fm_fail(err, FM_E_USAGE,
			"NAME looks like a private key and was not read: other "
			"programs and the shell's history see the command line");
		return fm_hint(err, "give the key in a file: fourmica wallet import NAME "
				    "--from-file KEYFILE");
	}
	fm_fail(err, FM_E_USAGE, "'%.40s' is no wallet name", name);
	return fm_hint(
		err,
		"lower-case letters, digits, - and _, at most %d, a letter or digit "
		"first",
		FM_WALLET_NAME - 1);
}

enum fm_code wallet_choose_kdf(enum fm_kdf *out, bool no_passphrase, const char *word,
			       struct fm_err *err)
{
	static const enum fm_kdf all[] = { FM_KDF_INTERACTIVE, FM_KDF_MODERATE,
					   FM_KDF_SENSITIVE };

	if (no_passphrase && word)
		return fm_fail(err, FM_E_USAGE,
			       "--kdf needs a passphrase to work on, and "
			       "--no-passphrase says there is none");
	if (no_passphrase)
		*out = FM_KDF_NONE;
	for (size_t i = 0; word && i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(word, wallet_kdf_word(all[i])) == 0)
			*out = all[i];
	return FM_OK;
}
