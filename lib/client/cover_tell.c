/* SPDX-License-Identifier: MIT */
/* What is said of the collateral that was found: both values, what takes a part of it, the one thing
 * to do. */
#include "client/cover.h"
#include "client/trust.h"

#include <stdio.h>
#include <string.h>

struct shown {
	char text[FM_AMOUNT_TEXT];
};

static struct shown show(const struct fm_looking *l, const struct fm_u256 *base)
{
	struct fm_amount amount = fm_amount_of(base, &l->h.asset);
	struct shown shown = { "" };

	fm_amount_text(shown.text, &amount);
	return shown;
}

/** What an option calls the asset: its symbol where a table of ours has it. */
static void asset_word(char out[static FM_ADDR_TEXT], const struct fm_looking *l)
{
	const struct fm_asset *asset = &l->h.asset;

	if (!fm_client_asset(l->client, asset->chain_id, &asset->address) ||
	    !asset->symbol[0]) {
		fm_addr_text(out, &asset->address);
		return;
	}
	snprintf(out, FM_ADDR_TEXT, "%s", asset->symbol);
	for (char *c = out; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
}

/** "fourmica deposit 0.4usdc --network base-sepolia". */
static void deposit_line(struct fm_buf *out, const struct fm_looking *l,
			 const char *asset, const char *network)
{
	char number[FM_AMOUNT_TEXT];
	bool by_address = asset[0] == '0';
	struct fm_u256 missing;

	if (!fm_u256_sub(&missing, &l->wanted->amount, &l->most))
		missing = FM_U256_ZERO;
	fm_units_text(number, &missing, by_address ? 0 : l->h.asset.decimals);
	fm_buf_fmt(out, "fourmica deposit %s%s%s%s --network %s", number,
		   by_address ? "base" : asset, by_address ? " --asset " : "",
		   by_address ? asset : "", network);
}

/** Would it be enough if the holding were like that? */
static bool would_do(const struct fm_looking *l, struct fm_holding h)
{
	struct fm_u256 most;

	fm_holding_free(&h, &most);
	return fm_u256_cmp(&l->wanted->amount, &most) <= 0;
}

/** The one thing to do. */
static void advise(const struct fm_looking *l, struct fm_err *err)
{
	struct fm_holding kept = l->h, counted = l->h, settled = l->h;
	char asset[FM_ADDR_TEXT], network[FM_CAIP2_TEXT];
	struct fm_buf line;

	kept.requested = FM_U256_ZERO;
	counted.core_total = l->h.capacity;
	settled.core_locked = FM_U256_ZERO;
	asset_word(asset, l);
	fm_trust_chain_name(network, l->wanted->chain_id);
	fm_buf_init(&line, sizeof(err->hint));
	deposit_line(&line, l, asset, network);
	if (!fm_buf_ok(&line))
		fm_hint(err, "deposit more collateral");
	else if (would_do(l, kept))
		fm_hint(err, "fourmica withdraw cancel --asset %s --network %s", asset,
			network);
	else if (would_do(l, counted))
		fm_hint(err, "4Mica counts a deposit once its block is final: try again "
			     "in some minutes");
	else if (would_do(l, settled))
		fm_hint(err, "wait until open guarantees are settled, or: %s", line.ptr);
	else
		fm_hint(err, "%s", line.ptr);
	fm_buf_clear(&line);
}

static void add_part(struct fm_buf *out, const struct fm_looking *l,
		     const struct fm_u256 *base, const char *what)
{
	if (!fm_u256_is_zero(base))
		fm_buf_fmt(out, ", %s %s", show(l, base).text, what);
}

static enum fm_code too_little(const struct fm_looking *l, struct fm_err *err)
{
	const struct fm_holding *h = &l->h;
	bool behind = h->core_known && fm_u256_cmp(&h->core_total, &h->capacity) < 0;
	struct fm_buf parts;

	fm_buf_init(&parts, sizeof(err->msg));
	fm_buf_fmt(&parts, "%s %s", show(l, &h->capacity).text,
		   l->on_chain ? "in the vault" : "counted by 4Mica");
	if (behind)
		fm_buf_fmt(&parts, " (%s counted by 4Mica)",
			   show(l, &h->core_total).text);
	add_part(&parts, l, &h->requested, "requested for withdrawal");
	if (h->core_known)
		add_part(&parts, l, &h->core_locked, "locked for guarantees");
	add_part(&parts, l, &h->in_doubt, "signed without an answer");
	fm_fail(err, FM_E_COLLATERAL,
		"the payment needs %s of collateral, and %s is free: %s",
		show(l, &l->wanted->amount).text, show(l, &l->most).text,
		fm_buf_ok(&parts) ? parts.ptr : "");
	fm_buf_clear(&parts);
	fm_rule(err, FM_COVER_PIN);
	advise(l, err);
	return FM_E_COLLATERAL;
}

static void unknown(struct fm_cover *out, const struct fm_looking *l)
{
	char network[FM_CAIP2_TEXT];

	fm_trust_chain_name(network, l->wanted->chain_id);
	if (!l->wanted->ask)
		return;
	if (l->why.code)
		out->why = l->why;
	else if (!l->pinned)
		fm_fail(&out->why, FM_E_CERT_KEY, "no vault is pinned for %s", network);
	else if (!l->on_chain && !l->h.core_known)
		fm_fail(&out->why, FM_E_NETWORK, "the chain did not answer a moment ago");
	else
		fm_fail(&out->why, FM_E_COLLATERAL,
			"%s is needed; %s is free, or up to %s if what was paid before "
			"is settled by now",
			show(l, &l->wanted->amount).text, show(l, &l->h.free).text,
			show(l, &l->most).text);
}

enum fm_code fm_cover_tell(struct fm_cover *out, const struct fm_looking *l,
			   enum fm_covered covered, struct fm_err *err)
{
	bool asked = out->chain_asked || out->core_asked;

	fm_err_init(&out->why);
	out->covered = covered;
	out->source = NULL;
	switch (covered) {
	case FM_COVER_NONE:
		return FM_OK;
	case FM_COVER_UNKNOWN:
		unknown(out, l);
		return FM_OK;
	case FM_COVER_ENOUGH:
	case FM_COVER_LITTLE:
		break;
	}
	out->source = !asked ? "memory" : l->h.core_known ? "core" : "chain";
	out->free = fm_amount_of(covered == FM_COVER_ENOUGH ? &l->h.free : &l->most,
				 &l->h.asset);
	if (covered == FM_COVER_ENOUGH)
		return FM_OK;
	too_little(l, &out->why);
	*err = out->why;
	return FM_E_COLLATERAL;
}
