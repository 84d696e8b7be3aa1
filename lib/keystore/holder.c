/* SPDX-License-Identifier: MIT */
/* The key holder seen from outside: is there one, what it signs, how it is made to forget. */
#include "keystore/holder.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX FM_HOLDER_FRAME
#define NAP_MS 20
#define END_MS 3000 /* from a signal to a closed socket */

/* ---- one request ---- */

/* *found false: nobody listens. */
static enum fm_code ask(struct fm_holder_answer *out, bool *found, const char *dir,
			const char *name, struct fm_span request, struct fm_err *err)
{
	struct fm_buf answer;
	enum fm_code rc;
	int fd;

	memset(out, 0, sizeof(*out));
	*found = false;
	rc = fm_holder_connect(&fd, dir, name, err);
	if (rc || fd < 0)
		return rc;
	*found = true;
	fm_buf_init(&answer, ANSWER_MAX);
	rc = fm_holder_exchange(&answer, fd, request, err);
	if (!rc)
		rc = fm_holder_answer_read(out, fm_buf_span(&answer), err);
	fm_buf_wipe(&answer);
	close(fd);
	return rc;
}

static enum fm_code ask_word(struct fm_holder_answer *out, bool *found, const char *dir,
			     const char *name, enum fm_holder_word word,
			     struct fm_span document, const char *purpose,
			     struct fm_err *err)
{
	struct fm_buf request;
	enum fm_code rc;

	fm_buf_init(&request, FM_HOLDER_FRAME);
	if (fm_holder_request_write(&request, word, document, purpose))
		rc = ask(out, found, dir, name, fm_buf_span(&request), err);
	else
		rc = fm_fail(err, FM_E_TOO_LARGE,
			     "what is to be signed is more than a key holder takes");
	fm_buf_clear(&request);
	return rc;
}

enum fm_code fm_holder_look(struct fm_holder_state *out, bool *found, const char *dir,
			    const struct fm_addr *address, struct fm_err *err)
{
	struct fm_holder_answer answer;
	char name[FM_HOLDER_NAME];
	enum fm_code rc;

	fm_holder_name(name, address);
	rc = ask_word(&answer, found, dir, name, FM_HOLDER_STATUS,
		      (struct fm_span){ NULL, 0 }, NULL, err);
	if (rc || !*found)
		return rc;
	if (answer.refused.code) {
		if (err)
			*err = answer.refused;
		return answer.refused.code;
	}
	if (!answer.has_state || !fm_addr_equal(&answer.state.address, address)) {
		fm_fail(err, FM_E_LOCKED, "the key holder has another wallet's key");
		return fm_hint(err, "run: fourmica lock, then fourmica unlock");
	}
	*out = answer.state;
	return FM_OK;
}

/* ---- locking ---- */

static void nap(void)
{
	const struct timespec some = { .tv_nsec = NAP_MS * 1000000L };

	nanosleep(&some, NULL);
}

/* Until nobody listens any more; *pid: who does. */
static bool listens(long *pid, const char *dir, const char *name)
{
	struct fm_err ignored;
	bool ours;
	int fd;

	fm_err_init(&ignored);
	if (fm_holder_connect(&fd, dir, name, &ignored))
		return true;
	if (fd < 0)
		return false;
	ours = fm_holder_peer_ok(fd, pid);
	close(fd);
	return ours;
}

static bool listens_until(int64_t end_ms, long *pid, const char *dir, const char *name)
{
	while (listens(pid, dir, name)) {
		if (fm_steady_ms(&fm_system_clock) >= end_ms)
			return true;
		nap();
	}
	return false;
}

static void send_signal(long pid, int number)
{
	if (pid > 1 && pid != (long)getpid())
		kill((pid_t)pid, number);
}

static enum fm_code end_it(const char *dir, const char *name, struct fm_err *err)
{
	static const int ends[] = { SIGTERM, SIGKILL };
	int64_t end_ms = fm_steady_ms(&fm_system_clock) + END_MS;
	long pid = 0;

	if (!listens(&pid, dir, name))
		return FM_OK;
	/* One that was stopped has to go on for that; one that does not end has nothing to save. */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		send_signal(pid, ends[i]);
		send_signal(pid, SIGCONT);
		if (!listens_until(end_ms + (int64_t)i * END_MS, &pid, dir, name))
			return FM_OK;
	}
	fm_fail(err, FM_E_LOCKED, "the key holder, process %ld, does not end", pid);
	return fm_hint(err, "end it with: kill -9 %ld", pid);
}

