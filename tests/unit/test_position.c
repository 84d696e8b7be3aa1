/* SPDX-License-Identifier: MIT */
/** A position is one round of requests once vault and tokens are known; what one of them does not
 *  say hides nothing of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <client/position.h>

#include "support/fake_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHAIN 84532u
#define NOW_S 1782122400
#define ONE "https://one.example/key"
#define TWO "https://two.example/key"
#define CORE "https://core.example"
#define USDC \
	"036cbd53842c5426634e7929541ec2318f3dcf7e" /* of the built-in table: 6 decimals */
#define OTHER "2222222222222222222222222222222222222222"
#define HOUSE "3333333333333333333333333333333333333333"
#define PAD "000000000000000000000000"
#define WORD(digits) "00000000000000000000000000000000000000000000000000000000" digits

struct world {
	struct fake_http fake;
	struct fm_http_ops ops;
	struct fm_http http;
	unsigned rounds; /* calls of fm_http_together with more than one job */
	size_t round_jobs[8];
	struct fm_client *client;
	struct fm_client_config config;
	struct fm_session_config session;
	struct fm_clock clock;
	struct fm_ledger *ledger;
	struct fm_position *p;
	struct fm_err err;
	struct fm_addr house;
	char dir[64], path[96];
	struct fm_buf answer;
	const char *usdc_decimals; /* word it answers */
	bool one_down, two_down, core_down, refuses_token, no_yield;
	bool lists_other, other_is_broken;
	unsigned one, two, balances, healths; /* requests that came */
	int64_t now_s;
};

/* ---- the node ---- */

static const char *view(const struct world *w, const char *to, const char *data)
{
	bool usdc = strstr(to, USDC) || strstr(data, USDC);

	if (strncmp(data, "0x313ce567", 10) == 0) /* decimals() */
		return usdc		    ? w->usdc_decimals
		       : w->other_is_broken ? "ff"
					    : WORD("00000012");
	if (strncmp(data, "0x95d89b41", 10) == 0) /* symbol() */
		return WORD("00000020") WORD("00000003") "4f54480000000000" PAD PAD;
	if (strncmp(data, "0x70a08231", 10) == 0) /* balanceOf() */
		return usdc ? WORD("00000064") : WORD("00000000");
	if (strncmp(data, "0xdd62ed3e", 10) == 0) /* allowance() */
		return strstr(data + 74, HOUSE) ? WORD("00000005") : WORD("00000003");
	if (strncmp(data, "0xe6edddb9", 10) == 0) /* guaranteeCapacity() */
		return usdc ? WORD("00000032") : WORD("00000000");
	if (strncmp(data, "0xd7f3b428", 10) == 0) /* stablecoinAToken() */
		return WORD("00000001");
	if (strncmp(data, "0xa2e3cc29", 10) == 0) /* userNetYield() */
		return w->no_yield ? "" : WORD("00000007");
	if (strncmp(data, "0x5c975abb", 10) == 0) /* paused() */
		return WORD("00000000");
	if (strncmp(data, "0x4b35928f", 10) == 0) /* withdrawalGracePeriod() */
		return WORD("000001f4");
	if (strncmp(data, "0xc4edab2d", 10) != 0) /* getUserAllAssets() */
		fail_msg("an unknown view: %.10s", data);
	return w->lists_other
		       ? WORD("00000020") WORD("00000003") WORD("00000000")
				 WORD("00000002") WORD("00000000") WORD("00000000")
					 PAD USDC WORD("00000039") WORD("000003e8")
						 WORD("0000000a")
							 PAD OTHER WORD("00000000")
								 WORD("00000000")
									 WORD("00000000")
		       : WORD("00000020") WORD("00000002") WORD("00000000")
				 WORD("00000002") WORD("00000000") WORD("00000000")
					 PAD USDC WORD("00000039") WORD("000003e8")
						 WORD("0000000a");
}

