/* SPDX-License-Identifier: MIT */
/* Numbers, amounts, addresses, hex, durations, URLs and text for terminals: short texts a server
 * or a person gives. What reads as a value is written and read as the same value. */
#include <fuzz.h>

#include <fourmica/http.h>
#include <fourmica/network.h>

static void numbers(struct fm_span text)
{
	struct fm_u256 value, again, other;
	char dec[FM_U256_DEC], hex[FM_U256_HEX], units[FM_AMOUNT_TEXT];

	if (fm_u256_from_dec(&value, text)) {
		fm_u256_dec(dec, &value);
		MUST(fuzz_same(fm_span_of(dec), text));
		MUST(fm_u256_from_text(&other, text) && fm_u256_cmp(&value, &other) == 0);
	}
	if (fm_u256_from_hex(&value, text)) {
		fm_u256_hex(hex, &value);
		MUST(fm_u256_from_hex(&again, fm_span_of(hex)) &&
		     fm_u256_cmp(&value, &again) == 0);
		MUST(fm_u256_from_text(&other, text) && fm_u256_cmp(&value, &other) == 0);
	}
	for (unsigned places = 0; places <= 18; places += 6) {
		if (!fm_units_parse(&value, text, places))
			continue;
		fm_units_text(units, &value, places);
		MUST(fm_units_parse(&again, fm_span_of(units), places));
		MUST(fm_u256_cmp(&value, &again) == 0);
	}
}

static void addresses(struct fm_span text)
{
	struct fm_addr addr, again;
	struct fm_hash hash, hash_again;
	enum fm_addr_case how;
	char shown[FM_ADDR_TEXT], hex[FM_HASH_TEXT];

	if (fm_addr_parse(&addr, &how, text)) {
		fm_addr_text(shown, &addr);
		MUST(fm_addr_parse(&again, &how, fm_span_of(shown)));
		MUST(fm_addr_equal(&addr, &again) && how != FM_ADDR_MISCASED);
	}
	if (fm_hash_parse(&hash, text)) {
		fm_hash_text(hex, &hash);
		MUST(fm_hash_parse(&hash_again, fm_span_of(hex)));
		MUST(fm_hash_equal(&hash, &hash_again));
	}
}

static void places(struct fm_span text)
{
	struct fm_url url;
	struct fm_buf origin;
	uint64_t chain_id;
	int64_t seconds;
	char caip2[FM_CAIP2_TEXT];

	fm_buf_init(&origin, 1024);
	if (fm_url_parse(&url, text)) {
		MUST(memchr(url.host, 0, sizeof(url.host)) && url.host[0]);
		MUST(fm_url_origin(&origin, &url));
		MUST(strcmp(url.scheme, "http") == 0 || strcmp(url.scheme, "https") == 0);
		fuzz_any(fm_url_is_loopback(&url));
	}
	fm_buf_clear(&origin);
	if (fm_network_chain(&chain_id, text)) {
		fm_caip2_text(caip2, chain_id);
		MUST(fm_network_chain(&chain_id, fm_span_of(caip2)));
	}
	if (fm_duration_parse(&seconds, text))
		MUST(seconds >= 0);
}

/* Nothing that is shown can move a cursor, whatever it was made of. */
static void shown(struct fm_span text)
{
	struct fm_buf out;

	fm_buf_init(&out, 1u << 20);
	MUST(fm_text_escape(&out, text, 512));
	for (size_t i = 0; i < out.len; i++)
		MUST((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7f);
	fm_buf_clear(&out);
}

static void typed_by_a_person(struct fm_span text)
{
	struct fm_err err;
	struct fm_quantity quantity;
	struct fm_addr addr;
	char line[256];
	enum fm_code rc;

	if (text.len >= sizeof(line) || (text.len && memchr(text.ptr, 0, text.len)))
		return;
	if (text.len)
		memcpy(line, text.ptr, text.len);
	line[text.len] = 0;
	fm_err_init(&err);
	rc = fm_quantity_parse(&quantity, line, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else
		MUST(quantity.number[0] && quantity.unit[0]);
	fm_err_init(&err);
	rc = fm_addr_from_user(&addr, line, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text = fuzz_span(data, size);

	numbers(text);
	addresses(text);
	places(text);
	shown(text);
	typed_by_a_person(text);
	return 0;
}
