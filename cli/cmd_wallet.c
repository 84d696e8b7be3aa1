/* SPDX-License-Identifier: MIT */
/* Keys: made here or brought along, always encrypted on disk unless that was refused aloud; and
 * addresses whose keys are elsewhere. */
#include "app.h"
#include "args.h"
#include "ask.h"
#include "config.h"
#include "hold.h"
#include "sys.h"
#include "wallet.h"

#include <fourmica/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_TEXT_MOST 256 /* a key is 66 characters; the rest is white space */

const struct field wallet_fields[] = { WALLET_FIELDS("Created", "File"), { 0 } };
static const struct field row_fields[] = { WALLET_FIELDS(NULL, NULL), { 0 } };

/* ---- new, import, watch ---- */

struct wallet_new {
	const char *name;
	bool no_passphrase;
	const char *kdf;
};

struct wallet_import {
	const char *name;
	bool no_passphrase;
	const char *kdf;
	const char *from_file, *from_fd, *from_v3;
	const char *v3_passphrase_file, *v3_passphrase_fd;
};

struct wallet_watch {
	const char *name;
	struct opt_addr address;
};

/* Before a passphrase is asked for: a name that cannot be used is told at once. The store looks
 * again when it writes. *first: no other wallet has a key. */
static enum fm_code check_free(struct app *app, const char *name, bool *first,
			       struct fm_err *err)
{
	struct fm_wallet *all = NULL;
	size_t count = 0;
	enum fm_code rc = fm_store_list(&all, &count, &app->store, err);

	*first = true;
	for (size_t i = 0; !rc && i < count; i++) {
		*first = *first && all[i].watch;
		if (strcmp(all[i].name, name) == 0) {
			rc = fm_fail(err, FM_E_USAGE, "wallet '%s' exists already", name);
			fm_hint(err,
				"choose another name, or look at it: fourmica wallet show %s",
				name);
		}
	}
	free(all);
	return rc;
}

/* Encrypt and write; the first wallet with a key becomes the default. */
static enum fm_code add_wallet(struct app *app, const char *name,
			       const struct fm_secret *key, enum fm_kdf kdf, bool first,
			       struct fm_err *err)
{
	struct fm_secret *pass = NULL;
	struct fm_wallet wallet = { 0 };
	enum fm_code rc = fm_dir_make(app->paths.wallet_dir, FM_FILE_PRIVATE, err);

	if (!rc && kdf != FM_KDF_NONE)
		rc = ask_new_passphrase(app, &pass, err);
	if (!rc) {
		out_works(app->out, "encrypting wallet '%s'", name);
		rc = fm_store_add(&wallet, &app->store, name, key, pass, kdf, err);
		out_worked(app->out);
	}
	fm_secret_free(&pass);
	if (rc)
		return rc;
	if (first && !config_default_wallet(app) && config_set_wallet(app, name, err)) {
		/* The wallet is there; only the convenience is missing. */
		out_warn(app->out, "wallet '%s' is not the default: %s", name, err->msg);
		fm_err_init(err);
	}
	return wallet_put(app, &wallet, err);
}

static void advise(struct app *app, enum fm_kdf kdf)
{
	if (kdf == FM_KDF_NONE)
		out_note(app->out,
			 "Its key is not encrypted: it serves test networks only.");
	else
		out_note(app->out,
			 "Keep a copy of the file and the passphrase: nothing else opens "
			 "this wallet.");
}

static enum fm_code new_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_new *a = args;
	struct fm_secret *key = NULL;
	enum fm_kdf kdf = FM_KDF_MODERATE;
	bool first = false;
	enum fm_code rc = wallet_check_name(a->name, err);

	if (!rc)
		rc = wallet_choose_kdf(&kdf, a->no_passphrase, a->kdf, err);
	if (!rc)
		rc = check_free(app, a->name, &first, err);
	if (!rc)
		rc = fm_wallet_generate(&key, &fm_system_rand, err);
	if (!rc)
		rc = add_wallet(app, a->name, key, kdf, first, err);
	if (!rc)
		advise(app, kdf);
	fm_secret_free(&key);
	return rc;
}

