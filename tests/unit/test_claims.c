/* SPDX-License-Identifier: MIT */
/* Reading and hashing claims; the known answers are in vec_credit. 4mica.md, sections 3 and 13. */
#include <evm/eip712.h>
#include <fourmica/credit.h>
#include <x402/scheme.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define A "0x96d90703196977301805528b3a4178bf530498ac"
#define B "0xd0f76708ea94cb21cb18ee8dea322b2d5313afae"
#define C "0x036cbd53842c5426634e7929541ec2318f3dcf7e"
#define JOB "0x0504ac1a396195a42624e138c7fecc0ba46ecf05b0386e06a64be69e8df2397f"
#define ZERO "0x0000000000000000000000000000000000000000000000000000000000000000"

static const char *const v1[][2] = {
	{"version",	     "\"v1\""      },
	{ "user_address",	  "\"" A "\""   },
	{ "recipient_address", "\"" B "\""   },
	{ "req_id",	    "\"0x1\""     },
	{ "amount",	    "\"0x16e360\""},
	{ "asset_address",	   "\"" C "\""   },
	{ "timestamp",	       "1782122400"  },
	{ NULL,		NULL	     },
};
static const char *const v2[][2] = {
	{"version",		      "\"v2\""      },
	{ "user_address",		  "\"" A "\""   },
	{ "recipient_address",	       "\"" B "\""   },
	{ "req_id",		      "\"0x1\""     },
	{ "amount",		      "\"0x16e360\""},
	{ "asset_address",		   "\"" C "\""   },
	{ "timestamp",		       "1782122400"  },
	{ "validation_registry_address", "\"" A "\""   },
	{ "validation_chain_id",	 "84532"	 },
	{ "validator_address",	       "\"" B "\""   },
	{ "validator_agent_id",		"\"42\""	 },
	{ "min_validation_score",	  "80"	       },
	{ "job_hash",		      "\"" JOB "\"" },
	{ "required_validation_tag",     "\"hard\""	},
	{ NULL,			  NULL	     },
};

static struct fm_claims claims;
static struct fm_err err;

/* The members of `base` with one set to `json` (NULL: left out), or one more. */
static enum fm_code read_with(const char *const (*base)[2], const char *member,
			      const char *json)
{
	struct fm_buf text;
	bool found = false;
	fm_err_init(&err);
	memset(&claims, 0, sizeof(claims));
	fm_buf_init(&text, 1u << 16);
	fm_buf_str(&text, "{\"z\":0");
	for (; (*base)[0]; base++) {
		bool ours = strcmp((*base)[0], member) == 0;
		const char *value = ours ? json : (*base)[1];
		found = found || ours;
		if (value)
			fm_buf_fmt(&text, ",\"%s\":%s", (*base)[0], value);
	}
	if (!found)
		fm_buf_fmt(&text, ",\"%s\":%s", member, json);
	fm_buf_str(&text, "}");
	enum fm_code rc = fm_claims_read(&claims, fm_buf_span(&text), &err);
	fm_buf_clear(&text);
	return rc;
}

static void refuses(const char *const (*base)[2], const char *member, const char *json,
		    const char *word)
{
	if (read_with(base, member, json) != FM_E_MALFORMED)
		fail_msg("%s = %s was taken", member, json ? json : "absent");
	if (!strstr(err.msg, member) || !strstr(err.msg, word))
		fail_msg("%s: the message is '%s'", member, err.msg);
	assert_int_equal(claims.version, 0);
}

static void takes(const char *const (*base)[2], const char *member, const char *json)
{
	if (read_with(base, member, json))
		fail_msg("%s = %s: %s", member, json ? json : "absent", err.msg);
}

