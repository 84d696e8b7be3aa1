/* SPDX-License-Identifier: MIT */
/* A chain as the client's configuration reaches it. */
#include "client/chain.h"

static bool pause_rpc(void *ctx, int64_t ms)
{
	return fm_chain_pause(ctx, ms);
}

/** Core's own endpoint is never among these: the chain is asked to check Core's word. */
static bool endpoint_at(void *ctx, struct fm_rpc *rpc, size_t index)
{
	struct fm_chain *chain = ctx;
	const struct fm_client_config *config = &chain->client->config;
	const char *url = config->rpc_url
				  ? config->rpc_url(config->ctx, chain->chain_id, index)
				  : NULL;

	if (!url || !config->http)
		return false;
	fm_client_transport(&chain->options, chain->client, url);
	*rpc = (struct fm_rpc){ .http = config->http,
				.url = url,
				.options = &chain->options,
				.pause = pause_rpc,
				.pause_ctx = chain };
	return true;
}

void fm_chain_init(struct fm_chain *chain, struct fm_client *client, uint64_t chain_id)
{
	*chain = (struct fm_chain){ .client = client, .chain_id = chain_id };
	chain->endpoints = (struct fm_rpc_endpoints){ .at = endpoint_at,
						      .ctx = chain,
						      .log = client->config.log,
						      .chain_id = chain_id };
}

static enum fm_code run_asks(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	return fm_rpc_run(arg, rpc, err);
}

enum fm_code fm_chain_ask(struct fm_chain *chain, struct fm_rpc_asks *asks,
			  struct fm_err *err)
{
	return fm_rpc_each(&chain->rpc, &chain->endpoints, run_asks, asks, err);
}

bool fm_chain_pause(const struct fm_chain *chain, int64_t ms)
{
	const struct fm_client_config *config = &chain->client->config;
	const volatile int *cancel = config->http ? config->http->cancel : NULL;

	if (config->sleep_ms)
		config->sleep_ms(config->ctx, ms);
	return !cancel || !*cancel;
}
