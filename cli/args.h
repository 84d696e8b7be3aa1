/* SPDX-License-Identifier: MIT */
/** A command line read by the table: which command, its values, the global options. */
#ifndef ARGS_H
#define ARGS_H

#include "cmd.h"

#define CMD_DEPTH 3
#define CMD_NAME_MAX 64

/** What holds for a line before its own words do. */
struct preset {
	char *name; /**< an option's long name */
	char *value;
};

struct args_context {
	const struct cmd *const
		*more; /**< commands beside those of the table; may be NULL */
	const struct globals *globals; /**< global options to begin with; may be NULL */
	const struct preset *presets;  /**< options, for lines whose command has them */
	size_t preset_count;
};

struct args {
	const struct cmd *path[CMD_DEPTH]; /**< command, sub-command */
	size_t depth;			   /**< 0: no command was named */
	struct globals globals;
	void *values;	/**< the command's struct, filled */
	char **secrets; /**< copies of values wiped from argv */
	size_t secret_count;
};

/** Read argv[1..]. Texts stay in argv and are borrowed; values of PARAM_SECRET are copied and
 *  overwritten there. On an error what was understood so far stays in *out, so that the caller
 *  knows the command and --json. Errors: FM_E_USAGE with a suggestion; FM_E_NOMEM. */
enum fm_code args_parse(struct args *out, int argc, char **argv,
			struct fm_err *err) FM_MUST_USE;
/** The same at the prompt; `context` outlives *out. */
enum fm_code args_parse_in(struct args *out, const struct args_context *context, int argc,
			   char **argv, struct fm_err *err) FM_MUST_USE;
void args_free(struct args *args);

/** The command that runs; NULL when none was named. */
const struct cmd *args_cmd(const struct args *args);
/** "wallet new" with ' ', "wallet.new" with '.'. */
void args_name(char out[static CMD_NAME_MAX], const struct args *args, char separator);
/** Output form as far as it can be told from a line that may not parse. */
void args_guess_form(bool *json, bool *jsonl, int argc, char **argv);
/** Is this word a private key or a mnemonic rather than what it was given as? Such words are
 *  never repeated in messages. */
bool args_looks_secret(const char *word);

/** A word as a message may repeat it: escaped, short, and not when it may be a key. Lives in
 *  `buf`, which the caller clears. */
const char *args_shown(struct fm_buf *buf, const char *word);

/** The row of a table by long name or letter; NULL: none. */
const struct param *param_by_name(const struct param *params, const char *name,
				  size_t len);
const struct param *param_by_letter(const struct param *params, char letter);
/** Does this global option mean anything to the command? (--dry-run only where value moves) */
bool global_applies(const struct param *param, const struct cmd *cmd);
/** The sub-command of that name; NULL: none. `list` is NULL-terminated, may be NULL. */
const struct cmd *cmd_find(const struct cmd *const *list, const char *name);

#endif
