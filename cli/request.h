/* SPDX-License-Identifier: MIT */
/** curl's options, as `pay` and `quote` share them, and the request they describe. */
#ifndef REQUEST_H
#define REQUEST_H

#include "app.h"

#define REQUEST_BODY_MAX (64u * 1024u * 1024u)

struct http_args {
	const char *method, *user_agent, *user, *cookie, *referer, *json_body;
	const char *proxy, *no_proxy, *cacert, *unix_socket;
	struct strings headers, data, data_binary, data_urlencode, resolve;
	bool get, head, follow, insecure, ipv4, ipv6, compressed;
	int64_t max_time, connect_timeout;
	uint64_t max_filesize;
};

/** The rows of a params table for a struct `s` with a member `struct http_args http`. */
/* clang-format off */
#define HTTP_PARAMS(s)                                                                         \
	GROUP("Request, as curl has it"),                                                      \
	OPT(s, http.method, "request", 'X', "METHOD", "request method"),                       \
	OPTX(s, http.headers, "header", 'H', "LINE", "extra header \"Name: value\"; \"Name:\" " \
	     "removes a default one; @FILE reads lines", .traits = PARAM_SECRET),              \
	OPT(s, http.data, "data", 'd', "DATA", "send as a form; @FILE reads a file without its " \
	    "line breaks"),                                                                    \
	OPT(s, http.data_binary, "data-binary", 0, "DATA", "send as it is; @FILE, @- for stdin"), \
	OPT(s, http.data_urlencode, "data-urlencode", 0, "DATA", "send URL-encoded: content, " \
	    "name=content, @FILE, name@FILE"),                                                 \
	OPT(s, http.json_body, "json-body", 0, "DATA", "send as application/json; @FILE, @-"), \
	OPT(s, http.get, "get", 'G', NULL, "put the data into the URL's query"),               \
	OPT(s, http.head, "head", 'I', NULL, "ask for the headers only"),                      \
	OPT(s, http.user_agent, "user-agent", 'A', "NAME", "User-Agent header"),               \
	OPT(s, http.referer, "referer", 'e', "URL", "Referer header"),                         \
	OPTX(s, http.cookie, "cookie", 'b', "NAME=VALUE", "Cookie header",                     \
	     .traits = PARAM_SECRET),                                                          \
	OPTX(s, http.user, "user", 'u', "NAME:PASSWORD", "credentials of the server",          \
	     .traits = PARAM_SECRET),                                                          \
	OPT(s, http.follow, "location", 'L', NULL, "follow redirects of the unpaid request"),  \
	OPT(s, http.compressed, "compressed", 0, NULL, "ask for a compressed body and unpack it"), \
	GROUP("Connection"),                                                                   \
	OPT(s, http.max_time, "max-time", 'm', "TIME", "longest time for one exchange"),       \
	OPT(s, http.connect_timeout, "connect-timeout", 0, "TIME", "longest time to connect"), \
	OPT(s, http.max_filesize, "max-filesize", 0, "BYTES", "refuse a longer body"),         \
	OPT(s, http.proxy, "proxy", 'x', "URL", "proxy to use"),                               \
	OPT(s, http.no_proxy, "noproxy", 0, "HOSTS", "hosts that need no proxy"),              \
	OPTX(s, http.cacert, "cacert", 0, "FILE", "certificates to trust instead of the system's", \
	     .traits = PARAM_FILE),                                                            \
	OPT(s, http.insecure, "insecure", 'k', NULL, "do not check the server's certificate; " \
	    "nothing is signed on a network of value"),                                        \
	OPT(s, http.resolve, "resolve", 0, "HOST:PORT:ADDR", "address to use for a host"),     \
	OPTX(s, http.unix_socket, "unix-socket", 0, "PATH", "connect through a Unix socket",   \
	     .traits = PARAM_FILE),                                                            \
	OPT(s, http.ipv4, "ipv4", '4', NULL, "IPv4 only"),                                     \
	OPT(s, http.ipv6, "ipv6", '6', NULL, "IPv6 only")
/* clang-format on */

/** A request made ready. Owner: request_clear. */
struct request {
	struct fm_http_request http;
	struct fm_http_options options;
	struct fm_header *headers;
	char **owned; /**< texts that were put together */
	size_t owned_count;
	struct fm_buf body, url;
	const char **resolve; /**< NULL-terminated */
};

/** Errors: FM_E_USAGE, FM_E_IO (an @FILE). */
enum fm_code request_make(struct request *out, struct app *app, const char *url,
			  const struct http_args *args, struct fm_err *err);
void request_clear(struct request *request);

#endif
