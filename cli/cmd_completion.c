/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "complete.h"

#include <string.h>

#define SCRIPT_MOST (1u << 20)

struct completion {
	const char *shell;
};

/* clang-format off */
static const struct param params[] = {
	{ .arg = "SHELL", .help = "bash, zsh or fish", .choices = "bash|zsh|fish",
	  .type = PARAM_TYPE(struct completion, shell), .offset = offsetof(struct completion, shell),
	  .traits = PARAM_REQUIRED },
	{ 0 },
};

static const struct field fields[] = {
	{ "shell", NULL, FIELD_TEXT, "the shell it is for", NULL },
	{ "script", NULL, FIELD_TEXT, "the script", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "source <(fourmica completion bash)", "in this shell" },
	{ "fourmica completion fish >~/.config/fish/completions/fourmica.fish", "for good" },
	{ 0 },
};
/* clang-format on */

static enum fm_code completion_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct completion *a = args;
	enum fm_code rc = FM_OK;
	struct fm_buf script;

	fm_buf_init(&script, SCRIPT_MOST);
	if (strcmp(a->shell, "bash") == 0)
		complete_bash(&script);
	else if (strcmp(a->shell, "zsh") == 0)
		complete_zsh(&script);
	else
		complete_fish(&script);
	if (!fm_buf_ok(&script)) {
		rc = fm_nomem(err);
	} else if (out_is_json(app->out)) {
		out_text(app->out, "shell", a->shell);
		out_span(app->out, "script", fm_buf_span(&script));
	} else {
		out_raw(app->out, script.ptr, script.len);
	}
	fm_buf_clear(&script);
	return rc;
}

const struct cmd cmd_completion = {
	.name = "completion",
	.summary = "print the completion script of a shell",
	.details =
		"Packages install these scripts already. Commands, options and their fixed values "
		"they hold themselves. For wallets, networks, sellers, tasks, and ids of payments, "
		"requests and cycles they ask the program, which looks into its files and at the "
		"latest 500 payments of the ledger; it reaches no network and unlocks nothing.",
	.params = params,
	.size = sizeof(struct completion),
	.fields = fields,
	.examples = examples,
	.needs = RAW_OUTPUT,
	.run = completion_run,
};
