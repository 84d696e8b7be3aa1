/* SPDX-License-Identifier: MIT */
/* Which offer is taken, and what is said of the others. Rules: x402.md, sections 4 and 8. */
#include <fourmica/x402.h>
#include <x402/scheme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PARTIES                                                     \
	"\"asset\":\"0x036CbD53842c5426634e7929541eC2318f3dCF7e\"," \
	"\"payTo\":\"0xCe1907cc04E0fC5CD03332a8b40a7FCD05b7725D\""
#define EXACT(amount)                                                             \
	"{\"scheme\":\"exact\",\"network\":\"base-sepolia\",\"amount\":\"" amount \
	"\"," PARTIES "}"
#define CREDIT(amount)                                                            \
	"{\"scheme\":\"4mica\",\"network\":\"base-sepolia\",\"amount\":\"" amount \
	"\"," PARTIES "}"
#define UPFRONT(amount)                                                           \
	"{\"scheme\":\"exact\",\"network\":\"base-sepolia\",\"amount\":\"" amount \
	"\"," PARTIES ",\"extra\":{\"paymentFlow\":\"upfront\"}}"

static struct fm_challenge *challenge;
static struct fm_offer *chosen;
static struct fm_err err;

/* Amounts say what the judge thinks: 50..59 approval, 60..69 blocked asset, 100 up over. */
struct judge {
	unsigned asked;
	unsigned order[8];
};

static bool judge(void *ctx, const struct fm_challenge *of, struct fm_offer *offer)
{
	struct judge *j = ctx;
	uint64_t amount = offer->amount.w[0];
	assert_ptr_equal(of, challenge);
	assert_int_equal(offer->stage, FM_OFFER_PAYABLE);
	j->order[j->asked++ % 8] = offer->index;
	if (amount >= 100)
		return fm_offer_refuse(offer, FM_OFFER_OVER_LIMIT, FM_E_OVER_LIMIT,
				       "over 100");
	if (amount >= 60) {
		snprintf(offer->rule, sizeof(offer->rule), "assets");
		return fm_offer_refuse(offer, FM_OFFER_DENIED, FM_E_ASSET, "asset");
	}
	if (amount >= 50)
		return fm_offer_refuse(offer, FM_OFFER_APPROVAL, FM_E_APPROVAL,
				       "ask first");
	return true;
}

static struct judge judged;

static enum fm_code choose_from(const char *document, struct fm_choice choice)
{
	fm_challenge_free(&challenge);
	fm_err_init(&err);
	judged = (struct judge){ .asked = 0 };
	choice.judge = judge;
	choice.judge_ctx = &judged;
	if (fm_challenge_read(&challenge, 402, fm_span_of(""), fm_span_of(document),
			      false, &err))
		fail_msg("%s", err.msg);
	enum fm_code rc = fm_choose(&chosen, challenge, &choice, &err);
	assert_int_equal(rc == FM_OK, chosen != NULL);
	for (size_t i = 0; i < challenge->offer_count; i++) {
		const struct fm_offer *offer = &challenge->offers[i];
		assert_int_equal(offer == chosen, offer->refused[0] == 0);
	}
	return rc;
}

/* A chain only its owner knows is as good as a built-in one, where it has a Core. */
static const struct fm_network *mine(void *ctx, uint64_t chain_id)
{
	static const struct fm_network with_core = { .chain_id = 31337,
						     .name = "mine",
						     .title = "mine",
						     .core = "https://core.example" };
	static const struct fm_network without = { .chain_id = 31338,
						   .name = "bare",
						   .title = "bare" };

	assert_ptr_equal(ctx, &judged);
	return chain_id == 31337 ? &with_core : chain_id == 31338 ? &without : NULL;
}

static void networks_of_ones_own(void **state)
{
	static const char document[] =
		"{\"x402Version\":1,\"accepts\":["
		"{\"scheme\":\"4mica-credit\",\"network\":\"eip155:31337\",\"amount\":\"1\"," PARTIES
		"},{\"scheme\":\"4mica-credit\",\"network\":\"eip155:31338\",\"amount\":\"1\"," PARTIES
		"},{\"scheme\":\"exact\",\"network\":\"eip155:31338\",\"amount\":\"1\"," PARTIES
		",\"extra\":{\"name\":\"T\",\"version\":\"1\"}},"
		"{\"scheme\":\"exact\",\"network\":\"eip155:31339\",\"amount\":\"1\"," PARTIES
		",\"extra\":{\"name\":\"T\",\"version\":\"1\"}}]}";

	(void)state;
	assert_int_equal(choose_from(document, (struct fm_choice){ .network = mine }),
			 FM_OK);
	assert_int_equal(chosen->index, 0);
	assert_int_equal(challenge->offers[1].stage, FM_OFFER_UNSUPPORTED);
	assert_non_null(strstr(challenge->offers[2].refused, "ranked behind"));
	assert_int_equal(challenge->offers[3].stage, FM_OFFER_UNSUPPORTED);
	assert_int_equal(choose_from(document, (struct fm_choice){ .scheme = NULL }),
			 FM_E_NO_OPTION);
}

