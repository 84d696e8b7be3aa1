/* SPDX-License-Identifier: MIT */
/* The key holder: one process, one key, many clients that are not trusted with it. It waits for all
 * of them at once; a request is answered in one go once it is whole, and whoever is slow, silent or
 * too long is dropped. */
#define _GNU_SOURCE /* accept4, CLOCK_BOOTTIME */
#include "client/holder.h"

#include "client/session.h"
#include "evm/sign.h"
#include "keystore/holder.h"
#include "keystore/seal.h"
#include "policy/gate.h"

#include <fourmica/file.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GUESTS 64
#define TICK_MS 500
#define HEAD 4u
#define GRACE_MS 200 /* of a guest whose place somebody else needs */
#define SLEPT_MS 2000
#define GATE_MS 10000
#define OWN_FILES 24 /* descriptors that are no guests': the ledger's, above all */

struct guest {
	int fd; /* -1: free */
	int64_t since_ms;
	struct fm_buf in;
};

struct server {
	const struct fm_holder_config *config;
	struct fm_holder_place place;
	struct fm_holder_memory memory;
	struct guest guests[GUESTS];
	size_t places; /* for guests: there are descriptors for so many */
	int64_t start_ms, used_ms, asleep_ms;
	uint64_t signatures;
	bool over;
};

/* ---- time ---- */

static int64_t now_ms(void)
{
	return fm_steady_ms(&fm_system_clock);
}

/* How long the machine has slept since it started. */
static int64_t asleep_ms(const struct fm_holder_config *config)
{
	struct timespec boot = { 0 }, steady = { 0 };

	if (config->asleep_ms)
		return config->asleep_ms(config->ctx);
	clock_gettime(CLOCK_MONOTONIC, &steady);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (int64_t)(boot.tv_sec - steady.tv_sec) * 1000 +
	       (boot.tv_nsec - steady.tv_nsec) / 1000000;
}

static int64_t left_ms(const struct server *s)
{
	return s->start_ms + s->config->for_s * 1000 - now_ms();
}

static int64_t idle_ms(const struct server *s)
{
	return s->used_ms + s->config->idle_s * 1000 - now_ms();
}

static bool is_over(const struct server *s)
{
	struct fm_stop stop;

	if (s->over || (s->config->end && *s->config->end) || left_ms(s) <= 0 ||
	    idle_ms(s) <= 0 || asleep_ms(s->config) - s->asleep_ms > SLEPT_MS ||
	    !fm_holder_place_ok(&s->place))
		return true;
	fm_stop_look(&stop, s->config->stop_file);
	return stop.set;
}

/* ---- what is asked ---- */

static enum fm_code open_client(struct fm_client **out, const struct server *s,
				struct fm_err *err)
{
	/* A dry run: the ledger is read, and neither made nor written. */
	const struct fm_client_config config = { .clock = &fm_system_clock,
						 .rand = &fm_system_rand,
						 .ledger_file = s->config->ledger_file,
						 .head_dir = s->config->head_dir,
						 .spending = s->config->spending,
						 .stop_file = s->config->stop_file,
						 .core_url = s->config->core_url,
						 .ctx = s->config->ctx,
						 .dry_run = true,
						 .payer = s->config->address,
						 .has_payer = true };

	return fm_client_new(out, &config, err);
}

static enum fm_code sign_document(struct fm_holder_answer *answer, struct server *s,
				  const struct fm_document *doc, struct fm_err *err)
{
	struct fm_client *client = NULL;
	struct fm_hash digest;
	int64_t since_ms = 0;
	enum fm_code rc = fm_document_digest(&digest, doc, err);

	if (!rc)
		rc = open_client(&client, s, err);
	if (!rc)
		rc = fm_holder_check(&since_ms, client, &s->memory, doc, &digest, err);
	if (!rc)
		rc = fm_holder_remember(&s->memory, doc, &digest, since_ms, err);
	if (!rc)
		rc = fm_sign_digest(&answer->signature, s->config->key, &digest, err);
	answer->has_signature = !rc;
	fm_client_free(&client);
	return rc;
}

static enum fm_code sign(struct fm_holder_answer *answer, struct server *s,
			 const struct fm_json *json, struct fm_err *err)
{
	struct fm_document doc;
	enum fm_code rc = fm_document_read(&doc, json, err);

	if (!rc)
		rc = sign_document(answer, s, &doc, err);
	fm_document_clear(&doc);
	if (rc)
		return rc;
	s->signatures++;
	s->used_ms = now_ms();
	return FM_OK;
}

