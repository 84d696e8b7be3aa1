/* SPDX-License-Identifier: MIT */
#include "paths.h"

#include "sys.h"

#include <stdlib.h>
#include <string.h>

/* The directories everything hangs on; run is NULL when it is below state. */
struct roots {
	char *config, *data, *state, *run;
};

static void roots_clear(struct roots *roots)
{
	free(roots->config);
	free(roots->data);
	free(roots->state);
	free(roots->run);
}

/* The XDG specification: a relative path is invalid and ignored. */
static char *xdg_root(const char *variable, const char *fallback)
{
	const char *base = sys_env(variable), *home = sys_env("HOME");
	char *under, *root;

	if (base && base[0] == '/')
		return sys_join(base, "fourmica");
	if (!fallback || !home)
		return NULL;
	under = sys_join(home, fallback);
	root = under ? sys_join(under, "fourmica") : NULL;
	free(under);
	return root;
}

static enum fm_code find_roots(struct roots *roots, struct fm_err *err)
{
	const char *home = sys_env("FOURMICA_HOME");

	if (home && home[0] != '/') {
		fm_fail(err, FM_E_CONFIG, "FOURMICA_HOME: '%.80s' is no absolute path",
			home);
		return fm_hint(err, "start it with /");
	}
	if (home) {
		roots->config = strdup(home);
		roots->data = strdup(home);
		roots->state = strdup(home);
		return roots->config && roots->data && roots->state ? FM_OK
								    : fm_nomem(err);
	}
	if (!sys_env("HOME") &&
	    !(sys_env("XDG_CONFIG_HOME") && sys_env("XDG_DATA_HOME") &&
	      sys_env("XDG_STATE_HOME"))) {
		fm_fail(err, FM_E_CONFIG, "neither FOURMICA_HOME nor HOME is set");
		return fm_hint(err, "set FOURMICA_HOME to a directory of your own");
	}
	roots->config = xdg_root("XDG_CONFIG_HOME", ".config");
	roots->data = xdg_root("XDG_DATA_HOME", ".local/share");
	roots->state = xdg_root("XDG_STATE_HOME", ".local/state");
	roots->run = xdg_root("XDG_RUNTIME_DIR", NULL);
	return roots->config && roots->data && roots->state ? FM_OK : fm_nomem(err);
}

enum fm_code paths_find(struct paths *out, struct fm_err *err)
{
	struct roots roots = { 0 };
	enum fm_code rc = find_roots(&roots, err);

	if (rc)
		goto out;
	out->config_file = sys_join(roots.config, "config.json");
	out->policy_file = sys_join(roots.config, "policy.json");
	out->wallet_dir = sys_join(roots.data, "wallets");
	out->ledger_file = sys_join(roots.state, "ledger.db");
	out->receipt_dir = sys_join(roots.state, "receipts");
	out->approval_dir = sys_join(roots.state, "approvals");
	out->stop_file = sys_join(roots.state, "stop");
	out->history_file = sys_join(roots.state, "history");
	out->accepted_dir = sys_join(roots.state, "accepted");
	out->run_dir = roots.run ? strdup(roots.run) : sys_join(roots.state, "run");
	if (!out->config_file || !out->policy_file || !out->wallet_dir ||
	    !out->ledger_file || !out->receipt_dir || !out->approval_dir ||
	    !out->history_file || !out->stop_file || !out->run_dir || !out->accepted_dir)
		rc = fm_nomem(err);
out:
	roots_clear(&roots);
	return rc;
}

void paths_clear(struct paths *paths)
{
	free(paths->config_file);
	free(paths->policy_file);
	free(paths->wallet_dir);
	free(paths->ledger_file);
	free(paths->receipt_dir);
	free(paths->approval_dir);
	free(paths->stop_file);
	free(paths->run_dir);
	free(paths->accepted_dir);
	free(paths->history_file);
	*paths = (struct paths){ 0 };
}
