/* SPDX-License-Identifier: MIT */
/* What is signed for a guarantee: hashes and encodings. 4mica.md, 3.1 to 3.3 and 3.5. */
#include <fourmica/credit.h>

#include "evm/abi.h"
#include "evm/eip712.h"

#include <string.h>

#define WORD 32

/* keccak256("4MICA_VALIDATION_SUBJECT_V1"), keccak256("4MICA_VALIDATION_REQUEST_V2"):
 * 4mica.md, section 1; test_claims computes both from the texts. */
static const struct fm_hash subject_tag = {
	{
		0x7c, 0x6f, 0x53, 0x27, 0x8e, 0xf9, 0x46, 0xb9, 0x16, 0x04, 0xda,
		0x7c, 0x73, 0x66, 0x03, 0xe7, 0x6d, 0x58, 0x08, 0xf3, 0x1a, 0x7d,
		0x1a, 0x9b, 0xd3, 0x4d, 0x52, 0x8a, 0xed, 0x9a, 0x82, 0x17,
	 }
};
static const struct fm_hash request_tag = {
	{
		0xd0, 0x5b, 0x8a, 0x65, 0x2c, 0x43, 0xe9, 0x23, 0x4d, 0x25, 0x2e,
		0x4a, 0x24, 0x1e, 0x7c, 0xcd, 0x28, 0xb5, 0x12, 0x79, 0x71, 0xd7,
		0x9a, 0xba, 0xe9, 0x22, 0x16, 0xb2, 0xbc, 0x49, 0xa9, 0xa9,
	 }
};

static const struct fm_eip712_member members[] = {
	{.name = "user",		  .type_name = "address", .kind = FM_T_ADDRESS	       },
	{ .name = "recipient",	       .type_name = "address", .kind = FM_T_ADDRESS	    },
	{ .name = "reqId",		   .type_name = "uint256", .kind = FM_T_UINT,	      .bits = 256 },
	{ .name = "amount",			    .type_name = "uint256",				    .kind = FM_T_UINT,	       .bits = 256 },
	{ .name = "asset",		   .type_name = "address",					   .kind = FM_T_ADDRESS					},
	{ .name = "timestamp",	       .type_name = "uint64",.kind = FM_T_UINT,.bits = 64 },
	{ .name = "validationRegistryAddress",
	  .type_name = "address",
	  .kind = FM_T_ADDRESS											       },
	{ .name = "validationRequestHash",
	  .type_name = "bytes32",
	  .kind = FM_T_BYTESN,
	  .bits = 256 },
	{ .name = "validationChainId",
	  .type_name = "uint256",
	  .kind = FM_T_UINT,
	  .bits = 256 },
	{ .name = "validatorAddress", .type_name = "address",				      .kind = FM_T_ADDRESS								   },
	{ .name = "validatorAgentId",
	  .type_name = "uint256",
	  .kind = FM_T_UINT,
	  .bits = 256 },
	{ .name = "minValidationScore",
	  .type_name = "uint8",
	  .kind = FM_T_UINT,
	  .bits = 8 },
	{ .name = "validationSubjectHash",
	  .type_name = "bytes32",
	  .kind = FM_T_BYTESN,
	  .bits = 256 },
	{ .name = "jobHash",	     .type_name = "bytes32",					     .kind = FM_T_BYTESN,									  .bits = 256 },
	{ .name = "requiredValidationTag",	   .type_name = "string",				  .kind = FM_T_STRING									      },
};

#define V1_MEMBERS 6
#define V2_MEMBERS (sizeof(members) / sizeof(members[0]))

/* The first members of V2 are those of V1. */
static const struct fm_eip712_type types[] = {
	{.name = "SolGuaranteeRequestClaimsV1",
	  .members = members,
	  .count = V1_MEMBERS},
	{ .name = "SolGuaranteeRequestClaimsV2",
	  .members = members,
	  .count = V2_MEMBERS},
};

/* keccak256 of the two encodeTypes, written down because half the time of hashing a guarantee
 * would go into them; test_claims computes both again. */
