/* SPDX-License-Identifier: MIT */
/* Collateral before signing: what counts, what is remembered, who is asked how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/chain.h"
#include "fake_http.h"
#include "fake_vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHAIN 84532
#define CORE "https://core.example"
#define RPC "https://rpc.example"
#define URL "https://api.example.com/data"
#define SELLER "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
#define PAYER_KEY "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
#define PAYER "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define USDC "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define CAPACITY "e6edddb9"   /* guaranteeCapacity(address,address) */
#define COLLATERAL "cc218ece" /* collateral(address,address) */
#define MINUTE_MS 60000

#define MUST(call) must(w, call, #call)

struct world {
	struct fake_http fake;
	struct fake_vault vault;
	/* what the vault says of the wallet; base units */
	uint64_t capacity, requested;
	const char *capacity_error; /* JSON of an error object instead */
	const char *chain;	    /* quantity */
	enum fm_code chain_down;
	/* what Core says; total 0: it knows no such wallet */
	uint64_t total, locked;
	int core_status;
	size_t chain_asked, core_asked; /* for collateral */
	size_t others;			/* any other request */
	bool token;
	struct fm_client *client;
	struct fm_client_config config;
	struct fm_policy *policy;
	char dir[64], ledger[96], receipts[96];
	int64_t now_ms;
	unsigned unlocked;
	struct fm_buf body, headers;
	struct fm_asset asset;
	struct fm_cover cover;
	struct fm_err err;
};

static void must(const struct world *w, enum fm_code rc, const char *call)
{
	if (rc)
		fail_msg("%s: %d: %s", call, (int)rc, w->err.msg);
}

/* ---- who is asked ---- */

static void chain_says(struct world *w)
{
	fm_buf_fmt(&w->body, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"%s\"},",
		   w->chain);
	if (w->capacity_error)
		fm_buf_fmt(&w->body, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":%s},",
			   w->capacity_error);
	else
		fm_buf_fmt(&w->body,
			   "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x%064llx\"},",
			   (unsigned long long)w->capacity);
	fm_buf_fmt(&w->body,
		   "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"0x%064x%064llx\"}]",
		   w->requested ? 1782000000 : 0, (unsigned long long)w->requested);
}

static void core_says(struct world *w)
{
	if (!w->total)
		fm_buf_str(&w->body, "null");
	else
		fm_buf_fmt(&w->body,
			   "{\"user_address\":\"" PAYER "\",\"asset_address\":\"" USDC
			   "\","
			   "\"total\":\"0x%llx\",\"locked\":\"0x%llx\",\"version\":1,"
			   "\"updated_at\":1782122400}",
			   (unsigned long long)w->total, (unsigned long long)w->locked);
}

static void params_say(struct world *w)
{
	fm_buf_str(&w->body,
		   "{\"public_key\":\"0x" FAKE_KEY_A
		   "\",\"contract_address\":\"" FAKE_VAULT
		   "\",\"ethereum_http_rpc_url\":\"\",\"eip712_name\":\"4mica\","
		   "\"eip712_version\":\"1\",\"chain_id\":84532,"
		   "\"max_accepted_guarantee_version\":2,"
		   "\"accepted_guarantee_versions\":[1,2],"
		   "\"active_guarantee_domain_separator\":\"0x" FAKE_DOMAIN_2 "\","
		   "\"trusted_validation_registries\":[]}");
}

static void put_header(struct world *w, const char *name, const char *json)
{
	fm_buf_clear(&w->headers);
	fm_buf_init(&w->headers, 8192);
	fm_buf_fmt(&w->headers, "%s: ", name);
	fm_base64_write(&w->headers, json, strlen(json));
	fm_buf_str(&w->headers, "\r\n");
}

