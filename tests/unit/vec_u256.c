/* SPDX-License-Identifier: MIT */
/* Each case is the text of one JSON value; the rule covers documents that do not parse,
 * too. */
#include <vectors.h>

#include <stdlib.h>

static bool outputs(struct vectors *v, const struct fm_json *c,
		    const struct fm_u256 *value)
{
	char dec[FM_U256_DEC], hex[FM_U256_HEX], word[FM_HASH_TEXT];
	struct fm_hash bytes;

	fm_u256_dec(dec, value);
	fm_u256_hex(hex, value);
	fm_u256_to_be(bytes.b, value);
	fm_hash_text(word, &bytes);
	return expect_str(v, c, "dec", dec) && expect_str(v, c, "hex", hex) &&
	       expect_str(v, c, "word", word);
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span text = vector_need(v, c, "json");
	struct fm_json *doc = NULL;
	struct fm_u256 value;
	bool read, good;

	read = fm_json_parse(&doc, text, false, NULL) == FM_OK &&
	       fm_json_u256(&value, doc);
	fm_json_free(&doc);
	good = expect(v, read == vector_accepts(c), "%s was %s", text.ptr,
		      read ? "accepted" : "refused");
	return good && read ? outputs(v, c, &value) : good;
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"u256.json", "cases", check },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
