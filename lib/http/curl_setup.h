/* SPDX-License-Identifier: MIT */
/** A request turned into settings of one easy handle. */
#ifndef FOURMICA_HTTP_CURL_SETUP_H
#define FOURMICA_HTTP_CURL_SETUP_H

#include <fourmica/http.h>

#include "http/curl_api.h"

/** The handle being set up, the first refusal, and the lists that must outlive the transfer. */
struct curl_setup {
	const struct curl_api *api;
	CURL *easy;
	CURLcode code;
	CURLoption refused;
	struct curl_slist *headers;
	struct curl_slist *resolve;
};

/** setup->api, easy and code are given. Errors: FM_E_NOMEM, FM_E_USAGE for a setting this
 *  libcurl does not take. fm_curl_setup_clear after the transfer, on every way out. */
enum fm_code fm_curl_setup(struct curl_setup *setup,
			   const struct fm_http_request *request, const char *user_agent,
			   struct fm_err *err) FM_MUST_USE;
void fm_curl_setup_clear(struct curl_setup *setup);

#endif
