/* SPDX-License-Identifier: MIT */
/** Is what a clearing cycle charges what was signed? 4Mica Core tells a participant one number, its
 *  net position, and no list of guarantees: so the number is recomputed from the wallet's own
 *  records, and of a difference is told what would explain it exactly. Errors that cancel each other
 *  out stay unseen. Rules: 4mica.md, 2.2, 4 and 8; contracts.md, 3. */
#ifndef FOURMICA_CYCLE_AUDIT_H
#define FOURMICA_CYCLE_AUDIT_H

#include <fourmica/cycles.h>

/* ---- which there are ---- */

/** Where a cycle left a trace. */
enum fm_cycle_trace {
	FM_TRACE_LEDGER = 1,	/**< a certificate or an operation of the wallet */
	FM_TRACE_RECEIVED = 2,	/**< a certificate that was imported */
	FM_TRACE_COMMITTED = 4, /**< committed on chain, by whomever */
	FM_TRACE_SETTLED = 8,	/**< an event of the clearing house names the wallet */
};

struct fm_cycle_listed {
	struct fm_cycle_ref ref; /**< text "": only its id is known */
	unsigned traces;	 /**< enum fm_cycle_trace */
};

/** The cycles that may concern the client's wallet, newest start first: no endpoint lists them, so
 *  what ledger and chain know is put together.
 *  In:   blocks  how far back the chain's events are looked at; 0: not at all
 *        most    cycles at most; *more: there are others
 *  Out:  why     what kept the chain from being asked; code FM_OK: nothing
 *  The caller frees *list. Errors: those of the ledger; FM_E_INTERRUPTED, FM_E_NOMEM. */
FM_API enum fm_code fm_cycle_list(struct fm_cycle_listed **list, size_t *count,
				  bool *more, struct fm_err *why,
				  struct fm_client *client, uint64_t chain_id,
				  uint64_t blocks, size_t most,
				  struct fm_err *err) FM_MUST_USE;

/* ---- what chain and Core say ---- */

/** What Core said of a wallet's part. */
enum fm_cycle_word {
	FM_CYCLE_SILENT,     /**< nothing: why is in `core_error` */
	FM_CYCLE_UNKNOWN,    /**< it does not know the cycle */
	FM_CYCLE_NO_PART,    /**< no guarantee in it is of or for the wallet */
	FM_CYCLE_NOT_NETTED, /**< open, or frozen */
	FM_CYCLE_FLAT,	     /**< netted, and nothing is left to settle */
	FM_CYCLE_POSITION,   /**< netted: `proof` */
};

/** A cycle and a wallet's part in it. */
struct fm_cycle_standing {
	struct fm_cycle_ref ref;
	bool house_known;
	bool house_of_core; /**< nobody else named it */
	struct fm_addr house;
	bool chain_read; /**< else `chain_error` tells why */
	bool committed;	 /**< the house knows the cycle; the next two are filled */
	struct fm_cycle_state cycle;
	struct fm_cycle_seat seat;
	int64_t chain_now_s;
	enum fm_cycle_word word;
	struct fm_clearing_proof proof;
	/** `proof` is of this wallet and asset, its leaf is ours, and it leads to the root on chain; false
	 *  while the cycle is not committed: then to the root that came with it. */
	bool proven;
	struct fm_err chain_error, core_error;
};

/** Ask chain and Core.
 *  In:   ref    with its text, else Core cannot be asked
 *  Errors: FM_E_CORE a proof that is wrong, its rule the member; FM_E_INTERRUPTED, FM_E_NOMEM; the
 *  rest of what chain and Core could not say is in *out. */
FM_API enum fm_code fm_cycle_standing_read(struct fm_cycle_standing *out,
					   struct fm_client *client, uint64_t chain_id,
					   const struct fm_cycle_ref *ref,
					   enum fm_sign_in how,
					   struct fm_err *err) FM_MUST_USE;

/** Enumerator, word: those of Core's documents. */
/* clang-format off */
#define FM_CYCLE_PHASES(X)                                                                     \
	X(FM_PHASE_OPEN, "OPEN")                                                               \
	X(FM_PHASE_FROZEN, "FROZEN")                                                           \
	X(FM_PHASE_NETTED, "NETTING_COMPUTED")                                                 \
	X(FM_PHASE_PAYMENT, "PAYMENT_WINDOW_OPEN")                                             \
	X(FM_PHASE_FINALIZED, "FINALIZED")                                                     \
	X(FM_PHASE_DEFAULTED, "DEFAULTED")
/* clang-format on */
enum fm_cycle_phase {
#define FM_PHASE_ENUM(id, word) id,
	FM_CYCLE_PHASES(FM_PHASE_ENUM)
#undef FM_PHASE_ENUM
};
/** "OPEN", ...; static text. */
FM_API const char *fm_cycle_phase_word(enum fm_cycle_phase phase);

