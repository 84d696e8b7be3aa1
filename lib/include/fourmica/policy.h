/* SPDX-License-Identifier: MIT */
/** Spending rules and the ledger that makes them hold across processes and crashes. */
#ifndef FOURMICA_POLICY_H
#define FOURMICA_POLICY_H

#include <fourmica/system.h>
#include <fourmica/types.h>

#define FM_POLICY_MAX (256u * 1024u) /**< bytes of policy.json */
#define FM_ORIGIN_MAX 300
#define FM_RULE_MAX 64
#define FM_CATEGORY_MAX 64   /**< what a payment is for, terminator */
#define FM_CHECKS_MAX 80     /**< limits that can apply to one payment */
#define FM_FAILURES_MAX 1000 /**< failed payments in a row that are counted */

struct fm_policy;
struct fm_json;

/** Which evidence ends a credit payment well (design, Decision 9). */
enum fm_evidence {
	FM_EVIDENCE_DEFAULT, /**< whatever the policy says */
	FM_EVIDENCE_CERTIFICATE,
	FM_EVIDENCE_RECEIPT,
};

/** Read policy.json. `name` is the file's name for messages, which carry line and column.
 *  `assets` are the user's own tokens (config), looked at before the built-in table.
 *  A member that the format (fourmica-policy(5)) does not have is refused, never ignored.
 *  Errors: FM_E_CONFIG. Owner: fm_policy_free. */
FM_API enum fm_code fm_policy_parse(struct fm_policy **out, struct fm_span text,
				    const char *name, struct fm_err *err) FM_MUST_USE;
/** The rules without a file (design, Decision 1): 0.10 USDC a request, 1 USDC a day on test
 *  networks, sellers pinned silently by origin; nothing on networks of value. */
FM_API enum fm_code fm_policy_builtin(struct fm_policy **out,
				      struct fm_err *err) FM_MUST_USE;
/** Their text, as a file would have it. */
FM_API const char *fm_policy_builtin_text(void);
FM_API void fm_policy_free(struct fm_policy **policy);
FM_API bool fm_policy_is_builtin(const struct fm_policy *policy) FM_MUST_USE;
/** SHA-256 of the file's bytes (of a fixed text for the built-in rules). */
FM_API void fm_policy_hash(struct fm_hash *out, const struct fm_policy *policy);
/** Tighten: no payment above `quantity` (option or environment). */
FM_API enum fm_code fm_policy_cap(struct fm_policy *policy, const char *rule,
				  const struct fm_quantity *quantity,
				  struct fm_err *err) FM_MUST_USE;
FM_API enum fm_evidence fm_policy_evidence(const struct fm_policy *policy,
					   const char *origin);
/** Longest authorization window in seconds; 0: the seller's. */
FM_API int64_t fm_policy_max_window(const struct fm_policy *policy);
/** Does the file itself name this origin with the addresses it may be paid at? */
FM_API bool fm_policy_pins(const struct fm_policy *policy,
			   const char *origin) FM_MUST_USE;
/** Is it in 'sellers'; is it in 'blocked'? */
FM_API bool fm_policy_names(const struct fm_policy *policy,
			    const char *origin) FM_MUST_USE;
FM_API bool fm_policy_blocks(const struct fm_policy *policy,
			     const char *origin) FM_MUST_USE;
/** A seller of the policy whose host looks like that of `origin` without being it. */
FM_API bool fm_policy_resembles(char out[static FM_ORIGIN_MAX],
				const struct fm_policy *policy,
				const char *origin) FM_MUST_USE;
/** May typed data and bytes that are no payment form be signed (design, Decision 6)? */
FM_API bool fm_policy_signs_any(const struct fm_policy *policy) FM_MUST_USE;
FM_API bool fm_policy_allows_chain(const struct fm_policy *policy,
				   uint64_t chain_id) FM_MUST_USE;

/** Could `now` allow anything that `accepted` does not? What cannot be shown counts. Caps of options
 *  and environment do not. True with *why: FM_E_APPROVAL, rule "accepted", and in its message the
 *  first thing that is looser, with both values (design, Decision 7). */
FM_API bool fm_policy_looser(struct fm_err *why, const struct fm_policy *now,
			     const struct fm_policy *accepted) FM_MUST_USE;
/** The same, one thing for each member of a policy that is looser: *at is 0 before the first. */
FM_API bool fm_policy_looser_next(size_t *at, struct fm_err *why,
				  const struct fm_policy *now,
				  const struct fm_policy *accepted) FM_MUST_USE;

/** What money does. Limits are "of" one of these, and never count another (design,
 *  Decision 2). */
enum fm_money {
	FM_MONEY_PAYMENT,  /**< guarantees and authorizations */
	FM_MONEY_DEPOSIT,  /**< own money into own collateral */
	FM_MONEY_CLEARING, /**< the net debit of a cycle */
};

/** What came of earlier payments to a seller. */
struct fm_history {
	bool paid;		   /**< it was paid before, anything */
	bool priced;		   /**< ... for this route in this asset, ... */
	struct fm_u256 last_price; /**< ... last at this price */
	uint64_t failures; /**< failed in a row, at most FM_FAILURES_MAX are counted */
};

/** The conditions of a guarantee of version 2. */
struct fm_ask_v2 {
	bool wanted; /**< false: a guarantee of version 1, or another scheme */
	struct fm_addr registry, validator;
	unsigned min_score;
};

/** Something somebody wants to do with money. */
struct fm_ask {
	enum fm_money of;
	uint64_t chain_id;
	const struct fm_asset *asset; /**< NULL: unknown token */
	struct fm_u256 amount;
	/* of payments; other money does not look at these */
	struct fm_addr pay_to;
	const char *scheme;   /**< canonical name */
	const char *origin;   /**< seller: "https://host[:port]"; "" when there is none */
	const char *route;    /**< path without query */
	const char *task;     /**< may be "" */
	const char *category; /**< what it is for; NULL, "": not said */
	struct fm_addr payer;
	int64_t window_s;   /**< how long the authority would live; 0: for ever */
	bool pin_known;	    /**< the ledger has a pin for this origin and network */
	struct fm_addr pin; /**< ... to this address */
	struct fm_history history;
	struct fm_ask_v2 v2;
	char resembles[FM_ORIGIN_MAX]; /**< a pinned seller whose name this one's looks
					     *   like without being it; "": none */
	bool approved; /**< a person approved exactly this: FM_APPROVE becomes FM_ALLOW */
};

