/* SPDX-License-Identifier: MIT */
/* Keccak-256 as Ethereum uses it: the Keccak team's permutation (FIPS 202, section 3)
 * with the padding of the original submission (first byte 01; SHA3-256 has 06). */
#include <base/keccak.h>

#include <string.h>

static const uint64_t round_constants[24] = {
	UINT64_C(0x0000000000000001), UINT64_C(0x0000000000008082),
	UINT64_C(0x800000000000808a), UINT64_C(0x8000000080008000),
	UINT64_C(0x000000000000808b), UINT64_C(0x0000000080000001),
	UINT64_C(0x8000000080008081), UINT64_C(0x8000000000008009),
	UINT64_C(0x000000000000008a), UINT64_C(0x0000000000000088),
	UINT64_C(0x0000000080008009), UINT64_C(0x000000008000000a),
	UINT64_C(0x000000008000808b), UINT64_C(0x800000000000008b),
	UINT64_C(0x8000000000008089), UINT64_C(0x8000000000008003),
	UINT64_C(0x8000000000008002), UINT64_C(0x8000000000000080),
	UINT64_C(0x000000000000800a), UINT64_C(0x800000008000000a),
	UINT64_C(0x8000000080008081), UINT64_C(0x8000000000008080),
	UINT64_C(0x0000000080000001), UINT64_C(0x8000000080008008),
};

