/* SPDX-License-Identifier: MIT */
/* A guarantee's claims against an offer, in the order of the facilitator and then of Core: 4mica.md,
 * sections 7 and 12. */
#include "client/against.h"

#include "credit/members.h"

#include <stdio.h>
#include <string.h>

static void at(char field[static 64], const char *name)
{
	snprintf(field, 64, "payload.claims.%s", name);
}

static void broken(struct fm_against_work *w, const char *name, const char *code,
		   const char *expected)
{
	const struct fm_json *node = fm_json_get(w->p.claims, name);
	char field[64];

	at(field, name);
	fm_finding_node(w->out, field, code, expected, node,
			node ? "it cannot be read" : "it is missing");
}

/* ---- reading what is there ---- */

static bool need_addr(struct fm_addr *out, struct fm_against_work *w, const char *name,
		      const char *code)
{
	if (fm_member_addr(out, fm_json_get(w->p.claims, name)))
		return true;
	broken(w, name, code, "an address");
	return false;
}

static bool need_u256(struct fm_u256 *out, struct fm_against_work *w, const char *name)
{
	const struct fm_json *node = fm_json_get(w->p.claims, name);

	if (node && fm_json_u256(out, node))
		return true;
	broken(w, name, "payload_invalid", "a number");
	return false;
}

static bool need_u64(uint64_t *out, struct fm_against_work *w, const char *name)
{
	struct fm_u256 value;

	if (!need_u256(&value, w, name))
		return false;
	if (fm_u256_to_u64(out, &value))
		return true;
	broken(w, name, "payload_invalid", "a number below 2^64");
	return false;
}

static bool need_hash(struct fm_hash *out, struct fm_against_work *w, const char *name)
{
	if (fm_member_hash(out, fm_json_get(w->p.claims, name)))
		return true;
	broken(w, name, "payload_invalid", "0x and 64 hex digits");
	return false;
}

/** The documentation's numbers are another variant for the facilitator: 4mica.md 3.4. */
static bool read_version(struct fm_claims *out, struct fm_against_work *w)
{
	const struct fm_json *node = fm_json_get(w->p.claims, "version");
	uint64_t number;

	if (fm_json_is(node, "v1") || fm_json_is(node, "v2")) {
		out->version = fm_json_is(node, "v2") ? 2 : 1;
		return true;
	}
	if (!fm_json_u64(&number, node) || number < 1 || number > 2) {
		broken(w, "version", "payload_invalid", "v1 or v2");
		return false;
	}
	out->version = (int)number;
	fm_finding_node(w->out, "payload.claims.version", "payload_invalid",
			number == 1 ? "\"v1\"" : "\"v2\"", node,
			"Core takes the text, not the number");
	return true;
}

/** Members of the generation before this one, and a policy that Core does not look for. */
static void check_foreign(struct fm_against_work *w)
{
	static const char *const names[] = { "tab_id", "tabId", "total_amount",
					     "totalAmount" };
	static const char *const nested[] = { "validation_policy", "validationPolicy" };
	char field[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		at(field, names[i]);
		if (fm_json_get(w->p.claims, names[i]))
			fm_finding_node(w->out, field, "payload_invalid", "",
					fm_json_get(w->p.claims, names[i]),
					"it belongs to the tab generation, which Core no "
					"longer issues");
	}
	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++) {
		at(field, nested[i]);
		if (fm_json_get(w->p.claims, nested[i]))
			fm_finding_node(w->out, field, "payload_invalid", "",
					fm_json_get(w->p.claims, nested[i]),
					"the policy's members stand in the claims "
					"themselves");
	}
}

/* ---- against the offer ---- */

static void differ_addr(struct fm_against_work *w, const char *name, const char *code,
			const struct fm_addr *expected, const struct fm_addr *found,
			const char *message)
{
	char field[64], left[FM_ADDR_TEXT], right[FM_ADDR_TEXT];

	if (fm_addr_equal(expected, found))
		return;
	at(field, name);
	fm_addr_text(left, expected);
	fm_addr_text(right, found);
	fm_finding_texts(w->out, field, code, left, right, message);
}

