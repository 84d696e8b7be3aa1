/* SPDX-License-Identifier: MIT */
/* Cycle ids: the text, its hash, and the text found again from the hash. The file's
 * guarantee ids are Core's own keys; nothing here makes or reads one. */
#include <fourmica/cert.h>
#include <vectors.h>

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_cycle_guess guess;
	struct fm_addr asset;
	struct fm_hash word;
	struct fm_u256 id;
	uint64_t start, time, length;
	char text[FM_CYCLE_TEXT], hash[FM_HASH_TEXT], dec[FM_U256_DEC];

	if (!expect(v,
		    fm_addr_parse(&asset, NULL, vector_need(v, c, "asset_address")) &&
			    fm_json_u64(&start, fm_json_get(c, "period_start")) &&
			    fm_json_u64(&time, fm_json_get(c, "unix_time")) &&
			    fm_json_u64(&length, fm_json_get(c, "cycle_secs")),
		    "the case cannot be read"))
		return false;
	fm_cycle_text(text, &asset, start);
	fm_cycle_id(&id, &asset, start);
	fm_u256_to_be(word.b, &id);
	fm_hash_text(hash, &word);
	fm_u256_dec(dec, &id);
	return expect_str(v, c, "cycle_id_text", text) &&
	       expect_str(v, c, "cycle_id_bytes32", hash) &&
	       expect_str(v, c, "cycle_id_u256_dec", dec) &&
	       expect(v, fm_cycle_guess(&guess, &id, &asset, time), "not found again") &&
	       expect_str(v, c, "cycle_id_text", guess.text) &&
	       expect(v, guess.start_s == start && guess.length_s == length,
		      "found as a period of %u s", guess.length_s);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"cycle_ids.json", "cases", check },
		{ 0	    },
	};

	return vectors_run(argc, argv, lists);
}
