/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <points.h>

#define R "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
#define R_MINUS_1 "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000"
#define X_ABS "d201000000010000"
#define P                                                                  \
	"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f624" \
	"1eabfffeb153ffffb9feffffffffaaab"

/* What the orders of the curves leave when one small prime is taken out. */
static const char *const g1_without[] = {
	/* 3, 11^2, 10177^2 */
	"08ab05f8bdd54cde190937e76bc3e447cc27c3d6fbd7063fcd104635a790520c"
	"0a395554e5c6aaaad955555555558e39",
	"3704612471307385e8f4b11c0f6f71e98ebcebf11641bde11e05f8de12635b46"
	"1258dc05b269c8ff0a941963702343",
	"4365bf803428bdeec60fd2e926108ec4349c3ed6101355fc141ebb62934a3754"
	"bcaa7f4893a24a99528dca02b",
};
static const char *const g2_without[] = {
	/* 13^2, 23^2, 2713, 11953, 262069 */
	"4005449cda731a7136c440a0c65b728ba1c1fa6b6708356f3b9bdc84396cab33"
	"907d71557a7d33677f5d45f7cedb8cfdac10ff1fc5b48d6461e907737d78e965"
	"68f2d18c750b4b3ca5c33c3fd8ff8a70629888281914529f4e3380941cfdd",
	"1473e413236dd889cb5381880d0a576821c578a6e8c7952f26668aaed6d2623f"
	"6a2afa96b5e43f5d126da598b99dbb518655c33a8b236b990d5fbd2d9b42b21f"
	"e9e0346d3c23104b06fb96e09de2555c861790a3cc012b5540aa5804bb595",
	"3fcee61e74c25c987842842a1a26de4d74f74f14543213da8777344b8bfcf67f"
	"d34a2a90a45b3170df91252e784da8bcaa5cfea7bc15ce204c72df226dc50975"
	"962d2d53a875b1ef426ad51a2cbb2185cf414efe8a6ae0d520ee8ae8bc2d",
	"0e7b91d864fd7d4c0c79957105c92b89ec85bf8e8a7d594110346483f17da69c"
	"7cf3a9d7278d9937c64966acc866446ec1db5dcd51748de61764329a3e700947"
	"68767f1e6cc339643949c93915d33844c5ab2047701878fab9632ed78275",
	"0a91a4bdb3f26d1ead4914c4ce26b0fd01fa28a6b3f6c924d7093911c0870925"
	"2e11d3c29df83baa337c6a28ec630c4603c694e666410999452285c21b6cb6bb"
	"5ecb4478b228299bce84d8ec6ce12616966d30f7f44cbf41ccb9be93271",
};

static struct dice dice;

static struct fm_g2_jac random_jac(void)
{
	struct fm_g2_jac t;
	struct fm_g2 p;

	dice_g2(&dice, &p);
	fm_g2_from_affine(&t, &p);
	fm_g2_double(&t, &t); /* so that Z is not 1 */
	return t;
}

static struct fm_g2 affine(const struct fm_g2_jac *a)
{
	struct fm_g2 p;

	assert_true(fm_g2_to_affine(&p, a));
	assert_true(g2_on_curve(&p));
	return p;
}

/* The hex digits of a scalar may be odd in number above. */
static void times(struct fm_g2_jac *out, const struct fm_g2_jac *a, const char *hex)
{
	char even[300] = "0";

	strcpy(even + strlen(hex) % 2, hex);
	g2_times_hex(out, a, even);
}

static bool times_g1(struct fm_g1 *out, const struct fm_g1 *a, const char *hex)
{
	char even[300] = "0";

	strcpy(even + strlen(hex) % 2, hex);
	return g1_times_hex(out, a, even);
}

/* ---- laws ---- */

static void additions(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct fm_g2_jac p = random_jac(), q = random_jac(), s = random_jac(), a,
				 b;

		fm_g2_add(&a, &p, &q);
		fm_g2_add(&b, &q, &p);
		assert_true(g2_jac_equal(&a, &b));
		affine(&a);
		fm_g2_add(&a, &a, &s);
		fm_g2_add(&b, &q, &s);
		fm_g2_add(&b, &p, &b);
		assert_true(g2_jac_equal(&a, &b));
		struct fm_g2 mixed = affine(&q);
		fm_g2_add(&a, &p, &q);
		fm_g2_add_affine(&b, &p, &mixed);
		assert_true(g2_jac_equal(&a, &b));
	}
}

