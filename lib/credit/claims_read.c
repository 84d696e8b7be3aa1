/* SPDX-License-Identifier: MIT */
/* Claims in the wire form of files and requests. Strict in what would be signed, tolerant in
 * how it is written: 4mica.md, sections 3.4 and 13. */
#include <fourmica/credit.h>

#include "credit/members.h"
#include "x402/header.h"

#include <string.h>

static enum fm_code broken(struct fm_err *err, const char *name,
			   const struct fm_json *node, const char *rule)
{
	char shown[96];
	if (!node)
		return fm_fail(err, FM_E_MALFORMED, "claims: %s is missing", name);
	fm_node_show(shown, sizeof(shown), node);
	return fm_fail(err, FM_E_MALFORMED, "claims: %s is \"%s\": %s", name, shown,
		       rule);
}

static enum fm_code read_addr(struct fm_addr *out, const struct fm_json *claims,
			      const char *name, struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(claims, name);
	if (fm_member_addr(out, node))
		return FM_OK;
	return broken(err, name, node, "an address has 40 hex digits");
}

static enum fm_code read_u256(struct fm_u256 *out, const struct fm_json *claims,
			      const char *name, struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(claims, name);
	if (node && fm_json_u256(out, node))
		return FM_OK;
	return broken(err, name, node, "a number is decimal or 0x hex, at most 2^256-1");
}

static enum fm_code read_u64(uint64_t *out, const struct fm_json *claims,
			     const char *name, struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(claims, name);
	struct fm_u256 value;
	if (node && fm_json_u256(&value, node) && fm_u256_to_u64(out, &value))
		return FM_OK;
	return broken(err, name, node, "a whole number is at most 2^64-1");
}

/* Absent: *out keeps what it has and *there is false. */
static enum fm_code read_hash(struct fm_hash *out, bool *there,
			      const struct fm_json *claims, const char *name,
			      struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(claims, name);
	*there = !fm_json_absent(node);
	if (!*there || fm_member_hash(out, node))
		return FM_OK;
	return broken(err, name, node, "a hash is 0x and 64 hex digits");
}

static enum fm_code read_version(int *out, const struct fm_json *claims,
				 struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(claims, "version");
	uint64_t number = 0;
	if (fm_json_is(node, "v1") || (fm_json_u64(&number, node) && number == 1))
		*out = 1;
	else if (fm_json_is(node, "v2") || (fm_json_u64(&number, node) && number == 2))
		*out = 2;
	else
		return broken(err, "version", node, "a guarantee is \"v1\" or \"v2\"");
	return FM_OK;
}

/* Members that mean another kind of claims: signing the rest would sign something else. */
static enum fm_code refuse_foreign(const struct fm_json *claims, struct fm_err *err)
{
	static const char *const tab[] = { "tab_id", "tabId", "total_amount",
					   "totalAmount" };
	static const char *const nested[] = { "validation_policy", "validationPolicy" };
	for (size_t i = 0; i < sizeof(tab) / sizeof(tab[0]); i++) {
		if (fm_json_get(claims, tab[i]))
			return fm_fail(
				err, FM_E_MALFORMED,
				"claims: %s belongs to the tab generation of 4Mica, whose "
				"guarantees are not signed here",
				tab[i]);
	}
	for (size_t i = 0; i < sizeof(nested) / sizeof(nested[0]); i++) {
		if (fm_json_get(claims, nested[i]))
			return fm_fail(
				err, FM_E_MALFORMED,
				"claims: a nested %s is not read by Core: its members "
				"stand in the claims themselves",
				nested[i]);
	}
	return FM_OK;
}

/* A policy in claims of version 1 would be left out of what is signed. */
static enum fm_code refuse_policy(const struct fm_json *claims, struct fm_err *err)
{
	static const char *const names[] = {
		"validation_registry_address", "validation_request_hash",
		"validation_chain_id",	       "validator_address",
		"validator_agent_id",	       "min_validation_score",
		"validation_subject_hash",     "job_hash",
		"required_validation_tag",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!fm_json_absent(fm_json_get(claims, names[i])))
			return fm_fail(
				err, FM_E_MALFORMED,
				"claims: %s needs version \"v2\": version 1 signs no "
				"validation",
				names[i]);
	}
	return FM_OK;
}

