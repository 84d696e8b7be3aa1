/* SPDX-License-Identifier: MIT */
/** The base field of BLS12-381: integers modulo p, 381 bits, in Montgomery form.
 *
 *  An element is six 64-bit limbs, least significant first, holding a * 2^384 mod p,
 *  always fully reduced: equal elements are equal bytes. Outputs may be the inputs.
 *  Variable time: everything here is public.
 *
 *  A product before its reduction is twelve limbs (struct fm_fp_wide). The tower adds
 *  and subtracts such products and reduces the sum once: lazy reduction, as in Aranha
 *  and others, 2010/526. Where they keep those sums non-negative with added multiples
 *  of p, a wide number here is a signed one in two's complement, so that sums and
 *  differences are plain carry chains whatever comes out on the way; only what is
 *  reduced in the end has to be between -40 p^2 and 40 p^2, and 2^768 is 96 p^2. */
#ifndef FOURMICA_BLS_FP_H
#define FOURMICA_BLS_FP_H

#include <stdbool.h>
#include <stdint.h>

struct fm_fp {
	uint64_t l[6];
};

struct fm_fp_wide {
	uint64_t l[12];
};

extern const struct fm_fp fm_fp_zero, fm_fp_one;

/** Big-endian 48 bytes. False when the number is not below p. */
bool fm_fp_read(struct fm_fp *out, const uint8_t be[static 48])
	__attribute__((warn_unused_result));
/** Big-endian 64 bytes modulo p (RFC 9380, 5.2: hash_to_field with L = 64). */
void fm_fp_reduce(struct fm_fp *out, const uint8_t be[static 64]);
void fm_fp_write(uint8_t be[static 48], const struct fm_fp *a);

void fm_fp_add(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b);
void fm_fp_sub(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b);
void fm_fp_neg(struct fm_fp *out, const struct fm_fp *a);
/** Factors may be unreduced, six limbs each, if their product is below 40 p^2. */
void fm_fp_mul(struct fm_fp *out, const struct fm_fp *a, const struct fm_fp *b);
void fm_fp_sqr(struct fm_fp *out, const struct fm_fp *a);
/** 1/a; zero gives zero. */
void fm_fp_inv(struct fm_fp *out, const struct fm_fp *a);
/** a^((p-3)/4): the one exponentiation behind square roots and their inverses. */
void fm_fp_pow_sqrt(struct fm_fp *out, const struct fm_fp *a);
/** A square root; false when there is none (out is then not meaningful). */
bool fm_fp_sqrt(struct fm_fp *out, const struct fm_fp *a)
	__attribute__((warn_unused_result));

/** a * b for any six limbs each. */
void fm_fp_wide_mul(struct fm_fp_wide *out, const struct fm_fp *a, const struct fm_fp *b);
/** a / 2^384 mod p, fully reduced, for a signed `a` between -40 p^2 and 40 p^2. */
void fm_fp_wide_reduce(struct fm_fp *out, const struct fm_fp_wide *a);

bool fm_fp_is_zero(const struct fm_fp *a) __attribute__((warn_unused_result));
bool fm_fp_equal(const struct fm_fp *a, const struct fm_fp *b)
	__attribute__((warn_unused_result));
/** As an integer, is it above (p-1)/2? The sign flag of compressed points. */
bool fm_fp_is_larger(const struct fm_fp *a) __attribute__((warn_unused_result));
/** As an integer, is it odd? sgn0 of RFC 9380, 4.1. */
bool fm_fp_is_odd(const struct fm_fp *a) __attribute__((warn_unused_result));

#endif