static void additions_are_complete(void **state)
{
	struct fm_g2_jac p = random_jac(), o = { 0 }, minus, twice, other, a;
	struct fm_g2 p1 = affine(&p), minus1;

	(void)state;
	fm_g2_neg(&minus, &p);
	minus1 = affine(&minus);
	fm_g2_double(&twice, &p);
	affine(&twice);
	fm_g2_from_affine(&other, &p1); /* the same point under another Z */
	fm_g2_add(&a, &p, &other);
	assert_true(g2_jac_equal(&a, &twice));
	fm_g2_add(&a, &p, &p);
	assert_true(g2_jac_equal(&a, &twice));
	fm_g2_add_affine(&a, &p, &p1);
	assert_true(g2_jac_equal(&a, &twice));
	fm_g2_add(&a, &p, &minus);
	assert_true(fm_g2_is_infinity(&a));
	fm_g2_add_affine(&a, &p, &minus1);
	assert_true(fm_g2_is_infinity(&a));
	fm_g2_add(&a, &p, &o);
	assert_true(g2_jac_equal(&a, &p));
	fm_g2_add(&a, &o, &p);
	assert_true(g2_jac_equal(&a, &p));
	fm_g2_add_affine(&a, &o, &p1);
	assert_true(g2_jac_equal(&a, &p));
	fm_g2_add(&a, &o, &o);
	assert_true(fm_g2_is_infinity(&a));
	fm_g2_double(&a, &o);
	assert_true(fm_g2_is_infinity(&a));
	assert_false(fm_g2_to_affine(&p1, &a));
}

static void many_to_affine(void **state)
{
	enum {
		COUNT = 9
	};
	struct fm_g2_jac in[COUNT];
	struct fm_g2 out[COUNT], one;

	(void)state;
	for (unsigned infinite = 0; infinite < 1 << COUNT; infinite += 7) {
		for (unsigned i = 0; i < COUNT; i++) {
			in[i] = random_jac();
			if (infinite >> i & 1)
				in[i].z = fm_fp2_zero;
		}
		fm_g2_to_affine_all(out, in, COUNT);
		for (unsigned i = 0; i < COUNT; i++) {
			memset(&one, 0, sizeof(one));
			assert_int_equal(fm_g2_to_affine(&one, &in[i]),
					 !(infinite >> i & 1));
			assert_memory_equal(&one, &out[i], sizeof(one));
		}
	}
}

/* ---- generators and scalars ---- */

static void generator_of_g1(void **state)
{
	struct fm_g1 p, minus;

	(void)state;
	assert_true(g1_on_curve(&fm_g1_generator));
	assert_true(fm_g1_in_subgroup(&fm_g1_generator));
	assert_false(g1_times_hex(&p, &fm_g1_generator, R));
	assert_false(g1_times_hex(&p, &fm_g1_generator, "00"));
	assert_true(g1_times_hex(&p, &fm_g1_generator, R_MINUS_1));
	fm_g1_neg(&minus, &fm_g1_generator);
	assert_memory_equal(&p, &minus, sizeof(p));
	assert_true(g1_times_hex(&p, &fm_g1_generator, "01"));
	assert_memory_equal(&p, &fm_g1_generator, sizeof(p));
}

static void scalars_of_g2(void **state)
{
	struct fm_g2_jac p, minus, t;
	struct fm_g2 a;

	(void)state;
	for (int i = 0; i < 4; i++) {
		dice_g2_in_subgroup(&dice, &a);
		fm_g2_from_affine(&p, &a);
		g2_times_hex(&t, &p, R);
		assert_true(fm_g2_is_infinity(&t));
		g2_times_hex(&t, &p, "00");
		assert_true(fm_g2_is_infinity(&t));
		g2_times_hex(&t, &p, "01");
		assert_true(g2_jac_equal(&t, &p));
		g2_times_hex(&t, &p, R_MINUS_1);
		fm_g2_neg(&minus, &p);
		assert_true(g2_jac_equal(&t, &minus));
	}
}

/* ---- endomorphisms ---- */

