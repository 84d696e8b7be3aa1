/* SPDX-License-Identifier: MIT */
/* The transport over libcurl: one easy handle in a multi handle of its own, kept from exchange
 * to exchange so that the paid request uses the connection of the probe. Exchanges at the same
 * time have handles of their own, but the multi handle keeps all connections.
 *
 * The multi interface is used for single transfers too because its poll can be bounded: a
 * cancel request is seen within POLL_MS whatever thread the signal went to.
 *
 * SIGPIPE: libcurl is told to leave signals alone (CURLOPT_NOSIGNAL), so the program ignores
 * SIGPIPE itself.
 *
 * Redirects (-L) are libcurl's: it drops user, Authorization and Cookie headers for another
 * origin (since 7.58, for another port or scheme since 7.83); every other header goes along,
 * which is why http.c refuses to follow with a payment header. */
#include <fourmica/http.h>

#include "http/curl_reply.h"

#include <stdlib.h>
#include <string.h>

#define POLL_MS 100

static enum fm_code multi_failed(const struct curl_http *http, CURLMcode code,
				 struct fm_err *err)
{
	if (code == CURLM_OUT_OF_MEMORY)
		return fm_nomem(err);
	return fm_fail(err, FM_E_INTERNAL, "libcurl: %s",
		       http->api->multi_strerror(code));
}

static void take_results(struct curl_http *http, struct curl_exchange *xs, size_t count)
{
	CURLMsg *msg;
	int left;

	while ((msg = http->api->multi_info_read(http->multi, &left)))
		for (size_t i = 0; msg->msg == CURLMSG_DONE && i < count; i++)
			if (xs[i].added && xs[i].setup.easy == msg->easy_handle)
				xs[i].code = msg->data.result;
}

/** Run all that were added to the end, or until the cancel flag is set: what has not ended by
 *  then ends as aborted. */
static CURLMcode run(struct curl_http *http, struct curl_exchange *xs, size_t count)
{
	int running = 1;
	CURLMcode mc;

	while (!(mc = http->api->multi_perform(http->multi, &running)) && running &&
	       !fm_curl_cancelled(http)) {
		if (http->waits)
			http->waits(http->waits_ctx);
		mc = http->api->multi_poll(http->multi, NULL, 0, POLL_MS, NULL);
		if (mc)
			break;
	}
	for (size_t i = 0; i < count; i++)
		xs[i].code = running ? CURLE_ABORTED_BY_CALLBACK : CURLE_FAILED_INIT;
	take_results(http, xs, count);
	return mc;
}

/** Everything up to the first byte. */
static enum fm_code begin(struct curl_exchange *x, CURL *easy)
{
	struct curl_http *http = x->http;
	CURLMcode mc;
	enum fm_code rc;

	x->setup = (struct curl_setup){ .api = http->api, .easy = easy };
	x->setup.code = fm_curl_watch(x);
	rc = fm_curl_setup(&x->setup, x->request, http->user_agent, x->err);
	if (rc)
		return rc;
	fm_log(http->log, FM_LOG_DEBUG, "http: %s, %zu bytes of body", x->request->method,
	       x->request->body.ptr ? x->request->body.len : 0);
	mc = http->api->multi_add_handle(http->multi, easy);
	if (mc)
		return multi_failed(http, mc, x->err);
	x->added = true;
	return FM_OK;
}

/** What became of an exchange that was begun; `mc` is what run() said. */
static enum fm_code finish(struct curl_exchange *x, CURLMcode mc)
{
	enum fm_code rc;

	if (mc) {
		x->sent = true; /* who knows */
		rc = multi_failed(x->http, mc, x->err);
	} else {
		rc = fm_curl_judge(x);
	}
	x->http->api->multi_remove_handle(x->http->multi, x->setup.easy);
	x->added = false;
	return rc;
}

static void drop_handles(struct curl_http *http)
{
	if (http->easy)
		http->api->easy_cleanup(http->easy);
	if (http->multi)
		http->api->multi_cleanup(http->multi);
	http->easy = NULL;
	http->multi = NULL;
	http->resolved = false;
}

/** Handles for this request: those of the last one, unless they hold addresses given with
 *  --resolve that this request does not give. */
static enum fm_code get_handles(struct curl_http *http, bool resolved, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (!http->api)
		rc = fm_curl_api(&http->api, err);
	if (rc)
		return rc;
	if (http->resolved && !resolved)
		drop_handles(http);
	http->resolved = resolved;
	if (!http->multi)
		http->multi = http->api->multi_init();
	if (!http->easy)
		http->easy = http->api->easy_init();
	if (!http->multi || !http->easy)
		return fm_nomem(err);
	return FM_OK;
}

