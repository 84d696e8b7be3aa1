/* SPDX-License-Identifier: MIT */
/** A vault's views of guarantees as a JSON-RPC endpoint answers them, each answer to be spoiled. */
#ifndef FOURMICA_TESTS_FAKE_VAULT_H
#define FOURMICA_TESTS_FAKE_VAULT_H

#include <fourmica/bytes.h>

/** The calls in the order they are asked. */
enum fake_call {
	FAKE_CHAIN,
	FAKE_CODE,
	FAKE_KEY,
	FAKE_DOMAIN,
	FAKE_CONFIG_1,
	FAKE_CONFIG_2,
	FAKE_CALLS
};

/** Texts are hex digits without "0x", borrowed. */
struct fake_vault {
	const char *chain;   /**< quantity, "14a34" */
	const char *code;    /**< "" when there is none */
	const char *key;     /**< four words: GUARANTEE_VERIFICATION_KEY() */
	const char *domain;  /**< guaranteeDomainSeparator() */
	const char *keys[2]; /**< of the version's configuration */
	const char *domains[2];
	bool enabled[2];
	const char *spoil
		[FAKE_CALLS]; /**< JSON of the answer's result instead; may be NULL */
	const char *error[FAKE_CALLS]; /**< JSON of an error object instead */
};

/** The two points over one x of the curve's generator, and twice the generator: compressed, and
 *  as four words. From tests/vectors/bls.json. */
#define FAKE_KEY_A \
	"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
#define FAKE_KEY_B \
	"b7f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
#define FAKE_KEY_C \
	"a572cbea904d67468808c8eb50a9450c9721db309128012543902d0ac358a62ae28f75bb8f1c7c42c39a8c5529bf0f4e"
extern const char fake_words_a[], fake_words_b[], fake_words_c[];
extern const char fake_zero_key[], fake_zero_word[];

/** Chain 84532, vault 0x11...11, key A, both versions enabled; domain of version 1 as
 *  contracts.md, section 4, states it. */
#define FAKE_VAULT "0x1111111111111111111111111111111111111111"
#define FAKE_DOMAIN_1 "a3369dce0ffb919a54a066baf865593fa4b9445504a62f592154a75b8c6b44c6"
#define FAKE_DOMAIN_2 "2222222222222222222222222222222222222222222222222222222222222222"
void fake_vault_init(struct fake_vault *vault);

/** Append the answer to the batch. */
void fake_vault_answer(struct fm_buf *out, const struct fake_vault *vault);

#endif
