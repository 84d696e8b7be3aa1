/* SPDX-License-Identifier: MIT */
/** Signed in to Core: what is sent, what is kept, what two processes do with one refresh token.
 *  Core's state lies in memory that forked processes share. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <client/session.h>
#include <evm/eip712.h>
#include <evm/sign.h>
#include <fourmica/file.h>
#include <keystore/seal.h>

#include "support/fake_http.h"

#include <dirent.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHAIN 84532u
#define NOW_S 1782122400 /* 2026-06-22T10:00:00Z */
#define LIFE_S 900
#define PAYER_KEY "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
#define PAYER "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
#define SIWE                                                                                  \
	"{\"nonce\":\"n-1\",\"siwe\":{\"domain\":\"%s\",\"uri\":\"https://core.example\","    \
	"\"chainId\":84532,\"statement\":\"Sign in.\",\"issuedAt\":\"2026-06-22T10:00:00Z\"," \
	"\"expiration\":\"2026-06-22T10:05:00Z\"}}"

/** What all processes see of Core. Tokens are numbered: access_7 comes with refresh_7. */
struct core {
	atomic_int nonces, verified, refreshed, reused, logouts, asked;
	atomic_int last;    /* number of the newest tokens */
	atomic_int live;    /* the refresh token that still works; 0: none */
	atomic_int least;   /* older access tokens are refused */
	int refresh_status; /* not 0: what /auth/refresh answers instead */
	bool dies;   /* the process that refreshes is killed before it reads the answer */
	bool denies; /* /core answers "missing scope" */
};

struct world {
	struct core *core;
	struct fake_http fake;
	struct fm_client *client;
	struct fm_client_config config;
	struct fm_session_config session;
	struct fm_clock clock;
	struct fm_buf bearer;
	struct fm_err err;
	const char *core_url, *domain, *key;
	char dir[64], ledger[96], sessions[96];
	int64_t now_s;
	unsigned unlocked;
	bool no_derive;
};

/* ---- Core ---------------------------------------------------------------------------------- */

static bool say(struct fake_reply *reply, int status, const char *text)
{
	reply->status = status;
	reply->body = text;
	reply->body_len = strlen(text);
	return true;
}

static bool say_tokens(struct fake_reply *reply, struct core *core)
{
	static char text[256];
	int number = atomic_fetch_add(&core->last, 1) + 1;

	atomic_store(&core->live, number);
	snprintf(text, sizeof(text),
		 "{\"access_token\":\"access_%d\",\"refresh_token\":\"refresh_%d\","
		 "\"expires_in\":%d}",
		 number, number, LIFE_S);
	return say(reply, 200, text);
}

static int number_behind(const char *text, const char *prefix)
{
	const char *at = text ? strstr(text, prefix) : NULL;

	return at ? (int)strtol(at + strlen(prefix), NULL, 10) : 0;
}

/** As Core does: the signature must be the wallet's, over the message sent. */
static bool signed_by_wallet(const char *body)
{
	struct fm_json *doc = NULL;
	struct fm_addr who, want;
	char sig_text[FM_SIG_TEXT];
	struct fm_hash digest;
	struct fm_buf message;
	uint8_t sig[65];
	bool ok;

	fm_buf_init(&message, 8192);
	ok = fm_json_parse(&doc, fm_span_of(body), false, NULL) == FM_OK &&
	     fm_json_str(&message, fm_json_get(doc, "message")) &&
	     fm_json_cstr(sig_text, sizeof(sig_text), fm_json_get(doc, "signature")) &&
	     fm_hex_read(sig, sizeof(sig), fm_hex_strip(fm_span_of(sig_text)));
	if (ok)
		fm_eip191_digest(&digest, fm_buf_span(&message));
	ok = ok && fm_recover(&who, NULL, sig, sizeof(sig), &digest) &&
	     fm_addr_parse(&want, NULL, fm_span_of(PAYER)) && fm_addr_equal(&who, &want);
	fm_buf_clear(&message);
	fm_json_free(&doc);
	return ok;
}

