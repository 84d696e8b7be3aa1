/* SPDX-License-Identifier: MIT */
/* `reconcile`: what became of what was signed. */
#include "move.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reconcile {
	const char *id, *mark, *reason;
	bool all, sign_in, replace;
	int64_t wait;
};

#define WAIT_MS 30000

/* ---- what is told of each ---- */

struct telling {
	struct app *app;
	struct fm_ledger *ledger;
	size_t count;
	/* The worst that was found, and how bad it is. */
	struct fm_err worst;
	int rank;
};

static void put_network(struct app *app, uint64_t chain_id)
{
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	out_text(app->out, "network", caip2);
}

static void put_settled(void *ctx, const struct fm_settled *settled)
{
	struct telling *t = ctx;
	struct out *o = t->app->out;
	const struct fm_tx_row *tx = &settled->tx;

	t->count++;
	out_row(o, "transactions");
	put_network(t->app, tx->chain_id);
	out_text(o, "operation", fm_op_word(settled->op.kind));
	out_text(o, "operation_id", tx->op);
	out_text(o, "purpose", tx->purpose);
	out_hash(o, "hash", &tx->hash);
	out_number(o, "nonce", (int64_t)tx->nonce);
	out_text(o, "state", fm_tx_state_word(tx->state));
	out_bool(o, "sent_again", settled->sent_again);
	out_end(o);
}

/* ---- payments ---- */

static void put_amount(struct app *app, const char *field, const struct fm_u256 *base,
		       const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(base, asset);

	out_amount(app->out, field, &amount);
}

static void put_payment(struct app *app, const struct fm_payment *p,
			enum fm_pay_state before)
{
	const struct fm_asset *asset = app_asset(app, p->chain_id, &p->asset);
	struct out *o = app->out;

	out_row(o, "payments");
	out_text(o, "id", p->id);
	put_network(app, p->chain_id);
	out_text(o, "seller", *p->origin ? p->origin : NULL);
	if (asset)
		put_amount(app, "amount", &p->amount, asset);
	out_text(o, "scheme", p->scheme);
	out_text(o, "before", fm_pay_state_word(before));
	out_text(o, "state", fm_pay_state_word(p->state));
	out_text(o, "evidence", *p->evidence ? p->evidence : NULL);
	if (p->signed_ms)
		out_time(o, "signed_at", p->signed_ms / 1000);
	if (p->valid_before_s)
		out_when(o, "valid_until", p->valid_before_s);
}

static void put_reconciled(void *ctx, const struct fm_reconciled *r)
{
	struct telling *t = ctx;

	t->count++;
	put_payment(t->app, r->payment, r->before);
	out_text(t->app->out, "message", r->message);
	out_text(t->app->out, "next", *r->next ? r->next : NULL);
	out_end(t->app->out);
}

static void warn_surplus(struct app *app, const struct fm_core_word *word,
			 const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(&word->surplus, asset);
	char text[FM_AMOUNT_TEXT];

	fm_amount_text(text, &amount);
	out_warn(app->out,
		 "4Mica Core has %s locked that this ledger does not know of: a signed "
		 "request may have been accepted a second time, or this wallet also pays "
		 "from another ledger",
		 text);
}

static void put_core(void *ctx, const struct fm_core_word *word)
{
	static const struct fm_asset unknown = { .symbol = "base" };
	struct telling *t = ctx;
	const struct fm_asset *asset = app_asset(t->app, word->chain_id, &word->asset);
	struct out *o = t->app->out;

	asset = asset ? asset : &unknown;
	out_row(o, "core");
	put_network(t->app, word->chain_id);
	out_text(o, "asset", asset->symbol);
	out_address(o, "address", &word->asset);
	put_amount(t->app, "locked", &word->locked, asset);
	put_amount(t->app, "outstanding", &word->outstanding, asset);
	put_amount(t->app, "certified", &word->certified, asset);
	put_amount(t->app, "surplus", &word->surplus, asset);
	out_end(o);
	if (!fm_u256_is_zero(&word->surplus))
		warn_surplus(t->app, word, asset);
}

/* ---- a person's word ---- */

static enum fm_code confirm_mark(struct app *app, const struct fm_payment *p,
				 const char *word, struct fm_err *err)
{
	const struct fm_asset *asset = app_asset(app, p->chain_id, &p->asset);
	char amount[FM_AMOUNT_TEXT] = "an unknown token", text[900];
	struct fm_amount value;

	if (asset) {
		value = fm_amount_of(&p->amount, asset);
		fm_amount_text(amount, &value);
	}
	snprintf(text, sizeof(text),
		 "Payment %s of %s to %s (%s, %s) is marked as %s.\n%s Go on?", p->id,
		 amount, *p->origin ? p->origin : "whoever has the signature", p->scheme,
		 fm_pay_state_word(p->state), word,
		 strcmp(word, "unused") == 0
			 ? "It is no outstanding authority any more, though whoever has "
			   "it can still use it."
			 : "It is not looked for any more.");
	return ask_yes(app, text, err);
}

