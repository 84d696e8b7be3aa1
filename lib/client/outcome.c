/* SPDX-License-Identifier: MIT */
/** What became of a payment that was sent: the code that becomes the exit status, the words,
 *  the ledger's record. */
#include "client/outcome.h"

#include <fourmica/cause.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool fm_outcome_taken_before(unsigned retries, const char *reason)
{
	static const char *const words[] = { "already exists", "nonce_already_used",
					     "duplicate_settlement" };

	if (!retries || !reason)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(reason, words[i]))
			return true;
	return false;
}

static bool was_taken_before(const struct fm_paid *paid)
{
	return fm_outcome_taken_before(paid->authority.payment.retries,
				       paid->after.reason);
}

/** Is it said in Core's words, or in others that name collateral? */
static bool lacks_collateral(const char *reason)
{
	struct fm_cause cause;

	if (fm_cause_find(&cause, fm_span_of(reason)))
		return strcmp(cause.code, "insufficient_collateral") == 0;
	return strstr(reason, "collateral") != NULL;
}

static enum fm_code code_of(const struct fm_verdict_after *after)
{
	switch (after->after) {
	case FM_AFTER_PAID:
		return FM_OK;
	case FM_AFTER_SERVED:
		return FM_E_EVIDENCE;
	case FM_AFTER_SETTLE_PENDING:
	case FM_AFTER_UNKNOWN:
		return FM_E_IN_DOUBT;
	case FM_AFTER_REJECTED_STALE:
		return FM_E_STALE;
	case FM_AFTER_NEW_TERMS:
		return FM_E_NEW_TERMS;
	case FM_AFTER_NEEDS_ALLOWANCE:
		return FM_E_ALLOWANCE;
	case FM_AFTER_PAID_NOT_SERVED:
		return FM_E_PAID_HTTP;
	case FM_AFTER_SETTLE_FAILED:
	case FM_AFTER_REJECTED:
	case FM_AFTER_BAD_PAYMENT:
	case FM_AFTER_CONFLICT:
	case FM_AFTER_REFUSED:
		return lacks_collateral(after->reason) ? FM_E_REFUSED_COLLATERAL
						       : FM_E_PAYMENT;
	}
	return FM_E_IN_DOUBT;
}

/** After a sending that nobody knows the end of, a refusal of the next one is no end either: its
 *  reason may be that the money is gone already. */
static enum fm_code final_code(const struct fm_paid *paid)
{
	enum fm_code code = code_of(&paid->after);
	bool refused = fm_code_info(code)->exit_status == 40;

	return refused && (paid->lost || was_taken_before(paid)) ? FM_E_IN_DOUBT : code;
}

static enum fm_pay_state state_of(enum fm_code code)
{
	switch (fm_code_info(code)->exit_status) {
	case 0:
	case 41:
	case 42:
	case 43:
		return FM_PAY_PAID;
	case 40:
		return FM_PAY_REFUSED;
	default:
		return FM_PAY_IN_DOUBT;
	}
}

/** What to do when the seller's words are no news. */
static enum fm_code next_step(const struct fm_paid *paid, enum fm_code code,
			      struct fm_err *err)
{
	const char *id = paid->authority.payment.id;

	if (code == FM_E_IN_DOUBT && was_taken_before(paid))
		return fm_hint(
			err,
			"an earlier sending of it was taken: ask the seller for the goods");
	if (code == FM_E_IN_DOUBT)
		return fm_hint(err,
			       "it stays counted, and its key never signs again; run: "
			       "fourmica reconcile %s",
			       id);
	if (code == FM_E_PAID_HTTP)
		return fm_hint(
			err,
			"it was paid: ask the seller for the goods with the receipt");
	if (code == FM_E_NEW_TERMS)
		return fm_hint(err, "look at the new terms: fourmica quote URL");
	return fm_hint(err,
		       "the amount stays reserved: the seller still holds the signature");
}

