/* SPDX-License-Identifier: MIT */
/* What there is to settle in a cycle: asked of Core, and believed only as far as our own values and
 * the chain bear it out. 4mica.md, 2.2; contracts.md, 3 and 6. */
#include "client/cycle.h"
#include "client/position.h"

#include "credit/house.h"
#include "evm/erc20.h"

#include <stdio.h>
#include <string.h>

enum fm_clearing_verb fm_cycle_verb(enum fm_op_kind kind)
{
	return kind == FM_OP_PAY_DEBIT	    ? FM_CLEARING_PAY
	       : kind == FM_OP_CLAIM_CREDIT ? FM_CLEARING_CLAIM
					    : FM_CLEARING_DEFAULT;
}

bool fm_cycle_done(const struct fm_cycle_side *side, enum fm_op_kind kind)
{
	if (!side->seen)
		return false;
	if (kind == FM_OP_FINALIZE_CYCLE)
		return side->cycle.status == FM_CYCLE_FINALIZED;
	return kind == FM_OP_PAY_DEBIT	    ? side->seat.paid
	       : kind == FM_OP_CLAIM_CREDIT ? side->seat.claimed
					    : side->seat.defaulted;
}

struct fm_revert_context fm_cycle_context(const struct fm_cycle_look *look)
{
	static const enum fm_fn fns[] = {
		[FM_CLEARING_PAY] = FM_FN_PAY_DEBIT,
		[FM_CLEARING_CLAIM] = FM_FN_CLAIM_CREDIT,
		[FM_CLEARING_DEFAULT] = FM_FN_MARK_DEFAULTED,
	};
	const struct fm_cycle_side *side = look->side;
	enum fm_op_kind kind = look->wish->kind;

	return (struct fm_revert_context){
		.fn = kind == FM_OP_FINALIZE_CYCLE ? FM_FN_FINALIZE_CYCLE
						   : fns[fm_cycle_verb(kind)],
		.payer = &look->client->config.payer,
		.asset = side->asset.symbol[0] ? &side->asset : NULL,
		.asked = side->has_amount ? &side->amount : NULL,
		.available = &look->balance,
		.now_s = side->chain_now_s,
		.cycle = side->ref.text[0] ? side->ref.text : NULL,
	};
}

enum fm_code fm_cycle_say(const struct fm_cycle_look *look, enum fm_revert revert,
			  const struct fm_abi_value *args, size_t count,
			  struct fm_err *err)
{
	const struct fm_revert_context context = fm_cycle_context(look);

	return fm_revert_say(err, FM_E_REVERT, &context, revert, args, count);
}

/* ---- the chain ---- */

static void leaf_of(struct fm_clearing_leaf *out, const struct fm_cycle_look *look)
{
	const struct fm_cycle_side *side = look->side;

	*out = (struct fm_clearing_leaf){
		.chain_id = look->wish->chain_id,
		.house = side->house,
		.cycle_id = side->ref.id,
		.asset = side->ref.asset,
		.participant = side->who,
		.amount = side->amount,
		.role = fm_clearing_verb_role(fm_cycle_verb(look->wish->kind)),
	};
}

static enum fm_code see(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct fm_cycle_look *look = arg;
	struct fm_cycle_side *side = look->side;
	bool anyone = look->wish->kind == FM_OP_FINALIZE_CYCLE;
	struct fm_clearing_leaf leaf;
	struct fm_house_view view;
	enum fm_code rc;

	leaf_of(&leaf, look);
	rc = fm_house_view_read(&view, rpc, look->wish->chain_id, &side->house,
				&side->ref.id, anyone ? NULL : &side->who,
				anyone || fm_u256_is_zero(&side->amount) ? NULL : &leaf,
				err);
	if (rc)
		return rc;
	side->seen = view.committed;
	side->cycle = view.cycle;
	side->seat = view.seat;
	side->chain_now_s = view.chain_now_s;
	return FM_OK;
}

