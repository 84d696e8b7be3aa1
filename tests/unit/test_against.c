/* SPDX-License-Identifier: MIT */
/* A payment against a challenge: every inconsistency by itself, and every usual mistake of signing.
 * What is signed wrongly here is hashed by the typed-data reader, not by the code under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/eip712.h"
#include "evm/sign.h"
#include <fourmica/against.h>
#include <fourmica/credit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "11720e947cc36ea71716d786bebc93e1d0a01d160879db3440862b7cc4df4491"
#define PAYER "0x96d90703196977301805528b3a4178bf530498ac"
#define SELLER "0x22eb2a10f9fdc52ea2c9a6dbebe2ec3234de1fde"
#define OTHER "0xd0f76708ea94cb21cb18ee8dea322b2d5313afae"
#define USDC "0x036cbd53842c5426634e7929541ec2318f3dcf7e"
#define JOB "0x0504ac1a396195a42624e138c7fecc0ba46ecf05b0386e06a64be69e8df2397f"
#define NOW 1782122400

static struct fm_against out;
static struct fm_secret *key;
static char text[16384], challenge[8192];
static struct fm_against_config config = { .now_s = NOW };
static struct fm_err err;

static int setup(void **state)
{
	(void)state;
	return fm_key_from_text(&key, fm_span_of(KEY), NULL) == FM_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	fm_secret_free(&key);
	return 0;
}

/* ---- making payments ---- */

static void sign_hash(char hex[static FM_SIG_TEXT], const struct fm_hash *digest)
{
	struct fm_sig sig;

	assert_int_equal(fm_sign_digest(&sig, key, digest, NULL), FM_OK);
	fm_sig_text(hex, &sig);
}

static void sign_typed(char hex[static FM_SIG_TEXT], const char *json)
{
	struct fm_typed *typed = NULL;

	fm_err_init(&err);
	if (fm_typed_parse(&typed, fm_span_of(json), &err))
		fail_msg("%s", err.msg);
	sign_hash(hex, &typed->digest);
	fm_typed_free(&typed);
}

#define V1_TYPES                                           \
	"{\"name\":\"user\",\"type\":\"address\"},"        \
	"{\"name\":\"recipient\",\"type\":\"address\"},%s" \
	"{\"name\":\"reqId\",\"type\":\"uint256\"},"       \
	"{\"name\":\"amount\",\"type\":\"uint256\"},"      \
	"{\"name\":\"asset\",\"type\":\"address\"},"       \
	"{\"name\":\"timestamp\",\"type\":\"uint64\"}"
