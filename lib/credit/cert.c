/* SPDX-License-Identifier: MIT */
/* A certificate's claims: bytes to values and back. 4mica.md, section 5.1. Nothing here
 * believes them.
 *
 * Reading is as forgiving as an ABI decoder is: it takes the low bytes of a narrow
 * value. Then what was read is encoded again and must give the bytes that came, so
 * that no two texts mean the same certificate. */
#include "credit/cert.h"
#include "credit/words.h"

#include <assert.h>

#define WORD FM_WORD
#define COMMON 9u /* words of version 1, the first of version 2 */
#define HEAD 18u  /* words of version 2 before the tag */
#define V1_INNER (COMMON * WORD)
#define TAB_INNER ((COMMON + 1) * WORD) /* the tab generation's ten words */
#define ENVELOPE (3 * WORD)		/* version, offset, length */
#define SHORTEST (2 * WORD)		/* less has no envelope at all */

struct reading {
	struct fm_cert cert;
	uint64_t outer, inner; /* versions: the envelope's, the claims' own */
};

/* ---- words ---- */

static const uint8_t *word_at(struct fm_span bytes, size_t index)
{
	return (const uint8_t *)bytes.ptr + index * WORD;
}

static struct fm_span behind(struct fm_span bytes, size_t len)
{
	return (struct fm_span){ bytes.ptr + len, bytes.len - len };
}

static uint64_t low_u64(const uint8_t *word)
{
	return fm_u256_from_be(word).w[0];
}

static struct fm_addr low_addr(const uint8_t *word)
{
	struct fm_addr addr;
	memcpy(addr.b, word + WORD - sizeof(addr.b), sizeof(addr.b));
	return addr;
}

static struct fm_hash whole_hash(const uint8_t *word)
{
	struct fm_hash hash;
	memcpy(hash.b, word, sizeof(hash.b));
	return hash;
}

/* A position or a length: false when it does not fit into `len` bytes. */
static bool fits(size_t *out, const uint8_t *word, size_t len)
{
	struct fm_u256 wide = fm_u256_from_be(word);
	uint64_t value;
	if (!fm_u256_to_u64(&value, &wide) || value > len)
		return false;
	*out = (size_t)value;
	return true;
}

/* What stands at an offset must lie inside; and there is one place for it. An offset
 * that leads elsewhere inside is not followed: wherever it leads, the encoding is not
 * the one there is. */
static enum fm_cert_rule check_offset(struct fm_span bytes, size_t index, size_t place,
				      const char *what, struct fm_err *err)
{
	const uint8_t *word = word_at(bytes, index);
	struct fm_u256 wide = fm_u256_from_be(word);
	char text[FM_U256_HEX];
	size_t offset;

	fm_u256_hex(text, &wide);
	if (!fits(&offset, word, bytes.len - WORD))
		return fm_cert_refuse(err, FM_CERT_ABI,
				      "the offset of the %s is %s, which is past the end",
				      what, text);
	if (offset != place)
		return fm_cert_refuse(err, FM_CERT_CANONICAL,
				      "the offset of the %s is %s, its place is 0x%zx",
				      what, text, place);
	return FM_CERT_VERIFIED;
}

/* Length and bytes at a place that check_offset approved. Padding is not judged here. */
static enum fm_cert_rule read_bytes(struct fm_span *out, struct fm_span bytes,
				    size_t place, const char *what, struct fm_err *err)
{
	struct fm_span at = behind(bytes, place);
	struct fm_u256 wide = fm_u256_from_be(word_at(at, 0));
	char text[FM_U256_HEX];
	size_t len;

	if (!fits(&len, word_at(at, 0), at.len - WORD)) {
		fm_u256_hex(text, &wide);
		return fm_cert_refuse(err, FM_CERT_ABI,
				      "the %s claims %s bytes and %zu are left", what,
				      text, at.len - WORD);
	}
	*out = (struct fm_span){ at.ptr + WORD, len };
	return FM_CERT_VERIFIED;
}