static void put_result(struct world *w, const struct fm_json *call)
{
	static const struct {
		const char *method, *result;
	} simple[] = {
		{"eth_chainId",		 "\"0x14a34\""				       },
		{ "eth_getCode",		 "\"0x60\""					    },
		{ "eth_getBlockByNumber",
		  "{\"number\":\"0x10\",\"timestamp\":\"0x6a38f9a0\",\"baseFeePerGas\":\"0x1\"}"},
		{ "eth_getBalance",	    "\"0x9\""					      },
		{ "eth_getTransactionCount",  "\"0x4\""					       },
		{ "eth_feeHistory",
		  "{\"baseFeePerGas\":[\"0x1\",\"0x1\"],\"reward\":[[\"0x1\"]]}"		 },
		{ "eth_maxPriorityFeePerGas", "\"0x1\""					},
	};
	const struct fm_json *params = fm_json_get(call, "params"),
			     *message = fm_json_first(params);
	char method[40], to[64] = "", data[300] = "";

	assert_true(fm_json_cstr(method, sizeof(method), fm_json_get(call, "method")));
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (strcmp(method, simple[i].method) == 0) {
			fm_buf_str(&w->answer, simple[i].result);
			return;
		}
	assert_string_equal(method, "eth_call");
	assert_true(fm_json_cstr(to, sizeof(to), fm_json_get(message, "to")));
	if (!fm_json_cstr(data, sizeof(data), fm_json_get(message, "data")))
		assert_true(
			fm_json_cstr(data, sizeof(data), fm_json_get(message, "input")));
	fm_buf_fmt(&w->answer, "\"0x%s\"", view(w, to, data));
}

static void answer_batch(struct world *w, const char *body)
{
	struct fm_json *doc = NULL;
	uint64_t id;

	fm_buf_clear(&w->answer);
	fm_buf_init(&w->answer, 1u << 20);
	assert_int_equal(fm_json_parse(&doc, fm_span_of(body), false, &w->err), FM_OK);
	assert_int_equal(doc->type, FM_JSON_ARRAY);
	fm_buf_chr(&w->answer, '[');
	for (const struct fm_json *call = fm_json_first(doc); call;
	     call = fm_json_next(doc, call)) {
		assert_true(fm_json_u64(&id, fm_json_get(call, "id")));
		fm_buf_fmt(&w->answer, "%s{\"jsonrpc\":\"2.0\",\"id\":%u,\"result\":",
			   id > 1 ? "," : "", (unsigned)id);
		put_result(w, call);
		fm_buf_chr(&w->answer, '}');
	}
	fm_buf_chr(&w->answer, ']');
	assert_true(fm_buf_ok(&w->answer));
	fm_json_free(&doc);
}

static bool say(struct fake_reply *reply, int status, const char *text)
{
	reply->status = status;
	reply->body = text;
	reply->body_len = strlen(text);
	return true;
}

static bool answer_core(struct world *w, struct fake_reply *reply,
			const struct fake_request *request)
{
	static char text[300];
	const char *asset = strstr(request->url, "/assets/");
	char bearer[64];

	if (strstr(request->url, "/core/health")) {
		w->healths++;
		return say(reply, 200,
			   "{\"status\":\"ok\",\"db\":\"ok\",\"chain_rpc\":\"ok\"}");
	}
	assert_non_null(asset);
	w->balances++;
	assert_string_equal(fake_http_header(bearer, sizeof(bearer), request,
					     "authorization"),
			    "Bearer token_1");
	if (w->refuses_token)
		return say(reply, 401, "{\"error\":\"invalid access token\"}");
	if (strstr(asset, "/0x0000"))
		return say(reply, 200, "null");
	snprintf(text, sizeof(text),
		 "{\"user_address\":\"0x1111111111111111111111111111111111111111\","
		 "\"asset_address\":\"0x" USDC "\",\"total\":\"0x32\",\"locked\":\"0x8\","
		 "\"version\":1,\"updated_at\":%d}",
		 NOW_S);
	return say(reply, 200, text);
}

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct world *w = ctx;
	bool one = strcmp(request->url, ONE) == 0;

	if (strncmp(request->url, CORE, strlen(CORE)) == 0) {
		if (w->core_down)
			reply->fail = FM_E_NETWORK;
		return w->core_down || answer_core(w, reply, request);
	}
	w->one += one;
	w->two += !one;
	if (one ? w->one_down : w->two_down) {
		reply->fail = FM_E_NETWORK;
		return true;
	}
	answer_batch(w, request->body);
	return say(reply, 200, w->answer.ptr);
}

