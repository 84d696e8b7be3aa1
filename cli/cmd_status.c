/* SPDX-License-Identifier: MIT */
/* `status`: a wallet's money, what was promised of it, and what is in the way, on one screen. */
#include "app.h"
#include "hold.h"
#include "limits.h"

#include <fourmica/cycles.h>

#include <stdio.h>
#include <stdlib.h>

#define AUTHORITIES_SHOWN 20

struct status {
	bool all, sign_in;
};

/* clang-format off */
static const struct field chain_fields[] = {
	{ "state", "Chain", FIELD_TEXT, "ok, unreachable, or not asked: the error says why", NULL },
	{ "rpc", "RPC", FIELD_TEXT, "origin of the endpoint that answered", NULL },
	{ "block", "Block", FIELD_NUMBER, "the latest", NULL },
	{ "block_time", "Block time", FIELD_TIME, "its time", NULL },
	{ "chain_time", NULL, FIELD_TIME, "time of the block being made: now, for waiting times", NULL },
	{ "paused", "Vault paused", FIELD_BOOL, "whether the vault is: then only looking works", NULL },
	{ "wait_seconds", NULL, FIELD_DURATION, "from a withdrawal's request to its unlock", NULL },
	{ 0 },
};

static const struct field core_fields[] = {
	{ "state", "4Mica Core", FIELD_TEXT, "ok, unhealthy, unreachable, not asked, or none: no Core is known", NULL },
	{ "url", NULL, FIELD_TEXT, "its base URL", NULL },
	{ "db", NULL, FIELD_BOOL, "whether its database works; null: it did not say", NULL },
	{ "chain_rpc", NULL, FIELD_BOOL, "whether it sees the chain; null: it did not say", NULL },
	{ "signed_in", NULL, FIELD_BOOL, "whether there was a token to ask with", NULL },
	{ "error", "Core says", FIELD_TEXT, "what kept it from answering all; null: nothing", NULL },
	{ 0 },
};

static const struct field asset_fields[] = {
	{ "asset", "Asset", FIELD_TEXT, "its symbol", NULL },
	{ "address", NULL, FIELD_ADDRESS, "its contract; zeros: ETH", NULL },
	{ "wallet", "In wallet", FIELD_AMOUNT, "in the wallet itself", NULL },
	{ "withdrawable", "In vault", FIELD_AMOUNT, "in the vault, all of it withdrawable: principal and yield", NULL },
	{ "capacity", "Capacity", FIELD_AMOUNT, "of that, what may back guarantees: the principal", NULL },
	{ "locked", "Locked", FIELD_AMOUNT, "by Core, for guarantees; null: unknown", NULL },
	{ "outstanding", "Outstanding", FIELD_AMOUNT, "signed by this wallet here and not known to be settled", NULL },
	{ "requested", "Withdrawal", FIELD_AMOUNT, "a pending withdrawal; null: none", NULL },
	{ "unlocks_at", "Unlocks at", FIELD_TIME, "when it can be finalized; null: none is pending", NULL },
	{ "unlocked", NULL, FIELD_BOOL, "whether it can be now; null: none is pending", NULL },
	{ "yield", "Yield (variable)", FIELD_AMOUNT, "of what is in the vault; it varies and can shrink; null: it bears none", NULL },
	{ "free", "Free", FIELD_AMOUNT, "for new guarantees", NULL },
	{ "problem", "Problem", FIELD_TEXT, "what is wrong with the token; null: nothing", NULL },
	{ 0 },
};

static const struct field allowance_fields[] = {
	{ "asset", "Allowance", FIELD_TEXT, "symbol of the token", NULL },
	{ "spender", "To", FIELD_TEXT, "vault, clearing house or Permit2", NULL },
	{ "address", NULL, FIELD_ADDRESS, "the spender's address", NULL },
	{ "allowance", "May take", FIELD_AMOUNT, "what it may take from the wallet", NULL },
	{ 0 },
};