enum fm_verdict {
	FM_ALLOW,
	FM_APPROVE, /**< a person must say yes first */
	FM_REFUSE,
};

/** A limit that applies to an ask, with what it has been used for. */
struct fm_check {
	char rule[FM_RULE_MAX]; /**< as the policy names it */
	char key[640];		/**< what the totals are kept under: asset and scope */
	int64_t window_s;	/**< 0: for ever (a task) */
	bool utc_day;		/**< calendar day instead of a rolling window */
	bool has_amount, has_count;
	struct fm_u256 cap;
	uint64_t cap_count;
	struct fm_u256 used; /**< filled by the ledger, this ask not included */
	uint64_t used_count;
};

/** The judgement of an ask by everything but the totals; pure. On FM_REFUSE or FM_APPROVE *err
 *  holds code, rule, both values and the remedy. The limits with a window that apply are
 *  returned in checks[] (used = 0), at most FM_CHECKS_MAX.
 *
 *  Deposits and clearing payments: the network and the limits of that kind. They need no limit
 *  that names their asset, unless there is one of that kind for their network at all. */
FM_API enum fm_verdict fm_policy_judge(const struct fm_policy *policy,
				       const struct fm_ask *ask,
				       struct fm_check checks[static FM_CHECKS_MAX],
				       size_t *check_count, struct fm_err *err);
/** The limits over a window or a task that apply to an ask, whatever else is said to it; pure.
 *  ask->asset is not NULL. */
FM_API void fm_policy_checks(const struct fm_policy *policy, const struct fm_ask *ask,
			     struct fm_check checks[static FM_CHECKS_MAX],
			     size_t *check_count);
/** The smallest limit for one payment (or deposit, clearing payment) that holds for an ask, options
 *  and environment apart; pure. False: there is none. ask->asset is not NULL. */
FM_API bool fm_policy_request(char rule[static FM_RULE_MAX], struct fm_u256 *most,
			      const struct fm_policy *policy,
			      const struct fm_ask *ask) FM_MUST_USE;
/** The judgement of the totals; pure. FM_E_BUDGET with rule, both values and the remedy. */
FM_API enum fm_verdict fm_policy_totals(const struct fm_ask *ask,
					const struct fm_check *checks, size_t count,
					struct fm_err *err);

/* ---- looking at rules and trying them out ---- */

enum fm_rule_source {
	FM_RULE_BUILT_IN, /**< what holds when the file does not say */
	FM_RULE_FILE,
	FM_RULE_CAP, /**< fm_policy_cap: the rule's name is that of the option or variable */
};

/** One rule in words. Borrowed for the call. */
struct fm_policy_rule {
	const char *rule; /**< as verdicts name it */
	const char *
		subject; /**< "": every payment; a seller, a seller and a path, "category X" */
	const char *value;
	enum fm_rule_source source;
};

/** Visit the rules in force: those for all, then categories, sellers, blocked ones.
 *  Errors: FM_E_NOMEM. */
FM_API enum fm_code fm_policy_rules(const struct fm_policy *policy,
				    void (*each)(void *ctx,
						 const struct fm_policy_rule *rule),
				    void *ctx, struct fm_err *err) FM_MUST_USE;

#define FM_CASES_MAX (4u * 1024u * 1024u) /**< bytes of a list of payments */
#define FM_CASE_URL_MAX 2048

/** A payment a policy is tried with. */
struct fm_case {
	unsigned line; /**< of the file */
	char origin[FM_ORIGIN_MAX];
	char route[FM_CASE_URL_MAX];
	uint64_t chain_id;
	char asset[64]; /**< symbol or address; "": the amount's unit says it */
	struct fm_quantity amount;
	bool has_pay_to, has_pinned, has_time, has_last_price, has_expect;
	struct fm_addr pay_to, pinned, payer;
	const char *scheme; /**< canonical name */
	char task[128];
	char category[FM_CATEGORY_MAX];
	int64_t window_s;
	struct fm_ask_v2 v2;
	int64_t at_s;
	bool paid_before;
	struct fm_quantity last_price;
	uint64_t failures;
	bool approved;
	enum fm_verdict expect;
	char rule[FM_RULE_MAX]; /**< that is to decide; "": any */
};

/** Read such a list: a JSON list of objects, or one object a line; at most 1000.
 *  Errors: FM_E_USAGE "NAME:LINE:COLUMN: ..."; FM_E_NOMEM. Owner: free. */
FM_API enum fm_code fm_cases_parse(struct fm_case **out, size_t *count,
				   struct fm_span text, const char *name,
				   struct fm_err *err) FM_MUST_USE;
/** The first address the policy lists for a seller on a chain. False: none. */
FM_API bool fm_policy_payee(struct fm_addr *out, const struct fm_policy *policy,
			    const char *origin, uint64_t chain_id) FM_MUST_USE;

/** A ledger in memory, for payments that are not made. NULL: no memory. */
struct fm_rehearsal;
FM_API struct fm_rehearsal *fm_rehearsal_new(void) FM_MUST_USE;
FM_API void fm_rehearsal_free(struct fm_rehearsal **rehearsal);
/** Judge `ask` as if it came at `at_ms`, and as if those allowed before had been made and paid: pins,
 *  history and totals come from these, and the ask's own pin and history are what was there before
 *  them. Windows count to the millisecond; the ledger's count up to a minute more. The ask's texts
 *  must live as long as the rehearsal. FM_REFUSE with FM_E_NOMEM: no memory. */
FM_API enum fm_verdict fm_rehearse(struct fm_rehearsal *rehearsal,
				   const struct fm_policy *policy, struct fm_ask *ask,
				   int64_t at_ms, struct fm_err *err) FM_MUST_USE;

/* ---- ledger ---- */

/** reserved -> signed -> paid | refused | in_doubt -> resolved; reserved -> released.
 *  `reserved`: no signature has left. From `signed` on one may have. */
enum fm_pay_state {
	FM_PAY_RESERVED,
	FM_PAY_RELEASED,
	FM_PAY_SIGNED,
	FM_PAY_PAID,
	FM_PAY_REFUSED,
	FM_PAY_IN_DOUBT,
	FM_PAY_RESOLVED,
};
FM_API const char *fm_pay_state_word(enum fm_pay_state state);

#define FM_CYCLE_HINT 96
#define FM_PAY_ID 40 /**< "pay_" and 32 hex digits, terminator */

