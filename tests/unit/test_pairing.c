/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bls/pairing.h>
#include <points.h>

#define R_HEX "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"
#define MINUS_1 "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000000"

static struct dice dice;

static void read_fp(struct fm_fp *out, const char *hex)
{
	uint8_t be[48];

	assert_true(fm_hex_read(be, sizeof(be), fm_span_of(hex)));
	assert_true(fm_fp_read(out, be));
}

static struct fm_g2 generator(void)
{
	struct fm_g2 g;

	read_fp(&g.x.c0,
		"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d177"
		"0bac0326a805bbefd48056c8c121bdb8");
	read_fp(&g.x.c1,
		"13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049"
		"334cf11213945d57e5ac7d055d042b7e");
	read_fp(&g.y.c0,
		"0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c"
		"923ac9cc3baca289e193548608b82801");
	read_fp(&g.y.c1,
		"0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab"
		"3f370d275cec1da1aaa9075ff05f79be");
	return g;
}

static struct fm_g1 g1_mul(const struct fm_g1 *a, const char *k)
{
	struct fm_g1 out;

	assert_true(g1_times_hex(&out, a, k));
	return out;
}

static struct fm_g2 g2_mul(const struct fm_g2 *a, const char *k)
{
	struct fm_g2_jac t;
	struct fm_g2 out;

	fm_g2_from_affine(&t, a);
	g2_times_hex(&t, &t, k);
	assert_true(fm_g2_to_affine(&out, &t));
	return out;
}

/* Points of both groups, of order r. */
static void random_pair(struct fm_g1 *p, struct fm_g2 *q)
{
	uint8_t k[31];

	dice_bytes(&dice, k, sizeof(k));
	assert_true(g1_times(p, &fm_g1_generator, k, sizeof(k)));
	dice_g2_in_subgroup(&dice, q);
}

static struct fm_fp12 pairing(const struct fm_g1 *p, const struct fm_g2 *q)
{
	struct fm_fp12 f;

	fm_miller_loop(&f, p, q, 1);
	fm_final_power(&f, &f);
	return f;
}

static struct fm_fp12 power(const struct fm_fp12 *a, const char *hex)
{
	static uint8_t e[600];
	struct fm_fp12 t = fm_fp12_one;
	size_t len = strlen(hex) / 2;

	assert_true(len <= sizeof(e) && fm_hex_read(e, len, fm_span_of(hex)));
	for (size_t bit = 0; bit < 8 * len; bit++) {
		fm_fp12_mul(&t, &t, &t);
		if (e[bit / 8] >> (7 - bit % 8) & 1)
			fm_fp12_mul(&t, &t, a);
	}
	return t;
}

