/* SPDX-License-Identifier: MIT */
/* A program that signs: told what on its standard input, answering on its standard output. No shell,
 * no arguments, nothing inherited but what is named here. */
#define _GNU_SOURCE /* pipe2 */
#include <fourmica/file.h>
#include <fourmica/json.h>
#include <fourmica/wallet.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX 4096u
#define LOOK_MS 100

struct program {
	struct fm_program how;
	char *name; /* of the program, as its first argument */
};

struct run {
	const struct program *program;
	struct fm_span document;
	pid_t pid;
	int in, out; /* our ends; -1: closed */
	size_t sent;
	int64_t end_ms;
	struct fm_buf answer;
};

static enum fm_code no_signature(const struct run *run, const char *why,
				 struct fm_err *err)
{
	fm_fail(err, FM_E_LOCKED, "the signer %s %s", run->program->name, why);
	return fm_hint(err, "what it has to answer is in fourmica-signer(5)");
}

/* ---- the answer: as the end of "the signer PATH ..." ---- */

static bool read_sig(struct fm_sig *out, const struct fm_json *node)
{
	char text[FM_SIG_TEXT];

	if (!fm_json_cstr(text, sizeof(text), node) || strlen(text) != sizeof(text) - 1 ||
	    text[0] != '0' || text[1] != 'x' ||
	    !fm_hex_read(out->b, sizeof(out->b),
			 (struct fm_span){ text + 2, 2 * sizeof(out->b) }))
		return false;
	/* Some count the parity from 0, as the curve does. */
	if (out->b[64] < 2)
		out->b[64] = (uint8_t)(out->b[64] + 27);
	return out->b[64] == 27 || out->b[64] == 28;
}

enum fm_code fm_program_answer(struct fm_sig *out, struct fm_span json,
			       struct fm_err *err)
{
	struct fm_json *root = NULL;
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	rc = fm_json_parse(&root, json, false, &why);
	if (rc == FM_E_NOMEM)
		return fm_nomem(err);
	if (rc || root->type != FM_JSON_OBJECT || root->count != 1 ||
	    !read_sig(out, fm_json_get(root, "signature")))
		rc = fm_fail(err, FM_E_LOCKED,
			     "does not answer {\"signature\":\"0x...\"} with 65 bytes");
	fm_json_free(&root);
	return rc;
}

/* ---- the process ---- */

static void shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define OTHERS \
	256 /* descriptors a caller may have been started with; ours close by themselves */

