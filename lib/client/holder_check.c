/* SPDX-License-Identifier: MIT */
/* What a key holder signs: only what is reserved in the ledger of its wallet, with the very values
 * that were judged (design, Decision 7). */
#include "client/holder.h"

#include "client/chain.h"
#include "client/mover.h"
#include "evm/contract.h"

#include <fourmica/cycles.h>

#include <stdlib.h>
#include <string.h>

void fm_holder_memory_clear(struct fm_holder_memory *memory)
{
	free(memory->entries);
	memset(memory, 0, sizeof(*memory));
}

/* The same may be asked for without end. */
static bool is_known(const struct fm_holder_memory *memory,
		     const struct fm_holder_entry *entry)
{
	for (size_t i = memory->count; i-- > 0;) {
		const struct fm_holder_entry *e = &memory->entries[i];

		if (fm_hash_equal(&e->digest, &entry->digest) &&
		    strcmp(e->id, entry->id) == 0 && e->since_ms == entry->since_ms &&
		    e->nonce == entry->nonce && strcmp(e->purpose, entry->purpose) == 0)
			return true;
	}
	return false;
}

enum fm_code fm_holder_remember(struct fm_holder_memory *memory,
				const struct fm_document *doc,
				const struct fm_hash *digest, int64_t since_ms,
				struct fm_err *err)
{
	struct fm_holder_entry *entries = memory->entries;
	struct fm_holder_entry entry = { .since_ms = since_ms,
					 .nonce = doc->tx.nonce,
					 .digest = *digest };

	memcpy(entry.id, doc->id, sizeof(entry.id));
	memcpy(entry.purpose, doc->purpose, sizeof(entry.purpose));
	if (!doc->id[0] || is_known(memory, &entry))
		return FM_OK;
	if (memory->count == memory->room) {
		size_t room = memory->room ? 2 * memory->room : 64;

		entries = realloc(entries, room * sizeof(*entries));
		if (!entries)
			return fm_nomem(err);
		memory->entries = entries;
		memory->room = room;
	}
	entries[memory->count++] = entry;
	return FM_OK;
}

static enum fm_code refuse(struct fm_err *err, const char *what, const char *why)
{
	fm_fail(err, FM_E_LOCKED, "the key holder does not sign this: %s %s", what, why);
	fm_rule(err, "reservation");
	return fm_hint(err, "sign it with the passphrase: fourmica lock, then again");
}

/* ---- payments ---- */

/* Who died between the signature and its record sent nothing: the next of the same key takes the id
 * over with a reservation of its own. */
static bool once(const struct fm_holder_memory *memory, const struct fm_payment *row,
		 const struct fm_hash *digest)
{
	for (size_t i = memory->count; i-- > 0;)
		if (strcmp(memory->entries[i].id, row->id) == 0 &&
		    memory->entries[i].since_ms == row->created_ms)
			return fm_hash_equal(&memory->entries[i].digest, digest);
	return true;
}

static bool same_terms(const struct fm_payment *row, const struct fm_document *doc)
{
	const struct fm_claims *c = &doc->claims;
	const struct fm_authorization *a = &doc->authorization;

	if (!fm_addr_equal(&row->payer, &doc->address) || row->chain_id != doc->chain_id)
		return false;
	if (doc->kind == FM_SIGN_CLAIMS)
		return strcmp(row->scheme, fm_scheme_credit.name) == 0 &&
		       row->guarantee_version == c->version &&
		       fm_addr_equal(&row->asset, &c->asset) &&
		       fm_addr_equal(&row->pay_to, &c->recipient) &&
		       fm_u256_cmp(&row->amount, &c->amount) == 0;
	return strcmp(row->scheme, fm_scheme_exact.name) == 0 &&
	       fm_addr_equal(&row->asset, &a->token) &&
	       fm_addr_equal(&row->pay_to, &a->to) &&
	       fm_u256_cmp(&row->amount, &a->value) == 0 &&
	       fm_hash_equal(&row->nonce, &a->nonce) &&
	       row->valid_before_s == a->valid_before_s;
}

