/* SPDX-License-Identifier: MIT */
/** Which payments and operations a living process is working on: a kernel lock for each, at a place
 *  of its own in a side file (a payment's is its sequence number). It goes away with the process,
 *  however that ends. */
#ifndef FOURMICA_POLICY_OWNERS_H
#define FOURMICA_POLICY_OWNERS_H

#include <fourmica/err.h>

#include <stdbool.h>
#include <stdint.h>

struct fm_owners {
	int fd;
	bool nobody;   /* only looked at, and there is no file */
	int64_t *held; /* places */
	size_t count, room;
};

enum fm_code fm_owners_open(struct fm_owners *owners, const char *path,
			    struct fm_err *err) FM_MUST_USE;
/** To look only: nothing is made, nothing can be taken. */
enum fm_code fm_owners_look(struct fm_owners *owners, const char *path,
			    struct fm_err *err) FM_MUST_USE;
void fm_owners_close(struct fm_owners *owners);
/** Own a place. FM_E_BUSY: another process does. */
enum fm_code fm_owners_take(struct fm_owners *owners, int64_t place,
			    struct fm_err *err) FM_MUST_USE;
void fm_owners_drop(struct fm_owners *owners, int64_t place);
bool fm_owners_mine(const struct fm_owners *owners, int64_t place) FM_MUST_USE;
/** Does another handle (of whatever process) own it? True also when that cannot be
 *  found out. */
bool fm_owners_other(const struct fm_owners *owners, int64_t place) FM_MUST_USE;

#endif
