/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <string.h>

#define WORD_MAX 32

/* Edits that turn one word into the other: insert, delete, replace, swap neighbours (the
 * optimal string alignment distance). Three rows are all the recurrence looks back on. */
static size_t edits(const char *a, size_t alen, const char *b, size_t blen)
{
	size_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= blen; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= alen; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3],
		       *older = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= blen; j++) {
			size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && older[j - 2] + 1 < best)
				best = older[j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[alen % 3][blen];
}

struct guess guess_start(const char *word, size_t len)
{
	return (struct guess){ .word = word, .len = len };
}

void guess_try(struct guess *guess, const char *candidate)
{
	size_t len = strlen(candidate), distance;

	if (guess->len > WORD_MAX || len > WORD_MAX || !guess->len)
		return;
	distance = edits(guess->word, guess->len, candidate, len);
	/* An abbreviation is not accepted, but it is understood. */
	if (guess->len >= 2 && len > guess->len &&
	    memcmp(candidate, guess->word, guess->len) == 0)
		distance = 1;
	if (distance > (guess->len < 4 ? 1 : 2) || distance >= len)
		return;
	if (guess->best && guess->distance <= distance)
		return;
	guess->best = candidate;
	guess->distance = distance;
}
