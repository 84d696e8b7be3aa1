/* SPDX-License-Identifier: MIT */
/* Is what Core says of a position true? Every member is compared with what we and the chain know,
 * the leaf is made again from those values, and the proof must lead from it to the root. The
 * contract would answer InvalidProof to any difference, so here is told which one it was.
 * 4mica.md, 2.2; contracts.md, 3. */
#include <fourmica/clearing.h>

#include <stdarg.h>
#include <stdio.h>

/** One comparison after another; the first difference stays. */
struct judge {
	const char *what;
	enum fm_code rc;
	struct fm_err *err;
};

static void differs(struct judge *j, const char *name, const char *fmt, ...)
	FM_PRINTF(3, 4);

static void differs(struct judge *j, const char *name, const char *fmt, ...)
{
	char words[300];
	va_list args;

	va_start(args, fmt);
	vsnprintf(words, sizeof(words), fmt, args);
	va_end(args);
	j->rc = fm_fail(j->err, FM_E_CORE, "%s: %s %s", j->what, name, words);
	fm_hint(j->err,
		"nothing is sent; ask Core again, and its operator if it stays so");
	fm_rule(j->err, "%s", name);
}

static void same_addr(struct judge *j, const char *name, const struct fm_addr *is,
		      const struct fm_addr *want)
{
	char a[FM_ADDR_TEXT], b[FM_ADDR_TEXT];

	if (j->rc || fm_addr_equal(is, want))
		return;
	fm_addr_text(a, is);
	fm_addr_text(b, want);
	differs(j, name, "is %s, not %s", a, b);
}

static void same_hash(struct judge *j, const char *name, const struct fm_hash *is,
		      const struct fm_hash *want)
{
	char a[FM_HASH_TEXT], b[FM_HASH_TEXT];

	if (j->rc || fm_hash_equal(is, want))
		return;
	fm_hash_text(a, is);
	fm_hash_text(b, want);
	differs(j, name, "is %s, not %s", a, b);
}

static void same_amount(struct judge *j, const char *name, const struct fm_u256 *is,
			const struct fm_u256 *want)
{
	char a[FM_U256_DEC], b[FM_U256_DEC];

	if (j->rc || fm_u256_cmp(is, want) == 0)
		return;
	fm_u256_dec(a, is);
	fm_u256_dec(b, want);
	differs(j, name, "is %s, not %s", a, b);
}

static void same_word(struct judge *j, const char *name, const char *is, const char *want)
{
	if (!j->rc && is != want) /* both out of one table */
		differs(j, name, "is %s, not %s", is, want);
}

static void check_whose(struct judge *j, const struct fm_clearing_want *want,
			const struct fm_hash *id, const char *text,
			const struct fm_addr *asset, const struct fm_addr *participant)
{
	struct fm_hash ours;

	fm_cycle_hash(&ours, fm_span_of(want->cycle_text));
	same_hash(j, "cycle_id", id, &ours);
	if (!j->rc && !fm_span_is(fm_span_of(text), want->cycle_text))
		differs(j, "cycle_id_text", "is %s, not %s", text, want->cycle_text);
	same_addr(j, "asset_address", asset, &want->asset);
	same_addr(j, "participant", participant, &want->participant);
}

static void check_amount(struct judge *j, const struct fm_u256 *amount,
			 const struct fm_clearing_want *want)
{
	if (!j->rc && fm_u256_is_zero(amount))
		differs(j, "amount", "is 0: there is nothing to settle");
	if (want->amount)
		same_amount(j, "amount", amount, want->amount);
}

static void leaf_of(struct fm_hash *out, const struct fm_clearing_want *want,
		    const struct fm_u256 *amount, enum fm_clearing_role role)
{
	struct fm_clearing_leaf leaf = {
		.chain_id = want->chain_id,
		.house = want->house,
		.asset = want->asset,
		.participant = want->participant,
		.amount = *amount,
		.role = role,
	};

	fm_cycle_hash(&leaf.cycle_id, fm_span_of(want->cycle_text));
	fm_clearing_leaf_hash(out, &leaf);
}

static bool leads_to(const struct fm_hash *leaf, const struct fm_clearing_path *path,
		     const struct fm_hash *root)
{
	struct fm_hash end;

	fm_merkle_fold(&end, leaf, path->node, path->count);
	return fm_hash_equal(&end, root);
}

/* ---- proofs ---- */

/** The amount that goes with the role, and nothing on the other side. */
static const struct fm_u256 *own_side(const struct fm_clearing_proof *p,
				      enum fm_clearing_role role)
{
	return role == FM_CLEARING_DEBTOR ? &p->net_debit : &p->net_credit;
}

/** Is the leaf one of these values? `amount` and `role` as given or as told otherwise. */
static bool has_leaf(const struct fm_clearing_proof *p,
		     const struct fm_clearing_want *want, const struct fm_u256 *amount,
		     enum fm_clearing_role role)
{
	struct fm_hash leaf;

	leaf_of(&leaf, want, amount, role);
	return fm_hash_equal(&leaf, &p->leaf);
}