/* ---- reading ---- */

/* Words 0 to 8, the same in both versions. */
static void read_common(struct reading *r, struct fm_span bytes)
{
	struct fm_claims *claims = &r->cert.claims;

	r->cert.version = claims->version = (int)r->outer;
	r->cert.domain = whole_hash(word_at(bytes, 0));
	r->cert.cycle_id = fm_u256_from_be(word_at(bytes, 1));
	claims->req_id = fm_u256_from_be(word_at(bytes, 2));
	claims->user = low_addr(word_at(bytes, 3));
	claims->recipient = low_addr(word_at(bytes, 4));
	claims->amount = fm_u256_from_be(word_at(bytes, 5));
	claims->asset = low_addr(word_at(bytes, 6));
	claims->timestamp = low_u64(word_at(bytes, 7));
	r->inner = low_u64(word_at(bytes, 8));
}

/* Words 9 to 16, then the tag behind word 17. */
static enum fm_cert_rule read_validation(struct fm_validation *v, struct fm_span tuple,
					 struct fm_err *err)
{
	struct fm_span tag = { 0 };

	v->registry = low_addr(word_at(tuple, 9));
	v->request_hash = whole_hash(word_at(tuple, 10));
	v->chain_id = low_u64(word_at(tuple, 11));
	v->validator = low_addr(word_at(tuple, 12));
	v->agent_id = fm_u256_from_be(word_at(tuple, 13));
	v->min_score = (uint8_t)low_u64(word_at(tuple, 14));
	v->subject_hash = whole_hash(word_at(tuple, 15));
	v->job_hash = whole_hash(word_at(tuple, 16));
	enum fm_cert_rule rule = check_offset(tuple, HEAD - 1, HEAD * WORD, "tag", err);
	if (!rule)
		rule = read_bytes(&tag, tuple, HEAD * WORD, "tag", err);
	if (rule)
		return rule;
	if (tag.len > sizeof(v->tag))
		return fm_cert_refuse(err, FM_CERT_LENGTH,
				      "the tag has %zu bytes, the longest has %u",
				      tag.len, FM_TAG_MAX);
	if (tag.len)
		memcpy(v->tag, tag.ptr, tag.len);
	v->tag_len = tag.len;
	return FM_CERT_VERIFIED;
}

/* Version 2 without its tuple's offset starts with the domain, which as an offset
 * leads nowhere. */
static bool is_flat_v2(struct fm_span inner)
{
	size_t offset;
	return inner.len >= COMMON * WORD &&
	       !fits(&offset, word_at(inner, 0), inner.len) &&
	       low_u64(word_at(inner, 8)) == 2;
}

static enum fm_cert_rule legacy_form(struct fm_err *err, const char *what)
{
	enum fm_cert_rule rule = fm_cert_refuse(
		err, FM_CERT_ABI, "version %s, a legacy form that Core refuses", what);
	fm_hint(err, "--legacy takes it");
	return rule;
}

static enum fm_cert_rule read_v2(struct reading *r, struct fm_span inner, bool legacy,
				 struct fm_err *err)
{
	struct fm_span tuple = inner;
	bool flat = is_flat_v2(inner);
	size_t least = (HEAD + 1 + !flat) * WORD;

	if (flat && !legacy)
		return legacy_form(err, "2 without its tuple's offset");
	if (inner.len < least)
		return fm_cert_refuse(err, FM_CERT_ABI,
				      "version 2 holds at least %zu bytes, this one %zu",
				      least, inner.len);
	if (!flat) {
		enum fm_cert_rule rule = check_offset(inner, 0, WORD, "tuple", err);
		if (rule)
			return rule;
		tuple = behind(inner, WORD);
	}
	r->cert.envelope = !flat;
	read_common(r, tuple);
	return read_validation(&r->cert.claims.validation, tuple, err);
}

/* ---- forms ---- */

