/* SPDX-License-Identifier: MIT */
/* `deposit`: collateral into the vault. */
#include "move.h"

#include <stdlib.h>
#include <string.h>

struct deposit {
	struct fm_quantity amount;
	const char *asset, *approve, *nonce;
	bool sign_only;
	struct move_args move;
};

/* clang-format off */
static const struct param params[] = {
	ARG(struct deposit, amount, "AMOUNT", "how much, with its unit: 5usdc, 0.01eth"),
	GROUP("Deposit"),
	OPT(struct deposit, asset, "asset", 0, "ASSET",
	    "symbol or address, where the unit does not tell"),
	OPT(struct deposit, approve, "approve", 0, "HOW",
	    "allowance for the vault: exact (default), none, or an amount"),
	OPTX(struct deposit, move.wait, "wait", 0, "UNTIL",
	     "when to be done: in a block (mined), sent, or counted by 4Mica Core (synced)",
	     .choices = "mined|sent|synced"),
	OPT(struct deposit, sign_only, "sign-only", 0, NULL,
	    "sign for another machine to send; no network: wants --nonce, --gas-limit, --max-fee, --priority-fee"),
	OPT(struct deposit, nonce, "nonce", 0, "N", "--sign-only: the first transaction's nonce"),
	MOVE_PARAMS(struct deposit),
	{ 0 },
};

static const struct field fields[] = {
	MOVE_FIELDS,
	{ "deposited", "Deposited", FIELD_AMOUNT,
	  "what the vault's event says it took; null: not known", NULL },
	{ "collateral_before", "Collateral before", FIELD_AMOUNT,
	  "in the vault before this deposit", NULL },
	{ "synced", NULL, FIELD_BOOL, "whether Core counts it already", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica deposit 5usdc", "approve exactly that much, then deposit it" },
	{ "fourmica deposit 0.01eth --wait synced", "until 4Mica Core counts it" },
	{ "fourmica deposit 5usdc --dry-run", "what it would take, and cost at most" },
	{ 0 },
};
/* clang-format on */

static enum fm_code read_approve(struct fm_deposit *wish, const char *how,
				 struct fm_err *err)
{
	if (!how || strcmp(how, "exact") == 0)
		return FM_OK;
	if (strcmp(how, "none") == 0) {
		wish->approve = FM_APPROVE_NONE;
		return FM_OK;
	}
	wish->approve = FM_APPROVE_AMOUNT;
	if (fm_quantity_parse(&wish->allowance, how, err)) {
		fm_within(err, "--approve");
		return fm_hint(err, "give exact, none, or an amount: 5usdc");
	}
	return FM_OK;
}

static enum fm_code sign_only(struct move *move, const struct deposit *args,
			      const struct fm_deposit *wish, struct fm_err *err)
{
	const struct fm_fees_wanted *fees = &move->options.fees;
	struct fm_u256 number;
	uint64_t nonce;

	if (!args->nonce || !fees->gas_limit || !fees->has_max || !fees->has_priority) {
		fm_fail(err, FM_E_USAGE, "--sign-only asks nobody");
		return fm_hint(err, "give --nonce, --gas-limit, --max-fee and "
				    "--priority-fee");
	}
	if (!fm_u256_from_dec(&number, fm_span_of(args->nonce)) ||
	    !fm_u256_to_u64(&nonce, &number) || nonce > INT64_MAX - 1)
		return fm_fail(err, FM_E_USAGE, "--nonce: '%.40s' is no nonce",
			       args->nonce);
	return fm_deposit_offline(&move->moved, move->app->client, wish, nonce,
				  &move->options, err);
}

/** What was wanted and what it came to. */
static enum fm_code make(struct move *move, const struct deposit *args,
			 const struct fm_deposit *wish, struct fm_position *position,
			 struct fm_err *err)
{
	if (args->sign_only && args->move.wait)
		return fm_fail(err, FM_E_USAGE,
			       "--sign-only and --wait exclude each other");
	if (args->sign_only)
		return sign_only(move, args, wish, err);
	if (args->nonce)
		return fm_fail(err, FM_E_USAGE, "--nonce goes with --sign-only");
	return fm_deposit(&move->moved, position, move->app->client, wish, &move->options,
			  err);
}

static void put_effect(struct move *move)
{
	const struct fm_moved *moved = &move->moved;
	const struct fm_holding *h = fm_position_of(move->position, &moved->op.asset);
	struct fm_amount amount;

	if (h && moved->asset.symbol[0]) {
		amount = fm_amount_of(&h->withdrawable, &h->asset);
		out_amount(move->app->out, "collateral_before", &amount);
	}
	if (!moved->has_effect)
		return;
	amount = fm_amount_of(&moved->effect, &moved->asset);
	out_amount(move->app->out, "deposited", &amount);
	if (fm_u256_cmp(&moved->effect, &moved->op.amount) != 0)
		out_warn(move->app->out, "the vault took another amount than was "
					 "asked for: the token keeps a fee");
}

static void put_end(struct move *move, bool sign_only, enum fm_code rc)
{
	const struct fm_moved *moved = &move->moved;
	struct out *out = move->app->out;

	put_effect(move);
	out_bool(out, "synced", moved->synced);
	if (rc)
		return;
	if (move->app->opt.dry_run) {
		out_status(out, "would_deposit");
	} else if (sign_only) {
		out_status(out, "signed");
		out_note(out,
			 "Send them in this order, as they are; the ledger counts them "
			 "as on their way.");
	} else if (move->options.wait == FM_WAIT_SENT) {
		out_status(out, "sent");
	} else if (move->options.wait == FM_WAIT_SYNCED && !moved->synced) {
		out_warn(out, "deposited, but not waited for any longer: %s",
			 moved->why_not);
	} else if (!moved->synced) {
		out_note(out, "4Mica counts it once its block is final, in some minutes; "
			      "see: fourmica status");
	}
}

static enum fm_code deposit_run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct deposit *args = opaque;
	struct fm_position *position = calloc(1, sizeof(*position));
	struct fm_deposit wish = { .asset = args->asset, .quantity = args->amount };
	struct move move;
	enum fm_code rc;

	if (!position)
		return fm_nomem(err);
	rc = move_make(&move, app, &args->move, "deposit", err);
	move.position = position;
	move.raw = args->sign_only;
	wish.chain_id = move.network->chain_id;
	if (!rc)
		rc = read_approve(&wish, args->approve, err);
	if (!rc)
		rc = make(&move, args, &wish, position, err);
	move_report(&move, rc);
	put_end(&move, args->sign_only, rc);
	move_clear(&move);
	free(position);
	return rc;
}

