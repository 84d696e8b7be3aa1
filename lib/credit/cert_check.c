/* SPDX-License-Identifier: MIT */
/* Is a certificate to be believed? The checks of 4mica.md, section 5.4, in the order of
 * FM_CERT_RULES. */
#include "credit/cert.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the signature ---- */

/* Decoding is cheap and comes first, so that a caller can show what it is that was
 * refused; a signature that is wrong takes the place of what decoding found. */
static void begin(struct fm_cert_item *item, bool legacy)
{
	struct fm_cert_verdict *v = &item->verdict;

	memset(v, 0, sizeof(*v));
	v->rule = fm_cert_read(&v->cert, item->claims, legacy, &v->why);
	v->decoded = v->rule == FM_CERT_VERIFIED;
	if (v->rule != FM_CERT_LENGTH && item->signature.len != FM_BLS_SIG)
		v->rule = fm_cert_refuse(
			&v->why, FM_CERT_LENGTH,
			"the signature has %zu bytes, a compressed signature has %u",
			item->signature.len, FM_BLS_SIG);
}

static bool has_signature(const struct fm_cert_item *item)
{
	return item->verdict.rule != FM_CERT_LENGTH;
}

static void judge_signature(struct fm_cert_verdict *v, enum fm_bls_fault fault)
{
	if (!fault)
		return;
	v->rule = fm_cert_fault_rule(fault, FM_CERT_SIG_POINT);
	if (v->rule != FM_CERT_PAIRING) {
		fm_cert_refuse(&v->why, v->rule, "the signature %s",
			       fm_bls_fault_text(fault));
		return;
	}
	fm_cert_refuse(&v->why, v->rule,
		       "the signature is not the trusted key's over these claims");
	fm_hint(&v->why, "the claims were altered, or another key signed them");
}

static void judge_untrusted(struct fm_cert_item *item)
{
	struct fm_cert_verdict *v = &item->verdict;
	enum fm_bls_fault fault =
		fm_bls_signature_check((const uint8_t *)item->signature.ptr);

	if (fault) {
		judge_signature(v, fault);
		return;
	}
	v->rule = fm_cert_refuse(&v->why, FM_CERT_KEY,
				 "no trusted key to verify the certificate with");
	fm_hint(&v->why, "--key names one; networks refresh pins the network's own");
}

static enum fm_code check_signatures(struct fm_cert_item *items, size_t count,
				     const struct fm_cert_trust *trust,
				     const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_bls_item *batch = calloc(count, sizeof(*batch));
	size_t members = 0, at = 0;
	enum fm_code rc = FM_OK;

	if (!batch)
		return fm_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct fm_cert_item *item = &items[i];
		if (has_signature(item))
			batch[members++] = (struct fm_bls_item){
				.msg = item->claims.ptr,
				.len = item->claims.len,
				.sig = (const uint8_t *)item->signature.ptr,
			};
	}
	if (members)
		rc = fm_bls_verify_batch(batch, members, &trust->key, rand, err);
	for (size_t i = 0; !rc && i < count; i++) {
		if (has_signature(&items[i]))
			judge_signature(&items[i].verdict, batch[at++].verdict);
	}
	free(batch);
	return rc;
}

/* ---- version, domain, policy ---- */

static enum fm_cert_rule check_version(struct fm_cert_verdict *v,
				       const struct fm_cert_trust *trust)
{
	int version = v->cert.version;

	if (trust->version[version - 1].enabled)
		return FM_CERT_VERIFIED;
	fm_cert_refuse(&v->why, FM_CERT_VERSION,
		       "guarantee version %d is not enabled for this vault", version);
	fm_hint(&v->why, "networks refresh asks what is enabled now");
	return FM_CERT_VERSION;
}