static void power(struct fm_fp2 *out, const struct fm_fp2 *a, const char *hex)
{
	uint8_t e[48];
	struct fm_fp2 t = fm_fp2_one;

	assert_true(fm_hex_read(e, sizeof(e), fm_span_of(hex)));
	for (size_t bit = 0; bit < 8 * sizeof(e); bit++) {
		fm_fp2_mul(&t, &t, &t);
		if (e[bit / 8] >> (7 - bit % 8) & 1)
			fm_fp2_mul(&t, &t, a);
	}
	*out = t;
}

/* psi by its definition: conjugates over (u + 1)^((p-1)/3) and (u + 1)^((p-1)/2). */
static void psi_is_what_it_says(void **state)
{
	static const char third[] =
		"08ab05f8bdd54cde190937e76bc3e447cc27c3d6fbd7063fcd104635a790520c"
		"0a395554e5c6aaaa9354ffffffffe38e";
	static const char second[] =
		"0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895fb39869507b587b12"
		"0f55ffff58a9ffffdcff7fffffffd555";
	struct fm_fp2 xi = fm_fp2_one, x, y;
	struct fm_g2 p, q;

	(void)state;
	fm_fp2_mul_xi(&xi, &xi);
	power(&x, &xi, third);
	power(&y, &xi, second);
	dice_g2(&dice, &p);
	fm_g2_psi_affine(&q, &p);
	assert_true(g2_on_curve(&q));
	fm_fp2_mul(&x, &x, &q.x);
	fm_fp2_mul(&y, &y, &q.y);
	fm_fp2_conj(&p.x, &p.x);
	fm_fp2_conj(&p.y, &p.y);
	assert_true(fm_fp2_equal(&x, &p.x));
	assert_true(fm_fp2_equal(&y, &p.y));
}

/* On the whole twist: psi(P + Q) = psi(P) + psi(Q) and psi^2(P) + [p]P = [x +
 * 1]psi(P). */
static void psi_is_an_endomorphism(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct fm_g2_jac p = random_jac(), q = random_jac(), a, b, c;

		fm_g2_add(&a, &p, &q);
		fm_g2_psi(&a, &a);
		fm_g2_psi(&b, &p);
		fm_g2_psi(&c, &q);
		fm_g2_add(&c, &b, &c);
		assert_true(g2_jac_equal(&a, &c));
		fm_g2_psi(&a, &b);
		g2_times_hex(&c, &p, P);
		fm_g2_add(&a, &a, &c);
		fm_g2_mul_x(&c, &b);
		fm_g2_add(&c, &c, &b);
		assert_true(g2_jac_equal(&a, &c));
	}
}

static void psi_is_x_on_the_subgroup_only(void **state)
{
	struct fm_g2_jac p, a, b;
	struct fm_g2 affine_p;

	(void)state;
	for (int i = 0; i < 8; i++) {
		p = random_jac();
		affine_p = affine(&p);
		fm_g2_mul_x(&a, &p);
		g2_times_hex(&b, &p, X_ABS);
		fm_g2_neg(&b, &b);
		assert_true(g2_jac_equal(&a, &b));
		fm_g2_psi(&b, &p);
		assert_false(g2_jac_equal(&a, &b));
		assert_false(fm_g2_in_subgroup(&affine_p));
		fm_g2_clear_cofactor(&p, &p);
		affine_p = affine(&p);
		fm_g2_mul_x(&a, &p);
		fm_g2_psi(&b, &p);
		assert_true(g2_jac_equal(&a, &b));
		assert_true(fm_g2_in_subgroup(&affine_p));
	}
}

/* RFC 9380, 8.8.2: the factor the fast way must be equal to, on the whole twist. */
static void clearing_is_the_factor_of_the_rfc(void **state)
{
	static const char h_eff[] =
		"0bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1"
		"329c2f178731db956d82bf015d1212b"
		"02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e8020005aaa95551";

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct fm_g2_jac p = random_jac(), a, b;

		fm_g2_clear_cofactor(&a, &p);
		times(&b, &p, h_eff);
		assert_true(g2_jac_equal(&a, &b));
		times(&b, &a, R);
		assert_true(fm_g2_is_infinity(&b));
	}
}

/* ---- points outside the subgroup ---- */

