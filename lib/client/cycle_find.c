/* SPDX-License-Identifier: MIT */
/* Which cycle is meant. No endpoint lists them, so a name is looked for where cycles leave traces:
 * the certificates and operations of the ledger, and the commits on chain. 4mica.md, section 8. */
#include "client/cycle.h"

#include "credit/house.h"
#include "evm/rpc_logs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Below it, in 2001, a start is one whose last digits are missing. */
#define WHOLE_START_S UINT64_C(1000000000)

bool fm_cycle_ref_of(struct fm_cycle_ref *out, struct fm_span text)
{
	struct fm_cycle_ref ref = { .length_s = 0 };

	if (!fm_cycle_parse(&ref.asset, &ref.start_s, text))
		return false;
	snprintf(ref.text, sizeof(ref.text), "%.*s", (int)text.len, text.ptr);
	fm_cycle_hash(&ref.id, text);
	*out = ref;
	return true;
}

/* ---- the ledger ---- */

/** Cycles as they are found, each once. */
struct known {
	const struct fm_addr *payer;
	uint64_t chain_id;
	struct fm_cycle_ref *refs;
	size_t count, room;
	bool failed; /* no memory */
};

static bool grow(struct known *k)
{
	size_t room = k->room ? 2 * k->room : 16;
	struct fm_cycle_ref *refs;

	if (k->count < k->room)
		return true;
	refs = realloc(k->refs, room * sizeof(*refs));
	if (!refs) {
		k->failed = true;
		return false;
	}
	k->refs = refs;
	k->room = room;
	return true;
}

/* Newest first: payments of one cycle lie together, so its own is found at once. */
static bool put(struct known *k, const struct fm_cycle_ref *ref)
{
	for (size_t i = k->count; i-- > 0;)
		if (fm_hash_equal(&k->refs[i].id, &ref->id)) {
			if (!k->refs[i].length_s)
				k->refs[i].length_s = ref->length_s;
			return true;
		}
	if (!grow(k))
		return false;
	k->refs[k->count++] = *ref;
	return true;
}

/** "TEXT/LENGTH", as evidence.c writes it. */
bool fm_cycle_ref_of_hint(struct fm_cycle_ref *out, const char *hint)
{
	const char *slash = strchr(hint, '/');
	struct fm_u256 length;
	uint64_t length_s;

	if (!slash ||
	    !fm_cycle_ref_of(out, (struct fm_span){ hint, (size_t)(slash - hint) }) ||
	    !fm_u256_from_dec(&length, fm_span_of(slash + 1)) ||
	    !fm_u256_to_u64(&length_s, &length) || length_s > UINT32_MAX)
		return false;
	out->length_s = (uint32_t)length_s;
	return true;
}

static bool of_payment(void *ctx, const struct fm_payment *payment)
{
	struct known *k = ctx;
	struct fm_cycle_ref ref;

	if (payment->chain_id != k->chain_id ||
	    !fm_addr_equal(&payment->payer, k->payer) ||
	    !fm_cycle_ref_of_hint(&ref, payment->cycle_hint))
		return true;
	return put(k, &ref);
}

static bool of_operation(void *ctx, const struct fm_op *op)
{
	struct fm_cycle_ref ref;

	return !fm_cycle_ref_of(&ref, fm_span_of(op->note)) || put(ctx, &ref);
}

static int newer(const void *a, const void *b)
{
	const struct fm_cycle_ref *x = a, *y = b;

	return (x->start_s < y->start_s) - (x->start_s > y->start_s);
}

static bool of_received(void *ctx, const struct fm_hash *id, const struct fm_addr *asset,
			uint64_t latest_s)
{
	const struct fm_u256 wide = fm_u256_from_be(id->b);
	struct fm_cycle_ref ref = { .id = *id };
	struct fm_cycle_guess guess;

	if (fm_cycle_guess(&guess, &wide, asset, latest_s) &&
	    fm_cycle_ref_of(&ref, fm_span_of(guess.text)))
		ref.length_s = guess.length_s;
	return put(ctx, &ref);
}

/** What this wallet signed and settled; with `received`, also what it got certificates of. The caller
 *  frees *refs. */
static enum fm_code gather(struct fm_cycle_ref **refs, size_t *count,
			   struct fm_client *client, uint64_t chain_id, bool received,
			   struct fm_err *err)
{
	struct known k = { .payer = &client->config.payer, .chain_id = chain_id };
	const struct fm_op_filter filter = { .payer = k.payer, .chain_id = chain_id };
	struct fm_ledger *ledger = NULL;
	enum fm_code rc = fm_client_ledger(&ledger, client, false, err);

	*refs = NULL;
	*count = 0;
	if (!rc && ledger)
		rc = fm_ledger_each(ledger, SIZE_MAX, of_payment, &k, err);
	if (!rc && ledger)
		rc = fm_ledger_op_each(ledger, &filter, SIZE_MAX, of_operation, &k, err);
	if (!rc && ledger && received)
		rc = fm_ledger_incoming_cycles(ledger, k.payer, chain_id, of_received, &k,
					       err);
	if (!rc && k.failed)
		rc = fm_nomem(err);
	if (rc) {
		free(k.refs);
		return rc;
	}
	if (k.count)
		qsort(k.refs, k.count, sizeof(*k.refs), newer);
	*refs = k.refs;
	*count = k.count;
	return FM_OK;
}

