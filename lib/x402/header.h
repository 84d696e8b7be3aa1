/* SPDX-License-Identifier: MIT */
/** What the readers of x402 headers share: finding a value, undoing its coding, showing the
 *  server's words. */
#ifndef FOURMICA_X402_HEADER_H
#define FOURMICA_X402_HEADER_H

#include <fourmica/x402.h>

enum fm_carried {
	FM_CARRIED_NOT,	     /**< neither name is there */
	FM_CARRIED_ONE,	     /**< one value, perhaps repeated */
	FM_CARRIED_DIFFERS,  /**< sent twice, with different values */
	FM_CARRIED_TOO_LONG, /**< over FM_X402_HEADER_MAX */
};

/** The value of header `name`; of `fallback` only when there is no `name` at all. */
enum fm_carried fm_carried_find(struct fm_span *value, struct fm_span head,
				const char *name, const char *fallback);

/** Append the JSON a header value stands for: the value itself when it starts with '{', else
 *  what its base64 says. False when it is neither; memory trouble shows in json->failed. */
bool fm_carried_json(struct fm_buf *json, struct fm_span value) FM_MUST_USE;

/** The certificate of a receipt or a facilitator's answer: certificate, guarantee,
 *  extra.certificate, else the document itself when it has claims and signature. NULL: none. */
const struct fm_json *fm_certificate_find(const struct fm_json *root);

/** A value as a terminal may show it: strings decoded, others as written; escaped, cut to fit.
 *  Empty for NULL, null, and when memory is short. */
void fm_node_show(char *out, size_t size, const struct fm_json *node);

/** The words a server explains a refusal with: the first of errorReason, error, message,
 *  invalidReason, errorMessage, invalidMessage that says something. Escaped, cut to fit. */
void fm_reason_show(char *out, size_t size, const struct fm_json *object);

/** Read one entry of `accepts`: UNUSABLE when it breaks a rule of the format, then the facts. */
void fm_offer_read(struct fm_offer *offer, const struct fm_json *entry, unsigned index);

/** Can anything here pay such an offer: scheme, network, asset form, payment flow? Facts of
 *  the offer alone; sets its stage, `why` and words when not. */
bool fm_offer_facts(struct fm_offer *offer);

#endif
