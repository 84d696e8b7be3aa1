/* SPDX-License-Identifier: MIT */
#include "when.h"

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
