/* SPDX-License-Identifier: MIT */
/* What is in force, and why: the order is that of config.c, told instead of applied. */
#include "settings.h"

#include "config.h"
#include "sys.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define VALUE_MOST 16384u
#define KEY_MOST 96

struct walk {
	const struct app *app;
	setting_fn *visit;
	void *ctx;
	bool nomem;
};

const char *settings_source(enum setting_source source)
{
	switch (source) {
	case SETTING_BUILT_IN:
		return "built_in";
	case SETTING_FILE:
		return "file";
	case SETTING_ENVIRONMENT:
		return "environment";
	case SETTING_OPTION:
		return "option";
	}
	return "";
}

void settings_from(struct fm_buf *out, const struct setting *setting)
{
	if (setting->source == SETTING_BUILT_IN)
		fm_buf_str(out, "built-in");
	else
		fm_buf_str(out, setting->name);
	if (setting->line)
		fm_buf_fmt(out, ":%u", setting->line);
}

/* ---- where from ---- */

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* By what is given, in order: the option, a variable, the way through config.json. */
struct places {
	const char *option; /* NULL: not given on the command line */
	const char *variable;
	const char *const *path;
};

static struct places from(const char *option, const char *variable,
			  const char *const *path)
{
	return (struct places){ .option = option, .variable = variable, .path = path };
}

static struct setting origin(const struct app *app, const char *key, struct places at)
{
	struct setting out = { .key = key };

	if (at.path)
		out.line = config_line(app, at.path);
	if (at.option) {
		out.source = SETTING_OPTION;
		out.name = at.option;
	} else if (at.variable && sys_env(at.variable)) {
		out.source = SETTING_ENVIRONMENT;
		out.name = at.variable;
	} else if (out.line) {
		out.source = SETTING_FILE;
		out.name = file_name(app->paths.config_file);
	}
	if (out.source != SETTING_FILE)
		out.line = 0;
	return out;
}

static void tell(struct walk *w, const char *key, const char *value, struct places at)
{
	struct setting setting = origin(w->app, key, at);

	setting.value = value;
	w->visit(w->ctx, &setting);
}

/* A URL without what may be a key in it; `path`: its path is none. */
static void add_url(struct fm_buf *out, const char *url, bool path)
{
	if (url)
		fm_url_shown(out, url, path);
}

static void tell_buf(struct walk *w, const char *key, struct fm_buf *value,
		     struct places at)
{
	if (!fm_buf_ok(value))
		w->nomem = true;
	tell(w, key, value->len ? value->ptr : NULL, at);
	fm_buf_clear(value);
}

static void tell_url(struct walk *w, const char *key, const char *url, bool path,
		     struct places at)
{
	struct fm_buf text;

	fm_buf_init(&text, VALUE_MOST);
	add_url(&text, url, path);
	tell_buf(w, key, &text, at);
}

/* ---- what to work with ---- */

static void tell_defaults(struct walk *w)
{
	static const char *const network[] = { "default", "network", NULL };
	static const char *const wallet[] = { "default", "wallet", NULL };
	const struct app *app = w->app;
	const struct globals *given = &app->given;
	char address[FM_ADDR_TEXT];

	tell(w, "default.network", app_network(app)->name,
	     from(given->network ? "--network" : NULL, "FOURMICA_NETWORK", network));
	/* An address stands for a wallet: what else names one does not count beside it. */
	if (given->address.set && !given->wallet)
		tell(w, "default.wallet", NULL, from("--address", NULL, NULL));
	else
		tell(w, "default.wallet", app->opt.wallet,
		     from(given->wallet ? "--wallet" : NULL, "FOURMICA_WALLET", wallet));
	fm_addr_text(address, &given->address.addr);
	tell(w, "address", given->address.set ? address : NULL,
	     from(given->address.set ? "--address" : NULL, NULL, NULL));
	tell_url(w, "core", app->core, true,
		 from(given->core ? "--core" : NULL, "FOURMICA_CORE_URL", NULL));
	tell_url(w, "rpc", app->opt.rpc, false,
		 from(given->rpc ? "--rpc" : NULL, "FOURMICA_RPC_URL", NULL));
}

/* ---- networks ---- */

static void tell_network(struct walk *w, const struct fm_network *network)
{
	const struct app *app = w->app;
	const struct globals *given = &app->given;
	const uint64_t chain_id = network->chain_id;
	const struct fm_addr *house = config_clearing_house(app, chain_id);
	const char *path[] = { "networks", network->name, "chain_id", NULL };
	char key[KEY_MOST], text[FM_ADDR_TEXT];
	struct fm_buf rpc;

	snprintf(key, sizeof(key), "networks.%s.chain_id", network->name);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)chain_id);
	tell(w, key, text, from(NULL, NULL, path));
	path[2] = "core";
	snprintf(key, sizeof(key), "networks.%s.core", network->name);
	tell_url(w, key, app_core_url(app, chain_id), true,
		 from(given->core ? "--core" : NULL, "FOURMICA_CORE_URL", path));
	path[2] = "rpc";
	snprintf(key, sizeof(key), "networks.%s.rpc", network->name);
	fm_buf_init(&rpc, VALUE_MOST);
	for (size_t i = 0; app_rpc_url(app, chain_id, i); i++) {
		fm_buf_str(&rpc, i ? " " : "");
		add_url(&rpc, app_rpc_url(app, chain_id, i), false);
	}
	tell_buf(w, key, &rpc,
		 from(given->rpc ? "--rpc" : NULL, "FOURMICA_RPC_URL", path));
	path[2] = "clearing_house";
	snprintf(key, sizeof(key), "networks.%s.clearing_house", network->name);
	if (house)
		fm_addr_text(text, house);
	tell(w, key, house ? text : NULL, from(NULL, NULL, path));
}

