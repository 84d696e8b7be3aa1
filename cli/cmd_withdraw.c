/* SPDX-License-Identifier: MIT */
/* `withdraw`: collateral out of the vault. */
#include "move.h"

#include <stdlib.h>

struct withdraw {
	struct fm_quantity amount;
	const char *asset;
	bool with_obligations;
	struct move_args move;
};

/* ---- status ---- */

/* clang-format off */
static const struct field request_fields[] = {
	{ "asset", "Asset", FIELD_TEXT, "its symbol", NULL },
	{ "withdrawable", "In the vault", FIELD_AMOUNT, "what may be withdrawn, yield included", NULL },
	{ "requested", "Requested", FIELD_AMOUNT, "the pending request; null: none", NULL },
	{ "requested_at", NULL, FIELD_TIME, "when; null: no request", NULL },
	{ "unlocks_at", "Unlocks at", FIELD_TIME, "as the vault's waiting time is now; null: no request", NULL },
	{ "unlocked", "Unlocked", FIELD_BOOL, "whether it can be finalized; null: no request", NULL },
	{ "owed", "Owed", FIELD_AMOUNT, "what open guarantees lean on, as far as it is known", NULL },
	{ 0 },
};

static const struct field status_fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },
	{ "vault", "Vault", FIELD_ADDRESS, "the Core4Mica contract", NULL },
	{ "paused", "Paused", FIELD_BOOL, "whether the vault is", NULL },
	{ "wait_seconds", "Wait", FIELD_DURATION, "from request to unlock", NULL },
	{ "chain_time", NULL, FIELD_TIME, "now, as the chain has it", NULL },
	{ "locked_known", NULL, FIELD_BOOL, "whether Core said what it has locked", NULL },
	{ "withdrawals", "Withdrawals", FIELD_LIST, "each asset that is in the vault", request_fields },
	{ 0 },
};

static const struct field fields[] = {
	MOVE_FIELDS,
	{ "asset", NULL, FIELD_TEXT, "its symbol", NULL },
	{ "withdrawable", "In the vault", FIELD_AMOUNT, "before this command", NULL },
	{ "replaced", "Replaced", FIELD_AMOUNT, "the request that was replaced; null: none", NULL },
	{ "unlocks_at", "Unlocks at", FIELD_TIME,
	  "when the request can be finalized, as the vault's waiting time is now", NULL },
	{ "retry_at", NULL, FIELD_TIME, "exit 39: when to try again", NULL },
	{ "withdrawn", "Withdrawn", FIELD_AMOUNT, "finalize: what the vault's event says it paid", NULL },
	{ 0 },
};

static const struct param request_params[] = {
	ARG(struct withdraw, amount, "AMOUNT", "how much, with its unit: 5usdc, 0.01eth"),
	GROUP("Withdrawal"),
	OPT(struct withdraw, asset, "asset", 0, "ASSET",
	    "symbol or address, where the unit does not tell"),
	OPT(struct withdraw, with_obligations, "force-with-open-obligations", 0, NULL,
	    "request also what open guarantees lean on"),
	OPTX(struct withdraw, move.wait, "wait", 0, "UNTIL", "when to be done: in a block (mined), or sent",
	     .choices = "mined|sent"),
	MOVE_PARAMS(struct withdraw),
	{ 0 },
};

static const struct param other_params[] = {
	GROUP("Withdrawal"),
	OPT(struct withdraw, asset, "asset", 0, "ASSET",
	    "symbol or address; without it the one that was requested"),
	OPTX(struct withdraw, move.wait, "wait", 0, "UNTIL", "when to be done: in a block (mined), or sent",
	     .choices = "mined|sent"),
	MOVE_PARAMS(struct withdraw),
	{ 0 },
};
/* clang-format on */

static void put_amount(struct app *app, const char *field, const struct fm_u256 *base,
		       const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(base, asset);

	out_amount(app->out, field, &amount);
}

static void put_owed(struct app *app, const struct fm_holding *h)
{
	struct fm_u256 owed = h->outstanding;

	if (h->core_known && !fm_u256_add(&owed, &h->core_locked, &h->in_doubt))
		owed = h->core_locked;
	put_amount(app, "owed", &owed, &h->asset);
}

