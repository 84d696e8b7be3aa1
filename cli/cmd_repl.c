/* SPDX-License-Identifier: MIT */
/* `repl`: one line, one command. */
#include "repl.h"
#include "sys.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct repl {
	const char *for_text, *idle_text;
	bool keep_nothing;
};

/* clang-format off */
static const struct param params[] = {
	OPT(struct repl, for_text, "for", 0, "TIME",
	    "keep a key that was unlocked for TIME, at most 24h; usually 15m"),
	OPT(struct repl, idle_text, "idle", 0, "TIME",
	    "lock when nothing was typed for TIME; usually 10m"),
	OPT(struct repl, keep_nothing, "no-history", 0, NULL, "neither read nor write the history file"),
	{ 0 },
};

static const struct field fields[] = {
	{ "lines", NULL, FIELD_NUMBER, "commands that were run", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica repl --for 1h", "a prompt; the passphrase is asked for once an hour" },
	{ "printf 'set task=nightly\\npay https://api.example.com/a\\n' | fourmica repl",
	  "a list of commands; it ends at the first that fails, with its status" },
	{ 0 },
};
/* clang-format on */

/* ---- lines ---- */

static enum fm_code last_of(struct fm_buf *out, void *ctx, struct fm_span path,
			    struct fm_err *err)
{
	return session_last(out, ctx, path, err);
}

/* A line that is no command line at all is told like any other usage error. */
static int bad_line(const struct session *s, enum fm_code rc, const struct fm_err *err)
{
	struct out *out = out_new(&(struct out_options){
		.form = s->globals.jsonl  ? OUT_JSONL
			: s->globals.json ? OUT_JSON
					  : OUT_TEXT,
		.color = s->globals.color,
	});
	int status = fm_code_info(rc)->exit_status;

	if (!out)
		return status;
	out_begin(out, NULL, "");
	status = out_finish(out, rc, err);
	out_free(&out);
	return status;
}

int repl_line(struct session *s, struct fm_span line, bool *ran)
{
	struct words words;
	struct fm_err err;
	enum fm_code rc;
	int status = 0;

	fm_err_init(&err);
	if (ran)
		*ran = false;
	rc = words_split(&words, line, last_of, s, &err);
	if (rc)
		return bad_line(s, rc, &err);
	if (words.count > 1) {
		session_used(s);
		session_watch(s);
		status = session_run(s, (int)words.count, words.items);
		session_used(s);
		session_watch(s);
		if (ran)
			*ran = true;
	}
	words_clear(&words);
	return status;
}

/* No prompt, no history; the first failure ends it. A command that reads standard input takes what
 * follows, as in a shell. */
static enum fm_code from_pipe(struct session *s, int64_t *lines, struct fm_err *err)
{
	enum fm_code rc = FM_OK;
	bool any = true;

	while (!rc && any && !s->leaving && !s->status) {
		struct fm_buf line;
		bool ran = false;

		fm_buf_init(&line, WORDS_LINE_MAX);
		rc = sys_read_line(&line, &any, STDIN_FILENO, "standard input", err);
		if (!rc && any)
			s->status = repl_line(s, fm_buf_span(&line), &ran);
		*lines += ran;
		fm_buf_wipe(&line);
	}
	return rc;
}

/* ---- the command ---- */

static bool at_terminal(void)
{
	return isatty(STDIN_FILENO) && (isatty(STDOUT_FILENO) || isatty(STDERR_FILENO));
}

static enum fm_code begin(struct session *s, struct app *app, const struct repl *a,
			  struct fm_err *err)
{
	int64_t for_s = SESSION_FOR_S, idle_s = SESSION_IDLE_S;

	if (s->stays)
		return fm_fail(err, FM_E_USAGE, "this is the prompt already");
	if (session_time(&for_s, a->for_text, "--for", err) ||
	    session_time(&idle_s, a->idle_text, "--idle", err))
		return FM_E_USAGE;
	s->stop_file = strdup(app->paths.stop_file);
	s->ledger_file = strdup(app->paths.ledger_file);
	if (!s->stop_file || !s->ledger_file)
		return fm_nomem(err);
	s->stays = true;
	s->globals = app->given;
	s->context.more = repl_words;
	s->context.globals = &s->globals;
	s->for_ms = for_s * 1000;
	s->idle_ms = idle_s * 1000;
	return FM_OK;
}

static enum fm_code repl_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct repl *a = values;
	struct session *s = app->session;
	int64_t lines = 0;
	enum fm_code rc = begin(s, app, a, err);

	if (rc)
		return rc;
	if (at_terminal() && !app->opt.no_input)
		rc = repl_edit(s, a->keep_nothing ? NULL : app->paths.history_file, err);
	else
		rc = from_pipe(s, &lines, err);
	session_lock(s);
	fm_ledger_close(&s->ledger);
	s->leaving = true;
	out_number(app->out, "lines", lines);
	/* The lines wrote their own documents; this one says how none came to be. */
	if (lines && !rc)
		out_told(app->out);
	return rc;
}

const struct cmd cmd_repl = {
	.name = "repl",
	.summary = "a prompt: one line, one command",
	.details =
		"Each line is a command line without the word fourmica. Quotes and backslashes are "
		"read as a shell reads them; nothing is expanded but $last.FIELD, which is a member of "
		"the previous command's JSON result: first of its data ($last.payment_id, "
		"$last.limits.0.rule), then of the document ($last.status, $last.exit). An amount "
		"becomes a word that can be given as one. A value stays one word; one that would be "
		"read as an option or as the name of a file to send, because it begins with - or @, "
		"is refused there. # starts a comment.\n\n"
		"The prompt shows network, wallet, how long the key is still unlocked, and the least "
		"that a limit of the policy has left. MAINNET, STOPPED and the number of payments and "
		"transactions in doubt, here or on other networks, take the place of the budget.\n\n"
		"Beside the commands of the program there are set and unset (set task=build-17 gives "
		"--task to every line that follows; set max-amount=0.05usdc caps every payment), "
		"unlock and lock, and exit. \"explain\" without words tells why the last command "
		"failed, with every rule that was looked at. Options given to repl itself, such as "
		"--network or --json, hold for every line.\n\n"
		"A passphrase that was typed keeps the wallet open for the time of --for; lock, "
		"--idle, an emergency stop, the machine sleeping, a change of the wallet's file by "
		"another program and the end of the prompt wipe the key, also while a command waits "
		"for an answer. Connections are kept as well.\n\n"
		"Tab completes commands, options, wallets, networks, sellers, tasks, ids of the "
		"ledger and files, without the network. Ctrl-C ends the command that runs, or empties "
		"the line. Several lines that are pasted into a terminal run when Enter is pressed, one "
		"after the other, until one fails. The history is kept in a file of mode 0600. It never holds what was typed at "
		"a question, lines that begin with a blank, lines with options that take a "
		"credential (-u, -H, -b) or with words such as password, or anything that looks like "
		"a key or a mnemonic. Lines that are no command, such as a passphrase where none was asked "
		"for, are kept until the prompt ends, and not in the file.\n\n"
		"When standard input is no terminal there is no prompt, the first line that fails "
		"ends it, and the exit status is that line's.",
	.params = params,
	.size = sizeof(struct repl),
	.fields = fields,
	.examples = examples,
	.needs = NEED_PATHS,
	.run = repl_run,
};
