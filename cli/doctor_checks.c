/* SPDX-License-Identifier: MIT */
/* What others said, judged; and the table of all checks. */
#include "config.h"
#include "doctor.h"

#include <stdio.h>
#include <string.h>

#define CHAIN_CLOCK_S 30   /* a block under way is that close to now */
#define CORE_AHEAD_S 60	   /* harmless, but a sign */
#define CORE_BEHIND_S 3	   /* then it takes our guarantees for ones from the future */
#define BLOCK_OLD_S 120	   /* no block for that long on chains that make one in seconds */
#define BLOCKS_BEHIND 20   /* of the other endpoints */
#define SLOW_MS 1000	   /* for one request */
#define DEPOSIT_GAS 450000 /* approve and deposit: contracts.md, 2 */

/** Does this endpoint's word on the chain count at all? */
static bool serves(const struct fm_doctor_rpc *r)
{
	return !r->reached.code && !r->chain.code;
}

static long long abs_s(int64_t seconds)
{
	return seconds < 0 ? -seconds : seconds;
}

static bool any_serves(const struct fm_doctor *f)
{
	for (size_t i = 0; i < f->rpc_count; i++)
		if (serves(&f->rpc[i]))
			return true;
	return false;
}

/** A question an endpoint that works otherwise did not answer. */
static void fail_rpc(struct doctor *d, const struct fm_err *err)
{
	doctor_fail(d, err);
	doctor_remedy(d, "give another endpoint with --rpc, or in 'rpc' of config.json");
}

/* ---- time ---- */

static void clock_chain(struct doctor *d)
{
	const struct fm_doctor *f = d->facts;
	int64_t off;

	for (size_t i = 0; i < f->rpc_count; i++) {
		const struct fm_doctor_rpc *r = &f->rpc[i];

		if (!serves(r) || r->blocks.code)
			continue;
		off = r->pending_s - f->now_s;
		if (abs_s(off) <= CHAIN_CLOCK_S) {
			doctor_say(d, OUTCOME_OK, "the chain's is %lld s %s", abs_s(off),
				   off < 0 ? "behind" : "ahead");
			return;
		}
		doctor_say(d, OUTCOME_WARN, "the chain's clock is %lld s %s this one's",
			   abs_s(off), off < 0 ? "behind" : "ahead of");
		doctor_remedy(d,
			      "set this machine's clock; if it is right, the node at "
			      "%s is behind, or its chain's time runs otherwise",
			      r->name);
		return;
	}
}

static void clock_core(struct doctor *d)
{
	const struct fm_doctor_core *c = &d->facts->core;
	int64_t off = c->date_s - c->now_s;

	if (!c->has_date)
		return;
	if (off < -CORE_BEHIND_S) {
		doctor_fault(d, FM_E_CONFIG,
			     "4Mica Core's clock is %lld s behind this one: it refuses "
			     "guarantees from the future",
			     abs_s(off));
		doctor_remedy(d, "set this machine's clock; if it is right, tell the "
				 "operator of 4Mica Core");
		return;
	}
	doctor_say(d, off > CORE_AHEAD_S ? OUTCOME_WARN : OUTCOME_OK,
		   "4Mica Core's is %lld s %s", abs_s(off), off < 0 ? "behind" : "ahead");
	if (off > CORE_AHEAD_S)
		doctor_remedy(d, "set this machine's clock");
}

static void check_clock(struct doctor *d)
{
	size_t before = d->count;

	clock_chain(d);
	clock_core(d);
	if (d->count == before)
		doctor_say(d, OUTCOME_SKIP, "nobody told the time");
}

/* ---- the chain ---- */

