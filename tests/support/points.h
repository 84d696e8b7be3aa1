/* SPDX-License-Identifier: MIT */
/** Points of BLS12-381 for the tests, made the slow and obvious way: scalars are
 *  big-endian bytes of any length, multiplied bit by bit. */
#ifndef FOURMICA_TESTS_POINTS_H
#define FOURMICA_TESTS_POINTS_H

#include <bls/group.h>

/** Bytes that look random and are the same in every run. */
struct dice {
	uint64_t count;
};
void dice_bytes(struct dice *dice, void *out, size_t len);
void dice_fp(struct dice *dice, struct fm_fp *out);
void dice_fp2(struct dice *dice, struct fm_fp2 *out);
/** A point of the whole curve, not of the subgroup except by a miracle. */
void dice_g1(struct dice *dice, struct fm_g1 *out);
void dice_g2(struct dice *dice, struct fm_g2 *out);
/** A point of the subgroup. */
void dice_g2_in_subgroup(struct dice *dice, struct fm_g2 *out);

bool g1_on_curve(const struct fm_g1 *a);
bool g2_on_curve(const struct fm_g2 *a);
bool g2_jac_equal(const struct fm_g2_jac *a, const struct fm_g2_jac *b);

/** [k]a; false when it is infinity. */
bool g1_times(struct fm_g1 *out, const struct fm_g1 *a, const uint8_t *k, size_t len);
void g2_times(struct fm_g2_jac *out, const struct fm_g2_jac *a, const uint8_t *k,
	      size_t len);
/** The same with the scalar as hex digits, without 0x, an even number of them. */
bool g1_times_hex(struct fm_g1 *out, const struct fm_g1 *a, const char *k);
void g2_times_hex(struct fm_g2_jac *out, const struct fm_g2_jac *a, const char *k);

void g1_encode(uint8_t out[static 48], const struct fm_g1 *a);
void g2_encode(uint8_t out[static 96], const struct fm_g2 *a);

/** The public key of a secret key; bls_sign.h makes the signatures. */
void bls_public(uint8_t out[static 48], const uint8_t secret[static 32]);

#endif
