/* SPDX-License-Identifier: MIT */
/* What holds for every transport: a request is checked here, before any of them sees it. */
#include <fourmica/http.h>

#include "http/token.h"

#include <string.h>
#include <strings.h>

#define URL_MAX (64u * 1024u)
#define METHOD_MAX 32

void fm_http_reply_init(struct fm_http_reply *reply)
{
	*reply = (struct fm_http_reply){ .content_length = -1 };
	fm_buf_init(&reply->head, FM_HTTP_HEAD_MAX);
	fm_buf_init(&reply->url, URL_MAX);
	fm_buf_init(&reply->method, METHOD_MAX);
}

void fm_http_reply_clear(struct fm_http_reply *reply)
{
	fm_buf_clear(&reply->head);
	fm_buf_clear(&reply->url);
	fm_buf_clear(&reply->method);
	fm_http_reply_init(reply);
}

void fm_http_close(struct fm_http *http)
{
	if (http->ops && http->ops->close)
		http->ops->close(http->ctx);
	*http = (struct fm_http){ 0 };
}

/** A signature that leaves for the wrong host is money: no transport may follow with one. */
static bool carries_payment(const struct fm_header *header)
{
	return header->value && (strcasecmp(header->name, "PAYMENT-SIGNATURE") == 0 ||
				 strcasecmp(header->name, "X-PAYMENT") == 0);
}

/** Values may be credentials: a message names the header, never what it holds. */
static enum fm_code check_header(const struct fm_header *header, bool follow,
				 struct fm_err *err)
{
	struct fm_span name = fm_span_of(header->name);

	if (!fm_token_is(name))
		return fm_fail(err, FM_E_USAGE,
			       "header name: only letters, digits and !#$%%&'*+-.^_`|~");
	if (header->value && !fm_field_value_is(fm_span_of(header->value)))
		return fm_fail(err, FM_E_USAGE,
			       "header '%.60s': control character in its value",
			       header->name);
	if (follow && carries_payment(header))
		return fm_fail(err, FM_E_USAGE,
			       "header '%s': a payment never follows redirects",
			       header->name);
	return FM_OK;
}

static enum fm_code check_url(const char *text, struct fm_err *err)
{
	struct fm_url url;

	if (strlen(text) >= URL_MAX)
		return fm_fail(err, FM_E_USAGE, "url: longer than %u bytes", URL_MAX - 1);
	if (fm_url_parse(&url, fm_span_of(text)))
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "url: not an absolute http or https address");
	fm_hint(err,
		"blanks and backslashes are written %%20 and %%5C, host names beyond ASCII "
		"in their xn-- form");
	return FM_E_USAGE;
}

static enum fm_code check_request(const struct fm_http_request *request,
				  struct fm_err *err)
{
	struct fm_span method = fm_span_of(request->method);
	enum fm_code rc;

	if (method.len >= METHOD_MAX || !fm_token_is(method))
		return fm_fail(err, FM_E_USAGE, "method: not an HTTP method name");
	if (request->body.ptr &&
	    (request->head_only || strcmp(request->method, "HEAD") == 0))
		return fm_fail(err, FM_E_USAGE, "a HEAD request cannot carry a body");
	rc = check_url(request->url, err);
	for (size_t i = 0; !rc && i < request->header_count; i++)
		rc = check_header(&request->headers[i], request->follow, err);
	return rc;
}

enum fm_code fm_http_exchange(struct fm_http *http, struct fm_http_reply *reply,
			      const struct fm_http_request *request,
			      const struct fm_http_sink *sink, bool *sent,
			      struct fm_err *err)
{
	bool unused;
	enum fm_code rc;

	if (!sent)
		sent = &unused;
	*sent = false;
	fm_http_reply_clear(reply);
	rc = check_request(request, err);
	if (rc)
		return rc;
	if (http->cancel && *http->cancel)
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	return http->ops->exchange(http->ctx, reply, request, sink, sent, err);
}

static enum fm_code collect_body(void *ctx, const void *bytes, size_t len,
				 struct fm_err *err)
{
	struct fm_buf *body = ctx;

	if (body->len > body->cap || len > body->cap - body->len)
		return fm_fail(err, FM_E_TOO_LARGE,
			       "response body over the limit of %zu bytes", body->cap);
	return fm_buf_add(body, bytes, len) ? FM_OK : fm_nomem(err);
}

enum fm_code fm_http_collect(struct fm_http *http, struct fm_http_reply *reply,
			     struct fm_buf *body, const struct fm_http_request *request,
			     bool *sent, struct fm_err *err)
{
	const struct fm_http_sink sink = { .body = collect_body, .ctx = body };

	return fm_http_exchange(http, reply, request, &sink, sent, err);
}
