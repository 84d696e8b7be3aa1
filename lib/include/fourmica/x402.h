/* SPDX-License-Identifier: MIT */
/** x402 for a buyer: read a challenge, choose an offer, write the payment, read the receipt. */
#ifndef FOURMICA_X402_H
#define FOURMICA_X402_H

#include <fourmica/json.h>
#include <fourmica/network.h>

#define FM_X402_HEADER_MAX 65536u /**< bytes of a challenge or receipt header value */
#define FM_X402_BODY_MAX (1024u * 1024u) /**< bytes of a challenge body */
#define FM_X402_OFFERS_MAX 256u		 /**< entries of `accepts` that are looked at */
#define FM_X402_PAYMENT_MAX 16384u	 /**< above this, extensions are left out */
#define FM_X402_URL_MAX 4096u

enum fm_source {
	FM_SOURCE_NONE,
	FM_SOURCE_HEADER,
	FM_SOURCE_BODY,
};

/** How far an offer came, worst first: the class of a challenge nothing of which is payable
 *  is that of its best offer. */
enum fm_offer_stage {
	FM_OFFER_UNUSABLE,    /**< breaks a rule of the format */
	FM_OFFER_UNSUPPORTED, /**< well formed; scheme, network, method or flow not ours */
	FM_OFFER_DENIED,      /**< payable, but the policy says no */
	FM_OFFER_OVER_LIMIT,  /**< payable, above a limit */
	FM_OFFER_APPROVAL,    /**< payable once a person said yes */
	FM_OFFER_PAYABLE,
};

struct fm_scheme;
struct fm_validation;

/** Canonical name of a scheme. */
FM_API const char *fm_scheme_name(const struct fm_scheme *scheme);
/** Is its success proved by a certificate of 4Mica? */
FM_API bool fm_scheme_certifies(const struct fm_scheme *scheme);

/** One entry of `accepts`. Texts are decoded copies, NUL-free where they decide anything. */
struct fm_offer {
	unsigned index; /**< place in `accepts` */
	enum fm_offer_stage stage;
	enum fm_code why;  /**< the code behind a refusal; FM_OK when payable */
	char refused[192]; /**< the reason in words; empty when payable */
	char rule[64];	   /**< policy rule that refused it */
	const struct fm_scheme *scheme; /**< NULL when the scheme is not ours */
	char scheme_text[64];		/**< as sent */
	char network_text[64];		/**< as sent */
	uint64_t chain_id;		/**< 0 when the network is not an EVM chain */
	const struct fm_network
		*network; /**< built-in, or as the choice has it; NULL: unknown */
	struct fm_u256 amount;
	struct fm_addr asset;
	struct fm_addr pay_to;
	bool asset_miscased,
		pay_to_miscased; /**< mixed case with a wrong EIP-55 checksum */
	uint32_t max_timeout_s;
	bool flow_authorization;      /**< paymentFlow absent or "authorization" */
	const struct fm_asset *known; /**< from the asset table; NULL: unknown token */
	const struct fm_json *src;    /**< the entry, for its source bytes */
	const struct fm_json *extra;  /**< NULL when absent or null */
};

/** A parsed challenge. Owner: fm_challenge_free. Offers point into it. */
struct fm_challenge {
	enum fm_source source;
	int version; /**< 1 or 2 */
	const struct fm_json *root;
	const struct fm_json *resource;	  /**< v2 object; NULL when absent */
	const struct fm_json *extensions; /**< v2 object; NULL when absent or unusable */
	char error[256];		  /**< the server's words, escaped */
	struct fm_buf text;		  /**< the JSON everything points into */
	struct fm_json *doc;
	struct fm_offer *offers; /**< every examined entry of `accepts`, objects or not */
	size_t offer_count;
};

/** Find and read the challenge of a 402 (or a 412 after a payment). `head` and `body` are the
 *  response as received; `body_truncated` says that the body went on beyond `body`.
 *  Errors are the classes of the protocol page: FM_E_NOT_X402, FM_E_MALFORMED,
 *  FM_E_TOO_LARGE, FM_E_VERSION, FM_E_NO_OPTION (empty accepts).
 *  Offers are parsed structurally here and given their scheme; nothing is judged yet. */
FM_API enum fm_code fm_challenge_read(struct fm_challenge **out, int status,
				      struct fm_span head, struct fm_span body,
				      bool body_truncated,
				      struct fm_err *err) FM_MUST_USE;
FM_API void fm_challenge_free(struct fm_challenge **challenge);

/** resource.url (v2) or the offer's resource (v1); false when there is none. Decoded. */
FM_API bool fm_challenge_resource(struct fm_buf *out,
				  const struct fm_challenge *challenge,
				  const struct fm_offer *offer) FM_MUST_USE;
/** description, mimeType of the resource (v2) or the offer (v1); false when there is none. */
FM_API bool fm_challenge_text(struct fm_buf *out, const struct fm_challenge *challenge,
			      const struct fm_offer *offer,
			      const char *member) FM_MUST_USE;

