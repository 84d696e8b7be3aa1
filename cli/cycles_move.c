/* SPDX-License-Identifier: MIT */
/* `cycles pay`, `claim`, `default`, `finalize`: settling clearing cycles. */
#include "ask.h"
#include "move.h"

#include <stdio.h>
#include <string.h>

struct settle {
	const char *id;
	struct opt_addr debtor;
	struct fm_quantity max_amount;
	bool due, late, accept_difference;
	struct move_args move;
};

/* clang-format off */
#define CYCLE_FIELDS                                                                           \
	MOVE_FIELDS_OF("clearing_house", "Clearing house", "the ClearingHouse contract"),      \
	{ "cycle", "Cycle", FIELD_TEXT, "the name Core has for it; null: not known", NULL },         \
	{ "cycle_id", NULL, FIELD_HASH, "the chain's name for it", NULL },                     \
	{ "asset", NULL, FIELD_TEXT, "its symbol", NULL },                                     \
	{ "phase", "Phase", FIELD_TEXT,                                                        \
	  "COMMITTED, PAYMENT_WINDOW_OPEN, FINALIZED or DEFAULTED, before this command", NULL }, \
	{ "pay_by", "Pay by", FIELD_TIME, "the last second that may pay", NULL },              \
	{ "final_at", "Final at", FIELD_TIME, "the last second that may not finalize", NULL }, \
	{ "chain_time", NULL, FIELD_TIME, "now, as the chain has it", NULL },                  \
	{ "funded", "Funded", FIELD_AMOUNT, "what claims can be paid from, before this command", NULL }, \
	{ "already", NULL, FIELD_BOOL, "whether it was done before, so that nothing was sent for it", NULL }, \
	{ "retry_at", NULL, FIELD_TIME, "exit 39: when to try again; null: not known", NULL }

/** What the contract's event says. */
#define EFFECT(name_, label_, help_) { name_, label_, FIELD_AMOUNT, help_, NULL }

static const struct field debit_fields[] = {
	{ "cycle", "Cycle", FIELD_TEXT, "the name Core has for it", NULL },
	{ "amount", "Net debit", FIELD_AMOUNT, "what is owed; null: not known", NULL },
	{ "pay_by", "Pay by", FIELD_TIME, "the last second that may pay", NULL },
	{ "result", "Result", FIELD_TEXT, "paid, already_paid, or the word of what kept it", NULL },
	{ "message", NULL, FIELD_TEXT, "why; null: it is paid", NULL },
	{ "transaction", NULL, FIELD_HASH, "that paid it; null: none of this run", NULL },
	{ 0 },
};

static const struct field pay_fields[] = {
	CYCLE_FIELDS,
	EFFECT("paid", "Paid", "what the contract's event says was paid; null: not known"),
	{ "debits", "Debits", FIELD_LIST, "with --due: each that was tried", debit_fields },
	{ 0 },
};
static const struct field claim_fields[] = {
	CYCLE_FIELDS,
	EFFECT("claimed", "Claimed", "what the contract's event says was paid out; null: not known"),
	{ 0 },
};
static const struct field default_fields[] = {
	CYCLE_FIELDS,
	{ "debtor", "Debtor", FIELD_ADDRESS, "who did not pay", NULL },
	EFFECT("owed", "Owed", "what the contract's event says is owed; null: not known"),
	{ 0 },
};
static const struct field finalize_fields[] = {
	CYCLE_FIELDS,
	{ 0 },
};

#define WAIT_MINED                                                                             \
	OPTX(struct settle, move.wait, "wait", 0, "UNTIL",                                     \
	     "when to be done: in a block (mined), or sent", .choices = "mined|sent")
#define ID ARGX(struct settle, id, "ID", "the cycle: its text id, its hash, or the beginning of either", .traits = PARAM_REQUIRED, .known = KNOWN_CYCLE)

