/* SPDX-License-Identifier: MIT */
/** A response judged: challenge, choice, policy. Nothing is reserved or signed here. */
#include "client/internal.h"

#include <fourmica/credit.h>

#include <stdio.h>
#include <string.h>

/** What the judge of one offer needs beside it. */
struct judging {
	struct fm_client *client;
	const struct fm_terms_wanted *wanted;
	struct fm_quote *quote;
	/** Of the offer that came furthest so far: its words, for the answer as a whole. */
	struct fm_offer *best;
	struct fm_err best_err;
	struct fm_err fatal;
};

void fm_quote_init(struct fm_quote *quote)
{
	memset(quote, 0, sizeof(*quote));
	fm_err_init(&quote->why);
}

void fm_quote_clear(struct fm_quote *quote)
{
	fm_challenge_free(&quote->challenge);
	fm_quote_init(quote);
}

static bool asset_wanted(const char *text, const struct fm_offer *offer,
			 const struct fm_asset *asset)
{
	struct fm_addr address;

	if (fm_addr_parse(&address, NULL, fm_span_of(text)))
		return fm_addr_equal(&address, &offer->asset);
	struct fm_quantity unit;
	struct fm_err none;
	char quantity[32];
	int len = snprintf(quantity, sizeof(quantity), "0%s", text);

	if (!asset || len < 0 || (size_t)len >= sizeof(quantity) ||
	    fm_quantity_parse(&unit, quantity, &none))
		return false;
	return strcmp(unit.unit, "base") != 0 && fm_quantity_names(&unit, asset);
}

/** A condition of the buyer's own that the offer does not meet. */
static enum fm_code unmet(struct fm_err *err, const char *rule, const char *hint)
{
	fm_rule(err, "%s", rule);
	return fm_hint(err, "%s", hint);
}

static enum fm_code check_amount(const struct judging *j, const struct fm_offer *offer,
				 const struct fm_asset *asset, struct fm_err *err)
{
	const struct fm_quantity *wanted = j->wanted->amount;
	char is[FM_AMOUNT_TEXT];
	struct fm_amount asked;
	struct fm_u256 amount;
	enum fm_code rc;

	if (!wanted || !asset)
		return FM_OK;
	rc = fm_quantity_resolve(&amount, wanted, asset, err);
	if (rc || fm_u256_cmp(&amount, &offer->amount) == 0)
		return rc;
	asked = fm_amount_of(&offer->amount, asset);
	fm_amount_text(is, &asked);
	fm_fail(err, FM_E_QUOTE, "the offer asks %s, expected %s%s", is, wanted->number,
		wanted->unit);
	return unmet(err, "expect-amount",
		     "look at what is asked now: fourmica quote URL");
}

/** The buyer's own conditions; FM_OK when the offer meets them. */
static enum fm_code check_wanted(const struct judging *j, const struct fm_offer *offer,
				 const struct fm_asset *asset, struct fm_err *err)
{
	const struct fm_terms_wanted *w = j->wanted;
	char got[FM_ADDR_TEXT], want[FM_ADDR_TEXT];

	fm_addr_text(got, &offer->pay_to);
	if (w->pay_to && !fm_addr_equal(w->pay_to, &offer->pay_to)) {
		fm_addr_text(want, w->pay_to);
		fm_fail(err, FM_E_SELLER, "the offer pays %s, expected %s", got, want);
		return unmet(err, "expect-pay-to",
			     "find out from the seller which address is right");
	}
	if (w->asset && !asset_wanted(w->asset, offer, asset)) {
		fm_addr_text(got, &offer->asset);
		fm_fail(err, FM_E_ASSET, "the offer's asset is %s, wanted %s",
			asset ? asset->symbol : got, w->asset);
		return unmet(err, "asset",
			     "to pay in what is offered, name it with --asset, or none");
	}
	if (check_amount(j, offer, asset, err))
		return err->code;
	if (j->client->config.has_payer &&
	    fm_addr_equal(&offer->pay_to, &j->client->config.payer)) {
		fm_fail(err, FM_E_SELLER, "the offer pays our own address %s", got);
		return unmet(err, "own-address",
			     "pay with another wallet: --wallet NAME");
	}
	return FM_OK;
}

