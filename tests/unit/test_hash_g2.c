/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <points.h>

static struct dice dice;

static struct fm_fp2 number(unsigned c0, unsigned c1)
{
	struct fm_fp2 a = fm_fp2_zero;

	while (c0--)
		fm_fp_add(&a.c0, &a.c0, &fm_fp_one);
	while (c1--)
		fm_fp_add(&a.c1, &a.c1, &fm_fp_one);
	return a;
}

/* Made with @noble/curves 2.4.0: bls12_381.G2.mapToCurve([c0, c1]), which clears the
 * cofactor. 0 is the one element whose denominator vanishes. */
static void small_elements(void **state)
{
	static const struct {
		unsigned c0, c1;
		const char *point;
	} cases[] = {
		{0,  0,
		  "8a67d12118b5a35bb02d2e86b3ebfa7e23410db93de39fb06d7025fa95e96ffa428a7a27c3ae4dd4b40bd251ac658892"
		  "018320896ec9eef9d5e619848dc29ce266f413d02dd31d9b9d44ec0c79cd61f18b075ddba6d7bd20b7ff27a4b324bfce"},
		{ 1, 0,
		  "a0e12b55d801607d9760f8637ac80a4fececd3eb74045b342ee3c7dddd2037e72dedccc27e9a89491d4e57bde555fead"
		  "1770d4f641225e1a1c0f7d05857299763e98e47ec6355b81dd6cdaf6db6825052f71d35ede3af8b70f046474c48d712e"},
		{ 0, 1,
		  "a5d991fb690fdad1923ac1834188ed45d160a15ee5547a4476b836a158a9884236846408b8abd5d99217876d12f8f5d6"
		  "0f5ab9ab512bac0e5aa9d4be326afefbfa5db2dba6c88000f1cfeaa0cd62b2b2604935e2794933d76f9887bae7ed2851"},
		{ 5, 7,
		  "8ed12d9484589f4f2da52cc5601c738b2d743691f27239210c530b5492f6b53bf35995cbbf09c3427291dfcc2ec0717b"
		  "1404a0fde37a0b46c6475d643fc474f3d51313f33efdb308220c6084fab6ff85adf4fc06f1c7d4ef676dd6c66cdf7537"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_fp2 u = number(cases[i].c0, cases[i].c1);
		uint8_t want[96], got[96];
		struct fm_g2_jac t;
		struct fm_g2 p;

		fm_map_to_twist(&t, &u);
		fm_g2_clear_cofactor(&t, &t);
		assert_true(fm_g2_to_affine(&p, &t));
		g2_encode(got, &p);
		assert_true(fm_hex_read(want, sizeof(want), fm_span_of(cases[i].point)));
		assert_memory_equal(got, want, sizeof(want));
	}
}

/* map(u) is on the twist, and map(-u) = -map(u): the sign of y is u's. */
static void maps_are_on_the_twist(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct fm_g2_jac t, minus;
		struct fm_fp2 u;
		struct fm_g2 p;

		dice_fp2(&dice, &u);
		if (i % 8 == 1)
			u.c0 = fm_fp_zero;
		if (i % 8 == 2)
			u.c1 = fm_fp_zero;
		fm_map_to_twist(&t, &u);
		assert_true(fm_g2_to_affine(&p, &t));
		assert_true(g2_on_curve(&p));
		fm_fp2_neg(&u, &u);
		fm_map_to_twist(&minus, &u);
		fm_g2_neg(&minus, &minus);
		assert_true(g2_jac_equal(&t, &minus));
	}
}

/* The isogeny is a homomorphism: a sum before it is the sum behind it, for points that
 * are different, equal and opposite. */
static void sum_before_the_isogeny(void **state)
{
	struct fm_g2_jac a, b, both;
	struct fm_fp2 u[2];

	(void)state;
	for (int i = 0; i < 30; i++) {
		dice_fp2(&dice, &u[0]);
		dice_fp2(&dice, &u[1]);
		if (i == 3)
			u[0] = fm_fp2_zero;
		if (i == 4)
			u[1] = fm_fp2_zero;
		if (i >= 5 && i < 8)
			u[1] = u[0];
		if (i >= 8 && i < 11)
			fm_fp2_neg(&u[1], &u[0]);
		fm_map_both(&both, u);
		fm_map_to_twist(&a, &u[0]);
		fm_map_to_twist(&b, &u[1]);
		fm_g2_add(&a, &a, &b);
		assert_true(g2_jac_equal(&both, &a));
		assert_int_equal(fm_g2_is_infinity(&both), i >= 8 && i < 11);
	}
}

/* Every length is the start of no other: the length is hashed, too (RFC 9380, 5.3.1). */
static void expansion(void **state)
{
	static const char tag[256] = "tag";
	uint8_t whole[8160], part[64], other[64];

	(void)state;
	fm_expand_message(whole, sizeof(whole), "m", 1, tag, 3);
	for (size_t len = 1; len <= 33; len++) {
		memset(part, 0, sizeof(part));
		fm_expand_message(part, len, "m", 1, tag, 3);
		assert_int_equal(part[len], 0);
		fm_expand_message(other, sizeof(other), "m", 1, tag, 3);
		if (len > 3)
			assert_memory_not_equal(part, other, len);
	}
	/* a tag of 255 bytes is used as it is, one of 256 is hashed */
	fm_expand_message(part, 64, NULL, 0, tag, 255);
	fm_expand_message(other, 64, NULL, 0, tag, 256);
	assert_memory_not_equal(part, other, 64);
	fm_expand_message(part, 64, NULL, 0, tag, 0);
	assert_memory_not_equal(part, other, 64);
}

static void long_tags_are_hashed(void **state)
{
	char tag[300], text[320] = "H2C-OVERSIZE-DST-";
	uint8_t a[64], b[64];
	struct fm_hash digest;

	(void)state;
	dice_bytes(&dice, tag, sizeof(tag));
	memcpy(text + 17, tag, sizeof(tag));
	fm_sha256(&digest, text, 17 + sizeof(tag));
	fm_expand_message(a, sizeof(a), "abc", 3, tag, sizeof(tag));
	fm_expand_message(b, sizeof(b), "abc", 3, (const char *)digest.b,
			  sizeof(digest.b));
	assert_memory_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_elements),
		cmocka_unit_test(maps_are_on_the_twist),
		cmocka_unit_test(sum_before_the_isogeny),
		cmocka_unit_test(expansion),
		cmocka_unit_test(long_tags_are_hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
