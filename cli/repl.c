/* SPDX-License-Identifier: MIT */
/* The editor of the prompt, over libedit; its one home. */
#define _GNU_SOURCE /* SIGWINCH */
#include "repl.h"

#include "candidates.h"
#include "lines.h"
#include "width.h"
#include "words.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>
#include <wchar.h>

#define END_KEY 4     /* Ctrl-D */
#define PASTE_KEY 28  /* stands for a pasted text; Ctrl-\ never arrives as a key */
#define LOOK_MS 1000  /* how often an unlocked key is looked after */
#define ESCAPE_MS 50  /* the bytes of one key follow each other sooner */
#define KEY_BYTES 8   /* of a key that may begin a paste */
#define LIST_MOST 200 /* candidates shown at once */

/* What terminals put around a text that is pasted, once they are asked to. */
#define PASTE_BEGINS "\033[200~"
#define PASTE_ENDS "\033[201~"

struct prompt {
	struct session *session;
	EditLine *el;
	History *history;
	FILE *shown;	  /* where the line is edited */
	const char *file; /* NULL: no history file */
	bool file_failed;
	struct fm_buf text;
	mbstate_t shift;
	bool stops;  /* Ctrl-Z does something here */
	bool pastes; /* the terminal marks what is pasted */
	bool ahead;  /* what is read was typed before the editor had the terminal */
	char key[KEY_BYTES];
	size_t key_len, key_at; /* bytes that were read too far */
	struct fm_buf paste;
};

/* Set by signals that the wait for a key ends with. */
static volatile sig_atomic_t resized, continued, suspended;

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

static void on_suspend(int number)
{
	(void)number;
	suspended = 1;
}

static void say(const struct prompt *p, const char *what, const struct fm_err *err)
{
	fprintf(p->shown, "fourmica: warning: %s: %s\n", what, err->msg);
	if (err->hint[0])
		fprintf(p->shown, "hint: %s\n", err->hint);
}

/* ---- who has the terminal: the editor, or a command ---- */

/* In a locale of ASCII only other characters would be dropped, and the line be another one: names of
 * files are bytes, whatever a terminal shows of them. */