/** Conditions on the connection the terms came over (x402, section 8). */
static enum fm_code check_transport(const struct judging *j, uint64_t chain_id,
				    struct fm_err *err)
{
	const struct fm_network *network = fm_client_network(j->client, chain_id);

	if (j->wanted->insecure && !(network && network->test)) {
		fm_fail(err, FM_E_SELLER,
			"the seller's certificate was not checked (-k) and the network is of value");
		return unmet(err, "insecure",
			     "leave out -k; name the seller's authority with --cacert");
	}
	return FM_OK;
}

static int64_t window_of(const struct fm_offer *offer, const struct fm_policy *policy)
{
	int64_t most = fm_policy_max_window(policy);

	if (!offer->scheme->expires)
		return 0;
	return most && most < offer->max_timeout_s ? most : offer->max_timeout_s;
}

/** The pin of this seller on this chain: from the ledger. */
static enum fm_code find_pin(struct fm_ask *ask, struct fm_client *client,
			     struct fm_err *err)
{
	struct fm_ledger *ledger = client->ledger;
	struct fm_buf key, value;
	bool found = false;
	int64_t at_s;
	enum fm_code rc;

	ask->pin_known = false;
	if (!ledger || !ask->origin[0])
		return FM_OK;
	fm_client_seller_key(&key, ask->origin, ask->chain_id);
	fm_buf_init(&value, 256);
	rc = fm_buf_ok(&key)
		     ? fm_pin_get(&value, &at_s, &found, ledger, "seller", key.ptr, err)
		     : fm_nomem(err);
	if (!rc && found)
		ask->pin_known = fm_addr_parse(&ask->pin, NULL, fm_buf_span(&value));
	fm_buf_clear(&value);
	fm_buf_clear(&key);
	return rc;
}

/** What the ledger knows of the seller. Without a ledger nothing was ever paid. */
static enum fm_code find_seller(struct fm_ask *ask, struct fm_client *client,
				struct fm_err *err)
{
	enum fm_code rc = find_pin(ask, client, err);

	memset(&ask->history, 0, sizeof(ask->history));
	ask->resembles[0] = '\0';
	if (rc || !client->ledger)
		return rc;
	if (!ask->pin_known)
		rc = fm_ledger_resembles(ask->resembles, client->ledger, ask->origin,
					 err);
	return rc ? rc : fm_ledger_history(&ask->history, client->ledger, ask, err);
}

/** The conditions of a guarantee, as the scheme will sign them. */
static void fill_v2(struct fm_ask *ask, const struct fm_offer *offer)
{
	struct fm_validation wanted;
	struct fm_err ignored;
	bool present = false;

	memset(&ask->v2, 0, sizeof(ask->v2));
	fm_err_init(&ignored);
	/* The scheme refused an offer whose conditions cannot be read before it came here. */
	if (!offer->scheme->certificate ||
	    fm_validation_read(&wanted, &present, offer, &ignored) || !present)
		return;
	ask->v2 = (struct fm_ask_v2){ .wanted = true,
				      .registry = wanted.registry,
				      .validator = wanted.validator,
				      .min_score = wanted.min_score };
}

static void fill_ask(struct fm_ask *ask, const struct judging *j,
		     const struct fm_offer *offer, const struct fm_asset *asset)
{
	ask->chain_id = offer->chain_id;
	ask->asset = asset;
	ask->amount = offer->amount;
	ask->pay_to = offer->pay_to;
	ask->scheme = offer->scheme->name;
	ask->origin = j->quote->origin;
	ask->route = j->quote->route;
	ask->task = j->wanted->task ? j->wanted->task : "";
	ask->category = j->wanted->category ? j->wanted->category : "";
	ask->payer = j->client->config.payer;
	ask->window_s = window_of(offer, j->client->config.policy);
	fill_v2(ask, offer);
	ask->approved = false;
	j->quote->has_approval = false;
}

/** Policy and totals for one offer. */
static enum fm_verdict judge_policy(struct judging *j, struct fm_err *err)
{
	struct fm_quote *q = j->quote;
	struct fm_client *client = j->client;
	enum fm_verdict verdict = fm_policy_judge(client->config.policy, &q->ask,
						  q->checks, &q->check_count, err);

