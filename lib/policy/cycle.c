/* SPDX-License-Identifier: MIT */
/* What a clearing cycle is made of, as far as the ledger knows: streamed, because a cycle may hold
 * any number of guarantees. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_MOST 99
#define CLEARED_AT_A_TIME 256 /* of one flush */

/** "TEXT/", behind it the length: the hints of one cycle. */
struct hints {
	char from[FM_CYCLE_HINT], upto[FM_CYCLE_HINT];
};

static void hints_of(struct hints *out, const struct fm_cycle_scope *scope)
{
	snprintf(out->from, sizeof(out->from), "%.80s/", scope->text);
	snprintf(out->upto, sizeof(out->upto), "%.80s%c", scope->text, '/' + 1);
}

static int64_t ms_of(uint64_t s)
{
	return s > INT64_MAX / 1000 ? INT64_MAX : (int64_t)s * 1000;
}

/* ---- reading ---- */

static enum fm_code item_read(struct fm_cycle_item *out, const struct fm_query *q,
			      struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	int state = FM_PAY_RESERVED;

	memset(out, 0, sizeof(*out));
	fm_get_i64(&out->seq, &c);
	fm_get_text(out->id, sizeof(out->id), &c);
	fm_get_u256(&out->req_id, &c);
	fm_get_blob(out->other.b, sizeof(out->other.b), &c);
	fm_get_u256(&out->amount, &c);
	fm_get_enum(&out->version, VERSION_MOST, &c);
	fm_get_enum(&state, FM_PAY_RESOLVED, &c);
	fm_get_text(out->evidence, sizeof(out->evidence), &c);
	fm_get_i64(&out->signed_ms, &c);
	out->state = (enum fm_pay_state)state;
	return fm_get_end(&c, "a guarantee is unreadable", err);
}

static void bind(struct fm_query *q, const struct fm_cycle_scope *scope,
		 enum fm_cycle_part side, const struct hints *hints)
{
	switch (side) {
	case FM_CYCLE_OUT:
		fm_query_text(q, hints->from);
		fm_query_text(q, hints->upto);
		fm_query_blob(q, scope->wallet->b, sizeof(scope->wallet->b));
		fm_query_i64(q, (int64_t)scope->chain_id);
		return;
	case FM_CYCLE_UNNAMED:
		fm_query_blob(q, scope->wallet->b, sizeof(scope->wallet->b));
		fm_query_i64(q, (int64_t)scope->chain_id);
		fm_query_i64(q, ms_of(scope->start_s));
		fm_query_i64(q, ms_of(scope->start_s + scope->length_s));
		fm_query_blob(q, scope->asset.b, sizeof(scope->asset.b));
		return;
	case FM_CYCLE_IN:
		fm_query_i64(q, (int64_t)scope->chain_id);
		fm_query_blob(q, scope->wallet->b, sizeof(scope->wallet->b));
		fm_query_blob(q, scope->id.b, sizeof(scope->id.b));
		fm_query_blob(q, scope->asset.b, sizeof(scope->asset.b));
		return;
	}
}

