/* SPDX-License-Identifier: MIT */
/* The tree over the net positions of a cycle. 4mica.md, section 8; contracts.md, 3. */
#include "credit/words.h"

#include <fourmica/clearing.h>

#include <stdlib.h>
#include <string.h>

#define LEAF_WORDS 7

void fm_clearing_leaf_hash(struct fm_hash *out, const struct fm_clearing_leaf *leaf)
{
	uint8_t words[LEAF_WORDS * FM_WORD], *at = words;

	at = fm_word_u64(at, leaf->chain_id);
	at = fm_word_addr(at, &leaf->house);
	at = fm_word_hash(at, &leaf->cycle_id);
	at = fm_word_addr(at, &leaf->asset);
	at = fm_word_addr(at, &leaf->participant);
	at = fm_word_u256(at, &leaf->amount);
	fm_word_u64(at, (uint64_t)leaf->role);
	fm_keccak256(out, words, sizeof(words));
}

static int in_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct fm_hash));
}

/** `out` may be one of them. */
static void hash_pair(struct fm_hash *out, const struct fm_hash *a,
		      const struct fm_hash *b)
{
	bool first = in_order(a, b) < 0;
	struct fm_hash pair[2] = { first ? *a : *b, first ? *b : *a };

	fm_keccak256(out, pair, sizeof(pair));
}

void fm_merkle_fold(struct fm_hash *root, const struct fm_hash *leaf,
		    const struct fm_hash *proof, size_t count)
{
	*root = *leaf;
	for (size_t i = 0; i < count; i++)
		hash_pair(root, root, &proof[i]);
}

/** Sorted, each once; returns how many are left. */
static size_t make_set(struct fm_hash *leaves, size_t count)
{
	size_t kept = 0;

	qsort(leaves, count, sizeof(*leaves), in_order);
	for (size_t i = 0; i < count; i++)
		if (!kept || !fm_hash_equal(&leaves[i], &leaves[kept - 1]))
			leaves[kept++] = leaves[i];
	return kept;
}

void fm_merkle_root(struct fm_hash *out, struct fm_hash *leaves, size_t count)
{
	*out = (struct fm_hash){ { 0 } };
	if (!count)
		return;
	count = make_set(leaves, count);
	while (count > 1) {
		size_t above = 0;

		for (size_t i = 0; i < count; i += 2)
			hash_pair(&leaves[above++], &leaves[i],
				  &leaves[i + 1 < count ? i + 1 : i]);
		count = above;
	}
	*out = leaves[0];
}
