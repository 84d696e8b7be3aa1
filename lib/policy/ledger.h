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
#define FM_LEDGER_WALLETS "ledger.wallets"

/** The hint when it is not what it was. */
#define FM_LEDGER_ADOPT                                                                \
	"put the newest copy back; to go on with what there is, run: fourmica policy " \
	"accept --adopt-ledger"

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
	int head_fd, outer_fd; /* -1 until first written */
	const char *head_dir;  /* borrowed while opening */
	bool adopt;
	char outer_path[PATH_MAX]; /* "": there is none */
	char path[PATH_MAX];
	char lock_path[PATH_MAX], owners_path[PATH_MAX], head_path[PATH_MAX],
		wallets_path[PATH_MAX];
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

/** An id of kind "pay_" or "op_": ids sort by time, which keeps their index dense (6 bytes of
 *  milliseconds, 10 random ones). Writes strlen(kind) + 33 bytes. */
enum fm_code fm_ledger_id(char *out, struct fm_ledger *ledger, const char *kind,
			  struct fm_err *err) FM_MUST_USE;

/* create.c */
enum fm_code fm_ledger_create(struct fm_ledger *ledger, struct fm_err *err) FM_MUST_USE;

/* journal.c */
enum fm_code fm_journal_head(struct fm_head *out, struct fm_db *db,
			     struct fm_err *err) FM_MUST_USE;
/** Append `body` (JSON) behind *head, which moves on. subject: the id in it; NULL: none. */
enum fm_code fm_journal_add(struct fm_head *head, struct fm_db *db, int64_t at_ms,
			    const char *subject, struct fm_span body,
			    struct fm_err *err) FM_MUST_USE;
/** No journal has such numbers, and arithmetic with them need not be thought of. */
bool fm_journal_possible(int64_t seq, int64_t at_ms) FM_MUST_USE;
/** SHA-256 of a record. */
bool fm_journal_hash(struct fm_hash *out, int64_t seq, int64_t at_ms,
		     const struct fm_hash *prev, struct fm_span body) FM_MUST_USE;
/** ledger.head: the newest flushed record, outside the database. *found false: no
 *  file. */
enum fm_code fm_head_read(struct fm_head *out, bool *found, const char *path,
			  struct fm_err *err) FM_MUST_USE;
/** ... into ledger.head and the one kept elsewhere. Best effort: a head that is behind is no lie.
 *  `sync` for a new ledger. */
void fm_head_write(struct fm_ledger *ledger, bool sync);

/* record.c */
/** Record an event of a payment: what reserving, signing and the outcome fixed. */
enum fm_code fm_journal_payment(struct fm_ledger *ledger, const char *event,
				const struct fm_payment *payment,
				struct fm_err *err) FM_MUST_USE;
/** "op.begun", "op.resumed", "op.done", ...: the first says everything. */
enum fm_code fm_journal_op(struct fm_ledger *ledger, const char *event,
			   const struct fm_op *op, struct fm_err *err) FM_MUST_USE;
/** "tx.signed", "tx.sent", "tx.mined", ... */
enum fm_code fm_journal_tx(struct fm_ledger *ledger, const char *event,
			   const struct fm_tx_row *tx, struct fm_err *err) FM_MUST_USE;
/** "approved": what a person allowed, in the words of its hash. */
enum fm_code fm_journal_approved(struct fm_ledger *ledger,
				 const struct fm_approval *approval, struct fm_span terms,
				 struct fm_err *err) FM_MUST_USE;
/** "task.reset" */
enum fm_code fm_journal_task_reset(struct fm_ledger *ledger, const char *task,
				   struct fm_err *err) FM_MUST_USE;
/** "denied", "note", "carried" (what a row was when the records about it were removed),
 *  "checkpoint" (which records were). */
enum fm_code fm_journal_denied(struct fm_ledger *ledger, const char *id,
			       const struct fm_denial *denial, uint64_t not_told,
			       struct fm_err *err) FM_MUST_USE;
enum fm_code fm_journal_note(struct fm_ledger *ledger, const char *id, const char *kind,
			     const char *text, const struct fm_u256 *amount,
			     struct fm_err *err) FM_MUST_USE;
enum fm_code fm_journal_carried(struct fm_ledger *ledger, const char *id,
				const struct fm_hash *tx, const struct fm_hash *row,
				const struct fm_hash *header,
				struct fm_err *err) FM_MUST_USE;
enum fm_code fm_journal_checkpoint(struct fm_ledger *ledger, const struct fm_head *last,
				   const struct fm_hash *exported,
				   struct fm_err *err) FM_MUST_USE;
enum fm_code fm_journal_upgraded(struct fm_ledger *ledger, const char *from,
				 const char *to, struct fm_err *err) FM_MUST_USE;

/* pin.c */
/** What the records of a pin are about: "pin KIND KEY". Starts the buffer. */
void fm_pin_subject(struct fm_buf *out, const char *kind, const char *key);
struct fm_pin_row {
	char kind[64];
	struct fm_buf key, value;
	int64_t at_ms;
};
/** A row of FM_SQL_PIN_EACH. */
enum fm_code fm_pin_row_read(struct fm_pin_row *out, const struct fm_query *q,
			     struct fm_err *err) FM_MUST_USE;
