/* SPDX-License-Identifier: MIT */
/* Schoolbook arithmetic over four 64-bit limbs, every carry looked at. */
#include <fourmica/bytes.h>

#include <assert.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

struct fm_u256 fm_u256_from_u64(uint64_t value)
{
	return (struct fm_u256){
		{value, 0, 0, 0}
	};
}

static uint64_t load_be(const uint8_t *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
	       (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
	       (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static void store_be(uint8_t *p, uint64_t w)
{
	p[0] = (uint8_t)(w >> 56);
	p[1] = (uint8_t)(w >> 48);
	p[2] = (uint8_t)(w >> 40);
	p[3] = (uint8_t)(w >> 32);
	p[4] = (uint8_t)(w >> 24);
	p[5] = (uint8_t)(w >> 16);
	p[6] = (uint8_t)(w >> 8);
	p[7] = (uint8_t)w;
}

struct fm_u256 fm_u256_from_be(const uint8_t bytes[static 32])
{
	return (struct fm_u256){
		{load_be(bytes + 24), load_be(bytes + 16), load_be(bytes + 8),
		  load_be(bytes)}
	};
}

void fm_u256_to_be(uint8_t out[static 32], const struct fm_u256 *value)
{
	store_be(out, value->w[3]);
	store_be(out + 8, value->w[2]);
	store_be(out + 16, value->w[1]);
	store_be(out + 24, value->w[0]);
}

bool fm_u256_to_u64(uint64_t *out, const struct fm_u256 *value)
{
	if (value->w[1] | value->w[2] | value->w[3])
		return false;
	*out = value->w[0];
	return true;
}

int fm_u256_cmp(const struct fm_u256 *a, const struct fm_u256 *b)
{
	for (size_t i = 4; i-- > 0;)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

bool fm_u256_is_zero(const struct fm_u256 *value)
{
	return !(value->w[0] | value->w[1] | value->w[2] | value->w[3]);
}

bool fm_u256_add(struct fm_u256 *out, const struct fm_u256 *a, const struct fm_u256 *b)
{
	struct fm_u256 sum;
	u128 carry = 0;

	for (size_t i = 0; i < 4; i++) {
		carry += (u128)a->w[i] + b->w[i];
		sum.w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	if (carry)
		return false;
	*out = sum;
	return true;
}

bool fm_u256_sub(struct fm_u256 *out, const struct fm_u256 *a, const struct fm_u256 *b)
{
	struct fm_u256 difference;
	u128 borrow = 0;

	for (size_t i = 0; i < 4; i++) {
		u128 step = (u128)a->w[i] - b->w[i] - borrow;

		difference.w[i] = (uint64_t)step;
		borrow = step >> 64 & 1;
	}
	if (borrow)
		return false;
	*out = difference;
	return true;
}

/* value * factor + plus. The product of two limbs plus two limbs fits 128 bits. */
static bool mul_add(struct fm_u256 *out, const struct fm_u256 *value, uint64_t factor,
		    uint64_t plus)
{
	struct fm_u256 product;
	u128 carry = plus;

	for (size_t i = 0; i < 4; i++) {
		carry += (u128)value->w[i] * factor;
		product.w[i] = (uint64_t)carry;
		carry >>= 64;
	}
	if (carry)
		return false;
	*out = product;
	return true;
}

bool fm_u256_mul_u64(struct fm_u256 *out, const struct fm_u256 *a, uint64_t b)
{
	return mul_add(out, a, b, 0);
}

uint64_t fm_u256_divmod_u64(struct fm_u256 *value, uint64_t divisor)
{
	u128 rest = 0;

	assert(divisor);
	for (size_t i = 4; i-- > 0;) {
		rest = rest << 64 | value->w[i];
		value->w[i] = (uint64_t)(rest / divisor);
		rest %= divisor;
	}
	return (uint64_t)rest;
}

/* One or more digits; leading zeros do not count against the size. */
static bool read_dec(struct fm_u256 *out, struct fm_span text)
{
	struct fm_u256 value = FM_U256_ZERO;

	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c < '0' || c > '9' ||
		    !mul_add(&value, &value, 10, (uint64_t)(c - '0')))
			return false;
	}
	*out = value;
	return true;
}

bool fm_u256_from_dec(struct fm_u256 *out, struct fm_span text)
{
	if (text.len > 78 || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	return read_dec(out, text);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool read_hex(struct fm_u256 *out, struct fm_span text)
{
	struct fm_u256 value = FM_U256_ZERO;

	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		int d = hex_digit(text.ptr[i]);

		if (d < 0 || !mul_add(&value, &value, 16, (uint64_t)d))
			return false;
	}
	*out = value;
	return true;
}

bool fm_u256_from_hex(struct fm_u256 *out, struct fm_span text)
{
	struct fm_span hex = fm_hex_strip(text);

	return hex.len != text.len && read_hex(out, hex);
}

bool fm_u256_from_text(struct fm_u256 *out, struct fm_span text)
{
	if (text.len >= 2 && text.ptr[0] == '0' && (text.ptr[1] | 32) == 'x')
		return read_hex(out, (struct fm_span){ text.ptr + 2, text.len - 2 });
	return read_dec(out, text);
}

/* 19 digits a division: 10^19 is the largest power of ten in a limb. */
void fm_u256_dec(char out[static FM_U256_DEC], const struct fm_u256 *value)
{
	struct fm_u256 rest = *value;
	char text[5 * 19];
	size_t at = sizeof(text);

	do {
		uint64_t part = fm_u256_divmod_u64(&rest, UINT64_C(10000000000000000000));

		for (size_t i = 0; i < 19; i++, part /= 10)
			text[--at] = (char)('0' + part % 10);
	} while (!fm_u256_is_zero(&rest));
	while (at < sizeof(text) - 1 && text[at] == '0')
		at++;
	memcpy(out, text + at, sizeof(text) - at);
	out[sizeof(text) - at] = '\0';
}

void fm_u256_hex(char out[static FM_U256_HEX], const struct fm_u256 *value)
{
	uint8_t bytes[32];
	char text[64];
	size_t at = 0;

	fm_u256_to_be(bytes, value);
	fm_hex_write(text, bytes, sizeof(bytes));
	while (at < sizeof(text) - 1 && text[at] == '0')
		at++;
	memcpy(out, "0x", 2);
	memcpy(out + 2, text + at, sizeof(text) - at);
	out[2 + sizeof(text) - at] = '\0';
}