static const struct param pay_params[] = {
	ARG_OPTIONAL(struct settle, id, "ID",
		     "the cycle: its text id, its hash, or the beginning of either"),
	GROUP("Net debits"),
	OPT(struct settle, due, "due", 0, NULL,
	    "every debit that is due, in the unit of --max-amount and together within it"),
	OPT(struct settle, max_amount, "max-amount", 0, "AMOUNT", "pay no more than this"),
	OPT(struct settle, late, "late", 0, NULL, "pay also with less than a minute left"),
	OPT(struct settle, accept_difference, "accept-difference", 0, NULL,
	    "pay also more than this ledger explains"),
	WAIT_MINED,
	MOVE_PARAMS(struct settle),
	{ 0 },
};
static const struct param claim_params[] = {
	ID,
	GROUP("Net credits"),
	OPTX(struct settle, move.wait, "wait", 0, "UNTIL",
	     "when to be done: in a block (mined), sent, or, after waiting for debtors, in a block (funded)",
	     .choices = "mined|sent|funded"),
	MOVE_PARAMS(struct settle),
	{ 0 },
};
static const struct param default_params[] = {
	ID,
	OPTX(struct settle, debtor, NULL, 0, "DEBTOR", "address of who did not pay",
	     .traits = PARAM_REQUIRED),
	GROUP("Defaults"),
	WAIT_MINED,
	MOVE_PARAMS(struct settle),
	{ 0 },
};
static const struct param finalize_params[] = {
	ID,
	GROUP("Finalizing"),
	WAIT_MINED,
	MOVE_PARAMS(struct settle),
	{ 0 },
};
/* clang-format on */

/** What tells the four apart. */
struct deed {
	enum fm_op_kind kind;
	const char *verb, *done, *effect; /* "claim", "claimed", its field; NULL: none */
	const char *already, *would;	  /* status words */
};

static const struct deed deeds[] = {
	{FM_OP_PAY_DEBIT,	   "pay",	  "paid",	  "paid",	  "already_paid",	  "would_pay"},
	{ FM_OP_CLAIM_CREDIT,   "claim",    "claimed",	  "claimed", "already_claimed",
	  "would_claim"									      },
	{ FM_OP_MARK_DEFAULT,   "default",	 "marked",	   "owed",	   "already_marked",
	  "would_mark"									       },
	{ FM_OP_FINALIZE_CYCLE, "finalize", "finalized", NULL,      "already_finalized",
	  "would_finalize"									   },
};

/* ---- the report ---- */

static void put_amount(struct app *app, const char *field, const struct fm_u256 *base,
		       const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(base, asset);

	out_amount(app->out, field, &amount);
}

static void put_state(struct app *app, const struct fm_cycle_side *side)
{
	const struct fm_u256 funded = fm_cycle_liquid(&side->cycle);

	if (!side->seen)
		return;
	out_text(app->out, "phase", fm_cycle_status_word(side->cycle.status));
	out_when(app->out, "pay_by", (int64_t)side->cycle.pay_by_s);
	out_when(app->out, "final_at", (int64_t)side->cycle.final_at_s);
	out_time(app->out, "chain_time", side->chain_now_s);
	if (!side->asset.symbol[0])
		return;
	out_text(app->out, "asset", side->asset.symbol);
	put_amount(app, "funded", &funded, &side->asset);
	if (side->has_amount)
		put_amount(app, "amount", &side->amount, &side->asset);
}

static void put_cycle(struct app *app, const struct fm_cycle_side *side)
{
	const struct fm_hash none = { { 0 } };

	if (!fm_hash_equal(&side->ref.id, &none))
		out_hash(app->out, "cycle_id", &side->ref.id);
	if (side->ref.text[0])
		out_text(app->out, "cycle", side->ref.text);
	if (!fm_addr_is_zero(&side->house))
		out_address(app->out, "clearing_house", &side->house);
	put_state(app, side);
}

/** "Not yet" has a time when it is the end of the window that is waited for. */
static void put_retry(struct app *app, const struct deed *deed,
		      const struct fm_cycle_side *side)
{
	bool ends =
		deed->kind == FM_OP_MARK_DEFAULT || deed->kind == FM_OP_FINALIZE_CYCLE;

	if (side->seen && ends && (uint64_t)side->chain_now_s <= side->cycle.final_at_s)
		out_when(app->out, "retry_at", (int64_t)side->cycle.final_at_s + 1);
}

static void warn_of_house(struct app *app, const struct fm_cycle_side *side)
{
	char house[FM_ADDR_TEXT];

	fm_addr_text(house, &side->house);
	out_warn(
		app->out,
		"clearing house %s is used for the first time, and only 4Mica Core named "
		"it; from now on another is an error%s",
		house, app->opt.dry_run ? ", once something was sent" : "");
}

