/* SPDX-License-Identifier: MIT */
/* The sign-in message and its checks, the tokens' answers. 4mica.md, section 2.4. */
#include <credit/auth.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW 1782122400 /* 2026-06-22T10:00:00Z */
#define CORE "https://core.example:8443/api"

static const char *const good[][2] = {
	{"domain",	    "\"core.example\""		       },
	{ "uri",	 "\"https://core.example\""		    },
	{ "chainId",    "84532"				  },
	{ "statement",  "\"Sign in to 4mica.\""		       },
	{ "issuedAt",   "\"2026-06-22T10:00:00.123456789+00:00\""},
	{ "expiration", "\"2026-06-22T10:05:00.123456789+00:00\""},
};

static struct fm_siwe siwe;
static struct fm_err err;

/** The answer with one member of `siwe` (or "nonce") replaced; NULL leaves it out. */
static enum fm_code read_with(const char *member, const char *json)
{
	const char *nonce = strcmp(member, "nonce") ? "\"0da533aa-4d92-4f20\"" : json;
	const char *comma = "";
	struct fm_buf text;
	enum fm_code rc;

	fm_err_init(&err);
	fm_buf_init(&text, 1u << 16);
	fm_buf_chr(&text, '{');
	if (nonce)
		fm_buf_fmt(&text, "\"nonce\":%s,", nonce);
	fm_buf_str(&text, "\"siwe\":{");
	for (size_t i = 0; i < COUNT(good); i++) {
		const char *value = strcmp(good[i][0], member) ? good[i][1] : json;
		if (!value)
			continue;
		fm_buf_fmt(&text, "%s\"%s\":%s", comma, good[i][0], value);
		comma = ",";
	}
	fm_buf_str(&text, "}}");
	rc = fm_siwe_read(&siwe, fm_buf_span(&text), &err);
	fm_buf_clear(&text);
	return rc;
}

static void test_read(void **state)
{
	static const char *const texts[] = { "domain",	 "uri",	       "statement",
					     "issuedAt", "expiration", "nonce" };
	static const char *const bad[] = {
		"null",		  "7",
		"\"\"",		  "\"a\\nb\"",
		"\"a\\rb\"",	  "\"a\\u0000b\"",
		"\"a\\u007fb\"",  "\"a\\u0085b\"",
		"\"a\\u2028b\"",  "\"a\\tb\"",
		"\"\\u001b[2J\"",
	};
	static const char *const documents[] = { "",
						 "null",
						 "[]",
						 "{}",
						 "{\"nonce\":\"a\",\"siwe\":7}",
						 "{\"nonce\":\"a\"}" };
	char longer[1200];

	(void)state;
	assert_int_equal(read_with("", NULL), FM_OK);
	assert_string_equal(siwe.domain, "core.example");
	assert_string_equal(siwe.expiration, "2026-06-22T10:05:00.123456789+00:00");
	assert_int_equal(siwe.chain_id, 84532);
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(read_with(texts[i], NULL), FM_E_CORE);
		for (size_t j = 0; j < COUNT(bad); j++)
			if (read_with(texts[i], bad[j]) != FM_E_CORE)
				fail_msg("%s = %s was taken", texts[i], bad[j]);
	}
	snprintf(longer, sizeof(longer), "\"%0*d\"", 1024, 0);
	assert_int_equal(read_with("statement", longer), FM_OK);
	assert_int_equal(read_with("domain", longer), FM_E_CORE);
	snprintf(longer, sizeof(longer), "\"%0*d\"", 1025, 0);
	assert_int_equal(read_with("statement", longer), FM_E_CORE);
	assert_int_equal(read_with("nonce", "\"a b\""), FM_E_CORE);
	assert_int_equal(read_with("nonce", "\"a\\u00e4\""), FM_E_CORE);
	assert_int_equal(read_with("chainId", "0"), FM_E_CORE);
	assert_int_equal(read_with("chainId", "\"84532\""), FM_E_CORE);
	for (size_t i = 0; i < COUNT(documents); i++)
		assert_int_equal(fm_siwe_read(&siwe, fm_span_of(documents[i]), &err),
				 FM_E_CORE);
	/* the documentation's spelling */
	assert_int_equal(
		fm_siwe_read(
			&siwe,
			fm_span_of("{\"nonce\":\"n\",\"siwe\":{\"domain\":\"d\",\"uri\":"
				   "\"u\",\"chain_id\":5,\"statement\":\"s\","
				   "\"issued_at\":\"i\",\"expiration\":\"e\"}}"),
			&err),
		FM_OK);
	assert_int_equal(siwe.chain_id, 5);
	assert_string_equal(siwe.issued_at, "i");
}

static enum fm_code check_with(const char *member, const char *json,
			       const char *const *domains)
{
	const struct fm_siwe_rules rules = {
		.chain_id = 84532, .core_url = CORE, .domains = domains, .now_s = NOW
	};

	if (read_with(member, json))
		fail_msg("%s = %s: %s", member, json, err.msg);
	return fm_siwe_check(&siwe, &rules, &err);
}

