/* SPDX-License-Identifier: MIT */
/* Core's clearing proofs and actions: what is asked, what is read, and that a lie in any one member
 * is refused by that member's name. 4mica.md, section 2.2. */
#include <fake_http.h>
#include <fourmica/clearing.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CORE "https://core.example"
#define MEMBERS 16
#define TEXT_MAX 65536u

/* A debit in ETH of merkle.json (tree size_4). */
#define CHAIN 11155111u
#define HOUSE "0xbcA46805D4Fa2daD7A56d99024B83dfc6365fff5"
#define ETH "0x0000000000000000000000000000000000000000"
#define CYCLE "0x0000000000000000000000000000000000000000:1782604800"
#define ID "0x9812bbe836d91613321bcdb80212e2e2ad910f4092db9115ff3727d125131512"
#define WHO "0x6166F8B34f5A6E6c6E21Cb06Ac2F34490212D742"
#define AMOUNT "30547830"
#define LEAF "0x05d39fc31f6967de11a3323a29b477d4d41b2662edc690b244156e7c19fb1da5"
#define ROOT "0x1eba2c48a3966e0b5959e98bd6d1b09b47f514eb5e0c2658027ed21a410148f7"
#define NODE_1 "0x5186de366269413694dbf0b76928b2978e9b46f2bdb164458cbaabc08e948928"
#define NODE_2 "0xf72b61bd4568a5815e678a76b7e512c2a8d990c49e892e5d67f3dfed0016de08"
#define NODES "[\"" NODE_1 "\",\"" NODE_2 "\"]"
#define STRANGER "0x18f9df87cA22499432AbCe7e22A92D378730Fe84"

/** A member of an answer: both its names, its value, and another value of the same form. */
struct member {
	const char *snake, *camel, *value, *lie;
};

#define STR(text) "\"" text "\""
#define WHOSE                                                                   \
	{ "cycle_id", "cycleId", STR(ID), STR(ROOT) },                          \
		{ "cycle_id_text", "cycleIdText", STR(CYCLE), STR(CYCLE "0") }, \
		{ "asset_address", "assetAddress", STR(ETH), STR(STRANGER) },   \
	{                                                                       \
		"participant", "participant", STR(WHO), STR(STRANGER)           \
	}

/* clang-format off */
static const struct member proof_members[] = {
	WHOSE,
	{ "role", "role", STR("NET_DEBTOR"), STR("NET_CREDITOR") },
	{ "amount", "amount", STR(AMOUNT), STR("30547831") },
	{ "net_debit", "netDebit", STR(AMOUNT), STR("30547831") },
	{ "net_credit", "netCredit", STR("0"), STR("1") },
	{ "leaf", "leaf", STR(LEAF), STR(NODE_1) },
	{ "merkle_root", "merkleRoot", STR(ROOT), STR(NODE_1) },
	{ "proof", "proof", NODES, "[\"" NODE_2 "\",\"" NODE_1 "\"]" },
	{ 0 },
};

static const struct member action_members[] = {
	{ "contract_address", "contractAddress", STR(HOUSE), STR(STRANGER) },
	{ "function_name", "functionName", STR("payNetDebit"), STR("claimNetCredit") },
	{ "action", "action", STR("pay_net_debit"), STR("mark_defaulted") },
	WHOSE,
	{ "debtor", "debtor", "null", STR(WHO) },
	{ "amount", "amount", STR(AMOUNT), STR("30547831") },
	{ "payable_value", "payableValue", STR(AMOUNT), STR("0") },
	{ "proof", "proof", NODES, "[\"" NODE_1 "\"]" },
	{ 0 },
};
/* clang-format on */

