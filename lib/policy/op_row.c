/* SPDX-License-Identifier: MIT */
/* An operation between the database and struct fm_op. */
#include "policy/cursor.h"
#include "policy/op.h"

#include <stdlib.h>
#include <string.h>

/* In ledger.owners, behind every payment's place. */
#define OWNERS_OP (INT64_C(1) << 62)

const char *fm_op_word(enum fm_op_kind kind)
{
	static const char *const words[] = {
		[FM_OP_DEPOSIT] = "deposit",
		[FM_OP_WITHDRAW_REQUEST] = "withdraw.request",
		[FM_OP_WITHDRAW_CANCEL] = "withdraw.cancel",
		[FM_OP_WITHDRAW_FINALIZE] = "withdraw.finalize",
		[FM_OP_APPROVE] = "approve",
		[FM_OP_PAY_DEBIT] = "cycles.pay",
		[FM_OP_CLAIM_CREDIT] = "cycles.claim",
		[FM_OP_MARK_DEFAULT] = "cycles.default",
		[FM_OP_FINALIZE_CYCLE] = "cycles.finalize",
	};

	return words[kind];
}

const char *fm_op_state_word(enum fm_op_state state)
{
	static const char *const words[] = {
		[FM_OP_OPEN] = "open",
		[FM_OP_DONE] = "done",
		[FM_OP_FAILED] = "failed",
		[FM_OP_ABANDONED] = "abandoned",
	};

	return words[state];
}

/* In the order of FM_SQL_OP. */
enum fm_code fm_op_row_read(struct fm_op_row *out, const struct fm_query *q,
			    struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	struct fm_op *op = &out->op;
	int kind = 0, state = 0, told = 0, booked = 0;

	memset(out, 0, sizeof(*out));
	fm_get_i64(&out->seq, &c);
	fm_get_text(op->id, sizeof(op->id), &c);
	fm_get_enum(&kind, FM_OP_FINALIZE_CYCLE, &c);
	fm_get_blob(op->payer.b, sizeof(op->payer.b), &c);
	fm_get_u64(&op->chain_id, &c);
	fm_get_blob(op->asset.b, sizeof(op->asset.b), &c);
	fm_get_u256(&op->amount, &c);
	fm_get_blob(op->target.b, sizeof(op->target.b), &c);
	fm_get_text(op->note, sizeof(op->note), &c);
	fm_get_enum(&state, FM_OP_ABANDONED, &c);
	fm_get_enum(&told, 1, &c);
	fm_get_i64(&op->created_ms, &c);
	fm_get_i64(&op->ended_ms, &c);
	fm_get_blob(op->policy_hash.b, sizeof(op->policy_hash.b), &c);
	fm_get_enum(&booked, (1 << FM_SCOPE_COUNT) - 1, &c);
	op->kind = (enum fm_op_kind)kind;
	op->state = (enum fm_op_state)state;
	op->told = told;
	out->booked = (unsigned)booked;
	return fm_get_end(&c, "an operation is unreadable", err);
}

enum fm_code fm_op_row_find(struct fm_op_row *out, bool *found, struct fm_ledger *ledger,
			    const char *id, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OP_BY_ID, err);

	*found = false;
	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	fm_query_text(&q, id);
	rc = fm_query_step(&q, found, err);
	if (!rc && *found)
		rc = fm_op_row_read(out, &q, err);
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_op_row_add(struct fm_op_row *row, struct fm_ledger *ledger,
			   struct fm_err *err)
{
	const struct fm_op *op = &row->op;
	uint8_t amount[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OP_ADD, err);