/** The asset is part of the text, and the chain has the text's hash: another one is no answer. */
static enum fm_code same_asset(const struct fm_cycle_side *side, struct fm_err *err)
{
	char is[FM_ADDR_TEXT], want[FM_ADDR_TEXT];

	if (!side->seen || !side->ref.text[0] ||
	    fm_addr_equal(&side->cycle.asset, &side->ref.asset))
		return FM_OK;
	fm_addr_text(is, &side->cycle.asset);
	fm_addr_text(want, &side->ref.asset);
	fm_fail(err, FM_E_CHAIN, "the clearing house has cycle %s with asset %s, not %s",
		side->ref.text, is, want);
	fm_rule(err, "asset");
	return fm_hint(err, "nothing is sent; check the address of the clearing house");
}

enum fm_code fm_cycle_see(struct fm_cycle_look *look, struct fm_err *err)
{
	enum fm_code rc =
		fm_rpc_each(&look->chain.rpc, &look->chain.endpoints, see, look, err);

	if (!rc)
		rc = same_asset(look->side, err);
	look->side->done = !rc && fm_cycle_done(look->side, look->wish->kind);
	return rc;
}

/** What is only known of the token itself. */
static enum fm_code take_token(struct fm_cycle_look *look, struct fm_rpc_asks *asks,
			       const size_t at[static 4], const struct fm_asset *known,
			       struct fm_err *err)
{
	struct fm_asset *asset = &look->side->asset;
	char address[FM_ADDR_TEXT];
	struct fm_buf symbol;
	enum fm_code rc = fm_erc20_take_amount(&look->balance, asks, at[0], err);

	if (!rc)
		rc = fm_erc20_take_amount(&look->allowance, asks, at[1], err);
	if (!rc)
		rc = fm_erc20_take_decimals(&asset->decimals, asks, at[2], err);
	if (rc || (known && known->decimals == asset->decimals))
		return rc;
	if (known) {
		fm_addr_text(address, &asset->address);
		fm_fail(err, FM_E_ASSET,
			"token %s is known with %u decimals, but says %u on chain",
			address, known->decimals, asset->decimals);
		fm_rule(err, "token-decimals");
		return fm_hint(err, "correct 'assets' in config.json");
	}
	fm_buf_init(&symbol, FM_ERC20_TEXT_MAX);
	rc = fm_erc20_take_symbol(&symbol, asks, at[3], err);
	if (!rc)
		fm_symbol_tidy(asset->symbol, fm_buf_span(&symbol));
	fm_buf_clear(&symbol);
	return rc;
}

/** The asset by its name, and what wallet and house have of it. */
static enum fm_code describe(struct fm_cycle_look *look, struct fm_err *err)
{
	struct fm_cycle_side *side = look->side;
	const struct fm_addr *token = &side->cycle.asset;
	const struct fm_asset *known =
		fm_client_asset(look->client, look->wish->chain_id, token);
	struct fm_rpc_asks asks;
	size_t at[4];
	enum fm_code rc;

	side->asset = (struct fm_asset){ .chain_id = look->wish->chain_id,
					 .address = *token,
					 .decimals = 18,
					 .symbol = "ETH" };
	if (known)
		side->asset = *known;
	if (fm_addr_is_zero(token))
		return FM_OK;
	fm_rpc_asks_init(&asks);
	at[0] = fm_erc20_ask_balance(&asks, token, &look->client->config.payer, "latest");
	at[1] = fm_erc20_ask_allowance(&asks, token, &look->client->config.payer,
				       &side->house, "latest");
	at[2] = fm_erc20_ask_decimals(&asks, token);
	at[3] = fm_erc20_ask_symbol(&asks, token);
	rc = fm_chain_ask(&look->chain, &asks, err);
	if (!rc)
		rc = take_token(look, &asks, at, known, err);
	fm_rpc_asks_clear(&asks);
	return rc;
}

