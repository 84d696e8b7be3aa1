/* SPDX-License-Identifier: MIT */
/* Where a challenge is found and what its offers say. Rules: x402.md, section 2. */
#include <fourmica/x402.h>
#include <x402/scheme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ASSET "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define PAY_TO "0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D"
#define OFFER                                                                                    \
	"{\"scheme\":\"exact\",\"network\":\"base-sepolia\",\"amount\":\"7\",\"asset\":\"" ASSET \
	"\",\"payTo\":\"" PAY_TO "\"}"
#define V2 "{\"x402Version\":2,\"accepts\":[" OFFER "]}"
#define V1 "{\"x402Version\":1,\"accepts\":[" OFFER "," OFFER "]}"

static struct fm_challenge *challenge;
static struct fm_err err;

static enum fm_code read_full(int status, const char *headers, struct fm_span body,
			      bool truncated)
{
	struct fm_buf head;
	fm_challenge_free(&challenge);
	fm_err_init(&err);
	fm_buf_init(&head, 4u << 20);
	fm_buf_str(&head, "HTTP/1.1 402 Payment Required\r\n");
	fm_buf_str(&head, headers);
	fm_buf_str(&head, "\r\n");
	enum fm_code rc = fm_challenge_read(&challenge, status, fm_buf_span(&head), body,
					    truncated, &err);
	fm_buf_clear(&head);
	assert_int_equal(rc != FM_OK, challenge == NULL);
	assert_int_equal(rc != FM_OK, err.msg[0] != 0);
	return rc;
}

static enum fm_code read_both(const char *headers, const char *body)
{
	return read_full(402, headers, fm_span_of(body), false);
}

static int drop(void **state)
{
	(void)state;
	fm_challenge_free(&challenge);
	return 0;
}

/* One offer with `member` set to `json` (NULL: left out) beside good ones. */
static const struct fm_offer *offer_with(const char *member, const char *json)
{
	static const char *const good[][2] = {
		{"scheme",		    "\"exact\""				},
		{ "network",	     "\"eip155:84532\""			},
		{ "amount",	    "\"7\""				    },
		{ "asset",		   "\"" ASSET "\""			   },
		{ "payTo",		   "\"" PAY_TO "\""			    },
		{ "maxTimeoutSeconds", "60"				    },
		{ "extra",		   "{\"name\":\"USDC\",\"version\":\"2\"}"},
	};
	struct fm_buf text;
	bool found = false;
	fm_buf_init(&text, 1u << 20);
	fm_buf_str(&text, "{\"x402Version\":2,\"accepts\":[{\"z\":0");
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		bool ours = strcmp(good[i][0], member) == 0;
		const char *value = ours ? json : good[i][1];
		found = found || ours;
		if (value)
			fm_buf_fmt(&text, ",\"%s\":%s", good[i][0], value);
	}
	if (!found)
		fm_buf_fmt(&text, ",\"%s\":%s", member, json);
	fm_buf_str(&text, "}]}");
	enum fm_code rc = read_both("", text.ptr);
	if (rc)
		fail_msg("%s: %s", text.ptr, err.msg);
	fm_buf_clear(&text);
	return &challenge->offers[0];
}

static void stage(const char *member, const char *json, enum fm_offer_stage want)
{
	const struct fm_offer *offer = offer_with(member, json);
	if (offer->stage != want)
		fail_msg("%s = %s: stage %d, want %d (%s)", member,
			 json ? json : "absent", offer->stage, want, offer->refused);
	assert_int_equal(offer->refused[0] == 0, want == FM_OFFER_PAYABLE);
	assert_int_equal(offer->why == FM_OK, want == FM_OFFER_PAYABLE);
}

static void unusable(const char *member, const char *json)
{
	stage(member, json, FM_OFFER_UNUSABLE);
}

static void usable(const char *member, const char *json)
{
	stage(member, json, FM_OFFER_PAYABLE);
}

