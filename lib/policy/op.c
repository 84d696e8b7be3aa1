/* SPDX-License-Identifier: MIT */
/* Operations: beginning, taking over, ending, telling. */
#include "policy/op.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum fm_code not_ours(const char *id, struct fm_err *err)
{
	return fm_fail(err, FM_E_INTERNAL, "operation %s is not open in this process",
		       id);
}

/* ---- begin ---- */

struct job {
	struct fm_ledger *ledger;
	struct fm_op *op;
	const struct fm_ask *ask;
	struct fm_check *checks;
	size_t check_count;
	struct fm_op_row *left; /* open or untold, newest first */
	size_t left_count;
	struct fm_op_row row; /* what it comes to */
	bool resumed, over;
	bool taken; /* ... and this call owns it now */
	struct fm_err *err;
};

/* FM_MONEY_PAYMENT: none; what else an operation moves is gas, or comes in. */
static enum fm_money money_of(enum fm_op_kind kind)
{
	return kind == FM_OP_DEPOSIT	 ? FM_MONEY_DEPOSIT
	       : kind == FM_OP_PAY_DEBIT ? FM_MONEY_CLEARING
					 : FM_MONEY_PAYMENT;
}

static unsigned scopes_of(enum fm_op_kind kind)
{
	switch (money_of(kind)) {
	case FM_MONEY_DEPOSIT:
		return 1u << FM_SCOPE_DEPOSIT;
	case FM_MONEY_CLEARING:
		return 1u << FM_SCOPE_CLEARING;
	case FM_MONEY_PAYMENT:
		break;
	}
	return 0;
}

static enum fm_code give_up(struct fm_op_row *row, struct fm_ledger *ledger,
			    struct fm_err *err)
{
	enum fm_code rc = fm_op_row_book(row, ledger, true, err);

	row->op.state = FM_OP_ABANDONED;
	row->op.told = true;
	row->op.ended_ms = ledger->now_ms;
	return rc ? rc : fm_op_row_set(row, ledger, "op.abandoned", err);
}

/* What died before anything was signed leaves nothing behind. */
static enum fm_code sweep(struct job *j)
{
	enum fm_code rc = FM_OK;
	bool any = false, open;

	for (size_t i = 0; !rc && i < j->left_count; i++) {
		struct fm_op_row *row = &j->left[i];

		if (row->op.state != FM_OP_OPEN || fm_op_row_mine(row, j->ledger) ||
		    fm_op_row_other(row, j->ledger))
			continue;
		rc = fm_op_row_txs(&any, &open, row, j->ledger, j->err);
		if (!rc && !any)
			rc = give_up(row, j->ledger, j->err);
	}
	return rc;
}

static bool same_wish(const struct fm_op *a, const struct fm_op *b)
{
	return a->kind == b->kind && fm_addr_equal(&a->payer, &b->payer) &&
	       a->chain_id == b->chain_id && fm_addr_equal(&a->asset, &b->asset) &&
	       fm_u256_cmp(&a->amount, &b->amount) == 0 &&
	       fm_addr_equal(&a->target, &b->target) && strcmp(a->note, b->note) == 0;
}

/* The oldest first: what was asked for first is told first. */
static const struct fm_op_row *find_left(const struct job *j)
{
	for (size_t i = j->left_count; i-- > 0;) {
		const struct fm_op_row *row = &j->left[i];

		if (!row->op.told && same_wish(&row->op, j->op) &&
		    (fm_op_row_mine(row, j->ledger) || !fm_op_row_other(row, j->ledger)))
			return row;
	}
	return NULL;
}

static enum fm_code own(struct job *j)
{
	bool mine = fm_op_row_mine(&j->row, j->ledger);
	enum fm_code rc =
		fm_owners_take(&j->ledger->owners, fm_op_row_place(&j->row), j->err);

	j->taken = !rc && !mine;
	return rc;
}

static enum fm_code insert(struct job *j)
{
	struct fm_op_row *row = &j->row;
	enum fm_code rc;

	*row = (struct fm_op_row){ .booked = scopes_of(j->op->kind), .op = *j->op };
	row->op.state = FM_OP_OPEN;
	row->op.told = false;
	row->op.created_ms = j->ledger->now_ms;
	row->op.ended_ms = 0;
	rc = fm_ledger_id(row->op.id, j->ledger, "op_", j->err);
	if (!rc)
		rc = fm_op_row_book(row, j->ledger, false, j->err);
	if (!rc)
		rc = fm_op_row_add(row, j->ledger, j->err);
	if (!rc)
		rc = fm_journal_op(j->ledger, "op.begun", &row->op, j->err);
	/* Before the commit: nobody must ever see the row without its owner. */
	return rc ? rc : own(j);
}

