/* SPDX-License-Identifier: MIT */
/* Passphrases and confirmations. The terminal is the controlling one, whatever the standard
 * streams are, so that a pipe never answers a question meant for a person. */
#include "ask.h"

#include "args.h"
#include "session.h"
#include "sys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define PASSPHRASE_MAX 1024
#define ANSWER_MAX 256
#define TRIES 3
#define LOOK_MS 1000 /* how often an unlocked key is looked after */

/* ---- answers that lie ready ---- */

static enum fm_code take_line(struct fm_secret **out, struct fm_buf *line, bool any,
			      const char *name, struct fm_err *err)
{
	if (!any || !line->len)
		return fm_fail(err, FM_E_INPUT, "%s holds no passphrase", name);
	*out = fm_secret_take(line->ptr, line->len);
	return *out ? FM_OK : fm_nomem(err);
}

static enum fm_code from_fd(struct fm_secret **out, int fd, const char *name,
			    struct fm_err *err)
{
	struct fm_buf line;
	bool any = false;
	enum fm_code rc;

	fm_buf_init(&line, PASSPHRASE_MAX);
	rc = sys_read_line(&line, &any, fd, name, err);
	if (!rc)
		rc = take_line(out, &line, any, name, err);
	fm_buf_wipe(&line);
	return rc;
}

static enum fm_code from_file(struct app *app, struct fm_secret **out, const char *path,
			      struct fm_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char why[SYS_ERROR_TEXT];
	struct stat st;
	enum fm_code rc;

	if (fd < 0)
		return fm_fail(err, FM_E_INPUT, "cannot open passphrase file %s: %s",
			       path, sys_error(why, errno));
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0077)
		out_warn(app->out, "passphrase file %s can be read by others (mode %04o)",
			 path, (unsigned)(st.st_mode & 07777));
	rc = from_fd(out, fd, path, err);
	close(fd);
	return rc;
}

static enum fm_code from_number(struct fm_secret **out, const char *text,
				const char *option, struct fm_err *err)
{
	int fd;

	if (!sys_fd_number(&fd, text))
		return fm_fail(err, FM_E_USAGE,
			       "%s needs the number of a file descriptor", option);
	return from_fd(out, fd, option, err);
}

/* A service manager's credential: a file of a fixed name in a directory only we can read. */
static enum fm_code from_credential(struct app *app, struct fm_secret **out, bool *found,
				    struct fm_err *err)
{
	const char *dir = sys_env("CREDENTIALS_DIRECTORY");
	char *path = dir ? sys_join(dir, "fourmica-passphrase") : NULL;
	enum fm_code rc = FM_OK;

	*found = path && access(path, F_OK) == 0;
	if (dir && !path)
		rc = fm_nomem(err);
	else if (*found)
		rc = from_file(app, out, path, err);
	free(path);
	return rc;
}

static enum fm_code from_environment(struct app *app, struct fm_secret **out,
				     struct fm_err *err)
{
	size_t len = fm_secret_len(app->env_pass);

	out_warn(app->out,
		 "FOURMICA_PASSPHRASE: other programs of this user can read the "
		 "environment; use --passphrase-file");
	*out = fm_secret_new(len);
	if (!*out)
		return fm_nomem(err);
	memcpy(fm_secret_write(*out), fm_secret_read(app->env_pass), len);
	fm_secret_done(app->env_pass);
	fm_secret_done(*out);
	return FM_OK;
}

bool ask_lies_ready(const struct app *app)
{
	const char *dir = sys_env("CREDENTIALS_DIRECTORY");
	char *path = dir ? sys_join(dir, "fourmica-passphrase") : NULL;
	bool credential = path && access(path, F_OK) == 0;

	free(path);
	return credential || app->opt.passphrase_fd || app->opt.passphrase_file ||
	       sys_env("FOURMICA_PASSPHRASE_FD") || sys_env("FOURMICA_PASSPHRASE_FILE") ||
	       app->env_pass;
}

