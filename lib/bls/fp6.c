/* SPDX-License-Identifier: MIT */
#include "bls/tower_inline.h"

/* Six products:
 *    c0 = a0 b0 + xi (a1 b2 + a2 b1)
 *    c1 = a0 b1 + a1 b0 + xi a2 b2
 *    c2 = a0 b2 + a2 b0 + a1 b1
 * With reduced a, b no part leaves [-7 p^2, 8 p^2]. */
void fm_fp6_wide_mul(struct fm_fp6_wide *out, const struct fm_fp6 *a,
		     const struct fm_fp6 *b)
{
	struct fm_fp2_wide t0, t1, t2, t12;

	fm_fp2_wide_mul(&t0, &a->c0, &b->c0);
	fm_fp2_wide_mul(&t1, &a->c1, &b->c1);
	fm_fp2_wide_mul(&t2, &a->c2, &b->c2);
	wide2_cross(&t12, &a->c1, &a->c2, &b->c1, &b->c2, &t1, &t2);
	wide2_cross(&out->c1, &a->c0, &a->c1, &b->c0, &b->c1, &t0, &t1);
	wide2_cross(&out->c2, &a->c0, &a->c2, &b->c0, &b->c2, &t0, &t2);
	wide2_add_xi(&out->c0, &t0, &t12);
	wide2_add_xi(&out->c1, &out->c1, &t2);
	wide2_add(&out->c2, &out->c2, &t1);
}

/* c0 = a0 b0 + xi a2 b1, c1 = a0 b1 + a1 b0, c2 = a2 b0 + a1 b1 */
void fm_fp6_wide_mul_01(struct fm_fp6_wide *out, const struct fm_fp6 *a,
			const struct fm_fp2 *b0, const struct fm_fp2 *b1)
{
	struct fm_fp2_wide t0, t1, t2;

	fm_fp2_wide_mul(&t0, &a->c0, b0);
	fm_fp2_wide_mul(&t1, &a->c1, b1);
	wide2_cross(&out->c1, &a->c0, &a->c1, b0, b1, &t0, &t1);
	fm_fp2_wide_mul(&t2, &a->c2, b1);
	wide2_add_xi(&out->c0, &t0, &t2);
	fm_fp2_wide_mul(&t2, &a->c2, b0);
	wide2_add(&out->c2, &t2, &t1);
}

void fm_fp6_wide_mul_1(struct fm_fp6_wide *out, const struct fm_fp6 *a,
		       const struct fm_fp2 *b1)
{
	struct fm_fp2_wide t;

	fm_fp2_wide_mul(&t, &a->c2, b1);
	wide2_mul_xi(&out->c0, &t);
	fm_fp2_wide_mul(&out->c1, &a->c0, b1);
	fm_fp2_wide_mul(&out->c2, &a->c1, b1);
}

/* c0 = xi (a1 b2 + a2 b1), c1 = a0 b1 + xi a2 b2, c2 = a0 b2 + a1 b1 */
void fm_fp6_wide_mul_12(struct fm_fp6_wide *out, const struct fm_fp6 *a,
			const struct fm_fp2 *b1, const struct fm_fp2 *b2)
{
	struct fm_fp2_wide t1, t2, t12;

	fm_fp2_wide_mul(&t1, &a->c1, b1);
	fm_fp2_wide_mul(&t2, &a->c2, b2);
	wide2_cross(&t12, &a->c1, &a->c2, b1, b2, &t1, &t2);
	wide2_mul_xi(&out->c0, &t12);
	fm_fp2_wide_mul(&t12, &a->c0, b1);
	wide2_add_xi(&out->c1, &t12, &t2);
	fm_fp2_wide_mul(&t12, &a->c0, b2);
	wide2_add(&out->c2, &t12, &t1);
}

void fm_fp6_wide_add(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		     const struct fm_fp6_wide *b)
{
	wide2_add(&out->c0, &a->c0, &b->c0);
	wide2_add(&out->c1, &a->c1, &b->c1);
	wide2_add(&out->c2, &a->c2, &b->c2);
}

void fm_fp6_wide_sub(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		     const struct fm_fp6_wide *b)
{
	wide2_sub(&out->c0, &a->c0, &b->c0);
	wide2_sub(&out->c1, &a->c1, &b->c1);
	wide2_sub(&out->c2, &a->c2, &b->c2);
}

