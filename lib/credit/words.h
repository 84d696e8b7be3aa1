/* SPDX-License-Identifier: MIT */
/** ABI words written into place, without a buffer that could fail: each returns what
 *  is behind. */
#ifndef FOURMICA_CREDIT_WORDS_H
#define FOURMICA_CREDIT_WORDS_H

#include <fourmica/types.h>

#include <string.h>

#define FM_WORD 32u

static inline uint8_t *fm_word_u256(uint8_t *at, const struct fm_u256 *value)
{
	fm_u256_to_be(at, value);
	return at + FM_WORD;
}

static inline uint8_t *fm_word_u64(uint8_t *at, uint64_t value)
{
	struct fm_u256 wide = fm_u256_from_u64(value);
	return fm_word_u256(at, &wide);
}

static inline uint8_t *fm_word_addr(uint8_t *at, const struct fm_addr *addr)
{
	memset(at, 0, FM_WORD - sizeof(addr->b));
	memcpy(at + FM_WORD - sizeof(addr->b), addr->b, sizeof(addr->b));
	return at + FM_WORD;
}

static inline uint8_t *fm_word_hash(uint8_t *at, const struct fm_hash *hash)
{
	memcpy(at, hash->b, sizeof(hash->b));
	return at + FM_WORD;
}

/** Bytes without their length, zeros up to the next word. */
static inline uint8_t *fm_word_bytes(uint8_t *at, const void *bytes, size_t len)
{
	size_t whole = (len + FM_WORD - 1) / FM_WORD * FM_WORD;
	if (len)
		memcpy(at, bytes, len);
	memset(at + len, 0, whole - len);
	return at + whole;
}

#endif
