/* SPDX-License-Identifier: MIT */
/** One exchange as libcurl's callbacks see it, and what its end means. */
#ifndef FOURMICA_HTTP_CURL_REPLY_H
#define FOURMICA_HTTP_CURL_REPLY_H

#include "http/curl_setup.h"

struct curl_http {
	const struct curl_api *api; /* NULL before the first exchange */
	CURL *easy;
	CURLM *multi;
	char *user_agent;
	const struct fm_log *log;
	const volatile int *cancel;
	void (*waits)(void *ctx); /* NULL: nobody wants to know */
	void *waits_ctx;
	bool resolved; /* the handles know addresses given by --resolve */
};

struct curl_exchange {
	struct curl_http *http;
	struct curl_setup
		setup; /* its handle is this exchange's alone until it is over */
	const struct fm_http_request *request;
	const struct fm_http_sink *sink;
	struct fm_http_reply *reply;
	struct fm_err *err;
	enum fm_code rc;   /* why a callback stopped libcurl */
	CURLcode code;	   /* how the transfer ended */
	bool added;	   /* to the multi handle */
	size_t head_total; /* header bytes of all responses */
	int64_t body_total;
	bool in_block; /* between a status line and its empty line */
	bool told;     /* the sink has the head */
	bool sent;     /* a byte of the request may have left */
	bool again;    /* stopped when libcurl wanted to send it a second time */
	bool watched;  /* `sent` is told by libcurl, not guessed */
	char words[CURL_ERROR_SIZE];
};

/** Has the caller asked to stop? */
bool fm_curl_cancelled(const struct curl_http *http);

/** Let the handle call back into *x, which stays where it is until the transfer is over. */
CURLcode fm_curl_watch(struct curl_exchange *x);

/** The transfer ended with x->code: x->sent is settled, the head told if it was not, the error
 *  made. */
enum fm_code fm_curl_judge(struct curl_exchange *x) FM_MUST_USE;

#endif
