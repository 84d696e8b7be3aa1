/* SPDX-License-Identifier: MIT */
/* What people read: lengths of time, shares, tables. */
#include <ask.h>
#include <flow.h>
#include <tree.h>
#include <when.h>
#include <width.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY INT64_C(86400)

static void lengths(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{0,			     "0 s"			   },
		{ 1,			    "1 s"			   },
		{ 59,			   "59 s"		     },
		{ 60,			   "1 min"		      },
		{ 61,			   "1 min 1 s"		  },
		{ 3599,			 "59 min 59 s"	      },
		{ 3600,			 "1 h"		      },
		{ 3659,			 "1 h"		      },
		{ 3660,			 "1 h 1 min"		    },
		{ DAY - 1,			   "23 h 59 min"		 },
		{ DAY,			  "1 d"		     },
		{ 3 * DAY + 4 * 3600 + 59 * 60, "3 d 4 h"		  },
		{ -90,			  "-1 min 30 s"	     },
		{ INT64_MAX,		     "106751991167300 d 15 h" },
		{ INT64_MIN,		     "-106751991167300 d 15 h"},
	};
	char text[WHEN_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		when_span(text, cases[i].seconds);
		assert_string_equal(text, cases[i].text);
	}
}

static void from_now(void **state)
{
	char text[WHEN_TEXT];

	(void)state;
	when_from(text, 1000, 1000);
	assert_string_equal(text, "now");
	when_from(text, 1000 + 3 * DAY + 4 * 3600, 1000);
	assert_string_equal(text, "in 3 d 4 h");
	when_from(text, 1000 - 120, 1000);
	assert_string_equal(text, "2 min ago");
	when_from(text, INT64_MAX, INT64_MIN);
	assert_string_equal(text, "in 213503982334601 d 7 h");
	when_from(text, INT64_MIN, INT64_MAX);
	assert_string_equal(text, "213503982334601 d 7 h ago");
}

static struct fm_u256 u256(const char *text)
{
	struct fm_u256 value;

	assert_true(fm_u256_from_text(&value, fm_span_of(text)));
	return value;
}

