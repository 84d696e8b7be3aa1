/* SPDX-License-Identifier: MIT */
/* Where a cycle stands, and a wallet in it: what Core says is held against the chain. Nobody but the
 * two knows, and each may be silent: then that is told. 4mica.md, 2.2 and 8; contracts.md, 3. */
#include <fourmica/cycle_audit.h>

#include "client/chain.h"
#include "credit/house.h"

#include <stdio.h>
#include <string.h>

#define SEAT_VALUES 5 /* of getParticipantState */
#define CYCLE_VALUES 12
#define NETTING_S 21600u /* from a cycle's end, as deployed: 4mica.md, section 8 */

struct reading {
	struct fm_cycle_standing *out;
	struct fm_client *client;
	struct fm_chain chain;
	uint64_t chain_id;
	enum fm_sign_in how;
};

static bool ends_run(enum fm_code rc)
{
	return rc == FM_E_INTERRUPTED || rc == FM_E_TERMINATED || rc == FM_E_NOMEM ||
	       rc == FM_E_INTERNAL;
}

/* ---- the chain ---- */

static enum fm_code see(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct reading *r = arg;
	struct fm_cycle_standing *out = r->out;
	struct fm_house_view view;
	enum fm_code rc =
		fm_house_view_read(&view, rpc, r->chain_id, &out->house, &out->ref.id,
				   &r->client->config.payer, NULL, err);

	if (rc)
		return rc;
	out->chain_read = true;
	out->committed = view.committed;
	out->cycle = view.cycle;
	out->seat = view.seat;
	out->chain_now_s = view.chain_now_s;
	return FM_OK;
}

static enum fm_code read_chain(struct reading *r, struct fm_err *err)
{
	struct fm_err *why = &r->out->chain_error;
	enum fm_code rc;

	if (!r->out->house_known) {
		fm_fail(why, FM_E_CONFIG,
			"the address of the clearing house is not known");
		fm_hint(why, "run: fourmica config set networks.NAME.clearing_house "
			     "ADDRESS");
		return FM_OK;
	}
	rc = fm_rpc_each(&r->chain.rpc, &r->chain.endpoints, see, r, why);
	if (ends_run(rc)) {
		*err = *why;
		return rc;
	}
	return FM_OK;
}

/* ---- Core ---- */

static enum fm_code put(struct fm_core_ask *ask, struct reading *r, const char *url,
			const enum fm_clearing_verb *verb, struct fm_err *err)
{
	const struct fm_addr *who = &r->client->config.payer;
	struct fm_http_options options;

	fm_client_transport(&options, r->client, url);
	return verb ? fm_core_ask_clearing_action(ask, url, &options, r->out->ref.text,
						  who, *verb, err)
		    : fm_core_ask_clearing_proof(ask, url, &options, r->out->ref.text,
						 who, err);
}

/** Ask the one question; *have false: there is no token. */
static enum fm_code ask(struct fm_core_ask *ask, bool *have, struct reading *r,
			const enum fm_clearing_verb *verb, struct fm_err *err)
{
	const struct fm_client_config *config = &r->client->config;
	const char *url = config->core_url(config->ctx, r->chain_id);
	enum fm_code rc;

	*have = false;
	if (!url)
		return fm_fail(err, FM_E_CONFIG,
			       "no 4Mica Core is known for this network");
	rc = put(ask, r, url, verb, err);
	return rc ? rc
		  : fm_client_ask_core(have, r->client, r->chain_id, r->how, &ask, 1,
				       err);
}

static enum fm_code no_token(struct fm_err *err)
{
	fm_fail(err, FM_E_LOCKED, "4Mica Core tells a position only to who signed in");
	return fm_hint(err, "run: fourmica status --sign-in, then this again");
}

