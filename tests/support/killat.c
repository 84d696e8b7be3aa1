/* SPDX-License-Identifier: MIT */
/* Preloaded into a program to end it at a chosen moment, as a power cut would.
 *
 * Every libc call that changes something outside the process is counted: writing, syncing,
 * creating, renaming and removing files, connecting and sending.
 *
 *   KILLAT_N=n        SIGKILL at the n-th such call, before it happens
 *   KILLAT_AFTER=1    ... right after it has happened
 *   KILLAT_LOG=file   appends "n name" for each call, so that a test learns how many there are
 *   KILLAT_WALL_S=s   kills nothing by itself: the wall clock is wrong by so many seconds
 *
 * What libc does inside itself is not seen, so the stdio calls that write are counted as such;
 * printf into a full buffer is not. Not for sanitizer builds, which want to be preloaded first. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static atomic_ulong calls;
static unsigned long kill_at;
static bool kill_after;
static char log_path[4096];
static long wall_off_s;

__attribute__((constructor)) static void killat_init(void)
{
	const char *n = getenv("KILLAT_N");
	const char *after = getenv("KILLAT_AFTER");
	const char *path = getenv("KILLAT_LOG");
	const char *wall = getenv("KILLAT_WALL_S");

	if (n)
		kill_at = strtoul(n, NULL, 10);
	kill_after = after && strcmp(after, "1") == 0;
	if (wall)
		wall_off_s = strtol(wall, NULL, 10);
	if (path && strlen(path) < sizeof(log_path))
		memcpy(log_path, path, strlen(path) + 1);
}

static void die(void)
{
	syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		pause();
}

/* By system calls of our own, which are not counted. */
static void note(unsigned long n, const char *name)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%lu %s\n", n, name);
	long fd;

	if (!log_path[0] || len < 0)
		return;
	fd = syscall(SYS_openat, AT_FDCWD, log_path,
		     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	syscall(SYS_write, (int)fd, line, (size_t)len);
	syscall(SYS_close, (int)fd);
}

/* Returns whether the call about to happen is the last one. */
static bool count(const char *name)
{
	int saved = errno;
	unsigned long n = atomic_fetch_add(&calls, 1) + 1;
	bool last = kill_at && n == kill_at;

	note(n, name);
	if (last && !kill_after)
		die();
	errno = saved;
	return last;
}

static void *next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		abort();
	return found;
}

/* A function of libc: `real` is the one behind ours. */
#define REAL(type, name, params)   \
	static type(*real) params; \
	if (!real)                 \
	*(void **)&real = next(#name)

#define WRAP_IF(condition, type, name, params, args) \
	type name params                             \
	{                                            \
		bool last;                           \
		type rc;                             \
		REAL(type, name, params);            \
		last = (condition) && count(#name);  \
		rc = real args;                      \
		if (last)                            \
			die();                       \
		return rc;                           \
	}
#define WRAP(type, name, params, args) WRAP_IF(true, type, name, params, args)

#pragma GCC visibility push(default)

WRAP(ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))
WRAP(ssize_t, writev, (int fd, const struct iovec *iov, int n), (fd, iov, n))
WRAP(ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at))
WRAP(ssize_t, pwrite64, (int fd, const void *buf, size_t n, off64_t at), (fd, buf, n, at))
WRAP(ssize_t, pwritev, (int fd, const struct iovec *iov, int n, off_t at),
     (fd, iov, n, at))
WRAP(ssize_t, pwritev64, (int fd, const struct iovec *iov, int n, off64_t at),
     (fd, iov, n, at))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, fdatasync, (int fd), (fd))
WRAP(int, ftruncate, (int fd, off_t len), (fd, len))
WRAP(int, ftruncate64, (int fd, off64_t len), (fd, len))
WRAP(int, posix_fallocate, (int fd, off_t at, off_t len), (fd, at, len))
WRAP(int, posix_fallocate64, (int fd, off64_t at, off64_t len), (fd, at, len))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode))
WRAP(ssize_t, send, (int fd, const void *buf, size_t n, int flags), (fd, buf, n, flags))
WRAP(ssize_t, sendto,
     (int fd, const void *buf, size_t n, int flags, __CONST_SOCKADDR_ARG to,
      socklen_t len),
     (fd, buf, n, flags, to, len))
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags), (fd, msg, flags))
WRAP(int, sendmmsg, (int fd, struct mmsghdr *msgs, unsigned int n, int flags),
     (fd, msgs, n, flags))
WRAP(int, connect, (int fd, __CONST_SOCKADDR_ARG to, socklen_t len), (fd, to, len))
WRAP_IF(!file || __fpending(file), int, fflush, (FILE * file), (file))
WRAP_IF(__fpending(file), int, fclose, (FILE * file), (file))
WRAP_IF(mode[0] != 'r', FILE *, fopen, (const char *path, const char *mode), (path, mode))
WRAP_IF(mode[0] != 'r', FILE *, fopen64, (const char *path, const char *mode),
	(path, mode))

/* Opening counts when it may create or empty a file. */
#define OPEN(name, before, first)                                 \
	int name(before const char *path, int flags, ...)         \
	{                                                         \
		bool changes = flags & (O_CREAT | O_TRUNC);       \
		mode_t mode = 0;                                  \
		bool last;                                        \
		int fd;                                           \
		REAL(int, name, (before const char *, int, ...)); \
		if (flags & (O_CREAT | O_TMPFILE)) {              \
			va_list args;                             \
			va_start(args, flags);                    \
			mode = va_arg(args, mode_t);              \
			va_end(args);                             \
		}                                                 \
		last = changes && count(#name);                   \
		fd = real(first path, flags, mode);               \
		if (last)                                         \
			die();                                    \
		return fd;                                        \
	}
#define NOTHING
int clock_gettime(clockid_t id, struct timespec *now)
{
	int rc;
	REAL(int, clock_gettime, (clockid_t, struct timespec *));
	rc = real(id, now);
	if (!rc && id == CLOCK_REALTIME)
		now->tv_sec += wall_off_s;
	return rc;
}

#define DIR_PARAM int dir,
#define DIR_ARG dir,
OPEN(open, NOTHING, NOTHING)
OPEN(open64, NOTHING, NOTHING)
OPEN(openat, DIR_PARAM, DIR_ARG)
OPEN(openat64, DIR_PARAM, DIR_ARG)

#pragma GCC visibility pop
