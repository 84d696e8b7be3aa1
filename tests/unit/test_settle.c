/* SPDX-License-Identifier: MIT */
/** What became of signed transactions, with nodes the sandbox cannot play: what proves an end, what
 *  does not, and what is sent again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_node.h"

#include <stdio.h>
#include <string.h>

static struct fake_node node;
static struct fm_ledger *ledger;
static struct fm_chain chain;
static struct fm_move_options options;
static struct fm_err err;
static unsigned told, told_again;
static enum fm_tx_state last_state;

#define MUST_DO(call) assert_int_equal(call, FM_OK)

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fake_node_init(&node);
	node.auto_mine = false;
	fm_err_init(&err);
	options = (struct fm_move_options){ .wait_ms = 0 };
	told = told_again = 0;
	if (rc || fm_client_ledger(&ledger, node.client, true, &err) ||
	    fm_client_unlock(node.client, NODE_CHAIN, &err))
		return -1;
	fm_chain_init(&chain, node.client, NODE_CHAIN);
	return 0;
}

static int tear_down(void **state)
{
	fake_node_clear(&node);
	return home_tear_down(state);
}

/** The process that signed is gone, and another one looks. */
static void restart(void)
{
	fake_node_restart(&node);
	MUST_DO(fm_client_ledger(&ledger, node.client, true, &err));
	MUST_DO(fm_client_unlock(node.client, NODE_CHAIN, &err));
	fm_chain_init(&chain, node.client, NODE_CHAIN);
}

static struct fm_op begin(enum fm_op_kind kind, uint64_t amount, const char *note)
{
	struct fm_op op = { .kind = kind,
			    .payer = node.config.payer,
			    .chain_id = NODE_CHAIN,
			    .amount = fm_u256_from_u64(amount) };
	bool resumed;

	snprintf(op.note, sizeof(op.note), "%s", note);
	MUST_DO(fm_ledger_op_begin(&resumed, &op, ledger, NULL, NULL, 0, &err));
	assert_false(resumed);
	return op;
}

/** Signed and on disk, not sent. */
static struct fm_hash sign(const struct fm_op *op, const char *purpose, uint64_t nonce,
			   uint64_t fee)
{
	const struct fm_tx tx = { .chain_id = NODE_CHAIN,
				  .nonce = nonce,
				  .gas_limit = 21000,
				  .max_fee = fm_u256_from_u64(fee) };
	struct fm_tx_row row;
	struct fm_hash hash;

	MUST_DO(fm_move_sign(&row, node.client, &tx, op, purpose, &err));
	MUST_DO(fm_ledger_tx_signed(ledger, &row, &err));
	hash = row.hash;
	fm_tx_row_clear(&row);
	return hash;
}

/** The node has it, however it came there. */
static struct node_tx *has(const struct fm_hash *hash, uint64_t nonce)
{
	struct node_tx *tx = &node.txs[node.tx_count++];

	*tx = (struct node_tx){ .hash = *hash, .nonce = nonce };
	return tx;
}

static void each(void *ctx, const struct fm_settled *settled)
{
	(void)ctx;
	if (settled->sent_again) {
		told_again++;
		return;
	}
	told++;
	last_state = settled->tx.state;
}

static enum fm_code settle(bool may_send, int64_t wait_ms)
{
	fm_err_init(&err);
	return fm_settle_wallet(&chain, ledger, NULL, wait_ms, may_send, each, NULL,
				&err);
}

static enum fm_tx_state state_of(const struct fm_hash *hash)
{
	struct fm_tx_row row;
	bool found = false;
	enum fm_tx_state state;

	MUST_DO(fm_ledger_tx_find(&row, &found, ledger, hash, &err));
	assert_true(found);
	state = row.state;
	fm_tx_row_clear(&row);
	return state;
}

static enum fm_op_state op_state(const struct fm_op *op)
{
	struct fm_op now;
	bool found = false;

	MUST_DO(fm_ledger_op_find(&now, &found, ledger, op->id, &err));
	assert_true(found);
	return now.state;
}

