/* SPDX-License-Identifier: MIT */
#include "audit.h"

#include "args.h"
#include "sys.h"
#include "when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fm_code audit_time(int64_t *ms, const char *option, const char *text,
			struct fm_err *err)
{
	struct fm_buf shown;

	*ms = 0;
	if (!text || when_bound(ms, text, fm_wall_ms(&fm_system_clock)))
		return FM_OK;
	fm_fail(err, FM_E_USAGE,
		"%s: '%s' is no time: 2026-06-01, 2026-06-22T10:00:00Z, Unix seconds, or "
		"24h for so long ago",
		option, args_shown(&shown, text));
	fm_buf_clear(&shown);
	return FM_E_USAGE;
}

enum fm_code audit_bounds(int64_t *since_ms, int64_t *until_ms,
			  const struct audit_range *range, struct fm_err *err)
{
	enum fm_code rc = audit_time(since_ms, "--since", range->since, err);

	if (!rc)
		rc = audit_time(until_ms, "--until", range->until, err);
	if (!rc && *until_ms && *since_ms >= *until_ms)
		rc = fm_fail(err, FM_E_USAGE, "--since is not before --until");
	return rc;
}

enum fm_code audit_ledger(struct fm_ledger **ledger, struct app *app, struct fm_err *err)
{
	return fm_client_ledger(ledger, app->client, false, err);
}

void audit_tell(struct app *app, const char *event, const struct fm_fact *facts,
		size_t count)
{
	const struct fm_ledger_options options = { .path = app->paths.ledger_file,
						   .clock = &fm_system_clock,
						   .rand = &fm_system_rand,
						   .head_dir = app->paths.wallet_dir,
						   .busy_ms = 3000 };
	struct fm_ledger *ledger = NULL;
	struct fm_err err;

	fm_err_init(&err);
	if (access(app->paths.ledger_file, F_OK) != 0)
		return;
	if (fm_ledger_open(&ledger, &options, &err) ||
	    fm_ledger_record(ledger, event, facts, count, &err))
		out_warn(app->out, "the journal does not tell of it: %s", err.msg);
	fm_ledger_close(&ledger);
}

enum fm_code audit_find(char id[static FM_PAY_ID], struct fm_ledger *ledger,
			const char *word, struct fm_err *err)
{
	struct fm_buf shown;
	bool found = false;
	enum fm_code rc = ledger ? fm_audit_find(id, &found, ledger, word, err) : FM_OK;

	if (rc || found)
		return rc;
	fm_fail(err, FM_E_USAGE,
		"nothing in the ledger is called '%s': no payment, operation, "
		"idempotency key, transaction, request or guarantee",
		args_shown(&shown, word));
	fm_buf_clear(&shown);
	return fm_hint(err, "look for it: fourmica audit list");
}

struct fm_amount audit_amount(const struct app *app, uint64_t chain_id,
			      const struct fm_addr *asset, const struct fm_u256 *base)
{
	const struct fm_asset unknown = { .chain_id = chain_id, .address = *asset };
	const struct fm_asset *known = app_asset(app, chain_id, asset);

	return fm_amount_of(base, known ? known : &unknown);
}

bool audit_known(const struct fm_hash *hash)
{
	static const struct fm_hash zero;

	return !fm_hash_equal(hash, &zero);
}