static enum fm_code resume(struct job *j, const struct fm_op_row *left)
{
	enum fm_code rc;

	j->row = *left;
	j->resumed = true;
	rc = own(j);
	return rc ? rc : fm_journal_op(j->ledger, "op.resumed", &j->row.op, j->err);
}

/* What is over a limit commits too: what was swept stays swept. */
static enum fm_code begin(struct job *j)
{
	const struct fm_op_row *left;
	enum fm_code rc = fm_op_row_untold(&j->left, &j->left_count, j->ledger, j->err);

	if (!rc)
		rc = sweep(j);
	if (rc)
		return rc;
	left = find_left(j);
	if (left)
		return resume(j, left);
	rc = fm_totals_fill(j->ledger->db, j->checks, j->check_count, j->ledger->now_ms,
			    j->err);
	if (rc)
		return rc;
	j->over = j->ask &&
		  fm_policy_totals(j->ask, j->checks, j->check_count, j->err) != FM_ALLOW;
	return j->over ? FM_OK : insert(j);
}

enum fm_code fm_ledger_op_begin(bool *resumed, struct fm_op *op, struct fm_ledger *ledger,
				const struct fm_ask *ask, struct fm_check *checks,
				size_t check_count, struct fm_err *err)
{
	struct job j = {
		.ledger = ledger,
		.op = op,
		.ask = ask,
		.checks = checks,
		.check_count = check_count,
		.err = err,
	};
	enum fm_code rc;

	assert(!ask || (ask->of != FM_MONEY_PAYMENT && ask->of == money_of(op->kind)));
	assert(ask || !check_count);
	*resumed = false;
	rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		return rc;
	rc = fm_ledger_end(ledger, begin(&j), err);
	free(j.left);
	if (rc && j.taken)
		fm_owners_drop(&ledger->owners, fm_op_row_place(&j.row));
	if (rc || j.over)
		return rc ? rc : FM_E_BUDGET;
	*resumed = j.resumed;
	*op = j.row.op;
	return FM_OK;
}

/* ---- taking over by id ---- */

static enum fm_code take(struct fm_op_row *row, bool *found, bool *taken,
			 struct fm_ledger *ledger, const char *id, struct fm_err *err)
{
	enum fm_code rc = fm_op_row_find(row, found, ledger, id, err);

	/* One whose end nobody waited for was told, and still has to come to it. */
	if (rc || !*found || (row->op.told && row->op.state != FM_OP_OPEN) ||
	    fm_op_row_mine(row, ledger))
		return rc;
	if (fm_op_row_other(row, ledger)) {
		fm_fail(err, FM_E_BUSY, "another process is at work on operation %s", id);
		return fm_hint(err, "wait for it, then run this again");
	}
	rc = fm_owners_take(&ledger->owners, fm_op_row_place(row), err);
	*taken = !rc;
	return rc ? rc : fm_journal_op(ledger, "op.resumed", &row->op, err);
}

enum fm_code fm_ledger_op_take(struct fm_op *op, bool *found, struct fm_ledger *ledger,
			       const char *id, struct fm_err *err)
{
	struct fm_op_row row = { .seq = 0 };
	bool taken = false;
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	*found = false;
	if (rc)
		return rc;
	rc = fm_ledger_end(ledger, take(&row, found, &taken, ledger, id, err), err);
	if (rc && taken)
		fm_owners_drop(&ledger->owners, fm_op_row_place(&row));
	if (!rc)
		*op = row.op;
	return rc;
}

/* ---- end, told ---- */

static enum fm_code check_end(const struct fm_op_row *row, enum fm_op_state state,
			      struct fm_ledger *ledger, struct fm_err *err)
{
	bool any = false, open = false;
	enum fm_code rc = fm_op_row_txs(&any, &open, row, ledger, err);

	if (!rc && state == FM_OP_FAILED && open)
		rc = fm_fail(err, FM_E_INTERNAL,
			     "operation %s has a transaction that may still be mined",
			     row->op.id);
	if (!rc && state == FM_OP_ABANDONED && any)
		rc = fm_fail(err, FM_E_INTERNAL, "operation %s has a signed transaction",
			     row->op.id);
	return rc;
}

