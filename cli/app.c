/* SPDX-License-Identifier: MIT */
/* Prepares what a command needs, from the settings in force, and takes it down again. */
#include "app.h"

#include "accepted.h"
#include "approve.h"
#include "args.h"
#include "config.h"
#include "hold.h"
#include "paths.h"
#include "session.h"
#include "sys.h"

#include <fourmica/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NEEDS_HOME \
	(NEED_HOME | NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP | MAY_SPEND)
#define DEFAULT_CHAIN 84532 /* Base Sepolia */
#define SLEEP_STEP_MS 100
#define SLEEP_TOLD_MS 1500 /* a shorter pause is not worth its own words */

volatile sig_atomic_t app_signal;

enum fm_code app_interrupted(struct fm_err *err)
{
	if (app_signal == SIGTERM)
		return fm_fail(err, FM_E_TERMINATED, "ended by SIGTERM");
	if (app_signal)
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	return FM_OK;
}

/* ---- what the client calls ---- */

/** In steps, so that a person sees the time pass. */
static void client_sleep(void *ctx, int64_t ms)
{
	const struct app *app = ctx;
	int64_t step;

	if (ms >= SLEEP_TOLD_MS)
		out_pauses(app->out, ms);
	for (; ms > 0 && !app_signal; ms -= step) {
		step = ms < SLEEP_STEP_MS ? ms : SLEEP_STEP_MS;
		struct timespec left = { .tv_sec = 0, .tv_nsec = (long)step * 1000000 };

		out_tick(app->out);
		while (!app_signal && nanosleep(&left, &left) != 0 && errno == EINTR)
			;
		/* A key that is unlocked is looked after meanwhile. */
		session_watch(app->session);
	}
}

static bool is_payment(const char *text)
{
	return strncmp(text, "pay_", 4) == 0;
}

/** A step in the words of who waits for it. What ends a wait without naming the next one says
 *  "": then the servers that are asked are named. */
static void tell_wait(struct app *app, const char *event, const char *text)
{
	struct out *o = app->out;

	if (strcmp(event, "probe") == 0) {
		const char *url = strchr(text, ' ');
		struct fm_buf shown;

		fm_buf_init(&shown, 8192);
		if (url && fm_url_shown(&shown, url + 1, true))
			out_waits(o, "asking %s", shown.ptr);
		fm_buf_clear(&shown);
	} else if (strcmp(event, "sent") == 0 && is_payment(text)) {
		out_waits(o, "sent with the payment, waiting for the seller");
	} else if (strcmp(event, "sent") == 0) {
		out_waits(o, "waiting for a block with the %s transaction", text);
		out_waits_until(o, fm_steady_ms(&fm_system_clock) +
					   (app->opt.timeout ? app->opt.timeout
							     : FM_MOVE_WAIT_MS));
	} else if (strcmp(event, "resend") == 0) {
		out_waits(o, "no answer; sending the same payment once more");
	} else if (strcmp(event, "reorganized") == 0) {
		out_waits(o, "the block with the %s transaction is gone, waiting", text);
	} else if (strcmp(event, "syncing") == 0 || strcmp(event, "waiting") == 0) {
		out_waits(o, "%s", text);
	} else if (strcmp(event, "sign-in") == 0) {
		out_waits(o, "signing in at %s", text);
	} else {
		out_waits(o, "%s", "");
	}
}

static void client_event(void *ctx, const char *event, const char *text)
{
	struct app *app = ctx;

	text = text ? text : "";
	out_event(app->out, event, "%s", text);
	tell_wait(app, event, text);
}

static const struct fm_network *client_network(void *ctx, uint64_t chain_id)
{
	return config_network_of(ctx, chain_id);
}

static const char *client_core_url(void *ctx, uint64_t chain_id)
{
	return app_core_url(ctx, chain_id);
}

static const char *client_rpc_url(void *ctx, uint64_t chain_id, size_t index)
{
	return app_rpc_url(ctx, chain_id, index);
}

static const struct fm_addr *client_clearing_house(void *ctx, uint64_t chain_id)
{
	return config_clearing_house(ctx, chain_id);
}

