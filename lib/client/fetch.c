/* SPDX-License-Identifier: MIT */
/** The paid request: ask, read the 402, judge, pay, record. The only place that knows the
 *  order from the first byte out to the last one in. */
#include "client/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RESENDS 3
#define CREDIT_RESEND_S 30  /* design, Decision 4 */
#define CYCLE_SHORTEST_S 60 /* 4mica, section 8: the shortest cycle length in use */
#define EXACT_MARGIN_S 6    /* facilitators refuse less */
#define QUOTE_NEAR_S 5	    /* closer to its deadline a quote is asked for again */

void fm_paid_init(struct fm_paid *paid)
{
	memset(paid, 0, sizeof(*paid));
	paid->status = "internal";
	fm_quote_init(&paid->quote);
	fm_authority_init(&paid->authority);
	fm_receipt_init(&paid->receipt);
	fm_buf_init(&paid->head, FM_HTTP_HEAD_MAX);
}

void fm_paid_clear(struct fm_paid *paid)
{
	fm_quote_clear(&paid->quote);
	fm_authority_clear(&paid->authority);
	fm_receipt_clear(&paid->receipt);
	fm_buf_clear(&paid->head);
	fm_paid_init(paid);
}

/* ---- sending ---- */

static bool credit_may_resend(const struct fm_payment *payment, int64_t now_s)
{
	int64_t signed_s = payment->signed_ms / 1000;

	/* In a new cycle the same claims would be a second guarantee. */
	return now_s >= signed_s && now_s - signed_s < CREDIT_RESEND_S &&
	       now_s / CYCLE_SHORTEST_S == signed_s / CYCLE_SHORTEST_S;
}

static bool may_resend(const struct fm_paid *paid, const struct fm_client *client,
		       const struct fm_delivery *d, int64_t wait_ms)
{
	const struct fm_payment *payment = &paid->authority.payment;
	int64_t then_s = (fm_wall_ms(client->config.clock) + wait_ms) / 1000;

	if (d->started || payment->retries >= RESENDS)
		return false;
	if (payment->valid_before_s)
		return then_s < payment->valid_before_s - EXACT_MARGIN_S;
	return credit_may_resend(payment, then_s);
}

/** Core refuses a timestamp a second ahead of its clock; waiting the skew out is the cure. */
static bool is_skew(const struct fm_paid *paid)
{
	return paid->quote.offer->scheme->certificate &&
	       strstr(paid->after.reason, "timestamp is in the future") != NULL;
}

static enum fm_code classify(struct fm_paid *paid, const struct fm_delivery *d,
			     const struct fm_terms *terms, struct fm_err *err)
{
	enum fm_code rc;

	fm_receipt_clear(&paid->receipt);
	rc = fm_receipt_read(&paid->receipt, fm_buf_span(&paid->head), err);
	if (!rc)
		rc = fm_after_classify(&paid->after, paid->http_status,
				       fm_buf_span(&paid->head), fm_buf_span(&d->kept),
				       d->truncated, &paid->receipt, terms, err);
	return rc;
}

/** Send the paid request until an answer is final. *broke: what ended the last exchange early. */
static enum fm_code send_paid(struct fm_paid *paid, struct fm_client *client,
			      struct fm_delivery *d,
			      const struct fm_http_request *request, struct fm_err *broke,
			      struct fm_err *err)
{
	struct fm_payment *payment = &paid->authority.payment;
	const struct fm_http_sink *user = d->user;
	struct fm_terms terms;

	fm_terms_of(&terms, paid->quote.offer);
	for (int64_t wait_ms = 500;; wait_ms *= 2) {
		struct fm_http_reply reply;
		fm_http_reply_init(&reply);
		fm_err_init(broke);
		fm_delivery_clear(d);
		fm_delivery_init(d, user, paid);
		fm_buf_clear(&paid->head);
		paid->http_status = 0;
		enum fm_code rc = fm_ledger_sent(client->ledger, payment, err);
		if (rc)
			fm_log(client->config.log, FM_LOG_WARN, "not noted as sent: %s",
			       err->msg);
		fm_client_event(client, "sent", "%s", payment->id);
		rc = fm_delivery_exchange(d, client, &reply, request, broke);
		/* without the words of an earlier answer */
		paid->after =
			(struct fm_verdict_after){ .after = FM_AFTER_UNKNOWN,
						   .resend = rc != FM_OK &&
							     rc != FM_E_INTERRUPTED };
		if (d->head_seen && classify(paid, d, &terms, err))
			paid->after.after = FM_AFTER_UNKNOWN;
		bool final = rc == FM_E_INTERRUPTED ||
			     !(paid->after.resend || is_skew(paid)) ||
			     !may_resend(paid, client, d, wait_ms);
		if (final)
			fm_delivery_release(d, &reply);
		fm_http_reply_clear(&reply);
		if (final)
			break;
		paid->lost |= !is_skew(paid);
		payment->retries++;
		fm_client_event(client, "resend", "%s %u", payment->id, payment->retries);
		if (client->config.sleep_ms)
			client->config.sleep_ms(client->config.ctx, wait_ms);
	}
	fm_delivery_end(d);
	return FM_OK;
}

