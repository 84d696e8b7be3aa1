/* SPDX-License-Identifier: MIT */
/* What is asked of a chain: how it is put, which answers are believed, what error objects mean,
 * and which endpoint is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evm/erc20.h"
#include "evm/revert.h"
#include "evm/tx.h"
#include "fake_http.h"
#include <fourmica/cause.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL "https://rpc.example/v3/secret-key"
#define HASH "0x" HASH_DIGITS
#define HASH_DIGITS "6a4f4a1d17b93bbd6c1eeb2f1fd4c30a1be0c3dcbbc8d4a1a6fbf8a31d2b9e01"
#define BLOCK "0x1111111111111111111111111111111111111111111111111111111111111111"
#define ADDRESS "0xab00000000000000000000000000000000000000"
#define WORD(digits) "000000000000000000000000000000000000000000000000000000000000" digits

struct fixture {
	struct fake_http fake;
	struct fm_rpc rpc;
	struct fm_rpc_asks asks;
	struct fm_rpc_receipt receipt;
	struct fm_addr address;
	struct fm_hash hash;
	struct fm_buf out, revert;
	bool reverted;
	struct fm_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_http_init(&f->fake);
	f->rpc = (struct fm_rpc){ .http = &f->fake.http, .url = URL };
	f->address.b[0] = 0xab;
	assert_true(fm_hash_parse(&f->hash, fm_span_of(HASH)));
	fm_rpc_asks_init(&f->asks);
	fm_buf_init(&f->out, 4096);
	fm_buf_init(&f->revert, 4096);
	fm_err_init(&f->err);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t unexpected = f->fake.unexpected, left = fake_http_clear(&f->fake);

	fm_rpc_asks_clear(&f->asks);
	fm_rpc_receipt_clear(&f->receipt);
	fm_buf_clear(&f->out);
	fm_buf_clear(&f->revert);
	free(f);
	return unexpected || left ? -1 : 0;
}

#define ERROR_OF(words) "\"error\":{\"code\":-32000,\"message\":\"" words "\"}"
#define RESULT(json) "\"result\":" json

/** One answer, to a question by itself. */
static void answer(struct fixture *f, const char *member)
{
	static char body[1u << 16];

	snprintf(body, sizeof(body), "{\"jsonrpc\":\"2.0\",\"id\":1,%s}", member);
	fake_http_reply(&f->fake, 200, "", body);
}

static void fails(struct fixture *f, enum fm_code rc, enum fm_code want,
		  const char *words)
{
	assert_int_equal(rc, want);
	assert_int_equal(f->err.code, want);
	if (!strstr(f->err.msg, words))
		fail_msg("'%s' lacks '%s'", f->err.msg, words);
	assert_null(strstr(f->err.msg, "secret-key"));
	assert_non_null(strstr(f->err.msg, "https://rpc.example"));
}

/* ---- putting ---- */

static void puts_params(struct fixture *f, size_t at, const char *method,
			const char *params)
{
	struct fm_rpc_question *q = &f->asks.ask[at];

	assert_string_equal(q->method, method);
	assert_string_equal(f->asks.text.ptr + q->params, params);
}

static void test_params(void **state)
{
	struct fixture *f = *state;
	struct fm_u256 value = fm_u256_from_u64(255);
	struct fm_addr to = { { 0xcd } };
	struct fm_rpc_message bare = { .to = &to };
	struct fm_rpc_message full = {
		.from = &f->address,
		.to = &to,
		.value = &value,
		.data = {"\x01\xff", 2},
		.gas = 100000
	};
	struct fm_abi_value arg = fm_abi_of_addr(&f->address);

	puts_params(f, fm_rpc_ask_chain_id(&f->asks), "eth_chainId", "[]");
	puts_params(f, fm_rpc_ask_code(&f->asks, &f->address), "eth_getCode",
		    "[\"" ADDRESS "\",\"latest\"]");
	puts_params(f, fm_rpc_ask_balance(&f->asks, &f->address, "pending"),
		    "eth_getBalance", "[\"" ADDRESS "\",\"pending\"]");
	puts_params(f, fm_rpc_ask_nonce(&f->asks, &f->address, "latest"),
		    "eth_getTransactionCount", "[\"" ADDRESS "\",\"latest\"]");
	puts_params(f, fm_rpc_ask_block(&f->asks, "safe"), "eth_getBlockByNumber",
		    "[\"safe\",false]");
	puts_params(f, fm_rpc_ask_receipt(&f->asks, &f->hash),
		    "eth_getTransactionReceipt", "[\"" HASH "\"]");
	puts_params(f, fm_rpc_ask_tx(&f->asks, &f->hash), "eth_getTransactionByHash",
		    "[\"" HASH "\"]");
	puts_params(f, fm_rpc_ask_call(&f->asks, &bare, "pending"), "eth_call",
		    "[{\"to\":\"0xcd00000000000000000000000000000000000000\"},"
		    "\"pending\"]");
	puts_params(f, fm_rpc_ask_estimate(&f->asks, &full, NULL), "eth_estimateGas",
		    "[{\"from\":\"" ADDRESS
		    "\",\"to\":\"0xcd00000000000000000000000000000000000000\","
		    "\"value\":\"0xff\",\"gas\":\"0x186a0\",\"data\":\"0x01ff\"}]");
	puts_params(f, fm_rpc_ask_view(&f->asks, &to, FM_FN_BALANCE, &arg, 1, "latest"),
		    "eth_call",
		    "[{\"to\":\"0xcd00000000000000000000000000000000000000\",\"data\":"
		    "\"0x70a08231000000000000000000000000ab0000000000000000000000000000"
		    "0000000000\"},\"latest\"]");
	puts_params(f, fm_rpc_ask_fees(&f->asks), "eth_feeHistory",
		    "[\"0x5\",\"latest\",[50]]");
	puts_params(f, f->asks.count - 2, "eth_maxPriorityFeePerGas", "[]");
	puts_params(f, f->asks.count - 1, "eth_getBlockByNumber", "[\"pending\",false]");
}

