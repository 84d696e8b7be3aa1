/* SPDX-License-Identifier: MIT */
/* Selectors and topics follow from signatures; what our tables have is what the compiled contracts
 * have, down to which values of an event are topics and what a function answers. */
#include <evm/contract.h>
#include <evm/revert.h>

#include <vectors.h>

#include <string.h>

static bool is_selector(struct vectors *v, const struct fm_json *c)
{
	struct fm_span signature = vector_need(v, c, "signature");
	struct fm_span want = vector_hex(v, c, "selector");
	uint8_t got[FM_SELECTOR];

	fm_selector(got, signature.ptr);
	return expect(v, want.len == sizeof(got) && memcmp(got, want.ptr, want.len) == 0,
		      "%s: another selector", signature.ptr);
}

/** The words of the types, without names and brackets: "address,uint256". An enum is a uint8. */
static void put_types(struct fm_buf *out, struct fm_span types)
{
	static const char *const words[] = {
		[FM_ABI_BOOL] = "bool",	    [FM_ABI_ADDR] = "address",
		[FM_ABI_HASH] = "bytes32",  [FM_ABI_BYTES] = "bytes",
		[FM_ABI_STRING] = "string",
	};
	struct fm_abi_type type;

	while (fm_abi_next(&type, &types)) {
		if (type.kind == FM_ABI_ARRAY) {
			put_types(out, type.item);
			fm_buf_str(out, "[],");
		} else if (type.kind == FM_ABI_UINT) {
			fm_buf_fmt(out, "uint%u,", type.below ? 8 : type.bits);
		} else {
			fm_buf_fmt(out, "%s,", words[type.kind]);
		}
	}
}

static bool same_answer(struct vectors *v, const struct fm_json *c, enum fm_fn fn)
{
	const struct fm_json *returns = fm_json_get(c, "returns"), *at;
	struct fm_buf want, got;
	bool good;

	fm_buf_init(&want, 4096);
	fm_buf_init(&got, 4096);
	for (at = fm_json_first(returns); at; at = fm_json_next(returns, at))
		put_types(&want, vector_need(v, at, ""));
	put_types(&got, fm_span_of(fm_fn_return_types(fn)));
	good = expect(v,
		      got.len == want.len &&
			      (!got.len || memcmp(got.ptr, want.ptr, got.len) == 0),
		      "%s answers with %s, not %s", fm_fn_name(fn),
		      want.ptr ? want.ptr : "nothing", got.ptr ? got.ptr : "nothing");
	fm_buf_clear(&want);
	fm_buf_clear(&got);
	return good;
}

static bool check_function(struct vectors *v, const struct fm_json *c)
{
	struct fm_span selector = vector_hex(v, c, "selector");
	enum fm_fn fn, by_data;

	if (!is_selector(v, c))
		return false;
	if (!fm_fn_by_name(&fn, vector_need(v, c, "signature")))
		return expect(v, !fm_fn_by_calldata(&fn, selector),
			      "taken for one of ours");
	return expect(v, fm_fn_by_calldata(&by_data, selector) && by_data == fn,
		      "not found by its selector") &&
	       same_answer(v, c, fn);
}

/** A log of the right shape is taken for the event, with one topic more or less it is not. */
static bool check_event(struct vectors *v, const struct fm_json *c)
{
	struct fm_span signature = vector_need(v, c, "signature");
	size_t indexed = fm_json_get(c, "indexed")->count;
	struct fm_event_log log = { 0 };
	enum fm_event event;
	struct fm_hash topic;

	fm_keccak256(&topic, signature.ptr, signature.len);
	if (!fm_hash_parse(&log.topics[0], vector_need(v, c, "topic0")) ||
	    !fm_hash_equal(&topic, &log.topics[0]))
		return vector_fail(v, "%s: another topic", signature.ptr);
	log.topic_count = 1 + indexed;
	if (!fm_event_of(&event, &log))
		return true; /* none of ours; check_ours looks from the other side */
	log.topic_count = indexed;
	return expect_str(v, c, "signature", fm_event_name(event)) &&
	       expect(v, !fm_event_of(&event, &log), "taken with a topic too few");
}

