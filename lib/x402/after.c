/* SPDX-License-Identifier: MIT */
/* What the answer to a paid request means. x402.md, section 7. */
#include "x402/header.h"
#include "x402/scheme.h"

#include <stdio.h>
#include <string.h>

/* A body is searched for the seller's words only up to here. */
#define REASON_BODY_MAX 65536u

static const char *const words[] = {
	[FM_AFTER_PAID] = "paid",
	[FM_AFTER_SERVED] = "served",
	[FM_AFTER_SETTLE_PENDING] = "settle_pending",
	[FM_AFTER_SETTLE_FAILED] = "settle_failed",
	[FM_AFTER_REJECTED_STALE] = "rejected_stale",
	[FM_AFTER_REJECTED] = "rejected",
	[FM_AFTER_NEW_TERMS] = "new_terms",
	[FM_AFTER_UNKNOWN] = "unknown",
	[FM_AFTER_NEEDS_ALLOWANCE] = "needs_allowance",
	[FM_AFTER_BAD_PAYMENT] = "bad_payment",
	[FM_AFTER_CONFLICT] = "conflict",
	[FM_AFTER_REFUSED] = "refused",
	[FM_AFTER_PAID_NOT_SERVED] = "paid_not_served",
};

const char *fm_after_word(enum fm_after after)
{
	return words[after];
}

void fm_terms_of(struct fm_terms *out, const struct fm_offer *offer)
{
	*out = (struct fm_terms){ .chain_id = offer->chain_id,
				  .amount = offer->amount,
				  .asset = offer->asset,
				  .pay_to = offer->pay_to };
	snprintf(out->scheme, sizeof(out->scheme), "%s",
		 offer->scheme ? offer->scheme->name : offer->scheme_text);
}

static bool same_terms(const struct fm_terms *sent, const struct fm_offer *offer)
{
	const struct fm_scheme *scheme = fm_scheme_find(fm_span_of(sent->scheme));
	return offer->stage == FM_OFFER_PAYABLE && offer->scheme == scheme &&
	       offer->chain_id == sent->chain_id &&
	       fm_u256_cmp(&offer->amount, &sent->amount) == 0 &&
	       fm_addr_equal(&offer->asset, &sent->asset) &&
	       fm_addr_equal(&offer->pay_to, &sent->pay_to);
}

static bool still_offered(const struct fm_challenge *challenge,
			  const struct fm_terms *sent)
{
	for (size_t i = 0; i < challenge->offer_count; i++) {
		if (same_terms(sent, &challenge->offers[i]))
			return true;
	}
	return false;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);
	return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* Codes that say that the window had passed or not begun; old and new spellings. */
static bool is_stale(const char *reason)
{
	static const char *const codes[] = { "permit2_deadline_expired",
					     "permit2_not_yet_valid", "payment_expired",
					     "authorization_validity_too_short" };
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (strcmp(reason, codes[i]) == 0)
			return true;
	}
	return strncmp(reason, "invalid_exact_evm_", 18) == 0 &&
	       (ends_with(reason, "_valid_before") || ends_with(reason, "_valid_after"));
}

static bool is_allowance(const char *reason)
{
	return strcmp(reason, "permit2_allowance_required") == 0 ||
	       strcmp(reason, "PERMIT2_ALLOWANCE_REQUIRED") == 0;
}

/* The seller's words in a JSON body that is no challenge; true when the body is a
 * facilitator's verdict that was passed on ({"isValid":false,...}). */
static enum fm_code read_body(bool *verdict, struct fm_verdict_after *out,
			      struct fm_span body, bool truncated, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_err detail;
	bool valid = true;
	*verdict = false;
	if (!body.len || truncated || body.len > REASON_BODY_MAX)
		return FM_OK;
	fm_err_init(&detail);
	if (fm_json_parse(&doc, body, true, &detail))
		return detail.code == FM_E_NOMEM ? fm_nomem(err) : FM_OK;
	if (!out->reason[0])
		fm_reason_show(out->reason, sizeof(out->reason), doc);
	*verdict = fm_json_bool(&valid, fm_json_get(doc, "isValid")) && !valid;
	fm_json_free(&doc);
	return FM_OK;
}

