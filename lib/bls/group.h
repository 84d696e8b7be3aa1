/* SPDX-License-Identifier: MIT */
/** The curves and their subgroups of prime order r:
 *      E  (G1): y^2 = x^3 + 4           over Fp
 *      E' (G2): y^2 = x^3 + 4 (u + 1)   over Fp2, the sextic twist
 *  Affine points here are never infinity; Jacobian points (X/Z^2, Y/Z^3) are infinity
 *  at Z = 0. Everything of order r follows from one number, the curve's parameter x:
 *      p = (x - 1)^2 r / 3 + x,   r = x^4 - x^2 + 1.
 *  Outputs may be the inputs, unless said otherwise. */
#ifndef FOURMICA_BLS_GROUP_H
#define FOURMICA_BLS_GROUP_H

#include <fourmica/bls.h>

#include "bls/tower.h"

/** The curve's parameter is x = -0xd201000000010000. */
#define FM_BLS_X 0xd201000000010000u /**< its absolute value */

struct fm_g1 {
	struct fm_fp x, y;
};
struct fm_g2 {
	struct fm_fp2 x, y;
};
struct fm_g2_jac {
	struct fm_fp2 x, y, z;
};

extern const struct fm_g1 fm_g1_generator;

/** The first byte's flags and the first 48 bytes' coordinate of a compressed point of
 *  `len` bytes. *larger: of y and -y, the larger one is meant. */
enum fm_bls_fault fm_point_head(struct fm_fp *first, bool *larger, const uint8_t *in,
				size_t len) FM_MUST_USE;
/** Compressed form to a point of the r-order subgroup, never infinity. */
enum fm_bls_fault fm_g1_decode(struct fm_g1 *out,
			       const uint8_t in[static 48]) FM_MUST_USE;
enum fm_bls_fault fm_g2_decode(struct fm_g2 *out,
			       const uint8_t in[static 96]) FM_MUST_USE;
/** Has this point of the curve order r? */
bool fm_g1_in_subgroup(const struct fm_g1 *a) FM_MUST_USE;
bool fm_g2_in_subgroup(const struct fm_g2 *a) FM_MUST_USE;

void fm_g1_neg(struct fm_g1 *out, const struct fm_g1 *a);

void fm_g2_from_affine(struct fm_g2_jac *out, const struct fm_g2 *a);
/** False when it is infinity. */
bool fm_g2_to_affine(struct fm_g2 *out, const struct fm_g2_jac *a) FM_MUST_USE;
/** Many at once for the price of one inversion. An infinite a[i] gives x = y = 0,
 *  which is no point of the curve. */
void fm_g2_to_affine_all(struct fm_g2 *out, const struct fm_g2_jac *a, size_t count);
bool fm_g2_is_infinity(const struct fm_g2_jac *a) FM_MUST_USE;
void fm_g2_double(struct fm_g2_jac *out, const struct fm_g2_jac *a);
/** Complete: any two points, equal, opposite or infinity. */
void fm_g2_add(struct fm_g2_jac *out, const struct fm_g2_jac *a,
	       const struct fm_g2_jac *b);
void fm_g2_add_affine(struct fm_g2_jac *out, const struct fm_g2_jac *a,
		      const struct fm_g2 *b);
void fm_g2_neg(struct fm_g2_jac *out, const struct fm_g2_jac *a);
/** The untwist-Frobenius-twist endomorphism: multiplication by x on the subgroup. */
void fm_g2_psi(struct fm_g2_jac *out, const struct fm_g2_jac *a);
void fm_g2_psi_affine(struct fm_g2 *out, const struct fm_g2 *a);
/** [x]a for the curve's (negative) parameter x; any point of the twist. */
void fm_g2_mul_x(struct fm_g2_jac *out, const struct fm_g2_jac *a);
/** Into the subgroup: [h_eff]a of RFC 9380, 8.8.2. */
void fm_g2_clear_cofactor(struct fm_g2_jac *out, const struct fm_g2_jac *a);

/** expand_message_xmd of RFC 9380, 5.3.1 with SHA-256; at most 255 * 32 bytes. A tag
 *  of more than 255 bytes is hashed first (5.3.3). */
void fm_expand_message(uint8_t *out, size_t out_len, const void *msg, size_t len,
		       const char *dst, size_t dst_len);
/** hash_to_field of RFC 9380, 5.2, for the two elements hash_to_curve wants. */
void fm_hash_to_field(struct fm_fp2 out[static 2], const void *msg, size_t len,
		      const char *dst, size_t dst_len);
/** map_to_curve of RFC 9380, 6.6.3: one element to a point of the twist. */
void fm_map_to_twist(struct fm_g2_jac *out, const struct fm_fp2 *u);
/** The sum of the maps of two elements. */
void fm_map_both(struct fm_g2_jac *out, const struct fm_fp2 u[static 2]);
/** RFC 9380 hash_to_curve without its last step: the sum of the two mapped points,
 *  still to be cleared of the cofactor. */
void fm_hash_to_twist(struct fm_g2_jac *out, const void *msg, size_t len, const char *dst,
		      size_t dst_len);

/** A random factor w = c[0] + c[1] x + c[2] x^2 + c[3] x^3, each c from -2^17 to
 *  2^17 - 1. Different factors differ modulo r: digits below 2^18 in base x make the
 *  difference a number that is not 0 and below r in absolute value. */
struct fm_weight {
	int32_t c[4];
};
#define FM_WEIGHT_BITS 18

/** The sum of (c[0] + c[1] psi + c[2] psi^2 + c[3] psi^3)(points[i]), which is
 *  [w]points[i] for a point of the subgroup; points with x = y = 0 are left out.
 *  `buckets` holds fm_weighted_sum_room(count) points. */
void fm_weighted_sum(struct fm_g2_jac *out, const struct fm_g2 *points,
		     const struct fm_weight *weights, size_t count,
		     struct fm_g2_jac *buckets);
size_t fm_weighted_sum_room(size_t count) FM_MUST_USE;

/** Is e(p[0], q[0]) * ... * e(p[n-1], q[n-1]) = 1? One product of Miller loops, one final
 *  exponentiation. n is 1 to FM_PAIRS_MAX. */
#define FM_PAIRS_MAX 4
bool fm_pairing_product_is_one(const struct fm_g1 *p, const struct fm_g2 *q,
			       size_t n) FM_MUST_USE;

#endif
