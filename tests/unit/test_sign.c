/* SPDX-License-Identifier: MIT */
#include <evm/sign.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct fm_secret *key_of(uint8_t last)
{
	uint8_t bytes[32] = { 0 };

	bytes[31] = last;
	return fm_secret_take(bytes, sizeof(bytes));
}

static void new_keys_differ(void **state)
{
	struct fm_secret *a = NULL, *b = NULL;
	struct fm_addr x, y;

	(void)state;
	assert_int_equal(fm_key_new(&a, &fm_system_rand, NULL), FM_OK);
	assert_int_equal(fm_key_new(&b, &fm_system_rand, NULL), FM_OK);
	assert_true(fm_key_valid(a));
	assert_int_equal(fm_key_address(&x, a, NULL), FM_OK);
	assert_int_equal(fm_key_address(&y, b, NULL), FM_OK);
	assert_false(fm_addr_equal(&x, &y));
	fm_secret_free(&a);
	fm_secret_free(&b);
}

static enum fm_code zeros(void *ctx, void *out, size_t len)
{
	++*(unsigned *)ctx;
	memset(out, 0, len);
	return FM_OK;
}

static enum fm_code broken(void *ctx, void *out, size_t len)
{
	(void)ctx;
	(void)out;
	(void)len;
	return FM_E_IO;
}

static void a_bad_generator_makes_no_key(void **state)
{
	unsigned calls = 0;
	const struct fm_rand zero = { .fill = zeros, .ctx = &calls },
			     none = { .fill = broken };
	struct fm_secret *key = NULL;

	(void)state;
	assert_int_equal(fm_key_new(&key, &zero, NULL), FM_E_INTERNAL);
	assert_true(calls > 1 && calls < 100);
	assert_null(key);
	assert_int_equal(fm_key_new(&key, &none, NULL), FM_E_IO);
	assert_null(key);
}

static void key_texts(void **state)
{
	const char *good =
		" \t0x0000000000000000000000000000000000000000000000000000000000000001\r\n";
	static const char *const bad[] = {
		"",
		"0x",
		"0x000000000000000000000000000000000000000000000000000000000000001",
		"0x00000000000000000000000000000000000000000000000000000000000000011",
		"0X0000000000000000000000000000000000000000000000000000000000000001",
		"0x0x00000000000000000000000000000000000000000000000000000000000001",
		"0x000000000000000000000000000000 0000000000000000000000000000000001",
		"0x000000000000000000000000000000000000000000000000000000000000000g",
		"0x0000000000000000000000000000000000000000000000000000000000000000",
		"0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
	};
	struct fm_secret *key = NULL;
	struct fm_err err;

	(void)state;
	fm_err_init(&err);
	assert_int_equal(fm_key_from_text(&key, fm_span_of(good), &err), FM_OK);
	fm_secret_free(&key);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(fm_key_from_text(&key, fm_span_of(bad[i]), &err),
				 FM_E_USAGE);
		assert_null(key);
		/* Never a piece of the text in the message. */
		assert_null(strstr(err.msg, "0000"));
		assert_null(strstr(err.msg, "ffff"));
	}
}

static void keys_out_of_range(void **state)
{
	struct fm_secret *zero = key_of(0), *small = fm_secret_new(31);
	struct fm_hash digest = { { 1 } };
	struct fm_addr addr;
	struct fm_sig sig;

	(void)state;
	assert_false(fm_key_valid(zero));
	assert_false(fm_key_valid(small));
	assert_int_equal(fm_key_address(&addr, zero, NULL), FM_E_USAGE);
	assert_int_equal(fm_key_address(&addr, small, NULL), FM_E_USAGE);
	assert_int_equal(fm_sign_digest(&sig, zero, &digest, NULL), FM_E_USAGE);
	assert_int_equal(fm_sign_digest(&sig, small, &digest, NULL), FM_E_USAGE);
	fm_secret_free(&zero);
	fm_secret_free(&small);
}

/* Any changed bit gives another signer or none. */
static void a_changed_signature_is_another_one(void **state)
{
	struct fm_secret *key = key_of(7);
	struct fm_hash digest = { { 9 } };
	struct fm_addr signer, found;
	struct fm_sig sig;
	bool canonical;

	(void)state;
	assert_int_equal(fm_key_address(&signer, key, NULL), FM_OK);
	assert_int_equal(fm_sign_digest(&sig, key, &digest, NULL), FM_OK);
	assert_true(fm_recover(&found, &canonical, sig.b, 65, &digest) && canonical);
	assert_true(fm_addr_equal(&signer, &found));
	assert_true(fm_recover(&found, NULL, sig.b, 65, &digest));
	for (size_t i = 0; i < 65 * 8; i++) {
		sig.b[i / 8] ^= (uint8_t)(1 << i % 8);
		if (fm_recover(&found, NULL, sig.b, 65, &digest))
			assert_false(fm_addr_equal(&signer, &found));
		sig.b[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	digest.b[31] ^= 1;
	if (fm_recover(&found, NULL, sig.b, 65, &digest))
		assert_false(fm_addr_equal(&signer, &found));
	assert_false(fm_recover(&found, NULL, sig.b, 64, &digest));
	fm_secret_free(&key);
}

struct work {
	const struct fm_secret *key;
	struct fm_sig sig;
	bool good;
};

static void *sign_many(void *arg)
{
	const struct fm_hash digest = { { 3 } };
	struct work *work = arg;
	struct fm_sig sig;

	work->good = true;
	for (unsigned i = 0; i < 50; i++) {
		work->good = work->good &&
			     fm_sign_digest(&sig, work->key, &digest, NULL) == FM_OK &&
			     (!i || memcmp(&sig, &work->sig, sizeof(sig)) == 0);
		work->sig = sig;
	}
	return NULL;
}

static void threads_share_a_key(void **state)
{
	struct fm_secret *key = key_of(5);
	struct work work[4];
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		work[i].key = key;
		assert_int_equal(pthread_create(&threads[i], NULL, sign_many, &work[i]),
				 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_true(work[i].good);
		assert_memory_equal(&work[i].sig, &work[0].sig, sizeof(work[0].sig));
	}
	fm_secret_free(&key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_keys_differ),
		cmocka_unit_test(a_bad_generator_makes_no_key),
		cmocka_unit_test(key_texts),
		cmocka_unit_test(keys_out_of_range),
		cmocka_unit_test(a_changed_signature_is_another_one),
		cmocka_unit_test(threads_share_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
