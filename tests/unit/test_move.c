/* SPDX-License-Identifier: MIT */
/** Making a transaction with nodes the sandbox cannot play: the order lock, settle, try, agree, sign,
 *  record, send, watch, and what is left when it stops anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_node.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REVERTED \
	"\"error\":{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0xd93c0665\"}"

static struct fake_node node;
static struct fm_moved moved;
static struct fm_move_options options;
static struct fm_err err;
static unsigned asked;
static enum fm_code answer_to_ask;

static enum fm_code ask(void *ctx, const struct fm_move_ask *what, struct fm_err *e)
{
	(void)ctx;
	assert_string_equal(what->purpose,
			    moved.steps > 1 && !moved.count ? "approve" : "deposit");
	assert_true(!fm_u256_is_zero(&what->fee_max));
	asked++;
	return answer_to_ask ? fm_fail(e, answer_to_ask, "no") : FM_OK;
}

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fake_node_init(&node);
	fm_moved_init(&moved);
	fm_err_init(&err);
	asked = 0;
	answer_to_ask = FM_OK;
	options = (struct fm_move_options){ .confirm = ask };
	return rc;
}

static int tear_down(void **state)
{
	fm_moved_clear(&moved);
	fake_node_clear(&node);
	return home_tear_down(state);
}

static struct fm_addr someone(uint8_t id)
{
	return (struct fm_addr){ { id } };
}

static enum fm_code step(struct fm_mover *m, const char *purpose, bool last)
{
	struct fm_addr to = someone(9);
	struct fm_step one;
	enum fm_code rc;

	fm_step_init(&one, purpose, &to);
	one.returns_bool = !last;
	assert_true(fm_buf_str(&one.data, "call"));
	rc = fm_mover_step(m, &one, last, &err);
	fm_step_clear(&one);
	return rc;
}

/** One operation from end to end, with an approval in front of it or not. */
static enum fm_code move(bool approve)
{
	struct fm_op *op = &moved.op;
	struct fm_mover m;
	bool ended = false;
	enum fm_code rc;

	fm_moved_clear(&moved);
	fm_err_init(&err);
	rc = fm_mover_open(&m, node.client, NODE_CHAIN, &options, &moved, true, &err);
	op->kind = FM_OP_DEPOSIT;
	op->amount = fm_u256_from_u64(5);
	op->target = someone(9);
	moved.steps = approve ? 2 : 1;
	if (!rc)
		rc = fm_mover_begin(&m, &ended, NULL, NULL, 0, &err);
	if (!rc && !ended && approve)
		rc = step(&m, FM_PURPOSE_APPROVE, false);
	if (!rc && !ended)
		rc = step(&m, "deposit", true);
	fm_mover_close(&m);
	return rc;
}

static void told(void)
{
	struct fm_err ignored;

	fm_err_init(&ignored);
	assert_int_equal(fm_move_told(node.client, &moved.op, &ignored), FM_OK);
}

static void ends(enum fm_code want, bool approve, const char *says)
{
	enum fm_code rc = move(approve);

	if (rc != want || err.code != want || !strstr(err.msg, says))
		fail_msg("%s: %s (not %s: %s)", fm_code_info(rc)->word, err.msg,
			 fm_code_info(want)->word, says);
}

static void nothing_left(void)
{
	assert_int_equal(node.broadcasts, 0);
	assert_int_equal(moved.count, 0);
	assert_int_equal(err.spent, FM_SPENT_NO);
	assert_int_not_equal(moved.op.state, FM_OP_OPEN);
}

/* ---- in order ---- */

