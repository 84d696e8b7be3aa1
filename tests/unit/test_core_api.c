/* SPDX-License-Identifier: MIT */
/* Questions to Core and the facilitator: what is sent, what answers are taken, what a refusal
 * means. 4mica.md, sections 2 and 7. */
#include <fake_http.h>
#include <fourmica/credit.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CORE "https://core.example"
#define USER "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define USER_LOWER "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
#define USDC "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define USDC_LOWER "0x036cbd53842c5426634e7929541ec2318f3dcf7e"

struct fixture {
	struct fake_http fake;
	struct fm_core_ask ask;
	struct fm_addr user, usdc;
	struct fm_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	fake_http_init(&f->fake);
	fm_core_ask_init(&f->ask);
	fm_err_init(&f->err);
	*state = f;
	return fm_addr_parse(&f->user, NULL, fm_span_of(USER)) &&
			       fm_addr_parse(&f->usdc, NULL, fm_span_of(USDC))
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t left = fake_http_clear(&f->fake);

	fm_core_ask_clear(&f->ask);
	free(f);
	return left ? -1 : 0;
}

static void send(struct fixture *f, int status, const char *body)
{
	fake_http_reply(&f->fake, status, NULL, body);
	assert_int_equal(fm_core_ask_alone(&f->ask, &f->fake.http, &f->err), FM_OK);
}

static const struct fake_request *sent(const struct fixture *f)
{
	return &f->fake.requests[f->fake.count - 1];
}

/* ---- health -------------------------------------------------------------------------------- */

static enum fm_code health(struct fixture *f, struct fm_core_health *out, int status,
			   const char *body)
{
	assert_int_equal(fm_core_ask_health(&f->ask, CORE "/", NULL, &f->err), FM_OK);
	send(f, status, body);
	return fm_core_health_take(out, &f->ask, &f->err);
}

static void test_health(void **state)
{
	static const char *const bad[] = {
		"",
		"null",
		"[]",
		"{}",
		"{\"status\":\"ok\",\"db\":\"ok\"}",
		"{\"status\":\"ok\",\"db\":\"ok\",\"chain_rpc\":\"OK\"}",
		"{\"status\":\"ok\",\"db\":true,\"chain_rpc\":\"ok\"}",
		"{\"status\":\"ok\",\"db\":\"ok\",\"chain_rpc\":\"ok\",\"db\":\"fail\"}",
	};
	struct fixture *f = *state;
	struct fm_core_health out;

	assert_int_equal(health(f, &out, 200,
				"{\"status\":\"ok\",\"db\":\"ok\",\"chain_rpc\":\"ok\"}"),
			 FM_OK);
	assert_true(out.ok && out.db_ok && out.chain_rpc_ok);
	assert_string_equal(sent(f)->url, CORE "/core/health");
	assert_string_equal(sent(f)->method, "GET");
	assert_string_equal(sent(f)->headers, "accept: application/json\n");
	assert_int_equal(
		health(f, &out, 503,
		       "{\"status\":\"fail\",\"db\":\"ok\",\"chain_rpc\":\"fail\"}"),
		FM_OK);
	assert_true(!out.ok && out.db_ok && !out.chain_rpc_ok);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (health(f, &out, 200, bad[i]) != FM_E_CORE)
			fail_msg("%s was taken", bad[i]);
	/* what stands in front of Core says 503 in words of its own */
	assert_int_equal(health(f, &out, 503, "upstream \x1b[31m down"), FM_E_CORE);
	assert_non_null(strstr(f->err.msg, "answered 503: upstream \\x1b[31m down"));
	assert_int_equal(health(f, &out, 500, "{\"message\":\"broken\"}"), FM_E_CORE);
	assert_string_equal(f->err.msg, CORE "/core/health answered 500: broken");
	assert_int_equal(health(f, &out, 404, ""), FM_E_CORE);
	assert_string_equal(f->err.msg, CORE "/core/health answered 404");
}