static void check_rpc(struct doctor *d)
{
	const struct fm_doctor *f = d->facts;

	for (size_t i = 0; i < f->rpc_count; i++) {
		const struct fm_doctor_rpc *r = &f->rpc[i];

		if (serves(r)) {
			doctor_say(d, OUTCOME_OK, "%s: chain %llu, in %lld ms", r->name,
				   (unsigned long long)f->chain_id,
				   (long long)r->took_ms);
			continue;
		}
		fail_rpc(d, r->reached.code ? &r->reached : &r->chain);
	}
	if (f->rpc_count)
		return;
	doctor_fault(d, FM_E_NETWORK, "no endpoint of %s is known", d->network->name);
	doctor_remedy(d, "name one with --rpc URL, or in config.json");
}

static void check_speed(struct doctor *d)
{
	const struct fm_doctor *f = d->facts;
	size_t before = d->count;
	int64_t slowest = 0;

	for (size_t i = 0; i < f->rpc_count; i++) {
		const struct fm_doctor_rpc *r = &f->rpc[i];

		if (!serves(r))
			continue;
		slowest = r->took_ms > slowest ? r->took_ms : slowest;
		if (r->took_ms < SLOW_MS)
			continue;
		doctor_say(d, OUTCOME_WARN, "%s took %lld ms for one request", r->name,
			   (long long)r->took_ms);
		doctor_remedy(d, "name a faster endpoint first in 'rpc' of config.json");
	}
	if (d->count == before)
		doctor_say(d, OUTCOME_OK, "one request takes %lld ms at most",
			   (long long)slowest);
}

static uint64_t newest(const struct fm_doctor *f)
{
	uint64_t most = 0;

	for (size_t i = 0; i < f->rpc_count; i++)
		if (serves(&f->rpc[i]) && f->rpc[i].latest > most)
			most = f->rpc[i].latest;
	return most;
}

static void judge_block(struct doctor *d, const struct fm_doctor_rpc *r)
{
	const struct fm_doctor *f = d->facts;
	int64_t age = f->now_s - r->latest_s;

	if (r->blocks.code) {
		fail_rpc(d, &r->blocks);
	} else if (f->has_tx && r->latest < f->tx_block) {
		doctor_fault(d, FM_E_CHAIN,
			     "%s is behind: its newest block is %llu, a transaction of "
			     "this wallet is in block %llu",
			     r->name, (unsigned long long)r->latest,
			     (unsigned long long)f->tx_block);
		doctor_remedy(d, "wait until it has caught up, or give another endpoint "
				 "with --rpc");
	} else if (newest(f) - r->latest > BLOCKS_BEHIND) {
		doctor_fault(d, FM_E_CHAIN, "%s is %llu blocks behind another endpoint",
			     r->name, (unsigned long long)(newest(f) - r->latest));
		doctor_remedy(d, "name another endpoint first in 'rpc' of config.json");
	} else if (age > BLOCK_OLD_S) {
		doctor_say(d, OUTCOME_WARN, "%s: block %llu is %lld s old", r->name,
			   (unsigned long long)r->latest, (long long)age);
		doctor_remedy(d, "if the chain makes blocks all the time, the node is "
				 "behind: give another endpoint with --rpc");
	} else {
		doctor_say(d, OUTCOME_OK, "%s: block %llu, %lld s old", r->name,
			   (unsigned long long)r->latest, (long long)age);
	}
}

/** Run `judge` for every endpoint whose word counts. */
static void each_rpc(struct doctor *d,
		     void (*judge)(struct doctor *d, const struct fm_doctor_rpc *r))
{
	size_t before = d->count;

	for (size_t i = 0; i < d->facts->rpc_count; i++)
		if (serves(&d->facts->rpc[i]))
			judge(d, &d->facts->rpc[i]);
	if (d->count == before)
		doctor_say(d, OUTCOME_SKIP, "no endpoint of the chain answered");
}

static void check_block(struct doctor *d)
{
	each_rpc(d, judge_block);
}