enum fm_code fm_cycle_known(struct fm_cycle_ref **refs, size_t *count,
			    struct fm_client *client, uint64_t chain_id,
			    struct fm_err *err)
{
	return gather(refs, count, client, chain_id, false, err);
}

/* ---- the house ---- */

enum fm_code fm_cycle_house(struct fm_addr *out, bool *known, struct fm_client *client,
			    uint64_t chain_id, struct fm_err *err)
{
	const struct fm_client_config *config = &client->config;
	const struct fm_addr *named =
		config->clearing_house ? config->clearing_house(config->ctx, chain_id)
				       : NULL;
	struct fm_ledger *ledger = NULL;
	char key[FM_CAIP2_TEXT];
	struct fm_buf value;
	enum fm_code rc;

	*known = named != NULL;
	if (named) {
		*out = *named;
		return FM_OK;
	}
	fm_caip2_text(key, chain_id);
	fm_buf_init(&value, FM_ADDR_TEXT);
	rc = fm_client_ledger(&ledger, client, false, err);
	if (!rc && ledger)
		rc = fm_pin_get(&value, NULL, known, ledger, FM_HOUSE_PIN, key, err);
	if (!rc && *known && !fm_addr_parse(out, NULL, fm_buf_span(&value)))
		rc = fm_fail(err, FM_E_LEDGER,
			     "the pinned clearing house of %s is no address", key);
	fm_buf_clear(&value);
	return rc;
}

/* ---- the chain ---- */

/** A search on chain. */
struct search {
	struct fm_chain chain;
	const struct fm_addr *house;
	const struct fm_hash *id; /* NULL: `name` is a beginning */
	const char *name;
	struct fm_house_view view;
	struct fm_cycle_ref *out;
	size_t count;
};

/** The text behind an id, out of the time its payments are due: how long Core waits before that is
 *  not known, so earlier and earlier starts are tried. */
static void explain(struct fm_cycle_ref *out, const struct fm_hash *id,
		    const struct fm_addr *asset, uint64_t pay_by_s)
{
	static const struct {
		uint64_t upto_s, step_s;
	} ways[] = {
		{120,		       8	 }, /* test networks */
		{ 6 * 3600,	    120 },
		{ UINT64_C(4) * 86400, 3600},
	};
	const struct fm_u256 wide = fm_u256_from_be(id->b);
	struct fm_cycle_guess guess;
	uint64_t back = 0;

	*out = (struct fm_cycle_ref){ .id = *id };
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (; back < ways[i].upto_s && back < pay_by_s; back += ways[i].step_s) {
			if (!fm_cycle_guess(&guess, &wide, asset, pay_by_s - back) ||
			    !fm_cycle_ref_of(out, fm_span_of(guess.text)))
				continue;
			out->length_s = guess.length_s;
			return;
		}
}

static bool of_log(void *ctx, const struct fm_rpc_found *found)
{
	struct search *s = ctx;
	struct fm_clearing_event event;
	struct fm_cycle_ref ref;

	if (!fm_house_event(&event, s->house, &found->log))
		return true;
	explain(&ref, &event.cycle_id, &event.asset, event.pay_by_s);
	if (!fm_cycle_named(&ref.id, *ref.text ? ref.text : NULL, s->name))
		return true;
	*s->out = ref;
	return ++s->count < 2;
}

static enum fm_code by_commits(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	const enum fm_event committed = fm_house_event_id(FM_CLEARING_COMMITTED);
	struct search *s = arg;
	const struct fm_rpc_filter filter = { .address = s->house,
					      .events = &committed,
					      .event_count = 1 };
	struct fm_rpc_block latest = { .number = 0 };
	struct fm_rpc_asks asks;
	size_t chain_at, at;
	enum fm_code rc;

	s->count = 0;
	fm_rpc_asks_init(&asks);
	chain_at = fm_rpc_ask_chain_id(&asks);
	at = fm_rpc_ask_block(&asks, "latest");
	rc = fm_rpc_run(&asks, rpc, err);
	if (!rc)
		rc = fm_rpc_take_chain(&asks, chain_at, s->chain.chain_id, err);
	if (!rc)
		rc = fm_rpc_take_block(&latest, &asks, at, err);
	fm_rpc_asks_clear(&asks);
	if (rc)
		return rc;
	return fm_rpc_logs(rpc, &filter,
			   latest.number > FM_CYCLE_LOOK_BLOCKS
				   ? latest.number - FM_CYCLE_LOOK_BLOCKS
				   : 0,
			   latest.number, of_log, s, NULL, err);
}

static enum fm_code by_id(void *arg, struct fm_rpc *rpc, struct fm_err *err)
{
	struct search *s = arg;

	return fm_house_view_read(&s->view, rpc, s->chain.chain_id, s->house, s->id, NULL,
				  NULL, err);
}

