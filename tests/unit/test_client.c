/* SPDX-License-Identifier: MIT */
/** The paid request against a transport without a network: what is sent, how often, what the
 *  ledger says afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fourmica/fourmica.h>

#include "support/pay_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL "https://api.example.com/data"
#define SELLER "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
#define OTHER_SELLER "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
#define USDC "0x036CbD53842c5426634e7929541eC2318f3dCF7e"

static void world_free(struct pay_world *w)
{
	assert_int_equal(w->fake.unexpected, 0);
	pay_world_free(w);
}

/* ---- what sellers say ---- */

/** A v2 challenge with one EIP-3009 offer, as a header block. Valid until the next call. */
static const char *challenge(const char *amount, const char *pay_to, const char *error)
{
	static struct fm_buf header;
	struct fm_buf json;

	fm_buf_clear(&header);
	fm_buf_init(&header, 8192);
	fm_buf_init(&json, 4096);
	fm_buf_fmt(
		&json,
		"{\"x402Version\":2,\"error\":\"%s\",\"resource\":{\"url\":\"" URL "\"},"
		"\"accepts\":[{\"scheme\":\"exact\",\"network\":\"eip155:84532\","
		"\"amount\":\"%s\",\"asset\":\"" USDC "\",\"payTo\":\"%s\","
		"\"maxTimeoutSeconds\":60,\"extra\":{\"name\":\"USDC\",\"version\":\"2\"}}]}",
		error, amount, pay_to);
	fm_buf_str(&header, "PAYMENT-REQUIRED: ");
	fm_base64_write(&header, json.ptr, json.len);
	fm_buf_str(&header, "\r\n");
	fm_buf_clear(&json);
	return header.ptr;
}

static const char *offer(void)
{
	static char text[4096];

	snprintf(text, sizeof(text), "%s",
		 challenge("10000", SELLER, "Payment required"));
	return text;
}

static const char *receipt(const char *json)
{
	static struct fm_buf header;

	fm_buf_clear(&header);
	fm_buf_init(&header, 4096);
	fm_buf_str(&header, "PAYMENT-RESPONSE: ");
	fm_base64_write(&header, json, strlen(json));
	fm_buf_str(&header, "\r\n");
	return header.ptr;
}

#define SETTLED                                                                                  \
	"{\"success\":true,\"transaction\":\"0xabababababababababababababababababababababababab" \
	"abababababababab\",\"network\":\"eip155:84532\"}"

/* ---- runs ---- */

static enum fm_code pay(struct pay_world *w, struct fm_err *err, const char *key)
{
	struct fm_paid paid;
	enum fm_code rc = pay_world_pay(&paid, w, key, URL, NULL, err);

	fm_paid_clear(&paid);
	return rc;
}

static enum fm_pay_state state_of(struct pay_world *w, const char *key,
				  struct fm_payment *out)
{
	assert_true(pay_world_find(out, w, key));
	return out->state;
}

static void expect_state(struct pay_world *w, const char *key, enum fm_pay_state want)
{
	struct fm_payment payment;

	assert_int_equal(state_of(w, key, &payment), want);
	fm_payment_clear(&payment);
}

static void test_paid(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_paid paid;
	struct fm_err err;
	char value[4096];

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay_world_pay(&paid, w, "k", URL, "order=1", &err), FM_OK);
	assert_string_equal(paid.status, "paid");
	assert_string_equal(paid.evidence, "receipt_only");
	assert_int_equal(paid.body_bytes, 5);
	assert_int_equal(access(paid.receipt_path, R_OK), 0);
	fm_paid_clear(&paid);
	assert_string_equal(w->body.ptr, "goods");
	assert_int_equal(w->fake.count, 2);
	assert_null(fake_http_header(value, sizeof(value), &w->fake.requests[0],
				     "PAYMENT-SIGNATURE"));
	assert_non_null(fake_http_header(value, sizeof(value), &w->fake.requests[1],
					 "PAYMENT-SIGNATURE"));
	assert_string_equal(w->fake.requests[1].method, "POST");
	assert_string_equal(w->fake.requests[1].body, "order=1");
	assert_false(w->fake.requests[1].follow);
	expect_state(w, "k", FM_PAY_PAID);
	world_free(w);
}