/** 0.01 USDC, as a guarantee; served for any payment, with a receipt alone. */
static void seller_says(struct world *w, struct fake_reply *reply,
			const struct fake_request *request)
{
	char value[8192];

	if (fake_http_header(value, sizeof(value), request, "PAYMENT-SIGNATURE")) {
		put_header(w, "PAYMENT-RESPONSE",
			   "{\"success\":true,\"transaction\":\"\","
			   "\"network\":\"eip155:84532\"}");
		fm_buf_str(&w->body, "goods");
	} else {
		put_header(
			w, "PAYMENT-REQUIRED",
			"{\"x402Version\":2,\"error\":\"pay\",\"resource\":{\"url\":\"" URL
			"\"},\"accepts\":[{\"scheme\":\"4mica-credit\","
			"\"network\":\"eip155:84532\",\"amount\":\"10000\","
			"\"asset\":\"" USDC "\",\"payTo\":\"" SELLER
			"\",\"maxTimeoutSeconds\":300,\"extra\":{}}]}");
		fm_buf_str(&w->body, "{}");
		reply->status = 402;
	}
	reply->headers = w->headers.ptr;
}

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct world *w = ctx;

	fm_buf_clear(&w->body);
	fm_buf_init(&w->body, 1u << 20);
	*reply = (struct fake_reply){ .status = 200 };
	if (strcmp(request->url, RPC) == 0 &&
	    strstr(request->body,
		   fm_addr_is_zero(&w->asset.address) ? COLLATERAL : CAPACITY)) {
		w->chain_asked++;
		chain_says(w);
		reply->status = w->chain_down ? 0 : 200;
		reply->fail = w->chain_down;
	} else if (strcmp(request->url, RPC) == 0) {
		w->others++;
		fake_vault_answer(&w->body, &w->vault);
	} else if (strncmp(request->url, CORE "/core/users/", 27) == 0) {
		w->core_asked++;
		reply->status = w->core_status;
		core_says(w);
	} else if (strcmp(request->url, CORE "/core/public-params") == 0) {
		w->others++;
		params_say(w);
	} else if (strcmp(request->url, URL) == 0) {
		w->others++;
		seller_says(w, reply, request);
	} else {
		return false;
	}
	reply->body = w->body.ptr;
	reply->body_len = w->body.len;
	return true;
}

static const char *core_url(void *ctx, uint64_t chain_id)
{
	(void)ctx;
	return chain_id == CHAIN ? CORE : NULL;
}

static const char *rpc_url(void *ctx, uint64_t chain_id, size_t index)
{
	(void)ctx;
	return chain_id == CHAIN && index == 0 ? RPC : NULL;
}

