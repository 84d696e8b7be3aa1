/* SPDX-License-Identifier: MIT */
/* `cycles show`, `cycles proof`: one cycle, and a wallet's part in it. */
#include "cycles_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_DEFAULT 50

/* clang-format off */
static const struct param show_params[] = {
	ARGX(struct cycles_read, id, "ID", "the cycle: its text id, its id on chain, or the beginning of either", .traits = PARAM_REQUIRED, .known = KNOWN_CYCLE),
	GROUP("Cycle"),
	OPT(struct cycles_read, limit, "limit", 0, "N", "show at most N guarantees (50)"),
	CYCLES_SIGN_IN,
	{ 0 },
};

static const struct param proof_params[] = {
	ARGX(struct cycles_read, id, "ID", "the cycle: its text id, its id on chain, or the beginning of either", .traits = PARAM_REQUIRED, .known = KNOWN_CYCLE),
	GROUP("Cycle"),
	CYCLES_SIGN_IN,
	{ 0 },
};

static const struct field validation_fields[] = {
	{ "registry", "Registry", FIELD_ADDRESS, "the contract that was signed for", NULL },
	{ "told", "Reported", FIELD_BOOL, "whether it has a report; null: it could not be asked", NULL },
	{ "validator", "Validator", FIELD_ADDRESS, "who reported", NULL },
	{ "signed_validator", NULL, FIELD_ADDRESS, "who may", NULL },
	{ "score", "Score", FIELD_NUMBER, "as reported, 0 to 100", NULL },
	{ "signed_score", "At least", FIELD_NUMBER, "what was signed", NULL },
	{ "tag", "Tag", FIELD_TEXT, "as reported", NULL },
	{ "signed_tag", NULL, FIELD_TEXT, "what was signed; null: any", NULL },
	{ "updated_at", "Reported at", FIELD_TIME, "the last report", NULL },
	{ "differs", "Differs", FIELD_TEXT, "what is not as signed: validator, agent_id, score, tag; null: nothing", NULL },
	{ 0 },
};

