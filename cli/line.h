/* SPDX-License-Identifier: MIT */
/** A command line while it is read; shared by the walk over it and the reader of its values. */
#ifndef LINE_H
#define LINE_H

#include "args.h"

#define OPTION_SHOWN 64 /* bytes of an option's name in a message */

struct line {
	struct args *args;
	int argc, at;
	char **argv;
	const struct args_context *context; /* may be NULL */
	const struct cmd *cmd; /* innermost so far; NULL before the first word */
	size_t positionals;    /* how many of the command's own were filled */
	struct fm_err *err;
};

/** FM_E_USAGE; the hint names the help of the command that was being read. */
enum fm_code line_usage(struct line *l, const char *fmt, ...) FM_PRINTF(2, 3);
/** Read `value` into the place of row `p` in the struct at `base`. */
enum fm_code line_store(struct line *l, const struct param *p, char *base, char *value);

#endif