/** A row of the ledger. Strings are owned by the record (fm_payment_clear). */
struct fm_payment {
	char id[FM_PAY_ID];
	char idem_key[128];
	struct fm_hash binding; /**< SHA-256 over method, URL, body hash, wallet */
	struct fm_addr payer;
	uint64_t chain_id;
	struct fm_addr asset;
	struct fm_u256 amount;
	char scheme[32];
	struct fm_u256 req_id; /**< 4mica; zero otherwise */
	struct fm_hash nonce;  /**< exact; zero otherwise */
	struct fm_hash
		identity; /**< hash of what may be charged once: unique per ledger */
	int64_t valid_before_s; /**< 0: never expires */
	struct fm_hash digest;	/**< zero until signed */
	char *header;		/**< payment header as sent; NULL until signed */
	char origin[FM_ORIGIN_MAX];
	char *route; /**< path, no query */
	char method[16];
	struct fm_addr pay_to;
	char task[128];
	char category[FM_CATEGORY_MAX];
	char *purpose; /**< the buyer's own words, --reason; may be NULL */
	struct fm_hash policy_hash;
	struct fm_hash approval; /**< of what a person approved; zero: nobody was asked */
	int x402_version;	 /**< 0: none, claims signed by themselves */
	int guarantee_version;	 /**< 4mica: 1 or 2; 0 otherwise */
	enum fm_pay_state state;
	char evidence[24]; /**< "", verified, receipt_only, none, missing, invalid; found
			    *   out later: FM_EVIDENCE_..., FM_MARKED_... */
	char cycle_hint
		[FM_CYCLE_HINT]; /**< "<cycle text id>/<length in s>" of a verified certificate */
	char error_code[32]; /**< word of FM_CODES; "" when none */
	char *reason;	     /**< the seller's words, escaped; may be NULL */
	int http_status;     /**< of the paid response; 0: none */
	unsigned retries;
	int64_t created_ms, signed_ms, sent_ms, ended_ms;
	char *resolution; /**< why a person decided so (FM_MARKED_...); may be NULL */
	struct fm_hash guarantee;   /**< 4mica: Core's id of it; zero: not known */
	struct fm_hash body_sha256; /**< of the response's body; zero: none came */
	char *artefact;		    /**< file the body went to; may be NULL */
};

/** Evidence that was found afterwards. */
#define FM_EVIDENCE_CHAIN "chain"	     /**< the token says that its nonce is used */
#define FM_EVIDENCE_UNUSED "unused_on_chain" /**< ... that it is not, and never can be */
#define FM_EVIDENCE_LOCKED "core_locked"     /**< Core has it locked */
#define FM_EVIDENCE_NOT_ISSUED "not_issued"  /**< Core has not, so far */
#define FM_EVIDENCE_DUPLICATE "duplicate" /**< a repeated sending was refused as known */
/** What a clearing cycle tells: charged in one, though nothing came back; settled with it. */
#define FM_EVIDENCE_CHARGED "charged"
#define FM_EVIDENCE_CLEARED "cleared"
/** A person's word. */
#define FM_MARKED_PAID "marked_paid"
#define FM_MARKED_UNUSED "marked_unused"

FM_API void fm_payment_clear(struct fm_payment *payment);
FM_API void fm_payments_free(struct fm_payment **payments, size_t count);

struct fm_ledger;

struct fm_ledger_options {
	const char *path; /**< ledger.db; its directory is made 0700 when missing */
	const struct fm_clock *clock;
	const struct fm_rand *rand;
	int64_t busy_ms; /**< longest wait for the lock; 0: 30 s */
	bool read_only;	 /**< FM_OK with *out NULL when there is no file */
	/** Where the newest record's hash is kept besides, as "<name>.head", so that an older copy
	 *  of the ledger and all that is beside it is noticed. NULL: nowhere. */
	const char *head_dir;
	bool adopt; /**< older than it was, or made anew: a person said that it shall do */
};

/** Errors: FM_E_CONFIG wrong modes; FM_E_LEDGER damaged or a newer schema; FM_E_BUSY; FM_E_IO. */
FM_API enum fm_code fm_ledger_open(struct fm_ledger **out,
				   const struct fm_ledger_options *options,
				   struct fm_err *err) FM_MUST_USE;
FM_API void fm_ledger_close(struct fm_ledger **ledger);
/** The ledger's own name: 32 random bytes, drawn when it was made. FM_E_LEDGER: it has none. */
FM_API enum fm_code fm_ledger_name(struct fm_hash *out, struct fm_ledger *ledger,
				   struct fm_err *err) FM_MUST_USE;

/** A member of a journal record that tells what a person did. */
struct fm_fact {
	const char *name, *text; /**< text NULL: null */
};
/** Record an event that is no payment's, operation's or pin's; flushed. */
FM_API enum fm_code fm_ledger_record(struct fm_ledger *ledger, const char *event,
				     const struct fm_fact *facts, size_t count,
				     struct fm_err *err) FM_MUST_USE;

/** What reserving found. */
enum fm_reserve {
	FM_RESERVE_NEW, /**< reserved by this call (or taken over from a process that died
			   *   before it signed) */
	FM_RESERVE_KNOWN, /**< this idempotency key already has a payment: *found tells */
	FM_RESERVE_OVER,  /**< a limit would be exceeded: *err and checks[].used tell */
};

/** Check and reserve in one flushed transaction. `payment` comes with everything but id (made
 *  here when empty), state, times. The row's owner lock is held until the ledger is closed or
 *  the payment has an outcome; a reserved row whose owner died is released or taken over.
 *  payment->approval (not zero) is used up by it, in the same transaction, and given back when the
 *  reservation is released or swept; once it is signed it is used for good.
 *  Errors: FM_E_USAGE the key belongs to another request; FM_E_BUSY the key is being paid by
 *  a live process; FM_E_APPROVAL the approval was used meanwhile or is too old, nothing is booked;
 *  FM_E_LEDGER, FM_E_IO. */
FM_API enum fm_code fm_ledger_reserve(enum fm_reserve *what, struct fm_payment *found,
				      struct fm_ledger *ledger,
				      struct fm_payment *payment,
				      const struct fm_ask *ask, struct fm_check *checks,
				      size_t check_count, struct fm_err *err) FM_MUST_USE;
/** Fill checks[].used without reserving (for quote). */
FM_API enum fm_code fm_ledger_usage(struct fm_ledger *ledger, struct fm_check *checks,
				    size_t check_count, struct fm_err *err) FM_MUST_USE;
