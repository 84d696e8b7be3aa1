/* SPDX-License-Identifier: MIT */
/* The library's one exception to "no state of its own": a context for signing, made by
 * the first call that needs it, blinded with fresh random bytes, never changed or freed
 * after (libsecp256k1 allows concurrent use of a context that nobody changes). Making and
 * blinding one per signature would cost about as much as the signature. */
#include <evm/sign.h>

#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const secp256k1_context *signer;

static void make_signer(void)
{
	secp256k1_context *made = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	uint8_t seed[32];

	if (made && fm_rand_fill(&fm_system_rand, seed, sizeof(seed), NULL) == FM_OK &&
	    secp256k1_context_randomize(made, seed))
		signer = made;
	else if (made)
		secp256k1_context_destroy(made);
	fm_wipe(seed, sizeof(seed));
}

/* NULL when there is no memory or no randomness; every caller says so. */
static const secp256k1_context *context(void)
{
	return pthread_once(&once, make_signer) == 0 ? signer : NULL;
}

static enum fm_code no_context(struct fm_err *err)
{
	return fm_fail(err, FM_E_INTERNAL,
		       "cannot prepare signing: no memory or no randomness");
}

static enum fm_code bad_key(struct fm_err *err)
{
	return fm_fail(err, FM_E_USAGE,
		       "the secret key is outside the range of secp256k1 keys");
}

bool fm_key_valid(const struct fm_secret *key)
{
	bool valid;

	if (fm_secret_len(key) != 32)
		return false;
	valid = secp256k1_ec_seckey_verify(secp256k1_context_static,
					   fm_secret_read(key)) == 1;
	fm_secret_done(key);
	return valid;
}

/* The chance that 32 random bytes are no key is 2^-128: several in a row mean a generator
 * that does not work. */
#define TRIES 4

enum fm_code fm_key_new(struct fm_secret **out, const struct fm_rand *rand,
			struct fm_err *err)
{
	struct fm_secret *key = fm_secret_new(32);
	enum fm_code rc;

	if (!key)
		return fm_nomem(err);
	for (int i = 0; i < TRIES; i++) {
		rc = fm_rand_fill(rand, fm_secret_write(key), 32, err);
		fm_secret_done(key);
		if (rc)
			goto out;
		if (fm_key_valid(key)) {
			*out = key;
			return FM_OK;
		}
	}
	rc = fm_fail(err, FM_E_INTERNAL, "the random generator gives no usable key");
out:
	fm_secret_free(&key);
	return rc;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct fm_span trim(struct fm_span text)
{
	while (text.len && is_space(text.ptr[0])) {
		text.ptr++;
		text.len--;
	}
	while (text.len && is_space(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

enum fm_code fm_key_from_text(struct fm_secret **out, struct fm_span text,
			      struct fm_err *err)
{
	struct fm_secret *key = fm_secret_new(32);
	bool read;

	if (!key)
		return fm_nomem(err);
	read = fm_hex_read_ct(fm_secret_write(key), 32, fm_hex_strip(trim(text)));
	fm_secret_done(key);
	if (read && fm_key_valid(key)) {
		*out = key;
		return FM_OK;
	}
	fm_secret_free(&key);
	if (!read)
		return fm_fail(err, FM_E_USAGE,
			       "this is no private key: 64 hex digits are needed");
	return bad_key(err);
}

enum fm_code fm_key_public(uint8_t out[static 65], const struct fm_secret *key,
			   struct fm_err *err)
{
	const secp256k1_context *ctx = context();
	secp256k1_pubkey public;
	size_t len = 65;
	int made;

	if (!ctx)
		return no_context(err);
	if (fm_secret_len(key) != 32)
		return bad_key(err);
	made = secp256k1_ec_pubkey_create(ctx, &public, fm_secret_read(key));
	fm_secret_done(key);
	if (!made)
		return bad_key(err);
	secp256k1_ec_pubkey_serialize(ctx, out, &len, &public, SECP256K1_EC_UNCOMPRESSED);
	return FM_OK;
}

/* The last 20 bytes of the Keccak-256 of both coordinates. */
static void address_of(struct fm_addr *out, const uint8_t public[static 65])
{
	struct fm_hash hash;

	fm_keccak256(&hash, public + 1, 64);
	memcpy(out->b, hash.b + 12, sizeof(out->b));
}

enum fm_code fm_key_address(struct fm_addr *out, const struct fm_secret *key,
			    struct fm_err *err)
{
	uint8_t public[65];
	enum fm_code rc = fm_key_public(public, key, err);

	if (rc == FM_OK)
		address_of(out, public);
	return rc;
}

enum fm_code fm_sign_digest(struct fm_sig *out, const struct fm_secret *key,
			    const struct fm_hash *digest, struct fm_err *err)
{
	const secp256k1_context *ctx = context();
	secp256k1_ecdsa_recoverable_signature sig;
	int made, parity = 0;

	if (!ctx)
		return no_context(err);
	if (fm_secret_len(key) != 32)
		return bad_key(err);
	/* No nonce function given: RFC 6979. The library makes s low by itself. */
	made = secp256k1_ecdsa_sign_recoverable(ctx, &sig, digest->b, fm_secret_read(key),
						NULL, NULL);
	fm_secret_done(key);
	if (!made)
		return bad_key(err);
	secp256k1_ecdsa_recoverable_signature_serialize_compact(ctx, out->b, &parity,
								&sig);
	/* Parity 2 and 3 (r above the order) happen once in 2^127 and have no v in
	 * Ethereum. */
	if (parity > 1)
		return fm_fail(err, FM_E_INTERNAL,
			       "a signature without an Ethereum form");
	out->b[64] = (uint8_t)(27 + parity);
	return FM_OK;
}

/* Is s at most half of the order? Then normalizing changes nothing. */
static bool low_s(const secp256k1_context *ctx,
		  const secp256k1_ecdsa_recoverable_signature *sig)
{
	secp256k1_ecdsa_signature plain;

	secp256k1_ecdsa_recoverable_signature_convert(ctx, &plain, sig);
	return secp256k1_ecdsa_signature_normalize(ctx, NULL, &plain) == 0;
}

bool fm_recover(struct fm_addr *out, bool *canonical, const uint8_t *sig, size_t len,
		const struct fm_hash *digest)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_recoverable_signature parsed;
	secp256k1_pubkey public;
	uint8_t bytes[65], v;
	size_t size = sizeof(bytes);

	if (len != 65)
		return false;
	v = sig[64] >= 27 ? (uint8_t)(sig[64] - 27) : sig[64];
	if (v > 1 ||
	    !secp256k1_ecdsa_recoverable_signature_parse_compact(ctx, &parsed, sig, v) ||
	    !secp256k1_ecdsa_recover(ctx, &public, &parsed, digest->b))
		return false;
	if (canonical)
		*canonical = low_s(ctx, &parsed);
	secp256k1_ec_pubkey_serialize(ctx, bytes, &size, &public,
				      SECP256K1_EC_UNCOMPRESSED);
	address_of(out, bytes);
	return true;
}
