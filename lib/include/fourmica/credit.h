/* SPDX-License-Identifier: MIT */
/** 4Mica: guarantee claims, Core's public parameters; certificates are in cert.h. */
#ifndef FOURMICA_CREDIT_H
#define FOURMICA_CREDIT_H

#include <fourmica/http.h>
#include <fourmica/json.h>
#include <fourmica/x402.h>

#define FM_TAG_MAX 512u /**< bytes of required_validation_tag we sign */

/** Validation policy of a V2 guarantee. */
struct fm_validation {
	struct fm_addr registry;
	struct fm_hash request_hash; /**< computed */
	uint64_t chain_id;
	struct fm_addr validator;
	struct fm_u256 agent_id;
	uint8_t min_score;	     /**< 1 to 100 */
	struct fm_hash subject_hash; /**< computed */
	struct fm_hash job_hash;     /**< not zero */
	char tag[FM_TAG_MAX];
	size_t tag_len;
};

/** What a payer signs. */
struct fm_claims {
	int version; /**< 1 or 2 */
	struct fm_addr user, recipient, asset;
	struct fm_u256 req_id, amount;
	uint64_t timestamp;
	struct fm_validation validation; /**< version 2 */
};

/** The EIP-712 signing domain, served by Core, never guessed. */
struct fm_credit_domain {
	char name[64];
	char version[16];
	uint64_t chain_id;
};

/** Read claims in wire form ({"version":"v1",...} or the request {"claims":{...}}); strict in
 *  what is signed: unknown version, nested policy, zero job hash and wrong hashes are refused
 *  with the rule. Rule: 4mica.md 3.4, 13. */
FM_API enum fm_code fm_claims_read(struct fm_claims *out, struct fm_span json,
				   struct fm_err *err) FM_MUST_USE;
/** Append the claims object, byte for byte as the SDK writes it. */
FM_API void fm_claims_write(struct fm_buf *out, const struct fm_claims *claims);
/** Append {"claims":...,"signature":...,"scheme":...}. */
FM_API void fm_claims_payload(struct fm_buf *out, const struct fm_claims *claims,
			      const struct fm_sig *sig, bool eip191);
/** Fill subject_hash and request_hash of a V2 claim. */
FM_API void fm_claims_bind(struct fm_claims *claims);
/** EIP-712 (eip191 false) or Core's raw EIP-191 digest. The parts may be NULL. */
FM_API enum fm_code fm_claims_digest(struct fm_hash *out, struct fm_hash *domain_hash,
				     struct fm_hash *struct_hash,
				     const struct fm_claims *claims,
				     const struct fm_credit_domain *domain, bool eip191,
				     struct fm_err *err) FM_MUST_USE;
/** The domain's hash, and the EIP-712 digest under it: for many claims in one domain. */
FM_API void fm_credit_domain_hash(struct fm_hash *out,
				  const struct fm_credit_domain *domain);
FM_API enum fm_code fm_claims_digest_under(struct fm_hash *out,
					   const struct fm_claims *claims,
					   const struct fm_hash *domain_hash,
					   struct fm_err *err) FM_MUST_USE;
/** Append the raw ABI encoding that EIP-191 signs. */
FM_API void fm_claims_abi(struct fm_buf *out, const struct fm_claims *claims);

/** Core's public parameters. */
struct fm_core_params {
	uint8_t public_key[48];
	struct fm_addr contract;
	char rpc_url[256];
	struct fm_credit_domain domain;
	unsigned accepted[16]; /**< guarantee versions */
	size_t accepted_count;
	struct fm_hash active_domain; /**< zero when Core sent none */
	struct fm_addr registries[32];
	size_t registry_count;
	char canonicalization[64];
};

FM_API enum fm_code fm_core_params_read(struct fm_core_params *out, struct fm_span json,
					struct fm_err *err) FM_MUST_USE;
/** GET <core>/core/public-params. chain_id must match. Appends the raw answer to `raw` (may be
 *  NULL) for the cache. Errors: FM_E_NETWORK, FM_E_TIMEOUT, FM_E_CORE. */
FM_API enum fm_code fm_core_params_get(struct fm_core_params *out, struct fm_buf *raw,
				       struct fm_http *http, const char *core_url,
				       uint64_t chain_id,
				       const struct fm_http_options *options,
				       struct fm_err *err) FM_MUST_USE;

/** The validation members of an offer's extra: FM_OK with *present false when the seller wants
 *  no V2; otherwise all members checked (4mica.md 3.5) except trust in the registry.
 *  Never falls back to V1. */
FM_API enum fm_code fm_validation_read(struct fm_validation *out, bool *present,
				       const struct fm_offer *offer,
				       struct fm_err *err) FM_MUST_USE;
/** May this offer be signed given Core's parameters? (V2 accepted, registry trusted,
 *  canonicalization right, chain ids equal.) */
FM_API enum fm_code fm_credit_check(const struct fm_offer *offer,
				    const struct fm_core_params *params,
				    struct fm_err *err) FM_MUST_USE;

/** extra.tabEndpoint of an offer; false when there is none. */
FM_API bool fm_tab_endpoint(struct fm_buf *out, const struct fm_offer *offer) FM_MUST_USE;
/** May it be called: https or loopback, same host as the request? (4mica.md 4.1) */
FM_API bool fm_tab_allowed(const char *endpoint, const char *request_url) FM_MUST_USE;
/** Ask it for a request id. Any failure is FM_E_NETWORK..FM_E_CORE with words for the verbose
 *  log: the caller then uses its own id. */
FM_API enum fm_code fm_tab_request(struct fm_u256 *req_id, struct fm_http *http,
				   const char *endpoint, const struct fm_addr *payer,
				   const struct fm_challenge *challenge,
				   const struct fm_offer *offer, int guarantee_version,
				   const struct fm_http_options *options,
				   struct fm_err *err) FM_MUST_USE;

#endif
