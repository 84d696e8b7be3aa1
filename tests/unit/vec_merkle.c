/* SPDX-License-Identifier: MIT */
/* The tree of net positions: leaves, roots and proofs, and Core's answers about them. */
#include <fourmica/clearing.h>
#include <vectors.h>

#include <string.h>

#define LEAVES_MAX 64

static bool read_role(enum fm_clearing_role *out, struct vectors *v,
		      const struct fm_json *c)
{
	bool debtor = fm_span_is(vector_need(v, c, "role"), "NET_DEBTOR");

	*out = debtor ? FM_CLEARING_DEBTOR : FM_CLEARING_CREDITOR;
	return expect_str(v, c, "role", fm_clearing_role_word(*out));
}

static bool read_hashes(struct fm_hash *out, size_t *count, struct vectors *v,
			const struct fm_json *list)
{
	*count = 0;
	for (const struct fm_json *at = fm_json_first(list); at;
	     at = fm_json_next(list, at))
		if (*count == LEAVES_MAX ||
		    !fm_hash_parse(&out[(*count)++], vector_need(v, at, "")))
			return vector_fail(v, "a hash cannot be read");
	return true;
}

/** `tree` has what all its participants share. */
static bool read_leaf(struct fm_clearing_leaf *out, struct vectors *v,
		      const struct fm_json *tree, const struct fm_json *who)
{
	return expect(v,
		      fm_json_u64(&out->chain_id, fm_json_get(tree, "chain_id")) &&
			      fm_addr_parse(&out->house, NULL,
					    vector_need(v, tree, "clearing_house")) &&
			      fm_hash_parse(&out->cycle_id,
					    vector_need(v, tree, "cycle_id")) &&
			      fm_addr_parse(&out->asset, NULL,
					    vector_need(v, tree, "asset_address")) &&
			      fm_addr_parse(&out->participant, NULL,
					    vector_need(v, who, "participant")) &&
			      fm_u256_from_dec(&out->amount,
					       vector_need(v, who, "amount")),
		      "the leaf cannot be read") &&
	       read_role(&out->role, v, who);
}

/** Where the leaf and its proof lead. */
static bool fold(struct fm_hash *leaf, char root[static FM_HASH_TEXT], struct vectors *v,
		 const struct fm_json *tree, const struct fm_json *who)
{
	struct fm_hash path[LEAVES_MAX], end;
	struct fm_clearing_leaf parts = { .chain_id = 0 };
	size_t count;

	if (!read_leaf(&parts, v, tree, who) ||
	    !read_hashes(path, &count, v, fm_json_get(who, "proof")))
		return false;
	fm_clearing_leaf_hash(leaf, &parts);
	fm_merkle_fold(&end, leaf, path, count);
	fm_hash_text(root, &end);
	return true;
}

static bool check_participant(struct vectors *v, const struct fm_json *tree,
			      const struct fm_json *who, struct fm_hash *leaf)
{
	char text[FM_HASH_TEXT], root[FM_HASH_TEXT];

	if (!fold(leaf, root, v, tree, who))
		return false;
	fm_hash_text(text, leaf);
	return expect_str(v, who, "leaf", text) &&
	       expect_str(v, tree, "merkle_root", root);
}

static bool check_root(struct vectors *v, const struct fm_json *tree,
		       struct fm_hash *leaves, size_t count)
{
	struct fm_hash root;
	char text[FM_HASH_TEXT];

	fm_merkle_root(&root, leaves, count);
	fm_hash_text(text, &root);
	return expect_str(v, tree, "merkle_root", text);
}

/** A case with leaves only is about the root; others name who the leaves are. */
static bool check_tree(struct vectors *v, const struct fm_json *tree)
{
	const struct fm_json *people = fm_json_get(tree, "participants"), *at;
	struct fm_hash leaves[LEAVES_MAX];
	size_t count = 0;

	if (fm_json_get(tree, "leaves"))
		return read_hashes(leaves, &count, v, fm_json_get(tree, "leaves")) &&
		       check_root(v, tree, leaves, count);
	for (at = fm_json_first(people); at; at = fm_json_next(people, at))
		if (count == LEAVES_MAX ||
		    !check_participant(v, tree, at, &leaves[count++]))
			return vector_fail(v, "participant %zu", count);
	return expect(v, count == fm_json_get(tree, "leaves_sorted")->count,
		      "%zu participants", count) &&
	       check_root(v, tree, leaves, count);
}