/** Our leaf is not the one told. If one changed member explains that, it is the one. */
static void blame_leaf(struct judge *j, const struct fm_clearing_proof *p,
		       const struct fm_clearing_want *want, const struct fm_hash *ours)
{
	const struct fm_u256 *side = own_side(p, p->role);
	enum fm_clearing_role other =
		p->role == FM_CLEARING_DEBTOR ? FM_CLEARING_CREDITOR : FM_CLEARING_DEBTOR;

	if (fm_u256_cmp(&p->amount, side) != 0 && has_leaf(p, want, side, p->role))
		same_amount(j, "amount", &p->amount, side);
	else if (has_leaf(p, want, &p->amount, other))
		differs(j, "role", "is %s, but the leaf is that of a %s",
			fm_clearing_role_word(p->role), fm_clearing_role_word(other));
	else
		same_hash(j, "leaf", &p->leaf, ours);
}

static void check_sides(struct judge *j, const struct fm_clearing_proof *p)
{
	bool debtor = p->role == FM_CLEARING_DEBTOR;

	same_amount(j, "net_debit", &p->net_debit, debtor ? &p->amount : &FM_U256_ZERO);
	same_amount(j, "net_credit", &p->net_credit, debtor ? &FM_U256_ZERO : &p->amount);
}

/** The chain's word on the root is the last. */
static void check_root(struct judge *j, const struct fm_clearing_proof *p,
		       const struct fm_clearing_want *want)
{
	if (want->root)
		same_hash(j, "merkle_root", &p->root, want->root);
	if (!j->rc && !leads_to(&p->leaf, &p->path, &p->root))
		differs(j, "proof", "does not lead from the leaf to the root");
}

enum fm_code fm_clearing_proof_check(const struct fm_clearing_proof *proof,
				     const struct fm_clearing_want *want,
				     struct fm_err *err)
{
	struct judge j = { .what = "clearing proof", .err = err };
	struct fm_hash ours;

	check_whose(&j, want, &proof->cycle_id, proof->cycle_text, &proof->asset,
		    &proof->participant);
	if (want->role)
		same_word(&j, "role", fm_clearing_role_word(proof->role),
			  fm_clearing_role_word(*want->role));
	leaf_of(&ours, want, &proof->amount, proof->role);
	if (!j.rc && !fm_hash_equal(&ours, &proof->leaf))
		blame_leaf(&j, proof, want, &ours);
	check_amount(&j, &proof->amount, want);
	if (!j.rc)
		check_sides(&j, proof);
	check_root(&j, proof, want);
	return j.rc;
}

/* ---- actions ---- */

static void check_call(struct judge *j, const struct fm_clearing_action *a,
		       enum fm_clearing_verb verb, const struct fm_clearing_want *want)
{
	same_addr(j, "contract_address", &a->house, &want->house);
	same_word(j, "function_name", fm_clearing_verb_function(a->function),
		  fm_clearing_verb_function(verb));
	same_word(j, "action", fm_clearing_verb_word(a->action),
		  fm_clearing_verb_word(verb));
}

static void check_debtor(struct judge *j, const struct fm_clearing_action *a,
			 enum fm_clearing_verb verb, const struct fm_clearing_want *want)
{
	bool wanted = verb == FM_CLEARING_DEFAULT;

	if (j->rc || (!wanted && !a->has_debtor))
		return;
	if (!wanted)
		differs(j, "debtor", "is named, but the call has none");
	else if (!a->has_debtor)
		differs(j, "debtor", "is missing");
	else
		same_addr(j, "debtor", &a->debtor, &want->participant);
}

/** Only a debit in ETH carries value, and then all of it. */
static bool carries_value(enum fm_clearing_verb verb, const struct fm_clearing_want *want)
{
	return verb == FM_CLEARING_PAY && fm_addr_is_zero(&want->asset);
}

static bool amount_leads(const struct fm_clearing_action *a, enum fm_clearing_verb verb,
			 const struct fm_clearing_want *want,
			 const struct fm_u256 *amount)
{
	struct fm_hash leaf;

	leaf_of(&leaf, want, amount, fm_clearing_verb_role(verb));
	return leads_to(&leaf, &a->path, want->root);
}

/** Amount and proof, of which one is wrong when they do not lead to the root. */
static void check_path(struct judge *j, const struct fm_clearing_action *a,
		       enum fm_clearing_verb verb, const struct fm_clearing_want *want)
{
	char amount[FM_U256_DEC];

	if (j->rc || !want->root || amount_leads(a, verb, want, &a->amount))
		return;
	fm_u256_dec(amount, &a->amount);
	if (want->amount)
		differs(j, "proof", "does not lead from the leaf to the root on chain");
	else if (carries_value(verb, want) &&
		 amount_leads(a, verb, want, &a->payable_value))
		same_amount(j, "amount", &a->amount, &a->payable_value);
	else
		differs(j, "proof",
			"and amount %s do not lead to the root on chain: one is wrong",
			amount);
}

enum fm_code fm_clearing_action_check(const struct fm_clearing_action *action,
				      enum fm_clearing_verb verb,
				      const struct fm_clearing_want *want,
				      struct fm_err *err)
{
	struct judge j = { .what = "clearing action", .err = err };

	check_call(&j, action, verb, want);
	check_whose(&j, want, &action->cycle_id, action->cycle_text, &action->asset,
		    &action->participant);
	check_debtor(&j, action, verb, want);
	check_amount(&j, &action->amount, want);
	check_path(&j, action, verb, want);
	same_amount(&j, "payable_value", &action->payable_value,
		    carries_value(verb, want) ? &action->amount : &FM_U256_ZERO);
	return j.rc;
}
