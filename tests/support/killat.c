/* SPDX-License-Identifier: MIT */
/* Preloaded into a program to end it at a chosen moment, as a power cut would, or to have one call
 * fail, as a full or broken disk would.
 *
 * Every libc call that changes something outside the process is counted: writing, syncing,
 * creating, renaming and removing files, connecting and sending.
 *
 *   KILLAT_N=n        SIGKILL at the n-th such call, before it happens
 *   KILLAT_AFTER=1    ... right after it has happened
 *   KILLAT_ERRNO=e    no kill: the n-th call does nothing and fails with this number
 *   KILLAT_NEVER=name no kill: calls whose names begin so always fail with KILLAT_ERRNO
 *   KILLAT_LOG=file   appends "n name" for each call, so that a test learns how many there are
 *   KILLAT_HIT=file   appends "n name" for the n-th only: the moment was reached
 *   KILLAT_WALL_S=s   kills nothing by itself: the wall clock is wrong by so many seconds
 *
 * What libc does inside itself is not seen, so the stdio calls that write are counted as such: what
 * fits into a stream's buffer is not, and neither is the flush at exit. Writes to mapped memory,
 * like those of SQLite's index of its WAL, are no calls: other processes see them, a disk does
 * not, and SQLite makes the index anew when nobody has it open. Processes that the program starts
 * are left alone. Not for sanitizer builds, which want to be preloaded first. */
#define _GNU_SOURCE
/* Its inline stdio would take the names defined here. */
#undef _FORTIFY_SOURCE
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
static int fail_errno;
static pid_t me;
static char log_path[4096], hit_path[4096], never[4096];
static long wall_off_s;

static void get_path(char path[static 4096], const char *name)
{
	const char *value = getenv(name);

	if (value && strlen(value) < 4096)
		memcpy(path, value, strlen(value) + 1);
}

static long get_number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtol(value, NULL, 10) : 0;
}

__attribute__((constructor)) static void killat_init(void)
{
	me = getpid();
	kill_at = (unsigned long)get_number("KILLAT_N");
	kill_after = get_number("KILLAT_AFTER") == 1;
	fail_errno = (int)get_number("KILLAT_ERRNO");
	wall_off_s = get_number("KILLAT_WALL_S");
	get_path(never, "KILLAT_NEVER");
	get_path(log_path, "KILLAT_LOG");
	get_path(hit_path, "KILLAT_HIT");
	unsetenv("LD_PRELOAD");
}

static void die(void)
{
	syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		pause();
}

