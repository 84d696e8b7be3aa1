/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef bool reader(void *out, size_t len, struct fm_span text);

/* Every pair of characters: right value or refused. */
static void every_pair(reader *read)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			const char text[2] = { (char)a, (char)b };
			const char *x = a ? strchr(digits, a) : NULL;
			const char *y = b ? strchr(digits, b) : NULL;
			uint8_t out;
			bool got = read(&out, 1, (struct fm_span){ text, 2 });

			assert_int_equal(got, x && y);
			if (got) {
				long high = x - digits, low = y - digits;

				high -= high > 15 ? 6 : 0;
				low -= low > 15 ? 6 : 0;
				assert_int_equal(out, high * 16 + low);
			}
		}
	}
}

static void lengths(reader *read)
{
	uint8_t out[2] = { 7, 7 };

	assert_true(read(out, 2, fm_span_of("00fF")));
	assert_memory_equal(out, "\x00\xff", 2);
	assert_false(read(out, 2, fm_span_of("00f")));
	assert_false(read(out, 2, fm_span_of("00fff")));
	assert_false(read(out, 2, fm_span_of("0x00ff")));
	assert_false(read(out, 2, fm_span_of("")));
	assert_true(read(out, 0, fm_span_of("")));
	assert_false(read(out, SIZE_MAX / 2 + 2, fm_span_of("00")));
}

static void reads(void **state)
{
	(void)state;
	every_pair(fm_hex_read);
	lengths(fm_hex_read);
}

static void reads_in_constant_time(void **state)
{
	(void)state;
	every_pair(fm_hex_read_ct);
	lengths(fm_hex_read_ct);
}

static void writes_and_strips(void **state)
{
	char out[4] = "....";

	(void)state;
	fm_hex_write(out, "\x0a\xf9", 2);
	assert_memory_equal(out, "0af9", 4);
	assert_int_equal(fm_hex_strip(fm_span_of("0x12")).len, 2);
	assert_int_equal(fm_hex_strip(fm_span_of("0X12")).len, 4);
	assert_int_equal(fm_hex_strip(fm_span_of("0x")).len, 0);
	assert_int_equal(fm_hex_strip(fm_span_of("0")).len, 1);
}

static void hashes(void **state)
{
	const char *text =
		"0x00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	char out[FM_HASH_TEXT], sig_text[FM_SIG_TEXT];
	struct fm_hash hash, other;
	struct fm_sig sig;

	(void)state;
	assert_true(fm_hash_parse(&hash, fm_span_of(text)));
	fm_hash_text(out, &hash);
	assert_string_equal(out, text);
	assert_false(fm_hash_parse(&other, fm_span_of(text + 2)));
	assert_false(fm_hash_parse(&other, (struct fm_span){ text, 65 }));
	other = hash;
	assert_true(fm_hash_equal(&hash, &other));
	other.b[31] ^= 1;
	assert_false(fm_hash_equal(&hash, &other));
	memset(sig.b, 0xab, sizeof(sig.b));
	fm_sig_text(sig_text, &sig);
	assert_int_equal(strlen(sig_text), 132);
	assert_memory_equal(sig_text, "0xabab", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(reads_in_constant_time),
		cmocka_unit_test(writes_and_strips),
		cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
