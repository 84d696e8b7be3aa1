/* SPDX-License-Identifier: MIT */
/* Solidity contract ABI: big-endian words of 32 bytes. Writers rely on the buffer
 * remembering its first failure. */
#include <evm/abi.h>

#include <string.h>

#define WORD 32

static size_t padding(size_t len)
{
	return (WORD - len % WORD) % WORD;
}

void fm_abi_put_u256(struct fm_buf *out, const struct fm_u256 *value)
{
	uint8_t word[WORD];

	fm_u256_to_be(word, value);
	fm_buf_add(out, word, sizeof(word));
}

void fm_abi_put_u64(struct fm_buf *out, uint64_t value)
{
	struct fm_u256 wide = fm_u256_from_u64(value);

	fm_abi_put_u256(out, &wide);
}

void fm_abi_put_addr(struct fm_buf *out, const struct fm_addr *addr)
{
	uint8_t word[WORD] = { 0 };

	memcpy(word + WORD - sizeof(addr->b), addr->b, sizeof(addr->b));
	fm_buf_add(out, word, sizeof(word));
}

void fm_abi_put_hash(struct fm_buf *out, const struct fm_hash *hash)
{
	fm_buf_add(out, hash->b, sizeof(hash->b));
}

void fm_abi_put_bytes(struct fm_buf *out, struct fm_span bytes)
{
	static const uint8_t zeros[WORD];

	fm_abi_put_u64(out, bytes.len);
	fm_buf_add(out, bytes.ptr, bytes.len);
	fm_buf_add(out, zeros, padding(bytes.len));
}

struct fm_abi fm_abi_of(struct fm_span bytes)
{
	return (struct fm_abi){ .ptr = (const uint8_t *)bytes.ptr, .len = bytes.len };
}

/* The word under the cursor, NULL when less than a word is left. */
static const uint8_t *peek(const struct fm_abi *in)
{
	return in->len - in->at >= WORD ? in->ptr + in->at : NULL;
}

bool fm_abi_u256(struct fm_u256 *out, struct fm_abi *in)
{
	const uint8_t *word = peek(in);

	if (!word)
		return false;
	*out = fm_u256_from_be(word);
	in->at += WORD;
	return true;
}

bool fm_abi_u64(uint64_t *out, struct fm_abi *in)
{
	struct fm_abi ahead = *in;
	struct fm_u256 value;

	if (!fm_abi_u256(&value, &ahead) || !fm_u256_to_u64(out, &value))
		return false;
	*in = ahead;
	return true;
}

bool fm_abi_u8(uint8_t *out, struct fm_abi *in)
{
	struct fm_abi ahead = *in;
	uint64_t value;

	if (!fm_abi_u64(&value, &ahead) || value > 255)
		return false;
	*out = (uint8_t)value;
	*in = ahead;
	return true;
}

bool fm_abi_addr(struct fm_addr *out, struct fm_abi *in)
{
	static const uint8_t zeros[WORD - sizeof(out->b)];
	const uint8_t *word = peek(in);

	if (!word || memcmp(word, zeros, sizeof(zeros)) != 0)
		return false;
	memcpy(out->b, word + sizeof(zeros), sizeof(out->b));
	in->at += WORD;
	return true;
}

bool fm_abi_hash(struct fm_hash *out, struct fm_abi *in)
{
	const uint8_t *word = peek(in);

	if (!word)
		return false;
	memcpy(out->b, word, sizeof(out->b));
	in->at += WORD;
	return true;
}

bool fm_abi_offset(struct fm_abi *in, uint64_t want)
{
	struct fm_abi ahead = *in;
	uint64_t offset;

	if (!fm_abi_u64(&offset, &ahead) || offset != want)
		return false;
	*in = ahead;
	return true;
}

bool fm_abi_bytes(struct fm_span *out, struct fm_abi *in)
{
	struct fm_abi ahead = *in;
	uint64_t len;
	size_t left;

	if (!fm_abi_u64(&len, &ahead))
		return false;
	left = ahead.len - ahead.at;
	if (len > left || padding((size_t)len) > left - (size_t)len)
		return false;
	*out = (struct fm_span){ (const char *)ahead.ptr + ahead.at, (size_t)len };
	ahead.at += (size_t)len + padding((size_t)len);
	*in = ahead;
	return true;
}
