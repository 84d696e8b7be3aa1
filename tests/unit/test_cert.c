/* SPDX-License-Identifier: MIT */
/* Bounds of the certificate decoder, and the small values of certificates; known
 * answers are in vec_certificates. 4mica.md, section 5.1. */
#include <evm/abi.h>
#include <fourmica/cert.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fm_cert cert;
static struct fm_err err;

static void put_common(struct fm_buf *out, unsigned version)
{
	struct fm_addr addr = { { 9 } };
	struct fm_hash domain;
	memset(domain.b, 0xd0, sizeof(domain.b));
	fm_abi_put_hash(out, &domain);
	fm_abi_put_u64(out, 0xC1);
	fm_abi_put_u64(out, 7);
	fm_abi_put_addr(out, &addr);
	fm_abi_put_addr(out, &addr);
	fm_abi_put_u64(out, 1500000);
	fm_abi_put_addr(out, &addr);
	fm_abi_put_u64(out, 1782122400);
	fm_abi_put_u64(out, version);
}

static void put_policy(struct fm_buf *out, const char *tag, size_t len)
{
	struct fm_addr addr = { { 9 } };
	fm_abi_put_addr(out, &addr);
	fm_abi_put_u64(out, 1);
	fm_abi_put_u64(out, 84532);
	fm_abi_put_addr(out, &addr);
	fm_abi_put_u64(out, 42);
	fm_abi_put_u64(out, 80);
	fm_abi_put_u64(out, 2);
	fm_abi_put_u64(out, 3);
	fm_abi_put_u64(out, 0x240);
	fm_abi_put_bytes(out, (struct fm_span){ tag, len });
}

static void wrap(struct fm_buf *out, unsigned version, const struct fm_buf *inner)
{
	fm_buf_init(out, 1u << 16);
	fm_abi_put_u64(out, version);
	fm_abi_put_u64(out, 0x40);
	fm_abi_put_bytes(out, fm_buf_span(inner));
}

static void make_v1(struct fm_buf *out)
{
	struct fm_buf inner;
	fm_buf_init(&inner, 1u << 16);
	put_common(&inner, 1);
	wrap(out, 1, &inner);
	fm_buf_clear(&inner);
}

static void make_v2(struct fm_buf *out, const char *tag, size_t len, bool offset)
{
	struct fm_buf inner;
	fm_buf_init(&inner, 1u << 16);
	if (offset)
		fm_abi_put_u64(&inner, 32);
	put_common(&inner, 2);
	put_policy(&inner, tag, len);
	wrap(out, 2, &inner);
	fm_buf_clear(&inner);
}

static enum fm_code decode(const struct fm_buf *bytes, size_t len, bool legacy)
{
	/* its own allocation, so that reading past the end is seen */
	char *copy = malloc(len ? len : 1);
	assert_non_null(copy);
	if (len)
		memcpy(copy, bytes->ptr, len);
	fm_err_init(&err);
	memset(&cert, 0, sizeof(cert));
	enum fm_code rc =
		fm_cert_decode(&cert, (struct fm_span){ copy, len }, legacy, &err);
	free(copy);
	assert_true(rc == FM_OK || rc == FM_E_CERT);
	assert_int_equal(rc != FM_OK, cert.version == 0);
	assert_int_equal(rc, err.code);
	assert_int_equal(rc != FM_OK, err.rule[0] != 0);
	return rc;
}

/* It decodes, and encoded again it is what it was. */
static void expect_good(const struct fm_buf *bytes, bool legacy)
{
	struct fm_buf again;
	assert_int_equal(decode(bytes, bytes->len, legacy), FM_OK);
	fm_buf_init(&again, FM_CERT_MAX);
	fm_cert_encode(&again, &cert);
	assert_int_equal(again.len, bytes->len);
	assert_memory_equal(again.ptr, bytes->ptr, again.len);
	fm_buf_clear(&again);
}

