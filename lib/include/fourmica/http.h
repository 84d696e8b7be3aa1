/* SPDX-License-Identifier: MIT */
/** HTTP as the library sees it: a request, the head of its reply, and where the body goes.
 *  The transport is injected; fm_http_curl is the one over libcurl, which it loads with its
 *  first exchange and never before. */
#ifndef FOURMICA_HTTP_H
#define FOURMICA_HTTP_H

#include <fourmica/system.h>

#define FM_HTTP_HEAD_MAX \
	(256u * 1024u) /**< response headers of one exchange, all redirects */

struct fm_header {
	const char *name;
	const char *value;
};

/** Transport settings, curl's names and meanings. Zero is curl's default everywhere. */
struct fm_http_options {
	int64_t timeout_ms; /**< whole exchange; 0: none */
	int64_t connect_timeout_ms;
	const char *proxy; /**< NULL: none. The environment is the caller's affair */
	const char *no_proxy;
	const char *cacert; /**< PEM bundle; NULL: the system's store */
	const char *capath; /**< hashed directory; NULL: looked for, used when usable */
	bool insecure;	    /**< -k */
	const char *const *resolve; /**< "host:port:addr", NULL-terminated; may be NULL */
	const char *user;	    /**< "name:password"; may be NULL */
	int64_t max_body;	    /**< --max-filesize; 0: none */
	bool ipv4_only, ipv6_only;
	const char *unix_socket;
	bool compressed; /**< ask for compressed transfer and undo it */
};

struct fm_http_request {
	const char *method;
	const char *url;
	const struct fm_header
		*headers; /**< value NULL removes a default header, "" sends it empty */
	size_t header_count;
	struct fm_span body;	/**< ptr NULL: no body */
	bool follow;		/**< -L; only for requests that carry no payment */
	unsigned max_redirects; /**< 0: curl's default, 50 */
	bool head_only;		/**< -I */
	const struct fm_http_options *options;
};

/** What is known when the headers of the final response are complete. */
struct fm_http_reply {
	int status;
	struct fm_buf
		head; /**< header block of the final response as received, CRLF kept */
	struct fm_buf url;    /**< URL that answered, after redirects */
	struct fm_buf method; /**< method that was used for it */
	bool redirected;
	int64_t content_length; /**< -1: not said */
};

/** Where the reply goes. Called on the caller's thread, during the exchange. */
struct fm_http_sink {
	/** Headers of the final response are complete. Anything but FM_OK ends the exchange with
	 *  that code. May be NULL. */
	enum fm_code (*head)(void *ctx, const struct fm_http_reply *reply,
			     struct fm_err *err);
	/** A piece of the body. May be NULL: the body is dropped. */
	enum fm_code (*body)(void *ctx, const void *bytes, size_t len,
			     struct fm_err *err);
	void *ctx;
};

/** A transport. `exchange` returns FM_OK when a complete reply came, whatever its status.
 *  Errors: FM_E_NETWORK, FM_E_TIMEOUT, FM_E_TOO_LARGE (head or max_body), FM_E_INTERRUPTED
 *  (see fm_http_cancel), whatever the sink returned. err->spent stays as it is: the caller
 *  knows whether the request carried a payment. `*sent` (may be NULL) tells whether any byte
 *  of the request may have left. On an error *reply holds what was known by then: status 0
 *  and an empty head when the final headers were not complete. */
struct fm_http_job;
struct fm_http_ops {
	enum fm_code (*exchange)(void *ctx, struct fm_http_reply *reply,
				 const struct fm_http_request *request,
				 const struct fm_http_sink *sink, bool *sent,
				 struct fm_err *err);
	void (*close)(void *ctx);
	/** Exchanges at the same time: each job's request goes out, its sink gets the body, and
	 *  its reply, sent, rc and err are what `exchange` would have said. NULL: they go one
	 *  after the other. */
	void (*together)(void *ctx, struct fm_http_job *const jobs[], size_t count);
};

struct fm_http {
	const struct fm_http_ops *ops;
	void *ctx;
	const volatile int
		*cancel; /**< becomes non-zero: end the exchange; may be NULL */
};

/** The transport over libcurl. Cheap: nothing is loaded before the first exchange. */
FM_API enum fm_code fm_http_curl(struct fm_http *out, const char *user_agent,
				 const struct fm_log *log, const volatile int *cancel,
				 struct fm_err *err) FM_MUST_USE;
