/* SPDX-License-Identifier: MIT */
/** What is signed, in full: the values the digest follows from, and what they belong to in the
 *  ledger. Its JSON form goes to signers whose key is in another process (fourmica-signer(5)). */
#ifndef FOURMICA_CLIENT_DOCUMENT_H
#define FOURMICA_CLIENT_DOCUMENT_H

#include "credit/auth.h"
#include "evm/tx.h"
#include "x402/scheme.h"

#include <fourmica/policy.h>
#include <fourmica/wallet.h>

#define FM_DOCUMENT_MAX \
	(64u * 1024u - 256u) /**< bytes of JSON; in a frame of the key holder */

/** An EIP-3009 authorization and the domain of its token. */
struct fm_authorization {
	char domain_name[128], domain_version[32];
	struct fm_addr token, from, to;
	struct fm_u256 value;
	int64_t valid_after_s, valid_before_s;
	struct fm_hash nonce;
};

/** Members of the kind are set, the others zero. Owner: fm_document_clear. */
struct fm_document {
	enum fm_sign_kind kind;
	struct fm_addr address;	     /**< whose signature it shall be */
	uint64_t chain_id;	     /**< 0: none (messages) */
	char id[FM_PAY_ID];	     /**< payment or operation in the ledger; "": none */
	char purpose[FM_TX_PURPOSE]; /**< of a transaction */
	struct fm_claims claims;
	struct fm_credit_domain domain;
	bool eip191; /**< the claims' encoding as a personal message */
	struct fm_authorization authorization;
	struct fm_tx tx;
	struct fm_siwe siwe;
	struct fm_span text; /**< message; or typed data as JSON. Borrowed */
	struct fm_buf data;  /**< private: calldata that was read */
};

void fm_document_clear(struct fm_document *doc);

/** Of the offer that a draft was prepared for. */
enum fm_code fm_document_payment(struct fm_document *out, const struct fm_draft *draft,
				 const struct fm_offer *offer, const char *payment_id,
				 struct fm_err *err) FM_MUST_USE;

/** "claims", "authorization", "transaction", "sign_in", "message", "typed_data". */
const char *fm_document_word(enum fm_sign_kind kind);
/** What follows from it to be signed. Errors: FM_E_INTERNAL, FM_E_MALFORMED; FM_E_NOMEM. */
enum fm_code fm_document_digest(struct fm_hash *out, const struct fm_document *doc,
				struct fm_err *err) FM_MUST_USE;
/** Append its JSON form. Errors: FM_E_TOO_LARGE. */
enum fm_code fm_document_write(struct fm_buf *out, const struct fm_document *doc,
			       struct fm_err *err) FM_MUST_USE;
/** Read the JSON form of the four kinds with a meaning of their own; messages and typed data are
 *  FM_E_UNSUPPORTED. Strict: no member too many, each exactly once. A "digest" in it must be the
 *  one that follows. Errors: FM_E_MALFORMED, FM_E_NOMEM. */
enum fm_code fm_document_read(struct fm_document *out, const struct fm_json *json,
			      struct fm_err *err) FM_MUST_USE;
/** Have it signed. *digest (may be NULL): what was. A signature that comes from another process
 *  is believed when it is the address's over that digest, in the one canonical form.
 *  Errors: FM_E_INTERNAL; what the signer says. */
enum fm_code fm_document_sign(struct fm_sig *sig, struct fm_hash *digest,
			      const struct fm_signer *signer,
			      const struct fm_document *doc,
			      struct fm_err *err) FM_MUST_USE;

#endif
