/* SPDX-License-Identifier: MIT */
/* What a person approved is paid once, and a task that is reset starts anew. */
#include "policy/ledger.h"

#include <fourmica/network.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <ledger_home.h>

#define CHAIN UINT64_C(84532)
#define MINUTE INT64_C(60000)
#define HOUR INT64_C(3600000)
#define CENT UINT64_C(10000)

static struct fm_err err;
static char route[] = "/data";

static int set_up(void **state)
{
	fm_err_init(&err);
	return home_set_up(state);
}

static struct fm_ledger *open_ledger(bool read_only)
{
	const struct fm_ledger_options options = {
		.path = home_ledger(),
		.clock = &home_clock,
		.rand = &fm_system_rand,
		.busy_ms = 10000,
		.read_only = read_only,
	};
	struct fm_ledger *ledger = NULL;

	if (fm_ledger_open(&ledger, &options, &err) != FM_OK)
		fail_msg("open: %s", err.msg);
	return ledger;
}

/* ---- terms ---- */

static struct fm_approval_terms some_terms(void)
{
	return (struct fm_approval_terms){
		.payer = { { 9 } },
		.method = "POST",
		.url = "https://api.example.com/data?key=hunter2",
		.body = { { 7 } },
		.scheme = "4mica-credit",
		.chain_id = CHAIN,
		.asset = fm_asset_by_symbol(CHAIN, "USDC")->address,
		.pay_to = { { 1, 2, 3 } },
		.amount = fm_u256_from_u64(50 * CENT),
	};
}

static struct fm_hash hash_of(const struct fm_approval_terms *terms)
{
	struct fm_hash hash;

	if (fm_approval_hash(&hash, NULL, terms, &err) != FM_OK)
		fail_msg("hash: %s", err.msg);
	return hash;
}

/* The text is a contract: written out here by hand, hashed by another program. */
static void names_the_terms(void **state)
{
	static const char want[] =
		"{\"schema\":\"fourmica.approval/1\","
		"\"payer\":\"0x0900000000000000000000000000000000000000\","
		"\"method\":\"POST\",\"url\":\"https://api.example.com/data\","
		"\"url_sha256\":"
		"\"0xb6a6a088a28cdc83b2982a68c5d196ded36033ffe8d0776405f608fb69df2491\","
		"\"body_sha256\":"
		"\"0x0700000000000000000000000000000000000000000000000000000000000000\","
		"\"scheme\":\"4mica-credit\",\"network\":\"eip155:84532\","
		"\"asset\":\"0x036CbD53842c5426634e7929541eC2318f3dCF7e\","
		"\"amount\":\"500000\","
		"\"pay_to\":\"0x0102030000000000000000000000000000000000\"}";
	struct fm_approval_terms terms = some_terms();
	struct fm_hash hash, again;
	struct fm_buf text;

	(void)state;
	fm_buf_init(&text, 4096);
	assert_int_equal(fm_approval_hash(&hash, &text, &terms, &err), FM_OK);
	assert_string_equal(text.ptr, want);
	fm_sha256(&again, text.ptr, text.len);
	assert_true(fm_hash_equal(&hash, &again));
	assert_null(strstr(text.ptr, "hunter2"));
	fm_buf_clear(&text);
}

static void other_terms_are_not_approved(void **state)
{
	static const char *const urls[] = { "https://api.example.com/data?key=hunter3",
					    "https://api.example.com/data",
					    "http://api.example.com/data?key=hunter2",
					    "https://api.example.com/Data?key=hunter2" };
	struct fm_approval_terms all[12];
	size_t count = 0;
	struct fm_approval approval;
	struct fm_ledger *ledger = open_ledger(false);
	struct fm_approval_terms terms = some_terms();
	bool usable;

	(void)state;
	assert_int_equal(fm_approval_add(&approval, ledger, &terms, 60, &err), FM_OK);
	for (size_t i = 0; i < 12; i++)
		all[i] = some_terms();
	for (; count < 4; count++)
		all[count].url = urls[count];
	all[count++].method = "GET";
	all[count++].amount = fm_u256_from_u64(50 * CENT - 1);
	all[count++].pay_to.b[19] = 1;
	all[count++].payer.b[19] = 1;
	all[count++].asset.b[19] ^= 1;
	all[count++].body.b[31] = 1;
	all[count++].scheme = "exact";
	all[count++].chain_id = 8453;
	assert_int_equal(count, 12);
	for (size_t i = 0; i < count; i++) {
		struct fm_hash hash = hash_of(&all[i]);

		assert_int_equal(
			fm_approval_find(&approval, &usable, ledger, &hash, &err), FM_OK);
		if (usable)
			fail_msg("terms %zu pass for others", i);
	}
	fm_ledger_close(&ledger);
}

