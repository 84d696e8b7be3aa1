/* SPDX-License-Identifier: MIT */
/* Header blocks, saved responses, and what is refused before any transport sees a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fourmica/http.h>

#include "fake_http.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- header blocks ------------------------------------------------------------------------- */

static void test_head_next(void **state)
{
	struct fm_span head = fm_span_of("HTTP/1.1 200 x-a: no\r\n"
					 "X-A:  one \t\r\n"
					 "X-AB: other\r\n"
					 "x-a: two: 2\n"
					 "X-A : spaced\r\n"
					 " X-A: folded\r\n"
					 "X-a:\r\n"
					 "\r\n"
					 "X-A: body");
	struct fm_span value;
	size_t at = 0;

	(void)state;
	assert_true(fm_head_next(&value, &at, head, "x-A"));
	assert_true(fm_span_is(value, "one"));
	assert_true(fm_head_next(&value, &at, head, "x-A"));
	assert_true(fm_span_is(value, "two: 2"));
	assert_true(fm_head_next(&value, &at, head, "x-A"));
	assert_int_equal(value.len, 0);
	assert_false(fm_head_next(&value, &at, head, "x-A"));
	assert_true(fm_head_get(&value, head, "x-ab"));
	assert_true(fm_span_is(value, "other"));
	assert_false(fm_head_get(&value, head, "x"));
	assert_false(fm_head_get(&value, (struct fm_span){ NULL, 0 }, "x"));
}

/* ---- saved responses ----------------------------------------------------------------------- */

#define FINAL "HTTP/1.1 402 Payment Required\r\nA: b\r\n\r\n"

static const struct {
	const char *text;
	int status;
	const char *head, *body;
} saved[] = {
	{FINAL "body\r\n",								402, FINAL,				"body\r\n"			   },
	{ FINAL,									  402, FINAL,			     ""				},
	{ "HTTP/2 402 \r\na: b\r\n\r\nx",						 402, "HTTP/2 402 \r\na: b\r\n\r\n", "x"				  },
	{ "HTTP/2 402\n\nx",							      402, "HTTP/2 402\n\n",		    "x"				},
	{ "HTTP/1.0 200 OK\nA:\n\n\n\n",						  200, "HTTP/1.0 200 OK\nA:\n\n",	 "\n\n"				},
	{ "HTTP/1.1 100 Continue\r\n\r\n" FINAL "b",					     402, FINAL,			 "b"			     },
	{ "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\n\n" FINAL,
	  402,										  FINAL,			 ""			      },
	{ "HTTP/1.1 200 Connection established\r\n\r\n" FINAL,			       402, FINAL,			   ""			      },
	{ "HTTP/1.1 200 OK\r\nVia: proxy\r\n\r\n" FINAL "b",				     402, FINAL,			 "b"			     },
	{ "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n" FINAL,			      402, FINAL,			  ""				     },
	{ "HTTP/2 302 \r\nlocation: /x\r\n\r\nHTTP/2 307 \r\nlocation: /y\r\n\r\n" FINAL,
	  402,										  FINAL,			 ""			      },
	{ "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest\r\n\r\n" FINAL,		       402, FINAL,			   ""			      },
	{ "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n" FINAL,			402, FINAL,			    ""			       },
 /* a body that looks like a header block stays a body where curl would not go on */
	{ FINAL FINAL,								    402, FINAL,			   FINAL				 },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" FINAL,				200,
	  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",								      FINAL				},
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" FINAL,			 200,
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",								   FINAL				 },
	{ "HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n\r\n" FINAL,			 200,
	  "HTTP/1.1 200 OK\r\nContent-Type: message/http\r\n\r\n",								   FINAL				 },
	{ "HTTP/2 200 \r\n\r\n" FINAL,						    200, "HTTP/2 200 \r\n\r\n",	   FINAL				 },
	{ "HTTP/1.1 302 Found\r\n\r\n" FINAL,					      302, "HTTP/1.1 302 Found\r\n\r\n",	 FINAL			       },
	{ "HTTP/1.1 401 No\r\n\r\n" FINAL,						401, "HTTP/1.1 401 No\r\n\r\n",	   FINAL				 },
	{ "HTTP/1.1 404 No\r\nLocation: /x\r\n\r\n" FINAL,				   404,
	  "HTTP/1.1 404 No\r\nLocation: /x\r\n\r\n",									   FINAL			   },
	{ "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.1 is a protocol\n\n",	  302,
	  "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",									"HTTP/1.1 is a protocol\n\n"    },
	{ "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\nHTTP/1.1 200 OK\nno header\n\n",     302,
	  "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",									"HTTP/1.1 200 OK\nno header\n\n"},
};

