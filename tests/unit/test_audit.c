/* SPDX-License-Identifier: MIT */
/* The journal read back: whatever one changes behind it is found. */
#include "policy/audit.h"
#include "policy/op.h"

#include <fourmica/network.h>

#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <ledger_home.h>

#define CHAIN UINT64_C(84532)
#define CENT UINT64_C(10000)
#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

static struct fm_err err;
static struct fm_audit_report report;

#define MUST_DO(call)                                       \
	do {                                                \
		fm_err_init(&err);                          \
		if ((call) != FM_OK)                        \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

static enum fm_code try_open(struct fm_ledger **ledger)
{
	const struct fm_ledger_options options = {
		.path = home_ledger(),
		.clock = &home_clock,
		.rand = &fm_system_rand,
		.busy_ms = 10000,
	};

	fm_err_init(&err);
	return fm_ledger_open(ledger, &options, &err);
}

static struct fm_ledger *open_ledger(void)
{
	struct fm_ledger *ledger = NULL;

	if (try_open(&ledger) != FM_OK)
		fail_msg("open: %s", err.msg);
	return ledger;
}

static sqlite3 *raw_open(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	return db;
}

static bool try_sql(const char *text)
{
	sqlite3 *db = raw_open();
	bool ok = sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK &&
		  sqlite3_changes(db) > 0;

	sqlite3_close(db);
	return ok;
}

static void sql(const char *text)
{
	if (!try_sql(text))
		fail_msg("%s", text);
}

/* ---- a ledger in which everything has happened ---- */

static const struct fm_addr payer = { { 1 } }, vault = { { 2 } };
static char route[] = "/data", header[] = "aGVhZGVy", reason[] = "a map of Rome";

static void reserve(struct fm_payment *p, struct fm_ledger *ledger, const char *key,
		    const char *scheme)
{
	struct fm_payment found;
	enum fm_reserve what;
	struct fm_ask ask = { .chain_id = CHAIN,
			      .asset = fm_asset_by_symbol(CHAIN, "USDC"),
			      .amount = fm_u256_from_u64(CENT) };
	static uint8_t request;

	memset(p, 0, sizeof(*p));
	snprintf(p->idem_key, sizeof(p->idem_key), "%s", key);
	snprintf(p->scheme, sizeof(p->scheme), "%s", scheme);
	snprintf(p->origin, sizeof(p->origin), "https://api.example.com");
	snprintf(p->method, sizeof(p->method), "GET");
	snprintf(p->task, sizeof(p->task), "trip");
	snprintf(p->category, sizeof(p->category), "maps");
	p->payer = payer;
	p->chain_id = CHAIN;
	p->asset = ask.asset->address;
	p->amount = ask.amount;
	p->pay_to = (struct fm_addr){ { 3 } };
	p->req_id = fm_u256_from_u64(++request);
	memset(p->identity.b, request, 32);
	p->route = route;
	p->purpose = reason;
	MUST_DO(fm_ledger_reserve(&what, &found, ledger, p, &ask, NULL, 0, &err));
	assert_int_equal(what, FM_RESERVE_NEW);
}

static void sign(struct fm_payment *p, struct fm_ledger *ledger)
{
	p->header = header;
	memset(p->digest.b, 0x55, 32);
	MUST_DO(fm_ledger_signed(ledger, p, &err));
	MUST_DO(fm_ledger_sent(ledger, p, &err));
}

static void end(struct fm_payment *p, struct fm_ledger *ledger, enum fm_pay_state state)
{
	p->state = state;
	p->http_status = state == FM_PAY_PAID ? 200 : 402;
	memset(p->guarantee.b, 0x77, 32);
	snprintf(p->error_code, sizeof(p->error_code), "%s",
		 state == FM_PAY_PAID ? "" : "payment_failed");
	MUST_DO(fm_ledger_outcome(ledger, p, &err));
}

static struct fm_op deposit(struct fm_ledger *ledger, uint8_t id)
{
	const struct fm_asset *asset = fm_asset_by_symbol(CHAIN, "USDC");
	struct fm_op op = { .kind = FM_OP_DEPOSIT,
			    .payer = payer,
			    .chain_id = CHAIN,
			    .asset = asset->address,
			    .amount = fm_u256_from_u64(id),
			    .target = vault };
	struct fm_ask ask = { .of = FM_MONEY_DEPOSIT,
			      .chain_id = CHAIN,
			      .asset = asset,
			      .amount = op.amount };
	struct fm_tx_row tx = { .payer = payer,
				.chain_id = CHAIN,
				.nonce = id,
				.to = vault,
				.gas_limit = 90000 };
	uint8_t raw[] = { 2, 0xc0, id };
	bool resumed;

	MUST_DO(fm_ledger_op_begin(&resumed, &op, ledger, &ask, NULL, 0, &err));
	tx.raw = (struct fm_buf){ .ptr = (char *)raw, .len = sizeof(raw) };
	fm_keccak256(&tx.hash, raw, sizeof(raw));
	snprintf(tx.op, sizeof(tx.op), "%s", op.id);
	snprintf(tx.purpose, sizeof(tx.purpose), "deposit");
	MUST_DO(fm_ledger_tx_signed(ledger, &tx, &err));
	MUST_DO(fm_ledger_tx_sent(ledger, &tx.hash, &err));
	tx.state = FM_TX_MINED;
	tx.block = 7;
	tx.block_hash.b[0] = 7;
	tx.gas_used = 21000;
	tx.fee = fm_u256_from_u64(42);
	MUST_DO(fm_ledger_tx_outcome(ledger, &tx, &err));
	op.state = FM_OP_DONE;
	MUST_DO(fm_ledger_op_end(ledger, &op, &err));
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	return op;
}

static struct fm_denial denial = {
	.method = "GET",
	.origin = "https://evil.example",
	.route = "/data",
	.has_terms = true,
	.chain_id = CHAIN,
	.scheme = "exact",
	.task = "trip",
	.code = FM_E_BLOCKED,
	.rule = "blocked",
};

static char paid_id[FM_PAY_ID];

/* Newest: a payment with an outcome. */
static void make_ledger(void)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_payment p;

	MUST_DO(fm_pin_set(ledger, "seller", "https://api.example.com eip155:84532",
			   fm_span_of("0x03"), &err));
	reserve(&p, ledger, "refused", "exact");
	sign(&p, ledger);
	end(&p, ledger, FM_PAY_REFUSED);
	reserve(&p, ledger, "released", "4mica-credit");
	MUST_DO(fm_ledger_release(ledger, &p, &err));
	home_now += MINUTE;
	deposit(ledger, 1);
	MUST_DO(fm_ledger_denied(ledger, &denial, &err));
	reserve(&p, ledger, "doubt", "4mica-credit");
	sign(&p, ledger);
	end(&p, ledger, FM_PAY_IN_DOUBT);
	reserve(&p, ledger, "paid", "4mica-credit");
	sign(&p, ledger);
	end(&p, ledger, FM_PAY_PAID);
	memcpy(paid_id, p.id, sizeof(p.id));
	fm_ledger_close(&ledger);
}

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fm_err_init(&err);
	if (!rc)
		make_ledger();
	return rc;
}

