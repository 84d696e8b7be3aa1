/* SPDX-License-Identifier: MIT */
/* Questions to a chain: put together, sent as one request, each answer taken by who knows it. */
#include "evm/rpc.h"

#include <string.h>

#define TEXT_MAX (4u * 1024u * 1024u)

void fm_rpc_asks_init(struct fm_rpc_asks *asks)
{
	*asks = (struct fm_rpc_asks){ 0 };
	fm_buf_init(&asks->text, TEXT_MAX);
}

static void forget_answers(struct fm_rpc_asks *asks)
{
	for (size_t i = 0; i < asks->count; i++)
		fm_buf_clear(&asks->ask[i].data);
	fm_rpc_answer_clear(&asks->answer);
}

void fm_rpc_asks_clear(struct fm_rpc_asks *asks)
{
	forget_answers(asks);
	fm_buf_clear(&asks->text);
}

/** The calls of the questions, before they are sent. */
static enum fm_code prepare(struct fm_rpc_asks *asks, struct fm_rpc *rpc,
			    struct fm_err *err)
{
	forget_answers(asks);
	if (!fm_buf_ok(&asks->text))
		return fm_nomem(err);
	if (asks->broken)
		return fm_fail(err, FM_E_INTERNAL,
			       "a question to the chain that cannot be put");
	for (size_t i = 0; i < asks->count; i++) {
		asks->calls[i] = (struct fm_rpc_call){
			.method = asks->ask[i].method,
			.params = asks->text.ptr + asks->ask[i].params,
		};
		fm_buf_init(&asks->ask[i].data, FM_RPC_ANSWER_MAX);
	}
	asks->rpc = rpc;
	return FM_OK;
}

enum fm_code fm_rpc_run(struct fm_rpc_asks *asks, struct fm_rpc *rpc, struct fm_err *err)
{
	enum fm_code rc = prepare(asks, rpc, err);

	return rc ? rc : fm_rpc_batch(&asks->answer, rpc, asks->calls, asks->count, err);
}

enum fm_code fm_rpc_run_put(struct fm_rpc_post *post, struct fm_rpc_asks *asks,
			    struct fm_rpc *rpc, struct fm_err *err)
{
	enum fm_code rc = prepare(asks, rpc, err);

	return rc ? rc : fm_rpc_batch_put(post, rpc, asks->calls, asks->count, err);
}

enum fm_code fm_rpc_run_take(struct fm_rpc_asks *asks, struct fm_rpc_post *post,
			     struct fm_err *err)
{
	return fm_rpc_batch_take(&asks->answer, post, asks->rpc, asks->calls, asks->count,
				 err);
}

/* ---- putting ---- */

/** A question whose parameters are written behind it; NULL when there are too many. */
static struct fm_rpc_question *add(struct fm_rpc_asks *asks, const char *method)
{
	struct fm_rpc_question *q;

	if (asks->count == FM_RPC_BATCH) {
		asks->broken = true;
		return NULL;
	}
	q = &asks->ask[asks->count++];
	*q = (struct fm_rpc_question){ .method = method, .params = asks->text.len };
	return q;
}

/** Ends the parameters; the question's name is its method. Returns its place. */
static size_t done(struct fm_rpc_asks *asks, struct fm_rpc_question *q)
{
	fm_buf_chr(&asks->text, '\0');
	q->name = asks->text.len;
	fm_buf_str(&asks->text, q->method);
	fm_buf_chr(&asks->text, '\0');
	return (size_t)(q - asks->ask);
}

/** Parameters that are texts; the second may be NULL. */
static size_t ask_texts(struct fm_rpc_asks *asks, const char *method, const char *one,
			const char *two)
{
	struct fm_rpc_question *q = add(asks, method);
	struct fm_jw w;

	if (!q)
		return 0;
	fm_jw_init(&w, &asks->text);
	fm_jw_array(&w);
	if (one)
		fm_jw_cstr(&w, one);
	if (two)
		fm_jw_cstr(&w, two);
	fm_jw_end(&w, ']');
	return done(asks, q);
}

static size_t ask_account(struct fm_rpc_asks *asks, const char *method,
			  const struct fm_addr *address, const char *tag)
{
	char text[FM_ADDR_TEXT];

	fm_addr_lower(text, address);
	return ask_texts(asks, method, text, tag);
}

size_t fm_rpc_ask_chain_id(struct fm_rpc_asks *asks)
{
	return ask_texts(asks, "eth_chainId", NULL, NULL);
}

size_t fm_rpc_ask_code(struct fm_rpc_asks *asks, const struct fm_addr *address)
{
	return ask_account(asks, "eth_getCode", address, "latest");
}

size_t fm_rpc_ask_balance(struct fm_rpc_asks *asks, const struct fm_addr *address,
			  const char *tag)
{
	return ask_account(asks, "eth_getBalance", address, tag);
}