static void small_orders_of_g2(void **state)
{
	uint8_t bytes[96];
	struct fm_g2 good, got;

	(void)state;
	for (size_t i = 0; i < sizeof(g2_without) / sizeof(g2_without[0]); i++) {
		struct fm_g2_jac t;

		do {
			struct fm_g2_jac p = random_jac();
			times(&t, &p, g2_without[i]);
		} while (fm_g2_is_infinity(&t));
		struct fm_g2 small = affine(&t);
		assert_false(fm_g2_in_subgroup(&small));
		g2_encode(bytes, &small);
		assert_int_equal(fm_g2_decode(&got, bytes), FM_BLS_SUBGROUP);
		dice_g2_in_subgroup(&dice, &good);
		fm_g2_add_affine(&t, &t, &good);
		small = affine(&t);
		g2_encode(bytes, &small);
		assert_int_equal(fm_g2_decode(&got, bytes), FM_BLS_SUBGROUP);
		g2_encode(bytes, &good);
		assert_int_equal(fm_g2_decode(&got, bytes), FM_BLS_OK);
	}
}

static void small_orders_of_g1(void **state)
{
	uint8_t bytes[48];
	struct fm_g1 got;

	(void)state;
	for (size_t i = 0; i < sizeof(g1_without) / sizeof(g1_without[0]); i++) {
		struct fm_g1 p, small;

		do
			dice_g1(&dice, &p);
		while (!times_g1(&small, &p, g1_without[i]));
		assert_true(g1_on_curve(&small));
		assert_false(fm_g1_in_subgroup(&small));
		g1_encode(bytes, &small);
		assert_int_equal(fm_g1_decode(&got, bytes), FM_BLS_SUBGROUP);
		g1_encode(bytes, &p);
		assert_int_equal(fm_g1_decode(&got, bytes), FM_BLS_SUBGROUP);
	}
}

/* ---- compressed form ---- */

static void round_trips(void **state)
{
	uint8_t bytes[96];

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct fm_g2 p, q;
		struct fm_g1 a, b;
		uint8_t k[32];

		dice_g2_in_subgroup(&dice, &p);
		g2_encode(bytes, &p);
		assert_int_equal(fm_g2_decode(&q, bytes), FM_BLS_OK);
		assert_memory_equal(&p, &q, sizeof(p));
		bytes[0] ^= 0x20;
		fm_fp2_neg(&p.y, &p.y);
		assert_int_equal(fm_g2_decode(&q, bytes), FM_BLS_OK);
		assert_memory_equal(&p, &q, sizeof(p));

		dice_bytes(&dice, k, sizeof(k));
		assert_true(g1_times(&a, &fm_g1_generator, k, sizeof(k)));
		g1_encode(bytes, &a);
		assert_int_equal(fm_g1_decode(&b, bytes), FM_BLS_OK);
		assert_memory_equal(&a, &b, sizeof(a));
		bytes[0] ^= 0x20;
		fm_g1_neg(&a, &a);
		assert_int_equal(fm_g1_decode(&b, bytes), FM_BLS_OK);
		assert_memory_equal(&a, &b, sizeof(a));
	}
}

/* Every combination of the three flags, over the coordinates of a good point and over
 * zeros. */
static void flags(void **state)
{
	uint8_t g1[48], g2[96];
	struct fm_g1 a, untouched_a;
	struct fm_g2 b, untouched_b;

	(void)state;
	memset(&untouched_a, 0x5a, sizeof(a));
	memset(&untouched_b, 0x5a, sizeof(b));
	dice_g2_in_subgroup(&dice, &b);
	g2_encode(g2, &b);
	g1_encode(g1, &fm_g1_generator);
	for (unsigned f = 0; f < 8; f++) {
		enum fm_bls_fault want = f < 4	 ? FM_BLS_FORM
					 : f < 6 ? FM_BLS_OK
						 : FM_BLS_FORM;

		a = untouched_a;
		b = untouched_b;
		g1[0] = (uint8_t)((g1[0] & 0x1f) | f << 5);
		g2[0] = (uint8_t)((g2[0] & 0x1f) | f << 5);
		assert_int_equal(fm_g1_decode(&a, g1), want);
		assert_int_equal(fm_g2_decode(&b, g2), want);
		assert_int_equal(memcmp(&a, &untouched_a, sizeof(a)) == 0,
				 want != FM_BLS_OK);
		assert_int_equal(memcmp(&b, &untouched_b, sizeof(b)) == 0,
				 want != FM_BLS_OK);
	}
	for (unsigned f = 0; f < 8; f++) {
		enum fm_bls_fault fault;

		memset(g1, 0, sizeof(g1));
		memset(g2, 0, sizeof(g2));
		g1[0] = g2[0] = (uint8_t)(f << 5);
		/* x = 0 is on E, with order 3, and not on the twist */
		fault = fm_g1_decode(&a, g1);
		assert_int_equal(fault, f == 6		   ? FM_BLS_INFINITY
					: f == 4 || f == 5 ? FM_BLS_SUBGROUP
							   : FM_BLS_FORM);
		fault = fm_g2_decode(&b, g2);
		assert_int_equal(fault, f == 6		   ? FM_BLS_INFINITY
					: f == 4 || f == 5 ? FM_BLS_CURVE
							   : FM_BLS_FORM);
	}
}

