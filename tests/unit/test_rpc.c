/* SPDX-License-Identifier: MIT */
/* JSON-RPC: what is asked, which answers are believed, when it is asked again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/rpc.h"
#include "fake_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL "https://rpc.example/v3/secret-key"
#define OK_HEAD "Content-Type: application/json\r\n"

struct fixture {
	struct fake_http fake;
	struct fm_rpc rpc;
	struct fm_rpc_answer answer;
	struct fm_err err;
	int64_t waits[8];
	size_t wait_count;
	bool stop;
};

static bool no_sleep(void *ctx, int64_t ms)
{
	struct fixture *f = ctx;

	assert_true(f->wait_count < 8);
	f->waits[f->wait_count++] = ms;
	return !f->stop;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_http_init(&f->fake);
	f->rpc = (struct fm_rpc){
		.http = &f->fake.http, .url = URL, .pause = no_sleep, .pause_ctx = f
	};
	fm_err_init(&f->err);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t unexpected = f->fake.unexpected, left;

	fm_rpc_answer_clear(&f->answer);
	left = fake_http_clear(&f->fake);
	free(f);
	return unexpected || left ? -1 : 0;
}

static enum fm_code batch(struct fixture *f, struct fm_rpc_call *calls, size_t count)
{
	fm_rpc_answer_clear(&f->answer);
	return fm_rpc_batch(&f->answer, &f->rpc, calls, count, &f->err);
}

/** FM_E_CHAIN with these words in the message, and never the path of the URL. */
static void expect_chain(struct fixture *f, enum fm_code rc, const char *words)
{
	assert_int_equal(rc, FM_E_CHAIN);
	assert_int_equal(f->err.code, FM_E_CHAIN);
	if (!strstr(f->err.msg, words))
		fail_msg("'%s' lacks '%s'", f->err.msg, words);
	assert_null(strstr(f->err.msg, "secret-key"));
	assert_non_null(strstr(f->err.msg, "https://rpc.example"));
}

static void test_single_request(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "eth_getBalance",
				    .params = "[\"0x1\",\"safe\"]" };
	struct fm_u256 value;
	char text[64];

	fake_http_reply(&f->fake, 200, OK_HEAD,
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x2a\"}");
	assert_int_equal(batch(f, &call, 1), FM_OK);
	assert_null(call.error);
	assert_true(fm_rpc_quantity(&value, call.result));
	assert_int_equal(value.w[0], 42);
	assert_string_equal(f->fake.requests[0].method, "POST");
	assert_string_equal(f->fake.requests[0].url, URL);
	assert_false(f->fake.requests[0].follow);
	assert_string_equal(f->fake.requests[0].body,
			    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_getBalance\","
			    "\"params\":[\"0x1\",\"safe\"]}");
	assert_string_equal(fake_http_header(text, sizeof(text), &f->fake.requests[0],
					     "content-type"),
			    "application/json");
}

static void test_batch_any_order(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call calls[] = {
		{.method = "a",	 .params = "[]" },
		{ .method = "b", .params = "[1]"},
		{ .method = "c", .params = "[]" },
	};

	fake_http_reply(
		&f->fake, 200, OK_HEAD,
		"[{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"0x3\"},"
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null,\"error\":null},"
		"{\"id\":2,\"jsonrpc\":\"2.0\",\"error\":{\"code\":3,\"message\":\"no\"}}]");
	assert_int_equal(batch(f, calls, 3), FM_OK);
	assert_int_equal(f->fake.count, 1);
	assert_string_equal(
		f->fake.requests[0].body,
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[]},"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"b\",\"params\":[1]},"
		"{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"c\",\"params\":[]}]");
	assert_non_null(calls[0].result);
	assert_int_equal(calls[0].result->type, FM_JSON_NULL);
	assert_null(calls[0].error);
	assert_null(calls[1].result);
	assert_true(fm_json_is(fm_json_get(calls[1].error, "message"), "no"));
	assert_true(fm_json_is(calls[2].result, "0x3"));
}

/** A call that is used again starts without the old answer. */
static void test_reused_call(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "a", .params = "[]" };

	fake_http_reply(&f->fake, 200, "", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}");
	fake_http_reply(&f->fake, 200, "", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":2}");
	assert_int_equal(batch(f, &call, 1), FM_OK);
	assert_int_equal(batch(f, &call, 1), FM_OK);
	assert_true(fm_span_is(call.result->src, "2"));
}

#define A(id) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"result\":1}"