static void test_transport(void **state)
{
	struct fixture *f = *state;
	struct fm_core_health out;
	const struct fm_http_options options = { .timeout_ms = 77 };
	char *large = calloc(1, 70001);

	assert_non_null(large);
	memset(large, ' ', 70000);
	assert_int_equal(fm_core_ask_health(&f->ask, CORE, &options, &f->err), FM_OK);
	fake_http_fail(&f->fake, FM_E_TIMEOUT, true);
	assert_int_equal(fm_core_ask_alone(&f->ask, &f->fake.http, &f->err), FM_OK);
	assert_int_equal(fm_core_health_take(&out, &f->ask, &f->err), FM_E_TIMEOUT);
	assert_int_equal(f->err.code, FM_E_TIMEOUT);
	assert_int_equal(sent(f)->timeout_ms, 77);
	assert_int_equal(health(f, &out, 200, large), FM_E_CORE);
	assert_non_null(strstr(f->err.msg, "more than 65536 bytes"));
	assert_int_equal(fm_core_ask_health(&f->ask, "not a url", NULL, &f->err),
			 FM_E_CONFIG);
	memset(large, 'x', 70000);
	assert_int_equal(fm_core_ask_health(&f->ask, large, NULL, &f->err), FM_E_CONFIG);
	free(large);
}

/* ---- tokens -------------------------------------------------------------------------------- */

#define TOKEN(symbol, address, decimals) \
	"{\"symbol\":" symbol ",\"address\":" address ",\"decimals\":" decimals "}"
#define LIST(items) "{\"chain_id\":84532,\"tokens\":[" items "]}"
#define USDC_TOKEN TOKEN("\"USDC\"", "\"" USDC "\"", "6")
#define OTHER "\"0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238\""

static enum fm_code tokens(struct fixture *f, struct fm_core_tokens *out,
			   const char *body)
{
	assert_int_equal(fm_core_ask_tokens(&f->ask, CORE, NULL, &f->err), FM_OK);
	send(f, 200, body);
	return fm_core_tokens_take(out, &f->ask, 84532, &f->err);
}

static void test_tokens(void **state)
{
	static const char *const bad[] = {
		"[]",
		"{\"tokens\":[]}",
		"{\"chain_id\":0,\"tokens\":[]}",
		"{\"chain_id\":\"84532\",\"tokens\":[]}",
		"{\"chain_id\":8453,\"tokens\":[]}",
		"{\"chain_id\":84532}",
		"{\"chain_id\":84532,\"tokens\":null}",
		"{\"chain_id\":84532,\"tokens\":{}}",
		LIST("null"),
		LIST("7"),
		LIST(TOKEN("\"\"", "\"" USDC "\"", "6")),
		LIST(TOKEN("null", "\"" USDC "\"", "6")),
		LIST(TOKEN("\"0123456789abcdef\"", "\"" USDC "\"", "6")),
		LIST(TOKEN("\"US\\u000aDC\"", "\"" USDC "\"", "6")),
		LIST(TOKEN("\"USDC\"", "\"0x12\"", "6")),
		LIST(TOKEN("\"ETH\"", "\"0x0000000000000000000000000000000000000000\"",
			   "18")),
		LIST(TOKEN("\"USDC\"", "\"" USDC "\"", "78")),
		LIST(TOKEN("\"USDC\"", "\"" USDC "\"", "-1")),
		LIST(TOKEN("\"USDC\"", "\"" USDC "\"", "6.0")),
		LIST(TOKEN("\"USDC\"", "\"" USDC "\"", "\"6\"")),
		LIST(USDC_TOKEN "," TOKEN("\"X\"", "\"" USDC_LOWER "\"", "6")),
	};
	struct fixture *f = *state;
	struct fm_core_tokens out = { .count = 99 };

	for (size_t i = 0; i < COUNT(bad); i++)
		if (tokens(f, &out, bad[i]) != FM_E_CORE)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(out.count, 99); /* untouched */
	assert_int_equal(tokens(f, &out, LIST("")), FM_OK);
	assert_int_equal(out.count, 0);
	assert_int_equal(tokens(f, &out,
				LIST(USDC_TOKEN "," TOKEN("\"USDT\"", OTHER, "77"))),
			 FM_OK);
	assert_string_equal(sent(f)->url, CORE "/core/tokens");
	assert_int_equal(out.count, 2);
	assert_true(fm_addr_equal(&out.token[0].address, &f->usdc));
	assert_int_equal(out.token[0].chain_id, 84532);
	assert_string_equal(out.token[0].symbol, "USDC");
	assert_int_equal(out.token[0].decimals, 6);
	assert_string_equal(out.token[0].domain_name, "");
	assert_int_equal(out.token[1].decimals, 77);
}

