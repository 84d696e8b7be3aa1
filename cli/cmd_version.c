/* SPDX-License-Identifier: MIT */
#include "app.h"

#include <string.h>

/* clang-format off */
static const struct field fields[] = {
	{ "version", NULL, FIELD_TEXT, "version of the program", NULL },
	{ "library", NULL, FIELD_TEXT, "version of the library it runs with", NULL },
	{ 0 },
};
/* clang-format on */

static enum fm_code version_run(struct app *app, const void *args, struct fm_err *err)
{
	static const char line[] = "fourmica " FM_VERSION;
	const char *library = fm_version();

	(void)args;
	(void)err;
	out_text(app->out, "version", FM_VERSION);
	out_text(app->out, "library", library);
	if (out_is_json(app->out))
		return FM_OK;
	out_raw(app->out, line, sizeof(line) - 1);
	if (strcmp(library, FM_VERSION) != 0) {
		out_raw(app->out, " with libfourmica ", 18);
		out_raw(app->out, library, strlen(library));
	}
	out_raw(app->out, "\n", 1);
	return FM_OK;
}

const struct cmd cmd_version = {
	.name = "version",
	.summary = "show the version",
	.fields = fields,
	.needs = RAW_OUTPUT,
	.run = version_run,
};