/* ---- a payment that needs it ---- */

struct shop {
	struct fm_policy *policy;
	struct fm_ask ask;
	struct fm_payment payment, found;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t check_count;
	enum fm_reserve what;
};

#define PIN(limits) "{\"version\":1,\"new_sellers\":\"pin\",\"limits\":[" limits "]}"
#define DAY "{\"name\":\"day\",\"amount\":\"5usdc\",\"window\":\"1d\"}"
#define TASK "{\"name\":\"task\",\"amount\":\"1usdc\",\"per\":\"task\"}"
#define TASK_HOUR \
	"{\"name\":\"hour\",\"amount\":\"1usdc\",\"per\":\"task\",\"window\":\"1h\"}"

static void shop_open(struct shop *s, const char *policy, const char *task)
{
	memset(s, 0, sizeof(*s));
	if (fm_policy_parse(&s->policy, fm_span_of(policy), "policy.json", &err) != FM_OK)
		fail_msg("%s", err.msg);
	s->ask = (struct fm_ask){
		.chain_id = CHAIN,
		.asset = fm_asset_by_symbol(CHAIN, "USDC"),
		.amount = fm_u256_from_u64(50 * CENT),
		.pay_to = { { 1, 2, 3 } },
		.scheme = "4mica-credit",
		.origin = "https://api.example.com",
		.route = route,
		.task = task,
	};
}

static void shop_close(struct shop *s)
{
	fm_policy_free(&s->policy);
	fm_payment_clear(&s->found);
}

static enum fm_code reserve(struct shop *s, struct fm_ledger *ledger,
			    const struct fm_hash *approval)
{
	struct fm_payment *p = &s->payment;

	memset(p, 0, sizeof(*p));
	p->chain_id = s->ask.chain_id;
	p->asset = s->ask.asset->address;
	p->amount = s->ask.amount;
	p->pay_to = s->ask.pay_to;
	p->route = route;
	snprintf(p->scheme, sizeof(p->scheme), "4mica-credit");
	snprintf(p->origin, sizeof(p->origin), "%s", s->ask.origin);
	snprintf(p->method, sizeof(p->method), "GET");
	snprintf(p->task, sizeof(p->task), "%s", s->ask.task);
	if (approval)
		p->approval = *approval;
	fm_err_init(&err);
	if (fm_policy_judge(s->policy, &s->ask, s->checks, &s->check_count, &err) !=
	    FM_ALLOW)
		fail_msg("judge: %s", err.msg);
	return fm_ledger_reserve(&s->what, &s->found, ledger, p, &s->ask, s->checks,
				 s->check_count, &err);
}

static void must_reserve(struct shop *s, struct fm_ledger *ledger,
			 const struct fm_hash *approval)
{
	if (reserve(s, ledger, approval) != FM_OK || s->what != FM_RESERVE_NEW)
		fail_msg("reserve: %d %s", s->what, err.msg);
}

static void must_sign(struct shop *s, struct fm_ledger *ledger)
{
	static char header[] = "aGVhZGVy";

	s->payment.header = header;
	if (fm_ledger_signed(ledger, &s->payment, &err) != FM_OK)
		fail_msg("signed: %s", err.msg);
}

static void must_release(struct shop *s, struct fm_ledger *ledger)
{
	if (fm_ledger_release(ledger, &s->payment, &err) != FM_OK)
		fail_msg("release: %s", err.msg);
}

static uint64_t used(struct shop *s, struct fm_ledger *ledger)
{
	fm_policy_checks(s->policy, &s->ask, s->checks, &s->check_count);
	assert_int_equal(s->check_count, 1);
	if (fm_ledger_usage(ledger, s->checks, s->check_count, &err) != FM_OK)
		fail_msg("usage: %s", err.msg);
	return s->checks[0].used.w[0];
}