/* By system calls of our own, which are not counted. */
static void note(const char *path, unsigned long n, const char *name)
{
	char line[128];
	int len = snprintf(line, sizeof(line), "%lu %s\n", n, name);
	long fd;

	if (!path[0] || len < 0)
		return;
	fd = syscall(SYS_openat, AT_FDCWD, path,
		     O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	syscall(SYS_write, (int)fd, line, (size_t)len);
	syscall(SYS_close, (int)fd);
}

enum moment {
	ORDINARY,
	LAST,
	FAILS
};

/* What becomes of the call about to happen; errno is set when it fails. */
static enum moment count(const char *name)
{
	int saved = errno;
	unsigned long n;
	bool now;

	if (getpid() != me)
		return ORDINARY;
	n = atomic_fetch_add(&calls, 1) + 1;
	now = (kill_at && n == kill_at) ||
	      (never[0] && strncmp(name, never, strlen(never)) == 0);
	note(log_path, n, name);
	if (now)
		note(hit_path, n, name);
	if (now && !fail_errno && !kill_after)
		die();
	errno = now && fail_errno ? fail_errno : saved;
	if (now && fail_errno)
		return FAILS;
	return now ? LAST : ORDINARY;
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

#define WRAP_AS(condition, failed, type, name, params, args)                \
	type name params                                                    \
	{                                                                   \
		enum moment moment = (condition) ? count(#name) : ORDINARY; \
		int saved = errno;                                          \
		type rc;                                                    \
		REAL(type, name, params);                                   \
		errno = saved;                                              \
		if (moment == FAILS)                                        \
			return failed;                                      \
		rc = real args;                                             \
		if (moment == LAST)                                         \
			die();                                              \
		return rc;                                                  \
	}
#define WRAP(type, name, params, args) WRAP_AS(true, -1, type, name, params, args)
/* These return the error, and leave errno alone. */
#define WRAP_CODE(type, name, params, args) \
	WRAP_AS(true, fail_errno, type, name, params, args)

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
WRAP(int, truncate, (const char *path, off_t len), (path, len))
WRAP(int, truncate64, (const char *path, off64_t len), (path, len))
WRAP(int, fallocate, (int fd, int mode, off_t at, off_t len), (fd, mode, at, len))
WRAP(int, fallocate64, (int fd, int mode, off64_t at, off64_t len), (fd, mode, at, len))
WRAP_CODE(int, posix_fallocate, (int fd, off_t at, off_t len), (fd, at, len))
WRAP_CODE(int, posix_fallocate64, (int fd, off64_t at, off64_t len), (fd, at, len))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned int flags),
     (a, from, b, to, flags))
WRAP(int, symlink, (const char *to, const char *path), (to, path))
WRAP(int, symlinkat, (const char *to, int dir, const char *path), (to, dir, path))
WRAP(int, mkstemp, (char *path), (path))
WRAP(int, mkstemp64, (char *path), (path))
WRAP(int, mkostemp, (char *path, int flags), (path, flags))
WRAP(int, mkostemp64, (char *path, int flags), (path, flags))
WRAP(int, rmdir, (const char *path), (path))
WRAP(int, link, (const char *from, const char *to), (from, to))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags),
     (a, from, b, to, flags))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode))
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode))
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
WRAP_AS(!file || __fpending(file), EOF, int, fflush, (FILE * file), (file))
WRAP_AS(__fpending(file), EOF, int, fclose, (FILE * file), (file))
WRAP_AS(mode[0] != 'r', NULL, FILE *, fopen, (const char *path, const char *mode),
	(path, mode))
WRAP_AS(mode[0] != 'r', NULL, FILE *, fopen64, (const char *path, const char *mode),
	(path, mode))
WRAP_AS(__fpending(file) + size * n > __fbufsize(file), 0, size_t, fwrite,
	(const void *bytes, size_t size, size_t n, FILE *file), (bytes, size, n, file))
WRAP_AS(__fpending(file) + strlen(text) > __fbufsize(file), EOF, int, fputs,
	(const char *text, FILE *file), (text, file))

/* Where nothing is buffered: standard error. */
__attribute__((format(printf, 2, 0))) static int print(FILE *file, const char *fmt,
						       va_list args)
{
	enum moment moment = __fbufsize(file) <= 1 ? count("fprintf") : ORDINARY;
	int rc = moment == FAILS ? -1 : vfprintf(file, fmt, args);

	if (moment == LAST)
		die();
	return rc;
}

int fprintf(FILE *file, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int rc = print(file, fmt, args);
	va_end(args);
	return rc;
}

/* What a fortified caller of fprintf calls. */
int __fprintf_chk(FILE *file, int flag, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int __fprintf_chk(FILE *file, int flag, const char *fmt, ...)
{
	va_list args;
	(void)flag;
	va_start(args, fmt);
	int rc = print(file, fmt, args);
	va_end(args);
	return rc;
}

/* Opening counts when it may create or empty a file. */
#define OPEN(name, before, first)                                 \
	int name(before const char *path, int flags, ...)         \
	{                                                         \
		bool changes = flags & (O_CREAT | O_TRUNC);       \
		enum moment moment;                               \
		mode_t mode = 0;                                  \
		int fd;                                           \
		REAL(int, name, (before const char *, int, ...)); \
		if (flags & (O_CREAT | O_TMPFILE)) {              \
			va_list args;                             \
			va_start(args, flags);                    \
			mode = va_arg(args, mode_t);              \
			va_end(args);                             \
		}                                                 \
		moment = changes ? count(#name) : ORDINARY;       \
		if (moment == FAILS)                              \
			return -1;                                \
		fd = real(first path, flags, mode);               \
		if (moment == LAST)                               \
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
