/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bls/verify.h>
#include <bls_sign.h>
#include <points.h>

/* A batch in the making. Message i is the number i. */
struct lot {
	struct fm_bls_item item[FM_BLS_BATCH_MAX];
	enum fm_bls_fault want[FM_BLS_BATCH_MAX];
	uint32_t msg[FM_BLS_BATCH_MAX];
	uint8_t sig[FM_BLS_BATCH_MAX][FM_BLS_SIG];
};

/* The sanitizers make all of this twenty times slower. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define SLOW 1
#else
#define SLOW 0
#endif

#define SIGNED 64 /* messages that are signed once, for all tests */

static struct dice dice;
static struct lot lot;
static struct fm_bls_key key;
static uint8_t signatures[SIGNED][FM_BLS_SIG];
static struct fm_g2 points[SIGNED];

static enum fm_code dice_fill(void *ctx, void *out, size_t len)
{
	dice_bytes(ctx, out, len);
	return FM_OK;
}

static enum fm_code no_fill(void *ctx, void *out, size_t len)
{
	(void)ctx;
	(void)out;
	(void)len;
	return FM_E_INTERNAL;
}

/* What becomes the factor 0 four times over, were that one not replaced. */
static enum fm_code zero_fill(void *ctx, void *out, size_t len)
{
	static const uint32_t word = 0x20000;

	(void)ctx;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)out)[i] = ((const uint8_t *)&word)[i % sizeof(word)];
	return FM_OK;
}

static const struct fm_rand dice_rand = { dice_fill, &dice }, no_rand = { no_fill, NULL },
			    zero_rand = { zero_fill, NULL };

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(fm_bls_key_decode(&key, bls_test_key), FM_BLS_OK);
	for (uint32_t i = 0; i < SIGNED; i++) {
		bls_sign(signatures[i], bls_test_secret, &i, sizeof(i));
		assert_int_equal(fm_g2_decode(&points[i], signatures[i]), FM_BLS_OK);
	}
	return 0;
}

/* ---- lots ---- */

/* `count` good members; from SIGNED on, messages come again. */
static void good_lot(size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		lot.msg[i] = i % SIGNED;
		memcpy(lot.sig[i], signatures[i % SIGNED], FM_BLS_SIG);
		lot.item[i].msg = &lot.msg[i];
		lot.item[i].len = sizeof(lot.msg[i]);
		lot.item[i].sig = lot.sig[i];
		lot.item[i].verdict = (enum fm_bls_fault)(i % (FM_BLS_PAIRING + 1));
		lot.want[i] = FM_BLS_OK;
	}
}

/* Another point in the place of a signature, which must then get `want`. */
static void put(size_t at, const struct fm_g2_jac *point, enum fm_bls_fault want)
{
	bls_compress(lot.sig[at], point);
	lot.want[at] = want;
}

/* Add a point to the signature that is there. */
static void shift(size_t at, const struct fm_g2 *by, enum fm_bls_fault want)
{
	struct fm_g2_jac t;

	fm_g2_from_affine(&t, &points[at % SIGNED]);
	fm_g2_add_affine(&t, &t, by);
	put(at, &t, want);
}

static void spoil(size_t at)
{
	struct fm_g2 by;

	dice_g2_in_subgroup(&dice, &by);
	shift(at, &by, FM_BLS_PAIRING);
}

static void check_with(size_t count, const struct fm_rand *rand)
{
	struct fm_err err;

	fm_err_init(&err);
	assert_int_equal(fm_bls_verify_batch(lot.item, count, &key, rand, &err), FM_OK);
	for (size_t i = 0; i < count; i++)
		if (lot.item[i].verdict != lot.want[i])
			fail_msg("member %zu of %zu: %d for %d", i, count,
				 lot.item[i].verdict, lot.want[i]);
}

static void check(size_t count)
{
	check_with(count, &dice_rand);
}

/* ---- one ---- */

static enum fm_bls_fault verify(uint32_t msg, const uint8_t *sig)
{
	return fm_bls_verify(&key, &msg, sizeof(msg), sig);
}

