/* SPDX-License-Identifier: MIT */
/* Paying a net debit, claiming a net credit, marking a defaulter, finalizing a cycle. What is signed
 * was compared with the chain under the wallet's lock, so that of two who want the same the second
 * finds it done. Rules: contracts.md, 3 and 6; design, Decisions 2, 8 and 11. */
#include "client/cycle.h"

#include <fourmica/cycle_audit.h>

#include "evm/revert.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FUNDED_MS (30 * 60 * 1000)
#define FUNDED_FIRST_MS 500  /* then twice as long each time ... */
#define FUNDED_MOST_MS 15000 /* ... up to this */
#define AGAIN_MS 30000	     /* for a block with what another machine sent */
#define AGAIN_PAUSE_MS 500

struct moving {
	struct fm_mover m;
	struct fm_cycle_look look;
	struct fm_ask ask;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t check_count;
};

static bool pays(const struct moving *v)
{
	return v->look.wish->kind == FM_OP_PAY_DEBIT;
}

static bool is_dry(const struct moving *v)
{
	return v->look.client->config.dry_run;
}

/* ---- may it be? ---- */

static enum fm_code within_max(const struct moving *v, struct fm_err *err)
{
	const struct fm_cycle_wish *wish = v->look.wish;
	const struct fm_cycle_side *side = v->look.side;
	char amount[FM_AMOUNT_TEXT], most[FM_AMOUNT_TEXT];
	struct fm_amount shown;
	struct fm_u256 max = wish->max ? *wish->max : side->amount;
	enum fm_code rc = FM_OK;

	if (!wish->max && wish->max_amount)
		rc = fm_quantity_resolve(&max, wish->max_amount, &side->asset, err);
	if (rc)
		fm_within(err, "--max-amount");
	if (rc || fm_u256_cmp(&side->amount, &max) <= 0)
		return rc;
	shown = fm_amount_of(&side->amount, &side->asset);
	fm_amount_text(amount, &shown);
	shown = fm_amount_of(&max, &side->asset);
	fm_amount_text(most, &shown);
	fm_fail(err, FM_E_OVER_LIMIT, "the net debit is %s, --max-amount allows %s",
		amount, most);
	fm_rule(err, "max-amount");
	return fm_hint(err, "compare it first: fourmica cycles audit %s", side->ref.text);
}

/** Clearing payments have limits of their own: Decision 2. */
static enum fm_code judge(struct moving *v, struct fm_err *err)
{
	const struct fm_cycle_side *side = v->look.side;
	struct fm_client *client = v->look.client;

	v->ask = (struct fm_ask){ .of = FM_MONEY_CLEARING,
				  .chain_id = v->look.wish->chain_id,
				  .asset = &side->asset,
				  .amount = side->amount,
				  .origin = "",
				  .route = "",
				  .task = "",
				  .scheme = "" };
	if (fm_policy_judge(client->config.policy, &v->ask, v->checks, &v->check_count,
			    err) != FM_ALLOW)
		return err->code;
	return fm_client_accepted(client, err);
}

/** Does the debit follow from what this wallet signed and received? */
static enum fm_code audit(struct moving *v, struct fm_err *err)
{
	const struct fm_net charged = { .amount = v->look.side->amount };
	struct fm_client *client = v->look.client;
	uint64_t chain_id = v->look.wish->chain_id;
	struct fm_cycle_audit found;
	struct fm_err *why = &v->look.side->difference;
	enum fm_code rc = fm_cycle_compare(&found, client, chain_id, &v->look.side->ref,
					   &charged, err);

	if (rc)
		return rc;
	fm_err_init(why);
	rc = fm_cycle_audit_verdict(&found, client, chain_id, why);
	if (!rc || found.difference.credit || v->look.wish->accept_difference)
		return FM_OK;
	*err = *why;
	return rc;
}

static enum fm_code allowed(struct moving *v, struct fm_err *err)
{
	enum fm_code rc;

	if (!pays(v))
		return FM_OK;
	rc = within_max(v, err);
	if (!rc)
		rc = judge(v, err);
	return rc ? rc : audit(v, err);
}

/* ---- waiting for funds ---- */

