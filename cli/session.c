/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* CLOCK_BOOTTIME */
#include "session.h"

#include "sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SLEPT_MS 2000 /* the two clocks are read one after the other */
#define MOST_S 86400  /* that a key is kept */

/* ---- clocks ---- */

static int64_t clock_ms(clockid_t id)
{
	struct timespec now = { 0 };

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Goes on while the machine sleeps. */
static int64_t awake_or_not_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

static int64_t asleep_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME) - clock_ms(CLOCK_MONOTONIC);
}

/* ---- its life ---- */

static void write_log(void *ctx, enum fm_level level, const char *text)
{
	struct session *s = ctx;

	if (s->out)
		out_log(s->out, level, text);
}

static void told_init(struct told *told)
{
	*told = (struct told){ .rc = FM_OK };
	fm_err_init(&told->err);
	fm_buf_init(&told->document, 64u << 20);
}

void session_init(struct session *s, struct fm_secret *env_pass)
{
	*s = (struct session){ .env_pass = env_pass,
			       .for_ms = SESSION_FOR_S * 1000,
			       .idle_ms = SESSION_IDLE_S * 1000 };
	s->log = (struct fm_log){ .write = write_log, .ctx = s };
	told_init(&s->last);
	told_init(&s->refusal);
}

void session_clear(struct session *s)
{
	session_lock(s);
	if (s->http.ops)
		fm_http_close(&s->http);
	fm_secret_free(&s->env_pass);
	for (size_t i = 0; i < s->context.preset_count; i++) {
		free(s->presets[i].name);
		free(s->presets[i].value);
	}
	free(s->presets);
	free(s->stop_file);
	free(s->ledger_file);
	fm_ledger_close(&s->ledger);
	fm_buf_wipe(&s->last.document);
	fm_buf_wipe(&s->refusal.document);
}

/* ---- connections ---- */

bool session_http(struct session *s, struct app *app)
{
	s->log.level = app->log.level;
	s->out = app->out;
	if (!s->http.ops)
		return false;
	app->http = s->http;
	s->http = (struct fm_http){ 0 };
	return true;
}

void session_keep_http(struct session *s, struct app *app)
{
	if (s->stays && !s->http.ops)
		s->http = app->http;
	else
		fm_http_close(&app->http);
	s->out = NULL;
}

const struct fm_log *session_log(struct session *s)
{
	return &s->log;
}

/* All zero: there is none. */
static struct session_file look_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return (struct session_file){ 0 };
	return (struct session_file){ (uint64_t)st.st_dev, (uint64_t)st.st_ino,
				      st.st_ctim };
}

static bool same_place(const struct session_file *a, const struct session_file *b)
{
	return a->inode && a->inode == b->inode && a->device == b->device;
}

/* A ledger that was replaced meanwhile is opened anew, and looked at as always. */
void session_lend_ledger(struct session *s, struct app *app)
{
	struct session_file now;

	if (!s->ledger || !(app->cmd->needs & MAY_SPEND))
		return;
	now = look_at(s->ledger_file);
	if (same_place(&now, &s->ledger_place))
		fm_client_lend_ledger(app->client, &s->ledger);
	fm_ledger_close(&s->ledger);
}

/* After a failure it is closed: what its locks say of a payment ends with the command. */
void session_keep_ledger(struct session *s, struct app *app)
{
	if (!s->stays || !app->client || !app->cmd || !(app->cmd->needs & MAY_SPEND))
		return;
	fm_ledger_close(&s->ledger);
	fm_client_return_ledger(&s->ledger, app->client);
	if (s->ledger)
		s->ledger_place = look_at(s->ledger_file);
}

/* ---- the key ---- */

enum fm_code session_time(int64_t *seconds, const char *text, const char *option,
			  struct fm_err *err)
{
	int64_t value;

	if (!text)
		return FM_OK;
	if (fm_duration_parse(&value, fm_span_of(text)) && value >= 1 &&
	    value <= MOST_S) {
		*seconds = value;
		return FM_OK;
	}
	fm_fail(err, FM_E_USAGE, "%s takes a time from 1s to 24h", option);
	return fm_hint(err, "for example %s 15m", option);
}