/** Let `waits` be called again and again while an exchange takes its time, on the thread that waits
 *  for it; NULL: no longer. It must not use *http. Only of a transport of fm_http_curl. */
FM_API void fm_http_on_wait(struct fm_http *http, void (*waits)(void *ctx), void *ctx);
FM_API void fm_http_close(struct fm_http *http);

FM_API enum fm_code fm_http_exchange(struct fm_http *http, struct fm_http_reply *reply,
				     const struct fm_http_request *request,
				     const struct fm_http_sink *sink, bool *sent,
				     struct fm_err *err) FM_MUST_USE;
/** The same with the body collected into `body` (its cap is the limit: FM_E_TOO_LARGE). */
FM_API enum fm_code fm_http_collect(struct fm_http *http, struct fm_http_reply *reply,
				    struct fm_buf *body,
				    const struct fm_http_request *request, bool *sent,
				    struct fm_err *err) FM_MUST_USE;

/** One of several requests at the same time. Owner: fm_http_job_clear. */
struct fm_http_job {
	struct fm_http_request request; /**< as for fm_http_collect */
	struct fm_http_reply reply;
	struct fm_buf body; /**< its cap is the limit: FM_E_TOO_LARGE */
	bool sent;	    /**< a byte of the request may have left */
	enum fm_code rc;
	struct fm_err err;	  /**< why, when rc is not FM_OK */
	struct fm_http_sink sink; /**< private */
};

/** With an empty request; body_max becomes the body's cap. */
FM_API void fm_http_job_init(struct fm_http_job *job, size_t body_max);
/** Empty again, the body overwritten; the cap stays. */
FM_API void fm_http_job_clear(struct fm_http_job *job);
/** Send all of them at the same time and wait for the last: each ends as fm_http_collect would
 *  have ended, whatever becomes of the others. A cancel request ends those that still run.
 *  Errors: FM_E_NOMEM, before anything was sent; everything else is in the jobs. */
FM_API enum fm_code fm_http_together(struct fm_http *http,
				     struct fm_http_job *const jobs[], size_t count,
				     struct fm_err *err) FM_MUST_USE;

FM_API void fm_http_reply_init(struct fm_http_reply *reply);
FM_API void fm_http_reply_clear(struct fm_http_reply *reply);

/** Values of a header in a header block, without case, in order. *at starts at 0 and moves;
 *  false at the end. The value is trimmed of blanks. */
FM_API bool fm_head_next(struct fm_span *value, size_t *at, struct fm_span head,
			 const char *name) FM_MUST_USE;
/** First value, or false. */
FM_API bool fm_head_get(struct fm_span *value, struct fm_span head,
			const char *name) FM_MUST_USE;

/** A response saved as `curl -i` writes it: the last header block counts (redirects, 100
 *  Continue, proxies come before it). The spans point into `text`.
 *  Errors: FM_E_MALFORMED when there is no status line; FM_E_TOO_LARGE over FM_HTTP_HEAD_MAX. */
FM_API enum fm_code fm_response_parse(int *status, struct fm_span *head,
				      struct fm_span *body, struct fm_span text,
				      struct fm_err *err) FM_MUST_USE;

/** The parts of an absolute http(s) URL that decide trust. Texts are lower case. */
struct fm_url {
	char scheme[8];
	char host[256]; /**< no brackets, no user part, no trailing dot */
	uint16_t port;	/**< the scheme's default when none was written */
	struct fm_span
		path; /**< path without query, points into the text; "/" when empty */
};

/** False when the text is no absolute http or https URL, or holds control characters. */
FM_API bool fm_url_parse(struct fm_url *out, struct fm_span text) FM_MUST_USE;
/** Does a user part stand before the host, as in "https://shop.example@evil.example/"? */
FM_API bool fm_url_has_user(struct fm_span text) FM_MUST_USE;
/** "https://host:port" without the default port: how sellers are named. */
FM_API bool fm_url_origin(struct fm_buf *out, const struct fm_url *url);
/** Append a URL as it may be shown and kept: without user part and query, which may be secret.
 *  An endpoint's path often is its key as well: unless `path`, what stands behind the origin
 *  becomes "/...". */
FM_API bool fm_url_shown(struct fm_buf *out, const char *text, bool path);
FM_API bool fm_url_is_loopback(const struct fm_url *url) FM_MUST_USE;

#endif