	if (rc)
		return rc;
	fm_u256_to_be(amount, &op->amount);
	fm_query_text(&q, op->id);
	fm_query_i64(&q, op->kind);
	fm_query_blob(&q, op->payer.b, sizeof(op->payer.b));
	fm_query_i64(&q, (int64_t)op->chain_id);
	fm_query_blob(&q, op->asset.b, sizeof(op->asset.b));
	fm_query_blob(&q, amount, sizeof(amount));
	fm_query_blob(&q, op->target.b, sizeof(op->target.b));
	fm_query_text(&q, op->note);
	fm_query_i64(&q, op->created_ms);
	fm_query_blob(&q, op->policy_hash.b, sizeof(op->policy_hash.b));
	fm_query_i64(&q, row->booked);
	rc = fm_query_run(&q, err);
	if (!rc)
		row->seq = fm_db_inserted(ledger->db);
	return rc;
}

enum fm_code fm_op_row_set(const struct fm_op_row *row, struct fm_ledger *ledger,
			   const char *event, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OP_SET, err);

	if (rc)
		return rc;
	fm_query_i64(&q, row->op.state);
	fm_query_i64(&q, row->op.told);
	fm_query_i64(&q, row->op.ended_ms);
	fm_query_i64(&q, row->seq);
	rc = fm_query_run(&q, err);
	return rc ? rc : fm_journal_op(ledger, event, &row->op, err);
}

enum fm_code fm_op_row_book(const struct fm_op_row *row, struct fm_ledger *ledger,
			    bool back, struct fm_err *err)
{
	const struct fm_entry entry = {
		.chain_id = row->op.chain_id,
		.asset = &row->op.asset,
		.amount = &row->op.amount,
		.at_ms = row->op.created_ms,
	};
	bool full;
	enum fm_code rc =
		fm_totals_book(&full, ledger->db, &entry, row->booked, back, err);

	return !rc && full ? fm_totals_full(err) : rc;
}

static enum fm_code add_row(struct fm_op_row **rows, size_t *count, size_t *room,
			    const struct fm_query *q, struct fm_err *err)
{
	enum fm_code rc;

	if (*count == *room) {
		size_t more = *room ? 2 * *room : 8;
		struct fm_op_row *list = realloc(*rows, more * sizeof(*list));

		if (!list)
			return fm_nomem(err);
		*rows = list;
		*room = more;
	}
	rc = fm_op_row_read(&(*rows)[*count], q, err);
	if (!rc)
		++*count;
	return rc;
}

enum fm_code fm_op_row_untold(struct fm_op_row **rows, size_t *count,
			      struct fm_ledger *ledger, struct fm_err *err)
{
	size_t room = 0;
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OP_UNTOLD, err);

	*rows = NULL;
	*count = 0;
	while (!rc && got) {
		rc = fm_query_step(&q, &got, err);
		if (!rc && got)
			rc = add_row(rows, count, &room, &q, err);
	}
	fm_query_close(&q);
	if (rc) {
		free(*rows);
		*rows = NULL;
		*count = 0;
	}
	return rc;
}

enum fm_code fm_op_row_txs(bool *any, bool *open, const struct fm_op_row *row,
			   struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_cursor c = { 0 };
	struct fm_query q;
	int flags[2] = { 0, 0 };
	bool got;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_OP_TXS, err);

	if (rc)
		return rc;
	fm_query_text(&q, row->op.id);
	rc = fm_query_step(&q, &got, err);
	c.q = &q;
	if (!rc) {
		fm_get_enum(&flags[0], 1, &c);
		fm_get_enum(&flags[1], 1, &c);
		rc = fm_get_end(&c, "a transaction is unreadable", err);
	}
	fm_query_close(&q);
	*any = flags[0];
	*open = flags[1];
	return rc;
}

int64_t fm_op_row_place(const struct fm_op_row *row)
{
	return OWNERS_OP + row->seq;
}

bool fm_op_row_mine(const struct fm_op_row *row, const struct fm_ledger *ledger)
{
	return fm_owners_mine(&ledger->owners, fm_op_row_place(row));
}

bool fm_op_row_other(const struct fm_op_row *row, const struct fm_ledger *ledger)
{
	return fm_owners_other(&ledger->owners, fm_op_row_place(row));
}
