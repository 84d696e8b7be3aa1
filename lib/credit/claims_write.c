/* SPDX-License-Identifier: MIT */
/* Claims as they go over the wire, in the order and form of the SDK. 4mica.md, section 3.4. */
#include <fourmica/credit.h>

#include <assert.h>
#include <string.h>

/* The wire text is put together on the stack and appended once: growing a buffer piece by
 * piece would cost as much as the hashing. Everything but the tag has a fixed greatest length,
 * about 300 bytes for version 1 and 900 for version 2. */
struct text {
	char bytes[1536];
	size_t len;
};

static void put(struct text *text, const char *bytes, size_t len)
{
	assert(len <= sizeof(text->bytes) - text->len);
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
}

static void put_str(struct text *text, const char *words)
{
	put(text, words, strlen(words));
}

/* ,"name":"value" */
static void put_member(struct text *text, const char *name, const char *value)
{
	put_str(text, ",\"");
	put_str(text, name);
	put_str(text, "\":\"");
	put_str(text, value);
	put_str(text, "\"");
}

static void write_addr(struct text *text, const char *name, const struct fm_addr *addr)
{
	char value[FM_ADDR_TEXT];
	fm_addr_lower(value, addr);
	put_member(text, name, value);
}

static void write_u256(struct text *text, const char *name, const struct fm_u256 *number)
{
	char value[FM_U256_HEX];
	fm_u256_hex(value, number);
	put_member(text, name, value);
}

static void write_hash(struct text *text, const char *name, const struct fm_hash *hash)
{
	char value[FM_HASH_TEXT];
	fm_hash_text(value, hash);
	put_member(text, name, value);
}

static void write_u64(struct text *text, const char *name, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	put_str(text, ",\"");
	put_str(text, name);
	put_str(text, "\":");
	put(text, digits + at, sizeof(digits) - at);
}

static void write_validation(struct text *text, const struct fm_validation *v)
{
	write_addr(text, "validation_registry_address", &v->registry);
	write_hash(text, "validation_request_hash", &v->request_hash);
	write_u64(text, "validation_chain_id", v->chain_id);
	write_addr(text, "validator_address", &v->validator);
	write_u256(text, "validator_agent_id", &v->agent_id);
	write_u64(text, "min_validation_score", v->min_score);
	write_hash(text, "validation_subject_hash", &v->subject_hash);
	write_hash(text, "job_hash", &v->job_hash);
}

static void write_claims(struct text *text, const struct fm_claims *claims)
{
	put_str(text,
		claims->version == 2 ? "{\"version\":\"v2\"" : "{\"version\":\"v1\"");
	write_addr(text, "user_address", &claims->user);
	write_addr(text, "recipient_address", &claims->recipient);
	write_u256(text, "req_id", &claims->req_id);
	write_u256(text, "amount", &claims->amount);
	write_addr(text, "asset_address", &claims->asset);
	write_u64(text, "timestamp", claims->timestamp);
	if (claims->version == 2)
		write_validation(text, &claims->validation);
}

/* The tag is the one member whose length is the seller's choice. */
static void append_tag(struct fm_buf *out, const struct fm_validation *v)
{
	struct fm_jw w;
	fm_buf_str(out, ",\"required_validation_tag\":");
	fm_jw_init(&w, out);
	fm_jw_str(&w, (struct fm_span){ v->tag, v->tag_len });
}

void fm_claims_write(struct fm_buf *out, const struct fm_claims *claims)
{
	struct text text;
	text.len = 0;
	write_claims(&text, claims);
	fm_buf_add(out, text.bytes, text.len);
	if (claims->version == 2)
		append_tag(out, &claims->validation);
	fm_buf_chr(out, '}');
}

void fm_claims_payload(struct fm_buf *out, const struct fm_claims *claims,
		       const struct fm_sig *sig, bool eip191)
{
	char signature[FM_SIG_TEXT];
	struct text text;
	text.len = 0;
	put_str(&text, "{\"claims\":");
	write_claims(&text, claims);
	if (claims->version == 2) {
		fm_buf_add(out, text.bytes, text.len);
		append_tag(out, &claims->validation);
		text.len = 0;
	}
	fm_sig_text(signature, sig);
	put_str(&text, "}");
	put_member(&text, "signature", signature);
	put_member(&text, "scheme", eip191 ? "eip191" : "eip712");
	put_str(&text, "}");
	fm_buf_add(out, text.bytes, text.len);
}
