/* SPDX-License-Identifier: MIT */
#include "bls/tower_inline.h"

const struct fm_fp2 fm_fp2_zero = { { { 0 } }, { { 0 } } };
const struct fm_fp2 fm_fp2_one = {
	{ { 0x760900000002fffd, 0xebf4000bc40c0002, 0x5f48985753c758ba,
	    0x77ce585370525745, 0x5c071a97a256ec6d, 0x15f65ec3fa80e493 } },
	{ { 0 } },
};

void fm_fp2_add(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp2 *b)
{
	fp2_add(out, a, b);
}

void fm_fp2_sub(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp2 *b)
{
	fp2_sub(out, a, b);
}

void fm_fp2_neg(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	fp_neg(&out->c0, &a->c0);
	fp_neg(&out->c1, &a->c1);
}

void fm_fp2_conj(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	out->c0 = a->c0;
	fp_neg(&out->c1, &a->c1);
}

/* c0 = a0 b0 - a1 b1, c1 = (a0 + a1)(b0 + b1) - a0 b0 - a1 b1 */
void fm_fp2_wide_mul(struct fm_fp2_wide *out, const struct fm_fp2 *a,
		     const struct fm_fp2 *b)
{
	struct fm_fp s, t;
	struct fm_fp_wide t1;

	fp_add_lazy(&s, &a->c0, &a->c1);
	fp_add_lazy(&t, &b->c0, &b->c1);
	fm_fp_wide_mul(&out->c1, &s, &t);
	fm_fp_wide_mul(&out->c0, &a->c0, &b->c0);
	fm_fp_wide_mul(&t1, &a->c1, &b->c1);
	wide_sub(&out->c1, &out->c1, &out->c0);
	wide_sub(&out->c1, &out->c1, &t1);
	wide_sub(&out->c0, &out->c0, &t1);
}

/* (a0 + a1)(a0 - a1 + 2p) and 2 a0 a1: factors below 4p */
static inline void sqr_factors(struct fm_fp *s, struct fm_fp *d, struct fm_fp *t,
			       const struct fm_fp2 *a)
{
	fp_add_lazy(s, &a->c0, &a->c1);
	fp_sub_lazy(d, &a->c0, &a->c1);
	fp_add_lazy(t, &a->c0, &a->c0);
}

void fm_fp2_wide_sqr(struct fm_fp2_wide *out, const struct fm_fp2 *a)
{
	struct fm_fp s, d, t;

	sqr_factors(&s, &d, &t, a);
	fm_fp_wide_mul(&out->c0, &s, &d);
	fm_fp_wide_mul(&out->c1, &t, &a->c1);
}

void fm_fp2_wide_reduce(struct fm_fp2 *out, const struct fm_fp2_wide *a)
{
	fm_fp_wide_reduce(&out->c0, &a->c0);
	fm_fp_wide_reduce(&out->c1, &a->c1);
}

void fm_fp2_mul(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp2 *b)
{
	struct fm_fp2_wide t;

	fm_fp2_wide_mul(&t, a, b);
	fm_fp2_wide_reduce(out, &t);
}

void fm_fp2_mul_fp(struct fm_fp2 *out, const struct fm_fp2 *a, const struct fm_fp *b)
{
	struct fm_fp t;

	fm_fp_mul(&t, &a->c0, b);
	fm_fp_mul(&out->c1, &a->c1, b);
	out->c0 = t;
}

void fm_fp2_sqr(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	struct fm_fp s, d, t;

	sqr_factors(&s, &d, &t, a);
	fm_fp_mul(&out->c1, &t, &a->c1);
	fm_fp_mul(&out->c0, &s, &d);
}

void fm_fp2_mul_xi(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	fp2_mul_xi(out, a);
}

/* c0^2 + c1^2 */
static void norm(struct fm_fp *out, const struct fm_fp2 *a)
{
	struct fm_fp t0, t1;

	fm_fp_sqr(&t0, &a->c0);
	fm_fp_sqr(&t1, &a->c1);
	fp_add(out, &t0, &t1);
}

void fm_fp2_inv(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	struct fm_fp t;

	norm(&t, a);
	fm_fp_inv(&t, &t);
	fm_fp_mul(&out->c0, &a->c0, &t);
	fm_fp_mul(&t, &a->c1, &t);
	fp_neg(&out->c1, &t);
}

bool fm_fp2_is_zero(const struct fm_fp2 *a)
{
	return fm_fp_is_zero(&a->c0) && fm_fp_is_zero(&a->c1);
}

bool fm_fp2_equal(const struct fm_fp2 *a, const struct fm_fp2 *b)
{
	return fm_fp_equal(&a->c0, &b->c0) && fm_fp_equal(&a->c1, &b->c1);
}

static void halve(struct fm_fp *out, const struct fm_fp *a)
{
	/* 1/2 */
	static const struct fm_fp half = {
		{0x1804000000015554, 0x855000053ab00001, 0x633cb57c253c276f,
		  0x6e22d1ec31ebb502, 0xd3916126f2d14ca2, 0x17fbb8571a006596}
	};

	fm_fp_mul(out, a, &half);
}

/* With s^2 = c0^2 + c1^2 and d = (c0 + s) / 2, the root is x + c1 / (2x) u for x^2 =
 * d. When d is no square, e = (c0 - s) / 2 is one, because d e = -(c1 / 2)^2 and -1 is
 * none. One power of d serves both: t = d^((p-3)/4) has d t^2 = 1 or -1.
 *    d t^2 = 1:   x = d t and 1/x = t, so the root is d t + (c1/2) t u
 *    d t^2 = -1:  (d t)^2 = -d = (c1/2)^2 / e, so e has the root (c1/2) / (d t) = -(c1/2) t
 *                 and the root is -(c1/2) t + d t u */
bool fm_fp2_sqrt(struct fm_fp2 *out, const struct fm_fp2 *a)
{
	struct fm_fp2 root, square;
	struct fm_fp s, d, t, h, dt;

	norm(&s, a);
	if (!fm_fp_sqrt(&s, &s))
		return false;
	fp_add(&d, &a->c0, &s);
	halve(&d, &d);
	if (fm_fp_is_zero(&d)) /* c1 = 0, s = -c0: take the other root of the norm */
		d = a->c0;
	fm_fp_pow_sqrt(&t, &d);
	fm_fp_mul(&dt, &d, &t);
	halve(&h, &a->c1);
	fm_fp_mul(&h, &h, &t);
	root.c0 = dt;
	root.c1 = h;
	fm_fp2_sqr(&square, &root);
	if (!fm_fp2_equal(&square, a)) {
		fp_neg(&root.c0, &h);
		root.c1 = dt;
		fm_fp2_sqr(&square, &root);
	}
	bool is_square = fm_fp2_equal(&square, a);
	*out = root;
	return is_square;
}

bool fm_fp2_is_larger(const struct fm_fp2 *a)
{
	return fm_fp_is_zero(&a->c1) ? fm_fp_is_larger(&a->c0) : fm_fp_is_larger(&a->c1);
}

bool fm_fp2_is_odd(const struct fm_fp2 *a)
{
	return fm_fp_is_zero(&a->c0) ? fm_fp_is_odd(&a->c1) : fm_fp_is_odd(&a->c0);
}
