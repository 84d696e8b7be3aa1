/* SPDX-License-Identifier: MIT */
/* The transport over libcurl against a server of our own on the loopback. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fourmica/http.h>

#include "loopback.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OK(body, len) "HTTP/1.1 200 OK\r\nContent-Length: " len "\r\n\r\n" body
#define LONG_BODY (2u << 20)

static const char folded[] =
	"HTTP/1.1 200 OK\r\nA: one\r\n two\r\nB: c\r\nContent-Length: 0\r\n\r\n";

static const struct loopback_route routes[] = {
	{.path = "/ok",				       .bytes = OK("hello", "5") },
	{ .path = "/402",
	  .bytes = "HTTP/1.1 402 Payment Required\r\nPAYMENT-REQUIRED: e30=\r\n"
		   "Content-Length: 2\r\n\r\n{}" },
	{ .path = "/empty",				     .bytes = "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n" },
	{ .path = "/head",						  .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" },
	{ .path = "/hints",
	  .bytes = "HTTP/1.1 103 Early Hints\r\nOld: 1\r\n\r\n"
		   "HTTP/1.1 100 Continue\r\n\r\n" OK("hi", "2") },
	{ .path = "/folded",				    .bytes = folded },
	{ .path = "/trailer",
	  .bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		   "2\r\nab\r\n0\r\nLate: 1\r\nHTTP/1.1 402 x: y\r\n\r\n" },
	{ .path = "/302",
	  .bytes = "HTTP/1.1 302 Found\r\nLocation: /ok?k=v\r\nOld: 1\r\n"
		   "Content-Length: 4\r\n\r\nmove" },
	{ .path = "/303",
	  .bytes = "HTTP/1.1 303 See Other\r\nLocation: /ok\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/307",
	  .bytes = "HTTP/1.1 307 Temporary\r\nLocation: /ok\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/loop",
	  .bytes = "HTTP/1.1 302 Found\r\nLocation: /loop\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/away",
	  .bytes = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:$/ok\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/file",
	  .bytes = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/ftp",
	  .bytes = "HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1:1/\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/401",
	  .bytes = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=x\r\n"
		   "Content-Length: 0\r\n\r\n" },
	{ .path = "/gzip",
	  .bytes = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		   "Content-Length: 4\r\n\r\nraw!" },
	{ .path = "/big",
	  .bytes = "HTTP/1.1 200 OK\r\n\r\n",
	  .fill = LONG_BODY,
	  .end = LOOPBACK_CLOSE },
	{ .path = "/says-big",
	  .bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n",
	  .fill = LONG_BODY },
	{ .path = "/cut",		  .bytes = OK("hel", "5"), .end = LOOPBACK_CLOSE },
	{ .path = "/drop",				    .end = LOOPBACK_CLOSE },
	{ .path = "/hang",						  .end = LOOPBACK_HANG },
	{ .path = "/half",		   .bytes = OK("hel", "5"), .end = LOOPBACK_HANG },
	{ .path = "/no-body",
	  .bytes = "HTTP/1.1 200 OK\r\nReceipt: r\r\nContent-Length: 5\r\n\r\n",
	  .end = LOOPBACK_CLOSE },
	{ .path = "/part-head",
	  .bytes = "HTTP/1.1 200 OK\r\nReceipt: r\r\nCont",
	  .end = LOOPBACK_CLOSE },
	{ .path = "/interim",
	  .bytes = "HTTP/1.1 103 Hints\r\nReceipt: r\r\n\r\n",
	  .end = LOOPBACK_CLOSE },
	{ .path = "/09",				     .bytes = "just bytes", .end = LOOPBACK_CLOSE },
	{ .path = "/long-line",
	  .bytes = "HTTP/1.1 200 OK\r\nA: ",
	  .fill = 200000,
	  .end = LOOPBACK_CLOSE },
	{ 0						 },
};

struct fixture {
	struct loopback server;
	struct fm_http http;
	struct fm_http_reply reply;
	struct fm_buf body;
	struct fm_err err;
	volatile int cancel;
	bool sent;
	char url[128];
	size_t heads, pieces, bytes; /* what the sink below saw */
	enum fm_code head_code, body_code;
	int head_status;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f || !loopback_start(&f->server, routes))
		return -1;
	fm_http_reply_init(&f->reply);
	fm_buf_init(&f->body, 4u << 20);
	fm_err_init(&f->err);
	*state = f;
	return fm_http_curl(&f->http, "fourmica/test", NULL, &f->cancel, &f->err) ? -1
										  : 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fm_http_close(&f->http);
	loopback_stop(&f->server);
	loopback_clear(&f->server);
	fm_http_reply_clear(&f->reply);
	fm_buf_clear(&f->body);
	free(f);
	return 0;
}

static const char *url_of(struct fixture *f, const char *path)
{
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u%s",
		 (unsigned)f->server.port, path);
	return f->url;
}

