/* SPDX-License-Identifier: MIT */
/* Scheme `exact`: what it pays, and the times and nonces it draws. x402.md, section 5. */
#include <fourmica/x402.h>
#include <x402/scheme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define USDC "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define OTHER "0x7B6C863DAf112b3Eda30Ec739818e910ffA0D929"

static struct fm_challenge *challenge;
static struct fm_offer *offer;
static struct fm_err err;

static bool read_offer(const char *network, const char *asset, const char *extra)
{
	char text[1024];
	fm_challenge_free(&challenge);
	fm_err_init(&err);
	snprintf(
		text, sizeof(text),
		"{\"accepts\":[{\"scheme\":\"exact\",\"network\":\"%s\",\"amount\":\"7\","
		"\"asset\":\"%s\",\"payTo\":\"0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D\","
		"\"maxTimeoutSeconds\":300,\"extra\":%s}]}",
		network, asset, extra);
	assert_int_equal(fm_challenge_read(&challenge, 402, fm_span_of(""),
					   fm_span_of(text), false, &err),
			 FM_OK);
	offer = &challenge->offers[0];
	assert_int_equal(offer->stage, FM_OFFER_PAYABLE);
	bool yes = fm_scheme_exact.supports(challenge, offer);
	assert_int_equal(offer->stage, yes ? FM_OFFER_PAYABLE : FM_OFFER_UNSUPPORTED);
	assert_int_equal(offer->refused[0] == 0, yes);
	return yes;
}

static bool extra(const char *json)
{
	return read_offer("base-sepolia", USDC, json);
}

static int drop(void **state)
{
	(void)state;
	fm_challenge_free(&challenge);
	return 0;
}

static void test_method(void **state)
{
	(void)state;
	assert_true(extra("{\"assetTransferMethod\":null}"));
	assert_true(extra("{\"assetTransferMethod\":\"eip3009\"}"));
	assert_false(extra("{\"assetTransferMethod\":\"permit2\"}"));
	assert_non_null(strstr(offer->refused, "Permit2"));
	assert_false(extra("{\"assetTransferMethod\":\"EIP3009\"}"));
	assert_false(extra("{\"assetTransferMethod\":\"erc7710\"}"));
	assert_false(extra("{\"assetTransferMethod\":\"\"}"));
	assert_false(extra("{\"assetTransferMethod\":1}"));
}

static void test_contract(void **state)
{
	(void)state;
	assert_true(extra("{\"verifyingContract\":null}"));
	assert_true(extra("{\"verifyingContract\":\"" USDC "\"}"));
	assert_true(extra(
		"{\"verifyingContract\":\"0x036cbd53842c5426634e7929541ec2318f3dcf7e\"}"));
	assert_false(extra("{\"verifyingContract\":\"" OTHER "\"}"));
	assert_false(extra("{\"verifyingContract\":\"\"}"));
	assert_false(extra("{\"verifyingContract\":1}"));
	assert_false(extra("{\"name\":\"GatewayWalletBatched\",\"version\":\"1\"}"));
}

