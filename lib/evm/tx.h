/* SPDX-License-Identifier: MIT */
/** Transactions of type 2 (EIP-1559) with an empty access list, to an address. */
#ifndef FOURMICA_EVM_TX_H
#define FOURMICA_EVM_TX_H

#include <fourmica/bytes.h>

struct fm_tx {
	uint64_t chain_id, nonce, gas_limit;
	struct fm_u256 max_fee, priority_fee; /**< wei a unit of gas */
	struct fm_u256 value;		      /**< wei */
	struct fm_addr to;
	struct fm_span data; /**< borrowed */
};

#define FM_TX_MAX (128u * 1024u) /**< raw bytes: what nodes take */

/** What is signed: 0x02 and the list without a signature. All of these are false when there is no
 *  memory, the transaction is over FM_TX_MAX, or no chain would take it: chain id 0, the last
 *  nonce (EIP-2681), a priority fee above the maximum fee. */
bool fm_tx_unsigned(struct fm_buf *out, const struct fm_tx *tx) FM_MUST_USE;
/** Its hash. */
bool fm_tx_digest(struct fm_hash *out, const struct fm_tx *tx) FM_MUST_USE;
/** The signed bytes, and the hash the transaction is known by. */
bool fm_tx_raw(struct fm_buf *raw, struct fm_hash *hash, const struct fm_tx *tx,
	       const struct fm_sig *sig) FM_MUST_USE;

/** Read raw bytes of exactly the form fm_tx_raw writes; *from is who signed, with a low s.
 *  out->data points into `raw`. */
bool fm_tx_read(struct fm_tx *out, struct fm_addr *from, struct fm_hash *hash,
		struct fm_span raw) FM_MUST_USE;

/** The most the transaction can cost: value + gas limit * maximum fee. False on overflow. */
bool fm_tx_cost(struct fm_u256 *out, const struct fm_tx *tx) FM_MUST_USE;

#endif
