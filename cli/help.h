/* SPDX-License-Identifier: MIT */
/** Help texts, made from the table. */
#ifndef HELP_H
#define HELP_H

#include "cmd.h"

/** Words of `fourmica help`, and what --help runs it with. */
struct help_args {
	struct strings words;
};

/** A chapter that belongs to no command. Paragraphs are separated by blank lines; a line that
 *  begins with two spaces is kept as it is. */
struct topic {
	const char *name; /**< NULL ends the table */
	const char *summary;
	const char *text; /**< before what is made from a table; may be NULL */
};

extern const struct topic topics[];
extern const struct cmd cmd_help;

struct page {
	struct fm_buf *buf;
	size_t width;
	bool color;
	const struct cmd *const
		*more; /**< commands that go before those of the table; or NULL */
};

/** The page of "pay", "wallet new", "exit-codes", ...; without words the overview.
 *  Errors: FM_E_USAGE with a suggestion. */
enum fm_code help_page(struct page *page, const struct strings *words,
		       struct fm_err *err);
/** The few lines a bare call gets. */
void help_short(struct page *page);

/** "[options] URL [FILE]": a command's arguments as its usage shows them. */
void help_arguments(struct fm_buf *out, const struct cmd *cmd);
/** "-X, --request METHOD". */
void help_option(struct fm_buf *out, const struct param *param);
/** Is this row the one its exit status is explained with? */
bool help_is_first_of_exit(enum fm_code code);

#endif
