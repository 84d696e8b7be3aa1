/* SPDX-License-Identifier: MIT */
/* Core's public parameters, what they allow, and the tab endpoint. 4mica.md, 2.1, 3.5 and 4.1. */
#include <fake_http.h>
#include <fourmica/credit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KEY                                                        \
	"8d63b54057ad10fd1a08faca7fb6dda7d6b9fc5b3240c09ee91cc94c" \
	"ac82e70c3eb73f21f6991af84a1c31fd2f7c4f48"
#define VAULT "0x56494F29A14f33f0e7559002F5d6d55e930da06A"
#define REGISTRY "0xb154133122f56a11923b68e20fc42702bdf3608b"
#define VALIDATOR "0x1a21feb0e0ac60cdeabcd868ac6f522e4d5644e5"
#define HASH "0x2448f11eeb82712518614e9a53363d497bf15403d904a7afd0ee2fd1fb98d625"
#define ZERO "0x0000000000000000000000000000000000000000000000000000000000000000"

static const char *const good[][2] = {
	{"public_key",				"\"0x" KEY "\""			},
	{ "contract_address",			      "\"" VAULT "\""		      },
	{ "ethereum_http_rpc_url",			   "\"\""				  },
	{ "eip712_name",			      "\"4mica\""			     },
	{ "eip712_version",			    "\"1\""			    },
	{ "chain_id",				 "84532"			      },
	{ "max_accepted_guarantee_version",	    "2"				},
	{ "accepted_guarantee_versions",		 "[1,2]"				 },
	{ "active_guarantee_domain_separator",	       "\"" HASH "\""		      },
	{ "trusted_validation_registries",		   "[\"" REGISTRY "\"]"		},
	{ "validation_hash_canonicalization_version", "\"4MICA_VALIDATION_REQUEST_V2\""},
};

static struct fm_core_params params;
static struct fm_err err;
static struct fm_challenge *challenge;

static int drop(void **state)
{
	(void)state;
	fm_challenge_free(&challenge);
	return 0;
}

static void write_params(struct fm_buf *out, const char *member, const char *json)
{
	const char *comma = "";
	fm_buf_init(out, 1u << 16);
	fm_buf_chr(out, '{');
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *value = strcmp(good[i][0], member) ? good[i][1] : json;
		if (!value)
			continue;
		fm_buf_fmt(out, "%s\"%s\":%s", comma, good[i][0], value);
		comma = ",";
	}
	fm_buf_chr(out, '}');
}

static enum fm_code read_with(const char *member, const char *json)
{
	struct fm_buf text;
	fm_err_init(&err);
	memset(&params, 0, sizeof(params));
	write_params(&text, member, json);
	enum fm_code rc = fm_core_params_read(&params, fm_buf_span(&text), &err);
	fm_buf_clear(&text);
	return rc;
}

static void refuses(const char *member, const char *json)
{
	if (read_with(member, json) != FM_E_CORE)
		fail_msg("%s = %s was taken", member, json ? json : "absent");
	if (!strstr(err.msg, member))
		fail_msg("%s: the message is '%s'", member, err.msg);
}

static void takes(const char *member, const char *json)
{
	if (read_with(member, json))
		fail_msg("%s = %s: %s", member, json ? json : "absent", err.msg);
}

static void test_good(void **state)
{
	(void)state;
	takes("", NULL);
	assert_int_equal(params.public_key[0], 0x8d);
	assert_int_equal(params.public_key[47], 0x48);
	assert_int_equal(params.contract.b[0], 0x56);
	assert_string_equal(params.domain.name, "4mica");
	assert_string_equal(params.domain.version, "1");
	assert_int_equal(params.domain.chain_id, 84532);
	assert_int_equal(params.accepted_count, 2);
	assert_int_equal(params.active_domain.b[0], 0x24);
	assert_int_equal(params.registry_count, 1);
}

static void test_key(void **state)
{
	(void)state;
	char array[400] = "[141";
	for (int i = 1; i < 48; i++)
		strcat(array, ",7");
	takes("public_key", "\"" KEY "\"");
	strcat(array, "]");
	takes("public_key", array);
	assert_int_equal(params.public_key[0], 141);
	assert_int_equal(params.public_key[47], 7);
	strcpy(strrchr(array, ']'), ",7]");
	refuses("public_key", array);
	refuses("public_key", "[141]");
	refuses("public_key", NULL);
	refuses("public_key", "null");
	refuses("public_key", "\"0x8d63\"");
	refuses("public_key", "\"0x" KEY "00\"");
	refuses("public_key",
		"[256,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		"1,1,1,1,1,1,1,1,1,1,1,1,1,1]");
	refuses("public_key",
		"[-1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		"1,1,1,1,1,1,1,1,1,1,1,1,1,1]");
}

