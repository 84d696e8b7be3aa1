/* SPDX-License-Identifier: MIT */
/** Which payments a living process is working on: a kernel lock per payment, at its
 *  sequence number in a side file. It goes away with the process, however that ends. */
#ifndef FOURMICA_POLICY_OWNERS_H
#define FOURMICA_POLICY_OWNERS_H

#include <fourmica/err.h>

#include <stdint.h>

struct fm_owners {
	int fd;
	int64_t *held; /* sequence numbers */
	size_t count, room;
};

enum fm_code fm_owners_open(struct fm_owners *owners, const char *path,
			    struct fm_err *err) FM_MUST_USE;
void fm_owners_close(struct fm_owners *owners);
/** Own a payment. FM_E_BUSY: another process does. */
enum fm_code fm_owners_take(struct fm_owners *owners, int64_t seq,
			    struct fm_err *err) FM_MUST_USE;
void fm_owners_drop(struct fm_owners *owners, int64_t seq);
bool fm_owners_mine(const struct fm_owners *owners, int64_t seq) FM_MUST_USE;
/** Does another handle (of whatever process) own it? True also when that cannot be
 *  found out. */
bool fm_owners_other(const struct fm_owners *owners, int64_t seq) FM_MUST_USE;

#endif
