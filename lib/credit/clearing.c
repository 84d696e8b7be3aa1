/* SPDX-License-Identifier: MIT */
/* Clearing proofs and actions as Core tells them: asked for and read, not yet believed.
 * 4mica.md, section 2.2. */
#include "credit/ask.h"
#include "credit/members.h"

#include <fourmica/clearing.h>

#include <stdio.h>
#include <string.h>

static const char *const role_words[] = {
	[FM_CLEARING_DEBTOR] = "NET_DEBTOR",
	[FM_CLEARING_CREDITOR] = "NET_CREDITOR",
};

static const struct {
	const char *word, *function;
	enum fm_clearing_role role;
} verbs[] = {
#define ROW(id, word, function, role) [id] = { word, function, role },
	FM_CLEARING_VERBS(ROW)
#undef ROW
};

const char *fm_clearing_role_word(enum fm_clearing_role role)
{
	return role_words[role];
}

const char *fm_clearing_verb_word(enum fm_clearing_verb verb)
{
	return verbs[verb].word;
}

const char *fm_clearing_verb_function(enum fm_clearing_verb verb)
{
	return verbs[verb].function;
}

enum fm_clearing_role fm_clearing_verb_role(enum fm_clearing_verb verb)
{
	return verbs[verb].role;
}

/* ---- members ---- */

/** An answer while it is read; the first member that cannot be decides. */
struct answer {
	const char *what;
	const struct fm_json *root;
	enum fm_code rc;
	struct fm_err *err;
};

static const struct fm_json *member(const struct answer *a, const char *snake,
				    const char *camel)
{
	return a->rc ? NULL : fm_member(a->root, snake, camel);
}

static void want(struct answer *a, bool good, const char *name,
		 const struct fm_json *node, const char *rule)
{
	if (a->rc || good)
		return;
	a->rc = fm_core_bad(a->err, a->what, name, node, rule);
	fm_rule(a->err, "%s", name);
}

static void read_hash(struct fm_hash *out, struct answer *a, const char *snake,
		      const char *camel)
{
	const struct fm_json *node = member(a, snake, camel);

	want(a, fm_member_hash(out, node), snake, node, "not 0x and 64 hex digits");
}

static void read_addr(struct fm_addr *out, struct answer *a, const char *snake,
		      const char *camel)
{
	const struct fm_json *node = member(a, snake, camel);

	want(a, fm_member_addr(out, node), snake, node, "an address has 40 hex digits");
}

static void read_amount(struct fm_u256 *out, struct answer *a, const char *snake,
			const char *camel)
{
	const struct fm_json *node = member(a, snake, camel);

	want(a, fm_json_u256(out, node), snake, node, "not an amount");
}

static void read_text_id(char out[static FM_CYCLE_TEXT], struct answer *a)
{
	const struct fm_json *node = member(a, "cycle_id_text", "cycleIdText");
	struct fm_addr asset;
	uint64_t start;

	want(a,
	     fm_json_cstr(out, FM_CYCLE_TEXT, node) &&
		     fm_cycle_parse(&asset, &start, fm_span_of(out)),
	     "cycle_id_text", node, "not an asset, a colon and a time");
}

/** Cycle, asset and participant: what both answers begin with. */
static void read_whose(struct answer *a, struct fm_hash *id, char *text,
		       struct fm_addr *asset, struct fm_addr *participant)
{
	read_hash(id, a, "cycle_id", "cycleId");
	read_text_id(text, a);
	read_addr(asset, a, "asset_address", "assetAddress");
	read_addr(participant, a, "participant", "participant");
}

static void read_path(struct fm_clearing_path *out, struct answer *a)
{
	const struct fm_json *list = member(a, "proof", "proof"), *node;

	out->count = 0;
	want(a, list && list->type == FM_JSON_ARRAY && list->count <= FM_CLEARING_PROOF,
	     "proof", list, "not an array of at most 64 hashes");
	if (a->rc)
		return;
	for (node = fm_json_first(list); node; node = fm_json_next(list, node))
		want(a, fm_member_hash(&out->node[out->count++], node), "proof", node,
		     "not 0x and 64 hex digits");
}

/** A flat participant has no leaf, and a role nobody knows is nothing to act on. */
static void read_role(enum fm_clearing_role *out, struct answer *a)
{
	const struct fm_json *node = member(a, "role", "role");
	bool debtor = fm_json_is(node, role_words[FM_CLEARING_DEBTOR]);

	*out = debtor ? FM_CLEARING_DEBTOR : FM_CLEARING_CREDITOR;
	want(a, debtor || fm_json_is(node, role_words[FM_CLEARING_CREDITOR]), "role",
	     node, "neither NET_DEBTOR nor NET_CREDITOR");
}

/* ---- the answers ---- */

static const char proof_what[] = "clearing proof", action_what[] = "clearing action";

static enum fm_code read_proof(struct fm_clearing_proof *out, struct answer *a)
{
	read_whose(a, &out->cycle_id, out->cycle_text, &out->asset, &out->participant);
	read_role(&out->role, a);
	read_amount(&out->amount, a, "amount", "amount");
	read_amount(&out->net_debit, a, "net_debit", "netDebit");
	read_amount(&out->net_credit, a, "net_credit", "netCredit");
	read_hash(&out->leaf, a, "leaf", "leaf");
	read_hash(&out->root, a, "merkle_root", "merkleRoot");
	read_path(&out->path, a);
	return a->rc;
}

enum fm_code fm_clearing_proof_read(struct fm_clearing_proof *out, struct fm_span json,
				    struct fm_err *err)
{
	struct answer a = { .what = proof_what, .err = err };
	struct fm_clearing_proof read = { .amount = FM_U256_ZERO };
	struct fm_json *doc = NULL;

