/* SPDX-License-Identifier: MIT */
/* The newest record kept away from the ledger: an older copy of all that is in its folder is
 * noticed, and used only when a person said so. */
#include <fourmica/policy.h>

#include <ledger_home.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct fm_err err;
static char outer[300]; /* where heads are kept */
static char old[300];	/* a copy of the ledger's folder */

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fm_err_init(&err);
	snprintf(outer, sizeof(outer), "%.*s/wallets", (int)(strlen(home_dir()) - 6),
		 home_dir());
	snprintf(old, sizeof(old), "%.*s/old", (int)(strlen(home_dir()) - 6), home_dir());
	return rc ? rc : mkdir(outer, 0700);
}

static enum fm_code try_open(struct fm_ledger **ledger, bool read_only, bool adopt)
{
	const struct fm_ledger_options options = { .path = home_ledger(),
						   .clock = &home_clock,
						   .rand = &fm_system_rand,
						   .read_only = read_only,
						   .head_dir = outer,
						   .adopt = adopt };

	fm_err_init(&err);
	return fm_ledger_open(ledger, &options, &err);
}

static struct fm_ledger *open_one(void)
{
	struct fm_ledger *ledger = NULL;

	if (try_open(&ledger, false, false) != FM_OK)
		fail_msg("%s", err.msg);
	return ledger;
}

static void record(struct fm_ledger *ledger, const char *reason)
{
	const struct fm_fact facts[] = {
		{"reason",   reason},
		      { "nothing", NULL	}
	};

	assert_int_equal(fm_ledger_record(ledger, "stop", facts, 2, &err), FM_OK);
}

/* The file for the ledger's name. */
static const char *head_of(struct fm_ledger *ledger)
{
	static char path[400];
	char name[FM_HASH_TEXT];
	struct fm_hash hash;

	assert_int_equal(fm_ledger_name(&hash, ledger, &err), FM_OK);
	fm_hash_text(name, &hash);
	snprintf(path, sizeof(path), "%s/%s.head", outer, name + 2);
	return path;
}

static void FM_PRINTF(1, 2)
shell(const char *fmt, ...)
{
	char command[2048];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	assert_int_equal(system(command), 0);
}

static void go_back(void)
{
	shell("rm -rf '%s' && cp -a '%s' '%s'", home_dir(), old, home_dir());
}

static void is_older(void)
{
	struct fm_ledger *ledger = NULL;

	for (int read_only = 0; read_only < 2; read_only++) {
		assert_int_equal(try_open(&ledger, read_only, false), FM_E_LEDGER);
		assert_null(ledger);
		assert_non_null(strstr(err.msg, "older than it was"));
		assert_non_null(strstr(err.hint, "--adopt-ledger"));
	}
}

static void written(void **state)
{
	struct fm_ledger *ledger = open_one();
	struct stat st;

	(void)state;
	record(ledger, "a \"reason\"");
	assert_int_equal(lstat(head_of(ledger), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	shell("cmp -s '%s' '%s'", home_file("ledger.head"), head_of(ledger));
	record(ledger, NULL);
	shell("cmp -s '%s' '%s'", home_file("ledger.head"), head_of(ledger));
	fm_ledger_close(&ledger);
	assert_int_equal(home_journal(), 3);
	ledger = open_one();
	fm_ledger_close(&ledger);
}

static void older_folder(void **state)
{
	struct fm_ledger *ledger = open_one();

	(void)state;
	record(ledger, "one");
	fm_ledger_close(&ledger);
	shell("cp -a '%s' '%s'", home_dir(), old);
	ledger = open_one();
	record(ledger, "two");
	fm_ledger_close(&ledger);
	go_back();
	is_older();
	/* Adopted: it can be opened, and from its next record on it is the one. */
	assert_int_equal(try_open(&ledger, false, true), FM_OK);
	record(ledger, "other");
	fm_ledger_close(&ledger);
	ledger = open_one();
	fm_ledger_close(&ledger);
	/* The one that was replaced is now the other. */
	go_back();
	is_older();
}

/* Only the database, or all but it: the ledger's own head says so, until adopted. */
static void parts(void **state)
{
	struct fm_ledger *ledger = open_one();

	(void)state;
	record(ledger, "one");
	fm_ledger_close(&ledger);
	shell("cp -a '%s' '%s'", home_dir(), old);
	ledger = open_one();
	record(ledger, "two");
	fm_ledger_close(&ledger);
	shell("cp '%s/ledger.db' '%s' && rm -f '%s'-wal '%s'-shm", old, home_ledger(),
	      home_ledger(), home_ledger());
	is_older();
	assert_int_equal(try_open(&ledger, false, true), FM_OK);
	record(ledger, "other");
	fm_ledger_close(&ledger);
	ledger = open_one();
	fm_ledger_close(&ledger);
	unlink(home_ledger());
	assert_int_equal(try_open(&ledger, false, false), FM_E_LEDGER);
	assert_non_null(strstr(err.msg, "is missing"));
	assert_non_null(strstr(err.hint, "--adopt-ledger"));
	assert_int_equal(try_open(&ledger, false, true), FM_OK);
	record(ledger, "new");
	fm_ledger_close(&ledger);
	ledger = open_one();
	fm_ledger_close(&ledger);
}

static void damaged(void **state)
{
	struct fm_ledger *ledger = open_one();
	char path[400];

	(void)state;
	record(ledger, "one");
	snprintf(path, sizeof(path), "%s", head_of(ledger));
	fm_ledger_close(&ledger);
	assert_int_equal(truncate(path, 40), 0);
	assert_int_equal(try_open(&ledger, false, false), FM_E_LEDGER);
	assert_non_null(strstr(err.msg, path));
	assert_non_null(strstr(err.hint, "--adopt-ledger"));
	assert_int_equal(chmod(path, 0644), 0);
	assert_int_equal(try_open(&ledger, false, false), FM_E_CONFIG);
	/* Gone, or nowhere to put it: nothing to say. */
	unlink(path);
	ledger = open_one();
	record(ledger, "two");
	assert_int_equal(access(path, F_OK), 0);
	fm_ledger_close(&ledger);
	unlink(path);
	rmdir(outer);
	ledger = open_one();
	record(ledger, "three");
	fm_ledger_close(&ledger);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(written),
		TEST(older_folder),
		TEST(parts),
		TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
