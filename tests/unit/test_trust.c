/* SPDX-License-Identifier: MIT */
/* Pins: when they are made, what makes them fail, what changes them. 4mica.md, 5.2 and 5.3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/internal.h"
#include "fake_http.h"
#include "fake_vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHAIN 84532
#define CORE "https://core.example"
#define CORE_2 "https://other-core.example"
#define RPC_1 "https://rpc-one.example/v3/secret-one"
#define RPC_2 "https://user:secret-two@rpc-two.example/?key=secret-three"
#define OTHER_VAULT "0x2222222222222222222222222222222222222222"
#define REGISTRY_1 "0x3333333333333333333333333333333333333333"
#define REGISTRY_2 "0x4444444444444444444444444444444444444444"
#define DAY_MS (24 * 60 * 60 * 1000ll)

/** What Core says: texts of its JSON members. */
struct core {
	const char *key; /* hex digits */
	const char *vault, *name, *version, *accepted, *domain, *registries;
	uint64_t chain_id;
	const char *instead; /* the whole answer */
	int status;
	enum fm_code down;
};

struct world {
	struct fake_http fake;
	struct core core;
	struct fake_vault vault;
	const char *chain_instead;
	enum fm_code rpc_down[2];
	struct fm_client *client;
	struct fm_client_config config;
	const char *core_url, *rpc[3];
	char dir[64], ledger[96];
	int64_t now_ms;
	size_t core_asked, chain_asked;
	struct fm_buf body;
	struct fm_log log;
	char logged[512];
	struct fm_err err;
	struct fm_cert_trust trust;
};

/* ---- the two that are asked ---- */

static void core_answer(struct fm_buf *out, const struct core *c)
{
	if (c->instead) {
		fm_buf_str(out, c->instead);
		return;
	}
	fm_buf_fmt(
		out,
		"{\"public_key\":\"0x%s\",\"contract_address\":\"%s\","
		"\"ethereum_http_rpc_url\":\"https://evil.example\",\"eip712_name\":\"%s\","
		"\"eip712_version\":\"%s\",\"chain_id\":%llu,"
		"\"max_accepted_guarantee_version\":2,"
		"\"accepted_guarantee_versions\":%s,"
		"\"active_guarantee_domain_separator\":\"%s\","
		"\"trusted_validation_registries\":%s}",
		c->key, c->vault, c->name, c->version, (unsigned long long)c->chain_id,
		c->accepted, c->domain, c->registries);
}

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct world *w = ctx;

	fm_buf_clear(&w->body);
	fm_buf_init(&w->body, 1u << 20);
	*reply = (struct fake_reply){ .status = 200 };
	if (strcmp(request->url, CORE "/core/public-params") == 0 ||
	    strcmp(request->url, CORE_2 "/core/public-params") == 0) {
		w->core_asked++;
		core_answer(&w->body, &w->core);
		reply->status = w->core.down ? 0 : w->core.status;
		reply->fail = w->core.down;
	} else if (strcmp(request->url, RPC_1) == 0 || strcmp(request->url, RPC_2) == 0) {
		enum fm_code down = w->rpc_down[strcmp(request->url, RPC_2) == 0];

		w->chain_asked++;
		if (w->chain_instead)
			fm_buf_str(&w->body, w->chain_instead);
		else
			fake_vault_answer(&w->body, &w->vault);
		reply->status = down ? 0 : 200;
		reply->fail = down;
	} else {
		return false;
	}
	reply->body = w->body.ptr;
	reply->body_len = w->body.len;
	return true;
}

static const char *core_url(void *ctx, uint64_t chain_id)
{
	return chain_id == CHAIN ? ((struct world *)ctx)->core_url : NULL;
}

static const char *rpc_url(void *ctx, uint64_t chain_id, size_t index)
{
	assert_true(index < 3);
	return chain_id == CHAIN ? ((struct world *)ctx)->rpc[index] : NULL;
}

static int64_t world_now(void *ctx)
{
	return ((struct world *)ctx)->now_ms;
}

static void keep_log(void *ctx, enum fm_level level, const char *text)
{
	struct world *w = ctx;

	(void)level;
	snprintf(w->logged, sizeof(w->logged), "%s", text);
}

static void start(struct world *w)
{
	assert_int_equal(fm_client_new(&w->client, &w->config, &w->err), FM_OK);
}

/** Another process. */
static void restart(struct world *w)
{
	fm_client_free(&w->client);
	start(w);
}

