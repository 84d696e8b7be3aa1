/* SPDX-License-Identifier: MIT */
/* The payment header, the receipt, and what an answer means. Rules: x402.md, sections 6 and 7. */
#include <fourmica/x402.h>
#include <x402/scheme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PARTIES                                                               \
	"\"asset\":\"0x036CbD53842c5426634e7929541eC2318f3dCF7e\",\"payTo\":" \
	"\"0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D\""
#define USD "\"asset\":\"USD\",\"payTo\":\"0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D\""
#define OFFER(scheme) \
	"{ \"scheme\" : \"" scheme "\",\"network\":\"base\",\"amount\":7," PARTIES "}"

static struct fm_challenge *challenge;
static struct fm_receipt receipt;
static struct fm_err err;

static int set_up(void **state)
{
	(void)state;
	fm_err_init(&err);
	fm_receipt_init(&receipt);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fm_challenge_free(&challenge);
	fm_receipt_clear(&receipt);
	return 0;
}

static const struct fm_offer *read_body(const char *body)
{
	fm_challenge_free(&challenge);
	assert_int_equal(fm_challenge_read(&challenge, 402, fm_span_of(""),
					   fm_span_of(body), false, &err),
			 FM_OK);
	return &challenge->offers[0];
}

static void expect_json(const char *body, const char *want)
{
	struct fm_buf out;
	const struct fm_offer *offer = read_body(body);
	fm_buf_init(&out, 1u << 20);
	assert_int_equal(fm_payment_json(&out, challenge, offer, fm_span_of("{}"), &err),
			 FM_OK);
	assert_string_equal(out.ptr, want);
	fm_buf_clear(&out);
}

static void test_envelopes(void **state)
{
	(void)state;
	/* as received, escapes, blanks and number form included */
	expect_json(
		"{\"x402Version\":1,\"accepts\":[{\"scheme\":\"e\\u0078act\",\"network\":"
		"\"base\",\"maxAmountRequired\":\"7\"," PARTIES "}]}",
		"{\"x402Version\":1,\"scheme\":\"e\\u0078act\",\"network\":\"base\","
		"\"payload\":{}}");
	assert_string_equal(fm_payment_header_name(challenge), "X-PAYMENT");
	expect_json(
		"{\"x402Version\":2,\"accepts\":[" OFFER(
			"exact") "],\"resource\":{ },"
				 "\"extensions\":{\"a\": 1}}",
		"{\"x402Version\":2,\"payload\":{},\"extensions\":{\"a\": 1},\"resource\":{ },"
		"\"accepted\":" OFFER("exact") "}");
	assert_string_equal(fm_payment_header_name(challenge), "PAYMENT-SIGNATURE");
	expect_json("{\"x402Version\":2,\"accepts\":[" OFFER(
			    "4mica") "],\"resource\":{ },"
				     "\"extensions\":{\"a\": 1}}",
		    "{\"x402Version\":2,\"accepted\":" OFFER(
			    "4mica") ",\"payload\":{},"
				     "\"resource\":{ },\"extensions\":{\"a\": 1}}");
	expect_json(
		"{\"x402Version\":2,\"accepts\":[" OFFER("exact") "],\"resource\":\"/x\","
								  "\"extensions\":[]}",
		"{\"x402Version\":2,\"payload\":{},\"accepted\":" OFFER("exact") "}");
}

/* Extensions stay while the header is at most 16 KiB, and go when they make it longer. */
static void test_extensions_cap(void **state)
{
	(void)state;
	for (unsigned pad = 11000; pad < 13000; pad++) {
		struct fm_buf body, out, header;
		fm_buf_init(&body, 1u << 20);
		fm_buf_init(&out, 1u << 20);
		fm_buf_init(&header, 1u << 20);
		fm_buf_fmt(&body,
			   "{\"x402Version\":2,\"accepts\":[" OFFER(
				   "exact") "],"
					    "\"extensions\":{\"a\":\"%0*d\"}}",
			   (int)pad, 0);
		const struct fm_offer *offer = read_body(body.ptr);
		assert_int_equal(fm_payment_json(&out, challenge, offer, fm_span_of("{}"),
						 &err),
				 FM_OK);
		bool there = strstr(out.ptr, "extensions") != NULL;
		size_t full = out.len +
			      (there ? 0 : pad + strlen(",\"extensions\":{\"a\":\"\"}"));
		assert_int_equal(there, (full + 2) / 3 * 4 <= FM_X402_PAYMENT_MAX);
		assert_true(fm_base64_write(&header, out.ptr, out.len));
		assert_true(header.len <= FM_X402_PAYMENT_MAX);
		fm_buf_clear(&body);
		fm_buf_clear(&out);
		fm_buf_clear(&header);
	}
}