static bool worth_waiting(const struct moving *v, enum fm_code rc)
{
	return rc == FM_E_NOT_YET && v->look.wish->wait_funded &&
	       v->look.wish->kind == FM_OP_CLAIM_CREDIT;
}

/** Claims are paid out of what debtors paid in: ask again until there is enough. */
static enum fm_code until_ready(struct moving *v, struct fm_err *err)
{
	const struct fm_client *client = v->look.client;
	const struct fm_clock *clock = client->config.clock;
	int64_t wait = v->look.wish->wait_ms ? v->look.wish->wait_ms : FUNDED_MS;
	int64_t until = fm_steady_ms(clock) + wait, pause = FUNDED_FIRST_MS;
	enum fm_code rc;

	for (;;) {
		struct fm_err why;

		fm_err_init(&why);
		rc = fm_cycle_ready(&v->look, &why);
		if (rc)
			*err = why;
		if (!worth_waiting(v, rc) || fm_steady_ms(clock) >= until)
			return rc;
		fm_client_event(client, "waiting", "%s", why.msg);
		if (!fm_chain_pause(&v->look.chain, pause))
			return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
		pause = pause * 2 < FUNDED_MOST_MS ? pause * 2 : FUNDED_MOST_MS;
		rc = fm_cycle_see(&v->look, err);
		if (rc || v->look.side->done)
			return rc;
	}
}

/* ---- the operation ---- */

/** What tells it from others of its kind. A text id ends with the cycle's start; of a default it is the
 *  start and the debtor, for both addresses would not fit, and the asset is the operation's. */
static void put_note(char out[static FM_OP_NOTE], const struct fm_cycle_look *look)
{
	const struct fm_cycle_side *side = look->side;
	char debtor[FM_ADDR_TEXT], id[FM_HASH_TEXT];

	fm_addr_text(debtor, &side->who);
	fm_hash_text(id, &side->ref.id);
	if (look->wish->kind == FM_OP_MARK_DEFAULT)
		snprintf(out, FM_OP_NOTE, "%" PRIu64 "/%s", side->ref.start_s, debtor);
	else
		snprintf(out, FM_OP_NOTE, "%s", *side->ref.text ? side->ref.text : id);
}

static void put_op(struct moving *v)
{
	const struct fm_cycle_side *side = v->look.side;
	struct fm_moved *moved = v->m.moved;
	struct fm_op *op = &moved->op;

	op->kind = v->look.wish->kind;
	op->asset = side->asset.address;
	op->amount = side->amount;
	op->target = side->house;
	put_note(op->note, &v->look);
	fm_policy_hash(&op->policy_hash, v->look.client->config.policy);
	moved->asset = side->asset;
	moved->steps = 1;
}

/** One of the same kind and cycle that a dead process left, its end not told. */
struct left {
	struct fm_ledger *ledger;
	struct fm_op op; /* kind and note as wanted; then itself */
	bool found;
};

static bool left_behind(void *ctx, const struct fm_op *op)
{
	struct left *left = ctx;

	left->found = op->kind == left->op.kind && strcmp(op->note, left->op.note) == 0 &&
		      !fm_ledger_op_alive(left->ledger, op);
	if (left->found)
		left->op = *op;
	return !left->found;
}

static enum fm_code find_left(struct left *out, const struct moving *v,
			      struct fm_ledger *ledger, struct fm_err *err)
{
	const struct fm_op_filter filter = { .payer = &v->look.client->config.payer,
					     .chain_id = v->look.wish->chain_id,
					     .untold = true };

	*out = (struct left){ .ledger = ledger, .op.kind = v->look.wish->kind };
	put_note(out->op.note, &v->look);
	return ledger ? fm_ledger_op_each(ledger, &filter, SIZE_MAX, left_behind, out,
					  err)
		      : FM_OK;
}

/** It is done: by an earlier run whose end is told now, or by somebody else. Nothing is begun, and
 *  what was begun and is not needed any more is given up. */
static enum fm_code tell_left(struct moving *v, struct fm_err *err)
{
	struct left left;
	bool ended = false;
	enum fm_code rc = find_left(&left, v, v->m.ledger, err);