static int setup(void **state)
{
	static struct fm_clock clock;
	struct world *w = calloc(1, sizeof(*w));

	fm_err_init(&w->err);
	assert_int_equal(fm_init(&w->err), FM_OK);
	snprintf(w->dir, sizeof(w->dir), "/tmp/fourmica-test-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->ledger, sizeof(w->ledger), "%s/ledger.db", w->dir);
	w->now_ms = 1782122405000;
	clock = (struct fm_clock){ .wall_ms = world_now,
				   .steady_ms = world_now,
				   .ctx = w };
	fake_http_init(&w->fake);
	w->fake.respond = respond;
	w->fake.respond_ctx = w;
	w->log = (struct fm_log){ .write = keep_log, .ctx = w, .level = FM_LOG_WARN };
	fake_vault_init(&w->vault);
	w->core = (struct core){ .key = FAKE_KEY_A,
				 .vault = FAKE_VAULT,
				 .name = "4mica",
				 .version = "1",
				 .accepted = "[1,2]",
				 .domain = "0x" FAKE_DOMAIN_2,
				 .registries = "[\"" REGISTRY_1 "\"]",
				 .chain_id = CHAIN,
				 .status = 200 };
	w->core_url = CORE;
	w->rpc[0] = RPC_1;
	w->config = (struct fm_client_config){
		.clock = &clock,
		.rand = &fm_system_rand,
		.log = &w->log,
		.http = &w->fake.http,
		.ledger_file = w->ledger,
		.core_url = core_url,
		.rpc_url = rpc_url,
		.ctx = w,
	};
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
	fake_http_clear(&w->fake);
	fm_buf_clear(&w->body);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
	free(w);
	return unexpected ? -1 : 0;
}

/* ---- short forms ---- */

static enum fm_code trust(struct world *w, enum fm_trust_ask ask)
{
	fm_err_init(&w->err);
	memset(&w->trust, 0, sizeof(w->trust));
	return fm_client_trust(&w->trust, w->client, CHAIN, NULL, ask, &w->err);
}

static void trusts(struct world *w, enum fm_trust_ask ask, enum fm_anchor anchor,
		   const char *key)
{
	uint8_t bytes[FM_BLS_KEY];
	enum fm_code rc = trust(w, ask);

	if (rc)
		fail_msg("%d: %s", (int)rc, w->err.msg);
	assert_int_equal(w->trust.anchor, anchor);
	assert_true(fm_hex_read(bytes, sizeof(bytes), fm_span_of(key)));
	assert_memory_equal(w->trust.key.bytes, bytes, sizeof(bytes));
	assert_int_equal(w->trust.chain_id, CHAIN);
}

static bool find(struct world *w, struct fm_trust_pin *pin)
{
	bool found = false;

	assert_int_equal(fm_trust_find(pin, &found, w->client, CHAIN, NULL, &w->err),
			 FM_OK);
	return found;
}

static void says(const struct world *w, const char *words)
{
	if (!strstr(w->err.msg, words))
		fail_msg("'%s' lacks '%s'", w->err.msg, words);
	assert_null(strstr(w->err.msg, "secret"));
	assert_null(strstr(w->err.hint, "secret"));
}

static enum fm_code params(struct world *w, struct fm_core_params *out)
{
	fm_err_init(&w->err);
	return fm_client_params(out, w->client, CHAIN, &w->err);
}

static void asked(struct world *w, size_t core, size_t chain)
{
	if (w->core_asked != core || w->chain_asked != chain)
		fail_msg("Core asked %zu times, the chain %zu; not %zu and %zu",
			 w->core_asked, w->chain_asked, core, chain);
	w->core_asked = w->chain_asked = 0;
}

static void rotate(struct world *w, const char *key, const char *words)
{
	w->core.key = key;
	w->vault.key = w->vault.keys[0] = w->vault.keys[1] = words;
}

/* ---- first use ---- */

static void test_first_use(void **state)
{
	struct world *w = *state;
	struct fm_trust_pin pin;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	asked(w, 1, 1);
	for (int i = 0; i < 2; i++) {
		trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
		trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
		asked(w, 0, 0);
		restart(w);
		w->now_ms += 100 * DAY_MS;
	}
	assert_true(w->trust.version[0].enabled && w->trust.version[0].has_domain);
	assert_true(w->trust.version[1].enabled && w->trust.version[1].has_domain);
	assert_int_equal(w->trust.version[1].domain.b[0], 0x22);
	assert_int_equal(w->trust.registry_count, 1);
	assert_int_equal(w->trust.registries[0].b[0], 0x33);
	assert_int_equal(w->trust.vault.b[0], 0x11);
	assert_true(find(w, &pin));
	assert_int_equal(pin.pinned_s, 1782122405);
	assert_int_equal(pin.earlier_count, 0);
	assert_string_equal(pin.facts.domain.name, "4mica");
	assert_string_equal(pin.facts.core, CORE);
	assert_string_equal(pin.facts.rpc, "https://rpc-one.example");
}

/** What a first payment costs: Core once, the chain once; later payments cost nothing. */
static void test_cost_of_a_payment(void **state)
{
	struct world *w = *state;
	struct fm_core_params p;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	assert_int_equal(params(w, &p), FM_OK);
	asked(w, 1, 1);
	restart(w);
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(params(w, &p), FM_OK);
	asked(w, 0, 0);
	w->now_ms += DAY_MS;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(params(w, &p), FM_OK);
	asked(w, 1, 0);
}

static void test_nothing_pinned(void **state)
{
	struct world *w = *state;
	struct fm_trust_pin pin;
	int64_t at_s = 1;

	assert_int_equal(trust(w, FM_TRUST_PINNED), FM_E_CERT_KEY);
	says(w, "no certificate key is pinned for base-sepolia");
	assert_non_null(strstr(w->err.hint, "fourmica networks refresh base-sepolia"));
	assert_false(find(w, &pin));
	assert_int_equal(fm_trust_params_read(&at_s, w->client, CHAIN, &w->err), FM_OK);
	assert_int_equal(at_s, 0);
	asked(w, 0, 0);
	assert_int_not_equal(access(w->ledger, F_OK), 0);
	/* and not another network's pin */
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	assert_int_equal(fm_client_trust(&w->trust, w->client, 8453, NULL,
					 FM_TRUST_PINNED, &w->err),
			 FM_E_CERT_KEY);
}

static void test_named_vault(void **state)
{
	struct world *w = *state;
	struct fm_addr vault, other;

	assert_true(fm_addr_parse(&vault, NULL, fm_span_of(FAKE_VAULT)));
	assert_true(fm_addr_parse(&other, NULL, fm_span_of(OTHER_VAULT)));
	assert_int_equal(fm_client_trust(&w->trust, w->client, CHAIN, &other,
					 FM_TRUST_NOW, &w->err),
			 FM_E_CORE);
	says(w, "speaks for the vault " FAKE_VAULT ", not for " OTHER_VAULT);
	assert_int_equal(trust(w, FM_TRUST_PINNED), FM_E_CERT_KEY);
	assert_int_equal(fm_client_trust(&w->trust, w->client, CHAIN, &vault,
					 FM_TRUST_FIRST_USE, &w->err),
			 FM_OK);
	assert_int_equal(fm_client_trust(&w->trust, w->client, CHAIN, &vault,
					 FM_TRUST_PINNED, &w->err),
			 FM_OK);
	assert_int_equal(fm_client_trust(&w->trust, w->client, CHAIN, &other,
					 FM_TRUST_PINNED, &w->err),
			 FM_E_CERT_KEY);
	says(w, OTHER_VAULT " on base-sepolia");
}

/* ---- disagreement ---- */

/** Nothing may be pinned, whichever way it is asked. */
static void refuses(struct world *w, enum fm_code want, const char *words)
{
	static const enum fm_trust_ask all[] = { FM_TRUST_FIRST_USE, FM_TRUST_NOW };
	struct fm_trust_pin pin;

	w->now_ms += DAY_MS; /* nothing that is kept of Core will do */
	for (size_t i = 0; i < 2; i++) {
		enum fm_code rc = trust(w, all[i]);

		if (rc != want)
			fail_msg("%d, not %d: %s", (int)rc, (int)want, w->err.msg);
		says(w, words);
		assert_false(find(w, &pin));
		assert_int_equal(trust(w, FM_TRUST_PINNED), FM_E_CERT_KEY);
	}
}

static void test_core_and_chain_differ(void **state)
{
	struct world *w = *state;

	w->core.key = FAKE_KEY_C;
	refuses(w, FM_E_CORE,
		"4Mica Core's key is 0x" FAKE_KEY_C
		", the vault's for version 1 is 0x" FAKE_KEY_A);
	w->core.key = FAKE_KEY_B; /* the same x */
	refuses(w, FM_E_CORE, "0x" FAKE_KEY_B);
	w->core.key = FAKE_KEY_A;
	w->vault.keys[1] = fake_words_c;
	refuses(w, FM_E_CORE, "the vault's for version 2 is 0x" FAKE_KEY_C);
	fake_vault_init(&w->vault);
	w->core.domain = "0x" FAKE_DOMAIN_1;
	refuses(w, FM_E_CORE,
		"domain for version 2 is 0x" FAKE_DOMAIN_1
		", the vault's is 0x" FAKE_DOMAIN_2);
	w->core.accepted = "[1]";
	w->core.domain = "0x" FAKE_DOMAIN_2;
	refuses(w, FM_E_CORE, "domain for version 1");
	w->core.accepted = "[1,2]";
	w->vault.enabled[1] = false;
	refuses(w, FM_E_CORE,
		"accepts guarantees of version 2, the vault has it disabled");
	w->core.accepted = "[2]";
	w->vault.enabled[0] = false;
	w->vault.enabled[1] = true;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	assert_false(w->trust.version[0].enabled);
}

static void test_core_talks_nonsense(void **state)
{
	static const char *const keys[] = {
		/* infinity; infinity with bytes; not compressed; x = p; no point has this x */
		"c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		"c00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
		"17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
		"9a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
		"800000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		w->core.key = keys[i];
		refuses(w, FM_E_CORE, keys[i]);
	}
	w->core.key = FAKE_KEY_A;
	w->core.chain_id = 8453;
	refuses(w, FM_E_CORE, "serves chain 8453, not chain 84532");
	w->core.chain_id = CHAIN;
	w->core.instead = "<html>gateway</html>";
	refuses(w, FM_E_CORE, "public parameters");
	w->core.status = 503;
	refuses(w, FM_E_CORE, "answered 503");
	w->core.down = FM_E_TIMEOUT;
	refuses(w, FM_E_TIMEOUT, "4Mica Core");
	assert_int_equal(w->chain_asked,
			 10); /* only behind an answer that can be compared */
}

static void test_chain_talks_nonsense(void **state)
{
	struct world *w = *state;

	w->vault.chain = "1";
	refuses(w, FM_E_CHAIN, "serves chain 1, wanted is chain 84532");
	fake_vault_init(&w->vault);
	w->vault.code = "";
	refuses(w, FM_E_CHAIN, "no contract");
	fake_vault_init(&w->vault);
	w->vault.key = fake_words_c;
	refuses(w, FM_E_CHAIN, "GUARANTEE_VERIFICATION_KEY()");
	fake_vault_init(&w->vault);
	w->vault.domain = w->vault.domains[0] = FAKE_DOMAIN_2;
	refuses(w, FM_E_CHAIN, "that of this chain and vault");
	w->chain_instead = "<html>sign in</html>";
	refuses(w, FM_E_CHAIN, "https://rpc-one.example");
}

/** A version this program does not know: its domain is not compared, the known ones hold. */
static void test_newer_version(void **state)
{
	struct world *w = *state;

	w->core.accepted = "[1,2,3]";
	w->core.domain = "0x" FAKE_DOMAIN_1;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	trusts(w, FM_TRUST_NOW, FM_ANCHOR_CHAIN, FAKE_KEY_A);
}

/** Core need not tell a domain; the chain's and the formula are enough. */
static void test_core_tells_no_domain(void **state)
{
	struct world *w = *state;

	w->core.domain = "";
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	assert_true(w->trust.version[1].has_domain);
}

/** Kept for less than a day, but both rotated since: Core is asked again. */
static void test_kept_params_are_old(void **state)
{
	struct world *w = *state;
	struct fm_core_params p;

	assert_int_equal(params(w, &p), FM_OK);
	rotate(w, FAKE_KEY_C, fake_words_c);
	w->core_asked = 0;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_C);
	asked(w, 1, 2);
	assert_int_equal(params(w, &p), FM_OK);
	assert_int_equal(p.public_key[0], 0xa5);
	asked(w, 0, 0);
}