static void expect_bad(const struct fm_buf *bytes, size_t len, bool legacy,
		       const char *rule, const char *words)
{
	assert_int_equal(decode(bytes, len, legacy), FM_E_CERT);
	assert_string_equal(err.rule, rule);
	if (!strstr(err.msg, words))
		fail_msg("'%s' does not say '%s'", err.msg, words);
}

static void set_word(struct fm_buf *bytes, size_t index, uint64_t value)
{
	struct fm_u256 wide = fm_u256_from_u64(value);
	fm_u256_to_be((uint8_t *)bytes->ptr + 32 * index, &wide);
}

static void test_good(void **state)
{
	(void)state;
	struct fm_buf bytes;
	make_v1(&bytes);
	assert_int_equal(bytes.len, 384);
	expect_good(&bytes, false);
	assert_true(cert.envelope);
	assert_int_equal(cert.version, 1);
	assert_int_equal(cert.domain.b[31], 0xd0);
	assert_int_equal(cert.cycle_id.w[0], 0xc1);
	assert_int_equal(cert.claims.version, 1);
	assert_int_equal(cert.claims.user.b[0], 9);
	assert_int_equal(cert.claims.timestamp, 1782122400);
	fm_buf_clear(&bytes);
	make_v2(&bytes, "hard-finality", 13, true);
	assert_int_equal(bytes.len, 768);
	expect_good(&bytes, false);
	assert_int_equal(cert.claims.validation.min_score, 80);
	assert_int_equal(cert.claims.validation.tag_len, 13);
	assert_memory_equal(cert.claims.validation.tag, "hard-finality", 13);
	fm_buf_clear(&bytes);
}

/* Every shorter length, and every byte changed, is decoded or refused without harm;
 * and what decodes has no freedom left: nothing but a value changed. */
static void test_every_cut_and_flip(void **state)
{
	(void)state;
	struct fm_buf bytes;
	for (int version = 1; version <= 2; version++) {
		if (version == 1)
			make_v1(&bytes);
		else
			make_v2(&bytes, "größe", 7, true);
		for (size_t len = 0; len < bytes.len; len++) {
			assert_int_equal(decode(&bytes, len, false), FM_E_CERT);
			decode(&bytes, len, true);
		}
		size_t structural = 0;
		for (size_t i = 0; i < bytes.len; i++) {
			bytes.ptr[i] = (char)(bytes.ptr[i] ^ 0x80);
			if (decode(&bytes, bytes.len, false) != FM_OK)
				structural++;
			else
				expect_good(&bytes, true);
			bytes.ptr[i] = (char)(bytes.ptr[i] ^ 0x80);
		}
		/* V1: version, offset, length, three addresses' 12 bytes, two words' 24,
		 * and the 8 of the inner version */
		assert_int_equal(structural,
				 version == 1 ? 3 * 32 + 3 * 12 + 24 + 32 :
					      /* + tuple offset, two addresses, chain,
					       * score, tag offset, length, padding */
					 3 * 32 + 3 * 12 + 24 + 32 + 32 + 24 + 24 + 31 +
						 32 + 32 + 25);
		fm_buf_clear(&bytes);
	}
}

static void test_trailing(void **state)
{
	(void)state;
	struct fm_buf bytes;
	make_v1(&bytes);
	fm_buf_chr(&bytes, 0);
	expect_bad(&bytes, bytes.len, false, "canonical", "385 bytes, encoded again");
	fm_buf_clear(&bytes);
	make_v2(&bytes, "t", 1, true);
	fm_abi_put_u64(&bytes, 0);
	expect_bad(&bytes, bytes.len, true, "canonical", "encoded again they have 768");
	fm_buf_clear(&bytes);
}