/* ---- Core ---- */

/** Both questions and their answers. */
struct core {
	struct fm_core_ask proof_ask, action_ask;
	struct fm_clearing_proof proof;
	struct fm_clearing_action action;
	bool has_proof; /* nobody may ask for that of another: the action has to do */
};

/** There is something to settle, but from the other side. `owed`: how much, or NULL. */
static enum fm_code other_side(const struct fm_cycle_look *look,
			       const struct fm_u256 *owed, struct fm_err *err)
{
	const struct fm_cycle_side *side = look->side;
	enum fm_op_kind kind = look->wish->kind;
	bool pays = kind == FM_OP_PAY_DEBIT;
	char who[FM_ADDR_TEXT], text[FM_AMOUNT_TEXT] = "";
	struct fm_amount amount;

	if (owed) {
		amount = fm_amount_of(owed, &side->asset);
		fm_amount_text(text, &amount);
	}
	fm_addr_text(who, &side->who);
	fm_fail(err, FM_E_REVERT, "in cycle %s %s %s%s%s, so there is nothing to %s",
		side->ref.text, who, kind == FM_OP_CLAIM_CREDIT ? "owes" : "is owed",
		owed ? " " : "", text,
		kind == FM_OP_MARK_DEFAULT ? "mark"
		: pays			   ? "pay"
					   : "claim");
	fm_rule(err, "role");
	if (kind == FM_OP_MARK_DEFAULT)
		return fm_hint(err, "name one that owes; see: fourmica cycles show %s",
			       side->ref.text);
	return fm_hint(err, "run: fourmica cycles %s %s", pays ? "claim" : "pay",
		       side->ref.text);
}

/** Core's own refusals, in words of the person's matter. */
static enum fm_code refused(enum fm_code rc, const struct fm_cycle_look *look,
			    struct fm_err *err)
{
	static const struct {
		const char *rule;
		enum fm_code code;
		const char *message, *hint;
	} words[] = {
		{"not-netted",		FM_E_NOT_YET, "is not netted yet",
		  "it is paid and claimed after its commit; see: fourmica cycles watch"					},
		{ "flat",		  FM_E_REVERT,
		  "has nothing to settle: what is owed both ways cancels out",	  "nothing to do"			  },
		{ "participant-unknown", FM_E_USAGE,
		  "has no guarantee of this address, or none that counts",		  "check --wallet and the cycle's id"},
		{ "cycle-unknown",	   FM_E_USAGE,   "is not known to 4Mica Core",
		  "check the cycle's id and --network"								   },
	};
	char who[FM_ADDR_TEXT];

	if (rc == FM_E_CORE && strcmp(err->rule, "role") == 0)
		return other_side(look, NULL, err);
	fm_addr_text(who, &look->side->who);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (rc != FM_E_CORE || strcmp(err->rule, words[i].rule) != 0)
			continue;
		rc = fm_fail(err, words[i].code, "cycle %s %s (%s)", look->side->ref.text,
			     words[i].message, who);
		fm_rule(err, "%s", words[i].rule);
		fm_hint(err, "%s", words[i].hint);
		return rc;
	}
	return rc;
}

static enum fm_code no_token(const struct fm_cycle_look *look, struct fm_err *err)
{
	fm_fail(err, FM_E_LOCKED,
		"4Mica Core tells a position only to who signed in, and %s",
		look->client->config.dry_run ? "a dry run signs nothing"
					     : "no wallet can be unlocked");
	return fm_hint(err, "run: fourmica status --sign-in, then this again");
}

static enum fm_code ask_core(struct core *core, const struct fm_cycle_look *look,
			     struct fm_err *err)
{
	struct fm_client *client = look->client;
	const struct fm_client_config *config = &client->config;
	uint64_t chain_id = look->wish->chain_id;
	const char *url = config->core_url(config->ctx, chain_id);
	const struct fm_cycle_side *side = look->side;
	struct fm_core_ask *const asks[] = { &core->action_ask, &core->proof_ask };
	struct fm_http_options options;
	bool have = false;
	enum fm_code rc;