static enum fm_code fetch(struct fixture *f, const char *path,
			  struct fm_http_request request)
{
	request.url = url_of(f, path);
	if (!request.method)
		request.method = "GET";
	fm_buf_clear(&f->body);
	fm_err_init(&f->err);
	return fm_http_collect(&f->http, &f->reply, &f->body, &request, &f->sent,
			       &f->err);
}

static enum fm_code get(struct fixture *f, const char *path)
{
	return fetch(f, path, (struct fm_http_request){ 0 });
}

/** Does the latest request hold this text? */
static bool asked(struct fixture *f, const char *text)
{
	bool found;

	pthread_mutex_lock(&f->server.lock);
	found = f->server.count && strstr(f->server.requests[f->server.count - 1], text);
	pthread_mutex_unlock(&f->server.lock);
	return found;
}

static bool has(struct fixture *f, const char *name, const char *value)
{
	struct fm_span got;

	return fm_head_get(&got, fm_buf_span(&f->reply.head), name) &&
	       fm_span_is(got, value);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- plain exchanges ----------------------------------------------------------------------- */

static void test_get(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "/ok?a=b"), FM_OK);
	assert_int_equal(f->reply.status, 200);
	assert_string_equal(f->body.ptr, "hello");
	assert_string_equal(f->reply.head.ptr,
			    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
	assert_string_equal(f->reply.url.ptr, f->url);
	assert_string_equal(f->reply.method.ptr, "GET");
	assert_int_equal(f->reply.content_length, 5);
	assert_false(f->reply.redirected);
	assert_true(f->sent);
	assert_true(asked(f, "GET /ok?a=b HTTP/1.1\r\nHost: 127.0.0.1:"));
	assert_true(asked(f, "\r\nUser-Agent: fourmica/test\r\n"));
	assert_true(asked(f, "\r\nAccept: */*\r\n"));
	assert_false(asked(f, "Accept-Encoding"));
}

static void test_status(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "/402"), FM_OK);
	assert_int_equal(f->reply.status, 402);
	assert_true(has(f, "payment-required", "e30="));
	assert_int_equal(get(f, "/empty"), FM_OK);
	assert_int_equal(f->reply.status, 204);
	assert_true(has(f, "x", "y"));
	assert_int_equal(f->body.len, 0);
	assert_int_equal(get(f, "/401"), FM_OK);
	assert_int_equal(f->reply.status, 401);
}

/** One connection serves the probe and the paid request; nothing of the first stays. */
static void test_keep_alive(void **state)
{
	static const struct fm_header header = { "X-PAYMENT", "cGF5" };
	struct fm_http_request paid = {
		.method = "PUT", .headers = &header, .header_count = 1, .body = {"b", 1}
	};
	struct fixture *f = *state;

	assert_int_equal(get(f, "/402"), FM_OK);
	assert_int_equal(fetch(f, "/ok", paid), FM_OK);
	assert_true(asked(f, "\r\nX-PAYMENT: cGF5\r\n"));
	assert_int_equal(get(f, "/ok"), FM_OK);
	assert_true(asked(f, "GET /ok "));
	assert_false(asked(f, "X-PAYMENT"));
	assert_false(asked(f, "Content-Length"));
	assert_int_equal(f->server.connections, 1);
}

static void test_headers(void **state)
{
	static const struct fm_header headers[] = {
		{"Accept",	    NULL		 },
		{ "user-agent", "me/1"	       },
		{ "Empty",	   ""	      },
		{ "Blank",	   " \t"		 },
		{ "Two",	 "1"	     },
		{ "Two",	 "2; a=b"	  },
		{ "Host",	  "other.example"},
	};
	struct fixture *f = *state;

	assert_int_equal(
		fetch(f, "/ok",
		      (struct fm_http_request){ .headers = headers,
						.header_count = COUNT(headers) }),
		FM_OK);
	assert_false(asked(f, "Accept"));
	assert_true(asked(f, "\r\nuser-agent: me/1\r\n"));
	assert_false(asked(f, "fourmica/test"));
	assert_true(asked(f, "\r\nEmpty:\r\n"));
	assert_true(asked(f, "\r\nBlank:\r\n"));
	assert_true(asked(f, "\r\nTwo: 1\r\nTwo: 2; a=b\r\n"));
	assert_true(asked(f, "\r\nHost: other.example\r\n"));
	assert_false(asked(f, "Host: 127"));
}

