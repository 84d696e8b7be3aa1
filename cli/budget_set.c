/* SPDX-License-Identifier: MIT */
/* `budget set`: one limit of policy.json; the rest of the file stays as its author wrote it. */
#include "budget.h"

#include "accepted.h"
#include "args.h"
#include "edit.h"
#include "policy_accept.h"

#include <stdio.h>
#include <string.h>

struct set {
	const char *limit;
	struct fm_quantity amount;
	const char *window, *per, *of;
};

/* clang-format off */
static const struct param params[] = {
	ARGX(struct set, limit, "LIMIT", "name of the limit, such as request or day", .traits = PARAM_REQUIRED, .known = KNOWN_LIMIT),
	ARG(struct set, amount, "AMOUNT", "what it allows: 5usdc"),
	GROUP("Of a limit there is not yet"),
	OPT(struct set, window, "window", 0, "TIME", "over how long: 1h, 1d, or utc-day"),
	OPTX(struct set, per, "per", 0, "WHAT", "for each of them apart",
	     .choices = "seller|task|category|wallet"),
	OPTX(struct set, of, "of", 0, "MONEY", "what it limits; payments unless given",
	     .choices = "payment|deposit|clearing"),
	{ 0 },
};

static const struct field fields[] = {
	{ "rule", "Limit", FIELD_TEXT, "its name", NULL },
	{ "was", "Before", FIELD_TEXT, "what it allowed; null: there was no such limit", NULL },
	{ "amount", "Now", FIELD_TEXT, "what it allows", NULL },
	{ "added", NULL, FIELD_BOOL, "whether it is a new limit", NULL },
	{ "looser", "Allows more", FIELD_TEXT,
	  "what the rules allow now that they did not before; null: nothing", NULL },
	{ "policy", "Policy", FIELD_TEXT, "file that was written", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica budget set day 0.50usdc", "allow less from now on" },
	{ "fourmica budget set hour 0.20usdc --window 1h", "one limit more" },
	{ 0 },
};
/* clang-format on */

struct setting {
	struct app *app;
	const struct set *args;
	char amount[128], was[128];
	bool added;
	struct fm_err looser;	/* code FM_OK: nothing is */
	struct fm_secret *pass; /* of whom it was asked; NULL: nobody, or there is none */
};

/* ---- the text ---- */

/* A limit without a name goes by its place, as the reader of policies names it. */
static bool is_called(const struct fm_json *limit, const char *name, size_t number)
{
	const struct fm_json *given = fm_json_get(limit, "name");
	const struct fm_json *of = fm_json_get(limit, "of");
	char usual[64];

	if (given)
		return fm_json_is(given, name);
	snprintf(usual, sizeof(usual), "%slimit %zu",
		 fm_json_is(of, "deposit")    ? "deposit "
		 : fm_json_is(of, "clearing") ? "clearing "
					      : "",
		 number);
	return strcmp(usual, name) == 0;
}

static const struct fm_json *find_limit(const struct fm_json *limits, const char *name)
{
	size_t number = 1;

	for (const struct fm_json *limit = fm_json_first(limits); limit;
	     limit = fm_json_next(limits, limit), number++)
		if (is_called(limit, name, number))
			return limit;
	return NULL;
}

/* The amount of the limit there is. */
static enum fm_code change_limit(struct setting *s, struct fm_buf *out,
				 struct fm_span old, const struct fm_json *limit,
				 struct fm_err *err)
{
	const struct fm_json *amount = fm_json_get(limit, "amount");
	char json[sizeof(s->amount) + 2];

	if (s->args->window || s->args->per || s->args->of)
		return fm_fail(err, FM_E_USAGE,
			       "there is a limit of that name: --window, --per and --of "
			       "are for new ones");
	if (!amount || !fm_json_cstr(s->was, sizeof(s->was), amount)) {
		fm_fail(err, FM_E_USAGE, "that limit has no amount, but a number");
		return fm_hint(err, "change its 'count' in %s",
			       s->app->paths.policy_file);
	}
	/* Digits, a point and letters: nothing that JSON would escape. */
	snprintf(json, sizeof(json), "\"%s\"", s->amount);
	edit_splice(out, old, amount->src.ptr, amount->src.len, json);
	return FM_OK;
}

static void put_limit(struct fm_buf *out, const struct setting *s)
{
	const struct set *args = s->args;
	const char *const members[][2] = {
		{"name",	  args->limit },
		{ "amount", s->amount   },
		{ "window", args->window},
		{ "per",	 args->per   },
		{ "of",	args->of	 }
	};
	struct fm_jw w;

	fm_buf_str(out, "{ ");
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (!members[i][1])
			continue;
		fm_jw_init(&w, out);
		if (i)
			fm_buf_str(out, ", ");
		fm_jw_cstr(&w, members[i][0]);
		fm_buf_str(out, ": ");
		fm_jw_init(&w, out);
		fm_jw_cstr(&w, members[i][1]);
	}
	fm_buf_str(out, " }");
}