static void test_many_tokens(void **state)
{
	struct fixture *f = *state;
	struct fm_core_tokens out;
	struct fm_buf text;

	for (unsigned count = 64; count <= 65; count++) {
		fm_buf_init(&text, 1u << 16);
		fm_buf_str(&text, "{\"chain_id\":84532,\"tokens\":[");
		for (unsigned i = 0; i < count; i++)
			fm_buf_fmt(&text,
				   "%s{\"symbol\":\"T\",\"address\":\"0x%040x\","
				   "\"decimals\":1}",
				   i ? "," : "", i + 1);
		fm_buf_str(&text, "]}");
		assert_int_equal(tokens(f, &out, text.ptr),
				 count == 64 ? FM_OK : FM_E_CORE);
		fm_buf_clear(&text);
	}
	assert_int_equal(out.count, 64);
}

/* ---- balance ------------------------------------------------------------------------------- */

#define BALANCE(user, asset, total, locked, version, updated)                     \
	"{\"user_address\":" user ",\"asset_address\":" asset ",\"total\":" total \
	",\"locked\":" locked ",\"version\":" version ",\"updated_at\":" updated "}"
#define U "\"" USER_LOWER "\""
#define A "\"" USDC_LOWER "\""

static enum fm_code balance(struct fixture *f, struct fm_core_balance *out, int status,
			    const char *body)
{
	assert_int_equal(fm_core_ask_balance(&f->ask, CORE, NULL, &f->user, &f->usdc,
					     &f->err),
			 FM_OK);
	assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of("a.b-c"), &f->err),
			 FM_OK);
	send(f, status, body);
	return fm_core_balance_take(out, &f->ask, &f->user, &f->usdc, &f->err);
}

static void test_balance(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"false",
		BALANCE("\"" USDC "\"", A, "\"0x1\"", "\"0x0\"", "1", "1"),
		BALANCE(U, U, "\"0x1\"", "\"0x0\"", "1", "1"),
		BALANCE("null", A, "\"0x1\"", "\"0x0\"", "1", "1"),
		BALANCE(U, A, "null", "\"0x0\"", "1", "1"),
		BALANCE(U, A, "\"\"", "\"0x0\"", "1", "1"),
		BALANCE(U, A, "\"0x\"", "\"0x0\"", "1", "1"),
		BALANCE(U, A, "-1", "\"0x0\"", "1", "1"),
		BALANCE(U, A, "1.0", "\"0x0\"", "1", "1"),
		BALANCE(U, A, "\"0b1\"", "\"0x0\"", "1", "1"),
		BALANCE(U, A,
			"\"0x10000000000000000000000000000000000000000000000000000"
			"000000000000\"",
			"\"0x0\"", "1", "1"),
		BALANCE(U, A, "\"0x1\"", "{}", "1", "1"),
		BALANCE(U, A, "\"0x1\"", "\"0x0\"", "\"1\"", "1"),
		BALANCE(U, A, "\"0x1\"", "\"0x0\"", "1", "1782086400000"),
		BALANCE(U, A, "\"0x1\"", "\"0x0\"", "1", "-1"),
		BALANCE(U, A, "\"0x1\"", "\"0x0\"", "1", "null"),
	};
	struct fixture *f = *state;
	struct fm_core_balance out = { .version = 99 };
	char text[64];

	for (size_t i = 0; i < COUNT(bad); i++)
		if (balance(f, &out, 200, bad[i]) != FM_E_CORE)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(out.version, 99);
	assert_int_equal(
		balance(f, &out, 200,
			BALANCE(U, A, "\"0xF4240\"", "\"017\"", "3", "1782086400")),
		FM_OK);
	assert_string_equal(sent(f)->url, CORE "/core/users/" USER "/assets/" USDC);
	assert_string_equal(fake_http_header(text, sizeof(text), sent(f),
					     "authorization"),
			    "Bearer a.b-c");
	assert_true(out.known);
	assert_int_equal(out.total.w[0], 1000000);
	assert_int_equal(out.locked.w[0], 17);
	assert_int_equal(out.version, 3);
	assert_int_equal(out.updated_s, 1782086400);
	assert_int_equal(balance(f, &out, 200, "null"), FM_OK);
	assert_false(out.known);
	assert_true(fm_u256_is_zero(&out.total) && fm_u256_is_zero(&out.locked));
}

