/* SPDX-License-Identifier: MIT */
#include "fake_node.h"

#include <fourmica/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX (1u << 20)

static struct fm_buf answer; /* of the last request; borrowed by the fake transport */

/* ---- what the node knows ---- */

static struct node_tx *find_tx(struct fake_node *node, const struct fm_json *params)
{
	char text[FM_HASH_TEXT];
	struct fm_hash hash;

	if (!fm_json_cstr(text, sizeof(text), fm_json_first(params)) ||
	    !fm_hash_parse(&hash, fm_span_of(text)))
		abort();
	for (size_t i = 0; i < node->tx_count; i++)
		if (fm_hash_equal(&node->txs[i].hash, &hash))
			return &node->txs[i];
	return NULL;
}

static void mine(struct fake_node *node, struct node_tx *tx)
{
	if (tx->mined || tx->nonce != node->latest)
		return;
	tx->mined = true;
	tx->reverted = node->revert;
	node->latest++;
}

void fake_node_mine(struct fake_node *node)
{
	for (size_t i = 0; i < node->tx_count; i++)
		for (size_t k = 0; k < node->tx_count; k++)
			mine(node, &node->txs[k]);
}

static uint64_t pending_count(const struct fake_node *node)
{
	uint64_t count = node->latest;
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < node->tx_count; i++)
			more |= !node->txs[i].mined && node->txs[i].nonce == count;
		count += more;
	}
	return count + node->ahead;
}

/* ---- answers ---- */

static void put_count(struct fake_node *node, const struct fm_json *params)
{
	const struct fm_json *tag = fm_json_next(params, fm_json_first(params));
	uint64_t count = fm_json_is(tag, "latest") ? node->latest
			 : fm_json_is(tag, "safe") ? node->safe
						   : pending_count(node);

	fm_buf_fmt(&answer, "\"result\":\"0x%llx\"", (unsigned long long)count);
}

static void put_hash(const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	fm_buf_fmt(&answer, "\"%s\"", text);
}

static void put_receipt(struct fake_node *node, const struct fm_json *params)
{
	const struct node_tx *tx = find_tx(node, params);

	if (!tx || !tx->mined || node->lose_receipts) {
		fm_buf_str(&answer, "\"result\":null");
		return;
	}
	fm_buf_str(&answer, "\"result\":{\"transactionHash\":");
	put_hash(&tx->hash);
	fm_buf_fmt(&answer,
		   ",\"blockNumber\":\"0x64\",\"blockHash\":\"0x%064d\",\"status\":"
		   "\"0x%d\",\"gasUsed\":\"0x5208\",\"effectiveGasPrice\":\"0x3b9aca00\","
		   "\"logs\":[]}",
		   7, !tx->reverted);
}

static void put_tx(struct fake_node *node, const struct fm_json *params)
{
	const struct node_tx *tx = find_tx(node, params);

	if (!tx || node->lose_txs) {
		fm_buf_str(&answer, "\"result\":null");
		return;
	}
	fm_buf_str(&answer, "\"result\":{\"hash\":");
	put_hash(&tx->hash);
	fm_buf_fmt(&answer, ",\"blockNumber\":%s}", tx->mined ? "\"0x64\"" : "null");
}

/** False: the connection is lost. */
static bool put_sent(struct fake_node *node, const struct fm_json *params)
{
	char *text = malloc(ANSWER_MAX);
	struct node_tx tx = { .mined = false };
	struct fm_addr from;
	struct fm_tx parts;
	uint8_t raw[4096];
	size_t len;

	if (!text || !fm_json_cstr(text, ANSWER_MAX, fm_json_first(params)))
		abort();
	len = (strlen(text) - 2) / 2;
	if (len > sizeof(raw) || !fm_hex_read(raw, len, fm_hex_strip(fm_span_of(text))) ||
	    !fm_tx_read(&parts, &from, &tx.hash,
			(struct fm_span){ (const char *)raw, len }) ||
	    node->tx_count == NODE_TXS)
		abort();
	free(text);
	tx.nonce = parts.nonce;
	node->broadcasts++;
	if (node->deaf)
		return false;
	if (node->send) {
		fm_buf_str(&answer, node->send);
		return true;
	}
	node->txs[node->tx_count++] = tx;
	if (node->auto_mine)
		mine(node, &node->txs[node->tx_count - 1]);
	fm_buf_str(&answer, "\"result\":");
	put_hash(&tx.hash);
	return !node->mute;
}

static void put_fees(const struct fake_node *node)
{
	fm_buf_str(&answer, "\"result\":{\"oldestBlock\":\"0x1\",\"baseFeePerGas\":[");
	for (int i = 0; i < 6; i++)
		fm_buf_fmt(&answer, "%s\"%s\"", i ? "," : "", node->base_fee);
	fm_buf_str(&answer, "],\"gasUsedRatio\":[0,0,0,0,0],\"reward\":[[\"0x1\"],"
			    "[\"0x1\"],[\"0x1\"],[\"0x1\"],[\"0x1\"]]}");
}

