/* SPDX-License-Identifier: MIT */
/* Text to base units and back, exactly: no floating point, no rounding. */
#include <fourmica/bytes.h>

#include <stdio.h>
#include <string.h>

struct fm_amount fm_amount_of(const struct fm_u256 *base, const struct fm_asset *asset)
{
	return (struct fm_amount){ *base, *asset };
}

struct fm_u256 fm_amount_base(const struct fm_amount *amount)
{
	return amount->base;
}

const struct fm_asset *fm_amount_asset(const struct fm_amount *amount)
{
	return &amount->asset;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool times_ten_plus(struct fm_u256 *value, unsigned plus)
{
	struct fm_u256 digit = fm_u256_from_u64(plus);

	return fm_u256_mul_u64(value, value, 10) && fm_u256_add(value, value, &digit);
}

/* Reads on from *at; false when not one digit is there or the value grows too large. */
static bool run_of_digits(struct fm_u256 *value, size_t *at, struct fm_span text)
{
	size_t start = *at;

	for (; *at < text.len && is_digit(text.ptr[*at]); ++*at)
		if (!times_ten_plus(value, (unsigned)(text.ptr[*at] - '0')))
			return false;
	return *at > start;
}

bool fm_units_parse(struct fm_u256 *out, struct fm_span text, unsigned decimals)
{
	struct fm_u256 value = FM_U256_ZERO;
	size_t at = 0, places = 0;

	if (!run_of_digits(&value, &at, text))
		return false;
	if (at < text.len) {
		size_t point = at++;

		if (text.ptr[point] != '.' || !run_of_digits(&value, &at, text))
			return false;
		places = at - point - 1;
	}
	if (at != text.len || places > decimals)
		return false;
	/* A value that is not 0 overflows within 78 steps, whatever `decimals` is. */
	for (; places < decimals && !fm_u256_is_zero(&value); places++)
		if (!times_ten_plus(&value, 0))
			return false;
	*out = value;
	return true;
}

/* Number text takes at most this much, so that a symbol fits behind it. */
#define NUMBER_MAX 100

/* More places than fit (no real token has them): a form that units_parse refuses. */
static void too_fine(char *out, const char *digits, unsigned decimals)
{
	snprintf(out, FM_AMOUNT_TEXT, "%s / 10^%u", digits, decimals);
}

void fm_units_text(char out[static FM_AMOUNT_TEXT], const struct fm_u256 *base,
		   unsigned decimals)
{
	char digits[FM_U256_DEC];
	size_t len, places = decimals, whole;

	fm_u256_dec(digits, base);
	len = strlen(digits);
	if (fm_u256_is_zero(base))
		places = 0;
	while (places && len > 1 && digits[len - 1] == '0') {
		len--;
		places--;
	}
	if (places + 2 > NUMBER_MAX) {
		too_fine(out, digits, decimals);
		return;
	}
	whole = len > places ? len - places : 0;
	if (whole)
		memcpy(out, digits, whole);
	else
		out[whole++] = '0';
	if (places) {
		size_t shown = len < places ? len : places;

		out[whole++] = '.';
		memset(out + whole, '0', places - shown);
		memcpy(out + whole + places - shown, digits + len - shown, shown);
	}
	out[whole + places] = '\0';
}

void fm_amount_text(char out[static FM_AMOUNT_TEXT], const struct fm_amount *amount)
{
	size_t len, symbol = strnlen(amount->asset.symbol, sizeof(amount->asset.symbol));

	fm_units_text(out, &amount->base, amount->asset.decimals);
	len = strlen(out);
	if (!symbol || len + symbol + 2 > FM_AMOUNT_TEXT)
		return;
	out[len] = ' ';
	memcpy(out + len + 1, amount->asset.symbol, symbol);
	out[len + 1 + symbol] = '\0';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool unit_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}

/* "1e6usdc" and "0x10base" would otherwise read as 1 of "e6usdc", 0 of "x10base". */
static bool looks_scientific(const char *unit)
{
	char c = lower(unit[0]);

	return (c == 'e' || c == 'x') &&
	       (is_digit(unit[1]) || unit[1] == '-' || unit[1] == '+');
}

static enum fm_code refuse(struct fm_err *err, const char *text, const char *why)
{
	struct fm_buf shown;

	fm_buf_init(&shown, 512);
	fm_text_escape(&shown, fm_span_of(text), 48);
	fm_fail(err, FM_E_USAGE, "'%s' is not an amount: %s", fm_buf_span(&shown).ptr,
		why);
	fm_buf_clear(&shown);
	fm_hint(err, "write digits and a unit, for example 0.05usdc, 1eth or 50000base");
	return FM_E_USAGE;
}

/* digits, optionally a point and digits */
static bool is_number(const char *text, size_t len)
{
	size_t points = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '.')
			points++;
		else if (!is_digit(text[i]))
			return false;
	}
	return len && points <= 1 && is_digit(text[0]) && is_digit(text[len - 1]);
}

static bool is_unit(const char *unit)
{
	for (const char *c = unit; *c; c++)
		if (!unit_char(*c))
			return false;
	return is_letter(unit[0]);
}

enum fm_code fm_quantity_parse(struct fm_quantity *out, const char *text,
			       struct fm_err *err)
{
	struct fm_quantity q = { .number = "", .unit = "" };
	size_t len = strspn(text, "0123456789.");
	const char *unit = text + len;

	if (!is_number(text, len))
		return refuse(err, text,
			      "it must start with digits, a point only between digits");
	if (len >= sizeof(q.number))
		return refuse(err, text, "the number is too long");
	if (!*unit)
		return refuse(err, text, "a number needs a unit");
	if (looks_scientific(unit))
		return refuse(err, text, "exponents and hex are not read");
	if (!is_unit(unit))
		return refuse(err, text, "the unit must follow at once and be a symbol");
	if (strlen(unit) >= sizeof(q.unit))
		return refuse(err, text, "the unit is too long");
	memcpy(q.number, text, len);
	for (size_t i = 0; unit[i]; i++)
		q.unit[i] = lower(unit[i]);
	*out = q;
	return FM_OK;
}

static bool same_symbol(const char *unit, const char *symbol)
{
	size_t i = 0;

	while (unit[i] && unit[i] == lower(symbol[i]))
		i++;
	return !unit[i] && !symbol[i];
}

bool fm_quantity_names(const struct fm_quantity *quantity, const struct fm_asset *asset)
{
	return strcmp(quantity->unit, "base") == 0 ||
	       same_symbol(quantity->unit, asset->symbol);
}

enum fm_code fm_quantity_resolve(struct fm_u256 *out, const struct fm_quantity *quantity,
				 const struct fm_asset *asset, struct fm_err *err)
{
	bool base = strcmp(quantity->unit, "base") == 0;
	unsigned decimals = base ? 0 : asset->decimals;

	if (!fm_quantity_names(quantity, asset))
		return fm_fail(err, FM_E_USAGE, "'%s%s' is not an amount of %s",
			       quantity->number, quantity->unit, asset->symbol);
	if (!fm_units_parse(out, fm_span_of(quantity->number), decimals))
		return fm_fail(
			err, FM_E_USAGE,
			"'%s%s': at most %u decimal places and below 2^256 base units",
			quantity->number, quantity->unit, decimals);
	return FM_OK;
}
