/* SPDX-License-Identifier: MIT */
/* What the tables hold, a line each, for tests that hold manual pages against it. */
#include "args.h"
#include "gen.h"

#include <fourmica/err.h>

#include <stdio.h>

static void put_param(struct fm_buf *out, const char *words, const struct param *p)
{
	const char letter[2] = { p->letter };

	fm_buf_fmt(out, "option\t%s\t%s\t%s\t%s\n", words, p->name, letter,
		   param_is_flag(p) ? "" : p->arg);
}

static void put_params(struct fm_buf *out, const char *words, const struct param *rows)
{
	for (const struct param *p = rows; p && !param_is_end(p); p++)
		if (p->name)
			put_param(out, words, p);
}

static void put_command(struct fm_buf *out, const struct cmd *cmd)
{
	char words[CMD_NAME_MAX];

	fm_buf_fmt(out, "command\t%s\n", cmd->name);
	put_params(out, cmd->name, cmd->params);
	for (const struct cmd *const *sub = cmd->subs; sub && *sub; sub++) {
		snprintf(words, sizeof(words), "%s %s", cmd->name, (*sub)->name);
		fm_buf_fmt(out, "command\t%s\n", words);
		put_params(out, words, (*sub)->params);
	}
}

static void put_list(struct fm_buf *out, const char *kind, const struct named *list)
{
	for (; list->name; list++)
		fm_buf_fmt(out, "%s\t%s\n", kind, list->name);
}

void gen_facts(struct fm_buf *out)
{
	for (const struct cmd *const *cmd = commands; *cmd; cmd++)
		put_command(out, *cmd);
	put_params(out, "", global_params);
	for (int code = 0; code < FM_CODE_COUNT; code++)
		fm_buf_fmt(out, "exit\t%d\t%s\n",
			   fm_code_info((enum fm_code)code)->exit_status,
			   fm_code_info((enum fm_code)code)->word);
	put_list(out, "variable", env_table);
	put_list(out, "file", file_table);
}
