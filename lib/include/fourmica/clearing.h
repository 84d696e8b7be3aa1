/* SPDX-License-Identifier: MIT */
/** Clearing cycles: their ids, the tree of net positions, what Core says of a position and of the
 *  call that settles it, and the clearing house on chain. Core's answers are never acted on before
 *  they were compared with what follows from our own values. Rules: 4mica.md, 2.2 and 8;
 *  contracts.md, 3. */
#ifndef FOURMICA_CLEARING_H
#define FOURMICA_CLEARING_H

#include <fourmica/cert.h>

/* ---- ids; fm_cycle_text, fm_cycle_id and fm_cycle_guess are in cert.h ---- */

/** Read a text id: "0x", 40 lower-case digits, ":", seconds without leading zeros. False: none. */
FM_API bool fm_cycle_parse(struct fm_addr *asset, uint64_t *start_s,
			   struct fm_span text) FM_MUST_USE;
/** The id of a text on chain: its hash, whatever it says. */
FM_API void fm_cycle_hash(struct fm_hash *out, struct fm_span text);

#define FM_CYCLE_PREFIX 6 /**< characters a shortened id has at least, "0x" among them */

/** Does `name`, as a person typed it, mean this cycle? Its text id, its id in hex, or the
 *  beginning of either, without regard to case. `text` NULL: not known. */
FM_API bool fm_cycle_named(const struct fm_hash *id, const char *text,
			   const char *name) FM_MUST_USE;

/* ---- the tree ---- */

/** The side of a net position. The number is what the leaf holds. */
enum fm_clearing_role {
	FM_CLEARING_DEBTOR = 0,
	FM_CLEARING_CREDITOR = 1,
};

/** "NET_DEBTOR", "NET_CREDITOR"; static text. */
FM_API const char *fm_clearing_role_word(enum fm_clearing_role role);

/** What a leaf is made of: whoever differs in one of these has another. */
struct fm_clearing_leaf {
	uint64_t chain_id;
	struct fm_addr house; /**< the ClearingHouse contract */
	struct fm_hash cycle_id;
	struct fm_addr asset, participant;
	struct fm_u256 amount;
	enum fm_clearing_role role;
};

FM_API void fm_clearing_leaf_hash(struct fm_hash *out,
				  const struct fm_clearing_leaf *leaf);

/** Where a leaf and the nodes beside its way up lead: each pair is hashed smaller first. */
FM_API void fm_merkle_fold(struct fm_hash *root, const struct fm_hash *leaf,
			   const struct fm_hash *proof, size_t count);
/** The root over leaves as Core builds it: each once, in order, a lone last node paired with
 *  itself. No leaves: zero. The array is used up. */
FM_API void fm_merkle_root(struct fm_hash *out, struct fm_hash *leaves, size_t count);

#define FM_CLEARING_PROOF 64 /**< nodes of a proof: a tree of 2^64 leaves */

/** The way from a leaf to the root. */
struct fm_clearing_path {
	struct fm_hash node[FM_CLEARING_PROOF];
	size_t count;
};

/* ---- what Core says ---- */

/** GET .../clearing-proof: a participant's position in a netted cycle. */
struct fm_clearing_proof {
	struct fm_hash cycle_id;
	char cycle_text[FM_CYCLE_TEXT];
	struct fm_addr asset, participant;
	enum fm_clearing_role role;
	struct fm_u256 amount, net_debit, net_credit;
	struct fm_hash leaf, root;
	struct fm_clearing_path path;
};

/** Enumerator, word of the query, function of the contract, role it needs. */
/* clang-format off */
#define FM_CLEARING_VERBS(X)                                                                   \
	X(FM_CLEARING_PAY, "pay_net_debit", "payNetDebit", FM_CLEARING_DEBTOR)                 \
	X(FM_CLEARING_CLAIM, "claim_net_credit", "claimNetCredit", FM_CLEARING_CREDITOR)       \
	X(FM_CLEARING_DEFAULT, "mark_defaulted", "markDefaulted", FM_CLEARING_DEBTOR)
