/* SPDX-License-Identifier: MIT */
/* Asks everybody a client would talk to, each endpoint by itself, and hands the answers on. The
 * client should be one of a dry run: then the ledger is only read. */
#include <fourmica/doctor.h>

#include "client/position.h"
#include "client/trust.h"
#include "credit/ask.h"
#include "credit/auth.h"
#include "evm/rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPS_LOOKED_AT 16 /* newest operations whose transactions are looked at */
#define KINDS_TEXT 16384u
#define LINE 192

/* ---- the ledger's own knowledge of the chain ---- */

struct ops {
	char id[OPS_LOOKED_AT][FM_OP_ID];
	size_t count;
};

static bool note_op(void *ctx, const struct fm_op *op)
{
	struct ops *ops = ctx;

	memcpy(ops->id[ops->count++], op->id, sizeof(op->id));
	return ops->count < OPS_LOOKED_AT;
}

static enum fm_code highest_of(struct fm_doctor *out, struct fm_ledger *ledger,
			       const char *op, struct fm_err *err)
{
	struct fm_tx_row *rows = NULL;
	size_t count = 0;
	enum fm_code rc = fm_ledger_tx_of(&rows, &count, ledger, op, err);

	for (size_t i = 0; !rc && i < count; i++) {
		bool mined =
			rows[i].state == FM_TX_MINED || rows[i].state == FM_TX_REVERTED;

		if (!mined || rows[i].block < out->tx_block)
			continue;
		out->has_tx = true;
		out->tx = rows[i].hash;
		out->tx_block = rows[i].block;
	}
	fm_tx_rows_free(&rows, count);
	return rc;
}

static enum fm_code find_tx(struct fm_doctor *out, struct fm_ledger *ledger,
			    const struct fm_addr *who, struct fm_err *err)
{
	const struct fm_op_filter filter = { .payer = who, .chain_id = out->chain_id };
	struct ops ops = { .count = 0 };
	enum fm_code rc = FM_OK;

	if (!ledger || !who)
		return FM_OK;
	rc = fm_ledger_op_each(ledger, &filter, OPS_LOOKED_AT, note_op, &ops, err);
	for (size_t i = 0; !rc && i < ops.count; i++)
		rc = highest_of(out, ledger, ops.id[i], err);
	return rc;
}

/* ---- one endpoint ---- */

/** Where its answers are. */
struct rpc_asks {
	struct fm_rpc rpc;
	struct fm_http_options options;
	struct fm_rpc_asks asks;
	size_t chain, latest, pending, vault, house, nonce, next, receipt, tx;
	bool has_house, has_who;
};

static void put_endpoint(struct rpc_asks *a, const struct fm_doctor *d,
			 const struct fm_addr *who, const struct fm_addr *house)
{
	fm_rpc_asks_init(&a->asks);
	a->chain = fm_rpc_ask_chain_id(&a->asks);
	a->latest = fm_rpc_ask_block(&a->asks, "latest");
	a->pending = fm_rpc_ask_block(&a->asks, "pending");
	if (d->has_vault)
		a->vault = fm_rpc_ask_code(&a->asks, &d->vault);
	a->has_house = house;
	if (house)
		a->house = fm_rpc_ask_code(&a->asks, house);
	a->has_who = who;
	if (who) {
		a->nonce = fm_rpc_ask_nonce(&a->asks, who, "latest");
		a->next = fm_rpc_ask_nonce(&a->asks, who, "pending");
	}
	if (d->has_tx) {
		a->receipt = fm_rpc_ask_receipt(&a->asks, &d->tx);
		a->tx = fm_rpc_ask_tx(&a->asks, &d->tx);
	}
}

static void take_blocks(struct fm_doctor_rpc *out, struct rpc_asks *a)
{
	struct fm_rpc_block latest, pending;

	if (fm_rpc_take_block(&latest, &a->asks, a->latest, &out->blocks) ||
	    fm_rpc_take_block(&pending, &a->asks, a->pending, &out->blocks))
		return;
	out->latest = latest.number;
	out->latest_s = latest.timestamp_s;
	out->pending_s = pending.timestamp_s;
}

