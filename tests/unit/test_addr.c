/* SPDX-License-Identifier: MIT */
#include <fourmica/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* From EIP-55's own examples. */
#define GOOD "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
#define LOWER "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"

static void parse_and_print(void **state)
{
	char text[FM_ADDR_TEXT];
	enum fm_addr_case how;
	struct fm_addr addr, same;

	(void)state;
	assert_true(fm_addr_parse(&addr, &how, fm_span_of(GOOD)));
	assert_int_equal(how, FM_ADDR_CHECKED);
	assert_true(fm_addr_parse(&same, &how, fm_span_of(LOWER)));
	assert_int_equal(how, FM_ADDR_UNCHECKED);
	assert_true(fm_addr_equal(&addr, &same));
	fm_addr_text(text, &addr);
	assert_string_equal(text, GOOD);
	fm_addr_lower(text, &addr);
	assert_string_equal(text, LOWER);
	same.b[19] ^= 1;
	assert_false(fm_addr_equal(&addr, &same));
	assert_false(fm_addr_is_zero(&addr));
	memset(&same, 0, sizeof(same));
	assert_true(fm_addr_is_zero(&same));
}

/* One wrong letter case at any place is seen. */
static void every_case_error(void **state)
{
	char text[] = GOOD;
	enum fm_addr_case how;
	struct fm_addr addr;

	(void)state;
	for (size_t i = 2; i < 42; i++) {
		if (text[i] < 'A')
			continue;
		text[i] ^= 32;
		assert_true(fm_addr_parse(&addr, &how, fm_span_of(text)));
		assert_int_equal(how, FM_ADDR_MISCASED);
		text[i] ^= 32;
	}
}

static void users_are_told_why(void **state)
{
	struct fm_addr addr;
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	assert_int_equal(fm_addr_from_user(&addr, GOOD, &err), FM_OK);
	assert_int_equal(fm_addr_from_user(&addr,
					   "0x5Aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
					   &err),
			 FM_E_USAGE);
	assert_non_null(strstr(err.msg, "EIP-55"));
	assert_true(*err.hint);
	assert_int_equal(fm_addr_from_user(&addr, "0x12\x1b[2J", &err), FM_E_USAGE);
	assert_non_null(strstr(err.msg, "40 hex digits"));
	assert_null(strchr(err.msg, '\x1b'));
	assert_int_equal(fm_addr_from_user(&addr, "", &err), FM_E_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parse_and_print),
		cmocka_unit_test(every_case_error),
		cmocka_unit_test(users_are_told_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
