/* SPDX-License-Identifier: MIT */
/* A transaction between the database and struct fm_tx_row. */
#include "policy/cursor.h"
#include "policy/op.h"

#include <stdlib.h>
#include <string.h>

const char *fm_tx_state_word(enum fm_tx_state state)
{
	static const char *const words[] = {
		[FM_TX_SIGNED] = "signed",     [FM_TX_MINED] = "mined",
		[FM_TX_REVERTED] = "reverted", [FM_TX_REPLACED] = "replaced",
		[FM_TX_DROPPED] = "dropped",
	};

	return words[state];
}

void fm_tx_row_clear(struct fm_tx_row *row)
{
	fm_buf_clear(&row->raw);
	memset(row, 0, sizeof(*row));
}

void fm_tx_rows_free(struct fm_tx_row **rows, size_t count)
{
	for (size_t i = 0; *rows && i < count; i++)
		fm_tx_row_clear(&(*rows)[i]);
	free(*rows);
	*rows = NULL;
}

/* In the order of FM_SQL_TX. */
enum fm_code fm_tx_row_read(struct fm_tx_row *out, const struct fm_query *q,
			    struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	int state = 0;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_get_blob(out->hash.b, sizeof(out->hash.b), &c);
	fm_get_text(out->op, sizeof(out->op), &c);
	fm_get_text(out->purpose, sizeof(out->purpose), &c);
	fm_get_blob(out->payer.b, sizeof(out->payer.b), &c);
	fm_get_u64(&out->chain_id, &c);
	fm_get_u64(&out->nonce, &c);
	fm_get_blob(out->to.b, sizeof(out->to.b), &c);
	fm_get_u256(&out->value, &c);
	fm_get_u256(&out->max_fee, &c);
	fm_get_u256(&out->priority_fee, &c);
	fm_get_u64(&out->gas_limit, &c);
	fm_get_buf(&out->raw, FM_TX_RAW_MAX, &c);
	fm_get_enum(&state, FM_TX_DROPPED, &c);
	fm_get_i64(&out->created_ms, &c);
	fm_get_i64(&out->sent_ms, &c);
	fm_get_i64(&out->ended_ms, &c);
	fm_get_u64(&out->block, &c);
	fm_get_hash(&out->block_hash, &c);
	fm_get_u64(&out->gas_used, &c);
	fm_get_u256(&out->fee, &c);
	out->state = (enum fm_tx_state)state;
	rc = fm_get_end(&c, "a transaction is unreadable", err);
	if (rc)
		fm_tx_row_clear(out);
	return rc;
}

enum fm_code fm_tx_row_add(const struct fm_tx_row *row, struct fm_ledger *ledger,
			   struct fm_err *err)
{
	uint8_t value[32], max_fee[32], priority_fee[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_ADD, err);

	if (rc)
		return rc;
	fm_u256_to_be(value, &row->value);
	fm_u256_to_be(max_fee, &row->max_fee);
	fm_u256_to_be(priority_fee, &row->priority_fee);
	fm_query_blob(&q, row->hash.b, sizeof(row->hash.b));
	fm_query_text(&q, row->op);
	fm_query_text(&q, row->purpose);
	fm_query_blob(&q, row->payer.b, sizeof(row->payer.b));
	fm_query_i64(&q, (int64_t)row->chain_id);
	fm_query_i64(&q, (int64_t)row->nonce);
	fm_query_blob(&q, row->to.b, sizeof(row->to.b));
	fm_query_blob(&q, value, sizeof(value));
	fm_query_blob(&q, max_fee, sizeof(max_fee));
	fm_query_blob(&q, priority_fee, sizeof(priority_fee));
	fm_query_i64(&q, (int64_t)row->gas_limit);
	fm_query_blob(&q, row->raw.ptr, row->raw.len);
	fm_query_i64(&q, ledger->now_ms);
	return fm_query_run(&q, err);
}

enum fm_code fm_tx_row_set(const struct fm_tx_row *row, struct fm_ledger *ledger,
			   struct fm_err *err)
{
	uint8_t fee[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_SET, err);

	if (rc)
		return rc;
	fm_query_i64(&q, row->state);
	fm_query_i64(&q, row->ended_ms);
	fm_query_i64(&q, (int64_t)row->block);
	fm_row_bind_hash(&q, &row->block_hash);
	fm_query_i64(&q, (int64_t)row->gas_used);
	fm_row_bind_u256(&q, fee, &row->fee);
	fm_query_blob(&q, row->hash.b, sizeof(row->hash.b));
	return fm_query_run(&q, err);
}

static enum fm_code add_row(struct fm_tx_row **rows, size_t *count, size_t *room,
			    const struct fm_query *q, struct fm_err *err)
{
	enum fm_code rc;

	if (*count == *room) {
		size_t more = *room ? 2 * *room : 4;
		struct fm_tx_row *list = realloc(*rows, more * sizeof(*list));

		if (!list)
			return fm_nomem(err);
		*rows = list;
		*room = more;
	}
	rc = fm_tx_row_read(&(*rows)[*count], q, err);
	if (!rc)
		++*count;
	return rc;
}

enum fm_code fm_tx_row_list(struct fm_tx_row **rows, size_t *count, struct fm_query *q,
			    struct fm_err *err)
{
	size_t room = 0;
	bool got = true;
	enum fm_code rc = FM_OK;

	*rows = NULL;
	*count = 0;
	while (!rc && got) {
		rc = fm_query_step(q, &got, err);
		if (!rc && got)
			rc = add_row(rows, count, &room, q, err);
	}
	fm_query_close(q);
	if (rc) {
		fm_tx_rows_free(rows, *count);
		*count = 0;
	}
	return rc;
}

enum fm_code fm_tx_row_find(struct fm_tx_row *out, bool *found, struct fm_ledger *ledger,
			    const struct fm_hash *hash, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_BY_HASH, err);

	*found = false;
	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	fm_query_blob(&q, hash->b, sizeof(hash->b));
	rc = fm_query_step(&q, found, err);
	if (!rc && *found)
		rc = fm_tx_row_read(out, &q, err);
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_tx_row_nonce(struct fm_tx_row **rows, size_t *count,
			     struct fm_ledger *ledger, const struct fm_tx_row *like,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_TX_NONCE, err);

	*rows = NULL;
	*count = 0;
	if (rc)
		return rc;
	fm_query_blob(&q, like->payer.b, sizeof(like->payer.b));
	fm_query_i64(&q, (int64_t)like->chain_id);
	fm_query_i64(&q, (int64_t)like->nonce);
	return fm_tx_row_list(rows, count, &q, err);
}