static void test_bad_batch(void **state)
{
	static const struct {
		const char *body, *words;
	} cases[] = {
		{"[" A("1") "]",							   "number of answers"		      },
		{ "[" A("1") "," A("2") "," A("2") "]",					"number of answers"			    },
		{ "[]",								    "number of answers"			    },
		{ "[" A("1") "," A("1") "]",					       "two answers"			   },
		{ "[" A("1") "," A("3") "]",					       "not asked"				 },
		{ "[" A("1") "," A("0") "]",					       "not asked"				 },
		{ "[" A("1") "," A("\"2\"") "]",						 "not asked"			     },
		{ "[" A("1") "," A("null") "]",						"not asked"				    },
		{ "[" A("1") "," A("2.0") "]",					       "not asked"				   },
		{ "[" A("1") "," A("-2") "]",					      "not asked"				  },
		{ "[" A("1") "," A("18446744073709551617") "]",				"not asked"				    },
		{ "[" A("1") ",{\"jsonrpc\":\"2.0\",\"result\":1}]",			     "not asked"				 },
		{ "[" A("1") ",{\"jsonrpc\":\"1.0\",\"id\":2,\"result\":1}]",	      "jsonrpc"				},
		{ "[" A("1") ",{\"id\":2,\"result\":1}]",				  "jsonrpc"				    },
		{ "[" A("1") ",{\"jsonrpc\":\"2.0\",\"id\":2}]",				 "without result"			  },
		{ "[" A("1") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":null}]",
		  "without result"												  },
		{ "[" A("1") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":\"x\"}]",
		  "no object"												       },
		{ "[" A("1") ",{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{},\"result\":1}]",
		  "both"													    },
		{ "[" A("1") ",7]",							"no object"				},
		{ "[" A("1") ",[" A("2") "]]",					       "no object"				   },
		{ A("1"),								  "one answer"			       },
		{ "\"x\"",								 "one answer"				},
		{ "[" A("1") "," A("2"),						   "no JSON"				   },
		{ "",								      "no JSON"				},
		{ "<html>",								"no JSON"				      },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
		  "\"message\":\"batch \\u001b[31m off\"}}",		  "refused a batch of calls: -32600 batch"},
		{ "{\"error\":\"go away\"}",					       "go away"			       },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_rpc_call calls[] = {
			{.method = "a",	 .params = "[]"},
			{ .method = "b", .params = "[]"},
		};
		fake_http_reply(&f->fake, 200, OK_HEAD, cases[i].body);
		expect_chain(f, batch(f, calls, 2), cases[i].words);
		assert_null(strchr(f->err.msg, 0x1b));
	}
}

static void test_bad_single(void **state)
{
	static const struct {
		const char *body, *words;
	} cases[] = {
		{"[" A("1") "]",							"no object"	      },
		{ A("2"),							       "not asked"	      },
		{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"message\":\"nope\"}}",
		  "nope"										   },
		{ "{\"error\":{\"code\":\"x\"}}",					  "refused the call"},
		{ "null",							       "no object"	      },
		{ A("1") "x",							   "no JSON"		},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_rpc_call call = { .method = "a", .params = "[]" };
		fake_http_reply(&f->fake, 200, OK_HEAD, cases[i].body);
		expect_chain(f, batch(f, &call, 1), cases[i].words);
	}
}

static void test_count(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call calls[FM_RPC_BATCH + 1] = {
		{.method = "a", .params = "[]"}
	};

	assert_int_equal(batch(f, calls, 0), FM_E_INTERNAL);
	assert_int_equal(batch(f, calls, FM_RPC_BATCH + 1), FM_E_INTERNAL);
	assert_int_equal(f->fake.count, 0);
}

/** An answer of exactly the limit is read, one byte more is not. */
static void test_size(void **state)
{
	struct fixture *f = *state;
	char *body = malloc(FM_RPC_ANSWER_MAX + 1);
	struct fm_rpc_call call = { .method = "a", .params = "[]" };
	struct fake_reply reply = { .status = 200, .body = body, .piece = 60000 };

	assert_non_null(body);
	memset(body, ' ', FM_RPC_ANSWER_MAX + 1);
	memcpy(body, A("1"), sizeof(A("1")) - 1);
	reply.body_len = FM_RPC_ANSWER_MAX;
	fake_http_add(&f->fake, &reply);
	assert_int_equal(batch(f, &call, 1), FM_OK);
	reply.body_len = FM_RPC_ANSWER_MAX + 1;
	fake_http_add(&f->fake, &reply);
	expect_chain(f, batch(f, &call, 1), "size limit");
	free(body);
}

