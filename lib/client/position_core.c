/* SPDX-License-Identifier: MIT */
/* What Core and the ledger say of a wallet's collateral, and what of it is free. Rules: 4mica.md,
 * 2.3; design, Decisions 3 and 10. */
#include "client/position.h"
#include "client/session.h"
#include "client/trust.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Core ---- */

enum fm_code fm_core_round_put(struct fm_core_round *round, struct fm_position *p,
			       struct fm_client *client, unsigned look, size_t from,
			       struct fm_err *err)
{
	const struct fm_client_config *config = &client->config;
	enum fm_code rc = FM_OK;

	memset(round, 0, sizeof(*round));
	round->client = client;
	round->look = look;
	round->from = from;
	round->ask_health = !from;
	fm_core_ask_init(&round->health);
	if (look & FM_LOOK_CORE)
		round->url = config->core_url(config->ctx, p->chain_id);
	if (!round->url)
		return FM_OK;
	p->core_asked = true;
	fm_client_transport(&round->options, client, round->url);
	if (round->ask_health)
		rc = fm_core_ask_health(&round->health, round->url, &round->options, err);
	for (size_t i = from; !rc && i < p->count; i++) {
		struct fm_core_ask *ask = &round->asks[round->count++];

		fm_core_ask_init(ask);
		rc = fm_core_ask_balance(ask, round->url, &round->options, &p->who,
					 &p->holdings[i].asset.address, err);
	}
	return rc;
}

void fm_core_round_clear(struct fm_core_round *round)
{
	fm_core_ask_clear(&round->health);
	for (size_t i = 0; i < round->count; i++)
		fm_core_ask_clear(&round->asks[i]);
}

/** Those that need a token, when there is one; with them, or without, the others. */
static enum fm_code send_all(struct fm_core_round *round, struct fm_position *p,
			     struct fm_http_job *const jobs[], size_t count,
			     struct fm_err *err)
{
	enum fm_sign_in how =
		round->look & FM_LOOK_SIGN_IN ? FM_SIGN_IN_ANEW : FM_SIGN_IN_RENEW;
	struct fm_core_ask *asks[FM_HOLDINGS_MAX];
	struct fm_err why;
	bool have = false;
	enum fm_code rc;

	for (size_t i = 0; i < round->count; i++)
		asks[i] = &round->asks[i];
	fm_err_init(&why);
	rc = fm_client_ask_core_beside(&have, round->client, p->chain_id, how, asks,
				       round->count, jobs, count, &why);
	round->signed_in = !rc && have;
	p->signed_in = round->signed_in && (!round->from || p->signed_in);
	if (!rc)
		return FM_OK;
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	p->core_error = why;
	return FM_OK;
}

enum fm_code fm_core_round_send(struct fm_core_round *round, struct fm_position *p,
				struct fm_http_job *const beside[], size_t count,
				struct fm_err *err)
{
	struct fm_http_job **jobs = calloc(count + 1, sizeof(struct fm_http_job *));
	size_t n = 0;
	enum fm_code rc;

	if (!jobs)
		return fm_nomem(err);
	for (size_t i = 0; i < count; i++)
		jobs[n++] = beside[i];
	if (round->url && round->ask_health)
		jobs[n++] = &round->health.job;
	rc = round->url ? send_all(round, p, jobs, n, err)
			: fm_http_together(round->client->config.http, jobs, n, err);
	free(jobs);
	return rc;
}

enum fm_code fm_holding_core(struct fm_holding *h, const struct fm_core_ask *ask,
			     const struct fm_addr *who, struct fm_err *err)
{
	struct fm_core_balance balance = { .known = false };
	enum fm_code rc =
		fm_core_balance_take(&balance, ask, who, &h->asset.address, err);

	if (rc)
		return rc;
	/* Core knows nothing of a wallet that never deposited. */
	h->core_known = true;
	h->core_total = balance.total;
	h->core_locked = balance.locked;
	h->core_updated_s = balance.updated_s;
	return FM_OK;
}

static void take_balance(struct fm_position *p, const struct fm_core_round *round,
			 size_t at)
{
	struct fm_err why;

	fm_err_init(&why);
	if (fm_holding_core(&p->holdings[round->from + at], &round->asks[at], &p->who,
			    &why))
		p->core_error = why;
}

void fm_core_round_take(const struct fm_core_round *round, struct fm_position *p)
{
	struct fm_err why;

	if (!round->url)
		return;
	fm_err_init(&why);
	if (round->ask_health) {
		p->core_answered = !fm_core_health_take(&p->health, &round->health, &why);
		if (!p->core_answered)
			p->core_error = why;
	}
	for (size_t at = 0; round->signed_in && at < round->count; at++)
		take_balance(p, round, at);
}

/* ---- ledger ---- */

/** a - b, not below zero. */
static struct fm_u256 less(struct fm_u256 a, const struct fm_u256 *b)
{
	return fm_u256_sub(&a, &a, b) ? a : FM_U256_ZERO;
}

void fm_holding_free(struct fm_holding *h, struct fm_u256 *most)
{
	struct fm_u256 rest = less(h->capacity, &h->requested);

	/* Core may count less than the vault: a deposit it has not seen yet. */
	if (h->core_known && fm_u256_cmp(&h->core_total, &h->capacity) < 0)
		rest = less(h->core_total, &h->requested);
	if (h->core_known)
		rest = less(rest, &h->core_locked);
	*most = less(rest, &h->in_doubt);
	h->free = h->core_known ? *most : less(rest, &h->outstanding);
}