/** Which 401 is worth another token. 4mica.md, 2 and 13, row 5. */
static void test_access(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum fm_core_access access;
	} rows[] = {
		{200,  "null",					    FM_CORE_ACCESS	      },
		{ 500, "{\"error\":\"internal server error\"}",		FM_CORE_ACCESS       },
		{ 404, "",						FM_CORE_ACCESS	  },
		{ 401, "{\"error\":\"invalid access token\"}",	       FM_CORE_ACCESS_RENEW },
		{ 401, "{\"error\":\"invalid authorization\"}",		FM_CORE_ACCESS_RENEW },
		{ 401, "{\"error\":\"invalid chain id\"}",		   FM_CORE_ACCESS_RENEW },
		{ 401, "",						FM_CORE_ACCESS_RENEW },
		{ 401, "who are you",				      FM_CORE_ACCESS_RENEW },
		{ 401, "{\"error\":\"missing scope\"}",			FM_CORE_ACCESS_DENIED},
		{ 401, "{\"message\":\"missing scope\"}",		  FM_CORE_ACCESS_DENIED},
		{ 401, "{\"error\":\"admin role required\"}",	      FM_CORE_ACCESS_DENIED},
		{ 401, "{\"error\":\"wallet role not active\"}",		 FM_CORE_ACCESS_DENIED},
		{ 401, "{\"error\":\"participant proof access denied\"}",
		  FM_CORE_ACCESS_DENIED							 },
		{ 401,
		  "{\"error\":\"recipient address does not match token subject and role "
		  "is not facilitator\"}",				FM_CORE_ACCESS_DENIED},
		{ 403, "{\"error\":\"user suspended\"}",			 FM_CORE_ACCESS_DENIED},
		{ 403, "invalid access token",			       FM_CORE_ACCESS_DENIED},
	};
	struct fixture *f = *state;
	struct fm_core_balance out;

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum fm_code rc = balance(f, &out, rows[i].status, rows[i].body);
		assert_int_equal(rc, rows[i].status == 200 ? FM_OK : FM_E_CORE);
		if (fm_core_access(&f->ask) != rows[i].access)
			fail_msg("%d %s", rows[i].status, rows[i].body);
		if (rows[i].access == FM_CORE_ACCESS_RENEW)
			assert_string_equal(f->err.rule, "core-token");
		if (rows[i].access == FM_CORE_ACCESS_DENIED)
			assert_string_equal(f->err.rule, "core-access");
	}
}

static void test_bearer(void **state)
{
	static const char *const bad[] = { "",		"a b",	     "a\nb",
					   "a\r\nX: y", "t\xc3\xa9", "a\"b" };
	struct fixture *f = *state;
	struct fm_core_balance out;
	char text[64], longer[FM_BEARER_MAX + 1];

	assert_int_equal(fm_core_ask_balance(&f->ask, CORE, NULL, &f->user, &f->usdc,
					     &f->err),
			 FM_OK);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of(bad[i]), &f->err),
				 FM_E_CONFIG);
		if (bad[i][0])
			assert_null(strstr(f->err.msg, bad[i]));
	}
	memset(longer, 'x', FM_BEARER_MAX);
	longer[FM_BEARER_MAX] = '\0';
	assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of(longer), &f->err),
			 FM_E_CONFIG);
	/* another takes the place of the first */
	assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of("one"), &f->err), FM_OK);
	assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of("two"), &f->err), FM_OK);
	send(f, 200, "null");
	assert_string_equal(fake_http_header(text, sizeof(text), sent(f),
					     "authorization"),
			    "Bearer two");
	assert_null(strstr(sent(f)->headers, "one"));
	assert_int_equal(fm_core_balance_take(&out, &f->ask, &f->user, &f->usdc, &f->err),
			 FM_OK);
	/* nor does it go where others can read it */
	assert_int_equal(fm_core_ask_balance(&f->ask, "http://core.example", NULL,
					     &f->user, &f->usdc, &f->err),
			 FM_OK);
	assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of("one"), &f->err),
			 FM_E_CONFIG);
	assert_int_equal(fm_core_ask_balance(&f->ask, "http://127.0.0.1:9", NULL,
					     &f->user, &f->usdc, &f->err),
			 FM_OK);
	assert_int_equal(fm_core_ask_bearer(&f->ask, fm_span_of("one"), &f->err), FM_OK);
}

/* ---- facilitator --------------------------------------------------------------------------- */

#define KIND(scheme, network, version) \
	"{\"scheme\":" scheme ",\"network\":" network ",\"x402Version\":" version "}"

static enum fm_code kinds(struct fixture *f, struct fm_facilitator_kinds *out,
			  const char *body)
{
	assert_int_equal(fm_facilitator_ask_kinds(&f->ask, "https://x402.example/", NULL,
						  &f->err),
			 FM_OK);
	send(f, 200, body);
	return fm_facilitator_kinds_take(out, &f->ask, &f->err);
}

