/* SPDX-License-Identifier: MIT */
#include "bls/group.h"

#include <string.h>

/* The three flags of a compressed point's first byte. */
#define COMPRESSED 0x80u
#define INFINITE 0x40u
#define LARGER 0x20u

/* The generator every library uses; it is the point the IETF's draft on
 * pairing-friendly curves (4.2.1) gives. */
const struct fm_g1 fm_g1_generator = {
	{ { 0x5cb38790fd530c16, 0x7817fc679976fff5, 0x154f95c7143ba1c1,
	    0xf0ae6acdf3d0e747, 0xedce6ecc21dbf440, 0x120177419e0bfb75 } },
	{ { 0xbaac93d50ce72271, 0x8c22631a7918fd8e, 0xdd595f13570725ce,
	    0x51ac582950405194, 0x0e1c8c3fad0059c0, 0x0bbc3efc5008a26a } },
};

/* The cube root of 1 with which phi(x, y) = (beta x, y) is [-x^2] on the subgroup. */
static const struct fm_fp beta = {
	{0x30f1361b798a64e8, 0xf3b8ddab7ece5a2a, 0x16a8ca3ac61577f7, 0xc26a2ff874fd029b,
	  0x3636b76660701c6e, 0x051ba4ab241b6160}
};

struct g1_jac {
	struct fm_fp x, y, z;
};

enum fm_bls_fault fm_point_head(struct fm_fp *first, bool *larger, const uint8_t *in,
				size_t len)
{
	uint8_t be[48];
	unsigned beside = in[0] & ~(COMPRESSED | INFINITE);

	if (!(in[0] & COMPRESSED))
		return FM_BLS_FORM;
	if (in[0] & INFINITE) {
		for (size_t i = 1; i < len; i++)
			beside |= in[i];
		return beside ? FM_BLS_FORM : FM_BLS_INFINITY;
	}
	*larger = in[0] & LARGER;
	memcpy(be, in, sizeof(be));
	be[0] &= (uint8_t) ~(COMPRESSED | LARGER);
	return fm_fp_read(first, be) ? FM_BLS_OK : FM_BLS_FORM;
}

/* dbl-2009-l of the Explicit-Formulas Database (Lange). Infinity stays infinity; there
 * is no point of order 2. */
static void jac_double(struct g1_jac *out, const struct g1_jac *a)
{
	struct fm_fp xx, yy, yyyy, d, e;

	fm_fp_sqr(&xx, &a->x);
	fm_fp_sqr(&yy, &a->y);
	fm_fp_sqr(&yyyy, &yy);
	fm_fp_mul(&d, &a->x, &yy);
	fm_fp_add(&d, &d, &d);
	fm_fp_add(&d, &d, &d); /* 4 x y^2 */
	fm_fp_add(&e, &xx, &xx);
	fm_fp_add(&e, &e, &xx); /* 3 x^2 */
	fm_fp_mul(&out->z, &a->y, &a->z);
	fm_fp_add(&out->z, &out->z, &out->z);
	fm_fp_sqr(&out->x, &e);
	fm_fp_sub(&out->x, &out->x, &d);
	fm_fp_sub(&out->x, &out->x, &d);
	fm_fp_sub(&d, &d, &out->x);
	fm_fp_mul(&out->y, &e, &d);
	fm_fp_add(&yyyy, &yyyy, &yyyy);
	fm_fp_add(&yyyy, &yyyy, &yyyy);
	fm_fp_add(&yyyy, &yyyy, &yyyy);
	fm_fp_sub(&out->y, &out->y, &yyyy);
}

/* add-1998-cmo-2 (EFD; Cohen, Miyaji, Ono). Complete: the points may be equal, opposite,
 * infinity, as they are when a point of small order is multiplied. */
