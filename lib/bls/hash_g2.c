/* SPDX-License-Identifier: MIT */
/* Hash to the twist, RFC 9380 suite BLS12381G2_XMD:SHA-256_SSWU_RO_ (8.8.2): bytes to
 * two elements of Fp2, each to a point of the isogenous curve
 *      E'': y^2 = x^3 + 240 u x + 1012 (u + 1),
 * their sum, and through a 3-isogeny to the twist. The RFC maps each point and then
 * adds; an isogeny is a homomorphism, so one map of the sum is the same. */
#include "bls/group.h"

#include <assert.h>
#include <string.h>

/* 253/60, 240, 1012 and a square root of -125 */
static const struct fm_fp c253_60 = {
	{0x29c2aaaaaab85af8, 0xbf133368e30eeefa, 0xc7a27a7206cffb45, 0x9dee04ce44c9425c,
	  0x04a15ce53464ce83, 0x0b8fcaf5b59dac95}
};
static const struct fm_fp c240 = {
	{0xe53a000003135242, 0x01080c0fdef80285, 0xe7889edbe340f6bd, 0x0b51375126310601,
	  0x02d6985717c744ab, 0x1220b4e979ea5467}
};
static const struct fm_fp c1012 = {
	{0x22ea00000cf89db2, 0x6ec832df71380aa4, 0x6e1b94403db5a66e, 0x75bf3c53a79473ba,
	  0x3dd3a569412c0a34, 0x125cdb5e74dc4fd1}
};
static const struct fm_fp root_m125 = {
	{0xe4132bbd838cf70a, 0x01d769ac83772c19, 0xa83dd6e974c22e45, 0xbc8ec3e777b08dff,
	  0xc035c2042ecf5da3, 0x073929e97f0850bf}
};
/* 1/2 */
static const struct fm_fp half = {
	{0x1804000000015554, 0x855000053ab00001, 0x633cb57c253c276f, 0x6e22d1ec31ebb502,
	  0xd3916126f2d14ca2, 0x17fbb8571a006596}
};

/* ---- bytes to field elements ---- */

/* The tag and its length behind it; hashed first if that fits no byte (5.3.3). */
static size_t tag_prime(uint8_t out[static 256], const char *dst, size_t dst_len)
{
	static const char oversize[] = "H2C-OVERSIZE-DST-";
	struct fm_sha256 sha;
	struct fm_hash digest;

	if (dst_len > 255) {
		fm_sha256_init(&sha);
		fm_sha256_add(&sha, oversize, sizeof(oversize) - 1);
		fm_sha256_add(&sha, dst, dst_len);
		fm_sha256_end(&digest, &sha);
		memcpy(out, digest.b, sizeof(digest.b));
		dst_len = sizeof(digest.b);
	} else if (dst_len) {
		memcpy(out, dst, dst_len);
	}
	out[dst_len] = (uint8_t)dst_len;
	return dst_len + 1;
}

void fm_expand_message(uint8_t *out, size_t out_len, const void *msg, size_t len,
		       const char *dst, size_t dst_len)
{
	static const uint8_t zeros[64];
	const uint8_t wanted[3] = { (uint8_t)(out_len >> 8), (uint8_t)out_len, 0 };
	uint8_t tag[256], mixed[33] = { 0 };
	size_t tag_len = tag_prime(tag, dst, dst_len);
	struct fm_hash first, block;
	struct fm_sha256 sha;

	assert(out_len <= 255 * sizeof(block.b));
	fm_sha256_init(&sha);
	fm_sha256_add(&sha, zeros, sizeof(zeros));
	fm_sha256_add(&sha, msg, len);
	fm_sha256_add(&sha, wanted, sizeof(wanted));
	fm_sha256_add(&sha, tag, tag_len);
	fm_sha256_end(&first, &sha);
	memset(&block, 0, sizeof(block));
	while (out_len) {
		size_t part = out_len < sizeof(block.b) ? out_len : sizeof(block.b);

		for (size_t i = 0; i < sizeof(block.b); i++)
			mixed[i] = first.b[i] ^ block.b[i];
		mixed[32]++;
		fm_sha256_init(&sha);
		fm_sha256_add(&sha, mixed, sizeof(mixed));
		fm_sha256_add(&sha, tag, tag_len);
		fm_sha256_end(&block, &sha);
		memcpy(out, block.b, part);
		out += part;
		out_len -= part;
	}
}

