/* SPDX-License-Identifier: MIT */
#include "bls/fp_inline.h"

#include <string.h>

const struct fm_fp fm_fp_zero = { { 0 } };
/* 2^384 mod p */
const struct fm_fp fm_fp_one = {
	{0x760900000002fffd, 0xebf4000bc40c0002, 0x5f48985753c758ba, 0x77ce585370525745,
	  0x5c071a97a256ec6d, 0x15f65ec3fa80e493}
};
/* 2^768 mod p: times this is into Montgomery form */
static const struct fm_fp r2 = {
	{0xf4df1f341c341746, 0x0a76e6a609d104f1, 0x8de5476c4c95b6d5, 0x67eb88a9939d83c0,
	  0x9a793e85b519952d, 0x11988fe592cae3aa}
};
const struct fm_fp fm_fp_r3 = {
	{0xed48ac6bd94ca1e0, 0x315f831e03a7adf8, 0x9a53352a615e29dd, 0x34c04e5e921e1761,
	  0x2512d43565724728, 0x0aa6346091755d4d}
};

/* -1/p modulo 2^64 */
#define P_NEG_INV 0x89f3fffcfffcfffdu

/* t[0..n] = t[0..n-1] + a b over the n limbs of b: nothing is carried out of n + 1. */
static inline void mul_row(uint64_t *t, uint64_t a, const uint64_t *b, int n)
{
#if FM_CARRY_INTRINSICS
	/* All products first, then a chain for each half of them. */
	uint64_t low[6], high[6];

	FM_UNROLL
	for (int i = 0; i < n; i++) {
		fm_u128 ab = (fm_u128)a * b[i];

		low[i] = (uint64_t)ab;
		high[i] = (uint64_t)(ab >> 64);
	}
	t[n] = limbs_add(t, t, low, n);
	limbs_add(t + 1, t + 1, high, n);
#else
	uint64_t carry = 0;

	FM_UNROLL
	for (int i = 0; i < n; i++) {
		fm_u128 sum = (fm_u128)a * b[i] + t[i] + carry;

		t[i] = (uint64_t)sum;
		carry = (uint64_t)(sum >> 64);
	}
	t[n] = carry;
#endif
}

/* The element congruent to t + top 2^384, a number between -5p and 6p. Mostly t is it. */
static inline void settle(struct fm_fp *out, uint64_t t[6], int64_t top)
{
	uint64_t less[6];

	while (__builtin_expect(top < 0, 0))
		top += limbs_add(t, t, fp_p, 6);
	while (__builtin_expect(t[5] >= fp_p[5], 0) && !limbs_sub(less, t, fp_p, 6))
		limbs_copy(t, less, 6);
	limbs_copy(out->l, t, 6);
}

/* (low + high 2^384) / 2^384 mod p, `high` signed (Montgomery): multiples of p make
 * the limbs of `low` zero, one after the other. */
static inline void reduce(struct fm_fp *out, const uint64_t low[6],
			  const uint64_t high[6])
{
	int64_t top = (int64_t)high[5] < 0 ? -1 : 0;
	uint64_t t[12];

	limbs_copy(t, low, 6);
	FM_UNROLL
	for (int i = 0; i < 6; i++)
		mul_row(t + i, t[i] * P_NEG_INV, fp_p, 6);
	top += limbs_add(t + 6, t + 6, high, 6);
	settle(out, t + 6, top);
}

/* t = a b. Where carries are cheap, by columns: all products of one weight, summed in
 * three limbs. Elsewhere by rows. */
static inline void product(uint64_t t[12], const uint64_t a[6], const uint64_t b[6])
{
#if FM_CARRY_INTRINSICS
	uint64_t sum[3] = { 0 };

	FM_UNROLL
	for (int k = 0; k < 11; k++) {
		FM_UNROLL
		for (int i = k < 6 ? 0 : k - 5; i <= (k < 6 ? k : 5); i++) {
			fm_u128 ab = (fm_u128)a[i] * b[k - i];
			unsigned char carry = limb_add(&sum[0], sum[0], (uint64_t)ab, 0);

			carry = limb_add(&sum[1], sum[1], (uint64_t)(ab >> 64), carry);
			limb_add(&sum[2], sum[2], 0, carry);
		}
		t[k] = sum[0];
		sum[0] = sum[1];
		sum[1] = sum[2];
		sum[2] = 0;
	}
	t[11] = sum[0];
#else
	uint64_t rows[12] = { 0 };

	FM_UNROLL
	for (int i = 0; i < 6; i++)
		mul_row(rows + i, a[i], b, 6);
	limbs_copy(t, rows, 12);
#endif
}

/* The four functions below hold nearly all the time of a verification. A faster
 * product for some processor (mulx and two carry chains, say) belongs here and nowhere
 * else: it would be a second set of these four, chosen once at run time. */

void fm_fp_mul(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b)
{
	uint64_t t[12];

	product(t, a->l, b->l);
	reduce(out, t, t + 6);
}

/* Each product of two different limbs once, doubled, and the squares. */
void fm_fp_sqr(struct fm_fp *out, const struct fm_fp *a)
{
	uint64_t t[12] = { 0 }, squares[12];

	FM_UNROLL
	for (int i = 0; i < 5; i++)
		mul_row(t + 2 * i + 1, a->l[i], a->l + i + 1, 5 - i);
	FM_UNROLL
	for (int i = 0; i < 6; i++) {
		fm_u128 square = (fm_u128)a->l[i] * a->l[i];

		squares[2 * i] = (uint64_t)square;
		squares[2 * i + 1] = (uint64_t)(square >> 64);
	}
	limbs_add(t, t, t, 12);
	limbs_add(t, t, squares, 12);
	reduce(out, t, t + 6);
}