static enum fm_code add_limit(struct setting *s, struct fm_buf *out, struct fm_span old,
			      const struct fm_json *root, struct fm_err *err)
{
	static const char *const path[] = { "limits", NULL };
	const struct fm_json *limits = fm_json_get(root, "limits");
	const struct set *args = s->args;
	struct fm_buf limit, list;
	bool ok;

	if (!args->window && !args->per && strcmp(args->limit, "request") != 0) {
		struct fm_buf shown;

		fm_fail(err, FM_E_USAGE, "there is no limit '%s' in the policy",
			args_shown(&shown, args->limit));
		fm_buf_clear(&shown);
		return fm_hint(
			err, "to add it, say over how long: --window 1d, or --per task");
	}
	s->added = true;
	fm_buf_init(&limit, FM_POLICY_MAX);
	fm_buf_init(&list, FM_POLICY_MAX);
	put_limit(&limit, s);
	fm_buf_fmt(&list, "[ %s ]", limit.ptr ? limit.ptr : "");
	ok = fm_buf_ok(&limit) && fm_buf_ok(&list);
	if (ok && limits)
		edit_append(out, old, limits, limit.ptr);
	else if (ok)
		ok = edit_member(out, old, root, path, list.ptr);
	fm_buf_clear(&limit);
	fm_buf_clear(&list);
	return ok ? FM_OK
		  : fm_fail(err, FM_E_CONFIG, "%s has no place for a limit",
			    s->app->paths.policy_file);
}

static enum fm_code change_text(struct setting *s, struct fm_buf *out, struct fm_span old,
				const struct fm_json *root, struct fm_err *err)
{
	const struct fm_json *limit =
		find_limit(fm_json_get(root, "limits"), s->args->limit);

	return limit ? change_limit(s, out, old, limit, err)
		     : add_limit(s, out, old, root, err);
}

/* Without a file the built-in rules hold: they are what it begins with. */
static enum fm_code change(void *ctx, struct fm_buf *out, struct fm_span old,
			   const struct fm_json *root, struct fm_err *err)
{
	const char *text = fm_policy_builtin_text();
	struct fm_json *first = NULL;
	enum fm_code rc;

	if (root)
		return change_text(ctx, out, old, root, err);
	rc = fm_json_parse(&first, fm_span_of(text), false, err);
	if (!rc)
		rc = change_text(ctx, out, fm_span_of(text), first, err);
	fm_json_free(&first);
	return rc;
}

/* ---- what it means ---- */

/* Rules that allow more are written by whoever the wallet belongs to. Without a wallet there is
 * nothing yet that could be spent. */
static enum fm_code check(void *ctx, struct fm_span text, struct fm_err *err)
{
	static const char question[] = "let the policy allow more?";
	struct setting *s = ctx;
	struct fm_policy *after = NULL;
	enum fm_code rc = fm_policy_parse(&after, text, s->app->paths.policy_file, err);

	if (!rc && fm_policy_looser(&s->looser, after, s->app->policy))
		rc = s->app->wallet.name[0] ? app_owner(s->app, &s->pass, question, err)
					    : ask_yes(s->app, question, err);
	fm_policy_free(&after);
	return rc;
}

/* What its owner has just said yes to is accepted; not what somebody wrote before that. */
static enum fm_code accept(struct setting *s, bool was_looser, struct fm_err *err)
{
	struct app *app = s->app;
	enum fm_code rc;

	if (!s->looser.code || !app->wallet.spending.bound)
		return FM_OK;
	if (was_looser) {
		out_note(app->out, "The policy allowed more than was accepted before: "
				   "fourmica policy accept shows it.");
		return FM_OK;
	}
	fm_policy_free(&app->policy);
	rc = app_load_policy(app, err);
	if (!rc)
		rc = policy_accept_rules(app, s->pass, err);
	if (!rc)
		return FM_OK;
	fm_within(err, "the policy was written, but is not accepted");
	return fm_hint(err, "run: fourmica policy accept");
}

static void report(const struct setting *s)
{
	struct out *o = s->app->out;

	out_text(o, "rule", s->args->limit);
	out_text(o, "was", s->was[0] ? s->was : NULL);
	out_text(o, "amount", s->amount);
	out_bool(o, "added", s->added);
	out_text(o, "looser", s->looser.code ? s->looser.msg : NULL);
	out_text(o, "policy", s->app->paths.policy_file);
}

static enum fm_code run(struct app *app, const void *values, struct fm_err *err)
{
	const struct set *args = values;
	struct setting s = { .app = app, .args = args };
	const struct edit edit = {
		.file = app->paths.policy_file,
		.most = FM_POLICY_MAX,
		.change = change,
		.check = check,
		.ctx = &s,
	};
	enum fm_code rc = app_load_policy(app, err);

	if (rc)
		return rc;
	accepted_compare(app);
	fm_err_init(&s.looser);
	snprintf(s.amount, sizeof(s.amount), "%s%s", args->amount.number,
		 args->amount.unit);
	rc = edit_file(&edit, err);
	if (!rc) {
		report(&s);
		rc = accept(&s, app->looser.code != FM_OK, err);
	}
	fm_secret_free(&s.pass);
	return rc;
}

const struct cmd budget_set_cmd = {
	.name = "set",
	.summary = "change or add one limit of the policy file",
	.details =
		"Changes the amount of the limit of that name in policy.json, or adds a limit; the "
		"rest of the file stays as it is. Without a file one is written that begins with "
		"the built-in rules. Limits of sellers, routes and categories, and those of a "
		"number, are changed in the file itself.\n\n"
		"Allowing less needs nothing and holds at once. Allowing more takes the wallet's "
		"passphrase (a wallet without one asks for a confirmation), which accepts the "
		"rules for it as `policy accept` does.",
	.params = params,
	.size = sizeof(struct set),
	.fields = fields,
	.examples = examples,
	.needs = NEED_HOME | WALLET_IF_ANY,
	.run = run,
};
