/* SPDX-License-Identifier: MIT */
/* The next end of a time to pay. The ledger knows the cycles of the wallet's certificates, the house which
 * of them are open and paid; no Core and no key is needed. contracts.md, 3 and 6. */
#include "client/cycle.h"

#include "credit/house.h"

#include <string.h>

struct looking {
	struct fm_client *client;
	struct fm_ledger *ledger;
	struct fm_chain chain;
	struct fm_addr house;
	struct fm_cycle_ref refs[FM_HOUSE_CYCLES]; /* of one asset, newest first */
	struct fm_house_view views[FM_HOUSE_CYCLES];
	size_t count;
};

static enum fm_code newest(struct looking *l, const struct fm_addr *asset,
			   struct fm_err *err)
{
	char hint[FM_CYCLE_HINT];
	const char *before = NULL;
	enum fm_code rc = FM_OK;

	for (l->count = 0; !rc && l->count < FM_HOUSE_CYCLES; l->count++) {
		struct fm_cycle_ref *ref = &l->refs[l->count];
		bool found = false;

		rc = fm_ledger_cycle_before(hint, &found, l->ledger, asset, before, err);
		if (rc || !found)
			break;
		if (!fm_cycle_ref_of_hint(ref, hint))
			return fm_fail(err, FM_E_LEDGER,
				       "the cycle of a payment is unreadable: %.60s",
				       hint);
		before = ref->text;
	}
	return rc;
}

static enum fm_code ask(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct looking *l = arg;
	struct fm_hash ids[FM_HOUSE_CYCLES];

	for (size_t i = 0; i < l->count; i++)
		ids[i] = l->refs[i].id;
	return fm_house_views_read(l->views, rpc, l->chain.chain_id, &l->house, ids,
				   l->count, &l->client->config.payer, err);
}

static bool runs(const struct fm_house_view *view)
{
	return view->committed && view->cycle.status == FM_CYCLE_OPEN &&
	       !view->seat.paid && (uint64_t)view->chain_now_s <= view->cycle.pay_by_s;
}

static enum fm_code take(struct fm_cycle_deadline *out, const struct looking *l,
			 struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < l->count; i++) {
		const struct fm_house_view *view = &l->views[i];
		const struct fm_cycle_scope scope = { .wallet = &l->client->config.payer,
						      .chain_id = l->chain.chain_id,
						      .text = l->refs[i].text };
		bool owed = false;

		if (!runs(view) || (out->found && out->pay_by_s <= view->cycle.pay_by_s))
			continue;
		rc = fm_ledger_cycle_owed(&owed, l->ledger, &scope, err);
		if (!rc && owed)
			*out = (struct fm_cycle_deadline){
				.found = true,
				.ref = l->refs[i],
				.pay_by_s = view->cycle.pay_by_s,
				.chain_now_s = view->chain_now_s,
			};
	}
	return rc;
}

static enum fm_code of_asset(struct fm_cycle_deadline *out, struct looking *l,
			     const struct fm_addr *asset, struct fm_err *err)
{
	enum fm_code rc = newest(l, asset, err);

	if (rc || !l->count)
		return rc;
	rc = fm_rpc_each(&l->chain.rpc, &l->chain.endpoints, ask, l, err);
	return rc ? rc : take(out, l, err);
}

enum fm_code fm_cycle_next_deadline(struct fm_cycle_deadline *out,
				    struct fm_client *client, uint64_t chain_id,
				    struct fm_err *err)
{
	struct fm_outstanding sums = { .asset_count = 0 };
	struct looking l = { .client = client };
	bool has_house = false;
	enum fm_code rc = fm_client_ledger(&l.ledger, client, false, err);

	*out = (struct fm_cycle_deadline){ .found = false };
	if (!rc && l.ledger)
		rc = fm_cycle_house(&l.house, &has_house, client, chain_id, err);
	if (rc || !has_house)
		return rc;
	fm_chain_init(&l.chain, client, chain_id);
	rc = fm_ledger_outstanding(&sums, l.ledger, &client->config.payer, chain_id, err);
	for (size_t i = 0; !rc && i < sums.asset_count; i++)
		if (!fm_u256_is_zero(&sums.assets[i].outstanding))
			rc = of_asset(out, &l, &sums.assets[i].asset, err);
	fm_outstanding_clear(&sums);
	return rc;
}
