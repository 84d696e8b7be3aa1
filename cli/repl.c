/* SPDX-License-Identifier: MIT */
/* The editor of the prompt, over libedit; its one home. */
#define _GNU_SOURCE /* SIGWINCH */
#include "repl.h"

#include "candidates.h"
#include "lines.h"
#include "words.h"

#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>
#include <wchar.h>

#define END_KEY 4    /* Ctrl-D */
#define LOOK_MS 1000 /* how often an unlocked key is looked after */

struct prompt {
	struct session *session;
	EditLine *el;
	History *history;
	FILE *shown;	  /* where the line is edited */
	const char *file; /* NULL: no history file */
	bool file_failed;
	struct fm_buf text;
	mbstate_t shift;
};

/* Set by signals that the wait for a key ends with. */
static volatile sig_atomic_t resized, continued;

static void on_resize(int number)
{
	(void)number;
	resized = 1;
}

static void on_continue(int number)
{
	(void)number;
	continued = 1;
}

static void say(const struct prompt *p, const char *what, const struct fm_err *err)
{
	fprintf(p->shown, "fourmica: warning: %s: %s\n", what, err->msg);
	if (err->hint[0])
		fprintf(p->shown, "hint: %s\n", err->hint);
}

/* ---- keys ---- */

static char *prompt_of(EditLine *el)
{
	struct prompt *p = NULL;

	el_get(el, EL_CLIENTDATA, &p);
	return p->text.ptr;
}

static void renew(struct prompt *p)
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

/* Until a key was pressed, a second is over, or a signal came: a key that is unlocked is looked after
 * while nobody types. Signals are let in only here. */
static int wait_key(void)
{
	const struct timespec most = { .tv_nsec = 0, .tv_sec = LOOK_MS / 1000 };
	sigset_t held, before;
	fd_set set;
	int count;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, &before);
	FD_ZERO(&set);
	FD_SET(STDIN_FILENO, &set);
	count = app_signal ? -1
			   : pselect(STDIN_FILENO + 1, &set, NULL, NULL, &most, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return count;
}

static void refresh(struct prompt *p)
{
	char *before = p->text.ptr ? strdup(p->text.ptr) : NULL;

	renew(p);
	if (!before || strcmp(before, p->text.ptr) != 0)
		el_set(p->el, EL_REFRESH);
	free(before);
}

static void look_around(struct prompt *p)
{
	bool open = p->session->signer.ops != NULL;

	if (resized)
		el_resize(p->el);
	if (continued) {
		el_set(p->el, EL_PREP_TERM, 1);
		el_set(p->el, EL_REFRESH);
	}
	resized = continued = 0;
	session_watch(p->session);
	if (open)
		refresh(p);
}

/* One character; 0: the end; -1: interrupted. */
static int read_key(EditLine *el, wchar_t *out)
{
	struct prompt *p = NULL;

	el_get(el, EL_CLIENTDATA, &p);
	for (;;) {
		char c;
		ssize_t got;
		int ready = wait_key();

		if (app_signal)
			return -1;
		if (ready <= 0) {
			look_around(p);
			continue;
		}
		got = read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		session_used(p->session);
		/* Ctrl-D that was pressed before the terminal was given to the editor. */
		if (!c)
			c = END_KEY;
		switch (mbrtowc(out, &c, 1, &p->shift)) {
		case (size_t)-2:
			continue;
		case (size_t)-1:
			memset(&p->shift, 0, sizeof(p->shift));
			continue;
		default:
			return 1;
		}
	}
}

/* ---- completion ---- */

static void list(const struct prompt *p, const struct candidates *found)
{
	int columns = 80;
	size_t wide = 0, across;

	el_get(p->el, EL_GETTC, "co", &columns, (void *)NULL);
	for (size_t i = 0; i < found->count; i++) {
		size_t len = strlen(found->items[i].value);

		wide = len > wide ? len : wide;
	}
	across = columns > 0 && wide + 2 < (size_t)columns ? (size_t)columns / (wide + 2)
							   : 1;
	for (size_t i = 0; i < found->count; i++)
		fprintf(p->shown, "%s%-*s", i % across ? "" : "\n", (int)wide + 2,
			found->items[i].value);
	fputc('\n', p->shown);
	fflush(p->shown);
}

/* The quote the cursor stands in, or 0. */
static char quote_at(struct fm_span line)
{
	char quote = '\0';

	for (size_t i = 0; i < line.len; i++) {
		char c = line.ptr[i];

		if (c == '\\' && quote != '\'')
			i++;
		else if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '\'' || c == '"')
			quote = c;
	}
	return quote;
}

/* What all of them begin with, behind what was typed. */
static size_t common(const struct candidates *found, size_t from)
{
	const char *first = found->items[0].value;
	size_t len = strlen(first);

	for (size_t i = 1; i < found->count; i++)
		while (len > from && strncmp(first, found->items[i].value, len) != 0)
			len--;
	return len;
}