static void infinity_has_one_form(void **state)
{
	uint8_t bytes[96] = { 0xc0 };
	struct fm_g1 a;
	struct fm_g2 b;

	(void)state;
	for (size_t bit = 3; bit < 8 * sizeof(bytes); bit++) {
		bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
		assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_FORM);
		if (bit < 8 * 48)
			assert_int_equal(fm_g1_decode(&a, bytes), FM_BLS_FORM);
		bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_INFINITY);
	assert_int_equal(fm_g1_decode(&a, bytes), FM_BLS_INFINITY);
}

static void add_p(uint8_t be[static 48])
{
	uint8_t p[48];
	unsigned carry = 0;

	assert_true(fm_hex_read(p, sizeof(p), fm_span_of(P)));
	for (size_t i = 48; i-- > 0;) {
		carry += be[i] + (unsigned)p[i];
		be[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

static void coordinates_below_p(void **state)
{
	uint8_t good[96], bytes[96], zero[48] = { 0 };
	struct fm_g1 a;
	struct fm_g2 b;

	(void)state;
	/* x + p must fit beside the flags: c1 + p is below 2^381 for some c1 */
	do {
		dice_g2_in_subgroup(&dice, &b);
		g2_encode(good, &b);
		good[0] &= 0x1f;
		memcpy(bytes, good, sizeof(bytes));
		add_p(bytes);
	} while (bytes[0] > 0x1f);
	bytes[0] |= 0x80;
	good[0] |= 0x80;
	assert_int_equal(fm_g2_decode(&b, good), FM_BLS_OK);
	assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_FORM);
	memcpy(bytes, good, sizeof(bytes));
	add_p(bytes + 48);
	assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_FORM);
	memcpy(bytes + 48, zero, sizeof(zero));
	add_p(bytes + 48);
	assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_FORM);
	memset(bytes + 48, 0xff, 48);
	assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_FORM);
	memset(bytes, 0, sizeof(bytes));
	add_p(bytes);
	bytes[0] |= 0x80;
	assert_int_equal(fm_g1_decode(&a, bytes), FM_BLS_FORM);
	assert_int_equal(fm_g2_decode(&b, bytes), FM_BLS_FORM);
	bytes[47]--; /* p - 1 is a coordinate: (p - 1)^3 + 4 = 3, no square */
	assert_int_equal(fm_g1_decode(&a, bytes), FM_BLS_CURVE);
	memset(bytes, 0xff, sizeof(bytes));
	bytes[0] = 0x9f;
	assert_int_equal(fm_g1_decode(&a, bytes), FM_BLS_FORM);
}

/* About half of all x are on no point: never taken for one, and every y found is
 * right. */
static void off_the_curve(void **state)
{
	unsigned on = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		uint8_t bytes[96] = { 0 };
		struct fm_g1 a;
		struct fm_g2 b;
		enum fm_bls_fault g1, g2;

		bytes[0] = 0x80;
		bytes[47] = bytes[95] = (uint8_t)i;
		g1 = fm_g1_decode(&a, bytes);
		g2 = fm_g2_decode(&b, bytes);
		assert_true(g1 == FM_BLS_CURVE || g1 == FM_BLS_SUBGROUP);
		assert_true(g2 == FM_BLS_CURVE || g2 == FM_BLS_SUBGROUP);
		on += g1 == FM_BLS_SUBGROUP;
		on += g2 == FM_BLS_SUBGROUP;
	}
	assert_in_range(on, 150, 250);
}

/* ---- weighted sums ---- */

/* [n]a for a number that may be negative */
static void times_int(struct fm_g2_jac *out, const struct fm_g2_jac *a, int32_t n)
{
	uint32_t abs = (uint32_t)(n < 0 ? -n : n);
	uint8_t be[4] = { (uint8_t)(abs >> 24), (uint8_t)(abs >> 16), (uint8_t)(abs >> 8),
			  (uint8_t)abs };

	g2_times(out, a, be, sizeof(be));
	if (n < 0)
		fm_g2_neg(out, out);
}

