/* SPDX-License-Identifier: MIT */
/* The vault's word on guarantees: what is asked, and which answers are believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "credit/vault.h"
#include "fake_http.h"
#include "fake_vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL "https://rpc.example/v3/secret-key"

struct fixture {
	struct fake_http fake;
	struct fm_rpc rpc;
	struct fake_vault vault;
	struct fm_vault_view view;
	struct fm_err err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fake_http_init(&f->fake);
	fake_vault_init(&f->vault);
	f->rpc = (struct fm_rpc){ .http = &f->fake.http, .url = URL };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	size_t unexpected = f->fake.unexpected, left = fake_http_clear(&f->fake);

	free(f);
	return unexpected || left ? -1 : 0;
}

static enum fm_code read_view(struct fixture *f)
{
	struct fm_addr vault;
	struct fm_buf body;
	enum fm_code rc;

	assert_true(fm_addr_parse(&vault, NULL, fm_span_of(FAKE_VAULT)));
	fm_buf_init(&body, 1u << 23);
	fake_vault_answer(&body, &f->vault);
	fake_http_reply(&f->fake, 200, "", body.ptr);
	fm_err_init(&f->err);
	rc = fm_vault_view_read(&f->view, &f->rpc, 84532, &vault, &f->err);
	fm_buf_clear(&body);
	return rc;
}

/** FM_E_CHAIN with these words, the endpoint's origin and never its path. */
static void refuses(struct fixture *f, const char *words)
{
	enum fm_code rc = read_view(f);

	if (rc != FM_E_CHAIN || f->err.code != FM_E_CHAIN)
		fail_msg("taken or another code %d: %s", (int)rc, words);
	if (!strstr(f->err.msg, words))
		fail_msg("'%s' lacks '%s'", f->err.msg, words);
	assert_non_null(strstr(f->err.msg, "https://rpc.example: "));
	assert_null(strstr(f->err.msg, "secret-key"));
	fake_vault_init(&f->vault);
}

#define VIEW(id, data)                                               \
	"{\"jsonrpc\":\"2.0\",\"id\":" id                            \
	",\"method\":\"eth_call\",\"params\":[{\"to\":\"" FAKE_VAULT \
	"\",\"data\":\"" data "\"},\"latest\"]}"
#define WORD_OF(digit) \
	"000000000000000000000000000000000000000000000000000000000000000" digit

static void test_one_batch(void **state)
{
	struct fixture *f = *state;
	char text[FM_HASH_TEXT], key[FM_VAULT_KEY_TEXT];

	assert_int_equal(read_view(f), FM_OK);
	assert_int_equal(f->fake.count, 1);
	assert_string_equal(
		f->fake.requests[0].body,
		"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]},"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"eth_getCode\",\"params\":[\"" FAKE_VAULT
		"\",\"latest\"]}," VIEW("3", "0xdf4087c6") "," VIEW(
			"4",
			"0x991ce4cd") "," VIEW("5",
					       "0x563550ae" WORD_OF(
						       "1")) "," VIEW("6",
								      "0x563550ae" WORD_OF(
									      "2")) "]");
	assert_true(f->view.version[0].enabled && f->view.version[1].enabled);
	fm_hash_text(text, &f->view.version[0].domain);
	assert_string_equal(text, "0x" FAKE_DOMAIN_1);
	fm_hash_text(text, &f->view.version[1].domain);
	assert_string_equal(text, "0x" FAKE_DOMAIN_2);
	fm_vault_key_text(key, f->view.key);
	assert_string_equal(key, "0x" FAKE_KEY_A);
	fm_vault_key_text(key, f->view.version[1].key);
	assert_string_equal(key, "0x" FAKE_KEY_A);
}

/** The flag of the larger root is the only thing that tells B from A. */
static void test_key_text(void **state)
{
	struct fixture *f = *state;
	char key[FM_VAULT_KEY_TEXT];

	f->vault.key = f->vault.keys[0] = f->vault.keys[1] = fake_words_b;
	assert_int_equal(read_view(f), FM_OK);
	fm_vault_key_text(key, f->view.key);
	assert_string_equal(key, "0x" FAKE_KEY_B);
	f->vault.key = f->vault.keys[0] = f->vault.keys[1] = fake_words_c;
	assert_int_equal(read_view(f), FM_OK);
	fm_vault_key_text(key, f->view.key);
	assert_string_equal(key, "0x" FAKE_KEY_C);
}

