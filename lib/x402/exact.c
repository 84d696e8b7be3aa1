/* SPDX-License-Identifier: MIT */
/* Scheme `exact` on EVM chains with EIP-3009 (transferWithAuthorization). x402.md, section 5. */
#include "evm/eip712.h"
#include "x402/header.h"
#include "x402/scheme.h"

#include <string.h>

/* v1 facilitators compare with their own clock; ten minutes is what the public clients use. */
#define V1_BACKDATE_S 600
/* Some tokens read bit 47 of validBefore as a flag. */
#define VALID_BEFORE_END ((int64_t)1 << 47)

static bool unsupported(struct fm_offer *offer, const char *words)
{
	return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED, "%s",
			       words);
}

static bool method_ok(struct fm_offer *offer)
{
	const struct fm_json *method = fm_json_get(offer->extra, "assetTransferMethod");
	char shown[64];
	if (fm_json_absent(method) || fm_json_is(method, "eip3009"))
		return true;
	if (fm_json_is(method, "permit2"))
		return unsupported(offer,
				   "needs Permit2, which this version does not sign");
	fm_node_show(shown, sizeof(shown), method);
	return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
			       "transfer method \"%s\" is unknown", shown);
}

/* The contract that is asked to verify must be the token itself, else the seller picks what is
 * signed. */
static bool contract_ok(struct fm_offer *offer)
{
	const struct fm_json *contract = fm_json_get(offer->extra, "verifyingContract");
	struct fm_addr addr;
	char text[FM_ADDR_TEXT];
	if (fm_json_is(fm_json_get(offer->extra, "name"), "GatewayWalletBatched"))
		return unsupported(offer, "needs a balance in Circle's gateway contract");
	if (fm_json_absent(contract))
		return true;
	if (fm_json_cstr(text, sizeof(text), contract) &&
	    fm_addr_parse(&addr, NULL, fm_span_of(text)) &&
	    fm_addr_equal(&addr, &offer->asset))
		return true;
	return unsupported(offer, "verifyingContract is not the asset");
}

/* A domain text: what the seller sent, else the table's. An integer number stands for its
 * digits. Empty says nothing. */
static bool domain_text(char *out, size_t size, const struct fm_json *node, bool number,
			const char *known)
{
	if (fm_json_absent(node) || fm_json_is(node, "")) {
		size_t len = known ? strlen(known) : 0;
		if (!len || len >= size)
			return false;
		memcpy(out, known, len + 1);
		return true;
	}
	uint64_t value;
	if (number && fm_json_u64(&value, node)) {
		if (node->src.len >= size)
			return false;
		memcpy(out, node->src.ptr, node->src.len);
		out[node->src.len] = '\0';
		return true;
	}
	return fm_json_cstr(out, size, node);
}

static bool read_domain(struct fm_draft *draft, const struct fm_offer *offer)
{
	const struct fm_asset *known = offer->known;
	if (!domain_text(draft->domain_name, sizeof(draft->domain_name),
			 fm_json_get(offer->extra, "name"), false,
			 known ? known->domain_name : NULL) ||
	    !domain_text(draft->domain_version, sizeof(draft->domain_version),
			 fm_json_get(offer->extra, "version"), true,
			 known ? known->domain_version : NULL))
		return false;
	draft->domain_name_len = strlen(draft->domain_name);
	return true;
}

static bool supports(const struct fm_challenge *challenge, struct fm_offer *offer)
{
	struct fm_draft draft = { .version = challenge->version };
	if (!offer->network && !offer->known)
		return unsupported(offer, "the chain is not one this program knows");
	if (fm_addr_is_zero(&offer->asset))
		return unsupported(offer, "ETH cannot be paid with EIP-3009");
	if (!method_ok(offer) || !contract_ok(offer))
		return false;
	if (!read_domain(&draft, offer))
		return unsupported(offer,
				   "the token's EIP-712 name and version are not known");
	return true;
}

static enum fm_code prepare(struct fm_draft *draft, const struct fm_offer *offer,
			    const struct fm_rand *rand, int64_t max_window_s,
			    struct fm_err *err)
{
	static const struct fm_hash none;
	int64_t window = offer->max_timeout_s;
	if (max_window_s > 0 && max_window_s < window)
		window = max_window_s;
	if (draft->now_s < 0 || draft->now_s >= VALID_BEFORE_END - window)
		return fm_fail(err, FM_E_CONFIG, "the clock says %lld s since 1970",
			       (long long)draft->now_s);
	if (!read_domain(draft, offer))
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "the token's EIP-712 name and version are not known");
	draft->valid_after_s = 0;
	if (draft->version == 1 && draft->now_s > V1_BACKDATE_S)
		draft->valid_after_s = draft->now_s - V1_BACKDATE_S;
	draft->valid_before_s = draft->now_s + window;
	/* A nonce that is there already belongs to this purchase: at most one authorization
	 * with it can ever be executed. */
	if (!fm_hash_equal(&draft->nonce, &none))
		return FM_OK;
	return fm_rand_fill(rand, draft->nonce.b, sizeof(draft->nonce.b), err);
}