static bool put_result(struct fake_node *node, const struct fm_json *call)
{
	const struct fm_json *method = fm_json_get(call, "method");
	const struct fm_json *params = fm_json_get(call, "params");

	if (node->spoil_times && fm_json_is(method, node->spoiled)) {
		node->spoil_times--;
		fm_buf_str(&answer, node->spoil);
		return true;
	}
	if (fm_json_is(method, "eth_sendRawTransaction"))
		return put_sent(node, params);
	if (fm_json_is(method, "eth_chainId"))
		fm_buf_fmt(&answer, "\"result\":\"0x%llx\"",
			   (unsigned long long)node->chain_id);
	else if (fm_json_is(method, "eth_getTransactionCount"))
		put_count(node, params);
	else if (fm_json_is(method, "eth_getBalance"))
		fm_buf_fmt(&answer, "\"result\":\"%s\"", node->balance);
	else if (fm_json_is(method, "eth_maxPriorityFeePerGas"))
		fm_buf_fmt(&answer, "\"result\":\"%s\"", node->priority);
	else if (fm_json_is(method, "eth_feeHistory"))
		put_fees(node);
	else if (fm_json_is(method, "eth_getBlockByNumber"))
		fm_buf_fmt(&answer,
			   "\"result\":{\"number\":\"0x64\",\"hash\":null,\"timestamp\":"
			   "\"0x6a000000\",\"baseFeePerGas\":\"%s\"}",
			   node->base_fee);
	else if (fm_json_is(method, "eth_call"))
		fm_buf_str(&answer, node->call);
	else if (fm_json_is(method, "eth_estimateGas"))
		fm_buf_str(&answer, node->estimate);
	else if (fm_json_is(method, "eth_getTransactionReceipt"))
		put_receipt(node, params);
	else if (fm_json_is(method, "eth_getTransactionByHash"))
		put_tx(node, params);
	else
		abort(); /* a question nobody thought of */
	return true;
}

static bool put_answer(struct fake_node *node, const struct fm_json *call)
{
	struct fm_span id = fm_json_get(call, "id")->src;
	bool there;

	fm_buf_str(&answer, "{\"jsonrpc\":\"2.0\",\"id\":");
	fm_buf_add(&answer, id.ptr, id.len);
	fm_buf_chr(&answer, ',');
	there = put_result(node, call);
	fm_buf_chr(&answer, '}');
	return there;
}

static bool respond(void *ctx, struct fake_reply *reply,
		    const struct fake_request *request)
{
	struct fake_node *node = ctx;
	struct fm_json *doc = NULL;
	bool there = true;

	if (node->down) {
		node->down--;
		*reply = (struct fake_reply){ .fail = FM_E_NETWORK, .sent = true };
		return true;
	}
	fm_buf_clear(&answer);
	fm_buf_init(&answer, ANSWER_MAX);
	if (fm_json_parse(&doc, (struct fm_span){ request->body, request->body_len },
			  false, NULL))
		abort();
	if (doc->type == FM_JSON_ARRAY) {
		const struct fm_json *call = fm_json_first(doc);

		fm_buf_chr(&answer, '[');
		for (; call; call = fm_json_next(doc, call)) {
			if (call != fm_json_first(doc))
				fm_buf_chr(&answer, ',');
			there &= put_answer(node, call);
		}
		fm_buf_chr(&answer, ']');
	} else {
		there = put_answer(node, doc);
	}
	fm_json_free(&doc);
	if (there)
		*reply = (struct fake_reply){ .status = 200,
					      .body = answer.ptr,
					      .body_len = answer.len };
	else
		*reply = (struct fake_reply){ .fail = FM_E_NETWORK, .sent = true };
	return true;
}

/* ---- the client in front of it ---- */

static void wire(struct fake_node *node)
{
	node->fake.respond = respond;
	node->fake.respond_ctx = node;
	node->fake.http.cancel = &node->cancel;
}

/** Time goes on, and the transport forgets what it was asked: it keeps only so much. */
static void sleep_ms(void *ctx, int64_t ms)
{
	struct fake_node *node = ctx;

	home_now += ms;
	node->sleeps++;
	(void)fake_http_clear(&node->fake);
	wire(node);
	if (node->on_sleep)
		node->on_sleep(node);
}

static void note_event(void *ctx, const char *event, const char *text)
{
	struct fake_node *node = ctx;
	size_t len = strlen(node->events);

	(void)text;
	snprintf(node->events + len, sizeof(node->events) - len, "%s ", event);
}

static enum fm_code open_signer(void *ctx, struct fm_signer *out, struct fm_err *err)
{
	struct fm_secret *key = NULL;
	enum fm_code rc = fm_wallet_key_text(&key, fm_span_of(NODE_KEY), err);

	(void)ctx;
	if (!rc)
		rc = fm_signer_local(out, &key, NULL, true, err);
	fm_secret_free(&key);
	return rc;
}

static const char *rpc_url(void *ctx, uint64_t chain_id, size_t index)
{
	(void)ctx;
	(void)chain_id;
	return index ? NULL : "https://node.example/key";
}

static void open_client(struct fake_node *node)
{
	struct fm_err err;

	fm_err_init(&err);
	if (fm_client_new(&node->client, &node->config, &err))
		abort();
}

void fake_node_init(struct fake_node *node)
{
	*node = (struct fake_node){ .chain_id = NODE_CHAIN,
				    .balance = "0xde0b6b3a7640000",
				    .base_fee = "0x3b9aca00",
				    .priority = "0xf4240",
				    .call = "\"result\":\"0x\"",
				    .estimate = "\"result\":\"0x5208\"",
				    .auto_mine = true };
	fake_http_init(&node->fake);
	wire(node);
	node->config = (struct fm_client_config){ .clock = &home_clock,
						  .rand = &fm_system_rand,
						  .http = &node->fake.http,
						  .ledger_file = home_ledger(),
						  .has_payer = true,
						  .open_signer = open_signer,
						  .rpc_url = rpc_url,
						  .sleep_ms = sleep_ms,
						  .event = note_event,
						  .ctx = node };
	if (!fm_addr_parse(&node->config.payer, NULL, fm_span_of(NODE_PAYER)))
		abort();
	open_client(node);
}

void fake_node_restart(struct fake_node *node)
{
	fm_client_free(&node->client);
	open_client(node);
}

void fake_node_clear(struct fake_node *node)
{
	fm_client_free(&node->client);
	(void)fake_http_clear(&node->fake);
	fm_buf_clear(&answer);
}
