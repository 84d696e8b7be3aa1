/* SPDX-License-Identifier: MIT */
/* `4mica-credit` as a payment scheme. 4mica.md, sections 3, 4 and 6. */
#include <fourmica/credit.h>

#include "credit/scheme.h"

#include <stdlib.h>
#include <string.h>

#define REQ_ID_BYTES 16

static bool supports(const struct fm_challenge *challenge, struct fm_offer *offer)
{
	struct fm_validation policy;
	struct fm_err err;
	bool present;
	(void)challenge;
	if (!offer->network || !offer->network->core)
		return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
				       "4Mica does not run on network \"%s\"",
				       offer->network_text);
	/* Core would take it, the facilitator refuses it: nothing is bought for nothing. */
	if (fm_u256_is_zero(&offer->amount))
		return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
				       "a guarantee of amount 0 is refused");
	fm_err_init(&err);
	if (fm_validation_read(&policy, &present, offer, &err))
		return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, err.code, "%s",
				       err.msg);
	return true;
}

/* 4mica.md 4: 16 random bytes, not zero; zero in a draft means not drawn yet. */
static enum fm_code draw_req_id(struct fm_u256 *out, const struct fm_rand *rand,
				struct fm_err *err)
{
	uint8_t bytes[32] = { 0 };
	*out = FM_U256_ZERO;
	for (int tries = 0; tries < 4 && fm_u256_is_zero(out); tries++) {
		enum fm_code rc =
			fm_rand_fill(rand, bytes + 32 - REQ_ID_BYTES, REQ_ID_BYTES, err);
		if (rc)
			return rc;
		*out = fm_u256_from_be(bytes);
	}
	if (fm_u256_is_zero(out))
		return fm_fail(err, FM_E_INTERNAL,
			       "the random generator gives only zeros");
	return FM_OK;
}

static enum fm_code prepare(struct fm_draft *draft, const struct fm_offer *offer,
			    const struct fm_rand *rand, int64_t max_window_s,
			    struct fm_err *err)
{
	struct fm_validation policy;
	bool present;
	(void)max_window_s; /* a guarantee has no end that could be shortened */
	if (draft->now_s < 0)
		return fm_fail(err, FM_E_CONFIG, "the clock says %lld s since 1970",
			       (long long)draft->now_s);
	enum fm_code rc = fm_validation_read(&policy, &present, offer, err);
	if (rc)
		return rc;
	if (fm_u256_is_zero(&draft->req_id)) {
		rc = draw_req_id(&draft->req_id, rand, err);
		if (rc)
			return rc;
	}
	draft->valid_after_s = 0;
	draft->valid_before_s = 0;
	draft->guarantee_version = present ? 2 : 1;
	free(draft->validation);
	draft->validation = NULL;
	if (!present)
		return FM_OK;
	draft->validation = malloc(sizeof(policy));
	if (!draft->validation)
		return fm_nomem(err);
	*draft->validation = policy;
	return FM_OK;
}

enum fm_code fm_credit_claims(struct fm_claims *out, const struct fm_draft *draft,
			      const struct fm_offer *offer, struct fm_err *err)
{
	bool v2 = draft->guarantee_version == 2;
	if ((draft->guarantee_version != 1 && !v2) || v2 != (draft->validation != NULL) ||
	    draft->now_s < 0)
		return fm_fail(err, FM_E_INTERNAL, "the guarantee was not prepared");
	out->version = draft->guarantee_version;
	out->user = draft->payer;
	out->recipient = offer->pay_to;
	out->asset = offer->asset;
	out->req_id = draft->req_id;
	out->amount = offer->amount;
	out->timestamp = (uint64_t)draft->now_s;
	if (v2) {
		out->validation = *draft->validation;
		fm_claims_bind(out);
	}
	return FM_OK;
}

enum fm_code fm_credit_signing(struct fm_credit_domain *out, const struct fm_draft *draft,
			       const struct fm_offer *offer, struct fm_err *err)
{
	size_t name = strlen(draft->domain_name), version = strlen(draft->domain_version);
	if (!name || !version || name >= sizeof(out->name) ||
	    version >= sizeof(out->version))
		return fm_fail(err, FM_E_CORE,
			       "Core's signing domain is not known: it is never guessed");
	memcpy(out->name, draft->domain_name, name + 1);
	memcpy(out->version, draft->domain_version, version + 1);
	out->chain_id = offer->chain_id;
	return FM_OK;
}

static enum fm_code digest(struct fm_hash *out, const struct fm_draft *draft,
			   const struct fm_offer *offer, struct fm_err *err)
{
	struct fm_claims claims;
	struct fm_credit_domain domain;
	enum fm_code rc = fm_credit_claims(&claims, draft, offer, err);
	if (!rc)
		rc = fm_credit_signing(&domain, draft, offer, err);
	if (rc)
		return rc;
	return fm_claims_digest(out, NULL, NULL, &claims, &domain, draft->eip191, err);
}

static enum fm_code payload(struct fm_buf *out, const struct fm_draft *draft,
			    const struct fm_offer *offer, const struct fm_sig *sig,
			    struct fm_err *err)
{
	struct fm_claims claims;
	enum fm_code rc = fm_credit_claims(&claims, draft, offer, err);
	if (rc)
		return rc;
	fm_claims_payload(out, &claims, sig, draft->eip191);
	return fm_buf_ok(out) ? FM_OK : fm_nomem(err);
}

static const char *const aliases[] = { "4mica", NULL };

const struct fm_scheme fm_scheme_credit = {
	.name = "4mica-credit",
	.aliases = aliases,
	.fold_case = true,
	.hex_amount = true,
	.certificate = true,
	.accepted_first = true,
	.supports = supports,
	.prepare = prepare,
	.digest = digest,
	.payload = payload,
};
