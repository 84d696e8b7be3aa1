/* SPDX-License-Identifier: MIT */
/* What became of payments: which are looked at, in what order somebody is asked, what is told. */
#include "client/reconcile.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one ---- */

bool fm_case_unsure(const struct fm_open_case *c)
{
	return c->payment.state == FM_PAY_SIGNED || c->payment.state == FM_PAY_IN_DOUBT;
}

void fm_case_say(struct fm_open_case *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->message, sizeof(c->message), fmt, args);
	va_end(args);
}

void fm_case_next(struct fm_open_case *c, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(c->next, sizeof(c->next), fmt, args);
	va_end(args);
}

bool fm_cases_fatal(enum fm_code rc)
{
	return rc == FM_E_INTERRUPTED || rc == FM_E_NOMEM || rc == FM_E_INTERNAL ||
	       rc == FM_E_LEDGER || rc == FM_E_IO;
}

static enum fm_code read_again(struct fm_cases *cases, struct fm_open_case *c,
			       struct fm_err *err)
{
	struct fm_payment now;
	bool found = false;
	enum fm_code rc = fm_ledger_find(&now, &found, cases->ledger, c->payment.id, err);

	if (rc || !found)
		return rc;
	fm_payment_clear(&c->payment);
	c->payment = now;
	c->over = true;
	fm_case_say(c, "another process was at it");
	return FM_OK;
}

enum fm_code fm_case_settle(struct fm_cases *cases, struct fm_open_case *c,
			    enum fm_pay_state state, const char *evidence,
			    struct fm_err *err)
{
	struct fm_payment *p = &c->payment;
	enum fm_pay_state before = p->state;
	bool done = false;
	enum fm_code rc;

	if (before == state && strcmp(p->evidence, evidence) == 0)
		return FM_OK;
	p->state = state;
	snprintf(p->evidence, sizeof(p->evidence), "%s", evidence);
	rc = fm_ledger_resolve(&done, cases->ledger, p, before, err);
	if (rc)
		return rc;
	if (!done)
		return read_again(cases, c, err);
	fm_client_event(cases->client, fm_pay_state_word(state), "%s", p->id);
	return FM_OK;
}

/* ---- which ---- */

/** Takes the payments out of the list, but those that a living process is making. */
static enum fm_code take(struct fm_cases *cases, struct fm_payment *payments,
			 size_t count, struct fm_err *err)
{
	struct fm_open_case *items =
		realloc(cases->items, (cases->count + count + 1) * sizeof(*cases->items));

	if (!items)
		return fm_nomem(err);
	cases->items = items;
	for (size_t i = count; i-- > 0;) { /* older first */
		bool alive = false;
		enum fm_code rc = FM_OK;

		if (payments[i].state <= FM_PAY_SIGNED)
			rc = fm_ledger_pay_alive(&alive, cases->ledger, &payments[i],
						 err);
		if (rc)
			return rc;
		if (alive)
			continue;
		items[cases->count++] =
			(struct fm_open_case){ .payment = payments[i],
					       .before = payments[i].state };
		memset(&payments[i], 0, sizeof(payments[i]));
	}
	return FM_OK;
}

static enum fm_code find_open(struct fm_cases *cases, struct fm_err *err)
{
	const struct fm_addr *payer = &cases->client->config.payer;
	struct fm_payment *list = NULL;
	size_t count = 0;
	enum fm_code rc = fm_ledger_authority(&list, &count, cases->ledger, payer,
					      cases->chain_id, SIZE_MAX, err);

	if (!rc)
		rc = take(cases, list, count, err);
	fm_payments_free(&list, count);
	if (rc || !cases->wish->all)
		return rc;
	rc = fm_ledger_claimed(&list, &count, cases->ledger, payer, cases->chain_id, err);
	if (!rc)
		rc = take(cases, list, count, err);
	fm_payments_free(&list, count);
	return rc;
}

static enum fm_code find_one(struct fm_cases *cases, struct fm_err *err)
{
	const char *id = cases->wish->id;
	struct fm_payment *list = calloc(1, sizeof(*list));
	bool found = false;
	enum fm_code rc = list ? fm_ledger_find(list, &found, cases->ledger, id, err)
			       : fm_nomem(err);

	if (!rc && (!found || list->chain_id != cases->chain_id ||
		    !fm_addr_equal(&list->payer, &cases->client->config.payer)))
		rc = fm_fail(err, FM_E_USAGE, "'%.80s' is no payment of this wallet", id);
	if (!rc)
		rc = take(cases, list, 1, err);
	if (!rc && !cases->count) {
		fm_fail(err, FM_E_BUSY, "payment %s is just being made", list->id);
		rc = fm_hint(err, "wait for the process that makes it");
	}
	fm_payments_free(&list, 1);
	return rc;
}

