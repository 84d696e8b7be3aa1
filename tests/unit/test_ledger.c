/* SPDX-License-Identifier: MIT */
#include "policy/ledger.h"

#include <fourmica/network.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <ledger_home.h>

#define MINUTE INT64_C(60000)
#define HOUR INT64_C(3600000)
#define DAY INT64_C(86400000)
#define NOON HOME_NOON
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

/* ---- a payment to make ---- */

#define PIN_LIMITS(limits) \
	"{\"version\":1,\"new_sellers\":\"pin\",\"limits\":[" limits "]}"
#define DAY_LIMIT "{\"name\":\"day\",\"amount\":\"1usdc\",\"window\":\"1d\"}"

struct shop {
	struct fm_policy *policy;
	struct fm_ask ask;
	struct fm_payment payment, found;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t check_count;
	enum fm_reserve what;
};

static char route[] = "/data";

static void new_payment(struct shop *s)
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
}

static void shop_open(struct shop *s, const char *policy)
{
	memset(s, 0, sizeof(*s));
	if (fm_policy_parse(&s->policy, fm_span_of(policy), "policy.json", &err) != FM_OK)
		fail_msg("%s", err.msg);
	s->ask = (struct fm_ask){
		.chain_id = 84532,
		.asset = fm_asset_by_symbol(84532, "USDC"),
		.amount = fm_u256_from_u64(10 * CENT),
		.pay_to = { { 1, 2, 3 } },
		.scheme = "4mica-credit",
		.origin = "https://api.example.com",
		.route = route,
		.task = "",
	};
	new_payment(s);
}

static void shop_close(struct shop *s)
{
	fm_policy_free(&s->policy);
	fm_payment_clear(&s->found);
}

static enum fm_code reserve(struct shop *s, struct fm_ledger *ledger)
{
	fm_payment_clear(&s->found);
	fm_err_init(&err);
	if (fm_policy_judge(s->policy, &s->ask, s->checks, &s->check_count, &err) !=
	    FM_ALLOW)
		fail_msg("judge: %s", err.msg);
	return fm_ledger_reserve(&s->what, &s->found, ledger, &s->payment, &s->ask,
				 s->checks, s->check_count, &err);
}

static void must_reserve(struct shop *s, struct fm_ledger *ledger)
{
	if (reserve(s, ledger) != FM_OK || s->what != FM_RESERVE_NEW)
		fail_msg("reserve: %d %s", s->what, err.msg);
}

static void must_be_over(struct shop *s, struct fm_ledger *ledger, const char *rule)
{
	assert_int_equal(reserve(s, ledger), FM_OK);
	assert_int_equal(s->what, FM_RESERVE_OVER);
	assert_int_equal(err.code, FM_E_BUDGET);
	assert_string_equal(err.rule, rule);
}

static void pay(struct shop *s, struct fm_ledger *ledger, uint64_t amount)
{
	s->ask.amount = fm_u256_from_u64(amount);
	new_payment(s);
	must_reserve(s, ledger);
}

static void must_sign(struct shop *s, struct fm_ledger *ledger)
{
	static char header[] = "aGVhZGVy";

	s->payment.header = header;
	memset(s->payment.digest.b, 0x55, 32);
	if (fm_ledger_signed(ledger, &s->payment, &err) != FM_OK)
		fail_msg("signed: %s", err.msg);
	assert_int_equal(s->payment.state, FM_PAY_SIGNED);
}

static uint64_t used(struct shop *s, struct fm_ledger *ledger, size_t check)
{
	fm_policy_judge(s->policy, &s->ask, s->checks, &s->check_count, &err);
	if (fm_ledger_usage(ledger, s->checks, s->check_count, &err) != FM_OK)
		fail_msg("usage: %s", err.msg);
	assert_true(check < s->check_count);
	return s->checks[check].used.w[0];
}

/* ---- limits ---- */

static void holds_a_limit(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	for (int i = 0; i < 10; i++) {
		pay(&s, ledger, 10 * CENT);
		assert_int_equal(s.payment.state, FM_PAY_RESERVED);
		assert_int_equal(s.payment.created_ms, NOON);
		assert_int_equal(strlen(s.payment.id), 36);
		assert_int_equal(strncmp(s.payment.id, "pay_", 4), 0);
	}
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	s.ask.amount = fm_u256_from_u64(1);
	new_payment(&s);
	must_be_over(&s, ledger, "day");
	assert_int_equal(s.checks[0].used.w[0], 100 * CENT);
	assert_string_equal(s.payment.id, "");
	shop_close(&s);
	fm_ledger_close(&ledger);
	assert_null(ledger);
}

