/* SPDX-License-Identifier: MIT */
/* Help for the terminal: laid out here, told in the table. */
#include "help.h"

#include "args.h"
#include "manual.h"
#include "repl.h"
#include "suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LEFT 30	 /* column where explanations begin */
#define SHORT 18 /* the same in lists of short names */
#define NARROW \
	60	/* on fewer columns explanations of options come below their names ... */
#define BELOW 8 /* ... from here on */

/* ---- layout ---- */

static void pad(struct fm_buf *buf, size_t count)
{
	while (count--)
		fm_buf_chr(buf, ' ');
}

static void heading(struct page *p, const char *text)
{
	fm_buf_fmt(p->buf, p->color ? "\n\033[1m%s:\033[0m\n" : "\n%s:\n", text);
}

/* Words of `text` from column `at` on, broken at the width, continued at `indent`. */
static void wrap(struct page *p, const char *text, size_t len, size_t at, size_t indent)
{
	size_t column = at;
	bool first = true;

	for (size_t i = 0; i < len;) {
		size_t word = 0;

		while (i + word < len && text[i + word] != ' ' && text[i + word] != '\n')
			word++;
		if (word && !first && column + 1 + word > p->width) {
			fm_buf_chr(p->buf, '\n');
			pad(p->buf, indent);
			column = indent;
			first = true;
		}
		if (word) {
			if (!first)
				fm_buf_chr(p->buf, ' ');
			fm_buf_add(p->buf, text + i, word);
			column += word + !first;
			first = false;
		}
		i += word + 1;
	}
	fm_buf_chr(p->buf, '\n');
}

/* "  left      explanation", the explanation on its own line when left is long. */
static void entry(struct page *p, size_t column, const char *left, const char *text)
{
	size_t len = strlen(left);

	if (p->width < NARROW && column > SHORT)
		column = BELOW;
	pad(p->buf, 2);
	fm_buf_str(p->buf, left);
	if (len + 4 > column || column == BELOW) {
		fm_buf_chr(p->buf, '\n');
		pad(p->buf, column);
	} else {
		pad(p->buf, column - 2 - len);
	}
	wrap(p, text, strlen(text), column, column);
}

/* A line of a table as a sentence. */
static void sentence(struct page *p, const char *text)
{
	struct fm_buf line;

	fm_buf_init(&line, 1024);
	fm_buf_fmt(&line, "%s.", text);
	if (fm_buf_ok(&line)) {
		line.ptr[0] = (char)toupper((unsigned char)line.ptr[0]);
		wrap(p, line.ptr, line.len, 0, 0);
	}
	fm_buf_clear(&line);
}

static void paragraphs(struct page *p, const char *text)
{
	while (*text) {
		const char *end = strstr(text, "\n\n");
		size_t len = end ? (size_t)(end - text) : strlen(text);

		fm_buf_chr(p->buf, '\n');
		if (text[0] == ' ') {
			fm_buf_add(p->buf, text, len);
			fm_buf_chr(p->buf, '\n');
		} else {
			wrap(p, text, len, 0, 0);
		}
		text += len + (end ? 2 : 0);
	}
}

/* ---- pieces ---- */

void help_arguments(struct fm_buf *out, const struct cmd *cmd)
{
	const struct param *p;
	bool options = false;

	for (p = cmd->params; p && !param_is_end(p); p++)
		options = options || p->name;
	if (options)
		fm_buf_str(out, " [options]");
	if (cmd->subs)
		fm_buf_str(out, cmd->bare ? " [COMMAND]" : " COMMAND");
	for (p = cmd->params; p && !param_is_end(p); p++)
		if (param_is_positional(p))
			fm_buf_fmt(out, p->traits & PARAM_REQUIRED ? " %s%s" : " [%s%s]",
				   p->arg, p->traits & PARAM_REST ? "..." : "");
}

void help_option(struct fm_buf *out, const struct param *p)
{
	if (p->letter)
		fm_buf_fmt(out, "-%c, ", p->letter);
	fm_buf_fmt(out, "--%s", p->name);
	if (!param_is_flag(p))
		fm_buf_fmt(out, " %s", p->arg);
}

bool help_is_first_of_exit(enum fm_code code)
{
	for (int earlier = 0; earlier < (int)code; earlier++)
		if (fm_code_info((enum fm_code)earlier)->exit_status ==
		    fm_code_info(code)->exit_status)
			return false;
	return true;
}

