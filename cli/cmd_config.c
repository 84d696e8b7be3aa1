/* SPDX-License-Identifier: MIT */
/* What is in force and why; changes to config.json, one value at a time. */
#include "app.h"
#include "args.h"
#include "config.h"
#include "settings.h"
#include "suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define VALUE_MOST 16384u
#define PATH_DEPTH 3
#define NAME_MOST 31 /* bytes of a network's name */

extern const struct cmd config_check_cmd;

/* ---- show ---- */

struct listing {
	struct app *app;
	bool nomem;
};

/* Where it comes from; what nobody set comes from nowhere. */
static void put_origin(struct listing *l, const struct setting *setting)
{
	struct out *o = l->app->out;
	struct fm_buf from;

	if (!setting->value && setting->source == SETTING_BUILT_IN)
		return;
	fm_buf_init(&from, VALUE_MOST);
	settings_from(&from, setting);
	if (!fm_buf_ok(&from))
		l->nomem = true;
	out_text(o, "from", from.ptr);
	out_text(o, "source", settings_source(setting->source));
	if (setting->line)
		out_number(o, "line", setting->line);
	fm_buf_clear(&from);
}

static void put_row(void *ctx, const struct setting *setting)
{
	struct listing *l = ctx;

	out_row(l->app->out, "settings");
	out_text(l->app->out, "key", setting->key);
	out_text(l->app->out, "value", setting->value);
	put_origin(l, setting);
	out_end(l->app->out);
}

static enum fm_code show_run(struct app *app, const void *args, struct fm_err *err)
{
	struct listing l = { .app = app };
	enum fm_code rc = settings_each(app, put_row, &l, err);

	(void)args;
	return !rc && l.nomem ? fm_nomem(err) : rc;
}

/* ---- path ---- */

static void put_file(void *ctx, const struct setting *setting)
{
	struct listing *l = ctx;
	struct stat st;

	out_row(l->app->out, "files");
	out_text(l->app->out, "name", setting->key);
	out_bool(l->app->out, "exists", lstat(setting->value, &st) == 0);
	out_text(l->app->out, "path", setting->value);
	put_origin(l, setting);
	out_end(l->app->out);
}

static enum fm_code path_run(struct app *app, const void *args, struct fm_err *err)
{
	struct listing l = { .app = app };
	enum fm_code rc = settings_files(app, put_file, &l, err);

	(void)args;
	return !rc && l.nomem ? fm_nomem(err) : rc;
}

/* ---- get ---- */

struct config_get {
	const char *key;
};

struct search {
	struct listing listing;
	const char *key;
	struct guess guess;
	char best[96]; /* the guess, which must outlive the visit */
	bool found;
};

static void put_value(struct out *o, const char *value)
{
	struct fm_buf line;

	if (out_is_json(o))
		return;
	fm_buf_init(&line, 16 * VALUE_MOST);
	if (value)
		fm_text_escape(&line, fm_span_of(value), VALUE_MOST);
	fm_buf_chr(&line, '\n');
	if (line.ptr)
		out_raw(o, line.ptr, line.len);
	fm_buf_clear(&line);
}

static void look(void *ctx, const struct setting *setting)
{
	struct search *s = ctx;

	if (strcmp(s->key, setting->key) == 0) {
		s->found = true;
		out_text(s->listing.app->out, "value", setting->value);
		put_origin(&s->listing, setting);
		put_value(s->listing.app->out, setting->value);
		return;
	}
	s->guess.best = NULL;
	guess_try(&s->guess, setting->key);
	if (s->guess.best)
		snprintf(s->best, sizeof(s->best), "%s", s->guess.best);
}

static enum fm_code unknown_key(const char *key, const char *best, struct fm_err *err)
{
	struct fm_buf text;

	fm_fail(err, FM_E_USAGE, "there is no setting '%s'", args_shown(&text, key));
	fm_buf_clear(&text);
	return best[0] ? fm_hint(err, "did you mean: %s", best)
		       : fm_hint(err, "run: fourmica config show");
}

static enum fm_code get_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct config_get *a = args;
	struct search s = { .listing.app = app,
			    .key = a->key,
			    .guess = guess_start(a->key, strlen(a->key)) };
	enum fm_code rc = settings_each(app, look, &s, err);

	if (!rc && s.listing.nomem)
		rc = fm_nomem(err);
	if (rc)
		return rc;
	if (!s.found)
		return unknown_key(a->key, s.best, err);
	out_text(app->out, "key", a->key);
	return FM_OK;
}

