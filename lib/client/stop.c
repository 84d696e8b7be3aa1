/* SPDX-License-Identifier: MIT */
/* The emergency stop: a file whose existence is all that counts. What it says is for people, and
 * may be missing: an empty file stops as well. */
#include "client/internal.h"

#include <fourmica/file.h>
#include <fourmica/json.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 4096u

/* {"version":1,"time":SECONDS,"reason":TEXT or null}, and nothing else. */
static bool read_members(struct fm_stop *out, const struct fm_json *root)
{
	const struct fm_json *reason = fm_json_get(root, "reason");
	uint64_t version, time;

	if (!root || root->type != FM_JSON_OBJECT || root->count != 3 ||
	    !fm_json_u64(&version, fm_json_get(root, "version")) || version != 1 ||
	    !fm_json_u64(&time, fm_json_get(root, "time")) || time > FM_STOP_TIME_MAX ||
	    !reason ||
	    (reason->type != FM_JSON_NULL &&
	     !fm_json_cstr(out->reason, sizeof(out->reason), reason)))
		return false;
	out->since_s = (int64_t)time;
	return true;
}

bool fm_stop_parse(struct fm_stop *out, struct fm_span text)
{
	struct fm_json *root = NULL;
	bool ok;

	*out = (struct fm_stop){ .set = true };
	if (text.len > FILE_MAX || fm_json_parse(&root, text, false, NULL) != FM_OK)
		return false;
	ok = read_members(out, root);
	fm_json_free(&root);
	if (!ok)
		*out = (struct fm_stop){ .set = true };
	return ok;
}

void fm_stop_look(struct fm_stop *out, const char *path)
{
	struct fm_buf text;
	struct fm_err ignored;
	struct stat st;

	*out = (struct fm_stop){ .set = false };
	if (lstat(path, &st) != 0) {
		/* What cannot be looked at may be there. */
		out->set = errno != ENOENT && errno != ENOTDIR;
		return;
	}
	fm_err_init(&ignored);
	fm_buf_init(&text, FILE_MAX);
	if (fm_file_read(&text, NULL, path, FM_FILE_PRIVATE, &ignored) != FM_OK ||
	    !fm_stop_parse(out, fm_buf_span(&text)))
		*out = (struct fm_stop){ .set = true, .since_s = (int64_t)st.st_mtime };
	fm_buf_clear(&text);
}

static bool write_members(struct fm_buf *out, int64_t now_s, const char *reason)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "version");
	fm_jw_u64(&w, 1);
	fm_jw_key(&w, "time");
	fm_jw_i64(&w, now_s < 0 ? 0 : now_s);
	fm_jw_key(&w, "reason");
	fm_jw_cstr(&w, reason);
	fm_jw_end(&w, '}');
	fm_buf_chr(out, '\n');
	return fm_buf_ok(out);
}

/* Where nothing can be written a name may still fit. */
static bool make_empty(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return false;
	close(fd);
	return true;
}

enum fm_code fm_stop_set(const char *path, int64_t now_s, const char *reason,
			 struct fm_err *err)
{
	struct fm_buf text;
	struct fm_stop now;
	enum fm_code rc = FM_OK;

	fm_stop_look(&now, path);
	if (now.set)
		return FM_OK;
	fm_buf_init(&text, FILE_MAX);
	if (!write_members(&text, now_s, reason))
		rc = fm_nomem(err);
	else
		rc = fm_file_write(path, fm_buf_span(&text), FM_FILE_CREATE, err);
	fm_buf_clear(&text);
	if (rc && make_empty(path)) {
		if (err)
			fm_err_init(err);
		return FM_OK;
	}
	return rc;
}

enum fm_code fm_stop_lift(bool *was, const char *path, struct fm_err *err)
{
	return fm_file_remove(path, was, err);
}

/* ---- of a client ---- */

static enum fm_code stopped_by(const struct fm_stop *stop, const char *file,
			       struct fm_err *err)
{
	char since[FM_TIME_TEXT];
	struct fm_buf reason;

	fm_time_text(since, stop->since_s);
	fm_buf_init(&reason, 1024);
	fm_text_escape(&reason, fm_span_of(stop->reason), FM_STOP_SHOWN);
	if (!stop->since_s)
		fm_fail(err, FM_E_STOPPED, "payments are stopped: %s cannot be looked at",
			file);
	else if (reason.len)
		fm_fail(err, FM_E_STOPPED, "payments are stopped since %s: %s", since,
			reason.ptr);
	else
		fm_fail(err, FM_E_STOPPED, "payments are stopped since %s: %s exists",
			since, file);
	fm_buf_clear(&reason);
	fm_rule(err, "stop");
	return fm_hint(err, "when the reason is gone, run: fourmica resume");
}

enum fm_code fm_client_check_stop(const struct fm_client *client, struct fm_err *err)
{
	const char *file = client->config.stop_file;
	struct fm_stop stop;

	if (client->config.stopped) {
		fm_fail(err, FM_E_STOPPED, "payments are stopped: FOURMICA_STOP is set");
		fm_rule(err, "stop");
		return fm_hint(err, "unset FOURMICA_STOP when the reason is gone");
	}
	if (!file)
		return FM_OK;
	fm_stop_look(&stop, file);
	return stop.set ? stopped_by(&stop, file, err) : FM_OK;
}