static void option_entry(struct page *p, const struct param *row)
{
	struct fm_buf left, right;

	fm_buf_init(&left, 256);
	fm_buf_init(&right, 1024);
	if (!row->letter)
		fm_buf_str(&left, "    ");
	help_option(&left, row);
	fm_buf_str(&right, row->help);
	if (row->choices)
		fm_buf_fmt(&right, " (%s)", row->choices);
	if (row->type == PARAM_LIST && !strstr(row->help, "repeated"))
		fm_buf_str(&right, "; may be repeated");
	if (fm_buf_ok(&left) && fm_buf_ok(&right))
		entry(p, LEFT, left.ptr, right.ptr);
	fm_buf_clear(&left);
	fm_buf_clear(&right);
}

static void options(struct page *p, const struct param *rows)
{
	bool open = false;

	for (const struct param *row = rows; row && !param_is_end(row); row++) {
		if (param_is_positional(row))
			continue;
		if (param_is_heading(row) || !open)
			heading(p, param_is_heading(row) ? row->help : "Options");
		open = true;
		if (row->name)
			option_entry(p, row);
	}
}

static void positionals(struct page *p, const struct param *rows)
{
	bool open = false;

	for (const struct param *row = rows; row && !param_is_end(row); row++) {
		if (!param_is_positional(row))
			continue;
		if (!open)
			heading(p, "Arguments");
		open = true;
		entry(p, LEFT, row->arg, row->help);
	}
}

static void command_list(struct page *p, const struct cmd *const *list)
{
	for (; *list; list++)
		entry(p, SHORT, (*list)->name, (*list)->summary);
}

/* Sub-commands are few enough to show what they take. */
static void sub_list(struct page *p, const struct cmd *const *list)
{
	for (; *list; list++) {
		struct fm_buf left;

		fm_buf_init(&left, 256);
		fm_buf_str(&left, (*list)->name);
		for (const struct param *row = (*list)->params; row && !param_is_end(row);
		     row++)
			if (param_is_positional(row))
				fm_buf_fmt(&left,
					   row->traits & PARAM_REQUIRED ? " %s" : " [%s]",
					   row->arg);
		if (fm_buf_ok(&left))
			entry(p, SHORT, left.ptr, (*list)->summary);
		fm_buf_clear(&left);
	}
}

/* Names only: whoever looks a command up wants its own options first. */
static void global_names(struct page *p, const struct cmd *cmd)
{
	struct fm_buf names;

	fm_buf_init(&names, 2048);
	for (const struct param *row = global_params; !param_is_end(row); row++)
		if (row->name && global_applies(row, cmd))
			fm_buf_fmt(&names, "%s--%s", names.len ? ", " : "", row->name);
	heading(p, "Global options (fourmica help options)");
	pad(p->buf, 2);
	if (fm_buf_ok(&names))
		wrap(p, names.ptr, names.len, 2, 2);
	fm_buf_clear(&names);
}

/* Where the last blank before `end` is; 0: nowhere. */
static size_t last_blank(const char *text, size_t end)
{
	while (end && text[--end] != ' ')
		;
	return end;
}

/* Each of its lines is one for a shell as well. */
static void comment(struct page *p, const char *text)
{
	size_t room = p->width - 4;

	for (size_t len = strlen(text); len;) {
		size_t end = len;

		while (end > room && end)
			end = last_blank(text, end);
		end = end ? end : len;
		fm_buf_fmt(p->buf, "  # %.*s\n", (int)end, text);
		text += end;
		len -= end;
		text += len > 0;
		len -= len > 0;
	}
}

static void examples(struct page *p, const struct example *list)
{
	if (!list || !list->line)
		return;
	heading(p, "Examples");
	for (; list->line; list++) {
		comment(p, list->help);
		pad(p->buf, 2);
		fm_buf_fmt(p->buf, "%s\n", list->line);
		if (list[1].line)
			fm_buf_chr(p->buf, '\n');
	}
}

/* ---- pages ---- */

static void command_page(struct page *p, const struct args *path)
{
	const struct cmd *cmd = args_cmd(path);
	char name[CMD_NAME_MAX];

	args_name(name, path, ' ');
	fm_buf_fmt(p->buf, "Usage: fourmica %s", name);
	help_arguments(p->buf, cmd);
	fm_buf_fmt(p->buf, "\n\n");
	sentence(p, cmd->summary);
	if (cmd->details)
		paragraphs(p, cmd->details);
	positionals(p, cmd->params);
	if (cmd->subs) {
		heading(p, "Commands");
		sub_list(p, cmd->subs);
	}
	options(p, cmd->params);
	global_names(p, cmd);
	examples(p, cmd->examples);
	fm_buf_fmt(p->buf,
		   "\nManual: man fourmica-%s%sExit status: fourmica help exit-codes\n",
		   path->path[0]->name, p->width < NARROW + SHORT ? "\n" : "   ");
}

