/* SPDX-License-Identifier: MIT */
/* `audit verify`: is the journal whole, and the ledger what it says? */
#include "audit.h"

#include <string.h>

/* clang-format off */
static const struct field fields[] = {
	{ "records", "Records", FIELD_NUMBER, "of the journal that were read", NULL },
	{ "first_record", NULL, FIELD_NUMBER, "number of the oldest; null: there is no ledger", NULL },
	{ "last_record", NULL, FIELD_NUMBER, "number of the newest", NULL },
	{ "head", "Newest", FIELD_HASH, "hash of the newest: whoever keeps it can tell later that nothing before it was changed", NULL },
	{ "payments", "Payments", FIELD_NUMBER, "rows that are as the journal left them", NULL },
	{ "operations", "Operations", FIELD_NUMBER, "the same", NULL },
	{ "transactions", "Transactions", FIELD_NUMBER, "the same", NULL },
	{ "pins", "Pins", FIELD_NUMBER, "the same of pinned values", NULL },
	{ "totals", "Running totals", FIELD_NUMBER, "that are the sum of what is booked in them", NULL },
	{ "removed_to", "Removed to", FIELD_NUMBER, "records up to this one were exported and removed; null: none", NULL },
	{ "export_sha256", NULL, FIELD_HASH, "of the file they went to", NULL },
	{ "bad_record", "Bad record", FIELD_NUMBER, "the first that is wrong, or that what is wrong should agree with; null: none", NULL },
	{ "differs", "Differs", FIELD_TEXT, "what is wrong; null: nothing", NULL },
	{ 0 },
};
/* clang-format on */

static void report(struct out *o, const struct fm_audit_report *r)
{
	out_number(o, "records", (int64_t)r->records);
	if (r->records) {
		out_number(o, "first_record", r->first_seq);
		out_number(o, "last_record", r->last_seq);
	}
	if (audit_known(&r->head))
		out_hash(o, "head", &r->head);
	out_number(o, "payments", (int64_t)r->payments);
	out_number(o, "operations", (int64_t)r->operations);
	out_number(o, "transactions", (int64_t)r->transactions);
	out_number(o, "pins", (int64_t)r->pins);
	out_number(o, "totals", (int64_t)r->totals);
	if (r->removed_to) {
		out_number(o, "removed_to", r->removed_to);
		out_hash(o, "export_sha256", &r->export_sha);
	}
	if (r->bad_seq)
		out_number(o, "bad_record", r->bad_seq);
	if (r->what[0])
		out_text(o, "differs", r->what);
}

static enum fm_code run(struct app *app, const void *args, struct fm_err *err)
{
	struct fm_audit_report found = { .records = 0 };
	struct fm_ledger *ledger;
	enum fm_code rc = audit_ledger(&ledger, app, err);

	(void)args;
	/* The newest records are gone: for who asks about the journal that is the answer. */
	if (rc == FM_E_LEDGER && strcmp(err->rule, "head") == 0)
		err->code = rc = FM_E_AUDIT;
	if (rc)
		return rc;
	if (ledger) {
		out_works(app->out, "checking the records");
		rc = fm_audit_verify(&found, ledger, err);
		out_worked(app->out);
	} else
		out_note(app->out, "There is no ledger yet.");
	report(app->out, &found);
	return rc;
}

const struct cmd audit_verify_cmd = {
	.name = "verify",
	.summary = "check that nothing was changed behind the journal's back",
	.details =
		"Every record holds the hash of the one before it, and of the row it changed. All "
		"of them are computed again; payments, operations, transactions, pinned values and "
		"running totals are compared with them, and the newest record with the copy of its "
		"hash outside the database (ledger.head). What does not fit is exit 63, with the "
		"first record it concerns; so is a journal whose newest records are missing.\n\n"
		"Whoever may write to all files of the ledger can make up another history from its "
		"beginning. The hash of the newest record, kept elsewhere, shows that: it must be "
		"in the journal later on.",
	.fields = fields,
	.needs = NEED_LEDGER,
	.run = run,
};