static const struct field guarantee_fields[] = {
	{ "id", "Payment", FIELD_TEXT, "of this ledger; null: a guarantee given to the wallet", NULL },
	{ "direction", "Direction", FIELD_TEXT, "given, or received", NULL },
	{ "req_id", NULL, FIELD_U256, "its request id", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of it", NULL },
	{ "other", "With", FIELD_ADDRESS, "whom it is for, or who gave it", NULL },
	{ "version", NULL, FIELD_NUMBER, "of the guarantee; 0: not kept", NULL },
	{ "certified", "Certificate", FIELD_BOOL, "whether one names this cycle; false: it was signed in its time", NULL },
	{ "status", "Status", FIELD_TEXT, "FINALIZED_PAYABLE, PENDING_VALIDATION, NETTED, SETTLED, DEFAULT_REMUNERATED; null: it cannot be known", NULL },
	{ "status_certain", NULL, FIELD_BOOL, "false: what it usually is then", NULL },
	{ "validation", "Validation", FIELD_OBJECT, "given and of version 2: what the registry says", validation_fields },
	{ 0 },
};

#define TOTAL_FIELDS                                                                           \
	{ "house", "Clearing house", FIELD_ADDRESS, "the contract; null: not known", NULL },   \
	{ "committed", "On chain", FIELD_BOOL, "whether the cycle is; null: not asked", NULL },\
	{ "merkle_root", NULL, FIELD_HASH, "of all positions, as on chain", NULL }

static const struct field show_fields[] = {
	CYCLES_WHOSE_FIELDS,
	TOTAL_FIELDS,
	CYCLES_STANDING_FIELDS,
	{ "starts_at", "Starts at", FIELD_TIME, "as its text id says; null: not known", NULL },
	{ "ends_at", NULL, FIELD_TIME, "by the usual length that fits its certificates; null: not known", NULL },
	{ "chain_time", NULL, FIELD_TIME, "now, as the chain has it", NULL },
	{ "total_debit", "All debits", FIELD_AMOUNT, "of all participants", NULL },
	{ "paid_in", "Paid in", FIELD_AMOUNT, "so far", NULL },
	{ "covered", "Covered", FIELD_AMOUNT, "defaults the operator paid", NULL },
	{ "claimed_out", "Claimed", FIELD_AMOUNT, "so far", NULL },
	{ "guarantees", "Guarantees", FIELD_LIST, "this wallet's, as far as the ledger knows them", guarantee_fields },
	{ "guarantee_count", NULL, FIELD_NUMBER, "all of them", NULL },
	{ 0 },
};

static const struct field node_fields[] = {
	{ "hash", "Node", FIELD_HASH, "beside the way up", NULL },
	{ 0 },
};

static const struct field proof_fields[] = {
	CYCLES_WHOSE_FIELDS,
	TOTAL_FIELDS,
	CYCLES_STANDING_FIELDS,
	{ "leaf", "Leaf", FIELD_HASH, "of this wallet, made here", NULL },
	{ "proof", "Proof", FIELD_LIST, "from the leaf to the root", node_fields },
	{ 0 },
};
/* clang-format on */

static void put_house(struct app *app, const struct fm_cycle_standing *s)
{
	if (s->house_known)
		out_address(app->out, "house", &s->house);
	if (s->chain_read)
		out_bool(app->out, "committed", s->committed);
	if (s->committed)
		out_hash(app->out, "merkle_root", &s->cycle.root);
}

static enum fm_code look(struct fm_cycle_standing *out, struct app *app,
			 const struct cycles_read *args, struct fm_err *err)
{
	struct fm_cycle_ref ref;
	enum fm_code rc = cycles_find(&ref, app, args, err);

	if (!rc)
		rc = fm_cycle_standing_read(out, app->client, app_network(app)->chain_id,
					    &ref, cycles_sign_in(app, args), err);
	if (rc)
		return rc;
	put_house(app, out);
	cycles_standing(app, out);
	cycles_silent(app, out);
	return FM_OK;
}

/* ---- guarantees ---- */

struct showing {
	struct app *app;
	const struct fm_cycle_standing *standing;
	enum fm_cycle_phase phase;
	uint64_t most, count;
	bool received, named, unknown;
};

static void put_policy(struct out *o, const struct fm_validation *policy)
{
	out_address(o, "registry", &policy->registry);
	out_address(o, "signed_validator", &policy->validator);
	out_number(o, "signed_score", policy->min_score);
	if (policy->tag_len)
		out_span(o, "signed_tag",
			 (struct fm_span){ policy->tag, policy->tag_len });
}

static void put_validation(struct app *app, const char *id)
{
	struct fm_validation_seen seen;
	struct out *o = app->out;
	struct fm_err why;
	enum fm_code rc;

	fm_err_init(&why);
	rc = fm_validation_look(&seen, app->client, id, &why);
	out_object(o, "validation");
	if (!fm_addr_is_zero(&seen.policy.registry))
		put_policy(o, &seen.policy);
	if (!rc)
		out_bool(o, "told", seen.told);
	if (!rc && seen.told) {
		out_address(o, "validator", &seen.validator);
		out_number(o, "score", seen.score);
		out_text(o, "tag", *seen.tag ? seen.tag : NULL);
		if (seen.updated_s <= INT64_MAX)
			out_time(o, "updated_at", (int64_t)seen.updated_s);
		out_text(o, "differs", seen.differs);
	}
	out_end(o);
	if (rc)
		out_warn(app->out, "the validation of %s is not known: %s", id, why.msg);
}

static bool put_guarantee(void *ctx, const struct fm_cycle_item *item)
{
	struct showing *s = ctx;
	struct out *o = s->app->out;
	bool certain;
	const char *word =
		fm_cycle_guarantee_word(&certain, s->standing, s->phase, item->version);

	if (s->count++ >= s->most)
		return true;
	out_row(o, "guarantees");
	out_text(o, "id", *item->id ? item->id : NULL);
	out_text(o, "direction", s->received ? "received" : "given");
	out_u256(o, "req_id", &item->req_id);
	cycles_amount(s->app, "amount", &s->standing->ref, &item->amount);
	out_address(o, "other", &item->other);
	out_number(o, "version", item->version);
	out_bool(o, "certified", s->named);
	/* Whether it was accepted at all is another question than its status. */
	out_text(o, "status", s->named ? word : NULL);
	out_bool(o, "status_certain", s->named && certain);
	if (item->version == 2 && !s->received)
		put_validation(s->app, item->id);
	out_end(o);
	s->unknown |= !s->named || !certain;
	return true;
}

static struct fm_cycle_scope scope_of(struct app *app, const struct fm_cycle_ref *ref)
{
	return (struct fm_cycle_scope){ .wallet = &app->wallet.address,
					.chain_id = app_network(app)->chain_id,
					.asset = ref->asset,
					.id = ref->id,
					.text = ref->text,
					.start_s = ref->start_s,
					.length_s =
						ref->length_s ? ref->length_s : 86400u };
}

static enum fm_code put_guarantees(struct showing *s, struct fm_err *err)
{
	const struct fm_cycle_scope scope = scope_of(s->app, &s->standing->ref);
	static const enum fm_cycle_part parts[] = { FM_CYCLE_OUT, FM_CYCLE_UNNAMED,
						    FM_CYCLE_IN };
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, s->app->client, false, err);

	for (size_t i = 0; !rc && ledger && i < sizeof(parts) / sizeof(parts[0]); i++) {
		s->named = parts[i] != FM_CYCLE_UNNAMED;
		s->received = parts[i] == FM_CYCLE_IN;
		rc = fm_ledger_cycle_each(ledger, &scope, parts[i], put_guarantee, s,
					  err);
	}
	out_number(s->app->out, "guarantee_count", (int64_t)s->count);
	return rc;
}