static const struct fm_hash type_hashes[] = {
	{ {
		0xec, 0x0e, 0x63, 0xd2, 0xd0, 0xad, 0x93, 0x1a, 0xeb, 0x91, 0xa7,
		0xa1, 0xb5, 0xcc, 0x31, 0x46, 0xec, 0xe7, 0x03, 0x0e, 0x35, 0x15,
		0x2e, 0x43, 0xe9, 0x69, 0xe9, 0x9e, 0x1c, 0xb4, 0x62, 0xb8,
	} },
	{ {
		0xa7, 0x68, 0x1a, 0xee, 0x73, 0x21, 0x48, 0x15, 0x01, 0xe5, 0xc8,
		0x2c, 0x72, 0x2a, 0xdf, 0xcd, 0x88, 0x73, 0x7b, 0x08, 0x1c, 0x96,
		0x12, 0x11, 0x36, 0x2d, 0xb3, 0xc2, 0x23, 0xe5, 0x28, 0x88,
	} },
};

static uint8_t *put_u256(uint8_t *at, const struct fm_u256 *value)
{
	fm_u256_to_be(at, value);
	return at + WORD;
}

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
	struct fm_u256 word = fm_u256_from_u64(value);
	return put_u256(at, &word);
}

static uint8_t *put_addr(uint8_t *at, const struct fm_addr *addr)
{
	memset(at, 0, WORD - sizeof(addr->b));
	memcpy(at + WORD - sizeof(addr->b), addr->b, sizeof(addr->b));
	return at + WORD;
}

static uint8_t *put_hash(uint8_t *at, const struct fm_hash *hash)
{
	memcpy(at, hash->b, WORD);
	return at + WORD;
}

static void bind_subject(struct fm_hash *out, const struct fm_claims *claims)
{
	uint8_t words[7 * WORD], *at = words;
	at = put_hash(at, &subject_tag);
	at = put_u256(at, &claims->req_id);
	at = put_addr(at, &claims->user);
	at = put_addr(at, &claims->recipient);
	at = put_u256(at, &claims->amount);
	at = put_addr(at, &claims->asset);
	put_u64(at, claims->timestamp);
	fm_keccak256(out, words, sizeof(words));
}

static void bind_request(struct fm_hash *out, const struct fm_validation *v,
			 const struct fm_hash *subject)
{
	uint8_t words[9 * WORD], *at = words;
	struct fm_hash tag;
	fm_keccak256(&tag, v->tag, v->tag_len);
	at = put_hash(at, &request_tag);
	at = put_u64(at, v->chain_id);
	at = put_addr(at, &v->registry);
	at = put_addr(at, &v->validator);
	at = put_u256(at, &v->agent_id);
	at = put_hash(at, subject);
	at = put_u64(at, v->min_score);
	at = put_hash(at, &tag);
	put_hash(at, &v->job_hash);
	fm_keccak256(out, words, sizeof(words));
}

void fm_claims_bind(struct fm_claims *claims)
{
	struct fm_validation *v = &claims->validation;
	if (claims->version != 2)
		return;
	bind_subject(&v->subject_hash, claims);
	bind_request(&v->request_hash, v, &v->subject_hash);
}

static enum fm_code struct_hash(struct fm_hash *out, const struct fm_claims *claims,
				struct fm_err *err)
{
	const struct fm_validation *v = &claims->validation;
	bool v2 = claims->version == 2;
	struct fm_eip712_value values[V2_MEMBERS];
	if (!v2 && claims->version != 1)
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "guarantee version %d is neither 1 nor 2",
			       claims->version);
	values[0].address = claims->user;
	values[1].address = claims->recipient;
	values[2].u256 = claims->req_id;
	values[3].u256 = claims->amount;
	values[4].address = claims->asset;
	values[5].u256 = fm_u256_from_u64(claims->timestamp);
	if (v2) {
		values[6].address = v->registry;
		values[7].hash = v->request_hash;
		values[8].u256 = fm_u256_from_u64(v->chain_id);
		values[9].address = v->validator;
		values[10].u256 = v->agent_id;
		values[11].u256 = fm_u256_from_u64(v->min_score);
		values[12].hash = v->subject_hash;
		values[13].hash = v->job_hash;
		values[14].bytes = (struct fm_span){ v->tag, v->tag_len };
	}
	return fm_eip712_struct_hash_known(out, &types[v2], &type_hashes[v2], values,
					   err);
}

