/* SPDX-License-Identifier: MIT */
/* The values of a typed-data document, read against their types. Recursion goes down one
 * JSON level a call: FM_JSON_DEPTH at most. */
#include <evm/typed.h>

#include <assert.h>
#include <string.h>

/* Without escapes the document itself is the text. */
static bool decoded(struct fm_typed_reader *r, struct fm_span *out,
		    const struct fm_json *node)
{
	struct fm_buf text;
	char *copy;

	if (!node->count) {
		*out = (struct fm_span){ node->src.ptr + 1, node->src.len - 2 };
		return true;
	}
	fm_buf_init(&text, node->src.len);
	copy = fm_json_str(&text, node) ? fm_arena_take(r->arena, text.len + 1, 1) : NULL;
	if (copy) {
		memcpy(copy, fm_buf_span(&text).ptr, text.len);
		*out = (struct fm_span){ copy, text.len };
	}
	fm_buf_clear(&text);
	return copy;
}

const char *fm_typed_text(struct fm_typed_reader *r, const struct fm_json *node)
{
	struct fm_span span;
	char *text;

	if (node->type != FM_JSON_STRING || !decoded(r, &span, node) ||
	    (span.len && memchr(span.ptr, '\0', span.len)))
		return NULL;
	text = fm_arena_take(r->arena, span.len + 1, 1);
	if (text)
		memcpy(text, span.ptr, span.len);
	return text;
}

static enum fm_code wrong(struct fm_typed_reader *r, const struct fm_json *node,
			  const struct fm_eip712_member *m, const char *rule)
{
	return fm_typed_fail(r, node, "'%.64s' must be %s of type %.48s",
			     m->name ? m->name : "element", rule, m->type_name);
}

/* The text of an integer, whichever way it is written; *neg says whether a minus was in
 * front. */
static bool signed_text(struct fm_typed_reader *r, struct fm_span *out, bool *neg,
			const struct fm_json *node)
{
	if (node->type == FM_JSON_NUMBER)
		*out = node->src;
	else if (node->type != FM_JSON_STRING || !decoded(r, out, node))
		return false;
	*neg = out->len && out->ptr[0] == '-';
	return true;
}

static struct fm_u256 negated(const struct fm_u256 *value)
{
	struct fm_u256 one = fm_u256_from_u64(1), out = {
		{~value->w[0], ~value->w[1], ~value->w[2], ~value->w[3]}
	};

	return fm_u256_add(&out, &out, &one) ? out : FM_U256_ZERO;
}

/* -2^(bits-1) to 2^(bits-1) - 1 in two's complement. */
static bool signed_integer(struct fm_typed_reader *r, struct fm_u256 *out,
			   const struct fm_eip712_member *m, const struct fm_json *node)
{
	struct fm_u256 limit = FM_U256_ZERO, value;
	struct fm_span text;
	bool neg;

	if (!signed_text(r, &text, &neg, node))
		return false;
	limit.w[(m->bits - 1) / 64] = UINT64_C(1) << (m->bits - 1) % 64;
	if (!neg) {
		*out = FM_U256_ZERO;
		return fm_json_u256(out, node) && fm_u256_cmp(out, &limit) < 0;
	}
	if (!fm_u256_from_dec(&value, (struct fm_span){ text.ptr + 1, text.len - 1 }) ||
	    fm_u256_is_zero(&value) || fm_u256_cmp(&value, &limit) > 0)
		return false;
	*out = negated(&value);
	return true;
}

static bool unsigned_integer(struct fm_u256 *out, const struct fm_eip712_member *m,
			     const struct fm_json *node)
{
	struct fm_u256 limit = FM_U256_ZERO;

	if (!fm_json_u256(out, node))
		return false;
	if (m->bits == 256)
		return true;
	limit.w[m->bits / 64] = UINT64_C(1) << m->bits % 64;
	return fm_u256_cmp(out, &limit) < 0;
}

static bool hex_span(struct fm_typed_reader *r, struct fm_span *digits,
		     const struct fm_json *node)
{
	struct fm_span text;

	if (node->type != FM_JSON_STRING || !decoded(r, &text, node))
		return false;
	*digits = fm_hex_strip(text);
	return digits->len != text.len && digits->len % 2 == 0;
}

static bool bytes(struct fm_typed_reader *r, struct fm_span *out,
		  const struct fm_json *node)
{
	struct fm_span digits;
	char *to;

	if (!hex_span(r, &digits, node))
		return false;
	to = fm_arena_take(r->arena, digits.len / 2 + 1, 1);
	if (!to || !fm_hex_read(to, digits.len / 2, digits))
		return false;
	*out = (struct fm_span){ to, digits.len / 2 };
	return true;
}

