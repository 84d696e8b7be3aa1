/* SPDX-License-Identifier: MIT */
#include <fourmica/network.h>
#include <vectors.h>

#include <string.h>

static bool check_name(struct vectors *v, const struct fm_json *c)
{
	struct fm_span name = vector_need(v, c, "name");
	const struct fm_network *network = fm_network_by_name(name);
	char text[FM_CAIP2_TEXT];
	uint64_t chain;

	if (!network || !fm_network_chain(&chain, name))
		return vector_fail(v, "'%s' is not known", name.ptr);
	fm_caip2_text(text, chain);
	return expect_str(v, c, "caip2", text) &&
	       expect(v, network->chain_id == chain, "two chains for one name") &&
	       expect(v, fm_network_chain(&chain, fm_span_of(text)), "'%s' refused",
		      text);
}

static bool check_valid(struct vectors *v, const struct fm_json *c)
{
	struct fm_span text = vector_need(v, c, "");
	char again[FM_CAIP2_TEXT];
	uint64_t chain;

	if (!fm_network_chain(&chain, text))
		return vector_fail(v, "'%s' refused", text.ptr);
	fm_caip2_text(again, chain);
	return expect_str(v, c, "", again);
}

static bool check_invalid(struct vectors *v, const struct fm_json *c)
{
	struct fm_span text = vector_need(v, c, "");
	uint64_t chain;

	return expect(v, !fm_network_chain(&chain, text), "'%s' accepted", text.ptr);
}

/* A token paid through Permit2 has no domain to sign EIP-3009 under. */
static bool check_domain(struct vectors *v, const struct fm_json *c,
			 const struct fm_asset *asset)
{
	if (vector_is(c, "assetTransferMethod", "permit2"))
		return expect(v, !*asset->domain_name && !*asset->domain_version,
			      "a domain for %s", asset->symbol);
	return expect_str(v, c, "name", asset->domain_name) &&
	       expect_str(v, c, "version", asset->domain_version);
}

static bool check_asset(struct vectors *v, const struct fm_json *c)
{
	const struct fm_asset *asset;
	struct fm_addr address;
	uint64_t chain, decimals;

	if (!fm_network_chain(&chain, vector_need(v, c, "network")) ||
	    fm_addr_from_user(&address, vector_need(v, c, "asset").ptr, NULL) ||
	    !fm_json_u64(&decimals, fm_json_get(c, "decimals")))
		return vector_fail(v, "the case cannot be read");
	asset = fm_asset_find(chain, &address);
	if (!asset)
		return vector_fail(v, "not in the table");
	return expect_str(v, c, "symbol", asset->symbol) &&
	       expect(v, asset->decimals == decimals, "%u decimals", asset->decimals) &&
	       expect(v, fm_asset_by_symbol(chain, asset->symbol) == asset,
		      "by symbol") &&
	       check_domain(v, c, asset);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct vector_list lists[] = {
		{ "x402-networks.json", "v1Names", check_name },
		{ "x402-networks.json", "extraAliases", check_name },
		{ "x402-networks.json", "caip2Examples.valid", check_valid },
		{ "x402-networks.json", "caip2Examples.invalid", check_invalid },
		{ "x402-networks.json", "caip2Examples.notEvm", check_invalid },
		{ "x402-networks.json", "assets", check_asset },
		{ 0 },
	};
	/* clang-format on */

	return vectors_run(argc, argv, lists);
}