/** Many questions are one request, and the same ones can be asked again. */
static void test_together(void **state)
{
	struct fixture *f = *state;
	struct fm_u256 balance;
	struct fm_abi_value paused;
	size_t chain = fm_rpc_ask_chain_id(&f->asks);
	size_t ether = fm_rpc_ask_balance(&f->asks, &f->address, "latest");
	size_t view =
		fm_rpc_ask_view(&f->asks, &f->address, FM_FN_PAUSED, NULL, 0, "latest");

	for (int i = 0; i < 2; i++)
		fake_http_reply(
			&f->fake, 200, "",
			i ? "[{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"0x" WORD(
				    "0001") "\"},"
					    "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":"
					    "\"0x7\"},"
					    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
					    "\"0x14a34\"}]"
			  : "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x1\"},"
			    "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":-32000,"
			    "\"message\":\"header not found\"}},"
			    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"0x\"}]");
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_OK);
	fails(f, fm_rpc_take_chain(&f->asks, chain, 84532, &f->err), FM_E_CHAIN,
	      "serves chain 1, wanted is chain 84532");
	fails(f, fm_rpc_take_u256(&balance, &f->asks, ether, &f->err), FM_E_CHAIN,
	      "eth_getBalance: -32000 header not found");
	fails(f, fm_rpc_take_view(&paused, 1, &f->asks, view, &f->err), FM_E_CHAIN,
	      "paused(): the contract at 0xab00000000000000000000000000000000000000 has "
	      "no such view");
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_OK);
	assert_int_equal(fm_rpc_take_chain(&f->asks, chain, 84532, &f->err), FM_OK);
	assert_int_equal(fm_rpc_take_u256(&balance, &f->asks, ether, &f->err), FM_OK);
	assert_int_equal(balance.w[0], 7);
	assert_int_equal(fm_rpc_take_view(&paused, 1, &f->asks, view, &f->err), FM_OK);
	assert_int_equal(paused.u.w[0], 1);
	assert_int_equal(f->fake.count, 2);
}

static void test_too_many(void **state)
{
	struct fixture *f = *state;
	struct fm_abi_value wrong = fm_abi_of_u64(1);

	for (size_t i = 0; i < FM_RPC_BATCH; i++)
		assert_int_equal(fm_rpc_ask_chain_id(&f->asks), i);
	assert_false(f->asks.broken);
	fm_rpc_ask_chain_id(&f->asks);
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_E_INTERNAL);
	fm_rpc_asks_clear(&f->asks);
	fm_rpc_asks_init(&f->asks);
	for (size_t i = 0; i < FM_RPC_BATCH; i++)
		fm_rpc_ask_chain_id(&f->asks);
	fm_rpc_ask_view(&f->asks, &f->address, FM_FN_PAUSED, NULL, 0, "latest");
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_E_INTERNAL);
	fm_rpc_asks_clear(&f->asks);
	fm_rpc_asks_init(&f->asks);
	/* arguments of another type */
	fm_rpc_ask_view(&f->asks, &f->address, FM_FN_BALANCE, &wrong, 1, "latest");
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_E_INTERNAL);
	assert_int_equal(f->fake.count, 0);
}

/* ---- accounts, blocks ---- */

static void test_accounts(void **state)
{
	struct fixture *f = *state;
	struct fm_u256 balance;
	uint64_t nonce;

	answer(f, RESULT("\"0xffffffffffffffffff\""));
	assert_int_equal(
		fm_rpc_balance(&balance, &f->rpc, &f->address, "latest", &f->err), FM_OK);
	assert_int_equal(balance.w[1], 0xff);
	answer(f, RESULT("\"0x1f\""));
	assert_int_equal(fm_rpc_nonce(&nonce, &f->rpc, &f->address, "pending", &f->err),
			 FM_OK);
	assert_int_equal(nonce, 31);
	answer(f, RESULT("\"0xffffffffffffffffff\""));
	fails(f, fm_rpc_nonce(&nonce, &f->rpc, &f->address, "pending", &f->err),
	      FM_E_CHAIN, "eth_getTransactionCount: the answer is over 64 bits");
	answer(f, RESULT("null"));
	fails(f, fm_rpc_balance(&balance, &f->rpc, &f->address, "latest", &f->err),
	      FM_E_CHAIN, "the answer is no number");
}