static void unsupported(const char *member, const char *json)
{
	stage(member, json, FM_OFFER_UNSUPPORTED);
}

static void test_good_offer(void **state)
{
	(void)state;
	const struct fm_offer *offer = offer_with("z2", "1");
	assert_int_equal(offer->stage, FM_OFFER_PAYABLE);
	assert_string_equal(offer->scheme->name, "exact");
	assert_string_equal(offer->network_text, "eip155:84532");
	assert_int_equal(offer->chain_id, 84532);
	assert_int_equal(offer->amount.w[0], 7);
	assert_int_equal(offer->max_timeout_s, 60);
	assert_true(offer->flow_authorization);
	assert_non_null(offer->known);
	assert_non_null(offer->extra);
	assert_false(offer->asset_miscased || offer->pay_to_miscased);
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(read_full(402, "", fm_span_of(V2), false), FM_OK);
	assert_int_equal(read_full(412, "", fm_span_of(V2), false), FM_OK);
	assert_int_equal(read_full(200, "", fm_span_of(V2), false), FM_E_NOT_X402);
	assert_int_equal(read_full(401, "", fm_span_of(V2), false), FM_E_NOT_X402);
	assert_int_equal(read_full(0, "", fm_span_of(V2), false), FM_E_NOT_X402);
}

static void test_header_wins(void **state)
{
	(void)state;
	assert_int_equal(read_both("payment-required: " V2 "\r\n", V1), FM_OK);
	assert_int_equal(challenge->source, FM_SOURCE_HEADER);
	assert_int_equal(challenge->version, 2);
	assert_int_equal(challenge->offer_count, 1);
	assert_int_equal(read_both("PAYMENT-REQUIRED: " V2 "\r\n", "{\"broken"), FM_OK);
	/* the older name counts only when the newer is absent, also when that one is bad */
	assert_int_equal(read_both("X-Payment-Required: " V2 "\r\n", ""), FM_OK);
	assert_int_equal(
		read_both("PAYMENT-REQUIRED: %%\r\nX-PAYMENT-REQUIRED: " V2 "\r\n", ""),
		FM_E_MALFORMED);
}

static void test_header_sent_twice(void **state)
{
	(void)state;
	assert_int_equal(read_both("Payment-Required: " V2 "\r\nPAYMENT-REQUIRED:  " V2
				   " \r\n",
				   ""),
			 FM_OK);
	assert_int_equal(
		read_both("PAYMENT-REQUIRED: " V2 "\r\nPAYMENT-REQUIRED: " V1 "\r\n", ""),
		FM_E_MALFORMED);
	/* unusable, so the body is read */
	assert_int_equal(
		read_both("PAYMENT-REQUIRED: " V2 "\r\nPAYMENT-REQUIRED: " V1 "\r\n", V1),
		FM_OK);
	assert_int_equal(challenge->source, FM_SOURCE_BODY);
}