#define DOMAIN3                                                      \
	"\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"}," \
	"{\"name\":\"version\",\"type\":\"string\"},"                \
	"{\"name\":\"chainId\",\"type\":\"uint256\"}]"

/* tab: NULL for the struct of this generation, else the tab's id. */
static void sign_v1(char hex[static FM_SIG_TEXT], const char *name, const char *version,
		    const char *chain, const char *tab)
{
	char json[4096], value[64] = "";

	if (tab)
		snprintf(value, sizeof(value), "\"tabId\":\"%s\",", tab);
	snprintf(json, sizeof(json),
		 "{\"types\":{" DOMAIN3 ",\"SolGuaranteeRequestClaimsV1\":[" V1_TYPES
		 "]},\"primaryType\":\"SolGuaranteeRequestClaimsV1\",\"domain\":{"
		 "\"name\":\"%s\",\"version\":\"%s\",\"chainId\":%s},\"message\":{"
		 "\"user\":\"" PAYER "\",\"recipient\":\"" SELLER "\",%s\"reqId\":\"7\","
		 "\"amount\":\"10000\",\"asset\":\"" USDC "\",\"timestamp\":%d}}",
		 tab ? "{\"name\":\"tabId\",\"type\":\"uint256\"}," : "", name, version,
		 chain, value, NOW);
	sign_typed(hex, json);
}

static const char claims_v1[] = "\"version\":\"v1\",\"user_address\":\"" PAYER
				"\",\"recipient_address\":\"" SELLER
				"\",\"req_id\":\"0x7\",\"amount\":\"0x2710\","
				"\"asset_address\":\"" USDC "\",\"timestamp\":1782122400";

#define OFFER                                                                             \
	"{\"scheme\":\"4mica-credit\",\"network\":\"eip155:84532\",\"amount\":\"10000\"," \
	"\"asset\":\"" USDC "\",\"payTo\":\"" SELLER "\",\"maxTimeoutSeconds\":300%s}"

static void offers(int version, const char *extra)
{
	snprintf(challenge, sizeof(challenge),
		 "{\"x402Version\":%d,\"accepts\":[" OFFER "]}", version, extra);
}

/* A payment of the challenge's version with these claims and signature. */
static void pays(int version, const char *claims, const char *sig, const char *scheme)
{
	if (version == 1)
		snprintf(text, sizeof(text),
			 "{\"x402Version\":1,\"scheme\":\"4mica-credit\",\"network\":"
			 "\"eip155:84532\",\"payload\":{\"claims\":{%s},\"signature\":"
			 "\"%s\",\"scheme\":\"%s\"}}",
			 claims, sig, scheme);
	else
		snprintf(text, sizeof(text),
			 "{\"x402Version\":2,\"accepted\":" OFFER
			 ",\"payload\":{\"claims\":{%s},\"signature\":\"%s\",\"scheme\":"
			 "\"%s\"}}",
			 "", claims, sig, scheme);
}

/* The good payment of version 1, signed. */
static void good(void)
{
	char sig[FM_SIG_TEXT];

	config = (struct fm_against_config){ .now_s = NOW };
	offers(1, "");
	sign_v1(sig, "4mica", "1", "84532", NULL);
	pays(1, claims_v1, sig, "eip712");
}

/* Put `to` where `from` is, once. */
static void edit(char *where, size_t size, const char *from, const char *to)
{
	char *at = strstr(where, from);
	size_t before = strlen(from), after = strlen(to);

	assert_non_null(at);
	assert_true(strlen(where) + after < size);
	memmove(at + after, at + before, strlen(at + before) + 1);
	memcpy(at, to, after);
}

static void paid(const char *from, const char *to)
{
	edit(text, sizeof(text), from, to);
}

static void asked(const char *from, const char *to)
{
	edit(challenge, sizeof(challenge), from, to);
}

/* ---- what is found ---- */

static void compare(void)
{
	fm_err_init(&err);
	if (fm_against_read(&out, fm_span_of(text), fm_span_of(challenge), &config, &err))
		fail_msg("%s", err.msg);
}

static const struct fm_finding *finding(const char *field)
{
	for (size_t i = 0; i < out.count; i++)
		if (strcmp(out.findings[i].field, field) == 0)
			return &out.findings[i];
	return NULL;
}

static void finds(const char *field, const char *code)
{
	const struct fm_finding *f;
	struct fm_cause cause;

	compare();
	f = finding(field);
	if (!f)
		fail_msg("no finding for %s; %zu others, the first %s", field, out.count,
			 out.findings[0].field);
	assert_string_equal(f->code, code);
	assert_true(fm_cause_by_code(&cause, f->code));
	assert_true(f->message[0]);
}

/* That and nothing else. */
static void finds_only(const char *field, const char *code)
{
	finds(field, code);
	for (size_t i = 0; i < out.count; i++)
		assert_string_equal(out.findings[i].field, field);
}

static void values(const char *field, const char *expected, const char *found)
{
	const struct fm_finding *f = finding(field);

	assert_non_null(f);
	assert_string_equal(f->expected, expected);
	assert_string_equal(f->found, found);
}

static void is_consistent(void)
{
	compare();
	if (out.count)
		fail_msg("%s: %s", out.findings[0].field, out.findings[0].message);
	assert_true(out.has_signer && out.right_signer);
}

static void fits(void **state)
{
	char sig[FM_SIG_TEXT];

	(void)state;
	good();
	is_consistent();
	assert_string_equal(out.signed_as,
			    "EIP-712, domain \"4mica\" \"1\", chain 84532");
	assert_int_equal(out.guarantee_version, 1);
	/* Version 2, members in another order and with blanks. */
	sign_v1(sig, "4mica", "1", "84532", NULL);
	pays(2, claims_v1, sig, "eip712");
	offers(2, "");
	is_consistent();
	asked("\"maxTimeoutSeconds\":300", "\"maxTimeoutSeconds\" : 300");
	is_consistent();
	/* Under names the user gives. */
	good();
	config.domain_name = "Another";
	sign_v1(sig, "Another", "1", "84532", NULL);
	pays(1, claims_v1, sig, "eip712");
	is_consistent();
}

/* ---- the envelope ---- */

static void envelope(void **state)
{
	(void)state;
	good();
	paid("\"scheme\":\"4mica-credit\"", "\"scheme\":\"4mica\"");
	finds_only("scheme", "facilitator_scheme");
	values("scheme", "4mica-credit", "4mica");
	good();
	paid("eip155:84532", "base-sepolia");
	finds_only("network", "facilitator_network");
	good();
	paid("\"network\":\"eip155:84532\",", "");
	finds_only("network", "facilitator_network");
	good();
	paid("\"x402Version\":1", "\"x402Version\":2");
	finds_only("x402Version", "facilitator_version");
	values("x402Version", "1", "2");
	good();
	paid("\"x402Version\":1,", "");
	finds_only("x402Version", "facilitator_version");
	good();
	paid("\"x402Version\":1", "\"x402Version\":\"1\"");
	finds_only("x402Version", "facilitator_version");
}

static void headers(void **state)
{
	struct fm_buf value;

	(void)state;
	good();
	fm_buf_init(&value, 16384);
	assert_true(fm_base64_write(&value, text, strlen(text)));
	snprintf(text, sizeof(text), "X-PAYMENT: %s\r\n", value.ptr);
	is_consistent();
	snprintf(text, sizeof(text), "Payment-Signature: %s", value.ptr);
	finds_only("header", "payment_not_read");
	values("header", "X-PAYMENT", "PAYMENT-SIGNATURE");
	fm_buf_clear(&value);
}

static void accepted(void **state)
{
	char sig[FM_SIG_TEXT];

	(void)state;
	good();
	sign_v1(sig, "4mica", "1", "84532", NULL);
	pays(2, claims_v1, sig, "eip712");
	offers(2, "");
	paid("\"maxTimeoutSeconds\":300", "\"maxTimeoutSeconds\":\"300\"");
	finds_only("accepted.maxTimeoutSeconds", "no_matching_terms");
	paid(",\"maxTimeoutSeconds\":\"300\"", "");
	finds_only("accepted.maxTimeoutSeconds", "no_matching_terms");
	values("accepted.maxTimeoutSeconds", "300", "");
	pays(2, claims_v1, sig, "eip712");
	paid(",\"maxTimeoutSeconds\":300", ",\"maxTimeoutSeconds\":300,\"mine\":1");
	finds_only("accepted.mine", "no_matching_terms");
	pays(2, claims_v1, sig, "eip712");
	paid("\"accepted\":", "\"agreed\":");
	finds_only("accepted", "no_matching_terms");
	/* A changed price shows where it was echoed and where it was signed. */
	pays(2, claims_v1, sig, "eip712");
	asked("\"10000\"", "\"20000\"");
	finds("accepted.amount", "no_matching_terms");
	finds("payload.claims.amount", "claim_amount");
	assert_int_equal(out.count, 2);
}

/* ---- terms ---- */

static void terms(void **state)
{
	(void)state;
	good();
	asked(SELLER, OTHER);
	finds_only("payload.claims.recipient_address", "claim_recipient");
	values("payload.claims.recipient_address",
	       "0xD0f76708EA94cb21cB18ee8DEA322B2d5313afAE",
	       "0x22eb2a10F9Fdc52Ea2c9A6dbebe2eC3234De1FDE");
	good();
	asked("\"10000\"", "\"9999\"");
	finds_only("payload.claims.amount", "claim_amount");
	values("payload.claims.amount", "9999", "10000");
	good();
	asked(USDC, OTHER);
	finds_only("payload.claims.asset_address", "claim_asset");
	good();
	paid("\"amount\":\"0x2710\"", "\"amount\":\"0\"");
	finds("payload.claims.amount", "claim_amount_zero");
	good();
	config.now_s = NOW - 1;
	finds_only("payload.claims.timestamp", "timestamp_ahead");
}

/* In the order of the facilitator, whatever the order in the payment. */
static void several(void **state)
{
	static const char *const order[] = { "network",
					     "x402Version",
					     "payload.claims.recipient_address",
					     "payload.claims.asset_address",
					     "payload.claims.amount",
					     "payload.claims.timestamp" };

	(void)state;
	good();
	asked(SELLER, OTHER);
	asked("\"10000\"", "\"9999\"");
	asked("asset\":\"" USDC, "asset\":\"" OTHER);
	config.now_s = 0;
	paid("eip155:84532", "base-sepolia");
	paid("\"x402Version\":1", "\"x402Version\":2");
	compare();
	assert_int_equal(out.count, sizeof(order) / sizeof(order[0]));
	for (size_t i = 0; i < out.count; i++)
		assert_string_equal(out.findings[i].field, order[i]);
}

static void missing(void **state)
{
	static const char *const members[][3] = {
		{"user_address",	  "\"user_address\":\"" PAYER "\",",	     "payload_invalid"},
		{ "recipient_address", "\"recipient_address\":\"" SELLER "\",",
		  "claim_recipient_invalid"						       },
		{ "req_id",	    "\"req_id\":\"0x7\",",		   "payload_invalid"},
		{ "amount",	    "\"amount\":\"0x2710\",",		      "payload_invalid"},
		{ "asset_address",	   "\"asset_address\":\"" USDC "\",",	      "payload_invalid"},
		{ "timestamp",	       ",\"timestamp\":1782122400",		    "payload_invalid"},
		{ "version",	     "\"version\":\"v1\",",		    "payload_invalid"},
	};
	char field[64];

	(void)state;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		good();
		paid(members[i][1], "");
		snprintf(field, sizeof(field), "payload.claims.%s", members[i][0]);
		finds_only(field, members[i][2]);
		assert_string_equal(finding(field)->message, "it is missing");
		assert_false(out.has_signer);
	}
	good();
	paid("\"user_address\":\"" PAYER "\"", "\"user_address\":\"me\"");
	finds_only("payload.claims.user_address", "payload_invalid");
	good();
	paid("\"version\":\"v1\"", "\"version\":1");
	finds_only("payload.claims.version", "payload_invalid");
	assert_true(out.right_signer);
	good();
	paid("\"version\":\"v1\"", "\"version\":\"v3\"");
	finds_only("payload.claims.version", "payload_invalid");
	good();
	paid("\"req_id\"", "\"validation_policy\":{},\"req_id\"");
	finds_only("payload.claims.validation_policy", "payload_invalid");
	good();
	paid(",\"scheme\":\"eip712\"", "");
	finds_only("payload.scheme", "payload_invalid");
}

