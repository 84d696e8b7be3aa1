/* SPDX-License-Identifier: MIT */
/* One entry of `accepts`: its members and what they make of it. x402.md, 2.2, 2.4 and 3. */
#include "x402/header.h"
#include "x402/scheme.h"

/* The largest integer a JSON writer with doubles can mean exactly. */
#define JSON_SAFE_INTEGER 9007199254740991u
#define DEFAULT_TIMEOUT_S 60u

static bool unusable_offer(struct fm_offer *offer, const char *name, const char *rule)
{
	return fm_offer_refuse(offer, FM_OFFER_UNUSABLE, FM_E_MALFORMED, "%s %s", name,
			       rule);
}

/* A member that must be a non-empty string without control characters. */
static const struct fm_json *text_member(struct fm_offer *offer, const char *name)
{
	const struct fm_json *node = fm_json_get(offer->src, name);
	if (!node) {
		unusable_offer(offer, name, "is missing");
		return NULL;
	}
	if (node->type != FM_JSON_STRING || fm_json_is(node, "")) {
		unusable_offer(offer, name, "is not a text");
		return NULL;
	}
	if (fm_json_has_control(node)) {
		unusable_offer(offer, name, "holds a control character");
		return NULL;
	}
	return node;
}

static bool read_names(struct fm_offer *offer)
{
	char text[64];
	const struct fm_json *node = text_member(offer, "scheme");
	if (!node)
		return false;
	if (fm_json_cstr(text, sizeof(text), node))
		offer->scheme = fm_scheme_find(fm_span_of(text));
	fm_node_show(offer->scheme_text, sizeof(offer->scheme_text), node);
	node = text_member(offer, "network");
	if (!node)
		return false;
	if (!fm_json_cstr(text, sizeof(text), node) ||
	    !fm_network_chain(&offer->chain_id, fm_span_of(text)))
		offer->chain_id = 0;
	fm_node_show(offer->network_text, sizeof(offer->network_text), node);
	return true;
}

static bool parse_amount(struct fm_u256 *out, const struct fm_json *node, bool hex)
{
	char text[FM_U256_DEC + 16];
	uint64_t small;
	if (node->type == FM_JSON_NUMBER) {
		if (!fm_json_u64(&small, node) || small > JSON_SAFE_INTEGER)
			return false;
		*out = fm_u256_from_u64(small);
		return true;
	}
	if (!fm_json_cstr(text, sizeof(text), node))
		return false;
	struct fm_span span = fm_span_of(text);
	return fm_u256_from_dec(out, span) || (hex && fm_u256_from_hex(out, span));
}

/* Either name in either version; both only when they agree. */
static bool read_amount(struct fm_offer *offer)
{
	static const char *const names[] = { "amount", "maxAmountRequired" };
	bool hex = offer->scheme && offer->scheme->hex_amount;
	bool found = false;
	for (size_t i = 0; i < 2; i++) {
		const struct fm_json *node = fm_json_get(offer->src, names[i]);
		struct fm_u256 value;
		if (!node)
			continue;
		if (!parse_amount(&value, node, hex)) {
			char shown[64];
			fm_node_show(shown, sizeof(shown), node);
			return fm_offer_refuse(
				offer, FM_OFFER_UNUSABLE, FM_E_MALFORMED,
				"%s \"%s\" is not a whole number of base units", names[i],
				shown);
		}
		if (found && fm_u256_cmp(&value, &offer->amount) != 0)
			return unusable_offer(offer, "amount",
					      "and maxAmountRequired differ");
		offer->amount = value;
		found = true;
	}
	return found || unusable_offer(offer, "amount", "is missing");
}

/* Positive, as a number or as digits; more than 32 bits of seconds is cut, never wrapped. */
static bool parse_seconds(uint32_t *out, struct fm_span digits)
{
	uint64_t value = 0;
	if (!digits.len)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(digits.ptr[i] - '0');
		if (value > UINT32_MAX)
			value = UINT32_MAX;
	}
	*out = (uint32_t)value;
	return value > 0;
}

static bool read_timeout(struct fm_offer *offer)
{
	const struct fm_json *node = fm_json_get(offer->src, "maxTimeoutSeconds");
	char text[64];
	offer->max_timeout_s = DEFAULT_TIMEOUT_S;
	if (!node)
		return true;
	if (node->type == FM_JSON_NUMBER &&
	    parse_seconds(&offer->max_timeout_s, node->src))
		return true;
	if (fm_json_cstr(text, sizeof(text), node) &&
	    parse_seconds(&offer->max_timeout_s, fm_span_of(text)))
		return true;
	return unusable_offer(offer, "maxTimeoutSeconds",
			      "is not a positive whole number");
}

