/* SPDX-License-Identifier: MIT */
/** Members of the kinds every document of this program has. */
#include <fourmica/json.h>

bool fm_json_addr(struct fm_addr *out, const struct fm_json *node)
{
	char text[FM_ADDR_TEXT];

	return fm_json_cstr(text, sizeof(text), node) &&
	       fm_addr_parse(out, NULL, fm_span_of(text));
}

bool fm_json_hash(struct fm_hash *out, const struct fm_json *node)
{
	char text[FM_HASH_TEXT];

	return fm_json_cstr(text, sizeof(text), node) &&
	       fm_hash_parse(out, fm_span_of(text));
}

void fm_jw_named_str(struct fm_jw *w, const char *name, const char *text)
{
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

void fm_jw_named_addr(struct fm_jw *w, const char *name, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, addr);
	fm_jw_named_str(w, name, text);
}

void fm_jw_named_hash(struct fm_jw *w, const char *name, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	fm_jw_named_str(w, name, text);
}

void fm_jw_named_u256(struct fm_jw *w, const char *name, const struct fm_u256 *value)
{
	char text[FM_U256_DEC];

	fm_u256_dec(text, value);
	fm_jw_named_str(w, name, text);
}

void fm_jw_named_hex(struct fm_jw *w, const char *name, struct fm_span bytes)
{
	struct fm_buf text;

	fm_jw_key(w, name);
	if (bytes.len == 0) {
		fm_jw_null(w);
		return;
	}
	fm_buf_init(&text, 2 * bytes.len + 2);
	fm_buf_str(&text, "0x");
	char *digits = fm_buf_grow(&text, 2 * bytes.len);
	if (digits) {
		fm_hex_write(digits, bytes.ptr, bytes.len);
		fm_jw_str(w, fm_buf_span(&text));
	} else {
		w->buf->failed = true;
	}
	fm_buf_clear(&text);
}
