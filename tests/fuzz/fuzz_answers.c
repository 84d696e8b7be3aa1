/* SPDX-License-Identifier: MIT */
/* What a node answers. The first byte says to what: a view of a contract or an event, whose bytes
 * then follow (what is read is written as the same bytes), or a question about a block, the fees,
 * a receipt or a transaction, whose answer then follows as JSON; of several, one a line. */
#include <fuzz.h>

#include "evm/erc20.h"

#define EVENTS 128 /* first bytes from here on are events, below it views */
#define QUESTIONS 192

static void same_bytes(struct fm_span types, const struct fm_abi_value *values,
		       size_t count, struct fm_span data)
{
	struct fm_buf again;

	fm_buf_init(&again, data.len + 1);
	MUST(fm_abi_encode(&again, types, values, count));
	MUST(fuzz_same(fm_buf_span(&again), data));
	fm_buf_clear(&again);
}

static void view(enum fm_fn fn, struct fm_span data)
{
	struct fm_abi_value values[FM_FN_VALUES], item[FM_FN_VALUES];
	struct fm_span types = fm_span_of(fm_fn_return_types(fn)), rest = types;
	size_t count = fm_fn_return_count(fn);
	struct fm_abi_type first;
	char why[FM_ABI_WHY] = "";

	MUST(count <= FM_FN_VALUES);
	if (!fm_fn_returns(values, count, fn, data, why)) {
		MUST(why[0] && memchr(why, 0, sizeof(why)));
		return;
	}
	same_bytes(types, values, count, data);
	if (!fm_abi_next(&first, &rest) || first.kind != FM_ABI_ARRAY)
		return;
	for (size_t i = 0; i < values[0].count; i++)
		MUST(fm_fn_item(item, first.words, fn, &values[0], i));
	MUST(!fm_fn_item(item, first.words, fn, &values[0], values[0].count));
}

static void token(struct fm_span data)
{
	struct fm_buf text;

	fm_buf_init(&text, FM_ERC20_TEXT_MAX);
	if (fm_erc20_text(&text, data)) {
		MUST(text.len && fm_utf8_ok(fm_buf_span(&text)));
		for (size_t i = 0; i < text.len; i++)
			MUST((unsigned char)text.ptr[i] >= 0x20);
	}
	fm_buf_clear(&text);
	MUST(fm_erc20_judge(data) != FM_ERC20_SILENT || !data.len);
}

/** Topics behind the first come from the input, the first is the event's own. */
static void event(enum fm_event event, size_t topics, struct fm_span data)
{
	struct fm_abi_value values[FM_EVENT_VALUES];
	struct fm_event_log log = { .topic_count = 1 };
	size_t count = fm_event_count(event);

	MUST(count <= FM_EVENT_VALUES);
	fm_event_topic(&log.topics[0], event);
	for (; log.topic_count <= topics && log.topic_count < FM_TOPICS; data.ptr += 32) {
		if (data.len < 32)
			return;
		memcpy(log.topics[log.topic_count++].b, data.ptr, 32);
		data.len -= 32;
	}
	log.data = data;
	if (fm_event_read(values, count, event, &log))
		for (size_t i = 0; i < count; i++)
			MUST(values[i].kind != FM_ABI_ARRAY);
}

/* ---- a node's own answers ---- */

/** The next line; the last one again and again. */
static struct fm_span line_of(struct fm_span *rest)
{
	const char *end = rest->len ? memchr(rest->ptr, '\n', rest->len) : NULL;
	struct fm_span line = *rest;

	if (!end)
		return line;
	line.len = (size_t)(end - line.ptr);
	rest->ptr += line.len + 1;
	rest->len -= line.len + 1;
	return line;
}

static enum fm_code exchange(void *ctx, struct fm_http_reply *reply,
			     const struct fm_http_request *request,
			     const struct fm_http_sink *sink, bool *sent,
			     struct fm_err *err)
{
	struct fm_span rest = *(const struct fm_span *)ctx, line;
	struct fm_buf body;
	enum fm_code rc;
	size_t count = 0;

	if (sent)
		*sent = true;
	for (size_t i = 0; i + 4 < request->body.len; i++)
		count += memcmp(request->body.ptr + i, "\"id\":", 5) == 0;
	fm_buf_init(&body, 1u << 22);
	for (size_t i = 1; i <= count; i++) {
		fm_buf_fmt(&body, "%s{\"jsonrpc\":\"2.0\",\"id\":%zu,\"result\":",
			   i > 1 ? "," : (count > 1 ? "[" : ""), i);
		line = line_of(&rest);
		fm_buf_add(&body, line.ptr, line.len);
		fm_buf_chr(&body, '}');
	}
	if (count > 1)
		fm_buf_chr(&body, ']');
	reply->status = 200;
	rc = fm_buf_ok(&body) ? sink->body(sink->ctx, body.ptr, body.len, err) : FM_OK;
	fm_buf_clear(&body);
	return rc;
}

static void receipt(struct fm_rpc *rpc, struct fm_err *err)
{
	struct fm_hash hash = { { 0x11 } };
	struct fm_rpc_receipt got;

	if (fm_rpc_receipt(&got, rpc, &hash, err) == FM_OK) {
		MUST(got.log_count <= FM_RPC_LOGS && got.bytes.len <= FM_RPC_LOG_DATA);
		for (size_t i = 0; i < got.log_count; i++) {
			MUST(got.logs[i].topic_count <= FM_TOPICS);
			MUST(!got.logs[i].data.len ||
			     fuzz_inside(got.logs[i].data, fm_buf_span(&got.bytes)));
		}
	} else {
		MUST(!got.found && !got.logs);
	}
	fm_rpc_receipt_clear(&got);
}

static void node(unsigned question, struct fm_span json)
{
	static const struct fm_http_ops ops = { .exchange = exchange };
	struct fm_http http = { .ops = &ops, .ctx = &json };
	struct fm_rpc rpc = { .http = &http, .url = "https://rpc.example" };
	struct fm_hash hash = { { 0x11 } };
	struct fm_rpc_block block;
	struct fm_rpc_fees fees;
	enum fm_rpc_tx known;
	struct fm_err err;

	fm_err_init(&err);
	switch (question % 4) {
	case 0:
		if (fm_rpc_block(&block, &rpc, "latest", &err) == FM_OK)
			MUST(block.timestamp_s >= 0);
		break;
	case 1:
		if (fm_rpc_fees(&fees, &rpc, &err) == FM_OK)
			MUST(fm_u256_cmp(&fees.priority, &fees.max_fee) <= 0 &&
			     !fm_u256_is_zero(&fees.priority));
		break;
	case 2:
		receipt(&rpc, &err);
		break;
	default:
		if (fm_rpc_tx_known(&known, &rpc, &hash, &err) == FM_OK)
			MUST(known <= FM_RPC_TX_MINED);
	}
	if (err.code)
		fuzz_err_ok(err.code, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span rest;

	if (!size)
		return 0;
	rest = fuzz_span(data + 1, size - 1);
	if (data[0] < EVENTS) {
		view((enum fm_fn)(data[0] % FM_FN_COUNT), rest);
		token(rest);
	} else if (data[0] < QUESTIONS) {
		for (size_t topics = 0; topics < FM_TOPICS; topics++)
			event((enum fm_event)((data[0] - EVENTS) % FM_EV_COUNT), topics,
			      rest);
	} else {
		node(data[0], rest);
	}
	return 0;
}
