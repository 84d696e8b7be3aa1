/* SPDX-License-Identifier: MIT */
/* Keys that come from other wallets, go to them, or get another passphrase. */
#include "args.h"
#include "ask.h"
#include "audit.h"
#include "hold.h"
#include "wallet.h"

#include <fourmica/file.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TRIES 3

/* ---- import --from-v3 ---- */

static enum fm_code try_v3(struct app *app, struct fm_secret **key, bool *terminal,
			   struct fm_span text, const struct ask_source *source,
			   struct fm_err *err)
{
	struct fm_secret *pass = NULL;
	enum fm_code rc = ask_other_passphrase(app, &pass, terminal, source,
					       "Passphrase of the key file", false, err);

	if (!rc) {
		out_works(app->out, "opening the key file");
		rc = fm_v3_open(key, text, pass, err);
		out_worked(app->out);
	}
	fm_secret_free(&pass);
	return rc;
}

enum fm_code wallet_read_v3(struct app *app, struct fm_secret **key, const char *path,
			    const struct ask_source *source, struct fm_err *err)
{
	struct fm_buf text;
	bool terminal = true;
	enum fm_code rc;

	fm_buf_init(&text, FM_V3_MAX);
	rc = app_read_file(&text, path, err);
	if (rc == FM_E_TOO_LARGE)
		rc = fm_fail(err, FM_E_CONFIG,
			     "no Ethereum v3 key file: larger than %d bytes", FM_V3_MAX);
	if (!rc)
		rc = fm_v3_check(fm_buf_span(&text), err);
	if (!rc)
		rc = FM_E_LOCKED;
	for (int tries = 0; rc == FM_E_LOCKED && terminal && tries < TRIES; tries++) {
		rc = try_v3(app, key, &terminal, fm_buf_span(&text), source, err);
		if (rc == FM_E_LOCKED && terminal && tries + 1 < TRIES)
			out_note(app->out, "Wrong passphrase. Try again.");
	}
	if (rc == FM_E_CONFIG || rc == FM_E_LOCKED)
		fm_within(err, "%s", path);
	fm_buf_clear(&text);
	return rc;
}

/* ---- export ---- */

struct wallet_export {
	const char *name, *confirm;
	const char *v3, *raw;
	const char *v3_passphrase_file, *v3_passphrase_fd;
};

static const char *target(const struct wallet_export *a)
{
	return a->v3 ? a->v3 : a->raw;
}

static const char *format(const struct wallet_export *a)
{
	return a->v3 ? "v3" : "raw";
}

static bool to_stdout(const struct wallet_export *a)
{
	return strcmp(target(a), "-") == 0;
}

/* Before anybody is asked for anything; fm_file_write asks again, without a race. */
static enum fm_code check_free(const char *path, struct fm_err *err)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "%s already exists", path);
	return fm_hint(err, "name another file; none is ever replaced by a key");
}

static enum fm_code check_target(struct app *app, const struct wallet_export *a,
				 struct fm_err *err)
{
	if (!a->v3 == !a->raw) {
		fm_fail(err, FM_E_USAGE,
			a->v3 ? "--v3 and --raw exclude each other"
			      : "where shall the key go");
		return fm_hint(err,
			       "give --v3 FILE: encrypted, as geth and cast read it");
	}
	if (a->raw && (a->v3_passphrase_file || a->v3_passphrase_fd))
		return fm_fail(err, FM_E_USAGE, "--v3-passphrase-... is for --v3");
	if (!to_stdout(a))
		return check_free(target(a), err);
	if (!out_is_json(app->out))
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "a key is never part of the report");
	return fm_hint(err, "name a file instead of -, or leave --json out");
}

static enum fm_code ask_export(struct app *app, const struct wallet_export *a,
			       struct fm_err *err)
{
	char address[FM_ADDR_TEXT], question[512];

	fm_addr_text(address, &app->wallet.address);
	snprintf(
		question, sizeof(question),
		"Wallet '%s', %s.\nWho has its key spends without this program's policy, "
		"budget and stop%s.\nType its name to export it",
		app->wallet.name, address,
		a->raw ? "; and it will NOT be encrypted" : "");
	return ask_typed(app, question, app->wallet.name, ASK_EXACT, a->confirm, err);
}

/* The wallet's passphrase, and the key it opens. */
static enum fm_code open_key(struct app *app, struct fm_secret **key, struct fm_err *err)
{
	struct fm_secret *pass = NULL;
	struct fm_wallet now;
	enum fm_code rc = app_owner(app, &pass, "Export it", err);

	if (!rc) {
		out_works(app->out, "opening wallet '%s'", app->wallet.name);
		rc = fm_store_open(key, &now, &app->store, app->wallet.name, pass, err);
		out_worked(app->out);
	}
	if (!rc && !fm_addr_equal(&now.address, &app->wallet.address))
		rc = fm_fail(err, FM_E_CONFIG, "wallet '%s' was replaced meanwhile",
			     now.name);
	fm_secret_free(&pass);
	return rc;
}

