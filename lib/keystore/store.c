/* SPDX-License-Identifier: MIT */
/* The directory of key files and watched addresses. */
#include "keystore/file.h"

#include <fourmica/file.h>

#include "evm/sign.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK ".lock" /* no wallet's name */
#define SUFFIX ".json"
#define WALLETS_MAX 4096

static bool name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       (!first && (c == '-' || c == '_'));
}

bool fm_wallet_name_ok(const char *name)
{
	size_t len = 0;

	for (; name[len]; len++)
		if (len + 1 >= FM_WALLET_NAME || !name_char(name[len], len == 0))
			return false;
	return len > 0;
}

static enum fm_code check_name(const char *name, enum fm_code code, struct fm_err *err)
{
	struct fm_buf shown;

	if (fm_wallet_name_ok(name))
		return FM_OK;
	fm_buf_init(&shown, 1024);
	fm_text_escape(&shown, fm_span_of(name), 80);
	fm_fail(err, code, "'%s' cannot be a wallet name", fm_buf_span(&shown).ptr);
	fm_buf_clear(&shown);
	return fm_hint(err, "use up to %d of a-z 0-9 - _, a letter or digit first",
		       FM_WALLET_NAME - 1);
}

static enum fm_code path_of(char out[static PATH_MAX], const struct fm_store *store,
			    const char *name, struct fm_err *err)
{
	int len = snprintf(out, PATH_MAX, "%s/%s" SUFFIX, store->dir, name);

	if (len < 0 || len >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG,
			       "the wallet directory's name is too long");
	return FM_OK;
}

/* *there false: no such directory. Otherwise it is ours and closed to others. */
static enum fm_code check_dir(bool *there, const struct fm_store *store,
			      struct fm_err *err)
{
	struct stat st;

	*there = lstat(store->dir, &st) == 0;
	if (!*there && errno == ENOENT)
		return FM_OK;
	if (!*there)
		return fm_fail(err, FM_E_IO, "cannot look at '%s': %s", store->dir,
			       strerror(errno));
	if (S_ISLNK(st.st_mode))
		return fm_fail(err, FM_E_CONFIG,
			       "wallet directory '%s' is a symbolic link", store->dir);
	return fm_dir_make(store->dir, FM_FILE_PRIVATE, err);
}

static enum fm_code no_wallet(const char *name, struct fm_err *err)
{
	fm_fail(err, FM_E_USAGE, "there is no wallet '%s'", name);
	return fm_hint(err, "run: fourmica wallet list");
}

static enum fm_code load(struct fm_keyfile *out, const struct fm_store *store,
			 const char *name, struct fm_err *err)
{
	char path[PATH_MAX];
	struct fm_buf text;
	bool found;
	enum fm_code rc = check_dir(&found, store, err);

	if (!rc && !found)
		rc = no_wallet(name, err);
	if (!rc)
		rc = path_of(path, store, name, err);
	if (rc)
		return rc;
	fm_buf_init(&text, FM_KEYFILE_MAX);
	rc = fm_file_read(&text, &found, path, FM_FILE_PRIVATE, err);
	if (rc == FM_E_TOO_LARGE)
		rc = fm_fail(err, FM_E_CONFIG, "damaged key file: larger than %d bytes",
			     FM_KEYFILE_MAX);
	else if (!rc && !found)
		rc = no_wallet(name, err);
	else if (!rc)
		rc = fm_keyfile_read(out, fm_buf_span(&text), err);
	/* Without a passphrase the text is as good as the key. */
	fm_buf_wipe(&text);
	if (!rc && strcmp(out->wallet.name, name) != 0) {
		rc = fm_fail(err, FM_E_CONFIG,
			     "the file of wallet '%s' holds wallet '%s'", name,
			     out->wallet.name);
		fm_hint(err, "give the file its own name back");
	} else if (rc == FM_E_CONFIG) {
		fm_within(err, "%s", path);
	}
	return rc;
}

static enum fm_code save(const struct fm_keyfile *file, const struct fm_store *store,
			 enum fm_file_replace replace, struct fm_err *err)
{
	char path[PATH_MAX];
	struct fm_buf text;
	enum fm_code rc = path_of(path, store, file->wallet.name, err);

