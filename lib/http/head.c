/* SPDX-License-Identifier: MIT */
/* Header blocks: finding a value, and splitting a response as `curl -i` saves it. */
#include <fourmica/http.h>

#include "http/token.h"

#include <string.h>

#define SHOWN_MAX 48 /* bytes of a bad line repeated in a message */

/** The line at *at without its end; *at moves behind it. False: no line end follows. */
static bool next_line(struct fm_span *line, size_t *at, struct fm_span text)
{
	const char *from, *end;

	if (*at >= text.len)
		return false;
	from = text.ptr + *at;
	end = memchr(from, '\n', text.len - *at);
	if (!end)
		return false;
	*line = (struct fm_span){ from, (size_t)(end - from) };
	*at += line->len + 1;
	if (line->len && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct fm_span trim(struct fm_span text)
{
	while (text.len && is_blank(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

static bool same_name(struct fm_span line, const char *name, size_t len)
{
	if (line.len <= len || line.ptr[len] != ':')
		return false;
	for (size_t i = 0; i < len; i++)
		if (fm_token_lower(line.ptr[i]) != fm_token_lower(name[i]))
			return false;
	return true;
}

bool fm_head_next(struct fm_span *value, size_t *at, struct fm_span head,
		  const char *name)
{
	size_t len = strlen(name);
	struct fm_span line;

	while (next_line(&line, at, head)) {
		if (!same_name(line, name, len))
			continue;
		*value = trim((struct fm_span){ line.ptr + len + 1, line.len - len - 1 });
		return true;
	}
	return false;
}

bool fm_head_get(struct fm_span *value, struct fm_span head, const char *name)
{
	size_t at = 0;

	return fm_head_next(value, &at, head, name);
}

static bool digit_at(struct fm_span line, size_t at)
{
	return at < line.len && line.ptr[at] >= '0' && line.ptr[at] <= '9';
}

/** "HTTP/" version SP three digits, then the end or a blank and anything. */
static bool status_line(int *status, struct fm_span line)
{
	size_t at = 5;
	int value = 0;

	if (line.len < at || memcmp(line.ptr, "HTTP/", at) != 0 || !digit_at(line, at++))
		return false;
	if (at < line.len && line.ptr[at] == '.') {
		if (!digit_at(line, at + 1))
			return false;
		at += 2;
	}
	if (at >= line.len || line.ptr[at++] != ' ')
		return false;
	for (size_t end = at + 3; at < end; at++) {
		if (!digit_at(line, at))
			return false;
		value = value * 10 + (line.ptr[at] - '0');
	}
	*status = value;
	return value >= 100 && (at == line.len || line.ptr[at] == ' ');
}

static enum fm_code bad_line(struct fm_err *err, const char *what, struct fm_span line)
{
	struct fm_buf shown;

	fm_buf_init(&shown, SHOWN_MAX * 10);
	fm_text_escape(&shown, line, SHOWN_MAX);
	fm_fail(err, FM_E_MALFORMED, "saved response: %s: '%s'", what,
		fm_buf_ok(&shown) && shown.ptr ? shown.ptr : "");
	fm_buf_clear(&shown);
	return FM_E_MALFORMED;
}

/** name ":" value without control characters. Folded lines (RFC 9112 5.2) are refused: the
 *  value could not be handed out as one piece of the text. */
static enum fm_code check_field(struct fm_span line, struct fm_err *err)
{
	const char *colon = memchr(line.ptr, ':', line.len);
	struct fm_span name = { line.ptr, colon ? (size_t)(colon - line.ptr) : 0 };

	if (is_blank(line.ptr[0]))
		return bad_line(err, "folded header line", line);
	if (!fm_token_is(name))
		return bad_line(err, "not a header line", line);
	if (!fm_field_value_is((struct fm_span){ colon + 1, line.len - name.len - 1 }))
		return bad_line(err, "control character in a header", line);
	return FM_OK;
}

/** One header block from *at to behind its empty line. `text` ends at the size limit; `more`
 *  tells that it was cut there. */
static enum fm_code read_block(int *status, struct fm_span *head, size_t *at,
			       struct fm_span text, bool more, struct fm_err *err)
{
	struct fm_span line = { text.ptr + *at, 0 };
	size_t pos = *at;
	enum fm_code rc = FM_OK;

	if (!next_line(&line, &pos, text) || !status_line(status, line)) {
		line = (struct fm_span){ text.ptr + *at, text.len - *at };
		return bad_line(err, "does not start with an HTTP status line", line);
	}
	if (!fm_field_value_is(line))
		return bad_line(err, "control character in the status line", line);
	while (next_line(&line, &pos, text)) {
		if (line.len == 0) {
			*head = (struct fm_span){ text.ptr + *at, pos - *at };
			*at = pos;
			return FM_OK;
		}
		rc = check_field(line, err);
		if (rc)
			return rc;
	}
	if (more)
		return fm_fail(err, FM_E_TOO_LARGE,
			       "saved response: headers over the limit of %u bytes",
			       FM_HTTP_HEAD_MAX);
	return fm_fail(err, FM_E_MALFORMED, "saved response: ends inside the headers");
}

static bool has(struct fm_span head, const char *name)
{
	struct fm_span value;

	return fm_head_get(&value, head, name);
}

/** May another header block follow this one? Only where curl goes on without writing a body:
 *  interim responses, followed redirects, answered authentication, a proxy's reply to CONNECT
 *  (RFC 9110 9.3.6: no Content-Length, no Transfer-Encoding; it has no content type either). */
static bool may_continue(int status, struct fm_span head)
{
	if (status < 200)
		return true;
	if (status < 300)
		return head.len > 5 && head.ptr[5] == '1' &&
		       !has(head, "content-length") && !has(head, "transfer-encoding") &&
		       !has(head, "content-type");
	if (status < 400)
		return has(head, "location");
	if (status == 401)
		return has(head, "www-authenticate");
	return status == 407 && has(head, "proxy-authenticate");
}

enum fm_code fm_response_parse(int *status, struct fm_span *head, struct fm_span *body,
			       struct fm_span text, struct fm_err *err)
{
	bool more = text.len > FM_HTTP_HEAD_MAX;
	struct fm_span top = { text.ptr, more ? FM_HTTP_HEAD_MAX : text.len };
	struct fm_span found = { 0 }, next = { 0 };
	int code = 0, next_code = 0;
	size_t at = 0;
	enum fm_code rc;

	if (!text.len)
		return fm_fail(err, FM_E_MALFORMED, "saved response: empty");
	rc = read_block(&code, &found, &at, top, more, err);
	while (!rc && may_continue(code, found)) {
		bool interim = code < 200;
		rc = read_block(&next_code, &next, &at, top, more, interim ? err : NULL);
		/* a body may look like the start of a header block; 1xx has no body */
		if (rc == FM_E_MALFORMED && !interim) {
			rc = FM_OK;
			break;
		}
		code = next_code;
		found = next;
	}
	if (rc == FM_E_TOO_LARGE)
		return fm_fail(err, rc,
			       "saved response: headers over the limit of %u bytes",
			       FM_HTTP_HEAD_MAX);
	if (rc)
		return rc;
	*status = code;
	*head = found;
	*body = (struct fm_span){ text.ptr + at, text.len - at };
	return FM_OK;
}
