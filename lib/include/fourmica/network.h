/* SPDX-License-Identifier: MIT */
/** Chains and tokens known by name, and the texts that name them (CAIP-2, x402 v1 names). */
#ifndef FOURMICA_NETWORK_H
#define FOURMICA_NETWORK_H

#include <fourmica/types.h>

/** One chain of the built-in table. Endpoints are empty where the program has none of its own:
 *  payable with `exact`, but no 4Mica Core there. */
struct fm_network {
	uint64_t chain_id;
	const char *name;  /**< "base-sepolia" */
	const char *title; /**< "Base Sepolia" */
	bool test;	   /**< tokens there hold no value */
	const char *core;  /**< 4Mica Core base URL, no trailing slash; NULL: none */
	const char *rpc;   /**< public JSON-RPC endpoint; NULL: none */
};

FM_API const struct fm_network *fm_networks(size_t *count);
/** By short name or alias ("base", "mainnet"); NULL when unknown. */
FM_API const struct fm_network *fm_network_by_name(struct fm_span name);
FM_API const struct fm_network *fm_network_by_chain(uint64_t chain_id);

/** Chain id behind a network text of an offer: "eip155:<n>" or an x402 v1 short name.
 *  False for anything else (also for a bare chain id). Rule: x402-networks.json. */
FM_API bool fm_network_chain(uint64_t *chain_id, struct fm_span text) FM_MUST_USE;
FM_API void fm_caip2_text(char out[FM_AT_LEAST(FM_CAIP2_TEXT)], uint64_t chain_id);

/** The built-in token table, and lookups in it. ETH (zero address) is known on 4Mica chains. */
FM_API const struct fm_asset *fm_assets(size_t *count);
FM_API const struct fm_asset *fm_asset_find(uint64_t chain_id,
					    const struct fm_addr *address);
FM_API const struct fm_asset *fm_asset_by_symbol(uint64_t chain_id, const char *symbol);

#endif