void fm_hash_to_field(struct fm_fp2 out[static 2], const void *msg, size_t len,
		      const char *dst, size_t dst_len)
{
	uint8_t bytes[4][64];

	fm_expand_message(bytes[0], sizeof(bytes), msg, len, dst, dst_len);
	for (size_t i = 0; i < 2; i++) {
		fm_fp_reduce(&out[i].c0, bytes[2 * i]);
		fm_fp_reduce(&out[i].c1, bytes[2 * i + 1]);
	}
}

/* ---- an element to a point of E'' ---- */

/* A candidate: x = num/den with den in Fp, x^3 + 240 u x + 1012 (u + 1) = g/den^3, and
 * the square root of g's norm (of its negative where that has none). */
struct candidate {
	struct fm_fp2 num, g;
	struct fm_fp den, norm_root;
};

static void norm(struct fm_fp *out, const struct fm_fp2 *a)
{
	struct fm_fp t;

	fm_fp_sqr(&t, &a->c0);
	fm_fp_sqr(out, &a->c1);
	fm_fp_add(out, out, &t);
}

/* x1 = (-B/A) (1 + 1/t) for t = Z^2 u^4 + Z u^2, and B / (Z A) where t = 0, that is for
 * u = 0. -B/A = 253/60 (u - 1), B/(Z A) = 253/60 (3u - 1)/5, 1/t = conj(t)/norm(t). */
static void first_x(struct candidate *c, const struct fm_fp2 *t)
{
	struct fm_fp2 conj, w;

	if (fm_fp2_is_zero(t)) {
		fm_fp_add(&c->den, &fm_fp_one, &fm_fp_one);
		fm_fp_add(&w.c1, &c->den, &fm_fp_one);
		fm_fp_add(&c->den, &c->den, &w.c1);
		fm_fp_neg(&w.c0, &fm_fp_one);
	} else {
		norm(&c->den, t);
		fm_fp2_conj(&conj, t);
		fm_fp_add(&conj.c0, &conj.c0, &c->den);
		/* (a + b u)(u - 1) */
		fm_fp_add(&w.c0, &conj.c0, &conj.c1);
		fm_fp_neg(&w.c0, &w.c0);
		fm_fp_sub(&w.c1, &conj.c0, &conj.c1);
	}
	fm_fp2_mul_fp(&c->num, &w, &c253_60);
}

/* g = num (num^2 + 240 u den^2) + 1012 (u + 1) den^3 */
static void equation(struct candidate *c)
{
	struct fm_fp2 t;
	struct fm_fp dd, k;

	fm_fp_sqr(&dd, &c->den);
	fm_fp2_sqr(&t, &c->num);
	fm_fp_mul(&k, &dd, &c240);
	fm_fp_add(&t.c1, &t.c1, &k);
	fm_fp2_mul(&c->g, &c->num, &t);
	fm_fp_mul(&dd, &dd, &c->den);
	fm_fp_mul(&k, &dd, &c1012);
	fm_fp_add(&c->g.c0, &c->g.c0, &k);
	fm_fp_add(&c->g.c1, &c->g.c1, &k);
}

/* An element of Fp2 is a square if its norm is one in Fp; -1 is none, so of the norm
 * and its negative exactly one has the root n^((p+1)/4). g is never 0: the curve has
 * odd order, hence no point with y = 0. */
static bool is_square(struct candidate *c)
{
	struct fm_fp n, square;

	norm(&n, &c->g);
	fm_fp_pow_sqrt(&c->norm_root, &n);
	fm_fp_mul(&c->norm_root, &c->norm_root, &n);
	fm_fp_sqr(&square, &c->norm_root);
	return fm_fp_equal(&square, &n);
}

/* x2 = Z u^2 x1 has g2 = (Z u^2)^3 g1. The norm of Z = -(2 + u) is 5; so, s^2 = -norm(g1)
 * gives norm(g2) = (sqrt(-125) norm(u)^3 s)^2. */
static void second_x(struct candidate *c, const struct fm_fp2 *u,
		     const struct fm_fp2 *zuu, const struct fm_fp2 *zuu_squared)
{
	struct fm_fp2 cube;
	struct fm_fp n, nnn;

	fm_fp2_mul(&c->num, &c->num, zuu);
	fm_fp2_mul(&cube, zuu, zuu_squared);
	fm_fp2_mul(&c->g, &c->g, &cube);
	norm(&n, u);
	fm_fp_sqr(&nnn, &n);
	fm_fp_mul(&nnn, &nnn, &n);
	fm_fp_mul(&nnn, &nnn, &root_m125);
	fm_fp_mul(&c->norm_root, &c->norm_root, &nnn);
}

