/* SPDX-License-Identifier: MIT */
/* When a person is asked, which guarantees are signed, what a category adds: each rule below, at
 * and above its edge. */
#include <fourmica/network.h>
#include <fourmica/policy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BASE_SEPOLIA 84532
#define BASE 8453
#define SELLER "https://api.example.com"
#define PAYEE "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
#define OTHER "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
#define START \
	"{\"version\":1,\"limits\":[{\"amount\":\"100usdc\"},{\"amount\":\"1eth\"}],"

static struct fm_err err;
static struct fm_check checks[FM_CHECKS_MAX];
static size_t check_count;

static struct fm_addr address(const char *text)
{
	struct fm_addr addr;

	assert_true(fm_addr_parse(&addr, NULL, fm_span_of(text)));
	return addr;
}

/* `units` millionths of a USDC on Base Sepolia, to a seller that was paid before. */
static struct fm_ask ask_for(uint64_t units)
{
	return (struct fm_ask){
		.chain_id = BASE_SEPOLIA,
		.asset = fm_asset_by_symbol(BASE_SEPOLIA, "USDC"),
		.amount = fm_u256_from_u64(units),
		.pay_to = address(PAYEE),
		.scheme = "4mica-credit",
		.origin = SELLER,
		.route = "/v1/data",
		.task = "",
		.category = "",
		.pin_known = true,
		.pin = address(PAYEE),
		.history = { .paid = true },
	};
}

static enum fm_verdict judge(const char *text, const struct fm_ask *ask)
{
	struct fm_policy *policy = NULL;
	enum fm_verdict verdict;

	fm_err_init(&err);
	if (fm_policy_parse(&policy, fm_span_of(text), "policy.json", &err) != FM_OK)
		fail_msg("%s: %s", text, err.msg);
	verdict = fm_policy_judge(policy, ask, checks, &check_count, &err);
	fm_policy_free(&policy);
	return verdict;
}

static void allowed(const char *text, const struct fm_ask *ask)
{
	if (judge(text, ask) != FM_ALLOW)
		fail_msg("%s: %s", text, err.msg);
	assert_int_equal(err.code, FM_OK);
}

static void says(const char *rule, const char *words)
{
	assert_string_equal(err.rule, rule);
	if (!strstr(err.msg, words))
		fail_msg("'%s' does not say '%s'", err.msg, words);
	assert_true(*err.hint);
}

/* A person is asked, and an approval is enough. */
static void asks(const char *text, const struct fm_ask *ask, const char *rule,
		 const char *words)
{
	struct fm_ask approved = *ask;

	if (judge(text, ask) != FM_APPROVE)
		fail_msg("%s: nobody is asked: %s", text, err.msg);
	assert_int_equal(err.code, FM_E_APPROVAL);
	says(rule, words);
	approved.approved = true;
	allowed(text, &approved);
}

/* No approval helps. */
static void refuses(const char *text, const struct fm_ask *ask, enum fm_code code,
		    const char *rule, const char *words)
{
	struct fm_ask approved = *ask;

	approved.approved = true;
	if (judge(text, &approved) != FM_REFUSE)
		fail_msg("%s: an approval helped: %s", text, err.msg);
	if (judge(text, ask) != FM_REFUSE)
		fail_msg("%s: not refused: %s", text, err.msg);
	assert_int_equal(err.code, code);
	says(rule, words);
}

static void approve_above(void **state)
{
	static const char text[] =
		START "\"approve_above\":[\"0.50usdc\",\"0.1eth\"],\"sellers\":{\"" SELLER
		      "\":{\"approve_above\":\"2usdc\",\"routes\":{\"/heavy\":{"
		      "\"approve_above\":\"3usdc\"}}}}}";
	struct fm_ask ask = ask_for(500000);

	(void)state;
	allowed(START "\"approve_above\":\"0.50usdc\"}", &ask);
	ask.amount.w[0]++;
	asks(START "\"approve_above\":\"0.50usdc\"}", &ask, "approve_above",
	     "0.500001 USDC is above 'approve_above': 0.5 USDC");
	/* Of another asset it says nothing. */
	allowed(START "\"approve_above\":\"0.50eth\"}", &ask);
	/* What is nearest holds, as far as it names the asset. */
	ask.amount = fm_u256_from_u64(2000000);
	allowed(text, &ask);
	ask.amount.w[0]++;
	asks(text, &ask, "approve_above", "2 USDC");
	ask.route = "/heavy";
	allowed(text, &ask);
	ask.amount = fm_u256_from_u64(3000001);
	asks(text, &ask, "approve_above", "3 USDC");
	ask = ask_for(0);
	ask.asset = fm_asset_by_symbol(BASE_SEPOLIA, "ETH");
	ask.amount = fm_u256_from_u64(100000000000000001);
	asks(text, &ask, "approve_above", "0.100000000000000001 ETH");
	/* Zero: every payment. */
	ask = ask_for(1);
	asks(START "\"approve_above\":\"0usdc\"}", &ask, "approve_above", "0 USDC");
	ask.amount.w[0] = 0;
	allowed(START "\"approve_above\":\"0usdc\"}", &ask);
}