static const struct field tx_fields[] = {
	{ "hash", "Transaction", FIELD_HASH, "signed, and not known to be in a block", NULL },
	{ "purpose", "Purpose", FIELD_TEXT, "approve, deposit, request and the like", NULL },
	{ "nonce", "Nonce", FIELD_NUMBER, "its number among the wallet's", NULL },
	{ "signed_at", "Signed at", FIELD_TIME, "when", NULL },
	{ 0 },
};

static const struct field authority_fields[] = {
	{ "id", "Payment", FIELD_TEXT, "its id, for fourmica reconcile", NULL },
	{ "seller", "Seller", FIELD_TEXT, "origin that has it; null: claims that were signed by themselves", NULL },
	{ "amount", "Amount", FIELD_AMOUNT, "of it; null: an asset not known here", NULL },
	{ "scheme", "Scheme", FIELD_TEXT, "4mica-credit or exact", NULL },
	{ "state", "State", FIELD_TEXT, "refused, in_doubt, or signed: without an answer", NULL },
	{ "signed_at", "Signed at", FIELD_TIME, "when", NULL },
	{ "valid_until", "Valid until", FIELD_TIME, "after this it cannot be used; null: a guarantee never expires", NULL },
	{ 0 },
};

static const struct field fields[] = {
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },
	{ "network_name", "Name", FIELD_TEXT, "its name here", NULL },
	{ "kind", "Kind", FIELD_TEXT, "test or MAINNET", NULL },
	{ "wallet", "Wallet", FIELD_ADDRESS, "the wallet's address", NULL },
	{ "wallet_name", "Wallet name", FIELD_TEXT, "its name here; null: only its address is known", NULL },
	{ "signs", "Signs", FIELD_TEXT, "with a passphrase, without one, with a program, or no: there is no key here", NULL },
	{ "unlocked_seconds", "Unlocked for", FIELD_DURATION,
	  "until its key holder drops the key, at the latest; null: it is locked", NULL },
	{ "vault", "Vault", FIELD_ADDRESS, "the Core4Mica contract", NULL },
	{ "stopped", "Stopped", FIELD_TEXT, "why nothing is signed; null: the emergency stop is not set", NULL },
	{ "locked", "Locked", FIELD_TEXT, "why it is unknown what Core has locked; null: it is known", NULL },
	{ "payments_in_doubt", "Payments in doubt", FIELD_NUMBER, "sent, with an outcome nobody knows", NULL },
	{ "transactions_open", "Open transactions", FIELD_NUMBER, "signed, and not known to be in a block", NULL },
	{ "next_deadline", "Next deadline", FIELD_TIME,
	  "the first end of a time to pay, of the open clearing cycles with guarantees of this wallet; null: none is known", NULL },
	{ "next_deadline_cycle", "In cycle", FIELD_TEXT, "the cycle it is of", NULL },
	{ "chain", "Chain", FIELD_OBJECT, "the node that answered", chain_fields },
	{ "core", "Core", FIELD_OBJECT, "4Mica Core", core_fields },
	{ "assets", "Assets", FIELD_LIST, "ETH, the tokens of our tables, and what the wallet has something of", asset_fields },
	{ "allowances", "Allowances", FIELD_LIST, "given by the wallet, and not zero", allowance_fields },
	{ "limits", "Budget", FIELD_LIST, "limits of the policy, and what they have left", limits_fields },
	{ "outstanding_count", "Outstanding authorities", FIELD_NUMBER,
	  "signatures that may still be used: refused, in doubt, or without an answer", NULL },
	{ "outstanding", "Authorities", FIELD_LIST, "the newest 20 of these; with --all every one", authority_fields },
	{ "transactions", "Transactions", FIELD_LIST, "that are open", tx_fields },
	{ 0 },
};

static const struct param params[] = {
	OPT(struct status, all, "all", 0, NULL, "also what the vault takes and the wallet has none of, and every outstanding authority"),
	OPT(struct status, sign_in, "sign-in", 0, NULL,
	    "unlock the wallet to ask 4Mica Core what it has locked"),
	{ 0 },
};

