/* SPDX-License-Identifier: MIT */
/* A change of one member of config.json: all other bytes stay as their author wrote them. */
#include "config_data.h"

#include <fourmica/file.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Replace `len` bytes at `at` by `text`. */
static void splice(struct fm_buf *out, struct fm_span old, const char *at, size_t len,
		   const char *text)
{
	size_t before = (size_t)(at - old.ptr);

	fm_buf_add(out, old.ptr, before);
	fm_buf_str(out, text);
	fm_buf_add(out, at + len, old.len - before - len);
}

/* Names have no character that JSON would escape. */
static void edit(struct fm_buf *out, struct fm_span old, const struct fm_json *root,
		 const char *name)
{
	const struct fm_json *preset = fm_json_get(root, "default");
	const struct fm_json *wallet = fm_json_get(preset, "wallet");
	char text[FM_WALLET_NAME + 64];

	if (!root) {
		fm_buf_fmt(out, "{\n  \"default\": { \"wallet\": \"%s\" }\n}\n", name);
	} else if (wallet) {
		snprintf(text, sizeof(text), "\"%s\"", name);
		splice(out, old, wallet->src.ptr, wallet->src.len, text);
	} else if (preset) {
		snprintf(text, sizeof(text), " \"wallet\": \"%s\"%s", name,
			 preset->count ? "," : " ");
		splice(out, old, preset->src.ptr + 1, 0, text);
	} else {
		snprintf(text, sizeof(text), "\n  \"default\": { \"wallet\": \"%s\" }%s",
			 name, root->count ? "," : "\n");
		splice(out, old, root->src.ptr + 1, 0, text);
	}
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

static enum fm_code make_dir_of(const char *path, struct fm_err *err)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	enum fm_code rc = dir ? FM_OK : fm_nomem(err);

	if (slash && slash != dir) {
		*slash = '\0';
		rc = fm_dir_make(dir, FM_FILE_ANY, err);
	}
	free(dir);
	return rc;
}

enum fm_code config_set_wallet(struct app *app, const char *name, struct fm_err *err)
{
	struct config *config = app->config;
	struct fm_json *root = NULL;
	struct fm_buf old, new;
	char path[PATH_MAX];
	bool found = false;
	enum fm_code rc;

	fm_buf_init(&old, CONFIG_MAX);
	fm_buf_init(&new, CONFIG_MAX);
	rc = fm_file_read(&old, &found, app->paths.config_file, FM_FILE_UNSHARED, err);
	if (!rc && found)
		rc = fm_json_parse(&root, fm_buf_span(&old), false, err);
	if (!rc)
		rc = follow_link(path, app->paths.config_file, err);
	if (!rc)
		rc = make_dir_of(path, err);
	if (rc)
		goto out;
	edit(&new, fm_buf_span(&old), root, name);
	rc = fm_buf_ok(&new)
		     ? fm_file_write(path, fm_buf_span(&new), FM_FILE_REPLACE, err)
		     : fm_fail(err, FM_E_CONFIG, "%s would be too large", path);
	if (!rc)
		snprintf(config->default_wallet, sizeof(config->default_wallet), "%s",
			 name);
out:
	fm_json_free(&root);
	fm_buf_clear(&old);
	fm_buf_clear(&new);
	return rc;
}
