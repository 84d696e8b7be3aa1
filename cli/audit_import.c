/* SPDX-License-Identifier: MIT */
/* `audit import-cert`: a guarantee somebody gave to a wallet here, verified and kept, so that the
 * audit of its clearing cycle counts it. */
#include "audit.h"

#include <fourmica/cycle_audit.h>

#include <stdlib.h>

struct import {
	const char *file;
};

/* clang-format off */
static const struct param params[] = {
	{ .arg = "FILE", .help = "the certificate in any of its forms; - is standard input",
	  .type = PARAM_TYPE(struct import, file), .offset = offsetof(struct import, file),
	  .traits = PARAM_REQUIRED | PARAM_FILE },
	{ 0 },
};

static const struct field fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "known", "Kept before", FIELD_BOOL, "whether it was", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "what was guaranteed", NULL },
	{ "payer", "Payer", FIELD_ADDRESS, "who gave it", NULL },
	{ "recipient", "Recipient", FIELD_ADDRESS, "the wallet here that has it", NULL },
	{ "req_id", "Request id", FIELD_U256, "identity of the guarantee, with the payer", NULL },
	{ "version", "Version", FIELD_NUMBER, "guarantee version", NULL },
	{ "cycle", "Cycle", FIELD_TEXT, "text id of its clearing cycle; null: no usual length explains it", NULL },
	{ "cycle_id", NULL, FIELD_HASH, "its id on chain", NULL },
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica audit import-cert certificate.json", "one that a buyer's payment brought" },
	{ 0 },
};
/* clang-format on */

static enum fm_code read_input(struct fm_cert_input *out, const char *path,
			       struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, FM_CERT_INPUT_MAX);
	rc = app_read_file(&text, path, err);
	if (!rc)
		rc = fm_cert_input_read(out, fm_buf_span(&text), err);
	fm_buf_clear(&text);
	return rc;
}

/** The wallets here, and the selected one, which may be an address only. */
struct mine {
	const struct app *app;
	struct fm_wallet *wallets;
	size_t count;
};

static bool is_mine(void *ctx, const struct fm_addr *who)
{
	const struct mine *m = ctx;

	for (size_t i = 0; i < m->count; i++)
		if (fm_addr_equal(&m->wallets[i].address, who))
			return true;
	return fm_addr_equal(&m->app->wallet.address, who);
}

static void put_cycle(struct out *o, const struct fm_cert *cert)
{
	struct fm_cycle_guess guess;
	struct fm_hash id;

	fm_u256_to_be(id.b, &cert->cycle_id);
	out_hash(o, "cycle_id", &id);
	if (fm_cycle_guess(&guess, &cert->cycle_id, &cert->claims.asset,
			   cert->claims.timestamp))
		out_text(o, "cycle", guess.text);
}

static void put(struct app *app, const struct fm_cert *cert, bool known)
{
	static const struct fm_asset unknown = { .symbol = "base" };
	const struct fm_asset *asset =
		app_asset(app, app_network(app)->chain_id, &cert->claims.asset);
	struct fm_amount amount =
		fm_amount_of(&cert->claims.amount, asset ? asset : &unknown);
	struct out *o = app->out;

	out_bool(o, "known", known);
	out_amount(o, "amount", &amount);
	out_address(o, "payer", &cert->claims.user);
	out_address(o, "recipient", &cert->claims.recipient);
	out_u256(o, "req_id", &cert->claims.req_id);
	out_number(o, "version", cert->version);
	put_cycle(o, cert);
}

static enum fm_code run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct import *args = opaque;
	struct mine mine = { .app = app };
	struct fm_cert_input input;
	struct fm_cert cert;
	char caip2[FM_CAIP2_TEXT];
	bool known = false;
	enum fm_code rc = read_input(&input, args->file, err);

	fm_caip2_text(caip2, app_network(app)->chain_id);
	out_text(app->out, "network", caip2);
	if (!rc)
		rc = fm_store_list(&mine.wallets, &mine.count, &app->store, err);
	if (!rc)
		rc = fm_incoming_import(&cert, &known, app->client,
					app_network(app)->chain_id, &input, is_mine,
					&mine, err);
	if (!rc)
		put(app, &cert, known);
	if (!rc && known)
		out_note(app->out, "It was imported before, and counts once.");
	free(mine.wallets);
	return rc;
}

const struct cmd audit_import_cert_cmd = {
	.name = "import-cert",
	.summary = "keep a certificate that a buyer's payment brought",
	.details =
		"For a wallet that sells. The certificate is verified against the key and "
		"domain pinned for the network, which are asked for and pinned when there are "
		"none, and must be for a wallet here. It then counts as received in "
		"'fourmica cycles audit'. Importing it again changes nothing; another "
		"certificate of the same guarantee with other terms is refused with exit 61.",
	.params = params,
	.size = sizeof(struct import),
	.fields = fields,
	.examples = examples,
	.see = "fourmica-cycles 7",
	.needs = NEED_WALLET | NEED_LEDGER | NEED_HTTP,
	.run = run,
};