static bool is_configured(const struct app *app, uint64_t chain_id)
{
	const struct fm_network *network;

	for (size_t i = 0; (network = config_network(app, i)); i++)
		if (network->chain_id == chain_id)
			return true;
	return false;
}

/* Those of the file, then the built-in ones that have endpoints. */
static void tell_networks(struct walk *w)
{
	const struct fm_network *network;
	size_t count;
	const struct fm_network *known = fm_networks(&count);

	for (size_t i = 0; (network = config_network(w->app, i)); i++)
		tell_network(w, network);
	for (size_t i = 0; i < count; i++)
		if (known[i].core && !is_configured(w->app, known[i].chain_id))
			tell_network(w, &known[i]);
}

/* ---- the other members of config.json ---- */

static void tell_assets(struct walk *w)
{
	char number[24], key[KEY_MOST], address[FM_ADDR_TEXT], caip2[FM_CAIP2_TEXT];
	const char *const path[] = { "assets", number, NULL };

	for (size_t i = 0; i < w->app->asset_count; i++) {
		const struct fm_asset *asset = &w->app->assets[i];
		struct fm_buf text;

		snprintf(number, sizeof(number), "%zu", i);
		snprintf(key, sizeof(key), "assets.%s", number);
		fm_addr_text(address, &asset->address);
		fm_caip2_text(caip2, asset->chain_id);
		fm_buf_init(&text, VALUE_MOST);
		fm_buf_fmt(&text, "%s %s %s %u", asset->symbol, caip2, address,
			   (unsigned)asset->decimals);
		tell_buf(w, key, &text, from(NULL, NULL, path));
	}
}

static void tell_wallets(struct walk *w)
{
	char name[FM_WALLET_NAME], key[KEY_MOST];
	const char *const path[] = { "wallets", name, NULL };

	for (size_t i = 0; config_wallet_name(name, w->app, i); i++) {
		snprintf(key, sizeof(key), "wallets.%s.signer", name);
		tell(w, key, "file", from(NULL, NULL, path));
	}
}

/* ---- how to answer and ask ---- */

static void tell_form(struct walk *w)
{
	const struct globals *given = &w->app->given;
	const char *form = given->jsonl ? "jsonl" : given->json ? "json" : "text";
	const char *variable = sys_env("FOURMICA_OUTPUT");
	const char *color = given->color;
	struct places at = { color ? "--color" : NULL, NULL, NULL };

	/* The option was merged with the variable before anything else was known. */
	tell(w, "output", form,
	     from((given->json || given->jsonl) &&
				  (!variable || strcmp(variable, form) != 0)
			  ? given->jsonl ? "--jsonl" : "--json"
			  : NULL,
		  "FOURMICA_OUTPUT", NULL));
	if (!color && sys_env("NO_COLOR")) {
		color = "never";
		at.variable = "NO_COLOR";
	} else if (!color && sys_env_on("CLICOLOR_FORCE")) {
		color = "always";
		at.variable = "CLICOLOR_FORCE";
	}
	tell(w, "color", color ? color : "auto", at);
}

static void tell_time(struct walk *w)
{
	int64_t ms = w->app->given.timeout;
	char text[32];

	snprintf(text, sizeof(text), "%lld%s", (long long)(ms % 1000 ? ms : ms / 1000),
		 ms % 1000 ? "ms" : "s");
	tell(w, "timeout", ms ? text : NULL, from(ms ? "--timeout" : NULL, NULL, NULL));
}

static void tell_stop(struct walk *w)
{
	const struct app *app = w->app;
	struct stat st;
	struct setting file = { .key = "stop",
				.value = "yes",
				.source = SETTING_FILE,
				.name = file_name(app->paths.stop_file) };

	if (!app->stopped && lstat(app->paths.stop_file, &st) == 0)
		w->visit(w->ctx, &file);
	else
		tell(w, "stop", app->stopped ? "yes" : "no",
		     from(NULL, "FOURMICA_STOP", NULL));
}

