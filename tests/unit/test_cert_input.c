/* SPDX-License-Identifier: MIT */
/* The forms a certificate comes in, terms from several sources, and lines out of pieces. */
#include <fourmica/client.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OBJECT "{\"claims\":\"0x0102ff\",\"signature\":\"0xAbCd\"}"
#define PAYER "0x54c6E995DC9B77AFF6A7d8C777Dd4774717733ed"
#define SELLER "0x99bF4D5c4Fb1D01F03c3ab05e4213b22A5288713"
#define TOKEN "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define VAULT "0x56494F29A14f33f0e7559002F5d6d55e930da06A"
#define CORE_KEY                                                                         \
	"0x8d63b54057ad10fd1a08faca7fb6dda7d6b9fc5b3240c09ee91cc94cac82e70c3eb73f21f699" \
	"1af84a1c31fd2f7c4f48"
#define DOMAIN "0x1ce156a40edcb14153b7667dba51bf05717f59cfc177d0ccb5b5de18e09ef3e3"
#define RECEIPT(amount, certificate)                                                          \
	"{\"schema\":\"fourmica.receipt/1\",\"id\":\"p1\",\"network\":\"eip155:84532\","      \
	"\"payer\":\"" PAYER "\",\"pay_to\":\"" SELLER "\",\"asset\":\"" TOKEN                \
	"\",\"amount\":\"" amount "\",\"req_id\":\"7\",\"payment\":{\"x402Version\":1,"       \
	"\"payload\":{\"claims\":{\"version\":\"v1\",\"user_address\":\"" PAYER               \
	"\",\"recipient_address\":\"" SELLER "\",\"req_id\":\"0x7\",\"amount\":"              \
	"\"0x16e360\",\"asset_address\":\"" TOKEN "\",\"timestamp\":1808133483},"             \
	"\"signature\":\"0x00\",\"scheme\":\"eip712\"}},\"core\":{\"public_key\":\"" CORE_KEY \
	"\",\"vault\":\"" VAULT "\",\"domain_v1\":\"" DOMAIN                                  \
	"\"},\"certificate\":" certificate "}"

static struct fm_cert_input input;
static struct fm_err err;

static enum fm_code read_text(const char *text)
{
	fm_err_init(&err);
	return fm_cert_input_read(&input, fm_span_of(text), &err);
}

/* The bytes of OBJECT, in this form. */
static void found(const char *text, enum fm_cert_source source)
{
	assert_int_equal(read_text(text), FM_OK);
	assert_int_equal(input.source, source);
	assert_int_equal(input.claims_len, 3);
	assert_memory_equal(input.claims, "\1\2\xff", 3);
	assert_int_equal(input.signature_len, 2);
	assert_memory_equal(input.signature, "\xab\xcd", 2);
}

static void refused(const char *text, const char *rule)
{
	enum fm_code rc = read_text(text);

	if (rc != FM_E_CERT || strcmp(err.rule, rule) != 0)
		print_error("%.60s: %d, rule '%s', %s\n", text, (int)rc, err.rule,
			    err.msg);
	assert_int_equal(rc, FM_E_CERT);
	assert_int_equal(err.code, FM_E_CERT);
	assert_string_equal(err.rule, rule);
	assert_true(err.msg[0]);
}

