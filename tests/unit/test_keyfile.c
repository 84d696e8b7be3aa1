/* SPDX-License-Identifier: MIT */
#include "keystore/file.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Key 1 of secp256k1, whose address everybody knows. */
#define KEY_1 "0x0000000000000000000000000000000000000000000000000000000000000001"
#define ADDRESS_1 "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
#define ADDRESS_1_LOWER "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"

static struct fm_err err;

static struct fm_secret *secret_of(const char *text)
{
	char copy[128];

	assert_true(strlen(text) < sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	return fm_secret_take(copy, strlen(text));
}

static struct fm_secret *key_1(void)
{
	struct fm_secret *key = NULL;

	assert_int_equal(fm_wallet_key_text(&key, fm_span_of(KEY_1), NULL), FM_OK);
	return key;
}

static enum fm_code fill_ramp(void *ctx, void *out, size_t len)
{
	uint8_t *next = ctx, *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (*next)++;
	return FM_OK;
}

/* A file of key 1, made with "random" bytes 1, 2, 3, ... */
static void make(struct fm_keyfile *file, enum fm_kdf kdf,
		 const struct fm_secret *passphrase)
{
	uint8_t next = 1;
	const struct fm_rand ramp = { fill_ramp, &next };
	struct fm_secret *key = key_1();

	memset(file, 0, sizeof(*file));
	snprintf(file->wallet.name, sizeof(file->wallet.name), "main");
	assert_true(fm_addr_parse(&file->wallet.address, NULL, fm_span_of(ADDRESS_1)));
	file->wallet.created_s = 1780000000;
	file->wallet.kdf = kdf;
	assert_int_equal(fm_keyfile_seal(file, key, passphrase, &ramp, NULL), FM_OK);
	fm_secret_free(&key);
}

static char *text_of(const struct fm_keyfile *file)
{
	struct fm_buf out;

	fm_buf_init(&out, FM_KEYFILE_MAX);
	fm_keyfile_write(&out, file);
	assert_true(fm_buf_ok(&out));
	return out.ptr; /* freed by the caller */
}

static void comes_back(void **state)
{
	static const enum fm_kdf kdfs[] = { FM_KDF_NONE, FM_KDF_INTERACTIVE };
	struct fm_secret *pass = secret_of("correct horse"), *one = key_1(), *key = NULL;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct fm_secret *with = kdfs[i] ? pass : NULL;
		struct fm_keyfile file, again;
		char *text;

		make(&file, kdfs[i], with);
		text = text_of(&file);
		assert_int_equal(fm_keyfile_read(&again, fm_span_of(text), NULL), FM_OK);
		assert_memory_equal(&file, &again, sizeof(file));
		assert_int_equal(fm_keyfile_open(&key, &again, with, NULL), FM_OK);
		assert_int_equal(fm_secret_len(key), 32);
		assert_memory_equal(fm_secret_read(key), fm_secret_read(one), 32);
		fm_secret_done(one);
		fm_secret_done(key);
		fm_secret_free(&key);
		free(text);
	}
	fm_secret_free(&pass);
	fm_secret_free(&one);
}

/* The manual page alone is enough to open a file. */
static void as_the_manual_says(void **state)
{
	static const char header[] =
		"fourmica.key/1\nname main\naddress " ADDRESS_1_LOWER
		"\ncreated 1780000000\nkdf argon2id 2 67108864 "
		"0102030405060708090a0b0c0d0e0f10\ncipher xchacha20poly1305\n";
	static const char pass_text[] = "correct horse";
	struct fm_secret *pass = secret_of(pass_text);
	struct fm_keyfile file;
	uint8_t key[32], plain[32], expected[32] = { [31] = 1 }, nonce[24];

	(void)state;
	make(&file, FM_KDF_INTERACTIVE, pass);
	for (size_t i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(17 + i);
	assert_memory_equal(file.nonce, nonce, sizeof(nonce));
	assert_int_equal(crypto_pwhash(key, 32, pass_text, strlen(pass_text), file.salt,
				       2, 67108864, crypto_pwhash_ALG_ARGON2ID13),
			 0);
	assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(
				 plain, NULL, NULL, file.box, sizeof(file.box),
				 (const uint8_t *)header, strlen(header), nonce, key),
			 0);
	assert_memory_equal(plain, expected, 32);
	fm_secret_free(&pass);
}

