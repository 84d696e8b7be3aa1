/* SPDX-License-Identifier: MIT */
/** A payment held against the challenge it answers: what a facilitator would object to, who signed
 *  it, and which of the usual mistakes was made when that is not the payer. */
#ifndef FOURMICA_AGAINST_H
#define FOURMICA_AGAINST_H

#include <fourmica/cause.h>
#include <fourmica/x402.h>

#define FM_FINDINGS_MAX 64
#define FM_FINDING_TEXT 160

/** One inconsistency. Texts of others are escaped. */
struct fm_finding {
	char field[64]; /**< where: "payload.claims.amount" */
	char expected[FM_FINDING_TEXT],
		found[FM_FINDING_TEXT]; /**< "": nothing to show */
	char message[256];
	char code
		[FM_CAUSE_CODE]; /**< the row of cause.h a facilitator or Core would refuse with */
};

/** What is not in the two texts. */
struct fm_against_config {
	/** EIP-712 domain of 4Mica guarantees, or of the token; NULL: Core's usual name and version,
	 *  or what the offer says of its token. */
	const char *domain_name, *domain_version;
	int64_t now_s; /**< the time windows are judged at */
};

struct fm_against {
	char scheme[64], network[64]; /**< of the offer, escaped */
	unsigned offer;		      /**< its place in `accepts` */
	int guarantee_version;	      /**< 1, 2; 0: no guarantee */
	bool has_payer;
	struct fm_addr payer; /**< who the payment says pays */
	bool has_signer;
	struct fm_addr signer; /**< who signed, read as the payment says it was signed */
	char signed_as[FM_FINDING_TEXT]; /**< "EIP-712, domain 4mica 1, chain 84532" */
	bool right_signer;		 /**< that is the payer */
	struct fm_finding findings[FM_FINDINGS_MAX]; /**< in the order of a facilitator */
	size_t count;
	size_t more; /**< findings there was no room for */
};

/** Compare. `payment` is a payment header with its name or without, base64 or JSON, a body for
 *  Core's or a facilitator's endpoint, or a payload alone; `challenge` a response saved with
 *  `curl -i`, a header or a JSON body. Of several offers it is the one the payment fits best.
 *  *out is about 40 KB: not for a stack that is short.
 *  Errors: FM_E_MALFORMED, FM_E_NOT_X402, FM_E_TOO_LARGE, FM_E_VERSION, FM_E_NO_OPTION one of the
 *  two cannot be read as what it should be, or has nothing to compare; FM_E_UNSUPPORTED a payment
 *  with Permit2.
 *  Spec: 4mica.md 3, 6, 7 and 12; x402.md 5 and 6. What needs Core (collateral, trusted registries,
 *  used request ids) or the chain (nonces, balances) is not looked at. */
FM_API enum fm_code fm_against_read(struct fm_against *out, struct fm_span payment,
				    struct fm_span challenge,
				    const struct fm_against_config *config,
				    struct fm_err *err) FM_MUST_USE;

#endif
