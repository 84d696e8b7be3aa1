/* SPDX-License-Identifier: MIT */
/* Whether the condition of a guarantee of version 2 is met, by the registry it names. That it is met
 * does not say that Core has looked: nobody tells over HTTP. 4mica.md, 3.5 and 8. */
#include <fourmica/cycle_audit.h>

#include "client/chain.h"

#include <string.h>

#define VALUES 6 /* of getValidationStatus */

static enum fm_code read_policy(struct fm_validation *out, uint64_t *chain_id,
				struct fm_client *client, const char *id,
				struct fm_err *err)
{
	struct fm_ledger *ledger;
	struct fm_payment p = { .header = NULL };
	struct fm_claims claims = { .version = 0 };
	struct fm_buf json;
	bool found = false;
	enum fm_code rc = fm_client_ledger(&ledger, client, false, err);

	if (!rc && ledger)
		rc = fm_ledger_find(&p, &found, ledger, id, err);
	fm_buf_init(&json, FM_CERT_INPUT_MAX);
	if (!rc && found && p.header && fm_base64_read(&json, fm_span_of(p.header)))
		rc = fm_client_signed_claims(&claims, fm_buf_span(&json), err);
	if (!rc && claims.version != 2)
		rc = fm_fail(err, FM_E_USAGE,
			     "'%.80s' is no guarantee of version 2 whose terms are kept",
			     id);
	*out = claims.validation;
	*chain_id = p.chain_id;
	fm_buf_clear(&json);
	fm_payment_clear(&p);
	return rc;
}

static const char *compare(const struct fm_validation_seen *seen, struct fm_span tag)
{
	const struct fm_validation *policy = &seen->policy;

	if (!fm_addr_equal(&seen->validator, &policy->validator))
		return "validator";
	if (fm_u256_cmp(&seen->agent_id, &policy->agent_id) != 0)
		return "agent_id";
	if (seen->score < policy->min_score)
		return "score";
	if (policy->tag_len &&
	    (tag.len != policy->tag_len || memcmp(tag.ptr, policy->tag, tag.len) != 0))
		return "tag";
	return NULL;
}

static void take(struct fm_validation_seen *out, const struct fm_abi_value v[VALUES])
{
	struct fm_span tag = v[4].bytes;

	out->updated_s =
		v[5].u.w[1] | v[5].u.w[2] | v[5].u.w[3] ? UINT64_MAX : v[5].u.w[0];
	out->told = out->updated_s != 0;
	if (!out->told)
		return;
	out->validator = v[0].addr;
	out->agent_id = v[1].u;
	out->score = (unsigned)v[2].u.w[0]; /* decoded as uint8 */
	if (tag.len && tag.len <= FM_TAG_MAX && !memchr(tag.ptr, '\0', tag.len))
		memcpy(out->tag, tag.ptr, tag.len);
	out->differs = compare(out, tag);
}

enum fm_code fm_validation_look(struct fm_validation_seen *out, struct fm_client *client,
				const char *payment_id, struct fm_err *err)
{
	struct fm_abi_value arg, v[VALUES];
	struct fm_rpc_asks asks;
	struct fm_chain chain;
	uint64_t chain_id;
	size_t at;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	rc = read_policy(&out->policy, &chain_id, client, payment_id, err);
	if (rc)
		return rc;
	arg = fm_abi_of_hash(&out->policy.request_hash);
	fm_chain_init(&chain, client, chain_id);
	fm_rpc_asks_init(&asks);
	at = fm_rpc_ask_view(&asks, &out->policy.registry, FM_FN_VALIDATION, &arg, 1,
			     "latest");
	rc = fm_chain_ask(&chain, &asks, err);
	if (!rc)
		rc = fm_rpc_take_view(v, VALUES, &asks, at, err);
	if (!rc)
		take(out, v);
	fm_rpc_asks_clear(&asks);
	return rc;
}