static void first_payment(void **state)
{
	static const char text[] = START "\"first_payment\":\"0.05usdc\"}";
	struct fm_ask ask = ask_for(50001);

	(void)state;
	allowed(text, &ask);
	ask.history.paid = false;
	asks(text, &ask, "first_payment", "the seller was never paid before");
	ask.amount.w[0]--;
	allowed(text, &ask);
	ask.amount = fm_u256_from_u64(60001);
	allowed(START "\"first_payment\":\"0.05usdc\",\"sellers\":{\"" SELLER
		      "\":{\"first_payment\":[\"1usdc\"]}}}",
		&ask);
}

static void price_rise(void **state)
{
	static const char text[] = START "\"price_rise\":\"20%\"}";
	struct fm_ask ask = ask_for(12000);

	(void)state;
	/* Without an earlier price none has risen. */
	allowed(text, &ask);
	ask.history.priced = true;
	ask.history.last_price = fm_u256_from_u64(10000);
	allowed(text, &ask);
	ask.amount.w[0]++;
	asks(text, &ask, "price_rise",
	     "the price rose from 0.01 USDC to 0.012001 USDC, by more than 'price_rise': 20%");
	ask.amount = fm_u256_from_u64(1);
	allowed(text, &ask);
	/* Hundredths of a percent, without rounding: 3 + 12.5 % is 3.375. */
	ask.history.last_price = fm_u256_from_u64(3);
	ask.amount = fm_u256_from_u64(3);
	allowed(START "\"price_rise\":\"12.5%\"}", &ask);
	ask.amount.w[0]++;
	asks(START "\"price_rise\":\"33.33%\"}", &ask, "price_rise", "33.33%");
	allowed(START "\"price_rise\":\"33.34%\"}", &ask);
	/* From nothing every price is a rise, and 0% allows none. */
	ask.history.last_price = FM_U256_ZERO;
	asks(text, &ask, "price_rise", "from 0 USDC");
	ask.history.last_price = fm_u256_from_u64(4);
	allowed(START "\"price_rise\":\"0%\"}", &ask);
	ask.amount.w[0]++;
	asks(START "\"price_rise\":\"0%\"}", &ask, "price_rise", "0%");
	/* The nearest holds. */
	allowed(START "\"price_rise\":\"0%\",\"sellers\":{\"" SELLER
		      "\":{\"price_rise\":\"25%\"}}}",
		&ask);
}

/* Products beyond 256 bits compare as they are. */
static void price_rise_of_the_largest(void **state)
{
	static const struct fm_asset whole = { .chain_id = BASE_SEPOLIA,
					       .symbol = "BIG" };
	static const char text[] =
		"{\"version\":1,\"limits\":[{\"amount\":\"115792089237316195423570985008687907"
		"853269984665640564039457584007913129639935big\"}],\"price_rise\":\"0.01%\"}";
	struct fm_ask ask = ask_for(0);

	(void)state;
	ask.asset = &whole;
	memset(&ask.amount, 0xff, sizeof(ask.amount));
	ask.history.priced = true;
	ask.history.last_price = ask.amount;
	allowed(text, &ask);
	ask.history.last_price.w[3] >>= 1;
	asks(text, &ask, "price_rise", "0.01%");
	/* The least that is more than 1.0001 times: max / 10001 * 10000, rounded up, is not. */
	ask.history.last_price = ask.amount;
	fm_u256_divmod_u64(&ask.history.last_price, 10001);
	assert_true(
		fm_u256_mul_u64(&ask.history.last_price, &ask.history.last_price, 10000));
	asks(text, &ask, "price_rise", "0.01%");
	ask.history.last_price.w[0] += 10000;
	allowed(text, &ask);
}

