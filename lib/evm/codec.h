/* SPDX-License-Identifier: MIT */
/** Contract values by the text of their types: "bytes32,uint256,bytes32[]". A type may have a name
 *  behind it ("address decoder"), which faults are told with. Types: address, bool, bytes32, bytes,
 *  string, uint8 to uint256, enumN (a number below N in one word), arrays "T[]" of static types.
 *  A tuple of static types stands for its members. */
#ifndef FOURMICA_EVM_CODEC_H
#define FOURMICA_EVM_CODEC_H

#include <evm/abi.h>

enum fm_abi_kind {
	FM_ABI_UINT,
	FM_ABI_BOOL,
	FM_ABI_ADDR,
	FM_ABI_HASH,
	FM_ABI_BYTES,
	FM_ABI_STRING,
	FM_ABI_ARRAY,
};

/** One value; the member that counts follows from the kind. Pointers are borrowed. */
struct fm_abi_value {
	enum fm_abi_kind kind;
	struct fm_u256 u; /**< UINT; BOOL: 0 or 1 */
	struct fm_addr addr;
	struct fm_hash hash;
	struct fm_span bytes;	      /**< BYTES, STRING */
	const struct fm_hash *hashes; /**< ARRAY: the words of its elements */
	size_t count;		      /**< ARRAY: elements */
};

#define FM_ABI_ITEMS_MAX 4096 /**< elements of an array */

struct fm_abi_value fm_abi_of_u256(const struct fm_u256 *value);
struct fm_abi_value fm_abi_of_u64(uint64_t value);
struct fm_abi_value fm_abi_of_bool(bool value);
struct fm_abi_value fm_abi_of_addr(const struct fm_addr *addr);
struct fm_abi_value fm_abi_of_hash(const struct fm_hash *hash);
struct fm_abi_value fm_abi_of_bytes(struct fm_span bytes);
struct fm_abi_value fm_abi_of_hashes(const struct fm_hash *hashes, size_t count);

/** One value's type out of a list. */
struct fm_abi_type {
	enum fm_abi_kind kind;
	unsigned bits;	     /**< UINT */
	uint64_t below;	     /**< UINT: of an enum, else 0 */
	struct fm_span name; /**< may be empty */
	struct fm_span item; /**< ARRAY: the types of an element ... */
	size_t words;	     /**< ... and how many words it has */
};

/** The next type of a list, which moves behind it. False at the end. */
bool fm_abi_next(struct fm_abi_type *out, struct fm_span *types) FM_MUST_USE;
/** How many values a list of types stands for. */
size_t fm_abi_count(struct fm_span types);

/** Append the encoding. False when the values are not of these types, or the buffer failed. */
bool fm_abi_encode(struct fm_buf *out, struct fm_span types,
		   const struct fm_abi_value *values, size_t count) FM_MUST_USE;

#define FM_ABI_WHY 96

/** Read the canonical encoding and nothing else: no dirty bits, offsets and padding as a compiler
 *  writes them, no byte more. `count` must be that of the types. Values borrow from `data`.
 *  Out: why   what is wrong with it, FM_ABI_WHY bytes; may be NULL */
bool fm_abi_decode(struct fm_abi_value *out, size_t count, struct fm_span types,
		   struct fm_span data, char *why) FM_MUST_USE;
/** The values of element `at` of an array that was read. `count` is that of an element. */
bool fm_abi_item(struct fm_abi_value *out, size_t count, const struct fm_abi_type *array,
		 const struct fm_abi_value *value, size_t at) FM_MUST_USE;

/** Append a value as a message shows it: numbers decimal, addresses EIP-55, bytes as hex, text
 *  escaped, an array by its length. */
void fm_abi_show(struct fm_buf *out, const struct fm_abi_value *value);

#endif
