/* SPDX-License-Identifier: MIT */
/** A line of the prompt as words, the way a shell would read it, without its expansions. */
#ifndef WORDS_H
#define WORDS_H

#include <fourmica/fourmica.h>

#define WORDS_LINE_MAX (64u << 10) /* bytes of a line */

struct words {
	char **items; /**< items[0] is the program's name; NULL behind the last */
	size_t count;
	bool open; /**< the line ends inside quotes, or behind a backslash */
	size_t last_at; /**< where the last word begins in the line; its end when none was begun */
};

/** What `$last.PATH` stands for. */
typedef enum fm_code words_last_fn(struct fm_buf *out, void *ctx, struct fm_span path,
				   struct fm_err *err);

/** Split: blanks separate; '...' is as it is; in "..." a backslash takes the meaning from \ " and $;
 *  elsewhere it does so from any character; # at the beginning of a word starts a comment. $last.PATH
 *  becomes one piece of a word whatever it holds, and is refused where it would be read as an option
 *  or as the name of a file; every other $ stays. `last` NULL: it stays, too.
 *  Owner: words_clear, which wipes. Errors: FM_E_USAGE a quote is not closed, a value begins with - or @; what `last` said. */
enum fm_code words_split(struct words *out, struct fm_span line, words_last_fn *last,
			 void *ctx, struct fm_err *err) FM_MUST_USE;
/** The same for a line that is being typed: the last word is the one at the end, possibly empty;
 *  quotes need not be closed. False: not enough memory. */
bool words_typed(struct words *out, struct fm_span line) FM_MUST_USE;
void words_clear(struct words *words);

/** A word so that words_split reads it again as it is. `quote`: the quote it stands in, or 0. */
void words_quote(struct fm_buf *out, const char *word, char quote);

#endif
