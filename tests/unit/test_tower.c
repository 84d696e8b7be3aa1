/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bls/tower_inline.h>
#include <points.h>

#define P_HEX \
	"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab"
#define X_HEX "d201000000010000"
#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct dice dice;

/* ---- values ---- */

/* Parts for Fp2 where lazy sums are largest or smallest, as they lie in memory. */
static const struct fm_fp parts[] = {
	{ { 0 } },
	/* p - 1 */
	{ { 0xb9feffffffffaaaa, 0x1eabfffeb153ffff, 0x6730d2a0f6b0f624,
	    0x64774b84f38512bf, 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a } },
	{ { 1 } },
	{ { 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff,
	    0xffffffffffffffff, 0xffffffffffffffff, 0x1a0111ea397fe699 } },
};

/* Part i of case n: all combinations for two parts, then patterns, then random. */
static void part_of(struct fm_fp *out, unsigned n, unsigned i)
{
	if (n < 16)
		*out = parts[i % 2 ? n % 4 : n / 4];
	else if (n < 80)
		*out = parts[(n * 0x9e3779b1u >> (2 * i % 30)) % 2];
	else
		dice_fp(&dice, out);
}

static void case_fp2(struct fm_fp2 *out, unsigned n)
{
	part_of(&out->c0, n, 0);
	part_of(&out->c1, n, 1);
}

static void case_fp12(struct fm_fp12 *out, unsigned n)
{
	struct fm_fp2 *const to[6] = { &out->c0.c0, &out->c0.c1, &out->c0.c2,
				       &out->c1.c0, &out->c1.c1, &out->c1.c2 };

	for (unsigned i = 0; i < 6; i++) {
		part_of(&to[i]->c0, n, 2 * i);
		part_of(&to[i]->c1, n, 2 * i + 1);
	}
}
#define CASES 110u

/* ---- schoolbook arithmetic over Fp ---- */

static void slow_fp2_mul(struct fm_fp2 *out, const struct fm_fp2 *a,
			 const struct fm_fp2 *b)
{
	struct fm_fp ac, bd, ad, bc;

	fm_fp_mul(&ac, &a->c0, &b->c0);
	fm_fp_mul(&bd, &a->c1, &b->c1);
	fm_fp_mul(&ad, &a->c0, &b->c1);
	fm_fp_mul(&bc, &a->c1, &b->c0);
	fm_fp_sub(&out->c0, &ac, &bd);
	fm_fp_add(&out->c1, &ad, &bc);
}

/* A polynomial of degree 5 in w, w^6 = u + 1. */
struct poly {
	struct fm_fp2 c[6];
};

static struct poly poly_of(const struct fm_fp12 *a)
{
	return (struct poly){
		{a->c0.c0, a->c1.c0, a->c0.c1, a->c1.c1, a->c0.c2, a->c1.c2}
	};
}

static struct fm_fp12 element(const struct poly *a)
{
	return (struct fm_fp12){
		.c0 = {a->c[0],	 a->c[2], a->c[4]},
		     .c1 = { a->c[1], a->c[3], a->c[5]}
	};
}

static struct poly poly_mul(const struct poly *a, const struct poly *b)
{
	struct poly out = { 0 };

	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++) {
			struct fm_fp2 t, *to = &out.c[(i + j) % 6];

			slow_fp2_mul(&t, &a->c[i], &b->c[j]);
			if (i + j >= 6) {
				struct fm_fp c0 = t.c0;

				fm_fp_sub(&t.c0, &t.c0, &t.c1);
				fm_fp_add(&t.c1, &t.c1, &c0);
			}
			fm_fp_add(&to->c0, &to->c0, &t.c0);
			fm_fp_add(&to->c1, &to->c1, &t.c1);
		}
	return out;
}

static struct fm_fp12 slow_mul(const struct fm_fp12 *a, const struct fm_fp12 *b)
{
	struct poly x = poly_of(a), y = poly_of(b), z = poly_mul(&x, &y);

	return element(&z);
}

static void same2(const struct fm_fp2 *a, const struct fm_fp2 *b)
{
	assert_memory_equal(a, b, sizeof(*a));
	assert_true(fm_fp2_equal(a, b));
}

