/* SPDX-License-Identifier: MIT */
/** Parts of the look for collateral before a guarantee is signed: the look itself, what is kept of
 *  it, what is said about it. Rules: design, Decision 10. */
#ifndef FOURMICA_CLIENT_COVER_H
#define FOURMICA_CLIENT_COVER_H

#include "client/position.h"

#define FM_COVER_PIN \
	"collateral" /**< kind of the ledger's pins, and the rule that refuses */

/** One look at what covers a guarantee. */
struct fm_looking {
	struct fm_client *client;
	struct fm_ledger *ledger; /* NULL: there is none */
	const struct fm_wanted_cover *wanted;
	struct fm_addr vault;
	bool pinned;
	struct fm_holding h; /* as far as it is known; outstanding is the ledger's, now */
	struct fm_u256 in_doubt; /* the ledger's, now */
	struct fm_u256 most;	 /* free, if all that was paid is settled */
	/* what was learnt, here or by an earlier run */
	bool fresh;
	bool on_chain;	 /* the chain answered */
	bool core_asked; /* a token was at hand; h.core_known: and Core told */
	int64_t at_s;	 /* when the chain was asked */
	struct fm_u256 then, then_in_doubt; /* the ledger's, when Core was asked */
	struct fm_err why;		    /* the chain did not answer */
};

/* cover_memory.c */

/** What an earlier look learnt, if it is fresh: l->fresh. */
enum fm_code fm_cover_recall(struct fm_looking *l, struct fm_err *err) FM_MUST_USE;
/** Keep what was learnt; a ledger that cannot be written now does not stop the looking. */
void fm_cover_remember(const struct fm_looking *l);
/** Start from nothing. */
void fm_cover_unlearn(struct fm_looking *l);

/* cover_tell.c */

/** Fill *out and, when there is certainly too little, *err: FM_E_COLLATERAL with both values and
 *  the one thing to do. */
enum fm_code fm_cover_tell(struct fm_cover *out, const struct fm_looking *l,
			   enum fm_covered covered, struct fm_err *err) FM_MUST_USE;

#endif
