/* SPDX-License-Identifier: MIT */
/* The JSON reader: what it accepts is well formed, lies inside the text, and can be written
 * again. The first byte decides whether a byte order mark may lead. */
#include <fuzz.h>

#include <fourmica/json.h>

#define OUT_MAX (1u << 22)

static void look(const struct fm_json *node, struct fm_span text)
{
	struct fm_buf out;
	struct fm_u256 u256;
	char small[16];
	uint64_t u64;
	bool yes;
	unsigned line = 0, column = 0;

	MUST(fuzz_inside(node->src, text) && node->src.len > 0);
	fm_json_where(text, node, &line, &column);
	MUST(line >= 1 && column >= 1 && line <= text.len + 1 && column <= text.len + 1);
	fm_buf_init(&out, OUT_MAX);
	MUST(fm_json_str(&out, node) == (node->type == FM_JSON_STRING));
	if (node->type == FM_JSON_STRING)
		MUST(out.len <= node->src.len);
	fm_buf_clear(&out);
	if (fm_json_cstr(small, sizeof(small), node))
		MUST(strlen(small) < sizeof(small) && fm_json_is(node, small));
	if (fm_json_u64(&u64, node))
		MUST(fm_json_u256(&u256, node) &&
		     fm_u256_cmp(&u256, &(struct fm_u256){ { u64 } }) == 0);
	if (fm_json_bool(&yes, node))
		MUST(node->type == (yes ? FM_JSON_TRUE : FM_JSON_FALSE));
	if (fm_json_has_control(node))
		MUST(node->type == FM_JSON_STRING);
}

static void copy(struct fm_jw *w, const struct fm_json *node, struct fm_span text,
		 unsigned depth)
{
	const struct fm_json *child;
	uint32_t seen = 0;

	MUST(depth <= FM_JSON_DEPTH);
	look(node, text);
	if (node->type != FM_JSON_ARRAY && node->type != FM_JSON_OBJECT) {
		MUST(!fm_json_first(node));
		fm_jw_raw(w, node->src);
		return;
	}
	(node->type == FM_JSON_ARRAY ? fm_jw_array : fm_jw_object)(w);
	for (child = fm_json_first(node); child; child = fm_json_next(node, child)) {
		if (node->type == FM_JSON_OBJECT) {
			struct fm_buf name;
			const struct fm_json *value = fm_json_next(node, child);

			MUST(child->type == FM_JSON_STRING && value);
			look(child, text);
			fm_buf_init(&name, OUT_MAX);
			MUST(fm_json_str(&name, child));
			if (!memchr(name.ptr, 0, name.len)) {
				MUST(fm_json_get(node, name.ptr) == value);
				fm_jw_key(w, name.ptr);
			} else {
				fm_jw_key(w, "with a NUL");
			}
			fm_buf_clear(&name);
			child = value;
		}
		copy(w, child, text, depth + 1);
		seen++;
	}
	MUST(seen == node->count);
	fm_jw_end(w, node->type == FM_JSON_ARRAY ? ']' : '}');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text = fuzz_span(data + (size > 0), size - (size > 0));
	struct fm_json *root = NULL;
	struct fm_err err;
	struct fm_buf out;
	struct fm_jw w;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_json_parse(&root, text, size > 0 && data[0] == 'b', &err);
	if (rc) {
		MUST(!root);
		fuzz_err_ok(rc, &err);
		return 0;
	}
	fm_buf_init(&out, OUT_MAX);
	fm_jw_init(&w, &out);
	copy(&w, root, text, 0);
	MUST(fm_buf_ok(&out));
	fm_json_free(&root);
	MUST(!root);
	/* Names with a NUL lost theirs above, so two of them may now be the same. */
	rc = fm_json_parse(&root, fm_buf_span(&out), false, &err);
	MUST(rc == FM_OK || strstr(out.ptr, "with a NUL"));
	fm_json_free(&root);
	fm_buf_clear(&out);
	return 0;
}
