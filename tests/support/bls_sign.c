/* SPDX-License-Identifier: MIT */
#include "bls_sign.h"

#include <stdlib.h>

const uint8_t bls_test_secret[32] = {
	0x5e, 0x1f, 0xc5, 0x2f, 0x0b, 0x15, 0xf3, 0xe8, 0xfe, 0x33, 0xe8,
	0xe5, 0xb7, 0x78, 0xa7, 0x5b, 0xff, 0x75, 0x3a, 0x13, 0x4a, 0x28,
	0x5a, 0x41, 0x42, 0x52, 0x64, 0x54, 0x6a, 0x61, 0x22, 0xee,
};
const uint8_t bls_test_key[FM_BLS_KEY] = {
	0x8d, 0x63, 0xb5, 0x40, 0x57, 0xad, 0x10, 0xfd, 0x1a, 0x08, 0xfa, 0xca,
	0x7f, 0xb6, 0xdd, 0xa7, 0xd6, 0xb9, 0xfc, 0x5b, 0x32, 0x40, 0xc0, 0x9e,
	0xe9, 0x1c, 0xc9, 0x4c, 0xac, 0x82, 0xe7, 0x0c, 0x3e, 0xb7, 0x3f, 0x21,
	0xf6, 0x99, 0x1a, 0xf8, 0x4a, 0x1c, 0x31, 0xfd, 0x2f, 0x7c, 0x4f, 0x48,
};

void bls_compress(uint8_t out[static FM_BLS_SIG], const struct fm_g2_jac *point)
{
	struct fm_g2 affine;

	if (!fm_g2_to_affine(&affine, point))
		abort();
	fm_fp_write(out, &affine.x.c1);
	fm_fp_write(out + 48, &affine.x.c0);
	out[0] |= fm_fp2_is_larger(&affine.y) ? 0xa0 : 0x80;
}

static void hash_to_twist(struct fm_g2_jac *out, const void *msg, size_t len)
{
	fm_hash_to_twist(out, msg, len, FM_BLS_DST, sizeof(FM_BLS_DST) - 1);
}

void bls_hash(struct fm_g2_jac *out, const void *msg, size_t len)
{
	hash_to_twist(out, msg, len);
	fm_g2_clear_cofactor(out, out);
}

void bls_sign(uint8_t out[static FM_BLS_SIG], const uint8_t secret[static 32],
	      const void *msg, size_t len)
{
	struct fm_g2_jac hash, sum = { .z = fm_fp2_zero };

	bls_hash(&hash, msg, len);
	for (size_t bit = 0; bit < 256; bit++) {
		fm_g2_double(&sum, &sum);
		if (secret[bit / 8] >> (7 - bit % 8) & 1)
			fm_g2_add(&sum, &sum, &hash);
	}
	bls_compress(out, &sum);
}

void bls_stray(uint8_t out[static FM_BLS_SIG], const void *msg, size_t len)
{
	struct fm_g2_jac point;

	hash_to_twist(&point, msg, len);
	bls_compress(out, &point);
}