/* In the order of the conventions; *found false: nothing lies ready. */
static enum fm_code from_anywhere(struct app *app, struct fm_secret **out, bool *found,
				  struct fm_err *err)
{
	const char *fd = sys_env("FOURMICA_PASSPHRASE_FD");
	const char *file = sys_env("FOURMICA_PASSPHRASE_FILE");
	enum fm_code rc;

	*found = true;
	if (app->opt.passphrase_fd && app->opt.passphrase_file)
		return fm_fail(
			err, FM_E_USAGE,
			"--passphrase-fd and --passphrase-file exclude each other");
	if (app->opt.passphrase_fd)
		return from_number(out, app->opt.passphrase_fd, "--passphrase-fd", err);
	if (app->opt.passphrase_file)
		return from_file(app, out, app->opt.passphrase_file, err);
	rc = from_credential(app, out, found, err);
	if (rc || *found)
		return rc;
	*found = true;
	if (fd)
		return from_number(out, fd, "FOURMICA_PASSPHRASE_FD", err);
	if (file)
		return from_file(app, out, file, err);
	if (app->env_pass)
		return from_environment(app, out, err);
	*found = false;
	return FM_OK;
}

/* ---- the terminal ---- */

static int open_terminal(const struct app *app)
{
	return app->opt.no_input ? -1 : open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

static void tell(int tty, const char *text)
{
	ssize_t put = write(tty, text, strlen(text));

	/* Who cannot see the question will not answer it. */
	(void)put;
}

/* No echo; and no key that stops or kills the program with the echo off. Interrupts stay: they
 * end the read, and the caller turns the echo on again. */
static bool hide_input(int tty, struct termios *before)
{
	struct termios quiet;

	if (tcgetattr(tty, before) != 0)
		return false;
	quiet = *before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
	return tcsetattr(tty, TCSAFLUSH, &quiet) == 0;
}

/* A line that somebody types, however long that takes: a key that is unlocked is looked after
 * meanwhile. */
static enum fm_code read_typed(struct app *app, struct fm_buf *line, bool *any, int tty,
			       struct fm_err *err)
{
	bool ready = false;
	enum fm_code rc = FM_OK;

	while (!rc && !ready) {
		rc = sys_wait_readable(&ready, tty, LOOK_MS, err);
		session_watch(app->session);
	}
	return rc ? rc : sys_read_line(line, any, tty, "the terminal", err);
}

static enum fm_code type_secret(struct app *app, struct fm_secret **out, int tty,
				const char *prompt, struct fm_err *err)
{
	struct termios before;
	struct fm_buf line;
	bool any = false;
	enum fm_code rc;

	fm_buf_init(&line, PASSPHRASE_MAX);
	out_clear_progress(app->out);
	if (!hide_input(tty, &before))
		return fm_fail(err, FM_E_INPUT, "the terminal cannot hide what is typed");
	tell(tty, prompt);
	tell(tty, ": ");
	rc = read_typed(app, &line, &any, tty, err);
	tcsetattr(tty, TCSAFLUSH, &before);
	tell(tty, "\n");
	if (!rc && !any)
		rc = fm_fail(err, FM_E_INPUT, "no passphrase was typed");
	if (!rc) {
		*out = line.len ? fm_secret_take(line.ptr, line.len) : fm_secret_new(0);
		rc = *out ? FM_OK : fm_nomem(err);
	}
	fm_buf_wipe(&line);
	return rc;
}

static enum fm_code nobody(const struct app *app, const char *what, struct fm_err *err)
{
	fm_fail(err, FM_E_INPUT, "%s is needed%s", what,
		app->opt.no_input ? ", and --no-input forbids to ask"
				  : ", and there is no terminal to ask at");
	return FM_E_INPUT;
}

/* As from_anywhere, for a passphrase that has options of its own. */
static enum fm_code from_source(struct app *app, struct fm_secret **out, bool *found,
				const struct ask_source *source, struct fm_err *err)
{
	char option[64];

	*found = source->file || source->fd;
	if (source->file && source->fd)
		return fm_fail(err, FM_E_USAGE, "%s-fd and %s-file exclude each other",
			       source->option, source->option);
	snprintf(option, sizeof(option), "%s-fd", source->option);
	if (source->fd)
		return from_number(out, source->fd, option, err);
	return source->file ? from_file(app, out, source->file, err) : FM_OK;
}

/* source NULL: the places of the wallet's passphrase. */
static enum fm_code ask_of(struct app *app, struct fm_secret **out, bool *terminal,
			   const struct ask_source *source, const char *prompt,
			   struct fm_err *err)
{
	const char *option = source ? source->option : "--passphrase";
	bool found;
	enum fm_code rc = source ? from_source(app, out, &found, source, err)
				 : from_anywhere(app, out, &found, err);
	int tty;

	*terminal = false;
	if (rc || found)
		return rc;
	tty = open_terminal(app);
	if (tty < 0) {
		nobody(app, "a passphrase", err);
		return fm_hint(err, "give it with %s-file FILE or %s-fd N", option,
			       option);
	}
	*terminal = true;
	rc = type_secret(app, out, tty, prompt, err);
	close(tty);
	return rc;
}

enum fm_code ask_secret(struct app *app, struct fm_secret **out, bool *terminal,
			const char *prompt, struct fm_err *err)
{
	return ask_of(app, out, terminal, NULL, prompt, err);
}

enum fm_code ask_passphrase(struct app *app, struct fm_secret **out, const char *prompt,
			    struct fm_err *err)
{
	bool terminal;

	return ask_secret(app, out, &terminal, prompt, err);
}

static bool same(const struct fm_secret *a, const struct fm_secret *b)
{
	size_t len = fm_secret_len(a);
	bool equal;

	if (len != fm_secret_len(b))
		return false;
	equal = fm_equal_ct(fm_secret_read(a), fm_secret_read(b), len);
	fm_secret_done(a);
	fm_secret_done(b);
	return equal;
}

/* The second of two prompts; *match tells whether the answers agree. */
static enum fm_code ask_again(struct app *app, const struct fm_secret *first, bool *match,
			      const struct ask_source *source, struct fm_err *err)
{
	struct fm_secret *second = NULL;
	bool terminal;
	enum fm_code rc = ask_of(app, &second, &terminal, source, "The same again", err);

	*match = !rc && same(first, second);
	fm_secret_free(&second);
	return rc;
}

static enum fm_code ask_fresh(struct app *app, struct fm_secret **out,
			      const struct ask_source *source, const char *prompt,
			      struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (int tries = 0; tries < TRIES && !rc; tries++) {
		bool terminal, match = true;

		rc = ask_of(app, out, &terminal, source, prompt, err);
		if (rc)
			return rc;
		if (!fm_secret_len(*out)) {
			fm_secret_free(out);
			out_note(app->out, "An empty passphrase protects nothing%s.",
				 source ? "" : "; --no-passphrase is for that");
			continue;
		}
		if (terminal)
			rc = ask_again(app, *out, &match, source, err);
		if (!rc && match)
			return FM_OK;
		fm_secret_free(out);
		if (!rc)
			out_note(app->out, "The two differ. Try again.");
	}
	return rc ? rc : fm_fail(err, FM_E_INPUT, "no passphrase was chosen");
}

enum fm_code ask_new_passphrase(struct app *app, struct fm_secret **out,
				struct fm_err *err)
{
	return ask_fresh(app, out, NULL, "New passphrase", err);
}

enum fm_code ask_other_passphrase(struct app *app, struct fm_secret **out, bool *terminal,
				  const struct ask_source *source, const char *prompt,
				  bool fresh, struct fm_err *err)
{
	*terminal = !source->file && !source->fd;
	return fresh ? ask_fresh(app, out, source, prompt, err)
		     : ask_of(app, out, terminal, source, prompt, err);
}

bool ask_terminal(const struct app *app)
{
	int tty = open_terminal(app);

	if (tty >= 0)
		close(tty);
	return tty >= 0;
}

enum fm_code ask_typed_passphrase(struct app *app, struct fm_secret **out,
				  const char *prompt, struct fm_err *err)
{
	int tty = open_terminal(app);
	enum fm_code rc;

	if (tty < 0)
		return nobody(app, "a passphrase", err);
	rc = type_secret(app, out, tty, prompt, err);
	close(tty);
	if (!rc && !fm_secret_len(*out)) {
		fm_secret_free(out);
		rc = fm_fail(err, FM_E_DECLINED, "declined at the prompt");
	}
	return rc;
}

/* Lines may be ours, what stands in them may be a server's. */
static void add_escaped(struct fm_buf *text, const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		fm_text_escape(text, (struct fm_span){ lines, len }, 1024);
		if (lines[len])
			fm_buf_chr(text, '\n');
		lines += len + (lines[len] == '\n');
	}
}