static inline uint64_t rol(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

/* The state is 25 locals named by column and row (a12: x = 1, y = 2), so that rho and pi
 * cost nothing but names. A round reads one set and writes another; two rounds come back
 * to the first. Output row Y, column X comes from x = 3Y + X, y = X (mod 5), the inverse
 * of pi.
 *
 * chi wants b0 ^ (~b1 & b2) and so on, a NOT for every lane. Six lanes are kept
 * complemented all through (the designers' "Keccak implementation overview", 2.2, gives
 * the technique and which six). Theta and rho carry the complements along in a pattern
 * that is the same each round; the rows of chi below are what De Morgan makes of it, with
 * one NOT each. */
#define LANES(a)                                                                      \
	a##00, a##10, a##20, a##30, a##40, a##01, a##11, a##21, a##31, a##41, a##02,  \
		a##12, a##22, a##32, a##42, a##03, a##13, a##23, a##33, a##43, a##04, \
		a##14, a##24, a##34, a##44

#define ROW(e, y, x0, x1, x2, x3, x4) \
	e##0##y = x0;                 \
	e##1##y = x1;                 \
	e##2##y = x2;                 \
	e##3##y = x3;                 \
	e##4##y = x4

#define ROUND(a, e, constant)                                               \
	do {                                                                \
		uint64_t b0, b1, b2, b3, b4, d0, d1, d2, d3, d4;            \
		b0 = a##00 ^ a##01 ^ a##02 ^ a##03 ^ a##04;                 \
		b1 = a##10 ^ a##11 ^ a##12 ^ a##13 ^ a##14;                 \
		b2 = a##20 ^ a##21 ^ a##22 ^ a##23 ^ a##24;                 \
		b3 = a##30 ^ a##31 ^ a##32 ^ a##33 ^ a##34;                 \
		b4 = a##40 ^ a##41 ^ a##42 ^ a##43 ^ a##44;                 \
		d0 = b4 ^ rol(b1, 1);                                       \
		d1 = b0 ^ rol(b2, 1);                                       \
		d2 = b1 ^ rol(b3, 1);                                       \
		d3 = b2 ^ rol(b4, 1);                                       \
		d4 = b3 ^ rol(b0, 1);                                       \
		b0 = a##00 ^ d0;                                            \
		b1 = rol(a##11 ^ d1, 44);                                   \
		b2 = rol(a##22 ^ d2, 43);                                   \
		b3 = rol(a##33 ^ d3, 21);                                   \
		b4 = rol(a##44 ^ d4, 14);                                   \
		ROW(e, 0, b0 ^ (b1 | b2), b1 ^ (~b2 | b3), b2 ^ (b3 & b4),  \
		    b3 ^ (b4 | b0), b4 ^ (b0 & b1));                        \
		e##00 ^= (constant);                                        \
		b0 = rol(a##30 ^ d3, 28);                                   \
		b1 = rol(a##41 ^ d4, 20);                                   \
		b2 = rol(a##02 ^ d0, 3);                                    \
		b3 = rol(a##13 ^ d1, 45);                                   \
		b4 = rol(a##24 ^ d2, 61);                                   \
		ROW(e, 1, b0 ^ (b1 | b2), b1 ^ (b2 & b3), b2 ^ (b3 | ~b4),  \
		    b3 ^ (b4 | b0), b4 ^ (b0 & b1));                        \
		b0 = rol(a##10 ^ d1, 1);                                    \
		b1 = rol(a##21 ^ d2, 6);                                    \
		b2 = rol(a##32 ^ d3, 25);                                   \
		b3 = rol(a##43 ^ d4, 8);                                    \
		b4 = rol(a##04 ^ d0, 18);                                   \
		ROW(e, 2, b0 ^ (b1 | b2), b1 ^ (b2 & b3), b2 ^ (~b3 & b4),  \
		    ~b3 ^ (b4 | b0), b4 ^ (b0 & b1));                       \
		b0 = rol(a##40 ^ d4, 27);                                   \
		b1 = rol(a##01 ^ d0, 36);                                   \
		b2 = rol(a##12 ^ d1, 10);                                   \
		b3 = rol(a##23 ^ d2, 15);                                   \
		b4 = rol(a##34 ^ d3, 56);                                   \
		ROW(e, 3, b0 ^ (b1 & b2), b1 ^ (b2 | b3), b2 ^ (~b3 | b4),  \
		    ~b3 ^ (b4 & b0), b4 ^ (b0 | b1));                       \
		b0 = rol(a##20 ^ d2, 62);                                   \
		b1 = rol(a##31 ^ d3, 55);                                   \
		b2 = rol(a##42 ^ d4, 39);                                   \
		b3 = rol(a##03 ^ d0, 41);                                   \
		b4 = rol(a##14 ^ d1, 2);                                    \
		ROW(e, 4, b0 ^ (~b1 & b2), ~b1 ^ (b2 | b3), b2 ^ (b3 & b4), \
		    b3 ^ (b4 | b0), b4 ^ (b0 & b1));                        \
	} while (0)

#define LOAD(y)               \
	a0##y = s[5 * y];     \
	a1##y = s[5 * y + 1]; \
	a2##y = s[5 * y + 2]; \
	a3##y = s[5 * y + 3]; \
	a4##y = s[5 * y + 4]

#define STORE(y)              \
	s[5 * y] = a0##y;     \
	s[5 * y + 1] = a1##y; \
	s[5 * y + 2] = a2##y; \
	s[5 * y + 3] = a3##y; \
	s[5 * y + 4] = a4##y

#define COMPLEMENT() \
	a10 = ~a10;  \
	a20 = ~a20;  \
	a31 = ~a31;  \
	a22 = ~a22;  \
	a23 = ~a23;  \
	a04 = ~a04

static void permute(uint64_t s[static 25])
{
	uint64_t LANES(a), LANES(e);

	LOAD(0);
	LOAD(1);
	LOAD(2);
	LOAD(3);
	LOAD(4);
	COMPLEMENT();
	for (unsigned i = 0; i < 24; i += 2) {
		ROUND(a, e, round_constants[i]);
		ROUND(e, a, round_constants[i + 1]);
	}
	COMPLEMENT();
	STORE(0);
	STORE(1);
	STORE(2);
	STORE(3);
	STORE(4);
}

static uint64_t load64(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
	       (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
	       (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static void absorb(uint64_t lane[static 25], const uint8_t *block)
{
	for (size_t i = 0; i < FM_KECCAK_RATE / 8; i++)
		lane[i] ^= load64(block + 8 * i);
	permute(lane);
}

void fm_keccak_init(struct fm_keccak *k)
{
	memset(k->lane, 0, sizeof(k->lane));
	k->used = 0;
}

void fm_keccak_add(struct fm_keccak *k, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;

	while (len) {
		size_t part = FM_KECCAK_RATE - k->used;

		if (!k->used && len >= FM_KECCAK_RATE) {
			absorb(k->lane, in);
			part = FM_KECCAK_RATE;
		} else {
			if (part > len)
				part = len;
			memcpy(k->block + k->used, in, part);
			k->used += part;
			if (k->used == FM_KECCAK_RATE) {
				absorb(k->lane, k->block);
				k->used = 0;
			}
		}
		in += part;
		len -= part;
	}
}

void fm_keccak_end(struct fm_hash *out, struct fm_keccak *k)
{
	memset(k->block + k->used, 0, FM_KECCAK_RATE - k->used);
	k->block[k->used] = 0x01;
	k->block[FM_KECCAK_RATE - 1] |= 0x80;
	absorb(k->lane, k->block);
	for (size_t i = 0; i < sizeof(out->b); i++)
		out->b[i] = (uint8_t)(k->lane[i / 8] >> (8 * (i % 8)));
}

void fm_keccak256(struct fm_hash *out, const void *bytes, size_t len)
{
	struct fm_keccak k;

	fm_keccak_init(&k);
	fm_keccak_add(&k, bytes, len);
	fm_keccak_end(out, &k);
}
