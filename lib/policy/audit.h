/* SPDX-License-Identifier: MIT */
/** Reading the journal back. */
#ifndef FOURMICA_POLICY_AUDIT_H
#define FOURMICA_POLICY_AUDIT_H

#include "policy/ledger.h"

#include <fourmica/json.h>

#define FM_EVENT_MAX 32

/** A record with what it borrows. Owner: fm_record_clear, also after a failure. */
struct fm_record {
	struct fm_audit_record record;
	char event[FM_EVENT_MAX];
	struct fm_buf subject;
};

/** From a row of FM_SQL_JOURNAL_EACH and its like. FM_E_AUDIT: it is none. */
enum fm_code fm_record_read(struct fm_record *out, const struct fm_query *q,
			    struct fm_err *err) FM_MUST_USE;
void fm_record_clear(struct fm_record *record);

/** Seq from which on records are not older than `ms`. */
enum fm_code fm_journal_since(int64_t *seq, struct fm_db *db, int64_t ms,
			      struct fm_err *err) FM_MUST_USE;

/* verify_totals.c */
/** Compare the running totals with the sums of what the rows say is booked in them. *wrong tells
 *  what differs; "" nothing. */
enum fm_code fm_verify_totals(char wrong[static 160], uint64_t *count,
			      struct fm_ledger *ledger, struct fm_err *err) FM_MUST_USE;

#endif