static void signature_form(void **state)
{
	char *at;

	(void)state;
	good();
	at = strstr(text, "\"signature\":\"0x");
	memmove(at + 15, at + 17, strlen(at + 17) + 1);
	finds_only("payload.signature", "core_signature_length");
	good();
	at = strstr(text, "\"signature\":\"0x");
	memmove(at + 13, strstr(at + 13, "\""), strlen(strstr(at + 13, "\"")) + 1);
	finds_only("payload.signature", "signature_empty");
	good();
	at = strstr(text, "\"signature\":\"0x");
	at[20] = 'g';
	finds_only("payload.signature", "core_signature_length");
}

/* ---- who signed ---- */

static void mistake(const char *sig, const char *scheme, const char *message)
{
	pays(1, claims_v1, sig, scheme);
	finds_only("payload.signature", "core_signature");
	assert_string_equal(finding("payload.signature")->message, message);
	assert_false(out.right_signer);
}

static void usual_mistakes(void **state)
{
	char sig[FM_SIG_TEXT];

	(void)state;
	good();
	sign_v1(sig, "4Mica", "1", "84532", NULL);
	mistake(sig, "eip712",
		"the payer signed domain name \"4Mica\" instead of \"4mica\"");
	sign_v1(sig, "4mica", "2", "84532", NULL);
	mistake(sig, "eip712", "the payer signed domain version \"2\" instead of \"1\"");
	sign_v1(sig, "4mica", "1", "8453", NULL);
	mistake(sig, "eip712", "the payer signed chain id 8453 instead of 84532");
	sign_v1(sig, "4mica", "1", "1", NULL);
	mistake(sig, "eip712", "the payer signed chain id 1 instead of 84532");
	sign_v1(sig, "4Mica", "1", "11155111", NULL);
	mistake(sig, "eip712",
		"the payer signed domain name \"4Mica\" instead of \"4mica\"; chain id "
		"11155111 instead of 84532");
	sign_v1(sig, "4mica", "1", "84532", "0");
	mistake(sig, "eip712",
		"the payer signed EIP-712 with the struct of the tab generation instead of "
		"EIP-712");
	sign_v1(sig, "4Mica", "1", "84532", "0");
	mistake(sig, "eip712",
		"the payer signed EIP-712 with the struct of the tab generation instead of "
		"EIP-712; domain name \"4Mica\" instead of \"4mica\"");
	/* Declared one way, signed another. */
	sign_v1(sig, "4mica", "1", "84532", NULL);
	mistake(sig, "eip191",
		"the payer signed EIP-712 instead of EIP-191 over the raw bytes of the "
		"claims");
	/* The user's own names are what it should be. */
	config.domain_name = "4Mica";
	mistake(sig, "eip712",
		"the payer signed domain name \"4mica\" instead of \"4Mica\"");
}