/* The first check that fails decides, whatever else is wrong. */
static void test_order(void **state)
{
	(void)state;
	struct fm_buf bytes;
	make_v2(&bytes, "tag", 3, true);
	set_word(&bytes, 12, 1); /* inner version */
	expect_bad(&bytes, bytes.len, false, "version", "inner version 1, envelope");
	bytes.ptr[15 * 32] = 1; /* above the chain id */
	expect_bad(&bytes, bytes.len, false, "canonical", "byte 480 of the claims");
	set_word(&bytes, 22, 33); /* tag length */
	expect_bad(&bytes, bytes.len, false, "abi", "0x21 bytes and 32 are left");
	set_word(&bytes, 21, 0x260); /* tag offset */
	expect_bad(&bytes, bytes.len, false, "canonical", "its place is 0x240");
	set_word(&bytes, 21, 0x2a0);
	expect_bad(&bytes, bytes.len, false, "abi", "the tag is 0x2a0");
	set_word(&bytes, 3, 0); /* tuple offset */
	expect_bad(&bytes, bytes.len, false, "canonical", "the tuple is 0x0");
	set_word(&bytes, 0, 3);
	expect_bad(&bytes, bytes.len, false, "version", "version 3 is neither");
	set_word(&bytes, 2, 0x2c0); /* inner length */
	expect_bad(&bytes, bytes.len, false, "abi", "0x2c0 bytes and 672");
	set_word(&bytes, 1, 0x60);
	expect_bad(&bytes, bytes.len, false, "canonical", "its place is 0x40");
	set_word(&bytes, 1, 768);
	expect_bad(&bytes, bytes.len, false, "abi", "past the end");
	expect_bad(&bytes, 63, false, "length", "63 bytes");
	fm_buf_clear(&bytes);
}

static void test_layouts(void **state)
{
	(void)state;
	struct fm_buf inner, bytes;
	fm_buf_init(&inner, 4096);
	put_common(&inner, 2);
	wrap(&bytes, 2, &inner);
	expect_bad(&bytes, bytes.len, true, "version", "the nine words of 1");
	fm_buf_clear(&bytes);
	fm_buf_chr(&inner, 0);
	wrap(&bytes, 2, &inner);
	expect_bad(&bytes, bytes.len, false, "abi", "without its tuple's offset");
	expect_bad(&bytes, bytes.len, true, "abi", "at least 608 bytes, this one 289");
	fm_buf_clear(&bytes);
	wrap(&bytes, 1, &inner);
	expect_bad(&bytes, bytes.len, true, "version", "288 bytes inside, this one 289");
	fm_buf_clear(&bytes);
	fm_buf_clear(&inner);
	fm_buf_init(&inner, 4096);
	fm_abi_put_u64(&inner, 32);
	put_common(&inner, 2);
	wrap(&bytes, 2, &inner); /* 320 bytes: the ten words of another generation */
	expect_bad(&bytes, bytes.len, true, "version", "tab generation");
	fm_buf_clear(&bytes);
	put_policy(&inner, "", 0);
	inner.len -= 32;
	wrap(&bytes, 2, &inner);
	expect_bad(&bytes, bytes.len, true, "abi", "at least 640 bytes, this one 608");
	fm_buf_clear(&bytes);
	fm_buf_clear(&inner);
}

static void put_tab(struct fm_buf *out, unsigned version)
{
	struct fm_buf common;
	fm_buf_init(&common, 4096);
	put_common(&common, version);
	fm_buf_add(out, common.ptr, 32 * 6);
	fm_abi_put_u64(out, 1500000); /* the total */
	fm_buf_add(out, common.ptr + 32 * 6, 32 * 3);
	fm_buf_clear(&common);
}

