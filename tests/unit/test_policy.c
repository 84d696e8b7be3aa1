/* SPDX-License-Identifier: MIT */
#include <fourmica/network.h>
#include <fourmica/policy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BASE_SEPOLIA 84532
#define BASE 8453
#define SELLER "https://api.example.com"
#define PAYEE "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
#define OTHER "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"

static struct fm_err err;
static struct fm_check checks[FM_CHECKS_MAX];
static size_t check_count;

static struct fm_policy *parse(const char *text)
{
	struct fm_policy *policy = NULL;

	fm_err_init(&err);
	if (fm_policy_parse(&policy, fm_span_of(text), "policy.json", &err) != FM_OK)
		fail_msg("%s: %s", text, err.msg);
	return policy;
}

static struct fm_addr address(const char *text)
{
	struct fm_addr addr;

	assert_true(fm_addr_parse(&addr, NULL, fm_span_of(text)));
	return addr;
}

/* `units` millionths of the symbol on Base Sepolia, to a seller nobody pinned. */
static struct fm_ask ask_for(const char *symbol, uint64_t units)
{
	return (struct fm_ask){
		.chain_id = BASE_SEPOLIA,
		.asset = fm_asset_by_symbol(BASE_SEPOLIA, symbol),
		.amount = fm_u256_from_u64(units),
		.pay_to = address(PAYEE),
		.scheme = "4mica-credit",
		.origin = SELLER,
		.route = "/v1/data",
		.task = "",
	};
}

static enum fm_verdict judge(const struct fm_policy *policy, const struct fm_ask *ask)
{
	fm_err_init(&err);
	return fm_policy_judge(policy, ask, checks, &check_count, &err);
}

static void refused(const struct fm_policy *policy, const struct fm_ask *ask,
		    enum fm_code code, const char *rule, const char *says)
{
	if (judge(policy, ask) != (code == FM_E_APPROVAL ? FM_APPROVE : FM_REFUSE))
		fail_msg("not refused by %s: %s", rule, err.msg);
	assert_int_equal(err.code, code);
	assert_string_equal(err.rule, rule);
	if (!strstr(err.msg, says))
		fail_msg("'%s' does not say '%s'", err.msg, says);
	assert_true(*err.hint);
}

static void judge_text(const char *text, const struct fm_ask *ask, enum fm_code code,
		       const char *rule, const char *says)
{
	struct fm_policy *policy = parse(text);

	if (code)
		refused(policy, ask, code, rule, says);
	else if (judge(policy, ask) != FM_ALLOW)
		fail_msg("%s: %s", text, err.msg);
	fm_policy_free(&policy);
}

static void builtin_rules(void **state)
{
	struct fm_ask ask = ask_for("USDC", 100000);
	struct fm_policy *policy = NULL;

	(void)state;
	assert_int_equal(fm_policy_builtin(&policy, &err), FM_OK);
	assert_true(fm_policy_is_builtin(policy));
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 1);
	assert_string_equal(checks[0].rule, "day");
	assert_int_equal(checks[0].window_s, 86400);
	assert_false(checks[0].utc_day);
	assert_true(checks[0].has_amount);
	assert_false(checks[0].has_count);
	assert_int_equal(checks[0].cap.w[0], 1000000);
	ask.amount = fm_u256_from_u64(100001);
	refused(policy, &ask, FM_E_OVER_LIMIT, "request",
		"0.100001 USDC is above 'request': 0.1 USDC");
	ask = ask_for("ETH", 1);
	refused(policy, &ask, FM_E_ASSET, "limits", "ETH");
	ask = ask_for("USDC", 1);
	ask.asset = NULL;
	refused(policy, &ask, FM_E_ASSET, "assets", "eip155:84532");
	/* A network of value, and one nobody knows. */
	ask = ask_for("USDC", 1);
	ask.chain_id = BASE;
	ask.asset = fm_asset_by_symbol(BASE, "USDC");
	refused(policy, &ask, FM_E_UNSUPPORTED, "networks", "Base");
	ask.chain_id = 99999;
	refused(policy, &ask, FM_E_UNSUPPORTED, "networks", "99999");
	assert_true(fm_policy_allows_chain(policy, BASE_SEPOLIA));
	assert_false(fm_policy_allows_chain(policy, BASE));
	assert_int_equal(fm_policy_evidence(policy, SELLER), FM_EVIDENCE_CERTIFICATE);
	assert_int_equal(fm_policy_max_window(policy), 0);
	fm_policy_free(&policy);
	assert_null(policy);
	fm_policy_free(&policy);
}

static void hash_is_of_the_bytes(void **state)
{
	static const char text[] = "{\"version\":1}", spaced[] = "{\"version\": 1}";
	struct fm_policy *a = parse(text), *b = parse(spaced);
	struct fm_hash got, other, expected;

	(void)state;
	fm_policy_hash(&got, a);
	fm_policy_hash(&other, b);
	fm_sha256(&expected, text, strlen(text));
	assert_true(fm_hash_equal(&got, &expected));
	assert_false(fm_hash_equal(&got, &other));
	assert_false(fm_policy_is_builtin(a));
	fm_policy_free(&a);
	fm_policy_free(&b);
}

#define PIN "\"new_sellers\":\"pin\","
#define ASK "\"new_sellers\":\"ask\","
#define REQUEST "{\"name\":\"request\",\"amount\":\"0.10usdc\"}"
#define LIMITS "\"limits\":[" REQUEST "]"
#define V1 "{\"version\":1,"

