/* SPDX-License-Identifier: MIT */
/* A program of its own that writes the manual pages and the completions from the table:
 *
 *   fourmica-gen man DIR          fourmica.1 and one page a command, mdoc
 *   fourmica-gen causes DIR       the failure table inside fourmica-safety.7
 *   fourmica-gen completions DIR  fourmica.bash, _fourmica, fourmica.fish
 *   fourmica-gen facts            commands, options, exit codes, variables and files, a line each
 *   fourmica-gen check            are the tables in order? Prints what is not. */
#include "gen.h"
#include "args.h"
#include "check.h"
#include "complete.h"
#include "help.h"
#include "manual.h"

#include <fourmica/file.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE_MOST (4u << 20)
#define SAFETY "fourmica-safety.7"
/* mdoc wants a date; one that moved would change every page with every build. */
#define PAGE_DATE "January 1, 2026"

/* ---- pieces of a page ---- */

static void put_head(struct fm_buf *out, const char *name, const char *summary)
{
	fm_buf_str(out, ".\\\" SPDX-License-Identifier: MIT\n"
			".\\\" Made from the command table; do not edit.\n"
			".Dd " PAGE_DATE "\n.Dt ");
	for (const char *s = name; *s; s++)
		fm_buf_chr(out, *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s);
	fm_buf_fmt(out, " 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd ", name);
	mdoc_line(out, summary);
}

static void put_option(struct fm_buf *out, const struct param *p)
{
	fm_buf_str(out, ".It ");
	if (p->letter)
		fm_buf_fmt(out, "Fl %c , ", p->letter);
	fm_buf_str(out, "Fl \\-");
	mdoc_word(out, p->name, strlen(p->name));
	if (!param_is_flag(p)) {
		fm_buf_str(out, " Ar ");
		mdoc_word(out, p->arg, strlen(p->arg));
	}
	fm_buf_chr(out, '\n');
	mdoc_sentence(out, p->help);
	if (p->choices) {
		fm_buf_str(out, "One of\n");
		mdoc_line(out, p->choices);
	}
	if (p->type == PARAM_LIST && !strstr(p->help, "repeated"))
		fm_buf_str(out, "May be repeated.\n");
}

static void put_options(struct fm_buf *out, const struct param *rows)
{
	bool open = false;

	for (const struct param *p = rows; p && !param_is_end(p); p++) {
		if (param_is_positional(p))
			continue;
		if (param_is_heading(p)) {
			if (open)
				fm_buf_str(out, ".El\n");
			fm_buf_fmt(out, ".Pp\n.Sy %s\n", p->help);
			open = false;
			continue;
		}
		if (!open)
			fm_buf_str(out, ".Bl -tag -width Ds\n");
		open = true;
		put_option(out, p);
	}
	if (open)
		fm_buf_str(out, ".El\n");
}

static bool has_kind(const struct param *rows, bool positional)
{
	for (const struct param *p = rows; p && !param_is_end(p); p++)
		if (!param_is_heading(p) && param_is_positional(p) == positional)
			return true;
	return false;
}

static void put_positionals(struct fm_buf *out, const struct param *rows)
{
	if (!has_kind(rows, true))
		return;
	fm_buf_str(out, ".Bl -tag -width Ds\n");
	for (const struct param *p = rows; !param_is_end(p); p++)
		if (param_is_positional(p)) {
			fm_buf_fmt(out, ".It Ar %s\n", p->arg);
			mdoc_sentence(out, p->help);
		}
	fm_buf_str(out, ".El\n");
}

static void put_synopsis(struct fm_buf *out, const struct cmd *cmd, const char *words)
{
	fm_buf_fmt(out, ".Nm fourmica\n.Cm %s\n", words);
	if (has_kind(cmd->params, false))
		fm_buf_str(out, ".Op Ar options\n");
	for (const struct param *p = cmd->params; p && !param_is_end(p); p++)
		if (param_is_positional(p))
			fm_buf_fmt(out, ".%sAr %s%s\n",
				   p->traits & PARAM_REQUIRED ? "" : "Op ", p->arg,
				   p->traits & PARAM_REST ? " ..." : "");
}

static void put_examples(struct fm_buf *out, const struct example *list)
{
	for (bool first = true; list && list->line; list++, first = false) {
		if (!first)
			fm_buf_str(out, ".Pp\n");
		mdoc_sentence(out, list->help);
		mdoc_literal(out, list->line, strlen(list->line));
	}
}

