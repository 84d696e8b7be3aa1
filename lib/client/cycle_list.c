/* SPDX-License-Identifier: MIT */
/* Which cycles there are, out of every place they leave traces in: 4mica.md, section 8. */
#include <fourmica/cycle_audit.h>

#include "client/chain.h"
#include "credit/house.h"
#include "evm/rpc_logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	struct fm_client *client;
	uint64_t chain_id, blocks;
	size_t most;
	struct fm_chain chain;
	struct fm_addr house;
	struct fm_cycle_listed *list;
	size_t count, room;
	bool no_memory;
};

static bool put(struct listing *l, const struct fm_cycle_ref *ref, unsigned trace)
{
	for (size_t i = l->count; i-- > 0;)
		if (fm_hash_equal(&l->list[i].ref.id, &ref->id)) {
			l->list[i].traces |= trace;
			return true;
		}
	if (l->count == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		struct fm_cycle_listed *list = realloc(l->list, room * sizeof(*list));

		l->no_memory = !list;
		if (!list)
			return false;
		l->list = list;
		l->room = room;
	}
	l->list[l->count++] = (struct fm_cycle_listed){ *ref, trace };
	return true;
}

/* ---- the ledger ---- */

static enum fm_code of_ledger(struct listing *l, struct fm_err *err)
{
	struct fm_cycle_ref *refs;
	size_t count;
	enum fm_code rc = fm_cycle_known(&refs, &count, l->client, l->chain_id, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < count && put(l, &refs[i], FM_TRACE_LEDGER); i++)
		;
	free(refs);
	return FM_OK;
}

static bool of_certificate(void *ctx, const struct fm_hash *id,
			   const struct fm_addr *asset, uint64_t latest_s)
{
	const struct fm_u256 wide = fm_u256_from_be(id->b);
	struct fm_cycle_ref ref = { .id = *id };
	struct fm_cycle_guess guess;

	if (fm_cycle_guess(&guess, &wide, asset, latest_s) &&
	    fm_cycle_ref_of(&ref, fm_span_of(guess.text)))
		ref.length_s = guess.length_s;
	return put(ctx, &ref, FM_TRACE_RECEIVED);
}

static enum fm_code of_received(struct listing *l, struct fm_err *err)
{
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, l->client, false, err);

	return rc || !ledger
		       ? rc
		       : fm_ledger_incoming_cycles(ledger, &l->client->config.payer,
						   l->chain_id, of_certificate, l, err);
}

/* ---- the chain ---- */

static bool of_log(void *ctx, const struct fm_rpc_found *found)
{
	struct listing *l = ctx;
	struct fm_clearing_event event;

	if (!fm_house_event(&event, &l->house, &found->log))
		return true;
	return put(l, &(struct fm_cycle_ref){ .id = event.cycle_id },
		   event.kind == FM_CLEARING_COMMITTED ? FM_TRACE_COMMITTED
						       : FM_TRACE_SETTLED);
}

/** All commits; of the other events those that name the wallet. */
static enum fm_code search(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct listing *l = arg;
	const enum fm_event commit = fm_house_event_id(FM_CLEARING_COMMITTED),
			    mine[] = { fm_house_event_id(FM_CLEARING_PAID),
				       fm_house_event_id(FM_CLEARING_CLAIMED),
				       fm_house_event_id(FM_CLEARING_DEFAULTED),
				       fm_house_event_id(FM_CLEARING_COVERED) };
	struct fm_hash who;
	const struct fm_rpc_filter commits = { &l->house, &commit, 1, { NULL } },
				   parts = { &l->house,
					     mine,
					     sizeof(mine) / sizeof(mine[0]),
					     { NULL, &who } };
	struct fm_rpc_block latest;
	uint64_t from;
	enum fm_code rc = fm_rpc_check_chain(rpc, l->chain_id, err);

	fm_rpc_topic_of(&who, &l->client->config.payer);
	if (!rc)
		rc = fm_rpc_block(&latest, rpc, "latest", err);
	if (rc)
		return rc;
	from = latest.number > l->blocks ? latest.number - l->blocks : 0;
	rc = fm_rpc_logs(rpc, &commits, from, latest.number, of_log, l, NULL, err);
	return rc ? rc
		  : fm_rpc_logs(rpc, &parts, from, latest.number, of_log, l, NULL, err);
}

/** What only the chain knows has no text yet: the newest are explained. */
static enum fm_code explain(struct listing *l, struct fm_err *err)
{
	char id[FM_HASH_TEXT];
	size_t done = 0;
	enum fm_code rc = FM_OK;

	for (size_t i = l->count; !rc && i-- > 0 && done < l->most;) {
		if (l->list[i].ref.text[0])
			continue;
		fm_hash_text(id, &l->list[i].ref.id);
		rc = fm_cycle_find(&l->list[i].ref, l->client, l->chain_id, id, err);
		done++;
	}
	return rc;
}

static enum fm_code of_chain(struct listing *l, struct fm_err *err)
{
	bool known = false;
	enum fm_code rc = fm_cycle_house(&l->house, &known, l->client, l->chain_id, err);

	if (!rc && !known) {
		fm_fail(err, FM_E_CONFIG,
			"the address of the clearing house is not known");
		return fm_hint(err, "run: fourmica config set "
				    "networks.NAME.clearing_house ADDRESS");
	}
	fm_chain_init(&l->chain, l->client, l->chain_id);
	if (!rc)
		rc = fm_rpc_each(&l->chain.rpc, &l->chain.endpoints, search, l, err);
	return rc ? rc : explain(l, err);
}

/* ---- all of it ---- */

static int newer(const void *a, const void *b)
{
	const struct fm_cycle_listed *x = a, *y = b;

	if (x->ref.start_s != y->ref.start_s)
		return x->ref.start_s < y->ref.start_s ? 1 : -1;
	return memcmp(x->ref.id.b, y->ref.id.b, sizeof(x->ref.id.b));
}

static bool ends_run(enum fm_code rc)
{
	return rc == FM_E_INTERRUPTED || rc == FM_E_TERMINATED || rc == FM_E_NOMEM ||
	       rc == FM_E_LEDGER;
}

static enum fm_code fill(struct listing *l, struct fm_err *why, struct fm_err *err)
{
	enum fm_code rc = of_ledger(l, err);

	if (!rc)
		rc = of_received(l, err);
	if (!rc && l->blocks)
		rc = of_chain(l, why);
	if (rc && why->code && !ends_run(rc))
		rc = FM_OK;
	else if (rc && why->code)
		*err = *why;
	return !rc && l->no_memory ? fm_nomem(err) : rc;
}

enum fm_code fm_cycle_list(struct fm_cycle_listed **list, size_t *count, bool *more,
			   struct fm_err *why, struct fm_client *client,
			   uint64_t chain_id, uint64_t blocks, size_t most,
			   struct fm_err *err)
{
	struct listing l = {
		.client = client, .chain_id = chain_id, .blocks = blocks, .most = most
	};
	enum fm_code rc;

	fm_err_init(why);
	rc = fill(&l, why, err);
	*list = NULL;
	*count = 0;
	*more = false;
	if (rc) {
		free(l.list);
		return rc;
	}
	if (l.count)
		qsort(l.list, l.count, sizeof(*l.list), newer);
	*more = l.count > most;
	*count = l.count < most ? l.count : most;
	*list = l.list;
	return FM_OK;
}
