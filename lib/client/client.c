/* SPDX-License-Identifier: MIT */
#include "client/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fm_code fm_client_new(struct fm_client **out, const struct fm_client_config *config,
			   struct fm_err *err)
{
	struct fm_client *client = calloc(1, sizeof(*client));

	if (!client)
		return fm_nomem(err);
	client->config = *config;
	*out = client;
	return FM_OK;
}

void fm_client_free(struct fm_client **client)
{
	if (!*client)
		return;
	fm_ledger_close(&(*client)->ledger);
	if ((*client)->signer.ops)
		fm_signer_close(&(*client)->signer);
	free(*client);
	*client = NULL;
}

void fm_client_event(const struct fm_client *client, const char *event, const char *fmt,
		     ...)
{
	char text[512];
	va_list args;

	if (!client->config.event)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	client->config.event(client->config.ctx, event, text);
}

enum fm_code fm_client_ledger(struct fm_ledger **out, struct fm_client *client,
			      bool create, struct fm_err *err)
{
	if (client->ledger && create && !client->ledger_writable)
		fm_ledger_close(&client->ledger);
	if (!client->ledger) {
		const struct fm_ledger_options options = {
			.path = client->config.ledger_file,
			.clock = client->config.clock,
			.rand = client->config.rand,
			.read_only = !create,
			.head_dir = client->config.head_dir,
		};
		enum fm_code rc = create ? fm_client_may_make(client, err) : FM_OK;
		if (!rc)
			rc = fm_ledger_open(&client->ledger, &options, err);
		if (rc)
			return rc;
		client->ledger_writable = create;
	}
	*out = client->ledger;
	return FM_OK;
}

void fm_client_lend_ledger(struct fm_client *client, struct fm_ledger **ledger)
{
	if (client->ledger) {
		fm_ledger_close(ledger);
		return;
	}
	client->ledger = *ledger;
	client->ledger_writable = client->ledger != NULL;
	*ledger = NULL;
}

void fm_client_return_ledger(struct fm_ledger **out, struct fm_client *client)
{
	*out = NULL;
	if (!client->ledger_writable)
		return;
	*out = client->ledger;
	client->ledger = NULL;
	client->ledger_writable = false;
}

enum fm_code fm_client_ledger_if_any(struct fm_client *client, struct fm_err *err)
{
	struct fm_ledger *ledger;

	if (client->config.dry_run || access(client->config.ledger_file, F_OK) != 0)
		return FM_OK;
	return fm_client_ledger(&ledger, client, true, err);
}

const struct fm_network *fm_client_network(const struct fm_client *client,
					   uint64_t chain_id)
{
	return client->config.network
		       ? client->config.network(client->config.ctx, chain_id)
		       : fm_network_by_chain(chain_id);
}

static bool chain_is_test(const struct fm_client *client, uint64_t chain_id)
{
	const struct fm_network *network = fm_client_network(client, chain_id);

	return network && network->test;
}

enum fm_code fm_client_unlock(struct fm_client *client, uint64_t chain_id,
			      struct fm_err *err)
{
	if (!client->config.open_signer)
		return fm_fail(err, FM_E_LOCKED, "no wallet to sign with");
	if (!client->signer.ops) {
		enum fm_code rc = client->config.open_signer(client->config.ctx,
							     &client->signer, err);
		if (rc)
			return rc;
	}
	if (client->config.has_payer &&
	    !fm_addr_equal(&client->signer.address, &client->config.payer))
		return fm_fail(err, FM_E_INTERNAL,
			       "the signer is not the selected wallet");
	if (client->signer.test_only && chain_id && !chain_is_test(client, chain_id)) {
		fm_fail(err, FM_E_CONFIG,
			"the wallet has no passphrase and serves test networks only");
		return fm_hint(err,
			       "use a wallet with a passphrase on networks of value");
	}
	return FM_OK;
}

const struct fm_asset *fm_client_asset(const struct fm_client *client, uint64_t chain_id,
				       const struct fm_addr *address)
{
	for (size_t i = 0; i < client->config.asset_count; i++) {
		const struct fm_asset *asset = &client->config.assets[i];
		if (asset->chain_id == chain_id &&
		    fm_addr_equal(&asset->address, address))
			return asset;
	}
	return fm_asset_find(chain_id, address);
}

void fm_client_seller_key(struct fm_buf *out, const char *origin, uint64_t chain_id)
{
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	fm_buf_init(out, FM_ORIGIN_MAX + FM_CAIP2_TEXT);
	fm_buf_fmt(out, "%s %s", origin, caip2);
}
