/* SPDX-License-Identifier: MIT */
/* Payment headers: what carries them, and the envelope around a scheme's payload. */
#include "x402/header.h"
#include "x402/scheme.h"

#include <fourmica/http.h>

#include <string.h>

static bool same(struct fm_span a, struct fm_span b)
{
	return a.len == b.len && (!a.len || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static enum fm_carried find_one(struct fm_span *value, struct fm_span head,
				const char *name)
{
	struct fm_span next;
	size_t at = 0;
	if (!fm_head_next(value, &at, head, name))
		return FM_CARRIED_NOT;
	bool too_long = value->len > FM_X402_HEADER_MAX;
	bool differs = false;
	while (fm_head_next(&next, &at, head, name)) {
		too_long = too_long || next.len > FM_X402_HEADER_MAX;
		differs = differs || !same(*value, next);
	}
	if (too_long)
		return FM_CARRIED_TOO_LONG;
	return differs ? FM_CARRIED_DIFFERS : FM_CARRIED_ONE;
}

enum fm_carried fm_carried_find(struct fm_span *value, struct fm_span head,
				const char *name, const char *fallback)
{
	enum fm_carried found = find_one(value, head, name);
	return found == FM_CARRIED_NOT ? find_one(value, head, fallback) : found;
}

static struct fm_span trim(struct fm_span text)
{
	while (text.len && (text.ptr[0] == ' ' || text.ptr[0] == '\t')) {
		text.ptr++;
		text.len--;
	}
	while (text.len &&
	       (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

bool fm_carried_json(struct fm_buf *json, struct fm_span value)
{
	value = trim(value);
	if (!value.len || value.len > FM_X402_HEADER_MAX)
		return false;
	if (value.ptr[0] == '{')
		return fm_buf_add(json, value.ptr, value.len);
	return fm_base64_read(json, value);
}

/* Cut at `size` without leaving half a UTF-8 character. */
static void copy_cut(char *out, size_t size, struct fm_span text)
{
	size_t len = text.len;
	if (len >= size) {
		len = size - 1;
		while (len && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
			len--;
	}
	if (len)
		memcpy(out, text.ptr, len);
	out[len] = '\0';
}

void fm_node_show(char *out, size_t size, const struct fm_json *node)
{
	struct fm_buf plain, shown;
	out[0] = '\0';
	if (fm_json_absent(node))
		return;
	/* Decoding never makes a string longer, so the source's length is cap enough. */
	fm_buf_init(&plain, node->src.len + 1);
	fm_buf_init(&shown, 16 * size + 64);
	struct fm_span text = node->src;
	if (node->type == FM_JSON_STRING) {
		if (!fm_json_str(&plain, node))
			goto out;
		text = fm_buf_span(&plain);
	}
	if (fm_text_escape(&shown, text, size))
		copy_cut(out, size, fm_buf_span(&shown));
out:
	fm_buf_clear(&plain);
	fm_buf_clear(&shown);
}

void fm_reason_show(char *out, size_t size, const struct fm_json *object)
{
	static const char *const names[] = { "errorReason",  "error",
					     "message",	     "invalidReason",
					     "errorMessage", "invalidMessage" };
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && !out[0]; i++)
		fm_node_show(out, size, fm_json_get(object, names[i]));
}

const char *fm_payment_header_name(const struct fm_challenge *challenge)
{
	return challenge->version == 1 ? "X-PAYMENT" : "PAYMENT-SIGNATURE";
}

static void member(struct fm_buf *out, const char *name, struct fm_span json)
{
	fm_buf_chr(out, ',');
	fm_buf_chr(out, '"');
	fm_buf_str(out, name);
	fm_buf_str(out, "\":");
	fm_buf_add(out, json.ptr, json.len);
}

/* Scheme and network in the seller's own bytes: facilitators compare the text. */
static void envelope_v1(struct fm_buf *out, const struct fm_offer *offer,
			struct fm_span payload)
{
	fm_buf_str(out, "{\"x402Version\":1");
	member(out, "scheme", fm_json_get(offer->src, "scheme")->src);
	member(out, "network", fm_json_get(offer->src, "network")->src);
	member(out, "payload", payload);
	fm_buf_chr(out, '}');
}

/* Two orders are in use: @x402 writes the payload first, 4Mica's SDK the accepted offer. Any
 * order is right; ours follows the scheme's own client, so that bytes can be compared. */
static void envelope_v2(struct fm_buf *out, const struct fm_challenge *challenge,
			const struct fm_offer *offer, struct fm_span payload,
			bool extensions)
{
	bool accepted_first = offer->scheme && offer->scheme->accepted_first;
	fm_buf_str(out, "{\"x402Version\":2");
	if (accepted_first)
		member(out, "accepted", offer->src->src);
	member(out, "payload", payload);
	if (extensions && !accepted_first)
		member(out, "extensions", challenge->extensions->src);
	if (challenge->resource)
		member(out, "resource", challenge->resource->src);
	if (extensions && accepted_first)
		member(out, "extensions", challenge->extensions->src);
	if (!accepted_first)
		member(out, "accepted", offer->src->src);
	fm_buf_chr(out, '}');
}

/* Bytes that `,"name":` adds around a value. */
static size_t member_len(const char *name, struct fm_span json)
{
	return strlen(name) + 4 + json.len;
}

/* Would the header still fit with the extensions in it? Servers commonly stop at 8 to 16 KiB;
 * the protocol page (section 6) lets a buyer leave extensions out. */
static bool extensions_fit(const struct fm_challenge *challenge,
			   const struct fm_offer *offer, struct fm_span payload)
{
	if (!challenge->extensions)
		return false;
	size_t len = strlen("{\"x402Version\":2}") + member_len("payload", payload) +
		     member_len("accepted", offer->src->src) +
		     member_len("extensions", challenge->extensions->src);
	if (challenge->resource)
		len += member_len("resource", challenge->resource->src);
	return (len + 2) / 3 * 4 <= FM_X402_PAYMENT_MAX;
}

enum fm_code fm_payment_json(struct fm_buf *out, const struct fm_challenge *challenge,
			     const struct fm_offer *offer, struct fm_span payload,
			     struct fm_err *err)
{
	if (challenge->version == 1)
		envelope_v1(out, offer, payload);
	else
		envelope_v2(out, challenge, offer, payload,
			    extensions_fit(challenge, offer, payload));
	return fm_buf_ok(out) ? FM_OK : fm_nomem(err);
}
