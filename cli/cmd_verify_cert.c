/* SPDX-License-Identifier: MIT */
/** `verify-cert`: is this really Core's certificate, and is it of what was agreed? */
#include "cert.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct param params[] = {
	{ .arg = "FILE", .help = "the certificate in any of its forms; - is standard input",
	  .type = PARAM_TYPE(struct verify_cert, file),
	  .offset = offsetof(struct verify_cert, file), .traits = PARAM_FILE },
	GROUP("The certificate"),
	OPT(struct verify_cert, claims, "claims", 0, "HEX", "its claims, instead of FILE"),
	OPT(struct verify_cert, signature, "signature", 0, "HEX", "its signature, with --claims"),
	OPTX(struct verify_cert, batch, "batch", 0, "FILE",
	     "one certificate on each line, any number of them; - is standard input",
	     .traits = PARAM_FILE),
	OPT(struct verify_cert, legacy, "legacy", 0, NULL,
	    "also take the older forms, without an envelope or tuple offset"),
	GROUP("Whom to believe"),
	OPT(struct verify_cert, key, "key", 0, "HEX|NAME",
	    "the key: 48 bytes in hex, or a network whose pinned key is meant"),
	OPT(struct verify_cert, chain_id, "chain-id", 0, "N", "chain of the vault"),
	OPT(struct verify_cert, vault, "vault", 0, "ADDRESS", "the vault, Core4Mica's contract"),
	OPT(struct verify_cert, domain, "domain", 0, "HEX",
	    "certificate domain, when it is not the usual one of chain and vault"),
	OPT(struct verify_cert, online, "online", 0, NULL,
	    "ask Core and the chain now; they must agree with the key or pin"),
	GROUP("What it must say"),
	OPT(struct verify_cert, expect_payer, "expect-payer", 0, "ADDRESS", "whose guarantee"),
	OPT(struct verify_cert, expect_recipient, "expect-recipient", 0, "ADDRESS", "for whom"),
	OPT(struct verify_cert, expect_amount, "expect-amount", 0, "AMOUNT",
	    "exactly this: 0.05usdc, 50000base"),
	OPT(struct verify_cert, expect_asset, "expect-asset", 0, "ASSET",
	    "in this token: symbol or address"),
	OPTX(struct verify_cert, expect_req_id, "expect-req-id", 0, "N",
	    "request id, decimal or 0x hex", .known = KNOWN_REQUEST),
	OPT(struct verify_cert, expect_timestamp, "expect-timestamp", 0, "TIME",
	    "when the payer signed: Unix seconds or RFC 3339"),
	OPTX(struct verify_cert, expect_cycle, "expect-cycle", 0, "CYCLE",
	    "clearing cycle: its hash, or Core's text id", .known = KNOWN_CYCLE),
	OPTX(struct verify_cert, expect_version, "expect-version", 0, "N", "guarantee version",
	     .choices = "1|2"),
	OPTX(struct verify_cert, quote, "quote", 0, "FILE",
	     "recipient, amount and token of a kept quote", .traits = PARAM_FILE),
	OPTX(struct verify_cert, receipt, "receipt", 0, "FILE",
	     "everything the payment of this receipt signed", .traits = PARAM_FILE),
	{ 0 },
};

