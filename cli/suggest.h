/* SPDX-License-Identifier: MIT */
/** "Did you mean": the candidate nearest to a word that is not known. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include <stddef.h>

struct guess {
	const char *word;
	size_t len;
	const char *best; /**< NULL: nothing near enough */
	size_t distance;
};

struct guess guess_start(const char *word, size_t len);
void guess_try(struct guess *guess, const char *candidate);

#endif