static enum fm_code end(struct fm_op_row *row, struct fm_ledger *ledger,
			const struct fm_op *op, struct fm_err *err)
{
	bool found;
	enum fm_code rc = fm_op_row_find(row, &found, ledger, op->id, err);

	if (!rc &&
	    (!found || row->op.state != FM_OP_OPEN || !fm_op_row_mine(row, ledger)))
		rc = not_ours(op->id, err);
	if (!rc)
		rc = check_end(row, op->state, ledger, err);
	if (rc)
		return rc;
	if (op->state == FM_OP_ABANDONED)
		return give_up(row, ledger, err);
	if (op->state == FM_OP_FAILED)
		rc = fm_op_row_book(row, ledger, true, err);
	row->op.state = op->state;
	row->op.ended_ms = ledger->now_ms;
	if (rc)
		return rc;
	return fm_op_row_set(row, ledger,
			     op->state == FM_OP_DONE ? "op.done" : "op.failed", err);
}

enum fm_code fm_ledger_op_end(struct fm_ledger *ledger, struct fm_op *op,
			      struct fm_err *err)
{
	struct fm_op_row row = { .seq = 0 };
	enum fm_code rc;

	assert(op->state != FM_OP_OPEN);
	rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		return rc;
	rc = fm_ledger_end(ledger, end(&row, ledger, op, err), err);
	if (rc)
		return rc;
	*op = row.op;
	if (op->told)
		fm_owners_drop(&ledger->owners, fm_op_row_place(&row));
	return FM_OK;
}

static enum fm_code tell(struct fm_op_row *row, struct fm_ledger *ledger,
			 const struct fm_op *op, struct fm_err *err)
{
	bool found, sent = true, open = false;
	enum fm_code rc = fm_op_row_find(row, &found, ledger, op->id, err);

	if (!rc && found && row->op.state == FM_OP_OPEN)
		rc = fm_op_row_txs(&sent, &open, row, ledger, err);
	if (!rc && (!found || !sent || (!row->op.told && !fm_op_row_mine(row, ledger))))
		return fm_fail(err, FM_E_INTERNAL,
			       "operation %s has no end that this process may tell",
			       op->id);
	if (rc || row->op.told)
		return rc;
	row->op.told = true;
	return fm_op_row_set(row, ledger, "op.told", err);
}

enum fm_code fm_ledger_op_told(struct fm_ledger *ledger, struct fm_op *op,
			       struct fm_err *err)
{
	struct fm_op_row row = { .seq = 0 };
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	if (rc)
		return rc;
	rc = fm_ledger_end(ledger, tell(&row, ledger, op, err), err);
	if (rc)
		return rc;
	*op = row.op;
	fm_owners_drop(&ledger->owners, fm_op_row_place(&row));
	return FM_OK;
}

void fm_ledger_op_leave(struct fm_ledger *ledger, const struct fm_op *op)
{
	struct fm_op_row row;
	bool found;

	/* Not found or not read: then it goes with the handle. */
	if (fm_op_row_find(&row, &found, ledger, op->id, NULL) == FM_OK && found)
		fm_owners_drop(&ledger->owners, fm_op_row_place(&row));
}

/* ---- looking up ---- */

bool fm_ledger_op_alive(struct fm_ledger *ledger, const struct fm_op *op)
{
	struct fm_op_row row;
	bool found;

	if (fm_op_row_find(&row, &found, ledger, op->id, NULL) != FM_OK)
		return true;
	return found && (fm_op_row_mine(&row, ledger) || fm_op_row_other(&row, ledger));
}

enum fm_code fm_ledger_op_find(struct fm_op *out, bool *found, struct fm_ledger *ledger,
			       const char *id, struct fm_err *err)
{
	struct fm_op_row row;
	enum fm_code rc = fm_op_row_find(&row, found, ledger, id, err);

	*out = row.op;
	return rc;
}

static bool wanted(const struct fm_op_filter *filter, const struct fm_op *op)
{
	return (!filter->payer || fm_addr_equal(filter->payer, &op->payer)) &&
	       (!filter->chain_id || filter->chain_id == op->chain_id) &&
	       (!filter->states || filter->states & 1u << op->state);
}

enum fm_code fm_ledger_op_each(struct fm_ledger *ledger,
			       const struct fm_op_filter *filter, size_t most,
			       bool (*each)(void *ctx, const struct fm_op *op), void *ctx,
			       struct fm_err *err)
{
	/* What is open was not told. */
	bool untold = filter->untold || filter->states == 1u << FM_OP_OPEN;
	struct fm_op_row row;
	struct fm_query q;
	bool more = most > 0, got;
	enum fm_code rc = fm_query_open(&q, ledger->db,
					untold ? FM_SQL_OP_UNTOLD : FM_SQL_OP_EACH, err);

	if (rc)
		return rc;
	while (more && !rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = fm_op_row_read(&row, &q, err);
		if (!rc && wanted(filter, &row.op))
			more = each(ctx, &row.op) && --most;
	}
	fm_query_close(&q);
	return rc;
}
