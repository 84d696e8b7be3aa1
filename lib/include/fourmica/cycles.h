/* SPDX-License-Identifier: MIT */
/** A wallet's clearing cycles: which one is meant, and the transactions that settle it. Nothing
 *  that 4Mica Core prepared is sent: it is made again from our own values and the chain's. Rules:
 *  4mica.md, 2.2 and 8; contracts.md, 3, 5 and 6; design, Decisions 2, 8 and 11. */
#ifndef FOURMICA_CYCLES_H
#define FOURMICA_CYCLES_H

#include <fourmica/clearing.h>
#include <fourmica/collateral.h>

/* ---- which one ---- */

/** One cycle. */
struct fm_cycle_ref {
	char text[FM_CYCLE_TEXT]; /**< Core's name for it; "": not known */
	struct fm_hash id;	  /**< the chain's */
	struct fm_addr asset;	  /**< zero while `text` is "" */
	uint64_t start_s;	  /**< likewise */
	uint32_t length_s;	  /**< as guessed from a certificate; 0: not known */
};

/** A cycle by its text id. False: it is none. */
FM_API bool fm_cycle_ref_of(struct fm_cycle_ref *out, struct fm_span text) FM_MUST_USE;
/** ... by what a payment keeps of it, fm_payment's cycle_hint. */
FM_API bool fm_cycle_ref_of_hint(struct fm_cycle_ref *out, const char *hint) FM_MUST_USE;

/** The cycles the ledger knows of the client's wallet on a chain, each once, newest start first:
 *  those of its certificates, and those it settled or tried to. Looks at every payment. The caller
 *  frees *refs. No network. */
FM_API enum fm_code fm_cycle_known(struct fm_cycle_ref **refs, size_t *count,
				   struct fm_client *client, uint64_t chain_id,
				   struct fm_err *err) FM_MUST_USE;

/** The clearing house of a chain: of config.json, else the one that was pinned with its first use.
 *  *known false: neither. No network. */
FM_API enum fm_code fm_cycle_house(struct fm_addr *out, bool *known,
				   struct fm_client *client, uint64_t chain_id,
				   struct fm_err *err) FM_MUST_USE;

#define FM_CYCLE_LOOK_BLOCKS 100000u /**< how far back commits are searched for */

/** The cycle a person means: its text id, its id in hex, or the beginning of either
 *  (fm_cycle_named). What the ledger knows goes first; what it does not, the house on chain is asked
 *  for, when it is known: by its id, or among the commits of the last FM_CYCLE_LOOK_BLOCKS blocks.
 *  Out:  text "": only the id is known, and no usual length of cycles explains it
 *  Errors: FM_E_USAGE no cycle, or several, have that name; those of ledger and chain. */
FM_API enum fm_code fm_cycle_find(struct fm_cycle_ref *out, struct fm_client *client,
				  uint64_t chain_id, const char *name,
				  struct fm_err *err) FM_MUST_USE;

/** When the time to pay ends. */
struct fm_cycle_deadline {
	bool found; /**< false: nothing of it is known to run; the rest is zero */
	struct fm_cycle_ref ref;
	uint64_t pay_by_s;
	int64_t chain_now_s; /**< time of the pending block: "now" for it */
};

/** The cycle whose time to pay ends first, of those that are open, in which the wallet has guarantees
 *  outstanding and has not paid. Whether it owes anything there only Core can tell. Looks at the
 *  newest eight cycles of each asset that the wallet's certificates name, in one request for each; asks
 *  nobody where no house is known (fm_cycle_house).
 *  Errors: those of ledger and chain. */
FM_API enum fm_code fm_cycle_next_deadline(struct fm_cycle_deadline *out,
					   struct fm_client *client, uint64_t chain_id,
					   struct fm_err *err) FM_MUST_USE;

/* ---- settling ---- */

#define FM_CYCLE_MARGIN_S 60 /**< least time left in which a debit is paid ... */
#define FM_CYCLE_HURRY_S 600 /**< ... and that below which a warning is due */

