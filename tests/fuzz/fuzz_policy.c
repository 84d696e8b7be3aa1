/* SPDX-License-Identifier: MIT */
/* policy.json: what is accepted can judge, no judgement lets through what a limit of zero room
 * forbids, and an approval turns questions into payments, never refusals. */
#include <fuzz.h>

#include <fourmica/network.h>
#include <fourmica/policy.h>

static void approve(const struct fm_policy *policy, const struct fm_ask *ask,
		    enum fm_verdict without)
{
	struct fm_check checks[FM_CHECKS_MAX];
	struct fm_ask approved = *ask;
	size_t count = 0;
	struct fm_err err;

	fm_err_init(&err);
	approved.approved = true;
	MUST((fm_policy_judge(policy, &approved, checks, &count, &err) == FM_REFUSE) ==
	     (without == FM_REFUSE));
	MUST((err.code == FM_OK) == (without != FM_REFUSE));
}

static void judge(const struct fm_policy *policy, const struct fm_ask *ask)
{
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count = 0;
	struct fm_err err;
	enum fm_verdict verdict;

	fm_err_init(&err);
	verdict = fm_policy_judge(policy, ask, checks, &count, &err);
	MUST(count <= FM_CHECKS_MAX);
	MUST((verdict == FM_APPROVE) == (err.code == FM_E_APPROVAL));
	approve(policy, ask, verdict);
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

static void see(void *ctx, const struct fm_policy_rule *rule)
{
	size_t *rules = ctx;

	MUST(rule->rule && *rule->rule && rule->subject && rule->value && *rule->value);
	++*rules;
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
	size_t rules = 0;
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
	/* With a past, a purpose, conditions; and far from home. */
	ask.category = "ads";
	ask.history = (struct fm_history){ .paid = true,
					   .priced = true,
					   .last_price = fm_u256_from_u64(8000),
					   .failures = 3 };
	ask.v2 = (struct fm_ask_v2){ .wanted = true, .min_score = 80 };
	judge(policy, &ask);
	memset(&ask.amount, 0xff, sizeof(ask.amount));
	ask.history.last_price.w[3] = UINT64_MAX >> 1;
	ask.origin = "http://xn--pypal-4ve.example";
	judge(policy, &ask);
	ask.origin = "";
	judge(policy, &ask);
	MUST(fm_policy_rules(policy, see, &rules, &err) == FM_OK);
	MUST(rules >= 10);
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