static enum fm_code tell(struct fm_paid *paid, enum fm_code code,
			 const struct fm_err *broke, struct fm_err *err)
{
	const char *id = paid->authority.payment.id;
	const char *reason = paid->after.reason;
	bool doubt = code == FM_E_IN_DOUBT;

	err->spent = doubt ? FM_SPENT_MAYBE : FM_SPENT_YES;
	if (broke->code)
		fm_fail(err, code, "payment %s was sent: %.300s", id, broke->msg);
	else
		fm_fail(err, code,
			"payment %s was sent and the seller answered %d (%s)%s%.200s", id,
			paid->http_status, fm_after_word(paid->after.after),
			reason[0] ? ": " : "", reason);
	snprintf(err->seller_reason, sizeof(err->seller_reason), "%s", reason);
	fm_err_because(err, reason, id);
	if (!err->cause[0] || was_taken_before(paid))
		return next_step(paid, code, err);
	if (!doubt)
		fm_hint(err, "%s; the amount stays reserved", err->hint);
	return code;
}

/** The last word on a payment that was sent: the code that becomes the exit status. */
enum fm_code fm_outcome_judge(struct fm_paid *paid, const struct fm_client *client,
			      const struct fm_delivery *d, const struct fm_err *broke,
			      const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	enum fm_code code = final_code(paid);

	if (code == FM_E_IN_DOUBT ||
	    (code && code != FM_E_EVIDENCE && code != FM_E_PAID_HTTP))
		return tell(paid, code, broke, err);
	if (code == FM_E_PAID_HTTP || broke->code) {
		/* Paid, and then the body broke off or an error page came. */
		if (paid->after.after == FM_AFTER_SERVED)
			return tell(paid, FM_E_IN_DOUBT, broke, err);
		return tell(paid, FM_E_PAID_HTTP, broke, err);
	}
	err->spent = FM_SPENT_YES;
	code = fm_client_evidence(paid, client, wanted, err);
	if (code)
		return code;
	if (d->user_err.code) {
		fm_fail(err, FM_E_PAID_WRITE,
			"paid (%s), but the body was not written: %.300s",
			paid->authority.payment.id, d->user_err.msg);
		return fm_hint(
			err,
			"the seller was paid; ask for the resource again with the receipt");
	}
	err->spent = FM_SPENT_NO;
	return FM_OK;
}

void fm_outcome_artefact(struct fm_payment *payment, const struct fm_client *client,
			 const struct fm_terms_wanted *wanted)
{
	if (!wanted->artefact)
		return;
	free(payment->artefact);
	payment->artefact = strdup(wanted->artefact);
	if (!payment->artefact)
		fm_log(client->config.log, FM_LOG_WARN,
		       "out of memory: the ledger will not name the output file");
}

/** Outcome to receipt file and ledger. What goes wrong here never makes a payment unmade. */
enum fm_code fm_outcome_record(struct fm_paid *paid, struct fm_client *client,
			       enum fm_code code, struct fm_err *err)
{
	struct fm_payment *payment = &paid->authority.payment;
	struct fm_err second;

	fm_err_init(&second);
	payment->state = state_of(code);
	payment->http_status = paid->http_status;
	payment->body_sha256 = paid->body_sha256;
	snprintf(payment->evidence, sizeof(payment->evidence), "%s", paid->evidence);
	snprintf(payment->error_code, sizeof(payment->error_code), "%s",
		 code ? fm_code_info(code)->word : "");
	free(payment->reason);
	payment->reason = paid->after.reason[0] ? strdup(paid->after.reason) : NULL;
	if (paid->receipt.present && fm_client_keep_receipt(paid, client, &second))
		fm_log(client->config.log, FM_LOG_ERROR, "receipt not kept: %s",
		       second.msg);
	if (fm_ledger_outcome(client->ledger, payment, &second) == FM_OK)
		return code;
	/* The ledger still says `signed`: true, and resolved by looking again. */
	fm_log(client->config.log, FM_LOG_ERROR, "outcome of %s not recorded: %s",
	       payment->id, second.msg);
	if (code)
		return code;
	err->spent = FM_SPENT_YES;
	fm_fail(err, FM_E_PAID_WRITE,
		"paid (%s), but the outcome was not recorded: %.300s", payment->id,
		second.msg);
	return err->code;
}
