/* SPDX-License-Identifier: MIT */
/* Decoding a certificate's claims. 4mica.md, section 5.1. Nothing here believes it. */
#include <fourmica/credit.h>

#include "evm/abi.h"

#include <string.h>

#define WORD 32u
#define V1_INNER (9 * WORD)
#define TAB_INNER (10 * WORD) /* the tab generation's ten words */
#define TAG_OFFSET (18 * WORD)

static enum fm_code bad(struct fm_err *err, const char *words)
{
	return fm_fail(err, FM_E_CERT, "certificate: %s", words);
}

static enum fm_code tab_generation(struct fm_err *err)
{
	return bad(
		err,
		"ten words with a tab id and a total amount: this is the tab generation, "
		"which no cycle contains");
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* Words 0 to 8, the same in both versions. */
static enum fm_code read_common(struct fm_cert *out, struct fm_abi *in,
				struct fm_err *err)
{
	struct fm_claims *claims = &out->claims;
	uint64_t version;
	if (!fm_abi_hash(&out->domain, in) || !fm_abi_u256(&out->cycle_id, in) ||
	    !fm_abi_u256(&claims->req_id, in))
		return bad(err, "it ends before its request id");
	if (!fm_abi_addr(&claims->user, in))
		return bad(err, "the client is missing or no address");
	if (!fm_abi_addr(&claims->recipient, in))
		return bad(err, "the recipient is missing or no address");
	if (!fm_abi_u256(&claims->amount, in))
		return bad(err, "the amount is missing");
	if (!fm_abi_addr(&claims->asset, in))
		return bad(err, "the asset is missing or no address");
	if (!fm_abi_u64(&claims->timestamp, in))
		return bad(err, "the timestamp is missing or above 64 bits");
	if (!fm_abi_u64(&version, in))
		return bad(err, "the inner version is missing or above 64 bits");
	if (version != (uint64_t)out->version)
		return fm_fail(err, FM_E_CERT,
			       "certificate: inner version %llu, envelope version %d",
			       (unsigned long long)version, out->version);
	claims->version = out->version;
	return FM_OK;
}

static enum fm_code read_tag(struct fm_validation *v, struct fm_abi *in,
			     struct fm_err *err)
{
	struct fm_span tag;
	if (!fm_abi_offset(in, TAG_OFFSET))
		return bad(err, "the tag's offset is not 0x240");
	if (!fm_abi_bytes(&tag, in))
		return bad(err, "the tag runs past the end");
	if (tag.len > sizeof(v->tag))
		return fm_fail(err, FM_E_CERT,
			       "certificate: a tag of %zu bytes, at most %u are read",
			       tag.len, FM_TAG_MAX);
	const uint8_t *pad = (const uint8_t *)tag.ptr + tag.len;
	if (!all_zero(pad, (WORD - tag.len % WORD) % WORD))
		return bad(err, "the bytes behind the tag are not zero");
	if (tag.len)
		memcpy(v->tag, tag.ptr, tag.len);
	v->tag_len = tag.len;
	return FM_OK;
}

static enum fm_code read_validation(struct fm_validation *v, struct fm_abi *in,
				    struct fm_err *err)
{
	if (!fm_abi_addr(&v->registry, in))
		return bad(err, "the validation registry is missing or no address");
	if (!fm_abi_hash(&v->request_hash, in))
		return bad(err, "the validation request hash is missing");
	if (!fm_abi_u64(&v->chain_id, in))
		return bad(err, "the validation chain id is missing or above 64 bits");
	if (!fm_abi_addr(&v->validator, in))
		return bad(err, "the validator is missing or no address");
	if (!fm_abi_u256(&v->agent_id, in))
		return bad(err, "the validator's agent id is missing");
	if (!fm_abi_u8(&v->min_score, in))
		return bad(err, "the validation score is missing or above 255");
	if (!fm_abi_hash(&v->subject_hash, in) || !fm_abi_hash(&v->job_hash, in))
		return bad(err, "it ends before its job hash");
	return read_tag(v, in, err);
}

static enum fm_code decode_v1(struct fm_cert *out, struct fm_span inner,
			      struct fm_err *err)
{
	struct fm_abi in = fm_abi_of(inner);
	if (inner.len == TAB_INNER)
		return tab_generation(err);
	if (inner.len != V1_INNER)
		return fm_fail(err, FM_E_CERT,
			       "certificate: version 1 has %u bytes inside, this one %zu",
			       V1_INNER, inner.len);
	return read_common(out, &in, err);
}

/* V2 is a tuple behind its offset 0x20; the SDK also reads it without that offset. */
static enum fm_code decode_v2(struct fm_cert *out, struct fm_span inner, bool legacy,
			      struct fm_err *err)
{
	struct fm_abi in = fm_abi_of(inner);
	if (inner.len == TAB_INNER)
		return tab_generation(err);
	out->envelope = fm_abi_offset(&in, WORD);
	if (!out->envelope && !legacy)
		return bad(err, "version 2 does not start with its tuple's offset 0x20");
	enum fm_code rc = read_common(out, &in, err);
	if (!rc)
		rc = read_validation(&out->claims.validation, &in, err);
	if (!rc && in.at != in.len)
		rc = bad(err, "bytes behind the tag");
	return rc;
}

static enum fm_code decode_envelope(struct fm_cert *out, struct fm_span claims,
				    bool legacy, struct fm_err *err)
{
	struct fm_abi in = fm_abi_of(claims);
	struct fm_span inner;
	uint64_t version;
	if (!fm_abi_u64(&version, &in))
		return bad(err, "the envelope's version is missing or above 64 bits");
	if (!fm_abi_offset(&in, 2 * WORD))
		return bad(err, "the envelope's offset is not 0x40");
	if (!fm_abi_bytes(&inner, &in))
		return bad(err, "what the envelope holds runs past its end");
	if (in.at != in.len)
		return bad(err, "bytes behind the envelope");
	if (version != 1 && version != 2)
		return fm_fail(err, FM_E_CERT,
			       "certificate: version %llu is neither 1 nor 2",
			       (unsigned long long)version);
	/* Whole words are inside, so there is no padding to judge; a length that is none fails
	 * in the versions below. */
	out->version = (int)version;
	out->envelope = true;
	return version == 1 ? decode_v1(out, inner, err)
			    : decode_v2(out, inner, legacy, err);
}

enum fm_code fm_cert_decode(struct fm_cert *out, struct fm_span claims, bool legacy,
			    struct fm_err *err)
{
	struct fm_cert read = { .version = 1 };
	enum fm_code rc;
	if (claims.len > FM_CERT_MAX)
		return fm_fail(err, FM_E_CERT,
			       "certificate: %zu bytes, at most %u are read", claims.len,
			       FM_CERT_MAX);
	if (claims.len == TAB_INNER)
		return tab_generation(err);
	if (claims.len == V1_INNER && legacy)
		rc = decode_v1(&read, claims, err);
	else if (claims.len == V1_INNER)
		rc = bad(err, "a bare version 1 without its envelope, a legacy form");
	else
		rc = decode_envelope(&read, claims, legacy, err);
	if (!rc)
		*out = read;
	return rc;
}
