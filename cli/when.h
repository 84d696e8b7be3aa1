/* SPDX-License-Identifier: MIT */
/** Lengths of time and shares as people read them. */
#ifndef WHEN_H
#define WHEN_H

#include <fourmica/types.h>

#define WHEN_TEXT 48

/** "3 d 4 h", "2 min", "0 s": the two largest units that are not 0, rounded down. Negative
 *  lengths have a minus. */
void when_span(char out[static WHEN_TEXT], int64_t seconds);
/** "in 3 d 4 h", "2 min ago", "now": then_s seen from now_s. */
void when_from(char out[static WHEN_TEXT], int64_t then_s, int64_t now_s);

#define GAUGE_MOST 999

/** Percent of `whole` that `part` is, rounded down; GAUGE_MOST: that or more. -1: no whole. */
int gauge_percent(const struct fm_u256 *part, const struct fm_u256 *whole);
/** "[######----]  62 %"; percent from 0 to GAUGE_MOST. */
void gauge_text(char out[static WHEN_TEXT], int percent);

/** Unix seconds, or RFC 3339 with whole seconds: "2026-06-22T10:00:00Z", or with an offset. */
bool when_read(uint64_t *out, const char *text);
/** The same, a day ("2026-06-22": its beginning in UTC), or so long ago ("24h"). */
bool when_bound(int64_t *ms, const char *text, int64_t now_ms);

#endif