static int64_t world_now(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

static enum fm_code open_signer(void *ctx, struct fm_signer *out, struct fm_err *err)
{
	struct fm_secret *key = NULL;
	enum fm_code rc;

	((struct world *)ctx)->unlocked++;
	rc = fm_wallet_key_text(&key, fm_span_of(PAYER_KEY), err);
	return rc ? rc : fm_signer_local(out, &key, NULL, true, err);
}

static void start(struct world *w)
{
	const struct fm_session_config session = { .bearer = w->token ? "token" : NULL,
						   .bearer_chain = CHAIN };
	struct fm_ledger *ledger;

	MUST(fm_client_new(&w->client, &w->config, &w->err));
	fm_client_session(w->client, &session);
	MUST(fm_client_ledger(&ledger, w->client, true, &w->err));
}

/** Another process. */
static void restart(struct world *w)
{
	fm_client_free(&w->client);
	start(w);
}

static int setup(void **state)
{
	static const char rules[] =
		"{\"version\":1,\"networks\":[\"eip155:84532\"],\"evidence\":\"receipt\","
		"\"limits\":[{\"amount\":\"100usdc\"}]}";
	static struct fm_clock clock;
	struct world *w = calloc(1, sizeof(*w));
	const char *tmp = getenv("TMPDIR");

	fm_err_init(&w->err);
	MUST(fm_init(&w->err));
	snprintf(w->dir, sizeof(w->dir), "%.30s/fourmica-cover-XXXXXX",
		 tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->ledger, sizeof(w->ledger), "%s/ledger.db", w->dir);
	snprintf(w->receipts, sizeof(w->receipts), "%s/receipts", w->dir);
	w->now_ms = 1782122405000;
	clock = (struct fm_clock){ .wall_ms = world_now,
				   .steady_ms = world_now,
				   .ctx = w };
	fake_http_init(&w->fake);
	w->fake.respond = respond;
	w->fake.respond_ctx = w;
	fake_vault_init(&w->vault);
	w->chain = "0x14a34";
	w->core_status = 200;
	w->asset = *fm_asset_by_symbol(CHAIN, "USDC");
	MUST(fm_policy_parse(&w->policy, fm_span_of(rules), "policy.json", &w->err));
	w->config = (struct fm_client_config){
		.clock = &clock,
		.rand = &fm_system_rand,
		.http = &w->fake.http,
		.policy = w->policy,
		.ledger_file = w->ledger,
		.receipt_dir = w->receipts,
		.open_signer = open_signer,
		.core_url = core_url,
		.rpc_url = rpc_url,
		.has_payer = true,
		.ctx = w,
	};
	assert_true(fm_addr_parse(&w->config.payer, NULL, fm_span_of(PAYER)));
	start(w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char command[160];
	size_t unexpected = w->fake.unexpected;

	fm_client_free(&w->client);
	fm_policy_free(&w->policy);
	fake_http_clear(&w->fake);
	fm_buf_clear(&w->body);
	fm_buf_clear(&w->headers);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
	free(w);
	return unexpected ? -1 : 0;
}

/* ---- short forms ---- */

static void pin_vault(struct world *w)
{
	struct fm_cert_trust trust;

	MUST(fm_client_trust(&trust, w->client, CHAIN, NULL, FM_TRUST_FIRST_USE,
			     &w->err));
}

/** Another look, at `cents` of USDC. */
static enum fm_code look(struct world *w, uint64_t cents, bool ask)
{
	const struct fm_wanted_cover wanted = { .chain_id = CHAIN,
						.asset = &w->asset,
						.amount = fm_u256_from_u64(cents * 10000),
						.ask = ask };

	memset(&w->cover, 0, sizeof(w->cover));
	fm_err_init(&w->err);
	return fm_client_cover(&w->cover, w->client, &wanted, &w->err);
}

static void asked(struct world *w, size_t chain, size_t core)
{
	if (w->chain_asked != chain || w->core_asked != core)
		fail_msg("the chain was asked %zu times, Core %zu; not %zu and %zu",
			 w->chain_asked, w->core_asked, chain, core);
	w->chain_asked = w->core_asked = 0;
}

static void is_free(const struct world *w, uint64_t cents)
{
	struct fm_u256 base = fm_amount_base(&w->cover.free);

	assert_int_equal(base.w[0], cents * 10000);
}

static void enough(struct world *w, uint64_t cents, uint64_t free_cents,
		   const char *source)
{
	must(w, look(w, cents, true), "look");
	assert_int_equal(w->cover.covered, FM_COVER_ENOUGH);
	is_free(w, free_cents);
	assert_string_equal(w->cover.source, source);
}

static void little(struct world *w, uint64_t cents, uint64_t free_cents,
		   const char *source)
{
	assert_int_equal(look(w, cents, true), FM_E_COLLATERAL);
	assert_int_equal(w->cover.covered, FM_COVER_LITTLE);
	is_free(w, free_cents);
	assert_string_equal(w->cover.source, source);
	assert_string_equal(w->err.rule, "collateral");
	assert_string_equal(w->err.msg, w->cover.why.msg);
	assert_int_equal(w->err.spent, FM_SPENT_NO);
}

static void unknown(struct world *w, uint64_t cents, const char *words)
{
	must(w, look(w, cents, true), "look");
	assert_int_equal(w->cover.covered, FM_COVER_UNKNOWN);
	assert_null(w->cover.source);
	if (!strstr(w->cover.why.msg, words))
		fail_msg("'%s' lacks '%s'", w->cover.why.msg, words);
}

static void says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' lacks '%s'", text, words);
}

/** A guarantee of this ledger, in a state. */
static void give(struct world *w, uint64_t cents, enum fm_pay_state state)
{
	static char header[] = "aGVhZGVy", route[] = "/";
	static unsigned number;
	struct fm_payment payment = { .payer = w->config.payer,
				      .chain_id = CHAIN,
				      .asset = w->asset.address,
				      .amount = fm_u256_from_u64(cents * 10000),
				      .scheme = "4mica-credit",
				      .method = "GET",
				      .route = route };
	const struct fm_ask ask = { .chain_id = CHAIN,
				    .asset = &w->asset,
				    .amount = payment.amount };
	struct fm_payment found;
	enum fm_reserve what;

	snprintf(payment.origin, sizeof(payment.origin), "https://s%u.example", ++number);
	payment.req_id = fm_u256_from_u64(number);
	fm_client_identity(&payment);
	MUST(fm_ledger_reserve(&what, &found, w->client->ledger, &payment, &ask, NULL, 0,
			       &w->err));
	assert_int_equal(what, FM_RESERVE_NEW);
	payment.header = header;
	MUST(fm_ledger_signed(w->client->ledger, &payment, &w->err));
	if (state == FM_PAY_SIGNED)
		return;
	payment.state = state;
	MUST(fm_ledger_outcome(w->client->ledger, &payment, &w->err));
}

/** An operation of this ledger that comes to its end. */
static void moves(struct world *w, enum fm_op_kind kind, enum fm_op_state state)
{
	struct fm_op op = { .kind = kind,
			    .payer = w->config.payer,
			    .chain_id = CHAIN,
			    .asset = w->asset.address,
			    .amount = fm_u256_from_u64(1) };
	bool resumed;

	assert_true(fm_addr_parse(&op.target, NULL, fm_span_of(FAKE_VAULT)));
	MUST(fm_ledger_op_begin(&resumed, &op, w->client->ledger, NULL, NULL, 0,
				&w->err));
	assert_false(resumed);
	MUST(fm_move_end(w->client, w->client->ledger, &op, state, &w->err));
	if (state == FM_OP_DONE)
		MUST(fm_ledger_op_told(w->client->ledger, &op, &w->err));
}

/* ---- what counts ---- */

static void test_enough_and_too_little(void **state)
{
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	enough(w, 100, 100, "chain");
	asked(w, 1, 0);
	restart(w);
	enough(w, 100, 100, "memory");
	asked(w, 0, 0);
	/* nobody is refused by memory */
	little(w, 101, 100, "chain");
	asked(w, 1, 0);
	says(w->err.msg, "needs 1.01 USDC");
	says(w->err.msg, "1 USDC is free");
	assert_string_equal(w->err.hint,
			    "fourmica deposit 0.01usdc --network base-sepolia");
	w->capacity = 1010000;
	enough(w, 101, 101, "chain");
	asked(w, 1, 0);
}

static void test_pending_withdrawal(void **state)
{
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	w->requested = 400000;
	enough(w, 60, 60, "chain");
	little(w, 61, 60, "chain");
	says(w->err.msg, "1 USDC in the vault, 0.4 USDC requested for withdrawal");
	assert_string_equal(w->err.hint,
			    "fourmica withdraw cancel --asset usdc --network "
			    "base-sepolia");
	/* cancelling would not do */
	little(w, 101, 60, "chain");
	assert_string_equal(w->err.hint,
			    "fourmica deposit 0.41usdc --network base-sepolia");
	/* yield may be requested, too: more than there is capacity */
	w->requested = 1100000;
	w->now_ms += 10 * MINUTE_MS;
	little(w, 1, 0, "chain");
}

static void test_locked_by_core(void **state)
{
	struct world *w = *state;

	w->token = true;
	restart(w);
	pin_vault(w);
	w->capacity = w->total = 1000000;
	w->locked = 700000;
	enough(w, 30, 30, "core");
	asked(w, 1, 1);
	enough(w, 30, 30, "memory");
	asked(w, 0, 0);
	little(w, 31, 30, "core");
	asked(w, 1, 1);
	says(w->err.msg, "0.7 USDC locked for guarantees");
	assert_string_equal(
		w->err.hint,
		"wait until open guarantees are settled, or: fourmica deposit "
		"0.01usdc --network base-sepolia");
	/* what was paid long ago is Core's to know */
	give(w, 50, FM_PAY_PAID);
	w->now_ms += 11 * MINUTE_MS;
	enough(w, 30, 30, "core");
	/* a deposit Core has not seen; a wallet it has never seen */
	w->capacity = 2000000;
	little(w, 31, 30, "core");
	says(w->err.msg, "2 USDC in the vault (1 USDC counted by 4Mica)");
	says(w->err.hint, "once its block is final");
	w->total = w->locked = 0;
	w->now_ms += 10 * MINUTE_MS;
	little(w, 1, 0, "core");
}

static void test_in_doubt(void **state)
{
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	give(w, 20, FM_PAY_IN_DOUBT);
	give(w, 10, FM_PAY_SIGNED);
	enough(w, 70, 70, "chain");
	little(w, 71, 70, "chain");
	says(w->err.msg, "0.3 USDC signed without an answer");
	says(w->err.hint, "fourmica deposit 0.01usdc");
	/* ... with Core's word as well */
	w->token = true;
	w->total = 1000000;
	w->now_ms += 11 * MINUTE_MS;
	restart(w);
	enough(w, 70, 70, "core");
	little(w, 71, 70, "core");
}

/** Paid guarantees may be settled: without Core's word nobody knows. */
static void test_paid_without_core(void **state)
{
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	give(w, 60, FM_PAY_PAID);
	enough(w, 40, 40, "chain");
	unknown(w, 41, "0.4 USDC is free, or up to 1 USDC");
	unknown(w, 100, "1 USDC is needed");
	/* which costs no request each time */
	asked(w, 1, 0);
	little(w, 101, 100, "chain");
	asked(w, 1, 0);
	/* a token that comes to hand later is used */
	w->token = true;
	w->total = 1000000;
	w->locked = 500000;
	restart(w);
	enough(w, 41, 50, "core");
	asked(w, 0, 1);
	enough(w, 41, 50, "memory");
	asked(w, 0, 0);
}

static void test_ether_and_strange_tokens(void **state)
{
	struct world *w = *state;
	char selector[9] = "", error[256];
	struct fm_hash hash;

	pin_vault(w);
	/* UnsupportedAsset(address) and the token */
	fm_keccak256(&hash, "UnsupportedAsset(address)", 25);
	fm_hex_write(selector, hash.b, 4);
	snprintf(
		error, sizeof(error),
		"{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x%.8s%024d%s\"}",
		selector, 0, &USDC[2]);
	w->capacity_error = error;
	little(w, 1, 0, "chain");
	/* another refusal is no answer */
	w->capacity_error =
		"{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x\"}";
	unknown(w, 1, "guaranteeCapacity");
	/* the vault has no such view for ETH */
	w->capacity_error = NULL;
	w->capacity = 20000;
	w->asset = *fm_asset_by_symbol(CHAIN, "ETH");
	enough(w, 1, 2, "chain");
	little(w, 3, 2, "chain");
	assert_string_equal(
		w->err.hint,
		"fourmica deposit 0.00000000000001eth --network base-sepolia");
}

/* ---- when nobody can tell ---- */

static void test_chain_down(void **state)
{
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	w->chain_down = FM_E_NETWORK;
	unknown(w, 1000, "network");
	asked(w, 1, 0);
	/* not waited for with every payment */
	restart(w);
	unknown(w, 1000, "did not answer a moment ago");
	asked(w, 0, 0);
	w->now_ms += MINUTE_MS;
	unknown(w, 1000, "network");
	asked(w, 1, 0);
	w->chain_down = FM_OK;
	w->now_ms += MINUTE_MS;
	little(w, 1000, 100, "chain");
	asked(w, 1, 0);
	/* a memory that does not cover it, and nobody to refresh it */
	enough(w, 100, 100, "memory");
	w->chain_down = FM_E_TIMEOUT;
	unknown(w, 101, "time");
	/* another chain's word is no word */
	w->chain_down = FM_OK;
	w->chain = "0x1";
	w->now_ms += MINUTE_MS;
	unknown(w, 1, "chain");
	/* only an interruption ends the run */
	w->chain_down = FM_E_INTERRUPTED;
	w->now_ms += MINUTE_MS;
	assert_int_equal(look(w, 1, true), FM_E_INTERRUPTED);
}

static void test_core_alone(void **state)
{
	struct world *w = *state;

	w->token = true;
	restart(w);
	pin_vault(w);
	w->chain_down = FM_E_NETWORK;
	w->total = 1000000;
	w->locked = 100000;
	enough(w, 90, 90, "core");
	asked(w, 1, 1);
	enough(w, 90, 90, "memory");
	asked(w, 0, 0);
	little(w, 91, 90, "core");
	says(w->err.msg, "1 USDC counted by 4Mica, 0.1 USDC locked");
}

/** Core that fails is asked once in the time a memory serves. */
static void test_core_down(void **state)
{
	struct world *w = *state;

	w->token = true;
	restart(w);
	pin_vault(w);
	w->capacity = 1000000;
	w->core_status = 500;
	enough(w, 100, 100, "chain");
	asked(w, 1, 1);
	enough(w, 100, 100, "memory");
	asked(w, 0, 0);
	w->now_ms += 10 * MINUTE_MS;
	enough(w, 100, 100, "chain");
	asked(w, 1, 1);
}

static void test_not_to_be_asked(void **state)
{
	struct world *w = *state;

	/* no vault is pinned: whom to believe? */
	w->capacity = 1000000;
	unknown(w, 1, "no vault is pinned for base-sepolia");
	asked(w, 0, 0);
	pin_vault(w);
	must(w, look(w, 1, false), "memory only");
	assert_int_equal(w->cover.covered, FM_COVER_UNKNOWN);
	assert_string_equal(w->cover.why.msg, "");
	w->config.dry_run = true;
	restart(w);
	must(w, look(w, 1, true), "a dry run");
	assert_int_equal(w->cover.covered, FM_COVER_UNKNOWN);
	asked(w, 0, 0);
	w->config.dry_run = false;
	restart(w);
	enough(w, 1, 100, "chain");
	asked(w, 1, 0);
	must(w, look(w, 100, false), "memory");
	assert_int_equal(w->cover.covered, FM_COVER_ENOUGH);
	assert_string_equal(w->cover.source, "memory");
	/* which can say yes, and not no */
	must(w, look(w, 101, false), "memory");
	assert_int_equal(w->cover.covered, FM_COVER_UNKNOWN);
	asked(w, 0, 0);
	/* no wallet, no Core: no question */
	w->asset.chain_id = 1;
	const struct fm_wanted_cover elsewhere = { .chain_id = 1,
						   .asset = &w->asset,
						   .amount = fm_u256_from_u64(1),
						   .ask = true };
	memset(&w->cover, 0, sizeof(w->cover));
	MUST(fm_client_cover(&w->cover, w->client, &elsewhere, &w->err));
	assert_int_equal(w->cover.covered, FM_COVER_NONE);
}

/* ---- memory ---- */

static void test_own_guarantees_since(void **state)
{
	struct world *w = *state;

	w->token = true;
	restart(w);
	pin_vault(w);
	w->capacity = w->total = 1000000;
	w->locked = 200000;
	give(w, 20, FM_PAY_PAID); /* Core has it */
	enough(w, 10, 80, "core");
	asked(w, 1, 1);
	give(w, 30, FM_PAY_PAID); /* Core was not asked since */
	enough(w, 50, 50, "memory");
	give(w, 30, FM_PAY_SIGNED);
	enough(w, 20, 20, "memory");
	asked(w, 0, 0);
	w->locked = 500000; /* the first two */
	little(w, 21, 20, "core");
	asked(w, 1, 1);
}

static void test_stale_memory(void **state)
{
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	enough(w, 100, 100, "chain");
	w->capacity = 500000; /* from another machine */
	w->now_ms += 10 * MINUTE_MS - 1000;
	enough(w, 100, 100, "memory");
	asked(w, 1, 0);
	w->now_ms += 1000;
	little(w, 100, 50, "chain");
	/* a clock that went back */
	enough(w, 50, 50, "memory");
	w->now_ms -= 2000;
	enough(w, 50, 50, "chain");
	asked(w, 2, 0);
}

static void test_invalidated_by_moves(void **state)
{
	static const struct {
		enum fm_op_kind kind;
		enum fm_op_state state;
		size_t asked;
	} moved[] = {
		{FM_OP_DEPOSIT,		 FM_OP_DONE,	     1},
		{ FM_OP_WITHDRAW_REQUEST,  FM_OP_DONE,      1},
		{ FM_OP_WITHDRAW_CANCEL,	 FM_OP_DONE,	     1},
		{ FM_OP_WITHDRAW_FINALIZE, FM_OP_DONE,      1},
		{ FM_OP_DEPOSIT,		 FM_OP_ABANDONED, 0},
		{ FM_OP_DEPOSIT,		 FM_OP_FAILED,    0},
		{ FM_OP_PAY_DEBIT,	   FM_OP_DONE,      0},
	};
	struct world *w = *state;

	pin_vault(w);
	w->capacity = 1000000;
	/* nothing is remembered yet */
	moves(w, FM_OP_DEPOSIT, FM_OP_DONE);
	enough(w, 1, 100, "chain");
	asked(w, 1, 0);
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		moves(w, moved[i].kind, moved[i].state);
		enough(w, 1, 100, moved[i].asked ? "chain" : "memory");
		asked(w, moved[i].asked, 0);
	}
}

