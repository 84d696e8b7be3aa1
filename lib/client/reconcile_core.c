/* SPDX-License-Identifier: MIT */
/* Guarantees: no endpoint tells of one, but Core tells how much it has locked in an asset. Only what
 * that number proves is concluded from it. Rules: 4mica.md, 2.3, 4 and 8; design, Decision 3.
 *
 * Locked is everything outstanding: every guarantee of it was issued. Locked is just what
 * certificates of cycles that still run stand for: no other one is, and of those that cannot be
 * settled by now none was issued. Anything between says nothing about a single one; anything above
 * was not signed by this ledger, or twice accepted. */
#include "client/reconcile.h"

#include "client/position.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 3
#define CYCLE_LONGEST_MS INT64_C(86400000) /* 4mica.md, section 8 */
#define SKEW_S 60			   /* of Core's clock and ours */
#define LOCKED_MS \
	INT64_C(21600000) /* and longer: from a cycle's end to its netting, as above */

/** Core's word on the assets of a chain. */
struct words {
	struct fm_cases *cases;
	struct fm_core_word *items;
	uint64_t *counts; /* of guarantees in `outstanding` */
	bool *known;
	size_t count;
	bool have;   /* there was a token */
	bool moving; /* payments went on while Core was asked */
};

/* ---- the ledger ---- */

static enum fm_code read_ledger(struct words *w, bool *same, struct fm_err *err)
{
	struct fm_outstanding sums;
	enum fm_code rc = fm_ledger_promised(&sums, w->cases->ledger,
					     &w->cases->client->config.payer,
					     w->cases->chain_id, err);

	if (rc)
		return rc;
	*same = sums.asset_count == w->count;
	for (size_t i = 0; *same && i < w->count; i++)
		*same = sums.assets[i].count == w->counts[i] &&
			fm_u256_cmp(&sums.assets[i].outstanding,
				    &w->items[i].outstanding) == 0;
	free(w->items);
	free(w->counts);
	free(w->known);
	w->count = sums.asset_count;
	w->items = calloc(w->count + 1, sizeof(*w->items));
	w->counts = calloc(w->count + 1, sizeof(*w->counts));
	w->known = calloc(w->count + 1, sizeof(*w->known));
	if (!w->items || !w->counts || !w->known) {
		w->count = 0;
		rc = fm_nomem(err);
	}
	for (size_t i = 0; i < w->count; i++) {
		w->items[i] = (struct fm_core_word){ .chain_id = w->cases->chain_id,
						     .asset = sums.assets[i].asset,
						     .outstanding =
							     sums.assets[i].outstanding };
		w->counts[i] = sums.assets[i].count;
	}
	fm_outstanding_clear(&sums);
	return rc;
}

/* ---- what is locked for certain ---- */

static bool seconds(int64_t *out, struct fm_span text)
{
	struct fm_u256 value;
	uint64_t number;

	if (!fm_units_parse(&value, text, 0) || !fm_u256_to_u64(&number, &value) ||
	    number > INT64_MAX / 2)
		return false;
	*out = (int64_t)number;
	return true;
}

/** "<asset>:<start>/<length>", both in seconds: 4mica.md, section 8. */
static bool cycle_runs(const char *hint, int64_t now_s)
{
	const char *colon = strchr(hint, ':'), *slash = strchr(hint, '/');
	int64_t start, length;

	if (!colon || !slash || slash < colon)
		return false;
	return seconds(&start,
		       (struct fm_span){ colon + 1, (size_t)(slash - colon - 1) }) &&
	       seconds(&length, fm_span_of(slash + 1)) && now_s + SKEW_S < start + length;
}

struct certifying {
	struct words *words;
	int64_t now_ms;
	bool full; /* a sum does not fit: nothing is certain */
};

static bool certify(void *ctx, const struct fm_payment *p)
{
	struct certifying *c = ctx;
	const struct fm_cases *cases = c->words->cases;

	/* Rows are in the order they were reserved, but for one that took over another's place. */
	if (p->created_ms < c->now_ms - 3 * CYCLE_LONGEST_MS)
		return false;
	if (p->state != FM_PAY_PAID || strcmp(p->evidence, "verified") != 0 ||
	    p->chain_id != cases->chain_id ||
	    !fm_addr_equal(&p->payer, &cases->client->config.payer) ||
	    !cycle_runs(p->cycle_hint, c->now_ms / 1000))
		return true;
	for (size_t i = 0; i < c->words->count; i++) {
		struct fm_core_word *word = &c->words->items[i];

		if (fm_addr_equal(&word->asset, &p->asset) &&
		    !fm_u256_add(&word->certified, &word->certified, &p->amount))
			c->full = true;
	}
	return true;
}

static enum fm_code read_certified(struct words *w, struct fm_err *err)
{
	struct certifying c = { .words = w,
				.now_ms = fm_wall_ms(w->cases->client->config.clock) };
	enum fm_code rc = fm_ledger_each(w->cases->ledger, SIZE_MAX, certify, &c, err);

