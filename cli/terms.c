/* SPDX-License-Identifier: MIT */
#include "terms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A saved response: its headers and as much body as a challenge may have, and one byte more
 * so that a longer body is seen to be longer. */
#define SAVED_MAX (FM_HTTP_HEAD_MAX + FM_X402_BODY_MAX + 1)
#define TEXT_MAX 4096u

/* clang-format off */
const struct field validation_fields[] = {
	{ "validation_registry_address", "Registry", FIELD_ADDRESS, "validation registry", NULL },
	{ "validation_chain_id", NULL, FIELD_NUMBER, "chain of the registry", NULL },
	{ "validator_address", "Validator", FIELD_ADDRESS, "who validates", NULL },
	{ "validator_agent_id", NULL, FIELD_U256, "the validator's agent id", NULL },
	{ "min_validation_score", "Least score", FIELD_NUMBER, "1 to 100", NULL },
	{ "job_hash", NULL, FIELD_HASH, "job the validation is of", NULL },
	{ "required_validation_tag", "Tag", FIELD_TEXT, "required tag, may be empty", NULL },
	{ 0 },
};

const struct field limit_fields[] = {
	{ "rule", "Limit", FIELD_TEXT, "as the policy names it", NULL },
	{ "window_seconds", "Window", FIELD_DURATION, "length of the window; null: for ever", NULL },
	{ "allowed", "Allowed", FIELD_AMOUNT, "the limit; null when it counts payments", NULL },
	{ "used", "Used", FIELD_AMOUNT, "of it, before this payment", NULL },
	{ "used_percent", "Share", FIELD_GAUGE,
	  "the same as a share of the limit; 999: that or more; null when it counts payments", NULL },
	{ "allowed_count", NULL, FIELD_NUMBER, "payments allowed; null when it counts money", NULL },
	{ "used_count", NULL, FIELD_NUMBER, "payments so far", NULL },
	{ 0 },
};

const struct field collateral_fields[] = {
	{ "known", "Known", FIELD_BOOL, "whether it is known to be enough, or too little", NULL },
	{ "free", "Free", FIELD_AMOUNT, "for new guarantees; null when unknown", NULL },
	{ "needed", "Needed", FIELD_AMOUNT, "by this one", NULL },
	{ "source", "Source", FIELD_TEXT,
	  "memory (at most ten minutes old), chain, or core; null when unknown", NULL },
	{ 0 },
};

const struct field offer_fields[] = {
	{ "index", "Offer", FIELD_NUMBER, "place in `accepts`", NULL },
	{ "scheme", "Scheme", FIELD_TEXT, "as sent", NULL },
	{ "network", "Network", FIELD_TEXT, "as sent", NULL },
	{ "amount", "Amount", FIELD_U256, "base units; null when unreadable", NULL },
	{ "asset", NULL, FIELD_ADDRESS, "token contract; null when unreadable", NULL },
	{ "pay_to", NULL, FIELD_ADDRESS, "who would be paid; null when unreadable", NULL },
	{ "refused", "Not chosen", FIELD_TEXT, "why not; null for the chosen one", NULL },
	{ "rule", NULL, FIELD_TEXT, "policy rule that refused it", NULL },
	{ 0 },
};

const struct field quote_fields[] = {
	QUOTE_FIELDS,
	{ 0 },
};
/* clang-format on */

enum fm_code terms_make(struct terms *out, struct app *app, const struct terms_args *args,
			struct fm_err *err)
{
	struct fm_terms_wanted *w = &out->wanted;

	memset(out, 0, sizeof(*out));
	if (args->prefer.count > TERMS_PREFER_MAX)
		return fm_fail(err, FM_E_USAGE, "--prefer was given more than %d times",
			       TERMS_PREFER_MAX);
	for (size_t i = 0; i < args->prefer.count; i++)
		out->prefer[i] = args->prefer.items[i];
	w->prefer = args->prefer.count ? out->prefer : NULL;
	w->chain_id = app->opt.network && app->network ? app->network->chain_id : 0;
	w->scheme = args->scheme;
	w->asset = args->asset;
	w->pay_to = args->expect_pay_to.set ? &args->expect_pay_to.addr : NULL;
	w->amount = args->expect_amount.number[0] ? &args->expect_amount : NULL;
	w->task = args->task ? args->task : app->task;
	w->category = args->category;
	w->reason = args->reason;
	w->idem_key = args->idem_key;
	w->evidence = !args->evidence ? FM_EVIDENCE_DEFAULT
		      : strcmp(args->evidence, "certificate") == 0
			      ? FM_EVIDENCE_CERTIFICATE
			      : FM_EVIDENCE_RECEIPT;
	if (args->idem_key && !args->idem_key[0])
		return fm_fail(err, FM_E_USAGE, "--idempotency-key is empty");
	return args->max_amount.number[0]
		       ? fm_policy_cap(app->policy, "max-amount", &args->max_amount, err)
		       : FM_OK;
}

