/* SPDX-License-Identifier: MIT */
/* Letting a contract take a token from the wallet: vault or clearing house, two different spenders.
 * contracts.md, 1 and 6. */
#include "client/mover.h"

#include "evm/erc20.h"

static bool put(struct fm_step *step, const struct fm_approving *a,
		const struct fm_u256 *allowance)
{
	const struct fm_abi_value args[] = { fm_abi_of_addr(&a->spender),
					     fm_abi_of_u256(allowance) };

	fm_step_init(step,
		     fm_u256_is_zero(allowance) ? FM_PURPOSE_APPROVE_ZERO
						: FM_PURPOSE_APPROVE,
		     &a->asset->address);
	step->returns_bool = true;
	step->context = a->context;
	return fm_fn_calldata(&step->data, FM_FN_APPROVE, args, 2);
}

static enum fm_code approve(struct fm_mover *m, const struct fm_approving *a,
			    const struct fm_u256 *allowance, struct fm_err *err)
{
	struct fm_step step;
	enum fm_code rc = put(&step, a, allowance) ? fm_mover_step(m, &step, false, err)
						   : fm_nomem(err);

	fm_step_clear(&step);
	return rc;
}

/** Some tokens take a new allowance only after the old one was set to zero. */
static enum fm_code directly(bool *yes, struct fm_mover *m, const struct fm_approving *a,
			     struct fm_err *err)
{
	struct fm_step step;
	enum fm_code rc = fm_nomem(err);

	*yes = fm_u256_is_zero(&a->have);
	if (*yes)
		return FM_OK;
	if (put(&step, a, &a->want))
		rc = fm_mover_would_work(yes, m, &step, err);
	fm_step_clear(&step);
	return rc;
}

enum fm_code fm_mover_approve(struct fm_mover *m, const struct fm_approving *a,
			      struct fm_err *err)
{
	static const struct fm_u256 zero;
	bool at_once = true;
	enum fm_code rc;

	if (fm_addr_is_zero(&a->asset->address) || fm_u256_cmp(&a->have, &a->need) >= 0)
		return FM_OK;
	m->moved->steps++;
	rc = directly(&at_once, m, a, err);
	if (rc)
		return fm_mover_refuse(m, rc);
	if (!at_once)
		m->moved->steps++;
	if (!at_once)
		rc = approve(m, a, &zero, err);
	return rc ? rc : approve(m, a, &a->want, err);
}

void fm_mover_name_allowance(struct fm_mover *m, const struct fm_approving *a)
{
	struct fm_err ignored;
	struct fm_rpc_asks asks;
	size_t at;

	if (!a->asset || fm_addr_is_zero(&a->asset->address) || m->moved->count == 0)
		return;
	fm_err_init(&ignored);
	fm_rpc_asks_init(&asks);
	at = fm_erc20_ask_allowance(&asks, &a->asset->address, &m->client->config.payer,
				    &a->spender, "latest");
	m->moved->has_allowance = fm_chain_ask(&m->chain, &asks, &ignored) == FM_OK &&
				  fm_erc20_take_amount(&m->moved->allowance_left, &asks,
						       at, &ignored) == FM_OK;
	fm_rpc_asks_clear(&asks);
}
