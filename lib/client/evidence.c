/* SPDX-License-Identifier: MIT */
/** Is what came back proof of what was paid? design.md, Promise 7 and Decision 9. */
#include "client/internal.h"

#include <stdio.h>
#include <string.h>

static void say(struct fm_paid *paid, const char *word)
{
	snprintf(paid->evidence, sizeof(paid->evidence), "%s", word);
}

static bool receipt_is_enough(const struct fm_client *client,
			      const struct fm_quote *quote,
			      const struct fm_terms_wanted *wanted)
{
	enum fm_evidence kind = wanted->evidence;

	if (kind == FM_EVIDENCE_DEFAULT)
		kind = fm_policy_evidence(client->config.policy, quote->origin);
	return kind == FM_EVIDENCE_RECEIPT;
}

/* ---- before signing ---- */

/** What Core says of itself: enough to call a certificate wrong, not to call it right. */
static enum fm_code unanchored(struct fm_cert_trust *out, uint64_t chain_id,
			       const struct fm_core_params *params, struct fm_err *err)
{
	const struct fm_span key = { (const char *)params->public_key,
				     sizeof(params->public_key) };

	*out = (struct fm_cert_trust){ .anchor = FM_ANCHOR_CORE,
				       .chain_id = chain_id,
				       .vault = params->contract };
	for (int n = 1; n <= FM_GUARANTEE_VERSIONS; n++) {
		struct fm_trust_version *version = &out->version[n - 1];
		fm_cert_domain(&version->domain, n, chain_id, &params->contract);
		version->enabled = version->has_domain = true;
	}
	if (fm_cert_key_read(&out->key, key, err))
		return fm_within(err, "4Mica Core's key");
	return FM_OK;
}

/** A guarantee whose certificate could not pass is not worth signing. */
static enum fm_code check_version(const struct fm_cert_trust *trust,
				  const struct fm_offer *offer, struct fm_err *err)
{
	struct fm_validation validation;
	bool v2 = false;
	enum fm_code rc = fm_validation_read(&validation, &v2, offer, err);

	if (rc || (trust->version[v2].enabled && trust->version[v2].has_domain))
		return rc;
	fm_fail(err, FM_E_CERT_KEY,
		"guarantee version %d is not enabled for the vault as it is pinned",
		v2 ? 2 : 1);
	fm_rule(err, "pinned-trust");
	return fm_hint(err, "ask Core and the chain again: fourmica networks refresh");
}

enum fm_code fm_client_evidence_ready(struct fm_paid *paid, struct fm_client *client,
				      const struct fm_terms_wanted *wanted,
				      struct fm_err *err)
{
	const struct fm_offer *offer = paid->quote.offer;
	struct fm_core_params params;
	struct fm_err why;
	enum fm_code rc;

	if (!offer->scheme->certificate)
		return FM_OK;
	/* First, so that what Core changed meanwhile is in the trust that is read next. */
	rc = fm_client_params(&params, client, offer->chain_id, err);
	if (rc)
		return rc;
	fm_err_init(&why);
	rc = fm_client_trust(&paid->trust, client, offer->chain_id, NULL,
			     FM_TRUST_FIRST_USE, &why);
	if (rc == FM_E_CERT_KEY && strcmp(why.rule, "pinned-trust") != 0 &&
	    receipt_is_enough(client, &paid->quote, wanted)) {
		fm_log(client->config.log, FM_LOG_WARN, "%s", why.msg);
		return unanchored(&paid->trust, offer->chain_id, &params, err);
	}
	if (rc) {
		*err = why;
		return rc;
	}
	return check_version(&paid->trust, offer, err);
}

/* ---- after ---- */

static enum fm_code missing(struct fm_paid *paid, const char *what, struct fm_err *err)
{
	say(paid, "missing");
	fm_fail(err, FM_E_EVIDENCE, "the seller answered %d but %s (payment %s)",
		paid->http_status, what, paid->authority.payment.id);
	return fm_hint(
		err, "the body was delivered; where the seller's facilitator strips the "
		     "certificate, --evidence receipt accepts a receipt alone");
}

static enum fm_code wrong(struct fm_paid *paid, const char *why, const char *rule,
			  struct fm_err *err)
{
	say(paid, "invalid");
	fm_fail(err, FM_E_BAD_EVIDENCE,
		"the seller served, but its certificate is wrong: %.300s (payment %s)",
		why, paid->authority.payment.id);
	fm_rule(err, "%s", rule);
	return fm_hint(err, "keep the receipt file, it is the proof; look closer: "
			    "fourmica verify-cert RECEIPT --online");
}