static void networks_and_schemes(void **state)
{
	struct fm_ask ask = ask_for("USDC", 1);

	(void)state;
	judge_text(V1 PIN LIMITS "}", &ask, FM_OK, "", "");
	judge_text(V1 PIN LIMITS ",\"networks\":[\"eip155:84532\"]}", &ask, FM_OK, "",
		   "");
	judge_text(V1 PIN LIMITS ",\"networks\":[\"base-sepolia\"]}", &ask, FM_OK, "",
		   "");
	judge_text(V1 PIN LIMITS ",\"networks\":[\"eip155:1\",\"base\"]}", &ask,
		   FM_E_UNSUPPORTED, "networks", "eip155:84532 (Base Sepolia)");
	judge_text(V1 PIN LIMITS ",\"networks\":[]}", &ask, FM_E_UNSUPPORTED, "networks",
		   "eip155:84532");
	judge_text(V1 PIN LIMITS ",\"schemes\":[\"4mica-credit\"]}", &ask, FM_OK, "", "");
	judge_text(V1 PIN LIMITS ",\"schemes\":[\"exact\"]}", &ask, FM_E_UNSUPPORTED,
		   "schemes", "4mica-credit");
	judge_text(V1 PIN LIMITS ",\"schemes\":[]}", &ask, FM_E_UNSUPPORTED, "schemes",
		   "'schemes'");
	ask.chain_id = BASE;
	ask.asset = fm_asset_by_symbol(BASE, "USDC");
	judge_text(V1 PIN LIMITS "}", &ask, FM_E_UNSUPPORTED, "networks", "Base");
	judge_text(V1 PIN LIMITS ",\"networks\":[\"eip155:8453\"]}", &ask, FM_OK, "", "");
}

static void assets_need_a_limit(void **state)
{
	static const struct fm_asset tether = { .chain_id = BASE_SEPOLIA,
						.address = { { 9 } },
						.decimals = 6,
						.symbol = "MYUSD" };
	struct fm_ask ask = ask_for("USDC", 1);

	(void)state;
	judge_text(V1 PIN "\"limits\":[]}", &ask, FM_E_ASSET, "limits", "USDC");
	judge_text(V1 PIN "\"limits\":[{\"amount\":\"1eth\"}]}", &ask, FM_E_ASSET,
		   "limits", "USDC");
	/* A count names no asset. A task's limit does not hold for a payment without
	 * one. */
	judge_text(V1 PIN "\"limits\":[{\"count\":5,\"window\":\"1m\"}]}", &ask,
		   FM_E_ASSET, "limits", "USDC");
	judge_text(V1 PIN "\"limits\":[{\"amount\":\"1usdc\",\"per\":\"task\"}]}", &ask,
		   FM_E_ASSET, "limits", "USDC");
	ask.task = "t";
	judge_text(V1 PIN "\"limits\":[{\"amount\":\"1usdc\",\"per\":\"task\"}]}", &ask,
		   FM_OK, "", "");
	judge_text(V1 PIN "\"limits\":[{\"amount\":\"1USDC\",\"window\":\"1d\"}]}", &ask,
		   FM_OK, "", "");
	/* A token of the user's own configuration, by its symbol. */
	ask.asset = &tether;
	judge_text(V1 PIN LIMITS "}", &ask, FM_E_ASSET, "limits", "MYUSD");
	judge_text(V1 PIN "\"limits\":[{\"amount\":\"1myusd\"}]}", &ask, FM_OK, "", "");
	/* ... whose places are known only now. */
	judge_text(V1 PIN
		   "\"limits\":[{\"name\":\"fine\",\"amount\":\"0.0000001myusd\"}]}",
		   &ask, FM_E_CONFIG, "fine", "limit 'fine'");
}

static void sellers(void **state)
{
	static const char pinned[] =
		V1 ASK LIMITS ",\"sellers\":{\"" SELLER "\":{\"pay_to\":[\"" PAYEE
			      "\"],\"note\":\"ours\"}}}";
	static const char listed[] = V1 ASK LIMITS ",\"sellers\":{\"" SELLER "\":{}}}";
	struct fm_ask ask = ask_for("USDC", 1);

	(void)state;
	judge_text(V1 LIMITS "}", &ask, FM_OK, "", "");
	judge_text(V1 ASK LIMITS "}", &ask, FM_E_APPROVAL, "new_sellers", SELLER);
	judge_text(V1 ASK LIMITS "}", &ask, FM_E_APPROVAL, "new_sellers", PAYEE);
	judge_text(V1 LIMITS ",\"new_sellers\":\"pin\"}", &ask, FM_OK, "", "");
	judge_text(V1 LIMITS ",\"new_sellers\":\"refuse\"}", &ask, FM_E_BLOCKED,
		   "new_sellers", SELLER);
	judge_text(pinned, &ask, FM_OK, "", "");
	judge_text(listed, &ask, FM_OK, "", "");
	ask.pin_known = true;
	ask.pin = address(PAYEE);
	judge_text(V1 LIMITS ",\"new_sellers\":\"refuse\"}", &ask, FM_OK, "", "");
	ask.pin = address(OTHER);
	judge_text(V1 LIMITS ",\"new_sellers\":\"pin\"}", &ask, FM_E_SELLER, "pin",
		   OTHER);
	judge_text(listed, &ask, FM_E_SELLER, "pin", PAYEE);
	/* The policy's own word is newer than any pin. */
	judge_text(pinned, &ask, FM_OK, "", "");
	ask.pay_to = address(OTHER);
	judge_text(pinned, &ask, FM_E_SELLER, "pay_to", PAYEE);
	ask.origin = "https://api.example.com:8443";
	ask.pin_known = false;
	judge_text(pinned, &ask, FM_E_APPROVAL, "new_sellers", "8443");
	/* Without an origin the recipient speaks for the seller. */
	ask.origin = "";
	judge_text(pinned, &ask, FM_E_APPROVAL, "new_sellers", OTHER);
	ask.pay_to = address(PAYEE);
	judge_text(pinned, &ask, FM_OK, "", "");
}

