/* SPDX-License-Identifier: MIT */
/** A payment scheme is one of these tables. Adding one touches its file and the list in
 *  scheme_list.c. */
#ifndef FOURMICA_X402_SCHEME_H
#define FOURMICA_X402_SCHEME_H

#include <fourmica/wallet.h>
#include <fourmica/x402.h>

/** What a scheme draws before anything is reserved, and what it needs to build the payload.
 *  Plain data: it goes to the ledger, and signing again from it gives the same bytes. */
struct fm_draft {
	struct fm_addr payer;
	int64_t now_s;		/**< wall clock, floor of seconds */
	int version;		/**< x402 version of the challenge */
	struct fm_u256 req_id;	/**< 4mica: request id */
	struct fm_hash nonce;	/**< exact: EIP-3009 nonce */
	int64_t valid_after_s;	/**< exact */
	int64_t valid_before_s; /**< when the authority ends; 0: never */
	char domain_name[128];	/**< EIP-712 domain used */
	size_t domain_name_len;
	char domain_version[32];
	int guarantee_version; /**< 4mica: 1 or 2 */
	bool eip191;	       /**< 4mica: sign as EIP-191 instead of EIP-712 */
	struct fm_validation *validation; /**< 4mica V2, owned; freed by fm_draft_clear */
};

struct fm_scheme {
	const char *name;	    /**< canonical */
	const char *const *aliases; /**< NULL-terminated */
	bool fold_case;		    /**< names are compared without case */
	bool hex_amount;	    /**< amounts may be 0x hex */
	bool expires;		    /**< a signature becomes useless with time */
	bool certificate;	    /**< success is proved by a certificate */
	bool accepted_first;	    /**< v2 envelope in the order of 4Mica's SDK */

	/** Can this offer be paid by the scheme at all? Structural and table facts only.
	 *  Sets stage UNUSABLE/UNSUPPORTED and the words when not. */
	bool (*supports)(const struct fm_challenge *challenge, struct fm_offer *offer);
	/** Fill the scheme's part of a draft (times, nonce, domain from the offer). `max_window_s`
	 *  shortens the validity, 0 leaves the seller's. */
	enum fm_code (*prepare)(struct fm_draft *draft, const struct fm_offer *offer,
				const struct fm_rand *rand, int64_t max_window_s,
				struct fm_err *err);
	/** The digest to sign, from draft and offer alone. */
	enum fm_code (*digest)(struct fm_hash *out, const struct fm_draft *draft,
			       const struct fm_offer *offer, struct fm_err *err);
	/** Append the payload's JSON. */
	enum fm_code (*payload)(struct fm_buf *out, const struct fm_draft *draft,
				const struct fm_offer *offer, const struct fm_sig *sig,
				struct fm_err *err);
};

/** `4mica-credit`'s table lives a layer up; x402 learns of schemes through this list, given by
 *  the linker of layers (credit/scheme_list.c). NULL-terminated, in order of preference. */
extern const struct fm_scheme *const fm_schemes[];
extern const struct fm_scheme fm_scheme_exact;
extern const struct fm_scheme fm_scheme_credit;

const struct fm_scheme *fm_scheme_find(struct fm_span name);
void fm_draft_clear(struct fm_draft *draft);

/** Mark an offer and say why; returns false, so `return fm_offer_refuse(...)` reads well. */
bool fm_offer_refuse(struct fm_offer *offer, enum fm_offer_stage stage, enum fm_code why,
		     const char *fmt, ...) FM_PRINTF(4, 5);

#endif
