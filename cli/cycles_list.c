/* SPDX-License-Identifier: MIT */
/* `cycles list`: no endpoint lists cycles, so what ledger, chain and Core know is put together. */
#include "cycles_read.h"

#include <stdio.h>
#include <stdlib.h>

#define LISTED_DEFAULT 20
#define LISTED_MOST 1000

/* clang-format off */
static const struct param params[] = {
	GROUP("Cycles"),
	OPT(struct cycles_read, limit, "limit", 0, "N", "the newest N (20, at most 1000)"),
	OPT(struct cycles_read, blocks, "blocks", 0, "N",
	    "how far back the chain's events are searched (100000); 0: not at all"),
	CYCLES_SIGN_IN,
	{ 0 },
};

static const struct field cycle_fields[] = {
	{ "cycle", "Cycle", FIELD_TEXT, "its text id; null: only its id is known", NULL },
	{ "cycle_id", NULL, FIELD_HASH, "its id on chain", NULL },
	{ "asset", "Asset", FIELD_TEXT, "symbol or address of what is netted", NULL },
	{ "starts_at", NULL, FIELD_TIME, "as its text id says; null: not known", NULL },
	CYCLES_STANDING_FIELDS,
	{ "known_from", NULL, FIELD_TEXT, "ledger, received, committed, settled: where it left traces", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },
	{ "cycles", "Cycles", FIELD_LIST, "newest first", cycle_fields },
	{ "more", NULL, FIELD_BOOL, "whether there are others", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica cycles", "where the latest cycles stand, and what to do next" },
	{ "fourmica cycles list --json | jq -r '.data.cycles[] | select(.state == \"UNPAID\").cycle'",
	  "what is to be paid" },
	{ 0 },
};
/* clang-format on */

static void put_traces(struct out *o, unsigned traces)
{
	static const struct {
		enum fm_cycle_trace trace;
		const char *word;
	} words[] = {
		{FM_TRACE_LEDGER,	   "ledger"   },
		{ FM_TRACE_RECEIVED,  "received" },
		{ FM_TRACE_COMMITTED, "committed"},
		{ FM_TRACE_SETTLED,   "settled"  },
	};
	char text[64] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (traces & words[i].trace)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len ? " " : "", words[i].word);
	out_text(o, "known_from", text);
}

static void put_asset(struct app *app, const struct fm_cycle_ref *ref)
{
	const struct fm_asset *asset =
		app_asset(app, app_network(app)->chain_id, &ref->asset);
	char text[FM_ADDR_TEXT];

	if (!ref->text[0])
		return;
	fm_addr_text(text, &ref->asset);
	out_text(app->out, "asset", asset ? asset->symbol : text);
}

/** What was committed by whomever, and has no part of this wallet. */
static bool of_others(const struct fm_cycle_listed *c, const struct fm_cycle_standing *s)
{
	return c->traces == FM_TRACE_COMMITTED &&
	       (s->word == FM_CYCLE_NO_PART || s->word == FM_CYCLE_UNKNOWN);
}

static enum fm_code put_one(struct app *app, const struct cycles_read *args,
			    const struct fm_cycle_listed *c, struct fm_cycle_standing *s,
			    bool last, struct fm_err *err)
{
	struct out *o = app->out;
	enum fm_code rc =
		fm_cycle_standing_read(s, app->client, app_network(app)->chain_id,
				       &c->ref, cycles_sign_in(app, args), err);

	if (rc == FM_E_CORE) { /* one wrong proof is no reason not to show the others */
		out_warn(o, "%s: %s", c->ref.text, err->msg);
		fm_err_init(err);
		s->proven = false;
		rc = FM_OK;
	}
	if (rc || of_others(c, s))
		return rc;
	out_row(o, "cycles");
	out_text(o, "cycle", c->ref.text[0] ? c->ref.text : NULL);
	out_hash(o, "cycle_id", &c->ref.id);
	put_asset(app, &c->ref);
	if (c->ref.text[0])
		out_time(o, "starts_at", (int64_t)c->ref.start_s);
	cycles_standing(app, s);
	put_traces(o, c->traces);
	out_end(o);
	if (last)
		cycles_silent(app, s);
	return FM_OK;
}

static enum fm_code put_all(struct app *app, const struct cycles_read *args,
			    const struct fm_cycle_listed *list, size_t count,
			    struct fm_err *err)
{
	struct fm_cycle_standing *s = calloc(1, sizeof(*s));
	enum fm_code rc = s ? FM_OK : fm_nomem(err);

	for (size_t i = 0; !rc && i < count; i++)
		rc = put_one(app, args, &list[i], s, i + 1 == count, err);
	free(s);
	return rc;
}

static enum fm_code read_args(uint64_t *blocks, size_t *most,
			      const struct cycles_read *args, struct fm_err *err)
{
	struct fm_u256 value;

	*blocks = FM_CYCLE_LOOK_BLOCKS;
	*most = args->limit ? (size_t)args->limit : LISTED_DEFAULT;
	if (args->limit > LISTED_MOST)
		return fm_fail(err, FM_E_USAGE, "--limit is at most %d", LISTED_MOST);
	if (args->blocks && (!fm_u256_from_dec(&value, fm_span_of(args->blocks)) ||
			     !fm_u256_to_u64(blocks, &value)))
		return fm_fail(err, FM_E_USAGE, "--blocks takes a whole number, not '%s'",
			       args->blocks);
	return FM_OK;
}

static enum fm_code run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct cycles_read *args = opaque;
	struct fm_cycle_listed *list = NULL;
	char caip2[FM_CAIP2_TEXT];
	struct fm_err why;
	uint64_t blocks, chain_id = app_network(app)->chain_id;
	size_t most, count = 0;
	bool more = false;
	enum fm_code rc = read_args(&blocks, &most, args, err);

	fm_caip2_text(caip2, chain_id);
	out_text(app->out, "network", caip2);
	out_address(app->out, "wallet", &app->wallet.address);
	fm_err_init(&why);
	if (!rc)
		rc = fm_cycle_list(&list, &count, &more, &why, app->client, chain_id,
				   blocks, most, err);
	if (!rc && why.code)
		out_warn(app->out, "the chain's events were not searched: %s", why.msg);
	if (!rc)
		rc = put_all(app, args, list, count, err);
	out_bool(app->out, "more", more);
	if (!rc && !count)
		out_note(app->out, "No cycle of this wallet is known.");
	free(list);
	return rc;
}

const struct cmd cycles_list_cmd = {
	.name = "list",
	.summary = "show where the wallet's cycles stand",
	.details =
		"No endpoint lists cycles. What is shown is put together of the wallet's "
		"certificates and operations, certificates it imported, the commits, payments "
		"and claims that the clearing house announced in the last blocks, and 4Mica "
		"Core's word on each. A cycle in which this wallet has no part is left out; "
		"one that only other ledgers know, and that lies further back than the blocks "
		"searched, is not found.",
	.params = params,
	.size = sizeof(struct cycles_read),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-cycles 7",
	.needs = CYCLES_LOOKS,
	.run = run,
};
