/* SPDX-License-Identifier: MIT */
/* Operations, their transactions, the lock of a wallet, outstanding authority: across processes and
 * their deaths. */
#include "policy/op.h"

#include <fourmica/network.h>

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <ledger_home.h>

#define CHAIN UINT64_C(84532)
#define HOUR INT64_C(3600000)
#define DAY INT64_C(86400000)
#define CENT UINT64_C(10000)

static struct fm_err err;

static int set_up(void **state)
{
	fm_err_init(&err);
	return home_set_up(state);
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

#define MUST_DO(call)                                       \
	do {                                                \
		fm_err_init(&err);                          \
		if ((call) != FM_OK)                        \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

/* ---- what is wanted ---- */

static const struct fm_addr payer = { { 1 } }, vault = { { 2 } };

static struct fm_op deposit_of(uint64_t amount)
{
	return (struct fm_op){
		.kind = FM_OP_DEPOSIT,
		.payer = payer,
		.chain_id = CHAIN,
		.asset = fm_asset_by_symbol(CHAIN, "USDC")->address,
		.amount = fm_u256_from_u64(amount),
		.target = vault,
		.policy_hash = { { 9 } },
	};
}

/* Judged and begun as the engine would. */
struct move {
	struct fm_ask ask;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count;
	struct fm_op op;
	bool resumed;
};

static enum fm_code begin(struct move *m, struct fm_ledger *ledger, const char *policy,
			  const struct fm_op *op)
{
	struct fm_policy *rules = NULL;
	enum fm_code rc;

	fm_err_init(&err);
	m->op = *op;
	m->ask = (struct fm_ask){
		.of = op->kind == FM_OP_PAY_DEBIT ? FM_MONEY_CLEARING : FM_MONEY_DEPOSIT,
		.chain_id = op->chain_id,
		.asset = fm_asset_find(op->chain_id, &op->asset),
		.amount = op->amount,
	};
	rc = fm_policy_parse(&rules, fm_span_of(policy), "policy.json", &err);
	if (rc)
		return rc;
	if (fm_policy_judge(rules, &m->ask, m->checks, &m->count, &err) == FM_ALLOW)
		rc = fm_ledger_op_begin(&m->resumed, &m->op, ledger, &m->ask, m->checks,
					m->count, &err);
	else
		rc = err.code;
	fm_policy_free(&rules);
	return rc;
}

#define DAY_LIMIT                                                        \
	"{\"version\":1,\"limits\":[{\"name\":\"d\",\"of\":\"deposit\"," \
	"\"amount\":\"1usdc\",\"window\":\"1d\"}]}"

static uint64_t used(struct fm_ledger *ledger, const char *policy)
{
	struct fm_op op = deposit_of(0);
	struct fm_policy *rules = NULL;
	struct move m = {
		.ask = {.of = FM_MONEY_DEPOSIT,
			 .chain_id = CHAIN,
			 .asset = fm_asset_find(CHAIN, &op.asset)}
	};

	MUST_DO(fm_policy_parse(&rules, fm_span_of(policy), "policy.json", &err));
	assert_int_equal(fm_policy_judge(rules, &m.ask, m.checks, &m.count, &err),
			 FM_ALLOW);
	assert_int_equal(m.count, 1);
	MUST_DO(fm_ledger_usage(ledger, m.checks, m.count, &err));
	fm_policy_free(&rules);
	return m.checks[0].used.w[0];
}

static struct fm_op begin_new(struct fm_ledger *ledger, const struct fm_op *wish)
{
	struct move m;

	if (begin(&m, ledger, DAY_LIMIT, wish) != FM_OK)
		fail_msg("begin: %s", err.msg);
	assert_false(m.resumed);
	return m.op;
}

static struct fm_op begin_resumed(struct fm_ledger *ledger, const struct fm_op *wish)
{
	struct move m;

	if (begin(&m, ledger, DAY_LIMIT, wish) != FM_OK)
		fail_msg("begin: %s", err.msg);
	assert_true(m.resumed);
	return m.op;
}

static uint8_t raw_bytes[256][3];

/* Bytes that differ by `id`. */
static struct fm_tx_row tx_of(const struct fm_op *op, const char *purpose, uint64_t nonce,
			      uint8_t id)
{
	struct fm_tx_row row = {
		.payer = op->payer,
		.chain_id = op->chain_id,
		.nonce = nonce,
		.to = vault,
		.value = fm_u256_from_u64(5),
		.max_fee = fm_u256_from_u64(2000),
		.priority_fee = fm_u256_from_u64(7),
		.gas_limit = 90000,
	};

	memcpy(raw_bytes[id], (uint8_t[]){ 2, 0xc0, id }, 3);
	row.raw = (struct fm_buf){ .ptr = (char *)raw_bytes[id], .len = 3 };
	fm_keccak256(&row.hash, raw_bytes[id], 3);
	snprintf(row.op, sizeof(row.op), "%s", op->id);
	snprintf(row.purpose, sizeof(row.purpose), "%s", purpose);
	return row;
}

static struct fm_tx_row sign(struct fm_ledger *ledger, const struct fm_op *op,
			     uint64_t nonce, uint8_t id)
{
	struct fm_tx_row row = tx_of(op, "deposit", nonce, id);

	MUST_DO(fm_ledger_tx_signed(ledger, &row, &err));
	return row;
}

static void refused(enum fm_code rc, const char *says)
{
	assert_int_equal(rc, FM_E_INTERNAL);
	if (!strstr(err.msg, says))
		fail_msg("'%s' does not say '%s'", err.msg, says);
}

static void outcome(struct fm_ledger *ledger, const struct fm_tx_row *row,
		    enum fm_tx_state state, uint8_t block)
{
	struct fm_tx_row told = { .hash = row->hash, .state = state };

	if (state == FM_TX_MINED || state == FM_TX_REVERTED) {
		told.block = block;
		told.block_hash.b[0] = block;
		told.gas_used = 21000;
		told.fee = fm_u256_from_u64(42000000);
	}
	MUST_DO(fm_ledger_tx_outcome(ledger, &told, &err));
}

static enum fm_tx_state state_of(struct fm_ledger *ledger, const struct fm_tx_row *row)
{
	struct fm_tx_row found;
	enum fm_tx_state state;
	bool there;

	MUST_DO(fm_ledger_tx_find(&found, &there, ledger, &row->hash, &err));
	assert_true(there);
	state = found.state;
	fm_tx_row_clear(&found);
	return state;
}

static struct fm_op find(struct fm_ledger *ledger, const char *id)
{
	struct fm_op op;
	bool there;

	MUST_DO(fm_ledger_op_find(&op, &there, ledger, id, &err));
	assert_true(there);
	return op;
}

static void end(struct fm_ledger *ledger, struct fm_op *op, enum fm_op_state state)
{
	op->state = state;
	MUST_DO(fm_ledger_op_end(ledger, op, &err));
	assert_int_equal(op->state, state);
	assert_int_equal(op->ended_ms, home_now);
}

/* What the journal's bodies say about `member`, one word a record, from the n-th on. */
static void journal(char *out, size_t size, int from)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	size_t len = 0;

	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT json_extract(body, '$.event') FROM "
					    "journal WHERE seq >= ?1 ORDER BY seq",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	sqlite3_bind_int(stmt, 1, from);
	out[0] = '\0';
	while (sqlite3_step(stmt) == SQLITE_ROW)
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "",
					(const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

/* ledger.head follows what is flushed, and nothing else: its record's number. */
static long long flushed(void)
{
	char text[32] = "";
	int fd = open(home_file("ledger.head"), O_RDONLY);

	assert_int_equal(pread(fd, text, 18, 16), 18);
	close(fd);
	return strtoll(text, NULL, 10);
}

/* ---- a life ---- */

static void what_is_flushed(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish);
	struct fm_tx_row row;
	bool found;

	(void)state;
	assert_int_equal(flushed(), 2);
	row = sign(ledger, &op, 1, 1);
	assert_int_equal(flushed(), 3);
	MUST_DO(fm_ledger_tx_sent(ledger, &row.hash, &err));
	assert_int_equal(flushed(), 3);
	outcome(ledger, &row, FM_TX_MINED, 1);
	assert_int_equal(flushed(), 5);
	end(ledger, &op, FM_OP_DONE);
	assert_int_equal(flushed(), 6);
	fm_ledger_op_leave(ledger, &op);
	MUST_DO(fm_ledger_op_take(&op, &found, ledger, op.id, &err));
	assert_int_equal(flushed(), 7);
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	assert_int_equal(flushed(), 8);
	fm_ledger_close(&ledger);
}

static void whole_life(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(10 * CENT), op, found;
	struct fm_tx_row approve, deposit, *rows;
	char events[400];
	size_t count;

	(void)state;
	snprintf(wish.note, sizeof(wish.note), "cycle 7");
	op = begin_new(ledger, &wish);
	assert_int_equal(strlen(op.id), 35);
	assert_int_equal(strncmp(op.id, "op_", 3), 0);
	assert_int_equal(op.state, FM_OP_OPEN);
	assert_int_equal(op.created_ms, HOME_NOON);
	assert_false(op.told);
	assert_int_equal(used(ledger, DAY_LIMIT), 10 * CENT);
	home_now += 5;
	approve = tx_of(&op, "approve", 7, 1);
	MUST_DO(fm_ledger_tx_signed(ledger, &approve, &err));
	MUST_DO(fm_ledger_tx_sent(ledger, &approve.hash, &err));
	deposit = tx_of(&op, "deposit", 8, 2);
	MUST_DO(fm_ledger_tx_signed(ledger, &deposit, &err));
	home_now += 5;
	MUST_DO(fm_ledger_tx_sent(ledger, &deposit.hash, &err));
	home_now += 5;
	MUST_DO(fm_ledger_tx_sent(ledger, &deposit.hash, &err));
	MUST_DO(fm_ledger_tx_open(&rows, &count, ledger, &payer, CHAIN, &err));
	assert_int_equal(count, 2);
	assert_int_equal(rows[0].nonce, 7);
	fm_tx_rows_free(&rows, count);
	outcome(ledger, &approve, FM_TX_MINED, 3);
	outcome(ledger, &deposit, FM_TX_MINED, 4);
	end(ledger, &op, FM_OP_DONE);
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	assert_true(op.told);
	found = find(ledger, op.id);
	assert_memory_equal(&found, &op, sizeof(op));
	assert_int_equal(found.kind, FM_OP_DEPOSIT);
	assert_true(fm_addr_equal(&found.payer, &payer));
	assert_true(fm_addr_equal(&found.target, &vault));
	assert_true(fm_addr_equal(&found.asset, &wish.asset));
	assert_int_equal(found.chain_id, CHAIN);
	assert_int_equal(found.amount.w[0], 10 * CENT);
	assert_int_equal(found.policy_hash.b[0], 9);
	assert_string_equal(found.note, "cycle 7");
	MUST_DO(fm_ledger_tx_of(&rows, &count, ledger, op.id, &err));
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].purpose, "approve");
	assert_string_equal(rows[1].purpose, "deposit");
	assert_string_equal(rows[1].op, op.id);
	assert_true(fm_hash_equal(&rows[1].hash, &deposit.hash));
	assert_int_equal(rows[1].raw.len, 3);
	assert_memory_equal(rows[1].raw.ptr, deposit.raw.ptr, 3);
	assert_true(fm_addr_equal(&rows[1].payer, &payer));
	assert_true(fm_addr_equal(&rows[1].to, &vault));
	assert_int_equal(rows[1].chain_id, CHAIN);
	assert_int_equal(rows[1].nonce, 8);
	assert_int_equal(rows[1].value.w[0], 5);
	assert_int_equal(rows[1].max_fee.w[0], 2000);
	assert_int_equal(rows[1].priority_fee.w[0], 7);
	assert_int_equal(rows[1].gas_limit, 90000);
	assert_int_equal(rows[1].state, FM_TX_MINED);
	assert_int_equal(rows[1].created_ms, HOME_NOON + 5);
	assert_int_equal(rows[1].sent_ms, HOME_NOON + 10);
	assert_int_equal(rows[1].ended_ms, HOME_NOON + 15);
	assert_int_equal(rows[1].block, 4);
	assert_int_equal(rows[1].block_hash.b[0], 4);
	assert_int_equal(rows[1].gas_used, 21000);
	assert_int_equal(rows[1].fee.w[0], 42000000);
	fm_tx_rows_free(&rows, count);
	MUST_DO(fm_ledger_tx_open(&rows, &count, ledger, &payer, CHAIN, &err));
	assert_int_equal(count, 0);
	assert_null(rows);
	assert_int_equal(used(ledger, DAY_LIMIT), 10 * CENT);
	fm_ledger_close(&ledger);
	assert_int_equal(home_journal(), 11);
	journal(events, sizeof(events), 2);
	assert_string_equal(events, "op.begun tx.signed tx.sent tx.signed tx.sent "
				    "tx.resent tx.mined tx.mined op.done op.told");
}