/** What is no memory of ours is no memory. */
static void test_damaged_memory(void **state)
{
	static const char *const texts[] = {
		"",
		"-",
		"1782122400",
		"1782122400 1000000 0 - - 0",
		"1782122400 1000000 0 - - 0 0 0",
		"1782122400  1000000 0 - - 0 0",
		"1782122400 1000000 - - - 0 0",
		"1782122400 1000000 0 - ? 0 0",
		"1782122400 1000000 0 ? - 0 0",
		"1782122400 1000000 0 - 5 0 0",
		"1782122400 01000000 0 - - 0 0",
		"1782122400 -1 0 - - 0 0",
		"99999999999999999999 1000000 0 - - 0 0",
		"1782122400 1000000 0 - - x 0",
	};
	struct world *w = *state;
	char key[256];

	pin_vault(w);
	w->capacity = 1000000;
	snprintf(key, sizeof(key), "eip155:84532 %s %s %s", FAKE_VAULT,
		 "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
		 "0x036cbd53842c5426634e7929541ec2318f3dcf7e");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		MUST(fm_pin_set(w->client->ledger, "collateral", key,
				fm_span_of(texts[i]), &w->err));
		enough(w, 1, 100, "chain");
		asked(w, 1, 0);
	}
	MUST(fm_pin_set(w->client->ledger, "collateral", key,
			fm_span_of("1782122400 3000000 0 - - 0 0"), &w->err));
	enough(w, 1, 300, "memory");
	asked(w, 0, 0);
}