static enum fm_code address(struct fm_typed_reader *r, struct fm_addr *out,
			    const struct fm_eip712_member *m, const struct fm_json *node)
{
	enum fm_addr_case how;
	struct fm_span text;

	if (node->type != FM_JSON_STRING || !decoded(r, &text, node) ||
	    !fm_addr_parse(out, &how, text))
		return wrong(r, node, m, "a value");
	if (how == FM_ADDR_MISCASED)
		return wrong(r, node, m,
			     "a value with letters in the right case (EIP-55)");
	return FM_OK;
}

static enum fm_code scalar(struct fm_typed_reader *r, struct fm_eip712_value *out,
			   const struct fm_eip712_member *m, const struct fm_json *node)
{
	struct fm_span digits;
	bool ok = false;

	switch (m->kind) {
	case FM_T_UINT:
		ok = unsigned_integer(&out->u256, m, node);
		break;
	case FM_T_INT:
		ok = signed_integer(r, &out->u256, m, node);
		break;
	case FM_T_ADDRESS:
		return address(r, &out->address, m, node);
	case FM_T_BOOL:
		ok = fm_json_bool(&out->boolean, node);
		break;
	case FM_T_BYTESN:
		ok = hex_span(r, &digits, node) &&
		     fm_hex_read(out->hash.b, m->bits / 8, digits);
		break;
	case FM_T_BYTES:
		ok = bytes(r, &out->bytes, node);
		break;
	case FM_T_STRING:
		ok = node->type == FM_JSON_STRING && decoded(r, &out->bytes, node);
		break;
	case FM_T_STRUCT:
	case FM_T_ARRAY:
		break;
	}
	return ok ? FM_OK : wrong(r, node, m, "a value");
}

static enum fm_code value(struct fm_typed_reader *r, struct fm_eip712_value *out,
			  const struct fm_eip712_member *m, const struct fm_json *node);

/* The object's members in the order of the type; most documents have that order. */
enum fm_code fm_typed_struct(struct fm_typed_reader *r,
			     const struct fm_eip712_value **out,
			     const struct fm_eip712_type *type,
			     const struct fm_json *node)
{
	const struct fm_json *next = fm_json_first(node);
	struct fm_eip712_value *made;
	enum fm_code rc = FM_OK;

	assert(type);
	if (node->type != FM_JSON_OBJECT)
		return fm_typed_fail(r, node, "a %.64s must be an object", type->name);
	made = fm_arena_take(r->arena, type->count, sizeof(*made));
	if (!made)
		return fm_nomem(r->err);
	for (size_t i = 0; i < type->count && !rc; i++) {
		const char *name = type->members[i].name;
		bool in_order = next && fm_json_is(next, name);
		const struct fm_json *at = in_order ? next + 1 : fm_json_get(node, name);

		if (!at)
			return fm_typed_fail(r, node, "%.64s without its member '%.64s'",
					     type->name, name);
		rc = value(r, &made[i], &type->members[i], at);
		if (next)
			next = fm_json_next(node, next + 1);
	}
	/* Each member was found and no name comes twice, so one more is one too many. */
	if (!rc && node->count != type->count)
		rc = fm_typed_fail(r, node, "%.64s with a member its type does not have",
				   type->name);
	*out = made;
	return rc;
}

static enum fm_code array(struct fm_typed_reader *r, struct fm_eip712_value *out,
			  const struct fm_eip712_member *m, const struct fm_json *node)
{
	struct fm_eip712_value *made;
	const struct fm_json *at;
	enum fm_code rc = FM_OK;
	size_t i = 0;

	if (node->type != FM_JSON_ARRAY || (m->length >= 0 && node->count != m->length))
		return wrong(r, node, m, "a list");
	made = fm_arena_take(r->arena, node->count, sizeof(*made));
	if (!made)
		return fm_nomem(r->err);
	for (at = fm_json_first(node); at && !rc; at = fm_json_next(node, at))
		rc = value(r, &made[i++], m->element, at);
	out->items = made;
	out->count = node->count;
	return rc;
}

static enum fm_code value(struct fm_typed_reader *r, struct fm_eip712_value *out,
			  const struct fm_eip712_member *m, const struct fm_json *node)
{
	enum fm_code rc;

	if (m->kind == FM_T_ARRAY)
		return array(r, out, m, node);
	if (m->kind != FM_T_STRUCT)
		return scalar(r, out, m, node);
	rc = fm_typed_struct(r, &out->items, m->type, node);
	out->count = m->type->count;
	return rc;
}
