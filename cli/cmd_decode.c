/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MOST (2u << 20) /* a challenge body and its headers fit twice */
#define OUTPUT_MOST (16u << 20)

struct decode {
	const char *file;
	const char *against, *domain_name, *domain_version;
	uint64_t at;
};

/* clang-format off */
static const struct param params[] = {
	{ .arg = "FILE", .help = "what to read; - is standard input",
	  .type = PARAM_TYPE(struct decode, file), .offset = offsetof(struct decode, file),
	  .traits = PARAM_REQUIRED | PARAM_FILE },
	OPTX(struct decode, against, "against", 0, "CHALLENGE",
	     "hold a payment against the challenge in this file, as a facilitator would",
	     .traits = PARAM_FILE),
	OPT(struct decode, domain_name, "domain-name", 0, "NAME",
	    "EIP-712 name it should be signed under; usual: 4mica, or the token's"),
	OPT(struct decode, domain_version, "domain-version", 0, "VERSION",
	    "EIP-712 version it should be signed under; usual: 1, or the token's"),
	OPT(struct decode, at, "at", 0, "SECONDS",
	    "judge its time as if it were this second since 1970, instead of now"),
	{ 0 },
};

static const struct field finding_fields[] = {
	{ "field", "Field", FIELD_TEXT, "where in the payment", NULL },
	{ "expected", "Expected", FIELD_TEXT, "what the challenge asks for; null: nothing to show", NULL },
	{ "found", "Found", FIELD_TEXT, "what the payment has; null: nothing to show", NULL },
	{ "message", "What is wrong", FIELD_TEXT, "in words", NULL },
	{ "code", NULL, FIELD_TEXT, "the failure a facilitator would answer: see fourmica explain", NULL },
	{ 0 },
};

static const struct field against_fields[] = {
	{ "consistent", "Consistent", FIELD_BOOL, "nothing was found", NULL },
	{ "offer", "Offer", FIELD_NUMBER, "the offer it was held against, from 0", NULL },
	{ "scheme", "Scheme", FIELD_TEXT, "of that offer", NULL },
	{ "network", "Network", FIELD_TEXT, "of that offer", NULL },
	{ "guarantee_version", NULL, FIELD_NUMBER, "of a guarantee; null for others", NULL },
	{ "payer", "Payer", FIELD_ADDRESS, "who pays, as the payment says", NULL },
	{ "signer", "Signer", FIELD_ADDRESS,
	  "who signed, when it was signed as it should be; null: not found out", NULL },
	{ "signed_as", "Signed as", FIELD_TEXT, "how it should be signed", NULL },
	{ "right_signer", NULL, FIELD_BOOL, "the payer signed it as it should be", NULL },
	{ "findings", "Findings", FIELD_LIST, "each inconsistency, in the order of a facilitator",
	  finding_fields },
	{ 0 },
};

static const struct field fields[] = {
	{ "type", "Type", FIELD_TEXT, "challenge, payment, receipt, certificate or receipt_file", NULL },
	{ "version", "Version", FIELD_NUMBER, "version of that format; null when it says none",
	  NULL },
	{ "bytes", "Bytes", FIELD_NUMBER, "length of what was read", NULL },
	{ "decoded", "Content", FIELD_JSON, "every field of it", NULL },
	{ "against", "Against the challenge", FIELD_OBJECT, "of --against", against_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "curl -si https://api.example.com/report | fourmica decode -",
	  "what a seller asks for" },
	{ "fourmica decode receipt.txt --json | jq .data.decoded", "the fields for a script" },
	{ "fourmica decode payment.txt --against challenge.txt",
	  "why does the facilitator refuse this payment?" },
	{ 0 },
};
/* clang-format on */

/* The formats name their version in one of two ways; a certificate's is that of its claims. */
static void put_version(struct app *app, struct fm_span decoded)
{
	struct fm_json *root = NULL;
	const struct fm_json *thing;
	uint64_t version;

	if (fm_json_parse(&root, decoded, false, NULL))
		return;
	thing = fm_json_get(root, "document");
	if ((fm_json_u64(&version, fm_json_get(thing, "x402Version")) ||
	     fm_json_u64(&version,
			 fm_json_get(fm_json_get(root, "certificate"), "version"))) &&
	    version <= INT32_MAX)
		out_number(app->out, "version", (int64_t)version);
	fm_json_free(&root);
}

/* ---- against a challenge ---- */

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void put_against(struct out *o, const struct fm_against *a)
{
	out_object(o, "against");
	out_bool(o, "consistent", a->count == 0);
	out_number(o, "offer", a->offer);
	out_text(o, "scheme", a->scheme);
	out_text(o, "network", a->network);
	if (a->guarantee_version)
		out_number(o, "guarantee_version", a->guarantee_version);
	if (a->has_payer)
		out_address(o, "payer", &a->payer);
	if (a->has_signer)
		out_address(o, "signer", &a->signer);
	out_text(o, "signed_as", or_null(a->signed_as));
	out_bool(o, "right_signer", a->right_signer);
	for (size_t i = 0; i < a->count; i++) {
		out_row(o, "findings");
		out_text(o, "field", a->findings[i].field);
		out_text(o, "expected", or_null(a->findings[i].expected));
		out_text(o, "found", or_null(a->findings[i].found));
		out_text(o, "message", a->findings[i].message);
		out_text(o, "code", a->findings[i].code);
		out_end(o);
	}
	out_end(o);
}

