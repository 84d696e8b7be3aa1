/* SPDX-License-Identifier: MIT */
/* A person's word about a payment, where evidence is not to be had (design, Decision 3). */
#include "client/internal.h"

#include <fourmica/reconcile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_proof(const char *evidence)
{
	static const char *const words[] = { "verified", FM_EVIDENCE_CHAIN,
					     FM_EVIDENCE_LOCKED };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(evidence, words[i]) == 0)
			return true;
	return false;
}

enum fm_code fm_reconcile_may_mark(const struct fm_payment *p, bool paid,
				   struct fm_err *err)
{
	switch (p->state) {
	case FM_PAY_SIGNED:
	case FM_PAY_REFUSED:
	case FM_PAY_IN_DOUBT:
	case FM_PAY_RESOLVED:
		return FM_OK;
	case FM_PAY_PAID:
		if (!is_proof(p->evidence))
			return FM_OK;
		fm_fail(err, FM_E_USAGE, "payment %s is paid, with evidence (%s)", p->id,
			p->evidence);
		return paid ? fm_hint(err, "nothing is to be marked")
			    : fm_hint(err, "what is proved is not for a person to undo");
	case FM_PAY_RESERVED:
	case FM_PAY_RELEASED:
		break;
	}
	return fm_fail(err, FM_E_USAGE, "payment %s is %s: nobody has its authority",
		       p->id, fm_pay_state_word(p->state));
}

static enum fm_code check_reason(const char *reason, struct fm_err *err)
{
	struct fm_span text = fm_span_of(reason);

	if (text.len > FM_RESOLUTION_MAX)
		return fm_fail(err, FM_E_USAGE, "the reason is longer than %u bytes",
			       FM_RESOLUTION_MAX);
	if (!fm_text_trim(text).len)
		return fm_fail(err, FM_E_USAGE, "a decision needs a reason");
	if (!fm_utf8_ok(text))
		return fm_fail(err, FM_E_USAGE, "the reason is no UTF-8 text");
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return fm_fail(err, FM_E_USAGE,
				       "the reason has a control character");
	return FM_OK;
}

static enum fm_code record(struct fm_payment *p, struct fm_ledger *ledger, bool paid,
			   const char *reason, struct fm_err *err)
{
	enum fm_pay_state before = p->state;
	char *words = strdup(reason);
	bool done = false;
	enum fm_code rc;

	if (!words)
		return fm_nomem(err);
	free(p->resolution);
	p->resolution = words;
	p->state = FM_PAY_RESOLVED;
	snprintf(p->evidence, sizeof(p->evidence), "%s",
		 paid ? FM_MARKED_PAID : FM_MARKED_UNUSED);
	rc = fm_ledger_resolve(&done, ledger, p, before, err);
	if (rc || done)
		return rc;
	fm_fail(err, FM_E_BUSY, "another process is at payment %s", p->id);
	return fm_hint(err, "look at it again: fourmica reconcile %s", p->id);
}

enum fm_code fm_reconcile_mark(struct fm_payment *payment, struct fm_client *client,
			       bool paid, const char *reason, struct fm_err *err)
{
	struct fm_payment now;
	struct fm_ledger *ledger;
	bool found = false;
	enum fm_code rc = check_reason(reason, err);

	if (!rc)
		rc = fm_client_ledger(&ledger, client, true, err);
	if (!rc)
		rc = fm_ledger_find(&now, &found, ledger, payment->id, err);
	if (rc)
		return rc;
	if (!found)
		return fm_fail(err, FM_E_USAGE, "there is no payment %s", payment->id);
	fm_payment_clear(payment);
	*payment = now;
	rc = fm_reconcile_may_mark(payment, paid, err);
	if (!rc)
		rc = record(payment, ledger, paid, reason, err);
	if (!rc)
		fm_client_event(client, "marked", "%s %s", payment->id,
				paid ? "paid" : "unused");
	return rc;
}
