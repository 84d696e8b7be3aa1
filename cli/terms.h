/* SPDX-License-Identifier: MIT */
/** The payment options `pay`, `quote` and `sign --challenge` share, and how they tell what was
 *  asked for. */
#ifndef TERMS_H
#define TERMS_H

#include "app.h"

#define TERMS_PREFER_MAX 8

struct terms_args {
	struct fm_quantity max_amount, expect_amount;
	struct opt_addr expect_pay_to;
	const char *asset, *scheme, *task, *category, *reason, *evidence, *idem_key;
	struct strings prefer;
};

/** Rows for a struct `s` with a member `struct terms_args terms`. */
/* clang-format off */
#define TERMS_PARAMS(s)                                                                        \
	GROUP("Payment"),                                                                      \
	OPT(s, terms.max_amount, "max-amount", 0, "AMOUNT", "pay no more than this"),          \
	OPT(s, terms.expect_pay_to, "expect-pay-to", 0, "ADDRESS", "pay nobody else"),         \
	OPT(s, terms.expect_amount, "expect-amount", 0, "AMOUNT", "pay exactly this, or nothing"), \
	OPT(s, terms.asset, "asset", 0, "ASSET", "pay only in this: symbol or address"),       \
	OPT(s, terms.scheme, "scheme", 0, "SCHEME", "pay only with this: 4mica-credit, exact"), \
	OPT(s, terms.prefer, "prefer", 0, "SCHEME", "prefer this scheme; may be repeated, best first"), \
	OPTX(s, terms.task, "task", 0, "ID", "task whose budget this counts in",               \
	     .known = KNOWN_TASK),                                                             \
	OPT(s, terms.category, "category", 0, "NAME", "kind of spending whose budget this counts in"), \
	OPT(s, terms.reason, "reason", 0, "TEXT", "what it is for, kept with the payment")
/* clang-format on */

/** What the buyer insists on, in the library's form; `prefer` is room for the list. */
struct terms {
	struct fm_terms_wanted wanted;
	const char *prefer[TERMS_PREFER_MAX + 1];
};

/** Also tightens app->policy with --max-amount. Errors: FM_E_USAGE. */
enum fm_code terms_make(struct terms *out, struct app *app, const struct terms_args *args,
			struct fm_err *err);

/** Members of `data` that describe a judged challenge (contract of `quote`). */
/* clang-format off */
#define QUOTE_FIELDS                                                                           \
	{ "outcome", "Outcome", FIELD_TEXT, "pay, free, or the class of the refusal", NULL },  \
	{ "verdict", "Verdict", FIELD_TEXT, "allow, approve or refuse", NULL },                \
	{ "rule", "Rule", FIELD_TEXT, "the rule that decided, when it was not allow", NULL },  \
	{ "approval", "Approval", FIELD_HASH,                                                  \
	  "allowed because a person approved exactly this, once; null: without", NULL },       \
	{ "approved_until", "Approved until", FIELD_TIME, "when that ends", NULL },            \
	{ "http_status", NULL, FIELD_NUMBER, "status of the response that was judged", NULL }, \
	{ "source", NULL, FIELD_TEXT, "where the challenge was: header or body", NULL },       \
	{ "version", "x402 version", FIELD_NUMBER, "x402 version of the challenge", NULL },    \
	{ "option_index", NULL, FIELD_NUMBER, "place of the offer in `accepts`, from 0", NULL }, \
	{ "scheme", "Scheme", FIELD_TEXT, "4mica-credit or exact", NULL },                     \
	{ "network", "Network", FIELD_TEXT, "CAIP-2 name of the chain", NULL },                \
	{ "amount", "Amount", FIELD_AMOUNT, "price of the request", NULL },                    \
	{ "asset", NULL, FIELD_ADDRESS, "token contract", NULL },                              \
	{ "pay_to", "Pay to", FIELD_ADDRESS, "who is paid", NULL },                            \
	{ "resource", "Resource", FIELD_TEXT, "what the seller calls the resource", NULL },    \
	{ "description", "Description", FIELD_TEXT, "the seller's description of it", NULL },  \
	{ "mime_type", NULL, FIELD_TEXT, "the seller's media type of it", NULL },              \
	{ "max_timeout_seconds", "Window", FIELD_DURATION, "how long the seller gives", NULL }, \
	{ "reply_header", NULL, FIELD_TEXT, "header that carries the payment", NULL },         \
	{ "guarantee_version", NULL, FIELD_NUMBER, "4mica-credit: 1 or 2", NULL },             \
	{ "validation", "Validation", FIELD_OBJECT, "what a V2 guarantee depends on",          \
	  validation_fields },                                                                 \
	{ "collateral", "Collateral", FIELD_OBJECT,                                            \
	  "4mica-credit, of an allowed offer: does it cover it? null: not looked for",         \
	  collateral_fields },                                                                 \
	{ "limits", "Limits", FIELD_LIST, "windows and totals that apply", limit_fields },     \
	{ "error", "Server says", FIELD_TEXT, "the server's own error text", NULL },           \
	{ "offers", "Offers", FIELD_LIST, "every offer, and why it was not chosen", offer_fields }
/* clang-format on */

extern const struct field validation_fields[], limit_fields[], offer_fields[],
	collateral_fields[];
/** QUOTE_FIELDS as a table, for commands that show a quote inside their own data. */
extern const struct field quote_fields[];

/** Say all of QUOTE_FIELDS, and warn of what is odd about the offer. */
void terms_report(struct app *app, const struct fm_quote *quote);

/** `collateral` of the record at hand, and a warning when it is unknown to whoever was asked. */
void terms_collateral(struct out *o, const struct fm_cover *cover);

/** The file's response judged without any network: `quote --response`, `sign --challenge`. */
enum fm_code terms_saved(struct fm_quote *quote, struct app *app, const char *file,
			 const char *url, const struct fm_terms_wanted *wanted,
			 struct fm_err *err);

#endif