static void settle(struct fm_verdict_after *out, const struct fm_receipt *receipt)
{
	bool pending =
		receipt->transaction[0] || !strcmp(receipt->reason, "settlement_pending");
	out->after = pending ? FM_AFTER_SETTLE_PENDING : FM_AFTER_SETTLE_FAILED;
	out->resend = pending;
}

static void compare(struct fm_verdict_after *out, const struct fm_challenge *challenge,
		    const struct fm_terms *sent)
{
	if (!challenge->error[0])
		fm_reason_show(out->reason, sizeof(out->reason), challenge->root);
	else
		snprintf(out->reason, sizeof(out->reason), "%s", challenge->error);
	if (!still_offered(challenge, sent))
		out->after = FM_AFTER_NEW_TERMS;
	else
		out->after = is_stale(out->reason) ? FM_AFTER_REJECTED_STALE
						   : FM_AFTER_REJECTED;
	out->may_ask = out->after != FM_AFTER_REJECTED;
}

struct answer {
	int status;
	struct fm_span head, body;
	bool truncated;
};

/* 402 and 412: a new challenge, a verdict, or words that prove nothing. */
static enum fm_code refused(struct fm_verdict_after *out, const struct answer *answer,
			    const struct fm_terms *sent, struct fm_err *err)
{
	struct fm_challenge *challenge = NULL;
	struct fm_err detail;
	bool verdict = false;
	fm_err_init(&detail);
	enum fm_code rc = fm_challenge_read(&challenge, answer->status, answer->head,
					    answer->body, answer->truncated, &detail);
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	if (challenge) {
		compare(out, challenge, sent);
	} else {
		snprintf(out->reason, sizeof(out->reason), "%s", detail.seller_reason);
		if (read_body(&verdict, out, answer->body, answer->truncated, err))
			return FM_E_NOMEM;
		/* A challenge that offers nothing refuses as well as a verdict does. */
		if (verdict || rc == FM_E_NO_OPTION)
			out->after = FM_AFTER_REJECTED;
	}
	fm_challenge_free(&challenge);
	if (answer->status == 412) {
		out->after = is_allowance(out->reason) ? FM_AFTER_NEEDS_ALLOWANCE
						       : FM_AFTER_UNKNOWN;
		out->may_ask = false;
	}
	return FM_OK;
}

static void by_status(struct fm_verdict_after *out, int status)
{
	switch (status) {
	case 400:
		out->after = FM_AFTER_BAD_PAYMENT;
		break;
	case 403:
		out->after = FM_AFTER_REFUSED;
		break;
	case 409:
		out->after = FM_AFTER_CONFLICT;
		break;
	default:
		/* No answer at all (0) is as open as a server error. */
		out->resend = status == 0 || status == 429 || status >= 500;
		break;
	}
}

enum fm_code fm_after_classify(struct fm_verdict_after *out, int status,
			       struct fm_span head, struct fm_span body,
			       bool body_truncated, const struct fm_receipt *receipt,
			       const struct fm_terms *sent, struct fm_err *err)
{
	struct answer answer = { status, head, body, body_truncated };
	bool verdict;
	*out = (struct fm_verdict_after){ .after = FM_AFTER_UNKNOWN };
	snprintf(out->reason, sizeof(out->reason), "%s", receipt->reason);
	bool settled = receipt->readable && receipt->success;
	if (status >= 200 && status < 300) {
		out->after = settled ? FM_AFTER_PAID : FM_AFTER_SERVED;
		return FM_OK;
	}
	/* An upfront payment is settled before the work fails: the receipt says so. */
	if (settled) {
		out->after = FM_AFTER_PAID_NOT_SERVED;
		return FM_OK;
	}
	if (status == 402 && receipt->readable) {
		settle(out, receipt);
		return FM_OK;
	}
	if (status == 402 || status == 412)
		return refused(out, &answer, sent, err);
	by_status(out, status);
	return read_body(&verdict, out, body, body_truncated, err);
}