/* In the order of ask.c. What was taken out of the environment cannot be seen there. */
static void tell_passphrase(struct walk *w)
{
	static const char *const variables[] = { "CREDENTIALS_DIRECTORY",
						 "FOURMICA_PASSPHRASE_FD",
						 "FOURMICA_PASSPHRASE_FILE" };
	const struct globals *given = &w->app->given;
	struct setting taken = { .key = "passphrase",
				 .value = "(hidden)",
				 .source = SETTING_ENVIRONMENT,
				 .name = "FOURMICA_PASSPHRASE" };
	struct places at = { NULL, NULL, NULL };
	const char *value = NULL;

	if (given->passphrase_fd || given->passphrase_file) {
		at.option =
			given->passphrase_fd ? "--passphrase-fd" : "--passphrase-file";
		value = given->passphrase_fd ? given->passphrase_fd
					     : given->passphrase_file;
	}
	for (size_t i = 0; !value && i < sizeof(variables) / sizeof(variables[0]); i++) {
		at.variable = variables[i];
		value = sys_env(variables[i]);
	}
	if (!value && w->app->env_pass)
		w->visit(w->ctx, &taken);
	else
		tell(w, "passphrase", value, at);
}

static void tell_answers(struct walk *w)
{
	const struct app *app = w->app;

	tell(w, "max_amount", app->max_amount, from(NULL, "FOURMICA_MAX_AMOUNT", NULL));
	tell(w, "task", app->task, from(NULL, "FOURMICA_TASK", NULL));
	tell_form(w);
	tell(w, "no_input", app->opt.no_input ? "yes" : "no",
	     from(app->given.no_input ? "--no-input" : NULL, "FOURMICA_NO_INPUT", NULL));
	tell_time(w);
	tell_stop(w);
	tell_passphrase(w);
}

/* ---- the way out ---- */

/* curl's rule: the lower-case name wins. */
static const char *either(const char *lower, const char *upper)
{
	return sys_env(lower) ? lower : upper;
}

static void tell_proxies(struct walk *w)
{
	const struct app *app = w->app;

	tell_url(w, "proxy.https", app->proxy, true,
		 from(NULL, either("https_proxy", "HTTPS_PROXY"), NULL));
	tell_url(w, "proxy.all", app->all_proxy, true,
		 from(NULL, either("all_proxy", "ALL_PROXY"), NULL));
	tell(w, "proxy.none", app->no_proxy,
	     from(NULL, either("no_proxy", "NO_PROXY"), NULL));
	tell(w, "cacert", app->cacert, from(NULL, "SSL_CERT_FILE", NULL));
}

/* ---- files ---- */

/* Which variable moves what hangs on this root; one that is no absolute path moves nothing. */
static const char *root_variable(const char *xdg)
{
	const char *base = xdg ? sys_env(xdg) : NULL;

	if (sys_env("FOURMICA_HOME"))
		return "FOURMICA_HOME";
	return base && base[0] == '/' ? xdg : NULL;
}

static void tell_files(struct walk *w, const char *prefix)
{
	const struct paths *p = &w->app->paths;
	const struct globals *given = &w->app->given;
	const char *config = root_variable("XDG_CONFIG_HOME"),
		   *data = root_variable("XDG_DATA_HOME"),
		   *state = root_variable("XDG_STATE_HOME"),
		   *run = root_variable("XDG_RUNTIME_DIR");
	const struct {
		const char *name, *path;
		struct places at;
	} rows[] = {
		{"config",
		  p->config_file,
		  { given->config ? "--config" : NULL,
		    sys_env("FOURMICA_CONFIG") ? "FOURMICA_CONFIG" : config, NULL }},
		{ "policy",
		  p->policy_file,
		  { given->policy ? "--policy" : NULL,
		    sys_env("FOURMICA_POLICY") ? "FOURMICA_POLICY" : config, NULL }},
		{ "wallets",  p->wallet_dir,   { NULL, data, NULL }		 },
		{ "ledger",   p->ledger_file,  { NULL, state, NULL }		  },
		{ "receipts", p->receipt_dir,  { NULL, state, NULL }		    },
		{ "stop",	  p->stop_file,	{ NULL, state, NULL }		      },
		{ "history",  p->history_file, { NULL, state, NULL }		    },
		{ "run",	 p->run_dir,	     { NULL, run ? run : state, NULL }   },
	};
	char key[KEY_MOST];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(key, sizeof(key), "%s%s", prefix, rows[i].name);
		tell(w, key, rows[i].path, rows[i].at);
	}
}

/* ---- all of it ---- */

enum fm_code settings_files(const struct app *app, setting_fn *visit, void *ctx,
			    struct fm_err *err)
{
	struct walk w = { .app = app, .visit = visit, .ctx = ctx };

	tell_files(&w, "");
	return w.nomem ? fm_nomem(err) : FM_OK;
}

enum fm_code settings_each(const struct app *app, setting_fn *visit, void *ctx,
			   struct fm_err *err)
{
	struct walk w = { .app = app, .visit = visit, .ctx = ctx };

	tell_defaults(&w);
	tell_networks(&w);
	tell_assets(&w);
	tell_wallets(&w);
	tell_answers(&w);
	tell_proxies(&w);
	tell_files(&w, "files.");
	return w.nomem ? fm_nomem(err) : FM_OK;
}