static void same12(const struct fm_fp12 *a, const struct fm_fp12 *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

static struct fm_fp12 power(const struct fm_fp12 *a, const char *hex)
{
	struct fm_fp12 t = fm_fp12_one;
	uint8_t e[48];
	size_t len = strlen(hex) / 2;

	assert_true(len <= sizeof(e) && fm_hex_read(e, len, fm_span_of(hex)));
	for (size_t bit = 0; bit < 8 * len; bit++) {
		t = slow_mul(&t, &t);
		if (e[bit / 8] >> (7 - bit % 8) & 1)
			t = slow_mul(&t, a);
	}
	return t;
}

/* ---- Fp2 ---- */

static void check_fp2_pair(const struct fm_fp2 *a, const struct fm_fp2 *b)
{
	struct fm_fp2 sum, difference, product, slow, t;

	fm_fp2_add(&sum, a, b);
	fm_fp_add(&t.c0, &a->c0, &b->c0);
	fm_fp_add(&t.c1, &a->c1, &b->c1);
	same2(&sum, &t);
	fm_fp2_sub(&difference, a, b);
	fm_fp2_add(&t, &difference, b);
	same2(&t, a);
	slow_fp2_mul(&slow, a, b);
	fm_fp2_mul(&product, a, b);
	same2(&slow, &product);

	t = *a;
	fm_fp2_mul(&t, &t, b);
	same2(&t, &product);
	t = *b;
	fm_fp2_mul(&t, a, &t);
	same2(&t, &product);
	t = *a;
	fm_fp2_add(&t, &t, b);
	same2(&t, &sum);
	t = *b;
	fm_fp2_sub(&t, a, &t);
	same2(&t, &difference);
}

static void check_fp2(const struct fm_fp2 *a)
{
	static const struct fm_fp2 zero;
	struct fm_fp2 t, slow, xi = { fm_fp_one, fm_fp_one };

	slow_fp2_mul(&slow, a, a);
	fm_fp2_sqr(&t, a);
	same2(&t, &slow);
	t = *a;
	fm_fp2_sqr(&t, &t);
	same2(&t, &slow);
	slow_fp2_mul(&slow, a, &xi);
	fm_fp2_mul_xi(&t, a);
	same2(&t, &slow);
	t = *a;
	fm_fp2_mul_xi(&t, &t);
	same2(&t, &slow);

	fm_fp2_neg(&t, a);
	fm_fp2_add(&t, &t, a);
	same2(&t, &zero);
	fm_fp2_conj(&t, a);
	fm_fp2_mul(&t, &t, a); /* the norm */
	assert_true(fm_fp_is_zero(&t.c1));
	t = *a;
	fm_fp2_inv(&t, &t);
	fm_fp2_mul(&t, &t, a);
	same2(&t, fm_fp2_is_zero(a) ? &fm_fp2_zero : &fm_fp2_one);

	slow = (struct fm_fp2){ a->c1, fm_fp_zero };
	slow_fp2_mul(&slow, a, &slow);
	t = *a;
	fm_fp2_mul_fp(&t, &t, &t.c1);
	same2(&t, &slow);
}

static void fp2(void **state)
{
	struct fm_fp2 a, b, u = { fm_fp_zero, fm_fp_one }, minus_one;

	(void)state;
	fm_fp2_neg(&minus_one, &fm_fp2_one);
	fm_fp2_mul(&a, &u, &u);
	same2(&a, &minus_one);
	for (unsigned i = 0; i < CASES; i++) {
		case_fp2(&a, i);
		check_fp2(&a);
		for (unsigned j = 0; j < 20; j++) {
			case_fp2(&b, j);
			check_fp2_pair(&a, &b);
		}
		case_fp2(&b, CASES);
		check_fp2_pair(&a, &b);
	}
}

/* Factors as large as the tower makes them. */
static void fp2_unreduced(void **state)
{
	struct fm_fp2 a, b, twice, four, want, got;
	struct fm_fp2_wide w;

	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		case_fp2(&a, i);
		case_fp2(&b, i / 2);
		fp2_add_lazy(&twice, &a, &a);
		fp2_add_lazy(&four, &b, &b);
		fp2_add_lazy(&four, &four, &four);
		fm_fp2_mul(&want, &a, &b);
		for (int k = 0; k < 3; k++)
			fm_fp2_add(&want, &want, &want);
		fm_fp2_mul(&got, &twice, &four);
		same2(&got, &want);
		fm_fp2_add(&want, &want, &want);
		fp2_add_lazy(&got, &twice, &twice);
		fm_fp2_wide_mul(&w, &got, &four);
		fm_fp2_wide_reduce(&got, &w);
		same2(&got, &want);

		fm_fp2_mul(&want, &a, &a);
		fm_fp2_add(&want, &want, &want);
		fm_fp2_add(&want, &want, &want);
		fm_fp2_sqr(&got, &twice);
		same2(&got, &want);
		fm_fp2_wide_sqr(&w, &twice);
		fm_fp2_wide_reduce(&got, &w);
		same2(&got, &want);
	}
}

