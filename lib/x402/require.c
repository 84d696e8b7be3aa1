/* SPDX-License-Identifier: MIT */
/* Reading a 402: where the challenge is, and its top members. x402.md, 2.1 to 2.3. */
#include "x402/header.h"

#include <fourmica/http.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How looking for the challenge went, for the class when there is none. */
struct search {
	struct fm_challenge *challenge;
	bool header_present;
	bool too_large;
	char why[320]; /* the first thing that was wrong */
};

static enum fm_code unusable(struct search *search, const char *place, const char *words)
{
	if (!search->why[0])
		snprintf(search->why, sizeof(search->why), "%s: %.250s", place, words);
	return FM_E_MALFORMED;
}

/* The text in challenge->text becomes the challenge if it is an object with an array
 * `accepts`. FM_E_MALFORMED: it is not, look elsewhere. */
static enum fm_code take(struct search *search, enum fm_source source, const char *place)
{
	struct fm_challenge *challenge = search->challenge;
	struct fm_err detail;
	fm_err_init(&detail);
	enum fm_code rc = fm_json_parse(&challenge->doc, fm_buf_span(&challenge->text),
					source == FM_SOURCE_BODY, &detail);
	if (rc == FM_E_NOMEM)
		return rc;
	if (rc)
		return unusable(search, place, detail.msg);
	const struct fm_json *accepts = fm_json_get(challenge->doc, "accepts");
	if (!accepts || accepts->type != FM_JSON_ARRAY) {
		fm_json_free(&challenge->doc);
		return unusable(search, place, "no array \"accepts\"");
	}
	challenge->root = challenge->doc;
	challenge->source = source;
	return FM_OK;
}

static void reset_text(struct fm_challenge *challenge)
{
	fm_buf_clear(&challenge->text);
	fm_buf_init(&challenge->text, FM_X402_BODY_MAX);
}

static enum fm_code from_header(struct search *search, struct fm_span head)
{
	static const char place[] = "header PAYMENT-REQUIRED";
	struct fm_challenge *challenge = search->challenge;
	struct fm_span value;
	enum fm_carried carried =
		fm_carried_find(&value, head, "PAYMENT-REQUIRED", "X-PAYMENT-REQUIRED");
	search->header_present = carried != FM_CARRIED_NOT;
	switch (carried) {
	case FM_CARRIED_NOT:
		return FM_E_MALFORMED;
	case FM_CARRIED_TOO_LONG:
		search->too_large = true;
		return FM_E_MALFORMED;
	case FM_CARRIED_DIFFERS:
		return unusable(search, place, "sent twice with different values");
	case FM_CARRIED_ONE:
		break;
	}
	if (!fm_carried_json(&challenge->text, value)) {
		if (challenge->text.failed)
			return FM_E_NOMEM;
		return unusable(search, place, "neither base64 nor a JSON object");
	}
	return take(search, FM_SOURCE_HEADER, place);
}

static enum fm_code from_body(struct search *search, struct fm_span body, bool truncated)
{
	if (truncated || body.len > FM_X402_BODY_MAX) {
		search->too_large = true;
		return FM_E_MALFORMED;
	}
	if (!body.len)
		return FM_E_MALFORMED;
	reset_text(search->challenge);
	if (!fm_buf_add(&search->challenge->text, body.ptr, body.len))
		return FM_E_NOMEM;
	return take(search, FM_SOURCE_BODY, "body");
}

static bool mentions(struct fm_span body, const char *words)
{
	size_t len = strlen(words);
	for (size_t at = 0; at + len <= body.len; at++) {
		const char *hit =
			memchr(body.ptr + at, words[0], body.len - len - at + 1);
		if (!hit)
			return false;
		at = (size_t)(hit - body.ptr);
		if (memcmp(hit, words, len) == 0)
			return true;
	}
	return false;
}

/* No challenge anywhere: which kind of none? (x402.md 2.1, step 6) */
static enum fm_code classify(const struct search *search, struct fm_span body,
			     struct fm_err *err)
{
	if (search->too_large)
		return fm_fail(
			err, FM_E_TOO_LARGE,
			"the challenge is over the limit of %u bytes in a header, %u in a "
			"body",
			FM_X402_HEADER_MAX, FM_X402_BODY_MAX);
	if (search->header_present || mentions(body, "x402Version") ||
	    mentions(body, "\"accepts\""))
		return fm_fail(err, FM_E_MALFORMED, "the challenge cannot be read: %s",
			       search->why[0] ? search->why : "body: not JSON");
	return fm_fail(err, FM_E_NOT_X402, "the 402 holds no x402 challenge");
}

static bool number_is(const struct fm_json *node, const char *text)
{
	return node->type == FM_JSON_NUMBER && fm_span_is(node->src, text);
}

