/* SPDX-License-Identifier: MIT */
/* Running totals: what a check costs does not depend on how much was ever paid.
 *
 * Every payment is added to a minute, an hour, a day and "ever", per asset and scope.
 * A window that ends now is minutes up to the next full hour, hours up to the next
 * full day, and days from there. The oldest minute counts as a whole if anything in it
 * is inside the window: never too little, at most one minute's payments too much. */
#include "policy/ledger.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define EVER 0

static const int64_t widths[] = { MINUTE, HOUR, DAY, EVER };
#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

struct sum {
	struct fm_db *db;
	struct fm_check *check;
	const char *scope;
	const char *asset;	   /* NULL: any; "eip155:N/": any of that chain */
	char behind[FM_ASSET_KEY]; /* the first text behind all of that chain */
	bool counts;		   /* of different assets only the number counts */
	int64_t after_ms;	   /* payments after this moment are inside the window */
};

/* Toward minus infinity, for clocks set before 1970. */
static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static enum fm_code add_bucket(struct sum *s, const struct fm_query *q,
			       struct fm_err *err)
{
	struct fm_check *check = s->check;
	uint8_t bytes[32];
	struct fm_u256 amount;
	int64_t count, newest;

	if (!fm_column_blob(bytes, sizeof(bytes), q, 0) || !fm_column_i64(&count, q, 1) ||
	    !fm_column_i64(&newest, q, 2) || count < 0)
		return fm_db_damaged(s->db, "a running total is unreadable", err);
	if (newest <= s->after_ms)
		return FM_OK;
	amount = fm_u256_from_be(bytes);
	/* Too much to count is too much to allow. */
	if (!s->counts && !fm_u256_add(&check->used, &check->used, &amount))
		memset(&check->used, 0xff, sizeof(check->used));
	check->used_count += (uint64_t)count;
	return FM_OK;
}

static enum fm_code add_range(struct sum *s, int64_t width, int64_t from, int64_t to,
			      struct fm_err *err)
{
	struct fm_query q;
	bool row = false;
	enum fm_code rc;

	if (from >= to)
		return FM_OK;
	rc = fm_query_open(&q, s->db,
			   !s->asset   ? FM_SQL_TOTAL_SUM_ANY
			   : s->counts ? FM_SQL_TOTAL_SUM_CHAIN
				       : FM_SQL_TOTAL_SUM,
			   err);
	if (rc)
		return rc;
	fm_query_text(&q, s->scope);
	fm_query_i64(&q, width);
	fm_query_i64(&q, from);
	fm_query_i64(&q, to);
	if (s->asset)
		fm_query_text(&q, s->asset);
	if (s->asset && s->counts)
		fm_query_text(&q, s->behind);
	do {
		rc = fm_query_step(&q, &row, err);
		if (!rc && row)
			rc = add_bucket(s, &q, err);
	} while (!rc && row);
	fm_query_close(&q);
	return rc;
}

static enum fm_code add_window(struct sum *s, struct fm_err *err)
{
	int64_t start_s = floor_div(s->after_ms, 1000);
	int64_t minute = floor_div(start_s, MINUTE);
	int64_t hour = floor_div(start_s, HOUR) + 1, day = floor_div(start_s, DAY) + 1;
	enum fm_code rc = add_range(s, MINUTE, minute, hour * 60, err);

	if (!rc)
		rc = add_range(s, HOUR, hour, day * 24, err);
	return rc ? rc : add_range(s, DAY, day, INT64_MAX, err);
}

bool fm_check_key(char asset[static FM_ASSET_KEY], const char **scope,
		  const struct fm_check *check)
{
	const char *space = strchr(check->key, ' ');
	size_t len = space ? (size_t)(space - check->key) : 0;

	if (!len || len >= FM_ASSET_KEY)
		return false;
	memcpy(asset, check->key, len);
	asset[len] = '\0';
	*scope = space + 1;
	return true;
}

bool fm_scope_is_task(const char *scope)
{
	return strncmp(scope, "task ", strlen("task ")) == 0;
}

/* Everything there ever was, but for what a reset took out. */
static enum fm_code add_ever(struct sum *s, const struct fm_baseline *reset,
			     struct fm_err *err)
{
	struct fm_check *check = s->check;
	enum fm_code rc = add_range(s, EVER, 0, 1, err);

	if (rc)
		return rc;
	if (check->used_count < (uint64_t)reset->count ||
	    (!s->counts && !fm_u256_sub(&check->used, &check->used, &reset->amount)))
		return fm_db_damaged(s->db, "a task's reset is above its total", err);
	check->used_count -= (uint64_t)reset->count;
	return FM_OK;
}