static const struct example examples[] = {
	{ "fourmica status", "everything about the default wallet" },
	{ "fourmica status --address 0x2c7536E3605D9C16a7a3D7b1898e529396a65c23",
	  "of any wallet; no key is needed" },
	{ "fourmica status --json | jq -r '.data.assets[] | select(.asset == \"USDC\").free.display'",
	  "what may still be promised" },
	{ 0 },
};
/* clang-format on */

static void put_amount(struct app *app, const char *field, const struct fm_u256 *base,
		       const struct fm_asset *asset)
{
	struct fm_amount amount = fm_amount_of(base, asset);

	out_amount(app->out, field, &amount);
}

/* ---- the head ---- */

static const char *signs(const struct app *app)
{
	if (external_has(app))
		return "with a program";
	if (app->wallet.watch)
		return "no";
	return app->wallet.kdf == FM_KDF_NONE ? "without a passphrase"
					      : "with a passphrase";
}

static void put_head(struct app *app, const struct fm_network *network)
{
	struct fm_holder_state held;
	char caip2[FM_CAIP2_TEXT];

	fm_caip2_text(caip2, network->chain_id);
	out_text(app->out, "network", caip2);
	out_text(app->out, "network_name", network->name);
	out_text(app->out, "kind", network->test ? "test" : "MAINNET");
	out_address(app->out, "wallet", &app->wallet.address);
	out_text(app->out, "wallet_name", app->wallet.name[0] ? app->wallet.name : NULL);
	out_text(app->out, "signs", signs(app));
	if (hold_look(app, &held))
		out_duration(app->out, "unlocked_seconds",
			     held.left_s < held.idle_s ? held.left_s : held.idle_s);
}

/* ---- chain and Core ---- */

/** Without the vault, which Core and chain name together, there was nothing to ask about. */
static bool was_asked(const struct fm_position *p)
{
	return !fm_addr_is_zero(&p->vault);
}

static void put_chain(struct app *app, const struct fm_position *p)
{
	out_object(app->out, "chain");
	out_text(app->out, "state",
		 p->chain_known ? "ok"
		 : was_asked(p) ? "unreachable"
				: "not asked");
	if (p->chain_known) {
		out_text(app->out, "rpc", p->rpc);
		out_number(app->out, "block", (int64_t)p->block);
		out_time(app->out, "block_time", p->block_s);
		out_time(app->out, "chain_time", p->chain_now_s);
		out_bool(app->out, "paused", p->paused);
		out_duration(app->out, "wait_seconds", p->grace_s);
	}
	out_end(app->out);
}

static const char *core_state(const struct fm_position *p, const char *url)
{
	if (!p->core_asked)
		return url ? "not asked" : "none";
	if (!p->core_answered)
		return "unreachable";
	return p->health.ok ? "ok" : "unhealthy";
}

static void put_core(struct app *app, const struct fm_network *network,
		     const struct fm_position *p)
{
	const char *url = app_core_url(app, network->chain_id);
	struct fm_buf shown;

	fm_buf_init(&shown, FM_TRUST_URL);
	if (url)
		fm_url_shown(&shown, url, true);
	out_object(app->out, "core");
	out_text(app->out, "state", core_state(p, url));
	out_text(app->out, "url", url && fm_buf_ok(&shown) ? shown.ptr : NULL);
	if (p->core_answered) {
		out_bool(app->out, "db", p->health.db_ok);
		out_bool(app->out, "chain_rpc", p->health.chain_rpc_ok);
	}
	out_bool(app->out, "signed_in", p->signed_in);
	out_text(app->out, "error", p->core_error.code ? p->core_error.msg : NULL);
	out_end(app->out);
	fm_buf_clear(&shown);
	if (p->core_error.code)
		out_warn(app->out, "4Mica Core: %s", p->core_error.msg);
	else if (p->core_answered && !p->health.ok)
		out_warn(app->out, "4Mica Core says that it is not healthy");
}

/* ---- assets ---- */

static const char *problem(char out[static 240], const struct fm_holding *h)
{
	if (h->broken)
		snprintf(out, 240, "cannot be used: %s", h->why_broken);
	else if (h->lies)
		snprintf(out, 240, "known with %u decimals, says %u on chain",
			 h->asset.decimals, h->says_decimals);
	else
		return NULL;
	return out;
}

