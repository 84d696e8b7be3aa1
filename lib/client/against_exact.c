/* SPDX-License-Identifier: MIT */
/* An EIP-3009 authorization against an offer of scheme `exact`: x402.md, section 5. */
#include "client/against.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Facilitators want it to be good for as long as a block or two takes. */
#define LEAST_LEFT_S 6

static void broken(struct fm_against_work *w, const char *name, const char *expected)
{
	const struct fm_json *node = fm_json_get(w->p.authorization, name);
	char field[64];

	snprintf(field, sizeof(field), "payload.authorization.%s", name);
	fm_finding_node(w->out, field, "payload_invalid", expected, node,
			node ? "it cannot be read" : "it is missing");
}

static bool need_addr(struct fm_addr *out, struct fm_against_work *w, const char *name)
{
	const struct fm_json *node = fm_json_get(w->p.authorization, name);
	char text[FM_ADDR_TEXT];

	if (fm_json_cstr(text, sizeof(text), node) &&
	    fm_addr_parse(out, NULL, fm_span_of(text)))
		return true;
	broken(w, name, "an address");
	return false;
}

static bool need_u256(struct fm_u256 *out, struct fm_against_work *w, const char *name)
{
	const struct fm_json *node = fm_json_get(w->p.authorization, name);

	if (node && fm_json_u256(out, node))
		return true;
	broken(w, name, "a number");
	return false;
}

static bool need_time(int64_t *out, struct fm_against_work *w, const char *name)
{
	struct fm_u256 value;
	uint64_t seconds;

	if (!need_u256(&value, w, name))
		return false;
	if (fm_u256_to_u64(&seconds, &value) && seconds <= INT64_MAX) {
		*out = (int64_t)seconds;
		return true;
	}
	broken(w, name, "seconds since 1970");
	return false;
}

static bool need_nonce(struct fm_hash *out, struct fm_against_work *w)
{
	const struct fm_json *node = fm_json_get(w->p.authorization, "nonce");
	char text[FM_HASH_TEXT];

	if (fm_json_cstr(text, sizeof(text), node) &&
	    fm_hash_parse(out, fm_span_of(text)))
		return true;
	broken(w, "nonce", "0x and 64 hex digits");
	return false;
}

static void check_recipient(struct fm_against_work *w, const struct fm_addr *to)
{
	char expected[FM_ADDR_TEXT], found[FM_ADDR_TEXT];

	if (fm_addr_equal(to, &w->offer->pay_to))
		return;
	fm_addr_text(expected, &w->offer->pay_to);
	fm_addr_text(found, to);
	fm_finding_texts(w->out, "payload.authorization.to", "recipient_mismatch",
			 expected, found, "the seller asks for another recipient");
}

/** Version 2 wants the price exactly, version 1 took more. */
static void check_value(struct fm_against_work *w, const struct fm_u256 *value)
{
	int order = fm_u256_cmp(value, &w->offer->amount);
	char expected[FM_U256_DEC], found[FM_U256_DEC];

	if (order == 0 || (order > 0 && w->challenge->version == 1))
		return;
	fm_u256_dec(expected, &w->offer->amount);
	fm_u256_dec(found, value);
	fm_finding_texts(w->out, "payload.authorization.value", "amount_mismatch",
			 expected, found, "the value must be what is asked for");
}

static void check_window(struct fm_against_work *w, const struct fm_draft *draft)
{
	int64_t now = w->config->now_s;
	char expected[FM_FINDING_TEXT];

	if (draft->valid_after_s > now) {
		snprintf(expected, sizeof(expected), "at most %" PRId64, now);
		fm_finding_node(w->out, "payload.authorization.validAfter",
				"window_not_begun", expected,
				fm_json_get(w->p.authorization, "validAfter"),
				"it is not good yet");
	}
	if (draft->valid_before_s >= now && draft->valid_before_s - now >= LEAST_LEFT_S)
		return;
	snprintf(expected, sizeof(expected), "at least %" PRId64, now + LEAST_LEFT_S);
	fm_finding_node(w->out, "payload.authorization.validBefore", "window_ended",
			expected, fm_json_get(w->p.authorization, "validBefore"),
			draft->valid_before_s < now
				? "it is good no longer"
				: "less than 6 s are left, which facilitators refuse");
}

static bool given(char *out, size_t size, const char *text)
{
	return !text || snprintf(out, size, "%s", text) < (int)size;
}

/** The token's domain: what the user says, else the offer, else the table. False, with a finding:
 *  nothing says it. */
static bool find_domain(struct fm_draft *draft, struct fm_against_work *w)
{
	const struct fm_against_config *config = w->config;
	struct fm_draft asked = {
		.version = w->challenge->version,
		.nonce = { { 1 } }, /* not zero: none is to be drawn */
	};
	struct fm_err ignored;

	fm_err_init(&ignored);
	if (fm_scheme_exact.prepare(&asked, w->offer, NULL, 0, &ignored) &&
	    !(config->domain_name && config->domain_version)) {
		fm_finding_texts(w->out, "extra", "token_domain_missing",
				 "name and version", "",
				 "neither the offer nor the table knows the token's "
				 "EIP-712 domain");
		return false;
	}
	memcpy(draft->domain_name, asked.domain_name, sizeof(asked.domain_name));
	memcpy(draft->domain_version, asked.domain_version, sizeof(asked.domain_version));
	if (!given(draft->domain_name, sizeof(draft->domain_name), config->domain_name) ||
	    !given(draft->domain_version, sizeof(draft->domain_version),
		   config->domain_version))
		return false;
	draft->domain_name_len = strlen(draft->domain_name);
	return true;
}

void fm_against_exact(struct fm_against_work *w)
{
	struct fm_draft draft = { .version = w->challenge->version };
	struct fm_offer signed_offer =
		*w->offer; /* what was signed, not what was asked */
	uint8_t sig[65];
	bool complete = fm_against_signature(sig, w);
	bool times;

	w->out->has_payer = need_addr(&draft.payer, w, "from");
	w->out->payer = draft.payer;
	complete = w->out->has_payer && complete;
	if (need_addr(&signed_offer.pay_to, w, "to"))
		check_recipient(w, &signed_offer.pay_to);
	else
		complete = false;
	if (need_u256(&signed_offer.amount, w, "value"))
		check_value(w, &signed_offer.amount);
	else
		complete = false;
	times = need_time(&draft.valid_after_s, w, "validAfter");
	times = need_time(&draft.valid_before_s, w, "validBefore") && times;
	complete = need_nonce(&draft.nonce, w) && complete && times;
	if (find_domain(&draft, w) && complete)
		fm_against_sign_exact(w, &draft, &signed_offer, sig);
	if (times)
		check_window(w, &draft);
}