/* ---- out of reach ---- */

static void test_core_alone_pins_nothing(void **state)
{
	struct world *w = *state;
	struct fm_trust_review review;

	w->rpc_down[0] = FM_E_NETWORK;
	refuses(w, FM_E_CERT_KEY, "Core's word alone pins none");
	assert_int_equal(trust(w, FM_TRUST_FIRST_USE), FM_E_CERT_KEY);
	assert_non_null(strstr(w->err.hint, "--rpc URL"));
	assert_string_equal(w->err.rule, "");
	assert_int_equal(fm_trust_review(&review, w->client, CHAIN, &w->err),
			 FM_E_NETWORK);
	w->rpc_down[0] = FM_E_TIMEOUT;
	refuses(w, FM_E_CERT_KEY, "Core's word alone pins none");
	w->rpc_down[0] = FM_E_INTERRUPTED;
	refuses(w, FM_E_INTERRUPTED, "");
	w->rpc_down[0] = FM_OK;
	w->rpc[0] = NULL;
	refuses(w, FM_E_CERT_KEY, "no endpoint of chain 84532 is known");
	w->config.rpc_url = NULL;
	restart(w);
	refuses(w, FM_E_CERT_KEY, "no endpoint of chain 84532 is known");
}

static void test_pinned_and_offline(void **state)
{
	struct world *w = *state;
	struct fm_trust_pin pin;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	w->rpc_down[0] = w->core.down = FM_E_NETWORK;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_NETWORK);
	w->core.down = FM_OK;
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_NETWORK);
	assert_true(find(w, &pin));
	/* a process without network, as verify-cert is */
	w->config.http = NULL;
	restart(w);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_NETWORK);
}