static void test_members(void **state)
{
	(void)state;
	static const char *const names[] = { "eip712_name", "eip712_version" };
	char longer[400];
	for (size_t i = 0; i < 2; i++) {
		/* never a default: 4mica.md 13, row 6 */
		refuses(names[i], NULL);
		refuses(names[i], "null");
		refuses(names[i], "\"\"");
		refuses(names[i], "1");
		refuses(names[i], "\"a\\u0000\"");
		snprintf(longer, sizeof(longer), "\"%0*d\"", 64, 0);
		refuses(names[i], longer);
	}
	refuses("contract_address", NULL);
	refuses("contract_address", "\"0x12\"");
	takes("contract_address", "\"56494f29a14f33f0e7559002f5d6d55e930da06a\"");
	refuses("chain_id", NULL);
	refuses("chain_id", "0");
	refuses("chain_id", "-1");
	refuses("chain_id", "1.5");
	refuses("chain_id", "\"x\"");
	takes("ethereum_http_rpc_url", NULL);
	takes("ethereum_http_rpc_url", "null");
	refuses("ethereum_http_rpc_url", "7");
	snprintf(longer, sizeof(longer), "\"%0*d\"", 256, 0);
	refuses("ethereum_http_rpc_url", longer);
	takes("active_guarantee_domain_separator", "\"\"");
	takes("active_guarantee_domain_separator", NULL);
	refuses("active_guarantee_domain_separator", "\"0x12\"");
	takes("validation_hash_canonicalization_version", NULL);
	assert_string_equal(params.canonicalization, "");
	refuses("validation_hash_canonicalization_version", "2");
}

static void test_lists(void **state)
{
	(void)state;
	char many[2048] = "[1";
	takes("accepted_guarantee_versions", NULL);
	assert_int_equal(params.accepted_count, 2);
	assert_int_equal(params.accepted[1], 2);
	takes("accepted_guarantee_versions", "[]");
	assert_int_equal(params.accepted_count, 2);
	takes("accepted_guarantee_versions", "[2]");
	assert_int_equal(params.accepted_count, 1);
	assert_int_equal(params.accepted[0], 2);
	refuses("accepted_guarantee_versions", "[\"v1\"]");
	refuses("accepted_guarantee_versions", "[-1]");
	refuses("accepted_guarantee_versions", "[4294967296]");
	refuses("accepted_guarantee_versions", "2");
	for (int i = 0; i < 16; i++)
		strcat(many, ",1");
	strcat(many, "]");
	refuses("accepted_guarantee_versions", many);
	takes("max_accepted_guarantee_version", NULL);
	refuses("max_accepted_guarantee_version", "0");
	refuses("max_accepted_guarantee_version", "\"2\"");
	takes("trusted_validation_registries", NULL);
	assert_int_equal(params.registry_count, 0);
	refuses("trusted_validation_registries", "{}");
	refuses("trusted_validation_registries", "[\"0x12\"]");
	strcpy(many, "[\"" REGISTRY "\"");
	for (int i = 0; i < 31; i++)
		strcat(many, ",\"" REGISTRY "\"");
	strcat(many, "]");
	takes("trusted_validation_registries", many);
	assert_int_equal(params.registry_count, 32);
	strcpy(strrchr(many, ']'), ",\"" REGISTRY "\"]");
	refuses("trusted_validation_registries", many);
}

