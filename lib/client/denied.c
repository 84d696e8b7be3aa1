/* SPDX-License-Identifier: MIT */
/** What was not to be, for the journal. */
#include "client/internal.h"

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

void fm_client_denied(struct fm_client *client, struct fm_denial *denial,
		      const struct fm_err *err)
{
	const struct fm_spending *spending = client->config.spending;
	struct fm_ledger *ledger;
	struct fm_err second;

	if (!is_denial(err) || client->config.dry_run)
		return;
	fm_err_init(&second);
	denial->payer = client->config.payer;
	denial->code = err->code;
	denial->rule = err->rule[0] ? err->rule : NULL;
	fm_policy_hash(&denial->policy_hash, client->config.policy);
	/* No second ledger comes to be for a wallet that has one. */
	if (fm_client_ledger(&ledger, client, !(spending && spending->bound), &second) ||
	    (ledger && fm_ledger_denied(ledger, denial, &second)))
		fm_log(client->config.log, FM_LOG_INFO, "refusal not recorded: %s",
		       second.msg);
}

void fm_quote_denied(const struct fm_quote *quote, struct fm_client *client,
		     const char *method, const struct fm_terms_wanted *wanted,
		     const struct fm_err *err)
{
	struct fm_denial denial = {
		.method = method,
		.origin = quote->origin,
		.route = quote->route,
		.task = wanted->task,
		.category = wanted->category,
		.purpose = wanted->reason,
	};

	if (!quote->origin[0])
		return;
	take_offer(&denial, quote->offer);
	fm_client_denied(client, &denial, err);
}