/* A number is a square if and only if its norm to Fp is one. */
static void fp2_square_roots(void **state)
{
	unsigned squares = 0, count = 0;

	(void)state;
	for (unsigned i = 0; i < CASES + 60; i++) {
		struct fm_fp2 a, root, t, minus;
		struct fm_fp norm, none;

		case_fp2(&a, i);
		if (i % 8 == 6)
			a.c1 = fm_fp_zero;
		else if (i % 8 == 7)
			a.c0 = fm_fp_zero;
		fm_fp2_conj(&t, &a);
		fm_fp2_mul(&t, &t, &a);
		norm = t.c0;
		bool square = fm_fp2_sqrt(&root, &a);
		assert_int_equal(square, fm_fp_sqrt(&none, &norm));
		if (square) {
			fm_fp2_mul(&t, &root, &root);
			same2(&t, &a);
		}
		squares += square;
		count++;

		fm_fp2_mul(&t, &a, &a);
		assert_true(fm_fp2_sqrt(&t, &t));
		fm_fp2_neg(&minus, &a);
		assert_true(fm_fp2_equal(&t, &a) || fm_fp2_equal(&t, &minus));

		/* xi is no square, so a^2 xi is none */
		fm_fp2_mul(&t, &a, &a);
		fm_fp2_mul_xi(&t, &t);
		assert_int_equal(fm_fp2_sqrt(&t, &t), fm_fp2_is_zero(&a));
	}
	assert_true(squares > count / 3 && squares < count);
}

static void fp2_signs(void **state)
{
	struct fm_fp2 a, minus;
	struct fm_fp one = fm_fp_one, minus_one;

	(void)state;
	fm_fp_neg(&minus_one, &one);
	a = (struct fm_fp2){ one, fm_fp_zero };
	assert_false(fm_fp2_is_larger(&a));
	assert_true(fm_fp2_is_odd(&a));
	a = (struct fm_fp2){ minus_one, fm_fp_zero };
	assert_true(fm_fp2_is_larger(&a));
	assert_false(fm_fp2_is_odd(&a));
	a = (struct fm_fp2){ minus_one, one }; /* c1 decides the order, c0 the oddness */
	assert_false(fm_fp2_is_larger(&a));
	assert_false(fm_fp2_is_odd(&a));
	a = (struct fm_fp2){ one, minus_one };
	assert_true(fm_fp2_is_larger(&a));
	assert_true(fm_fp2_is_odd(&a));
	a = (struct fm_fp2){ fm_fp_zero, one };
	assert_false(fm_fp2_is_larger(&a));
	assert_true(fm_fp2_is_odd(&a));
	a = (struct fm_fp2){ fm_fp_zero, minus_one };
	assert_true(fm_fp2_is_larger(&a));
	assert_false(fm_fp2_is_odd(&a));
	assert_false(fm_fp2_is_larger(&fm_fp2_zero));
	assert_false(fm_fp2_is_odd(&fm_fp2_zero));
	for (unsigned i = 80; i < CASES; i++) {
		case_fp2(&a, i);
		fm_fp2_neg(&minus, &a);
		assert_true(fm_fp2_is_larger(&a) != fm_fp2_is_larger(&minus));
	}
}

/* ---- Fp6 and Fp12 ---- */

static void products(void **state)
{
	struct fm_fp12 a, b, want, got;

	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		case_fp12(&a, i);
		want = slow_mul(&a, &a);
		fm_fp12_sqr(&got, &a);
		same12(&got, &want);
		got = a;
		fm_fp12_sqr(&got, &got);
		same12(&got, &want);
		got = a;
		fm_fp12_mul(&got, &got, &got);
		same12(&got, &want);
		for (unsigned j = 0; j < 6; j++) {
			case_fp12(&b, j < 3 ? (i * 7 + j * 31) % CASES : 5 * (j - 3));
			want = slow_mul(&a, &b);
			fm_fp12_mul(&got, &a, &b);
			same12(&got, &want);
			got = a;
			fm_fp12_mul(&got, &got, &b);
			same12(&got, &want);
			got = b;
			fm_fp12_mul(&got, &a, &got);
			same12(&got, &want);
		}
	}
}

