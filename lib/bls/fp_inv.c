/* SPDX-License-Identifier: MIT */
/* The inverse, by Bernstein and Yang's division steps (2019/266) in a form whose time
 * depends on the number. From f = p and g = a, steps on the low bits alone
 *      (f, g) -> (g, (g - f) / 2)  or  (f, (g + f) / 2)  or  (f, g / 2)
 * lead to g = 0 and f = 1 or -1. Sixty-two of them are one 2x2 matrix of integers
 * divided by 2^62, found from the lowest limbs and then applied to f and g, and modulo
 * p to d and e, which start as 0 and 1 and keep f = d a, g = e a (mod p). */
#include "bls/fp_inline.h"

__extension__ typedef __int128 i128;

#define STEPS 62
#define LOW ((uint64_t)-1 >> 2)

/* A signed integer in digits of 62 bits; only the highest has a sign. */
struct s62 {
	int64_t d[7];
};
/* p */
static const struct s62 modulus = {
	{0x39feffffffffaaab, 0x3aaffffac54ffffe, 0x330d2a0f6b0f6241, 0x1dd2e13ce144afd9,
	  0x1ba7b6434bacd764, 0x0447a8e5ff9a692c, 0x1a0}
};
/* 1/p modulo 2^62 */
#define P_INV 0x360c000300030003u

/* 2^62 times the matrix of sixty-two steps. */
struct matrix {
	int64_t u, v, q, r;
};

/* The steps, several at once: as long as no exchange is due, g + w f with w chosen for
 * that ends in several zeros. eta is 2019/266's -delta. The sums of magnitudes in a
 * row of the matrix stay at most 2^62. */
static int64_t divide(struct matrix *t, int64_t eta, uint64_t f, uint64_t g)
{
	uint64_t u = 1, v = 0, q = 0, r = 1;

	for (int left = STEPS;;) {
		int zeros = __builtin_ctzll(g | (uint64_t)-1 << left);

		g >>= zeros;
		u <<= zeros;
		v <<= zeros;
		eta -= zeros;
		left -= zeros;
		if (!left)
			break;
		if (eta < 0) {
			uint64_t f0 = f, u0 = u, v0 = v;

			eta = -eta;
			f = g, u = q, v = r;
			g = -f0, q = -u0, r = -v0;
		}
		/* f (f^2 - 2) is -1/f modulo 2^6; so many bits, but no more than steps
		 * until an exchange is due or the end is reached. */
		int most = eta + 1 < left ? (int)eta + 1 : left;
		uint64_t w =
			g * f * (f * f - 2) & (most < 6 ? ((uint64_t)1 << most) - 1 : 63);

		g += f * w;
		q += u * w;
		r += v * w;
	}
	*t = (struct matrix){ (int64_t)u, (int64_t)v, (int64_t)q, (int64_t)r };
	return eta;
}

/* (f, g) = matrix (f, g) / 2^62, exactly; the first `len` digits are all there is. */
static void apply(struct s62 *f, struct s62 *g, const struct matrix *t, int len)
{
	i128 cf = (i128)t->u * f->d[0] + (i128)t->v * g->d[0];
	i128 cg = (i128)t->q * f->d[0] + (i128)t->r * g->d[0];

	cf >>= STEPS;
	cg >>= STEPS;
	for (int i = 1; i < len; i++) {
		cf += (i128)t->u * f->d[i] + (i128)t->v * g->d[i];
		cg += (i128)t->q * f->d[i] + (i128)t->r * g->d[i];
		f->d[i - 1] = (int64_t)((uint64_t)cf & LOW);
		g->d[i - 1] = (int64_t)((uint64_t)cg & LOW);
		cf >>= STEPS;
		cg >>= STEPS;
	}
	f->d[len - 1] = (int64_t)cf;
	g->d[len - 1] = (int64_t)cg;
}

/* How many times p to add to a row of the matrix's product with (d, e): once for each
 * negative factor, which keeps the result above -2p, and then what makes it divisible
 * by 2^62. */
