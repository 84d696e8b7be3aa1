/* SPDX-License-Identifier: MIT */
/** One file of a wallet, an encrypted key or a watched address, in memory and as text:
 *  fourmica-keystore(5). */
#ifndef FOURMICA_KEYSTORE_FILE_H
#define FOURMICA_KEYSTORE_FILE_H

#include <fourmica/wallet.h>

#define FM_KEYFILE_SALT 16
#define FM_KEYFILE_NONCE 24
#define FM_KEYFILE_BOX 48 /**< 32 bytes of key, 16 of authentication tag */

/** Of a watched address everything but the wallet is zero. */
struct fm_keyfile {
	struct fm_wallet wallet;
	uint8_t salt[FM_KEYFILE_SALT]; /**< zero with FM_KDF_NONE */
	uint8_t nonce[FM_KEYFILE_NONCE];
	uint8_t box[FM_KEYFILE_BOX];
};

/** Draw salt and nonce and encrypt `key`; out->wallet is filled in already.
 *  passphrase NULL with FM_KDF_NONE only. */
enum fm_code fm_keyfile_seal(struct fm_keyfile *out, const struct fm_secret *key,
			     const struct fm_secret *passphrase,
			     const struct fm_rand *rand, struct fm_err *err) FM_MUST_USE;
/** FM_E_LOCKED: wrong passphrase, none where one is needed, or a file altered by
 *  somebody who also corrected its checksum, or no key in it. FM_E_CONFIG: the key inside
 *  has another address. */
enum fm_code fm_keyfile_open(struct fm_secret **key, const struct fm_keyfile *file,
			     const struct fm_secret *passphrase,
			     struct fm_err *err) FM_MUST_USE;

/** Say what it spends from, and encrypt the same key again with that.
 *  Errors: as fm_keyfile_open. */
enum fm_code fm_keyfile_bind(struct fm_keyfile *file, const struct fm_spending *spending,
			     const struct fm_secret *passphrase,
			     const struct fm_rand *rand, struct fm_err *err) FM_MUST_USE;

/** Append the text. */
void fm_keyfile_write(struct fm_buf *out, const struct fm_keyfile *file);
/** Strict: every member once, no other, every value in its one accepted form, checksum
 *  right. Errors: FM_E_CONFIG. */
enum fm_code fm_keyfile_read(struct fm_keyfile *out, struct fm_span text,
			     struct fm_err *err) FM_MUST_USE;

#endif