enum fm_code fm_ledger_cycle_each(struct fm_ledger *ledger,
				  const struct fm_cycle_scope *scope,
				  enum fm_cycle_part side,
				  bool (*each)(void *ctx,
					       const struct fm_cycle_item *item),
				  void *ctx, struct fm_err *err)
{
	static const enum fm_sql sqls[] = {
		[FM_CYCLE_OUT] = FM_SQL_CYCLE_OUT,
		[FM_CYCLE_UNNAMED] = FM_SQL_CYCLE_UNNAMED,
		[FM_CYCLE_IN] = FM_SQL_CYCLE_IN,
	};
	struct fm_cycle_item item;
	struct hints hints;
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, sqls[side], err);

	if (rc)
		return rc;
	hints_of(&hints, scope);
	bind(&q, scope, side, &hints);
	while (!rc && got) {
		rc = fm_query_step(&q, &got, err);
		if (!rc && got)
			rc = item_read(&item, &q, err);
		if (!rc && got && !each(ctx, &item))
			break;
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_ledger_cycle_before(char hint[static FM_CYCLE_HINT], bool *found,
				    struct fm_ledger *ledger, const struct fm_addr *asset,
				    const char *before, struct fm_err *err)
{
	char address[FM_ADDR_TEXT], from[FM_CYCLE_HINT], upto[FM_CYCLE_HINT];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_CYCLE_BEFORE, err);

	if (rc)
		return rc;
	fm_addr_lower(address, asset);
	snprintf(from, sizeof(from), "%s:", address);
	snprintf(upto, sizeof(upto), "%s%c", address, ':' + 1);
	if (before)
		snprintf(upto, sizeof(upto), "%.80s/", before);
	fm_query_text(&q, from);
	fm_query_text(&q, upto);
	rc = fm_query_step(&q, found, err);
	if (!rc) {
		struct fm_cursor c = { .q = &q };

		fm_get_text(hint, FM_CYCLE_HINT, &c);
		rc = fm_get_end(&c, "the cycle of a payment is unreadable", err);
		*found = hint[0];
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_ledger_cycle_owed(bool *yes, struct fm_ledger *ledger,
				  const struct fm_cycle_scope *scope, struct fm_err *err)
{
	struct hints hints;
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_CYCLE_OWED, err);

	if (rc)
		return rc;
	hints_of(&hints, scope);
	bind(&q, scope, FM_CYCLE_OUT, &hints);
	rc = fm_query_step(&q, yes, err);
	fm_query_close(&q);
	return rc;
}

/* ---- recording ---- */

static enum fm_code row_of(struct fm_row *row, bool *found, struct fm_ledger *ledger,
			   int64_t seq, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_BY_SEQ, err);

	memset(row, 0, sizeof(*row));
	if (rc)
		return rc;
	fm_query_i64(&q, seq);
	return fm_row_one(row, found, &q, err);
}

static enum fm_code set(struct fm_ledger *ledger, int64_t seq, const char *evidence,
			const char *hint, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_CYCLE_PAID, err);

	if (rc)
		return rc;
	fm_query_text(&q, evidence);
	fm_query_text(&q, hint);
	fm_query_i64(&q, ledger->now_ms);
	fm_query_i64(&q, seq);
	return fm_query_run(&q, err);
}

/** Paid, by this evidence: the row as it then is goes into the sums and the journal. */
static enum fm_code move(struct fm_ledger *ledger, int64_t seq, const char *evidence,
			 const char *hint, struct fm_err *err)
{
	struct fm_row row = { .seq = 0 };
	bool found = false;
	enum fm_code rc = set(ledger, seq, evidence, hint, err);

	if (!rc)
		rc = row_of(&row, &found, ledger, seq, err);
	if (!rc && found)
		rc = fm_owed_update(ledger->db, &row, err);
	if (!rc && found)
		rc = fm_journal_payment(ledger, fm_pay_state_word(row.payment.state),
					&row.payment, err);
	fm_row_clear(&row);
	return rc;
}

static void hint_text(char out[static FM_CYCLE_HINT], const struct fm_cycle_scope *scope)
{
	snprintf(out, FM_CYCLE_HINT, "%.80s/%u", scope->text, (unsigned)scope->length_s);
}

/** Its outcome is open, and nobody is at it. */
static bool is_open(const struct fm_ledger *ledger, const struct fm_row *row)
{
	return row->payment.state == FM_PAY_IN_DOUBT ||
	       row->payment.state == FM_PAY_REFUSED ||
	       (row->payment.state == FM_PAY_SIGNED &&
		!fm_owners_mine(&ledger->owners, row->seq) &&
		!fm_owners_other(&ledger->owners, row->seq));
}

static bool is_owed(const struct fm_ledger *ledger, const struct fm_row *row)
{
	(void)ledger;
	return row->payment.state == FM_PAY_PAID &&
	       strcmp(row->payment.evidence, FM_EVIDENCE_CLEARED) != 0;
}

/** A payment of this wallet that fits? */
static enum fm_code find(int64_t *seq, bool *found, struct fm_ledger *ledger,
			 const struct fm_cycle_scope *scope, const char *id,
			 bool (*fits)(const struct fm_ledger *ledger,
				      const struct fm_row *row),
			 struct fm_err *err)
{
	struct fm_row row = { .seq = 0 };
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_BY_ID, err);

	if (rc)
		return rc;
	fm_query_text(&q, id);
	rc = fm_row_one(&row, found, &q, err);
	*seq = row.seq;
	*found = !rc && *found && fm_addr_equal(&row.payment.payer, scope->wallet) &&
		 row.payment.chain_id == scope->chain_id && fits(ledger, &row);
	fm_row_clear(&row);
	return rc;
}