	if (rc)
		return rc;
	fm_buf_init(&text, FM_KEYFILE_MAX);
	fm_keyfile_write(&text, file);
	if (!fm_buf_ok(&text))
		rc = fm_nomem(err);
	else
		rc = fm_file_write(path, fm_buf_span(&text), replace, err);
	fm_buf_wipe(&text);
	return rc;
}

/* Asked before the expensive key derivation; fm_file_write asks again, without a race. */
static enum fm_code check_free(const struct fm_store *store, const char *name,
			       struct fm_err *err)
{
	char path[PATH_MAX];
	struct stat st;
	enum fm_code rc = path_of(path, store, name, err);

	if (rc || lstat(path, &st) != 0)
		return rc;
	fm_fail(err, FM_E_USAGE, "there is a wallet '%s' already", name);
	return fm_hint(err, "choose another name; a key file is never replaced");
}

/* A file of that name and of now, once the directory is there and the name is free. */
static enum fm_code start(struct fm_keyfile *out, const struct fm_store *store,
			  const char *name, struct fm_err *err)
{
	bool there;
	enum fm_code rc = check_name(name, FM_E_USAGE, err);

	memset(out, 0, sizeof(*out));
	if (!rc)
		rc = check_dir(&there, store, err);
	if (!rc && !there)
		rc = fm_dir_make(store->dir, FM_FILE_PRIVATE, err);
	if (!rc)
		rc = check_free(store, name, err);
	if (rc)
		return rc;
	memcpy(out->wallet.name, name, strlen(name) + 1);
	out->wallet.created_s = fm_wall_s(store->clock);
	if (out->wallet.created_s < 0)
		out->wallet.created_s = 0;
	return FM_OK;
}

enum fm_code fm_store_add(struct fm_wallet *out, const struct fm_store *store,
			  const char *name, const struct fm_secret *key,
			  const struct fm_secret *passphrase, enum fm_kdf kdf,
			  struct fm_err *err)
{
	struct fm_keyfile file;
	enum fm_code rc = start(&file, store, name, err);

	if (!rc && !fm_key_valid(key))
		rc = fm_fail(err, FM_E_USAGE, "the key is no secp256k1 key");
	if (!rc)
		rc = fm_key_address(&file.wallet.address, key, err);
	if (rc)
		return rc;
	file.wallet.kdf = kdf;
	rc = fm_keyfile_seal(&file, key, passphrase, store->rand, err);
	if (!rc)
		rc = save(&file, store, FM_FILE_CREATE, err);
	if (!rc && out)
		*out = file.wallet;
	fm_wipe(&file, sizeof(file));
	return rc;
}

enum fm_code fm_store_watch(struct fm_wallet *out, const struct fm_store *store,
			    const char *name, const struct fm_addr *address,
			    struct fm_err *err)
{
	struct fm_keyfile file;
	enum fm_code rc = start(&file, store, name, err);

	if (!rc && fm_addr_is_zero(address))
		rc = fm_fail(err, FM_E_USAGE, "nobody has the key of address zero");
	if (rc)
		return rc;
	file.wallet.address = *address;
	file.wallet.watch = true;
	rc = save(&file, store, FM_FILE_CREATE, err);
	if (!rc && out)
		*out = file.wallet;
	return rc;
}

enum fm_code fm_store_show(struct fm_wallet *out, const struct fm_store *store,
			   const char *name, struct fm_err *err)
{
	struct fm_keyfile file;
	enum fm_code rc = check_name(name, FM_E_USAGE, err);

	if (rc)
		return rc;
	rc = load(&file, store, name, err);
	if (!rc)
		*out = file.wallet;
	fm_wipe(&file, sizeof(file));
	return rc;
}

enum fm_code fm_store_open(struct fm_secret **key, struct fm_wallet *out,
			   const struct fm_store *store, const char *name,
			   const struct fm_secret *passphrase, struct fm_err *err)
{
	struct fm_keyfile file;
	enum fm_code rc = check_name(name, FM_E_USAGE, err);

	if (rc)
		return rc;
	rc = load(&file, store, name, err);
	if (!rc)
		rc = fm_keyfile_open(key, &file, passphrase, err);
	if (!rc && out)
		*out = file.wallet;
	fm_wipe(&file, sizeof(file));
	return rc;
}

