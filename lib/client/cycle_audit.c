/* SPDX-License-Identifier: MIT */
/* A cycle's net position against the wallet's own records. One number is all there is, so a single
 * guarantee can be named only when it explains the whole difference by itself. */
#include <fourmica/cycle_audit.h>

#include "client/internal.h"

#include <stdio.h>
#include <string.h>

#define DAY_S 86400u /* a cycle's default length: 4mica.md, section 8 */

const char *fm_audit_cause_word(enum fm_audit_cause cause)
{
	static const char *const words[] = {
#define WORD(id, word) [id] = word,
		FM_AUDIT_CAUSES(WORD)
#undef WORD
	};

	return words[cause];
}

static const struct {
	const char *word;
	enum fm_code code;
} findings[] = {
#define ROW(id, word, code) [id] = { word, code },
	FM_AUDIT_FINDINGS(ROW)
#undef ROW
};

const char *fm_audit_finding_word(enum fm_audit_finding finding)
{
	return findings[finding].word;
}

/* ---- signed numbers ---- */

static bool net_add(struct fm_net *out, const struct fm_net *a, const struct fm_net *b)
{
	const struct fm_net *big = fm_u256_cmp(&a->amount, &b->amount) >= 0 ? a : b;
	const struct fm_net *small = big == a ? b : a;
	struct fm_net sum = { .credit = big->credit };
	bool fits = a->credit == b->credit
			    ? fm_u256_add(&sum.amount, &a->amount, &b->amount)
			    : fm_u256_sub(&sum.amount, &big->amount, &small->amount);

	sum.credit &= !fm_u256_is_zero(&sum.amount);
	*out = sum;
	return fits;
}

static struct fm_net minus(const struct fm_net *a)
{
	return (struct fm_net){ .credit = !a->credit && !fm_u256_is_zero(&a->amount),
				.amount = a->amount };
}

static bool same(const struct fm_net *a, const struct fm_net *b)
{
	return a->credit == b->credit && fm_u256_cmp(&a->amount, &b->amount) == 0;
}

/* ---- adding up ---- */

/** A guarantee that may be in the cycle. */
struct open_item {
	enum fm_audit_cause cause;
	bool credit;
	struct fm_cycle_item item;
};

struct audit {
	struct fm_cycle_audit *out;
	struct fm_ledger *ledger;
	const struct fm_cycle_scope *scope;
	struct open_item open[FM_AUDIT_OPEN];
	size_t open_count; /* also of those beyond the list */
	struct fm_net open_sum;
	bool full; /* a sum does not fit */
	struct fm_err *err;
};

static void add(struct audit *a, struct fm_audit_sum *sum,
		const struct fm_cycle_item *item)
{
	sum->count++;
	a->full |= !fm_u256_add(&sum->amount, &sum->amount, &item->amount);
}

static void add_open(struct audit *a, const struct fm_cycle_item *item,
		     enum fm_audit_cause cause, bool credit)
{
	const struct fm_net one = { .credit = credit, .amount = item->amount };

	if (a->open_count < FM_AUDIT_OPEN)
		a->open[a->open_count] = (struct open_item){ cause, credit, *item };
	a->open_count++;
	a->full |= !net_add(&a->open_sum, &a->open_sum, &one);
}

static bool take_named(void *ctx, const struct fm_cycle_item *item)
{
	struct audit *a = ctx;

	if (item->version == 2) {
		add(a, &a->out->v2_given, item);
		add_open(a, item, FM_AUDIT_VALIDATED, false);
	} else {
		add(a, &a->out->certified, item);
	}
	return true;
}

/** Without certificate: did somebody say that it was paid? */
static bool is_paid(const struct fm_cycle_item *item)
{
	return item->state == FM_PAY_PAID ||
	       (item->state == FM_PAY_RESOLVED &&
		strcmp(item->evidence, FM_MARKED_UNUSED) != 0);
}

static bool take_unnamed(void *ctx, const struct fm_cycle_item *item)
{
	struct audit *a = ctx;

	if (!is_paid(item)) {
		add(a, &a->out->doubtful, item);
		add_open(a, item, FM_AUDIT_DOUBT, false);
	} else if (item->version == 2) {
		return take_named(ctx, item);
	} else {
		add(a, &a->out->presumed, item);
	}
	return true;
}

static bool take_received(void *ctx, const struct fm_cycle_item *item)
{
	struct audit *a = ctx;

	if (item->version == 2) {
		add(a, &a->out->v2_received, item);
		add_open(a, item, FM_AUDIT_VALIDATED, true);
	} else {
		add(a, &a->out->received, item);
	}
	return true;
}

