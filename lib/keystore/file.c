/* SPDX-License-Identifier: MIT */
/* Encrypting and decrypting a key: Argon2id (RFC 9106) and XChaCha20-Poly1305 of
 * libsodium. The text of a file is in text.c. */
#include "keystore/file.h"

#include "evm/sign.h"
#include "keystore/text.h"

#include <sodium.h>
#include <string.h>

_Static_assert(FM_KEYFILE_SALT == crypto_pwhash_argon2id_SALTBYTES, "salt");
_Static_assert(FM_KEYFILE_NONCE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
_Static_assert(FM_KEYFILE_BOX == 32 + crypto_aead_xchacha20poly1305_ietf_ABYTES, "box");

#define CIPHER_KEY crypto_aead_xchacha20poly1305_ietf_KEYBYTES

static enum fm_code no_key(const struct fm_wallet *wallet, struct fm_err *err)
{
	fm_fail(err, FM_E_LOCKED, "wallet '%s' only watches: its key is not here",
		wallet->name);
	return fm_hint(err, "name a wallet with a key, or bring this one's along: "
			    "fourmica wallet import NAME");
}

static enum fm_code check_passphrase(const struct fm_wallet *wallet,
				     const struct fm_secret *passphrase,
				     enum fm_code code, struct fm_err *err)
{
	if (wallet->kdf == FM_KDF_NONE)
		return FM_OK;
	if (!passphrase || fm_secret_len(passphrase) == 0) {
		fm_fail(err, code, "wallet '%s' needs a passphrase", wallet->name);
		return fm_hint(err, "give one with --passphrase-file or --passphrase-fd");
	}
	return FM_OK;
}

/* The key of the cipher. Without a passphrase it is all zeros: no protection, and the
 * manual says so, but one code path, and damage is still found. */
static enum fm_code derive(struct fm_secret **out, const struct fm_keyfile *file,
			   const struct fm_secret *passphrase, struct fm_err *err)
{
	const struct fm_kdf_cost *cost = fm_kdf_cost(file->wallet.kdf);
	int failed;

	*out = fm_secret_new(CIPHER_KEY);
	if (!*out)
		return fm_nomem(err);
	if (file->wallet.kdf == FM_KDF_NONE)
		return FM_OK;
	failed = crypto_pwhash_argon2id(fm_secret_write(*out), CIPHER_KEY,
					(const char *)fm_secret_read(passphrase),
					fm_secret_len(passphrase), file->salt,
					cost->passes, cost->bytes,
					crypto_pwhash_argon2id_ALG_ARGON2ID13);
	fm_secret_done(passphrase);
	fm_secret_done(*out);
	if (failed)
		return fm_fail(err, FM_E_NOMEM,
			       "deriving the key needs %zu MiB of memory",
			       cost->bytes >> 20);
	return FM_OK;
}

/* A fresh nonce, and the key under it, bound to the header. */
static enum fm_code encrypt(struct fm_keyfile *out, const struct fm_secret *key,
			    const struct fm_secret *cipher_key,
			    const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_buf header;
	enum fm_code rc = fm_rand_fill(rand, out->nonce, sizeof(out->nonce), err);

	if (rc)
		return rc;
	fm_buf_init(&header, FM_KEYFILE_MAX);
	fm_keyfile_header(&header, out);
	if (!fm_buf_ok(&header)) {
		rc = fm_nomem(err);
		goto out;
	}
	crypto_aead_xchacha20poly1305_ietf_encrypt(out->box, NULL, fm_secret_read(key),
						   32, (const uint8_t *)header.ptr,
						   header.len, NULL, out->nonce,
						   fm_secret_read(cipher_key));
	fm_secret_done(cipher_key);
	fm_secret_done(key);
out:
	fm_buf_clear(&header);
	return rc;
}

enum fm_code fm_keyfile_seal(struct fm_keyfile *out, const struct fm_secret *key,
			     const struct fm_secret *passphrase,
			     const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_secret *cipher_key = NULL;
	enum fm_code rc = check_passphrase(&out->wallet, passphrase, FM_E_USAGE, err);

	if (rc)
		return rc;
	memset(out->salt, 0, sizeof(out->salt));
	if (out->wallet.kdf != FM_KDF_NONE)
		rc = fm_rand_fill(rand, out->salt, sizeof(out->salt), err);
	if (!rc)
		rc = derive(&cipher_key, out, passphrase, err);
	if (!rc)
		rc = encrypt(out, key, cipher_key, rand, err);
	fm_secret_free(&cipher_key);
	return rc;
}

static enum fm_code not_authentic(const struct fm_wallet *wallet, struct fm_err *err)
{
	if (wallet->kdf == FM_KDF_NONE)
		return fm_fail(err, FM_E_CONFIG,
			       "wallet '%s' is damaged: it fails its own "
			       "authentication",
			       wallet->name);
	fm_fail(err, FM_E_LOCKED, "wrong passphrase for wallet '%s'", wallet->name);
	return fm_hint(err,
		       "type it again; if it is right, somebody has altered the file");
}

static enum fm_code decrypt(struct fm_secret **key, const struct fm_keyfile *file,
			    const struct fm_secret *cipher_key, struct fm_err *err)
{
	struct fm_buf header;
	enum fm_code rc = FM_OK;

	fm_buf_init(&header, FM_KEYFILE_MAX);
	fm_keyfile_header(&header, file);
	*key = fm_secret_new(32);
	if (!*key || !fm_buf_ok(&header)) {
		rc = fm_nomem(err);
		goto out;
	}
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(
		    fm_secret_write(*key), NULL, NULL, file->box, sizeof(file->box),
		    (const uint8_t *)header.ptr, header.len, file->nonce,
		    fm_secret_read(cipher_key)) != 0)
		rc = not_authentic(&file->wallet, err);
	fm_secret_done(cipher_key);
	fm_secret_done(*key);
out:
	fm_buf_clear(&header);
	return rc;
}

