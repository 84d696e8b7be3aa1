/* SPDX-License-Identifier: MIT */
#include "app.h"
#include "args.h"
#include "help.h"
#include "manual.h"
#include "session.h"

#include <string.h>

#define TEXT_MOST (1u << 20)

/* clang-format off */
static const struct param params[] = {
	{ .arg = "TOPIC", .help = "a command, its sub-command, a topic, or a page of the manual",
	  .type = PARAM_TYPE(struct help_args, words), .offset = offsetof(struct help_args, words),
	  .traits = PARAM_REST, .known = KNOWN_HELP },
	{ 0 },
};

static const struct field fields[] = {
	{ "topic", NULL, FIELD_TEXT, "what the text is about; null for the overview", NULL },
	{ "text", NULL, FIELD_TEXT, "the text, as it is shown to people", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica help pay", "every option of pay" },
	{ "fourmica help exit-codes", "what an exit status says about the money" },
	{ "fourmica help safety.7", "a page of the manual, by man" },
	{ 0 },
};
/* clang-format on */

static void put_topic(struct app *app, const struct strings *words)
{
	struct fm_buf name;

	fm_buf_init(&name, 1024);
	for (size_t i = 0; i < words->count; i++)
		fm_buf_fmt(&name, "%s%s", i ? " " : "", words->items[i]);
	out_text(app->out, "topic", name.len ? name.ptr : NULL);
	fm_buf_clear(&name);
}

static enum fm_code help_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct help_args *a = args;
	const struct manual *manual =
		a->words.count == 1 ? manual_find(a->words.items[0]) : NULL;
	bool json = out_is_json(app->out);
	struct fm_buf text;
	struct page page = { .buf = &text,
			     .width = json ? 80 : out_width(app->out),
			     .color = out_color(app->out),
			     .more = app->session->context.more };
	enum fm_code rc;

	fm_buf_init(&text, TEXT_MOST);
	rc = manual ? manual_show(manual, json ? &text : NULL, err)
		    : help_page(&page, &a->words, err);
	if (!rc && !fm_buf_ok(&text))
		rc = fm_nomem(err);
	if (!rc && json) {
		put_topic(app, &a->words);
		out_span(app->out, "text", fm_buf_span(&text));
	} else if (!rc && !manual) {
		out_raw(app->out, text.ptr, text.len);
	}
	fm_buf_clear(&text);
	return rc;
}

const struct cmd cmd_help = {
	.name = "help",
	.summary = "explain a command or a topic",
	.details =
		"Without TOPIC: all commands, topics, pages of the manual and global options. "
		"\"fourmica COMMAND --help\" shows the same as \"fourmica help COMMAND\". Pages of "
		"the manual are shown by man, as they are installed or lie beside the program; "
		"they have a section in their name.",
	.params = params,
	.size = sizeof(struct help_args),
	.fields = fields,
	.examples = examples,
	.needs = RAW_OUTPUT,
	.run = help_run,
};
