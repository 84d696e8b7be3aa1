/* SPDX-License-Identifier: MIT */
/* `audit show`: everything known of one payment, operation or refusal. */
#include "audit.h"

#include <fourmica/cycle_audit.h>

#include <stdlib.h>
#include <string.h>

struct show {
	const char *id;
};

/* clang-format off */
static const struct field tx_fields[] = {
	{ "purpose", "Purpose", FIELD_TEXT, "approve, deposit, request and the like", NULL },
	{ "hash", "Hash", FIELD_HASH, "the transaction", NULL },
	{ "nonce", NULL, FIELD_NUMBER, "its number among the wallet's", NULL },
	{ "state", "State", FIELD_TEXT, "signed, mined, reverted, replaced or dropped", NULL },
	{ "block", "Block", FIELD_NUMBER, "it was mined in; null: not yet", NULL },
	{ "gas_used", "Gas", FIELD_NUMBER, "null: not mined", NULL },
	{ "fee", "Fee in wei", FIELD_U256, "paid for it; null: not mined", NULL },
	{ "signed_at", NULL, FIELD_TIME, "when", NULL },
	{ 0 },
};

static const struct field note_fields[] = {
	{ "kind", "Kind", FIELD_TEXT, "refund, dispute, credit or note", NULL },
	{ "at", "Time", FIELD_TIME, "when it was made", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "null: none was given", NULL },
	{ "text", "Text", FIELD_TEXT, "as it was given", NULL },
	{ 0 },
};

static const struct field show_fields[] = {
	{ "id", "Id", FIELD_TEXT, "the ledger's name for it", NULL },
	{ "kind", "Kind", FIELD_TEXT, "payment, denied, or the operation's: deposit and the like", NULL },
	{ "state", "State", FIELD_TEXT, "reserved, released, signed, paid, refused, in_doubt, resolved; open, done, failed, abandoned", NULL },
	{ "idempotency_key", "Idempotency key", FIELD_TEXT, "of a payment", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of it", NULL },
	{ "seller", "Seller", FIELD_TEXT, "origin", NULL },
	{ "route", "Route", FIELD_TEXT, "path without query", NULL },
	{ "method", "Method", FIELD_TEXT, "of the request", NULL },
	{ "pay_to", "Paid to", FIELD_ADDRESS, "recipient; of an operation its target", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "that pays", NULL },
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "scheme", "Scheme", FIELD_TEXT, "4mica-credit or exact", NULL },
	{ "x402_version", "x402 version", FIELD_NUMBER, "null: not of an x402 challenge", NULL },
	{ "guarantee_version", "Guarantee version", FIELD_NUMBER, "null: no guarantee", NULL },
	{ "task", "Task", FIELD_TEXT, "it is booked on; null: none", NULL },
	{ "category", "Category", FIELD_TEXT, "kind of spending; null: not said", NULL },
	{ "reason", "Reason", FIELD_TEXT, "what it was for, as --reason said; null: not said", NULL },
	{ "req_id", "Request id", FIELD_U256, "4mica-credit", NULL },
	{ "nonce", "Nonce", FIELD_HASH, "exact", NULL },
	{ "guarantee_id", "Guarantee id", FIELD_HASH, "as 4Mica Core has it; null: its cycle is not known", NULL },
	{ "cycle", "Cycle", FIELD_TEXT, "text id and length in seconds; null: not known", NULL },
	{ "status", "Guarantee", FIELD_TEXT, "in 4Mica's words: FINALIZED_PAYABLE, PENDING_VALIDATION, NETTED, SETTLED; null: it cannot be known", NULL },
	{ "status_certain", NULL, FIELD_BOOL, "false: what it usually is by now; fourmica cycles show asks chain and 4Mica Core", NULL },
	{ "policy", "Policy", FIELD_HASH, "SHA-256 of the rules it was judged by", NULL },
	{ "approval", "Approval", FIELD_HASH, "of what a person approved; null: nobody was asked", NULL },
	{ "http_status", "HTTP status", FIELD_NUMBER, "of the paid response; null: none came", NULL },
	{ "retries", "Sent again", FIELD_NUMBER, "times", NULL },
	{ "evidence", "Evidence", FIELD_TEXT, "verified, receipt_only, missing, invalid, unverified; found later: core_locked, charged, cleared (by its cycle) and the like; null: none", NULL },
	{ "certificate", "Certificate", FIELD_BOOL, "whether one was verified", NULL },
	{ "receipt_path", "Receipt", FIELD_TEXT, "null: there is no file", NULL },
	{ "body_sha256", "Body SHA-256", FIELD_HASH, "of the response; null: none came", NULL },
	{ "artefact", "Result in", FIELD_TEXT, "file of -o; null: not said", NULL },
	{ "code", "Code", FIELD_TEXT, "why it failed; null: it did not", NULL },
	{ "seller_reason", "Seller says", FIELD_TEXT, "its own words; null: none", NULL },
	{ "resolution", "Resolution", FIELD_TEXT, "what a person decided, and why; null: nobody had to", NULL },
	{ "created_at", "Reserved at", FIELD_TIME, "or begun", NULL },
	{ "signed_at", "Signed at", FIELD_TIME, "null: never", NULL },
	{ "sent_at", "Sent at", FIELD_TIME, "for the first time; null: not known to have been", NULL },
	{ "ended_at", "Ended at", FIELD_TIME, "null: not yet", NULL },
	{ "transactions", "Transactions", FIELD_LIST, "of an operation", tx_fields },
	{ "notes", "Notes", FIELD_LIST, "made later, by fourmica audit note", note_fields },
	{ "records", "Records", FIELD_LIST, "of the journal, oldest first", audit_record_fields },
	{ 0 },
};
/* clang-format on */