static void stop_after_failures(void **state)
{
	static const char text[] = START "\"stop_after_failures\":5}";
	struct fm_ask ask = ask_for(1);

	(void)state;
	ask.history.failures = 4;
	allowed(text, &ask);
	ask.history.failures = 5;
	refuses(text, &ask, FM_E_BLOCKED, "stop_after_failures",
		"the last 5 payments to " SELLER
		" failed, and 'stop_after_failures' is 5");
	allowed(START "\"new_sellers\":\"pin\"}", &ask);
	allowed(START "\"stop_after_failures\":5,\"sellers\":{\"" SELLER
		      "\":{\"stop_after_failures\":6}}}",
		&ask);
	ask.history.failures = FM_FAILURES_MAX;
	refuses(START "\"stop_after_failures\":1000}", &ask, FM_E_BLOCKED,
		"stop_after_failures", "is 1000");
}

/* ---- categories ---- */

#define CATEGORIES                                                                     \
	START "\"categories\":{\"hosting\":{\"approve_above\":\"1usdc\",\"limits\":["  \
	      "{\"amount\":\"5usdc\"},{\"name\":\"hosting/day\",\"amount\":\"9usdc\"," \
	      "\"window\":\"1d\"}],\"note\":\"x\"},\"gifts\":{\"approve\":true},"      \
	      "\"data\":{\"approve\":false}}}"

static void categories(void **state)
{
	struct fm_ask ask = ask_for(5000001);

	(void)state;
	allowed(CATEGORIES, &ask);
	assert_int_equal(check_count, 0);
	ask.category = NULL;
	allowed(CATEGORIES, &ask);
	ask.category = "data";
	allowed(CATEGORIES, &ask);
	ask.category = "gifts";
	asks(CATEGORIES, &ask, "categories", "each payment of the category 'gifts'");
	ask.category = "hosting";
	refuses(CATEGORIES, &ask, FM_E_OVER_LIMIT, "category limit 1", "5 USDC");
	ask.amount.w[0]--;
	asks(CATEGORIES, &ask, "approve_above", "of the category 'hosting': 1 USDC");
	ask.amount = fm_u256_from_u64(1000000);
	allowed(CATEGORIES, &ask);
	assert_int_equal(check_count, 1);
	assert_string_equal(checks[0].rule, "hosting/day");
	assert_non_null(strstr(checks[0].key, " category hosting"));
}

/* Who pays says what for: a category allows nothing that is not allowed without it. */
static void categories_only_tighten(void **state)
{
	static const char text[] =
		"{\"version\":1,\"limits\":[{\"name\":\"request\",\"amount\":\"1usdc\"}],"
		"\"approve_above\":\"0.5usdc\",\"categories\":{\"big\":{\"approve_above\":"
		"\"9usdc\",\"limits\":[{\"amount\":\"9usdc\"}]}}}";
	struct fm_ask ask = ask_for(1000001);

	(void)state;
	ask.category = "big";
	refuses(text, &ask, FM_E_OVER_LIMIT, "request", "1 USDC");
	ask.amount = fm_u256_from_u64(500001);
	asks(text, &ask, "approve_above", "0.5 USDC");
}

