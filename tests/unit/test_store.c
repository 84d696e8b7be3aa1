/* SPDX-License-Identifier: MIT */
#include <fourmica/wallet.h>

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const char key_1_text[] =
	"0x0000000000000000000000000000000000000000000000000000000000000001";

static int64_t fixed_ms(void *ctx)
{
	(void)ctx;
	return INT64_C(1780000000500);
}

static const struct fm_clock fixed_clock = { fixed_ms, fixed_ms, NULL };

/* A fresh folder for each test; the store is a folder in it that is not there yet. */
static char base[64];
static char dir[96];
static struct fm_store store;
static struct fm_err err;

static int set_up(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/fourmica-store-XXXXXX");
	if (!mkdtemp(base))
		return -1;
	snprintf(dir, sizeof(dir), "%s/deep/wallets", base);
	store = (struct fm_store){ dir, &fm_system_rand, &fixed_clock };
	fm_err_init(&err);
	return 0;
}

static void remove_all(const char *path)
{
	struct dirent *entry;
	DIR *d = opendir(path);

	while (d && (entry = readdir(d)) != NULL) {
		char child[512];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
		if (unlink(child) != 0)
			remove_all(child);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static int tear_down(void **state)
{
	(void)state;
	remove_all(base);
	return 0;
}

static const char *file(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct fm_secret *key_1(void)
{
	struct fm_secret *key = NULL;

	assert_int_equal(fm_wallet_key_text(&key, fm_span_of(key_1_text), &err), FM_OK);
	return key;
}

static struct fm_secret *passphrase(const char *text)
{
	char copy[64];

	snprintf(copy, sizeof(copy), "%s", text);
	return fm_secret_take(copy, strlen(text));
}

/* A wallet without passphrase: the derivation has its own test. */
static enum fm_code add(const char *name)
{
	struct fm_secret *key = key_1();
	struct fm_wallet wallet;
	enum fm_code rc =
		fm_store_add(&wallet, &store, name, key, NULL, FM_KDF_NONE, &err);

	fm_secret_free(&key);
	return rc;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return (unsigned)st.st_mode & 07777u;
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void names(void **state)
{
	static const char *const good[] = { "a", "main", "0", "a-b_c", "ci-2", A63 };
	static const char *const bad[] = {
		"",	"-a",  "_a",	   "A",	  "a b",   "a.b",
		"../a", "a/b", "\xc3\xa4", "a\n", A63 "a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(fm_wallet_name_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(fm_wallet_name_ok(bad[i]));
		assert_int_equal(add(bad[i]), FM_E_USAGE);
		assert_null(strchr(err.msg, '\n'));
	}
}

static void add_and_open(void **state)
{
	struct fm_secret *key = key_1(), *pass = passphrase("s3cret"), *again = NULL;
	struct fm_wallet wallet, shown;
	char address[FM_ADDR_TEXT];

	(void)state;
	umask(0);
	assert_int_equal(fm_store_add(&wallet, &store, "main", key, pass,
				      FM_KDF_INTERACTIVE, &err),
			 FM_OK);
	assert_string_equal(wallet.name, "main");
	assert_int_equal(wallet.kdf, FM_KDF_INTERACTIVE);
	assert_int_equal(wallet.created_s, 1780000000);
	fm_addr_text(address, &wallet.address);
	assert_string_equal(address, "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
	assert_int_equal(mode_of(dir), 0700);
	assert_int_equal(mode_of(file("main.json")), 0600);

	assert_int_equal(fm_store_show(&shown, &store, "main", &err), FM_OK);
	assert_memory_equal(&shown, &wallet, sizeof(wallet));
	assert_int_equal(fm_store_open(&again, &shown, &store, "main", pass, &err),
			 FM_OK);
	assert_memory_equal(fm_secret_read(again), fm_secret_read(key), 32);
	fm_secret_done(again);
	fm_secret_done(key);
	fm_secret_free(&again);
	assert_int_equal(fm_store_open(&again, &shown, &store, "main", NULL, &err),
			 FM_E_LOCKED);
	assert_null(again);
	umask(022);
	fm_secret_free(&key);
	fm_secret_free(&pass);
}

static void nothing_is_left_beside(void **state)
{
	struct dirent *entry;
	size_t others = 0;
	DIR *d;

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	assert_int_equal(add("main"), FM_E_USAGE);
	d = opendir(dir);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		others += entry->d_name[0] != '.' &&
			  strcmp(entry->d_name, "main.json") != 0;
	closedir(d);
	assert_int_equal(others, 0);
}

static void never_replaced(void **state)
{
	struct fm_wallet first, second;
	struct stat before, after;

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	assert_int_equal(fm_store_show(&first, &store, "main", &err), FM_OK);
	assert_int_equal(stat(file("main.json"), &before), 0);
	assert_int_equal(add("main"), FM_E_USAGE);
	assert_non_null(strstr(err.msg, "'main'"));
	assert_int_equal(stat(file("main.json"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(fm_store_show(&second, &store, "main", &err), FM_OK);
	assert_memory_equal(&first, &second, sizeof(first));
}

static void missing(void **state)
{
	struct fm_secret *key = NULL;
	struct fm_wallet *list, wallet;
	size_t count = 7;

	(void)state;
	assert_int_equal(fm_store_list(&list, &count, &store, &err), FM_OK);
	assert_int_equal(count, 0);
	assert_null(list);
	assert_int_equal(fm_store_show(&wallet, &store, "main", &err), FM_E_USAGE);
	assert_int_equal(fm_store_open(&key, NULL, &store, "main", NULL, &err),
			 FM_E_USAGE);
	assert_int_equal(access(dir, F_OK), -1);
}

static void listed_by_name(void **state)
{
	struct fm_wallet *list;
	size_t count;
	int fd;

	(void)state;
	assert_int_equal(add("b"), FM_OK);
	assert_int_equal(add("c"), FM_OK);
	assert_int_equal(add("a"), FM_OK);
	/* Not wallets: what a crash leaves, notes. */
	fd = open(file("d.json.123.tmp"), O_CREAT | O_WRONLY, 0600);
	close(fd);
	fd = open(file("README"), O_CREAT | O_WRONLY, 0644);
	close(fd);
	assert_int_equal(fm_store_list(&list, &count, &store, &err), FM_OK);
	assert_int_equal(count, 3);
	assert_string_equal(list[0].name, "a");
	assert_string_equal(list[1].name, "b");
	assert_string_equal(list[2].name, "c");
	free(list);
}

static void damaged_is_named(void **state)
{
	struct fm_secret *key = NULL;
	struct fm_wallet *list, wallet;
	size_t count;

	(void)state;
	assert_int_equal(add("a"), FM_OK);
	assert_int_equal(add("b"), FM_OK);
	assert_int_equal(truncate(file("b.json"), 100), 0);
	assert_int_equal(fm_store_list(&list, &count, &store, &err), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "b.json"));
	assert_null(list);
	assert_int_equal(fm_store_show(&wallet, &store, "b", &err), FM_E_CONFIG);
	assert_int_equal(fm_store_open(&key, NULL, &store, "b", NULL, &err), FM_E_CONFIG);
	assert_int_equal(fm_store_show(&wallet, &store, "a", &err), FM_OK);
	assert_int_equal(truncate(file("b.json"), 0), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "b", &err), FM_E_CONFIG);
	assert_int_equal(truncate(file("b.json"), 100000), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "b", &err), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "larger"));
}

static void a_watched_address(void **state)
{
	static const char text[] = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
	struct fm_wallet wallet, shown, *list;
	struct fm_secret *key = NULL, *pass = passphrase("right");
	struct fm_addr address = { { 0 } };
	size_t count;

	(void)state;
	assert_int_equal(fm_store_watch(&wallet, &store, "cold", &address, &err),
			 FM_E_USAGE);
	assert_true(fm_addr_parse(&address, NULL, fm_span_of(text)));
	assert_int_equal(fm_store_watch(&wallet, &store, "Cold", &address, &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_watch(&wallet, &store, "cold", &address, &err), FM_OK);
	assert_true(wallet.watch);
	assert_string_equal(wallet.name, "cold");
	assert_int_equal(wallet.created_s, 1780000000);
	assert_int_equal(mode_of(dir), 0700);
	assert_int_equal(mode_of(file("cold.json")), 0600);
	assert_int_equal(fm_store_show(&shown, &store, "cold", &err), FM_OK);
	assert_true(shown.watch && fm_addr_equal(&shown.address, &address));
	assert_int_equal(fm_store_open(&key, &shown, &store, "cold", pass, &err),
			 FM_E_LOCKED);
	assert_int_equal(fm_store_open(&key, &shown, &store, "cold", NULL, &err),
			 FM_E_LOCKED);
	assert_null(key);
	/* Its name is taken, in both directions. */
	assert_int_equal(add("cold"), FM_E_USAGE);
	assert_int_equal(add("main"), FM_OK);
	assert_int_equal(fm_store_watch(NULL, &store, "main", &address, &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_list(&list, &count, &store, &err), FM_OK);
	assert_int_equal(count, 2);
	assert_true(list[0].watch && !list[1].watch);
	free(list);
	fm_secret_free(&pass);
}

static void removed(void **state)
{
	struct fm_wallet wallet;

	(void)state;
	assert_int_equal(fm_store_remove(&store, "main", &err), FM_E_USAGE);
	assert_int_equal(add("main"), FM_OK);
	assert_int_equal(add("other"), FM_OK);
	assert_int_equal(fm_store_remove(&store, "../main", &err), FM_E_USAGE);
	assert_int_equal(fm_store_remove(&store, "main", &err), FM_OK);
	assert_int_equal(access(file("main.json"), F_OK), -1);
	assert_int_equal(fm_store_remove(&store, "main", &err), FM_E_USAGE);
	assert_int_equal(fm_store_show(&wallet, &store, "other", &err), FM_OK);
	/* One that cannot be read can be removed. */
	assert_int_equal(truncate(file("other.json"), 10), 0);
	assert_int_equal(fm_store_remove(&store, "other", &err), FM_OK);
	assert_int_equal(add("main"), FM_OK);
}

/* ---- what it spends from ---- */

static const struct fm_spending nothing;
static const struct fm_spending one = { .bound = true,
					.ledger = { { 1 } },
					.builtin = true };
static const struct fm_spending two = { .bound = true,
					.ledger = { { 2 } },
					.policy = { { 1, 2, 3 } } };

static enum fm_code bind_to(const struct fm_spending *before,
			    const struct fm_spending *after, const struct fm_secret *pass)
{
	return fm_store_bind(&store, "main", pass, before, after, &err);
}

static void bound(void **state)
{
	struct fm_secret *key = key_1(), *pass = passphrase("right"),
			 *wrong = passphrase("wrong"), *again = NULL;
	struct fm_wallet before, shown;

	(void)state;
	assert_int_equal(bind_to(&nothing, &one, pass), FM_E_USAGE);
	assert_int_equal(fm_store_add(&before, &store, "main", key, pass,
				      FM_KDF_INTERACTIVE, &err),
			 FM_OK);
	assert_int_equal(bind_to(&nothing, &one, wrong), FM_E_LOCKED);
	assert_int_equal(fm_store_show(&shown, &store, "main", &err), FM_OK);
	assert_memory_equal(&shown, &before, sizeof(shown));
	assert_int_equal(bind_to(&nothing, &one, pass), FM_OK);
	assert_int_equal(mode_of(file("main.json")), 0600);
	assert_int_equal(mode_of(file(".lock")), 0600);
	assert_int_equal(fm_store_open(&again, &shown, &store, "main", pass, &err),
			 FM_OK);
	assert_memory_equal(fm_secret_read(again), fm_secret_read(key), 32);
	fm_secret_done(again);
	fm_secret_done(key);
	assert_true(fm_spending_equal(&shown.spending, &one));
	before.spending = one;
	assert_memory_equal(&shown, &before, sizeof(shown));
	/* Said already: nothing to do, whoever asks. */
	assert_int_equal(bind_to(&nothing, &one, wrong), FM_OK);
	/* Something else than it was looked at: somebody was quicker. */
	assert_int_equal(bind_to(&nothing, &two, pass), FM_E_BUSY);
	assert_int_equal(bind_to(&one, &two, pass), FM_OK);
	assert_int_equal(fm_store_show(&shown, &store, "main", &err), FM_OK);
	assert_true(fm_spending_equal(&shown.spending, &two));
	fm_secret_free(&again);
	fm_secret_free(&key);
	fm_secret_free(&pass);
	fm_secret_free(&wrong);
}

static void binding_needs_a_key(void **state)
{
	struct fm_addr address = { { 1 } };

	(void)state;
	assert_int_equal(fm_store_watch(NULL, &store, "main", &address, &err), FM_OK);
	assert_int_equal(bind_to(&nothing, &one, NULL), FM_E_LOCKED);
	assert_int_equal(fm_store_bind(&store, "../x", NULL, &nothing, &one, &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_bind(&store, "other", NULL, &nothing, &one, &err),
			 FM_E_USAGE);
}

#define BINDERS 16

/* All want the same: all get it, and the file is whole whenever it is looked at. Of those who
 * want different things one wins. */
static void bound_by_many(void **state)
{
	pid_t pids[BINDERS];
	int won = 0, busy = 0, how;
	struct fm_wallet shown;

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	for (int different = 0; different < 2; different++) {
		won = busy = 0;
		for (int i = 0; i < BINDERS; i++) {
			struct fm_spending to = different ? two : one;

			to.policy.b[31] = (uint8_t)(different ? i : 0);
			pids[i] = fork();
			if (pids[i] == 0)
				_exit(fm_store_show(&shown, &store, "main", &err)
					      ? 100
					      : (int)bind_to(different ? &one : &nothing,
							     &to, NULL));
			assert_true(pids[i] > 0);
		}
		for (int i = 0; i < BINDERS; i++) {
			assert_int_equal(waitpid(pids[i], &how, 0), pids[i]);
			won += how == 0;
			busy += WIFEXITED(how) && WEXITSTATUS(how) == FM_E_BUSY;
		}
		assert_int_equal(won, different ? 1 : BINDERS);
		assert_int_equal(busy, different ? BINDERS - 1 : 0);
		assert_int_equal(fm_store_show(&shown, &store, "main", &err), FM_OK);
	}
}

/* Another passphrase: the same key, the same spending, and the old one opens no more. */
static void passphrase_is_changed(void **state)
{
	const struct fm_spending never = { 0 },
				 spent = { .bound = true, .builtin = true };
	struct fm_secret *old = passphrase("old"), *fresh = passphrase("fresh");
	struct fm_secret *key = NULL, *none = NULL, *first = key_1();
	struct fm_wallet wallet;

	(void)state;
	assert_int_equal(fm_store_passwd(&wallet, &store, "main", old, fresh,
					 FM_KDF_INTERACTIVE, &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_add(NULL, &store, "main", first, old,
				      FM_KDF_INTERACTIVE, &err),
			 FM_OK);
	assert_int_equal(fm_store_bind(&store, "main", old, &never, &spent, &err), FM_OK);
	assert_int_equal(fm_store_passwd(&wallet, &store, "main", fresh, old,
					 FM_KDF_INTERACTIVE, &err),
			 FM_E_LOCKED);
	assert_int_equal(fm_store_passwd(&wallet, &store, "main", old, none,
					 FM_KDF_INTERACTIVE, &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_passwd(&wallet, &store, "main", old, fresh, FM_KDF_NONE,
					 &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_open(&key, NULL, &store, "main", old, &err), FM_OK);
	fm_secret_free(&key);

	assert_int_equal(fm_store_passwd(&wallet, &store, "main", old, fresh,
					 FM_KDF_INTERACTIVE, &err),
			 FM_OK);
	assert_true(fm_spending_equal(&wallet.spending, &spent));
	assert_int_equal(wallet.created_s, 1780000000);
	assert_int_equal(fm_store_open(&key, NULL, &store, "main", old, &err),
			 FM_E_LOCKED);
	assert_int_equal(fm_store_open(&key, &wallet, &store, "main", fresh, &err),
			 FM_OK);
	assert_true(fm_spending_equal(&wallet.spending, &spent));
	assert_true(fm_equal_ct(fm_secret_read(key), fm_secret_read(first), 32));
	fm_secret_done(key);
	fm_secret_done(first);
	fm_secret_free(&key);
	fm_secret_free(&first);
	fm_secret_free(&old);
	fm_secret_free(&fresh);
}

/* A wallet without a passphrase gets one, one that only watches has no key to seal. */
static void first_passphrase(void **state)
{
	struct fm_secret *fresh = passphrase("fresh"), *key = NULL;
	struct fm_addr address = { { 1 } };
	struct fm_wallet wallet;

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	assert_int_equal(fm_store_passwd(&wallet, &store, "main", NULL, fresh,
					 FM_KDF_INTERACTIVE, &err),
			 FM_OK);
	assert_int_equal(wallet.kdf, FM_KDF_INTERACTIVE);
	assert_int_equal(fm_store_open(&key, NULL, &store, "main", NULL, &err),
			 FM_E_LOCKED);
	assert_int_equal(fm_store_open(&key, NULL, &store, "main", fresh, &err), FM_OK);
	assert_int_equal(fm_store_watch(NULL, &store, "cold", &address, &err), FM_OK);
	assert_int_equal(fm_store_passwd(&wallet, &store, "cold", NULL, fresh,
					 FM_KDF_INTERACTIVE, &err),
			 FM_E_LOCKED);
	fm_secret_free(&key);
	fm_secret_free(&fresh);
}

static void under_another_name(void **state)
{
	struct fm_wallet wallet;
	char other[256];

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	snprintf(other, sizeof(other), "%s", file("other.json"));
	assert_int_equal(rename(file("main.json"), other), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "other", &err), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "'main'"));
}

static void open_to_others(void **state)
{
	static const mode_t looser[] = { 0640, 0604, 0660, 0644, 0601 };
	struct fm_wallet wallet, *list;
	size_t count;

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	for (size_t i = 0; i < sizeof(looser) / sizeof(looser[0]); i++) {
		assert_int_equal(chmod(file("main.json"), looser[i]), 0);
		assert_int_equal(fm_store_show(&wallet, &store, "main", &err),
				 FM_E_CONFIG);
		assert_non_null(strstr(err.hint, "chmod 600"));
	}
	assert_int_equal(chmod(file("main.json"), 0400), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "main", &err), FM_OK);
	assert_int_equal(chmod(dir, 0750), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "main", &err), FM_E_CONFIG);
	assert_non_null(strstr(err.hint, "chmod 700"));
	assert_int_equal(fm_store_list(&list, &count, &store, &err), FM_E_CONFIG);
	assert_int_equal(add("second"), FM_E_CONFIG);
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(access(file("second.json"), F_OK), -1);
}

static void links_are_not_followed(void **state)
{
	struct fm_wallet wallet;
	char target[256], link_dir[128];

	(void)state;
	assert_int_equal(add("main"), FM_OK);
	snprintf(target, sizeof(target), "%s", file("main.json"));
	assert_int_equal(symlink(target, file("link.json")), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "link", &err), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "symbolic link"));
	/* A link that leads nowhere still takes its name. */
	assert_int_equal(symlink("/nowhere", file("gone.json")), 0);
	assert_int_equal(add("gone"), FM_E_USAGE);

	snprintf(link_dir, sizeof(link_dir), "%s/linked", base);
	assert_int_equal(symlink(dir, link_dir), 0);
	store.dir = link_dir;
	assert_int_equal(fm_store_show(&wallet, &store, "main", &err), FM_E_CONFIG);
	assert_int_equal(add("other"), FM_E_CONFIG);
}

static void somebody_elses(void **state)
{
	struct fm_wallet wallet;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(add("main"), FM_OK);
	assert_int_equal(chown(file("main.json"), 12345, 12345), 0);
	assert_int_equal(fm_store_show(&wallet, &store, "main", &err), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "12345"));
}

static void bad_keys_are_not_stored(void **state)
{
	struct fm_secret *zero = fm_secret_new(32), *small = fm_secret_new(31);

	(void)state;
	assert_int_equal(fm_store_add(NULL, &store, "z", zero, NULL, FM_KDF_NONE, &err),
			 FM_E_USAGE);
	assert_int_equal(fm_store_add(NULL, &store, "z", small, NULL, FM_KDF_NONE, &err),
			 FM_E_USAGE);
	assert_int_equal(access(file("z.json"), F_OK), -1);
	fm_secret_free(&zero);
	fm_secret_free(&small);
}

static void key_texts(void **state)
{
	struct fm_secret *key = NULL;

	(void)state;
	assert_int_equal(fm_wallet_key_text(&key, fm_span_of("0xnot a key 12ab"), &err),
			 FM_E_USAGE);
	assert_null(key);
	assert_null(strstr(err.msg, "12ab"));
	assert_int_equal(fm_wallet_generate(&key, &fm_system_rand, &err), FM_OK);
	assert_int_equal(fm_secret_len(key), 32);
	fm_secret_free(&key);
}

static void signer_signs(void **state)
{
	const struct fm_sign_request request = { .kind = FM_SIGN_MESSAGE,
						 .digest = { { 1, 2, 3 } } };
	struct fm_secret *key = key_1();
	struct fm_signer signer;
	struct fm_sig sig = { { 0 } };
	char address[FM_ADDR_TEXT];

	(void)state;
	assert_int_equal(fm_signer_local(&signer, &key, NULL, true, &err), FM_OK);
	assert_null(key);
	assert_true(signer.test_only);
	fm_addr_text(address, &signer.address);
	assert_string_equal(address, "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
	assert_int_equal(signer.ops->sign(signer.ctx, &sig, &request, &err), FM_OK);
	assert_true(sig.b[64] == 27 || sig.b[64] == 28);
	fm_signer_close(&signer);
	assert_null(signer.ctx);
	fm_signer_close(&signer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names),
		TEST(add_and_open),
		TEST(nothing_is_left_beside),
		TEST(never_replaced),
		TEST(missing),
		TEST(listed_by_name),
		TEST(damaged_is_named),
		TEST(a_watched_address),
		TEST(removed),
		TEST(bound),
		TEST(binding_needs_a_key),
		TEST(bound_by_many),
		TEST(passphrase_is_changed),
		TEST(first_passphrase),
		TEST(under_another_name),
		TEST(open_to_others),
		TEST(links_are_not_followed),
		TEST(somebody_elses),
		TEST(bad_keys_are_not_stored),
		TEST(key_texts),
		TEST(signer_signs),
	};

	if (fm_init(NULL) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