	if (!url) {
		fm_fail(err, FM_E_CONFIG, "no 4Mica Core is known for this network");
		return fm_hint(err, "name it with --core URL, or in config.json");
	}
	fm_client_transport(&options, client, url);
	rc = fm_core_ask_clearing_action(&core->action_ask, url, &options, side->ref.text,
					 &side->who, fm_cycle_verb(look->wish->kind),
					 err);
	if (!rc && core->has_proof)
		rc = fm_core_ask_clearing_proof(&core->proof_ask, url, &options,
						side->ref.text, &side->who, err);
	/* A dry run does not sign in, but may use the token of an earlier run: it is kept under the
	 * wallet's key. */
	if (!rc && config->dry_run)
		rc = fm_client_unlock(client, chain_id, err);
	if (!rc)
		rc = fm_client_ask_core(&have, client, chain_id, FM_SIGN_IN_ANEW, asks,
					core->has_proof ? 2 : 1, err);
	if (!rc && !have)
		rc = no_token(look, err);
	if (!rc && core->has_proof)
		rc = refused(fm_clearing_proof_take(&core->proof, &core->proof_ask, err),
			     look, err);
	return rc;
}

static enum fm_code take_action(struct core *core, const struct fm_cycle_look *look,
				struct fm_err *err)
{
	return refused(fm_clearing_action_take(&core->action, &core->action_ask, err),
		       look, err);
}

/* ---- is it so? ---- */

static struct fm_clearing_want want_of(const struct fm_cycle_look *look)
{
	const struct fm_cycle_side *side = look->side;

	return (struct fm_clearing_want){ .chain_id = look->wish->chain_id,
					  .house = side->house,
					  .cycle_text = side->ref.text,
					  .asset = side->cycle.asset,
					  .participant = side->who,
					  .root = &side->cycle.root };
}

/** The position, whichever side it is on; then whether it is that of the wish. */
static enum fm_code check_proof(const struct core *core, struct fm_cycle_look *look,
				struct fm_err *err)
{
	const struct fm_clearing_want want = want_of(look);
	enum fm_code rc;

	if (!core->has_proof)
		return FM_OK;
	rc = fm_clearing_proof_check(&core->proof, &want, err);
	if (rc ||
	    core->proof.role == fm_clearing_verb_role(fm_cycle_verb(look->wish->kind)))
		return rc;
	return other_side(look, &core->proof.amount, err);
}

static enum fm_code check_action(const struct core *core, struct fm_cycle_look *look,
				 struct fm_err *err)
{
	struct fm_clearing_want want = want_of(look);
	struct fm_cycle_side *side = look->side;
	enum fm_code rc;

	if (core->has_proof)
		want.amount = &core->proof.amount;
	rc = fm_clearing_action_check(&core->action, fm_cycle_verb(look->wish->kind),
				      &want, err);
	if (rc)
		return rc;
	side->amount = core->action.amount;
	side->has_amount = true;
	/* Both lead to the root; that of the position is the one that was asked for first. */
	look->path = core->has_proof ? core->proof.path : core->action.path;
	look->root = side->cycle.root;
	return FM_OK;
}

static enum fm_code not_committed(const struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_abi_value id = fm_abi_of_hash(&look->side->ref.id);

	return fm_cycle_say(look, FM_REVERT_CYCLE_NOT_FOUND, &id, 1, err);
}

/** Nobody but Core names the house: only one where everything else fits is used, and then stays. */
static enum fm_code meet(const struct core *core, struct fm_cycle_look *look,
			 struct fm_err *err)
{
	look->side->house = core->action.house;
	look->side->house_new = true;
	return fm_cycle_see(look, err);
}