/* The seller's tab endpoint may have proposed another id after the reservation; it must be new. */
static enum fm_code check_req_id(struct fm_ledger *ledger, const struct fm_payment *row,
				 const struct fm_claims *claims, struct fm_err *err)
{
	bool used = true;
	enum fm_code rc;

	if (fm_u256_cmp(&row->req_id, &claims->req_id) == 0)
		return FM_OK;
	if (row->state != FM_PAY_RESERVED)
		return refuse(err, row->id, "has another request id");
	rc = fm_ledger_req_id_used(&used, ledger, &claims->user, &claims->req_id, err);
	return rc || !used ? rc : refuse(err, row->id, "has another request id");
}

static enum fm_code check_row(struct fm_ledger *ledger, const struct fm_payment *row,
			      const struct fm_holder_memory *memory,
			      const struct fm_document *doc, const struct fm_hash *digest,
			      struct fm_err *err)
{
	if (!same_terms(row, doc))
		return refuse(err, row->id, "was reserved for something else");
	if (row->state != FM_PAY_RESERVED && !fm_hash_equal(&row->digest, digest))
		return refuse(err, row->id, "is not reserved any more");
	if (!once(memory, row, digest))
		return refuse(err, row->id, "has had its signature");
	return doc->kind == FM_SIGN_CLAIMS ? check_req_id(ledger, row, &doc->claims, err)
					   : FM_OK;
}

static enum fm_code check_payment(int64_t *since_ms, struct fm_ledger *ledger,
				  const struct fm_holder_memory *memory,
				  const struct fm_document *doc,
				  const struct fm_hash *digest, struct fm_err *err)
{
	struct fm_payment row = { 0 };
	bool found = false;
	enum fm_code rc = fm_ledger_find(&row, &found, ledger, doc->id, err);

	if (rc)
		return rc;
	if (found && strcmp(row.id, doc->id) == 0)
		rc = check_row(ledger, &row, memory, doc, digest, err);
	else
		rc = refuse(err, doc->id, "is not reserved");
	*since_ms = row.created_ms;
	fm_payment_clear(&row);
	return rc;
}

/* ---- transactions ---- */

/* The call an operation is made of: the vault has functions of its own for ETH. */
static const struct {
	enum fm_fn ether, token;
	bool amount; /* its number is the operation's amount */
	bool pays;   /* of ETH, the amount leaves with the call */
} calls[] = {
	[FM_OP_DEPOSIT] = {FM_FN_DEPOSIT,	   FM_FN_DEPOSIT_TOKEN,	true,  true },
	[FM_OP_WITHDRAW_REQUEST] = { FM_FN_REQUEST,	    FM_FN_REQUEST_OF,     true,  false},
	[FM_OP_WITHDRAW_CANCEL] = { FM_FN_CANCEL,	  FM_FN_CANCEL_OF,	   false, false},
	[FM_OP_WITHDRAW_FINALIZE] = { FM_FN_FINALIZE,	      FM_FN_FINALIZE_OF,	 false, false},
	[FM_OP_APPROVE] = { FM_FN_APPROVE,	   FM_FN_APPROVE,	  true,	false},
	[FM_OP_PAY_DEBIT] = { FM_FN_PAY_DEBIT,      FM_FN_PAY_DEBIT,	true,  true },
	[FM_OP_CLAIM_CREDIT] = { FM_FN_CLAIM_CREDIT,   FM_FN_CLAIM_CREDIT,	 true,  false},
	[FM_OP_MARK_DEFAULT] = { FM_FN_MARK_DEFAULTED, FM_FN_MARK_DEFAULTED, true,
				 false						    },
	[FM_OP_FINALIZE_CYCLE] = { FM_FN_FINALIZE_CYCLE, FM_FN_FINALIZE_CYCLE, false,
			   false						    },
};

/* Its note names the cycle, by either id; of a default it is the cycle's start and the debtor. */
static bool is_its_cycle(const struct fm_op *op, const struct fm_hash *id)
{
	struct fm_cycle_ref ref;
	char text[FM_HASH_TEXT];

	if (op->kind == FM_OP_MARK_DEFAULT)
		return true;
	if (fm_cycle_ref_of(&ref, fm_span_of(op->note)))
		return fm_hash_equal(&ref.id, id);
	fm_hash_text(text, id);
	return strcmp(op->note, text) == 0;
}