static void test_free_of_charge(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_paid paid;
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 200, NULL, "free goods");
	assert_int_equal(pay_world_pay(&paid, w, NULL, URL, NULL, &err), FM_OK);
	assert_string_equal(paid.status, "free");
	fm_paid_clear(&paid);
	assert_string_equal(w->body.ptr, "free goods");
	assert_int_equal(w->unlocked, 0);
	assert_int_not_equal(access(w->ledger, F_OK), 0);
	world_free(w);
}

static void test_same_key(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_paid paid;
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, "k"), FM_OK);
	pay_world_restart(w);
	assert_int_equal(pay_world_pay(&paid, w, "k", URL, NULL, &err), FM_OK);
	assert_string_equal(paid.status, "already_paid");
	fm_paid_clear(&paid);
	assert_int_equal(w->fake.count, 2);
	assert_int_equal(pay_world_pay(&paid, w, "k", URL "/other", NULL, &err),
			 FM_E_USAGE);
	fm_paid_clear(&paid);
	assert_int_equal(pay_world_pay(&paid, w, "k", URL, "another body", &err),
			 FM_E_USAGE);
	fm_paid_clear(&paid);
	assert_int_equal(w->fake.count, 2);
	world_free(w);
}

/* The next client takes over the ledger that is open, and knows what was paid. */
static void test_ledger_handed_on(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_ledger *ledger = NULL, *again = NULL;
	struct fm_err err;

	(void)state;
	fm_client_return_ledger(&ledger, w->client);
	assert_null(ledger);
	fm_client_lend_ledger(w->client, &ledger);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, "k"), FM_OK);
	fm_client_return_ledger(&ledger, w->client);
	assert_non_null(ledger);
	pay_world_restart(w);
	again = ledger;
	fm_client_lend_ledger(w->client, &ledger);
	assert_null(ledger);
	assert_int_equal(pay(w, &err, "k"), FM_OK);
	assert_int_equal(w->fake.count, 2);
	fm_client_return_ledger(&ledger, w->client);
	assert_ptr_equal(ledger, again);
	/* One that has its own by now keeps that. */
	assert_int_equal(pay(w, &err, "k"), FM_OK);
	fm_client_lend_ledger(w->client, &ledger);
	assert_null(ledger);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, "other"), FM_OK);
	expect_state(w, "k", FM_PAY_PAID);
	expect_state(w, "other", FM_PAY_PAID);
	world_free(w);
}

static void test_over_limit(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, challenge("100001", SELLER, "pay"), "{}");
	assert_int_equal(pay(w, &err, "k"), FM_E_OVER_LIMIT);
	assert_int_equal(err.spent, FM_SPENT_NO);
	assert_int_equal(w->fake.count, 1);
	assert_int_equal(w->unlocked, 0);
	assert_int_equal(w->heads, 0);
	world_free(w);
}

static void test_rejected(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	char *again = strdup(challenge("10000", SELLER, "insufficient_funds"));
	fake_http_reply(&w->fake, 402, again, "{}");
	assert_int_equal(pay(w, &err, "k"), FM_E_PAYMENT);
	assert_int_equal(err.spent, FM_SPENT_YES);
	assert_string_equal(err.seller_reason, "insufficient_funds");
	expect_state(w, "k", FM_PAY_REFUSED);
	pay_world_restart(w);
	assert_int_equal(pay(w, &err, "k"), FM_E_PAYMENT);
	assert_int_equal(w->fake.count, 2);
	free(again);
	world_free(w);
}