static void jac_add(struct g1_jac *out, const struct g1_jac *a, const struct g1_jac *b)
{
	struct fm_fp za, zb, u1, u2, s1, s2, h, hh, hhh, r, z;

	if (fm_fp_is_zero(&a->z) || fm_fp_is_zero(&b->z)) {
		*out = fm_fp_is_zero(&a->z) ? *b : *a;
		return;
	}
	fm_fp_sqr(&za, &a->z);
	fm_fp_sqr(&zb, &b->z);
	fm_fp_mul(&u1, &a->x, &zb);
	fm_fp_mul(&u2, &b->x, &za);
	fm_fp_mul(&zb, &zb, &b->z);
	fm_fp_mul(&za, &za, &a->z);
	fm_fp_mul(&s1, &a->y, &zb);
	fm_fp_mul(&s2, &b->y, &za);
	fm_fp_sub(&h, &u2, &u1);
	fm_fp_sub(&r, &s2, &s1);
	if (fm_fp_is_zero(&h) && fm_fp_is_zero(&r)) {
		jac_double(out, a);
		return;
	}
	fm_fp_mul(&z, &a->z, &b->z);
	fm_fp_mul(&out->z, &z, &h); /* zero, so infinity, for opposite points */
	fm_fp_sqr(&hh, &h);
	fm_fp_mul(&hhh, &hh, &h);
	fm_fp_mul(&u1, &u1, &hh);
	fm_fp_sqr(&out->x, &r);
	fm_fp_sub(&out->x, &out->x, &hhh);
	fm_fp_sub(&out->x, &out->x, &u1);
	fm_fp_sub(&out->x, &out->x, &u1);
	fm_fp_sub(&u1, &u1, &out->x);
	fm_fp_mul(&out->y, &r, &u1);
	fm_fp_mul(&s1, &s1, &hhh);
	fm_fp_sub(&out->y, &out->y, &s1);
}

/* [|x|]a */
static void jac_mul_x(struct g1_jac *out, const struct g1_jac *a)
{
	struct g1_jac base = *a, t = *a;

	for (int bit = 62; bit >= 0; bit--) {
		jac_double(&t, &t);
		if (FM_BLS_X >> bit & 1)
			jac_add(&t, &t, &base);
	}
	*out = t;
}

/* phi(P) = [-x^2]P (Scott, 2021/1130). It is enough: phi^2 + phi + 1 = 0 on the whole
 * curve, so such a P has [x^4 - x^2 + 1]P = [r]P = 0; and every point of the subgroup is
 * such a P, because its eigenvalue under phi is -x^2 or x^2 - 1, and beta was chosen for
 * the first. */
bool fm_g1_in_subgroup(const struct fm_g1 *a)
{
	struct g1_jac t = { a->x, a->y, fm_fp_one };
	struct fm_fp zz, x, y;

	jac_mul_x(&t, &t);
	jac_mul_x(&t, &t);
	/* (beta x, y) against (X/Z^2, -Y/Z^3); x is prime to the curve's order, so that is
	 * not infinity */
	fm_fp_sqr(&zz, &t.z);
	fm_fp_mul(&x, &a->x, &beta);
	fm_fp_mul(&x, &x, &zz);
	fm_fp_mul(&zz, &zz, &t.z);
	fm_fp_mul(&y, &a->y, &zz);
	fm_fp_add(&y, &y, &t.y);
	return fm_fp_equal(&x, &t.x) && fm_fp_is_zero(&y);
}

enum fm_bls_fault fm_g1_decode(struct fm_g1 *out, const uint8_t in[static 48])
{
	/* The curve's 4. */
	static const struct fm_fp b = {
		{0xaa270000000cfff3, 0x53cc0032fc34000a, 0x478fe97a6b0a807f,
		  0xb1d37ebee6ba24d7, 0x8ec9733bbf78ab2f, 0x09d645513d83de7e}
	};
	struct fm_g1 p;
	struct fm_fp yy;
	bool larger = false;
	enum fm_bls_fault fault = fm_point_head(&p.x, &larger, in, 48);

	if (fault)
		return fault;
	fm_fp_sqr(&yy, &p.x);
	fm_fp_mul(&yy, &yy, &p.x);
	fm_fp_add(&yy, &yy, &b);
	if (!fm_fp_sqrt(&p.y, &yy))
		return FM_BLS_CURVE;
	if (fm_fp_is_larger(&p.y) != larger)
		fm_fp_neg(&p.y, &p.y);
	if (!fm_g1_in_subgroup(&p))
		return FM_BLS_SUBGROUP;
	*out = p;
	return FM_BLS_OK;
}

void fm_g1_neg(struct fm_g1 *out, const struct fm_g1 *a)
{
	out->x = a->x;
	fm_fp_neg(&out->y, &a->y);
}