static const char *const PAYMENT_HEADERS[] = { "X-PAYMENT", "PAYMENT-SIGNATURE" };

/** The same request with the payment header; never followed anywhere. */
static enum fm_code paid_request(struct fm_http_request *out, struct fm_header **headers,
				 const struct fm_http_request *request,
				 const struct fm_http_reply *probe,
				 const struct fm_authority *authority, struct fm_err *err)
{
	struct fm_header *list = calloc(request->header_count + 1, sizeof(*list));

	if (!list)
		return fm_nomem(err);
	if (request->header_count)
		memcpy(list, request->headers, request->header_count * sizeof(*list));
	list[request->header_count] =
		(struct fm_header){ authority->header_name, authority->header.ptr };
	*headers = list;
	*out = *request;
	out->headers = list;
	out->header_count++;
	out->follow = false;
	if (probe->url.len)
		out->url = probe->url.ptr;
	if (probe->redirected && probe->method.len &&
	    strcmp(probe->method.ptr, request->method) != 0) {
		/* A redirect turned the probe into a GET: the paid request is that one. */
		out->method = probe->method.ptr;
		out->body = (struct fm_span){ NULL, 0 };
	}
	return FM_OK;
}

static enum fm_code pay_quote(struct fm_paid *paid, struct fm_client *client,
			      const struct fm_http_request *request,
			      const struct fm_http_reply *probe,
			      const struct fm_terms_wanted *wanted,
			      const struct fm_http_sink *sink, struct fm_err *err)
{
	struct fm_header *headers = NULL;
	struct fm_http_request again;
	struct fm_delivery d;
	struct fm_err broke;
	enum fm_code rc;

	rc = fm_client_check_stop(client, err);
	if (!rc)
		rc = fm_client_evidence_ready(paid, client, wanted, err);
	if (!rc)
		rc = fm_authorize(&paid->authority, client, &paid->quote, request->method,
				  request->url, request->body, wanted, err);
	/* Another process was faster with the approval. */
	if (rc == FM_E_APPROVAL)
		fm_client_keep_quote(&paid->quote, client, wanted, err);
	if (rc)
		return rc;
	if (paid->authority.known)
		return fm_known_payment(paid, err);
	fm_delivery_init(&d, sink, paid);
	rc = paid_request(&again, &headers, request, probe, &paid->authority, err);
	if (rc) {
		/* Recorded as signed, and so it stays counted; but nothing was sent. */
		fm_delivery_clear(&d);
		return rc;
	}
	paid->attempted = true;
	fm_outcome_artefact(&paid->authority.payment, client, wanted);
	rc = send_paid(paid, client, &d, &again, &broke, err);
	if (!rc)
		rc = fm_outcome_judge(paid, client, &d, &broke, wanted, err);
	rc = fm_outcome_record(paid, client, rc, err);
	if (!rc)
		paid->status = "paid";
	free(headers);
	fm_delivery_clear(&d);
	return rc;
}

/* ---- before ---- */

static enum fm_code check_request(const struct fm_http_request *request,
				  struct fm_err *err)
{
	for (size_t i = 0; i < request->header_count; i++)
		for (size_t k = 0;
		     k < sizeof(PAYMENT_HEADERS) / sizeof(PAYMENT_HEADERS[0]); k++)
			if (strcasecmp(request->headers[i].name, PAYMENT_HEADERS[k]) == 0)
				return fm_fail(err, FM_E_USAGE,
					       "the header %s is this program's to write",
					       PAYMENT_HEADERS[k]);
	return FM_OK;
}