static void test_transport_errors(void **state)
{
	static const enum fm_code codes[] = { FM_E_NETWORK, FM_E_TIMEOUT,
					      FM_E_INTERRUPTED };
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct fm_rpc_call call = { .method = "a", .params = "[]" };
		fake_http_fail(&f->fake, codes[i], true);
		assert_int_equal(batch(f, &call, 1), codes[i]);
	}
	assert_int_equal(f->wait_count, 0);
}

static void test_statuses(void **state)
{
	static const struct {
		int status;
		const char *body, *words;
	} cases[] = {
		{301,  "",					      "HTTP 301"     },
		{ 401, "nope",					  "HTTP 401"	  },
		{ 404, A("1"),					  "HTTP 404"	  },
		{ 403, "{\"error\":{\"message\":\"bad \\u202e key\"}}", "HTTP 403: bad"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_rpc_call call = { .method = "a", .params = "[]" };
		fake_http_reply(&f->fake, cases[i].status, "", cases[i].body);
		expect_chain(f, batch(f, &call, 1), cases[i].words);
		assert_null(strstr(f->err.msg, "\xe2\x80\xae"));
	}
	assert_int_equal(f->wait_count, 0);
}

static void test_retry(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "a", .params = "[]" };

	fake_http_reply(&f->fake, 429, "Retry-After: 3\r\n", "slow down");
	fake_http_reply(&f->fake, 503, "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n",
			"");
	fake_http_reply(&f->fake, 200, "", A("1"));
	assert_int_equal(batch(f, &call, 1), FM_OK);
	assert_int_equal(f->wait_count, 2);
	assert_int_equal(f->waits[0], 3000);
	assert_int_equal(f->waits[1], 1000);
	assert_string_equal(f->fake.requests[0].body, f->fake.requests[2].body);
}

static void test_retry_ends(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "a", .params = "[]" };

	for (int i = 0; i < FM_RPC_TRIES; i++)
		fake_http_reply(&f->fake, 502, "", "");
	assert_int_equal(batch(f, &call, 1), FM_E_NETWORK);
	assert_non_null(strstr(f->err.msg, "HTTP 502"));
	assert_null(strstr(f->err.msg, "secret-key"));
	assert_int_equal(f->wait_count, 2);
	assert_int_equal(f->waits[0], 500);
	assert_int_equal(f->waits[1], 1000);
}

static void test_retry_too_long(void **state)
{
	static const char *const heads[] = {
		"Retry-After: 6\r\n",
		"Retry-After: 99999999999999999999999\r\n",
	};
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "a", .params = "[]" };

	for (size_t i = 0; i < 2; i++) {
		fake_http_reply(&f->fake, 429, heads[i], "");
		assert_int_equal(batch(f, &call, 1), FM_E_NETWORK);
	}
	assert_int_equal(f->wait_count, 0);
	fake_http_reply(&f->fake, 429, "Retry-After: 5\r\n", "");
	fake_http_reply(&f->fake, 200, "", A("1"));
	assert_int_equal(batch(f, &call, 1), FM_OK);
	assert_int_equal(f->waits[0], 5000);
}

static void test_retry_interrupted(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "a", .params = "[]" };

	f->stop = true;
	fake_http_reply(&f->fake, 429, "", "");
	assert_int_equal(batch(f, &call, 1), FM_E_INTERRUPTED);
}

static void test_no_retry_without_pause(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_call call = { .method = "a", .params = "[]" };

	f->rpc.pause = NULL;
	fake_http_reply(&f->fake, 500, "", "");
	assert_int_equal(batch(f, &call, 1), FM_E_NETWORK);
}

static void test_chain_id(void **state)
{
	static const char *const bad[] = {
		"\"0x014a34\"", "\"84532\"", "84532", "null", "\"0x10000000000000000\"",
		"\"0x\"",
	};
	struct fixture *f = *state;
	char body[128];
	uint64_t id = 0;

	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x14a34\"}");
	assert_int_equal(fm_rpc_chain_id(&id, &f->rpc, &f->err), FM_OK);
	assert_int_equal(id, 84532);
	assert_non_null(strstr(f->fake.requests[0].body, "eth_chainId"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(body, sizeof(body),
			 "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":%s}", bad[i]);
		fake_http_reply(&f->fake, 200, "", body);
		expect_chain(f, fm_rpc_chain_id(&id, &f->rpc, &f->err), "no chain id");
	}
	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":"
			"{\"code\":-32601,\"message\":\"unknown\"}}");
	expect_chain(f, fm_rpc_chain_id(&id, &f->rpc, &f->err),
		     "eth_chainId: -32601 unknown");
}