/* One process at a time changes or removes what is there; FM_E_IO also for a directory that is
 * not there. Closing lets go. */
static enum fm_code lock(int *fd, const struct fm_store *store, struct fm_err *err)
{
	char path[PATH_MAX];
	int len = snprintf(path, sizeof(path), "%s/" LOCK, store->dir);

	*fd = -1;
	if (len < 0 || (size_t)len >= sizeof(path))
		return fm_fail(err, FM_E_CONFIG,
			       "the wallet directory's name is too long");
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return fm_fail(err, FM_E_IO, "cannot open %s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX) == 0)
		return FM_OK;
	if (errno == EINTR)
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	return fm_fail(err, FM_E_IO, "cannot lock %s: %s", path, strerror(errno));
}

static void unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

bool fm_spending_equal(const struct fm_spending *a, const struct fm_spending *b)
{
	if (!a->bound || !b->bound)
		return a->bound == b->bound;
	return fm_hash_equal(&a->ledger, &b->ledger) && a->builtin == b->builtin &&
	       (a->builtin || fm_hash_equal(&a->policy, &b->policy));
}

static enum fm_code bind_locked(const struct fm_store *store, const char *name,
				const struct fm_secret *passphrase,
				const struct fm_spending *before,
				const struct fm_spending *after, struct fm_err *err)
{
	struct fm_keyfile file;
	enum fm_code rc = load(&file, store, name, err);

	if (rc || fm_spending_equal(&file.wallet.spending, after))
		goto out;
	if (!fm_spending_equal(&file.wallet.spending, before)) {
		rc = fm_fail(err, FM_E_BUSY,
			     "wallet '%s' was changed by another process meanwhile",
			     name);
		fm_hint(err, "run it again");
		goto out;
	}
	rc = fm_keyfile_bind(&file, after, passphrase, store->rand, err);
	if (!rc)
		rc = save(&file, store, FM_FILE_REPLACE, err);
out:
	fm_wipe(&file, sizeof(file));
	return rc;
}

/* The lock of a directory in which a wallet of that name is about to be changed. */
static enum fm_code lock_for(int *fd, const struct fm_store *store, const char *name,
			     struct fm_err *err)
{
	bool there = false;
	enum fm_code rc = check_name(name, FM_E_USAGE, err);

	*fd = -1;
	if (!rc)
		rc = check_dir(&there, store, err);
	if (!rc && !there)
		rc = no_wallet(name, err);
	return rc ? rc : lock(fd, store, err);
}

enum fm_code fm_store_bind(const struct fm_store *store, const char *name,
			   const struct fm_secret *passphrase,
			   const struct fm_spending *before,
			   const struct fm_spending *after, struct fm_err *err)
{
	int fd;
	enum fm_code rc = lock_for(&fd, store, name, err);

	if (!rc)
		rc = bind_locked(store, name, passphrase, before, after, err);
	unlock(fd);
	return rc;
}

/* Pieces of an interrupted change hold the key, too; nobody changes it while we have the lock. */
static enum fm_code sweep(const struct fm_store *store, const char *name,
			  struct fm_err *err)
{
	char path[PATH_MAX];
	enum fm_code rc = path_of(path, store, name, err);

	return rc ? rc : fm_file_sweep(path, err);
}

static enum fm_code passwd_locked(struct fm_wallet *out, const struct fm_store *store,
				  const char *name, const struct fm_secret *old,
				  const struct fm_secret *fresh, enum fm_kdf kdf,
				  struct fm_err *err)
{
	struct fm_secret *key = NULL;
	struct fm_keyfile file;
	enum fm_code rc = load(&file, store, name, err);

	if (!rc)
		rc = fm_keyfile_open(&key, &file, old, err);
	if (!rc)
		rc = sweep(store, name, err);
	if (!rc) {
		file.wallet.kdf = kdf;
		rc = fm_keyfile_seal(&file, key, fresh, store->rand, err);
	}
	if (!rc)
		rc = save(&file, store, FM_FILE_REPLACE, err);
	if (!rc && out)
		*out = file.wallet;
	fm_secret_free(&key);
	fm_wipe(&file, sizeof(file));
	return rc;
}

enum fm_code fm_store_passwd(struct fm_wallet *out, const struct fm_store *store,
			     const char *name, const struct fm_secret *old,
			     const struct fm_secret *fresh, enum fm_kdf kdf,
			     struct fm_err *err)
{
	int fd;
	enum fm_code rc;

