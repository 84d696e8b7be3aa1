/* SPDX-License-Identifier: MIT */
/* A policy against the accepted one. */
#include <fourmica/network.h>
#include <fourmica/policy.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
#define B "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
#define S "https://api.example.com"

static struct fm_err err;

static struct fm_policy *parse(const char *members)
{
	struct fm_policy *policy = NULL;
	char text[4096];

	fm_err_init(&err);
	snprintf(text, sizeof(text), "{\"version\":1%s%s}", *members ? "," : "", members);
	if (fm_policy_parse(&policy, fm_span_of(text), "policy.json", &err) != FM_OK)
		fail_msg("%s: %s", text, err.msg);
	return policy;
}

static bool looser(const char *now_text, const char *was_text)
{
	struct fm_policy *now = parse(now_text), *was = parse(was_text);
	bool yes;

	fm_err_init(&err);
	yes = fm_policy_looser(&err, now, was);
	fm_policy_free(&now);
	fm_policy_free(&was);
	return yes;
}

/* `more` allows what `less` does not, said with `says`; and not the other way round. */
struct pair {
	const char *less, *more, *says;
};

#define L(list) "\"limits\":[" list "]"
#define REQ "{\"name\":\"request\",\"amount\":\"0.10usdc\"}"
#define DAY "{\"name\":\"day\",\"amount\":\"1usdc\",\"window\":\"1d\"}"
#define BASE L(REQ "," DAY)
#define SELLERS(of) BASE ",\"sellers\":{\"" S "\":{" of "}}"
#define ROUTES(of) SELLERS("\"routes\":{\"/r\":{\"limits\":[" of "]}}")
#define V2(rest) ",\"v2\":{\"registries\":[\"" A "\"]" rest "}"
#define ASK ",\"new_sellers\":\"ask\""
#define REFUSE ",\"new_sellers\":\"refuse\""

