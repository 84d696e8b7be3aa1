/* SPDX-License-Identifier: MIT */
/** The field's additions as inline functions and the carry chains everything is made
 *  of, for the files of lib/bls that spend their time in them; everyone else calls
 *  fp.h.
 *
 *  The loops here all have constant bounds and are unrolled: a carry has to stay in
 *  the processor's flag, and limbs in registers. */
#ifndef FOURMICA_BLS_FP_INLINE_H
#define FOURMICA_BLS_FP_INLINE_H

#include "bls/fp.h"

#if defined(__x86_64__) && !defined(FM_BLS_PORTABLE)
#include <immintrin.h>
#define FM_CARRY_INTRINSICS 1
#else
#define FM_CARRY_INTRINSICS 0
#endif

__extension__ typedef unsigned __int128 fm_u128;

#ifdef __clang__
#define FM_UNROLL _Pragma("clang loop unroll(full)")
#else
#define FM_UNROLL _Pragma("GCC unroll 16")
#endif

/* p = (x - 1)^2 (x^4 - x^2 + 1) / 3 + x for x = -0xd201000000010000 */
#define FM_P                                                                       \
	{                                                                          \
		0xb9feffffffffaaab, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,        \
			0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a \
	}
static const uint64_t fp_p[6] = FM_P;

/* 2^1152 mod p: times this is into Montgomery form, 2^384 times over */
extern const struct fm_fp fm_fp_r3;

/* *t = a + b + carry; the new carry. Carries are 0 or 1. Compilers of today lose the
 * carry flag in portable C, at twice the cost of an addition; the intrinsic, where
 * there is one, keeps it. */
static inline unsigned char limb_add(uint64_t *t, uint64_t a, uint64_t b,
				     unsigned char carry)
{
#if FM_CARRY_INTRINSICS
	unsigned long long sum;

	carry = _addcarry_u64(carry, a, b, &sum);
	*t = sum;
	return carry;
#else
	uint64_t sum;
	unsigned char over = __builtin_add_overflow(a, b, &sum);

	return over | __builtin_add_overflow(sum, (uint64_t)carry, t);
#endif
}

/* *t = a - b - borrow; the new borrow. */
static inline unsigned char limb_sub(uint64_t *t, uint64_t a, uint64_t b,
				     unsigned char borrow)
{
#if FM_CARRY_INTRINSICS
	unsigned long long diff;

	borrow = _subborrow_u64(borrow, a, b, &diff);
	*t = diff;
	return borrow;
#else
	uint64_t diff;
	unsigned char under = __builtin_sub_overflow(a, b, &diff);

	return under | __builtin_sub_overflow(diff, (uint64_t)borrow, t);
#endif
}

/* out = a + b over n limbs; the carry. */
static inline unsigned char limbs_add(uint64_t *out, const uint64_t *a, const uint64_t *b,
				      int n)
{
	unsigned char carry = 0;

	FM_UNROLL
	for (int i = 0; i < n; i++)
		carry = limb_add(&out[i], a[i], b[i], carry);
	return carry;
}

/* out = a - b over n limbs; the borrow. */
static inline unsigned char limbs_sub(uint64_t *out, const uint64_t *a, const uint64_t *b,
				      int n)
{
	unsigned char borrow = 0;

	FM_UNROLL
	for (int i = 0; i < n; i++)
		borrow = limb_sub(&out[i], a[i], b[i], borrow);
	return borrow;
}

static inline void limbs_copy(uint64_t *out, const uint64_t *a, int n)
{
	FM_UNROLL
	for (int i = 0; i < n; i++)
		out[i] = a[i];
}

/* out = a + p if `wanted` is 1, a if it is 0, modulo 2^384. No jump: the sign of a
 * difference is as good as random, and a wrong guess costs more than six additions. */
static inline void fp_add_p(struct fm_fp *out, const uint64_t a[6], unsigned char wanted)
{
	static const uint64_t addend[2][6] = { { 0 }, FM_P };

	limbs_add(out->l, a, addend[wanted], 6);
}

static inline void fp_add(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b)
{
	uint64_t t[6];

	limbs_add(t, a->l, b->l, 6);
	fp_add_p(out, t, limbs_sub(t, t, fp_p, 6));
}

static inline void fp_sub(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b)
{
	uint64_t t[6];

	fp_add_p(out, t, limbs_sub(t, a->l, b->l, 6));
}

static inline void fp_neg(struct fm_fp *out, const struct fm_fp *a)
{
	fp_sub(out, &fm_fp_zero, a);
}

/* Sums and differences left unreduced, as factors of a product only: any factor below
 * 2^384 = 9.8 p will do. */
static inline void fp_add_lazy(struct fm_fp *out, const struct fm_fp *a,
			       const struct fm_fp *b)
{
	limbs_add(out->l, a->l, b->l, 6);
}

/* a - b + 2p, for b at most 2p. */
static inline void fp_sub_lazy(struct fm_fp *out, const struct fm_fp *a,
			       const struct fm_fp *b)
{
	/* 2p */
	static const uint64_t p2[6] = { 0x73fdffffffff5556, 0x3d57fffd62a7ffff,
					0xce61a541ed61ec48, 0xc8ee9709e70a257e,
					0x96374f6c869759ae, 0x340223d472ffcd34 };
	uint64_t t[6];

	limbs_sub(t, a->l, b->l, 6);
	limbs_add(out->l, t, p2, 6);
}

static inline void wide_add(struct fm_fp_wide *out, const struct fm_fp_wide *a,
			    const struct fm_fp_wide *b)
{
	limbs_add(out->l, a->l, b->l, 12);
}

static inline void wide_sub(struct fm_fp_wide *out, const struct fm_fp_wide *a,
			    const struct fm_fp_wide *b)
{
	limbs_sub(out->l, a->l, b->l, 12);
}

#endif