#define MOST "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void shares(void **state)
{
	static const struct {
		const char *part, *whole;
		int percent;
	} cases[] = {
		{"0",      "0",	    -1 },
		   { "5",	  "0",      -1 },
		  { "0",	 "5",      0	},
		{ "1",     "100",    1	},
		   { "199",   "10000",  1  },
		  { "62",	  "100",	 62 },
		{ "99999", "100000", 99 },
		   { "5",	  "5",      100},
		  { "3",	 "2",      150},
		{ "9999",  "1000",	  999},
		   { "1000",  "1",	  999},
		  { "0",	 MOST,     0	 },
		{ MOST,	MOST,     100},
		   { MOST,	   "1",	999},
		  { "1",	 MOST,     0	 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_u256 part = u256(cases[i].part), whole = u256(cases[i].whole);

		assert_int_equal(gauge_percent(&part, &whole), cases[i].percent);
	}
}

static void gauges(void **state)
{
	char text[WHEN_TEXT];

	(void)state;
	gauge_text(text, 0);
	assert_string_equal(text, "[----------]   0 %");
	gauge_text(text, 62);
	assert_string_equal(text, "[######----]  62 %");
	gauge_text(text, 99);
	assert_string_equal(text, "[#########-]  99 %");
	gauge_text(text, 100);
	assert_string_equal(text, "[##########] 100 %");
	gauge_text(text, GAUGE_MOST);
	assert_string_equal(text, "[##########] 999 % or more");
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(width_of(fm_span_of("")), 0);
	assert_int_equal(width_of(fm_span_of("abc")), 3);
	assert_int_equal(width_of(fm_span_of("\xc3\xa4\xc3\xb6")), 2);
	assert_int_equal(width_of(fm_span_of("a\xcc\x88")), 1); /* a, U+0308 */
	assert_int_equal(width_of(fm_span_of("\xe4\xb8\xad\xe6\x96\x87")), 4); /* Han */
	assert_int_equal(width_of(fm_span_of("\xef\xbc\xa1")), 2);	/* U+FF21 */
	assert_int_equal(width_of(fm_span_of("\xf0\x9f\x98\x80!")), 3); /* U+1F600 */
	assert_int_equal(width_of(fm_span_of("\xe0\xb8\xb5\xe0\xb9\x88")), 0); /* Thai */
	assert_int_equal(width_of(fm_span_of("\xe0\xa4\x95\xe0\xa5\x8d")),
			 1); /* ka, virama */
	assert_int_equal(width_of(fm_span_of("\xe1\x84\x80\xe1\x85\xa1")),
			 2);					   /* Hangul letters */
	assert_int_equal(width_of(fm_span_of("\xe2\x82\xac")), 1); /* the euro */
}

/* ---- a report ---- */

static const struct field row_fields[] = {
	{"name",	  "Name", FIELD_TEXT, "name", NULL },
	{ "amount",   "Amount", FIELD_AMOUNT, "amount", NULL },
	{ "count",	   "Count", FIELD_NUMBER, "count", NULL },
	{ "took",	  "Took", FIELD_DURATION, "took", NULL },
	{ "share", "Share", FIELD_GAUGE, "share", NULL },
	{ 0	    },
};
static const struct field fields[] = {
	{"rows",	  "Rows", FIELD_LIST, "rows", row_fields },
	{ 0},
};
static const struct cmd command = { .name = "test", .summary = "test", .fields = fields };

static void put_row(struct out *o, const char *name, const char *base, int64_t count,
		    const char *share)
{
	static const struct fm_asset usdc = { .chain_id = 1,
					      .decimals = 2,
					      .symbol = "USD" };
	struct fm_u256 units = u256(base), part, whole = u256("200");
	struct fm_amount amount = fm_amount_of(&units, &usdc);

	out_row(o, "rows");
	out_text(o, "name", name);
	out_amount(o, "amount", &amount);
	out_number(o, "count", count);
	if (share) {
		part = u256(share);
		out_duration(o, "took", count);
		out_gauge(o, "share", &part, &whole);
	}
	out_end(o);
}

static struct out *filled(enum out_form form)
{
	struct out *o = out_new(&(struct out_options){ .form = form, .color = "never" });

	assert_non_null(o);
	out_begin(o, &command, "test");
	put_row(o, "\xe4\xb8\xad\xe6\x96\x87", "5", 7, "100");
	put_row(o, "b", "120000", 1000, NULL);
	put_row(o, "cc", "1250", 90, "0");
	return o;
}

static void table_is_aligned(void **state)
{
	static const char expected[] =
		"Name  Amount       Count  Took        Share\n"
		"\xe4\xb8\xad\xe6\x96\x87     0.05 USD      7  7 s         [#####-----]  50 %\n"
		"b     1200    USD   1000\n"
		"cc      12.5  USD     90  1 min 30 s  [----------]   0 %\n";
	struct out *o = filled(OUT_TEXT);
	struct fm_buf buf;

	(void)state;
	fm_buf_init(&buf, 65536);
	report_write(&buf, o, false, 0);
	assert_string_equal(buf.ptr, expected);
	fm_buf_clear(&buf);
	out_free(&o);
}

static void narrow_table(void **state)
{
	static const char folded[] = "Name  Amount       Count\n"
				     "\xe4\xb8\xad\xe6\x96\x87     0.05 USD      7\n"
				     "    Took: 7 s\n"
				     "    Share: [#####-----]  50 %\n"
				     "b     1200    USD   1000\n"
				     "cc      12.5  USD     90\n"
				     "    Took: 1 min 30 s\n"
				     "    Share: [----------]   0 %\n";
	struct out *o = filled(OUT_TEXT);
	struct fm_buf buf;

	(void)state;
	fm_buf_init(&buf, 65536);
	report_write(&buf, o, false, 30);
	assert_string_equal(buf.ptr, folded);
	fm_buf_clear(&buf);
	report_write(&buf, o, false, 56);
	assert_non_null(strstr(buf.ptr, "Took        Share\n"));
	fm_buf_clear(&buf);
	report_write(&buf, o, false, 55);
	assert_null(strstr(buf.ptr, "Took        Share\n"));
	fm_buf_clear(&buf);
	out_free(&o);
}

static void flows(void **state)
{
	static const struct {
		size_t width;
		const char *in, *out;
	} cases[] = {
		{0,   "one two  three",				       "one two  three"	},
		{ 8,  "one two  three",				       "one two\n  three"	  },
		{ 7,  "one two three",				      "one two\n  three"	 },
 /* a word that no line can hold, a command that stays whole */
		{ 8,  "0123456789abcdef z",				   "0123456789abcdef\n  z"},
		{ 28, "run: fourmica wallet use NAME; then go",
		  "run:\n  fourmica wallet use NAME;\n  then go"					 },
		{ 20, "a fourmica that is no command",
		  "a fourmica that is\n  no command"						     },
		{ 8,  "\xe4\xb8\xad\xe6\x96\x87 \xe4\xb8\xad\xe6\x96\x87",
		  "\xe4\xb8\xad\xe6\x96\x87\n  \xe4\xb8\xad\xe6\x96\x87"				 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_buf buf;
		struct flow f = { &buf, cases[i].width, 2, 0, false };

		fm_buf_init(&buf, 4096);
		flow_words(&f, fm_span_of(cases[i].in));
		assert_string_equal(buf.ptr, cases[i].out);
		fm_buf_clear(&buf);
	}
}

static void numbers_in_json(void **state)
{
	struct out *o = filled(OUT_JSON);
	struct fm_err err;
	struct fm_buf buf;

	(void)state;
	fm_err_init(&err);
	fm_buf_init(&buf, 65536);
	document_write(&buf, o, FM_OK, &err);
	assert_non_null(strstr(buf.ptr, "\"took\":7,\"share\":50}"));
	assert_non_null(strstr(buf.ptr, "\"took\":null,\"share\":null}"));
	assert_non_null(strstr(buf.ptr, "\"took\":90,\"share\":0}"));
	fm_buf_clear(&buf);
	out_free(&o);
}

/* ---- a typed answer ---- */

static void typed_ahead(void **state)
{
	struct app app = {
		.opt = {.no_input = true, .yes = true}
	};
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	assert_int_equal(ask_typed(&app, "Sure?", "5usdc", ASK_EXACT, "5usdc", &err),
			 FM_OK);
	assert_int_equal(ask_typed(&app, "Sure?", "5usdc", ASK_EXACT, "6usdc", &err),
			 FM_E_USAGE);
	assert_int_equal(ask_typed(&app, "Sure?", "5usdc", ASK_EXACT, "", &err),
			 FM_E_USAGE);
	assert_int_equal(ask_typed(&app, "Sure?", "5usdc", ASK_EXACT, NULL, &err),
			 FM_E_INPUT);
	assert_non_null(strstr(err.hint, "--confirm '5usdc'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),	   cmocka_unit_test(from_now),
		cmocka_unit_test(shares),	   cmocka_unit_test(gauges),
		cmocka_unit_test(widths),	   cmocka_unit_test(table_is_aligned),
		cmocka_unit_test(narrow_table),	   cmocka_unit_test(flows),
		cmocka_unit_test(numbers_in_json), cmocka_unit_test(typed_ahead),
	};

	if (fm_init(NULL) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