static enum fm_code choose(const char *document)
{
	return choose_from(document, (struct fm_choice){ .scheme = NULL });
}

static int drop(void **state)
{
	(void)state;
	fm_challenge_free(&challenge);
	return 0;
}

static void test_rank(void **state)
{
	(void)state;
	static const char three[] = "{\"accepts\":[" UPFRONT("1") "," EXACT(
		"2") "," EXACT("3") "," CREDIT("4") "]}";
	static const char *const exact_first[] = { "exact", "4mica-credit", NULL };
	static const char *const only_credit[] = { "4mica", NULL };
	assert_int_equal(choose(three), FM_OK);
	assert_int_equal(chosen->index, 3);
	assert_int_equal(judged.asked, 1);
	assert_string_equal(challenge->offers[0].refused, "ranked behind option 3");
	assert_int_equal(choose_from(three, (struct fm_choice){ .prefer = exact_first }),
			 FM_OK);
	assert_int_equal(chosen->index, 1);
	assert_int_equal(choose_from(three, (struct fm_choice){ .prefer = only_credit }),
			 FM_OK);
	assert_int_equal(chosen->index, 3);
	assert_int_equal(
		choose("{\"accepts\":[" UPFRONT("1") "," EXACT("2") "," EXACT("3") "]}"),
		FM_OK);
	assert_int_equal(chosen->index, 1);
	assert_int_equal(choose("{\"accepts\":[" UPFRONT("1") "," EXACT("100") "]}"),
			 FM_OK);
	assert_int_equal(chosen->index, 0);
	assert_int_equal(judged.order[0], 1);
}

static void test_class_of_the_furthest(void **state)
{
	(void)state;
	assert_int_equal(choose("{\"accepts\":[null,{}]}"), FM_E_MALFORMED);
	assert_int_equal(
		choose("{\"accepts\":[null,{\"scheme\":\"upto\",\"network\":\"base\","
		       "\"amount\":\"1\"," PARTIES "}]}"),
		FM_E_NO_OPTION);
	assert_int_equal(choose("{\"accepts\":[null," EXACT("60") "]}"), FM_E_ASSET);
	assert_string_equal(err.rule, "assets");
	/* what only takes a person's word is closer than what is refused */
	assert_int_equal(choose("{\"accepts\":[" EXACT("60") "," EXACT("50") "]}"),
			 FM_E_APPROVAL);
	assert_int_equal(choose("{\"accepts\":[" EXACT("50") "," CREDIT("101") "]}"),
			 FM_E_APPROVAL);
	/* among equals the first that was asked, not the seller's first */
	assert_int_equal(choose("{\"accepts\":[" EXACT("60") "," CREDIT("61") "]}"),
			 FM_E_ASSET);
	assert_non_null(strstr(err.msg, "option 1"));
	assert_int_equal(choose("{\"accepts\":[" CREDIT("60") "," EXACT("101") "]}"),
			 FM_E_OVER_LIMIT);
	assert_int_equal(judged.asked, 2);
	assert_non_null(strstr(err.msg, "option 1: over 100"));
	assert_int_equal(choose("{\"accepts\":[" CREDIT("60") "," EXACT("100") "," EXACT(
				 "9") "]}"),
			 FM_OK);
}

static void test_wishes(void **state)
{
	(void)state;
	static const char two[] = "{\"accepts\":[" EXACT("1") "," CREDIT("2") "]}";
	assert_int_equal(choose_from(two, (struct fm_choice){ .scheme = "exact" }),
			 FM_OK);
	assert_int_equal(chosen->index, 0);
	assert_int_equal(choose_from(two, (struct fm_choice){ .scheme = "4MICA" }),
			 FM_OK);
	assert_int_equal(chosen->index, 1);
	assert_int_equal(choose_from(two, (struct fm_choice){ .scheme = "upto" }),
			 FM_E_NO_OPTION);
	assert_int_equal(judged.asked, 0);
	assert_int_equal(choose_from(two, (struct fm_choice){ .chain_id = 84532 }),
			 FM_OK);
	assert_int_equal(choose_from(two, (struct fm_choice){ .chain_id = 8453 }),
			 FM_E_NO_OPTION);
}

/* Choosing again under other rules forgets what the first choice said. */
static void test_again(void **state)
{
	(void)state;
	struct judge j = { .asked = 0 };
	const struct fm_choice choice = { .judge = judge, .judge_ctx = &j };
	assert_int_equal(choose_from("{\"accepts\":[7," EXACT("1") "," CREDIT("2") "]}",
				     (struct fm_choice){ .scheme = "exact" }),
			 FM_OK);
	assert_int_equal(challenge->offers[2].stage, FM_OFFER_UNSUPPORTED);
	assert_int_equal(fm_choose(&chosen, challenge, &choice, &err), FM_OK);
	assert_int_equal(chosen->index, 2);
	assert_string_equal(chosen->refused, "");
	assert_int_equal(challenge->offers[0].stage, FM_OFFER_UNUSABLE);
}

