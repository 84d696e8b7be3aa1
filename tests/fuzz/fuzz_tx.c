/* SPDX-License-Identifier: MIT */
/* Raw transactions: what is read is written as the same bytes, and never with another sender. */
#include <fuzz.h>

#include "evm/contract.h"
#include "evm/tx.h"

static void written_again(const struct fm_tx *tx, struct fm_span raw)
{
	struct fm_hash digest, hash;
	struct fm_sig sig;
	struct fm_buf bytes;
	size_t both = 2 * (1 + 32) + 1; /* the signature at its longest */

	/* Without the signature and the head of the list the bytes are the same. */
	fm_buf_init(&bytes, FM_TX_MAX);
	MUST(fm_tx_unsigned(&bytes, tx));
	MUST(bytes.len < raw.len && raw.len - bytes.len <= both + 2);
	fm_buf_clear(&bytes);
	MUST(fm_tx_digest(&digest, tx));
	memset(&sig, 0, sizeof(sig));
	sig.b[0] = sig.b[32] = 1;
	sig.b[64] = 27;
	fm_buf_init(&bytes, FM_TX_MAX);
	if (fm_tx_raw(&bytes, &hash, tx, &sig)) {
		struct fm_addr from;
		struct fm_tx again;
		if (fm_tx_read(&again, &from, &hash, fm_buf_span(&bytes)))
			MUST(again.nonce == tx->nonce && fuzz_same(again.data, tx->data));
	}
	fm_buf_clear(&bytes);
}

/* Calldata of ours is read and written as the same bytes. */
static void called(struct fm_span data)
{
	struct fm_abi_value args[FM_FN_VALUES];
	struct fm_buf again;
	enum fm_fn fn;
	size_t count;

	if (!fm_fn_by_calldata(&fn, data))
		return;
	count = fm_fn_arg_count(fn);
	MUST(count <= FM_FN_VALUES);
	if (!fm_fn_args(args, count, fn, data))
		return;
	fm_buf_init(&again, data.len);
	MUST(fm_fn_calldata(&again, fn, args, count));
	MUST(fuzz_same(fm_buf_span(&again), data));
	fm_buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span raw = fuzz_span(data, size);
	struct fm_addr from;
	struct fm_hash hash, want;
	struct fm_tx tx;

	called(raw);
	if (!fm_tx_read(&tx, &from, &hash, raw))
		return 0;
	fm_keccak256(&want, data, size);
	MUST(fm_hash_equal(&hash, &want));
	MUST(tx.chain_id && fm_u256_cmp(&tx.priority_fee, &tx.max_fee) <= 0);
	MUST(!tx.data.len || fuzz_inside(tx.data, raw));
	written_again(&tx, raw);
	called(tx.data);
	return 0;
}
