/* SPDX-License-Identifier: MIT */
#include "bls/group.h"
#include "bls/tower_inline.h"

#include <string.h>

/* 4, both coordinates of the twist's 4 (u + 1) */
static const struct fm_fp2 twist_b = {
	{ { 0xaa270000000cfff3, 0x53cc0032fc34000a, 0x478fe97a6b0a807f,
	    0xb1d37ebee6ba24d7, 0x8ec9733bbf78ab2f, 0x09d645513d83de7e } },
	{ { 0xaa270000000cfff3, 0x53cc0032fc34000a, 0x478fe97a6b0a807f,
	    0xb1d37ebee6ba24d7, 0x8ec9733bbf78ab2f, 0x09d645513d83de7e } },
};

/* psi(x, y) = (conj(x) (u + 1)^-((p-1)/3), conj(y) (u + 1)^-((p-1)/2)). The first
 * factor is psi_x u, the second psi_y (1 - u). */
static const struct fm_fp psi_x = {
	{0x890dc9e4867545c3, 0x2af322533285a5d5, 0x50880866309b7e2c, 0xa20d1b8c7e881024,
	  0x14e4f04fe2db9068, 0x14e56d3f1564853a}
};
static const struct fm_fp psi_y = {
	{0x3e2f585da55c9ad1, 0x4294213d86c18183, 0x382844c88b623732, 0x92ad2afd19103e18,
	  0x1d794e4fac7cf0b9, 0x0bd592fc7d825ec8}
};

void fm_g2_from_affine(struct fm_g2_jac *out, const struct fm_g2 *a)
{
	out->x = a->x;
	out->y = a->y;
	out->z = fm_fp2_one;
}

bool fm_g2_is_infinity(const struct fm_g2_jac *a)
{
	return fm_fp2_is_zero(&a->z);
}

/* (X/Z^2, Y/Z^3), with 1/Z given */
static void scale(struct fm_g2 *out, const struct fm_g2_jac *a, const struct fm_fp2 *inv)
{
	struct fm_fp2 t;

	fm_fp2_sqr(&t, inv);
	fm_fp2_mul(&out->x, &a->x, &t);
	fm_fp2_mul(&t, &t, inv);
	fm_fp2_mul(&out->y, &a->y, &t);
}

bool fm_g2_to_affine(struct fm_g2 *out, const struct fm_g2_jac *a)
{
	struct fm_fp2 inv;

	if (fm_g2_is_infinity(a))
		return false;
	fm_fp2_inv(&inv, &a->z);
	scale(out, a, &inv);
	return true;
}

/* Montgomery's trick (1987): out[i].x first holds the product of the z before it. */
void fm_g2_to_affine_all(struct fm_g2 *out, const struct fm_g2_jac *a, size_t count)
{
	struct fm_fp2 product = fm_fp2_one, inv;

	for (size_t i = 0; i < count; i++) {
		out[i].x = product;
		if (!fm_g2_is_infinity(&a[i]))
			fm_fp2_mul(&product, &product, &a[i].z);
	}
	fm_fp2_inv(&product, &product);
	for (size_t i = count; i-- > 0;) {
		if (fm_g2_is_infinity(&a[i])) {
			memset(&out[i], 0, sizeof(out[i]));
			continue;
		}
		fm_fp2_mul(&inv, &product, &out[i].x);
		fm_fp2_mul(&product, &product, &a[i].z);
		scale(&out[i], &a[i], &inv);
	}
}

/* dbl-2009-l of the Explicit-Formulas Database (Lange), the product 4 x y^2 taken as
 * one: a square costs two products of Fp and a product three, but a sum is not free.
 * Infinity stays infinity; the curve has odd order, so no point doubles to it. */
void fm_g2_double(struct fm_g2_jac *out, const struct fm_g2_jac *a)
{
	struct fm_fp2 xx, yy, d, e;
	struct fm_fp2_wide v, w;

	fm_fp2_sqr(&xx, &a->x);
	fm_fp2_sqr(&yy, &a->y);
	fm_fp2_add(&yy, &yy, &yy); /* 2 y^2 */
	fm_fp2_mul(&d, &a->x, &yy);
	fm_fp2_add(&d, &d, &d); /* 4 x y^2 */
	fm_fp2_add(&e, &xx, &xx);
	fm_fp2_add(&e, &e, &xx); /* 3 x^2 */
	fm_fp2_mul(&out->z, &a->y, &a->z);
	fm_fp2_add(&out->z, &out->z, &out->z);
	fm_fp2_sqr(&xx, &e);
	fm_fp2_sub(&xx, &xx, &d);
	fm_fp2_sub(&out->x, &xx, &d);
	fm_fp2_sub(&d, &d, &out->x);
	fm_fp2_wide_mul(&w, &e, &d);
	fm_fp2_wide_sqr(&v, &yy);
	wide2_sub(&w, &w, &v);
	wide2_sub(&w, &w, &v);
	fm_fp2_wide_reduce(&out->y, &w);
}

