/* SPDX-License-Identifier: MIT */
/* `audit`: what was paid, what for, and whether the record of it is whole. */
#include "audit.h"

static const struct cmd *const subs[] = {
	&audit_list_cmd,  &audit_show_cmd, &audit_verify_cmd,	   &audit_export_cmd,
	&audit_stats_cmd, &audit_note_cmd, &audit_import_cert_cmd, NULL,
};

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica audit", "what happened lately" },
	{ "fourmica audit verify", "nothing was changed behind its back" },
	{ "fourmica audit export --since 2026-06-01 --until 2026-07-01 -o june.csv",
	  "a month for the books: what each payment was for" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_audit = {
	.name = "audit",
	.summary = "see what was paid and what for, and prove that the record is whole",
	.details =
		"The ledger keeps a journal: each reservation, signature, outcome and refusal "
		"with seller, route, method, amount, asset, network, scheme, task, category and "
		"reason, chained by hashes. Keys, credentials, bodies and the query of a URL are "
		"never in it; of the payment header only its hash is.",
	.subs = subs,
	.bare = "list",
	.examples = examples,
};
