/* SPDX-License-Identifier: MIT */
/* The vault's views of guarantees. Return data that is not exactly the words of the view is
 * refused: a call to an address without such a function succeeds with other bytes. */
#include "credit/vault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define WORD 32
#define KEY_WORDS 4
#define CONFIG_VALUES 7 /* the words of a key, domain, decoder, enabled */
#define HALF 16		/* zero bytes, then as many of a coordinate, in its first word */

/** What a reader of answers needs. */
struct reading {
	struct fm_rpc_asks asks;
	size_t chain, code, key, domain; /* places of the questions */
	size_t config[FM_GUARANTEE_VERSIONS];
	uint64_t chain_id;
	const struct fm_addr *vault;
	struct fm_err *err;
};

static enum fm_code fail(const struct reading *r, const char *fmt, ...) FM_PRINTF(2, 3);

/** FM_E_CHAIN "<origin>: <words>". */
static enum fm_code fail(const struct reading *r, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return fm_rpc_fail(r->asks.rpc, r->err, "%s", text);
}

/* ---- asking ---- */

static size_t put_view(struct reading *r, enum fm_fn fn, const struct fm_abi_value *args,
		       size_t count)
{
	return fm_rpc_ask_view(&r->asks, r->vault, fn, args, count, "latest");
}

static void put_calls(struct reading *r)
{
	r->chain = fm_rpc_ask_chain_id(&r->asks);
	r->code = fm_rpc_ask_code(&r->asks, r->vault);
	r->key = put_view(r, FM_FN_KEY, NULL, 0);
	r->domain = put_view(r, FM_FN_DOMAIN, NULL, 0);
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++) {
		struct fm_abi_value version = fm_abi_of_u64(i + 1);
		r->config[i] = put_view(r, FM_FN_CONFIG, &version, 1);
	}
}

/* ---- reading ---- */

static enum fm_code read_code(struct reading *r)
{
	char text[FM_ADDR_TEXT];
	bool code = false;
	enum fm_code rc = fm_rpc_take_code(&code, &r->asks, r->code, r->err);

	if (rc || code)
		return rc;
	fm_addr_text(text, r->vault);
	return fail(r, "chain %llu has no contract at the vault's address %s",
		    (unsigned long long)r->chain_id, text);
}

/** x_a, x_b, y_a, y_b: a coordinate is 16 zero bytes and its first 16, then its last 32. */
static enum fm_code read_key(uint8_t out[static FM_VAULT_KEY],
			     const struct fm_abi_value *words, const struct reading *r,
			     size_t at)
{
	static const uint8_t zeros[HALF];

	for (size_t i = 0; i < 2; i++) {
		const struct fm_hash *first = &words[2 * i].hash;
		uint8_t *to = out + i * (HALF + WORD);

		if (memcmp(first->b, zeros, sizeof(zeros)) != 0)
			return fm_rpc_wrong(
				&r->asks, at,
				"the key is longer than 48 bytes a coordinate", r->err);
		memcpy(to, first->b + HALF, HALF);
		memcpy(to + HALF, words[2 * i + 1].hash.b, WORD);
	}
	return FM_OK;
}

static enum fm_code read_config(struct fm_vault_version *out, struct reading *r,
				size_t at)
{
	struct fm_abi_value value[CONFIG_VALUES];
	enum fm_code rc = fm_rpc_take_view(value, CONFIG_VALUES, &r->asks, at, r->err);

	if (!rc)
		rc = read_key(out->key, value, r, at);
	if (rc)
		return rc;
	out->domain = value[KEY_WORDS].hash;
	out->decoder = value[KEY_WORDS + 1].addr;
	out->enabled = !fm_u256_is_zero(&value[KEY_WORDS + 2].u);
	return FM_OK;
}

/** Another chain explains everything else that may be wrong: it is told first. */
static enum fm_code read_answers(struct fm_vault_view *out, struct reading *r)
{
	struct fm_abi_value value[KEY_WORDS];
	enum fm_code rc = fm_rpc_take_chain(&r->asks, r->chain, r->chain_id, r->err);

	if (!rc)
		rc = read_code(r);
	if (!rc)
		rc = fm_rpc_take_view(value, KEY_WORDS, &r->asks, r->key, r->err);
	if (!rc)
		rc = read_key(out->key, value, r, r->key);
	if (!rc)
		rc = fm_rpc_take_view(value, 1, &r->asks, r->domain, r->err);
	if (!rc)
		out->domain = value[0].hash;
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS && !rc; i++)
		rc = read_config(&out->version[i], r, r->config[i]);
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
	char text[FM_ADDR_TEXT];
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
	if (any)
		return check_first(view, r);
	fm_addr_text(text, r->vault);
	return fail(r, "the vault at %s has no guarantee version enabled", text);
}

enum fm_code fm_vault_view_read(struct fm_vault_view *out, struct fm_rpc *rpc,
				uint64_t chain_id, const struct fm_addr *vault,
				struct fm_err *err)
{
	struct reading r = { .chain_id = chain_id, .vault = vault, .err = err };
	struct fm_vault_view view = { 0 };
	enum fm_code rc;

	fm_rpc_asks_init(&r.asks);
	put_calls(&r);
	rc = fm_rpc_run(&r.asks, rpc, err);
	if (!rc)
		rc = read_answers(&view, &r);
	if (!rc)
		rc = check(&view, &r);
	if (!rc)
		*out = view;
	fm_rpc_asks_clear(&r.asks);
	return rc;
}