static void refused(const char *member, const char *json, const char *rule)
{
	if (check_with(member, json, NULL) != FM_E_CORE)
		fail_msg("%s = %s would be signed", member, json);
	assert_string_equal(err.rule, rule);
}

static void test_check(void **state)
{
	static const char *const domains[] = {
		"\"evil.example\"",
		"\"core.example.evil.example\"",
		"\"evil.example/core.example\"",
		"\"core.example@evil.example\"",
		"\"evil.example@core.example\"",
		"\"core.example/x\"",
		"\"core.example?x\"",
		"\"core.example#x\"",
		"\"https://core.example\"",
		"\"core.example:0\"",
		"\"core.example:x\"",
		"\"core.example evil\"",
		"\"c\\u00f6re.example\"",
		"\"core%2eexample\"",
	};
	static const char *const uris[] = {
		"\"https://evil.example\"",   "\"https://core.example@evil.example\"",
		"\"https://x@core.example\"", "\"ftp://core.example\"",
		"\"core.example\"",	      "\"javascript:alert(1)\"",
		"\"https:core.example\"",
	};
	static const char *const pinned[] = { "EVIL.example", NULL };

	(void)state;
	assert_int_equal(check_with("", NULL, NULL), FM_OK);
	assert_int_equal(check_with("domain", "\"CORE.example:9\"", NULL), FM_OK);
	assert_int_equal(check_with("uri", "\"http://core.example/login?x=1\"", NULL),
			 FM_OK);
	for (size_t i = 0; i < COUNT(domains); i++)
		refused("domain", domains[i], "sign-in-domain");
	for (size_t i = 0; i < COUNT(uris); i++)
		refused("uri", uris[i], "sign-in-domain");
	assert_int_equal(check_with("domain", "\"evil.example\"", pinned), FM_OK);
	assert_int_equal(check_with("uri", "\"https://evil.example/\"", pinned), FM_OK);
	assert_int_equal(check_with("uri", "\"https://other.example/\"", pinned),
			 FM_E_CORE);
	refused("chainId", "8453", "sign-in-chain");
	refused("expiration", "\"2026-06-22T10:00:00Z\"", "sign-in-time"); /* now */
	refused("expiration", "\"2026-06-22T12:00:00+02:00\"", "sign-in-time");
	refused("expiration", "\"2026-06-23T10:00:01Z\"", "sign-in-time");
	refused("expiration", "\"tomorrow\"", "sign-in-time");
	refused("issuedAt", "\"2026-06-22T10:06:00Z\"", "sign-in-time");
	refused("issuedAt", "\"yesterday\"", "sign-in-time");
	assert_int_equal(check_with("expiration", "\"2026-06-23T10:00:00Z\"", NULL),
			 FM_OK);
	assert_int_equal(check_with("expiration", "\"2026-06-22T12:00:01+02:00\"", NULL),
			 FM_OK);
}

static void test_time(void **state)
{
	static const struct {
		const char *text;
		int64_t unix_s;
	} rows[] = {
		{"1970-01-01T00:00:00Z",		  0	    },
		{ "2026-06-22T10:00:00Z",		  NOW	      },
		{ "2026-06-22T10:00:00.999999999Z", NOW		},
		{ "2026-06-22T10:00:00.1+00:00",	 NOW	     },
		{ "2026-06-22T12:30:00+02:30",      NOW	   },
		{ "2026-06-22T08:00:00-02:00",      NOW	   },
		{ "2000-02-29T00:00:00Z",		  951782400   },
		{ "2024-03-01T00:00:00Z",		  1709251200  },
		{ "9999-12-31T23:59:59Z",		  253402300799},
	};
	static const char *const bad[] = {
		"",
		"2026-06-22",
		"2026-06-22T10:00:00",
		"2026-06-22 10:00:00Z",
		"2026-06-22T10:00:00z",
		"2026-06-22T10:00:00ZZ",
		"2026-06-22T10:00:00.Z",
		"2026-06-22T10:00Z",
		"2026-06-22T10:00:00+0000",
		"2026-06-22T10:00:00+24:00",
		"2026-06-22T10:00:00+00:60",
		"2026-13-22T10:00:00Z",
		"2026-00-22T10:00:00Z",
		"2026-06-31T10:00:00Z",
		"2026-06-00T10:00:00Z",
		"2025-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-06-22T24:00:00Z",
		"2026-06-22T10:60:00Z",
		"2026-06-22T10:00:61Z",
		"+026-06-22T10:00:00Z",
		"1969-12-31T23:59:59Z",
	};
	int64_t is;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(fm_auth_time(&is, fm_span_of(rows[i].text)));
		assert_int_equal(is, rows[i].unix_s);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (fm_auth_time(&is, fm_span_of(bad[i])))
			fail_msg("%s was taken", bad[i]);
}

#define TOKENS(access, refresh, life)                             \
	"{\"access_token\":" access ",\"refresh_token\":" refresh \
	",\"expires_in\":" life "}"

