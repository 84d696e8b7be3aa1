/* SPDX-License-Identifier: MIT */
/* The sign-in message: read, judged, put together. 4mica.md, section 2.4; EIP-4361. */
#include "credit/ask.h"
#include "credit/auth.h"
#include "credit/members.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define LONGEST_S (24 * 60 * 60)
#define HOST_TEXT 256

static const char what[] = "sign-in";

/* ---- reading ------------------------------------------------------------------------------- */

/** Nothing that could end a line or steer a terminal: C0, C1, line and paragraph separators. */
static bool is_plain(const char *text)
{
	size_t len = strlen(text), at = 0;

	while (at < len) {
		uint32_t point;
		size_t step = fm_utf8_next(&point, text + at, len - at);
		if (!step || point < 0x20 || (point >= 0x7f && point <= 0x9f) ||
		    point == 0x2028 || point == 0x2029)
			return false;
		at += step;
	}
	return len > 0;
}

static bool is_nonce(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'z') ||
		      (*at >= 'A' && *at <= 'Z') || *at == '-' || *at == '_'))
			return false;
	return true;
}

static enum fm_code read_text(char *out, size_t size, const struct fm_json *object,
			      const char *snake, const char *camel, struct fm_err *err)
{
	const struct fm_json *node = fm_member(object, snake, camel);

	if (fm_json_cstr(out, size, node) && is_plain(out))
		return FM_OK;
	return fm_core_bad(err, what, snake, node,
			   "not a short text without control characters");
}

static enum fm_code read_siwe(struct fm_siwe *out, const struct fm_json *root,
			      struct fm_err *err)
{
	const struct fm_json *siwe = fm_json_get(root, "siwe");
	const struct fm_json *chain = fm_member(siwe, "chain_id", "chainId");
	enum fm_code rc =
		read_text(out->nonce, sizeof(out->nonce), root, "nonce", "nonce", err);

	if (!rc && !is_nonce(out->nonce))
		rc = fm_core_bad(err, what, "nonce", fm_json_get(root, "nonce"),
				 "only letters, digits, - and _");
	if (!rc && (!siwe || siwe->type != FM_JSON_OBJECT))
		rc = fm_core_bad(err, what, "siwe", siwe, "not an object");
	if (!rc)
		rc = read_text(out->domain, sizeof(out->domain), siwe, "domain", "domain",
			       err);
	if (!rc)
		rc = read_text(out->uri, sizeof(out->uri), siwe, "uri", "uri", err);
	if (!rc && (!fm_json_u64(&out->chain_id, chain) || !out->chain_id))
		rc = fm_core_bad(err, what, "chain_id", chain,
				 "a chain id is a positive number");
	if (!rc)
		rc = read_text(out->statement, sizeof(out->statement), siwe, "statement",
			       "statement", err);
	if (!rc)
		rc = read_text(out->issued_at, sizeof(out->issued_at), siwe, "issued_at",
			       "issuedAt", err);
	if (!rc)
		rc = read_text(out->expiration, sizeof(out->expiration), siwe,
			       "expiration", "expiration", err);
	return rc;
}