static void say_guarantees(const struct showing *s)
{
	if (s->count > s->most)
		out_note(s->app->out, "Guarantees not shown: %llu; --limit N shows more.",
			 (unsigned long long)(s->count - s->most));
	if (s->unknown)
		out_note(s->app->out,
			 "4Mica Core tells nobody the status of one guarantee: what is "
			 "shown follows from the cycle, and a dispute or a cancellation "
			 "would not be seen.");
}

static void put_chain(struct app *app, const struct fm_cycle_standing *s)
{
	struct out *o = app->out;

	if (s->ref.text[0])
		out_time(o, "starts_at", (int64_t)s->ref.start_s);
	if (s->ref.length_s)
		out_time(o, "ends_at", (int64_t)(s->ref.start_s + s->ref.length_s));
	if (s->chain_read)
		out_time(o, "chain_time", s->chain_now_s);
	if (!s->committed)
		return;
	cycles_amount(app, "total_debit", &s->ref, &s->cycle.net_debit);
	cycles_amount(app, "paid_in", &s->ref, &s->cycle.paid_in);
	cycles_amount(app, "covered", &s->ref, &s->cycle.covered);
	cycles_amount(app, "claimed_out", &s->ref, &s->cycle.claimed_out);
}

static enum fm_code show_run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct cycles_read *args = opaque;
	struct fm_cycle_standing *standing = calloc(1, sizeof(*standing));
	struct showing s = { .app = app,
			     .standing = standing,
			     .most = args->limit ? args->limit : SHOWN_DEFAULT };
	const char *source;
	enum fm_code rc = standing ? look(standing, app, args, err) : fm_nomem(err);

	if (!rc) {
		put_chain(app, standing);
		s.phase =
			fm_cycle_phase_of(&source, standing, fm_wall_s(&fm_system_clock));
		rc = standing->ref.text[0] ? put_guarantees(&s, err) : FM_OK;
		say_guarantees(&s);
	}
	free(standing);
	return rc;
}

