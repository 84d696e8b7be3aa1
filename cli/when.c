/* SPDX-License-Identifier: MIT */
#include "when.h"

#include <fourmica/system.h>

#include <stdio.h>
#include <string.h>

#define CELLS 10

static const struct {
	const char *name;
	uint64_t seconds;
} units[] = {
	{"d",    86400},
	{ "h",   3600 },
	{ "min", 60   },
	{ "s",   1	 },
};

#define UNITS (sizeof(units) / sizeof(units[0]))

static void span(char out[static WHEN_TEXT], const char *sign, uint64_t seconds)
{
	size_t i = 0;
	uint64_t rest;

	while (i + 1 < UNITS && seconds < units[i].seconds)
		i++;
	rest = seconds % units[i].seconds;
	if (i + 1 < UNITS && rest >= units[i + 1].seconds)
		snprintf(out, WHEN_TEXT, "%s%llu %s %llu %s", sign,
			 (unsigned long long)(seconds / units[i].seconds), units[i].name,
			 (unsigned long long)(rest / units[i + 1].seconds),
			 units[i + 1].name);
	else
		snprintf(out, WHEN_TEXT, "%s%llu %s", sign,
			 (unsigned long long)(seconds / units[i].seconds), units[i].name);
}

void when_span(char out[static WHEN_TEXT], int64_t seconds)
{
	uint64_t length = (uint64_t)seconds;

	span(out, seconds < 0 ? "-" : "", seconds < 0 ? 0 - length : length);
}

void when_from(char out[static WHEN_TEXT], int64_t then_s, int64_t now_s)
{
	uint64_t then = (uint64_t)then_s, now = (uint64_t)now_s;

	if (then_s == now_s) {
		snprintf(out, WHEN_TEXT, "now");
	} else if (then_s > now_s) {
		span(out, "in ", then - now);
	} else {
		span(out, "", now - then);
		snprintf(out + strlen(out), WHEN_TEXT - strlen(out), " ago");
	}
}

/* Both divided by the same power of two until products with GAUGE_MOST + 1 fit: what that
 * drops is far below a percent. */
static void shrink(struct fm_u256 *part, struct fm_u256 *whole)
{
	struct fm_u256 product;

	while (!fm_u256_mul_u64(&product, part, 100) ||
	       !fm_u256_mul_u64(&product, whole, GAUGE_MOST + 1)) {
		fm_u256_divmod_u64(part, 1u << 10);
		fm_u256_divmod_u64(whole, 1u << 10);
	}
}

int gauge_percent(const struct fm_u256 *part, const struct fm_u256 *whole)
{
	struct fm_u256 a = *part, b = *whole, hundredfold, product;
	int low = 0, high = GAUGE_MOST;

	if (fm_u256_is_zero(whole))
		return -1;
	/* A whole that shrinks to nothing beside its part. */
	shrink(&a, &b);
	if (fm_u256_is_zero(&b) || !fm_u256_mul_u64(&hundredfold, &a, 100))
		return GAUGE_MOST;
	while (low < high) {
		int middle = low + (high - low + 1) / 2;

		if (fm_u256_mul_u64(&product, &b, (uint64_t)middle) &&
		    fm_u256_cmp(&product, &hundredfold) <= 0)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

void gauge_text(char out[static WHEN_TEXT], int percent)
{
	int full = percent >= 100 ? CELLS : percent / (100 / CELLS);
	char cells[CELLS + 1];

	memset(cells, '-', CELLS);
	memset(cells, '#', (size_t)full);
	cells[CELLS] = '\0';
	snprintf(out, WHEN_TEXT, "[%s] %3d %%%s", cells, percent,
		 percent == GAUGE_MOST ? " or more" : "");
}

/* ---- reading ---- */

static bool digits(unsigned *out, const char *text, size_t at, size_t len)
{
	*out = 0;
	for (size_t i = at; i < at + len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(text[i] - '0');
	}
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar; the year begins in March here, so that the day
 * a leap year adds is its last. */
static int64_t days_before(unsigned year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static unsigned month_days(unsigned year, unsigned month)
{
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/* RFC 3339 with whole seconds: 2026-06-22T10:00:00Z, or with an offset. */
static bool read_calendar(uint64_t *out, const char *text)
{
	static const char form[] = "0000-00-00T00:00:00";
	unsigned year, month, day, hour, minute, second, off_hour = 0, off_minute = 0;
	size_t len = sizeof(form) - 1;
	const char *zone = text + len;
	int64_t at;

	if (strlen(text) <= len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (form[i] != '0' && text[i] != form[i] &&
		    !(form[i] == 'T' && text[i] == 't'))
			return false;
	if (!digits(&year, text, 0, 4) || !digits(&month, text, 5, 2) ||
	    !digits(&day, text, 8, 2) || !digits(&hour, text, 11, 2) ||
	    !digits(&minute, text, 14, 2) || !digits(&second, text, 17, 2) || month < 1 ||
	    month > 12 || day < 1 || day > month_days(year, month) || hour > 23 ||
	    minute > 59 || second > 59)
		return false;
	if (strcmp(zone, "Z") != 0 && strcmp(zone, "z") != 0) {
		if (strlen(zone) != 6 || (zone[0] != '+' && zone[0] != '-') ||
		    zone[3] != ':' || !digits(&off_hour, zone, 1, 2) ||
		    !digits(&off_minute, zone, 4, 2) || off_hour > 23 || off_minute > 59)
			return false;
	}
	at = days_before(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	at -= (zone[0] == '-' ? -1 : 1) * (int64_t)(off_hour * 3600 + off_minute * 60);
	*out = (uint64_t)at;
	return at >= 0;
}

bool when_read(uint64_t *out, const char *text)
{
	struct fm_u256 value;

	if (fm_u256_from_dec(&value, fm_span_of(text)))
		return fm_u256_to_u64(out, &value);
	return read_calendar(out, text);
}

/* "2026-06-22": its beginning. */
static bool read_day(uint64_t *out, const char *text)
{
	char full[32];

	return strlen(text) == 10 && snprintf(full, sizeof(full), "%sT00:00:00Z", text) &&
	       read_calendar(out, full);
}

bool when_bound(int64_t *ms, const char *text, int64_t now_ms)
{
	uint64_t seconds;
	int64_t ago;

	if (fm_duration_parse(&ago, fm_span_of(text))) {
		if (ago > now_ms / 1000)
			return false;
		*ms = now_ms - ago * 1000;
		return true;
	}
	if ((!read_day(&seconds, text) && !when_read(&seconds, text)) ||
	    seconds > INT64_MAX / 1000)
		return false;
	*ms = (int64_t)seconds * 1000;
	return true;
}
