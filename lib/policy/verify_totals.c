/* SPDX-License-Identifier: MIT */
/* Are the running totals the sums of what is booked in them?
 *
 * There may be as many totals as payments, and memory must not grow with either. So both sides are
 * boiled down to a fingerprint that sums keep: every total has a factor that nobody can know
 * beforehand (a hash of its place under a key drawn now), and the sum of factor times amount, modulo
 * 2^256, must come out the same over the payments and over the totals. One kind of total and one
 * width have a fingerprint of their own, so that the difference can be named. */
#include "policy/audit.h"
#include "policy/cursor.h"
#include "policy/op.h"

#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

static const char *const kinds[] = { "all",	 "seller",     "route",	  "task",
				     "category", "wallet",     "deposit", "clearing",
				     "credit",	 "credit-paid" };
static const struct {
	int64_t width;
	const char *word;
} widths[] = {
	{60,     "minute"  },
	  { 3600,  "hour"	 },
	    { 86400, "day"	   },
	      { 0,	   "all time"}
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define WIDTHS (sizeof(widths) / sizeof(widths[0]))

struct print {
	uint64_t amount[4], count;
};

struct summing {
	struct fm_hash key;
	struct print booked[KINDS][WIDTHS], totals[KINDS][WIDTHS];
	struct print (*to)[WIDTHS]; /* one of these */
	struct fm_u256 amount;	    /* being added */
	uint64_t count;
	bool unknown; /* a total of another kind or width */
	/* Of each kind the name that came last: payments come in runs. */
	struct {
		char name[FM_SCOPE_MAX + FM_ASSET_KEY];
		uint64_t factor;
	} last[KINDS];
};

/* The kind is the first word of a total's name. */
static size_t kind_of(const char *scope)
{
	size_t len = strcspn(scope, " "), i = 0;

	while (i < KINDS &&
	       (strlen(kinds[i]) != len || strncmp(kinds[i], scope, len) != 0))
		i++;
	return i;
}

static size_t width_of(int64_t width)
{
	size_t i = 0;

	while (i < WIDTHS && widths[i].width != width)
		i++;
	return i;
}

static uint64_t name_factor(struct summing *s, size_t kind, const char *scope,
			    const char *asset)
{
	char name[FM_SCOPE_MAX + FM_ASSET_KEY];
	struct fm_sha256 sha;
	struct fm_hash hash;

	snprintf(name, sizeof(name), "%s\n%s", scope, asset);
	if (strcmp(s->last[kind].name, name) == 0)
		return s->last[kind].factor;
	fm_sha256_init(&sha);
	fm_sha256_add(&sha, s->key.b, sizeof(s->key.b));
	fm_sha256_add(&sha, name, strlen(name));
	fm_sha256_end(&hash, &sha);
	memcpy(s->last[kind].name, name, sizeof(name));
	memcpy(&s->last[kind].factor, hash.b, sizeof(s->last[kind].factor));
	return s->last[kind].factor;
}

/* Stirred so that neighbouring buckets have nothing to do with each other (the finalizer of
 * MurmurHash3); what nobody can foresee is the name's factor and the key. */
static uint64_t factor(struct summing *s, size_t kind, const char *scope, int64_t bucket,
		       const char *asset)
{
	uint64_t x, key;

	memcpy(&key, s->key.b, sizeof(key));
	x = name_factor(s, kind, scope, asset) + ((uint64_t)bucket + 1) * (key | 1);
	x = (x ^ x >> 33) * UINT64_C(0xff51afd7ed558ccd);
	x = (x ^ x >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static void add(void *ctx, const char *scope, int64_t width, int64_t bucket,
		const char *asset)
{
	struct summing *s = ctx;
	size_t kind = kind_of(scope), w = width_of(width);
	uint64_t times;
	struct print *to;
	u128 carry = 0;

	if (kind == KINDS || w == WIDTHS) {
		s->unknown = true;
		return;
	}
	to = &s->to[kind][w];
	times = factor(s, kind, scope, bucket, asset);
	for (int i = 0; i < 4; i++) {
		carry += (u128)s->amount.w[i] * times + to->amount[i];
		to->amount[i] = (uint64_t)carry;
		carry >>= 64;
	}
	to->count += times * s->count;
}

/* ---- what is booked ---- */

static void add_owed(struct summing *s, const struct fm_row *row)
{
	char scope[FM_SCOPE_MAX], asset[FM_ASSET_KEY];

	fm_asset_key(asset, row->payment.chain_id, &row->payment.asset);
	for (int sum = FM_OWED_CREDIT; sum <= FM_OWED_PAID; sum <<= 1) {
		if (!(row->owed & sum))
			continue;
		fm_owed_scope(scope, sum, &row->payment.payer);
		add(s, scope, 0, 0, asset);
	}
}

static enum fm_code add_payment(struct summing *s, const struct fm_query *q,
				struct fm_err *err)
{
	struct fm_row row;
	struct fm_entry entry;
	enum fm_code rc = fm_row_read(&row, q, err);

	if (rc)
		return rc;
	entry = fm_entry_of(&row.payment);
	s->amount = row.payment.amount;
	if (row.payment.state != FM_PAY_RELEASED)
		fm_totals_places(&entry, (unsigned)row.booked, add, s);
	add_owed(s, &row);
	fm_row_clear(&row);
	return FM_OK;
}

static enum fm_code add_op(struct summing *s, const struct fm_query *q,
			   struct fm_err *err)
{
	struct fm_op_row row;
	enum fm_code rc = fm_op_row_read(&row, q, err);
	const struct fm_entry entry = {
		.chain_id = row.op.chain_id,
		.asset = &row.op.asset,
		.amount = &row.op.amount,
		.at_ms = row.op.created_ms,
	};

	s->amount = row.op.amount;
	if (!rc && row.op.state != FM_OP_FAILED && row.op.state != FM_OP_ABANDONED)
		fm_totals_places(&entry, row.booked, add, s);
	return rc;
}

/* ---- what the totals say ---- */

/* When it last grew lies inside of it. */
static bool newest_fits(int64_t width, int64_t bucket, int64_t newest)
{
	int64_t length = width * 1000;

	return !width || (bucket > INT64_MIN / length && bucket < INT64_MAX / length &&
			  newest >= bucket * length && newest - bucket * length < length);
}

static enum fm_code add_total(struct summing *s, const struct fm_query *q,
			      struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	char scope[FM_SCOPE_MAX], asset[FM_ASSET_KEY];
	int64_t width = 0, bucket = 0, count = 0, newest = 0;
	enum fm_code rc;

	fm_get_text(scope, sizeof(scope), &c);
	fm_get_i64(&width, &c);
	fm_get_i64(&bucket, &c);
	fm_get_text(asset, sizeof(asset), &c);
	fm_get_u256(&s->amount, &c);
	fm_get_i64(&count, &c);
	fm_get_i64(&newest, &c);
	rc = fm_get_end(&c, "a running total is unreadable", err);
	s->count = (uint64_t)count;
	if (!rc && width_of(width) < WIDTHS && !newest_fits(width, bucket, newest))
		s->unknown = true;
	if (!rc)
		add(s, scope, width, bucket, asset);
	return rc;
}

static enum fm_code each(uint64_t *rows, struct summing *s, struct fm_ledger *ledger,
			 enum fm_sql sql,
			 enum fm_code (*take)(struct summing *, const struct fm_query *,
					      struct fm_err *),
			 struct fm_err *err)
{
	struct fm_query q;
	bool row = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, sql, err);

	if (rc)
		return rc;
	for (*rows = 0; !rc && row; *rows += row) {
		rc = fm_query_step(&q, &row, err);
		if (!rc && row)
			rc = take(s, &q, err);
	}
	fm_query_close(&q);
	return rc;
}

static void compare(char wrong[static 160], const struct summing *s)
{
	wrong[0] = '\0';
	if (s->unknown)
		snprintf(wrong, 160,
			 "there is a running total that nothing is booked in");
	for (size_t k = 0; k < KINDS; k++)
		for (size_t w = 0; w < WIDTHS; w++)
			if (memcmp(&s->booked[k][w], &s->totals[k][w],
				   sizeof(struct print)) != 0) {
				snprintf(wrong, 160,
					 "the running totals '%s' by %s are not the sum "
					 "of what is booked in them",
					 kinds[k], widths[w].word);
				return;
			}
}

enum fm_code fm_verify_totals(char wrong[static 160], uint64_t *count,
			      struct fm_ledger *ledger, struct fm_err *err)
{
	struct summing s = { .count = 1 };
	uint64_t rows;
	enum fm_code rc = fm_rand_fill(ledger->rand, s.key.b, sizeof(s.key.b), err);

	s.to = s.booked;
	if (!rc)
		rc = each(&rows, &s, ledger, FM_SQL_EACH_PAYMENT, add_payment, err);
	if (!rc)
		rc = each(&rows, &s, ledger, FM_SQL_EACH_OP, add_op, err);
	s.to = s.totals;
	if (!rc)
		rc = each(count, &s, ledger, FM_SQL_EACH_TOTAL, add_total, err);
	if (!rc)
		compare(wrong, &s);
	return rc;
}