static void blocked(void **state)
{
	struct fm_ask ask = ask_for("USDC", 1);

	(void)state;
	judge_text(V1 PIN LIMITS ",\"blocked\":[\"https://evil.example\"]}", &ask, FM_OK,
		   "", "");
	ask.origin = "https://evil.example";
	judge_text(V1 PIN LIMITS ",\"blocked\":[\"https://evil.example\"]}", &ask,
		   FM_E_BLOCKED, "blocked", "https://evil.example");
	/* Before anything else that might be said. */
	ask.asset = NULL;
	ask.chain_id = 5;
	judge_text(V1 PIN LIMITS ",\"blocked\":[\"https://evil.example\"]}", &ask,
		   FM_E_BLOCKED, "blocked", "https://evil.example");
}

/* The nearest limit for one payment holds; those over a window hold together. */
static void levels(void **state)
{
	static const char text[] = V1 PIN
		"\"limits\":[" REQUEST ",{\"name\":\"day\",\"amount\":\"5usdc\","
		"\"window\":\"1d\"}],\"sellers\":{\"" SELLER "\":{\"limits\":["
		"{\"amount\":\"0.50usdc\"},{\"amount\":\"2usdc\",\"window\":\"1h\"}],"
		"\"routes\":{\"/heavy\":{\"limits\":[{\"amount\":\"1usdc\"},"
		"{\"name\":\"calls\",\"count\":3,\"window\":\"1m\"}]}}}}}";
	struct fm_policy *policy = parse(text);
	struct fm_ask ask = ask_for("USDC", 500000);

	(void)state;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 2);
	assert_string_equal(checks[0].rule, "day");
	assert_string_equal(checks[1].rule, "seller limit 2");
	assert_string_not_equal(checks[0].key, checks[1].key);
	ask.amount = fm_u256_from_u64(500001);
	refused(policy, &ask, FM_E_OVER_LIMIT, "seller limit 1", "0.5 USDC");
	ask.route = "/heavy";
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 3);
	assert_string_equal(checks[2].rule, "calls");
	ask.amount = fm_u256_from_u64(1000001);
	refused(policy, &ask, FM_E_OVER_LIMIT, "route limit 1", "1 USDC");
	ask.origin = "https://b.example";
	ask.amount = fm_u256_from_u64(100001);
	refused(policy, &ask, FM_E_OVER_LIMIT, "request", "0.1 USDC");
	fm_policy_free(&policy);
}

static void keys(void **state)
{
	static const char text[] = V1 PIN
		"\"limits\":[{\"name\":\"s\",\"amount\":\"1usdc\",\"window\":\"1h\","
		"\"per\":\"seller\"},{\"name\":\"t\",\"amount\":\"2usdc\",\"per\":\"task\"},"
		"{\"name\":\"rate\",\"count\":60,\"window\":\"1m\"},{\"name\":\"d\","
		"\"amount\":\"1usdc\",\"count\":3,\"window\":\"utc-day\"}]}";
	struct fm_policy *policy = parse(text);
	struct fm_ask ask = ask_for("USDC", 1);

	(void)state;
	ask.task = "nightly";
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 4);
	assert_string_equal(checks[0].key,
			    "eip155:84532/0x036cbd53842c5426634e7929541ec2318f3dcf7e "
			    "seller https://api.example.com");
	assert_string_equal(checks[1].key,
			    "eip155:84532/0x036cbd53842c5426634e7929541ec2318f3dcf7e "
			    "task nightly");
	assert_int_equal(checks[1].window_s, 0);
	assert_string_equal(checks[2].key, "* all");
	assert_true(checks[2].has_count && !checks[2].has_amount);
	assert_int_equal(checks[2].cap_count, 60);
	assert_true(checks[3].utc_day && checks[3].has_count && checks[3].has_amount);
	ask.task = "";
	ask.origin = "";
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 3);
	assert_non_null(strstr(checks[0].key,
			       "seller 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"));
	fm_policy_free(&policy);
}

static void cap(const char *text, struct fm_policy *policy)
{
	struct fm_quantity quantity;

	assert_int_equal(fm_quantity_parse(&quantity, text, &err), FM_OK);
	assert_int_equal(fm_policy_cap(policy, "--max-amount", &quantity, &err), FM_OK);
}

static void caps_only_tighten(void **state)
{
	struct fm_policy *policy = parse(V1 PIN LIMITS "}");
	struct fm_ask ask = ask_for("USDC", 50001);

	(void)state;
	cap("1usdc", policy);
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	cap("0.05usdc", policy);
	refused(policy, &ask, FM_E_OVER_LIMIT, "--max-amount",
		"0.050001 USDC is above '--max-amount': 0.05 USDC");
	cap("50000base", policy);
	ask.amount = fm_u256_from_u64(50000);
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	cap("1eth", policy);
	refused(policy, &ask, FM_E_ASSET, "--max-amount", "1eth");
	ask.amount = fm_u256_from_u64(100001);
	refused(policy, &ask, FM_E_OVER_LIMIT, "request", "'request'");
	fm_policy_free(&policy);
}

/* ---- money that is no payment ---- */

/* As the engine asks: there is no seller, no scheme, no task. */
static struct fm_ask move_of(enum fm_money of, const char *symbol, uint64_t units)
{
	return (struct fm_ask){
		.of = of,
		.chain_id = BASE_SEPOLIA,
		.asset = fm_asset_by_symbol(BASE_SEPOLIA, symbol),
		.amount = fm_u256_from_u64(units),
	};
}

#define OF_DEPOSIT "\"of\":\"deposit\","