static void words(void **state)
{
	(void)state;
	for (int kind = FM_OP_DEPOSIT; kind <= FM_OP_FINALIZE_CYCLE; kind++)
		for (int other = FM_OP_DEPOSIT; other < kind; other++)
			assert_string_not_equal(fm_op_word((enum fm_op_kind)kind),
						fm_op_word((enum fm_op_kind)other));
	assert_string_equal(fm_op_word(FM_OP_DEPOSIT), "deposit");
	assert_string_equal(fm_op_word(FM_OP_WITHDRAW_REQUEST), "withdraw.request");
	assert_string_equal(fm_op_word(FM_OP_FINALIZE_CYCLE), "cycles.finalize");
	assert_string_equal(fm_op_state_word(FM_OP_ABANDONED), "abandoned");
	assert_string_equal(fm_tx_state_word(FM_TX_DROPPED), "dropped");
}

/* ---- limits ---- */

static void over(struct fm_ledger *ledger, const char *policy, const struct fm_op *op,
		 enum fm_code code, const char *rule)
{
	struct move m;

	assert_int_equal(begin(&m, ledger, policy, op), code);
	assert_int_equal(err.code, code);
	assert_string_equal(err.rule, rule);
	assert_string_equal(m.op.id, "");
}

static void holds_limits(void **state)
{
	static const char policy[] =
		"{\"version\":1,\"limits\":["
		"{\"name\":\"pay\",\"amount\":\"0.01usdc\",\"window\":\"1d\"},"
		"{\"name\":\"rate\",\"count\":1,\"window\":\"1d\"},"
		"{\"name\":\"one\",\"of\":\"deposit\",\"amount\":\"0.60usdc\"},"
		"{\"name\":\"day\",\"of\":\"deposit\",\"amount\":\"1usdc\",\"window\":\"1d\"},"
		"{\"name\":\"few\",\"of\":\"deposit\",\"count\":3,\"window\":\"utc-day\"},"
		"{\"name\":\"net\",\"of\":\"clearing\",\"amount\":\"0.50usdc\",\"window\":\"1d\"}]}";
	struct fm_ledger *ledger = open_ledger();
	struct fm_op op = deposit_of(60 * CENT), debit = deposit_of(50 * CENT);
	struct move m;

	(void)state;
	debit.kind = FM_OP_PAY_DEBIT;
	assert_int_equal(begin(&m, ledger, policy, &op), FM_OK);
	assert_int_equal(m.count, 2);
	op.amount.w[0] = 61 * CENT;
	over(ledger, policy, &op, FM_E_OVER_LIMIT, "one");
	op.amount.w[0] = 41 * CENT;
	over(ledger, policy, &op, FM_E_BUDGET, "day");
	/* Clearing has its own, and neither counts in the other's. */
	assert_int_equal(begin(&m, ledger, policy, &debit), FM_OK);
	assert_int_equal(m.count, 1);
	debit.amount.w[0] = 1;
	over(ledger, policy, &debit, FM_E_BUDGET, "net");
	op.amount.w[0] = 40 * CENT - 1;
	assert_int_equal(begin(&m, ledger, policy, &op), FM_OK);
	op.amount.w[0] = 1;
	assert_int_equal(begin(&m, ledger, policy, &op), FM_OK);
	op.amount.w[0] = 2;
	over(ledger, policy, &op, FM_E_BUDGET, "day");
	/* A day later the window is empty; a clock set back does not empty it sooner. */
	home_now -= 40 * DAY;
	over(ledger, policy, &op, FM_E_BUDGET, "day");
	home_now = HOME_NOON + DAY;
	assert_int_equal(begin(&m, ledger, policy, &op), FM_OK);
	fm_ledger_close(&ledger);
}

static void payments_do_not_count(void **state)
{
	static const char policy[] =
		"{\"version\":1,\"new_sellers\":\"pin\",\"limits\":["
		"{\"name\":\"pay\",\"amount\":\"0.10usdc\",\"window\":\"1d\"},"
		"{\"name\":\"in\",\"of\":\"deposit\",\"amount\":\"0.10usdc\",\"window\":\"1d\"}]}";
	struct fm_ledger *ledger = open_ledger();
	struct fm_op op = deposit_of(10 * CENT);
	struct fm_policy *rules = NULL;
	struct fm_check checks[FM_CHECKS_MAX];
	struct fm_payment payment = { .chain_id = CHAIN,
				      .asset = op.asset,
				      .amount = op.amount,
				      .scheme = "4mica-credit",
				      .origin = "https://a.example",
				      .method = "GET" },
			  found;
	struct fm_ask ask = { .chain_id = CHAIN,
			      .asset = fm_asset_find(CHAIN, &op.asset),
			      .amount = op.amount,
			      .scheme = "4mica-credit",
			      .origin = "https://a.example",
			      .route = "/",
			      .task = "" };
	enum fm_reserve what;
	struct move m;
	size_t count;

	(void)state;
	assert_int_equal(begin(&m, ledger, policy, &op), FM_OK);
	MUST_DO(fm_policy_parse(&rules, fm_span_of(policy), "policy.json", &err));
	assert_int_equal(fm_policy_judge(rules, &ask, checks, &count, &err), FM_ALLOW);
	assert_int_equal(count, 1);
	MUST_DO(fm_ledger_reserve(&what, &found, ledger, &payment, &ask, checks, count,
				  &err));
	assert_int_equal(what, FM_RESERVE_NEW);
	op.amount.w[0] = 1;
	over(ledger, policy, &op, FM_E_BUDGET, "in");
	fm_policy_free(&rules);
	fm_ledger_close(&ledger);
}