/* ---- copies ---- */

struct bytes {
	char ptr[1 << 19];
	size_t len;
};

static struct bytes good_db, good_head;

static void slurp(struct bytes *out, const char *of)
{
	int fd = open(of, O_RDONLY);
	ssize_t len;

	assert_true(fd >= 0);
	len = read(fd, out->ptr, sizeof(out->ptr));
	assert_in_range(len, 1, sizeof(out->ptr) - 1);
	out->len = (size_t)len;
	close(fd);
}

static void put_back(const struct bytes *bytes, const char *of)
{
	int fd = open(of, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes->ptr, bytes->len), bytes->len);
	close(fd);
}

static void keep(void)
{
	sqlite3 *db = raw_open();

	sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
	sqlite3_close(db);
	slurp(&good_db, home_ledger());
	slurp(&good_head, home_file("ledger.head"));
}

static void restore(void)
{
	unlink(home_file("ledger.db-wal"));
	unlink(home_file("ledger.db-shm"));
	put_back(&good_db, home_ledger());
	put_back(&good_head, home_file("ledger.head"));
}

static enum fm_code verify(void)
{
	struct fm_ledger *ledger = NULL;
	enum fm_code rc = try_open(&ledger);

	if (!rc)
		rc = fm_audit_verify(&report, ledger, &err);
	fm_ledger_close(&ledger);
	return rc;
}

