/* SPDX-License-Identifier: MIT */
#include "fake_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *copy_bytes(const void *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		abort();
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

static char *copy_headers(const struct fm_http_request *request)
{
	struct fm_buf lines;
	char *copy;

	fm_buf_init(&lines, 1u << 20);
	fm_buf_str(&lines, "");
	for (size_t i = 0; i < request->header_count; i++) {
		const struct fm_header *header = &request->headers[i];
		fm_buf_fmt(&lines, "%s:", header->name);
		if (header->value) {
			fm_buf_chr(&lines, ' ');
			fm_buf_str(&lines, header->value);
		}
		fm_buf_chr(&lines, '\n');
	}
	copy = copy_bytes(lines.ptr, lines.len);
	fm_buf_clear(&lines);
	return copy;
}

static const struct fake_request *keep(struct fake_http *fake,
				       const struct fm_http_request *request)
{
	struct fake_request *kept = &fake->requests[fake->count % FAKE_HTTP_MAX];

	if (fake->count >= FAKE_HTTP_MAX)
		abort(); /* a test that asks this much wants another fake */
	fake->count++;
	*kept = (struct fake_request){
		.method = copy_bytes(request->method, strlen(request->method)),
		.url = copy_bytes(request->url, strlen(request->url)),
		.headers = copy_headers(request),
		.body_len = request->body.len,
		.follow = request->follow,
		.head_only = request->head_only,
		.max_redirects = request->max_redirects,
		.timeout_ms = request->options ? request->options->timeout_ms : 0,
	};
	if (request->body.ptr)
		kept->body = copy_bytes(request->body.ptr, request->body.len);
	return kept;
}

static bool find_reply(struct fake_http *fake, struct fake_reply *reply,
		       const struct fake_request *request)
{
	if (fake->next < fake->script_len) {
		*reply = fake->script[fake->next++];
		return true;
	}
	return fake->respond && fake->respond(fake->respond_ctx, reply, request);
}

static enum fm_code fail_with(enum fm_code code, struct fm_err *err)
{
	return fm_fail(err, code, "fake transport: %s", fm_code_info(code)->word);
}

static void fill_head(struct fm_http_reply *out, const struct fake_reply *reply,
		      const struct fm_http_request *request)
{
	struct fm_span head, value;

	out->status = reply->status;
	fm_buf_fmt(&out->head, "HTTP/1.1 %d Fake\r\n", reply->status);
	fm_buf_str(&out->head, reply->headers ? reply->headers : "");
	fm_buf_str(&out->head, "\r\n");
	fm_buf_str(&out->url, reply->url ? reply->url : request->url);
	fm_buf_str(&out->method, request->method);
	out->redirected = reply->url != NULL;
	head = fm_buf_span(&out->head);
	out->content_length = fm_head_get(&value, head, "content-length")
				      ? strtoll(value.ptr, NULL, 10)
				      : -1;
}

static enum fm_code send_body(const struct fm_http_sink *sink,
			      const struct fake_reply *reply, size_t len, int64_t most,
			      struct fm_err *err)
{
	size_t piece = reply->piece ? reply->piece : len;
	enum fm_code rc = FM_OK;

	for (size_t at = 0; !rc && at < len; at += piece) {
		if (piece > len - at)
			piece = len - at;
		if (most > 0 && at + piece > (size_t)most)
			return fail_with(FM_E_TOO_LARGE, err);
		if (sink->body)
			rc = sink->body(sink->ctx, (const char *)reply->body + at, piece,
					err);
	}
	return rc;
}

static enum fm_code exchange(void *ctx, struct fm_http_reply *out,
			     const struct fm_http_request *request,
			     const struct fm_http_sink *sink, bool *sent,
			     struct fm_err *err)
{
	struct fake_http *fake = ctx;
	struct fake_reply reply = { 0 };
	int64_t most = request->options ? request->options->max_body : 0;
	size_t len;
	enum fm_code rc;

	if (!find_reply(fake, &reply, keep(fake, request))) {
		fake->unexpected++;
		return fm_fail(err, FM_E_NETWORK, "fake transport: no reply for %s %s",
			       request->method, request->url);
	}
	*sent = reply.status ? true : reply.sent;
	if (!reply.status)
		return fail_with(reply.fail ? reply.fail : FM_E_NETWORK, err);
	fill_head(out, &reply, request);
	rc = sink->head ? sink->head(sink->ctx, out, err) : FM_OK;
	len = request->head_only ? 0 : reply.body_len;
	if (reply.fail && reply.fail_at < len)
		len = reply.fail_at;
	if (!rc)
		rc = send_body(sink, &reply, len, most, err);
	if (!rc && reply.fail)
		rc = fail_with(reply.fail, err);
	return rc;
}

static void close_fake(void *ctx)
{
	((struct fake_http *)ctx)->closed = true;
}

void fake_http_init(struct fake_http *fake)
{
	static const struct fm_http_ops ops = { .exchange = exchange,
						.close = close_fake };

	*fake = (struct fake_http){
		.http = {.ops = &ops, .ctx = fake}
	};
}

size_t fake_http_clear(struct fake_http *fake)
{
	size_t left = fake->script_len - fake->next;

	for (size_t i = 0; i < fake->count; i++) {
		free(fake->requests[i].method);
		free(fake->requests[i].url);
		free(fake->requests[i].headers);
		free(fake->requests[i].body);
	}
	fake_http_init(fake);
	return left;
}

void fake_http_add(struct fake_http *fake, const struct fake_reply *reply)
{
	if (fake->script_len == FAKE_HTTP_MAX)
		abort();
	fake->script[fake->script_len++] = *reply;
}

void fake_http_reply(struct fake_http *fake, int status, const char *headers,
		     const char *body)
{
	const struct fake_reply reply = {
		.status = status,
		.headers = headers,
		.body = body,
		.body_len = body ? strlen(body) : 0,
	};

	fake_http_add(fake, &reply);
}

void fake_http_fail(struct fake_http *fake, enum fm_code code, bool sent)
{
	const struct fake_reply reply = { .fail = code, .sent = sent };

	fake_http_add(fake, &reply);
}

const char *fake_http_header(char *out, size_t size, const struct fake_request *request,
			     const char *name)
{
	struct fm_span value;

	if (!fm_head_get(&value, fm_span_of(request->headers), name) || value.len >= size)
		return NULL;
	memcpy(out, value.ptr, value.len);
	out[value.len] = '\0';
	return out;
}
