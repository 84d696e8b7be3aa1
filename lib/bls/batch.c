/* SPDX-License-Identifier: MIT */
/* Many signatures under one key (Bellare, Garay, Rabin 1998: the small exponents test):
 *      e(-g1, sum w_i sig_i) e(key, clear(sum w_i q_i)) = 1
 * with random factors w_i, where q_i is the hash of message i before its cofactor is
 * cleared: clearing is an endomorphism, so the sum is cleared once. Every signature is
 * decoded and its order checked by itself; a sum would let points of small order
 * through.
 *    With e_i = sig_i - [secret]hash_i, which is 0 for a good member, the equation says
 * sum w_i e_i = 0. The factors are drawn when all e_i are fixed, and an e_i that is not
 * 0 has order r: whatever the other factors are, at most one of 2^72 values of w_i hides
 * it. The first factor may stay 1; where its e is the only one, no factor hides it. */
#include "bls/verify.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The members whose signature is a point of the group; arrays of one length. */
struct batch {
	struct fm_g1 key;
	size_t count;
	struct fm_bls_item **items;
	struct fm_g2 *sig, *hash;
	struct fm_weight *weights;
	struct fm_g2_jac *scratch; /* hashes not yet affine, then buckets */
};

static void batch_clear(struct batch *b)
{
	free(b->items);
	free(b->sig);
	free(b->hash);
	free(b->weights);
	free(b->scratch);
}

static enum fm_code batch_init(struct batch *b, size_t count, struct fm_err *err)
{
	size_t room = fm_weighted_sum_room(count);

	memset(b, 0, sizeof(*b));
	b->items = malloc(count * sizeof(struct fm_bls_item *));
	b->sig = malloc(count * sizeof(*b->sig));
	b->hash = malloc(count * sizeof(*b->hash));
	b->weights = malloc(count * sizeof(*b->weights));
	b->scratch = malloc((room > count ? room : count) * sizeof(*b->scratch));
	if (!b->items || !b->sig || !b->hash || !b->weights || !b->scratch)
		return fm_fail(err, FM_E_NOMEM, "no memory for a batch of %zu signatures",
			       count);
	return FM_OK;
}

static void take_members(struct batch *b, struct fm_bls_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		items[i].verdict = fm_g2_decode(&b->sig[b->count], items[i].sig);
		if (items[i].verdict)
			continue;
		fm_hash_to_twist(&b->scratch[b->count], items[i].msg, items[i].len,
				 FM_BLS_DST, sizeof(FM_BLS_DST) - 1);
		b->items[b->count++] = &items[i];
	}
	fm_g2_to_affine_all(b->hash, b->scratch, b->count);
}

/* Never all zero: a member must not be left out of its own check. */
static void weight_read(struct fm_weight *out, const uint32_t random[static 4])
{
	const uint32_t mask = (UINT32_C(1) << FM_WEIGHT_BITS) - 1;
	const int32_t middle = INT32_C(1) << (FM_WEIGHT_BITS - 1);
	bool zero = true;

	for (size_t i = 0; i < 4; i++) {
		out->c[i] = (int32_t)(random[i] & mask) - middle;
		zero = zero && out->c[i] == 0;
	}
	if (zero)
		out->c[0] = 1;
}

static enum fm_code draw_weights(struct batch *b, const struct fm_rand *rand,
				 struct fm_err *err)
{
	static const struct fm_weight one = {
		{1, 0, 0, 0}
	};
	uint32_t random[64][4];

	b->weights[0] = one;
	for (size_t done = 1; done < b->count;) {
		size_t part = b->count - done < 64 ? b->count - done : 64;
		enum fm_code rc =
			fm_rand_fill(rand, random, part * sizeof(random[0]), err);

		if (rc)
			return rc;
		for (size_t i = 0; i < part; i++)
			weight_read(&b->weights[done++], random[i]);
	}
	return FM_OK;
}

/* e(-g1, sum w_i sig_i) e(key, clear(sum w_i q_i)) of a range: 1 if all are good. */
static void value_of(struct fm_fp12 *out, const struct batch *b, size_t from,
		     size_t count)
{
	struct fm_g2_jac sig, hash;

	fm_weighted_sum(&sig, b->sig + from, b->weights + from, count, b->scratch);
	fm_weighted_sum(&hash, b->hash + from, b->weights + from, count, b->scratch);
	fm_bls_value(out, &b->key, &sig, &hash);
}

/* Name the bad members of a range whose value is not 1, by halves (Pastuszak, Michalek,
 * Pieprzyk, Seberry 2000). The value of a range is the product of its halves' values, so
 * that of the right half costs nothing. One member alone is judged exactly: [w]e = 0 only
 * for e = 0. */
static void find_bad(const struct batch *b, size_t from, size_t count,
		     const struct fm_fp12 *value)
{
	struct fm_fp12 left, right;
	size_t half = count / 2;

	if (count == 1) {
		b->items[from]->verdict = FM_BLS_PAIRING;
		return;
	}
	value_of(&left, b, from, half);
	/* values are in the cyclotomic subgroup: the conjugate is the inverse */
	fm_fp12_conj(&right, &left);
	fm_fp12_mul(&right, &right, value);
	if (!fm_fp12_is_one(&left))
		find_bad(b, from, half, &left);
	if (!fm_fp12_is_one(&right))
		find_bad(b, from + half, count - half, &right);
}

static enum fm_code judge(struct batch *b, const struct fm_rand *rand, struct fm_err *err)
{
	struct fm_fp12 value;
	enum fm_code rc;

	if (b->count == 0)
		return FM_OK;
	rc = draw_weights(b, rand, err);
	if (rc)
		return rc;
	value_of(&value, b, 0, b->count);
	if (!fm_fp12_is_one(&value))
		find_bad(b, 0, b->count, &value);
	return FM_OK;
}

enum fm_code fm_bls_verify_batch(struct fm_bls_item *items, size_t count,
				 const struct fm_bls_key *key, const struct fm_rand *rand,
				 struct fm_err *err)
{
	struct batch b;
	enum fm_code rc;

	assert(count >= 1 && count <= FM_BLS_BATCH_MAX);
	if (count == 1) {
		items->verdict = fm_bls_verify(key, items->msg, items->len, items->sig);
		return FM_OK;
	}
	rc = batch_init(&b, count, err);
	if (rc)
		goto out;
	fm_bls_key_point(&b.key, key);
	take_members(&b, items, count);
	rc = judge(&b, rand, err);
out:
	for (size_t i = 0; rc && i < count; i++)
		items[i].verdict = FM_BLS_PAIRING;
	batch_clear(&b);
	return rc;
}