static void judge_receipt(struct doctor *d, const struct fm_doctor_rpc *r)
{
	char hash[FM_HASH_TEXT];

	fm_hash_text(hash, &d->facts->tx);
	if (r->receipt.code) {
		fail_rpc(d, &r->receipt);
	} else if (r->has_receipt && r->has_tx) {
		doctor_say(d, OUTCOME_OK, "%s knows transaction %s", r->name, hash);
	} else {
		doctor_fault(d, FM_E_CHAIN,
			     "%s %s transaction %s, which was in block %llu", r->name,
			     r->has_tx ? "has no receipt of" : "has never heard of", hash,
			     (unsigned long long)d->facts->tx_block);
		doctor_remedy(d, "give another endpoint with --rpc; if it says the same, "
				 "run: fourmica reconcile");
	}
}

static void check_receipt(struct doctor *d)
{
	if (d->facts->has_tx)
		each_rpc(d, judge_receipt);
	else
		doctor_say(d, OUTCOME_SKIP,
			   "no transaction of this wallet was in a block yet");
}

static void judge_code(struct doctor *d, const struct fm_doctor_rpc *r, const char *what,
		       const struct fm_err *asked, bool has,
		       const struct fm_addr *address)
{
	char text[FM_ADDR_TEXT];

	fm_addr_text(text, address);
	if (asked->code) {
		fail_rpc(d, asked);
	} else if (has) {
		doctor_say(d, OUTCOME_OK, "%s: the %s is at %s", r->name, what, text);
	} else {
		doctor_fault(d, FM_E_CHAIN, "%s: no contract is at %s, the %s", r->name,
			     text, what);
		doctor_remedy(d,
			      "check 'core', 'rpc' and 'clearing_house' of the network "
			      "in config.json: one of them is of another chain");
	}
}

static void judge_contracts(struct doctor *d, const struct fm_doctor_rpc *r)
{
	const struct app *app = d->app;
	const struct fm_addr *house = config_clearing_house(app, d->facts->chain_id);

	if (d->facts->has_vault)
		judge_code(d, r, "vault", &r->vault, r->has_vault_code, &d->facts->vault);
	if (house)
		judge_code(d, r, "clearing house", &r->house, r->has_house_code, house);
}

static void check_contract(struct doctor *d)
{
	const struct fm_doctor *f = d->facts;

	if (!f->has_vault && !config_clearing_house(d->app, f->chain_id)) {
		doctor_say(d, OUTCOME_SKIP,
			   "no vault is known: 4Mica Core and chain do "
			   "not agree on one");
		return;
	}
	each_rpc(d, judge_contracts);
	if (!f->position.chain_known || !f->position.paused)
		return;
	doctor_say(d, OUTCOME_WARN,
		   "the vault is paused: it takes no deposits and "
		   "withdrawals");
	doctor_remedy(d, "the operator of 4Mica lifts that");
}

static void judge_nonce(struct doctor *d, const struct fm_doctor_rpc *r)
{
	uint64_t waiting = r->pending_nonce - r->nonce;

	if (r->nonces.code) {
		fail_rpc(d, &r->nonces);
	} else if (r->pending_nonce > r->nonce && !d->owed.open_txs) {
		doctor_fault(d, FM_E_CHAIN,
			     "%s has transactions of this wallet waiting (%llu) that "
			     "are not in this ledger",
			     r->name, (unsigned long long)waiting);
		doctor_remedy(d, "find the other program or machine that uses the key, "
				 "and wait until they are in a block");
	} else if (r->pending_nonce < r->nonce) {
		doctor_fault(d, FM_E_CHAIN,
			     "%s counts fewer transactions when it counts "
			     "those that wait",
			     r->name);
		doctor_remedy(d, "give another endpoint with --rpc");
	} else {
		doctor_say(d, OUTCOME_OK, "%s: the next is %llu", r->name,
			   (unsigned long long)r->pending_nonce);
	}
}

static void check_nonce(struct doctor *d)
{
	each_rpc(d, judge_nonce);
}

/* ---- 4Mica Core ---- */

