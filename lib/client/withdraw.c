/* SPDX-License-Identifier: MIT */
/* Withdrawing: request, cancel, finalize. A second request replaces the first and starts its wait
 * anew; the vault knows nothing of guarantees, so what they lean on is watched over here. Rules:
 * contracts.md, 1 (facts 2 to 5), 2 and 6. The emergency stop does not hold for it: Decision 8. */
#include "client/position.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct withdrawing {
	struct fm_mover m;
	struct fm_position *position;
	const struct fm_withdraw *wish;
	const struct fm_holding *h;
	struct fm_u256 amount;
};

static struct fm_revert_context context_of(const struct withdrawing *w)
{
	return (struct fm_revert_context){ .asset = &w->h->asset,
					   .asked = &w->amount,
					   .available = &w->h->withdrawable,
					   .unlock_s = w->h->unlock_s,
					   .now_s = w->position->chain_now_s };
}

static enum fm_code say(const struct withdrawing *w, enum fm_revert revert,
			struct fm_err *err)
{
	const struct fm_revert_context context =
		w->h ? context_of(w) : (struct fm_revert_context){ 0 };

	return fm_revert_say(err, FM_E_REVERT, &context, revert, NULL, 0);
}

/* ---- which asset ---- */

/** Without --asset: the one there is a request for. */
static enum fm_code requested_asset(struct withdrawing *w, struct fm_err *err)
{
	w->h = NULL;
	for (size_t i = 0; i < w->position->count; i++) {
		const struct fm_holding *h = &w->position->holdings[i];

		if (!h->requested_s)
			continue;
		if (w->h) {
			fm_fail(err, FM_E_USAGE,
				"there are withdrawal requests for several assets");
			return fm_hint(err, "name one with --asset");
		}
		w->h = h;
	}
	if (w->h)
		return FM_OK;
	return say(w, w->position->paused ? FM_REVERT_PAUSED : FM_REVERT_NO_REQUEST, err);
}

static enum fm_code find_asset(struct withdrawing *w, struct fm_err *err)
{
	const struct fm_withdraw *wish = w->wish;

	if (wish->kind == FM_OP_WITHDRAW_REQUEST) {
		enum fm_code rc = fm_position_asset(&w->h, &w->amount, w->position,
						    wish->asset, &wish->quantity, err);

		if (!rc && fm_u256_is_zero(&w->amount)) {
			fm_fail(err, FM_E_USAGE, "the amount is zero");
			return fm_hint(err, "give an amount above zero");
		}
		return rc;
	}
	if (wish->asset)
		return fm_position_asset(&w->h, NULL, w->position, wish->asset, NULL,
					 err);
	return requested_asset(w, err);
}

/* ---- what speaks against it ---- */

/** What guarantees lean on, as far as it is known here. */
static struct fm_u256 owed(const struct fm_holding *h)
{
	struct fm_u256 sum;

	if (!h->core_known)
		return h->outstanding;
	if (!fm_u256_add(&sum, &h->core_locked, &h->in_doubt))
		return h->core_locked;
	return sum;
}

static enum fm_code obligations(const struct withdrawing *w, struct fm_err *err)
{
	char stays_text[FM_AMOUNT_TEXT], owed_text[FM_AMOUNT_TEXT];
	struct fm_u256 stays = w->h->withdrawable, lean = owed(w->h);
	struct fm_amount amount;

	if (w->wish->with_obligations || !fm_u256_sub(&stays, &stays, &w->amount) ||
	    fm_u256_cmp(&stays, &lean) >= 0)
		return FM_OK;
	amount = fm_amount_of(&stays, &w->h->asset);
	fm_amount_text(stays_text, &amount);
	amount = fm_amount_of(&lean, &w->h->asset);
	fm_amount_text(owed_text, &amount);
	fm_fail(err, FM_E_APPROVAL,
		"%s would stay, but guarantees for %s are open%s; what they are not "
		"covered for is a default",
		stays_text, owed_text,
		w->h->core_known ? "" : " as far as this ledger knows");
	fm_rule(err, "open-obligations");
	return fm_hint(err, "wait for their cycles, or add "
			    "--force-with-open-obligations");
}

static enum fm_code preflight(const struct withdrawing *w, struct fm_err *err)
{
	const struct fm_holding *h = w->h;
	bool request = w->wish->kind == FM_OP_WITHDRAW_REQUEST;

	if (!h->listed) {
		const struct fm_revert_context context = context_of(w);
		const struct fm_abi_value asset = fm_abi_of_addr(&h->asset.address);

		return fm_revert_say(err, FM_E_REVERT, &context,
				     FM_REVERT_UNSUPPORTED_ASSET, &asset, 1);
	}
	if (w->position->paused)
		return say(w, FM_REVERT_PAUSED, err);
	if (request && fm_u256_cmp(&w->amount, &h->withdrawable) > 0)
		return say(w, FM_REVERT_AVAILABLE, err);
	if (request)
		return obligations(w, err);
	if (!h->requested_s)
		return say(w, FM_REVERT_NO_REQUEST, err);
	if (w->wish->kind == FM_OP_WITHDRAW_FINALIZE &&
	    w->position->chain_now_s < h->unlock_s)
		return say(w, FM_REVERT_GRACE, err);
	return FM_OK;
}

