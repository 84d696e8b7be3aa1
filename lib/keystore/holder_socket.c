/* SPDX-License-Identifier: MIT */
/* The key holder's socket: who may be at the other end, and how long they may take. */
#define _GNU_SOURCE /* struct ucred, accept4 */
#include "keystore/holder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128
#define HEAD 4u /* bytes of a length */

static enum fm_code io_fail(struct fm_err *err, const char *what, const char *name)
{
	return fm_fail(err, FM_E_IO, "cannot %s %s: %s", what, name, strerror(errno));
}

/* ---- names ---- */

void fm_holder_name(char out[static FM_HOLDER_NAME], const struct fm_addr *address)
{
	char hex[17];

	fm_hex_write(hex, address->b, 8);
	hex[16] = '\0';
	snprintf(out, FM_HOLDER_NAME, "holder-%s.sock", hex);
}

bool fm_holder_name_ok(const char *name)
{
	return strlen(name) == 28 && strncmp(name, "holder-", 7) == 0 &&
	       strspn(name + 7, "0123456789abcdef") == 16 &&
	       strcmp(name + 23, ".sock") == 0;
}

/* A socket's path is short; a longer one is reached through its open folder. */
static enum fm_code place(struct sockaddr_un *out, int *folder, const char *dir,
			  const char *name, struct fm_err *err)
{
	int len;

	*folder = -1;
	memset(out, 0, sizeof(*out));
	out->sun_family = AF_UNIX;
	len = snprintf(out->sun_path, sizeof(out->sun_path), "%s/%s", dir, name);
	if (len > 0 && (size_t)len < sizeof(out->sun_path))
		return FM_OK;
	memset(out->sun_path, 0, sizeof(out->sun_path));
	*folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0 && errno == ENOENT)
		return FM_OK;
	if (*folder < 0)
		return io_fail(err, "open", dir);
	len = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s",
		       *folder, name);
	if (len > 0 && (size_t)len < sizeof(out->sun_path))
		return FM_OK;
	close(*folder);
	*folder = -1;
	return fm_fail(err, FM_E_CONFIG,
		       "the path of the key holder's socket is too long");
}

static void let_go(int fd)
{
	int kept = errno;

	if (fd >= 0)
		close(fd);
	errno = kept;
}

/* ---- who ---- */

bool fm_holder_peer_ok(int fd, long *pid)
{
	struct ucred who;
	socklen_t len = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0 ||
	    len != sizeof(who) || who.uid != geteuid())
		return false;
	if (pid)
		*pid = (long)who.pid;
	return true;
}

/* ---- listening ---- */

enum fm_code fm_holder_listen(struct fm_holder_place *out, const char *dir,
			      const struct fm_addr *address, struct fm_err *err)
{
	char name[FM_HOLDER_NAME];
	struct sockaddr_un where;
	struct stat st;
	int folder, bound;
	enum fm_code rc;

	*out = (struct fm_holder_place){ .fd = -1 };
	fm_holder_name(name, address);
	if (snprintf(out->path, sizeof(out->path), "%s/%s", dir, name) >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG, "the folder's name is too long");
	rc = place(&where, &folder, dir, name, err);
	if (rc)
		return rc;
	if (!where.sun_path[0])
		return fm_fail(err, FM_E_IO, "there is no folder %s", dir);
	if (unlink(out->path) != 0 && errno != ENOENT)
		rc = io_fail(err, "remove", out->path);
	if (!rc) {
		out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		bound = out->fd < 0 ? -1
				    : bind(out->fd, (const struct sockaddr *)&where,
					   sizeof(where));
		if (bound != 0 || chmod(out->path, 0600) != 0 ||
		    lstat(out->path, &st) != 0 || listen(out->fd, BACKLOG) != 0)
			rc = io_fail(err, "listen at", out->path);
	}
	let_go(folder);
	if (rc) {
		let_go(out->fd);
		out->fd = -1;
		return rc;
	}
	out->device = (unsigned long long)st.st_dev;
	out->inode = (unsigned long long)st.st_ino;
	return FM_OK;
}

bool fm_holder_place_ok(const struct fm_holder_place *place)
{
	struct stat st;

	return lstat(place->path, &st) == 0 &&
	       (unsigned long long)st.st_dev == place->device &&
	       (unsigned long long)st.st_ino == place->inode;
}

void fm_holder_leave(struct fm_holder_place *place)
{
	if (place->fd < 0)
		return;
	if (fm_holder_place_ok(place))
		(void)!unlink(place->path);
	close(place->fd);
	place->fd = -1;
}

/* ---- connecting ---- */

static void set_limits(int fd)
{
	const struct timeval most = { .tv_sec = FM_HOLDER_REQUEST_MS / 1000 };

	/* Best effort: the exchange has a limit of its own. */
	(void)!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
}

