/* SPDX-License-Identifier: MIT */
/** One Ethereum v3 key file in memory and as text: what other wallets exchange keys in. */
#ifndef FOURMICA_KEYSTORE_V3_H
#define FOURMICA_KEYSTORE_V3_H

#include <fourmica/wallet.h>

#define FM_V3_SALT 64 /**< bytes at most; everybody writes 16 or 32 */

/* What a file may ask of the machine that reads it: a GiB, and some ten seconds. */
#define FM_V3_SCRYPT_TABLE (UINT64_C(1) << 23) /**< n * r, in units of 128 bytes */
#define FM_V3_SCRYPT_WORK (UINT64_C(1) << 24)  /**< n * r * p; 2^21 is usual */
#define FM_V3_SCRYPT_SMALL 64		       /**< r, and p */
#define FM_V3_ROUNDS 10000000		       /**< of PBKDF2; 262144 is usual */

struct fm_v3 {
	bool scrypt; /**< else PBKDF2 with HMAC-SHA-256 */
	uint64_t n, r, p;
	uint64_t rounds;
	uint8_t salt[FM_V3_SALT];
	size_t salt_len;
	uint8_t iv[16];
	uint8_t box[32];    /**< the key under AES-128-CTR */
	struct fm_hash mac; /**< Keccak-256 of half of the derived key and the box */
	bool named;	    /**< the file tells its address */
	struct fm_addr address;
	uint8_t id[16]; /**< written, never read */
};

/** Strict JSON; of `crypto` every member once and no other, since what is not understood there
 *  could change what the rest means. Members beside it are other programs' notes.
 *  Errors: FM_E_CONFIG. */
enum fm_code fm_v3_read(struct fm_v3 *out, struct fm_span text,
			struct fm_err *err) FM_MUST_USE;
/** Append the text; v3->named must hold. */
void fm_v3_write(struct fm_buf *out, const struct fm_v3 *v3);

#endif
