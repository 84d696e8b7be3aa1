/* SPDX-License-Identifier: MIT */
/** What became of payments, with chains and Cores the sandbox cannot play: what proves an end, what
 *  does not, and that recording it is all or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fourmica/reconcile.h>

#include "support/fake_http.h"
#include "support/ledger_home.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHAIN UINT64_C(84532)
#define CORE "https://core.example"
#define RPC "https://rpc.example"
#define USDC "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
#define CENT UINT64_C(10000)
#define DAY INT64_C(86400000)
#define NOW_S (HOME_NOON / 1000)
#define PAYMENTS 200
#define MUST_DO(call)                                       \
	do {                                                \
		fm_err_init(&err);                          \
		if ((call) != FM_OK)                        \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

static const struct fm_addr payer = { { 1 } }, stranger = { { 8 } };
static struct fm_err err;

/* ---- the world ---- */

static struct {
	struct fake_http fake;
	struct fm_client *client;
	struct fm_client_config config;
	struct fm_policy *policy;
	struct fm_ledger *ledger;
	struct fm_buf answer;
	/* by the last byte of a nonce */
	bool used[256], used_when_safe[256], broken[256];
	const char *chain; /* quantity */
	int64_t safe_s;	   /* 0: the node does not know the word */
	bool chain_down;
	void (*while_chain_asked)(void);
	unsigned chain_asked;
	uint64_t locked; /* base units */
	bool stranger_to_core;
	int core_status;
	unsigned core_asked;
	void (*while_asked)(void); /* what happens while Core is asked; may be NULL */
} world;

static unsigned hex_byte(const char *digits)
{
	uint8_t byte;

	assert_true(fm_hex_read(&byte, 1, (struct fm_span){ digits, 2 }));
	return byte;
}

static void put_call(const struct fm_json *params)
{
	const struct fm_json *message = fm_json_first(params);
	const struct fm_json *tag = fm_json_next(params, message);
	char data[200];
	unsigned which;

	assert_true(fm_json_cstr(data, sizeof(data), fm_json_get(message, "data")) ||
		    fm_json_cstr(data, sizeof(data), fm_json_get(message, "input")));
	assert_int_equal(strncmp(data, "0xe94a0102", 10), 0);
	which = hex_byte(data + strlen(data) - 2);
	if (world.broken[which])
		fm_buf_str(&world.answer,
			   "\"error\":{\"code\":-32000,\"message\":\"no such thing\"}");
	else
		fm_buf_fmt(&world.answer, "\"result\":\"0x%064d\"",
			   fm_json_is(tag, "latest") ? world.used[which]
						     : world.used_when_safe[which]);
}

static void put_block(void)
{
	if (!world.safe_s)
		fm_buf_str(&world.answer,
			   "\"error\":{\"code\":-32602,\"message\":\"safe?\"}");
	else
		fm_buf_fmt(&world.answer,
			   "\"result\":{\"number\":\"0x64\",\"hash\":null,"
			   "\"timestamp\":\"0x%llx\",\"baseFeePerGas\":\"0x1\"}",
			   (unsigned long long)world.safe_s);
}

static void put_chain(const struct fake_request *request)
{
	struct fm_json *doc = NULL;
	const struct fm_json *call;

	MUST_DO(fm_json_parse(&doc, (struct fm_span){ request->body, request->body_len },
			      false, &err));
	fm_buf_chr(&world.answer, '[');
	for (call = fm_json_first(doc); call; call = fm_json_next(doc, call)) {
		const struct fm_json *method = fm_json_get(call, "method");
		struct fm_span id = fm_json_get(call, "id")->src;

		fm_buf_fmt(&world.answer, "%s{\"jsonrpc\":\"2.0\",\"id\":%.*s,",
			   call == fm_json_first(doc) ? "" : ",", (int)id.len, id.ptr);
		if (fm_json_is(method, "eth_chainId"))
			fm_buf_fmt(&world.answer, "\"result\":\"%s\"", world.chain);
		else if (fm_json_is(method, "eth_getBlockByNumber"))
			put_block();
		else
			put_call(fm_json_get(call, "params"));
		fm_buf_chr(&world.answer, '}');
	}
	fm_buf_chr(&world.answer, ']');
	fm_json_free(&doc);
}

