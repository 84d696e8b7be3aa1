/* SPDX-License-Identifier: MIT */
/* JSON-RPC 2.0 over HTTP POST. Messages name the endpoint by its origin only: the path of a
 * hosted endpoint is often its key. */
#include "evm/rpc.h"

#include <stdio.h>
#include <string.h>

#define REQUEST_MAX (4u * 1024u * 1024u)
#define WORDS_MAX 160 /* bytes of the server's words that are repeated */
#define WORDS_TEXT (WORDS_MAX * 8)
#define BACK_OFF_MS 500

/* ---- words for messages -------------------------------------------------------------------- */

void fm_rpc_origin(char out[static FM_RPC_ORIGIN], const struct fm_rpc *rpc)
{
	struct fm_url url;
	struct fm_buf text;

	fm_buf_init(&text, FM_RPC_ORIGIN - 1);
	if (fm_url_parse(&url, fm_span_of(rpc->url)) && fm_url_origin(&text, &url))
		memcpy(out, text.ptr, text.len + 1);
	else
		memcpy(out, "the chain endpoint", sizeof("the chain endpoint"));
	fm_buf_clear(&text);
}

/** The server's words made safe, cut to WORDS_MAX bytes. */
static void add_words(struct fm_buf *out, const struct fm_json *node)
{
	struct fm_buf text;

	fm_buf_init(&text, FM_RPC_ANSWER_MAX);
	if (fm_json_str(&text, node))
		fm_text_escape(out, fm_buf_span(&text), WORDS_MAX);
	else if (node)
		fm_text_escape(out, node->src, WORDS_MAX);
	fm_buf_clear(&text);
}

enum fm_code fm_rpc_refused(const struct fm_rpc *rpc, const char *what,
			    const struct fm_json *error, struct fm_err *err)
{
	const struct fm_json *message = fm_json_get(error, "message");
	const struct fm_json *code = fm_json_get(error, "code");
	char origin[FM_RPC_ORIGIN];
	struct fm_buf words;

	fm_rpc_origin(origin, rpc);
	fm_buf_init(&words, WORDS_TEXT * 2);
	if (code && code->type == FM_JSON_NUMBER) {
		fm_text_escape(&words, code->src, 24);
		fm_buf_chr(&words, ' ');
	}
	add_words(&words, message ? message : error);
	fm_fail(err, FM_E_CHAIN, "%s: %s: %s", origin, what,
		fm_buf_ok(&words) && words.ptr ? words.ptr : "no words");
	fm_buf_clear(&words);
	return FM_E_CHAIN;
}

static enum fm_code fail_chain(const struct fm_rpc *rpc, const char *what,
			       struct fm_err *err)
{
	char origin[FM_RPC_ORIGIN];

	fm_rpc_origin(origin, rpc);
	return fm_fail(err, FM_E_CHAIN, "%s: %s", origin, what);
}

/* ---- asking -------------------------------------------------------------------------------- */

static void put_call(struct fm_jw *w, const struct fm_rpc_call *call, size_t id)
{
	fm_jw_object(w);
	fm_jw_key(w, "jsonrpc");
	fm_jw_cstr(w, "2.0");
	fm_jw_key(w, "id");
	fm_jw_u64(w, id);
	fm_jw_key(w, "method");
	fm_jw_cstr(w, call->method);
	fm_jw_key(w, "params");
	fm_jw_raw(w, fm_span_of(call->params));
	fm_jw_end(w, '}');
}

/** One call goes as an object: not every endpoint takes arrays. Ids count from 1. */
static bool put_calls(struct fm_buf *out, const struct fm_rpc_call *calls, size_t count)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	if (count > 1)
		fm_jw_array(&w);
	for (size_t i = 0; i < count; i++)
		put_call(&w, &calls[i], i + 1);
	if (count > 1)
		fm_jw_end(&w, ']');
	return fm_buf_ok(out);
}

