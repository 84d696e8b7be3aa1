/* SPDX-License-Identifier: MIT */
/* The words that only the prompt has. Each is a command like the others: help, --json, completion. */
#include "hold.h"
#include "repl.h"

#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_PROMPT "Only at the prompt of \"fourmica repl\". "

/* ---- set, unset ---- */

struct set {
	struct strings words;
};

/* clang-format off */
static const struct param set_params[] = {
	{ .arg = "OPTION=VALUE", .help = "a long option without its dashes; a flag without value",
	  .type = PARAM_TYPE(struct set, words), .offset = offsetof(struct set, words),
	  .traits = PARAM_REST },
	{ 0 },
};

static const struct param unset_params[] = {
	{ .arg = "OPTION", .help = "a long option without its dashes; none: all of them",
	  .type = PARAM_TYPE(struct set, words), .offset = offsetof(struct set, words),
	  .traits = PARAM_REST },
	{ 0 },
};

static const struct field preset_fields[] = {
	{ "option", "Option", FIELD_TEXT, "its long name", NULL },
	{ "value", "Value", FIELD_TEXT, "null: a flag", NULL },
	{ 0 },
};

static const struct field set_fields[] = {
	{ "set", "Set", FIELD_LIST, "what holds for the run", preset_fields },
	{ 0 },
};

static const struct example set_examples[] = {
	{ "set task=build-17", "book what follows on a task" },
	{ "set network=base-sepolia max-amount=0.05usdc", "several at once" },
	{ "set", "what holds" },
	{ 0 },
};
/* clang-format on */

/* A row of any command, or of the global options. */
static const struct param *find_option(const struct cmd *const *list, const char *name)
{
	const struct param *p = NULL;

	for (; list && *list && !p; list++) {
		p = param_by_name((*list)->params, name, strlen(name));
		if (!p)
			p = find_option((*list)->subs, name);
	}
	return p;
}

static enum fm_code check_preset(const char *name, const char *value, struct fm_err *err)
{
	const struct param *p = param_by_name(global_params, name, strlen(name));
	struct fm_buf shown;

	if (!p)
		p = find_option(commands, name);
	if (!p || strcmp(name, "help") == 0 || strcmp(name, "version") == 0) {
		fm_fail(err, FM_E_USAGE, "'%s' is no option of any command",
			args_shown(&shown, name));
		fm_buf_clear(&shown);
		return fm_hint(err, "for example: set task=NAME");
	}
	if (p->traits & PARAM_SECRET || p->type == PARAM_LIST)
		return fm_fail(err, FM_E_USAGE,
			       "--%s cannot be set for the run: give it with each line",
			       name);
	if (param_is_flag(p) && value)
		return fm_fail(err, FM_E_USAGE, "--%s takes no value", name);
	if (!param_is_flag(p) && (!value || !*value))
		return fm_fail(err, FM_E_USAGE, "--%s needs a value: %s=%s", name, name,
			       p->arg);
	return FM_OK;
}

static void remove_preset(struct session *s, const char *name)
{
	size_t to = 0;

	for (size_t i = 0; i < s->context.preset_count; i++) {
		if (name && strcmp(s->presets[i].name, name) != 0) {
			s->presets[to++] = s->presets[i];
			continue;
		}
		free(s->presets[i].name);
		free(s->presets[i].value);
	}
	s->context.preset_count = to;
	if (!name || strcmp(name, "max-amount") == 0)
		s->max_amount = (struct fm_quantity){ 0 };
}

static enum fm_code add_preset(struct session *s, const char *name, const char *value,
			       struct fm_err *err)
{
	struct preset *more, one = { strdup(name), value ? strdup(value) : NULL };

	remove_preset(s, name);
	more = realloc(s->presets, (s->context.preset_count + 1) * sizeof(*more));
	if (more)
		s->context.presets = s->presets = more;
	if (!more || !one.name || (value && !one.value)) {
		free(one.name);
		free(one.value);
		return fm_nomem(err);
	}
	more[s->context.preset_count++] = one;
	return FM_OK;
}

/* A limit only tightens, so it is none of the options a line's own would replace. */
static enum fm_code set_most(struct session *s, const char *value, struct fm_err *err)
{
	struct fm_quantity most;

	if (fm_quantity_parse(&most, value, err))
		return fm_within(err, "max-amount");
	s->max_amount = most;
	return FM_OK;
}

/* Does the value read as one? Where it is used, the same row reads it again. */
static enum fm_code try_preset(struct session *s, const char *name, const char *value,
			       struct fm_err *err)
{
	char *words[] = { NULL, NULL, NULL, NULL };
	char flag[80];
	struct args args;
	struct fm_buf text;
	enum fm_code rc;

