/* SPDX-License-Identifier: MIT */
/* JSON-RPC 2.0 over HTTP POST. Messages name the endpoint by its origin only: the path of a
 * hosted endpoint is often its key. */
#include "evm/rpc.h"

#include <stdarg.h>
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

enum fm_code fm_rpc_fail(const struct fm_rpc *rpc, struct fm_err *err, const char *fmt,
			 ...)
{
	char origin[FM_RPC_ORIGIN], text[sizeof(err->msg)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fm_rpc_origin(origin, rpc);
	return fm_fail(err, FM_E_CHAIN, "%s: %s", origin, text);
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

static enum fm_code send(struct fm_rpc_post *post, struct fm_rpc *rpc, struct fm_err *err)
{
	struct fm_http_job *const jobs[] = { &post->job };

	return fm_http_together(rpc->http, jobs, 1, err);
}

/** Send it again until there is an answer other than "busy", FM_RPC_TRIES are used, or waiting is
 *  asked for too long. */
static enum fm_code insist(struct fm_rpc_post *post, struct fm_rpc *rpc,
			   struct fm_err *err)
{
	const struct fm_http_job *job = &post->job;
	int64_t back_off = BACK_OFF_MS;
	enum fm_code rc = FM_OK;

	for (unsigned tries = 1; !rc && !job->rc && is_busy(job->reply.status) &&
				 rpc->pause && tries < FM_RPC_TRIES;
	     tries++) {
		int64_t wait = wait_ms(&job->reply, back_off);

		if (wait > FM_RPC_WAIT_MAX_MS)
			break;
		if (!rpc->pause(rpc->pause_ctx, wait))
			return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
		rc = send(post, rpc, err);
		back_off *= 2;
	}
	return rc;
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
		return fm_rpc_fail(rpc, err, "another number of answers than of calls");
	for (; node; node = fm_json_next(doc, node)) {
		const char *wrong = take_answer(calls, count, node);
		if (wrong)
			return fm_rpc_fail(rpc, err, "%s", wrong);
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
		return fm_rpc_fail(rpc, err, "one answer to a batch of calls");
	if (count > 1)
		return take_array(rpc, calls, count, doc, err);
	/* a refusal before the call was read carries a null id */
	if (error_of(doc) && fm_json_absent(fm_json_get(doc, "id")))
		return fm_rpc_refused(rpc, "refused the call", error_of(doc), err);
	wrong = take_answer(calls, count, doc);
	return wrong ? fm_rpc_fail(rpc, err, "%s", wrong) : FM_OK;
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
	return fm_rpc_fail(rpc, err, "%s", what);
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
		fm_rpc_fail(rpc, err, "%s", why.msg);
		fm_within(err, "answer is no JSON");
		return FM_E_CHAIN;
	}
	return take_doc(rpc, calls, count, answer->doc, err);
}

void fm_rpc_post_init(struct fm_rpc_post *post)
{
	fm_http_job_init(&post->job, FM_RPC_ANSWER_MAX);
	fm_buf_init(&post->body, REQUEST_MAX);
}

void fm_rpc_post_clear(struct fm_rpc_post *post)
{
	fm_http_job_clear(&post->job);
	fm_buf_clear(&post->body);
}

enum fm_code fm_rpc_batch_put(struct fm_rpc_post *post, const struct fm_rpc *rpc,
			      struct fm_rpc_call *calls, size_t count, struct fm_err *err)
{
	static const struct fm_header headers[] = {
		{"Content-Type", "application/json"},
		{ "Accept",	    "application/json"},
	};

	for (size_t i = 0; i < count; i++)
		calls[i].result = calls[i].error = NULL;
	if (count < 1 || count > FM_RPC_BATCH)
		return fm_fail(err, FM_E_INTERNAL, "batch of %zu calls", count);
	fm_rpc_post_clear(post);
	fm_rpc_post_init(post);
	if (!put_calls(&post->body, calls, count))
		return fm_nomem(err);
	post->job.request = (struct fm_http_request){
		.method = "POST",
		.url = rpc->url,
		.headers = headers,
		.header_count = 2,
		.body = fm_buf_span(&post->body),
		.options = rpc->options,
	};
	return FM_OK;
}

/** Whether value has moved is the caller's knowledge. */
static enum fm_code job_failed(const struct fm_http_job *job, struct fm_err *err)
{
	enum fm_spent spent = err ? err->spent : FM_SPENT_NO;

	if (err) {
		*err = job->err;
		err->spent = spent;
	}
	return job->rc;
}

enum fm_code fm_rpc_batch_take(struct fm_rpc_answer *answer, struct fm_rpc_post *post,
			       struct fm_rpc *rpc, struct fm_rpc_call *calls,
			       size_t count, struct fm_err *err)
{
	struct fm_http_job *job = &post->job;
	enum fm_code rc = insist(post, rpc, err);

	*answer = (struct fm_rpc_answer){ 0 };
	fm_buf_init(&answer->body, FM_RPC_ANSWER_MAX);
	if (rc)
		return rc;
	if (job->rc == FM_E_TOO_LARGE)
		return fm_rpc_fail(rpc, err, "answer over the size limit");
	if (job->rc)
		return job_failed(job, err);
	answer->body = job->body;
	fm_buf_init(&job->body, FM_RPC_ANSWER_MAX);
	return read_answer(answer, rpc, calls, count, job->reply.status, err);
}

enum fm_code fm_rpc_batch(struct fm_rpc_answer *answer, struct fm_rpc *rpc,
			  struct fm_rpc_call *calls, size_t count, struct fm_err *err)
{
	struct fm_rpc_post post;
	enum fm_code rc;

	*answer = (struct fm_rpc_answer){ 0 };
	fm_rpc_post_init(&post);
	rc = fm_rpc_batch_put(&post, rpc, calls, count, err);
	if (!rc)
		rc = send(&post, rpc, err);
	if (!rc)
		rc = fm_rpc_batch_take(answer, &post, rpc, calls, count, err);
	fm_rpc_post_clear(&post);
	return rc;
}

void fm_rpc_answer_clear(struct fm_rpc_answer *answer)
{
	fm_json_free(&answer->doc);
	fm_buf_clear(&answer->body);
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

bool fm_rpc_u64(uint64_t *out, const struct fm_json *node)
{
	struct fm_u256 value;

	return fm_rpc_quantity(&value, node) && fm_u256_to_u64(out, &value);
}

bool fm_rpc_hash(struct fm_hash *out, const struct fm_json *node)
{
	struct fm_span digits;

	return hex_digits(&digits, node) && fm_hex_read(out->b, sizeof(out->b), digits);
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
