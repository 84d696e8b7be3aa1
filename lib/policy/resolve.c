/* SPDX-License-Identifier: MIT */
/* Payments whose end is found out afterwards: which ones, and recording it. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void fm_payments_free(struct fm_payment **payments, size_t count)
{
	for (size_t i = 0; *payments && i < count; i++)
		fm_payment_clear(&(*payments)[i]);
	free(*payments);
	*payments = NULL;
}

/* ---- lists ---- */

struct list {
	struct fm_payment *items;
	size_t count, room;
};

static enum fm_code add(struct list *list, const struct fm_query *q, struct fm_err *err)
{
	struct fm_row row;
	enum fm_code rc;

	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		struct fm_payment *items = realloc(list->items, room * sizeof(*items));

		if (!items)
			return fm_nomem(err);
		list->items = items;
		list->room = room;
	}
	rc = fm_row_read(&row, q, err);
	if (!rc)
		list->items[list->count++] = row.payment;
	return rc;
}

/* Takes an opened, bound query. */
static enum fm_code read_all(struct fm_payment **payments, size_t *count,
			     struct fm_query *q, struct fm_err *err)
{
	struct list list = { .count = 0 };
	bool got = true;
	enum fm_code rc = FM_OK;

	while (!rc && got) {
		rc = fm_query_step(q, &got, err);
		if (!rc && got)
			rc = add(&list, q, err);
	}
	fm_query_close(q);
	if (rc)
		fm_payments_free(&list.items, list.count);
	*payments = list.items;
	*count = rc ? 0 : list.count;
	return rc;
}

static enum fm_code open_of(struct fm_query *q, struct fm_ledger *ledger, enum fm_sql sql,
			    const struct fm_addr *payer, uint64_t chain_id,
			    struct fm_err *err)
{
	enum fm_code rc = fm_query_open(q, ledger->db, sql, err);

	if (rc)
		return rc;
	fm_query_blob(q, payer->b, sizeof(payer->b));
	fm_query_i64(q, (int64_t)chain_id);
	return FM_OK;
}

enum fm_code fm_ledger_authority(struct fm_payment **payments, size_t *count,
				 struct fm_ledger *ledger, const struct fm_addr *payer,
				 uint64_t chain_id, size_t most, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = open_of(&q, ledger, FM_SQL_AUTHORITY, payer, chain_id, err);

	*payments = NULL;
	*count = 0;
	if (rc)
		return rc;
	fm_query_i64(&q, most > INT64_MAX ? INT64_MAX : (int64_t)most);
	return read_all(payments, count, &q, err);
}

enum fm_code fm_ledger_claimed(struct fm_payment **payments, size_t *count,
			       struct fm_ledger *ledger, const struct fm_addr *payer,
			       uint64_t chain_id, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = open_of(&q, ledger, FM_SQL_CLAIMED, payer, chain_id, err);

	*payments = NULL;
	*count = 0;
	if (rc)
		return rc;
	fm_query_text(&q, FM_EVIDENCE_CHAIN);
	return read_all(payments, count, &q, err);
}

enum fm_code fm_ledger_authority_count(uint64_t *count, struct fm_ledger *ledger,
				       const struct fm_addr *payer, uint64_t chain_id,
				       struct fm_err *err)
{
	struct fm_query q;
	struct fm_cursor c = { .q = &q };
	bool got;
	enum fm_code rc =
		open_of(&q, ledger, FM_SQL_AUTHORITY_COUNT, payer, chain_id, err);

	*count = 0;
	if (rc)
		return rc;
	rc = fm_query_step(&q, &got, err);
	if (!rc) {
		fm_get_u64(count, &c);
		rc = fm_get_end(&c, "a payment is unreadable", err);
	}
	fm_query_close(&q);
	return rc;
}

static enum fm_code add_network(uint64_t **list, size_t *count, const struct fm_query *q,
				struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	uint64_t *longer = realloc(*list, (*count + 1) * sizeof(*longer));

	if (!longer)
		return fm_nomem(err);
	*list = longer;
	fm_get_u64(&longer[*count], &c);
	(*count)++;
	return fm_get_end(&c, "a payment is unreadable", err);
}