static void check_core(struct doctor *d)
{
	const struct fm_doctor_core *c = &d->facts->core;

	if (c->health_error.code) {
		doctor_fail(d, &c->health_error);
		doctor_remedy(d, "try again later; the address is %s", c->name);
	} else if (!c->health.ok) {
		doctor_fault(d, FM_E_CORE, "%s is not healthy: database %s, chain %s",
			     c->name, c->health.db_ok ? "ok" : "fails",
			     c->health.chain_rpc_ok ? "ok" : "fails");
		doctor_remedy(d, "try again later; its operator has to look at it");
	} else {
		doctor_say(d, OUTCOME_OK, "%s is healthy", c->name);
	}
}

static void versions_text(char out[static 64], const struct fm_core_params *p)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < p->accepted_count && len < 50; i++)
		len += (size_t)snprintf(out + len, 64 - len, "%s%u", i ? ", " : "",
					p->accepted[i]);
}

static bool accepts_ours(const struct fm_core_params *p)
{
	for (size_t i = 0; i < p->accepted_count; i++)
		if (p->accepted[i] >= 1 && p->accepted[i] <= FM_GUARANTEE_VERSIONS)
			return true;
	return false;
}

static void check_versions(struct doctor *d)
{
	const struct fm_doctor_core *c = &d->facts->core;
	char versions[64];

	switch (c->generation) {
	case FM_GENERATION_TAB:
		doctor_fault(d, FM_E_CORE,
			     "%s speaks the tab generation of the protocol: it knows no "
			     "clearing cycles, and guarantees with a tabId are not what "
			     "is signed here",
			     c->name);
		doctor_remedy(d, "sign nothing for it; name a Core with clearing cycles "
				 "with --core");
		return;
	case FM_GENERATION_UNKNOWN:
		doctor_say(d, OUTCOME_WARN,
			   "which generation of the protocol %s speaks "
			   "is unknown",
			   c->name);
		doctor_remedy(d, "look at the checks of core; then run it again");
		return;
	case FM_GENERATION_CYCLE:
		break;
	}
	if (c->params_error.code) {
		doctor_fail(d, &c->params_error);
		doctor_remedy(d, "sign nothing for it; tell its operator");
		return;
	}
	versions_text(versions, &c->params);
	if (accepts_ours(&c->params)) {
		doctor_say(d, OUTCOME_OK, "clearing cycles; guarantees of version %s",
			   versions);
		return;
	}
	doctor_fault(d, FM_E_CORE,
		     "%s accepts guarantees of version %s; this program "
		     "signs 1 and 2",
		     c->name, versions);
	doctor_remedy(d, "a newer fourmica may know them");
}

static void check_trust(struct doctor *d)
{
	const struct fm_trust_review *r = &d->facts->review;

	if (d->facts->trust_error.code && !any_serves(d->facts)) {
		doctor_say(d, OUTCOME_SKIP, "no endpoint of the chain answered");
		return;
	}
	if (d->facts->trust_error.code) {
		doctor_fail(d, &d->facts->trust_error);
		doctor_remedy(d,
			      "sign nothing until 4Mica Core and the chain agree; tell "
			      "the operator of 4Mica Core");
		return;
	}
	for (size_t i = 0; i < r->change_count; i++) {
		const struct fm_trust_change *c = &r->changes[i];

		if (!c->needs_word) {
			doctor_say(d, OUTCOME_OK, "%s is now %s, was %s", c->what,
				   c->after, c->before);
			continue;
		}
		doctor_fault(d, FM_E_CERT_KEY, "%s is now %s, pinned is %s", c->what,
			     c->after, c->before);
		doctor_remedy(d,
			      "when the operator confirms the change: fourmica "
			      "networks refresh %s",
			      d->network->name);
	}
	if (!r->change_count)
		doctor_say(d, OUTCOME_OK, "4Mica Core and the chain agree%s",
			   r->pinned ? ", as pinned"
				     : "; nothing is pinned before the first use");
}

/* ---- tokens and money ---- */

