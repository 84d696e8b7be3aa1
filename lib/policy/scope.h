/* SPDX-License-Identifier: MIT */
/** What running totals are kept for: every payment, those to one seller, to one route of a
 *  seller, of one task, of one category, of one wallet; every deposit; every clearing payment. */
#ifndef FOURMICA_POLICY_SCOPE_H
#define FOURMICA_POLICY_SCOPE_H

#include <fourmica/types.h>

enum fm_scope {
	FM_SCOPE_ALL,
	FM_SCOPE_SELLER,
	FM_SCOPE_ROUTE,
	FM_SCOPE_TASK,
	FM_SCOPE_DEPOSIT,
	FM_SCOPE_CLEARING,
	FM_SCOPE_CATEGORY,
	FM_SCOPE_WALLET,
	FM_SCOPE_COUNT
};

#define FM_SCOPE_MAX 440
#define FM_ASSET_KEY \
	(FM_CAIP2_TEXT + FM_ADDR_TEXT) /**< "eip155:84532/0x...", terminator */

/** What a scope of payments is about; texts are borrowed. */
struct fm_scope_of {
	const char *origin; /**< "" : the recipient stands for the seller */
	const struct fm_addr *pay_to;
	const char *route;
	const char *task;
	const char *category;
	const struct fm_addr *payer;
};

/** "all", "seller ORIGIN", "route ORIGIN PATH", "task ID", "category NAME", "wallet ADDRESS",
 *  "deposit", "clearing"; a text that would not fit is replaced by its hash. */
void fm_scope_text(char out[static FM_SCOPE_MAX], enum fm_scope scope,
		   const struct fm_scope_of *of);
/** "eip155:84532/0x...": the asset's part of a key. */
void fm_asset_key(char out[static FM_ASSET_KEY], uint64_t chain_id,
		  const struct fm_addr *asset);
/** "eip155:84532/": how the keys of all assets of a chain begin. Stands in a key for all of them. */
void fm_chain_key(char out[static FM_ASSET_KEY], uint64_t chain_id);

#endif
