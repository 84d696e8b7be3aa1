/* SPDX-License-Identifier: MIT */
/** Why a paid request failed: every failure text of 4Mica Core, the facilitator, x402 sellers and
 *  the contracts, each with one cause, a stable code, what it means and what to do. */
#ifndef FOURMICA_CAUSE_H
#define FOURMICA_CAUSE_H

#include <fourmica/types.h>

#define FM_CAUSE_CODE 64
#define FM_CAUSE_TEXT 256

/** What one failure is. */
struct fm_cause {
	char code
		[FM_CAUSE_CODE]; /**< "req_id_used"; "unknown" when no row has the text */
	/** network collateral policy seller signature request_id facilitator: the causes of the
	 *  user documents; local: our own side; "unknown". Static storage. */
	const char *cause;
	/** Who says it: core, facilitator, x402, chain, contract; fourmica for this program's own
	 *  codes; "unknown". Static storage. */
	const char *source;
	/** Its texts as the protocol pages write them, with | between, * for what varies, a leading
	 *  = where only the whole text counts. Static storage. */
	const char *text;
	char meaning[FM_CAUSE_TEXT];
	char remedy[FM_CAUSE_TEXT]; /**< one action */
};

#define FM_CAUSE_LOOK 4096u /**< bytes of a text that are looked at */

/** What a failure text or reason code says, as it was received: a whole text, one inside other
 *  words, or what the facilitator passes on from Core ("core guarantee request failed (400 Bad
 *  Request): ..."). Case of ASCII letters does not matter; where several rows are found, the one
 *  with the longest text counts. False: no row has it, and *out says so. Nothing is guessed.
 *  Spec: 4mica.md 2 and 7; x402.md 7; contracts.md 5. */
FM_API bool fm_cause_find(struct fm_cause *out, struct fm_span text);
/** The row of a stable code; false: there is none. */
FM_API bool fm_cause_by_code(struct fm_cause *out, const char *code) FM_MUST_USE;
/** All rows in the order of the pages, reverts last; false behind the last. */
FM_API bool fm_cause_at(struct fm_cause *out, size_t index) FM_MUST_USE;
/** The same facts of this program's own codes. */
FM_API void fm_cause_of(struct fm_cause *out, enum fm_code code);
/** What the words of an answer say of a payment that ended with `code`. False: nothing that is known,
 *  or nothing that explains the code: an error behind a payment that was taken, "payment required"
 *  beside new terms. */
FM_API bool fm_cause_of_answer(struct fm_cause *out, enum fm_code code,
			       const char *words) FM_MUST_USE;
/** Name the payment in a remedy that speaks of "reconcile ID". */
FM_API void fm_cause_name(struct fm_cause *cause, const char *payment_id);

/** The cause an error has: that of err->cause, else its code's. Static storage. */
FM_API const char *fm_err_cause(enum fm_code code, const struct fm_err *err);
/** The error carries `text` of a server: when fm_cause_of_answer finds a row, its code and its
 *  remedy as the hint become the error's; else nothing changes. `payment_id` may be NULL. Returns err->code. */
FM_API enum fm_code fm_err_because(struct fm_err *err, const char *text,
				   const char *payment_id);

#endif
