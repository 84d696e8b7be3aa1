/* SPDX-License-Identifier: MIT */
/* Address texts; the case of the letters is a checksum (EIP-55). */
#include <fourmica/bytes.h>

#include <string.h>

#define DIGITS 40

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* A letter is upper case when the matching digit of the Keccak-256 of the lower-case
 * digits (without 0x) is 8 or more. */
static void checksum(char digits[static DIGITS], const struct fm_addr *addr)
{
	struct fm_hash hash;

	fm_hex_write(digits, addr->b, sizeof(addr->b));
	fm_keccak256(&hash, digits, DIGITS);
	for (size_t i = 0; i < DIGITS; i++) {
		unsigned nibble = i % 2 ? hash.b[i / 2] & 15U : hash.b[i / 2] >> 4;

		if (is_letter(digits[i]) && nibble >= 8)
			digits[i] = (char)(digits[i] - 32);
	}
}

static enum fm_addr_case judge(const struct fm_addr *addr, const char *digits)
{
	char right[DIGITS];
	bool lower = false, upper = false;

	for (size_t i = 0; i < DIGITS; i++) {
		lower = lower || (digits[i] >= 'a' && digits[i] <= 'f');
		upper = upper || (digits[i] >= 'A' && digits[i] <= 'F');
	}
	checksum(right, addr);
	if (memcmp(right, digits, DIGITS) == 0 && lower && upper)
		return FM_ADDR_CHECKED;
	return lower && upper ? FM_ADDR_MISCASED : FM_ADDR_UNCHECKED;
}

bool fm_addr_parse(struct fm_addr *out, enum fm_addr_case *how, struct fm_span text)
{
	struct fm_span digits = fm_hex_strip(text);
	struct fm_addr addr;

	if (digits.len == text.len || !fm_hex_read(addr.b, sizeof(addr.b), digits))
		return false;
	if (how)
		*how = judge(&addr, digits.ptr);
	*out = addr;
	return true;
}

static enum fm_code refuse(struct fm_err *err, const char *text, const char *rule)
{
	struct fm_buf shown;

	fm_buf_init(&shown, 512);
	fm_text_escape(&shown, fm_span_of(text), 80);
	fm_fail(err, FM_E_USAGE, "'%s' is not an address: %s", fm_buf_span(&shown).ptr,
		rule);
	fm_buf_clear(&shown);
	return FM_E_USAGE;
}

enum fm_code fm_addr_from_user(struct fm_addr *out, const char *text, struct fm_err *err)
{
	enum fm_addr_case how;
	struct fm_addr addr;

	if (!fm_addr_parse(&addr, &how, fm_span_of(text)))
		return refuse(err, text, "it must be 0x and 40 hex digits");
	if (how == FM_ADDR_MISCASED) {
		refuse(err, text,
		       "the upper and lower case letters do not match (EIP-55)");
		fm_hint(err,
			"a digit may be wrong: copy the address again from its source");
		return FM_E_USAGE;
	}
	*out = addr;
	return FM_OK;
}

void fm_addr_text(char out[static FM_ADDR_TEXT], const struct fm_addr *addr)
{
	memcpy(out, "0x", 2);
	checksum(out + 2, addr);
	out[2 + DIGITS] = '\0';
}

void fm_addr_lower(char out[static FM_ADDR_TEXT], const struct fm_addr *addr)
{
	memcpy(out, "0x", 2);
	fm_hex_write(out + 2, addr->b, sizeof(addr->b));
	out[2 + DIGITS] = '\0';
}

bool fm_addr_equal(const struct fm_addr *a, const struct fm_addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool fm_addr_is_zero(const struct fm_addr *addr)
{
	static const struct fm_addr zero;

	return fm_addr_equal(addr, &zero);
}
