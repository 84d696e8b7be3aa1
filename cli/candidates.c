/* SPDX-License-Identifier: MIT */
#include "candidates.h"

#include "known.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_MOST 4096

/* ---- the list ---- */

/* A candidate is one word on one line that a terminal shows as it is, whatever a file is called, or
 * a seller calls itself. */
static bool is_plain(const char *value)
{
	struct fm_buf shown;
	bool same;

	fm_buf_init(&shown, PATH_MOST);
	same = fm_text_escape(&shown, fm_span_of(value), PATH_MOST) &&
	       (shown.ptr ? strcmp(shown.ptr, value) == 0 : !*value);
	fm_buf_clear(&shown);
	return same;
}

void candidates_add(struct candidates *c, const char *value, const char *help, bool open)
{
	size_t len = strlen(value), typed = strlen(c->start);
	char *text;

	if (strncmp(value, c->start, typed) != 0 || !is_plain(value))
		return;
	if (c->count == c->size) {
		size_t size = c->size ? 2 * c->size : 64;
		struct candidate *more = realloc(c->items, size * sizeof(*more));

		if (!more)
			return;
		c->items = more;
		c->size = size;
	}
	text = malloc(c->prefix_len + len + 1);
	if (!text)
		return;
	memcpy(text, c->prefix, c->prefix_len);
	memcpy(text + c->prefix_len, value, len + 1);
	c->items[c->count++] = (struct candidate){ .value = text,
						   .help = help ? strdup(help) : NULL,
						   .open = open };
}

void candidates_clear(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->items[i].value);
		free(c->items[i].help);
	}
	free(c->items);
	*c = (struct candidates){ 0 };
}

static int by_value(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return strcmp(x->value, y->value);
}

static void sort(struct candidates *c)
{
	size_t to = 0;

	if (!c->count)
		return;
	qsort(c->items, c->count, sizeof(*c->items), by_value);
	for (size_t i = 1; i < c->count; i++) {
		if (strcmp(c->items[i].value, c->items[to].value) == 0) {
			free(c->items[i].value);
			free(c->items[i].help);
		} else {
			c->items[++to] = c->items[i];
		}
	}
	c->count = to + 1;
}

/* ---- by the table ---- */

/* Where a line has got to. */
struct place {
	const struct candidates *found;
	const struct cmd *const *more;
	const struct cmd *cmd;	   /* NULL: none was named */
	const struct param *value; /* the option whose value comes next */
	size_t positionals;
	bool only_words;
};

static const struct param *long_option(const struct place *at, const char *name,
				       size_t len)
{
	const struct cmd *bare =
		at->cmd && at->cmd->bare ? cmd_find(at->cmd->subs, at->cmd->bare) : NULL;
	const struct param *p =
		at->cmd ? param_by_name(at->cmd->params, name, len) : NULL;

	if (!p && bare)
		p = param_by_name(bare->params, name, len);
	return p ? p : param_by_name(global_params, name, len);
}

static const struct param *short_option(const struct place *at, char letter)
{
	const struct param *p = at->cmd ? param_by_letter(at->cmd->params, letter) : NULL;

	return p ? p : param_by_letter(global_params, letter);
}

static void pass_option(struct place *at, const char *word)
{
	const char *equal = strchr(word, '=');
	const struct param *p = NULL;

	if (word[1] == '-') {
		p = long_option(at, word + 2,
				equal ? (size_t)(equal - word) - 2 : strlen(word + 2));
		at->value = p && !equal && !param_is_flag(p) ? p : NULL;
		return;
	}
	for (const char *c = word + 1; *c; c++) {
		p = short_option(at, *c);
		if (!p || !param_is_flag(p)) {
			at->value = p && !c[1] ? p : NULL;
			return;
		}
	}
}

static void pass_word(struct place *at, const char *word)
{
	const struct cmd *found = NULL;

	if (at->value) {
		at->value = NULL;
	} else if (!at->only_words && strcmp(word, "--") == 0) {
		at->only_words = true;
	} else if (!at->only_words && word[0] == '-' && word[1]) {
		pass_option(at, word);
	} else if (!at->cmd || at->cmd->subs) {
		if (!at->cmd)
			found = cmd_find(at->more, word);
		if (!found)
			found = cmd_find(at->cmd ? at->cmd->subs : commands, word);
		at->cmd = found ? found : at->cmd;
	} else {
		at->positionals++;
	}
}

static void add_options(struct candidates *c, const struct param *rows,
			const struct cmd *cmd)
{
	char text[128];

	for (const struct param *p = rows; p && !param_is_end(p); p++) {
		if (!p->name || (cmd && !global_applies(p, cmd)))
			continue;
		snprintf(text, sizeof(text), "--%s", p->name);
		candidates_add(c, text, p->help, false);
	}
}

static void add_commands(struct candidates *c, const struct cmd *const *list)
{
	for (; list && *list; list++)
		candidates_add(c, (*list)->name, (*list)->summary, false);
}

static void add_choices(struct candidates *c, const char *choices)
{
	char text[64];

	while (*choices) {
		size_t len = strcspn(choices, "|");

		snprintf(text, sizeof(text), "%.*s", (int)len, choices);
		candidates_add(c, text, NULL, false);
		choices += len + (choices[len] == '|');
	}
}