static enum fm_cert_rule check_domain(struct fm_cert_verdict *v,
				      const struct fm_cert_trust *trust)
{
	int version = v->cert.version, other = 3 - version;
	const struct fm_trust_version *own = &trust->version[version - 1];
	const struct fm_trust_version *beside = &trust->version[other - 1];

	if (own->has_domain && fm_hash_equal(&own->domain, &v->cert.domain))
		return FM_CERT_VERIFIED;
	v->field = "domain";
	fm_hash_text(v->actual, &v->cert.domain);
	if (!own->has_domain) {
		fm_cert_refuse(&v->why, FM_CERT_DOMAIN,
			       "the domain is %s, and none is known for version %d",
			       v->actual, version);
		fm_hint(&v->why, "--domain names it; --chain-id and --vault give it");
		return FM_CERT_DOMAIN;
	}
	fm_hash_text(v->expected, &own->domain);
	fm_cert_refuse(&v->why, FM_CERT_DOMAIN, "the domain is %s, expected %s",
		       v->actual, v->expected);
	if (beside->has_domain && fm_hash_equal(&beside->domain, &v->cert.domain))
		fm_hint(&v->why, "it is the domain of version %d", other);
	else
		fm_hint(&v->why, "it is a certificate of another chain or vault");
	return FM_CERT_DOMAIN;
}

/* Both hashes bind the policy to the payment: recomputed from what the certificate
 * says. */
static enum fm_cert_rule check_hashes(struct fm_cert_verdict *v)
{
	const struct fm_validation *policy = &v->cert.claims.validation;
	struct fm_claims bound = v->cert.claims;
	char own[FM_HASH_TEXT], right[FM_HASH_TEXT];
	const char *name = "subject";
	const struct fm_hash *is = &policy->subject_hash;
	const struct fm_hash *should = &bound.validation.subject_hash;

	fm_claims_bind(&bound);
	if (fm_hash_equal(is, should)) {
		name = "request";
		is = &policy->request_hash;
		should = &bound.validation.request_hash;
		if (fm_hash_equal(is, should))
			return FM_CERT_VERIFIED;
	}
	fm_hash_text(own, is);
	fm_hash_text(right, should);
	return fm_cert_refuse(&v->why, FM_CERT_POLICY,
			      "the validation %s hash is %s, its fields give %s", name,
			      own, right);
}

static enum fm_cert_rule check_registry(struct fm_cert_verdict *v,
					const struct fm_cert_trust *trust)
{
	const struct fm_addr *own = &v->cert.claims.validation.registry;
	char text[FM_ADDR_TEXT];

	for (size_t i = 0; i < trust->registry_count; i++) {
		if (fm_addr_equal(&trust->registries[i], own))
			return FM_CERT_VERIFIED;
	}
	if (!trust->registry_count)
		return FM_CERT_VERIFIED;
	fm_addr_text(text, own);
	return fm_cert_refuse(
		&v->why, FM_CERT_POLICY,
		"the validation registry %s is none of the %zu trusted ones", text,
		trust->registry_count);
}

static enum fm_cert_rule check_policy(struct fm_cert_verdict *v,
				      const struct fm_cert_trust *trust)
{
	static const struct fm_hash zero;
	const struct fm_validation *policy = &v->cert.claims.validation;
	enum fm_cert_rule rule;

	if (v->cert.version != 2)
		return FM_CERT_VERIFIED;
	if (policy->min_score < 1 || policy->min_score > 100)
		return fm_cert_refuse(&v->why, FM_CERT_POLICY,
				      "the validation score is %u, it must be 1 to 100",
				      policy->min_score);
	if (fm_hash_equal(&policy->job_hash, &zero))
		return fm_cert_refuse(&v->why, FM_CERT_POLICY, "the job hash is zero");
	rule = check_hashes(v);
	if (rule)
		return rule;
	if (trust->chain_id && policy->chain_id != trust->chain_id)
		return fm_cert_refuse(&v->why, FM_CERT_POLICY,
				      "the validation chain id is %" PRIu64
				      ", the vault's is %" PRIu64,
				      policy->chain_id, trust->chain_id);
	if (!fm_utf8_ok((struct fm_span){ policy->tag, policy->tag_len }))
		return fm_cert_refuse(&v->why, FM_CERT_POLICY,
				      "the validation tag is not UTF-8");
	return check_registry(v, trust);
}