static void put_numbers(struct app *app, const struct fm_position *p,
			const struct fm_holding *h)
{
	put_amount(app, "wallet", &h->wallet, &h->asset);
	put_amount(app, "withdrawable", &h->withdrawable, &h->asset);
	put_amount(app, "capacity", &h->capacity, &h->asset);
	if (h->core_known)
		put_amount(app, "locked", &h->core_locked, &h->asset);
	put_amount(app, "outstanding", &h->outstanding, &h->asset);
	if (h->requested_s) {
		put_amount(app, "requested", &h->requested, &h->asset);
		out_when(app->out, "unlocks_at", h->unlock_s);
		out_bool(app->out, "unlocked", p->chain_now_s >= h->unlock_s);
	}
	if (h->has_yield)
		put_amount(app, "yield", &h->yield, &h->asset);
	put_amount(app, "free", &h->free, &h->asset);
}

/** Anybody can have a token listed: what is nothing to this wallet is not shown. */
static bool concerns(const struct fm_holding *h)
{
	const struct fm_u256 *const amounts[] = { &h->wallet,	   &h->withdrawable,
						  &h->allowance,   &h->requested,
						  &h->core_locked, &h->outstanding,
						  &h->to_house,	   &h->to_permit2 };

	for (size_t i = 0; i < sizeof(amounts) / sizeof(amounts[0]); i++)
		if (!fm_u256_is_zero(amounts[i]))
			return true;
	return h->known || fm_addr_is_zero(&h->asset.address);
}

static void put_assets(struct app *app, const struct fm_position *p, bool all)
{
	char text[240];

	for (size_t i = 0; i < p->count; i++) {
		const struct fm_holding *h = &p->holdings[i];

		if (!all && !concerns(h))
			continue;
		out_row(app->out, "assets");
		out_text(app->out, "asset", h->asset.symbol);
		out_address(app->out, "address", &h->asset.address);
		if (!h->broken)
			put_numbers(app, p, h);
		out_text(app->out, "problem", problem(text, h));
		out_end(app->out);
	}
}

static void put_allowance(struct app *app, const struct fm_holding *h, const char *who,
			  const struct fm_addr *spender, const struct fm_u256 *amount)
{
	if (fm_u256_is_zero(amount))
		return;
	out_row(app->out, "allowances");
	out_text(app->out, "asset", h->asset.symbol);
	out_text(app->out, "spender", who);
	out_address(app->out, "address", spender);
	put_amount(app, "allowance", amount, &h->asset);
	out_end(app->out);
}

static void put_allowances(struct app *app, const struct fm_position *p)
{
	for (size_t i = 1; i < p->count; i++) {
		const struct fm_holding *h = &p->holdings[i];

		if (h->broken)
			continue;
		put_allowance(app, h, "vault", &p->vault, &h->allowance);
		put_allowance(app, h, "clearing house", &p->house, &h->to_house);
		put_allowance(app, h, "Permit2", &fm_permit2, &h->to_permit2);
	}
}

/* ---- the ledger ---- */

static enum fm_code put_open(struct app *app, struct fm_ledger *ledger, uint64_t chain_id,
			     struct fm_err *err)
{
	struct fm_tx_row *rows = NULL;
	size_t count = 0;
	enum fm_code rc = FM_OK;

	if (ledger)
		rc = fm_ledger_tx_open(&rows, &count, ledger, &app->wallet.address,
				       chain_id, err);
	for (size_t i = 0; !rc && i < count; i++) {
		out_row(app->out, "transactions");
		out_hash(app->out, "hash", &rows[i].hash);
		out_text(app->out, "purpose", rows[i].purpose);
		out_number(app->out, "nonce", (int64_t)rows[i].nonce);
		out_time(app->out, "signed_at", rows[i].created_ms / 1000);
		out_end(app->out);
	}
	fm_tx_rows_free(&rows, count);
	return rc;
}