/* The id of the tab is taken from the claims. */
static void tab_with_id(void **state)
{
	char sig[FM_SIG_TEXT];

	(void)state;
	good();
	sign_v1(sig, "4mica", "1", "84532", "77");
	pays(1, claims_v1, sig, "eip712");
	paid("\"req_id\"", "\"tab_id\":\"0x4d\",\"req_id\"");
	finds("payload.signature", "core_signature");
	assert_non_null(strstr(finding("payload.signature")->message, "tab generation"));
	finds("payload.claims.tab_id", "payload_invalid");
}

static void another_key(void **state)
{
	(void)state;
	good();
	paid(PAYER, OTHER);
	finds_only("payload.signature", "core_signature");
	assert_true(out.has_signer);
	assert_false(out.right_signer);
	assert_non_null(strstr(finding("payload.signature")->message, "another key"));
	/* A value changed behind the signature. */
	good();
	paid("\"req_id\":\"0x7\"", "\"req_id\":\"0x8\"");
	finds_only("payload.signature", "core_signature");
}

/* A hash that is written down, from the text of 4mica.md 3.2; the other one is in v2_mistakes. */
static void tab_types(void **state)
{
	static const char v1[] = "SolGuaranteeRequestClaimsV1(address user,address "
				 "recipient,uint256 tabId,uint256 reqId,uint256 amount,"
				 "address asset,uint64 timestamp)";
	struct fm_hash hash;
	char shown[FM_HASH_TEXT];

	(void)state;
	fm_keccak256(&hash, v1, sizeof(v1) - 1);
	fm_hash_text(shown, &hash);
	assert_string_equal(
		shown,
		"0xbe10b5cd784f76dd455836f6239e77dc646b69b07bc826ca86916579ac4fc555");
}

/* ---- version 2 ---- */

#define EXTRA                                                                 \
	",\"extra\":{\"validationRegistryAddress\":\"" OTHER                  \
	"\",\"validatorAddress\":\"" SELLER "\",\"validatorAgentId\":\"42\"," \
	"\"minValidationScore\":80,\"jobHash\":\"" JOB                        \
	"\",\"requiredValidationTag\":\"hard\"}"