static void from_end_to_end(void **state)
{
	(void)state;
	assert_int_equal(move(true), FM_OK);
	assert_string_equal(node.events, "signed sent mined signed sent mined ");
	assert_int_equal(node.broadcasts, 2);
	assert_int_equal(moved.count, 2);
	assert_int_equal(moved.txs[0].nonce, 0);
	assert_int_equal(moved.txs[1].nonce, 1);
	assert_int_equal(moved.txs[1].state, FM_TX_MINED);
	assert_int_equal(moved.txs[1].gas_limit, 21000 + 21000 / 5);
	assert_int_equal(moved.op.state, FM_OP_DONE);
	assert_int_equal(asked, 1);
	told();
	options.confirm_each = true;
	assert_int_equal(move(true), FM_OK);
	assert_int_equal(asked, 3);
	assert_false(moved.resumed);
}

static void a_person_who_declines(void **state)
{
	(void)state;
	answer_to_ask = FM_E_DECLINED;
	ends(FM_E_DECLINED, false, "no");
	nothing_left();
	assert_int_equal(moved.op.state, FM_OP_ABANDONED);
}

static void a_dry_run(void **state)
{
	(void)state;
	node.config.dry_run = true;
	fake_node_restart(&node);
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(node.broadcasts, 0);
	assert_false(fm_u256_is_zero(&moved.fee_max));
	assert_int_equal(access(home_ledger(), F_OK), -1);
}

/* ---- what nodes say before ---- */

static void nonces_that_cannot_be(void **state)
{
	(void)state;
	node.spoiled = "eth_getTransactionCount";
	node.spoil = "\"result\":\"0x7\"";
	/* pending 7, mined 0: for as long as it says so */
	node.ahead = 7;
	node.spoil_times = 0;
	ends(FM_E_CHAIN, false, "the next nonce is 7, mined are 0");
	nothing_left();
	assert_true(node.sleeps > 20); /* it had its time */
	node.ahead = 0;
	node.latest = 3;
	assert_int_equal(move(false), FM_OK);
	told();
	/* pending below latest: a second endpoint behind the same name */
	node.spoil = "\"result\":\"0x2\"";
	node.spoil_times = 1;
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(moved.txs[0].nonce, 4);
}

static void caught_up_in_time(struct fake_node *n)
{
	if (n->sleeps == 3)
		n->ahead = 0;
}

static void a_node_that_catches_up(void **state)
{
	(void)state;
	node.ahead = 1;
	node.on_sleep = caught_up_in_time;
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(moved.txs[0].nonce, 0);
	assert_int_equal(node.sleeps, 3);
}

static void fees_and_gas(void **state)
{
	struct fm_u256 most;

	(void)state;
	memset(&most, 0xff, sizeof(most));
	node.estimate = "\"result\":\"0xffffffffffffffff\"";
	ends(FM_E_CHAIN, false, "18446744073709551615 is no gas");
	nothing_left();
	node.estimate = "\"error\":{\"code\":-32003,\"message\":\"insufficient funds\"}";
	ends(FM_E_REVERT, false, "insufficient funds");
	assert_string_equal(err.rule, "gas");
	nothing_left();
	node.estimate = "\"result\":\"0x5208\"";
	node.base_fee = "0xe8d4a51000"; /* 1000 gwei; twice that is asked for */
	ends(FM_E_CHAIN, false, "which is odd");
	nothing_left();
	options.fees.has_max = true;
	options.fees.max = fm_u256_from_u64(999);
	ends(FM_E_REVERT, false, "the next block asks 1000 gwei");
	assert_string_equal(err.rule, "max-fee");
	options.fees.max = most;
	ends(FM_E_REVERT, false, "do not fit 256 bits");
	nothing_left();
	options.fees.max = fm_u256_from_u64(2000000000000);
	options.fees.gas_limit = 20999;
	ends(FM_E_REVERT, false, "needs 21000 gas, --gas-limit allows 20999");
	options.fees.gas_limit = 21000;
	node.balance = "0x1";
	ends(FM_E_REVERT, false, "the wallet holds 0.000000000000000001 ETH");
	assert_string_equal(err.rule, "gas");
	nothing_left();
	node.balance = "0xde0b6b3a7640000";
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(moved.txs[0].gas_limit, 21000);
}