enum fm_code fm_ledger_networks(uint64_t **chain_ids, size_t *count,
				struct fm_ledger *ledger, const struct fm_addr *payer,
				bool all, struct fm_err *err)
{
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, ledger->db,
					all ? FM_SQL_NETWORKS_ALL : FM_SQL_NETWORKS, err);

	*chain_ids = NULL;
	*count = 0;
	if (rc)
		return rc;
	fm_query_blob(&q, payer->b, sizeof(payer->b));
	while (!rc && got) {
		rc = fm_query_step(&q, &got, err);
		if (!rc && got)
			rc = add_network(chain_ids, count, &q, err);
	}
	fm_query_close(&q);
	if (rc) {
		free(*chain_ids);
		*chain_ids = NULL;
		*count = 0;
	}
	return rc;
}

/* ---- one ---- */

static enum fm_code row_of(struct fm_row *row, bool *found, struct fm_ledger *ledger,
			   const char *id, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_BY_ID, err);

	memset(row, 0, sizeof(*row));
	if (rc)
		return rc;
	fm_query_text(&q, id);
	return fm_row_one(row, found, &q, err);
}

static bool is_alive(const struct fm_ledger *ledger, const struct fm_row *row)
{
	return row->payment.state <= FM_PAY_SIGNED &&
	       (fm_owners_mine(&ledger->owners, row->seq) ||
		fm_owners_other(&ledger->owners, row->seq));
}

enum fm_code fm_ledger_pay_alive(bool *alive, struct fm_ledger *ledger,
				 const struct fm_payment *payment, struct fm_err *err)
{
	struct fm_row row;
	bool found = false;
	enum fm_code rc = row_of(&row, &found, ledger, payment->id, err);

	*alive = !rc && found && is_alive(ledger, &row);
	fm_row_clear(&row);
	return rc;
}

static enum fm_code set(bool *done, struct fm_ledger *ledger, const struct fm_payment *p,
			enum fm_pay_state before, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_RESOLVE, err);

	if (rc)
		return rc;
	fm_query_i64(&q, p->state);
	fm_query_text(&q, p->evidence);
	fm_query_text(&q, p->resolution);
	fm_query_text(&q, *p->cycle_hint ? p->cycle_hint : NULL);
	fm_query_i64(&q, ledger->now_ms);
	fm_query_text(&q, p->id);
	fm_query_i64(&q, before);
	fm_row_bind_hash(&q, &p->guarantee);
	rc = fm_query_step(&q, done, err);
	fm_query_close(&q);
	return rc;
}

/* By what the row says, not the caller. */
static enum fm_code move_sums(struct fm_ledger *ledger, const struct fm_row *row,
			      const struct fm_payment *p, struct fm_err *err)
{
	const struct fm_entry entry = fm_entry_of(&row->payment);
	struct fm_row after;
	bool found, full;
	enum fm_code rc = row_of(&after, &found, ledger, p->id, err);

	if (!rc && found)
		rc = fm_owed_update(ledger->db, &after, err);
	fm_row_clear(&after);
	if (!rc && p->state == FM_PAY_RELEASED)
		rc = fm_totals_book(&full, ledger->db, &entry, (unsigned)row->booked,
				    true, err);
	return rc;
}

static enum fm_code resolve(bool *done, struct fm_ledger *ledger, struct fm_payment *p,
			    enum fm_pay_state before, struct fm_err *err)
{
	struct fm_row row;
	bool found = false;
	enum fm_code rc = row_of(&row, &found, ledger, p->id, err);

	if (!rc && found && p->state == FM_PAY_RELEASED && !row.payment.valid_before_s)
		rc = fm_fail(err, FM_E_INTERNAL,
			     "payment %s has no end to be released at", p->id);
	if (!rc && found && !is_alive(ledger, &row))
		rc = set(done, ledger, p, before, err);
	if (!rc && *done)
		rc = move_sums(ledger, &row, p, err);
	if (!rc && *done)
		rc = fm_journal_payment(ledger, fm_pay_state_word(p->state), p, err);
	fm_row_clear(&row);
	return rc;
}

enum fm_code fm_ledger_resolve(bool *done, struct fm_ledger *ledger,
			       struct fm_payment *payment, enum fm_pay_state before,
			       struct fm_err *err)
{
	enum fm_code rc;

	assert(before >= FM_PAY_SIGNED && payment->state != FM_PAY_RESERVED &&
	       payment->state != FM_PAY_SIGNED);
	*done = false;
	rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		return rc;
	rc = fm_ledger_end(ledger, resolve(done, ledger, payment, before, err), err);
	if (rc)
		*done = false;
	else if (*done)
		payment->ended_ms = ledger->now_ms;
	return rc;
}
