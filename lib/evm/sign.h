/* SPDX-License-Identifier: MIT */
/** secp256k1: the only file that knows the library. Secret keys are 32 bytes in an fm_secret. */
#ifndef FOURMICA_EVM_SIGN_H
#define FOURMICA_EVM_SIGN_H

#include <fourmica/system.h>

/** Is it a valid secret key (1 <= key < n)? */
bool fm_key_valid(const struct fm_secret *key) FM_MUST_USE;
/** A fresh key from the generator. */
enum fm_code fm_key_new(struct fm_secret **out, const struct fm_rand *rand,
			struct fm_err *err) FM_MUST_USE;
/** 64 hex digits, "0x" optional, surrounding ASCII white space allowed; constant time in the
 *  digits. FM_E_USAGE (never showing the text) when it is no key.
 *  Rule: vectors/private_keys.json key_text_cases. */
enum fm_code fm_key_from_text(struct fm_secret **out, struct fm_span text,
			      struct fm_err *err) FM_MUST_USE;
enum fm_code fm_key_address(struct fm_addr *out, const struct fm_secret *key,
			    struct fm_err *err) FM_MUST_USE;
/** Uncompressed public key, 65 bytes starting with 04. */
enum fm_code fm_key_public(uint8_t out[static 65], const struct fm_secret *key,
			   struct fm_err *err) FM_MUST_USE;
/** Deterministic (RFC 6979), low s, v 27/28. */
enum fm_code fm_sign_digest(struct fm_sig *out, const struct fm_secret *key,
			    const struct fm_hash *digest, struct fm_err *err) FM_MUST_USE;
/** Address that made the signature; v 0, 1, 27, 28. *canonical (may be NULL) is false for a
 *  high s. False when nothing can be recovered. */
bool fm_recover(struct fm_addr *out, bool *canonical, const uint8_t *sig, size_t len,
		const struct fm_hash *digest) FM_MUST_USE;

#endif
