/* SPDX-License-Identifier: MIT */
/* Our own walk over argv: no abbreviations, because a guess may move money; no state outside
 * of struct line, because the prompt comes back for every line. */
#include "args.h"

#include "line.h"
#include "suggest.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- small questions about tables ---- */

const struct param *param_by_name(const struct param *params, const char *name,
				  size_t len)
{
	for (const struct param *p = params; p && !param_is_end(p); p++)
		if (p->name && strlen(p->name) == len && memcmp(p->name, name, len) == 0)
			return p;
	return NULL;
}

const struct param *param_by_letter(const struct param *params, char letter)
{
	for (const struct param *p = params; p && !param_is_end(p); p++)
		if (p->letter && p->letter == letter)
			return p;
	return NULL;
}

const struct cmd *cmd_find(const struct cmd *const *list, const char *name)
{
	for (; list && *list; list++)
		if (strcmp((*list)->name, name) == 0)
			return *list;
	return NULL;
}

bool global_applies(const struct param *param, const struct cmd *cmd)
{
	return !param->name || strcmp(param->name, "dry-run") != 0 ||
	       cmd->needs & MAY_SPEND;
}

const struct cmd *args_cmd(const struct args *args)
{
	return args->depth ? args->path[args->depth - 1] : NULL;
}

void args_name(char out[static CMD_NAME_MAX], const struct args *args, char separator)
{
	size_t len = 0;

	for (size_t i = 0; i < args->depth; i++) {
		size_t more = strlen(args->path[i]->name);

		assert(len + more + 1 < CMD_NAME_MAX);
		if (len)
			out[len++] = separator;
		memcpy(out + len, args->path[i]->name, more);
		len += more;
	}
	out[len] = '\0';
}

static size_t hex_run(const char *text)
{
	return strspn(text, "0123456789abcdefABCDEF");
}

bool args_looks_secret(const char *word)
{
	size_t words = 1;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		word += 2;
	/* A little damage to a key leaves it a key: too short to be one only below 48 digits. */
	if (hex_run(word) >= 48)
		return true;
	for (const char *s = word; *s; s++)
		words += *s == ' ';
	return words >= 12;
}

/* ---- commands ---- */

static enum fm_code presets_store(struct line *l, const struct param *params, char *base)
{
	const struct args_context *context = l->context;
	enum fm_code rc = FM_OK;

	for (size_t i = 0; context && !rc && i < context->preset_count; i++) {
		const struct preset *s = &context->presets[i];
		const struct param *p = param_by_name(params, s->name, strlen(s->name));

		if (p)
			rc = line_store(l, p, base, s->value);
	}
	return rc;
}

/* A command is known now: its values have a place. */
static enum fm_code enter(struct line *l, const struct cmd *cmd)
{
	struct args *args = l->args;
	void *values;

	assert(args->depth < CMD_DEPTH);
	args->path[args->depth++] = cmd;
	l->cmd = cmd;
	if (!cmd->size || cmd->subs)
		return FM_OK;
	/* Only a leaf has values, and nothing is below a leaf. */
	assert(!args->values);
	values = calloc(1, cmd->size);
	if (!values)
		return fm_nomem(l->err);
	args->values = values;
	return presets_store(l, cmd->params, values);
}

static bool is_open_group(const struct line *l)
{
	return !l->cmd || l->cmd->subs;
}

/* An option or the end where a sub-command could stand: a bare group means one of them. */
static enum fm_code enter_bare(struct line *l)
{
	const struct cmd *bare;

	if (!l->cmd || !l->cmd->subs || !l->cmd->bare)
		return FM_OK;
	bare = cmd_find(l->cmd->subs, l->cmd->bare);
	assert(bare && "check_tables knows it");
	return enter(l, bare);
}

static enum fm_code unknown_command(struct line *l, const char *word)
{
	const struct cmd *const *list = l->cmd ? l->cmd->subs : commands;
	struct guess guess = guess_start(word, strlen(word));
	char name[CMD_NAME_MAX];
	struct fm_buf text;

	args_name(name, l->args, ' ');
	for (; *list; list++)
		guess_try(&guess, (*list)->name);
	list = !l->cmd && l->context ? l->context->more : NULL;
	for (; list && *list; list++)
		guess_try(&guess, (*list)->name);
	line_usage(l, "'%s' is no %s%s", args_shown(&text, word),
		   l->cmd ? "sub-command of " : "command", l->cmd ? name : "");
	fm_buf_clear(&text);
	if (!guess.best)
		return FM_E_USAGE;
	return fm_hint(l->err, "did you mean: fourmica %s%s%s", name, *name ? " " : "",
		       guess.best);
}

/* At the prompt its own words come first, so that a command can have more to say there. */
static const struct cmd *find_top(const struct line *l, const char *word)
{
	const struct cmd *found = l->context ? cmd_find(l->context->more, word) : NULL;

	return found ? found : cmd_find(commands, word);
}