static void refused_in_simulation(void **state)
{
	(void)state;
	node.call = REVERTED;
	ends(FM_E_REVERT, false, "the vault is paused");
	assert_string_equal(err.rule, "EnforcedPause");
	nothing_left();
	/* The call runs in the state as it is, the estimate may not. */
	node.call = "\"result\":\"0x\"";
	node.estimate = REVERTED;
	ends(FM_E_REVERT, false, "the vault is paused");
	node.estimate = "\"result\":\"0x5208\"";
	node.call =
		"\"result\":"
		"\"0x0000000000000000000000000000000000000000000000000000000000000000\"";
	ends(FM_E_REVERT, true, "the token answers the approve with \"false\"");
	assert_string_equal(err.rule, "token-answer");
	nothing_left();
	node.call = "\"result\":17";
	ends(FM_E_CHAIN, false, "the answer is no bytes");
	node.call = "\"error\":{\"code\":-32000,\"message\":\"header not found\"}";
	ends(FM_E_CHAIN, false, "header not found");
	nothing_left();
	node.call = "\"result\":\"0x\"";
	node.chain_id = 1;
	ends(FM_E_CHAIN, false, "serves chain 1, wanted is chain 84532");
	nothing_left();
}

/* ---- halfway ---- */

/** Begun in an earlier run, refused in this one: nothing left in this one. */
static void refused_when_resumed(void **state)
{
	(void)state;
	node.auto_mine = false;
	options.wait_ms = 1000;
	ends(FM_E_TX_PENDING, true, "is not in a block yet");
	assert_int_equal(err.spent, FM_SPENT_MAYBE);
	assert_int_equal(moved.op.state, FM_OP_OPEN);
	fake_node_restart(&node);
	fake_node_mine(&node);
	node.estimate = REVERTED;
	ends(FM_E_REVERT, true, "the vault is paused");
	assert_true(moved.resumed);
	assert_int_equal(err.spent, FM_SPENT_NO);
	assert_int_equal(moved.op.state, FM_OP_FAILED);
}

/** In one run: codes below 40 promise that nothing left, and the approval did. */
static enum fm_code ask_and_cut(void *ctx, const struct fm_move_ask *what,
				struct fm_err *e)
{
	(void)ctx;
	(void)e;
	if (strcmp(what->purpose, "deposit") == 0)
		return fm_fail(e, FM_E_DECLINED, "changed my mind");
	return FM_OK;
}

static void declined_between(void **state)
{
	(void)state;
	options.confirm_each = true;
	options.confirm = ask_and_cut;
	ends(FM_E_REVERTED, true,
	     "the deposit was not sent, but what comes before it was: changed my mind");
	assert_int_equal(err.spent, FM_SPENT_YES);
	assert_int_equal(moved.count, 1);
	assert_int_equal(moved.op.state, FM_OP_FAILED);
	assert_int_equal(node.broadcasts, 1);
}

/* ---- sending ---- */

static void answers_to_a_broadcast(void **state)
{
	static const struct {
		const char *answer, *says;
	} refusals[] = {
		{"\"error\":{\"code\":-32000,\"message\":\"insufficient funds\"}",
		  "insufficient funds"							       },
		{ "\"error\":{\"code\":-32000,\"message\":\"intrinsic gas too low\"}",
		  "intrinsic gas"								    },
		{ "\"error\":{\"code\":-32000,\"message\":\"replacement transaction "
		  "underpriced\"}",				   "underpriced"},
		{ "\"error\":{\"code\":-32000,\"message\":\"nonce too high\"}",
		  "nonce too high"								   },
		{ "\"error\":{\"code\":-1,\"message\":\"odd\"}",			 "odd"	       },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		node.send = refusals[i].answer;
		ends(FM_E_TX_PENDING, false, refusals[i].says);
		assert_int_equal(err.spent, FM_SPENT_MAYBE);
		assert_int_equal(moved.count, 1);
		/* A healthy node: the same bytes. */
		node.send = NULL;
		assert_int_equal(move(false), FM_OK);
		assert_true(moved.resumed);
		assert_int_equal(moved.count, 1);
		assert_int_equal(node.tx_count, i + 1);
		told();
	}
	/* "nonce too low" may mean that it is mined already: looking tells. */
	node.mute = true;
	assert_int_equal(move(false), FM_OK);
	assert_false(moved.resumed);
	assert_int_equal(moved.op.state, FM_OP_DONE);
}