static void warn_of_time(struct app *app, const struct deed *deed,
			 const struct fm_cycle_side *side)
{
	uint64_t now = (uint64_t)side->chain_now_s;

	if (deed->kind == FM_OP_PAY_DEBIT && side->seen && now <= side->cycle.pay_by_s &&
	    side->cycle.pay_by_s - now < FM_CYCLE_HURRY_S)
		out_warn(app->out, "only %llu s were left of the time to pay",
			 (unsigned long long)(side->cycle.pay_by_s - now));
}

static void tell_first(const struct move *move)
{
	if (move->moved.count)
		out_warn(move->app->out, "another process or machine was first; the "
					 "transaction of this run had no effect");
	else
		out_note(move->app->out,
			 "That was done before this command; nothing was sent.");
}

static void put_status(struct move *move, const struct deed *deed,
		       const struct fm_cycle_side *side, bool already)
{
	struct out *out = move->app->out;

	if (already) {
		out_status(out, deed->already);
		tell_first(move);
		return;
	}
	out_status(out, move->app->opt.dry_run	? deed->would
			: move->moved.left_open ? "sent"
						: deed->done);
	if (deed->effect && move->moved.has_effect)
		put_amount(move->app, deed->effect, &move->moved.effect, &side->asset);
}

static void put_end(struct move *move, const struct deed *deed,
		    const struct fm_cycle_side *side, enum fm_code rc)
{
	struct app *app = move->app;
	bool already = !rc && side->done && move->moved.op.state != FM_OP_DONE;

	put_cycle(app, side);
	if (rc == FM_E_NOT_YET)
		put_retry(app, deed, side);
	out_bool(app->out, "already", already);
	if (side->house_new && (!rc || move->moved.count))
		warn_of_house(app, side);
	if (rc)
		return;
	if (!already)
		warn_of_time(app, deed, side);
	if (!already && side->difference.code)
		out_warn(app->out, "%s", side->difference.msg);
	put_status(move, deed, side, already);
}

/* ---- one cycle ---- */

static enum fm_code run(struct app *app, const struct settle *args, enum fm_op_kind kind,
			struct fm_err *err)
{
	const struct deed *deed = deeds;
	struct fm_cycle_side side = { .seen = false };
	struct fm_cycle_wish wish = {
		.kind = kind,
		.cycle = args->id,
		.debtor = args->debtor.addr,
		.max_amount = args->max_amount.number[0] ? &args->max_amount : NULL,
		.margin_s = args->late ? 0 : FM_CYCLE_MARGIN_S,
		.accept_difference = args->accept_difference,
		.wait_funded = args->move.wait && strcmp(args->move.wait, "funded") == 0,
		.wait_ms = app->opt.timeout,
	};
	struct move move;
	enum fm_code rc;

	while (deed->kind != kind)
		deed++;
	rc = move_make(&move, app, &args->move, deed->verb, err);
	wish.chain_id = move.network->chain_id;
	if (!rc)
		rc = fm_cycle_move(&move.moved, &side, app->client, &wish, &move.options,
				   err);
	move_report(&move, rc);
	put_end(&move, deed, &side, rc);
	if (kind == FM_OP_MARK_DEFAULT)
		out_address(app->out, "debtor", &args->debtor.addr);
	move_clear(&move);
	return rc;
}

/* ---- all that is due ---- */

/** A run of --due. */
struct due_run {
	struct move move;
	const struct settle *args;
	bool agreed; /* on a network of value a person typed the amount */
};

/** What a timer pays nobody knows before: on a network of value the amount that all stay within is
 *  typed, once. */
static enum fm_code agree_due(void *ctx, const struct fm_move_ask *ask,
			      struct fm_err *err)
{
	struct due_run *run = ctx;
	struct app *app = run->move.app;
	char most[FM_AMOUNT_TEXT], one[FM_AMOUNT_TEXT], target[FM_ADDR_TEXT], text[600];
	struct fm_amount amount;
	struct fm_u256 max;
	enum fm_code rc;

	fm_amount_text(one, &ask->amount);
	out_note(app->out, "pay: %s, transaction %u of %u (%s)", one, ask->step,
		 ask->steps, ask->purpose);
	if (ask->test || run->agreed || app->opt.dry_run)
		return FM_OK;
	rc = fm_quantity_resolve(&max, &run->args->max_amount,
				 fm_amount_asset(&ask->amount), err);
	if (rc)
		return rc;
	amount = fm_amount_of(&max, fm_amount_asset(&ask->amount));
	fm_amount_text(most, &amount);
	fm_addr_text(target, &ask->target);
	snprintf(
		text, sizeof(text),
		"pay the net debits that are due, within %s, on %s (MAINNET), contract %s; "
		"the first is %s.\nType the amount (%s) to go on",
		most, run->move.network->title, target, one, most);
	rc = ask_typed(app, text, most, ASK_WORDS, run->move.confirm, err);
	run->agreed = !rc;
	return rc;
}

