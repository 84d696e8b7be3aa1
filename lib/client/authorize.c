/* SPDX-License-Identifier: MIT */
/** From an allowed offer to a recorded signature. The order of the steps is the promise:
 *  collateral, reserve, stop check, request id, sign, record; the caller sends. */
#include "client/internal.h"

#include "client/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_CAP (1024u * 1024u)

void fm_authority_init(struct fm_authority *authority)
{
	memset(authority, 0, sizeof(*authority));
	fm_buf_init(&authority->header, HEADER_CAP);
	fm_buf_init(&authority->payload_json, HEADER_CAP);
}

void fm_authority_clear(struct fm_authority *authority)
{
	fm_payment_clear(&authority->payment);
	fm_buf_clear(&authority->header);
	fm_buf_clear(&authority->payload_json);
	fm_authority_init(authority);
}

static enum fm_code copy_text(char *out, size_t size, const char *text, const char *what,
			      struct fm_err *err)
{
	size_t len = strlen(text);

	if (len >= size)
		return fm_fail(err, FM_E_USAGE, "%s is longer than %zu bytes", what,
			       size - 1);
	memcpy(out, text, len + 1);
	return FM_OK;
}

/** Without a key of the caller's, the payment gets one nobody else can name. */
static enum fm_code name_payment(struct fm_payment *payment, struct fm_client *client,
				 const char *idem_key, struct fm_err *err)
{
	uint8_t id[16];
	enum fm_code rc = fm_rand_fill(client->config.rand, id, sizeof(id), err);

	if (rc)
		return rc;
	memcpy(payment->id, "pay_", 4);
	fm_hex_write(payment->id + 4, id, sizeof(id));
	return copy_text(payment->idem_key, sizeof(payment->idem_key),
			 idem_key ? idem_key : payment->id, "the idempotency key", err);
}

static enum fm_code fill_payment(struct fm_payment *payment, struct fm_client *client,
				 const struct fm_quote *quote, const char *method,
				 const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	const struct fm_offer *offer = quote->offer;
	enum fm_code rc = name_payment(payment, client, wanted->idem_key, err);

	if (!rc)
		rc = copy_text(payment->scheme, sizeof(payment->scheme),
			       offer->scheme->name, "the scheme", err);
	if (!rc)
		rc = copy_text(payment->origin, sizeof(payment->origin), quote->origin,
			       "the origin", err);
	if (!rc)
		rc = copy_text(payment->method, sizeof(payment->method), method,
			       "the method", err);
	if (!rc)
		rc = fm_client_purpose(payment, wanted, err);
	if (rc)
		return rc;
	payment->route = strdup(quote->route);
	if (!payment->route)
		return fm_nomem(err);
	payment->payer = client->config.payer;
	payment->chain_id = offer->chain_id;
	payment->asset = offer->asset;
	payment->amount = offer->amount;
	payment->pay_to = offer->pay_to;
	payment->x402_version = quote->challenge->version;
	if (quote->has_approval)
		payment->approval = quote->approval.hash;
	fm_policy_hash(&payment->policy_hash, client->config.policy);
	return FM_OK;
}

static enum fm_code prepare(struct fm_draft *draft, struct fm_client *client,
			    const struct fm_quote *quote,
			    const struct fm_core_params *params, struct fm_err *err)
{
	const struct fm_offer *offer = quote->offer;

	draft->payer = client->config.payer;
	draft->now_s = fm_wall_s(client->config.clock);
	draft->version = quote->challenge->version;
	if (params) {
		size_t len = strlen(params->domain.name);
		memcpy(draft->domain_name, params->domain.name, len + 1);
		draft->domain_name_len = len;
		memcpy(draft->domain_version, params->domain.version,
		       sizeof(params->domain.version));
	}
	return offer->scheme->prepare(draft, offer, client->config.rand,
				      fm_policy_max_window(client->config.policy), err);
}

/** A request id the seller's tab endpoint proposes, when policy lets us ask and the answer is
 *  new to us (4mica, section 4.1). Any failure leaves our own id: the exchange is optional. */
