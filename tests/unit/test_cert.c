/* SPDX-License-Identifier: MIT */
/* Bounds of the certificate decoder; known answers are in vec_credit. 4mica.md, section 5.1. */
#include <evm/abi.h>
#include <fourmica/credit.h>

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
	fm_abi_put_u64(out, 0xD0);
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
	return rc;
}

static void test_good(void **state)
{
	(void)state;
	struct fm_buf bytes;
	make_v1(&bytes);
	assert_int_equal(bytes.len, 384);
	assert_int_equal(decode(&bytes, bytes.len, false), FM_OK);
	assert_true(cert.envelope);
	assert_int_equal(cert.claims.version, 1);
	assert_int_equal(cert.claims.user.b[0], 9);
	assert_int_equal(cert.claims.timestamp, 1782122400);
	fm_buf_clear(&bytes);
	make_v2(&bytes, "hard-finality", 13, true);
	assert_int_equal(bytes.len, 768);
	assert_int_equal(decode(&bytes, bytes.len, false), FM_OK);
	assert_int_equal(cert.claims.validation.tag_len, 13);
	assert_memory_equal(cert.claims.validation.tag, "hard-finality", 13);
	fm_buf_clear(&bytes);
}

/* Every shorter length, and every byte changed, is decoded or refused without harm; and what
 * decodes has no freedom left: nothing but a value changed. */
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
			structural += decode(&bytes, bytes.len, false) != FM_OK;
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
	assert_int_equal(decode(&bytes, bytes.len, false), FM_E_CERT);
	fm_buf_clear(&bytes);
	make_v2(&bytes, "t", 1, true);
	fm_abi_put_u64(&bytes, 0);
	assert_int_equal(decode(&bytes, bytes.len, true), FM_E_CERT);
	fm_buf_clear(&bytes);
}

static void test_tab_generation_by_name(void **state)
{
	(void)state;
	struct fm_buf inner, bytes;
	fm_buf_init(&inner, 4096);
	put_common(&inner, 1);
	fm_abi_put_u64(&inner, 1);
	wrap(&bytes, 1, &inner);
	for (int legacy = 0; legacy <= 1; legacy++) {
		assert_int_equal(decode(&bytes, bytes.len, legacy), FM_E_CERT);
		assert_non_null(strstr(err.msg, "tab generation"));
		assert_int_equal(decode(&inner, inner.len, legacy), FM_E_CERT);
		assert_non_null(strstr(err.msg, "tab generation"));
	}
	fm_buf_clear(&inner);
	fm_buf_clear(&bytes);
}

static void test_legacy(void **state)
{
	(void)state;
	struct fm_buf bytes;
	fm_buf_init(&bytes, 4096);
	put_common(&bytes, 1);
	assert_int_equal(decode(&bytes, bytes.len, false), FM_E_CERT);
	assert_non_null(strstr(err.msg, "legacy"));
	assert_int_equal(decode(&bytes, bytes.len, true), FM_OK);
	assert_false(cert.envelope);
	fm_buf_clear(&bytes);
	make_v2(&bytes, "", 0, false);
	assert_int_equal(decode(&bytes, bytes.len, false), FM_E_CERT);
	assert_int_equal(decode(&bytes, bytes.len, true), FM_OK);
	assert_false(cert.envelope);
	fm_buf_clear(&bytes);
}

static void test_limits(void **state)
{
	(void)state;
	static const char tag[FM_TAG_MAX + 1];
	struct fm_buf bytes;
	make_v2(&bytes, tag, FM_TAG_MAX, true);
	assert_int_equal(decode(&bytes, bytes.len, false), FM_OK);
	fm_buf_clear(&bytes);
	make_v2(&bytes, tag, FM_TAG_MAX + 1, true);
	assert_int_equal(decode(&bytes, bytes.len, false), FM_E_CERT);
	assert_non_null(strstr(err.msg, "tag"));
	fm_buf_clear(&bytes);
	fm_buf_init(&bytes, FM_CERT_MAX + 64);
	assert_non_null(fm_buf_grow(&bytes, FM_CERT_MAX + 32));
	assert_int_equal(decode(&bytes, FM_CERT_MAX + 32, true), FM_E_CERT);
	assert_non_null(strstr(err.msg, "at most"));
	fm_buf_clear(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_every_cut_and_flip),
		cmocka_unit_test(test_trailing),
		cmocka_unit_test(test_tab_generation_by_name),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
