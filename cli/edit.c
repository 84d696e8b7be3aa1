/* SPDX-License-Identifier: MIT */
#include "edit.h"

#include "sys.h"

#include <fourmica/file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

void edit_splice(struct fm_buf *out, struct fm_span old, const char *at, size_t len,
		 const char *text)
{
	size_t before = (size_t)(at - old.ptr);

	fm_buf_add(out, old.ptr, before);
	fm_buf_str(out, text);
	fm_buf_add(out, at + len, old.len - before - len);
}

/* `"name": {"name": json}`, as deep as the path still is. */
static void put_member(struct fm_buf *out, const char *const *path, const char *json)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_cstr(&w, path[0]);
	fm_buf_str(out, ": ");
	if (path[1]) {
		fm_buf_str(out, "{ ");
		put_member(out, path + 1, json);
		fm_buf_str(out, " }");
	} else {
		fm_buf_str(out, json);
	}
}

/* A new first member, on a line of its own where the others are. */
static void insert(struct fm_buf *out, struct fm_span old, const struct fm_json *object,
		   const char *const *path, const char *json)
{
	const char *inside = object->src.ptr + 1;
	const struct fm_json *first = fm_json_first(object);
	size_t lead = first ? (size_t)(first->src.ptr - inside) : 0;
	struct fm_buf member;

	fm_buf_init(&member, out->cap);
	fm_buf_add(&member, inside, lead);
	if (!lead)
		fm_buf_str(&member, object->src.ptr == old.ptr ? "\n  " : " ");
	put_member(&member, path, json);
	fm_buf_str(&member, first ? "," : object->src.ptr == old.ptr ? "\n" : " ");
	if (fm_buf_ok(&member))
		edit_splice(out, old, inside, 0, member.ptr);
	else
		fm_buf_grow(out, SIZE_MAX); /* makes the failure stick */
	fm_buf_clear(&member);
}

bool edit_member(struct fm_buf *out, struct fm_span old, const struct fm_json *root,
		 const char *const *path, const char *json)
{
	const struct fm_json *node = root, *next;

	if (!root) {
		fm_buf_str(out, "{\n  ");
		put_member(out, path, json);
		fm_buf_str(out, "\n}\n");
		return true;
	}
	for (; *path && (next = fm_json_get(node, *path)); path++)
		node = next;
	if (!*path)
		edit_splice(out, old, node->src.ptr, node->src.len, json);
	else if (node->type == FM_JSON_OBJECT)
		insert(out, old, node, path, json);
	else
		return false;
	return true;
}

/* What stands between the last element and the one before it, or the bracket. */
static struct fm_span lead_of(const struct fm_json *list, const struct fm_json *before,
			      const struct fm_json *last)
{
	const char *from = before ? before->src.ptr + before->src.len : list->src.ptr + 1;

	while (before && *from++ != ',')
		;
	return (struct fm_span){ from, (size_t)(last->src.ptr - from) };
}

void edit_append(struct fm_buf *out, struct fm_span old, const struct fm_json *list,
		 const char *json)
{
	const struct fm_json *last = NULL, *before = NULL;
	const char *at = list->src.ptr + 1;

	for (const struct fm_json *n = fm_json_first(list); n;
	     n = fm_json_next(list, n)) {
		before = last;
		last = n;
	}
	if (last)
		at = last->src.ptr + last->src.len;
	fm_buf_add(out, old.ptr, (size_t)(at - old.ptr));
	if (last) {
		struct fm_span lead = lead_of(list, before, last);

		fm_buf_chr(out, ',');
		fm_buf_add(out, lead.len ? lead.ptr : " ", lead.len ? lead.len : 1);
	}
	fm_buf_str(out, json);
	fm_buf_add(out, at, (size_t)(old.ptr + old.len - at));
}