static const struct param *next_positional(const struct line *l)
{
	size_t seen = 0;

	for (const struct param *p = l->cmd->params; p && !param_is_end(p); p++)
		if (param_is_positional(p) &&
		    (seen++ == l->positionals || p->traits & PARAM_REST))
			return p;
	return NULL;
}

static enum fm_code too_many(struct line *l, char *word)
{
	char name[CMD_NAME_MAX];
	struct fm_buf text;

	args_name(name, l->args, ' ');
	if (args_looks_secret(word)) {
		fm_wipe(word, strlen(word));
		line_usage(
			l,
			"%s: an argument looks like a private key and was not read: other "
			"programs and the shell's history see the command line",
			name);
		return fm_hint(l->err, "give it in a file: fourmica wallet import NAME "
				       "--from-file KEYFILE");
	}
	line_usage(l, "%s: unexpected argument '%s'", name, args_shown(&text, word));
	fm_buf_clear(&text);
	return FM_E_USAGE;
}

static enum fm_code take_word(struct line *l, char *word)
{
	const struct param *p;

	if (is_open_group(l)) {
		const struct cmd *found =
			l->cmd ? cmd_find(l->cmd->subs, word) : find_top(l, word);

		return found ? enter(l, found) : unknown_command(l, word);
	}
	p = next_positional(l);
	if (!p)
		return too_many(l, word);
	l->positionals++;
	return line_store(l, p, l->args->values, word);
}

/* ---- options ---- */

/* Where a row's value goes; the row itself from the command's table or the global one. */
struct found {
	const struct param *param;
	char *base;
};

static enum fm_code check_applies(struct line *l, const struct param *p)
{
	char name[CMD_NAME_MAX];

	if (!l->cmd || l->cmd->subs || global_applies(p, l->cmd))
		return FM_OK;
	args_name(name, l->args, ' ');
	return line_usage(l, "%s: --%s is for commands that move value", name, p->name);
}

static struct found find_long(const struct line *l, const char *name, size_t len)
{
	const struct param *p = l->cmd ? param_by_name(l->cmd->params, name, len) : NULL;

	if (p)
		return (struct found){ p, l->args->values };
	p = param_by_name(global_params, name, len);
	return (struct found){ p, p ? (char *)&l->args->globals : NULL };
}

static struct found find_short(const struct line *l, char letter)
{
	const struct param *p = l->cmd ? param_by_letter(l->cmd->params, letter) : NULL;

	if (p)
		return (struct found){ p, l->args->values };
	p = param_by_letter(global_params, letter);
	return (struct found){ p, p ? (char *)&l->args->globals : NULL };
}

static void guess_names(struct guess *guess, const struct param *params)
{
	for (const struct param *p = params; p && !param_is_end(p); p++)
		if (p->name)
			guess_try(guess, p->name);
}

static enum fm_code unknown_option(struct line *l, const char *name, size_t len)
{
	struct guess guess = guess_start(name, len);
	char command[CMD_NAME_MAX], word[OPTION_SHOWN];
	struct fm_buf text;

	snprintf(word, sizeof(word), "%.*s", (int)(len < 40 ? len : 40), name);
	args_name(command, l->args, ' ');
	if (l->cmd)
		guess_names(&guess, l->cmd->params);
	guess_names(&guess, global_params);
	line_usage(l, "%s%sunknown option '--%s'", command, *command ? ": " : "",
		   args_shown(&text, word));
	fm_buf_clear(&text);
	if (guess.best)
		return fm_hint(l->err, "did you mean: --%s", guess.best);
	if (!l->cmd)
		return fm_hint(l->err, "options of a command come behind its name");
	return FM_E_USAGE;
}

static enum fm_code take_value(struct line *l, const struct param *p, char **value)
{
	if (l->at >= l->argc)
		return line_usage(l, "--%s needs a value: %s", p->name, p->arg);
	*value = l->argv[l->at++];
	return FM_OK;
}

static enum fm_code take_long(struct line *l, char *word)
{
	char *equal = strchr(word, '='), *value = equal ? equal + 1 : NULL;
	size_t len = equal ? (size_t)(equal - word) : strlen(word);
	struct found found = find_long(l, word, len);

	if (!found.param && l->cmd && l->cmd->subs && l->cmd->bare) {
		enum fm_code rc = enter_bare(l);

		return rc ? rc : take_long(l, word);
	}
	if (!found.param)
		return unknown_option(l, word, len);
	if (check_applies(l, found.param))
		return FM_E_USAGE;
	if (param_is_flag(found.param) && equal)
		return line_usage(l, "--%s takes no value", found.param->name);
	if (!param_is_flag(found.param) && !equal && take_value(l, found.param, &value))
		return FM_E_USAGE;
	return line_store(l, found.param, found.base, value);
}

