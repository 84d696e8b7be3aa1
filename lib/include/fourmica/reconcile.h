/* SPDX-License-Identifier: MIT */
/** What became of payments whose outcome nobody recorded, or whose authority may still be used:
 *  evidence of the chain, of 4Mica Core and of receipts that were kept, and a person's word. Nothing
 *  is ever sent again: the answer could not be given to whoever asked for it. Rules: x402.md, 7;
 *  4mica.md, 2.3 and 4; design, Decisions 3, 4 and 8. */
#ifndef FOURMICA_RECONCILE_H
#define FOURMICA_RECONCILE_H

#include <fourmica/client.h>

/** One payment that was looked at. */
struct fm_reconciled {
	const struct fm_payment *payment; /**< as it is now */
	enum fm_pay_state before;
	bool unsure;	     /**< nobody knows yet whether it went through */
	const char *message; /**< what was found, or why nothing was */
	const char *next;    /**< the one thing to do; "" when there is none */
};

/** Core's word on one asset against the ledger. Base units. */
struct fm_core_word {
	uint64_t chain_id;
	struct fm_addr asset;
	struct fm_u256 locked;	    /**< by Core */
	struct fm_u256 outstanding; /**< signed here, not known to be settled */
	struct fm_u256 certified; /**< of that, what certificates show to be locked now */
	struct fm_u256 surplus;	  /**< locked above what is outstanding */
};

struct fm_reconcile {
	/** One payment, by its id or idempotency key; NULL: all whose outcome is not known or whose
	 *  authority may still be used. */
	const char *id;
	bool all;     /**< also those that are paid by a seller's word alone */
	bool sign_in; /**< unlock the wallet to ask Core */
	void (*each)(void *ctx,
		     const struct fm_reconciled *reconciled);	  /**< may be NULL */
	void (*core)(void *ctx, const struct fm_core_word *word); /**< may be NULL */
	void *ctx;
};

/** Look after the payments of the client's wallet on a chain, and give back the reservations of
 *  processes that died. What is found out is in the ledger before `each` is told.
 *  In:  wish->id  must be a payment of this wallet and chain
 *  Errors: FM_E_IN_DOUBT one stays in doubt, with why; FM_E_BUSY the one that was asked for is being
 *  made; FM_E_USAGE it is no payment of this wallet; what keeps the rest from being known (chain,
 *  Core) when none is in doubt; FM_E_LEDGER, FM_E_IO, FM_E_INTERRUPTED. */
FM_API enum fm_code fm_reconcile(struct fm_client *client, uint64_t chain_id,
				 const struct fm_reconcile *wish,
				 struct fm_err *err) FM_MUST_USE;

#define FM_RESOLUTION_MAX 500u /**< bytes of a person's reason */

/** Can a person decide about this payment? FM_OK; FM_E_USAGE with why not.
 *  In:  paid  true: it went through; false: it was not used, and never will be */
FM_API enum fm_code fm_reconcile_may_mark(const struct fm_payment *payment, bool paid,
					  struct fm_err *err) FM_MUST_USE;
/** Record a person's decision about a payment, which is read again into *payment. It stays counted
 *  in the windows it was signed in; marked as unused it is no outstanding authority any more.
 *  Errors: FM_E_USAGE not to be marked, or the reason is empty, too long, or no text; FM_E_BUSY it
 *  changed meanwhile, or is being made; what the ledger says. */
FM_API enum fm_code fm_reconcile_mark(struct fm_payment *payment,
				      struct fm_client *client, bool paid,
				      const char *reason, struct fm_err *err) FM_MUST_USE;

#endif