/* What is handed out signs with the key that is kept, and closing it closes nothing. A command may
 * have had it for long: every use looks whether it may still be used. */

static enum fm_code locked_meanwhile(struct session *s, struct fm_err *err)
{
	const char *why = session_watch(s);

	if (s->signer.ops)
		return FM_OK;
	return fm_fail(err, FM_E_LOCKED, "the wallet was locked meanwhile%s%s",
		       why ? ": " : "", why ? why : "");
}

static enum fm_code kept_sign(void *ctx, struct fm_sig *out,
			      const struct fm_sign_request *request, struct fm_err *err)
{
	struct session *s = ctx;

	if (locked_meanwhile(s, err))
		return FM_E_LOCKED;
	return s->signer.ops->sign(s->signer.ctx, out, request, err);
}

static enum fm_code kept_derive(void *ctx, struct fm_secret **out, const char *purpose,
				struct fm_err *err)
{
	struct session *s = ctx;

	if (locked_meanwhile(s, err))
		return FM_E_LOCKED;
	return s->signer.ops->derive(s->signer.ctx, out, purpose, err);
}

static void kept_close(void *ctx)
{
	(void)ctx;
}

static void hand_out(struct session *s, struct fm_signer *out)
{
	static const struct fm_signer_ops ops = { .sign = kept_sign,
						  .close = kept_close,
						  .derive = kept_derive };
	static const struct fm_signer_ops plain = { .sign = kept_sign,
						    .close = kept_close };

	*out = s->signer;
	out->ops = s->signer.ops->derive ? &ops : &plain;
	out->ctx = s;
}

bool session_holds(const struct session *s, const struct app *app)
{
	return s->signer.ops && strcmp(s->wallet, app->wallet.name) == 0 &&
	       fm_addr_equal(&s->signer.address, &app->wallet.address);
}

bool session_signer(struct session *s, struct app *app, struct fm_signer *out)
{
	session_watch(s);
	if (!session_holds(s, app))
		return false;
	hand_out(s, out);
	return true;
}

static bool stop_is_set(const struct session *s)
{
	struct fm_stop stop = { 0 };

	if (s->stop_file)
		fm_stop_look(&stop, s->stop_file);
	return stop.set;
}

static bool was_written(const struct session *s)
{
	const struct session_file now = look_at(s->wallet_file), *then = &s->opened;

	return !same_place(&now, then) || now.changed.tv_sec != then->changed.tv_sec ||
	       now.changed.tv_nsec != then->changed.tv_nsec;
}

static char *wallet_file(const struct app *app)
{
	char name[FM_WALLET_NAME + 8];

	snprintf(name, sizeof(name), "%s.json", app->wallet.name);
	return sys_join(app->paths.wallet_dir, name);
}

void session_wallet_written(struct session *s, const struct app *app)
{
	if (session_holds(s, app))
		s->opened = look_at(s->wallet_file);
}

void session_keep_signer(struct session *s, struct app *app, struct fm_signer *out)
{
	char *file = s->stays && !stop_is_set(s) ? wallet_file(app) : NULL;

	if (!file)
		return;
	session_lock(s);
	s->signer = *out;
	s->wallet_file = file;
	s->opened = look_at(file);
	memcpy(s->wallet, app->wallet.name, sizeof(s->wallet));
	s->used_ms = awake_or_not_ms();
	s->until_ms = s->used_ms + s->for_ms;
	s->asleep_ms = asleep_ms();
	hand_out(s, out);
}

bool session_lock(struct session *s)
{
	bool was = s->signer.ops != NULL;

	if (was)
		fm_signer_close(&s->signer);
	s->signer = (struct fm_signer){ 0 };
	free(s->wallet_file);
	s->wallet_file = NULL;
	return was;
}

