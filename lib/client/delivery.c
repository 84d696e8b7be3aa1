/* SPDX-License-Identifier: MIT */
#include "client/delivery.h"

#include <string.h>

#define REASON_KEPT 4096u /* of an error body, for the seller's words */

void fm_delivery_init(struct fm_delivery *d, const struct fm_http_sink *user,
		      struct fm_paid *paid)
{
	memset(d, 0, sizeof(*d));
	d->user = user;
	d->paid = paid;
	fm_buf_init(&d->kept, FM_X402_BODY_MAX);
	fm_sha256_init(&d->sha);
	fm_err_init(&d->user_err);
	paid->body_bytes = 0;
}

static enum fm_code user_head(struct fm_delivery *d, const struct fm_http_reply *reply)
{
	d->started = true;
	if (d->user && d->user->head && !d->user_err.code &&
	    d->user->head(d->user->ctx, reply, &d->user_err) && !d->user_err.code)
		fm_fail(&d->user_err, FM_E_IO, "output failed");
	return d->user_err.code;
}

static enum fm_code user_body(struct fm_delivery *d, const void *bytes, size_t len)
{
	fm_sha256_add(&d->sha, bytes, len);
	d->paid->body_bytes += len;
	if (d->user && d->user->body && !d->user_err.code &&
	    d->user->body(d->user->ctx, bytes, len, &d->user_err) && !d->user_err.code)
		fm_fail(&d->user_err, FM_E_IO, "output failed");
	return d->user_err.code;
}

void fm_delivery_end(struct fm_delivery *d)
{
	fm_sha256_end(&d->paid->body_sha256, &d->sha);
}

static void keep_piece(struct fm_delivery *d, const void *bytes, size_t len, size_t most)
{
	size_t room = d->kept.len < most ? most - d->kept.len : 0;

	d->truncated |= len > room;
	fm_buf_add(&d->kept, bytes, len < room ? len : room);
}

static bool is_challenge(int status)
{
	return status == 402 || status == 412;
}

/** Answers to a payment that say nothing about it: the next try may get the goods. */
static bool is_passing(int status)
{
	return status == 429 || status >= 500;
}

static enum fm_code on_head(void *ctx, const struct fm_http_reply *reply,
			    struct fm_err *err)
{
	struct fm_delivery *d = ctx;

	d->head_seen = true;
	d->paid->http_status = reply->status;
	fm_buf_clear(&d->paid->head);
	fm_buf_add(&d->paid->head, reply->head.ptr, reply->head.len);
	if (!fm_buf_ok(&d->paid->head))
		return fm_nomem(err);
	d->reply = reply;
	d->keep = is_challenge(reply->status) ||
		  (d->paid->attempted && is_passing(reply->status));
	if (d->keep)
		return FM_OK;
	/* A sink that fails after payment must not cut the exchange: what happened to the money
	 * is still to be read. Before payment it may. */
	enum fm_code rc = user_head(d, reply);
	if (rc && !d->paid->attempted)
		*err = d->user_err;
	return d->paid->attempted ? FM_OK : rc;
}

static enum fm_code on_body(void *ctx, const void *bytes, size_t len, struct fm_err *err)
{
	struct fm_delivery *d = ctx;

	if (d->keep && len > FM_X402_BODY_MAX - d->kept.len &&
	    !is_challenge(d->reply->status)) {
		/* Too long to hold back: it is the result, and nothing is sent again. */
		fm_delivery_release(d, d->reply);
		d->keep = false;
	}
	if (d->keep) {
		keep_piece(d, bytes, len, FM_X402_BODY_MAX);
		if (d->truncated)
			return fm_fail(err, FM_E_TOO_LARGE, "body over %u bytes",
				       FM_X402_BODY_MAX);
		return d->kept.failed ? fm_nomem(err) : FM_OK;
	}
	if (d->paid->http_status >= 400)
		keep_piece(d, bytes, len, REASON_KEPT);
	enum fm_code rc = user_body(d, bytes, len);
	if (rc && !d->paid->attempted)
		*err = d->user_err;
	return d->paid->attempted ? FM_OK : rc;
}

enum fm_code fm_delivery_exchange(struct fm_delivery *d, struct fm_client *client,
				  struct fm_http_reply *reply,
				  const struct fm_http_request *request,
				  struct fm_err *err)
{
	const struct fm_http_sink sink = { .head = on_head, .body = on_body, .ctx = d };
	enum fm_code rc =
		fm_http_exchange(client->config.http, reply, request, &sink, NULL, err);

	return rc == FM_E_TOO_LARGE && d->keep && d->truncated ? FM_OK : rc;
}

void fm_delivery_release(struct fm_delivery *d, const struct fm_http_reply *reply)
{
	if (d->keep && !user_head(d, reply))
		user_body(d, d->kept.ptr ? d->kept.ptr : "", d->kept.len);
}

void fm_delivery_clear(struct fm_delivery *d)
{
	fm_buf_clear(&d->kept);
}