static void test_methods(void **state)
{
	static const struct {
		const char *method, *body, *line, *length;
	} cases[] = {
		{"POST",	  "a=b", "POST /ok HTTP/1.1\r\n",	  "Content-Length: 3\r\n"},
		{ "POST",	  "",    "POST /ok HTTP/1.1\r\n",    "Content-Length: 0\r\n"},
		{ "POST",	  NULL,	"POST /ok HTTP/1.1\r\n",	 "Content-Length: 0\r\n"},
		{ "PUT",	 "x",   "PUT /ok HTTP/1.1\r\n",     "Content-Length: 1\r\n"},
		{ "GET",	 "x",   "GET /ok HTTP/1.1\r\n",     "Content-Length: 1\r\n"},
		{ "DELETE",  NULL,  "DELETE /ok HTTP/1.1\r\n",  "Host: "		      },
		{ "OPTIONS", NULL,  "OPTIONS /ok HTTP/1.1\r\n", "Host: "		},
		{ "post",	  "x",   "post /ok HTTP/1.1\r\n",	"Content-Length: 1\r\n"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fm_http_request request = { .method = cases[i].method };
		if (cases[i].body)
			request.body = fm_span_of(cases[i].body);
		assert_int_equal(fetch(f, "/ok", request), FM_OK);
		if (!asked(f, cases[i].line) || !asked(f, cases[i].length))
			fail_msg("case %zu", i);
		if (cases[i].body && !asked(f, cases[i].body))
			fail_msg("body %zu", i);
		assert_false(asked(f, "Expect"));
		assert_string_equal(f->reply.method.ptr, cases[i].method);
	}
	assert_int_equal(f->server.connections, 1);
}

/** Any byte, and no waiting for "100 Continue" below a mebibyte. */
static void test_body_bytes(void **state)
{
	struct fixture *f = *state;
	size_t len = 200000, start;
	char *bytes = malloc(len);

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)i;
	assert_int_equal(fetch(f, "/ok",
			       (struct fm_http_request){
				       .method = "POST", .body = {bytes, len}
	}),
			 FM_OK);
	assert_false(asked(f, "Expect"));
	start = f->server.lengths[0] - len;
	assert_memory_equal(f->server.requests[0] + start, bytes, len);
	assert_memory_equal(f->server.requests[0] + start - 4, "\r\n\r\n", 4);
	free(bytes);
}

static void test_head(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fetch(f, "/head", (struct fm_http_request){ .head_only = true }),
			 FM_OK);
	assert_true(asked(f, "HEAD /head "));
	assert_int_equal(f->reply.content_length, 99);
	assert_int_equal(f->body.len, 0);
	assert_int_equal(fetch(f, "/head", (struct fm_http_request){ .method = "HEAD" }),
			 FM_OK);
	assert_true(asked(f, "HEAD /head "));
	assert_int_equal(f->server.connections, 1);
}

/** Interim responses, folded lines and trailers never become part of the head. */
static void test_head_block(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "/hints"), FM_OK);
	assert_string_equal(f->reply.head.ptr,
			    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
	assert_int_equal(get(f, "/folded"), FM_OK);
	assert_true(has(f, "a", "one   two"));
	assert_true(has(f, "b", "c"));
	assert_int_equal(f->reply.head.len, sizeof(folded) - 1);
	assert_int_equal(get(f, "/trailer"), FM_OK);
	assert_int_equal(f->reply.status, 200);
	assert_string_equal(f->body.ptr, "ab");
	assert_null(strstr(f->reply.head.ptr, "Late"));
	assert_null(strstr(f->reply.head.ptr, "402"));
}

static void test_compressed(void **state)
{
	struct fm_http_options options = { .compressed = true };
	struct fixture *f = *state;

	assert_int_equal(get(f, "/gzip"), FM_OK);
	assert_string_equal(f->body.ptr, "raw!"); /* not asked for: the user's bytes */
	assert_int_equal(fetch(f, "/gzip",
			       (struct fm_http_request){ .options = &options }),
			 FM_E_NETWORK); /* asked for: and this is no gzip */
	assert_true(asked(f, "\r\nAccept-Encoding: "));
}

/* ---- redirects ----------------------------------------------------------------------------- */

static void test_not_followed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, "/302"), FM_OK);
	assert_int_equal(f->reply.status, 302);
	assert_false(f->reply.redirected);
	assert_string_equal(f->body.ptr, "move");
	assert_int_equal(f->server.count, 1);
}

static void test_followed(void **state)
{
	static const struct {
		const char *path, *method, *then;
	} cases[] = {
		{"/302",  "GET",	 "GET" },
		   { "/302", "POST", "GET" },
		{ "/303", "POST", "GET" },
		   { "/307", "POST", "POST"},
		{ "/307", "PUT",	 "PUT" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fm_http_request request = { .method = cases[i].method,
						   .follow = true };
		if (strcmp(cases[i].method, "GET") != 0)
			request.body = fm_span_of("data");
		assert_int_equal(fetch(f, cases[i].path, request), FM_OK);
		assert_int_equal(f->reply.status, 200);
		assert_true(f->reply.redirected);
		assert_string_equal(f->body.ptr, "hello");
		assert_string_equal(f->reply.method.ptr, cases[i].then);
		assert_true(strstr(f->reply.url.ptr, "/ok"));
		assert_null(strstr(f->reply.head.ptr, "Old"));
		assert_int_equal(asked(f, "data"), strcmp(cases[i].then, "GET") != 0);
	}
}

static void test_redirect_limit(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		fetch(f, "/loop",
		      (struct fm_http_request){ .follow = true, .max_redirects = 3 }),
		FM_E_NETWORK);
	assert_non_null(strstr(f->err.msg, "more than 3 redirects"));
	assert_int_equal(f->server.count, 4);
	assert_true(f->sent);
	assert_int_equal(fetch(f, "/loop", (struct fm_http_request){ .follow = true }),
			 FM_E_NETWORK);
	assert_int_equal(f->server.count, 4 + 51);
}