static enum fm_code fill_one(struct fm_db *db, struct fm_check *check, int64_t now_ms,
			     struct fm_err *err)
{
	char asset[FM_ASSET_KEY];
	struct sum s = { .db = db, .check = check, .after_ms = INT64_MIN };
	struct fm_baseline reset = { .amount = FM_U256_ZERO };
	int64_t today = floor_div(now_ms, DAY * INT64_C(1000));
	size_t len;
	enum fm_code rc = FM_OK;

	check->used = FM_U256_ZERO;
	check->used_count = 0;
	if (!fm_check_key(asset, &s.scope, check))
		return fm_fail(err, FM_E_INTERNAL, "limit '%s' without a key",
			       check->rule);
	s.asset = strcmp(asset, "*") == 0 ? NULL : asset;
	len = strlen(asset);
	s.counts = !s.asset || asset[len - 1] == '/';
	memcpy(s.behind, asset, len + 1);
	s.behind[len - 1]++;
	if (fm_scope_is_task(s.scope))
		rc = fm_baseline_get(&reset, db, s.scope, asset, err);
	if (rc)
		return rc;
	if (!check->utc_day && !check->window_s)
		return add_ever(&s, &reset, err);
	if (check->utc_day && reset.at_ms <= today * DAY * 1000)
		return add_range(&s, DAY, today, INT64_MAX, err);
	if (!check->utc_day)
		s.after_ms = now_ms - check->window_s * 1000;
	if (s.after_ms < reset.at_ms - 1)
		s.after_ms = reset.at_ms - 1;
	return add_window(&s, err);
}

enum fm_code fm_totals_fill(struct fm_db *db, struct fm_check *checks, size_t count,
			    int64_t now_ms, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < count; i++)
		rc = fill_one(db, &checks[i], now_ms, err);
	return rc;
}

/* ---- booking ---- */

struct booking {
	struct fm_db *db;
	const struct fm_entry *entry;
	char asset[FM_ASSET_KEY];
	char scope[FM_SCOPE_MAX];
	bool back;
};

static void bind_place(struct fm_query *q, const struct booking *b, int64_t width,
		       int64_t bucket)
{
	fm_query_text(q, b->scope);
	fm_query_i64(q, width);
	fm_query_i64(q, bucket);
	fm_query_text(q, b->asset);
}

struct total {
	struct fm_u256 amount;
	int64_t count, newest_ms;
};

static enum fm_code get_total(struct total *out, const struct booking *b, int64_t width,
			      int64_t bucket, struct fm_err *err)
{
	uint8_t bytes[32] = { 0 };
	struct fm_query q;
	bool row;
	enum fm_code rc = fm_query_open(&q, b->db, FM_SQL_TOTAL_GET, err);

	*out = (struct total){ .newest_ms = INT64_MIN };
	if (rc)
		return rc;
	bind_place(&q, b, width, bucket);
	rc = fm_query_step(&q, &row, err);
	if (!rc && row &&
	    (!fm_column_blob(bytes, sizeof(bytes), &q, 0) ||
	     !fm_column_i64(&out->count, &q, 1) ||
	     !fm_column_i64(&out->newest_ms, &q, 2)))
		rc = fm_db_damaged(b->db, "a running total is unreadable", err);
	fm_query_close(&q);
	out->amount = fm_u256_from_be(bytes);
	return rc;
}

static enum fm_code put_total(const struct total *total, const struct booking *b,
			      int64_t width, int64_t bucket, struct fm_err *err)
{
	uint8_t bytes[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, b->db, FM_SQL_TOTAL_PUT, err);

	if (rc)
		return rc;
	fm_u256_to_be(bytes, &total->amount);
	bind_place(&q, b, width, bucket);
	fm_query_blob(&q, bytes, sizeof(bytes));
	fm_query_i64(&q, total->count);
	fm_query_i64(&q, total->newest_ms);
	return fm_query_run(&q, err);
}

static int64_t bucket_of(int64_t at_ms, int64_t width)
{
	return width ? floor_div(at_ms, width * 1000) : 0;
}

static enum fm_code book_width(bool *full, const struct booking *b, int64_t width,
			       struct fm_err *err)
{
	int64_t at_ms = b->entry->at_ms;
	int64_t bucket = bucket_of(at_ms, width);
	const struct fm_u256 *paid = b->entry->amount;
	struct total total;
	enum fm_code rc = get_total(&total, b, width, bucket, err);

