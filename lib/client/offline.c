/* SPDX-License-Identifier: MIT */
/* A deposit signed here for another machine to send. Nobody is asked: nonce, gas and fees are
 * given, and the vault is the pinned one. What is signed may leave, so the ledger has it like
 * everything else; settling only looks for it, and the same again gives the same bytes. */
#include "client/chain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TXS_MAX 2

/** A transaction that is to be signed. */
struct planned {
	const char *purpose;
	struct fm_tx tx;
	struct fm_buf data;
};

struct offline {
	struct fm_client *client;
	struct fm_ledger *ledger;
	struct fm_moved *moved;
	const struct fm_deposit *wish;
	uint64_t nonce;
	const struct fm_move_options *options;
	struct fm_addr vault;
	struct fm_ask ask;
	struct fm_check checks[FM_CHECKS_MAX];
	size_t check_count;
	struct planned plan[TXS_MAX];
	size_t count;
	bool same; /* an operation of before is the very same */
};

/* ---- which asset, of what the program knows itself ---- */

static const struct fm_asset *by_symbol(const struct offline *o, const char *symbol)
{
	const struct fm_client_config *config = &o->client->config;

	for (size_t i = 0; i < config->asset_count; i++)
		if (config->assets[i].chain_id == o->wish->chain_id &&
		    strcasecmp(config->assets[i].symbol, symbol) == 0)
			return &config->assets[i];
	return fm_asset_by_symbol(o->wish->chain_id, symbol);
}

static enum fm_code find_asset(struct offline *o, struct fm_err *err)
{
	const char *name = o->wish->asset ? o->wish->asset : o->wish->quantity.unit;
	const struct fm_asset *asset;
	struct fm_addr address;

	if (name[0] == '0' && (name[1] | 0x20) == 'x') {
		enum fm_code rc = fm_addr_from_user(&address, name, err);

		if (rc)
			return rc;
		asset = fm_client_asset(o->client, o->wish->chain_id, &address);
	} else {
		asset = by_symbol(o, name);
	}
	if (!asset) {
		fm_fail(err, FM_E_USAGE, "'%.66s' is not known without the network",
			name);
		return fm_hint(err, "add it to 'assets' in config.json");
	}
	o->moved->asset = *asset;
	return fm_quantity_resolve(&o->moved->op.amount, &o->wish->quantity, asset, err);
}

/* ---- what will be signed ---- */

static struct planned *plan_one(struct offline *o, const char *purpose,
				const struct fm_addr *to)
{
	const struct fm_fees_wanted *fees = &o->options->fees;
	struct planned *p = &o->plan[o->count];

	p->purpose = purpose;
	p->tx = (struct fm_tx){ .chain_id = o->wish->chain_id,
				.nonce = o->nonce + o->count,
				.gas_limit = fees->gas_limit,
				.max_fee = fees->max,
				.priority_fee = fees->priority,
				.to = *to };
	fm_buf_init(&p->data, FM_TX_MAX);
	o->count++;
	return p;
}

static enum fm_code plan_approve(struct offline *o, struct fm_err *err)
{
	struct fm_u256 allowance = o->moved->op.amount;
	struct fm_abi_value args[2] = { fm_abi_of_addr(&o->vault) };
	enum fm_code rc = FM_OK;

	if (o->wish->approve == FM_APPROVE_AMOUNT)
		rc = fm_quantity_resolve(&allowance, &o->wish->allowance,
					 &o->moved->asset, err);
	if (!rc && fm_u256_cmp(&allowance, &o->moved->op.amount) < 0)
		rc = fm_fail(err, FM_E_USAGE, "--approve is less than the deposit");
	if (rc)
		return rc;
	args[1] = fm_abi_of_u256(&allowance);
	return fm_fn_calldata(
		       &plan_one(o, FM_PURPOSE_APPROVE, &o->moved->asset.address)->data,
		       FM_FN_APPROVE, args, 2)
		       ? FM_OK
		       : fm_nomem(err);
}

static enum fm_code plan_deposit(struct offline *o, struct fm_err *err)
{
	const struct fm_op *op = &o->moved->op;
	const struct fm_abi_value args[] = { fm_abi_of_addr(&op->asset),
					     fm_abi_of_u256(&op->amount) };
	struct planned *p = plan_one(o, fm_move_purpose(FM_OP_DEPOSIT), &o->vault);
	bool ether = fm_addr_is_zero(&op->asset);

	if (ether)
		p->tx.value = op->amount;
	return (ether ? fm_fn_calldata(&p->data, FM_FN_DEPOSIT, NULL, 0)
		      : fm_fn_calldata(&p->data, FM_FN_DEPOSIT_TOKEN, args, 2))
		       ? FM_OK
		       : fm_nomem(err);
}

static enum fm_code plan(struct offline *o, struct fm_err *err)
{
	bool ether = fm_addr_is_zero(&o->moved->op.asset);
	enum fm_code rc = FM_OK;

