/* SPDX-License-Identifier: MIT */
/** The two halves of the pairing e(P, Q) = f^(3 (p^12 - 1) / r), f the Miller function
 *  of Q at P. The 3 makes the final power cheap; being prime to r it changes the
 *  pairing to its cube, which is as bilinear and non-degenerate as the pairing. */
#ifndef FOURMICA_BLS_PAIRING_H
#define FOURMICA_BLS_PAIRING_H

#include "bls/group.h"

/** The product of the n Miller functions, n from 1 to FM_PAIRS_MAX. */
void fm_miller_loop(struct fm_fp12 *out, const struct fm_g1 *p, const struct fm_g2 *q,
		    size_t n);
/** f^(3 (p^12 - 1) / r), f not zero. */
void fm_final_power(struct fm_fp12 *out, const struct fm_fp12 *f);

#endif
