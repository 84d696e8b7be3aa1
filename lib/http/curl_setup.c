/* SPDX-License-Identifier: MIT */
/* Everything libcurl would read from the environment or from files by itself (proxies, netrc,
 * cookies) is switched off here; what the caller gives is all there is. */
#include "http/curl_setup.h"

#include <dirent.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#define SYSTEM_CAPATH "/etc/ssl/certs"
#define EXPECT_FROM (1024 * 1024) /* libcurl's own limit for asking before a body */
#define REDIRECTS_DEFAULT 50	  /* the curl tool's; libcurl's is no limit or 30 */

/* CURLOPT_PROTOCOLS and CURLOPT_REDIR_PROTOCOLS, for libcurl before 7.85: the header's own
 * names are marked obsolete and would warn. */
#define OLD_PROTOCOLS ((CURLoption)181)
#define OLD_REDIR_PROTOCOLS ((CURLoption)182)

static void note(struct curl_setup *s, CURLoption option, CURLcode code)
{
	if (s->code || !code)
		return;
	s->code = code;
	s->refused = option;
}

static void put_long(struct curl_setup *s, CURLoption option, long value)
{
	note(s, option, s->api->easy_setopt(s->easy, option, value));
}

static void put_text(struct curl_setup *s, CURLoption option, const char *text)
{
	note(s, option, s->api->easy_setopt(s->easy, option, text));
}

static void put_list(struct curl_setup *s, CURLoption option, struct curl_slist *list)
{
	note(s, option, s->api->easy_setopt(s->easy, option, list));
}

static void put_ms(struct curl_setup *s, CURLoption option, int64_t ms)
{
	if (ms > 0)
		put_long(s, option, (long)(ms < INT_MAX ? ms : INT_MAX));
}

static bool append(struct curl_setup *s, struct curl_slist **list, const char *text)
{
	struct curl_slist *longer = s->api->slist_append(*list, text);

	if (!longer) {
		note(s, CURLOPT_HTTPHEADER, CURLE_OUT_OF_MEMORY);
		return false;
	}
	*list = longer;
	return true;
}

/** http and https only, also where a redirect leads. Without that nothing is sent. */
static void put_protocols(struct curl_setup *s)
{
	const struct curl_api *api = s->api;

	if (api->easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
	    api->easy_setopt(s->easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") ==
		    CURLE_OK)
		return;
	put_long(s, OLD_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
	put_long(s, OLD_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
}

/* ---- method and body ----------------------------------------------------------------------- */

static void put_body(struct curl_setup *s, struct fm_span body)
{
	put_long(s, CURLOPT_POST, 1);
	note(s, CURLOPT_POSTFIELDSIZE_LARGE,
	     s->api->easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)body.len));
	put_text(s, CURLOPT_POSTFIELDS, body.ptr ? body.ptr : "");
}

/** GET, HEAD and POST are libcurl's own, so that a followed 303 becomes a GET; any other
 *  method, and a body where the method has none, is sent exactly as asked. */
static void put_method(struct curl_setup *s, const struct fm_http_request *request)
{
	const char *method = request->method;
	bool get = strcmp(method, "GET") == 0, post = strcmp(method, "POST") == 0;
	bool head = strcmp(method, "HEAD") == 0;

	if (request->head_only || head)
		put_long(s, CURLOPT_NOBODY, 1);
	else if (post || request->body.ptr)
		put_body(s, request->body);
	if (request->head_only ? !(get || head)
			       : !(head || post) && (!get || request->body.ptr))
		put_text(s, CURLOPT_CUSTOMREQUEST, method);
}

/* ---- headers ------------------------------------------------------------------------------- */

/** "Name: value"; "Name;" for an empty value, "Name:" to remove, as libcurl wants them. */
static bool put_header(struct curl_setup *s, struct fm_buf *line,
		       const struct fm_header *header)
{
	const char *value = header->value;

	fm_buf_clear(line);
	fm_buf_str(line, header->name);
	if (!value)
		fm_buf_chr(line, ':');
	else if (value[strspn(value, " \t")] == '\0')
		fm_buf_chr(line, ';');
	else
		fm_buf_fmt(line, ": %s", value);
	if (!fm_buf_ok(line)) {
		note(s, CURLOPT_HTTPHEADER, CURLE_OUT_OF_MEMORY);
		return false;
	}
	return append(s, &s->headers, line->ptr);
}

static void put_headers(struct curl_setup *s, const struct fm_http_request *request)
{
	bool ok = true, expect = false;
	struct fm_buf line;

	fm_buf_init(&line, SIZE_MAX - 1);
	for (size_t i = 0; ok && i < request->header_count; i++) {
		ok = put_header(s, &line, &request->headers[i]);
		expect |= strcasecmp(request->headers[i].name, "Expect") == 0;
	}
	/* asking first costs a round trip, and a second without an answer */
	if (ok && !expect && request->body.ptr && request->body.len <= EXPECT_FROM)
		append(s, &s->headers, "Expect:");
	put_list(s, CURLOPT_HTTPHEADER, s->headers);
	fm_buf_wipe(&line);
}

/* ---- connection ---------------------------------------------------------------------------- */

static void put_proxy(struct curl_setup *s, const struct fm_http_options *options)
{
	/* empty, not NULL: NULL makes libcurl look into the environment */
	put_text(s, CURLOPT_PROXY, options->proxy ? options->proxy : "");
	put_text(s, CURLOPT_NOPROXY, options->no_proxy ? options->no_proxy : "");
	put_long(s, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1);
}

static void put_resolve(struct curl_setup *s, const struct fm_http_options *options)
{
	for (size_t i = 0; options->resolve && options->resolve[i]; i++)
		if (!append(s, &s->resolve, options->resolve[i]))
			return;
	if (s->resolve)
		put_list(s, CURLOPT_RESOLVE, s->resolve);
}

static void put_connection(struct curl_setup *s, const struct fm_http_options *options)
{
	put_ms(s, CURLOPT_TIMEOUT_MS, options->timeout_ms);
	put_ms(s, CURLOPT_CONNECTTIMEOUT_MS, options->connect_timeout_ms);
	put_proxy(s, options);
	put_resolve(s, options);
	if (options->user)
		put_text(s, CURLOPT_USERPWD, options->user);
	if (options->ipv4_only != options->ipv6_only)
		put_long(s, CURLOPT_IPRESOLVE,
			 options->ipv4_only ? CURL_IPRESOLVE_V4 : CURL_IPRESOLVE_V6);
	if (options->unix_socket)
		put_text(s, CURLOPT_UNIX_SOCKET_PATH, options->unix_socket);
	if (options->compressed)
		put_text(s, CURLOPT_ACCEPT_ENCODING, "");
}

/* ---- certificates -------------------------------------------------------------------------- */

/** "0a1b2c3d.0": how OpenSSL names a certificate in a hashed directory. */
static bool is_hash_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	       name[9] >= '0' && name[9] <= '9' && name[10] == '\0';
}