/* ---- telling ---- */

/** Wire class of a challenge (x402, section 4): refusals of the policy are two of them. */
static const char *outcome_word(const struct fm_quote *quote)
{
	switch (quote->outcome) {
	case FM_OK:
		return quote->challenge ? "pay" : "free";
	case FM_E_APPROVAL:
		return "pay";
	case FM_E_OVER_LIMIT:
	case FM_E_BUDGET:
		return "over_limit";
	case FM_E_ASSET:
	case FM_E_SELLER:
	case FM_E_BLOCKED:
	case FM_E_QUOTE:
		return "policy_denied";
	case FM_E_UNSUPPORTED:
		return fm_code_info(FM_E_NO_OPTION)->word;
	default:
		return fm_code_info(quote->outcome)->word;
	}
}

static const char *verdict_word(const struct fm_quote *quote)
{
	if (!quote->challenge)
		return NULL;
	return quote->verdict == FM_ALLOW     ? "allow"
	       : quote->verdict == FM_APPROVE ? "approve"
					      : "refuse";
}

static void report_offers(struct out *o, const struct fm_quote *quote)
{
	for (size_t i = 0; i < quote->challenge->offer_count; i++) {
		const struct fm_offer *offer = &quote->challenge->offers[i];
		out_row(o, "offers");
		out_number(o, "index", offer->index);
		out_text(o, "scheme", offer->scheme_text[0] ? offer->scheme_text : NULL);
		out_text(o, "network",
			 offer->network_text[0] ? offer->network_text : NULL);
		if (offer->stage != FM_OFFER_UNUSABLE) {
			out_u256(o, "amount", &offer->amount);
			if (offer->chain_id) {
				out_address(o, "asset", &offer->asset);
				out_address(o, "pay_to", &offer->pay_to);
			}
		}
		out_text(o, "refused", offer->refused[0] ? offer->refused : NULL);
		out_text(o, "rule", offer->rule[0] ? offer->rule : NULL);
		out_end(o);
	}
}

static void report_limits(struct out *o, const struct fm_quote *quote)
{
	const struct fm_asset *asset = fm_amount_asset(&quote->amount);

	for (size_t i = 0; i < quote->check_count; i++) {
		const struct fm_check *c = &quote->checks[i];
		out_row(o, "limits");
		out_text(o, "rule", c->rule);
		if (c->window_s)
			out_duration(o, "window_seconds", c->window_s);
		if (c->has_amount) {
			struct fm_amount cap = fm_amount_of(&c->cap, asset);
			struct fm_amount used = fm_amount_of(&c->used, asset);
			out_amount(o, "allowed", &cap);
			out_amount(o, "used", &used);
			out_gauge(o, "used_percent", &c->used, &c->cap);
		}
		if (c->has_count) {
			out_number(o, "allowed_count", (int64_t)c->cap_count);
			out_number(o, "used_count", (int64_t)c->used_count);
		}
		out_end(o);
	}
}

static void report_validation(struct out *o, const struct fm_offer *offer)
{
	struct fm_validation v;
	struct fm_err ignored;
	bool v2 = false;

	fm_err_init(&ignored);
	if (fm_validation_read(&v, &v2, offer, &ignored) || !v2) {
		out_number(o, "guarantee_version", 1);
		return;
	}
	out_number(o, "guarantee_version", 2);
	out_object(o, "validation");
	out_address(o, "validation_registry_address", &v.registry);
	out_number(o, "validation_chain_id", (int64_t)v.chain_id);
	out_address(o, "validator_address", &v.validator);
	out_u256(o, "validator_agent_id", &v.agent_id);
	out_number(o, "min_validation_score", v.min_score);
	out_hash(o, "job_hash", &v.job_hash);
	out_span(o, "required_validation_tag", (struct fm_span){ v.tag, v.tag_len });
	out_end(o);
}

static void report_text(struct out *o, const char *field, const struct fm_quote *quote,
			const char *member)
{
	struct fm_buf text;

	fm_buf_init(&text, TEXT_MAX);
	if (fm_challenge_text(&text, quote->challenge, quote->offer, member) &&
	    fm_buf_ok(&text))
		out_span(o, field, fm_buf_span(&text));
	fm_buf_clear(&text);
}

static void report_offer(struct out *o, const struct fm_quote *quote)
{
	const struct fm_offer *offer = quote->offer;
	char caip2[FM_CAIP2_TEXT];
	struct fm_buf resource;

	fm_caip2_text(caip2, offer->chain_id);
	out_number(o, "option_index", offer->index);
	out_text(o, "scheme", fm_scheme_name(offer->scheme));
	out_text(o, "network", caip2);
	out_amount(o, "amount", &quote->amount);
	out_address(o, "asset", &offer->asset);
	out_address(o, "pay_to", &offer->pay_to);
	out_duration(o, "max_timeout_seconds", offer->max_timeout_s);
	out_text(o, "reply_header", fm_payment_header_name(quote->challenge));
	fm_buf_init(&resource, FM_X402_URL_MAX);
	if (fm_challenge_resource(&resource, quote->challenge, offer) &&
	    fm_buf_ok(&resource))
		out_span(o, "resource", fm_buf_span(&resource));
	fm_buf_clear(&resource);
	report_text(o, "description", quote, "description");
	report_text(o, "mime_type", quote, "mimeType");
	if (fm_scheme_certifies(offer->scheme))
		report_validation(o, offer);
	terms_collateral(o, &quote->cover);
	report_limits(o, quote);
}