static void test_block(void **state)
{
	static const struct {
		const char *json, *words;
	} cases[] = {
	/* clang-format off */
		{ "null", "the node has no such block" },
		{ "7", "without a time" },
		{ "{}", "without a time" },
		{ "{\"number\":null,\"hash\":\"" BLOCK "\",\"timestamp\":\"0x1\"}", "without a number" },
		{ "{\"number\":\"0x1\"}", "without a time" },
		{ "{\"number\":1,\"timestamp\":\"0x1\"}", "without a number" },
		{ "{\"number\":\"0x1\",\"timestamp\":\"0xffffffffffffffff\"}", "without a time" },
		{ "{\"number\":\"0x1\",\"timestamp\":\"0x1\",\"hash\":\"0x11\"}", "hash" },
		{ "{\"number\":\"0x1\",\"timestamp\":\"0x1\",\"baseFeePerGas\":\"7\"}", "base fee" },
	/* clang-format on */
	};
	struct fixture *f = *state;
	struct fm_rpc_block block;
	char text[512];

	answer(f, RESULT("{\"number\":\"0x10\",\"hash\":\"" BLOCK
			 "\",\"timestamp\":\"0x6a3907a0\",\"baseFeePerGas\":\"0x7\"}"));
	assert_int_equal(fm_rpc_block(&block, &f->rpc, "finalized", &f->err), FM_OK);
	assert_int_equal(block.number, 16);
	assert_int_equal(block.timestamp_s, 1782122400);
	assert_int_equal(block.hash.b[31], 0x11);
	assert_true(block.has_base_fee && block.base_fee.w[0] == 7);
	answer(f, RESULT("{\"number\":null,\"hash\":null,\"timestamp\":\"0x1\"}"));
	assert_int_equal(fm_rpc_block(&block, &f->rpc, "pending", &f->err), FM_OK);
	assert_false(block.has_base_fee);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "\"result\":%s", cases[i].json);
		answer(f, text);
		fails(f, fm_rpc_block(&block, &f->rpc, "safe", &f->err), FM_E_CHAIN,
		      cases[i].words);
	}
}

/* ---- fees ---- */

static enum fm_code fees(struct fm_rpc_fees *out, struct fixture *f, const char *history,
			 const char *priority, const char *pending)
{
	static char body[4096];

	snprintf(body, sizeof(body),
		 "[{\"jsonrpc\":\"2.0\",\"id\":1,%s},{\"jsonrpc\":\"2.0\",\"id\":2,%s},"
		 "{\"jsonrpc\":\"2.0\",\"id\":3,%s}]",
		 history, priority, pending);
	fake_http_reply(&f->fake, 200, "", body);
	return fm_rpc_fees(out, &f->rpc, &f->err);
}

#define HISTORY                                                                        \
	RESULT("{\"baseFeePerGas\":[\"0x1\",\"0x2\",\"0x64\"],\"reward\":[[\"0x9\"],[" \
	       "\"0x1\"],[\"0x5\"]]}")
#define NO_METHOD "\"error\":{\"code\":-32601,\"message\":\"the method is unknown\"}"
#define PENDING \
	RESULT("{\"number\":\"0x1\",\"timestamp\":\"0x1\",\"baseFeePerGas\":\"0x32\"}")

static void test_fees(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_fees got;

	assert_int_equal(fees(&got, f, HISTORY, RESULT("\"0x7\""), RESULT("null")),
			 FM_OK);
	assert_int_equal(got.base_fee.w[0], 100);
	assert_int_equal(got.priority.w[0], 7);
	assert_int_equal(got.max_fee.w[0], 207);
	/* a node that asks for nothing */
	assert_int_equal(fees(&got, f, HISTORY, RESULT("\"0x0\""), RESULT("null")),
			 FM_OK);
	assert_int_equal(got.priority.w[0], 1);
	/* without a word of its own: the middle of what was paid */
	assert_int_equal(fees(&got, f, HISTORY, NO_METHOD, RESULT("null")), FM_OK);
	assert_int_equal(got.priority.w[0], 5);
	assert_int_equal(fees(&got, f, RESULT("{\"baseFeePerGas\":[\"0x64\"]}"),
			      NO_METHOD, RESULT("null")),
			 FM_OK);
	assert_int_equal(got.priority.w[0], 1);
	/* without a history: the pending block */
	assert_int_equal(fees(&got, f, NO_METHOD, RESULT("\"0x7\""), PENDING), FM_OK);
	assert_int_equal(got.max_fee.w[0], 107);
	assert_int_equal(fees(&got, f, NO_METHOD, NO_METHOD, PENDING), FM_OK);
	assert_int_equal(got.max_fee.w[0], 101);
}

