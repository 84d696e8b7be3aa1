/* SPDX-License-Identifier: MIT */
/* The parts of a URL that decide trust. What is read here must be what libcurl connects to, so
 * every spelling on which two readers could differ is refused instead of repaired: backslashes,
 * escaped or non-ASCII hosts, numbers that stand for an IPv4 address, missing slashes. */
#include <fourmica/http.h>

#include "http/token.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define NAME_MAX_LEN 253 /* RFC 1035 2.3.4, in text form */
#define LABEL_MAX 63

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_' || c == '.';
}

static size_t find_any(struct fm_span text, size_t at, const char *stops)
{
	while (at < text.len && !strchr(stops, text.ptr[at]))
		at++;
	return at;
}

static struct fm_span cut(struct fm_span text, size_t from, size_t to)
{
	return (struct fm_span){ text.ptr + from, to - from };
}

/** Printable bytes only; bytes from 0x80 are for the path and query (refused in the host). */
static bool is_clean(struct fm_span text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.ptr[i];
		if (c <= ' ' || c == 0x7f || c == '\\')
			return false;
	}
	return text.len > 0;
}

static bool starts_with(struct fm_span text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text.len < len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (fm_token_lower(text.ptr[i]) != prefix[i])
			return false;
	return true;
}

/** Scheme and its default port; returns where the authority starts, 0 for another scheme. */
static size_t read_scheme(struct fm_url *out, struct fm_span text)
{
	bool tls = starts_with(text, "https://");

	if (!tls && !starts_with(text, "http://"))
		return 0;
	out->port = tls ? 443 : 80;
	memcpy(out->scheme, tls ? "https" : "http", tls ? 6 : 5);
	return tls ? 8 : 7;
}

/** "1" to "65535" without a leading zero. */
static bool read_port(uint16_t *out, struct fm_span text)
{
	unsigned long value = 0;

	if (text.len < 1 || text.len > 5 || text.ptr[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.ptr[i]))
			return false;
		value = value * 10 + (unsigned long)(text.ptr[i] - '0');
	}
	*out = (uint16_t)value;
	return value <= UINT16_MAX;
}

/** Four decimal numbers, the one spelling of an IPv4 address (inet_pton takes no other). */
static bool is_quad(const char *host)
{
	struct in_addr addr;

	return inet_pton(AF_INET, host, &addr) == 1;
}

/** Would a resolver take the name for a number? True when its last label is decimal or hex. */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *label = dot ? dot + 1 : host;
	size_t len = strlen(label);

	if (len >= 2 && label[0] == '0' && label[1] == 'x')
		return strspn(label + 2, "0123456789abcdef") == len - 2;
	return len > 0 && strspn(label, "0123456789") == len;
}

static bool labels_fit(const char *host)
{
	while (true) {
		size_t len = strcspn(host, ".");
		if (len < 1 || len > LABEL_MAX)
			return false;
		if (!host[len])
			return true;
		host += len + 1;
	}
}

static bool read_name(struct fm_url *out, struct fm_span text)
{
	if (text.len && text.ptr[text.len - 1] == '.')
		text.len--;
	if (text.len < 1 || text.len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		out->host[i] = fm_token_lower(text.ptr[i]);
		if (!is_name_char(out->host[i]))
			return false;
	}
	out->host[text.len] = '\0';
	return labels_fit(out->host) &&
	       (!ends_in_number(out->host) || is_quad(out->host));
}

/** What stands between the brackets, in the one spelling of RFC 5952; zones are refused. */
static bool read_ipv6(struct fm_url *out, struct fm_span text)
{
	char copy[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (text.len < 2 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return inet_pton(AF_INET6, copy, &addr) == 1 &&
	       inet_ntop(AF_INET6, &addr, out->host, sizeof(out->host)) != NULL;
}

/** host [":" port], the user part already gone. */
static bool read_host(struct fm_url *out, struct fm_span text)
{
	size_t end;

	if (text.len && text.ptr[0] == '[') {
		end = find_any(text, 0, "]");
		if (end == text.len || !read_ipv6(out, cut(text, 1, end)))
			return false;
		end++;
	} else {
		end = find_any(text, 0, ":");
		if (!read_name(out, cut(text, 0, end)))
			return false;
	}
	if (end == text.len)
		return true;
	return text.ptr[end] == ':' &&
	       read_port(&out->port, cut(text, end + 1, text.len));
}

bool fm_url_parse(struct fm_url *out, struct fm_span text)
{
	struct fm_url url = { 0 };
	size_t start, end, at;

	if (!is_clean(text))
		return false;
	start = read_scheme(&url, text);
	if (!start)
		return false;
	end = find_any(text, start, "/?#");
	/* the last '@' ends the user part: "https://good@evil/" is evil */
	for (at = end; at > start && text.ptr[at - 1] != '@';)
		at--;
	if (!read_host(&url, cut(text, at, end)))
		return false;
	at = find_any(text, end, "?#");
	url.path = at > end ? cut(text, end, at) : fm_span_of("/");
	*out = url;
	return true;
}

bool fm_url_has_user(struct fm_span text)
{
	struct fm_url url;
	size_t start;

	if (!fm_url_parse(&url, text))
		return false;
	start = read_scheme(&url, text);
	return find_any(text, start, "@") < find_any(text, start, "/?#");
}

bool fm_url_origin(struct fm_buf *out, const struct fm_url *url)
{
	bool v6 = strchr(url->host, ':') != NULL;
	bool tls = strcmp(url->scheme, "https") == 0;

	fm_buf_str(out, url->scheme);
	fm_buf_str(out, v6 ? "://[" : "://");
	fm_buf_str(out, url->host);
	if (v6)
		fm_buf_chr(out, ']');
	if (url->port != (tls ? 443 : 80))
		fm_buf_fmt(out, ":%u", (unsigned)url->port);
	return fm_buf_ok(out);
}

bool fm_url_shown(struct fm_buf *out, const char *text, bool path)
{
	struct fm_url url;
	size_t start;

	if (!fm_url_parse(&url, fm_span_of(text)))
		return fm_buf_str(out, "...");
	fm_url_origin(out, &url);
	if (path && url.path.len > 1)
		return fm_buf_add(out, url.path.ptr, url.path.len);
	start = strcspn(text, ":") + 3;
	start += strcspn(text + start, "/?#");
	if (!path && strlen(text + start) > 1)
		return fm_buf_str(out, "/...");
	return fm_buf_ok(out);
}

bool fm_url_is_loopback(const struct fm_url *url)
{
	if (strcmp(url->host, "localhost") == 0 || strcmp(url->host, "::1") == 0)
		return true;
	return strncmp(url->host, "127.", 4) == 0 && is_quad(url->host);
}
