/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>

#include <string.h>

/* The two digits of every byte. */
static const char pairs[513] = "000102030405060708090a0b0c0d0e0f"
			       "101112131415161718191a1b1c1d1e1f"
			       "202122232425262728292a2b2c2d2e2f"
			       "303132333435363738393a3b3c3d3e3f"
			       "404142434445464748494a4b4c4d4e4f"
			       "505152535455565758595a5b5c5d5e5f"
			       "606162636465666768696a6b6c6d6e6f"
			       "707172737475767778797a7b7c7d7e7f"
			       "808182838485868788898a8b8c8d8e8f"
			       "909192939495969798999a9b9c9d9e9f"
			       "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
			       "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
			       "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
			       "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf"
			       "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
			       "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

void fm_hex_write(char *out, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	for (size_t i = 0; i < len; i++)
		memcpy(out + 2 * i, pairs + 2 * (size_t)in[i], 2);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool fm_hex_read(void *out, size_t len, struct fm_span text)
{
	uint8_t *to = out;

	if (text.len % 2 || text.len / 2 != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = digit(text.ptr[2 * i]), low = digit(text.ptr[2 * i + 1]);

		if ((high | low) < 0)
			return false;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* 255 when low <= c <= high, else 0; all below 256. A borrow reaches bits 8 and up. */
static unsigned between(unsigned c, unsigned low, unsigned high)
{
	return ~((c - low) | (high - c)) >> 8 & 255;
}

/* Value of a digit, or 0 with *bad set; no branch and no table depends on c. */
static unsigned digit_ct(unsigned c, unsigned *bad)
{
	unsigned number = between(c, '0', '9');
	unsigned letter = between(c | 32, 'a', 'f');

	*bad |= ~(number | letter) & 255;
	return (number & (c - '0')) | (letter & ((c | 32) - 'a' + 10));
}

bool fm_hex_read_ct(void *out, size_t len, struct fm_span text)
{
	uint8_t *to = out;
	unsigned bad = 0;

	if (text.len % 2 || text.len / 2 != len)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned high = digit_ct((unsigned char)text.ptr[2 * i], &bad);
		unsigned low = digit_ct((unsigned char)text.ptr[2 * i + 1], &bad);

		to[i] = (uint8_t)(high << 4 | low);
	}
	return !bad;
}

struct fm_span fm_hex_strip(struct fm_span text)
{
	if (text.len >= 2 && text.ptr[0] == '0' && text.ptr[1] == 'x') {
		text.ptr += 2;
		text.len -= 2;
	}
	return text;
}

static void prefixed(char *out, const uint8_t *bytes, size_t len)
{
	memcpy(out, "0x", 2);
	fm_hex_write(out + 2, bytes, len);
	out[2 + 2 * len] = '\0';
}

bool fm_hash_parse(struct fm_hash *out, struct fm_span text)
{
	struct fm_span hex = fm_hex_strip(text);

	return hex.len != text.len && fm_hex_read(out->b, sizeof(out->b), hex);
}

void fm_hash_text(char out[static FM_HASH_TEXT], const struct fm_hash *hash)
{
	prefixed(out, hash->b, sizeof(hash->b));
}

bool fm_hash_equal(const struct fm_hash *a, const struct fm_hash *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

void fm_sig_text(char out[static FM_SIG_TEXT], const struct fm_sig *sig)
{
	prefixed(out, sig->b, sizeof(sig->b));
}