static void test_header_unusable(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"e30",	/* {} */
		"W10=", /* [] */
		"!!",
		"{\"x402Version\":2}",
		"{\"accepts\":{}}",
		"{\"accepts\":[],\"accepts\":[]}",
		"\xEF\xBB\xBF" V2,
		"77u/eyJhY2NlcHRzIjpbXX0=", /* a byte order mark is for bodies */
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char headers[512];
		snprintf(headers, sizeof(headers), "PAYMENT-REQUIRED: %s\r\n", bad[i]);
		if (read_both(headers, "") != FM_E_MALFORMED)
			fail_msg("case %zu", i);
		assert_int_equal(read_both(headers, V1), FM_OK);
		assert_int_equal(challenge->source, FM_SOURCE_BODY);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	char *header = malloc(FM_X402_HEADER_MAX + 64);
	size_t at = (size_t)snprintf(header, 64, "PAYMENT-REQUIRED: {\"pad\":\"");
	char *body = malloc(FM_X402_BODY_MAX + 8);
	assert_non_null(header);
	assert_non_null(body);
	/* over the limit: not read, the body is; without one the class is too_large */
	memset(header + at, 'x', FM_X402_HEADER_MAX);
	strcpy(header + at + FM_X402_HEADER_MAX, "\r\n");
	assert_int_equal(read_both(header, V2), FM_OK);
	assert_int_equal(challenge->source, FM_SOURCE_BODY);
	assert_int_equal(read_both(header, ""), FM_E_TOO_LARGE);
	/* exactly 1 MiB is read, one byte more is not */
	memset(body, ' ', FM_X402_BODY_MAX + 1);
	memcpy(body, V2, strlen(V2));
	assert_int_equal(read_full(402, "", (struct fm_span){ body, FM_X402_BODY_MAX },
				   false),
			 FM_OK);
	assert_int_equal(read_full(402, "",
				   (struct fm_span){ body, FM_X402_BODY_MAX + 1 }, false),
			 FM_E_TOO_LARGE);
	assert_int_equal(read_full(402, "", fm_span_of(V2), true), FM_E_TOO_LARGE);
	/* a good header makes the size of the body nobody's business */
	assert_int_equal(read_full(402, "PAYMENT-REQUIRED: " V2 "\r\n", fm_span_of("x"),
				   true),
			 FM_OK);
	free(header);
	free(body);
}

static void test_body(void **state)
{
	(void)state;
	assert_int_equal(read_both("", "\xEF\xBB\xBF" V1), FM_OK);
	assert_int_equal(read_both("", "\xEF\xBB\xBF\xEF\xBB\xBF" V1), FM_E_MALFORMED);
	assert_int_equal(read_both("", " \n" V1 "\n"), FM_OK);
	assert_int_equal(read_both("", ""), FM_E_NOT_X402);
	assert_int_equal(read_both("", "<html>pay</html>"), FM_E_NOT_X402);
	assert_int_equal(read_both("", "{\"error\":\"pay\"}"), FM_E_NOT_X402);
	assert_int_equal(read_both("", "{\"error\":\"accepts\"}"), FM_E_MALFORMED);
	assert_int_equal(read_both("", "<a x402Version>"), FM_E_MALFORMED);
	assert_int_equal(read_full(402, "", (struct fm_span){ "\0x402Version", 12 },
				   false),
			 FM_E_MALFORMED);
	assert_int_equal(read_both("", "accept"), FM_E_NOT_X402);
}

