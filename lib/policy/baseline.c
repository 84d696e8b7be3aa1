/* SPDX-License-Identifier: MIT */
/* Tasks that start anew, and what is booked on a task.
 *
 * The running totals themselves never forget. A reset notes how high the total without a window
 * stands, for each asset, and when; limits of the task count what is above that, or later. Payments
 * booked before a reset and taken back after it come off both, so nothing is counted less than it
 * is. A reset moves the ledger's time on by a millisecond: what was booked before it is older than
 * its time, what is booked later is not. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

static const char unreadable[] = "the mark of a task's reset is unreadable";

/* ---- marks ---- */

static enum fm_code read_mark(struct fm_baseline *out, char asset[static FM_ASSET_KEY],
			      const struct fm_query *q, struct fm_err *err)
{
	struct fm_cursor c = { .q = q };

	fm_get_text(asset, FM_ASSET_KEY, &c);
	fm_get_u256(&out->amount, &c);
	fm_get_i64(&out->count, &c);
	fm_get_i64(&out->at_ms, &c);
	return fm_get_end(&c, unreadable, err);
}

/* "*", "eip155:N/" or one asset, as in the key of a check. */
static bool is_of(const char *asset, const char *wanted)
{
	size_t len = strlen(wanted);

	if (strcmp(wanted, "*") == 0)
		return true;
	return wanted[len - 1] == '/' ? strncmp(asset, wanted, len) == 0
				      : strcmp(asset, wanted) == 0;
}

enum fm_code fm_baseline_get(struct fm_baseline *out, struct fm_db *db, const char *scope,
			     const char *asset, struct fm_err *err)
{
	char of[FM_ASSET_KEY];
	struct fm_baseline one;
	struct fm_query q;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_BASELINE_OF, err);

	*out = (struct fm_baseline){ .amount = FM_U256_ZERO };
	if (rc)
		return rc;
	fm_query_text(&q, scope);
	while (!rc) {
		rc = fm_query_step(&q, &row, err);
		if (rc || !row)
			break;
		rc = read_mark(&one, of, &q, err);
		if (rc || !is_of(of, asset))
			continue;
		out->amount = one.amount;
		out->count += one.count;
		if (out->at_ms < one.at_ms)
			out->at_ms = one.at_ms;
	}
	fm_query_close(&q);
	return rc;
}

static enum fm_code put_mark(struct fm_db *db, const char *scope, const char *asset,
			     const struct fm_baseline *mark, struct fm_err *err)
{
	uint8_t bytes[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_BASELINE_PUT, err);

	if (rc)
		return rc;
	fm_u256_to_be(bytes, &mark->amount);
	fm_query_text(&q, scope);
	fm_query_text(&q, asset);
	fm_query_blob(&q, bytes, sizeof(bytes));
	fm_query_i64(&q, mark->count);
	fm_query_i64(&q, mark->at_ms);
	return fm_query_run(&q, err);
}

enum fm_code fm_baseline_lower(struct fm_db *db, const struct fm_entry *entry,
			       const char *scope, const char *asset, struct fm_err *err)
{
	struct fm_baseline mark;
	enum fm_code rc = fm_baseline_get(&mark, db, scope, asset, err);

	if (rc || entry->at_ms >= mark.at_ms)
		return rc;
	if (mark.count < 1 || !fm_u256_sub(&mark.amount, &mark.amount, entry->amount))
		return fm_db_damaged(db, "the mark of a task's reset is too low", err);
	mark.count--;
	return put_mark(db, scope, asset, &mark, err);
}

/* ---- resetting ---- */

static void task_scope(char out[static FM_SCOPE_MAX], const char *task)
{
	const struct fm_scope_of of = {
		.origin = "", .route = "", .task = task, .category = ""
	};

	fm_scope_text(out, FM_SCOPE_TASK, &of);
}

struct ever {
	char asset[FM_ASSET_KEY];
	struct fm_baseline mark;
};

static enum fm_code read_ever(struct ever *out, const struct fm_query *q,
			      struct fm_err *err)
{
	struct fm_cursor c = { .q = q };

	memset(out, 0, sizeof(*out));
	fm_get_text(out->asset, sizeof(out->asset), &c);
	fm_get_u256(&out->mark.amount, &c);
	fm_get_i64(&out->mark.count, &c);
	return fm_get_end(&c, "a running total is unreadable", err);
}

