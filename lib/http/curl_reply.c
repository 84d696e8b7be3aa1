/* SPDX-License-Identifier: MIT */
/* What comes back through libcurl's callbacks, and how an exchange ended. */
#include "http/curl_reply.h"

#include "http/pays.h"

#include <string.h>

#define WORDS_MAX 200 /* bytes of libcurl's words that are repeated */

bool fm_curl_cancelled(const struct curl_http *http)
{
	return http->cancel && *http->cancel;
}

/* ---- what came back ------------------------------------------------------------------------ */

static const char *info_text(const struct curl_exchange *x, CURLINFO what)
{
	const char *text = NULL;

	if (x->http->api->easy_getinfo(x->setup.easy, what, &text))
		return NULL;
	return text;
}

static long info_long(const struct curl_exchange *x, CURLINFO what)
{
	long value = 0;

	return x->http->api->easy_getinfo(x->setup.easy, what, &value) ? 0 : value;
}

static int64_t info_off(const struct curl_exchange *x, CURLINFO what, int64_t missing)
{
	curl_off_t value = 0;

	return x->http->api->easy_getinfo(x->setup.easy, what, &value) ? missing
								       : (int64_t)value;
}

/** The URL without user and password, which have no business in a journal. */
static bool put_url(struct fm_buf *out, const char *url)
{
	const char *rest = strstr(url, "://");
	const char *end, *at;

	rest = rest ? rest + 3 : url;
	end = rest + strcspn(rest, "/?#");
	for (at = end; at > rest && at[-1] != '@';)
		at--;
	fm_buf_add(out, url, (size_t)(rest - url));
	return fm_buf_str(out, at);
}

/** What libcurl knows beside the head. False: a URL too long to keep, or no memory. */
static bool fill_reply(struct curl_exchange *x)
{
	struct fm_http_reply *reply = x->reply;
	const char *url = info_text(x, CURLINFO_EFFECTIVE_URL);
	const char *method = info_text(x, CURLINFO_EFFECTIVE_METHOD);

	reply->status = (int)info_long(x, CURLINFO_RESPONSE_CODE);
	reply->redirected = info_long(x, CURLINFO_REDIRECT_COUNT) > 0;
	reply->content_length = info_off(x, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, -1);
	put_url(&reply->url, url ? url : x->request->url);
	fm_buf_str(&reply->method, method ? method : x->request->method);
	return fm_buf_ok(&reply->url) && fm_buf_ok(&reply->method);
}

/** The head is complete: show it to the sink. Once an exchange. */
static enum fm_code tell_head(struct curl_exchange *x)
{
	struct fm_http_reply *reply = x->reply;

	x->told = true;
	if (!fill_reply(x))
		return fm_fail(x->err, FM_E_TOO_LARGE,
			       "redirected to a url that is too long");
	fm_log(x->http->log, FM_LOG_DEBUG, "http: %d, %zu bytes of headers",
	       reply->status, reply->head.len);
	return x->sink->head ? x->sink->head(x->sink->ctx, reply, x->err) : FM_OK;
}

/** Did all of a final head come? */
static bool head_is_whole(const struct curl_exchange *x)
{
	return x->reply->head.len && !x->in_block &&
	       info_long(x, CURLINFO_RESPONSE_CODE) >= 200;
}

/** After a failure: a final head that had come completely is kept, for it may hold the receipt
 *  of a payment. When following nobody knows here whether it was the final one. */
static void keep_head(struct curl_exchange *x)
{
	if (x->told)
		return;
	if (x->request->follow || !head_is_whole(x) || !fill_reply(x))
		fm_http_reply_clear(x->reply);
}

/** A folded line goes on the value before it: the line end becomes blanks (RFC 9112 5.2). */
static void unfold(struct fm_buf *head)
{
	for (size_t i = head->len;
	     i > 0 && (head->ptr[i - 1] == '\n' || head->ptr[i - 1] == '\r'); i--)
		head->ptr[i - 1] = ' ';
}

