/* SPDX-License-Identifier: MIT */
/* What may be paid, and to whom. */
#include "cmd.h"

extern const struct cmd cmd_policy_accept, cmd_policy_check, cmd_policy_show,
	cmd_policy_test, cmd_policy_trust, cmd_policy_untrust;

static const struct cmd *const subs[] = {
	&cmd_policy_show,
	&cmd_policy_check,
	&cmd_policy_test,
	&cmd_policy_accept,
	&cmd_policy_trust,
	&cmd_policy_untrust,
	NULL,
};

const struct cmd cmd_policy = {
	.name = "policy",
	.summary = "what may be paid, and to whom",
	.details =
		"The rules are in policy.json; without that file built-in ones hold: 0.10 "
		"USDC a payment, 1 USDC a day, on test networks.",
	.see = "fourmica-policy 5",
	.subs = subs,
	.bare = "show",
};