	if (!ether && o->wish->approve != FM_APPROVE_NONE)
		rc = plan_approve(o, err);
	if (!rc)
		rc = plan_deposit(o, err);
	for (size_t i = 0; i < o->count; i++)
		o->plan[i].tx.data = fm_buf_span(&o->plan[i].data);
	o->moved->steps = (unsigned)o->count;
	return rc;
}

/** The most it costs, and whoever has to agree. */
static enum fm_code agree(struct offline *o, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < o->count; i++)
		rc = fm_move_agree(o->moved, o->options,
				   i == 0 || o->options->confirm_each, &o->plan[i].tx,
				   o->plan[i].purpose, err);
	return rc;
}

/* ---- what was signed before ---- */

static bool is_planned(const struct fm_tx_row *row, const struct planned *p)
{
	const struct fm_tx *want = &p->tx;
	struct fm_addr from;
	struct fm_hash hash;
	struct fm_tx tx;

	return fm_tx_read(&tx, &from, &hash, fm_buf_span(&row->raw)) &&
	       strcmp(row->purpose, p->purpose) == 0 && tx.chain_id == want->chain_id &&
	       tx.nonce == want->nonce && tx.gas_limit == want->gas_limit &&
	       fm_u256_cmp(&tx.max_fee, &want->max_fee) == 0 &&
	       fm_u256_cmp(&tx.priority_fee, &want->priority_fee) == 0 &&
	       fm_u256_cmp(&tx.value, &want->value) == 0 &&
	       fm_addr_equal(&tx.to, &want->to) && tx.data.len == want->data.len &&
	       memcmp(tx.data.ptr, want->data.ptr, tx.data.len) == 0;
}

/** Every transaction of it is one that is planned; *count says how many there are. */
static enum fm_code compare(struct offline *o, bool *all, size_t *count, const char *op,
			    bool take, struct fm_err *err)
{
	struct fm_tx_row *rows = NULL;
	enum fm_code rc = fm_ledger_tx_of(&rows, count, o->ledger, op, err);

	*all = !rc && *count <= o->count;
	for (size_t i = 0; *all && i < *count; i++)
		*all = is_planned(&rows[i], &o->plan[i]);
	for (size_t i = 0; *all && take && i < *count; i++) {
		o->moved->txs[o->moved->count++] = rows[i];
		fm_buf_init(&rows[i].raw, FM_TX_RAW_MAX); /* now the result's */
	}
	fm_tx_rows_free(&rows, *count);
	return rc;
}

static bool look_at(void *ctx, const struct fm_op *op)
{
	struct offline *o = ctx;
	struct fm_err ignored;
	size_t count = 0;
	bool all;

	fm_err_init(&ignored);
	if (op->kind != FM_OP_DEPOSIT || strcmp(op->note, FM_OFFLINE_NOTE) != 0 ||
	    compare(o, &all, &count, op->id, false, &ignored) || !all ||
	    count != o->count)
		return true;
	o->moved->op = *op;
	o->same = true;
	return false;
}

/** The same once more: what was signed then is what would be signed now. */
static enum fm_code find_same(struct offline *o, struct fm_err *err)
{
	const struct fm_op_filter filter = { .payer = &o->client->config.payer,
					     .chain_id = o->wish->chain_id };
	size_t count = 0;
	bool all;
	enum fm_code rc =
		fm_ledger_op_each(o->ledger, &filter, SIZE_MAX, look_at, o, err);

	if (rc || !o->same)
		return rc;
	o->moved->resumed = true;
	return compare(o, &all, &count, o->moved->op.id, true, err);
}

/** Of two transactions with one nonce only one can be mined. */
static enum fm_code nonces_are_free(struct offline *o, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < o->count; i++) {
		struct fm_tx_row *rows = NULL;
		char hash[FM_HASH_TEXT];
		size_t count = 0;

		rc = fm_ledger_tx_at(&rows, &count, o->ledger, &o->client->config.payer,
				     o->wish->chain_id, o->plan[i].tx.nonce, err);
		for (size_t k = 0; !rc && k < count; k++) {
			/* One that was left between its transactions goes on. */
			if (rows[k].state == FM_TX_DROPPED ||
			    is_planned(&rows[k], &o->plan[i]))
				continue;
			fm_hash_text(hash, &rows[k].hash);
			fm_fail(err, FM_E_USAGE, "nonce %llu is taken: %s transaction %s",
				(unsigned long long)rows[k].nonce, rows[k].purpose, hash);
			rc = fm_hint(err, "give the next free one with --nonce");
		}
		fm_tx_rows_free(&rows, count);
	}
	return rc;
}

/* ---- signing ---- */

static enum fm_code sign_one(struct offline *o, const struct planned *p,
			     struct fm_err *err)
{
	struct fm_tx_row *row = &o->moved->txs[o->moved->count];
	enum fm_code rc = fm_client_check_stop(o->client, err);