/* ---- set ---- */

struct config_set {
	const char *key;
	struct strings values;
};

/* A key taken apart, and the value as JSON. */
struct assignment {
	const char *path[PATH_DEPTH + 1];
	char network[NAME_MOST + 1];
	struct fm_buf json;
};

typedef enum fm_code value_fn(struct assignment *out, const struct app *app,
			      const struct strings *values, struct fm_err *err);

static void put_json(struct assignment *out, const char *text)
{
	struct fm_jw w;

	fm_jw_init(&w, &out->json);
	fm_jw_cstr(&w, text);
}

static enum fm_code set_network(struct assignment *out, const struct app *app,
				const struct strings *values, struct fm_err *err)
{
	const struct fm_network *network;

	put_json(out, values->items[0]);
	return config_find_network(&network, app, values->items[0], err);
}

static enum fm_code set_wallet(struct assignment *out, const struct app *app,
			       const struct strings *values, struct fm_err *err)
{
	struct fm_wallet wallet;

	if (args_looks_secret(values->items[0]))
		return fm_fail(err, FM_E_USAGE,
			       "this looks like a private key, not a wallet's name");
	put_json(out, values->items[0]);
	return fm_store_show(&wallet, &app->store, values->items[0], err);
}

static enum fm_code set_core(struct assignment *out, const struct app *app,
			     const struct strings *values, struct fm_err *err)
{
	(void)app;
	put_json(out, values->items[0]);
	return config_check_url(values->items[0], "core", false, err);
}

static enum fm_code set_rpc(struct assignment *out, const struct app *app,
			    const struct strings *values, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	(void)app;
	fm_buf_chr(&out->json, '[');
	for (size_t i = 0; !rc && i < values->count; i++) {
		fm_buf_str(&out->json, i ? ", " : "");
		put_json(out, values->items[i]);
		rc = config_check_url(values->items[i], "RPC", true, err);
	}
	fm_buf_chr(&out->json, ']');
	return rc;
}

static enum fm_code set_chain(struct assignment *out, const struct app *app,
			      const struct strings *values, struct fm_err *err)
{
	struct fm_u256 value;
	struct fm_buf text;

	(void)app;
	if (fm_u256_from_dec(&value, fm_span_of(values->items[0]))) {
		fm_buf_str(&out->json, values->items[0]);
		return FM_OK;
	}
	fm_fail(err, FM_E_USAGE, "'%s' is no chain id, which is a whole number",
		args_shown(&text, values->items[0]));
	fm_buf_clear(&text);
	return FM_E_USAGE;
}

static enum fm_code set_house(struct assignment *out, const struct app *app,
			      const struct strings *values, struct fm_err *err)
{
	char text[FM_ADDR_TEXT];
	struct fm_addr addr;

	(void)app;
	if (args_looks_secret(values->items[0]))
		return fm_fail(err, FM_E_USAGE,
			       "this looks like a private key, not an "
			       "address");
	if (fm_addr_from_user(&addr, values->items[0], err))
		return err->code;
	fm_addr_text(text, &addr);
	put_json(out, text);
	return FM_OK;
}

/* What can be set; NAME stands for a network's. */
static const struct settable {
	const char *group, *member;
	bool network; /* the member is one of networks.NAME */
	bool many;    /* takes more than one value */
	value_fn *read;
} settables[] = {
	{"default",   "network",	false, false, set_network},
	{ "default",  "wallet",	       false, false, set_wallet },
	{ "networks", "core",	      true,  false, set_core   },
	{ "networks", "rpc",	     true,  true,	 set_rpc	 },
	{ "networks", "chain_id",	  true,	false, set_chain	 },
	{ "networks", "clearing_house", true,  false, set_house  },
};

/* A name JSON, keys and command lines have no trouble with. */
static bool name_ok(struct fm_span name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789", name.ptr[i]) &&
		    (!i || !strchr("-._", name.ptr[i])))
			return false;
	return name.len && name.len <= NAME_MOST && !fm_span_is(name, "note");
}

/* Networks are set under the name they have already. */
static enum fm_code take_network(struct assignment *out, const struct app *app,
				 const struct settable *what, struct fm_span name,
				 struct fm_err *err)
{
	const struct fm_network *network;
	struct fm_err ignored;