static void check_core_token(struct doctor *d, const struct fm_holding *h)
{
	const struct fm_core_tokens *tokens = &d->facts->core.tokens;

	for (size_t i = 0; i < tokens->count; i++) {
		const struct fm_asset *t = &tokens->token[i];

		if (!fm_addr_equal(&t->address, &h->asset.address) ||
		    t->decimals == h->says_decimals)
			continue;
		doctor_fault(d, FM_E_CORE,
			     "4Mica Core gives %s %u decimals, the token says %u",
			     h->asset.symbol, t->decimals, h->says_decimals);
		doctor_remedy(d,
			      "do not use this token; tell the operator of 4Mica Core");
	}
}

static void check_tokens(struct doctor *d)
{
	const struct fm_position *p = &d->facts->position;
	size_t before = d->count, fine = 0;
	char address[FM_ADDR_TEXT];

	for (size_t i = 1; i < p->count; i++) {
		const struct fm_holding *h = &p->holdings[i];

		fm_addr_text(address, &h->asset.address);
		if (h->broken) {
			doctor_say(d, OUTCOME_WARN, "token %s cannot be used: %s",
				   address, h->why_broken);
			doctor_remedy(d, "use another of the vault's assets");
		} else if (h->lies) {
			doctor_fault(d, FM_E_ASSET,
				     "token %s is known with %u decimals, but says %u on "
				     "chain",
				     address, h->asset.decimals, h->says_decimals);
			doctor_remedy(d, "correct 'assets' in config.json, or do not use "
					 "this token");
		} else {
			check_core_token(d, h);
			fine++;
		}
	}
	if (d->count == before)
		doctor_say(d, OUTCOME_OK, "%zu tokens say what is known of them", fine);
}

static void check_gas(struct doctor *d)
{
	const struct fm_position *p = &d->facts->position;
	struct fm_u256 need, have = p->holdings[0].wallet;
	char text[FM_AMOUNT_TEXT];
	struct fm_amount amount = fm_amount_of(&have, &p->holdings[0].asset);

	fm_amount_text(text, &amount);
	if (fm_u256_mul_u64(&need, &p->base_fee, 2ull * DEPOSIT_GAS) &&
	    fm_u256_cmp(&have, &need) >= 0 && !fm_u256_is_zero(&have)) {
		doctor_say(d, OUTCOME_OK, "%s in the wallet", text);
		return;
	}
	doctor_say(d, OUTCOME_WARN,
		   "%s in the wallet: too little for the gas of a deposit; guarantees "
		   "need none",
		   text);
	doctor_remedy(d, "send some ETH to the wallet before a deposit or withdrawal");
}

static void one_allowance(struct doctor *d, const struct fm_holding *h, const char *who,
			  const char *word, const struct fm_u256 *left)
{
	struct fm_amount amount = fm_amount_of(left, &h->asset);
	char text[FM_AMOUNT_TEXT];

	if (fm_u256_is_zero(left))
		return;
	fm_amount_text(text, &amount);
	doctor_say(d, OUTCOME_WARN, "the %s may take %s out of the wallet", who, text);
	doctor_remedy(d,
		      "if nothing needs it: fourmica wallet allowances revoke --asset "
		      "%s --spender %s",
		      h->asset.symbol, word);
}

static void check_allowance(struct doctor *d)
{
	const struct fm_position *p = &d->facts->position;
	size_t before = d->count;

	for (size_t i = 1; i < p->count; i++) {
		const struct fm_holding *h = &p->holdings[i];

		if (h->broken)
			continue;
		one_allowance(d, h, "vault", "vault", &h->allowance);
		one_allowance(d, h, "clearing house", "clearing-house", &h->to_house);
		one_allowance(d, h, "contract Permit2", "permit2", &h->to_permit2);
	}
	if (d->count == before)
		doctor_say(d, OUTCOME_OK, "no contract asked about may take anything");
}

