/* SPDX-License-Identifier: MIT */
/* Guarantee claims as the 4Mica vectors have them; certificates are in
 * vec_certificates. */
#include <evm/sign.h>
#include <fourmica/credit.h>
#include <vectors.h>

#include <string.h>

#define TEXT_MAX 65536u

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

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"guarantee_v1.json",  "cases", check_guarantee },
		{ "guarantee_v2.json",     "cases", check_guarantee },
		{ 0},
	};
	return vectors_run(argc, argv, lists);
}