/** Not the seller's fault, and no verdict: memory ran out, say. */
static enum fm_code unchecked(struct fm_paid *paid, const char *why, struct fm_err *err)
{
	say(paid, "unverified");
	fm_fail(err, FM_E_EVIDENCE,
		"the seller served, but its certificate could not be checked: %.300s "
		"(payment %s)",
		why, paid->authority.payment.id);
	return fm_hint(err, "the receipt file holds it: fourmica verify-cert RECEIPT");
}

enum fm_code fm_client_signed_claims(struct fm_claims *out, struct fm_span payment_json,
				     struct fm_err *err)
{
	struct fm_json *doc = NULL;
	const struct fm_json *payload;
	enum fm_code rc = fm_json_parse(&doc, payment_json, false, err);

	if (rc)
		return rc;
	payload = fm_json_get(doc, "payload");
	rc = payload ? fm_claims_read(out, payload->src, err)
		     : fm_fail(err, FM_E_INTERNAL, "a payment without payload was sent");
	fm_json_free(&doc);
	return rc;
}

bool fm_client_keep_cycle(struct fm_payment *payment, struct fm_cycle_guess *cycle,
			  const struct fm_cert *cert)
{
	/* The ledger's time never goes back, so after a clock that was ahead it is no help; what was
	 * signed has the time of the signature, as the clock had it. */
	if (!fm_cycle_guess(cycle, &cert->cycle_id, &cert->claims.asset,
			    (uint64_t)(payment->signed_ms / 1000)) &&
	    !fm_cycle_guess(cycle, &cert->cycle_id, &cert->claims.asset,
			    cert->claims.timestamp))
		return false;
	snprintf(payment->cycle_hint, sizeof(payment->cycle_hint), "%s/%u", cycle->text,
		 (unsigned)cycle->length_s);
	fm_guarantee_id(&payment->guarantee, cycle->text, &cert->claims.user,
			&cert->claims.recipient, &cert->claims.asset,
			&cert->claims.req_id, cert->version);
	return true;
}

static enum fm_code check_certificate(struct fm_paid *paid,
				      const struct fm_client *client, struct fm_err *err)
{
	const struct fm_receipt *receipt = &paid->receipt;
	struct fm_cert_expect expect;
	struct fm_claims claims;
	struct fm_cert_item item = { .claims = fm_buf_span(&receipt->claims),
				     .signature = fm_buf_span(&receipt->signature),
				     .expect = &expect };
	struct fm_err why;

	fm_err_init(&why);
	if (fm_client_signed_claims(&claims, fm_buf_span(&paid->authority.payload_json),
				    &why))
		return unchecked(paid, why.msg, err);
	fm_cert_expect_claims(&expect, &claims);
	enum fm_code rc =
		fm_cert_verify(&item, 1, &paid->trust, false, client->config.rand, &why);
	paid->verdict = item.verdict;
	if (rc && !item.verdict.why.rule[0])
		return unchecked(paid, why.msg, err);
	if (rc)
		return wrong(paid, why.msg, why.rule, err);
	paid->has_cycle = fm_client_keep_cycle(&paid->authority.payment, &paid->cycle,
					       &paid->verdict.cert);
	say(paid, "verified");
	return FM_OK;
}

enum fm_code fm_client_evidence(struct fm_paid *paid, const struct fm_client *client,
				const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	const bool credit = paid->quote.offer->scheme->certificate;

	if (credit && paid->receipt.bad_certificate)
		return wrong(paid, "it is not two hex texts", "hex", err);
	if (credit && paid->receipt.present && paid->receipt.has_certificate) {
		enum fm_code rc = check_certificate(paid, client, err);
		if (rc)
			return rc;
	}
	if (paid->after.after == FM_AFTER_SERVED)
		return missing(paid,
			       !paid->receipt.present ? "sent no receipt"
			       : !paid->receipt.readable
				       ? "its receipt cannot be read"
				       : "its receipt says success: false",
			       err);
	if (strcmp(paid->evidence, "verified") == 0 &&
	    paid->trust.anchor != FM_ANCHOR_CORE)
		return FM_OK;
	if (credit && !receipt_is_enough(client, &paid->quote, wanted))
		return missing(paid, "its receipt holds no certificate", err);
	say(paid, "receipt_only");
	return FM_OK;
}