static void editor_locale(void)
{
	if (!setlocale(LC_CTYPE, "") ||
	    strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0 ||
	    strcmp(nl_langinfo(CODESET), "US-ASCII") == 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* A command gets the terminal, the locale and the signals as it would without a prompt: words of
 * protocols are compared alike in every locale only in C. */
static void editor_has_it(const struct prompt *p, bool has)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	act.sa_handler = has ? on_suspend : SIG_DFL;
	if (p->stops)
		sigaction(SIGTSTP, &act, NULL);
	if (has)
		editor_locale();
	else
		setlocale(LC_CTYPE, "C");
	if (p->pastes) {
		fputs(has ? "\033[?2004h" : "\033[?2004l", p->shown);
		fflush(p->shown);
	}
}

/* Give the terminal back as it was before, stop, and take it again. */
static void suspend(struct prompt *p)
{
	el_set(p->el, EL_PREP_TERM, 0);
	editor_has_it(p, false);
	fputc('\n', p->shown);
	fflush(p->shown);
	raise(SIGTSTP);
	editor_has_it(p, true);
}

/* Whoever had the terminal meanwhile left it as they like it. */
static void take_again(struct prompt *p)
{
	el_set(p->el, EL_PREP_TERM, 0);
	el_set(p->el, EL_PREP_TERM, 1);
	el_set(p->el, EL_REFRESH);
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
	static const int numbers[] = { SIGINT, SIGTERM, SIGTSTP, SIGCONT, SIGWINCH };
	const struct timespec most = { .tv_nsec = 0, .tv_sec = LOOK_MS / 1000 };
	sigset_t held, before;
	fd_set set;
	int count = -1;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&held, numbers[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	FD_ZERO(&set);
	FD_SET(STDIN_FILENO, &set);
	if (!app_signal && !suspended && !continued && !resized)
		count = pselect(STDIN_FILENO + 1, &set, NULL, NULL, &most, &before);
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

	if (suspended)
		suspend(p);
	if (resized)
		el_resize(p->el);
	if (continued || suspended)
		take_again(p);
	resized = continued = suspended = 0;
	session_watch(p->session);
	if (open)
		refresh(p);
}

static bool input_waits(int most_ms)
{
	struct pollfd set = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&set, 1, most_ms) > 0;
}

/* One byte; 0: the end; -1: interrupted. */
static int read_byte(struct prompt *p, char *c)
{
	if (p->key_at < p->key_len) {
		*c = p->key[p->key_at++];
		return 1;
	}
	for (;;) {
		ssize_t got;
		int ready = wait_key();

		if (app_signal)
			return -1;
		if (ready <= 0) {
			look_around(p);
			continue;
		}
		got = read(STDIN_FILENO, c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		session_used(p->session);
		return 1;
	}
}

/* Behind an Escape: does a paste begin? What was read of something else is read again. */
static bool paste_begins(struct prompt *p)
{
	static const char begins[] = PASTE_BEGINS;
	size_t len = 1;
	char key[KEY_BYTES] = { begins[0] };

	if (!p->pastes || p->key_at < p->key_len)
		return false;
	while (begins[len] && key[len - 1] == begins[len - 1] && input_waits(ESCAPE_MS) &&
	       read_byte(p, &key[len]) > 0)
		len++;
	if (len == strlen(begins) && key[len - 1] == begins[len - 1])
		return true;
	memcpy(p->key, key + 1, len - 1);
	p->key_len = len - 1;
	p->key_at = 0;
	return false;
}

/* Lines stay lines; what else is no text is dropped, and blanks and line ends behind the last. */
static void clean_paste(struct fm_buf *text)
{
	size_t to = 0;

	for (size_t i = 0; i < text->len; i++) {
		char c = text->ptr[i] == '\r' ? '\n' : text->ptr[i];

		if (c == '\t')
			c = ' ';
		if (c == '\n' && i && text->ptr[i - 1] == '\r' && text->ptr[i] == '\n')
			continue;
		if (c == '\n' || ((unsigned char)c >= ' ' && c != 127))
			text->ptr[to++] = c;
	}
	while (to && (text->ptr[to - 1] == '\n' || text->ptr[to - 1] == ' '))
		to--;
	text->len = to;
	if (text->ptr)
		text->ptr[to] = '\0';
}

/* What is pasted runs when Enter is pressed, not by itself. */
static int read_paste(struct prompt *p)
{
	static const char ends[] = PASTE_ENDS;
	const size_t len = sizeof(ends) - 1;
	int got;
	char c;

	fm_buf_wipe(&p->paste);
	while ((got = read_byte(p, &c)) > 0 && fm_buf_chr(&p->paste, c))
		if (p->paste.len >= len &&
		    memcmp(p->paste.ptr + p->paste.len - len, ends, len) == 0) {
			p->paste.len -= len;
			break;
		}
	clean_paste(&p->paste);
	return got;
}

static unsigned char insert_paste(EditLine *el, int key)
{
	struct prompt *p = NULL;
	unsigned char rc = CC_ERROR;

	(void)key;
	el_get(el, EL_CLIENTDATA, &p);
	if (p->paste.len && fm_buf_ok(&p->paste) && fm_utf8_ok(fm_buf_span(&p->paste)) &&
	    el_insertstr(el, p->paste.ptr) == 0)
		rc = CC_REFRESH;
	fm_buf_wipe(&p->paste);
	return rc;
}

/* Ctrl-D that was pressed before the terminal was given to the editor arrives as a zero; so does
 * Ctrl-Blank later, which is another key. */
static char typed_ahead(struct prompt *p, char c)
{
	if (!c && p->ahead)
		c = END_KEY;
	p->ahead = p->ahead && input_waits(0);
	return c;
}

/* One character; 0: the end; -1: interrupted. */
static int read_key(EditLine *el, wchar_t *out)
{
	struct prompt *p = NULL;

	el_get(el, EL_CLIENTDATA, &p);
	for (;;) {
		char c;
		int got = read_byte(p, &c);

		if (got <= 0)
			return got;
		c = typed_ahead(p, c);
		if (c == PASTE_BEGINS[0] && paste_begins(p)) {
			got = read_paste(p);
			*out = PASTE_KEY;
			return got;
		}
		switch (mbrtowc(out, &c, 1, &p->shift)) {
		case (size_t)-2:
			continue;
		case (size_t)-1:
			memset(&p->shift, 0, sizeof(p->shift));
			fputc('\a', p->shown);
			fflush(p->shown);
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
	const size_t count = found->count < LIST_MOST ? found->count : LIST_MOST;
	size_t wide = 0, across;

	el_get(p->el, EL_GETTC, "co", &columns, (void *)NULL);
	for (size_t i = 0; i < count; i++) {
		size_t len = width_of(fm_span_of(found->items[i].value));

		wide = len > wide ? len : wide;
	}
	across = columns > 0 && wide + 2 < (size_t)columns ? (size_t)columns / (wide + 2)
							   : 1;
	for (size_t i = 0; i < count; i++) {
		const char *value = found->items[i].value;

		fprintf(p->shown, "%s%s%*s", i % across ? "" : "\n", value,
			(int)(wide + 2 - width_of(fm_span_of(value))), "");
	}
	if (count < found->count)
		fprintf(p->shown, "\n... and %zu more", found->count - count);
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
	editor_locale();
	p->shown = isatty(STDOUT_FILENO) ? stdout : stderr;
	p->pastes = term && *term && strcmp(term, "dumb") != 0;
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
	el_set(p->el, EL_ADDFN, "fourmica-paste", "insert what was pasted", insert_paste);
	/* The user's own keys, in ~/.editrc; ours for what is needed to work. */
	el_source(p->el, NULL);
	el_set(p->el, EL_BIND, "^I", "fourmica-complete", NULL);
	el_set(p->el, EL_BIND, "^\\", "fourmica-paste", NULL);
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

		editor_has_it(p, true);
		renew(p);
		/* Before the prompt is shown: what is typed at it is the editor's. */
		el_set(p->el, EL_PREP_TERM, 1);
		p->ahead = input_waits(0);
		text = el_gets(p->el, &len);
		editor_has_it(p, false);
		if (app_signal) {
			fputs(app_signal == SIGINT ? "^C\n" : "\n", p->shown);
			el_reset(p->el);
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
	struct sigaction act, resize, go_on, stop;
	enum fm_code rc = FM_OK;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	fm_buf_init(&p.text, 4096);
	fm_buf_init(&p.paste, WORDS_LINE_MAX);
	sigaction(SIGTSTP, NULL, &stop);
	p.stops = stop.sa_handler != SIG_IGN;
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
	sigaction(SIGTSTP, &stop, NULL);
	end(&p);
	return rc;
}