enum fm_code fm_siwe_read(struct fm_siwe *out, struct fm_span json, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_siwe read;
	enum fm_code rc = fm_core_json(&doc, what, json, err);

	if (rc)
		return rc;
	rc = read_siwe(&read, doc, err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}

/* ---- judging ------------------------------------------------------------------------------- */

/** Host of "host[:port]"; false for anything that could be read as more than that. */
static bool domain_host(char out[static HOST_TEXT], const char *domain)
{
	char text[sizeof("https://") + sizeof(((struct fm_siwe *)0)->domain)] =
		"https://";
	size_t len = strlen(domain);
	struct fm_url url;

	if (strpbrk(domain, "/?#@") || len >= sizeof(text) - 8)
		return false;
	memcpy(text + 8, domain, len + 1);
	if (!fm_url_parse(&url, fm_span_of(text)))
		return false;
	memcpy(out, url.host, strlen(url.host) + 1);
	return true;
}

static bool uri_host(char out[static HOST_TEXT], const char *uri)
{
	struct fm_url url;

	if (strchr(uri, '@') || !fm_url_parse(&url, fm_span_of(uri)))
		return false;
	memcpy(out, url.host, strlen(url.host) + 1);
	return true;
}

static bool is_ours(const char *host, const char *core, const struct fm_siwe_rules *rules)
{
	if (strcmp(host, core) == 0)
		return true;
	for (size_t i = 0; rules->domains && rules->domains[i]; i++)
		if (strcasecmp(host, rules->domains[i]) == 0)
			return true;
	return false;
}

static enum fm_code check_host(const char *name, const char *text, const char *host,
			       const struct fm_siwe_rules *rules, struct fm_err *err)
{
	struct fm_buf shown;
	struct fm_url core;

	if (!fm_url_parse(&core, fm_span_of(rules->core_url)))
		return fm_fail(err, FM_E_CONFIG, "the URL of Core is no http address");
	if (host && is_ours(host, core.host, rules))
		return FM_OK;
	fm_buf_init(&shown, 2048);
	fm_text_escape(&shown, fm_span_of(text), 120);
	fm_fail(err, FM_E_CORE, "%s: Core wants a signature for %s '%s', not for %s",
		what, name, fm_buf_ok(&shown) && shown.ptr ? shown.ptr : "", core.host);
	fm_buf_clear(&shown);
	fm_rule(err, "sign-in-domain");
	return fm_hint(err,
		       "if that host is Core's as well, name it as a sign-in domain");
}

static enum fm_code check_time(const struct fm_siwe *siwe, int64_t now_s,
			       struct fm_err *err)
{
	int64_t issued, end;

	if (!fm_auth_time(&issued, fm_span_of(siwe->issued_at)) ||
	    !fm_auth_time(&end, fm_span_of(siwe->expiration)))
		fm_fail(err, FM_E_CORE, "%s: the times of the message are no RFC 3339",
			what);
	else if (end <= now_s)
		fm_fail(err, FM_E_CORE, "%s: the message ended %lld s ago", what,
			(long long)(now_s - end));
	else if (end - now_s > LONGEST_S)
		fm_fail(err, FM_E_CORE, "%s: the message holds for more than a day",
			what);
	else if (issued > end)
		fm_fail(err, FM_E_CORE, "%s: the message ends before it begins", what);
	else
		return FM_OK;
	fm_hint(err, "look at this machine's clock");
	fm_rule(err, "sign-in-time");
	return FM_E_CORE;
}

enum fm_code fm_siwe_check(const struct fm_siwe *siwe, const struct fm_siwe_rules *rules,
			   struct fm_err *err)
{
	char host[HOST_TEXT];
	enum fm_code rc;

	if (siwe->chain_id != rules->chain_id) {
		fm_fail(err, FM_E_CORE,
			"%s: Core wants a signature for chain %llu, not %llu", what,
			(unsigned long long)siwe->chain_id,
			(unsigned long long)rules->chain_id);
		fm_rule(err, "sign-in-chain");
		return FM_E_CORE;
	}
	rc = check_host("domain", siwe->domain,
			domain_host(host, siwe->domain) ? host : NULL, rules, err);
	if (!rc)
		rc = check_host("uri", siwe->uri, uri_host(host, siwe->uri) ? host : NULL,
				rules, err);
	return rc ? rc : check_time(siwe, rules->now_s, err);
}

bool fm_siwe_text(struct fm_buf *out, const struct fm_siwe *siwe,
		  const struct fm_addr *address)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, address);
	return fm_buf_fmt(
		out,
		"%s wants you to sign in with your Ethereum account:\n%s\n\n%s\n\n"
		"URI: %s\nVersion: 1\nChain ID: %llu\nNonce: %s\nIssued At: %s\n"
		"Expiration Time: %s",
		siwe->domain, text, siwe->statement, siwe->uri,
		(unsigned long long)siwe->chain_id, siwe->nonce, siwe->issued_at,
		siwe->expiration);
}

