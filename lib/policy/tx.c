/* SPDX-License-Identifier: MIT */
/* What happens to a transaction from its signature on. */
#include "policy/op.h"

#include <string.h>

static enum fm_code defect(const struct fm_tx_row *row, const char *what,
			   struct fm_err *err)
{
	char hash[FM_HASH_TEXT];

	fm_hash_text(hash, &row->hash);
	return fm_fail(err, FM_E_INTERNAL, "transaction %s %s", hash, what);
}

static bool mined(enum fm_tx_state state)
{
	return state == FM_TX_MINED || state == FM_TX_REVERTED;
}

/* ---- signed ---- */

/* What is recorded must be what would be sent again. */
static enum fm_code check_row(const struct fm_tx_row *row, struct fm_err *err)
{
	struct fm_hash hash;

	if (row->nonce > INT64_MAX || !row->raw.len || row->raw.len > FM_TX_RAW_MAX)
		return defect(row, "has a nonce or bytes that cannot be", err);
	fm_keccak256(&hash, row->raw.ptr, row->raw.len);
	if (!fm_hash_equal(&hash, &row->hash))
		return defect(row, "is not the hash of its bytes", err);
	return FM_OK;
}

static enum fm_code check_op(const struct fm_tx_row *row, struct fm_ledger *ledger,
			     struct fm_err *err)
{
	struct fm_op_row op;
	bool found;
	enum fm_code rc = fm_op_row_find(&op, &found, ledger, row->op, err);

	if (rc)
		return rc;
	/* Somebody else's, or given up because our lock was lost: then nothing may leave. */
	if (!found || op.op.state != FM_OP_OPEN || !fm_op_row_mine(&op, ledger))
		return defect(row, "belongs to no operation that is open in this process",
			      err);
	if (!fm_addr_equal(&op.op.payer, &row->payer) || op.op.chain_id != row->chain_id)
		return defect(row, "is not of its operation's payer and chain", err);
	return FM_OK;
}

static enum fm_code check_nonce(const struct fm_tx_row *row, struct fm_ledger *ledger,
				struct fm_err *err)
{
	struct fm_tx_row *rows;
	size_t count;
	enum fm_code rc = fm_tx_row_nonce(&rows, &count, ledger, row, err);

	for (size_t i = 0; !rc && i < count; i++) {
		if (mined(rows[i].state))
			rc = defect(row, "has a nonce that was mined already", err);
		else if (rows[i].state == FM_TX_SIGNED &&
			 strcmp(rows[i].op, row->op) != 0)
			rc = defect(row, "has the nonce of another operation", err);
	}
	fm_tx_rows_free(&rows, count);
	return rc;
}

static enum fm_code sign(const struct fm_tx_row *row, struct fm_ledger *ledger,
			 struct fm_err *err)
{
	struct fm_tx_row known;
	bool found, same;
	enum fm_code rc = check_op(row, ledger, err);

	if (!rc)
		rc = fm_tx_row_find(&known, &found, ledger, &row->hash, err);
	if (rc)
		return rc;
	if (found) {
		same = known.state == FM_TX_SIGNED && strcmp(known.op, row->op) == 0;
		fm_tx_row_clear(&known);
		return same ? FM_OK : defect(row, "was signed before", err);
	}
	rc = check_nonce(row, ledger, err);
	if (!rc)
		rc = fm_tx_row_add(row, ledger, err);
	return rc ? rc : fm_journal_tx(ledger, "tx.signed", row, err);
}

enum fm_code fm_ledger_tx_signed(struct fm_ledger *ledger, const struct fm_tx_row *row,
				 struct fm_err *err)
{
	enum fm_code rc = check_row(row, err);

	if (!rc)
		rc = fm_ledger_begin(ledger, true, err);
	return rc ? rc : fm_ledger_end(ledger, sign(row, ledger, err), err);
}

/* ---- sent ---- */

static enum fm_code set_sent(struct fm_ledger *ledger, const struct fm_hash *hash,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_SENT, err);

	if (rc)
		return rc;
	fm_query_i64(&q, ledger->now_ms);
	fm_query_blob(&q, hash->b, sizeof(hash->b));
	return fm_query_run(&q, err);
}

static enum fm_code send(struct fm_ledger *ledger, const struct fm_hash *hash,
			 struct fm_err *err)
{
	struct fm_tx_row row;
	bool found;
	enum fm_code rc = fm_tx_row_find(&row, &found, ledger, hash, err);

	if (rc)
		return rc;
	if (!found) {
		row.hash = *hash;
		return defect(&row, "is not in the ledger", err);
	}
	rc = set_sent(ledger, hash, err);
	if (!rc)
		rc = fm_journal_tx(ledger, row.sent_ms ? "tx.resent" : "tx.sent", &row,
				   err);
	fm_tx_row_clear(&row);
	return rc;
}

enum fm_code fm_ledger_tx_sent(struct fm_ledger *ledger, const struct fm_hash *hash,
			       struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, false, err);

	return rc ? rc : fm_ledger_end(ledger, send(ledger, hash, err), err);
}

/* ---- outcome ---- */

/* Its end was built on a transaction that has another end now, or none. */
static enum fm_code reopen(struct fm_ledger *ledger, const char *id, struct fm_err *err)
{
	struct fm_op_row row;
	bool found;
	enum fm_code rc = fm_op_row_find(&row, &found, ledger, id, err);

