/* SPDX-License-Identifier: MIT */
/* `reconcile`: what became of what was signed. */
#include "move.h"

#include <string.h>

struct reconcile {
	const char *id;
	bool replace;
	int64_t wait;
};

#define WAIT_MS 30000

/* ---- what is told of each ---- */

struct telling {
	struct app *app;
	struct fm_ledger *ledger;
	size_t count;
};

static void put_settled(void *ctx, const struct fm_settled *settled)
{
	struct telling *t = ctx;
	struct out *o = t->app->out;
	const struct fm_tx_row *tx = &settled->tx;

	t->count++;
	out_row(o, "transactions");
	out_text(o, "operation", fm_op_word(settled->op.kind));
	out_text(o, "operation_id", tx->op);
	out_text(o, "purpose", tx->purpose);
	out_hash(o, "hash", &tx->hash);
	out_number(o, "nonce", (int64_t)tx->nonce);
	out_text(o, "state", fm_tx_state_word(tx->state));
	out_bool(o, "sent_again", settled->sent_again);
	out_end(o);
}

/* ---- operations that were left half way ---- */

static void put_op(struct app *app, const struct fm_op *op)
{
	struct out *o = app->out;
	const struct fm_asset *asset = app_asset(app, op->chain_id, &op->asset);
	struct fm_amount amount;

	out_row(o, "operations");
	out_text(o, "operation", fm_op_word(op->kind));
	out_text(o, "operation_id", op->id);
	out_text(o, "state", fm_op_state_word(op->state));
	if (asset) {
		amount = fm_amount_of(&op->amount, asset);
		out_amount(o, "amount", &amount);
	}
	out_time(o, "begun_at", op->created_ms / 1000);
	out_end(o);
}

static bool put_untold(void *ctx, const struct fm_op *op)
{
	struct telling *t = ctx;

	if (!fm_ledger_op_alive(t->ledger, op)) {
		put_op(t->app, op);
		t->count++;
	}
	return true;
}

static enum fm_code all(struct telling *t, uint64_t chain_id, struct fm_err *err)
{
	const struct fm_op_filter filter = { .payer = &t->app->wallet.address,
					     .chain_id = chain_id,
					     .untold = true };
	enum fm_code rc = fm_client_ledger(&t->ledger, t->app->client, true, err);

	return rc ? rc
		  : fm_ledger_op_each(t->ledger, &filter, SIZE_MAX, put_untold, t, err);
}

/** Somebody asked for this one: with this its end is told. */
static enum fm_code one(struct telling *t, const char *id, struct fm_err *err)
{
	struct fm_op op;
	bool found = false;
	enum fm_code rc = fm_move_find(&op, &found, t->app->client, id, err);

	if (rc)
		return rc;
	if (!found) {
		fm_fail(err, FM_E_USAGE,
			"'%.80s' is no operation or transaction of this "
			"ledger",
			id);
		return fm_hint(err, "run: fourmica reconcile");
	}
	put_op(t->app, &op);
	t->count++;
	if (op.state != FM_OP_OPEN)
		t->app->told = op;
	return FM_OK;
}

static enum fm_code reconcile_run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct reconcile *args = opaque;
	const struct fm_network *network = app_network(app);
	struct fm_move_options options = { .wait_ms = args->wait ? args->wait : WAIT_MS,
					   .replace = args->replace };
	struct telling t = { .app = app };
	struct fm_err second;
	char caip2[FM_CAIP2_TEXT];
	enum fm_code rc, rest;

	fm_err_init(&second);
	fm_caip2_text(caip2, network->chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
	rc = fm_settle(app->client, network->chain_id, args->id, &options, put_settled,
		       &t, err);
	rest = args->id ? one(&t, args->id, &second)
			: all(&t, network->chain_id, &second);
	if (rest && !rc) {
		*err = second;
		rc = rest;
	}
	if (!rc && !t.count)
		out_note(app->out, "Nothing is open.");
	return rc;
}

/* ---- the table ---- */

/* clang-format off */
static const struct param params[] = {
	ARG_OPTIONAL(struct reconcile, id, "ID", "only this operation or transaction hash"),
	OPT(struct reconcile, wait, "wait", 0, "TIME", "wait for open transactions (30s)"),
	OPT(struct reconcile, replace, "replace", 0, NULL,
	    "sign the next open transaction anew, with higher fees and the same nonce"),
	{ 0 },
};

static const struct field tx_fields[] = {
	{ "operation", "Operation", FIELD_TEXT, "deposit, withdraw.request and the like", NULL },
	{ "operation_id", NULL, FIELD_TEXT, "the ledger's name for it", NULL },
	{ "purpose", "Purpose", FIELD_TEXT, "approve, deposit, request and the like", NULL },
	{ "hash", "Hash", FIELD_HASH, "the transaction", NULL },
	{ "nonce", NULL, FIELD_NUMBER, "its number among the wallet's", NULL },
	{ "state", "State", FIELD_TEXT, "signed, mined, reverted, replaced or dropped", NULL },
	{ "sent_again", "Sent again", FIELD_BOOL, "whether the node had to be given it once more", NULL },
	{ 0 },
};

static const struct field op_fields[] = {
	{ "operation", "Operation", FIELD_TEXT, "deposit, withdraw.request and the like", NULL },
	{ "operation_id", "Id", FIELD_TEXT, "the ledger's name for it", NULL },
	{ "state", "State", FIELD_TEXT, "open: the same command brings it to its end; done, failed: its end was never shown", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of it; null: an asset not known here", NULL },
	{ "begun_at", "Begun at", FIELD_TIME, "when", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },
	{ "transactions", "Transactions", FIELD_LIST, "what became of those that were open", tx_fields },
	{ "operations", "Operations", FIELD_LIST,
	  "those whose process ended before it told their end; or the one that was asked for", op_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica reconcile", "after a crash, or exit 51" },
	{ "fourmica reconcile 0x5cdf9a424a2c386cdb90f790300fd0002abc3e280044f673078a9a2c507848fa",
	  "what became of this one" },
	{ "fourmica reconcile --replace", "a transaction waits for ever: pay more for it" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_reconcile = {
	.name = "reconcile",
	.summary = "find out what became of transactions that were signed",
	.details =
		"Every transaction is in the ledger before it leaves. After a crash, a lost "
		"connection or exit 51 the chain is asked about each one that is open: mined, "
		"reverted, or still waiting. One the node has never heard of is sent again, the "
		"same bytes, which can have no second effect.\n\n"
		"Operations whose process ended before it told their end are listed. Running "
		"the same command again brings each to its end, or tells it, and does nothing "
		"twice; fourmica reconcile ID tells it as well, and then the same command "
		"means another one.",
	.params = params,
	.size = sizeof(struct reconcile),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP,
	.run = reconcile_run,
};