static void another_hash_for_an_answer(void **state)
{
	(void)state;
	node.send =
		"\"result\":"
		"\"0x1111111111111111111111111111111111111111111111111111111111111111\"";
	options.wait_ms = 2000;
	ends(FM_E_TX_PENDING, false, "is not in a block yet");
	node.send = NULL;
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(node.tx_count, 1);
}

static void a_lost_connection(void **state)
{
	(void)state;
	/* Before the node had it: the watching sends it once more, after a while. */
	node.deaf = true;
	options.wait_ms = 3000;
	ends(FM_E_TX_PENDING, false, "is not in a block yet");
	assert_int_equal(node.broadcasts, 2);
	node.deaf = false;
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(node.broadcasts, 3);
	assert_int_equal(node.tx_count, 1);
}

static void the_node_is_down_while_waiting(void **state)
{
	(void)state;
	node.mute = true; /* the answer is lost, and then the node for some questions */
	node.spoiled = "eth_getTransactionReceipt";
	node.spoil = "\"error\":{\"code\":-32000,\"message\":\"busy\"}";
	node.spoil_times = 3;
	assert_int_equal(move(false), FM_OK);
	told();
	node.spoil_times = 1000;
	options.wait_ms = 2000;
	ends(FM_E_TX_PENDING, false, "busy");
	assert_int_equal(err.spent, FM_SPENT_MAYBE);
}

static void ctrl_c(struct fake_node *n)
{
	n->cancel = 1;
}

static void interrupted_while_waiting(void **state)
{
	(void)state;
	node.auto_mine = false;
	node.on_sleep = ctrl_c;
	ends(FM_E_TX_PENDING, false, "interrupted");
	assert_int_equal(moved.count, 1);
	assert_int_equal(moved.op.state, FM_OP_OPEN);
	node.cancel = 0;
	node.on_sleep = NULL;
	fake_node_mine(&node);
	fake_node_restart(&node);
	assert_int_equal(move(false), FM_OK);
	assert_true(moved.resumed);
	assert_int_equal(node.broadcasts, 1);
}

static void mined_and_reverted(void **state)
{
	(void)state;
	node.revert = true;
	ends(FM_E_REVERTED, false, "the deposit transaction was mined and reverted");
	assert_int_equal(err.spent, FM_SPENT_YES);
	assert_int_equal(moved.op.state, FM_OP_FAILED);
	told();
	node.revert = false;
	assert_int_equal(move(false), FM_OK);
	assert_false(moved.resumed);
}

/* ---- after the end ---- */

static void taken_out_again(struct fake_node *n)
{
	if (n->sleeps == 1)
		n->auto_mine = true;
}

static void confirmed_or_not(void **state)
{
	struct fm_mover m;

	(void)state;
	assert_int_equal(move(false), FM_OK);
	m = (struct fm_mover){ .client = node.client,
			       .ledger = NULL,
			       .options = &options,
			       .moved = &moved };
	assert_int_equal(fm_client_ledger(&m.ledger, node.client, true, &err), FM_OK);
	fm_chain_init(&m.chain, node.client, NODE_CHAIN);
	m.chain.own_op = moved.op.id;
	assert_int_equal(fm_mover_confirm(&m, &err), FM_OK);
	/* No receipt is no proof while the node knows the transaction. */
	node.lose_receipts = true;
	assert_int_equal(fm_mover_confirm(&m, &err), FM_OK);
	assert_int_equal(moved.op.state, FM_OP_DONE);
	node.lose_receipts = false;
	/* Gone: it is sent again and waited for. */
	node.tx_count = 0;
	node.latest = 0;
	node.on_sleep = taken_out_again;
	assert_int_equal(fm_mover_confirm(&m, &err), FM_OK);
	assert_int_equal(node.broadcasts, 2);
	assert_int_equal(moved.op.state, FM_OP_DONE);
	assert_int_equal(moved.txs[0].state, FM_TX_MINED);
	assert_non_null(strstr(node.events, "reorganized"));
	/* Gone, and back in another block without effect. */
	node.txs[0].reverted = true;
	fm_err_init(&err);
	assert_int_equal(fm_mover_confirm(&m, &err), FM_E_REVERTED);
	assert_int_equal(moved.op.state, FM_OP_FAILED);
}