static enum fm_code refuse(const struct fm_against *a, struct fm_err *err)
{
	const struct fm_finding *first = &a->findings[0];
	struct fm_cause cause;

	fm_fail(err, FM_E_TERMS, "the payment does not fit the challenge: %s: %s%s",
		first->field, first->message, a->count > 1 ? " (and more)" : "");
	if (!fm_cause_by_code(&cause, first->code))
		return FM_E_TERMS;
	snprintf(err->cause, sizeof(err->cause), "%s", cause.code);
	return fm_hint(err, "%s", cause.remedy);
}

static enum fm_code hold_against(struct app *app, const struct decode *a,
				 struct fm_span payment, struct fm_err *err)
{
	struct fm_against *found = calloc(1, sizeof(*found));
	const struct fm_against_config config = {
		.domain_name = a->domain_name,
		.domain_version = a->domain_version,
		.now_s = a->at ? (int64_t)a->at : fm_wall_s(&fm_system_clock),
	};
	struct fm_buf challenge;
	enum fm_code rc;

	fm_buf_init(&challenge, INPUT_MOST);
	rc = found ? app_read_file(&challenge, a->against, err) : fm_nomem(err);
	if (!rc)
		rc = fm_against_read(found, payment, fm_buf_span(&challenge), &config,
				     err);
	if (!rc) {
		put_against(app->out, found);
		if (found->more)
			out_warn(app->out, "%zu findings more than are shown",
				 found->more);
		if (found->count)
			rc = refuse(found, err);
	}
	fm_buf_clear(&challenge);
	free(found);
	return rc;
}

static enum fm_code check_usage(const struct decode *a, struct fm_err *err)
{
	if (!a->against && (a->domain_name || a->domain_version || a->at)) {
		fm_fail(err, FM_E_USAGE,
			"--domain-name, --domain-version and --at say "
			"nothing without --against");
		return fm_hint(err, "give --against CHALLENGE");
	}
	if (a->against && strcmp(a->file, "-") == 0 && strcmp(a->against, "-") == 0)
		return fm_fail(err, FM_E_USAGE,
			       "payment and challenge cannot both be standard input");
	if (a->at > (uint64_t)INT64_MAX)
		return fm_fail(err, FM_E_USAGE, "--at %" PRIu64 " is no time", a->at);
	return FM_OK;
}

/* ---- the command ---- */

static enum fm_code decode_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct decode *a = args;
	enum fm_thing what = FM_THING_UNKNOWN;
	struct fm_buf input, decoded;
	enum fm_code rc;

	fm_buf_init(&input, INPUT_MOST);
	fm_buf_init(&decoded, OUTPUT_MOST);
	rc = check_usage(a, err);
	if (!rc)
		rc = app_read_file(&input, a->file, err);
	if (!rc)
		rc = fm_decode(&what, &decoded, fm_buf_span(&input), err);
	if (!rc && what == FM_THING_UNKNOWN)
		rc = fm_fail(err, FM_E_MALFORMED,
			     "this is no challenge, payment header, receipt "
			     "header or certificate");
	if (rc)
		goto out;
	if (!fm_buf_ok(&decoded)) {
		rc = fm_nomem(err);
		goto out;
	}
	out_number(app->out, "bytes", (int64_t)input.len);
	out_text(app->out, "type", fm_thing_word(what));
	out_json(app->out, "decoded", fm_buf_span(&decoded));
	put_version(app, fm_buf_span(&decoded));
	if (a->against)
		rc = hold_against(app, a, fm_buf_span(&input), err);
out:
	fm_buf_clear(&input);
	fm_buf_clear(&decoded);
	return rc;
}

const struct cmd cmd_decode = {
	.name = "decode",
	.summary =
		"name a challenge, payment, receipt or certificate and show its fields",
	.details =
		"Reads a response saved with \"curl -i\", a header's value, a receipt file of "
		"\"fourmica pay\", or another JSON document. "
		"Nothing is checked beyond the format and nothing is sent anywhere: what is shown "
		"is what stands there, not what is true.\n\n"
		"With --against, a payment is compared with the challenge it answers: a response "
		"saved with \"curl -i\", its PAYMENT-REQUIRED value, or its JSON body. Every "
		"inconsistency a facilitator or 4Mica Core would object to is listed: scheme, "
		"network, version, signature, missing members, recipient, asset, amount, "
		"validation, the time window, and what was not echoed as offered. Who signed is "
		"found out from the signature. When that is not the payer, the usual mistakes are "
		"tried, and the one that was made is named: another domain name, version or chain "
		"id, the struct of the tab generation, a text signed instead of bytes. Exit status "
		"12 when anything was found. What only Core or the chain knows (collateral, used "
		"request ids and nonces, trusted registries) is not looked at.",
	.params = params,
	.size = sizeof(struct decode),
	.fields = fields,
	.examples = examples,
	.run = decode_run,
};
