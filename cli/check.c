/* SPDX-License-Identifier: MIT */
/* What a compiler cannot see in the tables. */
#include "check.h"

#include "args.h"
#include "help.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct faults {
	struct fm_buf *out;
	unsigned count;
	char where[CMD_NAME_MAX];
};

static void fault(struct faults *f, const char *fmt, ...) FM_PRINTF(2, 3);

static void fault(struct faults *f, const char *fmt, ...)
{
	char text[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fm_buf_fmt(f->out, "%s: %s\n", f->where, text);
	f->count++;
}

/* Headers are written as HTTP writes them. */
static bool is_name(const char *text)
{
	static const char *const names[] = { "User-Agent ", "Referer ", "Cookie " };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(text, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* One line, not empty, no full stop; lower case unless the first word is a name. */
static void check_line(struct faults *f, const char *what, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (!len)
		fault(f, "%s has no text", what);
	else if (strchr(text, '\n') || text[len - 1] == '.' || text[len - 1] == ' ')
		fault(f, "%s: one line without a full stop, not '%s'", what, text);
	else if (isupper((unsigned char)text[0]) && islower((unsigned char)text[1]) &&
		 !is_name(text))
		fault(f, "%s begins in lower case, not '%s'", what, text);
}

static bool name_ok(const char *name, bool snake)
{
	for (const char *s = name; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) &&
		    *s != (snake ? '_' : '-'))
			return false;
	return islower((unsigned char)name[0]);
}

static size_t type_size(enum param_type type)
{
	switch (type) {
	case PARAM_FLAG:
		return sizeof(bool);
	case PARAM_TEXT:
		return sizeof(const char *);
	case PARAM_LIST:
		return sizeof(struct strings);
	case PARAM_COUNT:
		return sizeof(unsigned);
	case PARAM_NUMBER:
	case PARAM_DURATION:
		return sizeof(uint64_t);
	case PARAM_AMOUNT:
		return sizeof(struct fm_quantity);
	case PARAM_ADDRESS:
		return sizeof(struct opt_addr);
	}
	return 0;
}

static void check_param(struct faults *f, const struct param *p, const struct param *rows,
			size_t size)
{
	const char *what = p->name ? p->name : p->arg;

	check_line(f, what, p->help);
	if (p->name && !name_ok(p->name, false))
		fault(f, "option '%s': a-z, 0-9 and - only", p->name);
	if (p->name && param_by_name(rows, p->name, strlen(p->name)) != p)
		fault(f, "option '%s' is there twice", p->name);
	if (p->letter && param_by_letter(rows, p->letter) != p)
		fault(f, "letter '%c' is there twice", p->letter);
	if (p->letter && !isalnum((unsigned char)p->letter))
		fault(f, "letter '%c' is no letter or digit", p->letter);
	if (p->name && !param_is_flag(p) != (p->arg != NULL))
		fault(f, "option '%s': a value has a name, a flag has none", p->name);
	if (p->traits & PARAM_REST && p->type != PARAM_LIST)
		fault(f, "%s takes the rest, so it is a list", what);
	if (p->offset + type_size(p->type) > size)
		fault(f, "%s lies outside of its struct", what);
}

static void check_params(struct faults *f, const struct param *rows, size_t size)
{
	bool rest = false, optional = false;

	for (const struct param *p = rows; p && !param_is_end(p); p++) {
		if (param_is_heading(p)) {
			if (param_is_end(p + 1) || param_is_heading(p + 1))
				fault(f, "nothing below the heading '%s'", p->help);
			continue;
		}
		check_param(f, p, rows, size);
		if (!param_is_positional(p))
			continue;
		if (rest || (optional && p->traits & PARAM_REQUIRED))
			fault(f, "%s cannot be told from what stands before it", p->arg);
		rest = rest || p->traits & PARAM_REST;
		optional = optional || !(p->traits & PARAM_REQUIRED);
	}
}

/* A command may give a global letter its own meaning (curl's), but never a global name. */
static void check_against_globals(struct faults *f, const struct param *rows)
{
	for (const struct param *p = rows; p && !param_is_end(p); p++) {
		const struct param *global =
			p->name ? param_by_name(global_params, p->name, strlen(p->name))
				: NULL;

		if (global)
			fault(f, "option '%s' is a global one", p->name);
		if (p->letter && param_by_letter(global_params, p->letter))
			fault(f, "letter '%c' is a global one", p->letter);
	}
}

static void check_fields(struct faults *f, const struct field *rows)
{
	for (const struct field *row = rows; row && row->name; row++) {
		check_line(f, row->name, row->help);
		if (!name_ok(row->name, true))
			fault(f, "field '%s': a-z, 0-9 and _ only", row->name);
		for (const struct field *other = rows; other != row; other++)
			if (strcmp(other->name, row->name) == 0)
				fault(f, "field '%s' is there twice", row->name);
		if ((row->kind == FIELD_OBJECT || row->kind == FIELD_LIST) !=
		    (row->sub != NULL))
			fault(f, "field '%s': an object or list has fields, others none",
			      row->name);
		check_fields(f, row->sub);
	}
}

static void check_command(struct faults *f, const struct cmd *cmd)
{
	if (!name_ok(cmd->name, false))
		fault(f, "a command is a-z, 0-9 and -");
	check_line(f, "summary", cmd->summary);
	if (cmd->subs && (cmd->run || cmd->size || cmd->fields || cmd->params))
		fault(f, "a group has no values and does not run");
	if (!cmd->subs && !cmd->run)
		fault(f, "nothing runs");
	if (cmd->bare && !cmd_find(cmd->subs, cmd->bare))
		fault(f, "no sub-command '%s'", cmd->bare);
	check_params(f, cmd->params, cmd->size);
	check_against_globals(f, cmd->params);
	check_fields(f, cmd->fields);
	for (const struct example *e = cmd->examples; e && e->line; e++)
		check_line(f, "example", e->help);
}

static void check_list(struct faults *f, const struct cmd *const *list, struct args *path)
{
	for (const struct cmd *const *cmd = list; *cmd; cmd++) {
		if (path->depth == CMD_DEPTH) {
			fault(f, "deeper than %d", CMD_DEPTH);
			return;
		}
		path->path[path->depth++] = *cmd;
		args_name(f->where, path, ' ');
		if (cmd_find(list, (*cmd)->name) != *cmd)
			fault(f, "this name is there twice");
		check_command(f, *cmd);
		if ((*cmd)->subs)
			check_list(f, (*cmd)->subs, path);
		path->depth--;
	}
}

static void check_named(struct faults *f, const struct named *list)
{
	for (; list->name; list++)
		check_line(f, list->name, list->help);
}

unsigned check_tables(struct fm_buf *out)
{
	struct faults f = { .out = out, .where = "global" };
	struct args path = { 0 };

	check_params(&f, global_params, sizeof(struct globals));
	check_named(&f, env_table);
	check_named(&f, file_table);
	for (const struct topic *t = topics; t->name; t++) {
		check_line(&f, t->name, t->summary);
		if (cmd_find(commands, t->name))
			fault(&f, "topic '%s' hides a command", t->name);
	}
	check_list(&f, commands, &path);
	return f.count;
}
