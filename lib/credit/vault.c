/* SPDX-License-Identifier: MIT */
/* The vault's views of guarantees. Return data that is not exactly the words of the view is
 * refused: a call to an address without such a function succeeds with other bytes. */
#include "credit/vault.h"

#include "evm/abi.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD 32
#define CONFIG_WORDS 7
#define KEY_WORDS 4
#define HALF 16 /* zero bytes, then as many of a coordinate, in its first word */

#define SELECT_CONFIG "0x563550ae" /* getGuaranteeVersionConfig(uint64) */
#define SELECT_KEY "0xdf4087c6"	   /* GUARANTEE_VERIFICATION_KEY() */
#define SELECT_DOMAIN "0x991ce4cd" /* guaranteeDomainSeparator() */

/** The calls of the batch, in their order. */
enum {
	CALL_CHAIN,
	CALL_CODE,
	CALL_KEY,
	CALL_DOMAIN,
	CALL_CONFIG, /* one a version */
	CALL_COUNT = CALL_CONFIG + FM_GUARANTEE_VERSIONS
};

/** What a reader of answers needs. */
struct reading {
	struct fm_rpc *rpc;
	struct fm_rpc_call calls[CALL_COUNT];
	char name[CALL_COUNT][40]; /* for messages */
	char params[CALL_COUNT][192];
	uint64_t chain_id;
	char vault_lower[FM_ADDR_TEXT], vault_text[FM_ADDR_TEXT];
	const struct fm_addr *vault;
	struct fm_err *err;
};

static enum fm_code fail(const struct reading *r, const char *fmt, ...) FM_PRINTF(2, 3);

/** FM_E_CHAIN "<origin>: <words>". */
static enum fm_code fail(const struct reading *r, const char *fmt, ...)
{
	char origin[FM_RPC_ORIGIN], text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fm_rpc_origin(origin, r->rpc);
	return fm_fail(r->err, FM_E_CHAIN, "%s: %s", origin, text);
}

/* ---- asking ---- */

static void put_view(struct reading *r, size_t at, const char *name, const char *data)
{
	snprintf(r->name[at], sizeof(r->name[at]), "%s", name);
	snprintf(r->params[at], sizeof(r->params[at]),
		 "[{\"to\":\"%s\",\"data\":\"%s\"},\"latest\"]", r->vault_lower, data);
	r->calls[at] = (struct fm_rpc_call){ "eth_call", r->params[at], NULL, NULL };
}

static void put_calls(struct reading *r)
{
	char name[40], data[sizeof(SELECT_CONFIG) + 2 * WORD];

	r->calls[CALL_CHAIN] = (struct fm_rpc_call){ "eth_chainId", "[]", NULL, NULL };
	snprintf(r->name[CALL_CHAIN], sizeof(r->name[0]), "eth_chainId");
	snprintf(r->params[CALL_CODE], sizeof(r->params[0]), "[\"%s\",\"latest\"]",
		 r->vault_lower);
	r->calls[CALL_CODE] =
		(struct fm_rpc_call){ "eth_getCode", r->params[CALL_CODE], NULL, NULL };
	snprintf(r->name[CALL_CODE], sizeof(r->name[0]), "eth_getCode");
	put_view(r, CALL_KEY, "GUARANTEE_VERIFICATION_KEY()", SELECT_KEY);
	put_view(r, CALL_DOMAIN, "guaranteeDomainSeparator()", SELECT_DOMAIN);
	for (unsigned n = 1; n <= FM_GUARANTEE_VERSIONS; n++) {
		snprintf(name, sizeof(name), "getGuaranteeVersionConfig(%u)", n);
		snprintf(data, sizeof(data), SELECT_CONFIG "%064x", n);
		put_view(r, CALL_CONFIG + n - 1, name, data);
	}
}

/* ---- reading ---- */

static enum fm_code read_chain(struct reading *r)
{
	struct fm_u256 value;
	uint64_t got;

	if (!fm_rpc_quantity(&value, r->calls[CALL_CHAIN].result) ||
	    !fm_u256_to_u64(&got, &value))
		return fail(r, "eth_chainId: the answer is no chain id");
	if (got == r->chain_id)
		return FM_OK;
	fail(r, "serves chain %llu, wanted is chain %llu", (unsigned long long)got,
	     (unsigned long long)r->chain_id);
	return fm_hint(r->err, "give an endpoint of chain %llu with --rpc",
		       (unsigned long long)r->chain_id);
}