static bool check_reject(struct vectors *v, const struct fm_json *c)
{
	char root[FM_HASH_TEXT];
	struct fm_hash leaf;

	return fold(&leaf, root, v, c, c) &&
	       expect(v, !vector_is(c, "merkle_root", root), "it leads to the root");
}

/* ---- what Core says ---- */

/** Everything but chain and house follows from the answer here: it is checked against itself, for
 *  what a lie does is test_clearing's. */
static bool check_proof(struct vectors *v, const struct fm_json *c, struct fm_span json)
{
	struct fm_clearing_want want = { .role = NULL };
	struct fm_clearing_proof proof;
	struct fm_err err;

	fm_err_init(&err);
	if (fm_clearing_proof_read(&proof, json, &err))
		return vector_fail(v, "not read: %s", err.msg);
	want.cycle_text = proof.cycle_text;
	want.asset = proof.asset;
	want.participant = proof.participant;
	want.root = &proof.root;
	return expect(v,
		      fm_json_u64(&want.chain_id, fm_json_get(c, "chain_id")) &&
			      fm_addr_parse(&want.house, NULL,
					    vector_need(v, c, "clearing_house")),
		      "the case cannot be read") &&
	       expect(v, !fm_clearing_proof_check(&proof, &want, &err), "refused: %s",
		      err.msg);
}

/** The root stands in the answer about the same participant, one before. */
static bool read_root(struct fm_hash *out, struct vectors *v, const struct fm_json *c)
{
	const struct fm_json *list = fm_json_get(v->root, v->list), *at, *before = NULL;
	struct fm_clearing_proof proof;

	for (at = fm_json_first(list); at && at != c; at = fm_json_next(list, at))
		before = at;
	if (!before ||
	    fm_clearing_proof_read(&proof, vector_need(v, before, "response_json"), NULL))
		return vector_fail(v, "no proof before it");
	*out = proof.root;
	return true;
}

static bool check_action(struct vectors *v, const struct fm_json *c, struct fm_span json)
{
	struct fm_span data = vector_hex(v, c, "calldata");
	struct fm_clearing_want want = { .role = NULL };
	struct fm_clearing_action action;
	struct fm_hash root;
	struct fm_buf ours;
	struct fm_err err;
	bool good;

	fm_err_init(&err);
	if (fm_clearing_action_read(&action, json, &err))
		return vector_fail(v, "not read: %s", err.msg);
	want.house = action.house;
	want.cycle_text = action.cycle_text;
	want.asset = action.asset;
	want.participant = action.participant;
	want.root = &root;
	if (!read_root(&root, v, c) ||
	    !fm_json_u64(&want.chain_id, fm_json_get(c, "chain_id")) ||
	    fm_clearing_action_check(&action, action.action, &want, &err))
		return vector_fail(v, "refused: %s", err.msg);
	fm_buf_init(&ours, 65536);
	good = expect(v,
		      fm_clearing_calldata(&ours, action.action, &action.cycle_id, NULL,
					   &action.amount, &action.path) &&
			      ours.len == data.len &&
			      memcmp(ours.ptr, data.ptr, data.len) == 0,
		      "other calldata");
	fm_buf_clear(&ours);
	return good;
}

static bool check_api(struct vectors *v, const struct fm_json *c)
{
	struct fm_span json = vector_need(v, c, "response_json");

	if (!expect(v, vector_accepts(c), "a case of another kind"))
		return false;
	return fm_json_get(c, "calldata") ? check_action(v, c, json)
					  : check_proof(v, c, json);
}

int main(int argc, char **argv)
{
	/* clang-format off */
	static const struct vector_list lists[] = {
		{ "merkle.json", "cases", check_tree },
		{ "merkle.json", "reject_cases", check_reject },
		{ "merkle.json", "api_cases", check_api },
		{ 0 },
	};
	/* clang-format on */

	return vectors_run(argc, argv, lists);
}