const char *session_watch(struct session *s)
{
	int64_t now = awake_or_not_ms();
	const char *why = NULL;

	if (!s->signer.ops)
		return NULL;
	if (now >= s->until_ms)
		why = "its time is over";
	else if (now - s->used_ms >= s->idle_ms)
		why = "nothing was done for a while";
	else if (asleep_ms() - s->asleep_ms > SLEPT_MS)
		why = "this machine slept";
	else if (stop_is_set(s))
		why = "the emergency stop is set";
	else if (was_written(s))
		why = "its file was changed";
	if (why)
		session_lock(s);
	return why;
}

int64_t session_left_ms(const struct session *s)
{
	int64_t left = s->until_ms - awake_or_not_ms();

	return s->signer.ops && left > 0 ? left : 0;
}

void session_used(struct session *s)
{
	s->used_ms = awake_or_not_ms();
}

/* ---- the last result ---- */

/* The child of a list or an object that a word names. */
static const struct fm_json *child_of(const struct fm_json *node, const char *word)
{
	const struct fm_json *child = fm_json_first(node);
	unsigned long index = strtoul(word, NULL, 10);

	if (node->type == FM_JSON_OBJECT)
		return fm_json_get(node, word);
	if (node->type != FM_JSON_ARRAY || !*word ||
	    strspn(word, "0123456789") != strlen(word))
		return NULL;
	while (child && index--)
		child = fm_json_next(node, child);
	return child;
}

static const struct fm_json *follow(const struct fm_json *node, struct fm_span path)
{
	char word[128];

	while (node && path.len) {
		const char *dot = memchr(path.ptr, '.', path.len);
		size_t len = dot ? (size_t)(dot - path.ptr) : path.len;

		if (len >= sizeof(word))
			return NULL;
		memcpy(word, path.ptr, len);
		word[len] = '\0';
		node = child_of(node, word);
		path.ptr += len + (dot != NULL);
		path.len -= len + (dot != NULL);
	}
	return node;
}

/* As a word of a command line: an amount with its unit in one word, other objects not at all. */
static bool as_word(struct fm_buf *out, const struct fm_json *node)
{
	const struct fm_json *display = fm_json_get(node, "display");
	size_t from = out->len, to = from;

	switch (node->type) {
	case FM_JSON_STRING:
		return fm_json_str(out, node);
	case FM_JSON_NUMBER:
	case FM_JSON_TRUE:
	case FM_JSON_FALSE:
		return fm_buf_add(out, node->src.ptr, node->src.len);
	case FM_JSON_OBJECT:
		if (!display || !fm_json_str(out, display))
			return false;
		for (size_t i = from; i < out->len; i++)
			if (out->ptr[i] != ' ')
				out->ptr[to++] = out->ptr[i];
		out->len = to;
		out->ptr[to] = '\0';
		return true;
	case FM_JSON_NULL:
	case FM_JSON_ARRAY:
		break;
	}
	return false;
}

enum fm_code session_last(struct fm_buf *out, struct session *s, struct fm_span path,
			  struct fm_err *err)
{
	struct fm_json *root = NULL;
	const struct fm_json *node;
	enum fm_code rc = FM_OK;

	if (!s->last.document.len)
		return fm_fail(err, FM_E_USAGE, "$last: there is no result yet");
	rc = fm_json_parse(&root, fm_buf_span(&s->last.document), false, err);
	if (rc)
		return rc;
	node = follow(fm_json_get(root, "data"), path);
	if (!node)
		node = follow(root, path);
	if (!node || !path.len) {
		rc = fm_fail(err, FM_E_USAGE,
			     "$last.%.*s: the last result, of %s, has none",
			     (int)(path.len < 80 ? path.len : 80), path.ptr,
			     s->last.name);
		fm_hint(err, "the command with --json shows what it has");
	} else if (!as_word(out, node)) {
		rc = fm_fail(err, FM_E_USAGE, "$last.%.*s is %s in the last result",
			     (int)(path.len < 80 ? path.len : 80), path.ptr,
			     node->type == FM_JSON_NULL ? "null" : "more than one value");
		fm_hint(err,
			"name a member of it: $last.NAME.MEMBER, $last.LIST.0.MEMBER");
	}
	fm_json_free(&root);
	return rc;
}
