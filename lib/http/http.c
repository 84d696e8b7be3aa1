/* SPDX-License-Identifier: MIT */
/* What holds for every transport: a request is checked here, before any of them sees it. */
#include <fourmica/http.h>

#include "http/pays.h"
#include "http/token.h"

#include <stdlib.h>
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

bool fm_http_pays(const struct fm_http_request *request)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (carries_payment(&request->headers[i]))
			return true;
	return false;
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

static enum fm_code check_cancel(const struct fm_http *http, struct fm_err *err)
{
	if (http->cancel && *http->cancel)
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	return FM_OK;
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
	rc = check_cancel(http, err);
	return rc ? rc : http->ops->exchange(http->ctx, reply, request, sink, sent, err);
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

/* ---- several at the same time -------------------------------------------------------------- */

void fm_http_job_init(struct fm_http_job *job, size_t body_max)
{
	memset(job, 0, sizeof(*job));
	fm_http_reply_init(&job->reply);
	fm_buf_init(&job->body, body_max);
	fm_err_init(&job->err);
}

void fm_http_job_clear(struct fm_http_job *job)
{
	size_t body_max = job->body.cap;

	fm_http_reply_clear(&job->reply);
	fm_buf_wipe(&job->body);
	fm_http_job_init(job, body_max);
}

/** False: it ended before any transport saw it. */
static bool prepare(struct fm_http_job *job, const struct fm_http *http)
{
	fm_http_reply_clear(&job->reply);
	fm_buf_wipe(&job->body);
	fm_err_init(&job->err);
	job->sink = (struct fm_http_sink){ .body = collect_body, .ctx = &job->body };
	job->sent = false;
	job->rc = check_request(&job->request, &job->err);
	if (!job->rc)
		job->rc = check_cancel(http, &job->err);
	return job->rc == FM_OK;
}

static void run_alone(struct fm_http *http, struct fm_http_job *job)
{
	job->rc = check_cancel(http, &job->err);
	if (!job->rc)
		job->rc = http->ops->exchange(http->ctx, &job->reply, &job->request,
					      &job->sink, &job->sent, &job->err);
}

/** The `n` of `jobs` that are prepared. */
static enum fm_code run_at_once(struct fm_http *http, struct fm_http_job *const jobs[],
				size_t count, size_t n, struct fm_err *err)
{
	struct fm_http_job **ready = calloc(n, sizeof(struct fm_http_job *));

	if (!ready)
		return fm_nomem(err);
	n = 0;
	for (size_t i = 0; i < count; i++)
		if (!jobs[i]->rc)
			ready[n++] = jobs[i];
	http->ops->together(http->ctx, ready, n);
	free(ready);
	return FM_OK;
}

enum fm_code fm_http_together(struct fm_http *http, struct fm_http_job *const jobs[],
			      size_t count, struct fm_err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += prepare(jobs[i], http);
	if (n > 1 && http->ops->together)
		return run_at_once(http, jobs, count, n, err);
	for (size_t i = 0; i < count; i++)
		if (!jobs[i]->rc)
			run_alone(http, jobs[i]);
	return FM_OK;
}