	if (!name_ok(name)) {
		fm_fail(err, FM_E_USAGE, "this is no name for a network");
		return fm_hint(err,
			       "lower-case letters, digits, - . and _, at most %d, a "
			       "letter or digit first",
			       NAME_MOST);
	}
	memcpy(out->network, name.ptr, name.len);
	out->network[name.len] = '\0';
	out->path[1] = out->network;
	fm_err_init(&ignored);
	if (config_find_network(&network, app, out->network, &ignored) == FM_OK) {
		out->path[1] = network->name;
		return FM_OK;
	}
	if (what->read == set_chain)
		return FM_OK;
	fm_fail(err, FM_E_USAGE, "network '%s' is not known, so its chain is not",
		out->network);
	return fm_hint(err, "first: fourmica config set networks.%s.chain_id N",
		       out->network);
}

/* "default.network", "networks.NAME.core"; a network's name may have dots. */
static const struct settable *find(struct fm_span *name, const char *key)
{
	const char *dot = strchr(key, '.'), *last = strrchr(key, '.');

	for (size_t i = 0; dot && i < sizeof(settables) / sizeof(settables[0]); i++) {
		const struct settable *one = &settables[i];

		if (!fm_span_is((struct fm_span){ key, (size_t)(dot - key) },
				one->group) ||
		    strcmp(last + 1, one->member) != 0 || (dot != last) != one->network)
			continue;
		*name = (struct fm_span){ dot + 1,
					  dot == last ? 0 : (size_t)(last - dot) - 1 };
		return one;
	}
	return NULL;
}

static enum fm_code cannot_set(const char *key, struct fm_err *err)
{
	struct fm_buf text;

	fm_fail(err, FM_E_USAGE, "'%s' is nothing that can be set",
		args_shown(&text, key));
	fm_buf_clear(&text);
	return fm_hint(err,
		       "default.network, default.wallet, and networks.NAME.core, .rpc, "
		       ".chain_id, .clearing_house");
}

static enum fm_code read_assignment(struct assignment *out, const struct app *app,
				    const struct config_set *a, struct fm_err *err)
{
	struct fm_span name = { "", 0 };
	const struct settable *what = find(&name, a->key);
	enum fm_code rc = FM_OK;

	if (!what)
		return cannot_set(a->key, err);
	if (!a->values.count)
		return fm_fail(err, FM_E_USAGE, "%s: VALUE is missing", a->key);
	if (a->values.count > 1 && !what->many)
		return fm_fail(err, FM_E_USAGE, "%s takes one value", a->key);
	out->path[0] = what->group;
	out->path[1] = what->member;
	if (what->network) {
		out->path[2] = what->member;
		rc = take_network(out, app, what, name, err);
	}
	if (!rc)
		rc = what->read(out, app, &a->values, err);
	if (!rc && !fm_buf_ok(&out->json))
		rc = fm_nomem(err);
	/* What was typed is wrong, not the file. */
	if (rc == FM_E_CONFIG)
		rc = err->code = FM_E_USAGE;
	return rc;
}

struct checking {
	struct app *app;
	char key[96];
};

/* The file has the value; does it count? */
static void warn_hidden(void *ctx, const struct setting *setting)
{
	const struct checking *c = ctx;

	if (strcmp(c->key, setting->key) == 0 &&
	    (setting->source == SETTING_OPTION || setting->source == SETTING_ENVIRONMENT))
		out_warn(c->app->out, "%s says otherwise, and wins", setting->name);
}

static enum fm_code set_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct config_set *a = args;
	struct assignment to = { .path = { NULL } };
	struct checking check = { .app = app };
	enum fm_code rc;

	fm_buf_init(&to.json, VALUE_MOST);
	rc = read_assignment(&to, app, a, err);
	if (!rc) {
		rc = config_set(app, to.path, to.json.ptr, err);
		if (rc == FM_E_CONFIG)
			fm_within(err, "nothing was written");
	}
	fm_buf_clear(&to.json);
	if (rc)
		return rc;
	snprintf(check.key, sizeof(check.key), "%s.%s%s%s", to.path[0], to.path[1],
		 to.path[2] ? "." : "", to.path[2] ? to.path[2] : "");
	out_text(app->out, "key", check.key);
	out_text(app->out, "file", app->paths.config_file);
	return settings_each(app, warn_hidden, &check, err);
}

/* ---- the table ---- */

