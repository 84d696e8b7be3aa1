/* SPDX-License-Identifier: MIT */
/* Contract values: what is refused when writing and reading, and how values are shown. What is
 * accepted is in vec_transactions.c and vec_eth_call.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/erc20.h"

#include <stdlib.h>
#include <string.h>

#define WORD 32

/** Words as a test writes them: the last bytes of each. */
static struct fm_span words(uint8_t *out, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct fm_u256 value = fm_u256_from_u64(values[i]);
		fm_u256_to_be(out + i * WORD, &value);
	}
	return (struct fm_span){ (const char *)out, count * WORD };
}

static void refuses(const char *types, struct fm_span data, const char *words_of_it)
{
	struct fm_abi_value out[16];
	char why[FM_ABI_WHY] = "";
	struct fm_span list = fm_span_of(types);

	assert_false(fm_abi_decode(out, fm_abi_count(list), list, data, why));
	assert_string_equal(why, words_of_it);
	assert_false(fm_abi_decode(out, fm_abi_count(list), list, data, NULL));
}

static void takes(const char *types, struct fm_span data)
{
	struct fm_abi_value out[16];
	char why[FM_ABI_WHY] = "";
	struct fm_span list = fm_span_of(types);
	struct fm_buf again;

	if (!fm_abi_decode(out, fm_abi_count(list), list, data, why))
		fail_msg("%s: %s", types, why);
	fm_buf_init(&again, 1u << 20);
	assert_true(fm_abi_encode(&again, list, out, fm_abi_count(list)));
	assert_int_equal(again.len, data.len);
	assert_memory_equal(again.ptr, data.ptr, data.len);
	fm_buf_clear(&again);
}

