/* SPDX-License-Identifier: MIT */
/* Guarantee claims and certificates, as the 4Mica vectors have them. */
#include <evm/sign.h>
#include <fourmica/credit.h>
#include <vectors.h>

#include <string.h>

#define TEXT_MAX 65536u

/* ---- guarantee_v1.json, guarantee_v2.json ---- */

static bool read_domain(struct vectors *v, struct fm_credit_domain *out,
			const struct fm_json *c)
{
	return expect(v,
		      fm_json_cstr(out->name, sizeof(out->name),
				   vector_get(c, "domain.name")) &&
			      fm_json_cstr(out->version, sizeof(out->version),
					   vector_get(c, "domain.version")) &&
			      fm_json_u64(&out->chain_id,
					  vector_get(c, "domain.chainId")),
		      "the domain cannot be read");
}

static bool expect_hash(struct vectors *v, const struct fm_json *c, const char *path,
			const struct fm_hash *got)
{
	char text[FM_HASH_TEXT];
	fm_hash_text(text, got);
	return expect_str(v, c, path, text);
}

static bool expect_signature(struct vectors *v, const struct fm_json *c, const char *path,
			     struct fm_sig *sig, const struct fm_hash *digest)
{
	struct fm_secret *key = NULL;
	char text[FM_SIG_TEXT];
	bool good =
		expect(v,
		       fm_key_from_text(&key, vector_need(v, c, "private_key"), NULL) ==
			       FM_OK,
		       "key") &&
		expect(v, fm_sign_digest(sig, key, digest, NULL) == FM_OK, "not signed");
	fm_secret_free(&key);
	if (!good)
		return false;
	fm_sig_text(text, sig);
	return expect_str(v, c, path, text);
}

static bool check_typed(struct vectors *v, const struct fm_json *c,
			const struct fm_claims *claims,
			const struct fm_credit_domain *domain)
{
	struct fm_hash digest, separator, own, under;
	struct fm_buf payload;
	struct fm_sig sig;
	struct fm_err err;
	fm_err_init(&err);
	fm_buf_init(&payload, TEXT_MAX);
	bool good =
		expect(v,
		       fm_claims_digest(&digest, &separator, &own, claims, domain, false,
					&err) == FM_OK,
		       "no digest: %s", err.msg) &&
		expect_hash(v, c, "domain_separator", &separator) &&
		expect_hash(v, c, "struct_hash", &own) &&
		expect_hash(v, c, "eip712_digest", &digest) &&
		expect(v,
		       fm_claims_digest_under(&under, claims, &separator, &err) == FM_OK,
		       "no digest: %s", err.msg) &&
		expect_hash(v, c, "eip712_digest", &under) &&
		expect_signature(v, c, "eip712_signature", &sig, &digest);
	if (good) {
		fm_claims_payload(&payload, claims, &sig, false);
		good = expect_str(v, c, "request_json",
				  fm_buf_ok(&payload) ? payload.ptr : "");
	}
	fm_buf_clear(&payload);
	return good;
}

static bool check_raw(struct vectors *v, const struct fm_json *c,
		      const struct fm_claims *claims,
		      const struct fm_credit_domain *domain)
{
	struct fm_span want = vector_hex(v, c, "eip191_core.message_hex");
	struct fm_hash digest;
	struct fm_buf abi;
	struct fm_sig sig;
	fm_buf_init(&abi, TEXT_MAX);
	fm_claims_abi(&abi, claims);
	bool good = expect(
		v, want.ptr && want.len == abi.len && !memcmp(want.ptr, abi.ptr, abi.len),
		"the encoding differs");
	fm_buf_clear(&abi);
	return good &&
	       expect(v,
		      fm_claims_digest(&digest, NULL, NULL, claims, domain, true, NULL) ==
			      FM_OK,
		      "no digest") &&
	       expect_hash(v, c, "eip191_core.digest", &digest) &&
	       expect_signature(v, c, "eip191_core.signature", &sig, &digest);
}

static bool check_guarantee(struct vectors *v, const struct fm_json *c)
{
	struct fm_credit_domain domain;
	struct fm_claims claims, again;
	struct fm_err err;
	fm_err_init(&err);
	return read_domain(v, &domain, c) &&
	       expect(v,
		      fm_claims_read(&claims, fm_json_get(c, "claims")->src, &err) ==
			      FM_OK,
		      "the claims cannot be read: %s", err.msg) &&
	       check_typed(v, c, &claims, &domain) && check_raw(v, c, &claims, &domain) &&
	       expect(v,
		      fm_claims_read(&again, vector_need(v, c, "request_json"), &err) ==
			      FM_OK,
		      "the request cannot be read: %s", err.msg) &&
	       check_typed(v, c, &again, &domain);
}

/* ---- certificates ---- */

static bool expect_addr(struct vectors *v, const struct fm_json *c, const char *path,
			const struct fm_addr *got)
{
	char text[FM_ADDR_TEXT];
	fm_addr_text(text, got);
	return expect_str(v, c, path, text);
}