static void each_kind_its_limits(void **state)
{
	static const char text[] = V1
		"\"limits\":[" REQUEST ",{\"of\":\"payment\",\"name\":\"day\","
		"\"amount\":\"1usdc\",\"window\":\"1d\"},"
		"{" OF_DEPOSIT "\"amount\":\"50usdc\"},"
		"{" OF_DEPOSIT "\"name\":\"dd\",\"amount\":\"80usdc\",\"window\":\"1d\"},"
		"{" OF_DEPOSIT "\"count\":3,\"window\":\"1h\"},"
		"{\"of\":\"clearing\",\"amount\":\"7usdc\",\"window\":\"utc-day\"}],"
		"\"new_sellers\":\"pin\",\"schemes\":[\"exact\"],\"max_window\":\"1s\"}";
	struct fm_policy *policy = parse(text);
	struct fm_ask ask = move_of(FM_MONEY_DEPOSIT, "USDC", 50000000);

	(void)state;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 2);
	assert_string_equal(checks[0].rule, "dd");
	assert_string_equal(checks[0].key,
			    "eip155:84532/0x036cbd53842c5426634e7929541ec2318f3dcf7e "
			    "deposit");
	assert_int_equal(checks[0].window_s, 86400);
	assert_int_equal(checks[0].cap.w[0], 80000000);
	assert_string_equal(checks[1].rule, "deposit limit 5");
	assert_string_equal(checks[1].key, "* deposit");
	checks[0].used.w[0] = 30000001;
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_REFUSE);
	assert_string_equal(err.rule, "dd");
	checks[0].used.w[0] = 30000000;
	checks[1].used_count = 3;
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_REFUSE);
	assert_non_null(strstr(err.msg, "one deposit more"));
	ask.amount.w[0]++;
	refused(policy, &ask, FM_E_OVER_LIMIT, "deposit limit 3", "50 USDC");
	ask = move_of(FM_MONEY_CLEARING, "USDC", 50000001);
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 1);
	assert_string_equal(checks[0].rule, "clearing limit 6");
	assert_non_null(strstr(checks[0].key, " clearing"));
	assert_true(checks[0].utc_day);
	ask = ask_for("USDC", 100000);
	ask.scheme = "exact";
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 1);
	assert_string_equal(checks[0].rule, "day");
	fm_policy_free(&policy);
}

/* A limit of deposits allows no payment, and one of payments no less a deposit. */
static void which_assets(void **state)
{
	static const char payments[] = V1 LIMITS "}";
	static const char deposits[] =
		V1 "\"limits\":[{" OF_DEPOSIT "\"amount\":\"1usdc\"}]}";
	static const char counted[] =
		V1 "\"limits\":[{" OF_DEPOSIT "\"count\":1,\"window\":\"1d\"}]}";
	static const char foreign[] =
		V1 "\"limits\":[{" OF_DEPOSIT "\"amount\":\"1xyz\"}]}";
	static const struct fm_asset own = { .chain_id = BASE_SEPOLIA,
					     .address = { { 7 } },
					     .decimals = 6,
					     .symbol = "XYZ" };
	struct fm_ask ask = move_of(FM_MONEY_DEPOSIT, "ETH", 1);

	(void)state;
	judge_text(payments, &ask, FM_OK, "", "");
	judge_text(counted, &ask, FM_OK, "", "");
	judge_text(deposits, &ask, FM_E_ASSET, "limits",
		   "no deposit limit of the policy");
	/* Of deposits, not of net debits. */
	ask.of = FM_MONEY_CLEARING;
	judge_text(deposits, &ask, FM_OK, "", "");
	ask = move_of(FM_MONEY_DEPOSIT, "USDC", 1);
	judge_text(deposits, &ask, FM_OK, "", "");
	/* A token that no table has may be on any network. */
	judge_text(foreign, &ask, FM_E_ASSET, "limits", "USDC");
	ask.asset = &own;
	judge_text(foreign, &ask, FM_OK, "", "");
	judge_text(deposits, &ask, FM_E_ASSET, "limits", "XYZ");
	ask.asset = NULL;
	judge_text(payments, &ask, FM_E_ASSET, "assets", "eip155:84532");
	ask = ask_for("USDC", 1);
	judge_text(deposits, &ask, FM_E_ASSET, "limits", "no limit of the policy");
}

static void where_money_goes(void **state)
{
	struct fm_ask ask = move_of(FM_MONEY_DEPOSIT, "USDC", 1);
	struct fm_policy *policy = NULL;

	(void)state;
	assert_int_equal(fm_policy_builtin(&policy, &err), FM_OK);
	memset(&ask.amount, 0xff, sizeof(ask.amount));
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 0);
	ask.chain_id = BASE;
	ask.asset = fm_asset_by_symbol(BASE, "USDC");
	refused(policy, &ask, FM_E_UNSUPPORTED, "networks", "Base");
	fm_policy_free(&policy);
	ask.amount = fm_u256_from_u64(1);
	judge_text(V1 LIMITS "}", &ask, FM_E_UNSUPPORTED, "networks", "Base");
	judge_text(V1 "\"networks\":[\"eip155:8453\"]}", &ask, FM_OK, "", "");
	ask.of = FM_MONEY_CLEARING;
	judge_text(V1 "\"networks\":[\"eip155:8453\"]}", &ask, FM_OK, "", "");
	judge_text(V1 "\"networks\":[\"eip155:84532\"]}", &ask, FM_E_UNSUPPORTED,
		   "networks", "Base");
}

