/* SPDX-License-Identifier: MIT */
/* Clock, randomness, log. */
#include <fourmica/system.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void times(void **state)
{
	char text[FM_TIME_TEXT];

	(void)state;
	fm_time_text(text, 1782122400);
	assert_string_equal(text, "2026-06-22T10:00:00Z");
	fm_time_text(text, 951782399);
	assert_string_equal(text, "2000-02-28T23:59:59Z");
	fm_time_text(text, 951782400);
	assert_string_equal(text, "2000-02-29T00:00:00Z");
	fm_time_text(text, 0);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	fm_time_text(text, 253402300799);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	fm_time_text(text, 253402300800);
	assert_string_equal(text, "@253402300800");
	fm_time_text(text, INT64_MIN);
	assert_string_equal(text, "@-9223372036854775808");
}

static int64_t fixed(void *ctx)
{
	return *(int64_t *)ctx;
}

static void clocks(void **state)
{
	int64_t now = -1;
	const struct fm_clock clock = { .wall_ms = fixed,
					.steady_ms = fixed,
					.ctx = &now };

	(void)state;
	assert_int_equal(fm_wall_s(&clock), -1);
	now = -1000;
	assert_int_equal(fm_wall_s(&clock), -1);
	now = 1999;
	assert_int_equal(fm_wall_s(&clock), 1);
	assert_int_equal(fm_steady_ms(&clock), 1999);
	assert_true(fm_wall_ms(&fm_system_clock) > INT64_C(1700000000000));
	now = fm_steady_ms(&fm_system_clock);
	assert_true(fm_steady_ms(&fm_system_clock) >= now);
}

static void durations(void **state)
{
	static const char *const bad[] = { "",
					   "s",
					   "5",
					   "5 s",
					   "-5s",
					   "+5s",
					   "1.5h",
					   "5ms",
					   "5S",
					   "5w",
					   " 5s",
					   "5s ",
					   "0x5s",
					   "9223372036854775808s",
					   "106751991167301d" };
	int64_t seconds;

	(void)state;
	assert_true(fm_duration_parse(&seconds, fm_span_of("90s")) && seconds == 90);
	assert_true(fm_duration_parse(&seconds, fm_span_of("15m")) && seconds == 900);
	assert_true(fm_duration_parse(&seconds, fm_span_of("2h")) && seconds == 7200);
	assert_true(fm_duration_parse(&seconds, fm_span_of("1d")) && seconds == 86400);
	assert_true(fm_duration_parse(&seconds, fm_span_of("0s")) && seconds == 0);
	assert_true(fm_duration_parse(&seconds, fm_span_of("9223372036854775807s")));
	assert_int_equal(seconds, INT64_MAX);
	assert_true(fm_duration_parse(&seconds, fm_span_of("106751991167300d")));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fm_duration_parse(&seconds, fm_span_of(bad[i])))
			fail_msg("'%s'", bad[i]);
}

static enum fm_code no_entropy(void *ctx, void *out, size_t len)
{
	(void)ctx;
	(void)out;
	(void)len;
	return FM_E_IO;
}

static void randomness(void **state)
{
	const struct fm_rand broken = { .fill = no_entropy };
	uint8_t a[32] = { 0 }, b[32] = { 0 };
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	assert_int_equal(fm_rand_fill(&fm_system_rand, a, sizeof(a), &err), FM_OK);
	assert_int_equal(fm_rand_fill(&fm_system_rand, b, sizeof(b), &err), FM_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(fm_rand_fill(&broken, a, sizeof(a), &err), FM_E_IO);
	assert_true(*err.msg);
}

static char last[64];

static void note(void *ctx, enum fm_level level, const char *text)
{
	++*(unsigned *)ctx;
	snprintf(last, sizeof(last), "%d %s", (int)level, text);
}

static void logging(void **state)
{
	unsigned count = 0;
	struct fm_log log = { .write = note, .ctx = &count, .level = FM_LOG_WARN };

	(void)state;
	fm_log(&log, FM_LOG_WARN, "seen %d", 7);
	assert_string_equal(last, "1 seen 7");
	fm_log(&log, FM_LOG_INFO, "unseen");
	assert_int_equal(count, 1);
	fm_log(NULL, FM_LOG_ERROR, "nowhere");
	log.write = NULL;
	fm_log(&log, FM_LOG_ERROR, "nowhere");
	assert_int_equal(count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),     cmocka_unit_test(clocks),
		cmocka_unit_test(durations), cmocka_unit_test(randomness),
		cmocka_unit_test(logging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