static void forms(void **state)
{
	struct fm_buf base64, text;

	(void)state;
	found(OBJECT, FM_CERT_OBJECT);
	found(" \r\n\t" OBJECT "\n", FM_CERT_OBJECT);
	found("\xef\xbb\xbf" OBJECT, FM_CERT_OBJECT);
	found("{\"signature\":\"abcd\",\"more\":[],\"claims\":\"0102FF\"}",
	      FM_CERT_OBJECT);
	found("{\"claims\":\"0x01\\u00302ff\",\"signature\":\"abcd\"}", FM_CERT_OBJECT);
	found("{\"success\":true,\"certificate\":" OBJECT "}", FM_CERT_ANSWER);
	found("{\"success\":true,\"certificate\":null,\"guarantee\":" OBJECT "}",
	      FM_CERT_ANSWER);
	found("{\"extra\":{\"certificate\":" OBJECT "}}", FM_CERT_ANSWER);
	fm_buf_init(&base64, 4096);
	fm_buf_init(&text, 8192);
	fm_base64_write(&base64, "{\"success\":true,\"certificate\":" OBJECT "}",
			strlen("{\"success\":true,\"certificate\":" OBJECT "}"));
	found(base64.ptr, FM_CERT_ANSWER);
	fm_buf_fmt(&text, "x-payment-RESPONSE: %s\r\n", base64.ptr);
	found(text.ptr, FM_CERT_ANSWER);
	fm_buf_clear(&text);
	fm_buf_fmt(&text, "HTTP/1.1 200 OK\r\nPayment-Response: %s\r\n\r\n<html>",
		   base64.ptr);
	found(text.ptr, FM_CERT_ANSWER);
	fm_buf_clear(&text);
	fm_buf_fmt(&text,
		   "HTTP/1.1 200 OK\r\nPayment-Response: %s\r\nPayment-Response: "
		   "e30=\r\n\r\n",
		   base64.ptr);
	refused(text.ptr, "input");
	fm_buf_clear(&text);
	fm_buf_clear(&base64);
	found("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
	      "{\"success\":true,\"certificate\":" OBJECT "}",
	      FM_CERT_ANSWER);
}