static enum fm_code add_up(struct audit *a)
{
	enum fm_code rc = fm_ledger_cycle_each(a->ledger, a->scope, FM_CYCLE_OUT,
					       take_named, a, a->err);

	if (!rc)
		rc = fm_ledger_cycle_each(a->ledger, a->scope, FM_CYCLE_UNNAMED,
					  take_unnamed, a, a->err);
	if (!rc)
		rc = fm_ledger_cycle_each(a->ledger, a->scope, FM_CYCLE_IN, take_received,
					  a, a->err);
	return rc;
}

static void compare(struct audit *a)
{
	struct fm_cycle_audit *out = a->out;
	const struct fm_net given = { .amount = out->certified.amount },
			    presumed = { .amount = out->presumed.amount },
			    received = { .credit = out->received.count,
					 .amount = out->received.amount };
	struct fm_net own;

	a->full |= !net_add(&own, &given, &presumed);
	a->full |= !net_add(&out->own, &own, &received);
	own = minus(&out->own);
	a->full |= !net_add(&out->difference, &out->charged, &own);
}

/* ---- explaining ---- */

static void show(struct fm_cycle_audit *out, enum fm_audit_cause cause,
		 const struct fm_cycle_item *item)
{
	out->causes[cause]++;
	if (out->shown_count < FM_AUDIT_SHOWN)
		out->shown[out->shown_count++] =
			(struct fm_audit_explanation){ cause, *item };
}

/** The sum of those open ones whose bit is set. False: it does not fit. */
static bool sum_of(struct fm_net *out, const struct audit *a, unsigned set)
{
	*out = (struct fm_net){ .credit = false };
	for (size_t i = 0; set >> i; i++) {
		const struct fm_net one = { .credit = a->open[i].credit,
					    .amount = a->open[i].item.amount };

		if (set >> i & 1u && !net_add(out, out, &one))
			return false;
	}
	return true;
}

/** Every combination of the listed ones. Returns how many fit, counting to two; *set is one. */
static unsigned combine(unsigned *set, const struct audit *a)
{
	size_t count = a->open_count < FM_AUDIT_OPEN ? a->open_count : FM_AUDIT_OPEN;
	unsigned fits = 0;
	struct fm_net sum;

	for (unsigned s = 1; s < 1u << count && fits < 2; s++)
		if (sum_of(&sum, a, s) && same(&sum, &a->out->difference)) {
			*set = s;
			fits++;
		}
	return fits;
}

/** By guarantees that were signed, and of which nobody tells whether they are in the cycle? */
static bool explain_open(struct audit *a)
{
	struct fm_cycle_audit *out = a->out;
	unsigned set = 0, fits = combine(&set, a);
	bool all = a->open_count > FM_AUDIT_OPEN && same(&a->open_sum, &out->difference);

	if (!fits && !all)
		return false;
	out->only = fits == 1 && a->open_count <= FM_AUDIT_OPEN;
	for (size_t i = 0; i < a->open_count && i < FM_AUDIT_OPEN; i++)
		if (all || fits > 1 || set >> i & 1u)
			show(out, a->open[i].cause, &a->open[i].item);
	out->finding = FM_AUDIT_EXPLAINED;
	return true;
}

static bool alone(const struct audit *a, const struct fm_cycle_item *item)
{
	return item->version != 2 &&
	       fm_u256_cmp(&item->amount, &a->out->difference.amount) == 0;
}

static bool try_given(void *ctx, const struct fm_cycle_item *item)
{
	struct audit *a = ctx;

	if (alone(a, item))
		show(a->out,
		     a->out->difference.credit ? FM_AUDIT_LEFT_OUT : FM_AUDIT_TWICE,
		     item);
	return true;
}

static bool try_unnamed(void *ctx, const struct fm_cycle_item *item)
{
	return is_paid(item) ? try_given(ctx, item) : true;
}

static bool try_received(void *ctx, const struct fm_cycle_item *item)
{
	struct audit *a = ctx;

	if (alone(a, item))
		show(a->out,
		     a->out->difference.credit ? FM_AUDIT_CREDIT_TWICE
					       : FM_AUDIT_CREDIT_LEFT_OUT,
		     item);
	return true;
}

static enum fm_code explain_single(struct audit *a)
{
	enum fm_code rc = fm_ledger_cycle_each(a->ledger, a->scope, FM_CYCLE_OUT,
					       try_given, a, a->err);