/* ---- what the asker insists on ---- */

/* Each: is the value another than the one wanted? Then both are noted. */

static bool addr_differs(struct fm_cert_verdict *v, const char *field,
			 const struct fm_addr *want, const struct fm_addr *got)
{
	if (!want || fm_addr_equal(want, got))
		return false;
	v->field = field;
	fm_addr_text(v->expected, want);
	fm_addr_text(v->actual, got);
	return true;
}

static bool u256_differs(struct fm_cert_verdict *v, const char *field,
			 const struct fm_u256 *want, const struct fm_u256 *got)
{
	if (!want || fm_u256_cmp(want, got) == 0)
		return false;
	v->field = field;
	fm_u256_dec(v->expected, want);
	fm_u256_dec(v->actual, got);
	return true;
}

static bool u64_differs(struct fm_cert_verdict *v, const char *field, uint64_t want,
			uint64_t got)
{
	struct fm_u256 wide_want = fm_u256_from_u64(want);
	struct fm_u256 wide_got = fm_u256_from_u64(got);

	return u256_differs(v, field, &wide_want, &wide_got);
}

static bool hash_differs(struct fm_cert_verdict *v, const char *field,
			 const struct fm_hash *want, const struct fm_hash *got)
{
	if (fm_hash_equal(want, got))
		return false;
	v->field = field;
	fm_hash_text(v->expected, want);
	fm_hash_text(v->actual, got);
	return true;
}

static bool cycle_differs(struct fm_cert_verdict *v, const struct fm_u256 *want,
			  const struct fm_u256 *got)
{
	struct fm_hash wanted, gotten;

	if (!want)
		return false;
	fm_u256_to_be(wanted.b, want);
	fm_u256_to_be(gotten.b, got);
	return hash_differs(v, "cycle_id", &wanted, &gotten);
}

/* Escaping makes at most four characters of a byte; of a long tag the size is told,
 * too. */
#define TAG_SHOWN 32

static void tag_text(char out[static FM_CERT_VALUE_TEXT], const struct fm_validation *v)
{
	struct fm_buf text;

	fm_buf_init(&text, FM_CERT_VALUE_TEXT - 1);
	fm_text_escape(&text, (struct fm_span){ v->tag, v->tag_len }, TAG_SHOWN);
	if (v->tag_len > TAG_SHOWN)
		fm_buf_fmt(&text, " (%zu bytes)", v->tag_len);
	snprintf(out, FM_CERT_VALUE_TEXT, "%s",
		 fm_buf_ok(&text) && text.ptr ? text.ptr : "");
	fm_buf_clear(&text);
}

static bool tag_differs(struct fm_cert_verdict *v, const struct fm_validation *want,
			const struct fm_validation *got)
{
	if (want->tag_len == got->tag_len && !memcmp(want->tag, got->tag, got->tag_len))
		return false;
	v->field = "required_validation_tag";
	tag_text(v->expected, want);
	tag_text(v->actual, got);
	return true;
}

static bool policy_differs(struct fm_cert_verdict *v, const struct fm_validation *want)
{
	const struct fm_validation *got = &v->cert.claims.validation;

	return want &&
	       (addr_differs(v, "validation_registry_address", &want->registry,
			     &got->registry) ||
		u64_differs(v, "validation_chain_id", want->chain_id, got->chain_id) ||
		addr_differs(v, "validator_address", &want->validator, &got->validator) ||
		u256_differs(v, "validator_agent_id", &want->agent_id, &got->agent_id) ||
		u64_differs(v, "min_validation_score", want->min_score, got->min_score) ||
		hash_differs(v, "job_hash", &want->job_hash, &got->job_hash) ||
		tag_differs(v, want, got));
}