static enum fm_code read_code(struct reading *r)
{
	enum fm_code rc = FM_OK;
	struct fm_buf code;

	fm_buf_init(&code, FM_RPC_ANSWER_MAX);
	if (!fm_rpc_data(&code, r->calls[CALL_CODE].result))
		rc = fail(r, "eth_getCode: the answer is no code");
	else if (!code.len)
		rc = fail(r, "chain %llu has no contract at the vault's address %s",
			  (unsigned long long)r->chain_id, r->vault_text);
	fm_buf_clear(&code);
	return rc;
}

/** The words of a view: exactly `count` of them. */
static enum fm_code read_words(uint8_t *out, struct reading *r, size_t at, size_t count)
{
	enum fm_code rc = FM_OK;
	struct fm_buf data;

	fm_buf_init(&data, FM_RPC_ANSWER_MAX);
	if (!fm_rpc_data(&data, r->calls[at].result))
		rc = fail(r, "%s: the answer is no bytes", r->name[at]);
	else if (!data.len)
		rc = fail(r, "%s: the contract at %s has no such view", r->name[at],
			  r->vault_text);
	else if (data.len != count * WORD)
		rc = fail(r, "%s: the answer has %zu bytes, not %zu", r->name[at],
			  data.len, count * WORD);
	else
		memcpy(out, data.ptr, count * WORD);
	fm_buf_clear(&data);
	return rc;
}

/** x_a, x_b, y_a, y_b: a coordinate is 16 zero bytes and its first 16, then its last 32. */
static enum fm_code read_key(uint8_t out[static FM_VAULT_KEY], const uint8_t *words,
			     const struct reading *r, size_t at)
{
	static const uint8_t zeros[HALF];

	for (size_t i = 0; i < 2; i++) {
		const uint8_t *first = words + i * 2 * WORD;

		if (memcmp(first, zeros, sizeof(zeros)) != 0)
			return fail(r, "%s: the key is longer than 48 bytes a coordinate",
				    r->name[at]);
		memcpy(out + i * (HALF + WORD), first + HALF, HALF + WORD);
	}
	return FM_OK;
}

static enum fm_code read_config(struct fm_vault_version *out, struct reading *r,
				size_t at)
{
	uint8_t words[CONFIG_WORDS * WORD];
	struct fm_abi rest = { .ptr = words, .len = sizeof(words) };
	uint8_t enabled = 0;
	enum fm_code rc = read_words(words, r, at, CONFIG_WORDS);

	if (!rc)
		rc = read_key(out->key, words, r, at);
	if (rc)
		return rc;
	rest.at = KEY_WORDS * WORD;
	if (!fm_abi_hash(&out->domain, &rest) || !fm_abi_addr(&out->decoder, &rest))
		return fail(r, "%s: the decoder is no address", r->name[at]);
	if (!fm_abi_u8(&enabled, &rest) || enabled > 1)
		return fail(r, "%s: enabled is neither 0 nor 1", r->name[at]);
	out->enabled = enabled;
	return FM_OK;
}

static enum fm_code read_answers(struct fm_vault_view *out, struct reading *r)
{
	uint8_t words[KEY_WORDS * WORD];
	enum fm_code rc = FM_OK;

	/* Another chain explains everything else that may be wrong: it is told first. */
	for (size_t i = 0; i < CALL_COUNT && !rc; i++) {
		if (r->calls[i].error)
			rc = fm_rpc_refused(r->rpc, r->name[i], r->calls[i].error,
					    r->err);
		else if (i == CALL_CHAIN)
			rc = read_chain(r);
		else if (i == CALL_CODE)
			rc = read_code(r);
	}
	if (!rc)
		rc = read_words(words, r, CALL_KEY, KEY_WORDS);
	if (!rc)
		rc = read_key(out->key, words, r, CALL_KEY);
	if (!rc)
		rc = read_words(out->domain.b, r, CALL_DOMAIN, 1);
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS && !rc; i++)
		rc = read_config(&out->version[i], r, CALL_CONFIG + i);
	return rc;
}

/* ---- does it contradict itself? ---- */

/* The compressed form of a point: x with the top bit set, and the third when y is the larger of
 * the two roots, above (p-1)/2. */
