/* SPDX-License-Identifier: MIT */
/* Are config.json, policy.json and the wallets in order? Everything that is wrong is told, not
 * only the first. */
#include "app.h"
#include "config.h"

#include <fourmica/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct verdict {
	struct app *app;
	struct fm_err first; /* what decides the exit status; code FM_OK: all is well */
	bool nomem;
};

/* One row, and the first problem kept. `rc` 0 and not there: absent. */
static void put_check(struct verdict *v, const char *name, const char *path,
		      enum fm_code rc, const struct fm_err *err)
{
	struct out *o = v->app->out;
	struct stat st;
	bool there = lstat(path, &st) == 0;

	out_row(o, "checks");
	out_text(o, "name", name);
	out_text(o, "state", rc ? "wrong" : there ? "ok" : "absent");
	out_text(o, "path", path);
	out_text(o, "problem", rc ? err->msg : NULL);
	out_text(o, "hint", rc && err->hint[0] ? err->hint : NULL);
	out_end(o);
	if (rc == FM_E_NOMEM)
		v->nomem = true;
	if (rc && !v->first.code) {
		v->first = *err;
		v->first.code = FM_E_CONFIG;
	}
}

/* ---- what is no mistake, but will not work ---- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && strcmp(text + len - tail, end) == 0;
}

/* Hosts that lead nowhere by what they are: RFC 2606 and 6761 names, the unspecified address. */
static bool leads_nowhere(const struct fm_url *url)
{
	static const char *const names[] = { ".example",     ".invalid",
					     ".test",	     ".example.com",
					     ".example.net", ".example.org" };

	if (!url->port || strcmp(url->host, "0.0.0.0") == 0 ||
	    strcmp(url->host, "::") == 0 || strstr(url->host, "..") ||
	    strncmp(url->host, "example.", 8) == 0)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ends_with(url->host, names[i]))
			return true;
	return false;
}

static void check_url(struct app *app, const char *network, const char *what,
		      const char *text)
{
	struct fm_buf shown;
	struct fm_url url;

	if (!text || !fm_url_parse(&url, fm_span_of(text)))
		return;
	fm_buf_init(&shown, 4096);
	fm_url_shown(&shown, text, false);
	if (leads_nowhere(&url))
		out_warn(app->out, "networks.%s.%s: nobody can be reached at %s", network,
			 what, shown.ptr ? shown.ptr : "");
	else if (strcmp(url.scheme, "http") == 0 && !fm_url_is_loopback(&url))
		out_warn(
			app->out,
			"networks.%s.%s: %s is plain http: anybody on the way can change "
			"the answers",
			network, what, shown.ptr ? shown.ptr : "");
	fm_buf_clear(&shown);
}

static void check_networks(struct app *app)
{
	const struct fm_network *network;

	for (size_t i = 0; (network = config_network(app, i)); i++) {
		uint64_t chain_id = network->chain_id;

		check_url(app, network->name, "core", config_core(app, chain_id));
		for (size_t j = 0; config_rpc(app, chain_id, j); j++)
			check_url(app, network->name, "rpc",
				  config_rpc(app, chain_id, j));
		if (network->core && !app_rpc_url(app, chain_id, 0))
			out_warn(
				app->out,
				"networks.%s has a core and no rpc: without the chain's word "
				"no key can be pinned",
				network->name);
	}
}

static bool is_wallet(const struct fm_wallet *all, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i].name, name) == 0)
			return true;
	return false;
}

static void check_wallet_names(struct app *app, const struct fm_wallet *all, size_t count)
{
	const char *preset = config_default_wallet(app);
	char name[FM_WALLET_NAME];

	if (preset && !is_wallet(all, count, preset))
		out_warn(app->out, "default.wallet: there is no wallet '%s'", preset);
	if (app->opt.wallet && app->opt.wallet != preset &&
	    !is_wallet(all, count, app->opt.wallet))
		out_warn(app->out, "%s names a wallet that is not there",
			 app->given.wallet ? "--wallet" : "FOURMICA_WALLET");
	for (size_t i = 0; config_wallet_name(name, app, i); i++)
		if (!is_wallet(all, count, name))
			out_warn(app->out, "wallets: there is no wallet '%s'", name);
}

/* What others could read or change; what is not there is made with the right mode. */
static void check_mode(struct app *app, const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return;
	if (st.st_uid != geteuid())
		out_warn(app->out, "%s belongs to another user (uid %lu)", path,
			 (unsigned long)st.st_uid);
	else if (st.st_mode & 0077)
		out_warn(app->out, "%s is open to others (mode %04o): chmod %s %s", path,
			 (unsigned)(st.st_mode & 07777),
			 S_ISDIR(st.st_mode) ? "700" : "600", path);
}

/* ---- the run ---- */

static enum fm_code check_wallets(struct verdict *v, struct fm_err *err)
{
	struct fm_wallet *all = NULL;
	size_t count = 0;
	enum fm_code rc = fm_store_list(&all, &count, &v->app->store, err);

	put_check(v, "wallets", v->app->paths.wallet_dir, rc, err);
	if (!rc)
		check_wallet_names(v->app, all, count);
	free(all);
	return rc;
}

static enum fm_code check_run(struct app *app, const void *args, struct fm_err *err)
{
	struct verdict v = { .app = app };
	struct fm_err now;
	enum fm_code rc;

	(void)args;
	fm_err_init(&v.first);
	fm_err_init(&now);
	rc = config_load(app, &now);
	/* A network that was named wrongly on the command line is no fault of the file. */
	if (rc == FM_E_USAGE && app->opt.network) {
		*err = now;
		return rc;
	}
	put_check(&v, "config", app->paths.config_file, rc, &now);
	if (!rc)
		check_networks(app);
	fm_err_init(&now);
	rc = app_load_policy(app, &now);
	put_check(&v, "policy", app->paths.policy_file, rc, &now);
	fm_err_init(&now);
	if (check_wallets(&v, &now) == FM_E_NOMEM || v.nomem)
		return fm_nomem(err);
	check_mode(app, app->paths.ledger_file);
	check_mode(app, app->paths.receipt_dir);
	check_mode(app, app->paths.run_dir);
	if (!v.first.code) {
		out_note(app->out, "All is well.");
		return FM_OK;
	}
	*err = v.first;
	return err->code;
}

/* clang-format off */
static const struct field check_fields[] = {
	{ "name", "File", FIELD_TEXT, "config, policy or wallets", NULL },
	{ "state", "State", FIELD_TEXT, "ok, absent or wrong", NULL },
	{ "path", "Path", FIELD_TEXT, "where it lies", NULL },
	{ "problem", "Problem", FIELD_TEXT, "what is wrong, with line and column", NULL },
	{ "hint", NULL, FIELD_TEXT, "what to do about it", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "checks", "Checks", FIELD_LIST, "what was looked at", check_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica config check --policy new-policy.json", "before it is put in place" },
	{ 0 },
};
/* clang-format on */

const struct cmd config_check_cmd = {
	.name = "check",
	.summary = "say what is wrong with config.json, policy.json and the wallets",
	.details =
		"What keeps commands from running is status 3. Warned of are wallets that are not "
		"there, URLs that lead nowhere by their form, plain http, and modes that let others "
		"in. Asks nobody.",
	.fields = fields,
	.examples = examples,
	.needs = NEED_PATHS,
	.run = check_run,
};