/* Signals as a fresh program has them, and no descriptor but the three usual ones. */
static int spawn(pid_t *pid, const struct program *program, int in, int out)
{
	char *const args[] = { program->name, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int rc;

	sigfillset(&all);
	sigemptyset(&none);
	rc = posix_spawn_file_actions_init(&actions);
	if (rc)
		return rc;
	rc = posix_spawnattr_init(&attributes);
	if (rc) {
		posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes,
				 POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	rc = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	for (int fd = STDERR_FILENO + 1; !rc && fd < OTHERS; fd++)
		rc = posix_spawn_file_actions_addclose(&actions, fd);
	if (!rc)
		rc = posix_spawn(pid, program->name, &actions, &attributes, args,
				 program->how.environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static enum fm_code start(struct run *run, struct fm_err *err)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 }, rc;

	if (pipe2(to, O_CLOEXEC) != 0)
		return fm_fail(err, FM_E_IO, "no pipe for the signer: %s",
			       strerror(errno));
	rc = pipe2(from, O_CLOEXEC) != 0 ? errno
					 : spawn(&run->pid, run->program, to[0], from[1]);
	shut(&to[0]);
	shut(&from[1]);
	run->in = to[1];
	run->out = from[0];
	if (rc) {
		run->pid = 0;
		char why[160];

		snprintf(why, sizeof(why), "cannot be run: %s", strerror(rc));
		return no_signature(run, why, err);
	}
	if (fcntl(run->in, F_SETFL, O_NONBLOCK) == 0 &&
	    fcntl(run->out, F_SETFL, O_NONBLOCK) == 0)
		return FM_OK;
	return fm_fail(err, FM_E_IO, "the signer's pipes: %s", strerror(errno));
}

/* A program that does not read is no reason to end ours: the signal is held back and taken away. */
static ssize_t write_quietly(int fd, const void *bytes, size_t len)
{
	const struct timespec at_once = { 0 };
	sigset_t only, before, pending;
	ssize_t put;
	int why;

	sigemptyset(&only);
	sigaddset(&only, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &only, &before);
	put = write(fd, bytes, len);
	why = errno;
	if (put < 0 && why == EPIPE && !sigismember(&pending, SIGPIPE))
		(void)!sigtimedwait(&only, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return put;
}

/* One that does not read its input may still answer. */
static void feed(struct run *run)
{
	ssize_t put = write_quietly(run->in, run->document.ptr + run->sent,
				    run->document.len - run->sent);

	if (put > 0)
		run->sent += (size_t)put;
	if ((put < 0 && errno != EAGAIN && errno != EINTR) ||
	    run->sent == run->document.len)
		shut(&run->in);
}

static enum fm_code take(struct run *run, struct fm_err *err)
{
	char piece[1024];
	ssize_t got = read(run->out, piece, sizeof(piece));
	bool fits;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR
			       ? FM_OK
			       : no_signature(run, "cannot be read from", err);
	if (got == 0)
		shut(&run->out);
	fits = got == 0 || fm_buf_add(&run->answer, piece, (size_t)got);
	fm_wipe(piece, sizeof(piece));
	return fits ? FM_OK : no_signature(run, "answers with more than 4 KiB", err);
}

static enum fm_code talk(struct run *run, struct fm_err *err)
{
	const struct fm_program *how = &run->program->how;
	enum fm_code rc = FM_OK;

	while (!rc && run->out >= 0) {
		struct pollfd polls[2] = {
			{.fd = run->out, .events = POLLIN },
			{ .fd = run->in, .events = POLLOUT},
		};

		if (how->cancel && *how->cancel)
			return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
		if (fm_steady_ms(&fm_system_clock) >= run->end_ms)
			return no_signature(run, "did not answer in time", err);
		if (poll(polls, 2, LOOK_MS) <= 0)
			continue;
		if (polls[1].revents)
			feed(run);
		if (polls[0].revents)
			rc = take(run, err);
	}
	return rc;
}

/* It has said all; it may take until the end of its time to go. */
static enum fm_code finish(struct run *run, bool kill_it, struct fm_err *err)
{
	int status = 0;
	pid_t got = 0;

	while ((got = waitpid(run->pid, &status, WNOHANG)) == 0 && !kill_it) {
		struct pollfd none = { .fd = -1 };

		kill_it = fm_steady_ms(&fm_system_clock) >= run->end_ms;
		(void)!poll(&none, 1, 5);
	}
	if (got == 0) {
		kill(run->pid, SIGKILL);
		while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
			;
		return no_signature(run, "did not end in time", err);
	}
	/* Nothing is known of its end when the caller ignores those of children. */
	if (got < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return no_signature(run, "refused, or failed", err);
	return FM_OK;
}

static enum fm_code program_sign(void *ctx, struct fm_sig *out,
				 const struct fm_sign_request *request,
				 struct fm_err *err)
{
	const struct program *program = ctx;
	int64_t wait = program->how.wait_ms ? program->how.wait_ms : FM_SIGNER_WAIT_MS;
	struct run run = { .program = program,
			   .document = request->document,
			   .in = -1,
			   .out = -1,
			   .end_ms = fm_steady_ms(&fm_system_clock) + wait };
	struct fm_err late;
	enum fm_code rc;
	bool found; /* if not, it cannot be run */

	fm_buf_init(&run.answer, ANSWER_MAX);
	rc = fm_file_check(&found, program->how.path, FM_FILE_UNSHARED, err);
	if (!rc)
		rc = start(&run, err);
	if (!rc)
		rc = talk(&run, err);
	shut(&run.in);
	shut(&run.out);
	fm_err_init(&late);
	if (run.pid > 0 && finish(&run, rc != FM_OK, &late) && !rc) {
		*err = late;
		rc = late.code;
	}
	if (!rc && (rc = fm_program_answer(out, fm_buf_span(&run.answer), &late)))
		rc = no_signature(&run, late.msg, err);
	fm_buf_wipe(&run.answer);
	return rc;
}

static void program_close(void *ctx)
{
	struct program *program = ctx;

	free(program->name);
	free(program);
}

static const struct fm_signer_ops program_ops = {
	.sign = program_sign,
	.close = program_close,
	.elsewhere = true,
};

enum fm_code fm_signer_program(struct fm_signer *out, const struct fm_program *program,
			       const struct fm_addr *address, struct fm_err *err)
{
	struct program *copy = calloc(1, sizeof(*copy));

	if (copy)
		copy->name = strdup(program->path);
	if (!copy || !copy->name) {
		free(copy);
		return fm_nomem(err);
	}
	copy->how = *program;
	*out = (struct fm_signer){ .ops = &program_ops,
				   .ctx = copy,
				   .address = *address };
	return FM_OK;
}
