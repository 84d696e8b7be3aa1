/* SPDX-License-Identifier: MIT */
/* The checks of many certificates at once, each against the terms demanded of it. */
#include "cert.h"

#include <stdlib.h>
#include <string.h>

static int severity(enum fm_code code)
{
	switch (code) {
	case FM_OK:
		return 0;
	case FM_E_CERT_KEY:
		return 1;
	case FM_E_CERT_DIFF:
		return 2;
	case FM_E_CERT:
		return 3;
	default:
		return 4;
	}
}

enum fm_code cert_worse(enum fm_code a, enum fm_code b)
{
	return severity(b) > severity(a) ? b : a;
}

/* --expect-amount in a unit whose token only the certificate names. */
static enum fm_code amount_of(struct cert_job *job, struct app *app,
			      const struct cert_trust *trust,
			      const struct cert_wanted *wanted, bool legacy,
			      struct fm_err *err)
{
	const struct fm_span claims = { (const char *)job->input.claims,
					job->input.claims_len };
	const struct fm_asset *asset;
	struct fm_err ignored;
	struct fm_cert cert;

	fm_err_init(&ignored);
	if (fm_cert_decode(&cert, claims, legacy, &ignored))
		return FM_OK; /* the checks say why */
	asset = app_asset(app, trust->trust.chain_id, &cert.claims.asset);
	job->other_token = !asset || !fm_quantity_names(&wanted->amount, asset);
	if (job->other_token)
		return FM_OK;
	job->terms.has |= FM_TERM_AMOUNT;
	if (fm_quantity_resolve(&job->terms.amount, &wanted->amount, asset, err))
		return fm_within(err, "--expect-amount");
	return FM_OK;
}

/* The options win over the receipt's own payment, which is looked at by itself then. */
static enum fm_code demand(struct cert_job *job, struct app *app,
			   const struct cert_trust *trust,
			   const struct cert_wanted *wanted, bool legacy,
			   struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	job->terms = wanted->terms;
	job->other_token = false;
	if (wanted->amount.number[0])
		rc = amount_of(job, app, trust, wanted, legacy, err);
	job->contradicted = fm_cert_terms_add(&job->terms, &job->input.terms) != NULL;
	fm_cert_terms_expect(&job->expect, &job->terms);
	return rc;
}

static void start(struct fm_cert_item *item, const struct cert_job *job)
{
	*item = (struct fm_cert_item){
		.claims = {(const char *)job->input.claims,     job->input.claims_len},
		.signature = { (const char *)job->input.signature,
			       job->input.signature_len					},
		.expect = &job->expect,
	};
}

static bool is_verdict(enum fm_code rc)
{
	return severity(rc) < 4;
}

/* Once more, with nothing but the receipt's own payment demanded. */
static enum fm_code check_receipt(struct cert_job *job, const struct cert_trust *trust,
				  bool legacy, struct fm_err *err)
{
	struct fm_cert_item item;
	struct fm_err ignored;
	enum fm_code rc;

	fm_err_init(&ignored);
	fm_cert_terms_expect(&job->expect, &job->input.terms);
	start(&item, job);
	rc = fm_cert_verify(&item, 1, &trust->trust, legacy, &fm_system_rand, &ignored);
	if (!is_verdict(rc)) {
		*err = ignored;
		return rc;
	}
	job->verdict = item.verdict;
	return FM_OK;
}

static void other_token(struct cert_job *job, const struct cert_wanted *wanted)
{
	struct fm_cert_verdict *v = &job->verdict;
	char address[FM_ADDR_TEXT];
	size_t len = strlen(wanted->amount.unit);

	fm_addr_text(address, &v->cert.claims.asset);
	v->rule = FM_CERT_EXPECTATION;
	v->field = "asset";
	memcpy(v->expected, wanted->amount.unit, len + 1);
	memcpy(v->actual, address, sizeof(address));
	fm_fail(&v->why, FM_E_CERT_DIFF, "asset is %s, not %s as --expect-amount says",
		address, wanted->amount.unit);
	fm_rule(&v->why, "%s", fm_cert_rule_word(v->rule));
	fm_hint(&v->why, "amounts of a token that is not known here are given as base");
}

static enum fm_code finish(struct cert_job *job, const struct cert_trust *trust,
			   const struct cert_wanted *wanted, bool legacy,
			   struct fm_err *err)
{
	struct fm_cert_verdict *v = &job->verdict;
	enum fm_code rc = FM_OK;

	if (trust->trust.anchor == FM_ANCHOR_NONE && v->rule >= trust->rule) {
		v->rule = trust->rule;
		v->why = trust->why;
	}
	if (v->rule == FM_CERT_VERIFIED && job->other_token)
		other_token(job, wanted);
	if (v->rule == FM_CERT_VERIFIED && job->contradicted)
		rc = check_receipt(job, trust, legacy, err);
	return rc;
}

enum fm_code cert_check(struct cert_job *const *jobs, size_t count, struct app *app,
			const struct cert_trust *trust, const struct cert_wanted *wanted,
			bool legacy, struct fm_err *err)
{
	struct fm_cert_item *items;
	struct fm_err first;
	enum fm_code rc = FM_OK;

	if (!count)
		return FM_OK;
	items = calloc(count, sizeof(*items));
	if (!items)
		return fm_nomem(err);
	for (size_t i = 0; !rc && i < count; i++) {
		rc = demand(jobs[i], app, trust, wanted, legacy, err);
		start(&items[i], jobs[i]);
	}
	if (rc)
		goto out;
	fm_err_init(&first);
	rc = fm_cert_verify(items, count, &trust->trust, legacy, &fm_system_rand, &first);
	if (!is_verdict(rc)) {
		*err = first;
		goto out;
	}
	rc = FM_OK;
	for (size_t i = 0; !rc && i < count; i++) {
		jobs[i]->verdict = items[i].verdict;
		rc = finish(jobs[i], trust, wanted, legacy, err);
	}
out:
	free(items);
	return rc;
}
