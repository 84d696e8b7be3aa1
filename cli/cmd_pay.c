/* SPDX-License-Identifier: MIT */
/** `pay`: fetch a URL, paying if asked and allowed. */
#include "approve.h"
#include "body.h"
#include "limits.h"
#include "request.h"
#include "terms.h"
#include "writeout.h"

#include <string.h>

struct pay {
	const char *url, *quote, *receipt, *cert_out;
	bool no_pay;
	struct http_args http;
	struct terms_args terms;
	struct body_args body;
};

/* clang-format off */
static const struct param params[] = {
	ARGX(struct pay, url, "URL", "address to fetch", .traits = PARAM_REQUIRED, .known = KNOWN_SELLER),
	TERMS_PARAMS(struct pay),
	OPT(struct pay, terms.idem_key, "idempotency-key", 0, "KEY",
	    "never pay twice for this key"),
	OPTX(struct pay, terms.evidence, "evidence", 0, "KIND",
	     "what proves a credit payment", .choices = "certificate|receipt"),
	OPTX(struct pay, quote, "quote", 0, "FILE", "pay exactly the kept terms",
	     .traits = PARAM_FILE),
	OPT(struct pay, no_pay, "no-pay", 0, NULL, "fetch, but refuse to pay"),
	OPTX(struct pay, receipt, "receipt", 0, "FILE", "also write the receipt here",
	     .traits = PARAM_FILE),
	OPTX(struct pay, cert_out, "cert-out", 0, "FILE", "also write the certificate here",
	     .traits = PARAM_FILE),
	BODY_PARAMS(struct pay),
	HTTP_PARAMS(struct pay),
	{ 0 },
};