static void test_redirect_protocols(void **state)
{
	static const char *const paths[] = { "/file", "/ftp" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(fetch(f, paths[i],
				       (struct fm_http_request){ .follow = true }),
				 FM_E_NETWORK);
		assert_true(f->sent);
		assert_int_equal(f->body.len, 0);
	}
}

/** What identifies the user stays with the origin it was given for. */
static void test_redirect_secrets(void **state)
{
	static const struct fm_header headers[] = {
		{"Authorization", "Bearer abc"},
		{ "Cookie",	    "sid=1"	    },
		{ "X-Other",	     "kept"	    },
	};
	const struct fm_http_options options = { .user = "me:pw" };
	struct fixture *f = *state;
	struct loopback second;

	assert_true(loopback_start(&second, routes));
	f->server.other = second.port;
	assert_int_equal(fetch(f, "/away",
			       (struct fm_http_request){ .headers = headers,
							 .header_count = COUNT(headers),
							 .follow = true }),
			 FM_OK);
	assert_true(asked(f, "Bearer abc") && asked(f, "sid=1"));
	assert_int_equal(
		fetch(f, "/away",
		      (struct fm_http_request){ .options = &options, .follow = true }),
		FM_OK);
	assert_true(asked(f, "\r\nAuthorization: Basic bWU6cHc=\r\n"));
	loopback_stop(&second);
	assert_int_equal(second.count, 2);
	assert_null(strstr(second.requests[0], "Bearer"));
	assert_null(strstr(second.requests[0], "sid=1"));
	assert_non_null(strstr(second.requests[0], "X-Other: kept"));
	assert_null(strstr(second.requests[1], "Authorization"));
	loopback_clear(&second);
}

/* ---- limits -------------------------------------------------------------------------------- */

static enum fm_code sink_head(void *ctx, const struct fm_http_reply *reply,
			      struct fm_err *err)
{
	struct fixture *f = ctx;

	assert_int_equal(f->pieces, 0);
	f->heads++;
	f->head_status = reply->status;
	return f->head_code ? fm_fail(err, f->head_code, "head says no") : FM_OK;
}

static enum fm_code sink_body(void *ctx, const void *bytes, size_t len,
			      struct fm_err *err)
{
	struct fixture *f = ctx;

	(void)bytes;
	assert_int_equal(f->heads, 1);
	f->pieces++;
	f->bytes += len;
	return f->body_code ? fm_fail(err, f->body_code, "body says no") : FM_OK;
}

static enum fm_code stream(struct fixture *f, const char *path, int64_t max_body)
{
	const struct fm_http_sink sink = { sink_head, sink_body, f };
	const struct fm_http_options options = { .max_body = max_body };
	const struct fm_http_request request = { .method = "GET",
						 .url = url_of(f, path),
						 .options = &options };

	f->heads = f->pieces = f->bytes = 0;
	fm_err_init(&f->err);
	return fm_http_exchange(&f->http, &f->reply, &request, &sink, &f->sent, &f->err);
}

static void test_stream(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(stream(f, "/big", 0), FM_OK);
	assert_int_equal(f->heads, 1);
	assert_int_equal(f->bytes, LONG_BODY);
	assert_true(f->pieces > 10);
	assert_int_equal(f->reply.content_length, -1);
	assert_int_equal(stream(f, "/empty", 0), FM_OK);
	assert_int_equal(f->heads, 1);
	assert_int_equal(f->pieces, 0);
	assert_int_equal(f->head_status, 204);
}

static void test_max_body(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(stream(f, "/big", LONG_BODY), FM_OK);
	assert_int_equal(stream(f, "/big", LONG_BODY - 1), FM_E_TOO_LARGE);
	assert_non_null(strstr(f->err.msg, "2097151 bytes"));
	assert_true(f->bytes < LONG_BODY);
	assert_int_equal(f->heads, 1);
	assert_true(f->sent);
	assert_int_equal(stream(f, "/says-big", LONG_BODY - 1), FM_E_TOO_LARGE);
	assert_int_equal(f->heads, 1); /* the receipt in the head is not lost */
	assert_int_equal(f->bytes, 0);
	assert_int_equal(f->reply.status, 200);
	assert_int_equal(stream(f, "/says-big", LONG_BODY), FM_OK);
	assert_int_equal(get(f, "/ok"), FM_OK);
}

static void test_sink_says_no(void **state)
{
	struct fixture *f = *state;

	f->head_code = FM_E_BLOCKED;
	assert_int_equal(stream(f, "/ok", 0), f->head_code);
	assert_string_equal(f->err.msg, "head says no");
	assert_int_equal(f->pieces, 0);
	assert_int_equal(stream(f, "/empty", 0), f->head_code);
	f->head_code = FM_OK;
	f->body_code = FM_E_IO;
	assert_int_equal(stream(f, "/says-big", 0), FM_E_IO);
	assert_string_equal(f->err.msg, "body says no");
	assert_int_equal(f->pieces, 1);
	f->body_code = FM_OK;
	assert_int_equal(stream(f, "/ok", 0), FM_OK);
}

