/* SPDX-License-Identifier: MIT */
#include "approve.h"

#include "ask.h"
#include "config.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 8192u

enum fm_code prove(struct app *app, const char *lines, const char *question,
		   enum prove_how how, struct fm_err *err)
{
	struct fm_secret *pass = NULL;
	enum fm_code rc;

	ask_show(app, lines);
	if (how == PROVE_ANYHOW)
		rc = app_owner(app, &pass, question, err);
	else if (app->wallet.kdf == FM_KDF_NONE && !app->wallet.watch)
		rc = ask_typed(app, question, "yes", ASK_EXACT, NULL, err);
	else {
		app->at_hand = true;
		rc = app_signer(app, &app->proved, err);
		app->at_hand = false;
	}
	fm_secret_free(&pass);
	return rc;
}

/* ---- what it is about ---- */

static void put_network(struct fm_buf *out, const struct app *app, uint64_t chain_id)
{
	const struct fm_network *network = config_network_of(app, chain_id);
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, chain_id);
	fm_buf_fmt(out, "  Network  %s (%s%s)\n", caip2,
		   network && network->test ? "" : "MAINNET: ",
		   network ? network->title : "unknown");
}

static const char *known_word(const struct app *app, const struct fm_quote *quote)
{
	if (fm_policy_pins(app->policy, quote->origin))
		return "in the policy";
	return quote->ask.pin_known ? "pinned: paid before" : "not pinned: never paid";
}

static void put_seller(struct fm_buf *out, const struct app *app,
		       const struct fm_quote *quote)
{
	char address[FM_ADDR_TEXT];

	fm_buf_fmt(out, "  Host     %s\n  Route    %s\n", quote->origin, quote->route);
	fm_addr_text(address, &quote->offer->pay_to);
	fm_buf_fmt(out, "  Pay to   %s (%s)\n", address, known_word(app, quote));
}

static void put_money(struct fm_buf *out, const struct fm_quote *quote)
{
	const struct fm_asset *asset = fm_amount_asset(&quote->amount);
	char amount[FM_AMOUNT_TEXT], address[FM_ADDR_TEXT];

	fm_amount_text(amount, &quote->amount);
	fm_addr_text(address, &quote->offer->asset);
	fm_buf_fmt(out, "  Amount   %s (%s)\n  Asset    %s\n", amount,
		   fm_scheme_name(quote->offer->scheme), address);
	for (size_t i = 0; i < quote->check_count; i++) {
		const struct fm_check *c = &quote->checks[i];
		struct fm_u256 left;
		struct fm_amount shown;

		if (!c->has_amount || !fm_u256_sub(&left, &c->cap, &c->used) ||
		    !fm_u256_sub(&left, &left, &quote->offer->amount))
			continue;
		shown = fm_amount_of(&left, asset);
		fm_amount_text(amount, &shown);
		fm_buf_fmt(out, "  Budget   '%s' has %s left then\n", c->rule, amount);
	}
}

void approve_text(struct fm_buf *out, const struct app *app, const struct fm_quote *quote)
{
	fm_buf_str(out, "This payment takes your approval:\n");
	put_seller(out, app, quote);
	put_money(out, quote);
	put_network(out, app, quote->offer->chain_id);
	fm_buf_fmt(out, "  Why      %s (rule '%s')\n", quote->why.msg, quote->why.rule);
}

enum fm_code approve_at_hand(void *app, const struct fm_quote *quote, struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc;

	if (!ask_terminal(app))
		return FM_E_APPROVAL;
	fm_buf_init(&text, TEXT_MAX);
	approve_text(&text, app, quote);
	fm_buf_str(&text,
		   "Whoever has the passphrase may allow it; an empty line is a no.\n");
	rc = fm_buf_ok(&text)
		     ? prove(app, text.ptr, "Type yes to pay it", PROVE_AT_HAND, err)
		     : fm_nomem(err);
	fm_buf_clear(&text);
	return rc;
}
