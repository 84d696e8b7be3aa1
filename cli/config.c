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
	const char *scheme = any_http ? " or http" : ", or http on this machine";
	struct fm_buf text;
	struct fm_url parts;
	bool is_url = fm_url_parse(&parts, fm_span_of(url));

	if (is_url && (strcmp(parts.scheme, "https") == 0 || any_http ||
		       fm_url_is_loopback(&parts)))
		return FM_OK;
	fm_buf_init(&text, URL_MOST);
	if (is_url && fm_url_shown(&text, url, true))
		fm_fail(err, FM_E_CONFIG, "%s URL '%s' must be https%s", what, text.ptr,
			scheme);
	else
		fm_fail(err, FM_E_CONFIG, "the %s URL must be https%s", what, scheme);
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
	if (!*out && fm_network_chain(&chain_id, span))
		*out = config_network_of(app, chain_id);
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
	bool found = true;
	/* A file that was named must be there; the usual one may be absent. */
	enum fm_code rc = fm_file_read(&config->text, app->opt.config ? NULL : &found,
				       path, FM_FILE_UNSHARED, err);

	if (rc == FM_E_TOO_LARGE || (rc == FM_E_IO && app->opt.config))
		rc = err->code = FM_E_CONFIG;
	return rc || !found ? rc : config_parse(app, config, err);
}

static struct config *start(struct app *app)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config)
		fm_buf_init(&config->text, CONFIG_MAX);
	app->config = config;
	return config;
}

/* The Core of --core is the one of the network that was chosen. */
static void take_core(struct app *app)
{
	struct config *config = app->config;

	for (size_t i = 0; app->core && i < config->network_count; i++)
		if (&config->networks[i].net == app->network)
			config->networks[i].net.core = app->core;
}

enum fm_code config_load(struct app *app, struct fm_err *err)
{
	struct config *config = start(app);
	enum fm_code rc;

	if (!config)
		return fm_nomem(err);
	rc = read_file(app, config, err);
	if (rc)
		return rc;
	if (!app->opt.network && config->default_network[0])
		app->opt.network = config->default_network;
	if (!app->opt.wallet && !app->opt.address.set && config->default_wallet[0])
		app->opt.wallet = config->default_wallet;
	if (app->opt.network)
		rc = config_find_network(&app->network, app, app->opt.network, err);
	take_core(app);
	return rc;
}

enum fm_code config_try(const struct app *app, struct fm_span text, struct fm_err *err)
{
	struct app other = { .paths = { .config_file = app->paths.config_file } };
	struct config *config = start(&other);
	const struct fm_network *network;
	enum fm_code rc;

	if (!config)
		return fm_nomem(err);
	rc = fm_buf_add(&config->text, text.ptr, text.len)
		     ? config_parse(&other, config, err)
		     : fm_nomem(err);
	if (!rc && config->default_network[0])
		rc = config_find_network(&network, &other, config->default_network, err);
	config_free(&other);
	return rc;
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
		free(config->signers);
		fm_json_free(&config->root);
		fm_buf_wipe(&config->text);
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

const struct fm_network *config_network_of(const struct app *app, uint64_t chain_id)
{
	const struct config_network *n = by_chain(app, chain_id);

	return n ? &n->net : fm_network_by_chain(chain_id);
}

const struct fm_network *config_network(const struct app *app, size_t index)
{
	const struct config *config = app->config;

	return config && index < config->network_count ? &config->networks[index].net
						       : NULL;
}

const struct fm_addr *config_clearing_house(const struct app *app, uint64_t chain_id)
{
	const struct config_network *n = by_chain(app, chain_id);

	return n && n->clearing_house.set ? &n->clearing_house.addr : NULL;
}

/* A member of an object, or an element of a list by its number. */
static const struct fm_json *child(const struct fm_json *node, const char *name)
{
	const struct fm_json *at;

	if (!node || node->type != FM_JSON_ARRAY)
		return fm_json_get(node, name);
	at = fm_json_first(node);
	for (unsigned long n = strtoul(name, NULL, 10); at && n; n--)
		at = fm_json_next(node, at);
	return at;
}

unsigned config_line(const struct app *app, const char *const *path)
{
	const struct config *config = app->config;
	const struct fm_json *node = config ? config->root : NULL;
	unsigned line = 0, column = 0;

	while (node && *path)
		node = child(node, *path++);
	if (node)
		fm_json_where(fm_buf_span(&config->text), node, &line, &column);
	return line;
}

const char *config_signer_program(const struct app *app, const char *wallet)
{
	const struct config *config = app->config;

	for (size_t i = 0; config && i < config->signer_count; i++)
		if (strcmp(config->signers[i].wallet, wallet) == 0)
			return config->signers[i].program;
	return NULL;
}

const char *config_wallet_name(char out[static FM_WALLET_NAME], const struct app *app,
			       size_t index)
{
	const struct config *config = app->config;
	const struct fm_json *list = config ? fm_json_get(config->root, "wallets") : NULL;
	const struct fm_json *name = fm_json_first(list);

	for (; name; name = fm_json_next(list, fm_json_next(list, name)))
		if (fm_json_get(list, "note") != fm_json_next(list, name) && !index--)
			break;
	/* No wallet has a name that does not fit. */
	if (name && !fm_json_cstr(out, FM_WALLET_NAME, name))
		out[0] = '\0';
	return name ? out : NULL;
}

const char *config_default_wallet(const struct app *app)
{
	const struct config *config = app->config;

	return config && config->default_wallet[0] ? config->default_wallet : NULL;
}