static void take_tx(struct fm_doctor_rpc *out, struct rpc_asks *a,
		    const struct fm_doctor *d)
{
	struct fm_rpc_receipt receipt = { 0 };
	enum fm_rpc_tx known;

	if (!d->has_tx ||
	    fm_rpc_take_receipt(&receipt, &a->asks, a->receipt, &d->tx, &out->receipt))
		return;
	out->has_receipt = receipt.found;
	fm_rpc_receipt_clear(&receipt);
	if (!fm_rpc_take_tx(&known, &a->asks, a->tx, &d->tx, &out->receipt))
		out->has_tx = known != FM_RPC_TX_UNKNOWN;
}

static void take_nonces(struct fm_doctor_rpc *out, struct rpc_asks *a)
{
	if (!fm_rpc_take_u64(&out->nonce, &a->asks, a->nonce, &out->nonces) &&
	    fm_rpc_take_u64(&out->pending_nonce, &a->asks, a->next, &out->nonces))
		out->pending_nonce = out->nonce;
}

/** The error records of what cannot be taken say why. */
static void take_endpoint(struct fm_doctor_rpc *out, struct rpc_asks *a,
			  const struct fm_doctor *d)
{
	if (fm_rpc_take_chain(&a->asks, a->chain, d->chain_id, &out->chain))
		return;
	take_blocks(out, a);
	if (d->has_vault &&
	    fm_rpc_take_code(&out->has_vault_code, &a->asks, a->vault, &out->vault))
		out->has_vault_code = false;
	if (a->has_house &&
	    fm_rpc_take_code(&out->has_house_code, &a->asks, a->house, &out->house))
		out->has_house_code = false;
	if (a->has_who)
		take_nonces(out, a);
	take_tx(out, a, d);
}

static void init_errors(struct fm_doctor_rpc *out)
{
	struct fm_err *const errors[] = { &out->reached, &out->chain, &out->blocks,
					  &out->vault,	 &out->house, &out->nonces,
					  &out->receipt };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		fm_err_init(errors[i]);
}

static enum fm_code look_at_endpoint(struct fm_doctor *d, struct fm_chain *chain,
				     const struct fm_addr *who,
				     const struct fm_addr *house, struct fm_err *err)
{
	struct fm_doctor_rpc *out = &d->rpc[d->rpc_count++];
	const struct fm_clock *clock = chain->client->config.clock;
	struct rpc_asks *a = calloc(1, sizeof(*a));
	struct fm_rpc *rpc = &chain->rpc;
	int64_t began_ms = fm_steady_ms(clock);

	if (!a)
		return fm_nomem(err);
	init_errors(out);
	fm_rpc_origin(out->name, rpc);
	put_endpoint(a, d, who, house);
	if (!fm_rpc_run(&a->asks, rpc, &out->reached))
		take_endpoint(out, a, d);
	out->took_ms = fm_steady_ms(clock) - began_ms;
	fm_rpc_asks_clear(&a->asks);
	free(a);
	if (out->reached.code != FM_E_INTERRUPTED)
		return FM_OK;
	*err = out->reached;
	return FM_E_INTERRUPTED;
}

/** Each endpoint by itself, so that what one takes long for is seen. */
static enum fm_code look_at_chain(struct fm_doctor *d, struct fm_client *client,
				  const struct fm_addr *who, struct fm_err *err)
{
	const struct fm_client_config *config = &client->config;
	const struct fm_addr *house =
		config->clearing_house ? config->clearing_house(config->ctx, d->chain_id)
				       : NULL;
	struct fm_chain chain;
	enum fm_code rc = FM_OK;

	fm_chain_init(&chain, client, d->chain_id);
	while (!rc && d->rpc_count < FM_DOCTOR_RPCS &&
	       chain.endpoints.at(chain.endpoints.ctx, &chain.rpc, d->rpc_count))
		rc = look_at_endpoint(d, &chain, who, house, err);
	return rc;
}

/* ---- Core ---- */

struct core_asks {
	struct fm_core_ask health, params, tokens, cycles;
};