static enum fm_code check_address(const struct fm_secret *key,
				  const struct fm_wallet *wallet, struct fm_err *err)
{
	struct fm_addr address;
	enum fm_code rc;

	if (!fm_key_valid(key))
		return fm_fail(err, FM_E_CONFIG, "wallet '%s' holds no valid key",
			       wallet->name);
	rc = fm_key_address(&address, key, err);
	if (rc || fm_addr_equal(&address, &wallet->address))
		return rc;
	return fm_fail(err, FM_E_CONFIG, "wallet '%s' holds the key of another address",
		       wallet->name);
}

/* *cipher_key is what opened it. */
static enum fm_code open_file(struct fm_secret **key, struct fm_secret **cipher_key,
			      const struct fm_keyfile *file,
			      const struct fm_secret *passphrase, struct fm_err *err)
{
	struct fm_secret *found = NULL;
	enum fm_code rc = file->wallet.watch ? no_key(&file->wallet, err)
					     : check_passphrase(&file->wallet, passphrase,
								FM_E_LOCKED, err);

	if (!rc)
		rc = derive(cipher_key, file, passphrase, err);
	if (!rc)
		rc = decrypt(&found, file, *cipher_key, err);
	if (!rc)
		rc = check_address(found, &file->wallet, err);
	if (!rc) {
		*key = found;
		found = NULL;
	}
	fm_secret_free(&found);
	return rc;
}

enum fm_code fm_keyfile_open(struct fm_secret **key, const struct fm_keyfile *file,
			     const struct fm_secret *passphrase, struct fm_err *err)
{
	struct fm_secret *cipher_key = NULL;
	enum fm_code rc = open_file(key, &cipher_key, file, passphrase, err);

	fm_secret_free(&cipher_key);
	return rc;
}

/* The salt stays, so the passphrase is worked through once; the nonce is new. */
enum fm_code fm_keyfile_bind(struct fm_keyfile *file, const struct fm_spending *spending,
			     const struct fm_secret *passphrase,
			     const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_secret *cipher_key = NULL, *key = NULL;
	enum fm_code rc = open_file(&key, &cipher_key, file, passphrase, err);

	if (!rc) {
		file->wallet.spending = *spending;
		rc = encrypt(file, key, cipher_key, rand, err);
	}
	fm_secret_free(&cipher_key);
	fm_secret_free(&key);
	return rc;
}
