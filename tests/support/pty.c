/* SPDX-License-Identifier: MIT */
/* Runs a program at a terminal of its own and answers what it asks:
 *
 *   pty [-t SECONDS] [-s COLUMNS] [PROMPT ANSWER]... -- PROGRAM [ARGUMENT]...
 *
 * The terminal says how wide it is only with -s. Waits until it shows PROMPT, then types ANSWER;
 * the answer "^C" types that key, "^D" the end of input, "^@" that key (a zero), then an x that
 * Ctrl-U takes away, and Enter; a name as in "SIGTERM" sends that signal; other answers are
 * followed by a line end. Everything the terminal showed goes to standard output. The status is
 * the program's (128 + N when signal N ended it), 125 when a prompt never came or it did not
 * end. */
#define _XOPEN_SOURCE 700 /* posix_openpt */

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHOWN_MOST (1u << 20)
#define NEVER_CAME 125

struct terminal {
	int fd;
	pid_t child;
	long seconds;
	unsigned short columns; /* 0: it does not say */
	char *shown;
	size_t len, seen; /* seen: behind the last prompt that was found */
};

static void fail(const char *what)
{
	perror(what);
	exit(NEVER_CAME);
}

static void become(const char *side, unsigned short columns, char **argv)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	struct sigaction act;
	int fd;

	memset(&act, 0, sizeof(act));
	act.sa_handler = SIG_DFL;
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGQUIT, &act, NULL);
	setsid();
	/* The first terminal a session leader opens becomes the controlling one. */
	fd = open(side, O_RDWR);
	if (fd < 0)
		fail(side);
	if (columns && ioctl(fd, TIOCSWINSZ, &size) != 0)
		fail("TIOCSWINSZ");
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
	execvp(argv[0], argv);
	fail(argv[0]);
}

static void start(struct terminal *t, char **argv)
{
	const char *side;

	t->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (t->fd < 0 || grantpt(t->fd) != 0 || unlockpt(t->fd) != 0)
		fail("posix_openpt");
	side = ptsname(t->fd);
	t->child = fork();
	if (t->child < 0)
		fail("fork");
	if (t->child == 0)
		become(side, t->columns, argv);
}

/* More of what it shows; false at the end or when the time is over. */
static bool more(struct terminal *t, time_t until)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	time_t now = time(NULL);
	ssize_t got;

	if (now >= until || poll(&p, 1, (int)(until - now) * 1000) <= 0 ||
	    t->len == SHOWN_MOST)
		return false;
	got = read(t->fd, t->shown + t->len, SHOWN_MOST - t->len);
	if (got <= 0)
		return false;
	if (write(STDOUT_FILENO, t->shown + t->len, (size_t)got) != got)
		fail("standard output");
	t->len += (size_t)got;
	t->shown[t->len] = '\0';
	return true;
}

static bool wait_for(struct terminal *t, const char *prompt)
{
	time_t until = time(NULL) + t->seconds;

	for (;;) {
		const char *at = strstr(t->shown + t->seen, prompt);

		if (at) {
			t->seen = (size_t)(at - t->shown) + strlen(prompt);
			return true;
		}
		if (!more(t, until))
			return false;
	}
}

static void type(const struct terminal *t, const char *text, size_t len)
{
	if (write(t->fd, text, len) != (ssize_t)len)
		fail("terminal");
}

static void answer(const struct terminal *t, const char *text)
{
	if (strcmp(text, "^C") == 0)
		type(t, "\003", 1);
	else if (strcmp(text, "^D") == 0)
		type(t, "\004", 1);
	else if (strcmp(text, "^@") == 0)
		type(t, "\0x\025\n", 4);
	else if (strcmp(text, "SIGTERM") == 0)
		kill(t->child, SIGTERM);
	else {
		type(t, text, strlen(text));
		type(t, "\n", 1);
	}
}

/* The terminal is closed, or nothing came for long: the program has a moment to end. */
static bool ended(const struct terminal *t, int *status)
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	for (int i = 0; i < 250; i++) {
		if (waitpid(t->child, status, WNOHANG) == t->child)
			return true;
		nanosleep(&moment, NULL);
	}
	return false;
}

int main(int argc, char **argv)
{
	static char shown[SHOWN_MOST + 1];
	struct terminal t = { .seconds = 60, .shown = shown };
	int at = 1, program = 1, status;

	for (; at + 1 < argc && argv[at][0] == '-' && argv[at][2] == '\0'; at += 2) {
		if (argv[at][1] == 't')
			t.seconds = strtol(argv[at + 1], NULL, 10);
		else if (argv[at][1] == 's')
			t.columns = (unsigned short)strtol(argv[at + 1], NULL, 10);
		else
			break;
	}
	program = at;
	while (program < argc && strcmp(argv[program], "--") != 0)
		program++;
	if (program + 1 >= argc || (program - at) % 2) {
		fputs("usage: pty [-t SECONDS] [-s COLUMNS] [PROMPT ANSWER]... -- PROGRAM "
		      "[ARGUMENT]...\n",
		      stderr);
		return NEVER_CAME;
	}
	start(&t, argv + program + 1);
	for (; at < program; at += 2) {
		if (!wait_for(&t, argv[at])) {
			fprintf(stderr, "pty: '%s' never came\n", argv[at]);
			kill(t.child, SIGKILL);
			waitpid(t.child, &status, 0);
			return NEVER_CAME;
		}
		answer(&t, argv[at + 1]);
	}
	while (more(&t, time(NULL) + t.seconds))
		;
	if (!ended(&t, &status)) {
		fputs("pty: the program did not end\n", stderr);
		kill(t.child, SIGKILL);
		waitpid(t.child, &status, 0);
		return NEVER_CAME;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
