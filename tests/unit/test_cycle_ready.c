/* SPDX-License-Identifier: MIT */
/** What the clearing house would refuse, told before it costs gas: every second that matters, every
 *  status, sums that do not fit. contracts.md, 3. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_node.h"

#include <client/cycle.h>

#include <string.h>

#define TEXT "0x036cbd53842c5426634e7929541ec2318f3dcf7e:1777248000"
#define PAY_BY 2000u
#define FINAL_AT 3000u

static struct fake_node node;
static struct fm_err err;
static struct fm_cycle_wish wish;
static struct fm_cycle_side side;
static struct fm_cycle_look look;

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fake_node_init(&node);
	wish = (struct fm_cycle_wish){ .kind = FM_OP_PAY_DEBIT,
				       .chain_id = NODE_CHAIN,
				       .margin_s = FM_CYCLE_MARGIN_S };
	side = (struct fm_cycle_side){
		.has_amount = true,
		.asset = {.chain_id = NODE_CHAIN, .decimals = 6, .symbol = "USDC"},
		.amount = fm_u256_from_u64(100),
		.seen = true,
		.cycle = { .pay_by_s = PAY_BY,
			   .final_at_s = FINAL_AT,
			   .status = FM_CYCLE_OPEN				   },
		.chain_now_s = 1000,
	};
	assert_true(fm_cycle_ref_of(&side.ref, fm_span_of(TEXT)));
	side.asset.address = side.ref.asset;
	side.cycle.net_debit = side.cycle.net_credit = fm_u256_from_u64(100);
	look = (struct fm_cycle_look){ .wish = &wish,
				       .client = node.client,
				       .side = &side,
				       .balance = fm_u256_from_u64(100) };
	return rc;
}

static int tear_down(void **state)
{
	fake_node_clear(&node);
	return home_tear_down(state);
}

/** As things stand: FM_OK, or this code by this rule. */
static void ready(enum fm_code want, const char *rule)
{
	fm_err_init(&err);
	assert_int_equal(fm_cycle_ready(&look, &err), want);
	if (want)
		assert_memory_equal(err.rule, rule, strlen(rule));
}

static void status(enum fm_cycle_status is, enum fm_code want)
{
	side.cycle.status = is;
	ready(want, "InvalidCycleStatus");
}

static void test_time_to_pay(void **state)
{
	(void)state;
	side.chain_now_s = PAY_BY - FM_CYCLE_MARGIN_S;
	ready(FM_OK, "");
	side.chain_now_s++;
	ready(FM_E_REVERT, "deadline-margin");
	side.chain_now_s = PAY_BY;
	ready(FM_E_REVERT, "deadline-margin");
	side.chain_now_s = PAY_BY + 1;
	ready(FM_E_REVERT, "PaymentWindowElapsed");
	wish.margin_s = 0;
	ready(FM_E_REVERT, "PaymentWindowElapsed");
	side.chain_now_s = PAY_BY;
	ready(FM_OK, "");
	side.cycle.pay_by_s = 0;
	ready(FM_E_REVERT, "PaymentWindowElapsed");
	side.cycle.pay_by_s = UINT64_MAX;
	ready(FM_OK, "");
	side.chain_now_s = INT64_MAX;
	ready(FM_OK, "");
}

static void test_pay(void **state)
{
	(void)state;
	ready(FM_OK, "");
	look.balance = fm_u256_from_u64(99);
	ready(FM_E_REVERT, "ERC20InsufficientBalance");
	side.asset.address =
		(struct fm_addr){ { 0 } }; /* ETH: gas decides, in the trial */
	ready(FM_OK, "");
	status(FM_CYCLE_FINALIZED, FM_E_REVERT);
	status(FM_CYCLE_DEFAULTED, FM_E_REVERT);
	assert_non_null(strstr(err.msg, "in default"));
	status(FM_CYCLE_COMMITTED, FM_E_REVERT);
	status(FM_CYCLE_OPEN, FM_OK);
}