static void put_core(void)
{
	char user[FM_ADDR_TEXT];

	fm_addr_text(user, &payer);
	if (world.stranger_to_core)
		fm_buf_str(&world.answer, "null");
	else
		fm_buf_fmt(
			&world.answer,
			"{\"user_address\":\"%s\",\"asset_address\":\"" USDC
			"\",\"total\":\"0x5f5e100\",\"locked\":\"0x%llx\",\"version\":1,"
			"\"updated_at\":1782122400}",
			user, (unsigned long long)world.locked);
}

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	(void)ctx;
	fm_buf_clear(&world.answer);
	fm_buf_init(&world.answer, 1u << 20);
	*reply = (struct fake_reply){ .status = 200 };
	if (strcmp(request->url, RPC) == 0) {
		world.chain_asked++;
		if (world.chain_down) {
			*reply = (struct fake_reply){ .fail = FM_E_NETWORK };
			return true;
		}
		put_chain(request);
		if (world.while_chain_asked)
			world.while_chain_asked();
	} else if (strncmp(request->url, CORE "/core/users/", 27) == 0) {
		world.core_asked++;
		reply->status = world.core_status;
		put_core();
		if (world.while_asked)
			world.while_asked();
	} else {
		return false;
	}
	reply->body = world.answer.ptr;
	reply->body_len = world.answer.len;
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
	return chain_id == CHAIN && !index ? RPC : NULL;
}

static void start(void)
{
	static const struct fm_session_config session = { .bearer = "token",
							  .bearer_chain = CHAIN };

	MUST_DO(fm_client_new(&world.client, &world.config, &err));
	fm_client_session(world.client, &session);
	MUST_DO(fm_client_ledger(&world.ledger, world.client, true, &err));
}

/** The process that paid is gone, and another one looks. */
static void restart(void)
{
	fm_client_free(&world.client);
	start();
}

static int set_up(void **state)
{
	static const char rules[] =
		"{\"version\":1,\"networks\":[\"eip155:84532\"],\"limits\":["
		"{\"name\":\"day\",\"amount\":\"1usdc\",\"window\":\"1d\"},"
		"{\"name\":\"seller\",\"amount\":\"1usdc\",\"window\":\"1h\",\"per\":\"seller\"},"
		"{\"name\":\"task\",\"amount\":\"1usdc\",\"per\":\"task\"}],"
		"\"sellers\":{\"https://shop.example\":"
		"{\"pay_to\":[\"0x0000000000000000000000000000000000000002\"]}}}";
	int rc = home_set_up(state);

	memset(&world, 0, sizeof(world));
	fake_http_init(&world.fake);
	world.fake.respond = respond;
	world.chain = "0x14a34";
	world.safe_s = NOW_S;
	world.core_status = 200;
	MUST_DO(fm_policy_parse(&world.policy, fm_span_of(rules), "policy.json", &err));
	world.config = (struct fm_client_config){ .clock = &home_clock,
						  .rand = &fm_system_rand,
						  .http = &world.fake.http,
						  .policy = world.policy,
						  .ledger_file = home_ledger(),
						  .payer = payer,
						  .has_payer = true,
						  .core_url = core_url,
						  .rpc_url = rpc_url };
	start();
	return rc;
}

static int tear_down(void **state)
{
	size_t unexpected = world.fake.unexpected;

	fm_client_free(&world.client);
	fm_policy_free(&world.policy);
	fake_http_clear(&world.fake);
	fm_buf_clear(&world.answer);
	return home_tear_down(state) || unexpected ? -1 : 0;
}

/* ---- paying ---- */

static struct fm_ask ask_for(uint64_t cents)
{
	return (struct fm_ask){ .chain_id = CHAIN,
				.asset = fm_asset_by_symbol(CHAIN, "USDC"),
				.amount = fm_u256_from_u64(cents * CENT),
				.pay_to = { { [19] = 2 } },
				.scheme = "4mica-credit",
				.origin = "https://shop.example",
				.route = "/",
				.task = "t" };
}

static struct fm_payment payment_of(const struct fm_addr *who, const char *scheme,
				    uint64_t cents, uint8_t nonce)
{
	static char header[] = "aGVhZGVy", route[] = "/";
	bool exact = strcmp(scheme, "exact") == 0;
	struct fm_payment p = { .payer = *who,
				.chain_id = CHAIN,
				.asset = fm_asset_by_symbol(CHAIN, "USDC")->address,
				.amount = fm_u256_from_u64(cents * CENT),
				.pay_to = { { [19] = 2 } },
				.valid_before_s = exact ? NOW_S + 300 : 0,
				.origin = "https://shop.example",
				.task = "t",
				.method = "GET",
				.header = header,
				.route = route };

	snprintf(p.scheme, sizeof(p.scheme), "%s", scheme);
	if (exact)
		p.nonce.b[31] = nonce;
	return p;
}

static void reserve(struct fm_payment *p, struct fm_ledger *ledger)
{
	struct fm_ask ask = ask_for(0);
	struct fm_check checks[FM_CHECKS_MAX];
	struct fm_payment found;
	enum fm_reserve what;
	size_t count;

	ask.amount = p->amount;
	fm_policy_judge(world.policy, &ask, checks, &count, &err);
	MUST_DO(fm_ledger_reserve(&what, &found, ledger, p, &ask, checks, count, &err));
	assert_int_equal(what, FM_RESERVE_NEW);
}