void fm_credit_domain_hash(struct fm_hash *out, const struct fm_credit_domain *domain)
{
	const struct fm_eip712_domain typed = {
		.name = fm_span_of(domain->name),
		.version = fm_span_of(domain->version),
		.chain_id = domain->chain_id,
	};
	fm_eip712_domain_hash(out, &typed);
}

enum fm_code fm_claims_digest_under(struct fm_hash *out, const struct fm_claims *claims,
				    const struct fm_hash *domain_hash, struct fm_err *err)
{
	struct fm_hash own;
	enum fm_code rc = struct_hash(&own, claims, err);
	if (!rc)
		fm_eip712_digest(out, domain_hash, &own);
	return rc;
}

static enum fm_code typed_digest(struct fm_hash *out, struct fm_hash *domain_hash,
				 struct fm_hash *hash, const struct fm_claims *claims,
				 const struct fm_credit_domain *domain,
				 struct fm_err *err)
{
	struct fm_hash separator, own;
	if (!domain->name[0] || !domain->version[0] || !domain->chain_id)
		return fm_fail(
			err, FM_E_CORE,
			"Core's signing domain is not known: name, version and chain id "
			"are needed");
	enum fm_code rc = struct_hash(&own, claims, err);
	if (rc)
		return rc;
	fm_credit_domain_hash(&separator, domain);
	fm_eip712_digest(out, &separator, &own);
	if (domain_hash)
		*domain_hash = separator;
	if (hash)
		*hash = own;
	return FM_OK;
}

static enum fm_code raw_digest(struct fm_hash *out, const struct fm_claims *claims,
			       struct fm_err *err)
{
	struct fm_buf abi;
	fm_buf_init(&abi, 64 * WORD);
	fm_claims_abi(&abi, claims);
	bool ok = fm_buf_ok(&abi);
	if (ok)
		fm_eip191_digest(out, fm_buf_span(&abi));
	fm_buf_clear(&abi);
	return ok ? FM_OK : fm_nomem(err);
}

enum fm_code fm_claims_digest(struct fm_hash *out, struct fm_hash *domain_hash,
			      struct fm_hash *struct_hash_out,
			      const struct fm_claims *claims,
			      const struct fm_credit_domain *domain, bool eip191,
			      struct fm_err *err)
{
	if (!eip191)
		return typed_digest(out, domain_hash, struct_hash_out, claims, domain,
				    err);
	if (claims->version != 1 && claims->version != 2)
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "guarantee version %d is neither 1 nor 2",
			       claims->version);
	return raw_digest(out, claims, err);
}

/* A V2 struct holds a string, so it is a dynamic tuple: its offset comes first, and the tag
 * lies behind the 15 words. V1 is the six words alone. */
void fm_claims_abi(struct fm_buf *out, const struct fm_claims *claims)
{
	const struct fm_validation *v = &claims->validation;
	if (claims->version == 2)
		fm_abi_put_u64(out, WORD);
	fm_abi_put_addr(out, &claims->user);
	fm_abi_put_addr(out, &claims->recipient);
	fm_abi_put_u256(out, &claims->req_id);
	fm_abi_put_u256(out, &claims->amount);
	fm_abi_put_addr(out, &claims->asset);
	fm_abi_put_u64(out, claims->timestamp);
	if (claims->version != 2)
		return;
	fm_abi_put_addr(out, &v->registry);
	fm_abi_put_hash(out, &v->request_hash);
	fm_abi_put_u64(out, v->chain_id);
	fm_abi_put_addr(out, &v->validator);
	fm_abi_put_u256(out, &v->agent_id);
	fm_abi_put_u64(out, v->min_score);
	fm_abi_put_hash(out, &v->subject_hash);
	fm_abi_put_hash(out, &v->job_hash);
	fm_abi_put_u64(out, V2_MEMBERS * WORD);
	fm_abi_put_bytes(out, (struct fm_span){ v->tag, v->tag_len });
}
