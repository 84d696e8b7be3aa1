/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEADER_LINE_MAX 65536u
#define URL_MAX 65536u

void request_clear(struct request *r)
{
	for (size_t i = 0; i < r->owned_count; i++) {
		/* Header texts may hold credentials. */
		fm_wipe(r->owned[i], strlen(r->owned[i]));
		free(r->owned[i]);
	}
	free(r->owned);
	free(r->headers);
	free(r->resolve);
	fm_buf_wipe(&r->body);
	fm_buf_clear(&r->url);
	memset(r, 0, sizeof(*r));
}

static char *keep(struct request *r, struct fm_span text)
{
	char **more = realloc(r->owned, (r->owned_count + 1) * sizeof(*more));

	if (!more)
		return NULL;
	r->owned = more;
	char *copy = strndup(text.ptr, text.len);
	if (copy)
		r->owned[r->owned_count++] = copy;
	return copy;
}

static enum fm_code push_header(struct request *r, const char *name, const char *value,
				struct fm_err *err)
{
	size_t count = r->http.header_count;
	struct fm_header *more = realloc(r->headers, (count + 1) * sizeof(*more));

	if (!more)
		return fm_nomem(err);
	r->headers = more;
	r->headers[count] = (struct fm_header){ name, value };
	r->http.headers = r->headers;
	r->http.header_count = count + 1;
	return FM_OK;
}

static bool has_header(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->http.header_count; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return true;
	return false;
}

static enum fm_code default_header(struct request *r, const char *name, const char *value,
				   struct fm_err *err)
{
	return has_header(r, name) ? FM_OK : push_header(r, name, value, err);
}

/** "Name: value", "Name:" (removes a default), "Name;" (sends it empty). */
static enum fm_code header_line(struct request *r, struct fm_span line,
				struct fm_err *err)
{
	size_t at = 0;

	while (at < line.len && line.ptr[at] != ':' && line.ptr[at] != ';')
		at++;
	if (at == 0 || at == line.len)
		return fm_fail(
			err, FM_E_USAGE,
			"a header must read \"Name: value\" (its value is not shown here)");
	size_t from = at + 1;
	while (from < line.len && (line.ptr[from] == ' ' || line.ptr[from] == '\t'))
		from++;
	bool empty = line.ptr[at] == ';';
	if (empty && from < line.len)
		return fm_fail(err, FM_E_USAGE,
			       "\"Name;\" sends an empty header and takes no value");
	char *name = keep(r, (struct fm_span){ line.ptr, at });
	char *value = name ? keep(r, (struct fm_span){ line.ptr + from, line.len - from })
			   : NULL;
	if (!value)
		return fm_nomem(err);
	return push_header(r, name, value[0] || empty ? value : NULL, err);
}

static enum fm_code header_lines(struct request *r, struct fm_span text,
				 struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	while (text.len && !rc) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) : text.len;
		struct fm_span line = { text.ptr, len };
		if (line.len && line.ptr[line.len - 1] == '\r')
			line.len--;
		if (line.len)
			rc = header_line(r, line, err);
		len += end ? 1 : 0;
		text = (struct fm_span){ text.ptr + len, text.len - len };
	}
	return rc;
}

static enum fm_code user_headers(struct request *r, const struct strings *lines,
				 struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; i < lines->count && !rc; i++) {
		if (lines->items[i][0] != '@') {
			rc = header_line(r, fm_span_of(lines->items[i]), err);
			continue;
		}
		struct fm_buf file;
		fm_buf_init(&file, HEADER_LINE_MAX);
		rc = app_read_file(&file, lines->items[i] + 1, err);
		if (!rc)
			rc = header_lines(r, fm_buf_span(&file), err);
		fm_buf_wipe(&file);
	}
	return rc;
}

/* ---- body ---- */

static enum fm_code too_long(const struct fm_buf *body, struct fm_err *err)
{
	if (fm_buf_ok(body))
		return FM_OK;
	return fm_fail(err, FM_E_USAGE, "the request body is over %u bytes",
		       REQUEST_BODY_MAX);
}

/** DATA, or the content of @FILE; `strip` drops line breaks and NULs, as curl's -d does. */
static enum fm_code add_data(struct fm_buf *body, const char *data, bool strip,
			     struct fm_err *err)
{
	struct fm_buf file;
	enum fm_code rc;