static enum fm_code read_tag(struct fm_validation *out, const struct fm_json *claims,
			     struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(claims, "required_validation_tag");
	if (fm_member_tag(out, node))
		return FM_OK;
	return broken(err, "required_validation_tag", node,
		      "a tag is a text of at most 512 bytes");
}

static enum fm_code read_score(uint8_t *out, const struct fm_json *claims,
			       struct fm_err *err)
{
	uint64_t score = 0;
	enum fm_code rc = read_u64(&score, claims, "min_validation_score", err);
	if (rc)
		return rc;
	if (score < 1 || score > 100)
		return broken(err, "min_validation_score",
			      fm_json_get(claims, "min_validation_score"),
			      "a score is 1 to 100");
	*out = (uint8_t)score;
	return FM_OK;
}

/* The two hashes follow from the rest: given ones must be right, missing ones are filled in. */
static enum fm_code check_hashes(struct fm_claims *out, const struct fm_json *claims,
				 struct fm_err *err)
{
	struct fm_hash subject, request;
	bool has_subject, has_request;
	enum fm_code rc =
		read_hash(&subject, &has_subject, claims, "validation_subject_hash", err);
	if (!rc)
		rc = read_hash(&request, &has_request, claims, "validation_request_hash",
			       err);
	if (rc)
		return rc;
	fm_claims_bind(out);
	if (has_subject && !fm_hash_equal(&subject, &out->validation.subject_hash))
		return broken(err, "validation_subject_hash",
			      fm_json_get(claims, "validation_subject_hash"),
			      "it is not the hash of these claims");
	if (has_request && !fm_hash_equal(&request, &out->validation.request_hash))
		return broken(err, "validation_request_hash",
			      fm_json_get(claims, "validation_request_hash"),
			      "it is not the hash of this policy");
	return FM_OK;
}

static enum fm_code read_validation(struct fm_claims *out, const struct fm_json *claims,
				    struct fm_err *err)
{
	static const struct fm_hash zero;
	struct fm_validation *v = &out->validation;
	bool there = false;
	enum fm_code rc =
		read_addr(&v->registry, claims, "validation_registry_address", err);
	if (!rc)
		rc = read_u64(&v->chain_id, claims, "validation_chain_id", err);
	if (!rc)
		rc = read_addr(&v->validator, claims, "validator_address", err);
	if (!rc)
		rc = read_u256(&v->agent_id, claims, "validator_agent_id", err);
	if (!rc)
		rc = read_score(&v->min_score, claims, err);
	if (!rc)
		rc = read_hash(&v->job_hash, &there, claims, "job_hash", err);
	if (!rc && (!there || fm_hash_equal(&v->job_hash, &zero)))
		rc = fm_fail(err, FM_E_MALFORMED,
			     "claims: job_hash must be given and not zero");
	if (!rc)
		rc = read_tag(v, claims, err);
	return rc ? rc : check_hashes(out, claims, err);
}

static enum fm_code read_claims(struct fm_claims *out, const struct fm_json *claims,
				struct fm_err *err)
{
	enum fm_code rc = refuse_foreign(claims, err);
	if (!rc)
		rc = read_version(&out->version, claims, err);
	if (!rc)
		rc = read_addr(&out->user, claims, "user_address", err);
	if (!rc)
		rc = read_addr(&out->recipient, claims, "recipient_address", err);
	if (!rc)
		rc = read_u256(&out->req_id, claims, "req_id", err);
	if (!rc)
		rc = read_u256(&out->amount, claims, "amount", err);
	if (!rc)
		rc = read_addr(&out->asset, claims, "asset_address", err);
	if (!rc)
		rc = read_u64(&out->timestamp, claims, "timestamp", err);
	if (rc)
		return rc;
	return out->version == 2 ? read_validation(out, claims, err)
				 : refuse_policy(claims, err);
}

enum fm_code fm_claims_read(struct fm_claims *out, struct fm_span json,
			    struct fm_err *err)
{
	struct fm_json *doc = NULL;
	struct fm_claims read = { .version = 0 };
	enum fm_code rc = fm_json_parse(&doc, json, true, err);
	if (rc)
		return fm_within(err, "claims");
	const struct fm_json *claims = fm_json_get(doc, "claims");
	if (!claims)
		claims = doc;
	if (claims->type != FM_JSON_OBJECT)
		rc = fm_fail(err, FM_E_MALFORMED, "claims: not an object");
	else
		rc = read_claims(&read, claims, err);
	if (!rc)
		*out = read;
	fm_json_free(&doc);
	return rc;
}
