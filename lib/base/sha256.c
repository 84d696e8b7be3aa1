/* SPDX-License-Identifier: MIT */
#include <fourmica/bytes.h>

#include <assert.h>
#include <sodium.h>

static_assert(sizeof(struct fm_sha256) >= sizeof(crypto_hash_sha256_state), "state fits");

void fm_sha256(struct fm_hash *out, const void *bytes, size_t len)
{
	static const unsigned char nothing[1];

	/* Cannot fail; the pointer must be valid even for no bytes. */
	crypto_hash_sha256(out->b, len ? bytes : nothing, len);
}

static crypto_hash_sha256_state *state_of(struct fm_sha256 *sha)
{
	return (crypto_hash_sha256_state *)(void *)sha->state;
}

void fm_sha256_init(struct fm_sha256 *sha)
{
	crypto_hash_sha256_init(state_of(sha));
}

void fm_sha256_add(struct fm_sha256 *sha, const void *bytes, size_t len)
{
	if (len)
		crypto_hash_sha256_update(state_of(sha), bytes, len);
}

void fm_sha256_end(struct fm_hash *out, struct fm_sha256 *sha)
{
	crypto_hash_sha256_final(state_of(sha), out->b);
}