const struct cmd cmd_deposit = {
	.name = "deposit",
	.summary = "put collateral into the 4Mica vault",
	.details =
		"A payment with 4Mica credit is a signed promise, a guarantee. 4Mica Core accepts "
		"it for the seller because money of the payer lies in a contract on chain, the "
		"vault: the collateral. What is owed is settled later, in cycles. Collateral stays "
		"the payer's own; fourmica withdraw gets back what nothing leans on any more.\n\n"
		"A deposit of ETH is one transaction. A token's is two: the vault is allowed to take exactly the "
		"amount (--approve changes that), then takes it; a token that takes a new "
		"allowance only after the old one was set to zero needs three.\n\n"
		"Before anything is signed the chain's id and the code at the vault's address "
		"are checked, each transaction is simulated on the pending block, and the most "
		"it can cost is shown. Its bytes are in the ledger before they leave: after a "
		"crash, a lost connection or Ctrl-C the same command finds the transaction and "
		"brings that deposit to its end instead of making a second one; fourmica "
		"reconcile does so for all. While one process deposits from a wallet, others "
		"that move its money wait.\n\n"
		"Exit 51 means that a transaction was sent and is not in a block yet. On a "
		"network of value a person types the amount, or --confirm gives it.\n\n"
		"4Mica Core counts a deposit only once its block is final. --wait synced stays "
		"until then, at most --timeout or half an hour. When Core does not count it by "
		"then, or Ctrl-C ends the waiting, the deposit is done all the same: exit 0, "
		"with 'synced' false and a warning.\n\n"
		"--sign-only gives the raw bytes for another machine to send, and counts them "
		"as on their way: until they are in a block other transactions of the wallet "
		"wait. The same again gives the same bytes.",
	.params = params,
	.size = sizeof(struct deposit),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND,
	.run = deposit_run,
};