/* clang-format off */
static const struct pair pairs[] = {
	{ "\"networks\":[]," BASE, "\"networks\":[\"eip155:84532\"]," BASE, "network eip155:84532" },
	{ BASE, "\"networks\":[\"eip155:84532\",\"eip155:8453\"]," BASE, "network eip155:8453" },
	{ "\"networks\":[]," BASE, BASE, "without 'networks', eip155:" },
	{ "\"schemes\":[\"exact\"]," BASE, "\"schemes\":[\"exact\",\"4mica-credit\"]," BASE, "scheme '4mica-credit'" },
	{ "\"schemes\":[\"exact\"]," BASE, BASE, "scheme '4mica-credit'" },
	{ L(REQ), L("{\"amount\":\"0.11usdc\"}"), "0.11usdc for one payment; accepted is 0.10usdc" },
	{ L(REQ), L("{\"amount\":\"0.1000001usdc\"}"), NULL },
	{ L(REQ), L("{\"amount\":\"00.2usdc\"}"), "00.2usdc" },
	{ L("{\"amount\":\"9usdc\"}"), L("{\"amount\":\"10usdc\"}"), "10usdc" },
	{ L("{\"amount\":\"9.99usdc\"}"), L("{\"amount\":\"10usdc\"}"), "10usdc" },
	{ BASE, L(DAY), "no limit for one payment; accepted is 'request' 0.10usdc" },
	{ BASE, L(REQ), "no limit as strict as the accepted 'day' 1usdc" },
	{ BASE, L(REQ ",{\"amount\":\"2usdc\",\"window\":\"1d\"}"), "'day' 1usdc" },
	{ BASE, L(REQ ",{\"amount\":\"1usdc\",\"window\":\"23h\"}"), "'day' 1usdc" },
	{ BASE, L(REQ ",{\"amount\":\"1usdc\",\"window\":\"utc-day\"}"), "'day' 1usdc" },
	{ BASE, L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"per\":\"seller\"}"), "'day' 1usdc" },
	{ BASE, L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"per\":\"task\"}"), "'day' 1usdc" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"per\":\"task\"}"), L(REQ ",{\"amount\":\"1usdc\",\"per\":\"task\",\"window\":\"9d\"}"), "at any seller, no limit as strict" },
	{ L(REQ ",{\"count\":5,\"window\":\"1m\"}"), L(REQ), "of 5 payments" },
	{ L(REQ ",{\"count\":5,\"window\":\"1m\"}"), L(REQ ",{\"count\":6,\"window\":\"1m\"}"), "of 5 payments" },
	{ L(REQ ",{\"count\":5,\"window\":\"1m\"}"), L(REQ ",{\"count\":5,\"amount\":\"9usdc\",\"window\":\"1m\"}"), "of 5 payments" },
	{ BASE, L(REQ "," DAY ",{\"amount\":\"1eurc\"}"), "amounts in eurc" },
	{ BASE, L(REQ "," DAY ",{\"amount\":\"1usdt\",\"window\":\"1d\"}"), "which no accepted limit names" },
	{ L(REQ ",{\"amount\":\"1usdt\",\"per\":\"task\"}"), L(REQ ",{\"amount\":\"1usdt\",\"per\":\"task\"},{\"amount\":\"1usdt\",\"window\":\"1d\"}"), "which no accepted limit names" },
	{ L(REQ ",{\"of\":\"deposit\",\"amount\":\"5usdc\"}"), L(REQ), "'deposit limit 2' 5usdc" },
	{ L(REQ ",{\"of\":\"deposit\",\"amount\":\"5usdc\"}"), L(REQ ",{\"of\":\"deposit\",\"amount\":\"6usdc\"}"), "6usdc" },
	{ L(REQ ",{\"of\":\"deposit\",\"amount\":\"5usdc\",\"window\":\"1d\"}"), L(REQ ",{\"amount\":\"5usdc\",\"window\":\"1d\"}"), "'deposit limit 2' 5usdc" },
	{ L(REQ ",{\"of\":\"deposit\",\"amount\":\"5usdc\"}"), L(REQ ",{\"of\":\"deposit\",\"amount\":\"5usdc\"},{\"of\":\"deposit\",\"amount\":\"5usdt\"}"), "which no accepted limit names" },
	{ SELLERS(""), SELLERS("\"limits\":[{\"amount\":\"0.20usdc\"}]"), "at " S ", 'seller limit 1' 0.20usdc" },
	{ SELLERS("\"limits\":[{\"amount\":\"0.05usdc\"}]"), SELLERS(""), "0.05usdc" },
	{ SELLERS("\"limits\":[{\"amount\":\"0.05usdc\"}]") ASK, BASE ASK, "0.05usdc" },
	{ SELLERS("\"limits\":[{\"amount\":\"0.5usdc\",\"window\":\"1h\"}]"), SELLERS(""), "0.5usdc" },
	{ SELLERS(""), SELLERS("\"limits\":[{\"amount\":\"1usdt\"}]"), "amounts in usdt" },
	{ SELLERS(""), ROUTES("{\"amount\":\"1usdc\"}"), "at " S "/r" },
	{ ROUTES("{\"amount\":\"0.01usdc\"}") ASK, BASE ASK, "0.01usdc" },
	{ ROUTES("{\"amount\":\"0.01usdc\"}"), SELLERS(""), "0.01usdc" },
	{ ROUTES("{\"amount\":\"0.2usdc\",\"window\":\"1d\"}"), SELLERS(""), "at " S "/r, no limit as strict as the accepted 'route limit 1' 0.2usdc" },
	{ SELLERS("\"pay_to\":[\"" A "\"]"), SELLERS("\"pay_to\":[\"" A "\",\"" B "\"]"), "may be paid at " B },
	{ SELLERS("\"pay_to\":[\"" A "\"]"), SELLERS("\"pay_to\":[\"" B "\"]"), "may be paid at " },
	{ SELLERS("\"pay_to\":[\"" A "\"]"), SELLERS(""), "'pay_to' is gone" },
	{ SELLERS("\"pay_to\":[\"" A "\"]"), BASE, "without 'sellers'" },
	{ BASE, SELLERS("\"pay_to\":[\"" A "\"]"), "is in 'sellers'" },
	{ BASE, SELLERS(""), "is in 'sellers'" },
	{ SELLERS(""), BASE, "without 'sellers'" },
	{ BASE ASK, SELLERS("") ASK, "no new seller" },
	{ BASE REFUSE, SELLERS("") REFUSE, "no new seller" },
	{ SELLERS("\"evidence\":\"certificate\""), SELLERS("\"evidence\":\"receipt\""), "\"receipt\" of " S },
	{ BASE, BASE ",\"evidence\":\"receipt\"", "'evidence' is \"receipt\"" },
	{ SELLERS("\"evidence\":\"certificate\"") ",\"evidence\":\"receipt\"" ASK, BASE ",\"evidence\":\"receipt\"" ASK, "\"receipt\" of " S },
	{ BASE ",\"blocked\":[\"https://a.example\"]", BASE, "https://a.example is not 'blocked' any more" },
	{ BASE ASK, BASE, "'new_sellers' is \"pin\"; accepted is \"ask\"" },
	{ BASE REFUSE, BASE ASK, "'new_sellers' is \"ask\"; accepted is \"refuse\"" },
	{ BASE ",\"max_window\":\"5m\"", BASE ",\"max_window\":\"10m\"", "'max_window' is 600 s; accepted is 300 s" },
	{ BASE ",\"max_window\":\"5m\"", BASE, "no 'max_window'; accepted is 300 s" },
	{ L(REQ), L(REQ ",{\"amount\":\"1usdt\",\"network\":\"base-sepolia\"}"), "amounts in usdt" },
	{ L("{\"amount\":\"1usdc\"},{\"amount\":\"1usdc\",\"network\":\"base-sepolia\"}"), L("{\"amount\":\"1usdc\"},{\"amount\":\"2usdc\",\"network\":\"base\"}"), NULL },
	{ L("{\"amount\":\"1usdc\"},{\"amount\":\"0.5usdc\",\"network\":\"base-sepolia\"}"), L("{\"amount\":\"1usdc\"}"), "1usdc for one payment; accepted is 0.5usdc" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\"}"), L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"network\":\"base-sepolia\"}"), "no limit as strict" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"category\":\"a\"}"), L(REQ), "no limit as strict" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\"}"), L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"category\":\"a\"}"), "no limit as strict" },
	{ L(REQ ",{\"amount\":\"0.01usdc\",\"category\":\"a\"}"), L(REQ), "0.01usdc" },
	{ L("{\"amount\":\"0.01usdc\",\"category\":\"a\"}"), L(REQ), "amounts in usdc" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"per\":\"wallet\",\"window\":\"1d\"}"), L(REQ), "no limit as strict" },
	{ BASE ",\"categories\":{\"a\":{\"limits\":[{\"amount\":\"0.05usdc\"}]}}", BASE, "0.05usdc" },
	{ BASE ",\"categories\":{\"a\":{\"limits\":[{\"amount\":\"0.5usdc\",\"window\":\"1d\"}]}}", BASE, "no limit as strict" },
	{ BASE ",\"categories\":{\"a\":{\"approve\":true}}", BASE, "'a' needs no yes any more" },
	{ BASE ",\"categories\":{\"a\":{\"approve\":true}}", BASE ",\"categories\":{\"a\":{\"approve_above\":\"0.01usdc\"}}", "'a' needs no yes any more" },
	{ BASE ",\"categories\":{\"a\":{\"approve_above\":\"0.01usdc\"}}", BASE ",\"categories\":{\"a\":{\"approve_above\":\"0.02usdc\"}}", "0.02usdc; accepted is 0.01usdc" },
	{ BASE ",\"categories\":{\"a\":{\"approve_above\":\"0.01usdc\"}}", BASE ",\"categories\":{\"a\":{}}", "no 'approve_above'" },
	{ BASE ",\"approve_above\":\"0.01usdc\"", BASE, "no 'approve_above'; accepted is 0.01usdc" },
	{ BASE ",\"approve_above\":[\"0.01usdc\",\"1usdt\"]", BASE ",\"approve_above\":\"0.01usdc\"", "accepted is 1usdt" },
	{ BASE ",\"approve_above\":\"0.01usdc\"", BASE ",\"approve_above\":\"0.02usdc\"", "'approve_above' 0.02usdc; accepted is 0.01usdc" },
	{ SELLERS("") ",\"approve_above\":\"0.01usdc\"", SELLERS("\"approve_above\":\"0.02usdc\"") ",\"approve_above\":\"0.01usdc\"", "at " S ", 'approve_above' 0.02usdc" },
	{ BASE ",\"first_payment\":\"0.01usdc\"", BASE ",\"first_payment\":\"0.02usdc\"", "'first_payment' 0.02usdc" },
	{ BASE ",\"price_rise\":\"20%\"", BASE ",\"price_rise\":\"20.5%\"", "'price_rise' 20.5%; accepted is 20%" },
	{ BASE ",\"price_rise\":\"20%\"", BASE, "no 'price_rise'; accepted is 20%" },
	{ BASE ",\"stop_after_failures\":3", BASE ",\"stop_after_failures\":4", "'stop_after_failures' 4; accepted is 3" },
	{ BASE ",\"stop_after_failures\":3", BASE, "no 'stop_after_failures'" },
	{ SELLERS("") ",\"stop_after_failures\":3", SELLERS("\"stop_after_failures\":9") ",\"stop_after_failures\":3", "at " S ", 'stop_after_failures' 9" },
	{ BASE, BASE ",\"sign\":\"any\"", "'sign' is \"any\"" },
	{ BASE V2(""), BASE, "no 'v2'" },
	{ BASE V2(""), BASE ",\"v2\":{\"registries\":[\"" A "\",\"" B "\"]}", "'v2': registry " B },
	{ BASE V2(",\"validators\":[\"" A "\"]"), BASE V2(""), "any validator" },
	{ BASE V2(",\"validators\":[\"" A "\"]"), BASE V2(",\"validators\":[\"" A "\",\"" B "\"]"), "validator " B },
	{ BASE V2(",\"min_score\":80"), BASE V2(",\"min_score\":79"), "'min_score' 79; accepted is 80" },
	{ "\"networks\":[\"base\"]," BASE, "\"networks\":[\"base\"]," BASE V2(""), "'v2', where only test networks" },
	{ SELLERS("\"pay_to\":{\"base-sepolia\":[\"" A "\"]}"), SELLERS("\"pay_to\":[\"" A "\"]"), "may be paid at " A },
};

