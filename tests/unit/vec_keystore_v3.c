/* SPDX-License-Identifier: MIT */
#include <fourmica/wallet.h>

#include <string.h>
#include <vectors.h>

static bool same_key(struct vectors *v, const struct fm_json *c,
		     const struct fm_secret *key)
{
	char text[67] = "0x";

	fm_hex_write(text + 2, fm_secret_read(key), 32);
	fm_secret_done(key);
	return expect_str(v, c, "private_key", text);
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span word = vector_need(v, c, "passphrase");
	struct fm_span copy = vector_keep(v, word.ptr, word.len);
	struct fm_secret *pass = NULL, *key = NULL;
	struct fm_err err;
	char bytes[FM_V3_PASSPHRASE];
	bool good;

	fm_err_init(&err);
	memcpy(bytes, copy.ptr, copy.len);
	pass = fm_secret_take(bytes, copy.len);
	good = expect(v, !fm_v3_open(&key, fm_json_get(c, "file")->src, pass, &err),
		      "refused: %s", err.msg);
	good = good && same_key(v, c, key);
	fm_secret_free(&key);
	fm_secret_free(&pass);
	return good;
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"keystore_v3.json", "cases", check },
		{ 0	    },
	};
	return vectors_run(argc, argv, lists);
}