static void v2_claims(struct fm_claims *c)
{
	struct fm_validation *v = &c->validation;

	memset(c, 0, sizeof(*c));
	c->version = 2;
	assert_true(fm_addr_parse(&c->user, NULL, fm_span_of(PAYER)));
	assert_true(fm_addr_parse(&c->recipient, NULL, fm_span_of(SELLER)));
	assert_true(fm_addr_parse(&c->asset, NULL, fm_span_of(USDC)));
	c->req_id = fm_u256_from_u64(7);
	c->amount = fm_u256_from_u64(10000);
	c->timestamp = NOW;
	assert_true(fm_addr_parse(&v->registry, NULL, fm_span_of(OTHER)));
	assert_true(fm_addr_parse(&v->validator, NULL, fm_span_of(SELLER)));
	assert_true(fm_hash_parse(&v->job_hash, fm_span_of(JOB)));
	v->chain_id = 84532;
	v->agent_id = fm_u256_from_u64(42);
	v->min_score = 80;
	memcpy(v->tag, "hard", 4);
	v->tag_len = 4;
	fm_claims_bind(c);
}

static void pay_v2(const struct fm_claims *c)
{
	static const struct fm_credit_domain domain = { "4mica", "1", 84532 };
	struct fm_hash digest;
	struct fm_sig sig;
	struct fm_buf payload;

	config = (struct fm_against_config){ .now_s = NOW };
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, c, &domain, false, NULL),
			 FM_OK);
	assert_int_equal(fm_sign_digest(&sig, key, &digest, NULL), FM_OK);
	fm_buf_init(&payload, 8192);
	fm_claims_payload(&payload, c, &sig, false);
	snprintf(text, sizeof(text),
		 "{\"x402Version\":1,\"scheme\":\"4mica-credit\",\"network\":"
		 "\"eip155:84532\",\"payload\":%s}",
		 payload.ptr);
	fm_buf_clear(&payload);
}

static void validation(void **state)
{
	struct fm_claims c;

	(void)state;
	offers(1, EXTRA);
	v2_claims(&c);
	pay_v2(&c);
	is_consistent();
	assert_int_equal(out.guarantee_version, 2);
#define CHANGED(change, field, code)                       \
	do {                                               \
		v2_claims(&c);                             \
		change;                                    \
		fm_claims_bind(&c);                        \
		pay_v2(&c);                                \
		finds_only("payload.claims." field, code); \
		assert_true(out.right_signer);             \
	} while (0)
	CHANGED(c.validation.registry = c.user, "validation_registry_address",
		"claim_registry");
	CHANGED(c.validation.chain_id = 1, "validation_chain_id",
		"claim_validation_chain");
	CHANGED(c.validation.validator = c.user, "validator_address", "claim_validator");
	CHANGED(c.validation.agent_id = c.amount, "validator_agent_id", "claim_agent");
	CHANGED(c.validation.min_score = 79, "min_validation_score", "claim_score");
	CHANGED(c.validation.job_hash.b[0] ^= 1, "job_hash", "claim_job");
	CHANGED(c.validation.tag_len = 3, "required_validation_tag", "claim_tag");
	/* The hashes are Core's to check. */
	v2_claims(&c);
	c.validation.request_hash.b[0] ^= 1;
	pay_v2(&c);
	finds_only("payload.claims.validation_request_hash", "not_canonical");
	v2_claims(&c);
	c.validation.subject_hash.b[0] ^= 1;
	pay_v2(&c);
	finds_only("payload.claims.validation_subject_hash", "not_canonical");
}

/* The tab generation's struct of version 2, hashed by the reader of typed data. */
static void sign_v2_tab(char hex[static FM_SIG_TEXT], const struct fm_claims *c)
{
	char json[8192], request[FM_HASH_TEXT], subject[FM_HASH_TEXT];

	fm_hash_text(request, &c->validation.request_hash);
	fm_hash_text(subject, &c->validation.subject_hash);
	snprintf(json, sizeof(json),
		 "{\"types\":{" DOMAIN3 ",\"SolGuaranteeRequestClaimsV2\":[" V1_TYPES
		 ",{\"name\":\"validationRegistryAddress\",\"type\":\"address\"},"
		 "{\"name\":\"validationRequestHash\",\"type\":\"bytes32\"},"
		 "{\"name\":\"validationChainId\",\"type\":\"uint256\"},"
		 "{\"name\":\"validatorAddress\",\"type\":\"address\"},"
		 "{\"name\":\"validatorAgentId\",\"type\":\"uint256\"},"
		 "{\"name\":\"minValidationScore\",\"type\":\"uint8\"},"
		 "{\"name\":\"validationSubjectHash\",\"type\":\"bytes32\"},"
		 "{\"name\":\"jobHash\",\"type\":\"bytes32\"},"
		 "{\"name\":\"requiredValidationTag\",\"type\":\"string\"}]},"
		 "\"primaryType\":\"SolGuaranteeRequestClaimsV2\",\"domain\":{\"name\":"
		 "\"4mica\",\"version\":\"1\",\"chainId\":84532},\"message\":{\"user\":"
		 "\"" PAYER "\",\"recipient\":\"" SELLER
		 "\",\"tabId\":\"0\",\"reqId\":\"7\",\"amount\":\"10000\",\"asset\":"
		 "\"" USDC "\",\"timestamp\":%d,\"validationRegistryAddress\":\"" OTHER
		 "\",\"validationRequestHash\":\"%s\",\"validationChainId\":84532,"
		 "\"validatorAddress\":\"" SELLER
		 "\",\"validatorAgentId\":\"42\",\"minValidationScore\":80,"
		 "\"validationSubjectHash\":\"%s\",\"jobHash\":\"" JOB
		 "\",\"requiredValidationTag\":\"hard\"}}",
		 "{\"name\":\"tabId\",\"type\":\"uint256\"},", NOW, request, subject);
	sign_typed(hex, json);
}

