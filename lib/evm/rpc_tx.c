/* SPDX-License-Identifier: MIT */
/* Transactions: tried, sent, looked for. */
#include "evm/revert.h"
#include "evm/rpc_logs.h"

#include <stdlib.h>
#include <string.h>

/* ---- tried ---- */

bool fm_rpc_take_revert(struct fm_buf *out, const struct fm_rpc_asks *asks, size_t at)
{
	const struct fm_json *error = asks->calls[at].error;

	if (fm_rpc_fault_of(error) != FM_RPC_REVERTED)
		return false;
	if (!fm_revert_of_error(out, error))
		return fm_buf_ok(out);
	return true;
}

/** *reverted, or what else is the matter. */
static enum fm_code tried(struct fm_buf *revert, bool *reverted,
			  const struct fm_rpc_asks *asks, size_t at, struct fm_err *err)
{
	*reverted = fm_rpc_take_revert(revert, asks, at);
	if (*reverted || !asks->calls[at].error)
		return FM_OK;
	return fm_rpc_faulted(asks->rpc, asks->ask[at].method, asks->calls[at].error,
			      err);
}

enum fm_code fm_rpc_take_call(struct fm_buf *out, struct fm_buf *revert, bool *reverted,
			      const struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err)
{
	enum fm_code rc = tried(revert, reverted, asks, at, err);

	if (!rc && !*reverted && !fm_rpc_data(out, asks->calls[at].result))
		rc = fm_rpc_wrong(asks, at, "the answer is no bytes", err);
	return rc;
}

enum fm_code fm_rpc_take_estimate(uint64_t *gas, struct fm_buf *revert, bool *reverted,
				  const struct fm_rpc_asks *asks, size_t at,
				  struct fm_err *err)
{
	enum fm_code rc = tried(revert, reverted, asks, at, err);

	return rc || *reverted ? rc : fm_rpc_take_u64(gas, asks, at, err);
}

