/* SPDX-License-Identifier: MIT */
/* A verdict, told field by field. */
#include "cert.h"

#include <string.h>

/* clang-format off */
const struct field cert_cycle_fields[] = {
	{ "text", "Text", FIELD_TEXT, "its text id at Core; null when it could not be found", NULL },
	{ "id", "Id", FIELD_HASH, "its id on chain", NULL },
	{ "start", "Start", FIELD_TIME, "when it began; null when not known", NULL },
	{ "length_seconds", "Seconds", FIELD_NUMBER, "its usual length, not proved; null when not known", NULL },
	{ 0 },
};

const struct field cert_validation_fields[] = {
	{ "validation_registry_address", "Registry", FIELD_ADDRESS, "validation registry", NULL },
	{ "validation_request_hash", NULL, FIELD_HASH, "hash of the whole policy", NULL },
	{ "validation_chain_id", NULL, FIELD_NUMBER, "chain of the registry", NULL },
	{ "validator_address", "Validator", FIELD_ADDRESS, "who validates", NULL },
	{ "validator_agent_id", "Agent id", FIELD_U256, "the validator's agent id", NULL },
	{ "min_validation_score", "Least score", FIELD_NUMBER, "1 to 100", NULL },
	{ "validation_subject_hash", NULL, FIELD_HASH, "hash of the payment it is about", NULL },
	{ "job_hash", "Job", FIELD_HASH, "job the validation is of", NULL },
	{ "required_validation_tag", "Tag", FIELD_TEXT, "required tag, may be empty", NULL },
	{ 0 },
};
/* clang-format on */

static bool report_cycle(struct out *o, const struct fm_cert *cert)
{
	struct fm_cycle_guess cycle;
	struct fm_hash id;
	bool known = fm_cycle_guess(&cycle, &cert->cycle_id, &cert->claims.asset,
				    cert->claims.timestamp);

	fm_u256_to_be(id.b, &cert->cycle_id);
	out_object(o, "cycle");
	out_hash(o, "id", &id);
	if (known) {
		out_text(o, "text", cycle.text);
		out_time(o, "start", (int64_t)cycle.start_s);
		out_number(o, "length_seconds", cycle.length_s);
	}
	out_end(o);
	return known;
}

static void report_validation(struct out *o, const struct fm_validation *v)
{
	out_object(o, "validation");
	out_address(o, "validation_registry_address", &v->registry);
	out_hash(o, "validation_request_hash", &v->request_hash);
	out_number(o, "validation_chain_id", (int64_t)v->chain_id);
	out_address(o, "validator_address", &v->validator);
	out_u256(o, "validator_agent_id", &v->agent_id);
	out_number(o, "min_validation_score", v->min_score);
	out_hash(o, "validation_subject_hash", &v->subject_hash);
	out_hash(o, "job_hash", &v->job_hash);
	out_span(o, "required_validation_tag", (struct fm_span){ v->tag, v->tag_len });
	out_end(o);
}

struct fm_amount cert_amount(const struct app *app, uint64_t chain_id,
			     const struct fm_claims *claims)
{
	const struct fm_asset unknown = { .chain_id = chain_id,
					  .address = claims->asset };
	const struct fm_asset *asset = app_asset(app, chain_id, &claims->asset);

	return fm_amount_of(&claims->amount, asset ? asset : &unknown);
}

static bool report_cert(struct app *app, const struct fm_cert *cert, uint64_t chain_id)
{
	const struct fm_claims *claims = &cert->claims;
	struct fm_amount amount = cert_amount(app, chain_id, claims);
	struct out *o = app->out;

	out_amount(o, "amount", &amount);
	out_address(o, "asset", &claims->asset);
	out_address(o, "payer", &claims->user);
	out_address(o, "recipient", &claims->recipient);
	out_u256(o, "req_id", &claims->req_id);
	if (claims->timestamp <= CERT_TIME_LAST)
		out_time(o, "timestamp", (int64_t)claims->timestamp);
	out_number(o, "version", cert->version);
	out_text(o, "form", cert->envelope ? "envelope" : "legacy");
	out_hash(o, "domain", &cert->domain);
	if (cert->version == 2)
		report_validation(o, &claims->validation);
	return report_cycle(o, cert);
}

void cert_report_trust(struct out *o, const struct cert_trust *trust)
{
	const struct fm_cert_trust *t = &trust->trust;
	char key[2 * FM_BLS_KEY + 3] = "0x";

	if (t->chain_id)
		out_number(o, "chain_id", (int64_t)t->chain_id);
	if (!fm_addr_is_zero(&t->vault))
		out_address(o, "vault", &t->vault);
	out_text(o, "anchor", fm_anchor_word(t->anchor));
	if (t->anchor == FM_ANCHOR_NONE)
		return;
	fm_hex_write(key + 2, t->key.bytes, FM_BLS_KEY);
	out_text(o, "key", key);
}

bool cert_report(struct app *app, const struct cert_job *job,
		 const struct cert_trust *trust)
{
	const struct fm_cert_verdict *v = &job->verdict;
	struct out *o = app->out;
	bool verified = v->rule == FM_CERT_VERIFIED && !v->why.code;

	out_bool(o, "verified", verified);
	out_text(o, "rule", v->why.rule[0] ? v->why.rule : NULL);
	out_text(o, "field", v->field);
	if (v->field) {
		out_text(o, "expected", v->expected[0] ? v->expected : NULL);
		out_text(o, "actual", v->actual);
	}
	if (trust)
		cert_report_trust(o, trust);
	return v->decoded &&
	       report_cert(app, &v->cert, trust ? trust->trust.chain_id : 0);
}