/** One line. False: no memory. */
static bool add_head(struct curl_exchange *x, const char *line, size_t len)
{
	struct fm_buf *head = &x->reply->head;

	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0 && !x->in_block && !x->told) {
		fm_buf_clear(head); /* the response before was not the final one */
		x->in_block = true;
	}
	if (!x->in_block)
		return true; /* trailer fields */
	if (line[0] == ' ' || line[0] == '\t')
		unfold(head);
	x->in_block = line[0] != '\n' && line[0] != '\r';
	return fm_buf_add(head, line, len);
}

static size_t on_head(char *line, size_t size, size_t count, void *ctx)
{
	struct curl_exchange *x = ctx;
	size_t len = size * count;

	x->sent = true;
	if (len > FM_HTTP_HEAD_MAX - x->head_total) {
		x->rc = fm_fail(x->err, FM_E_TOO_LARGE,
				"response headers over the limit of %u bytes",
				FM_HTTP_HEAD_MAX);
		return 0;
	}
	x->head_total += len;
	if (!len || add_head(x, line, len))
		return len;
	x->rc = fm_nomem(x->err);
	return 0;
}

static enum fm_code check_size(struct curl_exchange *x, int64_t size)
{
	const struct fm_http_options *options = x->request->options;
	int64_t most = options ? options->max_body : 0;

	if (most <= 0 || size <= most)
		return FM_OK;
	return fm_fail(x->err, FM_E_TOO_LARGE,
		       "response body over the limit of %lld bytes", (long long)most);
}

static enum fm_code take_body(struct curl_exchange *x, const char *bytes, size_t len)
{
	enum fm_code rc = FM_OK;

	if (!x->told) {
		rc = tell_head(x);
		if (!rc) /* a body that says it is too large is not even begun */
			rc = check_size(x, x->reply->content_length);
	}
	/* no overflow: both are far from it after each check, and without one it is counted
	 * in bytes that were really received */
	x->body_total += (int64_t)len;
	if (!rc)
		rc = check_size(x, x->body_total);
	if (!rc && len && x->sink->body)
		rc = x->sink->body(x->sink->ctx, bytes, len, x->err);
	return rc;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct curl_exchange *x = ctx;
	size_t len = size * count;

	x->sent = true;
	x->rc = take_body(x, bytes, len);
	return x->rc ? (len ? 0 : 1) : len; /* anything but len stops libcurl */
}

/** Connected, TLS done, nothing of the request sent yet: the last moment to stop unseen. It
 *  comes a second time when a kept connection closed before an answer: libcurl would send again. */