static enum fm_code derive(struct fm_holder_answer *answer, const struct server *s,
			   const char *purpose, struct fm_err *err)
{
	struct fm_secret *key = NULL;
	enum fm_code rc;

	if (strcmp(purpose, FM_SESSION_PURPOSE) != 0)
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "a key holder derives the key of sessions only");
	rc = fm_key_derive(&key, s->config->key, purpose, err);
	if (rc)
		return rc;
	memcpy(answer->key, fm_secret_read(key), sizeof(answer->key));
	fm_secret_done(key);
	fm_secret_free(&key);
	answer->has_key = true;
	return FM_OK;
}

static void tell(struct fm_holder_answer *answer, const struct server *s)
{
	struct fm_holder_state *state = &answer->state;

	answer->has_state = true;
	snprintf(state->wallet, sizeof(state->wallet), "%s", s->config->wallet);
	state->address = s->config->address;
	state->left_s = left_ms(s) > 0 ? left_ms(s) / 1000 : 0;
	state->idle_s = idle_ms(s) > 0 ? idle_ms(s) / 1000 : 0;
	state->signatures = s->signatures;
}

static enum fm_code obey(struct fm_holder_answer *answer, struct server *s,
			 const struct fm_holder_request *request, struct fm_err *err)
{
	switch (request->word) {
	case FM_HOLDER_STATUS:
		tell(answer, s);
		return FM_OK;
	case FM_HOLDER_SIGN:
		return sign(answer, s, request->document, err);
	case FM_HOLDER_DERIVE:
		return derive(answer, s, request->purpose, err);
	case FM_HOLDER_LOCK:
		/* Whoever asked may go ahead as soon as they are told. */
		s->over = true;
		fm_holder_leave(&s->place);
		return FM_OK;
	}
	return fm_fail(err, FM_E_MALFORMED, "a request of no kind");
}

static void answer_to(int fd, struct server *s, struct fm_span json)
{
	struct fm_holder_answer answer = { .has_state = false };
	struct fm_holder_request request;
	struct fm_buf text;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_holder_request_read(&request, json, &err);
	/* The stop of this very moment, not that of the last tick. */
	if (!rc && request.word != FM_HOLDER_LOCK && is_over(s)) {
		s->over = true;
		rc = fm_fail(&err, FM_E_LOCKED, "the key holder drops its key");
	}
	if (!rc)
		rc = obey(&answer, s, &request, &err);
	if (rc)
		answer.refused = err;
	fm_buf_init(&text, FM_HOLDER_FRAME);
	if (fm_holder_answer_write(&text, &answer))
		(void)!fm_holder_send(fd, fm_buf_span(&text));
	fm_buf_wipe(&text);
	fm_wipe(&answer, sizeof(answer));
	fm_holder_request_clear(&request);
}

/* ---- guests ---- */

static void see_off(struct guest *g)
{
	if (g->fd < 0)
		return;
	close(g->fd);
	fm_buf_clear(&g->in);
	g->fd = -1;
}

static size_t count_places(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= GUESTS + OWN_FILES)
		return GUESTS;
	return files.rlim_cur > OWN_FILES ? (size_t)files.rlim_cur - OWN_FILES : 1;
}

/* Is there a place, or will there be one by making somebody leave? */
static bool has_room(const struct server *s)
{
	for (size_t i = 0; i < s->places; i++)
		if (s->guests[i].fd < 0 || now_ms() - s->guests[i].since_ms >= GRACE_MS)
			return true;
	return false;
}

/* A place for a new one: a free one, or that of who has had theirs for longest. */
static struct guest *find_place(struct server *s)
{
	struct guest *oldest = &s->guests[0];

	for (size_t i = 0; i < s->places; i++) {
		if (s->guests[i].fd < 0)
			return &s->guests[i];
		if (s->guests[i].since_ms < oldest->since_ms)
			oldest = &s->guests[i];
	}
	if (now_ms() - oldest->since_ms < GRACE_MS)
		return NULL;
	see_off(oldest);
	return oldest;
}

static void let_in(struct server *s)
{
	for (;;) {
		struct guest *g = find_place(s);
		int fd =
			g ? accept4(s->place.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)
			  : -1;

		if (fd < 0)
			return;
		if (!fm_holder_peer_ok(fd, NULL)) {
			close(fd);
			continue;
		}
		g->fd = fd;
		g->since_ms = now_ms();
		fm_buf_init(&g->in, HEAD + FM_HOLDER_FRAME);
	}
}