/* EIP-191 as the SDK writes it: without the offset word, and perhaps as text. */
static void sign_v2_bare(char hex[static FM_SIG_TEXT], const struct fm_claims *c,
			 bool whole, bool as_text)
{
	char digits[4096] = "0x";
	struct fm_hash digest;
	struct fm_buf abi;
	size_t skip = whole ? 0 : 32;

	fm_buf_init(&abi, 2000);
	fm_claims_abi(&abi, c);
	assert_true(fm_buf_ok(&abi));
	fm_hex_write(digits + 2, abi.ptr + skip, abi.len - skip);
	fm_eip191_digest(&digest,
			 as_text ? (struct fm_span){ digits, 2 * (abi.len - skip) + 2 }
				 : (struct fm_span){ abi.ptr + skip, abi.len - skip });
	fm_buf_clear(&abi);
	sign_hash(hex, &digest);
}

static void with_signature(const char *sig, const char *scheme)
{
	char *at = strstr(text, "\"signature\":\"");

	assert_non_null(at);
	memcpy(at + 13, sig, strlen(sig));
	if (strcmp(scheme, "eip191") == 0)
		paid("eip712", scheme);
	finds_only("payload.signature", "core_signature");
}

static void v2_mistakes(void **state)
{
	char sig[FM_SIG_TEXT];
	struct fm_claims c;

	(void)state;
	offers(1, EXTRA);
	v2_claims(&c);
	pay_v2(&c);
	sign_v2_tab(sig, &c);
	with_signature(sig, "eip712");
	assert_string_equal(finding("payload.signature")->message,
			    "the payer signed EIP-712 with the struct of the tab "
			    "generation instead of EIP-712");
	pay_v2(&c);
	sign_v2_bare(sig, &c, false, false);
	with_signature(sig, "eip191");
	assert_string_equal(finding("payload.signature")->message,
			    "the payer signed EIP-191 over the raw bytes without the "
			    "offset word instead of EIP-191 over the raw bytes of the "
			    "claims");
	pay_v2(&c);
	sign_v2_bare(sig, &c, false, true);
	with_signature(sig, "eip191");
	assert_non_null(strstr(finding("payload.signature")->message,
			       "the hex text without the offset word"));
	pay_v2(&c);
	sign_v2_bare(sig, &c, true, true);
	with_signature(sig, "eip191");
	assert_non_null(strstr(finding("payload.signature")->message,
			       "EIP-191 over the hex text of the claims instead of"));
}

static void version_of_the_guarantee(void **state)
{
	struct fm_claims c;

	(void)state;
	/* A conditional payment asked for, an unconditional one signed. */
	good();
	offers(1, EXTRA);
	finds_only("payload.claims.version", "claim_registry");
	values("payload.claims.version", "v2", "v1");
	v2_claims(&c);
	pay_v2(&c);
	offers(1, "");
	finds_only("payload.claims.version", "claim_registry");
	offers(1, EXTRA);
	paid("\"validator_agent_id\":\"0x2a\",", "");
	finds_only("payload.claims.validator_agent_id", "payload_invalid");
}

/* ---- exact ---- */