/* Nor do they name deposits: a cap says what a price may be. */
static void caps_are_for_payments(void **state)
{
	struct fm_policy *policy = parse(V1 PIN LIMITS "}");
	struct fm_ask ask = { .of = FM_MONEY_DEPOSIT, .chain_id = BASE_SEPOLIA };

	(void)state;
	cap("0.05usdc", policy);
	ask.asset = fm_asset_by_symbol(BASE_SEPOLIA, "USDC");
	ask.amount = fm_u256_from_u64(50001);
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	ask.of = FM_MONEY_CLEARING;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	ask.asset = fm_asset_by_symbol(BASE_SEPOLIA, "ETH");
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	fm_policy_free(&policy);
}

static void max_window_and_evidence(void **state)
{
	static const char text[] = V1 PIN LIMITS
		",\"max_window\":\"10m\",\"evidence\":\"receipt\","
		"\"sellers\":{\"" SELLER "\":{\"evidence\":\"certificate\"}}}";
	struct fm_policy *policy = parse(text);
	struct fm_ask ask = ask_for("USDC", 1);

	(void)state;
	assert_int_equal(fm_policy_max_window(policy), 600);
	assert_int_equal(fm_policy_evidence(policy, SELLER), FM_EVIDENCE_CERTIFICATE);
	assert_int_equal(fm_policy_evidence(policy, "https://b.example"),
			 FM_EVIDENCE_RECEIPT);
	ask.window_s = 600;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	ask.window_s = 601;
	refused(policy, &ask, FM_E_OVER_LIMIT, "max_window", "601");
	ask.window_s = 0;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	fm_policy_free(&policy);
}

/* 78 digits: the largest amount there is. */
static void huge_amounts(void **state)
{
	static const struct fm_asset whole = { .chain_id = BASE_SEPOLIA,
					       .symbol = "BIG" };
	static const char text[] = V1 PIN
		"\"limits\":[{\"amount\":\"115792089237316195423570985008687907853269984665640"
		"564039457584007913129639935big\",\"window\":\"1d\"}]}";
	struct fm_ask ask = ask_for("USDC", 1);
	struct fm_u256 max;
	struct fm_policy *policy = parse(text);

	(void)state;
	memset(&max, 0xff, sizeof(max));
	ask.asset = &whole;
	ask.amount = max;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(fm_u256_cmp(&checks[0].cap, &max), 0);
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_ALLOW);
	/* One more than fits into 256 bits is over, not small again. */
	checks[0].used = fm_u256_from_u64(1);
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_REFUSE);
	assert_int_equal(err.code, FM_E_BUDGET);
	fm_policy_free(&policy);
}

static void totals(void **state)
{
	struct fm_policy *policy =
		parse(V1 PIN "\"limits\":[{\"name\":\"day\",\"amount\":\"5usdc\","
			     "\"window\":\"1d\"},{\"name\":\"rate\",\"count\":60,"
			     "\"window\":\"90s\"}]}");
	struct fm_ask ask = ask_for("USDC", 1000000);

	(void)state;
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	checks[0].used = fm_u256_from_u64(4000000);
	checks[1].used_count = 59;
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_ALLOW);
	checks[0].used = fm_u256_from_u64(4000001);
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_REFUSE);
	assert_int_equal(err.code, FM_E_BUDGET);
	assert_string_equal(err.rule, "day");
	assert_string_equal(
		err.msg, "1 USDC more is above 'day': 5 USDC, of which 4.000001 USDC is "
			 "used (the last 1d)");
	assert_true(*err.hint);
	checks[0].used = fm_u256_from_u64(0);
	checks[1].used_count = 60;
	assert_int_equal(fm_policy_totals(&ask, checks, check_count, &err), FM_REFUSE);
	assert_string_equal(err.rule, "rate");
	assert_non_null(strstr(err.msg, "60, of which 60 are used (the last 90s)"));
	fm_policy_free(&policy);
}

/* ---- files that are refused: where, and with which words ---- */

struct bad {
	const char *text, *place, *says;
};