static void limits_of_some(void **state)
{
	static const char text[] =
		"{\"version\":1,\"networks\":[\"base\",\"base-sepolia\"],\"limits\":["
		"{\"name\":\"here\",\"network\":\"base-sepolia\",\"amount\":\"1usdc\"},"
		"{\"name\":\"there\",\"network\":\"eip155:8453\",\"amount\":\"2usdc\"},"
		"{\"name\":\"rate\",\"network\":\"base\",\"count\":3,\"window\":\"1h\"},"
		"{\"name\":\"ads\",\"category\":\"ads\",\"amount\":\"0.5usdc\"},"
		"{\"name\":\"ads/day\",\"category\":\"ads\",\"count\":2,\"window\":\"1d\"},"
		"{\"name\":\"each\",\"per\":\"category\",\"amount\":\"3usdc\"},"
		"{\"name\":\"wallet\",\"per\":\"wallet\",\"amount\":\"4usdc\",\"window\":\"1d\"}]}";
	struct fm_ask ask = ask_for(1000001);

	(void)state;
	ask.payer = address(OTHER);
	refuses(text, &ask, FM_E_OVER_LIMIT, "here", "1 USDC");
	ask.amount.w[0]--;
	allowed(text, &ask);
	assert_int_equal(check_count, 1);
	assert_string_equal(checks[0].key,
			    "eip155:84532/0x036cbd53842c5426634e7929541ec2318f3dcf7e "
			    "wallet 0x2b5ad5c4795c026514f8317c7a215e218dccd6cf");
	ask.category = "ads";
	refuses(text, &ask, FM_E_OVER_LIMIT, "ads", "0.5 USDC");
	ask.amount = fm_u256_from_u64(500000);
	allowed(text, &ask);
	assert_int_equal(check_count, 3);
	assert_string_equal(checks[0].key, "* category ads");
	assert_string_equal(checks[1].rule, "each");
	assert_int_equal(checks[1].window_s, 0);
	assert_non_null(strstr(checks[1].key,
			       "/0x036cbd53842c5426634e7929541ec2318f3dcf7e "
			       "category ads"));
	ask.category = "";
	ask.chain_id = BASE;
	ask.asset = fm_asset_by_symbol(BASE, "USDC");
	ask.amount = fm_u256_from_u64(2000000);
	allowed(text, &ask);
	assert_int_equal(check_count, 2);
	assert_string_equal(checks[0].key, "eip155:8453/ all");
	ask.amount.w[0]++;
	refuses(text, &ask, FM_E_OVER_LIMIT, "there", "2 USDC");
}

/* ---- sellers ---- */

static void addresses_by_network(void **state)
{
	static const char text[] =
		START "\"networks\":[\"base\",\"base-sepolia\"],\"sellers\":{\"" SELLER
		      "\":{\"pay_to\":{\"base-sepolia\":[\"" PAYEE
		      "\"],\"note\":\"by phone\",\"eip155:8453\":[\"" OTHER "\"]}}}}";
	static const char one[] =
		START "\"networks\":[\"base\",\"base-sepolia\"],\"sellers\":{\"" SELLER
		      "\":{\"pay_to\":{\"base\":[\"" OTHER "\"]}}}}";
	struct fm_ask ask = ask_for(1);

	(void)state;
	allowed(text, &ask);
	ask.pay_to = address(OTHER);
	refuses(text, &ask, FM_E_SELLER, "pay_to", "the policy's 'pay_to' is " PAYEE);
	refuses(one, &ask, FM_E_SELLER, "pay_to", "has no address there");
	ask.chain_id = BASE;
	ask.asset = fm_asset_by_symbol(BASE, "USDC");
	allowed(text, &ask);
	ask.pay_to = address(PAYEE);
	refuses(text, &ask, FM_E_SELLER, "pay_to", OTHER);
}

static void lookalikes(void **state)
{
	static const char text[] = START "\"sellers\":{\"" SELLER "\":{}}}";
	static const char both[] =
		START "\"sellers\":{\"" SELLER "\":{},\"https://api.examp1e.com\":{}}}";
	struct fm_ask ask = ask_for(1);

	(void)state;
	ask.origin = "https://api.examp1e.com";
	ask.pin_known = false;
	refuses(text, &ask, FM_E_SELLER, "lookalike",
		"https://api.examp1e.com is not " SELLER);
	/* Also when it was paid before anybody named the real one. */
	ask.pin_known = true;
	refuses(text, &ask, FM_E_SELLER, "lookalike", "a known seller");
	allowed(both, &ask);
	/* The same host at another port is no other host. */
	ask.origin = SELLER ":8443";
	ask.pin_known = false;
	allowed(text, &ask);
	/* One the ledger has pinned. */
	ask.origin = "https://other.example";
	snprintf(ask.resembles, sizeof(ask.resembles), "https://0ther.example");
	refuses(text, &ask, FM_E_SELLER, "lookalike", "0ther");
}

static void plain_http(void **state)
{
	struct fm_ask ask = ask_for(1);

	(void)state;
	ask.origin = "http://api.example.com";
	asks(START "\"new_sellers\":\"pin\"}", &ask, "plain-http", "is plain http");
	asks(START "\"sellers\":{\"http://api.example.com\":{}}}", &ask, "plain-http",
	     "plain http");
	allowed(START "\"sellers\":{\"http://api.example.com\":{\"pay_to\":[\"" PAYEE
		      "\"]}}}",
		&ask);
	ask.origin = "http://127.0.0.1:8402";
	allowed(START "\"new_sellers\":\"pin\"}", &ask);
}

/* ---- guarantees of version 2 ---- */