/* ---- the client ---- */

static void together(void *ctx, struct fm_http_job *const jobs[], size_t count)
{
	struct world *w = ctx;

	assert_true(w->rounds < 8);
	w->round_jobs[w->rounds++] = count;
	for (size_t i = 0; i < count; i++)
		jobs[i]->rc =
			w->fake.http.ops->exchange(&w->fake, &jobs[i]->reply,
						   &jobs[i]->request, &jobs[i]->sink,
						   &jobs[i]->sent, &jobs[i]->err);
}

static enum fm_code exchange(void *ctx, struct fm_http_reply *reply,
			     const struct fm_http_request *request,
			     const struct fm_http_sink *sink, bool *sent,
			     struct fm_err *err)
{
	struct world *w = ctx;

	return w->fake.http.ops->exchange(&w->fake, reply, request, sink, sent, err);
}

static const char *core_url(void *ctx, uint64_t chain_id)
{
	(void)ctx;
	return chain_id == CHAIN ? CORE : NULL;
}

static const char *rpc_url(void *ctx, uint64_t chain_id, size_t index)
{
	static const char *const urls[] = { ONE, TWO };

	(void)ctx;
	(void)chain_id;
	return index < 2 ? urls[index] : NULL;
}

static const struct fm_addr *clearing_house(void *ctx, uint64_t chain_id)
{
	struct world *w = ctx;

	(void)chain_id;
	return &w->house;
}

static int64_t wall(void *ctx)
{
	return ((struct world *)ctx)->now_s * 1000;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	fm_err_init(&w->err);
	assert_int_equal(fm_init(&w->err), FM_OK);
	fake_http_init(&w->fake);
	w->fake.respond = respond;
	w->fake.respond_ctx = w;
	w->ops = (struct fm_http_ops){ .exchange = exchange, .together = together };
	w->http = (struct fm_http){ .ops = &w->ops, .ctx = w };
	w->now_s = NOW_S;
	w->usdc_decimals = WORD("00000006");
	memset(w->house.b, 0x33, sizeof(w->house.b));
	fm_buf_init(&w->answer, 1u << 20);
	w->clock = (struct fm_clock){ .wall_ms = wall, .steady_ms = wall, .ctx = w };
	snprintf(w->dir, sizeof(w->dir), "/tmp/test-position-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/ledger.db", w->dir);
	w->config = (struct fm_client_config){
		.clock = &w->clock,
		.rand = &fm_system_rand,
		.http = &w->http,
		.ledger_file = w->path,
		.core_url = core_url,
		.rpc_url = rpc_url,
		.clearing_house = clearing_house,
		.ctx = w,
	};
	assert_int_equal(fm_client_new(&w->client, &w->config, &w->err), FM_OK);
	w->session =
		(struct fm_session_config){ .bearer = "token_1", .bearer_chain = CHAIN };
	fm_client_session(w->client, &w->session);
	assert_int_equal(fm_client_ledger(&w->ledger, w->client, true, &w->err), FM_OK);
	w->p = calloc(1, sizeof(*w->p));
	assert_non_null(w->p);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char command[128];

	fm_client_free(&w->client);
	fm_buf_clear(&w->answer);
	fake_http_clear(&w->fake);
	snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	assert_int_equal(system(command),
			 0); /* NOLINT(cert-env33-c): a test's own folder */
	free(w->p);
	free(w);
	return 0;
}

static enum fm_code read_position(struct world *w, unsigned look)
{
	enum fm_code rc;