static int on_ready(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
	struct curl_exchange *x = ctx;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	if (fm_curl_cancelled(x->http))
		return CURL_PREREQFUNC_ABORT;
	if (x->sent && fm_http_pays(x->request)) {
		x->again = true;
		return CURL_PREREQFUNC_ABORT;
	}
	x->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* ---- how it ended -------------------------------------------------------------------------- */

/** "https://host:port" of the server the error is about; never a path or a user part. */
static void origin_text(char *out, size_t size, const struct curl_exchange *x)
{
	const char *text = info_text(x, CURLINFO_EFFECTIVE_URL);
	struct fm_url url;
	struct fm_buf origin;

	fm_buf_init(&origin, size - 1);
	if (fm_url_parse(&url, fm_span_of(text ? text : x->request->url)) &&
	    fm_url_origin(&origin, &url))
		memcpy(out, origin.ptr, origin.len + 1);
	else
		memcpy(out, "the server", sizeof("the server"));
	fm_buf_clear(&origin);
}

static enum fm_code timed_out(struct curl_exchange *x, const char *origin)
{
	/* in hundredths: libcurl's clock may stop a hair before the limit */
	int64_t cs = (info_off(x, CURLINFO_TOTAL_TIME_T, 0) + 5000) / 10000;
	const char *what = x->sent ? "no complete answer from" : "no connection to";

	return fm_fail(x->err, FM_E_TIMEOUT, "%s %s within %lld.%02d s", what, origin,
		       (long long)(cs / 100), (int)(cs % 100));
}

static void hint_trust(struct curl_exchange *x, CURLcode code)
{
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		fm_hint(x->err,
			"if this server has a certificate authority of its own, name its "
			"file with --cacert");
}

static enum fm_code network_error(struct curl_exchange *x, CURLcode code,
				  const char *origin)
{
	const char *words = x->words[0] ? x->words : x->http->api->easy_strerror(code);
	const char *what = x->sent ? "talking to" : "cannot reach";
	struct fm_buf shown;

	fm_buf_init(&shown, WORDS_MAX * 10);
	fm_text_escape(&shown, fm_span_of(words), WORDS_MAX);
	fm_fail(x->err, FM_E_NETWORK, "%s %s: %s", what, origin,
		fm_buf_ok(&shown) && shown.ptr ? shown.ptr : "unknown error");
	fm_buf_clear(&shown);
	hint_trust(x, code);
	return FM_E_NETWORK;
}

/** libcurl gives a header line over its own limit (100 KiB) the code of exhausted memory. */
static bool is_long_line(const struct curl_exchange *x, CURLcode code)
{
	return code == CURLE_OUT_OF_MEMORY && x->sent && !x->told;
}

/** Before 7.80 nothing tells that the request is about to leave. Then only errors that come
 *  before any connection, in a first hop, are certain. */
static void guess_sent(struct curl_exchange *x, CURLcode code)
{
	bool early = code == CURLE_COULDNT_RESOLVE_PROXY ||
		     code == CURLE_COULDNT_CONNECT ||
		     code == CURLE_COULDNT_RESOLVE_HOST ||
		     code == CURLE_PEER_FAILED_VERIFICATION;

	if (!early || info_long(x, CURLINFO_REQUEST_SIZE) > 0)
		x->sent = true;
}

enum fm_code fm_curl_judge(struct curl_exchange *x)
{
	char origin[sizeof("https://[]:65535") + 256];
	CURLcode code = x->code;

	if (!x->watched)
		guess_sent(x, code);
	if (x->rc) { /* a callback said why */
		keep_head(x);
		return x->rc;
	}
	if (code == CURLE_OK && x->told)
		return FM_OK;
	if (code == CURLE_OK && head_is_whole(x))
		return tell_head(x);
	keep_head(x);
	if (code == CURLE_ABORTED_BY_CALLBACK && !x->again)
		return fm_fail(x->err, FM_E_INTERRUPTED, "interrupted");
	origin_text(origin, sizeof(origin), x);
	if (x->again)
		return fm_fail(x->err, FM_E_NETWORK,
			       "talking to %s: the connection closed before an answer",
			       origin);
	if (code == CURLE_OK) /* libcurl takes a connection that ends inside the head */
		return fm_fail(x->err, FM_E_NETWORK,
			       "talking to %s: the response ends inside its headers",
			       origin);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return timed_out(x, origin);
	if (is_long_line(x, code))
		return fm_fail(x->err, FM_E_TOO_LARGE,
			       "%s: a response header is longer than libcurl reads",
			       origin);
	if (code == CURLE_OUT_OF_MEMORY)
		return fm_nomem(x->err);
	if (code == CURLE_TOO_MANY_REDIRECTS)
		return fm_fail(x->err, FM_E_NETWORK, "%s: more than %ld redirects",
			       origin, info_long(x, CURLINFO_REDIRECT_COUNT));
	return network_error(x, code, origin);
}

CURLcode fm_curl_watch(struct curl_exchange *x)
{
	const struct curl_api *api = x->http->api;
	CURL *easy = x->setup.easy;
	CURLcode code = api->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);

	if (!code)
		code = api->easy_setopt(easy, CURLOPT_HEADERDATA, (void *)x);
	if (!code)
		code = api->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	if (!code)
		code = api->easy_setopt(easy, CURLOPT_WRITEDATA, (void *)x);
	if (!code)
		code = api->easy_setopt(easy, CURLOPT_ERRORBUFFER, x->words);
	/* a name server that does not answer must not hold up a time limit or a cancel request;
	 * an older libcurl waits for it */
	(void)api->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	x->watched =
		api->easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready) == CURLE_OK &&
		api->easy_setopt(easy, CURLOPT_PREREQDATA, (void *)x) == CURLE_OK;
	/* an older libcurl is not told apart; on a new connection it sends once */
	if (!code && !x->watched && fm_http_pays(x->request))
		code = api->easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
	return code;
}
