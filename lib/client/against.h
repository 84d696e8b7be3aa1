/* SPDX-License-Identifier: MIT */
/** What the parts of the comparison share. */
#ifndef FOURMICA_CLIENT_AGAINST_H
#define FOURMICA_CLIENT_AGAINST_H

#include <fourmica/against.h>
#include <fourmica/credit.h>

#include "x402/scheme.h"

/** A payment, taken apart as far as it can be. Borrows from the documents. */
struct fm_against_payment {
	const struct fm_json *envelope; /**< NULL: a payload alone */
	const struct fm_json *accepted; /**< v2 */
	const struct fm_json *payload;
	const struct fm_json *claims, *authorization; /**< whichever there is */
	bool header_named_v1, header_named_v2;	      /**< the text came with a name */
};

struct fm_against_work {
	struct fm_against *out;
	const struct fm_against_config *config;
	const struct fm_challenge *challenge;
	const struct fm_offer *offer;
	struct fm_against_payment p;
};

/** A finding whose texts are filled by the caller; never NULL. */
struct fm_finding *fm_finding_add(struct fm_against *out, const char *field,
				  const char *code);
/** With both values, and the message. */
void fm_finding_texts(struct fm_against *out, const char *field, const char *code,
		      const char *expected, const char *found, const char *message);
/** A node of the payment as found. */
void fm_finding_node(struct fm_against *out, const char *field, const char *code,
		     const char *expected, const struct fm_json *found,
		     const char *message);

/** Terms and signature of a guarantee, of an EIP-3009 authorization. */
void fm_against_credit(struct fm_against_work *w);
void fm_against_exact(struct fm_against_work *w);

/** 65 bytes of payload.signature; false, with a finding, when it is none. */
bool fm_against_signature(uint8_t out[static 65], struct fm_against_work *w);

/** A guarantee whose claims were read completely: who signed it, and if that is not the payer, why.
 *  `declared_191`: the payment says eip191. */
void fm_against_sign_credit(struct fm_against_work *w, const struct fm_claims *claims,
			    const uint8_t sig[static 65], bool declared_191);
/** The same of an authorization; `draft` and `offer` say what was signed. */
void fm_against_sign_exact(struct fm_against_work *w, const struct fm_draft *draft,
			   const struct fm_offer *offer, const uint8_t sig[static 65]);

#endif