static void test_bad_fees(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_fees got;

	fails(f, fees(&got, f, ERROR_OF("busy"), RESULT("\"0x7\""), PENDING), FM_E_CHAIN,
	      "eth_feeHistory: -32000 busy");
	fails(f,
	      fees(&got, f, RESULT("{\"baseFeePerGas\":[]}"), RESULT("\"0x7\""), PENDING),
	      FM_E_CHAIN, "no base fee");
	fails(f, fees(&got, f, RESULT("null"), RESULT("\"0x7\""), PENDING), FM_E_CHAIN,
	      "no base fee");
	fails(f, fees(&got, f, HISTORY, RESULT("7"), PENDING), FM_E_CHAIN, "no number");
	fails(f, fees(&got, f, HISTORY, ERROR_OF("busy"), PENDING), FM_E_CHAIN, "busy");
	fails(f,
	      fees(&got, f, NO_METHOD, RESULT("\"0x7\""),
		   RESULT("{\"number\":\"0x1\",\"timestamp\":\"0x1\"}")),
	      FM_E_CHAIN, "no base fee");
	fails(f,
	      fees(&got, f,
		   RESULT("{\"baseFeePerGas\":[\"0x8000000000000000000000000000000000000000"
			  "000000000000000000000000\"]}"),
		   RESULT("\"0x7\""), PENDING),
	      FM_E_CHAIN, "over 256 bits");
}

/* ---- calls ---- */

static enum fm_code call(struct fixture *f, const char *member)
{
	struct fm_rpc_message message = { .to = &f->address };

	answer(f, member);
	fm_buf_clear(&f->out);
	fm_buf_clear(&f->revert);
	fm_buf_init(&f->out, 4096);
	fm_buf_init(&f->revert, 4096);
	return fm_rpc_call(&f->out, &f->revert, &f->reverted, &f->rpc, &message,
			   "pending", &f->err);
}

static void test_call(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call(f, RESULT("\"0x0102\"")), FM_OK);
	assert_false(f->reverted);
	assert_int_equal(f->out.len, 2);
	assert_int_equal(call(f, "\"error\":{\"code\":3,\"message\":\"execution "
				 "reverted\",\"data\":\"0xcbca5aa2\"}"),
			 FM_OK);
	assert_true(f->reverted);
	assert_memory_equal(f->revert.ptr, "\xcb\xca\x5a\xa2", 4);
	assert_int_equal(call(f, ERROR_OF("execution reverted")), FM_OK);
	assert_true(f->reverted);
	assert_int_equal(f->revert.len, 0);
	fails(f,
	      call(f, "\"error\":{\"code\":-32003,\"message\":\"Insufficient funds for "
		      "gas * price + value\"}"),
	      FM_E_REVERT, "Insufficient funds");
	assert_false(f->reverted);
	assert_non_null(strstr(f->err.hint, "fund the wallet"));
	fails(f, call(f, ERROR_OF("header not found")), FM_E_CHAIN, "header not found");
	fails(f, call(f, RESULT("\"0x1\"")), FM_E_CHAIN, "no bytes");
}

static void test_estimate(void **state)
{
	struct fixture *f = *state;
	struct fm_rpc_message message = { .to = &f->address };
	uint64_t gas = 0;

	answer(f, RESULT("\"0xe40d\""));
	assert_int_equal(fm_rpc_estimate(&gas, &f->revert, &f->reverted, &f->rpc,
					 &message, NULL, &f->err),
			 FM_OK);
	assert_false(f->reverted);
	assert_int_equal(gas, 58381);
	answer(f, "\"error\":{\"code\":3,\"message\":\"x\",\"data\":\"0xcbca5aa2\"}");
	assert_int_equal(fm_rpc_estimate(&gas, &f->revert, &f->reverted, &f->rpc,
					 &message, NULL, &f->err),
			 FM_OK);
	assert_true(f->reverted);
	answer(f, ERROR_OF("gas required exceeds allowance (0)"));
	fails(f,
	      fm_rpc_estimate(&gas, &f->revert, &f->reverted, &f->rpc, &message, NULL,
			      &f->err),
	      FM_E_REVERT, "gas required");
	answer(f, RESULT("58381"));
	fails(f,
	      fm_rpc_estimate(&gas, &f->revert, &f->reverted, &f->rpc, &message, NULL,
			      &f->err),
	      FM_E_CHAIN, "no number");
}

/** A view that reverts is not a transaction that would: who asked may want to know which revert. */
static void test_view_reverts(void **state)
{
	struct fixture *f = *state;
	struct fm_abi_value id = fm_abi_of_hash(&f->hash), cycle[12];
	size_t at = fm_rpc_ask_view(&f->asks, &f->address, FM_FN_CYCLE, &id, 1, "latest");

	answer(f, "\"error\":{\"code\":3,\"message\":\"execution "
		  "reverted\",\"data\":\"0xd2d96225" HASH_DIGITS "\"}");
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_OK);
	fails(f, fm_rpc_take_view(cycle, 12, &f->asks, at, &f->err), FM_E_CHAIN,
	      "getCycle(" HASH "): 3 execution reverted");
	assert_true(fm_rpc_take_revert(&f->revert, &f->asks, at));
	assert_int_equal(f->revert.len, 36);
}