static void test_claim(void **state)
{
	(void)state;
	wish.kind = FM_OP_CLAIM_CREDIT;
	side.cycle.paid_in = fm_u256_from_u64(99);
	ready(FM_E_NOT_YET, "ClaimExceedsFundedLiquidity");
	assert_non_null(strstr(err.msg, "0.000099 USDC of 0.0001 USDC"));
	side.cycle.covered = fm_u256_from_u64(1);
	ready(FM_OK, "");
	side.cycle.claimed_out = fm_u256_from_u64(1);
	ready(FM_E_NOT_YET, "ClaimExceedsFundedLiquidity");
	side.cycle.claimed_out = FM_U256_ZERO;
	side.chain_now_s = FINAL_AT + 1000; /* no deadline of its own */
	ready(FM_OK, "");
	status(FM_CYCLE_DEFAULTED, FM_OK);
	status(FM_CYCLE_FINALIZED, FM_E_REVERT);
	/* A contract that says it took in more than there can be has nothing to pay from. */
	side.cycle.status = FM_CYCLE_OPEN;
	memset(&side.cycle.paid_in, 0xff, sizeof(side.cycle.paid_in));
	ready(FM_E_NOT_YET, "ClaimExceedsFundedLiquidity");
}

static void test_default(void **state)
{
	(void)state;
	wish.kind = FM_OP_MARK_DEFAULT;
	side.chain_now_s = FINAL_AT;
	ready(FM_E_NOT_YET, "PaymentFinalityPending");
	side.chain_now_s++;
	ready(FM_OK, "");
	side.seat.paid = true;
	ready(FM_E_REVERT, "AlreadyPaid");
	status(FM_CYCLE_DEFAULTED, FM_E_REVERT);
	assert_non_null(strstr(err.msg, "already recorded"));
	status(FM_CYCLE_FINALIZED, FM_E_REVERT);
}

static void test_finalize(void **state)
{
	struct fm_cycle_state *c = &side.cycle;

	(void)state;
	wish.kind = FM_OP_FINALIZE_CYCLE;
	side.chain_now_s = FINAL_AT;
	ready(FM_E_NOT_YET, "PaymentFinalityPending");
	side.chain_now_s++;
	c->resolved = fm_u256_from_u64(99);
	ready(FM_E_REVERT, "CycleDebtUnresolved");
	c->resolved = fm_u256_from_u64(100);
	c->paid_in = fm_u256_from_u64(60);
	c->covered = fm_u256_from_u64(39);
	ready(FM_E_REVERT, "CycleUnderfunded");
	c->covered = fm_u256_from_u64(40);
	c->claimed_out = fm_u256_from_u64(99);
	ready(FM_E_REVERT, "CycleClaimsUnresolved");
	c->claimed_out = fm_u256_from_u64(100);
	ready(FM_OK, "");
	status(FM_CYCLE_DEFAULTED, FM_OK); /* covered */
}

static void test_done(void **state)
{
	(void)state;
	assert_false(fm_cycle_done(&side, FM_OP_PAY_DEBIT));
	side.seat.paid = true;
	assert_true(fm_cycle_done(&side, FM_OP_PAY_DEBIT));
	assert_false(fm_cycle_done(&side, FM_OP_CLAIM_CREDIT));
	side.seat.claimed = true;
	assert_true(fm_cycle_done(&side, FM_OP_CLAIM_CREDIT));
	assert_false(fm_cycle_done(&side, FM_OP_MARK_DEFAULT));
	side.seat.defaulted = true;
	assert_true(fm_cycle_done(&side, FM_OP_MARK_DEFAULT));
	assert_false(fm_cycle_done(&side, FM_OP_FINALIZE_CYCLE));
	side.cycle.status = FM_CYCLE_FINALIZED;
	assert_true(fm_cycle_done(&side, FM_OP_FINALIZE_CYCLE));
	side.seen = false;
	assert_false(fm_cycle_done(&side, FM_OP_FINALIZE_CYCLE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_time_to_pay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pay, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_claim, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_default, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_finalize, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_done, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