/** Serves `len` header bytes in lines of 1000, all responses together. */
static char *many_headers(size_t len)
{
	static const char end[] = "Content-Length: 0\r\n\r\n";
	char *text = malloc(len + 1);
	size_t at = (size_t)sprintf(text, "HTTP/1.1 200 OK\r\n");
	size_t stop = len - sizeof(end) + 1;

	while (at < stop) {
		size_t line = stop - at < 2000 ? stop - at : 1000;
		memset(text + at, 'a', line);
		text[at + 1] = ':';
		memcpy(text + at + line - 2, "\r\n", 2);
		at += line;
	}
	memcpy(text + at, end, sizeof(end));
	return text;
}

static void test_head_size(void **state)
{
	struct fixture *f = *state;
	char *fits = many_headers(FM_HTTP_HEAD_MAX),
	     *over = many_headers(FM_HTTP_HEAD_MAX + 1);
	const struct loopback_route own[] = {
		{.path = "/fits", .bytes = fits },
		{ .path = "/over",		   .bytes = over },
		{ 0},
	};
	struct loopback second;
	uint16_t port = f->server.port;

	assert_int_equal(strlen(fits), FM_HTTP_HEAD_MAX);
	assert_true(loopback_start(&second, own));
	f->server.port = second.port;
	assert_int_equal(get(f, "/fits"), FM_OK);
	assert_int_equal(f->reply.head.len, FM_HTTP_HEAD_MAX);
	assert_int_equal(get(f, "/over"), FM_E_TOO_LARGE);
	assert_true(f->sent);
	f->server.port = port;
	assert_int_equal(get(f, "/long-line"), FM_E_TOO_LARGE);
	loopback_stop(&second);
	loopback_clear(&second);
	free(fits);
	free(over);
}

/* ---- failures, and whether the request had left -------------------------------------------- */

static void test_refused_connection(void **state)
{
	struct fixture *f = *state;
	struct loopback gone;

	assert_true(loopback_start(&gone, routes));
	loopback_stop(&gone);
	f->server.port = gone.port;
	f->sent = true;
	assert_int_equal(get(f, "/ok"), FM_E_NETWORK);
	assert_false(f->sent);
	assert_non_null(strstr(f->err.msg, "cannot reach http://127.0.0.1:"));
	loopback_clear(&gone);
}

static void test_no_tls(void **state)
{
	static const struct loopback_route talks[] = {
		{.path = "*", .bytes = "no TLS here" },
		 { 0	     }
	};
	static const struct loopback_route silent[] = {
		{.path = "*", .end = LOOPBACK_HANG },
		       { 0	   }
	};
	const struct fm_http_options options = { .timeout_ms = 300 };
	struct fm_http_request request = { .method = "GET", .options = &options };
	struct fixture *f = *state;
	struct loopback second;

	for (int i = 0; i < 2; i++) {
		assert_true(loopback_start(&second, i ? silent : talks));
		snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%u/",
			 (unsigned)second.port);
		request.url = f->url;
		f->sent = true;
		assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
						 &f->sent, &f->err),
				 i ? FM_E_TIMEOUT : FM_E_NETWORK);
		assert_false(f->sent);
		assert_int_equal(second.count, 1);
		loopback_stop(&second);
		loopback_clear(&second);
	}
	assert_non_null(strstr(f->err.msg, "no connection to https://127.0.0.1:"));
}

static void test_lost(void **state)
{
	static const char *const paths[] = { "/drop", "/cut", "/09" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		f->sent = false;
		assert_int_equal(get(f, paths[i]), FM_E_NETWORK);
		assert_true(f->sent);
		assert_non_null(strstr(f->err.msg, "talking to http://127.0.0.1:"));
		assert_null(strstr(f->err.msg, paths[i]));
	}
}

/** A receipt that had come is not lost with the body behind it. */
static void test_lost_behind_head(void **state)
{
	static const char *const paths[] = { "/part-head", "/interim" };
	struct fixture *f = *state;

	assert_int_equal(stream(f, "/no-body", 0), FM_E_NETWORK);
	assert_int_equal(f->reply.status, 200);
	assert_true(has(f, "receipt", "r"));
	assert_string_equal(f->reply.url.ptr, f->url);
	assert_int_equal(f->heads, 0);
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_int_equal(get(f, paths[i]), FM_E_NETWORK);
		assert_int_equal(f->reply.status, 0);
		assert_int_equal(f->reply.head.len, 0);
		assert_true(f->sent);
	}
}