static void client_transport(void *ctx, struct fm_http_options *options, const char *url)
{
	const struct app *app = ctx;

	out_asks(app->out, url);
	options->proxy = app_proxy(app, url);
	options->no_proxy = app->no_proxy;
	options->cacert = app->cacert;
	if (app->opt.timeout)
		options->timeout_ms = app->opt.timeout;
}

static void write_log(void *ctx, enum fm_level level, const char *text)
{
	struct app *app = ctx;

	out_log(app->out, level, text);
}

/* ---- endpoints ---- */

const char *app_core_url(const struct app *app, uint64_t chain_id)
{
	const struct fm_network *known = fm_network_by_chain(chain_id);
	const char *url = config_core(app, chain_id);

	if (app->core)
		return app->core;
	return url ? url : known ? known->core : NULL;
}

const char *app_rpc_url(const struct app *app, uint64_t chain_id, size_t index)
{
	const struct fm_network *known = fm_network_by_chain(chain_id);

	if (app->opt.rpc)
		return index ? NULL : app->opt.rpc;
	if (config_rpc(app, chain_id, 0))
		return config_rpc(app, chain_id, index);
	return known && !index ? known->rpc : NULL;
}

const struct fm_network *app_network(const struct app *app)
{
	return app->network ? app->network : config_network_of(app, DEFAULT_CHAIN);
}

const char *app_proxy(const struct app *app, const char *url)
{
	struct fm_url parts;

	if (app->proxy && fm_url_parse(&parts, fm_span_of(url)) &&
	    strcmp(parts.scheme, "https") == 0)
		return app->proxy;
	return app->all_proxy;
}

/* ---- policy ---- */

static enum fm_code cap_policy(struct app *app, struct fm_err *err)
{
	struct fm_quantity most;

	if (app->session->max_amount.unit[0] &&
	    fm_policy_cap(app->policy, "set max-amount", &app->session->max_amount, err))
		return err->code;
	if (!app->max_amount)
		return FM_OK;
	if (fm_quantity_parse(&most, app->max_amount, err)) {
		err->code = FM_E_CONFIG;
		return fm_within(err, "FOURMICA_MAX_AMOUNT");
	}
	return fm_policy_cap(app->policy, "FOURMICA_MAX_AMOUNT", &most, err);
}

enum fm_code app_load_policy(struct app *app, struct fm_err *err)
{
	const char *path = app->paths.policy_file;
	bool found = true;
	struct fm_buf *text = &app->policy_text;
	enum fm_code rc;

	fm_buf_clear(text);
	fm_buf_init(text, FM_POLICY_MAX);
	rc = fm_file_read(text, app->opt.policy ? NULL : &found, path, FM_FILE_UNSHARED,
			  err);
	/* What keeps the rules from being read is trouble with the rules: 3. */
	if (rc == FM_E_IO || rc == FM_E_TOO_LARGE) {
		err->code = rc = FM_E_CONFIG;
		fm_within(err, "policy");
	}
	if (!rc && found)
		rc = fm_policy_parse(&app->policy, fm_buf_span(text), path, err);
	else if (!rc)
		rc = fm_policy_builtin(&app->policy, err);
	return rc ? rc : cap_policy(app, err);
}

/* ---- client ---- */

static enum fm_code make_client(struct app *app, struct fm_err *err)
{
	const struct fm_client_config config = {
		.clock = &fm_system_clock,
		.rand = &fm_system_rand,
		.log = &app->log,
		.http = app->needs & NEED_HTTP ? &app->http : NULL,
		.policy = app->policy,
		.ledger_file = app->paths.ledger_file,
		.head_dir = app->paths.wallet_dir,
		.spending = &app->wallet.spending,
		.looser = &app->looser,
		/* Without a key here nothing can be sealed under it. */
		.bind = external_has(app) ? NULL : accepted_bind,
		.receipt_dir = app->paths.receipt_dir,
		.approval_dir = app->paths.approval_dir,
		.approve = approve_at_hand,
		.stop_file = app->paths.stop_file,
		.stopped = app->stopped,
		.dry_run = app->opt.dry_run,
		.payer = app->wallet.address,
		.has_payer = app->needs & NEED_WALLET ||
			     (app->needs & WALLET_IF_ANY &&
			      !fm_addr_is_zero(&app->wallet.address)),
		.open_signer = app_signer,
		.network = client_network,
		.core_url = client_core_url,
		.rpc_url = client_rpc_url,
		.clearing_house = client_clearing_house,
		.transport = client_transport,
		.assets = app->assets,
		.asset_count = app->asset_count,
		.sleep_ms = client_sleep,
		.event = client_event,
		.ctx = app,
	};