static void test_saved(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(saved); i++) {
		struct fm_span head, body;
		int status = 0;
		if (fm_response_parse(&status, &head, &body, fm_span_of(saved[i].text),
				      NULL))
			fail_msg("refused %zu: %s", i, saved[i].text);
		assert_int_equal(status, saved[i].status);
		if (!fm_span_is(head, saved[i].head) || !fm_span_is(body, saved[i].body))
			fail_msg("split %zu: %s", i, saved[i].text);
	}
}

static const struct {
	const char *text, *words;
} broken[] = {
	{"",							    "empty"			},
	{ "\r\n" FINAL,						 "status line"		      },
	{ "{\"x402Version\":2}",					"status line"		       },
	{ "A: b\r\n\r\n",					       "status line"			},
	{ "http/1.1 402 x\r\n\r\n",				     "status line"		  },
	{ "HTTP/1.1 402",					       "status line"			},
	{ "HTTP/1.1 40\r\n\r\n",					"status line"		       },
	{ "HTTP/1.1 4022 x\r\n\r\n",				     "status line"		   },
	{ "HTTP/1.1 099 x\r\n\r\n",				     "status line"		  },
	{ "HTTP/1.1  402 x\r\n\r\n",				     "status line"		   },
	{ "HTTP/1.1 402x\r\n\r\n",				      "status line"			 },
	{ "HTTP/1. 402 x\r\n\r\n",				      "status line"			 },
	{ "HTTP/ 402 x\r\n\r\n",					"status line"		       },
	{ "HTTP/1.1\r\n\r\n",					   "status line"		    },
	{ "HTTP/1.1 402 \x1b[31m\r\n\r\n",				   "\\x1b"			   },
	{ "HTTP/1.1 402 x\r\nA: b\r\n",					"inside the headers"	     },
	{ "HTTP/1.1 402 x\r\nA: b",				     "inside the headers"		 },
	{ "HTTP/1.1 402 x\r\n",					 "inside the headers"	     },
	{ "HTTP/1.1 402 x\r\nno colon\r\n\r\n",				"not a header line: 'no colon'"},
	{ "HTTP/1.1 402 x\r\n: b\r\n\r\n",				   "not a header line"	       },
	{ "HTTP/1.1 402 x\r\nA : b\r\n\r\n",			     "not a header line"		 },
	{ "HTTP/1.1 402 x\r\nA\xc3\xa9: b\r\n\r\n",			    "not a header line"		},
	{ "HTTP/1.1 402 x\r\nA: b\r\n c\r\n\r\n",			  "folded"			   },
	{ "HTTP/1.1 402 x\r\n\tA: b\r\n\r\n",			      "folded"		       },
	{ "HTTP/1.1 402 x\r\nA: b\rB: c\r\n\r\n",			  "control character"	      },
	{ "HTTP/1.1 402 x\r\nA: b\x7f\r\n\r\n",				"control character"	    },
	{ "HTTP/1.1 100 Continue\r\n\r\n",				   "status line"			 },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 402 x\r\nbad\r\n\r\n",
	  "not a header line"									   },
};

static void test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct fm_span head = { 0 }, body = { 0 };
		struct fm_err err;
		int status = 7;
		fm_err_init(&err);
		assert_int_equal(fm_response_parse(&status, &head, &body,
						   fm_span_of(broken[i].text), &err),
				 FM_E_MALFORMED);
		if (!strstr(err.msg, broken[i].words) || strchr(err.msg, 0x1b))
			fail_msg("%zu: '%s' lacks '%s'", i, err.msg, broken[i].words);
		assert_int_equal(status, 7);
	}
}

