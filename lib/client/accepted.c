/* SPDX-License-Identifier: MIT */
/* The limit holds against the program that holds the key (design, Decision 7): a wallet pays from
 * the ledger it is bound to, under rules no looser than those accepted with its passphrase. */
#include "client/internal.h"

#include <string.h>
#include <unistd.h>

static enum fm_code refuse(struct fm_err *err)
{
	fm_rule(err, "ledger");
	return fm_hint(err, "put its ledger back; to go on with what there is, run: "
			    "fourmica policy accept --adopt-ledger");
}

static enum fm_code no_ledger(const struct fm_client *client, struct fm_err *err)
{
	char bound[FM_HASH_TEXT];

	fm_hash_text(bound, &client->config.spending->ledger);
	fm_fail(err, FM_E_LEDGER,
		"the wallet pays from ledger %s, and there is none at %s", bound,
		client->config.ledger_file);
	return refuse(err);
}

enum fm_code fm_client_may_make(const struct fm_client *client, struct fm_err *err)
{
	const struct fm_spending *spending = client->config.spending;

	if (!spending || !spending->bound ||
	    access(client->config.ledger_file, F_OK) == 0)
		return FM_OK;
	return no_ledger(client, err);
}

static enum fm_code check_ledger(struct fm_client *client, struct fm_err *err)
{
	const struct fm_spending *spending = client->config.spending;
	char bound[FM_HASH_TEXT], found[FM_HASH_TEXT];
	struct fm_ledger *ledger = client->ledger;
	struct fm_hash name;
	enum fm_code rc = FM_OK;

	/* What is there is looked at, and nothing made. */
	if (!ledger)
		rc = fm_client_ledger_if_any(client, err);
	if (!rc && !ledger && !(ledger = client->ledger))
		rc = fm_client_ledger(&ledger, client, false, err);
	if (rc)
		return rc;
	if (!ledger)
		return no_ledger(client, err);
	rc = fm_ledger_name(&name, ledger, err);
	if (rc || fm_hash_equal(&name, &spending->ledger))
		return rc;
	fm_hash_text(bound, &spending->ledger);
	fm_hash_text(found, &name);
	fm_fail(err, FM_E_LEDGER, "the wallet pays from ledger %s, and this one is %s",
		bound, found);
	return refuse(err);
}

enum fm_code fm_client_accepted(struct fm_client *client, struct fm_err *err)
{
	const struct fm_spending *spending = client->config.spending;
	const struct fm_err *looser = client->config.looser;
	enum fm_code rc = spending && spending->bound ? check_ledger(client, err) : FM_OK;

	if (rc || !looser || !looser->code)
		return rc;
	if (err)
		*err = *looser;
	return looser->code;
}

static enum fm_code bind_first(struct fm_client *client, struct fm_err *err)
{
	const struct fm_spending *spending = client->config.spending;
	struct fm_ledger *ledger;
	struct fm_hash name;
	enum fm_code rc;

	if (!client->config.bind || !spending || spending->bound || client->bound)
		return FM_OK;
	rc = fm_client_ledger(&ledger, client, true, err);
	if (!rc)
		rc = fm_ledger_name(&name, ledger, err);
	if (!rc)
		rc = client->config.bind(client->config.ctx, &name, err);
	client->bound = !rc;
	return rc;
}

enum fm_code fm_client_unlock_to_pay(struct fm_client *client, uint64_t chain_id,
				     struct fm_err *err)
{
	enum fm_code rc = fm_client_accepted(client, err);

	if (!rc)
		rc = fm_client_unlock(client, chain_id, err);
	return rc ? rc : bind_first(client, err);
}