	if (rc || !left.found)
		return rc;
	v->m.moved->op = left.op;
	v->m.moved->asset = v->look.side->asset;
	rc = fm_mover_begin(&v->m, &ended, NULL, NULL, 0, err);
	return rc || ended ? rc : fm_mover_refuse(&v->m, FM_OK);
}

/** The house is what it was, or is kept from now on. */
static enum fm_code keep_house(struct moving *v, struct fm_err *err)
{
	const struct fm_cycle_side *side = v->look.side;
	char key[FM_CAIP2_TEXT], text[FM_ADDR_TEXT], other[FM_ADDR_TEXT];
	struct fm_pin_change change = { .kind = FM_HOUSE_PIN, .key = key };
	struct fm_addr now;
	bool done = false, known = false;
	enum fm_code rc;

	if (!side->house_new || is_dry(v))
		return FM_OK;
	fm_caip2_text(key, v->look.wish->chain_id);
	fm_addr_text(text, &side->house);
	change.after = fm_span_of(text);
	rc = fm_pin_change(&done, v->m.ledger, &change, 1, err);
	if (rc || done)
		return rc;
	rc = fm_cycle_house(&now, &known, v->look.client, v->look.wish->chain_id, err);
	if (rc || fm_addr_equal(&now, &side->house))
		return rc;
	fm_addr_text(other, &now);
	fm_fail(err, FM_E_CORE, "clearing action: contract_address is %s, not %s", text,
		other);
	fm_rule(err, "contract_address");
	return fm_hint(err, "nothing is sent; if the house moved, name the new one: "
			    "fourmica config set networks.NAME.clearing_house ADDRESS");
}

static bool put_call(struct fm_step *step, const struct moving *v)
{
	const struct fm_cycle_side *side = v->look.side;
	enum fm_op_kind kind = v->look.wish->kind;

	fm_step_init(step, fm_move_purpose(kind), &side->house);
	step->context = fm_cycle_context(&v->look);
	if (kind == FM_OP_FINALIZE_CYCLE)
		return fm_clearing_finalize_calldata(&step->data, &side->ref.id);
	if (pays(v) && fm_addr_is_zero(&side->asset.address))
		step->value = side->amount;
	return fm_clearing_calldata(&step->data, fm_cycle_verb(kind), &side->ref.id,
				    kind == FM_OP_MARK_DEFAULT ? &side->who : NULL,
				    &side->amount, &v->look.path);
}

static struct fm_approving approving(const struct moving *v)
{
	const struct fm_cycle_side *side = v->look.side;

	return (struct fm_approving){ .asset = &side->asset,
				      .spender = side->house,
				      .have = v->look.allowance,
				      .need = side->amount,
				      .want = side->amount,
				      .context = fm_cycle_context(&v->look) };
}

static enum fm_code make(struct moving *v, struct fm_err *err)
{
	const struct fm_approving a = approving(v);
	struct fm_step step;
	enum fm_code rc = pays(v) ? fm_mover_approve(&v->m, &a, err) : FM_OK;

	/* Without the approval on chain the payment cannot be tried. */
	if (rc || (is_dry(v) && v->m.moved->steps > 1))
		return rc;
	rc = put_call(&step, v) ? fm_mover_step(&v->m, &step, true, err)
				: fm_mover_refuse(&v->m, fm_nomem(err));
	fm_step_clear(&step);
	return rc;
}

/** Under the lock: look again, then begin. */
static enum fm_code run(struct moving *v, struct fm_err *err)
{
	bool ended = false;
	enum fm_code rc = fm_cycle_look_again(&v->look, err);

	if (!rc && v->look.side->done)
		return tell_left(v, err);
	if (!rc)
		rc = fm_cycle_ready(&v->look, err);
	if (!rc)
		rc = allowed(v, err);
	if (!rc)
		rc = keep_house(v, err);
	if (rc)
		return rc;
	put_op(v);
	rc = fm_mover_begin(&v->m, &ended, pays(v) ? &v->ask : NULL, v->checks,
			    pays(v) ? v->check_count : 0, err);
	return rc || ended ? rc : make(v, err);
}

/* ---- somebody else was first ---- */