static void put_debit(void *ctx, const struct fm_cycle_outcome *outcome)
{
	const struct due_run *run = ctx;
	struct app *app = run->move.app;
	const struct fm_cycle_side *side = outcome->side;
	const struct fm_moved *moved = outcome->moved;
	struct fm_op op = moved->op;
	struct fm_err ignored;
	bool sent = moved->count;

	out_row(app->out, "debits");
	out_text(app->out, "cycle", side->ref.text);
	if (side->has_amount)
		put_amount(app, "amount", &side->amount, &side->asset);
	if (side->seen)
		out_when(app->out, "pay_by", (int64_t)side->cycle.pay_by_s);
	if (outcome->rc)
		out_text(app->out, "message", outcome->err->msg);
	out_text(app->out, "result",
		 outcome->rc				? fm_code_info(outcome->rc)->word
		 : app->opt.dry_run			? "would_pay"
		 : side->done && op.state != FM_OP_DONE ? "already_paid"
							: "paid");
	if (sent)
		out_hash(app->out, "transaction", &moved->txs[moved->count - 1].hash);
	out_end(app->out);
	if (side->house_new && sent)
		warn_of_house(app, side);
	if (side->difference.code && sent)
		out_warn(app->out, "%s", side->difference.msg);
	if (sent)
		out_spent(app->out, FM_SPENT_YES);
	fm_err_init(&ignored);
	if (op.id[0] && op.state != FM_OP_OPEN &&
	    fm_move_told(app->client, &op, &ignored))
		out_warn(app->out, "%s", ignored.msg);
}

static enum fm_code pay_due(struct app *app, const struct settle *args,
			    struct fm_err *err)
{
	struct fm_cycle_wish wish = {
		.kind = FM_OP_PAY_DEBIT,
		.max_amount = &args->max_amount,
		.margin_s = args->late ? 0 : FM_CYCLE_MARGIN_S,
		.accept_difference = args->accept_difference,
	};
	struct due_run run = { .args = args };
	struct move *move = &run.move;
	char caip2[FM_CAIP2_TEXT];
	size_t paid = 0;
	enum fm_code rc;

	if (args->id || !args->max_amount.number[0] ||
	    strcmp(args->max_amount.unit, "base") == 0) {
		fm_fail(err, FM_E_USAGE,
			"--due takes no ID, and wants --max-amount with the "
			"unit of an asset");
		return fm_hint(err, "for example: fourmica cycles pay --due --max-amount "
				    "5usdc");
	}
	rc = move_make(move, app, &args->move, "pay", err);
	move->options.confirm = agree_due;
	move->options.ctx = &run;
	wish.chain_id = move->network->chain_id;
	if (!rc)
		rc = fm_cycle_pay_due(&paid, app->client, &wish, &move->options,
				      put_debit, &run, err);
	fm_caip2_text(caip2, move->network->chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
	if (!rc && !app->opt.dry_run)
		out_status(app->out, paid ? "paid" : "nothing_due");
	move_clear(move);
	return rc;
}

static enum fm_code pay_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct settle *settle = args;

	if (settle->due)
		return pay_due(app, settle, err);
	if (settle->id)
		return run(app, settle, FM_OP_PAY_DEBIT, err);
	fm_fail(err, FM_E_USAGE, "ID is missing");
	return fm_hint(err, "name a cycle, or pay all that is due: --due --max-amount "
			    "AMOUNT");
}

static enum fm_code claim_run(struct app *app, const void *args, struct fm_err *err)
{
	return run(app, args, FM_OP_CLAIM_CREDIT, err);
}

static enum fm_code default_run(struct app *app, const void *args, struct fm_err *err)
{
	return run(app, args, FM_OP_MARK_DEFAULT, err);
}

static enum fm_code finalize_run(struct app *app, const void *args, struct fm_err *err)
{
	return run(app, args, FM_OP_FINALIZE_CYCLE, err);
}

/* ---- the table ---- */

#define MOVES (NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND)

