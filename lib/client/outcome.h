/* SPDX-License-Identifier: MIT */
/** The end of a payment that was sent, and of one that was sent in an earlier run. */
#ifndef FOURMICA_CLIENT_OUTCOME_H
#define FOURMICA_CLIENT_OUTCOME_H

#include "client/delivery.h"

/** The last word on a payment: FM_OK only with evidence. `broke` is what ended the exchange
 *  early (code FM_OK when nothing did). */
enum fm_code fm_outcome_judge(struct fm_paid *paid, const struct fm_client *client,
			      const struct fm_delivery *d, const struct fm_err *broke,
			      const struct fm_terms_wanted *wanted,
			      struct fm_err *err) FM_MUST_USE;
/** Is this the refusal of a repeated payment that means an earlier sending of the same bytes was
 *  taken (x402, section 7, Replay; 4mica, section 7)? */
bool fm_outcome_taken_before(unsigned retries, const char *reason) FM_MUST_USE;
/** Note the file its result goes to: the ledger tells where the goods are. */
void fm_outcome_artefact(struct fm_payment *payment, const struct fm_client *client,
			 const struct fm_terms_wanted *wanted);
/** Write it to receipt file and ledger. What goes wrong here never makes a payment unmade. */
enum fm_code fm_outcome_record(struct fm_paid *paid, struct fm_client *client,
			       enum fm_code code, struct fm_err *err) FM_MUST_USE;

/** An idempotency key that already has a signature ends the run before any request.
 *  *done true: the returned code, *err and paid->status say how. */
enum fm_code fm_known_check(bool *done, struct fm_paid *paid, struct fm_client *client,
			    const struct fm_http_request *request, const char *key,
			    struct fm_err *err) FM_MUST_USE;
/** The same for a payment that the reservation found. */
enum fm_code fm_known_payment(struct fm_paid *paid, struct fm_err *err) FM_MUST_USE;

#endif