/** Retry-After in milliseconds; `otherwise` when it is absent or a date. */
static int64_t wait_ms(const struct fm_http_reply *reply, int64_t otherwise)
{
	struct fm_span value;
	int64_t seconds = 0;

	if (!fm_head_get(&value, fm_buf_span(&reply->head), "retry-after") || !value.len)
		return otherwise;
	for (size_t i = 0; i < value.len; i++) {
		if (value.ptr[i] < '0' || value.ptr[i] > '9')
			return otherwise;
		if (seconds <= FM_RPC_WAIT_MAX_MS) /* enough to know it is too long */
			seconds = seconds * 10 + (value.ptr[i] - '0');
	}
	return seconds * 1000;
}

static bool is_busy(int status)
{
	return status == 429 || (status >= 500 && status <= 599);
}

static enum fm_code post_once(struct fm_rpc_answer *answer, struct fm_http_reply *reply,
			      struct fm_rpc *rpc, struct fm_span body, struct fm_err *err)
{
	static const struct fm_header headers[] = {
		{"Content-Type", "application/json"},
		{ "Accept",	    "application/json"},
	};
	const struct fm_http_request request = {
		.method = "POST",
		.url = rpc->url,
		.headers = headers,
		.header_count = 2,
		.body = body,
		.options = rpc->options,
	};
	enum fm_code rc;

	fm_buf_clear(&answer->body);
	rc = fm_http_collect(rpc->http, reply, &answer->body, &request, NULL, err);
	if (rc == FM_E_TOO_LARGE)
		return fail_chain(rpc, "answer over the size limit", err);
	return rc;
}

/** Post until there is an answer other than "busy", FM_RPC_TRIES are used, or waiting is asked
 *  for too long. */
static enum fm_code post(struct fm_rpc_answer *answer, struct fm_http_reply *reply,
			 struct fm_rpc *rpc, struct fm_span body, struct fm_err *err)
{
	int64_t back_off = BACK_OFF_MS;

	for (unsigned tries = 1;; tries++) {
		enum fm_code rc = post_once(answer, reply, rpc, body, err);
		int64_t wait;

		if (rc || !is_busy(reply->status) || !rpc->pause || tries == FM_RPC_TRIES)
			return rc;
		wait = wait_ms(reply, back_off);
		if (wait > FM_RPC_WAIT_MAX_MS)
			return FM_OK;
		if (!rpc->pause(rpc->pause_ctx, wait))
			return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
		back_off *= 2;
	}
}

/* ---- reading the answer -------------------------------------------------------------------- */

/** The error member, when it says something: some servers send "error": null beside a result. */
static const struct fm_json *error_of(const struct fm_json *node)
{
	const struct fm_json *error = fm_json_get(node, "error");

	return fm_json_absent(error) ? NULL : error;
}

/** One answer object goes to the call its id names. NULL, or what is wrong with it. */
static const char *take_answer(struct fm_rpc_call *calls, size_t count,
			       const struct fm_json *node)
{
	const struct fm_json *result = fm_json_get(node, "result"),
			     *error = error_of(node);
	struct fm_rpc_call *call;
	uint64_t id;

	if (node->type != FM_JSON_OBJECT)
		return "an answer that is no object";
	if (!fm_json_is(fm_json_get(node, "jsonrpc"), "2.0"))
		return "an answer without \"jsonrpc\": \"2.0\"";
	if (!fm_json_u64(&id, fm_json_get(node, "id")) || id < 1 || id > count)
		return "an answer with an id that was not asked";
	call = &calls[id - 1];
	if (call->result || call->error)
		return "two answers with one id";
	if (error && error->type != FM_JSON_OBJECT)
		return "an error that is no object";
	if (error && !fm_json_absent(result))
		return "an answer with both result and error";
	if (!error && !result)
		return "an answer without result and error";
	call->result = error ? NULL : result;
	call->error = error;
	return NULL;
}

static enum fm_code take_array(struct fm_rpc *rpc, struct fm_rpc_call *calls,
			       size_t count, const struct fm_json *doc,
			       struct fm_err *err)
{
	const struct fm_json *node = fm_json_first(doc);

