/* SPDX-License-Identifier: MIT */
#include <evm/sign.h>
#include <vectors.h>

static bool public_keys(struct vectors *v, const struct fm_json *c,
			const struct fm_secret *key)
{
	char whole[133] = "0x", compressed[69] = "0x";
	uint8_t public[65];

	if (fm_key_public(public, key, NULL))
		return vector_fail(v, "no public key");
	fm_hex_write(whole + 2, public, 65);
	/* Compressed form (SEC 1, 2.3.3): parity of y, then x. */
	public[0] = (uint8_t)(2 + (public[64] & 1));
	fm_hex_write(compressed + 2, public, 33);
	return expect_str(v, c, "public_key_uncompressed", whole) &&
	       expect_str(v, c, "public_key_compressed", compressed);
}

static bool addresses(struct vectors *v, const struct fm_json *c,
		      const struct fm_secret *key)
{
	char text[FM_ADDR_TEXT], lower[FM_ADDR_TEXT];
	struct fm_addr addr;

	if (fm_key_address(&addr, key, NULL))
		return vector_fail(v, "no address");
	fm_addr_text(text, &addr);
	fm_addr_lower(lower, &addr);
	if (fm_json_get(c, "address") && !expect_str(v, c, "address", text))
		return false;
	return !fm_json_get(c, "address_lower") ||
	       expect_str(v, c, "address_lower", lower);
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span text = vector_need(v, c, "private_key");
	struct fm_secret *key = NULL;
	bool taken = fm_key_from_text(&key, text, NULL) == FM_OK, good;

	good = expect(v, taken == vector_accepts(c), "'%s' was %s", text.ptr,
		      taken ? "accepted" : "refused");
	if (good && taken)
		good = addresses(v, c, key);
	if (good && taken && fm_json_get(c, "public_key_uncompressed"))
		good = public_keys(v, c, key);
	fm_secret_free(&key);
	return good;
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"private_keys.json",  "cases", check },
		{ "private_keys.json",	       "key_text_cases", check },
		{ 0},
	};

	return vectors_run(argc, argv, lists);
}