static struct fm_hash approve(struct fm_ledger *ledger, int64_t for_s)
{
	const struct fm_approval_terms terms = some_terms();
	struct fm_approval approval;

	if (fm_approval_add(&approval, ledger, &terms, for_s, &err) != FM_OK)
		fail_msg("approve: %s", err.msg);
	return approval.hash;
}

static bool is_usable(struct fm_ledger *ledger, const struct fm_hash *hash)
{
	struct fm_approval approval;
	bool usable;

	if (fm_approval_find(&approval, &usable, ledger, hash, &err) != FM_OK)
		fail_msg("find: %s", err.msg);
	return usable;
}

static void is_used_once(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct fm_hash hash;
	struct fm_approval approval;
	struct shop s;
	bool usable;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	hash = approve(ledger, 60);
	assert_true(is_usable(ledger, &hash));
	must_reserve(&s, ledger, &hash);
	assert_int_equal(fm_approval_find(&approval, &usable, ledger, &hash, &err),
			 FM_OK);
	assert_false(usable);
	assert_int_equal(approval.used_ms, home_now);
	assert_string_equal(approval.payment, s.payment.id);
	must_sign(&s, ledger);
	assert_int_equal(reserve(&s, ledger, &hash), FM_E_APPROVAL);
	assert_string_equal(err.rule, "approval");
	/* Nothing was booked. */
	assert_int_equal(used(&s, ledger), 50 * CENT);
	assert_true(home_journal() > 0);
	/* Approved once more, paid once more. */
	hash = approve(ledger, 60);
	must_reserve(&s, ledger, &hash);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void has_a_deadline(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	const struct fm_approval_terms terms = some_terms();
	struct fm_approval approval;
	struct fm_hash hash;
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	hash = approve(ledger, 60);
	home_now += 60 * 1000 - 1;
	assert_true(is_usable(ledger, &hash));
	home_now++;
	assert_false(is_usable(ledger, &hash));
	assert_int_equal(reserve(&s, ledger, &hash), FM_E_APPROVAL);
	assert_int_equal(used(&s, ledger), 0);
	assert_int_equal(fm_approval_add(&approval, ledger, &terms, 0, &err), FM_E_USAGE);
	assert_int_equal(fm_approval_add(&approval, ledger, &terms,
					 FM_APPROVAL_MOST_S + 1, &err),
			 FM_E_USAGE);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void without_one_nothing_is_used(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	const struct fm_approval_terms terms = some_terms();
	struct fm_hash hash = hash_of(&terms);
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	assert_int_equal(reserve(&s, ledger, &hash), FM_E_APPROVAL);
	approve(ledger, 60);
	must_reserve(&s, ledger, NULL);
	assert_true(is_usable(ledger, &hash));
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void a_release_gives_it_back(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct fm_hash hash;
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	hash = approve(ledger, 60);
	must_reserve(&s, ledger, &hash);
	must_release(&s, ledger);
	assert_true(is_usable(ledger, &hash));
	must_reserve(&s, ledger, &hash);
	/* Approved anew meanwhile: letting the old one go takes nothing from the new. */
	hash = approve(ledger, 60);
	must_release(&s, ledger);
	assert_true(is_usable(ledger, &hash));
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* Runs in a child, which ends without closing anything. */
static int child(void (*work)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		work();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void reserve_and_die(void)
{
	const struct fm_approval_terms terms = some_terms();
	struct fm_hash hash = hash_of(&terms);
	struct fm_ledger *ledger = open_ledger(false);
	struct shop s;

	shop_open(&s, PIN(DAY), "");
	if (reserve(&s, ledger, &hash) || s.what != FM_RESERVE_NEW)
		_exit(1);
	raise(SIGKILL);
}

static void sign_and_die(void)
{
	const struct fm_approval_terms terms = some_terms();
	struct fm_hash hash = hash_of(&terms);
	struct fm_ledger *ledger = open_ledger(false);
	struct shop s;

	shop_open(&s, PIN(DAY), "");
	if (reserve(&s, ledger, &hash) || s.what != FM_RESERVE_NEW)
		_exit(1);
	must_sign(&s, ledger);
	raise(SIGKILL);
}

static void a_crash_before_signing_gives_it_back(void **state)
{
	struct fm_ledger *ledger = open_ledger(false), *looking;
	struct fm_hash hash = approve(ledger, 60);
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	fm_ledger_close(&ledger);
	assert_true(WIFSIGNALED(child(reserve_and_die)));
	looking = open_ledger(true);
	assert_true(is_usable(looking, &hash));
	fm_ledger_close(&looking);
	ledger = open_ledger(false);
	must_reserve(&s, ledger, &hash);
	must_sign(&s, ledger);
	assert_false(is_usable(ledger, &hash));
	assert_int_equal(used(&s, ledger), 50 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void a_crash_after_signing_does_not(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct fm_hash hash = approve(ledger, 60);
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	fm_ledger_close(&ledger);
	assert_true(WIFSIGNALED(child(sign_and_die)));
	ledger = open_ledger(false);
	assert_false(is_usable(ledger, &hash));
	assert_int_equal(reserve(&s, ledger, &hash), FM_E_APPROVAL);
	assert_int_equal(used(&s, ledger), 50 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* At every write of the reserving transaction: an approval is there with its payment or without. */
static void dies_anywhere_while_reserving(void **state)
{
	struct fm_hash hash;
	struct shop s;
	bool died = true;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	for (unsigned long at = 1; died; at++) {
		struct fm_ledger *ledger = open_ledger(false);
		int status = -1;
		pid_t pid;

		hash = approve(ledger, 60);
		fm_ledger_close(&ledger);
		pid = fork();
		if (pid == 0) {
			ledger = open_ledger(false);
			home_kill_at(at);
			_exit(reserve(&s, ledger, &hash) == FM_OK ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		died = WIFSIGNALED(status);
		assert_true(died || WEXITSTATUS(status) == 0);
		ledger = open_ledger(false);
		assert_true(is_usable(ledger, &hash));
		must_reserve(&s, ledger, &hash);
		must_release(&s, ledger);
		assert_int_equal(used(&s, ledger), 0);
		fm_ledger_close(&ledger);
	}
	shop_close(&s);
}

#define RACERS 6

static void one_of_many_gets_it(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct fm_hash hash = approve(ledger, 60);
	pid_t pids[RACERS];
	int won = 0, late = 0;
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	fm_ledger_close(&ledger);
	for (int i = 0; i < RACERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			ledger = open_ledger(false);
			switch (reserve(&s, ledger, &hash)) {
			case FM_OK:
				must_sign(&s, ledger);
				_exit(0);
			case FM_E_APPROVAL:
				_exit(30);
			default:
				_exit(1);
			}
		}
	}
	for (int i = 0; i < RACERS; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		won += WEXITSTATUS(status) == 0;
		late += WEXITSTATUS(status) == 30;
	}
	assert_int_equal(won, 1);
	assert_int_equal(late, RACERS - 1);
	ledger = open_ledger(false);
	assert_int_equal(used(&s, ledger), 50 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* ---- approved asks ---- */

static void approval_lifts_no_limit(void **state)
{
	struct shop s;

	(void)state;
	shop_open(&s, "{\"version\":1,\"new_sellers\":\"ask\",\"limits\":[" DAY "]}", "");
	assert_int_equal(fm_policy_judge(s.policy, &s.ask, s.checks, &s.check_count,
					 &err),
			 FM_APPROVE);
	s.ask.approved = true;
	assert_int_equal(fm_policy_judge(s.policy, &s.ask, s.checks, &s.check_count,
					 &err),
			 FM_ALLOW);
	assert_int_equal(s.check_count, 1);
	s.ask.amount = fm_u256_from_u64(501 * CENT);
	assert_int_equal(fm_policy_totals(&s.ask, s.checks, s.check_count, &err),
			 FM_REFUSE);
	shop_close(&s);
	shop_open(&s,
		  "{\"version\":1,\"new_sellers\":\"ask\",\"limits\":[" DAY
		  ",{\"name\":\"request\",\"amount\":\"0.10usdc\"}]}",
		  "");
	s.ask.approved = true;
	assert_int_equal(fm_policy_judge(s.policy, &s.ask, s.checks, &s.check_count,
					 &err),
			 FM_REFUSE);
	assert_int_equal(err.code, FM_E_OVER_LIMIT);
	shop_close(&s);
}

/* ---- tasks ---- */

static void reset(struct fm_ledger *ledger, const char *task)
{
	bool found;

	if (fm_ledger_task_reset(&found, ledger, task, &err) != FM_OK)
		fail_msg("reset: %s", err.msg);
	assert_true(found);
}

static void a_reset_task_starts_anew(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct shop s, other;
	bool found = true;

	(void)state;
	shop_open(&s, PIN(TASK), "one");
	shop_open(&other, PIN(TASK), "two");
	assert_int_equal(fm_ledger_task_reset(&found, ledger, "one", &err), FM_OK);
	assert_false(found);
	must_reserve(&s, ledger, NULL);
	must_reserve(&s, ledger, NULL);
	must_reserve(&other, ledger, NULL);
	assert_int_equal(reserve(&s, ledger, NULL), FM_OK);
	assert_int_equal(s.what, FM_RESERVE_OVER);
	reset(ledger, "one");
	assert_int_equal(used(&s, ledger), 0);
	assert_int_equal(used(&other, ledger), 50 * CENT);
	/* In the very millisecond of the reset. */
	must_reserve(&s, ledger, NULL);
	assert_int_equal(used(&s, ledger), 50 * CENT);
	must_release(&s, ledger);
	assert_int_equal(used(&s, ledger), 0);
	must_reserve(&s, ledger, NULL);
	reset(ledger, "one");
	assert_int_equal(used(&s, ledger), 0);
	assert_true(home_journal() > 0);
	shop_close(&s);
	shop_close(&other);
	fm_ledger_close(&ledger);
}

static void a_release_after_a_reset_counts_nothing_less(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct fm_payment early;
	struct shop s;

	(void)state;
	shop_open(&s, PIN(TASK), "one");
	must_reserve(&s, ledger, NULL);
	early = s.payment;
	must_reserve(&s, ledger, NULL);
	reset(ledger, "one");
	must_reserve(&s, ledger, NULL);
	assert_int_equal(used(&s, ledger), 50 * CENT);
	/* It was booked before the reset: what was booked since stays counted. */
	assert_int_equal(fm_ledger_release(ledger, &early, &err), FM_OK);
	assert_int_equal(used(&s, ledger), 50 * CENT);
	must_release(&s, ledger);
	assert_int_equal(used(&s, ledger), 0);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void a_reset_ends_windows_of_the_task(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	int64_t frees;
	struct shop s;
	bool some;

	(void)state;
	shop_open(&s, PIN(TASK_HOUR), "one");
	must_reserve(&s, ledger, NULL);
	home_now += 10 * MINUTE;
	must_reserve(&s, ledger, NULL);
	assert_int_equal(used(&s, ledger), 100 * CENT);
	assert_int_equal(fm_ledger_frees(&frees, &some, ledger, &s.checks[0], &err),
			 FM_OK);
	assert_true(some);
	assert_int_equal(frees, HOME_NOON + HOUR);
	home_now += MINUTE;
	reset(ledger, "one");
	assert_int_equal(used(&s, ledger), 0);
	assert_int_equal(fm_ledger_frees(&frees, &some, ledger, &s.checks[0], &err),
			 FM_OK);
	assert_false(some);
	home_now += MINUTE;
	must_reserve(&s, ledger, NULL);
	assert_int_equal(used(&s, ledger), 50 * CENT);
	home_now += HOUR;
	assert_int_equal(used(&s, ledger), 0);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* Limits on a number, on all networks and on one, begin anew as those on an amount do. */
static void a_reset_ends_counts_of_the_task(void **state)
{
	static const char *const limits[] = {
		"{\"name\":\"n\",\"count\":2,\"per\":\"task\"},{\"amount\":\"9usdc\"}",
		"{\"name\":\"n\",\"count\":2,\"per\":\"task\",\"network\":\"eip155:84532\"},"
		"{\"amount\":\"9usdc\"}",
		"{\"name\":\"n\",\"count\":2,\"per\":\"task\",\"window\":\"utc-day\"},"
		"{\"amount\":\"9usdc\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct fm_ledger *ledger = open_ledger(false);
		char policy[400], task[8];
		struct shop s;

		snprintf(policy, sizeof(policy), PIN("%s"), limits[i]);
		snprintf(task, sizeof(task), "t%zu", i);
		shop_open(&s, policy, task);
		must_reserve(&s, ledger, NULL);
		must_reserve(&s, ledger, NULL);
		assert_int_equal(reserve(&s, ledger, NULL), FM_OK);
		assert_int_equal(s.what, FM_RESERVE_OVER);
		home_now += MINUTE;
		reset(ledger, task);
		must_reserve(&s, ledger, NULL);
		must_reserve(&s, ledger, NULL);
		used(&s, ledger);
		assert_int_equal(s.checks[0].used_count, 2);
		assert_int_equal(reserve(&s, ledger, NULL), FM_OK);
		assert_int_equal(s.what, FM_RESERVE_OVER);
		shop_close(&s);
		fm_ledger_close(&ledger);
	}
}

struct sums {
	struct fm_task_sum list[4];
	size_t count;
};

static bool add_sum(void *ctx, const struct fm_task_sum *sum)
{
	struct sums *sums = ctx;

	sums->list[sums->count++] = *sum;
	return true;
}

static void tells_what_a_task_has(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	struct sums sums = { .count = 0 };
	struct shop s;

	(void)state;
	shop_open(&s, PIN(DAY), "one");
	must_reserve(&s, ledger, NULL);
	reset(ledger, "one");
	must_reserve(&s, ledger, NULL);
	must_sign(&s, ledger);
	must_reserve(&s, ledger, NULL);
	assert_int_equal(fm_ledger_task_sums(ledger, "one", add_sum, &sums, &err), FM_OK);
	assert_int_equal(sums.count, 1);
	assert_int_equal(sums.list[0].chain_id, CHAIN);
	assert_int_equal(sums.list[0].spent.w[0], 100 * CENT);
	assert_int_equal(sums.list[0].in_doubt.w[0], 50 * CENT);
	assert_int_equal(sums.list[0].payments, 2);
	assert_int_equal(sums.list[0].reset_ms, HOME_NOON + 1);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static bool next_scope(void *ctx, const char *scope)
{
	char *all = ctx;

	strcat(all, scope);
	strcat(all, ",");
	return true;
}

static void lists_what_was_used(void **state)
{
	struct fm_ledger *ledger = open_ledger(false);
	static const char *const tasks[] = { "a", "b", "c" };
	char all[200] = "";
	struct shop s;
	bool cut;

	(void)state;
	shop_open(&s, PIN(DAY), "");
	for (size_t i = 0; i < 3; i++) {
		s.ask.task = tasks[i];
		must_reserve(&s, ledger, NULL);
		home_now += MINUTE;
	}
	assert_int_equal(fm_ledger_scopes(&cut, ledger, "task", 3, next_scope, all, &err),
			 FM_OK);
	assert_false(cut);
	assert_string_equal(all, "task c,task b,task a,");
	*all = '\0';
	assert_int_equal(fm_ledger_scopes(&cut, ledger, "task", 2, next_scope, all, &err),
			 FM_OK);
	assert_true(cut);
	assert_string_equal(all, "task c,task b,");
	shop_close(&s);
	fm_ledger_close(&ledger);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_terms),
		TEST(other_terms_are_not_approved),
		TEST(is_used_once),
		TEST(has_a_deadline),
		TEST(without_one_nothing_is_used),
		TEST(a_release_gives_it_back),
		TEST(a_crash_before_signing_gives_it_back),
		TEST(a_crash_after_signing_does_not),
		TEST(dies_anywhere_while_reserving),
		TEST(one_of_many_gets_it),
		cmocka_unit_test(approval_lifts_no_limit),
		TEST(a_reset_task_starts_anew),
		TEST(a_release_after_a_reset_counts_nothing_less),
		TEST(a_reset_ends_windows_of_the_task),
		TEST(a_reset_ends_counts_of_the_task),
		TEST(tells_what_a_task_has),
		TEST(lists_what_was_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