static void test_new_terms(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	char *dearer = strdup(challenge("20000", SELLER, "price went up"));
	fake_http_reply(&w->fake, 402, dearer, "{}");
	assert_int_equal(pay(w, &err, "k"), FM_E_NEW_TERMS);
	assert_int_equal(w->fake.count, 2);
	free(dearer);
	world_free(w);
}

/** No answer at all: the same bytes again, a bounded number of times, then in doubt. */
static void test_no_answer(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	char first[4096], again[4096];
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	for (int i = 0; i < 4; i++)
		fake_http_fail(&w->fake, FM_E_NETWORK, true);
	assert_int_equal(pay(w, &err, "k"), FM_E_IN_DOUBT);
	assert_int_equal(err.spent, FM_SPENT_MAYBE);
	assert_int_equal(w->fake.count, 5);
	assert_non_null(fake_http_header(first, sizeof(first), &w->fake.requests[1],
					 "PAYMENT-SIGNATURE"));
	for (size_t i = 2; i < 5; i++) {
		assert_non_null(fake_http_header(
			again, sizeof(again), &w->fake.requests[i], "PAYMENT-SIGNATURE"));
		assert_string_equal(first, again);
	}
	expect_state(w, "k", FM_PAY_IN_DOUBT);
	pay_world_restart(w);
	assert_int_equal(pay(w, &err, "k"), FM_E_IN_DOUBT);
	assert_int_equal(w->fake.count, 5);
	world_free(w);
}

static void test_answer_after_resend(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_payment payment;
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 503, NULL, "try later");
	fake_http_fail(&w->fake, FM_E_TIMEOUT, true);
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, "k"), FM_OK);
	assert_int_equal(w->fake.count, 4);
	assert_int_equal(state_of(w, "k", &payment), FM_PAY_PAID);
	assert_int_equal(payment.retries, 2);
	fm_payment_clear(&payment);
	/* Of the error page nothing was delivered. */
	assert_string_equal(w->body.ptr, "goods");
	assert_int_equal(w->heads, 1);
	world_free(w);
}

/** The answer to the first sending was lost; the second is refused as a repetition. */
static void test_taken_before(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_fail(&w->fake, FM_E_NETWORK, true);
	char *used = strdup(
		challenge("10000", SELLER, "invalid_exact_evm_nonce_already_used"));
	fake_http_reply(&w->fake, 402, used, "{}");
	assert_int_equal(pay(w, &err, "k"), FM_E_IN_DOUBT);
	expect_state(w, "k", FM_PAY_IN_DOUBT);
	free(used);
	world_free(w);
}

/** Nothing says what became of the first sending: a refusal of the second does not either. What the
 *  public packages answer to a used authorization is no code of its own. */
static void test_refused_after_lost(void **state)
{
	static const char *const reasons[] = {
		"invalid_exact_evm_transaction_simulation_failed", "insufficient_funds"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct pay_world *w = pay_world_new(NULL);
		struct fm_err err;

		fake_http_reply(&w->fake, 402, offer(), "{}");
		fake_http_fail(&w->fake, FM_E_NETWORK, true);
		char *refusal = strdup(challenge("10000", SELLER, reasons[i]));
		fake_http_reply(&w->fake, 402, refusal, "{}");
		assert_int_equal(pay(w, &err, "k"), FM_E_IN_DOUBT);
		assert_int_equal(err.spent, FM_SPENT_MAYBE);
		assert_string_equal(err.seller_reason, reasons[i]);
		expect_state(w, "k", FM_PAY_IN_DOUBT);
		free(refusal);
		world_free(w);
	}
}

static void test_settled_then_error(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 500, receipt(SETTLED), "oops");
	assert_int_equal(pay(w, &err, "k"), FM_E_PAID_HTTP);
	assert_int_equal(err.spent, FM_SPENT_YES);
	expect_state(w, "k", FM_PAY_PAID);
	world_free(w);
}

static void test_served_without_receipt(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, NULL, "goods");
	assert_int_equal(pay(w, &err, "k"), FM_E_EVIDENCE);
	assert_string_equal(w->body.ptr, "goods");
	expect_state(w, "k", FM_PAY_PAID);
	world_free(w);
}