static bool refresh(struct fake_reply *reply, struct core *core, const char *body)
{
	const struct timespec while_ms = { 0, 20000000 };
	int number = number_behind(body, ":\"refresh_");

	nanosleep(&while_ms, NULL);
	if (core->refresh_status)
		return say(reply, core->refresh_status, "{\"error\":\"not now\"}");
	if (!number || !atomic_compare_exchange_strong(&core->live, &number, 0)) {
		atomic_fetch_add(&core->reused, 1);
		return say(reply, 401, "{\"error\":\"refresh token already used\"}");
	}
	atomic_fetch_add(&core->refreshed, 1);
	say_tokens(reply, core);
	if (core->dies)
		kill(getpid(), SIGKILL);
	return true;
}

static bool answer(void *ctx, struct fake_reply *reply,
		   const struct fake_request *request)
{
	static char message[1024];
	struct world *w = ctx;
	struct core *core = w->core;
	const char *path = strstr(request->url, "/auth/");

	if (!path) {
		atomic_fetch_add(&core->asked, 1);
		if (core->denies)
			return say(reply, 401, "{\"error\":\"missing scope\"}");
		if (number_behind(request->headers, "authorization: Bearer access_") <
		    atomic_load(&core->least))
			return say(reply, 401, "{\"error\":\"invalid access token\"}");
		return say(reply, 200, "null");
	}
	if (strcmp(path, "/auth/nonce") == 0) {
		atomic_fetch_add(&core->nonces, 1);
		snprintf(message, sizeof(message), SIWE, w->domain);
		return say(reply, 200, message);
	}
	if (strcmp(path, "/auth/verify") == 0) {
		if (!signed_by_wallet(request->body))
			return say(reply, 401, "{\"error\":\"nonce not valid\"}");
		atomic_fetch_add(&core->verified, 1);
		return say_tokens(reply, core);
	}
	if (strcmp(path, "/auth/refresh") == 0)
		return refresh(reply, core, request->body);
	atomic_fetch_add(&core->logouts, 1);
	return say(reply, 200, "{\"revoked\":true}");
}

/* ---- the world ----------------------------------------------------------------------------- */

static int64_t world_ms(void *ctx)
{
	return ((struct world *)ctx)->now_s * 1000;
}

static const char *core_url(void *ctx, uint64_t chain_id)
{
	return chain_id == 1 ? NULL : ((struct world *)ctx)->core_url;
}

static enum fm_code open_signer(void *ctx, struct fm_signer *out, struct fm_err *err)
{
	static struct fm_signer_ops plain;
	struct world *w = ctx;
	struct fm_secret *key = NULL;
	enum fm_code rc;

	w->unlocked++;
	rc = fm_wallet_key_text(&key, fm_span_of(w->key), err);
	if (!rc)
		rc = fm_signer_local(out, &key, NULL, true, err);
	if (!rc && w->no_derive) {
		plain = *out->ops;
		plain.derive = NULL;
		out->ops = &plain;
	}
	return rc;
}

static void start(struct world *w)
{
	fm_err_init(&w->err);
	assert_int_equal(fm_client_new(&w->client, &w->config, &w->err), FM_OK);
	fm_client_session(w->client, &w->session);
}

/** The next process: the wallet is closed again. */
static void restart(struct world *w)
{
	fm_client_free(&w->client);
	fake_http_clear(&w->fake);
	w->fake.respond = answer;
	w->fake.respond_ctx = w;
	start(w);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w || fm_init(NULL))
		return -1;
	w->core = mmap(NULL, sizeof(*w->core), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	snprintf(w->dir, sizeof(w->dir), "/tmp/fourmica-test-XXXXXX");
	if (w->core == MAP_FAILED || !mkdtemp(w->dir))
		return -1;
	snprintf(w->ledger, sizeof(w->ledger), "%s/ledger.db", w->dir);
	snprintf(w->sessions, sizeof(w->sessions), "%s/sessions", w->dir);
	w->now_s = NOW_S;
	w->core_url = "https://core.example/";
	w->domain = "core.example";
	w->key = PAYER_KEY;
	w->clock = (struct fm_clock){ world_ms, world_ms, w };
	fake_http_init(&w->fake);
	w->fake.respond = answer;
	w->fake.respond_ctx = w;
	fm_buf_init(&w->bearer, FM_BEARER_MAX);
	w->config = (struct fm_client_config){
		.clock = &w->clock,
		.rand = &fm_system_rand,
		.http = &w->fake.http,
		.ledger_file = w->ledger,
		.open_signer = open_signer,
		.core_url = core_url,
		.has_payer = true,
		.ctx = w,
	};
	*state = w;
	if (!fm_addr_parse(&w->config.payer, NULL, fm_span_of(PAYER)))
		return -1;
	start(w);
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	char command[160];
	int rc;

	fm_client_free(&w->client);
	fake_http_clear(&w->fake);
	fm_buf_wipe(&w->bearer);
	munmap(w->core, sizeof(*w->core));
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	rc = system(command);
	free(w);
	return rc;
}