static void test_versions(void **state)
{
	struct fixture *f = *state;

	/* nobody configured version 2 */
	f->vault.enabled[1] = false;
	f->vault.keys[1] = fake_zero_key;
	f->vault.domains[1] = fake_zero_word;
	assert_int_equal(read_view(f), FM_OK);
	assert_true(f->view.version[0].enabled);
	assert_false(f->view.version[1].enabled);
	/* version 1 was retired: what else is told of it does not matter */
	fake_vault_init(&f->vault);
	f->vault.enabled[0] = false;
	f->vault.domain = FAKE_DOMAIN_2;
	f->vault.key = fake_words_c;
	assert_int_equal(read_view(f), FM_OK);
	assert_true(f->view.version[1].enabled);
}

static void test_another_chain(void **state)
{
	struct fixture *f = *state;

	f->vault.chain = "2105";
	f->vault.error[FAKE_KEY] = "{\"code\":3,\"message\":\"execution reverted\"}";
	refuses(f, "serves chain 8453, wanted is chain 84532");
	assert_non_null(strstr(f->err.hint, "--rpc"));
	f->vault.spoil[FAKE_CHAIN] = "\"0x014a34\"";
	refuses(f, "no chain id");
	f->vault.spoil[FAKE_CHAIN] = "84532";
	refuses(f, "no chain id");
	f->vault.spoil[FAKE_CHAIN] = "\"0x10000000000014a34\"";
	refuses(f, "no chain id");
}

static void test_no_contract(void **state)
{
	struct fixture *f = *state;

	f->vault.code = "";
	f->vault.spoil[FAKE_KEY] = "\"0x\"";
	refuses(f, "no contract at the vault's address " FAKE_VAULT);
	f->vault.spoil[FAKE_CODE] = "null";
	refuses(f, "no code");
	f->vault.spoil[FAKE_CODE] = "\"0x608\"";
	refuses(f, "no code");
}

static void test_hostile_answers(void **state)
{
	static const struct {
		int call;
		const char *result, *words;
	} cases[] = {
		{FAKE_KEY,	    "\"0x\"",				      "no such view"		     },
		{ FAKE_KEY,	    "null",				    "no bytes"		       },
		{ FAKE_KEY,	    "{}",				    "no bytes"		     },
		{ FAKE_KEY,	    "\"0xzz\"",				"no bytes"			   },
		{ FAKE_KEY,	    "\"0x" WORD_OF("1") "\"",		      "32 bytes, not 128"		  },
		{ FAKE_DOMAIN,   "\"0x" FAKE_DOMAIN_1 FAKE_DOMAIN_1 "\"",
		  "64 bytes, not 32"								     },
		{ FAKE_DOMAIN,   "\"0xa3369d\"",			       "3 bytes, not 32"		 },
		{ FAKE_DOMAIN,   "\"" FAKE_DOMAIN_1 "\"",			"no bytes"			   },
		{ FAKE_CONFIG_1, "\"0x" FAKE_DOMAIN_1 "\"",		    "32 bytes, not 224"		},
		{ FAKE_CONFIG_2, "\"0x\"",				   "getGuaranteeVersionConfig(2)"},
		{ FAKE_CONFIG_2, "[]",				       "no bytes"			  },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f->vault.spoil[cases[i].call] = cases[i].result;
		refuses(f, cases[i].words);
	}
	for (int call = 0; call < FAKE_CALLS; call++) {
		f->vault.error[call] =
			"{\"code\":-32000,\"message\":\"bad \\u001b[31mday\"}";
		refuses(f, "-32000 bad \\x1b[31mday");
	}
}