/* clang-format off */
static const struct bad bads[] = {
	{ "", "", "JSON, line 1, column 1" },
	{ "[]", "1:1", "the policy must be an object" },
	{ "{}", "1:1", "'version' is missing" },
	{ "{\"version\":2}", "1:12", "'version' must be 1" },
	{ "{\"version\":\"1\"}", "1:12", "'version' must be 1" },
	{ "{\"version\":1.0}", "1:12", "'version' must be 1" },
	{ "{\"version\":1,}", "", "line 1, column 14" },
	{ "{\"version\":1}x", "", "line 1, column 14" },
	{ "{\"version\":1,\"version\":1}", "", "given twice" },
	{ "{\n  \"version\": 1,\n  \"limts\": []\n}", "3:3", "no member 'limts'" },
	{ "{\"version\":1,\"\\u006eetworks \":[]}", "1:14", "no member '\\" },
	/* when a person is asked */
	{ "{\"version\":1,\"approve_above\":0.5}", "1:30", "'approve_above' must be a text" },
	{ "{\"version\":1,\"approve_above\":\"0.5\"}", "1:30", "needs a unit" },
	{ "{\"version\":1,\"approve_above\":\"5base\"}", "1:30", "must name an asset" },
	{ "{\"version\":1,\"approve_above\":[]}", "1:30", "a list of 1 to 16" },
	{ "{\"version\":1,\"approve_above\":[\"1usdc\",\"1eth\",\"2USDC\"]}", "1:46",
	  "names usdc a second time" },
	{ "{\"version\":1,\"approve_above\":[[\"1usdc\"]]}", "1:31", "must be a text" },
	{ "{\"version\":1,\"first_payment\":\"0.1234567usdc\"}", "1:30", "more places" },
	{ "{\"version\":1,\"first_payment\":null}", "1:30", "'first_payment' must be a text" },
	{ "{\"version\":1,\"price_rise\":\"20\"}", "1:27", "'price_rise' must be a text" },
	{ "{\"version\":1,\"price_rise\":20}", "1:27", "such as \"20%\"" },
	{ "{\"version\":1,\"price_rise\":\"%\"}", "1:27", "'price_rise'" },
	{ "{\"version\":1,\"price_rise\":\"-5%\"}", "1:27", "'price_rise'" },
	{ "{\"version\":1,\"price_rise\":\"1.234%\"}", "1:27", "'price_rise'" },
	{ "{\"version\":1,\"price_rise\":\"1000000.01%\"}", "1:27", "'price_rise'" },
	{ "{\"version\":1,\"stop_after_failures\":0}", "1:36", "from 1 to 1000" },
	{ "{\"version\":1,\"stop_after_failures\":1001}", "1:36", "from 1 to 1000" },
	{ "{\"version\":1,\"stop_after_failures\":\"5\"}", "1:36", "from 1 to 1000" },
	/* categories */
	{ "{\"version\":1,\"categories\":[]}", "1:27", "must be an object" },
	{ "{\"version\":1,\"categories\":{\"\":{}}}", "1:28", "a category is a text" },
	{ "{\"version\":1,\"categories\":{\"a\\u0007\":{}}}", "1:28", "a category is a text" },
	{ "{\"version\":1,\"categories\":{\"a\":[]}}", "1:32", "a category must be an object" },
	{ "{\"version\":1,\"categories\":{\"a\":{\"approve\":\"always\"}}}", "1:43",
	  "'approve' must be true or false" },
	{ "{\"version\":1,\"categories\":{\"a\":{\"aprove\":true}}}", "1:33", "no member 'aprove'" },
	{ "{\"version\":1,\"categories\":{\"a\":{\"limits\":[{\"amount\":\"1usdc\",\"per\":"
	  "\"task\"}]}}}",
	  "1:67", "'per' has no place in a category's own limits" },
	{ "{\"version\":1,\"categories\":{\"a\":{\"limits\":[{\"category\":\"b\"}]}}}", "1:55",
	  "'category' has no place" },
	{ "{\"version\":1,\"categories\":{\"a\":{\"limits\":[{\"of\":\"deposit\"}]}}}", "1:49",
	  "deposits and clearing payments have no category" },
	{ "{\"version\":1,\"limits\":[{\"category\":\"\",\"amount\":\"1usdc\"}]}", "1:36",
	  "a category is a text" },
	{ "{\"version\":1,\"limits\":[{\"category\":\"a\",\"amount\":\"1usdc\",\"window\":\"1d\","
	  "\"per\":\"seller\"}]}",
	  "1:36", "over all sellers" },
	{ "{\"version\":1,\"limits\":[{\"category\":\"a\",\"amount\":\"1usdc\",\"of\":\"deposit\"}"
	  "]}",
	  "1:36", "'category' is for limits of payments" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"limits\":[{\"amount\":\"1usdc\","
	  "\"category\":\"a\",\"window\":\"1d\"}]}}}",
	  "1:91", "over all sellers" },
	{ "{\"version\":1,\"limits\":[{\"network\":\"nowhere\",\"amount\":\"1usdc\"}]}", "1:35",
	  "unknown network 'nowhere'" },
	{ "{\"version\":1,\"limits\":[{\"network\":[],\"amount\":\"1usdc\"}]}", "1:35",
	  "a network is a text" },
	/* guarantees of version 2, raw signing */
	{ "{\"version\":1,\"v2\":[]}", "1:19", "'v2' must be an object" },
	{ "{\"version\":1,\"v2\":{}}", "1:19", "'v2' needs 'registries'" },
	{ "{\"version\":1,\"v2\":{\"registries\":\"" PAYEE "\"}}", "1:33", "must be a list" },
	{ "{\"version\":1,\"v2\":{\"registries\":[\"0x1\"]}}", "1:34", "0x1" },
	{ "{\"version\":1,\"v2\":{\"registries\":[],\"validators\":[1]}}", "1:50", "an address is" },
	{ "{\"version\":1,\"v2\":{\"registries\":[],\"min_score\":0}}", "1:48", "from 1 to 100" },
	{ "{\"version\":1,\"v2\":{\"registries\":[],\"min_score\":101}}", "1:48", "from 1 to 100" },
	{ "{\"version\":1,\"v2\":{\"registry\":[]}}", "1:20", "no member 'registry'" },
	{ "{\"version\":1,\"sign\":true}", "1:21", "'sign' must be" },
	{ "{\"version\":1,\"sign\":\"all\"}", "1:21", "'sign' must be" },
	{ "{\"version\":1,\"limits\":[{\"of\":\"fees\",\"amount\":\"1usdc\"}]}", "1:30",
	  "'of' must be \"payment\", \"deposit\" or \"clearing\"" },
	{ "{\"version\":1,\"limits\":[{\"of\":1,\"amount\":\"1usdc\"}]}", "1:30", "'of' must be" },
	{ "{\"version\":1,\"limits\":[{\"of\":\"deposit\",\"amount\":\"1usdc\",\"window\":\"1d\","
	  "\"per\":\"seller\"}]}",
	  "1:77", "'per' is for limits of payments" },
	{ "{\"version\":1,\"limits\":[{\"per\":\"task\",\"of\":\"clearing\",\"amount\":\"1usdc\"}]}",
	  "1:31", "'per' is for limits of payments" },
	{ "{\"version\":1,\"limits\":[{\"of\":\"deposit\",\"count\":3}]}", "1:24",
	  "'count' needs a 'window'" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER
	  "\":{\"limits\":[{\"of\":\"deposit\",\"amount\":\"1usdc\"}]}}}",
	  "1:68", "deposits and clearing payments have no seller" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"routes\":{\"/a\":{\"limits\":[{\"amount\":"
	  "\"1usdc\",\"of\":\"clearing\"}]}}}}}",
	  "1:101", "deposits and clearing payments have no seller" },
	/* words */
	{ "{\"version\":1,\"new_sellers\":\"allow\"}", "1:28", "'new_sellers' must be" },
	{ "{\"version\":1,\"evidence\":\"none\"}", "1:25", "'evidence' must be" },
	{ "{\"version\":1,\"note\":1}", "1:21", "'note' must be a text" },
	{ "{\"version\":1,\"max_window\":\"10 m\"}", "1:27", "length of time" },
	{ "{\"version\":1,\"max_window\":600}", "1:27", "length of time" },
	{ "{\"version\":1,\"max_window\":\"0s\"}", "1:27", "from 1s to 366d" },
	{ "{\"version\":1,\"max_window\":\"367d\"}", "1:27", "from 1s to 366d" },
	{ "{\"version\":1,\"networks\":\"base\"}", "1:25", "must be a list" },
	{ "{\"version\":1,\"networks\":[\"base-sepolita\"]}", "1:26", "unknown network" },
	{ "{\"version\":1,\"networks\":[84532]}", "1:26", "a network is a text" },
	{ "{\"version\":1,\"networks\":[null]}", "1:26", "a network is a text" },
	{ "{\"version\":1,\"schemes\":[\"exakt\"]}", "1:25", "unknown payment scheme" },
	{ "{\"version\":1,\"schemes\":\"exact\"}", "1:24", "'schemes' must be a list" },
	/* limits */
	{ "{\"version\":1,\"limits\":{}}", "1:23", "must be a list" },
	{ "{\"version\":1,\"limits\":[1]}", "1:24", "a limit must be an object" },
	{ "{\"version\":1,\"limits\":[{}]}", "1:24", "needs 'amount' or 'count'" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"0.10\"}]}", "1:34", "needs a unit" },
	{ "{\"version\":1,\"limits\":[{\"amount\":0.10}]}", "1:34", "'amount' must be a text" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"-1usdc\"}]}", "1:34", "not an amount" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"1 usdc\"}]}", "1:34", "not an amount" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"100base\"}]}", "1:34", "must name an asset" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"0.1234567usdc\"}]}", "1:34", "more places" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"1usdc\",\"window\":\"day\"}]}", "1:51",
	  "length of time" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"1usdc\",\"per\":\"sellers\"}]}", "1:48",
	  "'per' must be" },
	{ "{\"version\":1,\"limits\":[{\"count\":60}]}", "1:24", "'count' needs a 'window'" },
	{ "{\"version\":1,\"limits\":[{\"count\":\"60\",\"window\":\"1m\"}]}", "1:33",
	  "'count' must be a whole number" },
	{ "{\"version\":1,\"limits\":[{\"count\":-1,\"window\":\"1m\"}]}", "1:33",
	  "'count' must be a whole number" },
	{ "{\"version\":1,\"limits\":[{\"name\":\"request\",\"amount\":\"1usdc\",\"window\":"
	  "\"1d\"}]}",
	  "1:24", "is for one payment" },
	{ "{\"version\":1,\"limits\":[{\"name\":\"\",\"amount\":\"1usdc\"}]}", "1:32", "'name'" },
	{ "{\"version\":1,\"limits\":[{\"name\":\"a\\nb\",\"amount\":\"1usdc\"}]}", "1:32",
	  "'name'" },
	{ "{\"version\":1,\"limits\":[\n{\"name\":\"a\",\"amount\":\"1usdc\"},\n{\"name\":\"a\","
	  "\"amount\":\"2usdc\"}]}",
	  "3:1", "a second limit named 'a'" },
	{ "{\"version\":1,\"limits\":[{\"amount\":\"1usdc\",\"windw\":\"1d\"}]}", "1:42",
	  "no member 'windw'" },
	/* sellers */
	{ "{\"version\":1,\"sellers\":[]}", "1:24", "must be an object" },
	{ "{\"version\":1,\"sellers\":{\"api.example.com\":{}}}", "1:25", "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://API.example.com\":{}}}", "1:25", "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://api.example.com/\":{}}}", "1:25", "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://api.example.com:443\":{}}}", "1:25",
	  "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"http://api.example.com:80\":{}}}", "1:25",
	  "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://api.example.com:\":{}}}", "1:25", "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://u@api.example.com\":{}}}", "1:25",
	  "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://api.example.com:65536\":{}}}", "1:25",
	  "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"https://\":{}}}", "1:25", "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"ftp://a.example\":{}}}", "1:25", "as its origin" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":[]}}", "1:51", "a seller must be an object" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":\"" PAYEE "\"}}}", "1:61",
	  "must be a list" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":[]}}}", "1:61", "names nobody" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":[\"0x12\"]}}}", "1:62", "0x12" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER
	  "\":{\"pay_to\":[\"0x7E5F4552091A69125d5DfCb7b8C2659029395bdf\"]}}}",
	  "1:62", "0x7E5F" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER
	  "\":{\"limits\":[{\"amount\":\"1usdc\",\"per\":\"task\"}]}}}",
	  "1:86", "'per' has no place" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"routes\":{\"heavy\":{}}}}}", "1:62",
	  "a route is a path" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"routes\":{\"/a?b\":{}}}}}", "1:62",
	  "a route is a path" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"payto\":[]}}}", "1:52",
	  "no member 'payto'" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"first_payment\":\"1\"}}}", "1:68",
	  "needs a unit" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"routes\":{\"/a\":{\"first_payment\":"
	  "\"1usdc\"}}}}}",
	  "1:68", "a route has no member 'first_payment'" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":{}}}}", "1:61", "names nobody" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":{\"base\":[]}}}}", "1:69",
	  "names nobody" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":{\"bse\":[\"" PAYEE "\"]}}}}",
	  "1:62", "unknown network 'bse'" },
	{ "{\"version\":1,\"sellers\":{\"" SELLER "\":{\"pay_to\":{\"base\":\"" PAYEE "\"}}}}",
	  "1:69", "must be a list" },
	{ "{\"version\":1,\"blocked\":\"https://evil.example\"}", "1:24", "must be a list" },
	{ "{\"version\":1,\"blocked\":[\"evil.example\"]}", "1:25", "as its origin" },
	{ "{\"version\":1,\"blocked\":[\"https://evil.example/x\"]}", "1:25", "as its origin" },
};
/* clang-format on */