void edit_remove(struct fm_buf *out, struct fm_span old, const struct fm_json *object,
		 const struct fm_json *name)
{
	const struct fm_json *before = NULL, *next = fm_json_next(object, name + 1);
	const char *from = name->src.ptr, *to = name[1].src.ptr + name[1].src.len;

	for (const struct fm_json *n = fm_json_first(object); n != name;
	     n = fm_json_next(object, n + 1))
		before = n + 1;
	if (next)
		to = next->src.ptr;
	else if (before)
		from = before->src.ptr + before->src.len;
	else {
		from = object->src.ptr + 1;
		to = object->src.ptr + object->src.len - 1;
	}
	edit_splice(out, old, from, (size_t)(to - from), "");
}

/* People keep such files under version control and link to them: write where the link leads. */
static enum fm_code follow_link(char out[static PATH_MAX], const char *path,
				struct fm_err *err)
{
	char next[PATH_MAX];
	int len = snprintf(out, PATH_MAX, "%s", path);

	for (int hops = 0; len > 0 && len < PATH_MAX && hops < 16; hops++) {
		ssize_t got = readlink(out, next, sizeof(next) - 1);
		const char *slash = strrchr(out, '/');

		if (got < 0)
			return FM_OK;
		next[got] = '\0';
		if (next[0] == '/' || !slash)
			len = snprintf(out, PATH_MAX, "%s", next);
		else if ((size_t)(slash - out) + 1 + (size_t)got < PATH_MAX)
			memcpy(out + (slash - out) + 1, next, (size_t)got + 1);
		else
			break;
	}
	return fm_fail(err, FM_E_CONFIG, "%s: too many symbolic links, or too long",
		       path);
}

/* The directory of the file, made when it is missing, open and locked: two programs that change
 * the file do it one after the other. Owner: close. */
static enum fm_code lock_dir_of(int *fd, const char *path, struct fm_err *err)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	char why[SYS_ERROR_TEXT];
	enum fm_code rc = dir ? FM_OK : fm_nomem(err);

	if (slash)
		slash[slash == dir] = '\0';
	if (!rc && slash && slash != dir)
		rc = fm_dir_make(dir, FM_FILE_ANY, err);
	if (rc)
		goto out;
	*fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		rc = fm_fail(err, FM_E_IO, "cannot open %s: %s", slash ? dir : ".",
			     sys_error(why, errno));
	/* Where directories cannot be locked the change is still one step. */
	else if (flock(*fd, LOCK_EX) != 0 && errno == EINTR)
		rc = app_interrupted(err);
out:
	free(dir);
	return rc;
}

static enum fm_code change(const struct edit *e, const char *target, struct fm_err *err)
{
	struct fm_json *root = NULL;
	struct fm_buf old, new;
	bool found = false;
	enum fm_code rc;

	fm_buf_init(&old, e->most);
	fm_buf_init(&new, e->most);
	rc = fm_file_read(&old, &found, e->file, FM_FILE_UNSHARED, err);
	if (!rc && found)
		rc = fm_json_parse(&root, fm_buf_span(&old), false, err);
	if (!rc)
		rc = e->change(e->ctx, &new, fm_buf_span(&old), root, err);
	if (!rc && !fm_buf_ok(&new))
		rc = fm_fail(err, FM_E_CONFIG, "%s would be too large", e->file);
	if (!rc)
		rc = e->check(e->ctx, fm_buf_span(&new), err);
	if (!rc)
		rc = fm_file_write(target, fm_buf_span(&new), FM_FILE_REPLACE, err);
	fm_json_free(&root);
	fm_buf_wipe(&old);
	fm_buf_wipe(&new);
	return rc;
}

enum fm_code edit_file(const struct edit *e, struct fm_err *err)
{
	char target[PATH_MAX];
	int fd = -1;
	enum fm_code rc = follow_link(target, e->file, err);

	if (!rc)
		rc = lock_dir_of(&fd, target, err);
	if (!rc)
		rc = change(e, target, err);
	if (fd >= 0)
		close(fd);
	return rc;
}
