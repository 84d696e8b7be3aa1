/* SPDX-License-Identifier: MIT */
/* RLP and raw transactions: what is refused. What is accepted is in vec_transactions.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/rlp.h"
#include "evm/sign.h"
#include "evm/tx.h"

#include <stdlib.h>
#include <string.h>

#define KEY "0x253e69d40cd81caf8d09e654681455eb1dff68302a1c4fcd5dd48615b6ecf8a5"

static struct fm_span span(const void *bytes, size_t len)
{
	return (struct fm_span){ bytes, len };
}

/* ---- RLP ---- */

static bool reads_string(const void *bytes, size_t len)
{
	struct fm_rlp in = { span(bytes, len) };
	struct fm_span out;

	return fm_rlp_bytes(&out, &in) && fm_rlp_end(&in);
}

static void test_rlp_lengths(void **state)
{
	static const size_t lens[] = { 0, 1, 2, 55, 56, 255, 256, 65535, 65536 };
	static char bytes[65536];

	(void)state;
	memset(bytes, 0x91, sizeof(bytes));
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct fm_rlp in, items;
		struct fm_span got;
		struct fm_buf out, list;

		fm_buf_init(&out, 1u << 20);
		fm_buf_init(&list, 1u << 20);
		fm_rlp_put_bytes(&out, bytes, lens[i]);
		fm_rlp_put_list(&list, fm_buf_span(&out));
		in.rest = fm_buf_span(&list);
		assert_true(fm_rlp_list(&items, &in) && fm_rlp_end(&in));
		assert_true(fm_rlp_bytes(&got, &items) && fm_rlp_end(&items));
		assert_int_equal(got.len, lens[i]);
		assert_memory_equal(got.ptr, bytes, lens[i]);
		for (size_t cut = 0; cut < list.len && cut < 70; cut++) {
			in.rest = span(list.ptr, list.len - 1 - cut);
			assert_false(fm_rlp_list(&items, &in));
		}
		fm_buf_clear(&out);
		fm_buf_clear(&list);
	}
}

static void test_rlp_not_canonical(void **state)
{
	/* a byte below 0x80 with a length; a long form for 55 bytes; a length with a zero in
	 * front; lengths that end before they are there, or reach over the end or around it */
	static const char one[] = { '\x81', 0x7f }, zero[] = { '\x81', 0 };
	static const char around[] = { '\xbf', '\xff', '\xff', '\xff', '\xff',
				       '\xff', '\xff', '\xff', '\xff', 0 };
	char text[64] = { '\xb8', 55 }, wide[64] = { '\xb9', 0, 56 };

	(void)state;
	assert_false(reads_string(one, sizeof(one)));
	assert_false(reads_string(zero, sizeof(zero)));
	assert_false(reads_string(text, 57));
	assert_false(reads_string(wide, 59));
	assert_false(reads_string(around, sizeof(around)));
	assert_false(reads_string("\xb8", 1));
	assert_false(reads_string("\xb9\x01", 2));
	assert_false(reads_string("\x82\x91", 2));
	assert_false(reads_string("", 0));
	assert_false(reads_string("\xc0", 1));
	assert_true(reads_string("\x81\x80", 2));
	assert_true(reads_string("\x7f", 1));
	assert_true(reads_string("\x80", 1));
	text[1] = 56;
	assert_true(reads_string(text, 58));
}

static void test_rlp_integers(void **state)
{
	static const char big[] = { '\x89', 1, 0, 0, 0, 0, 0, 0, 0, 0 };
	struct fm_rlp in = { span("\x00", 1) };
	struct fm_u256 wide;
	uint64_t value;

	(void)state;
	assert_false(fm_rlp_u64(&value, &in)); /* zero is the empty string */
	in.rest = span("\x82\x00\x91", 3);
	assert_false(fm_rlp_u64(&value, &in));
	assert_int_equal(in.rest.len, 3);
	in.rest = span(big, sizeof(big));
	assert_false(fm_rlp_u64(&value, &in));
	assert_true(fm_rlp_u256(&wide, &in) && wide.w[1] == 1 && !wide.w[0]);
	in.rest = span("\x80", 1);
	assert_true(fm_rlp_u64(&value, &in) && value == 0);
}

/* ---- transactions ---- */

struct made {
	struct fm_tx tx;
	struct fm_sig sig;
	struct fm_buf raw;
	struct fm_hash hash;
};

static int setup(void **state)
{
	struct made *m = calloc(1, sizeof(*m));
	struct fm_secret *key = NULL;
	struct fm_hash digest;

	m->tx = (struct fm_tx){ .chain_id = 84532,
				.nonce = 7,
				.gas_limit = 60000,
				.max_fee = fm_u256_from_u64(1000),
				.priority_fee = fm_u256_from_u64(10),
				.value = fm_u256_from_u64(3),
				.to = { { 0x42 } },
				.data = span("\xd0\xe3\x0d\xb0", 4) };
	fm_buf_init(&m->raw, FM_TX_MAX);
	assert_int_equal(fm_key_from_text(&key, fm_span_of(KEY), NULL), FM_OK);
	assert_true(fm_tx_digest(&digest, &m->tx));
	assert_int_equal(fm_sign_digest(&m->sig, key, &digest, NULL), FM_OK);
	assert_true(fm_tx_raw(&m->raw, &m->hash, &m->tx, &m->sig));
	fm_secret_free(&key);
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct made *m = *state;

	fm_buf_clear(&m->raw);
	free(m);
	return 0;
}