/* clang-format on */
enum fm_clearing_verb {
#define FM_CLEARING_VERB_ENUM(id, word, function, role) id,
	FM_CLEARING_VERBS(FM_CLEARING_VERB_ENUM)
#undef FM_CLEARING_VERB_ENUM
	FM_CLEARING_VERB_COUNT
};

/** "pay_net_debit", ...; static text. */
FM_API const char *fm_clearing_verb_word(enum fm_clearing_verb verb);
/** "payNetDebit", ...; static text. */
FM_API const char *fm_clearing_verb_function(enum fm_clearing_verb verb);
/** Whose call it is; of FM_CLEARING_DEFAULT: whom it is about. */
FM_API enum fm_clearing_role fm_clearing_verb_role(enum fm_clearing_verb verb);

/** GET .../clearing-action: the call Core would have us make. */
struct fm_clearing_action {
	struct fm_addr house;
	enum fm_clearing_verb function, action; /**< as each member says */
	struct fm_hash cycle_id;
	char cycle_text[FM_CYCLE_TEXT];
	struct fm_addr asset, participant;
	bool has_debtor;
	struct fm_addr debtor;
	struct fm_u256 amount, payable_value;
	struct fm_clearing_path path;
};

/** Questions to Core as in credit.h; both need an access token (fm_core_ask_bearer), and the text
 *  id of the cycle: by its hash Core does not find it. Names of members may be camelCase.
 *  Errors: those of fm_core_ask_*; FM_E_CORE, its rule naming the member that cannot be read;
 *  with status 400 or 404 Core's words, and as rule of fm_clearing_*_take one of
 *  "cycle-unknown", "participant-unknown", "not-netted", "flat", "role". */