static void check_collateral(struct doctor *d)
{
	const struct fm_position *p = &d->facts->position;
	size_t before = d->count;

	for (size_t i = 0; i < p->count; i++) {
		const struct fm_holding *h = &p->holdings[i];
		struct fm_amount amount = fm_amount_of(&h->free, &h->asset);
		char text[FM_AMOUNT_TEXT];

		if (h->broken || fm_u256_is_zero(&h->capacity))
			continue;
		fm_amount_text(text, &amount);
		doctor_say(d, fm_u256_is_zero(&h->free) ? OUTCOME_WARN : OUTCOME_OK,
			   "%s free for new guarantees%s", text,
			   h->core_known ? ""
					 : "; what Core has locked is unknown (needs "
					   "sign-in)");
		if (fm_u256_is_zero(&h->free))
			doctor_remedy(d, "deposit more, or cancel a withdrawal: fourmica "
					 "status shows both");
	}
	if (d->count != before)
		return;
	doctor_say(d, OUTCOME_WARN, "none: guarantees cannot be given");
	doctor_remedy(d, "run: fourmica deposit AMOUNT");
}

/* ---- facilitator ---- */

static void check_facilitator(struct doctor *d)
{
	const struct fm_doctor_facilitator *f = d->facilitator;

	if (d->facilitator_error.code) {
		doctor_fail(d, &d->facilitator_error);
	} else if (f->health_error.code) {
		doctor_fail(d, &f->health_error);
		doctor_remedy(d,
			      "sellers that use it cannot be paid now; try again later");
	} else if (!f->healthy) {
		doctor_fault(d, FM_E_CORE, "%s says that it is not healthy", f->name);
		doctor_remedy(d,
			      "sellers that use it cannot be paid now; try again later");
	} else {
		doctor_say(d, OUTCOME_OK, "%s is healthy", f->name);
	}
}

/** Facilitators list the versions of Core's guarantees as versions of x402: 4mica.md, 7. */
static void compare_with_core(struct doctor *d)
{
	const struct fm_doctor_facilitator *f = d->facilitator;
	const struct fm_core_params *core = &d->facts->core.params;
	bool lists[16] = { false }, any = false;
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, d->facts->chain_id);
	for (size_t i = 0; i < f->kinds.count; i++) {
		const struct fm_facilitator_kind *k = &f->kinds.kind[i];
		uint64_t chain = 0;

		if (strcmp(k->scheme, "4mica-credit") != 0 ||
		    !fm_network_chain(&chain, fm_span_of(k->network)) ||
		    chain != d->facts->chain_id)
			continue;
		any = true;
		if (k->x402_version < 16)
			lists[k->x402_version] = true;
	}
	if (!any) {
		doctor_fault(d, FM_E_UNSUPPORTED, "%s does not take 4mica-credit on %s",
			     f->name, caip2);
		doctor_remedy(d, "sellers that use it take no guarantees here");
		return;
	}
	for (size_t i = 0; !d->facts->core.params_error.code && i < core->accepted_count;
	     i++) {
		if (core->accepted[i] >= 16 || lists[core->accepted[i]])
			continue;
		doctor_say(d, OUTCOME_WARN,
			   "%s does not list version %u, which 4Mica Core accepts",
			   f->name, core->accepted[i]);
		doctor_remedy(d, "offers of x402 version %u fail there",
			      core->accepted[i]);
	}
}

static void compare_with_before(struct doctor *d)
{
	const struct fm_doctor_facilitator *f = d->facilitator;
	char then[FM_TIME_TEXT];

	fm_time_text(then, f->known_s);
	if (!f->known) {
		doctor_say(d, OUTCOME_OK, "%zu kinds of payment; remembered",
			   f->kinds.count);
	} else if (!f->added[0] && !f->removed[0]) {
		doctor_say(d, OUTCOME_OK, "%zu kinds of payment, as since %s",
			   f->kinds.count, then);
	} else {
		doctor_say(d, OUTCOME_WARN, "changed since %s:%s%s%s%s", then,
			   f->added[0] ? " now also " : "", f->added,
			   f->removed[0] ? " no longer " : "", f->removed);
		doctor_remedy(d, "nothing to do here if sellers still take a scheme you "
				 "use; this is remembered now");
	}
}

