/* SPDX-License-Identifier: MIT */
/* Blocks and fees. */
#include "evm/rpc.h"

#include <string.h>

/* ---- blocks ---- */

/** NULL, or what is wrong with it. */
static const char *read_block(struct fm_rpc_block *out, const struct fm_json *node)
{
	const struct fm_json *number = fm_json_get(node, "number"),
			     *hash = fm_json_get(node, "hash"),
			     *fee = fm_json_get(node, "baseFeePerGas");
	uint64_t time;

	*out = (struct fm_rpc_block){ 0 };
	if (fm_json_absent(node))
		return "the node has no such block";
	/* a pending block may have neither number nor hash */
	if (!(fm_json_absent(number) && fm_json_absent(hash)) &&
	    !fm_rpc_u64(&out->number, number))
		return "a block without a number";
	if (!fm_rpc_u64(&time, fm_json_get(node, "timestamp")) || time > INT64_MAX)
		return "a block without a time";
	out->timestamp_s = (int64_t)time;
	if (!fm_json_absent(hash) && !fm_rpc_hash(&out->hash, hash))
		return "a block with a hash that is none";
	out->has_base_fee = !fm_json_absent(fee);
	if (out->has_base_fee && !fm_rpc_quantity(&out->base_fee, fee))
		return "a block with a base fee that is none";
	return NULL;
}

enum fm_code fm_rpc_take_block(struct fm_rpc_block *out, const struct fm_rpc_asks *asks,
			       size_t at, struct fm_err *err)
{
	const struct fm_json *result = NULL;
	const char *wrong;
	enum fm_code rc = fm_rpc_take(&result, asks, at, err);

	if (rc)
		return rc;
	wrong = read_block(out, result);
	return wrong ? fm_rpc_wrong(asks, at, wrong, err) : FM_OK;
}

enum fm_code fm_rpc_block(struct fm_rpc_block *out, struct fm_rpc *rpc, const char *tag,
			  struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_block(&asks, tag);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_block(out, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

/* ---- fees ---- */

/** The places of the three questions behind the first. */
enum {
	HISTORY,
	PRIORITY,
	PENDING
};

static bool missing(const struct fm_rpc_asks *asks, size_t at)
{
	return asks->calls[at].error &&
	       fm_rpc_fault_of(asks->calls[at].error) == FM_RPC_NO_METHOD;
}

/** The last element of a list; NULL when it is none or empty. */
static const struct fm_json *last_of(const struct fm_json *list)
{
	const struct fm_json *last = NULL, *at;

	if (!list || list->type != FM_JSON_ARRAY)
		return NULL;
	for (at = fm_json_first(list); at; at = fm_json_next(list, at))
		last = at;
	return last;
}

/** The base fee of the next block: behind those of the blocks asked for. */
static enum fm_code take_base_fee(struct fm_u256 *out, const struct fm_rpc_asks *asks,
				  size_t at, struct fm_err *err)
{
	const struct fm_json *history = NULL;
	struct fm_rpc_block pending;
	enum fm_code rc;

	if (!missing(asks, at + HISTORY)) {
		rc = fm_rpc_take(&history, asks, at + HISTORY, err);
		if (!rc &&
		    !fm_rpc_quantity(out, last_of(fm_json_get(history, "baseFeePerGas"))))
			rc = fm_rpc_wrong(asks, at + HISTORY, "no base fee", err);
		return rc;
	}
	rc = fm_rpc_take_block(&pending, asks, at + PENDING, err);
	if (!rc && !pending.has_base_fee)
		rc = fm_rpc_wrong(asks, at + PENDING, "no base fee", err);
	*out = pending.base_fee;
	return rc;
}

/** The middle one of what the blocks' middle transactions paid; 0 when nobody says. */
static struct fm_u256 usual_reward(const struct fm_json *history)
{
	struct fm_u256 seen[8], value;
	const struct fm_json *rewards = fm_json_get(history, "reward"), *row;
	size_t count = 0, at;

	if (!rewards || rewards->type != FM_JSON_ARRAY)
		return FM_U256_ZERO;
	for (row = fm_json_first(rewards); row && count < sizeof(seen) / sizeof(seen[0]);
	     row = fm_json_next(rewards, row)) {
		if (!fm_rpc_quantity(&value, last_of(row)))
			continue;
		for (at = count++; at && fm_u256_cmp(&seen[at - 1], &value) > 0; at--)
			seen[at] = seen[at - 1];
		seen[at] = value;
	}
	return count ? seen[count / 2] : FM_U256_ZERO;
}

static enum fm_code take_priority(struct fm_u256 *out, const struct fm_rpc_asks *asks,
				  size_t at, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (missing(asks, at + PRIORITY))
		*out = usual_reward(asks->calls[at + HISTORY].result);
	else
		rc = fm_rpc_take_u256(out, asks, at + PRIORITY, err);
	if (!rc && fm_u256_is_zero(out))
		*out = fm_u256_from_u64(1);
	return rc;
}

enum fm_code fm_rpc_take_fees(struct fm_rpc_fees *out, const struct fm_rpc_asks *asks,
			      size_t at, struct fm_err *err)
{
	struct fm_rpc_fees fees = { 0 };
	enum fm_code rc = take_base_fee(&fees.base_fee, asks, at, err);

	if (!rc)
		rc = take_priority(&fees.priority, asks, at, err);
	if (rc)
		return rc;
	if (!fm_u256_mul_u64(&fees.max_fee, &fees.base_fee, 2) ||
	    !fm_u256_add(&fees.max_fee, &fees.max_fee, &fees.priority))
		return fm_rpc_wrong(asks, at, "fees over 256 bits", err);
	*out = fees;
	return FM_OK;
}

enum fm_code fm_rpc_fees(struct fm_rpc_fees *out, struct fm_rpc *rpc, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_fees(&asks);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_fees(out, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}