static const struct field certificate_fields[] = {
	{ "version", "Version", FIELD_NUMBER, "guarantee version", NULL },
	{ "domain", NULL, FIELD_HASH, "certificate domain", NULL },
	{ "cycle_id", NULL, FIELD_HASH, "clearing cycle", NULL },
	{ "cycle", "Cycle", FIELD_TEXT, "its text id, when it could be found", NULL },
	{ "req_id", NULL, FIELD_U256, "request id", NULL },
	{ "payer", NULL, FIELD_ADDRESS, "who owes", NULL },
	{ "recipient", NULL, FIELD_ADDRESS, "who is owed", NULL },
	{ "amount", NULL, FIELD_U256, "base units", NULL },
	{ "asset", NULL, FIELD_ADDRESS, "token contract", NULL },
	{ "timestamp", NULL, FIELD_TIME, "when it was signed", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "url", NULL, FIELD_TEXT, "address that answered", NULL },
	{ "http_status", NULL, FIELD_NUMBER, "status of the response that is the result", NULL },
	{ "paid", NULL, FIELD_AMOUNT, "what was paid; null when nothing was", NULL },
	{ "payment_id", NULL, FIELD_TEXT, "the ledger's name for the payment", NULL },
	{ "idempotency_key", NULL, FIELD_TEXT, "key under which it is never paid again", NULL },
	{ "state", NULL, FIELD_TEXT, "the ledger's state of it", NULL },
	{ "scheme", NULL, FIELD_TEXT, "4mica-credit or exact", NULL },
	{ "network", NULL, FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "pay_to", NULL, FIELD_ADDRESS, "who was paid", NULL },
	{ "req_id", NULL, FIELD_U256, "4mica-credit: request id of the guarantee", NULL },
	{ "nonce", NULL, FIELD_HASH, "exact: nonce of the authorization", NULL },
	{ "valid_before", NULL, FIELD_TIME, "when the authority ends; null: never", NULL },
	{ "evidence", NULL, FIELD_TEXT, "verified, receipt_only, missing, invalid, unverified; null: none", NULL },
	{ "transaction", NULL, FIELD_TEXT, "exact: settlement transaction", NULL },
	{ "certificate", NULL, FIELD_OBJECT, "what the certificate says", certificate_fields },
	{ "retries", NULL, FIELD_NUMBER, "times the same bytes were sent again", NULL },
	{ "receipt_path", NULL, FIELD_TEXT, "receipt file", NULL },
	{ "body", NULL, FIELD_TEXT, "response body, when it is UTF-8 and at most 1 MiB", NULL },
	{ "body_base64", NULL, FIELD_TEXT, "the same for other bytes", NULL },
	{ "body_path", NULL, FIELD_TEXT, "file that holds it otherwise", NULL },
	{ "body_bytes", NULL, FIELD_NUMBER, "its length", NULL },
	{ "body_sha256", NULL, FIELD_HASH, "its SHA-256", NULL },
	APPROVE_FIELDS,
	{ "quote", NULL, FIELD_OBJECT, "the judged challenge; null when there was none",
	  quote_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica pay https://api.example.com/data", "the body on standard output, as curl has it" },
	{ "fourmica pay --max-amount 0.02usdc -o data.json URL", "no more than two cents" },
	{ "fourmica pay --json --idempotency-key order-17 -d '{\"n\":1}' URL",
	  "a paid POST that a crash or a second run never pays twice" },
	{ 0 },
};
/* clang-format on */

static void report_certificate(struct out *o, const struct fm_paid *paid)
{
	const struct fm_cert *cert = &paid->verdict.cert;
	struct fm_hash cycle;

	fm_u256_to_be(cycle.b, &cert->cycle_id);
	out_object(o, "certificate");
	out_number(o, "version", cert->version);
	out_hash(o, "domain", &cert->domain);
	out_hash(o, "cycle_id", &cycle);
	if (paid->has_cycle)
		out_text(o, "cycle", paid->cycle.text);
	out_u256(o, "req_id", &cert->claims.req_id);
	out_address(o, "payer", &cert->claims.user);
	out_address(o, "recipient", &cert->claims.recipient);
	out_u256(o, "amount", &cert->claims.amount);
	out_address(o, "asset", &cert->claims.asset);
	out_time(o, "timestamp", (int64_t)cert->claims.timestamp);
	out_end(o);
}

/** What a good certificate leaves open. */
static void warn_certificate(struct out *o, const struct fm_paid *paid)
{
	if (!paid->verdict.decoded || paid->verdict.rule != FM_CERT_VERIFIED)
		return;
	if (paid->trust.anchor == FM_ANCHOR_CORE)
		out_warn(o, "the certificate fits the key Core names, but no chain has "
			    "confirmed that key: the receipt alone counts");
	if (!paid->has_cycle)
		out_warn(o, "unknown cycle: no usual period of this asset has the "
			    "certificate's cycle id");
}

static bool is_zero(const struct fm_hash *hash)
{
	static const struct fm_hash zero;

	return fm_hash_equal(hash, &zero);
}

static void report_payment(struct app *app, const struct fm_payment *p)
{
	char caip2[FM_CAIP2_TEXT];
	struct out *o = app->out;

	fm_caip2_text(caip2, p->chain_id);
	out_text(o, "payment_id", p->id);
	out_text(o, "idempotency_key", p->idem_key);
	out_text(o, "state", fm_pay_state_word(p->state));
	out_text(o, "scheme", p->scheme);
	out_text(o, "network", caip2);
	out_address(o, "pay_to", &p->pay_to);
	if (!fm_u256_is_zero(&p->req_id))
		out_u256(o, "req_id", &p->req_id);
	if (!is_zero(&p->nonce))
		out_hash(o, "nonce", &p->nonce);
	if (p->valid_before_s)
		out_when(o, "valid_before", p->valid_before_s);
	out_text(o, "evidence", p->evidence[0] ? p->evidence : NULL);
	out_number(o, "retries", p->retries);
}

/** The amount in the ledger's own terms: a payment of an earlier run has no offer any more. */
static struct fm_amount paid_amount(const struct app *app, const struct fm_payment *p)
{
	struct fm_asset unknown = { .chain_id = p->chain_id, .address = p->asset };
	const struct fm_asset *asset = app_asset(app, p->chain_id, &p->asset);

	return fm_amount_of(&p->amount, asset ? asset : &unknown);
}

static void note_paid(struct app *app, const struct fm_paid *paid,
		      const struct fm_amount *amount)
{
	const struct fm_payment *p = &paid->authority.payment;
	char text[FM_AMOUNT_TEXT], to[FM_ADDR_TEXT];

	fm_amount_text(text, amount);
	fm_addr_text(to, &p->pay_to);
	out_note(app->out, "%s %s to %s (%s), %s, evidence: %s",
		 paid->authority.known ? "already paid" : "paid", text, to, p->scheme,
		 p->id, p->evidence[0] ? p->evidence : "none");
}

/** The limit that is used up most, when that is worth a word. */
static void warn_budget(struct app *app, const struct fm_paid *paid)
{
	const struct fm_quote *q = &paid->quote;
	const struct fm_check *most = NULL;
	const struct fm_u256 *amount = &paid->authority.payment.amount;

	for (size_t i = 0; i < q->check_count; i++)
		if (!most || limits_percent(&q->checks[i], amount, 1) >
				     limits_percent(most, amount, 1))
			most = &q->checks[i];
	if (most)
		limits_warn(app->out, most, fm_amount_asset(&q->amount), amount, 1);
}

static bool value_moved(const struct fm_payment *p)
{
	return p->state == FM_PAY_PAID || p->state == FM_PAY_RESOLVED;
}

static void report(struct app *app, const struct fm_paid *paid, enum fm_code rc)
{
	const struct fm_payment *p = &paid->authority.payment;
	struct out *o = app->out;

	out_text(o, "url", paid->url[0] ? paid->url : NULL);
	if (paid->http_status)
		out_number(o, "http_status", paid->http_status);
	if (paid->http_status && (paid->attempted || !paid->quote.challenge)) {
		out_number(o, "body_bytes", (int64_t)paid->body_bytes);
		out_hash(o, "body_sha256", &paid->body_sha256);
	}
	if (paid->quote.kept_path[0])
		out_text(o, "quote_path", paid->quote.kept_path);
	if (paid->quote.challenge) {
		out_object(o, "quote");
		terms_report(app, &paid->quote);
		out_end(o);
	}
	if (!p->id[0])
		return;
	report_payment(app, p);
	out_text(o, "transaction",
		 paid->receipt.transaction[0] ? paid->receipt.transaction : NULL);
	out_text(o, "receipt_path", paid->receipt_path[0] ? paid->receipt_path : NULL);
	if (paid->verdict.decoded)
		report_certificate(o, paid);
	warn_certificate(o, paid);
	if (!value_moved(p))
		return;
	struct fm_amount amount = paid_amount(app, p);
	out_amount(o, "paid", &amount);
	out_spent(o, FM_SPENT_YES);
	if (!rc)
		note_paid(app, paid, &amount);
	if (!paid->authority.known)
		warn_budget(app, paid);
}

static enum fm_code copy_receipt(const struct fm_paid *paid, const char *path,
				 struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	if (!paid->receipt_path[0])
		return FM_OK;
	fm_buf_init(&text, APP_QUOTE_MAX);
	rc = fm_file_read(&text, NULL, paid->receipt_path, FM_FILE_PRIVATE, err);
	if (!rc)
		rc = fm_file_write(path, fm_buf_span(&text), FM_FILE_REPLACE, err);
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code write_certificate(const struct fm_paid *paid, const char *path,
				      struct fm_err *err)
{
	struct fm_buf text;
	struct fm_jw w;
	enum fm_code rc;

	if (!paid->receipt.has_certificate)
		return FM_OK;
	fm_buf_init(&text, APP_QUOTE_MAX);
	fm_jw_init(&w, &text);
	fm_jw_object(&w);
	fm_jw_named_hex(&w, "claims", fm_buf_span(&paid->receipt.claims));
	fm_jw_named_hex(&w, "signature", fm_buf_span(&paid->receipt.signature));
	fm_jw_end(&w, '}');
	fm_buf_chr(&text, '\n');
	rc = fm_buf_ok(&text)
		     ? fm_file_write(path, fm_buf_span(&text), FM_FILE_REPLACE, err)
		     : fm_nomem(err);
	fm_buf_clear(&text);
	return rc;
}

/** What the user wanted beside the body. After a payment a failure here is 43, never a plain
 *  input or output error. */
static enum fm_code extras(struct app *app, const struct fm_paid *paid, struct body *body,
			   const struct pay *args, struct fm_err *err)
{
	enum fm_code rc = body_finish(body, err);

	if (!rc && args->receipt)
		rc = copy_receipt(paid, args->receipt, err);
	if (!rc && args->cert_out)
		rc = write_certificate(paid, args->cert_out, err);
	if (!rc && args->body.write_out && !out_is_json(app->out))
		rc = writeout(app, args->body.write_out, paid, err);
	if (rc && value_moved(&paid->authority.payment)) {
		err->code = rc = FM_E_PAID_WRITE;
		err->spent = FM_SPENT_YES;
		fm_within(err, "paid (%s)", paid->authority.payment.id);
	}
	return rc;
}

static enum fm_code fetch(struct fm_paid *paid, struct app *app,
			  const struct request *request, const struct pay *args,
			  struct fm_terms_wanted wanted, struct body *body,
			  struct fm_err *err)
{
	struct fm_quote_file quote;
	enum fm_code rc = FM_OK;

	fm_quote_file_init(&quote);
	if (args->quote) {
		rc = app_read_quote(&quote, args->quote, err);
		wanted.quote = &quote;
	}
	if (!rc)
		rc = fm_pay(paid, app->client, &request->http, &wanted, &body->sink, err);
	fm_quote_file_clear(&quote);
	return rc;
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct pay *args = values;
	struct request request = { 0 };
	struct fm_err second;
	struct fm_paid paid;
	struct terms terms;
	struct body body;
	enum fm_code rc;

	fm_paid_init(&paid);
	body_init(&body, app, &args->body);
	if (args->body.silent)
		out_silence(app->out, args->body.show_error);
	rc = args->no_pay && args->quote
		     ? fm_fail(err, FM_E_USAGE,
			       "--no-pay and --quote contradict each other")
		     : FM_OK;
	if (!rc)
		rc = terms_make(&terms, app, &args->terms, err);
	if (!rc)
		rc = request_make(&request, app, args->url, &args->http, err);
	if (rc)
		goto out;
	terms.wanted.insecure = args->http.insecure;
	terms.wanted.no_pay = args->no_pay;
	rc = body_artefact(&body, &terms.wanted.artefact, err);
	if (rc)
		goto out;
	rc = fetch(&paid, app, &request, args, terms.wanted, &body, err);
	report(app, &paid, rc);
	if (!rc)
		out_status(app->out, paid.status);
	fm_err_init(&second);
	if (extras(app, &paid, &body, args, &second) && !rc) {
		*err = second;
		rc = err->code;
	}
out:
	body_clear(&body);
	request_clear(&request);
	fm_paid_clear(&paid);
	return rc;
}

const struct cmd cmd_pay = {
	.name = "pay",
	.summary = "fetch a URL, paying if asked and allowed",
	.details =
		"Sends the request as curl would. When the server answers 402 with x402 terms, the "
		"offers are judged by the policy; the first that is allowed is reserved in the "
		"ledger, signed, recorded, and the same request is sent again with the payment. "
		"The body goes to standard output, or to the file of -o, unchanged.\n\n"
		"Before a 4mica-credit guarantee is reserved and signed, the chain is asked whether "
		"the vault holds enough collateral for it, and 4Mica Core when the wallet is signed "
		"in there already; what they say serves for ten minutes. Too little for certain is "
		"status 36. When nobody can tell, a warning says that the collateral is unknown, and "
		"the payment goes on; 4Mica refuses it if it has to, which is status 40. --evidence "
		"receipt does without asking.\n\n"
		"An exit status below 40, or from 60, says that no payment authority left the "
		"process. 40 to 44 say that it left and what became of it; 50 says that it left "
		"and its outcome is not known. A payment that is inside the policy never asks.\n\n"
		"One that takes a person's approval is shown at a terminal, with all that it would "
		"do, and paid when the wallet's passphrase is typed there; a passphrase that lies "
		"ready and --yes do not answer. Without a terminal, or with --no-input, the status "
		"is 30 and quote_path names a file: fourmica budget approve FILE allows exactly "
		"that payment, once.\n\n"
		"With --idempotency-key a second run finds the payment of the first: it ends with "
		"status 0 and already_paid, without a request, or with 50 when the outcome is not "
		"known. It never signs again.\n\n"
		"A payment is never sent along a redirect; -L concerns the unpaid request only.",
	.params = params,
	.size = sizeof(struct pay),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND |
		 RAW_OUTPUT,
	.run = run,
};
