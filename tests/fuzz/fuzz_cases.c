/* SPDX-License-Identifier: MIT */
/* Payments a policy is tried with: what is accepted can be rehearsed, and totals never shrink. */
#include <fuzz.h>

#include <fourmica/network.h>
#include <fourmica/policy.h>

#define MOST 50 /* rehearsed: their time grows with the square of their number */

static struct fm_ask ask_of(const struct fm_case *c)
{
	return (struct fm_ask){
		.chain_id = c->chain_id,
		.asset = fm_asset_by_symbol(c->chain_id, "USDC"),
		.amount = fm_u256_from_u64(9),
		.pay_to = c->pay_to,
		.scheme = c->scheme,
		.origin = c->origin,
		.route = c->route,
		.task = c->task,
		.category = c->category,
		.payer = c->payer,
		.window_s = c->window_s,
		.v2 = c->v2,
		.history = { .failures = c->failures },
		.approved = c->approved,
	};
}

static void rehearse(const struct fm_case *cases, size_t count)
{
	static const char text[] =
		"{\"version\":1,\"networks\":[\"base-sepolia\"],\"first_payment\":\"0.1usdc\",\"limits\":[{\"amount\":"
		"\"0.00002usdc\",\"window\":\"1h\"},{\"count\":9,\"window\":\"utc-day\","
		"\"network\":\"base-sepolia\"},{\"amount\":\"1usdc\",\"per\":\"task\"}]}";
	struct fm_rehearsal *r = fm_rehearsal_new();
	struct fm_policy *policy = NULL;
	struct fm_ask asks[MOST];
	size_t allowed = 0;
	struct fm_err err;

	fm_err_init(&err);
	MUST(r && fm_policy_parse(&policy, fm_span_of(text), "p", &err) == FM_OK);
	for (size_t i = 0; i < count && i < MOST; i++) {
		asks[i] = ask_of(&cases[i]);
		fm_err_init(&err);
		if (fm_rehearse(r, policy, &asks[i], 5000, &err) == FM_ALLOW)
			allowed++;
		else
			fuzz_err_ok(err.code, &err);
	}
	/* 20 units on Base Sepolia alone, and 9 each. */
	MUST(allowed <= 2);
	fm_policy_free(&policy);
	fm_rehearsal_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_case *cases;
	size_t count;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_cases_parse(&cases, &count, fuzz_span(data, size), "cases", &err);
	if (rc) {
		MUST(!cases && !count);
		fuzz_err_ok(rc, &err);
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		MUST(cases[i].line && *cases[i].origin && *cases[i].route == '/');
		MUST(cases[i].scheme && cases[i].amount.number[0]);
	}
	rehearse(cases, count);
	free(cases);
	return 0;
}
