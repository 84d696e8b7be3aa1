/* SPDX-License-Identifier: MIT */
/* A single byte below 0x80 is itself. Other strings begin with 0x80 + length, lists with
 * 0xc0 + length; a length above 55 is written out behind 0xb7 or 0xf7 + its own length. */
#include "evm/rlp.h"

#include <string.h>

#define STRING 0x80
#define LIST 0xc0
#define SHORT_MAX 55 /* longest content whose length fits the first byte */

static void put_head(struct fm_buf *out, unsigned base, size_t len)
{
	unsigned char bytes[sizeof(uint64_t)];
	size_t count = 0;

	if (len <= SHORT_MAX) {
		fm_buf_chr(out, (char)(base + len));
		return;
	}
	for (size_t rest = len; rest; rest >>= 8)
		bytes[sizeof(bytes) - ++count] = (unsigned char)rest;
	fm_buf_chr(out, (char)(base + SHORT_MAX + count));
	fm_buf_add(out, bytes + sizeof(bytes) - count, count);
}

void fm_rlp_put_bytes(struct fm_buf *out, const void *bytes, size_t len)
{
	if (len != 1 || *(const uint8_t *)bytes >= STRING)
		put_head(out, STRING, len);
	if (len)
		fm_buf_add(out, bytes, len);
}

void fm_rlp_put_u256(struct fm_buf *out, const struct fm_u256 *value)
{
	uint8_t bytes[32];
	size_t zeros = 0;

	fm_u256_to_be(bytes, value);
	while (zeros < sizeof(bytes) && !bytes[zeros])
		zeros++;
	fm_rlp_put_bytes(out, bytes + zeros, sizeof(bytes) - zeros);
}

void fm_rlp_put_u64(struct fm_buf *out, uint64_t value)
{
	struct fm_u256 wide = fm_u256_from_u64(value);

	fm_rlp_put_u256(out, &wide);
}

void fm_rlp_put_list(struct fm_buf *out, struct fm_span items)
{
	put_head(out, LIST, items.len);
	if (items.len)
		fm_buf_add(out, items.ptr, items.len);
}

/** Length of the content behind a first byte of `base` + something, and of what announces it.
 *  Only the shortest way to write a length is taken. */
static bool head(size_t *skip, size_t *len, struct fm_span in, unsigned base)
{
	const uint8_t *at = (const uint8_t *)in.ptr;
	size_t size;

	*skip = 1;
	*len = (size_t)at[0] - base;
	if (*len <= SHORT_MAX)
		return *len <= in.len - 1;
	size = *len - SHORT_MAX;
	if (size > in.len - 1 || !at[1])
		return false;
	*len = 0;
	for (size_t i = 1; i <= size; i++) {
		if (*len > SIZE_MAX >> 8)
			return false;
		*len = *len << 8 | at[i];
	}
	*skip += size;
	return *len > SHORT_MAX && *len <= in.len - *skip;
}

static struct fm_span take(struct fm_rlp *in, size_t skip, size_t len)
{
	struct fm_span taken = { in->rest.ptr + skip, len };

	in->rest.ptr += skip + len;
	in->rest.len -= skip + len;
	return taken;
}

bool fm_rlp_bytes(struct fm_span *out, struct fm_rlp *in)
{
	uint8_t first = in->rest.len ? (uint8_t)in->rest.ptr[0] : LIST;
	size_t skip, len;

	if (first >= LIST)
		return false;
	if (first < STRING) {
		*out = take(in, 0, 1);
		return true;
	}
	if (!head(&skip, &len, in->rest, STRING))
		return false;
	if (len == 1 && (uint8_t)in->rest.ptr[skip] < STRING)
		return false;
	*out = take(in, skip, len);
	return true;
}

bool fm_rlp_u256(struct fm_u256 *out, struct fm_rlp *in)
{
	struct fm_rlp ahead = *in;
	uint8_t bytes[32] = { 0 };
	struct fm_span digits;

	if (!fm_rlp_bytes(&digits, &ahead) || digits.len > sizeof(bytes) ||
	    (digits.len && !digits.ptr[0]))
		return false;
	if (digits.len)
		memcpy(bytes + sizeof(bytes) - digits.len, digits.ptr, digits.len);
	*out = fm_u256_from_be(bytes);
	*in = ahead;
	return true;
}

bool fm_rlp_u64(uint64_t *out, struct fm_rlp *in)
{
	struct fm_rlp ahead = *in;
	struct fm_u256 value;

	if (!fm_rlp_u256(&value, &ahead) || !fm_u256_to_u64(out, &value))
		return false;
	*in = ahead;
	return true;
}

bool fm_rlp_list(struct fm_rlp *out, struct fm_rlp *in)
{
	size_t skip, len;

	if (!in->rest.len || (uint8_t)in->rest.ptr[0] < LIST ||
	    !head(&skip, &len, in->rest, LIST))
		return false;
	out->rest = take(in, skip, len);
	return true;
}

bool fm_rlp_end(const struct fm_rlp *in)
{
	return in->rest.len == 0;
}
