/* SPDX-License-Identifier: MIT */
/** Parts of looking after payments: those that are looked at, and who is asked. */
#ifndef FOURMICA_CLIENT_RECONCILE_H
#define FOURMICA_CLIENT_RECONCILE_H

#include <fourmica/reconcile.h>

#include "client/internal.h"

#define FM_CASE_MESSAGE 360
#define FM_CASE_NEXT 160

/** A payment that is looked at. */
struct fm_open_case {
	struct fm_payment payment;
	enum fm_pay_state before;
	bool over; /**< nothing more is to be found out about it */
	char message[FM_CASE_MESSAGE];
	char next[FM_CASE_NEXT];
};

/** All of them on one chain. */
struct fm_cases {
	struct fm_client *client;
	struct fm_ledger *ledger;
	uint64_t chain_id;
	const struct fm_reconcile *wish;
	struct fm_open_case *items;
	size_t count;
	struct fm_err
		why; /**< what kept somebody from being asked; code FM_OK: nothing */
};

/** Is it one that nobody knows the outcome of? */
bool fm_case_unsure(const struct fm_open_case *c) FM_MUST_USE;
void fm_case_say(struct fm_open_case *c, const char *fmt, ...) FM_PRINTF(2, 3);
void fm_case_next(struct fm_open_case *c, const char *fmt, ...) FM_PRINTF(2, 3);
/** Into the ledger: its new state and evidence. Another process may have been faster: then the case
 *  is what that one made of it. */
enum fm_code fm_case_settle(struct fm_cases *cases, struct fm_open_case *c,
			    enum fm_pay_state state, const char *evidence,
			    struct fm_err *err) FM_MUST_USE;
/** What ends the run, as opposed to what leaves a case as it is. */
bool fm_cases_fatal(enum fm_code rc) FM_MUST_USE;

/* reconcile_receipt.c */
/** A certificate that was kept, but whose payment was never recorded as paid. */
enum fm_code fm_cases_receipts(struct fm_cases *cases, struct fm_err *err) FM_MUST_USE;

/* reconcile_receipt.c */
/** What the seller said to a repeated sending, where nothing better was found. */
enum fm_code fm_cases_answers(struct fm_cases *cases, struct fm_err *err) FM_MUST_USE;

/* reconcile_chain.c */
/** Ask each authorization's token whether its nonce is used. */
enum fm_code fm_cases_chain(struct fm_cases *cases, struct fm_err *err) FM_MUST_USE;

/* reconcile_core.c */
/** Ask Core what it has locked. */
enum fm_code fm_cases_core(struct fm_cases *cases, struct fm_err *err) FM_MUST_USE;

#endif
