/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bls/fp_inline.h>
#include <points.h>

#define P_HEX \
	"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct dice dice;

/* ---- integers modulo p, one byte at a time: slow, and with nothing in common with fp.c ---- */

struct num {
	uint8_t b[65]; /* big-endian; room for twice a 512-bit number */
};

static struct num num_of(const char *hex)
{
	struct num n = { { 0 } };
	size_t len = strlen(hex) / 2;

	assert_true(len <= sizeof(n.b));
	assert_true(fm_hex_read(n.b + sizeof(n.b) - len, len, fm_span_of(hex)));
	return n;
}

static struct num value(const struct fm_fp *a)
{
	struct num n = { { 0 } };

	fm_fp_write(n.b + sizeof(n.b) - 48, a);
	return n;
}

static int num_compare(const struct num *a, const struct num *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

static void num_subtract(struct num *a, const struct num *b)
{
	int borrow = 0;

	for (size_t i = sizeof(a->b); i-- > 0;) {
		int t = a->b[i] - b->b[i] - borrow;

		borrow = t < 0;
		a->b[i] = (uint8_t)t;
	}
}

/* a + b, both below p, modulo p. */
static struct num num_add(const struct num *a, const struct num *b)
{
	struct num t, p = num_of(P_HEX);
	unsigned carry = 0;

	for (size_t i = sizeof(t.b); i-- > 0;) {
		carry += (unsigned)a->b[i] + b->b[i];
		t.b[i] = (uint8_t)carry;
		carry >>= 8;
	}
	if (num_compare(&t, &p) >= 0)
		num_subtract(&t, &p);
	return t;
}

/* a b for b below p and any a. */
static struct num num_mul(const struct num *a, const struct num *b)
{
	struct num t = { { 0 } };

	for (size_t bit = 0; bit < 8 * sizeof(a->b); bit++) {
		t = num_add(&t, &t);
		if (a->b[bit / 8] >> (7 - bit % 8) & 1)
			t = num_add(&t, b);
	}
	return t;
}

static void same(const struct num *expected, const struct fm_fp *got)
{
	struct num n = value(got);

	assert_memory_equal(expected->b, n.b, sizeof(n.b));
	/* fully reduced inside, too */
	assert_true(got->l[5] <= fp_p[5]);
	assert_int_equal(memcmp(got, fp_p, sizeof(*got)) == 0, 0);
}

/* ---- values where carries are long ---- */

#define ONES 0xffffffffffffffffu
/* As they lie in memory. */
static const struct fm_fp edges[] = {
	{ { 0 } },
	{ { 1 } },
	{ { 2 } },
	{ { ONES } },
	{ { 0, 1 } },
	{ { ONES, ONES } },
	{ { ONES, ONES, ONES } },
	{ { ONES, ONES, ONES, ONES } },
	{ { ONES, ONES, ONES, ONES, ONES } },
	{ { ONES, ONES, ONES, ONES, ONES, 0x1a0111ea397fe699 } },
	{ { 0, 0, 0, 0, 0, 0x1a0111ea397fe69a } },
	{ { 0, ONES, 0, ONES, 0, 0x0fffffffffffffff } },
	{ { ONES, 0, ONES, 0, ONES, 0 } },
	{ { 0x8000000000000000, 0, 0, 0x8000000000000000, 0, 0x1000000000000000 } },
	/* p - 1, p - 2, (p - 1) / 2, (p + 1) / 2 */
	{ { 0xb9feffffffffaaaa, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
	    0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a } },
	{ { 0xb9feffffffffaaa9, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
	    0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a } },
	{ { 0xdcff7fffffffd555, 0x0f55ffff58a9ffff, 0xb39869507b587b12,
	    0xb23ba5c279c2895f, 0x258dd3db21a5d66b, 0x0d0088f51cbff34d } },
	{ { 0xdcff7fffffffd556, 0x0f55ffff58a9ffff, 0xb39869507b587b12,
	    0xb23ba5c279c2895f, 0x258dd3db21a5d66b, 0x0d0088f51cbff34d } },
	/* p without its lowest limb, which borrows all the way */
	{ { 0, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624, 0x64774b84f38512bf,
	    0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a } },
	{ { ONES, 0x1eabfffeb153fffe, 0x6730d2a0f6b0f624, 0x64774b84f38512bf,
	    0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a } },
};
static const struct fm_fp *const minus_one_limbs = &edges[14];

/* ---- tests ---- */

static void bytes(void **state)
{
	static const char *const good[] = {
		"00",
		"01",
		"ff",
		"0100000000000000000000000000000000",
		"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaaa",
	};
	static const char *const bad[] = {
		P_HEX,
		"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaac",
		"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb1540000b9feffffffffaaaa",
		"1a0111ea397fe69b00000000000000000000000000000000000000000000000000000000000000000000000000000000",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	uint8_t back[48];
	struct fm_fp a;

	(void)state;
	for (size_t i = 0; i < LEN(good); i++) {
		struct num n = num_of(good[i]);

		assert_true(fm_fp_read(&a, n.b + sizeof(n.b) - 48));
		fm_fp_write(back, &a);
		assert_memory_equal(back, n.b + sizeof(n.b) - 48, 48);
	}
	for (size_t i = 0; i < LEN(bad); i++) {
		struct num n = num_of(bad[i]);

		assert_false(fm_fp_read(&a, n.b + sizeof(n.b) - 48));
	}
	for (size_t i = 0; i < LEN(edges); i++) {
		fm_fp_write(back, &edges[i]);
		assert_true(fm_fp_read(&a, back));
		assert_true(fm_fp_equal(&a, &edges[i]));
	}
}

static void constants(void **state)
{
	struct num one = num_of("01"), zero = num_of("00"), two_384 = num_of("01");
	uint8_t be[64] = { 0 };
	struct fm_fp a;

	(void)state;
	same(&one, &fm_fp_one);
	same(&zero, &fm_fp_zero);
	assert_true(fm_fp_is_zero(&fm_fp_zero));
	assert_false(fm_fp_is_zero(&fm_fp_one));
	/* one is 2^384 inside; 2^384 as a number goes through both conversion
	 * constants */
	for (int i = 0; i < 384; i++)
		two_384 = num_add(&two_384, &two_384);
	be[15] = 1;
	fm_fp_reduce(&a, be);
	same(&two_384, &a);
	/* the integer whose limbs are those of one is 2^384 mod p */
	for (size_t i = 0; i < 48; i++)
		assert_int_equal(two_384.b[64 - i],
				 (uint8_t)(fm_fp_one.l[i / 8] >> (8 * (i % 8))));
}

static void reduce_64_bytes(void **state)
{
	struct num one = num_of("01");
	uint8_t be[64];
	struct fm_fp a;

	(void)state;
	for (int i = 0; i < 260; i++) {
		struct num n = { { 0 } };

		dice_bytes(&dice, be, sizeof(be));
		if (i < 64) /* ones from here on */
			memset(be + i, 0xff, sizeof(be) - (size_t)i);
		else if (i < 128)
			memset(be, 0, (size_t)i - 63);
		else if (i < 192) /* ones up to here */
			memset(be, 0xff, (size_t)i - 127);
		memcpy(n.b + 1, be, sizeof(be));
		n = num_mul(&n, &one);
		fm_fp_reduce(&a, be);
		same(&n, &a);
	}
}

static void check_pair(const struct fm_fp *a, const struct fm_fp *b)
{
	struct num x = value(a), y = value(b), p = num_of(P_HEX), minus_y = p, t;
	struct fm_fp sum, difference, product, c;

	num_subtract(&minus_y, &y);
	if (fm_fp_is_zero(b))
		minus_y = y;
	fm_fp_add(&sum, a, b);
	t = num_add(&x, &y);
	same(&t, &sum);
	fm_fp_sub(&difference, a, b);
	t = num_add(&x, &minus_y);
	same(&t, &difference);
	fm_fp_neg(&c, b);
	same(&minus_y, &c);
	fm_fp_mul(&product, a, b);
	t = num_mul(&x, &y);
	same(&t, &product);

	/* outputs on top of inputs */
	c = *a;
	fm_fp_add(&c, &c, b);
	assert_true(fm_fp_equal(&c, &sum));
	c = *b;
	fm_fp_add(&c, a, &c);
	assert_true(fm_fp_equal(&c, &sum));
	c = *a;
	fm_fp_sub(&c, &c, b);
	assert_true(fm_fp_equal(&c, &difference));
	c = *b;
	fm_fp_sub(&c, a, &c);
	assert_true(fm_fp_equal(&c, &difference));
	c = *a;
	fm_fp_mul(&c, &c, b);
	assert_true(fm_fp_equal(&c, &product));
	c = *b;
	fm_fp_mul(&c, a, &c);
	assert_true(fm_fp_equal(&c, &product));
}

static void check_square(const struct fm_fp *a)
{
	struct fm_fp square, product, c = *a;

	fm_fp_sqr(&square, a);
	fm_fp_mul(&product, a, a);
	assert_true(fm_fp_equal(&square, &product));
	fm_fp_sqr(&c, &c);
	assert_true(fm_fp_equal(&c, &square));
	c = *a;
	fm_fp_mul(&c, &c, &c);
	assert_true(fm_fp_equal(&c, &square));
	c = *a;
	fm_fp_add(&product, a, a);
	fm_fp_add(&c, &c, &c);
	assert_true(fm_fp_equal(&c, &product));
	fm_fp_neg(&c, &c);
	fm_fp_add(&c, &c, &product);
	assert_true(fm_fp_is_zero(&c));
}

static void arithmetic(void **state)
{
	struct fm_fp a, b;

	(void)state;
	for (size_t i = 0; i < LEN(edges); i++) {
		check_square(&edges[i]);
		for (size_t j = 0; j < LEN(edges); j++)
			check_pair(&edges[i], &edges[j]);
	}
	for (int i = 0; i < 200; i++) {
		dice_fp(&dice, &a);
		dice_fp(&dice, &b);
		check_pair(&a, &b);
		check_pair(&a, &edges[(size_t)i % LEN(edges)]);
	}
	for (int i = 0; i < 5000; i++) {
		dice_fp(&dice, &a);
		check_square(&a);
	}
}

/* a^e by squaring and multiplying. */
static void power(struct fm_fp *out, const struct fm_fp *a, const struct num *e)
{
	struct fm_fp t = fm_fp_one;

	for (size_t bit = 0; bit < 8 * sizeof(e->b); bit++) {
		fm_fp_mul(&t, &t, &t);
		if (e->b[bit / 8] >> (7 - bit % 8) & 1)
			fm_fp_mul(&t, &t, a);
	}
	*out = t;
}

static void inverse(void **state)
{
	struct num e = num_of(P_HEX), two = num_of("02");
	struct fm_fp a, inv, t;

	(void)state;
	num_subtract(&e, &two);
	fm_fp_inv(&inv, &fm_fp_zero);
	assert_true(fm_fp_is_zero(&inv));
	for (size_t i = 0; i < 4000 + LEN(edges); i++) {
		if (i < LEN(edges))
			a = edges[i];
		else
			dice_fp(&dice, &a);
		if (i % 3 == 0) /* short ones */
			a.l[5] = a.l[4] = a.l[1] = 0;
		fm_fp_inv(&inv, &a);
		if (i < 200) {
			power(&t, &a, &e); /* Fermat */
			assert_true(fm_fp_equal(&inv, &t));
		}
		fm_fp_mul(&t, &a, &inv);
		assert_true(
			fm_fp_equal(&t, fm_fp_is_zero(&a) ? &fm_fp_zero : &fm_fp_one));
		fm_fp_inv(&a, &a);
		assert_true(fm_fp_equal(&a, &inv));
	}
	/* every number of one bit, as it lies in memory */
	for (int bit = 0; bit < 380; bit++) {
		memset(&a, 0, sizeof(a));
		a.l[bit / 64] = (uint64_t)1 << (bit % 64);
		fm_fp_inv(&inv, &a);
		fm_fp_mul(&t, &a, &inv);
		assert_true(fm_fp_equal(&t, &fm_fp_one));
	}
}

/* (p - 3) / 4 */
static struct num quarter(void)
{
	struct num e = num_of(P_HEX), three = num_of("03");

	num_subtract(&e, &three);
	for (int shift = 0; shift < 2; shift++) {
		unsigned low = 0;

		for (size_t i = 0; i < sizeof(e.b); i++) {
			unsigned t = low << 8 | e.b[i];

			e.b[i] = (uint8_t)(t >> 1);
			low = t & 1;
		}
		assert_int_equal(low, 0);
	}
	return e;
}

static void square_roots(void **state)
{
	struct num e = quarter();
	struct fm_fp a, t, root;

	(void)state;
	for (size_t i = 0; i < 60 + LEN(edges); i++) {
		struct fm_fp minus;

		if (i < LEN(edges))
			a = edges[i];
		else
			dice_fp(&dice, &a);
		power(&t, &a, &e);
		fm_fp_pow_sqrt(&root, &a);
		assert_true(fm_fp_equal(&t, &root));
		t = a;
		fm_fp_pow_sqrt(&t, &t);
		assert_true(fm_fp_equal(&t, &root));

		/* of a and -a one is a square: -1 is none */
		fm_fp_neg(&minus, &a);
		bool square = fm_fp_sqrt(&root, &a);
		assert_true(fm_fp_is_zero(&a) || square != fm_fp_sqrt(&t, &minus));
		if (!square)
			root = t;
		fm_fp_mul(&t, &root, &root);
		assert_true(fm_fp_equal(&t, square ? &a : &minus));

		fm_fp_mul(&t, &a, &a);
		assert_true(fm_fp_sqrt(&t, &t));
		assert_true(fm_fp_equal(&t, &a) || fm_fp_equal(&t, &minus));
	}
	assert_true(fm_fp_sqrt(&t, &fm_fp_zero));
	assert_true(fm_fp_is_zero(&t));
	fm_fp_neg(&t, &fm_fp_one);
	assert_false(fm_fp_sqrt(&t, &t));
}

static void signs(void **state)
{
	static const struct {
		const char *hex;
		bool larger, odd;
	} cases[] = {
	/* clang-format off */
		{ "00", false, false },
		{ "01", false, true },
		{ "02", false, false },
		/* (p - 1) / 2, (p + 1) / 2, p - 1, p - 2 */
		{ "0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895f"
		  "b39869507b587b120f55ffff58a9ffffdcff7fffffffd555", false, true },
		{ "0d0088f51cbff34d258dd3db21a5d66bb23ba5c279c2895f"
		  "b39869507b587b120f55ffff58a9ffffdcff7fffffffd556", true, false },
		{ "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
		  "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaaa", true, false },
		{ "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf"
		  "6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaa9", true, true },
	/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < LEN(cases); i++) {
		struct num n = num_of(cases[i].hex);
		struct fm_fp a;

		assert_true(fm_fp_read(&a, n.b + sizeof(n.b) - 48));
		assert_int_equal(fm_fp_is_larger(&a), cases[i].larger);
		assert_int_equal(fm_fp_is_odd(&a), cases[i].odd);
	}
}

/* k products of a and b, k from -40 to 40: what a wide number may hold. */
static void wide_sums(void **state)
{
	struct fm_fp a, b, product, one_more, got;
	struct fm_fp_wide w, down, up;

	(void)state;
	for (size_t i = 0; i < LEN(edges) + 20; i++) {
		a = i < LEN(edges) ? edges[i] : *minus_one_limbs;
		b = *minus_one_limbs;
		if (i >= LEN(edges))
			dice_fp(&dice, &b);
		fm_fp_mul(&product, &a, &b);
		fm_fp_wide_mul(&w, &a, &b);
		memset(&up, 0, sizeof(up));
		down = up;
		one_more = fm_fp_zero;
		for (int k = 0; k <= 40; k++) {
			fm_fp_wide_reduce(&got, &up);
			assert_true(fm_fp_equal(&got, &one_more));
			fm_fp_wide_reduce(&got, &down);
			fm_fp_neg(&got, &got);
			assert_true(fm_fp_equal(&got, &one_more));
			wide_add(&up, &up, &w);
			wide_sub(&down, &down, &w);
			fm_fp_add(&one_more, &one_more, &product);
		}
	}
}

/* Small ones and multiples of p around zero. */
static void wide_near_zero(void **state)
{
	struct fm_fp_wide w = { { 0 } }, minus = { { 0 } }, p = { { 0 } };
	struct fm_fp got, t;

	(void)state;
	memcpy(p.l, fp_p, sizeof(fp_p));
	for (int k = 0; k < 20; k++) {
		fm_fp_wide_reduce(&got, &w);
		assert_true(fm_fp_is_zero(&got));
		fm_fp_wide_reduce(&got, &minus);
		assert_true(fm_fp_is_zero(&got));
		wide_add(&w, &w, &p);
		wide_sub(&minus, &minus, &p);
	}
	/* 2^384 t reduces to t, -2^384 t to -t */
	for (size_t i = 0; i < LEN(edges); i++) {
		struct fm_fp minus_t;

		t = edges[i];
		memset(&w, 0, sizeof(w));
		memset(&minus, 0, sizeof(minus));
		limbs_copy(w.l + 6, t.l, 6);
		wide_sub(&minus, &minus, &w);
		fm_fp_wide_reduce(&got, &w);
		assert_true(fm_fp_equal(&got, &t));
		fm_fp_wide_reduce(&got, &minus);
		fm_fp_neg(&minus_t, &t);
		assert_true(fm_fp_equal(&got, &minus_t));
	}
}

/* Factors below 8p whose product is below 40 p^2, and lazy sums. */
static void unreduced_factors(void **state)
{
	struct fm_fp a, b, big, got, want, t;
	struct fm_fp_wide w;

	(void)state;
	for (size_t i = 0; i < LEN(edges); i++) {
		for (size_t j = 0; j < LEN(edges); j++) {
			a = edges[i];
			b = edges[j];
			fm_fp_mul(&want, &a, &b);
			big = b;
			for (int k = 0; k < 7; k++)
				limbs_add(big.l, big.l, fp_p, 6);
			fm_fp_mul(&got, &a, &big);
			assert_true(fm_fp_equal(&got, &want));
			fm_fp_wide_mul(&w, &big, &a);
			fm_fp_wide_reduce(&got, &w);
			assert_true(fm_fp_equal(&got, &want));

			fm_fp_sub(&t, &a, &b);
			fm_fp_mul(&want, &t, minus_one_limbs);
			fp_sub_lazy(&t, &a, &b);
			fm_fp_mul(&got, &t, minus_one_limbs);
			assert_true(fm_fp_equal(&got, &want));
			/* the largest difference there may be: (0 to 2p) - 2p + 2p */
			fp_add_lazy(&t, &b, &b);
			fp_sub_lazy(&t, &a, &t);
			fm_fp_mul(&got, &t, &fm_fp_one);
			fm_fp_sub(&want, &a, &b);
			fm_fp_sub(&want, &want, &b);
			assert_true(fm_fp_equal(&got, &want));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes),	   cmocka_unit_test(constants),
		cmocka_unit_test(reduce_64_bytes), cmocka_unit_test(arithmetic),
		cmocka_unit_test(inverse),	   cmocka_unit_test(square_roots),
		cmocka_unit_test(signs),	   cmocka_unit_test(wide_sums),
		cmocka_unit_test(wide_near_zero),  cmocka_unit_test(unreduced_factors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
