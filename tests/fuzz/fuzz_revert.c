/* SPDX-License-Identifier: MIT */
/* What a contract refuses with, as bytes and inside an error object of a node: there are always
 * words, and nothing in them moves a cursor. */
#include <fuzz.h>

#include "evm/revert.h"
#include "evm/rpc.h"

static void explained(struct fm_span data)
{
	static const struct fm_asset asset = { .decimals = 6, .symbol = "USDC" };
	const struct fm_u256 amount = fm_u256_from_u64(7);
	const struct fm_revert_context contexts[] = {
		{0		    },
		{ .fn = FM_FN_PAY_DEBIT,
		  .asset = &asset,
		  .asked = &amount,
		  .available = &amount,
		  .unlock_s = INT64_MAX,
		  .now_s = 1,
		  .cycle = "usdc:0",
		  .different = "role" },
	};
	struct fm_err err;

	for (size_t i = 0; i < sizeof(contexts) / sizeof(contexts[0]); i++) {
		enum fm_code rc;
		fm_err_init(&err);
		rc = fm_revert_explain(&err, FM_E_REVERT, &contexts[i], data);
		fuzz_err_ok(rc, &err);
		fm_err_init(&err);
		MUST(fm_revert_explain(&err, FM_E_REVERTED, &contexts[i], data) ==
		     FM_E_REVERTED);
	}
}

static void read_again(struct fm_span data)
{
	struct fm_abi_value values[FM_REVERT_VALUES];
	struct fm_span args = { data.ptr + FM_SELECTOR, data.len - FM_SELECTOR };
	struct fm_buf again;
	size_t count;
	enum fm_revert revert = fm_revert_read(values, &count, data);

	MUST((revert == FM_REVERT_EMPTY) == (data.len == 0));
	MUST(count <= FM_REVERT_VALUES);
	if (revert <= FM_REVERT_EMPTY || revert == FM_REVERT_ERROR)
		return;
	fm_buf_init(&again, data.len + 1);
	MUST(fm_abi_encode(&again, fm_signature_types(fm_revert_name(revert)), values,
			   count));
	MUST(fuzz_same(fm_buf_span(&again), args));
	fm_buf_clear(&again);
}

static void in_an_error(struct fm_span text)
{
	struct fm_rpc rpc = { .url = "https://rpc.example/key" };
	struct fm_json *doc = NULL;
	struct fm_buf bytes;
	struct fm_err err;

	if (fm_json_parse(&doc, text, false, NULL))
		return;
	fm_buf_init(&bytes, text.len);
	if (fm_revert_of_error(&bytes, doc)) {
		MUST(bytes.len <= text.len / 2);
		explained(fm_buf_span(&bytes));
	} else {
		MUST(bytes.len == 0);
	}
	fm_buf_clear(&bytes);
	MUST(fm_rpc_fault_of(doc) != FM_RPC_FINE);
	fm_err_init(&err);
	fuzz_err_ok(fm_rpc_faulted(&rpc, "eth_call", doc, &err), &err);
	fm_json_free(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span input = fuzz_span(data, size);

	explained(input);
	read_again(input);
	in_an_error(input);
	return 0;
}