void terms_collateral(struct out *o, const struct fm_cover *cover)
{
	bool known =
		cover->covered == FM_COVER_ENOUGH || cover->covered == FM_COVER_LITTLE;

	if (cover->covered == FM_COVER_NONE)
		return;
	out_object(o, "collateral");
	out_bool(o, "known", known);
	if (known)
		out_amount(o, "free", &cover->free);
	out_amount(o, "needed", &cover->needed);
	out_text(o, "source", cover->source);
	out_end(o);
	if (!known && cover->why.msg[0])
		out_warn(o, "collateral: unknown: %s", cover->why.msg);
}

static void warn(struct out *o, const struct fm_quote *quote)
{
	if (quote->warn_domain)
		out_warn(o, "the token's signing name differs from the one known for it");
	if (quote->warn_pay_to_case)
		out_warn(o, "an address of the offer has a wrong EIP-55 checksum");
	if (quote->warn_user)
		out_warn(o,
			 "the URL has a user part: the seller is %s, whatever stands "
			 "before the @",
			 quote->origin);
	if (quote->warn_resource)
		out_warn(
			o,
			"the resource is named with another scheme or port than was asked");
}

void terms_report(struct app *app, const struct fm_quote *quote)
{
	struct out *o = app->out;

	out_text(o, "outcome", outcome_word(quote));
	out_text(o, "verdict", verdict_word(quote));
	out_text(o, "rule", quote->why.rule[0] ? quote->why.rule : NULL);
	if (quote->has_approval) {
		out_hash(o, "approval", &quote->approval.hash);
		out_when(o, "approved_until", quote->approval.deadline_ms / 1000);
	}
	if (quote->http_status)
		out_number(o, "http_status", quote->http_status);
	if (!quote->challenge)
		return;
	out_text(o, "source",
		 quote->challenge->source == FM_SOURCE_HEADER ? "header" : "body");
	out_number(o, "version", quote->challenge->version);
	out_text(o, "error", quote->challenge->error[0] ? quote->challenge->error : NULL);
	if (quote->offer && quote->offer->stage >= FM_OFFER_DENIED)
		report_offer(o, quote);
	report_offers(o, quote);
	warn(o, quote);
}

/** As much of a file as a challenge can fill; *longer: there is more. */
static enum fm_code read_beginning(struct fm_buf *out, bool *longer, const char *file,
				   struct fm_err *err)
{
	bool is_stdin = strcmp(file, "-") == 0;
	FILE *in = is_stdin ? stdin : fopen(file, "rbe");
	enum fm_code rc = FM_OK;

	*longer = false;
	if (!in)
		return fm_fail(err, FM_E_IO, "cannot open it: %s", strerror(errno));
	for (;;) {
		char piece[16384];
		size_t got = fread(piece, 1, sizeof(piece), in);
		size_t room = out->cap - out->len;
		*longer = got > room;
		if (!fm_buf_add(out, piece, *longer ? room : got)) {
			rc = fm_nomem(err);
			break;
		}
		if (got < sizeof(piece) || *longer)
			break;
	}
	if (!rc && ferror(in))
		rc = fm_fail(err, FM_E_IO, "cannot read it: %s", strerror(errno));
	if (!is_stdin)
		fclose(in);
	return rc;
}

enum fm_code terms_saved(struct fm_quote *quote, struct app *app, const char *file,
			 const char *url, const struct fm_terms_wanted *wanted,
			 struct fm_err *err)
{
	struct fm_span head, body;
	struct fm_buf text;
	bool longer;
	int status;
	enum fm_code rc;

	fm_buf_init(&text, SAVED_MAX);
	rc = read_beginning(&text, &longer, file, err);
	if (!rc)
		rc = fm_response_parse(&status, &head, &body, fm_buf_span(&text), err);
	if (rc) {
		fm_within(err, "%s", strcmp(file, "-") == 0 ? "standard input" : file);
		goto out;
	}
	if (body.len > FM_X402_BODY_MAX) {
		body.len = FM_X402_BODY_MAX;
		longer = true;
	}
	rc = fm_quote_response(quote, app->client, status, head, body, longer, url,
			       wanted, err);
	if (!rc)
		rc = fm_quote_cover(quote, app->client, false, err);
out:
	fm_buf_clear(&text);
	return rc;
}