/* ---- proof ---- */

static enum fm_code no_proof(const struct fm_cycle_standing *s, struct fm_err *err)
{
	switch (s->word) {
	case FM_CYCLE_FLAT:
		fm_fail(err, FM_E_USAGE,
			"the position in cycle %s is flat: it has no leaf and no proof",
			s->ref.text);
		return fm_hint(err, "nothing is to be settled");
	case FM_CYCLE_NOT_NETTED:
		fm_fail(err, FM_E_NOT_YET, "cycle %s is not netted yet", s->ref.text);
		return fm_hint(err, "see: fourmica cycles watch %s", s->ref.text);
	case FM_CYCLE_NO_PART:
		fm_fail(err, FM_E_USAGE, "this wallet has no part in cycle %s",
			s->ref.text);
		return fm_hint(err, "check --wallet");
	case FM_CYCLE_UNKNOWN:
		fm_fail(err, FM_E_USAGE, "4Mica Core does not know cycle %s",
			s->ref.text);
		return fm_hint(err, "check the cycle's id and --network");
	case FM_CYCLE_SILENT:
	case FM_CYCLE_POSITION:
		break;
	}
	*err = s->core_error;
	return err->code;
}

static void put_proof(struct app *app, const struct fm_clearing_proof *proof)
{
	out_hash(app->out, "leaf", &proof->leaf);
	for (size_t i = 0; i < proof->path.count; i++) {
		out_row(app->out, "proof");
		out_hash(app->out, "hash", &proof->path.node[i]);
		out_end(app->out);
	}
}

static enum fm_code proof_run(struct app *app, const void *opaque, struct fm_err *err)
{
	struct fm_cycle_standing *s = calloc(1, sizeof(*s));
	enum fm_code rc = s ? look(s, app, opaque, err) : fm_nomem(err);

	if (!rc && s->word != FM_CYCLE_POSITION)
		rc = no_proof(s, err);
	if (!rc)
		put_proof(app, &s->proof);
	if (!rc && !s->proven)
		out_note(
			app->out,
			"The cycle is not on chain, or the chain was not asked: the proof "
			"leads to the root that 4Mica Core gave with it.");
	free(s);
	return rc;
}

/* ---- the table ---- */

const struct cmd cycles_show_cmd = {
	.name = "show",
	.summary = "show a cycle and the wallet's part in it",
	.details =
		"Phase and deadlines are the chain's once the cycle is committed; before, the "
		"phase is told by 4Mica Core, else by the default times, and phase_source says "
		"which. The position is 4Mica Core's word, held against the root on chain.\n\n"
		"Each guarantee the ledger knows is listed with its status in 4Mica's words. "
		"No endpoint tells one, so it follows from the cycle: a dispute or a "
		"cancellation is never seen, and of a guarantee of version 2 is not known "
		"after the netting whether it was part of it. For these the validation "
		"registry is read and compared with what was signed.",
	.params = show_params,
	.size = sizeof(struct cycles_read),
	.fields = show_fields,
	.see = "fourmica-cycles 7",
	.needs = CYCLES_LOOKS,
	.run = show_run,
};

const struct cmd cycles_proof_cmd = {
	.name = "proof",
	.summary = "show the proof of the wallet's position, verified",
	.details =
		"The leaf is made here, of chain, clearing house, cycle, asset, wallet, amount "
		"and side; the proof must lead from it to the root on chain. What does not fit "
		"is named, and ends with exit 14.",
	.params = proof_params,
	.size = sizeof(struct cycles_read),
	.fields = proof_fields,
	.see = "fourmica-cycles 7",
	.needs = CYCLES_LOOKS,
	.run = proof_run,
};