static enum fm_code ask_tab(struct fm_draft *draft, struct fm_client *client,
			    const struct fm_quote *quote, const char *url,
			    struct fm_err *err)
{
	struct fm_http_options options;
	struct fm_buf endpoint;
	struct fm_u256 proposed;
	struct fm_err ignored;
	bool used = false;
	enum fm_code rc = FM_OK;

	fm_err_init(&ignored);
	fm_buf_init(&endpoint, FM_X402_URL_MAX);
	if (!client->config.http || !fm_tab_endpoint(&endpoint, quote->offer))
		goto out;
	if (!fm_tab_allowed(endpoint.ptr, url)) {
		fm_log(client->config.log, FM_LOG_INFO,
		       "tab endpoint not asked: another host, or not https");
		goto out;
	}
	fm_client_transport(&options, client, endpoint.ptr);
	if (fm_tab_request(&proposed, client->config.http, endpoint.ptr, &draft->payer,
			   quote->challenge, quote->offer, draft->guarantee_version,
			   &options, &ignored)) {
		fm_log(client->config.log, FM_LOG_INFO, "tab endpoint: %s", ignored.msg);
		/* Interrupted while asking: nothing was signed, so stop here. */
		rc = ignored.code == FM_E_INTERRUPTED ? (*err = ignored, ignored.code)
						      : FM_OK;
		goto out;
	}
	rc = fm_ledger_req_id_used(&used, client->ledger, &draft->payer, &proposed, err);
	if (!rc && !used && !fm_u256_is_zero(&proposed))
		draft->req_id = proposed;
out:
	fm_buf_clear(&endpoint);
	return rc;
}

static enum fm_code build_header(struct fm_authority *out, const struct fm_draft *draft,
				 const struct fm_quote *quote, const struct fm_sig *sig,
				 struct fm_err *err)
{
	struct fm_buf payload;
	enum fm_code rc;

	fm_buf_init(&payload, HEADER_CAP);
	rc = quote->offer->scheme->payload(&payload, draft, quote->offer, sig, err);
	if (!rc)
		rc = fm_payment_json(&out->payload_json, quote->challenge, quote->offer,
				     fm_buf_span(&payload), err);
	if (!rc && (!fm_base64_write(&out->header, out->payload_json.ptr,
				     out->payload_json.len) ||
		    !fm_buf_ok(&out->header)))
		rc = fm_nomem(err);
	out->header_name = fm_payment_header_name(quote->challenge);
	fm_buf_clear(&payload);
	return rc;
}

static enum fm_code sign(struct fm_authority *out, struct fm_client *client,
			 const struct fm_quote *quote, const struct fm_draft *draft,
			 struct fm_err *err)
{
	struct fm_payment *payment = &out->payment;
	struct fm_document doc;
	struct fm_sig sig;
	enum fm_code rc;

	rc = fm_document_payment(&doc, draft, quote->offer, payment->id, err);
	/* A tab endpoint may have been slow since the reservation. */
	if (!rc)
		rc = fm_client_check_stop(client, err);
	if (!rc)
		rc = fm_document_sign(&sig, &payment->digest, &client->signer, &doc, err);
	/* So may a program that signs, and who presses its button. */
	if (!rc)
		rc = fm_client_check_stop(client, err);
	if (!rc)
		rc = build_header(out, draft, quote, &sig, err);
	if (rc)
		return rc;
	payment->req_id = draft->req_id;
	payment->nonce = draft->nonce;
	payment->valid_before_s = draft->valid_before_s;
	fm_client_identity(payment);
	payment->header = strdup(out->header.ptr);
	return payment->header ? FM_OK : fm_nomem(err);
}

/** Who was paid once is expected again: the seller's address is pinned by origin and chain. */
static enum fm_code pin_seller(struct fm_client *client, const struct fm_quote *quote,
			       struct fm_err *err)
{
	char address[FM_ADDR_TEXT];
	struct fm_buf key;
	enum fm_code rc;

	if (quote->ask.pin_known || !quote->origin[0])
		return FM_OK;
	fm_addr_text(address, &quote->offer->pay_to);
	fm_client_seller_key(&key, quote->origin, quote->offer->chain_id);
	rc = fm_buf_ok(&key) ? fm_pin_set(client->ledger, "seller", key.ptr,
					  fm_span_of(address), err)
			     : fm_nomem(err);
	fm_buf_clear(&key);
	return rc;
}

