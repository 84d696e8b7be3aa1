/* SPDX-License-Identifier: MIT */
/* What the ledger knows of a seller, and what limits by network, category and wallet count. */
#include <fourmica/network.h>
#include <fourmica/policy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ledger_home.h>

#define SELLER "https://api.example.com"
#define MINUTE INT64_C(60000)

static struct fm_err err;
static struct fm_ledger *ledger;

static int set_up(void **state)
{
	struct fm_ledger_options options = { .clock = &home_clock,
					     .rand = &fm_system_rand };

	fm_err_init(&err);
	if (home_set_up(state))
		return -1;
	options.path = home_ledger();
	return fm_ledger_open(&ledger, &options, &err) ? -1 : 0;
}

static int tear_down(void **state)
{
	fm_ledger_close(&ledger);
	return home_tear_down(state);
}

/* One payment, as far as it got. */
struct deal {
	const char *origin, *route;
	uint64_t chain_id, amount;
	const char *category;
	uint8_t payer;
	enum fm_pay_state state;
	const char *evidence;
};

static struct fm_ask ask_of(const struct deal *deal)
{
	return (struct fm_ask){
		.chain_id = deal->chain_id,
		.asset = fm_asset_by_symbol(deal->chain_id, "USDC"),
		.amount = fm_u256_from_u64(deal->amount),
		.scheme = "4mica-credit",
		.origin = deal->origin,
		.route = deal->route,
		.task = "",
		.category = deal->category ? deal->category : "",
		.payer = { { deal->payer } },
	};
}

static void make(const struct deal *deal)
{
	static uint8_t serial;
	struct fm_ask ask = ask_of(deal);
	struct fm_payment found = { 0 }, p = { .chain_id = deal->chain_id };
	enum fm_reserve what;

	p.asset = ask.asset->address;
	p.amount = ask.amount;
	p.payer = ask.payer;
	p.identity.b[0] = ++serial;
	p.req_id = fm_u256_from_u64(serial);
	p.route = strdup(deal->route);
	p.header = strdup("aGVhZGVy");
	snprintf(p.scheme, sizeof(p.scheme), "4mica-credit");
	snprintf(p.origin, sizeof(p.origin), "%s", deal->origin);
	snprintf(p.method, sizeof(p.method), "GET");
	snprintf(p.category, sizeof(p.category), "%s", ask.category);
	if (fm_ledger_reserve(&what, &found, ledger, &p, &ask, NULL, 0, &err) ||
	    what != FM_RESERVE_NEW)
		fail_msg("reserve: %s", err.msg);
	if (deal->state != FM_PAY_RESERVED)
		assert_int_equal(fm_ledger_signed(ledger, &p, &err), FM_OK);
	p.state = deal->state;
	snprintf(p.evidence, sizeof(p.evidence), "%s",
		 deal->evidence ? deal->evidence : "");
	if (deal->state > FM_PAY_SIGNED)
		assert_int_equal(fm_ledger_outcome(ledger, &p, &err), FM_OK);
	fm_payment_clear(&p);
	fm_payment_clear(&found);
}

static struct fm_history history(const char *origin, const char *route, uint64_t chain_id)
{
	const struct deal deal = { .origin = origin,
				   .route = route,
				   .chain_id = chain_id };
	struct fm_ask ask = ask_of(&deal);
	struct fm_history out;

	memset(&out, 0xff, sizeof(out));
	if (fm_ledger_history(&out, ledger, &ask, &err))
		fail_msg("history: %s", err.msg);
	return out;
}

static void nothing_yet(void **state)
{
	struct fm_history h = history(SELLER, "/a", 84532);

	(void)state;
	assert_false(h.paid || h.priced);
	assert_int_equal(h.failures, 0);
	/* What is under way, and what is in doubt, is not paid. */
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_RESERVED, NULL });
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_SIGNED, NULL });
	h = history(SELLER, "/a", 84532);
	assert_false(h.paid || h.priced);
	assert_int_equal(h.failures, 0);
}

static void prices(void **state)
{
	struct fm_history h;

	(void)state;
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_PAID, "verified" });
	make(&(struct deal){ SELLER, "/a", 84532, 7, NULL, 2, FM_PAY_PAID, "verified" });
	make(&(struct deal){ SELLER, "/a", 84532, 9, NULL, 1, FM_PAY_REFUSED, NULL });
	make(&(struct deal){ SELLER, "/b", 84532, 11, NULL, 1, FM_PAY_PAID, NULL });
	make(&(struct deal){ SELLER, "/a", 8453, 13, NULL, 1, FM_PAY_PAID, NULL });
	make(&(struct deal){ "https://b.example", "/a", 84532, 15, NULL, 1, FM_PAY_PAID,
			     NULL });
	h = history(SELLER, "/a", 84532);
	assert_true(h.paid && h.priced);
	assert_int_equal(h.last_price.w[0], 7);
	h = history(SELLER, "/c", 84532);
	assert_true(h.paid);
	assert_false(h.priced);
	assert_int_equal(history(SELLER, "/a", 8453).last_price.w[0], 13);
	assert_false(history("https://c.example", "/a", 84532).paid);
	/* Whoever has no origin has no history. */
	make(&(struct deal){ "", "", 84532, 15, NULL, 1, FM_PAY_PAID, NULL });
	assert_false(history("", "", 84532).paid);
}