static void totals_do_not_wrap(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op op = deposit_of(0), *most = &op;
	bool resumed;

	(void)state;
	memset(&most->amount, 0xff, sizeof(most->amount));
	MUST_DO(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	op = deposit_of(1);
	assert_int_equal(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err),
			 FM_E_BUDGET);
	assert_string_equal(op.id, "");
	over(ledger, DAY_LIMIT, &op, FM_E_BUDGET, "d");
	/* Nothing of it was booked anywhere: other windows have room. */
	home_now += 2 * DAY;
	begin_new(ledger, &op);
	fm_ledger_close(&ledger);
}

/* No money leaves: nothing is booked, and no limit is asked. */
static void other_kinds(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	bool resumed;

	(void)state;
	for (int kind = FM_OP_WITHDRAW_REQUEST; kind <= FM_OP_FINALIZE_CYCLE; kind++) {
		struct fm_op op = deposit_of(50 * CENT);

		op.kind = (enum fm_op_kind)kind;
		MUST_DO(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
		assert_false(resumed);
		assert_int_equal(find(ledger, op.id).kind, kind);
	}
	assert_int_equal(used(ledger, DAY_LIMIT), 0);
	fm_ledger_close(&ledger);
}

/* ---- ending ---- */

static void failed_is_given_back(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(60 * CENT), op = begin_new(ledger, &wish);
	struct fm_tx_row row = sign(ledger, &op, 1, 1);

	(void)state;
	op.state = FM_OP_FAILED;
	refused(fm_ledger_op_end(ledger, &op, &err), "may still be mined");
	op.state = FM_OP_ABANDONED;
	refused(fm_ledger_op_end(ledger, &op, &err), "signed transaction");
	outcome(ledger, &row, FM_TX_REVERTED, 3);
	home_now += HOUR;
	end(ledger, &op, FM_OP_FAILED);
	assert_int_equal(used(ledger, DAY_LIMIT), 0);
	op.state = FM_OP_DONE;
	refused(fm_ledger_op_end(ledger, &op, &err), "not open");
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	assert_int_equal(op.state, FM_OP_FAILED);
	refused(fm_ledger_op_end(ledger, &op, &err), "not open");
	fm_ledger_close(&ledger);
}

static void abandoned_needs_no_telling(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(60 * CENT), op = begin_new(ledger, &wish), next;

	(void)state;
	assert_true(fm_ledger_op_alive(ledger, &op));
	end(ledger, &op, FM_OP_ABANDONED);
	assert_true(op.told);
	assert_false(fm_ledger_op_alive(ledger, &op));
	assert_int_equal(used(ledger, DAY_LIMIT), 0);
	next = begin_new(ledger, &wish);
	assert_string_not_equal(next.id, op.id);
	assert_int_equal(used(ledger, DAY_LIMIT), 60 * CENT);
	fm_ledger_close(&ledger);
}

static void only_the_owner(void **state)
{
	struct fm_ledger *ledger = open_ledger(), *other = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish), copy;
	struct fm_tx_row row = tx_of(&op, "deposit", 1, 1);
	bool found;

	(void)state;
	refused(fm_ledger_tx_signed(other, &row, &err), "open in this process");
	copy = op;
	copy.state = FM_OP_DONE;
	refused(fm_ledger_op_end(other, &copy, &err), "not open in this process");
	refused(fm_ledger_op_told(ledger, &op, &err), "no end");
	end(ledger, &op, FM_OP_DONE);
	copy = op;
	refused(fm_ledger_op_told(other, &copy, &err),
		"no end that this process may tell");
	refused(fm_ledger_tx_signed(ledger, &row, &err), "open in this process");
	assert_int_equal(fm_ledger_op_take(&copy, &found, other, op.id, &err), FM_E_BUSY);
	assert_non_null(strstr(err.msg, op.id));
	snprintf(copy.id, sizeof(copy.id), "op_none");
	refused(fm_ledger_op_told(ledger, &copy, &err), "op_none");
	MUST_DO(fm_ledger_op_take(&copy, &found, other, "op_none", &err));
	assert_false(found);
	/* Nobody's any more, or never one's own to read. */
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	MUST_DO(fm_ledger_op_take(&copy, &found, other, op.id, &err));
	assert_true(found && copy.told);
	fm_ledger_close(&other);
	fm_ledger_close(&ledger);
}

/* Within one process: a command that gave up waiting, and the same one again. */
static void left_open(void **state)
{
	struct fm_ledger *ledger = open_ledger(), *other = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish), again,
		     theirs;
	bool found;

	(void)state;
	again = begin_resumed(ledger, &wish);
	assert_string_equal(again.id, op.id);
	/* Another living handle gets its own. */
	theirs = begin_new(other, &wish);
	assert_string_not_equal(theirs.id, op.id);
	assert_int_equal(used(ledger, DAY_LIMIT), 2 * CENT);
	sign(ledger, &op, 1, 1);
	assert_true(fm_ledger_op_alive(other, &op));
	fm_ledger_op_leave(ledger, &op);
	assert_false(fm_ledger_op_alive(other, &op));
	MUST_DO(fm_ledger_op_take(&again, &found, other, op.id, &err));
	assert_true(found);
	assert_string_equal(again.id, op.id);
	/* Two of its own: the older is resumed. */
	assert_string_equal(begin_resumed(other, &wish).id, op.id);
	end(other, &again, FM_OP_DONE);
	assert_int_equal(begin_resumed(other, &wish).state, FM_OP_DONE);
	MUST_DO(fm_ledger_op_told(other, &again, &err));
	assert_string_equal(begin_resumed(other, &wish).id, theirs.id);
	fm_ledger_close(&other);
	fm_ledger_close(&ledger);
}

/* Sent, told, and not waited for: whoever finds its end owns it as long as that takes. */
static void told_before_its_end(void **state)
{
	struct fm_ledger *ledger = open_ledger(), *other = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish), taken, busy;
	bool found;

	(void)state;
	sign(ledger, &op, 1, 1);
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	assert_int_equal(op.state, FM_OP_OPEN);
	MUST_DO(fm_ledger_op_take(&taken, &found, other, op.id, &err));
	assert_true(found && taken.told);
	assert_int_equal(fm_ledger_op_take(&busy, &found, ledger, op.id, &err),
			 FM_E_BUSY);
	/* It is no answer to the same wish: that is a new one. */
	assert_string_not_equal(begin_new(ledger, &wish).id, taken.id);
	end(other, &taken, FM_OP_DONE);
	assert_true(taken.told);
	assert_false(fm_ledger_op_alive(ledger, &taken));
	fm_ledger_close(&other);
	fm_ledger_close(&ledger);
}

static void another_wish(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish), other;

	(void)state;
	other = wish;
	other.payer.b[1] = 1;
	begin_new(ledger, &other);
	other = wish;
	other.chain_id = 11155111;
	other.asset = fm_asset_by_symbol(11155111, "USDC")->address;
	begin_new(ledger, &other);
	other = wish;
	other.target.b[1] = 1;
	begin_new(ledger, &other);
	other = wish;
	snprintf(other.note, sizeof(other.note), "x");
	begin_new(ledger, &other);
	other = wish;
	other.amount.w[0]++;
	begin_new(ledger, &other);
	other = wish;
	other.policy_hash.b[5] = 5;
	assert_string_equal(begin_resumed(ledger, &other).id, op.id);
	fm_ledger_close(&ledger);
}

/* ---- transactions ---- */