static void test_members(void **state)
{
	(void)state;
	static const char *const addresses[] = { "user_address", "recipient_address",
						 "asset_address" };
	static const char *const numbers[] = { "req_id", "amount" };
	for (size_t i = 0; i < 3; i++) {
		refuses(v1, addresses[i], NULL, "missing");
		refuses(v1, addresses[i], "null", "40 hex");
		refuses(v1, addresses[i], "\"0x12\"", "40 hex");
		refuses(v1, addresses[i], "\"" A "0\"", "40 hex");
		refuses(v1, addresses[i], "\"" A "\\u0000\"", "40 hex");
		takes(v1, addresses[i], "\"96D90703196977301805528b3A4178bF530498AC\"");
	}
	for (size_t i = 0; i < 2; i++) {
		refuses(v1, numbers[i], NULL, "missing");
		refuses(v1, numbers[i], "\"\"", "2^256");
		refuses(v1, numbers[i], "-1", "2^256");
		refuses(v1, numbers[i], "1.0", "2^256");
		refuses(v1, numbers[i], "[1]", "2^256");
		takes(v1, numbers[i], "12");
		takes(v1, numbers[i], "\"12\"");
		takes(v1, numbers[i], "\"0XC\"");
	}
	refuses(v1, "timestamp", NULL, "missing");
	refuses(v1, "timestamp", "18446744073709551616", "2^64");
	refuses(v1, "timestamp", "\"18446744073709551616\"", "2^64");
	refuses(v1, "timestamp", "1.5", "2^64");
	takes(v1, "timestamp", "18446744073709551615");
	assert_true(claims.timestamp == UINT64_MAX);
}

static void test_version(void **state)
{
	(void)state;
	takes(v1, "version", "1");
	assert_int_equal(claims.version, 1);
	takes(v2, "version", "2");
	assert_int_equal(claims.version, 2);
	refuses(v1, "version", NULL, "missing");
	refuses(v1, "version", "\"V1\"", "v2");
	refuses(v1, "version", "\"1\"", "v2");
	refuses(v1, "version", "3", "v2");
	refuses(v1, "version", "0", "v2");
	refuses(v1, "version", "true", "v2");
}

static void test_other_generations(void **state)
{
	(void)state;
	refuses(v1, "tab_id", "\"0x1\"", "tab generation");
	refuses(v1, "tabId", "1", "tab generation");
	refuses(v2, "total_amount", "1", "tab generation");
	refuses(v2, "validation_policy", "{}", "nested");
	refuses(v1, "validation_policy", "{\"job_hash\":\"" JOB "\"}", "nested");
	/* a policy must not be dropped by signing version 1 */
	refuses(v1, "job_hash", "\"" JOB "\"", "v2");
	refuses(v1, "min_validation_score", "80", "v2");
	takes(v1, "job_hash", "null");
}

static void test_policy(void **state)
{
	(void)state;
	static const char *const needed[] = { "validation_registry_address",
					      "validation_chain_id", "validator_address",
					      "validator_agent_id",
					      "min_validation_score" };
	char text[700];
	for (size_t i = 0; i < 5; i++) {
		refuses(v2, needed[i], NULL, "missing");
		refuses(v2, needed[i], "\"x\"", "\"x\"");
	}
	refuses(v2, "min_validation_score", "0", "1 to 100");
	refuses(v2, "min_validation_score", "101", "1 to 100");
	refuses(v2, "min_validation_score", "256", "1 to 100");
	takes(v2, "min_validation_score", "1");
	takes(v2, "min_validation_score", "100");
	refuses(v2, "job_hash", NULL, "not zero");
	refuses(v2, "job_hash", "\"" ZERO "\"", "not zero");
	refuses(v2, "job_hash", "\"0x12\"", "64 hex");
	takes(v2, "required_validation_tag", NULL);
	takes(v2, "required_validation_tag", "null");
	assert_int_equal(claims.validation.tag_len, 0);
	takes(v2, "required_validation_tag", "\"a\\u0000b\"");
	assert_int_equal(claims.validation.tag_len, 3);
	refuses(v2, "required_validation_tag", "7", "text");
	snprintf(text, sizeof(text), "\"%0*d\"", (int)FM_TAG_MAX, 0);
	takes(v2, "required_validation_tag", text);
	assert_int_equal(claims.validation.tag_len, FM_TAG_MAX);
	snprintf(text, sizeof(text), "\"%0*d\"", (int)FM_TAG_MAX + 1, 0);
	refuses(v2, "required_validation_tag", text, "bytes");
}

