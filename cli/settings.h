/* SPDX-License-Identifier: MIT */
/** Every setting there is, with its value in this run and where that comes from. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "app.h"

enum setting_source {
	SETTING_BUILT_IN,
	SETTING_FILE,
	SETTING_ENVIRONMENT,
	SETTING_OPTION,
};

struct setting {
	const char *key;   /**< "default.network" */
	const char *value; /**< as it may be shown: secrets are left out; NULL: not set */
	enum setting_source source;
	const char *name; /**< "--network", "FOURMICA_NETWORK", "config.json" */
	unsigned line;	  /**< in the file; 0: the file as a whole, or none */
};

typedef void setting_fn(void *ctx, const struct setting *setting);

/** Visit all of them in a fixed order. Errors: FM_E_NOMEM. */
enum fm_code settings_each(const struct app *app, setting_fn *visit, void *ctx,
			   struct fm_err *err);
/** The same for files and directories only; needs NEED_PATHS. `key` is without "files.". */
enum fm_code settings_files(const struct app *app, setting_fn *visit, void *ctx,
			    struct fm_err *err);
/** Append "config.json:3", "--network", "built-in". */
void settings_from(struct fm_buf *out, const struct setting *setting);
/** "option", "environment", "file", "built_in". */
const char *settings_source(enum setting_source source);

#endif