/* ---- payments ---- */

static enum fm_code pay(struct world *w, const char *key, enum fm_evidence evidence)
{
	const struct fm_http_request request = { .method = "GET", .url = URL };
	const struct fm_terms_wanted wanted = { .idem_key = key, .evidence = evidence };
	struct fm_paid paid;
	enum fm_code rc;

	fm_err_init(&w->err);
	fm_paid_init(&paid);
	rc = fm_pay(&paid, w->client, &request, &wanted, NULL, &w->err);
	w->cover = paid.quote.cover;
	fm_paid_clear(&paid);
	return rc;
}

static size_t payments(struct world *w)
{
	struct fm_outstanding sums;
	size_t count;

	MUST(fm_ledger_outstanding(&sums, w->client->ledger, &w->config.payer, CHAIN,
				   &w->err));
	count = sums.asset_count ? (size_t)sums.assets[0].count : 0;
	fm_outstanding_clear(&sums);
	return count;
}

/** Within ten minutes of a payment the next ones make two requests: probe and payment. */
static void test_cost_of_a_payment(void **state)
{
	struct world *w = *state;

	w->capacity = 1000000;
	MUST(pay(w, NULL, FM_EVIDENCE_DEFAULT));
	assert_int_equal(w->cover.covered, FM_COVER_ENOUGH);
	assert_string_equal(w->cover.source, "chain");
	asked(w, 1, 0);
	for (int i = 0; i < 5; i++) {
		restart(w);
		w->now_ms += MINUTE_MS;
		w->others = 0;
		MUST(pay(w, NULL, FM_EVIDENCE_DEFAULT));
		assert_string_equal(w->cover.source, "memory");
		asked(w, 0, 0);
		assert_int_equal(w->others, 2);
	}
	assert_int_equal(payments(w), 6);
}