void fm_vault_key_text(char out[static FM_VAULT_KEY_TEXT],
		       const uint8_t key[static FM_VAULT_KEY])
{
	static const uint8_t half[FM_VAULT_KEY / 2] = {
		0x0d, 0x00, 0x88, 0xf5, 0x1c, 0xbf, 0xf3, 0x4d, 0x25, 0x8d, 0xd3, 0xdb,
		0x21, 0xa5, 0xd6, 0x6b, 0xb2, 0x3b, 0xa5, 0xc2, 0x79, 0xc2, 0x89, 0x5f,
		0xb3, 0x98, 0x69, 0x50, 0x7b, 0x58, 0x7b, 0x12, 0x0f, 0x55, 0xff, 0xff,
		0x58, 0xa9, 0xff, 0xff, 0xdc, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xd5, 0x55,
	};
	uint8_t bytes[FM_VAULT_KEY / 2];

	memcpy(bytes, key, sizeof(bytes));
	bytes[0] |= 0x80;
	if (memcmp(key + sizeof(bytes), half, sizeof(half)) > 0)
		bytes[0] |= 0x20;
	memcpy(out, "0x", 2);
	fm_hex_write(out + 2, bytes, sizeof(bytes));
	out[FM_VAULT_KEY_TEXT - 1] = '\0';
}

static enum fm_code keys_differ(const struct reading *r, const uint8_t *a,
				const uint8_t *b)
{
	char x[FM_VAULT_KEY_TEXT], y[FM_VAULT_KEY_TEXT];

	fm_vault_key_text(x, a);
	fm_vault_key_text(y, b);
	return fail(r,
		    "the vault's GUARANTEE_VERIFICATION_KEY() is %s, but its version 1 "
		    "has %s",
		    x, y);
}

static enum fm_code domains_differ(const struct reading *r, const char *what,
				   const struct fm_hash *a, const struct fm_hash *b)
{
	char x[FM_HASH_TEXT], y[FM_HASH_TEXT];

	fm_hash_text(x, a);
	fm_hash_text(y, b);
	return fail(r, "the vault's domain of version 1 is %s, but %s is %s", x, what, y);
}

/** Version 1 is told in two ways, and its domain follows from chain and vault (contracts.md 4). */
static enum fm_code check_first(const struct fm_vault_view *view, const struct reading *r)
{
	const struct fm_vault_version *first = &view->version[0];
	struct fm_hash usual;

	if (!first->enabled)
		return FM_OK;
	if (memcmp(first->key, view->key, FM_VAULT_KEY) != 0)
		return keys_differ(r, view->key, first->key);
	if (!fm_hash_equal(&first->domain, &view->domain))
		return domains_differ(r, "guaranteeDomainSeparator()", &first->domain,
				      &view->domain);
	fm_cert_domain(&usual, 1, r->chain_id, r->vault);
	if (!fm_hash_equal(&first->domain, &usual))
		return domains_differ(r, "that of this chain and vault", &first->domain,
				      &usual);
	return FM_OK;
}

static enum fm_code check(const struct fm_vault_view *view, const struct reading *r)
{
	static const uint8_t zeros[FM_VAULT_KEY];
	bool any = false;

	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		const struct fm_vault_version *v = &view->version[i];

		if (!v->enabled)
			continue;
		any = true;
		if (memcmp(v->key, zeros, sizeof(zeros)) == 0)
			return fail(r, "the vault enables version %zu without a key",
				    i + 1);
		if (memcmp(v->domain.b, zeros, sizeof(v->domain.b)) == 0)
			return fail(r, "the vault enables version %zu without a domain",
				    i + 1);
	}
	if (!any)
		return fail(r, "the vault at %s has no guarantee version enabled",
			    r->vault_text);
	return check_first(view, r);
}

enum fm_code fm_vault_view_read(struct fm_vault_view *out, struct fm_rpc *rpc,
				uint64_t chain_id, const struct fm_addr *vault,
				struct fm_err *err)
{
	struct reading r = {
		.rpc = rpc, .chain_id = chain_id, .vault = vault, .err = err
	};
	struct fm_vault_view view = { 0 };
	struct fm_rpc_answer answer;
	enum fm_code rc;

	fm_addr_text(r.vault_text, vault);
	fm_addr_lower(r.vault_lower, vault);
	put_calls(&r);
	rc = fm_rpc_batch(&answer, rpc, r.calls, CALL_COUNT, err);
	if (!rc)
		rc = read_answers(&view, &r);
	if (!rc)
		rc = check(&view, &r);
	if (!rc)
		*out = view;
	fm_rpc_answer_clear(&answer);
	return rc;
}