static void must_verify(void)
{
	if (verify() != FM_OK)
		fail_msg("verify: %s", err.msg);
}

/* What is kept is good: then it is the change that is found. */
static void keep_good(void)
{
	keep();
	restore();
	must_verify();
}

/* On a fresh copy. Found by opening or by verifying; nothing else will do. */
static void must_be_found(const char *change)
{
	enum fm_code rc;

	restore();
	sql(change);
	rc = verify();
	if (rc != FM_E_AUDIT && rc != FM_E_LEDGER)
		fail_msg("%s: %d %s", change, rc, err.msg);
	assert_true(err.msg[0] && err.hint[0]);
}

static void says(const char *words)
{
	if (!strstr(err.msg, words))
		fail_msg("'%s' does not say '%s'", err.msg, words);
}

/* ---- as it is ---- */

static void untouched(void **state)
{
	(void)state;
	must_verify();
	assert_int_equal(report.payments, 4);
	assert_int_equal(report.operations, 1);
	assert_int_equal(report.transactions, 1);
	assert_int_equal(report.pins, 1);
	assert_int_equal(report.first_seq, 1);
	assert_int_equal(report.last_seq, report.records);
	assert_int_equal(report.bad_seq, 0);
	assert_true(report.totals > 10);
}

/* ---- each column of each row ---- */

/* Another value of the same type; @ is the column. */
#define OTHER                                                                           \
	"CASE typeof(@) WHEN 'integer' THEN @ + 1000 WHEN 'text' THEN @ || 'x' WHEN "   \
	"'blob' THEN CAST(CASE WHEN substr(@, 1, 1) = x'00' THEN x'01' ELSE x'00' END " \
	"|| substr(@, 2) AS BLOB) ELSE "

static void change_of(char out[static 1024], const char *table, const char *column,
		      const char *type, int64_t row)
{
	const char *null = strcmp(type, "TEXT") == 0	  ? "'x' END"
			   : strcmp(type, "INTEGER") == 0 ? "1 END"
							  : "zeroblob(31) || x'01' END";
	struct fm_buf text;

	fm_buf_init(&text, 1023);
	fm_buf_fmt(&text, "UPDATE %s SET %s = ", table, column);
	for (const char *at = OTHER; *at; at++)
		if (*at == '@')
			fm_buf_str(&text, column);
		else
			fm_buf_chr(&text, *at);
	fm_buf_fmt(&text, "%s WHERE rowid = %lld", null, (long long)row);
	assert_true(fm_buf_ok(&text));
	memcpy(out, text.ptr, text.len + 1);
	fm_buf_clear(&text);
}