static void test_endpoints_in_order(void **state)
{
	struct world *w = *state;
	struct fm_trust_pin pin;

	w->rpc[1] = RPC_2;
	w->rpc_down[0] = FM_E_NETWORK;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	asked(w, 1, 2);
	assert_true(find(w, &pin));
	assert_string_equal(pin.facts.rpc, "https://rpc-two.example");
	w->rpc_down[0] = FM_OK;
	trusts(w, FM_TRUST_NOW, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	asked(w, 1, 1);
	/* one that answers for another chain is not passed over */
	w->vault.chain = "1";
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_CHAIN);
	asked(w, 1, 1);
	w->rpc_down[0] = w->rpc_down[1] = FM_E_NETWORK;
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_NETWORK);
	asked(w, 1, 2);
}

static void test_no_secret_is_kept(void **state)
{
	struct world *w = *state;
	char command[200];

	w->core_url = "https://user:secret@core.example/";
	w->core.down = FM_E_NETWORK; /* this URL is nobody's */
	assert_int_not_equal(trust(w, FM_TRUST_FIRST_USE), FM_OK);
	w->fake.unexpected = 0;
	w->core.down = FM_OK;
	w->core_url = CORE;
	w->rpc[0] = RPC_2;
	w->rpc_down[1] = FM_E_NETWORK;
	refuses(w, FM_E_CERT_KEY, "pins none");
	w->rpc_down[1] = FM_OK;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	fm_client_free(&w->client);
	snprintf(command, sizeof(command), "! grep -rqa secret '%s'", w->dir);
	assert_int_equal(system(command), 0);
	start(w);
}