/** Signed, by a process that is at it. */
static struct fm_payment pay(const char *scheme, uint64_t cents, uint8_t nonce)
{
	struct fm_payment p = payment_of(&payer, scheme, cents, nonce);

	reserve(&p, world.ledger);
	MUST_DO(fm_ledger_signed(world.ledger, &p, &err));
	p.header = p.route = NULL; /* they were nobody's */
	return p;
}

static struct fm_payment ended(const char *scheme, uint64_t cents, uint8_t nonce,
			       enum fm_pay_state state, const char *evidence)
{
	struct fm_payment p = pay(scheme, cents, nonce);

	p.state = state;
	snprintf(p.evidence, sizeof(p.evidence), "%s", evidence);
	MUST_DO(fm_ledger_outcome(world.ledger, &p, &err));
	return p;
}

/** With a certificate of a cycle that ends at end_s. */
static void certified(uint64_t cents, int64_t end_s)
{
	struct fm_payment p = pay("4mica-credit", cents, 0);

	p.state = FM_PAY_PAID;
	snprintf(p.evidence, sizeof(p.evidence), "verified");
	snprintf(p.cycle_hint, sizeof(p.cycle_hint), "0x036c:%lld/86400",
		 (long long)end_s - 86400);
	MUST_DO(fm_ledger_outcome(world.ledger, &p, &err));
}

/** In cents, of the limit with this number: day, seller, task. */
static uint64_t used(size_t limit)
{
	const struct fm_ask ask = ask_for(1);
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count;

	fm_policy_judge(world.policy, &ask, checks, &count, &err);
	MUST_DO(fm_ledger_usage(world.ledger, checks, count, &err));
	assert_true(limit < count);
	return checks[limit].used.w[0] / CENT;
}

static uint64_t authorities(void)
{
	struct fm_payment *list;
	uint64_t sum;
	size_t count;

	MUST_DO(fm_ledger_authority_count(&sum, world.ledger, &payer, CHAIN, &err));
	MUST_DO(fm_ledger_authority(&list, &count, world.ledger, &payer, CHAIN, SIZE_MAX,
				    &err));
	fm_payments_free(&list, count);
	assert_int_equal(count, sum);
	return sum;
}

/** Outstanding credit in cents. */
static uint64_t owed(void)
{
	struct fm_outstanding out;
	uint64_t sum;

	MUST_DO(fm_ledger_outstanding(&out, world.ledger, &payer, CHAIN, &err));
	sum = out.asset_count ? out.assets[0].outstanding.w[0] / CENT : 0;
	fm_outstanding_clear(&out);
	return sum;
}

static void is_now(const struct fm_payment *p, enum fm_pay_state state,
		   const char *evidence)
{
	struct fm_payment now;
	bool found;

	MUST_DO(fm_ledger_find(&now, &found, world.ledger, p->id, &err));
	assert_true(found);
	assert_string_equal(fm_pay_state_word(now.state), fm_pay_state_word(state));
	assert_string_equal(now.evidence, evidence);
	fm_payment_clear(&now);
}

/* ---- looking ---- */

static struct {
	size_t count, unsure;
	char ids[PAYMENTS][FM_PAY_ID];
	char message[400], next[200];
	size_t words;
	struct fm_core_word word;
} told;

static void each(void *ctx, const struct fm_reconciled *r)
{
	(void)ctx;
	assert_true(told.count < PAYMENTS);
	memcpy(told.ids[told.count++], r->payment->id, FM_PAY_ID);
	told.unsure += r->unsure;
	snprintf(told.message, sizeof(told.message), "%s", r->message);
	snprintf(told.next, sizeof(told.next), "%s", r->next);
}

static void core(void *ctx, const struct fm_core_word *word)
{
	(void)ctx;
	told.words++;
	told.word = *word;
}

static enum fm_code look_at(const char *id, bool all)
{
	const struct fm_reconcile wish = {
		.id = id, .all = all, .each = each, .core = core
	};

	memset(&told, 0, sizeof(told));
	world.chain_asked = world.core_asked = 0;
	fm_err_init(&err);
	return fm_reconcile(world.client, CHAIN, &wish, &err);
}

static void finds(enum fm_code code, size_t count)
{
	enum fm_code rc = look_at(NULL, false);

	if (rc != code)
		fail_msg("%d, not %d: %s", rc, code, err.msg);
	assert_int_equal(told.count, count);
	if (rc)
		assert_int_equal(rc, err.code);
}

static void says(const char *piece)
{
	if (!strstr(told.message, piece))
		fail_msg("not '%s' but: %s", piece, told.message);
}