	(void)s;
	if (!param_by_name(global_params, name, strlen(name)) || !value)
		return FM_OK;
	fm_buf_init(&text, 65536);
	snprintf(flag, sizeof(flag), "--%s", name);
	fm_buf_str(&text, value);
	words[0] = words[1] = flag;
	words[2] = text.ptr;
	rc = fm_buf_ok(&text) ? args_parse(&args, 3, words, err) : fm_nomem(err);
	if (fm_buf_ok(&text))
		args_free(&args);
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code set_one(struct session *s, const char *word, struct fm_err *err)
{
	const char *equal = strchr(word, '=');
	size_t len = equal ? (size_t)(equal - word) : strlen(word);
	char name[64];
	enum fm_code rc;

	if (len >= sizeof(name))
		len = sizeof(name) - 1;
	memcpy(name, word, len);
	name[len] = '\0';
	rc = check_preset(name, equal ? equal + 1 : NULL, err);
	if (!rc && strcmp(name, "max-amount") == 0)
		return set_most(s, equal + 1, err);
	if (!rc)
		rc = try_preset(s, name, equal ? equal + 1 : NULL, err);
	return rc ? rc : add_preset(s, name, equal ? equal + 1 : NULL, err);
}

static void put_presets(struct app *app)
{
	const struct session *s = app->session;

	for (size_t i = 0; i < s->context.preset_count; i++) {
		out_row(app->out, "set");
		out_text(app->out, "option", s->presets[i].name);
		out_text(app->out, "value", s->presets[i].value);
		out_end(app->out);
	}
	if (s->max_amount.unit[0]) {
		char text[160];

		snprintf(text, sizeof(text), "%s%s", s->max_amount.number,
			 s->max_amount.unit);
		out_row(app->out, "set");
		out_text(app->out, "option", "max-amount");
		out_text(app->out, "value", text);
		out_end(app->out);
	}
}

static enum fm_code set_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct set *a = values;
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < a->words.count; i++)
		rc = set_one(app->session, a->words.items[i], err);
	put_presets(app);
	return rc;
}

static enum fm_code unset_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct set *a = values;

	(void)err;
	for (size_t i = 0; i < a->words.count; i++)
		remove_preset(app->session, a->words.items[i]);
	if (!a->words.count)
		remove_preset(app->session, NULL);
	put_presets(app);
	return FM_OK;
}

static const struct cmd cmd_set = {
	.name = "set",
	.summary = "give an option to every line that follows",
	.details = AT_PROMPT
	"Lines of commands that have the option get it, unless they say it themselves; "
	"max-amount holds beside a line's own, and the smaller wins. Without arguments: "
	"what is set. It ends with the prompt, and unset takes it back.",
	.params = set_params,
	.size = sizeof(struct set),
	.fields = set_fields,
	.examples = set_examples,
	.run = set_run,
};

static const struct cmd cmd_unset = {
	.name = "unset",
	.summary = "take back what set gave",
	.details = AT_PROMPT "Without arguments: all of it.",
	.params = unset_params,
	.size = sizeof(struct set),
	.fields = set_fields,
	.run = unset_run,
};

/* ---- unlock ---- */

struct unlock {
	const char *for_text;
};

/* clang-format off */
static const struct param unlock_params[] = {
	OPT(struct unlock, for_text, "for", 0, "TIME", "how long, at most 24h; usually what repl --for said, or 15m"),
	{ 0 },
};

static const struct field unlock_fields[] = {
	{ "wallet", "Wallet", FIELD_TEXT, "its name", NULL },
	{ "unlocked", "Unlocked", FIELD_BOOL, "whether its key is at hand now", NULL },
	{ "left_seconds", "Time left", FIELD_DURATION, "null: it is locked", NULL },
	{ 0 },
};
/* clang-format on */

static enum fm_code unlock_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct unlock *a = values;
	struct session *s = app->session;
	const int64_t usual = s->for_ms;
	struct fm_signer signer = { 0 };
	int64_t for_s = usual / 1000;
	enum fm_code rc = session_time(&for_s, a->for_text, "--for", err);

	if (rc)
		return rc;
	out_text(app->out, "wallet", app->wallet.name[0] ? app->wallet.name : NULL);
	if (app->wallet.name[0] && !app->wallet.watch && app->wallet.kdf == FM_KDF_NONE)
		return fm_fail(err, FM_E_USAGE,
			       "wallet '%s' has no passphrase: it is never locked",
			       app->wallet.name);
	if (external_has(app))
		return fm_fail(err, FM_E_USAGE,
			       "a program signs for wallet '%s': it is never locked",
			       app->wallet.name);
	s->for_ms = for_s * 1000;
	session_lock(s);
	app->no_holder = true;
	rc = app_signer(app, &signer, err);
	fm_signer_close(&signer);
	s->for_ms = usual;
	out_bool(app->out, "unlocked", s->signer.ops != NULL);
	if (s->signer.ops)
		out_duration(app->out, "left_seconds", (session_left_ms(s) + 999) / 1000);
	if (!rc && !s->signer.ops)
		rc = fm_fail(err, FM_E_STOPPED,
			     "the emergency stop is set: no key is kept");
	return rc;
}

static const struct cmd cmd_unlock_here = {
	.name = "unlock",
	.summary = "ask for the passphrase now, and keep the key for a while",
	.details = AT_PROMPT
	"The key stays in this process and not with a key holder, in locked memory, until the time is over, nothing "
	"was typed for long, lock, an emergency stop, the machine sleeping, or the end of the "
	"prompt. Raising a limit, accepting a policy, lifting a stop and approving a "
	"payment ask for the passphrase itself all the same.",
	.params = unlock_params,
	.size = sizeof(struct unlock),
	.fields = unlock_fields,
	.needs = NEED_WALLET,
	.run = unlock_run,
};

/* ---- exit ---- */

/* clang-format off */
static const struct field exit_fields[] = {
	{ 0 },
};
/* clang-format on */

static enum fm_code exit_run(struct app *app, const void *values, struct fm_err *err)
{
	(void)values;
	(void)err;
	app->session->leaving = true;
	return FM_OK;
}

static const struct cmd cmd_exit = {
	.name = "exit",
	.summary = "leave the prompt",
	.details = AT_PROMPT "The end of input (Ctrl-D) does the same.",
	.fields = exit_fields,
	.run = exit_run,
};

const struct cmd *const repl_words[] = {
	&cmd_set, &cmd_unset, &cmd_unlock_here, &cmd_exit, NULL,
};