static bool resolves(const struct fm_http_request *request)
{
	const struct fm_http_options *options = request->options;

	return options && options->resolve && options->resolve[0];
}

static enum fm_code exchange(void *ctx, struct fm_http_reply *reply,
			     const struct fm_http_request *request,
			     const struct fm_http_sink *sink, bool *sent,
			     struct fm_err *err)
{
	struct curl_http *http = ctx;
	struct curl_exchange x = {
		.http = http, .request = request, .sink = sink, .reply = reply, .err = err
	};
	enum fm_code rc = get_handles(http, resolves(request), err);

	if (rc)
		return rc;
	rc = begin(&x, http->easy);
	if (!rc)
		rc = finish(&x, run(http, &x, 1));
	*sent = x.sent;
	/* before the lists and x go away: the handle points to them */
	http->api->easy_reset(http->easy);
	fm_curl_setup_clear(&x.setup);
	return rc;
}

static void begin_job(struct curl_exchange *x, struct curl_http *http,
		      struct fm_http_job *job)
{
	CURL *easy = http->api->easy_init();

	*x = (struct curl_exchange){
		.http = http,
		.request = &job->request,
		.sink = &job->sink,
		.reply = &job->reply,
		.err = &job->err,
	};
	job->rc = easy ? begin(x, easy) : fm_nomem(&job->err);
}

static void finish_job(struct curl_exchange *x, CURLMcode mc, struct fm_http_job *job)
{
	if (x->added)
		job->rc = finish(x, mc);
	job->sent = x->sent;
	if (x->setup.easy)
		x->http->api->easy_cleanup(x->setup.easy);
	fm_curl_setup_clear(&x->setup);
}

static void one_by_one(struct curl_http *http, struct fm_http_job *const jobs[],
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		jobs[i]->rc = exchange(http, &jobs[i]->reply, &jobs[i]->request,
				       &jobs[i]->sink, &jobs[i]->sent, &jobs[i]->err);
}

static void fail_all(struct fm_http_job *const jobs[], size_t count,
		     const struct fm_err *why)
{
	for (size_t i = 0; i < count; i++) {
		jobs[i]->rc = why->code;
		jobs[i]->err = *why;
	}
}

/** Addresses given with --resolve are remembered by the handles they share, so such a request
 *  goes by itself. */
static void together(void *ctx, struct fm_http_job *const jobs[], size_t count)
{
	struct curl_http *http = ctx;
	struct curl_exchange *xs;
	struct fm_err err;
	CURLMcode mc;

	for (size_t i = 0; i < count; i++)
		if (resolves(&jobs[i]->request)) {
			one_by_one(http, jobs, count);
			return;
		}
	fm_err_init(&err);
	xs = calloc(count ? count : 1, sizeof(*xs));
	if (!xs)
		(void)fm_nomem(&err);
	if (!xs || get_handles(http, false, &err)) {
		fail_all(jobs, count, &err);
		free(xs);
		return;
	}
	for (size_t i = 0; i < count; i++)
		begin_job(&xs[i], http, jobs[i]);
	mc = run(http, xs, count);
	for (size_t i = 0; i < count; i++)
		finish_job(&xs[i], mc, jobs[i]);
	free(xs);
}

static void close_http(void *ctx)
{
	struct curl_http *http = ctx;

	if (!http)
		return;
	drop_handles(http);
	free(http->user_agent);
	free(http);
}

static const struct fm_http_ops ops = {
	.exchange = exchange,
	.together = together,
	.close = close_http,
};

enum fm_code fm_http_curl(struct fm_http *out, const char *user_agent,
			  const struct fm_log *log, const volatile int *cancel,
			  struct fm_err *err)
{
	struct curl_http *http = calloc(1, sizeof(*http));

	if (!http)
		return fm_nomem(err);
	http->user_agent = strdup(user_agent);
	if (!http->user_agent) {
		close_http(http);
		return fm_nomem(err);
	}
	http->log = log;
	http->cancel = cancel;
	*out = (struct fm_http){ .ops = &ops, .ctx = http, .cancel = cancel };
	return FM_OK;
}

void fm_http_on_wait(struct fm_http *http, void (*waits)(void *ctx), void *ctx)
{
	struct curl_http *own = http->ops == &ops ? http->ctx : NULL;

	if (!own)
		return;
	own->waits = waits;
	own->waits_ctx = ctx;
}
