/* SPDX-License-Identifier: MIT */
/* Precedence: option, then environment, then file, then what is built in. */
#include "config_data.h"

#include "args.h"
#include "sys.h"

#include <fourmica/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fm_code config_check_url(const char *url, const char *what, bool any_http,
			      struct fm_err *err)
{
	struct fm_buf text;
	struct fm_url parts;

	if (fm_url_parse(&parts, fm_span_of(url)) &&
	    (strcmp(parts.scheme, "https") == 0 || any_http ||
	     fm_url_is_loopback(&parts)))
		return FM_OK;
	fm_fail(err, FM_E_CONFIG, "%s URL '%s' must be https%s", what,
		args_shown(&text, url),
		any_http ? " or http" : ", or http on this machine");
	fm_buf_clear(&text);
	return FM_E_CONFIG;
}

char *config_url_copy(const char *url)
{
	char *copy = strdup(url);
	size_t len = copy ? strlen(copy) : 0;

	if (len && copy[len - 1] == '/')
		copy[len - 1] = '\0';
	return copy;
}

/* ---- environment ---- */

enum fm_code config_output(struct globals *opt, struct fm_err *err)
{
	const char *form = sys_env("FOURMICA_OUTPUT");

	if (!form || opt->json || opt->jsonl || strcmp(form, "text") == 0)
		return FM_OK;
	opt->json = strcmp(form, "json") == 0;
	opt->jsonl = strcmp(form, "jsonl") == 0;
	if (opt->json || opt->jsonl)
		return FM_OK;
	return fm_fail(err, FM_E_CONFIG, "FOURMICA_OUTPUT is none of text, json, jsonl");
}

static void take(const char **option, const char *variable)
{
	if (!*option)
		*option = sys_env(variable);
}

/* curl's rule: the lower-case name wins. */
static const char *either(const char *lower, const char *upper)
{
	const char *value = sys_env(lower);

	return value ? value : sys_env(upper);
}

enum fm_code config_environment(struct app *app, struct fm_err *err)
{
	struct globals *opt = &app->opt;
	const char *task = sys_env("FOURMICA_TASK"),
		   *most = sys_env("FOURMICA_MAX_AMOUNT");

	take(&opt->network, "FOURMICA_NETWORK");
	/* An address stands for a wallet: the environment's name must not contradict it. */
	if (!opt->address.set)
		take(&opt->wallet, "FOURMICA_WALLET");
	take(&opt->config, "FOURMICA_CONFIG");
	take(&opt->policy, "FOURMICA_POLICY");
	take(&opt->rpc, "FOURMICA_RPC_URL");
	take(&opt->core, "FOURMICA_CORE_URL");
	opt->no_input = opt->no_input || sys_env_on("FOURMICA_NO_INPUT");
	app->stopped = sys_env_on("FOURMICA_STOP");
	app->proxy = either("https_proxy", "HTTPS_PROXY");
	app->all_proxy = either("all_proxy", "ALL_PROXY");
	app->no_proxy = either("no_proxy", "NO_PROXY");
	app->cacert = sys_env("SSL_CERT_FILE");
	app->task = task ? strdup(task) : NULL;
	app->max_amount = most ? strdup(most) : NULL;
	if ((task && !app->task) || (most && !app->max_amount))
		return fm_nomem(err);
	if (opt->core && config_check_url(opt->core, "core", false, err))
		return FM_E_CONFIG;
	if (opt->rpc && config_check_url(opt->rpc, "RPC", true, err))
		return FM_E_CONFIG;
	if (opt->core && !(app->core = config_url_copy(opt->core)))
		return fm_nomem(err);
	return FM_OK;
}

/* ---- network ---- */