	if (!rc)
		rc = fm_move_sign(row, o->client, &p->tx, &o->moved->op, p->purpose, err);
	/* Who signs may have taken a while. */
	if (!rc)
		rc = fm_client_check_stop(o->client, err);
	if (!rc)
		rc = fm_ledger_tx_signed(o->ledger, row, err);
	if (rc)
		fm_buf_wipe(&row->raw);
	else
		o->moved->count++;
	return rc;
}

/** One that was left before all was signed must be this very one: its booking is for one deposit. */
static enum fm_code left_fits(struct offline *o, struct fm_err *err)
{
	size_t count = 0;
	bool all = false;
	enum fm_code rc = compare(o, &all, &count, o->moved->op.id, false, err);

	if (rc || all)
		return rc;
	fm_fail(err, FM_E_USAGE,
		"this deposit was signed before with another nonce or "
		"other fees, by a run that was ended");
	return fm_hint(err,
		       "run it again as it was: its transactions may be on their way");
}

static enum fm_code begin(struct offline *o, struct fm_err *err)
{
	bool resumed = false;
	enum fm_code rc = fm_ledger_op_begin(&resumed, &o->moved->op, o->ledger, &o->ask,
					     o->checks, o->check_count, err);

	if (!rc && resumed)
		rc = left_fits(o, err);
	if (rc && resumed)
		fm_ledger_op_leave(o->ledger, &o->moved->op);
	return rc;
}

static enum fm_code sign_all(struct offline *o, struct fm_err *err)
{
	struct fm_op *op = &o->moved->op;
	struct fm_err ignored;
	enum fm_code rc = begin(o, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < o->count; i++)
		rc = sign_one(o, &o->plan[i], err);
	if (!rc || o->moved->count)
		return rc;
	fm_err_init(&ignored);
	op->state = FM_OP_ABANDONED;
	if (fm_ledger_op_end(o->ledger, op, &ignored))
		fm_log(o->client->config.log, FM_LOG_WARN, "%s", ignored.msg);
	return rc;
}

/* ---- all of it ---- */

static enum fm_code judge(struct offline *o, struct fm_err *err)
{
	struct fm_moved *moved = o->moved;
	enum fm_code rc;

	o->ask = (struct fm_ask){ .of = FM_MONEY_DEPOSIT,
				  .chain_id = o->wish->chain_id,
				  .asset = &moved->asset,
				  .amount = moved->op.amount,
				  .origin = "",
				  .route = "",
				  .task = "",
				  .scheme = "" };
	if (fm_u256_is_zero(&moved->op.amount)) {
		fm_fail(err, FM_E_USAGE, "the amount is zero");
		return fm_hint(err, "give an amount above zero");
	}
	if (fm_policy_judge(o->client->config.policy, &o->ask, o->checks, &o->check_count,
			    err) != FM_ALLOW)
		return err->code;
	rc = fm_client_check_stop(o->client, err);
	return rc ? rc : fm_client_accepted(o->client, err);
}

static enum fm_code prepare(struct offline *o, struct fm_err *err)
{
	struct fm_op *op = &o->moved->op;
	struct fm_cert_trust trust = { .anchor = 0 };
	enum fm_code rc = find_asset(o, err);

	op->kind = FM_OP_DEPOSIT;
	op->payer = o->client->config.payer;
	op->chain_id = o->wish->chain_id;
	op->asset = o->moved->asset.address;
	snprintf(op->note, sizeof(op->note), "%s", FM_OFFLINE_NOTE);
	fm_policy_hash(&op->policy_hash, o->client->config.policy);
	if (!rc)
		rc = judge(o, err);
	if (!rc)
		rc = fm_client_trust(&trust, o->client, o->wish->chain_id, NULL,
				     FM_TRUST_PINNED, err);
	o->vault = op->target = trust.vault;
	if (!rc)
		rc = plan(o, err);
	return rc ? rc : agree(o, err);
}

static enum fm_code run(struct offline *o, struct fm_err *err)
{
	enum fm_code rc = prepare(o, err);

	if (rc || o->client->config.dry_run)
		return rc;
	rc = fm_client_unlock_to_pay(o->client, o->wish->chain_id, err);
	if (!rc)
		rc = fm_client_ledger(&o->ledger, o->client, true, err);
	if (!rc)
		rc = find_same(o, err);
	if (!rc && !o->same)
		rc = nonces_are_free(o, err);
	if (!rc && !o->same)
		rc = sign_all(o, err);
	o->moved->left_open = !rc;
	return rc;
}

enum fm_code fm_deposit_offline(struct fm_moved *moved, struct fm_client *client,
				const struct fm_deposit *wish, uint64_t nonce,
				const struct fm_move_options *options, struct fm_err *err)
{
	struct offline o = { .client = client,
			     .moved = moved,
			     .wish = wish,
			     .nonce = nonce,
			     .options = options };
	enum fm_code rc = run(&o, err);

	for (size_t i = 0; i < o.count; i++)
		fm_buf_clear(&o.plan[i].data);
	return rc;
}
