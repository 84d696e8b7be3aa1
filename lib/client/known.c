/* SPDX-License-Identifier: MIT */
/** A payment of an earlier run, found again by its idempotency key (design, Decision 5). */
#include "client/outcome.h"

#include <fourmica/cause.h>

#include <stdio.h>
#include <string.h>

/** Somebody looked into it; the key is spent all the same. */
static enum fm_code marked_unused(const struct fm_payment *p, struct fm_err *err)
{
	err->spent = FM_SPENT_YES;
	fm_fail(err, FM_E_PAYMENT, "payment %s was signed before and marked as unused",
		p->id);
	return fm_hint(err, "a new attempt needs a new idempotency key");
}

enum fm_code fm_payment_known(const struct fm_payment *p, struct fm_err *err)
{
	switch (p->state) {
	case FM_PAY_PAID:
		return FM_OK;
	case FM_PAY_RESOLVED:
		return strcmp(p->evidence, FM_MARKED_UNUSED) == 0 ? marked_unused(p, err)
								  : FM_OK;
	case FM_PAY_REFUSED:
		err->spent = FM_SPENT_YES;
		fm_fail(err, FM_E_PAYMENT,
			"payment %s was sent before and refused%s%.200s", p->id,
			p->reason ? ": " : "", p->reason ? p->reason : "");
		snprintf(err->seller_reason, sizeof(err->seller_reason), "%s",
			 p->reason ? p->reason : "");
		fm_err_because(err, err->seller_reason, p->id);
		return fm_hint(err, "a new attempt needs a new idempotency key");
	case FM_PAY_SIGNED:
	case FM_PAY_IN_DOUBT:
		err->spent = FM_SPENT_MAYBE;
		fm_fail(err, FM_E_IN_DOUBT,
			"payment %s was signed before; its outcome is unknown", p->id);
		return fm_hint(err, "nothing was sent now; run: fourmica reconcile %s",
			       p->id);
	case FM_PAY_RESERVED:
	case FM_PAY_RELEASED:
		break;
	}
	return fm_fail(err, FM_E_INTERNAL, "payment %s is in state %s", p->id,
		       fm_pay_state_word(p->state));
}

enum fm_code fm_known_payment(struct fm_paid *paid, struct fm_err *err)
{
	enum fm_code rc = fm_payment_known(&paid->authority.payment, err);

	if (rc)
		return rc;
	paid->status = "already_paid";
	memcpy(paid->evidence, paid->authority.payment.evidence, sizeof(paid->evidence));
	return FM_OK;
}

bool fm_payment_signed(const struct fm_payment *payment)
{
	return payment->state != FM_PAY_RESERVED && payment->state != FM_PAY_RELEASED;
}

/** An idempotency key that already has a signature ends the run before any request.
 *  *done true: *err or paid->status say how. */
enum fm_code fm_known_check(bool *done, struct fm_paid *paid, struct fm_client *client,
			    const struct fm_http_request *request, const char *key,
			    struct fm_err *err)
{
	struct fm_payment found = { 0 };
	struct fm_ledger *ledger = NULL;
	struct fm_hash binding;
	bool there = false;
	enum fm_code rc;

	*done = false;
	if (!key)
		return FM_OK;
	rc = fm_client_ledger_if_any(client, err);
	if (!rc)
		rc = fm_client_ledger(&ledger, client, false, err);
	if (rc || !ledger)
		return rc;
	rc = fm_ledger_find(&found, &there, ledger, key, err);
	if (rc || !there || strcmp(found.idem_key, key) != 0 ||
	    !fm_payment_signed(&found))
		goto out;
	*done = true;
	fm_client_binding(&binding, client, request->method, request->url, request->body);
	if (!fm_hash_equal(&binding, &found.binding)) {
		fm_fail(err, FM_E_USAGE,
			"the idempotency key '%.100s' belongs to another request", key);
		rc = fm_hint(err, "it was used for %s %s%.100s; take another key",
			     found.method, found.origin, found.route ? found.route : "");
		goto out;
	}
	paid->authority.known = true;
	paid->authority.payment = found;
	return fm_known_payment(paid, err);
out:
	fm_payment_clear(&found);
	return rc;
}