/** Words that are no canonical encoding of what the view returns. */
static void test_dirty_words(void **state)
{
	struct fixture *f = *state;
	char key[4 * 64 + 1], config[2 * 7 * 32 + 5];

	/* a coordinate of more than 48 bytes */
	for (size_t at = 0; at < sizeof(key) - 1; at += 128) {
		memcpy(key, fake_words_a, sizeof(key));
		key[at + 31] = '1';
		f->vault.key = key;
		refuses(f, "longer than 48 bytes");
		f->vault.keys[0] = key;
		refuses(f, "getGuaranteeVersionConfig(1): the key is longer");
	}
	/* enabled 2, enabled 2^255 + 1, a decoder of 21 bytes */
	snprintf(config, sizeof(config), "\"0x%s%s%s%s\"", fake_words_a, FAKE_DOMAIN_1,
		 fake_zero_word, WORD_OF("2"));
	f->vault.spoil[FAKE_CONFIG_1] = config;
	refuses(f, "enabled is neither 0 nor 1");
	snprintf(config, sizeof(config), "\"0x%s%s%s8%.62s1\"", fake_words_a,
		 FAKE_DOMAIN_1, fake_zero_word, fake_zero_word);
	f->vault.spoil[FAKE_CONFIG_1] = config;
	refuses(f, "enabled is neither 0 nor 1");
	snprintf(config, sizeof(config), "\"0x%s%s%.22s1%.41s%s\"", fake_words_a,
		 FAKE_DOMAIN_1, fake_zero_word, fake_zero_word, WORD_OF("1"));
	f->vault.spoil[FAKE_CONFIG_1] = config;
	refuses(f, "decoder is no address");
}

static void test_contradictions(void **state)
{
	struct fixture *f = *state;

	f->vault.key = fake_words_c;
	refuses(f, "GUARANTEE_VERIFICATION_KEY() is 0x" FAKE_KEY_C
		   ", but its version 1 has 0x" FAKE_KEY_A);
	f->vault.keys[0] = fake_words_b;
	refuses(f, "0x" FAKE_KEY_B);
	f->vault.domain = FAKE_DOMAIN_2;
	refuses(f, "0x" FAKE_DOMAIN_1
		   ", but guaranteeDomainSeparator() is 0x" FAKE_DOMAIN_2);
	f->vault.domain = f->vault.domains[0] = FAKE_DOMAIN_2;
	refuses(f, "0x" FAKE_DOMAIN_2
		   ", but that of this chain and vault is 0x" FAKE_DOMAIN_1);
	f->vault.enabled[0] = f->vault.enabled[1] = false;
	refuses(f, "no guarantee version enabled");
	f->vault.keys[1] = fake_zero_key;
	refuses(f, "version 2 without a key");
	f->vault.domains[1] = fake_zero_word;
	refuses(f, "version 2 without a domain");
}

static void ends_with(struct fixture *f, int status, const char *body, enum fm_code want)
{
	struct fm_addr vault;

	assert_true(fm_addr_parse(&vault, NULL, fm_span_of(FAKE_VAULT)));
	fake_http_reply(&f->fake, status, "", body);
	fm_err_init(&f->err);
	assert_int_equal(fm_vault_view_read(&f->view, &f->rpc, 84532, &vault, &f->err),
			 want);
}

static void test_no_rpc_at_all(void **state)
{
	struct fixture *f = *state;
	struct fm_buf huge;

	ends_with(f, 200, "<!DOCTYPE html><html>Sign in</html>", FM_E_CHAIN);
	ends_with(f, 200, "[]", FM_E_CHAIN);
	ends_with(f, 200, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"0x14a34\"}",
		  FM_E_CHAIN);
	ends_with(f, 401, "no", FM_E_CHAIN);
	ends_with(f, 502, "no", FM_E_NETWORK);
	fm_buf_init(&huge, 1u << 24);
	fm_buf_chr(&huge, '[');
	for (size_t i = 0; i < FM_RPC_ANSWER_MAX; i++)
		fm_buf_chr(&huge, ' ');
	ends_with(f, 200, huge.ptr, FM_E_CHAIN);
	fm_buf_clear(&huge);
	assert_non_null(strstr(f->err.msg, "size limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_one_batch, setup, teardown),
		cmocka_unit_test_setup_teardown(test_key_text, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_chain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_contract, setup, teardown),
		cmocka_unit_test_setup_teardown(test_hostile_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dirty_words, setup, teardown),
		cmocka_unit_test_setup_teardown(test_contradictions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_rpc_at_all, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