/* clang-format off */
#define ORIGIN_FIELDS                                                                          \
	{ "from", "From", FIELD_TEXT,                                                          \
	  "the option, the variable, the file and line, or built-in", NULL },                  \
	{ "source", NULL, FIELD_TEXT, "option, environment, file or built_in", NULL },         \
	{ "line", NULL, FIELD_NUMBER, "in config.json", NULL }

static const struct field setting_fields[] = {
	{ "key", "Setting", FIELD_TEXT, "its name", NULL },
	{ "value", "Value", FIELD_TEXT,
	  "as it may be shown: secrets and what may be a key in a URL are left out; null: not set",
	  NULL },
	ORIGIN_FIELDS,
	{ 0 },
};

static const struct field show_fields[] = {
	{ "settings", "Settings", FIELD_LIST, "all there are", setting_fields },
	{ 0 },
};

static const struct field file_fields[] = {
	{ "name", "File", FIELD_TEXT,
	  "config, policy, wallets, ledger, receipts, stop or run", NULL },
	{ "exists", "There", FIELD_BOOL, "whether it is there", NULL },
	{ "path", "Path", FIELD_TEXT, "where it is, or would be", NULL },
	ORIGIN_FIELDS,
	{ 0 },
};

static const struct field path_fields[] = {
	{ "files", "Files", FIELD_LIST, "files and directories in force", file_fields },
	{ 0 },
};

static const struct field set_fields[] = {
	{ "key", "Set", FIELD_TEXT, "the setting, a network by the name it has", NULL },
	{ "file", "In", FIELD_TEXT, "the file that was changed", NULL },
	{ 0 },
};

static const struct param get_params[] = {
	ARGX(struct config_get, key, "KEY", "a setting as config show names it", .traits = PARAM_REQUIRED, .known = KNOWN_SETTING),
	{ 0 },
};

static const struct param set_params[] = {
	ARGX(struct config_set, key, "KEY",
	    "default.network, default.wallet, networks.NAME.core, .rpc, .chain_id or "
	    ".clearing_house", .traits = PARAM_REQUIRED, .known = KNOWN_SETTING),
	{ .arg = "VALUE", .help = "what it shall be; rpc takes several",
	  .type = PARAM_TYPE(struct config_set, values),
	  .offset = offsetof(struct config_set, values), .traits = PARAM_REST },
	{ 0 },
};

static const struct example get_examples[] = {
	{ "fourmica config get default.network", "the network commands use" },
	{ 0 },
};

static const struct example set_examples[] = {
	{ "fourmica config set networks.base-sepolia.rpc https://one.example https://two.example",
	  "endpoints, in the order they are tried" },
	{ "fourmica config set networks.mine.chain_id 31337", "a network of one's own" },
	{ 0 },
};
/* clang-format on */

static const struct cmd show_cmd = {
	.name = "show",
	.summary = "list every setting, its value, and where that comes from",
	.fields = show_fields,
	.needs = NEED_HOME,
	.run = show_run,
};

static const struct cmd get_cmd = {
	.name = "get",
	.summary = "print the value of one setting that is in force",
	.details = "An empty line: it is not set.",
	.params = get_params,
	.size = sizeof(struct config_get),
	.fields = setting_fields,
	.examples = get_examples,
	.needs = NEED_HOME | RAW_OUTPUT,
	.run = get_run,
};

static const struct cmd set_cmd = {
	.name = "set",
	.summary = "change one value of config.json",
	.details =
		"The value is checked, and the file as it would be is read as every command "
		"reads it; then it takes the old one's place in one step. Every other byte of it "
		"stays as it was. A wallet must exist; a network that is not built in gets its "
		"chain_id first. Limits are no settings: they are in policy.json.",
	.params = set_params,
	.size = sizeof(struct config_set),
	.fields = set_fields,
	.examples = set_examples,
	.needs = NEED_HOME,
	.run = set_run,
};

static const struct cmd path_cmd = {
	.name = "path",
	.summary = "list files and directories in force; reads none of them",
	.fields = path_fields,
	.needs = NEED_PATHS,
	.run = path_run,
};

static const struct cmd *const subs[] = {
	&show_cmd, &get_cmd, &set_cmd, &path_cmd, &config_check_cmd, NULL,
};

const struct cmd cmd_config = {
	.name = "config",
	.summary = "show, change and check settings",
	.details =
		"An option wins over the environment, the environment over config.json, and that "
		"over what is built in.",
	.see = "fourmica-config 5",
	.subs = subs,
	.bare = "show",
};