static void test_saved_nul(void **state)
{
	static const char text[] = "HTTP/1.1 402 x\r\nA: b\0c\r\n\r\n";
	static const char in_body[] = "HTTP/1.1 402 x\r\n\r\na\0b";
	struct fm_span head, body;
	int status;

	(void)state;
	assert_int_equal(fm_response_parse(&status, &head, &body,
					   (struct fm_span){ text, sizeof(text) - 1 },
					   NULL),
			 FM_E_MALFORMED);
	assert_int_equal(
		fm_response_parse(&status, &head, &body,
				  (struct fm_span){ in_body, sizeof(in_body) - 1 }, NULL),
		FM_OK);
	assert_int_equal(body.len, 3);
}

/** Blocks together up to the limit are read; one byte more is too large. The body does not
 *  count. */
static void test_saved_size(void **state)
{
	static const char first[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 402 x\r\nA: ";
	size_t len = FM_HTTP_HEAD_MAX, room = len + 1000;
	struct fm_span head, body;
	char *text = malloc(room);
	int status;

	(void)state;
	assert_non_null(text);
	memset(text, 'a', room);
	memcpy(text, first, sizeof(first) - 1);
	memcpy(text + len - 4, "\r\n\r\n", 4);
	assert_int_equal(fm_response_parse(&status, &head, &body,
					   (struct fm_span){ text, room }, NULL),
			 FM_OK);
	assert_int_equal(body.len, 1000);
	memcpy(text + len - 4, "aa\r\n\r\n", 6);
	assert_int_equal(fm_response_parse(&status, &head, &body,
					   (struct fm_span){ text, room }, NULL),
			 FM_E_TOO_LARGE);
	free(text);
}

/* ---- requests ------------------------------------------------------------------------------ */

static enum fm_code ask(struct fake_http *fake, const struct fm_http_request *request,
			struct fm_err *err)
{
	struct fm_http_reply reply;
	struct fm_buf body;
	bool sent = true;
	enum fm_code rc;

	fm_err_init(err);
	fm_http_reply_init(&reply);
	fm_buf_init(&body, 100);
	rc = fm_http_collect(&fake->http, &reply, &body, request, &sent, err);
	if (rc == FM_E_USAGE)
		assert_false(sent);
	fm_buf_clear(&body);
	fm_http_reply_clear(&reply);
	return rc;
}

static void test_refused_requests(void **state)
{
	static const struct {
		struct fm_header header;
		bool follow;
		const char *method, *url, *body;
	} cases[] = {
		{{ "A", "b\r\nC: d" },		false, "GET",				      "http://h/",	   NULL	},
		{ { "A", "b\n" },		  false, "GET",				"http://h/",	     NULL  },
		{ { "A", "\x01" },		   false, "GET",				 "http://h/",	      NULL  },
		{ { "A\r\nB", "b" },	     false, "GET",				   "http://h/",		NULL  },
		{ { "A:", "b" },		 false, "GET",				       "http://h/",	    NULL	 },
		{ { "A b", "b" },		  false, "GET",				"http://h/",	     NULL  },
		{ { "", "b" },		       false, "GET",				     "http://h/",	  NULL  },
		{ { "A\n", NULL },		   false, "GET",				 "http://h/",	      NULL  },
		{ { "X-Payment", "b" },	true,  "GET",				     "http://h/",	  NULL  },
		{ { "payment-signature", "" }, true,  "GET",				    "http://h/",	 NULL  },
		{ { "A", "b" },		false, "",				   "http://h/",		NULL  },
		{ { "A", "b" },		false, "GE T",			       "http://h/",	    NULL	 },
		{ { "A", "b" },		false, "GET\r\nX: y",			      "http://h/",	   NULL	},
		{ { "A", "b" },
		  false,			       "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH",
		  "http://h/",										    NULL  },
		{ { "A", "b" },		false, "GET",				      "http://h/ x",	     NULL  },
		{ { "A", "b" },		false, "GET",				      "http://h/\r\nX: y", NULL	},
		{ { "A", "b" },		false, "GET",				      "ftp://h/",	  NULL  },
		{ { "A", "b" },		false, "GET",				      "h",		   NULL	},
		{ { "A", "b" },		false, "HEAD",			       "http://h/",	    "body"},
	};
	struct fake_http fake;

	(void)state;
	fake_http_init(&fake);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct fm_http_request request = {
			.method = cases[i].method,
			.url = cases[i].url,
			.headers = &cases[i].header,
			.header_count = 1,
			.body = cases[i].body ? fm_span_of(cases[i].body)
					      : (struct fm_span){ 0 },
			.follow = cases[i].follow,
		};
		struct fm_err err;
		if (ask(&fake, &request, &err) != FM_E_USAGE)
			fail_msg("case %zu", i);
		assert_null(strchr(err.msg, '\n'));
	}
	assert_int_equal(fake.count, 0);
	assert_int_equal(fake_http_clear(&fake), 0);
}