static void test_facilitator(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"kinds\":{}}",
		"{\"kinds\":[7]}",
		"{\"kinds\":[" KIND("\"\"", "\"base\"", "1") "]}",
		"{\"kinds\":[" KIND("\"4mica\"", "null", "1") "]}",
		"{\"kinds\":[" KIND("\"4mica\"", "\"base\"", "\"1\"") "]}",
		"{\"kinds\":[" KIND("\"4mica\"", "\"base\"", "65536") "]}",
		"{\"kinds\":[" KIND("\"a\\u001b\"", "\"base\"", "1") "]}",
	};
	static struct fm_facilitator_kinds out;
	struct fixture *f = *state;
	bool ok = true;

	for (size_t i = 0; i < COUNT(bad); i++)
		if (kinds(f, &out, bad[i]) != FM_E_CORE)
			fail_msg("%s was taken", bad[i]);
	assert_int_equal(
		kinds(f, &out,
		      "{\"kinds\":[" KIND(
			      "\"4mica-credit\"", "\"eip155:84532\"",
			      "1") "," KIND("\"4mica-credit\"", "\"base\"",
					    "2") "],"
						 "\"extensions\":[],\"signers\":{}}"),
		FM_OK);
	assert_string_equal(sent(f)->url, "https://x402.example/supported");
	assert_int_equal(out.count, 2);
	assert_string_equal(out.kind[0].network, "eip155:84532");
	assert_string_equal(out.kind[1].scheme, "4mica-credit");
	assert_int_equal(out.kind[1].x402_version, 2);

	assert_int_equal(fm_facilitator_ask_health(&f->ask, "https://x402.example", NULL,
						   &f->err),
			 FM_OK);
	send(f, 200, "{\"status\":\"starting\"}");
	assert_string_equal(sent(f)->url, "https://x402.example/health");
	assert_int_equal(fm_facilitator_health_take(&ok, &f->ask, &f->err), FM_OK);
	assert_false(ok);
	assert_int_equal(fm_facilitator_health_read(
				 &ok, fm_span_of("{\"status\":\"ok\"}"), &f->err),
			 FM_OK);
	assert_true(ok);
	assert_int_equal(fm_facilitator_health_read(&ok, fm_span_of("{\"status\":1}"),
						    &f->err),
			 FM_E_CORE);
	send(f, 502, "bad gateway");
	assert_int_equal(fm_facilitator_health_take(&ok, &f->ask, &f->err), FM_E_CORE);
}

/** All in one round, as status asks them. */
static void test_round(void **state)
{
	struct fixture *f = *state;
	struct fm_core_ask ask[3];
	struct fm_http_job *jobs[3];
	struct fm_core_health well;
	struct fm_core_tokens list;
	struct fm_core_balance money;

	for (size_t i = 0; i < 3; i++) {
		fm_core_ask_init(&ask[i]);
		jobs[i] = &ask[i].job;
	}
	assert_int_equal(fm_core_ask_health(&ask[0], CORE, NULL, &f->err), FM_OK);
	assert_int_equal(fm_core_ask_tokens(&ask[1], CORE, NULL, &f->err), FM_OK);
	assert_int_equal(fm_core_ask_balance(&ask[2], CORE, NULL, &f->user, &f->usdc,
					     &f->err),
			 FM_OK);
	fake_http_reply(&f->fake, 200, NULL,
			"{\"status\":\"ok\",\"db\":\"ok\",\"chain_rpc\":\"ok\"}");
	fake_http_fail(&f->fake, FM_E_NETWORK, false);
	fake_http_reply(&f->fake, 401, NULL, "{\"error\":\"missing authorization\"}");
	assert_int_equal(fm_http_together(&f->fake.http, jobs, 3, &f->err), FM_OK);
	assert_int_equal(fm_core_health_take(&well, &ask[0], &f->err), FM_OK);
	assert_int_equal(fm_core_tokens_take(&list, &ask[1], 84532, &f->err),
			 FM_E_NETWORK);
	assert_int_equal(fm_core_balance_take(&money, &ask[2], &f->user, &f->usdc,
					      &f->err),
			 FM_E_CORE);
	assert_int_equal(fm_core_access(&ask[2]), FM_CORE_ACCESS_RENEW);
	for (size_t i = 0; i < 3; i++)
		fm_core_ask_clear(&ask[i]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_health),	     T(test_transport),	  T(test_tokens),
		T(test_many_tokens), T(test_balance),	  T(test_access),
		T(test_bearer),	     T(test_facilitator), T(test_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
