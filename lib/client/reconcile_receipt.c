/* SPDX-License-Identifier: MIT */
/* What came back from a seller and is kept. A crash can come between keeping a receipt and recording
 * the outcome: then the certificate in it is the evidence, once it is verified against what was
 * signed. A refusal can say that the same bytes were taken before. */
#include "client/outcome.h"
#include "client/reconcile.h"

#include <fourmica/file.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>

/** The receipt that was kept of a payment. *found false: none, or one without a certificate. */
static enum fm_code read_kept(struct fm_cert_input *out, bool *found,
			      const struct fm_client *client, const char *id,
			      struct fm_err *err)
{
	char path[PATH_MAX];
	struct fm_buf text;
	enum fm_code rc;
	int len = snprintf(path, sizeof(path), "%s/%s.json", client->config.receipt_dir,
			   id);

	*found = false;
	if (len < 0 || (size_t)len >= sizeof(path))
		return FM_OK;
	fm_buf_init(&text, FM_CERT_INPUT_MAX);
	rc = fm_file_read(&text, found, path, FM_FILE_PRIVATE, err);
	if (!rc && *found)
		rc = fm_cert_input_read(out, fm_buf_span(&text), err);
	*found &= !rc;
	fm_buf_clear(&text);
	return rc;
}

static enum fm_code claims_of(struct fm_claims *out, const struct fm_payment *p,
			      struct fm_err *err)
{
	struct fm_buf json;
	enum fm_code rc;

	fm_buf_init(&json, FM_CERT_INPUT_MAX);
	if (!p->header || !fm_base64_read(&json, fm_span_of(p->header)))
		rc = fm_fail(err, FM_E_CERT, "what was signed is not kept as a header");
	else
		rc = fm_client_signed_claims(out, fm_buf_span(&json), err);
	fm_buf_clear(&json);
	return rc;
}

static enum fm_code verify(struct fm_cert *out, const struct fm_cases *cases,
			   const struct fm_cert_input *input, const struct fm_payment *p,
			   const struct fm_cert_trust *trust, struct fm_err *err)
{
	struct fm_cert_expect expect;
	struct fm_claims claims;
	struct fm_cert_item item = {
		.claims = {(const char *)input->claims,	 input->claims_len   },
		.signature = { (const char *)input->signature, input->signature_len},
		.expect = &expect
	};
	enum fm_code rc = claims_of(&claims, p, err);

	if (rc)
		return rc;
	fm_cert_expect_claims(&expect, &claims);
	rc = fm_cert_verify(&item, 1, trust, false, cases->client->config.rand, err);
	*out = item.verdict.cert;
	return rc;
}

static enum fm_code look(struct fm_cases *cases, struct fm_open_case *c,
			 struct fm_err *err)
{
	struct fm_cert_trust trust;
	struct fm_cycle_guess cycle;
	struct fm_cert_input input;
	struct fm_cert cert;
	struct fm_err why;
	bool found = false;
	enum fm_code rc;

	fm_err_init(&why);
	rc = read_kept(&input, &found, cases->client, c->payment.id, &why);
	if (!rc && found)
		rc = fm_client_trust(&trust, cases->client, cases->chain_id, NULL,
				     FM_TRUST_FIRST_USE, &why);
	if (!rc && found)
		rc = verify(&cert, cases, &input, &c->payment, &trust, &why);
	if (rc == FM_E_NOMEM || rc == FM_E_INTERRUPTED) {
		*err = why;
		return rc;
	}
	/* One that is missing or wrong proves nothing, in either direction. */
	if (rc)
		fm_log(cases->client->config.log, FM_LOG_INFO, "receipt of %s: %s",
		       c->payment.id, why.msg);
	if (rc || !found)
		return FM_OK;
	(void)fm_client_keep_cycle(&c->payment, &cycle, &cert);
	c->over = true;
	fm_case_say(c, "its certificate was kept and verifies");
	return fm_case_settle(cases, c, FM_PAY_PAID, "verified", err);
}

enum fm_code fm_cases_receipts(struct fm_cases *cases, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < cases->count; i++) {
		struct fm_open_case *c = &cases->items[i];

		if (!c->over && !c->payment.valid_before_s &&
		    cases->client->config.receipt_dir)
			rc = look(cases, c, err);
	}
	return rc;
}

/** These are words of the seller, so Core's go before them. Believing them wrongly takes nothing: the
 *  payment stays counted, and owed. */
enum fm_code fm_cases_answers(struct fm_cases *cases, struct fm_err *err)
{
	enum fm_code rc = FM_OK;

	for (size_t i = 0; !rc && i < cases->count; i++) {
		struct fm_open_case *c = &cases->items[i];
		const struct fm_payment *p = &c->payment;

		if (c->over || p->valid_before_s || !fm_case_unsure(c) ||
		    strcmp(p->evidence, FM_EVIDENCE_NOT_ISSUED) == 0 ||
		    !fm_outcome_taken_before(p->retries, p->reason))
			continue;
		c->over = true;
		c->next[0] = '\0';
		fm_case_say(c, "sent again it was refused as known already: it went "
			       "through");
		rc = fm_case_settle(cases, c, FM_PAY_PAID, FM_EVIDENCE_DUPLICATE, err);
	}
	return rc;
}
