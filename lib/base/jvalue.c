/* SPDX-License-Identifier: MIT */
/* What a parsed node holds: decoded strings, members, integers. */
#include <base/json.h>
#include <base/text.h>

#include <stdlib.h>
#include <string.h>

/* Between the quotes. */
static struct fm_span inner(const struct fm_json *string)
{
	return (struct fm_span){ string->src.ptr + 1, string->src.len - 2 };
}

static bool is_string(const struct fm_json *node)
{
	return node && node->type == FM_JSON_STRING;
}

struct fm_json_bytes fm_json_bytes_of(const struct fm_json *string)
{
	struct fm_span text = inner(string);

	return (struct fm_json_bytes){ .at = text.ptr, .end = text.ptr + text.len };
}

static uint32_t hex4(const char *at)
{
	uint8_t b[2] = { 0 };

	if (!fm_hex_read(b, 2, (struct fm_span){ at, 4 }))
		return 0xfffd; /* never: the parser has looked */
	return (uint32_t)b[0] << 8 | b[1];
}

/* in->at is behind the backslash of an escape the parser found good. */
static uint32_t escaped(struct fm_json_bytes *in)
{
	char c = *in->at++;
	uint32_t unit;

	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'u':
		unit = hex4(in->at);
		in->at += 4;
		if (unit >= 0xd800 && unit <= 0xdbff) {
			unit = 0x10000 + ((unit - 0xd800) << 10) +
			       (hex4(in->at + 2) - 0xdc00);
			in->at += 6;
		}
		return unit;
	default:
		return (unsigned char)c;
	}
}

int fm_json_byte(struct fm_json_bytes *in)
{
	if (in->held_at < in->held_len)
		return (unsigned char)in->held[in->held_at++];
	if (in->at == in->end)
		return -1;
	if (*in->at != '\\')
		return (unsigned char)*in->at++;
	in->at++;
	in->held_len = (uint8_t)fm_utf8_put(in->held, escaped(in));
	in->held_at = 1;
	return (unsigned char)in->held[0];
}

const struct fm_json *fm_json_first(const struct fm_json *parent)
{
	bool container = parent && (parent->type == FM_JSON_ARRAY ||
				    parent->type == FM_JSON_OBJECT);

	return container && parent->count ? parent + 1 : NULL;
}

const struct fm_json *fm_json_next(const struct fm_json *parent,
				   const struct fm_json *child)
{
	const struct fm_json *next = child + child->skip;

	return next < parent + parent->skip ? next : NULL;
}

const struct fm_json *fm_json_get(const struct fm_json *object, const char *name)
{
	const struct fm_json *at;

	if (!object || object->type != FM_JSON_OBJECT)
		return NULL;
	for (at = fm_json_first(object); at; at = fm_json_next(object, at + 1))
		if (fm_json_is(at, name))
			return at + 1;
	return NULL;
}

bool fm_json_is(const struct fm_json *node, const char *text)
{
	struct fm_json_bytes in;
	int c;

	if (!is_string(node))
		return false;
	if (!node->count)
		return fm_span_is(inner(node), text);
	in = fm_json_bytes_of(node);
	while ((c = fm_json_byte(&in)) >= 0)
		if (!c || c != (unsigned char)*text++)
			return false;
	return !*text;
}

bool fm_json_str(struct fm_buf *out, const struct fm_json *node)
{
	struct fm_json_bytes in;
	int c;

	if (!is_string(node))
		return false;
	if (!node->count)
		return fm_buf_add(out, inner(node).ptr, inner(node).len);
	in = fm_json_bytes_of(node);
	while ((c = fm_json_byte(&in)) >= 0)
		if (!fm_buf_chr(out, (char)c))
			return false;
	return fm_buf_ok(out);
}

bool fm_json_cstr(char *out, size_t size, const struct fm_json *node)
{
	struct fm_json_bytes in;
	size_t len = 0;
	int c;

	if (!is_string(node))
		return false;
	in = fm_json_bytes_of(node);
	while ((c = fm_json_byte(&in)) >= 0) {
		if (!c || len + 1 >= size)
			return false;
		out[len++] = (char)c;
	}
	if (!size)
		return false;
	out[len] = '\0';
	return true;
}

bool fm_json_has_control(const struct fm_json *node)
{
	struct fm_json_bytes in;
	int c;

	if (!is_string(node))
		return false;
	in = fm_json_bytes_of(node);
	while ((c = fm_json_byte(&in)) >= 0)
		if (c < 0x20 || c == 0x7f)
			return true;
	return false;
}

bool fm_json_u64(uint64_t *out, const struct fm_json *node)
{
	struct fm_u256 value;

	return node && node->type == FM_JSON_NUMBER &&
	       fm_u256_from_dec(&value, node->src) && fm_u256_to_u64(out, &value);
}

bool fm_json_bool(bool *out, const struct fm_json *node)
{
	if (!node || (node->type != FM_JSON_TRUE && node->type != FM_JSON_FALSE))
		return false;
	*out = node->type == FM_JSON_TRUE;
	return true;
}

static bool decoded_u256(struct fm_u256 *out, const struct fm_json *node)
{
	struct fm_buf text;
	bool ok;

	fm_buf_init(&text, node->src.len);
	ok = fm_json_str(&text, node) && fm_u256_from_text(out, fm_buf_span(&text));
	fm_buf_clear(&text);
	return ok;
}

bool fm_json_u256(struct fm_u256 *out, const struct fm_json *node)
{
	uint64_t small;

	if (is_string(node))
		return node->count ? decoded_u256(out, node)
				   : fm_u256_from_text(out, inner(node));
	if (!fm_json_u64(&small, node))
		return false;
	*out = fm_u256_from_u64(small);
	return true;
}

bool fm_json_absent(const struct fm_json *node)
{
	return !node || node->type == FM_JSON_NULL;
}

/* Columns count characters, so that an editor agrees. */
void fm_json_place(const char *start, const char *at, unsigned *line, unsigned *column)
{
	*line = 1;
	*column = 1;
	for (; start < at; start++) {
		if (*start == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)*start & 0xc0) != 0x80) {
			++*column;
		}
	}
}

void fm_json_where(struct fm_span text, const struct fm_json *node, unsigned *line,
		   unsigned *column)
{
	const char *start = text.ptr;

	if (text.len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0)
		start += 3;
	fm_json_place(start, node->src.ptr, line, column);
}