static bool may_be_done(const struct moving *v, enum fm_code rc, const struct fm_err *err)
{
	const char *rules[] = { "AlreadyPaid", "AlreadyClaimed", "InvalidCycleStatus" };

	if (is_dry(v))
		return false;
	if (rc == FM_E_REVERTED || rc == FM_E_TX_PENDING)
		return true;
	for (size_t i = 0; rc == FM_E_REVERT && i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strncmp(err->rule, rules[i], strlen(rules[i])) == 0)
			return true;
	return false;
}

/** The state on chain decides: what another process or machine did is as good as done here. A pending
 *  block may know before the others do. */
static enum fm_code unless_done(struct moving *v, enum fm_code rc, struct fm_err *err)
{
	const struct fm_clock *clock = v->look.client->config.clock;
	int64_t until = fm_steady_ms(clock) + AGAIN_MS;
	bool waits = rc == FM_E_REVERT;
	struct fm_err ignored;

	if (!rc || !v->look.side->seen || !may_be_done(v, rc, err))
		return rc;
	do {
		fm_err_init(&ignored);
		if (!fm_cycle_see(&v->look, &ignored) && v->look.side->done) {
			v->m.moved->left_open =
				v->m.moved->op.state == FM_OP_OPEN && v->m.moved->count;
			fm_err_init(err);
			return FM_OK;
		}
	} while (waits && fm_steady_ms(clock) < until &&
		 fm_chain_pause(&v->look.chain, AGAIN_PAUSE_MS));
	return rc;
}

/* ---- all of it ---- */

/** What is refused anyway keeps nobody waiting; what is done already needs no key. */
static enum fm_code first_look(struct moving *v, struct fm_err *err)
{
	enum fm_code rc = fm_cycle_look(&v->look, err);

	if (!rc && !v->look.side->done)
		rc = until_ready(v, err);
	if (!rc && !v->look.side->done)
		rc = allowed(v, err);
	return rc;
}

/** Money that leaves is bound to one ledger; the stop does not hold for it. */
static enum fm_code open_mover(struct moving *v, struct fm_moved *moved,
			       const struct fm_move_options *options, struct fm_err *err)
{
	struct fm_client *client = v->look.client;
	uint64_t chain_id = v->look.wish->chain_id;
	enum fm_code rc = FM_OK;

	if (pays(v) && !client->config.dry_run)
		rc = fm_client_unlock_to_pay(client, chain_id, err);
	if (rc)
		return rc;
	return fm_mover_open(&v->m, client, chain_id, options, moved, false, err);
}

/** Done before this run began, and no earlier run waits to tell of it. */
static enum fm_code nothing_left(bool *yes, const struct moving *v, struct fm_err *err)
{
	struct fm_ledger *ledger = NULL;
	struct left left = { .found = false };
	enum fm_code rc;

	*yes = v->look.side->done;
	if (!*yes || is_dry(v))
		return FM_OK;
	rc = fm_client_ledger(&ledger, v->look.client, false, err);
	if (!rc)
		rc = find_left(&left, v, ledger, err);
	*yes = !rc && !left.found;
	return rc;
}

enum fm_code fm_cycle_move(struct fm_moved *moved, struct fm_cycle_side *side,
			   struct fm_client *client, const struct fm_cycle_wish *wish,
			   const struct fm_move_options *options, struct fm_err *err)
{
	struct moving v = {
		.look = {.wish = wish, .client = client, .side = side}
	};
	struct fm_approving a;
	bool over = false;
	enum fm_code rc;

	*side = (struct fm_cycle_side){ .seen = false };
	fm_chain_init(&v.look.chain, client, wish->chain_id);
	rc = first_look(&v, err);
	if (!rc)
		rc = nothing_left(&over, &v, err);
	if (rc || over)
		return rc;
	rc = open_mover(&v, moved, options, err);
	if (!rc)
		rc = run(&v, err);
	if (v.m.moved)
		rc = unless_done(&v, rc, err);
	a = approving(&v);
	if (v.m.moved && pays(&v))
		fm_mover_name_allowance(&v.m, &a);
	fm_mover_close(&v.m);
	return rc;
}
