/* SPDX-License-Identifier: MIT */
#include <evm/abi.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void there_and_back(void **state)
{
	struct fm_u256 wide = { { 1, 2, 3, 4 } }, wide_back;
	struct fm_addr addr, addr_back;
	struct fm_hash hash, hash_back;
	struct fm_span bytes;
	uint64_t number;
	uint8_t small;
	struct fm_buf buf;
	struct fm_abi in;

	(void)state;
	memset(addr.b, 0xaa, sizeof(addr.b));
	memset(hash.b, 0xbb, sizeof(hash.b));
	fm_buf_init(&buf, 1000);
	fm_abi_put_u256(&buf, &wide);
	fm_abi_put_u64(&buf, 255);
	fm_abi_put_u64(&buf, 255);
	fm_abi_put_addr(&buf, &addr);
	fm_abi_put_hash(&buf, &hash);
	fm_abi_put_bytes(&buf, fm_span_of("hello"));
	fm_abi_put_bytes(&buf, (struct fm_span){ NULL, 0 });
	assert_int_equal(buf.len, 8 * 32);
	in = fm_abi_of(fm_buf_span(&buf));
	assert_true(fm_abi_u256(&wide_back, &in) && fm_u256_cmp(&wide, &wide_back) == 0);
	assert_true(fm_abi_u64(&number, &in) && number == 255);
	assert_true(fm_abi_u8(&small, &in) && small == 255);
	assert_true(fm_abi_addr(&addr_back, &in) && fm_addr_equal(&addr, &addr_back));
	assert_true(fm_abi_hash(&hash_back, &in) && fm_hash_equal(&hash, &hash_back));
	assert_true(fm_abi_bytes(&bytes, &in) && fm_span_is(bytes, "hello"));
	assert_true(fm_abi_bytes(&bytes, &in) && !bytes.len);
	assert_int_equal(in.at, in.len);
	assert_false(fm_abi_u256(&wide_back, &in));
	fm_buf_clear(&buf);
}

static struct fm_abi word(uint8_t bytes[static 32], size_t at, uint8_t value)
{
	memset(bytes, 0, 32);
	bytes[at] = value;
	return fm_abi_of((struct fm_span){ (const char *)bytes, 32 });
}

/* A value that does not fit its type leaves the cursor where it was. */
static void dirty_words(void **state)
{
	uint8_t bytes[32];
	struct fm_addr addr;
	struct fm_abi in;
	uint64_t number;
	uint8_t small;

	(void)state;
	in = word(bytes, 23, 1);
	assert_false(fm_abi_u64(&number, &in));
	in = word(bytes, 30, 1);
	assert_false(fm_abi_u8(&small, &in));
	assert_true(fm_abi_u64(&number, &in) && number == 256);
	in = word(bytes, 11, 1);
	assert_false(fm_abi_addr(&addr, &in));
	assert_int_equal(in.at, 0);
	in = word(bytes, 31, 64);
	assert_false(fm_abi_offset(&in, 32));
	assert_int_equal(in.at, 0);
	assert_true(fm_abi_offset(&in, 64));
	assert_int_equal(in.at, 32);
}

static void short_input(void **state)
{
	uint8_t bytes[96] = { 0 };
	struct fm_span got, all = { (const char *)bytes, sizeof(bytes) };
	struct fm_hash hash;
	struct fm_abi in;

	(void)state;
	in = fm_abi_of((struct fm_span){ all.ptr, 31 });
	assert_false(fm_abi_hash(&hash, &in));
	/* Lengths: all there, one byte more than there is, padding cut, close to 2^64. */
	bytes[31] = 64;
	in = fm_abi_of(all);
	assert_true(fm_abi_bytes(&got, &in) && got.len == 64);
	bytes[31] = 65;
	in = fm_abi_of(all);
	assert_false(fm_abi_bytes(&got, &in));
	bytes[31] = 33;
	in = fm_abi_of((struct fm_span){ all.ptr, 95 });
	assert_false(fm_abi_bytes(&got, &in));
	assert_int_equal(in.at, 0);
	memset(bytes + 24, 0xff, 8);
	in = fm_abi_of(all);
	assert_false(fm_abi_bytes(&got, &in));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(dirty_words),
		cmocka_unit_test(short_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