static int64_t multiple(int64_t row_d, int64_t row_e, const struct s62 *d,
			const struct s62 *e)
{
	int64_t k = (d->d[6] < 0 ? row_d : 0) + (e->d[6] < 0 ? row_e : 0);
	uint64_t low =
		(uint64_t)row_d * (uint64_t)d->d[0] + (uint64_t)row_e * (uint64_t)e->d[0];

	return k - (int64_t)((P_INV * low + (uint64_t)k) & LOW);
}

/* (d, e) = matrix (d, e) / 2^62 modulo p; before and after above -2p and below p. */
static void apply_mod(struct s62 *d, struct s62 *e, const struct matrix *t)
{
	int64_t kd = multiple(t->u, t->v, d, e), ke = multiple(t->q, t->r, d, e);
	i128 cd = (i128)t->u * d->d[0] + (i128)t->v * e->d[0] + (i128)kd * modulus.d[0];
	i128 ce = (i128)t->q * d->d[0] + (i128)t->r * e->d[0] + (i128)ke * modulus.d[0];

	cd >>= STEPS;
	ce >>= STEPS;
	FM_UNROLL
	for (int i = 1; i < 7; i++) {
		cd += (i128)t->u * d->d[i] + (i128)t->v * e->d[i] +
		      (i128)kd * modulus.d[i];
		ce += (i128)t->q * d->d[i] + (i128)t->r * e->d[i] +
		      (i128)ke * modulus.d[i];
		d->d[i - 1] = (int64_t)((uint64_t)cd & LOW);
		e->d[i - 1] = (int64_t)((uint64_t)ce & LOW);
		cd >>= STEPS;
		ce >>= STEPS;
	}
	d->d[6] = (int64_t)cd;
	e->d[6] = (int64_t)ce;
}

static bool is_zero(const struct s62 *a, int len)
{
	int64_t any = 0;

	for (int i = 0; i < len; i++)
		any |= a->d[i];
	return any == 0;
}

static void split(struct s62 *out, const struct fm_fp *a)
{
	for (int i = 0; i < 7; i++) {
		int limb = STEPS * i / 64, shift = STEPS * i % 64;
		uint64_t t = a->l[limb] >> shift;

		if (shift > 2 && limb < 5)
			t |= a->l[limb + 1] << (64 - shift);
		out->d[i] = (int64_t)(t & LOW);
	}
}

/* Back to limbs, from a number above -2p and below p, times -1 if `negate`. */
static void join(struct fm_fp *out, const struct s62 *a, bool negate)
{
	struct fm_fp t = fm_fp_zero;

	for (int i = 0; i < 7; i++) {
		int limb = STEPS * i / 64, shift = STEPS * i % 64;

		t.l[limb] |= (uint64_t)a->d[i] << shift;
		if (shift > 2 && limb < 5)
			t.l[limb + 1] |= (uint64_t)a->d[i] >> (64 - shift);
	}
	for (int64_t sign = a->d[6] >> 62; sign < 0;)
		sign += limbs_add(t.l, t.l, fp_p, 6);
	if (negate)
		fp_neg(&t, &t);
	*out = t;
}

void fm_fp_inv(struct fm_fp *out, const struct fm_fp *a)
{
	struct s62 f = modulus, g, d = { { 0 } }, e = { { 1 } };
	struct matrix t;
	struct fm_fp inverse;
	int64_t eta = -1;
	int len = 7;

	split(&g, a);
	while (!is_zero(&g, len)) {
		eta = divide(&t, eta, (uint64_t)f.d[0], (uint64_t)g.d[0]);
		apply(&f, &g, &t, len);
		apply_mod(&d, &e, &t);
		/* Drop a top digit that is only a sign. */
		while (len > 1 && (f.d[len - 1] == 0 || f.d[len - 1] == -1) &&
		       (g.d[len - 1] == 0 || g.d[len - 1] == -1)) {
			f.d[len - 2] |= (int64_t)((uint64_t)f.d[len - 1] << 62);
			g.d[len - 2] |= (int64_t)((uint64_t)g.d[len - 1] << 62);
			len--;
		}
	}
	join(&inverse, &d, f.d[len - 1] < 0);
	/* a 2^384 was inverted, 2^384 / a is wanted */
	fm_fp_mul(out, &inverse, &fm_fp_r3);
}
