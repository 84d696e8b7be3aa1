/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void grows_and_stays_terminated(void **state)
{
	struct fm_buf buf;

	(void)state;
	fm_buf_init(&buf, 1000);
	assert_string_equal(fm_buf_span(&buf).ptr, "");
	for (unsigned i = 0; i < 100; i++) {
		assert_true(fm_buf_fmt(&buf, "%03u", i));
		assert_int_equal(strlen(buf.ptr), buf.len);
	}
	assert_true(fm_buf_str(&buf, "ab") && fm_buf_chr(&buf, 'c') &&
		    fm_buf_add(&buf, "", 0));
	assert_int_equal(buf.len, 303);
	assert_memory_equal(buf.ptr + 297, "099abc", 7);
	fm_buf_clear(&buf);
	assert_null(buf.ptr);
	assert_true(fm_buf_str(&buf, "again"));
	fm_buf_wipe(&buf);
	assert_int_equal(buf.len, 0);
}

static void cap_is_exact_and_failure_sticks(void **state)
{
	struct fm_buf buf;

	(void)state;
	fm_buf_init(&buf, 5);
	assert_true(fm_buf_str(&buf, "12345"));
	assert_true(fm_buf_ok(&buf));
	assert_false(fm_buf_chr(&buf, '6'));
	assert_false(fm_buf_ok(&buf));
	assert_null(buf.ptr);
	assert_int_equal(buf.len, 0);
	assert_false(fm_buf_chr(&buf, '1'));
	assert_null(fm_buf_grow(&buf, 0));
	fm_buf_clear(&buf);
	assert_true(fm_buf_chr(&buf, '1'));
	fm_buf_clear(&buf);
}

static void huge_lengths_do_not_wrap(void **state)
{
	struct fm_buf buf;

	(void)state;
	fm_buf_init(&buf, SIZE_MAX - 1);
	assert_true(fm_buf_str(&buf, "x"));
	assert_null(fm_buf_grow(&buf, SIZE_MAX));
	assert_false(fm_buf_ok(&buf));
	fm_buf_init(&buf, SIZE_MAX);
	assert_null(fm_buf_grow(&buf, 1));
	fm_buf_init(&buf, 0);
	assert_true(fm_buf_str(&buf, ""));
	assert_false(fm_buf_chr(&buf, 'x'));
}

static void long_format(void **state)
{
	char text[1000];
	struct fm_buf buf;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	fm_buf_init(&buf, 5000);
	assert_true(fm_buf_fmt(&buf, "<%s>", text));
	assert_int_equal(buf.len, 1001);
	assert_true(buf.ptr[0] == '<' && buf.ptr[1000] == '>');
	fm_buf_clear(&buf);
	fm_buf_init(&buf, 1000);
	assert_false(fm_buf_fmt(&buf, "<%s>", text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(cap_is_exact_and_failure_sticks),
		cmocka_unit_test(huge_lengths_do_not_wrap),
		cmocka_unit_test(long_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