#define CORE_ASKS 4

static void core_list(struct fm_core_ask *list[static CORE_ASKS], struct core_asks *a)
{
	list[0] = &a->health;
	list[1] = &a->params;
	list[2] = &a->tokens;
	list[3] = &a->cycles;
}

/** Only the generation of clearing cycles serves this path; without a token it says 401. */
static enum fm_code ask_cycles(struct fm_core_ask *ask, const char *url,
			       const struct fm_http_options *options, struct fm_err *err)
{
	return fm_core_ask_path(
		ask, url,
		"/core/cycles/0x0000000000000000000000000000000000000000:0/participants/"
		"0x0000000000000000000000000000000000000000/clearing-proof",
		options, err);
}

static enum fm_generation generation_of(const struct fm_core_ask *ask)
{
	if (ask->job.rc)
		return FM_GENERATION_UNKNOWN;
	switch (ask->job.reply.status) {
	case 401:
	case 403:
		return FM_GENERATION_CYCLE;
	case 404:
	case 405:
		return FM_GENERATION_TAB;
	default:
		return FM_GENERATION_UNKNOWN;
	}
}

static void take_params(struct fm_doctor_core *out, const struct fm_core_ask *ask)
{
	struct fm_span body = { NULL, 0 };
	struct fm_err *err = &out->params_error;
	enum fm_code rc = fm_core_body(&body, ask, 0, err);

	if (!rc)
		rc = fm_core_params_read(&out->params, body, err);
	if (fm_core_answer_from(ask, rc, err))
		return;
}

static void take_core(struct fm_doctor_core *out, const struct core_asks *a,
		      uint64_t chain_id)
{
	struct fm_span date;

	if (fm_core_health_take(&out->health, &a->health, &out->health_error))
		out->health.ok = false;
	out->has_date =
		fm_head_get(&date, fm_buf_span(&a->health.job.reply.head), "date") &&
		fm_auth_http_date(&out->date_s, date);
	take_params(out, &a->params);
	if (fm_core_tokens_take(&out->tokens, &a->tokens, chain_id, &out->tokens_error))
		out->tokens.count = 0;
	/* One that does not answer the plainest question says nothing by "not found". */
	if (!out->health_error.code)
		out->generation = generation_of(&a->cycles);
}

static enum fm_code send_core(struct core_asks *a, struct fm_client *client,
			      struct fm_err *err)
{
	struct fm_core_ask *list[CORE_ASKS];
	struct fm_http_job *jobs[CORE_ASKS];

	core_list(list, a);
	for (size_t i = 0; i < CORE_ASKS; i++)
		jobs[i] = &list[i]->job;
	return fm_http_together(client->config.http, jobs, CORE_ASKS, err);
}

static enum fm_code look_at_core(struct fm_doctor *d, struct fm_client *client,
				 const char *name, struct fm_err *err)
{
	const struct fm_client_config *config = &client->config;
	const char *url = config->core_url(config->ctx, d->chain_id);
	struct core_asks *a = calloc(1, sizeof(*a));
	struct fm_core_ask *list[CORE_ASKS];
	struct fm_http_options options;
	enum fm_code rc;

	if (!a)
		return fm_nomem(err);
	core_list(list, a);
	for (size_t i = 0; i < CORE_ASKS; i++)
		fm_core_ask_init(list[i]);
	d->core.asked = true;
	snprintf(d->core.name, sizeof(d->core.name), "%s", name);
	fm_client_transport(&options, client, url);
	rc = fm_core_ask_health(&a->health, url, &options, err);
	if (!rc)
		rc = fm_core_ask_path(&a->params, url, "/core/public-params", &options,
				      err);
	if (!rc)
		rc = fm_core_ask_tokens(&a->tokens, url, &options, err);
	if (!rc)
		rc = ask_cycles(&a->cycles, url, &options, err);
	if (!rc)
		rc = send_core(a, client, err);
	d->core.now_s = fm_wall_s(config->clock);
	if (!rc)
		take_core(&d->core, a, d->chain_id);
	for (size_t i = 0; i < CORE_ASKS; i++)
		fm_core_ask_clear(list[i]);
	free(a);
	return rc;
}

