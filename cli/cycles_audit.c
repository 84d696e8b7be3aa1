/* SPDX-License-Identifier: MIT */
/* `cycles audit`: is what a cycle charges what was signed? */
#include "cycles_read.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct param params[] = {
	ARGX(struct cycles_read, id, "ID", "the cycle: its text id, its id on chain, or the beginning of either", .traits = PARAM_REQUIRED, .known = KNOWN_CYCLE),
	GROUP("Audit"),
	OPT(struct cycles_read, record, "record", 0, NULL,
	    "record in the ledger what the audit proves: what was settled, what was charged"),
	CYCLES_SIGN_IN,
	{ 0 },
};

static const struct field sum_fields[] = {
	{ "of", "Guarantees", FIELD_TEXT, "certified: given, with a certificate of the cycle; presumed: given, paid without one, signed in its time; received: certificates imported; doubtful: signed in its time, not known to be paid; v2_given, v2_received: netted only once validated", NULL },
	{ "counted", "Counted", FIELD_BOOL, "whether they are in the wallet's own position", NULL },
	{ "count", "Number", FIELD_NUMBER, "how many", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "together", NULL },
	{ 0 },
};

static const struct field explanation_fields[] = {
	{ "cause", "Possible", FIELD_TEXT, "in_doubt, validated, accepted_twice, left_out, credit_accepted_twice, credit_left_out", NULL },
	{ "id", "Payment", FIELD_TEXT, "of this ledger; null: a guarantee given to the wallet", NULL },
	{ "req_id", "Request id", FIELD_U256, "of the guarantee", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of it", NULL },
	{ "other", "With", FIELD_ADDRESS, "whom it is for, or who gave it", NULL },
	{ 0 },
};

static const struct field fields[] = {
	CYCLES_WHOSE_FIELDS,
	CYCLES_STANDING_FIELDS,
	{ "finding", "Finding", FIELD_TEXT, "matched; explained: by what was signed and is open; surplus, missing, differs", NULL },
	{ "own_role", "Own records", FIELD_TEXT, "the position they make", NULL },
	{ "own", "Own amount", FIELD_AMOUNT, "its amount", NULL },
	{ "difference", "Difference", FIELD_AMOUNT, "between position and own records", NULL },
	{ "direction", "Charged", FIELD_TEXT, "more, less, or same", NULL },
	{ "sums", "Own sums", FIELD_LIST, "what the wallet's own records hold", sum_fields },
	{ "only", NULL, FIELD_BOOL, "explained: no other set of open guarantees would fit", NULL },
	{ "explanations", "Explanations", FIELD_LIST, "what would explain the difference exactly, at most 16 of them", explanation_fields },
	{ "explanation_count", NULL, FIELD_NUMBER, "all there are", NULL },
	{ "settled", "Settled", FIELD_BOOL, "--record: the wallet's part is done at a safe block; null: not asked", NULL },
	{ "cleared", "Cleared", FIELD_NUMBER, "--record: payments that are outstanding no more", NULL },
	{ "charged", "Charged", FIELD_NUMBER, "--record: payments in doubt that are paid now", NULL },
	{ 0 },
};
/* clang-format on */

static void put_sum(struct app *app, const struct fm_cycle_audit *a, const char *of,
		    bool counted, const struct fm_audit_sum *sum)
{
	out_row(app->out, "sums");
	out_text(app->out, "of", of);
	out_bool(app->out, "counted", counted);
	out_number(app->out, "count", (int64_t)sum->count);
	cycles_amount(app, "amount", &a->ref, &sum->amount);
	out_end(app->out);
}

static void put_sums(struct app *app, const struct fm_cycle_audit *a)
{
	put_sum(app, a, "certified", true, &a->certified);
	put_sum(app, a, "presumed", true, &a->presumed);
	put_sum(app, a, "received", true, &a->received);
	put_sum(app, a, "doubtful", false, &a->doubtful);
	put_sum(app, a, "v2_given", false, &a->v2_given);
	put_sum(app, a, "v2_received", false, &a->v2_received);
}

static void put_explanations(struct app *app, const struct fm_cycle_audit *a)
{
	struct out *o = app->out;
	uint64_t count = 0;

	for (size_t i = 0; i < a->shown_count; i++) {
		const struct fm_cycle_item *item = &a->shown[i].item;

		out_row(o, "explanations");
		out_text(o, "cause", fm_audit_cause_word(a->shown[i].cause));
		out_text(o, "id", *item->id ? item->id : NULL);
		out_u256(o, "req_id", &item->req_id);
		cycles_amount(app, "amount", &a->ref, &item->amount);
		out_address(o, "other", &item->other);
		out_end(o);
	}
	for (size_t i = 0; i < FM_AUDIT_CAUSE_COUNT; i++)
		count += a->causes[i];
	out_number(o, "explanation_count", (int64_t)count);
}

static void put_audit(struct app *app, const struct fm_cycle_audit *a)
{
	struct out *o = app->out;
	bool none = fm_u256_is_zero(&a->difference.amount);

	out_text(o, "finding", fm_audit_finding_word(a->finding));
	out_text(o, "own_role", cycles_role(&a->own));
	cycles_amount(app, "own", &a->ref, &a->own.amount);
	cycles_amount(app, "difference", &a->ref, &a->difference.amount);
	out_text(o, "direction", none ? "same" : a->difference.credit ? "less" : "more");
	put_sums(app, a);
	out_bool(o, "only", a->only);
	put_explanations(app, a);
}

/* ---- what it means, and what it does not ---- */

static bool in_doubt(const struct fm_cycle_audit *a)
{
	return a->causes[FM_AUDIT_DOUBT] > 0;
}

static void say_explained(struct app *app, const struct fm_cycle_audit *a,
			  const struct cycles_read *args)
{
	if (!a->only)
		out_note(
			app->out,
			"Open guarantees explain it exactly, in more than one way or all "
			"together: which of them were charged cannot be told.");
	else if (in_doubt(a) && !args->record)
		out_note(app->out,
			 "Only the payments named were left open, and they "
			 "explain it exactly: they are taken as charged. --record books "
			 "them as paid.");
	else if (!in_doubt(a))
		out_note(app->out,
			 "The guarantees of version 2 named explain it exactly: "
			 "they were validated before the netting.");
}

static void say(struct app *app, const struct fm_cycle_audit *a,
		const struct fm_cycle_standing *s, const struct cycles_read *args)
{
	if (a->finding == FM_AUDIT_MATCHED)
		out_note(app->out,
			 "What was signed adds up to what is charged. There is "
			 "no list to compare: errors that cancel each other out "
			 "would not be seen.");
	else if (a->finding == FM_AUDIT_EXPLAINED)
		say_explained(app, a, args);
	else if (a->shown_count)
		out_note(app->out, "Each explanation fits alone, and none is certain: a "
				   "changed amount or several errors at once would look "
				   "the same.");
	else
		out_note(app->out, "No single guarantee of this wallet explains it: one "
				   "that was never signed, a changed amount, or several "
				   "errors at once.");
	if (s->word == FM_CYCLE_FLAT)
		out_note(app->out,
			 "A flat position has no leaf: that it is flat is 4Mica "
			 "Core's word.");
	else if (!s->proven)
		out_note(app->out, "The cycle is not on chain, or the chain was not "
				   "asked: the position is 4Mica Core's word.");
}

static enum fm_code record(struct app *app, const struct fm_cycle_standing *s,
			   const struct fm_cycle_audit *a, struct fm_err *err)
{
	struct fm_cycle_recorded done;
	enum fm_code rc = fm_cycle_record(&done, app->client, app_network(app)->chain_id,
					  s, a, err);

	out_bool(app->out, "settled", done.settled);
	out_number(app->out, "cleared", (int64_t)done.cleared);
	out_number(app->out, "charged", (int64_t)done.charged);
	if (!rc && !done.settled)
		out_note(app->out,
			 "Its part is not settled at a safe block yet: what was "
			 "given stays outstanding.");
	return rc;
}

struct work {
	struct fm_cycle_ref ref;
	struct fm_cycle_standing standing;
	struct fm_cycle_audit audit;
};

static enum fm_code audit(struct work *w, struct app *app, const struct cycles_read *args,
			  struct fm_err *err)
{
	uint64_t chain_id = app_network(app)->chain_id;
	enum fm_code rc = fm_cycle_audit(&w->audit, &w->standing, app->client, chain_id,
					 &w->ref, cycles_sign_in(app, args), err);

	cycles_standing(app, &w->standing);
	if (rc)
		return rc;
	cycles_silent(app, &w->standing);
	put_audit(app, &w->audit);
	say(app, &w->audit, &w->standing, args);
	if (args->record)
		rc = record(app, &w->standing, &w->audit, err);
	return rc ? rc : fm_cycle_audit_verdict(&w->audit, app->client, chain_id, err);
}

static enum fm_code run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct cycles_read *args = opaque;
	struct work *w = calloc(1, sizeof(*w));
	enum fm_code rc = w ? cycles_find(&w->ref, app, args, err) : fm_nomem(err);

	if (!rc)
		rc = audit(w, app, args, err);
	free(w);
	return rc;
}

