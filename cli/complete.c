/* SPDX-License-Identifier: MIT */
/* bash: one function with a case per command; zsh: _arguments; fish: one line per option. */
#include "complete.h"

#include "args.h"
#include "help.h"
#include "manual.h"

#include <string.h>

static const char warning[] = "# SPDX-License-Identifier: MIT\n"
			      "# Made from the command table; do not edit.\n";

/* "a b c" of "a|b|c". */
static void choices(struct fm_buf *out, const char *list)
{
	for (; *list; list++)
		fm_buf_chr(out, *list == '|' ? ' ' : *list);
}

/* Each command once, groups before their members; "path" is "wallet new". */
typedef void visit_fn(struct fm_buf *out, const struct cmd *cmd, const char *path,
		      const struct cmd *group);

static void each_command(struct fm_buf *out, visit_fn *visit)
{
	for (const struct cmd *const *top = commands; *top; top++) {
		visit(out, *top, (*top)->name, NULL);
		for (const struct cmd *const *sub = (*top)->subs; sub && *sub; sub++) {
			struct args path = {
				.path = {*top, *sub},
					.depth = 2
			};
			char name[CMD_NAME_MAX];

			args_name(name, &path, ' ');
			visit(out, *sub, name, *top);
		}
	}
}

static const struct param *first_positional(const struct cmd *cmd)
{
	for (const struct param *p = cmd->params; p && !param_is_end(p); p++)
		if (param_is_positional(p))
			return p;
	return NULL;
}

/* ---- bash ---- */

static void bash_words(struct fm_buf *out, const struct param *rows,
		       const struct cmd *cmd)
{
	for (const struct param *p = rows; p && !param_is_end(p); p++)
		if (p->name && (!cmd || global_applies(p, cmd)))
			fm_buf_fmt(out, " --%s", p->name);
}

static void bash_subs(struct fm_buf *out, const struct cmd *const *list)
{
	for (; list && *list; list++)
		fm_buf_fmt(out, " %s", (*list)->name);
}

/* Does a positional take what only the program knows? */
static bool knows_words(const struct cmd *cmd)
{
	for (const struct param *p = cmd->params; p && !param_is_end(p); p++)
		if (param_is_positional(p) && p->known && p->known != KNOWN_HELP)
			return true;
	return false;
}

static void bash_command(struct fm_buf *out, const struct cmd *cmd, const char *path,
			 const struct cmd *group)
{
	const struct param *p = first_positional(cmd);

	(void)group;
	fm_buf_fmt(out, "\t'%s')\n\t\topts='", path);
	if (!cmd->subs) {
		bash_words(out, cmd->params, NULL);
		bash_words(out, global_params, cmd);
	} else {
		bash_words(out, global_params, cmd);
	}
	fm_buf_str(out, "'\n\t\twords='");
	bash_subs(out, cmd->subs);
	if (strcmp(cmd->name, "help") == 0) {
		bash_subs(out, commands);
		for (const struct topic *t = topics; t->name; t++)
			fm_buf_fmt(out, " %s", t->name);
		for (const struct manual *m = manuals; m->name; m++)
			fm_buf_fmt(out, " %s.%d", m->name, m->section);
	}
	if (p && p->choices) {
		fm_buf_chr(out, ' ');
		choices(out, p->choices);
	}
	fm_buf_fmt(out, "' files=%s known=%s\n\t\t;;\n",
		   p && p->traits & PARAM_FILE ? "yes" : "",
		   knows_words(cmd) ? "yes" : "");
}

/* What follows an option: its choices, a file name, or something only the user knows. `path` is
 * a pattern: a quoted name, or * for any. */
static void bash_value(struct fm_buf *out, const struct param *p, const char *path)
{
	if (!p->name || param_is_flag(p))
		return;
	fm_buf_fmt(out, "\t%s' --%s'", path, p->name);
	if (p->letter)
		fm_buf_fmt(out, " | %s' -%c'", path, p->letter);
	fm_buf_str(out, ") value=");
	if (p->choices) {
		fm_buf_chr(out, '\'');
		choices(out, p->choices);
		fm_buf_chr(out, '\'');
	} else {
		fm_buf_str(out, p->traits & PARAM_FILE ? "@file"
				: p->known	       ? "@known"
						       : "@other");
	}
	fm_buf_str(out, " ;;\n");
}