static void format_stays(void **state)
{
	struct fm_keyfile file;
	char *text;

	(void)state;
	make(&file, FM_KDF_NONE, NULL);
	text = text_of(&file);
	assert_string_equal(
		text,
		"{\n  \"format\": \"fourmica.key/1\",\n  \"name\": \"main\",\n"
		"  \"address\": \"" ADDRESS_1 "\",\n  \"created\": 1780000000,\n"
		"  \"kdf\": {\"name\": \"none\"},\n"
		"  \"cipher\": {\"name\": \"xchacha20poly1305\", \"nonce\": "
		"\"0102030405060708090a0b0c0d0e0f101112131415161718\"},\n"
		"  \"ciphertext\": \"8a6437940cb40d97f976e37fd10bb9b668616039541ae299"
		"1227bf9c728b1bce8e9f1df2491cd678e2bd15229cd9783a\",\n"
		"  \"checksum\": \"e36558da0b82c01c7e59cb8ebc2703bc1a7bb882"
		"ec8466ce01073b97f7e1f334\"\n}\n");
	free(text);
}

static void watched(struct fm_keyfile *file)
{
	memset(file, 0, sizeof(*file));
	snprintf(file->wallet.name, sizeof(file->wallet.name), "main");
	assert_true(fm_addr_parse(&file->wallet.address, NULL, fm_span_of(ADDRESS_1)));
	file->wallet.created_s = 1780000000;
	file->wallet.watch = true;
}

/* The checksum is SHA-256 over the four lines of the manual page. */
static void watch_format_stays(void **state)
{
	static const char header[] =
		"fourmica.watch/1\nname main\naddress " ADDRESS_1_LOWER
		"\ncreated 1780000000\n";
	struct fm_keyfile file, again;
	char expected[512], sum_text[FM_HASH_TEXT];
	struct fm_hash sum;
	char *text;

	(void)state;
	watched(&file);
	text = text_of(&file);
	assert_int_equal(crypto_hash_sha256(sum.b, (const uint8_t *)header,
					    sizeof(header) - 1),
			 0);
	fm_hash_text(sum_text, &sum);
	snprintf(expected, sizeof(expected),
		 "{\n  \"format\": \"fourmica.watch/1\",\n  \"name\": \"main\",\n"
		 "  \"address\": \"" ADDRESS_1 "\",\n  \"created\": 1780000000,\n"
		 "  \"checksum\": \"%s\"\n}\n",
		 sum_text + 2);
	assert_string_equal(text, expected);
	assert_int_equal(fm_keyfile_read(&again, fm_span_of(text), NULL), FM_OK);
	assert_memory_equal(&file, &again, sizeof(file));
	free(text);
}

static void watched_has_no_key(void **state)
{
	struct fm_secret *pass = secret_of("right"), *key = NULL;
	struct fm_keyfile file;

	(void)state;
	watched(&file);
	assert_int_equal(fm_keyfile_open(&key, &file, NULL, &err), FM_E_LOCKED);
	assert_int_equal(fm_keyfile_open(&key, &file, pass, &err), FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "its key is not here"));
	assert_true(err.hint[0] != '\0');
	assert_null(key);
	fm_secret_free(&pass);
}

static void wrong_passphrase(void **state)
{
	struct fm_secret *pass = secret_of("right"), *wrong = secret_of("Right"),
			 *key = NULL;
	struct fm_secret *empty = fm_secret_new(0);
	struct fm_keyfile file;

	(void)state;
	make(&file, FM_KDF_INTERACTIVE, pass);
	assert_int_equal(fm_keyfile_open(&key, &file, wrong, &err), FM_E_LOCKED);
	assert_non_null(strstr(err.msg, "'main'"));
	assert_null(key);
	assert_int_equal(fm_keyfile_open(&key, &file, NULL, &err), FM_E_LOCKED);
	if (empty)
		assert_int_equal(fm_keyfile_open(&key, &file, empty, &err), FM_E_LOCKED);
	assert_null(key);
	fm_secret_free(&pass);
	fm_secret_free(&wrong);
	fm_secret_free(&empty);
}

static void sealing_needs_a_passphrase(void **state)
{
	struct fm_secret *key = key_1();
	struct fm_keyfile file = {
		.wallet = {.name = "main", .kdf = FM_KDF_INTERACTIVE}
	};

	(void)state;
	assert_int_equal(fm_keyfile_seal(&file, key, NULL, &fm_system_rand, &err),
			 FM_E_USAGE);
	fm_secret_free(&key);
}

/* Every field of the header is authenticated: here the file is changed by somebody who
 * also makes the checksum right. */
