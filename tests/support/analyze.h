/* SPDX-License-Identifier: MIT */
/* Read before every file that an analyzer looks at, and by nothing else: it says what one file
 * cannot know, that the calls which make or extend an error never return success. */
#ifndef FOURMICA_ANALYZE_H
#define FOURMICA_ANALYZE_H

#include <fourmica/err.h>

static inline enum fm_code analyze_bad(enum fm_code code)
{
	if (code == FM_OK)
		__builtin_unreachable();
	return code;
}

#define fm_fail(...) analyze_bad(fm_fail(__VA_ARGS__))
#define fm_hint(...) analyze_bad(fm_hint(__VA_ARGS__))
#define fm_rule(...) analyze_bad(fm_rule(__VA_ARGS__))
#define fm_within(...) analyze_bad(fm_within(__VA_ARGS__))
#define fm_nomem(...) analyze_bad(fm_nomem(__VA_ARGS__))

/* Nor what the intrinsics for carries write. */
#define FM_BLS_PORTABLE 1

#endif