/* Both can be something the other is not. */
static const struct pair different[] = {
	{ SELLERS("\"pay_to\":[\"" A "\"]"), SELLERS("\"pay_to\":[\"" B "\"]"), "" },
	{ SELLERS("\"pay_to\":[\"" A "\"]"), BASE, "" },
	{ L(REQ ",{\"amount\":\"2usdc\",\"window\":\"1d\"}"), L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1h\"}"), "" },
	{ L(REQ ",{\"count\":5,\"window\":\"1m\"}"), L(REQ ",{\"count\":5,\"amount\":\"9usdc\",\"window\":\"1m\"}"), "" },
	{ L(REQ), L("{\"amount\":\"0.1usdt\"}"), "" },
};

/* The second allows no more. */
static const struct pair tighter[] = {
	{ BASE, BASE, "" },
	{ "", "", "" },
	{ BASE, BASE ",\"note\":\"mine\"", "" },
	{ BASE, "\"networks\":[\"base-sepolia\"]," BASE, "" },
	{ BASE, "\"schemes\":[\"4mica-credit\",\"exact\"]," BASE, "" },
	{ "\"schemes\":[\"4mica-credit\",\"exact\"]," BASE, BASE, "" },
	{ L(REQ), L("{\"name\":\"other\",\"amount\":\"00.1usdc\"}"), "" },
	{ L(REQ), L("{\"amount\":\"0.10000000usdc\"}"), NULL },
	{ BASE, L(REQ ",{\"amount\":\"1usdc\",\"window\":\"2d\"}"), "" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"utc-day\"}"), BASE, "" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"per\":\"seller\"}"), BASE, "" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"9d\",\"per\":\"task\"}"), L(REQ ",{\"amount\":\"1usdc\",\"per\":\"task\"}"), "" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\"}"), L(REQ ",{\"amount\":\"1usdc\",\"count\":3,\"window\":\"1d\"}"), "" },
	{ SELLERS(""), SELLERS("\"limits\":[{\"amount\":\"0.10usdc\"}]"), "" },
	{ ROUTES("{\"amount\":\"0.5usdc\",\"window\":\"1d\"}"), SELLERS("\"limits\":[{\"amount\":\"0.5usdc\",\"window\":\"1d\"}]"), "" },
	{ SELLERS("\"limits\":[{\"amount\":\"0.5usdc\",\"window\":\"1h\"}]") ASK, L(REQ ",{\"amount\":\"0.5usdc\",\"window\":\"1d\",\"per\":\"seller\"}," DAY) ASK, "" },
	{ SELLERS("\"pay_to\":[\"" A "\"]") ASK, BASE ASK, "" },
	{ SELLERS("\"pay_to\":[\"" A "\",\"" B "\"]"), SELLERS("\"pay_to\":[\"" B "\"]"), "" },
	{ SELLERS("") ASK, BASE ASK, "" },
	{ L(REQ), L(REQ ",{\"of\":\"deposit\",\"amount\":\"5usdt\"}"), "" },
	{ BASE ",\"blocked\":[\"https://a.example\"]", BASE ",\"blocked\":[\"https://b.example\",\"https://a.example\"]", "" },
	{ BASE, L(""), "" },
	{ BASE, BASE V2(""), "" },
	{ BASE, BASE ",\"approve_above\":\"1usdc\",\"price_rise\":\"0%\",\"first_payment\":\"0.01usdc\",\"stop_after_failures\":1", "" },
	{ BASE, BASE ",\"categories\":{\"a\":{\"approve\":true,\"limits\":[{\"amount\":\"0.05usdc\"}]}}", "" },
	{ BASE, L(REQ "," DAY ",{\"amount\":\"9usdc\",\"network\":\"base-sepolia\"}"), "" },
	{ L(REQ ",{\"amount\":\"1usdc\",\"window\":\"1d\",\"category\":\"a\"}"), BASE ",\"categories\":{\"a\":{\"limits\":[{\"amount\":\"1usdc\",\"window\":\"1d\"}]}}", "" },
	{ SELLERS("\"pay_to\":[\"" A "\"]"), SELLERS("\"pay_to\":{\"base-sepolia\":[\"" A "\"]}"), "" },
};
/* clang-format on */