static bool version_differs(struct fm_cert_verdict *v, const struct fm_cert_expect *want)
{
	int version = want->version ? want->version : want->validation ? 2 : 0;

	return version &&
	       u64_differs(v, "version", (uint64_t)version, (uint64_t)v->cert.version);
}

static bool any_differs(struct fm_cert_verdict *v, const struct fm_cert_expect *want)
{
	const struct fm_claims *got = &v->cert.claims;

	return version_differs(v, want) ||
	       addr_differs(v, "payer", want->payer, &got->user) ||
	       addr_differs(v, "recipient", want->recipient, &got->recipient) ||
	       u256_differs(v, "amount", want->amount, &got->amount) ||
	       addr_differs(v, "asset", want->asset, &got->asset) ||
	       u256_differs(v, "req_id", want->req_id, &got->req_id) ||
	       (want->timestamp &&
		u64_differs(v, "timestamp", *want->timestamp, got->timestamp)) ||
	       cycle_differs(v, want->cycle_id, &v->cert.cycle_id) ||
	       policy_differs(v, want->validation);
}

static enum fm_cert_rule check_expectation(struct fm_cert_verdict *v,
					   const struct fm_cert_expect *want)
{
	if (!want || !any_differs(v, want))
		return FM_CERT_VERIFIED;
	return fm_cert_refuse(&v->why, FM_CERT_EXPECTATION, "the %s is %s, expected %s",
			      v->field, v->actual[0] ? v->actual : "empty",
			      v->expected[0] ? v->expected : "empty");
}

/* ---- all of it ---- */

static void check_content(struct fm_cert_item *item, const struct fm_cert_trust *trust)
{
	struct fm_cert_verdict *v = &item->verdict;

	if (!v->rule)
		v->rule = check_version(v, trust);
	if (!v->rule)
		v->rule = check_domain(v, trust);
	if (!v->rule)
		v->rule = check_policy(v, trust);
	if (!v->rule)
		v->rule = check_expectation(v, item->expect);
}

/* Nothing was found out, so nothing is believed. */
static void give_up(struct fm_cert_item *items, size_t count, const struct fm_err *why)
{
	for (size_t i = 0; i < count; i++) {
		if (!has_signature(&items[i]))
			continue;
		items[i].verdict.rule = FM_CERT_PAIRING;
		items[i].verdict.why = *why;
	}
}

static int badness(enum fm_code code)
{
	return code == FM_E_CERT	? 3
	       : code == FM_E_CERT_DIFF ? 2
	       : code == FM_E_CERT_KEY	? 1
					: 0;
}

static enum fm_code worst(const struct fm_cert_item *items, size_t count,
			  struct fm_err *err)
{
	const struct fm_cert_verdict *bad = &items[0].verdict;

	for (size_t i = 1; i < count; i++) {
		const struct fm_cert_verdict *v = &items[i].verdict;
		if (badness(v->why.code) > badness(bad->why.code))
			bad = v;
	}
	if (bad->rule && err)
		*err = bad->why;
	return fm_cert_rule_code(bad->rule);
}

enum fm_code fm_cert_verify(struct fm_cert_item *items, size_t count,
			    const struct fm_cert_trust *trust, bool legacy,
			    const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_err why;
	enum fm_code rc = FM_OK;

	assert(count && count <= FM_BLS_BATCH_MAX);
	fm_err_init(&why);
	for (size_t i = 0; i < count; i++)
		begin(&items[i], legacy);
	if (trust->anchor != FM_ANCHOR_NONE)
		rc = check_signatures(items, count, trust, rand, &why);
	if (rc) {
		give_up(items, count, &why);
		if (err)
			*err = why;
		return rc;
	}
	for (size_t i = 0; i < count; i++) {
		if (trust->anchor == FM_ANCHOR_NONE && has_signature(&items[i]))
			judge_untrusted(&items[i]);
		check_content(&items[i], trust);
	}
	return worst(items, count, err);
}