/** The reader of the body fails after payment: the money's outcome is still read and kept. */
static void test_sink_fails_after_payment(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	w->sink_fails = true;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, "k"), FM_E_PAID_WRITE);
	expect_state(w, "k", FM_PAY_PAID);
	world_free(w);
}

static void test_body_breaks_off(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	const struct fake_reply cut = { .status = 200,
					.headers = receipt(SETTLED),
					.body = "goods",
					.body_len = 5,
					.fail = FM_E_NETWORK,
					.fail_at = 3 };
	fake_http_add(&w->fake, &cut);
	assert_int_equal(pay(w, &err, "k"), FM_E_PAID_HTTP);
	assert_int_equal(w->fake.count, 2);
	expect_state(w, "k", FM_PAY_PAID);
	world_free(w);
}

static void test_redirect_elsewhere(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	const struct fake_reply moved = { .status = 402,
					  .headers = offer(),
					  .url = "https://evil.example.net/data",
					  .body = "{}",
					  .body_len = 2 };
	fake_http_add(&w->fake, &moved);
	enum fm_code rc = pay(w, &err, "k");
	/* Either reason is right: the resource is another host's, and so is the answer. */
	assert_true(rc == FM_E_APPROVAL || rc == FM_E_SELLER);
	assert_int_equal(w->unlocked, 0);
	assert_int_equal(w->fake.count, 1);
	world_free(w);
}

static void test_stop(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	int fd = open(w->stop, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	close(fd);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	assert_int_equal(pay(w, &err, "k"), FM_E_STOPPED);
	assert_int_equal(w->fake.count, 1);
	assert_int_equal(w->unlocked, 0);
	/* Once the stop is gone the same key pays. */
	unlink(w->stop);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, "k"), FM_OK);
	world_free(w);
}

/* A person who is asked takes a while; meanwhile somebody stops everything. */
static enum fm_code yes_after_a_stop(void *ctx, const char *what, struct fm_err *err)
{
	const struct pay_world *w = ctx;

	(void)what;
	return fm_stop_set(w->stop, 1782122405, "enough", err);
}

static void test_stop_while_asked(void **state)
{
	static const char mail[] =
		"{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"}],"
		"\"Mail\":[{\"name\":\"contents\",\"type\":\"string\"}]},\"primaryType\":"
		"\"Mail\",\"domain\":{\"name\":\"Test\"},\"message\":{\"contents\":\"hi\"}}";
	static const struct fm_sig none;
	struct pay_world *w = pay_world_new("{\"version\":1,\"sign\":\"any\"}");
	struct fm_signed out;
	struct fm_err err;
	bool was = false;

	(void)state;
	fm_err_init(&err);
	assert_int_equal(fm_sign_typed(&out, w->client, fm_span_of(mail),
				       yes_after_a_stop, w, &err),
			 FM_E_STOPPED);
	assert_non_null(strstr(err.msg, "since 2026-06-22T10:00:05Z: enough"));
	assert_memory_equal(&out.sig, &none, sizeof(none));
	fm_signed_clear(&out);
	assert_int_equal(fm_stop_lift(&was, w->stop, &err), FM_OK);
	assert_true(was);
	assert_int_equal(fm_sign_message(&out, w->client, fm_span_of("hello"),
					 yes_after_a_stop, w, &err),
			 FM_E_STOPPED);
	assert_memory_equal(&out.sig, &none, sizeof(none));
	fm_signed_clear(&out);
	world_free(w);
}

