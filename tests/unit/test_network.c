/* SPDX-License-Identifier: MIT */
#include <fourmica/network.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void the_tables_are_sound(void **state)
{
	size_t count, tokens;
	const struct fm_network *networks = fm_networks(&count);
	const struct fm_asset *assets = fm_assets(&tokens);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(fm_network_by_chain(networks[i].chain_id), &networks[i]);
		assert_ptr_equal(fm_network_by_name(fm_span_of(networks[i].name)),
				 &networks[i]);
		assert_true(*networks[i].title);
		if (networks[i].core)
			assert_int_not_equal(
				networks[i].core[strlen(networks[i].core) - 1], '/');
	}
	for (size_t i = 0; i < tokens; i++) {
		const struct fm_asset *a = &assets[i];

		assert_ptr_equal(fm_asset_find(a->chain_id, &a->address), a);
		assert_ptr_equal(fm_asset_by_symbol(a->chain_id, a->symbol), a);
		assert_int_equal(!*a->domain_name, !*a->domain_version);
	}
}

static void the_4mica_chains(void **state)
{
	static const uint64_t chains[] = { 84532, 11155111, 8453 };
	const struct fm_addr native = { { 0 } };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct fm_network *network = fm_network_by_chain(chains[i]);
		const struct fm_asset *eth = fm_asset_find(chains[i], &native);

		assert_true(network && network->core && network->rpc);
		assert_int_equal(network->test, chains[i] != 8453);
		assert_true(eth && eth->decimals == 18);
		assert_string_equal(eth->symbol, "ETH");
		assert_non_null(fm_asset_by_symbol(chains[i], "usdc"));
	}
	/* The token on Base itself answers "USD Coin", whatever middleware says. */
	assert_string_equal(fm_asset_by_symbol(8453, "USDC")->domain_name, "USD Coin");
	assert_null(fm_network_by_chain(1)->core);
	assert_null(fm_asset_find(1, &native));
	assert_null(fm_asset_by_symbol(84532, "usd"));
	assert_null(fm_asset_by_symbol(2, "USDC"));
}

static void network_texts(void **state)
{
	static const char *const bad[] = { "Base",	 "base ",
					   " base",	 "eip155:",
					   "eip155: 1",	 "eip155:+1",
					   "eip155:0x1", "eip155:1 ",
					   "eip155:00",	 "eip155:18446744073709551616",
					   "eip156:1",	 "solana",
					   "bitcoin",	 "base-",
					   "eip155:1:2" };
	char text[FM_CAIP2_TEXT];
	uint64_t chain;

	(void)state;
	assert_true(fm_network_chain(&chain, fm_span_of("eip155:18446744073709551615")));
	assert_true(chain == UINT64_MAX);
	fm_caip2_text(text, chain);
	assert_string_equal(text, "eip155:18446744073709551615");
	assert_true(fm_network_chain(&chain, fm_span_of("mainnet")) && chain == 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (fm_network_chain(&chain, fm_span_of(bad[i])))
			fail_msg("'%s'", bad[i]);
	assert_false(fm_network_chain(&chain, (struct fm_span){ "base\0", 5 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_tables_are_sound),
		cmocka_unit_test(the_4mica_chains),
		cmocka_unit_test(network_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