static void read_value(const char *value)
{
	assert_int_equal(fm_receipt_value(&receipt, fm_span_of(value), &err), FM_OK);
	assert_true(receipt.present);
}

static void read_headers(const char *headers)
{
	assert_int_equal(fm_receipt_read(&receipt, fm_span_of(headers), &err), FM_OK);
}

static void test_receipt_headers(void **state)
{
	(void)state;
	read_headers("HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
	assert_false(receipt.present);
	read_headers("HTTP/1.1 200 OK\r\nX-Payment-Response: {\"success\":true}\r\n\r\n");
	assert_true(receipt.present && receipt.readable && receipt.success);
	read_headers("HTTP/1.1 200 OK\r\nX-Payment-Response: {\"success\":true}\r\n"
		     "payment-response: %\r\n\r\n");
	assert_true(receipt.present && !receipt.readable);
	read_headers("HTTP/1.1 200 OK\r\npayment-response: {\"success\":true}\r\n"
		     "payment-response: {\"success\":true}\r\n\r\n");
	assert_true(receipt.readable);
	read_headers("HTTP/1.1 200 OK\r\npayment-response: {\"success\":true}\r\n"
		     "payment-response: {\"success\":false}\r\n\r\n");
	assert_true(receipt.present && !receipt.readable && !receipt.success);
}

static void test_receipt_unreadable(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"%",
		"W10=",
		"{\"success\":\"true\"}",
		"{\"success\":1}",
		"{\"success\":null}",
		"{}",
		"{\"success\":true,\"success\":true}",
		"{\"success\":true} x",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_value(bad[i]);
		assert_false(receipt.readable || receipt.success ||
			     receipt.has_certificate);
		assert_int_equal(receipt.raw.len, strlen(bad[i]));
	}
}

static void test_receipt_members(void **state)
{
	(void)state;
	read_value(
		"{\"success\":false,\"txHash\":\"0xab\",\"networkId\":\"eip155:1\",\"payer\":7,"
		"\"amount\":\"12\",\"errorReason\":null,\"error\":\"a\\u001b[31mb\"}");
	assert_false(receipt.success);
	assert_string_equal(receipt.transaction, "0xab");
	assert_string_equal(receipt.network, "eip155:1");
	assert_string_equal(receipt.payer, "7");
	assert_string_equal(receipt.amount, "12");
	assert_string_equal(receipt.reason, "a\\x1b[31mb");
	read_value(
		"{\"success\":true,\"transaction\":null,\"network\":null,\"errorReason\":\"\","
		"\"message\":\"m\"}");
	assert_string_equal(receipt.transaction, "");
	assert_string_equal(receipt.reason, "m");
}