size_t fm_rpc_ask_nonce(struct fm_rpc_asks *asks, const struct fm_addr *address,
			const char *tag)
{
	return ask_account(asks, "eth_getTransactionCount", address, tag);
}

size_t fm_rpc_ask_receipt(struct fm_rpc_asks *asks, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	return ask_texts(asks, "eth_getTransactionReceipt", text, NULL);
}

size_t fm_rpc_ask_tx(struct fm_rpc_asks *asks, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	return ask_texts(asks, "eth_getTransactionByHash", text, NULL);
}

/** Parameters that are JSON. */
static size_t ask_raw(struct fm_rpc_asks *asks, const char *method, const char *params)
{
	struct fm_rpc_question *q = add(asks, method);

	if (!q)
		return 0;
	fm_buf_str(&asks->text, params);
	return done(asks, q);
}

size_t fm_rpc_ask_block(struct fm_rpc_asks *asks, const char *tag)
{
	struct fm_rpc_question *q = add(asks, "eth_getBlockByNumber");

	if (!q)
		return 0;
	fm_buf_fmt(&asks->text, "[\"%s\",false]", tag);
	return done(asks, q);
}

size_t fm_rpc_ask_fees(struct fm_rpc_asks *asks)
{
	size_t first = ask_raw(asks, "eth_feeHistory", "[\"0x5\",\"latest\",[50]]");

	ask_raw(asks, "eth_maxPriorityFeePerGas", "[]");
	fm_rpc_ask_block(asks, "pending");
	return first;
}

static void put_message(struct fm_jw *w, const struct fm_rpc_message *message)
{
	struct fm_u256 gas = fm_u256_from_u64(message->gas);
	char text[FM_U256_HEX];

	fm_jw_object(w);
	if (message->from) {
		fm_addr_lower(text, message->from);
		fm_jw_named_str(w, "from", text);
	}
	fm_addr_lower(text, message->to);
	fm_jw_named_str(w, "to", text);
	if (message->value) {
		fm_u256_hex(text, message->value);
		fm_jw_named_str(w, "value", text);
	}
	if (message->gas) {
		fm_u256_hex(text, &gas);
		fm_jw_named_str(w, "gas", text);
	}
	if (message->data.len)
		fm_jw_named_hex(w, "data", message->data);
	fm_jw_end(w, '}');
}

static size_t ask_message(struct fm_rpc_asks *asks, const char *method,
			  const struct fm_rpc_message *message, const char *tag)
{
	struct fm_rpc_question *q = add(asks, method);
	struct fm_jw w;

	if (!q)
		return 0;
	fm_jw_init(&w, &asks->text);
	fm_jw_array(&w);
	put_message(&w, message);
	if (tag)
		fm_jw_cstr(&w, tag);
	fm_jw_end(&w, ']');
	q->to = *message->to;
	return done(asks, q);
}

size_t fm_rpc_ask_call(struct fm_rpc_asks *asks, const struct fm_rpc_message *message,
		       const char *tag)
{
	return ask_message(asks, "eth_call", message, tag);
}

size_t fm_rpc_ask_estimate(struct fm_rpc_asks *asks, const struct fm_rpc_message *message,
			   const char *tag)
{
	return ask_message(asks, "eth_estimateGas", message, tag);
}

size_t fm_rpc_ask_view(struct fm_rpc_asks *asks, const struct fm_addr *to, enum fm_fn fn,
		       const struct fm_abi_value *args, size_t count, const char *tag)
{
	struct fm_rpc_message message = { .to = to };
	struct fm_buf data;
	size_t at = asks->count;

	fm_buf_init(&data, TEXT_MAX);
	if (!fm_fn_calldata(&data, fn, args, count))
		asks->broken = true;
	message.data = fm_buf_span(&data);
	if (!asks->broken && at < FM_RPC_BATCH) {
		at = fm_rpc_ask_call(asks, &message, tag);
		asks->ask[at].fn = fn;
		asks->ask[at].name = asks->text.len;
		fm_fn_show(&asks->text, fn, args, count);
		fm_buf_chr(&asks->text, '\0');
	} else {
		asks->broken = true;
	}
	fm_buf_clear(&data);
	return at;
}

/* ---- taking ---- */

static const char *name_of(const struct fm_rpc_asks *asks, size_t at)
{
	return asks->text.ptr + asks->ask[at].name;
}

enum fm_code fm_rpc_take(const struct fm_json **out, const struct fm_rpc_asks *asks,
			 size_t at, struct fm_err *err)
{
	if (asks->calls[at].error)
		return fm_rpc_refused(asks->rpc, name_of(asks, at), asks->calls[at].error,
				      err);
	*out = asks->calls[at].result;
	return FM_OK;
}

enum fm_code fm_rpc_wrong(const struct fm_rpc_asks *asks, size_t at, const char *what,
			  struct fm_err *err)
{
	return fm_rpc_fail(asks->rpc, err, "%s: %s", name_of(asks, at), what);
}