static const struct param *positional(const struct cmd *cmd, size_t number)
{
	const struct param *last = NULL;

	for (const struct param *p = cmd->params; p && !param_is_end(p); p++) {
		if (!param_is_positional(p))
			continue;
		if (!number || p->traits & PARAM_REST)
			return p;
		number--;
	}
	return last;
}

/* ---- files ---- */

/* A leading ~/ is the shell's affair, and at the prompt nobody's. */
static void add_files(struct candidates *c)
{
	const char *slash = strrchr(c->start, '/');
	size_t len = slash ? (size_t)(slash - c->start) + 1 : 0;
	char path[PATH_MOST];
	struct dirent *entry;
	DIR *dir;

	if (len >= sizeof(path))
		return;
	memcpy(path, c->start, len);
	path[len] = '\0';
	dir = opendir(len ? path : ".");
	while (dir && (entry = readdir(dir))) {
		struct stat st;
		bool is_dir;
		size_t name = strlen(entry->d_name);

		if ((entry->d_name[0] == '.' && c->start[len] != '.') ||
		    name + len + 2 > sizeof(path))
			continue;
		memcpy(path + len, entry->d_name, name + 1);
		is_dir = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
		if (is_dir)
			memcpy(path + len + name, "/", 2);
		candidates_add(c, path, NULL, is_dir);
	}
	if (dir)
		closedir(dir);
}

/* ---- the word ---- */

struct lookup {
	struct session *s;
	const struct globals *globals;
	bool files;
};

static void add_values(struct candidates *c, const struct lookup *l,
		       const struct param *p)
{
	if (p->choices)
		add_choices(c, p->choices);
	else if (p->traits & PARAM_FILE && l->files)
		add_files(c);
	else if (p->known)
		known_add(c, l->s, l->globals, p->known);
}

static void add_any_option(struct candidates *c, const struct place *at)
{
	const struct cmd *bare =
		at->cmd && at->cmd->bare ? cmd_find(at->cmd->subs, at->cmd->bare) : NULL;

	if (at->cmd)
		add_options(c, at->cmd->params, NULL);
	if (bare)
		add_options(c, bare->params, NULL);
	add_options(c, global_params, at->cmd);
}

/* "--wallet=ma". */
static bool add_glued(struct candidates *c, const struct place *at,
		      const struct lookup *l, const char *word)
{
	const char *equal = strchr(word, '=');
	const struct param *p;

	if (word[0] != '-' || word[1] != '-' || !equal)
		return false;
	p = long_option(at, word + 2, (size_t)(equal - word) - 2);
	c->prefix = word;
	c->prefix_len = (size_t)(equal - word) + 1;
	c->start = equal + 1;
	if (p && !param_is_flag(p))
		add_values(c, l, p);
	return true;
}

static void add_word(struct candidates *c, const struct place *at, const struct lookup *l,
		     const char *word)
{
	const struct param *p;

	if (at->value) {
		add_values(c, l, at->value);
	} else if (!at->only_words && add_glued(c, at, l, word)) {
		;
	} else if (!at->only_words && word[0] == '-') {
		add_any_option(c, at);
	} else if (!at->cmd || at->cmd->subs) {
		if (!at->cmd)
			add_commands(c, at->more);
		add_commands(c, at->cmd ? at->cmd->subs : commands);
	} else {
		p = positional(at->cmd, at->positionals);
		if (p)
			add_values(c, l, p);
	}
}

void candidates_find(struct candidates *out, struct session *s, int count, char **words,
		     bool files)
{
	struct place at = { .more = s->context.more };
	struct args args = { 0 };
	struct lookup lookup = { s, &args.globals, files };
	struct fm_err ignored;
	const char *word = count > 1 ? words[count - 1] : "";

	*out = (struct candidates){ .start = word, .prefix = "" };
	for (int i = 1; i + 1 < count; i++)
		pass_word(&at, words[i]);
	/* Which files and which wallet the line is about; it need not be complete. */
	fm_err_init(&ignored);
	if (args_parse_in(&args, &s->context, count > 1 ? count - 1 : 1, words, &ignored))
		fm_err_init(&ignored);
	add_word(out, &at, &lookup, word);
	sort(out);
	args_free(&args);
}

int candidates_print(struct session *s, int count, char **words)
{
	char program[] = "fourmica";
	char **all = calloc((size_t)count + 2, sizeof(*all));
	struct candidates found;

	if (!all)
		return fm_code_info(FM_E_NOMEM)->exit_status;
	all[0] = program;
	memcpy(all + 1, words, (size_t)count * sizeof(*all));
	candidates_find(&found, s, count + 1, all, false);
	for (size_t i = 0; i < found.count; i++)
		printf("%s%s%s\n", found.items[i].value, found.items[i].help ? "\t" : "",
		       found.items[i].help ? found.items[i].help : "");
	candidates_clear(&found);
	free(all);
	return fflush(stdout) == 0 ? 0 : fm_code_info(FM_E_IO)->exit_status;
}