static void header_is_authentic(void **state)
{
	struct fm_secret *pass = secret_of("right"), *key = NULL;
	struct fm_keyfile good, bad;

	(void)state;
	for (int what = 0; what < 6; what++) {
		make(&good, FM_KDF_INTERACTIVE, pass);
		bad = good;
		if (what == 0)
			snprintf(bad.wallet.name, sizeof(bad.wallet.name), "maim");
		else if (what == 1)
			bad.wallet.address.b[19] ^= 1;
		else if (what == 2)
			bad.wallet.created_s++;
		else if (what == 3)
			bad.salt[0] ^= 1;
		else if (what == 4)
			bad.nonce[23] ^= 1;
		else
			bad.box[47] ^= 1;
		assert_int_equal(fm_keyfile_open(&key, &bad, pass, &err), FM_E_LOCKED);
		assert_null(key);
	}
	make(&bad, FM_KDF_NONE, NULL);
	bad.wallet.created_s++;
	assert_int_equal(fm_keyfile_open(&key, &bad, NULL, &err), FM_E_CONFIG);
	fm_secret_free(&pass);
}

/* Authentic, but written by a program that got the address wrong. */
static void address_is_checked(void **state)
{
	struct fm_secret *one = key_1(), *key = NULL;
	struct fm_keyfile file = {
		.wallet = {.name = "main", .kdf = FM_KDF_NONE}
	};

	(void)state;
	assert_true(
		fm_addr_parse(&file.wallet.address, NULL,
			      fm_span_of("0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF")));
	assert_int_equal(fm_keyfile_seal(&file, one, NULL, &fm_system_rand, NULL), FM_OK);
	assert_int_equal(fm_keyfile_open(&key, &file, NULL, &err), FM_E_CONFIG);
	assert_non_null(strstr(err.msg, "another address"));
	assert_null(key);
	fm_secret_free(&one);
}

static void every_flipped_bit(void **state)
{
	struct fm_keyfile file, read;
	char *text;
	size_t len;

	(void)state;
	make(&file, FM_KDF_NONE, NULL);
	text = text_of(&file);
	len = strlen(text);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		if (fm_keyfile_read(&read, (struct fm_span){ text, len }, &err) !=
		    FM_E_CONFIG)
			fail_msg("bit %zu changed and not noticed", bit);
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
	}
	for (size_t cut = 0; cut + 1 < len; cut++)
		assert_int_equal(fm_keyfile_read(&read, (struct fm_span){ text, cut },
						 &err),
				 FM_E_CONFIG);
	assert_int_equal(fm_keyfile_read(&read, fm_span_of(text), NULL), FM_OK);
	free(text);
}

static void every_flipped_bit_of_a_watched(void **state)
{
	struct fm_keyfile file, read;
	char *text;
	size_t len;

	(void)state;
	watched(&file);
	text = text_of(&file);
	len = strlen(text);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
		if (fm_keyfile_read(&read, (struct fm_span){ text, len }, &err) !=
		    FM_E_CONFIG)
			fail_msg("bit %zu changed and not noticed", bit);
		text[bit / 8] = (char)(text[bit / 8] ^ 1 << bit % 8);
	}
	free(text);
}

/* In a good file, `from` becomes `to`. */
struct change {
	const char *from, *to;
	const char *says; /* part of the message */
};