static bool is_its_address(const struct fm_op *op, const struct fm_addr *addr)
{
	const char *debtor = strchr(op->note, '/');
	char text[FM_ADDR_TEXT];

	if (op->kind != FM_OP_MARK_DEFAULT)
		return fm_addr_equal(addr, &op->asset);
	fm_addr_text(text, addr);
	return debtor && strcmp(debtor + 1, text) == 0;
}

static bool arg_fits(const struct fm_op *op, const struct fm_abi_value *arg)
{
	switch (arg->kind) {
	case FM_ABI_UINT:
		return !calls[op->kind].amount || fm_u256_cmp(&arg->u, &op->amount) == 0;
	case FM_ABI_ADDR:
		return is_its_address(op, &arg->addr);
	case FM_ABI_HASH:
		return is_its_cycle(op, &arg->hash);
	default:
		return true; /* the path of a proof */
	}
}

static bool args_fit(const struct fm_op *op, enum fm_fn fn, struct fm_span data)
{
	struct fm_abi_value args[FM_FN_VALUES];
	size_t count = fm_fn_arg_count(fn);

	if (count > FM_FN_VALUES || !fm_fn_args(args, count, fn, data))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!arg_fits(op, &args[i]))
			return false;
	return true;
}

/* An allowance for the contract the operation is about. How much is the person's affair. */
static bool is_allowance(const struct fm_op *op, const struct fm_document *doc)
{
	struct fm_abi_value args[2];
	enum fm_fn fn;

	return (strcmp(doc->purpose, FM_PURPOSE_APPROVE) == 0 ||
		strcmp(doc->purpose, FM_PURPOSE_APPROVE_ZERO) == 0) &&
	       fm_addr_equal(&doc->tx.to, &op->asset) && !fm_addr_is_zero(&op->asset) &&
	       fm_u256_is_zero(&doc->tx.value) && fm_fn_by_calldata(&fn, doc->tx.data) &&
	       fn == FM_FN_APPROVE && fm_fn_args(args, 2, fn, doc->tx.data) &&
	       fm_addr_equal(&args[0].addr, &op->target);
}

static bool is_main(const struct fm_op *op, const struct fm_document *doc)
{
	bool ether = fm_addr_is_zero(&op->asset);
	enum fm_fn fn;

	return strcmp(doc->purpose, fm_move_purpose(op->kind)) == 0 &&
	       fm_addr_equal(&doc->tx.to, &op->target) &&
	       (ether && calls[op->kind].pays
			? fm_u256_cmp(&doc->tx.value, &op->amount) == 0
			: fm_u256_is_zero(&doc->tx.value)) &&
	       fm_fn_by_calldata(&fn, doc->tx.data) &&
	       fn == (ether ? calls[op->kind].ether : calls[op->kind].token) &&
	       args_fit(op, fn, doc->tx.data);
}

/* With the nonce of the first a later one replaces it; with another it would be a second one. */
static enum fm_code check_nonce(struct fm_ledger *ledger,
				const struct fm_holder_memory *memory,
				const struct fm_document *doc, struct fm_err *err)
{
	struct fm_tx_row *rows = NULL;
	size_t count = 0;
	bool second = false;
	enum fm_code rc = fm_ledger_tx_of(&rows, &count, ledger, doc->id, err);

	for (size_t i = 0; i < count; i++)
		second = second || (strcmp(rows[i].purpose, doc->purpose) == 0 &&
				    rows[i].state != FM_TX_DROPPED &&
				    rows[i].nonce != doc->tx.nonce);
	for (size_t i = 0; i < memory->count; i++)
		second = second ||
			 (strcmp(memory->entries[i].id, doc->id) == 0 &&
			  strcmp(memory->entries[i].purpose, doc->purpose) == 0 &&
			  memory->entries[i].nonce != doc->tx.nonce);
	fm_tx_rows_free(&rows, count);
	return rc || !second ? rc : refuse(err, doc->id, "has had its transaction");
}

