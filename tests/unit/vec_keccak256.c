/* SPDX-License-Identifier: MIT */
#include <vectors.h>

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span in = vector_hex(v, c, "input_hex");
	char text[FM_HASH_TEXT];
	struct fm_hash hash;

	fm_keccak256(&hash, in.ptr, in.len);
	fm_hash_text(text, &hash);
	return expect_str(v, c, "keccak256", text);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"keccak256.json", "cases", check },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