/** What needs no question. */
static void look_at_first(struct fm_open_case *c)
{
	const struct fm_payment *p = &c->payment;

	switch (p->state) {
	case FM_PAY_RELEASED:
		c->over = true;
		fm_case_say(c, p->signed_ms ? "never used, and it cannot be any more"
					    : "nothing was signed");
		break;
	case FM_PAY_RESOLVED:
		c->over = true;
		fm_case_say(c, "decided by a person: %.280s",
			    p->resolution ? p->resolution : "no reason is kept");
		break;
	case FM_PAY_PAID:
		c->over =
			!p->valid_before_s || strcmp(p->evidence, FM_EVIDENCE_CHAIN) == 0;
		fm_case_say(c, "paid");
		break;
	case FM_PAY_RESERVED:
	case FM_PAY_SIGNED:
	case FM_PAY_REFUSED:
	case FM_PAY_IN_DOUBT:
		fm_case_say(c, "nobody was asked");
		break;
	}
}

/* ---- telling ---- */

struct sweeping {
	const struct fm_reconcile *wish;
	const struct fm_addr *payer;
	uint64_t chain_id;
};

static void tell_swept(void *ctx, const struct fm_payment *p)
{
	const struct sweeping *s = ctx;
	const struct fm_reconciled told = {
		.payment = p,
		.before = FM_PAY_RESERVED,
		.message = "its process ended before it signed: the reservation is "
			   "given back",
		.next = ""
	};

	if (p->chain_id != s->chain_id || !fm_addr_equal(&p->payer, s->payer) ||
	    !s->wish->each)
		return;
	if (!s->wish->id || strcmp(s->wish->id, p->id) == 0 ||
	    strcmp(s->wish->id, p->idem_key) == 0)
		s->wish->each(s->wish->ctx, &told);
}

static void tell(const struct fm_cases *cases, const struct fm_open_case *c)
{
	const struct fm_reconciled told = { .payment = &c->payment,
					    .before = c->before,
					    .unsure = fm_case_unsure(c),
					    .message = c->message,
					    .next = c->next };

	if (cases->wish->each)
		cases->wish->each(cases->wish->ctx, &told);
}

static enum fm_code sum_up(const struct fm_cases *cases, struct fm_err *err)
{
	const struct fm_open_case *first = NULL;
	size_t unsure = 0;

	for (size_t i = 0; i < cases->count; i++) {
		if (!fm_case_unsure(&cases->items[i]))
			continue;
		first = first ? first : &cases->items[i];
		unsure++;
	}
	if (!first) {
		if (cases->why.code)
			*err = cases->why;
		return cases->why.code;
	}
	/* Nothing was sent now, but an earlier run did. */
	err->spent = FM_SPENT_MAYBE;
	fm_fail(err, FM_E_IN_DOUBT, "payment %s%s in doubt: %s", first->payment.id,
		unsure > 1 ? " (and others) stays" : " stays", first->message);
	return fm_hint(err, "%s", first->next);
}

/* ---- all of it ---- */

static enum fm_code ask_all(struct fm_cases *cases, struct fm_err *err)
{
	enum fm_code rc;

	for (size_t i = 0; i < cases->count; i++)
		look_at_first(&cases->items[i]);
	rc = fm_cases_receipts(cases, err);
	if (!rc)
		rc = fm_cases_chain(cases, err);
	if (!rc)
		rc = fm_cases_core(cases, err);
	if (!rc)
		rc = fm_cases_answers(cases, err);
	return rc;
}

static void clear(struct fm_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		fm_payment_clear(&cases->items[i].payment);
	free(cases->items);
}

enum fm_code fm_reconcile(struct fm_client *client, uint64_t chain_id,
			  const struct fm_reconcile *wish, struct fm_err *err)
{
	struct fm_cases cases = { .client = client, .chain_id = chain_id, .wish = wish };
	struct sweeping sweeping = { wish, &client->config.payer, chain_id };
	enum fm_code rc = fm_client_ledger(&cases.ledger, client, true, err);

	fm_err_init(&cases.why);
	if (!rc)
		rc = fm_ledger_sweep(cases.ledger, tell_swept, &sweeping, err);
	if (!rc)
		rc = wish->id ? find_one(&cases, err) : find_open(&cases, err);
	if (!rc)
		rc = ask_all(&cases, err);
	for (size_t i = 0; i < cases.count; i++)
		tell(&cases, &cases.items[i]);
	if (!rc)
		rc = sum_up(&cases, err);
	clear(&cases);
	return rc;
}