static void test_stop_file(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"[]",
		"{}",
		"{\"version\":1,\"time\":1}",
		"{\"version\":1,\"time\":1,\"reason\":7}",
		"{\"version\":1,\"time\":1.5,\"reason\":null}",
		"{\"version\":1,\"time\":253402300800,\"reason\":null}",
		"{\"version\":1,\"time\":1,\"reason\":null,\"x\":1}",
		"{\"version\":1,\"time\":1,\"time\":1,\"reason\":null}",
		"{\"version\":2,\"time\":1,\"reason\":null}",
	};
	struct fm_stop stop;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(fm_stop_parse(&stop, fm_span_of(bad[i])));
		assert_true(stop.set && !stop.since_s && !stop.reason[0]);
	}
	assert_true(fm_stop_parse(
		&stop, fm_span_of("{\"version\":1,\"time\":9,\"reason\":\"why\"}\n")));
	assert_int_equal(stop.since_s, 9);
	assert_string_equal(stop.reason, "why");
}

/* ---- what a wallet spends from ---- */

static struct fm_hash bound_to; /* by bind_wallet, to this ledger */
static unsigned bindings;

static enum fm_code bind_wallet(void *ctx, const struct fm_hash *ledger,
				struct fm_err *err)
{
	(void)ctx;
	(void)err;
	bound_to = *ledger;
	bindings++;
	return FM_OK;
}

static void test_bound_with_the_first(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_spending spending = { .bound = false };
	struct fm_err err;

	(void)state;
	bindings = 0;
	w->config.spending = &spending;
	w->config.bind = bind_wallet;
	pay_world_restart(w);
	for (int i = 0; i < 2; i++) {
		fake_http_reply(&w->fake, 402, offer(), "{}");
		fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
		assert_int_equal(pay(w, &err, NULL), FM_OK);
		assert_int_equal(bindings, 1);
	}
	/* The next process reads it from the file. */
	spending = (struct fm_spending){ .bound = true, .ledger = bound_to };
	pay_world_restart(w);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, NULL), FM_OK);
	assert_int_equal(bindings, 1);
	/* To another one. */
	spending.ledger.b[0] ^= 1;
	pay_world_restart(w);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	w->unlocked = 0;
	assert_int_equal(pay(w, &err, NULL), FM_E_LEDGER);
	assert_string_equal(err.rule, "ledger");
	assert_int_equal(w->unlocked, 0);
	world_free(w);
}

static void test_looser_rules(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_payment found;
	struct fm_err err, looser;

	(void)state;
	fm_err_init(&looser);
	fm_fail(&looser, FM_E_APPROVAL, "more");
	fm_rule(&looser, "accepted");
	w->config.looser = &looser;
	pay_world_restart(w);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	assert_int_equal(pay(w, &err, "k"), FM_E_APPROVAL);
	assert_string_equal(err.rule, "accepted");
	assert_int_equal(w->unlocked, 0);
	/* Nothing but the refusal is recorded. */
	assert_false(pay_world_find(&found, w, "k"));
	world_free(w);
}

/** Where the wallet's own ledger is missing, a refusal makes no other one. */
static void test_denied_without_ledger(void **state)
{
	struct pay_world *w =
		pay_world_new("{\"version\":1,\"limits\":[{\"amount\":\"0.001usdc\"}]}");
	struct fm_spending spending = { .bound = true, .builtin = true };
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	assert_int_equal(pay(w, &err, NULL), FM_E_OVER_LIMIT);
	assert_int_equal(access(w->ledger, F_OK), 0);
	world_free(w);
	w = pay_world_new("{\"version\":1,\"limits\":[{\"amount\":\"0.001usdc\"}]}");
	w->config.spending = &spending;
	pay_world_restart(w);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	assert_int_equal(pay(w, &err, NULL), FM_E_OVER_LIMIT);
	assert_int_equal(access(w->ledger, F_OK), -1);
	world_free(w);
}

/** The seller that was paid once is expected again. */
static void test_pinned_seller(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, offer(), "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, NULL), FM_OK);
	char *other = strdup(challenge("10000", OTHER_SELLER, "pay"));
	fake_http_reply(&w->fake, 402, other, "{}");
	assert_int_equal(pay(w, &err, NULL), FM_E_SELLER);
	assert_int_equal(w->fake.count, 3);
	free(other);
	world_free(w);
}