static void failures(void **state)
{
	(void)state;
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_REFUSED, NULL });
	make(&(struct deal){ SELLER, "/b", 8453, 5, NULL, 1, FM_PAY_IN_DOUBT, NULL });
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_RESOLVED,
			     "marked_unused" });
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_SIGNED, NULL });
	make(&(struct deal){ "https://b.example", "/a", 84532, 5, NULL, 1, FM_PAY_REFUSED,
			     NULL });
	assert_int_equal(history(SELLER, "/z", 84532).failures, 3);
	/* One that went through ends the row, found out at once or later. */
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_RESOLVED,
			     "marked_paid" });
	assert_int_equal(history(SELLER, "/a", 84532).failures, 0);
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_REFUSED, NULL });
	assert_int_equal(history(SELLER, "/a", 84532).failures, 1);
	make(&(struct deal){ SELLER, "/a", 84532, 5, NULL, 1, FM_PAY_PAID, "verified" });
	assert_int_equal(history(SELLER, "/a", 84532).failures, 0);
}

static void pin(const char *key)
{
	assert_int_equal(fm_pin_set(ledger, "seller", key, fm_span_of("0x"), &err),
			 FM_OK);
}

static void resembles(const char *origin, const char *expected)
{
	char out[FM_ORIGIN_MAX] = "x";

	assert_int_equal(fm_ledger_resembles(out, ledger, origin, &err), FM_OK);
	assert_string_equal(out, expected);
}

static void pinned_sellers(void **state)
{
	(void)state;
	resembles("https://api.examp1e.com", "");
	pin(SELLER " eip155:84532");
	pin("https://b.example eip155:84532");
	assert_int_equal(fm_pin_set(ledger, "trust", "https://c.example x",
				    fm_span_of("0x"), &err),
			 FM_OK);
	resembles("https://api.examp1e.com", SELLER);
	resembles("https://c-.example", "");
	resembles("http://api.example.com:8080", "");
	/* Pinned itself, also elsewhere, it is known. */
	pin("https://api.examp1e.com eip155:8453");
	resembles("https://api.examp1e.com", "");
}

static uint64_t used(const struct fm_policy *policy, const struct deal *deal,
		     const char *rule, bool count)
{
	struct fm_check checks[FM_CHECKS_MAX];
	struct fm_ask ask = ask_of(deal);
	size_t n = 0;

	fm_err_init(&err);
	if (fm_policy_judge(policy, &ask, checks, &n, &err) ||
	    fm_ledger_usage(ledger, checks, n, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < n; i++)
		if (strcmp(checks[i].rule, rule) == 0)
			return count ? checks[i].used_count : checks[i].used.w[0];
	fail_msg("no limit '%s'", rule);
	return 0;
}

static void what_is_counted(void **state)
{
	static const char text[] =
		"{\"version\":1,\"networks\":[\"base\",\"base-sepolia\"],\"limits\":["
		"{\"name\":\"rate\",\"network\":\"base\",\"count\":30,\"window\":\"1h\"},"
		"{\"name\":\"all\",\"count\":30,\"window\":\"1h\"},"
		"{\"name\":\"ads\",\"category\":\"ads\",\"amount\":\"9usdc\",\"window\":\"1d\"},"
		"{\"name\":\"each\",\"per\":\"category\",\"amount\":\"3usdc\"},"
		"{\"name\":\"wallet\",\"per\":\"wallet\",\"amount\":\"4usdc\",\"window\":"
		"\"1d\"}]}";
	struct deal deal = { SELLER, "/a", 8453, 5, "ads", 1, FM_PAY_PAID, NULL };
	struct fm_policy *policy = NULL;

	(void)state;
	assert_int_equal(fm_policy_parse(&policy, fm_span_of(text), "p", &err), FM_OK);
	make(&deal);
	deal.payer = 2;
	make(&deal);
	deal.category = "food";
	make(&deal);
	deal.chain_id = 84532;
	make(&deal);
	deal.chain_id = 8453;
	assert_int_equal(used(policy, &deal, "rate", true), 3);
	assert_int_equal(used(policy, &deal, "all", true), 4);
	assert_int_equal(used(policy, &deal, "each", false), 5);
	assert_int_equal(used(policy, &deal, "wallet", false), 10);
	deal.category = "ads";
	assert_int_equal(used(policy, &deal, "ads", false), 10);
	assert_int_equal(used(policy, &deal, "each", false), 10);
	deal.payer = 1;
	assert_int_equal(used(policy, &deal, "wallet", false), 5);
	home_now += 61 * MINUTE;
	assert_int_equal(used(policy, &deal, "rate", true), 0);
	fm_policy_free(&policy);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_yet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(prices, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pinned_sellers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_counted, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
