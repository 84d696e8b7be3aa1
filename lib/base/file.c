/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* renameat2, O_TMPFILE, O_NOFOLLOW on every libc */
#include <fourmica/file.h>

#include <fourmica/system.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP 16384u
#define TEMP ".tmp"

static enum fm_code io_fail(struct fm_err *err, const char *what, const char *path)
{
	return fm_fail(err, FM_E_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

static bool owner_ok(const struct stat *st, enum fm_file_guard guard)
{
	if (st->st_uid == geteuid())
		return true;
	return guard == FM_FILE_UNSHARED && st->st_uid == 0;
}

static enum fm_code check_guard(const struct stat *st, const char *path,
				enum fm_file_guard guard, struct fm_err *err)
{
	mode_t forbidden = guard == FM_FILE_PRIVATE ? 0077 : 0022;
	bool dir = S_ISDIR(st->st_mode);

	if (guard == FM_FILE_ANY)
		return FM_OK;
	if (!owner_ok(st, guard)) {
		fm_fail(err, FM_E_CONFIG, "%s belongs to another user (uid %lu)", path,
			(unsigned long)st->st_uid);
		return fm_hint(err, "run: chown %lu %s", (unsigned long)geteuid(), path);
	}
	if (st->st_mode & forbidden) {
		fm_fail(err, FM_E_CONFIG, "%s is open to others (mode %04o)", path,
			(unsigned)(st->st_mode & 07777));
		return fm_hint(err, "run: chmod %s %s",
			       dir			  ? "700"
			       : guard == FM_FILE_PRIVATE ? "600"
							  : "go-w",
			       path);
	}
	return FM_OK;
}

enum fm_code fm_file_check(bool *found, const char *path, enum fm_file_guard guard,
			   struct fm_err *err)
{
	struct stat st;

	*found = stat(path, &st) == 0;
	if (!*found)
		return errno == ENOENT ? FM_OK : io_fail(err, "look at", path);
	return check_guard(&st, path, guard, err);
}

static enum fm_code read_all(struct fm_buf *out, int fd, const char *path,
			     struct fm_err *err)
{
	for (;;) {
		char piece[READ_STEP];
		ssize_t got = read(fd, piece, sizeof(piece));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return io_fail(err, "read", path);
		if (got == 0)
			return FM_OK;
		bool fits = out->len + (size_t)got <= out->cap;
		bool added = fm_buf_add(out, piece, (size_t)got);
		fm_wipe(piece, (size_t)got);
		if (!fits)
			return fm_fail(err, FM_E_TOO_LARGE, "%s is larger than %zu bytes",
				       path, out->cap);
		if (!added)
			return fm_nomem(err);
	}
}

enum fm_code fm_file_read(struct fm_buf *out, bool *found, const char *path,
			  enum fm_file_guard guard, struct fm_err *err)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	enum fm_code rc = FM_OK;
	struct stat st;

	if (guard == FM_FILE_PRIVATE)
		flags |= O_NOFOLLOW;
	int fd = open(path, flags);
	if (found)
		*found = fd >= 0 || errno != ENOENT;
	if (fd < 0 && found && errno == ENOENT)
		return FM_OK;
	if (fd < 0 && errno == ELOOP)
		return fm_fail(err, FM_E_CONFIG, "%s is a symbolic link", path);
	if (fd < 0)
		return io_fail(err, "open", path);
	if (fstat(fd, &st) < 0) {
		rc = io_fail(err, "look at", path);
		goto out;
	}
	if (S_ISDIR(st.st_mode)) {
		rc = fm_fail(err, FM_E_IO, "cannot read %s: it is a directory", path);
		goto out;
	}
	rc = check_guard(&st, path, guard, err);
	if (rc)
		goto out;
	/* Non-blocking only guards the open of a FIFO nobody writes to. */
	(void)fcntl(fd, F_SETFL, 0);
	rc = read_all(out, fd, path, err);
out:
	close(fd);
	return rc;
}

static enum fm_code write_all(int fd, struct fm_span bytes, const char *path,
			      struct fm_err *err)
{
	size_t done = 0;

	while (done < bytes.len) {
		ssize_t put = write(fd, bytes.ptr + done, bytes.len - done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return io_fail(err, "write", path);
		done += (size_t)put;
	}
	if (fsync(fd) < 0)
		return io_fail(err, "sync", path);
	return FM_OK;
}

static enum fm_code put_in_place(const char *temp, const char *path,
				 enum fm_file_replace replace, struct fm_err *err)
{
	if (replace == FM_FILE_REPLACE)
		return rename(temp, path) < 0 ? io_fail(err, "replace", path) : FM_OK;
	/* Neither replaces what is there. Memory sticks know no links, old network file systems
	 * only them. */
	if (link(temp, path) == 0) {
		(void)unlink(temp);
		return FM_OK;
	}
	if ((errno == EPERM || errno == EOPNOTSUPP) &&
	    renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return FM_OK;
	if (errno == EEXIST)
		return fm_fail(err, FM_E_USAGE, "%s already exists", path);
	return io_fail(err, "create", path);
}

/* The name behind the last slash; `dir` gets what is before it. */
static const char *split(char dir[static PATH_MAX], const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		memcpy(dir, ".", 2);
	else if (len == 0)
		memcpy(dir, "/", 2);
	else {
		memcpy(dir, path, len);
		dir[len] = '\0';
	}
	return slash ? slash + 1 : path;
}

static enum fm_code sync_dir_of(const char *path, struct fm_err *err)
{
	char dir[PATH_MAX];

