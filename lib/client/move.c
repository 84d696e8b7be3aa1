/* SPDX-License-Identifier: MIT */
/* What transactions are for, what came of them, and the signature of one. */
#include "client/mover.h"

#include "client/document.h"

#include <stdio.h>
#include <string.h>

const char *fm_move_purpose(enum fm_op_kind kind)
{
	switch (kind) {
	case FM_OP_DEPOSIT:
		return "deposit";
	case FM_OP_WITHDRAW_REQUEST:
		return "request";
	case FM_OP_WITHDRAW_CANCEL:
		return "cancel";
	case FM_OP_WITHDRAW_FINALIZE:
		return "finalize";
	case FM_OP_APPROVE:
		return FM_PURPOSE_APPROVE;
	case FM_OP_PAY_DEBIT:
		return "pay";
	case FM_OP_CLAIM_CREDIT:
		return "claim";
	case FM_OP_MARK_DEFAULT:
		return "default";
	case FM_OP_FINALIZE_CYCLE:
		return "finalize-cycle";
	}
	return "";
}

void fm_moved_init(struct fm_moved *moved)
{
	memset(moved, 0, sizeof(*moved));
}

void fm_moved_clear(struct fm_moved *moved)
{
	for (size_t i = 0; i < moved->count; i++)
		fm_tx_row_clear(&moved->txs[i]);
	fm_moved_init(moved);
}

enum fm_code fm_move_told(struct fm_client *client, struct fm_op *op, struct fm_err *err)
{
	bool found = true;
	enum fm_code rc;

	if (!client->ledger || !op->id[0] || op->told)
		return FM_OK;
	rc = fm_ledger_op_take(op, &found, client->ledger, op->id, err);
	return rc || !found || op->told ? rc : fm_ledger_op_told(client->ledger, op, err);
}

enum fm_code fm_move_find(struct fm_op *op, bool *found, struct fm_client *client,
			  const char *id, struct fm_err *err)
{
	struct fm_tx_row row = { .state = FM_TX_SIGNED };
	struct fm_ledger *ledger;
	struct fm_hash hash;
	enum fm_code rc = fm_client_ledger(&ledger, client, true, err);

	*found = false;
	if (rc || !fm_hash_parse(&hash, fm_span_of(id)))
		return rc ? rc : fm_ledger_op_find(op, found, ledger, id, err);
	rc = fm_ledger_tx_find(&row, found, ledger, &hash, err);
	if (!rc && *found)
		rc = fm_ledger_op_find(op, found, ledger, row.op, err);
	fm_tx_row_clear(&row);
	return rc;
}

enum fm_code fm_move_unread(enum fm_code rc, struct fm_err *err)
{
	if (rc != FM_E_CERT_KEY || err->rule[0])
		return rc;
	err->code = FM_E_NETWORK;
	return fm_hint(err, "name a chain endpoint that answers with --rpc URL, or in "
			    "config.json");
}

void fm_step_init(struct fm_step *step, const char *purpose, const struct fm_addr *to)
{
	*step = (struct fm_step){ .purpose = purpose, .to = *to };
	fm_buf_init(&step->data, FM_TX_MAX);
}

void fm_step_clear(struct fm_step *step)
{
	fm_buf_clear(&step->data);
}

static bool chain_is_test(uint64_t chain_id)
{
	const struct fm_network *network = fm_network_by_chain(chain_id);

	return network && network->test;
}

enum fm_code fm_move_agree(struct fm_moved *moved, const struct fm_move_options *options,
			   bool ask, const struct fm_tx *tx, const char *purpose,
			   struct fm_err *err)
{
	struct fm_move_ask what = { .op = &moved->op,
				    .amount = fm_amount_of(&moved->op.amount,
							   &moved->asset),
				    .target = tx->to,
				    .purpose = purpose,
				    .step = (unsigned)moved->count + 1,
				    .steps = moved->steps,
				    .gas_limit = tx->gas_limit,
				    .test = chain_is_test(tx->chain_id) };

	if (!fm_u256_mul_u64(&what.fee_max, &tx->max_fee, tx->gas_limit) ||
	    !fm_u256_add(&moved->fee_max, &moved->fee_max, &what.fee_max))
		return fm_fail(err, FM_E_REVERT, "the fees do not fit 256 bits");
	return ask && options->confirm ? options->confirm(options->ctx, &what, err)
				       : FM_OK;
}

enum fm_code fm_move_sign(struct fm_tx_row *row, struct fm_client *client,
			  const struct fm_tx *tx, const struct fm_op *op,
			  const char *purpose, struct fm_err *err)
{
	const struct fm_signer *signer = &client->signer;
	struct fm_document doc = { .kind = FM_SIGN_TRANSACTION,
				   .address = signer->address,
				   .chain_id = tx->chain_id,
				   .tx = *tx };
	struct fm_sig sig;
	enum fm_code rc;

	*row = (struct fm_tx_row){ .payer = signer->address,
				   .chain_id = tx->chain_id,
				   .nonce = tx->nonce,
				   .to = tx->to,
				   .value = tx->value,
				   .max_fee = tx->max_fee,
				   .priority_fee = tx->priority_fee,
				   .gas_limit = tx->gas_limit,
				   .state = FM_TX_SIGNED };
	fm_buf_init(&row->raw, FM_TX_RAW_MAX);
	snprintf(row->op, sizeof(row->op), "%s", op->id);
	snprintf(row->purpose, sizeof(row->purpose), "%s", purpose);
	snprintf(doc.id, sizeof(doc.id), "%s", op->id);
	snprintf(doc.purpose, sizeof(doc.purpose), "%s", purpose);
	rc = fm_document_sign(&sig, NULL, signer, &doc, err);
	if (!rc && !fm_tx_raw(&row->raw, &row->hash, tx, &sig))
		rc = fm_nomem(err);
	return rc;
}