	if (rc)
		return rc;
	if (b->back &&
	    (total.count < 1 || !fm_u256_sub(&total.amount, &total.amount, paid)))
		return fm_db_damaged(b->db, "a running total is too small", err);
	if (!b->back && (total.count == INT64_MAX ||
			 !fm_u256_add(&total.amount, &total.amount, paid))) {
		*full = true;
		return FM_OK;
	}
	total.count += b->back ? -1 : 1;
	if (total.newest_ms < at_ms)
		total.newest_ms = at_ms;
	return put_total(&total, b, width, bucket, err);
}

static struct booking start(struct fm_db *db, const struct fm_entry *entry, bool back)
{
	struct booking b = { .db = db, .entry = entry, .back = back };

	fm_asset_key(b.asset, entry->chain_id, entry->asset);
	return b;
}

/* "Ever" is for what a limit can be "per": none sums up everything. */
static bool has_width(unsigned scope, int64_t width)
{
	return width != EVER ||
	       !(1u << scope &
		 (1u << FM_SCOPE_ALL | 1u << FM_SCOPE_DEPOSIT | 1u << FM_SCOPE_CLEARING));
}

enum fm_code fm_totals_book(bool *full, struct fm_db *db, const struct fm_entry *entry,
			    unsigned scopes, bool back, struct fm_err *err)
{
	struct booking b = start(db, entry, back);
	enum fm_code rc = FM_OK;

	*full = false;
	for (unsigned scope = 0; !rc && scope < FM_SCOPE_COUNT; scope++) {
		if (!(scopes & 1u << scope))
			continue;
		fm_scope_text(b.scope, (enum fm_scope)scope, &entry->of);
		if (back && scope == FM_SCOPE_TASK)
			rc = fm_baseline_lower(db, entry, b.scope, b.asset, err);
		for (size_t i = 0; !rc && !*full && i < WIDTHS; i++)
			if (has_width(scope, widths[i]))
				rc = book_width(full, &b, widths[i], err);
	}
	return rc;
}

void fm_totals_places(const struct fm_entry *entry, unsigned scopes,
		      void (*each)(void *ctx, const char *scope, int64_t width,
				   int64_t bucket, const char *asset),
		      void *ctx)
{
	struct booking b = start(NULL, entry, false);

	for (unsigned scope = 0; scope < FM_SCOPE_COUNT; scope++) {
		if (!(scopes & 1u << scope))
			continue;
		fm_scope_text(b.scope, (enum fm_scope)scope, &entry->of);
		for (size_t i = 0; i < WIDTHS; i++)
			if (has_width(scope, widths[i]))
				each(ctx, b.scope, widths[i],
				     bucket_of(entry->at_ms, widths[i]), b.asset);
	}
}

enum fm_code fm_totals_ever(bool *full, struct fm_db *db, const struct fm_entry *entry,
			    const char *scope, bool back, struct fm_err *err)
{
	struct booking b = start(db, entry, back);

	*full = false;
	snprintf(b.scope, sizeof(b.scope), "%s", scope);
	return book_width(full, &b, EVER, err);
}

enum fm_code fm_totals_full(struct fm_err *err)
{
	return fm_fail(err, FM_E_BUDGET, "the running totals of this asset are full");
}

struct fm_entry fm_entry_of(const struct fm_payment *payment)
{
	return (struct fm_entry){
		.chain_id = payment->chain_id,
		.asset = &payment->asset,
		.amount = &payment->amount,
		.at_ms = payment->created_ms,
		.of = {payment->origin, &payment->pay_to,
			payment->route ? payment->route : "", payment->task,
			payment->category, &payment->payer},
	};
}

unsigned fm_totals_scopes(const struct fm_payment *payment, const struct fm_check *checks,
			  size_t count)
{
	struct fm_entry entry = fm_entry_of(payment);
	unsigned scopes =
		1u << FM_SCOPE_ALL | 1u << FM_SCOPE_SELLER | 1u << FM_SCOPE_WALLET;
	char route[FM_SCOPE_MAX];

	if (*payment->task)
		scopes |= 1u << FM_SCOPE_TASK;
	if (*payment->category)
		scopes |= 1u << FM_SCOPE_CATEGORY;
	fm_scope_text(route, FM_SCOPE_ROUTE, &entry.of);
	for (size_t i = 0; i < count; i++) {
		const char *scope = strchr(checks[i].key, ' ');

		if (scope && strcmp(scope + 1, route) == 0)
			scopes |= 1u << FM_SCOPE_ROUTE;
	}
	return scopes;
}