/** What is close to the refused ones and right. */
static void test_allowed_requests(void **state)
{
	static const struct fm_header headers[] = {
		{"A",		       "b\tc \xc3\xa9"},
		{ "!#$%&'*+-.^_`|~09azAZ", ""	      },
		{ "Accept",		    NULL		 },
		{ "X-PAYMENT",	       NULL	    },
	};
	struct fm_http_request request = {
		.method = "M-SEARCH",
		.url = "https://h/?q#f",
		.headers = headers,
		.header_count = COUNT(headers),
		.follow = true,
	};
	struct fake_http fake;
	struct fm_err err;
	char text[16];

	(void)state;
	fake_http_init(&fake);
	fake_http_reply(&fake, 200, "", "");
	assert_int_equal(ask(&fake, &request, &err), FM_OK);
	assert_string_equal(fake_http_header(text, 16, &fake.requests[0], "a"),
			    "b\tc \xc3\xa9");
	request.header_count = 1;
	request.headers = &(struct fm_header){ "X-PAYMENT", "x" };
	request.follow = false;
	fake_http_reply(&fake, 200, "", "");
	assert_int_equal(ask(&fake, &request, &err), FM_OK);
	assert_int_equal(fake_http_clear(&fake), 0);
}

static void test_cancelled(void **state)
{
	const struct fm_http_request request = { .method = "GET", .url = "http://h/" };
	volatile int cancel = 1;
	struct fake_http fake;
	struct fm_err err;

	(void)state;
	fake_http_init(&fake);
	fake.http.cancel = &cancel;
	assert_int_equal(ask(&fake, &request, &err), FM_E_INTERRUPTED);
	assert_int_equal(fake.count, 0);
	assert_int_equal(fake_http_clear(&fake), 0);
}

static void test_collect_cap(void **state)
{
	const struct fm_http_request request = { .method = "GET", .url = "http://h/" };
	struct fake_reply reply = {
		.status = 200, .body = "1234567890", .body_len = 10, .piece = 3
	};
	struct fm_http_reply got;
	struct fake_http fake;
	struct fm_buf body;
	struct fm_err err;

	(void)state;
	fake_http_init(&fake);
	fm_http_reply_init(&got);
	fm_err_init(&err);
	fm_buf_init(&body, 10);
	fake_http_add(&fake, &reply);
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, NULL, &err),
			 FM_OK);
	assert_string_equal(body.ptr, "1234567890");
	assert_int_equal(got.status, 200);
	assert_string_equal(got.url.ptr, "http://h/");
	fm_buf_clear(&body);
	fm_buf_init(&body, 9);
	fake_http_add(&fake, &reply);
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, NULL, &err),
			 FM_E_TOO_LARGE);
	assert_non_null(strstr(err.msg, "9 bytes"));
	fm_buf_clear(&body);
	fm_http_reply_clear(&got);
	fm_http_close(&fake.http);
	assert_true(fake.closed);
	assert_null(fake.http.ops);
	fm_http_close(&fake.http);
	assert_int_equal(fake_http_clear(&fake), 0);
}