static enum fm_code pay_price(struct pay_world *w, struct fm_err *err, const char *amount,
			      bool served)
{
	char *price = strdup(challenge(amount, SELLER, "pay"));
	enum fm_code rc;

	fake_http_reply(&w->fake, 402, price, "{}");
	if (served)
		fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	rc = pay(w, err, NULL);
	free(price);
	return rc;
}

/** The ledger's word on the seller reaches the verdict, also in a later run. */
static void test_history(void **state)
{
	struct pay_world *w =
		pay_world_new("{\"version\":1,\"limits\":[{\"amount\":\"1usdc\"}],"
			      "\"first_payment\":\"0.01usdc\",\"price_rise\":\"50%\"}");
	struct fm_err err;

	(void)state;
	assert_int_equal(pay_price(w, &err, "10001", false), FM_E_APPROVAL);
	assert_string_equal(err.rule, "first_payment");
	assert_int_equal(pay_price(w, &err, "10000", true), FM_OK);
	pay_world_restart(w);
	assert_int_equal(pay_price(w, &err, "15001", false), FM_E_APPROVAL);
	assert_string_equal(err.rule, "price_rise");
	assert_non_null(strstr(err.msg, "from 0.01 USDC to 0.015001 USDC"));
	assert_int_equal(pay_price(w, &err, "15000", true), FM_OK);
	assert_int_equal(pay_price(w, &err, "22500", true), FM_OK);
	world_free(w);
}

/** Three refused payments in a row, and no fourth. */
static void test_failures_in_a_row(void **state)
{
	struct pay_world *w =
		pay_world_new("{\"version\":1,\"limits\":[{\"amount\":\"1usdc\"}],"
			      "\"stop_after_failures\":3}");
	char *again = strdup(challenge("10000", SELLER, "insufficient_funds"));
	struct fm_err err;

	(void)state;
	for (int i = 0; i < 3; i++) {
		fake_http_reply(&w->fake, 402, offer(), "{}");
		fake_http_reply(&w->fake, 402, again, "{}");
		assert_int_equal(pay(w, &err, NULL), FM_E_PAYMENT);
	}
	fake_http_reply(&w->fake, 402, offer(), "{}");
	assert_int_equal(pay(w, &err, NULL), FM_E_BLOCKED);
	assert_string_equal(err.rule, "stop_after_failures");
	assert_int_equal(err.spent, FM_SPENT_NO);
	free(again);
	world_free(w);
}

/** 1 USDC a day: ten payments of 0.10 USDC fit, the eleventh does not. */
static void test_day_budget(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	char *price = strdup(challenge("100000", SELLER, "pay"));
	for (int i = 0; i < 10; i++) {
		fake_http_reply(&w->fake, 402, price, "{}");
		fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
		assert_int_equal(pay(w, &err, NULL), FM_OK);
	}
	fake_http_reply(&w->fake, 402, price, "{}");
	assert_int_equal(pay(w, &err, NULL), FM_E_BUDGET);
	pay_world_restart(w);
	fake_http_reply(&w->fake, 402, price, "{}");
	assert_int_equal(pay(w, &err, NULL), FM_E_BUDGET);
	w->now_ms += 25 * 3600 * INT64_C(1000);
	fake_http_reply(&w->fake, 402, price, "{}");
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	assert_int_equal(pay(w, &err, NULL), FM_OK);
	free(price);
	world_free(w);
}

static void test_own_payment_header(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	const struct fm_header mine = { "payment-signature", "e30=" };
	const struct fm_http_request request = {
		.method = "GET", .url = URL, .headers = &mine, .header_count = 1
	};
	const struct fm_terms_wanted wanted = { 0 };
	struct fm_paid paid;
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	fm_paid_init(&paid);
	assert_int_equal(fm_pay(&paid, w->client, &request, &wanted, NULL, &err),
			 FM_E_USAGE);
	assert_int_equal(w->fake.count, 0);
	fm_paid_clear(&paid);
	world_free(w);
}

