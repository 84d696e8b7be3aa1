/* SPDX-License-Identifier: MIT */
/** The parts of a key file's text that encryption needs too. */
#ifndef FOURMICA_KEYSTORE_TEXT_H
#define FOURMICA_KEYSTORE_TEXT_H

#include "keystore/file.h"

/** What a passphrase costs to try. */
struct fm_kdf_cost {
	uint64_t passes;
	size_t bytes;
};

const struct fm_kdf_cost *fm_kdf_cost(enum fm_kdf kdf);

/** Append the canonical form of everything but nonce and ciphertext: the additional
 *  data the cipher authenticates. Of a watched address that is all there is. */
void fm_keyfile_header(struct fm_buf *out, const struct fm_keyfile *file);

#endif