static bool expect_dec(struct vectors *v, const struct fm_json *c, const char *path,
		       const struct fm_u256 *got)
{
	struct fm_u256 want;
	return expect(
		v, fm_json_u256(&want, vector_get(c, path)) && !fm_u256_cmp(&want, got),
		"%s differs", path);
}

static bool expect_u64(struct vectors *v, const struct fm_json *c, const char *path,
		       uint64_t got)
{
	struct fm_u256 value = fm_u256_from_u64(got);
	return expect_dec(v, c, path, &value);
}

static bool expect_validation(struct vectors *v, const struct fm_json *c,
			      const struct fm_claims *claims)
{
	const struct fm_validation *p = &claims->validation;
	struct fm_claims bound = *claims;
	struct fm_span tag = vector_need(v, c, "decoded.required_validation_tag");
	fm_claims_bind(&bound);
	return expect_addr(v, c, "decoded.validation_registry_address", &p->registry) &&
	       expect_hash(v, c, "decoded.validation_request_hash", &p->request_hash) &&
	       expect_u64(v, c, "decoded.validation_chain_id", p->chain_id) &&
	       expect_addr(v, c, "decoded.validator_address", &p->validator) &&
	       expect_dec(v, c, "decoded.validator_agent_id", &p->agent_id) &&
	       expect_u64(v, c, "decoded.min_validation_score", p->min_score) &&
	       expect_hash(v, c, "decoded.validation_subject_hash", &p->subject_hash) &&
	       expect_hash(v, c, "decoded.job_hash", &p->job_hash) &&
	       expect(v, tag.len == p->tag_len && !memcmp(tag.ptr, p->tag, tag.len),
		      "tag") &&
	       expect_hash(v, c, "decoded.validation_subject_hash",
			   &bound.validation.subject_hash) &&
	       expect_hash(v, c, "decoded.validation_request_hash",
			   &bound.validation.request_hash);
}

static bool expect_cert(struct vectors *v, const struct fm_json *c,
			const struct fm_cert *cert)
{
	const struct fm_claims *claims = &cert->claims;
	struct fm_hash cycle;
	fm_u256_to_be(cycle.b, &cert->cycle_id);
	return expect_u64(v, c, "decoded.version", (uint64_t)cert->version) &&
	       expect_hash(v, c, "decoded.domain", &cert->domain) &&
	       expect_hash(v, c, "decoded.cycle_id", &cycle) &&
	       expect_dec(v, c, "decoded.req_id", &claims->req_id) &&
	       expect_addr(v, c, "decoded.user_address", &claims->user) &&
	       expect_addr(v, c, "decoded.recipient_address", &claims->recipient) &&
	       expect_dec(v, c, "decoded.amount", &claims->amount) &&
	       expect_addr(v, c, "decoded.asset_address", &claims->asset) &&
	       expect_u64(v, c, "decoded.timestamp", claims->timestamp) &&
	       (cert->version == 1 || expect_validation(v, c, claims));
}

static bool check_valid(struct vectors *v, const struct fm_json *c)
{
	struct fm_cert cert;
	struct fm_err err;
	fm_err_init(&err);
	return expect(v,
		      fm_cert_decode(&cert, vector_hex(v, c, "claims"), false, &err) ==
			      FM_OK,
		      "not decoded: %s", err.msg) &&
	       expect(v, cert.envelope, "taken for a legacy form") &&
	       expect_cert(v, c, &cert);
}

/* What decoding alone must find; domain and policy are for whoever verifies. */
static bool check_encoding(struct vectors *v, const struct fm_json *c)
{
	struct fm_cert cert;
	struct fm_err err;
	fm_err_init(&err);
	bool form = vector_is(c, "fails_at", "abi") ||
		    vector_is(c, "fails_at", "canonical") ||
		    vector_is(c, "fails_at", "version");
	for (int legacy = 0; legacy <= 1; legacy++) {
		enum fm_code rc =
			fm_cert_decode(&cert, vector_hex(v, c, "claims"), legacy, &err);
		if (!expect(v, (rc == FM_E_CERT) == form, "decode gave %d: %s", rc,
			    err.msg))
			return false;
	}
	return true;
}

static bool check_legacy(struct vectors *v, const struct fm_json *c)
{
	struct fm_span claims = vector_hex(v, c, "claims");
	struct fm_cert cert;
	struct fm_err err;
	fm_err_init(&err);
	return expect(v, fm_cert_decode(&cert, claims, false, &err) == FM_E_CERT,
		      "accepted") &&
	       expect(v, fm_cert_decode(&cert, claims, true, &err) == FM_OK,
		      "refused: %s", err.msg) &&
	       expect(v, !cert.envelope, "not called legacy") && expect_cert(v, c, &cert);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"guarantee_v1.json",	       "cases", check_guarantee },
		{ "guarantee_v2.json",	       "cases", check_guarantee },
		{ "certificates_valid.json",	     "cases", check_valid },
		{ "certificates_invalid_encoding.json",		"cases", check_encoding },
		{ "certificates_legacy_forms.json", "cases", check_legacy },
		{ 0		    },
	};
	return vectors_run(argc, argv, lists);
}
