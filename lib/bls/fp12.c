/* SPDX-License-Identifier: MIT */
#include "bls/tower_inline.h"

const struct fm_fp12 fm_fp12_one = {
	.c0.c0.c0 = { { 0x760900000002fffd, 0xebf4000bc40c0002, 0x5f48985753c758ba,
			0x77ce585370525745, 0x5c071a97a256ec6d, 0x15f65ec3fa80e493 } },
};

/* (a0 + a1 w)(b0 + b1 w) from a0 b0, a1 b1 and (a0 + a1)(b0 + b1) */
static void combine(struct fm_fp12 *out, struct fm_fp6_wide *t0, struct fm_fp6_wide *t1,
		    struct fm_fp6_wide *both)
{
	fm_fp6_wide_sub(both, both, t0);
	fm_fp6_wide_sub(both, both, t1);
	fm_fp6_wide_reduce(&out->c1, both);
	fm_fp6_wide_add_v(t0, t0, t1);
	fm_fp6_wide_reduce(&out->c0, t0);
}

void fm_fp12_mul(struct fm_fp12 *out, const struct fm_fp12 *a, const struct fm_fp12 *b)
{
	struct fm_fp6_wide t0, t1, both;
	struct fm_fp6 s, t;

	fm_fp6_wide_mul(&t0, &a->c0, &b->c0);
	fm_fp6_wide_mul(&t1, &a->c1, &b->c1);
	fm_fp6_add_lazy(&s, &a->c0, &a->c1);
	fm_fp6_add_lazy(&t, &b->c0, &b->c1);
	fm_fp6_wide_mul(&both, &s, &t);
	combine(out, &t0, &t1, &both);
}

/* c1 = 2 a0 a1 and c0 = (a0 + a1)(a0 + v a1) - a0 a1 - v a0 a1 */
void fm_fp12_sqr(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	struct fm_fp6_wide product, twice;
	struct fm_fp6 s, t;

	fm_fp6_wide_mul(&product, &a->c0, &a->c1);
	fm_fp6_add_lazy(&s, &a->c0, &a->c1);
	fm_fp6_mul_v(&t, &a->c1);
	fm_fp6_add_lazy(&t, &a->c0, &t);
	fm_fp6_wide_add(&twice, &product, &product);
	fm_fp6_wide_reduce(&out->c1, &twice);
	fm_fp6_wide_mul(&twice, &s, &t);
	fm_fp6_wide_sub(&twice, &twice, &product);
	fm_fp6_wide_sub_v(&twice, &twice, &product);
	fm_fp6_wide_reduce(&out->c0, &twice);
}

void fm_fp12_conj(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	out->c0 = a->c0;
	fm_fp6_neg(&out->c1, &a->c1);
}

/* (a0 - a1 w) / (a0^2 - v a1^2) */
void fm_fp12_inv(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	struct fm_fp6_wide t0, t1;
	struct fm_fp6 norm;

	fm_fp6_wide_mul(&t0, &a->c0, &a->c0);
	fm_fp6_wide_mul(&t1, &a->c1, &a->c1);
	fm_fp6_wide_sub_v(&t0, &t0, &t1);
	fm_fp6_wide_reduce(&norm, &t0);
	fm_fp6_inv(&norm, &norm);
	fm_fp6_mul(&out->c0, &a->c0, &norm);
	fm_fp6_mul(&out->c1, &a->c1, &norm);
	fm_fp6_neg(&out->c1, &out->c1);
}

bool fm_fp12_is_one(const struct fm_fp12 *a)
{
	return fm_fp2_equal(&a->c0.c0, &fm_fp2_one) && fm_fp2_is_zero(&a->c0.c1) &&
	       fm_fp2_is_zero(&a->c0.c2) && fm_fp2_is_zero(&a->c1.c0) &&
	       fm_fp2_is_zero(&a->c1.c1) && fm_fp2_is_zero(&a->c1.c2);
}

/* ---- lines ---- */

