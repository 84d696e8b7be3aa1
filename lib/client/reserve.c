/* SPDX-License-Identifier: MIT */
/** Reservation: the step between a verdict and a signature. */
#include "client/internal.h"

#include <stdlib.h>
#include <string.h>

#define REASON_MAX 500u

void fm_client_binding(struct fm_hash *out, const struct fm_client *client,
		       const char *method, const char *url, struct fm_span body)
{
	struct fm_hash body_hash, parts[4];

	/* Hashing each part first keeps the boundaries: no two requests share a concatenation. */
	fm_sha256(&body_hash, body.ptr ? body.ptr : "", body.ptr ? body.len : 0);
	fm_sha256(&parts[0], method, strlen(method));
	fm_sha256(&parts[1], url, strlen(url));
	parts[2] = body_hash;
	fm_sha256(&parts[3], client->config.payer.b, sizeof(client->config.payer.b));
	fm_sha256(out, parts, sizeof(parts));
}

static enum fm_code copy_text(char *out, size_t size, const char *text, const char *what,
			      struct fm_err *err)
{
	size_t len = text ? strlen(text) : 0;

	if (len >= size)
		return fm_fail(err, FM_E_USAGE, "%s is longer than %zu bytes", what,
			       size - 1);
	memcpy(out, text ? text : "", len + 1);
	return FM_OK;
}

enum fm_code fm_client_purpose(struct fm_payment *payment,
			       const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	enum fm_code rc = copy_text(payment->task, sizeof(payment->task), wanted->task,
				    "the task", err);

	if (!rc)
		rc = copy_text(payment->category, sizeof(payment->category),
			       wanted->category, "the category", err);
	if (rc || !wanted->reason)
		return rc;
	if (strlen(wanted->reason) > REASON_MAX)
		return fm_fail(err, FM_E_USAGE, "the reason is longer than %u bytes",
			       REASON_MAX);
	payment->purpose = strdup(wanted->reason);
	return payment->purpose ? FM_OK : fm_nomem(err);
}

void fm_client_identity(struct fm_payment *payment)
{
	static const struct fm_hash none;
	struct fm_buf text;
	uint8_t word[32];

	fm_buf_init(&text, 512);
	fm_buf_str(&text, payment->scheme);
	fm_buf_chr(&text, '\0');
	fm_buf_add(&text, payment->payer.b, sizeof(payment->payer.b));
	if (fm_hash_equal(&payment->nonce, &none)) {
		fm_u256_to_be(word, &payment->req_id);
		fm_buf_add(&text, word, sizeof(word));
	} else {
		fm_buf_fmt(&text, "%llu", (unsigned long long)payment->chain_id);
		fm_buf_add(&text, payment->asset.b, sizeof(payment->asset.b));
		fm_buf_add(&text, payment->nonce.b, sizeof(payment->nonce.b));
	}
	fm_sha256(&payment->identity, text.ptr, text.len);
	fm_buf_clear(&text);
}

void fm_client_release(struct fm_client *client, const struct fm_payment *payment,
		       struct fm_err *err)
{
	struct fm_err second;

	fm_err_init(&second);
	if (fm_ledger_release(client->ledger, payment, &second) == FM_OK)
		return;
	fm_log(client->config.log, FM_LOG_WARN, "reservation %s not given back: %s",
	       payment->id, second.msg);
	fm_hint(err, "the reservation %s stays counted until the next payment: %.120s",
		payment->id, second.msg);
}

enum fm_code fm_client_reserve(bool *known, struct fm_client *client,
			       struct fm_payment *payment, const struct fm_ask *ask,
			       struct fm_check *checks, size_t check_count,
			       struct fm_err *err)
{
	struct fm_payment found = { 0 };
	struct fm_ledger *ledger;
	enum fm_reserve what;
	enum fm_code rc;

	*known = false;
	rc = fm_client_ledger(&ledger, client, true, err);
	/* The one that is reserved in, whatever was looked at before. */
	if (!rc)
		rc = fm_client_accepted(client, err);
	if (!rc)
		rc = fm_ledger_reserve(&what, &found, ledger, payment, ask, checks,
				       check_count, err);
	if (rc)
		return rc;
	switch (what) {
	case FM_RESERVE_OVER:
		return err->code;
	case FM_RESERVE_KNOWN:
		if (strcmp(found.idem_key, payment->idem_key) != 0) {
			rc = fm_fail(
				err, FM_E_USAGE,
				"its request id or nonce was already used, by payment %s",
				found.id);
			fm_payment_clear(&found);
			return rc;
		}
		fm_payment_clear(payment);
		*payment = found;
		*known = true;
		return FM_OK;
	case FM_RESERVE_NEW:
		break;
	}
	fm_client_event(client, "reserved", "%s", payment->id);
	rc = fm_client_check_stop(client, err);
	if (rc)
		fm_client_release(client, payment, err);
	return rc;
}