static void differ_hash(struct fm_against_work *w, const char *name, const char *code,
			const struct fm_hash *expected, const struct fm_hash *found,
			const char *message)
{
	char field[64], left[FM_HASH_TEXT], right[FM_HASH_TEXT];

	if (fm_hash_equal(expected, found))
		return;
	at(field, name);
	fm_hash_text(left, expected);
	fm_hash_text(right, found);
	fm_finding_texts(w->out, field, code, left, right, message);
}

static void differ_u256(struct fm_against_work *w, const char *name, const char *code,
			const struct fm_u256 *expected, const struct fm_u256 *found,
			const char *message)
{
	char field[64], left[FM_U256_DEC], right[FM_U256_DEC];

	if (fm_u256_cmp(expected, found) == 0)
		return;
	at(field, name);
	fm_u256_dec(left, expected);
	fm_u256_dec(right, found);
	fm_finding_texts(w->out, field, code, left, right, message);
}

static void differ_u64(struct fm_against_work *w, const char *name, const char *code,
		       uint64_t expected, uint64_t found, const char *message)
{
	const struct fm_u256 left = fm_u256_from_u64(expected);
	const struct fm_u256 right = fm_u256_from_u64(found);

	differ_u256(w, name, code, &left, &right, message);
}

/** Recipient, asset, amount: the facilitator compares exactly. */
static bool check_terms(struct fm_claims *c, struct fm_against_work *w)
{
	const struct fm_offer *offer = w->offer;
	bool all = true;

	if (need_addr(&c->recipient, w, "recipient_address", "claim_recipient_invalid"))
		differ_addr(w, "recipient_address", "claim_recipient", &offer->pay_to,
			    &c->recipient, "the seller asks for another recipient");
	else
		all = false;
	if (need_addr(&c->asset, w, "asset_address", "payload_invalid"))
		differ_addr(w, "asset_address", "claim_asset", &offer->asset, &c->asset,
			    "the seller asks for another asset");
	else
		all = false;
	if (!need_u256(&c->amount, w, "amount"))
		return false;
	if (fm_u256_is_zero(&c->amount))
		broken(w, "amount", "claim_amount_zero", "more than 0");
	else
		differ_u256(w, "amount", "claim_amount", &offer->amount, &c->amount,
			    "the amount must be exactly what is asked for");
	return all;
}

/* ---- validation ---- */

static bool read_validation(struct fm_claims *c, struct fm_against_work *w)
{
	struct fm_validation *v = &c->validation;
	uint64_t score = 0;
	bool all = true;

	all &= need_addr(&v->registry, w, "validation_registry_address",
			 "payload_invalid");
	all &= need_u64(&v->chain_id, w, "validation_chain_id");
	all &= need_addr(&v->validator, w, "validator_address", "payload_invalid");
	all &= need_u256(&v->agent_id, w, "validator_agent_id");
	all &= need_u64(&score, w, "min_validation_score");
	all &= need_hash(&v->job_hash, w, "job_hash");
	all &= need_hash(&v->subject_hash, w, "validation_subject_hash");
	all &= need_hash(&v->request_hash, w, "validation_request_hash");
	if (!fm_member_tag(v, fm_json_get(w->p.claims, "required_validation_tag"))) {
		broken(w, "required_validation_tag", "payload_invalid",
		       "a text of at most 512 bytes");
		all = false;
	}
	if (all && (score < 1 || score > 100))
		broken(w, "min_validation_score", "claim_score", "1 to 100");
	if (score > UINT8_MAX)
		all = false;
	v->min_score = (uint8_t)score;
	return all;
}

static void check_tag(struct fm_against_work *w, const struct fm_validation *asked,
		      const struct fm_validation *v)
{
	const struct fm_json *node = fm_json_get(w->p.claims, "required_validation_tag");

	if (asked->tag_len == v->tag_len &&
	    (!v->tag_len || memcmp(asked->tag, v->tag, v->tag_len) == 0))
		return;
	fm_finding_node(w->out, "payload.claims.required_validation_tag", "claim_tag",
			"the offer's requiredValidationTag", node,
			"the seller asks for another tag");
}