static bool reads(const void *bytes, size_t len)
{
	struct fm_addr from;
	struct fm_hash hash;
	struct fm_tx tx;

	return fm_tx_read(&tx, &from, &hash, span(bytes, len));
}

/** Every byte counts: cut, added to, or with a bit changed it is no transaction of this signer. */
static void test_every_byte(void **state)
{
	struct made *m = *state;
	struct fm_addr from, other;
	struct fm_hash hash;
	struct fm_tx tx;
	char copy[512];

	assert_true(m->raw.len < sizeof(copy) - 1);
	assert_true(fm_tx_read(&tx, &from, &hash, fm_buf_span(&m->raw)));
	assert_true(fm_hash_equal(&hash, &m->hash));
	memcpy(copy, m->raw.ptr, m->raw.len);
	for (size_t len = 0; len < m->raw.len; len++)
		assert_false(reads(copy, len));
	copy[m->raw.len] = 0;
	assert_false(reads(copy, m->raw.len + 1));
	for (size_t bit = 0; bit < m->raw.len * 8; bit++) {
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		if (fm_tx_read(&tx, &other, &hash, span(copy, m->raw.len))) {
			assert_false(fm_addr_equal(&from, &other));
			assert_false(fm_hash_equal(&hash, &m->hash));
		}
		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
	}
}

/** n - s and the other parity is a signature too, of another hash: refused. */
static void test_high_s(void **state)
{
	static const uint8_t order[32] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
		0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
	};
	struct made *m = *state;
	struct fm_u256 n = fm_u256_from_be(order), s = fm_u256_from_be(m->sig.b + 32);
	struct fm_buf raw;
	struct fm_hash hash;
	struct fm_sig high = m->sig;

	assert_true(fm_u256_sub(&s, &n, &s));
	fm_u256_to_be(high.b + 32, &s);
	high.b[64] = (uint8_t)(27 + 28 - high.b[64]);
	fm_buf_init(&raw, FM_TX_MAX);
	assert_true(fm_tx_raw(&raw, &hash, &m->tx, &high));
	assert_false(reads(raw.ptr, raw.len));
	fm_buf_clear(&raw);
}

static bool writes(const struct fm_tx *tx)
{
	struct fm_buf bytes;
	struct fm_hash digest;
	bool good;

	fm_buf_init(&bytes, 2 * FM_TX_MAX);
	good = fm_tx_unsigned(&bytes, tx);
	assert_int_equal(good, fm_tx_digest(&digest, tx));
	fm_buf_clear(&bytes);
	return good;
}

static void test_not_for_any_chain(void **state)
{
	struct made *m = *state;
	struct fm_tx tx = m->tx;
	struct fm_sig sig = m->sig;
	struct fm_buf raw;
	struct fm_hash hash;
	char *large = calloc(1, FM_TX_MAX);

	assert_true(writes(&tx));
	tx.chain_id = 0;
	assert_false(writes(&tx));
	tx = m->tx;
	tx.nonce = UINT64_MAX;
	assert_false(writes(&tx));
	tx = m->tx;
	tx.priority_fee = fm_u256_from_u64(1001);
	assert_false(writes(&tx));
	tx = m->tx;
	tx.data = span(large, FM_TX_MAX - 200);
	assert_true(writes(&tx));
	tx.data = span(large, FM_TX_MAX);
	assert_false(writes(&tx));
	sig.b[64] = 1;
	fm_buf_init(&raw, FM_TX_MAX);
	assert_false(fm_tx_raw(&raw, &hash, &m->tx, &sig));
	fm_buf_clear(&raw);
	free(large);
}

static void test_cost(void **state)
{
	struct made *m = *state;
	struct fm_u256 cost;

	assert_true(fm_tx_cost(&cost, &m->tx));
	assert_int_equal(cost.w[0], 60000 * 1000 + 3);
	memset(&m->tx.value, 0xff, sizeof(m->tx.value));
	assert_false(fm_tx_cost(&cost, &m->tx));
	m->tx.value = FM_U256_ZERO;
	memset(&m->tx.max_fee, 0xff, sizeof(m->tx.max_fee));
	assert_false(fm_tx_cost(&cost, &m->tx));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rlp_lengths),
		cmocka_unit_test(test_rlp_not_canonical),
		cmocka_unit_test(test_rlp_integers),
		cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
		cmocka_unit_test_setup_teardown(test_high_s, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_for_any_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cost, setup, teardown),
	};

	return fm_init(NULL) || cmocka_run_group_tests(tests, NULL, NULL);
}