static const char *kind_word(enum field_kind kind)
{
	switch (kind) {
	case FIELD_TEXT:
		return "string";
	case FIELD_NUMBER:
		return "number";
	case FIELD_BOOL:
		return "true or false";
	case FIELD_AMOUNT:
		return "amount";
	case FIELD_ADDRESS:
		return "address";
	case FIELD_HASH:
		return "hash";
	case FIELD_U256:
		return "decimal string";
	case FIELD_TIME:
		return "time";
	case FIELD_DURATION:
		return "number of seconds";
	case FIELD_GAUGE:
		return "number, percent";
	case FIELD_JSON:
		return "JSON";
	case FIELD_OBJECT:
		return "object";
	case FIELD_LIST:
		return "list of objects";
	}
	return "";
}

static void put_fields(struct fm_buf *out, const struct field *rows)
{
	fm_buf_str(out, ".Bl -tag -width Ds\n");
	for (; rows->name; rows++) {
		fm_buf_fmt(out, ".It Li %s Pq %s\n", rows->name, kind_word(rows->kind));
		/* As it stands: the first word may be a value. */
		mdoc_text(out, rows->help, strlen(rows->help));
		if (rows->sub)
			put_fields(out, rows->sub);
	}
	fm_buf_str(out, ".El\n");
}

static void put_exits(struct fm_buf *out)
{
	fm_buf_str(out, ".Bl -tag -width Ds\n");
	for (int code = 0; code < FM_CODE_COUNT; code++) {
		const struct fm_code_info *info = fm_code_info((enum fm_code)code);

		if (help_is_first_of_exit((enum fm_code)code))
			fm_buf_fmt(out, ".It Li %d Pq %s\n", info->exit_status,
				   info->word);
		else
			fm_buf_fmt(out, ".It Li \\ \\& Pq %s\n", info->word);
		mdoc_sentence(out, info->text);
	}
	fm_buf_str(out, ".El\n");
}

static void put_named(struct fm_buf *out, const struct named *list, const char *macro)
{
	fm_buf_str(out, ".Bl -tag -width Ds\n");
	for (; list->name; list++) {
		fm_buf_fmt(out, ".It %s %s\n", macro, list->name);
		mdoc_sentence(out, list->help);
	}
	fm_buf_str(out, ".El\n");
}

static const struct topic *topic(const char *name)
{
	const struct topic *t = topics;

	while (strcmp(t->name, name) != 0)
		t++;
	return t;
}

/* ---- pages ---- */

static void one_command(struct fm_buf *out, const struct cmd *cmd)
{
	put_positionals(out, cmd->params);
	put_options(out, cmd->params);
}

static void each_leaf(struct fm_buf *out, const struct cmd *cmd,
		      void (*put)(struct fm_buf *out, const struct cmd *leaf,
				  const char *words))
{
	struct args path = { .path = { cmd }, .depth = 1 };
	char words[CMD_NAME_MAX];

	args_name(words, &path, ' ');
	if (!cmd->subs)
		put(out, cmd, words);
	path.depth = 2;
	for (const struct cmd *const *sub = cmd->subs; sub && *sub; sub++) {
		path.path[1] = *sub;
		args_name(words, &path, ' ');
		put(out, *sub, words);
	}
}

static void leaf_text(struct fm_buf *out, const struct cmd *leaf, const char *words)
{
	fm_buf_fmt(out, ".Ss %s\n", words);
	mdoc_sentence(out, leaf->summary);
	if (leaf->details) {
		fm_buf_str(out, ".Pp\n");
		mdoc_paragraphs(out, leaf->details);
	}
	one_command(out, leaf);
}

/* The sub-command before `leaf` that has the same fields; NULL: none. */
static const struct cmd *same_fields(const struct cmd *group, const struct cmd *leaf)
{
	const struct cmd *const *sub = group->subs;

	for (; sub && *sub && *sub != leaf; sub++)
		if ((*sub)->fields == leaf->fields)
			return *sub;
	return NULL;
}

static void leaf_fields(struct fm_buf *out, const struct cmd *group,
			const struct cmd *leaf)
{
	const struct cmd *same = same_fields(group, leaf);

	if (!leaf->fields)
		return;
	fm_buf_str(out, ".Pp\nMembers of\n.Li data\n");
	if (leaf != group)
		fm_buf_fmt(out, "of\n.Cm %s %s%s\n", group->name, leaf->name,
			   same ? "" : " :");
	else
		fm_buf_str(out, "are:\n");
	if (same)
		fm_buf_fmt(out, "are those of\n.Cm %s %s .\n", group->name, same->name);
	else
		put_fields(out, leaf->fields);
}

static void put_json_output(struct fm_buf *out, const struct cmd *cmd)
{
	fm_buf_str(out, ".Sh JSON OUTPUT\nWith\n.Fl \\-json\n"
			"the result is one document, described in\n.Xr fourmica 1 .\n");
	if (!cmd->subs)
		leaf_fields(out, cmd, cmd);
	for (const struct cmd *const *sub = cmd->subs; sub && *sub; sub++)
		leaf_fields(out, cmd, *sub);
}

