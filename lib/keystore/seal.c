/* SPDX-License-Identifier: MIT */
#include "keystore/seal.h"

#include <sodium.h>
#include <string.h>

#define NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG crypto_aead_xchacha20poly1305_ietf_ABYTES

_Static_assert(FM_SEAL_KEY == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert(FM_SEAL_KEY == crypto_generichash_BYTES, "hash");
_Static_assert(FM_SEAL_EXTRA == NONCE + TAG, "extra");

enum fm_code fm_key_derive(struct fm_secret **out, const struct fm_secret *key,
			   const char *purpose, struct fm_err *err)
{
	static const char prefix[] = "fourmica derived key 1: ";
	crypto_generichash_state state;

	*out = fm_secret_new(FM_SEAL_KEY);
	if (!*out)
		return fm_nomem(err);
	crypto_generichash_init(&state, fm_secret_read(key), fm_secret_len(key),
				FM_SEAL_KEY);
	fm_secret_done(key);
	crypto_generichash_update(&state, (const uint8_t *)prefix, strlen(prefix));
	crypto_generichash_update(&state, (const uint8_t *)purpose, strlen(purpose));
	crypto_generichash_final(&state, fm_secret_write(*out), FM_SEAL_KEY);
	fm_secret_done(*out);
	fm_wipe(&state, sizeof(state));
	return FM_OK;
}

enum fm_code fm_signer_derive(struct fm_secret **out, const struct fm_signer *signer,
			      const char *purpose, struct fm_err *err)
{
	*out = NULL;
	return signer->ops->derive ? signer->ops->derive(signer->ctx, out, purpose, err)
				   : FM_OK;
}

enum fm_code fm_seal(struct fm_buf *out, const struct fm_secret *key,
		     struct fm_span plain, struct fm_span about,
		     const struct fm_rand *rand, struct fm_err *err)
{
	char *at = fm_buf_grow(out, plain.len + FM_SEAL_EXTRA);
	enum fm_code rc;

	if (!at)
		return fm_nomem(err);
	rc = fm_rand_fill(rand, at, NONCE, err);
	if (rc)
		return rc;
	crypto_aead_xchacha20poly1305_ietf_encrypt((uint8_t *)at + NONCE, NULL,
						   (const uint8_t *)plain.ptr, plain.len,
						   (const uint8_t *)about.ptr, about.len,
						   NULL, (const uint8_t *)at,
						   fm_secret_read(key));
	fm_secret_done(key);
	return FM_OK;
}

bool fm_unseal(struct fm_buf *plain, const struct fm_secret *key, struct fm_span sealed,
	       struct fm_span about)
{
	const uint8_t *nonce = (const uint8_t *)sealed.ptr;
	char *at;
	int failed;

	if (sealed.len < FM_SEAL_EXTRA)
		return false;
	at = fm_buf_grow(plain, sealed.len - FM_SEAL_EXTRA);
	if (!at)
		return false;
	failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
		(uint8_t *)at, NULL, NULL, nonce + NONCE, sealed.len - NONCE,
		(const uint8_t *)about.ptr, about.len, nonce, fm_secret_read(key));
	fm_secret_done(key);
	if (failed)
		fm_buf_wipe(plain);
	return !failed;
}