	split(dir, path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return io_fail(err, "open", dir);
	enum fm_code rc =
		fsync(fd) < 0 && errno != EINVAL ? io_fail(err, "sync", dir) : FM_OK;
	close(fd);
	return rc;
}

/* A file that has no name until it is whole: a crash leaves nothing of it. *done false and FM_OK
 * where the system cannot do that. */
static enum fm_code write_unnamed(bool *done, const char *path, struct fm_span bytes,
				  struct fm_err *err)
{
	char dir[PATH_MAX], self[64];
	enum fm_code rc;

	*done = false;
	split(dir, path);
	int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return FM_OK;
	rc = write_all(fd, bytes, path, err);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!rc && linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0)
		*done = true;
	else if (!rc && errno == EEXIST)
		rc = fm_fail(err, FM_E_USAGE, "%s already exists", path);
	close(fd);
	return rc;
}

static enum fm_code write_named(const char *path, struct fm_span bytes,
				enum fm_file_replace replace, struct fm_err *err)
{
	char temp[PATH_MAX];
	enum fm_code rc;
	int len = snprintf(temp, sizeof(temp), "%s.%ld" TEMP, path, (long)getpid());

	if (len < 0 || (size_t)len >= sizeof(temp))
		return fm_fail(err, FM_E_IO, "path too long: %.80s...", path);
	/* A leftover of a crashed process with our pid is ours to remove. */
	(void)unlink(temp);
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return io_fail(err, "create", temp);
	rc = write_all(fd, bytes, path, err);
	if (close(fd) < 0 && !rc)
		rc = io_fail(err, "write", path);
	if (!rc)
		rc = put_in_place(temp, path, replace, err);
	if (rc)
		(void)unlink(temp);
	return rc;
}

enum fm_code fm_file_write(const char *path, struct fm_span bytes,
			   enum fm_file_replace replace, struct fm_err *err)
{
	bool done = false;
	enum fm_code rc = FM_OK;

	if (strlen(path) >= PATH_MAX)
		return fm_fail(err, FM_E_IO, "path too long: %.80s...", path);
	if (replace == FM_FILE_CREATE)
		rc = write_unnamed(&done, path, bytes, err);
	if (!rc && !done)
		rc = write_named(path, bytes, replace, err);
	return rc ? rc : sync_dir_of(path, err);
}

/* "NAME.123.tmp" */
static bool is_temp_of(const char *entry, const char *name)
{
	size_t len = strlen(name), digits;

	if (strncmp(entry, name, len) != 0 || entry[len] != '.')
		return false;
	entry += len + 1;
	digits = strspn(entry, "0123456789");
	return digits && strcmp(entry + digits, TEMP) == 0;
}

enum fm_code fm_file_sweep(const char *path, struct fm_err *err)
{
	char dir[PATH_MAX];
	struct dirent *entry;
	enum fm_code rc = FM_OK;
	const char *name;
	DIR *list;

	if (strlen(path) >= PATH_MAX)
		return fm_fail(err, FM_E_IO, "path too long: %.80s...", path);
	name = split(dir, path);
	list = opendir(dir);
	if (!list)
		return io_fail(err, "read directory", dir);
	while (!rc && (entry = readdir(list)) != NULL)
		if (is_temp_of(entry->d_name, name) &&
		    unlinkat(dirfd(list), entry->d_name, 0) < 0 && errno != ENOENT)
			rc = io_fail(err, "remove a leftover of", path);
	closedir(list);
	return rc;
}

enum fm_code fm_file_remove(const char *path, bool *found, struct fm_err *err)
{
	bool gone = unlink(path) == 0;

	if (found)
		*found = gone || errno != ENOENT;
	if (!gone && found && errno == ENOENT)
		return FM_OK;
	return gone ? sync_dir_of(path, err) : io_fail(err, "remove", path);
}

static enum fm_code make_one(const char *path, struct fm_err *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return FM_OK;
	return io_fail(err, "make directory", path);
}

enum fm_code fm_dir_make(const char *path, enum fm_file_guard guard, struct fm_err *err)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	struct stat st;

	if (len == 0 || len >= sizeof(part))
		return fm_fail(err, FM_E_IO, "path empty or too long: %.80s", path);
	if (stat(path, &st) < 0) {
		memcpy(part, path, len + 1);
		for (size_t i = 1; i < len; i++) {
			if (part[i] != '/')
				continue;
			part[i] = '\0';
			enum fm_code rc = make_one(part, err);
			if (rc)
				return rc;
			part[i] = '/';
		}
		enum fm_code rc = make_one(path, err);
		if (rc)
			return rc;
		if (stat(path, &st) < 0)
			return io_fail(err, "look at", path);
	}
	if (!S_ISDIR(st.st_mode))
		return fm_fail(err, FM_E_CONFIG, "%s is no directory", path);
	return check_guard(&st, path, guard, err);
}