static void same(const struct fm_fp12 *a, const struct fm_fp12 *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

/* ---- tests ---- */

/* 3 (p^12 - 1) / r */
static const char final_exponent[] =
	"08ca592196587127a538fd40dc3e541f9dca04bb7dc671be77cf17715a2b2fe3bea73dfb468d8f47"
	"3094aecb7315a664019fbd84913caba6579c08fd42009fe1bd6fcbce15eacb2cf3218a165958cb8b"
	"fdae2d2d54207282314fc0dea9d6ff3a07dbd34efb77b732ba5f994816e296a72928cfee133bdc3c"
	"a9412b984b9783d9c6aa81297ab1cd294a502304773528bbae8706979f28efa0d355b0224e2513d6"
	"e4a5d3bb4dde0523678105d9167ff1323d6e99ac312d8a7d762336370c4347bb5a7e405d6f3496b2"
	"dd38e722d4c1f3ac25e3167ec2cb543d69430c37c2f98fcdd0dd36caa9f5aa7994cec31b24ed5e51"
	"5911037b376e521070d29c9d56cfa8c3574363efb20f28c19e4105ab99edd44084bd23725017931d"
	"6740bda71e5f07600ce6b407e543c4bc40bcd4c0b600e6c98003bf8548986b14d9098746dc89d154"
	"af91ad54f337b31c79222145dd3ed254fdeda0300c49ebcd2352765f533883a3513435f3ee452496"
	"f5166c25bf503bd6ec0a0679efda3b46ebf86211d458de749460d4a2a19abe6ea2accb451ab9a096"
	"b98465d044dc2a7f86c253a4ee57b6df108eff598a8dbc483bf8b74c2789939db85ffd7e0fd55b32"
	"bc26877f5be26fa7d750500ce2fab93c0cbe7336b126a5693d0c16484f37addccc7642590dbe9853"
	"8990b88637e374d545d9b34b67448d0357e60280bbd8542f1f4e813caa8e8db57364b4e0cc14f35a"
	"f381dd9b71ec9292b3a3f16e42362d2019e05f30";

static void final_power(void **state)
{
	struct fm_fp12 f, want, got;

	(void)state;
	fm_final_power(&got, &fm_fp12_one);
	assert_true(fm_fp12_is_one(&got));
	for (int i = 0; i < 4; i++) {
		for (struct fm_fp *part = &f.c0.c0.c0; part <= &f.c1.c2.c1; part++)
			dice_fp(&dice, part);
		if (i == 3) /* an element of Fp6 goes to one */
			memset(&f.c1, 0, sizeof(f.c1));
		want = power(&f, final_exponent);
		fm_final_power(&got, &f);
		same(&got, &want);
		fm_final_power(&f, &f);
		same(&f, &want);
		assert_int_equal(fm_fp12_is_one(&got), i == 3);
	}
}

/* e(generator, generator) as @noble/curves 2.4.0 computes it, c0.c0.c0 to c1.c2.c1. */
static const char *const known[12] = {
	"1250ebd871fc0a92a7b2d83168d0d727272d441befa15c503dd8e90ce98db3e7b6d194f60839c508a84305aaca1789b6",
	"089a1c5b46e5110b86750ec6a532348868a84045483c92b7af5af689452eafabf1a8943e50439f1d59882a98eaa0170f",
	"1368bb445c7c2d209703f239689ce34c0378a68e72a6b3b216da0e22a5031b54ddff57309396b38c881c4c849ec23e87",
	"193502b86edb8857c273fa075a50512937e0794e1e65a7617c90d8bd66065b1fffe51d7a579973b1315021ec3c19934f",
	"01b2f522473d171391125ba84dc4007cfbf2f8da752f7c74185203fcca589ac719c34dffbbaad8431dad1c1fb597aaa5",
	"018107154f25a764bd3c79937a45b84546da634b8f6be14a8061e55cceba478b23f7dacaa35c8ca78beae9624045b4b6",
	"19f26337d205fb469cd6bd15c3d5a04dc88784fbb3d0b2dbdea54d43b2b73f2cbb12d58386a8703e0f948226e47ee89d",
	"06fba23eb7c5af0d9f80940ca771b6ffd5857baaf222eb95a7d2809d61bfe02e1bfd1b68ff02f0b8102ae1c2d5d5ab1a",
	"11b8b424cd48bf38fcef68083b0b0ec5c81a93b330ee1a677d0d15ff7b984e8978ef48881e32fac91b93b47333e2ba57",
	"03350f55a7aefcd3c31b4fcb6ce5771cc6a0e9786ab5973320c806ad360829107ba810c5a09ffdd9be2291a0c25a99a2",
	"04c581234d086a9902249b64728ffd21a189e87935a954051c7cdba7b3872629a4fafc05066245cb9108f0242d0fe3ef",
	"0f41e58663bf08cf068672cbd01a7ec73baca4d72ca93544deff686bfd6df543d48eaa24afe47e1efde449383b676631",
};

static void known_answer(void **state)
{
	struct fm_g2 q = generator();
	struct fm_fp12 e = pairing(&fm_g1_generator, &q), want;

	(void)state;
	for (int i = 0; i < 12; i++)
		read_fp(&(&want.c0.c0.c0)[i], known[i]);
	same(&e, &want);
}

/* e([a]P, [b]Q) = e(P, Q)^(ab), for a, b small, random and at the end. */
static void bilinear(void **state)
{
	static const struct {
		const char *a, *b, *ab;
	} cases[] = {
		{"01",		"01",		      "01"   },
		{ "02",		"01",		      "02"   },
		{ "01",		"02",		      "02"   },
		{ "03",		"05",		      "0f"   },
		{ "05",		"03",		      "0f"   },
		{ "0123456789abcdef", "fedcba9876543210",
		  "0121fa00ad77d7422236d88fe5618cf0"		     },
		{ MINUS_1,		   "01",		 MINUS_1},
		{ "01",		MINUS_1,		 MINUS_1},
		{ MINUS_1,		   MINUS_1,	    "01"	 },
		{ "d201000000010000", "d201000000010000",
		  "ac45a4010001a4020000000100000000"		     },
	};
	struct fm_g1 p;
	struct fm_g2 q;
	struct fm_fp12 e, want, got;

	(void)state;
	for (int round = 0; round < 3; round++) {
		random_pair(&p, &q);
		e = pairing(&p, &q);
		assert_false(fm_fp12_is_one(&e));
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct fm_g1 ap = g1_mul(&p, cases[i].a);
			struct fm_g2 bq = g2_mul(&q, cases[i].b);

			got = pairing(&ap, &bq);
			want = power(&e, cases[i].ab);
			same(&got, &want);
		}
		got = power(&e, R_HEX);
		assert_true(fm_fp12_is_one(&got));
		got = power(&e, "00");
		assert_true(fm_fp12_is_one(&got));
	}
}