FM_API enum fm_code fm_core_ask_clearing_proof(struct fm_core_ask *ask,
					       const char *core_url,
					       const struct fm_http_options *options,
					       const char *cycle_text,
					       const struct fm_addr *participant,
					       struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_clearing_proof_read(struct fm_clearing_proof *out,
					   struct fm_span json,
					   struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_clearing_proof_take(struct fm_clearing_proof *out,
					   const struct fm_core_ask *ask,
					   struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_core_ask_clearing_action(struct fm_core_ask *ask,
						const char *core_url,
						const struct fm_http_options *options,
						const char *cycle_text,
						const struct fm_addr *participant,
						enum fm_clearing_verb verb,
						struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_clearing_action_read(struct fm_clearing_action *out,
					    struct fm_span json,
					    struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_clearing_action_take(struct fm_clearing_action *out,
					    const struct fm_core_ask *ask,
					    struct fm_err *err) FM_MUST_USE;

/* ---- is it so? ---- */

/** What an answer must agree with; from us and from the chain, never from that answer. */
struct fm_clearing_want {
	uint64_t chain_id;
	struct fm_addr house;
	const char *cycle_text;
	struct fm_addr asset; /**< of getCycle; before the commit, of the text */
	struct fm_addr participant;
	const enum fm_clearing_role *role; /**< NULL: either will do */
	/** Of getCycle. NULL: the cycle is not committed, and nothing may be sent: the proof is
	 *  held against the root that comes with it, that of an action against none. */
	const struct fm_hash *root;
	const struct fm_u256 *amount; /**< of a proof that was checked; NULL: not known */
};

/** Compare, recompute the leaf, fold the proof to the root.
 *  Errors: FM_E_CORE, its rule the member that is wrong ("cycle_id", "leaf", ...), its message both
 *  values. Where several members together cannot be right and nothing tells which, the rule is
 *  "proof". */
FM_API enum fm_code fm_clearing_proof_check(const struct fm_clearing_proof *proof,
					    const struct fm_clearing_want *want,
					    struct fm_err *err) FM_MUST_USE;
/** The same for a call; the role is the verb's. */
FM_API enum fm_code fm_clearing_action_check(const struct fm_clearing_action *action,
					     enum fm_clearing_verb verb,
					     const struct fm_clearing_want *want,
					     struct fm_err *err) FM_MUST_USE;

/* ---- calls ---- */

/** Append the calldata of a verb; `debtor` is that of FM_CLEARING_DEFAULT, else NULL. False: the
 *  buffer failed. */
FM_API bool fm_clearing_calldata(struct fm_buf *out, enum fm_clearing_verb verb,
				 const struct fm_hash *cycle_id,
				 const struct fm_addr *debtor,
				 const struct fm_u256 *amount,
				 const struct fm_clearing_path *path) FM_MUST_USE;
/** That of finalizeCycle. */
FM_API bool fm_clearing_finalize_calldata(struct fm_buf *out,
					  const struct fm_hash *cycle_id) FM_MUST_USE;

/* ---- the house on chain ---- */

enum fm_cycle_status {
	FM_CYCLE_COMMITTED, /**< never seen on chain */
	FM_CYCLE_OPEN,	    /**< debtors pay */
	FM_CYCLE_FINALIZED,
	FM_CYCLE_DEFAULTED, /**< one default was marked: only claims are left */
};

/** "COMMITTED", "PAYMENT_WINDOW_OPEN", "FINALIZED", "DEFAULTED"; static text. */
FM_API const char *fm_cycle_status_word(enum fm_cycle_status status);

/** getCycle: amounts in base units of `asset`, deadlines in the chain's seconds. */
struct fm_cycle_state {
	struct fm_addr asset;
	struct fm_hash root;
	struct fm_u256 net_debit, net_credit; /**< of all participants */
	struct fm_u256 paid_in, claimed_out, covered, resolved;
	uint64_t pay_by_s;   /**< the last second that may pay */
	uint64_t final_at_s; /**< the last second that may not finalize or mark */
	enum fm_cycle_status status;
};

/** What a claim can be paid from now: paid in and covered, less claimed. */
FM_API struct fm_u256 fm_cycle_liquid(const struct fm_cycle_state *state);

/** getParticipantState: what somebody has done. Amounts are zero until then: they do not tell what
 *  is owed. */
struct fm_cycle_seat {
	struct fm_u256 net_debit, net_credit;
	bool paid, claimed, defaulted;
};

/** What the house announces. Enumerator, word. */
/* clang-format off */
#define FM_CLEARING_EVENTS(X)                                                                  \
	X(FM_CLEARING_COMMITTED, "committed")                                                  \
	X(FM_CLEARING_PAID, "paid")                                                            \
	X(FM_CLEARING_CLAIMED, "claimed")                                                      \
	X(FM_CLEARING_DEFAULTED, "defaulted")                                                  \
	X(FM_CLEARING_COVERED, "covered")                                                      \
	X(FM_CLEARING_FINALIZED, "finalized")
/* clang-format on */
enum fm_clearing_event_kind {
#define FM_CLEARING_EVENT_ENUM(id, word) id,
	FM_CLEARING_EVENTS(FM_CLEARING_EVENT_ENUM)
#undef FM_CLEARING_EVENT_ENUM
};

/** "committed", ...; static text. */
FM_API const char *fm_clearing_event_word(enum fm_clearing_event_kind kind);

/** One announcement; what its kind does not have is zero. */
struct fm_clearing_event {
	enum fm_clearing_event_kind kind;
	struct fm_hash cycle_id;
	struct fm_addr who;    /**< debtor or creditor */
	struct fm_u256 amount; /**< paid, claimed, owed or covered */
	/** FM_CLEARING_COMMITTED: */
	struct fm_addr asset;
	struct fm_hash root;
	struct fm_u256 net_debit, net_credit;
	uint64_t pay_by_s, final_at_s;
};

#endif