static void each_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *p = &pairs[i];

		if (!p->says) /* more places than the token has: no policy */
			continue;
		if (!looser(p->more, p->less))
			fail_msg("not looser: %s\nthan %s", p->more, p->less);
		assert_int_equal(err.code, FM_E_APPROVAL);
		assert_string_equal(err.rule, "accepted");
		assert_non_null(strstr(err.hint, "policy accept"));
		if (!strstr(err.msg, p->says))
			fail_msg("%s: '%s' is not in '%s'", p->more, p->says, err.msg);
	}
}

static void tighter_is_not_looser(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tighter) / sizeof(tighter[0]); i++)
		if (tighter[i].says && looser(tighter[i].more, tighter[i].less))
			fail_msg("%s: %s", tighter[i].more, err.msg);
	for (size_t i = 0; i < sizeof(different) / sizeof(different[0]); i++) {
		if (!looser(different[i].more, different[i].less) ||
		    !looser(different[i].less, different[i].more))
			fail_msg("%s and %s", different[i].more, different[i].less);
	}
}

/* Against the built-in rules, both ways. */
static void builtin_rules(void **state)
{
	struct fm_policy *builtin = NULL, *same, *more;

	(void)state;
	assert_int_equal(fm_policy_builtin(&builtin, &err), FM_OK);
	same = parse(BASE);
	more = parse(L("{\"amount\":\"0.2usdc\"}," DAY));
	assert_false(fm_policy_looser(&err, same, builtin));
	assert_false(fm_policy_looser(&err, builtin, same));
	assert_true(fm_policy_looser(&err, more, builtin));
	assert_false(fm_policy_looser(&err, builtin, more));
	fm_policy_free(&builtin);
	fm_policy_free(&same);
	fm_policy_free(&more);
}

