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

/* ---- questions to Core and the facilitator ----
 *
 * Each is put together, sent alone (fm_core_ask_alone) or with others (fm_http_together with
 * &ask->job), and read. Readers: what kept the answer from coming, or FM_E_CORE with what is
 * wrong. After an error nothing was written to *out. 4mica.md, sections 2 and 7. */

#define FM_BEARER_MAX 4096u /**< bytes of an access token, terminator included */

/** It stays where it is: parts of it point to each other. Owner: fm_core_ask_clear. */
struct fm_core_ask {
	struct fm_http_job job;
	/* private */
	struct fm_http_options options; /**< a copy; what it points to is borrowed */
	struct fm_header headers[4];
	struct fm_buf url, body;
	struct fm_buf bearer; /**< "Bearer ..." */
};

FM_API void fm_core_ask_init(struct fm_core_ask *ask);
/** Empty again, secrets overwritten. */
FM_API void fm_core_ask_clear(struct fm_core_ask *ask);
/** Send it and wait; what came of it is in ask->job. Errors: FM_E_NOMEM. */
FM_API enum fm_code fm_core_ask_alone(struct fm_core_ask *ask, struct fm_http *http,
				      struct fm_err *err) FM_MUST_USE;

/** Add an access token, or put another in its place; copied. Errors: FM_E_CONFIG when it could
 *  be read on the way (no TLS, not this machine) or is no bearer token (RFC 6750 2.1). */
FM_API enum fm_code fm_core_ask_bearer(struct fm_core_ask *ask, struct fm_span token,
				       struct fm_err *err) FM_MUST_USE;
/** Has it the form of an access token? */
FM_API bool fm_bearer_ok(struct fm_span token) FM_MUST_USE;
/** May secrets go there: https or this machine? */
FM_API bool fm_core_url_private(const char *base) FM_MUST_USE;

/** What an answer says of the access token it was asked with. */
enum fm_core_access {
	FM_CORE_ACCESS,	      /**< nothing is wrong with that */
	FM_CORE_ACCESS_RENEW, /**< 401: not this token; a newer one may do */
	FM_CORE_ACCESS_DENIED, /**< 401, 403: not this wallet; never sign in again over it */
};

FM_API enum fm_core_access fm_core_access(const struct fm_core_ask *ask);

/** GET /core/health. Unhealthy is an answer, too. */
struct fm_core_health {
	bool ok, db_ok, chain_rpc_ok;
};

FM_API enum fm_code fm_core_ask_health(struct fm_core_ask *ask, const char *core_url,
				       const struct fm_http_options *options,
				       struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_core_health_read(struct fm_core_health *out, struct fm_span json,
					struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_core_health_take(struct fm_core_health *out,
					const struct fm_core_ask *ask,
					struct fm_err *err) FM_MUST_USE;

#define FM_CORE_TOKENS_MAX 64

/** GET /core/tokens: the ERC-20 tokens Core takes. Symbols are no identity, and nothing of
 *  this was checked on chain. */
struct fm_core_tokens {
	uint64_t chain_id;
	struct fm_asset token[FM_CORE_TOKENS_MAX]; /**< no EIP-3009 domains */
	size_t count;
};

FM_API enum fm_code fm_core_ask_tokens(struct fm_core_ask *ask, const char *core_url,
				       const struct fm_http_options *options,
				       struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_core_tokens_read(struct fm_core_tokens *out, struct fm_span json,
					struct fm_err *err) FM_MUST_USE;
/** The answer must be for `chain_id`. */
FM_API enum fm_code fm_core_tokens_take(struct fm_core_tokens *out,
					const struct fm_core_ask *ask, uint64_t chain_id,
					struct fm_err *err) FM_MUST_USE;

/** GET /core/users/{user}/assets/{asset}: what Core knows of a wallet's collateral. */
struct fm_core_balance {
	bool known; /**< false: Core has no such wallet or asset; the rest is zero */
	struct fm_u256 total, locked;
	uint64_t version;
	int64_t updated_s;
};

/** Needs an access token: fm_core_ask_bearer. */
FM_API enum fm_code fm_core_ask_balance(struct fm_core_ask *ask, const char *core_url,
					const struct fm_http_options *options,
					const struct fm_addr *user,
					const struct fm_addr *asset,
					struct fm_err *err) FM_MUST_USE;
/** It must be about `user` and `asset`. */
FM_API enum fm_code fm_core_balance_read(struct fm_core_balance *out, struct fm_span json,
					 const struct fm_addr *user,
					 const struct fm_addr *asset,
					 struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_core_balance_take(struct fm_core_balance *out,
					 const struct fm_core_ask *ask,
					 const struct fm_addr *user,
					 const struct fm_addr *asset,
					 struct fm_err *err) FM_MUST_USE;

/** GET /health of a facilitator. *ok: it says it is. */
FM_API enum fm_code fm_facilitator_ask_health(struct fm_core_ask *ask, const char *url,
					      const struct fm_http_options *options,
					      struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_facilitator_health_read(bool *ok, struct fm_span json,
					       struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_facilitator_health_take(bool *ok, const struct fm_core_ask *ask,
					       struct fm_err *err) FM_MUST_USE;

#define FM_FACILITATOR_KINDS_MAX 128

/** One way to pay that a facilitator takes. */
struct fm_facilitator_kind {
	char scheme[64];
	char network[64]; /**< as written: CAIP-2 or a short name */
	unsigned x402_version;
};

struct fm_facilitator_kinds {
	struct fm_facilitator_kind kind[FM_FACILITATOR_KINDS_MAX];
	size_t count;
};

/** GET /supported of a facilitator. */
FM_API enum fm_code fm_facilitator_ask_kinds(struct fm_core_ask *ask, const char *url,
					     const struct fm_http_options *options,
					     struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_facilitator_kinds_read(struct fm_facilitator_kinds *out,
					      struct fm_span json,
					      struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_facilitator_kinds_take(struct fm_facilitator_kinds *out,
					      const struct fm_core_ask *ask,
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