static void test_timeout(void **state)
{
	static const char *const paths[] = { "/hang", "/half" };
	const struct fm_http_options options = { .timeout_ms = 200 };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		int64_t start = now_ms();
		assert_int_equal(fetch(f, paths[i],
				       (struct fm_http_request){ .options = &options }),
				 FM_E_TIMEOUT);
		assert_in_range(now_ms() - start, 190, 2000);
		assert_true(f->sent);
		assert_non_null(strstr(f->err.msg, "within 0.2"));
	}
	assert_int_equal(f->reply.status, 200); /* what is known of the half answer */
}

static void *set_cancel(void *ctx)
{
	const struct timespec pause = { 0, 400000000 };
	struct fixture *f = ctx;

	nanosleep(&pause, NULL);
	f->cancel = 1;
	return NULL;
}

static void test_cancel(void **state)
{
	static const char *const paths[] = { "/hang", "/half" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		int64_t start = now_ms();
		pthread_t thread;
		f->cancel = 0;
		f->sent = false;
		assert_int_equal(pthread_create(&thread, NULL, set_cancel, f), 0);
		assert_int_equal(get(f, paths[i]), FM_E_INTERRUPTED);
		/* late enough that no timer of libcurl wakes the transfer by chance */
		assert_in_range(now_ms() - start, 390, 700);
		assert_true(f->sent);
		pthread_join(thread, NULL);
	}
	f->cancel = 0;
	assert_int_equal(get(f, "/ok"), FM_OK);
}

/* ---- at the same time ---------------------------------------------------------------------- */

#define JOBS_MAX 6

struct batch {
	struct fm_http_job job[JOBS_MAX];
	struct fm_http_job *list[JOBS_MAX];
	char url[JOBS_MAX][128];
	size_t count;
};

static void batch_init(struct batch *b)
{
	*b = (struct batch){ 0 };
	for (size_t i = 0; i < JOBS_MAX; i++) {
		fm_http_job_init(&b->job[i], 16);
		b->list[i] = &b->job[i];
	}
}

static void batch_clear(struct batch *b)
{
	for (size_t i = 0; i < JOBS_MAX; i++)
		fm_http_job_clear(&b->job[i]);
}

static void batch_add(struct fixture *f, struct batch *b, const char *path,
		      const struct fm_http_options *options)
{
	snprintf(b->url[b->count], sizeof(b->url[0]), "%s", url_of(f, path));
	b->job[b->count].request = (struct fm_http_request){ .method = "GET",
							     .url = b->url[b->count],
							     .options = options };
	b->count++;
}

static void batch_run(struct fixture *f, struct batch *b)
{
	assert_int_equal(fm_http_together(&f->http, b->list, b->count, &f->err), FM_OK);
}

/** Each ends by itself: what one says, where its body goes, why another failed. */
static void test_together(void **state)
{
	const struct fm_http_options brief = { .timeout_ms = 300 };
	const struct fm_http_options small = { .max_body = 3 };
	struct fixture *f = *state;
	struct batch b;
	struct fm_span body;

	batch_init(&b);
	batch_add(f, &b, "/ok", NULL);
	batch_add(f, &b, "/402", NULL);
	batch_add(f, &b, "/big", NULL);
	batch_add(f, &b, "/hang", &brief);
	batch_add(f, &b, "/ok", &small);
	batch_add(f, &b, "/drop", NULL);
	batch_run(f, &b);
	assert_int_equal(b.job[0].rc, FM_OK);
	assert_int_equal(b.job[0].reply.status, 200);
	body = fm_buf_span(&b.job[0].body);
	assert_true(fm_span_is(body, "hello"));
	assert_int_equal(b.job[1].rc, FM_OK);
	assert_int_equal(b.job[1].reply.status, 402);
	assert_true(fm_span_is(fm_buf_span(&b.job[1].body), "{}"));
	assert_int_equal(b.job[2].rc, FM_E_TOO_LARGE); /* over the cap of its buffer */
	assert_non_null(strstr(b.job[2].err.msg, "16 bytes"));
	assert_int_equal(b.job[3].rc, FM_E_TIMEOUT);
	assert_true(b.job[3].sent);
	assert_int_equal(b.job[4].rc, FM_E_TOO_LARGE); /* over its own max_body */
	assert_int_equal(b.job[5].rc, FM_E_NETWORK);
	assert_int_equal(b.job[5].err.code, FM_E_NETWORK);
	assert_int_equal(b.job[0].err.code, FM_OK);
	batch_clear(&b);
}

/** Four that take 300 ms each take 300 ms. */
static void test_together_in_parallel(void **state)
{
	const struct fm_http_options brief = { .timeout_ms = 300 };
	struct fixture *f = *state;
	int64_t start = now_ms();
	struct batch b;

	batch_init(&b);
	for (size_t i = 0; i < 4; i++)
		batch_add(f, &b, "/hang", &brief);
	batch_run(f, &b);
	assert_in_range(now_ms() - start, 290, 850);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(b.job[i].rc, FM_E_TIMEOUT);
	batch_clear(&b);
}

/** A kept connection that dies before an answer: libcurl sends a request again by itself. A payment
 *  leaves once, because its sender must know how often, and may not want it later. */
