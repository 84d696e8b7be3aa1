/* SPDX-License-Identifier: MIT */
/** JSON-RPC over HTTP: transactions, and what is asked of a chain. Many questions go out as one
 *  request. */
#ifndef FOURMICA_EVM_RPC_H
#define FOURMICA_EVM_RPC_H

#include <evm/contract.h>
#include <fourmica/http.h>
#include <fourmica/json.h>

#define FM_RPC_BATCH 64

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

/** The request of a batch, to go out beside others (fm_http_together with &post->job). It stays
 *  where it is. Owner: fm_rpc_post_clear. */
struct fm_rpc_post {
	struct fm_http_job job;
	struct fm_buf body; /**< private */
};

void fm_rpc_post_init(struct fm_rpc_post *post);
void fm_rpc_post_clear(struct fm_rpc_post *post);
/** The halves of fm_rpc_batch; between them the job is sent. `take` sends it again when the answer
 *  was "busy". Errors: those of fm_rpc_batch. */
enum fm_code fm_rpc_batch_put(struct fm_rpc_post *post, const struct fm_rpc *rpc,
			      struct fm_rpc_call *calls, size_t count,
			      struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_batch_take(struct fm_rpc_answer *answer, struct fm_rpc_post *post,
			       struct fm_rpc *rpc, struct fm_rpc_call *calls,
			       size_t count, struct fm_err *err) FM_MUST_USE;

/* ---- what an error object means ---- */

enum fm_rpc_fault {
	FM_RPC_FINE,	    /**< no error */
	FM_RPC_REVERTED,    /**< a contract refused */
	FM_RPC_FUNDS,	    /**< the sender cannot pay value and gas */
	FM_RPC_GAS,	    /**< too little gas, or more than a block has */
	FM_RPC_FEE_LOW,	    /**< below what the block or the node asks for */
	FM_RPC_NONCE_LOW,   /**< a transaction with this nonce was mined */
	FM_RPC_NONCE_HIGH,  /**< one before it is missing */
	FM_RPC_KNOWN,	    /**< the node has this very transaction */
	FM_RPC_UNDERPRICED, /**< the node has another with this nonce, and keeps it */
	FM_RPC_NO_METHOD,
	FM_RPC_OTHER,
};

/** Nodes agree on few codes, so the words decide. */
enum fm_rpc_fault fm_rpc_fault_of(const struct fm_json *error);

/* ---- endpoints ---- */

/** The endpoints of a chain, in the order they are tried. */
struct fm_rpc_endpoints {
	/** Fill *rpc for endpoint number `index`; false: there is none. */
	bool (*at)(void *ctx, struct fm_rpc *rpc, size_t index);
	void *ctx;
	const struct fm_log
		*log; /**< told about an endpoint that is passed over; may be NULL */
	uint64_t chain_id;
};

/** Do `read` with the first endpoint that can be reached: FM_E_NETWORK and FM_E_TIMEOUT go on to
 *  the next, every other result ends it. One that answers nonsense, or for another chain, ends
 *  the matter too: a person has to look at it. For reads only; a broadcast may have been taken
 *  by the endpoint that did not answer.
 *  Out: rpc   the endpoint that was asked last: what it began is finished with it */
enum fm_code fm_rpc_each(struct fm_rpc *rpc, const struct fm_rpc_endpoints *endpoints,
			 enum fm_code (*read)(void *arg, struct fm_rpc *rpc,
					      struct fm_err *err),
			 void *arg, struct fm_err *err) FM_MUST_USE;

/* ---- questions, answered together ---- */

/** A question put and, behind fm_rpc_run, its answer. */
struct fm_rpc_question {
	const char *method;
	size_t params, name; /**< where their texts begin */
	enum fm_fn fn;	     /**< of a view */
	struct fm_addr to;
	struct fm_buf data; /**< bytes of an answer that was taken */
};

/** Up to FM_RPC_BATCH questions for one request. Owner: fm_rpc_asks_clear. fm_rpc_ask_* return the
 *  place to take the answer from; what could not be put is told by fm_rpc_run. */
struct fm_rpc_asks {
	struct fm_rpc_question ask[FM_RPC_BATCH];
	struct fm_rpc_call calls[FM_RPC_BATCH];
	size_t count;
	bool broken; /**< too many, or arguments that do not fit their function */
	struct fm_buf text;
	struct fm_rpc *rpc; /**< who answered */
	struct fm_rpc_answer answer;
};

void fm_rpc_asks_init(struct fm_rpc_asks *asks);
void fm_rpc_asks_clear(struct fm_rpc_asks *asks);
/** Send them. May be done again, with another endpoint: the answers are then the new ones.
 *  Errors: those of fm_rpc_batch. */
enum fm_code fm_rpc_run(struct fm_rpc_asks *asks, struct fm_rpc *rpc,
			struct fm_err *err) FM_MUST_USE;
/** Its halves; between them post->job is sent, alone or beside others. */
enum fm_code fm_rpc_run_put(struct fm_rpc_post *post, struct fm_rpc_asks *asks,
			    struct fm_rpc *rpc, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_run_take(struct fm_rpc_asks *asks, struct fm_rpc_post *post,
			     struct fm_err *err) FM_MUST_USE;

/** A call or a transaction that is only tried. */
struct fm_rpc_message {
	const struct fm_addr *from; /**< may be NULL */
	const struct fm_addr *to;
	const struct fm_u256 *value; /**< may be NULL */
	struct fm_span data;
	uint64_t gas; /**< 0: the node's limit */
};

/** Tags: "latest", "pending", "safe", "finalized"; NULL leaves the choice to the node. */
size_t fm_rpc_ask_chain_id(struct fm_rpc_asks *asks);
size_t fm_rpc_ask_code(struct fm_rpc_asks *asks, const struct fm_addr *address);
size_t fm_rpc_ask_balance(struct fm_rpc_asks *asks, const struct fm_addr *address,
			  const char *tag);
size_t fm_rpc_ask_nonce(struct fm_rpc_asks *asks, const struct fm_addr *address,
			const char *tag);
size_t fm_rpc_ask_block(struct fm_rpc_asks *asks, const char *tag);
/** Three questions. */
size_t fm_rpc_ask_fees(struct fm_rpc_asks *asks);
size_t fm_rpc_ask_call(struct fm_rpc_asks *asks, const struct fm_rpc_message *message,
		       const char *tag);
size_t fm_rpc_ask_estimate(struct fm_rpc_asks *asks, const struct fm_rpc_message *message,
			   const char *tag);
/** A view of a contract of ours. */
size_t fm_rpc_ask_view(struct fm_rpc_asks *asks, const struct fm_addr *to, enum fm_fn fn,
		       const struct fm_abi_value *args, size_t count, const char *tag);
size_t fm_rpc_ask_receipt(struct fm_rpc_asks *asks, const struct fm_hash *hash);
size_t fm_rpc_ask_tx(struct fm_rpc_asks *asks, const struct fm_hash *hash);

/** All of these: FM_E_CHAIN for an error answer, and for one that is not what was asked for. */
enum fm_code fm_rpc_take(const struct fm_json **out, const struct fm_rpc_asks *asks,
			 size_t at, struct fm_err *err) FM_MUST_USE;
/** FM_E_CHAIN "<origin>: <question>: <what>". */
enum fm_code fm_rpc_wrong(const struct fm_rpc_asks *asks, size_t at, const char *what,
			  struct fm_err *err);
enum fm_code fm_rpc_take_u256(struct fm_u256 *out, const struct fm_rpc_asks *asks,
			      size_t at, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_take_u64(uint64_t *out, const struct fm_rpc_asks *asks, size_t at,
			     struct fm_err *err) FM_MUST_USE;
/** The chain id, which must be `want`. */
enum fm_code fm_rpc_take_chain(const struct fm_rpc_asks *asks, size_t at, uint64_t want,
			       struct fm_err *err) FM_MUST_USE;
/** Is there code? */
enum fm_code fm_rpc_take_code(bool *out, struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err) FM_MUST_USE;
/** The bytes of a call's answer, valid until the questions are run again or cleared. */
enum fm_code fm_rpc_take_data(struct fm_span *out, struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err) FM_MUST_USE;
/** The values of a view's answer, which borrow from the questions as that of take_data. */
enum fm_code fm_rpc_take_view(struct fm_abi_value *out, size_t count,
			      struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err) FM_MUST_USE;
/** Did the call end in a revert? Then its bytes are appended; none when the node gave none. */
bool fm_rpc_take_revert(struct fm_buf *out, const struct fm_rpc_asks *asks,
			size_t at) FM_MUST_USE;
/** What a call answers is appended to `out`; with *reverted, what it reverted with to `revert`.
 *  Other error answers are told as fm_rpc_faulted does. */
enum fm_code fm_rpc_take_call(struct fm_buf *out, struct fm_buf *revert, bool *reverted,
			      const struct fm_rpc_asks *asks, size_t at,
			      struct fm_err *err) FM_MUST_USE;
/** The gas a transaction would need, without any margin; else as fm_rpc_take_call. */
enum fm_code fm_rpc_take_estimate(uint64_t *gas, struct fm_buf *revert, bool *reverted,
				  const struct fm_rpc_asks *asks, size_t at,
				  struct fm_err *err) FM_MUST_USE;

struct fm_rpc_block {
	uint64_t number;     /**< 0 when a pending block has none */
	struct fm_hash hash; /**< zero: a pending block has none */
	int64_t timestamp_s;
	bool has_base_fee;
	struct fm_u256 base_fee; /**< wei a unit of gas */
};

enum fm_code fm_rpc_take_block(struct fm_rpc_block *out, const struct fm_rpc_asks *asks,
			       size_t at, struct fm_err *err) FM_MUST_USE;

/** What the next block asks for, in wei a unit of gas. */
struct fm_rpc_fees {
	struct fm_u256 base_fee;
	struct fm_u256 priority; /**< the node's word, at least 1 */
	struct fm_u256 max_fee;	 /**< twice the base fee, plus the priority fee */
};

/** The base fee comes from eth_feeHistory, or from the pending block where a node has no such
 *  method; the priority fee from eth_maxPriorityFeePerGas, or from what the middle transaction of
 *  the last blocks paid. */
enum fm_code fm_rpc_take_fees(struct fm_rpc_fees *out, const struct fm_rpc_asks *asks,
			      size_t at, struct fm_err *err) FM_MUST_USE;

#define FM_RPC_LOGS 512	       /**< logs of a receipt */
#define FM_RPC_LOG_DATA 65536u /**< bytes of data of a receipt, all logs */

/** A mined transaction. Owner: fm_rpc_receipt_clear. */
struct fm_rpc_receipt {
	bool found; /**< false: not mined, and nothing else here counts */
	bool ok;    /**< false: reverted */
	uint64_t block_number;
	struct fm_hash block_hash;
	uint64_t gas_used;
	struct fm_u256
		gas_price; /**< wei a unit, as paid; zero when the node does not say */
	struct fm_event_log *logs;
	size_t log_count;
	struct fm_buf bytes; /**< data of the logs */
};

enum fm_code fm_rpc_take_receipt(struct fm_rpc_receipt *out,
				 const struct fm_rpc_asks *asks, size_t at,
				 const struct fm_hash *hash,
				 struct fm_err *err) FM_MUST_USE;
void fm_rpc_receipt_clear(struct fm_rpc_receipt *receipt);

/** What a node knows of a transaction. */
enum fm_rpc_tx {
	FM_RPC_TX_UNKNOWN,
	FM_RPC_TX_WAITING,
	FM_RPC_TX_MINED,
};

enum fm_code fm_rpc_take_tx(enum fm_rpc_tx *out, const struct fm_rpc_asks *asks,
			    size_t at, const struct fm_hash *hash,
			    struct fm_err *err) FM_MUST_USE;

/* ---- one question, one request ---- */

enum fm_code fm_rpc_chain_id(uint64_t *out, struct fm_rpc *rpc,
			     struct fm_err *err) FM_MUST_USE;
/** Chain id must equal `want`, else FM_E_CHAIN naming both. */
enum fm_code fm_rpc_check_chain(struct fm_rpc *rpc, uint64_t want,
				struct fm_err *err) FM_MUST_USE;
/** Is there code at the address ("latest")? */
enum fm_code fm_rpc_has_code(bool *out, struct fm_rpc *rpc, const struct fm_addr *address,
			     struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_balance(struct fm_u256 *out, struct fm_rpc *rpc,
			    const struct fm_addr *address, const char *tag,
			    struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_nonce(uint64_t *out, struct fm_rpc *rpc,
			  const struct fm_addr *address, const char *tag,
			  struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_block(struct fm_rpc_block *out, struct fm_rpc *rpc, const char *tag,
			  struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_fees(struct fm_rpc_fees *out, struct fm_rpc *rpc,
			 struct fm_err *err) FM_MUST_USE;
/** As fm_rpc_take_call and fm_rpc_take_estimate. */
enum fm_code fm_rpc_call(struct fm_buf *out, struct fm_buf *revert, bool *reverted,
			 struct fm_rpc *rpc, const struct fm_rpc_message *message,
			 const char *tag, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_estimate(uint64_t *gas, struct fm_buf *revert, bool *reverted,
			     struct fm_rpc *rpc, const struct fm_rpc_message *message,
			     const char *tag, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_receipt(struct fm_rpc_receipt *out, struct fm_rpc *rpc,
			    const struct fm_hash *hash, struct fm_err *err) FM_MUST_USE;
enum fm_code fm_rpc_tx_known(enum fm_rpc_tx *out, struct fm_rpc *rpc,
			     const struct fm_hash *hash, struct fm_err *err) FM_MUST_USE;

/** Hand in a signed transaction. *hash is its hash in any case; that a node knows it already is
 *  success. With an error of the network, or an answer that is none, it may have been taken; only
 *  when *fault is not FM_RPC_FINE has the node refused it. FM_RPC_NONCE_LOW may mean that this
 *  very transaction is mined already: look for its receipt first. */
enum fm_code fm_rpc_send_raw(struct fm_hash *hash, enum fm_rpc_fault *fault,
			     struct fm_rpc *rpc, struct fm_span raw,
			     struct fm_err *err) FM_MUST_USE;

/* ---- words ---- */

#define FM_RPC_ORIGIN 288

/** What messages call the endpoint: its origin, because the path of a hosted one is often its
 *  key. */
void fm_rpc_origin(char out[static FM_RPC_ORIGIN], const struct fm_rpc *rpc);
/** FM_E_CHAIN "<origin>: <what>: <code> <message>" from the error object of a call. */
enum fm_code fm_rpc_refused(const struct fm_rpc *rpc, const char *what,
			    const struct fm_json *error, struct fm_err *err);
/** The same with what the fault means and what to do about it. FM_E_REVERT for a transaction that
 *  cannot work as it is (a revert, funds, gas). */
enum fm_code fm_rpc_faulted(const struct fm_rpc *rpc, const char *what,
			    const struct fm_json *error, struct fm_err *err);
/** FM_E_CHAIN "<origin>: <words>". */
enum fm_code fm_rpc_fail(const struct fm_rpc *rpc, struct fm_err *err, const char *fmt,
			 ...) FM_PRINTF(3, 4);

/** Strict "0x" quantity (no leading zeros but "0x0"). */
bool fm_rpc_quantity(struct fm_u256 *out, const struct fm_json *node) FM_MUST_USE;
bool fm_rpc_u64(uint64_t *out, const struct fm_json *node) FM_MUST_USE;
/** "0x" and 64 digits. */
bool fm_rpc_hash(struct fm_hash *out, const struct fm_json *node) FM_MUST_USE;
/** Even-length 0x hex appended as bytes. */
bool fm_rpc_data(struct fm_buf *out, const struct fm_json *node) FM_MUST_USE;

#endif