/* ---- the ledger ---- */

static void ten_refused(void **state)
{
	struct fm_payment last = { .id = "" };

	(void)state;
	for (int i = 0; i < 10; i++)
		last = ended("4mica-credit", 10, 0, FM_PAY_REFUSED, "");
	assert_int_equal(used(0), 100);
	assert_int_equal(authorities(), 10);
	home_now += DAY + 60000;
	/* Tomorrow's limit is whole; what was signed is out there all the same. */
	assert_int_equal(used(0), 0);
	assert_int_equal(authorities(), 10);
	assert_int_equal(owed(), 100);
	MUST_DO(fm_reconcile_mark(&last, world.client, false, "the seller is gone",
				  &err));
	assert_string_equal(last.resolution, "the seller is gone");
	assert_int_equal(authorities(), 9);
	assert_int_equal(owed(), 90);
	assert_int_equal(used(0), 0);
	assert_int_equal(used(2), 100); /* a task is for ever */
	fm_payment_clear(&last);
	assert_true(home_journal() > 0);
}

static void releasing_gives_back_everything(void **state)
{
	struct fm_payment exact = ended("exact", 7, 1, FM_PAY_IN_DOUBT, "");
	struct fm_payment credit = ended("4mica-credit", 3, 0, FM_PAY_IN_DOUBT, "");
	bool done;

	(void)state;
	for (size_t limit = 0; limit < 3; limit++)
		assert_int_equal(used(limit), 10);
	exact.state = credit.state = FM_PAY_RELEASED;
	MUST_DO(fm_ledger_resolve(&done, world.ledger, &exact, FM_PAY_IN_DOUBT, &err));
	assert_true(done);
	for (size_t limit = 0; limit < 3; limit++)
		assert_int_equal(used(limit), 3);
	/* Once only. */
	MUST_DO(fm_ledger_resolve(&done, world.ledger, &exact, FM_PAY_IN_DOUBT, &err));
	assert_false(done);
	assert_int_equal(used(0), 3);
	/* A guarantee never ends. */
	fm_err_init(&err);
	assert_int_equal(fm_ledger_resolve(&done, world.ledger, &credit, FM_PAY_IN_DOUBT,
					   &err),
			 FM_E_INTERNAL);
	assert_false(done);
	assert_int_equal(used(0), 3);
	assert_int_equal(owed(), 3);
	is_now(&credit, FM_PAY_IN_DOUBT, "");
}

static void somebody_is_at_it(void **state)
{
	struct fm_payment p = pay("exact", 1, 1), reserved;
	bool done, alive;

	(void)state;
	reserved = payment_of(&payer, "4mica-credit", 2, 0);
	reserve(&reserved, world.ledger);
	MUST_DO(fm_ledger_pay_alive(&alive, world.ledger, &p, &err));
	assert_true(alive);
	finds(FM_OK, 0);
	assert_int_equal(look_at(p.id, false), FM_E_BUSY);
	assert_int_equal(look_at(reserved.id, false), FM_E_BUSY);
	p.state = FM_PAY_RELEASED;
	MUST_DO(fm_ledger_resolve(&done, world.ledger, &p, FM_PAY_SIGNED, &err));
	assert_false(done);
	assert_int_equal(used(0), 3);
	restart();
	MUST_DO(fm_ledger_pay_alive(&alive, world.ledger, &p, &err));
	assert_false(alive);
	/* The reservation is given back, the signature is asked about. */
	finds(FM_E_IN_DOUBT, 2);
	assert_int_equal(err.spent, FM_SPENT_MAYBE);
	is_now(&reserved, FM_PAY_RELEASED, "");
	is_now(&p, FM_PAY_SIGNED, "");
	assert_int_equal(used(0), 1);
}

static void of_another_wallet(void **state)
{
	struct fm_payment p = payment_of(&stranger, "exact", 1, 1);

	(void)state;
	reserve(&p, world.ledger);
	MUST_DO(fm_ledger_signed(world.ledger, &p, &err));
	restart();
	finds(FM_OK, 0);
	assert_int_equal(look_at(p.id, false), FM_E_USAGE);
	assert_int_equal(look_at("pay_0", false), FM_E_USAGE);
	assert_int_equal(world.chain_asked, 0);
}