/* ---- change ---- */

/** The first change of a review, in words. */
static void review_finds(struct world *w, struct fm_trust_review *review,
			 const char *what, const char *before, const char *after)
{
	enum fm_code rc = fm_trust_review(review, w->client, CHAIN, &w->err);

	if (rc)
		fail_msg("%s", w->err.msg);
	assert_true(review->pinned && review->needs_word);
	assert_true(review->change_count >= 1);
	assert_string_equal(review->changes[0].what, what);
	assert_string_equal(review->changes[0].before, before);
	assert_string_equal(review->changes[0].after, after);
}

static void test_key_changed(void **state)
{
	struct world *w = *state;
	struct fm_trust_review review;
	struct fm_core_params p;
	struct fm_trust_pin pin;
	int64_t at_s = 0;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	/* Core alone: a payment finds out when it asks again, and is refused before signing */
	w->core.key = FAKE_KEY_C;
	assert_int_equal(params(w, &p), FM_OK);
	w->now_ms += DAY_MS;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(params(w, &p), FM_E_CERT_KEY);
		says(w, "4Mica Core: key of base-sepolia is now 0x" FAKE_KEY_C
			", pinned is 0x" FAKE_KEY_A);
		assert_string_equal(w->err.rule, "pinned-trust");
		assert_non_null(
			strstr(w->err.hint, "fourmica networks refresh base-sepolia"));
	}
	assert_int_equal(w->core_asked, 3); /* what does not fit is not kept */
	assert_int_equal(fm_trust_params_read(&at_s, w->client, CHAIN, &w->err), FM_OK);
	assert_int_equal(at_s, 1782122405);
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_CORE);
	assert_int_equal(fm_trust_review(&review, w->client, CHAIN, &w->err), FM_E_CORE);
	/* the chain alone */
	rotate(w, FAKE_KEY_C, fake_words_c);
	w->core.key = FAKE_KEY_A;
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_CORE);
	assert_int_equal(params(w, &p), FM_OK);
	/* both, and then the person's word */
	w->core.key = FAKE_KEY_C;
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_CERT_KEY);
	says(w, "4Mica Core and the chain: key of");
	assert_string_equal(w->err.rule, "pinned-trust");
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	review_finds(w, &review, "key", "0x" FAKE_KEY_A, "0x" FAKE_KEY_C);
	assert_int_equal(review.change_count, 1);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(fm_trust_accept(w->client, &review, &w->err), FM_OK);
	restart(w);
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_C);
	w->core_asked = 0;
	assert_int_equal(params(w, &p), FM_OK); /* kept when it was accepted */
	assert_int_equal(w->core_asked, 0);
	assert_true(find(w, &pin));
	assert_int_equal(pin.pinned_s, w->now_ms / 1000);
	assert_int_equal(pin.earlier_count, 1);
	assert_int_equal(pin.earlier[0].key[0], 0x97);
	assert_int_equal(pin.earlier[0].pinned_s, 1782122405);
	assert_int_equal(pin.earlier[0].replaced_s, w->now_ms / 1000);
	trusts(w, FM_TRUST_NOW, FM_ANCHOR_CHAIN, FAKE_KEY_C);
}

static void move_vault(struct world *w, char domain[static FM_HASH_TEXT])
{
	struct fm_addr vault;
	struct fm_hash hash;

	assert_true(fm_addr_parse(&vault, NULL, fm_span_of(OTHER_VAULT)));
	fm_cert_domain(&hash, 1, CHAIN, &vault);
	fm_hash_text(domain, &hash);
	w->vault.domain = w->vault.domains[0] = domain + 2;
	w->core.vault = OTHER_VAULT;
}