static bool check_error(struct vectors *v, const struct fm_json *c)
{
	return is_selector(v, c);
}

/* ---- from our side ---- */

static bool listed(struct vectors *v, const char *list, const char *signature)
{
	const struct fm_json *cases = fm_json_get(v->root, list), *at;

	for (at = fm_json_first(cases); at; at = fm_json_next(cases, at))
		if (vector_is(at, "signature", signature))
			return true;
	return false;
}

/** Of tokens and libraries, which the compiled contracts do not list; their selectors as
 *  contracts.md, EIP-6093, EIP-3009 and Solidity's documentation give them. */
static bool elsewhere(const char *signature)
{
	static const struct {
		const char *signature;
		uint8_t selector[FM_SELECTOR];
	} known[] = {
		{"authorizationState(address,bytes32)",			 { 0xe9, 0x4a, 0x01, 0x02 }},
 /* Of the ERC-8004 registries, which no page lists: computed with viem. */
		{ "getValidationStatus(bytes32)",			  { 0xff, 0x2f, 0xeb, 0xfc }},
		{ "Error(string)",				       { 0x08, 0xc3, 0x79, 0xa0 }},
		{ "Panic(uint256)",				      { 0x4e, 0x48, 0x7b, 0x71 }},
		{ "ERC20InsufficientAllowance(address,uint256,uint256)",
		  { 0xfb, 0x8f, 0x41, 0xb2 }							},
		{ "ERC20InsufficientBalance(address,uint256,uint256)",
		  { 0xe4, 0x50, 0xd3, 0x8c }							},
		{ "ERC20InvalidReceiver(address)",			   { 0xec, 0x44, 0x2f, 0x05 }},
		{ "ERC20InvalidSpender(address)",			  { 0x94, 0x28, 0x0d, 0x62 }},
		{ "PairingFailed()",				     { 0x4d, 0xf4, 0x5e, 0x2f }},
		{ "G2AddFailed()",				       { 0xc5, 0x5e, 0x5e, 0x33 }},
		{ "MapFp2ToG2Failed()",					{ 0x89, 0x08, 0x3b, 0x91 }},
		{ "AddressEmptyCode(address)",			       { 0x99, 0x96, 0xb3, 0x15 }},
		{ "FailedCall()",					{ 0xd6, 0xbd, 0xa2, 0x75 }},
		{ "PaymentRecordConflict(bytes32)",			    { 0xce, 0xb2, 0x1e, 0x19 }},
	};
	uint8_t selector[FM_SELECTOR];

	fm_selector(selector, signature);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(signature, known[i].signature) == 0)
			return memcmp(selector, known[i].selector, sizeof(selector)) == 0;
	return false;
}

static bool check_ours(struct vectors *v, const struct fm_json *c)
{
	bool good = c != NULL;

	for (size_t i = 0; i < FM_FN_COUNT; i++) {
		const char *name = fm_fn_name((enum fm_fn)i);
		good = expect(v, listed(v, "functions", name) || elsewhere(name),
			      "%s: no such function", name) &&
		       good;
	}
	for (size_t i = 0; i < FM_EV_COUNT; i++) {
		const char *name = fm_event_name((enum fm_event)i);
		good = expect(v, listed(v, "events", name), "%s: no such event", name) &&
		       good;
	}
	for (size_t i = FM_REVERT_EMPTY + 1; i < FM_REVERT_COUNT; i++) {
		const char *name = fm_revert_name((enum fm_revert)i);
		good = expect(v, listed(v, "errors", name) || elsewhere(name),
			      "%s: no such error", name) &&
		       good;
	}
	return good;
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct vector_list lists[] = {
		{ "selectors.json", "functions", check_function },
		{ "selectors.json", "events", check_event },
		{ "selectors.json", "errors", check_error },
		{ "selectors.json", "", check_ours },
		{ 0 },
	};
	/* clang-format on */

	return vectors_run(argc, argv, lists);
}
