/* SPDX-License-Identifier: MIT */
/* A ledger of schema version 1, as the last program of that version left it, brought forward. */
#include "policy/ledger.h"

#include "ledger_v1.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <ledger_home.h>

#define ADDED 2 /* records of an upgrade: the one pin anew, and itself */
#define CHAIN UINT64_C(84532)
#define CENT UINT64_C(10000)
#define RECORDS 39

static struct fm_err err;

/* ---- the old one ---- */

static void exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%.80s: %s", sql, sqlite3_errmsg(db));
}

static sqlite3 *raw_open(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	return db;
}

static void sql(const char *text)
{
	sqlite3 *db = raw_open();

	exec(db, text);
	sqlite3_close(db);
}

static void make_old(void)
{
	sqlite3 *db;
	int fd;

	umask(077);
	assert_int_equal(mkdir(home_dir(), 0700), 0);
	db = raw_open();
	exec(db, "PRAGMA application_id=0x346d6963; PRAGMA user_version=1; BEGIN");
	for (size_t i = 0; i < sizeof(ledger_v1) / sizeof(ledger_v1[0]); i++)
		exec(db, ledger_v1[i]);
	exec(db, "COMMIT; PRAGMA journal_mode=WAL");
	sqlite3_close(db);
	fd = open(home_file("ledger.head"), O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, LEDGER_V1_HEAD, strlen(LEDGER_V1_HEAD)),
			 strlen(LEDGER_V1_HEAD));
	close(fd);
}

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fm_err_init(&err);
	if (!rc)
		make_old();
	home_now = HOME_NOON + 60000;
	return rc;
}

