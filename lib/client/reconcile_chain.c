/* SPDX-License-Identifier: MIT */
/* EIP-3009 authorizations: the token knows whether a nonce is used. Rules: x402.md, 7; design,
 * Decision 3. A cancelled nonce counts as used too, but only the payer can cancel one. */
#include "client/chain.h"
#include "client/reconcile.h"

#include <stdio.h>
#include <string.h>

#define CASES_MOST (FM_RPC_BATCH - 2) /* of one request: chain id and block go along */

/** Some of the cases, as one request asks about them. */
struct batch {
	struct fm_cases *cases;
	struct fm_chain *chain;
	struct fm_open_case *of[CASES_MOST];
	bool used[CASES_MOST], known[CASES_MOST];
	size_t count;
	bool has_safe;
	struct fm_rpc_block safe;
};

static bool concerns(const struct fm_open_case *c)
{
	return !c->over && c->payment.valid_before_s;
}

static size_t put_state(struct fm_rpc_asks *asks, const struct fm_payment *p,
			const char *tag)
{
	const struct fm_abi_value args[] = { fm_abi_of_addr(&p->payer),
					     fm_abi_of_hash(&p->nonce) };

	return fm_rpc_ask_view(asks, &p->asset, FM_FN_AUTH_STATE, args, 2, tag);
}

/** What a token does not answer leaves its case as it is. */
static void take_state(struct batch *b, struct fm_rpc_asks *asks, size_t i, size_t at)
{
	struct fm_abi_value value;
	struct fm_err why;

	fm_err_init(&why);
	b->known[i] = fm_rpc_take_view(&value, 1, asks, at, &why) == FM_OK;
	b->used[i] = b->known[i] && !fm_u256_is_zero(&value.u);
	if (!b->known[i])
		fm_case_say(b->of[i], "the token did not say: %.200s", why.msg);
}

/** One block for all of them: a node that is asked for "safe" twice may have moved on. */
static enum fm_code ask(struct batch *b, const char *tag, bool block, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	struct fm_err ignored;
	size_t id, safe = 0, at[CASES_MOST] = { 0 };
	enum fm_code rc;

	fm_err_init(&ignored);
	fm_rpc_asks_init(&asks);
	id = fm_rpc_ask_chain_id(&asks);
	if (block)
		safe = fm_rpc_ask_block(&asks, "safe");
	for (size_t i = 0; i < b->count; i++)
		at[i] = put_state(&asks, &b->of[i]->payment, tag);
	rc = fm_chain_ask(b->chain, &asks, err);
	if (!rc)
		rc = fm_rpc_take_chain(&asks, id, b->cases->chain_id, err);
	if (!rc && block)
		b->has_safe = fm_rpc_take_block(&b->safe, &asks, safe, &ignored) == FM_OK;
	for (size_t i = 0; !rc && i < b->count; i++)
		take_state(b, &asks, i, at[i]);
	fm_rpc_asks_clear(&asks);
	return rc;
}

static enum fm_code went_through(struct batch *b, struct fm_open_case *c,
				 struct fm_err *err)
{
	c->over = true;
	fm_case_say(c, "the token says that its nonce is used: it went through");
	return fm_case_settle(b->cases, c, FM_PAY_PAID, FM_EVIDENCE_CHAIN, err);
}

/** Not used, and not beyond its end as far as the chain is safe. */
static void wait_for_end(const struct batch *b, struct fm_open_case *c)
{
	char end[FM_TIME_TEXT], safe[FM_TIME_TEXT];

	fm_time_text(end, c->payment.valid_before_s);
	if (b->has_safe) {
		fm_time_text(safe, b->safe.timestamp_s);
		fm_case_say(c,
			    "not used so far; it can be until %s, and the chain's safe "
			    "block is of %s",
			    end, safe);
	} else {
		fm_case_say(c,
			    "not used so far; it can be until %s, and the node does not "
			    "say which block is safe",
			    end);
	}
	fm_case_next(c, "after %s run: fourmica reconcile %s", end, c->payment.id);
}

/** Those that can be released by what the safe block itself says: "latest" may come from a node
 *  that is behind. */
static enum fm_code release(struct batch *b, struct fm_err *err)
{
	char tag[24];
	enum fm_code rc;

	if (!b->count)
		return FM_OK;
	snprintf(tag, sizeof(tag), "0x%llx", (unsigned long long)b->safe.number);
	rc = ask(b, tag, false, err);
	for (size_t i = 0; !rc && i < b->count; i++) {
		struct fm_open_case *c = b->of[i];

		if (b->used[i]) {
			rc = went_through(b, c, err);
		} else if (b->known[i]) {
			c->over = true;
			fm_case_say(c, "never used, and it cannot be any more: it no "
				       "longer counts");
			rc = fm_case_settle(b->cases, c, FM_PAY_RELEASED,
					    FM_EVIDENCE_UNUSED, err);
		}
	}
	return rc;
}

static enum fm_code judge(struct batch *b, struct fm_err *err)
{
	size_t ended = 0;
	enum fm_code rc = ask(b, "latest", true, err);

	for (size_t i = 0; !rc && i < b->count; i++) {
		struct fm_open_case *c = b->of[i];

		if (b->used[i])
			rc = went_through(b, c, err);
		else if (b->known[i] && b->has_safe &&
			 b->safe.timestamp_s > c->payment.valid_before_s)
			b->of[ended++] = c;
		else if (b->known[i])
			wait_for_end(b, c);
	}
	if (rc)
		return rc;
	b->count = ended;
	return release(b, err);
}

static enum fm_code run(struct batch *b, struct fm_err *err)
{
	struct fm_err why;
	enum fm_code rc;

	if (!b->count)
		return FM_OK;
	for (size_t i = 0; i < b->count; i++)
		fm_case_next(b->of[i], "run: fourmica reconcile %s",
			     b->of[i]->payment.id);
	fm_err_init(&why);
	rc = judge(b, &why);
	if (fm_cases_fatal(rc)) {
		*err = why;
		return rc;
	}
	for (size_t i = 0; rc && i < b->count; i++)
		if (!b->of[i]->over)
			fm_case_say(b->of[i], "the chain did not say: %.200s", why.msg);
	if (rc)
		b->cases->why = why;
	b->count = 0;
	return FM_OK;
}

enum fm_code fm_cases_chain(struct fm_cases *cases, struct fm_err *err)
{
	struct fm_chain chain;
	struct batch b = { .cases = cases, .chain = &chain };
	enum fm_code rc = FM_OK;

	fm_chain_init(&chain, cases->client, cases->chain_id);
	for (size_t i = 0; !rc && i < cases->count; i++) {
		if (concerns(&cases->items[i]))
			b.of[b.count++] = &cases->items[i];
		if (b.count == CASES_MOST)
			rc = run(&b, err);
	}
	return rc ? rc : run(&b, err);
}