static void what_is_none(void **state)
{
	static const char *const nothing[] = {
		"",
		" \n",
		"{}",
		"[]",
		"null",
		"\"0x00\"",
		"hello",
		"0x00",
		"e30=",
		"{\"a\":",
		"{\"a\":1,\"a\":2}",
		OBJECT OBJECT,
		"HTTP/1.1",
		"HTTP/1.1 200 OK\r\n\r\nhello",
		"{\"claims\":{\"version\":\"v1\"},\"signature\":\"0x00\"}",
		"{\"schema\":\"fourmica.quote/1\"}",
		"\xff\xfe",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		refused(nothing[i], "input");
}

static void halves(void **state)
{
	(void)state;
	refused("{\"claims\":\"0x00\"}", "missing");
	refused("{\"claims\":\"0x00\",\"signature\":null}", "missing");
	refused("{\"signature\":\"0x00\"}", "missing");
	refused("{\"success\":true}", "missing");
	refused("{\"success\":true,\"certificate\":null}", "missing");
	refused("{\"success\":false,\"error\":\"no\\u001b collateral\"}", "missing");
	assert_string_equal(err.seller_reason, "no\\x1b collateral");
	refused("{\"claims\":\"0x0\",\"signature\":\"0x00\"}", "hex");
	refused("{\"claims\":\"0x00\",\"signature\":\"0x0g\"}", "hex");
	refused("{\"claims\":\"0x00\",\"signature\":7}", "hex");
	refused("{\"claims\":\"0x00 \",\"signature\":\"00\"}", "hex");
	refused("{\"claims\":\"\\u0000\",\"signature\":\"00\"}", "hex");
}

static void sizes(void **state)
{
	struct fm_buf text;

	(void)state;
	fm_buf_init(&text, 2 * FM_CERT_INPUT_MAX);
	fm_buf_fmt(&text, "{\"claims\":\"%0*d\",\"signature\":\"00\"}", 4096, 0);
	assert_int_equal(read_text(text.ptr), FM_OK);
	assert_int_equal(input.claims_len, 2048);
	fm_buf_clear(&text);
	fm_buf_fmt(&text, "{\"claims\":\"%0*d\",\"signature\":\"00\"}", 4098, 0);
	refused(text.ptr, "length");
	fm_buf_clear(&text);
	fm_buf_fmt(&text, "{\"claims\":\"00\",\"signature\":\"%0*d\"}", 514, 0);
	refused(text.ptr, "length");
	fm_buf_clear(&text);
	fm_buf_fmt(&text, "{\"a\":\"%0*d\"}", (int)FM_CERT_INPUT_MAX, 0);
	refused(text.ptr, "length");
	fm_buf_clear(&text);
	/* Nothing is the length's affair, not the hex's. */
	assert_int_equal(read_text("{\"claims\":\"\",\"signature\":\"0x\"}"), FM_OK);
	assert_int_equal(input.claims_len + input.signature_len, 0);
}

static void receipts(void **state)
{
	const struct fm_cert_terms *t = &input.terms;
	char text[FM_ADDR_TEXT];

	(void)state;
	found(RECEIPT("1500000", OBJECT), FM_CERT_RECEIPT);
	assert_int_equal(t->has, FM_TERM_VERSION | FM_TERM_PAYER | FM_TERM_RECIPIENT |
					 FM_TERM_AMOUNT | FM_TERM_ASSET | FM_TERM_REQ_ID |
					 FM_TERM_TIMESTAMP);
	fm_addr_text(text, &t->recipient);
	assert_string_equal(text, SELLER);
	assert_int_equal(t->amount.w[0], 1500000);
	assert_int_equal(t->timestamp, 1808133483);
	assert_int_equal(t->version, 1);
	assert_int_equal(input.chain_id, 84532);
	assert_true(input.has_vault && input.has_key && input.has_domain[0] &&
		    !input.has_domain[1]);
	assert_int_equal(input.key[0], 0x8d);
	refused(RECEIPT("1500000", "null"), "missing");
	refused(RECEIPT("1500001", OBJECT), "input");
	assert_non_null(strstr(err.msg, "'amount'"));
	refused("{\"schema\":\"fourmica.receipt/1\",\"network\":\"eip155:1\","
		"\"certificate\":" OBJECT "}",
		"input");
}

static void terms_of_a_receipt(void **state)
{
	struct fm_cert_terms terms;
	uint64_t chain_id;

	(void)state;
	fm_err_init(&err);
	assert_int_equal(fm_receipt_terms(&terms, &chain_id,
					  fm_span_of(RECEIPT("1500000", "null")), &err),
			 FM_OK);
	assert_int_equal(terms.req_id.w[0], 7);
	assert_int_equal(chain_id, 84532);
	assert_int_equal(fm_receipt_terms(&terms, &chain_id, fm_span_of(OBJECT), &err),
			 FM_E_CONFIG);
	assert_int_equal(fm_receipt_terms(&terms, &chain_id, fm_span_of("{"), &err),
			 FM_E_CONFIG);
	assert_int_equal(fm_receipt_terms(&terms, &chain_id,
					  fm_span_of(RECEIPT("2", "null")), &err),
			 FM_E_CONFIG);
	assert_int_equal(err.code, FM_E_CONFIG);
}

static void several_sources(void **state)
{
	struct fm_cert_terms a = { .has = FM_TERM_AMOUNT, .amount = { { 5 } } };
	struct fm_cert_terms b = { .has = FM_TERM_AMOUNT | FM_TERM_CYCLE,
				   .amount = { { 5 } },
				   .cycle_id = { { 9 } } };
	struct fm_cert_expect expect;

	(void)state;
	assert_null(fm_cert_terms_add(&a, &b));
	assert_int_equal(a.has, b.has);
	b.cycle_id.w[3] = 1;
	assert_string_equal(fm_cert_terms_add(&a, &b), "cycle_id");
	b.amount.w[1] = 1;
	assert_string_equal(fm_cert_terms_add(&a, &b), "amount");
	assert_int_equal(a.amount.w[1], 0);
	fm_cert_terms_expect(&expect, &a);
	assert_ptr_equal(expect.amount, &a.amount);
	assert_ptr_equal(expect.cycle_id, &a.cycle_id);
	assert_null(expect.payer);
	assert_null(expect.timestamp);
	assert_null(expect.validation);
	assert_int_equal(expect.version, 0);
}

/* Every term by itself: taken, equal to itself, and different when one of its bytes is. */
static void each_term(void **state)
{
	static const struct {
		enum fm_term term;
		size_t offset;
		const char *name;
	} all[] = {
		{FM_TERM_VERSION,	   offsetof(struct fm_cert_terms, version),   "version"   },
		{ FM_TERM_PAYER,	 offsetof(struct fm_cert_terms, payer),	"payer"	},
		{ FM_TERM_RECIPIENT, offsetof(struct fm_cert_terms, recipient),
		  "recipient"								},
		{ FM_TERM_AMOUNT,	  offsetof(struct fm_cert_terms, amount),	  "amount"	   },
		{ FM_TERM_ASSET,	 offsetof(struct fm_cert_terms, asset),	"asset"	},
		{ FM_TERM_REQ_ID,	  offsetof(struct fm_cert_terms, req_id),	  "req_id"	   },
		{ FM_TERM_TIMESTAMP, offsetof(struct fm_cert_terms, timestamp),
		  "timestamp"								},
		{ FM_TERM_CYCLE,	 offsetof(struct fm_cert_terms, cycle_id),  "cycle_id"  },
		{ FM_TERM_POLICY,	  offsetof(struct fm_cert_terms, policy),	  "validation"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fm_cert_terms from, to = { .has = 0 };

		memset(&from, 0, sizeof(from));
		((unsigned char *)&from)[all[i].offset] = 1;
		from.has = all[i].term;
		assert_null(fm_cert_terms_add(&to, &from));
		assert_int_equal(to.has, all[i].term);
		assert_null(fm_cert_terms_add(&to, &from));
		((unsigned char *)&from)[all[i].offset] = 2;
		assert_string_equal(fm_cert_terms_add(&to, &from), all[i].name);
	}
}

/* ---- lines ---- */

/* What comes out of `text` fed in pieces: lines as [...], long ones as !. */
static void lines_of(const char *text, size_t len, size_t piece, size_t most,
		     const char *want)
{
	struct fm_lines lines;
	struct fm_buf got;
	struct fm_span line;
	enum fm_line_kind what;
	size_t at = 0, number = 0;

	fm_buf_init(&got, 4096);
	assert_int_equal(fm_lines_init(&lines, most, &err), FM_OK);
	while ((what = fm_lines_next(&line, &lines)) != FM_LINE_END) {
		size_t room, part = len - at < piece ? len - at : piece;

		if (what == FM_LINE_READY) {
			fm_buf_fmt(&got, "[%.*s]", (int)line.len, line.ptr);
		} else if (what == FM_LINE_LONG) {
			fm_buf_chr(&got, '!');
		} else {
			char *to = fm_lines_room(&lines, &room);
			assert_true(room >= part);
			memcpy(to, text + at, part);
			fm_lines_fed(&lines, part);
			at += part;
			continue;
		}
		assert_int_equal(lines.number, ++number);
	}
	assert_string_equal(got.ptr ? got.ptr : "", want);
	fm_lines_clear(&lines);
	fm_buf_clear(&got);
}

static void lines(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"",			  ""		 },
		{ "\n",			"[]"	     },
		{ "a",			"[a]"	     },
		{ "a\n",			 "[a]"       },
		{ "a\n\nb",		    "[a][][b]"  },
		{ "a\r\nb\r\n",		"[a][b]"	 },
		{ "a\rb\n",		    "[a\rb]"    },
		{ "12345\n6",		      "[12345][6]"},
		{ "12345\r\n6",		"[12345][6]"},
		{ "123456\n7",		       "![7]"      },
		{ "123456\r\n7",		 "![7]"	},
		{ "12345\r6\n7",		 "![7]"	},
		{ "1\n1234567890",		   "[1]!"	  },
		{ "1234567890\n\n\n2",	       "![][][2]"  },
		{ "1234567890\n1234567890\n", "!!"	   },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t piece = 1; piece < 12; piece++)
			lines_of(cases[i].text, strlen(cases[i].text), piece, 5,
				 cases[i].want);
}

