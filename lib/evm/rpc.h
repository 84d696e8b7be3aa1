/* SPDX-License-Identifier: MIT */
/** JSON-RPC reads over HTTP. A batch goes out as one request. */
#ifndef FOURMICA_EVM_RPC_H
#define FOURMICA_EVM_RPC_H

#include <fourmica/http.h>
#include <fourmica/json.h>

#define FM_RPC_BATCH 16

/** Every call made through it is repeatable: reads, or raw transactions (same bytes, same
 *  effect). With `pause`, an answer of 429 or 5xx is asked for again, at most FM_RPC_TRIES times
 *  in all, after the server's Retry-After (seconds, up to FM_RPC_WAIT_MAX_MS; above it the call
 *  fails at once) or after 0.5 s, then 1 s. */
struct fm_rpc {
	struct fm_http *http;
	const char *url;
	const struct fm_http_options *options;
	/** Wait; false: interrupted. NULL: one try only. */
	bool (*pause)(void *ctx, int64_t ms);
	void *pause_ctx;
};

#define FM_RPC_TRIES 3
#define FM_RPC_WAIT_MAX_MS 5000
#define FM_RPC_ANSWER_MAX (4u * 1024u * 1024u)

/** One call of a batch. `params` is JSON text of the params array. After fm_rpc_batch:
 *  `result` (NULL on an error answer) or `error` point into the answer's document. */
struct fm_rpc_call {
	const char *method;
	const char *params;
	const struct fm_json *result;
	const struct fm_json *error;
};

/** An answered batch. Owner: fm_rpc_answer_clear. */
struct fm_rpc_answer {
	struct fm_buf body;
	struct fm_json *doc;
};

/** Errors: FM_E_NETWORK/TIMEOUT; FM_E_CHAIN for an answer that is no JSON-RPC answer to these
 *  calls (ids must match one to one). An error object of a single call is left to the caller.
 *  count is at most FM_RPC_BATCH. */
enum fm_code fm_rpc_batch(struct fm_rpc_answer *answer, struct fm_rpc *rpc,
			  struct fm_rpc_call *calls, size_t count,
			  struct fm_err *err) FM_MUST_USE;
void fm_rpc_answer_clear(struct fm_rpc_answer *answer);

enum fm_code fm_rpc_chain_id(uint64_t *out, struct fm_rpc *rpc,
			     struct fm_err *err) FM_MUST_USE;
/** Chain id must equal `want`, else FM_E_CHAIN naming both. */
enum fm_code fm_rpc_check_chain(struct fm_rpc *rpc, uint64_t want,
				struct fm_err *err) FM_MUST_USE;
/** Is there code at the address ("latest")? */
enum fm_code fm_rpc_has_code(bool *out, struct fm_rpc *rpc, const struct fm_addr *address,
			     struct fm_err *err) FM_MUST_USE;

#define FM_RPC_ORIGIN 288

/** What messages call the endpoint: its origin, because the path of a hosted one is often its
 *  key. */
void fm_rpc_origin(char out[static FM_RPC_ORIGIN], const struct fm_rpc *rpc);
/** FM_E_CHAIN "<origin>: <what>: <code> <message>" from the error object of a call. */
enum fm_code fm_rpc_refused(const struct fm_rpc *rpc, const char *what,
			    const struct fm_json *error, struct fm_err *err);

/** Strict "0x" quantity (no leading zeros but "0x0"). */
bool fm_rpc_quantity(struct fm_u256 *out, const struct fm_json *node) FM_MUST_USE;
/** Even-length 0x hex appended as bytes. */
bool fm_rpc_data(struct fm_buf *out, const struct fm_json *node) FM_MUST_USE;

#endif
