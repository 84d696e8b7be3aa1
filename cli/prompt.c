/* SPDX-License-Identifier: MIT */
/* What the prompt says: where lines go, whose money, and what is in the way. Nothing is asked for,
 * and nothing is reached over the network. */
#include "config.h"
#include "hold.h"
#include "limits.h"
#include "repl.h"
#include "when.h"

#include <stdio.h>
#include <string.h>

/* What has to be open to say it. */
static const struct cmd looking = {
	.name = "prompt",
	.needs = WALLET_IF_ANY | NEED_POLICY | NEED_LEDGER,
};

/* A wallet's name is a-z, 0-9, - and _; a network's comes from the user's own file. */
static void put(struct fm_buf *out, const struct session *s, const char *text)
{
	if (out->len)
		fm_buf_str(out, s->shows_utf8 ? " \302\267 " : " | ");
	fm_text_escape(out, fm_span_of(text), 80);
}

/* How long its key is at hand: in this process, or with a key holder. 0: it is not. */
static int64_t key_left_ms(const struct session *s, struct app *app)
{
	struct fm_holder_state held;

	if (session_holds(s, app))
		return session_left_ms(s);
	if (!hold_look(app, &held))
		return 0;
	return 1000 * (held.left_s < held.idle_s ? held.left_s : held.idle_s);
}

static void put_lock(struct fm_buf *out, const struct session *s, struct app *app)
{
	int64_t left;
	char text[WHEN_TEXT + 8], span[WHEN_TEXT];

	if (!app->wallet.name[0]) {
		put(out, s, "no wallet");
		return;
	}
	put(out, s, app->wallet.name);
	left = key_left_ms(s, app);
	if (external_has(app)) {
		put(out, s, "a program signs");
	} else if (app->wallet.watch) {
		put(out, s, "only watches");
	} else if (app->wallet.kdf == FM_KDF_NONE) {
		put(out, s, "no passphrase");
	} else if (!left) {
		put(out, s, "locked");
	} else {
		/* Whole minutes, rounded up, until the last one. */
		left = left > 60000 ? (left + 59999) / 60000 * 60 : (left + 999) / 1000;
		when_span(span, left);
		snprintf(text, sizeof(text), "%s left", span);
		put(out, s, text);
	}
}

static uint64_t in_doubt(struct app *app, struct fm_ledger *ledger, uint64_t chain_id)
{
	struct fm_outstanding sums = { .asset_count = 0 };
	struct fm_err err;
	uint64_t count = 0;

	fm_err_init(&err);
	if (ledger &&
	    !fm_ledger_outstanding(&sums, ledger, &app->wallet.address, chain_id, &err))
		count = sums.in_doubt + sums.unanswered + sums.open_txs;
	fm_outstanding_clear(&sums);
	return count;
}

/* On the other networks: a payment goes where the seller's offer says, not only here. */
static uint64_t in_doubt_elsewhere(struct app *app, struct fm_ledger *ledger,
				   uint64_t here)
{
	const struct fm_network *network;
	uint64_t sum = 0;
	size_t count;
	const struct fm_network *known = fm_networks(&count);

	for (size_t i = 0; i < count; i++)
		if (known[i].chain_id != here)
			sum += in_doubt(app, ledger, known[i].chain_id);
	for (size_t i = 0; (network = config_network(app, i)); i++)
		if (network->chain_id != here && !fm_network_by_chain(network->chain_id))
			sum += in_doubt(app, ledger, network->chain_id);
	return sum;
}

static void put_doubt(struct fm_buf *out, const struct session *s, uint64_t count,
		      const char *where)
{
	char text[64];

	snprintf(text, sizeof(text), "%llu in doubt%s", (unsigned long long)count, where);
	if (count)
		put(out, s, text);
}

static void put_budget(struct fm_buf *out, struct app *app, struct fm_ledger *ledger,
		       uint64_t chain_id)
{
	char text[FM_AMOUNT_TEXT + 8], amount[FM_AMOUNT_TEXT];
	struct fm_amount left;
	struct fm_err err;
	bool any = false;

	fm_err_init(&err);
	if (limits_least(&left, &any, app, ledger, chain_id, &err) || !any)
		return;
	fm_amount_text(amount, &left);
	snprintf(text, sizeof(text), "%s left", amount);
	put(out, app->session, text);
}

/* What is in the way takes the place of the budget. */
static void put_state(struct fm_buf *out, struct app *app)
{
	const struct fm_network *network = app_network(app);
	struct fm_ledger *ledger = NULL;
	struct fm_err err;
	size_t before = out->len;

	fm_err_init(&err);
	if (!network->test)
		put(out, app->session, "MAINNET");
	if (app->client && fm_client_check_stop(app->client, &err))
		put(out, app->session, "STOPPED");
	if (!app->client || fm_client_ledger(&ledger, app->client, false, &err)) {
		put(out, app->session, "ledger cannot be read");
		return;
	}
	put_doubt(out, app->session, in_doubt(app, ledger, network->chain_id), "");
	put_doubt(out, app->session, in_doubt_elsewhere(app, ledger, network->chain_id),
		  " elsewhere");
	if (out->len == before)
		put_budget(out, app, ledger, network->chain_id);
}

void prompt_text(struct fm_buf *out, struct session *s)
{
	char *words[] = { (char[]){ "fourmica" }, (char[]){ "version" }, NULL };
	struct app app = { .out = NULL };
	struct args args;
	struct fm_err err;
	const struct out_options options = { .quiet = true };
	struct out *quiet = out_new(&options);
	enum fm_code rc;

	fm_err_init(&err);
	/* For the options that hold for every line. */
	rc = args_parse_in(&args, &s->context, 2, words, &err);
	if (!rc && quiet) {
		out_begin(quiet, &looking, "prompt");
		rc = app_open(&app, &looking, &args.globals, quiet, s, &err);
		if (!rc || app.config) {
			put(out, s, app_network(&app)->name);
			put_lock(out, s, &app);
		}
		if (!rc)
			put_state(out, &app);
		else
			put(out, s, fm_code_info(rc)->text);
	} else {
		put(out, s, "fourmica");
	}
	fm_buf_str(out, " > ");
	app_close(&app);
	out_free(&quiet);
	args_free(&args);
}
