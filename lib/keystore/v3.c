/* SPDX-License-Identifier: MIT */
/* Encryption of Ethereum v3 key files: scrypt (RFC 7914) or PBKDF2 (RFC 8018), AES-128 in counter
 * mode (SP 800-38A), a MAC of Keccak-256. libcrypto is loaded for each file and let go again:
 * nothing else of the program needs it. */
#include "keystore/v3.h"

#include "evm/sign.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>

#define LIBRARY "libcrypto.so.3"
#define DERIVED 32
#define CIPHER_KEY 16 /* the first half of what is derived; the rest goes into the MAC */

/* What a file of ours costs to try: that of geth's. */
#define OUR_N (UINT64_C(1) << 18)
#define OUR_R 8
#define OUR_P 1

struct crypto {
	void *library;
	__typeof__(&PKCS5_PBKDF2_HMAC) pbkdf2;
	__typeof__(&EVP_sha256) sha256;
	__typeof__(&EVP_aes_128_ctr) aes_128_ctr;
	__typeof__(&EVP_CIPHER_CTX_new) ctx_new;
	__typeof__(&EVP_CIPHER_CTX_free) ctx_free;
	__typeof__(&EVP_EncryptInit_ex) encrypt_init;
	__typeof__(&EVP_EncryptUpdate) encrypt_update;
};

/* clang-format off */
static const struct fm_symbol symbols[] = {
	{ "PKCS5_PBKDF2_HMAC", offsetof(struct crypto, pbkdf2) },
	{ "EVP_sha256", offsetof(struct crypto, sha256) },
	{ "EVP_aes_128_ctr", offsetof(struct crypto, aes_128_ctr) },
	{ "EVP_CIPHER_CTX_new", offsetof(struct crypto, ctx_new) },
	{ "EVP_CIPHER_CTX_free", offsetof(struct crypto, ctx_free) },
	{ "EVP_EncryptInit_ex", offsetof(struct crypto, encrypt_init) },
	{ "EVP_EncryptUpdate", offsetof(struct crypto, encrypt_update) },
};
/* clang-format on */

static enum fm_code load(struct crypto *out, struct fm_err *err)
{
	if (!fm_library_open(&out->library, out, LIBRARY, symbols,
			     sizeof(symbols) / sizeof(symbols[0]), err))
		return FM_OK;
	return fm_hint(err, "Ethereum v3 key files need it: package libssl3 on Debian");
}

/* ---- the steps ---- */

/* scrypt is libsodium's: libcrypto refuses n from 2^16 with r = 1, which the standard's own example
 * has. */
static bool derive_bytes(uint8_t out[static DERIVED], const struct crypto *crypto,
			 const struct fm_v3 *v3, const char *pass, size_t len)
{
	if (v3->scrypt)
		return crypto_pwhash_scryptsalsa208sha256_ll(
			       (const uint8_t *)pass, len, v3->salt, v3->salt_len, v3->n,
			       (uint32_t)v3->r, (uint32_t)v3->p, out, DERIVED) == 0;
	return crypto->pbkdf2(pass, (int)len, v3->salt, (int)v3->salt_len,
			      (int)v3->rounds, crypto->sha256(), DERIVED, out) == 1;
}

static enum fm_code derive(struct fm_secret **out, const struct crypto *crypto,
			   const struct fm_v3 *v3, const struct fm_secret *passphrase,
			   struct fm_err *err)
{
	bool done;

	if (fm_secret_len(passphrase) > FM_V3_PASSPHRASE)
		return fm_fail(err, FM_E_LOCKED, "the passphrase is longer than %d bytes",
			       FM_V3_PASSPHRASE);
	*out = fm_secret_new(DERIVED);
	if (!*out)
		return fm_nomem(err);
	done = derive_bytes(fm_secret_write(*out), crypto, v3,
			    (const char *)fm_secret_read(passphrase),
			    fm_secret_len(passphrase));
	fm_secret_done(passphrase);
	fm_secret_done(*out);
	if (done)
		return FM_OK;
	return fm_fail(err, FM_E_NOMEM, "deriving the key needs %u MiB of memory",
		       (unsigned)(v3->scrypt ? (v3->n * v3->r >> 13) + 1 : 1));
}

static void mac_of(struct fm_hash *out, const struct fm_secret *derived,
		   const struct fm_v3 *v3)
{
	uint8_t bytes[DERIVED - CIPHER_KEY + sizeof(v3->box)];

	memcpy(bytes, fm_secret_read(derived) + CIPHER_KEY, DERIVED - CIPHER_KEY);
	fm_secret_done(derived);
	memcpy(bytes + DERIVED - CIPHER_KEY, v3->box, sizeof(v3->box));
	fm_keccak256(out, bytes, sizeof(bytes));
	fm_wipe(bytes, sizeof(bytes));
}