static enum fm_code find_on_chain(struct search *s, struct fm_client *client,
				  uint64_t chain_id, struct fm_err *err)
{
	enum fm_code rc;

	fm_chain_init(&s->chain, client, chain_id);
	rc = fm_rpc_each(&s->chain.rpc, &s->chain.endpoints, s->id ? by_id : by_commits,
			 s, err);
	if (rc || !s->id)
		return rc;
	*s->out = (struct fm_cycle_ref){ .id = *s->id };
	if (s->view.committed)
		explain(s->out, s->id, &s->view.cycle.asset, s->view.cycle.pay_by_s);
	s->count = 1;
	return FM_OK;
}

/* ---- a name ---- */

static enum fm_code no_such(const char *name, bool house, struct fm_err *err)
{
	if (strlen(name) < FM_CYCLE_PREFIX) {
		fm_fail(err, FM_E_USAGE, "'%.80s' is too short for a cycle", name);
		return fm_hint(err, "give at least %d characters of its id",
			       FM_CYCLE_PREFIX);
	}
	fm_fail(err, FM_E_USAGE, "no cycle is known as '%.80s'%s", name,
		house ? ""
		      : ", and without clearing_house in config.json the chain "
			"cannot be asked");
	return fm_hint(err, "give its whole text id, ASSET:START; see: fourmica cycles");
}

static enum fm_code several(const char *name, const struct fm_cycle_ref *a,
			    const struct fm_cycle_ref *b, struct fm_err *err)
{
	fm_fail(err, FM_E_USAGE, "several cycles are known as '%.80s': %s%s%s", name,
		a->text, b ? ", " : " and others", b ? b->text : "");
	return fm_hint(err, "give more of its id");
}

/** Is it this one? A whole id means one cycle only, whatever else begins like it. */
static bool is_named(const struct fm_cycle_ref *ref, const char *name,
		     const struct fm_hash *id)
{
	return id ? fm_hash_equal(&ref->id, id)
		  : fm_cycle_named(&ref->id, *ref->text ? ref->text : NULL, name);
}

/** Among what the ledger knows. `id` NULL: `name` is a beginning. */
static enum fm_code find_known(struct fm_cycle_ref *out, bool *found,
			       struct fm_client *client, uint64_t chain_id,
			       const char *name, const struct fm_hash *id,
			       struct fm_err *err)
{
	const struct fm_cycle_ref *first = NULL;
	struct fm_cycle_ref *refs = NULL;
	size_t count = 0;
	enum fm_code rc = gather(&refs, &count, client, chain_id, true, err);

	for (size_t i = 0; !rc && i < count; i++) {
		if (!is_named(&refs[i], name, id))
			continue;
		if (first)
			rc = several(name, first, &refs[i], err);
		first = &refs[i];
	}
	*found = !rc && first;
	if (*found)
		*out = *first;
	free(refs);
	return rc;
}

/** A whole id: its hash. Addresses are typed in any case, Core's texts have none. */
static bool read_whole(struct fm_cycle_ref *out, struct fm_hash *id, const char *name)
{
	char lower[FM_CYCLE_TEXT];
	size_t len = strlen(name);

	*out = (struct fm_cycle_ref){ .length_s = 0 };
	if (fm_hash_parse(id, fm_span_of(name))) {
		out->id = *id;
		return true;
	}
	if (len >= sizeof(lower))
		return false;
	for (size_t i = 0; i <= len; i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'F' ? (char)(name[i] - 'A' + 'a')
							    : name[i];
	if (!fm_cycle_ref_of(out, (struct fm_span){ lower, len }) ||
	    out->start_s < WHOLE_START_S) {
		*out = (struct fm_cycle_ref){ .length_s = 0 };
		return false;
	}
	*id = out->id;
	return true;
}

enum fm_code fm_cycle_find(struct fm_cycle_ref *out, struct fm_client *client,
			   uint64_t chain_id, const char *name, struct fm_err *err)
{
	struct search s = { .name = name, .out = out };
	struct fm_cycle_ref whole;
	struct fm_addr house;
	struct fm_hash id;
	bool found = false, has_house = false, is_whole = read_whole(&whole, &id, name);
	enum fm_code rc = find_known(out, &found, client, chain_id, name,
				     is_whole ? &id : NULL, err);

	if (rc || (found && *out->text))
		return rc;
	if (*whole.text) {
		*out = whole;
		return FM_OK;
	}
	if (found) /* of a length nobody guesses: only its hash is known */
		id = out->id;
	s.id = found || is_whole ? &id : NULL;
	rc = fm_cycle_house(&house, &has_house, client, chain_id, err);
	s.house = &house;
	if (!rc && has_house && strlen(name) >= FM_CYCLE_PREFIX)
		rc = find_on_chain(&s, client, chain_id, err);
	if (!rc && found && s.count == 0)
		return FM_OK;
	if (!rc && s.count == 0)
		return no_such(name, has_house, err);
	return !rc && s.count > 1 ? several(name, out, NULL, err) : rc;
}
