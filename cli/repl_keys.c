/* SPDX-License-Identifier: MIT */
/* Keys of the prompt: the terminal is the editor's between commands, an unlocked key is looked after
 * while nobody types, and what is pasted runs when Enter is pressed. */
#define _GNU_SOURCE /* SIGWINCH */
#include "repl_edit.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

#define END_KEY 4    /* Ctrl-D */
#define LOOK_MS 1000 /* how often an unlocked key is looked after */
#define ESCAPE_MS 50 /* the bytes of one key follow each other sooner */

/* What terminals put around a text that is pasted, once they are asked to. */
#define PASTE_BEGINS "\033[200~"
#define PASTE_ENDS "\033[201~"

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

/* ---- who has the terminal: the editor, or a command ---- */

/* In a locale of ASCII only other characters would be dropped, and the line be another one: names of
 * files are bytes, whatever a terminal shows of them. */
void repl_editor_locale(void)
{
	if (!setlocale(LC_CTYPE, "") ||
	    strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0 ||
	    strcmp(nl_langinfo(CODESET), "US-ASCII") == 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* A command gets the terminal, the locale and the signals as it would without a prompt: words of
 * protocols are compared alike in every locale only in C. */
void repl_editor_has_it(const struct prompt *p, bool has)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	act.sa_handler = has ? on_suspend : SIG_DFL;
	if (p->stops)
		sigaction(SIGTSTP, &act, NULL);
	if (has)
		repl_editor_locale();
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
	libedit()->set(p->el, EL_PREP_TERM, 0);
	repl_editor_has_it(p, false);
	fputc('\n', p->shown);
	fflush(p->shown);
	raise(SIGTSTP);
	repl_editor_has_it(p, true);
}

/* Whoever had the terminal meanwhile left it as they like it. */
static void take_again(struct prompt *p)
{
	libedit()->set(p->el, EL_PREP_TERM, 0);
	libedit()->set(p->el, EL_PREP_TERM, 1);
	libedit()->set(p->el, EL_REFRESH);
}

/* ---- keys ---- */

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

	repl_renew(p);
	if (!before || strcmp(before, p->text.ptr) != 0)
		libedit()->set(p->el, EL_REFRESH);
	free(before);
}

static void look_around(struct prompt *p)
{
	bool open = p->session->signer.ops != NULL;

	if (suspended)
		suspend(p);
	if (resized)
		libedit()->resize(p->el);
	if (continued || suspended)
		take_again(p);
	resized = continued = suspended = 0;
	session_watch(p->session);
	if (open)
		refresh(p);
}

bool repl_input_waits(int most_ms)
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
	char key[REPL_KEY_BYTES] = { begins[0] };

	if (!p->pastes || p->key_at < p->key_len)
		return false;
	while (begins[len] && key[len - 1] == begins[len - 1] &&
	       repl_input_waits(ESCAPE_MS) && read_byte(p, &key[len]) > 0)
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

unsigned char repl_insert_paste(EditLine *el, int key)
{
	struct prompt *p = NULL;
	unsigned char rc = CC_ERROR;

	(void)key;
	libedit()->get(el, EL_CLIENTDATA, &p);
	if (p->paste.len && fm_buf_ok(&p->paste) && fm_utf8_ok(fm_buf_span(&p->paste)) &&
	    libedit()->insertstr(el, p->paste.ptr) == 0)
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
	p->ahead = p->ahead && repl_input_waits(0);
	return c;
}

/* One character; 0: the end; -1: interrupted. */
int repl_read_key(EditLine *el, wchar_t *out)
{
	struct prompt *p = NULL;

	libedit()->get(el, EL_CLIENTDATA, &p);
	for (;;) {
		char c;
		int got = read_byte(p, &c);

		if (got <= 0)
			return got;
		c = typed_ahead(p, c);
		if (c == PASTE_BEGINS[0] && paste_begins(p)) {
			got = read_paste(p);
			*out = REPL_PASTE_KEY;
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

/* ---- signals ---- */

void repl_signals_begin(struct prompt *p, struct repl_signals *back)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	sigaction(SIGTSTP, NULL, &back->stop);
	p->stops = back->stop.sa_handler != SIG_IGN;
	act.sa_handler = on_resize;
	sigaction(SIGWINCH, &act, &back->resize);
	act.sa_handler = on_continue;
	sigaction(SIGCONT, &act, &back->go_on);
}

void repl_signals_end(const struct repl_signals *back)
{
	sigaction(SIGWINCH, &back->resize, NULL);
	sigaction(SIGCONT, &back->go_on, NULL);
	sigaction(SIGTSTP, &back->stop, NULL);
}
