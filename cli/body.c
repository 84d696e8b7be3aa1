/* SPDX-License-Identifier: MIT */
#include "body.h"

#include "session.h"
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool to_stdout(const struct body *b)
{
	return !b->args->output || strcmp(b->args->output, "-") == 0;
}

/** Somebody looks at a terminal and did not ask for raw bytes there. */
static bool guards_terminal(const struct body *b)
{
	return !b->args->output && !out_is_json(b->app->out) && isatty(STDOUT_FILENO);
}

static enum fm_code file_fail(struct fm_err *err, const char *what, const char *path)
{
	return fm_fail(err, FM_E_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

static enum fm_code write_fd(int fd, const char *path, const void *bytes, size_t len,
			     struct fm_err *err)
{
	const char *at = bytes;

	while (len) {
		ssize_t put = write(fd, at, len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return file_fail(err, "write", path);
		at += put;
		len -= (size_t)put;
	}
	return FM_OK;
}

static enum fm_code open_output(struct body *b, struct fm_err *err)
{
	b->path = strdup(b->args->output);
	if (!b->path)
		return fm_nomem(err);
	b->fd = open(b->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	return b->fd < 0 ? file_fail(err, "create", b->path) : FM_OK;
}

/** A private file beside the receipts, for what must not be lost and cannot be shown. */
static enum fm_code open_spool(struct body *b, struct fm_err *err)
{
	enum fm_code rc = fm_dir_make(b->app->paths.receipt_dir, FM_FILE_PRIVATE, err);

	if (rc)
		return rc;
	b->path = sys_join(b->app->paths.receipt_dir, "body-XXXXXX");
	if (!b->path)
		return fm_nomem(err);
	b->fd = mkstemp(b->path);
	if (b->fd < 0)
		return file_fail(err, "create", b->path);
	b->spooled = true;
	return write_fd(b->fd, b->path, b->memory.ptr, b->memory.len, err);
}

static enum fm_code dump_headers(const struct body *b, struct fm_span head,
				 struct fm_err *err)
{
	const char *path = b->args->dump_header;

	if (strcmp(path, "-") == 0)
		return out_raw(b->app->out, head.ptr, head.len)
			       ? FM_OK
			       : file_fail(err, "write", "standard output");
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		return file_fail(err, "create", path);
	enum fm_code rc = write_fd(fd, path, head.ptr, head.len, err);
	if (close(fd) < 0 && !rc)
		rc = file_fail(err, "write", path);
	return rc;
}

/** Bytes that would command a terminal instead of being shown on it: control characters, also
 *  those of ISO 6429 that take two bytes in UTF-8 and may come in two pieces. */
static bool commands_terminal(struct body *b, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++) {
		if (at[i] == 0x7f || (at[i] < 0x20 && !memchr("\t\n\r\f", at[i], 4)))
			return true;
		if (b->before == 0xc2 && at[i] >= 0x80 && at[i] < 0xa0)
			return true;
		b->before = at[i];
	}
	return false;
}

static enum fm_code put(struct body *b, const void *bytes, size_t len, struct fm_err *err)
{
	enum fm_code rc;

	if (b->fd >= 0)
		return write_fd(b->fd, b->path, bytes, len, err);
	if (guards_terminal(b) && commands_terminal(b, bytes, len)) {
		rc = open_spool(b, err);
		return rc ? rc : write_fd(b->fd, b->path, bytes, len, err);
	}
	if (!out_is_json(b->app->out)) {
		b->shown = true;
		bool written = out_raw(b->app->out, bytes, len) &&
			       (!b->args->no_buffer || fflush(stdout) == 0);
		return written ? FM_OK : file_fail(err, "write", "standard output");
	}
	if (len <= BODY_INLINE_MAX - b->memory.len)
		return fm_buf_add(&b->memory, bytes, len) ? FM_OK : fm_nomem(err);
	rc = open_spool(b, err);
	fm_buf_clear(&b->memory);
	return rc ? rc : write_fd(b->fd, b->path, bytes, len, err);
}

static enum fm_code on_head(void *ctx, const struct fm_http_reply *reply,
			    struct fm_err *err)
{
	struct body *b = ctx;
	enum fm_code rc = FM_OK;

	b->started = true;
	b->got = 0;
	b->total = reply->content_length;
	b->wanted = !(b->args->fail && reply->status >= 400);
	if (b->args->dump_header)
		rc = dump_headers(b, fm_buf_span(&reply->head), err);
	if (!rc && b->wanted && !to_stdout(b))
		rc = open_output(b, err);
	if (!rc && b->args->include)
		rc = put(b, reply->head.ptr, reply->head.len, err);
	return rc;
}

static enum fm_code on_body(void *ctx, const void *bytes, size_t len, struct fm_err *err)
{
	struct body *b = ctx;

	/* What is shown there needs no other sign of life. */
	if (b->fd >= 0 || !isatty(STDOUT_FILENO))
		out_receives(b->app->out, b->got += len, b->total);
	/* It may take long, and a key that is unlocked has its time. */
	session_watch(b->app->session);
	return b->wanted ? put(b, bytes, len, err) : FM_OK;
}

void body_init(struct body *body, struct app *app, const struct body_args *args)
{
	memset(body, 0, sizeof(*body));
	body->app = app;
	body->args = args;
	body->fd = -1;
	body->sink =
		(struct fm_http_sink){ .head = on_head, .body = on_body, .ctx = body };
	fm_buf_init(&body->memory, BODY_INLINE_MAX);
}

/** The working directory is not part of the record, so the path says it. */
enum fm_code body_artefact(struct body *body, const char **path, struct fm_err *err)
{
	char dir[PATH_MAX];

	*path = NULL;
	if (to_stdout(body))
		return FM_OK;
	if (body->args->output[0] != '/' && !getcwd(dir, sizeof(dir)))
		return file_fail(err, "find", "the working directory");
	body->artefact = body->args->output[0] == '/' ? strdup(body->args->output)
						      : sys_join(dir, body->args->output);
	*path = body->artefact;
	return body->artefact ? FM_OK : fm_nomem(err);
}

void body_clear(struct body *body)
{
	free(body->artefact);
	if (body->fd >= 0)
		close(body->fd);
	free(body->path);
	fm_buf_clear(&body->memory);
}

/** UTF-8 goes into JSON as text, anything else in base64. */
static enum fm_code say(const struct body *b, struct fm_err *err)
{
	struct out *o = b->app->out;
	struct fm_buf text;

	if (b->path) {
		out_text(o, "body_path", b->path);
		return FM_OK;
	}
	if (fm_utf8_ok(fm_buf_span(&b->memory))) {
		out_span(o, "body",
			 (struct fm_span){ b->memory.ptr ? b->memory.ptr : "",
					   b->memory.len });
		return FM_OK;
	}
	fm_buf_init(&text, 2 * BODY_INLINE_MAX);
	fm_base64_write(&text, b->memory.ptr, b->memory.len);
	bool ok = fm_buf_ok(&text);
	if (ok)
		out_span(o, "body_base64", fm_buf_span(&text));
	fm_buf_clear(&text);
	return ok ? FM_OK : fm_nomem(err);
}

enum fm_code body_finish(struct body *body, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	if (body->fd >= 0 && close(body->fd) < 0)
		rc = file_fail(err, "write", body->path);
	body->fd = -1;
	if (rc || !body->started)
		return rc;
	if (body->spooled && !out_is_json(body->app->out))
		out_warn(
			body->app->out,
			"%s holds what a terminal would obey instead of show: it is in %s",
			body->shown ? "the rest of the response" : "the response",
			body->path);
	return out_is_json(body->app->out) && body->wanted ? say(body, err) : FM_OK;
}
