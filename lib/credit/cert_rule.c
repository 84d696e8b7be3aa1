/* SPDX-License-Identifier: MIT */
/* The checks by name, and the small values they are made from. */
#include "credit/cert.h"
#include "credit/words.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *word;
	enum fm_code code;
} rules[] = {
#define FM_CERT_RULE_ROW(name, word, code) { word, code },
	FM_CERT_RULES(FM_CERT_RULE_ROW)
#undef FM_CERT_RULE_ROW
};

const char *fm_cert_rule_word(enum fm_cert_rule rule)
{
	assert(rule < sizeof(rules) / sizeof(rules[0]));
	return rules[rule].word;
}

enum fm_code fm_cert_rule_code(enum fm_cert_rule rule)
{
	assert(rule < sizeof(rules) / sizeof(rules[0]));
	return rules[rule].code;
}

const char *fm_anchor_word(enum fm_anchor anchor)
{
	switch (anchor) {
	case FM_ANCHOR_NONE:
		return "none";
	case FM_ANCHOR_GIVEN:
		return "given";
	case FM_ANCHOR_PIN:
		return "pinned";
	case FM_ANCHOR_CHAIN:
		return "chain";
	case FM_ANCHOR_CORE:
		return "public-params";
	}
	return "none";
}

enum fm_cert_rule fm_cert_refuse(struct fm_err *err, enum fm_cert_rule rule,
				 const char *fmt, ...)
{
	char words[sizeof(((struct fm_err *)0)->msg)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	fm_fail(err, fm_cert_rule_code(rule), "%s", words);
	fm_rule(err, "%s", fm_cert_rule_word(rule));
	return rule;
}

/* 4mica.md, section 5.2: abi.encode(string, uint256, address), five words. */
void fm_cert_domain(struct fm_hash *out, int version, uint64_t chain_id,
		    const struct fm_addr *vault)
{
	char name[] = "4MICA_CORE_GUARANTEE_V1";
	size_t len = sizeof(name) - 1;
	uint8_t words[5 * FM_WORD], *at = words;

	assert(version == 1 || version == 2);
	name[len - 1] = (char)('0' + version);
	at = fm_word_u64(at, 3 * FM_WORD);
	at = fm_word_u64(at, chain_id);
	at = fm_word_addr(at, vault);
	at = fm_word_u64(at, len);
	fm_word_bytes(at, name, len);
	fm_keccak256(out, words, sizeof(words));
}

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Which rule digits that were not read have broken. `skipped`: the prefix, for
 * positions. */
static enum fm_cert_rule hex_fault(struct fm_span digits, size_t skipped, size_t room,
				   const char *what, struct fm_err *err)
{
	for (size_t i = 0; i < digits.len; i++) {
		if (!is_digit(digits.ptr[i]))
			return fm_cert_refuse(err, FM_CERT_HEX,
					      "the %s: character %zu is not a hex digit",
					      what, skipped + i + 1);
	}
	if (digits.len % 2)
		return fm_cert_refuse(err, FM_CERT_HEX,
				      "the %s: %zu hex digits, an odd number", what,
				      digits.len);
	return fm_cert_refuse(err, FM_CERT_LENGTH,
			      "the %s: %zu bytes, at most %zu are read", what,
			      digits.len / 2, room);
}

enum fm_cert_rule fm_cert_hex(void *out, size_t room, size_t *len, struct fm_span text,
			      const char *what, struct fm_err *err)
{
	struct fm_span digits = fm_hex_strip(text);

	*len = digits.len / 2;
	if (*len <= room && fm_hex_read(out, *len, digits))
		return FM_CERT_VERIFIED;
	return hex_fault(digits, text.len - digits.len, room, what, err);
}