static enum fm_code raw_text(struct fm_buf *out, const struct fm_secret *key,
			     struct fm_err *err)
{
	char *at = fm_buf_grow(out, 64);

	if (!at)
		return fm_nomem(err);
	fm_hex_write(at, fm_secret_read(key), 32);
	fm_secret_done(key);
	return fm_buf_chr(out, '\n') ? FM_OK : fm_nomem(err);
}

static enum fm_code v3_text(struct app *app, struct fm_buf *out,
			    const struct wallet_export *a, const struct fm_secret *key,
			    struct fm_err *err)
{
	const struct ask_source source = { .file = a->v3_passphrase_file,
					   .fd = a->v3_passphrase_fd,
					   .option = "--v3-passphrase" };
	struct fm_secret *pass = NULL;
	bool terminal;
	enum fm_code rc =
		ask_other_passphrase(app, &pass, &terminal, &source,
				     "New passphrase of the key file", true, err);

	if (!rc) {
		out_works(app->out, "encrypting the key file");
		rc = fm_v3_seal(out, key, pass, &fm_system_rand, err);
		out_worked(app->out);
	}
	fm_secret_free(&pass);
	return rc;
}

/* The journal learns it before the key leaves, so that no key has left unknown to it. */
static void record(struct app *app, const struct wallet_export *a)
{
	char address[FM_ADDR_TEXT];
	struct fm_buf shown;
	const char *to = args_shown(&shown, target(a)), *kind = format(a);
	const struct fm_fact facts[] = {
		{"wallet",  app->wallet.name},
		{ "payer",  address	   },
		{ "format", kind		 },
		{ "to",	to		   },
	};

	fm_addr_text(address, &app->wallet.address);
	audit_tell(app, "wallet.export", facts, sizeof(facts) / sizeof(facts[0]));
	fm_buf_clear(&shown);
}

static enum fm_code write_out(struct app *app, const struct wallet_export *a,
			      struct fm_span text, struct fm_err *err)
{
	enum fm_code rc;

	if (to_stdout(a))
		return out_secret(app->out, text.ptr, text.len)
			       ? FM_OK
			       : fm_fail(err, FM_E_IO, "standard output takes no more");
	rc = fm_file_write(target(a), text, FM_FILE_CREATE, err);
	if (rc)
		return rc;
	out_note(app->out, "The key of wallet '%s' is in %s%s.", app->wallet.name,
		 target(a), a->raw ? ", not encrypted" : "");
	return FM_OK;
}

static enum fm_code export_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_export *a = args;
	struct fm_secret *key = NULL;
	struct fm_buf text;
	enum fm_code rc = wallet_check_name(a->name, err);

	fm_buf_init(&text, FM_V3_MAX);
	if (!rc)
		rc = check_target(app, a, err);
	if (!rc)
		rc = fm_store_show(&app->wallet, &app->store, a->name, err);
	if (!rc)
		rc = ask_export(app, a, err);
	if (!rc)
		rc = open_key(app, &key, err);
	if (!rc)
		rc = a->v3 ? v3_text(app, &text, a, key, err) : raw_text(&text, key, err);
	if (!rc) {
		record(app, a);
		rc = write_out(app, a, fm_buf_span(&text), err);
	}
	if (!rc) {
		out_text(app->out, "name", app->wallet.name);
		out_address(app->out, "address", &app->wallet.address);
		out_text(app->out, "format", format(a));
		out_text(app->out, "written", target(a));
	}
	fm_buf_wipe(&text);
	fm_secret_free(&key);
	return rc;
}

/* ---- passwd ---- */

struct wallet_passwd {
	const char *name, *kdf;
	const char *new_passphrase_file, *new_passphrase_fd;
};

static enum fm_code change(struct app *app, const struct wallet_passwd *a,
			   const struct fm_secret *old, enum fm_kdf kdf,
			   struct fm_err *err)
{
	const struct ask_source source = { .file = a->new_passphrase_file,
					   .fd = a->new_passphrase_fd,
					   .option = "--new-passphrase" };
	struct fm_secret *fresh = NULL;
	bool terminal;
	enum fm_code rc = ask_other_passphrase(app, &fresh, &terminal, &source,
					       "New passphrase", true, err);

	if (!rc) {
		out_works(app->out, "encrypting wallet '%s' anew", app->wallet.name);
		rc = fm_store_passwd(&app->wallet, &app->store, app->wallet.name, old,
				     fresh, kdf, err);
		out_worked(app->out);
	}
	fm_secret_free(&fresh);
	return rc;
}