static bool is_hashed(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = is_hash_name(entry->d_name);
	closedir(dir);
	return found;
}

/** The system's hashed directory, when there is one: OpenSSL then reads the certificates it
 *  needs instead of the whole bundle. Otherwise libcurl's own store stays. */
static void put_system_trust(struct curl_setup *s)
{
	if (!is_hashed(SYSTEM_CAPATH))
		return;
	if (s->api->easy_setopt(s->easy, CURLOPT_CAPATH, SYSTEM_CAPATH) == CURLE_OK)
		put_text(s, CURLOPT_CAINFO, NULL);
}

/** A store that was named is the only one; there is no second try with another. */
static void put_trust(struct curl_setup *s, const struct fm_http_request *request,
		      const struct fm_http_options *options)
{
	bool named = options->cacert || options->capath;

	put_long(s, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	put_long(s, CURLOPT_SSL_VERIFYPEER, options->insecure ? 0 : 1);
	put_long(s, CURLOPT_SSL_VERIFYHOST, options->insecure ? 0 : 2);
	if (named) {
		put_text(s, CURLOPT_CAINFO, options->cacert);
		put_text(s, CURLOPT_CAPATH, options->capath);
	} else if (request->follow || strncasecmp(request->url, "https:", 6) == 0) {
		put_system_trust(s);
	}
	if (named && options->proxy) {
		put_text(s, CURLOPT_PROXY_CAINFO, options->cacert);
		put_text(s, CURLOPT_PROXY_CAPATH, options->capath);
	}
}

static void put_rules(struct curl_setup *s, const struct fm_http_request *request)
{
	long most =
		request->max_redirects ? (long)request->max_redirects : REDIRECTS_DEFAULT;

	put_protocols(s);
	put_long(s, CURLOPT_NOSIGNAL, 1);
	put_long(s, CURLOPT_NETRC, CURL_NETRC_IGNORED);
	put_long(s, CURLOPT_UNRESTRICTED_AUTH, 0);
	put_long(s, CURLOPT_HTTP09_ALLOWED, 0);
	put_long(s, CURLOPT_FOLLOWLOCATION, request->follow ? 1 : 0);
	put_long(s, CURLOPT_MAXREDIRS, most);
}

enum fm_code fm_curl_setup(struct curl_setup *s, const struct fm_http_request *request,
			   const char *user_agent, struct fm_err *err)
{
	static const struct fm_http_options none = { 0 };
	const struct fm_http_options *options =
		request->options ? request->options : &none;

	put_text(s, CURLOPT_URL, request->url);
	put_text(s, CURLOPT_USERAGENT, user_agent);
	put_rules(s, request);
	put_method(s, request);
	put_headers(s, request);
	put_connection(s, options);
	put_trust(s, request, options);
	if (s->code == CURLE_OK)
		return FM_OK;
	if (s->code == CURLE_OUT_OF_MEMORY)
		return fm_nomem(err);
	return fm_fail(err, FM_E_USAGE, "this libcurl does not take option %d: %s",
		       (int)s->refused, s->api->easy_strerror(s->code));
}

void fm_curl_setup_clear(struct curl_setup *s)
{
	if (!s->api)
		return;
	s->api->slist_free_all(s->headers);
	s->api->slist_free_all(s->resolve);
	s->headers = NULL;
	s->resolve = NULL;
}
