/* SPDX-License-Identifier: MIT */
#include "credit/members.h"

#include "base/json.h"

bool fm_member_addr(struct fm_addr *out, const struct fm_json *node)
{
	char text[FM_ADDR_TEXT];
	if (!fm_json_cstr(text, sizeof(text), node))
		return false;
	return fm_hex_read(out->b, sizeof(out->b), fm_hex_strip(fm_span_of(text)));
}

bool fm_member_hash(struct fm_hash *out, const struct fm_json *node)
{
	return fm_json_hash(out, node);
}

bool fm_member_tag(struct fm_validation *out, const struct fm_json *node)
{
	out->tag_len = 0;
	if (fm_json_absent(node))
		return true;
	if (node->type != FM_JSON_STRING)
		return false;
	struct fm_json_bytes in = fm_json_bytes_of(node);
	for (int c = fm_json_byte(&in); c >= 0; c = fm_json_byte(&in)) {
		if (out->tag_len == sizeof(out->tag))
			return false;
		out->tag[out->tag_len++] = (char)c;
	}
	return true;
}

bool fm_member_u64(uint64_t *out, const struct fm_json *node)
{
	char text[FM_U256_DEC];
	struct fm_u256 value;
	if (fm_json_absent(node))
		return false;
	if (node->type == FM_JSON_NUMBER)
		return fm_json_u64(out, node);
	return fm_json_cstr(text, sizeof(text), node) &&
	       fm_u256_from_dec(&value, fm_span_of(text)) && fm_u256_to_u64(out, &value);
}

const struct fm_json *fm_member(const struct fm_json *object, const char *snake,
				const char *camel)
{
	const struct fm_json *node = fm_json_get(object, snake);
	if (fm_json_absent(node))
		node = fm_json_get(object, camel);
	return fm_json_absent(node) ? NULL : node;
}