	if (kdf == FM_KDF_NONE)
		return fm_fail(err, FM_E_USAGE,
			       "a wallet's passphrase is changed, never taken away");
	rc = lock_for(&fd, store, name, err);
	if (!rc)
		rc = passwd_locked(out, store, name, old, fresh, kdf, err);
	unlock(fd);
	return rc;
}

enum fm_code fm_store_remove(const struct fm_store *store, const char *name,
			     struct fm_err *err)
{
	char path[PATH_MAX];
	bool there = false;
	int fd = -1;
	enum fm_code rc = check_name(name, FM_E_USAGE, err);

	if (!rc)
		rc = check_dir(&there, store, err);
	if (!rc)
		rc = path_of(path, store, name, err);
	if (!rc && there)
		rc = lock(&fd, store, err);
	if (!rc && there)
		rc = fm_file_sweep(path, err);
	if (!rc && there)
		rc = fm_file_remove(path, &there, err);
	unlock(fd);
	return rc || there ? rc : no_wallet(name, err);
}

/* NAME of "NAME.json"; false for anything else, among it the temporary files of a
 * crash. */
static bool wallet_entry(char name[static FM_WALLET_NAME], const char *entry)
{
	size_t len = strlen(entry), suffix = strlen(SUFFIX);

	if (len <= suffix || len - suffix >= FM_WALLET_NAME ||
	    strcmp(entry + len - suffix, SUFFIX) != 0)
		return false;
	memcpy(name, entry, len - suffix);
	name[len - suffix] = '\0';
	return fm_wallet_name_ok(name);
}

static int by_name(const void *a, const void *b)
{
	const struct fm_wallet *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static enum fm_code append(struct fm_wallet **list, size_t *count,
			   const struct fm_wallet *wallet, struct fm_err *err)
{
	struct fm_wallet *more;

	if (*count == WALLETS_MAX)
		return fm_fail(err, FM_E_CONFIG, "more than %d wallets", WALLETS_MAX);
	if (!(*count & (*count - 1))) {
		size_t room = *count ? *count * 2 : 1;

		more = realloc(*list, room * sizeof(**list));
		if (!more)
			return fm_nomem(err);
		*list = more;
	}
	(*list)[(*count)++] = *wallet;
	return FM_OK;
}

static enum fm_code read_list(struct fm_wallet **list, size_t *count, DIR *dir,
			      const struct fm_store *store, struct fm_err *err)
{
	char name[FM_WALLET_NAME];
	struct fm_wallet wallet;
	struct dirent *entry;
	enum fm_code rc;

	for (errno = 0; (entry = readdir(dir)) != NULL; errno = 0) {
		if (!wallet_entry(name, entry->d_name))
			continue;
		rc = fm_store_show(&wallet, store, name, err);
		if (!rc)
			rc = append(list, count, &wallet, err);
		if (rc)
			return rc;
	}
	if (errno)
		return fm_fail(err, FM_E_IO, "cannot read directory '%s': %s", store->dir,
			       strerror(errno));
	return FM_OK;
}

enum fm_code fm_store_list(struct fm_wallet **out, size_t *count,
			   const struct fm_store *store, struct fm_err *err)
{
	struct fm_wallet *list = NULL;
	bool there;
	DIR *dir;
	enum fm_code rc = check_dir(&there, store, err);

	*out = NULL;
	*count = 0;
	if (rc || !there)
		return rc;
	dir = opendir(store->dir);
	if (!dir)
		return fm_fail(err, FM_E_IO, "cannot read directory '%s': %s", store->dir,
			       strerror(errno));
	rc = read_list(&list, count, dir, store, err);
	closedir(dir);
	if (rc) {
		free(list);
		*count = 0;
		return rc;
	}
	if (list)
		qsort(list, *count, sizeof(*list), by_name);
	*out = list;
	return FM_OK;
}
