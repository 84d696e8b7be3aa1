/* SPDX-License-Identifier: MIT */
/** The optimal ate pairing on BLS12-381.
 *
 *  The Miller loop runs over the bits of the curve's parameter x (64 bits, six ones)
 *  and keeps a point T on the twist, T = [k]Q for the bits so far, and f, the product
 *  of the lines met on the way. Points of the twist y^2 = x^3 + 4 xi go to the curve
 *  by (x, y) -> (x / w^2, y / w^3), w^6 = xi.
 *
 *  A line. Through (x1, y1) on the twist with slope s, at P = (xP, yP) of the curve,
 *  which is (xP w^2, yP w^3) in the twist's coordinates:
 *       yP w^3 - y1 - s (xP w^2 - x1)
 *  so it has coordinates at 1, w^2 = v and w^3 = v w only: struct fm_line, three of
 *  six. Any factor from Fp2 or a power of w may be dropped or added, since the final
 *  power sends it to one; that is why there are no divisions below.
 *
 *  T is homogeneous projective, (X / Z, Y / Z), with the steps of Costello, Lange,
 *  Naehrig (2009/615) in the form of Aranha and others (2010/526). */
#include "bls/pairing.h"

#include <assert.h>

#include "bls/tower_inline.h"

/* T as (X, Y, V = 2 Z), and P as the lines want it. */
struct state {
	struct fm_fp2 x, y, v;
	struct fm_fp x3, half_y; /* 3 xP, -yP / 2 */
	struct fm_g1 p;
	const struct fm_g2 *q;
};

static void start(struct state *t, const struct fm_g1 *p, const struct fm_g2 *q)
{
	/* -1/2 */
	static const struct fm_fp minus_half = {
		{0xa1fafffffffe5557, 0x995bfff976a3fffe, 0x03f41d24d174ceb4,
		  0xf6547998c1995dbd, 0x778a468f507a6034, 0x020559931f7f8103}
	};

	t->x = q->x;
	t->y = q->y;
	fm_fp2_add(&t->v, &fm_fp2_one, &fm_fp2_one);
	fm_fp_add(&t->x3, &p->x, &p->x);
	fm_fp_add(&t->x3, &t->x3, &p->x);
	fm_fp_mul(&t->half_y, &p->y, &minus_half);
	t->p = *p;
	t->q = q;
}

/* T = 2T, and the tangent at T in P, times 2 Y Z:
 *    3 b' Z^2 - Y^2,  3 X^2 xP,  -2 Y Z yP      with b' = 4 xi
 * With B = Y^2, E = 3 b' Z^2 = 3 xi V^2 and S = 2 X Y, 2T is
 *    S (B - 3E),  (B + 3E)^2 - 12 E^2,  8 B Y Z. */
static void double_step(struct fm_line *line, struct state *t)
{
	struct fm_fp2 b, e, h, s, u;
	struct fm_fp2_wide y, e2;

	fm_fp2_sqr(&b, &t->y);
	fm_fp2_sqr(&e, &t->v);
	fp2_add_lazy(&h, &t->y, &t->v);
	fm_fp2_sqr(&h, &h);
	fp2_sub(&h, &h, &b);
	fp2_sub(&h, &h, &e); /* 2 Y V = 4 Y Z */
	fp2_mul_xi(&e, &e);
	fp2_add(&u, &e, &e);
	fp2_add(&e, &e, &u);
	fp2_sub(&line->l[0], &e, &b);
	fm_fp2_mul_fp(&line->l[2], &h, &t->half_y);

	fm_fp2_sqr(&u, &t->x);
	fm_fp2_mul_fp(&line->l[1], &u, &t->x3);
	fp2_add_lazy(&s, &t->x, &t->y);
	fm_fp2_sqr(&s, &s);
	fp2_sub(&s, &s, &u);
	fp2_sub(&s, &s, &b);

	fp2_add_lazy(&u, &b, &b);
	fp2_add_lazy(&u, &u, &u);
	fm_fp2_mul(&t->v, &u, &h); /* 4 B 2 Y V = 2 (8 B Y Z) */
	fp2_add(&u, &e, &e);
	fm_fp2_wide_sqr(&e2, &u);
	fp2_add(&e, &e, &u);
	fp2_sub(&u, &b, &e);
	fm_fp2_mul(&t->x, &s, &u);
	fp2_add_lazy(&u, &b, &e);
	fm_fp2_wide_sqr(&y, &u);
	wide2_sub(&y, &y, &e2);
	wide2_sub(&y, &y, &e2);
	wide2_sub(&y, &y, &e2);
	fm_fp2_wide_reduce(&t->y, &y);
}

/* T = T + Q, and the line through both in P, times L: with the point as (2X, 2Y, V) =
 * (X, Y, Z), N = Y - yQ Z and L = X - xQ Z,
 *    N xQ - L yQ,  -N xP,  L yP
 * and with H = L^3 + N^2 Z - 2 L^2 X the sum is
 *    L H,  N (L^2 X - H) - L^3 Y,  L^3 Z. */
