/* SPDX-License-Identifier: MIT */
#include "pay_world.h"

#include "ledger_home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYER_KEY "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
#define PAYER "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define FIVE_PAST_A_MINUTE_MS INT64_C(1782122405000)

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "pay_world: %s\n", what);
	abort();
}

/* ---- what the client is given ---- */

static int64_t now(void *ctx)
{
	return ((struct pay_world *)ctx)->now_ms;
}

static void sleep_ms(void *ctx, int64_t ms)
{
	((struct pay_world *)ctx)->now_ms += ms;
}

static enum fm_code open_signer(void *ctx, struct fm_signer *out, struct fm_err *err)
{
	struct fm_secret *key = NULL;

	((struct pay_world *)ctx)->unlocked++;
	enum fm_code rc = fm_wallet_key_text(&key, fm_span_of(PAYER_KEY), err);
	return rc ? rc : fm_signer_local(out, &key, NULL, true, err);
}

static enum fm_code sink_head(void *ctx, const struct fm_http_reply *reply,
			      struct fm_err *err)
{
	(void)reply;
	(void)err;
	((struct pay_world *)ctx)->heads++;
	return FM_OK;
}

static enum fm_code sink_body(void *ctx, const void *bytes, size_t len,
			      struct fm_err *err)
{
	struct pay_world *w = ctx;

	if (w->sink_fails)
		return fm_fail(err, FM_E_IO, "disk full");
	return fm_buf_add(&w->body, bytes, len) ? FM_OK : fm_nomem(err);
}

/* ---- its life ---- */

static void start_client(struct pay_world *w)
{
	struct fm_err err;

	fm_err_init(&err);
	must(fm_client_new(&w->client, &w->config, &err) == FM_OK, err.msg);
}

void pay_world_restart(struct pay_world *w)
{
	fm_client_free(&w->client);
	start_client(w);
}

static void make_policy(struct pay_world *w, const char *text)
{
	struct fm_err err;

	fm_err_init(&err);
	must((text ? fm_policy_parse(&w->policy, fm_span_of(text), "policy.json", &err)
		   : fm_policy_builtin(&w->policy, &err)) == FM_OK,
	     err.msg);
}

static void name_files(struct pay_world *w)
{
	snprintf(w->dir, sizeof(w->dir), "/tmp/fourmica-test-XXXXXX");
	must(mkdtemp(w->dir), "no folder can be made");
	snprintf(w->ledger, sizeof(w->ledger), "%s/ledger.db", w->dir);
	snprintf(w->receipts, sizeof(w->receipts), "%s/receipts", w->dir);
	snprintf(w->stop, sizeof(w->stop), "%s/stop", w->dir);
}

struct pay_world *pay_world_new(const char *policy)
{
	struct pay_world *w = calloc(1, sizeof(*w));
	struct fm_err err;

	fm_err_init(&err);
	must(w && fm_init(&err) == FM_OK, "no memory");
	name_files(w);
	make_policy(w, policy);
	w->now_ms = FIVE_PAST_A_MINUTE_MS;
	w->clock = (struct fm_clock){ .wall_ms = now, .steady_ms = now, .ctx = w };
	fake_http_init(&w->fake);
	fm_buf_init(&w->body, 1 << 20);
	w->config = (struct fm_client_config){
		.clock = &w->clock,
		.rand = &fm_system_rand,
		.http = &w->fake.http,
		.policy = w->policy,
		.ledger_file = w->ledger,
		.receipt_dir = w->receipts,
		.stop_file = w->stop,
		.open_signer = open_signer,
		.sleep_ms = sleep_ms,
		.has_payer = true,
		.ctx = w,
	};
	must(fm_addr_parse(&w->config.payer, NULL, fm_span_of(PAYER)), "no address");
	start_client(w);
	return w;
}

void pay_world_free(struct pay_world *w)
{
	fm_client_free(&w->client);
	fm_policy_free(&w->policy);
	fake_http_clear(&w->fake);
	fm_buf_clear(&w->body);
	home_remove(w->dir);
	free(w);
}

/* ---- what is done in it ---- */

enum fm_code pay_world_pay(struct fm_paid *paid, struct pay_world *w, const char *key,
			   const char *url, const char *body, struct fm_err *err)
{
	const struct fm_http_request request = {
		.method = body ? "POST" : "GET",
		.url = url,
		.body = {body, body ? strlen(body) : 0},
		.follow = true,
	};
	const struct fm_terms_wanted wanted = { .idem_key = key };
	const struct fm_http_sink sink = { .head = sink_head,
					   .body = sink_body,
					   .ctx = w };

	fm_err_init(err);
	fm_paid_init(paid);
	return fm_pay(paid, w->client, &request, &wanted, &sink, err);
}

bool pay_world_find(struct fm_payment *out, struct pay_world *w, const char *key)
{
	struct fm_ledger *ledger;
	struct fm_err err;
	bool found = false;

	fm_err_init(&err);
	memset(out, 0, sizeof(*out));
	must(fm_client_ledger(&ledger, w->client, true, &err) == FM_OK, err.msg);
	must(fm_ledger_find(out, &found, ledger, key, &err) == FM_OK, err.msg);
	return found;
}
