/* SPDX-License-Identifier: MIT */
/** The functions of libcurl this program calls, found at run time: its some thirty shared
 *  objects cost more than everything else a command does, so nobody links it. */
#ifndef FOURMICA_HTTP_CURL_API_H
#define FOURMICA_HTTP_CURL_API_H

#include <fourmica/err.h>

#ifndef CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_TYPECHECK /* its macros would name the functions themselves */
#endif
#include <curl/curl.h>

struct curl_api {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *easy);
	void (*easy_reset)(CURL *easy);
	CURLcode (*easy_setopt)(CURL *easy, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *easy, CURLINFO info, ...);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(struct curl_slist *list, const char *text);
	void (*slist_free_all)(struct curl_slist *list);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_cleanup)(CURLM *multi);
	CURLMcode (*multi_add_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_remove_handle)(CURLM *multi, CURL *easy);
	CURLMcode (*multi_perform)(CURLM *multi, int *running);
	CURLMcode (*multi_poll)(CURLM *multi, struct curl_waitfd *fds, unsigned count,
				int timeout_ms, int *ready);
	CURLMsg *(*multi_info_read)(CURLM *multi, int *left);
	const char *(*multi_strerror)(CURLMcode code);
};

/** Loads and starts libcurl at the first call, once a process, for every thread; it stays
 *  loaded. Errors: FM_E_NETWORK when it is absent, too old, or does not start. */
enum fm_code fm_curl_api(const struct curl_api **out, struct fm_err *err) FM_MUST_USE;

#endif
