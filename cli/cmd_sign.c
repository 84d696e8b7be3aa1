/* SPDX-License-Identifier: MIT */
/** `sign`: make the payment header of a saved challenge, or sign one given thing. */
#include "approve.h"
#include "terms.h"

#include <string.h>

#define DOCUMENT_MAX (1024u * 1024u)

struct sign {
	const char *challenge, *url, *format;
	const char *claims, *eip712_name, *eip712_version, *signing;
	const char *typed_data, *message;
	uint64_t chain_id;
	struct terms_args terms;
};

/* clang-format off */
static const struct param params[] = {
	GROUP("What to sign"),
	OPTX(struct sign, challenge, "challenge", 0, "FILE",
	     "a response saved with curl -i; - for standard input", .traits = PARAM_FILE),
	OPTX(struct sign, claims, "claims", 0, "FILE", "guarantee claims as JSON (expert form)",
	     .traits = PARAM_FILE),
	OPTX(struct sign, typed_data, "typed-data", 0, "FILE",
	     "a document of eth_signTypedData_v4; no payment forms", .traits = PARAM_FILE),
	OPTX(struct sign, message, "message", 0, "FILE", "bytes of a personal message (EIP-191)",
	     .traits = PARAM_FILE),
	GROUP("With --challenge"),
	OPT(struct sign, url, "url", 0, "URL", "address the response came from"),
	OPTX(struct sign, format, "format", 0, "FORM", "header: ready for curl -H; json: what is in it",
	     .choices = "header|json"),
	OPT(struct sign, terms.idem_key, "idempotency-key", 0, "KEY",
	    "never sign twice for this key"),
	GROUP("With --claims"),
	OPT(struct sign, eip712_name, "eip712-name", 0, "NAME", "name of the signing domain"),
	OPT(struct sign, eip712_version, "eip712-version", 0, "VERSION",
	    "version of the signing domain"),
	OPT(struct sign, chain_id, "chain-id", 0, "ID", "chain of the signing domain"),
	OPTX(struct sign, signing, "signing", 0, "SCHEME", "how to sign; eip712 unless given",
	     .choices = "eip712|eip191"),
	TERMS_PARAMS(struct sign),
	{ 0 },
};

static const struct field fields[] = {
	{ "header_name", NULL, FIELD_TEXT, "challenge: header that carries the payment", NULL },
	{ "header_value", NULL, FIELD_TEXT, "challenge: its value", NULL },
	{ "digest", NULL, FIELD_HASH, "what was signed", NULL },
	{ "signature", NULL, FIELD_TEXT, "r, s, v in hex; null with --challenge", NULL },
	{ "payload", NULL, FIELD_TEXT, "claims: exact wire text; challenge: JSON in the header", NULL },
	{ "payment_id", NULL, FIELD_TEXT, "the ledger's name for the authority", NULL },
	{ "state", NULL, FIELD_TEXT, "the ledger's state of it", NULL },
	{ "already_signed", NULL, FIELD_BOOL, "the same claims were signed before", NULL },
	{ "collateral", NULL, FIELD_OBJECT,
	  "claims: do they have enough? null: not looked for", collateral_fields },
	APPROVE_FIELDS,
	{ "quote", NULL, FIELD_OBJECT, "challenge: the judged terms", quote_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "curl -si URL > c; curl -H \"$(fourmica sign --challenge c --url URL)\" URL",
	  "a payment with curl" },
	{ "fourmica sign --claims claims.json --eip712-name 4mica --eip712-version 1 "
	  "--chain-id 84532 --json",
	  "one guarantee, for tests of a seller" },
	{ 0 },
};
/* clang-format on */

static enum fm_code print_line(struct app *app, struct fm_span text, struct fm_err *err)
{
	/* From here on a failure to write is 43: authority exists. */
	out_spent(app->out, FM_SPENT_MAYBE);
	if (out_is_json(app->out))
		return FM_OK;
	if (out_raw(app->out, text.ptr, text.len) && out_raw(app->out, "\n", 1))
		return FM_OK;
	err->spent = FM_SPENT_MAYBE;
	return fm_fail(err, FM_E_PAID_WRITE,
		       "signed, but standard output cannot be written");
}

/* ---- --challenge ---- */

