/* SPDX-License-Identifier: MIT */
/** Parts of verifying: the chain (verify.c), the rows (verify_rows.c). */
#ifndef FOURMICA_POLICY_VERIFY_H
#define FOURMICA_POLICY_VERIFY_H

#include "policy/audit.h"

struct fm_verifying {
	struct fm_ledger *ledger;
	struct fm_audit_report *report;
	struct fm_head last; /* the record before this one */
	struct fm_err *err;
};

/** What differs, and where: into the report and the error. FM_E_AUDIT. seq 0: no record. */
enum fm_code fm_verify_wrong(struct fm_verifying *v, int64_t seq, const char *fmt, ...)
	FM_PRINTF(3, 4);
/** A member that is a hash. */
bool fm_verify_hash(struct fm_hash *out, const struct fm_json *json,
		    const char *name) FM_MUST_USE;

/** Rows of SELECT * FROM payment, op, tx, and of FM_SQL_PIN_EACH. */
enum fm_code fm_verify_payment(struct fm_verifying *v,
			       const struct fm_query *q) FM_MUST_USE;
enum fm_code fm_verify_op(struct fm_verifying *v, const struct fm_query *q) FM_MUST_USE;
enum fm_code fm_verify_tx(struct fm_verifying *v, const struct fm_query *q) FM_MUST_USE;
enum fm_code fm_verify_pin(struct fm_verifying *v, const struct fm_query *q) FM_MUST_USE;

#endif