static enum fm_code open_key_file(struct app *app, int *fd, const char *path,
				  struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];
	struct stat st;

	if (args_looks_secret(path)) {
		fm_fail(err, FM_E_USAGE,
			"--from-file takes the name of a file, and this looks "
			"like the key itself");
		return fm_hint(err,
			       "treat that key as seen by others; put keys into a file");
	}
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd < 0)
		return fm_fail(err, FM_E_IO, "cannot open key file %s: %s", path,
			       sys_error(why, errno));
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0077)
		out_warn(app->out, "key file %s can be read by others (mode %04o)", path,
			 (unsigned)(st.st_mode & 07777));
	return FM_OK;
}

static enum fm_code read_key(struct app *app, struct fm_secret **key,
			     const struct wallet_import *a, struct fm_err *err)
{
	const char *name = a->from_file ? a->from_file : "--from-fd";
	struct fm_buf text;
	enum fm_code rc;
	int fd = -1;

	if (a->from_fd && !sys_fd_number(&fd, a->from_fd))
		return fm_fail(err, FM_E_USAGE,
			       "--from-fd needs the number of a file descriptor");
	rc = a->from_file ? open_key_file(app, &fd, a->from_file, err) : FM_OK;
	if (rc)
		return rc;
	fm_buf_init(&text, KEY_TEXT_MOST);
	rc = sys_read_all(&text, fd, name, err);
	if (rc == FM_E_TOO_LARGE)
		rc = fm_fail(err, FM_E_USAGE, "%s holds more than a key", name);
	if (!rc)
		rc = fm_wallet_key_text(key, fm_buf_span(&text), err);
	fm_buf_wipe(&text);
	if (a->from_file)
		close(fd);
	return rc;
}

/* Exactly one place, and options of no other. */
static enum fm_code check_source(const struct wallet_import *a, struct fm_err *err)
{
	int count = (a->from_file != NULL) + (a->from_fd != NULL) + (a->from_v3 != NULL);

	if (!a->from_v3 && (a->v3_passphrase_file || a->v3_passphrase_fd))
		return fm_fail(err, FM_E_USAGE, "--v3-passphrase-... is for --from-v3");
	if (count == 1)
		return FM_OK;
	fm_fail(err, FM_E_USAGE,
		count ? "--from-file, --from-fd and --from-v3 exclude each other"
		      : "where is the key");
	return fm_hint(err,
		       "give --from-file KEYFILE, --from-fd N or --from-v3 FILE, never "
		       "the key itself");
}

static enum fm_code bring_key(struct app *app, struct fm_secret **key,
			      const struct wallet_import *a, struct fm_err *err)
{
	const struct ask_source source = { .file = a->v3_passphrase_file,
					   .fd = a->v3_passphrase_fd,
					   .option = "--v3-passphrase",
					   .empty = true };

	return a->from_v3 ? wallet_read_v3(app, key, a->from_v3, &source, err)
			  : read_key(app, key, a, err);
}

static enum fm_code import_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_import *a = args;
	struct fm_secret *key = NULL;
	enum fm_kdf kdf = FM_KDF_MODERATE;
	bool first = false;
	enum fm_code rc = wallet_check_name(a->name, err);

	if (!rc)
		rc = check_source(a, err);
	if (!rc)
		rc = wallet_choose_kdf(&kdf, a->no_passphrase, a->kdf, err);
	if (!rc)
		rc = check_free(app, a->name, &first, err);
	if (!rc)
		rc = bring_key(app, &key, a, err);
	if (!rc)
		rc = add_wallet(app, a->name, key, kdf, first, err);
	if (!rc)
		advise(app, kdf);
	fm_secret_free(&key);
	return rc;
}