/* y = sqrt(g/den^3) and x = num/den by one power in Fp. With g = a + b u, s the root of
 * its norm and d = (a + s)/2, one of d and (a - s)/2 is a square, because their product
 * is -(b/2)^2. For k = d den and e = k^((p-3)/4), k e^2 is 1 or -1, so
 *      1/den = d/k = d e^2 (k e^2),
 * and as d/den^3 = k/den^4:
 *      k e^2 =  1:  sqrt(d/den^3) = k e/den^2 and 1/(k e) = e, so
 *                   y = (k e/den + (b/2) e u) / den
 *      k e^2 = -1:  sqrt(-d/den^3) = k e/den^2 and 1/(k e) = -e, so
 *                   y = (-(b/2) e + k e/den u) / den */
static void solve(struct fm_g2 *out, const struct candidate *c)
{
	struct fm_fp d, k, e, ke, inv, sign, h;

	fm_fp_add(&d, &c->g.c0, &c->norm_root);
	fm_fp_mul(&d, &d, &half);
	if (fm_fp_is_zero(&d)) /* b = 0, s = -a: the other root of the norm is a */
		d = c->g.c0;
	fm_fp_mul(&k, &d, &c->den);
	fm_fp_pow_sqrt(&e, &k);
	fm_fp_mul(&ke, &k, &e);
	fm_fp_mul(&sign, &ke, &e);
	fm_fp_sqr(&inv, &e);
	fm_fp_mul(&inv, &inv, &d);
	fm_fp_mul(&inv, &inv, &sign);
	fm_fp_mul(&ke, &ke, &inv);
	fm_fp_mul(&h, &c->g.c1, &half);
	fm_fp_mul(&h, &h, &e);
	if (fm_fp_equal(&sign, &fm_fp_one)) {
		out->y.c0 = ke;
		out->y.c1 = h;
	} else {
		fm_fp_neg(&out->y.c0, &h);
		out->y.c1 = ke;
	}
	fm_fp2_mul_fp(&out->y, &out->y, &inv);
	fm_fp2_mul_fp(&out->x, &c->num, &inv);
}

/* The simplified SWU map (RFC 9380, 6.6.2; Wahby, Boneh, 2019/403), Z = -(2 + u),
 * without a division: two powers in Fp, whichever candidate it is. */
static void sswu(struct fm_g2 *out, const struct fm_fp2 *u)
{
	struct fm_fp2 uu, zuu, zuu_squared, t;
	struct candidate c;

	fm_fp2_sqr(&uu, u);
	/* -(2 + u)(a + b u) = (b - 2a) - (a + 2b) u */
	fm_fp_sub(&zuu.c0, &uu.c1, &uu.c0);
	fm_fp_sub(&zuu.c0, &zuu.c0, &uu.c0);
	fm_fp_add(&zuu.c1, &uu.c1, &uu.c1);
	fm_fp_add(&zuu.c1, &zuu.c1, &uu.c0);
	fm_fp_neg(&zuu.c1, &zuu.c1);
	fm_fp2_sqr(&zuu_squared, &zuu);
	fm_fp2_add(&t, &zuu_squared, &zuu);
	first_x(&c, &t);
	equation(&c);
	if (!is_square(&c))
		second_x(&c, u, &zuu, &zuu_squared);
	solve(out, &c);
	if (fm_fp2_is_odd(u) != fm_fp2_is_odd(&out->y))
		fm_fp2_neg(&out->y, &out->y);
}

/* ---- E'' to the twist ---- */

/* n a, n a power of 2 */
static void times(struct fm_fp2 *out, const struct fm_fp2 *a, unsigned n)
{
	struct fm_fp2 t = *a;

	for (unsigned bit = 1; bit < n; bit <<= 1)
		fm_fp2_add(&t, &t, &t);
	*out = t;
}

/* The 3-isogeny of RFC 9380, 8.8.2 and E.3, in the form Velu gave all of them (1971). Its
 * kernel is infinity and the two points with x = -6 + 6u; with h = x + 6 - 6u it is
 *      x' =  (h - 6 + 6u + 48u/h + 16(1 + u)/h^2) / 9
 *      y' = -y (1 - 48u/h^2 - 32(1 + u)/h^3) / 27.
 * In Jacobian coordinates, H = h Z^2:
 *      X' = H^3 + (-6 + 6u) H^2 Z^2 + 48u H Z^4 + 16(1 + u) Z^6
 *      Y' = Y (H^3 - 48u H Z^4 - 32(1 + u) Z^6)
 *      Z' = -3 Z H.
 * No point of E'' over Fp2 but infinity is in the kernel. */