static enum fm_code try_connect(int *fd, const struct sockaddr_un *where,
				const char *name, struct fm_err *err)
{
	int got = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (got < 0)
		return io_fail(err, "make a socket for", name);
	set_limits(got);
	if (connect(got, (const struct sockaddr *)where, sizeof(*where)) == 0) {
		*fd = got;
		return FM_OK;
	}
	let_go(got);
	/* Nobody is behind it: a folder that is gone, a socket left by a crash, or a file. */
	if (errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR ||
	    errno == ENOTSOCK)
		return FM_OK;
	if (errno == EAGAIN || errno == EINPROGRESS)
		return fm_fail(err, FM_E_TIMEOUT, "the key holder is too busy");
	if (errno == EINTR)
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	return io_fail(err, "connect to", name);
}

enum fm_code fm_holder_connect(int *fd, const char *dir, const char *name,
			       struct fm_err *err)
{
	struct sockaddr_un where;
	int folder;
	enum fm_code rc;

	*fd = -1;
	rc = place(&where, &folder, dir, name, err);
	if (rc || !where.sun_path[0])
		return rc;
	rc = try_connect(fd, &where, name, err);
	let_go(folder);
	if (rc || *fd < 0 || fm_holder_peer_ok(*fd, NULL))
		return rc;
	close(*fd);
	*fd = -1;
	return fm_fail(err, FM_E_LOCKED, "%s/%s belongs to another user", dir, name);
}

/* ---- frames ---- */

static int64_t left_of(int64_t end_ms)
{
	int64_t left = end_ms - fm_steady_ms(&fm_system_clock);

	return left > 0 ? left : 0;
}

static enum fm_code gone(struct fm_err *err)
{
	fm_fail(err, FM_E_LOCKED, "the key holder went away");
	return fm_hint(err, "run: fourmica unlock");
}

static enum fm_code wait_for(int fd, short events, int64_t end_ms, struct fm_err *err)
{
	struct pollfd p = { .fd = fd, .events = events };
	int got;

	do
		got = poll(&p, 1, (int)left_of(end_ms));
	while (got < 0 && errno == EINTR && left_of(end_ms));
	if (got > 0)
		return FM_OK;
	return fm_fail(err, FM_E_TIMEOUT, "the key holder does not answer within %d s",
		       2 * FM_HOLDER_REQUEST_MS / 1000);
}

static void put_head(uint8_t out[static HEAD], size_t len)
{
	for (unsigned i = 0; i < HEAD; i++)
		out[i] = (uint8_t)(len >> (8 * (HEAD - 1 - i)));
}

static enum fm_code send_all(int fd, const void *bytes, size_t len, int64_t end_ms,
			     struct fm_err *err)
{
	const char *at = bytes;
	enum fm_code rc = FM_OK;

	while (len && !rc) {
		ssize_t put = send(fd, at, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (put < 0 && (errno == EAGAIN || errno == EINTR))
			rc = wait_for(fd, POLLOUT, end_ms, err);
		else if (put < 0)
			rc = gone(err);
		else
			at += put, len -= (size_t)put;
	}
	return rc;
}

static enum fm_code read_all(void *bytes, size_t len, int fd, int64_t end_ms,
			     struct fm_err *err)
{
	char *at = bytes;
	enum fm_code rc = FM_OK;

	while (len && !rc) {
		ssize_t got = recv(fd, at, len, MSG_DONTWAIT);

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			rc = wait_for(fd, POLLIN, end_ms, err);
		else if (got <= 0)
			rc = gone(err);
		else
			at += got, len -= (size_t)got;
	}
	return rc;
}

enum fm_code fm_holder_exchange(struct fm_buf *answer, int fd, struct fm_span request,
				struct fm_err *err)
{
	int64_t end_ms = fm_steady_ms(&fm_system_clock) + 2 * FM_HOLDER_REQUEST_MS;
	uint8_t head[HEAD];
	char *room;
	size_t len;
	enum fm_code rc;

	put_head(head, request.len);
	rc = send_all(fd, head, sizeof(head), end_ms, err);
	if (!rc)
		rc = send_all(fd, request.ptr, request.len, end_ms, err);
	if (!rc)
		rc = read_all(head, sizeof(head), fd, end_ms, err);
	if (rc)
		return rc;
	len = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 |
	      head[3];
	if (!len || len > FM_HOLDER_FRAME)
		return fm_fail(err, FM_E_LOCKED,
			       "what listens in the key holder's place is none");
	room = fm_buf_grow(answer, len);
	return room ? read_all(room, len, fd, end_ms, err) : fm_nomem(err);
}

bool fm_holder_send(int fd, struct fm_span json)
{
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	uint8_t head[HEAD];

	put_head(head, json.len);
	return send(fd, head, sizeof(head), flags | MSG_MORE) == (ssize_t)sizeof(head) &&
	       send(fd, json.ptr, json.len, flags) == (ssize_t)json.len;
}