void fm_fp12_mul_line(struct fm_fp12 *out, const struct fm_fp12 *a,
		      const struct fm_line *l)
{
	struct fm_fp6_wide t0, t1, both;
	struct fm_fp6 s;
	struct fm_fp2 l12;

	fm_fp6_wide_mul_01(&t0, &a->c0, &l->l[0], &l->l[1]);
	fm_fp6_wide_mul_1(&t1, &a->c1, &l->l[2]);
	fm_fp6_add_lazy(&s, &a->c0, &a->c1);
	fp2_add_lazy(&l12, &l->l[1], &l->l[2]);
	fm_fp6_wide_mul_01(&both, &s, &l->l[0], &l12);
	combine(out, &t0, &t1, &both);
}

/* even + odd w = (l0 + l1 v + l2 v w) (m0 + m1 v + m2 v w):
 *    l0 m0 + xi l2 m2,  l0 m1 + l1 m0,  l1 m1  and  0,  l0 m2 + l2 m0,  l1 m2 + l2 m1 */
static void lines_product(struct fm_fp6 *even, struct fm_fp6 *odd,
			  const struct fm_line *l, const struct fm_line *m)
{
	struct fm_fp2_wide t0, t1, t2, t;

	fm_fp2_wide_mul(&t0, &l->l[0], &m->l[0]);
	fm_fp2_wide_mul(&t1, &l->l[1], &m->l[1]);
	fm_fp2_wide_mul(&t2, &l->l[2], &m->l[2]);
	wide2_cross(&t, &l->l[0], &l->l[1], &m->l[0], &m->l[1], &t0, &t1);
	fm_fp2_wide_reduce(&even->c1, &t);
	fm_fp2_wide_reduce(&even->c2, &t1);
	odd->c0 = fm_fp2_zero;
	wide2_cross(&t, &l->l[0], &l->l[2], &m->l[0], &m->l[2], &t0, &t2);
	fm_fp2_wide_reduce(&odd->c1, &t);
	wide2_cross(&t, &l->l[1], &l->l[2], &m->l[1], &m->l[2], &t1, &t2);
	fm_fp2_wide_reduce(&odd->c2, &t);
	wide2_add_xi(&t0, &t0, &t2);
	fm_fp2_wide_reduce(&even->c0, &t0);
}

void fm_fp12_mul_lines(struct fm_fp12 *out, const struct fm_fp12 *a,
		       const struct fm_line *l, const struct fm_line *m)
{
	struct fm_fp6_wide t0, t1, both;
	struct fm_fp6 even, odd, s, t;

	lines_product(&even, &odd, l, m);
	fm_fp6_wide_mul(&t0, &a->c0, &even);
	fm_fp6_wide_mul_12(&t1, &a->c1, &odd.c1, &odd.c2);
	fm_fp6_add_lazy(&s, &a->c0, &a->c1);
	fm_fp6_add_lazy(&t, &even, &odd);
	fm_fp6_wide_mul(&both, &s, &t);
	combine(out, &t0, &t1, &both);
}

/* ---- powers of p ---- */