static void networks(void **state)
{
	uint64_t *chains;
	size_t count;

	(void)state;
	MUST_DO(fm_ledger_networks(&chains, &count, world.ledger, &payer, true, &err));
	assert_int_equal(count, 0);
	free(chains);
	ended("exact", 1, 1, FM_PAY_PAID, "receipt_only");
	MUST_DO(fm_ledger_networks(&chains, &count, world.ledger, &payer, false, &err));
	assert_int_equal(count, 0);
	free(chains);
	MUST_DO(fm_ledger_networks(&chains, &count, world.ledger, &payer, true, &err));
	assert_int_equal(count, 1);
	assert_int_equal(chains[0], CHAIN);
	free(chains);
	ended("exact", 1, 2, FM_PAY_REFUSED, "");
	MUST_DO(fm_ledger_networks(&chains, &count, world.ledger, &payer, false, &err));
	assert_int_equal(count, 1);
	free(chains);
	MUST_DO(fm_ledger_networks(&chains, &count, world.ledger, &stranger, true, &err));
	assert_int_equal(count, 0);
	free(chains);
}

/** Killed at each write of releasing: it is released and given back, or neither. */
static void killed_while_releasing(void **state)
{
	int status = 0;
	unsigned n = 0;

	(void)state;
	do {
		struct fm_payment p =
			ended("exact", 1, (uint8_t)++n, FM_PAY_IN_DOUBT, "");
		uint64_t before = used(0), now;
		struct fm_payment after;
		bool found;
		pid_t child;

		fm_client_free(&world.client);
		child = fork();
		if (!child) {
			bool done;

			home_kill_at(ULONG_MAX); /* what is opened now is counted */
			start();
			p.state = FM_PAY_RELEASED;
			home_kill_at(n);
			_exit(fm_ledger_resolve(&done, world.ledger, &p, FM_PAY_IN_DOUBT,
						&err) ||
			      !done);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		start();
		MUST_DO(fm_ledger_find(&after, &found, world.ledger, p.id, &err));
		now = used(0);
		assert_int_equal(before - now, after.state == FM_PAY_RELEASED);
		assert_true(home_journal() > 0);
		/* Done again, it comes to the same. */
		world.safe_s = NOW_S + 301;
		assert_int_equal(look_at(p.id, false), FM_OK);
		assert_int_equal(used(0), before - 1);
		fm_payment_clear(&after);
	} while (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && n < 200);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(n > 2);
}

/* ---- the chain ---- */

static void nonce_used(void **state)
{
	struct fm_payment doubt = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");
	struct fm_payment refused = ended("exact", 2, 2, FM_PAY_REFUSED, "");
	struct fm_payment now;
	bool found;

	(void)state;
	world.used[1] = world.used[2] = true;
	finds(FM_OK, 2);
	assert_int_equal(world.chain_asked, 1);
	assert_int_equal(world.core_asked, 0);
	is_now(&doubt, FM_PAY_PAID, FM_EVIDENCE_CHAIN);
	is_now(&refused, FM_PAY_PAID, FM_EVIDENCE_CHAIN);
	assert_int_equal(used(0), 3);
	finds(FM_OK, 0);
	/* Whoever asks with its key hears that it is paid. */
	MUST_DO(fm_ledger_find(&now, &found, world.ledger, doubt.id, &err));
	MUST_DO(fm_payment_known(&now, &err));
	fm_payment_clear(&now);
}

static void nonce_unused(void **state)
{
	struct fm_payment p = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");

	(void)state;
	finds(FM_E_IN_DOUBT, 1);
	says("not used so far");
	assert_non_null(strstr(told.next, p.id));
	/* Its last second is not past, whatever our own clock says. */
	home_now += DAY;
	world.safe_s = NOW_S + 300;
	finds(FM_E_IN_DOUBT, 1);
	is_now(&p, FM_PAY_IN_DOUBT, "");
	assert_int_equal(used(2), 1);
	world.safe_s = NOW_S + 301;
	finds(FM_OK, 1);
	assert_int_equal(world.chain_asked, 2);
	is_now(&p, FM_PAY_RELEASED, FM_EVIDENCE_UNUSED);
	assert_int_equal(used(2), 0);
}

/** "latest" of a node that is behind may be older than what another calls safe. */
static void node_is_behind(void **state)
{
	struct fm_payment p = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.safe_s = NOW_S + 301;
	world.used_when_safe[1] = true;
	finds(FM_OK, 1);
	is_now(&p, FM_PAY_PAID, FM_EVIDENCE_CHAIN);
	assert_int_equal(used(0), 1);
}

static void node_without_safe(void **state)
{
	struct fm_payment p = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.safe_s = 0;
	home_now += DAY;
	finds(FM_E_IN_DOUBT, 1);
	says("does not say which block is safe");
	is_now(&p, FM_PAY_IN_DOUBT, "");
	world.used[1] = true;
	finds(FM_OK, 1);
	is_now(&p, FM_PAY_PAID, FM_EVIDENCE_CHAIN);
}

static void token_does_not_answer(void **state)
{
	struct fm_payment odd = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");
	struct fm_payment good = ended("exact", 1, 2, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.broken[1] = world.used[2] = true;
	world.safe_s = NOW_S + 301;
	finds(FM_E_IN_DOUBT, 2);
	assert_int_equal(told.unsure, 1);
	assert_non_null(strstr(err.msg, "the token did not say"));
	is_now(&odd, FM_PAY_IN_DOUBT, "");
	is_now(&good, FM_PAY_PAID, FM_EVIDENCE_CHAIN);
}

static void another_chain_answers(void **state)
{
	struct fm_payment p = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");
	struct fm_payment refused = ended("exact", 1, 2, FM_PAY_REFUSED, "");

	(void)state;
	world.chain = "0x1";
	world.used[1] = world.used[2] = true;
	world.safe_s = NOW_S + 301;
	finds(FM_E_IN_DOUBT, 2);
	says("the chain did not say");
	is_now(&p, FM_PAY_IN_DOUBT, "");
	/* Without doubt, what keeps the rest from being known is the result. */
	world.chain = "0x14a34";
	world.used[2] = false;
	world.safe_s = NOW_S;
	finds(FM_OK, 2);
	world.chain_down = true;
	finds(FM_E_NETWORK, 1);
	is_now(&refused, FM_PAY_REFUSED, "");
}

static struct fm_payment wanted_by_two;

static void another_is_faster(void)
{
	const struct fm_ledger_options options = { .path = home_ledger(),
						   .clock = &home_clock,
						   .rand = &fm_system_rand,
						   .busy_ms = 10000 };
	struct fm_payment p = wanted_by_two;
	struct fm_ledger *other;
	bool done;

	MUST_DO(fm_ledger_open(&other, &options, &err));
	p.state = FM_PAY_RELEASED;
	snprintf(p.evidence, sizeof(p.evidence), FM_EVIDENCE_UNUSED);
	MUST_DO(fm_ledger_resolve(&done, other, &p, FM_PAY_IN_DOUBT, &err));
	assert_true(done);
	fm_ledger_close(&other);
}

/** What the other one found stands, and the booking is given back once. */
static void two_at_once(void **state)
{
	(void)state;
	wanted_by_two = ended("exact", 1, 1, FM_PAY_IN_DOUBT, "");
	world.used[1] = true;
	world.while_chain_asked = another_is_faster;
	finds(FM_OK, 1);
	says("another process was at it");
	is_now(&wanted_by_two, FM_PAY_RELEASED, FM_EVIDENCE_UNUSED);
	assert_int_equal(used(0), 0);
}

static void many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 70; i++) {
		ended("exact", 1, (uint8_t)i, FM_PAY_IN_DOUBT, "");
		world.used[i] = i % 2;
	}
	world.safe_s = NOW_S + 301;
	finds(FM_OK, 70);
	assert_int_equal(world.chain_asked, 4);
	assert_int_equal(used(0), 35);
	assert_int_equal(authorities(), 0);
}