static bool forgetful(void *ctx, const struct fm_challenge *of, struct fm_offer *offer)
{
	(void)ctx;
	(void)of;
	(void)offer;
	return false;
}

static void test_a_silent_no_is_a_no(void **state)
{
	(void)state;
	const struct fm_choice choice = { .judge = forgetful };
	assert_int_equal(choose("{\"accepts\":[" EXACT("1") "]}"), FM_OK);
	assert_int_equal(fm_choose(&chosen, challenge, &choice, &err), FM_E_APPROVAL);
	assert_null(chosen);
}

static enum fm_code with_resource(const char *json)
{
	char text[2048];
	snprintf(text, sizeof(text),
		 "{\"x402Version\":2,\"resource\":%s,\"accepts\":[" EXACT(
			 "100") "," EXACT("1") "," EXACT("2") "]}",
		 json);
	return choose_from(
		text,
		(struct fm_choice){ .request_url = "https://api.example.com:8443/d" });
}

/* Nobody is asked to approve what is refused afterwards. */
static void test_resource_of_what_takes_approval(void **state)
{
	static const char document[] =
		"{\"x402Version\":2,\"resource\":{\"url\":\"https://evil.test/data\"},"
		"\"accepts\":[" EXACT("50") "]}";

	(void)state;
	assert_int_equal(
		choose_from(document,
			    (struct fm_choice){ .request_url =
							"https://api.example.com/d" }),
		FM_E_SELLER);
	assert_string_equal(err.rule, "resource_mismatch");
	assert_int_equal(
		choose_from(document,
			    (struct fm_choice){ .request_url = "https://evil.test/d" }),
		FM_E_APPROVAL);
}

static void test_resource(void **state)
{
	(void)state;
	static const char *const same[] = {
		"null",
		"{}",
		"7",
		"{\"url\":\"\"}",
		"{\"url\":null}",
		"{\"url\":7}",
		"{\"url\":\"/data\"}",
		"{\"url\":\"data?u=https://evil.test\"}",
		"{\"url\":\"mcp://tool\"}",
		"{\"url\":\"https://api.example.com/x\"}",
		"{\"url\":\"HTTP://API.example.com:99/x\"}",
		"{\"url\":\"https://user@api.example.com/\"}",
		"{\"url\":\"httpx://evil.test\"}",
	};
	static const char *const other[] = {
		"{\"url\":\"https://evil.test/data\"}",
		"{\"url\":\"https://api.example.com@evil.test/\"}",
		"{\"url\":\"https://api.example.com.evil.test/\"}",
		"{\"url\":\" https://evil.test/\"}",
		"{\"url\":\"https:\\\\\\\\evil.test\\\\\"}",
		"{\"url\":\"https:evil.test\"}",
		"{\"url\":\"https://evil.test\\u0000.api.example.com/\"}",
		"{\"url\":\"http://localhost:3000/\"}",
		"\"https://evil.test/\"",
	};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (with_resource(same[i]))
			fail_msg("%s: %s", same[i], err.msg);
		assert_int_equal(chosen->index, 1);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (with_resource(other[i]) != FM_E_SELLER)
			fail_msg("%s was taken", other[i]);
		assert_string_equal(err.rule, "resource_mismatch");
		assert_int_equal(challenge->offers[1].stage, FM_OFFER_DENIED);
		assert_int_equal(challenge->offers[2].stage, FM_OFFER_DENIED);
	}
}

static void test_resource_of_v1_is_the_offers(void **state)
{
	(void)state;
	static const char text[] =
		"{\"x402Version\":1,\"accepts\":[{\"resource\":\"https://evil.test/\","
		"\"scheme\":\"exact\",\"network\":\"base-sepolia\",\"amount\":\"100\"," PARTIES
		"},"
		"{\"resource\":\"https://api.example.com/d\",\"scheme\":\"exact\","
		"\"network\":\"base-sepolia\",\"amount\":\"1\"," PARTIES "}]}";
	struct fm_choice choice = { .request_url = "https://api.example.com/d" };
	/* checked on the chosen option, not on the first */
	assert_int_equal(choose_from(text, choice), FM_OK);
	assert_int_equal(chosen->index, 1);
	choice.request_url = "https://evil.test/d";
	assert_int_equal(choose_from(text, choice), FM_E_SELLER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(networks_of_ones_own, drop),
		cmocka_unit_test_teardown(test_rank, drop),
		cmocka_unit_test_teardown(test_class_of_the_furthest, drop),
		cmocka_unit_test_teardown(test_wishes, drop),
		cmocka_unit_test_teardown(test_again, drop),
		cmocka_unit_test_teardown(test_a_silent_no_is_a_no, drop),
		cmocka_unit_test_teardown(test_resource, drop),
		cmocka_unit_test_teardown(test_resource_of_what_takes_approval, drop),
		cmocka_unit_test_teardown(test_resource_of_v1_is_the_offers, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
