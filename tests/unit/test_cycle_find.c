/* SPDX-License-Identifier: MIT */
/** Which cycle is meant: what the ledger knows, whole ids and beginnings, and a house that is not what
 *  it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/fake_node.h"

#include <fourmica/cycles.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSET "0x036cbd53842c5426634e7929541ec2318f3dcf7e"
#define FIRST ASSET ":1777248000"
#define SECOND ASSET ":1777334400"
#define OTHER "0x2222222222222222222222222222222222222222:1777248000"
#define HOUSE "0x1111111111111111111111111111111111111111"

static struct fake_node node;
static struct fm_err err;
static const struct fm_addr *config_house;

static const struct fm_addr *house_of(void *ctx, uint64_t chain_id)
{
	(void)ctx;
	return chain_id == NODE_CHAIN ? config_house : NULL;
}

static int set_up(void **state)
{
	int rc = home_set_up(state);

	fake_node_init(&node);
	node.config.clearing_house = house_of;
	fake_node_restart(&node);
	config_house = NULL;
	fm_err_init(&err);
	return rc;
}

static int tear_down(void **state)
{
	fake_node_clear(&node);
	return home_tear_down(state);
}

static struct fm_ledger *ledger(void)
{
	struct fm_ledger *out = NULL;

	assert_int_equal(fm_client_ledger(&out, node.client, true, &err), FM_OK);
	return out;
}

/** An operation as one that settles the cycle leaves it. */
static void note(enum fm_op_kind kind, const char *text, uint64_t chain_id)
{
	struct fm_op op = { .kind = kind,
			    .payer = node.config.payer,
			    .chain_id = chain_id };
	bool resumed;

	snprintf(op.note, sizeof(op.note), "%s", text);
	assert_int_equal(fm_ledger_op_begin(&resumed, &op, ledger(), NULL, NULL, 0, &err),
			 FM_OK);
	op.state = FM_OP_ABANDONED;
	assert_int_equal(fm_ledger_op_end(ledger(), &op, &err), FM_OK);
}

static enum fm_code find(struct fm_cycle_ref *out, const char *name)
{
	fm_err_init(&err);
	return fm_cycle_find(out, node.client, NODE_CHAIN, name, &err);
}

static void found(const char *name, const char *text)
{
	struct fm_cycle_ref ref;
	struct fm_hash id;

	assert_int_equal(find(&ref, name), FM_OK);
	assert_string_equal(ref.text, text);
	fm_cycle_hash(&id, fm_span_of(text));
	assert_true(fm_hash_equal(&ref.id, &id));
}

static void refused(const char *name, const char *says)
{
	struct fm_cycle_ref ref;

	assert_int_equal(find(&ref, name), FM_E_USAGE);
	assert_non_null(strstr(err.msg, says));
	assert_true(err.hint[0] != '\0');
}

static void test_ref(void **state)
{
	struct fm_cycle_ref ref;

	(void)state;
	assert_true(fm_cycle_ref_of(&ref, fm_span_of(FIRST)));
	assert_string_equal(ref.text, FIRST);
	assert_int_equal(ref.start_s, 1777248000);
	assert_int_equal(ref.length_s, 0);
	assert_int_equal(ref.asset.b[0], 0x03);
	assert_false(fm_cycle_ref_of(&ref, fm_span_of("")));
	assert_false(fm_cycle_ref_of(&ref, fm_span_of(FIRST "/86400")));
	assert_false(fm_cycle_ref_of(&ref, fm_span_of(ASSET ":01777248000")));
}

static void test_known_once(void **state)
{
	struct fm_cycle_ref *refs;
	size_t count;

	(void)state;
	assert_int_equal(fm_cycle_known(&refs, &count, node.client, NODE_CHAIN, &err),
			 FM_OK);
	assert_int_equal(count, 0);
	free(refs);
	note(FM_OP_PAY_DEBIT, FIRST, NODE_CHAIN);
	note(FM_OP_CLAIM_CREDIT, SECOND, NODE_CHAIN);
	note(FM_OP_FINALIZE_CYCLE, FIRST, NODE_CHAIN);
	note(FM_OP_PAY_DEBIT, OTHER, 8453);
	note(FM_OP_MARK_DEFAULT, "1777248000/" HOUSE, NODE_CHAIN);
	note(FM_OP_DEPOSIT, "", NODE_CHAIN);
	assert_int_equal(fm_cycle_known(&refs, &count, node.client, NODE_CHAIN, &err),
			 FM_OK);
	assert_int_equal(count, 2);
	assert_string_equal(refs[0].text, SECOND); /* the newest first */
	assert_string_equal(refs[1].text, FIRST);
	free(refs);
}