enum fm_code config_find_network(const struct fm_network **out, const struct app *app,
				 const char *text, struct fm_err *err)
{
	const struct config *config = app->config;
	struct fm_span span = fm_span_of(text);
	struct fm_buf shown;
	uint64_t chain_id = 0;

	*out = NULL;
	for (size_t i = 0; i < config->network_count && !*out; i++)
		if (strcmp(config->networks[i].name, text) == 0)
			*out = &config->networks[i].net;
	if (!*out)
		*out = fm_network_by_name(span);
	if (!*out && fm_network_chain(&chain_id, span)) {
		for (size_t i = 0; i < config->network_count && !*out; i++)
			if (config->networks[i].net.chain_id == chain_id)
				*out = &config->networks[i].net;
		if (!*out)
			*out = fm_network_by_chain(chain_id);
	}
	if (*out)
		return FM_OK;
	fm_fail(err, text == config->default_network ? FM_E_CONFIG : FM_E_USAGE,
		"network '%s' is not known", args_shown(&shown, text));
	fm_buf_clear(&shown);
	return fm_hint(err,
		       "one of base-sepolia, base, ethereum-sepolia, eip155:CHAIN, or a "
		       "network of %s",
		       app->paths.config_file);
}

/* ---- the file ---- */

static enum fm_code read_file(struct app *app, struct config *config, struct fm_err *err)
{
	const char *path = app->paths.config_file;
	struct fm_buf text;
	bool found = true;
	enum fm_code rc;

	fm_buf_init(&text, CONFIG_MAX);
	/* A file that was named must be there; the usual one may be absent. */
	rc = fm_file_read(&text, app->opt.config ? NULL : &found, path, FM_FILE_UNSHARED,
			  err);
	if (rc == FM_E_TOO_LARGE || (rc == FM_E_IO && app->opt.config))
		rc = err->code = FM_E_CONFIG;
	if (!rc && found)
		rc = config_parse(app, config, fm_buf_span(&text), err);
	fm_buf_clear(&text);
	return rc;
}

enum fm_code config_load(struct app *app, struct fm_err *err)
{
	struct config *config = calloc(1, sizeof(*config));
	enum fm_code rc;

	if (!config)
		return fm_nomem(err);
	app->config = config;
	if (app->opt.config) {
		free(app->paths.config_file);
		app->paths.config_file = strdup(app->opt.config);
		if (!app->paths.config_file)
			return fm_nomem(err);
	}
	rc = read_file(app, config, err);
	if (rc)
		return rc;
	if (!app->opt.network && config->default_network[0])
		app->opt.network = config->default_network;
	if (!app->opt.wallet && !app->opt.address.set && config->default_wallet[0])
		app->opt.wallet = config->default_wallet;
	return app->opt.network
		       ? config_find_network(&app->network, app, app->opt.network, err)
		       : FM_OK;
}

void config_free(struct app *app)
{
	struct config *config = app->config;

	if (config) {
		for (size_t i = 0; i < config->network_count; i++) {
			free(config->networks[i].core);
			for (char **url = config->networks[i].rpc; *url; url++)
				free(*url);
		}
		free(config->networks);
		free(config);
	}
	free(app->assets);
	app->config = NULL;
	app->assets = NULL;
	app->asset_count = 0;
}

static const struct config_network *by_chain(const struct app *app, uint64_t chain_id)
{
	const struct config *config = app->config;

	for (size_t i = 0; config && i < config->network_count; i++)
		if (config->networks[i].net.chain_id == chain_id)
			return &config->networks[i];
	return NULL;
}

const char *config_core(const struct app *app, uint64_t chain_id)
{
	const struct config_network *n = by_chain(app, chain_id);

	return n ? n->core : NULL;
}

const char *config_rpc(const struct app *app, uint64_t chain_id, size_t index)
{
	const struct config_network *n = by_chain(app, chain_id);

	return n && index <= RPC_MOST ? n->rpc[index] : NULL;
}

const struct fm_network *config_network(const struct app *app, size_t index)
{
	const struct config *config = app->config;

	return config && index < config->network_count ? &config->networks[index].net
						       : NULL;
}

const char *config_default_wallet(const struct app *app)
{
	const struct config *config = app->config;

	return config && config->default_wallet[0] ? config->default_wallet : NULL;
}
