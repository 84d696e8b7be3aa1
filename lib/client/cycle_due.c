/* SPDX-License-Identifier: MIT */
/* Paying all that is due, for timers: as often as it runs, and on however many machines, each debit is
 * paid once (fm_cycle_move sees to it), and what one run pays stays within one amount. */
#include "client/cycle.h"

#include <stdlib.h>
#include <string.h>

struct paying {
	struct fm_client *client;
	struct fm_cycle_wish wish;
	const struct fm_move_options *options;
	void (*each)(void *ctx, const struct fm_cycle_outcome *outcome);
	void *ctx;
	struct fm_u256 left; /* of the amount */
	size_t paid;
	struct fm_err first; /* why one was not paid */
	bool open;	     /* one is on its way */
};

/** A cycle and when its time to pay ends. */
struct due {
	struct fm_cycle_ref ref;
	uint64_t pay_by_s; /* 0: not known, for nobody but Core knows the house */
};

/* ---- which ones ---- */

/** The asset as far as a table of ours has it, and whether the amount is of it. */
static bool asset_of(struct fm_asset *out, const struct paying *p,
		     const struct fm_addr *address)
{
	const struct fm_asset *known =
		fm_client_asset(p->client, p->wish.chain_id, address);

	*out = (struct fm_asset){ .chain_id = p->wish.chain_id,
				  .decimals = 18,
				  .symbol = "ETH" };
	if (known)
		*out = *known;
	return (known || fm_addr_is_zero(address)) &&
	       fm_quantity_names(p->wish.max_amount, out);
}

/** Does the chain have it open, and the wallet not in it as one that has paid? */
static enum fm_code is_due(bool *yes, struct due *due, const struct paying *p,
			   const struct fm_addr *house, struct fm_err *err)
{
	struct fm_cycle_side side = { .ref = due->ref, .house = *house };
	struct fm_cycle_look look = { .wish = &p->wish,
				      .client = p->client,
				      .side = &side };
	enum fm_code rc;

	side.who = p->client->config.payer;
	fm_chain_init(&look.chain, p->client, p->wish.chain_id);
	rc = fm_cycle_see(&look, err);
	*yes = !rc && side.seen && !side.done && side.cycle.status == FM_CYCLE_OPEN &&
	       (uint64_t)side.chain_now_s <= side.cycle.pay_by_s;
	due->pay_by_s = side.cycle.pay_by_s;
	return rc;
}

static int sooner(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->pay_by_s == y->pay_by_s)
		return (x->ref.start_s > y->ref.start_s) -
		       (x->ref.start_s < y->ref.start_s);
	return x->pay_by_s > y->pay_by_s ? 1 : -1;
}

/** Those worth asking Core about. The caller frees *out. */
static enum fm_code list(struct due **out, size_t *count, const struct paying *p,
			 struct fm_err *err)
{
	struct fm_cycle_ref *refs = NULL;
	struct fm_addr house;
	bool has_house = false;
	size_t known = 0;
	enum fm_code rc = fm_cycle_known(&refs, &known, p->client, p->wish.chain_id, err);

	*count = 0;
	*out = rc ? NULL : calloc(known + 1, sizeof(**out));
	if (!rc && !*out)
		rc = fm_nomem(err);
	if (!rc)
		rc = fm_cycle_house(&house, &has_house, p->client, p->wish.chain_id, err);
	for (size_t i = 0; !rc && i < known; i++) {
		struct due *due = *out + *count;
		struct fm_asset asset;
		bool yes = asset_of(&asset, p, &refs[i].asset);

		*due = (struct due){ .ref = refs[i] };
		if (yes && has_house)
			rc = is_due(&yes, due, p, &house, err);
		*count += yes;
	}
	if (!rc && *count)
		qsort(*out, *count, sizeof(**out), sooner);
	free(refs);
	return rc;
}

/* ---- paying ---- */

/** Nothing is owed there, or not yet: no reason to say anything. */
static bool passed_over(enum fm_code rc, const struct fm_err *err)
{
	static const char *const rules[] = { "role", "flat", "participant-unknown",
					     "not-netted", "CycleNotFound" };

	for (size_t i = 0; rc && i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strncmp(err->rule, rules[i], strlen(rules[i])) == 0)
			return true;
	return false;
}

static void count(struct paying *p, const struct fm_cycle_side *side,
		  const struct fm_moved *moved, enum fm_code rc, const struct fm_err *err)
{
	/* What may still come to be counts against the amount as well. */
	if (moved->count && (!rc || rc == FM_E_TX_PENDING) &&
	    !fm_u256_sub(&p->left, &p->left, &side->amount))
		p->left = FM_U256_ZERO;
	p->paid += !rc && moved->count;
	p->open |= rc == FM_E_TX_PENDING;
	if (rc && !p->first.code)
		p->first = *err;
}

static enum fm_code pay(struct paying *p, const struct due *due)
{
	struct fm_cycle_side side;
	struct fm_moved moved;
	struct fm_err err;
	struct fm_cycle_outcome outcome = { .side = &side, .moved = &moved, .err = &err };
	enum fm_code rc;

	fm_err_init(&err);
	fm_moved_init(&moved);
	p->wish.cycle = due->ref.text;
	p->wish.max = &p->left;
	rc = fm_cycle_move(&moved, &side, p->client, &p->wish, p->options, &err);
	outcome.rc = rc;
	if (!passed_over(rc, &err)) {
		count(p, &side, &moved, rc, &err);
		if (p->each)
			p->each(p->ctx, &outcome);
	}
	fm_moved_clear(&moved);
	return rc;
}

static bool ends_all(enum fm_code rc)
{
	return rc == FM_E_INTERRUPTED || rc == FM_E_TERMINATED || rc == FM_E_NOMEM ||
	       rc == FM_E_LOCKED || rc == FM_E_INPUT || rc == FM_E_DECLINED;
}

/** No code below 40 once value moved: those promise that none did. */
static enum fm_code verdict(const struct paying *p, struct fm_err *err)
{
	int status = fm_code_info(p->first.code)->exit_status;

	if (!p->first.code)
		return FM_OK;
	*err = p->first;
	if ((!p->paid && !p->open) || (status >= 40 && status < 60))
		return err->code;
	err->code = p->open ? FM_E_TX_PENDING : FM_E_REVERTED;
	err->spent = p->open ? FM_SPENT_MAYBE : FM_SPENT_YES;
	return fm_within(err, "%zu due debits were paid, but not all", p->paid);
}

enum fm_code fm_cycle_pay_due(size_t *paid, struct fm_client *client,
			      const struct fm_cycle_wish *wish,
			      const struct fm_move_options *options,
			      void (*each)(void *ctx,
					   const struct fm_cycle_outcome *outcome),
			      void *ctx, struct fm_err *err)
{
	struct paying p = { .client = client,
			    .wish = *wish,
			    .options = options,
			    .each = each,
			    .ctx = ctx };
	struct fm_asset asset;
	struct due *dues = NULL;
	size_t count = 0;
	enum fm_code rc = list(&dues, &count, &p, err);

	fm_err_init(&p.first);
	*paid = 0;
	if (!rc && count && asset_of(&asset, &p, &dues[0].ref.asset))
		rc = fm_quantity_resolve(&p.left, wish->max_amount, &asset, err);
	for (size_t i = 0; !rc && i < count; i++)
		if (ends_all(pay(&p, &dues[i])))
			break;
	*paid = p.paid;
	free(dues);
	return rc ? rc : verdict(&p, err);
}