static enum fm_code passwd_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_passwd *a = args;
	struct fm_secret *old = NULL;
	enum fm_kdf before, kdf;
	enum fm_code rc = wallet_check_name(a->name, err);

	if (!rc)
		rc = fm_store_show(&app->wallet, &app->store, a->name, err);
	if (rc)
		return rc;
	before = app->wallet.kdf;
	kdf = before == FM_KDF_NONE ? FM_KDF_MODERATE : before;
	rc = wallet_choose_kdf(&kdf, false, a->kdf, err);
	if (!rc)
		rc = app_owner(app, &old, "Give it a passphrase", err);
	if (!rc)
		rc = change(app, a, old, kdf, err);
	fm_secret_free(&old);
	if (rc)
		return rc;
	hold_drop(app);
	if (before == FM_KDF_NONE)
		out_warn(app->out,
			 "the key lay on this disk without a passphrase until now, "
			 "and copies may be left; make a new wallet for more than "
			 "tests");
	else
		out_note(app->out, "Copies of the old file still open with the old "
				   "passphrase.");
	return wallet_put(app, &app->wallet, err);
}

/* ---- tables ---- */

/* clang-format off */
static const struct param export_params[] = {
	ARGX(struct wallet_export, name, "NAME", "which one", .traits = PARAM_REQUIRED, .known = KNOWN_WALLET),
	OPTX(struct wallet_export, v3, "v3", 0, "FILE",
	     "write an Ethereum v3 key file under a passphrase of its own; -: standard output",
	     .traits = PARAM_FILE),
	OPTX(struct wallet_export, raw, "raw", 0, "FILE",
	     "write the bare key, 64 hex digits; -: standard output", .traits = PARAM_FILE),
	OPTX(struct wallet_export, v3_passphrase_file, "v3-passphrase-file", 0, "PASSFILE",
	     "the key file's passphrase is the first line of PASSFILE", .traits = PARAM_FILE),
	OPT(struct wallet_export, v3_passphrase_fd, "v3-passphrase-fd", 0, "N",
	    "... or the first line of file descriptor N"),
	OPT(struct wallet_export, confirm, "confirm", 0, "NAME",
	    "the name again, instead of typing it when asked"),
	{ 0 },
};

static const struct field export_fields[] = {
	{ "name", "Wallet", FIELD_TEXT, "its name", NULL },
	{ "address", "Address", FIELD_ADDRESS, "its address", NULL },
	{ "format", "Format", FIELD_TEXT, "v3 or raw", NULL },
	{ "written", "Written", FIELD_TEXT, "where the key went", NULL },
	{ 0 },
};

static const struct example export_examples[] = {
	{ "fourmica wallet export main --v3 main.v3.json",
	  "asks for the name, the wallet's passphrase and the new file's" },
	{ 0 },
};

static const struct param passwd_params[] = {
	ARGX(struct wallet_passwd, name, "NAME", "which one", .traits = PARAM_REQUIRED, .known = KNOWN_WALLET),
	OPTX(struct wallet_passwd, new_passphrase_file, "new-passphrase-file", 0, "FILE",
	     "the new passphrase is the first line of FILE", .traits = PARAM_FILE),
	OPT(struct wallet_passwd, new_passphrase_fd, "new-passphrase-fd", 0, "N",
	    "... or the first line of file descriptor N"),
	OPTX(struct wallet_passwd, kdf, "kdf", 0, "COST",
	     "how long one guess at the passphrase takes; default: as before",
	     .choices = WALLET_KDF_CHOICES),
	{ 0 },
};

static const struct example passwd_examples[] = {
	{ "fourmica wallet passwd main", "asks for the old one, then twice for the new one" },
	{ "fourmica wallet passwd ci --passphrase-file old --new-passphrase-file new",
	  "without a person" },
	{ 0 },
};
/* clang-format on */

const struct cmd wallet_export_cmd = {
	.name = "export",
	.summary = "take a key out, for another wallet",
	.details =
		"Asks for the wallet's name to be typed (--yes does not answer that) and for its "
		"passphrase, whatever is unlocked. The file gets mode 0600 and never replaces "
		"another one.\n\n"
		"--v3 writes what geth, cast and most wallets read: scrypt with n = 262144, r = 8, "
		"p = 1, and AES-128-CTR, under a passphrase of its own, which --passphrase-file and "
		"the like do not give. --raw writes the key for everybody to read.\n\n"
		"Policy, budget and stop hold for this program only: whoever has the key can spend "
		"without them. The journal records the export (wallet.export, see fourmica-audit(1)) "
		"before the key leaves, if there is a ledger yet. Moving the wallet to another machine needs no export: copy its file.",
	.params = export_params,
	.size = sizeof(struct wallet_export),
	.fields = export_fields,
	.examples = export_examples,
	.needs = NEED_HOME | RAW_OUTPUT,
	.run = export_run,
};

const struct cmd wallet_passwd_cmd = {
	.name = "passwd",
	.summary = "give a wallet another passphrase",
	.details =
		"The key is sealed again under the new passphrase; the ledger it pays from and the "
		"policy it pays under stay. At every instant the old file or the new one is there. "
		"--passphrase-file and the like give the old passphrase only. Copies of the old file "
		"keep the old one. A wallet without a passphrase gets its first one.",
	.params = passwd_params,
	.size = sizeof(struct wallet_passwd),
	.fields = wallet_fields,
	.examples = passwd_examples,
	.needs = NEED_HOME,
	.run = passwd_run,
};