static void test_version(void **state)
{
	(void)state;
	static const struct {
		const char *json;
		int version; /* 0: unsupported */
	} cases[] = {
		{"1",       1},
		       { "2",      2},
		      { "\"1\"",	 1},
		       { "\"2\"",  2},
		{ "3",      0},
		       { "0",      0},
		      { "2.0",    0},
		       { "\"02\"", 0},
		{ "\"\"",	  0},
		       { "null",	 0},
		      { "true",	0},
		       { "[2]",	0},
		{ "-1",	0},
		       { "2e0",	0},
		      { "\"v2\"", 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[1024];
		snprintf(body, sizeof(body),
			 "{\"x402Version\":%s,\"accepts\":[" OFFER "]}", cases[i].json);
		enum fm_code rc = read_both("", body);
		assert_int_equal(rc, cases[i].version ? FM_OK : FM_E_VERSION);
		if (!rc)
			assert_int_equal(challenge->version, cases[i].version);
	}
	assert_int_equal(read_both("", "{\"accepts\":[" OFFER "]}"), FM_OK);
	assert_int_equal(challenge->version, 1);
	assert_int_equal(read_both("PAYMENT-REQUIRED: {\"accepts\":[" OFFER "]}\r\n", ""),
			 FM_OK);
	assert_int_equal(challenge->version, 2);
	/* a readable header of an unknown version is not passed over for the body */
	assert_int_equal(
		read_both("PAYMENT-REQUIRED: {\"x402Version\":9,\"accepts\":[]}\r\n", V1),
		FM_E_VERSION);
}

static void test_top_members(void **state)
{
	(void)state;
	struct fm_buf text;
	fm_buf_init(&text, 4096);
	assert_int_equal(
		read_both("", "{\"x402Version\":2,\"accepts\":[" OFFER
			      "],\"error\":\"a\\u001bb\","
			      "\"resource\":{\"url\":\"https://a.example/x\","
			      "\"description\":\"d\\u0000e\"},\"extensions\":{\"x\":1}}"),
		FM_OK);
	assert_string_equal(challenge->error, "a\\x1bb");
	assert_non_null(challenge->resource);
	assert_non_null(challenge->extensions);
	assert_true(fm_challenge_resource(&text, challenge, &challenge->offers[0]));
	assert_string_equal(text.ptr, "https://a.example/x");
	fm_buf_clear(&text);
	assert_true(fm_challenge_text(&text, challenge, &challenge->offers[0],
				      "description"));
	assert_int_equal(text.len, 3);
	fm_buf_clear(&text);
	assert_false(
		fm_challenge_text(&text, challenge, &challenge->offers[0], "mimeType"));
	fm_buf_clear(&text);
	assert_int_equal(read_both("", "{\"x402Version\":2,\"accepts\":[" OFFER
				       "],\"error\":{\"c\":7},"
				       "\"resource\":7,\"extensions\":[1]}"),
			 FM_OK);
	assert_string_equal(challenge->error, "{\"c\":7}");
	assert_null(challenge->resource);
	assert_null(challenge->extensions);
	assert_false(fm_challenge_resource(&text, challenge, &challenge->offers[0]));
	fm_buf_clear(&text);
	/* v1 echoes neither */
	assert_int_equal(read_both("",
				   "{\"x402Version\":1,\"accepts\":[" OFFER "],"
				   "\"resource\":{\"url\":\"/x\"},\"extensions\":{}}"),
			 FM_OK);
	assert_null(challenge->resource);
	assert_null(challenge->extensions);
	assert_true(fm_challenge_resource(&text, challenge, &challenge->offers[0]));
	assert_string_equal(text.ptr, "/x");
	fm_buf_clear(&text);
	assert_int_equal(read_both("", "{\"accepts\":[],\"error\":\"closed\"}"),
			 FM_E_NO_OPTION);
	assert_string_equal(err.seller_reason, "closed");
}

static void test_entries(void **state)
{
	(void)state;
	struct fm_buf text;
	assert_int_equal(
		read_both("", "{\"accepts\":[null,7,\"exact\",[],{}," OFFER "]}"), FM_OK);
	assert_int_equal(challenge->offer_count, 6);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(challenge->offers[i].stage, FM_OFFER_UNUSABLE);
		assert_int_equal(challenge->offers[i].index, i);
	}
	assert_int_equal(challenge->offers[5].stage, FM_OFFER_PAYABLE);
	fm_buf_init(&text, 1u << 20);
	fm_buf_str(&text, "{\"accepts\":[7");
	for (int i = 1; i < 300; i++)
		fm_buf_str(&text, ",7");
	fm_buf_str(&text, "]}");
	assert_int_equal(read_both("", text.ptr), FM_OK);
	assert_int_equal(challenge->offer_count, FM_X402_OFFERS_MAX);
	fm_buf_clear(&text);
}