#define W(...)                                          \
	words(bytes, (const uint64_t[]){ __VA_ARGS__ }, \
	      sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static void test_words(void **state)
{
	uint8_t bytes[16 * WORD];

	(void)state;
	takes("uint8", W(255));
	refuses("uint8", W(256), "value 1 is out of its range");
	takes("uint64 a,uint256 b", W(UINT64_MAX, 5));
	takes("enum4 status", W(3));
	refuses("enum4 status", W(4), "status is out of its range");
	takes("bool on", W(1));
	refuses("bool on", W(2), "on is neither 0 nor 1");
	refuses("address a,bool on", W(1, 7), "on is neither 0 nor 1");
	refuses("uint256", W(1, 2), "64 bytes, not 32");
	refuses("uint256,uint256", W(1), "32 bytes, not 64");
	refuses("uint256", (struct fm_span){ NULL, 0 }, "0 bytes, not 32");
	refuses("uint256", (struct fm_span){ (const char *)bytes, 31 },
		"31 bytes, not 32");
	memset(bytes, 1, WORD);
	refuses("address who", (struct fm_span){ (const char *)bytes, WORD },
		"who is no address");
	takes("bytes32", (struct fm_span){ (const char *)bytes, WORD });
	refuses("uint248", (struct fm_span){ (const char *)bytes, WORD },
		"value 1 is out of its range");
}

static void test_bytes(void **state)
{
	uint8_t bytes[16 * WORD];
	struct fm_span data;

	(void)state;
	takes("bytes", W(32, 0));
	refuses("bytes text", W(64, 0), "text is not where it belongs");
	refuses("bytes text", W(32, 1), "text is longer than the data");
	refuses("bytes", W(32, UINT64_MAX), "value 1 is longer than the data");
	data = W(32, 3, 0);
	memcpy(bytes + 2 * WORD, "abc", 3);
	takes("string", data);
	bytes[2 * WORD + 3] = 1;
	refuses("string s", data, "s has something behind its end");
	refuses("bytes", W(32, 0, 0), "96 bytes, not 64");
	/* two of them, the second behind the first; nowhere else */
	takes("bytes a,bytes b", W(64, 96, 0, 0));
	refuses("bytes a,bytes b", W(96, 64, 0, 0), "a is not where it belongs");
	refuses("bytes a,bytes b", W(64, 64, 0, 0), "b is not where it belongs");
}

static void test_arrays(void **state)
{
	uint8_t bytes[16 * WORD];

	(void)state;
	takes("uint256[]", W(32, 0));
	takes("(uint256 a,bool b)[]", W(32, 2, 7, 1, 8, 0));
	refuses("(uint256 a,bool b)[]", W(32, 2, 7, 1, 8, 2),
		"value 1 holds an element that is out of its range");
	refuses("(uint256 a,bool b)[]", W(32, 2, 7, 1, 8),
		"value 1 is longer than the data");
	refuses("(uint256 a,bool b)[]", W(32, 1, 7, 1, 8), "160 bytes, not 128");
	refuses("uint256[]", W(32, UINT64_MAX), "value 1 has too many elements");
	refuses("uint256[]", W(32, FM_ABI_ITEMS_MAX + 1),
		"value 1 has too many elements");
	refuses("uint256[]", W(0, 0), "value 1 is not where it belongs");
}

static void test_items(void **state)
{
	uint8_t bytes[16 * WORD];
	struct fm_abi_value array, item[4];
	struct fm_span data = W(32, 2, 1, 10, 0, 0, 2, 20, 1, 5);

	(void)state;
	assert_true(fm_fn_returns(&array, 1, FM_FN_ALL_ASSETS, data, NULL));
	assert_int_equal(array.count, 2);
	assert_true(fm_fn_item(item, 4, FM_FN_ALL_ASSETS, &array, 1));
	assert_int_equal(item[0].kind, FM_ABI_ADDR);
	assert_int_equal(item[0].addr.b[19], 2);
	assert_int_equal(item[1].u.w[0], 20);
	assert_int_equal(item[3].u.w[0], 5);
	assert_false(fm_fn_item(item, 4, FM_FN_ALL_ASSETS, &array, 2));
	assert_false(fm_fn_item(item, 3, FM_FN_ALL_ASSETS, &array, 0));
	assert_false(fm_fn_item(item, 3, FM_FN_USER, &array, 0));
	/* another number of values than the function has */
	assert_false(fm_fn_returns(item, 2, FM_FN_ALL_ASSETS, data, NULL));
}

static void test_arguments_that_do_not_fit(void **state)
{
	struct fm_hash proof[2] = { { { 1 } }, { { 2 } } };
	struct fm_addr who = { { 3 } };
	struct fm_u256 wide;
	struct fm_abi_value args[] = {
		fm_abi_of_hash(&proof[0]),
		fm_abi_of_u64(5),
		fm_abi_of_hashes(proof, 2),
	};
	struct fm_abi_value version, owner = fm_abi_of_addr(&who);
	struct fm_buf out;

	(void)state;
	fm_buf_init(&out, 4096);
	assert_true(fm_fn_calldata(&out, FM_FN_PAY_DEBIT, args, 3));
	assert_false(fm_fn_calldata(&out, FM_FN_PAY_DEBIT, args, 2));
	assert_false(fm_fn_calldata(&out, FM_FN_FINALIZE_OF, args, 1));
	args[2].count = FM_ABI_ITEMS_MAX + 1;
	assert_false(fm_fn_calldata(&out, FM_FN_PAY_DEBIT, args, 3));
	memset(&wide, 0xff, sizeof(wide));
	version = fm_abi_of_u256(&wide);
	assert_false(fm_fn_calldata(&out, FM_FN_CONFIG, &version, 1));
	assert_true(fm_fn_calldata(&out, FM_FN_BALANCE, &owner, 1));
	fm_buf_clear(&out);
	fm_buf_init(&out, 20); /* a buffer that is too small */
	assert_false(fm_fn_calldata(&out, FM_FN_BALANCE, &owner, 1));
	fm_buf_clear(&out);
}

static void test_calldata_of_another(void **state)
{
	struct fm_abi_value amount = fm_abi_of_u64(9), got[2];
	struct fm_buf out;
	enum fm_fn fn;

	(void)state;
	fm_buf_init(&out, 4096);
	assert_true(fm_fn_calldata(&out, FM_FN_REQUEST, &amount, 1));
	assert_true(fm_fn_by_calldata(&fn, fm_buf_span(&out)));
	assert_int_equal(fn, FM_FN_REQUEST);
	assert_true(fm_fn_args(got, 1, FM_FN_REQUEST, fm_buf_span(&out)));
	assert_int_equal(got[0].u.w[0], 9);
	assert_false(fm_fn_args(got, 2, FM_FN_REQUEST_OF, fm_buf_span(&out)));
	assert_false(fm_fn_args(got, 1, FM_FN_REQUEST,
				(struct fm_span){ out.ptr, out.len - 1 }));
	assert_false(fm_fn_by_calldata(&fn, (struct fm_span){ out.ptr, 3 }));
	out.ptr[0] ^= 1;
	assert_false(fm_fn_by_calldata(&fn, fm_buf_span(&out)));
	fm_buf_clear(&out);
}

static void shows(const struct fm_abi_value *value, const char *want)
{
	struct fm_buf out;

	fm_buf_init(&out, 4096);
	fm_abi_show(&out, value);
	assert_string_equal(out.ptr, want);
	fm_buf_clear(&out);
}

static void test_show(void **state)
{
	struct fm_abi_value value = fm_abi_of_u64(12);
	struct fm_hash hash = { { 0xab } };
	struct fm_buf out;

	(void)state;
	shows(&value, "12");
	value = fm_abi_of_bool(true);
	shows(&value, "true");
	value = fm_abi_of_bytes((struct fm_span){ "\x01\xff", 2 });
	shows(&value, "0x01ff");
	value.kind = FM_ABI_STRING;
	value.bytes = (struct fm_span){ "a\x1b[31m", 6 };
	shows(&value, "a\\x1b[31m");
	value = fm_abi_of_hashes(&hash, 1);
	shows(&value, "[1]");
	value = fm_abi_of_hash(&hash);
	fm_buf_init(&out, 4096);
	fm_fn_show(&out, FM_FN_CYCLE, &value, 1);
	assert_string_equal(
		out.ptr,
		"getCycle("
		"0xab00000000000000000000000000000000000000000000000000000000000000)");
	fm_buf_clear(&out);
}

/* ---- events ---- */

static void test_event_shapes(void **state)
{
	uint8_t bytes[WORD];
	struct fm_event_log log = { .topic_count = 3, .data = W(7) };
	struct fm_abi_value got[FM_EVENT_VALUES];
	enum fm_event event;

	(void)state;
	fm_event_topic(&log.topics[0], FM_EV_DEPOSITED);
	log.topics[1].b[31] = 1;
	assert_true(fm_event_of(&event, &log) && event == FM_EV_DEPOSITED);
	assert_true(fm_event_read(got, 3, event, &log));
	assert_int_equal(got[0].addr.b[19], 1);
	assert_int_equal(got[2].u.w[0], 7);
	assert_false(fm_event_read(got, 3, FM_EV_WITHDRAWN, &log));
	assert_false(fm_event_read(got, 2, event, &log));
	assert_false(fm_event_read(got, 4, event, &log));
	assert_false(fm_event_read(got, 1, event, &log));
	log.topics[1].b[0] = 1; /* no address */
	assert_false(fm_event_read(got, 3, event, &log));
	log.topics[1].b[0] = 0;
	log.data.len = 31;
	assert_false(fm_event_read(got, 3, event, &log));
	log.data.len = 0;
	assert_false(fm_event_read(got, 3, event, &log));
	log.topic_count = 4;
	assert_false(fm_event_of(&event, &log));
	log.topic_count = 0;
	assert_false(fm_event_of(&event, &log));
}

/* ---- tokens ---- */

static bool is_text(struct fm_span answer, const char *want)
{
	struct fm_buf out;
	bool good;

	fm_buf_init(&out, 4096);
	good = fm_erc20_text(&out, answer);
	if (good && want)
		assert_string_equal(out.ptr, want);
	fm_buf_clear(&out);
	return good;
}

static void test_token_text(void **state)
{
	uint8_t bytes[8 * WORD] = "MKR";
	struct fm_span word = { (const char *)bytes, WORD }, data;

	(void)state;
	assert_true(is_text(word, "MKR"));
	bytes[5] = 'x'; /* something behind the zeros */
	assert_false(is_text(word, NULL));
	memset(bytes, 'A', WORD);
	assert_true(is_text(word, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	bytes[1] = '\n';
	assert_false(is_text(word, NULL));
	bytes[1] = 0xff;
	assert_false(is_text(word, NULL));
	memset(bytes, 0, WORD);
	assert_false(is_text(word, NULL));
	assert_false(is_text((struct fm_span){ NULL, 0 }, NULL));
	data = W(32, 4, 0);
	memcpy(bytes + 2 * WORD, "USDC", 4);
	assert_true(is_text(data, "USDC"));
	data = W(32, 65, 0, 0, 0);
	memset(bytes + 2 * WORD, 'A', 65);
	assert_false(is_text(data, NULL));
}

static void test_token_word(void **state)
{
	uint8_t bytes[2 * WORD];

	(void)state;
	assert_int_equal(fm_erc20_judge(W(1)), FM_ERC20_DONE);
	assert_int_equal(fm_erc20_judge(W(0)), FM_ERC20_REFUSED);
	assert_int_equal(fm_erc20_judge(W(2)), FM_ERC20_JUNK);
	assert_int_equal(fm_erc20_judge(W(1, 0)), FM_ERC20_JUNK);
	assert_int_equal(fm_erc20_judge((struct fm_span){ NULL, 0 }), FM_ERC20_SILENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_arguments_that_do_not_fit),
		cmocka_unit_test(test_calldata_of_another),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_event_shapes),
		cmocka_unit_test(test_token_text),
		cmocka_unit_test(test_token_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