char *audit_receipt(const struct app *app, const char *payment_id)
{
	char name[FM_PAY_ID + 8];
	char *path;

	snprintf(name, sizeof(name), "%s.json", payment_id);
	path = sys_join(app->paths.receipt_dir, name);
	if (path && access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

const char *audit_text(struct fm_buf *buf, const struct fm_json *json, const char *name)
{
	const struct fm_json *member = fm_json_get(json, name);

	fm_buf_init(buf, 1u << 20);
	if (fm_json_absent(member) || !fm_json_str(buf, member))
		return NULL;
	return buf->ptr ? buf->ptr : "";
}

/* ---- notes ---- */

struct noting {
	struct app *app;
	struct fm_buf *out;
	uint64_t chain_id;
	const struct fm_addr *asset;
};

static bool add_note(void *ctx, const struct fm_audit_record *record)
{
	struct noting *n = ctx;
	const struct fm_json *amount = fm_json_get(record->json, "amount");
	char text[FM_AMOUNT_TEXT];
	struct fm_u256 base;
	struct fm_buf piece;

	if (n->out->len)
		fm_buf_str(n->out, "; ");
	fm_buf_str(n->out, audit_text(&piece, record->json, "kind"));
	fm_buf_clear(&piece);
	if (!fm_json_absent(amount) && fm_json_u256(&base, amount)) {
		struct fm_amount a = audit_amount(n->app, n->chain_id, n->asset, &base);

		fm_amount_text(text, &a);
		fm_buf_fmt(n->out, " %s", text);
	}
	fm_buf_fmt(n->out, ": ");
	fm_buf_str(n->out, audit_text(&piece, record->json, "text"));
	fm_buf_clear(&piece);
	return true;
}

enum fm_code audit_notes(struct fm_buf *out, struct app *app, struct fm_ledger *ledger,
			 const char *id, uint64_t chain_id, const struct fm_addr *asset,
			 struct fm_err *err)
{
	const struct fm_audit_filter filter = { .subject = id, .event = "note" };
	struct noting n = { app, out, chain_id, asset };
	enum fm_code rc = fm_audit_each(ledger, &filter, 0, add_note, &n, err);

	return rc || fm_buf_ok(out) ? rc : fm_nomem(err);
}

/* ---- a record ---- */

/* clang-format off */
const struct field audit_record_fields[] = {
	{ "record", "Record", FIELD_NUMBER, "its number in the journal", NULL },
	{ "at", "Time", FIELD_TIME, "when", NULL },
	{ "what", "Event", FIELD_TEXT,
	  "reserved, signed, sent, paid, refused, in_doubt, denied, note, op.begun, tx.mined and the like", NULL },
	{ "id", "About", FIELD_TEXT, "payment, operation or refusal; null: none of them", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of the payment; null: not known", NULL },
	{ "seller", "Seller", FIELD_TEXT, "origin that was, or would have been, paid", NULL },
	{ "route", NULL, FIELD_TEXT, "path without query", NULL },
	{ "method", NULL, FIELD_TEXT, "of the request", NULL },
	{ "network", NULL, FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "scheme", NULL, FIELD_TEXT, "4mica-credit or exact", NULL },
	{ "task", "Task", FIELD_TEXT, "it is booked on", NULL },
	{ "category", "Category", FIELD_TEXT, "kind of spending", NULL },
	{ "code", "Code", FIELD_TEXT, "why it was refused or failed; null: it was not", NULL },
	{ "rule", "Rule", FIELD_TEXT, "the policy's, that refused", NULL },
	{ "hash", NULL, FIELD_HASH, "of the record", NULL },
	{ "body", NULL, FIELD_JSON, "the record itself", NULL },
	{ 0 },
};
/* clang-format on */

static void put_text(struct out *o, const char *field, const char *text)
{
	if (text && *text)
		out_text(o, field, text);
}

static void put_terms(struct app *app, uint64_t chain_id, const struct fm_addr *asset,
		      const struct fm_u256 *base)
{
	struct fm_amount amount = audit_amount(app, chain_id, asset, base);
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	out_amount(app->out, "amount", &amount);
	out_text(app->out, "network", caip2);
}

static void put_payment(struct app *app, const struct fm_payment *p)
{
	struct out *o = app->out;

	put_terms(app, p->chain_id, &p->asset, &p->amount);
	put_text(o, "seller", p->origin);
	put_text(o, "route", p->route);
	put_text(o, "method", p->method);
	put_text(o, "scheme", p->scheme);
	put_text(o, "task", p->task);
	put_text(o, "category", p->category);
}

static void put_member(struct out *o, const char *field, const struct fm_json *json,
		       const char *name)
{
	struct fm_buf text;

	put_text(o, field, audit_text(&text, json, name));
	fm_buf_clear(&text);
}

/* What the record says itself; a refusal has no row. */
static void put_said(struct app *app, const struct fm_json *json)
{
	struct out *o = app->out;
	struct fm_addr asset;
	struct fm_u256 base;
	uint64_t chain_id;
	char text[FM_ADDR_TEXT];

	put_member(o, "seller", json, "origin");
	put_member(o, "route", json, "route");
	put_member(o, "method", json, "method");
	put_member(o, "scheme", json, "scheme");
	put_member(o, "task", json, "task");
	put_member(o, "category", json, "category");
	if (fm_json_u64(&chain_id, fm_json_get(json, "chain_id")) &&
	    fm_json_u256(&base, fm_json_get(json, "amount")) &&
	    fm_json_cstr(text, sizeof(text), fm_json_get(json, "asset")) &&
	    fm_addr_parse(&asset, NULL, fm_span_of(text)))
		put_terms(app, chain_id, &asset, &base);
}

static void put_row(struct app *app, struct fm_ledger *ledger, const char *id)
{
	struct fm_payment payment;
	struct fm_err ignored;
	struct fm_op op;
	bool found = false;

	fm_err_init(&ignored);
	if (strncmp(id, "pay_", 4) == 0) {
		if (!fm_ledger_find(&payment, &found, ledger, id, &ignored) && found)
			put_payment(app, &payment);
		fm_payment_clear(&payment);
	} else if (strncmp(id, "op_", 3) == 0 &&
		   !fm_ledger_op_find(&op, &found, ledger, id, &ignored) && found) {
		put_terms(app, op.chain_id, &op.asset, &op.amount);
	}
}

void audit_put_record(struct app *app, struct fm_ledger *ledger,
		      const struct fm_audit_record *record)
{
	struct out *o = app->out;
	bool pin = record->subject && strncmp(record->subject, "pin ", 4) == 0;

	out_number(o, "record", record->seq);
	out_time(o, "at", record->at_ms / 1000);
	out_text(o, "what", record->event);
	if (record->subject && !pin)
		out_text(o, "id", record->subject);
	if (record->subject && !pin)
		put_row(app, ledger, record->subject);
	put_said(app, record->json);
	put_member(o, "code", record->json, "error_code");
	put_member(o, "rule", record->json, "rule");
	out_hash(o, "hash", &record->hash);
	out_json(o, "body", record->body);
}