static void single(void **state)
{
	static const uint8_t other_secret[32] = { [31] = 2 };
	struct fm_bls_key other;
	uint8_t bytes[FM_BLS_KEY], sig[FM_BLS_SIG];
	uint32_t msg = 3;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(verify(i, signatures[i]), FM_BLS_OK);
	assert_int_equal(verify(4, signatures[3]), FM_BLS_PAIRING);
	assert_int_equal(fm_bls_verify(&key, &msg, 3, signatures[3]), FM_BLS_PAIRING);
	memcpy(sig, signatures[3], sizeof(sig));
	sig[0] ^= 0x20;
	assert_int_equal(verify(3, sig), FM_BLS_PAIRING);
	bls_public(bytes, other_secret);
	assert_int_equal(fm_bls_key_decode(&other, bytes), FM_BLS_OK);
	assert_int_equal(fm_bls_verify(&other, &msg, sizeof(msg), signatures[3]),
			 FM_BLS_PAIRING);
	bls_sign(sig, other_secret, &msg, sizeof(msg));
	assert_int_equal(fm_bls_verify(&other, &msg, sizeof(msg), sig), FM_BLS_OK);
	assert_int_equal(verify(3, sig), FM_BLS_PAIRING);
	bls_sign(sig, bls_test_secret, NULL, 0);
	assert_int_equal(fm_bls_verify(&key, NULL, 0, sig), FM_BLS_OK);
}

static void points_are_checked(void **state)
{
	uint8_t sig[FM_BLS_SIG];

	(void)state;
	assert_int_equal(fm_bls_signature_check(signatures[0]), FM_BLS_OK);
	memcpy(sig, signatures[0], sizeof(sig));
	sig[0] &= 0x7f;
	assert_int_equal(verify(0, sig), FM_BLS_FORM);
	assert_int_equal(fm_bls_signature_check(sig), FM_BLS_FORM);
	memset(sig, 0, sizeof(sig));
	sig[0] = 0xc0;
	assert_int_equal(verify(0, sig), FM_BLS_INFINITY);
	assert_int_equal(fm_bls_signature_check(sig), FM_BLS_INFINITY);
	sig[0] = 0x80;
	assert_int_equal(verify(0, sig), FM_BLS_CURVE);
	assert_int_equal(fm_bls_signature_check(sig), FM_BLS_CURVE);
	bls_stray(sig, "x", 1);
	assert_int_equal(verify(0, sig), FM_BLS_SUBGROUP);
	assert_int_equal(fm_bls_signature_check(sig), FM_BLS_SUBGROUP);
}

static void keys(void **state)
{
	uint8_t bytes[FM_BLS_KEY] = { 0xc0 }, xy[96], compressed[48];
	struct fm_bls_key k, untouched;
	struct fm_g1 point;

	(void)state;
	memset(&untouched, 0x5a, sizeof(untouched));
	k = untouched;
	assert_int_equal(fm_bls_key_decode(&k, bytes), FM_BLS_INFINITY);
	bytes[0] = 0x80; /* x = 0: order 3 */
	assert_int_equal(fm_bls_key_decode(&k, bytes), FM_BLS_SUBGROUP);
	bytes[47] = 1; /* 5 is no square */
	assert_int_equal(fm_bls_key_decode(&k, bytes), FM_BLS_CURVE);
	bytes[0] = 0;
	assert_int_equal(fm_bls_key_decode(&k, bytes), FM_BLS_FORM);
	assert_memory_equal(&k, &untouched, sizeof(k));
	bls_public(bytes, bls_test_secret);
	assert_memory_equal(bytes, bls_test_key, sizeof(bytes));
	fm_bls_key_xy(xy, &key);
	assert_true(fm_fp_read(&point.x, xy));
	assert_true(fm_fp_read(&point.y, xy + 48));
	g1_encode(compressed, &point);
	assert_memory_equal(compressed, bls_test_key, sizeof(compressed));
}

static void every_fault_has_words(void **state)
{
	(void)state;
	for (int i = FM_BLS_OK; i <= FM_BLS_PAIRING; i++) {
		assert_true(strlen(fm_bls_fault_text((enum fm_bls_fault)i)) > 0);
		for (int j = FM_BLS_OK; j < i; j++)
			assert_string_not_equal(fm_bls_fault_text((enum fm_bls_fault)i),
						fm_bls_fault_text((enum fm_bls_fault)j));
	}
}

static bool holds(const struct fm_g1 *k, const struct fm_g2_jac *sig,
		  const struct fm_g2_jac *uncleared)
{
	struct fm_fp12 value;

	fm_bls_value(&value, k, sig, uncleared);
	return fm_fp12_is_one(&value);
}