static void test_not_x402(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_err err;

	(void)state;
	fake_http_reply(&w->fake, 402, "Content-Type: text/html\r\n", "<p>pay us</p>");
	assert_int_equal(pay(w, &err, NULL), FM_E_NOT_X402);
	assert_string_equal(w->body.ptr, "<p>pay us</p>");
	world_free(w);
}

/** A quote that is fresh is paid with one request; another request, or terms that changed,
 *  are refused. */
static void test_quote_file(void **state)
{
	struct pay_world *w = pay_world_new(NULL);
	struct fm_terms_wanted wanted = { 0 };
	const struct fm_http_request request = { .method = "GET", .url = URL };
	struct fm_quote_file file;
	struct fm_quote quote;
	struct fm_paid paid;
	struct fm_buf text;
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	fm_quote_init(&quote);
	fm_quote_file_init(&file);
	fm_buf_init(&text, 1 << 20);
	fake_http_reply(&w->fake, 402, offer(), "{}");
	assert_int_equal(fm_quote_request(&quote, w->client, &request, &wanted, &err),
			 FM_OK);
	assert_int_equal(quote.outcome, FM_OK);
	assert_int_equal(fm_quote_file_write(&text, &quote, "GET", URL,
					     (struct fm_span){ NULL, 0 },
					     w->now_ms / 1000, &err),
			 FM_OK);
	assert_int_equal(fm_quote_file_read(&file, fm_buf_span(&text), &err), FM_OK);
	wanted.quote = &file;
	fake_http_reply(&w->fake, 200, receipt(SETTLED), "goods");
	fm_paid_init(&paid);
	assert_int_equal(fm_pay(&paid, w->client, &request, &wanted, NULL, &err), FM_OK);
	fm_paid_clear(&paid);
	assert_int_equal(w->fake.count, 2);
	/* Past its deadline the quote is asked for again, and must still hold. */
	w->now_ms += 61 * 1000;
	char *dearer = strdup(challenge("20000", SELLER, "pay"));
	fake_http_reply(&w->fake, 402, dearer, "{}");
	fm_paid_init(&paid);
	assert_int_equal(fm_pay(&paid, w->client, &request, &wanted, NULL, &err),
			 FM_E_QUOTE);
	fm_paid_clear(&paid);
	/* An altered file is found. */
	char *amount = strstr(text.ptr, "\"amount\":\"10000\"");
	assert_non_null(amount);
	amount[10] = '9';
	assert_int_equal(fm_quote_file_read(&file, fm_buf_span(&text), &err),
			 FM_E_CONFIG);
	free(dearer);
	fm_quote_clear(&quote);
	fm_quote_file_clear(&file);
	fm_buf_clear(&text);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paid),
		cmocka_unit_test(test_free_of_charge),
		cmocka_unit_test(test_same_key),
		cmocka_unit_test(test_ledger_handed_on),
		cmocka_unit_test(test_over_limit),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_new_terms),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_answer_after_resend),
		cmocka_unit_test(test_taken_before),
		cmocka_unit_test(test_refused_after_lost),
		cmocka_unit_test(test_settled_then_error),
		cmocka_unit_test(test_served_without_receipt),
		cmocka_unit_test(test_sink_fails_after_payment),
		cmocka_unit_test(test_body_breaks_off),
		cmocka_unit_test(test_redirect_elsewhere),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_while_asked),
		cmocka_unit_test(test_stop_file),
		cmocka_unit_test(test_bound_with_the_first),
		cmocka_unit_test(test_looser_rules),
		cmocka_unit_test(test_denied_without_ledger),
		cmocka_unit_test(test_pinned_seller),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_failures_in_a_row),
		cmocka_unit_test(test_day_budget),
		cmocka_unit_test(test_own_payment_header),
		cmocka_unit_test(test_not_x402),
		cmocka_unit_test(test_quote_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