/* clang-format off */
/* xi^(i (p - 1) / 6), i = 1 to 5 */
static const struct fm_fp2 gamma1[5] = {
	{ { { 0x07089552b319d465, 0xc6695f92b50a8313, 0x97e83cccd117228f,
	      0xa35baecab2dc29ee, 0x1ce393ea5daace4d, 0x08f2220fb0fb66eb } },
	  { { 0xb2f66aad4ce5d646, 0x5842a06bfc497cec, 0xcf4895d42599d394,
	      0xc11b9cba40a8e8d0, 0x2e3813cbe5a0de89, 0x110eefda88847faf } } },
	{ { { 0 } },
	  { { 0xcd03c9e48671f071, 0x5dab22461fcda5d2, 0x587042afd3851b95,
	      0x8eb60ebe01bacb9e, 0x03f97d6e83d050d2, 0x18f0206554638741 } } },
	{ { { 0x7bcfa7a25aa30fda, 0xdc17dec12a927e7c, 0x2f088dd86b4ebef1,
	      0xd1ca2087da74d4a7, 0x2da2596696cebc1d, 0x0e2b7eedbbfd87d2 } },
	  { { 0x7bcfa7a25aa30fda, 0xdc17dec12a927e7c, 0x2f088dd86b4ebef1,
	      0xd1ca2087da74d4a7, 0x2da2596696cebc1d, 0x0e2b7eedbbfd87d2 } } },
	{ { { 0x890dc9e4867545c3, 0x2af322533285a5d5, 0x50880866309b7e2c,
	      0xa20d1b8c7e881024, 0x14e4f04fe2db9068, 0x14e56d3f1564853a } },
	  { { 0 } } },
	{ { { 0x82d83cf50dbce43f, 0xa2813e53df9d018f, 0xc6f0caa53c65e181,
	      0x7525cf528d50fe95, 0x4a85ed50f4798a6b, 0x171da0fd6cf8eebd } },
	  { { 0x3726c30af242c66c, 0x7c2ac1aad1b6fe70, 0xa04007fbba4b14a2,
	      0xef517c3266341429, 0x0095ba654ed2226b, 0x02e370eccc86f7dd } } },
};
/* xi^(i (p^2 - 1) / 6), i = 1 to 5: in Fp */
static const struct fm_fp gamma2[5] = {
	{ { 0xecfb361b798dba3a, 0xc100ddb891865a2c, 0x0ec08ff1232bda8e,
	    0xd5c13cc6f1ca4721, 0x47222a47bf7b5c04, 0x0110f184e51c5f59 } },
	{ { 0x30f1361b798a64e8, 0xf3b8ddab7ece5a2a, 0x16a8ca3ac61577f7,
	    0xc26a2ff874fd029b, 0x3636b76660701c6e, 0x051ba4ab241b6160 } },
	{ { 0x43f5fffffffcaaae, 0x32b7fff2ed47fffd, 0x07e83a49a2e99d69,
	    0xeca8f3318332bb7a, 0xef148d1ea0f4c069, 0x040ab3263eff0206 } },
	{ { 0xcd03c9e48671f071, 0x5dab22461fcda5d2, 0x587042afd3851b95,
	    0x8eb60ebe01bacb9e, 0x03f97d6e83d050d2, 0x18f0206554638741 } },
	{ { 0x890dc9e4867545c3, 0x2af322533285a5d5, 0x50880866309b7e2c,
	    0xa20d1b8c7e881024, 0x14e4f04fe2db9068, 0x14e56d3f1564853a } },
};
/* clang-format on */

/* As a polynomial in w, w^6 = xi, the element is c0.c0 + c1.c0 w + c0.c1 w^2 +
 * c1.c1 w^3 + c0.c2 w^4 + c1.c2 w^5. A p-th power conjugates the coefficients and
 * multiplies w^i by xi^(i (p - 1) / 6). */
static void frobenius1(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	fm_fp2_conj(&out->c0.c0, &a->c0.c0);
	fm_fp2_conj(&out->c1.c0, &a->c1.c0);
	fm_fp2_conj(&out->c0.c1, &a->c0.c1);
	fm_fp2_conj(&out->c1.c1, &a->c1.c1);
	fm_fp2_conj(&out->c0.c2, &a->c0.c2);
	fm_fp2_conj(&out->c1.c2, &a->c1.c2);
	fm_fp2_mul(&out->c1.c0, &out->c1.c0, &gamma1[0]);
	fm_fp2_mul(&out->c0.c1, &out->c0.c1, &gamma1[1]);
	fm_fp2_mul(&out->c1.c1, &out->c1.c1, &gamma1[2]);
	fm_fp2_mul(&out->c0.c2, &out->c0.c2, &gamma1[3]);
	fm_fp2_mul(&out->c1.c2, &out->c1.c2, &gamma1[4]);
}

static void frobenius2(struct fm_fp12 *out, const struct fm_fp12 *a)
{
	out->c0.c0 = a->c0.c0;
	fm_fp2_mul_fp(&out->c1.c0, &a->c1.c0, &gamma2[0]);
	fm_fp2_mul_fp(&out->c0.c1, &a->c0.c1, &gamma2[1]);
	fm_fp2_mul_fp(&out->c1.c1, &a->c1.c1, &gamma2[2]);
	fm_fp2_mul_fp(&out->c0.c2, &a->c0.c2, &gamma2[3]);
	fm_fp2_mul_fp(&out->c1.c2, &a->c1.c2, &gamma2[4]);
}

void fm_fp12_frobenius(struct fm_fp12 *out, const struct fm_fp12 *a, int n)
{
	if (n == 1) {
		frobenius1(out, a);
		return;
	}
	frobenius2(out, a);
	if (n == 3)
		frobenius1(out, out);
}