/* Ten words as the tab generation has them: a tab id for the cycle, a total behind the
 * amount, so that everything from the asset on, in version 2 to the tag's offset,
 * stands a word later. */
static bool is_tab_v2(struct fm_span inner)
{
	return inner.len >= (HEAD + 3) * WORD && low_u64(word_at(inner, 0)) == WORD &&
	       low_u64(word_at(inner, 1 + COMMON)) == 2 &&
	       low_u64(word_at(inner, 1 + HEAD)) == (HEAD + 1) * WORD;
}

static enum fm_cert_rule tab_generation(struct fm_err *err)
{
	return fm_cert_refuse(
		err, FM_CERT_VERSION,
		"ten words with a tab id and a total amount: this is the tab generation, "
		"which no cycle contains");
}

/* What cannot be decoded by its version's layout at all. */
static enum fm_cert_rule check_layout(uint64_t version, struct fm_span inner,
				      struct fm_err *err)
{
	if (inner.len == TAB_INNER || (version == 2 && is_tab_v2(inner)))
		return tab_generation(err);
	if (version != 1 && version != 2)
		return fm_cert_refuse(err, FM_CERT_VERSION,
				      "version %llu is neither 1 nor 2",
				      (unsigned long long)version);
	if (version == 1 && inner.len != V1_INNER)
		return fm_cert_refuse(err, FM_CERT_VERSION,
				      "version 1 has %u bytes inside, this one %zu",
				      V1_INNER, inner.len);
	if (version == 2 && inner.len == V1_INNER)
		return fm_cert_refuse(
			err, FM_CERT_VERSION,
			"the envelope says version 2, inside are the nine words of 1");
	return FM_CERT_VERIFIED;
}

static enum fm_cert_rule read_envelope(struct reading *r, struct fm_span claims,
				       bool legacy, struct fm_err *err)
{
	struct fm_span inner = { 0 };
	enum fm_cert_rule rule = check_offset(claims, 1, 2 * WORD, "inner bytes", err);

	if (!rule)
		rule = read_bytes(&inner, claims, 2 * WORD, "inner part", err);
	if (rule)
		return rule;
	r->outer = low_u64(word_at(claims, 0));
	rule = check_layout(r->outer, inner, err);
	if (rule)
		return rule;
	if (r->outer == 2)
		return read_v2(r, inner, legacy, err);
	r->cert.envelope = true;
	read_common(r, inner);
	return FM_CERT_VERIFIED;
}

static bool states_version(struct fm_span claims, size_t len, uint64_t version)
{
	return claims.len == len && low_u64(word_at(claims, len / WORD - 1)) == version;
}

static enum fm_cert_rule read_any(struct reading *r, struct fm_span claims, bool legacy,
				  struct fm_err *err)
{
	if (claims.len < SHORTEST || claims.len > FM_CERT_LONGEST)
		return fm_cert_refuse(err, FM_CERT_LENGTH,
				      "the claims have %zu bytes, %s %u", claims.len,
				      claims.len < SHORTEST
					      ? "the envelope's head alone has"
					      : "the longest certificate has",
				      claims.len < SHORTEST ? SHORTEST : FM_CERT_LONGEST);
	if (states_version(claims, TAB_INNER, 1))
		return tab_generation(err);
	if (!states_version(claims, V1_INNER, 1))
		return read_envelope(r, claims, legacy, err);
	if (!legacy)
		return legacy_form(err, "1 without its envelope");
	r->outer = 1;
	read_common(r, claims);
	return FM_CERT_VERIFIED;
}

/* ---- writing ---- */

static uint8_t *put_common(uint8_t *at, const struct fm_cert *cert, uint64_t version)
{
	const struct fm_claims *claims = &cert->claims;

	at = fm_word_hash(at, &cert->domain);
	at = fm_word_u256(at, &cert->cycle_id);
	at = fm_word_u256(at, &claims->req_id);
	at = fm_word_addr(at, &claims->user);
	at = fm_word_addr(at, &claims->recipient);
	at = fm_word_u256(at, &claims->amount);
	at = fm_word_addr(at, &claims->asset);
	at = fm_word_u64(at, claims->timestamp);
	return fm_word_u64(at, version);
}