static enum fm_code consult(struct fm_cycle_look *look, bool house_known,
			    struct fm_err *err)
{
	struct core core = { .has_proof = look->wish->kind != FM_OP_MARK_DEFAULT };
	enum fm_code rc;

	fm_core_ask_init(&core.proof_ask);
	fm_core_ask_init(&core.action_ask);
	rc = ask_core(&core, look, err);
	if (!rc && !house_known)
		rc = take_action(&core, look, err);
	if (!rc && !house_known)
		rc = meet(&core, look, err);
	if (!rc && !look->side->seen)
		rc = not_committed(look, err);
	if (!rc)
		rc = describe(look, err);
	if (!rc)
		rc = check_proof(&core, look, err);
	if (!rc && house_known)
		rc = take_action(&core, look, err);
	if (!rc)
		rc = check_action(&core, look, err);
	fm_core_ask_clear(&core.proof_ask);
	fm_core_ask_clear(&core.action_ask);
	return rc;
}

/* ---- all of it ---- */

static enum fm_code no_house(struct fm_err *err)
{
	fm_fail(err, FM_E_CONFIG, "the clearing house of this network is not known");
	return fm_hint(err, "name it: fourmica config set networks.NAME.clearing_house "
			    "ADDRESS");
}

static enum fm_code no_text(const struct fm_cycle_side *side, struct fm_err *err)
{
	char id[FM_HASH_TEXT];

	fm_hash_text(id, &side->ref.id);
	fm_fail(err, FM_E_USAGE, "4Mica Core knows cycle %s only by its text id", id);
	return fm_hint(err, "give it as ASSET:START");
}

/** Of what is done already, and of a whole cycle: what the chain says will do. */
static enum fm_code by_chain_alone(struct fm_cycle_look *look, struct fm_err *err)
{
	struct fm_cycle_side *side = look->side;
	enum fm_op_kind kind = look->wish->kind;

	if (!side->seen)
		return not_committed(look, err);
	side->has_amount = kind != FM_OP_FINALIZE_CYCLE;
	side->amount =
		kind == FM_OP_CLAIM_CREDIT ? side->seat.net_credit : side->seat.net_debit;
	return describe(look, err);
}

enum fm_code fm_cycle_look(struct fm_cycle_look *look, struct fm_err *err)
{
	const struct fm_cycle_wish *wish = look->wish;
	struct fm_cycle_side *side = look->side;
	bool known = false;
	enum fm_code rc =
		fm_cycle_find(&side->ref, look->client, wish->chain_id, wish->cycle, err);

	side->who = wish->kind == FM_OP_MARK_DEFAULT ? wish->debtor
						     : look->client->config.payer;
	if (!rc)
		rc = fm_cycle_house(&side->house, &known, look->client, wish->chain_id,
				    err);
	if (!rc && known)
		rc = fm_cycle_see(look, err);
	if (!rc && !known && wish->kind == FM_OP_FINALIZE_CYCLE)
		rc = no_house(err);
	if (rc)
		return rc;
	if (side->done || wish->kind == FM_OP_FINALIZE_CYCLE)
		return by_chain_alone(look, err);
	if (!side->ref.text[0])
		return no_text(side, err);
	if (known && !side->seen)
		return not_committed(look, err);
	return consult(look, known, err);
}

enum fm_code fm_cycle_look_again(struct fm_cycle_look *look, struct fm_err *err)
{
	struct fm_cycle_side *side = look->side;
	enum fm_code rc = fm_cycle_see(look, err);

	if (!rc && !side->seen)
		rc = not_committed(look, err);
	if (rc || side->done)
		return rc;
	if (look->wish->kind != FM_OP_FINALIZE_CYCLE &&
	    !fm_hash_equal(&side->cycle.root, &look->root)) {
		fm_fail(err, FM_E_CHAIN, "cycle %s has another root than a moment ago",
			side->ref.text);
		fm_rule(err, "merkle_root");
		return fm_hint(err, "nothing is sent; run it again");
	}
	return describe(look, err);
}