static void bash_values(struct fm_buf *out, const struct cmd *cmd, const char *path,
			const struct cmd *group)
{
	struct fm_buf quoted;

	(void)group;
	fm_buf_init(&quoted, CMD_NAME_MAX + 2);
	fm_buf_fmt(&quoted, "'%s'", path);
	for (const struct param *p = cmd->params; p && !param_is_end(p); p++)
		bash_value(out, p, quoted.ptr ? quoted.ptr : "''");
	fm_buf_clear(&quoted);
}

static void bash_global_values(struct fm_buf *out)
{
	for (const struct param *p = global_params; !param_is_end(p); p++)
		bash_value(out, p, "*");
}

/* What only the program knows. bash breaks words at : and =, so the word that is asked about is taken
 * from the line itself, and what stands before its last break is taken off the answers. They are quoted
 * here: what readline does to names of files leaves "$" and ")" as they are, and a task may be called
 * "$(...)". */
static void bash_known(struct fm_buf *out)
{
	fm_buf_str(
		out,
		"_fourmica_known()\n{\n"
		"\tlocal line=${COMP_LINE:0:COMP_POINT} word kept one\n"
		"\tlocal -a typed found\n"
		"\tread -ra typed <<<\"$line\"\n"
		"\t[[ $line == *[[:space:]] ]] && typed+=('')\n"
		"\t((${#typed[@]})) || return\n"
		"\tcompopt +o filenames 2>/dev/null\n"
		"\tword=${typed[-1]}\n"
		"\tkept=${word%\"${word##*[:=]}\"}\n"
		"\tmapfile -t found < <(\"${typed[0]}\" __complete \"${typed[@]:1}\" 2>/dev/null)\n"
		"\tfor one in \"${found[@]}\"; do\n"
		"\t\tone=${one%%$'\\t'*}\n"
		"\t\tprintf -v word %q \"${one#\"$kept\"}\"\n"
		"\t\tCOMPREPLY+=(\"$word\")\n"
		"\t\t[[ $one == http*://* ]] && compopt -o nospace 2>/dev/null\n"
		"\tdone\n"
		"}\n");
}

/* Which command the line is about, as far as words before the cursor tell. */
static void bash_find(struct fm_buf *out)
{
	fm_buf_str(
		out,
		"_fourmica()\n{\n"
		"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		"\tlocal path='' word opts='' words='' files='' known='' value='' i\n"
		"\tCOMPREPLY=()\n"
		"\t# --name=value comes as three words\n"
		"\tif [[ $cur == = ]]; then\n"
		"\t\tcur=''\n"
		"\telif [[ $prev == = ]] && ((COMP_CWORD > 1)); then\n"
		"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
		"\tfi\n"
		"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		"\t\tword=${COMP_WORDS[i]}\n"
		"\t\tcase $path,$word in\n");
	for (const struct cmd *const *top = commands; *top; top++) {
		fm_buf_fmt(out, "\t\t,%s) path='%s' ;;\n", (*top)->name, (*top)->name);
		for (const struct cmd *const *sub = (*top)->subs; sub && *sub; sub++)
			fm_buf_fmt(out, "\t\t%s,%s) path='%s %s' ;;\n", (*top)->name,
				   (*sub)->name, (*top)->name, (*sub)->name);
	}
	fm_buf_str(out, "\t\tesac\n\tdone\n");
}

void complete_bash(struct fm_buf *out)
{
	fm_buf_str(out, warning);
	bash_known(out);
	bash_find(out);
	fm_buf_str(out, "\tcase \"$path $prev\" in\n");
	each_command(out, bash_values);
	/* Last, so that a command's own letter wins. */
	bash_global_values(out);
	fm_buf_str(
		out,
		"\tesac\n"
		"\tcase $value in\n"
		"\t'') ;;\n"
		"\t@file) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n"
		"\t@known) _fourmica_known; return ;;\n"
		"\t@other) return ;;\n"
		"\t*) mapfile -t COMPREPLY < <(compgen -W \"$value\" -- \"$cur\"); return ;;\n"
		"\tesac\n"
		"\tcase $path in\n\t'')\n\t\topts='");
	bash_words(out, global_params, NULL);
	fm_buf_str(out, "'\n\t\twords='");
	bash_subs(out, commands);
	fm_buf_str(out, "' files= known=\n\t\t;;\n");
	each_command(out, bash_command);
	fm_buf_str(out,
		   "\tesac\n"
		   "\tif [[ $cur == -* ]]; then\n"
		   "\t\tmapfile -t COMPREPLY < <(compgen -W \"$opts\" -- \"$cur\")\n"
		   "\telif [[ -n $known ]]; then\n"
		   "\t\t_fourmica_known\n"
		   "\telif [[ -n $files ]]; then\n"
		   "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
		   "\telse\n"
		   "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
		   "\tfi\n"
		   "}\n"
		   "complete -o filenames -F _fourmica fourmica\n");
}