static void test_tokens(void **state)
{
	static const char *const bad[] = {
		"null",
		"{}",
		TOKENS("null", "\"r\"", "900"),
		TOKENS("\"\"", "\"r\"", "900"),
		TOKENS("\"SECRET 1\"", "\"r\"", "900"),
		TOKENS("\"SECRET\\r\\nX: y\"", "\"r\"", "900"),
		TOKENS("\"a\"", "null", "900"),
		TOKENS("\"a\"", "\"SECRET\\u0001\"", "900"),
		TOKENS("\"SECRET\"", "\"r\"", "0"),
		TOKENS("\"SECRET\"", "\"r\"", "-1"),
		TOKENS("\"SECRET\"", "\"r\"", "4294967296"),
		TOKENS("\"SECRET\"", "\"r\"", "\"900\""),
		TOKENS("\"SECRET\"", "\"r\"", "null"),
		TOKENS("{\"a\":\"SECRET\"}", "\"r\"", "900"),
	};
	struct fm_tokens out = { .expires_in_s = 7 };
	bool revoked = false;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (fm_tokens_read(&out, fm_span_of(bad[i]), &err) != FM_E_CORE)
			fail_msg("%s was taken", bad[i]);
		assert_null(strstr(err.msg, "SECRET"));
	}
	assert_int_equal(out.expires_in_s, 7);
	assert_int_equal(
		fm_tokens_read(&out,
			       fm_span_of(TOKENS("\"a.b-c_d\"", "\"refresh_0f\"", "900")),
			       &err),
		FM_OK);
	assert_string_equal(out.access, "a.b-c_d");
	assert_string_equal(out.refresh, "refresh_0f");
	assert_int_equal(out.expires_in_s, 900);
	assert_int_equal(fm_auth_revoked_read(&revoked, fm_span_of("{\"revoked\":true}"),
					      &err),
			 FM_OK);
	assert_true(revoked);
	assert_int_equal(fm_auth_revoked_read(&revoked, fm_span_of("{\"revoked\":1}"),
					      &err),
			 FM_E_CORE);
	assert_int_equal(fm_auth_revoked_read(&revoked, fm_span_of("{}"), &err),
			 FM_E_CORE);
}

static void test_http_date(void **state)
{
	static const char *const bad[] = {
		"",
		"Mon, 22 Jun 2026 10:00:00 UTC",
		"Mon, 22 Jun 2026 10:00:00 GMT ",
		"Mon, 22 Jun 2026 10:00:0 GMT",
		"Mon, 31 Jun 2026 10:00:00 GMT",
		"Mon, 00 Jun 2026 10:00:00 GMT",
		"Mon, 22 jun 2026 10:00:00 GMT",
		"Mon, 22 anF 2026 10:00:00 GMT",
		"Xon, 22 Jun 2026 10:00:00 GMT",
		"Mon, 22 Jun 2026 24:00:00 GMT",
		"Mon, 22 Jun 2026 10:60:00 GMT",
		"Mon, 22 Jun 1969 10:00:00 GMT",
		"Mon, 2x Jun 2026 10:00:00 GMT",
		"Mon; 22 Jun 2026 10:00:00 GMT",
		"Monday, 22-Jun-26 10:00:00 GMT",
		"Mon Jun 22 10:00:00 2026",
	};
	int64_t is = 0;

	(void)state;
	assert_true(fm_auth_http_date(&is, fm_span_of("Mon, 22 Jun 2026 10:00:00 GMT")));
	assert_int_equal(is, NOW);
	assert_true(fm_auth_http_date(&is, fm_span_of("Thu, 01 Jan 1970 00:00:00 GMT")));
	assert_int_equal(is, 0);
	assert_true(fm_auth_http_date(&is, fm_span_of("Tue, 29 Feb 2000 00:00:00 GMT")));
	assert_int_equal(is, 951782400);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(fm_auth_http_date(&is, fm_span_of(bad[i])));
}

/** Nothing of a sign-in goes where others can read it. */
static void test_no_tls(void **state)
{
	const struct fm_addr wallet = { .b = { 1 } };
	const struct fm_sig sig = { .b = { 1 } };
	static const char core[] = "http://core.example";
	struct fm_core_ask ask;

	(void)state;
	fm_core_ask_init(&ask);
	assert_int_equal(fm_auth_ask_nonce(&ask, core, NULL, &wallet, &err), FM_E_CONFIG);
	assert_int_equal(fm_auth_ask_verify(&ask, core, NULL, &wallet, fm_span_of("m"),
					    &sig, &err),
			 FM_E_CONFIG);
	assert_int_equal(fm_auth_ask_refresh(&ask, core, NULL, "r", &err), FM_E_CONFIG);
	assert_int_equal(fm_auth_ask_logout(&ask, core, NULL, "r", &err), FM_E_CONFIG);
	assert_int_equal(
		fm_auth_ask_refresh(&ask, "http://localhost:9/", NULL, "r", &err), FM_OK);
	assert_string_equal(ask.job.request.url, "http://localhost:9/auth/refresh");
	assert_string_equal(ask.job.request.method, "POST");
	assert_string_equal(ask.job.request.body.ptr, "{\"refresh_token\":\"r\"}");
	fm_core_ask_clear(&ask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),   cmocka_unit_test(test_check),
		cmocka_unit_test(test_time),   cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_no_tls), cmocka_unit_test(test_http_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