static void leaf_examples(struct fm_buf *out, const struct cmd *leaf, const char *words)
{
	(void)words;
	if (leaf->examples && leaf->examples->line && out->len &&
	    out->ptr[out->len - 1] == '\n' &&
	    strcmp(out->ptr + out->len - strlen("EXAMPLES\n"), "EXAMPLES\n") != 0)
		fm_buf_str(out, ".Pp\n");
	put_examples(out, leaf->examples);
}

static bool any_examples(const struct cmd *cmd)
{
	bool any = cmd->examples;

	for (const struct cmd *const *sub = cmd->subs; sub && *sub; sub++)
		any = any || (*sub)->examples;
	return any;
}

static void command_page(struct fm_buf *out, const struct cmd *cmd, const char *name)
{
	put_head(out, name, cmd->summary);
	fm_buf_str(out, ".Sh SYNOPSIS\n");
	each_leaf(out, cmd, put_synopsis);
	fm_buf_str(out, ".Sh DESCRIPTION\n");
	if (cmd->details)
		mdoc_paragraphs(out, cmd->details);
	else
		mdoc_sentence(out, cmd->summary);
	if (cmd->subs)
		each_leaf(out, cmd, leaf_text);
	else
		one_command(out, cmd);
	fm_buf_str(out, ".Pp\nThe options every command takes are described in\n"
			".Xr fourmica 1 .\n");
	put_json_output(out, cmd);
	fm_buf_str(out, ".Sh EXIT STATUS\nAs described in\n.Xr fourmica 1 .\n");
	if (any_examples(cmd)) {
		fm_buf_str(out, ".Sh EXAMPLES\n");
		each_leaf(out, cmd, leaf_examples);
	}
	fm_buf_str(out, ".Sh SEE ALSO\n.Xr fourmica 1");
	if (cmd->see)
		fm_buf_fmt(out, " ,\n.Xr %s", cmd->see);
	fm_buf_chr(out, '\n');
}

static void put_topic(struct fm_buf *out, const char *title, const char *name)
{
	fm_buf_fmt(out, ".Sh %s\n", title);
	if (topic(name)->text)
		mdoc_paragraphs(out, topic(name)->text);
}