static void what_may_be_signed(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish), other;
	struct fm_tx_row row = sign(ledger, &op, 5, 1), next;
	int records;

	(void)state;
	wish.amount.w[0]++;
	other = begin_new(ledger, &wish);
	records = home_journal();
	/* The same bytes again are no news. */
	MUST_DO(fm_ledger_tx_signed(ledger, &row, &err));
	assert_int_equal(home_journal(), records);
	next = tx_of(&op, "deposit", 6, 2);
	next.hash.b[3] ^= 1;
	refused(fm_ledger_tx_signed(ledger, &next, &err), "hash of its bytes");
	next = tx_of(&op, "deposit", 6, 2);
	next.payer.b[3] ^= 1;
	refused(fm_ledger_tx_signed(ledger, &next, &err), "payer and chain");
	next = tx_of(&op, "deposit", 6, 2);
	next.chain_id = 1;
	refused(fm_ledger_tx_signed(ledger, &next, &err), "payer and chain");
	next = tx_of(&op, "deposit", UINT64_MAX, 2);
	refused(fm_ledger_tx_signed(ledger, &next, &err), "cannot be");
	next.nonce = 6;
	next.raw.len = 0;
	refused(fm_ledger_tx_signed(ledger, &next, &err), "cannot be");
	snprintf(other.note, sizeof(other.note), "of another");
	next = tx_of(&other, "deposit", 5, 2);
	refused(fm_ledger_tx_signed(ledger, &next, &err), "nonce of another operation");
	assert_int_equal(home_journal(), records);
	/* A higher fee for the same operation may. */
	next = sign(ledger, &op, 5, 3);
	outcome(ledger, &next, FM_TX_MINED, 1);
	assert_int_equal(state_of(ledger, &row), FM_TX_REPLACED);
	refused(fm_ledger_tx_signed(ledger, &row, &err), "signed before");
	next = tx_of(&op, "deposit", 5, 4);
	refused(fm_ledger_tx_signed(ledger, &next, &err), "mined already");
	next = tx_of(&other, "deposit", 5, 4);
	refused(fm_ledger_tx_signed(ledger, &next, &err), "mined already");
	/* The nonce of what was dropped is nobody's. */
	row = sign(ledger, &op, 6, 5);
	outcome(ledger, &row, FM_TX_DROPPED, 0);
	sign(ledger, &other, 6, 6);
	memset(&row.hash, 0x77, sizeof(row.hash));
	refused(fm_ledger_tx_sent(ledger, &row.hash, &err), "not in the ledger");
	refused(fm_ledger_tx_outcome(ledger, &row, &err), "not in the ledger");
	fm_ledger_close(&ledger);
}

static void open_by_nonce(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish), far;
	struct fm_tx_row *rows, found;
	size_t count;
	bool there;

	(void)state;
	sign(ledger, &op, 9, 1);
	sign(ledger, &op, 3, 2);
	sign(ledger, &op, 9, 3);
	wish.payer.b[7] = 7;
	far = begin_new(ledger, &wish);
	sign(ledger, &far, 3, 4);
	MUST_DO(fm_ledger_tx_open(&rows, &count, ledger, &payer, CHAIN, &err));
	assert_int_equal(count, 3);
	assert_int_equal(rows[0].raw.ptr[2], 2);
	assert_int_equal(rows[1].raw.ptr[2], 1);
	assert_int_equal(rows[2].raw.ptr[2], 3);
	fm_tx_rows_free(&rows, count);
	MUST_DO(fm_ledger_tx_open(&rows, &count, ledger, &payer, 1, &err));
	assert_int_equal(count, 0);
	MUST_DO(fm_ledger_tx_of(&rows, &count, ledger, far.id, &err));
	assert_int_equal(count, 1);
	MUST_DO(fm_ledger_tx_find(&found, &there, ledger, &rows[0].hash, &err));
	assert_true(there);
	assert_string_equal(found.op, far.id);
	fm_tx_row_clear(&found);
	rows[0].hash.b[0] ^= 1;
	MUST_DO(fm_ledger_tx_find(&found, &there, ledger, &rows[0].hash, &err));
	assert_false(there);
	fm_tx_rows_free(&rows, count);
	fm_ledger_close(&ledger);
}

/* One nonce, one fate. */
static void siblings(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish);
	struct fm_tx_row a = sign(ledger, &op, 1, 1), b = sign(ledger, &op, 1, 2),
			 c = sign(ledger, &op, 2, 3);

	(void)state;
	outcome(ledger, &b, FM_TX_MINED, 1);
	assert_int_equal(state_of(ledger, &a), FM_TX_REPLACED);
	assert_int_equal(state_of(ledger, &c), FM_TX_SIGNED);
	outcome(ledger, &b, FM_TX_SIGNED, 0);
	assert_int_equal(state_of(ledger, &a), FM_TX_SIGNED);
	outcome(ledger, &a, FM_TX_REVERTED, 2);
	assert_int_equal(state_of(ledger, &b), FM_TX_REPLACED);
	/* The other one after all. */
	outcome(ledger, &b, FM_TX_MINED, 3);
	assert_int_equal(state_of(ledger, &a), FM_TX_REPLACED);
	outcome(ledger, &b, FM_TX_DROPPED, 0);
	assert_int_equal(state_of(ledger, &a), FM_TX_REPLACED);
	outcome(ledger, &b, FM_TX_SIGNED, 0);
	outcome(ledger, &a, FM_TX_SIGNED, 0);
	outcome(ledger, &a, FM_TX_DROPPED, 0);
	assert_int_equal(state_of(ledger, &b), FM_TX_DROPPED);
	outcome(ledger, &a, FM_TX_SIGNED, 0);
	assert_int_equal(state_of(ledger, &b), FM_TX_SIGNED);
	assert_int_equal(state_of(ledger, &c), FM_TX_SIGNED);
	fm_ledger_close(&ledger);
}

static void reorganization(void **state)
{
	struct fm_ledger *ledger = open_ledger(), *other;
	struct fm_op wish = deposit_of(60 * CENT), op = begin_new(ledger, &wish), found;
	struct fm_tx_row row = sign(ledger, &op, 1, 1), now;
	bool there;
	int records;

	(void)state;
	outcome(ledger, &row, FM_TX_MINED, 3);
	records = home_journal();
	outcome(ledger, &row, FM_TX_MINED, 3);
	assert_int_equal(home_journal(), records);
	/* Mined again elsewhere: only the block is another. */
	outcome(ledger, &row, FM_TX_MINED, 4);
	assert_int_equal(home_journal(), records + 1);
	end(ledger, &op, FM_OP_DONE);
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	outcome(ledger, &row, FM_TX_MINED, 5);
	assert_int_equal(find(ledger, op.id).state, FM_OP_DONE);
	/* Any process may find out; the operation is open again, and counts as before. */
	other = open_ledger();
	outcome(other, &row, FM_TX_SIGNED, 0);
	fm_ledger_close(&other);
	found = find(ledger, op.id);
	assert_int_equal(found.state, FM_OP_OPEN);
	assert_false(found.told);
	assert_int_equal(found.ended_ms, 0);
	assert_int_equal(used(ledger, DAY_LIMIT), 60 * CENT);
	MUST_DO(fm_ledger_tx_find(&now, &there, ledger, &row.hash, &err));
	assert_int_equal(now.block, 0);
	assert_int_equal(now.gas_used, 0);
	assert_int_equal(now.ended_ms, 0);
	assert_true(fm_u256_is_zero(&now.fee));
	fm_tx_row_clear(&now);
	/* The same wish is no second deposit. */
	assert_string_equal(begin_resumed(ledger, &wish).id, op.id);
	outcome(ledger, &row, FM_TX_REVERTED, 6);
	end(ledger, &op, FM_OP_FAILED);
	assert_int_equal(used(ledger, DAY_LIMIT), 0);
	/* What failed may yet succeed: its money counts again, limit or not. */
	wish.amount.w[0] = 50 * CENT;
	begin_new(ledger, &wish);
	outcome(ledger, &row, FM_TX_SIGNED, 0);
	assert_int_equal(find(ledger, op.id).state, FM_OP_OPEN);
	assert_int_equal(used(ledger, DAY_LIMIT), 110 * CENT);
	fm_ledger_close(&ledger);
	assert_true(home_journal() > 0);
}

/* ---- looking through ---- */

struct seen {
	size_t count, stop_after;
	char ids[8][FM_OP_ID];
};

static bool note_id(void *ctx, const struct fm_op *op)
{
	struct seen *seen = ctx;

	memcpy(seen->ids[seen->count++], op->id, FM_OP_ID);
	return seen->count != seen->stop_after;
}

static struct seen each(struct fm_ledger *ledger, struct fm_op_filter filter, size_t most,
			size_t stop_after)
{
	struct seen seen = { .stop_after = stop_after };

	MUST_DO(fm_ledger_op_each(ledger, &filter, most, note_id, &seen, &err));
	return seen;
}