static enum fm_code unknown_letter(struct line *l, char letter)
{
	const char word[] = { letter, '\0' };
	struct fm_buf text;

	line_usage(l, "unknown option '-%s'", args_shown(&text, word));
	fm_buf_clear(&text);
	return FM_E_USAGE;
}

/* "-qj", "-XPOST", "-X POST", "-sXPOST". */
static enum fm_code take_letters(struct line *l, char *word)
{
	for (char *at = word; *at; at++) {
		struct found found = find_short(l, *at);
		char *value = at + 1;

		if (!found.param && l->cmd && l->cmd->subs && l->cmd->bare) {
			if (enter_bare(l))
				return FM_E_NOMEM;
			found = find_short(l, *at);
		}
		if (!found.param)
			return unknown_letter(l, *at);
		if (check_applies(l, found.param))
			return FM_E_USAGE;
		if (!param_is_flag(found.param)) {
			if (!*value && take_value(l, found.param, &value))
				return FM_E_USAGE;
			return line_store(l, found.param, found.base, value);
		}
		if (line_store(l, found.param, found.base, NULL))
			return FM_E_INTERNAL;
	}
	return FM_OK;
}

/* ---- the whole line ---- */

/* Does it hold for lines that do not say it? */
static bool is_set(const struct line *l, const char *name)
{
	for (size_t i = 0; l->context && i < l->context->preset_count; i++)
		if (strcmp(l->context->presets[i].name, name) == 0)
			return true;
	return false;
}

static enum fm_code check_complete(struct line *l)
{
	size_t seen = 0;
	char name[CMD_NAME_MAX];

	args_name(name, l->args, ' ');
	if (l->cmd && l->cmd->subs) {
		line_usage(l, "%s: a sub-command is missing", name);
		return FM_E_USAGE;
	}
	for (const struct param *p = l->cmd ? l->cmd->params : NULL;
	     p && !param_is_end(p); p++) {
		if (!param_is_positional(p) || seen++ < l->positionals)
			continue;
		if (p->traits & PARAM_REQUIRED)
			return line_usage(l, "%s: %s is missing", name, p->arg);
	}
	/* --dry-run may have come before the command was known. */
	if (l->cmd && l->args->globals.dry_run && !is_set(l, "dry-run"))
		return check_applies(l, param_by_name(global_params, "dry-run", 7));
	return FM_OK;
}

enum fm_code args_parse(struct args *out, int argc, char **argv, struct fm_err *err)
{
	return args_parse_in(out, NULL, argc, argv, err);
}

enum fm_code args_parse_in(struct args *out, const struct args_context *context, int argc,
			   char **argv, struct fm_err *err)
{
	struct line line = { .args = out,
			     .argc = argc,
			     .at = 1,
			     .argv = argv,
			     .context = context,
			     .err = err };
	struct line *l = &line;
	enum fm_code rc = FM_OK;
	bool only_words = false;

	*out = (struct args){ 0 };
	if (context && context->globals)
		out->globals = *context->globals;
	rc = presets_store(l, global_params, (char *)&out->globals);
	while (l->at < argc && !rc) {
		char *word = argv[l->at++];

		if (only_words || word[0] != '-' || !word[1])
			rc = take_word(l, word);
		else if (strcmp(word, "--") == 0)
			only_words = true;
		else if (word[1] == '-')
			rc = take_long(l, word + 2);
		else
			rc = take_letters(l, word + 1);
	}
	if (rc || out->globals.help)
		return rc;
	rc = enter_bare(l);
	return rc ? rc : check_complete(l);
}

static void free_lists(const struct param *params, char *base)
{
	for (const struct param *p = params; base && p && !param_is_end(p); p++)
		if (p->arg && p->type == PARAM_LIST)
			free(((struct strings *)(void *)(base + p->offset))->items);
}

void args_free(struct args *args)
{
	const struct cmd *cmd = args_cmd(args);

	if (cmd)
		free_lists(cmd->params, args->values);
	free(args->values);
	for (size_t i = 0; i < args->secret_count; i++) {
		fm_wipe(args->secrets[i], strlen(args->secrets[i]));
		free(args->secrets[i]);
	}
	free(args->secrets);
	*args = (struct args){ 0 };
}

void args_guess_form(bool *json, bool *jsonl, int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *word = argv[i];

		*json = *json || strcmp(word, "--json") == 0;
		*jsonl = *jsonl || strcmp(word, "--jsonl") == 0;
		/* -j among flags; behind the first letter with a value anything may stand */
		for (word += word[0] == '-' && word[1] != '-'; word != argv[i] && *word;
		     word++) {
			const struct param *p = param_by_letter(global_params, *word);

			*json = *json || *word == 'j';
			if (!p || !param_is_flag(p))
				break;
		}
	}
}