static void test_tab_generation_by_name(void **state)
{
	(void)state;
	struct fm_buf inner, bytes;
	fm_buf_init(&inner, 4096);
	put_tab(&inner, 1);
	wrap(&bytes, 1, &inner);
	for (int legacy = 0; legacy <= 1; legacy++) {
		expect_bad(&bytes, bytes.len, legacy, "version", "tab generation");
		expect_bad(&inner, inner.len, legacy, "version", "tab generation");
	}
	fm_buf_clear(&inner);
	fm_buf_clear(&bytes);
	fm_buf_init(&inner, 4096);
	fm_abi_put_u64(&inner, 32);
	put_tab(&inner, 2);
	put_policy(&inner, "", 0);
	set_word(&inner, 19, 0x260);
	wrap(&bytes, 2, &inner);
	for (int legacy = 0; legacy <= 1; legacy++)
		expect_bad(&bytes, bytes.len, legacy, "version", "tab generation");
	fm_buf_clear(&inner);
	fm_buf_clear(&bytes);
}

static void test_legacy(void **state)
{
	(void)state;
	struct fm_buf bytes;
	fm_buf_init(&bytes, 4096);
	put_common(&bytes, 1);
	expect_bad(&bytes, bytes.len, false, "abi", "1 without its envelope, a legacy");
	assert_non_null(strstr(err.hint, "--legacy"));
	expect_good(&bytes, true);
	assert_false(cert.envelope);
	bytes.ptr[3 * 32] = 1; /* above the payer */
	expect_bad(&bytes, bytes.len, true, "canonical", "byte 96");
	fm_buf_clear(&bytes);
	make_v2(&bytes, "", 0, false);
	expect_bad(&bytes, bytes.len, false, "abi", "2 without its tuple's offset");
	assert_non_null(strstr(err.hint, "--legacy"));
	expect_good(&bytes, true);
	assert_false(cert.envelope);
	set_word(&bytes, 20, 0x220); /* tag offset */
	expect_bad(&bytes, bytes.len, true, "canonical", "its place is 0x240");
	fm_buf_clear(&bytes);
}

/* A legacy form is told by all its marks: one of them alone is an ordinary
 * certificate, or an ordinary fault. */
static void test_what_is_no_legacy_form(void **state)
{
	(void)state;
	struct fm_buf bytes;
	make_v2(&bytes, "tag", 3, true);
	set_word(&bytes, 3 + 8, 2); /* the timestamp, where a flat form has its version */
	expect_good(&bytes, false);
	assert_true(cert.envelope);
	set_word(&bytes, 3 + 8, 1782122400);
	set_word(&bytes, 3, 4096); /* tuple offset */
	expect_bad(&bytes, bytes.len, false, "abi", "the tuple is 0x1000, which is past");
	expect_bad(&bytes, bytes.len, true, "abi", "the tuple is 0x1000, which is past");
	set_word(&bytes, 3, 32);
	set_word(&bytes, 3 + 19,
		 0x260); /* tag length, where the tab form has an offset */
	expect_bad(&bytes, bytes.len, false, "abi", "0x260 bytes and 32 are left");
	fm_buf_clear(&bytes);
}

static void test_limits(void **state)
{
	(void)state;
	static const char tag[FM_TAG_MAX + 32];
	struct fm_buf bytes;
	make_v2(&bytes, tag, FM_TAG_MAX, true);
	assert_int_equal(bytes.len, FM_CERT_LONGEST);
	expect_good(&bytes, false);
	fm_buf_chr(&bytes, 0);
	expect_bad(&bytes, bytes.len, false, "length",
		   "the longest certificate has 1248");
	fm_buf_clear(&bytes);
	make_v2(&bytes, tag, FM_TAG_MAX, false);
	expect_good(&bytes, true);
	fm_buf_clear(&bytes);
	make_v2(&bytes, tag, FM_TAG_MAX + 1, false);
	assert_int_equal(bytes.len, FM_CERT_LONGEST);
	expect_bad(&bytes, bytes.len, true, "length", "the tag has 513 bytes");
	fm_buf_clear(&bytes);
	make_v1(&bytes);
	expect_bad(&bytes, 0, false, "length",
		   "0 bytes, the envelope's head alone has 64");
	expect_bad(&bytes, 63, true, "length", "63 bytes");
	expect_bad(&bytes, 64, true, "abi", "past the end");
	expect_bad(&bytes, 288, true, "abi", "are left");
	fm_buf_clear(&bytes);
}