	if (!rc && c.full)
		return fm_fail(err, FM_E_LEDGER,
			       "what was paid does not fit into 256 bits");
	return rc;
}

/* ---- Core ---- */

static enum fm_code put_asks(struct words *w, struct fm_core_ask *asks,
			     struct fm_core_ask **list, struct fm_http_options *options,
			     struct fm_err *err)
{
	const struct fm_client_config *config = &w->cases->client->config;
	const char *url = config->core_url(config->ctx, w->cases->chain_id);
	enum fm_code rc = FM_OK;

	fm_client_transport(options, w->cases->client, url);
	for (size_t i = 0; i < w->count; i++) {
		fm_core_ask_init(&asks[i]);
		list[i] = &asks[i];
	}
	for (size_t i = 0; !rc && i < w->count; i++)
		rc = fm_core_ask_balance(&asks[i], url, options, &config->payer,
					 &w->items[i].asset, err);
	return rc;
}

static enum fm_code take_asks(struct words *w, const struct fm_core_ask *asks,
			      struct fm_u256 *locked, bool *known, struct fm_err *err)
{
	const struct fm_addr *who = &w->cases->client->config.payer;
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < w->count; i++) {
		struct fm_holding h = { .asset = { .address = w->items[i].asset } };

		rc = fm_holding_core(&h, &asks[i], who, err);
		locked[i] = h.core_locked;
		known[i] = h.core_known;
	}
	return rc;
}

static enum fm_code ask(struct words *w, struct fm_u256 *locked, bool *known,
			struct fm_err *err)
{
	enum fm_sign_in how =
		w->cases->wish->sign_in ? FM_SIGN_IN_ANEW : FM_SIGN_IN_RENEW;
	struct fm_core_ask *asks = calloc(w->count + 1, sizeof(*asks));
	struct fm_core_ask **list = calloc(w->count + 1, sizeof(struct fm_core_ask *));
	struct fm_http_options options;
	enum fm_code rc = asks && list ? FM_OK : fm_nomem(err);

	if (!rc)
		rc = put_asks(w, asks, list, &options, err);
	if (!rc)
		rc = fm_client_ask_core(&w->have, w->cases->client, w->cases->chain_id,
					how, list, w->count, err);
	if (!rc && w->have)
		rc = take_asks(w, asks, locked, known, err);
	for (size_t i = 0; list && i < w->count; i++)
		if (list[i])
			fm_core_ask_clear(list[i]);
	free(list);
	free(asks);
	return rc;
}

/** A number of Core's means something only beside sums that were the same before and after. */
static enum fm_code ask_between(struct words *w, bool *same, struct fm_err *err)
{
	size_t count = w->count;
	struct fm_u256 *locked = calloc(count + 1, sizeof(*locked));
	bool *known = calloc(count + 1, sizeof(*known));
	enum fm_code rc = locked && known ? ask(w, locked, known, err) : fm_nomem(err);

	if (!rc)
		rc = read_ledger(w, same, err);
	for (size_t i = 0; !rc && *same && i < count; i++) {
		w->items[i].locked = locked[i];
		w->known[i] = known[i];
	}
	free(known);
	free(locked);
	return rc;
}

static enum fm_code read_words(struct words *w, struct fm_err *err)
{
	bool same = false;
	enum fm_code rc = FM_OK;

	for (int i = 0; !rc && !same && i < TRIES; i++)
		rc = ask_between(w, &same, err);
	w->moving = !same;
	return rc || !w->have ? rc : read_certified(w, err);
}

/* ---- what it means ---- */

static void amount_text(char out[static FM_AMOUNT_TEXT], const struct words *w,
			const struct fm_core_word *word, const struct fm_u256 *base)
{
	const struct fm_asset *asset =
		fm_client_asset(w->cases->client, word->chain_id, &word->asset);
	char digits[FM_U256_DEC];
	struct fm_amount amount;

	if (asset) {
		amount = fm_amount_of(base, asset);
		fm_amount_text(out, &amount);
		return;
	}
	fm_u256_dec(digits, base);
	snprintf(out, FM_AMOUNT_TEXT, "%s base units", digits);
}

static void say_numbers(struct fm_open_case *c, const struct words *w,
			const struct fm_core_word *word, const char *what)
{
	char locked[FM_AMOUNT_TEXT], owed[FM_AMOUNT_TEXT], sure[FM_AMOUNT_TEXT];

	amount_text(locked, w, word, &word->locked);
	amount_text(owed, w, word, &word->outstanding);
	amount_text(sure, w, word, &word->certified);
	fm_case_say(c,
		    "4Mica Core has %s locked; %s is outstanding here, %s of it with a "
		    "certificate: %s",
		    locked, owed, sure, what);
}

static enum fm_code not_locked(struct words *w, const struct fm_core_word *word,
			       struct fm_open_case *c, struct fm_err *err)
{
	int64_t now_ms = fm_wall_ms(w->cases->client->config.clock);