static void check_policy(struct fm_against_work *w, const struct fm_validation *asked,
			 const struct fm_validation *v)
{
	differ_addr(w, "validation_registry_address", "claim_registry", &asked->registry,
		    &v->registry, "the seller asks for another registry");
	differ_u64(w, "validation_chain_id", "claim_validation_chain", asked->chain_id,
		   v->chain_id, "the validation must be on the payment's network");
	differ_addr(w, "validator_address", "claim_validator", &asked->validator,
		    &v->validator, "the seller asks for another validator");
	differ_u256(w, "validator_agent_id", "claim_agent", &asked->agent_id,
		    &v->agent_id, "the seller asks for another agent");
	differ_u64(w, "min_validation_score", "claim_score", asked->min_score,
		   v->min_score, "the seller asks for another score");
	differ_hash(w, "job_hash", "claim_job", &asked->job_hash, &v->job_hash,
		    "the seller asks for another job");
	check_tag(w, asked, v);
}

/** The two hashes follow from the rest: 4mica.md 3.5. */
static void check_hashes(struct fm_against_work *w, const struct fm_claims *c)
{
	struct fm_claims bound = *c;

	fm_claims_bind(&bound);
	differ_hash(w, "validation_subject_hash", "not_canonical",
		    &bound.validation.subject_hash, &c->validation.subject_hash,
		    "it is not the hash of these claims");
	differ_hash(w, "validation_request_hash", "not_canonical",
		    &bound.validation.request_hash, &c->validation.request_hash,
		    "it is not the hash of this policy");
}

/** False: the claims are not complete. */
static bool check_validation(struct fm_claims *c, struct fm_against_work *w,
			     bool complete)
{
	struct fm_validation asked;
	struct fm_err why;
	bool present;

	fm_err_init(&why);
	if (fm_validation_read(&asked, &present, w->offer, &why))
		fm_finding_texts(w->out, "extra", "extra_missing", "", "", why.msg);
	else if (present != (c->version == 2))
		fm_finding_texts(w->out, "payload.claims.version", "claim_registry",
				 present ? "v2" : "v1", present ? "v1" : "v2",
				 present ? "the seller asks for a validation, and v1 "
					   "signs none"
					 : "the seller asks for no validation");
	if (c->version != 2)
		return true;
	if (!read_validation(c, w))
		return false;
	if (!why.code && present)
		check_policy(w, &asked, &c->validation);
	if (complete)
		check_hashes(w, c);
	return true;
}

/* ---- the rest ---- */

static void check_time(struct fm_against_work *w, const struct fm_claims *c)
{
	char expected[FM_FINDING_TEXT];

	if (w->config->now_s >= 0 && c->timestamp <= (uint64_t)w->config->now_s)
		return;
	snprintf(expected, sizeof(expected), "at most %lld", (long long)w->config->now_s);
	fm_finding_node(w->out, "payload.claims.timestamp", "timestamp_ahead", expected,
			fm_json_get(w->p.claims, "timestamp"),
			"it is in the future of the clock here");
}

/** "eip712" or "eip191"; false, with a finding: another. */
static bool read_signing(bool *is_191, struct fm_against_work *w)
{
	const struct fm_json *node = fm_json_get(w->p.payload, "scheme");

	*is_191 = fm_json_is(node, "eip191");
	if (*is_191 || fm_json_is(node, "eip712"))
		return true;
	fm_finding_node(w->out, "payload.scheme", "payload_invalid", "eip712 or eip191",
			node, node ? "Core knows two" : "it is missing");
	return false;
}

void fm_against_credit(struct fm_against_work *w)
{
	struct fm_claims c = { .version = 0 };
	uint8_t sig[65];
	bool complete, is_191 = false, has_signature = fm_against_signature(sig, w);

	(void)read_signing(&is_191, w);
	check_foreign(w);
	complete = read_version(&c, w);
	w->out->has_payer = need_addr(&c.user, w, "user_address", "payload_invalid");
	w->out->payer = c.user;
	complete = w->out->has_payer && complete;
	complete = check_terms(&c, w) && complete;
	complete = need_u256(&c.req_id, w, "req_id") && complete;
	if (need_u64(&c.timestamp, w, "timestamp"))
		check_time(w, &c);
	else
		complete = false;
	if (c.version)
		complete = check_validation(&c, w, complete) && complete;
	w->out->guarantee_version = c.version;
	if (complete && has_signature)
		fm_against_sign_credit(w, &c, sig, is_191);
}