static void a_nonce_used_before_a_reorganization(void **state)
{
	(void)state;
	assert_int_equal(move(false), FM_OK);
	told();
	node.tx_count = 0;
	node.latest = 0;
	assert_int_equal(move(false), FM_OK);
	assert_int_equal(moved.txs[0].nonce, 1);
	assert_int_equal(node.broadcasts, 3); /* the first, again, and the second */
	assert_int_equal(node.latest, 2);
}

static void stale_is_no_reorganization(void **state)
{
	(void)state;
	assert_int_equal(move(false), FM_OK);
	told();
	node.latest = 0; /* counts lag behind, and the transaction is known */
	ends(FM_E_CHAIN, false, "is behind: it says the next nonce is 0");
	assert_int_equal(err.spent, FM_SPENT_NO);
	assert_int_equal(node.broadcasts, 1);
}

/* ---- higher fees ---- */

static void replacing(void **state)
{
	struct fm_u256 first;

	(void)state;
	node.auto_mine = false;
	options.wait_ms = 200;
	ends(FM_E_TX_PENDING, false, "is not in a block yet");
	first = moved.txs[0].max_fee;
	options.replace = true;
	ends(FM_E_TX_PENDING, false, "an earlier operation comes first");
	assert_int_equal(node.tx_count, 2);
	assert_int_equal(node.txs[1].nonce, 0);
	/* A node that asks for a fortune gets no signature for it. */
	node.base_fee = "0xe8d4a510000";
	ends(FM_E_CHAIN, false, "which is odd");
	assert_int_equal(node.tx_count, 2);
	node.base_fee = "0x3b9aca00";
	/* The newer one is mined. */
	node.txs[1].mined = true;
	node.latest = 1;
	options.replace = false;
	assert_int_equal(move(false), FM_OK);
	assert_true(moved.resumed);
	assert_int_equal(moved.count, 1);
	assert_true(fm_u256_cmp(&moved.txs[0].max_fee, &first) > 0);
	told();
}

static void replacing_under_the_stop(void **state)
{
	struct fm_err why;

	(void)state;
	node.auto_mine = false;
	options.wait_ms = 200;
	ends(FM_E_TX_PENDING, false, "is not in a block yet");
	node.config.stopped = true;
	fake_node_restart(&node);
	options.replace = true;
	fm_err_init(&why);
	/* Another operation's wish, one the stop does not hold for. */
	assert_int_equal(fm_settle(node.client, NODE_CHAIN, NULL, &options, NULL, NULL,
				   &why),
			 FM_E_STOPPED);
	assert_int_equal(node.tx_count, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_end_to_end),
		TEST(a_person_who_declines),
		TEST(a_dry_run),
		TEST(nonces_that_cannot_be),
		TEST(a_node_that_catches_up),
		TEST(fees_and_gas),
		TEST(refused_in_simulation),
		TEST(refused_when_resumed),
		TEST(declined_between),
		TEST(answers_to_a_broadcast),
		TEST(another_hash_for_an_answer),
		TEST(a_lost_connection),
		TEST(the_node_is_down_while_waiting),
		TEST(interrupted_while_waiting),
		TEST(mined_and_reverted),
		TEST(confirmed_or_not),
		TEST(a_nonce_used_before_a_reorganization),
		TEST(stale_is_no_reorganization),
		TEST(replacing),
		TEST(replacing_under_the_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
