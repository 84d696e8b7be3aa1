/* SPDX-License-Identifier: MIT */
/** The ledger's parts: the handle, its transaction, rows, running totals, the journal. */
#ifndef FOURMICA_POLICY_LEDGER_H
#define FOURMICA_POLICY_LEDGER_H

#include <fourmica/policy.h>

#include "policy/db.h"
#include "policy/gate.h"
#include "policy/owners.h"
#include "policy/scope.h"

#include <limits.h>

/** Files beside ledger.db. */
#define FM_LEDGER_LOCK "ledger.lock"
#define FM_LEDGER_OWNERS "ledger.owners"
#define FM_LEDGER_HEAD "ledger.head"

/** The newest record of the journal. */
struct fm_head {
	int64_t seq; /* 0: none */
	int64_t at_ms;
	struct fm_hash hash;
};

struct fm_ledger {
	struct fm_db *db;
	struct fm_gate gate;
	struct fm_owners owners;
	const struct fm_clock *clock;
	const struct fm_rand *rand;
	int64_t busy_ms;
	bool read_only;
	/* of the transaction under way */
	bool flush;
	int64_t now_ms; /* max(wall clock, time of the newest record) */
	struct fm_head head;
	int head_fd; /* -1 until first written */
	char path[PATH_MAX];
	char lock_path[PATH_MAX], owners_path[PATH_MAX], head_path[PATH_MAX];
};

/* ledger.c: a write transaction behind the gate, its time and the journal's head read. */
enum fm_code fm_ledger_begin(struct fm_ledger *ledger, bool flush,
			     struct fm_err *err) FM_MUST_USE;
/** rc FM_OK: commit; otherwise roll back. Leaves the gate; returns the first failure. */
enum fm_code fm_ledger_end(struct fm_ledger *ledger, enum fm_code rc,
			   struct fm_err *err) FM_MUST_USE;
/** Time for reading: as in a transaction. */
enum fm_code fm_ledger_now(int64_t *now_ms, struct fm_ledger *ledger,
			   struct fm_err *err) FM_MUST_USE;

/* create.c */
enum fm_code fm_ledger_create(struct fm_ledger *ledger, struct fm_err *err) FM_MUST_USE;

/* journal.c */
enum fm_code fm_journal_head(struct fm_head *out, struct fm_db *db,
			     struct fm_err *err) FM_MUST_USE;
/** Append `body` (JSON) behind *head, which moves on. */
enum fm_code fm_journal_add(struct fm_head *head, struct fm_db *db, int64_t at_ms,
			    struct fm_span body, struct fm_err *err) FM_MUST_USE;
/** SHA-256 of a record. */
bool fm_journal_hash(struct fm_hash *out, int64_t seq, int64_t at_ms,
		     const struct fm_hash *prev, struct fm_span body) FM_MUST_USE;
/** Record an event of a payment: what reserving, signing and the outcome fixed. */
enum fm_code fm_journal_payment(struct fm_ledger *ledger, const char *event,
				const struct fm_payment *payment,
				struct fm_err *err) FM_MUST_USE;
/** ledger.head: the newest flushed record, outside the database. *found false: no
 *  file. */
enum fm_code fm_head_read(struct fm_head *out, bool *found, const char *path,
			  struct fm_err *err) FM_MUST_USE;
/** Best effort: a head that is behind is no lie. `sync` for a new ledger. */
void fm_head_write(struct fm_ledger *ledger, bool sync);

/* totals.c */
enum fm_code fm_totals_fill(struct fm_db *db, struct fm_check *checks, size_t count,
			    int64_t now_ms, struct fm_err *err) FM_MUST_USE;
/** Add a payment to the scopes of the mask (1 << enum fm_scope), at
 *  payment->created_ms; or take it out again. *full: a total would not fit into 256
 *  bits, and nothing was booked. */
enum fm_code fm_totals_book(bool *full, struct fm_db *db,
			    const struct fm_payment *payment, unsigned scopes, bool back,
			    struct fm_err *err) FM_MUST_USE;
/** The scopes a payment is booked in: all, its seller, its task, and its route when
 *  one of these checks is about it. */
unsigned fm_totals_scopes(const struct fm_payment *payment, const struct fm_check *checks,
			  size_t count) FM_MUST_USE;

/* row.c */
struct fm_row {
	int64_t seq;
	int64_t booked;
	struct fm_payment payment;
};

enum fm_code fm_row_read(struct fm_row *out, const struct fm_query *q,
			 struct fm_err *err) FM_MUST_USE;
/** seq 0: the next one, returned. */
enum fm_code fm_row_add(int64_t *seq, struct fm_db *db, const struct fm_payment *payment,
			unsigned booked, struct fm_err *err) FM_MUST_USE;
/** Step an opened, bound query that gives one row or none, and close it. */
enum fm_code fm_row_one(struct fm_row *out, bool *found, struct fm_query *q,
			struct fm_err *err) FM_MUST_USE;
void fm_row_clear(struct fm_row *row);
/** What is NULL in the database when it is zero here. */
void fm_row_bind_hash(struct fm_query *q, const struct fm_hash *hash);
void fm_row_bind_u256(struct fm_query *q, uint8_t room[static 32],
		      const struct fm_u256 *value);

#endif