static enum fm_code token(struct world *w, bool *have, enum fm_sign_in how)
{
	fm_buf_wipe(&w->bearer);
	fm_err_init(&w->err);
	return fm_client_token(&w->bearer, have, w->client, CHAIN, how, &w->err);
}

/** The token that is had, or NULL; any error fails the test. */
static const char *get(struct world *w, enum fm_sign_in how)
{
	bool have = false;
	enum fm_code rc = token(w, &have, how);

	if (rc)
		fail_msg("%s", w->err.msg);
	return have ? w->bearer.ptr : NULL;
}

/** The one session file; "" when there is none. */
static const char *file(struct world *w)
{
	static char path[PATH_MAX];
	DIR *dir = opendir(w->sessions);
	struct dirent *entry;

	path[0] = '\0';
	while (dir && (entry = readdir(dir)))
		if (strlen(entry->d_name) > 5 &&
		    strcmp(entry->d_name + strlen(entry->d_name) - 5, ".json") == 0)
			snprintf(path, sizeof(path), "%s/%s", w->sessions, entry->d_name);
	if (dir)
		closedir(dir);
	return path;
}

static void read_file(struct fm_buf *out, const char *path)
{
	fm_buf_init(out, 1u << 16);
	assert_int_equal(fm_file_read(out, NULL, path, FM_FILE_PRIVATE, NULL), FM_OK);
}

/* ---- one process --------------------------------------------------------------------------- */

