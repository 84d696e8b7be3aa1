/* SPDX-License-Identifier: MIT */
#include "sys.h"

#include "app.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#define PIECE 65536

const char *sys_error(char out[static SYS_ERROR_TEXT], int number)
{
	if (!number)
		snprintf(out, SYS_ERROR_TEXT, "it was closed");
	else if (strerror_r(number, out, SYS_ERROR_TEXT) != 0)
		snprintf(out, SYS_ERROR_TEXT, "error %d", number);
	return out;
}

const char *sys_env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

bool sys_env_on(const char *name)
{
	const char *value = sys_env(name);

	return value && strcmp(value, "0") != 0;
}

static enum fm_code read_failed(const char *name, struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];

	return fm_fail(err, FM_E_IO, "cannot read %s: %s", name, sys_error(why, errno));
}

/* A signal that comes between a look at app_signal and a blocking read would go unnoticed until
 * somebody types. So they are held back, and let in only while pselect waits. That must not see a
 * descriptor that is not open: Linux ignores those behind the end of the process's table, which
 * may be as short as 64, and waits for ever. read() tells what is wrong with it. */
enum fm_code sys_wait_readable(bool *ready, int fd, int64_t wait_ms, struct fm_err *err)
{
	const struct timespec most = { .tv_sec = (time_t)(wait_ms / 1000),
				       .tv_nsec = (long)(wait_ms % 1000) * 1000000 };
	sigset_t held, before;
	enum fm_code rc;
	fd_set set;
	int count;

	*ready = true;
	if (fd >= FD_SETSIZE || fcntl(fd, F_GETFD) < 0)
		return app_interrupted(err);
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &before);
	rc = app_interrupted(err);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	if (!rc) {
		count = pselect(fd + 1, &set, NULL, NULL, wait_ms < 0 ? NULL : &most,
				&before);
		*ready = count != 0;
		if (count < 0 && errno == EINTR)
			rc = app_interrupted(err);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return rc;
}

enum fm_code sys_read_some(ssize_t *got, int fd, void *bytes, size_t size,
			   int64_t wait_ms, const char *name, struct fm_err *err)
{
	for (;;) {
		bool ready;
		enum fm_code rc = sys_wait_readable(&ready, fd, wait_ms, err);

		if (rc)
			return rc;
		*got = ready ? read(fd, bytes, size) : -1;
		if (!ready || *got >= 0)
			return FM_OK;
		if (errno != EINTR)
			return read_failed(name, err);
	}
}

enum fm_code sys_read_all(struct fm_buf *out, int fd, const char *name,
			  struct fm_err *err)
{
	enum fm_code rc = FM_OK;
	char *piece = malloc(PIECE);
	bool end = false;

	if (!piece)
		return fm_nomem(err);
	while (!rc && !end) {
		ssize_t got = 0;

		rc = sys_read_some(&got, fd, piece, PIECE, -1, name, err);
		if (rc)
			break;
		if ((size_t)got > out->cap - out->len)
			rc = fm_fail(err, FM_E_TOO_LARGE, "%s is larger than %zu bytes",
				     name, out->cap);
		else if (got > 0 && !fm_buf_add(out, piece, (size_t)got))
			rc = fm_nomem(err);
		end = got == 0;
	}
	fm_wipe(piece, PIECE);
	free(piece);
	return rc;
}

enum fm_code sys_read_line(struct fm_buf *out, bool *any, int fd, const char *name,
			   struct fm_err *err)
{
	char c = '\0';
	enum fm_code rc = FM_OK;

	*any = false;
	while (!rc && c != '\n') {
		ssize_t got = 0;

		rc = sys_read_some(&got, fd, &c, 1, -1, name, err);
		if (rc || got == 0)
			break;
		*any = true;
		if (c != '\n' && out->len == out->cap)
			rc = fm_fail(err, FM_E_USAGE,
				     "%s: the line is longer than %zu bytes", name,
				     out->cap);
		else if (c != '\n' && !fm_buf_chr(out, c))
			rc = fm_nomem(err);
	}
	fm_wipe(&c, sizeof(c));
	/* A line as Windows ends it. */
	if (!rc && out->len && out->ptr[out->len - 1] == '\r')
		out->ptr[--out->len] = '\0';
	return rc;
}

bool sys_fd_number(int *fd, const char *text)
{
	size_t len = strlen(text);

	if (len < 1 || len > 4 || strspn(text, "0123456789") != len)
		return false;
	*fd = 0;
	for (; *text; text++)
		*fd = *fd * 10 + (*text - '0');
	return true;
}

char *sys_join(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s", dir, name);
	return path;
}