/* The common end of both: (u1, s1), h = u2 - u1 and r = s2 - s1 over z = z1 z2. */
static void add_end(struct fm_g2_jac *out, struct fm_fp2 *u1, struct fm_fp2 *s1,
		    const struct fm_fp2 *h, const struct fm_fp2 *r,
		    const struct fm_fp2 *z)
{
	struct fm_fp2 hh, hhh, x;
	struct fm_fp2_wide v, w;

	fm_fp2_mul(&out->z, z, h); /* zero, so infinity, for opposite points */
	fm_fp2_sqr(&hh, h);
	fm_fp2_mul(&hhh, &hh, h);
	fm_fp2_mul(u1, u1, &hh);
	fm_fp2_sqr(&x, r);
	fm_fp2_sub(&x, &x, &hhh);
	fm_fp2_sub(&x, &x, u1);
	fm_fp2_sub(&out->x, &x, u1);
	fm_fp2_sub(u1, u1, &out->x);
	fm_fp2_wide_mul(&w, u1, r);
	fm_fp2_wide_mul(&v, s1, &hhh);
	wide2_sub(&w, &w, &v);
	fm_fp2_wide_reduce(&out->y, &w);
}

/* add-1998-cmo-2 (EFD; Cohen, Miyaji, Ono), completed. */
void fm_g2_add(struct fm_g2_jac *out, const struct fm_g2_jac *a,
	       const struct fm_g2_jac *b)
{
	struct fm_fp2 za, zb, u1, s1, h, r;

	if (fm_g2_is_infinity(a) || fm_g2_is_infinity(b)) {
		*out = fm_g2_is_infinity(a) ? *b : *a;
		return;
	}
	fm_fp2_sqr(&za, &a->z);
	fm_fp2_sqr(&zb, &b->z);
	fm_fp2_mul(&u1, &a->x, &zb);
	fm_fp2_mul(&h, &b->x, &za);
	fm_fp2_mul(&zb, &zb, &b->z);
	fm_fp2_mul(&za, &za, &a->z);
	fm_fp2_mul(&s1, &a->y, &zb);
	fm_fp2_mul(&r, &b->y, &za);
	fm_fp2_sub(&h, &h, &u1);
	fm_fp2_sub(&r, &r, &s1);
	if (fm_fp2_is_zero(&h) && fm_fp2_is_zero(&r)) {
		fm_g2_double(out, a);
		return;
	}
	fm_fp2_mul(&za, &a->z, &b->z);
	add_end(out, &u1, &s1, &h, &r, &za);
}

/* The same with Z2 = 1. */
void fm_g2_add_affine(struct fm_g2_jac *out, const struct fm_g2_jac *a,
		      const struct fm_g2 *b)
{
	struct fm_fp2 zz, u1, s1, h, r;

	if (fm_g2_is_infinity(a)) {
		fm_g2_from_affine(out, b);
		return;
	}
	fm_fp2_sqr(&zz, &a->z);
	fm_fp2_mul(&h, &b->x, &zz);
	fm_fp2_sub(&h, &h, &a->x);
	fm_fp2_mul(&zz, &zz, &a->z);
	fm_fp2_mul(&r, &b->y, &zz);
	fm_fp2_sub(&r, &r, &a->y);
	if (fm_fp2_is_zero(&h) && fm_fp2_is_zero(&r)) {
		fm_g2_double(out, a);
		return;
	}
	u1 = a->x;
	s1 = a->y;
	zz = a->z;
	add_end(out, &u1, &s1, &h, &r, &zz);
}

void fm_g2_neg(struct fm_g2_jac *out, const struct fm_g2_jac *a)
{
	out->x = a->x;
	fm_fp2_neg(&out->y, &a->y);
	out->z = a->z;
}

/* Conjugation is a field automorphism, so it goes through X/Z^2 and Y/Z^3:
 *    conj(x) psi_x u = psi_x c1 + psi_x c0 u
 *    conj(y) psi_y (1 - u) = psi_y (c0 - c1) - psi_y (c0 + c1) u */
static void psi_xy(struct fm_fp2 *x, struct fm_fp2 *y, const struct fm_fp2 *ax,
		   const struct fm_fp2 *ay)
{
	struct fm_fp sum, t;

	fm_fp_mul(&t, &ax->c0, &psi_x);
	fm_fp_mul(&x->c0, &ax->c1, &psi_x);
	x->c1 = t;
	fm_fp_add(&sum, &ay->c0, &ay->c1);
	fm_fp_sub(&t, &ay->c0, &ay->c1);
	fm_fp_mul(&y->c0, &t, &psi_y);
	fm_fp_mul(&sum, &sum, &psi_y);
	fm_fp_neg(&y->c1, &sum);
}

