/* SPDX-License-Identifier: MIT */
/* `audit note`: what became known later. */
#include "audit.h"

struct note {
	const char *id, *kind, *text;
	struct fm_quantity amount;
};

static enum fm_code asset_of(struct fm_asset *asset, struct app *app,
			     struct fm_ledger *ledger, const char *id, struct fm_err *err)
{
	const struct fm_asset *known;
	struct fm_payment payment;
	struct fm_op op;
	bool found;
	enum fm_code rc = fm_ledger_find(&payment, &found, ledger, id, err);

	*asset = (struct fm_asset){ .chain_id = payment.chain_id,
				    .address = payment.asset };
	fm_payment_clear(&payment);
	if (!rc && !found) {
		rc = fm_ledger_op_find(&op, &found, ledger, id, err);
		*asset =
			(struct fm_asset){ .chain_id = op.chain_id, .address = op.asset };
	}
	known = app_asset(app, asset->chain_id, &asset->address);
	if (known)
		*asset = *known;
	return rc;
}

static enum fm_code note_run(struct app *app, const void *values, struct fm_err *err)
{
	const struct note *args = values;
	struct fm_ledger *ledger;
	struct fm_asset asset;
	struct fm_u256 base;
	char id[FM_PAY_ID];
	bool has_amount = args->amount.number[0];
	enum fm_code rc = audit_ledger(&ledger, app, err);

	if (!rc)
		rc = audit_find(id, ledger, args->id, err);
	if (!rc && !args->text)
		rc = fm_fail(err, FM_E_USAGE, "--text is missing: what is there to say?");
	if (!rc)
		rc = asset_of(&asset, app, ledger, id, err);
	if (!rc && has_amount)
		rc = fm_quantity_resolve(&base, &args->amount, &asset, err);
	if (!rc)
		rc = fm_client_ledger(&ledger, app->client, true, err);
	if (!rc)
		rc = fm_audit_note(ledger, id, args->kind ? args->kind : "note",
				   args->text, has_amount ? &base : NULL, err);
	if (rc)
		return rc;
	out_text(app->out, "id", id);
	out_note(app->out, "Noted.");
	return FM_OK;
}

/* clang-format off */
static const struct param note_params[] = {
	ARGX(struct note, id, "ID", "as for audit show", .traits = PARAM_REQUIRED, .known = KNOWN_PAYMENT),
	GROUP("Note"),
	OPTX(struct note, kind, "kind", 0, "KIND", "what it is (note)",
	     .choices = "refund|dispute|credit|note"),
	OPT(struct note, text, "text", 0, "TEXT", "in words"),
	OPT(struct note, amount, "amount", 0, "AMOUNT", "how much of it: 0.05usdc"),
	{ 0 },
};

static const struct field id_fields[] = {
	{ "id", "Id", FIELD_TEXT, "what it was noted for", NULL },
	{ 0 },
};

static const struct example note_examples[] = {
	{ "fourmica audit note order-17 --kind refund --amount 0.05usdc --text 'sent twice'",
	  "the seller gave it back" },
	{ 0 },
};
/* clang-format on */

const struct cmd audit_note_cmd = {
	.name = "note",
	.summary = "add a note to a payment or operation",
	.details =
		"A note is a record of the journal like any other: it can be added to, not "
		"changed. It moves no money and changes no budget; audit show and audit "
		"export tell it.",
	.params = note_params,
	.size = sizeof(struct note),
	.fields = id_fields,
	.examples = note_examples,
	.needs = NEED_LEDGER,
	.run = note_run,
};