/* clang-format off */
static const struct example examples[] = {
	{ "fourmica cycles audit 0x036cbd", "before the debit is paid" },
	{ "fourmica cycles audit 0x036cbd --record", "after it was: its guarantees are outstanding no more" },
	{ 0 },
};
/* clang-format on */

const struct cmd cycles_audit_cmd = {
	.name = "audit",
	.summary = "hold what a cycle charges against what was signed",
	.details =
		"4Mica Core gives a participant one number, its net position, and no list of "
		"guarantees. The audit proves that number against the root on chain, adds up "
		"what this wallet gave (its certificates, and what was paid without one while "
		"the cycle was open) less what it was given (imported certificates), and "
		"compares. Guarantees of version 2 count only once they are validated, which "
		"is told by nobody, so they are kept apart; so are payments in doubt.\n\n"
		"Of a difference is told what explains it exactly. That is certain only when "
		"open guarantees do and in one way only. A guarantee that was accepted twice, "
		"or left out, is named when its amount is the whole difference; a changed "
		"amount cannot be told from a guarantee nobody signed. Exit 64: more is "
		"charged than was signed; 65: something signed is missing; 66: the amounts "
		"differ otherwise; 39: the cycle is not netted yet.\n\n"
		"With --record, what an audit without such a finding proves goes into the "
		"ledger: payments in doubt that were charged are paid, and once the chain has "
		"the wallet's part settled at a safe block, its payments of the cycle are "
		"outstanding no more.",
	.params = params,
	.size = sizeof(struct cycles_read),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-cycles 7",
	.needs = CYCLES_LOOKS,
	.run = run,
};