static enum fm_code mark(struct telling *t, const struct reconcile *args,
			 struct fm_payment *p, struct fm_err *err)
{
	bool paid = strcmp(args->mark, "paid") == 0;
	enum fm_pay_state before = p->state;
	enum fm_code rc = fm_reconcile_may_mark(p, paid, err);

	if (!rc)
		rc = confirm_mark(t->app, p, args->mark, err);
	if (!rc)
		rc = fm_reconcile_mark(p, t->app->client, paid, args->reason, err);
	if (rc)
		return rc;
	put_payment(t->app, p, before);
	out_text(t->app->out, "message", args->reason);
	out_end(t->app->out);
	t->count++;
	return FM_OK;
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

static enum fm_code untold(struct telling *t, uint64_t chain_id, struct fm_err *err)
{
	const struct fm_op_filter filter = { .payer = &t->app->wallet.address,
					     .chain_id = chain_id,
					     .untold = true };

	return fm_ledger_op_each(t->ledger, &filter, SIZE_MAX, put_untold, t, err);
}

/** Somebody asked for this one: with this its end is told. */
static enum fm_code one_op(struct telling *t, const char *id, struct fm_err *err)
{
	struct fm_op op;
	bool found = false;
	enum fm_code rc = fm_move_find(&op, &found, t->app->client, id, err);