static void test_vault_changed(void **state)
{
	struct world *w = *state;
	char domain[FM_HASH_TEXT];
	struct fm_trust_review review;
	struct fm_core_params p;
	struct fm_trust_pin pin;
	struct fm_addr old;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	move_vault(w, domain);
	w->now_ms += DAY_MS;
	assert_int_equal(params(w, &p), FM_E_CERT_KEY);
	says(w, "vault of base-sepolia is now " OTHER_VAULT ", pinned is " FAKE_VAULT);
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_CERT_KEY);
	review_finds(w, &review, "vault", FAKE_VAULT, OTHER_VAULT);
	assert_int_equal(review.change_count, 2);
	assert_string_equal(review.changes[1].what, "domain_v1");
	assert_int_equal(fm_trust_accept(w->client, &review, &w->err), FM_OK);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(w->trust.vault.b[0], 0x22);
	assert_true(find(w, &pin));
	assert_int_equal(pin.earlier_count, 1);
	assert_int_equal(pin.earlier[0].vault.b[0], 0x11);
	/* certificates of the old one, when it is named */
	assert_true(fm_addr_parse(&old, NULL, fm_span_of(FAKE_VAULT)));
	assert_int_equal(fm_client_trust(&w->trust, w->client, CHAIN, &old,
					 FM_TRUST_PINNED, &w->err),
			 FM_OK);
	assert_int_equal(w->trust.vault.b[0], 0x11);
	/* and back */
	w->core.vault = FAKE_VAULT;
	w->vault.domain = w->vault.domains[0] = FAKE_DOMAIN_1;
	review_finds(w, &review, "vault", OTHER_VAULT, FAKE_VAULT);
	assert_int_equal(fm_trust_accept(w->client, &review, &w->err), FM_OK);
	assert_true(find(w, &pin));
	assert_int_equal(pin.earlier_count, 2);
	assert_int_equal(pin.facts.vault.b[0], 0x11);
}

static void test_domain_and_version_changed(void **state)
{
	struct world *w = *state;
	struct fm_trust_review review;
	struct fm_core_params p;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	w->vault.domains[1] = FAKE_DOMAIN_1;
	w->core.domain = "0x" FAKE_DOMAIN_1;
	w->now_ms += DAY_MS;
	assert_int_equal(params(w, &p), FM_E_CERT_KEY);
	says(w, "domain_v2 of base-sepolia is now 0x" FAKE_DOMAIN_1
		", pinned is 0x" FAKE_DOMAIN_2);
	review_finds(w, &review, "domain_v2", "0x" FAKE_DOMAIN_2, "0x" FAKE_DOMAIN_1);
	w->core.accepted = "[1]";
	w->vault.enabled[1] = false;
	w->vault.domains[1] = FAKE_DOMAIN_2;
	/* Core stopped taking a version: nothing it says contradicts the pin */
	assert_int_equal(params(w, &p), FM_OK);
	review_finds(w, &review, "enabled_v2", "yes", "no");
	assert_int_equal(fm_trust_accept(w->client, &review, &w->err), FM_OK);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_false(w->trust.version[1].enabled);
	/* and takes it again */
	w->core.accepted = "[1,2]";
	w->core.domain = "0x" FAKE_DOMAIN_2;
	w->vault.enabled[1] = true;
	w->now_ms += DAY_MS;
	assert_int_equal(params(w, &p), FM_E_CERT_KEY);
	says(w, "enabled_v2 of base-sepolia is now yes, pinned is no");
}

