/* SPDX-License-Identifier: MIT */
/** Where the bytes of one exchange go: to the user, or into a buffer while it is still open
 *  whether they are a challenge. */
#ifndef FOURMICA_CLIENT_DELIVERY_H
#define FOURMICA_CLIENT_DELIVERY_H

#include "client/internal.h"

/** One exchange whose body is either kept (a challenge, or words worth reading) or delivered. */
struct fm_delivery {
	const struct fm_http_sink *user;
	struct fm_paid *paid;
	struct fm_sha256 sha;
	struct fm_buf kept;
	const struct fm_http_reply *reply; /**< of the running exchange */
	bool keep; /**< read before anybody is given anything: a challenge, or an error
			   *   after which the same bytes may be sent again */
	bool truncated; /**< kept holds only the beginning */
	bool started;	/**< the user's sink was called */
	bool head_seen;
	struct fm_err user_err; /**< the user's sink failed: code FM_OK when it did not */
};

void fm_delivery_init(struct fm_delivery *d, const struct fm_http_sink *user,
		      struct fm_paid *paid);
void fm_delivery_clear(struct fm_delivery *d);
/** Exchange with the delivery as the sink. A kept body over its limit ended it on purpose and
 *  is no error. */
enum fm_code fm_delivery_exchange(struct fm_delivery *d, struct fm_client *client,
				  struct fm_http_reply *reply,
				  const struct fm_http_request *request,
				  struct fm_err *err) FM_MUST_USE;
/** Hand a kept body on after all: it is the result. */
void fm_delivery_release(struct fm_delivery *d, const struct fm_http_reply *reply);
/** Nothing more comes: the body's hash is known. */
void fm_delivery_end(struct fm_delivery *d);

#endif
