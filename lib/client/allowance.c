/* SPDX-License-Identifier: MIT */
/* What contracts may take from the wallet: looked at, and taken back. */
#include "client/position.h"

#include "evm/erc20.h"

#define SPENDERS 3
#define ASKED_MOST 60 /* allowances of one request */

const struct fm_addr fm_permit2 = {
	{0x00, 0x00, 0x00, 0x00, 0x00, 0x22, 0xd4, 0x73, 0x03, 0x0f,
	  0x11, 0x6d, 0xde, 0xe9, 0xf6, 0xb4, 0x3a, 0xc7, 0x8b, 0xa3}
};

/** Everything that is to be asked, amounts still zero. */
static size_t list(struct fm_allowance out[static FM_ALLOWANCES_MAX],
		   const struct fm_position *p, const struct fm_addr *clearing_house)
{
	const struct {
		const struct fm_addr *address;
		const char *who;
	} spenders[SPENDERS] = {
		{&p->vault,	     "vault"	     },
		{ clearing_house, "clearing house"},
		{ &fm_permit2,    "Permit2"	 },
	};
	size_t count = 0;

	for (size_t i = 1; i < p->count; i++)
		for (size_t k = 0; k < SPENDERS; k++) {
			if (p->holdings[i].broken || !spenders[k].address)
				continue;
			out[count++] =
				(struct fm_allowance){ .asset = p->holdings[i].asset,
						       .spender = *spenders[k].address,
						       .who = spenders[k].who };
		}
	return count;
}

static enum fm_code ask_some(struct fm_allowance *list, size_t count,
			     struct fm_chain *chain, const struct fm_addr *who,
			     struct fm_err *err)
{
	struct fm_rpc_asks asks;
	size_t at[ASKED_MOST];
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	for (size_t i = 0; i < count; i++)
		at[i] = fm_erc20_ask_allowance(&asks, &list[i].asset.address, who,
					       &list[i].spender, "latest");
	rc = fm_chain_ask(chain, &asks, err);
	for (size_t i = 0; !rc && i < count; i++)
		rc = fm_erc20_take_amount(&list[i].amount, &asks, at[i], err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

enum fm_code fm_allowances(struct fm_allowance out[static FM_ALLOWANCES_MAX],
			   size_t *count, const struct fm_position *position,
			   struct fm_client *client, const struct fm_addr *clearing_house,
			   struct fm_err *err)
{
	struct fm_chain chain;
	enum fm_code rc = FM_OK;

	*count = list(out, position, clearing_house);
	fm_chain_init(&chain, client, position->chain_id);
	for (size_t from = 0; !rc && from < *count; from += ASKED_MOST) {
		size_t some = *count - from < ASKED_MOST ? *count - from : ASKED_MOST;

		rc = ask_some(out + from, some, &chain, &position->who, err);
	}
	return rc;
}

static enum fm_code revoke(struct fm_mover *m, const struct fm_allowance *allowance,
			   struct fm_err *err)
{
	static const struct fm_u256 none;
	const struct fm_abi_value args[] = { fm_abi_of_addr(&allowance->spender),
					     fm_abi_of_u256(&none) };
	struct fm_op *op = &m->moved->op;
	struct fm_step step;
	bool ended = false;
	enum fm_code rc;

	op->kind = FM_OP_APPROVE;
	op->asset = allowance->asset.address;
	op->target = allowance->spender;
	m->moved->asset = allowance->asset;
	m->moved->steps = 1;
	fm_policy_hash(&op->policy_hash, m->client->config.policy);
	rc = fm_mover_begin(m, &ended, NULL, NULL, 0, err);
	if (rc || ended)
		return rc;
	fm_step_init(&step, fm_move_purpose(FM_OP_APPROVE), &allowance->asset.address);
	step.returns_bool = true;
	step.context.asset = &allowance->asset;
	rc = fm_fn_calldata(&step.data, FM_FN_APPROVE, args, 2)
		     ? fm_mover_step(m, &step, true, err)
		     : fm_mover_refuse(m, fm_nomem(err));
	fm_step_clear(&step);
	return rc;
}

enum fm_code fm_allowance_revoke(struct fm_moved *moved, struct fm_client *client,
				 uint64_t chain_id, const struct fm_allowance *allowance,
				 const struct fm_move_options *options,
				 struct fm_err *err)
{
	struct fm_mover m;
	/* Less authority: the emergency stop is no reason against it. */
	enum fm_code rc = fm_mover_open(&m, client, chain_id, options, moved, false, err);

	if (!rc)
		rc = revoke(&m, allowance, err);
	fm_mover_close(&m);
	return rc;
}