static void test_faults(void **state)
{
	static const struct {
		const char *error;
		enum fm_rpc_fault fault;
	} cases[] = {
	/* clang-format off */
		{ "{\"code\":3,\"message\":\"\"}", FM_RPC_REVERTED },
		{ "{\"code\":-32000,\"message\":\"execution reverted: insufficient funds\"}", FM_RPC_REVERTED },
		{ "{\"code\":-32603,\"message\":\"Error: VM Exception while processing transaction: reverted with an unrecognized custom error\"}", FM_RPC_REVERTED },
		{ "{\"code\":-32015,\"message\":\"VM execution error.\"}", FM_RPC_REVERTED },
		{ "{\"code\":-32000,\"message\":\"x\",\"data\":\"0xcbca5aa2\"}", FM_RPC_REVERTED },
		{ "{\"code\":-32000,\"message\":\"x\",\"data\":\"0x\"}", FM_RPC_OTHER },
		{ "{\"code\":-32003,\"message\":\"Insufficient funds for gas * price + value\"}", FM_RPC_FUNDS },
		{ "{\"code\":-32000,\"message\":\"insufficient funds for gas * price + value: address 0x.. have 1 want 2\"}", FM_RPC_FUNDS },
		{ "{\"code\":-32010,\"message\":\"InsufficientFunds, Account balance: 1\"}", FM_RPC_FUNDS },
		{ "{\"code\":-32004,\"message\":\"Upfront cost exceeds account balance\"}", FM_RPC_FUNDS },
		{ "{\"code\":-32000,\"message\":\"Sender doesn't have enough funds to send tx.\"}", FM_RPC_FUNDS },
		{ "{\"code\":-32003,\"message\":\"max fee per gas less than block base fee\"}", FM_RPC_FEE_LOW },
		{ "{\"code\":-32000,\"message\":\"transaction underpriced: tip needed 1\"}", FM_RPC_FEE_LOW },
		{ "{\"code\":-32010,\"message\":\"FeeTooLow, MaxFeePerGas too low\"}", FM_RPC_FEE_LOW },
		{ "{\"code\":-32009,\"message\":\"Gas price below configured minimum gas price\"}", FM_RPC_FEE_LOW },
		{ "{\"code\":-32000,\"message\":\"nonce too low: next nonce 5, tx nonce 4\"}", FM_RPC_NONCE_LOW },
		{ "{\"code\":-32003,\"message\":\"nonce too low\"}", FM_RPC_NONCE_LOW },
		{ "{\"code\":-32001,\"message\":\"Nonce too low\"}", FM_RPC_NONCE_LOW },
		{ "{\"code\":-32010,\"message\":\"OldNonce, Current nonce: 1\"}", FM_RPC_NONCE_LOW },
		{ "{\"code\":-32000,\"message\":\"nonce too high\"}", FM_RPC_NONCE_HIGH },
		{ "{\"code\":-32000,\"message\":\"already known\"}", FM_RPC_KNOWN },
		{ "{\"code\":-32010,\"message\":\"AlreadyKnown\"}", FM_RPC_KNOWN },
		{ "{\"code\":-32000,\"message\":\"Known transaction\"}", FM_RPC_KNOWN },
		{ "{\"code\":-32003,\"message\":\"transaction already imported\"}", FM_RPC_KNOWN },
		{ "{\"code\":-32000,\"message\":\"Unknown transaction type\"}", FM_RPC_OTHER },
		{ "{\"code\":-32000,\"message\":\"replacement transaction underpriced\"}", FM_RPC_UNDERPRICED },
		{ "{\"code\":-32010,\"message\":\"ReplacementNotAllowed\"}", FM_RPC_UNDERPRICED },
		{ "{\"code\":-32000,\"message\":\"intrinsic gas too low\"}", FM_RPC_GAS },
		{ "{\"code\":-32000,\"message\":\"out of gas\"}", FM_RPC_GAS },
		{ "{\"code\":-32601,\"message\":\"x\"}", FM_RPC_NO_METHOD },
		{ "{\"code\":-32000,\"message\":\"the method eth_feeHistory does not exist/is not available\"}", FM_RPC_NO_METHOD },
		{ "{\"code\":-32003,\"message\":\"transaction rejected\"}", FM_RPC_OTHER },
		{ "{\"code\":-32005,\"message\":\"limit exceeded\"}", FM_RPC_OTHER },
		{ "{\"message\":7}", FM_RPC_OTHER },
		{ "{}", FM_RPC_OTHER },
	/* clang-format on */
	};

	(void)state;
	assert_int_equal(fm_rpc_fault_of(NULL), FM_RPC_FINE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fm_json *doc = NULL;
		assert_int_equal(fm_json_parse(&doc, fm_span_of(cases[i].error), false,
					       NULL),
				 FM_OK);
		if (fm_rpc_fault_of(doc) != cases[i].fault)
			fail_msg("%s: taken for %d", cases[i].error,
				 (int)fm_rpc_fault_of(doc));
		fm_json_free(&doc);
	}
}

