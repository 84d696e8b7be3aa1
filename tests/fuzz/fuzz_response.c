/* SPDX-License-Identifier: MIT */
/* A response as a seller sends it: found, read, an offer chosen, a payment wrapped around it; and
 * the same bytes as the answer to a payment. */
#include <fuzz.h>

#include <fourmica/http.h>
#include <fourmica/x402.h>

#define OUT_MAX (1u << 21)

static bool allow_all(void *ctx, const struct fm_challenge *challenge,
		      struct fm_offer *offer)
{
	(void)ctx;
	MUST(challenge && offer->scheme && offer->stage > FM_OFFER_UNSUPPORTED);
	return true;
}

static void offers(const struct fm_challenge *challenge)
{
	MUST(challenge->version == 1 || challenge->version == 2);
	MUST(challenge->offer_count <= FM_X402_OFFERS_MAX);
	for (size_t i = 0; i < challenge->offer_count; i++) {
		const struct fm_offer *offer = &challenge->offers[i];
		struct fm_buf text;

		MUST(offer->index < FM_X402_OFFERS_MAX);
		MUST(memchr(offer->refused, 0, sizeof(offer->refused)));
		if (offer->stage == FM_OFFER_UNUSABLE ||
		    offer->stage == FM_OFFER_UNSUPPORTED)
			MUST(offer->refused[0]);
		fm_buf_init(&text, OUT_MAX);
		fuzz_any(fm_challenge_resource(&text, challenge, offer));
		fm_buf_clear(&text);
		fuzz_any(fm_challenge_text(&text, challenge, offer, "description"));
		fm_buf_clear(&text);
	}
}

static void choose(struct fm_challenge *challenge)
{
	const struct fm_choice choice = { .request_url = "https://api.example.com/data",
					  .judge = allow_all };
	struct fm_offer *offer = NULL;
	struct fm_err err;
	struct fm_buf out;
	enum fm_code rc;

	fm_err_init(&err);
	rc = fm_choose(&offer, challenge, &choice, &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		return;
	}
	MUST(offer && offer->stage == FM_OFFER_PAYABLE && offer->src);
	fm_buf_init(&out, OUT_MAX);
	rc = fm_payment_json(&out, challenge, offer, fm_span_of("{\"signature\":\"0x\"}"),
			     &err);
	if (rc == FM_OK) {
		struct fm_json *doc = NULL;
		MUST(fm_json_parse(&doc, fm_buf_span(&out), false, &err) == FM_OK);
		fm_json_free(&doc);
	}
	fm_buf_clear(&out);
}

static void after(int status, struct fm_span head, struct fm_span body)
{
	const struct fm_terms sent = { .scheme = "exact",
				       .chain_id = 84532,
				       .amount = { { 10000 } } };
	struct fm_verdict_after verdict;
	struct fm_receipt receipt;
	struct fm_err err;

	fm_err_init(&err);
	fm_receipt_init(&receipt);
	MUST(fm_receipt_read(&receipt, head, &err) == FM_OK);
	if (fm_after_classify(&verdict, status, head, body, false, &receipt, &sent,
			      &err) == FM_OK) {
		MUST(fm_after_word(verdict.after)[0]);
		MUST(memchr(verdict.reason, 0, sizeof(verdict.reason)));
	}
	fm_receipt_clear(&receipt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fm_span text = fuzz_span(data, size), head, body;
	struct fm_challenge *challenge = NULL;
	struct fm_err err;
	enum fm_code rc;
	int status;

	fm_err_init(&err);
	rc = fm_response_parse(&status, &head, &body, text, &err);
	if (rc) {
		fuzz_err_ok(rc, &err);
		return 0;
	}
	MUST(fuzz_inside(head, text) && fuzz_inside(body, text));
	MUST(status >= 100 && status <= 999);
	rc = fm_challenge_read(&challenge, status, head, body, false, &err);
	if (rc)
		fuzz_err_ok(rc, &err);
	else {
		offers(challenge);
		choose(challenge);
	}
	fm_challenge_free(&challenge);
	after(status, head, body);
	return 0;
}
