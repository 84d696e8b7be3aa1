/* SPDX-License-Identifier: MIT */
/* Two bytes of a side file are locked as open file descriptions (fcntl(2),
 * F_OFD_SETLK): GATE by the process inside, QUEUE by the one that is next. A process
 * goes in again without queueing for the length of a turn, which saves the price of a
 * wake-up per payment; after that it queues behind whoever waits. The kernel releases
 * both when a process dies.
 *
 * The kernel's blocking wait has no deadline and only a signal ends it, which is not a
 * library's to use. So a short-lived thread waits on a description of its own, and
 * hands it over when it owns the lock; given up on, it closes the description itself. */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "policy/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define GATE 0
#define QUEUE 1
#define TURN_MS 5
#define LOOK_MS 100
#define FOREVER (INT64_MAX / 2)
#define STACK ((size_t)256 << 10)

static int64_t now_ms(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int lock_byte(int fd, int command, short type, off_t byte)
{
	struct flock lock = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
	};

	return fcntl(fd, command, &lock);
}

static bool try_lock(int fd, off_t byte)
{
	return lock_byte(fd, F_OFD_SETLK, F_WRLCK, byte) == 0;
}

static void unlock(int fd, off_t byte)
{
	lock_byte(fd, F_OFD_SETLK, F_UNLCK, byte);
}

static bool wait_lock(int fd, off_t byte)
{
	int rc;

	do
		rc = lock_byte(fd, F_OFD_SETLKW, F_WRLCK, byte);
	while (rc != 0 && errno == EINTR);
	return rc == 0;
}

enum fm_code fm_side_open(int *fd, const char *path, struct fm_err *err)
{
	struct stat st;

	*fd = open(path,
		   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		   0600);
	if (*fd < 0 && errno == ELOOP)
		return fm_fail(err, FM_E_CONFIG, "%s is a symbolic link", path);
	if (*fd < 0)
		return fm_fail(err, FM_E_IO, "cannot open %s: %s", path, strerror(errno));
	if (fstat(*fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    !(st.st_mode & 0077))
		return FM_OK;
	close(*fd);
	*fd = -1;
	fm_fail(err, FM_E_CONFIG, "%s must be a file of yours that is closed to others",
		path);
	return fm_hint(err, "run: chmod 600 %s", path);
}

enum fm_code fm_gate_open(struct fm_gate *gate, const char *path, int64_t at,
			  struct fm_err *err)
{
	*gate = (struct fm_gate){ .fd = -1, .path = path, .at = at };
	return fm_side_open(&gate->fd, path, err);
}

void fm_gate_close(struct fm_gate *gate)
{
	if (gate->fd >= 0)
		close(gate->fd);
	gate->fd = -1;
}

/* Shared by the waiting thread and the one it waits for; the last of them frees it. */
struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int fd;
	int64_t at;
	bool done, locked, given_up;
};

static void waiter_free(struct waiter *w)
{
	if (w->fd >= 0)
		close(w->fd);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static void *wait_in_queue(void *arg)
{
	struct waiter *w = arg;
	bool locked = wait_lock(w->fd, w->at + QUEUE) && wait_lock(w->fd, w->at + GATE);
	bool given_up;

	unlock(w->fd, w->at + QUEUE);
	pthread_mutex_lock(&w->lock);
	w->done = true;
	w->locked = locked;
	given_up = w->given_up;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	if (given_up)
		waiter_free(w);
	return NULL;
}

static struct waiter *waiter_new(const struct fm_gate *gate, struct fm_err *err)
{
	struct waiter *w = calloc(1, sizeof(*w));
	pthread_condattr_t steady;

	if (!w) {
		fm_nomem(err);
		return NULL;
	}
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->changed, &steady);
	pthread_condattr_destroy(&steady);
	w->at = gate->at;
	if (fm_side_open(&w->fd, gate->path, err)) {
		waiter_free(w);
		return NULL;
	}
	return w;
}

/* Signals are for the program's own threads. */
static int start(struct waiter *w)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	sigfillset(&all);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, wait_in_queue, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

static bool cancelled(const volatile int *cancel)
{
	return cancel && *cancel;
}

/* *finished false: given up on, and the waiter is no longer ours to touch. */
static bool await(bool *finished, struct waiter *w, int64_t end_ms,
		  const volatile int *cancel)
{
	bool locked;

	pthread_mutex_lock(&w->lock);
	for (int64_t now = now_ms(); !w->done && now < end_ms && !cancelled(cancel);
	     now = now_ms()) {
		int64_t until = cancel && now + LOOK_MS < end_ms ? now + LOOK_MS : end_ms;
		struct timespec ts = { .tv_sec = (time_t)(until / 1000),
				       .tv_nsec = (long)(until % 1000) * 1000000 };

		pthread_cond_timedwait(&w->changed, &w->lock, &ts);
	}
	locked = w->locked;
	*finished = w->done;
	w->given_up = !w->done;
	pthread_mutex_unlock(&w->lock);
	return locked;
}

static enum fm_code in_use(int64_t waited_ms, struct fm_err *err)
{
	fm_fail(err, FM_E_BUSY, "the ledger is in use by another process (waited %lld s)",
		(long long)(waited_ms / 1000));
	return fm_hint(err,
		       "run it again; if it stays, look for a stopped fourmica process");
}

static enum fm_code queue(struct fm_gate *gate, int64_t wait_ms,
			  const volatile int *cancel, struct fm_err *err)
{
	struct waiter *w = waiter_new(gate, err);
	bool locked, finished;

	if (!w)
		return err ? err->code : FM_E_IO;
	if (start(w) != 0) {
		waiter_free(w);
		return fm_fail(err, FM_E_BUSY,
			       "the ledger is in use, and no thread can be started "
			       "to wait for it");
	}
	locked = await(&finished, w, now_ms() + (wait_ms < FOREVER ? wait_ms : FOREVER),
		       cancel);
	if (locked) {
		int own = gate->fd;

		gate->fd = w->fd;
		w->fd = own;
	}
	if (finished)
		waiter_free(w);
	if (locked)
		return FM_OK;
	if (cancelled(cancel))
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	return in_use(wait_ms, err);
}

enum fm_code fm_gate_enter(struct fm_gate *gate, int64_t wait_ms,
			   const volatile int *cancel, struct fm_err *err)
{
	enum fm_code rc = FM_OK;
	bool in;

	if (now_ms() < gate->turn_end_ms && try_lock(gate->fd, gate->at + GATE))
		return FM_OK;
	/* Nobody next, nobody inside: no need for a thread. */
	in = try_lock(gate->fd, gate->at + QUEUE) && try_lock(gate->fd, gate->at + GATE);
	unlock(gate->fd, gate->at + QUEUE);
	if (!in)
		rc = wait_ms > 0 ? queue(gate, wait_ms, cancel, err) : in_use(0, err);
	if (!rc)
		gate->turn_end_ms = now_ms() + TURN_MS;
	return rc;
}

void fm_gate_leave(struct fm_gate *gate)
{
	unlock(gate->fd, gate->at + GATE);
}

void fm_gate_release(int fd)
{
	struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_OFD_SETLK, &all);
	close(fd);
}