static int64_t number(const char *text)
{
	sqlite3 *db = raw_open();
	sqlite3_stmt *stmt;
	int64_t value;

	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

static int64_t version(void)
{
	return number("PRAGMA user_version");
}

static enum fm_code try_open(struct fm_ledger **ledger, bool read_only)
{
	const struct fm_ledger_options options = {
		.path = home_ledger(),
		.clock = &home_clock,
		.rand = &fm_system_rand,
		.busy_ms = 10000,
		.read_only = read_only,
	};

	fm_err_init(&err);
	return fm_ledger_open(ledger, &options, &err);
}

static struct fm_ledger *open_ledger(void)
{
	struct fm_ledger *ledger = NULL;

	if (try_open(&ledger, false) != FM_OK)
		fail_msg("open: %s", err.msg);
	return ledger;
}

/* ---- what must be there ---- */

static void outstanding(struct fm_outstanding *out, struct fm_ledger *ledger, uint8_t who)
{
	const struct fm_addr payer = { .b = { [19] = who } };

	if (fm_ledger_outstanding(out, ledger, &payer, CHAIN, &err) != FM_OK)
		fail_msg("%s", err.msg);
}

static void check_outstanding(struct fm_ledger *ledger)
{
	struct fm_outstanding out;

	outstanding(&out, ledger, 1);
	assert_int_equal(out.asset_count, 2);
	assert_true(fm_addr_is_zero(&out.assets[0].asset));
	assert_int_equal(out.assets[0].outstanding.w[0], 9 * CENT);
	assert_int_equal(out.assets[0].paid.w[0], 9 * CENT);
	assert_int_equal(out.assets[1].outstanding.w[0], (1 + 2 + 4 + 8 + 11) * CENT);
	assert_int_equal(out.assets[1].paid.w[0], (1 + 2) * CENT);
	assert_int_equal(out.assets[1].count, 5);
	assert_int_equal(out.in_doubt, 1);
	assert_int_equal(out.unanswered, 1);
	assert_int_equal(out.open_txs, 0);
	fm_outstanding_clear(&out);
	outstanding(&out, ledger, 2);
	assert_int_equal(out.asset_count, 1);
	assert_int_equal(out.assets[0].outstanding.w[0], 7 * CENT);
	assert_int_equal(out.in_doubt + out.unanswered, 0);
	fm_outstanding_clear(&out);
}

static void check_payment(struct fm_ledger *ledger, const char *key, uint64_t cents,
			  enum fm_pay_state state)
{
	struct fm_payment found;
	bool there;

	assert_int_equal(fm_ledger_find(&found, &there, ledger, key, &err), FM_OK);
	assert_true(there);
	assert_int_equal(found.amount.w[0], cents * CENT);
	assert_int_equal(found.state, state);
	assert_string_equal(found.cycle_hint, state == FM_PAY_PAID ? "0xa:0/60" : "");
	fm_payment_clear(&found);
}

static void check_all(struct fm_ledger *ledger)
{
	check_payment(ledger, "a1", 1, FM_PAY_PAID);
	check_payment(ledger, "b1", 2, FM_PAY_PAID);
	check_payment(ledger, "c1", 4, FM_PAY_REFUSED);
	check_payment(ledger, "d1", 8, FM_PAY_IN_DOUBT);
	check_payment(ledger, "e1", 16, FM_PAY_RESOLVED);
	check_payment(ledger, "f1", 5, FM_PAY_PAID);
	check_payment(ledger, "g1", 3, FM_PAY_RELEASED);
	check_payment(ledger, "h1", 7, FM_PAY_PAID);
	check_payment(ledger, "i1", 9, FM_PAY_PAID);
	check_payment(ledger, "j1", 11, FM_PAY_SIGNED);
	check_payment(ledger, "k1", 6, FM_PAY_RESERVED);
	check_outstanding(ledger);
	/* Totals of wallets count what was paid before there were any; all but g1. */
	assert_int_equal(
		number("SELECT sum(count) FROM total WHERE scope LIKE 'wallet %' "
		       "AND width = 0"),
		10);
	assert_int_equal(number("SELECT count(*) FROM journal WHERE subject IS NOT "
				"json_extract(body, '$.id')"),
			 0);
}

/* ---- forward ---- */

static void forward(void **state)
{
	struct fm_audit_report report;
	struct fm_ledger *ledger;
	struct fm_buf pin;
	int64_t at;
	bool there;

	(void)state;
	assert_int_equal(home_journal(), RECORDS);
	ledger = open_ledger();
	check_all(ledger);
	fm_buf_init(&pin, 100);
	assert_int_equal(fm_pin_get(&pin, &at, &there, ledger, "seller",
				    "https://api.example.com", &err),
			 FM_OK);
	assert_true(there);
	fm_buf_clear(&pin);
	fm_ledger_close(&ledger);
	assert_int_equal(version(), FM_SCHEMA_VERSION);
	assert_int_equal(number("SELECT value FROM meta WHERE key = 'schema'"),
			 FM_SCHEMA_VERSION);
	assert_int_equal(home_journal(), RECORDS + ADDED);
	assert_int_equal(number("SELECT body = '{\"event\":\"upgraded\",\"from\":\"1\","
				"\"to\":\"3\"}' FROM journal ORDER BY seq DESC LIMIT 1"),
			 1);
	/* Once. */
	ledger = open_ledger();
	check_all(ledger);
	if (fm_audit_verify(&report, ledger, &err) != FM_OK)
		fail_msg("%s", err.msg);
	assert_int_equal(report.pins, 1);
	fm_ledger_close(&ledger);
	assert_int_equal(home_journal(), RECORDS + ADDED);
}

/* Opened to read, it is brought forward all the same: what follows reads the new tables. */
static void read_only(void **state)
{
	struct fm_ledger *ledger = NULL;

	(void)state;
	assert_int_equal(try_open(&ledger, true), FM_OK);
	check_all(ledger);
	fm_ledger_close(&ledger);
	assert_int_equal(version(), FM_SCHEMA_VERSION);
}

/* An upgraded ledger has the tables of a new one, to the letter. */
static void same_tables(void **state)
{
	static const char odd[] =
		"SELECT name, sql FROM (SELECT * FROM (SELECT type, name, sql FROM "
		"main.sqlite_schema EXCEPT SELECT type, name, sql FROM old.sqlite_schema) "
		"UNION ALL SELECT * FROM (SELECT type, name, sql FROM old.sqlite_schema "
		"EXCEPT SELECT type, name, sql FROM main.sqlite_schema))";
	struct fm_ledger *ledger = open_ledger();
	char attach[400];
	sqlite3_stmt *stmt;
	sqlite3 *db;

	(void)state;
	fm_ledger_close(&ledger);
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(rename(home_ledger(), home_file("old.db")), 0);
	unlink(home_file("ledger.db-wal"));
	unlink(home_file("ledger.db-shm"));
	unlink(home_file("ledger.head"));
	ledger = open_ledger();
	fm_ledger_close(&ledger);
	db = raw_open();
	snprintf(attach, sizeof(attach), "ATTACH '%s' AS old", home_file("old.db"));
	exec(db, attach);
	assert_int_equal(sqlite3_prepare_v2(db, odd, -1, &stmt, NULL), SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		fail_msg("%s: %s", (const char *)sqlite3_column_text(stmt, 0),
			 (const char *)sqlite3_column_text(stmt, 1));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

/* Life goes on: states move the sums, and what was reserved by the dead is given back. */
static void goes_on(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_outstanding out;
	struct fm_payment found;
	bool there, resumed;
	struct fm_op op = { .kind = FM_OP_DEPOSIT,
			    .payer = { .b = { [19] = 1 } },
			    .chain_id = CHAIN };

	(void)state;
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "j1", &err), FM_OK);
	found.state = FM_PAY_PAID;
	assert_int_equal(fm_ledger_outcome(ledger, &found, &err), FM_OK);
	found.state = FM_PAY_RESOLVED;
	assert_int_equal(fm_ledger_outcome(ledger, &found, &err), FM_OK);
	fm_payment_clear(&found);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "d1", &err), FM_OK);
	found.state = FM_PAY_PAID;
	assert_int_equal(fm_ledger_outcome(ledger, &found, &err), FM_OK);
	fm_payment_clear(&found);
	outstanding(&out, ledger, 1);
	assert_int_equal(out.assets[1].outstanding.w[0], (1 + 2 + 4 + 8) * CENT);
	assert_int_equal(out.assets[1].paid.w[0], (1 + 2 + 8) * CENT);
	assert_int_equal(out.in_doubt + out.unanswered, 0);
	fm_outstanding_clear(&out);
	assert_int_equal(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err),
			 FM_OK);
	fm_ledger_close(&ledger);
	assert_int_equal(home_journal(), RECORDS + ADDED + 4);
}