/* ---- hex ---- */

static enum fm_cert_rule read_hex(uint8_t out[static 4], size_t *len, const char *text)
{
	fm_err_init(&err);
	return fm_cert_hex(out, 4, len, fm_span_of(text), "claims", &err);
}

static void test_hex(void **state)
{
	(void)state;
	uint8_t out[4];
	size_t len;
	assert_int_equal(read_hex(out, &len, "0xDEadbeef"), FM_CERT_VERIFIED);
	assert_int_equal(len, 4);
	assert_memory_equal(out, "\xde\xad\xbe\xef", 4);
	assert_int_equal(read_hex(out, &len, "01"), FM_CERT_VERIFIED);
	assert_int_equal(len, 1);
	assert_int_equal(read_hex(out, &len, ""), FM_CERT_VERIFIED);
	assert_int_equal(len, 0);
	assert_int_equal(read_hex(out, &len, "0x123"), FM_CERT_HEX);
	assert_string_equal(err.msg, "the claims: 3 hex digits, an odd number");
	assert_int_equal(read_hex(out, &len, "0x12g4"), FM_CERT_HEX);
	assert_string_equal(err.msg, "the claims: character 5 is not a hex digit");
	assert_int_equal(read_hex(out, &len, "12 4"), FM_CERT_HEX);
	assert_string_equal(err.msg, "the claims: character 3 is not a hex digit");
	assert_int_equal(read_hex(out, &len, "0X12"), FM_CERT_HEX);
	assert_string_equal(err.rule, "hex");
	assert_int_equal(read_hex(out, &len, "0102030405"), FM_CERT_LENGTH);
	assert_string_equal(err.msg, "the claims: 5 bytes, at most 4 are read");
	assert_string_equal(err.rule, "length");
	/* what is no hex is told before what is too long */
	assert_int_equal(read_hex(out, &len, "010203040506070z"), FM_CERT_HEX);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(fm_cert_rule_word(FM_CERT_VERIFIED), "verified");
	assert_int_equal(fm_cert_rule_code(FM_CERT_VERIFIED), FM_OK);
	assert_string_equal(fm_cert_rule_word(FM_CERT_KEY), "untrusted_key");
	assert_int_equal(fm_cert_rule_code(FM_CERT_KEY), FM_E_CERT_KEY);
	assert_int_equal(fm_cert_rule_code(FM_CERT_PAIRING), FM_E_CERT);
	assert_int_equal(fm_cert_rule_code(FM_CERT_DOMAIN), FM_E_CERT_DIFF);
	assert_int_equal(fm_cert_rule_code(FM_CERT_POLICY), FM_E_CERT);
	assert_int_equal(fm_cert_rule_code(FM_CERT_EXPECTATION), FM_E_CERT_DIFF);
	assert_string_equal(fm_anchor_word(FM_ANCHOR_NONE), "none");
	assert_string_equal(fm_anchor_word(FM_ANCHOR_CORE), "public-params");
}

/* contracts.md, section 4 */
static void test_domain(void **state)
{
	(void)state;
	struct fm_hash domain;
	struct fm_addr vault;
	char text[FM_HASH_TEXT];
	memset(vault.b, 0x11, sizeof(vault.b));
	fm_cert_domain(&domain, 1, 84532, &vault);
	fm_hash_text(text, &domain);
	assert_string_equal(text, "0xa3369dce0ffb919a54a066baf865593fa4b9445504a62f592154"
				  "a75b8c6b44c6");
	fm_cert_domain(&domain, 2, 84532, &vault);
	fm_hash_text(text, &domain);
	assert_int_not_equal(strncmp(text, "0xa3369dce", 10), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_every_cut_and_flip),
		cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_layouts),
		cmocka_unit_test(test_tab_generation_by_name),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_what_is_no_legacy_form),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_domain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
