/* SPDX-License-Identifier: MIT */
/* Depositing: what is checked before, and the transactions it takes. A token's deposit pulls from
 * the wallet, so the vault needs an allowance first; exactly what is deposited unless told
 * otherwise. Rules: contracts.md, 1, 2 and 6; design, Decisions 2, 8 and 11. */
#include "client/mover.h"
#include "client/position.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYNC_MS (30 * 60 * 1000)
#define SYNC_FIRST_MS 500  /* then twice as long each time ... */
#define SYNC_MOST_MS 15000 /* ... up to this */

struct depositing {
	struct fm_mover m;
	struct fm_position *position;
	const struct fm_deposit *wish;
	const struct fm_holding *h;
	struct fm_u256 amount, allowance; /* wanted for the vault */
	struct fm_ask ask;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t check_count;
};

static bool is_ether(const struct fm_holding *h)
{
	return fm_addr_is_zero(&h->asset.address);
}

static struct fm_revert_context context_of(const struct depositing *d)
{
	return (struct fm_revert_context){ .fn = is_ether(d->h) ? FM_FN_DEPOSIT
								: FM_FN_DEPOSIT_TOKEN,
					   .payer = &d->position->who,
					   .asset = &d->h->asset,
					   .asked = &d->amount,
					   .available = &d->h->wallet };
}

/* ---- before anything ---- */

static enum fm_code judge(struct depositing *d, struct fm_client *client,
			  struct fm_err *err)
{
	d->ask = (struct fm_ask){ .of = FM_MONEY_DEPOSIT,
				  .chain_id = d->wish->chain_id,
				  .asset = &d->h->asset,
				  .amount = d->amount,
				  .origin = "",
				  .route = "",
				  .task = "",
				  .scheme = "" };
	return fm_policy_judge(client->config.policy, &d->ask, d->checks, &d->check_count,
			       err) == FM_ALLOW
		       ? fm_client_accepted(client, err)
		       : err->code;
}

static enum fm_code find_asset(struct depositing *d, struct fm_err *err)
{
	enum fm_code rc = fm_position_asset(&d->h, &d->amount, d->position,
					    d->wish->asset, &d->wish->quantity, err);

	if (!rc && fm_u256_is_zero(&d->amount)) {
		fm_fail(err, FM_E_USAGE, "the amount is zero");
		return fm_hint(err, "give an amount above zero");
	}
	if (rc || d->wish->approve != FM_APPROVE_AMOUNT)
		return rc;
	return fm_quantity_resolve(&d->allowance, &d->wish->allowance, &d->h->asset, err);
}

/** "SPENDER or holder OWNER has HAVE and needs NEED", as tokens say it. */
static enum fm_code too_little(struct fm_err *err, const struct depositing *d,
			       enum fm_revert revert, const struct fm_addr *who,
			       const struct fm_u256 *have)
{
	const struct fm_revert_context context = context_of(d);
	const struct fm_abi_value args[] = { fm_abi_of_addr(who), fm_abi_of_u256(have),
					     fm_abi_of_u256(&d->amount) };

	return fm_revert_say(err, FM_E_REVERT, &context, revert, args, 3);
}

/** What the vault and the token would refuse, told before it costs gas. */
static enum fm_code preflight(const struct depositing *d, struct fm_err *err)
{
	const struct fm_revert_context context = context_of(d);
	const struct fm_holding *h = d->h;
	const struct fm_abi_value asset = fm_abi_of_addr(&h->asset.address);

	if (!h->listed)
		return fm_revert_say(err, FM_E_REVERT, &context,
				     FM_REVERT_UNSUPPORTED_ASSET, &asset, 1);
	if (d->position->paused)
		return fm_revert_say(err, FM_E_REVERT, &context, FM_REVERT_PAUSED, NULL,
				     0);
	if (!h->accepted)
		return fm_revert_say(err, FM_E_REVERT, &context, FM_REVERT_NO_AAVE, NULL,
				     0);
	if (fm_u256_cmp(&h->wallet, &d->amount) < 0)
		return too_little(err, d, FM_REVERT_BALANCE, &d->position->who,
				  &h->wallet);
	if (!is_ether(h) && d->wish->approve == FM_APPROVE_NONE &&
	    fm_u256_cmp(&h->allowance, &d->amount) < 0)
		return too_little(err, d, FM_REVERT_ALLOWANCE, &d->position->vault,
				  &h->allowance);
	return FM_OK;
}

