/* SPDX-License-Identifier: MIT */
/** How the key holder is talked to (design, Decision 15): a Unix stream socket in a folder of the
 *  user's own; the other side's uid is checked, both ways. One request a connection: a length of 4
 *  bytes, big endian, and as much JSON, at most FM_HOLDER_FRAME; the answer likewise. The first
 *  member is the version of the protocol. */
#ifndef FOURMICA_KEYSTORE_HOLDER_H
#define FOURMICA_KEYSTORE_HOLDER_H

#include <fourmica/json.h>
#include <fourmica/wallet.h>

#include <limits.h>

#define FM_HOLDER_VERSION 1
#define FM_HOLDER_FRAME (64u * 1024u) /**< bytes of JSON */
#define FM_HOLDER_REQUEST_MS 5000 /**< for all of a request to come, and for its answer */
#define FM_HOLDER_PURPOSE 64

/* ---- holder_wire.c: what is said */

enum fm_holder_word {
	FM_HOLDER_STATUS,
	FM_HOLDER_SIGN,
	FM_HOLDER_DERIVE,
	FM_HOLDER_LOCK,
};

struct fm_holder_request {
	uint64_t version;
	enum fm_holder_word word;
	char purpose[FM_HOLDER_PURPOSE]; /**< DERIVE */
	const struct fm_json *document;	 /**< SIGN */
	struct fm_json *root;		 /**< private */
};

/** Append the JSON of a request. `document`: JSON of SIGN; `purpose`: of DERIVE. */
bool fm_holder_request_write(struct fm_buf *out, enum fm_holder_word word,
			     struct fm_span document, const char *purpose) FM_MUST_USE;
/** Borrows from `json`. Owner: fm_holder_request_clear, after errors too. Of another version only
 *  LOCK is understood. Errors: FM_E_MALFORMED; FM_E_UNSUPPORTED another version; FM_E_NOMEM. */
enum fm_code fm_holder_request_read(struct fm_holder_request *out, struct fm_span json,
				    struct fm_err *err) FM_MUST_USE;
void fm_holder_request_clear(struct fm_holder_request *request);

/** What a holder answers: an error, or what was asked for. Holds a secret after DERIVE. */
struct fm_holder_answer {
	struct fm_err refused; /**< code FM_OK: it is not */
	bool has_state, has_signature, has_key;
	struct fm_holder_state state;
	struct fm_sig signature;
	uint8_t key[32];
};

bool fm_holder_answer_write(struct fm_buf *out,
			    const struct fm_holder_answer *answer) FM_MUST_USE;
/** Errors: FM_E_LOCKED it is no answer of a holder, or one of another version; FM_E_NOMEM. */
enum fm_code fm_holder_answer_read(struct fm_holder_answer *out, struct fm_span json,
				   struct fm_err *err) FM_MUST_USE;

/* ---- holder_socket.c: where it is said */

#define FM_HOLDER_NAME 32
/** "holder-<16 hex of the address>.sock" */
void fm_holder_name(char out[static FM_HOLDER_NAME], const struct fm_addr *address);
bool fm_holder_name_ok(const char *name) FM_MUST_USE;

/** A listening socket. */
struct fm_holder_place {
	int fd;
	char path[PATH_MAX];
	unsigned long long device, inode;
};
/** Bind and listen, mode 0600; what lies there is taken away: the caller made sure that nobody
 *  listens at it. Errors: FM_E_CONFIG the path is too long; FM_E_IO. */
enum fm_code fm_holder_listen(struct fm_holder_place *out, const char *dir,
			      const struct fm_addr *address,
			      struct fm_err *err) FM_MUST_USE;
/** Is the socket still where it was made? */
bool fm_holder_place_ok(const struct fm_holder_place *place) FM_MUST_USE;
/** Take it away, unless it is another's by now. */
void fm_holder_leave(struct fm_holder_place *place);
/** Is the process at the other end ours? */
bool fm_holder_peer_ok(int fd, long *pid) FM_MUST_USE;
/** *fd -1 and FM_OK: nobody listens. Errors: FM_E_LOCKED another user does; FM_E_IO. */
enum fm_code fm_holder_connect(int *fd, const char *dir, const char *name,
			       struct fm_err *err) FM_MUST_USE;
/** Send a frame and read one. Errors: FM_E_TIMEOUT, FM_E_LOCKED the other side went away;
 *  FM_E_TOO_LARGE. */
enum fm_code fm_holder_exchange(struct fm_buf *answer, int fd, struct fm_span request,
				struct fm_err *err) FM_MUST_USE;
/** Send what fits at once; false: not all of it did. */
bool fm_holder_send(int fd, struct fm_span json) FM_MUST_USE;

#endif
