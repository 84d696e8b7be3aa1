/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <points.h>

static struct dice dice;

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

/* Nothing behind the wanted length is written, and the length is hashed, too: a shorter
 * answer is not the start of a longer one (RFC 9380, 5.3.1). */
static void lengths(void **state)
{
	uint8_t whole[255 * 32], part[64];

	(void)state;
	fm_expand_message(whole, sizeof(whole), "m", 1, "tag", 3);
	for (size_t len = 4; len <= 33; len++) {
		memset(part, 0x5a, sizeof(part));
		fm_expand_message(part, len, "m", 1, "tag", 3);
		assert_memory_not_equal(part, whole, len);
		for (size_t i = len; i < sizeof(part); i++)
			assert_int_equal(part[i], 0x5a);
	}
}

static void nothing_to_hash(void **state)
{
	uint8_t a[64], b[64];

	(void)state;
	fm_expand_message(a, sizeof(a), NULL, 0, "", 0);
	fm_expand_message(b, sizeof(b), "", 0, NULL, 0);
	assert_memory_equal(a, b, sizeof(a));
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
		cmocka_unit_test(maps_are_on_the_twist),
		cmocka_unit_test(sum_before_the_isogeny),
		cmocka_unit_test(lengths),
		cmocka_unit_test(nothing_to_hash),
		cmocka_unit_test(long_tags_are_hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