static void test_certificate_places(void **state)
{
	(void)state;
	static const char *const good[] = {
		"{\"success\":true,\"certificate\":{\"claims\":\"0xAB\",\"signature\":\"cD\"}}",
		"{\"success\":true,\"certificate\":null,\"guarantee\":{\"claims\":\"ab\","
		"\"signature\":\"0xcd\"}}",
		"{\"success\":true,\"extra\":{\"certificate\":{\"claims\":\"0xab\","
		"\"signature\":\"0xcd\"}}}",
		"{\"success\":true,\"claims\":\"0xab\",\"signature\":\"0xcd\"}",
	};
	static const char *const bad[] = {
		"{\"success\":true,\"certificate\":7}",
		"{\"success\":true,\"certificate\":{}}",
		"{\"success\":true,\"certificate\":{\"claims\":\"0xab\"}}",
		"{\"success\":true,\"certificate\":{\"claims\":\"0xab\",\"signature\":null}}",
		"{\"success\":true,\"certificate\":{\"claims\":\"0xabc\",\"signature\":\"0xcd\"}}",
		"{\"success\":true,\"certificate\":{\"claims\":\"0x\",\"signature\":\"0xcd\"}}",
		("{\"success\":true,\"certificate\":{\"claims\":\"0xag\",\"signature\":\"0xcd\"},"
		 "\"guarantee\":{\"claims\":\"0xab\",\"signature\":\"0xcd\"}}"),
		"{\"success\":true,\"certificate\":{\"claims\":[171],\"signature\":\"0xcd\"}}",
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		read_value(good[i]);
		assert_true(receipt.has_certificate && !receipt.bad_certificate);
		assert_int_equal(receipt.claims.len, 1);
		assert_memory_equal(receipt.claims.ptr, "\xab", 1);
		assert_memory_equal(receipt.signature.ptr, "\xcd", 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_value(bad[i]);
		assert_true(receipt.bad_certificate && !receipt.has_certificate);
		assert_int_equal(receipt.claims.len + receipt.signature.len, 0);
		assert_true(receipt.success);
	}
	read_value(
		"{\"success\":true,\"certificate\":null,\"extra\":{\"certificate\":null}}");
	assert_false(receipt.bad_certificate || receipt.has_certificate);
}

static void expect_after(int status, const char *headers, const char *body,
			 const char *word, bool resend, bool may_ask, const char *reason)
{
	struct fm_verdict_after got;
	struct fm_terms sent;
	char head[2048];
	fm_terms_of(&sent, read_body("{\"accepts\":[" OFFER("exact") "]}"));
	snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\n%s\r\n", status, headers);
	assert_int_equal(fm_receipt_read(&receipt, fm_span_of(head), &err), FM_OK);
	assert_int_equal(fm_after_classify(&got, status, fm_span_of(head),
					   fm_span_of(body), false, &receipt, &sent,
					   &err),
			 FM_OK);
	assert_string_equal(fm_after_word(got.after), word);
	assert_int_equal(got.resend, resend);
	assert_int_equal(got.may_ask, may_ask);
	assert_string_equal(got.reason, reason);
}

#define STALE(code) \
	"{\"x402Version\":2,\"error\":\"" code "\",\"accepts\":[" OFFER("exact") "]}"

static void test_after(void **state)
{
	(void)state;
	static const char ok[] = "PAYMENT-RESPONSE: {\"success\":true}\r\n";
	static const char no[] =
		"PAYMENT-RESPONSE: {\"success\":false,\"error\":\"e\"}\r\n";
	expect_after(204, ok, "", "paid", false, false, "");
	expect_after(299, "", "", "served", false, false, "");
	expect_after(404, ok, "", "paid_not_served", false, false, "");
	expect_after(402, ok, "", "paid_not_served", false, false, "");
	expect_after(402, no, STALE("x"), "settle_failed", false, false, "e");
	expect_after(402, "", STALE("x"), "rejected", false, false, "x");
	expect_after(402, "",
		     STALE("invalid_exact_evm_payload_authorization_valid_after"),
		     "rejected_stale", false, true,
		     "invalid_exact_evm_payload_authorization_valid_after");
	expect_after(402, "", STALE("invalid_exact_evm_authorization_valid_before"),
		     "rejected_stale", false, true,
		     "invalid_exact_evm_authorization_valid_before");
	expect_after(402, "", STALE("payment_expired"), "rejected_stale", false, true,
		     "payment_expired");
	expect_after(402, "", "{\"error\":\"Settlement failed\",\"details\":\"d\"}",
		     "unknown", false, false, "Settlement failed");
	expect_after(402, "", "", "unknown", false, false, "");
	expect_after(402, "", "{\"isValid\":true,\"invalidReason\":\"r\"}", "unknown",
		     false, false, "r");
	expect_after(402, "", "{\"x402Version\":1,\"error\":\"no\",\"accepts\":[]}",
		     "rejected", false, false, "no");
	expect_after(402, "", "{\"x402Version\":3,\"error\":\"no\",\"accepts\":[{}]}",
		     "unknown", false, false, "no");
	expect_after(402, "",
		     "{\"x402Version\":1,\"accepts\":[{}],\"invalidReason\":\"r\"}",
		     "new_terms", false, true, "r");
	expect_after(412, "", "{\"error\":\"PERMIT2_ALLOWANCE_REQUIRED\"}",
		     "needs_allowance", false, false, "PERMIT2_ALLOWANCE_REQUIRED");
	expect_after(412, "", STALE("payment_expired"), "unknown", false, false,
		     "payment_expired");
	expect_after(503, no, "x", "unknown", true, false, "e");
	expect_after(0, "", "", "unknown", true, false, "");
	expect_after(307, "", "", "unknown", false, false, "");
	expect_after(401, "", "{\"message\":\"m\\u0007\"}", "unknown", false, false,
		     "m\\x07");
	expect_after(400, "", "", "bad_payment", false, false, "");
}

static void test_new_terms(void **state)
{
	(void)state;
	static const char *const others[] = {
		"{\"accepts\":[" OFFER("4mica") "]}",
		"{\"accepts\":[{\"scheme\":\"exact\",\"network\":\"base\",\"amount\":8," PARTIES
		"}]}",
		"{\"accepts\":[{\"scheme\":\"exact\",\"network\":\"base-sepolia\",\"amount\":7," PARTIES
		"}]}",
		"{\"accepts\":[{\"scheme\":\"exact\",\"network\":\"base\",\"amount\":7," USD
		"}]}",
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect_after(402, "", others[i], "new_terms", false, true, "");
	/* any one of several offers may be the old one */
	expect_after(402, "", "{\"accepts\":[" OFFER("4mica") "," OFFER("exact") "]}",
		     "rejected", false, false, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelopes),
		cmocka_unit_test(test_extensions_cap),
		cmocka_unit_test(test_receipt_headers),
		cmocka_unit_test(test_receipt_unreadable),
		cmocka_unit_test(test_receipt_members),
		cmocka_unit_test(test_certificate_places),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_new_terms),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
