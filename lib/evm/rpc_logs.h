/* SPDX-License-Identifier: MIT */
/** Events of a contract, searched for in a range of blocks. */
#ifndef FOURMICA_EVM_RPC_LOGS_H
#define FOURMICA_EVM_RPC_LOGS_H

#include <evm/rpc.h>

/** Which logs: of one contract, any of some events, with these values in their topics. */
struct fm_rpc_filter {
	const struct fm_addr *address;
	const enum fm_event *events;
	size_t event_count;			     /**< 1 to FM_EV_COUNT */
	const struct fm_hash *topics[FM_TOPICS - 1]; /**< behind the first; NULL: any */
};

/** A log and where it stands. */
struct fm_rpc_found {
	struct fm_event_log log;
	uint64_t block, index; /**< the log's own number within the block */
	struct fm_hash tx;
};

#define FM_RPC_LOGS_STEP 4096u	/**< blocks of the first question */
#define FM_RPC_LOGS_MOST 32768u /**< of any */

/** Hand every log of the blocks `from` to `to` to `each`, oldest first; it stops the search by
 *  returning false. Nodes limit how many blocks or logs they answer about, each in its own words:
 *  what a node refuses is asked for again in halves, down to one block.
 *  Out:  next    the first block that was not searched whole; may be NULL
 *  Errors: those of fm_rpc_batch; FM_E_CHAIN for logs that were not asked for, and when one block
 *  alone is refused. What was handed out before stays so. */
enum fm_code fm_rpc_logs(struct fm_rpc *rpc, const struct fm_rpc_filter *filter,
			 uint64_t from, uint64_t to,
			 bool (*each)(void *ctx, const struct fm_rpc_found *found),
			 void *ctx, uint64_t *next, struct fm_err *err) FM_MUST_USE;

/** Read a log out of JSON; its data is appended to `bytes`, which may still move: *offset tells
 *  where it begins, out->data.len how long it is. */
bool fm_rpc_log(struct fm_event_log *out, size_t *offset, struct fm_buf *bytes,
		const struct fm_json *node) FM_MUST_USE;

/** The topic that an address is in. */
void fm_rpc_topic_of(struct fm_hash *out, const struct fm_addr *addr);

#endif