static void test_hashes_must_fit(void **state)
{
	(void)state;
	char subject[FM_HASH_TEXT], request[FM_HASH_TEXT], json[80];
	takes(v2, "z2", "0");
	fm_hash_text(subject, &claims.validation.subject_hash);
	fm_hash_text(request, &claims.validation.request_hash);
	assert_string_not_equal(subject, ZERO);
	snprintf(json, sizeof(json), "\"%s\"", subject);
	takes(v2, "validation_subject_hash", json);
	refuses(v2, "validation_request_hash", json, "not the hash");
	snprintf(json, sizeof(json), "\"%s\"", request);
	takes(v2, "validation_request_hash", json);
	refuses(v2, "validation_subject_hash", json, "not the hash");
	refuses(v2, "validation_subject_hash", "\"0x\"", "64 hex");
}

static void test_documents(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
					   "[]",
					   "7",
					   "{",
					   "{\"claims\":[]}",
					   "{\"claims\":null}",
					   "{\"version\":\"v1\",\"version\":\"v1\"}" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fm_err_init(&err);
		assert_int_equal(fm_claims_read(&claims, fm_span_of(bad[i]), &err),
				 FM_E_MALFORMED);
		assert_non_null(strstr(err.msg, "claims"));
	}
}

/* The written-down constants are what they say. */
static void test_constants(void **state)
{
	(void)state;
	static const char one[] =
		"SolGuaranteeRequestClaimsV1(address user,address recipient,"
		"uint256 reqId,uint256 amount,address asset,uint64 timestamp)";
	const struct fm_hash domain = { { 7 } };
	struct fm_hash type, got, own, want;
	struct fm_buf abi, both;
	takes(v1, "z2", "0");
	fm_buf_init(&abi, 1024);
	fm_buf_init(&both, 1024);
	fm_keccak256(&type, one, strlen(one));
	fm_claims_abi(&abi, &claims);
	fm_buf_add(&both, type.b, sizeof(type.b));
	fm_buf_add(&both, abi.ptr, abi.len);
	fm_keccak256(&own, both.ptr, both.len);
	fm_eip712_digest(&want, &domain, &own);
	assert_int_equal(fm_claims_digest_under(&got, &claims, &domain, &err), FM_OK);
	assert_true(fm_hash_equal(&got, &want));
	fm_buf_clear(&abi);
	fm_buf_clear(&both);
}

static void test_digest_refusals(void **state)
{
	(void)state;
	const struct fm_credit_domain good = { "4mica", "1", 84532 };
	struct fm_credit_domain domain;
	struct fm_hash digest;
	takes(v1, "z2", "0");
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, &claims, &good, false,
					  &err),
			 FM_OK);
	domain = good;
	domain.name[0] = '\0';
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, &claims, &domain, false,
					  &err),
			 FM_E_CORE);
	domain = good;
	domain.version[0] = '\0';
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, &claims, &domain, false,
					  &err),
			 FM_E_CORE);
	domain = good;
	domain.chain_id = 0;
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, &claims, &domain, false,
					  &err),
			 FM_E_CORE);
	claims.version = 3;
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, &claims, &good, false,
					  &err),
			 FM_E_UNSUPPORTED);
	assert_int_equal(fm_claims_digest(&digest, NULL, NULL, &claims, &good, true,
					  &err),
			 FM_E_UNSUPPORTED);
}

/* ---- the scheme ---- */

static struct fm_challenge *challenge;

static struct fm_offer *read_offer(const char *network, const char *amount,
				   const char *extra)
{
	char text[1024];
	fm_challenge_free(&challenge);
	fm_err_init(&err);
	snprintf(
		text, sizeof(text),
		"{\"accepts\":[{\"scheme\":\"4mica-credit\",\"network\":\"%s\",\"amount\":\"%s\","
		"\"asset\":\"" C "\",\"payTo\":\"" B "\",\"extra\":%s}]}",
		network, amount, extra);
	assert_int_equal(fm_challenge_read(&challenge, 402, fm_span_of(""),
					   fm_span_of(text), false, &err),
			 FM_OK);
	return &challenge->offers[0];
}

static int drop(void **state)
{
	(void)state;
	fm_challenge_free(&challenge);
	return 0;
}

static bool supports(const char *network, const char *amount, const char *extra)
{
	struct fm_offer *offer = read_offer(network, amount, extra);
	return fm_scheme_credit.supports(challenge, offer);
}

#define POLICY                                                                     \
	"{\"validationRegistryAddress\":\"" A "\",\"validatorAddress\":\"" B "\"," \
	"\"validatorAgentId\":\"42\",\"minValidationScore\":80,\"jobHash\":\"" JOB "\"}"