	if (doc->count != count)
		return fail_chain(rpc, "another number of answers than of calls", err);
	for (; node; node = fm_json_next(doc, node)) {
		const char *wrong = take_answer(calls, count, node);
		if (wrong)
			return fail_chain(rpc, wrong, err);
	}
	return FM_OK; /* as many as calls and none twice: every call has one */
}

static enum fm_code take_doc(struct fm_rpc *rpc, struct fm_rpc_call *calls, size_t count,
			     const struct fm_json *doc, struct fm_err *err)
{
	const char *wrong;

	if (count > 1 && doc->type == FM_JSON_OBJECT && error_of(doc))
		return fm_rpc_refused(rpc, "refused a batch of calls", error_of(doc),
				      err);
	if (count > 1 && doc->type != FM_JSON_ARRAY)
		return fail_chain(rpc, "one answer to a batch of calls", err);
	if (count > 1)
		return take_array(rpc, calls, count, doc, err);
	/* a refusal before the call was read carries a null id */
	if (error_of(doc) && fm_json_absent(fm_json_get(doc, "id")))
		return fm_rpc_refused(rpc, "refused the call", error_of(doc), err);
	wrong = take_answer(calls, count, doc);
	return wrong ? fail_chain(rpc, wrong, err) : FM_OK;
}

/** A status other than 2xx: "busy" may pass, the rest needs a person. */
static enum fm_code fail_status(struct fm_rpc *rpc, const struct fm_rpc_answer *answer,
				int status, struct fm_err *err)
{
	char what[48], origin[FM_RPC_ORIGIN];

	if (is_busy(status)) {
		fm_rpc_origin(origin, rpc);
		return fm_fail(err, FM_E_NETWORK, "%s: answered HTTP %d", origin, status);
	}
	snprintf(what, sizeof(what), "answered HTTP %d", status);
	if (answer->doc && error_of(answer->doc))
		return fm_rpc_refused(rpc, what, error_of(answer->doc), err);
	return fail_chain(rpc, what, err);
}

static enum fm_code read_answer(struct fm_rpc_answer *answer, struct fm_rpc *rpc,
				struct fm_rpc_call *calls, size_t count, int status,
				struct fm_err *err)
{
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	rc = fm_json_parse(&answer->doc, fm_buf_span(&answer->body), false, &why);
	if (status < 200 || status > 299)
		return fail_status(rpc, answer, status, err);
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	if (rc) {
		fail_chain(rpc, why.msg, err);
		fm_within(err, "answer is no JSON");
		return FM_E_CHAIN;
	}
	return take_doc(rpc, calls, count, answer->doc, err);
}

enum fm_code fm_rpc_batch(struct fm_rpc_answer *answer, struct fm_rpc *rpc,
			  struct fm_rpc_call *calls, size_t count, struct fm_err *err)
{
	struct fm_http_reply reply;
	struct fm_buf body;
	enum fm_code rc;

	*answer = (struct fm_rpc_answer){ 0 };
	fm_buf_init(&answer->body, FM_RPC_ANSWER_MAX);
	for (size_t i = 0; i < count; i++)
		calls[i].result = calls[i].error = NULL;
	if (count < 1 || count > FM_RPC_BATCH)
		return fm_fail(err, FM_E_INTERNAL, "batch of %zu calls", count);
	fm_http_reply_init(&reply);
	fm_buf_init(&body, REQUEST_MAX);
	rc = put_calls(&body, calls, count) ? FM_OK : fm_nomem(err);
	if (!rc)
		rc = post(answer, &reply, rpc, fm_buf_span(&body), err);
	if (!rc)
		rc = read_answer(answer, rpc, calls, count, reply.status, err);
	fm_buf_clear(&body);
	fm_http_reply_clear(&reply);
	return rc;
}

void fm_rpc_answer_clear(struct fm_rpc_answer *answer)
{
	fm_json_free(&answer->doc);
	fm_buf_clear(&answer->body);
}

/* ---- single questions ---------------------------------------------------------------------- */

