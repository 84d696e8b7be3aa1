/* SPDX-License-Identifier: MIT */
#include <fourmica/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MAX_DEC \
	"115792089237316195423570985008687907853269984665640564039457584007913129639935"

static struct fm_u256 dec(const char *text)
{
	struct fm_u256 value = FM_U256_ZERO;

	assert_true(fm_u256_from_dec(&value, fm_span_of(text)));
	return value;
}

static void strict_decimal(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"01",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1.0",
		"0x1",
		"1e3",
		"a",
		"115792089237316195423570985008687907853269984665640564039457584007913129639936",
		"1000000000000000000000000000000000000000000000000000000000000000000000000000000"
	};
	struct fm_u256 value;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(fm_u256_from_dec(&value, fm_span_of(bad[i])));
	value = dec("0");
	assert_true(fm_u256_is_zero(&value));
	assert_false(fm_u256_from_dec(&value, (struct fm_span){ "1\0", 2 }));
}

static void hex(void **state)
{
	char text[FM_U256_HEX];
	struct fm_u256 value;

	(void)state;
	assert_true(fm_u256_from_hex(&value, fm_span_of("0x00Ff")));
	fm_u256_hex(text, &value);
	assert_string_equal(text, "0xff");
	value = FM_U256_ZERO;
	fm_u256_hex(text, &value);
	assert_string_equal(text, "0x0");
	assert_false(fm_u256_from_hex(&value, fm_span_of("0x")));
	assert_false(fm_u256_from_hex(&value, fm_span_of("ff")));
	assert_false(fm_u256_from_hex(&value, fm_span_of("0X1")));
	assert_true(fm_u256_from_text(&value, fm_span_of("0X1")));
	assert_true(fm_u256_from_text(&value, fm_span_of("0010")));
	assert_int_equal(value.w[0], 10);
	assert_false(fm_u256_from_text(&value, fm_span_of("0x")));
}

static void add_and_sub_know_their_limits(void **state)
{
	struct fm_u256 max = dec(MAX_DEC), one = fm_u256_from_u64(1), out = dec("77");
	struct fm_u256 limb = {
		{UINT64_MAX, UINT64_MAX, 0, 0}
	};

	(void)state;
	assert_false(fm_u256_add(&out, &max, &one));
	assert_int_equal(out.w[0], 77);
	assert_false(fm_u256_sub(&out, &one, &max));
	assert_int_equal(out.w[0], 77);
	assert_true(fm_u256_add(&out, &limb, &one));
	assert_true(!out.w[0] && !out.w[1] && out.w[2] == 1 && !out.w[3]);
	assert_true(fm_u256_sub(&out, &out, &one));
	assert_int_equal(fm_u256_cmp(&out, &limb), 0);
	assert_true(fm_u256_sub(&out, &max, &max));
	assert_true(fm_u256_is_zero(&out));
}

static void mul_and_div(void **state)
{
	struct fm_u256 max = dec(MAX_DEC), out,
		       value = dec("123456789012345678901234567890");
	char text[FM_U256_DEC];

	(void)state;
	assert_false(fm_u256_mul_u64(&out, &max, 2));
	assert_true(fm_u256_mul_u64(&out, &max, 1));
	assert_true(fm_u256_mul_u64(&out, &max, 0));
	assert_true(fm_u256_is_zero(&out));
	assert_true(fm_u256_mul_u64(&out, &value, 1000000007));
	assert_int_equal(fm_u256_divmod_u64(&out, 1000000007), 0);
	assert_int_equal(fm_u256_cmp(&out, &value), 0);
	assert_int_equal(fm_u256_divmod_u64(&out, UINT64_MAX), 14083847780529871560U);
	fm_u256_dec(text, &max);
	assert_string_equal(text, MAX_DEC);
}

static void order_and_bytes(void **state)
{
	struct fm_u256 small = { { 9, 0, 0, 1 } }, large = { { 1, 0, 0, 2 } }, back;
	uint8_t bytes[32];
	uint64_t word;

	(void)state;
	assert_int_equal(fm_u256_cmp(&small, &large), -1);
	assert_int_equal(fm_u256_cmp(&large, &small), 1);
	fm_u256_to_be(bytes, &small);
	assert_true(bytes[31] == 9 && bytes[7] == 1);
	back = fm_u256_from_be(bytes);
	assert_int_equal(fm_u256_cmp(&back, &small), 0);
	assert_false(fm_u256_to_u64(&word, &small));
	small = fm_u256_from_u64(UINT64_MAX);
	assert_true(fm_u256_to_u64(&word, &small) && word == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_decimal),
		cmocka_unit_test(hex),
		cmocka_unit_test(add_and_sub_know_their_limits),
		cmocka_unit_test(mul_and_div),
		cmocka_unit_test(order_and_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
