/* SPDX-License-Identifier: MIT */
/** BLS12-381 signatures, verification only: keys in G1, signatures in G2, hash to
 *  curve by RFC 9380 suite BLS12381G2_XMD:SHA-256_SSWU_RO_ under FM_BLS_DST. Every
 *  input is public; nothing here runs in constant time. */
#ifndef FOURMICA_BLS_H
#define FOURMICA_BLS_H

#include <fourmica/system.h>

#define FM_BLS_DST "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"
#define FM_BLS_KEY 48u	       /**< bytes of a compressed key */
#define FM_BLS_SIG 96u	       /**< bytes of a compressed signature */
#define FM_BLS_BATCH_MAX 1024u /**< members of one batch */

/** What is wrong with a point or a signature. */
enum fm_bls_fault {
	FM_BLS_OK,
	FM_BLS_FORM, /**< flags, a coordinate not below p, or bytes beside the infinity */
	FM_BLS_CURVE,	 /**< no point of the curve has this x */
	FM_BLS_INFINITY, /**< the point at infinity */
	FM_BLS_SUBGROUP, /**< on the curve, outside the group of order r */
	FM_BLS_PAIRING,	 /**< the signature is of another message or by another key */
};

/** "has a coordinate that is not below p", ...: to be put behind "the signature". */
FM_API const char *fm_bls_fault_text(enum fm_bls_fault fault);

/** A key that was decoded and checked, kept by its user. */
struct fm_bls_key {
	uint8_t bytes[FM_BLS_KEY]; /**< compressed */
	uint64_t point[12]; /**< affine x, y in the field's own form; see lib/bls */
};

/** Decode and check a compressed key: flags, x < p, on the curve, not infinity, in the
 *  subgroup. *out is written only for FM_BLS_OK. */
FM_API enum fm_bls_fault fm_bls_key_decode(
	struct fm_bls_key *out, const uint8_t bytes[FM_AT_LEAST(FM_BLS_KEY)]) FM_MUST_USE;
/** Affine coordinates, big-endian, x then y: what a contract holds as four words. */
FM_API void fm_bls_key_xy(uint8_t out[FM_AT_LEAST(96)], const struct fm_bls_key *key);

/** Decode and check a compressed signature, as fm_bls_key_decode does a key. */
FM_API enum fm_bls_fault fm_bls_signature_check(
	const uint8_t sig[FM_AT_LEAST(FM_BLS_SIG)]) FM_MUST_USE;

/** Does `sig` sign the `len` bytes at `msg` under `key`? No heap. */
FM_API enum fm_bls_fault fm_bls_verify(
	const struct fm_bls_key *key, const void *msg, size_t len,
	const uint8_t sig[FM_AT_LEAST(FM_BLS_SIG)]) FM_MUST_USE;

/** One member of a batch. */
struct fm_bls_item {
	const void *msg;
	size_t len;
	const uint8_t *sig;	   /**< FM_BLS_SIG bytes */
	enum fm_bls_fault verdict; /**< out */
};

/** Verify `count` signatures under one key (1 to FM_BLS_BATCH_MAX). Every member gets
 *  the verdict it would get alone: a forgery survives a random weight with probability
 *  below 2^-64, and a batch that fails is halved until each bad member is named.
 *  Errors: FM_E_NOMEM; what `rand` says. The verdicts are then all FM_BLS_PAIRING. */
FM_API enum fm_code fm_bls_verify_batch(struct fm_bls_item *items, size_t count,
					const struct fm_bls_key *key,
					const struct fm_rand *rand,
					struct fm_err *err) FM_MUST_USE;

#endif
