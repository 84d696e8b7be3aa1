/* SPDX-License-Identifier: MIT */
/* Transactions from the function and its arguments to the raw bytes, and back. */
#include <evm/contract.h>
#include <evm/sign.h>
#include <evm/tx.h>

#include <abi_json.h>
#include <vectors.h>

#include <string.h>

#define BYTES_MAX (1u << 20)

/** Do the bytes equal the hex text at `path`? */
static bool expect_bytes(struct vectors *v, const struct fm_json *c, const char *path,
			 const void *bytes, size_t len)
{
	struct fm_span want = vector_hex(v, c, path);

	return expect(v, want.len == len && (!len || memcmp(want.ptr, bytes, len) == 0),
		      "%s: other bytes", path);
}

/** A null function is a plain transfer. */
static bool calldata(struct fm_buf *out, struct vectors *v, const struct fm_json *c)
{
	struct fm_abi_value args[ABI_JSON_MAX], again[ABI_JSON_MAX];
	struct fm_buf twice;
	enum fm_fn fn, found;
	struct fm_span name;
	size_t count;
	bool good;

	if (fm_json_absent(fm_json_get(c, "function")))
		return true;
	name = vector_need(v, c, "function");
	if (!fm_fn_by_name(&fn, name))
		return vector_fail(v, "'%s' is not in the table", name.ptr);
	if (!abi_json_args(args, &count, v, fm_signature_types(name.ptr),
			   fm_json_get(c, "args")))
		return vector_fail(v, "the arguments cannot be read");
	if (!fm_fn_calldata(out, fn, args, count))
		return vector_fail(v, "the arguments are refused");
	fm_buf_init(&twice, BYTES_MAX);
	good = expect(v,
		      fm_fn_by_calldata(&found, fm_buf_span(out)) && found == fn &&
			      fm_fn_args(again, count, fn, fm_buf_span(out)) &&
			      fm_fn_calldata(&twice, fn, again, count),
		      "the calldata cannot be read back") &&
	       expect_bytes(v, c, "calldata", twice.ptr, twice.len);
	fm_buf_clear(&twice);
	return good;
}

static bool read_tx(struct fm_tx *out, struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *tx = fm_json_get(c, "tx");
	struct fm_u256 gas;

	return fm_json_u64(&out->chain_id, fm_json_get(tx, "chain_id")) &&
	       fm_json_u64(&out->nonce, fm_json_get(tx, "nonce")) &&
	       fm_u256_from_dec(&gas, vector_need(v, tx, "gas_limit")) &&
	       fm_u256_to_u64(&out->gas_limit, &gas) &&
	       fm_u256_from_dec(&out->priority_fee,
				vector_need(v, tx, "max_priority_fee_per_gas")) &&
	       fm_u256_from_dec(&out->max_fee, vector_need(v, tx, "max_fee_per_gas")) &&
	       fm_u256_from_dec(&out->value, vector_need(v, tx, "value")) &&
	       fm_addr_parse(&out->to, NULL, vector_need(v, tx, "to"));
}

static bool check_unsigned(struct vectors *v, const struct fm_json *c,
			   const struct fm_tx *tx, struct fm_hash *digest)
{
	struct fm_buf bytes;
	bool good;

	fm_buf_init(&bytes, BYTES_MAX);
	good = expect(v, fm_tx_unsigned(&bytes, tx) && fm_tx_digest(digest, tx),
		      "refused") &&
	       expect_bytes(v, c, "unsigned_tx", bytes.ptr, bytes.len) &&
	       expect_bytes(v, c, "signing_hash", digest->b, sizeof(digest->b));
	fm_buf_clear(&bytes);
	return good;
}

static bool sign(struct fm_sig *out, struct vectors *v, const struct fm_json *c,
		 const struct fm_hash *digest)
{
	struct fm_secret *key = NULL;
	uint64_t parity;
	bool good;

	good = expect(v,
		      !fm_key_from_text(&key, vector_need(v, c, "private_key"), NULL) &&
			      !fm_sign_digest(out, key, digest, NULL),
		      "not signed");
	fm_secret_free(&key);
	return good && expect_bytes(v, c, "r", out->b, 32) &&
	       expect_bytes(v, c, "s", out->b + 32, 32) &&
	       expect(v,
		      fm_json_u64(&parity, fm_json_get(c, "y_parity")) &&
			      out->b[64] == 27 + parity,
		      "y_parity");
}

static bool same(const struct fm_tx *a, const struct fm_tx *b)
{
	return a->chain_id == b->chain_id && a->nonce == b->nonce &&
	       a->gas_limit == b->gas_limit &&
	       fm_u256_cmp(&a->max_fee, &b->max_fee) == 0 &&
	       fm_u256_cmp(&a->priority_fee, &b->priority_fee) == 0 &&
	       fm_u256_cmp(&a->value, &b->value) == 0 && fm_addr_equal(&a->to, &b->to) &&
	       a->data.len == b->data.len &&
	       (!a->data.len || memcmp(a->data.ptr, b->data.ptr, a->data.len) == 0);
}

static bool read_back(struct vectors *v, const struct fm_json *c, const struct fm_tx *tx)
{
	struct fm_span raw = vector_hex(v, c, "raw_tx");
	char text[FM_ADDR_TEXT];
	struct fm_addr from;
	struct fm_hash hash;
	struct fm_tx got;

	if (!fm_tx_read(&got, &from, &hash, raw))
		return vector_fail(v, "the raw bytes cannot be read");
	fm_addr_text(text, &from);
	return expect(v, same(&got, tx), "read as another transaction") &&
	       expect_str(v, c, "from", text) &&
	       expect_bytes(v, c, "tx_hash", hash.b, sizeof(hash.b));
}

static bool check_tx(struct vectors *v, const struct fm_json *c, struct fm_tx *tx)
{
	struct fm_hash digest, hash;
	struct fm_sig sig;
	struct fm_buf raw;
	bool good;

	if (!read_tx(tx, v, c))
		return vector_fail(v, "the transaction cannot be read");
	fm_buf_init(&raw, BYTES_MAX);
	good = check_unsigned(v, c, tx, &digest) && sign(&sig, v, c, &digest) &&
	       expect(v, fm_tx_raw(&raw, &hash, tx, &sig), "no raw bytes") &&
	       expect_bytes(v, c, "raw_tx", raw.ptr, raw.len) &&
	       expect_bytes(v, c, "tx_hash", hash.b, sizeof(hash.b)) &&
	       read_back(v, c, tx);
	fm_buf_clear(&raw);
	return good;
}

static bool check(struct vectors *v, const struct fm_json *c)
{
	struct fm_tx tx = { 0 };
	struct fm_buf data;
	bool good;

	fm_buf_init(&data, BYTES_MAX);
	good = calldata(&data, v, c) &&
	       expect_bytes(v, c, "calldata", data.ptr, data.len);
	tx.data = fm_buf_span(&data);
	good = good && check_tx(v, c, &tx);
	fm_buf_clear(&data);
	return good;
}

int main(int argc, char **argv)
{
	static const struct vector_list lists[] = {
		{"transactions.json", "cases", check },
		{ 0		    },
	};

	return vectors_run(argc, argv, lists);
}
