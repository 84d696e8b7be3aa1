/* SPDX-License-Identifier: MIT */
#include "points.h"

#include <stdlib.h>
#include <string.h>

void dice_bytes(struct dice *dice, void *out, size_t len)
{
	uint8_t *to = out;

	while (len) {
		struct fm_hash h;
		size_t part = len < sizeof(h.b) ? len : sizeof(h.b);

		fm_sha256(&h, dice, sizeof(*dice));
		dice->count++;
		memcpy(to, h.b, part);
		to += part;
		len -= part;
	}
}

void dice_fp(struct dice *dice, struct fm_fp *out)
{
	uint8_t be[64];

	dice_bytes(dice, be, sizeof(be));
	fm_fp_reduce(out, be);
}

void dice_fp2(struct dice *dice, struct fm_fp2 *out)
{
	dice_fp(dice, &out->c0);
	dice_fp(dice, &out->c1);
}

static void small(struct fm_fp *out, unsigned n)
{
	*out = fm_fp_zero;
	while (n--)
		fm_fp_add(out, out, &fm_fp_one);
}

/* x^3 + 4 */
static void g1_square(struct fm_fp *out, const struct fm_fp *x)
{
	struct fm_fp four;

	small(&four, 4);
	fm_fp_mul(out, x, x);
	fm_fp_mul(out, out, x);
	fm_fp_add(out, out, &four);
}

/* x^3 + 4 (u + 1) */
static void g2_square(struct fm_fp2 *out, const struct fm_fp2 *x)
{
	struct fm_fp four;

	small(&four, 4);
	fm_fp2_mul(out, x, x);
	fm_fp2_mul(out, out, x);
	fm_fp_add(&out->c0, &out->c0, &four);
	fm_fp_add(&out->c1, &out->c1, &four);
}

bool g1_on_curve(const struct fm_g1 *a)
{
	struct fm_fp left, right;

	fm_fp_mul(&left, &a->y, &a->y);
	g1_square(&right, &a->x);
	return fm_fp_equal(&left, &right);
}

bool g2_on_curve(const struct fm_g2 *a)
{
	struct fm_fp2 left, right;

	fm_fp2_mul(&left, &a->y, &a->y);
	g2_square(&right, &a->x);
	return fm_fp2_equal(&left, &right);
}

void dice_g1(struct dice *dice, struct fm_g1 *out)
{
	struct fm_fp yy;
	uint8_t sign;

	do {
		dice_fp(dice, &out->x);
		g1_square(&yy, &out->x);
	} while (!fm_fp_sqrt(&out->y, &yy));
	dice_bytes(dice, &sign, 1);
	if (sign & 1)
		fm_fp_neg(&out->y, &out->y);
}

void dice_g2(struct dice *dice, struct fm_g2 *out)
{
	struct fm_fp2 yy;
	uint8_t sign;

	do {
		dice_fp2(dice, &out->x);
		g2_square(&yy, &out->x);
	} while (!fm_fp2_sqrt(&out->y, &yy));
	dice_bytes(dice, &sign, 1);
	if (sign & 1)
		fm_fp2_neg(&out->y, &out->y);
}

void dice_g2_in_subgroup(struct dice *dice, struct fm_g2 *out)
{
	struct fm_g2_jac t;

	dice_g2(dice, out);
	fm_g2_from_affine(&t, out);
	fm_g2_clear_cofactor(&t, &t);
	if (!fm_g2_to_affine(out, &t))
		abort();
}

bool g2_jac_equal(const struct fm_g2_jac *a, const struct fm_g2_jac *b)
{
	struct fm_g2 p, q;
	bool infinite = !fm_g2_to_affine(&p, a);

	if (!fm_g2_to_affine(&q, b) || infinite)
		return infinite && fm_g2_is_infinity(b);
	return fm_fp2_equal(&p.x, &q.x) && fm_fp2_equal(&p.y, &q.y);
}

/* The chord and tangent rule as schools teach it. False: the sum is infinity. */
static bool g1_add(struct fm_g1 *out, const struct fm_g1 *a, const struct fm_g1 *b)
{
	struct fm_fp top, bottom, x, y;

	fm_fp_sub(&bottom, &b->x, &a->x);
	fm_fp_sub(&top, &b->y, &a->y);
	if (fm_fp_is_zero(&bottom)) {
		if (!fm_fp_is_zero(&top))
			return false;
		fm_fp_mul(&x, &a->x, &a->x);
		fm_fp_add(&top, &x, &x);
		fm_fp_add(&top, &top, &x);
		fm_fp_add(&bottom, &a->y, &a->y);
	}
	fm_fp_inv(&bottom, &bottom);
	fm_fp_mul(&top, &top, &bottom);
	fm_fp_mul(&x, &top, &top);
	fm_fp_sub(&x, &x, &a->x);
	fm_fp_sub(&x, &x, &b->x);
	fm_fp_sub(&y, &a->x, &x);
	fm_fp_mul(&y, &y, &top);
	fm_fp_sub(&out->y, &y, &a->y);
	out->x = x;
	return true;
}

bool g1_times(struct fm_g1 *out, const struct fm_g1 *a, const uint8_t *k, size_t len)
{
	struct fm_g1 t = *a;
	bool finite = false;

	for (size_t bit = 0; bit < 8 * len; bit++) {
		if (finite)
			finite = g1_add(&t, &t, &t);
		if (!(k[bit / 8] >> (7 - bit % 8) & 1))
			continue;
		if (finite) {
			finite = g1_add(&t, &t, a);
		} else {
			t = *a;
			finite = true;
		}
	}
	*out = t;
	return finite;
}

void g2_times(struct fm_g2_jac *out, const struct fm_g2_jac *a, const uint8_t *k,
	      size_t len)
{
	struct fm_g2_jac base = *a, t = { 0 };

	for (size_t bit = 0; bit < 8 * len; bit++) {
		fm_g2_double(&t, &t);
		if (k[bit / 8] >> (7 - bit % 8) & 1)
			fm_g2_add(&t, &t, &base);
	}
	*out = t;
}

static size_t scalar(uint8_t out[static 128], const char *hex)
{
	size_t len = strlen(hex) / 2;

	if (len > 128 || !fm_hex_read(out, len, fm_span_of(hex)))
		abort();
	return len;
}

bool g1_times_hex(struct fm_g1 *out, const struct fm_g1 *a, const char *k)
{
	uint8_t bytes[128];

	return g1_times(out, a, bytes, scalar(bytes, k));
}

void g2_times_hex(struct fm_g2_jac *out, const struct fm_g2_jac *a, const char *k)
{
	uint8_t bytes[128];

	g2_times(out, a, bytes, scalar(bytes, k));
}

void g1_encode(uint8_t out[static 48], const struct fm_g1 *a)
{
	fm_fp_write(out, &a->x);
	out[0] |= fm_fp_is_larger(&a->y) ? 0xa0 : 0x80;
}

void g2_encode(uint8_t out[static 96], const struct fm_g2 *a)
{
	fm_fp_write(out, &a->x.c1);
	fm_fp_write(out + 48, &a->x.c0);
	out[0] |= fm_fp2_is_larger(&a->y) ? 0xa0 : 0x80;
}

void bls_public(uint8_t out[static 48], const uint8_t secret[static 32])
{
	struct fm_g1 key;

	if (!g1_times(&key, &fm_g1_generator, secret, 32))
		abort();
	g1_encode(out, &key);
}
