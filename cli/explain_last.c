/* SPDX-License-Identifier: MIT */
#include "explain_last.h"

#include "session.h"

#include <string.h>

#define WORD_MOST 1024

/* clang-format off */
static const struct field rule_fields[] = {
	{ "rule", "Rule", FIELD_TEXT, "its name in the policy", NULL },
	{ "refused", "Refused", FIELD_BOOL, "was it the one?", NULL },
	{ "allowed", "Allowed", FIELD_TEXT, "amount or number in its window; null: neither", NULL },
	{ "used", "Used", FIELD_TEXT, "of that, before this payment", NULL },
	{ "used_percent", "%", FIELD_NUMBER, "the same as a share", NULL },
	{ 0 },
};

static const struct field offer_fields[] = {
	{ "scheme", "Offer", FIELD_TEXT, "payment scheme", NULL },
	{ "network", "Network", FIELD_TEXT, "as the seller names it", NULL },
	{ "rule", "Rule", FIELD_TEXT, "that refused it; null: none did", NULL },
	{ "refused", "Why not", FIELD_TEXT, "in words; null: it could be paid", NULL },
	{ 0 },
};

const struct field explain_last_fields[] = {
	{ "command", "Command", FIELD_TEXT, "that failed", NULL },
	{ "message", "Message", FIELD_TEXT, "what it said", NULL },
	{ "rule", "Rule", FIELD_TEXT, "that refused it; null: none did", NULL },
	{ "hint", "Hint", FIELD_TEXT, "the next step it named; null: none", NULL },
	{ "rules", "Rules", FIELD_LIST, "every limit that was evaluated", rule_fields },
	{ "offers", "Offers", FIELD_LIST, "every offer of the seller", offer_fields },
	{ 0 },
};
/* clang-format on */

bool explain_last_any(const struct app *app)
{
	return app->session->refusal.rc != FM_OK;
}

enum fm_code explain_last_code(const struct app *app, const char **cause)
{
	*cause = app->session->refusal.err.cause;
	return app->session->refusal.rc;
}

/* A scalar, or an amount as it is shown. */
static bool word_of(char out[static WORD_MOST], const struct fm_json *node)
{
	if (node && node->type == FM_JSON_OBJECT)
		node = fm_json_get(node, "display");
	if (node && node->type == FM_JSON_NUMBER && node->src.len < WORD_MOST) {
		memcpy(out, node->src.ptr, node->src.len);
		out[node->src.len] = '\0';
		return true;
	}
	return node && fm_json_cstr(out, WORD_MOST, node);
}

static void put(struct out *o, const char *field, const struct fm_json *row,
		const char *name, const char *otherwise)
{
	char text[WORD_MOST];

	if (word_of(text, fm_json_get(row, name)) ||
	    (otherwise && word_of(text, fm_json_get(row, otherwise))))
		out_text(o, field, text);
}

static void put_rule(struct app *app, const struct fm_json *row)
{
	const char *rule = app->session->refusal.err.rule;
	uint64_t percent;
	struct out *o = app->out;

	out_row(o, "rules");
	put(o, "rule", row, "rule", NULL);
	out_bool(o, "refused", fm_json_is(fm_json_get(row, "rule"), rule));
	put(o, "allowed", row, "allowed", "allowed_count");
	put(o, "used", row, "used", "used_count");
	if (fm_json_u64(&percent, fm_json_get(row, "used_percent")))
		out_number(o, "used_percent", (int64_t)percent);
	out_end(o);
}

static void put_offer(struct app *app, const struct fm_json *row)
{
	out_row(app->out, "offers");
	put(app->out, "scheme", row, "scheme", NULL);
	put(app->out, "network", row, "network", NULL);
	put(app->out, "rule", row, "rule", NULL);
	put(app->out, "refused", row, "refused", NULL);
	out_end(app->out);
}

/* Rules without a window are not in the list of limits; what refused is shown whatever it is. */
static bool lists(const struct fm_json *list, const char *rule)
{
	const struct fm_json *row =
		list && list->type == FM_JSON_ARRAY ? fm_json_first(list) : NULL;

	for (; row; row = fm_json_next(list, row))
		if (fm_json_is(fm_json_get(row, "rule"), rule))
			return true;
	return false;
}

static void put_other(struct out *o, const char *rule)
{
	out_row(o, "rules");
	out_text(o, "rule", rule);
	out_bool(o, "refused", true);
	out_end(o);
}

static void each(struct app *app, const struct fm_json *list,
		 void (*one)(struct app *app, const struct fm_json *row))
{
	const struct fm_json *row =
		list && list->type == FM_JSON_ARRAY ? fm_json_first(list) : NULL;

	for (; row; row = fm_json_next(list, row))
		one(app, row);
}

enum fm_code explain_last(struct app *app, struct fm_err *err)
{
	const struct told *told = &app->session->refusal;
	const struct fm_json *data, *quote;
	struct fm_json *root = NULL;
	struct out *o = app->out;
	enum fm_code rc = fm_json_parse(&root, fm_buf_span(&told->document), false, err);

	if (rc)
		return rc;
	data = fm_json_get(root, "data");
	quote = fm_json_get(data, "quote");
	if (!quote || quote->type != FM_JSON_OBJECT)
		quote = data;
	out_object(o, "refusal");
	out_text(o, "command", told->name);
	out_text(o, "message",
		 told->err.msg[0] ? told->err.msg : fm_code_info(told->rc)->text);
	out_text(o, "rule", told->err.rule[0] ? told->err.rule : NULL);
	out_text(o, "hint", told->err.hint[0] ? told->err.hint : NULL);
	if (told->err.rule[0] && !lists(fm_json_get(quote, "limits"), told->err.rule))
		put_other(o, told->err.rule);
	each(app, fm_json_get(quote, "limits"), put_rule);
	each(app, fm_json_get(quote, "offers"), put_offer);
	out_end(o);
	fm_json_free(&root);
	return FM_OK;
}