static enum fm_code check_redirect(const struct fm_http_request *request,
				   const struct fm_http_reply *probe, struct fm_err *err)
{
	struct fm_url asked, answered;

	if (!probe->redirected || !fm_url_parse(&asked, fm_span_of(request->url)) ||
	    !fm_url_parse(&answered, fm_buf_span(&probe->url)))
		return FM_OK;
	if (strcmp(asked.scheme, answered.scheme) == 0 &&
	    strcmp(asked.host, answered.host) == 0 && asked.port == answered.port)
		return FM_OK;
	fm_fail(err, FM_E_APPROVAL,
		"the redirect led to another seller, %s://%s:%u, which asks to "
		"be paid",
		answered.scheme, answered.host, (unsigned)answered.port);
	fm_rule(err, "redirect");
	return fm_hint(err, "ask that seller directly when you mean to pay it");
}

static enum fm_code free_outcome(struct fm_paid *paid, const struct fm_delivery *d,
				 struct fm_err *err)
{
	if (d->user_err.code) {
		*err = d->user_err;
		return err->code;
	}
	if (paid->http_status >= 400) {
		fm_fail(err, FM_E_HTTP, "the server answered %d; nothing was paid",
			paid->http_status);
		return err->code;
	}
	paid->status = "free";
	return FM_OK;
}

/* ---- a quote somebody looked at ---- */

/** The chosen offer must be the quoted one. */
static enum fm_code check_quoted(const struct fm_paid *paid,
				 const struct fm_quote_file *quote, struct fm_err *err)
{
	struct fm_terms now;

	if (!quote)
		return FM_OK;
	fm_terms_of(&now, paid->quote.offer);
	if (fm_terms_same(&now, &quote->terms))
		return FM_OK;
	fm_fail(err, FM_E_QUOTE, "the terms differ from the quote");
	fm_rule(err, "quote");
	return fm_hint(err, "compare: fourmica quote --diff FILE URL");
}

/** A quote is good for the request it was made for, and no other. */
static enum fm_code check_quote_request(const struct fm_http_request *request,
					const struct fm_quote_file *quote,
					struct fm_err *err)
{
	struct fm_hash body;

	if (!quote)
		return FM_OK;
	fm_sha256(&body, request->body.ptr ? request->body.ptr : "",
		  request->body.ptr ? request->body.len : 0);
	if (strcmp(quote->method, request->method) == 0 &&
	    strcmp(quote->url, request->url) == 0 &&
	    fm_hash_equal(&quote->body_hash, &body))
		return FM_OK;
	return fm_fail(err, FM_E_USAGE, "the quote is for %s %.200s%s", quote->method,
		       quote->url,
		       fm_hash_equal(&quote->body_hash, &body) ? ""
							       : " with another body");
}

/** The quoted challenge stands in for the probe's answer, through the same strict reader. */
static enum fm_code quoted_response(struct fm_paid *paid, struct fm_delivery *d,
				    const struct fm_quote_file *quote, struct fm_err *err)
{
	d->keep = true;
	paid->http_status = 402;
	return fm_quoted_response(&paid->head, &d->kept, quote) ? FM_OK : fm_nomem(err);
}

static bool quote_is_fresh(const struct fm_quote_file *quote,
			   const struct fm_client *client)
{
	int64_t now_s = fm_wall_s(client->config.clock);

	return quote && now_s >= quote->time_s &&
	       now_s < quote->deadline_s - QUOTE_NEAR_S;
}

/* ---- the whole ---- */

/** A person is asked about what would be paid then, and nothing else. */
static enum fm_code seek_approval(struct fm_paid *paid, struct fm_client *client,
				  const struct fm_http_request *request,
				  const struct fm_http_reply *reply,
				  const struct fm_terms_wanted *wanted,
				  struct fm_err *err)
{
	enum fm_code rc = check_redirect(request, reply, err);

	if (!rc)
		rc = check_quoted(paid, wanted->quote, err);
	return rc ? rc : fm_quote_seek_approval(&paid->quote, client, wanted, err);
}

