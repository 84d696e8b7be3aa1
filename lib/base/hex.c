/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>

#include <string.h>

static const char digits[] = "0123456789abcdef";

void fm_hex_write(char *out, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[in[i] >> 4];
		out[2 * i + 1] = digits[in[i] & 15];
	}
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
