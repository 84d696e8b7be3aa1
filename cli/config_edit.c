/* SPDX-License-Identifier: MIT */
/* A change of one member of config.json. */
#include "config_data.h"

#include "edit.h"

#include <stdio.h>

struct setting {
	struct app *app;
	const char *const *path;
	const char *json;
};

static enum fm_code set_member(void *ctx, struct fm_buf *out, struct fm_span old,
			       const struct fm_json *root, struct fm_err *err)
{
	const struct setting *s = ctx;

	if (edit_member(out, old, root, s->path, s->json))
		return FM_OK;
	return fm_fail(err, FM_E_CONFIG, "%s: not an object where '%s' belongs",
		       s->app->paths.config_file, s->path[0]);
}

static enum fm_code try_text(void *ctx, struct fm_span text, struct fm_err *err)
{
	const struct setting *s = ctx;

	return config_try(s->app, text, err);
}

enum fm_code config_set(struct app *app, const char *const *path, const char *json,
			struct fm_err *err)
{
	struct setting setting = { .app = app, .path = path, .json = json };
	const struct edit edit = {
		.file = app->paths.config_file,
		.most = CONFIG_MAX,
		.change = set_member,
		.check = try_text,
		.ctx = &setting,
	};

	return edit_file(&edit, err);
}

enum fm_code config_set_wallet(struct app *app, const char *name, struct fm_err *err)
{
	static const char *const path[] = { "default", "wallet", NULL };
	struct config *config = app->config;
	char json[FM_WALLET_NAME + 2];
	enum fm_code rc;

	/* Names have no character that JSON would escape. */
	snprintf(json, sizeof(json), "\"%s\"", name);
	rc = config_set(app, path, json, err);
	if (!rc)
		snprintf(config->default_wallet, sizeof(config->default_wallet), "%s",
			 name);
	return rc;
}