/* clang-format off */
static const struct change changes[] = {
	{ "fourmica.key/1", "fourmica.key/2", "format" },
	{ "\"format\": \"fourmica.key/1\",", "", "format" },
	{ "\"name\": \"main\",", "", "'name' is missing" },
	{ "\"main\"", "\"Main\"", "'name'" },
	{ "\"main\"", "\"../main\"", "'name'" },
	{ "\"main\"", "7", "'name'" },
	{ "\"main\"", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
	  "'name'" },
	{ "0x7E5F", "0x7e5F", "'address'" },
	{ "0x7E5F", "7E5F", "'address'" },
	{ "Bdf\",", "Bd\",", "'address'" },
	{ "1780000000", "-1", "'created'" },
	{ "1780000000", "1.5", "'created'" },
	{ "1780000000", "\"1780000000\"", "'created'" },
	{ "1780000000", "18446744073709551615", "'created'" },
	{ "1780000000", "1780000001", "'checksum'" },
	{ "argon2id", "argon2i", "kdf.name" },
	{ "argon2id", "scrypt", "kdf.name" },
	{ "argon2id", "none", "'kdf' has a member" },
	{ "\"opslimit\": 2, ", "", "'opslimit' is missing" },
	{ "\"opslimit\": 2", "\"opslimit\": 1", "accepted" },
	{ "\"opslimit\": 2", "\"opslimit\": 4294967295", "accepted" },
	{ "\"memlimit\": 67108864", "\"memlimit\": 8192", "accepted" },
	{ "\"memlimit\": 67108864", "\"memlimit\": 4398046511104", "accepted" },
	{ "\"memlimit\": 67108864", "\"memlimit\": 99999999999999999999999", "whole number" },
	{ "\"memlimit\": 67108864", "\"memlimit\": 6.7e7", "whole number" },
	{ "0102030405060708090a0b0c0d0e0f10\"", "0102030405060708090a0b0c0d0e0f\"", "salt" },
	{ "0102030405060708090a0b0c0d0e0f10\"", "0102030405060708090a0b0c0d0e0f1000\"", "salt" },
	{ "0102030405060708090a0b0c0d0e0f10\"", "0102030405060708090A0B0C0D0E0F10\"", "salt" },
	{ "0102030405060708090a0b0c0d0e0f10\"", "0102030405060708090a0b0c0d0e0g10\"", "salt" },
	{ "xchacha20poly1305", "chacha20poly1305", "cipher.name" },
	{ "\"nonce\": \"11", "\"nonce\": \"1", "nonce" },
	{ "\"nonce\": \"11", "\"nonce\": \"xx", "nonce" },
	{ "\"ciphertext\": \"", "\"ciphertext\": \"00", "ciphertext" },
	{ "\"ciphertext\":", "\"text\":", "'ciphertext' is missing" },
	{ "\"checksum\": \"", "\"checksum\": \"0", "checksum" },
	{ "\"checksum\":", "\"sum\":", "'checksum' is missing" },
	{ "\"created\"", "\"more\": 1, \"created\"", "does not belong" },
	{ "\"created\"", "\"name\": \"main\", \"created\"", "given twice" },
	{ "{\"name\": \"argon2id\"", "[\"argon2id\"", "damaged" },
	{ "}\n", "} x", "damaged" },
};
/* clang-format on */

static char *changed(const char *text, const struct change *change)
{
	const char *at = strstr(text, change->from);
	size_t before, room = strlen(text) + strlen(change->to) + 1;
	char *out = malloc(room);

	assert_non_null(at);
	assert_non_null(out);
	before = (size_t)(at - text);
	snprintf(out, room, "%.*s%s%s", (int)before, text, change->to,
		 at + strlen(change->from));
	return out;
}

/* clang-format off */
static const struct change watched_changes[] = {
	{ "fourmica.watch/1", "fourmica.watch/2", "format" },
	{ "fourmica.watch/1", "fourmica.key/1", "'kdf' is missing" },
	{ "\"name\": \"main\",", "", "'name' is missing" },
	{ "\"main\"", "\"Main\"", "'name'" },
	{ "\"main\"", "\"maim\"", "'checksum'" },
	{ "0x7E5F", "0x7e5F", "'address'" },
	{ "Bdf\",", "Bdf0\",", "'address'" },
	{ "1780000000", "-1", "'created'" },
	{ "1780000000", "1780000001", "'checksum'" },
	{ "\"created\"", "\"kdf\": {\"name\": \"none\"}, \"created\"", "does not belong" },
	{ "\"created\"", "\"ciphertext\": \"\", \"created\"", "does not belong" },
	{ "\"checksum\": \"", "\"checksum\": \"0", "checksum" },
	{ "\"checksum\":", "\"sum\":", "'checksum' is missing" },
	{ "}\n", "} x", "damaged" },
};
/* clang-format on */

static void refuse_each(const char *good, const struct change *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct fm_keyfile read;
		char *bad = changed(good, &list[i]);

		if (fm_keyfile_read(&read, fm_span_of(bad), &err) != FM_E_CONFIG ||
		    err.code != FM_E_CONFIG || !strstr(err.msg, list[i].says))
			fail_msg("%s -> %s: %s", list[i].from, list[i].to, err.msg);
		free(bad);
	}
}

static void every_field(void **state)
{
	struct fm_secret *pass = secret_of("right");
	struct fm_keyfile file;
	char *text;

	(void)state;
	make(&file, FM_KDF_INTERACTIVE, pass);
	text = text_of(&file);
	refuse_each(text, changes, sizeof(changes) / sizeof(changes[0]));
	free(text);
	watched(&file);
	text = text_of(&file);
	refuse_each(text, watched_changes,
		    sizeof(watched_changes) / sizeof(watched_changes[0]));
	free(text);
	fm_secret_free(&pass);
}