static void put_row(struct app *app, const struct fm_position *p,
		    const struct fm_holding *h)
{
	out_row(app->out, "withdrawals");
	out_text(app->out, "asset", h->asset.symbol);
	put_amount(app, "withdrawable", &h->withdrawable, &h->asset);
	if (h->requested_s) {
		put_amount(app, "requested", &h->requested, &h->asset);
		out_time(app->out, "requested_at", h->requested_s);
		out_when(app->out, "unlocks_at", h->unlock_s);
		out_bool(app->out, "unlocked", p->chain_now_s >= h->unlock_s);
	}
	put_owed(app, h);
	out_end(app->out);
}

static enum fm_code status_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct fm_network *network = app_network(app);
	struct fm_position *p = calloc(1, sizeof(*p));
	char caip2[FM_CAIP2_TEXT];
	enum fm_code rc;

	(void)args;
	if (!p)
		return fm_nomem(err);
	rc = fm_position_read(p, app->client, network->chain_id, &app->wallet.address,
			      app_look(app), err);
	fm_caip2_text(caip2, network->chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
	if (!rc) {
		out_address(app->out, "vault", &p->vault);
		out_bool(app->out, "paused", p->paused);
		out_duration(app->out, "wait_seconds", p->grace_s);
		out_time(app->out, "chain_time", p->chain_now_s);
		out_bool(app->out, "locked_known", p->signed_in);
	}
	for (size_t i = 0; !rc && i < p->count; i++)
		if (p->holdings[i].requested_s ||
		    !fm_u256_is_zero(&p->holdings[i].withdrawable))
			put_row(app, p, &p->holdings[i]);
	if (!rc && !p->signed_in)
		out_note(app->out,
			 "What 4Mica Core has locked is unknown (needs sign-in); "
			 "owed is what this ledger knows.");
	free(p);
	return rc;
}

/* ---- request, cancel, finalize ---- */

static void put_end(struct move *move, const struct fm_holding *h,
		    const struct fm_withdraw *wish, enum fm_code rc)
{
	const struct fm_position *p = move->position;
	const struct fm_moved *moved = &move->moved;
	struct app *app = move->app;

	if (!h)
		return;
	out_text(app->out, "asset", h->asset.symbol);
	put_amount(app, "withdrawable", &h->withdrawable, &h->asset);
	if (rc == FM_E_NOT_YET && h->requested_s)
		out_when(app->out, "retry_at", h->unlock_s);
	if (rc)
		return;
	if (wish->kind == FM_OP_WITHDRAW_REQUEST) {
		if (h->requested_s)
			put_amount(app, "replaced", &h->requested, &h->asset);
		out_when(app->out, "unlocks_at",
			 (moved->requested_s ? moved->requested_s : p->chain_now_s) +
				 p->grace_s);
		out_note(app->out,
			 "From now on this amount backs no new guarantees. When it is "
			 "unlocked: fourmica withdraw finalize --asset %s",
			 h->asset.symbol);
	}
	if (wish->kind == FM_OP_WITHDRAW_FINALIZE && moved->has_effect)
		put_amount(app, "withdrawn", &moved->effect, &h->asset);
	if (wish->kind == FM_OP_WITHDRAW_FINALIZE && moved->has_effect &&
	    h->requested_s && fm_u256_cmp(&moved->effect, &h->requested) < 0)
		out_warn(app->out, "less was paid than requested: the vault held no more "
				   "for this wallet");
}

/** The asset the command came to be about. */
static const struct fm_holding *about(const struct move *move, enum fm_code rc)
{
	const struct fm_position *p = move->position;
	const struct fm_holding *only = NULL;

	if (move->moved.op.id[0] || move->app->opt.dry_run)
		return fm_position_of(p, &move->moved.op.asset);
	for (size_t i = 0; rc == FM_E_NOT_YET && i < p->count; i++)
		if (p->holdings[i].requested_s && !only)
			only = &p->holdings[i];
	return only;
}