/* A program of version 1 that has it open moves a state behind our back. */
static void old_program_beside(void **state)
{
	sqlite3 *old = raw_open();
	struct fm_outstanding out;
	struct fm_payment found;
	struct fm_ledger *ledger;
	bool there;

	(void)state;
	exec(old, "SELECT count(*) FROM payment");
	ledger = open_ledger();
	exec(old, "UPDATE payment SET state = 6 WHERE idem_key = 'a1'");
	exec(old, "UPDATE payment SET state = 3 WHERE idem_key = 'd1'");
	exec(old, "UPDATE payment SET state = 2 WHERE idem_key = 'k1'");
	/* The sums are behind, until the next step of each finds them. */
	for (int i = 0; i < 3; i++) {
		static const char *const keys[] = { "a1", "d1", "k1" };

		assert_int_equal(fm_ledger_find(&found, &there, ledger, keys[i], &err),
				 FM_OK);
		found.state = FM_PAY_RESOLVED;
		if (fm_ledger_outcome(ledger, &found, &err) != FM_OK)
			fail_msg("%s: %s", keys[i], err.msg);
		fm_payment_clear(&found);
	}
	outstanding(&out, ledger, 1);
	assert_int_equal(out.assets[1].outstanding.w[0], (2 + 4 + 11) * CENT);
	assert_int_equal(out.assets[1].paid.w[0], 2 * CENT);
	fm_outstanding_clear(&out);
	fm_ledger_close(&ledger);
	sqlite3_close(old);
}

/* ---- at once, and dying ---- */

/* Cmocka would bring a child that crashed back as another run of the tests. */
static pid_t make_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL);
		signal(SIGABRT, SIG_DFL);
	}
	return pid;
}

