/* SPDX-License-Identifier: MIT */
/* The rules in force, and the rules of a file that are not. */
#include "app.h"
#include "args.h"

#include <stdlib.h>
#include <string.h>

/* ---- show ---- */

/* Where a rule comes from. An option caps payments only in the commands that have it. */
static const char *source_of(const struct fm_policy_rule *rule)
{
	switch (rule->source) {
	case FM_RULE_BUILT_IN:
		return "built_in";
	case FM_RULE_FILE:
		return "file";
	case FM_RULE_CAP:
		return strncmp(rule->rule, "--", 2) == 0 ? "option" : "environment";
	}
	return NULL;
}

static void put_rule(void *ctx, const struct fm_policy_rule *rule)
{
	struct app *app = ctx;

	out_row(app->out, "rules");
	out_text(app->out, "rule", rule->rule);
	out_text(app->out, "subject", *rule->subject ? rule->subject : NULL);
	out_text(app->out, "value", rule->value);
	out_text(app->out, "source", source_of(rule));
	out_end(app->out);
}

static enum fm_code put_rules(struct app *app, const struct fm_policy *policy,
			      struct fm_err *err)
{
	struct fm_hash hash;

	fm_policy_hash(&hash, policy);
	out_hash(app->out, "hash", &hash);
	return fm_policy_rules(policy, put_rule, app, err);
}

static enum fm_code show_run(struct app *app, const void *args, struct fm_err *err)
{
	bool builtin = fm_policy_is_builtin(app->policy);

	(void)args;
	out_text(app->out, "file", builtin ? NULL : app->paths.policy_file);
	out_bool(app->out, "builtin", builtin);
	if (app->wallet.spending.bound)
		out_bool(app->out, "accepted", !app->looser.code);
	if (app->looser.code)
		out_warn(app->out, "%s", app->looser.msg);
	return put_rules(app, app->policy, err);
}

/* ---- check ---- */

struct policy_check {
	const char *file;
};

static enum fm_code check_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct policy_check *args = values;
	struct fm_policy *policy = NULL;
	struct fm_buf text, shown;
	enum fm_code rc;

	fm_buf_init(&text, FM_POLICY_MAX);
	rc = app_read_file(&text, args->file, err);
	if (rc == FM_E_TOO_LARGE)
		err->code = rc = FM_E_CONFIG;
	if (!rc) {
		rc = fm_policy_parse(&policy, fm_buf_span(&text),
				     args_shown(&shown, args->file), err);
		fm_buf_clear(&shown);
	}
	if (!rc)
		rc = put_rules(app, policy, err);
	fm_policy_free(&policy);
	fm_buf_clear(&text);
	return rc;
}

/* ---- the table ---- */

/* clang-format off */
static const struct field rule_fields[] = {
	{ "rule", "Rule", FIELD_TEXT, "as verdicts name it: a member of the file, or a limit's name", NULL },
	{ "subject", "For", FIELD_TEXT,
	  "a seller, a seller and a path, or a category; null: every payment", NULL },
	{ "value", "Value", FIELD_TEXT, "what it says", NULL },
	{ "source", "From", FIELD_TEXT, "file, environment, option or built_in", NULL },
	{ 0 },
};

static const struct field show_fields[] = {
	{ "file", "File", FIELD_TEXT, "where the rules are read from; null: the built-in ones hold", NULL },
	{ "builtin", NULL, FIELD_BOOL, "whether the built-in rules hold", NULL },
	{ "hash", "Hash", FIELD_HASH, "SHA-256 of the file, as in the record of each payment", NULL },
	{ "accepted", "Accepted", FIELD_BOOL,
	  "whether the selected wallet may pay under them; null: it has not paid yet", NULL },
	{ "rules", "Rules", FIELD_LIST, "each rule in force", rule_fields },
	{ 0 },
};

static const struct field check_fields[] = {
	{ "hash", "Hash", FIELD_HASH, "SHA-256 of the file", NULL },
	{ "rules", "Rules", FIELD_LIST, "each rule of the file", rule_fields },
	{ 0 },
};

static const struct param check_params[] = {
	{ .arg = "FILE", .help = "a policy; - for standard input", .type = PARAM_TEXT,
	  .offset = offsetof(struct policy_check, file), .traits = PARAM_REQUIRED | PARAM_FILE },
	{ 0 },
};

static const struct example show_examples[] = {
	{ "fourmica policy show", "what may be paid, and why" },
	{ "fourmica policy show --json | jq -r .data.hash", "what payments made now are recorded with" },
	{ 0 },
};

static const struct example check_examples[] = {
	{ "fourmica policy check policy.json", "before it takes the old one's place" },
	{ 0 },
};
/* clang-format on */

const struct cmd cmd_policy_show = {
	.name = "show",
	.summary = "show the rules in force and where each comes from",
	.details = "Of the file, the environment and an option the smallest limit holds.",
	.fields = show_fields,
	.examples = show_examples,
	.see = "fourmica-policy 5",
	.needs = NEED_POLICY | WALLET_IF_ANY,
	.run = show_run,
};

const struct cmd cmd_policy_check = {
	.name = "check",
	.summary = "check a policy file",
	.details =
		"What is wrong is told with line and column, and ends with status 3. Nothing "
		"in force changes.",
	.params = check_params,
	.size = sizeof(struct policy_check),
	.fields = check_fields,
	.examples = check_examples,
	.see = "fourmica-policy 5",
	.needs = NEED_PATHS,
	.run = check_run,
};