static void each_column(const char *table, const char *but)
{
	char change[1024], list[256];
	sqlite3_stmt *stmt;
	sqlite3 *db;
	char names[64][32], types[64][16];
	size_t count = 0, done = 0;
	int64_t rows;

	restore();
	db = raw_open();
	snprintf(list, sizeof(list), "SELECT name, type FROM pragma_table_info('%s')",
		 table);
	assert_int_equal(sqlite3_prepare_v2(db, list, -1, &stmt, NULL), SQLITE_OK);
	for (; sqlite3_step(stmt) == SQLITE_ROW; count++) {
		snprintf(names[count], 32, "%s",
			 (const char *)sqlite3_column_text(stmt, 0));
		snprintf(types[count], 16, "%s",
			 (const char *)sqlite3_column_text(stmt, 1));
	}
	sqlite3_finalize(stmt);
	snprintf(list, sizeof(list), "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_prepare_v2(db, list, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	rows = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	assert_true(rows > 0 && count > 1);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], but) == 0)
			continue;
		for (int64_t row = 1; row <= rows; row++) {
			change_of(change, table, names[i], types[i], row);
			must_be_found(change);
			done++;
		}
	}
	assert_true(done >= count - 1);
}

static void journal_columns(void **state)
{
	(void)state;
	keep_good();
	each_column("journal", "");
}

static void payment_columns(void **state)
{
	(void)state;
	keep_good();
	each_column("payment", "");
}

static void op_columns(void **state)
{
	(void)state;
	keep_good();
	each_column("op", "");
}

static void tx_columns(void **state)
{
	(void)state;
	keep_good();
	each_column("tx", "");
}

/* ---- rows that go and come ---- */

static void rows(void **state)
{
	char change[300];
	int64_t last;

	(void)state;
	must_verify();
	last = report.last_seq;
	keep_good();
	for (int64_t seq = 1; seq <= last; seq++) {
		snprintf(change, sizeof(change), "DELETE FROM journal WHERE seq = %lld",
			 (long long)seq);
		must_be_found(change);
		/* With the numbers closed up again. */
		snprintf(change, sizeof(change),
			 "DELETE FROM journal WHERE seq = %lld; UPDATE journal SET seq = "
			 "seq - 1 WHERE seq > %lld",
			 (long long)seq, (long long)seq);
		if (seq < last)
			must_be_found(change);
		/* Two that changed places. */
		snprintf(change, sizeof(change),
			 "UPDATE journal SET seq = -1 WHERE seq = %lld; UPDATE journal "
			 "SET seq = %lld WHERE seq = %lld; UPDATE journal SET seq = %lld "
			 "WHERE seq = -1",
			 (long long)seq, (long long)seq, (long long)seq + 1,
			 (long long)seq + 1);
		if (seq < last)
			must_be_found(change);
	}
	must_be_found("INSERT INTO journal SELECT max(seq) + 1, at, hash, hash, body, "
		      "subject FROM journal");
	for (int row = 1; row <= 4; row++) {
		snprintf(change, sizeof(change), "DELETE FROM payment WHERE seq = %d",
			 row);
		must_be_found(change);
	}
	must_be_found("DELETE FROM op");
	must_be_found("DELETE FROM tx");
	must_be_found("DELETE FROM pin");
	must_be_found("UPDATE pin SET value = '0x04'");
	must_be_found("UPDATE pin SET key = 'https://other.example eip155:84532'");
	must_be_found("INSERT INTO pin VALUES ('seller', 'https://b.example', 'x', 1)");
	must_be_found(
		"INSERT INTO payment (id, binding, payer, network, asset, amount, scheme, "
		"origin, method, pay_to, task, policy_hash, state, created, booked) SELECT "
		"'pay_x', binding, payer, network, asset, amount, scheme, origin, method, "
		"pay_to, task, policy_hash, 3, created, 0 FROM payment LIMIT 1");
	must_be_found("UPDATE meta SET value = '0x' || hex(zeroblob(32)) WHERE key = "
		      "'ledger'");
}

/* Without ledger.head what became of the row tells. */
static void newest_without_head(void **state)
{
	(void)state;
	keep_good();
	must_be_found("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)");
	unlink(home_file("ledger.head"));
	assert_int_equal(verify(), FM_E_AUDIT);
	says("state");
	assert_non_null(strstr(err.msg, paid_id));
	/* A program that did not see it go must say so as well. */
	restore();
	struct fm_ledger *ledger = open_ledger();
	sql("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)");
	assert_int_equal(fm_audit_verify(&report, ledger, &err), FM_E_AUDIT);
	says("ledger.head");
	fm_ledger_close(&ledger);
}

