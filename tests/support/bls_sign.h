/* SPDX-License-Identifier: MIT */
/** Signatures for tests; the library itself only verifies them. */
#ifndef FOURMICA_TESTS_BLS_SIGN_H
#define FOURMICA_TESTS_BLS_SIGN_H

#include <bls/group.h>

/** A key pair of the certificate vectors (their context 0). */
extern const uint8_t bls_test_secret[32], bls_test_key[FM_BLS_KEY];

/** A point that is not infinity, compressed. */
void bls_compress(uint8_t out[static FM_BLS_SIG], const struct fm_g2_jac *point);
/** The message hashed to the group. */
void bls_hash(struct fm_g2_jac *out, const void *msg, size_t len);
/** What the secret signs the message with; big-endian, below r, not 0. */
void bls_sign(uint8_t out[static FM_BLS_SIG], const uint8_t secret[static 32],
	      const void *msg, size_t len);
/** A point of the curve outside the group, another for each message. */
void bls_stray(uint8_t out[static FM_BLS_SIG], const void *msg, size_t len);

#endif
