/* SPDX-License-Identifier: MIT */
/* What the options of `verify-cert` demand of a certificate. */
#include "cert.h"

#include "args.h"
#include "when.h"

#include <stdio.h>
#include <string.h>

static const struct fm_asset *by_symbol(const struct app *app, uint64_t chain_id,
					const char *symbol)
{
	struct fm_quantity unit = { .number = "0" };
	size_t len = strlen(symbol);

	if (len >= sizeof(unit.unit) || strcmp(symbol, "base") == 0)
		return NULL;
	for (size_t i = 0; i < len; i++)
		unit.unit[i] = (char)(symbol[i] >= 'A' && symbol[i] <= 'Z'
					      ? symbol[i] + ('a' - 'A')
					      : symbol[i]);
	for (size_t i = 0; i < app->asset_count; i++)
		if (app->assets[i].chain_id == chain_id &&
		    fm_quantity_names(&unit, &app->assets[i]))
			return &app->assets[i];
	return fm_asset_by_symbol(chain_id, unit.unit);
}

/* ---- one option after the other ---- */

static enum fm_code bad(struct fm_err *err, const char *option, const char *value,
			const char *rule)
{
	struct fm_buf text;

	fm_fail(err, FM_E_USAGE, "%s: '%s' %s", option, args_shown(&text, value), rule);
	fm_buf_clear(&text);
	return FM_E_USAGE;
}

static bool read_hash(struct fm_hash *out, struct fm_span text)
{
	return fm_hex_read(out->b, sizeof(out->b), fm_hex_strip(text));
}

/* The cycle's hash, or Core's text id "0x<asset>:<start>". Rule: 4mica.md, section 8. */
static bool read_cycle(struct fm_u256 *out, const char *text)
{
	const char *colon = strchr(text, ':');
	struct fm_u256 start;
	struct fm_hash hash;
	struct fm_addr asset;
	uint64_t start_s;

	if (!colon) {
		if (!read_hash(&hash, fm_span_of(text)))
			return false;
		*out = fm_u256_from_be(hash.b);
		return true;
	}
	if (!fm_addr_parse(&asset, NULL,
			   (struct fm_span){ text, (size_t)(colon - text) }) ||
	    !fm_u256_from_dec(&start, fm_span_of(colon + 1)) ||
	    !fm_u256_to_u64(&start_s, &start))
		return false;
	fm_cycle_id(out, &asset, start_s);
	return true;
}

static enum fm_code read_asset(struct cert_wanted *w, const char *text,
			       struct fm_err *err)
{
	w->asset_from = "--expect-asset";
	if (strncmp(text, "0x", 2) != 0) {
		w->asset = text;
		return FM_OK;
	}
	if (args_looks_secret(text))
		return bad(err, w->asset_from, text, "is no address");
	if (fm_addr_from_user(&w->terms.asset, text, err))
		return fm_within(err, "%s", w->asset_from);
	w->terms.has |= FM_TERM_ASSET;
	return FM_OK;
}

static enum fm_code read_terms(struct cert_wanted *w, const struct verify_cert *args,
			       struct fm_err *err)
{
	struct fm_cert_terms *t = &w->terms;

	if (args->expect_payer.set) {
		t->payer = args->expect_payer.addr;
		t->has |= FM_TERM_PAYER;
	}
	if (args->expect_recipient.set) {
		t->recipient = args->expect_recipient.addr;
		t->has |= FM_TERM_RECIPIENT;
	}
	if (args->expect_version) {
		t->version = args->expect_version[0] - '0';
		t->has |= FM_TERM_VERSION;
	}
	if (args->expect_req_id) {
		if (!fm_u256_from_dec(&t->req_id, fm_span_of(args->expect_req_id)) &&
		    !fm_u256_from_hex(&t->req_id, fm_span_of(args->expect_req_id)))
			return bad(err, "--expect-req-id", args->expect_req_id,
				   "is neither a decimal number nor 0x and hex digits");
		t->has |= FM_TERM_REQ_ID;
	}
	if (args->expect_timestamp) {
		if (!when_read(&t->timestamp, args->expect_timestamp))
			return bad(err, "--expect-timestamp", args->expect_timestamp,
				   "is neither Unix seconds nor a time like "
				   "2026-06-22T10:00:00Z");
		t->has |= FM_TERM_TIMESTAMP;
	}
	if (args->expect_cycle) {
		if (!read_cycle(&t->cycle_id, args->expect_cycle))
			return bad(err, "--expect-cycle", args->expect_cycle,
				   "is neither a hash of 64 hex digits nor "
				   "0xASSET:START");
		t->has |= FM_TERM_CYCLE;
	}
	return args->expect_asset ? read_asset(w, args->expect_asset, err) : FM_OK;
}

/* ---- files ---- */

static enum fm_code twice(struct fm_err *err, const char *option, const char *term)
{
	fm_fail(err, FM_E_USAGE, "%s says another %s than what was already demanded",
		option, term);
	return fm_hint(err, "give each term once");
}

static enum fm_code add(struct cert_wanted *w, const struct fm_cert_terms *terms,
			uint64_t chain_id, const char *option, struct fm_err *err)
{
	const char *differs;

	if (!(w->terms.has & FM_TERM_ASSET) && !w->asset && terms->has & FM_TERM_ASSET)
		w->asset_from = option;
	differs = fm_cert_terms_add(&w->terms, terms);
	if (differs)
		return twice(err, option, differs);
	if (w->chain_id && chain_id && w->chain_id != chain_id)
		return twice(err, option, "network");
	w->chain_id = chain_id;
	return FM_OK;
}