static const struct fm_eip712_member members[] = {
	{.name = "from",	  .type_name = "address", .kind = FM_T_ADDRESS},
	{		      .name = "to", .type_name = "address",	.kind = FM_T_ADDRESS		     },
	{	  .name = "value",	   .type_name = "uint256",		   .kind = FM_T_UINT,		      .bits = 256 },
	{  .name = "validAfter",	.type_name = "uint256",			.kind = FM_T_UINT,			   .bits = 256 },
	{ .name = "validBefore",	 .type_name = "uint256",		 .kind = FM_T_UINT,		    .bits = 256 },
	{	  .name = "nonce",	   .type_name = "bytes32",		   .kind = FM_T_BYTESN,			.bits = 256 },
};

static const struct fm_eip712_type transfer = {
	.name = "TransferWithAuthorization",
	.members = members,
	.count = sizeof(members) / sizeof(members[0]),
};

static enum fm_code digest(struct fm_hash *out, const struct fm_draft *draft,
			   const struct fm_offer *offer, struct fm_err *err)
{
	const struct fm_eip712_value values[] = {
		{ .address = draft->payer },
		{ .address = offer->pay_to },
		{ .u256 = offer->amount },
		{ .u256 = fm_u256_from_u64((uint64_t)draft->valid_after_s) },
		{ .u256 = fm_u256_from_u64((uint64_t)draft->valid_before_s) },
		{ .hash = draft->nonce },
	};
	const struct fm_eip712_domain domain = {
		.name = {draft->domain_name, draft->domain_name_len},
		.version = fm_span_of(draft->domain_version),
		.chain_id = offer->chain_id,
		.verifying_contract = &offer->asset,
	};
	struct fm_hash domain_hash, struct_hash;
	if (!draft->domain_name_len || !draft->domain_version[0] ||
	    draft->valid_before_s <= 0)
		return fm_fail(err, FM_E_INTERNAL, "the authorization was not prepared");
	enum fm_code rc = fm_eip712_struct_hash(&struct_hash, &transfer, values, err);
	if (rc)
		return rc;
	fm_eip712_domain_hash(&domain_hash, &domain);
	fm_eip712_digest(out, &domain_hash, &struct_hash);
	return FM_OK;
}

static void put_time(struct fm_jw *w, const char *name, int64_t seconds)
{
	struct fm_u256 value = fm_u256_from_u64((uint64_t)seconds);
	char text[FM_U256_DEC];
	fm_u256_dec(text, &value);
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

static void put_addr(struct fm_jw *w, const char *name, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];
	fm_addr_text(text, addr);
	fm_jw_key(w, name);
	fm_jw_cstr(w, text);
}

static enum fm_code payload(struct fm_buf *out, const struct fm_draft *draft,
			    const struct fm_offer *offer, const struct fm_sig *sig,
			    struct fm_err *err)
{
	struct fm_jw w;
	char value[FM_U256_DEC], nonce[FM_HASH_TEXT], signature[FM_SIG_TEXT];
	fm_u256_dec(value, &offer->amount);
	fm_hash_text(nonce, &draft->nonce);
	fm_sig_text(signature, sig);
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "authorization");
	fm_jw_object(&w);
	put_addr(&w, "from", &draft->payer);
	put_addr(&w, "to", &offer->pay_to);
	fm_jw_key(&w, "value");
	fm_jw_cstr(&w, value);
	put_time(&w, "validAfter", draft->valid_after_s);
	put_time(&w, "validBefore", draft->valid_before_s);
	fm_jw_key(&w, "nonce");
	fm_jw_cstr(&w, nonce);
	fm_jw_end(&w, '}');
	fm_jw_key(&w, "signature");
	fm_jw_cstr(&w, signature);
	fm_jw_end(&w, '}');
	return fm_buf_ok(out) ? FM_OK : fm_nomem(err);
}

const struct fm_scheme fm_scheme_exact = {
	.name = "exact",
	.expires = true,
	.supports = supports,
	.prepare = prepare,
	.digest = digest,
	.payload = payload,
};
