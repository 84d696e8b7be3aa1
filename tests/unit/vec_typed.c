/* SPDX-License-Identifier: MIT */
/* Every typed-data document inside the x402 vectors: once as a document of its own, and
 * the EIP-3009 ones also through a static description, as the schemes use it. */
#include <evm/eip712.h>
#include <vectors.h>

#include <string.h>

static bool same_hash(struct vectors *v, const struct fm_json *c, const char *path,
		      const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	return !vector_get(c, path) || expect_str(v, c, path, text);
}

static bool as_document(struct vectors *v, const struct fm_json *doc)
{
	struct fm_typed *typed = NULL;
	struct fm_err err;
	bool good;

	fm_err_init(&err);
	if (fm_typed_parse(&typed, doc->src, &err))
		return vector_fail(v, "%s", err.msg);
	good = same_hash(v, doc, "domainSeparator", &typed->domain_hash) &&
	       same_hash(v, doc, "structHash", &typed->struct_hash) &&
	       expect(v, vector_get(doc, "digest"), "no digest to compare with") &&
	       same_hash(v, doc, "digest", &typed->digest);
	fm_typed_free(&typed);
	return good;
}

/* clang-format off */
static const struct fm_eip712_member members[] = {
	{ .name = "from", .type_name = "address", .kind = FM_T_ADDRESS },
	{ .name = "to", .type_name = "address", .kind = FM_T_ADDRESS },
	{ .name = "value", .type_name = "uint256", .kind = FM_T_UINT, .bits = 256 },
	{ .name = "validAfter", .type_name = "uint256", .kind = FM_T_UINT, .bits = 256 },
	{ .name = "validBefore", .type_name = "uint256", .kind = FM_T_UINT, .bits = 256 },
	{ .name = "nonce", .type_name = "bytes32", .kind = FM_T_BYTESN, .bits = 256 },
};
/* clang-format on */
static const struct fm_eip712_type transfer = { "TransferWithAuthorization", members, 6 };

static bool message_values(struct vectors *v, const struct fm_json *doc,
			   struct fm_eip712_value values[static 6])
{
	return fm_addr_parse(&values[0].address, NULL,
			     vector_need(v, doc, "message.from")) &&
	       fm_addr_parse(&values[1].address, NULL,
			     vector_need(v, doc, "message.to")) &&
	       fm_json_u256(&values[2].u256, vector_get(doc, "message.value")) &&
	       fm_json_u256(&values[3].u256, vector_get(doc, "message.validAfter")) &&
	       fm_json_u256(&values[4].u256, vector_get(doc, "message.validBefore")) &&
	       fm_hash_parse(&values[5].hash, vector_need(v, doc, "message.nonce"));
}

static bool domain_hash(struct vectors *v, const struct fm_json *doc, struct fm_hash *out)
{
	struct fm_eip712_domain domain = {
		.name = vector_str(v, doc, "domain.name"),
		.version = vector_str(v, doc, "domain.version"),
	};
	struct fm_addr contract;

	if (!fm_json_u64(&domain.chain_id, vector_get(doc, "domain.chainId")))
		return false;
	if (vector_get(doc, "domain.verifyingContract")) {
		if (!fm_addr_parse(&contract, NULL,
				   vector_str(v, doc, "domain.verifyingContract")))
			return false;
		domain.verifying_contract = &contract;
	}
	fm_eip712_domain_hash(out, &domain);
	return same_hash(v, doc, "domainSeparator", out);
}

static bool by_description(struct vectors *v, const struct fm_json *doc)
{
	struct fm_eip712_value values[6];
	struct fm_hash domain, type, body, known, digest;

	if (!domain_hash(v, doc, &domain))
		return vector_fail(v, "domain");
	if (!vector_is(doc, "primaryType", transfer.name))
		return true;
	if (!message_values(v, doc, values))
		return vector_fail(v, "the message cannot be read");
	if (fm_eip712_type_hash(&type, &transfer, NULL) ||
	    fm_eip712_struct_hash(&body, &transfer, values, NULL) ||
	    fm_eip712_struct_hash_known(&known, &transfer, &type, values, NULL))
		return vector_fail(v, "not hashed");
	fm_eip712_digest(&digest, &domain, &body);
	return expect(v, fm_hash_equal(&body, &known), "known type hash") &&
	       same_hash(v, doc, "structHash", &body) &&
	       same_hash(v, doc, "digest", &digest);
}

static bool document(struct vectors *v, const struct fm_json *doc)
{
	return as_document(v, doc) && by_description(v, doc);
}

static bool check_exact(struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *doc = vector_get(c, "expected.typedData");

	return expect(v, doc, "no typed data") && document(v, doc);
}

/* A case that signs a transaction only has no typed data. */
static bool check_permit2(struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *list = vector_get(c, "expected.signatures"), *at;
	bool good = true;

	for (at = fm_json_first(list); at && good; at = fm_json_next(list, at))
		if (fm_json_get(at, "typedData"))
			good = document(v, fm_json_get(at, "typedData"));
	return good;
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"x402-exact-eip3009.json", "vectors", check_exact },
		{ "x402-permit2.json",	       "vectors", check_permit2 },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