static bool parse_addr(struct fm_addr *out, bool *miscased, const struct fm_json *node)
{
	char text[FM_ADDR_TEXT];
	enum fm_addr_case how;
	if (!fm_json_cstr(text, sizeof(text), node) ||
	    !fm_addr_parse(out, &how, fm_span_of(text)))
		return false;
	*miscased = how == FM_ADDR_MISCASED;
	return true;
}

/* Off EVM chains, assets and recipients have other forms: such an offer is unsupported, not
 * broken, so only being a text is asked of them. */
static bool read_parties(struct fm_offer *offer)
{
	const struct fm_json *asset = text_member(offer, "asset");
	const struct fm_json *pay_to = asset ? text_member(offer, "payTo") : NULL;
	if (!asset || !pay_to)
		return false;
	if (!offer->chain_id || !parse_addr(&offer->asset, &offer->asset_miscased, asset))
		return true;
	if (!parse_addr(&offer->pay_to, &offer->pay_to_miscased, pay_to)) {
		char shown[64];
		fm_node_show(shown, sizeof(shown), pay_to);
		return fm_offer_refuse(offer, FM_OFFER_UNUSABLE, FM_E_MALFORMED,
				       "payTo \"%s\" is not an address", shown);
	}
	if (fm_addr_is_zero(&offer->pay_to))
		return unusable_offer(offer, "payTo", "is the zero address");
	offer->network = fm_network_by_chain(offer->chain_id);
	offer->known = fm_asset_find(offer->chain_id, &offer->asset);
	return true;
}

static bool read_extra(struct fm_offer *offer)
{
	const struct fm_json *extra = fm_json_get(offer->src, "extra");
	offer->extra = NULL;
	if (fm_json_absent(extra))
		return true;
	if (extra->type != FM_JSON_OBJECT)
		return unusable_offer(offer, "extra", "is neither an object nor null");
	offer->extra = extra;
	return true;
}

void fm_offer_read(struct fm_offer *offer, const struct fm_json *entry, unsigned index)
{
	offer->index = index;
	offer->src = entry;
	offer->stage = FM_OFFER_PAYABLE;
	offer->flow_authorization = true;
	if (entry->type != FM_JSON_OBJECT) {
		fm_offer_refuse(offer, FM_OFFER_UNUSABLE, FM_E_MALFORMED,
				"the entry is not an object");
		return;
	}
	if (read_names(offer) && read_amount(offer) && read_parties(offer) &&
	    read_timeout(offer) && read_extra(offer))
		fm_offer_facts(offer);
}

static bool flow_fact(struct fm_offer *offer)
{
	const struct fm_json *flow = fm_json_get(offer->extra, "paymentFlow");
	char shown[64];
	offer->flow_authorization =
		fm_json_absent(flow) || fm_json_is(flow, "authorization");
	if (offer->flow_authorization || fm_json_is(flow, "upfront") ||
	    fm_json_is(flow, "escrow"))
		return true;
	fm_node_show(shown, sizeof(shown), flow);
	return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
			       "payment flow \"%s\" is unknown", shown);
}

static bool domain_fact(struct fm_offer *offer)
{
	if (!fm_json_has_control(fm_json_get(offer->extra, "name")) &&
	    !fm_json_has_control(fm_json_get(offer->extra, "version")))
		return true;
	return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
			       "extra.name or extra.version holds a control character");
}

bool fm_offer_facts(struct fm_offer *offer)
{
	struct fm_addr asset;
	bool miscased;
	char shown[64];
	if (!offer->scheme)
		return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
				       "scheme \"%s\" is not one this program pays",
				       offer->scheme_text);
	if (!offer->chain_id)
		return fm_offer_refuse(
			offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
			"network \"%s\" is not an EVM chain this program knows",
			offer->network_text);
	if (!parse_addr(&asset, &miscased, fm_json_get(offer->src, "asset"))) {
		fm_node_show(shown, sizeof(shown), fm_json_get(offer->src, "asset"));
		return fm_offer_refuse(offer, FM_OFFER_UNSUPPORTED, FM_E_UNSUPPORTED,
				       "asset \"%s\" is not a token address", shown);
	}
	return flow_fact(offer) && domain_fact(offer);
}
