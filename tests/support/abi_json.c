/* SPDX-License-Identifier: MIT */
#include "abi_json.h"

/** Values on their way out of JSON, and the types that are still to come. */
struct reading {
	struct vectors *v;
	struct fm_abi_value *out;
	size_t count;
	struct fm_span types;
};

static bool read_array(struct fm_abi_value *out, struct vectors *v, struct fm_span item,
		       const struct fm_json *list)
{
	struct fm_abi_value values[ABI_JSON_MAX];
	const struct fm_json *at;
	struct fm_buf words;
	size_t count;
	bool good = list->type == FM_JSON_ARRAY;

	fm_buf_init(&words, 1u << 20);
	for (at = fm_json_first(list); at && good; at = fm_json_next(list, at)) {
		good = abi_json_answer(values, &count, v, item, at) &&
		       fm_abi_encode(&words, item, values, count);
		out->count++;
	}
	if (good)
		out->hashes = (const struct fm_hash *)(const void *)vector_keep(
				      v, words.ptr, words.len)
				      .ptr;
	fm_buf_clear(&words);
	return good;
}

static bool read_value(struct fm_abi_value *out, struct vectors *v,
		       const struct fm_abi_type *type, const struct fm_json *node)
{
	bool flag;

	*out = (struct fm_abi_value){ .kind = type->kind };
	switch (type->kind) {
	case FM_ABI_UINT:
		return fm_json_u256(&out->u, node);
	case FM_ABI_BOOL:
		if (!fm_json_bool(&flag, node))
			return false;
		*out = fm_abi_of_bool(flag);
		return true;
	case FM_ABI_ADDR:
		return fm_addr_parse(&out->addr, NULL, vector_need(v, node, ""));
	case FM_ABI_HASH:
		return fm_hash_parse(&out->hash, vector_need(v, node, ""));
	case FM_ABI_BYTES:
		out->bytes = vector_hex(v, node, "");
		return true;
	case FM_ABI_STRING:
		out->bytes = vector_need(v, node, "");
		return true;
	case FM_ABI_ARRAY:
		return read_array(out, v, type->item, node);
	}
	return false;
}

static bool read_node(struct reading *r, const struct fm_json *node);

static bool read_children(struct reading *r, const struct fm_json *node)
{
	const struct fm_json *at;

	for (at = fm_json_first(node); at; at = fm_json_next(node, at)) {
		if (node->type == FM_JSON_OBJECT)
			at++; /* from the name to the value */
		if (!read_node(r, at))
			return false;
	}
	return true;
}

/** A value of the next type, or a tuple of several. */
static bool read_node(struct reading *r, const struct fm_json *node)
{
	struct fm_span ahead = r->types;
	struct fm_abi_type type;

	if (!fm_abi_next(&type, &ahead) || r->count == ABI_JSON_MAX)
		return false;
	if (node->type == FM_JSON_OBJECT ||
	    (node->type == FM_JSON_ARRAY && type.kind != FM_ABI_ARRAY))
		return read_children(r, node);
	r->types = ahead;
	return read_value(&r->out[r->count++], r->v, &type, node);
}

bool abi_json_args(struct fm_abi_value out[static ABI_JSON_MAX], size_t *count,
		   struct vectors *v, struct fm_span types, const struct fm_json *list)
{
	struct reading r = { v, out, 0, types };
	bool good = read_children(&r, list);

	*count = r.count;
	return good && !fm_abi_count(r.types);
}

bool abi_json_answer(struct fm_abi_value out[static ABI_JSON_MAX], size_t *count,
		     struct vectors *v, struct fm_span types, const struct fm_json *node)
{
	struct reading r = { v, out, 0, types };
	bool good = read_node(&r, node);

	*count = r.count;
	return good && !fm_abi_count(r.types);
}
