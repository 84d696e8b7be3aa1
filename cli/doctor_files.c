/* SPDX-License-Identifier: MIT */
/* What can be checked without anybody else: settings, files and their modes, the ledger. */
#include "doctor.h"

#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_TO_OTHERS 0077 /* bits a private file has not */
#define WRITABLE 0022	    /* bits of which others could change a file */

/* ---- settings ---- */

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

void check_config(struct doctor *d)
{
	const char *path = d->app->paths.config_file;

	if (d->config.code) {
		doctor_fail(d, &d->config);
		doctor_remedy(d, "correct the file, or name another with --config");
		return;
	}
	doctor_say(d, OUTCOME_OK, exists(path) ? "%s" : "built-in settings; no %s", path);
}

void check_policy(struct doctor *d)
{
	const char *path = d->app->paths.policy_file;

	if (d->policy.code) {
		doctor_fail(d, &d->policy);
		doctor_remedy(d, "correct the file; until then nothing is paid");
		return;
	}
	doctor_say(d, OUTCOME_OK,
		   fm_policy_is_builtin(d->app->policy) ? "built-in rules; no %s" : "%s",
		   path);
	if (d->network && !fm_policy_allows_chain(d->app->policy, d->network->chain_id)) {
		doctor_say(d, OUTCOME_WARN, "it allows no payment on %s",
			   d->network->name);
		doctor_remedy(d, "name the network in 'networks' of %s", path);
	}
}

void check_wallet(struct doctor *d)
{
	const struct fm_wallet *w = &d->app->wallet;
	char address[FM_ADDR_TEXT];

	if (d->no_wallet) {
		doctor_say(d, OUTCOME_WARN, "%s", d->wallet.msg);
		doctor_remedy(d, "%s", d->wallet.hint);
		return;
	}
	if (d->wallet.code) {
		doctor_fail(d, &d->wallet);
		doctor_remedy(d, "put the file back from a backup, or move it out of %s",
			      d->app->paths.wallet_dir);
		return;
	}
	fm_addr_text(address, &w->address);
	doctor_say(d, OUTCOME_OK, "%s%s%s%s", w->name, w->name[0] ? ", " : "", address,
		   w->watch		   ? "; its key is not here"
		   : w->kdf == FM_KDF_NONE ? "; without a passphrase"
					   : "");
	if (d->network && !d->network->test && !w->watch && w->kdf == FM_KDF_NONE) {
		doctor_say(d, OUTCOME_WARN,
			   "a wallet without passphrase serves test networks only");
		doctor_remedy(d, "use a wallet with a passphrase on %s",
			      d->network->name);
	}
}

/* ---- modes ---- */

/** One thing on disk; what is not there is fine. */
static void look_at(struct doctor *d, const char *path, unsigned forbidden)
{
	char why[SYS_ERROR_TEXT];
	struct stat st;

	if (lstat(path, &st) != 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			doctor_fault(d, FM_E_IO, "%s: %s", path, sys_error(why, errno));
		return;
	}
	if (st.st_uid != geteuid() && (forbidden == OPEN_TO_OTHERS || st.st_uid != 0)) {
		doctor_fault(d, FM_E_CONFIG, "%s belongs to another user (uid %lu)", path,
			     (unsigned long)st.st_uid);
		doctor_remedy(d, "make it yours, or name another place with "
				 "FOURMICA_HOME");
		return;
	}
	if (S_ISLNK(st.st_mode) || !(st.st_mode & forbidden))
		return;
	doctor_fault(d, FM_E_CONFIG, "%s can be %s by others (mode %04o)", path,
		     forbidden == WRITABLE ? "changed" : "looked at",
		     (unsigned)(st.st_mode & 07777));
	doctor_remedy(d, "run: chmod %s %s", forbidden == WRITABLE ? "go-w" : "go-rwx",
		      path);
}

static void look_beside(struct doctor *d, const char *file, const char *end)
{
	struct fm_buf path;

	fm_buf_init(&path, 8192);
	fm_buf_fmt(&path, "%s%s", file, end);
	if (fm_buf_ok(&path))
		look_at(d, path.ptr, OPEN_TO_OTHERS);
	fm_buf_clear(&path);
}

static void look_into(struct doctor *d, const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	look_at(d, dir, OPEN_TO_OTHERS);
	while (stream && (entry = readdir(stream))) {
		char *path =
			entry->d_name[0] == '.' ? NULL : sys_join(dir, entry->d_name);

		if (path)
			look_at(d, path, OPEN_TO_OTHERS);
		free(path);
	}
	if (stream)
		closedir(stream);
}

/** The folder a file is in. */
static void look_above(struct doctor *d, const char *file, unsigned forbidden)
{
	const char *slash = strrchr(file, '/');
	char *dir = slash && slash != file ? strndup(file, (size_t)(slash - file)) : NULL;

	if (dir)
		look_at(d, dir, forbidden);
	free(dir);
}

void check_files(struct doctor *d)
{
	static const char *const ledger_files[] = { "", "-wal", "-shm" };
	const struct paths *paths = &d->app->paths;
	size_t before = d->count;

	look_above(d, paths->config_file, WRITABLE);
	look_at(d, paths->config_file, WRITABLE);
	look_at(d, paths->policy_file, WRITABLE);
	look_into(d, paths->wallet_dir);
	look_above(d, paths->ledger_file, OPEN_TO_OTHERS);
	for (size_t i = 0; i < sizeof(ledger_files) / sizeof(ledger_files[0]); i++)
		look_beside(d, paths->ledger_file, ledger_files[i]);
	look_into(d, paths->receipt_dir);
	if (d->count == before)
		doctor_say(d, OUTCOME_OK,
			   "nobody else can read keys, ledger and "
			   "receipts, or change the settings");
}

/* ---- the ledger ---- */

void check_ledger(struct doctor *d)
{
	const char *path = d->app->paths.ledger_file;

	if (d->ledger.code) {
		doctor_fail(d, &d->ledger);
		doctor_remedy(d, "put the newest copy of the ledger's folder back");
		return;
	}
	doctor_say(d, OUTCOME_OK,
		   exists(path) ? "%s opens, and its journal has its newest record"
				: "none yet: %s",
		   path);
}

void check_stop(struct doctor *d)
{
	struct fm_err why;

	fm_err_init(&why);
	if (!fm_client_check_stop(d->app->client, &why)) {
		doctor_say(d, OUTCOME_OK, "not set");
		return;
	}
	doctor_say(d, OUTCOME_WARN, "%s", why.msg);
	doctor_remedy(d, "%s", why.hint);
}

void check_in_doubt(struct doctor *d)
{
	uint64_t count = d->owed.in_doubt + d->owed.unanswered;

	if (!count) {
		doctor_say(d, OUTCOME_OK, "no payment is in doubt");
		return;
	}
	doctor_say(d, OUTCOME_WARN, "%llu payments with an outcome nobody knows",
		   (unsigned long long)count);
	doctor_remedy(d, "run: fourmica reconcile");
}

void check_transactions(struct doctor *d)
{
	if (!d->owed.open_txs) {
		doctor_say(d, OUTCOME_OK, "none is open");
		return;
	}
	doctor_say(d, OUTCOME_WARN,
		   "%llu signed transactions are not known to be in a block",
		   (unsigned long long)d->owed.open_txs);
	doctor_remedy(d, "run: fourmica reconcile");
}