static void newest_first(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_op ops[5], wish = deposit_of(1);
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		wish.amount.w[0]++;
		wish.payer.b[19] = i == 3;
		wish.chain_id = i == 4 ? 11155111 : CHAIN;
		wish.asset = fm_asset_by_symbol(wish.chain_id, "USDC")->address;
		ops[i] = begin_new(ledger, &wish);
	}
	end(ledger, &ops[0], FM_OP_DONE);
	end(ledger, &ops[1], FM_OP_DONE);
	MUST_DO(fm_ledger_op_told(ledger, &ops[0], &err));
	seen = each(ledger, (struct fm_op_filter){ .untold = false }, 8, 0);
	assert_int_equal(seen.count, 5);
	assert_string_equal(seen.ids[0], ops[4].id);
	assert_string_equal(seen.ids[4], ops[0].id);
	assert_int_equal(
		each(ledger, (struct fm_op_filter){ .untold = true }, 8, 0).count, 4);
	assert_int_equal(
		each(ledger, (struct fm_op_filter){ .untold = true }, 2, 0).count, 2);
	assert_int_equal(
		each(ledger, (struct fm_op_filter){ .untold = true }, 0, 0).count, 0);
	assert_int_equal(
		each(ledger, (struct fm_op_filter){ .untold = true }, 8, 1).count, 1);
	seen = each(ledger, (struct fm_op_filter){ .states = 1u << FM_OP_DONE }, 8, 0);
	assert_int_equal(seen.count, 2);
	assert_string_equal(seen.ids[0], ops[1].id);
	seen = each(ledger, (struct fm_op_filter){ .states = 1u << FM_OP_OPEN }, 8, 0);
	assert_int_equal(seen.count, 3);
	seen = each(ledger, (struct fm_op_filter){ .payer = &payer, .chain_id = CHAIN },
		    8, 0);
	assert_int_equal(seen.count, 3);
	seen = each(ledger, (struct fm_op_filter){ .chain_id = 11155111 }, 8, 0);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.ids[0], ops[4].id);
	fm_ledger_close(&ledger);
}

/* ---- other processes ---- */

struct child {
	pid_t pid;
	int ready, go;
};

/* Cmocka would bring a child that crashed back as another run of the tests. */
static pid_t make_child(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	pid_t pid = fork();

	for (size_t i = 0; pid == 0 && i < sizeof(crashes) / sizeof(crashes[0]); i++)
		signal(crashes[i], SIG_DFL);
	return pid;
}

/* A child that does `work`, says so, and lives until it is let go or killed. */
static struct child start(void (*work)(struct fm_ledger *ledger))
{
	struct child child;
	int ready[2], go[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	child.pid = make_child();
	if (child.pid == 0) {
		struct fm_ledger *ledger = NULL;

		close(go[1]);
		if (try_open(&ledger, false) != FM_OK)
			_exit(9);
		work(ledger);
		if (write(ready[1], "r", 1) != 1 || read(go[0], &byte, 1) != 0)
			_exit(8);
		_exit(0);
	}
	assert_true(child.pid > 0);
	close(ready[1]);
	close(go[0]);
	child.ready = ready[0];
	child.go = go[1];
	assert_int_equal(read(child.ready, &byte, 1), 1);
	return child;
}

static void finish(struct child *child, int how)
{
	int status;

	if (how)
		kill(child->pid, how);
	close(child->go);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	close(child->ready);
	if (how)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == how);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

#define CHILD_MUST(call)             \
	do {                         \
		if ((call) != FM_OK) \
			_exit(7);    \
	} while (0)

static void child_begins(struct fm_ledger *ledger)
{
	struct fm_op wish = deposit_of(60 * CENT);
	struct move m;

	CHILD_MUST(begin(&m, ledger, DAY_LIMIT, &wish));
}

static void child_signs(struct fm_ledger *ledger)
{
	struct fm_op wish = deposit_of(60 * CENT);
	struct fm_tx_row row;
	struct move m;

	CHILD_MUST(begin(&m, ledger, DAY_LIMIT, &wish));
	row = tx_of(&m.op, "deposit", 4, 1);
	CHILD_MUST(fm_ledger_tx_signed(ledger, &row, &err));
}

static void child_ends(struct fm_ledger *ledger)
{
	struct fm_op wish = deposit_of(60 * CENT);
	struct fm_tx_row row;
	struct move m;

	CHILD_MUST(begin(&m, ledger, DAY_LIMIT, &wish));
	row = tx_of(&m.op, "deposit", 4, 1);
	CHILD_MUST(fm_ledger_tx_signed(ledger, &row, &err));
	row.state = FM_TX_MINED;
	CHILD_MUST(fm_ledger_tx_outcome(ledger, &row, &err));
	m.op.state = FM_OP_DONE;
	CHILD_MUST(fm_ledger_op_end(ledger, &m.op, &err));
}

static struct fm_op only(struct fm_ledger *ledger)
{
	struct seen seen = each(ledger, (struct fm_op_filter){ .untold = false }, 8, 0);

	assert_int_equal(seen.count, 1);
	return find(ledger, seen.ids[0]);
}

static void dead_before_signing(void **state)
{
	struct child child = start(child_begins);
	struct fm_op wish = deposit_of(60 * CENT), left, op;
	struct fm_ledger *ledger;
	char events[200];

	(void)state;
	finish(&child, SIGKILL);
	ledger = open_ledger();
	left = only(ledger);
	assert_int_equal(left.state, FM_OP_OPEN);
	assert_false(fm_ledger_op_alive(ledger, &left));
	assert_int_equal(used(ledger, DAY_LIMIT), 60 * CENT);
	/* It leaves no budget behind, for whatever is asked next. */
	home_now += HOUR;
	wish.amount.w[0] = 100 * CENT;
	op = begin_new(ledger, &wish);
	assert_string_not_equal(op.id, left.id);
	assert_int_equal(used(ledger, DAY_LIMIT), 100 * CENT);
	left = find(ledger, left.id);
	assert_int_equal(left.state, FM_OP_ABANDONED);
	assert_true(left.told);
	assert_int_equal(left.ended_ms, home_now);
	fm_ledger_close(&ledger);
	journal(events, sizeof(events), 2);
	assert_string_equal(events, "op.begun op.abandoned op.begun");
	assert_int_equal(home_journal(), 4);
}

/* Swept also when what is asked is too much: and the same wish must fit today's policy. */
static void dead_and_too_much(void **state)
{
	struct child child = start(child_begins);
	struct fm_op wish = deposit_of(60 * CENT);
	struct fm_ledger *ledger;

	(void)state;
	finish(&child, SIGKILL);
	ledger = open_ledger();
	over(ledger,
	     "{\"version\":1,\"limits\":[{\"name\":\"t\",\"of\":\"deposit\","
	     "\"amount\":\"0.50usdc\",\"window\":\"1d\"}]}",
	     &wish, FM_E_BUDGET, "t");
	assert_int_equal(only(ledger).state, FM_OP_ABANDONED);
	assert_int_equal(used(ledger, DAY_LIMIT), 0);
	fm_ledger_close(&ledger);
}

static void dead_after_signing(void **state)
{
	struct child child = start(child_signs);
	struct fm_op wish = deposit_of(40 * CENT), left, op;
	struct fm_ledger *ledger;
	struct fm_tx_row *rows;
	size_t count;

	(void)state;
	finish(&child, SIGKILL);
	ledger = open_ledger();
	left = only(ledger);
	/* Another wish does not touch it, nor may it use its nonce or its budget. */
	op = begin_new(ledger, &wish);
	assert_int_equal(used(ledger, DAY_LIMIT), 100 * CENT);
	struct fm_tx_row row = tx_of(&op, "deposit", 4, 2);
	refused(fm_ledger_tx_signed(ledger, &row, &err), "nonce of another operation");
	end(ledger, &op, FM_OP_ABANDONED);
	/* The same wish goes on with the same bytes. */
	wish.amount.w[0] = 60 * CENT;
	op = begin_resumed(ledger, &wish);
	assert_string_equal(op.id, left.id);
	assert_int_equal(op.state, FM_OP_OPEN);
	assert_int_equal(used(ledger, DAY_LIMIT), 60 * CENT);
	MUST_DO(fm_ledger_tx_of(&rows, &count, ledger, op.id, &err));
	assert_int_equal(count, 1);
	assert_int_equal(rows[0].state, FM_TX_SIGNED);
	assert_int_equal(rows[0].sent_ms, 0);
	MUST_DO(fm_ledger_tx_signed(ledger, &rows[0], &err));
	outcome(ledger, &rows[0], FM_TX_MINED, 1);
	fm_tx_rows_free(&rows, count);
	end(ledger, &op, FM_OP_DONE);
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	fm_ledger_close(&ledger);
}

/* Recorded, not told: the next one with the same wish tells it, and does nothing. */
static void dead_before_telling(void **state)
{
	struct child child = start(child_ends);
	struct fm_op wish = deposit_of(60 * CENT), op, next;
	struct fm_ledger *ledger;

	(void)state;
	finish(&child, SIGKILL);
	ledger = open_ledger();
	op = begin_resumed(ledger, &wish);
	assert_int_equal(op.state, FM_OP_DONE);
	assert_false(op.told);
	assert_int_equal(used(ledger, DAY_LIMIT), 60 * CENT);
	/* Not told this time either. */
	fm_ledger_close(&ledger);
	ledger = open_ledger();
	assert_string_equal(begin_resumed(ledger, &wish).id, op.id);
	MUST_DO(fm_ledger_op_told(ledger, &op, &err));
	wish.amount.w[0] = 40 * CENT;
	next = begin_new(ledger, &wish);
	assert_string_not_equal(next.id, op.id);
	assert_int_equal(used(ledger, DAY_LIMIT), 100 * CENT);
	fm_ledger_close(&ledger);
}

static void living_with_the_same_wish(void **state)
{
	struct child child = start(child_begins);
	struct fm_op wish = deposit_of(60 * CENT), theirs, op;
	struct fm_ledger *ledger = open_ledger(), *reader = NULL;
	bool found;

	(void)state;
	theirs = only(ledger);
	assert_true(fm_ledger_op_alive(ledger, &theirs));
	MUST_DO(try_open(&reader, true));
	assert_true(fm_ledger_op_alive(reader, &theirs));
	/* Theirs counts, too: together they stay inside. */
	over(ledger, DAY_LIMIT, &wish, FM_E_BUDGET, "d");
	assert_int_equal(fm_ledger_op_take(&op, &found, ledger, theirs.id, &err),
			 FM_E_BUSY);
	/* A payment has the same number, and is another thing. */
	assert_int_equal(fm_owners_take(&ledger->owners, 1, &err), FM_OK);
	finish(&child, 0);
	assert_false(fm_ledger_op_alive(ledger, &theirs));
	assert_false(fm_ledger_op_alive(reader, &theirs));
	MUST_DO(fm_ledger_op_take(&op, &found, ledger, theirs.id, &err));
	assert_true(found);
	assert_true(fm_ledger_op_alive(reader, &theirs));
	end(ledger, &op, FM_OP_ABANDONED);
	/* Who only reads begins nothing. */
	assert_int_equal(begin(&(struct move){ .count = 0 }, reader, DAY_LIMIT, &wish),
			 FM_E_INTERNAL);
	fm_ledger_close(&reader);
	fm_ledger_close(&ledger);
}

/* Two at once, each with its own, and the budget is for both. */
static void two_at_once(void **state)
{
	struct fm_op wish = deposit_of(50 * CENT);
	int status, ok = 0;

	(void)state;
	fm_ledger_close(&(struct fm_ledger *){ open_ledger() });
	for (int i = 0; i < 3; i++) {
		if (make_child() == 0) {
			struct fm_ledger *ledger = NULL;
			struct move m;
			enum fm_code rc;

			CHILD_MUST(try_open(&ledger, false));
			rc = begin(&m, ledger, DAY_LIMIT, &wish);
			if (rc == FM_E_BUDGET)
				_exit(1);
			CHILD_MUST(rc);
			struct fm_tx_row row =
				tx_of(&m.op, "deposit", (uint64_t)(i + 1), (uint8_t)i);
			CHILD_MUST(fm_ledger_tx_signed(ledger, &row, &err));
			/* Resumed when the other one died before this one began. */
			_exit(m.resumed ? 2 : 0);
		}
	}
	for (int i = 0; i < 3; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 2);
		ok += WEXITSTATUS(status) == 0;
	}
	struct fm_ledger *ledger = open_ledger();