static enum fm_code move_one(bool *done, struct fm_ledger *ledger,
			     const struct fm_cycle_scope *scope, const char *id,
			     bool (*fits)(const struct fm_ledger *ledger,
					  const struct fm_row *row),
			     const char *evidence, struct fm_err *err)
{
	char hint[FM_CYCLE_HINT];
	int64_t seq = 0;
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	*done = false;
	if (rc)
		return rc;
	hint_text(hint, scope);
	rc = find(&seq, done, ledger, scope, id, fits, err);
	if (!rc && *done)
		rc = move(ledger, seq, evidence, hint, err);
	rc = fm_ledger_end(ledger, rc, err);
	*done &= !rc;
	return rc;
}

enum fm_code fm_ledger_cycle_charged(bool *done, struct fm_ledger *ledger,
				     const struct fm_cycle_scope *scope, const char *id,
				     struct fm_err *err)
{
	return move_one(done, ledger, scope, id, is_open, FM_EVIDENCE_CHARGED, err);
}

enum fm_code fm_ledger_cycle_cleared_one(bool *done, struct fm_ledger *ledger,
					 const struct fm_cycle_scope *scope,
					 const char *id, struct fm_err *err)
{
	return move_one(done, ledger, scope, id, is_owed, FM_EVIDENCE_CLEARED, err);
}

/* ---- what is settled with a cycle ---- */

struct seqs {
	int64_t *list;
	size_t count, room;
	bool no_memory;
};

static bool collect(void *ctx, const struct fm_cycle_item *item)
{
	struct seqs *s = ctx;

	if (item->state != FM_PAY_PAID || item->version > 1 ||
	    strcmp(item->evidence, FM_EVIDENCE_CLEARED) == 0)
		return true;
	if (s->count == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		int64_t *list = realloc(s->list, room * sizeof(*list));

		if (!list) {
			s->no_memory = true;
			return false;
		}
		s->list = list;
		s->room = room;
	}
	s->list[s->count++] = item->seq;
	return true;
}

/** *count grows by those that another process did not record meanwhile. */
static enum fm_code clear_some(uint64_t *count, struct fm_ledger *ledger,
			       const int64_t *list, size_t some, const char *hint,
			       struct fm_err *err)
{
	uint64_t moved = 0;
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < some; i++) {
		struct fm_row row;
		bool found = false;

		rc = row_of(&row, &found, ledger, list[i], err);
		if (!rc && found && is_owed(ledger, &row)) {
			rc = move(ledger, list[i], FM_EVIDENCE_CLEARED, hint, err);
			moved++;
		}
		fm_row_clear(&row);
	}
	rc = fm_ledger_end(ledger, rc, err);
	if (!rc)
		*count += moved;
	return rc;
}

enum fm_code fm_ledger_cycle_cleared(uint64_t *count, struct fm_ledger *ledger,
				     const struct fm_cycle_scope *scope,
				     struct fm_err *err)
{
	char hint[FM_CYCLE_HINT];
	struct seqs seqs = { .list = NULL };
	enum fm_code rc =
		fm_ledger_cycle_each(ledger, scope, FM_CYCLE_OUT, collect, &seqs, err);

	*count = 0;
	hint_text(hint, scope);
	if (!rc && !seqs.no_memory)
		rc = fm_ledger_cycle_each(ledger, scope, FM_CYCLE_UNNAMED, collect, &seqs,
					  err);
	if (!rc && seqs.no_memory)
		rc = fm_nomem(err);
	for (size_t i = 0; !rc && i < seqs.count; i += CLEARED_AT_A_TIME) {
		size_t left = seqs.count - i;

		rc = clear_some(count, ledger, seqs.list + i,
				left < CLEARED_AT_A_TIME ? left : CLEARED_AT_A_TIME, hint,
				err);
	}
	free(seqs.list);
	return rc;
}
