/* SPDX-License-Identifier: MIT */
#include <fourmica/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct fm_asset usdc = { .decimals = 6, .symbol = "USDC" };

static void shows_the_symbol(void **state)
{
	struct fm_u256 base = fm_u256_from_u64(50000);
	struct fm_amount amount = fm_amount_of(&base, &usdc);
	char text[FM_AMOUNT_TEXT];

	(void)state;
	fm_amount_text(text, &amount);
	assert_string_equal(text, "0.05 USDC");
	base = fm_amount_base(&amount);
	assert_int_equal(base.w[0], 50000);
	assert_string_equal(fm_amount_asset(&amount)->symbol, "USDC");
}

/* Whatever a table or an answer says, the text fits and ends. */
static void every_number_of_decimals_fits(void **state)
{
	struct fm_u256 values[] = { fm_u256_from_u64(0),
				    fm_u256_from_u64(1),
				    { { UINT64_MAX, UINT64_MAX, UINT64_MAX,
					UINT64_MAX } } };
	struct fm_asset asset = { .symbol = "FIFTEEN-LETTERS" };

	(void)state;
	for (unsigned decimals = 0; decimals < 256; decimals++) {
		for (size_t i = 0; i < 3; i++) {
			struct fm_amount amount;
			struct fm_u256 back;
			char text[FM_AMOUNT_TEXT];

			asset.decimals = (uint8_t)decimals;
			amount = fm_amount_of(&values[i], &asset);
			fm_amount_text(text, &amount);
			assert_true(strlen(text) < sizeof(text));
			fm_units_text(text, &values[i], decimals);
			/* Readable back, or plainly not a number. */
			if (fm_units_parse(&back, fm_span_of(text), decimals))
				assert_int_equal(fm_u256_cmp(&back, &values[i]), 0);
			else
				assert_non_null(strchr(text, '^'));
		}
	}
}

static void quantities(void **state)
{
	struct fm_quantity q;
	struct fm_u256 base;

	(void)state;
	assert_int_equal(fm_quantity_parse(&q, "0.05USDC", NULL), FM_OK);
	assert_string_equal(q.number, "0.05");
	assert_string_equal(q.unit, "usdc");
	assert_true(fm_quantity_names(&q, &usdc));
	assert_int_equal(fm_quantity_resolve(&base, &q, &usdc, NULL), FM_OK);
	assert_int_equal(base.w[0], 50000);
	assert_int_equal(fm_quantity_parse(&q, "50000base", NULL), FM_OK);
	assert_true(fm_quantity_names(&q, &usdc));
	assert_int_equal(fm_quantity_resolve(&base, &q, &usdc, NULL), FM_OK);
	assert_int_equal(base.w[0], 50000);
	assert_int_equal(fm_quantity_parse(&q, "1eth", NULL), FM_OK);
	assert_false(fm_quantity_names(&q, &usdc));
	assert_int_equal(fm_quantity_resolve(&base, &q, &usdc, NULL), FM_E_USAGE);
	assert_int_equal(fm_quantity_parse(&q, "3usdc.e", NULL), FM_OK);
	assert_string_equal(q.unit, "usdc.e");
}

/* 97 digits: one more than a quantity holds. */
#define LONG_NUMBER                                                      \
	("1111111111111111111111111111111111111111111111111111111111111" \
	 "111111111111111111111111111111111111usdc")

static void quantities_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"usdc",
		"1",
		"0.05",
		"-1usdc",
		"+1usdc",
		".5usdc",
		"1.usdc",
		"1..2usdc",
		"1.2.3usdc",
		"1,5usdc",
		"1 usdc",
		" 1usdc",
		"1usdc ",
		"1e6usdc",
		"1E6usdc",
		"1e-6usdc",
		"1e+6usdc",
		"0x10base",
		"1usdc\n",
		"1\xe2\x82\xae",
		"1$",
		"1abcdefghijklmnopqrstuvwxyz",
		LONG_NUMBER,
	};
	struct fm_quantity q;
	struct fm_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fm_err_init(&err);
		assert_int_equal(fm_quantity_parse(&q, bad[i], &err), FM_E_USAGE);
		assert_true(*err.msg && *err.hint);
		assert_null(strchr(err.msg, '\n'));
	}
}

static void too_precise_or_too_large(void **state)
{
	static const char *const bad[] = {
		"0.0000001usdc", "1.5base",
		"115792089237316195423570985008687907853269984665640564039457584007913129639936base"
	};
	struct fm_quantity q;
	struct fm_u256 base;
	struct fm_err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fm_err_init(&err);
		assert_int_equal(fm_quantity_parse(&q, bad[i], &err), FM_OK);
		assert_int_equal(fm_quantity_resolve(&base, &q, &usdc, &err), FM_E_USAGE);
		assert_non_null(strstr(err.msg, q.number));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_symbol),
		cmocka_unit_test(every_number_of_decimals_fits),
		cmocka_unit_test(quantities),
		cmocka_unit_test(quantities_refused),
		cmocka_unit_test(too_precise_or_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