/* Products in Fp6, also of lazy sums, against Fp12's on elements without odd powers of
 * w. */
static void fp6(void **state)
{
	static const struct fm_fp6 zero6;

	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		struct fm_fp12 a, b, want, two_a = { 0 }, two_b = { 0 };
		struct fm_fp6_wide w, sum;
		struct fm_fp6 got, v = { fm_fp2_zero, fm_fp2_one, fm_fp2_zero };

		case_fp12(&a, i);
		case_fp12(&b, (i * 13 + 1) % CASES);
		a.c1 = b.c1 = zero6;
		fm_fp6_add_lazy(&two_a.c0, &a.c0, &a.c0);
		fm_fp6_add_lazy(&two_b.c0, &b.c0, &b.c0);
		want = slow_mul(&a, &b);
		fm_fp6_mul(&got, &a.c0, &b.c0);
		assert_memory_equal(&got, &want.c0, sizeof(got));
		fm_fp6_wide_mul(&w, &two_a.c0, &two_b.c0);
		fm_fp6_wide_reduce(&got, &w);
		for (int k = 0; k < 2; k++)
			for (struct fm_fp *p = &want.c0.c0.c0; p <= &want.c0.c2.c1; p++)
				fm_fp_add(p, p, p);
		assert_memory_equal(&got, &want.c0, sizeof(got));

		/* b1 v; b1 v + b2 v^2; b0 + b1 v */
		b.c0.c0 = b.c0.c2 = fm_fp2_zero;
		want = slow_mul(&a, &b);
		fm_fp6_wide_mul_1(&w, &a.c0, &b.c0.c1);
		fm_fp6_wide_reduce(&got, &w);
		assert_memory_equal(&got, &want.c0, sizeof(got));
		case_fp2(&b.c0.c2, i);
		want = slow_mul(&a, &b);
		fm_fp6_wide_mul_12(&w, &a.c0, &b.c0.c1, &b.c0.c2);
		fm_fp6_wide_reduce(&got, &w);
		assert_memory_equal(&got, &want.c0, sizeof(got));
		b.c0.c0 = b.c0.c2;
		b.c0.c2 = fm_fp2_zero;
		want = slow_mul(&a, &b);
		fm_fp6_wide_mul_01(&w, &a.c0, &b.c0.c0, &b.c0.c1);
		fm_fp6_wide_reduce(&got, &w);
		assert_memory_equal(&got, &want.c0, sizeof(got));

		/* w + v w - v w - w = 0 */
		fm_fp6_wide_add_v(&sum, &w, &w);
		fm_fp6_wide_sub_v(&sum, &sum, &w);
		fm_fp6_wide_sub(&sum, &sum, &w);
		fm_fp6_wide_reduce(&got, &sum);
		assert_memory_equal(&got, &zero6, sizeof(got));
		/* w v */
		fm_fp6_wide_sub(&sum, &w, &w);
		fm_fp6_wide_add_v(&sum, &sum, &w);
		fm_fp6_wide_reduce(&got, &sum);
		fm_fp6_mul(&want.c0, &want.c0, &v);
		assert_memory_equal(&got, &want.c0, sizeof(got));
		fm_fp6_mul(&want.c0, &a.c0, &v);
		got = a.c0;
		fm_fp6_mul_v(&got, &got);
		assert_memory_equal(&got, &want.c0, sizeof(got));
	}
}

static void lines(void **state)
{
	struct fm_fp12 a, want, got, x = { 0 }, y = { 0 };
	struct fm_line l, m;

	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		case_fp12(&a, i);
		for (unsigned k = 0; k < 3; k++) {
			case_fp2(&l.l[k], (i + 5 * k) % CASES);
			case_fp2(&m.l[k], (3 * i + k) % CASES);
		}
		x.c0.c0 = l.l[0];
		x.c0.c1 = l.l[1];
		x.c1.c1 = l.l[2];
		y.c0.c0 = m.l[0];
		y.c0.c1 = m.l[1];
		y.c1.c1 = m.l[2];
		want = slow_mul(&a, &x);
		fm_fp12_mul_line(&got, &a, &l);
		same12(&got, &want);
		got = a;
		fm_fp12_mul_line(&got, &got, &l);
		same12(&got, &want);
		want = slow_mul(&want, &y);
		fm_fp12_mul_lines(&got, &a, &l, &m);
		same12(&got, &want);
		got = a;
		fm_fp12_mul_lines(&got, &got, &l, &m);
		same12(&got, &want);
	}
}

