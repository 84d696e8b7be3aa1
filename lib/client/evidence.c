/* SPDX-License-Identifier: MIT */
/** Is what came back proof of what was paid? */
#include "client/internal.h"

#include <stdio.h>
#include <string.h>

static void say(struct fm_paid *paid, const char *word)
{
	snprintf(paid->evidence, sizeof(paid->evidence), "%s", word);
}

static enum fm_code missing(struct fm_paid *paid, const char *what, struct fm_err *err)
{
	say(paid, "missing");
	fm_fail(err, FM_E_EVIDENCE, "the seller answered %d but %s (payment %s)",
		paid->http_status, what, paid->authority.payment.id);
	return fm_hint(
		err, "the body was delivered; where the seller's facilitator strips the "
		     "certificate, --evidence receipt accepts a receipt alone");
}

/** First field in which a certificate differs from the payment; NULL when none does. */
static const char *differing_field(const struct fm_cert *cert,
				   const struct fm_payment *payment,
				   int guarantee_version)
{
	const struct fm_claims *c = &cert->claims;

	if (cert->version != guarantee_version)
		return "version";
	if (!fm_addr_equal(&c->user, &payment->payer))
		return "payer";
	if (!fm_addr_equal(&c->recipient, &payment->pay_to))
		return "recipient";
	if (fm_u256_cmp(&c->amount, &payment->amount) != 0)
		return "amount";
	if (!fm_addr_equal(&c->asset, &payment->asset))
		return "asset";
	if (fm_u256_cmp(&c->req_id, &payment->req_id) != 0)
		return "req_id";
	return NULL;
}

static enum fm_code wrong(struct fm_paid *paid, const char *why, struct fm_err *err)
{
	say(paid, "invalid");
	fm_fail(err, FM_E_BAD_EVIDENCE,
		"the seller served, but its certificate is wrong: %s "
		"(payment %s)",
		why, paid->authority.payment.id);
	return fm_hint(
		err,
		"keep the receipt file; it is the proof of what the seller returned");
}

static enum fm_code check_certificate(struct fm_paid *paid, struct fm_err *err)
{
	const struct fm_receipt *receipt = &paid->receipt;
	struct fm_validation validation;
	struct fm_err why;
	char words[96];
	bool v2 = false;

	fm_err_init(&why);
	if (fm_cert_decode(&paid->cert, fm_buf_span(&receipt->claims), false, &why))
		return wrong(paid, why.msg, err);
	paid->has_cert = true;
	if (fm_validation_read(&validation, &v2, paid->quote.offer, &why))
		return wrong(paid, why.msg, err);
	const char *field =
		differing_field(&paid->cert, &paid->authority.payment, v2 ? 2 : 1);
	if (field) {
		snprintf(words, sizeof(words), "%s is not what was signed", field);
		return wrong(paid, words, err);
	}
	say(paid, "unverified");
	return FM_OK;
}

enum fm_code fm_client_evidence(struct fm_paid *paid, const struct fm_client *client,
				const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	enum fm_evidence kind = wanted->evidence;

	if (kind == FM_EVIDENCE_DEFAULT)
		kind = fm_policy_evidence(client->config.policy, paid->quote.origin);
	if (paid->receipt.bad_certificate && paid->quote.offer->scheme->certificate)
		return wrong(paid, "it is not two hex texts", err);
	if (paid->receipt.present && paid->receipt.has_certificate &&
	    paid->quote.offer->scheme->certificate) {
		enum fm_code rc = check_certificate(paid, err);
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
	if (paid->has_cert)
		return FM_OK;
	if (paid->quote.offer->scheme->certificate && kind != FM_EVIDENCE_RECEIPT)
		return missing(paid, "its receipt holds no certificate", err);
	say(paid, "receipt_only");
	return FM_OK;
}
