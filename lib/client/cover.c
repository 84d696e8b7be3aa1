/* SPDX-License-Identifier: MIT */
/* Is there collateral for a guarantee, before it is signed? Rules: design, Decision 10; contracts.md,
 * 1 (facts 2 and 3) and 2; 4mica.md, 2.3. */
#include "client/cover.h"
#include "client/trust.h"

/* ---- asking ---- */

/** These end the run; whatever else keeps an answer from coming makes it unknown. */
static bool is_fatal(enum fm_code rc)
{
	return rc == FM_E_INTERRUPTED || rc == FM_E_NOMEM || rc == FM_E_INTERNAL;
}

/** The capacity; none of an asset the vault does not take. */
static enum fm_code take_capacity(struct fm_looking *l, struct fm_rpc_asks *asks,
				  size_t at, struct fm_err *err)
{
	struct fm_abi_value value[FM_REVERT_VALUES];
	struct fm_buf revert;
	size_t count;
	bool refused;
	enum fm_code rc;

	fm_buf_init(&revert, FM_RPC_ANSWER_MAX);
	refused = fm_rpc_take_revert(&revert, asks, at) &&
		  fm_revert_read(value, &count, fm_buf_span(&revert)) ==
			  FM_REVERT_UNSUPPORTED_ASSET;
	fm_buf_clear(&revert);
	l->h.capacity = FM_U256_ZERO;
	if (refused)
		return FM_OK;
	rc = fm_rpc_take_view(value, 1, asks, at, err);
	if (!rc)
		l->h.capacity = value[0].u;
	return rc;
}

static enum fm_code take_request(struct fm_looking *l, struct fm_rpc_asks *asks,
				 size_t at, struct fm_err *err)
{
	struct fm_abi_value value[2];
	enum fm_code rc = fm_rpc_take_view(value, 2, asks, at, err);

	if (!rc)
		l->h.requested = fm_u256_is_zero(&value[0].u) ? FM_U256_ZERO : value[1].u;
	return rc;
}