/** The phase, from the best of: the chain, Core's word, the default times.
 *  Out: source  "chain", "core" or "clock"; static text */
FM_API enum fm_cycle_phase fm_cycle_phase_of(const char **source,
					     const struct fm_cycle_standing *standing,
					     int64_t now_s);

/** What became of a guarantee, in the words of 4Mica's documents.
 *  Out: certain  false: `word` is what it usually is then; nobody tells over HTTP
 *  Returns "FINALIZED_PAYABLE", "PENDING_VALIDATION", "NETTED", "SETTLED", "DEFAULT_REMUNERATED";
 *  NULL when even that cannot be said. "DISPUTED" and "CANCELLED" are told by nobody. */
FM_API const char *fm_cycle_guarantee_word(bool *certain,
					   const struct fm_cycle_standing *standing,
					   enum fm_cycle_phase phase, int version);

/** Does the chain have the wallet's part done, at a safe block: its debit paid, its credit claimed, or
 *  the cycle finalized? Errors: those of the chain. */
FM_API enum fm_code fm_cycle_settled(bool *out, struct fm_client *client,
				     uint64_t chain_id,
				     const struct fm_cycle_standing *standing,
				     struct fm_err *err) FM_MUST_USE;

/** What a validation registry says of a guarantee of version 2, beside what was signed. */
struct fm_validation_seen {
	struct fm_validation policy;
	bool told; /**< somebody reported; the next are filled */
	struct fm_addr validator;
	struct fm_u256 agent_id;
	unsigned score;
	char tag[FM_TAG_MAX +
		 1]; /**< not escaped; "" also when it is longer than any may be */
	uint64_t updated_s;
	const char *
		differs; /**< first that is not as signed: "validator", "agent_id", "score",
			      *   "tag"; NULL: none. Static text */
};

/** Ask the registry that a payment of this wallet names.
 *  Errors: FM_E_USAGE no payment of version 2 that was signed here; those of the chain and ledger. */
FM_API enum fm_code fm_validation_look(struct fm_validation_seen *out,
				       struct fm_client *client, const char *payment_id,
				       struct fm_err *err) FM_MUST_USE;

/* ---- the audit ---- */

/** A net position: what the wallet owes, or is owed. */
struct fm_net {
	bool credit;
	struct fm_u256 amount; /**< zero: neither */
};

struct fm_audit_sum {
	uint64_t count;
	struct fm_u256 amount;
};

/** What would explain a difference. Enumerator, word. */
/* clang-format off */
#define FM_AUDIT_CAUSES(X)                                                                     \
	X(FM_AUDIT_DOUBT, "in_doubt") /* signed without an answer or refused: it was accepted */ \
	X(FM_AUDIT_VALIDATED, "validated") /* of version 2, and no longer pending */           \
	X(FM_AUDIT_TWICE, "accepted_twice")                                                    \
	X(FM_AUDIT_LEFT_OUT, "left_out")                                                       \
	X(FM_AUDIT_CREDIT_TWICE, "credit_accepted_twice")                                      \
	X(FM_AUDIT_CREDIT_LEFT_OUT, "credit_left_out")
/* clang-format on */
enum fm_audit_cause {
#define FM_AUDIT_CAUSE_ENUM(id, word) id,
	FM_AUDIT_CAUSES(FM_AUDIT_CAUSE_ENUM)
#undef FM_AUDIT_CAUSE_ENUM
	FM_AUDIT_CAUSE_COUNT
};
FM_API const char *fm_audit_cause_word(enum fm_audit_cause cause);

/** Enumerator, word, code. */
/* clang-format off */
#define FM_AUDIT_FINDINGS(X)                                                                   \
	X(FM_AUDIT_MATCHED, "matched", FM_OK)                                                  \
	X(FM_AUDIT_EXPLAINED, "explained", FM_OK) /* by what was signed and is open */         \
	X(FM_AUDIT_SURPLUS, "surplus", FM_E_SURPLUS)                                           \
	X(FM_AUDIT_MISSING, "missing", FM_E_MISSING)                                           \
	X(FM_AUDIT_DIFFERS, "differs", FM_E_DIFFERS)
/* clang-format on */
enum fm_audit_finding {
#define FM_AUDIT_FINDING_ENUM(id, word, code) id,
	FM_AUDIT_FINDINGS(FM_AUDIT_FINDING_ENUM)
#undef FM_AUDIT_FINDING_ENUM
};
FM_API const char *fm_audit_finding_word(enum fm_audit_finding finding);

