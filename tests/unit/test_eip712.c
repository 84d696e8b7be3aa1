/* SPDX-License-Identifier: MIT */
/* The mail of EIP-712's own example, and the limits of the encoder. */
#include <evm/eip712.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct fm_eip712_member person_members[] = {
	{ .name = "name", .type_name = "string", .kind = FM_T_STRING },
	{ .name = "wallet", .type_name = "address", .kind = FM_T_ADDRESS },
};
static const struct fm_eip712_type person = { "Person", person_members, 2 };
static const struct fm_eip712_member mail_members[] = {
	{ .name = "from", .type_name = "Person", .kind = FM_T_STRUCT, .type = &person },
	{ .name = "to", .type_name = "Person", .kind = FM_T_STRUCT, .type = &person },
	{ .name = "contents", .type_name = "string", .kind = FM_T_STRING },
};
static const struct fm_eip712_type mail = { "Mail", mail_members, 3 };
/* clang-format on */

static void is(const struct fm_hash *hash, const char *want)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	assert_string_equal(text, want);
}

static struct fm_addr addr(const char *text)
{
	struct fm_addr out;

	assert_true(fm_addr_parse(&out, NULL, fm_span_of(text)));
	return out;
}

static void the_mail(void **state)
{
	const struct fm_eip712_value cow[] = {
		{ .bytes = fm_span_of("Cow") },
		{ .address = addr("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826") },
	};
	const struct fm_eip712_value bob[] = {
		{ .bytes = fm_span_of("Bob") },
		{ .address = addr("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB") },
	};
	const struct fm_eip712_value values[] = {
		{.items = cow, .count = 2 },
		{ .items = bob,		.count = 2 },
		{ .bytes = fm_span_of("Hello, Bob!")},
	};
	const struct fm_addr contract =
		addr("0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC");
	const struct fm_eip712_domain domain = {
		.name = fm_span_of("Ether Mail"),
		.version = fm_span_of("1"),
		.chain_id = 1,
		.verifying_contract = &contract,
	};
	struct fm_hash type, body, head, digest;
	struct fm_buf text;

	(void)state;
	fm_buf_init(&text, 1000);
	assert_int_equal(fm_eip712_encode_type(&text, &mail, NULL), FM_OK);
	assert_string_equal(text.ptr, "Mail(Person from,Person to,string contents)"
				      "Person(string name,address wallet)");
	fm_buf_clear(&text);
	assert_int_equal(fm_eip712_type_hash(&type, &mail, NULL), FM_OK);
	is(&type, "0xa0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2");
	assert_int_equal(fm_eip712_struct_hash(&body, &mail, values, NULL), FM_OK);
	is(&body, "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e");
	fm_eip712_domain_hash(&head, &domain);
	is(&head, "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f");
	fm_eip712_digest(&digest, &head, &body);
	is(&digest, "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
}

static enum fm_code hash_one(const struct fm_eip712_member *m,
			     struct fm_eip712_value value)
{
	const struct fm_eip712_type type = { "T", m, 1 };
	struct fm_hash hash;

	return fm_eip712_struct_hash(&hash, &type, &value, NULL);
}

static void integers_keep_their_width(void **state)
{
	struct fm_eip712_member m = { .name = "x",
				      .type_name = "uint8",
				      .kind = FM_T_UINT };
	struct fm_eip712_value v = { .u256 = { { 255, 0, 0, 0 } } };

	(void)state;
	m.bits = 8;
	assert_int_equal(hash_one(&m, v), FM_OK);
	v.u256.w[0] = 256;
	assert_int_equal(hash_one(&m, v), FM_E_MALFORMED);
	m.bits = 72;
	v.u256 = (struct fm_u256){
		{0, 255, 0, 0}
	};
	assert_int_equal(hash_one(&m, v), FM_OK);
	v.u256.w[1] = 256;
	assert_int_equal(hash_one(&m, v), FM_E_MALFORMED);
	m.bits = 256;
	v.u256.w[3] = UINT64_MAX;
	assert_int_equal(hash_one(&m, v), FM_OK);
	/* -128 and 127 fit int8, -129 and 128 do not. */
	m.kind = FM_T_INT;
	m.bits = 8;
	v.u256 = (struct fm_u256){
		{(uint64_t)-128, UINT64_MAX, UINT64_MAX, UINT64_MAX}
	};
	assert_int_equal(hash_one(&m, v), FM_OK);
	v.u256.w[0] = (uint64_t)-129;
	assert_int_equal(hash_one(&m, v), FM_E_MALFORMED);
	v.u256 = fm_u256_from_u64(127);
	assert_int_equal(hash_one(&m, v), FM_OK);
	v.u256 = fm_u256_from_u64(128);
	assert_int_equal(hash_one(&m, v), FM_E_MALFORMED);
}

static void arrays_keep_their_length(void **state)
{
	const struct fm_eip712_member element = { .type_name = "bool",
						  .kind = FM_T_BOOL };
	struct fm_eip712_member m = { .name = "x",
				      .type_name = "bool[2]",
				      .kind = FM_T_ARRAY,
				      .element = &element };
	const struct fm_eip712_value items[3] = { { .boolean = true } };
	struct fm_eip712_value v = { .items = items, .count = 3 };

	(void)state;
	m.length = 2;
	assert_int_equal(hash_one(&m, v), FM_E_MALFORMED);
	v.count = 2;
	assert_int_equal(hash_one(&m, v), FM_OK);
	m.length = -1;
	v.count = 3;
	assert_int_equal(hash_one(&m, v), FM_OK);
}

static void too_many_types(void **state)
{
	struct fm_eip712_member links[FM_EIP712_TYPES + 1];
	struct fm_eip712_type chain[FM_EIP712_TYPES + 1];
	struct fm_hash hash;

	(void)state;
	for (size_t i = 0; i <= FM_EIP712_TYPES; i++) {
		links[i] = (struct fm_eip712_member){ .name = "n",
						      .type_name = "T",
						      .kind = FM_T_STRUCT,
						      .type = &chain[i + 1] };
		chain[i] = (struct fm_eip712_type){ "T", &links[i], 1 };
	}
	chain[FM_EIP712_TYPES].count = 0;
	assert_int_equal(fm_eip712_type_hash(&hash, &chain[0], NULL), FM_E_MALFORMED);
	assert_int_equal(fm_eip712_type_hash(&hash, &chain[1], NULL), FM_OK);
}

static void personal_message(void **state)
{
	struct fm_hash digest;

	(void)state;
	fm_eip191_digest(&digest, fm_span_of("hello world"));
	is(&digest, "0xd9eba16ed0ecae432b71fe008c98cc872bb4cc214d3220a36f365326cf807d68");
	fm_eip191_digest(&digest, (struct fm_span){ NULL, 0 });
	is(&digest, "0x5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mail),
		cmocka_unit_test(integers_keep_their_width),
		cmocka_unit_test(arrays_keep_their_length),
		cmocka_unit_test(too_many_types),
		cmocka_unit_test(personal_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
