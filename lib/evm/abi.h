/* SPDX-License-Identifier: MIT */
/** Contract ABI words: writing into a buffer, reading with a cursor that moves only on success. */
#ifndef FOURMICA_EVM_ABI_H
#define FOURMICA_EVM_ABI_H

#include <fourmica/bytes.h>

void fm_abi_put_u256(struct fm_buf *out, const struct fm_u256 *value);
void fm_abi_put_u64(struct fm_buf *out, uint64_t value);
void fm_abi_put_addr(struct fm_buf *out, const struct fm_addr *addr);
void fm_abi_put_hash(struct fm_buf *out, const struct fm_hash *hash);
/** length word, bytes, zero padding to 32. */
void fm_abi_put_bytes(struct fm_buf *out, struct fm_span bytes);

/** Reader over bounds-checked bytes. */
struct fm_abi {
	const uint8_t *ptr;
	size_t len;
	size_t at;
};

struct fm_abi fm_abi_of(struct fm_span bytes);
bool fm_abi_u256(struct fm_u256 *out, struct fm_abi *in) FM_MUST_USE;
/** Dirty upper bytes are refused. */
bool fm_abi_u64(uint64_t *out, struct fm_abi *in) FM_MUST_USE;
bool fm_abi_u8(uint8_t *out, struct fm_abi *in) FM_MUST_USE;
bool fm_abi_addr(struct fm_addr *out, struct fm_abi *in) FM_MUST_USE;
bool fm_abi_hash(struct fm_hash *out, struct fm_abi *in) FM_MUST_USE;
/** An offset word that must equal `want`. */
bool fm_abi_offset(struct fm_abi *in, uint64_t want) FM_MUST_USE;
/** length word, that many bytes, padding (its content is not judged here). */
bool fm_abi_bytes(struct fm_span *out, struct fm_abi *in) FM_MUST_USE;

#endif