#define FM_AUDIT_OPEN 16  /**< open guarantees of which every combination is tried */
#define FM_AUDIT_SHOWN 16 /**< explanations that are named; all are counted */

struct fm_audit_explanation {
	enum fm_audit_cause cause;
	struct fm_cycle_item item;
};

struct fm_cycle_audit {
	struct fm_cycle_ref ref;
	struct fm_net charged, own;
	struct fm_net difference; /**< charged less own: credit: less was charged */
	/* Version 1, and counted in `own`: */
	struct fm_audit_sum certified; /**< given, with a certificate of the cycle */
	struct fm_audit_sum
		presumed; /**< given, paid without certificate, signed in its time */
	struct fm_audit_sum received; /**< certificates imported */
	/* Not counted, because nobody tells whether they are in it: */
	struct fm_audit_sum doubtful; /**< signed in its time, and not known to be paid */
	struct fm_audit_sum v2_given,
		v2_received; /**< pending until they are validated */
	enum fm_audit_finding finding;
	/** The explanations together are the only combination of open guarantees that fits. */
	bool only;
	/** How many guarantees would explain it, each alone, or together when EXPLAINED. */
	uint64_t causes[FM_AUDIT_CAUSE_COUNT];
	struct fm_audit_explanation shown[FM_AUDIT_SHOWN];
	size_t shown_count;
};

/** Hold a net position against the ledger. No network; memory does not grow with the cycle.
 *  In:   ref      with its text
 *        charged  what was proven, or Core's word
 *  Errors: those of the ledger; what it says against the position is in out->finding. */
FM_API enum fm_code fm_cycle_compare(struct fm_cycle_audit *out, struct fm_client *client,
				     uint64_t chain_id, const struct fm_cycle_ref *ref,
				     const struct fm_net *charged,
				     struct fm_err *err) FM_MUST_USE;
/** The finding as an error: FM_OK; FM_E_SURPLUS, FM_E_MISSING, FM_E_DIFFERS, rule "audit", with both
 *  numbers. */
FM_API enum fm_code fm_cycle_audit_verdict(const struct fm_cycle_audit *audit,
					   const struct fm_client *client,
					   uint64_t chain_id,
					   struct fm_err *err) FM_MUST_USE;
/** The net position that a standing tells of. False: none, so far. */
FM_API bool fm_cycle_charged(struct fm_net *out,
			     const struct fm_cycle_standing *standing) FM_MUST_USE;
/** Read the standing, then compare.
 *  Errors: FM_E_NOT_YET not netted; FM_E_USAGE the wallet has no part in it, or Core does not know it;
 *  what kept Core or the chain from being asked; those of the above. */
FM_API enum fm_code fm_cycle_audit(struct fm_cycle_audit *out,
				   struct fm_cycle_standing *standing,
				   struct fm_client *client, uint64_t chain_id,
				   const struct fm_cycle_ref *ref, enum fm_sign_in how,
				   struct fm_err *err) FM_MUST_USE;

/** What an audit lets be recorded. */
struct fm_cycle_recorded {
	bool settled; /**< the chain, at a safe block, has our part of the cycle done */
	uint64_t cleared; /**< guarantees that are no outstanding authority any more */
	uint64_t charged; /**< that were in doubt, and are paid */
};

/** Record what an audit that matched or was explained proves: guarantees in doubt, when they are the
 *  only explanation, are paid; and once the wallet's part is settled at a safe block, what it gave in
 *  the cycle is outstanding no more. Guarantees of version 2 stay, but those that are part of the only
 *  explanation.
 *  Errors: those of ledger and chain. */
FM_API enum fm_code fm_cycle_record(struct fm_cycle_recorded *out,
				    struct fm_client *client, uint64_t chain_id,
				    const struct fm_cycle_standing *standing,
				    const struct fm_cycle_audit *audit,
				    struct fm_err *err) FM_MUST_USE;

/* ---- the recipient's side ---- */

/** Verify a certificate against the pinned trust, and keep it as a guarantee given to a wallet here.
 *  In:   input  as fm_cert_input_read has it
 *        mine   is this address a wallet here?
 *  Out:  known  it was kept before
 *  Errors: those of fm_cert_verify and fm_client_trust (FM_TRUST_FIRST_USE); FM_E_CERT_DIFF, rule
 *  "recipient": it is for nobody here; rule "identity": one of this guarantee with other terms is
 *  kept; those of the ledger. */
FM_API enum fm_code fm_incoming_import(struct fm_cert *out, bool *known,
				       struct fm_client *client, uint64_t chain_id,
				       const struct fm_cert_input *input,
				       bool (*mine)(void *ctx, const struct fm_addr *who),
				       void *ctx, struct fm_err *err) FM_MUST_USE;

#endif