/* ---- whatever is drawn: what is not looser allows nothing new ---- */

static uint64_t seed = UINT64_C(0x9E3779B97F4A7C15);

static unsigned draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 33) % below);
}

static const char *one_of(const char *const *list, unsigned count)
{
	return list[draw(count)];
}

#define ONE_OF(...)                                  \
	one_of((const char *const[]){ __VA_ARGS__ }, \
	       sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static void put_limits(struct fm_buf *out, bool top)
{
	unsigned count = draw(4);

	fm_buf_str(out, "\"limits\":[");
	for (unsigned i = 0; i < count; i++) {
		unsigned kind = draw(top ? 4 : 2);

		fm_buf_fmt(out, "%s{", i ? "," : "");
		if (draw(5) || kind == 0)
			fm_buf_fmt(out, "\"amount\":\"%u%s\"", 1 + draw(4),
				   ONE_OF("usdc", "usdc", "usdt"));
		else
			fm_buf_fmt(out, "\"count\":%u", 1 + draw(4));
		if (kind == 1)
			fm_buf_fmt(out, ",\"window\":\"%s\"",
				   ONE_OF("1d", "2d", "utc-day"));
		if (kind == 2)
			fm_buf_fmt(out, ",\"per\":\"%s\"", ONE_OF("task", "seller"));
		if (kind == 3)
			fm_buf_fmt(out, ",\"per\":\"%s\",\"window\":\"1d\"",
				   ONE_OF("task", "seller"));
		if (!draw(5) && kind != 3)
			fm_buf_fmt(out, ",\"network\":\"%s\"",
				   ONE_OF("base-sepolia", "base"));
		if (top && !draw(6) && kind < 2)
			fm_buf_str(out, ",\"category\":\"c\"");
		fm_buf_chr(out, '}');
	}
	fm_buf_chr(out, ']');
}

static void put_seller(struct fm_buf *out, const char *origin)
{
	fm_buf_fmt(out, "\"%s\":{", origin);
	put_limits(out, false);
	if (!draw(3))
		fm_buf_fmt(out, ",\"pay_to\":[\"%s\"]", ONE_OF(A, B, A "\",\"" B));
	if (!draw(3)) {
		fm_buf_str(out, ",\"routes\":{\"/r\":{");
		put_limits(out, false);
		fm_buf_str(out, "}}");
	}
	fm_buf_chr(out, '}');
}

static struct fm_policy *draw_policy(char text[static 4096])
{
	struct fm_buf out;
	struct fm_policy *policy;

	fm_buf_init(&out, 4095);
	put_limits(&out, true);
	if (draw(2)) {
		fm_buf_str(&out, ",\"sellers\":{");
		put_seller(&out, S);
		fm_buf_chr(&out, '}');
	}
	fm_buf_fmt(&out, ",\"new_sellers\":\"%s\"",
		   ONE_OF("pin", "pin", "ask", "refuse"));
	if (!draw(4)) {
		fm_buf_str(&out, ",\"categories\":{\"c\":{");
		put_limits(&out, false);
		if (!draw(3))
			fm_buf_fmt(&out, ",\"approve\":%s", ONE_OF("true", "false"));
		if (!draw(3))
			fm_buf_fmt(&out, ",\"approve_above\":\"%uusdc\"", 1 + draw(4));
		fm_buf_str(&out, "}}");
	}
	if (!draw(4))
		fm_buf_fmt(&out, ",\"approve_above\":\"%uusdc\"", 1 + draw(4));
	if (!draw(4))
		fm_buf_fmt(&out, ",\"first_payment\":\"%uusdc\"", 1 + draw(4));
	if (!draw(6))
		fm_buf_fmt(&out, ",\"stop_after_failures\":%u", 1 + draw(4));
	if (!draw(6))
		fm_buf_fmt(&out, ",\"price_rise\":\"%u00%%\"", 1 + draw(4));
	if (!draw(4))
		fm_buf_fmt(&out, ",\"blocked\":[\"%s\"]", ONE_OF(S, "https://b.example"));
	if (!draw(3))
		fm_buf_str(&out, ",\"schemes\":[\"exact\"]");
	if (!draw(3))
		fm_buf_fmt(&out, ",\"max_window\":\"%u0s\"", 1 + draw(3));
	if (!draw(4))
		fm_buf_fmt(&out, ",\"networks\":[\"%s\"]",
			   ONE_OF("base-sepolia", "base"));
	assert_true(fm_buf_ok(&out));
	memcpy(text, out.ptr, out.len + 1);
	policy = parse(text);
	fm_buf_clear(&out);
	return policy;
}

/* The same with one amount or count changed, or as it is. */
static struct fm_policy *change(char text[static 4096], const char *from)
{
	size_t places[256], count = 0;

	memcpy(text, from, strlen(from) + 1);
	for (size_t i = 1; text[i] && count < 256; i++)
		if (text[i] >= '1' && text[i] <= '4' &&
		    (text[i + 1] == 'u' || text[i - 1] == ':'))
			places[count++] = i;
	if (count)
		text[places[draw((unsigned)count)]] = (char)('1' + draw(4));
	return parse(text);
}

static struct fm_ask draw_ask(void)
{
	const char *symbol = ONE_OF("usdc", "usdc", "usdt");
	struct fm_ask ask = {
		.chain_id = draw(8) ? 84532 : 8453,
		.amount = fm_u256_from_u64(draw(5) * 500000u),
		.scheme = ONE_OF("exact", "4mica-credit"),
		.origin = ONE_OF(S, S, "https://b.example"),
		.route = ONE_OF("/r", "/s"),
		.task = ONE_OF("", "t"),
		.category = ONE_OF("", "", "c", "d"),
		.history = {.paid = draw(2),
			     .priced = draw(2),
			     .last_price = fm_u256_from_u64(draw(5) * 200000u),
			     .failures = draw(4)},
		.window_s = draw(4) * 10,
	};

	ask.asset = fm_asset_by_symbol(ask.chain_id, symbol);
	if (!fm_addr_parse(&ask.pay_to, NULL, fm_span_of(draw(2) ? A : B)))
		fail();
	ask.pin_known = draw(2);
	ask.pin = ask.pay_to;
	return ask;
}

#define HISTORY 12

/* Would the policy pay it, all of `past` having been paid a moment ago? */
static bool allows(const struct fm_policy *policy, const struct fm_ask *ask,
		   const struct fm_ask *past, size_t count)
{
	struct fm_check checks[FM_CHECKS_MAX], others[FM_CHECKS_MAX];
	size_t n, m;
	struct fm_err why;

	fm_err_init(&why);
	if (fm_policy_judge(policy, ask, checks, &n, &why) != FM_ALLOW)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < count; k++) {
			bool counted = false;

			/* A total counts whoever has its key, allowed by these rules or not. */
			(void)fm_policy_judge(policy, &past[k], others, &m, &why);
			for (size_t j = 0; j < m; j++)
				counted |= strcmp(others[j].key, checks[i].key) == 0;
			if (!counted)
				continue;
			checks[i].used_count++;
			if (!fm_u256_add(&checks[i].used, &checks[i].used,
					 &past[k].amount))
				fail();
		}
	return fm_policy_totals(ask, checks, n, &why) == FM_ALLOW;
}