static void bad_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct fm_policy *policy = NULL;
		char start[64];

		fm_err_init(&err);
		snprintf(start, sizeof(start), "policy.json:%s%s", bads[i].place,
			 *bads[i].place ? ": " : " ");
		if (fm_policy_parse(&policy, fm_span_of(bads[i].text), "policy.json",
				    &err) != FM_E_CONFIG ||
		    err.code != FM_E_CONFIG || policy)
			fail_msg("accepted: %s", bads[i].text);
		if (strncmp(err.msg, start, strlen(start)) != 0 ||
		    !strstr(err.msg, bads[i].says))
			fail_msg("%s\nsays: %s\nnot: %s... %s", bads[i].text, err.msg,
				 start, bads[i].says);
	}
}

static void suggestions(void **state)
{
	/* clang-format off */
	static const char *const cases[][2] = {
		{ "{\"version\":1,\"limts\":[]}", "did you mean 'limits'?" },
		{ "{\"version\":1,\"network\":[]}", "did you mean 'networks'?" },
		{ "{\"version\":1,\"new_seller\":\"pin\"}", "did you mean 'new_sellers'?" },
		{ "{\"version\":1,\"limits\":[{\"amout\":\"1usdc\"}]}", "did you mean 'amount'?" },
		{ "{\"version\":1,\"colour\":1}", "" },
		{ "{\"version\":1,\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}", "" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_policy *policy = NULL;

		fm_err_init(&err);
		assert_int_equal(fm_policy_parse(&policy, fm_span_of(cases[i][0]),
						 "policy.json", &err),
				 FM_E_CONFIG);
		assert_string_equal(err.hint, cases[i][1]);
	}
}

/* What the format's description shows. */
static void a_whole_file(void **state)
{
	static const char text[] =
		"{ \"version\": 1,\n"
		"  \"networks\": [\"eip155:84532\"], \"schemes\": [\"4mica-credit\", \"exact\"],\n"
		"  \"new_sellers\": \"ask\", \"max_window\": \"10m\", \"evidence\": \"certificate\",\n"
		"  \"approve_above\": \"0.50usdc\", \"first_payment\": \"0.50usdc\",\n"
		"  \"price_rise\": \"20%\", \"stop_after_failures\": 5,\n"
		"  \"v2\": { \"registries\": [\"" PAYEE
		"\"], \"validators\": [], \"min_score\": 80 },\n"
		"  \"limits\": [ { \"name\": \"request\", \"amount\": \"0.10usdc\" },\n"
		"    { \"name\": \"day\", \"amount\": \"5usdc\", \"window\": \"1d\", \"note\": \"x\" },\n"
		"    { \"name\": \"per seller\", \"amount\": \"1usdc\", \"window\": \"1h\",\n"
		"      \"per\": \"seller\" },\n"
		"    { \"name\": \"task\", \"amount\": \"2usdc\", \"per\": \"task\" },\n"
		"    { \"name\": \"rate\", \"count\": 60, \"window\": \"1m\" } ],\n"
		"  \"sellers\": { \"" SELLER "\": { \"pay_to\": [\"" PAYEE "\"],\n"
		"    \"limits\": [ { \"amount\": \"0.50usdc\" } ],\n"
		"    \"routes\": { \"/heavy\": { \"limits\": [ { \"amount\": \"1usdc\" } ] } } } },\n"
		"  \"blocked\": [\"https://evil.example\", \"http://[::1]:8402\"], \"note\": \"\" }\n";
	struct fm_ask ask = ask_for("USDC", 500000);
	struct fm_policy *policy = parse(text);

	(void)state;
	ask.task = "t";
	assert_int_equal(judge(policy, &ask), FM_ALLOW);
	assert_int_equal(check_count, 4);
	fm_policy_free(&policy);
}

static void too_large(void **state)
{
	struct fm_policy *policy = NULL;
	char *text = malloc(FM_POLICY_MAX + 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', FM_POLICY_MAX + 1);
	assert_int_equal(fm_policy_parse(&policy,
					 (struct fm_span){ text, FM_POLICY_MAX + 1 },
					 "policy.json", &err),
			 FM_E_CONFIG);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builtin_rules),
		cmocka_unit_test(hash_is_of_the_bytes),
		cmocka_unit_test(networks_and_schemes),
		cmocka_unit_test(assets_need_a_limit),
		cmocka_unit_test(sellers),
		cmocka_unit_test(blocked),
		cmocka_unit_test(levels),
		cmocka_unit_test(keys),
		cmocka_unit_test(caps_only_tighten),
		cmocka_unit_test(each_kind_its_limits),
		cmocka_unit_test(which_assets),
		cmocka_unit_test(where_money_goes),
		cmocka_unit_test(caps_are_for_payments),
		cmocka_unit_test(max_window_and_evidence),
		cmocka_unit_test(huge_amounts),
		cmocka_unit_test(totals),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(a_whole_file),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
