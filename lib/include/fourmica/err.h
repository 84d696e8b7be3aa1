/* SPDX-License-Identifier: MIT */
/** Result codes and the error record every fallible call fills in. */
#ifndef FOURMICA_ERR_H
#define FOURMICA_ERR_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define FM_VISIBLE __attribute__((visibility("default")))
#define FM_MUST_USE __attribute__((warn_unused_result))
#define FM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define FM_VISIBLE
#define FM_MUST_USE
#define FM_PRINTF(fmt, args)
#endif

/** What the library exports: a function, a constant. FM_AT_LEAST(n) is the size of an array that a
 *  caller passes. C++ has other words for the same. */
#ifdef __cplusplus
#define FM_API extern "C" FM_VISIBLE
#define FM_API_DATA FM_API
#define FM_AT_LEAST(n) n
#else
#define FM_API FM_VISIBLE
#define FM_API_DATA FM_VISIBLE extern
#define FM_AT_LEAST(n) static n
#endif

/** Every result there is, once: enumerator, exit status, code word, category, retryable, meaning.
 *
 *  Several codes may share an exit status; the status is the coarse promise a script relies on
 *  (below 40 and from 60: no payment authority left this process), the word is the reason.
 *  The category names one of the causes the user documents list. The first row of an exit
 *  status is the one the manual prints. */
/* clang-format off */
#define FM_CODES(X)                                                                            \
	X(FM_OK, 0, "ok", "local", 0, "done")                                                  \
	X(FM_E_INTERNAL, 1, "internal", "local", 0, "a defect, before anything was signed")    \
	X(FM_E_NOMEM, 1, "out_of_memory", "local", 1, "not enough memory")                     \
	X(FM_E_USAGE, 2, "usage", "local", 0, "wrong command line")                            \
	X(FM_E_CONFIG, 3, "config", "local", 0, "configuration or policy cannot be used")      \
	X(FM_E_LOCKED, 4, "locked", "local", 0, "wallet locked or wrong passphrase")           \
	X(FM_E_INPUT, 5, "input_required", "local", 0, "an answer is needed and nobody to ask") \
	X(FM_E_DECLINED, 6, "declined", "local", 0, "the person at the prompt said no")        \
	X(FM_E_NETWORK, 10, "network", "network", 1, "could not reach the server")             \
	X(FM_E_TIMEOUT, 11, "timeout", "network", 1, "the time allowed ran out")               \
	X(FM_E_TERMS, 12, "bad_terms", "seller", 0, "payment terms that cannot be read")       \
	X(FM_E_MALFORMED, 12, "malformed", "seller", 0, "claims to be x402 but is broken")     \
	X(FM_E_TOO_LARGE, 12, "too_large", "seller", 0, "challenge over the size limit")       \
	X(FM_E_CHAIN, 13, "chain", "network", 0, "the chain endpoint cannot be trusted")       \
	X(FM_E_CORE, 14, "core", "network", 1, "4Mica Core failed or answered nonsense")       \
	X(FM_E_REVERT, 15, "would_revert", "local", 0, "the transaction would revert")         \
	X(FM_E_HTTP, 22, "http_error", "seller", 0, "HTTP error, nothing was paid")            \
	X(FM_E_NOT_X402, 22, "not_x402", "seller", 0, "a 402 of another kind")                 \
	X(FM_E_APPROVAL, 30, "needs_approval", "policy", 0, "a person must approve first")     \
	X(FM_E_OVER_LIMIT, 31, "over_limit", "policy", 0, "above a limit for one payment")     \
	X(FM_E_BUDGET, 32, "budget_exhausted", "policy", 0, "above what a budget has left")    \
	X(FM_E_BLOCKED, 33, "blocked_seller", "policy", 0, "the policy blocks this seller")    \
	X(FM_E_SELLER, 34, "seller_mismatch", "seller", 0, "not the seller that was expected") \
	X(FM_E_UNSUPPORTED, 35, "unsupported_terms", "seller", 0, "no offer that can be paid") \
	X(FM_E_VERSION, 35, "unsupported_version", "seller", 0, "unknown x402 version")        \
	X(FM_E_NO_OPTION, 35, "no_supported_option", "seller", 0, "readable, nothing payable") \
	X(FM_E_ASSET, 35, "asset_not_allowed", "policy", 0, "an asset outside the policy")     \
	X(FM_E_COLLATERAL, 36, "insufficient_collateral", "collateral", 0,                     \
	  "too little collateral, known before signing")                                       \
	X(FM_E_STOPPED, 37, "stopped", "policy", 0, "the emergency stop is set")               \
	X(FM_E_QUOTE, 38, "quote_changed", "seller", 0, "terms differ from the quote")         \
	X(FM_E_NOT_YET, 39, "not_yet", "local", 1, "too early")                                \
	X(FM_E_PAYMENT, 40, "payment_failed", "seller", 0,                                     \
	  "sent and refused; the amount stays reserved")                                       \
	X(FM_E_REFUSED_COLLATERAL, 40, "insufficient_collateral", "collateral", 0,             \
	  "sent; 4Mica found too little collateral")                                           \
	X(FM_E_NEW_TERMS, 40, "new_terms", "seller", 0, "sent; the seller now asks otherwise") \
	X(FM_E_STALE, 40, "rejected_stale", "seller", 0, "sent; its time window had passed")   \
	X(FM_E_ALLOWANCE, 40, "needs_allowance", "seller", 0, "sent; needs a token allowance") \
	X(FM_E_PAID_HTTP, 41, "paid_http_error", "seller", 0, "paid, then an HTTP error")      \
	X(FM_E_EVIDENCE, 42, "evidence_missing", "signature", 0, "served without evidence")    \
	X(FM_E_BAD_EVIDENCE, 42, "evidence_invalid", "signature", 0, "evidence that is wrong") \
	X(FM_E_PAID_WRITE, 43, "paid_write_failed", "local", 0, "paid, body not written")      \
	X(FM_E_REVERTED, 44, "reverted", "local", 0, "the transaction reverted")               \
	X(FM_E_IN_DOUBT, 50, "in_doubt", "network", 0, "sent; outcome unknown")                \
	X(FM_E_TX_PENDING, 51, "tx_pending", "network", 0, "transaction sent, not yet final")  \
	X(FM_E_CERT, 60, "cert_invalid", "signature", 0, "a certificate that does not verify") \
	X(FM_E_CERT_DIFF, 61, "cert_mismatch", "signature", 0, "certificate of something else") \
	X(FM_E_CERT_KEY, 62, "cert_unknown_key", "signature", 0, "no trusted key to verify with") \
	X(FM_E_AUDIT, 63, "audit_broken", "local", 0, "the journal was altered")               \
	X(FM_E_SURPLUS, 64, "statement_surplus", "collateral", 0, "charged for more than was signed") \
	X(FM_E_MISSING, 65, "statement_missing", "collateral", 0, "signed, not in the statement") \
	X(FM_E_DIFFERS, 66, "statement_amount", "collateral", 0, "statement and ledger differ") \
	X(FM_E_BUSY, 70, "ledger_busy", "local", 1, "the ledger is in use for too long")       \
	X(FM_E_LEDGER, 71, "ledger_damaged", "local", 0, "ledger damaged or not this wallet's") \
	X(FM_E_IO, 74, "io", "local", 0, "reading or writing failed, before signing")          \
	X(FM_E_INTERRUPTED, 130, "interrupted", "local", 0, "interrupted, before signing")     \
	X(FM_E_TERMINATED, 143, "terminated", "local", 0, "ended by SIGTERM, before signing")