/** What somebody wants of a cycle. */
struct fm_cycle_wish {
	enum fm_op_kind kind; /**< FM_OP_PAY_DEBIT, _CLAIM_CREDIT, _MARK_DEFAULT,
			       *   _FINALIZE_CYCLE */
	uint64_t chain_id;
	const char *cycle;	   /**< as for fm_cycle_find */
	struct fm_addr debtor;	   /**< _MARK_DEFAULT */
	const struct fm_u256 *max; /**< _PAY_DEBIT: no more than this ... */
	/** ... or this, whose unit must fit; NULL. */
	const struct fm_quantity *max_amount;
	int64_t margin_s;	/**< _PAY_DEBIT: least time left on the chain's clock */
	bool accept_difference; /**< _PAY_DEBIT: also more than the ledger explains */
	bool wait_funded;	/**< _CLAIM_CREDIT: until enough was paid in */
	int64_t wait_ms;	/**< ... at most this long; 0: half an hour */
};

/** One participant's side of a cycle, as it was found. What is in it was compared with the chain. */
struct fm_cycle_side {
	struct fm_cycle_ref ref;
	struct fm_addr house;
	bool house_new;	    /**< named by nobody but Core, and never used before */
	struct fm_addr who; /**< debtor or creditor */
	bool has_amount;
	struct fm_asset asset; /**< filled with has_amount, of the next and of cycle */
	struct fm_u256 amount; /**< net debit or net credit */
	bool seen; /**< the chain knows the cycle; the next three are filled */
	struct fm_cycle_state cycle;
	struct fm_cycle_seat seat;
	int64_t chain_now_s;
	/** _PAY_DEBIT: it is not what the ledger makes of the cycle, and was paid all the same: because
	 *  it is less, or that was accepted. Code FM_OK: it is. */
	struct fm_err difference;
	bool done; /**< it was as wanted already, by whomever: nothing new was sent */
};

/** Pay a net debit, claim a net credit, mark a defaulter, finalize a cycle. Role, amount and proof come
 *  from Core, the rest from us and the chain; where they do not fit, the member that is wrong is
 *  named and nothing is sent. The emergency stop does not hold for it (design, Decision 8); net debits
 *  count under the clearing limits. What is done already is success.
 *  Out:  moved  also after an error: what was signed
 *        side   likewise, as far as it came
 *  Errors: those of fm_deposit but FM_E_STOPPED; and
 *    FM_E_CORE     what Core says is not so; err->rule names the member
 *    FM_E_NOT_YET  not netted, not committed, not funded, not over: err says until when
 *    FM_E_REVERT   the contract would refuse it; too little time (rule "deadline-margin");
 *                  nothing to settle (rules "flat", "role")
 *    FM_E_SURPLUS, FM_E_DIFFERS  the debit is more than the ledger explains (fm_cycle_compare)
 *    FM_E_OVER_LIMIT  more than `max` (rule "max-amount") */
FM_API enum fm_code fm_cycle_move(struct fm_moved *moved, struct fm_cycle_side *side,
				  struct fm_client *client,
				  const struct fm_cycle_wish *wish,
				  const struct fm_move_options *options,
				  struct fm_err *err) FM_MUST_USE;

/** What became of one debit. */
struct fm_cycle_outcome {
	const struct fm_cycle_side *side;
	const struct fm_moved *moved;
	enum fm_code rc;
	const struct fm_err *err; /**< of rc */
};

/** Pay every debit that is due: those of the cycles the ledger knows (fm_cycle_known) whose time to pay
 *  runs, whose asset is that of wish->max_amount, and that together stay within it; the one whose
 *  time ends first is the first. What is paid already, and cycles in which nothing is owed, are passed
 *  over. One that cannot be paid does not keep the others from it.
 *  In:   wish  of FM_OP_PAY_DEBIT, with max_amount; `cycle` and `max` are not looked at
 *        each  is told of every one that was tried; may be NULL
 *  Out:  paid  debits paid by this call
 *  Errors: of the first that was not paid. When another was, FM_E_REVERTED or FM_E_TX_PENDING, for
 *  value moved; and what keeps all of them from it. */
FM_API enum fm_code fm_cycle_pay_due(size_t *paid, struct fm_client *client,
				     const struct fm_cycle_wish *wish,
				     const struct fm_move_options *options,
				     void (*each)(void *ctx,
						  const struct fm_cycle_outcome *outcome),
				     void *ctx, struct fm_err *err) FM_MUST_USE;

#endif