static void put_commands(struct fm_buf *out)
{
	fm_buf_str(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
	for (const struct cmd *const *cmd = commands; *cmd; cmd++) {
		fm_buf_fmt(out, ".It Xr fourmica-%s 1\n", (*cmd)->name);
		mdoc_sentence(out, (*cmd)->summary);
	}
	fm_buf_str(out, ".El\n");
}

/* The command that follows `last` in the alphabet; NULL: none. */
static const char *next_name(const char *last)
{
	const char *next = NULL;

	for (const struct cmd *const *cmd = commands; *cmd; cmd++)
		if (strcmp((*cmd)->name, last) > 0 &&
		    (!next || strcmp((*cmd)->name, next) < 0))
			next = (*cmd)->name;
	return next;
}

static void main_page(struct fm_buf *out)
{
	static const char about[] =
		"pays HTTP requests that ask for money (402 Payment Required, x402) by "
		"signing a guarantee backed by collateral, and keeps every payment inside "
		"limits and in a ledger on disk.";

	put_head(out, "fourmica", "pay HTTP requests with 4Mica credit, within limits");
	fm_buf_str(out, ".Sh SYNOPSIS\n.Nm\n.Op Ar options\n.Ar command\n.Op Ar options\n"
			".Op Ar arguments\n.Sh DESCRIPTION\n.Nm\n");
	mdoc_text(out, about, sizeof(about) - 1);
	fm_buf_str(out, ".Pp\n");
	mdoc_paragraphs(out, topic("start")->text);
	put_commands(out);
	fm_buf_str(out,
		   ".Sh OPTIONS\nThese options may stand anywhere on the line;\n.Fl Fl\n"
		   "ends them.\nLong options are never abbreviated.\n");
	put_options(out, global_params);
	put_topic(out, "AMOUNTS AND TIMES", "amounts");
	put_topic(out, "OUTPUT", "output");
	put_topic(out, "CONFIGURATION", "settings");
	put_topic(out, "ENVIRONMENT", "environment");
	put_named(out, env_table, "Ev");
	put_topic(out, "FILES", "files");
	put_named(out, file_table, "Pa");
	put_topic(out, "EXIT STATUS", "exit-codes");
	put_exits(out);
	fm_buf_str(out, ".Sh SEE ALSO\n.Xr curl 1");
	for (const char *name = next_name(""); name; name = next_name(name))
		fm_buf_fmt(out, " ,\n.Xr fourmica-%s 1", name);
	for (const struct manual *m = manuals; m->name; m++)
		fm_buf_fmt(out, " ,\n.Xr fourmica-%s %d", m->name, m->section);
	fm_buf_chr(out, '\n');
}

/* ---- files ---- */

static int save(const char *dir, const char *name, const struct fm_buf *text)
{
	struct fm_buf path;
	struct fm_err err;
	enum fm_code rc;

	fm_err_init(&err);
	fm_buf_init(&path, 4096);
	fm_buf_fmt(&path, "%s/%s", dir, name);
	if (!fm_buf_ok(&path) || !fm_buf_ok(text))
		rc = fm_nomem(&err);
	else
		rc = fm_file_write(path.ptr, fm_buf_span(text), FM_FILE_REPLACE, &err);
	/* These files are for everybody, as every source file. */
	if (!rc && chmod(path.ptr, 0644) != 0)
		rc = fm_fail(&err, FM_E_IO, "cannot chmod %s", path.ptr);
	if (rc)
		fprintf(stderr, "fourmica-gen: %s\n", err.msg);
	fm_buf_clear(&path);
	return rc != FM_OK;
}

static int gen_man(const char *dir)
{
	struct fm_buf page;
	int failed;

	fm_buf_init(&page, PAGE_MOST);
	main_page(&page);
	failed = save(dir, "fourmica.1", &page);
	for (const struct cmd *const *cmd = commands; *cmd; cmd++) {
		char name[CMD_NAME_MAX + 16], file[CMD_NAME_MAX + 24];

		snprintf(name, sizeof(name), "fourmica-%s", (*cmd)->name);
		snprintf(file, sizeof(file), "%s.1", name);
		fm_buf_clear(&page);
		command_page(&page, *cmd, name);
		failed |= save(dir, file, &page);
	}
	fm_buf_clear(&page);
	return failed;
}

static int gen_safety(const char *dir)
{
	struct fm_buf path, before, after;
	struct fm_err err;
	int failed;

	fm_err_init(&err);
	fm_buf_init(&path, 4096);
	fm_buf_init(&before, PAGE_MOST);
	fm_buf_init(&after, PAGE_MOST);
	fm_buf_fmt(&path, "%s/" SAFETY, dir);
	if (fm_file_read(&before, NULL, path.ptr, FM_FILE_UNSHARED, &err) == FM_OK &&
	    !gen_causes(&after, fm_buf_span(&before)))
		fm_fail(&err, FM_E_CONFIG, "%s has no place for the failure table",
			path.ptr);
	if (err.code)
		fprintf(stderr, "fourmica-gen: %s\n", err.msg);
	failed = err.code || save(dir, SAFETY, &after);
	fm_buf_clear(&path);
	fm_buf_clear(&before);
	fm_buf_clear(&after);
	return failed;
}

static int gen_completions(const char *dir)
{
	static const struct {
		const char *file;
		void (*make)(struct fm_buf *out);
	} scripts[] = {
		{"fourmica.bash",  complete_bash},
		{ "_fourmica",     complete_zsh },
		{ "fourmica.fish", complete_fish},
	};
	int failed = 0;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct fm_buf script;

		fm_buf_init(&script, PAGE_MOST);
		scripts[i].make(&script);
		failed |= save(dir, scripts[i].file, &script);
		fm_buf_clear(&script);
	}
	return failed;
}

static int facts(void)
{
	struct fm_buf text;
	bool ok;

	fm_buf_init(&text, PAGE_MOST);
	gen_facts(&text);
	ok = fm_buf_ok(&text) && fputs(text.ptr, stdout) >= 0 && fflush(stdout) == 0;
	fm_buf_clear(&text);
	return !ok;
}

static int check(void)
{
	struct fm_buf text;
	unsigned faults;

	fm_buf_init(&text, PAGE_MOST);
	faults = check_tables(&text);
	fputs(text.ptr ? text.ptr : "", stderr);
	fm_buf_clear(&text);
	return faults != 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "man") == 0)
		return gen_man(argv[2]);
	if (argc == 3 && strcmp(argv[1], "causes") == 0)
		return gen_safety(argv[2]);
	if (argc == 3 && strcmp(argv[1], "completions") == 0)
		return gen_completions(argv[2]);
	if (argc == 2 && strcmp(argv[1], "facts") == 0)
		return facts();
	if (argc == 2 && strcmp(argv[1], "check") == 0)
		return check();
	fputs("usage: fourmica-gen man DIR | causes DIR | completions DIR | facts | check\n",
	      stderr);
	return 2;
}