static bool insert(struct prompt *p, const struct candidates *found, const char *typed,
		   char quote)
{
	size_t from = strlen(typed), to = common(found, from);
	struct fm_buf piece, quoted;
	bool moved;

	fm_buf_init(&piece, WORDS_LINE_MAX);
	fm_buf_init(&quoted, 2 * WORDS_LINE_MAX);
	fm_buf_add(&piece, found->items[0].value + from, to - from);
	if (piece.len)
		words_quote(&quoted, piece.ptr, quote);
	if (found->count == 1 && !found->items[0].open) {
		if (quote)
			fm_buf_chr(&quoted, quote);
		fm_buf_chr(&quoted, ' ');
	}
	moved = quoted.len && el_insertstr(p->el, quoted.ptr) == 0;
	fm_buf_clear(&piece);
	fm_buf_clear(&quoted);
	return moved;
}

static unsigned char complete(EditLine *el, int key)
{
	struct prompt *p = NULL;
	const LineInfo *info = el_line(el);
	struct fm_span line = { info->buffer, (size_t)(info->cursor - info->buffer) };
	struct candidates found = { 0 };
	struct words words;
	unsigned char rc = CC_ERROR;

	(void)key;
	el_get(el, EL_CLIENTDATA, &p);
	if (!words_typed(&words, line))
		return CC_ERROR;
	candidates_find(&found, p->session, (int)words.count, words.items, true);
	if (found.count) {
		const char *typed = words.items[words.count - 1];

		rc = CC_REFRESH;
		if (!insert(p, &found, typed, quote_at(line))) {
			list(p, &found);
			rc = CC_REDISPLAY;
		}
	}
	candidates_clear(&found);
	words_clear(&words);
	return rc;
}

/* ---- history ---- */

static void add_line(void *ctx, const char *line)
{
	struct prompt *p = ctx;
	HistEvent event;

	history(p->history, &event, H_ENTER, line);
}

static void keep_line(struct prompt *p, const char *line)
{
	struct fm_err err;

	fm_err_init(&err);
	if (!lines_may_keep(line))
		return;
	add_line(p, line);
	if (!p->file || p->file_failed)
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
	HistEvent event;

	setlocale(LC_CTYPE, "");
	p->shown = isatty(STDOUT_FILENO) ? stdout : stderr;
	p->history = history_init();
	p->el = el_init("fourmica", stdin, p->shown, stderr);
	if (!p->history || !p->el)
		return false;
	history(p->history, &event, H_SETSIZE, LINES_MOST);
	history(p->history, &event, H_SETUNIQUE, 1);
	el_set(p->el, EL_CLIENTDATA, p);
	el_set(p->el, EL_PROMPT, prompt_of);
	el_set(p->el, EL_SIGNAL, 0);
	el_set(p->el, EL_EDITOR, "emacs");
	el_set(p->el, EL_HIST, history, p->history);
	el_set(p->el, EL_GETCFN, read_key);
	el_set(p->el, EL_ADDFN, "fourmica-complete", "complete the word", complete);
	/* The user's own keys, in ~/.editrc; ours for what is needed to work. */
	el_source(p->el, NULL);
	el_set(p->el, EL_BIND, "^I", "fourmica-complete", NULL);
	el_set(p->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	return true;
}

static void end(struct prompt *p)
{
	if (p->el)
		el_end(p->el);
	if (p->history)
		history_end(p->history);
	fm_buf_clear(&p->text);
}

static void one_line(struct prompt *p, const char *text, int len)
{
	size_t size = (size_t)len;
	char *line = malloc(size + 1);

	if (!line)
		return;
	memcpy(line, text, size);
	line[size] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	size = strlen(line);
	while (size && line[size - 1] == ' ')
		line[--size] = '\0';
	/* Before it runs: a line that takes the program down is worth having. */
	keep_line(p, line);
	p->session->open_line = false;
	repl_line(p->session, fm_span_of(line), NULL);
	if (p->session->open_line && isatty(STDOUT_FILENO))
		fputc('\n', p->shown);
	fm_wipe(line, size);
	free(line);
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

		renew(p);
		text = el_gets(p->el, &len);
		if (app_signal) {
			fputs("^C\n", p->shown);
			el_reset(p->el);
			if (!interrupted(p))
				return;
			continue;
		}
		if (!text || len <= 0)
			break;
		one_line(p, text, len);
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
	struct sigaction act, resize, go_on;
	enum fm_code rc = FM_OK;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	fm_buf_init(&p.text, 4096);
	if (!start(&p)) {
		end(&p);
		return fm_fail(err, FM_E_INPUT,
			       "the terminal cannot be used for a prompt");
	}
	act.sa_handler = on_resize;
	sigaction(SIGWINCH, &act, &resize);
	act.sa_handler = on_continue;
	sigaction(SIGCONT, &act, &go_on);
	load_history(&p);
	loop(&p);
	sigaction(SIGWINCH, &resize, NULL);
	sigaction(SIGCONT, &go_on, NULL);
	end(&p);
	return rc;
}