	if (rc)
		return rc;
	if (!found) {
		fm_fail(err, FM_E_USAGE,
			"'%.80s' is no payment, operation or transaction of this "
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

/* ---- all of it ---- */

/** What decides the exit status: money in doubt before transactions before what keeps us from
 *  knowing. */
static int rank_of(enum fm_code rc)
{
	if (rc == FM_E_INTERRUPTED || rc == FM_E_TERMINATED)
		return 4;
	return rc == FM_E_IN_DOUBT ? 3 : rc == FM_E_TX_PENDING ? 2 : 1;
}

/** Each chain says its own; the worst becomes the result, the others are warnings. */
static void note(struct telling *t, enum fm_code rc, const struct fm_err *err)
{
	int rank = rc ? rank_of(rc) : 0;

	if (!rank)
		return;
	if (rank <= t->rank) {
		out_warn(t->app->out, "%s", err->msg);
		return;
	}
	if (t->rank)
		out_warn(t->app->out, "%s", t->worst.msg);
	t->worst = *err;
	t->rank = rank;
}

static void payments(struct telling *t, const struct reconcile *args, uint64_t chain_id,
		     const char *id)
{
	const struct fm_reconcile wish = { .id = id,
					   .all = args->all,
					   .sign_in = args->sign_in ||
						      app_look(t->app) & FM_LOOK_SIGN_IN,
					   .each = put_reconciled,
					   .core = put_core,
					   .ctx = t };
	struct fm_err err;

	fm_err_init(&err);
	note(t, fm_reconcile(t->app->client, chain_id, &wish, &err), &err);
}

static void transactions(struct telling *t, const struct reconcile *args,
			 uint64_t chain_id, const char *id)
{
	const struct fm_move_options options = { .wait_ms = args->wait ? args->wait
								       : WAIT_MS,
						 .replace = args->replace };
	struct fm_err err;

	fm_err_init(&err);
	note(t, fm_settle(t->app->client, chain_id, id, &options, put_settled, t, &err),
	     &err);
	fm_err_init(&err);
	note(t, id ? one_op(t, id, &err) : untold(t, chain_id, &err), &err);
}

/** The network in force, and without --network the others that the ledger knows this wallet on. */
static enum fm_code everything(struct telling *t, const struct reconcile *args,
			       struct fm_err *err)
{
	uint64_t here = app_network(t->app)->chain_id, *others = NULL;
	size_t count = 0;
	enum fm_code rc = FM_OK;

	if (!t->app->given.network)
		rc = fm_ledger_networks(&others, &count, t->ledger,
					&t->app->wallet.address, args->all, err);
	if (rc)
		return rc;
	payments(t, args, here, NULL);
	transactions(t, args, here, NULL);
	for (size_t i = 0; i < count; i++) {
		if (others[i] == here)
			continue;
		payments(t, args, others[i], NULL);
		transactions(t, args, others[i], NULL);
	}
	free(others);
	return FM_OK;
}

static enum fm_code check_args(const struct reconcile *args, struct fm_err *err)
{
	if (args->id && args->all)
		return fm_fail(err, FM_E_USAGE, "--all and an ID exclude each other");
	if (args->mark && !args->id)
		return fm_fail(err, FM_E_USAGE,
			       "--mark is about one payment: give its ID");
	if (args->mark && !args->reason)
		return fm_fail(err, FM_E_USAGE, "--mark needs --reason: why it is so");
	if (args->reason && !args->mark)
		return fm_fail(err, FM_E_USAGE, "--reason goes with --mark");
	return FM_OK;
}

/** A payment by its id or key; else an operation or a transaction. */
static enum fm_code named(struct telling *t, const struct reconcile *args,
			  struct fm_err *err)
{
	struct fm_payment p;
	bool found = false;
	enum fm_code rc = fm_ledger_find(&p, &found, t->ledger, args->id, err);

	if (rc)
		return rc;
	if (found && args->mark)
		rc = mark(t, args, &p, err);
	else if (found)
		payments(t, args, p.chain_id, args->id);
	else if (args->mark)
		rc = fm_fail(err, FM_E_USAGE, "'%.80s' is no payment of this ledger",
			     args->id);
	else
		transactions(t, args, app_network(t->app)->chain_id, args->id);
	if (found)
		fm_payment_clear(&p);
	return rc;
}

static enum fm_code reconcile_run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct reconcile *args = opaque;
	struct telling t = { .app = app };
	enum fm_code rc = check_args(args, err);

	if (rc)
		return rc;
	put_network(app, app_network(app)->chain_id);
	out_address(app->out, "wallet", &app->wallet.address);
	rc = fm_client_ledger(&t.ledger, app->client, true, err);
	if (!rc)
		rc = args->id ? named(&t, args, err) : everything(&t, args, err);
	if (rc)
		return rc;
	if (t.rank) {
		*err = t.worst;
		return err->code;
	}
	if (!t.count)
		out_note(app->out, "Nothing is open.");
	return FM_OK;
}

/* ---- the table ---- */

/* clang-format off */
static const struct param params[] = {
	ARGX(struct reconcile, id, "ID",
		     "only this payment (its id or idempotency key), operation or transaction hash", .known = KNOWN_PAYMENT),
	OPT(struct reconcile, all, "all", 0, NULL,
	    "also payments that are paid by a seller's word alone: ask the chain"),
	OPT(struct reconcile, sign_in, "sign-in", 0, NULL,
	    "unlock the wallet to ask 4Mica Core what it has locked"),
	OPTX(struct reconcile, mark, "mark", 0, "WORD",
	     "decide it yourself: paid, or unused", .choices = "paid|unused"),
	OPT(struct reconcile, reason, "reason", 0, "TEXT", "with --mark: why; kept in ledger and journal"),
	OPT(struct reconcile, wait, "wait", 0, "TIME", "wait for open transactions (30s)"),
	OPT(struct reconcile, replace, "replace", 0, NULL,
	    "sign the next open transaction anew, with higher fees and the same nonce"),
	{ 0 },
};

static const struct field payment_fields[] = {
	{ "id", "Payment", FIELD_TEXT, "its id", NULL },
	{ "network", NULL, FIELD_TEXT, "CAIP-2 name of its chain", NULL },
	{ "seller", "Seller", FIELD_TEXT, "origin that was paid; null: claims that were signed by themselves", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of it; null: an asset not known here", NULL },
	{ "scheme", NULL, FIELD_TEXT, "4mica-credit or exact", NULL },
	{ "before", "Was", FIELD_TEXT, "its state before: reserved, signed, refused, in_doubt, paid and the like", NULL },
	{ "state", "Is", FIELD_TEXT, "its state now: released: it does not count any more; resolved: a person decided", NULL },
	{ "evidence", "Evidence", FIELD_TEXT, "verified (certificate), chain, unused_on_chain, core_locked, charged and cleared (by a cycle), duplicate, not_issued, marked_paid, marked_unused and those of pay; null: none", NULL },
	{ "signed_at", NULL, FIELD_TIME, "when; null: it was not", NULL },
	{ "valid_until", NULL, FIELD_TIME, "after this it cannot be used; null: a guarantee never expires", NULL },
	{ "message", "Found", FIELD_TEXT, "what was found, or why nothing was", NULL },
	{ "next", NULL, FIELD_TEXT, "the one thing to do; null: nothing", NULL },
	{ 0 },
};

static const struct field core_fields[] = {
	{ "network", NULL, FIELD_TEXT, "CAIP-2 name of its chain", NULL },
	{ "asset", "Asset", FIELD_TEXT, "its symbol; base: an asset not known here, in base units", NULL },
	{ "address", NULL, FIELD_ADDRESS, "its contract", NULL },
	{ "locked", "Locked", FIELD_AMOUNT, "by 4Mica Core", NULL },
	{ "outstanding", "Outstanding", FIELD_AMOUNT, "signed here and not known to be settled", NULL },
	{ "certified", "Certified", FIELD_AMOUNT, "of that, what certificates of running cycles stand for", NULL },
	{ "surplus", "Surplus", FIELD_AMOUNT, "locked above what is outstanding: possibly a replay", NULL },
	{ 0 },
};

static const struct field tx_fields[] = {
	{ "network", NULL, FIELD_TEXT, "CAIP-2 name of its chain", NULL },
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
	{ "payments", "Payments", FIELD_LIST, "those whose outcome was not known or whose authority may still be used; or the one that was asked for", payment_fields },
	{ "core", "4Mica Core", FIELD_LIST, "what it has locked, against the ledger, where it said", core_fields },
	{ "transactions", "Transactions", FIELD_LIST, "what became of those that were open", tx_fields },
	{ "operations", "Operations", FIELD_LIST,
	  "those whose process ended before it told their end; or the one that was asked for", op_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica reconcile", "after a crash, exit 50 or exit 51" },
	{ "fourmica reconcile --all", "everything the ledger can be wrong about, on every network" },
	{ "fourmica reconcile 0x5cdf9a424a2c386cdb90f790300fd0002abc3e280044f673078a9a2c507848fa",
	  "what became of this transaction" },
	{ "fourmica reconcile pay_018f1b2c3d4e5f60718293a4b5c6d7e8 --mark unused --reason 'seller destroyed it'",
	  "no evidence is to be had: decide" },
	{ "fourmica reconcile --replace", "a transaction waits for ever: pay more for it" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_reconcile = {
	.name = "reconcile",
	.summary = "find out what became of what was signed",
	.details =
		"Payments first. Looked at is every payment whose outcome nobody recorded (in "
		"doubt, or signed by a process that died) and every one that was refused and "
		"whose signature the seller still has. Nothing is sent again: the answer could "
		"not be given to whoever asked for it. In this order:\n\n"
		"A reservation whose process died before it signed is given back. A certificate "
		"that was kept and verifies makes its payment paid (verified).\n\n"
		"An exact authorization is asked for at its token. Its nonce is used: it went "
		"through, paid (chain). It is not, and the chain's safe block is past its end: it "
		"never can be, and it is released: it no longer counts in any limit. It is not, and "
		"still could be: it stays as it is until then.\n\n"
		"A guarantee of 4mica-credit has no end, and no endpoint tells of one. 4Mica Core "
		"tells a wallet that is signed in how much it has locked. When that is all that is "
		"outstanding, every guarantee was issued: paid (core_locked). When it is just what "
		"certificates stand for, the others were not issued so far (not_issued), or, six "
		"hours and more after they were signed, may be settled; they stay counted and "
		"outstanding all the same, because whoever has them can still use them. Anything between proves nothing about a single one, and both numbers are "
		"shown; a seller's refusal of a repeated sending as known then counts as paid "
		"(duplicate). More than is outstanding may mean that a signed request was accepted "
		"twice: a warning.\n\n"
		"Where evidence is not to be had a person decides: --mark paid or --mark unused, "
		"with a reason, which ledger and journal keep. Either way the payment stays counted "
		"in the limits of the time it was signed in. Marked as unused it is no outstanding "
		"authority any more; whoever has it can still use it.\n\n"
		"Then transactions. Every one is in the ledger before it leaves. After a crash, a "
		"lost connection or exit 51 the chain is asked about each one that is open: mined, "
		"reverted, or still waiting. One the node has never heard of is sent again, the "
		"same bytes, which can have no second effect; not under the emergency stop, when "
		"this command only looks.\n\n"
		"Operations whose process ended before it told their end are listed. Running "
		"the same command again brings each to its end, or tells it, and does nothing "
		"twice; fourmica reconcile ID tells it as well, and then the same command "
		"means another one.\n\n"
		"Exit 0: all is settled, or known to be refused. 50: a payment stays in doubt. 51: "
		"a transaction is still open. Without --network every network is looked at on which "
		"the ledger has something of this wallet.",
	.params = params,
	.size = sizeof(struct reconcile),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP,
	.run = reconcile_run,
};
