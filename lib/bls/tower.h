/* SPDX-License-Identifier: MIT */
/** The extension fields over Fp:
 *      Fp2  = Fp[u]  / (u^2 + 1)
 *      Fp6  = Fp2[v] / (v^3 - xi), xi = u + 1
 *      Fp12 = Fp6[w] / (w^2 - v)
 *  Outputs may be the inputs. Wide numbers are sums of products before their
 *  reduction, see fp.h; they are made of reduced elements and of sums of two, so that
 *  no factor of a product in Fp reaches 8p (a sum of two in Fp12's Karatsuba, of two
 *  of those in Fp6's, of two in Fp2's). */
#ifndef FOURMICA_BLS_TOWER_H
#define FOURMICA_BLS_TOWER_H

#include "bls/fp.h"

struct fm_fp2 {
	struct fm_fp c0, c1; /* c0 + c1 u */
};
struct fm_fp6 {
	struct fm_fp2 c0, c1, c2; /* c0 + c1 v + c2 v^2 */
};
struct fm_fp12 {
	struct fm_fp6 c0, c1; /* c0 + c1 w */
};
struct fm_fp2_wide {
	struct fm_fp_wide c0, c1;
};
struct fm_fp6_wide {
	struct fm_fp2_wide c0, c1, c2;
};

extern const struct fm_fp2 fm_fp2_zero, fm_fp2_one;
extern const struct fm_fp12 fm_fp12_one;

void fm_fp2_add(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp2 *b);
void fm_fp2_sub(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp2 *b);
void fm_fp2_neg(struct fm_fp2 *out, const struct fm_fp2 *a);
void fm_fp2_conj(struct fm_fp2 *out, const struct fm_fp2 *a);
/** Parts of the factors may be unreduced, below 4p. */
void fm_fp2_mul(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp2 *b);
void fm_fp2_mul_fp(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp *b);
/** Parts of a may be unreduced, below 2p. */
void fm_fp2_sqr(struct fm_fp2 *out, const struct fm_fp2 *a);
/** Times xi. */
void fm_fp2_mul_xi(struct fm_fp2 *out, const struct fm_fp2 *a);
/** 1/a; zero gives zero. */
void fm_fp2_inv(struct fm_fp2 *out, const struct fm_fp2 *a);
/** A square root; false when there is none. */
bool fm_fp2_sqrt(struct fm_fp2 *out, const struct fm_fp2 *a)
	__attribute__((warn_unused_result));
bool fm_fp2_is_zero(const struct fm_fp2 *a) __attribute__((warn_unused_result));
bool fm_fp2_equal(const struct fm_fp2 *a, const struct fm_fp2 *b)
	__attribute__((warn_unused_result));
/** Is it the lexicographically larger of a and -a (c1 first)? Compressed G2's sign. */
bool fm_fp2_is_larger(const struct fm_fp2 *a) __attribute__((warn_unused_result));
/** sgn0 of RFC 9380, 4.1. */
bool fm_fp2_is_odd(const struct fm_fp2 *a) __attribute__((warn_unused_result));

/** a b; parts of the factors below 4p. */
void fm_fp2_wide_mul(struct fm_fp2_wide *out, const struct fm_fp2 *a,
		     const struct fm_fp2 *b);
/** a^2; parts of a below 2p. */
void fm_fp2_wide_sqr(struct fm_fp2_wide *out, const struct fm_fp2 *a);
void fm_fp2_wide_reduce(struct fm_fp2 *out, const struct fm_fp2_wide *a);

/** Products in Fp6, parts of the factors below 2p: with any b; with b0 + b1 v; with
 *  b1 v; with b1 v + b2 v^2. */
void fm_fp6_wide_mul(struct fm_fp6_wide *out, const struct fm_fp6 *a,
		     const struct fm_fp6 *b);
void fm_fp6_wide_mul_01(struct fm_fp6_wide *out, const struct fm_fp6 *a,
			const struct fm_fp2 *b0, const struct fm_fp2 *b1);
void fm_fp6_wide_mul_1(struct fm_fp6_wide *out, const struct fm_fp6 *a,
		       const struct fm_fp2 *b1);
void fm_fp6_wide_mul_12(struct fm_fp6_wide *out, const struct fm_fp6 *a,
			const struct fm_fp2 *b1, const struct fm_fp2 *b2);
void fm_fp6_wide_add(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		     const struct fm_fp6_wide *b);
void fm_fp6_wide_sub(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		     const struct fm_fp6_wide *b);
/** a + v b; out may be a, not b. */
void fm_fp6_wide_add_v(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		       const struct fm_fp6_wide *b);
/** a - v b; out may be a, not b. */
void fm_fp6_wide_sub_v(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		       const struct fm_fp6_wide *b);
void fm_fp6_wide_reduce(struct fm_fp6 *out, const struct fm_fp6_wide *a);
void fm_fp6_mul(struct fm_fp6 *out, const struct fm_fp6 *a, const struct fm_fp6 *b);
/** Times v. */
void fm_fp6_mul_v(struct fm_fp6 *out, const struct fm_fp6 *a);
void fm_fp6_neg(struct fm_fp6 *out, const struct fm_fp6 *a);
void fm_fp6_inv(struct fm_fp6 *out, const struct fm_fp6 *a);
/** a + b without its reduction: a factor of a product, see above. */
void fm_fp6_add_lazy(struct fm_fp6 *out, const struct fm_fp6 *a, const struct fm_fp6 *b);

void fm_fp12_mul(struct fm_fp12 *out, const struct fm_fp12 *a, const struct fm_fp12 *b);
void fm_fp12_sqr(struct fm_fp12 *out, const struct fm_fp12 *a);
/** a^(p^6): c0 - c1 w. In the cyclotomic subgroup that is 1/a. */
void fm_fp12_conj(struct fm_fp12 *out, const struct fm_fp12 *a);
/** 1/a; zero gives zero. */
void fm_fp12_inv(struct fm_fp12 *out, const struct fm_fp12 *a);
/** a^(p^n), n = 1, 2, 3. */
void fm_fp12_frobenius(struct fm_fp12 *out, const struct fm_fp12 *a, int n);
bool fm_fp12_is_one(const struct fm_fp12 *a) __attribute__((warn_unused_result));

/** Square of an element of the cyclotomic subgroup. */
void fm_fp12_cyclotomic_sqr(struct fm_fp12 *out, const struct fm_fp12 *a);
/** a^x for an element of the cyclotomic subgroup and the curve's parameter x. */
void fm_fp12_cyclotomic_pow_x(struct fm_fp12 *out, const struct fm_fp12 *a);

/** A line of the pairing (pairing.c): l[0] + l[1] v + l[2] v w. */
struct fm_line {
	struct fm_fp2 l[3];
};
void fm_fp12_mul_line(struct fm_fp12 *out, const struct fm_fp12 *a,
		      const struct fm_line *l);
/** Times two lines, multiplied first: 23 products in Fp2 instead of 26. */
void fm_fp12_mul_lines(struct fm_fp12 *out, const struct fm_fp12 *a,
		       const struct fm_line *l, const struct fm_line *m);

#endif