/* ---- what an earlier process left ---- */

static bool left_behind(void *ctx, const struct fm_op *op)
{
	struct withdrawing *w = ctx;
	const struct fm_holding *h = fm_position_of(w->position, &op->asset);

	if (op->kind != w->wish->kind || op->note[0] || !h ||
	    fm_ledger_op_alive(w->m.ledger, op))
		return true;
	w->h = h;
	return false;
}

/** Cancelling and finalizing leave no request to find the asset by: one that was done and not told
 *  is looked for first. */
static enum fm_code find_left(struct withdrawing *w, struct fm_err *err)
{
	const struct fm_op_filter filter = { .payer = &w->m.client->config.payer,
					     .chain_id = w->wish->chain_id,
					     .untold = true };

	if (w->wish->kind == FM_OP_WITHDRAW_REQUEST || w->wish->asset || !w->m.ledger)
		return FM_OK;
	return fm_ledger_op_each(w->m.ledger, &filter, SIZE_MAX, left_behind, w, err);
}

/* ---- the transaction ---- */

/** ETH has functions of its own without the asset. */
static bool put_call(struct fm_step *step, const struct withdrawing *w)
{
	static const struct {
		enum fm_op_kind kind;
		enum fm_fn ether, token;
		bool amount;
	} calls[] = {
		{FM_OP_WITHDRAW_REQUEST,	  FM_FN_REQUEST,	 FM_FN_REQUEST_OF,  true },
		{ FM_OP_WITHDRAW_CANCEL,	 FM_FN_CANCEL,   FM_FN_CANCEL_OF,	false},
		{ FM_OP_WITHDRAW_FINALIZE, FM_FN_FINALIZE, FM_FN_FINALIZE_OF, false},
	};
	const struct fm_abi_value asset = fm_abi_of_addr(&w->h->asset.address),
				  amount = fm_abi_of_u256(&w->amount);
	struct fm_abi_value args[2];
	bool ether = fm_addr_is_zero(&w->h->asset.address);
	size_t count = 0, i = 0;

	fm_step_init(step, fm_move_purpose(w->wish->kind), &w->position->vault);
	step->context = context_of(w);
	while (calls[i].kind != w->wish->kind)
		i++;
	if (!ether)
		args[count++] = asset;
	if (calls[i].amount)
		args[count++] = amount;
	return fm_fn_calldata(&step->data, ether ? calls[i].ether : calls[i].token, args,
			      count);
}

static enum fm_code make(struct withdrawing *w, struct fm_err *err)
{
	struct fm_step step;
	enum fm_code rc = put_call(&step, w) ? fm_mover_step(&w->m, &step, true, err)
					     : fm_nomem(err);

	fm_step_clear(&step);
	return rc;
}

static enum fm_code run(struct withdrawing *w, unsigned look, struct fm_err *err)
{
	struct fm_client *client = w->m.client;
	struct fm_op *op = &w->m.moved->op;
	bool ended = false;
	enum fm_code rc = fm_position_read(w->position, client, w->wish->chain_id,
					   &client->config.payer, look, err);

	if (rc)
		return fm_move_unread(rc, err);
	rc = find_left(w, err);
	if (!rc && !w->h)
		rc = find_asset(w, err);
	if (rc || !w->h)
		return rc;
	assert(w->h);
	op->kind = w->wish->kind;
	op->asset = w->h->asset.address;
	op->amount = w->amount;
	op->target = w->position->vault;
	fm_policy_hash(&op->policy_hash, client->config.policy);
	w->m.moved->asset = w->h->asset;
	w->m.moved->steps = 1;
	rc = fm_mover_begin(&w->m, &ended, NULL, NULL, 0, err);
	if (rc || ended)
		return rc;
	rc = preflight(w, err);
	return rc ? fm_mover_refuse(&w->m, rc) : make(w, err);
}

enum fm_code fm_withdraw(struct fm_moved *moved, struct fm_position *position,
			 struct fm_client *client, const struct fm_withdraw *wish,
			 const struct fm_move_options *options, struct fm_err *err)
{
	struct withdrawing w = { .position = position, .wish = wish };
	/* What guarantees lean on is Core's to say. */
	unsigned look = wish->kind == FM_OP_WITHDRAW_REQUEST
				? FM_LOOK_CHAIN | FM_LOOK_CORE | FM_LOOK_SIGN_IN
				: FM_LOOK_CHAIN;
	enum fm_code rc =
		fm_mover_open(&w.m, client, wish->chain_id, options, moved, false, err);

	if (!rc)
		rc = run(&w, look, err);
	fm_mover_close(&w.m);
	return rc;
}