	a.rc = fm_core_json(&doc, a.what, json, err);
	a.root = doc;
	if (!a.rc && !read_proof(&read, &a))
		*out = read;
	fm_json_free(&doc);
	return a.rc;
}

/** Which row of the table has this word? */
static void read_verb(enum fm_clearing_verb *out, struct answer *a, const char *snake,
		      const char *camel, bool function)
{
	const struct fm_json *node = member(a, snake, camel);

	for (size_t i = 0; i < FM_CLEARING_VERB_COUNT; i++)
		if (fm_json_is(node, function ? verbs[i].function : verbs[i].word)) {
			*out = (enum fm_clearing_verb)i;
			return;
		}
	want(a, false, snake, node, "not a call of a participant");
}

static void read_debtor(struct fm_clearing_action *out, struct answer *a)
{
	out->has_debtor = member(a, "debtor", "debtor") != NULL;
	if (out->has_debtor)
		read_addr(&out->debtor, a, "debtor", "debtor");
}

static enum fm_code read_action(struct fm_clearing_action *out, struct answer *a)
{
	read_addr(&out->house, a, "contract_address", "contractAddress");
	read_verb(&out->function, a, "function_name", "functionName", true);
	read_verb(&out->action, a, "action", "action", false);
	read_whose(a, &out->cycle_id, out->cycle_text, &out->asset, &out->participant);
	read_debtor(out, a);
	read_amount(&out->amount, a, "amount", "amount");
	read_amount(&out->payable_value, a, "payable_value", "payableValue");
	read_path(&out->path, a);
	return a->rc;
}

enum fm_code fm_clearing_action_read(struct fm_clearing_action *out, struct fm_span json,
				     struct fm_err *err)
{
	struct answer a = { .what = action_what, .err = err };
	struct fm_clearing_action read = { .has_debtor = false };
	struct fm_json *doc = NULL;

	a.rc = fm_core_json(&doc, a.what, json, err);
	a.root = doc;
	if (!a.rc && !read_action(&read, &a))
		*out = read;
	fm_json_free(&doc);
	return a.rc;
}

/* ---- asking ---- */

static enum fm_code ask_clearing(struct fm_core_ask *ask, const char *core_url,
				 const struct fm_http_options *options,
				 const char *cycle_text,
				 const struct fm_addr *participant, const char *question,
				 const char *value, struct fm_err *err)
{
	char path[160 + FM_CYCLE_TEXT + FM_ADDR_TEXT], who[FM_ADDR_TEXT];
	struct fm_addr asset;
	uint64_t start;

	if (!fm_cycle_parse(&asset, &start, fm_span_of(cycle_text)))
		return fm_fail(err, FM_E_USAGE,
			       "'%.80s' is not the text id of a cycle: an asset, a colon "
			       "and a time",
			       cycle_text);
	fm_addr_text(who, participant);
	snprintf(path, sizeof(path), "/core/cycles/%s/participants/%s/%s%s", cycle_text,
		 who, question, value);
	return fm_core_ask_path(ask, core_url, path, options, err);
}

enum fm_code fm_core_ask_clearing_proof(struct fm_core_ask *ask, const char *core_url,
					const struct fm_http_options *options,
					const char *cycle_text,
					const struct fm_addr *participant,
					struct fm_err *err)
{
	return ask_clearing(ask, core_url, options, cycle_text, participant,
			    "clearing-proof", "", err);
}

enum fm_code fm_core_ask_clearing_action(struct fm_core_ask *ask, const char *core_url,
					 const struct fm_http_options *options,
					 const char *cycle_text,
					 const struct fm_addr *participant,
					 enum fm_clearing_verb verb, struct fm_err *err)
{
	return ask_clearing(ask, core_url, options, cycle_text, participant,
			    "clearing-action?action=", verbs[verb].word, err);
}

/** Core tells apart by its words alone why it has no answer. 4mica.md, 2. */
static void name_refusal(const struct fm_core_ask *ask, struct fm_err *err)
{
	static const struct {
		int status;
		const char *words, *rule;
	} refusals[] = {
		{404,  "Clearing participant",      "participant-unknown"},
		{ 404, "Settlement cycle",	   "cycle-unknown"	   },
		{ 400, "has no clearing batch",	"not-netted"	     },
		{ 400, "flat participants",	    "flat"		   },
		{ 400, "requires participant role", "role"		   },
	};
	char words[256];

	fm_core_words(words, ask);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (ask->job.reply.status == refusals[i].status &&
		    strstr(words, refusals[i].words)) {
			fm_rule(err, "%s", refusals[i].rule);
			return;
		}
}

static enum fm_code take_body(struct fm_span *body, const struct fm_core_ask *ask,
			      struct fm_err *err)
{
	enum fm_code rc = fm_core_body(body, ask, 0, err);

	if (rc == FM_E_CORE && !ask->job.rc)
		name_refusal(ask, err);
	return rc;
}

enum fm_code fm_clearing_proof_take(struct fm_clearing_proof *out,
				    const struct fm_core_ask *ask, struct fm_err *err)
{
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = take_body(&body, ask, err);

	return rc ? rc
		  : fm_core_answer_from(ask, fm_clearing_proof_read(out, body, err), err);
}

enum fm_code fm_clearing_action_take(struct fm_clearing_action *out,
				     const struct fm_core_ask *ask, struct fm_err *err)
{
	struct fm_span body = { NULL, 0 };
	enum fm_code rc = take_body(&body, ask, err);

	return rc ? rc
		  : fm_core_answer_from(ask, fm_clearing_action_read(out, body, err),
					err);
}
