/* SPDX-License-Identifier: MIT */
/* A settlement cycle's id, as text and as its hash. 4mica.md, section 8. */
#include <fourmica/clearing.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void fm_cycle_text(char out[static FM_CYCLE_TEXT], const struct fm_addr *asset,
		   uint64_t start_s)
{
	char addr[FM_ADDR_TEXT];

	fm_addr_lower(addr, asset);
	snprintf(out, FM_CYCLE_TEXT, "%s:%" PRIu64, addr, start_s);
}

void fm_cycle_id(struct fm_u256 *out, const struct fm_addr *asset, uint64_t start_s)
{
	char text[FM_CYCLE_TEXT];
	struct fm_hash hash;

	fm_cycle_text(text, asset, start_s);
	fm_keccak256(&hash, text, strlen(text));
	*out = fm_u256_from_be(hash.b);
}

void fm_cycle_hash(struct fm_hash *out, struct fm_span text)
{
	fm_keccak256(out, text.ptr, text.len);
}

/** Seconds as Core writes them: no sign, no leading zero. */
static bool read_start(uint64_t *out, struct fm_span text)
{
	struct fm_u256 wide;

	return fm_u256_from_dec(&wide, text) && fm_u256_to_u64(out, &wide);
}

/* What was read, written again, must be the text: that settles case, zeros and length. */
bool fm_cycle_parse(struct fm_addr *asset, uint64_t *start_s, struct fm_span text)
{
	const size_t colon = FM_ADDR_TEXT - 1;
	char again[FM_CYCLE_TEXT];
	struct fm_addr addr;
	uint64_t start;

	if (text.len <= colon + 1 || text.len >= FM_CYCLE_TEXT ||
	    text.ptr[colon] != ':' ||
	    !fm_addr_parse(&addr, NULL, (struct fm_span){ text.ptr, colon }) ||
	    !read_start(&start,
			(struct fm_span){ text.ptr + colon + 1, text.len - colon - 1 }))
		return false;
	fm_cycle_text(again, &addr, start);
	if (!fm_span_is(text, again))
		return false;
	*asset = addr;
	*start_s = start;
	return true;
}

/** Does `text`, in lower case, begin with `name`? */
static bool begins(const char *text, const char *name)
{
	for (; *name; text++, name++) {
		char c = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;

		if (c != *text) /* the end of `text` among them */
			return false;
	}
	return true;
}

bool fm_cycle_named(const struct fm_hash *id, const char *text, const char *name)
{
	char hex[FM_HASH_TEXT];

	fm_hash_text(hex, id);
	return strlen(name) >= FM_CYCLE_PREFIX &&
	       (begins(hex, name) || (text && begins(text, name)));
}

static void add_part(struct fm_buf *out, const char *text)
{
	size_t len = strlen(text);
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
	fm_buf_add(out, be, sizeof(be));
	fm_buf_add(out, text, len);
}

void fm_guarantee_id(struct fm_hash *out, const char *cycle_text,
		     const struct fm_addr *payer, const struct fm_addr *recipient,
		     const struct fm_addr *asset, const struct fm_u256 *req_id,
		     int version)
{
	const struct fm_addr *const addresses[] = { payer, recipient, asset };
	char addr[FM_ADDR_TEXT], number[FM_U256_DEC], digits[12];
	struct fm_buf all;

	fm_buf_init(&all, 512 + strlen(cycle_text));
	add_part(&all, "4MICA_CYCLE_GUARANTEE_V1");
	add_part(&all, cycle_text);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		fm_addr_lower(addr, addresses[i]);
		add_part(&all, addr);
	}
	fm_u256_dec(number, req_id);
	add_part(&all, number);
	snprintf(digits, sizeof(digits), "%d", version);
	add_part(&all, digits);
	memset(out, 0, sizeof(*out));
	if (fm_buf_ok(&all))
		fm_keccak256(out, all.ptr, all.len);
	fm_buf_clear(&all);
}

/* No endpoint lists the cycles and none says how long they are. A day is the default,
 * so it is tried first; where starts coincide, the first length that fits is reported. Below a
 * minute are those of test networks. */
static const uint32_t lengths[] = { 86400, 43200, 21600, 3600, 7200, 1800, 900, 600,
				    300,   60,	  30,	 20,   15,   10,   8 };

static bool starts_at(struct fm_cycle_guess *out, const struct fm_u256 *cycle_id,
		      const struct fm_addr *asset, uint64_t start_s, uint32_t length_s)
{
	struct fm_u256 id;

	fm_cycle_id(&id, asset, start_s);
	if (fm_u256_cmp(&id, cycle_id) != 0)
		return false;
	fm_cycle_text(out->text, asset, start_s);
	out->start_s = start_s;
	out->length_s = length_s;
	return true;
}

bool fm_cycle_guess(struct fm_cycle_guess *out, const struct fm_u256 *cycle_id,
		    const struct fm_addr *asset, uint64_t issued_s)
{
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		uint32_t len = lengths[i];
		uint64_t own = issued_s - issued_s % len;

		if (starts_at(out, cycle_id, asset, own, len) ||
		    (own >= len && starts_at(out, cycle_id, asset, own - len, len)) ||
		    (own <= UINT64_MAX - len &&
		     starts_at(out, cycle_id, asset, own + len, len)))
			return true;
	}
	return false;
}
