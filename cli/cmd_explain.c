/* SPDX-License-Identifier: MIT */
/* `explain`: why did it fail, and what to do. One failure table is behind this and behind the
 * errors of all commands. */
#include "app.h"
#include "explain_last.h"

#include <fourmica/cause.h>

#include <string.h>

#define TEXT_MOST (64u << 10)

struct explain {
	struct strings words;
	bool list;
};

/* clang-format off */
static const struct param params[] = {
	{ .arg = "TEXT", .help = "an exit status, an error code, the words of a seller, or a payment",
	  .type = PARAM_TYPE(struct explain, words), .offset = offsetof(struct explain, words),
	  .traits = PARAM_REST, .known = KNOWN_PAYMENT },
	OPT(struct explain, list, "list", 0, NULL, "every failure there is a row for"),
	{ 0 },
};

static const struct field payment_fields[] = {
	{ "id", "Id", FIELD_TEXT, "its id", NULL },
	{ "idempotency_key", NULL, FIELD_TEXT, "its key", NULL },
	{ "state", "State", FIELD_TEXT,
	  "reserved, released, signed, paid, refused, in_doubt or resolved", NULL },
	{ "error_code", "Error", FIELD_TEXT, "error code it ended with; null: none", NULL },
	{ "http_status", "HTTP", FIELD_NUMBER, "status of the paid answer; null: none came", NULL },
	{ "seller_reason", "Seller said", FIELD_TEXT, "the seller's words; null: none", NULL },
	{ "seller", "Seller", FIELD_TEXT, "scheme, host and port", NULL },
	{ "route", NULL, FIELD_TEXT, "path, without a query", NULL },
	{ "scheme", "Scheme", FIELD_TEXT, "payment scheme", NULL },
	{ "pay_to", NULL, FIELD_ADDRESS, "recipient", NULL },
	{ "asset", NULL, FIELD_ADDRESS, "token", NULL },
	{ "amount_base", NULL, FIELD_U256, "amount in base units", NULL },
	{ "retries", NULL, FIELD_NUMBER, "how often the same bytes were sent again", NULL },
	{ "task", NULL, FIELD_TEXT, "the task it is booked on; null: none", NULL },
	{ 0 },
};

static const struct field row_fields[] = {
	{ "code", "Code", FIELD_TEXT, "stable word", NULL },
	{ "exit", NULL, FIELD_NUMBER, "exit status; null for what others say", NULL },
	{ "cause", "Cause", FIELD_TEXT, "network, collateral, policy, seller, signature, request_id, facilitator or local",
	  NULL },
	{ "source", NULL, FIELD_TEXT, "who says it: core, facilitator, x402, chain, contract or fourmica", NULL },
	{ "text", NULL, FIELD_TEXT, "its texts, | between them, * for what varies", NULL },
	{ "meaning", "Meaning", FIELD_TEXT, "what it means", NULL },
	{ "remedy", "What to do", FIELD_TEXT, "one action", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "kind", NULL, FIELD_TEXT, "what was asked about: exit, code, payment, text, list or refusal", NULL },
	{ "known", NULL, FIELD_BOOL, "is there a row for it?", NULL },
	{ "cause", "Cause", FIELD_TEXT,
	  "network, collateral, policy, seller, signature, request_id, facilitator, local or unknown", NULL },
	{ "code", "Code", FIELD_TEXT, "stable word", NULL },
	{ "source", NULL, FIELD_TEXT, "who says it: core, facilitator, x402, chain, contract, fourmica or unknown",
	  NULL },
	{ "meaning", "Meaning", FIELD_TEXT, "what it means", NULL },
	{ "remedy", "What to do", FIELD_TEXT, "one action", NULL },
	{ "exit", "Exit status", FIELD_NUMBER, "of an error code of this program; null otherwise", NULL },
	{ "retryable", NULL, FIELD_BOOL, "may it be tried again as it is? null for what others say", NULL },
	{ "refusal", "Refusal", FIELD_OBJECT, "at the prompt, without words: why the last command failed", explain_last_fields },
	{ "payment", "Payment", FIELD_OBJECT, "what the ledger knows of the payment", payment_fields },
	{ "rows", "All", FIELD_LIST, "of --list, and of an exit status or word that several codes share", row_fields },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica explain 40", "what an exit status says" },
	{ "fourmica explain Not enough free collateral", "the words of a seller" },
	{ "fourmica explain pay_1f0c9a3e5b7d42680c1e9fa35b7d4268", "why a payment ended as it did" },
	{ "fourmica explain --list --json | jq -r '.data.rows[].code'", "every code" },
	{ 0 },
};
/* clang-format on */

/* ---- what is told ---- */