static void overview(struct page *p)
{
	fm_buf_str(p->buf, "Usage: fourmica [options] COMMAND [options] [arguments]\n\n");
	static const char about[] =
		"Pays HTTP requests that ask for money (402 Payment Required, x402) with 4Mica "
		"credit, within limits it keeps on disk.";
	wrap(p, about, sizeof(about) - 1, 0, 0);
	heading(p, "Commands");
	command_list(p, commands);
	heading(p, "Topics (fourmica help TOPIC)");
	for (const struct topic *t = topics; t->name; t++)
		entry(p, SHORT, t->name, t->summary);
	heading(p, "Pages of the manual (fourmica help PAGE)");
	for (const struct manual *m = manuals; m->name; m++) {
		char word[MANUAL_WORD];

		manual_word(word, m);
		entry(p, SHORT, word, m->summary);
	}
	options(p, global_params);
}

static void exit_codes(struct page *p)
{
	fm_buf_chr(p->buf, '\n');
	for (int code = 0; code < FM_CODE_COUNT; code++) {
		const struct fm_code_info *info = fm_code_info((enum fm_code)code);
		char left[64], status[16] = "";

		if (help_is_first_of_exit((enum fm_code)code))
			snprintf(status, sizeof(status), "%d", info->exit_status);
		snprintf(left, sizeof(left), "%3s  %s", status, info->word);
		entry(p, LEFT + 2, left, info->text);
	}
}

static void named(struct page *p, const struct named *list)
{
	fm_buf_chr(p->buf, '\n');
	for (; list->name; list++)
		entry(p, LEFT, list->name, list->help);
}

static void topic_page(struct page *p, const struct topic *topic)
{
	fm_buf_fmt(p->buf, p->color ? "\033[1m%s\033[0m: %s\n" : "%s: %s\n", topic->name,
		   topic->summary);
	if (topic->text)
		paragraphs(p, topic->text);
	if (strcmp(topic->name, "options") == 0)
		options(p, global_params);
	else if (strcmp(topic->name, "environment") == 0)
		named(p, env_table);
	else if (strcmp(topic->name, "files") == 0)
		named(p, file_table);
	else if (strcmp(topic->name, "exit-codes") == 0)
		exit_codes(p);
}

static enum fm_code unknown(const char *word, const struct cmd *const *list,
			    struct fm_err *err)
{
	struct guess guess = guess_start(word, strlen(word));
	struct fm_buf shown;

	for (const struct topic *t = topics; list == commands && t->name; t++)
		guess_try(&guess, t->name);
	for (const struct manual *m = manuals; list == commands && m->name; m++)
		guess_try(&guess, m->name);
	for (; list && *list; list++)
		guess_try(&guess, (*list)->name);
	fm_fail(err, FM_E_USAGE, "there is no help about '%s'", args_shown(&shown, word));
	fm_buf_clear(&shown);
	if (guess.best)
		return fm_hint(err, "did you mean: %s", guess.best);
	return fm_hint(err, "run: fourmica help");
}

enum fm_code help_page(struct page *p, const struct strings *words, struct fm_err *err)
{
	const struct cmd *const *list = commands;
	struct args path = { 0 };

	if (!words->count) {
		overview(p);
		return FM_OK;
	}
	for (const struct topic *t = topics; t->name && words->count == 1; t++)
		if (strcmp(t->name, words->items[0]) == 0) {
			topic_page(p, t);
			return FM_OK;
		}
	for (size_t i = 0; i < words->count; i++) {
		const struct cmd *cmd = i ? NULL : cmd_find(p->more, words->items[i]);

		if (!cmd && i < CMD_DEPTH)
			cmd = cmd_find(list, words->items[i]);
		if (!cmd && !i)
			cmd = cmd_find(repl_words, words->items[i]);
		if (!cmd)
			return unknown(words->items[i], list, err);
		path.path[path.depth++] = cmd;
		list = cmd->subs;
	}
	command_page(p, &path);
	return FM_OK;
}

void help_short(struct page *p)
{
	fm_buf_str(p->buf, "Usage: fourmica [options] COMMAND [options] [arguments]\n");
	heading(p, "Commands");
	command_list(p, commands);
	fm_buf_str(p->buf, "\nMore: fourmica COMMAND --help, fourmica help, "
			   "fourmica help start\n");
}