#define UNKNOWN "unknown"

/* ---- a payment ---- */

/* For people what is not known says so; for programs it is null. */
static void put_text(struct app *app, const char *field, const char *text)
{
	if (text && *text)
		out_text(app->out, field, text);
	else if (!out_is_json(app->out))
		out_text(app->out, field, UNKNOWN);
}

static void put_hash(struct app *app, const char *field, const struct fm_hash *hash)
{
	if (audit_known(hash))
		out_hash(app->out, field, hash);
}

static void put_number(struct app *app, const char *field, int64_t number)
{
	if (number)
		out_number(app->out, field, number);
}

static void put_time(struct app *app, const char *field, int64_t ms)
{
	if (ms)
		out_time(app->out, field, ms / 1000);
}

static void put_amount(struct app *app, uint64_t chain_id, const struct fm_addr *asset,
		       const struct fm_u256 *base)
{
	struct fm_amount amount = audit_amount(app, chain_id, asset, base);
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	out_amount(app->out, "amount", &amount);
	out_text(app->out, "network", caip2);
}

static void put_purpose(struct app *app, const struct fm_payment *p)
{
	put_text(app, "task", p->task);
	put_text(app, "category", p->category);
	put_text(app, "reason", p->purpose);
	put_hash(app, "policy", &p->policy_hash);
	put_hash(app, "approval", &p->approval);
}

static bool is_cleared(const struct fm_payment *p)
{
	return strcmp(p->evidence, FM_EVIDENCE_CLEARED) == 0;
}

/** What became of a guarantee, as far as its cycle's time tells: nobody is asked here. */
static void put_status(struct app *app, const struct fm_payment *p)
{
	struct fm_cycle_standing standing = { .committed = false };
	const char *word, *source;
	bool certain = is_cleared(p);

	if (!fm_cycle_ref_of_hint(&standing.ref, p->cycle_hint))
		return;
	word = certain ? "SETTLED"
		       : fm_cycle_guarantee_word(
				 &certain, &standing,
				 fm_cycle_phase_of(&source, &standing,
						   fm_wall_s(&fm_system_clock)),
				 p->guarantee_version);
	out_text(app->out, "status", word);
	out_bool(app->out, "status_certain", certain);
}