/* e(P + P', Q) = e(P, Q) e(P', Q), and the same on the other side. */
static void additive(void **state)
{
	struct fm_g1 p = g1_mul(&fm_g1_generator, "0badcafe"),
		     p2 = g1_mul(&fm_g1_generator, "f00d"),
		     sum = g1_mul(&fm_g1_generator, "0baebb0b");
	struct fm_g2_jac t, t2;
	struct fm_g2 q, q2, q_sum;
	struct fm_fp12 a, b, c;

	(void)state;
	dice_g2_in_subgroup(&dice, &q);
	dice_g2_in_subgroup(&dice, &q2);
	fm_g2_from_affine(&t, &q);
	fm_g2_from_affine(&t2, &q2);
	fm_g2_add(&t, &t, &t2);
	assert_true(fm_g2_to_affine(&q_sum, &t));

	a = pairing(&p, &q);
	b = pairing(&p2, &q);
	c = pairing(&sum, &q);
	fm_fp12_mul(&a, &a, &b);
	same(&a, &c);
	a = pairing(&p, &q);
	b = pairing(&p, &q2);
	c = pairing(&p, &q_sum);
	fm_fp12_mul(&a, &a, &b);
	same(&a, &c);
}

/* The product of n pairings is that of n loops. */
static void products(void **state)
{
	struct fm_g1 p[FM_PAIRS_MAX];
	struct fm_g2 q[FM_PAIRS_MAX];
	struct fm_fp12 want = fm_fp12_one, got, e;

	(void)state;
	for (size_t n = 1; n <= FM_PAIRS_MAX; n++) {
		random_pair(&p[n - 1], &q[n - 1]);
		e = pairing(&p[n - 1], &q[n - 1]);
		fm_fp12_mul(&want, &want, &e);
		fm_miller_loop(&got, p, q, n);
		fm_final_power(&got, &got);
		same(&got, &want);
		assert_false(fm_pairing_product_is_one(p, q, n));
	}
}

/* Sums of exponents that are zero, and nearly. */
static void product_is_one(void **state)
{
	static const struct {
		size_t n;
		const char *a[FM_PAIRS_MAX], *b[FM_PAIRS_MAX];
		bool one;
	} cases[] = {
	/* clang-format off */
		{ 1, { "01" }, { "01" }, false },
		{ 2, { "01", MINUS_1 }, { "01", "01" }, true },
		{ 2, { "01", "01" }, { "01", MINUS_1 }, true },
		{ 2, { "06", MINUS_1 }, { "07", "2a" }, true },
		{ 2, { "06", MINUS_1 }, { "07", "2b" }, false },
		{ 2, { "01", "01" }, { "01", "01" }, false },
		{ 2, { MINUS_1, "01" }, { MINUS_1, "01" }, false },
		{ 3, { "05", "07", MINUS_1 }, { "01", "01", "0c" }, true },
		{ 3, { "05", "07", MINUS_1 }, { "01", "01", "0b" }, false },
		{ 3, { "05", "07", "0c" }, { "01", "01", "01" }, false },
		{ 4, { "01", "02", "03", MINUS_1 }, { "01", "02", "03", "0e" }, true },
		{ 4, { "01", "02", "03", MINUS_1 }, { "01", "02", "03", "0d" }, false },
		{ 4, { "01", MINUS_1, "02", MINUS_1 }, { "01", "01", "01", "02" }, true },
	/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_g1 base, p[FM_PAIRS_MAX];
		struct fm_g2 base2, q[FM_PAIRS_MAX];

		random_pair(&base, &base2);
		for (size_t k = 0; k < cases[i].n; k++) {
			p[k] = g1_mul(&base, cases[i].a[k]);
			q[k] = g2_mul(&base2, cases[i].b[k]);
		}
		assert_int_equal(fm_pairing_product_is_one(p, q, cases[i].n),
				 cases[i].one);
	}
}

/* e(-g1, [s]H) e([s]g1, H) = 1: what a signature is. */
static void signature(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		struct fm_g1 p[2];
		struct fm_g2 q[2];
		struct fm_g2_jac t;
		uint8_t secret[32];

		dice_bytes(&dice, secret, sizeof(secret));
		dice_g2_in_subgroup(&dice, &q[1]);
		fm_g2_from_affine(&t, &q[1]);
		g2_times(&t, &t, secret, sizeof(secret));
		assert_true(fm_g2_to_affine(&q[0], &t));
		fm_g1_neg(&p[0], &fm_g1_generator);
		assert_true(g1_times(&p[1], &fm_g1_generator, secret, sizeof(secret)));
		assert_true(fm_pairing_product_is_one(p, q, 2));
		p[0] = fm_g1_generator;
		assert_false(fm_pairing_product_is_one(p, q, 2));
		fm_g1_neg(&p[0], &fm_g1_generator);
		fm_g2_double(&t, &t);
		assert_true(fm_g2_to_affine(&q[0], &t));
		assert_false(fm_pairing_product_is_one(p, q, 2));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(final_power), cmocka_unit_test(known_answer),
		cmocka_unit_test(bilinear),    cmocka_unit_test(additive),
		cmocka_unit_test(products),    cmocka_unit_test(product_is_one),
		cmocka_unit_test(signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
