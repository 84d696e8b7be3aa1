/* SPDX-License-Identifier: MIT */
/* Cycle ids: the text, its hash, and the text found again from the hash; ids of guarantees. */
#include <fourmica/cert.h>
#include <vectors.h>

#include <string.h>

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

/* Core hashes the texts it was sent; ours are lower case, so other cases are not for us. */
static bool check_guarantee(struct vectors *v, const struct fm_json *c)
{
	static const char *const names[] = { "user_address", "recipient_address",
					     "asset_address" };
	char cycle[128], text[64], lower[FM_ADDR_TEXT], hash[FM_HASH_TEXT];
	struct fm_addr addr[3];
	struct fm_u256 req_id;
	struct fm_hash id;
	uint64_t version;
	bool ours = true;

	for (size_t i = 0; i < 3; i++) {
		if (!expect(v,
			    fm_json_cstr(text, sizeof(text), fm_json_get(c, names[i])) &&
				    fm_addr_parse(&addr[i], NULL, fm_span_of(text)),
			    "%s cannot be read", names[i]))
			return false;
		fm_addr_lower(lower, &addr[i]);
		ours = ours && strcmp(lower, text) == 0;
	}
	if (!expect(v,
		    fm_json_cstr(cycle, sizeof(cycle), fm_json_get(c, "cycle_id_text")) &&
			    fm_json_u256(&req_id, fm_json_get(c, "req_id")) &&
			    fm_json_u64(&version, fm_json_get(c, "version")),
		    "the case cannot be read"))
		return false;
	fm_guarantee_id(&id, cycle, &addr[0], &addr[1], &addr[2], &req_id, (int)version);
	fm_hash_text(hash, &id);
	if (ours)
		return expect_str(v, c, "guarantee_id", hash);
	return expect(v, !fm_json_is(fm_json_get(c, "guarantee_id"), hash),
		      "the case of letters made no difference");
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"cycle_ids.json",  "cases", check },
		{ "cycle_ids.json",	    "guarantee_ids", check_guarantee },
		{ 0},
	};

	return vectors_run(argc, argv, lists);
}
