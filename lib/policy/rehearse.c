/* SPDX-License-Identifier: MIT */
/* Payments that are not made, judged one after the other: a ledger in memory that knows of each what
 * judging asks about. Time grows with the square of their number, which is small. */
#include "policy/lookalike.h"
#include "policy/scope.h"

#include <fourmica/policy.h>

#include <stdlib.h>
#include <string.h>

/* A payment that would have been made; its texts are the caller's. */
struct made {
	struct fm_ask ask;
	int64_t at_ms;
};

struct fm_rehearsal {
	struct made *made;
	size_t count, room;
};

struct fm_rehearsal *fm_rehearsal_new(void)
{
	return calloc(1, sizeof(struct fm_rehearsal));
}

void fm_rehearsal_free(struct fm_rehearsal **rehearsal)
{
	if (*rehearsal)
		free((*rehearsal)->made);
	free(*rehearsal);
	*rehearsal = NULL;
}

/* ---- what the ledger would know ---- */

/* The asset's part of a check's key: all, all of a chain, or one. */
static bool in_asset(struct fm_span want, const struct fm_ask *ask)
{
	char key[FM_ASSET_KEY];

	fm_asset_key(key, ask->chain_id, &ask->asset->address);
	if (fm_span_is(want, "*"))
		return true;
	if (want.len && want.ptr[want.len - 1] == '/')
		return strncmp(key, want.ptr, want.len) == 0;
	return fm_span_is(want, key);
}

static bool in_scope(const char *want, const struct fm_ask *ask)
{
	const struct fm_scope_of of = {
		.origin = ask->origin,
		.pay_to = &ask->pay_to,
		.route = ask->route,
		.task = ask->task,
		.category = ask->category ? ask->category : "",
		.payer = &ask->payer,
	};
	char scope[FM_SCOPE_MAX];

	for (int i = 0; i < FM_SCOPE_COUNT; i++) {
		fm_scope_text(scope, (enum fm_scope)i, &of);
		if (strcmp(scope, want) == 0)
			return true;
	}
	return false;
}

static bool in_window(const struct fm_check *check, int64_t at_ms, int64_t now_ms)
{
	const int64_t day = INT64_C(86400000);

	if (check->utc_day)
		return at_ms / day == now_ms / day;
	return !check->window_s || at_ms > now_ms - check->window_s * 1000;
}

static void fill(struct fm_check *check, const struct fm_rehearsal *r, int64_t now_ms)
{
	const char *space = strchr(check->key, ' ');
	struct fm_span asset = { check->key, (size_t)(space - check->key) };

	for (size_t i = 0; i < r->count; i++) {
		const struct made *made = &r->made[i];

		if (!in_window(check, made->at_ms, now_ms) ||
		    !in_asset(asset, &made->ask) || !in_scope(space + 1, &made->ask))
			continue;
		check->used_count++;
		if (check->has_amount &&
		    !fm_u256_add(&check->used, &check->used, &made->ask.amount))
			memset(&check->used, 0xff, sizeof(check->used));
	}
}

static bool same_price(const struct fm_ask *a, const struct fm_ask *b)
{
	return a->chain_id == b->chain_id && a->asset && b->asset &&
	       fm_addr_equal(&a->asset->address, &b->asset->address) &&
	       strcmp(a->route, b->route) == 0;
}

/* What was made before, over what the caller says of the time before that. */
static void remember(struct fm_ask *ask, const struct fm_rehearsal *r)
{
	struct fm_lookalike host;
	bool known = false;

	fm_lookalike_of(&host, ask->origin);
	ask->resembles[0] = '\0';
	for (size_t i = 0; *ask->origin && i < r->count; i++) {
		const struct fm_ask *before = &r->made[i].ask;

		known = known || fm_lookalike_same(&host, before->origin);
		if (fm_lookalike(&host, before->origin))
			memcpy(ask->resembles, before->origin,
			       strlen(before->origin) + 1);
		if (strcmp(before->origin, ask->origin) != 0)
			continue;
		ask->history.paid = true;
		if (!ask->pin_known && before->chain_id == ask->chain_id) {
			ask->pin_known = true;
			ask->pin = before->pay_to;
		}
		if (same_price(before, ask)) {
			ask->history.priced = true;
			ask->history.last_price = before->amount;
		}
	}
	if (known || ask->pin_known)
		ask->resembles[0] = '\0';
}

static enum fm_code add(struct fm_rehearsal *r, const struct fm_ask *ask, int64_t at_ms,
			struct fm_err *err)
{
	size_t room = r->room ? 2 * r->room : 16;

	if (r->count == r->room) {
		struct made *grown = realloc(r->made, room * sizeof(*grown));

		if (!grown)
			return fm_nomem(err);
		r->made = grown;
		r->room = room;
	}
	r->made[r->count++] = (struct made){ .ask = *ask, .at_ms = at_ms };
	return FM_OK;
}

enum fm_verdict fm_rehearse(struct fm_rehearsal *r, const struct fm_policy *policy,
			    struct fm_ask *ask, int64_t at_ms, struct fm_err *err)
{
	struct fm_check *checks = calloc(FM_CHECKS_MAX, sizeof(*checks));
	enum fm_verdict verdict, totals = FM_ALLOW;
	size_t count = 0;

	if (!checks) {
		fm_nomem(err);
		return FM_REFUSE;
	}
	remember(ask, r);
	verdict = fm_policy_judge(policy, ask, checks, &count, err);
	for (size_t i = 0; verdict != FM_REFUSE && i < count; i++)
		fill(&checks[i], r, at_ms);
	if (verdict != FM_REFUSE)
		totals = fm_policy_totals(ask, checks, count, err);
	if (totals != FM_ALLOW)
		verdict = totals;
	free(checks);
	if (verdict == FM_ALLOW && add(r, ask, at_ms, err))
		verdict = FM_REFUSE;
	return verdict;
}