static void check_kinds(struct doctor *d)
{
	if (d->facilitator_error.code) {
		doctor_say(d, OUTCOME_SKIP, "it was not asked");
		return;
	}
	if (d->facilitator->kinds_error.code) {
		doctor_fail(d, &d->facilitator->kinds_error);
		return;
	}
	if (d->facts)
		compare_with_core(d);
	compare_with_before(d);
}

/* clang-format off */
const struct check doctor_checks[] = {
	{ "config", "config.json can be read", 0, check_config },
	{ "files", "nobody else can read or change what is private", 0, check_files },
	{ "policy", "policy.json can be read and allows the network", WANT_CONFIG, check_policy },
	{ "wallet", "a wallet is selected", WANT_CONFIG, check_wallet },
	{ "ledger", "the ledger opens and is the newest", WANT_CONFIG, check_ledger },
	{ "stop", "the emergency stop is not set", WANT_CONFIG, check_stop },
	{ "in_doubt", "no payment has an unknown outcome", WANT_CONFIG | WANT_LEDGER | WANT_WALLET, check_in_doubt },
	{ "transactions", "every signed transaction is known to be in a block", WANT_CONFIG | WANT_LEDGER | WANT_WALLET, check_transactions },
	{ "clock", "this clock agrees with the chain's and Core's", WANT_CONFIG | WANT_NETWORK, check_clock },
	{ "rpc", "each endpoint answers, for the right chain", WANT_CONFIG | WANT_NETWORK, check_rpc },
	{ "rpc_speed", "each endpoint answers in time", WANT_CONFIG | WANT_NETWORK, check_speed },
	{ "block", "each endpoint has the newest blocks", WANT_CONFIG | WANT_NETWORK, check_block },
	{ "receipt", "each endpoint knows a transaction that was in a block", WANT_CONFIG | WANT_NETWORK | WANT_WALLET, check_receipt },
	{ "contract", "vault and clearing house are there, and not paused", WANT_CONFIG | WANT_NETWORK, check_contract },
	{ "nonce", "no transaction waits that this ledger does not have", WANT_CONFIG | WANT_NETWORK | WANT_WALLET, check_nonce },
	{ "core", "4Mica Core answers and is healthy", WANT_CONFIG | WANT_NETWORK | WANT_CORE, check_core },
	{ "versions", "Core speaks the protocol this program signs for", WANT_CONFIG | WANT_NETWORK | WANT_CORE, check_versions },
	{ "trust", "Core, chain and what is pinned say the same", WANT_CONFIG | WANT_NETWORK | WANT_CORE, check_trust },
	{ "tokens", "tokens have the decimals they are known with", WANT_CONFIG | WANT_NETWORK | WANT_WALLET | WANT_POSITION, check_tokens },
	{ "gas", "the wallet can pay for transactions", WANT_CONFIG | WANT_NETWORK | WANT_WALLET | WANT_POSITION, check_gas },
	{ "allowance", "no contract may take tokens of the wallet", WANT_CONFIG | WANT_NETWORK | WANT_WALLET | WANT_POSITION, check_allowance },
	{ "collateral", "guarantees can be given", WANT_CONFIG | WANT_NETWORK | WANT_WALLET | WANT_POSITION, check_collateral },
	{ "facilitator", "the facilitator answers and is healthy", WANT_CONFIG | WANT_NETWORK | WANT_FACILITATOR, check_facilitator },
	{ "facilitator_kinds", "it takes what Core takes, and what it took before", WANT_CONFIG | WANT_NETWORK | WANT_FACILITATOR, check_kinds },
	{ 0 },
};
/* clang-format on */