static size_t length_of(const struct guest *g)
{
	const uint8_t *b = (const uint8_t *)g->in.ptr;

	return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

/* More bytes of a request. False: the guest is done with. */
static bool listen_to(struct server *s, struct guest *g)
{
	char piece[4096];
	ssize_t got = recv(g->fd, piece, sizeof(piece), 0);
	size_t len;

	if (got < 0)
		return errno == EAGAIN || errno == EINTR;
	if (got == 0 || !fm_buf_add(&g->in, piece, (size_t)got))
		return false;
	if (g->in.len < HEAD)
		return true;
	len = length_of(g);
	if (!len || len > FM_HOLDER_FRAME || g->in.len > HEAD + len)
		return false;
	if (g->in.len < HEAD + len)
		return true;
	answer_to(g->fd, s, (struct fm_span){ g->in.ptr + HEAD, len });
	return false;
}

static int64_t wait_ms(const struct server *s)
{
	int64_t most = TICK_MS;

	if (left_ms(s) < most)
		most = left_ms(s);
	if (idle_ms(s) < most)
		most = idle_ms(s);
	return most > 0 ? most : 0;
}

static void look_after(struct server *s, const struct pollfd *polls)
{
	for (size_t i = 0; i < s->places && !s->over; i++) {
		struct guest *g = &s->guests[i];
		bool stays = g->fd >= 0;

		if (stays && polls[i].fd == g->fd && polls[i].revents)
			stays = listen_to(s, g);
		if (!stays || now_ms() - g->since_ms > FM_HOLDER_REQUEST_MS)
			see_off(g);
	}
	if (!s->over && polls[s->places].revents)
		let_in(s);
}

static void serve(struct server *s)
{
	struct pollfd polls[GUESTS + 1];

	while (!is_over(s)) {
		bool room = has_room(s);

		for (size_t i = 0; i < s->places; i++)
			polls[i] = (struct pollfd){ .fd = s->guests[i].fd,
						    .events = POLLIN };
		/* Whoever waits outside must not keep the loop busy. */
		polls[s->places] = (struct pollfd){ .fd = room ? s->place.fd : -1,
						    .events = POLLIN };
		/* After a signal there is nothing in them, and the loop looks why. */
		(void)!poll(polls, s->places + 1,
			    (int)(room ? wait_ms(s) : GRACE_MS / 4));
		look_after(s, polls);
	}
}

/* ---- beginning and end ---- */

/* One at a time: whoever listens there is made to end, and what nobody listens at is taken away. */
static enum fm_code take_place(struct server *s, struct fm_err *err)
{
	const struct fm_holder_config *config = s->config;
	char path[PATH_MAX];
	struct fm_gate gate;
	bool found;
	enum fm_code rc = fm_dir_make(config->dir, FM_FILE_PRIVATE, err);

	if (rc)
		return rc;
	if (snprintf(path, sizeof(path), "%s/holder.lock", config->dir) >= PATH_MAX)
		return fm_fail(err, FM_E_CONFIG, "the folder's name is too long");
	rc = fm_gate_open(&gate, path, 0, err);
	if (rc)
		return rc;
	rc = fm_gate_enter(&gate, GATE_MS, config->end, err);
	if (rc == FM_E_BUSY)
		fm_fail(err, FM_E_BUSY, "another unlock is at work");
	if (!rc) {
		rc = fm_holder_lock(&found, config->dir, &config->address, err);
		if (!rc)
			rc = fm_holder_listen(&s->place, config->dir, &config->address,
					      err);
		fm_gate_leave(&gate);
	}
	fm_gate_close(&gate);
	return rc;
}

enum fm_code fm_holder_serve(const struct fm_holder_config *config, struct fm_err *err)
{
	struct server s = { .config = config,
			    .places = count_places(),
			    .place = { .fd = -1 },
			    .start_ms = now_ms(),
			    .used_ms = now_ms(),
			    .asleep_ms = asleep_ms(config) };
	enum fm_code rc;

	for (size_t i = 0; i < GUESTS; i++)
		s.guests[i].fd = -1;
	rc = take_place(&s, err);
	if (rc)
		return rc;
	if (config->ready)
		config->ready(config->ctx);
	serve(&s);
	for (size_t i = 0; i < GUESTS; i++)
		see_off(&s.guests[i]);
	fm_holder_leave(&s.place);
	fm_holder_memory_clear(&s.memory);
	return FM_OK;
}