/** The reservation is given back: nothing was signed. */
FM_API enum fm_code fm_ledger_release(struct fm_ledger *ledger,
				      const struct fm_payment *payment,
				      struct fm_err *err) FM_MUST_USE;
/** digest, header, valid_before_s, req_id/nonce as signed; flushed before this returns. */
FM_API enum fm_code fm_ledger_signed(struct fm_ledger *ledger, struct fm_payment *payment,
				     struct fm_err *err) FM_MUST_USE;
/** Annotation: the first byte is about to leave, or a resend happened (retries). Not flushed. */
FM_API enum fm_code fm_ledger_sent(struct fm_ledger *ledger, struct fm_payment *payment,
				   struct fm_err *err) FM_MUST_USE;
/** state, evidence, error_code, reason, http_status; flushed. */
FM_API enum fm_code fm_ledger_outcome(struct fm_ledger *ledger,
				      struct fm_payment *payment,
				      struct fm_err *err) FM_MUST_USE;

/** By idempotency key or payment id. *found false when there is none. */
FM_API enum fm_code fm_ledger_find(struct fm_payment *out, bool *found,
				   struct fm_ledger *ledger, const char *key_or_id,
				   struct fm_err *err) FM_MUST_USE;
/** Newest first; stops when `each` returns false. */
FM_API enum fm_code fm_ledger_each(struct fm_ledger *ledger, size_t most,
				   bool (*each)(void *ctx,
						const struct fm_payment *payment),
				   void *ctx, struct fm_err *err) FM_MUST_USE;
/** Has this payer used this request id with anybody? */
FM_API enum fm_code fm_ledger_req_id_used(bool *used, struct fm_ledger *ledger,
					  const struct fm_addr *payer,
					  const struct fm_u256 *req_id,
					  struct fm_err *err) FM_MUST_USE;

/** What came of earlier payments to the ask's seller, for its route and asset. Without an origin
 *  there is no history. Read outside of any transaction: what another process pays meanwhile is
 *  not in it. */
FM_API enum fm_code fm_ledger_history(struct fm_history *out, struct fm_ledger *ledger,
				      const struct fm_ask *ask,
				      struct fm_err *err) FM_MUST_USE;
/** A pinned seller whose host looks like that of `origin` without being it; "": none, or the host
 *  itself is pinned. Time grows with the number of pinned sellers. */
FM_API enum fm_code fm_ledger_resembles(char out[static FM_ORIGIN_MAX],
					struct fm_ledger *ledger, const char *origin,
					struct fm_err *err) FM_MUST_USE;

/* ---- approvals ---- */

/** What a person allowed: exactly this, once. Texts are borrowed. */
struct fm_approval_terms {
	struct fm_addr payer;
	const char *method, *url;
	struct fm_hash body; /**< SHA-256 of the request's body */
	const char *scheme;  /**< canonical name */
	uint64_t chain_id;
	struct fm_addr asset, pay_to;
	struct fm_u256 amount;
};

#define FM_APPROVAL_USUAL_S 3600 /**< how long one lasts when nobody says */
#define FM_APPROVAL_MOST_S 86400

/** An approval as the ledger has it. */
struct fm_approval {
	struct fm_hash hash;
	int64_t made_ms, deadline_ms;
	int64_t used_ms;	 /**< 0: not used */
	char payment[FM_PAY_ID]; /**< that used it; "" */
};

/** Name what may be approved: SHA-256 over its fixed text (lib/policy/approval.c), which is
 *  appended to `text` unless that is NULL. The text has no value of the URL's query, and their
 *  hash. Errors: FM_E_NOMEM. */
FM_API enum fm_code fm_approval_hash(struct fm_hash *out, struct fm_buf *text,
				     const struct fm_approval_terms *terms,
				     struct fm_err *err) FM_MUST_USE;
/** Record a person's word, good for `for_s` seconds from now (at most FM_APPROVAL_MOST_S); flushed,
 *  and in the journal. One of the same terms that was there, used or not, gives way to it. */
FM_API enum fm_code fm_approval_add(struct fm_approval *out, struct fm_ledger *ledger,
				    const struct fm_approval_terms *terms, int64_t for_s,
				    struct fm_err *err) FM_MUST_USE;
/** *usable false: there is none, it is used, or its deadline has passed. One that a payment
 *  reserved whose process died before it signed is usable again. */
FM_API enum fm_code fm_approval_find(struct fm_approval *out, bool *usable,
				     struct fm_ledger *ledger, const struct fm_hash *hash,
				     struct fm_err *err) FM_MUST_USE;

/* ---- looking at budgets ---- */

/** From now on what was booked on the task no longer counts against limits "per task": exactly
 *  for limits without a window, and for those with one to the minute (what else was booked in the
 *  minute of the reset still counts). Flushed, and in the journal. Limits of other kinds go on.
 *  *found false: nothing was ever booked on it, and nothing is recorded. */
FM_API enum fm_code fm_ledger_task_reset(bool *found, struct fm_ledger *ledger,
					 const char *task,
					 struct fm_err *err) FM_MUST_USE;

/** What was booked on a task in one asset since its last reset. */
struct fm_task_sum {
	uint64_t chain_id;
	struct fm_addr asset;
	struct fm_u256 spent;	 /**< reserved, signed, paid: all that counts */
	struct fm_u256 in_doubt; /**< of all times: signed, and no outcome is known */
	uint64_t payments;	 /**< in `spent` */
	int64_t reset_ms;	 /**< 0: never */
};
/** One for each asset, until `each` returns false. */
FM_API enum fm_code fm_ledger_task_sums(struct fm_ledger *ledger, const char *task,
					bool (*each)(void *ctx,
						     const struct fm_task_sum *sum),
					void *ctx, struct fm_err *err) FM_MUST_USE;

/** What totals are kept for ("seller https://...", "task ID", "category NAME", "wallet 0x...",
 *  "route https://... /path"), of one kind, those with the newest payments first.
 *  In:  kind      "seller", "route", "task", "category", "wallet"
 *  Out: *cut      there are more than `most` */
FM_API enum fm_code fm_ledger_scopes(bool *cut, struct fm_ledger *ledger,
				     const char *kind, size_t most,
				     bool (*each)(void *ctx, const char *scope),
				     void *ctx, struct fm_err *err) FM_MUST_USE;
/** When the oldest of what counts in a check (filled by fm_ledger_usage) leaves its window, to the
 *  minute and never too early; *some false: nothing counts, or it never leaves. */