static void test_kept(void **state)
{
	struct world *w = *state;
	struct fm_buf text;
	struct stat st;

	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	assert_int_equal(w->core->verified, 1);
	assert_int_equal(w->fake.count, 2);
	assert_string_equal(w->fake.requests[0].url, "https://core.example/auth/nonce");
	assert_string_equal(w->fake.requests[0].body, "{\"address\":\"" PAYER "\"}");
	read_file(&text, file(w));
	assert_null(strstr(text.ptr, "access_1"));
	assert_null(strstr(text.ptr, "refresh_1"));
	assert_non_null(strstr(text.ptr, FM_SESSION_FORMAT));
	fm_buf_clear(&text);
	assert_int_equal(stat(file(w), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(w->sessions, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	/* the next run opens the file instead of asking */
	restart(w);
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	assert_int_equal(w->fake.count, 0);
}

/** Without the wallet's key nothing is had, asked, unlocked or written. */
static void test_locked(void **state)
{
	struct world *w = *state;

	assert_null(get(w, FM_SIGN_IN_NEVER));
	assert_null(get(w, FM_SIGN_IN_RENEW));
	assert_string_equal(file(w), "");
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	assert_string_equal(get(w, FM_SIGN_IN_NEVER), "access_1"); /* open by now */
	restart(w);
	w->unlocked = 0;
	assert_null(get(w, FM_SIGN_IN_NEVER));
	assert_null(get(w, FM_SIGN_IN_RENEW));
	assert_int_equal(w->unlocked, 0);
	assert_int_equal(w->fake.count, 0);
	w->config.has_payer = false;
	restart(w);
	assert_null(get(w, FM_SIGN_IN_ANEW));
	w->config.has_payer = true;
	w->config.open_signer = NULL; /* watch-only */
	restart(w);
	assert_null(get(w, FM_SIGN_IN_ANEW));
	assert_int_equal(w->fake.count, 0);
}

static void test_renewed(void **state)
{
	struct world *w = *state;

	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	w->now_s += LIFE_S - 61;
	assert_string_equal(get(w, FM_SIGN_IN_NEVER), "access_1");
	w->now_s += 1; /* 60 s early */
	assert_null(get(w, FM_SIGN_IN_NEVER));
	assert_string_equal(get(w, FM_SIGN_IN_RENEW), "access_2");
	assert_int_equal(w->core->refreshed, 1);
	assert_string_equal(get(w, FM_SIGN_IN_NEVER), "access_2");
	w->now_s = NOW_S; /* the clock went back: how old the token is cannot be told */
	assert_null(get(w, FM_SIGN_IN_NEVER));
	assert_string_equal(get(w, FM_SIGN_IN_RENEW), "access_3");
	assert_int_equal(w->core->verified, 1);
	assert_int_equal(w->core->reused, 0);
}

/** A refresh token that works no more: sign in once, if that is wanted. */
static void test_not_renewed(void **state)
{
	struct world *w = *state;
	bool have = true;

	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	w->now_s += LIFE_S;
	w->core->refresh_status = 500; /* Core's trouble, not the token's */
	assert_int_equal(token(w, &have, FM_SIGN_IN_ANEW), FM_E_CORE);
	assert_false(have);
	assert_int_equal(w->core->nonces, 1);
	assert_string_not_equal(file(w), "");
	w->core->refresh_status = 403; /* nor is a wallet that may not */
	assert_int_equal(token(w, &have, FM_SIGN_IN_ANEW), FM_E_CORE);
	assert_string_equal(w->err.rule, "core-access");
	assert_int_equal(w->core->nonces, 1);
	w->core->refresh_status = 0;
	atomic_store(&w->core->live, 0);
	w->now_s =
		NOW_S + 1; /* within the message's life; before the token's: old again */
	restart(w);
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	w->core->least = 2;
	struct fm_token_tries tries = { 0 };
	assert_int_equal(fm_client_token_again(&w->bearer, &have, &tries, w->client,
					       CHAIN, FM_SIGN_IN_RENEW, &w->err),
			 FM_OK);
	assert_false(have);
	assert_int_equal(w->core->reused, 1);
	assert_string_equal(file(w), ""); /* of no use to anybody */
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_2");
	assert_int_equal(w->core->verified, 2);
}

/** Renew once, sign in once, then no more. */
static void test_again(void **state)
{
	struct fm_token_tries tries = { 0 };
	struct world *w = *state;
	bool have = false;

	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	assert_int_equal(fm_client_token_again(&w->bearer, &have, &tries, w->client,
					       CHAIN, FM_SIGN_IN_ANEW, &w->err),
			 FM_OK);
	assert_true(have);
	assert_string_equal(w->bearer.ptr, "access_2");
	assert_int_equal(w->core->refreshed, 1);
	assert_int_equal(fm_client_token_again(&w->bearer, &have, &tries, w->client,
					       CHAIN, FM_SIGN_IN_ANEW, &w->err),
			 FM_OK);
	assert_true(have);
	assert_string_equal(w->bearer.ptr, "access_3");
	assert_int_equal(w->core->verified, 2);
	assert_int_equal(fm_client_token_again(&w->bearer, &have, &tries, w->client,
					       CHAIN, FM_SIGN_IN_ANEW, &w->err),
			 FM_OK);
	assert_false(have);
	assert_int_equal(w->core->refreshed, 1);
	assert_int_equal(w->core->verified, 2);
}

static void test_ask_core(void **state)
{
	struct world *w = *state;
	struct fm_addr asset = { .b = { 2 } };
	struct fm_core_ask ask[2], *asks[] = { &ask[0], &ask[1] };
	struct fm_core_balance money;
	bool have = true;

	for (size_t i = 0; i < 2; i++) {
		fm_core_ask_init(&ask[i]);
		assert_int_equal(fm_core_ask_balance(&ask[i], w->core_url, NULL,
						     &w->config.payer, &asset, &w->err),
				 FM_OK);
	}
	assert_int_equal(fm_client_ask_core(&have, w->client, CHAIN, FM_SIGN_IN_NEVER,
					    asks, 2, &w->err),
			 FM_OK);
	assert_false(have);
	assert_int_equal(w->fake.count, 0);
	/* Core takes only what comes from the second sign-in */
	w->core->least = 3;
	assert_int_equal(fm_client_ask_core(&have, w->client, CHAIN, FM_SIGN_IN_ANEW,
					    asks, 2, &w->err),
			 FM_OK);
	assert_true(have);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(fm_core_balance_take(&money, &ask[i], &w->config.payer,
						      &asset, &w->err),
				 FM_OK);
	assert_int_equal(w->core->asked, 6);
	assert_int_equal(w->core->refreshed, 1);
	assert_int_equal(w->core->verified, 2);
	/* no right is no reason to sign in again */
	w->core->denies = true;
	assert_int_equal(fm_client_ask_core(&have, w->client, CHAIN, FM_SIGN_IN_ANEW,
					    asks, 2, &w->err),
			 FM_OK);
	assert_int_equal(fm_core_balance_take(&money, &ask[0], &w->config.payer, &asset,
					      &w->err),
			 FM_E_CORE);
	assert_string_equal(w->err.rule, "core-access");
	assert_int_equal(w->core->asked, 8);
	assert_int_equal(w->core->verified, 2);
	/* nor does it go on for ever */
	w->core->denies = false;
	w->core->least = 99;
	assert_int_equal(fm_client_ask_core(&have, w->client, CHAIN, FM_SIGN_IN_ANEW,
					    asks, 2, &w->err),
			 FM_OK);
	assert_int_equal(fm_core_access(&ask[1]), FM_CORE_ACCESS_RENEW);
	assert_int_equal(w->core->asked, 14);
	assert_int_equal(w->core->verified, 3);
	for (size_t i = 0; i < 2; i++)
		fm_core_ask_clear(&ask[i]);
}

/** What must not be signed is not: Core sees no signature. */
static void test_wrong_message(void **state)
{
	static const char *const pinned[] = { "other.example", NULL };
	struct world *w = *state;
	bool have = true;

	w->domain = "other.example";
	assert_int_equal(token(w, &have, FM_SIGN_IN_ANEW), FM_E_CORE);
	assert_false(have);
	assert_string_equal(w->err.rule, "sign-in-domain");
	assert_string_equal(file(w), "");
	w->session.domains = pinned;
	restart(w);
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	w->session.domains = NULL;
	w->core_url = "http://core.example"; /* no TLS */
	restart(w);
	assert_int_equal(token(w, &have, FM_SIGN_IN_ANEW), FM_E_CONFIG);
	assert_int_equal(w->fake.count, 0);
	assert_int_equal(fm_client_token(&w->bearer, &have, w->client, 1, FM_SIGN_IN_ANEW,
					 &w->err),
			 FM_E_CONFIG);
	w->core_url = "https://core.example";
	w->now_s += 300;
	w->domain = "core.example";
	restart(w);
	assert_int_equal(unlink(file(w)), 0);
	assert_int_equal(token(w, &have, FM_SIGN_IN_ANEW), FM_E_CORE);
	assert_string_equal(w->err.rule, "sign-in-time");
	assert_int_equal(w->core->verified, 1);
}

/** The file opens for its wallet, its chain and its Core, and only as it was written. */
static void test_bound(void **state)
{
	static const char other_core[] = "https://core.example/v2";
	struct fm_session mine, other;
	struct fm_session_kept kept;
	struct world *w = *state;
	struct fm_buf text;
	bool found;

	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	read_file(&text, file(w));
	assert_int_equal(fm_session_init(&mine, w->client, CHAIN, w->core_url, NULL),
			 FM_OK);
	assert_string_equal(mine.path, file(w));
	assert_int_equal(w->client->signer.ops->derive(w->client->signer.ctx, &mine.key,
						       "session tokens 1", NULL),
			 FM_OK);
	assert_int_equal(fm_session_read(&kept, &found, &mine, NULL), FM_OK);
	assert_true(found);
	assert_string_equal(kept.tokens.refresh, "refresh_1");
	for (int what = 0; what < 3; what++) {
		struct fm_addr someone = { .b = { 9 } }, me = w->client->config.payer;
		w->client->config.payer = what == 0 ? someone : me;
		assert_int_equal(
			fm_session_init(&other, w->client, what == 1 ? CHAIN + 1 : CHAIN,
					what == 2 ? other_core : w->core_url, NULL),
			FM_OK);
		w->client->config.payer = me;
		assert_string_not_equal(other.path, mine.path);
		assert_int_equal(fm_file_write(other.path, fm_buf_span(&text),
					       FM_FILE_REPLACE, NULL),
				 FM_OK);
		other.key = mine.key;
		assert_int_equal(fm_session_read(&kept, &found, &other, NULL), FM_OK);
		assert_false(found);
	}
	/* any digit of the box, and a piece of the file */
	char *box = strstr(text.ptr, "\"box\":\"") + 7;
	for (size_t i = 0, len = strcspn(box, "\""); i < len; i += 7) {
		char was = box[i];
		box[i] = was == '0' ? '1' : '0';
		assert_int_equal(fm_file_write(mine.path, fm_buf_span(&text),
					       FM_FILE_REPLACE, NULL),
				 FM_OK);
		assert_int_equal(fm_session_read(&kept, &found, &mine, NULL), FM_OK);
		assert_false(found);
		box[i] = was;
	}
	assert_int_equal(fm_file_write(mine.path,
				       (struct fm_span){ text.ptr, text.len / 2 },
				       FM_FILE_REPLACE, NULL),
			 FM_OK);
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_2"); /* signed in again */
	/* a file others can read is not trusted */
	assert_int_equal(chmod(mine.path, 0644), 0);
	assert_int_equal(token(w, &found, FM_SIGN_IN_ANEW), FM_E_CONFIG);
	fm_session_clear(&mine);
	fm_buf_clear(&text);
}

/** Another wallet's key opens nothing. */
static void test_other_key(void **state)
{
	struct fm_secret *a = NULL, *b = NULL, *one = NULL, *two = NULL, *three = NULL;
	const struct fm_span about = { "about", 5 }, plain = { "plain", 5 };
	struct fm_buf sealed, again;
	uint8_t key[32] = { 1 };

	(void)state;
	a = fm_secret_take(key, sizeof(key));
	key[0] = 2;
	b = fm_secret_take(key, sizeof(key));
	assert_int_equal(fm_key_derive(&one, a, "x", NULL), FM_OK);
	assert_int_equal(fm_key_derive(&two, b, "x", NULL), FM_OK);
	assert_int_equal(fm_key_derive(&three, a, "y", NULL), FM_OK);
	fm_buf_init(&sealed, 256);
	fm_buf_init(&again, 256);
	assert_int_equal(fm_seal(&sealed, one, plain, about, &fm_system_rand, NULL),
			 FM_OK);
	assert_int_equal(sealed.len, plain.len + FM_SEAL_EXTRA);
	assert_true(fm_unseal(&again, one, fm_buf_span(&sealed), about));
	assert_string_equal(again.ptr, "plain");
	assert_false(fm_unseal(&again, two, fm_buf_span(&sealed), about));
	assert_false(fm_unseal(&again, three, fm_buf_span(&sealed), about));
	assert_false(fm_unseal(&again, one, fm_buf_span(&sealed),
			       (struct fm_span){ "abouT", 5 }));
	for (size_t len = 0; len < sealed.len; len++)
		assert_false(fm_unseal(&again, one, (struct fm_span){ sealed.ptr, len },
				       about));
	fm_buf_clear(&sealed);
	fm_buf_clear(&again);
	fm_secret_free(&a);
	fm_secret_free(&b);
	fm_secret_free(&one);
	fm_secret_free(&two);
	fm_secret_free(&three);
}

/** A token of the caller's own: for its chain only, never stored, never renewed. */
static void test_given(void **state)
{
	struct fm_token_tries tries = { 0 };
	struct world *w = *state;
	bool have = false;

	w->session.bearer = "given";
	w->session.bearer_chain = CHAIN;
	w->unlocked = 0;
	restart(w);
	assert_string_equal(get(w, FM_SIGN_IN_NEVER), "given");
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "given");
	assert_int_equal(fm_client_token_again(&w->bearer, &have, &tries, w->client,
					       CHAIN, FM_SIGN_IN_ANEW, &w->err),
			 FM_OK);
	assert_false(have);
	assert_int_equal(w->unlocked, 0);
	assert_string_equal(file(w), "");
	w->session.bearer_chain = 8453;
	restart(w);
	assert_null(get(w, FM_SIGN_IN_NEVER));
	w->session.bearer = "not one";
	w->session.bearer_chain = CHAIN;
	restart(w);
	assert_int_equal(token(w, &have, FM_SIGN_IN_ANEW), FM_E_CONFIG);
	assert_null(strstr(w->err.msg, "not one"));
	assert_int_equal(w->fake.count, 0);
}

static void test_limits(void **state)
{
	struct world *w = *state;

	w->config.dry_run = true;
	restart(w);
	assert_null(get(w, FM_SIGN_IN_ANEW));
	assert_int_equal(w->unlocked, 0);
	w->config.dry_run = false;
	w->config.http = NULL;
	restart(w);
	assert_null(get(w, FM_SIGN_IN_ANEW));
	assert_string_equal(file(w), "");
	/* a signer whose key yields no other: signed in, nothing kept */
	w->config.http = &w->fake.http;
	w->no_derive = true;
	restart(w);
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	assert_string_equal(file(w), "");
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_2");
}

static void test_sign_out(void **state)
{
	struct world *w = *state;

	assert_int_equal(fm_client_sign_out(w->client, 0, &w->err), FM_OK);
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	assert_int_equal(fm_client_sign_out(w->client, CHAIN + 1, &w->err), FM_OK);
	assert_string_not_equal(file(w), "");
	assert_int_equal(fm_client_sign_out(w->client, CHAIN, &w->err), FM_OK);
	assert_string_equal(file(w), "");
	assert_int_equal(w->core->logouts, 1);
	assert_string_equal(w->fake.requests[w->fake.count - 1].body,
			    "{\"refresh_token\":\"refresh_1\"}");
	assert_null(get(w, FM_SIGN_IN_RENEW));
	/* a closed wallet cannot read what it gives up; nobody is asked to open it */
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_2");
	restart(w);
	w->unlocked = 0;
	assert_int_equal(fm_client_sign_out(w->client, 0, &w->err), FM_OK);
	assert_string_equal(file(w), "");
	assert_int_equal(w->core->logouts, 1);
	assert_int_equal(w->unlocked, 0);
	/* Core moved: what the old one gave is forgotten as well, and not sent to the new one */
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_3");
	w->core_url = "https://elsewhere.example";
	assert_int_equal(fm_client_sign_out(w->client, 0, &w->err), FM_OK);
	assert_string_equal(file(w), "");
	assert_int_equal(w->core->logouts, 1);
	/* Core is silent: no error */
	w->core_url = "https://core.example";
	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_4");
	w->fake.respond = NULL;
	assert_int_equal(fm_client_sign_out(w->client, 0, &w->err), FM_OK);
	assert_string_equal(file(w), "");
}

/* ---- several processes --------------------------------------------------------------------- */

#define PROCESSES 6

/** Fork processes that all want a token; every one must get one. */
static void run_processes(struct world *w)
{
	pid_t pids[PROCESSES];

	for (size_t i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			bool have = false;
			enum fm_code rc = token(w, &have, FM_SIGN_IN_ANEW);
			_exit(rc ? 2 : have ? 0 : 1);
		}
	}
	for (size_t i = 0; i < PROCESSES; i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

static void test_race(void **state)
{
	struct world *w = *state;

	run_processes(w);
	assert_int_equal(w->core->verified, 1); /* one signed in, the others read it */
	w->now_s += LIFE_S;
	run_processes(w);
	assert_int_equal(w->core->refreshed, 1);
	assert_int_equal(w->core->reused, 0);
	assert_int_equal(w->core->verified, 1);
}

/** Killed between Core's answer and the disk: the refresh token is gone, the lock is not held,
 *  and the next run signs in. */
static void test_killed(void **state)
{
	struct world *w = *state;
	bool have = false;
	int status;
	pid_t pid;

	assert_string_equal(get(w, FM_SIGN_IN_ANEW), "access_1");
	w->core->dies = true;
	w->now_s += 200; /* the message is still good */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct fm_token_tries tries = { 0 };
		(void)!fm_client_token_again(&w->bearer, &have, &tries, w->client, CHAIN,
					     FM_SIGN_IN_ANEW, &w->err);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	w->core->dies = false;
	w->core->least = 2;
	assert_int_equal(w->core->refreshed, 1);
	struct fm_token_tries tries = { 0 };
	assert_int_equal(fm_client_token_again(&w->bearer, &have, &tries, w->client,
					       CHAIN, FM_SIGN_IN_ANEW, &w->err),
			 FM_OK);
	assert_true(have);
	assert_string_equal(w->bearer.ptr, "access_3");
	assert_int_equal(w->core->reused, 1);
	assert_int_equal(w->core->verified, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_kept),	       T(test_locked), T(test_renewed),
		T(test_not_renewed),   T(test_again),  T(test_ask_core),
		T(test_wrong_message), T(test_bound),  cmocka_unit_test(test_other_key),
		T(test_given),	       T(test_limits), T(test_sign_out),
		T(test_race),	       T(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