/* ---- steps ---- */

static bool put_deposit(struct fm_step *step, const struct depositing *d)
{
	const struct fm_abi_value args[] = { fm_abi_of_addr(&d->h->asset.address),
					     fm_abi_of_u256(&d->amount) };

	fm_step_init(step, fm_move_purpose(FM_OP_DEPOSIT), &d->position->vault);
	step->context = context_of(d);
	if (!is_ether(d->h))
		return fm_fn_calldata(&step->data, FM_FN_DEPOSIT_TOKEN, args, 2);
	step->value = d->amount;
	return fm_fn_calldata(&step->data, FM_FN_DEPOSIT, NULL, 0);
}

static struct fm_approving approving(const struct depositing *d)
{
	return (struct fm_approving){
		.asset = &d->h->asset,
		.spender = d->position->vault,
		.have = d->h->allowance,
		.need = d->amount,
		.want = d->wish->approve == FM_APPROVE_EXACT ? d->amount : d->allowance,
		.context = context_of(d),
	};
}

static enum fm_code approve(struct depositing *d, struct fm_err *err)
{
	const struct fm_approving a = approving(d);

	if (!is_ether(d->h) && fm_u256_cmp(&a.have, &a.need) < 0 &&
	    fm_u256_cmp(&a.want, &a.need) < 0) {
		fm_fail(err, FM_E_USAGE, "--approve is less than the deposit");
		fm_hint(err, "give exact, or at least what is deposited");
		return fm_mover_refuse(&d->m, FM_E_USAGE);
	}
	return fm_mover_approve(&d->m, &a, err);
}

static enum fm_code deposit(struct depositing *d, struct fm_err *err)
{
	struct fm_step step;
	enum fm_code rc;

	/* Without the approval on chain the deposit cannot be tried. */
	if (d->m.client->config.dry_run && d->m.moved->steps > 1)
		return FM_OK;
	rc = put_deposit(&step, d) ? fm_mover_step(&d->m, &step, true, err)
				   : fm_nomem(err);
	fm_step_clear(&step);
	return rc;
}

/* ---- until Core counts it ---- */

/** Does Core count what is in the vault? FM_OK and false: not yet, or it did not say. */
static enum fm_code core_counts(bool *yes, struct depositing *d, struct fm_position *p,
				struct fm_err *err)
{
	char total[FM_AMOUNT_TEXT], capacity[FM_AMOUNT_TEXT];
	struct fm_moved *moved = d->m.moved;
	const struct fm_holding *h;
	struct fm_amount amount;
	enum fm_code rc =
		fm_position_read(p, d->m.client, d->wish->chain_id,
				 &d->m.client->config.payer,
				 FM_LOOK_CHAIN | FM_LOOK_CORE | FM_LOOK_SIGN_IN, err);

	*yes = false;
	if (rc)
		return rc;
	h = fm_position_of(p, &moved->op.asset);
	if (!h || !h->core_known) {
		snprintf(moved->why_not, sizeof(moved->why_not), "%.199s",
			 !p->core_asked	      ? "no 4Mica Core is known for this network"
			 : p->core_error.code ? p->core_error.msg
					      : "4Mica Core did not say");
		return FM_OK;
	}
	*yes = fm_u256_cmp(&h->core_total, &h->capacity) >= 0;
	amount = fm_amount_of(&h->core_total, &h->asset);
	fm_amount_text(total, &amount);
	amount = fm_amount_of(&h->capacity, &h->asset);
	fm_amount_text(capacity, &amount);
	snprintf(moved->why_not, sizeof(moved->why_not),
		 "4Mica Core counts %.80s of %.80s in the vault", total, capacity);
	fm_client_event(d->m.client, "syncing", "%s", moved->why_not);
	return FM_OK;
}

