/* SPDX-License-Identifier: MIT */
/* What the clearing house would refuse as things stand, in the contract's order and words, and what comes
 * too late to be sent. Time is the chain's; the clock of this machine has no part in it. contracts.md, 3
 * and 6. */
#include "client/cycle.h"

static enum fm_code wrong_status(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	const struct fm_abi_value args[] = {
		fm_abi_of_hash(&side->ref.id), fm_abi_of_u64((uint64_t)side->cycle.status)
	};

	return fm_cycle_say(look, FM_REVERT_CYCLE_STATUS, args, 2, err);
}

/** So late that the block with the payment may come after the deadline. */
static enum fm_code in_time(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	uint64_t now = (uint64_t)side->chain_now_s, by = side->cycle.pay_by_s;
	const struct fm_abi_value end = fm_abi_of_u64(by);
	char time[FM_TIME_TEXT];

	if (now > by)
		return fm_cycle_say(look, FM_REVERT_WINDOW_OVER, &end, 1, err);
	if (by - now >= (uint64_t)look->wish->margin_s)
		return FM_OK;
	fm_time_text(time, (int64_t)by);
	fm_fail(err, FM_E_REVERT,
		"the time to pay ends at %s, in %llu s; with less than %lld s left the "
		"payment may come too late and only cost its fee",
		time, (unsigned long long)(by - now), (long long)look->wish->margin_s);
	fm_rule(err, "deadline-margin");
	return fm_hint(err, "to try it all the same, add --late");
}

static enum fm_code enough_tokens(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	const struct fm_abi_value args[] = { fm_abi_of_addr(&side->who),
					     fm_abi_of_u256(&look->balance),
					     fm_abi_of_u256(&side->amount) };

	if (fm_addr_is_zero(&side->asset.address) ||
	    fm_u256_cmp(&look->balance, &side->amount) >= 0)
		return FM_OK;
	return fm_cycle_say(look, FM_REVERT_BALANCE, args, 3, err);
}

static enum fm_code can_pay(const struct fm_cycle_look *look, struct fm_err *err)
{
	enum fm_code rc;

	if (look->side->cycle.status != FM_CYCLE_OPEN)
		return wrong_status(look, err);
	rc = in_time(look, err);
	return rc ? rc : enough_tokens(look, err);
}

static enum fm_code can_claim(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	const struct fm_u256 liquid = fm_cycle_liquid(&side->cycle);
	const struct fm_abi_value args[] = { fm_abi_of_u256(&liquid),
					     fm_abi_of_u256(&side->amount) };

	if (side->cycle.status == FM_CYCLE_FINALIZED)
		return wrong_status(look, err);
	if (fm_u256_cmp(&liquid, &side->amount) >= 0)
		return FM_OK;
	return fm_cycle_say(look, FM_REVERT_UNFUNDED, args, 2, err);
}

static enum fm_code is_final(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	const struct fm_abi_value end = fm_abi_of_u64(side->cycle.final_at_s);

	if ((uint64_t)side->chain_now_s > side->cycle.final_at_s)
		return FM_OK;
	return fm_cycle_say(look, FM_REVERT_FINALITY, &end, 1, err);
}

static enum fm_code can_mark(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	const struct fm_abi_value args[] = { fm_abi_of_hash(&side->ref.id),
					     fm_abi_of_addr(&side->who) };

	if (side->cycle.status != FM_CYCLE_OPEN)
		return wrong_status(look, err);
	if (side->seat.paid)
		return fm_cycle_say(look, FM_REVERT_ALREADY_PAID, args, 2, err);
	return is_final(look, err);
}

/** "A of B": refused while the first is less. */
static enum fm_code all_of(const struct fm_cycle_look *look, enum fm_revert revert,
			   const struct fm_u256 *is, const struct fm_u256 *of,
			   struct fm_err *err)
{
	const struct fm_abi_value args[] = { fm_abi_of_u256(is), fm_abi_of_u256(of) };

	return fm_u256_cmp(is, of) >= 0 ? FM_OK
					: fm_cycle_say(look, revert, args, 2, err);
}

static enum fm_code can_finalize(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_state *c = &look->side->cycle;
	struct fm_u256 funded;
	enum fm_code rc = is_final(look, err);

	if (!fm_u256_add(&funded, &c->paid_in, &c->covered))
		funded = c->paid_in;
	if (!rc)
		rc = all_of(look, FM_REVERT_DEBT_OPEN, &c->resolved, &c->net_debit, err);
	if (!rc)
		rc = all_of(look, FM_REVERT_UNDERFUNDED, &funded, &c->net_credit, err);
	if (!rc)
		rc = all_of(look, FM_REVERT_CLAIMS_OPEN, &c->claimed_out, &c->net_credit,
			    err);
	return rc;
}

enum fm_code fm_cycle_ready(const struct fm_cycle_look *look, struct fm_err *err)
{
	enum fm_op_kind kind = look->wish->kind;

	if (kind == FM_OP_FINALIZE_CYCLE)
		return can_finalize(look, err);
	return kind == FM_OP_PAY_DEBIT	    ? can_pay(look, err)
	       : kind == FM_OP_CLAIM_CREDIT ? can_claim(look, err)
					    : can_mark(look, err);
}
