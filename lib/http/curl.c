/* SPDX-License-Identifier: MIT */
/* The transport over libcurl: one easy handle in a multi handle of its own, kept from exchange
 * to exchange so that the paid request uses the connection of the probe.
 *
 * The multi interface is used for one transfer at a time because its poll can be bounded: a
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

static enum fm_code multi_failed(struct curl_exchange *x, CURLMcode code)
{
	if (code == CURLM_OUT_OF_MEMORY)
		return fm_nomem(x->err);
	return fm_fail(x->err, FM_E_INTERNAL, "libcurl: %s",
		       x->http->api->multi_strerror(code));
}

static CURLcode result_of(const struct curl_http *http)
{
	CURLMsg *msg;
	int left;

	while ((msg = http->api->multi_info_read(http->multi, &left)))
		if (msg->msg == CURLMSG_DONE && msg->easy_handle == http->easy)
			return msg->data.result;
	return CURLE_FAILED_INIT;
}

/** Run to the end, or until the cancel flag is set. */
static enum fm_code run(struct curl_exchange *x, CURLcode *code)
{
	struct curl_http *http = x->http;
	int running = 1;
	CURLMcode mc;

	while (true) {
		mc = http->api->multi_perform(http->multi, &running);
		if (mc)
			return multi_failed(x, mc);
		if (!running)
			break;
		if (fm_curl_cancelled(http)) {
			*code = CURLE_ABORTED_BY_CALLBACK;
			return FM_OK;
		}
		mc = http->api->multi_poll(http->multi, NULL, 0, POLL_MS, NULL);
		if (mc)
			return multi_failed(x, mc);
	}
	*code = result_of(http);
	return FM_OK;
}

static enum fm_code perform(struct curl_exchange *x)
{
	struct curl_http *http = x->http;
	CURLcode code = CURLE_OK;
	CURLMcode mc = http->api->multi_add_handle(http->multi, http->easy);
	enum fm_code rc;

	if (mc)
		return multi_failed(x, mc);
	rc = run(x, &code);
	if (rc)
		x->sent = true; /* who knows */
	else
		rc = fm_curl_judge(x, code);
	http->api->multi_remove_handle(http->multi, http->easy);
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
static enum fm_code get_handles(struct curl_http *http, bool resolves, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (!http->api)
		rc = fm_curl_api(&http->api, err);
	if (rc)
		return rc;
	if (http->resolved && !resolves)
		drop_handles(http);
	http->resolved = resolves;
	if (!http->multi)
		http->multi = http->api->multi_init();
	if (!http->easy)
		http->easy = http->api->easy_init();
	if (!http->multi || !http->easy)
		return fm_nomem(err);
	return FM_OK;
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
	struct curl_setup setup = { 0 };
	const struct fm_http_options *options = request->options;
	enum fm_code rc;

	rc = get_handles(http, options && options->resolve && options->resolve[0], err);
	if (rc)
		return rc;
	setup = (struct curl_setup){ .api = http->api, .easy = http->easy };
	setup.code = fm_curl_watch(&x);
	rc = fm_curl_setup(&setup, request, http->user_agent, err);
	if (rc)
		goto out;
	fm_log(http->log, FM_LOG_DEBUG, "http: %s, %zu bytes of body", request->method,
	       request->body.ptr ? request->body.len : 0);
	rc = perform(&x);
	*sent = x.sent;
out:
	/* before the lists and x go away: the handle points to them */
	http->api->easy_reset(http->easy);
	fm_curl_setup_clear(&setup);
	return rc;
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

enum fm_code fm_http_curl(struct fm_http *out, const char *user_agent,
			  const struct fm_log *log, const volatile int *cancel,
			  struct fm_err *err)
{
	static const struct fm_http_ops ops = { exchange, close_http };
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