/* Sums that happen to be infinity: e(., infinity) = 1. */
static void equation_with_infinity(void **state)
{
	static const char without_23[] =
		"1473e413236dd889cb5381880d0a576821c578a6e8c7952f26668aaed6d2623f"
		"6a2afa96b5e43f5d126da598b99dbb51"
		"8655c33a8b236b990d5fbd2d9b42b21fe9e0346d3c23104b06fb96e09de2555c"
		"861790a3cc012b5540aa5804bb595";
	struct fm_g2_jac o = { 0 }, sig, hash, small;
	uint32_t msg = 1;
	struct fm_g1 k;
	struct fm_g2 p;
	char even[200] = "0";

	(void)state;
	strcpy(even + strlen(without_23) % 2, without_23);
	fm_bls_key_point(&k, &key);
	fm_g2_from_affine(&sig, &points[1]);
	fm_hash_to_twist(&hash, &msg, sizeof(msg), FM_BLS_DST, strlen(FM_BLS_DST));
	assert_true(holds(&k, &sig, &hash));
	assert_true(holds(&k, &o, &o));
	assert_false(holds(&k, &sig, &o));
	assert_false(holds(&k, &o, &hash));
	do {
		dice_g2(&dice, &p);
		fm_g2_from_affine(&small, &p);
		g2_times_hex(&small, &small, even);
	} while (fm_g2_is_infinity(&small));
	assert_true(holds(&k, &o, &small));
	fm_g2_add(&hash, &hash, &small);
	assert_true(holds(&k, &sig, &hash));
	fm_g2_double(&hash, &hash);
	assert_false(holds(&k, &sig, &hash));
}

/* ---- many ---- */

static void good_batches(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 34; n += 1 + n / 4) {
		good_lot(n);
		check(n);
	}
}

static void one_bad_everywhere(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 17; n += SLOW && n > 7 ? 9 : 1)
		for (size_t at = 0; at < n; at++) {
			good_lot(n);
			spoil(at);
			check(n);
		}
	for (size_t at = 0; at < 64; at += 21) {
		good_lot(64);
		spoil(at);
		check(64);
	}
}

static void several_bad(void **state)
{
	(void)state;
	for (unsigned bad = 1; bad < 64; bad += 3) {
		good_lot(6);
		for (size_t at = 0; at < 6; at++)
			if (bad >> at & 1)
				spoil(at);
		check(6);
	}
	for (int round = 0; round < 2; round++) {
		uint8_t bytes[40];

		dice_bytes(&dice, bytes, sizeof(bytes));
		good_lot(40);
		for (size_t at = 0; at < 40; at++)
			if (bytes[at] % 8 == 0)
				spoil(at);
		check(40);
	}
}

