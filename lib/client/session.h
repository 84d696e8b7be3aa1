/* SPDX-License-Identifier: MIT */
/** The tokens of one wallet at one Core, kept in a file between runs. */
#ifndef FOURMICA_CLIENT_SESSION_H
#define FOURMICA_CLIENT_SESSION_H

#include "client/internal.h"

#include "credit/auth.h"
#include "policy/gate.h"

#include <limits.h>

/** What the wallet derives the key of its sessions for: the only purpose a key holder serves. */
#define FM_SESSION_PURPOSE "session tokens 1"
#define FM_SESSION_FORMAT "fourmica.session/1"

/** One file: <dir>/<address>-<chain>-<16 hex of SHA-256 of Core's URL>.json, beside it a lock. */
struct fm_session {
	char core[FM_TRUST_URL]; /**< Core's name: its URL without what may be secret */
	char path[PATH_MAX], lock[PATH_MAX];
	struct fm_addr wallet;
	uint64_t chain_id;
	struct fm_secret *key; /**< NULL: nothing can be kept or read */
	struct fm_gate gate;
};

/** What a file holds, decrypted. Secrets: overwrite with fm_wipe. */
struct fm_session_kept {
	struct fm_tokens tokens;
	int64_t from_s, until_s; /**< the access token's life by our clock */
};

/** fm_client_ask_core, with `beside` sent at the same time as the first round of `asks`; at once when
 *  there is no token or none could be had. What came of those is in them.
 *  Errors: FM_E_NOMEM before anything was sent; else those of fm_client_ask_core. */
enum fm_code fm_client_ask_core_beside(bool *have, struct fm_client *client,
				       uint64_t chain_id, enum fm_sign_in how,
				       struct fm_core_ask *const asks[], size_t count,
				       struct fm_http_job *const beside[],
				       size_t beside_count,
				       struct fm_err *err) FM_MUST_USE;

/** Where sessions are kept: FM_E_CONFIG when that is too long. */
enum fm_code fm_session_dir(char out[static PATH_MAX], const struct fm_client *client,
			    struct fm_err *err) FM_MUST_USE;
/** Name the file of the client's wallet. Touches nothing. Owner: fm_session_clear. */
enum fm_code fm_session_init(struct fm_session *session, const struct fm_client *client,
			     uint64_t chain_id, const char *core_url,
			     struct fm_err *err) FM_MUST_USE;
void fm_session_clear(struct fm_session *session);

/** From here to fm_session_leave no other process reads or writes it. Makes the folder.
 *  Errors: FM_E_BUSY after 30 s, FM_E_INTERRUPTED, FM_E_IO, FM_E_CONFIG. */
enum fm_code fm_session_enter(struct fm_session *session, const struct fm_client *client,
			      struct fm_err *err) FM_MUST_USE;
void fm_session_leave(struct fm_session *session);

/** *found false: no file, or one that this wallet did not write for this Core.
 *  Errors: FM_E_CONFIG a file others can read; FM_E_IO. */
enum fm_code fm_session_read(struct fm_session_kept *out, bool *found,
			     const struct fm_session *session,
			     struct fm_err *err) FM_MUST_USE;
/** The new content is on disk before the old is gone. */
enum fm_code fm_session_write(const struct fm_session *session,
			      const struct fm_session_kept *kept,
			      const struct fm_rand *rand, struct fm_err *err) FM_MUST_USE;
/** Remove the file; the lock stays for who waits at it. */
enum fm_code fm_session_remove(const struct fm_session *session,
			       struct fm_err *err) FM_MUST_USE;

#endif
