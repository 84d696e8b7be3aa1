/* SPDX-License-Identifier: MIT */
#include <base/keccak.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void is(const struct fm_hash *hash, const char *want)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	assert_string_equal(text, want);
}

static void known_answers(void **state)
{
	struct fm_hash hash;

	(void)state;
	fm_keccak256(&hash, NULL, 0);
	is(&hash, "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
	/* FIPS 180-4, appendix B.1, and the empty message. */
	fm_sha256(&hash, "abc", 3);
	is(&hash, "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	fm_sha256(&hash, NULL, 0);
	is(&hash, "0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Any cutting into two pieces gives the hash of the whole. */
static void pieces_make_the_whole(void **state)
{
	uint8_t bytes[3 * FM_KECCAK_RATE + 1];
	struct fm_hash whole, parts;
	struct fm_keccak k;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31);
	for (size_t len = sizeof(bytes) - 3; len <= sizeof(bytes); len++) {
		fm_keccak256(&whole, bytes, len);
		for (size_t cut = 0; cut <= len; cut++) {
			fm_keccak_init(&k);
			fm_keccak_add(&k, bytes, cut);
			fm_keccak_add(&k, bytes + cut, len - cut);
			fm_keccak_end(&parts, &k);
			assert_true(fm_hash_equal(&whole, &parts));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(pieces_make_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