/* ---- all of it ---- */

static enum fm_code look_at_trust(struct fm_doctor *d, struct fm_client *client,
				  const struct fm_trust_state *state, struct fm_err *err)
{
	if (fm_trust_review(&d->review, client, d->chain_id, &d->trust_error) ==
	    FM_E_INTERRUPTED) {
		*err = d->trust_error;
		return FM_E_INTERRUPTED;
	}
	d->has_vault = state->has_vault || !d->trust_error.code;
	d->vault = state->has_vault ? state->vault : d->review.now.vault;
	return FM_OK;
}

static enum fm_code look_at_position(struct fm_doctor *d, struct fm_client *client,
				     struct fm_ledger *ledger, const struct fm_addr *who,
				     struct fm_err *err)
{
	struct fm_position *p = &d->position;

	if (!who || !d->has_vault)
		return FM_OK;
	p->chain_id = d->chain_id;
	p->who = *who;
	p->vault = d->vault;
	if (fm_position_ask(p, client, ledger,
			    FM_LOOK_CHAIN | FM_LOOK_CORE | FM_LOOK_REST,
			    &d->position_error) == FM_E_INTERRUPTED) {
		*err = d->position_error;
		return FM_E_INTERRUPTED;
	}
	return fm_position_ledger(p, ledger, err);
}

static void init_all(struct fm_doctor *d, const struct fm_client *client,
		     uint64_t chain_id)
{
	memset(d, 0, sizeof(*d));
	d->chain_id = chain_id;
	d->now_s = fm_wall_s(client->config.clock);
	fm_err_init(&d->trust_error);
	fm_err_init(&d->position_error);
	fm_err_init(&d->core.health_error);
	fm_err_init(&d->core.params_error);
	fm_err_init(&d->core.tokens_error);
}

enum fm_code fm_doctor_look(struct fm_doctor *out, struct fm_client *client,
			    uint64_t chain_id, const struct fm_addr *who,
			    struct fm_err *err)
{
	struct fm_trust_state state;
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, client, false, err);

	init_all(out, client, chain_id);
	if (rc)
		return rc;
	rc = fm_trust_state_read(&state, client, ledger, chain_id, NULL, err);
	if (!rc && state.core[0])
		rc = look_at_core(out, client, state.core, err);
	if (!rc)
		rc = look_at_trust(out, client, &state, err);
	fm_trust_state_clear(&state);
	if (!rc)
		rc = find_tx(out, ledger, who, err);
	if (!rc)
		rc = look_at_chain(out, client, who, err);
	return rc ? rc : look_at_position(out, client, ledger, who, err);
}

/* ---- a facilitator ---- */

/** Lines "SCHEME NETWORK VERSION", sorted and each once, so that two lists can be compared. */
static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static enum fm_code kinds_text(struct fm_buf *out, const struct fm_facilitator_kinds *k,
			       struct fm_err *err)
{
	char(*lines)[LINE] = calloc(k->count + 1, LINE);

	if (!lines)
		return fm_nomem(err);
	for (size_t i = 0; i < k->count; i++)
		snprintf(lines[i], LINE, "%s %s v%u\n", k->kind[i].scheme,
			 k->kind[i].network, k->kind[i].x402_version);
	qsort(lines, k->count, LINE, by_text);
	for (size_t i = 0; i < k->count; i++)
		if (!i || strcmp(lines[i], lines[i - 1]) != 0)
			fm_buf_str(out, lines[i]);
	free(lines);
	return fm_buf_ok(out) ? FM_OK : fm_nomem(err);
}

static bool has_line(struct fm_span text, struct fm_span line)
{
	while (text.len >= line.len) {
		const char *end = memchr(text.ptr, '\n', text.len);
		size_t len = end ? (size_t)(end - text.ptr) + 1 : text.len;

		if (len == line.len && memcmp(text.ptr, line.ptr, len) == 0)
			return true;
		text = (struct fm_span){ text.ptr + len, text.len - len };
	}
	return false;
}

