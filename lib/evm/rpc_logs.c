/* SPDX-License-Identifier: MIT */
/* Logs out of JSON, and the search for them. */
#include "evm/rpc_logs.h"

#include <assert.h>
#include <string.h>

#define PARAMS_MAX 8192u

static bool read_topics(struct fm_event_log *out, const struct fm_json *topics)
{
	const struct fm_json *at;

	if (!topics || topics->type != FM_JSON_ARRAY || topics->count > FM_TOPICS)
		return false;
	for (at = fm_json_first(topics); at; at = fm_json_next(topics, at))
		if (!fm_rpc_hash(&out->topics[out->topic_count++], at))
			return false;
	return true;
}

bool fm_rpc_log(struct fm_event_log *out, size_t *offset, struct fm_buf *bytes,
		const struct fm_json *node)
{
	char address[FM_ADDR_TEXT];
	bool removed = false;

	*offset = bytes->len;
	if (!fm_json_cstr(address, sizeof(address), fm_json_get(node, "address")) ||
	    !fm_addr_parse(&out->address, NULL, fm_span_of(address)) ||
	    !read_topics(out, fm_json_get(node, "topics")) ||
	    !fm_rpc_data(bytes, fm_json_get(node, "data")))
		return false;
	out->data.len = bytes->len - *offset;
	return fm_json_absent(fm_json_get(node, "removed")) ||
	       (fm_json_bool(&removed, fm_json_get(node, "removed")) && !removed);
}

void fm_rpc_topic_of(struct fm_hash *out, const struct fm_addr *addr)
{
	memset(out->b, 0, sizeof(out->b));
	memcpy(out->b + sizeof(out->b) - sizeof(addr->b), addr->b, sizeof(addr->b));
}

/* ---- asking ---- */

static void put_block(struct fm_jw *w, const char *name, uint64_t number)
{
	struct fm_u256 wide = fm_u256_from_u64(number);
	char text[FM_U256_HEX];

	fm_u256_hex(text, &wide);
	fm_jw_named_str(w, name, text);
}

static void put_hash(struct fm_jw *w, const struct fm_hash *hash)
{
	char text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	fm_jw_cstr(w, text);
}

/** Places behind the last one that matters are left out. */
static void put_topics(struct fm_jw *w, const struct fm_rpc_filter *filter)
{
	size_t places = FM_TOPICS - 1;
	struct fm_hash topic;

	while (places && !filter->topics[places - 1])
		places--;
	fm_jw_key(w, "topics");
	fm_jw_array(w);
	fm_jw_array(w);
	for (size_t i = 0; i < filter->event_count; i++) {
		fm_event_topic(&topic, filter->events[i]);
		put_hash(w, &topic);
	}
	fm_jw_end(w, ']');
	for (size_t i = 0; i < places; i++) {
		if (filter->topics[i])
			put_hash(w, filter->topics[i]);
		else
			fm_jw_null(w);
	}
	fm_jw_end(w, ']');
}

static void put_params(struct fm_buf *out, const struct fm_rpc_filter *filter,
		       uint64_t from, uint64_t to)
{
	char address[FM_ADDR_TEXT];
	struct fm_jw w;

	fm_addr_lower(address, filter->address);
	fm_jw_init(&w, out);
	fm_jw_array(&w);
	fm_jw_object(&w);
	fm_jw_named_str(&w, "address", address);
	put_block(&w, "fromBlock", from);
	put_block(&w, "toBlock", to);
	put_topics(&w, filter);
	fm_jw_end(&w, '}');
	fm_jw_end(&w, ']');
}

/* ---- what came back ---- */

/** A question about blocks `from` to `to`, and its answer. */
struct question {
	const struct fm_rpc_filter *filter;
	uint64_t from, to;
	struct fm_rpc *rpc;
	struct fm_rpc_call call;
	struct fm_rpc_answer answer;
	struct fm_buf bytes; /**< data of the log in hand */
	uint64_t step;	     /**< blocks the next question may have */
	bool limited;	     /**< the node has a limit, and step is below it */
};

static bool is_asked_event(const struct fm_rpc_filter *filter,
			   const struct fm_event_log *log)
{
	enum fm_event event;

	if (!fm_event_of(&event, log))
		return false;
	for (size_t i = 0; i < filter->event_count; i++)
		if (filter->events[i] == event)
			return true;
	return false;
}

static bool is_asked(const struct question *q, const struct fm_rpc_found *found)
{
	const struct fm_event_log *log = &found->log;

	if (!fm_addr_equal(&log->address, q->filter->address) ||
	    !is_asked_event(q->filter, log) || found->block < q->from ||
	    found->block > q->to)
		return false;
	for (size_t i = 0; i < FM_TOPICS - 1; i++)
		if (q->filter->topics[i] &&
		    (log->topic_count <= i + 1 ||
		     !fm_hash_equal(&log->topics[i + 1], q->filter->topics[i])))
			return false;
	return true;
}

