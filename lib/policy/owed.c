/* SPDX-License-Identifier: MIT */
/* Outstanding authority: sums that move with the states of payments, so that telling them costs the
 * same however much was paid. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include "x402/scheme.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fm_owed_scope(char out[static FM_SCOPE_MAX], int sum, const struct fm_addr *payer)
{
	char address[FM_ADDR_TEXT];

	fm_addr_lower(address, payer);
	snprintf(out, FM_SCOPE_MAX, "%s %s",
		 sum == FM_OWED_PAID ? "credit-paid" : "credit", address);
}

/* ---- moving ---- */

static int sums_of(const struct fm_payment *p)
{
	if (strcmp(p->scheme, fm_scheme_credit.name) != 0)
		return 0;
	switch (p->state) {
	case FM_PAY_PAID:
		/* With its clearing cycle it is settled, and stays paid. */
		return strcmp(p->evidence, FM_EVIDENCE_CLEARED) == 0
			       ? 0
			       : FM_OWED_CREDIT | FM_OWED_PAID;
	case FM_PAY_SIGNED:
	case FM_PAY_REFUSED:
	case FM_PAY_IN_DOUBT:
		return FM_OWED_CREDIT;
	case FM_PAY_RESOLVED:
		/* What a person says was paid is owed like any other. */
		return strcmp(p->evidence, FM_MARKED_PAID) == 0
			       ? FM_OWED_CREDIT | FM_OWED_PAID
			       : 0;
	case FM_PAY_RESERVED:
	case FM_PAY_RELEASED:
		break;
	}
	return 0;
}

static enum fm_code move(struct fm_db *db, const struct fm_payment *p, int sum, bool back,
			 struct fm_err *err)
{
	const struct fm_entry entry = fm_entry_of(p);
	char scope[FM_SCOPE_MAX];
	bool full;
	enum fm_code rc;

	fm_owed_scope(scope, sum, &p->payer);
	rc = fm_totals_ever(&full, db, &entry, scope, back, err);
	return !rc && full ? fm_totals_full(err) : rc;
}

enum fm_code fm_owed_update(struct fm_db *db, const struct fm_row *row,
			    struct fm_err *err)
{
	int after = sums_of(&row->payment), changed = row->owed ^ after;
	struct fm_query q;
	enum fm_code rc = FM_OK;

	if (!changed)
		return FM_OK;
	for (int sum = FM_OWED_CREDIT; !rc && sum <= FM_OWED_PAID; sum <<= 1)
		if (changed & sum)
			rc = move(db, &row->payment, sum, row->owed & sum, err);
	if (!rc)
		rc = fm_query_open(&q, db, FM_SQL_OWED_SET, err);
	if (rc)
		return rc;
	fm_query_i64(&q, after);
	fm_query_i64(&q, row->seq);
	return fm_query_run(&q, err);
}

enum fm_code fm_owed_fill(struct fm_db *db, struct fm_err *err)
{
	struct fm_row row;
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_SIGNED_BY, err);

	if (rc)
		return rc;
	fm_query_text(&q, fm_scheme_credit.name);
	while (!rc) {
		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		rc = fm_row_read(&row, &q, err);
		if (rc)
			break;
		rc = fm_owed_update(db, &row, err);
		fm_row_clear(&row);
	}
	fm_query_close(&q);
	if (rc == FM_E_BUDGET)
		return fm_db_damaged(db, "what was signed does not fit into 256 bits",
				     err);
	return rc;
}

/* ---- telling ---- */

/* One row: "CHAIN/ADDRESS", amount, count. */
static enum fm_code get_sum(struct fm_owed *out, bool paid, const struct fm_query *q,
			    struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	struct fm_u256 amount;
	char key[FM_ASSET_KEY];
	const char *slash;

	memset(out, 0, sizeof(*out));
	fm_get_text(key, sizeof(key), &c);
	fm_get_u256(&amount, &c);
	*(paid ? &out->paid : &out->outstanding) = amount;
	fm_get_u64(&out->count, &c);
	slash = strchr(key, '/');
	if (!slash || !fm_addr_parse(&out->asset, NULL, fm_span_of(slash + 1)))
		c.bad = true;
	return fm_get_end(&c, "a running total is unreadable", err);
}

static enum fm_code add_sum(struct fm_outstanding *out, const struct fm_owed *sum,
			    bool paid, struct fm_err *err)
{
	struct fm_owed *list;

	for (size_t i = 0; paid && i < out->asset_count; i++)
		if (fm_addr_equal(&out->assets[i].asset, &sum->asset))
			out->assets[i].paid = sum->paid;
	if (paid)
		return FM_OK;
	list = realloc(out->assets, (out->asset_count + 1) * sizeof(*list));
	if (!list)
		return fm_nomem(err);
	out->assets = list;
	list[out->asset_count++] = *sum;
	return FM_OK;
}

