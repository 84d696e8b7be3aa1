/* SPDX-License-Identifier: MIT */
/* `audit stats`: counts and sums, by whatever is asked for. */
#include "audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 64 /* a day, or a CAIP-2 name */

struct stats {
	struct audit_range range;
	const char *by;
};

/* Of one value of what is counted by, in one asset. */
struct group {
	char *key;
	bool has_asset;
	uint64_t chain_id;
	struct fm_addr asset;
	struct fm_u256 amount, paid;
	uint64_t payments, paid_count, failed, in_doubt, released, denied;
};

struct counting {
	struct app *app;
	const char *by;
	struct group *groups;
	size_t count, room;
	bool no_memory;
};

/* clang-format off */
static const struct param params[] = {
	AUDIT_RANGE(struct stats),
	OPTX(struct stats, by, "by", 0, "WHAT", "what to count by (seller)",
	     .choices = "seller|network|scheme|task|category|day"),
	{ 0 },
};

static const struct field group_fields[] = {
	{ "key", "By", FIELD_TEXT, "seller, network, ... or day; empty: not said", NULL },
	{ "asset", NULL, FIELD_ADDRESS, "token contract; null: refusals without terms", NULL },
	{ "payments", "Payments", FIELD_NUMBER, "signed, or reserved just now", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of these", NULL },
	{ "paid", "Paid", FIELD_NUMBER, "of these: paid, or resolved", NULL },
	{ "paid_amount", "Paid amount", FIELD_AMOUNT, "of the paid ones", NULL },
	{ "failed", "Failed", FIELD_NUMBER, "sent, and refused by the seller or 4Mica", NULL },
	{ "in_doubt", "In doubt", FIELD_NUMBER, "outcome unknown, or none yet", NULL },
	{ "released", "Given back", FIELD_NUMBER, "reserved, but not spent; not in payments", NULL },
	{ "denied", "Refused", FIELD_NUMBER, "by policy or budget, before signing; repetitions are not counted", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "by", NULL, FIELD_TEXT, "what is counted by", NULL },
	{ "groups", "Groups", FIELD_LIST, "one for each value and asset", group_fields },
	{ 0 },
};
/* clang-format on */

/* ---- groups ---- */

static bool is_group(const struct group *g, const char *key, bool has_asset,
		     uint64_t chain_id, const struct fm_addr *asset)
{
	return strcmp(g->key, key) == 0 && g->has_asset == has_asset &&
	       (!has_asset ||
		(g->chain_id == chain_id && fm_addr_equal(&g->asset, asset)));
}

/* NULL: no memory. */
static struct group *group_of(struct counting *c, const char *key, bool has_asset,
			      uint64_t chain_id, const struct fm_addr *asset)
{
	struct group *g;

	/* The newest are the likeliest: payments come by time. */
	for (size_t i = c->count; i-- > 0;)
		if (is_group(&c->groups[i], key, has_asset, chain_id, asset))
			return &c->groups[i];
	if (c->count == c->room) {
		size_t room = c->room ? 2 * c->room : 16;
		struct group *more = realloc(c->groups, room * sizeof(*more));

		if (!more)
			return NULL;
		c->groups = more;
		c->room = room;
	}
	g = &c->groups[c->count];
	*g = (struct group){ .key = strdup(key), .has_asset = has_asset };
	if (has_asset) {
		g->chain_id = chain_id;
		g->asset = *asset;
	}
	c->count += g->key != NULL;
	return g->key ? g : NULL;
}

static void day_of(char out[static FM_TIME_TEXT], int64_t ms)
{
	fm_time_text(out, ms / 1000);
	if (out[0] != '@')
		out[10] = '\0';
}

/* ---- counting ---- */

static const char *key_of(char room[static ROOM], const char *by,
			  const struct fm_payment *p)
{
	if (strcmp(by, "network") == 0)
		fm_caip2_text(room, p->chain_id);
	else if (strcmp(by, "day") == 0)
		day_of(room, p->created_ms);
	else
		return strcmp(by, "scheme") == 0     ? p->scheme
		       : strcmp(by, "task") == 0     ? p->task
		       : strcmp(by, "category") == 0 ? p->category
						     : p->origin;
	return room;
}

static void add_up(struct fm_u256 *sum, const struct fm_u256 *amount)
{
	if (!fm_u256_add(sum, sum, amount))
		memset(sum, 0xff, sizeof(*sum));
}

static bool count_payment(void *ctx, const struct fm_payment *p)
{
	char room[ROOM];
	struct counting *c = ctx;
	struct group *g =
		group_of(c, key_of(room, c->by, p), true, p->chain_id, &p->asset);

	c->no_memory = !g;
	if (!g)
		return false;
	if (p->state == FM_PAY_RELEASED) {
		g->released++;
		return true;
	}
	g->payments++;
	add_up(&g->amount, &p->amount);
	if (p->state == FM_PAY_PAID || p->state == FM_PAY_RESOLVED) {
		g->paid_count++;
		add_up(&g->paid, &p->amount);
	}
	g->failed += p->state == FM_PAY_REFUSED;
	g->in_doubt += p->state == FM_PAY_IN_DOUBT || p->state == FM_PAY_SIGNED;
	return true;
}

static const char *denied_key(struct fm_buf *buf, const struct counting *c,
			      const struct fm_audit_record *record)
{
	char room[ROOM] = "";
	uint64_t chain_id;
	const char *text;

	if (strcmp(c->by, "day") == 0)
		day_of(room, record->at_ms);
	else if (strcmp(c->by, "network") == 0 &&
		 fm_json_u64(&chain_id, fm_json_get(record->json, "chain_id")))
		fm_caip2_text(room, chain_id);
	else if (strcmp(c->by, "network") != 0) {
		text = audit_text(buf, record->json,
				  strcmp(c->by, "seller") == 0 ? "origin" : c->by);
		return text ? text : "";
	}
	fm_buf_init(buf, sizeof(room));
	fm_buf_str(buf, room);
	return buf->ptr ? buf->ptr : "";
}

static bool count_denied(void *ctx, const struct fm_audit_record *record)
{
	struct counting *c = ctx;
	struct fm_addr asset;
	uint64_t chain_id = 0;
	char text[FM_ADDR_TEXT];
	struct fm_buf key;
	bool terms =
		fm_json_u64(&chain_id, fm_json_get(record->json, "chain_id")) &&
		fm_json_cstr(text, sizeof(text), fm_json_get(record->json, "asset")) &&
		fm_addr_parse(&asset, NULL, fm_span_of(text));
	struct group *g =
		group_of(c, denied_key(&key, c, record), terms, chain_id, &asset);

	fm_buf_clear(&key);
	c->no_memory = !g;
	if (g)
		g->denied++;
	return g != NULL;
}

/* ---- telling ---- */

static void put_group(struct app *app, const struct group *g)
{
	struct out *o = app->out;
	struct fm_amount amount;

	out_row(o, "groups");
	out_text(o, "key", g->key);
	out_number(o, "payments", (int64_t)g->payments);
	if (g->has_asset) {
		out_address(o, "asset", &g->asset);
		amount = audit_amount(app, g->chain_id, &g->asset, &g->amount);
		out_amount(o, "amount", &amount);
		amount = audit_amount(app, g->chain_id, &g->asset, &g->paid);
		out_amount(o, "paid_amount", &amount);
	}
	out_number(o, "paid", (int64_t)g->paid_count);
	out_number(o, "failed", (int64_t)g->failed);
	out_number(o, "in_doubt", (int64_t)g->in_doubt);
	out_number(o, "released", (int64_t)g->released);
	out_number(o, "denied", (int64_t)g->denied);
	out_end(o);
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->key, ((const struct group *)b)->key);
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct stats *args = values;
	struct counting c = { .app = app, .by = args->by ? args->by : "seller" };
	struct fm_audit_filter denied = { .event = "denied" };
	struct fm_ledger *ledger = NULL;
	enum fm_code rc =
		audit_bounds(&denied.since_ms, &denied.until_ms, &args->range, err);

	if (!rc)
		rc = audit_ledger(&ledger, app, err);
	if (!rc && ledger)
		rc = fm_audit_payments(ledger, denied.since_ms, denied.until_ms,
				       count_payment, &c, err);
	if (!rc && ledger && !c.no_memory)
		rc = fm_audit_each(ledger, &denied, 0, count_denied, &c, err);
	if (!rc && c.no_memory)
		rc = fm_nomem(err);
	out_text(app->out, "by", c.by);
	if (c.count)
		qsort(c.groups, c.count, sizeof(*c.groups), by_key);
	for (size_t i = 0; i < c.count; i++) {
		if (!rc)
			put_group(app, &c.groups[i]);
		free(c.groups[i].key);
	}
	free(c.groups);
	return rc;
}

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica audit stats --since 2026-06-01 --by task", "what each task has cost" },
	{ 0 },
};
/* clang-format on */

const struct cmd audit_stats_cmd = {
	.name = "stats",
	.summary = "count payments and sum them up by seller, task, day and the like",
	.params = params,
	.size = sizeof(struct stats),
	.fields = fields,
	.examples = examples,
	.needs = NEED_LEDGER,
	.run = run,
};