	if (!rc)
		rc = fm_ledger_cycle_each(a->ledger, a->scope, FM_CYCLE_UNNAMED,
					  try_unnamed, a, a->err);
	if (!rc)
		rc = fm_ledger_cycle_each(a->ledger, a->scope, FM_CYCLE_IN, try_received,
					  a, a->err);
	return rc;
}

/** Charged for more is a surplus unless all that explains it is a credit that was left out. */
static enum fm_audit_finding judge(const struct fm_cycle_audit *out)
{
	const uint64_t *causes = out->causes;

	if (out->difference.credit)
		return causes[FM_AUDIT_LEFT_OUT] ? FM_AUDIT_MISSING : FM_AUDIT_DIFFERS;
	return causes[FM_AUDIT_CREDIT_LEFT_OUT] && !causes[FM_AUDIT_TWICE]
		       ? FM_AUDIT_MISSING
		       : FM_AUDIT_SURPLUS;
}

static enum fm_code explain(struct audit *a)
{
	enum fm_code rc = FM_OK;

	a->out->finding = FM_AUDIT_MATCHED;
	if (fm_u256_is_zero(&a->out->difference.amount) || explain_open(a))
		return FM_OK;
	rc = explain_single(a);
	if (!rc)
		a->out->finding = judge(a->out);
	return rc;
}

static struct fm_cycle_scope scope_of(const struct fm_client *client, uint64_t chain_id,
				      const struct fm_cycle_ref *ref)
{
	return (struct fm_cycle_scope){ .wallet = &client->config.payer,
					.chain_id = chain_id,
					.asset = ref->asset,
					.id = ref->id,
					.text = ref->text,
					.start_s = ref->start_s,
					.length_s =
						ref->length_s ? ref->length_s : DAY_S };
}

enum fm_code fm_cycle_compare(struct fm_cycle_audit *out, struct fm_client *client,
			      uint64_t chain_id, const struct fm_cycle_ref *ref,
			      const struct fm_net *charged, struct fm_err *err)
{
	const struct fm_cycle_scope scope = scope_of(client, chain_id, ref);
	struct audit a = { .out = out, .scope = &scope, .err = err };
	enum fm_code rc = fm_client_ledger(&a.ledger, client, false, err);

	memset(out, 0, sizeof(*out));
	out->ref = *ref;
	out->charged = *charged;
	if (!rc && a.ledger)
		rc = add_up(&a);
	if (rc)
		return rc;
	compare(&a);
	if (a.full)
		return fm_fail(err, FM_E_LEDGER,
			       "what was signed in a cycle does not fit into 256 bits");
	if (a.ledger)
		return explain(&a);
	out->finding =
		fm_u256_is_zero(&out->difference.amount) ? FM_AUDIT_MATCHED : judge(out);
	return FM_OK;
}

/* ---- telling ---- */

#define NET_TEXT (FM_AMOUNT_TEXT + 16)

static void net_text(char out[static NET_TEXT], const struct fm_net *net,
		     const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(&net->amount, asset);
	char text[FM_AMOUNT_TEXT];

	fm_amount_text(text, &amount);
	if (fm_u256_is_zero(&net->amount))
		snprintf(out, NET_TEXT, "owes nothing");
	else
		snprintf(out, NET_TEXT, "%s %s", net->credit ? "is owed" : "owes", text);
}

static const char *hint_of(const struct fm_cycle_audit *audit)
{
	if (!audit->difference.credit && audit->finding == FM_AUDIT_SURPLUS)
		return "ask 4Mica Core's operator for the guarantees it netted; what was "
		       "not signed need not be paid";
	if (audit->difference.credit && !audit->received.count)
		return "if this wallet also sells: import its certificates with fourmica "
		       "audit import-cert";
	return "ask 4Mica Core's operator for the guarantees it netted";
}

enum fm_code fm_cycle_audit_verdict(const struct fm_cycle_audit *audit,
				    const struct fm_client *client, uint64_t chain_id,
				    struct fm_err *err)
{
	static const struct fm_asset unknown = { .symbol = "base" };
	const struct fm_asset *asset =
		fm_client_asset(client, chain_id, &audit->ref.asset);
	char charged[NET_TEXT], own[NET_TEXT], apart[FM_AMOUNT_TEXT];
	struct fm_amount gap;
	enum fm_code code = findings[audit->finding].code;