static bool read_found(struct fm_rpc_found *out, struct question *q,
		       const struct fm_json *node)
{
	size_t offset;

	*out = (struct fm_rpc_found){ .block = 0 };
	fm_buf_clear(&q->bytes);
	fm_buf_init(&q->bytes, FM_RPC_LOG_DATA);
	if (!fm_rpc_log(&out->log, &offset, &q->bytes, node) ||
	    !fm_rpc_u64(&out->block, fm_json_get(node, "blockNumber")) ||
	    !fm_rpc_u64(&out->index, fm_json_get(node, "logIndex")) ||
	    !fm_rpc_hash(&out->tx, fm_json_get(node, "transactionHash")))
		return false;
	out->log.data = fm_buf_span(&q->bytes);
	return is_asked(q, out);
}

/** Is the log behind the one before it? */
static bool in_order(const struct fm_rpc_found *before, const struct fm_rpc_found *found)
{
	return found->block > before->block ||
	       (found->block == before->block && found->index > before->index);
}

/** *go_on false: whoever reads them has enough. */
static enum fm_code hand_out(bool *go_on, struct question *q,
			     bool (*each)(void *, const struct fm_rpc_found *), void *ctx,
			     struct fm_err *err)
{
	const struct fm_json *list = q->call.result, *node;
	struct fm_rpc_found found, before = { .block = 0 };
	bool first = true;

	if (!list || list->type != FM_JSON_ARRAY)
		return fm_rpc_fail(q->rpc, err, "eth_getLogs: the answer is no list");
	for (node = fm_json_first(list); node && *go_on;
	     node = fm_json_next(list, node)) {
		if (!read_found(&found, q, node))
			return fm_rpc_fail(q->rpc, err,
					   "eth_getLogs: a log that was not asked for");
		if (!first && !in_order(&before, &found))
			return fm_rpc_fail(q->rpc, err, "eth_getLogs: logs out of order");
		*go_on = each(ctx, &found);
		before = found;
		first = false;
	}
	return FM_OK;
}

static enum fm_code ask(struct question *q, struct fm_err *err)
{
	struct fm_buf params;
	enum fm_code rc;

	fm_buf_init(&params, PARAMS_MAX);
	put_params(&params, q->filter, q->from, q->to);
	q->call = (struct fm_rpc_call){ .method = "eth_getLogs", .params = params.ptr };
	rc = fm_buf_ok(&params) ? fm_rpc_batch(&q->answer, q->rpc, &q->call, 1, err)
				: fm_nomem(err);
	fm_buf_clear(&params);
	return rc;
}

/** May half as many blocks do? Some nodes refuse with an HTTP status, or with more bytes than we
 *  take. A node without the method has none for any number. */
static bool may_halve(const struct question *q, enum fm_code rc)
{
	return q->to > q->from &&
	       (rc == FM_E_CHAIN || (!rc && q->call.error &&
				     fm_rpc_fault_of(q->call.error) != FM_RPC_NO_METHOD));
}

/** One question; q->from stays when it has to be put again for fewer blocks. */
static enum fm_code search_step(bool *go_on, struct question *q,
				bool (*each)(void *, const struct fm_rpc_found *),
				void *ctx, struct fm_err *err)
{
	enum fm_code rc = ask(q, err);

	if (may_halve(q, rc)) {
		rc = FM_OK;
		q->step = (q->to - q->from + 1) / 2;
		q->limited = true;
	} else if (!rc && q->call.error) {
		rc = fm_rpc_refused(q->rpc, "eth_getLogs", q->call.error, err);
	} else if (!rc) {
		rc = hand_out(go_on, q, each, ctx, err);
		if (!rc && *go_on)
			q->from = q->to + 1;
		if (!q->limited && q->step < FM_RPC_LOGS_MOST)
			q->step *= 2;
	}
	fm_rpc_answer_clear(&q->answer);
	fm_buf_clear(&q->bytes);
	return rc;
}

enum fm_code fm_rpc_logs(struct fm_rpc *rpc, const struct fm_rpc_filter *filter,
			 uint64_t from, uint64_t to,
			 bool (*each)(void *ctx, const struct fm_rpc_found *found),
			 void *ctx, uint64_t *next, struct fm_err *err)
{
	struct question q = {
		.filter = filter,
		.rpc = rpc,
		.from = from,
		.step = FM_RPC_LOGS_STEP,
	};
	enum fm_code rc = FM_OK;
	bool go_on = true;

	assert(to < UINT64_MAX);
	while (!rc && go_on && q.from <= to) {
		q.to = to - q.from < q.step ? to : q.from + q.step - 1;
		rc = search_step(&go_on, &q, each, ctx, err);
	}
	if (next)
		*next = q.from;
	return rc;
}
