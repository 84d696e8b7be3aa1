/* SPDX-License-Identifier: MIT */
/* One command line, from its words to its exit status. The prompt comes back for each. */
#include "config.h"
#include "help.h"
#include "session.h"

#include <stdio.h>
#include <string.h>

extern const struct cmd cmd_version;

static enum fm_code run_command(struct app *app, struct out *out, const struct args *args,
				const struct cmd *cmd, const void *values,
				struct session *s, struct fm_err *err)
{
	enum fm_code rc = app_open(app, cmd, &args->globals, out, s, err);

	if (!rc)
		rc = cmd->run(app, values, err);
	/* Whoever noticed the signal knew only that there was one. */
	if (rc == FM_E_INTERRUPTED && app_signal == SIGTERM)
		rc = err->code = FM_E_TERMINATED;
	return rc;
}

static enum fm_code run_help(struct app *app, struct out *out, const struct args *args,
			     struct session *s, struct fm_err *err)
{
	const char *names[CMD_DEPTH];
	struct help_args words = {
		{names, args->depth}
	};

	for (size_t i = 0; i < args->depth; i++)
		names[i] = args->path[i]->name;
	out_begin(out, &cmd_help, "help");
	return run_command(app, out, args, &cmd_help, &words, s, err);
}

static enum fm_code no_command(struct out *out, struct fm_err *err)
{
	struct fm_buf text;
	struct page page = { .buf = &text, .width = out_width(out) };

	fm_fail(err, FM_E_USAGE, "a command is missing");
	fm_hint(err, "run: fourmica help");
	if (out_is_json(out))
		return FM_E_USAGE;
	fm_buf_init(&text, 65536);
	help_short(&page);
	if (fm_buf_ok(&text))
		fputs(text.ptr, stderr);
	fm_buf_clear(&text);
	out_said(out);
	return FM_E_USAGE;
}

static enum fm_code dispatch(struct app *app, struct out *out, const struct args *args,
			     struct session *s, struct fm_err *err)
{
	const struct cmd *cmd = args_cmd(args);

	if (args->globals.help)
		return run_help(app, out, args, s, err);
	if (!cmd && args->globals.version) {
		out_begin(out, &cmd_version, "version");
		return run_command(app, out, args, &cmd_version, NULL, s, err);
	}
	if (!cmd)
		return no_command(out, err);
	return run_command(app, out, args, cmd, args->values, s, err);
}

/* ---- what the prompt remembers ---- */

static void copy_told(struct told *to, const struct told *from)
{
	fm_buf_wipe(&to->document);
	fm_buf_add(&to->document, from->document.ptr, from->document.len);
	memcpy(to->name, from->name, sizeof(to->name));
	to->rc = from->rc;
	to->err = from->err;
}

/* The words of the prompt itself are no results. */
static bool is_result(const struct session *s, const struct args *args)
{
	return args->depth && !cmd_find(s->context.more, args->path[0]->name) &&
	       strcmp(args->path[0]->name, "explain") != 0;
}

static void remember(struct session *s, struct out *out, const struct args *args,
		     enum fm_code rc, const struct fm_err *err)
{
	if (!s->stays || !is_result(s, args))
		return;
	fm_buf_wipe(&s->last.document);
	out_document(out, &s->last.document, rc, err);
	args_name(s->last.name, args, '.');
	s->last.rc = rc;
	s->last.err = *err;
	if (rc && rc != FM_E_INTERRUPTED && rc != FM_E_TERMINATED)
		copy_told(&s->refusal, &s->last);
}

/* ---- the line ---- */

static struct out *make_out(const struct session *s, const struct globals *globals)
{
	return out_new(&(struct out_options){
		.form = globals->jsonl	? OUT_JSONL
			: globals->json ? OUT_JSON
					: OUT_TEXT,
		.quiet = globals->quiet,
		.verbose = globals->verbose,
		.color = globals->color,
		.keep = s->stays,
	});
}

int session_run(struct session *s, int argc, char **argv)
{
	char name[CMD_NAME_MAX];
	struct app app = { .out = NULL };
	struct args args;
	struct fm_err err;
	struct out *out;
	enum fm_code rc, form;
	int status;

	fm_err_init(&err);
	rc = args_parse_in(&args, &s->context, argc, argv, &err);
	if (rc)
		args_guess_form(&args.globals.json, &args.globals.jsonl, argc, argv);
	form = config_output(&args.globals, rc ? NULL : &err);
	out = make_out(s, &args.globals);
	if (!out) {
		fputs("fourmica: not enough memory\n", stderr);
		args_free(&args);
		return fm_code_info(FM_E_NOMEM)->exit_status;
	}
	args_name(name, &args, '.');
	out_begin(out, args_cmd(&args), name);
	if (!rc)
		rc = form;
	if (!rc)
		rc = dispatch(&app, out, &args, s, &err);
	status = out_finish(out, rc, &err);
	remember(s, out, &args, rc, &err);
	s->open_line = out_open_line(out);
	if (status == fm_code_info(rc)->exit_status)
		app_written(&app);
	if (!rc)
		session_keep_ledger(s, &app);
	app_close(&app);
	out_free(&out);
	args_free(&args);
	return status;
}
