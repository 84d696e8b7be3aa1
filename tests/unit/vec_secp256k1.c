/* SPDX-License-Identifier: MIT */
#include <evm/sign.h>
#include <vectors.h>

#include <string.h>

static bool signature(struct vectors *v, const struct fm_json *c,
		      const struct fm_secret *key, const struct fm_hash *digest)
{
	char text[FM_SIG_TEXT], address[FM_ADDR_TEXT];
	struct fm_addr signer;
	bool canonical;
	struct fm_sig sig;

	if (fm_sign_digest(&sig, key, digest, NULL))
		return vector_fail(v, "not signed");
	fm_sig_text(text, &sig);
	if (!expect_str(v, c, "signature", text))
		return false;
	if (!fm_recover(&signer, &canonical, sig.b, sizeof(sig.b), digest) || !canonical)
		return vector_fail(v, "our own signature does not recover");
	fm_addr_text(address, &signer);
	return expect_str(v, c, "address", address);
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_secret *key = NULL;
	struct fm_hash digest;
	bool good;

	if (!fm_hash_parse(&digest, vector_need(v, c, "digest")) ||
	    fm_key_from_text(&key, vector_need(v, c, "private_key"), NULL))
		return vector_fail(v, "digest or key cannot be read");
	good = signature(v, c, key, &digest);
	fm_secret_free(&key);
	return good;
}

/* "reject", "other address or reject", or the address under expect_address. */
static bool recovered(struct vectors *v, const struct fm_json *c, const char *got,
		      bool canonical)
{
	bool want_canonical = true;

	if (fm_json_get(c, "canonical") &&
	    !fm_json_bool(&want_canonical, fm_json_get(c, "canonical")))
		return vector_fail(v, "canonical");
	if (!got)
		return expect(v, fm_json_get(c, "expect"), "nothing was recovered");
	if (vector_is(c, "expect", "reject"))
		return vector_fail(v, "%s was recovered", got);
	if (!fm_json_get(c, "expect_address"))
		return true;
	return expect_str(v, c, "expect_address", got) &&
	       expect(v, canonical == want_canonical, "canonical");
}

static bool check_recovery(struct vectors *v, const struct fm_json *c)
{
	struct fm_span sig = vector_hex(v, c, "signature");
	char address[FM_ADDR_TEXT];
	struct fm_hash digest;
	struct fm_addr signer;
	bool canonical = true, found;

	if (!fm_hash_parse(&digest, vector_need(v, c, "digest")))
		return vector_fail(v, "digest cannot be read");
	found = fm_recover(&signer, &canonical, (const uint8_t *)sig.ptr, sig.len,
			   &digest);
	if (found)
		fm_addr_text(address, &signer);
	return recovered(v, c, found ? address : NULL, canonical);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"secp256k1.json",  "cases", check },
		{ "secp256k1.json",	    "recovery_cases", check_recovery },
		{ 0},
	};

	return vectors_run(argc, argv, lists);
}