static enum fm_code read_chain(struct fm_looking *l, struct fm_chain *chain,
			       struct fm_err *err)
{
	const struct fm_abi_value args[] = { fm_abi_of_addr(&l->client->config.payer),
					     fm_abi_of_addr(&l->h.asset.address) };
	bool ether = fm_addr_is_zero(&l->h.asset.address);
	struct fm_rpc_asks asks;
	size_t id, capacity, request;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	id = fm_rpc_ask_chain_id(&asks);
	capacity = fm_rpc_ask_view(&asks, &l->vault,
				   ether ? FM_FN_COLLATERAL_OF : FM_FN_CAPACITY, args, 2,
				   "latest");
	request = fm_rpc_ask_view(&asks, &l->vault, FM_FN_REQUESTS, args, 2, "latest");
	rc = fm_chain_ask(chain, &asks, err);
	if (!rc)
		rc = fm_rpc_take_chain(&asks, id, l->wanted->chain_id, err);
	if (!rc)
		rc = take_capacity(l, &asks, capacity, err);
	if (!rc)
		rc = take_request(l, &asks, request, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

/** *asked: there was somebody to ask. */
static enum fm_code ask_chain(struct fm_looking *l, bool *asked, struct fm_err *err)
{
	struct fm_chain chain;
	enum fm_code rc;

	fm_cover_unlearn(l);
	fm_err_init(&l->why);
	fm_chain_init(&chain, l->client, l->wanted->chain_id);
	rc = read_chain(l, &chain, &l->why);
	if (is_fatal(rc)) {
		*err = l->why;
		return rc;
	}
	*asked = chain.rpc.url != NULL;
	l->on_chain = rc == FM_OK;
	l->at_s = fm_wall_s(l->client->config.clock);
	l->fresh = true;
	return FM_OK;
}

/** *asked: with a token that was at hand. Nobody is asked to unlock or to sign for one. */
static enum fm_code ask_core(struct fm_looking *l, bool *asked, struct fm_err *err)
{
	const struct fm_client_config *config = &l->client->config;
	const char *url = config->core_url(config->ctx, l->wanted->chain_id);
	struct fm_http_options options;
	struct fm_core_ask ask, *all[] = { &ask };
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	fm_core_ask_init(&ask);
	fm_client_transport(&options, l->client, url);
	rc = fm_core_ask_balance(&ask, url, &options, &config->payer, &l->h.asset.address,
				 &why);
	if (!rc)
		rc = fm_client_ask_core(asked, l->client, l->wanted->chain_id,
					FM_SIGN_IN_RENEW, all, 1, &why);
	if (!rc && *asked)
		rc = fm_holding_core(&l->h, &ask, &config->payer, &why);
	fm_core_ask_clear(&ask);
	if (is_fatal(rc)) {
		*err = why;
		return rc;
	}
	if (rc)
		fm_log(config->log, FM_LOG_INFO, "collateral: %s", why.msg);
	*asked |= rc != FM_OK;
	l->core_asked = *asked;
	l->then = l->h.outstanding;
	l->then_in_doubt = l->in_doubt;
	return FM_OK;
}

static enum fm_code ask(struct fm_looking *l, struct fm_cover *out, bool chain,
			struct fm_err *err)
{
	bool chain_asked = false, core_asked = false;
	enum fm_code rc = chain ? ask_chain(l, &chain_asked, err) : FM_OK;

	if (!rc)
		rc = ask_core(l, &core_asked, err);
	if (rc)
		return rc;
	out->chain_asked |= chain;
	out->core_asked |= core_asked;
	if (chain_asked || core_asked)
		fm_cover_remember(l);
	return FM_OK;
}

/* ---- judging ---- */

static enum fm_covered judge(struct fm_looking *l)
{
	struct fm_holding *h = &l->h;
	struct fm_u256 since;

	if (!l->on_chain && !h->core_known)
		return FM_COVER_UNKNOWN;
	if (!l->on_chain) {
		h->capacity = h->core_total;
		h->requested = FM_U256_ZERO;
	}
	h->in_doubt = l->in_doubt;
	/* What was signed after Core was asked is not in its word, whatever became of it. */
	if (h->core_known && (!fm_u256_sub(&since, &h->outstanding, &l->then) ||
			      !fm_u256_add(&h->in_doubt, &l->then_in_doubt, &since)))
		h->in_doubt = h->outstanding;
	fm_holding_free(h, &l->most);
	if (fm_u256_cmp(&l->wanted->amount, &h->free) <= 0)
		return FM_COVER_ENOUGH;
	return fm_u256_cmp(&l->wanted->amount, &l->most) > 0 ? FM_COVER_LITTLE
							     : FM_COVER_UNKNOWN;
}

/** Memory may say yes; nobody is refused by it before chain and Core were asked again. */
static enum fm_code find(enum fm_covered *covered, struct fm_looking *l,
			 struct fm_cover *out, struct fm_err *err)
{
	const struct fm_client_config *config = &l->client->config;
	bool may = l->wanted->ask && l->pinned && config->http && !config->dry_run;
	enum fm_code rc = FM_OK;

	if (may && (!l->fresh || !l->core_asked))
		rc = ask(l, out, !l->fresh, err);
	*covered = judge(l);
	if (!rc && *covered == FM_COVER_LITTLE && !out->chain_asked) {
		if (may)
			rc = ask(l, out, true, err);
		else
			fm_cover_unlearn(l);
		*covered = judge(l);
	}
	return rc;
}

static enum fm_code find_signed(bool *known, const struct fm_looking *l,
				struct fm_err *err)
{
	struct fm_payment payment = { 0 };
	enum fm_code rc;

	*known = false;
	if (!l->ledger || !l->wanted->idem_key)
		return FM_OK;
	rc = fm_ledger_find(&payment, known, l->ledger, l->wanted->idem_key, err);
	*known = !rc && *known && fm_payment_signed(&payment);
	fm_payment_clear(&payment);
	return rc;
}

static enum fm_code count_own(struct fm_looking *l, struct fm_err *err)
{
	struct fm_outstanding sums = { .asset_count = 0 };
	enum fm_code rc = fm_ledger_outstanding(
		&sums, l->ledger, &l->client->config.payer, l->wanted->chain_id, err);

	if (rc)
		return rc;
	fm_holding_owes(&l->h, &sums);
	l->in_doubt = l->h.in_doubt;
	fm_outstanding_clear(&sums);
	return FM_OK;
}

static enum fm_code begin(struct fm_looking *l, struct fm_err *err)
{
	struct fm_trust_state trust;
	enum fm_code rc;

	fm_err_init(&l->why);
	l->h.asset = *l->wanted->asset;
	if (!l->ledger)
		return FM_OK;
	rc = fm_trust_state_read(&trust, l->client, l->ledger, l->wanted->chain_id, NULL,
				 err);
	l->pinned = !rc && trust.pinned;
	if (l->pinned)
		l->vault = trust.vault;
	fm_trust_state_clear(&trust);
	if (!rc)
		rc = count_own(l, err);
	return rc || !l->pinned ? rc : fm_cover_recall(l, err);
}

/* ---- all of it ---- */

enum fm_code fm_client_cover(struct fm_cover *out, struct fm_client *client,
			     const struct fm_wanted_cover *wanted, struct fm_err *err)
{
	const struct fm_client_config *config = &client->config;
	struct fm_looking l = { .client = client, .wanted = wanted };
	enum fm_covered covered = FM_COVER_NONE;
	bool known = false;
	enum fm_code rc;

	if (!config->has_payer || !config->core_url ||
	    !config->core_url(config->ctx, wanted->chain_id))
		return FM_OK;
	l.ledger = client->ledger;
	rc = l.ledger ? FM_OK : fm_client_ledger(&l.ledger, client, false, err);
	if (!rc)
		rc = find_signed(&known, &l, err);
	if (rc || known)
		return rc;
	out->needed = fm_amount_of(&wanted->amount, wanted->asset);
	rc = begin(&l, err);
	if (!rc)
		rc = find(&covered, &l, out, err);
	out->without_core = !l.core_asked;
	return rc ? rc : fm_cover_tell(out, &l, covered, err);
}

enum fm_code fm_client_cover_quote(struct fm_quote *quote, struct fm_client *client,
				   const char *idem_key, bool ask, struct fm_err *err)
{
	struct fm_wanted_cover wanted = { .idem_key = idem_key, .ask = ask };

	if (!quote->offer || quote->outcome || quote->verdict != FM_ALLOW ||
	    !quote->offer->scheme->certificate)
		return FM_OK;
	wanted.chain_id = quote->offer->chain_id;
	wanted.asset = fm_amount_asset(&quote->amount);
	wanted.amount = quote->offer->amount;
	return fm_client_cover(&quote->cover, client, &wanted, err);
}

enum fm_code fm_quote_cover(struct fm_quote *quote, struct fm_client *client, bool ask,
			    struct fm_err *err)
{
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	rc = fm_client_cover_quote(quote, client, NULL, ask, &why);
	if (!rc || rc == FM_E_COLLATERAL)
		return FM_OK;
	*err = why;
	return rc;
}