static void put_authority(struct app *app, const struct fm_payment *p)
{
	const struct fm_asset *asset = app_asset(app, p->chain_id, &p->asset);

	out_row(app->out, "outstanding");
	out_text(app->out, "id", p->id);
	out_text(app->out, "seller", *p->origin ? p->origin : NULL);
	if (asset)
		put_amount(app, "amount", &p->amount, asset);
	out_text(app->out, "scheme", p->scheme);
	out_text(app->out, "state", fm_pay_state_word(p->state));
	out_time(app->out, "signed_at", p->signed_ms / 1000);
	if (p->valid_before_s)
		out_when(app->out, "valid_until", p->valid_before_s);
	out_end(app->out);
}

static enum fm_code put_authorities(struct app *app, struct fm_ledger *ledger,
				    uint64_t chain_id, bool all, struct fm_err *err)
{
	const struct fm_addr *who = &app->wallet.address;
	struct fm_payment *list = NULL;
	size_t count = 0;
	uint64_t sum = 0;
	enum fm_code rc = FM_OK;

	if (ledger)
		rc = fm_ledger_authority_count(&sum, ledger, who, chain_id, err);
	if (!rc && ledger)
		rc = fm_ledger_authority(&list, &count, ledger, who, chain_id,
					 all ? SIZE_MAX : AUTHORITIES_SHOWN, err);
	for (size_t i = 0; i < count; i++)
		put_authority(app, &list[i]);
	fm_payments_free(&list, count);
	if (rc)
		return rc;
	out_number(app->out, "outstanding_count", (int64_t)sum);
	if (sum > count)
		out_note(app->out,
			 "Of the outstanding authorities the newest %zu are shown; "
			 "all of them: fourmica status --all",
			 count);
	return FM_OK;
}

static enum fm_code put_ledger(struct app *app, uint64_t chain_id, bool all,
			       struct fm_err *err)
{
	struct fm_outstanding sums = { .asset_count = 0 };
	struct fm_ledger *ledger;
	enum fm_code rc = fm_client_ledger(&ledger, app->client, false, err);

	if (!rc && ledger)
		rc = fm_ledger_outstanding(&sums, ledger, &app->wallet.address, chain_id,
					   err);
	if (rc)
		return rc;
	out_number(app->out, "payments_in_doubt",
		   (int64_t)(sums.in_doubt + sums.unanswered));
	out_number(app->out, "transactions_open", (int64_t)sums.open_txs);
	if (sums.in_doubt + sums.unanswered + sums.open_txs)
		out_note(app->out, "What is in doubt or open is looked for by: fourmica "
				   "reconcile");
	fm_outstanding_clear(&sums);
	rc = put_open(app, ledger, chain_id, err);
	if (!rc)
		rc = put_authorities(app, ledger, chain_id, all, err);
	return rc ? rc : limits_report(app, ledger, chain_id, err);
}

static void put_stop(struct app *app)
{
	struct fm_err why;

	fm_err_init(&why);
	if (fm_client_check_stop(app->client, &why))
		out_text(app->out, "stopped", why.msg);
}

/* ---- cycles ---- */

/** That it is not known is no reason to fail. */
static void put_deadline(struct app *app, uint64_t chain_id)
{
	struct fm_cycle_deadline next;
	struct fm_err why;

	fm_err_init(&why);
	if (fm_cycle_next_deadline(&next, app->client, chain_id, &why)) {
		out_warn(app->out, "the next clearing deadline is not known: %s",
			 why.msg);
	} else if (next.found) {
		out_time(app->out, "next_deadline", (int64_t)next.pay_by_s);
		out_text(app->out, "next_deadline_cycle", next.ref.text);
		out_note(app->out, "What is owed in a cycle: fourmica cycles show %s",
			 next.ref.text);
	}
}

/* ---- all of it ---- */

/** A wallet without passphrase, or unlocked, signs without a question; another only when told to. */
static unsigned how_far(struct app *app, const struct status *args,
			const struct fm_network *network)
{
	unsigned look = FM_LOOK_CHAIN | FM_LOOK_CORE | FM_LOOK_REST;

	if (!app->wallet.watch &&
	    (args->sign_in || (app->wallet.kdf == FM_KDF_NONE && network->test) ||
	     hold_at_hand(app)))
		look |= FM_LOOK_SIGN_IN;
	return look;
}

