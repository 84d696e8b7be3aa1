/* SPDX-License-Identifier: MIT */
#include "move.h"

#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct fm_asset *ether(uint64_t chain_id)
{
	static struct fm_asset asset = { .decimals = 18, .symbol = "ETH" };

	asset.chain_id = chain_id;
	return &asset;
}

/* clang-format off */
const struct field move_tx_fields[] = {
	{ "purpose", "Purpose", FIELD_TEXT, "approve, approve-zero, deposit, request, cancel, finalize, pay, claim, default, finalize-cycle", NULL },
	{ "hash", "Hash", FIELD_HASH, "the transaction", NULL },
	{ "state", "State", FIELD_TEXT, "signed, mined, reverted, replaced or dropped", NULL },
	{ "nonce", NULL, FIELD_NUMBER, "its number among the wallet's", NULL },
	{ "block", NULL, FIELD_NUMBER, "where it was mined; null: nowhere yet", NULL },
	{ "gas_limit", NULL, FIELD_NUMBER, "gas it may use", NULL },
	{ "gas_used", NULL, FIELD_NUMBER, "gas it used; null: not mined", NULL },
	{ "fee", "Fee", FIELD_AMOUNT, "what it cost; null: not mined", NULL },
	{ "raw", "Raw", FIELD_TEXT, "the signed bytes, with --sign-only", NULL },
	{ 0 },
};
/* clang-format on */

/* ---- options ---- */

enum fm_code move_fee(struct fm_u256 *out, const struct fm_quantity *fee,
		      const char *option, struct fm_err *err)
{
	static const struct {
		const char *unit;
		unsigned decimals;
	} units[] = {
		{"gwei", 9 },
		{ "wei", 0 },
		{ "eth", 18},
	};
	struct fm_span number = fm_span_of(fee->number);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(units[i].unit, fee->unit) != 0)
			continue;
		if (fm_units_parse(out, number, units[i].decimals))
			return FM_OK;
		return fm_fail(err, FM_E_USAGE, "--%s: '%.60s' has too many places",
			       option, fee->number);
	}
	fm_fail(err, FM_E_USAGE, "--%s: '%.20s' is no unit of fees", option, fee->unit);
	return fm_hint(err, "give it in gwei or wei: 1.5gwei");
}

static enum fm_code read_fees(struct fm_fees_wanted *out, const struct move_args *args,
			      struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	out->gas_limit = args->gas_limit;
	out->has_max = args->max_fee.number[0];
	out->has_priority = args->priority_fee.number[0];
	if (out->has_max)
		rc = move_fee(&out->max, &args->max_fee, "max-fee", err);
	if (!rc && out->has_priority)
		rc = move_fee(&out->priority, &args->priority_fee, "priority-fee", err);
	if (!rc && out->has_max && out->has_priority &&
	    fm_u256_cmp(&out->priority, &out->max) > 0)
		rc = fm_fail(err, FM_E_USAGE, "--priority-fee is above --max-fee");
	return rc;
}

static enum fm_wait read_wait(const char *word)
{
	if (word && strcmp(word, "sent") == 0)
		return FM_WAIT_SENT;
	return word && strcmp(word, "synced") == 0 ? FM_WAIT_SYNCED : FM_WAIT_MINED;
}

/* ---- the question ---- */

static void fee_text(char out[static FM_AMOUNT_TEXT], const struct fm_u256 *wei,
		     uint64_t chain_id)
{
	struct fm_amount fee = fm_amount_of(wei, ether(chain_id));

	fm_amount_text(out, &fee);
}

static const struct fm_holding *held(const struct move *move,
				     const struct fm_move_ask *ask)
{
	return move->position ? fm_position_of(move->position, &ask->op->asset) : NULL;
}

/** The withdrawal that a new request would replace; NULL: none. */
static const struct fm_holding *replaced(const struct move *move,
					 const struct fm_move_ask *ask)
{
	const struct fm_holding *h = held(move, ask);

	return ask->op->kind == FM_OP_WITHDRAW_REQUEST && h && h->requested_s ? h : NULL;
}