void fm_g2_psi(struct fm_g2_jac *out, const struct fm_g2_jac *a)
{
	psi_xy(&out->x, &out->y, &a->x, &a->y);
	fm_fp2_conj(&out->z, &a->z);
}

void fm_g2_psi_affine(struct fm_g2 *out, const struct fm_g2 *a)
{
	psi_xy(&out->x, &out->y, &a->x, &a->y);
}

/* Double and add along |x| = 2^63 + 2^62 + 2^60 + 2^57 + 2^48 + 2^16; x is negative. */
void fm_g2_mul_x(struct fm_g2_jac *out, const struct fm_g2_jac *a)
{
	struct fm_g2_jac base = *a, t = *a;

	for (int bit = 62; bit >= 0; bit--) {
		fm_g2_double(&t, &t);
		if (FM_BLS_X >> bit & 1)
			fm_g2_add(&t, &t, &base);
	}
	fm_g2_neg(out, &t);
}

/* Budroni, Pintore, 2017/419; RFC 9380, G.3:
 *      [x^2 - x - 1]P + [x - 1]psi(P) + psi^2([2]P)
 *      = [x]([x]P + psi(P)) + psi^2([2]P) - psi(P) - [x]P - P */
void fm_g2_clear_cofactor(struct fm_g2_jac *out, const struct fm_g2_jac *a)
{
	struct fm_g2_jac p = *a, xp, psi, t, sum;

	fm_g2_mul_x(&xp, &p);
	fm_g2_psi(&psi, &p);
	fm_g2_add(&t, &xp, &psi);
	fm_g2_mul_x(&sum, &t);
	fm_g2_neg(&t, &t);
	fm_g2_add(&sum, &sum, &t);
	fm_g2_neg(&t, &p);
	fm_g2_add(&sum, &sum, &t);
	fm_g2_double(&t, &p);
	fm_g2_psi(&t, &t);
	fm_g2_psi(&t, &t);
	fm_g2_add(out, &sum, &t);
}

/* psi(P) = [x]P (Scott, 2021/1130). On the whole twist psi^2 - [x + 1]psi + [p] = 0, so
 * such a P has [x^2 - (x + 1) x + p]P = [p - x]P = 0, and p - x = r h1 with
 * h1 = (x - 1)^2 / 3. The order of P divides this and r h2, the order of the twist; h1
 * and h2 have no common factor (the condition of the proof, true of this curve), so it
 * divides r. */
bool fm_g2_in_subgroup(const struct fm_g2 *a)
{
	struct fm_g2_jac t;
	struct fm_g2 psi;
	struct fm_fp2 zz;

	fm_g2_from_affine(&t, a);
	for (int bit = 62; bit >= 0; bit--) {
		fm_g2_double(&t, &t);
		if (FM_BLS_X >> bit & 1)
			fm_g2_add_affine(&t, &t, a);
	}
	/* psi(P) against -t = (X/Z^2, -Y/Z^3); x is prime to the twist's order, so t is not
	 * infinity */
	fm_g2_psi_affine(&psi, a);
	fm_fp2_sqr(&zz, &t.z);
	fm_fp2_mul(&psi.x, &psi.x, &zz);
	fm_fp2_mul(&zz, &zz, &t.z);
	fm_fp2_mul(&psi.y, &psi.y, &zz);
	fm_fp2_neg(&psi.y, &psi.y);
	return fm_fp2_equal(&psi.x, &t.x) && fm_fp2_equal(&psi.y, &t.y);
}

enum fm_bls_fault fm_g2_decode(struct fm_g2 *out, const uint8_t in[static 96])
{
	struct fm_fp2 yy;
	struct fm_g2 p;
	bool larger = false;
	enum fm_bls_fault fault = fm_point_head(&p.x.c1, &larger, in, 96);

	if (fault)
		return fault;
	if (!fm_fp_read(&p.x.c0, in + 48))
		return FM_BLS_FORM;
	fm_fp2_sqr(&yy, &p.x);
	fm_fp2_mul(&yy, &yy, &p.x);
	fm_fp2_add(&yy, &yy, &twist_b);
	if (!fm_fp2_sqrt(&p.y, &yy))
		return FM_BLS_CURVE;
	if (fm_fp2_is_larger(&p.y) != larger)
		fm_fp2_neg(&p.y, &p.y);
	if (!fm_g2_in_subgroup(&p))
		return FM_BLS_SUBGROUP;
	*out = p;
	return FM_BLS_OK;
}