/* All of them have seen version 1 when the first may go. */
static void at_once(void **state)
{
	enum {
		PROCESSES = 6
	};
	const struct timespec a_while = { .tv_nsec = 300000000 };
	struct fm_ledger *ledger;
	struct fm_gate gate;
	int status;

	(void)state;
	assert_int_equal(fm_gate_open(&gate, home_file("ledger.lock"), 0, &err), FM_OK);
	assert_int_equal(fm_gate_enter(&gate, 0, NULL, &err), FM_OK);
	for (int i = 0; i < PROCESSES; i++)
		if (make_child() == 0)
			_exit(try_open(&ledger, i % 2) == FM_OK ? 0 : 1);
	nanosleep(&a_while, NULL);
	fm_gate_leave(&gate);
	fm_gate_close(&gate);
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	assert_int_equal(home_journal(), RECORDS + ADDED);
	ledger = open_ledger();
	check_all(ledger);
	fm_ledger_close(&ledger);
}

/* Either the old ledger or the new one, and the next to open it has the new one. */
static void killed_at_every_write(void **state)
{
	bool done = false;
	int old = 0, new = 0;

	(void)state;
	for (unsigned long n = 1; !done; n++) {
		struct fm_ledger *ledger = NULL;
		int status;
		pid_t pid;

		home_remove(home_dir());
		make_old();
		pid = make_child();
		if (pid == 0) {
			home_kill_at(n);
			_exit(try_open(&ledger, false) == FM_OK ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		done = WIFEXITED(status);
		if (done)
			assert_int_equal(WEXITSTATUS(status), 0);
		else
			assert_int_equal(WTERMSIG(status), SIGKILL);
		*(version() == 1 ? &old : &new) += 1;
		assert_int_equal(home_journal(), RECORDS + (version() != 1 ? ADDED : 0));
		ledger = open_ledger();
		check_all(ledger);
		fm_ledger_close(&ledger);
		assert_int_equal(version(), FM_SCHEMA_VERSION);
		assert_int_equal(home_journal(), RECORDS + ADDED);
	}
	assert_in_range(old, 5, 500);
	assert_in_range(new, 1, 500);
}

/* ---- refused, and left as they were ---- */

static void refused(const char *says)
{
	struct fm_ledger *ledger = NULL;

	for (int read_only_too = 0; read_only_too < 2; read_only_too++) {
		assert_int_equal(try_open(&ledger, read_only_too), FM_E_LEDGER);
		assert_null(ledger);
		if (!strstr(err.msg, says))
			fail_msg("'%s' does not say '%s'", err.msg, says);
		assert_int_equal(version(), 1);
		assert_int_equal(number("SELECT count(*) FROM sqlite_schema WHERE name = "
					"'op'"),
				 0);
	}
}

static void transactions_nobody_wrote(void **state)
{
	(void)state;
	sql("INSERT INTO tx VALUES (x'01', x'02', 1, 2, x'03', 'deposit', 0)");
	refused("never wrote");
}

static void unreadable_payment(void **state)
{
	(void)state;
	sql("UPDATE payment SET amount = x'01' WHERE idem_key = 'c1'");
	refused("unreadable");
}

static void sums_too_large(void **state)
{
	(void)state;
	sql("UPDATE payment SET amount = x'ffffffffffffffffffffffffffffffffffffffffffffffff"
	    "ffffffffffffffff' WHERE idem_key IN ('a1', 'b1')");
	refused("256 bits");
}

static void older_than_its_head(void **state)
{
	(void)state;
	sql("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)");
	refused("older than it was");
}

static void newer(void **state)
{
	struct fm_ledger *ledger = NULL;

	(void)state;
	sql("PRAGMA user_version=4");
	assert_int_equal(try_open(&ledger, false), FM_E_LEDGER);
	assert_non_null(strstr(err.msg, "schema 4"));
	assert_int_equal(version(), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(forward),
		TEST(read_only),
		TEST(same_tables),
		TEST(goes_on),
		TEST(old_program_beside),
		TEST(at_once),
		TEST(killed_at_every_write),
		TEST(transactions_nobody_wrote),
		TEST(unreadable_payment),
		TEST(sums_too_large),
		TEST(older_than_its_head),
		TEST(newer),
	};

	if (fm_init(NULL) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