/* ---- broadcast ---- */

static enum fm_code send(struct fixture *f, struct fm_hash *hash,
			 enum fm_rpc_fault *fault)
{
	return fm_rpc_send_raw(hash, fault, &f->rpc, (struct fm_span){ "\x02\xc0", 2 },
			       &f->err);
}

static void test_send(void **state)
{
	struct fixture *f = *state;
	enum fm_rpc_fault fault;
	char text[FM_HASH_TEXT], member[128];
	struct fm_hash hash, want;

	fm_keccak256(&want, "\x02\xc0", 2);
	fm_hash_text(text, &want);
	snprintf(member, sizeof(member), "\"result\":\"%s\"", text);
	answer(f, member);
	assert_int_equal(send(f, &hash, &fault), FM_OK);
	assert_true(fm_hash_equal(&hash, &want) && fault == FM_RPC_FINE);
	assert_non_null(strstr(f->fake.requests[0].body,
			       "\"eth_sendRawTransaction\",\"params\":[\"0x02c0\"]"));
	answer(f, ERROR_OF("already known"));
	assert_int_equal(send(f, &hash, &fault), FM_OK);
	assert_true(fm_hash_equal(&hash, &want) && fault == FM_RPC_FINE);
	answer(f, ERROR_OF("nonce too low"));
	fails(f, send(f, &hash, &fault), FM_E_CHAIN, "nonce too low");
	assert_string_equal(f->err.cause, "nonce_low");
	assert_int_equal(fault, FM_RPC_NONCE_LOW);
	answer(f, ERROR_OF("insufficient funds for gas * price + value"));
	fails(f, send(f, &hash, &fault), FM_E_REVERT, "insufficient funds");
	assert_string_equal(f->err.cause, "gas_funds");
	assert_string_equal(fm_err_cause(FM_E_REVERT, &f->err), "local");
	assert_int_equal(fault, FM_RPC_FUNDS);
	/* answers that leave it open, and a network that does */
	answer(f, RESULT("\"" HASH "\""));
	fails(f, send(f, &hash, &fault), FM_E_CHAIN, text);
	assert_int_equal(fault, FM_RPC_FINE);
	answer(f, RESULT("null"));
	fails(f, send(f, &hash, &fault), FM_E_CHAIN, text);
	assert_int_equal(fault, FM_RPC_FINE);
	fake_http_fail(&f->fake, FM_E_TIMEOUT, true);
	assert_int_equal(send(f, &hash, &fault), FM_E_TIMEOUT);
	assert_true(fm_hash_equal(&hash, &want) && fault == FM_RPC_FINE);
}

/* ---- receipts ---- */

#define LOG(members) "{\"address\":\"" ADDRESS "\"," members "}"
#define GOOD_LOG LOG("\"topics\":[\"" BLOCK "\",\"" HASH "\"],\"data\":\"0x0102\"")
#define RECEIPT(status, logs)                                                       \
	"\"result\":{\"transactionHash\":\"" HASH "\",\"blockNumber\":\"0x10\","    \
	"\"blockHash\":\"" BLOCK "\",\"status\":" status ",\"gasUsed\":\"0xaf93\"," \
	"\"effectiveGasPrice\":\"0x3b9aca07\",\"logs\":" logs "}"

static enum fm_code receipt(struct fixture *f, const char *member)
{
	answer(f, member);
	fm_rpc_receipt_clear(&f->receipt);
	return fm_rpc_receipt(&f->receipt, &f->rpc, &f->hash, &f->err);
}

static void test_receipt(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(receipt(f, RECEIPT("\"0x1\"",
					    "[" GOOD_LOG
					    "," LOG("\"topics\":[],\"data\":"
						    "\"0x\",\"removed\":false") "]")),
			 FM_OK);
	assert_true(f->receipt.found && f->receipt.ok);
	assert_int_equal(f->receipt.block_number, 16);
	assert_int_equal(f->receipt.block_hash.b[0], 0x11);
	assert_int_equal(f->receipt.gas_used, 44947);
	assert_int_equal(f->receipt.gas_price.w[0], 1000000007);
	assert_int_equal(f->receipt.log_count, 2);
	assert_true(fm_addr_equal(&f->receipt.logs[0].address, &f->address));
	assert_int_equal(f->receipt.logs[0].topic_count, 2);
	assert_true(fm_hash_equal(&f->receipt.logs[0].topics[1], &f->hash));
	assert_int_equal(f->receipt.logs[0].data.len, 2);
	assert_memory_equal(f->receipt.logs[0].data.ptr, "\x01\x02", 2);
	assert_int_equal(f->receipt.logs[1].topic_count, 0);
	assert_int_equal(receipt(f, RECEIPT("\"0x0\"", "[]")), FM_OK);
	assert_true(f->receipt.found && !f->receipt.ok);
	assert_int_equal(receipt(f, RESULT("null")), FM_OK);
	assert_false(f->receipt.found);
	assert_int_equal(receipt(f, RESULT("{\"transactionHash\":\"" HASH
					   "\",\"blockNumber\":null}")),
			 FM_OK);
	assert_false(f->receipt.found);
}