/* clang-format on */

enum fm_code {
#define FM_CODE_ENUM(id, exit, word, category, retry, text) id,
	FM_CODES(FM_CODE_ENUM)
#undef FM_CODE_ENUM
	FM_CODE_COUNT
};

/** Has value moved? Answered by every error, because "failed" alone is no answer where money
 *  is concerned. */
enum fm_spent {
	FM_SPENT_NO,
	FM_SPENT_MAYBE,
	FM_SPENT_YES,
};

/** Owned by the caller, untouched on success. Messages are lower case, without a full stop,
 *  name the value that failed and never hold a secret; text from a server is escaped. */
struct fm_err {
	enum fm_code code;
	enum fm_spent spent;
	char msg[512];
	char hint[256]; /**< one thing to do next; may be empty */
	char rule[64];	/**< the rule that decided, as the policy or a vector names it */
	char seller_reason[256]; /**< the server's own words, escaped; may be empty */
	char cause[64]; /**< code of a row of cause.h when the failure is one of them */
};

/** The row of FM_CODES a code stands for. Static storage. */
struct fm_code_info {
	int exit_status;
	const char *word;
	const char *category;
	bool retryable;
	const char *text;
};

FM_API const struct fm_code_info *fm_code_info(enum fm_code code);

/** Start from a clean record (code FM_OK, nothing spent, empty texts). */
FM_API void fm_err_init(struct fm_err *err);

/** Fill *err and return `code`: `return fm_fail(err, FM_E_IO, "cannot read %s", path);`.
 *  Keeps err->spent as it is, clears hint, rule, seller_reason and cause. err may be
 *  NULL. */
FM_API enum fm_code fm_fail(struct fm_err *err, enum fm_code code, const char *fmt, ...)
	FM_PRINTF(3, 4);

/** Set the advice. Returns err->code, so that `return fm_hint(err, ...)` works. */
FM_API enum fm_code fm_hint(struct fm_err *err, const char *fmt, ...) FM_PRINTF(2, 3);

/** Name the rule that decided. Returns err->code. */
FM_API enum fm_code fm_rule(struct fm_err *err, const char *fmt, ...) FM_PRINTF(2, 3);

/** Prefix the message with what was being done: "loading policy: ...". Returns err->code. */
FM_API enum fm_code fm_within(struct fm_err *err, const char *fmt, ...) FM_PRINTF(2, 3);

/** fm_fail(FM_E_NOMEM) in one word. */
FM_API enum fm_code fm_nomem(struct fm_err *err);

#endif
