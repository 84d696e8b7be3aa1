/* SPDX-License-Identifier: MIT */
/** What a word of a command line may become: by the table, and by what lies on this machine. The
 *  prompt and the completions of the shells ask here; the network never is. */
#ifndef CANDIDATES_H
#define CANDIDATES_H

#include "session.h"

#define CANDIDATES_WORD "__complete" /* the hidden command of the shells' scripts */
#define CANDIDATES_PAYMENTS 500	     /* of the ledger, the newest, that are looked at */

struct candidate {
	char *value;
	char *help; /**< NULL: none */
	bool open;  /**< more may follow without a blank: a directory, "--name=" */
};

struct candidates {
	struct candidate *items; /**< sorted, each once */
	size_t count, size;
	const char *start, *prefix; /**< private */
	size_t prefix_len;
};

/** Of the last of `count` words, words[0] being the program. `files`: names of files as well, which
 *  shells know better. Finds less where something cannot be read. The words are overwritten where
 *  they are secret. Owner: candidates_clear. */
void candidates_find(struct candidates *out, struct session *s, int count, char **words,
		     bool files);
void candidates_clear(struct candidates *c);

/** `fourmica __complete WORDS`: one candidate a line, a tab and what it is. Returns the exit
 *  status. */
int candidates_print(struct session *s, int count, char **words);

#endif