struct fixture {
	struct fake_http fake;
	struct fm_core_ask ask;
	struct fm_addr who;
	struct fm_hash root;
	struct fm_u256 amount;
	struct fm_clearing_want want;
	struct fm_clearing_proof proof;
	struct fm_clearing_action action;
	struct fm_buf json;
	struct fm_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	fake_http_init(&f->fake);
	fm_core_ask_init(&f->ask);
	fm_err_init(&f->err);
	fm_buf_init(&f->json, TEXT_MAX);
	f->want = (struct fm_clearing_want){
		.chain_id = CHAIN,
		.cycle_text = CYCLE,
		.root = &f->root,
	};
	*state = f;
	return fm_addr_parse(&f->who, NULL, fm_span_of(WHO)) &&
			       fm_addr_parse(&f->want.participant, NULL,
					     fm_span_of(WHO)) &&
			       fm_addr_parse(&f->want.house, NULL, fm_span_of(HOUSE)) &&
			       fm_hash_parse(&f->root, fm_span_of(ROOT)) &&
			       fm_u256_from_dec(&f->amount, fm_span_of(AMOUNT))
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t left = fake_http_clear(&f->fake);

	fm_core_ask_clear(&f->ask);
	fm_buf_clear(&f->json);
	free(f);
	return left ? -1 : 0;
}

/** The answer, with `value` as the member `name`; a NULL value leaves it out. */
static struct fm_span answer(struct fixture *f, const struct member *members, bool camel,
			     const char *name, const char *value)
{
	fm_buf_clear(&f->json);
	fm_buf_init(&f->json, TEXT_MAX);
	fm_buf_str(&f->json, "{\"more\":{}");
	for (const struct member *m = members; m->snake; m++) {
		bool changed = name && strcmp(name, m->snake) == 0;
		const char *text = changed ? value : m->value;

		if (text)
			fm_buf_fmt(&f->json, ",\"%s\":%s", camel ? m->camel : m->snake,
				   text);
	}
	fm_buf_chr(&f->json, '}');
	return fm_buf_span(&f->json);
}

static enum fm_code read_proof(struct fixture *f, bool camel, const char *name,
			       const char *value)
{
	fm_err_init(&f->err);
	return fm_clearing_proof_read(
		&f->proof, answer(f, proof_members, camel, name, value), &f->err);
}

static enum fm_code read_action(struct fixture *f, bool camel, const char *name,
				const char *value)
{
	fm_err_init(&f->err);
	return fm_clearing_action_read(
		&f->action, answer(f, action_members, camel, name, value), &f->err);
}

static enum fm_code check_proof(struct fixture *f)
{
	return fm_clearing_proof_check(&f->proof, &f->want, &f->err);
}

static enum fm_code check_action(struct fixture *f)
{
	return fm_clearing_action_check(&f->action, FM_CLEARING_PAY, &f->want, &f->err);
}

/* ---- reading ---- */

static void test_proof_read(void **state)
{
	struct fixture *f = *state;

	for (int camel = 0; camel < 2; camel++) {
		memset(&f->proof, 0, sizeof(f->proof));
		assert_int_equal(read_proof(f, camel, NULL, NULL), FM_OK);
		assert_string_equal(f->proof.cycle_text, CYCLE);
		assert_int_equal(f->proof.role, FM_CLEARING_DEBTOR);
		assert_int_equal(f->proof.path.count, 2);
		assert_int_equal(fm_u256_cmp(&f->proof.amount, &f->amount), 0);
		assert_int_equal(check_proof(f), FM_OK);
	}
	assert_int_equal(read_proof(f, false, "proof", "[]"), FM_OK);
	assert_int_equal(f->proof.path.count, 0);
}

static void test_action_read(void **state)
{
	struct fixture *f = *state;

	for (int camel = 0; camel < 2; camel++) {
		memset(&f->action, 0, sizeof(f->action));
		assert_int_equal(read_action(f, camel, NULL, NULL), FM_OK);
		assert_int_equal(f->action.action, FM_CLEARING_PAY);
		assert_int_equal(f->action.function, FM_CLEARING_PAY);
		assert_false(f->action.has_debtor);
		assert_int_equal(check_action(f), FM_OK);
	}
	assert_int_equal(read_action(f, false, "debtor", NULL), FM_OK);
	assert_false(f->action.has_debtor);
}