static void nothing_new_is_allowed(void **state)
{
	static char now_text[4096], was_text[4096];
	unsigned compared = 0, paid = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct fm_policy *was = draw_policy(was_text);
		struct fm_policy *now =
			draw(3) ? change(now_text, was_text) : draw_policy(now_text);
		struct fm_ask past[HISTORY];
		size_t count = 0;

		if (fm_policy_looser(&err, now, was)) {
			fm_policy_free(&now);
			fm_policy_free(&was);
			continue;
		}
		compared++;
		for (int i = 0; i < 60 && count < HISTORY; i++) {
			struct fm_ask ask = draw_ask();

			if (!ask.asset || !allows(now, &ask, past, count))
				continue;
			if (!allows(was, &ask, past, count))
				fail_msg("%s %s allowed by %s\nnot by %s", ask.origin,
					 ask.route, now_text, was_text);
			past[count++] = ask;
			paid++;
		}
		fm_policy_free(&now);
		fm_policy_free(&was);
	}
	/* Enough to say something. */
	if (compared < 3000 || paid < 3000)
		fail_msg("%u compared, %u paid", compared, paid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member),
		cmocka_unit_test(tighter_is_not_looser),
		cmocka_unit_test(builtin_rules),
		cmocka_unit_test(nothing_new_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