static void add_step(struct fm_line *line, struct state *t)
{
	struct fm_fp2 n, l, l2, l3, h, s;
	struct fm_fp neg;

	fp2_add(&t->x, &t->x, &t->x);
	fp2_add(&t->y, &t->y, &t->y);
	fm_fp2_mul(&n, &t->q->y, &t->v);
	fp2_sub(&n, &t->y, &n);
	fm_fp2_mul(&l, &t->q->x, &t->v);
	fp2_sub(&l, &t->x, &l);

	fm_fp2_mul(&s, &n, &t->q->x);
	fm_fp2_mul(&h, &l, &t->q->y);
	fp2_sub(&line->l[0], &s, &h);
	fp_neg(&neg, &t->p.x);
	fm_fp2_mul_fp(&line->l[1], &n, &neg);
	fm_fp2_mul_fp(&line->l[2], &l, &t->p.y);

	fm_fp2_sqr(&l2, &l);
	fm_fp2_mul(&l3, &l2, &l);
	fm_fp2_mul(&l2, &l2, &t->x);
	fm_fp2_sqr(&h, &n);
	fm_fp2_mul(&h, &h, &t->v);
	fp2_add(&h, &h, &l3);
	fp2_sub(&h, &h, &l2);
	fp2_sub(&h, &h, &l2);
	fm_fp2_mul(&t->x, &l, &h);
	fp2_sub(&l2, &l2, &h);
	fm_fp2_mul(&l2, &l2, &n);
	fm_fp2_mul(&t->y, &t->y, &l3);
	fp2_sub(&t->y, &l2, &t->y);
	fm_fp2_mul(&t->v, &t->v, &l3);
	fp2_add(&t->v, &t->v, &t->v);
}

/* f times one line of every pair, by twos. */
static void step_all(struct fm_fp12 *f, struct state *t, size_t n,
		     void step(struct fm_line *, struct state *))
{
	struct fm_line l, m;
	size_t i = 0;

	for (; i + 1 < n; i += 2) {
		step(&l, &t[i]);
		step(&m, &t[i + 1]);
		fm_fp12_mul_lines(f, f, &l, &m);
	}
	if (i < n) {
		step(&l, &t[i]);
		fm_fp12_mul_line(f, f, &l);
	}
}

void fm_miller_loop(struct fm_fp12 *out, const struct fm_g1 *p, const struct fm_g2 *q,
		    size_t n)
{
	struct state t[FM_PAIRS_MAX];
	struct fm_fp12 f = fm_fp12_one;

	assert(n >= 1 && n <= FM_PAIRS_MAX);
	for (size_t i = 0; i < n; i++)
		start(&t[i], &p[i], &q[i]);
	for (int bit = 62; bit >= 0; bit--) {
		if (bit < 62)
			fm_fp12_sqr(&f, &f);
		step_all(&f, t, n, double_step);
		if (FM_BLS_X >> bit & 1)
			step_all(&f, t, n, add_step);
	}
	/* x is negative: the function of -|x| is 1/f, which the final power makes the
	 * conjugate. */
	fm_fp12_conj(out, &f);
}

/* a b^(p^n) */
static void times_frobenius(struct fm_fp12 *out, const struct fm_fp12 *a,
			    const struct fm_fp12 *b, int n)
{
	struct fm_fp12 t;

	fm_fp12_frobenius(&t, b, n);
	fm_fp12_mul(out, a, &t);
}

/* First the powers p^6 - 1 and p^2 + 1: after that f^(p^6) = 1/f, so inverses are
 * conjugates. Then
 *    3 (p^4 - p^2 + 1) / r = (x - 1)^2 (x + p) (x^2 + p^2 - 1) + 3
 * (Hayashida, Hayasaka, Teruya 2020/875). */
void fm_final_power(struct fm_fp12 *out, const struct fm_fp12 *f)
{
	struct fm_fp12 a, b, t;

	fm_fp12_inv(&t, f);
	fm_fp12_conj(&a, f);
	fm_fp12_mul(&a, &a, &t);
	times_frobenius(&a, &a, &a, 2);

	fm_fp12_conj(&t, &a);
	fm_fp12_cyclotomic_pow_x(&b, &a);
	fm_fp12_mul(&b, &b, &t); /* x - 1 */
	fm_fp12_conj(&t, &b);
	fm_fp12_cyclotomic_pow_x(&b, &b);
	fm_fp12_mul(&b, &b, &t); /* (x - 1)^2 */
	fm_fp12_cyclotomic_pow_x(&t, &b);
	times_frobenius(&b, &t, &b, 1); /* times x + p */
	fm_fp12_cyclotomic_pow_x(&t, &b);
	fm_fp12_cyclotomic_pow_x(&t, &t);
	times_frobenius(&t, &t, &b, 2);
	fm_fp12_conj(&b, &b);
	fm_fp12_mul(&b, &b, &t); /* times x^2 + p^2 - 1 */

	fm_fp12_cyclotomic_sqr(&t, &a);
	fm_fp12_mul(&t, &t, &a);
	fm_fp12_mul(out, &b, &t); /* plus 3 */
}

bool fm_pairing_product_is_one(const struct fm_g1 *p, const struct fm_g2 *q, size_t n)
{
	struct fm_fp12 f;

	fm_miller_loop(&f, p, q, n);
	fm_final_power(&f, &f);
	return fm_fp12_is_one(&f);
}