static enum fm_code judge_answer(struct fm_paid *paid, struct fm_client *client,
				 struct fm_delivery *d,
				 const struct fm_http_request *request,
				 const struct fm_http_reply *reply,
				 const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	enum fm_code rc = fm_client_ledger_if_any(client, err);

	/* The answer's URL comes without it. */
	paid->quote.warn_user = fm_url_has_user(fm_span_of(request->url));
	if (!rc)
		rc = fm_quote_response(&paid->quote, client, paid->http_status,
				       fm_buf_span(&paid->head), fm_buf_span(&d->kept),
				       d->truncated, paid->url, wanted, err);
	if (!rc && paid->quote.verdict == FM_APPROVE)
		rc = seek_approval(paid, client, request, reply, wanted, err);
	if (rc)
		return rc;
	if (paid->quote.outcome) {
		/* A 402 of another kind is an answer like any other: its body is the result. */
		if (paid->quote.outcome == FM_E_NOT_X402)
			fm_delivery_release(d, reply);
		*err = paid->quote.why;
		return err->code;
	}
	rc = check_redirect(request, reply, err);
	return rc ? rc : check_quoted(paid, wanted->quote, err);
}

/** The first answer: the probe's, or the quote's while it is fresh. */
static enum fm_code first_answer(struct fm_paid *paid, struct fm_client *client,
				 struct fm_delivery *d, struct fm_http_reply *reply,
				 const struct fm_http_request *request,
				 const struct fm_quote_file *quote, struct fm_err *err)
{
	enum fm_code rc;

	if (quote_is_fresh(quote, client)) {
		rc = quoted_response(paid, d, quote, err);
	} else {
		fm_client_event(client, "probe", "%s %s", request->method, request->url);
		rc = fm_delivery_exchange(d, client, reply, request, err);
	}
	snprintf(paid->url, sizeof(paid->url), "%s",
		 reply->url.len ? reply->url.ptr : request->url);
	return rc;
}

static enum fm_code ask_and_judge(bool *owed, struct fm_paid *paid,
				  struct fm_client *client, struct fm_http_reply *reply,
				  const struct fm_http_request *request,
				  const struct fm_terms_wanted *wanted,
				  const struct fm_http_sink *sink, struct fm_err *err)
{
	struct fm_delivery d;
	enum fm_code rc;

	*owed = false;
	fm_delivery_init(&d, sink, paid);
	rc = first_answer(paid, client, &d, reply, request, wanted->quote, err);
	if (!rc && paid->http_status == 402) {
		rc = judge_answer(paid, client, &d, request, reply, wanted, err);
		*owed = rc == FM_OK;
	} else if (!rc) {
		fm_delivery_release(&d, reply);
		rc = free_outcome(paid, &d, err);
	}
	fm_delivery_end(&d);
	fm_delivery_clear(&d);
	return rc;
}

enum fm_code fm_pay(struct fm_paid *paid, struct fm_client *client,
		    const struct fm_http_request *request,
		    const struct fm_terms_wanted *given, const struct fm_http_sink *sink,
		    struct fm_err *err)
{
	struct fm_terms_wanted of_it = *given;
	const struct fm_terms_wanted *wanted = &of_it;
	struct fm_wanted_request named;
	struct fm_http_reply reply;
	bool done = false, owed = false;
	enum fm_code rc;

	fm_wanted_request(&named, request->method, request->url, request->body);
	of_it.request = &named;
	fm_http_reply_init(&reply);
	rc = check_request(request, err);
	if (!rc)
		rc = check_quote_request(request, wanted->quote, err);
	if (!rc)
		rc = fm_known_check(&done, paid, client, request, wanted->idem_key, err);
	if (!rc && !done)
		rc = ask_and_judge(&owed, paid, client, &reply, request, wanted, sink,
				   err);
	if (!rc && owed) {
		fm_client_event(client, "chosen", "offer %u: %s",
				paid->quote.offer->index,
				paid->quote.offer->scheme->name);
		if (client->config.dry_run) {
			paid->status = "would_pay";
			rc = fm_quote_cover(&paid->quote, client, false, err);
		} else if (wanted->no_pay) {
			rc = fm_fail(err, FM_E_DECLINED,
				     "the seller asks to be paid, and --no-pay "
				     "was given");
		} else {
			rc = pay_quote(paid, client, request, &reply, wanted, sink, err);
		}
	}
	if (rc)
		paid->status = fm_code_info(rc)->word;
	/* What was reserved has records of its own. */
	if (rc && !paid->authority.payment.created_ms)
		fm_quote_denied(&paid->quote, client, request->method, wanted, err);
	fm_http_reply_clear(&reply);
	return rc;
}