static void put_authority(struct app *app, const struct fm_payment *p)
{
	put_text(app, "scheme", p->scheme);
	put_number(app, "x402_version", p->x402_version);
	put_number(app, "guarantee_version", p->guarantee_version);
	if (!fm_u256_is_zero(&p->req_id))
		out_u256(app->out, "req_id", &p->req_id);
	put_hash(app, "nonce", &p->nonce);
	put_hash(app, "guarantee_id", &p->guarantee);
	if (p->cycle_hint[0])
		out_text(app->out, "cycle", p->cycle_hint);
	put_status(app, p);
}

static void put_result(struct app *app, const struct fm_payment *p)
{
	static const struct fm_hash none;
	char *receipt = audit_receipt(app, p->id);

	put_number(app, "http_status", p->http_status);
	out_number(app->out, "retries", p->retries);
	put_text(app, "evidence", p->evidence);
	out_bool(app->out, "certificate",
		 strcmp(p->evidence, "verified") == 0 ||
			 (is_cleared(p) && !fm_hash_equal(&p->guarantee, &none)));
	put_text(app, "receipt_path", receipt);
	put_hash(app, "body_sha256", &p->body_sha256);
	put_text(app, "artefact", p->artefact);
	if (p->error_code[0])
		out_text(app->out, "code", p->error_code);
	out_text(app->out, "seller_reason", p->reason);
	out_text(app->out, "resolution", p->resolution);
	free(receipt);
}

static void put_payment(struct app *app, const struct fm_payment *p)
{
	struct out *o = app->out;

	out_text(o, "kind", "payment");
	out_text(o, "state", fm_pay_state_word(p->state));
	put_text(app, "idempotency_key", p->idem_key);
	put_amount(app, p->chain_id, &p->asset, &p->amount);
	put_text(app, "seller", p->origin);
	put_text(app, "route", p->route);
	put_text(app, "method", p->method);
	out_address(o, "pay_to", &p->pay_to);
	out_address(o, "wallet", &p->payer);
	put_authority(app, p);
	put_purpose(app, p);
	put_result(app, p);
	put_time(app, "created_at", p->created_ms);
	put_time(app, "signed_at", p->signed_ms);
	put_time(app, "sent_at", p->sent_ms);
	put_time(app, "ended_at", p->ended_ms);
}

/* ---- an operation ---- */

static void put_tx(struct app *app, const struct fm_tx_row *tx)
{
	struct out *o = app->out;

	out_row(o, "transactions");
	out_text(o, "purpose", tx->purpose);
	out_hash(o, "hash", &tx->hash);
	out_number(o, "nonce", (int64_t)tx->nonce);
	out_text(o, "state", fm_tx_state_word(tx->state));
	if (tx->block) {
		out_number(o, "block", (int64_t)tx->block);
		out_number(o, "gas_used", (int64_t)tx->gas_used);
		out_u256(o, "fee", &tx->fee);
	}
	out_time(o, "signed_at", tx->created_ms / 1000);
	out_end(o);
}

static enum fm_code put_op(struct app *app, struct fm_ledger *ledger,
			   const struct fm_op *op, struct fm_err *err)
{
	struct out *o = app->out;
	struct fm_tx_row *rows;
	size_t count;
	enum fm_code rc = fm_ledger_tx_of(&rows, &count, ledger, op->id, err);

	out_text(o, "kind", fm_op_word(op->kind));
	out_text(o, "state", fm_op_state_word(op->state));
	put_amount(app, op->chain_id, &op->asset, &op->amount);
	out_address(o, "pay_to", &op->target);
	out_address(o, "wallet", &op->payer);
	put_hash(app, "policy", &op->policy_hash);
	put_time(app, "created_at", op->created_ms);
	put_time(app, "ended_at", op->ended_ms);
	for (size_t i = 0; !rc && i < count; i++)
		put_tx(app, &rows[i]);
	fm_tx_rows_free(&rows, count);
	return rc;
}

/* ---- what happened to it ---- */