void fm_fp6_wide_add_v(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		       const struct fm_fp6_wide *b)
{
	wide2_add_xi(&out->c0, &a->c0, &b->c2);
	wide2_add(&out->c1, &a->c1, &b->c0);
	wide2_add(&out->c2, &a->c2, &b->c1);
}

void fm_fp6_wide_sub_v(struct fm_fp6_wide *out, const struct fm_fp6_wide *a,
		       const struct fm_fp6_wide *b)
{
	wide_sub(&out->c0.c0, &a->c0.c0, &b->c2.c0);
	wide_add(&out->c0.c0, &out->c0.c0, &b->c2.c1);
	wide_sub(&out->c0.c1, &a->c0.c1, &b->c2.c0);
	wide_sub(&out->c0.c1, &out->c0.c1, &b->c2.c1);
	wide2_sub(&out->c1, &a->c1, &b->c0);
	wide2_sub(&out->c2, &a->c2, &b->c1);
}

void fm_fp6_wide_reduce(struct fm_fp6 *out, const struct fm_fp6_wide *a)
{
	fm_fp2_wide_reduce(&out->c0, &a->c0);
	fm_fp2_wide_reduce(&out->c1, &a->c1);
	fm_fp2_wide_reduce(&out->c2, &a->c2);
}

void fm_fp6_mul(struct fm_fp6 *out, const struct fm_fp6 *a, const struct fm_fp6 *b)
{
	struct fm_fp6_wide t;

	fm_fp6_wide_mul(&t, a, b);
	fm_fp6_wide_reduce(out, &t);
}

void fm_fp6_mul_v(struct fm_fp6 *out, const struct fm_fp6 *a)
{
	struct fm_fp2 c2 = a->c2;

	out->c2 = a->c1;
	out->c1 = a->c0;
	fm_fp2_mul_xi(&out->c0, &c2);
}

void fm_fp6_neg(struct fm_fp6 *out, const struct fm_fp6 *a)
{
	fm_fp2_neg(&out->c0, &a->c0);
	fm_fp2_neg(&out->c1, &a->c1);
	fm_fp2_neg(&out->c2, &a->c2);
}

void fm_fp6_add_lazy(struct fm_fp6 *out, const struct fm_fp6 *a, const struct fm_fp6 *b)
{
	fp2_add_lazy(&out->c0, &a->c0, &b->c0);
	fp2_add_lazy(&out->c1, &a->c1, &b->c1);
	fp2_add_lazy(&out->c2, &a->c2, &b->c2);
}

/* With t0 = a0^2 - xi a1 a2, t1 = xi a2^2 - a0 a1, t2 = a1^2 - a0 a2 the product
 * (a0 + a1 v + a2 v^2) (t0 + t1 v + t2 v^2) is in Fp2: a0 t0 + xi (a2 t1 + a1 t2). */
void fm_fp6_inv(struct fm_fp6 *out, const struct fm_fp6 *a)
{
	struct fm_fp6 t;
	struct fm_fp2 s, norm;

	fm_fp2_sqr(&t.c0, &a->c0);
	fm_fp2_mul(&s, &a->c1, &a->c2);
	fm_fp2_mul_xi(&s, &s);
	fm_fp2_sub(&t.c0, &t.c0, &s);
	fm_fp2_sqr(&t.c1, &a->c2);
	fm_fp2_mul_xi(&t.c1, &t.c1);
	fm_fp2_mul(&s, &a->c0, &a->c1);
	fm_fp2_sub(&t.c1, &t.c1, &s);
	fm_fp2_sqr(&t.c2, &a->c1);
	fm_fp2_mul(&s, &a->c0, &a->c2);
	fm_fp2_sub(&t.c2, &t.c2, &s);

	fm_fp2_mul(&norm, &a->c2, &t.c1);
	fm_fp2_mul(&s, &a->c1, &t.c2);
	fm_fp2_add(&norm, &norm, &s);
	fm_fp2_mul_xi(&norm, &norm);
	fm_fp2_mul(&s, &a->c0, &t.c0);
	fm_fp2_add(&norm, &norm, &s);
	fm_fp2_inv(&norm, &norm);
	fm_fp2_mul(&out->c0, &t.c0, &norm);
	fm_fp2_mul(&out->c1, &t.c1, &norm);
	fm_fp2_mul(&out->c2, &t.c2, &norm);
}