/** Everything behind the reservation; on failure nothing was recorded as signed. */
static enum fm_code sign_and_record(struct fm_authority *out, struct fm_client *client,
				    const struct fm_quote *quote, struct fm_draft *draft,
				    const char *url, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (quote->offer->scheme->certificate)
		rc = ask_tab(draft, client, quote, url, err);
	if (!rc)
		rc = pin_seller(client, quote, err);
	if (!rc)
		rc = sign(out, client, quote, draft, err);
	if (!rc)
		rc = fm_ledger_signed(client->ledger, &out->payment, err);
	return rc;
}

/** 4Mica's signing domain and what it accepts; also the checks that need them. */
static enum fm_code credit_terms(struct fm_core_params *params, struct fm_client *client,
				 const struct fm_offer *offer, struct fm_err *err)
{
	enum fm_code rc = fm_client_params(params, client, offer->chain_id, err);

	return rc ? rc : fm_credit_check(offer, params, err);
}

/** Too little collateral is told before a person is asked to unlock the wallet. An open wallet may
 *  have an access token, and Core knows more than the chain. Who wants a receipt only does without
 *  the chain. */
static enum fm_code cover_and_unlock(struct fm_client *client, struct fm_quote *quote,
				     const struct fm_terms_wanted *wanted,
				     struct fm_err *err)
{
	bool ask = wanted->evidence != FM_EVIDENCE_RECEIPT;
	struct fm_cover *cover = &quote->cover;
	enum fm_code rc;

	memset(cover, 0, sizeof(*cover));
	rc = fm_client_cover_quote(quote, client, wanted->idem_key, ask, err);
	if (!rc)
		rc = fm_client_unlock_to_pay(client, quote->offer->chain_id, err);
	if (!rc && ask && cover->without_core)
		rc = fm_client_cover_quote(quote, client, wanted->idem_key, ask, err);
	if (!ask && cover->covered == FM_COVER_UNKNOWN)
		fm_fail(&cover->why, FM_E_COLLATERAL,
			"with --evidence receipt nobody is asked");
	return rc;
}

enum fm_code fm_authorize(struct fm_authority *out, struct fm_client *client,
			  struct fm_quote *quote, const char *method, const char *url,
			  struct fm_span body, const struct fm_terms_wanted *wanted,
			  struct fm_err *err)
{
	struct fm_core_params params;
	struct fm_draft draft = { 0 };
	bool credit;
	enum fm_code rc;

	if (!quote->offer || quote->outcome || quote->verdict != FM_ALLOW)
		return fm_fail(err, FM_E_INTERNAL, "authorize without an allowed offer");
	credit = quote->offer->scheme->certificate;
	rc = fm_client_check_stop(client, err);
	if (!rc && credit)
		rc = credit_terms(&params, client, quote->offer, err);
	/* Unlocking may ask a person: before the reservation and before "now" is taken. */
	if (!rc)
		rc = cover_and_unlock(client, quote, wanted, err);
	if (!rc)
		rc = prepare(&draft, client, quote, credit ? &params : NULL, err);
	if (!rc)
		rc = fill_payment(&out->payment, client, quote, method, wanted, err);
	if (rc)
		goto out;
	out->payment.guarantee_version = draft.guarantee_version;
	out->payment.req_id = draft.req_id;
	out->payment.nonce = draft.nonce;
	out->payment.valid_before_s = draft.valid_before_s;
	fm_client_identity(&out->payment);
	fm_client_binding(&out->payment.binding, client, method, url, body);
	rc = fm_client_reserve(&out->known, client, &out->payment, &quote->ask,
			       quote->checks, quote->check_count, err);
	if (rc || out->known)
		goto out;
	rc = sign_and_record(out, client, quote, &draft, url, err);
	if (rc) {
		/* The signature, if there is one, dies with these buffers. */
		fm_buf_wipe(&out->header);
		fm_buf_wipe(&out->payload_json);
		fm_client_release(client, &out->payment, err);
		goto out;
	}
	fm_client_event(client, "signed", "%s", out->payment.id);
out:
	fm_draft_clear(&draft);
	return rc;
}