static void test_scheme_supports(void **state)
{
	(void)state;
	assert_true(supports("base", "1", "null"));
	assert_true(supports("eip155:84532", "1", POLICY));
	assert_true(supports("eip155:11155111", "1", "null"));
	assert_false(supports("eip155:10", "1", "null"));
	assert_false(supports("ethereum", "1", "null"));
	assert_false(supports("polygon", "1", "null"));
	assert_false(supports("base", "0", "null"));
	assert_false(supports("base", "1", "{\"minValidationScore\":80}"));
	assert_int_equal(challenge->offers[0].stage, FM_OFFER_UNSUPPORTED);
	assert_true(challenge->offers[0].refused[0]);
}

static enum fm_code zeros(void *ctx, void *out, size_t len)
{
	unsigned *calls = ctx;
	memset(out, ++*calls > 2 ? 0xAB : 0, len);
	return FM_OK;
}

static enum fm_code only_zeros(void *ctx, void *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return FM_OK;
}

static void test_scheme_request_id(void **state)
{
	(void)state;
	unsigned calls = 0;
	const struct fm_rand late = { zeros, &calls }, never = { only_zeros, NULL };
	struct fm_draft draft = { .now_s = 1782122400 };
	struct fm_offer *offer = read_offer("base", "5", "null");
	assert_int_equal(fm_scheme_credit.prepare(&draft, offer, &late, 0, &err), FM_OK);
	assert_int_equal(calls, 3);
	assert_true(draft.req_id.w[0] == 0xABABABABABABABABu &&
		    draft.req_id.w[1] == 0xABABABABABABABABu);
	assert_true(draft.req_id.w[2] == 0 && draft.req_id.w[3] == 0);
	assert_int_equal(draft.guarantee_version, 1);
	assert_null(draft.validation);
	assert_int_equal(draft.valid_before_s, 0);
	/* an id that is there already is kept */
	assert_int_equal(fm_scheme_credit.prepare(&draft, offer, &never, 0, &err), FM_OK);
	draft.req_id = FM_U256_ZERO;
	assert_int_equal(fm_scheme_credit.prepare(&draft, offer, &never, 0, &err),
			 FM_E_INTERNAL);
	fm_draft_clear(&draft);
}

static void test_scheme_digest(void **state)
{
	(void)state;
	struct fm_draft draft = { .now_s = 1782122400 };
	struct fm_hash typed, raw;
	struct fm_offer *offer = read_offer("base-sepolia", "5", POLICY);
	assert_int_equal(fm_scheme_credit.digest(&typed, &draft, offer, &err),
			 FM_E_INTERNAL);
	assert_int_equal(
		fm_scheme_credit.prepare(&draft, offer, &fm_system_rand, 0, &err), FM_OK);
	assert_int_equal(draft.guarantee_version, 2);
	assert_int_equal(draft.validation->chain_id, 84532);
	/* the domain is Core's to give */
	assert_int_equal(fm_scheme_credit.digest(&typed, &draft, offer, &err), FM_E_CORE);
	strcpy(draft.domain_name, "4mica");
	assert_int_equal(fm_scheme_credit.digest(&typed, &draft, offer, &err), FM_E_CORE);
	strcpy(draft.domain_version, "1");
	assert_int_equal(fm_scheme_credit.digest(&typed, &draft, offer, &err), FM_OK);
	draft.eip191 = true;
	assert_int_equal(fm_scheme_credit.digest(&raw, &draft, offer, &err), FM_OK);
	assert_false(fm_hash_equal(&typed, &raw));
	/* a V2 draft without its policy never becomes a V1 signature */
	free(draft.validation);
	draft.validation = NULL;
	assert_int_equal(fm_scheme_credit.digest(&typed, &draft, offer, &err),
			 FM_E_INTERNAL);
	fm_draft_clear(&draft);
}

int main(void)
{
	struct fm_err start;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_other_generations),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_hashes_must_fit),
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_digest_refusals),
		cmocka_unit_test_teardown(test_scheme_supports, drop),
		cmocka_unit_test_teardown(test_scheme_request_id, drop),
		cmocka_unit_test_teardown(test_scheme_digest, drop),
	};
	fm_err_init(&start);
	if (fm_init(&start))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