static void test_payment_leaves_once(void **state)
{
	static const char *const names[] = { "Other", "PAYMENT-SIGNATURE", "x-payment" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct fm_header header = { names[i], "e30=" };
		const struct fm_http_request request = { .headers = &header,
							 .header_count = 1 };
		size_t before;

		assert_int_equal(get(f, "/ok"), FM_OK);
		before = f->server.count;
		assert_int_equal(fetch(f, "/drop", request), FM_E_NETWORK);
		assert_int_equal(f->server.count - before, i == 0 ? 2 : 1);
		assert_true(f->sent);
	}
}

/** Connections go from single requests to common ones and back; jobs can be sent again. */
static void test_together_connections(void **state)
{
	struct fixture *f = *state;
	struct batch b;

	batch_init(&b);
	assert_int_equal(get(f, "/ok"), FM_OK);
	for (size_t i = 0; i < 3; i++)
		batch_add(f, &b, "/ok", NULL);
	for (size_t round = 0; round < 3; round++) {
		batch_run(f, &b);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(b.job[i].rc, FM_OK);
			assert_true(fm_span_is(fm_buf_span(&b.job[i].body), "hello"));
		}
	}
	assert_int_equal(get(f, "/ok"), FM_OK);
	assert_int_equal(f->server.count, 11);
	assert_in_range(f->server.connections, 1, 3);
	batch_clear(&b);
}

static void test_together_cancel(void **state)
{
	struct fixture *f = *state;
	int64_t start = now_ms();
	pthread_t thread;
	struct batch b;

	batch_init(&b);
	batch_add(f, &b, "/hang", NULL);
	batch_add(f, &b, "/ok", NULL);
	batch_add(f, &b, "/half", NULL);
	assert_int_equal(pthread_create(&thread, NULL, set_cancel, f), 0);
	batch_run(f, &b);
	assert_in_range(now_ms() - start, 390, 900);
	pthread_join(thread, NULL);
	assert_int_equal(b.job[0].rc, FM_E_INTERRUPTED);
	assert_int_equal(b.job[1].rc, FM_OK); /* was over by then */
	assert_int_equal(b.job[2].rc, FM_E_INTERRUPTED);
	batch_run(f, &b); /* the flag still stands: nothing goes out */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(b.job[i].rc, FM_E_INTERRUPTED);
		assert_false(b.job[i].sent);
	}
	assert_int_equal(f->server.count, 3);
	batch_clear(&b);
}

/** One that may not be sent does not keep the others back. */
static void test_together_refused(void **state)
{
	struct fixture *f = *state;
	struct batch b;

	batch_init(&b);
	batch_add(f, &b, "/ok", NULL);
	batch_add(f, &b, "/ok", NULL);
	b.job[1].request.url = "file:///etc/passwd";
	batch_add(f, &b, "/ok", NULL);
	b.job[2].request.method = "two words";
	batch_add(f, &b, "/empty", NULL);
	batch_run(f, &b);
	assert_int_equal(b.job[0].rc, FM_OK);
	assert_int_equal(b.job[1].rc, FM_E_USAGE);
	assert_int_equal(b.job[2].rc, FM_E_USAGE);
	assert_int_equal(b.job[3].rc, FM_OK);
	assert_int_equal(b.job[3].reply.status, 204);
	assert_int_equal(f->server.count, 2);
	assert_int_equal(fm_http_together(&f->http, b.list, 0, &f->err), FM_OK);
	batch_clear(&b);
}

/** An address given for one of them is not known to the others, nor afterwards. */
static void test_together_resolve(void **state)
{
	struct fixture *f = *state;
	char entry[64], url[64];
	const char *const list[] = { entry, NULL };
	const struct fm_http_options named = { .resolve = list, .timeout_ms = 5000 };
	struct batch b;

	snprintf(entry, sizeof(entry), "nowhere.invalid:%u:127.0.0.1",
		 (unsigned)f->server.port);
	snprintf(url, sizeof(url), "http://nowhere.invalid:%u/ok",
		 (unsigned)f->server.port);
	batch_init(&b);
	batch_add(f, &b, "/ok", &named);
	batch_add(f, &b, "/ok", NULL);
	b.job[0].request.url = b.job[1].request.url = url;
	batch_run(f, &b);
	assert_int_equal(b.job[0].rc, FM_OK);
	assert_int_equal(b.job[1].rc, FM_E_NETWORK);
	batch_clear(&b);
}

/* ---- settings ------------------------------------------------------------------------------ */

