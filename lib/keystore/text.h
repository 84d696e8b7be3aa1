/* SPDX-License-Identifier: MIT */
/** The parts of a key file's text that encryption, or another form of key file, needs too. */
#ifndef FOURMICA_KEYSTORE_TEXT_H
#define FOURMICA_KEYSTORE_TEXT_H

#include "keystore/file.h"

#include <fourmica/json.h>

/** What a passphrase costs to try. */
struct fm_kdf_cost {
	uint64_t passes;
	size_t bytes;
};

const struct fm_kdf_cost *fm_kdf_cost(enum fm_kdf kdf);

/** Append the canonical form of everything but nonce and ciphertext: the additional
 *  data the cipher authenticates. Of a watched address that is all there is. */
void fm_keyfile_header(struct fm_buf *out, const struct fm_keyfile *file);

/** FM_E_CONFIG: "damaged key file: 'MEMBER' RULE". */
enum fm_code fm_keyfile_bad(struct fm_err *err, const char *member, const char *rule);
/** Strict JSON; damage is FM_E_CONFIG, said of a key file. Owner: fm_json_free. */
enum fm_code fm_keyfile_parse(struct fm_json **root, struct fm_span text,
			      struct fm_err *err) FM_MUST_USE;
/** Exactly the members of the NULL-terminated list; `where` is the object's name. */
enum fm_code fm_keyfile_members(const struct fm_json *object, const char *where,
				const char *const *names, struct fm_err *err) FM_MUST_USE;

#endif
