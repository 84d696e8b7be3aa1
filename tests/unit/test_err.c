/* SPDX-License-Identifier: MIT */
#include <fourmica/err.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void fail_fills_the_record(void **state)
{
	struct fm_err err;

	(void)state;
	memset(&err, 'x', sizeof(err));
	fm_err_init(&err);
	err.spent = FM_SPENT_MAYBE;
	assert_int_equal(fm_fail(&err, FM_E_IO, "cannot read %s", "key"), FM_E_IO);
	assert_string_equal(err.msg, "cannot read key");
	assert_int_equal(err.code, FM_E_IO);
	assert_int_equal(err.spent, FM_SPENT_MAYBE);
	assert_int_equal(fm_hint(&err, "run %d", 1), FM_E_IO);
	assert_int_equal(fm_rule(&err, "rule %s", "a"), FM_E_IO);
	assert_string_equal(err.hint, "run 1");
	assert_string_equal(err.rule, "rule a");
	fm_fail(&err, FM_E_USAGE, "again");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.rule, "");
	assert_string_equal(err.seller_reason, "");
}

static void within_prefixes(void **state)
{
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	fm_fail(&err, FM_E_CONFIG, "no such file");
	assert_int_equal(fm_within(&err, "loading %s", "policy"), FM_E_CONFIG);
	assert_string_equal(err.msg, "loading policy: no such file");
	/* The message itself as an argument. */
	fm_fail(&err, FM_E_IO, "again: %s", err.msg);
	assert_string_equal(err.msg, "again: loading policy: no such file");
}

static bool whole_utf8(const char *text)
{
	size_t len = strlen(text);

	/* The tests below write only two-byte characters and ASCII. */
	for (size_t i = 0; i < len; i++) {
		if ((text[i] & 0xe0) == 0xc0) {
			if ((text[++i] & 0xc0) != 0x80)
				return false;
		} else if (text[i] & 0x80) {
			return false;
		}
	}
	return true;
}

static void long_messages_are_cut_between_characters(void **state)
{
	char text[2048] = "";
	struct fm_err err;

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 3);
	for (unsigned shift = 0; shift < 2; shift++) {
		fm_err_init(&err);
		fm_fail(&err, FM_E_IO, "%s%s", shift ? "x" : "", text);
		assert_true(whole_utf8(err.msg));
		assert_string_equal(err.msg + strlen(err.msg) - 3, "...");
		assert_true(strlen(err.msg) >= sizeof(err.msg) - 4);
		fm_hint(&err, "%s%s", shift ? "x" : "", text);
		assert_true(whole_utf8(err.hint));
		fm_within(&err, "%s%s", shift ? "x" : "", text);
		assert_true(whole_utf8(err.msg));
		assert_true(strlen(err.msg) < sizeof(err.msg));
	}
}

static void null_record_is_allowed(void **state)
{
	(void)state;
	fm_err_init(NULL);
	assert_int_equal(fm_fail(NULL, FM_E_CORE, "x"), FM_E_CORE);
	assert_int_equal(fm_nomem(NULL), FM_E_NOMEM);
	assert_int_not_equal(fm_hint(NULL, "x"), FM_OK);
	assert_int_not_equal(fm_rule(NULL, "x"), FM_OK);
	assert_int_not_equal(fm_within(NULL, "x"), FM_OK);
}

/* The categories of the user documents; statuses as the conventions promise them. */
static void table_is_sound(void **state)
{
	static const char *const categories[] = { "network",	 "collateral",
						  "policy",	 "seller",
						  "signature",	 "request_id",
						  "facilitator", "local" };

	(void)state;
	for (unsigned code = 0; code < FM_CODE_COUNT; code++) {
		const struct fm_code_info *info = fm_code_info((enum fm_code)code);
		bool known = false;

		assert_true(info->word && *info->word && info->text && *info->text);
		for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
			known = known || strcmp(info->category, categories[i]) == 0;
		assert_true(known);
		assert_true(info->exit_status >= 0 && info->exit_status < 256);
		assert_true((info->exit_status == 0) == (code == FM_OK));
	}
	assert_int_equal(fm_code_info(FM_E_BUDGET)->exit_status, 32);
	assert_int_equal(fm_code_info(FM_CODE_COUNT)->exit_status, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fail_fills_the_record),
		cmocka_unit_test(within_prefixes),
		cmocka_unit_test(long_messages_are_cut_between_characters),
		cmocka_unit_test(null_record_is_allowed),
		cmocka_unit_test(table_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