static enum fm_code watch_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_watch *a = args;
	struct fm_wallet wallet = { 0 };
	bool first = false;
	enum fm_code rc = wallet_check_name(a->name, err);

	if (!rc)
		rc = check_free(app, a->name, &first, err);
	if (!rc)
		rc = fm_dir_make(app->paths.wallet_dir, FM_FILE_PRIVATE, err);
	if (!rc)
		rc = fm_store_watch(&wallet, &app->store, a->name, &a->address.addr, err);
	if (!rc)
		rc = wallet_put(app, &wallet, err);
	if (!rc)
		out_note(app->out, "It only watches: whatever needs its key is refused.");
	return rc;
}

/* clang-format off */
static const struct param new_params[] = {
	ARG(struct wallet_new, name, "NAME", "what to call it: a-z, 0-9, - and _"),
	OPT(struct wallet_new, no_passphrase, "no-passphrase", 0, NULL,
	    "store the key as it is; the wallet then serves test networks only"),
	OPTX(struct wallet_new, kdf, "kdf", 0, "COST", WALLET_KDF_HELP,
	     .choices = WALLET_KDF_CHOICES),
	{ 0 },
};

static const struct param import_params[] = {
	ARG(struct wallet_import, name, "NAME", "what to call it: a-z, 0-9, - and _"),
	OPTX(struct wallet_import, from_file, "from-file", 0, "KEYFILE",
	     "read the key from KEYFILE: 64 hex digits", .traits = PARAM_FILE),
	OPT(struct wallet_import, from_fd, "from-fd", 0, "N",
	    "read the key from file descriptor N"),
	OPTX(struct wallet_import, from_v3, "from-v3", 0, "FILE",
	     "decrypt the key of FILE, an Ethereum v3 key file (geth, cast, most wallets)",
	     .traits = PARAM_FILE),
	OPTX(struct wallet_import, v3_passphrase_file, "v3-passphrase-file", 0, "PASSFILE",
	     "FILE's own passphrase is the first line of PASSFILE", .traits = PARAM_FILE),
	OPT(struct wallet_import, v3_passphrase_fd, "v3-passphrase-fd", 0, "N",
	    "... or the first line of file descriptor N"),
	OPT(struct wallet_import, no_passphrase, "no-passphrase", 0, NULL,
	    "store the key as it is; the wallet then serves test networks only"),
	OPTX(struct wallet_import, kdf, "kdf", 0, "COST", WALLET_KDF_HELP,
	     .choices = WALLET_KDF_CHOICES),
	{ 0 },
};

static const struct param watch_params[] = {
	ARG(struct wallet_watch, name, "NAME", "what to call it: a-z, 0-9, - and _"),
	ARG(struct wallet_watch, address, "ADDRESS", "its address: 0x and 40 hex digits"),
	{ 0 },
};

static const struct example watch_examples[] = {
	{ "fourmica wallet watch treasury 0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
	  "its key stays on another machine" },
	{ 0 },
};

static const struct example new_examples[] = {
	{ "fourmica wallet new main", "asks for a passphrase at the terminal" },
	{ "fourmica wallet new ci --passphrase-file /run/secrets/pass", "without a person" },
	{ 0 },
};

static const struct example import_examples[] = {
	{ "fourmica wallet import main --from-file key.txt", "from a file" },
	{ "pass show eth | fourmica wallet import main --from-fd 0", "from another program" },
	{ "fourmica wallet import main --from-v3 UTC--2026-06-22.json",
	  "from geth's or cast's key store; asks for both passphrases" },
	{ 0 },
};
/* clang-format on */

static const struct cmd wallet_new_cmd = {
	.name = "new",
	.summary = "make a wallet with a fresh key",
	.details =
		"The key is encrypted under a passphrase before it touches the disk. The first "
		"wallet with a key becomes the default.",
	.params = new_params,
	.size = sizeof(struct wallet_new),
	.fields = wallet_fields,
	.examples = new_examples,
	.needs = NEED_HOME,
	.run = new_run,
};