	if (now_ms - c->payment.signed_ms >= LOCKED_MS) {
		say_numbers(c, w, word, "it was not issued, or it is settled by now");
		return FM_OK;
	}
	say_numbers(c, w, word, "it was not issued so far");
	return fm_case_unsure(c) ? fm_case_settle(w->cases, c, FM_PAY_IN_DOUBT,
						  FM_EVIDENCE_NOT_ISSUED, err)
				 : FM_OK;
}

static enum fm_code judge(struct words *w, const struct fm_core_word *word,
			  struct fm_open_case *c, struct fm_err *err)
{
	int all = fm_u256_cmp(&word->locked, &word->outstanding);

	if (fm_u256_cmp(&word->locked, &word->certified) == 0)
		return not_locked(w, word, c, err);
	if (all == 0) {
		c->over = true;
		c->next[0] = '\0';
		say_numbers(c, w, word, "it went through");
		return fm_case_settle(w->cases, c, FM_PAY_PAID, FM_EVIDENCE_LOCKED, err);
	}
	say_numbers(c, w, word,
		    all > 0 ? "more than was signed here"
			    : "which of them were issued, that does not tell");
	/* What was true of it once may be so no longer. */
	return strcmp(c->payment.evidence, FM_EVIDENCE_NOT_ISSUED) == 0
		       ? fm_case_settle(w->cases, c, c->payment.state, "", err)
		       : FM_OK;
}

static bool concerns(const struct fm_open_case *c)
{
	return !c->over && !c->payment.valid_before_s && c->payment.state != FM_PAY_PAID;
}

/** What is said of those that Core's word is not had about, or does not decide. */
static void say_all(struct fm_cases *cases, const char *what, bool sign_in)
{
	for (size_t i = 0; i < cases->count; i++) {
		struct fm_open_case *c = &cases->items[i];

		if (!concerns(c))
			continue;
		fm_case_say(c, "%.300s", what);
		fm_case_next(c,
			     sign_in ? "run: fourmica reconcile %s --sign-in"
				     : "ask the seller, then: fourmica reconcile %s "
				       "--mark paid|unused --reason TEXT",
			     c->payment.id);
	}
}

static void tell(const struct words *w)
{
	const struct fm_reconcile *wish = w->cases->wish;

	for (size_t i = 0; i < w->count; i++) {
		struct fm_core_word *word = &w->items[i];

		if (!w->known[i])
			continue;
		if (fm_u256_cmp(&word->locked, &word->outstanding) > 0 &&
		    !fm_u256_sub(&word->surplus, &word->locked, &word->outstanding))
			word->surplus = FM_U256_ZERO;
		if (wish->core)
			wish->core(wish->ctx, word);
	}
}

static enum fm_code judge_all(struct words *w, struct fm_err *err)
{
	struct fm_cases *cases = w->cases;
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < cases->count; i++) {
		struct fm_open_case *c = &cases->items[i];

		for (size_t k = 0; !rc && concerns(c) && k < w->count; k++)
			if (w->known[k] &&
			    fm_addr_equal(&w->items[k].asset, &c->payment.asset))
				rc = judge(w, &w->items[k], c, err);
	}
	return rc;
}

static bool any(const struct fm_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++)
		if (concerns(&cases->items[i]))
			return true;
	return false;
}

/** When no payment hangs on it, that Core is silent is no result. */
static void not_said(struct fm_cases *cases, const struct fm_err *why)
{
	char text[FM_CASE_MESSAGE];

	snprintf(text, sizeof(text), "4Mica Core did not say: %.280s", why->msg);
	if (any(cases))
		cases->why = *why;
	else
		fm_log(cases->client->config.log, FM_LOG_WARN, "%s", text);
	say_all(cases, text, false);
}

static enum fm_code conclude(struct words *w, struct fm_err *err)
{
	if (!w->have) {
		say_all(w->cases, "4Mica Core tells only a wallet that is signed in",
			true);
		return FM_OK;
	}
	say_all(w->cases,
		w->moving ? "payments went on while 4Mica Core was asked: ask again"
			  : "4Mica Core did not say",
		false);
	tell(w);
	return judge_all(w, err);
}

enum fm_code fm_cases_core(struct fm_cases *cases, struct fm_err *err)
{
	const struct fm_client_config *config = &cases->client->config;
	struct words w = { .cases = cases };
	struct fm_err why;
	bool same;
	enum fm_code rc, asked = FM_OK;

	if (cases->wish->id && !any(cases))
		return FM_OK;
	if (!config->http || !config->core_url ||
	    !config->core_url(config->ctx, cases->chain_id)) {
		say_all(cases, "no 4Mica Core is known for its network", false);
		return FM_OK;
	}
	fm_err_init(&why);
	rc = read_ledger(&w, &same, err);
	if (!rc && w.count)
		asked = read_words(&w, &why);
	if (fm_cases_fatal(asked)) {
		*err = why;
		rc = asked;
	}
	if (!rc && asked)
		not_said(cases, &why);
	else if (!rc && w.count)
		rc = conclude(&w, err);
	free(w.items);
	free(w.counts);
	free(w.known);
	return rc;
}