FM_API enum fm_code fm_ledger_frees(int64_t *at_ms, bool *some, struct fm_ledger *ledger,
				    const struct fm_check *check,
				    struct fm_err *err) FM_MUST_USE;

/** Pins: values trusted on first use, by kind and key. value is text; at_s when it was set. */
FM_API enum fm_code fm_pin_get(struct fm_buf *value, int64_t *at_s, bool *found,
			       struct fm_ledger *ledger, const char *kind,
			       const char *key, struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_pin_set(struct fm_ledger *ledger, const char *kind,
			       const char *key, struct fm_span value,
			       struct fm_err *err) FM_MUST_USE;

/** One pin and what it shall become. */
struct fm_pin_change {
	const char *kind, *key;
	struct fm_span before; /**< its value as read; ptr NULL: there was none */
	struct fm_span after;
};

/** Set several pins in one flushed transaction, if each is still what it was before.
 *  *done false: one was not, and none was set. */
FM_API enum fm_code fm_pin_change(bool *done, struct fm_ledger *ledger,
				  const struct fm_pin_change *changes, size_t count,
				  struct fm_err *err) FM_MUST_USE;

/* ---- operations and transactions ---- */

/** What a person asked for that takes transactions. */
enum fm_op_kind {
	FM_OP_DEPOSIT,
	FM_OP_WITHDRAW_REQUEST,
	FM_OP_WITHDRAW_CANCEL,
	FM_OP_WITHDRAW_FINALIZE,
	FM_OP_APPROVE, /**< an allowance set or revoked by itself */
	FM_OP_PAY_DEBIT,
	FM_OP_CLAIM_CREDIT,
	FM_OP_MARK_DEFAULT,
	FM_OP_FINALIZE_CYCLE,
};
/** "deposit", "withdraw.request", ... */
FM_API const char *fm_op_word(enum fm_op_kind kind);

/** open -> done | failed | abandoned; back to open when a reorganization of the chain takes a
 *  transaction of it out again. */
enum fm_op_state {
	FM_OP_OPEN,
	FM_OP_DONE,	 /**< its effect is on the chain */
	FM_OP_FAILED,	 /**< reverted or dropped: no effect, and none can come */
	FM_OP_ABANDONED, /**< nothing was signed */
};
FM_API const char *fm_op_state_word(enum fm_op_state state);

#define FM_OP_ID 36 /**< "op_" and 32 hex digits, terminator */
#define FM_OP_NOTE 96

struct fm_op {
	char id[FM_OP_ID];
	enum fm_op_kind kind;
	struct fm_addr payer;
	uint64_t chain_id;
	struct fm_addr asset;
	struct fm_u256 amount;
	struct fm_addr target; /**< vault, clearing house, spender */
	char note[FM_OP_NOTE]; /**< a cycle's id and the like; "" */
	enum fm_op_state state;
	bool told; /**< its end was reported to a person or script */
	int64_t created_ms, ended_ms;
	struct fm_hash policy_hash;
};

enum fm_tx_state {
	FM_TX_SIGNED, /**< on disk: may have left */
	FM_TX_MINED,
	FM_TX_REVERTED, /**< mined, without effect */
	FM_TX_REPLACED, /**< another of ours with its nonce was mined */
	FM_TX_DROPPED,	/**< its nonce was used by a transaction that is not ours */
};
FM_API const char *fm_tx_state_word(enum fm_tx_state state);

#define FM_TX_PURPOSE 24
#define FM_TX_RAW_MAX (128u * 1024u) /**< bytes of a signed transaction */

/** A signed transaction. Owner of one: fm_tx_row_clear; of a list: fm_tx_rows_free. */
struct fm_tx_row {
	struct fm_hash hash;
	char op[FM_OP_ID];
	char purpose[FM_TX_PURPOSE]; /**< "approve", "deposit", ... */
	struct fm_addr payer;
	uint64_t chain_id, nonce;
	struct fm_addr to;
	struct fm_u256 value, max_fee, priority_fee; /**< wei */
	uint64_t gas_limit;
	struct fm_buf raw; /**< as signed */
	enum fm_tx_state state;
	int64_t created_ms, ended_ms;
	int64_t sent_ms; /**< 0: not known to have left */
	uint64_t block;
	struct fm_hash block_hash;
	uint64_t gas_used;
	struct fm_u256 fee; /**< paid, wei */
};
FM_API void fm_tx_row_clear(struct fm_tx_row *row);
FM_API void fm_tx_rows_free(struct fm_tx_row **rows, size_t count);

/** Begin an operation, in one flushed transaction. `op` comes with kind, payer, chain_id, asset,
 *  amount, target, note and policy_hash.
 *
 *  *resumed true: one that is the same in all of these but the policy was left before its end was
 *  told, by a process that died or by this handle; it is taken over and now in *op, in whatever
 *  state it has come to; nothing new is booked. One that died before anything was signed is not
 *  resumed but abandoned, and its booking given back.
 *  Otherwise the checks are made and a new one is inserted; this handle owns it until
 *  fm_ledger_op_told, fm_ledger_op_leave or fm_ledger_close. Two living processes that want the
 *  same get one each.
 *  In:  ask  what was judged; NULL: no limits. Its `of` is the kind's: deposits and net debits are
 *            booked, other kinds are not money that leaves.
 *  Errors: FM_E_BUDGET with checks[].used filled; FM_E_BUSY, FM_E_LEDGER, FM_E_IO. */
FM_API enum fm_code fm_ledger_op_begin(bool *resumed, struct fm_op *op,
				       struct fm_ledger *ledger, const struct fm_ask *ask,
				       struct fm_check *checks, size_t check_count,
				       struct fm_err *err) FM_MUST_USE;
/** Own an operation whose process died, or told it before its end, to bring it to its end; flushed.
 *  *op is read again.
 *  *found false: there is none of that id. FM_E_BUSY: a living process works on it. */
FM_API enum fm_code fm_ledger_op_take(struct fm_op *op, bool *found,
				      struct fm_ledger *ledger, const char *id,
				      struct fm_err *err) FM_MUST_USE;
/** Record what op->state says: done, failed or abandoned; flushed. The last two give the booking
 *  back, so the ledger refuses `failed` while a transaction of it may still be mined, and
 *  `abandoned` when there is one. What was abandoned needs no telling. */
FM_API enum fm_code fm_ledger_op_end(struct fm_ledger *ledger, struct fm_op *op,
				     struct fm_err *err) FM_MUST_USE;
/** Its end was reported, or that it is on its way when nobody waits for the end; flushed. It is
 *  nobody's any more. */
FM_API enum fm_code fm_ledger_op_told(struct fm_ledger *ledger, struct fm_op *op,
				      struct fm_err *err) FM_MUST_USE;
/** Stop working on it before its end: whoever wants the same next takes it over. */
FM_API void fm_ledger_op_leave(struct fm_ledger *ledger, const struct fm_op *op);
/** Does a living process (this one included) work on it? True also when that cannot be found
 *  out. */
FM_API bool fm_ledger_op_alive(struct fm_ledger *ledger,
			       const struct fm_op *op) FM_MUST_USE;
FM_API enum fm_code fm_ledger_op_find(struct fm_op *out, bool *found,
				      struct fm_ledger *ledger, const char *id,
				      struct fm_err *err) FM_MUST_USE;

/** Which operations; zero: all. */
struct fm_op_filter {
	const struct fm_addr *payer;
	uint64_t chain_id;
	unsigned states; /**< 1u << enum fm_op_state, or-ed */
	bool untold; /**< only what is open or was not told; costs as much as there is */
};
/** Newest first; stops when `each`, which must not write to the ledger, returns false. */
FM_API enum fm_code fm_ledger_op_each(struct fm_ledger *ledger,
				      const struct fm_op_filter *filter, size_t most,
				      bool (*each)(void *ctx, const struct fm_op *op),
				      void *ctx, struct fm_err *err) FM_MUST_USE;

/** Record a signature before anything leaves; flushed before this returns. `row` comes with hash,
 *  op (open, and owned by this handle), purpose, payer, chain_id, nonce, to, value, fees, gas_limit
 *  and raw. The same bytes again are no news. Another transaction of the same operation with the
 *  same nonce replaces this one as long as neither is mined; with one of another operation that is
 *  signed or mined FM_E_INTERNAL: nothing may be sent. */
FM_API enum fm_code fm_ledger_tx_signed(struct fm_ledger *ledger,
					const struct fm_tx_row *row,
					struct fm_err *err) FM_MUST_USE;
/** Annotation: it is about to leave. Not flushed. */
FM_API enum fm_code fm_ledger_tx_sent(struct fm_ledger *ledger,
				      const struct fm_hash *hash,
				      struct fm_err *err) FM_MUST_USE;
/** What the chain says of row->hash: state, and for what was mined block, block_hash, gas_used and
 *  fee; flushed. Any process may record it. One that is mined or reverted makes the others of its
 *  nonce `replaced`; back to `signed` after a reorganization makes those `signed` again, and its
 *  operation open and untold, booked as before. */
FM_API enum fm_code fm_ledger_tx_outcome(struct fm_ledger *ledger,
					 const struct fm_tx_row *row,
					 struct fm_err *err) FM_MUST_USE;
/** What may still be mined (`signed`) of a payer on a chain, by nonce, older first. */
FM_API enum fm_code fm_ledger_tx_open(struct fm_tx_row **rows, size_t *count,
				      struct fm_ledger *ledger,
				      const struct fm_addr *payer, uint64_t chain_id,
				      struct fm_err *err) FM_MUST_USE;
/** All of an operation, in the order they were signed. */
FM_API enum fm_code fm_ledger_tx_of(struct fm_tx_row **rows, size_t *count,
				    struct fm_ledger *ledger, const char *op_id,
				    struct fm_err *err) FM_MUST_USE;
/** All with a nonce, in the order they were signed. */
FM_API enum fm_code fm_ledger_tx_at(struct fm_tx_row **rows, size_t *count,
				    struct fm_ledger *ledger, const struct fm_addr *payer,
				    uint64_t chain_id, uint64_t nonce,
				    struct fm_err *err) FM_MUST_USE;
FM_API enum fm_code fm_ledger_tx_find(struct fm_tx_row *out, bool *found,
				      struct fm_ledger *ledger,
				      const struct fm_hash *hash,
				      struct fm_err *err) FM_MUST_USE;

/** The lock of a wallet on a chain (design, Decision 11): from reading the nonce to the broadcast
 *  being recorded. It goes away with the process. Zero before it is taken. */
struct fm_wallet_lock {
	bool held;
	int fd;
};
/** Wait in turn, at most wait_ms; *cancel (may be NULL) is looked at every 100 ms. A handle that
 *  has it already waits for itself.
 *  Errors: FM_E_BUSY, naming an operation that holds it or waits too; FM_E_INTERRUPTED, FM_E_IO. */
FM_API enum fm_code fm_ledger_wallet_lock(struct fm_wallet_lock *lock,
					  struct fm_ledger *ledger,
					  const struct fm_addr *payer, uint64_t chain_id,
					  int64_t wait_ms, const volatile int *cancel,
					  struct fm_err *err) FM_MUST_USE;
FM_API void fm_ledger_wallet_unlock(struct fm_wallet_lock *lock);

/* ---- audit ---- */

/** A payment that was refused, or needs a person, before anything was reserved. Texts are
 *  borrowed; NULL: not known. */
struct fm_denial {
	const char *method, *origin, *route; /**< route: path without query */
	bool has_terms;			     /**< the next five are known */
	uint64_t chain_id;
	struct fm_addr asset, pay_to;
	struct fm_u256 amount;
	const char *scheme;
	struct fm_addr payer;
	const char *task, *category, *purpose;
	struct fm_hash policy_hash;
	enum fm_code code; /**< why, and the rule that said so */
	const char *rule;
};
/** Record it; not flushed: a power cut may take it, nothing else may. A program that is refused in
 *  a loop does not fill the disk: the same denial again within ten minutes, and all beyond 600 in
 *  an hour, are only counted, and the next record says how many there were. */
FM_API enum fm_code fm_ledger_denied(struct fm_ledger *ledger,
				     const struct fm_denial *denial,
				     struct fm_err *err) FM_MUST_USE;

/** A record of the journal. Texts are borrowed until `each` returns. */
struct fm_audit_record {
	int64_t seq, at_ms;
	struct fm_hash prev, hash;
	const char *event;
	const char *subject;  /**< payment, operation, denial; NULL: none */
	struct fm_span body;  /**< JSON */
	struct fm_json *json; /**< the same, parsed */
};

/** Which records; zero: all. Of a payment all records match that have what is asked for in any of
 *  them. */
struct fm_audit_filter {
	int64_t since_ms, until_ms; /**< from, and before; 0: no bound */
	const char *seller;	    /**< origin */
	const char *scheme, *task, *category;
	uint64_t chain_id;
	const char *event;
	const char *subject;
};
/** Records with a seq above `after`, oldest first, as of one moment; stops when `each`, which must
 *  not write to the ledger, returns false. Errors: FM_E_AUDIT a record that cannot be read. */
FM_API enum fm_code fm_audit_each(struct fm_ledger *ledger,
				  const struct fm_audit_filter *filter, int64_t after,
				  bool (*each)(void *ctx,
					       const struct fm_audit_record *record),
				  void *ctx, struct fm_err *err) FM_MUST_USE;
/** Payments made from `since_ms` on and before `until_ms` (0: no bound), oldest first. */
FM_API enum fm_code fm_audit_payments(struct fm_ledger *ledger, int64_t since_ms,
				      int64_t until_ms,
				      bool (*each)(void *ctx,
						   const struct fm_payment *payment),
				      void *ctx, struct fm_err *err) FM_MUST_USE;
/** Seq of the newest record. */
FM_API enum fm_code fm_audit_newest(int64_t *seq, struct fm_ledger *ledger,
				    struct fm_err *err) FM_MUST_USE;

/** What verifying found. */
struct fm_audit_report {
	uint64_t records, payments, operations, transactions, pins, totals;
	int64_t first_seq, last_seq;
	struct fm_hash head; /**< of the newest record */
	int64_t removed_to;  /**< records up to here were exported and removed; 0: none */
	struct fm_hash export_sha; /**< ... into this file */
	int64_t bad_seq; /**< the first record that is wrong; 0: none, or no record is */
	char what[160];	 /**< what differs */
};
/** Recompute the whole chain, and compare every row of payments, operations, transactions and
 *  pins, and the running totals, with what the journal says of them. Memory does not grow with the
 *  ledger. Errors: FM_E_AUDIT with the report; FM_E_LEDGER, FM_E_BUSY. */
FM_API enum fm_code fm_audit_verify(struct fm_audit_report *report,
				    struct fm_ledger *ledger,
				    struct fm_err *err) FM_MUST_USE;

/** The newest record that can be removed together with all before it: older than `before_ms`, and
 *  none is about a payment or operation without an end. 0: none. */
FM_API enum fm_code fm_audit_prunable(int64_t *to, struct fm_ledger *ledger,
				      int64_t before_ms, struct fm_err *err) FM_MUST_USE;
/** Remove the records up to `to` (fm_audit_prunable), which the caller has exported to a file that
 *  is on disk; flushed. A "checkpoint" record says which, the hash of the last one, and the file's
 *  SHA-256; "carried" records keep what verifying needs. Payments, their sums, keys and request
 *  ids stay. Errors: FM_E_USAGE they may not be removed (any more). */
FM_API enum fm_code fm_audit_checkpoint(struct fm_ledger *ledger, int64_t to,
					const struct fm_hash *export_sha,
					struct fm_err *err) FM_MUST_USE;

/** Append a note to what is known of a payment or operation; flushed. kind: "refund", "dispute",
 *  "credit", "note". amount (base units of its asset): may be NULL.
 *  Errors: FM_E_USAGE there is no such id. */
FM_API enum fm_code fm_audit_note(struct fm_ledger *ledger, const char *id,
				  const char *kind, const char *text,
				  const struct fm_u256 *amount,
				  struct fm_err *err) FM_MUST_USE;

/** What a person may call a payment or operation: its id, its idempotency key, the hash of a
 *  transaction, a request id (decimal or 0x), a guarantee id, or the beginning of an id that only
 *  one has. id: "pay_..." or "op_...". *found false: none.
 *  Errors: FM_E_USAGE several have it. */
FM_API enum fm_code fm_audit_find(char id[static FM_PAY_ID], bool *found,
				  struct fm_ledger *ledger, const char *word,
				  struct fm_err *err) FM_MUST_USE;

/** What was signed with 4mica-credit in one asset and is neither released, resolved nor settled with
 *  its cycle (design, Decision 3). */
struct fm_owed {
	struct fm_addr asset;
	struct fm_u256
		outstanding; /**< all of it: without an answer, refused, in doubt, paid */
	struct fm_u256
		paid;	/**< of these, what is `paid`: its cycle is not known settled */
	uint64_t count; /**< guarantees in `outstanding` */
};
struct fm_outstanding {
	struct fm_owed *assets;
	size_t asset_count;
	uint64_t in_doubt; /**< payments of any scheme that are in doubt */
	uint64_t
		unanswered; /**< ... or signed without outcome, and no living process at it */
	uint64_t open_txs; /**< transactions that may still be mined */
};
/** The outstanding authority of a payer on a chain; costs the same however much was paid before.
 *  Owner: fm_outstanding_clear. */
FM_API enum fm_code fm_ledger_outstanding(struct fm_outstanding *out,
					  struct fm_ledger *ledger,
					  const struct fm_addr *payer, uint64_t chain_id,
					  struct fm_err *err) FM_MUST_USE;
FM_API void fm_outstanding_clear(struct fm_outstanding *out);
/** The same sums, and only those: also of assets in which all is over. */
FM_API enum fm_code fm_ledger_promised(struct fm_outstanding *out,
				       struct fm_ledger *ledger,
				       const struct fm_addr *payer, uint64_t chain_id,
				       struct fm_err *err) FM_MUST_USE;

/* ---- what became of payments, found out afterwards ---- */

/** Give back the reservations whose process died before it signed, of every wallet; flushed.
 *  `each` (may be NULL) is told of them, and must not write to the ledger. */
FM_API enum fm_code fm_ledger_sweep(struct fm_ledger *ledger,
				    void (*each)(void *ctx,
						 const struct fm_payment *payment),
				    void *ctx, struct fm_err *err) FM_MUST_USE;

/** Authority that may still be used: signed, refused or in doubt, of any scheme. */
FM_API enum fm_code fm_ledger_authority_count(uint64_t *count, struct fm_ledger *ledger,
					      const struct fm_addr *payer,
					      uint64_t chain_id,
					      struct fm_err *err) FM_MUST_USE;
/** ... the newest `most`, newest first. Costs as much as there is, not as was ever paid.
 *  Owner: fm_payments_free. */
FM_API enum fm_code fm_ledger_authority(struct fm_payment **payments, size_t *count,
					struct fm_ledger *ledger,
					const struct fm_addr *payer, uint64_t chain_id,
					size_t most, struct fm_err *err) FM_MUST_USE;
/** Authorizations with an end that are `paid` by a seller's word, which the chain can confirm.
 *  Looks at every payment. Owner: fm_payments_free. */
FM_API enum fm_code fm_ledger_claimed(struct fm_payment **payments, size_t *count,
				      struct fm_ledger *ledger,
				      const struct fm_addr *payer, uint64_t chain_id,
				      struct fm_err *err) FM_MUST_USE;
/** Is a living process (this one included) making it? True also when that cannot be found out. */
FM_API enum fm_code fm_ledger_pay_alive(bool *alive, struct fm_ledger *ledger,
					const struct fm_payment *payment,
					struct fm_err *err) FM_MUST_USE;
/** The chains on which the ledger has authority that may be used, or transactions that may be
 *  mined, of a payer; `all`: has anything. The caller frees *chain_ids. */
FM_API enum fm_code fm_ledger_networks(uint64_t **chain_ids, size_t *count,
				       struct fm_ledger *ledger,
				       const struct fm_addr *payer, bool all,
				       struct fm_err *err) FM_MUST_USE;
/** Record what was found out, or a person's word: state (not `reserved` or `signed`), evidence,
 *  resolution and cycle_hint become those of `payment`; flushed. `released` gives the booking back,
 *  and is for authorizations with an end only: a guarantee has none (design, Decision 3).
 *  *done false: it is not in the state `before` any more, or a living process makes it; nothing
 *  was changed. */
FM_API enum fm_code fm_ledger_resolve(bool *done, struct fm_ledger *ledger,
				      struct fm_payment *payment,
				      enum fm_pay_state before,
				      struct fm_err *err) FM_MUST_USE;

/* ---- what a clearing cycle is made of ---- */

/** A wallet's part in a cycle. */
struct fm_cycle_scope {
	const struct fm_addr *wallet;
	uint64_t chain_id;
	struct fm_addr asset;
	struct fm_hash id; /**< of the cycle, on chain */
	const char *text;  /**< Core's name for it */
	uint64_t start_s;
	uint32_t length_s;
};

/** Which guarantees. */
enum fm_cycle_part {
	FM_CYCLE_OUT,	  /**< this wallet's, with a certificate that names the cycle */
	FM_CYCLE_UNNAMED, /**< this wallet's without, signed while the cycle was open */
	FM_CYCLE_IN,	  /**< given to this wallet, and imported */
};

struct fm_cycle_item {
	int64_t seq;
	char id[FM_PAY_ID]; /**< of the payment; "": incoming */
	struct fm_u256 req_id, amount;
	struct fm_addr other; /**< whom it is for; of incoming ones who gave it */
	int version;	      /**< 1 or 2; 0: not kept, by an older program */
	enum fm_pay_state state;
	char evidence[24];
	int64_t signed_ms;
};

/** Visit them, in memory that does not grow with their number. `each` returns false to stop, and
 *  must not write to the ledger. */
FM_API enum fm_code fm_ledger_cycle_each(struct fm_ledger *ledger,
					 const struct fm_cycle_scope *scope,
					 enum fm_cycle_part side,
					 bool (*each)(void *ctx,
						      const struct fm_cycle_item *item),
					 void *ctx, struct fm_err *err) FM_MUST_USE;
/** The hint (struct fm_payment's cycle_hint) of the newest cycle in an asset of which the ledger has a
 *  certificate, whoever paid and on whatever chain: the one before the cycle with the text `before`,
 *  NULL: the last. Costs the same however much was paid. *found false: none. */
FM_API enum fm_code fm_ledger_cycle_before(char hint[static FM_CYCLE_HINT], bool *found,
					   struct fm_ledger *ledger,
					   const struct fm_addr *asset,
					   const char *before,
					   struct fm_err *err) FM_MUST_USE;
/** Is any guarantee that the wallet gave in the cycle, with a certificate of it, outstanding still? Of
 *  `scope`: wallet, chain_id and text. */
FM_API enum fm_code fm_ledger_cycle_owed(bool *yes, struct fm_ledger *ledger,
					 const struct fm_cycle_scope *scope,
					 struct fm_err *err) FM_MUST_USE;
/** Record of one that was in doubt that the cycle charges it: `paid`, evidence "charged"; flushed.
 *  *done false: it is not in doubt any more, or a living process makes it. */
FM_API enum fm_code fm_ledger_cycle_charged(bool *done, struct fm_ledger *ledger,
					    const struct fm_cycle_scope *scope,
					    const char *id,
					    struct fm_err *err) FM_MUST_USE;
/** Record that what the cycle holds of the wallet's paid guarantees of version 1 is settled:
 *  they stay `paid`, with evidence "cleared", and are no outstanding authority any more. Flushed, some
 *  hundred at a time: after an error the rest can be done again.
 *  Out:  count  of those that were outstanding until now */
FM_API enum fm_code fm_ledger_cycle_cleared(uint64_t *count, struct fm_ledger *ledger,
					    const struct fm_cycle_scope *scope,
					    struct fm_err *err) FM_MUST_USE;

/** The same for one payment, of any version. *done false: it was not outstanding as paid. */
FM_API enum fm_code fm_ledger_cycle_cleared_one(bool *done, struct fm_ledger *ledger,
						const struct fm_cycle_scope *scope,
						const char *id,
						struct fm_err *err) FM_MUST_USE;

/** A guarantee somebody gave to a wallet here, out of a verified certificate. */
struct fm_incoming {
	uint64_t chain_id;
	struct fm_hash cycle_id;
	struct fm_addr recipient, payer, asset;
	struct fm_u256 req_id, amount;
	int version;
	uint64_t timestamp; /**< seconds */
	struct fm_span claims, signature;
};

/** Keep one; flushed. *known: it was there. Errors: FM_E_CERT_DIFF one of the same identity and with
 *  other terms is there; what the ledger says. */
FM_API enum fm_code fm_ledger_incoming_add(bool *known, struct fm_ledger *ledger,
					   const struct fm_incoming *incoming,
					   struct fm_err *err) FM_MUST_USE;
/** The cycles they are of: id, asset, when the latest was signed (seconds). */
FM_API enum fm_code fm_ledger_incoming_cycles(
	struct fm_ledger *ledger, const struct fm_addr *wallet, uint64_t chain_id,
	bool (*each)(void *ctx, const struct fm_hash *id, const struct fm_addr *asset,
		     uint64_t latest_s),
	void *ctx, struct fm_err *err) FM_MUST_USE;

#endif