static void a_sellers_word(void **state)
{
	struct fm_payment lie = ended("exact", 1, 1, FM_PAY_PAID, "receipt_only");
	struct fm_payment truth = ended("exact", 2, 2, FM_PAY_PAID, "missing");

	(void)state;
	world.used[2] = true;
	finds(FM_OK, 0);
	assert_int_equal(look_at(NULL, true), FM_OK);
	assert_int_equal(told.count, 2);
	is_now(&lie, FM_PAY_PAID, "receipt_only");
	is_now(&truth, FM_PAY_PAID, FM_EVIDENCE_CHAIN);
	world.safe_s = NOW_S + 301;
	assert_int_equal(look_at(NULL, true), FM_OK);
	assert_int_equal(told.count, 1);
	is_now(&lie, FM_PAY_RELEASED, FM_EVIDENCE_UNUSED);
	assert_int_equal(used(0), 2);
}

/* ---- Core ---- */

static void all_is_locked(void **state)
{
	struct fm_payment doubt = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");
	struct fm_payment refused = ended("4mica-credit", 2, 0, FM_PAY_REFUSED, "");

	(void)state;
	certified(4, NOW_S + 3600);
	world.locked = 7 * CENT;
	finds(FM_OK, 2);
	is_now(&doubt, FM_PAY_PAID, FM_EVIDENCE_LOCKED);
	is_now(&refused, FM_PAY_PAID, FM_EVIDENCE_LOCKED);
	/* It is owed until its cycle is settled. */
	assert_int_equal(owed(), 7);
	assert_int_equal(told.word.certified.w[0], 4 * CENT);
	assert_true(fm_u256_is_zero(&told.word.surplus));
}