	return fm_client_new(&app->client, &config, err);
}

static enum fm_code core_token_source(int *fd, struct app *app, struct fm_err *err)
{
	const char *file = app->opt.core_token_file;

	if (file && app->opt.core_token_fd)
		return fm_fail(
			err, FM_E_USAGE,
			"--core-token-fd and --core-token-file exclude each other");
	if (file)
		return app_open_file(fd, file, err);
	if (!sys_fd_number(fd, app->opt.core_token_fd))
		return fm_fail(err, FM_E_USAGE,
			       "--core-token-fd needs the number of a file descriptor");
	return FM_OK;
}

/* A token of the caller's own serves the network in force and is never kept. */
static enum fm_code take_core_token(struct app *app, struct fm_err *err)
{
	struct fm_session_config session = { .bearer_chain = app_network(app)->chain_id };
	bool any = false;
	int fd = -1;
	enum fm_code rc = core_token_source(&fd, app, err);

	if (rc)
		return rc;
	fm_buf_init(&app->core_token, FM_BEARER_MAX);
	rc = sys_read_line(&app->core_token, &any, fd, "the access token", err);
	if (app->opt.core_token_file)
		close(fd);
	if (!rc && !fm_bearer_ok(fm_buf_span(&app->core_token)))
		rc = fm_fail(err, FM_E_USAGE,
			     "what was given as 4Mica Core's access token "
			     "is none");
	session.bearer = app->core_token.ptr;
	if (!rc)
		fm_client_session(app->client, &session);
	return rc;
}

/* ---- all of it ---- */

static void start_log(struct app *app)
{
	app->log.write = write_log;
	app->log.ctx = app;
	app->log.level = FM_LOG_WARN;
	if (app->opt.verbose)
		app->log.level = app->opt.verbose > 1 ? FM_LOG_DEBUG : FM_LOG_INFO;
}

/* What was named is where it was said to be. */
static enum fm_code named_file(char **path, const char *named, struct fm_err *err)
{
	if (!named)
		return FM_OK;
	free(*path);
	*path = strdup(named);
	return *path ? FM_OK : fm_nomem(err);
}

static enum fm_code open_paths(struct app *app, struct fm_err *err)
{
	enum fm_code rc = fm_init(err);

	if (!rc)
		rc = config_environment(app, err);
	if (!rc)
		rc = paths_find(&app->paths, err);
	if (!rc)
		rc = named_file(&app->paths.config_file, app->opt.config, err);
	if (!rc)
		rc = named_file(&app->paths.policy_file, app->opt.policy, err);
	app->store = (struct fm_store){ .dir = app->paths.wallet_dir,
					.rand = &fm_system_rand,
					.clock = &fm_system_clock };
	return rc;
}

/* Only one that was named for this run has to be there. */
static enum fm_code want_wallet(struct app *app, struct fm_err *err)
{
	bool named = app->opt.address.set ||
		     (app->opt.wallet && app->opt.wallet != config_default_wallet(app));
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	rc = app_find_wallet(app, &why);
	if (!rc || (!named && rc != FM_E_NOMEM))
		return FM_OK;
	*err = why;
	return rc;
}

static void time_passes(void *out)
{
	out_tick(out);
}

enum fm_code app_connect(struct app *app, unsigned needs, struct fm_err *err)
{
	static const char agent[] = "fourmica/" FM_VERSION;
	enum fm_code rc = FM_OK;

	app->needs = needs;
	if (needs & NEED_HTTP && !session_http(app->session, app))
		rc = fm_http_curl(&app->http, agent, session_log(app->session),
				  &app_signal, err);
	if (!rc && needs & NEED_HTTP)
		fm_http_on_wait(&app->http, time_passes, app->out);
	if (!rc)
		rc = make_client(app, err);
	if (!rc)
		session_lend_ledger(app->session, app);
	if (!rc && needs & NEED_HTTP &&
	    (app->opt.core_token_fd || app->opt.core_token_file))
		rc = take_core_token(app, err);
	return rc;
}