	if (data[0] != '@') {
		fm_buf_str(body, data);
		return too_long(body, err);
	}
	fm_buf_init(&file, REQUEST_BODY_MAX);
	rc = app_read_file(&file, data + 1, err);
	for (size_t i = 0; !rc && strip && i < file.len; i++)
		if (file.ptr[i] != '\r' && file.ptr[i] != '\n' && file.ptr[i] != '\0')
			fm_buf_chr(body, file.ptr[i]);
	if (!rc && !strip)
		fm_buf_add(body, file.ptr ? file.ptr : "", file.len);
	fm_buf_wipe(&file);
	return rc ? rc : too_long(body, err);
}

static void url_encode(struct fm_buf *out, struct fm_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~", c))
			fm_buf_chr(out, c);
		else
			fm_buf_fmt(out, "%%%02X", (unsigned)(uint8_t)c);
	}
}

/** curl's forms: content, =content, name=content, @file, name@file. */
static enum fm_code add_encoded(struct fm_buf *body, const char *data, struct fm_err *err)
{
	size_t name = strcspn(data, "=@");
	struct fm_buf content;
	enum fm_code rc = FM_OK;

	fm_buf_init(&content, REQUEST_BODY_MAX);
	if (!data[name]) {
		url_encode(body, fm_span_of(data));
	} else {
		fm_buf_add(body, data, name);
		if (name)
			fm_buf_chr(body, '=');
		if (data[name] == '@')
			rc = add_data(&content, data + name, false, err);
		else
			fm_buf_str(&content, data + name + 1);
		if (!rc && content.len)
			url_encode(body, fm_buf_span(&content));
	}
	fm_buf_wipe(&content);
	return rc ? rc : too_long(body, err);
}

enum data_kind {
	DATA_STRIP,
	DATA_RAW,
	DATA_ENCODE
};

static enum fm_code add_all(struct fm_buf *body, bool *any, const struct strings *list,
			    enum data_kind kind, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; i < list->count && !rc; i++) {
		if (*any)
			fm_buf_chr(body, '&');
		*any = true;
		rc = kind == DATA_ENCODE
			     ? add_encoded(body, list->items[i], err)
			     : add_data(body, list->items[i], kind == DATA_STRIP, err);
	}
	return rc;
}

static enum fm_code make_body(struct request *r, bool *any, const struct http_args *args,
			      struct fm_err *err)
{
	enum fm_code rc;

	fm_buf_init(&r->body, REQUEST_BODY_MAX);
	*any = false;
	if (args->json_body) {
		if (args->data.count || args->data_binary.count ||
		    args->data_urlencode.count)
			return fm_fail(err, FM_E_USAGE,
				       "--json-body and -d are two bodies");
		*any = true;
		rc = add_data(&r->body, args->json_body, false, err);
		if (!rc)
			rc = default_header(r, "Content-Type", "application/json", err);
		return rc ? rc : default_header(r, "Accept", "application/json", err);
	}
	rc = add_all(&r->body, any, &args->data, DATA_STRIP, err);
	if (!rc)
		rc = add_all(&r->body, any, &args->data_binary, DATA_RAW, err);
	if (!rc)
		rc = add_all(&r->body, any, &args->data_urlencode, DATA_ENCODE, err);
	return rc;
}

/** -G: the data becomes the query. */
static enum fm_code move_to_query(struct request *r, const char *url, struct fm_err *err)
{
	const char *fragment = strchr(url, '#');
	size_t len = fragment ? (size_t)(fragment - url) : strlen(url);

	fm_buf_add(&r->url, url, len);
	fm_buf_chr(&r->url, memchr(url, '?', len) ? '&' : '?');
	fm_buf_add(&r->url, r->body.ptr ? r->body.ptr : "", r->body.len);
	fm_buf_clear(&r->body);
	if (!fm_buf_ok(&r->url))
		return fm_fail(err, FM_E_USAGE, "the URL is over %u bytes", URL_MAX);
	return FM_OK;
}

/** A URL without a scheme means https here: money is not sent over http by a guess. */
static enum fm_code make_url(struct request *r, const char *url, struct fm_err *err)
{
	struct fm_url parts;

