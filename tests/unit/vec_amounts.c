/* SPDX-License-Identifier: MIT */
#include <vectors.h>

static bool format(struct vectors *v, const struct fm_json *c, const struct fm_u256 *base,
		   uint64_t decimals)
{
	char dec[FM_U256_DEC], text[FM_AMOUNT_TEXT];

	fm_u256_dec(dec, base);
	fm_units_text(text, base, (unsigned)decimals);
	return expect_str(v, c, "base_units", dec) && expect_str(v, c, "formatted", text);
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_span text = vector_need(v, c, "text");
	struct fm_u256 base;
	uint64_t decimals;
	bool read;

	if (!fm_json_u64(&decimals, fm_json_get(c, "decimals")))
		return vector_fail(v, "no decimals");
	read = fm_units_parse(&base, text, (unsigned)decimals);
	if (!expect(v, read == vector_accepts(c), "'%s' was %s", text.ptr,
		    read ? "accepted" : "refused"))
		return false;
	return !read || format(v, c, &base, decimals);
}

static bool check_format(struct vectors *v, const struct fm_json *c)
{
	struct fm_u256 base, again;
	char text[FM_AMOUNT_TEXT];
	uint64_t decimals;

	if (!fm_json_u64(&decimals, fm_json_get(c, "decimals")) ||
	    !fm_u256_from_dec(&base, vector_need(v, c, "base_units")))
		return vector_fail(v, "no decimals or no base units");
	fm_units_text(text, &base, (unsigned)decimals);
	return format(v, c, &base, decimals) &&
	       expect(v,
		      fm_units_parse(&again, fm_span_of(text), (unsigned)decimals) &&
			      fm_u256_cmp(&base, &again) == 0,
		      "'%s' reads back differently", text);
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"amounts.json",  "cases", check },
		{ "amounts.json",	  "format_cases", check_format },
		{ 0},
	};

	return vectors_run(argc, argv, lists);
}