void fm_holding_owes(struct fm_holding *h, const struct fm_outstanding *sums)
{
	for (size_t i = 0; i < sums->asset_count; i++) {
		const struct fm_owed *owed = &sums->assets[i];

		if (!fm_addr_equal(&h->asset.address, &owed->asset))
			continue;
		h->outstanding = owed->outstanding;
		h->in_doubt = less(owed->outstanding, &owed->paid);
	}
}

enum fm_code fm_position_ledger(struct fm_position *out, struct fm_ledger *ledger,
				struct fm_err *err)
{
	struct fm_outstanding sums = { .asset_count = 0 };
	struct fm_u256 most;
	enum fm_code rc = FM_OK;

	if (ledger)
		rc = fm_ledger_outstanding(&sums, ledger, &out->who, out->chain_id, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < out->count; i++) {
		fm_holding_owes(&out->holdings[i], &sums);
		fm_holding_free(&out->holdings[i], &most);
	}
	out->payments_in_doubt = sums.in_doubt + sums.unanswered;
	out->open_txs = sums.open_txs;
	fm_outstanding_clear(&sums);
	return FM_OK;
}

/* ---- all of it ---- */

enum fm_code fm_position_read(struct fm_position *out, struct fm_client *client,
			      uint64_t chain_id, const struct fm_addr *who, unsigned look,
			      struct fm_err *err)
{
	struct fm_ledger *ledger = NULL;
	struct fm_err asking;
	enum fm_code asked, rc;

	memset(out, 0, sizeof(*out));
	out->chain_id = chain_id;
	out->who = *who;
	rc = fm_trust_vault(&out->vault, client, chain_id, err);
	if (!rc)
		rc = fm_client_ledger(&ledger, client, false, err);
	if (rc)
		return rc;
	fm_err_init(&asking);
	asked = fm_position_ask(out, client, ledger, look, &asking);
	rc = fm_position_ledger(out, ledger, err);
	if (asked)
		*err = asking;
	return asked ? asked : rc;
}

const struct fm_holding *fm_position_of(const struct fm_position *position,
					const struct fm_addr *asset)
{
	for (size_t i = 0; i < position->count; i++)
		if (fm_addr_equal(&position->holdings[i].asset.address, asset))
			return &position->holdings[i];
	return NULL;
}

/* ---- which asset is meant ---- */

static enum fm_code unknown_asset(const struct fm_position *position, const char *name,
				  struct fm_err *err)
{
	struct fm_buf known;

	fm_buf_init(&known, 200);
	for (size_t i = 0; i < position->count && known.len < 160; i++)
		fm_buf_fmt(&known, "%s%s", i ? ", " : "",
			   position->holdings[i].asset.symbol);
	fm_fail(err, FM_E_USAGE, "'%.66s' is none of the vault's assets", name);
	fm_hint(err, "it takes: %s", fm_buf_ok(&known) ? known.ptr : "");
	fm_buf_clear(&known);
	return FM_E_USAGE;
}

/** Any contract can call itself USDC: what a table of ours says goes before that. */
static enum fm_code by_symbol(const struct fm_holding **out,
			      const struct fm_position *position, const char *name,
			      struct fm_err *err)
{
	bool known = false;

	for (size_t i = 0; i < position->count; i++)
		known |= position->holdings[i].known &&
			 strcasecmp(position->holdings[i].asset.symbol, name) == 0;
	*out = NULL;
	for (size_t i = 0; i < position->count; i++) {
		const struct fm_holding *h = &position->holdings[i];

		if (h->known != known || strcasecmp(h->asset.symbol, name) != 0)
			continue;
		if (*out) {
			fm_fail(err, FM_E_USAGE, "several assets call themselves '%.40s'",
				name);
			return fm_hint(err, "name its address with --asset");
		}
		*out = h;
	}
	return *out ? FM_OK : unknown_asset(position, name, err);
}

static enum fm_code by_address(const struct fm_holding **out,
			       const struct fm_position *position, const char *name,
			       struct fm_err *err)
{
	struct fm_addr address;
	enum fm_code rc = fm_addr_from_user(&address, name, err);

	if (rc)
		return rc;
	*out = fm_position_of(position, &address);
	return *out ? FM_OK : unknown_asset(position, name, err);
}

/** A symbol is no identity: what a table of ours says of the address must hold on chain. */
static enum fm_code not_lying(const struct fm_holding *h, struct fm_err *err)
{
	char address[FM_ADDR_TEXT];

	fm_addr_text(address, &h->asset.address);
	if (h->broken) {
		fm_fail(err, FM_E_ASSET, "token %s cannot be used: %s", address,
			h->why_broken);
		return fm_hint(err, "use another of the vault's assets");
	}
	if (!h->lies)
		return FM_OK;
	fm_fail(err, FM_E_ASSET,
		"token %s is known with %u decimals, but says %u on chain", address,
		h->asset.decimals, h->says_decimals);
	fm_rule(err, "token-decimals");
	return fm_hint(err, "correct 'assets' in config.json, or do not use this token");
}

enum fm_code fm_position_asset(const struct fm_holding **out, struct fm_u256 *base,
			       const struct fm_position *position, const char *name,
			       const struct fm_quantity *quantity, struct fm_err *err)
{
	const char *wanted = name ? name : quantity ? quantity->unit : "";
	bool address = wanted[0] == '0' && (wanted[1] | 0x20) == 'x';
	enum fm_code rc;

	if (!name && quantity && strcmp(quantity->unit, "base") == 0)
		return fm_fail(err, FM_E_USAGE,
			       "'base' units of which asset? name it with --asset");
	rc = address ? by_address(out, position, wanted, err)
		     : by_symbol(out, position, wanted, err);
	if (rc)
		return rc;
	assert(*out);
	rc = not_lying(*out, err);
	if (!rc && quantity)
		rc = fm_quantity_resolve(base, quantity, &(*out)->asset, err);
	return rc;
}