static void newest_denial(void **state)
{
	struct fm_ledger *ledger = open_ledger();

	(void)state;
	denial.task = "another";
	MUST_DO(fm_ledger_denied(ledger, &denial, &err));
	fm_ledger_close(&ledger);
	must_verify();
	sql("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)");
	assert_int_equal(verify(), FM_E_AUDIT);
	says("refusal");
}

static void totals(void **state)
{
	(void)state;
	keep_good();
	must_be_found("UPDATE total SET count = count + 1 WHERE scope = 'all' AND "
		      "width = 86400");
	says("'all' by day");
	must_be_found("UPDATE total SET amount = zeroblob(32) WHERE scope = 'task trip' "
		      "AND width = 0");
	says("'task' by all time");
	must_be_found("UPDATE total SET amount = zeroblob(31) || x'01' WHERE scope = "
		      "'deposit' AND width = 60");
	must_be_found("UPDATE total SET bucket = bucket + 1 WHERE scope LIKE 'seller%' "
		      "AND width = 3600");
	must_be_found(
		"UPDATE total SET newest = 0 WHERE scope LIKE 'seller%' AND width = "
		"3600");
	must_be_found("UPDATE total SET scope = 'credit 0x02' WHERE scope LIKE 'credit "
		      "%'");
	must_be_found("DELETE FROM total WHERE scope LIKE 'wallet%' AND width = 86400");
	must_be_found("INSERT INTO total VALUES ('all', 60, 1, 'eip155:1/0x', "
		      "zeroblob(32), 1, 60000)");
	must_be_found("INSERT INTO total VALUES ('what', 60, 1, 'eip155:1/0x', "
		      "zeroblob(32), 0, 60000)");
	/* Both sides, as somebody would who knows. */
	must_be_found("UPDATE payment SET booked = 0; DELETE FROM total WHERE scope NOT "
		      "LIKE 'credit%' AND scope <> 'deposit'");
}

/* ---- denials ---- */

