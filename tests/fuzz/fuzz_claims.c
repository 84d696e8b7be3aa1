/* SPDX-License-Identifier: MIT */
/* Guarantee claims in wire form: what is accepted has a digest, and is written in a form that
 * reads as the same claims with the same digest. */
#include <fuzz.h>

#include <fourmica/credit.h>

static const struct fm_credit_domain domain = { "4mica", "1", 84532 };

static void digest(struct fm_hash *out, const struct fm_claims *claims, bool eip191)
{
	struct fm_err err;

	fm_err_init(&err);
	MUST(fm_claims_digest(out, NULL, NULL, claims, &domain, eip191, &err) == FM_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_claims claims, again;
	struct fm_hash before, after;
	struct fm_buf out;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_claims_read(&claims, fuzz_span(data, size), &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		return 0;
	}
	MUST(claims.version == 1 || claims.version == 2);
	MUST(claims.validation.tag_len <= FM_TAG_MAX);
	fm_buf_init(&out, 1u << 16);
	fm_claims_write(&out, &claims);
	MUST(fm_buf_ok(&out));
	MUST(fm_claims_read(&again, fm_buf_span(&out), &err) == FM_OK);
	fm_buf_clear(&out);
	for (int eip191 = 0; eip191 <= 1; eip191++) {
		digest(&before, &claims, eip191);
		digest(&after, &again, eip191);
		MUST(fm_hash_equal(&before, &after));
	}
	return 0;
}