static void test_names(void **state)
{
	char id[FM_HASH_TEXT], upper[] = FIRST;
	struct fm_hash hash;

	(void)state;
	note(FM_OP_PAY_DEBIT, FIRST, NODE_CHAIN);
	note(FM_OP_PAY_DEBIT, SECOND, NODE_CHAIN);
	fm_cycle_hash(&hash, fm_span_of(FIRST));
	fm_hash_text(id, &hash);
	found(FIRST, FIRST);
	found(id, FIRST);
	id[14] = '\0';
	found(id, FIRST);
	found(ASSET ":17772", FIRST);
	found(ASSET ":17773", SECOND);
	upper[5] = 'C';
	upper[6] = 'B';
	found(upper, FIRST);
	refused(ASSET, "several cycles");
	refused(ASSET ":1777", "several cycles");
	assert_non_null(strstr(err.msg, FIRST));
	assert_non_null(strstr(err.msg, SECOND));
}

/** A certificate somebody gave to this wallet, of a cycle of a day or of one that nobody guesses. */
static void receive(const char *text, uint64_t signed_s, uint64_t req_id)
{
	struct fm_incoming in = { .chain_id = NODE_CHAIN,
				  .recipient = node.config.payer,
				  .payer = { { 5 } },
				  .req_id = fm_u256_from_u64(req_id),
				  .amount = fm_u256_from_u64(7),
				  .version = 1,
				  .timestamp = signed_s,
				  .claims = fm_span_of("claims"),
				  .signature = fm_span_of("signature") };
	struct fm_cycle_ref ref;
	bool known;

	assert_true(fm_cycle_ref_of(&ref, fm_span_of(text)));
	in.cycle_id = ref.id;
	in.asset = ref.asset;
	assert_int_equal(fm_ledger_incoming_add(&known, ledger(), &in, &err), FM_OK);
}

static void test_received(void **state)
{
	const char *odd = OTHER "1";
	char id[FM_HASH_TEXT];
	struct fm_cycle_ref *refs, ref;
	struct fm_hash hash;
	size_t count;

	(void)state;
	receive(FIRST, 1777250000, 1);
	receive(odd, 1777250000, 2);
	found(ASSET, FIRST);
	/* Only its hash is known, and there is no house to ask; the whole text says it all. */
	fm_cycle_hash(&hash, fm_span_of(odd));
	fm_hash_text(id, &hash);
	id[16] = '\0';
	assert_int_equal(find(&ref, id), FM_OK);
	assert_string_equal(ref.text, "");
	assert_true(fm_hash_equal(&ref.id, &hash));
	found(odd, odd);
	/* They are no debts. */
	assert_int_equal(fm_cycle_known(&refs, &count, node.client, NODE_CHAIN, &err),
			 FM_OK);
	assert_int_equal(count, 0);
	free(refs);
}

static void test_unknown(void **state)
{
	(void)state;
	found(OTHER, OTHER); /* a whole one needs nobody's word */
	refused("0x2222", "no cycle is known");
	refused("0x22", "too short");
	refused("", "too short");
	refused("0x2222222222222222222222222222222222222222:17772", "no cycle is known");
	assert_int_equal(node.fake.count, 0); /* and nobody was asked */
}

static void test_house(void **state)
{
	struct fm_addr house, named;
	bool known = true;

	(void)state;
	assert_int_equal(fm_cycle_house(&house, &known, node.client, NODE_CHAIN, &err),
			 FM_OK);
	assert_false(known);
	assert_int_equal(fm_pin_set(ledger(), "clearing_house", "eip155:84532",
				    fm_span_of(HOUSE), &err),
			 FM_OK);
	assert_int_equal(fm_cycle_house(&house, &known, node.client, NODE_CHAIN, &err),
			 FM_OK);
	assert_true(known);
	assert_int_equal(house.b[19], 0x11);
	assert_int_equal(fm_cycle_house(&house, &known, node.client, 8453, &err), FM_OK);
	assert_false(known);
	named = (struct fm_addr){ { 7 } };
	config_house = &named;
	assert_int_equal(fm_cycle_house(&house, &known, node.client, NODE_CHAIN, &err),
			 FM_OK);
	assert_true(known && fm_addr_equal(&house, &named));
	config_house = NULL;
	assert_int_equal(fm_pin_set(ledger(), "clearing_house", "eip155:84532",
				    fm_span_of("nonsense"), &err),
			 FM_OK);
	assert_int_equal(fm_cycle_house(&house, &known, node.client, NODE_CHAIN, &err),
			 FM_E_LEDGER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ref, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_known_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_received, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_house, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