	w->rounds = w->one = w->two = w->balances = w->healths = 0;
	memset(w->p, 0, sizeof(*w->p));
	fm_err_init(&w->err);
	w->p->chain_id = CHAIN;
	memset(w->p->who.b, 0x11, sizeof(w->p->who.b));
	memset(w->p->vault.b, 0x44, sizeof(w->p->vault.b));
	rc = fm_position_ask(w->p, w->client, w->ledger, look, &w->err);
	if (!rc)
		assert_int_equal(fm_position_ledger(w->p, w->ledger, &w->err), FM_OK);
	return rc;
}

static uint64_t number(const struct fm_u256 *value)
{
	uint64_t out = 0;

	assert_true(fm_u256_to_u64(&out, value));
	return out;
}

static const struct fm_holding *usdc(const struct world *w)
{
	const struct fm_asset *asset = fm_asset_by_symbol(CHAIN, "USDC");
	const struct fm_holding *h = fm_position_of(w->p, &asset->address);

	assert_non_null(h);
	return h;
}

#define ALL (FM_LOOK_CHAIN | FM_LOOK_CORE | FM_LOOK_REST)

static void test_one_round(void **state)
{
	struct world *w = *state;

	/* nothing is known of the tokens yet: they are asked for once they are */
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(w->one, 2);
	assert_int_equal(w->rounds, 2);
	assert_int_equal(w->balances, 2);
	/* then: one to the node, one an asset and health to Core, all at the same time */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(read_position(w, ALL), FM_OK);
		assert_int_equal(w->rounds, 1);
		assert_int_equal(w->round_jobs[0], 4);
		assert_int_equal(w->one, 1);
		assert_int_equal(w->two, 0);
		assert_int_equal(w->balances, 2);
		assert_int_equal(w->healths, 1);
	}
	assert_int_equal(w->fake.unexpected, 0);
	/* and the same without Core */
	assert_int_equal(read_position(w, FM_LOOK_CHAIN), FM_OK);
	assert_int_equal(w->one, 1);
	assert_int_equal(w->rounds, 0); /* a single request is no round */
	assert_int_equal(w->balances + w->healths, 0);
}

static void test_what_it_says(void **state)
{
	struct world *w = *state;
	const struct fm_holding *h;

	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_true(w->p->chain_known && w->p->signed_in && w->p->core_answered &&
		    w->p->health.ok);
	assert_int_equal(w->p->core_error.code, FM_OK);
	assert_string_equal(w->p->rpc, "https://one.example");
	assert_int_equal(w->p->block, 16);
	assert_int_equal(w->p->grace_s, 500);
	assert_int_equal(w->p->pending_nonce, 4);
	assert_int_equal(w->p->count, 2);
	assert_int_equal(number(&w->p->holdings[0].wallet), 9);
	assert_int_equal(number(&w->p->holdings[0].capacity), 2);
	h = usdc(w);
	assert_true(h->known && h->accepted && h->listed && !h->lies && !h->broken);
	assert_int_equal(number(&h->wallet), 100);
	assert_int_equal(number(&h->withdrawable), 57);
	assert_int_equal(number(&h->capacity), 50);
	assert_int_equal(number(&h->allowance), 3);
	assert_int_equal(number(&h->to_permit2), 3);
	assert_int_equal(number(&h->to_house), 5);
	assert_true(h->has_yield);
	assert_int_equal(number(&h->yield), 7);
	assert_int_equal(number(&h->requested), 10);
	assert_int_equal(h->unlock_s, 1000 + 500);
	assert_true(h->core_known);
	assert_int_equal(number(&h->core_locked), 8);
	assert_int_equal(number(&h->free), 50 - 10 - 8);
}

static void test_no_yield(void **state)
{
	struct world *w = *state;

	w->no_yield = true;
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_false(usdc(w)->has_yield);
	assert_false(usdc(w)->broken);
}

static void test_no_token(void **state)
{
	struct world *w = *state;

	w->session.bearer = NULL;
	fm_client_session(w->client, &w->session);
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(w->rounds, 1);
	assert_int_equal(w->round_jobs[0], 2); /* the node, and Core's health */
	assert_int_equal(w->balances, 0);
	assert_true(w->p->core_answered && !w->p->signed_in);
	assert_int_equal(w->p->core_error.code, FM_OK);
	assert_false(usdc(w)->core_known);
	assert_int_equal(number(&usdc(w)->free), 50 - 10);
}