static void put_cause(struct out *o, const struct fm_cause *cause, bool known)
{
	out_bool(o, "known", known);
	out_text(o, "cause", cause->cause);
	out_text(o, "code", cause->code);
	out_text(o, "source", cause->source);
	out_text(o, "meaning", cause->meaning);
	out_text(o, "remedy", cause->remedy);
}

static void put_row(struct out *o, const struct fm_cause *cause, int exit_status)
{
	out_row(o, "rows");
	out_text(o, "code", cause->code);
	if (exit_status >= 0)
		out_number(o, "exit", exit_status);
	out_text(o, "cause", cause->cause);
	out_text(o, "source", cause->source);
	out_text(o, "text", cause->text[0] ? cause->text : NULL);
	out_text(o, "meaning", cause->meaning);
	out_text(o, "remedy", cause->remedy);
	out_end(o);
}

static void put_code(struct out *o, enum fm_code code)
{
	const struct fm_code_info *info = fm_code_info(code);
	struct fm_cause cause;

	fm_cause_of(&cause, code);
	put_cause(o, &cause, true);
	out_number(o, "exit", info->exit_status);
	out_bool(o, "retryable", info->retryable);
}

static void put_list(struct out *o)
{
	struct fm_cause cause;

	out_text(o, "kind", "list");
	out_bool(o, "known", true);
	for (size_t i = 0; fm_cause_at(&cause, i); i++)
		put_row(o, &cause, -1);
	for (int code = FM_OK + 1; code < FM_CODE_COUNT; code++) {
		fm_cause_of(&cause, (enum fm_code)code);
		put_row(o, &cause, fm_code_info((enum fm_code)code)->exit_status);
	}
}

/* ---- this program's codes ---- */

/** An exit status in digits; -1: something else. */
static int status_of(const char *text)
{
	size_t len = strlen(text);
	int value = 0;

	if (!len || len > 3 || strspn(text, "0123456789") != len)
		return -1;
	for (; *text; text++)
		value = value * 10 + (*text - '0');
	return value;
}

static bool is_meant(enum fm_code code, const char *word, int status)
{
	const struct fm_code_info *info = fm_code_info(code);

	return status >= 0 ? info->exit_status == status : !strcmp(info->word, word);
}

/** The first code with this exit status, or this word, and all when there are several; false:
 *  there is none. */
static bool explain_code(struct out *o, const char *text)
{
	int status = status_of(text);
	enum fm_code first = FM_CODE_COUNT;
	struct fm_cause cause;
	size_t count = 0;

	for (int i = FM_CODE_COUNT - 1; i >= 0; i--)
		if (is_meant((enum fm_code)i, text, status)) {
			first = (enum fm_code)i;
			count++;
		}
	if (!count)
		return false;
	out_text(o, "kind", status >= 0 ? "exit" : "code");
	put_code(o, first);
	for (int i = 0; count > 1 && i < FM_CODE_COUNT; i++)
		if (is_meant((enum fm_code)i, text, status)) {
			fm_cause_of(&cause, (enum fm_code)i);
			put_row(o, &cause, fm_code_info((enum fm_code)i)->exit_status);
		}
	return true;
}

/* ---- payments ---- */

static void put_payment(struct out *o, const struct fm_payment *p)
{
	out_object(o, "payment");
	out_text(o, "id", p->id);
	out_text(o, "idempotency_key", p->idem_key[0] ? p->idem_key : NULL);
	out_text(o, "state", fm_pay_state_word(p->state));
	out_text(o, "error_code", p->error_code[0] ? p->error_code : NULL);
	if (p->http_status)
		out_number(o, "http_status", p->http_status);
	out_text(o, "seller_reason", p->reason && p->reason[0] ? p->reason : NULL);
	out_text(o, "seller", p->origin);
	out_text(o, "route", p->route);
	out_text(o, "scheme", p->scheme);
	out_address(o, "pay_to", &p->pay_to);
	out_address(o, "asset", &p->asset);
	out_u256(o, "amount_base", &p->amount);
	out_number(o, "retries", p->retries);
	out_text(o, "task", p->task[0] ? p->task : NULL);
	out_end(o);
}

/** What a state says when neither code nor words do. */
static enum fm_code code_of_state(enum fm_pay_state state)
{
	switch (state) {
	case FM_PAY_SIGNED:
	case FM_PAY_IN_DOUBT:
		return FM_E_IN_DOUBT;
	case FM_PAY_REFUSED:
		return FM_E_PAYMENT;
	case FM_PAY_RESERVED:
	case FM_PAY_RELEASED:
	case FM_PAY_PAID:
	case FM_PAY_RESOLVED:
		break;
	}
	return FM_OK;
}

static enum fm_code code_of_payment(const struct fm_payment *p)
{
	for (int i = FM_OK + 1; i < FM_CODE_COUNT; i++)
		if (strcmp(fm_code_info((enum fm_code)i)->word, p->error_code) == 0 &&
		    fm_code_info((enum fm_code)i)->exit_status >=
			    fm_code_info(FM_E_PAYMENT)->exit_status)
			return (enum fm_code)i;
	return code_of_state(p->state);
}

