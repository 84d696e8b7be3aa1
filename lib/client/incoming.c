/* SPDX-License-Identifier: MIT */
/* The recipient's side: certificates of guarantees that others gave, verified before they count. */
#include <fourmica/cycle_audit.h>

#include "client/internal.h"

#include <string.h>

static enum fm_code verify(struct fm_cert *out, struct fm_client *client,
			   uint64_t chain_id, const struct fm_cert_input *input,
			   struct fm_err *err)
{
	struct fm_cert_trust trust;
	struct fm_cert_item item = {
		.claims = {(const char *)input->claims,	 input->claims_len   },
		.signature = { (const char *)input->signature, input->signature_len},
	};
	enum fm_code rc =
		fm_client_trust(&trust, client, chain_id, NULL, FM_TRUST_FIRST_USE, err);

	if (!rc)
		rc = fm_cert_verify(&item, 1, &trust, false, client->config.rand, err);
	*out = item.verdict.cert;
	return rc;
}

static enum fm_code not_mine(const struct fm_addr *recipient, struct fm_err *err)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, recipient);
	fm_fail(err, FM_E_CERT_DIFF, "it is a guarantee for %s, which is no wallet here",
		text);
	fm_rule(err, "recipient");
	return fm_hint(err, "to count it: fourmica wallet watch NAME %s", text);
}

static enum fm_code keep(bool *known, struct fm_client *client, uint64_t chain_id,
			 const struct fm_cert *cert, const struct fm_cert_input *input,
			 struct fm_err *err)
{
	struct fm_incoming in = {
		.chain_id = chain_id,
		.recipient = cert->claims.recipient,
		.payer = cert->claims.user,
		.asset = cert->claims.asset,
		.req_id = cert->claims.req_id,
		.amount = cert->claims.amount,
		.version = cert->version,
		.timestamp = cert->claims.timestamp,
		.claims = {(const char *)input->claims,	 input->claims_len   },
		.signature = { (const char *)input->signature, input->signature_len},
	};
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, client, true, err);

	fm_u256_to_be(in.cycle_id.b, &cert->cycle_id);
	return rc ? rc : fm_ledger_incoming_add(known, ledger, &in, err);
}

enum fm_code fm_incoming_import(struct fm_cert *out, bool *known,
				struct fm_client *client, uint64_t chain_id,
				const struct fm_cert_input *input,
				bool (*mine)(void *ctx, const struct fm_addr *who),
				void *ctx, struct fm_err *err)
{
	enum fm_code rc;

	*known = false;
	rc = verify(out, client, chain_id, input, err);
	if (!rc && !mine(ctx, &out->claims.recipient))
		rc = not_mine(&out->claims.recipient, err);
	return rc ? rc : keep(known, client, chain_id, out, input, err);
}