static const struct field fields[] = {
	{ "source", NULL, FIELD_TEXT, "what it came in: options, certificate, answer, receipt", NULL },
	CERT_VERDICT_FIELDS,
	{ "trust", "Trust", FIELD_TEXT, "what anchored trust, in words", NULL },
	{ "batch", "Batch", FIELD_OBJECT, "--batch: how many of each verdict", cert_batch_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica verify-cert receipt.json", "a receipt of pay, by the key pinned here" },
	{ "fourmica verify-cert cert.json --key 0x8d63... --chain-id 84532 --vault 0x5649...",
	  "without wallet, network or configuration" },
	{ "fourmica verify-cert answer.json --online --expect-recipient 0x99bF... "
	  "--expect-amount 1.50usdc",
	  "what a seller wants to know before it delivers" },
	{ "jq -c . receipts/*.json | fourmica verify-cert --batch - --jsonl", "all of them" },
	{ 0 },
};
/* clang-format on */

/* ---- what was asked ---- */

static bool is_stdin(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

static enum fm_code check_line(const struct verify_cert *a, struct fm_err *err)
{
	int sources =
		(a->file != NULL) + (a->claims || a->signature) + (a->batch != NULL);
	int streams = is_stdin(a->file) + is_stdin(a->batch) + is_stdin(a->quote) +
		      is_stdin(a->receipt);

	if (!a->claims != !a->signature)
		return fm_fail(err, FM_E_USAGE, "--claims and --signature go together");
	if (sources > 1)
		return fm_fail(err, FM_E_USAGE,
			       "FILE, --claims and --batch: only one of them");
	if (a->batch && a->receipt)
		return fm_fail(err, FM_E_USAGE,
			       "--receipt is of one payment, --batch is of many");
	if (streams > 1)
		return fm_fail(err, FM_E_USAGE,
			       "standard input can be read for one thing only");
	if (sources || a->receipt)
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "verify-cert needs a certificate");
	return fm_hint(err, "name a file, or - for standard input; see: fourmica "
			    "verify-cert --help");
}

/* ---- one certificate ---- */

static enum fm_code read_file(struct cert_job *job, const char *path, struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, FM_CERT_INPUT_MAX);
	rc = app_read_file(&text, path, err);
	if (rc == FM_E_TOO_LARGE) {
		rc = err->code = FM_E_CERT;
		fm_rule(err, "%s", fm_cert_rule_word(FM_CERT_LENGTH));
	}
	if (!rc)
		rc = fm_cert_input_read(&job->input, fm_buf_span(&text), err);
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code read_input(struct cert_job *job, struct app *app,
			       const struct verify_cert *args, struct fm_err *err)
{
	enum fm_code rc;

	if (args->claims) {
		out_text(app->out, "source", "options");
		return fm_cert_input_hex(&job->input, fm_span_of(args->claims),
					 fm_span_of(args->signature), err);
	}
	rc = read_file(job, args->file ? args->file : args->receipt, err);
	if (!rc)
		out_text(app->out, "source", fm_cert_source_word(job->input.source));
	return rc;
}

/* The key a receipt was made under is another one than is believed now. Whether a key that was
 * replaced is still good is for the user to say: it may have been stolen. */
static void hint_at_key(struct app *app, const struct cert_job *job,
			const struct cert_trust *trust, struct fm_err *err)
{
	char key[2 * FM_BLS_KEY + 1] = "", until[FM_TIME_TEXT];

	if (job->verdict.rule != FM_CERT_PAIRING || !job->input.has_key ||
	    memcmp(job->input.key, trust->trust.key.bytes, FM_BLS_KEY) == 0)
		return;
	fm_hex_write(key, job->input.key, FM_BLS_KEY);
	if (cert_key_replaced(until, app, trust, job->input.key))
		fm_hint(err,
			"it was made under a key pinned here until %s; if that is "
			"still good: --key 0x%s",
			until, key);
	else
		fm_hint(err,
			"the receipt was made under another key; if you trust that "
			"one: --key 0x%s",
			key);
}

static void tell(struct app *app, const struct cert_job *job,
		 const struct cert_trust *trust, struct fm_err *err)
{
	const struct fm_cert_verdict *v = &job->verdict;
	bool known = cert_report(app, job, trust);

	out_text(app->out, "trust", cert_trust_words(trust));
	if (v->rule == FM_CERT_VERIFIED) {
		if (!known)
			out_warn(app->out, "unknown cycle: its id is of no usual period "
					   "around the time of the guarantee");
		if (v->cert.claims.timestamp > CERT_TIME_LAST)
			out_warn(app->out, "its time, %llu, is beyond the calendar",
				 (unsigned long long)v->cert.claims.timestamp);
		if (job->input.source == FM_CERT_RECEIPT)
			out_note(app->out, "The certificate is of the payment that this "
					   "receipt says was signed.");
	} else {
		*err = v->why;
		hint_at_key(app, job, trust, err);
	}
}

static enum fm_code one(struct app *app, const struct verify_cert *args,
			struct cert_wanted *wanted, struct fm_err *err)
{
	struct cert_job *job = calloc(1, sizeof(*job));
	struct cert_wanted resolved;
	struct cert_trust trust;
	enum fm_code rc;

	if (!job)
		return fm_nomem(err);
	rc = read_input(job, app, args, err);
	if (rc == FM_E_CERT) {
		job->verdict.why = *err;
		cert_report(app, job, NULL);
	}
	if (!rc)
		rc = cert_trust_find(&trust, app, args, wanted, &job->input, err);
	if (!rc)
		rc = cert_wanted_resolve(&resolved, wanted, app, trust.trust.chain_id,
					 err);
	if (!rc)
		rc = cert_check(&job, 1, app, &trust, &resolved, args->legacy, err);
	if (!rc) {
		tell(app, job, &trust, err);
		rc = job->verdict.why.code;
	}
	free(job);
	return rc;
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct verify_cert *args = values;
	struct cert_wanted wanted;
	enum fm_code rc = fm_init(err);

	if (!rc)
		rc = check_line(args, err);
	if (!rc)
		rc = cert_wanted_read(&wanted, args, err);
	if (!rc)
		rc = cert_place_read(&wanted, app, args, err);
	if (rc)
		return rc;
	return args->batch ? cert_batch(app, args, &wanted, err)
			   : one(app, args, &wanted, err);
}

const struct cmd cmd_verify_cert = {
	.name = "verify-cert",
	.summary = "verify a guarantee certificate, offline, and compare what it says",
	.details =
		"Reads a certificate as Core or a facilitator gives it (JSON with claims and "
		"signature), a payment-response value, a response saved with \"curl -i\", or a "
		"receipt of \"fourmica pay\", and runs every check: the form, the signature's "
		"point, the key, the pairing, the encoding byte for byte, version, domain, the "
		"policy of version 2, and the terms that were demanded. The first check that "
		"fails is named and decides the exit status.\n\n"
		"With --key, --chain-id and --vault nothing else is looked at: no wallet, no "
		"configuration, no network. Without --key the key pinned here for the network, "
		"or for the chain and vault a receipt names, is believed; without such a pin "
		"nothing is, and the exit status is 62. A receipt's own key is never believed "
		"by itself.\n\n"
		"A receipt is also held against the payment it says was signed. With --batch "
		"every line is a certificate in one of these forms; verdicts come in the order "
		"of the lines, and the exit status is that of the worst: 60 over 61 over 62. With "
		"--jsonl each verdict is a line with line, source, code, exit, message, and the "
		"members below that describe a certificate.\n\n"
		"\"fourmica help certificates\" says what a valid certificate proves.",
	.params = params,
	.size = sizeof(struct verify_cert),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-certificates 7",
	.run = run,
};