static void inverses(void **state)
{
	static const struct fm_fp12 zero;
	struct fm_fp12 a, t;

	(void)state;
	assert_true(fm_fp12_is_one(&fm_fp12_one));
	fm_fp12_inv(&t, &zero);
	same12(&t, &zero);
	for (unsigned i = 1; i < CASES; i++) {
		case_fp12(&a, i);
		t = a;
		fm_fp12_inv(&t, &t);
		t = slow_mul(&t, &a);
		assert_true(fm_fp12_is_one(&t));
		assert_false(fm_fp12_is_one(&a));
	}
	for (struct fm_fp *p = &a.c0.c0.c0; p <= &a.c1.c2.c1; p++) {
		t = fm_fp12_one;
		((struct fm_fp *)&t)[p - &a.c0.c0.c0].l[3] ^= 1;
		assert_false(fm_fp12_is_one(&t));
	}
}

static void frobenius(void **state)
{
	struct fm_fp12 a, want, got;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		if (i < 6) { /* w^i, u w^i: every constant by itself */
			struct poly w = { 0 };

			w.c[i].c0 = fm_fp_one;
			w.c[i].c1 = parts[1];
			a = element(&w);
		} else {
			case_fp12(&a, 75 + i);
		}
		want = power(&a, P_HEX);
		fm_fp12_frobenius(&got, &a, 1);
		same12(&got, &want);
		got = a;
		fm_fp12_frobenius(&got, &got, 1);
		same12(&got, &want);
		for (int n = 2; n <= 3; n++) {
			want = power(&want, P_HEX);
			fm_fp12_frobenius(&got, &a, n);
			same12(&got, &want);
			got = a;
			fm_fp12_frobenius(&got, &got, n);
			same12(&got, &want);
		}
		for (int n = 4; n <= 6; n++)
			want = power(&want, P_HEX);
		fm_fp12_conj(&got, &a);
		same12(&got, &want);
	}
}

/* a^((p^6 - 1)(p^2 + 1)) is in the cyclotomic subgroup. */
static struct fm_fp12 cyclotomic(unsigned n)
{
	struct fm_fp12 a, t;

	case_fp12(&a, n);
	fm_fp12_inv(&t, &a);
	fm_fp12_conj(&a, &a);
	a = slow_mul(&a, &t);
	fm_fp12_frobenius(&t, &a, 2);
	return slow_mul(&a, &t);
}

static void check_cyclotomic(const struct fm_fp12 *a)
{
	struct fm_fp12 want, got;

	want = slow_mul(a, a);
	fm_fp12_cyclotomic_sqr(&got, a);
	same12(&got, &want);
	got = *a;
	fm_fp12_cyclotomic_sqr(&got, &got);
	same12(&got, &want);
	fm_fp12_conj(&got, a);
	got = slow_mul(&got, a);
	assert_true(fm_fp12_is_one(&got));
	want = power(a, X_HEX);
	fm_fp12_conj(&want, &want);
	fm_fp12_cyclotomic_pow_x(&got, a);
	same12(&got, &want);
	got = *a;
	fm_fp12_cyclotomic_pow_x(&got, &got);
	same12(&got, &want);
}

static void cyclotomic_subgroup(void **state)
{
	struct fm_fp12 a;

	(void)state;
	check_cyclotomic(&fm_fp12_one);
	for (unsigned i = 0; i < 40; i++) {
		a = cyclotomic(80 + i % 30);
		check_cyclotomic(&a);
	}
	for (unsigned i = 1; i < 80; i += 11) {
		a = cyclotomic(i);
		check_cyclotomic(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fp2),
		cmocka_unit_test(fp2_unreduced),
		cmocka_unit_test(fp2_square_roots),
		cmocka_unit_test(fp2_signs),
		cmocka_unit_test(products),
		cmocka_unit_test(fp6),
		cmocka_unit_test(lines),
		cmocka_unit_test(inverses),
		cmocka_unit_test(frobenius),
		cmocka_unit_test(cyclotomic_subgroup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
