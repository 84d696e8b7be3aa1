/* SPDX-License-Identifier: MIT */
/* Ids of cycles as people and Core write them, and the known tree of contracts.md, section 3; more
 * trees are in vec_merkle. */
#include <fourmica/clearing.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT "0x2222222222222222222222222222222222222222:1777248000"
#define ID "0x23ee62dae6d65ffac62899dadd136549d6839a8a5f6073bec53b944b41dbf3f3"
#define ROOT "0xe0db3e1e7c8f9730779a5c5333bd85c32e417aea64c3d0f91447cc8b937e702b"

static struct fm_hash hash(const char *text)
{
	struct fm_hash out;

	assert_true(fm_hash_parse(&out, fm_span_of(text)));
	return out;
}

static void is_hash(const struct fm_hash *got, const char *want)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, got);
	assert_string_equal(text, want);
}

static struct fm_addr addr(unsigned char byte)
{
	struct fm_addr out;

	memset(out.b, byte, sizeof(out.b));
	return out;
}

static struct fm_hash leaf(unsigned char who, uint64_t amount, enum fm_clearing_role role)
{
	struct fm_clearing_leaf parts = {
		.chain_id = 84532,
		.house = addr(0x11),
		.asset = addr(0x22),
		.participant = addr(who),
		.amount = fm_u256_from_u64(amount),
		.role = role,
	};
	struct fm_hash out;

	fm_cycle_hash(&parts.cycle_id, fm_span_of(TEXT));
	is_hash(&parts.cycle_id, ID);
	fm_clearing_leaf_hash(&out, &parts);
	return out;
}

static void test_known_tree(void **state)
{
	(void)state;
	struct fm_hash leaves[] = {
		leaf(0x33, 60000000, FM_CLEARING_DEBTOR),
		leaf(0x44, 40000000, FM_CLEARING_DEBTOR),
		leaf(0x55, 100000000, FM_CLEARING_CREDITOR),
	};
	const struct fm_hash first = leaves[0], second = leaves[1];
	struct fm_hash root;

	is_hash(&leaves[0],
		"0xab06864f1d7caea780414b07971eb7e4022c10e5d93a983f8e1f2b794de550b8");
	is_hash(&leaves[1],
		"0xec0e8e5399967f33c07c547bdd1681c12f0ec563a7936ca93f31791f7dec57dd");
	is_hash(&leaves[2],
		"0xd91e766763b45589333c02b5a8225c1739690d2fb1c5725b37852d48d432021a");
	const struct fm_hash to_first[] = {
		leaves[2],
		hash("0x575339df1afd1737a21cc0584ca5132805a18ee0b97d863e9097f683ad31ea10"),
	};
	const struct fm_hash to_second[] = {
		second,
		hash("0x46a2816b96833bfc407bd545ebb3122e78c533a33111ef80f9f6602051d01c7d"),
	};
	fm_merkle_root(&root, leaves, 3);
	is_hash(&root, ROOT);
	fm_merkle_fold(&root, &first, to_first, 2);
	is_hash(&root, ROOT);
	fm_merkle_fold(&root, &second, to_second, 2);
	is_hash(&root, ROOT);
	fm_merkle_fold(&root, &second, to_first, 2);
	assert_false(fm_hash_equal(&root, &(struct fm_hash){ { 0 } }));
	fm_merkle_fold(&root, &first, NULL, 0);
	assert_true(fm_hash_equal(&root, &first));
}

static void test_few_leaves(void **state)
{
	(void)state;
	struct fm_hash one = hash(ID), twice[] = { one, one }, root;

	fm_merkle_root(&root, NULL, 0);
	assert_true(fm_hash_equal(&root, &(struct fm_hash){ { 0 } }));
	fm_merkle_root(&root, &one, 1);
	is_hash(&root, ID);
	fm_merkle_root(&root, twice, 2);
	is_hash(&root, ID);
}

static void test_parse(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"0x2222222222222222222222222222222222222222",
		"0x2222222222222222222222222222222222222222:",
		"0x2222222222222222222222222222222222222222:01",
		"0x2222222222222222222222222222222222222222:-1",
		"0x2222222222222222222222222222222222222222:+1",
		"0x2222222222222222222222222222222222222222:0x1",
		"0x2222222222222222222222222222222222222222:1 ",
		"0x2222222222222222222222222222222222222222:18446744073709551616",
		"0x222222222222222222222222222222222222222:1777248000",
		"0x22222222222222222222222222222222222222222:1777248000",
		"0X2222222222222222222222222222222222222222:1777248000",
		"0xaBcdefabcdefabcdefabcdefabcdefabcdefabcd:1777248000",
		"2222222222222222222222222222222222222222:1777248000",
		" 0x2222222222222222222222222222222222222222:1777248000",
		"0x2222222222222222222222222222222222222222/1777248000",
		"0x2222222222222222222222222222222222222222:99999999999999999999999999999",
	};
	struct fm_addr asset, want = addr(0x22);
	uint64_t start = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fm_cycle_parse(&asset, &start, fm_span_of(bad[i])) || start != 7)
			fail_msg("taken: '%s'", bad[i]);
	assert_true(fm_cycle_parse(&asset, &start, fm_span_of(TEXT)));
	assert_true(fm_addr_equal(&asset, &want));
	assert_int_equal(start, 1777248000);
	assert_true(fm_cycle_parse(
		&asset, &start,
		fm_span_of("0x2222222222222222222222222222222222222222:0")));
	assert_int_equal(start, 0);
	assert_true(fm_cycle_parse(&asset, &start,
				   fm_span_of("0x2222222222222222222222222222222222222222"
					      ":18446744073709551615")));
	assert_true(start == UINT64_MAX);
}

static void test_named(void **state)
{
	(void)state;
	const struct fm_hash id = hash(ID);
	static const char *const good[] = {
		TEXT,
		ID,
		"0x23ee",
		"0X23EE",
		"0x2222222222222222222222222222222222222222:1777",
		"0x23EE62dae6"
	};
	static const char *const bad[] = { "",	     "0x",	"0x23e",
					   "0x23ef", "23ee62",	ID "0",
					   TEXT "0", "0x23ee*", "cycle" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!fm_cycle_named(&id, TEXT, good[i]))
			fail_msg("not found: '%s'", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fm_cycle_named(&id, TEXT, bad[i]))
			fail_msg("taken: '%s'", bad[i]);
	assert_true(fm_cycle_named(&id, NULL, ID));
	assert_false(fm_cycle_named(&id, NULL, TEXT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_tree),
		cmocka_unit_test(test_few_leaves),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
