/* SPDX-License-Identifier: MIT */
/* The prompt at a terminal: lines are edited by libedit, run, and kept. */
#include "repl_edit.h"

#include "lines.h"
#include "words.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const struct prompt *p, const char *what, const struct fm_err *err)
{
	fprintf(p->shown, "fourmica: warning: %s: %s\n", what, err->msg);
	if (err->hint[0])
		fprintf(p->shown, "hint: %s\n", err->hint);
}

/* ---- the prompt ---- */

static char *prompt_of(EditLine *el)
{
	struct prompt *p = NULL;

	libedit()->get(el, EL_CLIENTDATA, &p);
	return p->text.ptr;
}

void repl_renew(struct prompt *p)
{
	fm_buf_clear(&p->text);
	fm_buf_init(&p->text, 4096);
	prompt_text(&p->text, p->session);
	if (!fm_buf_ok(&p->text) || !p->text.ptr) {
		fm_buf_clear(&p->text);
		fm_buf_init(&p->text, 64);
		fm_buf_str(&p->text, "> ");
	}
}

/* ---- history ---- */

static void add_line(void *ctx, const char *line)
{
	struct prompt *p = ctx;
	HistEvent event;

	libedit()->history(p->history, &event, H_ENTER, line);
}

/* What is none may have been meant as the answer to a question. */
static bool is_command(const struct prompt *p, const char *line)
{
	char word[CMD_NAME_MAX];
	size_t len = strcspn(line, " \t");

	if (len >= sizeof(word))
		return false;
	memcpy(word, line, len);
	word[len] = '\0';
	return word[0] == '-' || cmd_find(p->session->context.more, word) ||
	       cmd_find(commands, word);
}

static void keep_line(struct prompt *p, const char *line)
{
	struct fm_err err;

	fm_err_init(&err);
	if (!lines_may_keep(line))
		return;
	add_line(p, line);
	if (!p->file || p->file_failed || !is_command(p, line))
		return;
	p->file_failed = lines_append(p->file, line, &err) != FM_OK;
	if (p->file_failed)
		say(p, "no history is kept", &err);
}

static void load_history(struct prompt *p)
{
	struct fm_err err;

	fm_err_init(&err);
	if (!p->file)
		return;
	p->file_failed = lines_load(p->file, add_line, p, &err) != FM_OK;
	if (p->file_failed)
		say(p, "no history is kept", &err);
}

/* ---- the loop ---- */

static bool start(struct prompt *p)
{
	const char *term = getenv("TERM");
	HistEvent event;

	setlocale(LC_CTYPE, "");
	p->session->shows_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	repl_editor_locale();
	p->shown = isatty(STDOUT_FILENO) ? stdout : stderr;
	p->pastes = term && *term && strcmp(term, "dumb") != 0;
	p->history = libedit()->history_init();
	p->el = libedit()->init("fourmica", stdin, p->shown, stderr);
	if (!p->history || !p->el)
		return false;
	libedit()->history(p->history, &event, H_SETSIZE, LINES_MOST);
	libedit()->history(p->history, &event, H_SETUNIQUE, 1);
	libedit()->set(p->el, EL_CLIENTDATA, p);
	libedit()->set(p->el, EL_PROMPT, prompt_of);
	libedit()->set(p->el, EL_SIGNAL, 0);
	libedit()->set(p->el, EL_EDITOR, "emacs");
	libedit()->set(p->el, EL_HIST, libedit()->history, p->history);
	libedit()->set(p->el, EL_GETCFN, repl_read_key);
	/* These keep the texts, where set would keep copies that nobody frees. */
	libedit()->wset(p->el, EL_ADDFN, L"fourmica-complete", L"complete the word",
			repl_complete);
	libedit()->wset(p->el, EL_ADDFN, L"fourmica-paste", L"insert what was pasted",
			repl_insert_paste);
	/* The user's own keys, in ~/.editrc; ours for what is needed to work. */
	libedit()->source(p->el, NULL);
	libedit()->set(p->el, EL_BIND, "^I", "fourmica-complete", NULL);
	libedit()->set(p->el, EL_BIND, "^\\", "fourmica-paste", NULL);
	libedit()->set(p->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	return true;
}

static void end(struct prompt *p)
{
	if (p->el)
		libedit()->end(p->el);
	if (p->history)
		libedit()->history_end(p->history);
	fm_buf_clear(&p->text);
	fm_buf_wipe(&p->paste);
}

static int one_line(struct prompt *p, const char *line)
{
	int status;

	/* Before it runs: a line that takes the program down is worth having. */
	keep_line(p, line);
	p->session->open_line = false;
	status = repl_line(p->session, fm_span_of(line), NULL);
	if (p->session->open_line && isatty(STDOUT_FILENO))
		fputc('\n', p->shown);
	return status;
}

/* More than one of them were pasted: as from a pipe, the first that fails is the last that runs. */
static void each_line(struct prompt *p, const char *text, int len)
{
	const size_t size = (size_t)len;
	char *lines = malloc(size + 1), *line = lines;
	bool more = lines != NULL;
	int status = 0;

	if (!lines)
		return;
	memcpy(lines, text, size);
	lines[size] = '\0';
	while (more && !status && !app_signal && !p->session->leaving) {
		size_t end = strcspn(line, "\r\n");

		more = line[end] && line[end + 1];
		line[end] = '\0';
		status = one_line(p, line);
		line += end + 1;
	}
	if (more)
		fprintf(p->shown, "fourmica: the lines behind this one were not run\n");
	fm_wipe(lines, size);
	free(lines);
}

/* False: leave. */
static bool interrupted(struct prompt *p)
{
	if (app_signal == SIGTERM) {
		p->session->status = fm_code_info(FM_E_TERMINATED)->exit_status;
		return false;
	}
	app_signal = 0;
	return true;
}

static void loop(struct prompt *p)
{
	struct session *s = p->session;

	while (!s->leaving) {
		const char *text;
		int len = 0;

		repl_editor_has_it(p, true);
		repl_renew(p);
		/* Before the prompt is shown: what is typed at it is the editor's. */
		libedit()->set(p->el, EL_PREP_TERM, 1);
		p->ahead = repl_input_waits(0);
		text = libedit()->gets(p->el, &len);
		repl_editor_has_it(p, false);
		if (app_signal) {
			fputs(app_signal == SIGINT ? "^C\n" : "\n", p->shown);
			libedit()->reset(p->el);
			if (!interrupted(p))
				return;
			continue;
		}
		if (!text || len <= 0)
			break;
		each_line(p, text, len);
		/* Ctrl-C ended the command, not the prompt. */
		if (app_signal && !interrupted(p))
			return;
	}
	if (!s->leaving)
		fputc('\n', p->shown);
}

enum fm_code repl_edit(struct session *s, const char *file, struct fm_err *err)
{
	struct prompt p = { .session = s, .file = file };
	struct repl_signals back;
	enum fm_code rc = libedit_load(err);

	if (rc)
		return rc;
	fm_buf_init(&p.text, 4096);
	fm_buf_init(&p.paste, WORDS_LINE_MAX);
	if (!start(&p)) {
		end(&p);
		return fm_fail(err, FM_E_INPUT,
			       "the terminal cannot be used for a prompt");
	}
	repl_signals_begin(&p, &back);
	load_history(&p);
	loop(&p);
	repl_signals_end(&back);
	end(&p);
	return FM_OK;
}