void fm_fp_wide_mul(struct fm_fp_wide *out, const struct fm_fp *a, const struct fm_fp *b)
{
	product(out->l, a->l, b->l);
}

void fm_fp_wide_reduce(struct fm_fp *out, const struct fm_fp_wide *a)
{
	reduce(out, a->l, a->l + 6);
}

/* As integers, is a below b? */
static bool below(const struct fm_fp *a, const uint64_t b[6])
{
	uint64_t t[6];

	return limbs_sub(t, a->l, b, 6);
}

static void read_be(struct fm_fp *out, const uint8_t *be, size_t len)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < len; i++)
		out->l[i / 8] |= (uint64_t)be[len - 1 - i] << (8 * (i % 8));
}

/* Out of Montgomery form: the integer itself. */
static void plain(struct fm_fp *out, const struct fm_fp *a)
{
	static const struct fm_fp unit = { { 1 } };

	fm_fp_mul(out, a, &unit);
}

bool fm_fp_read(struct fm_fp *out, const uint8_t be[static 48])
{
	struct fm_fp a;

	read_be(&a, be, 48);
	if (!below(&a, fp_p))
		return false;
	fm_fp_mul(out, &a, &r2);
	return true;
}

void fm_fp_reduce(struct fm_fp *out, const uint8_t be[static 64])
{
	struct fm_fp high, low;

	/* high 2^384 + low; `low` may be as large as 9.8 p, which a factor may. */
	read_be(&high, be, 16);
	read_be(&low, be + 16, 48);
	fm_fp_mul(&high, &high, &fm_fp_r3);
	fm_fp_mul(&low, &low, &r2);
	fp_add(out, &high, &low);
}

void fm_fp_write(uint8_t be[static 48], const struct fm_fp *a)
{
	struct fm_fp t;

	plain(&t, a);
	for (size_t i = 0; i < 48; i++)
		be[47 - i] = (uint8_t)(t.l[i / 8] >> (8 * (i % 8)));
}

void fm_fp_add(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b)
{
	fp_add(out, a, b);
}

void fm_fp_sub(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b)
{
	fp_sub(out, a, b);
}

void fm_fp_neg(struct fm_fp *out, const struct fm_fp *a)
{
	fp_neg(out, a);
}

/* (p - 3) / 4 */
static unsigned exponent_bit(int i)
{
	static const uint64_t e[6] = { 0xee7fbfffffffeaaa, 0x07aaffffac54ffff,
				       0xd9cc34a83dac3d89, 0xd91dd2e13ce144af,
				       0x92c6e9ed90d2eb35, 0x0680447a8e5ff9a6 };

	return e[i / 64] >> (i % 64) & 1;
}

/* Sliding window: up to five bits that begin and end with a one cost one product with
 * an odd power made before; 378 squarings and 82 products in all. */
void fm_fp_pow_sqrt(struct fm_fp *out, const struct fm_fp *a)
{
	struct fm_fp odd[16], t;

	fm_fp_sqr(&t, a);
	odd[0] = *a;
	for (int k = 1; k < 16; k++)
		fm_fp_mul(&odd[k], &odd[k - 1], &t);
	t = fm_fp_one;
	for (int i = 378; i >= 0;) {
		unsigned window = exponent_bit(i);
		int low = window ? (i < 4 ? 0 : i - 4) : i;

		while (window && !exponent_bit(low))
			low++;
		fm_fp_sqr(&t, &t);
		while (--i >= low) {
			fm_fp_sqr(&t, &t);
			window = 2 * window + exponent_bit(i);
		}
		if (window)
			fm_fp_mul(&t, &t, &odd[window / 2]);
	}
	*out = t;
}

bool fm_fp_sqrt(struct fm_fp *out, const struct fm_fp *a)
{
	struct fm_fp root, square;

	/* p = 3 mod 4: the root, if there is one, is a^((p+1)/4). */
	fm_fp_pow_sqrt(&root, a);
	fm_fp_mul(&root, &root, a);
	fm_fp_sqr(&square, &root);
	bool is_square = fm_fp_equal(&square, a);
	*out = root;
	return is_square;
}

bool fm_fp_is_zero(const struct fm_fp *a)
{
	return (a->l[0] | a->l[1] | a->l[2] | a->l[3] | a->l[4] | a->l[5]) == 0;
}

bool fm_fp_equal(const struct fm_fp *a, const struct fm_fp *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool fm_fp_is_larger(const struct fm_fp *a)
{
	/* (p + 1) / 2 */
	static const uint64_t half[6] = { 0xdcff7fffffffd556, 0x0f55ffff58a9ffff,
					  0xb39869507b587b12, 0xb23ba5c279c2895f,
					  0x258dd3db21a5d66b, 0x0d0088f51cbff34d };
	struct fm_fp t;

	plain(&t, a);
	return !below(&t, half);
}

bool fm_fp_is_odd(const struct fm_fp *a)
{
	struct fm_fp t;

	plain(&t, a);
	return t.l[0] & 1;
}
