/* SPDX-License-Identifier: MIT */
/* Which cycles are found from their hash, and which are not; known answers are in
 * vec_cycle_ids. 4mica.md, section 8. */
#include <fourmica/cert.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define DAY 86400u

static const struct fm_addr asset = {
	{0x03, 0x6c, 0xbd}
};

static bool guess(struct fm_cycle_guess *out, uint64_t start_s, uint64_t issued_s)
{
	struct fm_u256 id;

	memset(out, 0, sizeof(*out));
	fm_cycle_id(&id, &asset, start_s);
	return fm_cycle_guess(out, &id, &asset, issued_s);
}

static void test_text(void **state)
{
	(void)state;
	char text[FM_CYCLE_TEXT];

	fm_cycle_text(text, &asset, 1782086400);
	assert_string_equal(text,
			    "0x036cbd0000000000000000000000000000000000:1782086400");
	fm_cycle_text(text, &asset, UINT64_MAX);
	assert_int_equal(strlen(text), FM_CYCLE_TEXT - 1);
	assert_string_equal(text + 43, "18446744073709551615");
}

/* The day the certificate was issued in, the one before and the one after; no other. */
static void test_around_the_issue(void **state)
{
	(void)state;
	const uint64_t start = 20626 * (uint64_t)DAY;
	struct fm_cycle_guess got;

	assert_true(guess(&got, start, start));
	assert_int_equal(got.start_s, start);
	assert_int_equal(got.length_s, DAY);
	assert_true(guess(&got, start, start + DAY - 1));
	assert_true(guess(&got, start, start + 2 * DAY - 1));
	assert_true(guess(&got, start, start - DAY));
	assert_string_equal(got.text,
			    "0x036cbd0000000000000000000000000000000000:1782086400");
	assert_false(guess(&got, start, start + 2 * DAY));
	assert_false(guess(&got, start, start - DAY - 1));
}

/* A start that only a shorter period has. */
static void test_lengths(void **state)
{
	(void)state;
	static const uint32_t lengths[] = { 43200, 21600, 3600, 7200, 1800, 900, 600,
					    300,   60,	  30,	20,   15,   10,	 8 };
	const uint64_t day = 20626 * (uint64_t)DAY;
	struct fm_cycle_guess got;

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint64_t start = day + 7 * lengths[i];

		/* whoever the start is taken for, the text is right */
		assert_true(guess(&got, start, start + lengths[i] / 2));
		assert_int_equal(got.start_s, start);
		assert_int_equal(start % got.length_s, 0);
		assert_true(guess(&got, start, start + 2 * lengths[i] - 1));
		assert_true(guess(&got, start, start - lengths[i]));
	}
	assert_true(guess(&got, day + 60, day + 61));
	assert_int_equal(got.length_s, 60);
	assert_true(guess(&got, day + 7200, day + 7201));
	assert_int_equal(got.length_s, 3600);
	assert_false(guess(&got, day + 59, day + 59));
	assert_false(guess(&got, day + 60, day + 180));
}

static void test_edges_of_time(void **state)
{
	(void)state;
	const uint64_t last = UINT64_MAX - UINT64_MAX % DAY;
	struct fm_cycle_guess got;

	assert_true(guess(&got, 0, 0));
	assert_int_equal(got.start_s, 0);
	assert_int_equal(got.length_s, DAY);
	assert_true(guess(&got, DAY, 0));
	assert_false(guess(&got, UINT64_MAX - DAY + 1, 0));
	assert_true(guess(&got, last, UINT64_MAX));
	assert_true(guess(&got, last - DAY, UINT64_MAX));
	assert_false(guess(&got, last + DAY, UINT64_MAX));
}

static void test_other_asset(void **state)
{
	(void)state;
	const struct fm_addr other = {
		{0x03, 0x6c, 0xbe}
	};
	struct fm_cycle_guess got;
	struct fm_u256 id;

	fm_cycle_id(&id, &other, DAY);
	assert_false(fm_cycle_guess(&got, &id, &asset, DAY));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_around_the_issue),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_edges_of_time),
		cmocka_unit_test(test_other_asset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