enum fm_code app_need(struct app *app, unsigned needs, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	app->needs = needs;
	if (needs & (NEEDS_HOME | NEED_PATHS))
		rc = open_paths(app, err);
	if (!rc && needs & NEEDS_HOME)
		rc = config_load(app, err);
	if (!rc && needs & NEED_WALLET)
		rc = app_find_wallet(app, err);
	if (!rc && needs & WALLET_IF_ANY)
		rc = want_wallet(app, err);
	if (!rc && needs & NEED_POLICY)
		rc = app_load_policy(app, err);
	if (!rc)
		accepted_compare(app);
	if (!rc && needs & (NEED_POLICY | NEED_LEDGER | NEED_HTTP))
		rc = app_connect(app, needs, err);
	return rc;
}

enum fm_code app_open(struct app *app, const struct cmd *cmd, const struct globals *opt,
		      struct out *out, struct session *session, struct fm_err *err)
{
	*app = (struct app){ .cmd = cmd,
			     .session = session,
			     .given = *opt,
			     .opt = *opt,
			     .out = out,
			     .env_pass = session->env_pass };
	start_log(app);
	return app_need(app, cmd->needs, err);
}

unsigned app_look(struct app *app)
{
	const struct fm_wallet *wallet = &app->wallet;
	bool open = wallet->name[0] && !wallet->watch &&
		    (wallet->kdf == FM_KDF_NONE || hold_at_hand(app));

	return FM_LOOK_CHAIN | FM_LOOK_CORE | (open ? FM_LOOK_SIGN_IN : 0);
}

void app_written(struct app *app)
{
	struct fm_err err;

	fm_err_init(&err);
	if (app->client && app->told.id[0] && fm_move_told(app->client, &app->told, &err))
		fm_log(&app->log, FM_LOG_WARN, "%s", err.msg);
}

void app_close(struct app *app)
{
	if (!app->out) /* never opened */
		return;
	fm_client_free(&app->client);
	if (app->proved.ops)
		fm_signer_close(&app->proved);
	if (app->http.ops)
		fm_http_on_wait(&app->http, NULL, NULL);
	if (app->http.ops)
		session_keep_http(app->session, app);
	fm_policy_free(&app->policy);
	fm_buf_clear(&app->policy_text);
	fm_secret_free(&app->pass);
	fm_buf_wipe(&app->core_token);
	free(app->task);
	free(app->max_amount);
	free(app->core);
	external_free(app);
	config_free(app);
	paths_clear(&app->paths);
}

enum fm_code app_open_file(int *fd, const char *path, struct fm_err *err)
{
	char why[SYS_ERROR_TEXT];
	struct fm_buf shown;

	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd >= 0)
		return FM_OK;
	if (errno == EINTR)
		return fm_fail(err, FM_E_INTERRUPTED, "interrupted");
	sys_error(why, errno);
	fm_fail(err, FM_E_IO, "cannot open %s: %s", args_shown(&shown, path), why);
	fm_buf_clear(&shown);
	return FM_E_IO;
}

enum fm_code app_read_file(struct fm_buf *out, const char *path, struct fm_err *err)
{
	enum fm_code rc;
	int fd;

	if (strcmp(path, "-") == 0)
		return sys_read_all(out, STDIN_FILENO, "standard input", err);
	rc = app_open_file(&fd, path, err);
	if (rc)
		return rc;
	rc = sys_read_all(out, fd, path, err);
	close(fd);
	return rc;
}

const struct fm_asset *app_asset(const struct app *app, uint64_t chain_id,
				 const struct fm_addr *address)
{
	for (size_t i = 0; i < app->asset_count; i++)
		if (app->assets[i].chain_id == chain_id &&
		    fm_addr_equal(&app->assets[i].address, address))
			return &app->assets[i];
	return fm_asset_find(chain_id, address);
}

enum fm_code app_read_quote(struct fm_quote_file *out, const char *path,
			    struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, APP_QUOTE_MAX);
	rc = app_read_file(&text, path, err);
	if (!rc)
		rc = fm_quote_file_read(out, fm_buf_span(&text), err);
	fm_buf_clear(&text);
	return rc;
}
