/* SPDX-License-Identifier: MIT */
#include "accepted.h"

#include "ask.h"
#include "session.h"
#include "sys.h"

#include <fourmica/file.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_path(const struct app *app, const struct fm_hash *hash)
{
	char name[FM_HASH_TEXT + 8], text[FM_HASH_TEXT];

	fm_hash_text(text, hash);
	snprintf(name, sizeof(name), "%s.json", text + strlen("0x"));
	return sys_join(app->paths.accepted_dir, name);
}

static enum fm_code no_copy(const char *path, const char *why, struct fm_err *err)
{
	fm_err_init(err);
	fm_fail(err, FM_E_APPROVAL,
		"the accepted policy cannot be compared with this one: %s %s", path, why);
	fm_rule(err, "accepted");
	return fm_hint(err, "if this policy is right, run: fourmica policy accept");
}

static enum fm_code read_copy(struct fm_policy **out, const char *path,
			      const struct fm_hash *hash, struct fm_err *err)
{
	struct fm_hash is;
	struct fm_buf text;
	bool found = false;
	enum fm_code rc;

	fm_buf_init(&text, FM_POLICY_MAX);
	rc = fm_file_read(&text, &found, path, FM_FILE_PRIVATE, err);
	if (!rc && !found)
		rc = no_copy(path, "is missing", err);
	else if (rc && rc != FM_E_NOMEM)
		rc = no_copy(path, "cannot be read", err);
	if (rc)
		goto out;
	fm_sha256(&is, text.len ? text.ptr : "", text.len);
	if (!fm_hash_equal(&is, hash))
		rc = no_copy(path, "is not the text that was accepted", err);
	else if (fm_policy_parse(out, fm_buf_span(&text), path, err))
		rc = no_copy(path, "is no policy of this version", err);
out:
	fm_buf_clear(&text);
	return rc;
}

enum fm_code accepted_read(struct fm_policy **out, struct app *app,
			   const struct fm_spending *spending, struct fm_err *err)
{
	enum fm_code rc;
	char *path;

	if (spending->builtin)
		return fm_policy_builtin(out, err);
	path = copy_path(app, &spending->policy);
	rc = path ? read_copy(out, path, &spending->policy, err) : fm_nomem(err);
	free(path);
	return rc;
}

enum fm_code accepted_keep(struct app *app, struct fm_err *err)
{
	struct fm_hash hash;
	enum fm_code rc;
	char *path;

	if (fm_policy_is_builtin(app->policy))
		return FM_OK;
	fm_policy_hash(&hash, app->policy);
	path = copy_path(app, &hash);
	rc = path ? fm_dir_make(app->paths.accepted_dir, FM_FILE_PRIVATE, err)
		  : fm_nomem(err);
	/* Written again: one that is there may be damaged. */
	if (!rc)
		rc = fm_file_write(path, fm_buf_span(&app->policy_text), FM_FILE_REPLACE,
				   err);
	free(path);
	return rc;
}

struct fm_spending accepted_now(const struct app *app, const struct fm_hash *ledger)
{
	struct fm_spending now = { .bound = true,
				   .ledger = *ledger,
				   .builtin = fm_policy_is_builtin(app->policy) };

	if (!now.builtin)
		fm_policy_hash(&now.policy, app->policy);
	return now;
}

void accepted_compare(struct app *app)
{
	const struct fm_spending *spending = &app->wallet.spending;
	struct fm_spending now;
	struct fm_policy *accepted = NULL;

	fm_err_init(&app->looser);
	if (!spending->bound || !app->policy)
		return;
	now = accepted_now(app, &spending->ledger);
	if (fm_spending_equal(&now, spending) ||
	    accepted_read(&accepted, app, spending, &app->looser))
		return;
	if (fm_policy_looser(&app->looser, app->policy, accepted))
		fm_within(&app->looser, "the policy allows more than was accepted");
	fm_policy_free(&accepted);
}

enum fm_code accepted_bind(void *ctx, const struct fm_hash *ledger, struct fm_err *err)
{
	struct app *app = ctx;
	const struct fm_spending now = accepted_now(app, ledger);
	enum fm_code rc = accepted_keep(app, err);

	if (!rc && app->wallet.kdf != FM_KDF_NONE && !app->pass)
		rc = ask_passphrase(app, &app->pass, "Passphrase", err);
	if (!rc) {
		out_works(app->out, "writing wallet '%s'", app->wallet.name);
		rc = fm_store_bind(&app->store, app->wallet.name, app->pass,
				   &app->wallet.spending, &now, err);
		out_worked(app->out);
	}
	if (!rc) {
		app->wallet.spending = now;
		session_wallet_written(app->session, app);
	}
	fm_secret_free(&app->pass);
	return rc;
}