	if (!rc && !found)
		rc = fm_db_damaged(ledger->db, "a transaction of no operation", err);
	if (rc || row.op.state == FM_OP_OPEN)
		return rc;
	/* Its booking was given back, but the money may go after all. */
	if (row.op.state == FM_OP_FAILED)
		rc = fm_op_row_book(&row, ledger, false, err);
	row.op.state = FM_OP_OPEN;
	row.op.told = false;
	row.op.ended_ms = 0;
	return rc ? rc : fm_op_row_set(&row, ledger, "op.reopened", err);
}

/* From what `row` was to what it says now. */
static enum fm_code change(struct fm_tx_row *row, enum fm_tx_state before,
			   struct fm_ledger *ledger, struct fm_err *err)
{
	static const char *const events[] = {
		[FM_TX_SIGNED] = "tx.reopened",	  [FM_TX_MINED] = "tx.mined",
		[FM_TX_REVERTED] = "tx.reverted", [FM_TX_REPLACED] = "tx.replaced",
		[FM_TX_DROPPED] = "tx.dropped",
	};
	enum fm_code rc;

	if (!mined(row->state)) {
		row->block = 0;
		memset(&row->block_hash, 0, sizeof(row->block_hash));
		row->gas_used = 0;
		row->fee = FM_U256_ZERO;
	}
	row->ended_ms = row->state == FM_TX_SIGNED ? 0 : ledger->now_ms;
	rc = fm_tx_row_set(row, ledger, err);
	if (!rc)
		rc = fm_journal_tx(ledger, events[row->state], row, err);
	if (!rc && before != FM_TX_SIGNED && before != row->state)
		rc = reopen(ledger, row->op, err);
	return rc;
}

/* A nonce is used once: what became of one transaction says what became of the others. */
static enum fm_tx_state sibling_of(enum fm_tx_state sibling, enum fm_tx_state before,
				   enum fm_tx_state now)
{
	if (mined(now))
		return FM_TX_REPLACED;
	if (now == FM_TX_DROPPED && sibling != FM_TX_REPLACED)
		return FM_TX_DROPPED;
	if (now == FM_TX_SIGNED &&
	    ((mined(before) && sibling == FM_TX_REPLACED) ||
	     (before == FM_TX_DROPPED && sibling == FM_TX_DROPPED)))
		return FM_TX_SIGNED;
	return sibling;
}

static enum fm_code change_siblings(const struct fm_tx_row *row, enum fm_tx_state before,
				    struct fm_ledger *ledger, struct fm_err *err)
{
	struct fm_tx_row *rows;
	size_t count;
	enum fm_code rc = fm_tx_row_nonce(&rows, &count, ledger, row, err);

	for (size_t i = 0; !rc && i < count; i++) {
		enum fm_tx_state was = rows[i].state;

		if (fm_hash_equal(&rows[i].hash, &row->hash))
			continue;
		rows[i].state = sibling_of(was, before, row->state);
		if (rows[i].state != was)
			rc = change(&rows[i], was, ledger, err);
	}
	fm_tx_rows_free(&rows, count);
	return rc;
}

static enum fm_code outcome(const struct fm_tx_row *told, struct fm_ledger *ledger,
			    struct fm_err *err)
{
	struct fm_tx_row row;
	enum fm_tx_state before;
	bool found;
	enum fm_code rc = fm_tx_row_find(&row, &found, ledger, &told->hash, err);

	if (!rc && !found)
		rc = defect(told, "is not in the ledger", err);
	if (rc)
		return rc;
	before = row.state;
	if (before == told->state &&
	    (!mined(before) || fm_hash_equal(&row.block_hash, &told->block_hash)))
		goto out; /* no news */
	row.state = told->state;
	row.block = told->block;
	row.block_hash = told->block_hash;
	row.gas_used = told->gas_used;
	row.fee = told->fee;
	rc = change(&row, before, ledger, err);
	if (!rc && before != row.state)
		rc = change_siblings(&row, before, ledger, err);
out:
	fm_tx_row_clear(&row);
	return rc;
}

enum fm_code fm_ledger_tx_outcome(struct fm_ledger *ledger, const struct fm_tx_row *row,
				  struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	return rc ? rc : fm_ledger_end(ledger, outcome(row, ledger, err), err);
}

/* ---- looking up ---- */

enum fm_code fm_ledger_tx_open(struct fm_tx_row **rows, size_t *count,
			       struct fm_ledger *ledger, const struct fm_addr *payer,
			       uint64_t chain_id, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_OPEN, err);

	*rows = NULL;
	*count = 0;
	if (rc)
		return rc;
	fm_query_blob(&q, payer->b, sizeof(payer->b));
	fm_query_i64(&q, (int64_t)chain_id);
	return fm_tx_row_list(rows, count, &q, err);
}

enum fm_code fm_ledger_tx_of(struct fm_tx_row **rows, size_t *count,
			     struct fm_ledger *ledger, const char *op_id,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_OF, err);

	*rows = NULL;
	*count = 0;
	if (rc)
		return rc;
	fm_query_text(&q, op_id);
	return fm_tx_row_list(rows, count, &q, err);
}

enum fm_code fm_ledger_tx_at(struct fm_tx_row **rows, size_t *count,
			     struct fm_ledger *ledger, const struct fm_addr *payer,
			     uint64_t chain_id, uint64_t nonce, struct fm_err *err)
{
	const struct fm_tx_row like = { .payer = *payer,
					.chain_id = chain_id,
					.nonce = nonce };

	return fm_tx_row_nonce(rows, count, ledger, &like, err);
}

enum fm_code fm_ledger_tx_find(struct fm_tx_row *out, bool *found,
			       struct fm_ledger *ledger, const struct fm_hash *hash,
			       struct fm_err *err)
{
	return fm_tx_row_find(out, found, ledger, hash, err);
}