static void test_core_silent(void **state)
{
	struct world *w = *state;

	w->core_down = true;
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(w->p->core_error.code, FM_E_NETWORK);
	assert_true(w->p->chain_known && !w->p->core_answered);
	assert_int_equal(number(&usdc(w)->wallet), 100);
	/* a token that is not taken is no silence */
	w->core_down = false;
	w->refuses_token = true;
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(w->p->core_error.code, FM_E_CORE);
	assert_true(w->p->core_answered);
	assert_false(usdc(w)->core_known);
}

static void test_failover(void **state)
{
	struct world *w = *state;

	assert_int_equal(read_position(w, ALL), FM_OK);
	w->one_down = true;
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(w->one, 1);
	assert_int_equal(w->two, 1);
	assert_int_equal(w->balances, 2); /* Core is not asked again */
	assert_int_equal(w->healths, 1);
	assert_string_equal(w->p->rpc, "https://two.example");
	assert_int_equal(number(&usdc(w)->core_locked), 8);
	/* nobody left: Core's word is there all the same */
	w->two_down = true;
	assert_int_equal(read_position(w, ALL), FM_E_NETWORK);
	assert_false(w->p->chain_known);
	assert_true(w->p->core_answered && w->p->signed_in);
	assert_int_equal(w->balances, 2);
}

static void test_no_endpoint(void **state)
{
	struct world *w = *state;

	w->client->config.rpc_url = NULL;
	assert_int_equal(read_position(w, ALL), FM_E_NETWORK);
	assert_true(w->p->core_answered);
	assert_int_equal(w->healths, 1);
}

static void test_broken_token(void **state)
{
	struct world *w = *state;
	struct fm_addr other;
	const struct fm_holding *h;

	memset(other.b, 0x22, sizeof(other.b));
	w->lists_other = w->other_is_broken = true;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(read_position(w, ALL), FM_OK);
		h = fm_position_of(w->p, &other);
		assert_non_null(h);
		assert_true(h->broken && !h->accepted && h->why_broken[0]);
		assert_int_equal(number(&usdc(w)->wallet), 100);
		assert_int_equal(w->rounds, i ? 1 : 2);
	}
	/* once it answers it is one like the others */
	w->other_is_broken = false;
	assert_int_equal(read_position(w, ALL), FM_OK);
	h = fm_position_of(w->p, &other);
	assert_false(h->broken);
	assert_string_equal(h->asset.symbol, "OTH");
	assert_int_equal(h->asset.decimals, 18);
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_string_equal(fm_position_of(w->p, &other)->asset.symbol, "OTH");
	assert_int_equal(w->rounds, 1);
}

static void test_lying_token(void **state)
{
	struct world *w = *state;

	assert_int_equal(read_position(w, ALL), FM_OK);
	w->usdc_decimals = WORD("00000012");
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_true(usdc(w)->lies);
	assert_int_equal(usdc(w)->says_decimals, 18);
	assert_int_equal(usdc(w)->asset.decimals, 6);
}

/** What is remembered is believed for a day. */
static void test_old_tokens(void **state)
{
	struct world *w = *state;

	w->lists_other = true;
	assert_int_equal(read_position(w, ALL), FM_OK);
	w->now_s += 24 * 60 * 60;
	assert_int_equal(read_position(w, ALL), FM_OK);
	assert_int_equal(w->rounds, 1);
	assert_non_null(strstr(w->fake.requests[w->fake.count - 5].body
				       ? w->fake.requests[w->fake.count - 5].body
				       : "",
			       "95d89b41"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_round, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_it_says, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_yield, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_token, setup, teardown),
		cmocka_unit_test_setup_teardown(test_core_silent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_failover, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_endpoint, setup, teardown),
		cmocka_unit_test_setup_teardown(test_broken_token, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lying_token, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_tokens, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