	/* Before a person is asked about one payment: no payment is made under such rules. */
	if (verdict != FM_REFUSE && fm_client_accepted(client, err)) {
		/* The ledger is a matter of the wallet, not of the offer. */
		if (err->code != FM_E_APPROVAL)
			j->fatal = *err;
		return err->code == FM_E_APPROVAL ? FM_APPROVE : FM_REFUSE;
	}
	if (verdict == FM_REFUSE || !client->ledger)
		return verdict;
	if (fm_ledger_usage(client->ledger, q->checks, q->check_count, &j->fatal))
		return FM_REFUSE;
	struct fm_err totals;
	fm_err_init(&totals);
	enum fm_verdict second =
		fm_policy_totals(&q->ask, q->checks, q->check_count, &totals);
	if (second == FM_ALLOW)
		return verdict;
	*err = totals;
	return second;
}

/** Where a refusal stands in x402's order (section 4): networks and schemes outside the policy
 *  are options we do not support; the rest is denied, or over a limit. */
static enum fm_offer_stage stage_of(enum fm_code code)
{
	switch (code) {
	case FM_E_APPROVAL:
		return FM_OFFER_APPROVAL;
	case FM_E_OVER_LIMIT:
	case FM_E_BUDGET:
		return FM_OFFER_OVER_LIMIT;
	case FM_E_UNSUPPORTED:
		return FM_OFFER_UNSUPPORTED;
	default:
		return FM_OFFER_DENIED;
	}
}

static bool refuse(struct judging *j, struct fm_offer *offer, const struct fm_err *err)
{
	enum fm_offer_stage stage = stage_of(err->code);

	if (!j->best || stage > j->best->stage) {
		j->best = offer;
		j->best_err = *err;
	}
	fm_offer_refuse(offer, stage, err->code, "%s", err->msg);
	memcpy(offer->rule, err->rule, sizeof(offer->rule));
	return false;
}

/** Did a person approve exactly this, and is that still good? */
static enum fm_code find_approval(struct judging *j, struct fm_offer *offer)
{
	struct fm_quote *q = j->quote;
	struct fm_offer *before = q->offer;
	struct fm_approval_terms terms;
	struct fm_hash hash;
	enum fm_code rc;

	q->has_approval = false;
	if (!j->client->ledger)
		return FM_OK;
	q->offer = offer;
	fm_quote_terms(&terms, j->client, q, j->wanted);
	q->offer = before;
	rc = fm_approval_hash(&hash, NULL, &terms, &j->fatal);
	if (!rc)
		rc = fm_approval_find(&q->approval, &q->has_approval, j->client->ledger,
				      &hash, &j->fatal);
	return rc;
}

static enum fm_verdict judge_approved(struct judging *j, struct fm_offer *offer,
				      struct fm_err *err)
{
	struct fm_quote *q = j->quote;
	enum fm_verdict verdict = judge_policy(j, err);

	if (verdict != FM_APPROVE)
		return verdict;
	if (find_approval(j, offer))
		return FM_REFUSE;
	if (!q->has_approval)
		return FM_APPROVE;
	q->ask.approved = true;
	verdict = judge_policy(j, err);
	q->has_approval = verdict == FM_ALLOW;
	return verdict;
}

static bool judge_offer(void *ctx, const struct fm_challenge *challenge,
			struct fm_offer *offer)
{
	struct judging *j = ctx;
	struct fm_client *client = j->client;
	const struct fm_asset *asset =
		fm_client_asset(client, offer->chain_id, &offer->asset);
	struct fm_err err;

	(void)challenge;
	fm_err_init(&err);
	if (j->fatal.code)
		return refuse(j, offer, &j->fatal);
	fill_ask(&j->quote->ask, j, offer, asset);
	if (find_seller(&j->quote->ask, client, &j->fatal))
		return refuse(j, offer, &j->fatal);
	if (check_wanted(j, offer, asset, &err) ||
	    check_transport(j, offer->chain_id, &err))
		return refuse(j, offer, &err);
	if (judge_approved(j, offer, &err) != FM_ALLOW)
		return refuse(j, offer, j->fatal.code ? &j->fatal : &err);
	return true;
}

/** Where the request went: the seller's name in policy and ledger. */
static enum fm_code name_seller(struct fm_quote *quote, const char *url,
				struct fm_err *err)
{
	struct fm_url parts;
	struct fm_buf origin;

