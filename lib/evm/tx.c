/* SPDX-License-Identifier: MIT */
/* EIP-2718, EIP-1559: 0x02, then a list of chain id, nonce, priority fee, maximum fee, gas limit,
 * to, value, data, access list, and of a signed one y parity, r, s. */
#include "evm/tx.h"

#include "evm/rlp.h"
#include "evm/sign.h"

#include <string.h>

#define TYPE 2
#define V_BASE 27 /* of a signature here; a transaction has 0 or 1 */

static bool sane(const struct fm_tx *tx)
{
	return tx->chain_id && tx->nonce < UINT64_MAX &&
	       fm_u256_cmp(&tx->priority_fee, &tx->max_fee) <= 0;
}

static void put_fields(struct fm_buf *items, const struct fm_tx *tx)
{
	fm_rlp_put_u64(items, tx->chain_id);
	fm_rlp_put_u64(items, tx->nonce);
	fm_rlp_put_u256(items, &tx->priority_fee);
	fm_rlp_put_u256(items, &tx->max_fee);
	fm_rlp_put_u64(items, tx->gas_limit);
	fm_rlp_put_bytes(items, tx->to.b, sizeof(tx->to.b));
	fm_rlp_put_u256(items, &tx->value);
	fm_rlp_put_bytes(items, tx->data.ptr, tx->data.len);
	fm_rlp_put_list(items, (struct fm_span){ 0 });
}

static void put_signature(struct fm_buf *items, const struct fm_sig *sig)
{
	struct fm_u256 r = fm_u256_from_be(sig->b), s = fm_u256_from_be(sig->b + 32);

	fm_rlp_put_u64(items, (uint64_t)sig->b[64] - V_BASE);
	fm_rlp_put_u256(items, &r);
	fm_rlp_put_u256(items, &s);
}

/** Append the bytes; without a signature, those that are signed. */
static bool put(struct fm_buf *out, const struct fm_tx *tx, const struct fm_sig *sig)
{
	struct fm_buf items;
	bool good;

	if (!sane(tx) || (sig && sig->b[64] != V_BASE && sig->b[64] != V_BASE + 1))
		return false;
	fm_buf_init(&items, FM_TX_MAX);
	put_fields(&items, tx);
	if (sig)
		put_signature(&items, sig);
	good = fm_buf_ok(&items);
	if (good) {
		fm_buf_chr(out, TYPE);
		fm_rlp_put_list(out, fm_buf_span(&items));
	}
	fm_buf_clear(&items);
	return good && fm_buf_ok(out);
}

bool fm_tx_unsigned(struct fm_buf *out, const struct fm_tx *tx)
{
	return put(out, tx, NULL);
}

bool fm_tx_digest(struct fm_hash *out, const struct fm_tx *tx)
{
	struct fm_buf bytes;
	bool good;

	fm_buf_init(&bytes, FM_TX_MAX);
	good = put(&bytes, tx, NULL);
	if (good)
		fm_keccak256(out, bytes.ptr, bytes.len);
	fm_buf_clear(&bytes);
	return good;
}

bool fm_tx_raw(struct fm_buf *raw, struct fm_hash *hash, const struct fm_tx *tx,
	       const struct fm_sig *sig)
{
	struct fm_buf bytes;
	bool good;

	fm_buf_init(&bytes, FM_TX_MAX);
	good = put(&bytes, tx, sig) && fm_buf_add(raw, bytes.ptr, bytes.len);
	if (good)
		fm_keccak256(hash, bytes.ptr, bytes.len);
	fm_buf_clear(&bytes);
	return good;
}

static bool read_fields(struct fm_tx *out, struct fm_rlp *in)
{
	struct fm_rlp list;
	struct fm_span to;

	if (!fm_rlp_u64(&out->chain_id, in) || !fm_rlp_u64(&out->nonce, in) ||
	    !fm_rlp_u256(&out->priority_fee, in) || !fm_rlp_u256(&out->max_fee, in) ||
	    !fm_rlp_u64(&out->gas_limit, in) || !fm_rlp_bytes(&to, in) ||
	    to.len != sizeof(out->to.b) || !fm_rlp_u256(&out->value, in) ||
	    !fm_rlp_bytes(&out->data, in) || !fm_rlp_list(&list, in) ||
	    !fm_rlp_end(&list))
		return false;
	memcpy(out->to.b, to.ptr, sizeof(out->to.b));
	return true;
}

static bool read_signature(struct fm_sig *out, struct fm_rlp *in)
{
	struct fm_u256 r, s;
	uint64_t parity;

	if (!fm_rlp_u64(&parity, in) || parity > 1 || !fm_rlp_u256(&r, in) ||
	    !fm_rlp_u256(&s, in))
		return false;
	fm_u256_to_be(out->b, &r);
	fm_u256_to_be(out->b + 32, &s);
	out->b[64] = (uint8_t)(V_BASE + parity);
	return true;
}

bool fm_tx_read(struct fm_tx *out, struct fm_addr *from, struct fm_hash *hash,
		struct fm_span raw)
{
	struct fm_rlp in = { raw }, list;
	struct fm_hash digest;
	struct fm_sig sig;
	struct fm_tx tx;
	bool canonical;

	if (raw.len < 1 || raw.len > FM_TX_MAX || raw.ptr[0] != TYPE)
		return false;
	in.rest.ptr++;
	in.rest.len--;
	if (!fm_rlp_list(&list, &in) || !fm_rlp_end(&in) || !read_fields(&tx, &list) ||
	    !read_signature(&sig, &list) || !fm_rlp_end(&list))
		return false;
	/* the bytes were canonical, so writing the fields again gives what was signed */
	if (!fm_tx_digest(&digest, &tx) ||
	    !fm_recover(from, &canonical, sig.b, sizeof(sig.b), &digest) || !canonical)
		return false;
	fm_keccak256(hash, raw.ptr, raw.len);
	*out = tx;
	return true;
}

bool fm_tx_cost(struct fm_u256 *out, const struct fm_tx *tx)
{
	struct fm_u256 gas;

	return fm_u256_mul_u64(&gas, &tx->max_fee, tx->gas_limit) &&
	       fm_u256_add(out, &gas, &tx->value);
}
