/* SPDX-License-Identifier: MIT */
#include <fourmica/system.h>

#include <stdio.h>
#include <time.h>

static int64_t now_ms(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t wall(void *ctx)
{
	(void)ctx;
	return now_ms(CLOCK_REALTIME);
}

static int64_t steady(void *ctx)
{
	(void)ctx;
	return now_ms(CLOCK_MONOTONIC);
}

const struct fm_clock fm_system_clock = { .wall_ms = wall, .steady_ms = steady };

int64_t fm_wall_ms(const struct fm_clock *clock)
{
	return clock->wall_ms(clock->ctx);
}

int64_t fm_wall_s(const struct fm_clock *clock)
{
	int64_t ms = fm_wall_ms(clock);

	return ms / 1000 - (ms % 1000 < 0);
}

int64_t fm_steady_ms(const struct fm_clock *clock)
{
	return clock->steady_ms(clock->ctx);
}

/* RFC 3339 has four digits for the year: other times are shown as "@seconds". */
#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

void fm_time_text(char out[static FM_TIME_TEXT], int64_t unix_s)
{
	time_t seconds = (time_t)unix_s;
	struct tm tm;

	if (unix_s < 0 || unix_s > LAST_SECOND || !gmtime_r(&seconds, &tm) ||
	    !strftime(out, FM_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, FM_TIME_TEXT, "@%lld", (long long)unix_s);
}

static int64_t unit_seconds(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

bool fm_duration_parse(int64_t *seconds, struct fm_span text)
{
	int64_t value = 0, unit;

	if (text.len < 2)
		return false;
	unit = unit_seconds(text.ptr[text.len - 1]);
	if (!unit)
		return false;
	for (size_t i = 0; i + 1 < text.len; i++) {
		char c = text.ptr[i];

		if (c < '0' || c > '9' || value > (INT64_MAX / unit - (c - '0')) / 10)
			return false;
		value = value * 10 + (c - '0');
	}
	*seconds = value * unit;
	return true;
}