static const struct cmd wallet_import_cmd = {
	.name = "import",
	.summary = "store a key you have",
	.details =
		"The key is read from a file or a descriptor, never from the command line, "
		"which other programs can read. Delete the file afterwards.\n\n"
		"An Ethereum v3 key file (Web3 Secret Storage: scrypt or PBKDF2, AES-128-CTR) has a "
		"passphrase of its own, which --passphrase-file and the like do not give: those are "
		"for the new wallet. A wrong one ends with status 4, a damaged file with 3. A file "
		"that asks for more than 1 GiB of memory, 2^24 steps of scrypt (n * r * p) or 10 "
		"million rounds of PBKDF2 is refused before anything is derived.",
	.params = import_params,
	.size = sizeof(struct wallet_import),
	.fields = wallet_fields,
	.examples = import_examples,
	.needs = NEED_HOME,
	.run = import_run,
};

static const struct cmd wallet_watch_cmd = {
	.name = "watch",
	.summary = "store an address whose key is elsewhere",
	.details =
		"Commands that only look work with such a wallet, chosen with --wallet as any "
		"other; what needs its key ends with status 4. --address ADDRESS does the same "
		"for one run and stores nothing. It never becomes the default by itself.",
	.params = watch_params,
	.size = sizeof(struct wallet_watch),
	.fields = wallet_fields,
	.examples = watch_examples,
	.needs = NEED_HOME,
	.run = watch_run,
};

/* ---- list, show, use ---- */

static enum fm_code list_run(struct app *app, const void *args, struct fm_err *err)
{
	struct fm_wallet *all = NULL;
	size_t count = 0;
	enum fm_code rc = fm_store_list(&all, &count, &app->store, err);

	(void)args;
	for (size_t i = 0; !rc && i < count; i++) {
		out_row(app->out, "wallets");
		rc = wallet_put(app, &all[i], err);
		out_end(app->out);
	}
	if (!rc && !count)
		out_note(app->out,
			 "There is no wallet yet. Make one: fourmica wallet new NAME");
	free(all);
	return rc;
}

struct wallet_show {
	const char *name;
};

static enum fm_code show_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_show *a = args;
	enum fm_code rc = FM_OK;

	if (!a->name) {
		rc = app_find_wallet(app, err);
		if (!rc && !app->wallet.name[0])
			rc = fm_fail(err, FM_E_USAGE, "no wallet here has that address");
	} else {
		rc = wallet_check_name(a->name, err);
		if (!rc)
			rc = fm_store_show(&app->wallet, &app->store, a->name, err);
	}
	return rc ? rc : wallet_put(app, &app->wallet, err);
}

static enum fm_code use_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_show *a = args;
	enum fm_code rc = wallet_check_name(a->name, err);

	if (!rc)
		rc = fm_store_show(&app->wallet, &app->store, a->name, err);
	if (!rc && !wallet_is_default(app, a->name))
		rc = config_set_wallet(app, a->name, err);
	return rc ? rc : wallet_put(app, &app->wallet, err);
}

/* ---- remove ---- */

struct wallet_remove {
	const char *name, *confirm;
};

static enum fm_code ask_removal(struct app *app, const struct wallet_remove *a,
				struct fm_err *err)
{
	char address[FM_ADDR_TEXT], question[512];

	fm_addr_text(address, &app->wallet.address);
	snprintf(question, sizeof(question),
		 "Wallet '%s', %s.\n%s\nType its name to remove it", app->wallet.name,
		 address,
		 app->wallet.watch
			 ? "It only watches: no key is lost."
			 : "Without a copy of its key file, and the passphrase, "
			   "all it can spend is lost for good.");
	return ask_typed(app, question, app->wallet.name, ASK_EXACT, a->confirm, err);
}