/** What Core signs under and whom it trusts may change without a word, but is told. */
static void test_parameters_changed(void **state)
{
	struct world *w = *state;
	struct fm_trust_review review;
	struct fm_core_params p;
	struct fm_trust_pin pin;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	w->core.version = "2";
	w->now_ms += DAY_MS;
	assert_int_equal(params(w, &p), FM_OK);
	assert_string_equal(p.domain.version, "2");
	assert_string_equal(w->logged,
			    "4Mica Core changed its eip712 from 4mica 1 to 4mica 2");
	w->core.registries = "[\"" REGISTRY_1 "\",\"" REGISTRY_2 "\"]";
	assert_int_equal(fm_trust_review(&review, w->client, CHAIN, &w->err), FM_OK);
	assert_false(review.needs_word);
	assert_int_equal(review.change_count, 1);
	assert_string_equal(review.changes[0].what, "registries");
	assert_string_equal(review.changes[0].before, REGISTRY_1);
	assert_string_equal(review.changes[0].after, REGISTRY_1 ", " REGISTRY_2);
	trusts(w, FM_TRUST_NOW, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(w->trust.registry_count, 2);
	assert_true(find(w, &pin));
	assert_string_equal(pin.facts.domain.version, "2");
	assert_int_equal(pin.pinned_s, 1782122405);
	assert_int_equal(pin.earlier_count, 0);
}

static void test_many_changes(void **state)
{
	struct world *w = *state;
	struct fm_trust_review review;
	struct fm_trust_pin pin;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	for (size_t i = 0; i < 40; i++) {
		bool odd = i % 2;

		fake_http_clear(&w->fake); /* it keeps no more requests than that */
		w->fake.respond = respond;
		w->fake.respond_ctx = w;
		rotate(w, odd ? FAKE_KEY_A : FAKE_KEY_C,
		       odd ? fake_words_a : fake_words_c);
		w->now_ms += 1000;
		assert_int_equal(fm_trust_review(&review, w->client, CHAIN, &w->err),
				 FM_OK);
		assert_int_equal(fm_trust_accept(w->client, &review, &w->err), FM_OK);
		assert_true(find(w, &pin));
		if (i < FM_TRUST_EARLIER_MAX)
			assert_int_equal(pin.earlier_count, i + 1);
	}
	assert_true(find(w, &pin));
	assert_int_equal(pin.earlier_count, FM_TRUST_EARLIER_MAX);
	for (size_t i = 0; i < pin.earlier_count; i++)
		assert_int_equal(pin.earlier[i].replaced_s,
				 w->now_ms / 1000 - (int64_t)i);
}

/* ---- two at once ---- */

static void test_another_core(void **state)
{
	struct world *w = *state;
	struct fm_trust_review review;
	char domain[FM_HASH_TEXT];
	struct fm_core_params p;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	asked(w, 1, 1);
	/* another name of the same: Core is asked, the chain is not */
	w->core_url = CORE_2;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
	asked(w, 1, 0);
	/* another vault: not pinned behind the user's back, and not believed either */
	w->now_ms += DAY_MS;
	move_vault(w, domain);
	assert_int_equal(params(w, &p), FM_E_CERT_KEY);
	assert_int_equal(trust(w, FM_TRUST_FIRST_USE), FM_E_CERT_KEY);
	says(w, "vault of base-sepolia is now " OTHER_VAULT);
	review_finds(w, &review, "vault", FAKE_VAULT, OTHER_VAULT);
	assert_int_equal(fm_trust_accept(w->client, &review, &w->err), FM_OK);
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(w->trust.vault.b[0], 0x22);
	/* the first Core still speaks for its own */
	w->core_url = CORE;
	w->core.vault = FAKE_VAULT;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(w->trust.vault.b[0], 0x11);
	assert_int_equal(params(w, &p), FM_OK);
	/* where no Core is known, the chain's last pin holds */
	w->core_url = NULL;
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(w->trust.vault.b[0], 0x22);
	assert_int_equal(trust(w, FM_TRUST_NOW), FM_E_CONFIG);
}

/** What another Core said before anything was pinned is no way around the pin. */
static void test_kept_before_the_pin(void **state)
{
	struct world *w = *state;
	char domain[FM_HASH_TEXT];
	struct fm_core_params p;

	w->core_url = CORE_2;
	move_vault(w, domain);
	assert_int_equal(params(w, &p), FM_OK);
	w->core_url = CORE;
	w->core.vault = FAKE_VAULT;
	w->vault.domain = w->vault.domains[0] = FAKE_DOMAIN_1;
	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	w->core_url = CORE_2;
	w->core.vault = OTHER_VAULT;
	assert_int_equal(params(w, &p), FM_E_CERT_KEY);
	assert_int_equal(trust(w, FM_TRUST_FIRST_USE), FM_E_CERT_KEY);
	says(w, "vault of base-sepolia is now " OTHER_VAULT);
}

static void test_two_processes(void **state)
{
	struct world *w = *state;
	struct fm_trust_review first, second;
	struct fm_client *other = NULL;
	struct fm_trust_pin pin;

	assert_int_equal(fm_client_new(&other, &w->config, &w->err), FM_OK);
	/* the same thing pinned twice is no conflict */
	assert_int_equal(fm_trust_review(&first, w->client, CHAIN, &w->err), FM_OK);
	assert_int_equal(fm_trust_review(&second, other, CHAIN, &w->err), FM_OK);
	assert_int_equal(fm_trust_accept(w->client, &first, &w->err), FM_OK);
	assert_int_equal(fm_trust_accept(other, &second, &w->err), FM_OK);
	assert_true(find(w, &pin));
	assert_int_equal(pin.earlier_count, 0);
	/* another thing is: what was shown is not what would be replaced */
	rotate(w, FAKE_KEY_C, fake_words_c);
	assert_int_equal(fm_trust_review(&first, w->client, CHAIN, &w->err), FM_OK);
	rotate(w, FAKE_KEY_B, fake_words_b);
	assert_int_equal(fm_trust_review(&second, other, CHAIN, &w->err), FM_OK);
	assert_int_equal(fm_trust_accept(other, &second, &w->err), FM_OK);
	assert_int_equal(fm_trust_accept(w->client, &first, &w->err), FM_E_BUSY);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_B);
	fm_client_free(&other);
}

