/* SPDX-License-Identifier: MIT */
#include <fourmica/json.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct fm_json *parse(const char *text)
{
	struct fm_json *doc = NULL;
	struct fm_err err;

	fm_err_init(&err);
	if (fm_json_parse(&doc, fm_span_of(text), false, &err))
		fail_msg("'%s': %s", text, err.msg);
	return doc;
}

static void accepts(const char *text)
{
	struct fm_json *doc = parse(text);

	fm_json_free(&doc);
	assert_null(doc);
}

static void refuses_span(struct fm_span text, const char *why)
{
	struct fm_json *doc = NULL;
	struct fm_err err;

	fm_err_init(&err);
	assert_int_equal(fm_json_parse(&doc, text, false, &err), FM_E_MALFORMED);
	assert_null(doc);
	if (why && !strstr(err.msg, why))
		fail_msg("'%s' does not say '%s'", err.msg, why);
}

static void refuses(const char *text, const char *why)
{
	refuses_span(fm_span_of(text), why);
}

static void good_documents(void **state)
{
	(void)state;
	accepts("null");
	accepts(" [ ] ");
	accepts("\t{\r\n}\n");
	accepts("[0,-0,1.5,-1.5e+10,1E-2,123456789012345678901234567890]");
	accepts("{\"a\":{\"a\":[true,false,null]},\"b\":\"\"}");
	accepts("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"");
	accepts("\"\xc3\xa9 \xe2\x82\xae \xf0\x9f\x98\x80 \x7f \xf4\x8f\xbf\xbf\"");
	accepts("{\"a\":1,\"A\":2,\"\":3,\" \":4}");
}

static void broken_structure(void **state)
{
	(void)state;
	refuses("", "ends too early");
	refuses("  ", "ends too early");
	refuses("[", "ends too early");
	refuses("[1,", "ends too early");
	refuses("{\"a\"", "ends too early");
	refuses("{\"a\":", "ends too early");
	refuses("[1,]", "value expected");
	refuses("[,1]", "value expected");
	refuses("[1 2]", "',' or ']'");
	refuses("{\"a\":1 \"b\":2}", "',' or '}'");
	refuses("{\"a\":1,}", "member name");
	refuses("{a:1}", "member name");
	refuses("{1:1}", "member name");
	refuses("{\"a\" 1}", "':' expected");
	refuses("[1}", "',' or ']'");
	refuses("{\"a\":1]", "',' or '}'");
	refuses("]", "value expected");
	refuses("1 2", "something follows");
	refuses("{} x", "something follows");
	refuses("// x\n1", "value expected");
	refuses("'a'", "value expected");
	refuses("True", "value expected");
	refuses("nul", NULL);
	refuses("nulll", "something follows");
	refuses("NaN", "value expected");
	refuses("\xef\xbb\xbf{}", "value expected");
	refuses("\f{}", "value expected");
	refuses("\xc2\xa0{}", "value expected");
	refuses_span((struct fm_span){ "1\0", 2 }, "something follows");
}

static void broken_numbers(void **state)
{
	static const char *const bad[] = { "01",   "-",	      "+1",  "1.",    ".5",
					   "1.e1", "1e",      "1e+", "-01",   "00",
					   "0x10", "1_0",     "--1", "1e1.5", "-a",
					   "1.-1", "Infinity" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(bad[i], NULL);
}

static void broken_strings(void **state)
{
	(void)state;
	refuses("\"abc", "without an end");
	refuses("\"abc\\\"", "without an end");
	refuses("\"a\nb\"", "control character");
	refuses("\"a\tb\"", "control character");
	refuses_span((struct fm_span){ "\"a\0b\"", 5 }, "control character");
	refuses("\"\\x41\"", "unknown escape");
	refuses("\"\\a\"", "unknown escape");
	refuses("\"\\", NULL);
	refuses("\"\\u12\"", "four hex digits");
	refuses("\"\\u12g4\"", "four hex digits");
	refuses("\"\\u+123\"", "four hex digits");
	refuses("\"\\ud83d\"", "surrogate");
	refuses("\"\\ude00\"", "surrogate");
	refuses("\"\\ud83d\\u0041\"", "surrogate");
	refuses("\"\\ud83dx\"", "surrogate");
	refuses("\"\\ud83d\\n12345\"", "surrogate");
}

static void broken_utf8(void **state)
{
	static const char *const bad[] = {
		"\"\x80\"",
		"\"\xc3\"",
		"\"\xc3(\"",
		"\"\xc0\xaf\"",
		"\"\xc1\xbf\"",
		"\"\xe0\x80\xaf\"",
		"\"\xe2\x82\"",
		"\"\xed\xa0\x80\"",
		"\"\xf0\x8f\xbf\xbf\"",
		"\"\xf4\x90\x80\x80\"",
		"\"\xf5\x80\x80\x80\"",
		"\"\xff\"",
		"\"abcdefgh\xfe\"",
		"\"\xe2\x82",
		"\"\xf0\x9f\x98\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(bad[i], NULL);
}

static void names_come_once(void **state)
{
	(void)state;
	refuses("{\"a\":1,\"a\":2}", "given twice");
	refuses("{\"a\":1,\"\\u0061\":2}", "given twice");
	refuses("{\"\\u0061\":1,\"b\":0,\"a\":2}", "given twice");
	refuses("{\"\":1,\"\":2}", "given twice");
	refuses("[{\"x\":{\"k\":1,\"k\":1}}]", "given twice");
	refuses("{\"\xc3\xa9\":1,\"\\u00e9\":2}", "given twice");
	refuses("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":2}", "given twice");
	refuses("{\"a/b\":1,\"a\\/b\":2}", "given twice");
	accepts("{\"a\":1,\"a\\u0000\":2,\"a\\u0000\\u0000\":3}");
	accepts("{\"\\u0061b\":1,\"\\u0061c\":2}");
}

/* The same through the sort that larger objects take. */
static void names_come_once_among_many(void **state)
{
	struct fm_json *doc = NULL;
	struct fm_buf text;

	(void)state;
	for (unsigned twice = 0; twice < 4; twice++) {
		static const char *const last[] = { "\"n40\\u0000\"", "\"n17\"",
						    "\"\\u006e1\\u0037\"",
						    "\"long name 3\"" };

		fm_buf_init(&text, 100000);
		fm_buf_chr(&text, '{');
		for (unsigned i = 0; i < 40; i++)
			fm_buf_fmt(&text, "\"n%u\":1,\"long name %u\":2,", i, i);
		fm_buf_fmt(&text, "%s:0}", last[twice]);
		if (twice)
			refuses_span(fm_buf_span(&text), "given twice");
		else
			assert_int_equal(fm_json_parse(&doc, fm_buf_span(&text), false,
						       NULL),
					 FM_OK);
		fm_buf_clear(&text);
		fm_json_free(&doc);
	}
}

static void depth(void **state)
{
	char text[2 * (FM_JSON_DEPTH + 1) + 1];

	(void)state;
	memset(text, '[', FM_JSON_DEPTH);
	memset(text + FM_JSON_DEPTH, ']', FM_JSON_DEPTH);
	text[2 * FM_JSON_DEPTH] = '\0';
	accepts(text);
	memset(text, '[', FM_JSON_DEPTH + 1);
	memset(text + FM_JSON_DEPTH + 1, ']', FM_JSON_DEPTH + 1);
	text[2 * (FM_JSON_DEPTH + 1)] = '\0';
	refuses(text, "too deep");
}

static void errors_have_a_place(void **state)
{
	(void)state;
	refuses("{\n  \"a\": 1,\n  \"a\": 2\n}", "line 3, column 3");
	refuses("[\"\xc3\xa9\xc3\xa9\", x]", "line 1, column 8");
}

static void places_of_nodes(void **state)
{
	const char *text = "\xef\xbb\xbf{\n \"\xc3\xa9\": [1,\n  2]}";
	struct fm_json *doc = NULL;
	unsigned line, column;

	(void)state;
	assert_int_equal(fm_json_parse(&doc, fm_span_of(text), true, NULL), FM_OK);
	fm_json_where(fm_span_of(text), doc, &line, &column);
	assert_true(line == 1 && column == 1);
	fm_json_where(fm_span_of(text), &doc[2], &line, &column);
	assert_true(line == 2 && column == 7);
	fm_json_where(fm_span_of(text), &doc[4], &line, &column);
	assert_true(line == 3 && column == 3);
	fm_json_free(&doc);
}

static void walking(void **state)
{
	struct fm_json *doc =
		parse("{\"a\":[1,[2,3],{}],\"b\\n\":{\"c\":true},\"d\":null}");
	const struct fm_json *list = fm_json_get(doc, "a"), *at;
	bool flag = false;

	(void)state;
	assert_int_equal(doc->count, 3);
	assert_int_equal(list->count, 3);
	assert_int_equal(list->src.len, 12);
	at = fm_json_first(list);
	assert_int_equal(at->type, FM_JSON_NUMBER);
	at = fm_json_next(list, at);
	assert_int_equal(at->type, FM_JSON_ARRAY);
	at = fm_json_next(list, at);
	assert_int_equal(at->type, FM_JSON_OBJECT);
	assert_null(fm_json_first(at));
	assert_null(fm_json_next(list, at));
	assert_true(fm_json_bool(&flag, fm_json_get(fm_json_get(doc, "b\n"), "c")) &&
		    flag);
	assert_true(fm_json_absent(fm_json_get(doc, "d")));
	assert_true(fm_json_absent(fm_json_get(doc, "e")));
	assert_false(fm_json_absent(list));
	assert_null(fm_json_get(list, "a"));
	assert_null(fm_json_get(NULL, "a"));
	assert_null(fm_json_first(NULL));
	/* A value that looks like a name is none. */
	assert_null(fm_json_get(doc, "c"));
	fm_json_free(&doc);
}

static void strings(void **state)
{
	struct fm_json *doc =
		parse("[\"a\\u0000b\",\"\\ud83d\\ude00\\n\",\"plain\",\"\",\"\x7f\",7]");
	struct fm_buf buf;
	char text[6];

	(void)state;
	fm_buf_init(&buf, 100);
	assert_true(fm_json_str(&buf, &doc[1]));
	assert_int_equal(buf.len, 3);
	assert_memory_equal(buf.ptr, "a\0b", 3);
	assert_false(fm_json_cstr(text, sizeof(text), &doc[1]));
	assert_false(fm_json_is(&doc[1], "a"));
	assert_true(fm_json_has_control(&doc[1]));
	assert_true(fm_json_cstr(text, sizeof(text), &doc[2]));
	assert_string_equal(text, "\xf0\x9f\x98\x80\n");
	assert_true(fm_json_is(&doc[2], text));
	assert_false(fm_json_cstr(text, 5, &doc[2]));
	assert_true(fm_json_cstr(text, 6, &doc[3]));
	assert_true(fm_json_is(&doc[3], "plain"));
	assert_false(fm_json_is(&doc[3], "plai"));
	assert_false(fm_json_is(&doc[3], "plain "));
	assert_false(fm_json_has_control(&doc[3]));
	assert_true(fm_json_cstr(text, 1, &doc[4]));
	assert_false(fm_json_cstr(text, 0, &doc[4]));
	assert_true(fm_json_has_control(&doc[5]));
	assert_false(fm_json_str(&buf, &doc[6]));
	assert_false(fm_json_str(&buf, NULL));
	assert_false(fm_json_cstr(text, 6, NULL));
	assert_false(fm_json_is(NULL, ""));
	assert_false(fm_json_has_control(NULL));
	fm_buf_clear(&buf);
	fm_json_free(&doc);
}

static void integers(void **state)
{
	struct fm_json *doc = parse(
		"[18446744073709551615,18446744073709551616,-1,1.0,1e2,\"5\",-0,\"\\u0035\"]");
	struct fm_u256 wide;
	uint64_t value;

	(void)state;
	assert_true(fm_json_u64(&value, &doc[1]) && value == UINT64_MAX);
	for (size_t i = 2; i <= 8; i++)
		assert_false(fm_json_u64(&value, &doc[i]));
	assert_false(fm_json_u64(&value, NULL));
	assert_true(fm_json_u256(&wide, &doc[1]) && wide.w[0] == UINT64_MAX);
	assert_false(fm_json_u256(&wide, &doc[2]));
	assert_true(fm_json_u256(&wide, &doc[6]) && wide.w[0] == 5);
	assert_false(fm_json_u256(&wide, &doc[7]));
	assert_true(fm_json_u256(&wide, &doc[8]) && wide.w[0] == 5);
	assert_false(fm_json_u256(&wide, NULL));
	fm_json_free(&doc);
}

/* What a hostile server may send must cost little: processor time, not wall time.
 * `count` times before, the count, after; without the last two when `after` is NULL. */
static void bounded(const char *before, const char *after, unsigned count,
		    const char *head, const char *tail, enum fm_code want)
{
	struct fm_json *doc = NULL;
	struct fm_buf text;
	clock_t start;

	fm_buf_init(&text, (size_t)64 << 20);
	fm_buf_str(&text, head);
	for (unsigned i = 0; i < count; i++) {
		fm_buf_str(&text, before);
		if (after)
			fm_buf_fmt(&text, "%x%s", i, after);
	}
	fm_buf_str(&text, tail);
	assert_true(fm_buf_ok(&text));
	start = clock();
	assert_int_equal(fm_json_parse(&doc, fm_buf_span(&text), false, NULL), want);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
	fm_json_free(&doc);
	fm_buf_clear(&text);
}

static void hostile_documents(void **state)
{
	(void)state;
	bounded("[", NULL, 1 << 20, "", "", FM_E_MALFORMED);
	bounded("0,", NULL, 1 << 19, "[", "0]", FM_OK);
	bounded("\"", "\":0,", 100000, "{", "\"z\":0}", FM_OK);
	bounded("\"", "\":0,", 100000, "{", "\"0\":0}", FM_E_MALFORMED);
	bounded("\"prefix that is the same ", "\":0,", 40000, "{", "\"z\":0}", FM_OK);
	bounded("\"\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061\\u0061", "\":0,",
		20000, "{", "\"z\":0}", FM_OK);
	bounded("{\"a\":0,\"b\":\"", "\"},", 40000, "[", "0]", FM_OK);
	bounded("0,", NULL, 3 << 20, "[", "0]", FM_E_MALFORMED);
	bounded("x", NULL, (16 << 20) + 1, "", "", FM_E_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_documents),
		cmocka_unit_test(broken_structure),
		cmocka_unit_test(broken_numbers),
		cmocka_unit_test(broken_strings),
		cmocka_unit_test(broken_utf8),
		cmocka_unit_test(names_come_once),
		cmocka_unit_test(names_come_once_among_many),
		cmocka_unit_test(depth),
		cmocka_unit_test(errors_have_a_place),
		cmocka_unit_test(places_of_nodes),
		cmocka_unit_test(walking),
		cmocka_unit_test(strings),
		cmocka_unit_test(integers),
		cmocka_unit_test(hostile_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
