/* SPDX-License-Identifier: MIT */
/* Closes the doors first, then runs what is asked for. */
#include "candidates.h"
#include "session.h"

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

int main(int argc, char **argv)
{
	struct session session;
	int status;

	fill_streams();
	forbid_dumps();
	umask(077);
	catch_signals();
	session_init(&session, take_passphrase());
	if (argc > 1 && strcmp(argv[1], CANDIDATES_WORD) == 0)
		status = candidates_print(&session, argc - 2, argv + 2);
	else
		status = session_run(&session, argc, argv);
	/* The prompt's own failure, else that of the line that ended it. */
	if (session.leaving && !status)
		status = session.status;
	session_clear(&session);
	return status;
}