#define DOMAIN4                                                      \
	"\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"}," \
	"{\"name\":\"version\",\"type\":\"string\"},"                \
	"{\"name\":\"chainId\",\"type\":\"uint256\"},"               \
	"{\"name\":\"verifyingContract\",\"type\":\"address\"}]"

static void pay_exact(const char *name, const char *version, const char *chain)
{
	char json[4096], sig[FM_SIG_TEXT];
	static const char message[] =
		"\"from\":\"" PAYER "\",\"to\":\"" SELLER
		"\",\"value\":\"10000\",\"validAfter\":\"0\",\"validBefore\":"
		"\"1782122460\",\"nonce\":\"" JOB "\"";

	config = (struct fm_against_config){ .now_s = NOW };
	snprintf(
		json, sizeof(json),
		"{\"types\":{" DOMAIN4
		",\"TransferWithAuthorization\":[{\"name\":\"from\",\"type\":\"address\"}"
		",{\"name\":\"to\",\"type\":\"address\"},{\"name\":\"value\",\"type\":"
		"\"uint256\"},{\"name\":\"validAfter\",\"type\":\"uint256\"},{\"name\":"
		"\"validBefore\",\"type\":\"uint256\"},{\"name\":\"nonce\",\"type\":"
		"\"bytes32\"}]},\"primaryType\":\"TransferWithAuthorization\",\"domain\":{"
		"\"name\":\"%s\",\"version\":\"%s\",\"chainId\":%s,\"verifyingContract\":"
		"\"" USDC "\"},\"message\":{%s}}",
		name, version, chain, message);
	sign_typed(sig, json);
	snprintf(challenge, sizeof(challenge),
		 "{\"x402Version\":1,\"accepts\":[{\"scheme\":\"exact\",\"network\":"
		 "\"base-sepolia\",\"maxAmountRequired\":\"10000\",\"asset\":\"" USDC
		 "\",\"payTo\":\"" SELLER
		 "\",\"maxTimeoutSeconds\":60,\"extra\":{\"name\":"
		 "\"USDC\",\"version\":\"2\"}}]}");
	snprintf(text, sizeof(text),
		 "{\"x402Version\":1,\"scheme\":\"exact\",\"network\":\"base-sepolia\","
		 "\"payload\":{\"authorization\":{%s},\"signature\":\"%s\"}}",
		 message, sig);
}

static void exact_mistake(const char *name, const char *version, const char *chain,
			  const char *message)
{
	pay_exact(name, version, chain);
	finds_only("payload.signature", "invalid_signature");
	assert_string_equal(finding("payload.signature")->message, message);
}

static void authorizations(void **state)
{
	(void)state;
	pay_exact("USDC", "2", "84532");
	is_consistent();
	assert_string_equal(out.signed_as, "EIP-712, domain \"USDC\" \"2\", chain 84532");
	exact_mistake("USD Coin", "2", "84532",
		      "the payer signed domain name \"USD Coin\" instead of \"USDC\"");
	exact_mistake("USDC", "1", "84532",
		      "the payer signed domain version \"1\" instead of \"2\"");
	exact_mistake("USDC", "2", "8453",
		      "the payer signed chain id 8453 instead of 84532");
	/* What the offer says is what the token would be asked with. */
	pay_exact("USDC", "2", "84532");
	asked("\"name\":\"USDC\"", "\"name\":\"USD Coin\"");
	finds_only("payload.signature", "invalid_signature");
	assert_string_equal(
		finding("payload.signature")->message,
		"the payer signed domain name \"USDC\" instead of \"USD Coin\"");
	config.domain_name = "USDC";
	is_consistent();
	/* Without a domain in the offer the table knows the token. */
	pay_exact("USDC", "2", "84532");
	asked(",\"extra\":{\"name\":\"USDC\",\"version\":\"2\"}", "");
	is_consistent();
}

static void authorization_terms(void **state)
{
	(void)state;
	pay_exact("USDC", "2", "84532");
	asked(SELLER, OTHER);
	finds_only("payload.authorization.to", "recipient_mismatch");
	pay_exact("USDC", "2", "84532");
	asked("\"10000\"", "\"10001\"");
	finds_only("payload.authorization.value", "amount_mismatch");
	/* Version 1 took more than was asked, version 2 does not. */
	pay_exact("USDC", "2", "84532");
	asked("\"10000\"", "\"9999\"");
	is_consistent();
	asked("\"x402Version\":1", "\"x402Version\":2");
	finds("payload.authorization.value", "amount_mismatch");
	/* The window, at its edges. */
	pay_exact("USDC", "2", "84532");
	config.now_s = NOW + 54;
	is_consistent();
	config.now_s = NOW + 55;
	finds_only("payload.authorization.validBefore", "window_ended");
	config.now_s = NOW + 1000;
	finds_only("payload.authorization.validBefore", "window_ended");
	pay_exact("USDC", "2", "84532");
	paid("\"validAfter\":\"0\"", "\"validAfter\":\"1782122401\"");
	finds("payload.authorization.validAfter", "window_not_begun");
	pay_exact("USDC", "2", "84532");
	paid("\"nonce\":\"" JOB "\"", "\"nonce\":\"0x1\"");
	finds_only("payload.authorization.nonce", "payload_invalid");
	pay_exact("USDC", "2", "84532");
	paid("\"validBefore\":\"1782122460\"", "\"validBefore\":\"1e9\"");
	finds_only("payload.authorization.validBefore", "payload_invalid");
}

/* ---- which offer ---- */

static void the_offer_that_was_meant(void **state)
{
	(void)state;
	good();
	snprintf(challenge, sizeof(challenge),
		 "{\"x402Version\":1,\"accepts\":[{\"scheme\":\"exact\",\"network\":"
		 "\"eip155:84532\",\"amount\":\"10000\",\"asset\":\"" USDC
		 "\",\"payTo\":\"" SELLER "\"},null,{\"scheme\":\"paper\"}," OFFER "]}",
		 "");
	is_consistent();
	assert_int_equal(out.offer, 3);
	/* Only the other scheme is offered. */
	snprintf(challenge, sizeof(challenge),
		 "{\"x402Version\":1,\"accepts\":[{\"scheme\":\"exact\",\"network\":"
		 "\"eip155:84532\",\"amount\":\"10000\",\"asset\":\"" USDC
		 "\",\"payTo\":\"" SELLER "\"}]}");
	finds("payload.authorization", "payload_invalid");
	finds("scheme", "facilitator_scheme");
}

/* ---- what is no payment, no challenge ---- */

static void refuses(enum fm_code code)
{
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_against_read(&out, fm_span_of(text), fm_span_of(challenge), &config,
			     &err);
	assert_int_equal(rc, code);
	assert_int_equal(err.code, code);
	assert_true(err.msg[0]);
}

static void unreadable(void **state)
{
	static char large[FM_X402_HEADER_MAX + 1] = "{";

	memset(large + 1, ' ', sizeof(large) - 1);
	large[sizeof(large) - 1] = '}';
	(void)state;
	good();
	snprintf(text, sizeof(text), "%s", "not a header");
	refuses(FM_E_MALFORMED);
	text[0] = '\0';
	refuses(FM_E_MALFORMED);
	fm_err_init(&err);
	assert_int_equal(fm_against_read(&out, (struct fm_span){ large, sizeof(large) },
					 fm_span_of(challenge), &config, &err),
			 FM_E_TOO_LARGE);
	snprintf(text, sizeof(text), "%s", "{\"x402Version\":1}");
	refuses(FM_E_MALFORMED);
	snprintf(text, sizeof(text), "%s", "{\"payload\":{},\"payload\":{}}");
	refuses(FM_E_MALFORMED);
	snprintf(text, sizeof(text), "%s",
		 "{\"payload\":{\"permit2Authorization\":{},\"signature\":\"0x\"}}");
	refuses(FM_E_UNSUPPORTED);
	good();
	snprintf(challenge, sizeof(challenge), "%s",
		 "{\"x402Version\":1,\"accepts\":[]}");
	refuses(FM_E_NO_OPTION);
	snprintf(
		challenge, sizeof(challenge), "%s",
		"{\"x402Version\":1,\"accepts\":[{\"scheme\":\"paper\",\"network\":\"x\","
		"\"amount\":\"1\",\"asset\":\"a\",\"payTo\":\"b\"}]}");
	refuses(FM_E_NO_OPTION);
	snprintf(challenge, sizeof(challenge), "%s", "HTTP/1.1 200 OK\r\n\r\nhello");
	refuses(FM_E_NOT_X402);
	snprintf(challenge, sizeof(challenge), "%s", "???");
	refuses(FM_E_MALFORMED);
}

/* A payload without its envelope: what Core's endpoint gets. */
static void payload_alone(void **state)
{
	char payload[sizeof(text)], *at;

	(void)state;
	good();
	at = strstr(text, "{\"claims\"");
	snprintf(payload, sizeof(payload), "%.*s", (int)strlen(at) - 1, at);
	snprintf(text, sizeof(text), "%s", payload);
	is_consistent();
}

static void many_findings(void **state)
{
	char sig[FM_SIG_TEXT];
	size_t len;

	(void)state;
	good();
	sign_v1(sig, "4mica", "1", "84532", NULL);
	pays(2, claims_v1, sig, "eip712");
	offers(2, "");
	for (int i = 0; i < 100; i++) {
		char member[32];

		snprintf(member, sizeof(member), "\"accepted\":{\"m%d\":1,", i);
		paid("\"accepted\":{", member);
	}
	len = strlen(text);
	assert_true(len < sizeof(text));
	compare();
	assert_int_equal(out.count, FM_FINDINGS_MAX);
	assert_int_equal(out.count + out.more, 100);
	for (int i = 100; i < 300; i++) {
		char member[32];

		snprintf(member, sizeof(member), "\"accepted\":{\"m%d\":1,", i);
		paid("\"accepted\":{", member);
	}
	compare();
	/* 256 members, and that there are more. */
	assert_int_equal(out.count + out.more, 257);
	assert_string_equal(out.findings[FM_FINDINGS_MAX - 1].field, "accepted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits),
		cmocka_unit_test(envelope),
		cmocka_unit_test(headers),
		cmocka_unit_test(accepted),
		cmocka_unit_test(terms),
		cmocka_unit_test(several),
		cmocka_unit_test(missing),
		cmocka_unit_test(signature_form),
		cmocka_unit_test(usual_mistakes),
		cmocka_unit_test(tab_with_id),
		cmocka_unit_test(another_key),
		cmocka_unit_test(tab_types),
		cmocka_unit_test(validation),
		cmocka_unit_test(v2_mistakes),
		cmocka_unit_test(version_of_the_guarantee),
		cmocka_unit_test(authorizations),
		cmocka_unit_test(authorization_terms),
		cmocka_unit_test(the_offer_that_was_meant),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(payload_alone),
		cmocka_unit_test(many_findings),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
