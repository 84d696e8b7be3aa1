/* SPDX-License-Identifier: MIT */
/* policy.json: what is accepted can judge, and no judgement lets through what a limit of zero
 * room forbids. */
#include <fuzz.h>

#include <fourmica/network.h>
#include <fourmica/policy.h>

static void judge(const struct fm_policy *policy, const struct fm_ask *ask)
{
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count = 0;
	struct fm_err err;
	enum fm_verdict verdict;

	fm_err_init(&err);
	verdict = fm_policy_judge(policy, ask, checks, &count, &err);
	MUST(count <= FM_CHECKS_MAX);
	if (verdict != FM_ALLOW) {
		fuzz_err_ok(err.code, &err);
		return;
	}
	/* Used up to the cap: nothing that costs anything fits any more. */
	for (size_t i = 0; i < count; i++) {
		MUST(memchr(checks[i].rule, 0, sizeof(checks[i].rule)));
		checks[i].used = checks[i].cap;
		checks[i].used_count = checks[i].cap_count;
	}
	fm_err_init(&err);
	verdict = fm_policy_totals(ask, checks, count, &err);
	for (size_t i = 0; i < count; i++)
		MUST(verdict != FM_ALLOW ||
		     (!checks[i].has_count &&
		      (!checks[i].has_amount || fm_u256_is_zero(&ask->amount))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_ask ask = { .chain_id = 84532,
			      .scheme = "exact",
			      .origin = "https://api.example.com",
			      .route = "/heavy",
			      .task = "t",
			      .window_s = 60 };
	struct fm_policy *policy = NULL;
	struct fm_hash hash;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_policy_parse(&policy, fuzz_span(data, size), "policy.json", &err);
	if (rc) {
		MUST(!policy);
		fuzz_err_ok(rc, &err);
		return 0;
	}
	fm_policy_hash(&hash, policy);
	ask.asset = fm_asset_by_symbol(84532, "USDC");
	judge(policy, &ask);
	ask.amount = fm_u256_from_u64(10000);
	judge(policy, &ask);
	ask.scheme = "4mica-credit";
	ask.window_s = 0;
	judge(policy, &ask);
	/* Deposits and clearing payments: what is said of sellers is not there. */
	for (int of = FM_MONEY_DEPOSIT; of <= FM_MONEY_CLEARING; of++) {
		struct fm_ask move = { .of = (enum fm_money)of,
				       .chain_id = ask.chain_id,
				       .asset = ask.asset,
				       .amount = ask.amount };

		judge(policy, &move);
	}
	ask.asset = NULL;
	judge(policy, &ask);
	MUST(fm_policy_evidence(policy, ask.origin) <= FM_EVIDENCE_RECEIPT);
	MUST(fm_policy_max_window(policy) >= 0);
	fm_policy_free(&policy);
	return 0;
}
