/* SPDX-License-Identifier: MIT */
/** The cyclotomic subgroup of Fp12: a^(p^4 - p^2 + 1) = 1. With s = v w, s^2 = xi,
 *  an element is
 *       g0 + g1 s + (g2 + g3 s) w + (g4 + g5 s) w^2
 *  and with the squares in Fp4 = Fp2[s]
 *       A + B s = (g0 + g1 s)^2,  C + D s = (g2 + g3 s)^2,  E + F s = (g4 + g5 s)^2
 *  its square is (Granger, Scott, 2009/565, 3.2)
 *       h0 = 3 A - 2 g0,  h4 = 3 C - 2 g4,  h3 = 3 E - 2 g3,
 *       h1 = 3 B + 2 g1,  h5 = 3 D + 2 g5,  h2 = 3 xi F + 2 g2.
 *  Only h0 and h1 need g0 and g1. Karabina (2010/542) leaves these two out as long as
 *  there are only squares to take, and finds them again from the other four:
 *       g1 = (xi g5^2 + 3 g4^2 - 2 g3) / (4 g2)
 *       g0 = 1 + xi (2 g1^2 + g2 g5 - 3 g3 g4) */
#include "bls/tower_inline.h"

struct compressed {
	struct fm_fp2 g2, g3, g4, g5;
};

/* even + odd s = (a + b s)^2 */
static void fp4_sqr(struct fm_fp2 *even, struct fm_fp2 *odd, const struct fm_fp2 *a,
		    const struct fm_fp2 *b)
{
	struct fm_fp2_wide aa, bb, t;
	struct fm_fp2 sum;

	fm_fp2_wide_sqr(&aa, a);
	fm_fp2_wide_sqr(&bb, b);
	fp2_add_lazy(&sum, a, b);
	fm_fp2_wide_sqr(&t, &sum);
	wide2_sub(&t, &t, &aa);
	wide2_sub(&t, &t, &bb);
	fm_fp2_wide_reduce(odd, &t);
	wide2_add_xi(&aa, &aa, &bb);
	fm_fp2_wide_reduce(even, &aa);
}

/* a = 3 t - 2 a */
static void triple_less(struct fm_fp2 *a, const struct fm_fp2 *t)
{
	struct fm_fp2 d;

	fp2_sub(&d, t, a);
	fp2_add(&d, &d, &d);
	fp2_add(a, &d, t);
}

/* a = 3 t + 2 a */
static void triple_plus(struct fm_fp2 *a, const struct fm_fp2 *t)
{
	struct fm_fp2 s;

	fp2_add(&s, t, a);
	fp2_add(&s, &s, &s);
	fp2_add(a, &s, t);
}

/* h2 to h5, in place. */
static void sqr_g2345(struct fm_fp2 *g2, struct fm_fp2 *g3, struct fm_fp2 *g4,
		      struct fm_fp2 *g5)
{
	struct fm_fp2 even, odd, even2, odd2;

	fp4_sqr(&even, &odd, g2, g3);
	fp4_sqr(&even2, &odd2, g4, g5);
	fp2_mul_xi(&odd2, &odd2);
	triple_plus(g2, &odd2);
	triple_less(g3, &even2);
	triple_less(g4, &even);
	triple_plus(g5, &odd);
}

void fm_fp12_cyclotomic_sqr(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	struct fm_fp2 even, odd;

	if (out != a)
		*out = *a;
	fp4_sqr(&even, &odd, &out->c0.c0, &out->c1.c1);
	triple_less(&out->c0.c0, &even);
	triple_plus(&out->c1.c1, &odd);
	sqr_g2345(&out->c1.c0, &out->c0.c2, &out->c0.c1, &out->c1.c2);
}

/* g0 and g1 from the others and 1 / (4 g2). */
static void complete(struct fm_fp12 *out, const struct compressed *g,
		     const struct fm_fp2 *inverse)
{
	struct fm_fp2 *g0 = &out->c0.c0, *g1 = &out->c1.c1, t;

	fm_fp2_sqr(&t, &g->g4);
	fp2_sub(g1, &t, &g->g3);
	fp2_add(g1, g1, g1);
	fp2_add(g1, g1, &t);
	fm_fp2_sqr(&t, &g->g5);
	fp2_mul_xi(&t, &t);
	fp2_add(g1, g1, &t);
	fm_fp2_mul(g1, g1, inverse);

	fm_fp2_sqr(g0, g1);
	fm_fp2_mul(&t, &g->g3, &g->g4);
	fp2_sub(g0, g0, &t);
	fp2_add(g0, g0, g0);
	fp2_sub(g0, g0, &t);
	fm_fp2_mul(&t, &g->g2, &g->g5);
	fp2_add(g0, g0, &t);
	fp2_mul_xi(g0, g0);
	fp2_add(g0, g0, &fm_fp2_one);
	out->c1.c0 = g->g2;
	out->c0.c2 = g->g3;
	out->c0.c1 = g->g4;
	out->c1.c2 = g->g5;
}

/* Three at once for the price of one inversion. False when a g2 is zero,
 * as that of 1 is. */
static bool complete_all(struct fm_fp12 out[3], const struct compressed g[3])
{
	struct fm_fp2 product[3], inverse, t;

	product[0] = g[0].g2;
	fm_fp2_mul(&product[1], &product[0], &g[1].g2);
	fm_fp2_mul(&product[2], &product[1], &g[2].g2);
	if (fm_fp2_is_zero(&product[2]))
		return false;
	fp2_add(&t, &product[2], &product[2]);
	fp2_add(&t, &t, &t);
	fm_fp2_inv(&inverse, &t);
	for (int i = 2; i > 0; i--) {
		fm_fp2_mul(&t, &inverse, &product[i - 1]);
		complete(&out[i], &g[i], &t);
		fm_fp2_mul(&inverse, &inverse, &g[i].g2);
	}
	complete(&out[0], &g[0], &inverse);
	return true;
}

static void sqr_times(struct fm_fp12 *a, int n)
{
	while (n--)
		fm_fp12_cyclotomic_sqr(a, a);
}

/* -x = 2^63 + 2^62 + 2^60 + 2^57 + 2^48 + 2^16: squares up to 2^57 compressed. */
void fm_fp12_cyclotomic_pow_x(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	static const int runs[3] = { 16, 48 - 16, 57 - 48 };
	struct compressed g = { a->c1.c0, a->c0.c2, a->c0.c1, a->c1.c2 }, saved[3];
	struct fm_fp12 power[3], t;

	for (int i = 0; i < 3; i++) {
		for (int n = runs[i]; n > 0; n--)
			sqr_g2345(&g.g2, &g.g3, &g.g4, &g.g5);
		saved[i] = g;
	}
	if (!complete_all(power, saved)) {
		t = *a;
		for (int i = 0; i < 3; i++) {
			sqr_times(&t, runs[i]);
			power[i] = t;
		}
	}
	t = power[2];
	fm_fp12_mul(&power[1], &power[1], &power[0]);
	fm_fp12_mul(&power[2], &power[2], &power[1]);
	for (int i = 0; i < 3; i++) {
		static const int more[3] = { 60 - 57, 62 - 60, 63 - 62 };

		sqr_times(&t, more[i]);
		fm_fp12_mul(&power[2], &power[2], &t);
	}
	fm_fp12_conj(out, &power[2]); /* x is negative */
}