/* Counter mode: encrypting again decrypts. */
static enum fm_code crypt(uint8_t out[static 32], const uint8_t in[static 32],
			  const struct crypto *crypto, const struct fm_secret *derived,
			  const uint8_t iv[static 16], struct fm_err *err)
{
	EVP_CIPHER_CTX *ctx = crypto->ctx_new();
	int len = 0;
	bool done = false;

	if (!ctx)
		return fm_nomem(err);
	done = crypto->encrypt_init(ctx, crypto->aes_128_ctr(), NULL,
				    fm_secret_read(derived), iv) == 1 &&
	       crypto->encrypt_update(ctx, out, &len, in, 32) == 1 && len == 32;
	fm_secret_done(derived);
	crypto->ctx_free(ctx);
	return done ? FM_OK : fm_fail(err, FM_E_INTERNAL, LIBRARY " does no AES-128-CTR");
}

/* ---- a file ---- */

static enum fm_code check_key(const struct fm_secret *key, const struct fm_v3 *v3,
			      struct fm_err *err)
{
	struct fm_addr address;
	enum fm_code rc;

	if (!fm_key_valid(key))
		return fm_fail(err, FM_E_CONFIG, "the key file holds no secp256k1 key");
	rc = fm_key_address(&address, key, err);
	if (rc || !v3->named || fm_addr_equal(&address, &v3->address))
		return rc;
	return fm_fail(err, FM_E_CONFIG,
		       "damaged key file: its key has another address than it says");
}

static enum fm_code wrong_passphrase(struct fm_err *err)
{
	fm_fail(err, FM_E_LOCKED, "wrong passphrase for the key file");
	return fm_hint(err, "type it again; if it is right, the file is damaged");
}

static enum fm_code open_box(struct fm_secret **key, const struct crypto *crypto,
			     const struct fm_v3 *v3, const struct fm_secret *derived,
			     struct fm_err *err)
{
	struct fm_hash mac;
	enum fm_code rc;

	mac_of(&mac, derived, v3);
	if (!fm_equal_ct(mac.b, v3->mac.b, sizeof(mac.b)))
		return wrong_passphrase(err);
	*key = fm_secret_new(32);
	if (!*key)
		return fm_nomem(err);
	rc = crypt(fm_secret_write(*key), v3->box, crypto, derived, v3->iv, err);
	fm_secret_done(*key);
	return rc ? rc : check_key(*key, v3, err);
}

enum fm_code fm_v3_open(struct fm_secret **key, struct fm_span text,
			const struct fm_secret *passphrase, struct fm_err *err)
{
	struct fm_secret *derived = NULL, *found = NULL;
	struct crypto crypto = { 0 };
	struct fm_v3 v3;
	enum fm_code rc = fm_v3_read(&v3, text, err);

	if (!rc)
		rc = load(&crypto, err);
	if (!rc)
		rc = derive(&derived, &crypto, &v3, passphrase, err);
	if (!rc)
		rc = open_box(&found, &crypto, &v3, derived, err);
	if (!rc) {
		*key = found;
		found = NULL;
	}
	fm_secret_free(&found);
	fm_secret_free(&derived);
	fm_library_close(&crypto.library);
	return rc;
}

/* Salt, counter and name are fresh; the name is a UUID of version 4 (RFC 9562, section 5.4). */
static enum fm_code start(struct fm_v3 *out, const struct fm_secret *key,
			  const struct fm_rand *rand, struct fm_err *err)
{
	enum fm_code rc;

	*out = (struct fm_v3){ .scrypt = true,
			       .n = OUR_N,
			       .r = OUR_R,
			       .p = OUR_P,
			       .salt_len = 32,
			       .named = true };
	rc = fm_key_address(&out->address, key, err);
	if (!rc)
		rc = fm_rand_fill(rand, out->salt, out->salt_len, err);
	if (!rc)
		rc = fm_rand_fill(rand, out->iv, sizeof(out->iv), err);
	if (!rc)
		rc = fm_rand_fill(rand, out->id, sizeof(out->id), err);
	out->id[6] = (uint8_t)((out->id[6] & 0x0f) | 0x40);
	out->id[8] = (uint8_t)((out->id[8] & 0x3f) | 0x80);
	return rc;
}

enum fm_code fm_v3_seal(struct fm_buf *out, const struct fm_secret *key,
			const struct fm_secret *passphrase, const struct fm_rand *rand,
			struct fm_err *err)
{
	struct fm_secret *derived = NULL;
	struct crypto crypto = { 0 };
	struct fm_v3 v3;
	enum fm_code rc = FM_OK;

	if (!passphrase || !fm_secret_len(passphrase))
		rc = fm_fail(err, FM_E_USAGE, "a key file needs a passphrase");
	if (!rc)
		rc = start(&v3, key, rand, err);
	if (!rc)
		rc = load(&crypto, err);
	if (!rc)
		rc = derive(&derived, &crypto, &v3, passphrase, err);
	if (!rc) {
		rc = crypt(v3.box, fm_secret_read(key), &crypto, derived, v3.iv, err);
		fm_secret_done(key);
	}
	if (!rc) {
		mac_of(&v3.mac, derived, &v3);
		fm_v3_write(out, &v3);
		rc = fm_buf_ok(out) ? FM_OK : fm_nomem(err);
	}
	fm_secret_free(&derived);
	fm_library_close(&crypto.library);
	return rc;
}