enum fm_code fm_rpc_call(struct fm_buf *out, struct fm_buf *revert, bool *reverted,
			 struct fm_rpc *rpc, const struct fm_rpc_message *message,
			 const char *tag, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_call(&asks, message, tag);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_call(out, revert, reverted, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

enum fm_code fm_rpc_estimate(uint64_t *gas, struct fm_buf *revert, bool *reverted,
			     struct fm_rpc *rpc, const struct fm_rpc_message *message,
			     const char *tag, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_estimate(&asks, message, tag);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_estimate(gas, revert, reverted, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

/* ---- sent ---- */

/** The answer to a broadcast is the hash of what was sent. */
static enum fm_code judge_sent(enum fm_rpc_fault *fault, struct fm_rpc *rpc,
			       const struct fm_rpc_call *call, const struct fm_hash *hash,
			       struct fm_err *err)
{
	char text[FM_HASH_TEXT];
	struct fm_hash got;

	*fault = fm_rpc_fault_of(call->error);
	if (*fault == FM_RPC_KNOWN) {
		*fault = FM_RPC_FINE;
		return FM_OK;
	}
	if (call->error)
		return fm_rpc_faulted(rpc, call->method, call->error, err);
	if (fm_rpc_hash(&got, call->result) && fm_hash_equal(&got, hash))
		return FM_OK;
	fm_hash_text(text, hash);
	return fm_rpc_fail(rpc, err, "%s: the answer is not the hash %s of what was sent",
			   call->method, text);
}

enum fm_code fm_rpc_send_raw(struct fm_hash *hash, enum fm_rpc_fault *fault,
			     struct fm_rpc *rpc, struct fm_span raw, struct fm_err *err)
{
	struct fm_rpc_call call = { .method = "eth_sendRawTransaction" };
	struct fm_rpc_answer answer;
	struct fm_buf params;
	enum fm_code rc;
	char *digits;

	*fault = FM_RPC_FINE;
	fm_keccak256(hash, raw.ptr, raw.len);
	fm_buf_init(&params, FM_RPC_ANSWER_MAX);
	fm_buf_str(&params, "[\"0x");
	digits = fm_buf_grow(&params, 2 * raw.len);
	if (digits)
		fm_hex_write(digits, raw.ptr, raw.len);
	fm_buf_str(&params, "\"]");
	if (!fm_buf_ok(&params))
		return fm_nomem(err);
	call.params = params.ptr;
	rc = fm_rpc_batch(&answer, rpc, &call, 1, err);
	if (!rc)
		rc = judge_sent(fault, rpc, &call, hash, err);
	fm_rpc_answer_clear(&answer);
	fm_buf_clear(&params);
	return rc;
}

/* ---- looked for ---- */

/** Is it about the transaction that was asked for? */
static bool is_of(const struct fm_json *node, const char *name,
		  const struct fm_hash *hash)
{
	struct fm_hash got;

	return fm_rpc_hash(&got, fm_json_get(node, name)) && fm_hash_equal(&got, hash);
}

enum fm_code fm_rpc_take_tx(enum fm_rpc_tx *out, const struct fm_rpc_asks *asks,
			    size_t at, const struct fm_hash *hash, struct fm_err *err)
{
	const struct fm_json *result = NULL;
	enum fm_code rc = fm_rpc_take(&result, asks, at, err);

	if (rc)
		return rc;
	*out = FM_RPC_TX_UNKNOWN;
	if (fm_json_absent(result))
		return FM_OK;
	if (!is_of(result, "hash", hash))
		return fm_rpc_wrong(asks, at, "another transaction", err);
	*out = fm_json_absent(fm_json_get(result, "blockNumber")) ? FM_RPC_TX_WAITING
								  : FM_RPC_TX_MINED;
	return FM_OK;
}

enum fm_code fm_rpc_tx_known(enum fm_rpc_tx *out, struct fm_rpc *rpc,
			     const struct fm_hash *hash, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_tx(&asks, hash);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_tx(out, &asks, 0, hash, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

/* ---- receipts ---- */

static const char *read_logs(struct fm_rpc_receipt *out, const struct fm_json *logs)
{
	const struct fm_json *node;
	size_t offsets[FM_RPC_LOGS], count = 0;

	if (!logs || logs->type != FM_JSON_ARRAY)
		return "a receipt without logs";
	if (logs->count > FM_RPC_LOGS)
		return "a receipt with too many logs";
	out->logs = calloc(logs->count ? logs->count : 1, sizeof(*out->logs));
	if (!out->logs)
		return "no memory for its logs";
	for (node = fm_json_first(logs); node; node = fm_json_next(logs, node), count++)
		if (!fm_rpc_log(&out->logs[count], &offsets[count], &out->bytes, node))
			return "a receipt with a log that is none";
	for (size_t i = 0; i < count; i++)
		out->logs[i].data.ptr = out->bytes.ptr + offsets[i];
	out->log_count = count;
	return NULL;
}

/** NULL, or what is wrong with it. */
static const char *read_receipt(struct fm_rpc_receipt *out, const struct fm_json *node,
				const struct fm_hash *hash)
{
	const struct fm_json *price = fm_json_get(node, "effectiveGasPrice");
	uint64_t status;

	if (!is_of(node, "transactionHash", hash))
		return "a receipt of another transaction";
	if (!fm_rpc_u64(&out->block_number, fm_json_get(node, "blockNumber")) ||
	    !fm_rpc_hash(&out->block_hash, fm_json_get(node, "blockHash")))
		return "a receipt without a block";
	if (!fm_rpc_u64(&status, fm_json_get(node, "status")) || status > 1)
		return "a receipt without a status";
	if (!fm_rpc_u64(&out->gas_used, fm_json_get(node, "gasUsed")))
		return "a receipt without the gas used";
	if (!fm_json_absent(price) && !fm_rpc_quantity(&out->gas_price, price))
		return "a receipt with a price that is none";
	out->ok = status == 1;
	out->found = true;
	return read_logs(out, fm_json_get(node, "logs"));
}

/** Some nodes answer for a waiting transaction, without a block. */
static bool is_mined(const struct fm_json *receipt)
{
	return !fm_json_absent(receipt) &&
	       !fm_json_absent(fm_json_get(receipt, "blockNumber"));
}

enum fm_code fm_rpc_take_receipt(struct fm_rpc_receipt *out,
				 const struct fm_rpc_asks *asks, size_t at,
				 const struct fm_hash *hash, struct fm_err *err)
{
	const struct fm_json *result = NULL;
	const char *wrong = NULL;
	enum fm_code rc;

	*out = (struct fm_rpc_receipt){ 0 };
	fm_buf_init(&out->bytes, FM_RPC_LOG_DATA);
	rc = fm_rpc_take(&result, asks, at, err);
	if (!rc && is_mined(result))
		wrong = read_receipt(out, result, hash);
	if (wrong) {
		rc = fm_rpc_wrong(asks, at, wrong, err);
		fm_rpc_receipt_clear(out);
	}
	return rc;
}

void fm_rpc_receipt_clear(struct fm_rpc_receipt *receipt)
{
	free(receipt->logs);
	fm_buf_clear(&receipt->bytes);
	*receipt = (struct fm_rpc_receipt){ 0 };
}

enum fm_code fm_rpc_receipt(struct fm_rpc_receipt *out, struct fm_rpc *rpc,
			    const struct fm_hash *hash, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	*out = (struct fm_rpc_receipt){ 0 };
	fm_rpc_asks_init(&asks);
	fm_rpc_ask_receipt(&asks, hash);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_receipt(out, &asks, 0, hash, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}