static enum fm_code run(struct app *app, const struct withdraw *args,
			enum fm_op_kind kind, const char *verb, struct fm_err *err)
{
	struct fm_position *position = calloc(1, sizeof(*position));
	struct fm_withdraw wish = { .kind = kind,
				    .asset = args->asset,
				    .quantity = args->amount,
				    .with_obligations = args->with_obligations };
	const struct fm_holding *h;
	struct move move;
	enum fm_code rc;

	if (!position)
		return fm_nomem(err);
	rc = move_make(&move, app, &args->move, verb, err);
	move.position = position;
	wish.chain_id = move.network->chain_id;
	if (!rc)
		rc = fm_withdraw(&move.moved, position, app->client, &wish, &move.options,
				 err);
	h = about(&move, rc);
	move_report(&move, rc);
	put_end(&move, h, &wish, rc);
	move_clear(&move);
	free(position);
	return rc;
}

static enum fm_code request_run(struct app *app, const void *args, struct fm_err *err)
{
	return run(app, args, FM_OP_WITHDRAW_REQUEST, "request", err);
}

static enum fm_code cancel_run(struct app *app, const void *args, struct fm_err *err)
{
	return run(app, args, FM_OP_WITHDRAW_CANCEL, "cancel", err);
}

static enum fm_code finalize_run(struct app *app, const void *args, struct fm_err *err)
{
	return run(app, args, FM_OP_WITHDRAW_FINALIZE, "finalize", err);
}

/* ---- the table ---- */

#define LOOKS (NEED_WALLET | NEED_LEDGER | NEED_HTTP)
#define MOVES (NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND)

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica withdraw request 5usdc", "ask for it back" },
	{ "fourmica withdraw", "how much, and from when" },
	{ "fourmica withdraw finalize", "after the wait: out of the vault" },
	{ 0 },
};
/* clang-format on */

static const struct cmd withdraw_status_cmd = {
	.name = "status",
	.summary = "show withdrawal requests and when they unlock",
	.fields = status_fields,
	.needs = LOOKS,
	.run = status_run,
};

static const struct cmd withdraw_request_cmd = {
	.name = "request",
	.summary = "ask the vault for collateral back",
	.details =
		"A request for an asset that already has one replaces it: the amount is the "
		"new one, nothing is added up, and the wait starts again. That is asked "
		"about first; --yes says so beforehand.\n\n"
		"The vault knows nothing of guarantees. What would no longer cover those "
		"that are open is refused with exit 30; --force-with-open-obligations "
		"requests it all the same.",
	.params = request_params,
	.size = sizeof(struct withdraw),
	.fields = fields,
	.needs = MOVES,
	.run = request_run,
};

static const struct cmd withdraw_cancel_cmd = {
	.name = "cancel",
	.summary = "take a request back; the collateral counts again",
	.params = other_params,
	.size = sizeof(struct withdraw),
	.fields = fields,
	.needs = MOVES,
	.run = cancel_run,
};

static const struct cmd withdraw_finalize_cmd = {
	.name = "finalize",
	.summary = "take unlocked collateral out of the vault",
	.details =
		"Before the time nothing is sent: exit 39, and retry_at says when. The vault "
		"pays what was requested, or less when it no longer holds that much; the "
		"amount shown is the one in its event.",
	.params = other_params,
	.size = sizeof(struct withdraw),
	.fields = fields,
	.needs = MOVES,
	.run = finalize_run,
};

static const struct cmd *const subs[] = {
	&withdraw_status_cmd,
	&withdraw_request_cmd,
	&withdraw_cancel_cmd,
	&withdraw_finalize_cmd,
	NULL,
};

const struct cmd cmd_withdraw = {
	.name = "withdraw",
	.summary = "get collateral back out of the 4Mica vault",
	.details =
		"Collateral comes back in two steps, because guarantees given before must be "
		"settled first: a request, then, after the vault's waiting time (22 days as "
		"4Mica deploys it), finalize. In between it backs no new guarantees. The time "
		"is read from the vault whenever it is shown, for it can change.\n\n"
		"The emergency stop does not hold for withdrawals.",
	.subs = subs,
	.bare = "status",
	.examples = examples,
};
