/* SPDX-License-Identifier: MIT */
/* Closes the doors first, then runs one command line. */
#include "app.h"
#include "args.h"
#include "config.h"
#include "help.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define UNDER_ASAN 1
#endif

extern const struct cmd cmd_version;

/* ---- doors ---- */

/* A closed standard stream would become the next file we open, and get our messages. What is
 * put in its place fails the way the closed one would: cannot be written, cannot be read. */
static void fill_streams(void)
{
	static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			abort();
}

static void forbid_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		abort();
#if defined(__linux__) && !defined(UNDER_ASAN)
	/* Also keeps other processes of the user from attaching. The leak checker attaches. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static void on_signal(int number)
{
	app_signal = number;
}

/* No SA_RESTART: waiting calls return and look. A signal ignored by our parent (a job in the
 * background) stays ignored. */
static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM };
	struct sigaction act, old;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	act.sa_handler = SIG_IGN;
	/* Writing says so itself: a reader that went away, a file over its limit. */
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGXFSZ, &act, NULL);
	act.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(numbers[i], &act, NULL);
}

/* Out of the environment before anything else can look at it, the copy in /proc included. */
static struct fm_secret *take_passphrase(void)
{
	char *value = getenv("FOURMICA_PASSPHRASE");
	struct fm_secret *secret = NULL;

	if (value && *value)
		secret = fm_secret_take(value, strlen(value));
	unsetenv("FOURMICA_PASSPHRASE");
	return secret;
}

/* ---- one line ---- */

static enum fm_code run_command(struct app *app, struct out *out, const struct args *args,
				const struct cmd *cmd, const void *values,
				struct fm_secret **pass, struct fm_err *err)
{
	enum fm_code rc = app_open(app, cmd, &args->globals, out, pass, err);

	if (!rc)
		rc = cmd->run(app, values, err);
	/* Whoever noticed the signal knew only that there was one. */
	if (rc == FM_E_INTERRUPTED && app_signal == SIGTERM)
		rc = err->code = FM_E_TERMINATED;
	return rc;
}

static enum fm_code run_help(struct app *app, struct out *out, const struct args *args,
			     struct fm_secret **pass, struct fm_err *err)
{
	const char *names[CMD_DEPTH];
	struct help_args words = {
		{names, args->depth}
	};

	for (size_t i = 0; i < args->depth; i++)
		names[i] = args->path[i]->name;
	out_begin(out, &cmd_help, "help");
	return run_command(app, out, args, &cmd_help, &words, pass, err);
}

static enum fm_code no_command(struct out *out, struct fm_err *err)
{
	struct fm_buf text;
	struct page page = { &text, out_width(out), false };

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
			     struct fm_secret **pass, struct fm_err *err)
{
	const struct cmd *cmd = args_cmd(args);

	if (args->globals.help)
		return run_help(app, out, args, pass, err);
	if (!cmd && args->globals.version) {
		out_begin(out, &cmd_version, "version");
		return run_command(app, out, args, &cmd_version, NULL, pass, err);
	}
	if (!cmd)
		return no_command(out, err);
	return run_command(app, out, args, cmd, args->values, pass, err);
}

static int run(int argc, char **argv, struct fm_secret **pass)
{
	char name[CMD_NAME_MAX];
	struct app app = { .out = NULL };
	struct args args;
	struct fm_err err;
	struct out *out;
	enum fm_code rc, form;
	int status;

	fm_err_init(&err);
	rc = args_parse(&args, argc, argv, &err);
	if (rc)
		args_guess_form(&args.globals.json, &args.globals.jsonl, argc, argv);
	form = config_output(&args.globals, rc ? NULL : &err);
	out = out_new(&(struct out_options){
		.form = args.globals.jsonl  ? OUT_JSONL
			: args.globals.json ? OUT_JSON
					    : OUT_TEXT,
		.quiet = args.globals.quiet,
		.verbose = args.globals.verbose,
		.color = args.globals.color,
	});
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
		rc = dispatch(&app, out, &args, pass, &err);
	status = out_finish(out, rc, &err);
	if (status == fm_code_info(rc)->exit_status)
		app_written(&app);
	app_close(&app);
	out_free(&out);
	args_free(&args);
	return status;
}

int main(int argc, char **argv)
{
	struct fm_secret *pass;
	int status;

	fill_streams();
	forbid_dumps();
	umask(077);
	catch_signals();
	pass = take_passphrase();
	status = run(argc, argv, &pass);
	fm_secret_free(&pass);
	return status;
}
