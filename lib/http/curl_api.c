/* SPDX-License-Identifier: MIT */
#include "http/curl_api.h"

#include <fourmica/system.h>

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#define LIBRARY "libcurl.so.4"

/* Written once, under `once`; curl_global_init is for the whole process whoever calls it. */
static struct curl_api api;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool ready;
static char problem[160];

static const struct fm_symbol symbols[] = {
	{"curl_global_init",	      offsetof(struct curl_api, global_init)	     },
	{ "curl_easy_init",	    offsetof(struct curl_api, easy_init)		 },
	{ "curl_easy_cleanup",	       offsetof(struct curl_api, easy_cleanup)       },
	{ "curl_easy_reset",	     offsetof(struct curl_api, easy_reset)	   },
	{ "curl_easy_setopt",	      offsetof(struct curl_api, easy_setopt)	     },
	{ "curl_easy_getinfo",	       offsetof(struct curl_api, easy_getinfo)       },
	{ "curl_easy_strerror",	offsetof(struct curl_api, easy_strerror)	 },
	{ "curl_slist_append",	       offsetof(struct curl_api, slist_append)       },
	{ "curl_slist_free_all",	 offsetof(struct curl_api, slist_free_all)	   },
	{ "curl_multi_init",	     offsetof(struct curl_api, multi_init)	   },
	{ "curl_multi_cleanup",	offsetof(struct curl_api, multi_cleanup)	 },
	{ "curl_multi_add_handle",	   offsetof(struct curl_api, multi_add_handle)   },
	{ "curl_multi_remove_handle", offsetof(struct curl_api, multi_remove_handle)},
	{ "curl_multi_perform",	offsetof(struct curl_api, multi_perform)	 },
	{ "curl_multi_poll",	     offsetof(struct curl_api, multi_poll)	   },
	{ "curl_multi_info_read",	  offsetof(struct curl_api, multi_info_read)    },
	{ "curl_multi_strerror",	 offsetof(struct curl_api, multi_strerror)	   },
};

static void load(void)
{
	struct fm_err why;
	void *library;
	CURLcode code;

	fm_err_init(&why);
	if (fm_library_open(&library, &api, LIBRARY, symbols,
			    sizeof(symbols) / sizeof(symbols[0]), &why)) {
		snprintf(problem, sizeof(problem), "%.150s", why.msg);
		return;
	}
	code = api.global_init(CURL_GLOBAL_DEFAULT);
	if (code)
		snprintf(problem, sizeof(problem), LIBRARY " does not start: %s",
			 api.easy_strerror(code));
	ready = code == CURLE_OK;
}

enum fm_code fm_curl_api(const struct curl_api **out, struct fm_err *err)
{
	pthread_once(&once, load);
	if (!ready) {
		fm_fail(err, FM_E_NETWORK, "%s", problem);
		fm_hint(err,
			"install the libcurl run-time library, 7.66 or later (package "
			"libcurl4 on Debian)");
		return FM_E_NETWORK;
	}
	*out = &api;
	return FM_OK;
}
