/* SPDX-License-Identifier: MIT */
/** The equation of a signature, for one and for weighted sums of many. */
#ifndef FOURMICA_BLS_VERIFY_H
#define FOURMICA_BLS_VERIFY_H

#include "bls/group.h"

void fm_bls_key_point(struct fm_g1 *out, const struct fm_bls_key *key);

/** e(-g1, sig) e(key, hash), for the hash that clearing the cofactor of `uncleared`
 *  gives; 1 for a signature that is right. Either point may be infinity. */
void fm_bls_value(struct fm_fp12 *out, const struct fm_g1 *key,
		  const struct fm_g2_jac *sig, const struct fm_g2_jac *uncleared);

#endif