/* ---- zsh ---- */

/* Text inside an _arguments spec in single quotes. */
static void zsh_text(struct fm_buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fm_buf_str(out, "'\\''");
		else if (strchr("[]:\\", *text))
			fm_buf_fmt(out, "\\%c", *text);
		else
			fm_buf_chr(out, *text);
	}
}

static void zsh_value(struct fm_buf *out, const struct param *p)
{
	if (param_is_flag(p))
		return;
	fm_buf_chr(out, ':');
	zsh_text(out, p->arg);
	fm_buf_chr(out, ':');
	if (p->choices) {
		fm_buf_chr(out, '(');
		choices(out, p->choices);
		fm_buf_chr(out, ')');
	} else if (p->traits & PARAM_FILE) {
		fm_buf_str(out, "_files");
	} else if (p->known) {
		fm_buf_str(out, "_fourmica_known");
	}
}

static void zsh_spec(struct fm_buf *out, const struct param *p, const char *name,
		     bool equals)
{
	fm_buf_fmt(out, "\t\t'%s%s%s[",
		   p->type == PARAM_LIST || p->type == PARAM_COUNT ? "*" : "", name,
		   !param_is_flag(p) ? (equals ? "=" : "+") : "");
	zsh_text(out, p->help);
	fm_buf_chr(out, ']');
	zsh_value(out, p);
	fm_buf_str(out, "' \\\n");
}

static void zsh_options(struct fm_buf *out, const struct param *rows,
			const struct cmd *cmd)
{
	for (const struct param *p = rows; p && !param_is_end(p); p++) {
		struct fm_buf name;

		if (!p->name || (cmd && !global_applies(p, cmd)))
			continue;
		/* A command's own letter wins over the global one. */
		if (p->letter && !(cmd && rows == global_params &&
				   param_by_letter(cmd->params, p->letter))) {
			char letter[] = { '-', p->letter, '\0' };

			zsh_spec(out, p, letter, false);
		}
		fm_buf_init(&name, 128);
		fm_buf_fmt(&name, "--%s", p->name);
		if (fm_buf_ok(&name))
			zsh_spec(out, p, name.ptr, true);
		fm_buf_clear(&name);
	}
}

/* A command's words as part of a function's name. */
static void zsh_name(struct fm_buf *out, const char *path)
{
	for (; *path; path++)
		fm_buf_chr(out, *path == ' ' || *path == '-' ? '_' : *path);
}

static void zsh_positionals(struct fm_buf *out, const struct cmd *cmd)
{
	for (const struct param *p = cmd->params; p && !param_is_end(p); p++) {
		if (!param_is_positional(p))
			continue;
		fm_buf_fmt(out, "\t\t'%s:", p->traits & PARAM_REST ? "*" : "");
		zsh_text(out, p->arg);
		fm_buf_chr(out, ':');
		if (p->choices) {
			fm_buf_chr(out, '(');
			choices(out, p->choices);
			fm_buf_chr(out, ')');
		} else if (p->traits & PARAM_FILE) {
			fm_buf_str(out, "_files");
		} else if (p->known && p->known != KNOWN_HELP) {
			fm_buf_str(out, "_fourmica_known");
		} else if (strcmp(cmd->name, "help") == 0) {
			fm_buf_chr(out, '(');
			for (const struct cmd *const *c = commands; *c; c++)
				fm_buf_fmt(out, "%s ", (*c)->name);
			for (const struct topic *t = topics; t->name; t++)
				fm_buf_fmt(out, "%s ", t->name);
			for (const struct manual *m = manuals; m->name; m++)
				fm_buf_fmt(out, "%s.%d%s", m->name, m->section,
					   m[1].name ? " " : ")");
		}
		fm_buf_str(out, "' \\\n");
	}
}