/** All rows or none, and only over what was read. */
static void test_pin_change(void **state)
{
	struct world *w = *state;
	struct fm_ledger *ledger;
	struct fm_buf value;
	bool done = true, found = true;
	struct fm_pin_change changes[] = {
		{"k",  "a", { NULL, 0 }, fm_span_of("1")},
		{ "k", "b", { NULL, 0 }, fm_span_of("2")},
	};

	fm_buf_init(&value, 64);
	assert_int_equal(fm_client_ledger(&ledger, w->client, true, &w->err), FM_OK);
	changes[1].before = fm_span_of("x");
	assert_int_equal(fm_pin_change(&done, ledger, changes, 2, &w->err), FM_OK);
	assert_false(done);
	assert_int_equal(fm_pin_get(&value, NULL, &found, ledger, "k", "a", &w->err),
			 FM_OK);
	assert_false(found);
	changes[1].before.ptr = NULL;
	assert_int_equal(fm_pin_change(&done, ledger, changes, 2, &w->err), FM_OK);
	assert_true(done);
	assert_int_equal(fm_pin_change(&done, ledger, changes, 2, &w->err), FM_OK);
	assert_false(done);
	changes[0].before = fm_span_of("1");
	changes[1].before = fm_span_of("22");
	assert_int_equal(fm_pin_change(&done, ledger, changes, 2, &w->err), FM_OK);
	assert_false(done);
	changes[1].before = fm_span_of("2");
	changes[1].after = fm_span_of("3");
	assert_int_equal(fm_pin_change(&done, ledger, changes, 2, &w->err), FM_OK);
	assert_true(done);
	assert_int_equal(fm_pin_get(&value, NULL, &found, ledger, "k", "b", &w->err),
			 FM_OK);
	assert_string_equal(value.ptr, "3");
	fm_buf_clear(&value);
}

/** What is in the ledger is read as strictly as anything. */
static void test_damaged_pin(void **state)
{
	static const char *const docs[] = {
		"{}",
		"[]",
		"null",
		"{\"vault\":\"" FAKE_VAULT "\"}",
	};
	struct world *w = *state;
	char key[64 + FM_ADDR_TEXT];
	struct fm_ledger *ledger;
	struct fm_buf good, bad;
	struct fm_trust_pin pin;
	bool found;

	trusts(w, FM_TRUST_FIRST_USE, FM_ANCHOR_CHAIN, FAKE_KEY_A);
	assert_int_equal(fm_client_ledger(&ledger, w->client, true, &w->err), FM_OK);
	snprintf(key, sizeof(key), "eip155:84532 %s", FAKE_VAULT);
	fm_buf_init(&good, 1u << 16);
	assert_int_equal(fm_pin_get(&good, NULL, &found, ledger, "trust", key, &w->err),
			 FM_OK);
	assert_true(found);
	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		assert_int_equal(fm_pin_set(ledger, "trust", key, fm_span_of(docs[i]),
					    &w->err),
				 FM_OK);
		assert_int_equal(fm_trust_find(&pin, &found, w->client, CHAIN, NULL,
					       &w->err),
				 FM_E_LEDGER);
		assert_int_equal(trust(w, FM_TRUST_FIRST_USE), FM_E_LEDGER);
	}
	/* a digit less of anything that is hex */
	for (size_t at = 0; at + 2 < good.len; at++) {
		if (memcmp(good.ptr + at, "\"0x", 3) != 0)
			continue;
		fm_buf_init(&bad, 1u << 16);
		fm_buf_add(&bad, good.ptr, at + 3);
		fm_buf_add(&bad, good.ptr + at + 4, good.len - at - 4);
		assert_int_equal(fm_pin_set(ledger, "trust", key, fm_buf_span(&bad),
					    &w->err),
				 FM_OK);
		assert_int_equal(trust(w, FM_TRUST_PINNED), FM_E_LEDGER);
		fm_buf_clear(&bad);
	}
	assert_int_equal(fm_pin_set(ledger, "trust", key, fm_buf_span(&good), &w->err),
			 FM_OK);
	trusts(w, FM_TRUST_PINNED, FM_ANCHOR_PIN, FAKE_KEY_A);
	assert_int_equal(fm_pin_set(ledger, "vault", "eip155:84532 " CORE,
				    fm_span_of("0x11"), &w->err),
			 FM_OK);
	assert_int_equal(trust(w, FM_TRUST_PINNED), FM_E_LEDGER);
	fm_buf_clear(&good);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_first_use),
		TEST(test_cost_of_a_payment),
		TEST(test_nothing_pinned),
		TEST(test_named_vault),
		TEST(test_core_and_chain_differ),
		TEST(test_core_talks_nonsense),
		TEST(test_chain_talks_nonsense),
		TEST(test_newer_version),
		TEST(test_core_tells_no_domain),
		TEST(test_kept_params_are_old),
		TEST(test_core_alone_pins_nothing),
		TEST(test_pinned_and_offline),
		TEST(test_endpoints_in_order),
		TEST(test_no_secret_is_kept),
		TEST(test_key_changed),
		TEST(test_vault_changed),
		TEST(test_domain_and_version_changed),
		TEST(test_parameters_changed),
		TEST(test_many_changes),
		TEST(test_another_core),
		TEST(test_kept_before_the_pin),
		TEST(test_two_processes),
		TEST(test_pin_change),
		TEST(test_damaged_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