static enum fm_code remove_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct wallet_remove *a = args;
	enum fm_code rc = wallet_check_name(a->name, err);

	if (!rc)
		rc = fm_store_show(&app->wallet, &app->store, a->name, err);
	if (!rc)
		rc = ask_removal(app, a, err);
	if (!rc)
		rc = fm_store_remove(&app->store, a->name, err);
	if (rc)
		return rc;
	hold_drop(app);
	if (wallet_is_default(app, a->name))
		out_warn(app->out,
			 "config.json still names '%s' as the default; choose "
			 "another: fourmica wallet use NAME",
			 a->name);
	return wallet_put(app, &app->wallet, err);
}

/* clang-format off */
static const struct field list_fields[] = {
	{ "wallets", "Wallets", FIELD_LIST, "all wallets, by name", row_fields },
	{ 0 },
};

static const struct param show_params[] = {
	ARGX(struct wallet_show, name, "NAME",
		     "which one; without it the one commands would use", .known = KNOWN_WALLET),
	{ 0 },
};

static const struct param use_params[] = {
	ARGX(struct wallet_show, name, "NAME", "the wallet commands shall use by default", .traits = PARAM_REQUIRED, .known = KNOWN_WALLET),
	{ 0 },
};

static const struct param remove_params[] = {
	ARGX(struct wallet_remove, name, "NAME", "which one", .traits = PARAM_REQUIRED, .known = KNOWN_WALLET),
	OPTX(struct wallet_remove, confirm, "confirm", 0, "NAME",
	    "the name again, instead of typing it when asked", .known = KNOWN_WALLET),
	{ 0 },
};

static const struct example show_examples[] = {
	{ "fourmica wallet show --json | jq -r .data.address", "the address to fund" },
	{ 0 },
};
/* clang-format on */

static const struct cmd wallet_list_cmd = {
	.name = "list",
	.summary = "list the wallets",
	.fields = list_fields,
	.needs = NEED_HOME,
	.run = list_run,
};

static const struct cmd wallet_show_cmd = {
	.name = "show",
	.summary = "show a wallet; needs no passphrase",
	.params = show_params,
	.size = sizeof(struct wallet_show),
	.fields = wallet_fields,
	.examples = show_examples,
	.needs = NEED_HOME,
	.run = show_run,
};

static const struct cmd wallet_use_cmd = {
	.name = "use",
	.summary = "make a wallet the default",
	.details =
		"Writes \"default\": { \"wallet\": NAME } to config.json and leaves everything "
		"else in it as it is.",
	.params = use_params,
	.size = sizeof(struct wallet_show),
	.fields = wallet_fields,
	.needs = NEED_HOME,
	.run = use_run,
};

static const struct cmd wallet_remove_cmd = {
	.name = "remove",
	.summary = "delete a wallet's file",
	.details =
		"Asks for the wallet's name to be typed; --yes does not answer that. A key that is "
		"nowhere else is lost for good, with the collateral, the credits and the tokens "
		"only it can move. The ledger and the receipts stay.",
	.params = remove_params,
	.size = sizeof(struct wallet_remove),
	.fields = wallet_fields,
	.needs = NEED_HOME,
	.run = remove_run,
};

static const struct cmd *const subs[] = {
	&wallet_new_cmd,
	&wallet_import_cmd,
	&wallet_watch_cmd,
	&wallet_list_cmd,
	&wallet_show_cmd,
	&wallet_use_cmd,
	&wallet_passwd_cmd,
	&wallet_export_cmd,
	&wallet_allowances_cmd,
	&wallet_remove_cmd,
	NULL,
};

const struct cmd cmd_wallet = {
	.name = "wallet",
	.summary = "make, import, export, list and choose the keys that pay",
	.details =
		"A wallet is one key. It lies in a file of its own, encrypted under a "
		"passphrase (Argon2id, XChaCha20-Poly1305), readable by its owner only.",
	.subs = subs,
};
