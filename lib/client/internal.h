/* SPDX-License-Identifier: MIT */
/** What the files of this folder share. */
#ifndef FOURMICA_CLIENT_INTERNAL_H
#define FOURMICA_CLIENT_INTERNAL_H

#include <fourmica/client.h>

#include "x402/scheme.h"

struct fm_client {
	struct fm_client_config config;
	struct fm_ledger *ledger;
	bool ledger_writable;
	bool bound;		 /**< the wallet was bound by this client */
	struct fm_signer signer; /**< ops NULL until unlocked */
	struct fm_session_config session;
};

/** Tell whoever watches that a step was reached. */
void fm_client_event(const struct fm_client *client, const char *event, const char *fmt,
		     ...) FM_PRINTF(3, 4);

/** Before a payment that may come to be: open the ledger for writing when there is one, so that
 *  it is not opened for reading first. */
enum fm_code fm_client_ledger_if_any(struct fm_client *client,
				     struct fm_err *err) FM_MUST_USE;

/** Unlock the wallet once; refused for a wallet without passphrase on a chain of value. */
enum fm_code fm_client_unlock(struct fm_client *client, uint64_t chain_id,
			      struct fm_err *err) FM_MUST_USE;

/** May this wallet pay from this ledger under these rules? FM_OK also for one that never paid.
 *  Errors: FM_E_APPROVAL, rule "accepted": the rules are looser than the accepted ones;
 *  FM_E_LEDGER, rule "ledger": another ledger, or none; what opening it says. */
enum fm_code fm_client_accepted(struct fm_client *client, struct fm_err *err) FM_MUST_USE;

/** May a ledger be made where there is none? Not for a wallet that pays from another. */
enum fm_code fm_client_may_make(const struct fm_client *client,
				struct fm_err *err) FM_MUST_USE;

/** fm_client_accepted, then unlock; a wallet that never paid is bound to this ledger and these rules, which
 *  makes the ledger when there is none. */
enum fm_code fm_client_unlock_to_pay(struct fm_client *client, uint64_t chain_id,
				     struct fm_err *err) FM_MUST_USE;

/** Core's public parameters of a chain: from the ledger while younger than a day, else asked
 *  for and kept. They never contradict the pin: FM_E_CERT_KEY, rule "pinned-trust", when Core
 *  says otherwise; nothing may be signed then. */
enum fm_code fm_client_params(struct fm_core_params *out, struct fm_client *client,
			      uint64_t chain_id, struct fm_err *err) FM_MUST_USE;

/** How a URL of Core or of a chain is asked: time limits, proxy, CA. */
void fm_client_transport(struct fm_http_options *out, const struct fm_client *client,
			 const char *url);

/** What is known of a chain; NULL: nothing. */
const struct fm_network *fm_client_network(const struct fm_client *client,
					   uint64_t chain_id);

/** A token of the user's own list or of the built-in table; NULL when neither knows it. */
const struct fm_asset *fm_client_asset(const struct fm_client *client, uint64_t chain_id,
				       const struct fm_addr *address);

/** The name a seller's pin goes by: its origin and the chain. Starts the buffer. */
void fm_client_seller_key(struct fm_buf *out, const char *origin, uint64_t chain_id);

/** Keep the quote file of what needs approval (quote->kept_path) and say so in the hint of *why; what
 *  goes wrong about that is logged only. */
void fm_client_keep_quote(struct fm_quote *quote, struct fm_client *client,
			  const struct fm_terms_wanted *wanted, struct fm_err *why);
/** Judge the challenge of a quote once more, by what the ledger says now. */
enum fm_code fm_quote_again(struct fm_quote *quote, struct fm_client *client,
			    const struct fm_terms_wanted *wanted,
			    struct fm_err *err) FM_MUST_USE;
/** The judged response of a kept quote, as a seller would have sent it: head and body, appended. */
bool fm_quoted_response(struct fm_buf *head, struct fm_buf *body,
			const struct fm_quote_file *quote) FM_MUST_USE;

/** Are they the same in all that is signed? */
bool fm_terms_same(const struct fm_terms *a, const struct fm_terms *b) FM_MUST_USE;
/** Append the quote file of a quote for a request. */
enum fm_code fm_quote_file_put(struct fm_buf *out, const struct fm_quote *quote,
			       const struct fm_wanted_request *request, int64_t now_s,
			       struct fm_err *err) FM_MUST_USE;

/** What the buyer says a payment is for. Errors: FM_E_USAGE too long. */
enum fm_code fm_client_purpose(struct fm_payment *payment,
			       const struct fm_terms_wanted *wanted,
			       struct fm_err *err) FM_MUST_USE;