static enum fm_code ask_replace(struct move *move, const struct fm_move_ask *ask,
				const struct fm_holding *h, struct fm_err *err)
{
	char old[FM_AMOUNT_TEXT], new[FM_AMOUNT_TEXT], unlock[FM_TIME_TEXT],
		later[FM_TIME_TEXT], text[700];
	struct fm_amount amount = fm_amount_of(&h->requested, &h->asset);

	fm_amount_text(old, &amount);
	fm_amount_text(new, &ask->amount);
	fm_time_text(unlock, h->unlock_s);
	fm_time_text(later, move->position->chain_now_s + move->position->grace_s);
	snprintf(text, sizeof(text),
		 "There is a request for %s already, unlocking at %s. A new one replaces "
		 "it:\n%s, and the wait starts again, until about %s. Replace it?",
		 old, unlock, new, later);
	return ask_yes(move->app, text, err);
}

static enum fm_code ask_value(struct move *move, const struct fm_move_ask *ask,
			      const char *amount, const char *fee, struct fm_err *err)
{
	/* Where no money but the fee moves, it is the deed. */
	bool none = ask->op->kind == FM_OP_FINALIZE_CYCLE;
	char target[FM_ADDR_TEXT], text[700];

	fm_addr_text(target, &ask->target);
	snprintf(
		text, sizeof(text),
		"%s %s on %s (MAINNET), contract %s, fee at most %s in this transaction.\n"
		"Type the %s (%s) to go on",
		move->verb, none ? "a cycle" : amount, move->network->title, target, fee,
		none ? "word" : "amount", none ? move->verb : amount);
	return ask_typed(move->app, text, none ? move->verb : amount, ASK_WORDS,
			 move->confirm, err);
}

/** What is at stake: cancelling and finalizing are about what was requested. */
static void stake_text(char out[static FM_AMOUNT_TEXT], const struct move *move,
		       const struct fm_move_ask *ask)
{
	const struct fm_holding *h = held(move, ask);
	struct fm_amount amount = ask->amount;

	if (fm_u256_is_zero(&ask->op->amount) && h)
		amount = fm_amount_of(&h->requested, &h->asset);
	fm_amount_text(out, &amount);
}

static enum fm_code confirm(void *ctx, const struct fm_move_ask *ask, struct fm_err *err)
{
	struct move *move = ctx;
	const struct fm_holding *h = replaced(move, ask);
	char amount[FM_AMOUNT_TEXT], fee[FM_AMOUNT_TEXT];
	enum fm_code rc = FM_OK;

	stake_text(amount, move, ask);
	fee_text(fee, &ask->fee_max, ask->op->chain_id);
	out_note(move->app->out, "%s: transaction %u of %u (%s), fee at most %s",
		 move->verb, ask->step, ask->steps, ask->purpose, fee);
	if (move->app->opt.dry_run)
		return FM_OK;
	if (h)
		rc = ask_replace(move, ask, h, err);
	if (!rc && !ask->test)
		rc = ask_value(move, ask, amount, fee, err);
	return rc;
}

enum fm_code move_make(struct move *out, struct app *app, const struct move_args *args,
		       const char *verb, struct fm_err *err)
{
	*out = (struct move){ .app = app,
			      .network = app_network(app),
			      .confirm = args->confirm,
			      .verb = verb };
	fm_moved_init(&out->moved);
	out->options = (struct fm_move_options){ .wait = read_wait(args->wait),
						 .wait_ms = app->opt.timeout,
						 .replace = args->replace,
						 .confirm = confirm,
						 .ctx = out };
	return read_fees(&out->options.fees, args, err);
}

void move_clear(struct move *move)
{
	fm_moved_clear(&move->moved);
}

/* ---- the report ---- */

static void put_wei(struct app *app, const char *field, const struct fm_u256 *wei,
		    uint64_t chain_id)
{
	struct fm_amount fee = fm_amount_of(wei, ether(chain_id));

	out_amount(app->out, field, &fee);
}

