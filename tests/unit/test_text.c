/* SPDX-License-Identifier: MIT */
#include <base/text.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void shows(const char *text, size_t most, const char *want)
{
	struct fm_buf buf;

	fm_buf_init(&buf, 1000);
	assert_true(fm_text_escape(&buf, fm_span_of(text), most));
	assert_string_equal(fm_buf_span(&buf).ptr, want);
	fm_buf_clear(&buf);
}

static void spans(void **state)
{
	(void)state;
	assert_true(fm_span_is(fm_span_of("abc"), "abc"));
	assert_false(fm_span_is(fm_span_of("abc"), "abcd"));
	assert_false(fm_span_is((struct fm_span){ "a\0c", 3 }, "a"));
	assert_int_equal(fm_span_of("").len, 0);
}

static void visible_text_stays(void **state)
{
	(void)state;
	shows("Caf\xc3\xa9 \xe2\x82\xae \xf0\x9f\x98\x80 \\x41 ~", 100,
	      "Caf\xc3\xa9 \xe2\x82\xae \xf0\x9f\x98\x80 \\x41 ~");
}

static void controls(void **state)
{
	(void)state;
	shows("\x1b[31m\r\n\t\x07\x7f", 100, "\\x1b[31m\\x0d\\x0a\\x09\\x07\\x7f");
	shows("\xc2\x9b\x33m \xc2\x85", 100, "\\u{009b}3m \\u{0085}");
}

static void bad_utf8(void **state)
{
	(void)state;
	shows("\xff\xc3(\xed\xa0\x80", 100, "\\xff\\xc3(\\xed\\xa0\\x80");
	shows("\xe2\x82", 100, "\\xe2\\x82");
}

static void invisible(void **state)
{
	(void)state;
	shows("a\xe2\x80\xaex\xe2\x81\xa6", 100, "a\\u{202e}x\\u{2066}");
	shows("\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xc2\xad", 100,
	      "\\u{200b}\\u{200d}\\u{feff}\\u{00ad}");
	shows("\xe2\x80\xa8\xd8\x9c\xf3\xa0\x80\x81", 100,
	      "\\u{2028}\\u{061c}\\u{e0001}");
	shows("\xf0\x9f\xbf\xbf\xef\xb8\x8f", 100, "\\u{1ffff}\\u{fe0f}");
}

static void the_cut_respects_characters(void **state)
{
	(void)state;
	shows("abcdef", 6, "abcdef");
	shows("abcdef", 5, "abcde...");
	shows("ab\xc3\xa9", 3, "ab...");
	shows("ab\xc3\xa9", 4, "ab\xc3\xa9");
	shows("abc", 0, "...");
	shows("", 0, "");
}

/* Reading and writing one code point agree for all of them. */
static void every_code_point(void **state)
{
	uint32_t back;
	char out[4];

	(void)state;
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		size_t len = fm_utf8_put(out, point);

		if (point >= 0xd800 && point <= 0xdfff) {
			assert_int_equal(fm_utf8_next(&back, out, len), 0);
			continue;
		}
		if (fm_utf8_next(&back, out, len) != len || back != point)
			fail_msg("U+%04x", (unsigned)point);
		if (fm_utf8_next(&back, out, len - 1))
			fail_msg("U+%04x cut short", (unsigned)point);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans),
		cmocka_unit_test(visible_text_stays),
		cmocka_unit_test(controls),
		cmocka_unit_test(bad_utf8),
		cmocka_unit_test(invisible),
		cmocka_unit_test(the_cut_respects_characters),
		cmocka_unit_test(every_code_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