static enum fm_code add_quote(struct cert_wanted *w, const char *path, struct fm_err *err)
{
	struct fm_cert_terms terms = { .has = 0 };
	struct fm_quote_file file;
	enum fm_code rc;

	fm_quote_file_init(&file);
	rc = app_read_quote(&file, path, err);
	if (rc)
		goto out;
	if (strcmp(file.terms.scheme, "exact") == 0) {
		rc = fm_fail(err, FM_E_USAGE,
			     "--quote: its scheme is 'exact', which has no certificates");
		goto out;
	}
	terms.has = FM_TERM_RECIPIENT | FM_TERM_AMOUNT | FM_TERM_ASSET;
	terms.recipient = file.terms.pay_to;
	terms.amount = file.terms.amount;
	terms.asset = file.terms.asset;
	rc = add(w, &terms, file.terms.chain_id, "--quote", err);
out:
	fm_quote_file_clear(&file);
	return rc;
}

static enum fm_code add_receipt(struct cert_wanted *w, const char *path,
				struct fm_err *err)
{
	struct fm_cert_terms terms;
	uint64_t chain_id = 0;
	struct fm_buf text;
	enum fm_code rc;

	fm_buf_init(&text, FM_CERT_INPUT_MAX);
	rc = app_read_file(&text, path, err);
	if (!rc)
		rc = fm_receipt_terms(&terms, &chain_id, fm_buf_span(&text), err);
	if (rc == FM_E_CONFIG)
		fm_within(err, "--receipt");
	if (!rc)
		rc = add(w, &terms, chain_id, "--receipt", err);
	fm_buf_clear(&text);
	return rc;
}

enum fm_code cert_wanted_read(struct cert_wanted *out, const struct verify_cert *args,
			      struct fm_err *err)
{
	enum fm_code rc;

	*out = (struct cert_wanted){ .chain_id = 0 };
	out->amount = args->expect_amount;
	if (args->domain) {
		if (!read_hash(&out->domain, fm_span_of(args->domain)))
			return bad(err, "--domain", args->domain,
				   "is no hash of 64 hex digits");
		out->has_domain = true;
	}
	rc = read_terms(out, args, err);
	if (!rc && args->quote)
		rc = add_quote(out, args->quote, err);
	if (!rc && args->receipt)
		rc = add_receipt(out, args->receipt, err);
	return rc;
}

/* ---- symbols ---- */

static enum fm_code need_chain(struct fm_err *err, const char *option)
{
	fm_fail(err, FM_E_USAGE, "%s: a symbol means nothing without a chain", option);
	return fm_hint(err, "name the chain with --chain-id, or give the token's address "
			    "and base units");
}

static enum fm_code resolve_asset(struct cert_wanted *w, const struct app *app,
				  uint64_t chain_id, struct fm_err *err)
{
	const struct fm_asset *asset;
	struct fm_cert_terms terms = { .has = FM_TERM_ASSET };

	if (!chain_id)
		return need_chain(err, "--expect-asset");
	asset = by_symbol(app, chain_id, w->asset);
	if (!asset) {
		bad(err, "--expect-asset", w->asset, "is no token known on this chain");
		return fm_hint(err, "give the token's address");
	}
	terms.asset = asset->address;
	if (fm_cert_terms_add(&w->terms, &terms))
		return twice(err, "--expect-asset", "asset");
	w->asset = NULL;
	return FM_OK;
}

/* The token is demanded too, or the unit is that of every token: the amount is known now. */
static enum fm_code resolve_amount(struct cert_wanted *w, const struct app *app,
				   uint64_t chain_id, struct fm_err *err)
{
	const struct fm_asset any = { .decimals = 0 }, *asset = &any;
	struct fm_cert_terms terms = { .has = FM_TERM_AMOUNT };

	if (strcmp(w->amount.unit, "base") != 0) {
		if (!chain_id)
			return need_chain(err, "--expect-amount");
		if (!(w->terms.has & FM_TERM_ASSET))
			return FM_OK;
		asset = app_asset(app, chain_id, &w->terms.asset);
		if (!asset || !fm_quantity_names(&w->amount, asset)) {
			fm_fail(err, FM_E_USAGE,
				"--expect-amount: '%s%s' is not an amount of the token "
				"of %s",
				w->amount.number, w->amount.unit, w->asset_from);
			return fm_hint(err, "amounts of any token can be given as base");
		}
	}
	if (fm_quantity_resolve(&terms.amount, &w->amount, asset, err))
		return fm_within(err, "--expect-amount");
	if (fm_cert_terms_add(&w->terms, &terms))
		return twice(err, "--expect-amount", "amount");
	w->amount.number[0] = '\0';
	return FM_OK;
}

enum fm_code cert_wanted_resolve(struct cert_wanted *out,
				 const struct cert_wanted *wanted, const struct app *app,
				 uint64_t chain_id, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	*out = *wanted;
	if (out->chain_id && chain_id && out->chain_id != chain_id) {
		char asked[FM_CAIP2_TEXT], have[FM_CAIP2_TEXT];

		fm_caip2_text(asked, out->chain_id);
		fm_caip2_text(have, chain_id);
		return fm_fail(err, FM_E_USAGE,
			       "the quote or receipt is of %s, the trusted key of %s",
			       asked, have);
	}
	if (out->asset)
		rc = resolve_asset(out, app, chain_id, err);
	if (!rc && out->amount.number[0])
		rc = resolve_amount(out, app, chain_id, err);
	return rc;
}
