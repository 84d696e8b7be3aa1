/* SPDX-License-Identifier: MIT */
/* `decode --against` on payments that other programs made and signed: each fits its own challenge,
 * and the ways of signing that are known to go wrong are named. */
#include <fourmica/against.h>
#include <vectors.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fm_against out;

static bool compare(struct vectors *v, struct fm_span payment, struct fm_span challenge,
		    const struct fm_against_config *config)
{
	struct fm_err err;

	fm_err_init(&err);
	return fm_against_read(&out, payment, challenge, config, &err) == FM_OK ||
	       vector_fail(v, "%s", err.msg);
}

static bool consistent(struct vectors *v)
{
	return expect(v, out.count == 0, "%s: %s (%s, not %s)", out.findings[0].field,
		      out.findings[0].message, out.findings[0].found,
		      out.findings[0].expected) &&
	       expect(v, out.right_signer, "the payer was not found to have signed");
}

static bool check_credit(struct vectors *v, const struct fm_json *c)
{
	struct fm_against_config config = { .now_s = 0 };
	struct fm_span challenge = vector_str(v, c, "payment_required_header");
	uint64_t now;

	if (!fm_json_u64(&now, fm_json_get(c, "unix_time")))
		return vector_fail(v, "no unix_time");
	config.now_s = (int64_t)now;
	config.domain_name = vector_need(v, c, "domain.name").ptr;
	config.domain_version = vector_need(v, c, "domain.version").ptr;
	if (!challenge.ptr)
		challenge = vector_need(v, c, "payment_required_json");
	return compare(v, vector_need(v, c, "header_value"), challenge, &config) &&
	       consistent(v) &&
	       compare(v, vector_need(v, c, "header_json"),
		       vector_need(v, c, "payment_required_json"), &config) &&
	       consistent(v) &&
	       compare(v, vector_need(v, c, "facilitator_request_json"),
		       vector_need(v, c, "payment_required_json"), &config) &&
	       consistent(v);
}

static bool check_exact(struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *input = fm_json_get(c, "input");
	struct fm_against_config config = { .now_s = 0 };
	uint64_t now = 0, option = 0;

	if (!fm_json_u64(&now, fm_json_get(input, "now")) ||
	    !fm_json_u64(&option, fm_json_get(input, "optionIndex")))
		return vector_fail(v, "no time or option");
	/* Some windows are 5 s, which a facilitator would refuse at once. */
	config.now_s = (int64_t)now - 10;
	return compare(v, vector_need(v, c, "expected.headerValue"),
		       fm_json_get(input, "paymentRequired")->src, &config) &&
	       consistent(v) &&
	       expect(v, out.offer == option, "offer %u instead of %llu", out.offer,
		      (unsigned long long)option);
}

/* ---- guarantees by themselves ---- */

static bool payload_of(struct vectors *v, char *text, size_t size,
		       const struct fm_json *c, const char *signature, const char *scheme)
{
	struct fm_span request = vector_need(v, c, "request_json");
	struct fm_json *doc = NULL;
	const struct fm_json *claims;
	bool ok = !fm_json_parse(&doc, request, false, NULL);

	claims = ok ? fm_json_get(doc, "claims") : NULL;
	ok = claims &&
	     snprintf(text, size,
		      "{\"claims\":%.*s,\"signature\":\"%s\",\"scheme\":\"%s\"}",
		      (int)claims->src.len, claims->src.ptr,
		      vector_need(v, c, signature).ptr, scheme) < (int)size;
	fm_json_free(&doc);
	return ok || vector_fail(v, "request_json has no claims");
}

/* An offer with these terms; what is compared with it is looked at elsewhere. */
static bool signed_how(struct vectors *v, const struct fm_json *c, const char *signature,
		       const char *scheme)
{
	const struct fm_json *domain = fm_json_get(c, "domain");
	const struct fm_against_config config = {
		.domain_name = vector_need(v, c, "domain.name").ptr,
		.domain_version = vector_need(v, c, "domain.version").ptr,
		.now_s = 1,
	};
	char payload[8192], challenge[1024];

	snprintf(
		challenge, sizeof(challenge),
		"{\"x402Version\":1,\"accepts\":[{\"scheme\":\"4mica-credit\",\"network\":"
		"\"eip155:%.*s\",\"amount\":\"1\",\"asset\":\"%s\",\"payTo\":\"%s\"}]}",
		(int)fm_json_get(domain, "chainId")->src.len,
		fm_json_get(domain, "chainId")->src.ptr,
		"0x036CbD53842c5426634e7929541eC2318f3dCF7e",
		"0x22eb2a10F9Fdc52Ea2c9A6dbebe2eC3234De1FDE");
	return payload_of(v, payload, sizeof(payload), c, signature, scheme) &&
	       compare(v, fm_span_of(payload), fm_span_of(challenge), &config);
}

static const struct fm_finding *about_signature(void)
{
	for (size_t i = 0; i < out.count; i++)
		if (strcmp(out.findings[i].field, "payload.signature") == 0)
			return &out.findings[i];
	return NULL;
}

static bool right(struct vectors *v)
{
	return expect(v, out.right_signer && !about_signature(), "%s: not found",
		      out.signed_as);
}

static bool named(struct vectors *v, const char *words)
{
	const struct fm_finding *f = about_signature();

	return expect(v, f && !out.right_signer, "no mistake was found") &&
	       expect(v, strstr(f->message, words) != NULL, "\"%s\" lacks \"%s\"",
		      f->message, words) &&
	       expect(v, !strcmp(f->code, "core_signature"), "code %s", f->code);
}

static bool check_claims(struct vectors *v, const struct fm_json *c)
{
	bool ok =
		signed_how(v, c, "eip712_signature", "eip712") && right(v) &&
		signed_how(v, c, "eip191_core.signature", "eip191") && right(v) &&
		signed_how(v, c, "eip191_core.signature", "eip712") &&
		named(v, "EIP-191 over the raw bytes of the claims instead of EIP-712") &&
		signed_how(v, c, "eip712_signature", "eip191") &&
		named(v, "EIP-712 instead of EIP-191 over the raw bytes");

	if (!ok || !vector_get(c, "eip191_ts_sdk_wrong"))
		return ok;
	return signed_how(v, c, "eip191_ts_sdk_wrong.signature", "eip191") &&
	       named(v, "EIP-191 over the hex text of the claims instead of EIP-191 over "
			"the raw bytes");
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"x402_headers.json",	       "cases", check_credit },
		{ "x402-exact-eip3009.json",		     "vectors", check_exact },
		{ "guarantee_v1.json", "cases", check_claims },
		{ "guarantee_v2.json",	       "cases", check_claims },
		{ 0	    },
	};
	return vectors_run(argc, argv, lists);
}