/* ---- ends ---- */

static void nothing_to_look_for(void **state)
{
	(void)state;
	MUST_DO(settle(true, 0));
	assert_int_equal(node.fake.count, 0);
}

static void mined(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	has(&hash, 0)->mined = true;
	node.latest = 1;
	restart();
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&hash), FM_TX_MINED);
	assert_int_equal(op_state(&op), FM_OP_DONE);
	assert_int_equal(told, 1);
	assert_int_equal(last_state, FM_TX_MINED);
	assert_int_equal(node.broadcasts, 0);
	MUST_DO(settle(true, 0));
	assert_int_equal(told, 1);
}

/** An approval is not what was wanted. */
static void an_approval_ends_nothing(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, FM_PURPOSE_APPROVE, 0, 5);

	(void)state;
	has(&hash, 0)->mined = true;
	node.latest = 1;
	restart();
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&hash), FM_TX_MINED);
	assert_int_equal(op_state(&op), FM_OP_OPEN);
}

static void reverted(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, FM_PURPOSE_APPROVE, 0, 5);
	struct node_tx *tx = has(&hash, 0);

	(void)state;
	tx->mined = tx->reverted = true;
	node.latest = 1;
	restart();
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&hash), FM_TX_REVERTED);
	assert_int_equal(op_state(&op), FM_OP_FAILED);
}

/** A living process ends its own. */
static void not_over_the_owners_head(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	has(&hash, 0)->mined = true;
	node.latest = 1;
	chain.own_op = op.id;
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&hash), FM_TX_MINED);
	assert_int_equal(op_state(&op), FM_OP_OPEN);
}

/** Its nonce was used by another program's transaction: an end only when a block that stays says
 *  so, for a receipt may be late. */
static void another_used_the_nonce(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash old = sign(&op, "deposit", 0, 5),
		       hash = sign(&op, "deposit", 0, 9);

	(void)state;
	node.latest = 1;
	node.safe = 0;
	restart();
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	assert_int_equal(state_of(&hash), FM_TX_SIGNED);
	assert_int_equal(node.broadcasts, 0); /* it cannot be mined as things are */
	node.spoiled = "eth_getTransactionCount";
	node.spoil = "\"error\":{\"code\":-32602,\"message\":\"no such block\"}";
	node.safe = 1;
	node.spoil_times = 0;
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&hash), FM_TX_DROPPED);
	assert_int_equal(state_of(&old), FM_TX_DROPPED);
	assert_int_equal(op_state(&op), FM_OP_FAILED);
	assert_int_equal(last_state, FM_TX_DROPPED);
}

/** As long as the node knows it, a receipt that is missing proves nothing. */
static void a_receipt_that_is_lost(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	has(&hash, 0)->mined = true;
	node.latest = node.safe = 1;
	node.lose_receipts = true;
	restart();
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	assert_int_equal(state_of(&hash), FM_TX_SIGNED);
	assert_non_null(strstr(err.hint, "reconcile"));
	node.lose_receipts = false;
	MUST_DO(settle(true, 0));
}

static void the_newer_of_two_is_mined(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash old = sign(&op, "deposit", 0, 5),
		       hash = sign(&op, "deposit", 0, 9);

	(void)state;
	restart();
	/* Only the newer one is sent. */
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	assert_int_equal(node.broadcasts, 1);
	assert_true(fm_hash_equal(&node.txs[0].hash, &hash));
	fake_node_mine(&node);
	node.safe = 1; /* the older one is not dropped: it was replaced */
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&hash), FM_TX_MINED);
	assert_int_equal(state_of(&old), FM_TX_REPLACED);
	assert_int_equal(op_state(&op), FM_OP_DONE);
	assert_int_equal(told, 1);
	assert_int_equal(last_state, FM_TX_MINED);
}