static void test_payment_refused(void **state)
{
	struct world *w = *state;

	w->capacity = 9999;
	assert_int_equal(pay(w, "k", FM_EVIDENCE_DEFAULT), FM_E_COLLATERAL);
	assert_int_equal(w->cover.covered, FM_COVER_LITTLE);
	assert_int_equal(w->err.spent, FM_SPENT_NO);
	assert_int_equal(payments(w), 0);
	/* nobody was asked to unlock the wallet for nothing */
	assert_int_equal(w->unlocked, 0);
	/* the key is free, and pays once there is enough */
	w->capacity = 10000;
	MUST(pay(w, "k", FM_EVIDENCE_DEFAULT));
	asked(w, 2, 0);
	/* what is paid is told as ever */
	w->capacity = 0;
	MUST(pay(w, "k", FM_EVIDENCE_DEFAULT));
	asked(w, 0, 0);
}

static void test_receipt_is_enough(void **state)
{
	struct world *w = *state;

	w->capacity = 0;
	MUST(pay(w, NULL, FM_EVIDENCE_RECEIPT));
	assert_int_equal(w->cover.covered, FM_COVER_UNKNOWN);
	says(w->cover.why.msg, "--evidence receipt");
	asked(w, 0, 0);
}

static void test_quote(void **state)
{
	const struct fm_http_request request = { .method = "GET", .url = URL };
	const struct fm_terms_wanted wanted = { .insecure = false };
	struct world *w = *state;
	struct fm_quote quote;

	pin_vault(w);
	w->capacity = 9999;
	fm_quote_init(&quote);
	MUST(fm_quote_request(&quote, w->client, &request, &wanted, &w->err));
	assert_int_equal(quote.outcome, FM_OK);
	assert_int_equal(quote.verdict, FM_ALLOW);
	assert_int_equal(quote.cover.covered, FM_COVER_LITTLE);
	assert_int_equal(quote.cover.why.code, FM_E_COLLATERAL);
	assert_int_equal(w->unlocked, 0);
	fm_quote_clear(&quote);
}

