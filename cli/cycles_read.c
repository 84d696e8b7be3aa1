/* SPDX-License-Identifier: MIT */
/* A cycle and a wallet's part in it, as `cycles` tells them. */
#include "cycles_read.h"

#include <stdio.h>
#include <string.h>

enum fm_sign_in cycles_sign_in(struct app *app, const struct cycles_read *args)
{
	return args->sign_in || app_look(app) & FM_LOOK_SIGN_IN ? FM_SIGN_IN_ANEW
								: FM_SIGN_IN_RENEW;
}

static void put_whose(struct app *app)
{
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, app_network(app)->chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
}

enum fm_code cycles_find(struct fm_cycle_ref *out, struct app *app,
			 const struct cycles_read *args, struct fm_err *err)
{
	enum fm_code rc;

	put_whose(app);
	rc = fm_cycle_find(out, app->client, app_network(app)->chain_id, args->id, err);
	if (rc)
		return rc;
	out_text(app->out, "cycle", *out->text ? out->text : NULL);
	out_hash(app->out, "cycle_id", &out->id);
	return FM_OK;
}

void cycles_amount(struct app *app, const char *field, const struct fm_cycle_ref *ref,
		   const struct fm_u256 *base)
{
	static const struct fm_asset unknown = { .symbol = "base" };
	const struct fm_asset *asset =
		app_asset(app, app_network(app)->chain_id, &ref->asset);
	struct fm_amount amount = fm_amount_of(base, asset ? asset : &unknown);

	out_amount(app->out, field, &amount);
}

const char *cycles_role(const struct fm_net *net)
{
	return fm_u256_is_zero(&net->amount)
		       ? "FLAT"
		       : fm_clearing_role_word(net->credit ? FM_CLEARING_CREDITOR
							   : FM_CLEARING_DEBTOR);
}

/** In the words of Core's positions: 4mica.md, section 8. */
static const char *state_of(const struct fm_cycle_standing *s)
{
	if (s->word == FM_CYCLE_FLAT)
		return "FINALIZED";
	if (s->word != FM_CYCLE_POSITION || !s->committed)
		return NULL;
	if (s->proof.role == FM_CLEARING_CREDITOR)
		return s->seat.claimed ? "CLAIMED" : "CLAIMABLE";
	return s->seat.paid ? "PAID" : s->seat.defaulted ? "DEFAULTED" : "UNPAID";
}

static const char *next_of_debtor(char room[static 192],
				  const struct fm_cycle_standing *s,
				  enum fm_cycle_phase phase)
{
	if (s->seat.paid || s->seat.defaulted || phase != FM_PHASE_PAYMENT)
		return NULL;
	if (s->chain_now_s > 0 && (uint64_t)s->chain_now_s > s->cycle.pay_by_s)
		return "too late to pay: the debit can be marked as a default";
	snprintf(room, 192, "run: fourmica cycles pay %s", s->ref.text);
	return room;
}

static const char *next_of_creditor(char room[static 192],
				    const struct fm_cycle_standing *s)
{
	struct fm_u256 liquid = fm_cycle_liquid(&s->cycle);

	if (s->seat.claimed)
		return NULL;
	if (fm_u256_cmp(&liquid, &s->proof.amount) < 0)
		return "wait until enough was paid in, then claim it";
	snprintf(room, 192, "run: fourmica cycles claim %s", s->ref.text);
	return room;
}

const char *cycles_next(char room[static 192], const struct fm_cycle_standing *s,
			enum fm_cycle_phase phase)
{
	if (phase <= FM_PHASE_FROZEN)
		return "wait for the netting";
	if (!s->committed)
		return "wait until it is committed on chain";
	if (s->word != FM_CYCLE_POSITION || phase == FM_PHASE_FINALIZED)
		return NULL;
	return s->proof.role == FM_CLEARING_DEBTOR ? next_of_debtor(room, s, phase)
						   : next_of_creditor(room, s);
}

void cycles_standing(struct app *app, const struct fm_cycle_standing *s)
{
	struct out *o = app->out;
	const char *source;
	enum fm_cycle_phase phase =
		fm_cycle_phase_of(&source, s, fm_wall_s(&fm_system_clock));
	char room[192];
	struct fm_net net;

	out_text(o, "phase", fm_cycle_phase_word(phase));
	out_text(o, "phase_source", source);
	if (fm_cycle_charged(&net, s)) {
		out_text(o, "role", cycles_role(&net));
		cycles_amount(app, "amount", &s->ref, &net.amount);
	}
	out_text(o, "state", state_of(s));
	out_bool(o, "proven", s->proven);
	if (s->committed) {
		out_when(o, "pay_by", (int64_t)s->cycle.pay_by_s);
		out_when(o, "final_at", (int64_t)s->cycle.final_at_s);
	}
	out_text(o, "next", cycles_next(room, s, phase));
}

void cycles_silent(struct app *app, const struct fm_cycle_standing *s)
{
	if (s->chain_error.code)
		out_warn(app->out, "the chain did not say: %s", s->chain_error.msg);
	if (s->core_error.code)
		out_warn(app->out, "4Mica Core did not say: %s", s->core_error.msg);
	if (s->house_of_core)
		out_warn(app->out,
			 "only 4Mica Core names the clearing house; compare its address "
			 "and set clearing_house in config.json");
}