/** The environment is the caller's affair: none of these may be looked at. */
static void test_environment(void **state)
{
	struct fixture *f = *state;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	assert_int_equal(get(f, "/ok"), FM_OK);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void test_proxy(void **state)
{
	static const struct loopback_route all[] = {
		{.path = "*", .bytes = OK("proxy", "5") },
		    { 0	}
	};
	struct fm_http_options options = { 0 };
	struct fixture *f = *state;
	struct loopback proxy;
	char text[64];

	assert_true(loopback_start(&proxy, all));
	snprintf(text, sizeof(text), "http://127.0.0.1:%u", (unsigned)proxy.port);
	options.proxy = text;
	setenv("no_proxy", "*", 1);
	assert_int_equal(fetch(f, "/ok", (struct fm_http_request){ .options = &options }),
			 FM_OK);
	unsetenv("no_proxy");
	assert_string_equal(f->body.ptr, "proxy");
	options.no_proxy = "127.0.0.1";
	assert_int_equal(fetch(f, "/ok", (struct fm_http_request){ .options = &options }),
			 FM_OK);
	assert_string_equal(f->body.ptr, "hello");
	loopback_stop(&proxy);
	assert_non_null(strstr(proxy.requests[0], "GET http://127.0.0.1:"));
	loopback_clear(&proxy);
}

static void test_resolve(void **state)
{
	struct fixture *f = *state;
	char entry[64];
	const char *const list[] = { entry, NULL };
	const struct fm_http_options options = { .resolve = list };
	struct fm_http_request request = { .method = "GET",
					   .url = f->url,
					   .options = &options };

	snprintf(entry, sizeof(entry), "seller.example:%u:127.0.0.1",
		 (unsigned)f->server.port);
	snprintf(f->url, sizeof(f->url), "http://seller.example:%u/ok",
		 (unsigned)f->server.port);
	assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
					 &f->sent, &f->err),
			 FM_OK);
	assert_true(asked(f, "Host: seller.example:"));
	assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
					 &f->sent, &f->err),
			 FM_OK);
	assert_int_equal(f->server.connections, 1);
}

/** An address given for one exchange is not known to the next. */
static void test_resolve_forgotten(void **state)
{
	struct fixture *f = *state;
	char entry[64];
	const char *const list[] = { entry, NULL };
	const struct fm_http_options options = { .resolve = list };
	struct fm_http_request request = { .method = "GET", .url = f->url };

	snprintf(entry, sizeof(entry), "localhost:%u:127.0.0.2",
		 (unsigned)f->server.port);
	snprintf(f->url, sizeof(f->url), "http://localhost:%u/ok",
		 (unsigned)f->server.port);
	request.options = &options;
	assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
					 &f->sent, &f->err),
			 FM_E_NETWORK); /* nobody listens there */
	assert_false(f->sent);
	request.options = NULL;
	assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
					 &f->sent, &f->err),
			 FM_OK);
}

static void test_user_in_url(void **state)
{
	struct fixture *f = *state;
	struct fm_http_request request = { .method = "GET", .url = f->url };
	char want[64];

	snprintf(f->url, sizeof(f->url), "http://me:pw@127.0.0.1:%u/ok?a@b",
		 (unsigned)f->server.port);
	snprintf(want, sizeof(want), "http://127.0.0.1:%u/ok?a@b",
		 (unsigned)f->server.port);
	assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
					 &f->sent, &f->err),
			 FM_OK);
	assert_true(asked(f, "\r\nAuthorization: Basic bWU6cHc=\r\n"));
	assert_string_equal(f->reply.url.ptr, want);
}

static void test_bad_files(void **state)
{
	static const struct fm_http_options cases[] = {
		{ .unix_socket = "/nonexistent/socket" },
		{ .cacert = "/nonexistent/ca.pem" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fm_http_request request = { .method = "GET",
						   .url = f->url,
						   .options = &cases[i] };
		snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%u/ok",
			 (unsigned)f->server.port);
		f->sent = true;
		assert_int_equal(fm_http_collect(&f->http, &f->reply, &f->body, &request,
						 &f->sent, &f->err),
				 FM_E_NETWORK);
		assert_false(f->sent);
	}
}

/** Closing before the first exchange: nothing was loaded. */
static void test_unused(void **state)
{
	struct fm_http http;

	(void)state;
	assert_int_equal(fm_http_curl(&http, "x", NULL, NULL, NULL), FM_OK);
	fm_http_close(&http);
	assert_null(http.ctx);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_get),
		T(test_status),
		T(test_keep_alive),
		T(test_headers),
		T(test_methods),
		T(test_body_bytes),
		T(test_head),
		T(test_head_block),
		T(test_compressed),
		T(test_not_followed),
		T(test_followed),
		T(test_redirect_limit),
		T(test_redirect_protocols),
		T(test_redirect_secrets),
		T(test_stream),
		T(test_max_body),
		T(test_sink_says_no),
		T(test_head_size),
		T(test_refused_connection),
		T(test_no_tls),
		T(test_lost),
		T(test_payment_leaves_once),
		T(test_lost_behind_head),
		T(test_timeout),
		T(test_cancel),
		T(test_together),
		T(test_together_in_parallel),
		T(test_together_connections),
		T(test_together_cancel),
		T(test_together_refused),
		T(test_together_resolve),
		T(test_environment),
		T(test_proxy),
		T(test_resolve),
		T(test_resolve_forgotten),
		T(test_user_in_url),
		T(test_bad_files),
		cmocka_unit_test(test_unused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