/* ---- times --------------------------------------------------------------------------------- */

/** Exactly `digits` digits at *at, in [low, high]; *at moves behind them. */
static bool number(int *out, struct fm_span text, size_t *at, size_t digits, int low,
		   int high)
{
	int value = 0;

	if (text.len - *at < digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		char c = text.ptr[(*at)++];
		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	*out = value;
	return value >= low && value <= high;
}

static bool mark(struct fm_span text, size_t *at, char c)
{
	return *at < text.len && text.ptr[(*at)++] == c;
}

/** Days from 1970-01-01 to a day of the Gregorian calendar; years count from March, so that
 *  the leap day is the last. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static int month_days(int year, int month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static bool skip_fraction(struct fm_span text, size_t *at)
{
	size_t start;

	if (*at >= text.len || text.ptr[*at] != '.')
		return true;
	start = ++*at;
	while (*at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9')
		++*at;
	return *at > start;
}

/** "Z" or "+hh:mm", in seconds; nothing behind it. */
static bool read_offset(int *out, struct fm_span text, size_t *at)
{
	int hours, minutes;
	char sign;

	*out = 0;
	if (*at >= text.len)
		return false;
	sign = text.ptr[(*at)++];
	if (sign == 'Z')
		return *at == text.len;
	if ((sign != '+' && sign != '-') || !number(&hours, text, at, 2, 0, 23) ||
	    !mark(text, at, ':') || !number(&minutes, text, at, 2, 0, 59))
		return false;
	*out = (hours * 60 + minutes) * (sign == '-' ? -60 : 60);
	return *at == text.len;
}

bool fm_auth_time(int64_t *unix_s, struct fm_span text)
{
	int year, month, day, hour, minute, second, offset;
	size_t at = 0;

	if (!number(&year, text, &at, 4, 1970, 9999) || !mark(text, &at, '-') ||
	    !number(&month, text, &at, 2, 1, 12) || !mark(text, &at, '-') ||
	    !number(&day, text, &at, 2, 1, month_days(year, month)) ||
	    !mark(text, &at, 'T') || !number(&hour, text, &at, 2, 0, 23) ||
	    !mark(text, &at, ':') || !number(&minute, text, &at, 2, 0, 59) ||
	    !mark(text, &at, ':') || !number(&second, text, &at, 2, 0, 60) ||
	    !skip_fraction(text, &at) || !read_offset(&offset, text, &at))
		return false;
	*unix_s = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second -
		  offset;
	return true;
}

/** The place of three letters in `list`, from 1; 0: they are not in it. */
static int word(const char *list, struct fm_span text, size_t at)
{
	for (int i = 0; list[3 * i]; i++)
		if (memcmp(list + 3 * i, text.ptr + at, 3) == 0)
			return i + 1;
	return 0;
}

bool fm_auth_http_date(int64_t *unix_s, struct fm_span text)
{
	static const char form[] = "???, ?? ??? ???? ??:??:?? GMT";
	int year, month, day, hour, minute, second;
	size_t at = 5;

	if (text.len != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (form[i] != '?' && form[i] != text.ptr[i])
			return false;
	month = word("JanFebMarAprMayJunJulAugSepOctNovDec", text, 8);
	if (!word("MonTueWedThuFriSatSun", text, 0) || !month ||
	    !number(&day, text, &at, 2, 1, 31))
		return false;
	at = 12;
	if (!number(&year, text, &at, 4, 1970, 9999) || day > month_days(year, month))
		return false;
	at++;
	if (!number(&hour, text, &at, 2, 0, 23) || !mark(text, &at, ':') ||
	    !number(&minute, text, &at, 2, 0, 59) || !mark(text, &at, ':') ||
	    !number(&second, text, &at, 2, 0, 60))
		return false;
	*unix_s = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}