static enum fm_code each_ever(struct fm_db *db, const char *scope,
			      enum fm_code (*each)(void *ctx, struct ever *ever,
						   struct fm_err *err),
			      void *ctx, struct fm_err *err)
{
	struct ever ever;
	struct fm_query q;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_EVER, err);

	if (rc)
		return rc;
	fm_query_text(&q, scope);
	while (!rc) {
		rc = fm_query_step(&q, &row, err);
		if (rc || !row)
			break;
		rc = read_ever(&ever, &q, err);
		if (!rc)
			rc = each(ctx, &ever, err);
	}
	fm_query_close(&q);
	return rc;
}

struct resetting {
	struct fm_ledger *ledger;
	const char *scope;
	bool found;
};

static enum fm_code mark_asset(void *ctx, struct ever *ever, struct fm_err *err)
{
	struct resetting *r = ctx;

	r->found = true;
	ever->mark.at_ms = r->ledger->now_ms;
	return put_mark(r->ledger->db, r->scope, ever->asset, &ever->mark, err);
}

enum fm_code fm_ledger_task_reset(bool *found, struct fm_ledger *ledger, const char *task,
				  struct fm_err *err)
{
	char scope[FM_SCOPE_MAX];
	struct resetting r = { .ledger = ledger, .scope = scope };
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	*found = false;
	if (rc)
		return rc;
	ledger->now_ms++;
	task_scope(scope, task);
	rc = each_ever(ledger->db, scope, mark_asset, &r, err);
	if (!rc && r.found)
		rc = fm_journal_task_reset(ledger, task, err);
	rc = fm_ledger_end(ledger, rc, err);
	*found = !rc && r.found;
	return rc;
}

/* ---- telling ---- */

struct telling {
	struct fm_ledger *ledger;
	const char *scope, *task;
	bool (*each)(void *ctx, const struct fm_task_sum *sum);
	void *ctx;
	bool done;
};

static enum fm_code add_in_doubt(struct fm_task_sum *sum, struct fm_db *db,
				 const char *task, struct fm_err *err)
{
	struct fm_u256 amount;
	struct fm_query q;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, db, FM_SQL_TASK_UNSURE, err);

	if (rc)
		return rc;
	fm_query_text(&q, task);
	fm_query_i64(&q, (int64_t)sum->chain_id);
	fm_query_blob(&q, sum->asset.b, sizeof(sum->asset.b));
	while (!rc) {
		struct fm_cursor c = { .q = &q };

		rc = fm_query_step(&q, &row, err);
		if (rc || !row)
			break;
		fm_get_u256(&amount, &c);
		rc = fm_get_end(&c, "a payment is unreadable", err);
		if (!rc && !fm_u256_add(&sum->in_doubt, &sum->in_doubt, &amount))
			rc = fm_db_damaged(db, "what is in doubt is over 256 bits", err);
	}
	fm_query_close(&q);
	return rc;
}

/* "CHAIN/ADDRESS" */
static bool read_asset(struct fm_task_sum *sum, const char *key)
{
	const char *slash = strchr(key, '/');

	return slash &&
	       fm_network_chain(&sum->chain_id,
				(struct fm_span){ key, (size_t)(slash - key) }) &&
	       fm_addr_parse(&sum->asset, NULL, fm_span_of(slash + 1));
}

static enum fm_code tell_asset(void *ctx, struct ever *ever, struct fm_err *err)
{
	struct telling *t = ctx;
	struct fm_db *db = t->ledger->db;
	struct fm_baseline mark;
	struct fm_task_sum sum = { .spent = ever->mark.amount };
	enum fm_code rc = fm_baseline_get(&mark, db, t->scope, ever->asset, err);

	if (rc || t->done)
		return rc;
	if (!read_asset(&sum, ever->asset) || ever->mark.count < mark.count ||
	    !fm_u256_sub(&sum.spent, &sum.spent, &mark.amount))
		return fm_db_damaged(db, unreadable, err);
	sum.payments = (uint64_t)(ever->mark.count - mark.count);
	sum.reset_ms = mark.at_ms;
	rc = add_in_doubt(&sum, db, t->task, err);
	t->done = !rc && !t->each(t->ctx, &sum);
	return rc;
}

enum fm_code fm_ledger_task_sums(struct fm_ledger *ledger, const char *task,
				 bool (*each)(void *ctx, const struct fm_task_sum *sum),
				 void *ctx, struct fm_err *err)
{
	char scope[FM_SCOPE_MAX];
	struct telling t = {
		.ledger = ledger, .scope = scope, .task = task, .each = each, .ctx = ctx
	};

	task_scope(scope, task);
	return each_ever(ledger->db, scope, tell_asset, &t, err);
}