/** Each member of each answer, missing or not what it should be, is named; nothing is written. */
static void refuses_bad(struct fixture *f, const struct member *members,
			enum fm_code (*read)(struct fixture *, bool, const char *,
					     const char *))
{
	static const char *const bad[] = {
		NULL,  "null",	 "true",     "-1",     "1.5",	  "{}",	    "\"\"",
		"[1]", "\"0x\"", "\"0xzz\"", "[null]", "\"NET\"", "\"-1\"", "[\"0x12\"]",
	};

	for (const struct member *m = members; m->snake; m++)
		for (size_t i = 0; i < COUNT(bad); i++) {
			if (strcmp(m->snake, "debtor") == 0 && i < 2)
				continue; /* may be absent */
			if (read(f, false, m->snake, bad[i]) != FM_E_CORE)
				fail_msg("%s: taken: %s", m->snake,
					 bad[i] ? bad[i] : "nothing");
			assert_string_equal(f->err.rule, m->snake);
			assert_non_null(strstr(f->err.msg, m->snake));
		}
}

static void test_bad_members(void **state)
{
	struct fixture *f = *state;

	memset(&f->proof, 0x5a, sizeof(f->proof));
	memset(&f->action, 0x5a, sizeof(f->action));
	const struct fm_clearing_proof proof = f->proof;
	const struct fm_clearing_action action = f->action;
	refuses_bad(f, proof_members, read_proof);
	refuses_bad(f, action_members, read_action);
	assert_memory_equal(&f->proof, &proof, sizeof(proof));
	assert_memory_equal(&f->action, &action, sizeof(action));
}

static void test_bad_documents(void **state)
{
	static const char *const bad[] = {
		"", "null", "[]", "{}", "{", "\"x\"", "{\"cycle_id\":1,\"cycle_id\":1}",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(fm_clearing_proof_read(&f->proof, fm_span_of(bad[i]),
							&f->err),
				 FM_E_CORE);
		assert_int_equal(fm_clearing_action_read(&f->action, fm_span_of(bad[i]),
							 &f->err),
				 FM_E_CORE);
	}
}

/** Roles that nobody can act on, words of other tables, a text id that is none. */
static void test_bad_words(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_proof(f, false, "role", STR("FLAT")), FM_E_CORE);
	assert_int_equal(read_proof(f, false, "role", STR("net_debtor")), FM_E_CORE);
	assert_int_equal(read_action(f, false, "function_name", STR("pay_net_debit")),
			 FM_E_CORE);
	assert_int_equal(read_action(f, false, "action", STR("payNetDebit")), FM_E_CORE);
	assert_int_equal(read_action(f, false, "cycle_id_text", STR("x:1")), FM_E_CORE);
	assert_int_equal(read_action(f, false, "cycle_id_text", STR(CYCLE "\\u0007")),
			 FM_E_CORE);
}

static void test_proof_cap(void **state)
{
	struct fixture *f = *state;
	struct fm_buf list;

	for (size_t count = FM_CLEARING_PROOF; count <= FM_CLEARING_PROOF + 1; count++) {
		fm_buf_init(&list, TEXT_MAX);
		for (size_t i = 0; i < count; i++)
			fm_buf_fmt(&list, "%c" STR(NODE_1), i ? ',' : '[');
		fm_buf_chr(&list, ']');
		assert_int_equal(read_proof(f, false, "proof", list.ptr),
				 count > FM_CLEARING_PROOF ? FM_E_CORE : FM_OK);
		fm_buf_clear(&list);
	}
	assert_string_equal(f->err.rule, "proof");
}

/* ---- lies ---- */

static void test_each_lie_in_a_proof(void **state)
{
	struct fixture *f = *state;
	const enum fm_clearing_role debtor = FM_CLEARING_DEBTOR;

	/* without a word on role and amount, and with it */
	for (int known = 0; known < 2; known++) {
		f->want.role = known ? &debtor : NULL;
		f->want.amount = known ? &f->amount : NULL;
		for (const struct member *m = proof_members; m->snake; m++) {
			assert_int_equal(read_proof(f, false, m->snake, m->lie), FM_OK);
			if (check_proof(f) != FM_E_CORE)
				fail_msg("%s: believed", m->snake);
			assert_string_equal(f->err.rule, m->snake);
			assert_non_null(strstr(f->err.msg, m->snake));
			assert_non_null(strstr(f->err.hint, "nothing is sent"));
		}
	}
}