static void prepared(struct fm_draft *draft, const char *json)
{
	*draft = (struct fm_draft){ .version = 2, .now_s = 1000000 };
	assert_true(read_offer("base-sepolia", OTHER, json));
	assert_int_equal(fm_scheme_exact.prepare(draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
}

static void test_domain(void **state)
{
	(void)state;
	struct fm_draft draft = { .version = 2, .now_s = 1000000 };
	char text[256];
	/* unknown token: both must be sent */
	assert_false(read_offer("base-sepolia", OTHER, "null"));
	assert_false(read_offer("base-sepolia", OTHER, "{\"name\":\"T\"}"));
	assert_false(read_offer("base-sepolia", OTHER, "{\"version\":\"1\"}"));
	assert_false(read_offer("base-sepolia", OTHER, "{\"name\":7,\"version\":\"1\"}"));
	assert_false(
		read_offer("base-sepolia", OTHER, "{\"name\":\"T\",\"version\":1.5}"));
	assert_false(
		read_offer("base-sepolia", OTHER, "{\"name\":\"T\",\"version\":-1}"));
	assert_false(
		read_offer("base-sepolia", OTHER, "{\"name\":\"T\",\"version\":true}"));
	snprintf(text, sizeof(text), "{\"name\":\"%0*d\",\"version\":\"1\"}", 128, 0);
	assert_false(read_offer("base-sepolia", OTHER, text));
	prepared(&draft, "{\"name\":\"T\",\"version\":2}");
	assert_string_equal(draft.domain_name, "T");
	assert_int_equal(draft.domain_name_len, 1);
	assert_string_equal(draft.domain_version, "2");
	/* known token: what is sent wins, what is missing comes from the table */
	assert_true(extra("{\"name\":\"USD Coin\"}"));
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
	assert_string_equal(draft.domain_name, "USD Coin");
	assert_string_equal(draft.domain_version, "2");
	assert_true(extra("null"));
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
	assert_string_equal(draft.domain_name, "USDC");
}

static void test_chain_and_asset(void **state)
{
	(void)state;
	assert_true(
		read_offer("eip155:137", OTHER, "{\"name\":\"T\",\"version\":\"1\"}"));
	assert_false(
		read_offer("eip155:56", OTHER, "{\"name\":\"T\",\"version\":\"1\"}"));
	assert_false(read_offer("base-sepolia",
				"0x0000000000000000000000000000000000000000",
				"{\"name\":\"T\",\"version\":\"1\"}"));
}

static void test_times(void **state)
{
	(void)state;
	static const struct fm_hash none;
	struct fm_draft draft = { .version = 1, .now_s = 1000000 };
	assert_true(extra("null"));
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
	assert_int_equal(draft.valid_after_s, 1000000 - 600);
	assert_int_equal(draft.valid_before_s, 1000000 + 300);
	assert_false(fm_hash_equal(&draft.nonce, &none));
	struct fm_hash nonce = draft.nonce;
	draft.version = 2;
	assert_int_equal(
		fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 60, &err), FM_OK);
	assert_int_equal(draft.valid_after_s, 0);
	assert_int_equal(draft.valid_before_s, 1000060);
	/* one nonce per purchase: what is there stays */
	assert_true(fm_hash_equal(&draft.nonce, &nonce));
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 900,
						 &err),
			 FM_OK);
	assert_int_equal(draft.valid_before_s, 1000300);
	draft.version = 1;
	draft.now_s = 10;
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
	assert_int_equal(draft.valid_after_s, 0);
	draft.now_s = ((int64_t)1 << 47) - 301;
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
	draft.now_s++;
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_E_CONFIG);
	draft.now_s = -1;
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_E_CONFIG);
}

static void test_digest_needs_a_draft(void **state)
{
	(void)state;
	struct fm_draft draft = { .version = 2, .now_s = 1000000 };
	struct fm_hash digest;
	assert_true(extra("null"));
	assert_int_equal(fm_scheme_exact.digest(&digest, &draft, offer, &err),
			 FM_E_INTERNAL);
	assert_int_equal(fm_scheme_exact.prepare(&draft, offer, &fm_system_rand, 0, &err),
			 FM_OK);
	assert_int_equal(fm_scheme_exact.digest(&digest, &draft, offer, &err), FM_OK);
	draft.domain_version[0] = '\0';
	assert_int_equal(fm_scheme_exact.digest(&digest, &draft, offer, &err),
			 FM_E_INTERNAL);
}

static enum fm_code dry(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return FM_E_IO;
}

static void test_no_randomness(void **state)
{
	(void)state;
	const struct fm_rand broken = { .fill = dry };
	struct fm_draft draft = { .version = 2, .now_s = 1000000 };
	assert_true(extra("null"));
	assert_int_not_equal(fm_scheme_exact.prepare(&draft, offer, &broken, 0, &err),
			     FM_OK);
}

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(fm_scheme_find(fm_span_of("exact")), &fm_scheme_exact);
	assert_null(fm_scheme_find(fm_span_of("EXACT")));
	assert_null(fm_scheme_find(fm_span_of("")));
	assert_null(fm_scheme_find((struct fm_span){ "exact\0", 6 }));
	assert_ptr_equal(fm_scheme_find(fm_span_of("4Mica-CREDIT")), fm_schemes[0]);
	assert_ptr_equal(fm_scheme_find(fm_span_of("4MICA")), fm_schemes[0]);
	assert_string_equal(fm_schemes[0]->name, "4mica-credit");
	assert_ptr_equal(fm_schemes[1], &fm_scheme_exact);
	assert_null(fm_schemes[2]);
}

int main(void)
{
	struct fm_err start;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_method, drop),
		cmocka_unit_test_teardown(test_contract, drop),
		cmocka_unit_test_teardown(test_domain, drop),
		cmocka_unit_test_teardown(test_chain_and_asset, drop),
		cmocka_unit_test_teardown(test_times, drop),
		cmocka_unit_test_teardown(test_digest_needs_a_draft, drop),
		cmocka_unit_test_teardown(test_no_randomness, drop),
		cmocka_unit_test(test_find),
	};
	fm_err_init(&start);
	if (fm_init(&start))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