static void nothing_is_locked(void **state)
{
	struct fm_payment doubt = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");
	struct fm_payment refused = ended("4mica-credit", 2, 0, FM_PAY_REFUSED, "");

	(void)state;
	world.stranger_to_core = true;
	finds(FM_E_IN_DOUBT, 2);
	is_now(&doubt, FM_PAY_IN_DOUBT, FM_EVIDENCE_NOT_ISSUED);
	is_now(&refused, FM_PAY_REFUSED, "");
	assert_int_equal(owed(), 3);
	assert_int_equal(used(0), 3);
	world.stranger_to_core = false;
	certified(4, NOW_S + 3600);
	world.locked = 4 * CENT;
	finds(FM_E_IN_DOUBT, 2);
	says("it was not issued so far");
	/* It never ends: the seller hands it in after a year. */
	home_now += 365 * DAY;
	world.locked = 0;
	finds(FM_E_IN_DOUBT, 2);
	says("it was not issued, or it is settled by now");
	world.locked = 7 * CENT;
	finds(FM_OK, 2);
	is_now(&doubt, FM_PAY_PAID, FM_EVIDENCE_LOCKED);
}

static void some_is_locked(void **state)
{
	struct fm_payment a = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");
	struct fm_payment b = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.locked = CENT;
	finds(FM_E_IN_DOUBT, 2);
	says("which of them were issued, that does not tell");
	is_now(&a, FM_PAY_IN_DOUBT, "");
	is_now(&b, FM_PAY_IN_DOUBT, "");
}

/** A certificate of a cycle that is over may be settled: its amount proves nothing any more. */
static void a_cycle_is_over(void **state)
{
	struct fm_payment p = ended("4mica-credit", 4, 0, FM_PAY_IN_DOUBT, "");

	(void)state;
	certified(4, NOW_S - 1);
	world.locked = 4 * CENT;
	finds(FM_E_IN_DOUBT, 1);
	is_now(&p, FM_PAY_IN_DOUBT, "");
	assert_true(fm_u256_is_zero(&told.word.certified));
	world.locked = 0;
	finds(FM_E_IN_DOUBT, 1);
	is_now(&p, FM_PAY_IN_DOUBT, FM_EVIDENCE_NOT_ISSUED);
}

static void more_than_was_signed(void **state)
{
	struct fm_payment p = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.locked = 3 * CENT;
	finds(FM_E_IN_DOUBT, 1);
	says("more than was signed here");
	is_now(&p, FM_PAY_IN_DOUBT, "");
	assert_int_equal(told.word.surplus.w[0], 2 * CENT);
	/* Also when a person said that it is not used. */
	MUST_DO(fm_reconcile_mark(&p, world.client, false, "lost", &err));
	fm_payment_clear(&p);
	world.locked = CENT;
	finds(FM_OK, 0);
	assert_int_equal(told.words, 1);
	assert_int_equal(told.word.surplus.w[0], CENT);
}

static void pay_meanwhile(void)
{
	pay("4mica-credit", 1, 0);
}

/** The number may hold what was signed after the sums were read. */
static void payments_go_on(void **state)
{
	struct fm_payment p = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.locked = CENT;
	world.while_asked = pay_meanwhile;
	finds(FM_E_IN_DOUBT, 1);
	says("payments went on while 4Mica Core was asked");
	assert_true(world.core_asked > 1);
	is_now(&p, FM_PAY_IN_DOUBT, "");
}

static void refused_as_known(void **state)
{
	static char words[] = "another guarantee with req_id 7 already exists";
	struct fm_payment p[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		p[i] = pay("4mica-credit", 1, 0);
		for (int k = 0; k <= i; k++) /* the second one twice */
			MUST_DO(fm_ledger_sent(world.ledger, &p[i], &err));
		p[i].state = FM_PAY_IN_DOUBT;
		p[i].reason = words;
		MUST_DO(fm_ledger_outcome(world.ledger, &p[i], &err));
	}
	/* Core's word goes before the seller's. */
	finds(FM_E_IN_DOUBT, 2);
	is_now(&p[1], FM_PAY_IN_DOUBT, FM_EVIDENCE_NOT_ISSUED);
	/* ... and may be another one later. */
	world.locked = CENT;
	finds(FM_E_IN_DOUBT, 2);
	is_now(&p[0], FM_PAY_IN_DOUBT, "");
	is_now(&p[1], FM_PAY_PAID, FM_EVIDENCE_DUPLICATE);
	assert_int_equal(owed(), 2);
}

static void refused_as_known_undecided(void **state)
{
	static char words[] = "another guarantee with req_id 7 already exists";
	struct fm_payment known = pay("4mica-credit", 1, 0);
	struct fm_payment other = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");

	(void)state;
	MUST_DO(fm_ledger_sent(world.ledger, &known, &err));
	MUST_DO(fm_ledger_sent(world.ledger, &known, &err));
	known.state = FM_PAY_IN_DOUBT;
	known.reason = words;
	MUST_DO(fm_ledger_outcome(world.ledger, &known, &err));
	world.locked = CENT;
	finds(FM_E_IN_DOUBT, 2);
	is_now(&known, FM_PAY_PAID, FM_EVIDENCE_DUPLICATE);
	is_now(&other, FM_PAY_IN_DOUBT, "");
	assert_int_equal(owed(), 2);
}