/** And the older one, while the newer one is still on its way. */
static void the_older_of_two_is_mined(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash old = sign(&op, "deposit", 0, 5),
		       hash = sign(&op, "deposit", 0, 9);

	(void)state;
	has(&old, 0)->mined = true;
	node.latest = 1;
	restart();
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&old), FM_TX_MINED);
	assert_int_equal(state_of(&hash), FM_TX_REPLACED);
	assert_int_equal(op_state(&op), FM_OP_DONE);
	assert_int_equal(node.broadcasts, 0);
}

/** More than one request asks about. */
static void many(void **state)
{
	struct fm_hash hashes[20];
	struct fm_op op;

	(void)state;
	for (uint64_t i = 0; i < 20; i++) {
		op = begin(FM_OP_DEPOSIT, i + 1, "");
		hashes[i] = sign(&op, "deposit", i, 5);
		has(&hashes[i], i);
	}
	fake_node_mine(&node);
	restart();
	MUST_DO(settle(true, 0));
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(state_of(&hashes[i]), FM_TX_MINED);
	assert_int_equal(told, 20);
}

/** More versions of one than one request asks about; the last one was mined long ago. */
static void many_of_one_nonce(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash last = { { 0 } };

	(void)state;
	for (uint64_t i = 0; i < 18; i++)
		last = sign(&op, "deposit", 0, 5 + i);
	has(&last, 0)->mined = true;
	node.latest = node.safe = 1;
	restart();
	MUST_DO(settle(true, 0));
	assert_int_equal(state_of(&last), FM_TX_MINED);
	assert_int_equal(op_state(&op), FM_OP_DONE);
	assert_int_equal(told, 1);
}

/* ---- nodes that are not to be believed ---- */

static void nonsense(void **state)
{
	static const struct {
		const char *method, *answer;
	} cases[] = {
		{"eth_chainId",		 "\"result\":\"0x1\""		      },
		{ "eth_getTransactionReceipt", "\"result\":{\"blockNumber\":\"0x1\"}"},
		{ "eth_getTransactionReceipt", "\"error\":{\"code\":-32000}"	     },
		{ "eth_getTransactionByHash",  "\"result\":{\"hash\":\"0x00\"}"      },
		{ "eth_getTransactionCount",   "\"result\":\"0x\""			 },
	};
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	restart();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		node.spoiled = cases[i].method;
		node.spoil = cases[i].answer;
		node.spoil_times = 100;
		if (settle(true, 0) != FM_E_CHAIN)
			fail_msg("%s: %s", cases[i].answer, err.msg);
		assert_int_equal(state_of(&hash), FM_TX_SIGNED);
	}
	assert_int_equal(node.broadcasts, 0);
	node.spoil_times = 0;
	node.down = 1;
	assert_int_equal(settle(true, 0), FM_E_NETWORK);
	/* Once it was seen to be open, it is waited for through such answers. */
	node.spoiled = "eth_getTransactionReceipt";
	node.spoil = "\"error\":{\"code\":-32000,\"message\":\"busy\"}";
	has(&hash, 0);
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	fake_node_mine(&node);
	fm_err_init(&err);
	node.spoil_times = 2;
	node.down = 1;
	MUST_DO(fm_settle_wallet(&chain, ledger, &hash, 10000, true, each, NULL, &err));
	assert_int_equal(op_state(&op), FM_OP_DONE);
}

/* ---- sent again ---- */

static void the_same_bytes_and_not_too_often(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	restart();
	/* Whoever has no lock only looks. */
	assert_int_equal(settle(false, 20000), FM_E_TX_PENDING);
	assert_int_equal(node.broadcasts, 0);
	node.deaf = true;
	assert_int_equal(settle(true, 11000), FM_E_TX_PENDING);
	assert_in_range(node.broadcasts, 2, 3);
	node.deaf = false;
	node.send = "\"error\":{\"code\":-32000,\"message\":\"fee too low\"}";
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	node.send = NULL;
	assert_int_equal(told_again, 0);
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	assert_int_equal(told_again, 1);
	assert_true(fm_hash_equal(&node.txs[0].hash, &hash));
	/* The node has it now. */
	node.broadcasts = 0;
	assert_int_equal(settle(true, 20000), FM_E_TX_PENDING);
	assert_int_equal(node.broadcasts, 0);
}