static void test_bad_receipts(void **state)
{
	static const struct {
		const char *member, *words;
	} cases[] = {
	/* clang-format off */
		{ RESULT("{\"transactionHash\":\"" BLOCK "\",\"blockNumber\":\"0x1\"}"), "another transaction" },
		{ RESULT("{\"blockNumber\":\"0x1\"}"), "another transaction" },
		{ RESULT("{\"transactionHash\":\"" HASH "\",\"blockNumber\":\"0x1\"}"), "without a block" },
		{ RECEIPT("\"0x2\"", "[]"), "without a status" },
		{ RECEIPT("null", "[]"), "without a status" },
		{ RECEIPT("1", "[]"), "without a status" },
		{ RECEIPT("\"0x1\"", "null"), "without logs" },
		{ RECEIPT("\"0x1\"", "{}"), "without logs" },
		{ RECEIPT("\"0x1\"", "[7]"), "a log that is none" },
		{ RECEIPT("\"0x1\"", "[" LOG("\"topics\":[],\"data\":\"0x\",\"removed\":true") "]"), "a log that is none" },
		{ RECEIPT("\"0x1\"", "[" LOG("\"topics\":[\"0x11\"],\"data\":\"0x\"") "]"), "a log that is none" },
		{ RECEIPT("\"0x1\"", "[" LOG("\"topics\":[],\"data\":\"0x1\"") "]"), "a log that is none" },
		{ RECEIPT("\"0x1\"", "[" LOG("\"topics\":[]") "]"), "a log that is none" },
		{ RECEIPT("\"0x1\"", "[" LOG("\"topics\":[\"" HASH "\",\"" HASH "\",\"" HASH "\",\"" HASH "\",\"" HASH "\"],\"data\":\"0x\"") "]"), "a log that is none" },
		{ ERROR_OF("busy"), "eth_getTransactionReceipt: -32000 busy" },
	/* clang-format on */
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fails(f, receipt(f, cases[i].member), FM_E_CHAIN, cases[i].words);
		assert_false(f->receipt.found);
	}
}

/** As many logs and bytes as are allowed, then one more. */
static void test_receipt_caps(void **state)
{
	struct fixture *f = *state;
	struct fm_buf logs;

	for (size_t count = FM_RPC_LOGS; count <= FM_RPC_LOGS + 1; count++) {
		fm_buf_init(&logs, 1u << 20);
		fm_buf_str(&logs,
			   "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"transactionHash"
			   "\":\"" HASH "\",\"blockNumber\":\"0x10\",\"blockHash\":"
			   "\"" BLOCK "\",\"status\":\"0x1\",\"gasUsed\":\"0x1\","
			   "\"logs\":[");
		for (size_t i = 0; i < count; i++)
			fm_buf_fmt(&logs, "%s%s", i ? "," : "", GOOD_LOG);
		fm_buf_str(&logs, "]}}");
		fake_http_reply(&f->fake, 200, "", logs.ptr);
		fm_rpc_receipt_clear(&f->receipt);
		if (count <= FM_RPC_LOGS)
			assert_int_equal(fm_rpc_receipt(&f->receipt, &f->rpc, &f->hash,
							&f->err),
					 FM_OK);
		else
			fails(f, fm_rpc_receipt(&f->receipt, &f->rpc, &f->hash, &f->err),
			      FM_E_CHAIN, "too many logs");
		fm_buf_clear(&logs);
	}
}

static void test_tx_known(void **state)
{
	struct fixture *f = *state;
	enum fm_rpc_tx known;

	answer(f, RESULT("null"));
	assert_int_equal(fm_rpc_tx_known(&known, &f->rpc, &f->hash, &f->err), FM_OK);
	assert_int_equal(known, FM_RPC_TX_UNKNOWN);
	answer(f, RESULT("{\"hash\":\"" HASH "\",\"blockNumber\":null}"));
	assert_int_equal(fm_rpc_tx_known(&known, &f->rpc, &f->hash, &f->err), FM_OK);
	assert_int_equal(known, FM_RPC_TX_WAITING);
	answer(f, RESULT("{\"hash\":\"" HASH "\",\"blockNumber\":\"0x1\"}"));
	assert_int_equal(fm_rpc_tx_known(&known, &f->rpc, &f->hash, &f->err), FM_OK);
	assert_int_equal(known, FM_RPC_TX_MINED);
	answer(f, RESULT("{\"hash\":\"" BLOCK "\"}"));
	fails(f, fm_rpc_tx_known(&known, &f->rpc, &f->hash, &f->err), FM_E_CHAIN,
	      "another transaction");
}