/** Whatever keeps Core, the deposit is done: only when its block is gone there is an error. */
static enum fm_code wait_for_core(struct depositing *d, struct fm_err *err)
{
	const struct fm_clock *clock = d->m.client->config.clock;
	int64_t wait = d->m.options->wait_ms ? d->m.options->wait_ms : SYNC_MS;
	int64_t until = fm_steady_ms(clock) + wait, pause = SYNC_FIRST_MS;
	struct fm_position *p = calloc(1, sizeof(*p));
	struct fm_moved *moved = d->m.moved;
	enum fm_code rc = p ? FM_OK : fm_nomem(err);

	while (!rc && !moved->synced) {
		struct fm_err why;

		fm_err_init(&why);
		rc = core_counts(&moved->synced, d, p, &why);
		if (rc)
			snprintf(moved->why_not, sizeof(moved->why_not), "%.199s",
				 why.msg);
		/* In this order: Core may have counted a block that is gone since. */
		fm_err_init(&why);
		rc = fm_mover_confirm(&d->m, &why);
		if (rc == FM_E_TX_PENDING || rc == FM_E_REVERTED) {
			moved->synced = false;
			*err = why;
			break;
		}
		rc = FM_OK;
		if (moved->synced || fm_steady_ms(clock) >= until ||
		    !fm_chain_pause(&d->m.chain, pause))
			break;
		pause = pause * 2 < SYNC_MOST_MS ? pause * 2 : SYNC_MOST_MS;
	}
	if (moved->synced)
		moved->why_not[0] = '\0';
	free(p);
	return rc;
}

/* ---- all of it ---- */

static enum fm_code read_position(struct depositing *d, struct fm_client *client,
				  struct fm_err *err)
{
	enum fm_code rc = fm_position_read(d->position, client, d->wish->chain_id,
					   &client->config.payer, FM_LOOK_CHAIN, err);

	if (rc)
		return fm_move_unread(rc, err);
	rc = find_asset(d, err);
	return rc ? rc : judge(d, client, err);
}

static enum fm_code run(struct depositing *d, struct fm_err *err)
{
	struct fm_op *op = &d->m.moved->op;
	bool ended = false;
	enum fm_code rc = read_position(d, d->m.client, err);

	if (rc)
		return rc;
	op->kind = FM_OP_DEPOSIT;
	op->asset = d->h->asset.address;
	op->amount = d->amount;
	op->target = d->position->vault;
	fm_policy_hash(&op->policy_hash, d->m.client->config.policy);
	d->m.moved->asset = d->h->asset;
	d->m.moved->steps = 1;
	rc = fm_mover_begin(&d->m, &ended, &d->ask, d->checks, d->check_count, err);
	if (rc || ended)
		return rc;
	rc = preflight(d, err);
	if (rc)
		return fm_mover_refuse(&d->m, rc);
	rc = approve(d, err);
	return rc ? rc : deposit(d, err);
}

static void denied(const struct depositing *d, struct fm_client *client,
		   const struct fm_err *err)
{
	struct fm_denial denial = { .method = fm_op_word(FM_OP_DEPOSIT),
				    .has_terms = d->h != NULL,
				    .chain_id = d->wish->chain_id,
				    .pay_to = d->position->vault,
				    .amount = d->amount };

	if (d->h)
		denial.asset = d->h->asset.address;
	fm_client_denied(client, &denial, err);
}

enum fm_code fm_deposit(struct fm_moved *moved, struct fm_position *position,
			struct fm_client *client, const struct fm_deposit *wish,
			const struct fm_move_options *options, struct fm_err *err)
{
	struct depositing d = { .position = position, .wish = wish };
	/* What is refused anyway keeps nobody waiting and asks for no passphrase. */
	enum fm_code rc = read_position(&d, client, err);

	if (rc) {
		denied(&d, client, err);
		return rc;
	}
	rc = fm_mover_open(&d.m, client, wish->chain_id, options, moved, true, err);
	if (!rc)
		rc = run(&d, err);
	if (rc && !moved->op.created_ms)
		denied(&d, client, err);
	if (d.h) {
		const struct fm_approving a = approving(&d);

		fm_mover_name_allowance(&d.m, &a);
	}
	fm_mover_close(&d.m);
	if (!rc && options->wait == FM_WAIT_SYNCED && !client->config.dry_run)
		rc = wait_for_core(&d, err);
	return rc;
}