static enum fm_code check_op(struct fm_ledger *ledger, const struct fm_op *op,
			     const struct fm_holder_memory *memory,
			     const struct fm_document *doc, struct fm_err *err)
{
	if (!fm_addr_equal(&op->payer, &doc->address) || op->chain_id != doc->chain_id)
		return refuse(err, doc->id, "is of another wallet or chain");
	if (op->state != FM_OP_OPEN)
		return refuse(err, doc->id, "is over");
	if (fm_price_is_odd(&doc->tx.max_fee))
		return refuse(err, doc->id, "offers an odd price for gas");
	if (calls[op->kind].pays && is_allowance(op, doc))
		return FM_OK;
	if (op->kind == FM_OP_APPROVE ? !is_allowance(op, doc) : !is_main(op, doc))
		return refuse(err, doc->id, "is for another transaction");
	return check_nonce(ledger, memory, doc, err);
}

static enum fm_code check_transaction(int64_t *since_ms, struct fm_ledger *ledger,
				      const struct fm_holder_memory *memory,
				      const struct fm_document *doc, struct fm_err *err)
{
	struct fm_op op;
	bool found = false;
	enum fm_code rc = fm_ledger_op_find(&op, &found, ledger, doc->id, err);

	if (rc)
		return rc;
	*since_ms = found ? op.created_ms : 0;
	return found ? check_op(ledger, &op, memory, doc, err)
		     : refuse(err, doc->id, "is no operation of the ledger");
}

/* ---- sign-ins ---- */

/* To Core only: sites of all kinds take such messages. */
static enum fm_code check_sign_in(const struct fm_client *client,
				  const struct fm_siwe *siwe, struct fm_err *err)
{
	const struct fm_client_config *config = &client->config;
	const struct fm_siwe_rules rules = {
		.chain_id = siwe->chain_id,
		.core_url = config->core_url
				    ? config->core_url(config->ctx, siwe->chain_id)
				    : NULL,
		.now_s = fm_wall_s(config->clock),
	};
	struct fm_err why;
	enum fm_code rc = FM_E_CORE;

	fm_err_init(&why);
	if (rules.core_url)
		rc = fm_siwe_check(siwe, &rules, &why);
	if (!rules.core_url || (rc && strcmp(why.rule, "sign-in-domain") == 0))
		return refuse(err, "a sign-in to another host than Core's",
			      "takes the passphrase");
	if (rc && err)
		*err = why;
	return rc;
}

/* ---- all of it ---- */

static enum fm_code reserved(int64_t *since_ms, struct fm_client *client,
			     const struct fm_holder_memory *memory,
			     const struct fm_document *doc, const struct fm_hash *digest,
			     struct fm_err *err)
{
	struct fm_ledger *ledger = NULL;
	enum fm_code rc = fm_client_accepted(client, err);

	if (!rc)
		rc = fm_client_ledger(&ledger, client, false, err);
	if (rc || !ledger)
		return rc ? rc : refuse(err, doc->id, "is not reserved: no ledger");
	return doc->kind == FM_SIGN_TRANSACTION
		       ? check_transaction(since_ms, ledger, memory, doc, err)
		       : check_payment(since_ms, ledger, memory, doc, digest, err);
}

enum fm_code fm_holder_check(int64_t *since_ms, struct fm_client *client,
			     const struct fm_holder_memory *memory,
			     const struct fm_document *doc, const struct fm_hash *digest,
			     struct fm_err *err)
{
	enum fm_code rc = fm_client_check_stop(client, err);

	*since_ms = 0;
	if (rc)
		return rc;
	if (!fm_addr_equal(&doc->address, &client->config.payer))
		return refuse(err, "another wallet", "is to sign it");
	switch (doc->kind) {
	case FM_SIGN_CLAIMS:
	case FM_SIGN_AUTHORIZATION:
	case FM_SIGN_TRANSACTION:
		return reserved(since_ms, client, memory, doc, digest, err);
	case FM_SIGN_SIGN_IN:
		return check_sign_in(client, &doc->siwe, err);
	case FM_SIGN_MESSAGE:
	case FM_SIGN_TYPED:
		break;
	}
	return refuse(err, fm_document_word(doc->kind), "takes the passphrase");
}