/* A line far over the cap leaves the memory as it was. */
static void endless_line(void **state)
{
	struct fm_lines lines;
	struct fm_span line;
	size_t room, seen = 0;

	(void)state;
	assert_int_equal(fm_lines_init(&lines, 1000, &err), FM_OK);
	for (int i = 0; i < 1000; i++) {
		enum fm_line_kind what = fm_lines_next(&line, &lines);
		char *to;

		seen += what == FM_LINE_LONG;
		if (what != FM_LINE_NONE)
			continue;
		to = fm_lines_room(&lines, &room);
		assert_true(room > 1000 && room <= lines.size);
		memset(to, 'x', room);
		fm_lines_fed(&lines, room);
	}
	assert_int_equal(seen, 1);
	assert_int_equal(fm_lines_next(&line, &lines), FM_LINE_NONE);
	fm_lines_room(&lines, &room);
	fm_lines_fed(&lines, 0);
	assert_int_equal(fm_lines_next(&line, &lines), FM_LINE_END);
	fm_lines_clear(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),	   cmocka_unit_test(what_is_none),
		cmocka_unit_test(halves),	   cmocka_unit_test(sizes),
		cmocka_unit_test(receipts),	   cmocka_unit_test(terms_of_a_receipt),
		cmocka_unit_test(several_sources), cmocka_unit_test(each_term),
		cmocka_unit_test(lines),	   cmocka_unit_test(endless_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