	if (!fm_url_parse(&parts, fm_span_of(url)))
		return fm_fail(err, FM_E_USAGE,
			       "not an absolute http or https URL: %.200s", url);
	fm_buf_init(&origin, FM_ORIGIN_MAX - 1);
	if (!fm_url_origin(&origin, &parts) || !fm_buf_ok(&origin)) {
		fm_buf_clear(&origin);
		return fm_fail(err, FM_E_USAGE, "the host in the URL is too long");
	}
	memcpy(quote->origin, origin.ptr, origin.len + 1);
	fm_buf_clear(&origin);
	if (parts.path.len >= sizeof(quote->route))
		return fm_fail(err, FM_E_USAGE,
			       "the path in the URL is longer than %u bytes",
			       FM_X402_URL_MAX - 1);
	memcpy(quote->route, parts.path.ptr, parts.path.len);
	quote->route[parts.path.len] = '\0';
	return FM_OK;
}

/** The most telling offer when none is payable: furthest stage, then the seller's order. */
static struct fm_offer *furthest(const struct fm_challenge *challenge)
{
	struct fm_offer *best = NULL;

	for (size_t i = 0; i < challenge->offer_count; i++)
		if (!best || challenge->offers[i].stage > best->stage)
			best = &challenge->offers[i];
	return best;
}

static void note_warnings(struct fm_quote *quote, const char *url)
{
	const struct fm_offer *offer = quote->offer;
	struct fm_url asked, named;
	struct fm_buf resource;
	char name[64];

	quote->warn_user = quote->warn_user || fm_url_has_user(fm_span_of(url));
	quote->warn_pay_to_case = offer->pay_to_miscased || offer->asset_miscased;
	if (offer->known && offer->known->domain_name[0] && offer->extra) {
		const struct fm_json *sent = fm_json_get(offer->extra, "name");
		quote->warn_domain = !offer->scheme->certificate && sent &&
				     (!fm_json_cstr(name, sizeof(name), sent) ||
				      strcmp(name, offer->known->domain_name) != 0);
	}
	fm_buf_init(&resource, FM_X402_URL_MAX);
	if (fm_challenge_resource(&resource, quote->challenge, offer) &&
	    fm_url_parse(&named, fm_buf_span(&resource)) &&
	    fm_url_parse(&asked, fm_span_of(url)))
		quote->warn_resource = strcmp(asked.scheme, named.scheme) != 0 ||
				       asked.port != named.port;
	fm_buf_clear(&resource);
}

static void settle(struct fm_quote *quote, struct judging *j, enum fm_code rc,
		   const struct fm_err *err, const char *url)
{
	if (rc == FM_OK) {
		quote->verdict = FM_ALLOW;
	} else {
		/* No option of ours: the policy may be why, and then it has the words. */
		quote->why = *err;
		if (j->best && (j->best_err.code == rc || rc == FM_E_NO_OPTION))
			quote->why = j->best_err;
		quote->why.code = rc;
		quote->outcome = rc;
		quote->verdict = rc == FM_E_APPROVAL ? FM_APPROVE : FM_REFUSE;
		quote->offer = j->best ? j->best : furthest(quote->challenge);
		/* The limits that are shown are those of the offer that is. */
		if (quote->verdict == FM_APPROVE && quote->offer)
			(void)judge_offer(j, quote->challenge, quote->offer);
	}
	if (!quote->offer || quote->offer->stage < FM_OFFER_DENIED)
		return;
	const struct fm_asset *asset =
		fm_client_asset(j->client, quote->offer->chain_id, &quote->offer->asset);
	struct fm_asset unknown = { .chain_id = quote->offer->chain_id,
				    .address = quote->offer->asset };
	quote->amount = fm_amount_of(&quote->offer->amount, asset ? asset : &unknown);
	note_warnings(quote, url);
}

static const struct fm_network *known_network(void *ctx, uint64_t chain_id)
{
	const struct judging *j = ctx;

	return fm_client_network(j->client, chain_id);
}

static enum fm_code choose(struct fm_quote *quote, struct fm_client *client,
			   const char *url, const struct fm_terms_wanted *wanted,
			   struct fm_err *err)
{
	struct judging j = { .client = client, .wanted = wanted, .quote = quote };
	const struct fm_choice choice = {
		.prefer = wanted->prefer,
		.scheme = wanted->scheme,
		.chain_id = wanted->chain_id,
		.request_url = url,
		.judge = judge_offer,
		.network = known_network,
		.judge_ctx = &j,
	};
	struct fm_err refused;