static void test_spellings_and_documents(void **state)
{
	(void)state;
	static const char camel[] =
		"{\"publicKey\":\"" KEY "\",\"contractAddress\":\"" VAULT
		"\",\"eip712Name\":\"n\","
		"\"eip712Version\":\"9\",\"chainId\":5,\"maxAcceptedGuaranteeVersion\":99,"
		"\"trustedValidationRegistries\":[\"" REGISTRY "\"]}";
	static const char *const bad[] = { "", "[]", "7", "{}",
					   "{\"chain_id\":1,\"chain_id\":1}" };
	fm_err_init(&err);
	assert_int_equal(fm_core_params_read(&params, fm_span_of(camel), &err), FM_OK);
	assert_string_equal(params.domain.name, "n");
	assert_int_equal(params.accepted_count, 16);
	assert_int_equal(params.accepted[15], 16);
	assert_int_equal(params.registry_count, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(fm_core_params_read(&params, fm_span_of(bad[i]), &err),
				 FM_E_CORE);
}

static enum fm_code get(struct fake_http *fake, int status, const char *body,
			uint64_t chain, struct fm_buf *raw)
{
	fm_err_init(&err);
	fake_http_init(fake);
	fake_http_reply(fake, status, NULL, body);
	return fm_core_params_get(&params, raw, &fake->http, "https://core.example/",
				  chain, NULL, &err);
}

static void test_get(void **state)
{
	(void)state;
	struct fake_http fake;
	struct fm_buf text, raw;
	fm_buf_init(&raw, 1u << 16);
	write_params(&text, "", NULL);
	assert_int_equal(get(&fake, 200, text.ptr, 84532, &raw), FM_OK);
	assert_string_equal(fake.requests[0].url,
			    "https://core.example/core/public-params");
	assert_string_equal(fake.requests[0].method, "GET");
	assert_false(fake.requests[0].follow);
	assert_string_equal(raw.ptr, text.ptr);
	fake_http_clear(&fake);
	assert_int_equal(get(&fake, 200, text.ptr, 8453, NULL), FM_E_CORE);
	assert_non_null(strstr(err.msg, "84532"));
	fake_http_clear(&fake);
	assert_int_equal(get(&fake, 500, "{\"error\":\"internal\\u001b\"}", 84532, NULL),
			 FM_E_CORE);
	assert_non_null(strstr(err.msg, "500: internal\\x1b"));
	fake_http_clear(&fake);
	assert_int_equal(get(&fake, 404, "not here", 84532, NULL), FM_E_CORE);
	assert_non_null(strstr(err.msg, "404: not here"));
	fake_http_clear(&fake);
	assert_int_equal(get(&fake, 301, "", 84532, NULL), FM_E_CORE);
	fake_http_clear(&fake);
	assert_int_equal(get(&fake, 200, "nonsense", 84532, NULL), FM_E_CORE);
	fake_http_clear(&fake);
	fm_buf_clear(&text);
	fm_buf_clear(&raw);
}

/* ---- policies in offers ---- */

static const char *const policy[][2] = {
	{"validationRegistryAddress", "\"" REGISTRY "\"" },
	{ "validationChainId",	       "84532"	       },
	{ "validatorAddress",	      "\"" VALIDATOR "\""},
	{ "validatorAgentId",	      "\"42\""	       },
	{ "minValidationScore",	"80"		     },
	{ "jobHash",		     "\"" HASH "\""	    },
	{ "requiredValidationTag",	   "\"hard-finality\""},
};

static const struct fm_offer *offer_of(const char *extra)
{
	struct fm_buf text;
	fm_challenge_free(&challenge);
	fm_err_init(&err);
	fm_buf_init(&text, 1u << 16);
	fm_buf_fmt(
		&text,
		"{\"x402Version\":2,\"resource\":{\"url\":\"/r\"},\"accepts\":[{\"scheme\":"
		"\"4mica\",\"network\":\"base-sepolia\",\"amount\":\"7\",\"asset\":\"" VAULT
		"\",\"payTo\":\"" VALIDATOR "\",\"extra\":%s}]}",
		extra);
	assert_int_equal(fm_challenge_read(&challenge, 402, fm_span_of(""),
					   fm_buf_span(&text), false, &err),
			 FM_OK);
	fm_buf_clear(&text);
	return &challenge->offers[0];
}

static const struct fm_offer *policy_with(const char *member, const char *json)
{
	struct fm_buf text;
	bool found = false;
	fm_buf_init(&text, 1u << 16);
	fm_buf_str(&text, "{\"name\":\"x\"");
	for (size_t i = 0; i < sizeof(policy) / sizeof(policy[0]); i++) {
		bool ours = strcmp(policy[i][0], member) == 0;
		const char *value = ours ? json : policy[i][1];
		found = found || ours;
		if (value)
			fm_buf_fmt(&text, ",\"%s\":%s", policy[i][0], value);
	}
	if (!found && json)
		fm_buf_fmt(&text, ",\"%s\":%s", member, json);
	fm_buf_str(&text, "}");
	const struct fm_offer *offer = offer_of(text.ptr);
	fm_buf_clear(&text);
	return offer;
}

static struct fm_validation validation;

static void policy_refused(const char *member, const char *json)
{
	bool present;
	if (!fm_validation_read(&validation, &present, policy_with(member, json), &err))
		fail_msg("%s = %s was taken", member, json ? json : "absent");
	assert_int_equal(err.code, FM_E_UNSUPPORTED);
}

static void policy_taken(const char *member, const char *json)
{
	bool present = false;
	if (fm_validation_read(&validation, &present, policy_with(member, json), &err))
		fail_msg("%s = %s: %s", member, json ? json : "absent", err.msg);
	assert_true(present);
}

static void test_policy(void **state)
{
	(void)state;
	static const char *const needed[] = { "validationRegistryAddress",
					      "validatorAddress", "validatorAgentId",
					      "minValidationScore", "jobHash" };
	for (size_t i = 0; i < 5; i++) {
		policy_refused(needed[i], NULL);
		policy_refused(needed[i], "null");
		policy_refused(needed[i], "\"\"");
		policy_refused(needed[i], "{}");
	}
	policy_taken("validationChainId", NULL);
	assert_int_equal(validation.chain_id, 84532);
	policy_taken("validationChainId", "\"84532\"");
	policy_refused("validationChainId", "8453");
	policy_refused("validationChainId", "\"0x14a34\"");
	policy_taken("validatorAgentId", "42");
	policy_taken("validatorAgentId", "\"0x2a\"");
	assert_int_equal(validation.agent_id.w[0], 42);
	policy_refused("validatorAgentId", "-1");
	policy_refused("minValidationScore", "0");
	policy_refused("minValidationScore", "101");
	policy_refused("minValidationScore", "256");
	policy_refused("minValidationScore", "79.5");
	policy_refused("jobHash", "\"" ZERO "\"");
	policy_taken("requiredValidationTag", NULL);
	assert_int_equal(validation.tag_len, 0);
	policy_refused("requiredValidationTag", "7");
	/* two spellings of one member, and a policy this program does not read */
	policy_refused("job_hash", "\"" HASH "\"");
	policy_refused("validationPolicy", "{}");
	policy_refused("validation_policy", "{}");
}

static void test_no_policy(void **state)
{
	(void)state;
	bool present = true;
	assert_int_equal(
		fm_validation_read(&validation, &present, offer_of("null"), &err), FM_OK);
	assert_false(present);
	present = true;
	assert_int_equal(fm_validation_read(&validation, &present,
					    offer_of("{\"jobHash\":null,\"name\":\"x\"}"),
					    &err),
			 FM_OK);
	assert_false(present);
	/* a tag alone is a wish for a validated payment */
	assert_int_equal(fm_validation_read(&validation, &present,
					    offer_of("{\"requiredValidationTag\":\"t\"}"),
					    &err),
			 FM_E_UNSUPPORTED);
	/* the other spelling is read as well */
	assert_int_equal(fm_validation_read(&validation, &present,
					    offer_of("{\"min_validation_score\":80}"),
					    &err),
			 FM_E_UNSUPPORTED);
}

static void test_check(void **state)
{
	(void)state;
	takes("", NULL);
	assert_int_equal(fm_credit_check(offer_of("null"), &params, &err), FM_OK);
	assert_int_equal(fm_credit_check(policy_with("", NULL), &params, &err), FM_OK);
	takes("accepted_guarantee_versions", "[1]");
	assert_int_equal(fm_credit_check(offer_of("null"), &params, &err), FM_OK);
	assert_int_equal(fm_credit_check(policy_with("", NULL), &params, &err),
			 FM_E_UNSUPPORTED);
	takes("accepted_guarantee_versions", "[2]");
	assert_int_equal(fm_credit_check(offer_of("null"), &params, &err),
			 FM_E_UNSUPPORTED);
	takes("trusted_validation_registries", "[]");
	assert_int_equal(fm_credit_check(policy_with("", NULL), &params, &err),
			 FM_E_UNSUPPORTED);
	assert_non_null(strstr(err.msg, "registry"));
	takes("validation_hash_canonicalization_version",
	      "\"4MICA_VALIDATION_REQUEST_V1\"");
	assert_int_equal(fm_credit_check(policy_with("", NULL), &params, &err),
			 FM_E_UNSUPPORTED);
	takes("validation_hash_canonicalization_version", NULL);
	assert_int_equal(fm_credit_check(policy_with("", NULL), &params, &err),
			 FM_E_UNSUPPORTED);
	takes("chain_id", "8453");
	assert_int_equal(fm_credit_check(offer_of("null"), &params, &err), FM_E_CORE);
}

/* ---- tab endpoint ---- */

static void test_tab_allowed(void **state)
{
	(void)state;
	static const char seller[] = "https://seller.example/x";
	assert_true(fm_tab_allowed("https://seller.example:444/tab", seller));
	assert_true(fm_tab_allowed("http://127.0.0.1:9/tab", "http://127.0.0.1:8/x"));
	assert_true(fm_tab_allowed("http://localhost:9/tab", "http://127.0.0.1:8/x"));
	assert_false(fm_tab_allowed("http://seller.example/tab", seller));
	assert_false(fm_tab_allowed("https://other.example/tab", seller));
	assert_false(fm_tab_allowed("https://seller.example@other.example/tab", seller));
	assert_false(fm_tab_allowed("http://127.0.0.1:8545/", seller));
	assert_false(fm_tab_allowed("/tab", seller));
	assert_false(fm_tab_allowed("file:///etc/passwd", seller));
	assert_false(fm_tab_allowed("", seller));
}

static void test_tab_endpoint(void **state)
{
	(void)state;
	static const char *const none[] = { "null",
					    "{}",
					    "{\"tabEndpoint\":null}",
					    "{\"tabEndpoint\":\"\"}",
					    "{\"tabEndpoint\":7}",
					    "{\"tabEndpoint\":\"https://a\\u0000\"}" };
	struct fm_buf url;
	fm_buf_init(&url, FM_X402_URL_MAX);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(fm_tab_endpoint(&url, offer_of(none[i])));
	fm_buf_clear(&url);
	assert_true(fm_tab_endpoint(&url, offer_of("{\"tabEndpoint\":\"https://a/t\"}")));
	assert_string_equal(url.ptr, "https://a/t");
	fm_buf_clear(&url);
}

static enum fm_code ask(struct fm_u256 *id, int status, const char *answer)
{
	const struct fm_http_options options = { .timeout_ms = 60000,
						 .user = "name:password" };
	const struct fm_offer *offer = offer_of("null");
	struct fake_http fake;
	fake_http_init(&fake);
	fake_http_reply(&fake, status, NULL, answer);
	enum fm_code rc = fm_tab_request(id, &fake.http, "https://a/t", &offer->pay_to,
					 challenge, offer, 1, &options, &err);
	assert_int_equal(fake.count, 1);
	assert_string_equal(fake.requests[0].method, "POST");
	assert_int_equal(fake.requests[0].timeout_ms, 10000);
	assert_false(fake.requests[0].follow);
	assert_non_null(strstr(fake.requests[0].body, "\"resource\":{\"url\":\"/r\"}"));
	fake_http_clear(&fake);
	return rc;
}

static void test_tab_answers(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"nextReqId\":7}",
		"{\"userAddress\":\"" VALIDATOR "\"}",
		"{\"userAddress\":\"" REGISTRY "\",\"nextReqId\":7}",
		"{\"userAddress\":\"" VALIDATOR "\",\"nextReqId\":\"x\",\"reqId\":7}",
		"{\"userAddress\":\"" VALIDATOR "\",\"nextReqId\":0}",
		"{\"userAddress\":\"" VALIDATOR "\",\"nextReqId\":-1}",
	};
	struct fm_u256 id;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (ask(&id, 200, bad[i]) != FM_E_CORE)
			fail_msg("%s was taken", bad[i]);
	}
	assert_int_equal(ask(&id, 404, "{\"userAddress\":\"" VALIDATOR "\",\"reqId\":7}"),
			 FM_E_CORE);
	assert_int_equal(ask(&id, 302, ""), FM_E_CORE);
	assert_int_equal(
		ask(&id, 200,
		    "{\"user_address\":\"0x1A21FEB0E0AC60CDEABCD868AC6F522E4D5644E5\","
		    "\"req_id\":\"0x8\",\"amount\":\"1\"}"),
		FM_OK);
	assert_int_equal(id.w[0], 8);
	assert_int_equal(ask(&id, 201,
			     "{\"userAddress\":\"" VALIDATOR
			     "\",\"nextReqId\":null,\"next_req_id\":9,"
			     "\"reqId\":10}"),
			 FM_OK);
	assert_int_equal(id.w[0], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_spellings_and_documents),
		cmocka_unit_test(test_get),
		cmocka_unit_test_teardown(test_policy, drop),
		cmocka_unit_test_teardown(test_no_policy, drop),
		cmocka_unit_test_teardown(test_check, drop),
		cmocka_unit_test(test_tab_allowed),
		cmocka_unit_test_teardown(test_tab_endpoint, drop),
		cmocka_unit_test_teardown(test_tab_answers, drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