void fm_pin_row_clear(struct fm_pin_row *row);
/** value.ptr NULL: the pin was taken away. */
enum fm_code fm_pin_record(struct fm_ledger *ledger, const char *kind, const char *key,
			   struct fm_span value, struct fm_err *err) FM_MUST_USE;

/* ledger.c */
/** The cause behind the payment's error code; NULL: none. */
const char *fm_pay_category(const struct fm_payment *payment);

/* journal.c */
#define FM_CHECKPOINT "checkpoint" /* what its records are about */
/** Is *head a record of this journal? True also when it was exported and removed. */
enum fm_code fm_journal_holds(bool *same, struct fm_db *db, const struct fm_head *head,
			      struct fm_err *err) FM_MUST_USE;

/* denied.c */
/** Seq of the newest "denied" record; 0: none. */
enum fm_code fm_denied_last(int64_t *seq, struct fm_db *db,
			    struct fm_err *err) FM_MUST_USE;

/* totals.c */
/** Are these the totals of a task? Only these have a baseline. */
bool fm_scope_is_task(const char *scope) FM_MUST_USE;
/** The parts of a check's key. `asset` is "*" for all together. False: it has none. */
bool fm_check_key(char asset[static FM_ASSET_KEY], const char **scope,
		  const struct fm_check *check) FM_MUST_USE;
enum fm_code fm_totals_fill(struct fm_db *db, struct fm_check *checks, size_t count,
			    int64_t now_ms, struct fm_err *err) FM_MUST_USE;
/** What is added up: an amount of an asset, at a time. */
struct fm_entry {
	uint64_t chain_id;
	const struct fm_addr *asset;
	const struct fm_u256 *amount;
	int64_t at_ms;
	struct fm_scope_of of; /* of payments */
};
struct fm_entry fm_entry_of(const struct fm_payment *payment);
/** Add an entry to the scopes of the mask (1 << enum fm_scope), or take it out again.
 *  *full: a total would not fit into 256 bits; then the transaction must be rolled back. */
enum fm_code fm_totals_book(bool *full, struct fm_db *db, const struct fm_entry *entry,
			    unsigned scopes, bool back, struct fm_err *err) FM_MUST_USE;
/** The same for one total without a window, under a name that is no scope. */
enum fm_code fm_totals_ever(bool *full, struct fm_db *db, const struct fm_entry *entry,
			    const char *scope, bool back, struct fm_err *err) FM_MUST_USE;
/** Every total an entry is booked in. */
void fm_totals_places(const struct fm_entry *entry, unsigned scopes,
		      void (*each)(void *ctx, const char *scope, int64_t width,
				   int64_t bucket, const char *asset),
		      void *ctx);
/** FM_E_BUDGET in words. */
enum fm_code fm_totals_full(struct fm_err *err);
/** The scopes a payment is booked in: all, its seller, its wallet, its task, its category, and
 *  its route when one of these checks is about it. */
unsigned fm_totals_scopes(const struct fm_payment *payment, const struct fm_check *checks,
			  size_t count) FM_MUST_USE;

/* approval.c: of the transaction under way */
/** payment->approval, when there is one, is used up by the payment. FM_E_APPROVAL: it cannot be. */
enum fm_code fm_approval_use(struct fm_ledger *ledger, const struct fm_payment *payment,
			     struct fm_err *err) FM_MUST_USE;
/** The payment is let go without a signature. */
enum fm_code fm_approval_back(struct fm_ledger *ledger, const struct fm_payment *payment,
			      struct fm_err *err) FM_MUST_USE;

/* baseline.c: what of a scope's totals does not count any more */
struct fm_baseline {
	struct fm_u256 amount;
	int64_t count;
	int64_t at_ms; /* what was booked before this moment is in it; 0: never reset */
};
/** `asset` as in the key of a check; with more than one asset count and time only. */
enum fm_code fm_baseline_get(struct fm_baseline *out, struct fm_db *db, const char *scope,
			     const char *asset, struct fm_err *err) FM_MUST_USE;
/** An entry is taken out of the totals: out of this, too, if it is in it. */
enum fm_code fm_baseline_lower(struct fm_db *db, const struct fm_entry *entry,
			       const char *scope, const char *asset,
			       struct fm_err *err) FM_MUST_USE;

/* upgrade.c */
enum fm_code fm_ledger_upgrade(struct fm_ledger *ledger, struct fm_err *err) FM_MUST_USE;

/* row.c */
struct fm_row {
	int64_t seq;
	int64_t booked;
	int owed; /* the sums of owed.c it is in */
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

/* owed.c */
#define FM_OWED_CREDIT 1
#define FM_OWED_PAID 2
#define FM_OWED_ALL 3
/** Bring the sums of outstanding authority to what the row's state says. */
enum fm_code fm_owed_update(struct fm_db *db, const struct fm_row *row,
			    struct fm_err *err) FM_MUST_USE;
/** The total that a sum, FM_OWED_CREDIT or FM_OWED_PAID, is kept in. */
void fm_owed_scope(char out[static FM_SCOPE_MAX], int sum, const struct fm_addr *payer);
/** ... of all payments there are. */
enum fm_code fm_owed_fill(struct fm_db *db, struct fm_err *err) FM_MUST_USE;

#endif