	assert_in_range(ok, 1, 2);
	assert_int_equal(used(ledger, DAY_LIMIT), (uint64_t)ok * 50 * CENT);
	fm_ledger_close(&ledger);
}

/* ---- death at every write ---- */

#define STEPS 8

/* Everything that is flushed, one byte through the pipe after each. */
static void live(int told)
{
	struct fm_op wish = deposit_of(60 * CENT);
	struct fm_ledger *ledger = NULL;
	struct fm_tx_row row;
	struct move m;

#define STEP(call)                            \
	do {                                  \
		CHILD_MUST(call);             \
		if (write(told, "s", 1) != 1) \
			_exit(6);             \
	} while (0)
	STEP(try_open(&ledger, false));
	STEP(begin(&m, ledger, DAY_LIMIT, &wish));
	row = tx_of(&m.op, "deposit", 4, 1);
	STEP(fm_ledger_tx_signed(ledger, &row, &err));
	STEP(fm_ledger_tx_sent(ledger, &row.hash, &err));
	row.state = FM_TX_MINED;
	row.block_hash.b[0] = 1;
	STEP(fm_ledger_tx_outcome(ledger, &row, &err));
	m.op.state = FM_OP_DONE;
	STEP(fm_ledger_op_end(ledger, &m.op, &err));
	STEP(fm_ledger_op_told(ledger, &m.op, &err));
	fm_ledger_close(&ledger);
	STEP(FM_OK);
#undef STEP
}

/* What came back before the end is there; one step more may be. */
static void look_after(int steps)
{
	struct fm_op wish = deposit_of(60 * CENT), op = { .id = "" };
	struct fm_ledger *ledger = open_ledger();
	struct seen seen = each(ledger, (struct fm_op_filter){ .untold = false }, 8, 0);
	struct fm_tx_row *rows = NULL;
	size_t count = 0;
	struct move m;

	assert_in_range(seen.count, steps >= 2, steps >= 1);
	if (seen.count) {
		op = find(ledger, seen.ids[0]);
		MUST_DO(fm_ledger_tx_of(&rows, &count, ledger, op.id, &err));
	}
	assert_in_range(count, steps >= 3, steps >= 2);
	assert_int_equal(used(ledger, DAY_LIMIT), seen.count * 60 * CENT);
	if (steps >= 5)
		assert_int_equal(rows[0].state, FM_TX_MINED);
	if (steps >= 6)
		assert_int_equal(op.state, FM_OP_DONE);
	if (count && !op.told) {
		assert_int_equal(begin(&m, ledger, DAY_LIMIT, &wish), FM_OK);
		assert_true(m.resumed);
		assert_string_equal(m.op.id, op.id);
	} else if (!op.told) {
		assert_int_equal(begin(&m, ledger, DAY_LIMIT, &wish), FM_OK);
		assert_false(m.resumed);
	} else
		assert_true(steps >= 6);
	/* However it died, the money counts once. */
	assert_int_equal(used(ledger, DAY_LIMIT), 60 * CENT);
	fm_tx_rows_free(&rows, count);
	fm_ledger_close(&ledger);
	assert_true(home_journal() > 0);
}

