/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void writes(const char *text, const char *want)
{
	struct fm_buf buf;

	fm_buf_init(&buf, 100);
	assert_true(fm_base64_write(&buf, text, strlen(text)));
	assert_string_equal(fm_buf_span(&buf).ptr, want);
	fm_buf_clear(&buf);
}

/* NULL: must be refused, and what was in the buffer must stay. */
static void reads(const char *text, const char *want)
{
	struct fm_buf buf;

	fm_buf_init(&buf, 100);
	fm_buf_str(&buf, "old");
	assert_int_equal(fm_base64_read(&buf, fm_span_of(text)), want != NULL);
	assert_memory_equal(buf.ptr, "old", 3);
	assert_string_equal(buf.ptr + 3, want ? want : "");
	fm_buf_clear(&buf);
}

/* RFC 4648, section 10. */
static void the_examples(void **state)
{
	static const char *const pairs[][2] = {
		{"",	      ""	 },
		{ "f",      "Zg=="    },
		{ "fo",	"Zm8="    },
		{ "foo",	 "Zm9v"	},
		{ "foob",	  "Zm9vYg=="},
		{ "fooba",  "Zm9vYmE="},
		{ "foobar", "Zm9vYmFy"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		writes(pairs[i][0], pairs[i][1]);
		reads(pairs[i][1], pairs[i][0]);
	}
}

static void both_alphabets_and_no_padding(void **state)
{
	(void)state;
	writes("\xfb\xff\xbf", "+/+/");
	reads("+/+/", "\xfb\xff\xbf");
	reads("-_-_", "\xfb\xff\xbf");
	reads("Zg", "f");
	reads("Zm8", "fo");
	reads("Zm9vYg", "foob");
}

static void refuses(void **state)
{
	/* clang-format off */
	static const char *const junk[] = {
		"Z", "Zg=", "Zg===", "Zm9v=", "Zm9v====", "=", "==", "====", "Zh==", "Zh",
		"Zm9=", "Zm9", "Zm9v\n", " Zm9v", "Zm 9", "Zm9v Zg", "Z===", "Zg==Zg==",
		"Zm9v*m9v", "Zm9vZm9.", "Zg=\n", "\x80m9v", "Zm\xc3\xa9v", "Zm9,",
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		reads(junk[i], NULL);
}

static void every_byte_survives(void **state)
{
	uint8_t bytes[256];
	struct fm_buf text, back;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 3);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		fm_buf_init(&text, 1000);
		fm_buf_init(&back, 1000);
		assert_true(fm_base64_write(&text, bytes, len));
		assert_true(fm_base64_read(&back, fm_buf_span(&text)));
		assert_int_equal(back.len, len);
		assert_memory_equal(fm_buf_span(&back).ptr, bytes, len);
		fm_buf_clear(&text);
		fm_buf_clear(&back);
	}
}

static void the_cap_holds(void **state)
{
	struct fm_buf buf;

	(void)state;
	fm_buf_init(&buf, 3);
	assert_true(fm_base64_read(&buf, fm_span_of("Zm9v")));
	assert_false(fm_base64_read(&buf, fm_span_of("Zg==")));
	assert_false(fm_buf_ok(&buf));
	fm_buf_init(&buf, 3);
	assert_false(fm_base64_write(&buf, "f", 1));
	assert_false(fm_buf_ok(&buf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples),
		cmocka_unit_test(both_alphabets_and_no_padding),
		cmocka_unit_test(refuses),
		cmocka_unit_test(every_byte_survives),
		cmocka_unit_test(the_cap_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