static void explain_payment(struct out *o, const struct fm_payment *p)
{
	struct fm_cause cause;
	enum fm_code code = code_of_payment(p);

	out_text(o, "kind", "payment");
	put_payment(o, p);
	put_code(o, code);
	if (!code || !p->reason || !fm_cause_of_answer(&cause, code, p->reason))
		fm_cause_of(&cause, code);
	fm_cause_name(&cause, p->id);
	put_cause(o, &cause, true);
}

/** A ledger that cannot be opened is no reason to explain nothing. */
static enum fm_code find_payment(struct app *app, const char *key, bool *found,
				 struct fm_err *err)
{
	const struct fm_ledger_options options = {
		.path = app->paths.ledger_file,
		.clock = &fm_system_clock,
		.rand = &fm_system_rand,
		.read_only = true,
	};
	struct fm_payment payment = { 0 };
	struct fm_ledger *ledger = NULL;
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	*found = false;
	rc = fm_ledger_open(&ledger, &options, &why);
	if (!rc && ledger)
		rc = fm_ledger_find(&payment, found, ledger, key, &why);
	if (!rc && *found)
		explain_payment(app->out, &payment);
	else if (rc == FM_E_NOMEM)
		*err = why;
	else if (rc)
		out_warn(app->out, "the ledger was not looked at: %s", why.msg);
	fm_payment_clear(&payment);
	fm_ledger_close(&ledger);
	return rc == FM_E_NOMEM ? rc : FM_OK;
}

/* ---- the command ---- */

static enum fm_code explain_text(struct app *app, const char *text, struct fm_err *err)
{
	struct fm_cause cause;
	bool found, known;
	enum fm_code rc;

	if (explain_code(app->out, text))
		return FM_OK;
	rc = find_payment(app, text, &found, err);
	if (rc || found)
		return rc;
	known = fm_cause_by_code(&cause, text) || fm_cause_find(&cause, fm_span_of(text));
	out_text(app->out, "kind", "text");
	put_cause(app->out, &cause, known);
	return FM_OK;
}

/** What happened, and what the failure table says of it. */
static enum fm_code explain_refusal(struct app *app, struct fm_err *err)
{
	const char *word;
	enum fm_code code = explain_last_code(app, &word);
	struct fm_cause cause;

	out_text(app->out, "kind", "refusal");
	put_code(app->out, code);
	if (word[0] && fm_cause_by_code(&cause, word))
		put_cause(app->out, &cause, true);
	return explain_last(app, err);
}

static enum fm_code explain_run(struct app *app, const void *args, struct fm_err *err)
{
	const struct explain *a = args;
	struct fm_buf text;
	enum fm_code rc = FM_OK;

	if (!a->list && !a->words.count && explain_last_any(app))
		return explain_refusal(app, err);
	if (a->list == (a->words.count > 0)) {
		fm_fail(err, FM_E_USAGE,
			a->list ? "--list takes no text" : "what shall be explained?");
		return fm_hint(err, "fourmica explain TEXT, or fourmica explain --list");
	}
	if (a->list) {
		put_list(app->out);
		return FM_OK;
	}
	fm_buf_init(&text, TEXT_MOST);
	for (size_t i = 0; i < a->words.count; i++)
		fm_buf_fmt(&text, "%s%s", i ? " " : "", a->words.items[i]);
	rc = fm_buf_ok(&text) ? explain_text(app, text.ptr ? text.ptr : "", err)
			      : fm_fail(err, FM_E_USAGE,
					"the text is longer than %u bytes", TEXT_MOST);
	fm_buf_clear(&text);
	return rc;
}

const struct cmd cmd_explain = {
	.name = "explain",
	.summary = "say why something failed, and what to do",
	.details =
		"Takes what an error left behind: an exit status, the code of an error (in JSON, "
		"error.code and error.cause_code), the words of a seller, of a facilitator or of "
		"4Mica Core, the name or selector of a contract's error, or the id or idempotency "
		"key of a payment in the ledger.\n\n"
		"It says which cause it has, of those the user documents list: network, collateral, "
		"policy (the price or what is allowed), seller (who is paid), signature, request_id, "
		"facilitator; local is a matter of this machine. Words are looked up in one table of "
		"everything the protocols can answer; what is not in it is called unknown and not "
		"guessed at.\n\n"
		"At the prompt of fourmica repl, without words: the last command that failed, with "
		"every rule that was evaluated.\n\n"
		"Words may be given with or without quotes. Neither a wallet nor the network is "
		"needed.",
	.params = params,
	.size = sizeof(struct explain),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-safety 7",
	.needs = NEED_PATHS,
	.run = explain_run,
};
