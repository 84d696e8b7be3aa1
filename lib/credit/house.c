/* SPDX-License-Identifier: MIT */
/* The clearing house's views, events and calls. */
#include "credit/house.h"

#include "evm/revert.h"

#include <assert.h>
#include <string.h>

static const char *const statuses[] = {
	[FM_CYCLE_COMMITTED] = "COMMITTED",
	[FM_CYCLE_OPEN] = "PAYMENT_WINDOW_OPEN",
	[FM_CYCLE_FINALIZED] = "FINALIZED",
	[FM_CYCLE_DEFAULTED] = "DEFAULTED",
};

static const struct {
	const char *word;
	enum fm_event event;
} kinds[] = {
	[FM_CLEARING_COMMITTED] = {"committed",	 FM_EV_CYCLE_COMMITTED},
	[FM_CLEARING_PAID] = { "paid",      FM_EV_DEBTOR_PAID	 },
	[FM_CLEARING_CLAIMED] = { "claimed",   FM_EV_CLAIMED	   },
	[FM_CLEARING_DEFAULTED] = { "defaulted", FM_EV_DEFAULTED	 },
	[FM_CLEARING_COVERED] = { "covered",   FM_EV_COVERED	   },
	[FM_CLEARING_FINALIZED] = { "finalized", FM_EV_CYCLE_FINALIZED},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *fm_cycle_status_word(enum fm_cycle_status status)
{
	return statuses[status];
}

const char *fm_clearing_event_word(enum fm_clearing_event_kind kind)
{
	return kinds[kind].word;
}

enum fm_event fm_house_event_id(enum fm_clearing_event_kind kind)
{
	return kinds[kind].event;
}

/* The contract pays out of these only, so neither can happen; a contract that says otherwise has
 * nothing to claim from. */
struct fm_u256 fm_cycle_liquid(const struct fm_cycle_state *state)
{
	struct fm_u256 liquid;

	if (!fm_u256_add(&liquid, &state->paid_in, &state->covered) ||
	    !fm_u256_sub(&liquid, &liquid, &state->claimed_out))
		return FM_U256_ZERO;
	return liquid;
}

/* ---- calls ---- */

bool fm_clearing_calldata(struct fm_buf *out, enum fm_clearing_verb verb,
			  const struct fm_hash *cycle_id, const struct fm_addr *debtor,
			  const struct fm_u256 *amount,
			  const struct fm_clearing_path *path)
{
	static const enum fm_fn fns[] = {
		[FM_CLEARING_PAY] = FM_FN_PAY_DEBIT,
		[FM_CLEARING_CLAIM] = FM_FN_CLAIM_CREDIT,
		[FM_CLEARING_DEFAULT] = FM_FN_MARK_DEFAULTED,
	};
	struct fm_abi_value args[4];
	size_t count = 0;

	args[count++] = fm_abi_of_hash(cycle_id);
	if (verb == FM_CLEARING_DEFAULT)
		args[count++] = fm_abi_of_addr(debtor);
	args[count++] = fm_abi_of_u256(amount);
	args[count++] = fm_abi_of_hashes(path->node, path->count);
	return fm_fn_calldata(out, fns[verb], args, count);
}

bool fm_clearing_finalize_calldata(struct fm_buf *out, const struct fm_hash *cycle_id)
{
	struct fm_abi_value id = fm_abi_of_hash(cycle_id);

	return fm_fn_calldata(out, FM_FN_FINALIZE_CYCLE, &id, 1);
}

/* ---- events ---- */

static void read_committed(struct fm_clearing_event *out,
			   const struct fm_abi_value *value)
{
	out->asset = value[1].addr;
	out->root = value[2].hash;
	out->net_debit = value[3].u;
	out->net_credit = value[4].u;
	out->pay_by_s = value[5].u.w[0]; /* decoded as uint64 */
	out->final_at_s = value[6].u.w[0];
}

bool fm_house_event(struct fm_clearing_event *out, const struct fm_addr *house,
		    const struct fm_event_log *log)
{
	struct fm_abi_value value[FM_EVENT_VALUES];
	struct fm_clearing_event read = { .amount = FM_U256_ZERO };
	enum fm_event event;
	size_t kind = 0;

	if (!fm_addr_equal(&log->address, house) || !fm_event_of(&event, log))
		return false;
	while (kind < KINDS && kinds[kind].event != event)
		kind++;
	if (kind == KINDS || !fm_event_read(value, fm_event_count(event), event, log))
		return false;
	read.kind = (enum fm_clearing_event_kind)kind;
	read.cycle_id = value[0].hash;
	if (read.kind == FM_CLEARING_COMMITTED) {
		read_committed(&read, value);
	} else if (read.kind != FM_CLEARING_FINALIZED) {
		read.who = value[1].addr;
		read.amount = value[2].u;
	}
	*out = read;
	return true;
}

/* ---- views ---- */

#define CYCLE_VALUES 12
#define SEAT_VALUES 5

/** What a reader of answers needs. */
struct reading {
	struct fm_rpc_asks asks;
	size_t chain, code, now, leaf; /* places of the questions */
	size_t cycle[FM_HOUSE_CYCLES], seat[FM_HOUSE_CYCLES];
	uint64_t chain_id;
	const struct fm_addr *house, *who;
	const struct fm_hash *cycle_ids;
	size_t count;
	const struct fm_clearing_leaf *mine;
	struct fm_err *err;
};

static size_t put_leaf(struct reading *r)
{
	const struct fm_clearing_leaf *leaf = r->mine;
	const struct fm_abi_value args[] = {
		fm_abi_of_hash(&leaf->cycle_id),     fm_abi_of_addr(&leaf->asset),
		fm_abi_of_addr(&leaf->participant),  fm_abi_of_u256(&leaf->amount),
		fm_abi_of_u64((uint64_t)leaf->role),
	};

	return fm_rpc_ask_view(&r->asks, r->house, FM_FN_LEAF, args,
			       sizeof(args) / sizeof(args[0]), "latest");
}

static void put_questions(struct reading *r)
{
	r->chain = fm_rpc_ask_chain_id(&r->asks);
	r->code = fm_rpc_ask_code(&r->asks, r->house);
	r->now = fm_rpc_ask_block(&r->asks, "pending");
	for (size_t i = 0; i < r->count; i++) {
		struct fm_abi_value args[2] = { fm_abi_of_hash(&r->cycle_ids[i]) };

		r->cycle[i] = fm_rpc_ask_view(&r->asks, r->house, FM_FN_CYCLE, args, 1,
					      "latest");
		if (!r->who)
			continue;
		args[1] = fm_abi_of_addr(r->who);
		r->seat[i] = fm_rpc_ask_view(&r->asks, r->house, FM_FN_PARTICIPANT, args,
					     2, "latest");
	}
	if (r->mine)
		r->leaf = put_leaf(r);
}

static enum fm_code read_code(struct reading *r)
{
	char text[FM_ADDR_TEXT];
	bool code = false;
	enum fm_code rc = fm_rpc_take_code(&code, &r->asks, r->code, r->err);

	if (rc || code)
		return rc;
	fm_addr_text(text, r->house);
	return fm_rpc_fail(r->asks.rpc, r->err,
			   "chain %llu has no contract at the clearing house's address "
			   "%s",
			   (unsigned long long)r->chain_id, text);
}

/** Did the house answer that it does not know this very cycle? */
static bool not_committed(struct reading *r, size_t i)
{
	struct fm_abi_value value[FM_REVERT_VALUES];
	struct fm_buf data;
	size_t count;
	bool unknown;

	fm_buf_init(&data, FM_RPC_ANSWER_MAX);
	unknown = fm_rpc_take_revert(&data, &r->asks, r->cycle[i]) &&
		  fm_revert_read(value, &count, fm_buf_span(&data)) ==
			  FM_REVERT_CYCLE_NOT_FOUND &&
		  fm_hash_equal(&value[0].hash, &r->cycle_ids[i]);
	fm_buf_clear(&data);
	return unknown;
}

static enum fm_code read_cycle(struct fm_house_view *out, struct reading *r, size_t i)
{
	struct fm_abi_value v[CYCLE_VALUES];
	enum fm_code rc =
		fm_rpc_take_view(v, CYCLE_VALUES, &r->asks, r->cycle[i], r->err);

	if (rc)
		return rc;
	out->committed = !fm_u256_is_zero(&v[11].u);
	out->cycle = (struct fm_cycle_state){
		.asset = v[0].addr,
		.root = v[1].hash,
		.net_debit = v[2].u,
		.net_credit = v[3].u,
		.paid_in = v[4].u,
		.claimed_out = v[5].u,
		.covered = v[6].u,
		.resolved = v[7].u,
		.pay_by_s = v[8].u.w[0], /* decoded as uint64 */
		.final_at_s = v[9].u.w[0],
		.status = (enum fm_cycle_status)v[10].u.w[0], /* below 4 */
	};
	return FM_OK;
}

static enum fm_code read_seat(struct fm_house_view *out, struct reading *r, size_t i)
{
	struct fm_abi_value v[SEAT_VALUES];
	enum fm_code rc = fm_rpc_take_view(v, SEAT_VALUES, &r->asks, r->seat[i], r->err);

	if (rc)
		return rc;
	out->seat = (struct fm_cycle_seat){
		.net_debit = v[0].u,
		.net_credit = v[1].u,
		.paid = !fm_u256_is_zero(&v[2].u),
		.claimed = !fm_u256_is_zero(&v[3].u),
		.defaulted = !fm_u256_is_zero(&v[4].u),
	};
	return FM_OK;
}

/** A house that makes leaves otherwise is another contract than the one we know. */
static enum fm_code read_leaf(struct fm_house_view *out, struct reading *r)
{
	struct fm_abi_value value;
	struct fm_hash ours;
	enum fm_code rc = fm_rpc_take_view(&value, 1, &r->asks, r->leaf, r->err);

	if (rc)
		return rc;
	fm_clearing_leaf_hash(&ours, r->mine);
	if (!fm_hash_equal(&value.hash, &ours))
		return fm_rpc_wrong(&r->asks, r->leaf,
				    "the contract makes another leaf than we do", r->err);
	out->leaf = ours;
	out->has_leaf = true;
	return FM_OK;
}

static enum fm_code read_one(struct fm_house_view *out, struct reading *r, size_t i)
{
	enum fm_code rc = FM_OK;

	if (not_committed(r, i))
		return FM_OK;
	rc = read_cycle(out, r, i);
	return rc || !r->who ? rc : read_seat(out, r, i);
}

/** Another chain explains everything else that may be wrong: it is told first. */
static enum fm_code read_answers(struct fm_house_view *out, struct reading *r)
{
	struct fm_rpc_block now = { 0 };
	enum fm_code rc = fm_rpc_take_chain(&r->asks, r->chain, r->chain_id, r->err);

	if (!rc)
		rc = read_code(r);
	if (!rc)
		rc = fm_rpc_take_block(&now, &r->asks, r->now, r->err);
	if (!rc && r->mine)
		rc = read_leaf(out, r);
	for (size_t i = 0; !rc && i < r->count; i++) {
		out[i].chain_now_s = now.timestamp_s;
		rc = read_one(&out[i], r, i);
	}
	return rc;
}

static enum fm_code ask(struct fm_house_view *out, struct reading *r, struct fm_rpc *rpc)
{
	struct fm_house_view views[FM_HOUSE_CYCLES] = { { .committed = false } };
	enum fm_code rc;

	fm_rpc_asks_init(&r->asks);
	put_questions(r);
	rc = fm_rpc_run(&r->asks, rpc, r->err);
	if (!rc)
		rc = read_answers(views, r);
	if (!rc)
		memcpy(out, views, r->count * sizeof(*out));
	fm_rpc_asks_clear(&r->asks);
	return rc;
}

enum fm_code fm_house_view_read(struct fm_house_view *out, struct fm_rpc *rpc,
				uint64_t chain_id, const struct fm_addr *house,
				const struct fm_hash *cycle_id, const struct fm_addr *who,
				const struct fm_clearing_leaf *mine, struct fm_err *err)
{
	struct reading r = { .chain_id = chain_id,
			     .house = house,
			     .who = who,
			     .cycle_ids = cycle_id,
			     .count = 1,
			     .mine = mine,
			     .err = err };

	return ask(out, &r, rpc);
}

enum fm_code fm_house_views_read(struct fm_house_view *out, struct fm_rpc *rpc,
				 uint64_t chain_id, const struct fm_addr *house,
				 const struct fm_hash *cycle_ids, size_t count,
				 const struct fm_addr *who, struct fm_err *err)
{
	struct reading r = { .chain_id = chain_id,
			     .house = house,
			     .who = who,
			     .cycle_ids = cycle_ids,
			     .count = count,
			     .err = err };

	assert(count <= FM_HOUSE_CYCLES);
	return ask(out, &r, rpc);
}
