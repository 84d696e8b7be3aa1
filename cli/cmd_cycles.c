/* SPDX-License-Identifier: MIT */
/* Clearing cycles: what was netted, and settling it. */
#include "cycles_read.h"

extern const struct cmd cycles_pay_cmd, cycles_claim_cmd, cycles_default_cmd,
	cycles_finalize_cmd;

static const struct cmd *const subs[] = {
	&cycles_list_cmd,     &cycles_show_cmd,
	&cycles_proof_cmd,    &cycles_audit_cmd,
	&cycles_watch_cmd,    &cycles_pay_cmd,
	&cycles_claim_cmd,    &cycles_default_cmd,
	&cycles_finalize_cmd, NULL,
};

const struct cmd cmd_cycles = {
	.name = "cycles",
	.summary = "see, check and settle what clearing netted",
	.details =
		"Guarantees are not paid one by one. 4Mica Core sums up what each wallet owes and "
		"is owed in one asset in one period, a clearing cycle, and commits the net "
		"positions to a contract on chain, the clearing house. Who owes pays there until a "
		"deadline; who is owed claims from what was paid.",
	.subs = subs,
	.bare = "list",
	.see = "fourmica-cycles 7",
};
