/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "policy/owners.h"

#include "policy/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fm_code fm_owners_open(struct fm_owners *owners, const char *path,
			    struct fm_err *err)
{
	*owners = (struct fm_owners){ .fd = -1 };
	return fm_side_open(&owners->fd, path, err);
}

enum fm_code fm_owners_look(struct fm_owners *owners, const char *path,
			    struct fm_err *err)
{
	*owners = (struct fm_owners){ .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
							       O_NONBLOCK | O_NOCTTY) };
	owners->nobody = owners->fd < 0 && errno == ENOENT;
	if (owners->fd >= 0 || owners->nobody)
		return FM_OK;
	return fm_fail(err, FM_E_IO, "cannot open %s: %s", path, strerror(errno));
}

void fm_owners_close(struct fm_owners *owners)
{
	if (owners->fd >= 0)
		close(owners->fd);
	free(owners->held);
	*owners = (struct fm_owners){ .fd = -1 };
}

static int lock_place(int fd, int command, struct flock *lock, int64_t place, short type)
{
	*lock = (struct flock){
		.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = (off_t)place,
		.l_len = 1,
	};
	return fcntl(fd, command, lock);
}

static bool more_room(struct fm_owners *owners)
{
	size_t room = owners->room ? owners->room * 2 : 4;
	int64_t *held = realloc(owners->held, room * sizeof(*held));

	if (!held)
		return false;
	owners->held = held;
	owners->room = room;
	return true;
}

enum fm_code fm_owners_take(struct fm_owners *owners, int64_t place, struct fm_err *err)
{
	struct flock lock;

	if (fm_owners_mine(owners, place))
		return FM_OK;
	if (owners->count == owners->room && !more_room(owners))
		return fm_nomem(err);
	if (lock_place(owners->fd, F_OFD_SETLK, &lock, place, F_WRLCK) != 0) {
		if (errno == EAGAIN || errno == EACCES)
			return fm_fail(err, FM_E_BUSY,
				       "another process is at work on it");
		return fm_fail(err, FM_E_IO, "cannot lock it in the ledger: %s",
			       strerror(errno));
	}
	owners->held[owners->count++] = place;
	return FM_OK;
}

void fm_owners_drop(struct fm_owners *owners, int64_t place)
{
	struct flock lock;

	for (size_t i = 0; i < owners->count; i++) {
		if (owners->held[i] != place)
			continue;
		lock_place(owners->fd, F_OFD_SETLK, &lock, place, F_UNLCK);
		owners->held[i] = owners->held[--owners->count];
		return;
	}
}

bool fm_owners_mine(const struct fm_owners *owners, int64_t place)
{
	for (size_t i = 0; i < owners->count; i++)
		if (owners->held[i] == place)
			return true;
	return false;
}

bool fm_owners_other(const struct fm_owners *owners, int64_t place)
{
	struct flock lock;

	if (owners->nobody)
		return false;
	return lock_place(owners->fd, F_OFD_GETLK, &lock, place, F_WRLCK) != 0 ||
	       lock.l_type != F_UNLCK;
}