static void rate_counts_every_asset(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(
		&s,
		PIN_LIMITS(
			"{\"amount\":\"9usdc\"},{\"amount\":\"1eth\"},{\"name\":\"rate\","
			"\"count\":3,\"window\":\"1m\"}"));
	pay(&s, ledger, 1);
	pay(&s, ledger, 1);
	s.ask.asset = fm_asset_by_symbol(84532, "ETH");
	pay(&s, ledger, 1);
	new_payment(&s);
	must_be_over(&s, ledger, "rate");
	home_now += MINUTE;
	pay(&s, ledger, 1);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void sellers_and_tasks_apart(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s,
		  PIN_LIMITS(
			  "{\"name\":\"s\",\"amount\":\"0.20usdc\",\"window\":\"1h\","
			  "\"per\":\"seller\"},{\"name\":\"t\",\"amount\":\"0.30usdc\","
			  "\"per\":\"task\"}"));
	s.ask.task = "one";
	pay(&s, ledger, 20 * CENT);
	new_payment(&s);
	must_be_over(&s, ledger, "s");
	s.ask.origin = "https://b.example.com";
	pay(&s, ledger, 10 * CENT);
	new_payment(&s);
	must_be_over(&s, ledger, "t");
	s.ask.task = "two";
	pay(&s, ledger, 10 * CENT);
	/* Tasks are for ever, hours are not. */
	home_now += 300 * DAY;
	s.ask.task = "one";
	s.ask.origin = "https://c.example.com";
	s.ask.amount = fm_u256_from_u64(1);
	new_payment(&s);
	must_be_over(&s, ledger, "t");
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void routes_apart(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(
		&s,
		"{\"version\":1,\"limits\":[{\"amount\":\"1usdc\"}],\"sellers\":{"
		"\"https://api.example.com\":{\"routes\":{\"/data\":{\"limits\":[{\"name\":"
		"\"r\",\"amount\":\"0.10usdc\",\"window\":\"1h\"}]}}}}}");
	pay(&s, ledger, 10 * CENT);
	new_payment(&s);
	must_be_over(&s, ledger, "r");
	assert_int_equal(used(&s, ledger, 0), 10 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void utc_day(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(
		&s,
		PIN_LIMITS(
			"{\"name\":\"today\",\"amount\":\"1usdc\",\"window\":\"utc-day\"}"));
	home_now = NOON + 12 * HOUR - 1;
	pay(&s, ledger, 100 * CENT);
	s.ask.amount = fm_u256_from_u64(1);
	new_payment(&s);
	must_be_over(&s, ledger, "today");
	home_now++;
	assert_int_equal(used(&s, ledger, 0), 0);
	pay(&s, ledger, 100 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void rolling_edges(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	home_now = NOON + 17;
	pay(&s, ledger, 100 * CENT);
	home_now += DAY - 1;
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	home_now += 1;
	assert_int_equal(used(&s, ledger, 0), 0);
	pay(&s, ledger, 100 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* Against a list of all payments: never less than what is inside the window, never
 * more than that and the minute at its edge. */
static void any_window(void **state)
{
	static const char policy[] = PIN_LIMITS(
		"{\"amount\":\"900usdc\",\"window\":\"10s\"},{\"amount\":\"900usdc\",\"window\":\"1m\"},"
		"{\"amount\":\"900usdc\",\"window\":\"10m\"},{\"amount\":\"900usdc\",\"window\":\"1h\"},"
		"{\"amount\":\"900usdc\",\"window\":\"7h\"},{\"amount\":\"900usdc\",\"window\":\"1d\"},"
		"{\"amount\":\"900usdc\",\"window\":\"30d\"}");
	static const int64_t steps[] = { 1,	      900,	7 * 1000, 55 * 1000,
					 13 * MINUTE, 5 * HOUR, 2 * DAY };
	enum {
		PAYMENTS = 120
	};
	struct {
		int64_t at;
		uint64_t amount;
	} all[PAYMENTS];
	struct fm_ledger *ledger = open_ledger();
	uint32_t seed = 12345;
	struct shop s;

	(void)state;
	shop_open(&s, policy);
	for (size_t n = 0; n < PAYMENTS; n++) {
		seed = seed * 1664525 + 1013904223;
		home_now += steps[seed >> 16 & 0xffff ? (seed >> 16) % 7 : 0] *
			    (1 + (seed >> 8) % 5);
		all[n].at = home_now;
		all[n].amount = 1 + seed % 1000;
		pay(&s, ledger, all[n].amount);
		home_now += (seed >> 4) % 3 * 31 * 1000;
		used(&s, ledger, 0);
		for (size_t c = 0; c < s.check_count; c++) {
			int64_t start = home_now - s.checks[c].window_s * 1000;
			uint64_t least = 0, most = 0, got = s.checks[c].used.w[0];

			for (size_t i = 0; i <= n; i++) {
				least += all[i].at > start ? all[i].amount : 0;
				most += all[i].at > start - MINUTE ? all[i].amount : 0;
			}
			if (got < least || got > most)
				fail_msg(
					"payment %zu, window %lld s: %llu, not %llu to %llu",
					n, (long long)s.checks[c].window_s,
					(unsigned long long)got,
					(unsigned long long)least,
					(unsigned long long)most);
		}
	}
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void clock_set_back(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	pay(&s, ledger, 100 * CENT);
	must_sign(&s, ledger);
	home_now -= 3 * DAY;
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	s.ask.amount = fm_u256_from_u64(1);
	new_payment(&s);
	must_be_over(&s, ledger, "day");
	/* The same after closing: the time is in the journal. */
	fm_ledger_close(&ledger);
	ledger = open_ledger();
	must_be_over(&s, ledger, "day");
	home_now = NOON + DAY;
	must_reserve(&s, ledger);
	/* What is paid while the clock is back is not booked in the past either. */
	home_now = NOON - 3 * DAY;
	pay(&s, ledger, 60 * CENT);
	assert_int_equal(s.payment.created_ms, NOON + DAY);
	home_now = NOON + DAY;
	assert_int_equal(used(&s, ledger, 0), 60 * CENT + 1);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void released_is_given_back(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_payment found;
	struct shop s;
	bool there;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	s.ask.task = "t";
	pay(&s, ledger, 60 * CENT);
	home_now += 26 * HOUR; /* booked on another day than it is released on */
	pay(&s, ledger, 70 * CENT);
	assert_int_equal(fm_ledger_release(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(used(&s, ledger, 0), 0);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, s.payment.id, &err),
			 FM_OK);
	assert_true(there);
	assert_int_equal(found.state, FM_PAY_RELEASED);
	fm_payment_clear(&found);
	/* Only once, and only what is reserved. */
	assert_int_equal(fm_ledger_release(ledger, &s.payment, &err), FM_E_INTERNAL);
	pay(&s, ledger, 100 * CENT);
	must_sign(&s, ledger);
	assert_int_equal(fm_ledger_release(ledger, &s.payment, &err), FM_E_INTERNAL);
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void signed_counts_for_good(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	pay(&s, ledger, 100 * CENT);
	must_sign(&s, ledger);
	s.payment.state = FM_PAY_REFUSED;
	snprintf(s.payment.error_code, sizeof(s.payment.error_code), "payment_failed");
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	fm_ledger_close(&ledger);
	ledger = open_ledger();
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void largest_amounts(void **state)
{
	static const struct fm_asset big = { .chain_id = 84532,
					     .address = { { 7 } },
					     .symbol = "BIG" };
	struct fm_ledger *ledger = open_ledger();
	struct fm_payment found;
	struct fm_u256 max;
	struct shop s;
	bool there;

	(void)state;
	memset(&max, 0xff, sizeof(max));
	shop_open(
		&s,
		PIN_LIMITS(
			"{\"amount\":\"1157920892373161954235709850086879078532699846656405"
			"64039457584007913129639935big\"}"));
	s.ask.asset = &big;
	s.ask.amount = max;
	new_payment(&s);
	must_reserve(&s, ledger);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, s.payment.id, &err),
			 FM_OK);
	assert_int_equal(fm_u256_cmp(&found.amount, &max), 0);
	fm_payment_clear(&found);
	/* One more does not become a small total. */
	s.ask.amount = fm_u256_from_u64(1);
	new_payment(&s);
	assert_int_equal(reserve(&s, ledger), FM_OK);
	assert_int_equal(s.what, FM_RESERVE_OVER);
	assert_int_equal(err.code, FM_E_BUDGET);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* ---- one purchase, once ---- */

static void with_key(struct shop *s, const char *key, uint8_t binding)
{
	new_payment(s);
	snprintf(s->payment.idem_key, sizeof(s->payment.idem_key), "%s", key);
	s->payment.binding.b[0] = binding;
}

static void keys(void **state)
{
	struct fm_ledger *ledger = open_ledger(), *other = open_ledger();
	char id[FM_PAY_ID];
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	with_key(&s, "k", 1);
	must_reserve(&s, ledger);
	memcpy(id, s.payment.id, sizeof(id));
	/* Alive: neither this handle nor another may have it. */
	with_key(&s, "k", 1);
	assert_int_equal(reserve(&s, ledger), FM_E_BUSY);
	assert_int_equal(reserve(&s, other), FM_E_BUSY);
	with_key(&s, "k", 2);
	assert_int_equal(reserve(&s, other), FM_E_USAGE);
	assert_non_null(strstr(err.msg, id));
	/* Signed and alive; then with an outcome. */
	memcpy(s.payment.id, id, sizeof(id));
	must_sign(&s, ledger);
	with_key(&s, "k", 1);
	assert_int_equal(reserve(&s, other), FM_E_BUSY);
	memcpy(s.payment.id, id, sizeof(id));
	s.payment.state = FM_PAY_PAID;
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	with_key(&s, "k", 1);
	assert_int_equal(reserve(&s, other), FM_OK);
	assert_int_equal(s.what, FM_RESERVE_KNOWN);
	assert_int_equal(s.found.state, FM_PAY_PAID);
	assert_string_equal(s.found.id, id);
	assert_string_equal(s.found.header, "aGVhZGVy");
	with_key(&s, "k", 2);
	assert_int_equal(reserve(&s, ledger), FM_E_USAGE);
	assert_int_equal(used(&s, ledger, 0), 10 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
	fm_ledger_close(&other);
}

static void released_keys_are_free(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_payment found;
	struct shop s;
	bool there;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	with_key(&s, "k", 1);
	s.payment.identity.b[0] = 1;
	s.payment.req_id = fm_u256_from_u64(77);
	must_reserve(&s, ledger);
	assert_int_equal(fm_ledger_release(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "k", &err), FM_OK);
	assert_true(there);
	assert_int_equal(found.state, FM_PAY_RELEASED);
	fm_payment_clear(&found);
	with_key(&s, "k", 2);
	s.payment.identity.b[0] = 1;
	s.payment.req_id = fm_u256_from_u64(77);
	must_reserve(&s, ledger);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "k", &err), FM_OK);
	assert_int_equal(found.state, FM_PAY_RESERVED);
	fm_payment_clear(&found);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void one_authority_once(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_u256 id = fm_u256_from_u64(77), unused = fm_u256_from_u64(78);
	struct shop s;
	bool taken;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	s.payment.identity.b[31] = 9;
	s.payment.req_id = id;
	must_reserve(&s, ledger);
	must_sign(&s, ledger);
	s.payment.state = FM_PAY_IN_DOUBT;
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	/* The same claims, asked for by another command. */
	with_key(&s, "new", 5);
	s.payment.identity.b[31] = 9;
	s.payment.req_id = id;
	assert_int_equal(reserve(&s, ledger), FM_OK);
	assert_int_equal(s.what, FM_RESERVE_KNOWN);
	assert_int_equal(s.found.state, FM_PAY_IN_DOUBT);
	/* Other claims with the same request id. */
	with_key(&s, "new", 5);
	s.payment.identity.b[31] = 10;
	s.payment.req_id = id;
	assert_int_equal(reserve(&s, ledger), FM_E_USAGE);
	assert_int_equal(fm_ledger_req_id_used(&taken, ledger, &s.payment.payer, &id,
					       &err),
			 FM_OK);
	assert_true(taken);
	assert_int_equal(fm_ledger_req_id_used(&taken, ledger, &s.payment.payer, &unused,
					       &err),
			 FM_OK);
	assert_false(taken);
	assert_int_equal(used(&s, ledger, 0), 10 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void steps_in_order(void **state)
{
	struct fm_ledger *ledger = open_ledger(), *other;
	struct fm_payment found;
	char reason[] = "no \"collateral\"";
	struct shop s;
	bool there;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	must_reserve(&s, ledger);
	assert_int_equal(fm_ledger_sent(ledger, &s.payment, &err), FM_E_INTERNAL);
	s.payment.state = FM_PAY_PAID;
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_E_INTERNAL);
	/* Another handle does not own it. */
	other = open_ledger();
	assert_int_equal(fm_ledger_signed(other, &s.payment, &err), FM_E_INTERNAL);
	fm_ledger_close(&other);
	s.payment.valid_before_s = 1234567890;
	s.payment.nonce.b[3] = 3;
	home_now += 5;
	must_sign(&s, ledger);
	assert_int_equal(s.payment.signed_ms, NOON + 5);
	assert_int_equal(fm_ledger_signed(ledger, &s.payment, &err), FM_E_INTERNAL);
	assert_int_equal(fm_ledger_sent(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(s.payment.sent_ms, NOON + 5);
	assert_int_equal(s.payment.retries, 0);
	home_now += 5;
	assert_int_equal(fm_ledger_sent(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(s.payment.retries, 1);
	assert_int_equal(s.payment.sent_ms, NOON + 5);
	s.payment.state = FM_PAY_IN_DOUBT;
	s.payment.reason = reason;
	s.payment.http_status = 402;
	snprintf(s.payment.error_code, sizeof(s.payment.error_code), "in_doubt");
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, s.payment.id, &err),
			 FM_OK);
	assert_true(there);
	assert_int_equal(found.state, FM_PAY_IN_DOUBT);
	assert_int_equal(found.valid_before_s, 1234567890);
	assert_int_equal(found.nonce.b[3], 3);
	assert_int_equal(found.digest.b[31], 0x55);
	assert_string_equal(found.header, "aGVhZGVy");
	assert_string_equal(found.reason, reason);
	assert_string_equal(found.route, route);
	assert_string_equal(found.error_code, "in_doubt");
	assert_int_equal(found.http_status, 402);
	assert_int_equal(found.retries, 1);
	assert_int_equal(found.ended_ms, NOON + 10);
	assert_string_equal(found.cycle_hint, "");
	fm_payment_clear(&found);
	snprintf(s.payment.cycle_hint, sizeof(s.payment.cycle_hint), "0xa:0/60");
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	/* A later outcome that knows no cycle leaves the known one. */
	s.payment.cycle_hint[0] = '\0';
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, s.payment.id, &err),
			 FM_OK);
	assert_string_equal(found.cycle_hint, "0xa:0/60");
	fm_payment_clear(&found);
	/* What was paid stays paid. */
	s.payment.state = FM_PAY_PAID;
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	s.payment.state = FM_PAY_REFUSED;
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_E_INTERNAL);
	s.payment.reason = NULL;
	shop_close(&s);
	fm_ledger_close(&ledger);
}

struct seen {
	size_t count;
	char ids[8][FM_PAY_ID];
	size_t stop_after;
};

static bool note_id(void *ctx, const struct fm_payment *payment)
{
	struct seen *seen = ctx;

	memcpy(seen->ids[seen->count++], payment->id, FM_PAY_ID);
	return seen->count != seen->stop_after;
}

static void newest_first(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_payment found;
	struct seen seen = { .count = 0 };
	char ids[3][FM_PAY_ID];
	struct shop s;
	bool there;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	for (int i = 0; i < 3; i++) {
		pay(&s, ledger, 1);
		memcpy(ids[i], s.payment.id, FM_PAY_ID);
		home_now++;
	}
	assert_int_equal(fm_ledger_each(ledger, 8, note_id, &seen, &err), FM_OK);
	assert_int_equal(seen.count, 3);
	assert_string_equal(seen.ids[0], ids[2]);
	assert_string_equal(seen.ids[2], ids[0]);
	seen = (struct seen){ .stop_after = 1 };
	assert_int_equal(fm_ledger_each(ledger, 8, note_id, &seen, &err), FM_OK);
	assert_int_equal(seen.count, 1);
	seen = (struct seen){ .count = 0 };
	assert_int_equal(fm_ledger_each(ledger, 2, note_id, &seen, &err), FM_OK);
	assert_int_equal(seen.count, 2);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "nothing", &err), FM_OK);
	assert_false(there);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void pins(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct fm_buf value;
	int64_t at = 0;
	bool there;

	(void)state;
	fm_buf_init(&value, 100);
	assert_int_equal(fm_pin_get(&value, &at, &there, ledger, "seller", "a", &err),
			 FM_OK);
	assert_false(there);
	assert_int_equal(fm_pin_set(ledger, "seller", "a", fm_span_of("0x1"), &err),
			 FM_OK);
	assert_int_equal(fm_pin_set(ledger, "seller", "b", fm_span_of("0x2"), &err),
			 FM_OK);
	home_now += 5000;
	assert_int_equal(fm_pin_set(ledger, "seller", "a", fm_span_of("0x3"), &err),
			 FM_OK);
	assert_int_equal(fm_pin_get(&value, &at, &there, ledger, "seller", "a", &err),
			 FM_OK);
	assert_true(there);
	assert_string_equal(value.ptr, "0x3");
	assert_int_equal(at, NOON / 1000 + 5);
	fm_buf_clear(&value);
	assert_int_equal(fm_pin_get(&value, NULL, &there, ledger, "core", "a", &err),
			 FM_OK);
	assert_false(there);
	fm_buf_clear(&value);
	fm_ledger_close(&ledger);
}

/* ---- other processes ---- */

/* Run in a child, which ends by `how` (a signal, or 0: _exit). */
static void in_child(void (*work)(struct shop *s, struct fm_ledger *ledger),
		     struct shop *s, int how)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct fm_ledger *ledger = NULL;

		if (try_open(&ledger, false) != FM_OK)
			_exit(9);
		work(s, ledger);
		if (how)
			kill(getpid(), how);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (how)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == how);
	else
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void child_reserves(struct shop *s, struct fm_ledger *ledger)
{
	if (reserve(s, ledger) != FM_OK || s->what != FM_RESERVE_NEW)
		_exit(8);
}

static void child_signs(struct shop *s, struct fm_ledger *ledger)
{
	static char header[] = "aGVhZGVy";

	child_reserves(s, ledger);
	s->payment.header = header;
	if (fm_ledger_signed(ledger, &s->payment, &err) != FM_OK)
		_exit(8);
}

static void killed_before_signing(void **state)
{
	struct fm_ledger *ledger;
	struct fm_payment found;
	char id[FM_PAY_ID];
	struct shop s;
	bool there;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	s.ask.amount = fm_u256_from_u64(90 * CENT);
	with_key(&s, "k", 1);
	in_child(child_reserves, &s, SIGKILL);
	ledger = open_ledger();
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "k", &err), FM_OK);
	assert_true(there);
	assert_int_equal(found.state, FM_PAY_RESERVED);
	memcpy(id, found.id, sizeof(id));
	fm_payment_clear(&found);
	assert_int_equal(used(&s, ledger, 0), 90 * CENT);
	/* The same purchase goes on, at a new price, under the old id; the budget is
	 * not doubled. */
	s.ask.amount = fm_u256_from_u64(100 * CENT);
	with_key(&s, "k", 1);
	must_reserve(&s, ledger);
	assert_string_equal(s.payment.id, id);
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	must_sign(&s, ledger);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void killed_leaks_no_budget(void **state)
{
	struct fm_ledger *ledger;
	struct fm_payment found;
	struct shop s;
	bool there;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	s.ask.amount = fm_u256_from_u64(90 * CENT);
	with_key(&s, "k", 1);
	in_child(child_reserves, &s, SIGKILL);
	ledger = open_ledger();
	with_key(&s, "other", 2);
	must_reserve(&s, ledger);
	assert_int_equal(used(&s, ledger, 0), 90 * CENT);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "k", &err), FM_OK);
	assert_int_equal(found.state, FM_PAY_RELEASED);
	fm_payment_clear(&found);
	/* Taken over, but too dear now: released, not lost. */
	s.ask.amount = fm_u256_from_u64(5 * CENT);
	with_key(&s, "late", 3);
	in_child(child_reserves, &s, SIGKILL);
	s.ask.amount = fm_u256_from_u64(50 * CENT);
	with_key(&s, "late", 3);
	must_be_over(&s, ledger, "day");
	assert_string_equal(s.payment.id, "");
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "late", &err), FM_OK);
	assert_true(there);
	assert_int_equal(found.state, FM_PAY_RELEASED);
	fm_payment_clear(&found);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void killed_after_signing(void **state)
{
	struct fm_ledger *ledger;
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	with_key(&s, "k", 1);
	in_child(child_signs, &s, SIGKILL);
	ledger = open_ledger();
	with_key(&s, "k", 1);
	assert_int_equal(reserve(&s, ledger), FM_OK);
	assert_int_equal(s.what, FM_RESERVE_KNOWN);
	assert_int_equal(s.found.state, FM_PAY_SIGNED);
	assert_string_equal(s.found.header, "aGVhZGVy");
	assert_int_equal(used(&s, ledger, 0), 10 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void living_owner(void **state)
{
	int ready[2], go[2], status;
	struct fm_ledger *ledger;
	struct shop s;
	char byte;
	pid_t pid;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	with_key(&s, "k", 1);
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (try_open(&ledger, false) != FM_OK)
			_exit(9);
		child_reserves(&s, ledger);
		if (write(ready[1], "r", 1) != 1 || read(go[0], &byte, 1) != 0)
			_exit(8);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	ledger = open_ledger();
	with_key(&s, "k", 1);
	assert_int_equal(reserve(&s, ledger), FM_E_BUSY);
	/* Its reservation is not swept. */
	with_key(&s, "other", 1);
	must_reserve(&s, ledger);
	assert_int_equal(used(&s, ledger, 0), 20 * CENT);
	close(go[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	with_key(&s, "k", 1);
	must_reserve(&s, ledger);
	assert_int_equal(used(&s, ledger, 0), 20 * CENT);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* The number of payments got, or 100 and more for an error. */
static int try_often(struct shop *s, int tries)
{
	static char header[] = "x";
	struct fm_ledger *ledger = NULL;
	int got = 0;

	if (try_open(&ledger, false) != FM_OK)
		return 100;
	while (tries--) {
		new_payment(s);
		if (reserve(s, ledger) != FM_OK)
			return 101;
		if (s->what != FM_RESERVE_NEW)
			continue;
		s->payment.header = header;
		if (fm_ledger_signed(ledger, &s->payment, &err) != FM_OK)
			return 102;
		got++;
	}
	fm_ledger_close(&ledger);
	return got;
}

/* Eight processes at a limit of 100 payments: exactly 100 get one, whoever they are.
 * They sign what they reserve, so that nothing is swept. */
static void race(void **state)
{
	enum {
		PROCESSES = 8,
		TRIES = 20
	};
	struct fm_ledger *ledger = open_ledger();
	int sum = 0, status;
	struct shop s;

	(void)state;
	shop_open(&s,
		  PIN_LIMITS("{\"name\":\"day\",\"amount\":\"1usdc\",\"window\":\"1d\"},"
			     "{\"name\":\"n\",\"count\":1000,\"window\":\"1h\"}"));
	s.ask.amount = fm_u256_from_u64(CENT);
	fm_ledger_close(&ledger);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0)
			_exit(try_often(&s, TRIES));
	for (int i = 0; i < PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, TRIES);
		sum += WEXITSTATUS(status);
	}
	assert_int_equal(sum, 100);
	ledger = open_ledger();
	assert_int_equal(used(&s, ledger, 0), 100 * CENT);
	assert_int_equal(s.checks[1].used_count, 100);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static int64_t steady_ms(void)
{
	return fm_steady_ms(&fm_system_clock);
}

/* A process that is stopped inside: others give up in time, and go on when it is gone. */
static void stuck_process(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	int ready[2], status;
	int64_t start;
	struct shop s;
	char byte;
	pid_t pid;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct fm_gate gate;

		if (fm_gate_open(&gate, home_file("ledger.lock"), 0, &err) != FM_OK ||
		    fm_gate_enter(&gate, 1000, NULL, &err) != FM_OK ||
		    write(ready[1], "r", 1) != 1)
			_exit(8);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	ledger->busy_ms = 150;
	start = steady_ms();
	assert_int_equal(reserve(&s, ledger), FM_E_BUSY);
	assert_in_range(steady_ms() - start, 150, 5000);
	assert_int_equal(reserve(&s, ledger), FM_E_BUSY);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ledger->busy_ms = 10000;
	must_reserve(&s, ledger);
	close(ready[0]);
	close(ready[1]);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* A full disk, played by a limit on the size of files. */
static void disk_full(void **state)
{
	struct rlimit before, tight = { 4096, 4096 };
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	pay(&s, ledger, 10 * CENT);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	new_payment(&s);
	assert_int_equal(reserve(&s, ledger), FM_E_IO);
	assert_string_equal(s.payment.id, "");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(used(&s, ledger, 0), 10 * CENT);
	must_reserve(&s, ledger);
	fm_ledger_close(&ledger);
	ledger = open_ledger();
	assert_int_equal(used(&s, ledger, 0), 20 * CENT);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

/* ---- files ---- */

static void sql(const char *text)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(home_ledger(), &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	sqlite3_close(db); /* also brings the WAL into the file */
}

static unsigned mode_of(const char *of)
{
	struct stat st;

	assert_int_equal(lstat(of, &st), 0);
	return (unsigned)st.st_mode & 07777u;
}

static void make_one(void)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	pay(&s, ledger, 10 * CENT);
	must_sign(&s, ledger);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void modes(void **state)
{
	static const char *const names[] = { "ledger.db",     "ledger.db-wal",
					     "ledger.db-shm", "ledger.lock",
					     "ledger.owners", "ledger.head" };
	struct fm_ledger *ledger = NULL;

	(void)state;
	umask(0);
	make_one();
	umask(022);
	assert_int_equal(mode_of(home_dir()), 0700);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(mode_of(home_file(names[i])), 0600);
	assert_int_equal(chmod(home_ledger(), 0640), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_CONFIG);
	assert_non_null(strstr(err.hint, "chmod 600"));
	assert_int_equal(try_open(&ledger, true), FM_E_CONFIG);
	assert_int_equal(chmod(home_ledger(), 0600), 0);
	assert_int_equal(chmod(home_dir(), 0755), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_CONFIG);
	assert_non_null(strstr(err.hint, "chmod 700"));
	assert_int_equal(chmod(home_dir(), 0700), 0);
	assert_int_equal(chmod(home_file("ledger.lock"), 0666), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_CONFIG);
	assert_int_equal(chmod(home_file("ledger.lock"), 0600), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(home_ledger(), 12345, 12345), 0);
		assert_int_equal(try_open(&ledger, false), FM_E_CONFIG);
		assert_int_equal(chown(home_ledger(), 0, 0), 0);
	}
	ledger = open_ledger();
	fm_ledger_close(&ledger);
}

static void links(void **state)
{
	struct fm_ledger *ledger = NULL;
	char real[160];

	(void)state;
	make_one();
	snprintf(real, sizeof(real), "%s/real.db", home_dir());
	assert_int_equal(rename(home_ledger(), real), 0);
	assert_int_equal(symlink(real, home_ledger()), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "symbolic link"));
	assert_int_equal(unlink(home_ledger()), 0);
	assert_int_equal(rename(real, home_ledger()), 0);
	assert_int_equal(unlink(home_file("ledger.owners")), 0);
	assert_int_equal(symlink(real, home_file("ledger.owners")), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_CONFIG);
}

struct bytes {
	char *ptr;
	size_t len;
};

static struct bytes slurp(const char *of)
{
	struct bytes all = { NULL, 0 };
	struct stat st;
	int fd = open(of, O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	all.len = (size_t)st.st_size;
	all.ptr = malloc(all.len + 1);
	assert_non_null(all.ptr);
	assert_int_equal(read(fd, all.ptr, all.len), all.len);
	close(fd);
	return all;
}

static void refused_untouched(enum fm_code code, const char *says)
{
	struct fm_ledger *ledger = NULL;
	struct bytes before = slurp(home_ledger()), after;

	assert_int_equal(try_open(&ledger, false), code);
	assert_null(ledger);
	if (!strstr(err.msg, says))
		fail_msg("'%s' does not say '%s'", err.msg, says);
	assert_non_null(strstr(err.msg, "ledger.db"));
	assert_int_equal(try_open(&ledger, true), code);
	after = slurp(home_ledger());
	assert_int_equal(before.len, after.len);
	assert_memory_equal(before.ptr, after.ptr, before.len);
	free(before.ptr);
	free(after.ptr);
}

static void newer_schema(void **state)
{
	(void)state;
	make_one();
	sql("PRAGMA user_version=4");
	refused_untouched(FM_E_LEDGER, "schema 4");
	sql("PRAGMA user_version=0");
	refused_untouched(FM_E_LEDGER, "no schema version");
}

static void foreign_database(void **state)
{
	(void)state;
	make_one();
	sql("PRAGMA application_id=1");
	refused_untouched(FM_E_LEDGER, "another program");
}

static void overwrite(const char *of, off_t at, const char *bytes, size_t len)
{
	int fd = open(of, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), len);
	close(fd);
}

static void damaged(void **state)
{
	static const char junk[4096] = { 'j', 'u', 'n', 'k' };

	(void)state;
	make_one();
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	overwrite(home_ledger(), 0, junk, 100);
	refused_untouched(FM_E_LEDGER, "damaged");
	assert_int_equal(truncate(home_ledger(), 0), 0);
	refused_untouched(FM_E_LEDGER, "damaged");
	overwrite(home_ledger(), 0,
		  "not a database at all, but long enough to be looked at as one", 60);
	refused_untouched(FM_E_LEDGER, "damaged");
}

static void cut_short(void **state)
{
	(void)state;
	make_one();
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(truncate(home_ledger(), 3 * 4096), 0);
	refused_untouched(FM_E_LEDGER, "damaged");
}

/* Every page but the first in turn: either it is found at opening, or the ledger is
 * used and says what it finds, and nothing worse. */
static void damaged_pages(void **state)
{
	static char junk[4096];
	struct bytes good;
	struct shop s;

	(void)state;
	make_one();
	sql("PRAGMA wal_checkpoint(TRUNCATE)");
	good = slurp(home_ledger());
	memset(junk, 0xa5, sizeof(junk));
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	for (size_t page = 1; page < good.len / sizeof(junk); page++) {
		struct fm_ledger *ledger = NULL;
		enum fm_code rc;

		overwrite(home_ledger(), (off_t)(page * sizeof(junk)), junk,
			  sizeof(junk));
		rc = try_open(&ledger, false);
		if (!rc) {
			new_payment(&s);
			rc = reserve(&s, ledger);
		}
		assert_true(rc == FM_OK || rc == FM_E_LEDGER);
		fm_ledger_close(&ledger);
		home_remove(home_dir());
		assert_int_equal(mkdir(home_dir(), 0700), 0);
		int fd = open(home_ledger(), O_CREAT | O_WRONLY, 0600);
		assert_int_equal(write(fd, good.ptr, good.len), good.len);
		close(fd);
	}
	free(good.ptr);
	shop_close(&s);
}

static void gone(void **state)
{
	struct fm_ledger *ledger = NULL;

	(void)state;
	make_one();
	assert_int_equal(unlink(home_ledger()), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_LEDGER);
	assert_non_null(strstr(err.msg, "missing"));
	assert_int_equal(try_open(&ledger, true), FM_E_LEDGER);
	assert_int_equal(access(home_ledger(), F_OK), -1);
	unlink(home_file("ledger.head"));
	assert_int_equal(try_open(&ledger, false), FM_E_LEDGER);
	assert_non_null(strstr(err.msg, "ledger.db-wal"));
	unlink(home_file("ledger.db-wal"));
	ledger = open_ledger();
	fm_ledger_close(&ledger);
}

static void read_only(void **state)
{
	struct fm_ledger *ledger = NULL;
	struct fm_payment found;
	struct shop s;
	bool there;

	(void)state;
	assert_int_equal(try_open(&ledger, true), FM_OK);
	assert_null(ledger);
	assert_int_equal(access(home_dir(), F_OK), -1);
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	make_one();
	assert_int_equal(try_open(&ledger, true), FM_OK);
	assert_non_null(ledger);
	assert_int_equal(used(&s, ledger, 0), 10 * CENT);
	assert_int_equal(fm_ledger_find(&found, &there, ledger, "pay_", &err), FM_OK);
	assert_false(there);
	assert_int_equal(reserve(&s, ledger), FM_E_INTERNAL);
	shop_close(&s);
	fm_ledger_close(&ledger);
}

static void unfinished_creation(void **state)
{
	struct fm_ledger *ledger;
	int fd;

	(void)state;
	assert_int_equal(mkdir(home_dir(), 0700), 0);
	fd = open(home_file("ledger.db.new"), O_CREAT | O_WRONLY, 0644);
	assert_int_equal(write(fd, "half", 4), 4);
	close(fd);
	ledger = open_ledger();
	fm_ledger_close(&ledger);
	assert_int_equal(access(home_file("ledger.db.new"), F_OK), -1);
	assert_int_equal(mode_of(home_ledger()), 0600);
}

/* All at once: one makes it, the others find it. */
static void created_once(void **state)
{
	int status;

	(void)state;
	for (int i = 0; i < 6; i++) {
		if (fork() == 0) {
			struct fm_ledger *ledger = NULL;

			_exit(try_open(&ledger, false) == FM_OK ? 0 : 1);
		}
	}
	for (int i = 0; i < 6; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/* ---- the journal ---- */

static void chain_verifies(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct shop s;

	(void)state;
	shop_open(&s, PIN_LIMITS(DAY_LIMIT));
	pay(&s, ledger, 1);
	must_sign(&s, ledger);
	assert_int_equal(fm_ledger_sent(ledger, &s.payment, &err), FM_OK);
	s.payment.state = FM_PAY_PAID;
	assert_int_equal(fm_ledger_outcome(ledger, &s.payment, &err), FM_OK);
	pay(&s, ledger, 1);
	assert_int_equal(fm_ledger_release(ledger, &s.payment, &err), FM_OK);
	assert_int_equal(fm_pin_set(ledger, "seller", "k\"ey", fm_span_of("v"), &err),
			 FM_OK);
	shop_close(&s);
	fm_ledger_close(&ledger);
	assert_int_equal(home_journal(), 8);
	sql("UPDATE journal SET body = replace(body, 'paid', 'said') WHERE seq = 5");
	assert_int_equal(home_journal(), -5);
}

static void newest_records_cut(void **state)
{
	struct fm_ledger *ledger = NULL;

	(void)state;
	make_one();
	sql("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)");
	refused_untouched(FM_E_LEDGER, "older than it was");
	/* The way on, for somebody who knows why. */
	assert_non_null(strstr(err.hint, "--adopt-ledger"));
	unlink(home_file("ledger.head"));
	ledger = open_ledger();
	fm_ledger_close(&ledger);
}

static void older_copy(void **state)
{
	struct fm_ledger *ledger = open_ledger();
	struct bytes old;
	int fd;

	(void)state;
	fm_ledger_close(&ledger);
	old = slurp(home_ledger());
	make_one();
	unlink(home_file("ledger.db-wal"));
	unlink(home_file("ledger.db-shm"));
	fd = open(home_ledger(), O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, old.ptr, old.len), old.len);
	close(fd);
	refused_untouched(FM_E_LEDGER, "older than it was");
	free(old.ptr);
}

static void damaged_head(void **state)
{
	struct fm_ledger *ledger = NULL;

	(void)state;
	make_one();
	assert_int_equal(truncate(home_file("ledger.head"), 50), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_LEDGER);
	assert_non_null(strstr(err.msg, "ledger.head"));
	assert_int_equal(truncate(home_file("ledger.head"), 5000), 0);
	assert_int_equal(try_open(&ledger, false), FM_E_LEDGER);
}

/* A long life does not grow the WAL, nor what opening costs. One commit each: then nobody
 * writes it from its start again by the way. */
static void wal_stays_short(void **state)
{
	struct shop s;
	struct stat st;

	(void)state;
	shop_open(&s, PIN_LIMITS("{\"amount\":\"1usdc\"}"));
	for (int i = 0; i < 40; i++) {
		struct fm_ledger *ledger = open_ledger();

		new_payment(&s);
		must_reserve(&s, ledger);
		fm_ledger_close(&ledger);
	}
	assert_int_equal(stat(home_file("ledger.db-wal"), &st), 0);
	assert_in_range(st.st_size, 0, 200 * 4120);
	shop_close(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(holds_a_limit),
		TEST(rate_counts_every_asset),
		TEST(sellers_and_tasks_apart),
		TEST(routes_apart),
		TEST(utc_day),
		TEST(rolling_edges),
		TEST(any_window),
		TEST(clock_set_back),
		TEST(released_is_given_back),
		TEST(signed_counts_for_good),
		TEST(largest_amounts),
		TEST(keys),
		TEST(released_keys_are_free),
		TEST(one_authority_once),
		TEST(steps_in_order),
		TEST(newest_first),
		TEST(pins),
		TEST(killed_before_signing),
		TEST(killed_leaks_no_budget),
		TEST(killed_after_signing),
		TEST(living_owner),
		TEST(race),
		TEST(stuck_process),
		TEST(disk_full),
		TEST(modes),
		TEST(links),
		TEST(newer_schema),
		TEST(foreign_database),
		TEST(damaged),
		TEST(cut_short),
		TEST(damaged_pages),
		TEST(gone),
		TEST(read_only),
		TEST(unfinished_creation),
		TEST(created_once),
		TEST(chain_verifies),
		TEST(newest_records_cut),
		TEST(older_copy),
		TEST(damaged_head),
		TEST(wal_stays_short),
	};

	if (fm_init(NULL) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