void ask_show(struct app *app, const char *lines)
{
	int tty = open_terminal(app);
	struct fm_buf text;

	fm_buf_init(&text, 16384);
	add_escaped(&text, lines);
	out_clear_progress(app->out);
	if (tty >= 0)
		tell(tty, text.ptr ? text.ptr : "");
	fm_buf_clear(&text);
	if (tty >= 0)
		close(tty);
}

/* Show the question and how it is answered, then take a line into `answer`, which is started
 * here. Whatever goes wrong is a "no", but for an interruption. */
static enum fm_code read_answer(struct app *app, struct fm_buf *answer, int tty,
				const char *question, const char *how, struct fm_err *err)
{
	struct fm_buf text;
	bool any = false;
	enum fm_code rc;

	fm_buf_init(&text, 16384);
	fm_buf_init(answer, ANSWER_MAX);
	add_escaped(&text, question);
	fm_buf_str(&text, how);
	out_clear_progress(app->out);
	tell(tty, text.ptr ? text.ptr : how);
	rc = read_typed(app, answer, &any, tty, err);
	if (rc == FM_E_INTERRUPTED || rc == FM_E_TERMINATED)
		tell(tty, "\n");
	else if (rc || !fm_buf_ok(&text) || !answer->len)
		rc = fm_fail(err, FM_E_DECLINED, "declined at the prompt");
	fm_buf_clear(&text);
	return rc;
}