	fm_err_init(&refused);
	fm_err_init(&j.fatal);
	fm_err_init(&j.best_err);
	enum fm_code rc = fm_choose(&quote->offer, quote->challenge, &choice, &refused);
	if (j.fatal.code) {
		*err = j.fatal;
		return err->code;
	}
	if (rc == FM_E_NOMEM || rc == FM_E_INTERNAL) {
		*err = refused;
		return rc;
	}
	settle(quote, &j, rc, &refused, url);
	return FM_OK;
}

enum fm_code fm_quote_response(struct fm_quote *quote, struct fm_client *client,
			       int status, struct fm_span head, struct fm_span body,
			       bool body_truncated, const char *url,
			       const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	struct fm_ledger *ledger;
	enum fm_code rc = name_seller(quote, url, err);

	if (rc)
		return rc;
	snprintf(quote->url, sizeof(quote->url), "%s", url);
	quote->http_status = status;
	if (status != 402) {
		quote->outcome = status >= 400 ? FM_E_HTTP : FM_OK;
		if (quote->outcome)
			fm_fail(&quote->why, FM_E_HTTP, "the server answered %d", status);
		return FM_OK;
	}
	/* Totals and pins count when there are any; a first quote needs no ledger. */
	rc = fm_client_ledger(&ledger, client, false, err);
	if (rc)
		return rc;
	quote->outcome = fm_challenge_read(&quote->challenge, status, head, body,
					   body_truncated, &quote->why);
	if (quote->outcome == FM_E_NOMEM) {
		*err = quote->why;
		return FM_E_NOMEM;
	}
	if (quote->outcome) {
		quote->verdict = FM_REFUSE;
		return FM_OK;
	}
	return choose(quote, client, url, wanted, err);
}

enum fm_code fm_quote_again(struct fm_quote *quote, struct fm_client *client,
			    const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	quote->offer = NULL;
	quote->outcome = FM_OK;
	quote->verdict = FM_ALLOW;
	fm_err_init(&quote->why);
	return choose(quote, client, quote->url, wanted, err);
}

/** A probe's answer, kept as far as a challenge may be long. */
struct kept {
	struct fm_buf body;
	bool truncated;
};

static enum fm_code keep_body(void *ctx, const void *bytes, size_t len,
			      struct fm_err *err)
{
	struct kept *kept = ctx;
	size_t room = FM_X402_BODY_MAX - kept->body.len;

	if (len > room) {
		kept->truncated = true;
		fm_buf_add(&kept->body, bytes, room);
		return fm_fail(err, FM_E_TOO_LARGE, "body over %u bytes",
			       FM_X402_BODY_MAX);
	}
	return fm_buf_add(&kept->body, bytes, len) ? FM_OK : fm_nomem(err);
}

enum fm_code fm_quote_request(struct fm_quote *quote, struct fm_client *client,
			      const struct fm_http_request *request,
			      const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	struct fm_terms_wanted of_it = *wanted;
	struct fm_wanted_request named;
	struct kept kept = { 0 };
	const struct fm_http_sink sink = { .body = keep_body, .ctx = &kept };
	struct fm_http_reply reply;
	enum fm_code rc;

	fm_wanted_request(&named, request->method, request->url, request->body);
	of_it.request = &named;
	fm_http_reply_init(&reply);
	fm_buf_init(&kept.body, FM_X402_BODY_MAX);
	fm_client_event(client, "probe", "%s %s", request->method, request->url);
	quote->warn_user = fm_url_has_user(fm_span_of(request->url));
	rc = fm_http_exchange(client->config.http, &reply, request, &sink, NULL, err);
	/* A body over the limit ended the exchange on purpose; the head is here. */
	if (rc == FM_E_TOO_LARGE && kept.truncated)
		rc = FM_OK;
	if (!rc)
		rc = fm_quote_response(quote, client, reply.status,
				       fm_buf_span(&reply.head), fm_buf_span(&kept.body),
				       kept.truncated,
				       reply.url.len ? reply.url.ptr : request->url,
				       &of_it, err);
	if (!rc)
		rc = fm_quote_cover(quote, client, true, err);
	fm_buf_clear(&kept.body);
	fm_http_reply_clear(&reply);
	return rc;
}