static void test_check_chain(void **state)
{
	struct fixture *f = *state;

	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}");
	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"}");
	assert_int_equal(fm_rpc_check_chain(&f->rpc, 1, &f->err), FM_OK);
	expect_chain(f, fm_rpc_check_chain(&f->rpc, 84532, &f->err),
		     "chain 1, wanted is chain 84532");
	assert_non_null(strstr(f->err.hint, "--rpc"));
}

static void test_has_code(void **state)
{
	struct fixture *f = *state;
	struct fm_addr addr = { { 0xab } };
	bool has = true;

	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x\"}");
	assert_int_equal(fm_rpc_has_code(&has, &f->rpc, &addr, &f->err), FM_OK);
	assert_false(has);
	assert_non_null(
		strstr(f->fake.requests[0].body,
		       "[\"0xab00000000000000000000000000000000000000\",\"latest\"]"));
	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x60\"}");
	assert_int_equal(fm_rpc_has_code(&has, &f->rpc, &addr, &f->err), FM_OK);
	assert_true(has);
	fake_http_reply(&f->fake, 200, "",
			"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x6\"}");
	expect_chain(f, fm_rpc_has_code(&has, &f->rpc, &addr, &f->err), "no code");
}

static void test_values(void **state)
{
	static const struct {
		const char *json;
		bool quantity, data;
	} cases[] = {
		{"\"0x0\"",								  true,  false},
		{ "\"0x\"",								  false, true },
		{ "\"0x00\"",								false, true },
		{ "\"0xaB\"",								true,  true },
		{ "\"0x1\"",								 true,  false},
		{ "\"0X1f\"",								false, false},
		{ "\"1f\"",								  false, false},
		{ "\"0x1g\"",								false, false},
		{ "\"\"",								    false, false},
		{ "\"0\"",								   false, false},
		{ "31",								      false, false},
		{ "null",								    false, false},
		{ "\" 0x1f\"",							       false, false},
		{ "\"0x1f \"",							       false, false},
		{ "\"0x-1\"",								false, false},
		{ "\"0x\\u0031f\"",							  false, false},
		{ "\"\\u0030x1f\"",							  false, false},
		{ "\"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"",
		  true,									      true },
		{ "\"0x1ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"",
		  false,									     false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_json *doc = NULL;
		struct fm_u256 value;
		struct fm_buf out;
		fm_buf_init(&out, 1000);
		fm_buf_str(&out, "kept");
		assert_int_equal(fm_json_parse(&doc, fm_span_of(cases[i].json), false,
					       NULL),
				 FM_OK);
		if (fm_rpc_quantity(&value, doc) != cases[i].quantity)
			fail_msg("quantity %s", cases[i].json);
		if (fm_rpc_data(&out, doc) != cases[i].data)
			fail_msg("data %s", cases[i].json);
		assert_memory_equal(out.ptr, "kept", 4);
		if (!cases[i].data)
			assert_int_equal(out.len, 4);
		fm_buf_clear(&out);
		fm_json_free(&doc);
	}
	assert_false(fm_rpc_quantity(&(struct fm_u256){ { 0 } }, NULL));
}

static void test_data_bytes(void **state)
{
	struct fm_json *doc = NULL;
	struct fm_buf out;

	(void)state;
	assert_int_equal(fm_json_parse(&doc, fm_span_of("\"0x00fFa0\""), false, NULL),
			 FM_OK);
	fm_buf_init(&out, 3);
	assert_true(fm_rpc_data(&out, doc));
	assert_int_equal(out.len, 3);
	assert_memory_equal(out.ptr, "\x00\xff\xa0", 3);
	fm_buf_clear(&out);
	fm_buf_init(&out, 2); /* over the cap */
	assert_false(fm_rpc_data(&out, doc));
	fm_buf_clear(&out);
	fm_json_free(&doc);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_single_request),
		T(test_batch_any_order),
		T(test_reused_call),
		T(test_bad_batch),
		T(test_bad_single),
		T(test_count),
		T(test_size),
		T(test_transport_errors),
		T(test_statuses),
		T(test_retry),
		T(test_retry_ends),
		T(test_retry_too_long),
		T(test_retry_interrupted),
		T(test_no_retry_without_pause),
		T(test_chain_id),
		T(test_check_chain),
		T(test_has_code),
		T(test_values),
		T(test_data_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
