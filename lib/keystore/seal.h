/* SPDX-License-Identifier: MIT */
/** Keys for one purpose each, made from a wallet's key, and small secrets kept under them. */
#ifndef FOURMICA_KEYSTORE_SEAL_H
#define FOURMICA_KEYSTORE_SEAL_H

#include <fourmica/wallet.h>

#define FM_SEAL_KEY 32u
#define FM_SEAL_EXTRA 40u /**< bytes a sealed text is longer by: nonce and tag */

/** BLAKE2b-256 keyed with the wallet's key, over a fixed prefix and the purpose: always the same
 *  for both, and tells nothing of the key or of other purposes. */
enum fm_code fm_key_derive(struct fm_secret **out, const struct fm_secret *key,
			   const char *purpose, struct fm_err *err) FM_MUST_USE;
/** The same of a signer's key. *out NULL and FM_OK: this signer cannot. */
enum fm_code fm_signer_derive(struct fm_secret **out, const struct fm_signer *signer,
			      const char *purpose, struct fm_err *err) FM_MUST_USE;

/** Append a fresh nonce and `plain` under XChaCha20-Poly1305, bound to `about`. */
enum fm_code fm_seal(struct fm_buf *out, const struct fm_secret *key,
		     struct fm_span plain, struct fm_span about,
		     const struct fm_rand *rand, struct fm_err *err) FM_MUST_USE;
/** Append what was sealed. False: another key, other bytes, about something else, or no room. */
bool fm_unseal(struct fm_buf *plain, const struct fm_secret *key, struct fm_span sealed,
	       struct fm_span about) FM_MUST_USE;

#endif