	if (!code)
		return FM_OK;
	asset = asset ? asset : &unknown;
	gap = fm_amount_of(&audit->difference.amount, asset);
	net_text(charged, &audit->charged, asset);
	net_text(own, &audit->own, asset);
	fm_amount_text(apart, &gap);
	fm_fail(err, code,
		"in cycle %s this wallet %s, by its own records it %s: %s too %s is "
		"charged",
		audit->ref.text, charged, own, apart,
		audit->difference.credit ? "little" : "much");
	fm_rule(err, "audit");
	return fm_hint(err, "%s", hint_of(audit));
}

/* ---- with chain and Core ---- */

static enum fm_code nothing_charged(const struct fm_cycle_standing *s, struct fm_err *err)
{
	switch (s->word) {
	case FM_CYCLE_NOT_NETTED:
		fm_fail(err, FM_E_NOT_YET, "cycle %s is not netted yet", s->ref.text);
		return fm_hint(err,
			       "it is netted some hours after its end; see: fourmica "
			       "cycles watch");
	case FM_CYCLE_NO_PART:
		fm_fail(err, FM_E_USAGE, "this wallet has no part in cycle %s",
			s->ref.text);
		return fm_hint(err, "check --wallet, and see: fourmica cycles");
	case FM_CYCLE_UNKNOWN:
		fm_fail(err, FM_E_USAGE, "4Mica Core does not know cycle %s",
			s->ref.text);
		return fm_hint(err, "check the cycle's id and --network");
	case FM_CYCLE_SILENT:
	case FM_CYCLE_FLAT:
	case FM_CYCLE_POSITION:
		break;
	}
	*err = s->core_error;
	return err->code;
}

enum fm_code fm_cycle_audit(struct fm_cycle_audit *out,
			    struct fm_cycle_standing *standing, struct fm_client *client,
			    uint64_t chain_id, const struct fm_cycle_ref *ref,
			    enum fm_sign_in how, struct fm_err *err)
{
	struct fm_net charged;
	enum fm_code rc =
		fm_cycle_standing_read(standing, client, chain_id, ref, how, err);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	if (!fm_cycle_charged(&charged, standing))
		return nothing_charged(standing, err);
	return fm_cycle_compare(out, client, chain_id, ref, &charged, err);
}

/* ---- recording ---- */

/** Not only named by the audit, but the only way the number comes about. */
static enum fm_code record_charged(struct fm_cycle_recorded *out,
				   struct fm_ledger *ledger,
				   const struct fm_cycle_scope *scope,
				   const struct fm_cycle_audit *audit, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && audit->only && i < audit->shown_count; i++) {
		bool done = false;

		if (audit->shown[i].cause != FM_AUDIT_DOUBT)
			continue;
		rc = fm_ledger_cycle_charged(&done, ledger, scope,
					     audit->shown[i].item.id, err);
		out->charged += done;
	}
	return rc;
}

/** Those of version 2 that are known to have been netted. */
static enum fm_code clear_validated(struct fm_cycle_recorded *out,
				    struct fm_ledger *ledger,
				    const struct fm_cycle_scope *scope,
				    const struct fm_cycle_audit *audit,
				    struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && audit->only && i < audit->shown_count; i++) {
		const struct fm_audit_explanation *e = &audit->shown[i];
		bool done = false;

		if (e->cause != FM_AUDIT_VALIDATED || !e->item.id[0])
			continue;
		rc = fm_ledger_cycle_cleared_one(&done, ledger, scope, e->item.id, err);
		out->cleared += done;
	}
	return rc;
}

enum fm_code fm_cycle_record(struct fm_cycle_recorded *out, struct fm_client *client,
			     uint64_t chain_id, const struct fm_cycle_standing *standing,
			     const struct fm_cycle_audit *audit, struct fm_err *err)
{
	const struct fm_cycle_scope scope = scope_of(client, chain_id, &audit->ref);
	struct fm_ledger *ledger;
	enum fm_code rc;

	*out = (struct fm_cycle_recorded){ .settled = false };
	if (findings[audit->finding].code || !standing->committed)
		return FM_OK;
	rc = fm_client_ledger(&ledger, client, true, err);
	if (!rc)
		rc = record_charged(out, ledger, &scope, audit, err);
	if (!rc)
		rc = fm_cycle_settled(&out->settled, client, chain_id, standing, err);
	if (!rc && out->settled)
		rc = fm_ledger_cycle_cleared(&out->cleared, ledger, &scope, err);
	if (!rc && out->settled)
		rc = clear_validated(out, ledger, &scope, audit, err);
	return rc;
}