static void zsh_descriptions(struct fm_buf *out, const struct cmd *const *list)
{
	fm_buf_str(out, "\tlocal -a names=(\n");
	for (; *list; list++) {
		fm_buf_fmt(out, "\t\t'%s:", (*list)->name);
		zsh_text(out, (*list)->summary);
		fm_buf_str(out, "'\n");
	}
	fm_buf_str(out, "\t)\n");
}

/* A level with sub-commands: complete their names, then go on in the one that was named. */
static void zsh_group(struct fm_buf *out, const struct cmd *const *list,
		      const char *prefix)
{
	zsh_descriptions(out, list);
	fm_buf_str(out, "\tlocal curcontext=$curcontext state line\n"
			"\t_arguments -C -s \\\n");
	zsh_options(out, global_params, NULL);
	fm_buf_str(out, "\t\t'1:command:->name' '*::argument:->rest'\n"
			"\tcase $state in\n"
			"\tname) _describe command names ;;\n"
			"\trest)\n"
			"\t\tcase $line[1] in\n");
	for (; *list; list++) {
		fm_buf_fmt(out, "\t\t%s) _fourmica_", (*list)->name);
		zsh_name(out, prefix);
		fm_buf_str(out, *prefix ? "_" : "");
		zsh_name(out, (*list)->name);
		fm_buf_str(out, " ;;\n");
	}
	fm_buf_str(out, "\t\tesac ;;\n\tesac\n");
}

static void zsh_command(struct fm_buf *out, const struct cmd *cmd, const char *path,
			const struct cmd *group)
{
	(void)group;
	fm_buf_str(out, "_fourmica_");
	zsh_name(out, path);
	fm_buf_str(out, "()\n{\n");
	if (cmd->subs) {
		zsh_group(out, cmd->subs, path);
	} else {
		fm_buf_str(out, "\t_arguments -s \\\n");
		zsh_options(out, cmd->params, NULL);
		zsh_options(out, global_params, cmd);
		zsh_positionals(out, cmd);
		fm_buf_str(out, "\t\t&& return\n");
	}
	fm_buf_str(out, "}\n");
}

/* What only the program knows. _arguments cuts the line, so all of it is kept at the start. */
static void zsh_known(struct fm_buf *out)
{
	fm_buf_str(out, "_fourmica_known()\n{\n"
			"\tlocal -a found plain shown\n"
			"\tlocal one\n"
			"\tfound=(\"${(@f)$(\"$fourmica_program\" __complete "
			"\"${fourmica_words[@]}\" 2>/dev/null)}\")\n"
			"\tfor one in $found; do\n"
			"\t\tplain+=(\"${${one%%$'\\t'*}#$IPREFIX}\")\n"
			"\t\tshown+=(\"${one/$'\\t'/  -- }\")\n"
			"\tdone\n"
			"\tif [[ ${plain[1]} == http*://* ]]; then\n"
			"\t\tcompadd -S '' -ld shown -a plain\n"
			"\telse\n"
			"\t\tcompadd -ld shown -a plain\n"
			"\tfi\n"
			"}\n");
}

void complete_zsh(struct fm_buf *out)
{
	fm_buf_str(out, "#compdef fourmica\n");
	fm_buf_str(out, warning);
	zsh_known(out);
	each_command(out, zsh_command);
	fm_buf_str(out, "_fourmica()\n{\n"
			"\tlocal fourmica_program=${(Q)words[1]}\n"
			"\tlocal -a fourmica_words=(\"${(@Q)words[2,CURRENT]}\")\n");
	zsh_group(out, commands, "");
	fm_buf_str(out, "}\n_fourmica \"$@\"\n");
}

/* ---- fish ---- */

static void fish_text(struct fm_buf *out, const char *text)
{
	fm_buf_chr(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fm_buf_chr(out, '\\');
		fm_buf_chr(out, *text);
	}
	fm_buf_chr(out, '\'');
}

static void fish_option(struct fm_buf *out, const struct param *p, const char *condition)
{
	fm_buf_str(out, "complete -c fourmica");
	if (*condition)
		fm_buf_fmt(out, " -n '%s'", condition);
	fm_buf_fmt(out, " -l %s", p->name);
	if (p->letter)
		fm_buf_fmt(out, " -s %c", p->letter);
	if (!param_is_flag(p))
		fm_buf_str(out, p->traits & PARAM_FILE ? " -r -F" : " -x");
	if (p->choices) {
		fm_buf_str(out, " -a '");
		choices(out, p->choices);
		fm_buf_chr(out, '\'');
	} else if (p->known && !(p->traits & PARAM_FILE)) {
		fm_buf_str(out, " -a '(__fourmica_known)'");
	}
	fm_buf_str(out, " -d ");
	fish_text(out, p->help);
	fm_buf_chr(out, '\n');
}