static void isogeny(struct fm_g2_jac *out, const struct fm_g2_jac *a)
{
	struct fm_fp2 zz, z4, z6, h, hh, hhh, t;

	fm_fp2_sqr(&zz, &a->z);
	fm_fp2_sqr(&z4, &zz);
	fm_fp2_mul(&z6, &z4, &zz);
	fm_fp2_mul_xi(&z6, &z6);
	times(&z6, &z6, 16); /* 16 (1 + u) Z^6 */
	/* 6 (1 - u)(a + b u) = 6 ((a + b) + (b - a) u) */
	fm_fp_add(&t.c0, &zz.c0, &zz.c1);
	fm_fp_sub(&t.c1, &zz.c1, &zz.c0);
	times(&h, &t, 2);
	times(&t, &t, 4);
	fm_fp2_add(&t, &t, &h); /* 6 (1 - u) Z^2 */
	fm_fp2_add(&h, &a->x, &t);
	fm_fp2_sqr(&hh, &h);
	fm_fp2_mul(&hhh, &hh, &h);
	fm_fp2_mul(&hh, &hh, &t);
	fm_fp2_sub(&hh, &hhh, &hh); /* H^3 + (-6 + 6u) H^2 Z^2 */
	fm_fp2_mul(&z4, &z4, &h);
	times(&t, &z4, 16);
	times(&z4, &z4, 32);
	fm_fp2_add(&t, &t, &z4);
	fm_fp_neg(&z4.c0, &t.c1);
	z4.c1 = t.c0; /* 48 u H Z^4 */
	fm_fp2_add(&hh, &hh, &z4);
	fm_fp2_sub(&hhh, &hhh, &z4);
	fm_fp2_sub(&hhh, &hhh, &z6);
	fm_fp2_sub(&hhh, &hhh, &z6);
	fm_fp2_mul(&h, &h, &a->z);
	times(&t, &h, 2);
	fm_fp2_add(&h, &h, &t);
	fm_fp2_neg(&out->z, &h);
	fm_fp2_mul(&out->y, &a->y, &hhh);
	fm_fp2_add(&out->x, &hh, &z6);
}

void fm_map_to_twist(struct fm_g2_jac *out, const struct fm_fp2 *u)
{
	struct fm_g2_jac p;
	struct fm_g2 q;

	sswu(&q, u);
	fm_g2_from_affine(&p, &q);
	isogeny(out, &p);
}

/* Both points on E'' are affine: add-1998-cmo-2 (EFD) with Z1 = Z2 = 1. Equal points
 * would need the doubling of E''; their maps are added on the twist instead. */
void fm_map_both(struct fm_g2_jac *out, const struct fm_fp2 u[static 2])
{
	struct fm_fp2 h, r, hh, hhh, v;
	struct fm_g2_jac sum;
	struct fm_g2 p, q;

	sswu(&p, &u[0]);
	sswu(&q, &u[1]);
	fm_fp2_sub(&h, &q.x, &p.x);
	if (fm_fp2_is_zero(&h)) {
		fm_map_to_twist(&sum, &u[0]);
		fm_map_to_twist(out, &u[1]);
		fm_g2_add(out, out, &sum);
		return;
	}
	fm_fp2_sub(&r, &q.y, &p.y);
	fm_fp2_sqr(&hh, &h);
	fm_fp2_mul(&hhh, &hh, &h);
	fm_fp2_mul(&v, &p.x, &hh);
	fm_fp2_sqr(&sum.x, &r);
	fm_fp2_sub(&sum.x, &sum.x, &hhh);
	fm_fp2_sub(&sum.x, &sum.x, &v);
	fm_fp2_sub(&sum.x, &sum.x, &v);
	fm_fp2_sub(&v, &v, &sum.x);
	fm_fp2_mul(&sum.y, &r, &v);
	fm_fp2_mul(&v, &p.y, &hhh);
	fm_fp2_sub(&sum.y, &sum.y, &v);
	sum.z = h;
	isogeny(out, &sum);
}

void fm_hash_to_twist(struct fm_g2_jac *out, const void *msg, size_t len, const char *dst,
		      size_t dst_len)
{
	struct fm_fp2 u[2];

	fm_hash_to_field(u, msg, len, dst, dst_len);
	fm_map_both(out, u);
}