enum fm_code fm_rpc_take_u256(struct fm_u256 *out, const struct fm_rpc_asks *asks,
			      size_t at, struct fm_err *err)
{
	const struct fm_json *result = NULL;
	enum fm_code rc = fm_rpc_take(&result, asks, at, err);

	if (!rc && !fm_rpc_quantity(out, result))
		rc = fm_rpc_wrong(asks, at, "the answer is no number", err);
	return rc;
}

enum fm_code fm_rpc_take_u64(uint64_t *out, const struct fm_rpc_asks *asks, size_t at,
			     struct fm_err *err)
{
	struct fm_u256 value;
	enum fm_code rc = fm_rpc_take_u256(&value, asks, at, err);

	if (!rc && !fm_u256_to_u64(out, &value))
		rc = fm_rpc_wrong(asks, at, "the answer is over 64 bits", err);
	return rc;
}

static enum fm_code take_chain_id(uint64_t *out, const struct fm_rpc_asks *asks,
				  size_t at, struct fm_err *err)
{
	const struct fm_json *result = NULL;
	enum fm_code rc = fm_rpc_take(&result, asks, at, err);

	if (!rc && !fm_rpc_u64(out, result))
		rc = fm_rpc_wrong(asks, at, "the answer is no chain id", err);
	return rc;
}

enum fm_code fm_rpc_take_chain(const struct fm_rpc_asks *asks, size_t at, uint64_t want,
			       struct fm_err *err)
{
	uint64_t got = 0;
	enum fm_code rc = take_chain_id(&got, asks, at, err);

	if (rc || got == want)
		return rc;
	fm_rpc_fail(asks->rpc, err, "serves chain %llu, wanted is chain %llu",
		    (unsigned long long)got, (unsigned long long)want);
	return fm_hint(err, "give an endpoint of chain %llu with --rpc",
		       (unsigned long long)want);
}

enum fm_code fm_rpc_take_data(struct fm_span *out, struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err)
{
	struct fm_buf *data = &asks->ask[at].data;
	const struct fm_json *result = NULL;
	enum fm_code rc = fm_rpc_take(&result, asks, at, err);

	if (rc)
		return rc;
	fm_buf_clear(data);
	fm_buf_init(data, FM_RPC_ANSWER_MAX);
	if (!fm_rpc_data(data, result))
		return fm_rpc_wrong(asks, at, "the answer is no bytes", err);
	*out = fm_buf_span(data);
	return FM_OK;
}

enum fm_code fm_rpc_take_code(bool *out, struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err)
{
	struct fm_span code = { NULL, 0 };
	enum fm_code rc = fm_rpc_take_data(&code, asks, at, err);

	if (!rc)
		*out = code.len > 0;
	else if (!asks->calls[at].error)
		rc = fm_rpc_wrong(asks, at, "the answer is no code", err);
	return rc;
}

enum fm_code fm_rpc_take_view(struct fm_abi_value *out, size_t count,
			      struct fm_rpc_asks *asks, size_t at, struct fm_err *err)
{
	char why[FM_ABI_WHY], address[FM_ADDR_TEXT];
	struct fm_span data = { NULL, 0 };
	enum fm_code rc = fm_rpc_take_data(&data, asks, at, err);

	if (rc)
		return rc;
	if (data.len && fm_fn_returns(out, count, asks->ask[at].fn, data, why))
		return FM_OK;
	if (data.len)
		return fm_rpc_wrong(asks, at, why, err);
	fm_addr_text(address, &asks->ask[at].to);
	return fm_rpc_fail(asks->rpc, err, "%s: the contract at %s has no such view",
			   name_of(asks, at), address);
}

/* ---- one at a time ---- */

enum fm_code fm_rpc_chain_id(uint64_t *out, struct fm_rpc *rpc, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_chain_id(&asks);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = take_chain_id(out, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

enum fm_code fm_rpc_check_chain(struct fm_rpc *rpc, uint64_t want, struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_chain_id(&asks);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_chain(&asks, 0, want, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

enum fm_code fm_rpc_has_code(bool *out, struct fm_rpc *rpc, const struct fm_addr *address,
			     struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_code(&asks, address);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_code(out, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

enum fm_code fm_rpc_balance(struct fm_u256 *out, struct fm_rpc *rpc,
			    const struct fm_addr *address, const char *tag,
			    struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_balance(&asks, address, tag);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_u256(out, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

enum fm_code fm_rpc_nonce(uint64_t *out, struct fm_rpc *rpc,
			  const struct fm_addr *address, const char *tag,
			  struct fm_err *err)
{
	struct fm_rpc_asks asks;
	enum fm_code rc;

	fm_rpc_asks_init(&asks);
	fm_rpc_ask_nonce(&asks, address, tag);
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_u64(out, &asks, 0, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}