/* ---- what it spends from ---- */

#define LEDGER "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define LEDGER_BYTES                                                                     \
	{                                                                                \
		{                                                                        \
			0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,   \
				0xbb, 0xcc, 0xdd, 0xee, 0xff, 0, 0x11, 0x22, 0x33, 0x44, \
				0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,    \
				0xee, 0xff                                               \
		}                                                                        \
	}

static const struct fm_spending spends = { .bound = true,
					   .ledger = LEDGER_BYTES,
					   .policy = { { [31] = 7 } } };
static const struct fm_spending spends_builtin = { .bound = true,
						   .ledger = LEDGER_BYTES,
						   .builtin = true };

static void bind_to(struct fm_keyfile *file, const struct fm_spending *to,
		    const struct fm_secret *pass)
{
	uint8_t next = 101;
	const struct fm_rand ramp = { fill_ramp, &next };

	assert_int_equal(fm_keyfile_bind(file, to, pass, &ramp, NULL), FM_OK);
}

/* Bound and bound again, the key is the same and the passphrase too. */
static void binds(void **state)
{
	static const struct fm_spending *const all[] = { &spends, &spends_builtin };
	struct fm_secret *pass = secret_of("right"), *one = key_1(), *key = NULL;
	struct fm_keyfile file, again;

	(void)state;
	make(&file, FM_KDF_INTERACTIVE, pass);
	for (size_t i = 0; i < 2; i++) {
		uint8_t nonce[FM_KEYFILE_NONCE];
		char *text;

		memcpy(nonce, file.nonce, sizeof(nonce));
		if (i == 0)
			bind_to(&file, all[i], pass);
		else /* another nonce, whatever the draw */
			assert_int_equal(fm_keyfile_bind(&file, all[i], pass,
							 &fm_system_rand, NULL),
					 FM_OK);
		assert_memory_not_equal(nonce, file.nonce, sizeof(nonce));
		text = text_of(&file);
		assert_int_equal(fm_keyfile_read(&again, fm_span_of(text), NULL), FM_OK);
		assert_memory_equal(&file, &again, sizeof(file));
		assert_true(fm_spending_equal(&again.wallet.spending, all[i]));
		assert_int_equal(fm_keyfile_open(&key, &again, pass, NULL), FM_OK);
		assert_memory_equal(fm_secret_read(key), fm_secret_read(one), 32);
		fm_secret_done(one);
		fm_secret_done(key);
		fm_secret_free(&key);
		free(text);
	}
	fm_secret_free(&pass);
	fm_secret_free(&one);
}

static void binding_needs_the_passphrase(void **state)
{
	struct fm_secret *pass = secret_of("right"), *wrong = secret_of("wrong");
	struct fm_keyfile file, before;

	(void)state;
	make(&file, FM_KDF_INTERACTIVE, pass);
	before = file;
	assert_int_equal(fm_keyfile_bind(&file, &spends, wrong, &fm_system_rand, &err),
			 FM_E_LOCKED);
	assert_int_equal(fm_keyfile_bind(&file, &spends, NULL, &fm_system_rand, &err),
			 FM_E_LOCKED);
	assert_memory_equal(&file, &before, sizeof(file));
	watched(&file);
	assert_int_equal(fm_keyfile_bind(&file, &spends, pass, &fm_system_rand, &err),
			 FM_E_LOCKED);
	fm_secret_free(&pass);
	fm_secret_free(&wrong);
}

/* Taken out, or made to say something else, with the checksum put right: not without the
 * passphrase. */
static void binding_is_authentic(void **state)
{
	struct fm_secret *pass = secret_of("right"), *key = NULL;
	struct fm_keyfile file, other;

	(void)state;
	make(&file, FM_KDF_INTERACTIVE, pass);
	bind_to(&file, &spends, pass);
	for (int change = 0; change < 4; change++) {
		struct fm_keyfile read;
		char *text;

		other = file;
		if (change == 0)
			other.wallet.spending = (struct fm_spending){ .bound = false };
		else if (change == 1)
			other.wallet.spending.ledger.b[0] ^= 1;
		else if (change == 2)
			other.wallet.spending.policy.b[0] ^= 1;
		else
			other.wallet.spending = spends_builtin;
		text = text_of(&other);
		assert_int_equal(fm_keyfile_read(&read, fm_span_of(text), NULL), FM_OK);
		assert_int_equal(fm_keyfile_open(&key, &read, pass, &err), FM_E_LOCKED);
		assert_null(key);
		free(text);
	}
	fm_secret_free(&pass);
}