static void test_scheme_and_network(void **state)
{
	(void)state;
	unusable("scheme", NULL);
	unusable("scheme", "\"\"");
	unusable("scheme", "7");
	unusable("scheme", "null");
	unusable("scheme", "\"exact\\u0000\"");
	unsupported("scheme", "\"Exact\"");
	unsupported("scheme", "\"exact \"");
	unsupported("scheme", "\"upto\"");
	usable("scheme", "\"4MICA-Credit\"");
	usable("scheme", "\"4Mica\"");
	unsupported("scheme", "\"4mica-v2\"");
	unusable("network", NULL);
	unusable("network", "\"\"");
	unusable("network", "84532");
	unusable("network", "\"base\\u0007\"");
	usable("network", "\"base\"");
	unsupported("network", "\"84532\"");
	unsupported("network", "\"eip155:084532\"");
	unsupported("network", "\"EIP155:84532\"");
	unsupported("network", "\"solana:x\"");
	/* long names are unknown, not broken */
	unsupported(
		"scheme",
		"\"sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss\"");
	unsupported(
		"network",
		"\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"");
}

static void test_amount(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\"\"",
		"\" 7\"",
		"\"7 \"",
		"\"07\"",
		"\"+7\"",
		"\"-7\"",
		"\"7.0\"",
		"\"1e4\"",
		"\"$7\"",
		"\"0x7\"",
		"7.0",
		"7e0",
		"-7",
		"-0",
		"true",
		"null",
		"[\"7\"]",
		"{}",
		"\"7\\u0000\"",
		"\"\xd9\xa7\"",
		"9007199254740992",
		"\"115792089237316195423570985008687907853269984665640564039457584007913129639936\"",
		"\"1,000\"",
		"\"1_000\"",
	};
	unusable("amount", NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		unusable("amount", bad[i]);
	usable("amount", "9007199254740991");
	usable("amount", "0");
	usable("amount", "\"0\"");
	usable("amount",
	       "\"115792089237316195423570985008687907853269984665640564039457584007913129639935\"");
	usable("maxAmountRequired", "\"7\"");
	usable("maxAmountRequired", "7");
	unusable("maxAmountRequired", "\"8\"");
	unusable("maxAmountRequired", "null");
}

static void test_amount_hex_is_for_4mica(void **state)
{
	(void)state;
	static const char body[] =
		"{\"accepts\":[{\"scheme\":\"4mica\",\"network\":\"base\",\"maxAmountRequired\":\"0x1F\","
		"\"amount\":\"31\",\"asset\":\"" ASSET "\",\"payTo\":\"" PAY_TO "\"},"
		"{\"scheme\":\"4mica\",\"network\":\"base\",\"amount\":\"0x\",\"asset\":\"" ASSET
		"\",\"payTo\":\"" PAY_TO "\"}]}";
	assert_int_equal(read_both("", body), FM_OK);
	assert_int_equal(challenge->offers[0].stage, FM_OFFER_PAYABLE);
	assert_int_equal(challenge->offers[0].amount.w[0], 31);
	assert_int_equal(challenge->offers[1].stage, FM_OFFER_UNUSABLE);
}

static void test_parties(void **state)
{
	(void)state;
	unusable("asset", NULL);
	unusable("asset", "7");
	unusable("asset", "\"" ASSET "\\u0000\"");
	unsupported("asset", "\"USD\"");
	unsupported("asset", "\"0x036CbD53842c5426634e7929541eC2318f3dCF7\"");
	unusable("payTo", NULL);
	unusable("payTo", "null");
	unusable("payTo", "\"seller.eth\"");
	unusable("payTo", "\"merchant\"");
	unusable("payTo", "\"" PAY_TO "0\"");
	unusable("payTo", "\"Ce1907cc04E0fC5CD03332a8b40a7FCD05b7725D\"");
	unusable("payTo", "\"0x0000000000000000000000000000000000000000\"");
	unusable("payTo", "\"" PAY_TO "\\u0000\"");
	assert_true(offer_with("payTo", "\"0xCE1907cc04E0fC5CD03332a8b40a7FCD05b7725D\"")
			    ->pay_to_miscased);
	assert_true(offer_with("asset", "\"0x036cbD53842c5426634e7929541eC2318f3dCF7e\"")
			    ->asset_miscased);
	/* off EVM chains other names are fine: unsupported, not broken */
	assert_int_equal(
		read_both(
			"",
			"{\"accepts\":[{\"scheme\":\"exact\",\"network\":\"cloudflare:402\","
			"\"amount\":\"1\",\"asset\":\"USD\",\"payTo\":\"merchant\"}]}"),
		FM_OK);
	assert_int_equal(challenge->offers[0].stage, FM_OFFER_UNSUPPORTED);
}

static void test_timeout(void **state)
{
	(void)state;
	static const char *const bad[] = { "0",	   "-60",   "60.5",    "6e1",
					   "\"\"", "\"0\"", "\"-1\"",  "\" 60\"",
					   "null", "true",  "\"60s\"", "[60]" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		unusable("maxTimeoutSeconds", bad[i]);
	assert_int_equal(offer_with("maxTimeoutSeconds", NULL)->max_timeout_s, 60);
	assert_int_equal(offer_with("maxTimeoutSeconds", "\"300\"")->max_timeout_s, 300);
	assert_int_equal(offer_with("maxTimeoutSeconds", "1")->max_timeout_s, 1);
	assert_int_equal(offer_with("maxTimeoutSeconds", "99999999999999999999999999")
				 ->max_timeout_s,
			 UINT32_MAX);
}

static void test_extra(void **state)
{
	(void)state;
	unusable("extra", "\"USDC\"");
	unusable("extra", "[]");
	unusable("extra", "false");
	assert_null(offer_with("extra", "null")->extra);
	assert_null(offer_with("extra", NULL)->extra);
	unsupported("extra", "{\"name\":\"USDC\\u0000\",\"version\":\"2\"}");
	unsupported("extra", "{\"name\":\"USDC\",\"version\":\"2\\u0001\"}");
	usable("extra", "{\"note\":\"a\\u0000b\"}");
	usable("extra", "{\"paymentFlow\":null}");
	usable("extra", "{\"paymentFlow\":\"authorization\"}");
	assert_false(
		offer_with("extra", "{\"paymentFlow\":\"upfront\"}")->flow_authorization);
	assert_false(
		offer_with("extra", "{\"paymentFlow\":\"escrow\"}")->flow_authorization);
	unsupported("extra", "{\"paymentFlow\":\"Upfront\"}");
	unsupported("extra", "{\"paymentFlow\":1}");
}

/* Words from the seller never carry control characters further. */
static void test_words_are_escaped(void **state)
{
	(void)state;
	const struct fm_offer *offer =
		offer_with("payTo", "\"\xE2\x80\xAE\xC2\x9B evil\"");
	assert_int_equal(offer->stage, FM_OFFER_UNUSABLE);
	assert_null(strstr(offer->refused, "\xE2\x80\xAE"));
	assert_null(strchr(offer->refused, '\x1b'));
	offer = offer_with("scheme", "\"\xE2\x80\xAE\"");
	assert_null(strstr(offer->scheme_text, "\xE2\x80\xAE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_good_offer, drop),
		cmocka_unit_test_teardown(test_status, drop),
		cmocka_unit_test_teardown(test_header_wins, drop),
		cmocka_unit_test_teardown(test_header_sent_twice, drop),
		cmocka_unit_test_teardown(test_header_unusable, drop),
		cmocka_unit_test_teardown(test_sizes, drop),
		cmocka_unit_test_teardown(test_body, drop),
		cmocka_unit_test_teardown(test_version, drop),
		cmocka_unit_test_teardown(test_top_members, drop),
		cmocka_unit_test_teardown(test_entries, drop),
		cmocka_unit_test_teardown(test_scheme_and_network, drop),
		cmocka_unit_test_teardown(test_amount, drop),
		cmocka_unit_test_teardown(test_amount_hex_is_for_4mica, drop),
		cmocka_unit_test_teardown(test_parties, drop),
		cmocka_unit_test_teardown(test_timeout, drop),
		cmocka_unit_test_teardown(test_extra, drop),
		cmocka_unit_test_teardown(test_words_are_escaped, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