/** One call whose error answer is an error here. */
static enum fm_code ask(struct fm_rpc_answer *answer, const struct fm_json **result,
			struct fm_rpc *rpc, const char *method, const char *params,
			struct fm_err *err)
{
	struct fm_rpc_call call = { .method = method, .params = params };
	enum fm_code rc = fm_rpc_batch(answer, rpc, &call, 1, err);

	if (rc)
		return rc;
	if (call.error)
		return fm_rpc_refused(rpc, method, call.error, err);
	*result = call.result;
	return FM_OK;
}

enum fm_code fm_rpc_chain_id(uint64_t *out, struct fm_rpc *rpc, struct fm_err *err)
{
	const struct fm_json *result = NULL;
	struct fm_rpc_answer answer;
	struct fm_u256 value;
	enum fm_code rc = ask(&answer, &result, rpc, "eth_chainId", "[]", err);

	if (!rc && !(fm_rpc_quantity(&value, result) && fm_u256_to_u64(out, &value)))
		rc = fail_chain(rpc, "eth_chainId: the answer is no chain id", err);
	fm_rpc_answer_clear(&answer);
	return rc;
}

enum fm_code fm_rpc_check_chain(struct fm_rpc *rpc, uint64_t want, struct fm_err *err)
{
	char origin[FM_RPC_ORIGIN];
	uint64_t got = 0;
	enum fm_code rc = fm_rpc_chain_id(&got, rpc, err);

	if (rc || got == want)
		return rc;
	fm_rpc_origin(origin, rpc);
	fm_fail(err, FM_E_CHAIN, "%s serves chain %llu, wanted is chain %llu", origin,
		(unsigned long long)got, (unsigned long long)want);
	fm_hint(err, "give an endpoint of chain %llu with --rpc",
		(unsigned long long)want);
	return FM_E_CHAIN;
}

enum fm_code fm_rpc_has_code(bool *out, struct fm_rpc *rpc, const struct fm_addr *address,
			     struct fm_err *err)
{
	char text[FM_ADDR_TEXT], params[FM_ADDR_TEXT + 16];
	const struct fm_json *result = NULL;
	struct fm_rpc_answer answer;
	struct fm_buf code;
	enum fm_code rc;

	fm_addr_lower(text, address);
	snprintf(params, sizeof(params), "[\"%s\",\"latest\"]", text);
	fm_buf_init(&code, FM_RPC_ANSWER_MAX);
	rc = ask(&answer, &result, rpc, "eth_getCode", params, err);
	if (!rc && !fm_rpc_data(&code, result))
		rc = fail_chain(rpc, "eth_getCode: the answer is no code", err);
	if (!rc)
		*out = code.len > 0;
	fm_buf_clear(&code);
	fm_rpc_answer_clear(&answer);
	return rc;
}

/* ---- values -------------------------------------------------------------------------------- */

/** What stands between the quotes, behind "0x". An escape is no hex digit, so the source bytes
 *  are enough. */
static bool hex_digits(struct fm_span *out, const struct fm_json *node)
{
	if (!node || node->type != FM_JSON_STRING || node->src.len < 4 ||
	    memcmp(node->src.ptr, "\"0x", 3) != 0)
		return false;
	*out = (struct fm_span){ node->src.ptr + 3, node->src.len - 4 };
	return true;
}

bool fm_rpc_quantity(struct fm_u256 *out, const struct fm_json *node)
{
	struct fm_span digits;

	if (!hex_digits(&digits, node) || digits.len < 1 || digits.len > 64)
		return false;
	if (digits.ptr[0] == '0' && digits.len > 1)
		return false;
	return fm_u256_from_hex(out, (struct fm_span){ digits.ptr - 2, digits.len + 2 });
}

bool fm_rpc_data(struct fm_buf *out, const struct fm_json *node)
{
	size_t before = out->len;
	struct fm_span digits;
	char *at;

	if (!hex_digits(&digits, node) || digits.len % 2 != 0)
		return false;
	at = fm_buf_grow(out, digits.len / 2);
	if (!at)
		return false;
	if (fm_hex_read(at, digits.len / 2, digits))
		return true;
	out->len = before;
	out->ptr[before] = '\0';
	return false;
}