static void fish_command(struct fm_buf *out, const struct cmd *cmd, const char *path,
			 const struct cmd *group)
{
	const struct param *first = first_positional(cmd);
	struct fm_buf when;

	fm_buf_init(&when, 256);
	if (group)
		fm_buf_fmt(&when, "__fourmica_at %s", group->name);
	else
		fm_buf_str(&when, "__fourmica_at");
	fm_buf_fmt(out, "complete -c fourmica -n '%s' -a %s -d ",
		   when.ptr ? when.ptr : "", cmd->name);
	fish_text(out, cmd->summary);
	fm_buf_chr(out, '\n');
	fm_buf_clear(&when);
	fm_buf_fmt(&when, "__fourmica_at %s", path);
	for (const struct param *p = cmd->params; p && !param_is_end(p); p++)
		if (p->name)
			fish_option(out, p, when.ptr ? when.ptr : "");
	if (first && first->traits & PARAM_FILE)
		fm_buf_fmt(out, "complete -c fourmica -n '%s' -F\n",
			   when.ptr ? when.ptr : "");
	if (first && first->choices) {
		fm_buf_fmt(out, "complete -c fourmica -n '%s' -a '",
			   when.ptr ? when.ptr : "");
		choices(out, first->choices);
		fm_buf_str(out, "'\n");
	}
	if (knows_words(cmd))
		fm_buf_fmt(out, "complete -c fourmica -n '%s' -a '(__fourmica_known)'\n",
			   when.ptr ? when.ptr : "");
	for (const struct topic *t = topics; strcmp(cmd->name, "help") == 0 && t->name;
	     t++) {
		fm_buf_fmt(out, "complete -c fourmica -n '__fourmica_at help' -a %s -d ",
			   t->name);
		fish_text(out, t->summary);
		fm_buf_chr(out, '\n');
	}
	for (const struct manual *m = manuals; strcmp(cmd->name, "help") == 0 && m->name;
	     m++) {
		fm_buf_fmt(out,
			   "complete -c fourmica -n '__fourmica_at help' -a %s.%d -d ",
			   m->name, m->section);
		fish_text(out, m->summary);
		fm_buf_chr(out, '\n');
	}
	fm_buf_clear(&when);
}

void complete_fish(struct fm_buf *out)
{
	fm_buf_str(out, warning);
	/* What only the program knows; options' names are known without it. */
	fm_buf_str(
		out,
		"function __fourmica_known\n"
		"\tset -l typed (commandline -opc)\n"
		"\tset -l word (commandline -ct)\n"
		"\tset -l found ($typed[1] __complete $typed[2..-1] \"$word\" 2>/dev/null)\n"
		"\tstring match -qr -- '^--[a-z-]+=' $word; and "
		"set found (string replace -r -- '^--[a-z-]+=' '' $found)\n"
		"\tstring match -v -- '-*' $found\n"
		"end\n");
	/* True when the words so far name exactly this command; options do not count. */
	fm_buf_str(out, "function __fourmica_at\n"
			"\tset -l names");
	for (const struct cmd *const *c = commands; *c; c++)
		fm_buf_fmt(out, " %s", (*c)->name);
	fm_buf_str(out, "\n\tset -l groups");
	for (const struct cmd *const *c = commands; *c; c++)
		if ((*c)->subs)
			fm_buf_fmt(out, " %s", (*c)->name);
	fm_buf_str(
		out,
		"\n"
		"\tset -l path\n"
		"\tfor word in (commandline -opc)[2..-1]\n"
		"\t\tstring match -q -- '-*' $word; and continue\n"
		"\t\tif test (count $path) -eq 0\n"
		"\t\t\tcontains -- $word $names; and set path $word\n"
		"\t\telse if test (count $path) -eq 1; and contains -- $path[1] $groups\n"
		"\t\t\tset path $path $word\n"
		"\t\tend\n"
		"\tend\n"
		"\ttest \"$path\" = \"$argv\"\n"
		"end\n"
		"complete -c fourmica -f\n");
	for (const struct param *p = global_params; !param_is_end(p); p++)
		if (p->name)
			fish_option(out, p, "");
	each_command(out, fish_command);
}
