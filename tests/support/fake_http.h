/* SPDX-License-Identifier: MIT */
/** A transport without a network: replies come from a script or a callback, every request is
 *  kept as it was given. Check functions of cmocka are not called here, so it serves fuzzers
 *  and programs too. */
#ifndef FOURMICA_TESTS_FAKE_HTTP_H
#define FOURMICA_TESTS_FAKE_HTTP_H

#include <fourmica/http.h>

#define FAKE_HTTP_MAX 64 /* replies in the script; requests kept */

/** What the fake answers. Pointers are borrowed until the exchange is over. */
struct fake_reply {
	int status;
	const char *headers; /**< "Name: value\r\n" lines; NULL: none */
	const void *body;
	size_t body_len;
	size_t piece;	   /**< body bytes per call of the sink; 0: all at once */
	const char *url;   /**< answered after a redirect to this; NULL: the request's */
	enum fm_code fail; /**< not FM_OK: the exchange fails with it ... */
	size_t fail_at;	   /**< ... after this many body bytes, when status is not 0 */
	bool sent;	   /**< on failure without a status: had the request left? */
};

/** A request as it was asked for, copied. */
struct fake_request {
	char *method;
	char *url;
	char *headers; /**< "Name: value\n" lines; "Name:\n" for a removed one */
	char *body;    /**< NUL-terminated; NULL: none */
	size_t body_len;
	bool follow;
	bool head_only;
	unsigned max_redirects;
	int64_t timeout_ms;
};

struct fake_http {
	struct fm_http http; /**< hand &fake.http to what is tested */
	struct fake_reply script[FAKE_HTTP_MAX];
	size_t script_len;
	size_t next;
	/** When set, answers everything the script has no reply for. Returns false for "nothing
	 *  to say", which counts as unexpected. */
	bool (*respond)(void *ctx, struct fake_reply *reply,
			const struct fake_request *request);
	void *respond_ctx;
	struct fake_request requests[FAKE_HTTP_MAX];
	size_t count;	   /**< requests that came, kept or not */
	size_t unexpected; /**< of these: without an answer (they fail with FM_E_NETWORK) */
	bool closed;
};

void fake_http_init(struct fake_http *fake);
/** Frees the copies; counts what the script still holds: 0 when everything was asked for. */
size_t fake_http_clear(struct fake_http *fake);

/** Add to the script. Texts are borrowed. */
void fake_http_add(struct fake_http *fake, const struct fake_reply *reply);
void fake_http_reply(struct fake_http *fake, int status, const char *headers,
		     const char *body);
void fake_http_fail(struct fake_http *fake, enum fm_code code, bool sent);

/** Value of a header of a request (first, without case), in storage of `out`; NULL if absent. */
const char *fake_http_header(char *out, size_t size, const struct fake_request *request,
			     const char *name);

#endif