static void largest_batch(void **state)
{
	static const size_t bad[] = { 0, 511, 512, 1023 };

	(void)state;
	good_lot(FM_BLS_BATCH_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		spoil(bad[i]);
	check(FM_BLS_BATCH_MAX);
}

static void duplicates(void **state)
{
	(void)state;
	good_lot(9);
	for (size_t i = 1; i < 9; i++) {
		lot.msg[i] = lot.msg[0];
		memcpy(lot.sig[i], lot.sig[0], FM_BLS_SIG);
	}
	check(9);
	spoil(0);
	for (size_t i = 1; i < 9; i++) {
		memcpy(lot.sig[i], lot.sig[0], FM_BLS_SIG);
		lot.want[i] = FM_BLS_PAIRING;
	}
	check(9);
	memcpy(lot.sig[4], signatures[0], FM_BLS_SIG);
	lot.want[4] = FM_BLS_OK;
	check(9);
}

/* Errors that add up to nothing, so that without factors the batch would hold. */
static void cancelling(void **state)
{
	struct fm_g2 by, minus;
	struct fm_g2_jac t;

	(void)state;
	for (size_t first = 0; first < 8; first++)
		for (size_t second = first + 1; second < 8; second += 2) {
			dice_g2_in_subgroup(&dice, &by);
			minus = by;
			fm_fp2_neg(&minus.y, &by.y);
			good_lot(8);
			shift(first, &by, FM_BLS_PAIRING);
			shift(second, &minus, FM_BLS_PAIRING);
			check(8);
		}
	/* three of them */
	good_lot(5);
	dice_g2_in_subgroup(&dice, &by);
	shift(0, &by, FM_BLS_PAIRING);
	shift(2, &by, FM_BLS_PAIRING);
	fm_g2_from_affine(&t, &by);
	fm_g2_double(&t, &t);
	fm_g2_neg(&t, &t);
	assert_true(fm_g2_to_affine(&minus, &t));
	shift(4, &minus, FM_BLS_PAIRING);
	check(5);
	/* two good signatures in each other's place */
	good_lot(6);
	memcpy(lot.sig[1], signatures[4], FM_BLS_SIG);
	memcpy(lot.sig[4], signatures[1], FM_BLS_SIG);
	lot.want[1] = lot.want[4] = FM_BLS_PAIRING;
	check(6);
}

/* The tests above would see a batch that forgot its factors: with all of them 1, a
 * cancelling pair holds, and two opposite signatures sum up to infinity. */
static void factors_matter(void **state)
{
	struct fm_g2 by, minus;

	(void)state;
	dice_g2_in_subgroup(&dice, &by);
	minus = by;
	fm_fp2_neg(&minus.y, &by.y);
	good_lot(4);
	shift(1, &by, FM_BLS_OK);
	shift(2, &minus, FM_BLS_OK);
	check_with(4, &zero_rand);
	lot.want[1] = lot.want[2] = FM_BLS_PAIRING;
	check(4);
	good_lot(2);
	memcpy(lot.sig[1], lot.sig[0], FM_BLS_SIG);
	lot.sig[1][0] ^= 0x20;
	lot.want[1] = FM_BLS_PAIRING;
	check_with(2, &zero_rand);
	check(2);
}

static void no_factor_is_zero(void **state)
{
	(void)state;
	for (size_t at = 0; at < 5; at++) {
		good_lot(5);
		spoil(at);
		check_with(5, &zero_rand);
	}
}

/* A component of small order is no error the factors could miss: it never gets that
 * far. */
static void small_components(void **state)
{
	static const char *const without[] = {
		"4005449cda731a7136c440a0c65b728ba1c1fa6b6708356f3b9bdc84396cab33"
		"907d71557a7d33677f5d45f7cedb8cfd"
		"ac10ff1fc5b48d6461e907737d78e96568f2d18c750b4b3ca5c33c3fd8ff8a70"
		"629888281914529f4e3380941cfdd0",
		"1473e413236dd889cb5381880d0a576821c578a6e8c7952f26668aaed6d2623f"
		"6a2afa96b5e43f5d126da598b99dbb51"
		"8655c33a8b236b990d5fbd2d9b42b21fe9e0346d3c23104b06fb96e09de2555c"
		"861790a3cc012b5540aa5804bb5950",
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fm_g2_jac t;
		struct fm_g2 by;

		do { /* 16 times what the order leaves without 13^2, 23^2 */
			dice_g2(&dice, &by);
			fm_g2_from_affine(&t, &by);
			g2_times_hex(&t, &t, without[i]);
		} while (!fm_g2_to_affine(&by, &t));
		good_lot(7);
		shift(2, &by, FM_BLS_SUBGROUP);
		fm_fp2_neg(&by.y, &by.y);
		shift(5, &by, FM_BLS_SUBGROUP);
		put(6, &t, FM_BLS_SUBGROUP);
		check(7);
		spoil(3);
		check(7);
	}
}

static void unreadable_members(void **state)
{
	(void)state;
	for (size_t n = 1; n < 9; n += 7) {
		for (size_t at = 0; at < n; at++) {
			good_lot(n);
			memset(lot.sig[at], 0, FM_BLS_SIG);
			lot.sig[at][0] = 0xc0;
			lot.want[at] = FM_BLS_INFINITY;
			check(n);
		}
	}
	good_lot(8);
	memset(lot.sig[0], 0, FM_BLS_SIG);
	lot.sig[0][0] = 0xc0;
	lot.want[0] = FM_BLS_INFINITY;
	memset(lot.sig[3], 0xff, FM_BLS_SIG);
	lot.want[3] = FM_BLS_FORM;
	memset(lot.sig[4], 0, FM_BLS_SIG);
	lot.sig[4][0] = 0x80;
	lot.want[4] = FM_BLS_CURVE;
	bls_stray(lot.sig[5], "x", 1);
	lot.want[5] = FM_BLS_SUBGROUP;
	spoil(7);
	check(8);
	for (size_t i = 0; i < 8; i++) {
		memset(lot.sig[i], 0xff, FM_BLS_SIG);
		lot.want[i] = FM_BLS_FORM;
	}
	check(8);
}

static void no_randomness(void **state)
{
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	good_lot(3);
	lot.sig[1][0] = 0;
	assert_int_equal(fm_bls_verify_batch(lot.item, 3, &key, &no_rand, &err),
			 FM_E_INTERNAL);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(lot.item[i].verdict, FM_BLS_PAIRING);
	/* one alone needs none */
	good_lot(1);
	check_with(1, &no_rand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single),
		cmocka_unit_test(points_are_checked),
		cmocka_unit_test(keys),
		cmocka_unit_test(every_fault_has_words),
		cmocka_unit_test(equation_with_infinity),
		cmocka_unit_test(good_batches),
		cmocka_unit_test(one_bad_everywhere),
		cmocka_unit_test(several_bad),
		cmocka_unit_test(largest_batch),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(cancelling),
		cmocka_unit_test(factors_matter),
		cmocka_unit_test(no_factor_is_zero),
		cmocka_unit_test(small_components),
		cmocka_unit_test(unreadable_members),
		cmocka_unit_test(no_randomness),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