/** Judges one offer that a scheme can pay. Sets stage, why, refused, rule of the offer when it
 *  refuses and returns false; an error that ends everything goes to *fatal. */
typedef bool fm_judge_fn(void *ctx, const struct fm_challenge *challenge,
			 struct fm_offer *offer);

struct fm_choice {
	const char *const
		*prefer;    /**< scheme names, best first, NULL-terminated; NULL: ours */
	const char *scheme; /**< only this scheme; NULL: any */
	uint64_t chain_id;  /**< only this chain; 0: any */
	const char *request_url; /**< for the resource's host; NULL: not compared */
	fm_judge_fn *judge;
	/** What is known of a chain; NULL: the built-in table. */
	const struct fm_network *(*network)(void *judge_ctx, uint64_t chain_id);
	void *judge_ctx;
};

/** The offer to pay: usable, supported, allowed, first in rank order (own scheme preference,
 *  then authorization flow, then the seller's order). Every other offer says why not.
 *  Errors: FM_E_OVER_LIMIT, FM_E_BUDGET, FM_E_ASSET, FM_E_SELLER, FM_E_APPROVAL, ...: the `why`
 *  of the offer that came furthest; FM_E_NO_OPTION; FM_E_MALFORMED. */
FM_API enum fm_code fm_choose(struct fm_offer **out, struct fm_challenge *challenge,
			      const struct fm_choice *choice,
			      struct fm_err *err) FM_MUST_USE;

/** "X-PAYMENT" or "PAYMENT-SIGNATURE". */
FM_API const char *fm_payment_header_name(const struct fm_challenge *challenge);

/** Append the payment header's JSON around `payload` (a scheme's JSON): the version's
 *  envelope, the offer's bytes spliced in as received, extensions echoed while they fit. */
FM_API enum fm_code fm_payment_json(struct fm_buf *out,
				    const struct fm_challenge *challenge,
				    const struct fm_offer *offer, struct fm_span payload,
				    struct fm_err *err) FM_MUST_USE;

/** What a receipt header says. Owner: fm_receipt_clear. */
struct fm_receipt {
	bool present;  /**< a receipt header was there */
	bool readable; /**< ... and is a JSON object with a boolean success */
	bool success;
	char transaction[FM_HASH_TEXT + 64];
	char network[64];
	char payer[64];
	char amount[FM_U256_DEC];
	char reason[256];     /**< errorReason, error, message, invalidReason; escaped */
	struct fm_buf claims; /**< certificate bytes; empty when there is none */
	struct fm_buf signature;
	bool has_certificate; /**< claims and signature were there as hex */
	bool bad_certificate; /**< one was there, but not as two hex texts */
	struct fm_buf raw;    /**< header value as received */
};

FM_API void fm_receipt_init(struct fm_receipt *receipt);
FM_API void fm_receipt_clear(struct fm_receipt *receipt);
/** Read PAYMENT-RESPONSE, else X-PAYMENT-RESPONSE. Never fails but for memory: an unreadable
 *  receipt is a finding, not an error. */
FM_API enum fm_code fm_receipt_read(struct fm_receipt *out, struct fm_span head,
				    struct fm_err *err) FM_MUST_USE;
/** The same from a header value. */
FM_API enum fm_code fm_receipt_value(struct fm_receipt *out, struct fm_span value,
				     struct fm_err *err) FM_MUST_USE;

/** Classes of the answer to a paid request (protocol page, section 7). */
enum fm_after {
	FM_AFTER_PAID,
	FM_AFTER_SERVED,
	FM_AFTER_SETTLE_PENDING,
	FM_AFTER_SETTLE_FAILED,
	FM_AFTER_REJECTED_STALE,
	FM_AFTER_REJECTED,
	FM_AFTER_NEW_TERMS,
	FM_AFTER_UNKNOWN,
	FM_AFTER_NEEDS_ALLOWANCE,
	FM_AFTER_BAD_PAYMENT,
	FM_AFTER_CONFLICT,
	FM_AFTER_REFUSED,
	FM_AFTER_PAID_NOT_SERVED,
};

/** What was paid, to compare a second challenge with. */
struct fm_terms {
	char scheme[64];
	uint64_t chain_id;
	struct fm_u256 amount;
	struct fm_addr asset, pay_to;
};

FM_API void fm_terms_of(struct fm_terms *out, const struct fm_offer *offer);

struct fm_verdict_after {
	enum fm_after after;
	bool resend;  /**< the same bytes may be sent again (bounded; see the scheme) */
	bool may_ask; /**< a new attempt through policy makes sense */
	char reason[256]; /**< the seller's words, escaped; may be empty */
};

/** Classify. `receipt` was read from `head`. */
FM_API enum fm_code fm_after_classify(struct fm_verdict_after *out, int status,
				      struct fm_span head, struct fm_span body,
				      bool body_truncated,
				      const struct fm_receipt *receipt,
				      const struct fm_terms *sent,
				      struct fm_err *err) FM_MUST_USE;
/** "paid", "served", "settle_pending", ... as the vectors write them. */
FM_API const char *fm_after_word(enum fm_after after);

#endif