static enum fm_code read_version(struct fm_challenge *challenge, struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(challenge->root, "x402Version");
	if (!node)
		challenge->version = challenge->source == FM_SOURCE_HEADER ? 2 : 1;
	else if (number_is(node, "1") || fm_json_is(node, "1"))
		challenge->version = 1;
	else if (number_is(node, "2") || fm_json_is(node, "2"))
		challenge->version = 2;
	else {
		char shown[64];
		fm_node_show(shown, sizeof(shown), node);
		return fm_fail(err, FM_E_VERSION, "x402Version %s is neither 1 nor 2",
			       shown[0] ? shown : "null");
	}
	return FM_OK;
}

static enum fm_code read_offers(struct fm_challenge *challenge, struct fm_err *err)
{
	const struct fm_json *accepts = fm_json_get(challenge->root, "accepts");
	size_t count = accepts->count;
	if (!count)
		return fm_fail(err, FM_E_NO_OPTION, "the challenge offers no way to pay");
	if (count > FM_X402_OFFERS_MAX)
		count = FM_X402_OFFERS_MAX;
	challenge->offers = calloc(count, sizeof(*challenge->offers));
	if (!challenge->offers)
		return fm_nomem(err);
	challenge->offer_count = count;
	const struct fm_json *entry = fm_json_first(accepts);
	for (size_t i = 0; i < count; i++) {
		fm_offer_read(&challenge->offers[i], entry, (unsigned)i);
		entry = fm_json_next(accepts, entry);
	}
	return FM_OK;
}

static const struct fm_json *object_or_null(const struct fm_json *node)
{
	return node && node->type == FM_JSON_OBJECT ? node : NULL;
}

static enum fm_code fill(struct fm_challenge *challenge, struct fm_err *err)
{
	fm_node_show(challenge->error, sizeof(challenge->error),
		     fm_json_get(challenge->root, "error"));
	enum fm_code rc = read_version(challenge, err);
	if (!rc && challenge->version == 2) {
		challenge->resource =
			object_or_null(fm_json_get(challenge->root, "resource"));
		challenge->extensions =
			object_or_null(fm_json_get(challenge->root, "extensions"));
	}
	if (!rc)
		rc = read_offers(challenge, err);
	if (rc && err)
		snprintf(err->seller_reason, sizeof(err->seller_reason), "%s",
			 challenge->error);
	return rc;
}

enum fm_code fm_challenge_read(struct fm_challenge **out, int status, struct fm_span head,
			       struct fm_span body, bool body_truncated,
			       struct fm_err *err)
{
	*out = NULL;
	if (status != 402 && status != 412)
		return fm_fail(err, FM_E_NOT_X402, "status %d is no demand for payment",
			       status);
	struct search search = { .challenge = calloc(1, sizeof(struct fm_challenge)) };
	if (!search.challenge)
		return fm_nomem(err);
	reset_text(search.challenge);
	enum fm_code rc = from_header(&search, head);
	if (rc == FM_E_MALFORMED)
		rc = from_body(&search, body, body_truncated);
	if (rc == FM_E_MALFORMED)
		rc = classify(&search, body, err);
	else if (rc)
		rc = fm_nomem(err);
	else
		rc = fill(search.challenge, err);
	if (rc)
		fm_challenge_free(&search.challenge);
	*out = search.challenge;
	return rc;
}

void fm_challenge_free(struct fm_challenge **challenge)
{
	if (!challenge || !*challenge)
		return;
	free((*challenge)->offers);
	fm_json_free(&(*challenge)->doc);
	fm_buf_clear(&(*challenge)->text);
	free(*challenge);
	*challenge = NULL;
}

/* Where a member about the resource is: v2 keeps one object at the top; v1 repeats it in each
 * option, except for 4Mica's mixed form, which has version 1 and the object at the top. */
static const struct fm_json *resource_node(const struct fm_challenge *challenge,
					   const struct fm_offer *offer)
{
	const struct fm_json *top = fm_json_get(challenge->root, "resource");
	const struct fm_json *own = NULL;
	if (challenge->version == 1 && offer)
		own = fm_json_get(offer->src, "resource");
	return fm_json_absent(own) ? top : own;
}

bool fm_challenge_resource(struct fm_buf *out, const struct fm_challenge *challenge,
			   const struct fm_offer *offer)
{
	const struct fm_json *node = resource_node(challenge, offer);
	if (object_or_null(node))
		node = fm_json_get(node, "url");
	return fm_json_str(out, node);
}

bool fm_challenge_text(struct fm_buf *out, const struct fm_challenge *challenge,
		       const struct fm_offer *offer, const char *member)
{
	const struct fm_json *own = NULL;
	if (challenge->version == 1 && offer)
		own = fm_json_get(offer->src, member);
	if (fm_json_absent(own))
		own = fm_json_get(fm_json_get(challenge->root, "resource"), member);
	return fm_json_str(out, own);
}