static void core_does_not_say(void **state)
{
	struct fm_payment p = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");

	(void)state;
	world.core_status = 500;
	world.locked = CENT;
	finds(FM_E_IN_DOUBT, 1);
	says("4Mica Core did not say");
	assert_non_null(strstr(told.next, "--mark paid|unused --reason TEXT"));
	is_now(&p, FM_PAY_IN_DOUBT, "");
	assert_int_equal(told.words, 0);
}

static void core_is_silent_and_nothing_hangs_on_it(void **state)
{
	(void)state;
	certified(1, NOW_S + 3600);
	world.core_status = 500;
	finds(FM_OK, 0);
	assert_true(world.core_asked > 0);
}

/* ---- a person's word ---- */

static void marks(void **state)
{
	struct fm_payment p = ended("4mica-credit", 1, 0, FM_PAY_IN_DOUBT, "");
	char longer[FM_RESOLUTION_MAX + 2];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	for (const char *const *reason =
		     (const char *const[]){ "", " \t", "a\nb", "\xff", longer, NULL };
	     *reason; reason++) {
		fm_err_init(&err);
		assert_int_equal(fm_reconcile_mark(&p, world.client, true, *reason, &err),
				 FM_E_USAGE);
	}
	is_now(&p, FM_PAY_IN_DOUBT, "");
	MUST_DO(fm_reconcile_mark(&p, world.client, true, "seen", &err));
	is_now(&p, FM_PAY_RESOLVED, FM_MARKED_PAID);
	assert_int_equal(owed(), 1);
	assert_int_equal(authorities(), 0);
	MUST_DO(fm_payment_known(&p, &err));
	MUST_DO(fm_reconcile_mark(&p, world.client, false, "not seen", &err));
	assert_int_equal(owed(), 0);
	assert_int_equal(used(0), 1);
	fm_err_init(&err);
	assert_int_equal(fm_payment_known(&p, &err), FM_E_PAYMENT);
	assert_int_equal(err.spent, FM_SPENT_YES);
	assert_int_equal(look_at(p.id, false), FM_OK);
	says("not seen");
	fm_payment_clear(&p);
}

static void marks_that_are_refused(void **state)
{
	static const char *const proofs[] = { "verified", FM_EVIDENCE_CHAIN,
					      FM_EVIDENCE_LOCKED };
	struct fm_payment p = pay("4mica-credit", 1, 0);

	(void)state;
	fm_err_init(&err);
	assert_int_equal(fm_reconcile_mark(&p, world.client, false, "x", &err),
			 FM_E_BUSY);
	fm_payment_clear(&p);
	for (size_t i = 0; i < 3; i++) {
		p = ended("4mica-credit", 1, 0, FM_PAY_PAID, proofs[i]);
		fm_err_init(&err);
		assert_int_equal(fm_reconcile_mark(&p, world.client, false, "x", &err),
				 FM_E_USAGE);
		fm_payment_clear(&p);
	}
	p = ended("4mica-credit", 1, 0, FM_PAY_PAID, "missing");
	MUST_DO(fm_reconcile_mark(&p, world.client, false, "x", &err));
	fm_payment_clear(&p);
	p = payment_of(&payer, "exact", 1, 9);
	reserve(&p, world.ledger);
	MUST_DO(fm_ledger_release(world.ledger, &p, &err));
	p.header = p.route = NULL;
	fm_err_init(&err);
	assert_int_equal(fm_reconcile_mark(&p, world.client, true, "x", &err),
			 FM_E_USAGE);
	fm_payment_clear(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ten_refused),
		TEST(releasing_gives_back_everything),
		TEST(somebody_is_at_it),
		TEST(of_another_wallet),
		TEST(networks),
		TEST(killed_while_releasing),
		TEST(nonce_used),
		TEST(nonce_unused),
		TEST(node_is_behind),
		TEST(node_without_safe),
		TEST(token_does_not_answer),
		TEST(another_chain_answers),
		TEST(two_at_once),
		TEST(many),
		TEST(a_sellers_word),
		TEST(all_is_locked),
		TEST(nothing_is_locked),
		TEST(some_is_locked),
		TEST(a_cycle_is_over),
		TEST(more_than_was_signed),
		TEST(payments_go_on),
		TEST(refused_as_known),
		TEST(refused_as_known_undecided),
		TEST(core_does_not_say),
		TEST(core_is_silent_and_nothing_hangs_on_it),
		TEST(marks),
		TEST(marks_that_are_refused),
	};

	if (fm_init(&err) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
