/* SPDX-License-Identifier: MIT */
#include <fourmica/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void a_document(void **state)
{
	struct fm_buf buf;
	struct fm_jw w;

	(void)state;
	fm_buf_init(&buf, 1000);
	fm_jw_init(&w, &buf);
	fm_jw_object(&w);
	fm_jw_key(&w, "a");
	fm_jw_array(&w);
	fm_jw_u64(&w, UINT64_MAX);
	fm_jw_i64(&w, INT64_MIN);
	fm_jw_array(&w);
	fm_jw_end(&w, ']');
	fm_jw_object(&w);
	fm_jw_end(&w, '}');
	fm_jw_bool(&w, true);
	fm_jw_end(&w, ']');
	fm_jw_key(&w, "b\"");
	fm_jw_cstr(&w, NULL);
	fm_jw_key(&w, "c");
	fm_jw_raw(&w, fm_span_of("{\"x\":1}"));
	fm_jw_key(&w, "d");
	fm_jw_null(&w);
	fm_jw_end(&w, '}');
	assert_string_equal(
		fm_buf_span(&buf).ptr,
		"{\"a\":[18446744073709551615,-9223372036854775808,[],{},true],"
		"\"b\\\"\":null,\"c\":{\"x\":1},\"d\":null}");
	fm_buf_clear(&buf);
}

static void writes(struct fm_span text, const char *want)
{
	struct fm_buf buf;
	struct fm_jw w;

	fm_buf_init(&buf, 1000);
	fm_jw_init(&w, &buf);
	fm_jw_str(&w, text);
	assert_string_equal(fm_buf_span(&buf).ptr, want);
	fm_buf_clear(&buf);
}

static void strings(void **state)
{
	(void)state;
	writes(fm_span_of(""), "\"\"");
	writes(fm_span_of("a\"\\/\b\f\n\r\t\x1f\x7f"),
	       "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u001f\x7f\"");
	writes((struct fm_span){ "\0", 1 }, "\"\\u0000\"");
	writes(fm_span_of("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\"");
	writes(fm_span_of("x\xff\xc3"), "\"x\xef\xbf\xbd\xef\xbf\xbd\"");
	writes(fm_span_of("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

/* Every byte pair comes back as what was written, or as the replacement character. */
static void output_always_parses(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 65536; i += 7) {
		const char bytes[2] = { (char)(i >> 8), (char)i };
		struct fm_json *doc = NULL;
		struct fm_buf buf;
		struct fm_jw w;

		fm_buf_init(&buf, 100);
		fm_jw_init(&w, &buf);
		fm_jw_str(&w, (struct fm_span){ bytes, 2 });
		assert_int_equal(fm_json_parse(&doc, fm_buf_span(&buf), false, NULL),
				 FM_OK);
		fm_json_free(&doc);
		fm_buf_clear(&buf);
	}
}

static void too_deep_fails_the_buffer(void **state)
{
	struct fm_buf buf;
	struct fm_jw w;

	(void)state;
	fm_buf_init(&buf, 1000);
	fm_jw_init(&w, &buf);
	for (unsigned i = 0; i < FM_JSON_DEPTH; i++)
		fm_jw_array(&w);
	assert_true(fm_buf_ok(&buf));
	fm_jw_array(&w);
	assert_false(fm_buf_ok(&buf));
	fm_buf_clear(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document),
		cmocka_unit_test(strings),
		cmocka_unit_test(output_always_parses),
		cmocka_unit_test(too_deep_fails_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