static enum fm_code print_header(struct app *app, const struct fm_authority *a,
				 const char *format, struct fm_err *err)
{
	struct fm_buf line;
	enum fm_code rc;

	out_text(app->out, "header_name", a->header_name);
	out_span(app->out, "header_value", fm_buf_span(&a->header));
	out_span(app->out, "payload", fm_buf_span(&a->payload_json));
	if (format && strcmp(format, "json") == 0)
		return print_line(app, fm_buf_span(&a->payload_json), err);
	fm_buf_init(&line, a->header.len + 64);
	fm_buf_fmt(&line, "%s: ", a->header_name);
	fm_buf_add(&line, a->header.ptr, a->header.len);
	rc = fm_buf_ok(&line) ? print_line(app, fm_buf_span(&line), err) : fm_nomem(err);
	fm_buf_clear(&line);
	return rc;
}

static void report_payment(struct app *app, const struct fm_payment *payment)
{
	out_text(app->out, "payment_id", payment->id);
	out_text(app->out, "state", fm_pay_state_word(payment->state));
	out_hash(app->out, "digest", &payment->digest);
}

static enum fm_code authorize(struct app *app, struct fm_quote *quote,
			      const struct sign *args,
			      const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	struct fm_authority authority;
	enum fm_code rc;

	fm_authority_init(&authority);
	rc = fm_authorize(&authority, app->client, quote, "GET", args->url,
			  (struct fm_span){ NULL, 0 }, wanted, err);
	if (rc && !authority.payment.created_ms)
		fm_quote_denied(quote, app->client, "GET", wanted, err);
	if (rc)
		goto out;
	report_payment(app, &authority.payment);
	out_bool(app->out, "already_signed", authority.known);
	if (!authority.known) {
		rc = print_header(app, &authority, args->format, err);
		goto out;
	}
	rc = fm_payment_known(&authority.payment, err);
	if (!rc)
		out_status(app->out, "already_paid");
out:
	fm_authority_clear(&authority);
	return rc;
}

static enum fm_code sign_challenge(struct app *app, const struct sign *args,
				   struct fm_err *err)
{
	struct fm_wanted_request request;
	struct fm_quote quote;
	struct terms terms;
	enum fm_code rc;

	if (!args->url)
		return fm_fail(err, FM_E_USAGE,
			       "--challenge needs --url URL, the address it came from");
	fm_quote_init(&quote);
	rc = terms_make(&terms, app, &args->terms, err);
	if (!rc)
		rc = terms_saved(&quote, app, args->challenge, args->url, &terms.wanted,
				 err);
	if (!rc) {
		fm_wanted_request(&request, "GET", args->url,
				  (struct fm_span){ NULL, 0 });
		terms.wanted.request = &request;
		rc = fm_quote_seek_approval(&quote, app->client, &terms.wanted, err);
	}
	if (rc)
		goto out;
	if (!quote.challenge && !quote.outcome)
		rc = fm_fail(err, FM_E_USAGE,
			     "the saved response is a %d: nothing to pay",
			     quote.http_status);
	else if (quote.outcome)
		rc = (*err = quote.why, err->code);
	else if (app->opt.dry_run)
		out_status(app->out, "would_sign");
	else
		rc = authorize(app, &quote, args, &terms.wanted, err);
	if (quote.kept_path[0])
		out_text(app->out, "quote_path", quote.kept_path);
	if (quote.outcome)
		fm_quote_denied(&quote, app->client, "GET", &terms.wanted, err);
	out_object(app->out, "quote");
	terms_report(app, &quote);
	out_end(app->out);
out:
	fm_quote_clear(&quote);
	return rc;
}

/* ---- --claims ---- */

static enum fm_code read_domain(struct fm_credit_domain *out, const struct sign *args,
				struct fm_err *err)
{
	if (!args->eip712_name || !args->eip712_version || !args->chain_id) {
		fm_fail(err, FM_E_USAGE,
			"--claims needs --eip712-name, --eip712-version and --chain-id");
		return fm_hint(err, "4Mica Core serves them at /core/public-params");
	}
	if (strlen(args->eip712_name) >= sizeof(out->name) ||
	    strlen(args->eip712_version) >= sizeof(out->version))
		return fm_fail(err, FM_E_USAGE,
			       "the signing domain's name or version is too long");
	memset(out, 0, sizeof(*out));
	memcpy(out->name, args->eip712_name, strlen(args->eip712_name));
	memcpy(out->version, args->eip712_version, strlen(args->eip712_version));
	out->chain_id = args->chain_id;
	return FM_OK;
}

static void report_signature(struct app *app, const struct fm_signed *signed_)
{
	char text[FM_SIG_TEXT];

	fm_sig_text(text, &signed_->sig);
	out_hash(app->out, "digest", &signed_->digest);
	out_text(app->out, "signature", text);
}