static enum fm_code lock_one(bool *found, const char *dir, const char *name,
			     struct fm_err *err)
{
	struct fm_holder_answer answer;
	struct fm_err said;
	enum fm_code rc;

	fm_err_init(&said);
	rc = ask_word(&answer, found, dir, name, FM_HOLDER_LOCK,
		      (struct fm_span){ NULL, 0 }, NULL, &said);
	if (!rc && (!*found || !answer.refused.code))
		return FM_OK;
	if (!*found) {
		if (err)
			*err = said;
		return rc;
	}
	return end_it(dir, name, err);
}

enum fm_code fm_holder_lock(bool *found, const char *dir, const struct fm_addr *address,
			    struct fm_err *err)
{
	char name[FM_HOLDER_NAME];

	fm_holder_name(name, address);
	return lock_one(found, dir, name, err);
}

enum fm_code fm_holder_lock_all(size_t *count, const char *dir, struct fm_err *err)
{
	enum fm_code rc = FM_OK;
	DIR *folder = opendir(dir);
	const struct dirent *entry;

	*count = 0;
	if (!folder)
		return errno == ENOENT || errno == ENOTDIR
			       ? FM_OK
			       : fm_fail(err, FM_E_IO, "cannot read %s: %s", dir,
					 strerror(errno));
	while ((entry = readdir(folder))) {
		struct fm_err own;
		bool found = false;
		enum fm_code one;

		if (!fm_holder_name_ok(entry->d_name))
			continue;
		fm_err_init(&own);
		one = lock_one(&found, dir, entry->d_name, &own);
		*count += !one && found;
		if (!rc && one && err)
			*err = own;
		rc = rc ? rc : one;
	}
	closedir(folder);
	return rc;
}

/* ---- the signer ---- */

struct held {
	char name[FM_HOLDER_NAME];
	char dir[];
};

static enum fm_code asked(struct fm_holder_answer *answer, const struct held *held,
			  enum fm_holder_word word, struct fm_span document,
			  const char *purpose, struct fm_err *err)
{
	bool found;
	enum fm_code rc = ask_word(answer, &found, held->dir, held->name, word, document,
				   purpose, err);

	if (!rc && !found) {
		fm_fail(err, FM_E_LOCKED, "the key holder is gone: the wallet is locked");
		return fm_hint(err, "run: fourmica unlock");
	}
	if (rc || !answer->refused.code)
		return rc;
	if (err)
		*err = answer->refused;
	return answer->refused.code;
}

static enum fm_code held_sign(void *ctx, struct fm_sig *out,
			      const struct fm_sign_request *request, struct fm_err *err)
{
	struct fm_holder_answer answer;
	enum fm_code rc =
		asked(&answer, ctx, FM_HOLDER_SIGN, request->document, NULL, err);

	if (!rc && !answer.has_signature)
		rc = fm_fail(err, FM_E_LOCKED,
			     "the key holder answers without signature");
	if (!rc)
		*out = answer.signature;
	fm_wipe(&answer, sizeof(answer));
	return rc;
}

static enum fm_code held_derive(void *ctx, struct fm_secret **out, const char *purpose,
				struct fm_err *err)
{
	struct fm_holder_answer answer;
	enum fm_code rc = asked(&answer, ctx, FM_HOLDER_DERIVE,
				(struct fm_span){ NULL, 0 }, purpose, err);

	if (!rc && !answer.has_key)
		rc = fm_fail(err, FM_E_LOCKED, "the key holder answers without a key");
	if (!rc) {
		*out = fm_secret_take(answer.key, sizeof(answer.key));
		rc = *out ? FM_OK : fm_nomem(err);
	}
	fm_wipe(&answer, sizeof(answer));
	return rc;
}

static const struct fm_signer_ops held_ops = {
	.sign = held_sign,
	.close = free,
	.elsewhere = true,
	.derive = held_derive,
};

enum fm_code fm_signer_holder(struct fm_signer *out, bool *found, const char *dir,
			      const struct fm_addr *address, struct fm_err *err)
{
	size_t len = strlen(dir) + 1;
	struct fm_holder_state state;
	struct held *held;
	enum fm_code rc = fm_holder_look(&state, found, dir, address, err);

	if (rc || !*found)
		return rc;
	held = calloc(1, sizeof(*held) + len);
	if (!held)
		return fm_nomem(err);
	memcpy(held->dir, dir, len);
	fm_holder_name(held->name, address);
	*out = (struct fm_signer){ .ops = &held_ops, .ctx = held, .address = *address };
	return FM_OK;
}