/* `over`: also of what is all over. */
static enum fm_code sums(struct fm_outstanding *out, bool paid, bool over,
			 struct fm_db *db, const struct fm_addr *payer, uint64_t chain_id,
			 struct fm_err *err)
{
	char scope[FM_SCOPE_MAX], chain[FM_CAIP2_TEXT], from[FM_CAIP2_TEXT + 1],
		to[FM_CAIP2_TEXT + 1];
	struct fm_owed sum;
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_OWED, err);

	if (rc)
		return rc;
	fm_caip2_text(chain, chain_id);
	snprintf(from, sizeof(from), "%s/", chain);
	snprintf(to, sizeof(to), "%s%c", chain, '/' + 1);
	fm_owed_scope(scope, paid ? FM_OWED_PAID : FM_OWED_CREDIT, payer);
	fm_query_text(&q, scope);
	fm_query_text(&q, from);
	fm_query_text(&q, to);
	while (!rc && got) {
		rc = fm_query_step(&q, &got, err);
		if (!rc && got)
			rc = get_sum(&sum, paid, &q, err);
		if (!rc && got && (over || sum.count))
			rc = add_sum(out, &sum, paid, err);
	}
	fm_query_close(&q);
	return rc;
}

static enum fm_code both_sums(struct fm_outstanding *out, bool over, struct fm_db *db,
			      const struct fm_addr *payer, uint64_t chain_id,
			      struct fm_err *err)
{
	enum fm_code rc = sums(out, false, over, db, payer, chain_id, err);

	return rc ? rc : sums(out, true, over, db, payer, chain_id, err);
}

static enum fm_code unsure(struct fm_outstanding *out, struct fm_ledger *ledger,
			   const struct fm_addr *payer, uint64_t chain_id,
			   struct fm_err *err)
{
	struct fm_query q;
	bool got = true;
	int64_t seq;
	int state;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_UNSURE, err);

	if (rc)
		return rc;
	fm_query_blob(&q, payer->b, sizeof(payer->b));
	fm_query_i64(&q, (int64_t)chain_id);
	while (!rc) {
		struct fm_cursor c = { .q = &q };

		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		fm_get_i64(&seq, &c);
		fm_get_enum(&state, FM_PAY_RESOLVED, &c);
		rc = fm_get_end(&c, "a payment is unreadable", err);
		if (!rc && state == FM_PAY_IN_DOUBT)
			out->in_doubt++;
		else if (!rc && !fm_owners_mine(&ledger->owners, seq) &&
			 !fm_owners_other(&ledger->owners, seq))
			out->unanswered++;
	}
	fm_query_close(&q);
	return rc;
}

static enum fm_code open_txs(struct fm_outstanding *out, struct fm_db *db,
			     const struct fm_addr *payer, uint64_t chain_id,
			     struct fm_err *err)
{
	struct fm_query q;
	struct fm_cursor c = { .q = &q };
	bool got;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_TX_COUNT, err);

	if (rc)
		return rc;
	fm_query_blob(&q, payer->b, sizeof(payer->b));
	fm_query_i64(&q, (int64_t)chain_id);
	rc = fm_query_step(&q, &got, err);
	if (!rc) {
		fm_get_u64(&out->open_txs, &c);
		rc = fm_get_end(&c, "a transaction is unreadable", err);
	}
	fm_query_close(&q);
	return rc;
}

enum fm_code fm_ledger_outstanding(struct fm_outstanding *out, struct fm_ledger *ledger,
				   const struct fm_addr *payer, uint64_t chain_id,
				   struct fm_err *err)
{
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	rc = both_sums(out, false, ledger->db, payer, chain_id, err);
	if (!rc)
		rc = unsure(out, ledger, payer, chain_id, err);
	if (!rc)
		rc = open_txs(out, ledger->db, payer, chain_id, err);
	if (rc)
		fm_outstanding_clear(out);
	return rc;
}

enum fm_code fm_ledger_promised(struct fm_outstanding *out, struct fm_ledger *ledger,
				const struct fm_addr *payer, uint64_t chain_id,
				struct fm_err *err)
{
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	rc = both_sums(out, true, ledger->db, payer, chain_id, err);
	if (rc)
		fm_outstanding_clear(out);
	return rc;
}

void fm_outstanding_clear(struct fm_outstanding *out)
{
	free(out->assets);
	memset(out, 0, sizeof(*out));
}
