/* SPDX-License-Identifier: MIT */
#include "policy/scope.h"

#include <fourmica/bytes.h>
#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

/* Two texts, joined; as a hash where they are too long for a key. */
static void join(char out[static FM_SCOPE_MAX], const char *word, const char *a,
		 const char *b)
{
	struct fm_buf long_text;
	struct fm_hash hash;
	char digits[FM_HASH_TEXT];
	int len = snprintf(out, FM_SCOPE_MAX, "%s %s%s%s", word, a, *b ? " " : "", b);

	if (len >= 0 && len < FM_SCOPE_MAX)
		return;
	/* Both parts are the caller's own and in memory already. */
	fm_buf_init(&long_text, strlen(a) + strlen(b) + 1);
	fm_buf_add(&long_text, a, strlen(a) + 1);
	fm_buf_str(&long_text, b);
	/* Without memory every such text shares one key: totals too high, never too
	 * low. */
	fm_sha256(&hash, fm_buf_span(&long_text).ptr, fm_buf_span(&long_text).len);
	fm_buf_clear(&long_text);
	fm_hash_text(digits, &hash);
	snprintf(out, FM_SCOPE_MAX, "%s #%s", word, digits);
}

/* Without an origin the recipient stands for the seller. */
static const char *seller_of(char room[static FM_ADDR_TEXT], const struct fm_scope_of *of)
{
	if (*of->origin)
		return of->origin;
	fm_addr_lower(room, of->pay_to);
	return room;
}

void fm_scope_text(char out[static FM_SCOPE_MAX], enum fm_scope scope,
		   const struct fm_scope_of *of)
{
	char room[FM_ADDR_TEXT];

	switch (scope) {
	case FM_SCOPE_SELLER:
		join(out, "seller", seller_of(room, of), "");
		break;
	case FM_SCOPE_ROUTE:
		join(out, "route", seller_of(room, of), of->route);
		break;
	case FM_SCOPE_TASK:
		join(out, "task", of->task, "");
		break;
	case FM_SCOPE_CATEGORY:
		join(out, "category", of->category, "");
		break;
	case FM_SCOPE_WALLET:
		fm_addr_lower(room, of->payer);
		join(out, "wallet", room, "");
		break;
	case FM_SCOPE_DEPOSIT:
		snprintf(out, FM_SCOPE_MAX, "deposit");
		break;
	case FM_SCOPE_CLEARING:
		snprintf(out, FM_SCOPE_MAX, "clearing");
		break;
	case FM_SCOPE_ALL:
	case FM_SCOPE_COUNT:
		snprintf(out, FM_SCOPE_MAX, "all");
		break;
	}
}

void fm_asset_key(char out[static FM_ASSET_KEY], uint64_t chain_id,
		  const struct fm_addr *asset)
{
	char chain[FM_CAIP2_TEXT], address[FM_ADDR_TEXT];

	fm_caip2_text(chain, chain_id);
	fm_addr_lower(address, asset);
	snprintf(out, FM_ASSET_KEY, "%s/%s", chain, address);
}

void fm_chain_key(char out[static FM_ASSET_KEY], uint64_t chain_id)
{
	char chain[FM_CAIP2_TEXT];

	fm_caip2_text(chain, chain_id);
	snprintf(out, FM_ASSET_KEY, "%s/", chain);
}