static void put_raw(struct app *app, const struct fm_buf *raw)
{
	size_t len = 2 + 2 * raw->len;
	char *hex = malloc(len);

	/* What is not printed can be had again: the same command gives the same bytes. */
	if (!hex)
		return;
	memcpy(hex, "0x", 2);
	fm_hex_write(hex + 2, raw->ptr, raw->len);
	out_span(app->out, "raw", (struct fm_span){ hex, len });
	free(hex);
}

static void put_tx(struct app *app, const struct fm_tx_row *tx, bool raw)
{
	bool mined = tx->state == FM_TX_MINED || tx->state == FM_TX_REVERTED;

	out_row(app->out, "transactions");
	out_text(app->out, "purpose", tx->purpose);
	out_hash(app->out, "hash", &tx->hash);
	out_text(app->out, "state", fm_tx_state_word(tx->state));
	out_number(app->out, "nonce", (int64_t)tx->nonce);
	out_number(app->out, "gas_limit", (int64_t)tx->gas_limit);
	if (raw)
		put_raw(app, &tx->raw);
	if (mined) {
		out_number(app->out, "block", (int64_t)tx->block);
		out_number(app->out, "gas_used", (int64_t)tx->gas_used);
		put_wei(app, "fee", &tx->fee, tx->chain_id);
	}
	out_end(app->out);
}

static void put_fees(struct app *app, const struct fm_moved *moved)
{
	struct fm_u256 sum = FM_U256_ZERO;
	bool known = moved->count;

	for (size_t i = 0; i < moved->count; i++) {
		const struct fm_tx_row *tx = &moved->txs[i];

		known &= tx->state != FM_TX_SIGNED && fm_u256_add(&sum, &sum, &tx->fee);
	}
	if (!fm_u256_is_zero(&moved->fee_max))
		put_wei(app, "fee_max", &moved->fee_max, app_network(app)->chain_id);
	if (known)
		put_wei(app, "fee", &sum, app_network(app)->chain_id);
}

static void put_allowance(const struct move *move)
{
	const struct fm_moved *moved = &move->moved;
	struct app *app = move->app;
	struct fm_amount amount = fm_amount_of(&moved->allowance_left, &moved->asset);

	out_amount(app->out, "allowance_left", &amount);
	if (!fm_u256_is_zero(&moved->allowance_left))
		out_warn(app->out,
			 "the %s may still take an allowance of the wallet; run: "
			 "fourmica wallet allowances revoke",
			 move->position ? "vault" : "clearing house");
}

/** Without the network nobody was asked for it. */
static void put_vault(const struct move *move)
{
	const struct fm_addr *vault = fm_addr_is_zero(&move->position->vault)
					      ? &move->moved.op.target
					      : &move->position->vault;

	if (!fm_addr_is_zero(vault))
		out_address(move->app->out, "vault", vault);
}

void move_report(struct move *move, enum fm_code rc)
{
	const struct fm_moved *moved = &move->moved;
	struct app *app = move->app;
	struct fm_amount amount = fm_amount_of(&moved->op.amount, &moved->asset);
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, move->network->chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
	if (move->position)
		put_vault(move);
	if (!fm_u256_is_zero(&moved->op.amount))
		out_amount(app->out, "amount", &amount);
	if (moved->op.id[0] && moved->op.state != FM_OP_ABANDONED)
		out_text(app->out, "operation", moved->op.id);
	out_bool(app->out, "resumed", moved->resumed);
	put_fees(app, moved);
	for (size_t i = 0; i < moved->count; i++)
		put_tx(app, &moved->txs[i], !rc && move->raw);
	if (moved->has_allowance)
		put_allowance(move);
	if (moved->resumed && !rc && !moved->left_open)
		out_note(
			app->out,
			"This was left by an earlier run and is done now; run the command "
			"again for another.");
	if (moved->count && !rc)
		out_spent(app->out, FM_SPENT_YES);
	if (moved->op.state != FM_OP_OPEN || (!rc && moved->left_open))
		app->told = moved->op;
}
