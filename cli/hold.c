/* SPDX-License-Identifier: MIT */
/* The key holder's process: made of the one that asked for the passphrase, it keeps the key and
 * nothing else of it. */
#define _GNU_SOURCE /* pipe2 */
#include "hold.h"

#include "ask.h"
#include "session.h"
#include "sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the holder ---- */

static int report_fd = -1;

static void report(const struct fm_err *err)
{
	/* Small enough to be written at once; without a reader nobody waits. */
	(void)!write(report_fd, err, sizeof(*err));
	close(report_fd);
}

static void on_ready(void *ctx)
{
	struct fm_err fine;

	(void)ctx;
	fm_err_init(&fine);
	report(&fine);
}

static void on_signal(int number)
{
	app_signal = number;
}

/* Whatever our parent ignored, these end us, and the key goes in order. */
static void catch_ends(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	sigemptyset(&act.sa_mask);
	act.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &act, NULL);
}

static void close_others(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	int own = dir ? dirfd(dir) : -1;

	while (dir && (entry = readdir(dir))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);

		if (fd > STDERR_FILENO && fd != own && fd != report_fd)
			close(fd);
	}
	if (dir)
		closedir(dir);
	for (int fd = STDERR_FILENO + 1; !dir && fd < 1024; fd++)
		if (fd != report_fd)
			close(fd);
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			_exit(1);
	close_others();
	if (chdir("/") != 0)
		_exit(1);
}

/* Locks on memory stay with the process that made them: the key moves to pages of our own. */
static struct fm_secret *own_copy(struct fm_secret **key)
{
	struct fm_secret *copy = fm_secret_new(fm_secret_len(*key));

	if (copy) {
		memcpy(fm_secret_write(copy), fm_secret_read(*key), fm_secret_len(*key));
		fm_secret_done(*key);
		fm_secret_done(copy);
	}
	fm_secret_free(key);
	return copy;
}

static void be_holder(struct app *app, struct fm_secret **key, int64_t for_s,
		      int64_t idle_s)
{
	struct fm_secret *own = own_copy(key);
	const struct fm_holder_config config = {
		.dir = app->paths.run_dir,
		.wallet = app->wallet.name,
		.address = app->wallet.address,
		.key = own,
		.spending = &app->wallet.spending,
		.ledger_file = app->paths.ledger_file,
		.head_dir = app->paths.wallet_dir,
		.stop_file = app->paths.stop_file,
		.for_s = for_s,
		.idle_s = idle_s,
		.end = &app_signal,
		.ready = on_ready,
	};
	struct fm_err err;

	fm_err_init(&err);
	fm_secret_free(&app->pass);
	fm_secret_free(&app->session->env_pass);
	app->env_pass = NULL;
	fm_buf_wipe(&app->core_token);
	catch_ends();
	leave_terminal();
	if (!own)
		(void)!fm_nomem(&err);
	if (!own || fm_holder_serve(&config, &err))
		report(&err);
	fm_secret_free(&own);
}

/* ---- in the command ---- */

static enum fm_code hear(int fd, struct fm_err *err)
{
	struct fm_err said;
	size_t got = 0;

	while (got < sizeof(said)) {
		ssize_t more = read(fd, (char *)&said + got, sizeof(said) - got);

		if (more < 0 && errno == EINTR && !app_signal)
			continue;
		if (more <= 0)
			return app_signal ? app_interrupted(err)
					  : fm_fail(err, FM_E_INTERNAL,
						    "the key holder did not start");
		got += (size_t)more;
	}
	if (said.code)
		*err = said;
	return said.code;
}

/* Twice: the holder is nobody's child, and has no terminal that it could get back. */
static void fork_away(struct app *app, struct fm_secret **key, int64_t for_s,
		      int64_t idle_s)
{
	pid_t second;

	if (setsid() < 0)
		_exit(1);
	second = fork();
	if (second == 0)
		be_holder(app, key, for_s, idle_s);
	_exit(second < 0);
}

enum fm_code hold_start(struct app *app, struct fm_secret **key, int64_t for_s,
			int64_t idle_s, struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];
	int ends[2];
	pid_t first;
	enum fm_code rc;

	fm_client_free(&app->client);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fm_fail(err, FM_E_IO, "cannot make a pipe: %s",
			       sys_error(why, errno));
	first = fork();
	if (first == 0) {
		report_fd = ends[1];
		fork_away(app, key, for_s, idle_s);
	}
	close(ends[1]);
	if (first < 0)
		rc = fm_fail(err, FM_E_IO, "cannot start the key holder: %s",
			     sys_error(why, errno));
	else
		rc = hear(ends[0], err);
	fm_secret_free(key);
	close(ends[0]);
	while (first > 0 && waitpid(first, NULL, 0) < 0 && errno == EINTR)
		;
	return rc;
}

/* ---- from other commands ---- */

static bool may_be_held(const struct app *app)
{
	return app->wallet.name[0] && !app->wallet.watch &&
	       app->wallet.kdf != FM_KDF_NONE && app->paths.run_dir;
}

bool hold_look(struct app *app, struct fm_holder_state *out)
{
	struct fm_err err;
	bool found = false;

	fm_err_init(&err);
	if (!may_be_held(app))
		return false;
	if (fm_holder_look(out, &found, app->paths.run_dir, &app->wallet.address, &err)) {
		out_warn(app->out, "%s", err.msg);
		return false;
	}
	return found;
}

bool hold_at_hand(struct app *app)
{
	struct fm_holder_state held;

	return session_holds(app->session, app) || hold_look(app, &held);
}

enum fm_code hold_signer(struct app *app, struct fm_signer *out, bool *found,
			 struct fm_err *err)
{
	struct fm_err why;
	enum fm_code rc;

	*found = false;
	/* A passphrase that lies ready is what was asked for; a person's word is no holder's. */
	if (!may_be_held(app) || app->at_hand || app->no_holder || ask_lies_ready(app))
		return FM_OK;
	fm_err_init(&why);
	rc = fm_signer_holder(out, found, app->paths.run_dir, &app->wallet.address, &why);
	if (rc == FM_E_NOMEM || rc == FM_E_INTERRUPTED) {
		*err = why;
		return rc;
	}
	if (rc) {
		out_warn(app->out, "the key holder is not used: %s", why.msg);
		*found = false;
	}
	return FM_OK;
}

void hold_drop(struct app *app)
{
	struct fm_err err;
	bool found;

	fm_err_init(&err);
	if (app->paths.run_dir &&
	    fm_holder_lock(&found, app->paths.run_dir, &app->wallet.address, &err))
		out_warn(app->out, "the wallet may be unlocked still: %s", err.msg);
}