static void killed_at_every_write(void **state)
{
	unsigned long n = 0;
	int steps = 0;

	(void)state;
	while (steps < STEPS) {
		int told[2], status;
		char bytes[STEPS + 1];
		pid_t pid;

		home_remove(home_dir());
		assert_int_equal(pipe(told), 0);
		pid = make_child();
		if (pid == 0) {
			home_kill_at(++n);
			live(told[1]);
			_exit(0);
		}
		n++;
		close(told[1]);
		steps = 0;
		for (ssize_t got; (got = read(told[0], bytes, sizeof(bytes))) > 0;)
			steps += (int)got;
		close(told[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (steps < STEPS)
			assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		look_after(steps);
	}
	/* Creating, and eight commits of several pages and a sync each. */
	assert_in_range(n, 25, 2000);
}

/* ---- the lock of a wallet ---- */

static struct fm_wallet_lock held;

static void child_locks(struct fm_ledger *ledger)
{
	child_begins(ledger);
	CHILD_MUST(fm_ledger_wallet_lock(&held, ledger, &payer, CHAIN, 1000, NULL, &err));
}

static int64_t steady_ms(void)
{
	return fm_steady_ms(&fm_system_clock);
}

static enum fm_code lock(struct fm_wallet_lock *out, struct fm_ledger *ledger,
			 int64_t wait_ms, const volatile int *cancel)
{
	fm_err_init(&err);
	return fm_ledger_wallet_lock(out, ledger, &payer, CHAIN, wait_ms, cancel, &err);
}

static void wallet_is_locked(void **state)
{
	struct child child = start(child_locks);
	struct fm_ledger *ledger = open_ledger();
	struct fm_wallet_lock mine = { .held = false }, other;
	struct fm_op small = deposit_of(CENT), theirs = only(ledger);
	const struct fm_addr stranger = { { 8 } };
	char address[FM_ADDR_TEXT];
	struct stat st;
	int64_t from = steady_ms();

	(void)state;
	fm_ledger_wallet_unlock(&mine);
	assert_int_equal(lock(&mine, ledger, 150, NULL), FM_E_BUSY);
	assert_in_range(steady_ms() - from, 150, 5000);
	assert_false(mine.held);
	fm_addr_text(address, &payer);
	assert_non_null(strstr(err.msg, address));
	assert_non_null(strstr(err.msg, "eip155:84532"));
	assert_non_null(strstr(err.msg, "deposit"));
	assert_non_null(strstr(err.msg, theirs.id));
	assert_int_equal(lock(&mine, ledger, 0, NULL), FM_E_BUSY);
	/* Another wallet, and the same one elsewhere, are free. */
	MUST_DO(fm_ledger_wallet_lock(&other, ledger, &stranger, CHAIN, 0, NULL, &err));
	fm_ledger_wallet_unlock(&other);
	MUST_DO(fm_ledger_wallet_lock(&other, ledger, &payer, 1, 0, NULL, &err));
	fm_ledger_wallet_unlock(&other);
	/* It stands in nobody's way at the ledger. */
	begin_new(ledger, &small);
	finish(&child, SIGKILL);
	MUST_DO(lock(&mine, ledger, 5000, NULL));
	assert_true(mine.held);
	assert_int_equal(lock(&other, ledger, 0, NULL), FM_E_BUSY);
	fm_ledger_wallet_unlock(&mine);
	assert_false(mine.held);
	fm_ledger_wallet_unlock(&mine);
	MUST_DO(lock(&other, ledger, 0, NULL));
	fm_ledger_wallet_unlock(&other);
	assert_int_equal(lstat(home_file("ledger.wallets"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	fm_ledger_close(&ledger);
	MUST_DO(try_open(&ledger, true));
	assert_int_equal(lock(&mine, ledger, 0, NULL), FM_E_INTERNAL);
	fm_ledger_close(&ledger);
}

static volatile sig_atomic_t cancelled;
static volatile int cancel;

static void set_cancel(int sig)
{
	(void)sig;
	cancelled = 1;
	cancel = 1;
}

static void waiting_is_cancelled(void **state)
{
	struct child child = start(child_locks);
	struct fm_ledger *ledger = open_ledger();
	struct itimerval soon = { .it_value = { .tv_usec = 150000 } };
	struct sigaction act = { .sa_handler = set_cancel };
	struct fm_wallet_lock mine;
	int64_t from = steady_ms();

	(void)state;
	cancel = 0;
	assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(lock(&mine, ledger, 60000, &cancel), FM_E_INTERRUPTED);
	assert_true(cancelled);
	assert_in_range(steady_ms() - from, 100, 5000);
	/* Who gave up does not hold it later. */
	finish(&child, 0);
	cancel = 0;
	MUST_DO(lock(&mine, ledger, 5000, &cancel));
	fm_ledger_wallet_unlock(&mine);
	fm_ledger_close(&ledger);
}

/* Whoever holds it reads, waits, and writes one more: nobody's turn is lost. */
static void one_at_a_time(void **state)
{
	enum {
		PROCESSES = 4,
		TURNS = 10
	};
	const struct timespec moment = { .tv_nsec = 500000 };
	int fd, status;
	unsigned char number = 0;

	(void)state;
	fm_ledger_close(&(struct fm_ledger *){ open_ledger() });
	fd = open(home_file("number"), O_RDWR | O_CREAT, 0600);
	assert_int_equal(pwrite(fd, &number, 1, 0), 1);
	for (int i = 0; i < PROCESSES; i++) {
		if (make_child() == 0) {
			struct fm_ledger *ledger = NULL;
			struct fm_wallet_lock mine;

			CHILD_MUST(try_open(&ledger, false));
			for (int turn = 0; turn < TURNS; turn++) {
				CHILD_MUST(lock(&mine, ledger, 20000, NULL));
				if (pread(fd, &number, 1, 0) != 1)
					_exit(5);
				nanosleep(&moment, NULL);
				number++;
				if (pwrite(fd, &number, 1, 0) != 1)
					_exit(5);
				fm_ledger_wallet_unlock(&mine);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
	assert_int_equal(pread(fd, &number, 1, 0), 1);
	assert_int_equal(number, PROCESSES * TURNS);
	close(fd);
}

/* ---- outstanding authority ---- */

struct pay {
	struct fm_payment payment, found;
	struct fm_ask ask;
};

/* Signed; which it is hangs on `seller`. */
static enum fm_code pay(struct pay *p, struct fm_ledger *ledger, const char *scheme,
			const struct fm_asset *asset, const struct fm_u256 *amount)
{
	static char header[] = "aGVhZGVy", route[] = "/";
	static unsigned sellers;
	enum fm_reserve what;

	memset(p, 0, sizeof(*p));
	p->payment = (struct fm_payment){
		.payer = payer,
		.chain_id = CHAIN,
		.asset = asset->address,
		.amount = *amount,
		.method = "GET",
		.route = route,
	};
	snprintf(p->payment.scheme, sizeof(p->payment.scheme), "%s", scheme);
	snprintf(p->payment.origin, sizeof(p->payment.origin), "https://s%u", ++sellers);
	p->ask = (struct fm_ask){ .chain_id = CHAIN, .asset = asset, .amount = *amount };
	MUST_DO(fm_ledger_reserve(&what, &p->found, ledger, &p->payment, &p->ask, NULL, 0,
				  &err));
	assert_int_equal(what, FM_RESERVE_NEW);
	p->payment.header = header;
	return fm_ledger_signed(ledger, &p->payment, &err);
}

static void pay_cents(struct pay *p, struct fm_ledger *ledger, const char *scheme,
		      uint64_t cents)
{
	struct fm_u256 amount = fm_u256_from_u64(cents * CENT);

	MUST_DO(pay(p, ledger, scheme, fm_asset_by_symbol(CHAIN, "USDC"), &amount));
}

static void becomes(struct fm_ledger *ledger, struct pay *p, enum fm_pay_state state)
{
	p->payment.state = state;
	MUST_DO(fm_ledger_outcome(ledger, &p->payment, &err));
}

static void owes(struct fm_ledger *ledger, uint64_t cents, uint64_t paid, uint64_t count)
{
	struct fm_outstanding out;

	MUST_DO(fm_ledger_outstanding(&out, ledger, &payer, CHAIN, &err));
	assert_int_equal(out.asset_count, count > 0);
	if (count) {
		assert_int_equal(out.assets[0].outstanding.w[0], cents * CENT);
		assert_int_equal(out.assets[0].paid.w[0], paid * CENT);
		assert_int_equal(out.assets[0].count, count);
	}
	fm_outstanding_clear(&out);
}

static void outstanding(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct pay a, b, exact;

	(void)state;
	owes(ledger, 0, 0, 0);
	pay_cents(&a, ledger, "4mica-credit", 3);
	owes(ledger, 3, 0, 1);
	pay_cents(&exact, ledger, "exact", 50);
	becomes(ledger, &exact, FM_PAY_PAID);
	owes(ledger, 3, 0, 1);
	pay_cents(&b, ledger, "4mica-credit", 4);
	owes(ledger, 7, 0, 2);
	becomes(ledger, &a, FM_PAY_PAID);
	owes(ledger, 7, 3, 2);
	becomes(ledger, &a, FM_PAY_PAID);
	owes(ledger, 7, 3, 2);
	becomes(ledger, &b, FM_PAY_REFUSED);
	owes(ledger, 7, 3, 2);
	becomes(ledger, &b, FM_PAY_IN_DOUBT);
	becomes(ledger, &b, FM_PAY_PAID);
	owes(ledger, 7, 7, 2);
	becomes(ledger, &a, FM_PAY_RESOLVED);
	owes(ledger, 4, 4, 1);
	/* Time does not release a guarantee. */
	home_now += 400 * DAY;
	owes(ledger, 4, 4, 1);
	becomes(ledger, &b, FM_PAY_RESOLVED);
	owes(ledger, 0, 0, 0);
	/* Evidence that comes late. */
	becomes(ledger, &a, FM_PAY_PAID);
	owes(ledger, 3, 3, 1);
	/* An amount the caller made up changes nothing. */
	a.payment.amount.w[0] = 1;
	becomes(ledger, &a, FM_PAY_RESOLVED);
	owes(ledger, 0, 0, 0);
	fm_ledger_close(&ledger);
}

static void outstanding_apart(void **state)
{
	const struct fm_addr stranger = { { 8 } };
	struct fm_ledger *ledger = open_ledger(), *other;
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish);
	struct fm_u256 one = fm_u256_from_u64(1);
	struct fm_outstanding out;
	struct pay usdc, eth, gone;

	(void)state;
	pay_cents(&usdc, ledger, "4mica-credit", 3);
	MUST_DO(pay(&eth, ledger, "4mica-credit", fm_asset_by_symbol(CHAIN, "ETH"),
		    &one));
	becomes(ledger, &eth, FM_PAY_IN_DOUBT);
	pay_cents(&gone, ledger, "exact", 1);
	becomes(ledger, &gone, FM_PAY_IN_DOUBT);
	sign(ledger, &op, 1, 1);
	MUST_DO(fm_ledger_outstanding(&out, ledger, &payer, CHAIN, &err));
	assert_int_equal(out.asset_count, 2);
	assert_true(fm_addr_is_zero(&out.assets[0].asset));
	assert_int_equal(out.assets[0].outstanding.w[0], 1);
	assert_true(fm_addr_equal(&out.assets[1].asset, &wish.asset));
	assert_int_equal(out.assets[1].outstanding.w[0], 3 * CENT);
	assert_int_equal(out.in_doubt, 2);
	assert_int_equal(out.unanswered, 0);
	assert_int_equal(out.open_txs, 1);
	fm_outstanding_clear(&out);
	/* Seen from elsewhere the process is alive, until it is not. */
	other = open_ledger();
	MUST_DO(fm_ledger_outstanding(&out, other, &payer, CHAIN, &err));
	assert_int_equal(out.unanswered, 0);
	fm_outstanding_clear(&out);
	fm_ledger_close(&ledger);
	MUST_DO(fm_ledger_outstanding(&out, other, &payer, CHAIN, &err));
	assert_int_equal(out.unanswered, 1);
	fm_outstanding_clear(&out);
	MUST_DO(fm_ledger_outstanding(&out, other, &stranger, CHAIN, &err));
	assert_int_equal(out.asset_count + out.in_doubt + out.unanswered + out.open_txs,
			 0);
	MUST_DO(fm_ledger_outstanding(&out, other, &payer, 8453, &err));
	assert_int_equal(out.asset_count + out.in_doubt + out.unanswered + out.open_txs,
			 0);
	/* 8453 is how 84532 begins: the other way round, too. */
	fm_ledger_close(&other);
}

/* Two that fit each by itself, not together: the second is refused before it leaves. */
static void forget_wallet_totals(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "DELETE FROM total WHERE scope LIKE 'wallet %'",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
}

static void outstanding_does_not_wrap(void **state)
{
	static const struct fm_asset big = { .chain_id = CHAIN,
					     .address = { { 7 } },
					     .symbol = "BIG" };
	struct fm_ledger *ledger = open_ledger();
	struct fm_u256 half = { .w = { [3] = UINT64_C(1) << 63 } };
	struct fm_outstanding out;
	struct pay a, b;

	(void)state;
	MUST_DO(pay(&a, ledger, "4mica-credit", &big, &half));
	home_now += 2 * DAY;
	/* The wallet's own total would refuse before the sum is looked at. */
	forget_wallet_totals();
	assert_int_equal(pay(&b, ledger, "4mica-credit", &big, &half), FM_E_BUDGET);
	assert_int_equal(b.payment.state, FM_PAY_RESERVED);
	MUST_DO(fm_ledger_release(ledger, &b.payment, &err));
	MUST_DO(fm_ledger_outstanding(&out, ledger, &payer, CHAIN, &err));
	assert_int_equal(fm_u256_cmp(&out.assets[0].outstanding, &half), 0);
	assert_int_equal(out.assets[0].count, 1);
	fm_outstanding_clear(&out);
	fm_ledger_close(&ledger);
}

/* What is asked often must not get slower with every payment. */
static void by_index(void **state)
{
	static const struct {
		const char *sql, *index;
	} asked[FM_SQL_COUNT] = {
#define TEXT(id, text) [id] = { text, NULL },
		FM_SQLS(TEXT)
#undef TEXT
	};
	static const struct {
		enum fm_sql sql;
		const char *index;
	} cases[] = {
		{FM_SQL_UNSURE,	 "payment_unsure"},
		     { FM_SQL_TX_OPEN,    "tx_open"	 },
		{ FM_SQL_TX_COUNT,   "tx_open"	     },
		     { FM_SQL_TX_NONCE,	"tx_nonce"	   },
		{ FM_SQL_TX_OF,	"tx_op"		},
		     { FM_SQL_TX_BY_HASH, "tx_hash"	    },
		{ FM_SQL_OP_UNTOLD,  "op_untold"	},
		     { FM_SQL_OP_BY_ID,	"op_id"		},
		{ FM_SQL_OWED,       "PRIMARY KEY"   },
		     { FM_SQL_OP_TXS,     "tx_op"	      },
	};
	struct fm_ledger *ledger = open_ledger();
	sqlite3 *db;

	(void)state;
	fm_ledger_close(&ledger);
	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char sql[1024];
		sqlite3_stmt *stmt;
		bool found = false;

		snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s",
			 asked[cases[i].sql].sql);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
		while (sqlite3_step(stmt) == SQLITE_ROW) {
			const char *plan = (const char *)sqlite3_column_text(stmt, 3);

			found = found || strstr(plan, cases[i].index);
			if (strstr(plan, "TEMP B-TREE"))
				fail_msg("%s: %s", asked[cases[i].sql].sql, plan);
		}
		if (!found)
			fail_msg("%s: not by %s", asked[cases[i].sql].sql,
				 cases[i].index);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
}

/* What others wrote into the tables is an error, never a value. */
static void damaged_rows(void **state)
{
	static const char *const wrongs[] = {
		"UPDATE op SET kind = 9",
		"UPDATE op SET state = -1",
		"UPDATE op SET told = 2 - told",
		"UPDATE op SET payer = x'00'",
		"UPDATE op SET amount = 'a'",
		"UPDATE op SET booked = 1 << 20",
		"UPDATE op SET id = id || 'ab'",
		"UPDATE op SET note = printf('%.*c', 96, 'n')",
	};
	static const char *const wrong_txs[] = {
		"UPDATE tx SET state = 5",
		"UPDATE tx SET raw = NULL || raw || zeroblob(131073)",
		"UPDATE tx SET raw = zeroblob(131073)",
		"UPDATE tx SET payer = zeroblob(21)",
		"UPDATE tx SET nonce = 'x'",
		"UPDATE tx SET block_hash = x'01'",
		"UPDATE tx SET purpose = printf('%.*c', 24, 'p')",
	};
	struct fm_ledger *ledger = open_ledger();
	struct fm_op wish = deposit_of(CENT), op = begin_new(ledger, &wish);
	struct fm_tx_row row = sign(ledger, &op, 1, 1), *rows;
	const struct fm_op_filter all = { .untold = false };
	struct seen seen = { .count = 0 };
	size_t count;
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		sqlite3_exec(db, "CREATE TABLE keep AS SELECT * FROM op", NULL, NULL,
			     NULL);
		if (sqlite3_exec(db, wrongs[i], NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", wrongs[i], sqlite3_errmsg(db));
		if (fm_ledger_op_each(ledger, &all, 8, note_id, &seen, &err) !=
		    FM_E_LEDGER)
			fail_msg("not found: %s", wrongs[i]);
		sqlite3_exec(
			db,
			"DELETE FROM op; INSERT INTO op SELECT * FROM keep; DROP TABLE "
			"keep",
			NULL, NULL, NULL);
	}
	for (size_t i = 0; i < sizeof(wrong_txs) / sizeof(wrong_txs[0]); i++) {
		sqlite3_exec(db, "CREATE TABLE keep AS SELECT * FROM tx", NULL, NULL,
			     NULL);
		/* NULL raw: the table itself refuses. */
		if (sqlite3_exec(db, wrong_txs[i], NULL, NULL, NULL) == SQLITE_OK &&
		    fm_ledger_tx_of(&rows, &count, ledger, op.id, &err) != FM_E_LEDGER)
			fail_msg("not found: %s", wrong_txs[i]);
		sqlite3_exec(
			db,
			"DELETE FROM tx; INSERT INTO tx SELECT * FROM keep; DROP TABLE "
			"keep",
			NULL, NULL, NULL);
	}
	sqlite3_close(db);
	MUST_DO(fm_ledger_tx_of(&rows, &count, ledger, op.id, &err));
	assert_int_equal(count, 1);
	assert_true(fm_hash_equal(&rows[0].hash, &row.hash));
	fm_tx_rows_free(&rows, count);
	fm_ledger_close(&ledger);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_flushed),
		TEST(whole_life),
		cmocka_unit_test(words),
		TEST(holds_limits),
		TEST(payments_do_not_count),
		TEST(totals_do_not_wrap),
		TEST(other_kinds),
		TEST(failed_is_given_back),
		TEST(abandoned_needs_no_telling),
		TEST(only_the_owner),
		TEST(left_open),
		TEST(told_before_its_end),
		TEST(another_wish),
		TEST(what_may_be_signed),
		TEST(open_by_nonce),
		TEST(siblings),
		TEST(reorganization),
		TEST(newest_first),
		TEST(dead_before_signing),
		TEST(dead_and_too_much),
		TEST(dead_after_signing),
		TEST(dead_before_telling),
		TEST(living_with_the_same_wish),
		TEST(two_at_once),
		TEST(killed_at_every_write),
		TEST(wallet_is_locked),
		TEST(waiting_is_cancelled),
		TEST(one_at_a_time),
		TEST(outstanding),
		TEST(outstanding_apart),
		TEST(outstanding_does_not_wrap),
		TEST(by_index),
		TEST(damaged_rows),
	};

	if (fm_init(NULL) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
