/* SPDX-License-Identifier: MIT */
/** Keccak-256 piece by piece, for those who hash what they never hold in one buffer. */
#ifndef FOURMICA_BASE_KECCAK_H
#define FOURMICA_BASE_KECCAK_H

#include <fourmica/bytes.h>

#define FM_KECCAK_RATE 136

struct fm_keccak {
	uint64_t lane[25];
	uint8_t block[FM_KECCAK_RATE];
	size_t used; /**< bytes of `block` that wait */
};

void fm_keccak_init(struct fm_keccak *k);
void fm_keccak_add(struct fm_keccak *k, const void *bytes, size_t len);
void fm_keccak_end(struct fm_hash *out, struct fm_keccak *k);

#endif