/* clang-format off */
static const struct example pay_examples[] = {
	{ "fourmica cycles pay 0x8a41f2c0 --max-amount 5usdc", "one debit, if it is no more" },
	{ "fourmica cycles pay --due --max-amount 5usdc --no-input", "for a timer: all that is due" },
	{ 0 },
};
/* clang-format on */

const struct cmd cycles_pay_cmd = {
	.name = "pay",
	.summary = "pay what this wallet owes in a cycle",
	.details =
		"Amount and proof come from 4Mica Core, and are sent only when they fit what is "
		"known otherwise: the cycle's id, this wallet's own leaf made from chain, clearing "
		"house, cycle, asset, address, amount and role, the proof from that leaf to the "
		"root the clearing house has on chain, its asset, its status and its deadlines. "
		"The call is made here; Core's is only compared. What differs is named, and "
		"nothing is sent.\n\n"
		"Then the debit is compared with what this wallet signed and received, as cycles audit "
		"does: one that is more than this ledger explains is refused with 64 or 66; "
		"--accept-difference pays it.\n\n"
		"The clearing house is clearing_house of config.json. Without it, the one Core "
		"names is taken when all else fits; it is kept with its first use, and another "
		"one later is an error.\n\n"
		"A token needs an allowance to the clearing house, exactly the debit: then there "
		"are two transactions. A debit counts under the policy's limits \"of\": "
		"\"clearing\", not under those of payments. With less than a minute left on the "
		"chain's clock nothing is sent unless --late is given; the clock of this machine "
		"has no part in it.\n\n"
		"What is paid already is success, whoever paid it, and nothing is sent. After a "
		"crash the same command brings the payment to its end. The emergency stop does "
		"not hold for it: a debit that is not paid becomes a default, which costs more.\n\n"
		"--due pays every debit whose time to pay runs, of the cycles this ledger knows "
		"and in the unit of --max-amount: the one that ends first is the first, and all "
		"together stay within the amount. It may run as often as one likes, and on "
		"several machines at once; each debit is paid once. On a network of value a person "
		"types the amount they all stay within, or --confirm gives it. When one could not be paid "
		"after another was, the status is 44 or 51, and 'debits' tells which.",
	.params = pay_params,
	.size = sizeof(struct settle),
	.fields = pay_fields,
	.examples = pay_examples,
	.needs = MOVES,
	.run = pay_run,
};

const struct cmd cycles_claim_cmd = {
	.name = "claim",
	.summary = "claim what this wallet is owed in a cycle",
	.details =
		"What Core prepared is checked as for cycles pay. Claims are paid out of what "
		"debtors have paid in so far, first come, first served: while that is too "
		"little, nothing is sent and the status is 39, with both numbers. --wait funded "
		"stays until there is enough, at most --timeout or half an hour. There is no "
		"deadline for claims but the cycle's end.\n\n"
		"What is claimed already is success, and nothing is sent.",
	.params = claim_params,
	.size = sizeof(struct settle),
	.fields = claim_fields,
	.needs = MOVES,
	.run = claim_run,
};

const struct cmd cycles_default_cmd = {
	.name = "default",
	.summary = "mark a debtor who did not pay in time, for operators",
	.details =
		"Anybody may mark a debtor once the cycle's finality deadline has passed. It is "
		"the operator who then covers the debt from the debtor's collateral.\n\n"
		"The contract takes one default a cycle: the first moves the cycle to "
		"'defaulted', and from then on no other debtor can be marked, nor can one pay "
		"late. With two debtors who did not pay, the debt of the second stays unresolved "
		"and the cycle can never be finalized; claims still work as far as it is funded. "
		"So choose the debtor whose cover the creditors need most, and settle the other "
		"outside of the cycle.",
	.params = default_params,
	.size = sizeof(struct settle),
	.fields = default_fields,
	.needs = MOVES,
	.run = default_run,
};

const struct cmd cycles_finalize_cmd = {
	.name = "finalize",
	.summary = "close a cycle in which all is settled, for operators",
	.details =
		"Anybody may close a cycle after its finality deadline, once every debit is paid "
		"or covered and every credit is claimed. What is missing is told with both "
		"numbers. A cycle with a second debtor who did not pay cannot be closed at all: "
		"see cycles default.",
	.params = finalize_params,
	.size = sizeof(struct settle),
	.fields = finalize_fields,
	.needs = MOVES,
	.run = finalize_run,
};