/** What `a` has and `b` does not, joined with ", "; cut with "...". */
static void difference(char out[static FM_DOCTOR_CHANGE], struct fm_span a,
		       struct fm_span b)
{
	struct fm_buf text;

	fm_buf_init(&text, KINDS_TEXT * 8);
	while (a.len) {
		const char *end = memchr(a.ptr, '\n', a.len);
		size_t len = end ? (size_t)(end - a.ptr) + 1 : a.len;
		struct fm_span line = { a.ptr, len };

		a = (struct fm_span){ a.ptr + len, a.len - len };
		if (has_line(b, line))
			continue;
		line.len -= end ? 1 : 0;
		fm_buf_str(&text, text.len ? ", " : "");
		fm_text_escape(&text, line, LINE);
	}
	snprintf(out, FM_DOCTOR_CHANGE,
		 text.len > FM_DOCTOR_CHANGE - 1 ? "%.*s..." : "%.*s",
		 FM_DOCTOR_CHANGE - 4, fm_buf_ok(&text) && text.ptr ? text.ptr : "");
	fm_buf_clear(&text);
}

/** An empty list is remembered, too: as one empty line. */
static enum fm_code compare_kinds(struct fm_doctor_facilitator *out,
				  struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_buf now, before;
	enum fm_code rc;

	fm_buf_init(&now, KINDS_TEXT + LINE);
	fm_buf_init(&before, KINDS_TEXT + LINE);
	rc = kinds_text(&now, &out->kinds, err);
	if (!rc && !now.len && !fm_buf_chr(&now, '\n'))
		rc = fm_nomem(err);
	if (!rc)
		rc = fm_pin_get(&before, &out->known_s, &out->known, ledger,
				"facilitator", out->name, err);
	if (!rc && out->known) {
		difference(out->added, fm_buf_span(&now), fm_buf_span(&before));
		difference(out->removed, fm_buf_span(&before), fm_buf_span(&now));
	}
	if (!rc && (!out->known || out->added[0] || out->removed[0]))
		rc = fm_pin_set(ledger, "facilitator", out->name, fm_buf_span(&now), err);
	fm_buf_clear(&now);
	fm_buf_clear(&before);
	return rc;
}

static enum fm_code name_facilitator(struct fm_doctor_facilitator *out, const char *url,
				     struct fm_err *err)
{
	struct fm_buf name;

	fm_buf_init(&name, sizeof(out->name) - 1);
	if (!fm_url_shown(&name, url, true)) {
		fm_buf_clear(&name);
		return fm_fail(err, FM_E_CONFIG, "the facilitator's URL is too long");
	}
	snprintf(out->name, sizeof(out->name), "%s", name.ptr);
	fm_buf_clear(&name);
	return FM_OK;
}

enum fm_code fm_doctor_facilitator(struct fm_doctor_facilitator *out,
				   struct fm_client *client, const char *url,
				   struct fm_err *err)
{
	struct fm_core_ask health, kinds;
	struct fm_http_job *const jobs[] = { &health.job, &kinds.job };
	struct fm_http_options options;
	struct fm_ledger *ledger;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_err_init(&out->health_error);
	fm_err_init(&out->kinds_error);
	fm_core_ask_init(&health);
	fm_core_ask_init(&kinds);
	fm_client_transport(&options, client, url);
	rc = name_facilitator(out, url, err);
	if (!rc)
		rc = fm_facilitator_ask_health(&health, url, &options, err);
	if (!rc)
		rc = fm_facilitator_ask_kinds(&kinds, url, &options, err);
	if (!rc)
		rc = fm_http_together(client->config.http, jobs, 2, err);
	if (rc)
		goto out;
	if (fm_facilitator_health_take(&out->healthy, &health, &out->health_error))
		out->healthy = false;
	if (fm_facilitator_kinds_take(&out->kinds, &kinds, &out->kinds_error))
		goto out;
	rc = fm_client_ledger(&ledger, client, true, err);
	if (!rc)
		rc = compare_kinds(out, ledger, err);
out:
	fm_core_ask_clear(&health);
	fm_core_ask_clear(&kinds);
	return rc;
}
