/* SPDX-License-Identifier: MIT */
/** RLP, as the Ethereum yellow paper defines it (appendix B): writing, and reading of the canonical
 *  form only, with a cursor that moves only on success. Writers rely on the buffer remembering its
 *  first failure. */
#ifndef FOURMICA_EVM_RLP_H
#define FOURMICA_EVM_RLP_H

#include <fourmica/bytes.h>

void fm_rlp_put_bytes(struct fm_buf *out, const void *bytes, size_t len);
/** Integers: big-endian without leading zeros; zero is the empty string. */
void fm_rlp_put_u64(struct fm_buf *out, uint64_t value);
void fm_rlp_put_u256(struct fm_buf *out, const struct fm_u256 *value);
/** A list whose encoded items are `items`. */
void fm_rlp_put_list(struct fm_buf *out, struct fm_span items);

/** The bytes that are left to read. */
struct fm_rlp {
	struct fm_span rest;
};

/** A string, borrowed. */
bool fm_rlp_bytes(struct fm_span *out, struct fm_rlp *in) FM_MUST_USE;
bool fm_rlp_u64(uint64_t *out, struct fm_rlp *in) FM_MUST_USE;
bool fm_rlp_u256(struct fm_u256 *out, struct fm_rlp *in) FM_MUST_USE;
/** A list: *out reads its items. */
bool fm_rlp_list(struct fm_rlp *out, struct fm_rlp *in) FM_MUST_USE;
/** Is nothing left? */
bool fm_rlp_end(const struct fm_rlp *in) FM_MUST_USE;

#endif