/* ---- the fake itself, which other tests rely on -------------------------------------------- */

static bool answer_paid(void *ctx, struct fake_reply *reply,
			const struct fake_request *request)
{
	char value[32];
	bool paid = fake_http_header(value, sizeof(value), request, "x-payment") != NULL;

	(void)ctx;
	*reply = (struct fake_reply){ .status = paid ? 200 : 402,
				      .body = "ok",
				      .body_len = 2 };
	return strcmp(request->method, "GET") == 0;
}

static void test_fake(void **state)
{
	struct fm_http_request request = { .method = "GET", .url = "http://h/" };
	struct fake_reply cut = { .status = 200,
				  .body = "12345",
				  .body_len = 5,
				  .fail = FM_E_NETWORK,
				  .fail_at = 2,
				  .url = "http://other/" };
	struct fm_http_reply got;
	struct fake_http fake;
	struct fm_buf body;
	bool sent = false;

	(void)state;
	fake_http_init(&fake);
	fm_http_reply_init(&got);
	fm_buf_init(&body, 10);
	fake_http_add(&fake, &cut);
	fake_http_fail(&fake, FM_E_TIMEOUT, false);
	fake.respond = answer_paid;
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, &sent, NULL),
			 FM_E_NETWORK);
	assert_string_equal(body.ptr, "12");
	assert_true(sent && got.redirected);
	assert_string_equal(got.url.ptr, "http://other/");
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, &sent, NULL),
			 FM_E_TIMEOUT);
	assert_false(sent);
	assert_int_equal(got.status, 0);
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, &sent, NULL),
			 FM_OK);
	assert_int_equal(got.status, 402);
	request.headers = &(struct fm_header){ "X-Payment", "p" };
	request.header_count = 1;
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, &sent, NULL),
			 FM_OK);
	assert_int_equal(got.status, 200);
	request.method = "PUT";
	assert_int_equal(fm_http_collect(&fake.http, &got, &body, &request, &sent, NULL),
			 FM_E_NETWORK);
	assert_int_equal(fake.unexpected, 1);
	assert_int_equal(fake.count, 5);
	fm_buf_clear(&body);
	fm_http_reply_clear(&got);
	fake_http_reply(&fake, 200, "", "");
	assert_int_equal(fake_http_clear(&fake), 1);
}

/** A transport that cannot do several at once is asked for one after the other. */
static void test_jobs_in_turn(void **state)
{
	struct fm_http_job job[3], *list[] = { &job[0], &job[1], &job[2] };
	struct fake_http fake;
	struct fm_err err;

	(void)state;
	fake_http_init(&fake);
	for (size_t i = 0; i < 3; i++) {
		fm_http_job_init(&job[i], 4);
		job[i].request =
			(struct fm_http_request){ .method = "GET", .url = "http://h/" };
	}
	fake_http_reply(&fake, 200, NULL, "four");
	fake_http_reply(&fake, 503, NULL, "fives");
	fake_http_fail(&fake, FM_E_TIMEOUT, true);
	assert_int_equal(fm_http_together(&fake.http, list, 3, &err), FM_OK);
	assert_int_equal(job[0].rc, FM_OK);
	assert_string_equal(job[0].body.ptr, "four");
	assert_int_equal(job[1].rc, FM_E_TOO_LARGE);
	assert_int_equal(job[1].err.code, FM_E_TOO_LARGE);
	assert_int_equal(job[2].rc, FM_E_TIMEOUT);
	assert_true(job[2].sent);
	for (size_t i = 0; i < 3; i++)
		fm_http_job_clear(&job[i]);
	assert_int_equal(job[0].body.cap, 4);
	assert_int_equal(fake_http_clear(&fake), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head_next),
		cmocka_unit_test(test_saved),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_saved_nul),
		cmocka_unit_test(test_saved_size),
		cmocka_unit_test(test_refused_requests),
		cmocka_unit_test(test_allowed_requests),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_collect_cap),
		cmocka_unit_test(test_fake),
		cmocka_unit_test(test_jobs_in_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