/* The page's additional data, with its last line. */
static void bound_as_the_manual_says(void **state)
{
	static const char header[] =
		"fourmica.key/1\nname main\naddress " ADDRESS_1_LOWER
		"\ncreated 1780000000\nkdf none\ncipher xchacha20poly1305\n"
		"spending " LEDGER " builtin\n";
	static const uint8_t key[32];
	struct fm_keyfile file;
	uint8_t plain[32], expected[32] = { [31] = 1 };
	char *text;

	(void)state;
	make(&file, FM_KDF_NONE, NULL);
	bind_to(&file, &spends_builtin, NULL);
	assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(
				 plain, NULL, NULL, file.box, sizeof(file.box),
				 (const uint8_t *)header, strlen(header), file.nonce,
				 key),
			 0);
	assert_memory_equal(plain, expected, 32);
	text = text_of(&file);
	assert_non_null(strstr(text, "  \"created\": 1780000000,\n"
				     "  \"spending\": {\"ledger\": \"" LEDGER
				     "\", \"policy\": \"builtin\"},\n"
				     "  \"kdf\": {\"name\": \"none\"},\n"));
	free(text);
}

/* clang-format off */
static const struct change bound_changes[] = {
	{ "{\"ledger\"", "[\"ledger\"", "damaged" },
	{ "{\"ledger\": \"" LEDGER "\", \"policy\": \"builtin\"}", "7", "'spending' is no object" },
	{ "{\"ledger\": \"" LEDGER "\", \"policy\": \"builtin\"}", "null", "'spending' is no object" },
	{ "\"ledger\": \"" LEDGER "\", ", "", "'ledger' is missing" },
	{ ", \"policy\": \"builtin\"", "", "'policy' is missing" },
	{ "\"policy\":", "\"note\": 1, \"policy\":", "does not belong" },
	{ "ff\", \"policy\"", "fF\", \"policy\"", "spending.ledger" },
	{ LEDGER, LEDGER "00", "spending.ledger" },
	{ LEDGER, "", "spending.ledger" },
	{ "\"" LEDGER "\"", "1", "spending.ledger" },
	{ LEDGER, "1" LEDGER, "spending.ledger" },
	{ "ff\", \"policy\"", "fe\", \"policy\"", "'checksum'" },
	{ "\"builtin\"", "\"Builtin\"", "spending.policy" },
	{ "\"builtin\"", "\"b\\u0075iltin\"", "spending.policy" },
	{ "\"builtin\"", "null", "spending.policy" },
	{ "\"builtin\"", "\"00\"", "spending.policy" },
	{ "\"spending\"", "\"spendings\"", "does not belong" },
};
/* clang-format on */

static void every_field_of_a_bound(void **state)
{
	struct fm_keyfile file;
	char *text;

	(void)state;
	make(&file, FM_KDF_NONE, NULL);
	bind_to(&file, &spends_builtin, NULL);
	text = text_of(&file);
	refuse_each(text, bound_changes,
		    sizeof(bound_changes) / sizeof(bound_changes[0]));
	free(text);
}

static void too_long(void **state)
{
	static char spaces[FM_KEYFILE_MAX + 1];
	struct fm_keyfile read;

	(void)state;
	memset(spaces, ' ', sizeof(spaces));
	assert_int_equal(
		fm_keyfile_read(&read, (struct fm_span){ spaces, sizeof(spaces) }, &err),
		FM_E_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(as_the_manual_says),
		cmocka_unit_test(format_stays),
		cmocka_unit_test(watch_format_stays),
		cmocka_unit_test(watched_has_no_key),
		cmocka_unit_test(wrong_passphrase),
		cmocka_unit_test(sealing_needs_a_passphrase),
		cmocka_unit_test(header_is_authentic),
		cmocka_unit_test(address_is_checked),
		cmocka_unit_test(every_flipped_bit),
		cmocka_unit_test(every_flipped_bit_of_a_watched),
		cmocka_unit_test(every_field),
		cmocka_unit_test(binds),
		cmocka_unit_test(binding_needs_the_passphrase),
		cmocka_unit_test(binding_is_authentic),
		cmocka_unit_test(bound_as_the_manual_says),
		cmocka_unit_test(every_field_of_a_bound),
		cmocka_unit_test(too_long),
	};

	if (fm_init(NULL) != FM_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