/* ---- tokens ---- */

static void test_token(void **state)
{
	struct fixture *f = *state;
	struct fm_addr spender = { { 0xcd } };
	struct fm_u256 balance, allowance;
	uint8_t decimals;
	size_t at[] = {
		fm_erc20_ask_balance(&f->asks, &f->address, &spender, "latest"),
		fm_erc20_ask_allowance(&f->asks, &f->address, &f->address, &spender,
				       "pending"),
		fm_erc20_ask_decimals(&f->asks, &f->address),
		fm_erc20_ask_symbol(&f->asks, &f->address),
	};

	fake_http_reply(
		&f->fake, 200, "",
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x" WORD(
			"0005") "\"},"
				"{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":\"0x" WORD(
					"0006") "\"},"
						"{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":\"0x" WORD(
							"0006") "\"},"
								"{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":\"0x4d4b52" WORD(
									"") "00\"}]");
	assert_int_equal(fm_rpc_run(&f->asks, &f->rpc, &f->err), FM_OK);
	assert_int_equal(fm_erc20_take_amount(&balance, &f->asks, at[0], &f->err), FM_OK);
	assert_int_equal(fm_erc20_take_amount(&allowance, &f->asks, at[1], &f->err),
			 FM_OK);
	assert_int_equal(fm_erc20_take_decimals(&decimals, &f->asks, at[2], &f->err),
			 FM_OK);
	assert_int_equal(balance.w[0], 5);
	assert_int_equal(allowance.w[0], 6);
	assert_int_equal(decimals, 6);
	fails(f, fm_erc20_take_symbol(&f->out, &f->asks, at[3], &f->err), FM_E_CHAIN,
	      "symbol(): the answer is no text");
}

/* ---- endpoints ---- */

struct chain {
	struct fixture *f;
	size_t count; /**< endpoints there are */
	enum fm_code results[4];
	size_t asked;
	char logged[256];
};

static bool endpoint_at(void *ctx, struct fm_rpc *rpc, size_t index)
{
	static const char *const urls[] = { "https://a.example", "https://b.example",
					    "https://c.example" };
	struct chain *c = ctx;

	if (index >= c->count)
		return false;
	*rpc = (struct fm_rpc){ .url = urls[index] };
	return true;
}

static enum fm_code read_it(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct chain *c = arg;
	enum fm_code rc = c->results[c->asked++];

	return rc ? fm_fail(err, rc, "%s: away", rpc->url) : FM_OK;
}

static void keep_log(void *ctx, enum fm_level level, const char *text)
{
	struct chain *c = ctx;

	(void)level;
	snprintf(c->logged, sizeof(c->logged), "%s", text);
}

static enum fm_code each(struct chain *c, struct fm_rpc *rpc)
{
	const struct fm_log log = { keep_log, c, FM_LOG_INFO };
	const struct fm_rpc_endpoints endpoints = {
		.at = endpoint_at, .ctx = c, .log = &log, .chain_id = 84532
	};

	*rpc = (struct fm_rpc){ 0 };
	return fm_rpc_each(rpc, &endpoints, read_it, c, &c->f->err);
}

static void test_endpoints(void **state)
{
	struct fixture *f = *state;
	struct chain c = {
		.f = f, .count = 3, .results = {FM_E_NETWORK, FM_E_TIMEOUT}
	};
	struct fm_rpc rpc;

	assert_int_equal(each(&c, &rpc), FM_OK);
	assert_int_equal(c.asked, 3);
	assert_string_equal(rpc.url, "https://c.example");
	assert_string_equal(c.logged, "https://b.example: away");
	/* nonsense ends it */
	c = (struct chain){
		.f = f, .count = 3, .results = {FM_E_NETWORK, FM_E_CHAIN}
	};
	assert_int_equal(each(&c, &rpc), FM_E_CHAIN);
	assert_int_equal(c.asked, 2);
	assert_string_equal(rpc.url, "https://b.example");
	/* nobody can be reached: the last one's error */
	c = (struct chain){
		.f = f, .count = 2, .results = {FM_E_NETWORK, FM_E_TIMEOUT}
	};
	assert_int_equal(each(&c, &rpc), FM_E_TIMEOUT);
	assert_string_equal(f->err.msg, "https://b.example: away");
	c = (struct chain){ .f = f };
	assert_int_equal(each(&c, &rpc), FM_E_NETWORK);
	assert_string_equal(f->err.msg, "no endpoint of chain 84532 is known");
	assert_non_null(strstr(f->err.hint, "--rpc"));
	assert_null(rpc.url);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_params),	      T(test_together),	    T(test_too_many),
		T(test_accounts),     T(test_block),	    T(test_fees),
		T(test_bad_fees),     T(test_call),	    T(test_estimate),
		T(test_view_reverts), T(test_faults),	    T(test_send),
		T(test_receipt),      T(test_bad_receipts), T(test_receipt_caps),
		T(test_tx_known),     T(test_token),	    T(test_endpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