static enum fm_code sign_claims(struct app *app, const struct sign *args,
				struct fm_err *err)
{
	bool eip191 = args->signing && strcmp(args->signing, "eip191") == 0;
	struct fm_credit_domain domain;
	struct fm_signed result = { 0 };
	struct fm_claims claims;
	struct terms terms;
	struct fm_buf text;
	enum fm_code rc = read_domain(&domain, args, err);

	fm_buf_init(&text, DOCUMENT_MAX);
	if (!rc)
		rc = terms_make(&terms, app, &args->terms, err);
	if (!rc)
		rc = app_read_file(&text, args->claims, err);
	if (!rc && (rc = fm_claims_read(&claims, fm_buf_span(&text), err)))
		fm_within(err, "claims");
	if (!rc)
		rc = fm_sign_claims(&result, app->client, &claims, &domain, eip191,
				    &terms.wanted, err);
	terms_collateral(app->out, &result.cover);
	if (!rc) {
		report_signature(app, &result);
		out_span(app->out, "payload", fm_buf_span(&result.payload));
		out_text(app->out, "payment_id", result.payment.id);
		out_text(app->out, "state", fm_pay_state_word(result.payment.state));
		out_bool(app->out, "already_signed", result.known);
		rc = print_line(app, fm_buf_span(&result.payload), err);
	}
	fm_buf_clear(&text);
	fm_signed_clear(&result);
	return rc;
}

/* ---- other people's data ---- */

static enum fm_code confirm(void *ctx, const char *what, struct fm_err *err)
{
	char question[256], address[FM_ADDR_TEXT];
	struct app *app = ctx;
	struct fm_buf text;

	fm_addr_text(address, &app->wallet.address);
	fm_buf_init(&text, sizeof(question) - 1);
	fm_buf_fmt(&text, "sign %s with %s?", what, address);
	if (!fm_buf_ok(&text))
		return fm_nomem(err);
	memcpy(question, text.ptr, text.len + 1);
	fm_buf_clear(&text);
	return ask_yes(app, question, err);
}

static enum fm_code sign_other(struct app *app, const char *file, bool typed,
			       struct fm_err *err)
{
	struct fm_signed result = { 0 };
	char text[FM_SIG_TEXT];
	struct fm_buf bytes;
	enum fm_code rc;

	app->no_holder = true;
	fm_buf_init(&bytes, DOCUMENT_MAX);
	rc = app_read_file(&bytes, file, err);
	if (!rc && typed)
		rc = fm_sign_typed(&result, app->client, fm_buf_span(&bytes), confirm,
				   app, err);
	else if (!rc)
		rc = fm_sign_message(&result, app->client, fm_buf_span(&bytes), confirm,
				     app, err);
	if (!rc) {
		report_signature(app, &result);
		fm_sig_text(text, &result.sig);
		rc = print_line(app, fm_span_of(text), err);
	}
	fm_buf_clear(&bytes);
	fm_signed_clear(&result);
	return rc;
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct sign *args = values;
	int given =
		!!args->challenge + !!args->claims + !!args->typed_data + !!args->message;

	if (given != 1)
		return fm_fail(
			err, FM_E_USAGE,
			"sign takes one of --challenge, --claims, --typed-data, --message");
	if (args->challenge)
		return sign_challenge(app, args, err);
	if (app->opt.dry_run)
		return fm_fail(err, FM_E_USAGE, "--dry-run goes with --challenge");
	if (args->claims)
		return sign_claims(app, args, err);
	return sign_other(app, args->typed_data ? args->typed_data : args->message,
			  args->typed_data != NULL, err);
}

const struct cmd cmd_sign = {
	.name = "sign",
	.summary = "sign a payment without sending it",
	.details =
		"Signing creates payment authority, so it goes through the same policy, ledger and "
		"stop as `pay`. What was signed counts as spent.\n\n"
		"Too little collateral for a guarantee is status 36, and unknown collateral a "
		"warning, as with pay; nobody is asked before a vault is pinned.\n\n"
		"--challenge chooses an offer of a saved 402 answer, judges it, and prints the "
		"header that pays it. When the policy refuses, nothing is printed.\n\n"
		"--claims signs 4Mica guarantee claims given as JSON; the signing domain is given "
		"too. The same claims signed again, also in the other signing scheme, are the same "
		"guarantee and count once.\n\n"
		"--typed-data and --message sign other people's data after asking. Payment forms "
		"in them (guarantees, EIP-3009, Permit, Permit2, sign-in messages) are refused. "
		"Typed data, and messages that are no text, can be worth money to a contract that "
		"is not known here: they need \"sign\": \"any\" in the policy.",
	.params = params,
	.size = sizeof(struct sign),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND |
		 RAW_OUTPUT,
	.run = run,
};