	fm_buf_init(&r->url, URL_MAX);
	if (!strstr(url, "://"))
		fm_buf_str(&r->url, "https://");
	fm_buf_str(&r->url, url);
	if (!fm_buf_ok(&r->url) || !fm_url_parse(&parts, fm_buf_span(&r->url))) {
		fm_fail(err, FM_E_USAGE, "not an http or https URL: %.200s", url);
		return fm_hint(err, "give it whole, as in https://api.example.com/data");
	}
	return FM_OK;
}

static void set_body(struct request *r)
{
	r->http.body = (struct fm_span){ r->body.ptr ? r->body.ptr : "", r->body.len };
}

static enum fm_code set_method(struct request *r, const struct http_args *args, bool body,
			       struct fm_err *err)
{
	if (args->head && body && !args->get)
		return fm_fail(err, FM_E_USAGE, "-I asks for headers and sends no body");
	r->http.head_only = args->head;
	r->http.method = args->method ? args->method
			 : args->head ? "HEAD"
			 : body	      ? "POST"
				      : "GET";
	return FM_OK;
}

static enum fm_code simple_headers(struct request *r, const struct http_args *args,
				   struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (args->cookie && !strchr(args->cookie, '='))
		return fm_fail(err, FM_E_USAGE,
			       "-b takes NAME=VALUE; cookie files are not read");
	if (args->user && !strchr(args->user, ':'))
		return fm_fail(err, FM_E_USAGE, "-u takes NAME:PASSWORD");
	if (args->cookie)
		rc = push_header(r, "Cookie", args->cookie, err);
	if (!rc && args->referer)
		rc = push_header(r, "Referer", args->referer, err);
	if (!rc && args->user_agent)
		rc = push_header(r, "User-Agent", args->user_agent, err);
	if (!rc)
		rc = default_header(r, "Accept", "*/*", err);
	return rc;
}

static enum fm_code set_options(struct request *r, struct app *app,
				const struct http_args *args, struct fm_err *err)
{
	struct fm_http_options *o = &r->options;

	o->timeout_ms = args->max_time ? args->max_time : app->opt.timeout;
	o->connect_timeout_ms = args->connect_timeout;
	o->proxy = args->proxy ? args->proxy : app_proxy(app, r->url.ptr);
	o->no_proxy = args->no_proxy ? args->no_proxy : app->no_proxy;
	o->cacert = args->cacert ? args->cacert : app->cacert;
	o->insecure = args->insecure;
	o->user = args->user;
	o->max_body = (int64_t)args->max_filesize;
	o->ipv4_only = args->ipv4;
	o->ipv6_only = args->ipv6;
	o->unix_socket = args->unix_socket;
	o->compressed = args->compressed;
	if (args->max_filesize > INT64_MAX)
		return fm_fail(err, FM_E_USAGE, "--max-filesize is too large");
	r->resolve = calloc(args->resolve.count + 1, sizeof(*r->resolve));
	if (!r->resolve)
		return fm_nomem(err);
	if (args->resolve.count)
		memcpy(r->resolve, args->resolve.items,
		       args->resolve.count * sizeof(*r->resolve));
	o->resolve = args->resolve.count ? r->resolve : NULL;
	return FM_OK;
}

static enum fm_code place_body(struct request *r, const struct http_args *args, bool any,
			       struct fm_err *err)
{
	char *url;
	enum fm_code rc;

	if (!any)
		return FM_OK;
	if (!args->get) {
		set_body(r);
		return default_header(r, "Content-Type",
				      "application/x-www-form-urlencoded", err);
	}
	url = keep(r, fm_buf_span(&r->url));
	if (!url)
		return fm_nomem(err);
	fm_buf_clear(&r->url);
	rc = move_to_query(r, url, err);
	return rc;
}

enum fm_code request_make(struct request *out, struct app *app, const char *url,
			  const struct http_args *args, struct fm_err *err)
{
	bool any = false;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	rc = make_url(out, url, err);
	if (!rc)
		rc = user_headers(out, &args->headers, err);
	if (!rc)
		rc = make_body(out, &any, args, err);
	if (!rc)
		rc = place_body(out, args, any, err);
	if (!rc)
		rc = set_method(out, args, any && !args->get, err);
	if (!rc)
		rc = simple_headers(out, args, err);
	if (!rc)
		rc = set_options(out, app, args, err);
	out->http.url = out->url.ptr;
	out->http.follow = args->follow;
	out->http.options = &out->options;
	if (rc)
		request_clear(out);
	return rc;
}