static void plain_sum(struct fm_g2_jac *out, const struct fm_g2 *points,
		      const struct fm_weight *weights, size_t count)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		struct fm_g2_jac p, t;

		if (fm_fp2_is_zero(&points[i].x) && fm_fp2_is_zero(&points[i].y))
			continue;
		fm_g2_from_affine(&p, &points[i]);
		for (size_t j = 0; j < 4; j++) {
			times_int(&t, &p, weights[i].c[j]);
			fm_g2_add(out, out, &t);
			fm_g2_psi(&p, &p);
		}
	}
}

static int32_t random_digit(void)
{
	static const int32_t edges[] = { -131072, 131071, 0, 1,	  -1,	-131071,
					 4,	  -4,	  3, 256, -256, 32 };
	uint8_t b[4];

	dice_bytes(&dice, b, sizeof(b));
	if (b[0] < 100)
		return edges[b[1] % (sizeof(edges) / sizeof(edges[0]))];
	return (int32_t)(((uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]) & 0x3ffff) -
	       131072;
}

static void weighted_sums(void **state)
{
	static const size_t counts[] = { 1, 2, 3, 15, 16, 64, 239, 240, 300 };
	enum {
		MOST = 300
	};
	struct fm_g2 *points = malloc(MOST * sizeof(*points));
	struct fm_weight *weights = malloc(MOST * sizeof(*weights));
	struct fm_g2_jac *buckets = malloc(fm_weighted_sum_room(MOST) * sizeof(*buckets)),
			 a, b;

	(void)state;
	assert_true(points && weights && buckets);
	for (size_t i = 0; i < MOST; i++) {
		dice_g2(&dice, &points[i]);
		for (size_t j = 0; j < 4; j++)
			weights[i].c[j] = random_digit();
		if (i % 11 == 5) /* the same again, and its opposite */
			points[i] = points[i - 1];
		if (i % 13 == 7) {
			points[i].x = points[i - 1].x;
			fm_fp2_neg(&points[i].y, &points[i - 1].y);
			weights[i] = weights[i - 1];
		}
		if (i % 17 == 3)
			memset(&points[i], 0, sizeof(points[i]));
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fm_weighted_sum(&a, points, weights, counts[i], buckets);
		plain_sum(&b, points, weights, counts[i]);
		assert_true(g2_jac_equal(&a, &b));
	}
	free(points);
	free(weights);
	free(buckets);
}

/* Each weight by itself: no carry is lost at the ends of a window. */
static void weights_at_the_edges(void **state)
{
	struct fm_g2_jac *buckets = malloc(fm_weighted_sum_room(1) * sizeof(*buckets)), a,
			 b;
	struct fm_weight w = { { 0 } };
	struct fm_g2 p;

	(void)state;
	assert_non_null(buckets);
	dice_g2(&dice, &p);
	for (int i = 0; i < 60; i++) {
		for (size_t j = 0; j < 4; j++)
			w.c[j] = random_digit();
		fm_weighted_sum(&a, &p, &w, 1, buckets);
		plain_sum(&b, &p, &w, 1);
		assert_true(g2_jac_equal(&a, &b));
	}
	memset(&w, 0, sizeof(w));
	fm_weighted_sum(&a, &p, &w, 1, buckets);
	assert_true(fm_g2_is_infinity(&a));
	free(buckets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(additions),
		cmocka_unit_test(additions_are_complete),
		cmocka_unit_test(many_to_affine),
		cmocka_unit_test(generator_of_g1),
		cmocka_unit_test(scalars_of_g2),
		cmocka_unit_test(psi_is_what_it_says),
		cmocka_unit_test(psi_is_an_endomorphism),
		cmocka_unit_test(psi_is_x_on_the_subgroup_only),
		cmocka_unit_test(clearing_is_the_factor_of_the_rfc),
		cmocka_unit_test(small_orders_of_g2),
		cmocka_unit_test(small_orders_of_g1),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(flags),
		cmocka_unit_test(infinity_has_one_form),
		cmocka_unit_test(coordinates_below_p),
		cmocka_unit_test(off_the_curve),
		cmocka_unit_test(weighted_sums),
		cmocka_unit_test(weights_at_the_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
