/* SPDX-License-Identifier: MIT */
/* The lock of a wallet on a chain: a gate of its own, at a place made from both. */
#include "policy/op.h"

#include <fourmica/network.h>

#include <stdlib.h>
#include <string.h>

/* Two bytes each, so places are even; below the last that a file can have. */
static int64_t place_of(const struct fm_addr *payer, uint64_t chain_id)
{
	uint8_t text[sizeof(payer->b) + 8];
	struct fm_hash hash;
	uint64_t place = 0;

	memcpy(text, payer->b, sizeof(payer->b));
	for (size_t i = 0; i < 8; i++)
		text[sizeof(payer->b) + i] = (uint8_t)(chain_id >> (56 - 8 * i));
	fm_sha256(&hash, text, sizeof(text));
	for (size_t i = 0; i < 8; i++)
		place = place << 8 | hash.b[i];
	return (int64_t)(place >> 2 & ~UINT64_C(1));
}

/* The kernel does not tell who holds a lock of this kind. The oldest operation that another process
 * is at holds it, or waits in front of us. */
static bool find_holder(struct fm_op *out, struct fm_ledger *ledger,
			const struct fm_addr *payer, uint64_t chain_id)
{
	struct fm_op_row *rows;
	size_t count;
	bool found = false;

	if (fm_op_row_untold(&rows, &count, ledger, NULL) != FM_OK)
		return false;
	for (size_t i = count; i-- > 0 && !found;) {
		found = fm_addr_equal(&rows[i].op.payer, payer) &&
			rows[i].op.chain_id == chain_id &&
			!fm_op_row_mine(&rows[i], ledger) &&
			fm_op_row_other(&rows[i], ledger);
		*out = rows[i].op;
	}
	free(rows);
	return found;
}

static enum fm_code busy(struct fm_ledger *ledger, const struct fm_addr *payer,
			 uint64_t chain_id, int64_t waited_ms, struct fm_err *err)
{
	char address[FM_ADDR_TEXT], chain[FM_CAIP2_TEXT];
	long long waited_s = (long long)(waited_ms / 1000);
	struct fm_op op;

	fm_addr_text(address, payer);
	fm_caip2_text(chain, chain_id);
	if (find_holder(&op, ledger, payer, chain_id))
		fm_fail(err, FM_E_BUSY,
			"wallet %s on %s is in use: another process is at %s %s "
			"(waited %lld s)",
			address, chain, fm_op_word(op.kind), op.id, waited_s);
	else
		fm_fail(err, FM_E_BUSY,
			"wallet %s on %s is in use by another process (waited %lld s)",
			address, chain, waited_s);
	return fm_hint(err, "run it again when that is done; if it stays, look for a "
			    "stopped fourmica process");
}

enum fm_code fm_ledger_wallet_lock(struct fm_wallet_lock *lock, struct fm_ledger *ledger,
				   const struct fm_addr *payer, uint64_t chain_id,
				   int64_t wait_ms, const volatile int *cancel,
				   struct fm_err *err)
{
	struct fm_gate gate;
	enum fm_code rc;

	lock->held = false;
	if (ledger->read_only)
		return fm_fail(err, FM_E_INTERNAL, "the ledger was opened for reading");
	rc = fm_gate_open(&gate, ledger->wallets_path, place_of(payer, chain_id), err);
	if (rc)
		return rc;
	rc = fm_gate_enter(&gate, wait_ms, cancel, err);
	if (!rc) {
		*lock = (struct fm_wallet_lock){ .held = true, .fd = gate.fd };
		return FM_OK;
	}
	fm_gate_close(&gate);
	return rc == FM_E_BUSY ? busy(ledger, payer, chain_id, wait_ms, err) : rc;
}

/* The lock goes with the last copy of its description; a child of a fork may have one. */
void fm_ledger_wallet_unlock(struct fm_wallet_lock *lock)
{
	if (!lock->held)
		return;
	fm_gate_release(lock->fd);
	lock->held = false;
}