/** What ties an idempotency key to one request: SHA-256 over method, URL, body hash, wallet. */
void fm_client_binding(struct fm_hash *out, const struct fm_client *client,
		       const char *method, const char *url, struct fm_span body);

/** Reserve `payment` within `checks`, with the stop checked behind it. *known: the key has a
 *  payment already, then in *payment. On a stop the reservation is given back. */
enum fm_code fm_client_reserve(bool *known, struct fm_client *client,
			       struct fm_payment *payment, const struct fm_ask *ask,
			       struct fm_check *checks, size_t check_count,
			       struct fm_err *err) FM_MUST_USE;

/** Give a reservation back after `rc`; a failure to do so is added to the message. */
void fm_client_release(struct fm_client *client, const struct fm_payment *payment,
		       struct fm_err *err);

/** Was it signed, whatever became of it? */
bool fm_payment_signed(const struct fm_payment *payment) FM_MUST_USE;

/** A guarantee somebody wants to give. */
struct fm_wanted_cover {
	uint64_t chain_id;
	const struct fm_asset *asset;
	struct fm_u256 amount;
	const char
		*idem_key; /**< signed before under this key: nothing new; may be NULL */
	bool ask;	   /**< chain and Core may be asked */
};

/** Is there collateral for it? Called again after the wallet was unlocked, with the same *out:
 *  now Core may be asked, too. Zero *out first.
 *  Errors: FM_E_COLLATERAL, as in out->why; what made looking impossible. */
enum fm_code fm_client_cover(struct fm_cover *out, struct fm_client *client,
			     const struct fm_wanted_cover *wanted,
			     struct fm_err *err) FM_MUST_USE;
/** The same for the offer of an allowed quote, into quote->cover; FM_OK for other schemes. */
enum fm_code fm_client_cover_quote(struct fm_quote *quote, struct fm_client *client,
				   const char *idem_key, bool ask,
				   struct fm_err *err) FM_MUST_USE;
/** A deposit or a withdrawal is about to be recorded as done: what was remembered is no more. */
void fm_cover_forget(struct fm_client *client, struct fm_ledger *ledger,
		     const struct fm_op *op);

/** The one thing that may be charged once, whatever it is signed with: a 4Mica request id of
 *  a payer, or an EIP-3009 nonce of a payer at a token. */
void fm_client_identity(struct fm_payment *payment);

/** Record what ended in *err before anything was reserved, if that is a refusal or needs a person
 *  (30-38). Who pays, by which rules, and why is filled in here. Best effort: it changes nothing for
 *  the caller. */
void fm_client_denied(struct fm_client *client, struct fm_denial *denial,
		      const struct fm_err *err);

#define FM_RECEIPT_SCHEMA "fourmica.receipt/1"

/** Write receipts/<id>.json. */
enum fm_code fm_client_keep_receipt(struct fm_paid *paid, struct fm_client *client,
				    struct fm_err *err) FM_MUST_USE;

/** Before a payment is signed: whose certificate will prove it? Fills paid->trust for schemes
 *  that have certificates. Errors: those of fm_client_trust; a payment that needs a certificate
 *  nobody could believe is not made. */
enum fm_code fm_client_evidence_ready(struct fm_paid *paid, struct fm_client *client,
				      const struct fm_terms_wanted *wanted,
				      struct fm_err *err) FM_MUST_USE;

/** Evidence of an answered payment: fills paid->evidence, verdict, cycle and the payment's
 *  cycle_hint. FM_OK, or FM_E_EVIDENCE, FM_E_BAD_EVIDENCE. */
enum fm_code fm_client_evidence(struct fm_paid *paid, const struct fm_client *client,
				const struct fm_terms_wanted *wanted,
				struct fm_err *err) FM_MUST_USE;

/** Every field that was signed, read back from the very bytes that were sent.
 *  In:  payment_json  what the payment header encodes */
enum fm_code fm_client_signed_claims(struct fm_claims *out, struct fm_span payment_json,
				     struct fm_err *err) FM_MUST_USE;
/** The text behind the cycle's id is kept in the payment: no endpoint lists cycles (4mica.md,
 *  section 8). False: it is none of the usual ones. */
bool fm_client_keep_cycle(struct fm_payment *payment, struct fm_cycle_guess *cycle,
			  const struct fm_cert *cert);

/** Without blanks and line ends around it. */
struct fm_span fm_text_trim(struct fm_span text);
/** "PAYMENT-RESPONSE: value" as cut from a header dump: just the value; other text as it is. */
struct fm_span fm_text_without_name(struct fm_span text);

#endif
