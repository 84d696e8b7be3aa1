/* SPDX-License-Identifier: MIT */
/** A payment that was not to be, for the journal. */
#include "client/internal.h"

#include <string.h>

static void take_offer(struct fm_denial *d, const struct fm_offer *offer)
{
	if (!offer || !offer->scheme || !offer->chain_id)
		return;
	d->has_terms = true;
	d->chain_id = offer->chain_id;
	d->asset = offer->asset;
	d->amount = offer->amount;
	d->pay_to = offer->pay_to;
	d->scheme = offer->scheme->name;
}

/** Rules, sellers and budgets said no, or that a person must be asked: conventions, exit codes. */
static bool is_denial(const struct fm_err *err)
{
	int status = fm_code_info(err->code)->exit_status;

	return status >= 30 && status <= 38;
}

void fm_client_denied(const struct fm_paid *paid, struct fm_client *client,
		      const struct fm_http_request *request,
		      const struct fm_terms_wanted *wanted, const struct fm_err *err)
{
	const struct fm_quote *quote = &paid->quote;
	struct fm_denial d = {
		.method = request->method,
		.origin = quote->origin,
		.route = quote->route,
		.payer = client->config.payer,
		.task = wanted->task,
		.category = wanted->category,
		.purpose = wanted->reason,
		.code = err->code,
		.rule = err->rule[0] ? err->rule : NULL,
	};
	struct fm_ledger *ledger;
	struct fm_err second;

	/* What was reserved has records of its own. */
	if (!is_denial(err) || client->config.dry_run || !quote->origin[0] ||
	    paid->authority.payment.created_ms)
		return;
	fm_err_init(&second);
	fm_policy_hash(&d.policy_hash, client->config.policy);
	take_offer(&d, quote->offer);
	if (fm_client_ledger(&ledger, client, true, &second) ||
	    fm_ledger_denied(ledger, &d, &second))
		fm_log(client->config.log, FM_LOG_INFO, "refusal not recorded: %s",
		       second.msg);
}