static void test_claims(void **state)
{
	const struct fm_credit_domain domain = { .name = "4mica",
						 .version = "1",
						 .chain_id = CHAIN };
	const struct fm_terms_wanted wanted = { .insecure = false };
	struct world *w = *state;
	struct fm_claims claims = { .version = 1,
				    .user = w->config.payer,
				    .asset = w->asset.address,
				    .req_id = fm_u256_from_u64(7),
				    .amount = fm_u256_from_u64(10000),
				    .timestamp = 1782122400 };
	struct fm_signed made;

	assert_true(fm_addr_parse(&claims.recipient, NULL, fm_span_of(SELLER)));
	pin_vault(w);
	w->capacity = 9999;
	assert_int_equal(fm_sign_claims(&made, w->client, &claims, &domain, false,
					&wanted, &w->err),
			 FM_E_COLLATERAL);
	assert_int_equal(made.payload.len, 0);
	fm_signed_clear(&made);
	assert_int_equal(payments(w), 0);
	assert_int_equal(w->unlocked, 0);
	w->capacity = 10000;
	MUST(fm_sign_claims(&made, w->client, &claims, &domain, false, &wanted, &w->err));
	assert_int_equal(made.cover.covered, FM_COVER_ENOUGH);
	fm_signed_clear(&made);
	asked(w, 2, 0);
	restart(w);
	/* The same once more is nothing new, whatever is free. */
	MUST(fm_sign_claims(&made, w->client, &claims, &domain, true, &wanted, &w->err));
	assert_true(made.known);
	assert_int_equal(made.cover.covered, FM_COVER_NONE);
	fm_signed_clear(&made);
	asked(w, 0, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_enough_and_too_little),
		TEST(test_pending_withdrawal),
		TEST(test_locked_by_core),
		TEST(test_in_doubt),
		TEST(test_paid_without_core),
		TEST(test_ether_and_strange_tokens),
		TEST(test_chain_down),
		TEST(test_core_alone),
		TEST(test_core_down),
		TEST(test_not_to_be_asked),
		TEST(test_own_guarantees_since),
		TEST(test_stale_memory),
		TEST(test_invalidated_by_moves),
		TEST(test_damaged_memory),
		TEST(test_cost_of_a_payment),
		TEST(test_payment_refused),
		TEST(test_receipt_is_enough),
		TEST(test_quote),
		TEST(test_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