#define REGISTRY "0x6813Eb9362372EEF6200f3b1dbC3f819671cBA69"

static void guarantees(void **state)
{
	static const char rules[] =
		START "\"networks\":[\"base\",\"base-sepolia\"],\"v2\":{"
		      "\"registries\":[\"" REGISTRY "\"],\"validators\":[\"" OTHER
		      "\"],\"min_score\":80}}";
	static const char any[] = START "\"v2\":{\"registries\":[\"" REGISTRY "\"]}}";
	static const char none[] = START "\"v2\":{\"registries\":[]}}";
	static const char silent[] = START "\"networks\":[\"base\",\"base-sepolia\"]}";
	struct fm_ask ask = ask_for(1);

	(void)state;
	allowed(none, &ask);
	ask.v2 = (struct fm_ask_v2){ .wanted = true,
				     .registry = address(REGISTRY),
				     .validator = address(OTHER),
				     .min_score = 80 };
	allowed(rules, &ask);
	allowed(any, &ask);
	allowed(silent, &ask);
	refuses(none, &ask, FM_E_UNSUPPORTED, "registries", REGISTRY);
	ask.v2.min_score = 79;
	allowed(any, &ask);
	refuses(rules, &ask, FM_E_UNSUPPORTED, "min_score",
		"a score of 79 on, which is below 'min_score': 80");
	ask.v2.min_score = 100;
	ask.v2.validator = address(PAYEE);
	allowed(any, &ask);
	refuses(rules, &ask, FM_E_UNSUPPORTED, "validators", PAYEE);
	ask.v2.registry = address(OTHER);
	refuses(any, &ask, FM_E_UNSUPPORTED, "registries", OTHER);
	/* Without a word about them there are none where it is about money. */
	ask.chain_id = BASE;
	ask.asset = fm_asset_by_symbol(BASE, "USDC");
	refuses(silent, &ask, FM_E_UNSUPPORTED, "v2", "eip155:8453");
	ask.v2.wanted = false;
	allowed(silent, &ask);
}

/* ---- together ---- */

static void every_reason_is_told(void **state)
{
	static const char text[] =
		START "\"new_sellers\":\"ask\",\"first_payment\":\"0.01usdc\","
		      "\"approve_above\":\"0.02usdc\",\"price_rise\":\"1%\","
		      "\"categories\":{\"gifts\":{\"approve\":true}}}";
	struct fm_ask ask = ask_for(90000);

	(void)state;
	ask.origin = "http://api.example.com";
	ask.pin_known = false;
	ask.history = (struct fm_history){ .priced = true };
	ask.category = "gifts";
	asks(text, &ask, "plain-http", "plain http");
	assert_int_equal(judge(text, &ask), FM_APPROVE);
	says("plain-http", "is a new seller");
	says("plain-http", "'first_payment'");
	says("plain-http", "'approve_above'");
	says("plain-http", "'price_rise'");
	says("plain-http", "'categories'");
	assert_true(strlen(err.msg) < sizeof(err.msg) - 1);
	/* What is refused anyway asks nobody. */
	ask.amount = fm_u256_from_u64(100000001);
	refuses(text, &ask, FM_E_OVER_LIMIT, "limit 1", "100 USDC");
}

static void raw_signing(void **state)
{
	static const struct {
		const char *text;
		bool any;
	} cases[] = {
		{"{\"version\":1}",			     false},
		{ "{\"version\":1,\"sign\":\"payments\"}", false},
		{ "{\"version\":1,\"sign\":\"any\"}",      true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_policy *policy = NULL;

		assert_int_equal(fm_policy_parse(&policy, fm_span_of(cases[i].text), "p",
						 &err),
				 FM_OK);
		assert_true(fm_policy_signs_any(policy) == cases[i].any);
		fm_policy_free(&policy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(approve_above),
		cmocka_unit_test(first_payment),
		cmocka_unit_test(price_rise),
		cmocka_unit_test(price_rise_of_the_largest),
		cmocka_unit_test(stop_after_failures),
		cmocka_unit_test(categories),
		cmocka_unit_test(categories_only_tighten),
		cmocka_unit_test(limits_of_some),
		cmocka_unit_test(addresses_by_network),
		cmocka_unit_test(lookalikes),
		cmocka_unit_test(plain_http),
		cmocka_unit_test(guarantees),
		cmocka_unit_test(every_reason_is_told),
		cmocka_unit_test(raw_signing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