static int64_t count(const char *of)
{
	sqlite3 *db = raw_open();
	sqlite3_stmt *stmt;
	int64_t value;

	assert_int_equal(sqlite3_prepare_v2(db, of, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

#define DENIED \
	"SELECT count(*) FROM journal WHERE json_extract(body, '$.event') = 'denied'"
#define NOT_RECORDED                                                                         \
	"SELECT json_extract(body, '$.not_recorded_before') FROM journal ORDER BY seq DESC " \
	"LIMIT 1"

static void denied_in_a_loop(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	char task[20];

	(void)state;
	denial.task = "loop";
	for (int i = 0; i < 50; i++)
		MUST_DO(fm_ledger_denied(ledger, &denial, &err));
	assert_int_equal(count(DENIED), 2);
	home_now += 10 * MINUTE;
	MUST_DO(fm_ledger_denied(ledger, &denial, &err));
	assert_int_equal(count(DENIED), 3);
	assert_int_equal(count(NOT_RECORDED), 49);
	/* Always another one: so many in an hour, then only their number. */
	denial.task = task;
	for (int i = 0; i < 700; i++) {
		snprintf(task, sizeof(task), "t%d", i);
		MUST_DO(fm_ledger_denied(ledger, &denial, &err));
	}
	assert_in_range(count(DENIED), 598, 603);
	home_now += 60 * MINUTE;
	MUST_DO(fm_ledger_denied(ledger, &denial, &err));
	assert_in_range(count(NOT_RECORDED), 98, 103);
	denial.task = "trip";
	fm_ledger_close(&ledger);
	must_verify();
}

/* ---- reading ---- */

struct seen {
	int count, most;
	int64_t last;
	char events[512];
};

static bool see(void *ctx, const struct fm_audit_record *record)
{
	struct seen *seen = ctx;
	size_t len = strlen(seen->events);

	assert_true(record->seq > seen->last);
	seen->last = record->seq;
	snprintf(seen->events + len, sizeof(seen->events) - len, "%s ", record->event);
	return ++seen->count != seen->most;
}

static struct seen each(const struct fm_audit_filter *filter, int64_t after)
{
	struct fm_ledger *ledger = open_ledger();
	struct seen seen = { 0 };

	MUST_DO(fm_audit_each(ledger, filter, after, see, &seen, &err));
	fm_ledger_close(&ledger);
	return seen;
}

static void filters(void **state)
{
	const struct fm_audit_filter none = { 0 };
	struct fm_audit_filter f = { .scheme = "exact" };

	(void)state;
	assert_int_equal(each(&none, 0).count, each(&none, 0).last);
	assert_int_equal(each(&none, 5).count, each(&none, 0).count - 5);
	/* All records of the payment, and the refusal. */
	assert_string_equal(each(&f, 0).events, "reserved signed sent refused denied ");
	f = (struct fm_audit_filter){ .subject = paid_id };
	assert_string_equal(each(&f, 0).events, "reserved signed sent paid ");
	f = (struct fm_audit_filter){ .event = "paid" };
	assert_int_equal(each(&f, 0).count, 1);
	f = (struct fm_audit_filter){ .seller = "https://evil.example" };
	assert_string_equal(each(&f, 0).events, "denied ");
	f = (struct fm_audit_filter){ .chain_id = 1 };
	assert_int_equal(each(&f, 0).count, 0);
	f = (struct fm_audit_filter){ .until_ms = home_now };
	assert_string_equal(each(&f, 0).events,
			    "created pin reserved signed sent refused reserved "
			    "released ");
	f = (struct fm_audit_filter){ .since_ms = home_now, .task = "trip" };
	assert_string_equal(each(&f, 0).events,
			    "denied reserved signed sent in_doubt reserved signed sent "
			    "paid ");
	f = (struct fm_audit_filter){ .since_ms = home_now + 1 };
	assert_int_equal(each(&f, 0).count, 0);
}

static void find(const char *word, const char *id)
{
	struct fm_ledger *ledger = open_ledger();
	char is[FM_PAY_ID];
	bool found;

	MUST_DO(fm_audit_find(is, &found, ledger, word, &err));
	assert_int_equal(found, id != NULL);
	if (id)
		assert_string_equal(is, id);
	fm_ledger_close(&ledger);
}

static void names(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	char id[FM_PAY_ID], text[FM_U256_DEC], start[20];
	struct fm_payment p;
	struct fm_hash hash;
	bool found;

	(void)state;
	MUST_DO(fm_ledger_find(&p, &found, ledger, "paid", &err));
	fm_ledger_close(&ledger);
	find(paid_id, paid_id);
	find("paid", paid_id);
	fm_u256_dec(text, &p.req_id);
	find(text, paid_id);
	fm_payment_clear(&p);
	find("nothing", NULL);
	find("pay", NULL);
	find("0x12", NULL);
	fm_keccak256(&hash, (uint8_t[]){ 2, 0xc0, 1 }, 3);
	fm_hash_text(text, &hash);
	ledger = open_ledger();
	MUST_DO(fm_audit_find(id, &found, ledger, text, &err));
	assert_true(found);
	assert_int_equal(strncmp(id, "op_", 3), 0);
	/* All payments of these tests have one guarantee id, and ids that begin alike. */
	memset(hash.b, 0x77, 32);
	fm_hash_text(text, &hash);
	assert_int_equal(fm_audit_find(id, &found, ledger, text, &err), FM_E_USAGE);
	snprintf(start, sizeof(start), "%.8s", paid_id);
	assert_int_equal(fm_audit_find(id, &found, ledger, start, &err), FM_E_USAGE);
	fm_ledger_close(&ledger);
	snprintf(id, sizeof(id), "%.30s", paid_id);
	find(id, paid_id);
}

static void notes(void **state)
{
	const struct fm_audit_filter f = { .event = "note" };
	const struct fm_u256 amount = fm_u256_from_u64(CENT);
	struct fm_ledger *ledger = open_ledger();

	(void)state;
	MUST_DO(fm_audit_note(ledger, paid_id, "refund", "they \"gave\" it back", &amount,
			      &err));
	assert_int_equal(fm_audit_note(ledger, "pay_0", "note", "x", NULL, &err),
			 FM_E_USAGE);
	fm_ledger_close(&ledger);
	assert_int_equal(each(&f, 0).count, 1);
	must_verify();
	keep_good();
	must_be_found("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)");
	must_be_found("UPDATE journal SET body = replace(body, 'gave', 'took')");
}

/* ---- retention ---- */

static void checkpoints(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	const struct fm_hash file = { { 0x11 } };
	struct fm_head old = { .seq = 2 };
	struct fm_payment p;
	int64_t to;
	bool found;

	(void)state;
	/* One payment is in doubt: what is behind its first record stays. */
	MUST_DO(fm_audit_prunable(&to, ledger, home_now - 1, &err));
	assert_int_equal(to, 8);
	MUST_DO(fm_audit_prunable(&to, ledger, home_now + DAY, &err));
	assert_int_equal(to, 15);
	assert_int_equal(fm_audit_checkpoint(ledger, to + 1, &file, &err), FM_E_USAGE);
	assert_int_equal(fm_audit_checkpoint(ledger, 0, &file, &err), FM_E_USAGE);
	MUST_DO(fm_audit_checkpoint(ledger, to, &file, &err));
	MUST_DO(fm_audit_verify(&report, ledger, &err));
	assert_int_equal(report.first_seq, to + 1);
	assert_int_equal(report.removed_to, to);
	assert_memory_equal(&report.export_sha, &file, sizeof(file));
	assert_int_equal(report.payments, 4);
	/* What a wallet remembers of the past still belongs to this ledger. */
	MUST_DO(fm_journal_holds(&found, ledger->db, &old, &err));
	assert_true(found);
	MUST_DO(fm_ledger_find(&p, &found, ledger, "refused", &err));
	assert_true(found);
	fm_payment_clear(&p);
	fm_ledger_close(&ledger);
	keep_good();
	each_column("payment", "");
	each_column("op", "");
	each_column("tx", "");
	must_be_found("DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal)");
	must_be_found("UPDATE pin SET value = '0x04'");
	must_be_found("DELETE FROM payment WHERE idem_key = 'refused'");
	/* Later the rest goes, too, and the chain begins behind that. */
	restore();
	ledger = open_ledger();
	MUST_DO(fm_audit_prunable(&to, ledger, home_now + DAY, &err));
	assert_int_equal(to, 0);
	fm_ledger_close(&ledger);
	home_now += DAY;
	ledger = open_ledger();
	MUST_DO(fm_ledger_find(&p, &found, ledger, "doubt", &err));
	p.state = FM_PAY_PAID;
	MUST_DO(fm_ledger_outcome(ledger, &p, &err));
	fm_payment_clear(&p);
	MUST_DO(fm_audit_prunable(&to, ledger, home_now, &err));
	MUST_DO(fm_audit_checkpoint(ledger, to, &file, &err));
	MUST_DO(fm_audit_verify(&report, ledger, &err));
	assert_int_equal(report.first_seq, to + 1);
	fm_ledger_close(&ledger);
	keep_good();
	must_be_found("UPDATE payment SET amount = zeroblob(32) WHERE idem_key = 'paid'");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(untouched),
		TEST(journal_columns),
		TEST(payment_columns),
		TEST(op_columns),
		TEST(tx_columns),
		TEST(rows),
		TEST(newest_without_head),
		TEST(newest_denial),
		TEST(totals),
		TEST(denied_in_a_loop),
		TEST(filters),
		TEST(names),
		TEST(notes),
		TEST(checkpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