static void the_emergency_stop(void **state)
{
	struct fm_op deposit = begin(FM_OP_DEPOSIT, 1, ""),
		     cancel = begin(FM_OP_WITHDRAW_CANCEL, 0, "");
	struct fm_hash hash;

	(void)state;
	sign(&deposit, "deposit", 0, 5);
	hash = sign(&cancel, "cancel", 1, 5);
	node.config.stopped = true;
	restart();
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	assert_int_equal(node.broadcasts, 1);
	assert_true(fm_hash_equal(&node.txs[0].hash, &hash));
}

static void what_another_machine_sends(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, FM_OFFLINE_NOTE);
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	restart();
	assert_int_equal(settle(true, 0), FM_E_TX_PENDING);
	assert_int_equal(node.broadcasts, 0);
	assert_non_null(strstr(err.hint, "--sign-only"));
	/* Nor does it get higher fees. */
	options.replace = true;
	assert_int_equal(fm_settle(node.client, NODE_CHAIN, NULL, &options, NULL, NULL,
				   &err),
			 FM_E_TX_PENDING);
	assert_int_equal(node.broadcasts, 0);
	has(&hash, 0)->mined = true;
	node.latest = 1;
	MUST_DO(settle(true, 0));
	assert_int_equal(op_state(&op), FM_OP_DONE);
}

/** Told when it was sent, and its end comes later. */
static void told_before_its_end(void **state)
{
	struct fm_op op = begin(FM_OP_DEPOSIT, 1, "");
	struct fm_hash hash = sign(&op, "deposit", 0, 5);

	(void)state;
	MUST_DO(fm_move_told(node.client, &op, &err));
	has(&hash, 0)->mined = true;
	node.latest = 1;
	MUST_DO(settle(true, 0));
	assert_int_equal(op_state(&op), FM_OP_DONE);
}

/* ---- by name ---- */

static void by_name(void **state)
{
	struct fm_op first = begin(FM_OP_DEPOSIT, 1, ""),
		     second = begin(FM_OP_DEPOSIT, 2, "");
	struct fm_hash a = sign(&first, "deposit", 0, 5),
		       b = sign(&second, "deposit", 1, 5);
	char text[FM_HASH_TEXT];

	(void)state;
	has(&a, 0);
	has(&b, 1);
	node.txs[0].mined = true;
	node.latest = 1;
	restart();
	MUST_DO(fm_settle(node.client, NODE_CHAIN, "op_unknown", &options, each, NULL,
			  &err));
	assert_int_equal(told, 0);
	MUST_DO(fm_settle(node.client, NODE_CHAIN, first.id, &options, each, NULL, &err));
	fm_hash_text(text, &b);
	assert_int_equal(fm_settle(node.client, NODE_CHAIN, text, &options, each, NULL,
				   &err),
			 FM_E_TX_PENDING);
	assert_non_null(strstr(err.msg, text));
	fake_node_mine(&node);
	MUST_DO(fm_settle(node.client, NODE_CHAIN, text, &options, each, NULL, &err));
	assert_int_equal(op_state(&first), FM_OP_DONE);
	assert_int_equal(op_state(&second), FM_OP_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_to_look_for),
		TEST(mined),
		TEST(an_approval_ends_nothing),
		TEST(reverted),
		TEST(not_over_the_owners_head),
		TEST(another_used_the_nonce),
		TEST(a_receipt_that_is_lost),
		TEST(the_newer_of_two_is_mined),
		TEST(the_older_of_two_is_mined),
		TEST(many),
		TEST(many_of_one_nonce),
		TEST(nonsense),
		TEST(the_same_bytes_and_not_too_often),
		TEST(the_emergency_stop),
		TEST(what_another_machine_sends),
		TEST(told_before_its_end),
		TEST(by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