/** Core's refusals that are answers. */
static bool word_of(enum fm_cycle_word *out, const struct fm_err *why)
{
	static const struct {
		const char *rule;
		enum fm_cycle_word word;
	} words[] = {
		{"cycle-unknown",	   FM_CYCLE_UNKNOWN   },
		{ "participant-unknown", FM_CYCLE_NO_PART	  },
		{ "not-netted",		FM_CYCLE_NOT_NETTED},
		{ "flat",		  FM_CYCLE_FLAT	},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (why->code == FM_E_CORE && strcmp(why->rule, words[i].rule) == 0) {
			*out = words[i].word;
			return true;
		}
	return false;
}

static enum fm_code read_core(struct reading *r, struct fm_err *err)
{
	struct fm_cycle_standing *out = r->out;
	struct fm_core_ask question;
	bool have = false;
	enum fm_code rc;

	if (!out->ref.text[0]) {
		fm_fail(&out->core_error, FM_E_USAGE,
			"4Mica Core finds a cycle by its text id only, and that is not "
			"known");
		return FM_OK;
	}
	fm_core_ask_init(&question);
	rc = ask(&question, &have, r, NULL, &out->core_error);
	if (!rc && !have)
		rc = no_token(&out->core_error);
	if (!rc)
		rc = fm_clearing_proof_take(&out->proof, &question, &out->core_error);
	fm_core_ask_clear(&question);
	if (!rc) {
		out->word = FM_CYCLE_POSITION;
	} else if (ends_run(rc)) {
		*err = out->core_error;
		return rc;
	} else if (word_of(&out->word, &out->core_error)) {
		fm_err_init(&out->core_error);
	}
	return FM_OK;
}

/** Nobody else names the house: Core does, in the call it prepares. What it then proves is that it is
 *  of one mind with that contract. */
static enum fm_code house_of_core(struct reading *r, struct fm_err *err)
{
	struct fm_cycle_standing *out = r->out;
	enum fm_clearing_verb verb = out->proof.role == FM_CLEARING_DEBTOR
					     ? FM_CLEARING_PAY
					     : FM_CLEARING_CLAIM;
	struct fm_clearing_action action;
	struct fm_core_ask question;
	struct fm_err why;
	bool have = false;
	enum fm_code rc;

	fm_err_init(&why);
	fm_core_ask_init(&question);
	rc = ask(&question, &have, r, &verb, &why);
	if (!rc && have)
		rc = fm_clearing_action_take(&action, &question, &why);
	fm_core_ask_clear(&question);
	if (ends_run(rc)) {
		*err = why;
		return rc;
	}
	if (rc || !have)
		return FM_OK;
	out->house = action.house;
	out->house_known = out->house_of_core = true;
	fm_err_init(&out->chain_error);
	return read_chain(r, err);
}

static enum fm_code check(struct reading *r, struct fm_err *err)
{
	struct fm_cycle_standing *out = r->out;
	const struct fm_clearing_want want = {
		.chain_id = r->chain_id,
		.house = out->house,
		.cycle_text = out->ref.text,
		.asset = out->committed ? out->cycle.asset : out->ref.asset,
		.participant = r->client->config.payer,
		.root = out->committed ? &out->cycle.root : NULL,
	};
	enum fm_code rc = fm_clearing_proof_check(&out->proof, &want, err);

	out->proven = !rc && out->committed;
	return rc;
}

enum fm_code fm_cycle_standing_read(struct fm_cycle_standing *out,
				    struct fm_client *client, uint64_t chain_id,
				    const struct fm_cycle_ref *ref, enum fm_sign_in how,
				    struct fm_err *err)
{
	struct reading r = {
		.out = out, .client = client, .chain_id = chain_id, .how = how
	};
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	out->ref = *ref;
	fm_err_init(&out->chain_error);
	fm_err_init(&out->core_error);
	fm_chain_init(&r.chain, client, chain_id);
	rc = fm_cycle_house(&out->house, &out->house_known, client, chain_id, err);
	if (!rc)
		rc = read_chain(&r, err);
	if (!rc)
		rc = read_core(&r, err);
	if (!rc && out->word == FM_CYCLE_POSITION && !out->house_known)
		rc = house_of_core(&r, err);
	if (!rc && out->word == FM_CYCLE_POSITION && out->house_known)
		rc = check(&r, err);
	return rc;
}

/* ---- what it means ---- */

const char *fm_cycle_phase_word(enum fm_cycle_phase phase)
{
	static const char *const words[] = {
#define WORD(id, word) [id] = word,
		FM_CYCLE_PHASES(WORD)
#undef WORD
	};

	return words[phase];
}

static enum fm_cycle_phase on_chain(enum fm_cycle_status status)
{
	return status == FM_CYCLE_FINALIZED   ? FM_PHASE_FINALIZED
	       : status == FM_CYCLE_DEFAULTED ? FM_PHASE_DEFAULTED
					      : FM_PHASE_PAYMENT;
}

/** Whether the length was guessed or not: a cycle is no longer than a day. */
static bool is_over(const struct fm_cycle_standing *s, int64_t now_s, uint64_t more_s)
{
	uint64_t end = s->ref.start_s + (s->ref.length_s ? s->ref.length_s : 86400u);

	return now_s > 0 && (uint64_t)now_s >= end && (uint64_t)now_s - end >= more_s;
}

enum fm_cycle_phase fm_cycle_phase_of(const char **source,
				      const struct fm_cycle_standing *s, int64_t now_s)
{
	*source = "chain";
	if (s->committed)
		return on_chain(s->cycle.status);
	*source = "core";
	if (s->word == FM_CYCLE_POSITION || s->word == FM_CYCLE_FLAT)
		return FM_PHASE_NETTED;
	if (s->word == FM_CYCLE_NOT_NETTED)
		return is_over(s, now_s, 0) ? FM_PHASE_FROZEN : FM_PHASE_OPEN;
	*source = "clock";
	return !is_over(s, now_s, 0)	       ? FM_PHASE_OPEN
	       : !is_over(s, now_s, NETTING_S) ? FM_PHASE_FROZEN
					       : FM_PHASE_NETTED;
}

/** Of guarantees that entered the netting. */
static const char *after_netting(const struct fm_cycle_standing *s,
				 enum fm_cycle_phase phase)
{
	if (s->seat.defaulted)
		return fm_u256_is_zero(&s->cycle.covered) ? "NETTED"
							  : "DEFAULT_REMUNERATED";
	return s->seat.paid || s->seat.claimed || phase == FM_PHASE_FINALIZED ? "SETTLED"
									      : "NETTED";
}

const char *fm_cycle_guarantee_word(bool *certain, const struct fm_cycle_standing *s,
				    enum fm_cycle_phase phase, int version)
{
	*certain = false; /* a dispute or a cancellation is told by nobody */
	if (version == 2)
		return phase <= FM_PHASE_FROZEN ? "PENDING_VALIDATION" : NULL;
	if (phase <= FM_PHASE_FROZEN)
		return "FINALIZED_PAYABLE";
	*certain = s->committed && s->proven;
	return after_netting(s, phase);
}

bool fm_cycle_charged(struct fm_net *out, const struct fm_cycle_standing *s)
{
	*out = (struct fm_net){ .credit = false };
	if (s->word == FM_CYCLE_FLAT)
		return true;
	if (s->word != FM_CYCLE_POSITION)
		return false;
	out->credit = s->proof.role == FM_CLEARING_CREDITOR;
	out->amount = s->proof.amount;
	return true;
}

/* ---- settled, for good ---- */

static void put_settled(struct fm_rpc_asks *asks, size_t at[static 2],
			const struct fm_cycle_standing *s, const struct fm_addr *who)
{
	const struct fm_abi_value args[] = { fm_abi_of_hash(&s->ref.id),
					     fm_abi_of_addr(who) };

	at[0] = fm_rpc_ask_view(asks, &s->house, FM_FN_PARTICIPANT, args, 2, "safe");
	at[1] = fm_rpc_ask_view(asks, &s->house, FM_FN_CYCLE, args, 1, "safe");
}

/** A cycle that the safe block does not know yet, or a chain that has none: not settled. */
enum fm_code fm_cycle_settled(bool *out, struct fm_client *client, uint64_t chain_id,
			      const struct fm_cycle_standing *s, struct fm_err *err)
{
	struct fm_abi_value seat[SEAT_VALUES], cycle[CYCLE_VALUES];
	struct fm_rpc_asks asks;
	struct fm_chain chain;
	struct fm_err why;
	size_t at[2];
	enum fm_code rc;

	*out = false;
	if (!s->committed)
		return FM_OK;
	fm_err_init(&why);
	fm_chain_init(&chain, client, chain_id);
	fm_rpc_asks_init(&asks);
	put_settled(&asks, at, s, &client->config.payer);
	rc = fm_chain_ask(&chain, &asks, err);
	if (!rc && !fm_rpc_take_view(seat, SEAT_VALUES, &asks, at[0], &why) &&
	    !fm_rpc_take_view(cycle, CYCLE_VALUES, &asks, at[1], &why))
		*out = !fm_u256_is_zero(&seat[2].u) || !fm_u256_is_zero(&seat[3].u) ||
		       cycle[10].u.w[0] == FM_CYCLE_FINALIZED;
	fm_rpc_asks_clear(&asks);
	return rc;
}