static void test_each_lie_in_an_action(void **state)
{
	struct fixture *f = *state;

	for (int known = 0; known < 2; known++) {
		f->want.amount = known ? &f->amount : NULL;
		for (const struct member *m = action_members; m->snake; m++) {
			assert_int_equal(read_action(f, false, m->snake, m->lie), FM_OK);
			if (check_action(f) != FM_E_CORE)
				fail_msg("%s: believed", m->snake);
			assert_string_equal(f->err.rule, m->snake);
		}
	}
}

/** What we and the chain know is not what the answer is about. */
static void test_other_wants(void **state)
{
	struct fixture *f = *state;
	const enum fm_clearing_role creditor = FM_CLEARING_CREDITOR;
	const struct fm_clearing_want want = f->want;

	assert_int_equal(read_proof(f, false, NULL, NULL), FM_OK);
	assert_int_equal(read_action(f, false, NULL, NULL), FM_OK);
	f->want.chain_id++;
	assert_int_equal(check_proof(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "leaf");
	assert_int_equal(check_action(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "proof");
	f->want = want;
	f->want.house.b[0] ^= 1;
	assert_int_equal(check_proof(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "leaf");
	assert_int_equal(check_action(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "contract_address");
	f->want = want;
	f->want.role = &creditor;
	assert_int_equal(check_proof(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "role");
	f->want = want;
	f->root.b[31] ^= 1;
	assert_int_equal(check_proof(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "merkle_root");
	assert_int_equal(check_action(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "proof");
	f->want.root = NULL; /* not committed: the answer's own root */
	assert_int_equal(check_proof(f), FM_OK);
	assert_int_equal(read_proof(f, false, "merkle_root", STR(NODE_1)), FM_OK);
	assert_int_equal(check_proof(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "proof");
}

/** Only a debit in ETH carries value; only a default names a debtor. */
static void test_other_calls(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_action(f, false, NULL, NULL), FM_OK);
	f->action.action = f->action.function = FM_CLEARING_DEFAULT;
	f->action.payable_value = FM_U256_ZERO;
	f->action.has_debtor = true;
	f->action.debtor = f->who;
	assert_int_equal(fm_clearing_action_check(&f->action, FM_CLEARING_DEFAULT,
						  &f->want, &f->err),
			 FM_OK);
	f->action.payable_value = f->amount;
	assert_int_equal(fm_clearing_action_check(&f->action, FM_CLEARING_DEFAULT,
						  &f->want, &f->err),
			 FM_E_CORE);
	assert_string_equal(f->err.rule, "payable_value");
	f->action.payable_value = FM_U256_ZERO;
	f->action.debtor.b[0] ^= 1;
	assert_int_equal(fm_clearing_action_check(&f->action, FM_CLEARING_DEFAULT,
						  &f->want, &f->err),
			 FM_E_CORE);
	assert_string_equal(f->err.rule, "debtor");
	f->action.has_debtor = false;
	assert_int_equal(fm_clearing_action_check(&f->action, FM_CLEARING_DEFAULT,
						  &f->want, &f->err),
			 FM_E_CORE);
	assert_string_equal(f->err.rule, "debtor");
	/* the leaf of a debtor is no credit */
	f->action.action = f->action.function = FM_CLEARING_CLAIM;
	assert_int_equal(fm_clearing_action_check(&f->action, FM_CLEARING_CLAIM, &f->want,
						  &f->err),
			 FM_E_CORE);
	assert_string_equal(f->err.rule, "proof");
}

static void test_zero(void **state)
{
	struct fixture *f = *state;

	f->want.root = NULL;
	assert_int_equal(read_action(f, false, "amount", STR("0")), FM_OK);
	f->action.payable_value = FM_U256_ZERO;
	assert_int_equal(check_action(f), FM_E_CORE);
	assert_string_equal(f->err.rule, "amount");
}

/* ---- asking ---- */

static enum fm_code ask_proof(struct fixture *f, int status, const char *body)
{
	fm_err_init(&f->err);
	assert_int_equal(fm_core_ask_clearing_proof(&f->ask, CORE "/", NULL, CYCLE,
						    &f->who, &f->err),
			 FM_OK);
	fake_http_reply(&f->fake, status, NULL, body);
	assert_int_equal(fm_core_ask_alone(&f->ask, &f->fake.http, &f->err), FM_OK);
	return fm_clearing_proof_take(&f->proof, &f->ask, &f->err);
}

static const char *sent_url(const struct fixture *f)
{
	return f->fake.requests[f->fake.count - 1].url;
}

static void test_asking(void **state)
{
	struct fixture *f = *state;

	answer(f, proof_members, false, NULL, NULL);
	assert_int_equal(ask_proof(f, 200, f->json.ptr), FM_OK);
	assert_string_equal(sent_url(f), CORE "/core/cycles/" CYCLE "/participants/" WHO
					      "/clearing-proof");
	assert_int_equal(fm_core_ask_clearing_action(&f->ask, CORE, NULL, CYCLE, &f->who,
						     FM_CLEARING_CLAIM, &f->err),
			 FM_OK);
	answer(f, action_members, false, NULL, NULL);
	fake_http_reply(&f->fake, 200, NULL, f->json.ptr);
	assert_int_equal(fm_core_ask_alone(&f->ask, &f->fake.http, &f->err), FM_OK);
	assert_int_equal(fm_clearing_action_take(&f->action, &f->ask, &f->err), FM_OK);
	assert_string_equal(sent_url(f), CORE "/core/cycles/" CYCLE "/participants/" WHO
					      "/clearing-action?action=claim_net_credit");
	/* what came is not what was asked for */
	assert_int_equal(fm_clearing_action_check(&f->action, FM_CLEARING_CLAIM, &f->want,
						  &f->err),
			 FM_E_CORE);
	assert_string_equal(f->err.rule, "function_name");
	assert_int_equal(fm_core_ask_clearing_proof(&f->ask, CORE, NULL, ID, &f->who,
						    &f->err),
			 FM_E_USAGE);
}

static void test_refusals(void **state)
{
	static const struct {
		int status;
		const char *words, *rule;
	} rows[] = {
		{404,  "Settlement cycle " CYCLE,				  "cycle-unknown"},
		{ 404, "Clearing participant " WHO " in settlement cycle " CYCLE,
		  "participant-unknown"							   },
		{ 400, "settlement cycle " CYCLE " has no clearing batch",	   "not-netted"	},
		{ 400, "flat participants do not have a clearing proof",		 "flat"		},
		{ 400, "payNetDebit requires participant role NetDebtor",	  "role"	 },
		{ 401, "participant proof access denied",			  "core-access"	},
		{ 401, "invalid access token",				       "core-token"   },
		{ 500, "flat participants do not have a clearing proof",		 ""		    },
		{ 404, "not found",					       ""	       },
	};
	struct fixture *f = *state;
	char body[300];

	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(body, sizeof(body), "{\"error\":\"%s\"}", rows[i].words);
		assert_int_equal(ask_proof(f, rows[i].status, body), FM_E_CORE);
		assert_string_equal(f->err.rule, rows[i].rule);
		assert_non_null(strstr(f->err.msg, rows[i].words));
	}
	assert_int_equal(ask_proof(f, 200, "{}"), FM_E_CORE);
	assert_string_equal(f->err.rule, "cycle_id");
	assert_non_null(strstr(f->err.msg, CORE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_proof_read),
		TEST(test_action_read),
		TEST(test_bad_members),
		TEST(test_bad_documents),
		TEST(test_bad_words),
		TEST(test_proof_cap),
		TEST(test_each_lie_in_a_proof),
		TEST(test_each_lie_in_an_action),
		TEST(test_other_wants),
		TEST(test_other_calls),
		TEST(test_zero),
		TEST(test_asking),
		TEST(test_refusals),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