static bool says_locked(const struct fm_position *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->holdings[i].core_known)
			return true;
	return false;
}

static void put_position(struct app *app, const struct fm_network *network,
			 const struct fm_position *p, bool all)
{
	put_chain(app, p);
	put_core(app, network, p);
	if (was_asked(p))
		out_address(app->out, "vault", &p->vault);
	if (!says_locked(p))
		out_text(app->out, "locked",
			 p->core_error.code ? "unknown (4Mica Core did not say)"
			 : p->core_asked    ? "unknown (needs sign-in)"
			 : app_core_url(app, network->chain_id)
				 ? "unknown (4Mica Core was not asked)"
				 : "unknown (no 4Mica Core)");
	if (!p->chain_known)
		return;
	put_assets(app, p, all);
	put_allowances(app, p);
}

static enum fm_code status_run(struct app *app, const void *opaque, struct fm_err *err)
{
	const struct status *args = opaque;
	const struct fm_network *network = app_network(app);
	struct fm_position *p = calloc(1, sizeof(*p));
	struct fm_err ledger;
	enum fm_code rc, told;

	if (!p)
		return fm_nomem(err);
	put_head(app, network);
	put_stop(app);
	rc = fm_position_read(p, app->client, network->chain_id, &app->wallet.address,
			      how_far(app, args, network), err);
	put_position(app, network, p, args->all);
	if (p->chain_known)
		put_deadline(app, network->chain_id);
	/* What this machine knows by itself is shown whoever does not answer. */
	fm_err_init(&ledger);
	told = put_ledger(app, network->chain_id, args->all, &ledger);
	if (!rc && told)
		*err = ledger;
	free(p);
	return rc ? rc : told;
}

const struct cmd cmd_status = {
	.name = "status",
	.summary = "show a wallet's money, what was promised of it, and what is left",
	.details =
		"Asks the chain and 4Mica Core at the same time and adds what the ledger here "
		"knows. Nothing is signed but, for a wallet without passphrase, the sign-in to "
		"Core; nobody is asked for anything.\n\n"
		"For each asset: what is in the wallet itself; what is in the vault, which can be "
		"withdrawn as a whole; its capacity, the part that may back guarantees, which is "
		"what was put in, without yield; what Core has locked for guarantees it accepted; "
		"what this wallet signed and is not known to be settled (outstanding); a "
		"withdrawal that was requested, and when it unlocks; and what is free for new "
		"guarantees: capacity less withdrawal, less what is locked, less what was signed "
		"and Core may not know of. Without Core's word all that is outstanding is taken "
		"off instead. Yield varies with the lending pool behind the vault and can "
		"shrink.\n\n"
		"What Core has locked it tells only to a wallet that signed in. A wallet with a "
		"passphrase does so with --sign-in; without that, or with --address or a wallet "
		"that only watches, it says: unknown (needs sign-in).\n\n"
		"An allowance lets a contract take tokens out of the wallet: the vault for a "
		"deposit, the clearing house for a net debit, Permit2 for sellers who want to be "
		"paid through it. What is not needed is taken back with fourmica wallet "
		"allowances revoke.\n\n"
		"A guarantee that was signed never expires by itself, so it stays outstanding "
		"until there is proof of what became of it. Payments in doubt were sent and not "
		"answered; fourmica reconcile finds out. Outstanding authorities are these, and what "
		"was refused: whoever has such a signature can still use it, an exact one until its "
		"end.\n\n"
		"The next deadline is that of a clearing cycle on chain in which this wallet has "
		"guarantees outstanding and has not paid, of the newest eight with a certificate; what "
		"is owed in it, if anything, fourmica cycles show tells. Without a known clearing "
		"house there is none.\n\n"
		"When the chain cannot be reached the exit status says so, and the rest is shown "
		"all the same. That Core does not answer is a warning.",
	.params = params,
	.size = sizeof(struct status),
	.fields = fields,
	.examples = examples,
	.needs = NEED_WALLET | NEED_POLICY | NEED_LEDGER | NEED_HTTP,
	.run = status_run,
};