static uint8_t *put_validation(uint8_t *at, const struct fm_validation *v)
{
	at = fm_word_addr(at, &v->registry);
	at = fm_word_hash(at, &v->request_hash);
	at = fm_word_u64(at, v->chain_id);
	at = fm_word_addr(at, &v->validator);
	at = fm_word_u256(at, &v->agent_id);
	at = fm_word_u64(at, v->min_score);
	at = fm_word_hash(at, &v->subject_hash);
	at = fm_word_hash(at, &v->job_hash);
	at = fm_word_u64(at, HEAD * WORD);
	at = fm_word_u64(at, v->tag_len);
	return fm_word_bytes(at, v->tag, v->tag_len);
}

/* `version` is the claims' own, which need not be the envelope's until that was
 * checked. */
static size_t encode(uint8_t out[static FM_CERT_LONGEST], const struct fm_cert *cert,
		     uint64_t version)
{
	bool v2 = cert->version == 2;
	uint8_t *inner = out + ENVELOPE, *at = inner;

	if (!v2 && !cert->envelope)
		return (size_t)(put_common(out, cert, version) - out);
	if (v2 && cert->envelope)
		at = fm_word_u64(at, WORD);
	at = put_common(at, cert, version);
	if (v2)
		at = put_validation(at, &cert->claims.validation);
	fm_word_u64(out, (uint64_t)cert->version);
	fm_word_u64(out + WORD, 2 * WORD);
	fm_word_u64(out + 2 * WORD, (uint64_t)(at - inner));
	return (size_t)(at - out);
}

void fm_cert_encode(struct fm_buf *out, const struct fm_cert *cert)
{
	uint8_t bytes[FM_CERT_LONGEST];

	assert(cert->version == 1 || cert->version == 2);
	assert(cert->claims.validation.tag_len <= FM_TAG_MAX);
	fm_buf_add(out, bytes, encode(bytes, cert, (uint64_t)cert->version));
}

/* ---- both ---- */

static enum fm_cert_rule check_canonical(const struct reading *r, struct fm_span claims,
					 struct fm_err *err)
{
	uint8_t again[FM_CERT_LONGEST];
	const uint8_t *came = (const uint8_t *)claims.ptr;
	size_t len = encode(again, &r->cert, r->inner), at = 0;

	while (at < len && at < claims.len && came[at] == again[at])
		at++;
	if (at == len && at == claims.len)
		return FM_CERT_VERIFIED;
	if (at == len || at == claims.len)
		return fm_cert_refuse(
			err, FM_CERT_CANONICAL,
			"the claims have %zu bytes, encoded again they have %zu",
			claims.len, len);
	return fm_cert_refuse(err, FM_CERT_CANONICAL,
			      "byte %zu of the claims is 0x%02x, encoded again 0x%02x",
			      at, came[at], again[at]);
}

enum fm_cert_rule fm_cert_read(struct fm_cert *out, struct fm_span claims, bool legacy,
			       struct fm_err *err)
{
	struct reading r = { 0 };
	enum fm_cert_rule rule = read_any(&r, claims, legacy, err);

	if (!rule)
		rule = check_canonical(&r, claims, err);
	if (!rule && r.inner != r.outer)
		rule = fm_cert_refuse(err, FM_CERT_VERSION,
				      "inner version %llu, envelope version %llu",
				      (unsigned long long)r.inner,
				      (unsigned long long)r.outer);
	if (!rule)
		*out = r.cert;
	return rule;
}

enum fm_code fm_cert_decode(struct fm_cert *out, struct fm_span claims, bool legacy,
			    struct fm_err *err)
{
	return fm_cert_rule_code(fm_cert_read(out, claims, legacy, err));
}
