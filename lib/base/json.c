/* SPDX-License-Identifier: MIT */
/* One pass, no recursion: the nodes go into one growing array in source order, the open
 * containers onto a stack of FM_JSON_DEPTH. Grammar: RFC 8259; object member names of one
 * object must differ (RFC 7493, section 2.3). */
#include <base/json.h>
#include <base/text.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Bounds on what a hostile document can cost: 64 MiB of nodes at most. */
#define TEXT_MAX ((size_t)16 << 20)
#define NODES_MAX ((uint32_t)2 << 20)
#define NODES_FIRST 64

struct parser {
	const char *start, *at, *end;
	struct fm_json *nodes;
	uint32_t used, room;
	uint32_t open[FM_JSON_DEPTH];
	unsigned depth;
	struct fm_err *err;
};

static enum fm_code fail_at(struct parser *p, const char *at, const char *what)
{
	unsigned line, column;

	fm_json_place(p->start, at, &line, &column);
	return fm_fail(p->err, FM_E_MALFORMED, "JSON, line %u, column %u: %s", line,
		       column, what);
}

static enum fm_code fail_here(struct parser *p, const char *what)
{
	return fail_at(p, p->at, p->at == p->end ? "the text ends too early" : what);
}

static void skip_space(struct parser *p)
{
	while (p->at < p->end &&
	       (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t'))
		p->at++;
}

static enum fm_code more_room(struct parser *p)
{
	uint32_t room = p->room ? p->room * 2 : NODES_FIRST;
	struct fm_json *nodes;

	if (p->room >= NODES_MAX)
		return fail_at(p, p->at, "too many values");
	nodes = realloc(p->nodes, room * sizeof(*nodes));
	if (!nodes)
		return fm_nomem(p->err);
	p->nodes = nodes;
	p->room = room;
	return FM_OK;
}

/* A node for the source bytes from `start` to p->at. */
static enum fm_code add(struct parser *p, enum fm_json_type type, const char *start,
			uint32_t count)
{
	enum fm_code rc = p->used == p->room ? more_room(p) : FM_OK;

	if (rc)
		return rc;
	assert(p->nodes);
	p->nodes[p->used++] = (struct fm_json){
		.type = type,
		.skip = 1,
		.count = count,
		.src = {start, (size_t)(p->at - start)},
	};
	return FM_OK;
}

/* Value of four hex digits, or -1. */
static int32_t hex4(const char *at, const char *end)
{
	uint8_t b[2];

	if (end - at < 4 || !fm_hex_read(b, 2, (struct fm_span){ at, 4 }))
		return -1;
	return b[0] << 8 | b[1];
}

/* p->at is behind "\u". Surrogates come in pairs or not at all. */
static enum fm_code unicode_escape(struct parser *p, const char *start)
{
	int32_t unit = hex4(p->at, p->end);

	if (unit < 0)
		return fail_at(p, start, "\\u needs four hex digits");
	p->at += 4;
	if (unit < 0xd800 || unit > 0xdfff)
		return FM_OK;
	if (unit > 0xdbff || p->end - p->at < 2 || p->at[0] != '\\' || p->at[1] != 'u')
		return fail_at(p, start, "half of a surrogate pair");
	unit = hex4(p->at + 2, p->end);
	if (unit < 0xdc00 || unit > 0xdfff)
		return fail_at(p, start, "half of a surrogate pair");
	p->at += 6;
	return FM_OK;
}

static enum fm_code escape(struct parser *p)
{
	const char *start = p->at++;

	if (p->at == p->end)
		return fail_here(p, "");
	switch (*p->at++) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return FM_OK;
	case 'u':
		return unicode_escape(p, start);
	default:
		return fail_at(p, start, "unknown escape");
	}
}

/* What a string may hold without a closer look: all of ASCII but controls, quote,
 * backslash. */
static bool plain(char c)
{
	return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' &&
	       c != '\\';
}

#define EACH (UINT64_MAX / 255) /* 01 in every byte */

/* Eight at a time. A byte sets its top bit here if it is above 7F, below 20 (borrow from
 * the subtraction), or equal to one of the two; a borrow can mark a neighbour wrongly,
 * which only sends it to the slow loop. */
static bool all_plain(const char *at)
{
	uint64_t w, quote, slash;

	memcpy(&w, at, 8);
	quote = w ^ EACH * '"';
	slash = w ^ EACH * '\\';
	return !((w | (w - EACH * 0x20) | (quote - EACH) | (slash - EACH)) & EACH * 0x80);
}

static enum fm_code string(struct parser *p)
{
	const char *start = p->at++;
	uint32_t point, escapes = 0;
	enum fm_code rc = FM_OK;

	for (;;) {
		while (p->end - p->at >= 8 && all_plain(p->at))
			p->at += 8;
		while (p->at < p->end && plain(*p->at))
			p->at++;
		if (p->at == p->end)
			return fail_at(p, start, "a string without an end");
		if (*p->at == '"') {
			p->at++;
			return add(p, FM_JSON_STRING, start, escapes);
		}
		if (*p->at == '\\') {
			escapes = 1;
			rc = escape(p);
			if (rc)
				return rc;
		} else if ((unsigned char)*p->at < 0x20) {
			return fail_here(p, "control character in a string");
		} else {
			size_t len =
				fm_utf8_next(&point, p->at, (size_t)(p->end - p->at));

			if (!len)
				return fail_here(p, "invalid UTF-8");
			p->at += len;
		}
	}
}

static bool digits(struct parser *p)
{
	const char *start = p->at;

	while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
		p->at++;
	return p->at > start;
}

static bool take(struct parser *p, char c)
{
	if (p->at == p->end || *p->at != c)
		return false;
	p->at++;
	return true;
}

static enum fm_code number(struct parser *p)
{
	const char *start = p->at;

	take(p, '-');
	if (take(p, '0')) {
		if (p->at < p->end && *p->at >= '0' && *p->at <= '9')
			return fail_at(p, start, "number with a leading zero");
	} else if (!digits(p)) {
		return fail_here(p, "digit expected");
	}
	if (take(p, '.') && !digits(p))
		return fail_here(p, "digit expected");
	if (take(p, 'e') || take(p, 'E')) {
		if (!take(p, '+'))
			take(p, '-');
		if (!digits(p))
			return fail_here(p, "digit expected");
	}
	return add(p, FM_JSON_NUMBER, start, 0);
}

static enum fm_code word(struct parser *p, enum fm_json_type type, const char *text)
{
	const char *start = p->at;
	size_t len = strlen(text);

	if ((size_t)(p->end - start) < len || memcmp(start, text, len) != 0)
		return fail_here(p, "value expected");
	p->at += len;
	return add(p, type, start, 0);
}

static enum fm_code open_container(struct parser *p, enum fm_json_type type)
{
	enum fm_code rc;

	if (p->depth == FM_JSON_DEPTH)
		return fail_here(p, "nested too deep");
	rc = add(p, type, p->at, 0);
	if (rc)
		return rc;
	p->open[p->depth++] = p->used - 1;
	p->at++;
	return FM_OK;
}

static enum fm_code close_container(struct parser *p)
{
	struct fm_json *node = &p->nodes[p->open[--p->depth]];
	const struct fm_json *twice = NULL;
	enum fm_code rc;

	p->at++;
	node->src.len = (size_t)(p->at - node->src.ptr);
	node->skip = (uint32_t)(p->nodes + p->used - node);
	if (node->type == FM_JSON_ARRAY || node->count < 2)
		return FM_OK;
	rc = fm_json_twice(&twice, node, p->err);
	if (!rc && twice)
		rc = fail_at(p, twice->src.ptr, "member name given twice");
	return rc;
}

/* A scalar, or the opening of a container. */
static enum fm_code value(struct parser *p)
{
	if (p->at == p->end)
		return fail_here(p, "");
	switch (*p->at) {
	case '{':
		return open_container(p, FM_JSON_OBJECT);
	case '[':
		return open_container(p, FM_JSON_ARRAY);
	case '"':
		return string(p);
	case 't':
		return word(p, FM_JSON_TRUE, "true");
	case 'f':
		return word(p, FM_JSON_FALSE, "false");
	case 'n':
		return word(p, FM_JSON_NULL, "null");
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return number(p);
	default:
		return fail_here(p, "value expected");
	}
}

static enum fm_code member_name(struct parser *p)
{
	enum fm_code rc;

	if (p->at == p->end || *p->at != '"')
		return fail_here(p, "member name expected");
	rc = string(p);
	if (rc)
		return rc;
	skip_space(p);
	if (!take(p, ':'))
		return fail_here(p, "':' expected");
	skip_space(p);
	return FM_OK;
}

/* The next element or member of the innermost container, or its end. */
static enum fm_code step(struct parser *p)
{
	struct fm_json *node = &p->nodes[p->open[p->depth - 1]];
	bool object = node->type == FM_JSON_OBJECT;
	enum fm_code rc = FM_OK;

	skip_space(p);
	if (p->at < p->end && *p->at == (object ? '}' : ']'))
		return close_container(p);
	if (node->count++) {
		if (!take(p, ','))
			return fail_here(p, object ? "',' or '}' expected"
						   : "',' or ']' expected");
		skip_space(p);
	}
	if (object)
		rc = member_name(p);
	return rc ? rc : value(p);
}

static enum fm_code document(struct parser *p)
{
	enum fm_code rc;

	skip_space(p);
	rc = value(p);
	while (!rc && p->depth)
		rc = step(p);
	if (rc)
		return rc;
	skip_space(p);
	if (p->at != p->end)
		return fail_here(p, "something follows the value");
	return FM_OK;
}

enum fm_code fm_json_parse(struct fm_json **out, struct fm_span text, bool bom,
			   struct fm_err *err)
{
	struct parser p = { .err = err };
	enum fm_code rc;

	if (text.len > TEXT_MAX)
		return fm_fail(err, FM_E_MALFORMED,
			       "JSON: %zu bytes, at most %zu are read", text.len,
			       TEXT_MAX);
	p.start = text.len ? text.ptr : "";
	p.end = p.start + text.len;
	if (bom && text.len >= 3 && memcmp(p.start, "\xef\xbb\xbf", 3) == 0)
		p.start += 3;
	p.at = p.start;
	rc = document(&p);
	if (rc) {
		free(p.nodes);
		return rc;
	}
	*out = p.nodes;
	return FM_OK;
}

void fm_json_free(struct fm_json **root)
{
	free(*root);
	*root = NULL;
}