static bool is_yes(const char *answer)
{
	return strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0 ||
	       strcmp(answer, "yes") == 0;
}

enum fm_code ask_yes(struct app *app, const char *question, struct fm_err *err)
{
	struct fm_buf answer;
	enum fm_code rc;
	int tty;

	if (app->opt.yes)
		return FM_OK;
	tty = open_terminal(app);
	if (tty < 0) {
		nobody(app, "a confirmation", err);
		return fm_hint(err, "--yes answers it");
	}
	rc = read_answer(app, &answer, tty, question, " [y/N] ", err);
	if (!rc && !is_yes(answer.ptr))
		rc = fm_fail(err, FM_E_DECLINED, "declined at the prompt");
	fm_buf_clear(&answer);
	close(tty);
	return rc;
}

/** The same letters and digits; case and blanks do not count. */
static bool same_words(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

static bool is_it(const char *text, const char *expected, enum ask_match match)
{
	return match == ASK_EXACT ? strcmp(text, expected) == 0
				  : same_words(text, expected);
}

static enum fm_code check_confirm(const char *confirm, const char *expected,
				  enum ask_match match, struct fm_err *err)
{
	struct fm_buf text;

	if (is_it(confirm, expected, match))
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "--confirm says '%s', and this is '%s'",
		args_shown(&text, confirm), expected);
	fm_buf_clear(&text);
	return fm_hint(err, "make sure which of them you mean");
}

enum fm_code ask_typed(struct app *app, const char *question, const char *expected,
		       enum ask_match match, const char *confirm, struct fm_err *err)
{
	struct fm_buf answer;
	enum fm_code rc;
	int tty;

	if (confirm)
		return check_confirm(confirm, expected, match, err);
	tty = open_terminal(app);
	if (tty < 0) {
		nobody(app, "a typed confirmation", err);
		return fm_hint(err, "--confirm '%s' answers it, --yes does not",
			       expected);
	}
	rc = read_answer(app, &answer, tty, question, ": ", err);
	if (!rc && !is_it(answer.ptr, expected, match))
		rc = fm_fail(err, FM_E_DECLINED, "what was typed is not '%s'", expected);
	fm_buf_clear(&answer);
	close(tty);
	return rc;
}
