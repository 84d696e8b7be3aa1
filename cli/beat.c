/* SPDX-License-Identifier: MIT */
/* Work that calls nobody back while it takes its time, as the derivation of a key does: a thread
 * lets out_tick see the time pass meanwhile. It runs only at a terminal, takes no signal, and the
 * command touches its output again only once the thread has ended. */
#include "tree.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BEAT_MS 100

struct beat {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t over_now;
	bool over;
	struct out *out;
};

static void later(struct timespec *at, long ms)
{
	clock_gettime(CLOCK_REALTIME, at);
	at->tv_nsec += ms * 1000000;
	if (at->tv_nsec >= 1000000000) {
		at->tv_nsec -= 1000000000;
		at->tv_sec++;
	}
}

static void *beat(void *arg)
{
	struct beat *b = arg;

	pthread_mutex_lock(&b->lock);
	while (!b->over) {
		struct timespec at;

		later(&at, BEAT_MS);
		if (pthread_cond_timedwait(&b->over_now, &b->lock, &at) == ETIMEDOUT)
			out_tick(b->out);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

static bool start(struct beat *b)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(&b->thread, NULL, beat, b) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

void beat_start(struct out *o)
{
	struct beat *b = calloc(1, sizeof(*b));

	if (!b)
		return;
	b->out = o;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->over_now, NULL);
	if (start(b)) {
		o->beat = b;
		return;
	}
	/* Without it nobody is told, and that is all. */
	pthread_cond_destroy(&b->over_now);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void beat_end(struct out *o)
{
	struct beat *b = o->beat;

	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->over = true;
	pthread_cond_signal(&b->over_now);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->over_now);
	pthread_mutex_destroy(&b->lock);
	free(b);
	o->beat = NULL;
}
