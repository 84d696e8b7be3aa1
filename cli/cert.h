/* SPDX-License-Identifier: MIT */
/** What the parts of `verify-cert` share: its options, what they demand, whose word is believed,
 *  and how a verdict is told. */
#ifndef CERT_H
#define CERT_H

#include "app.h"

/** 9999-12-31T23:59:59Z: RFC 3339 has no later second. */
#define CERT_TIME_LAST UINT64_C(253402300799)

struct verify_cert {
	const char *file, *claims, *signature, *batch;
	const char *key, *domain;
	uint64_t chain_id;
	struct opt_addr vault;
	bool online, legacy;
	struct opt_addr expect_payer, expect_recipient;
	struct fm_quantity expect_amount;
	const char *expect_asset, *expect_req_id, *expect_timestamp, *expect_cycle,
		*expect_version;
	const char *quote, *receipt;
};

/** Where a certificate is said to be from. */
struct cert_place {
	uint64_t chain_id; /**< 0: not said */
	bool has_vault;
	struct fm_addr vault;
};

/** What options, --quote and --receipt demand of every certificate. */
struct cert_wanted {
	struct fm_cert_terms terms;
	struct fm_quantity
		amount;		 /**< --expect-amount, while its unit is no known token */
	const char *asset;	 /**< --expect-asset, while it is a symbol */
	const char *asset_from;	 /**< option that named terms.asset; NULL: none */
	uint64_t chain_id;	 /**< of the quote or receipt; 0: none was given */
	struct cert_place place; /**< of --chain-id, --vault, --network, --key NAME */
	bool has_domain;
	struct fm_hash domain;
};

/** Read the options and the files they name. Errors: FM_E_USAGE, also when two of them give one
 *  term two values; what reading says. */
enum fm_code cert_wanted_read(struct cert_wanted *out, const struct verify_cert *args,
			      struct fm_err *err);
/** Symbols into addresses and base units, now that the chain is known. Leaves `amount` for
 *  cert_terms_for when only the certificate can say what token is meant.
 *  Errors: FM_E_USAGE. */
enum fm_code cert_wanted_resolve(struct cert_wanted *out,
				 const struct cert_wanted *wanted, const struct app *app,
				 uint64_t chain_id, struct fm_err *err);

/** Whom to believe. */
struct cert_trust {
	struct fm_cert_trust trust;
	/** Anchor NONE: the check that fails because of that, after those before it; its words. */
	enum fm_cert_rule rule;
	struct fm_err why;
	bool domain_given;  /**< --domain */
	bool receipt_place; /**< chain or vault are the receipt's word */
};

/** What the options say of the place, into wanted->place. Errors: FM_E_USAGE, FM_E_CONFIG. */
enum fm_code cert_place_read(struct cert_wanted *wanted, struct app *app,
			     const struct verify_cert *args, struct fm_err *err);
/** The key of --key, else the pin of the place that options or the receipt name. `input` may be
 *  NULL. Opens the home only when it is needed, once.
 *  Returns FM_OK also when nobody is believed: that is a verdict. Errors: FM_E_USAGE,
 *  FM_E_CONFIG, what asking says. */
enum fm_code cert_trust_find(struct cert_trust *out, struct app *app,
			     const struct verify_cert *args,
			     const struct cert_wanted *wanted,
			     const struct fm_cert_input *input, struct fm_err *err);

/** Was this key pinned for the vault, and replaced? Only told where the pins were looked at. */
bool cert_key_replaced(char until[static FM_TIME_TEXT], struct app *app,
		       const struct cert_trust *trust,
		       const uint8_t key[static FM_BLS_KEY]);

/** One certificate on its way through the checks. */
struct cert_job {
	struct fm_cert_input input;
	struct fm_cert_verdict
		verdict;	    /**< rule VERIFIED and a code in `why`: unreadable */
	struct fm_cert_terms terms; /**< demanded of it */
	struct fm_cert_expect expect; /**< the same; points into terms */
	bool other_token; /**< --expect-amount is of another token than the certificate */
	bool contradicted; /**< an option contradicts the receipt's own payment */
};

/** Run all checks on `count` jobs that could be read. Verdicts are in the jobs. Errors: FM_E_USAGE,
 *  FM_E_NOMEM, what random bytes say. `wanted` is resolved. */
enum fm_code cert_check(struct cert_job *const *jobs, size_t count, struct app *app,
			const struct cert_trust *trust, const struct cert_wanted *wanted,
			bool legacy, struct fm_err *err);
/** The worse of two results: 60 over 61 over 62 over 0. */
enum fm_code cert_worse(enum fm_code a, enum fm_code b);

/* clang-format off */
#define CERT_VERDICT_FIELDS                                                                    \
	{ "verified", "Verified", FIELD_BOOL, "every check passed", NULL },                    \
	{ "rule", "Failed check", FIELD_TEXT, "the check that failed; null: none", NULL },     \
	{ "field", "Field", FIELD_TEXT, "domain, expectation: the first field that differs", NULL }, \
	{ "expected", "Expected", FIELD_TEXT, "what it should be; null when that is not known", NULL }, \
	{ "actual", "Actual", FIELD_TEXT, "what it is", NULL },                                \
	{ "amount", "Amount", FIELD_AMOUNT, "what was guaranteed", NULL },                     \
	{ "asset", "Token", FIELD_ADDRESS, "token contract; zero: ETH", NULL },                   \
	{ "payer", "Payer", FIELD_ADDRESS, "whose collateral is locked", NULL },               \
	{ "recipient", "Recipient", FIELD_ADDRESS, "for whom", NULL },                         \
	{ "req_id", "Request id", FIELD_U256, "identity of the guarantee, with the payer", NULL }, \
	{ "timestamp", "Signed at", FIELD_TIME, "when the payer signed; null beyond the calendar", NULL }, \
	{ "version", "Version", FIELD_NUMBER, "guarantee version", NULL },                     \
	{ "form", NULL, FIELD_TEXT, "envelope, or legacy", NULL },                             \
	{ "cycle", "Cycle", FIELD_OBJECT, "clearing cycle it is netted in", cert_cycle_fields }, \
	{ "validation", "Validation", FIELD_OBJECT, "version 2: what it depends on", cert_validation_fields }, \
	{ "domain", "Domain", FIELD_HASH, "domain of the certificate", NULL },                 \
	{ "chain_id", "Chain", FIELD_NUMBER, "chain of the vault; null when not known", NULL }, \
	{ "vault", "Vault", FIELD_ADDRESS, "vault; null when not known", NULL },               \
	{ "key", "Key", FIELD_TEXT, "the key it was held against", NULL },                     \
	{ "anchor", NULL, FIELD_TEXT, "what anchored trust: given, pinned, chain; none", NULL }
/* clang-format on */
extern const struct field cert_cycle_fields[], cert_validation_fields[];

/** The amount, in units of its token when that is known. */
struct fm_amount cert_amount(const struct app *app, uint64_t chain_id,
			     const struct fm_claims *claims);
/** Say the fields above. Returns whether the cycle's text is known. */
bool cert_report(struct app *app, const struct cert_job *job,
		 const struct cert_trust *trust);
/** What anchored trust, as a sentence. */
const char *cert_trust_words(const struct cert_trust *trust);
/** chain_id, vault, key, anchor by themselves. */
void cert_report_trust(struct out *o, const struct cert_trust *trust);

/** --batch: read, check and tell certificate after certificate. */
enum fm_code cert_batch(struct app *app, const struct verify_cert *args,
			const struct cert_wanted *wanted, struct fm_err *err);
extern const struct field cert_batch_fields[];

#endif