struct timeline {
	struct app *app;
	struct fm_ledger *ledger;
	bool has_asset;
	uint64_t chain_id;
	struct fm_addr asset;
	size_t count;
};

static void put_note(struct timeline *t, const struct fm_audit_record *record)
{
	const struct fm_json *amount = fm_json_get(record->json, "amount");
	struct out *o = t->app->out;
	struct fm_buf text;
	struct fm_u256 base;

	out_row(o, "notes");
	out_text(o, "kind", audit_text(&text, record->json, "kind"));
	fm_buf_clear(&text);
	out_time(o, "at", record->at_ms / 1000);
	if (!fm_json_absent(amount) && fm_json_u256(&base, amount)) {
		struct fm_amount a = audit_amount(t->app, t->chain_id, &t->asset, &base);

		out_amount(o, "amount", &a);
	}
	out_text(o, "text", audit_text(&text, record->json, "text"));
	fm_buf_clear(&text);
	out_end(o);
}

static bool put_record(void *ctx, const struct fm_audit_record *record)
{
	struct timeline *t = ctx;

	t->count++;
	if (strcmp(record->event, "note") == 0)
		put_note(t, record);
	out_row(t->app->out, "records");
	audit_put_record(t->app, t->ledger, record);
	out_end(t->app->out);
	return true;
}

/* A refusal has records only. */
static enum fm_code show_denied(struct timeline *t, const char *id, struct fm_err *err)
{
	const struct fm_audit_filter filter = { .subject = id, .event = "denied" };
	enum fm_code rc = fm_audit_each(t->ledger, &filter, 0, put_record, t, err);

	if (!rc && !t->count)
		return audit_find((char[FM_PAY_ID]){ 0 }, NULL, id, err);
	out_text(t->app->out, "id", id);
	out_text(t->app->out, "kind", "denied");
	return rc;
}

static enum fm_code show_known(struct timeline *t, const char *id, struct fm_err *err)
{
	const struct fm_audit_filter filter = { .subject = id };
	struct fm_payment payment;
	struct fm_op op;
	bool found = false;
	enum fm_code rc = fm_ledger_find(&payment, &found, t->ledger, id, err);

	out_text(t->app->out, "id", id);
	if (!rc && found) {
		t->chain_id = payment.chain_id;
		t->asset = payment.asset;
		put_payment(t->app, &payment);
	}
	fm_payment_clear(&payment);
	if (!rc && !found) {
		rc = fm_ledger_op_find(&op, &found, t->ledger, id, err);
		t->chain_id = op.chain_id;
		t->asset = op.asset;
		if (!rc && found)
			rc = put_op(t->app, t->ledger, &op, err);
	}
	return rc ? rc : fm_audit_each(t->ledger, &filter, 0, put_record, t, err);
}

static enum fm_code show_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct show *args = values;
	struct timeline t = { .app = app };
	char id[FM_PAY_ID];
	enum fm_code rc = audit_ledger(&t.ledger, app, err);

	if (!rc && t.ledger && strncmp(args->id, "den_", 4) == 0)
		return show_denied(&t, args->id, err);
	if (!rc)
		rc = audit_find(id, t.ledger, args->id, err);
	return rc ? rc : show_known(&t, id, err);
}

/* ---- the tables ---- */

/* clang-format off */
static const struct param show_params[] = {
	ARGX(struct show, id, "ID",
	    "payment, operation or refusal, or what names one: idempotency key, transaction hash, request id, nonce, guarantee id, the beginning of an id", .traits = PARAM_REQUIRED, .known = KNOWN_PAYMENT),
	{ 0 },
};

static const struct example show_examples[] = {
	{ "fourmica audit show order-17", "the payment of this idempotency key" },
	{ 0 },
};

/* clang-format on */

const struct cmd audit_show_cmd = {
	.name = "show",
	.summary = "show everything known of a payment, operation or refusal",
	.params = show_params,
	.size = sizeof(struct show),
	.fields = show_fields,
	.examples = show_examples,
	.needs = NEED_LEDGER,
	.run = show_run,
};
