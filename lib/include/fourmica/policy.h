/* SPDX-License-Identifier: MIT */
/** Spending rules and the ledger that makes them hold across processes and crashes. */
#ifndef FOURMICA_POLICY_H
#define FOURMICA_POLICY_H

#include <fourmica/system.h>
#include <fourmica/types.h>

#define FM_POLICY_MAX (256u * 1024u) /**< bytes of policy.json */
#define FM_ORIGIN_MAX 300
#define FM_RULE_MAX 64
#define FM_CHECKS_MAX 64 /**< limits that can apply to one payment */

struct fm_policy;

/** Which evidence ends a credit payment well (design, Decision 9). */
enum fm_evidence {
	FM_EVIDENCE_DEFAULT, /**< whatever the policy says */
	FM_EVIDENCE_CERTIFICATE,
	FM_EVIDENCE_RECEIPT,
};

/** Read policy.json. `name` is the file's name for messages, which carry line and column.
 *  `assets` are the user's own tokens (config), looked at before the built-in table.
 *  A member that the format has but this version does not enforce is refused, never ignored.
 *  Errors: FM_E_CONFIG. Owner: fm_policy_free. */
FM_API enum fm_code fm_policy_parse(struct fm_policy **out, struct fm_span text,
				    const char *name, struct fm_err *err) FM_MUST_USE;
/** The rules without a file (design, Decision 1): 0.10 USDC a request, 1 USDC a day on test
 *  networks, sellers pinned silently by origin; nothing on networks of value. */
FM_API enum fm_code fm_policy_builtin(struct fm_policy **out,
				      struct fm_err *err) FM_MUST_USE;
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
/** Does the file itself name this origin with the addresses it may be paid at? */
FM_API bool fm_policy_pins(const struct fm_policy *policy,
			   const char *origin) FM_MUST_USE;
/** Longest authorization window in seconds; 0: the seller's. */
FM_API int64_t fm_policy_max_window(const struct fm_policy *policy);
FM_API bool fm_policy_allows_chain(const struct fm_policy *policy,
				   uint64_t chain_id) FM_MUST_USE;

/** A payment somebody wants to make. */
struct fm_ask {
	uint64_t chain_id;
	const struct fm_asset *asset; /**< NULL: unknown token */
	struct fm_u256 amount;
	struct fm_addr pay_to;
	const char *scheme; /**< canonical name */
	const char *origin; /**< seller: "https://host[:port]"; "" when there is none */
	const char *route;  /**< path without query */
	const char *task;   /**< may be "" */
	int64_t window_s;   /**< how long the authority would live; 0: for ever */
	bool pin_known;	    /**< the ledger has a pin for this origin and network */
	struct fm_addr pin; /**< ... to this address */
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
 *  returned in checks[] (used = 0), at most FM_CHECKS_MAX. */
FM_API enum fm_verdict fm_policy_judge(const struct fm_policy *policy,
				       const struct fm_ask *ask,
				       struct fm_check checks[static FM_CHECKS_MAX],
				       size_t *check_count, struct fm_err *err);
/** The judgement of the totals; pure. FM_E_BUDGET with rule, both values and the remedy. */
FM_API enum fm_verdict fm_policy_totals(const struct fm_ask *ask,
					const struct fm_check *checks, size_t count,
					struct fm_err *err);

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
	struct fm_hash policy_hash;
	enum fm_pay_state state;
	char evidence[24]; /**< "", verified, receipt_only, none, missing, invalid */
	char cycle_hint
		[96]; /**< "<cycle text id>/<length in s>" of a verified certificate */
	char error_code[32]; /**< word of FM_CODES; "" when none */
	char *reason;	     /**< the seller's words, escaped; may be NULL */
	int http_status;     /**< of the paid response; 0: none */
	unsigned retries;
	int64_t created_ms, signed_ms, sent_ms, ended_ms;
};

FM_API void fm_payment_clear(struct fm_payment *payment);

struct fm_ledger;

struct fm_ledger_options {
	const char *path; /**< ledger.db; its directory is made 0700 when missing */
	const struct fm_clock *clock;
	const struct fm_rand *rand;
	int64_t busy_ms; /**< longest wait for the lock; 0: 30 s */
	bool read_only;	 /**< FM_OK with *out NULL when there is no file */
};

/** Errors: FM_E_CONFIG wrong modes; FM_E_LEDGER damaged or a newer schema; FM_E_BUSY; FM_E_IO. */
FM_API enum fm_code fm_ledger_open(struct fm_ledger **out,
				   const struct fm_ledger_options *options,
				   struct fm_err *err) FM_MUST_USE;
FM_API void fm_ledger_close(struct fm_ledger **ledger);

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
 *  Errors: FM_E_USAGE the key belongs to another request; FM_E_BUSY the key is being paid by
 *  a live process; FM_E_LEDGER, FM_E_IO. */
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

#endif
