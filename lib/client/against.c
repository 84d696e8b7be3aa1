/* SPDX-License-Identifier: MIT */
/* A payment against its challenge: the texts, the offer that was meant, the envelope. */
#include "client/against.h"
#include "client/internal.h"

#include "x402/header.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX (2u * 1024u * 1024u)
#define HEAD_MAX (FM_X402_HEADER_MAX + 64u)
#define MEMBERS_MOST 256 /* of objects that are compared member by member */

/* ---- findings ---- */

struct fm_finding *fm_finding_add(struct fm_against *out, const char *field,
				  const char *code)
{
	struct fm_finding *f = &out->findings[FM_FINDINGS_MAX - 1];

	if (out->count < FM_FINDINGS_MAX)
		f = &out->findings[out->count++];
	else
		out->more++;
	memset(f, 0, sizeof(*f));
	snprintf(f->field, sizeof(f->field), "%s", field);
	snprintf(f->code, sizeof(f->code), "%s", code);
	return f;
}

void fm_finding_texts(struct fm_against *out, const char *field, const char *code,
		      const char *expected, const char *found, const char *message)
{
	struct fm_finding *f = fm_finding_add(out, field, code);

	snprintf(f->expected, sizeof(f->expected), "%s", expected);
	snprintf(f->found, sizeof(f->found), "%s", found);
	snprintf(f->message, sizeof(f->message), "%s", message);
}

void fm_finding_node(struct fm_against *out, const char *field, const char *code,
		     const char *expected, const struct fm_json *found,
		     const char *message)
{
	char shown[FM_FINDING_TEXT];

	fm_node_show(shown, sizeof(shown), found);
	fm_finding_texts(out, field, code, expected, shown, message);
}

/* ---- is a value the same? ---- */

static bool same_text(const struct fm_json *a, const struct fm_json *b)
{
	struct fm_buf left, right;
	bool same;

	fm_buf_init(&left, TEXT_MAX);
	fm_buf_init(&right, TEXT_MAX);
	same = fm_json_str(&left, a) && fm_json_str(&right, b) && left.len == right.len &&
	       (!left.len || memcmp(left.ptr, right.ptr, left.len) == 0);
	fm_buf_clear(&left);
	fm_buf_clear(&right);
	return same;
}

static bool same_source(const struct fm_json *a, const struct fm_json *b)
{
	return a->src.len == b->src.len &&
	       memcmp(a->src.ptr, b->src.ptr, a->src.len) == 0;
}

static bool same_value(const struct fm_json *a, const struct fm_json *b);

static bool same_members(const struct fm_json *a, const struct fm_json *b)
{
	const struct fm_json *name = fm_json_first(a);
	char text[256];

	if (a->count != b->count || a->count > MEMBERS_MOST)
		return false;
	while (name) {
		const struct fm_json *value = fm_json_next(a, name), *other;

		if (!fm_json_cstr(text, sizeof(text), name))
			return false;
		other = fm_json_get(b, text);
		if (!other || !same_value(value, other))
			return false;
		name = fm_json_next(a, value);
	}
	return true;
}

static bool same_elements(const struct fm_json *a, const struct fm_json *b)
{
	const struct fm_json *x = fm_json_first(a), *y = fm_json_first(b);

	for (; x && y; x = fm_json_next(a, x), y = fm_json_next(b, y))
		if (!same_value(x, y))
			return false;
	return !x && !y;
}

/** Member order and white space are free, types are not (x402.md 6). Large objects count as the
 *  same only when they are written the same. */
static bool same_value(const struct fm_json *a, const struct fm_json *b)
{
	if (a->type != b->type)
		return false;
	if (same_source(a, b))
		return true;
	switch (a->type) {
	case FM_JSON_STRING:
		return same_text(a, b);
	case FM_JSON_OBJECT:
		return same_members(a, b);
	case FM_JSON_ARRAY:
		return same_elements(a, b);
	case FM_JSON_NULL:
	case FM_JSON_FALSE:
	case FM_JSON_TRUE:
	case FM_JSON_NUMBER:
		break;
	}
	return false;
}

/* ---- reading the two texts ---- */

static bool begins(struct fm_span text, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		char c = i < text.len ? text.ptr[i] : '\0';

		if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != name[i])
			return false;
	}
	return true;
}

/** The JSON of a payment text into `json`. */
static enum fm_code payment_json(struct fm_buf *json, struct fm_against_payment *p,
				 struct fm_span text, struct fm_err *err)
{
	text = fm_text_trim(text);
	p->header_named_v1 = begins(text, "x-payment:");
	p->header_named_v2 = begins(text, "payment-signature:");
	if (!text.len || text.ptr[0] != '{')
		text = fm_text_without_name(text);
	if (text.len > FM_X402_HEADER_MAX)
		return fm_fail(err, FM_E_TOO_LARGE, "the payment is larger than %u bytes",
			       FM_X402_HEADER_MAX);
	if (text.len && fm_carried_json(json, text))
		return FM_OK;
	if (json->failed)
		return fm_nomem(err);
	fm_fail(err, FM_E_MALFORMED,
		"the payment is neither JSON nor base64 of it: no header is decoded from it");
	return fm_hint(err, "give the value of X-PAYMENT or PAYMENT-SIGNATURE");
}

static const struct fm_json *object_in(const struct fm_json *parent, const char *name)
{
	const struct fm_json *node = fm_json_get(parent, name);

	return node && node->type == FM_JSON_OBJECT ? node : NULL;
}

static enum fm_code take_apart(struct fm_against_payment *p, const struct fm_json *doc,
			       struct fm_err *err)
{
	const struct fm_json *root = object_in(doc, "paymentPayload");

	if (!root)
		root = doc;
	p->payload = object_in(root, "payload");
	p->envelope = p->payload ? root : NULL;
	if (!p->payload)
		p->payload = root;
	p->accepted = object_in(p->envelope, "accepted");
	p->claims = object_in(p->payload, "claims");
	p->authorization = object_in(p->payload, "authorization");
	if (object_in(p->payload, "permit2Authorization"))
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "the payment uses Permit2, which is not checked");
	if (p->claims || p->authorization || p->envelope)
		return FM_OK;
	fm_fail(err, FM_E_MALFORMED, "this is no payment: it has no payload");
	return fm_hint(err, "give the value of X-PAYMENT or PAYMENT-SIGNATURE");
}

/** A challenge as a header's value: put under its name, it is read like one of a response. */
static enum fm_code challenge_of_value(struct fm_challenge **out, struct fm_span value,
				       struct fm_err *err)
{
	const struct fm_span nothing = { "", 0 };
	struct fm_buf head;
	enum fm_code rc;

	fm_buf_init(&head, HEAD_MAX);
	fm_buf_str(&head, "HTTP/1.1 402 Payment Required\r\nPAYMENT-REQUIRED: ");
	fm_buf_add(&head, value.ptr, value.len);
	if (fm_buf_str(&head, "\r\n\r\n"))
		rc = fm_challenge_read(out, 402, fm_buf_span(&head), nothing, false, err);
	else
		rc = fm_fail(err, FM_E_TOO_LARGE, "the challenge is too large");
	fm_buf_clear(&head);
	return rc;
}

static enum fm_code read_challenge(struct fm_challenge **out, struct fm_span bytes,
				   struct fm_err *err)
{
	const struct fm_span nothing = { "", 0 };
	struct fm_span text = fm_text_trim(bytes), head, body;
	int status;
	enum fm_code rc;

	if (begins(text, "http/")) {
		rc = fm_response_parse(&status, &head, &body, bytes, err);
		return rc ? rc
			  : fm_challenge_read(out, status, head, body,
					      body.len > FM_X402_BODY_MAX, err);
	}
	if (text.len && (text.ptr[0] == '{' || (uint8_t)text.ptr[0] == 0xef))
		return fm_challenge_read(out, 402, nothing, text,
					 text.len > FM_X402_BODY_MAX, err);
	return challenge_of_value(out, fm_text_without_name(text), err);
}

/* ---- which offer? ---- */

static const struct fm_json *envelope_member(const struct fm_against_payment *p,
					     const char *name)
{
	return fm_json_get(p->accepted ? p->accepted : p->envelope, name);
}

static bool comparable(const struct fm_offer *offer)
{
	return offer->stage > FM_OFFER_UNUSABLE && offer->scheme && offer->chain_id;
}

/** How well a payment fits an offer; scheme and network weigh more than the rest together. */
static unsigned fit(const struct fm_against_payment *p, const struct fm_offer *offer)
{
	const struct fm_json *from = p->claims ? p->claims : p->authorization;
	const char *to = p->claims ? "recipient_address" : "to";
	const char *amount = p->claims ? "amount" : "value";
	struct fm_addr pay_to;
	struct fm_u256 value;
	unsigned score = 1;
	char text[FM_ADDR_TEXT];

	if (p->accepted && same_value(p->accepted, offer->src))
		return 100;
	score += 16u * fm_json_is(envelope_member(p, "scheme"), offer->scheme_text);
	score += 16u * (fm_scheme_certifies(offer->scheme) == (p->claims != NULL));
	score += 8u * fm_json_is(envelope_member(p, "network"), offer->network_text);
	score += 2u * (fm_json_cstr(text, sizeof(text), fm_json_get(from, to)) &&
		       fm_addr_parse(&pay_to, NULL, fm_span_of(text)) &&
		       fm_addr_equal(&pay_to, &offer->pay_to));
	score += 2u * (fm_json_u256(&value, fm_json_get(from, amount)) &&
		       fm_u256_cmp(&value, &offer->amount) == 0);
	return score;
}

static const struct fm_offer *meant(const struct fm_challenge *challenge,
				    const struct fm_against_payment *p)
{
	const struct fm_offer *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < challenge->offer_count; i++) {
		const struct fm_offer *offer = &challenge->offers[i];
		unsigned own = comparable(offer) ? fit(p, offer) : 0;

		if (own > most) {
			most = own;
			best = offer;
		}
	}
	return best;
}

/* ---- the envelope ---- */

static void check_name(struct fm_against_work *w)
{
	bool v1 = w->challenge->version == 1;

	if (v1 ? !w->p.header_named_v2 : !w->p.header_named_v1)
		return;
	fm_finding_texts(
		w->out, "header", "payment_not_read",
		fm_payment_header_name(w->challenge),
		v1 ? "PAYMENT-SIGNATURE" : "X-PAYMENT",
		"a server of this version does not look at that header and answers "
		"as if nothing was paid");
}

static void check_version(struct fm_against_work *w)
{
	const struct fm_json *node = fm_json_get(w->p.envelope, "x402Version");
	char expected[8];
	uint64_t version;

	snprintf(expected, sizeof(expected), "%d", w->challenge->version);
	if (!fm_json_u64(&version, node))
		fm_finding_node(w->out, "x402Version", "facilitator_version", expected,
				node,
				node ? "the version is no whole number"
				     : "the payment does not name its version");
	else if (version != (uint64_t)w->challenge->version)
		fm_finding_node(w->out, "x402Version", "facilitator_version", expected,
				node, "the payment answers another version of x402");
}

static void check_echo(struct fm_against_work *w, const char *name, const char *offered,
		       const char *code)
{
	const struct fm_json *node = envelope_member(&w->p, name);
	char field[64];

	if (fm_json_is(node, offered))
		return;
	snprintf(field, sizeof(field), "%s%s", w->p.accepted ? "accepted." : "", name);
	fm_finding_node(w->out, field, code, offered, node,
			node ? "it is compared as text with what was offered"
			     : "it is missing");
}

/** A member of accepted that is not as offered; those with a check of their own were told. */
static void check_accepted_member(struct fm_against_work *w, const char *name)
{
	const struct fm_json *own = fm_json_get(w->p.accepted, name);
	const struct fm_json *offered = fm_json_get(w->offer->src, name);
	char field[64], expected[FM_FINDING_TEXT];

	if (strcmp(name, "scheme") == 0 || strcmp(name, "network") == 0 ||
	    (own && offered && same_value(own, offered)))
		return;
	snprintf(field, sizeof(field), "accepted.%s", name);
	fm_node_show(expected, sizeof(expected), offered);
	fm_finding_node(w->out, field, "no_matching_terms", expected, own,
			!own	   ? "the offer has it, the payment does not"
			: !offered ? "the offer does not have it"
				   : "it is not as the seller offered it");
}

static void each_member(struct fm_against_work *w, const struct fm_json *object,
			bool only_missing)
{
	const struct fm_json *name = fm_json_first(object);
	char text[48];

	for (unsigned i = 0; name && i < MEMBERS_MOST; i++) {
		const struct fm_json *value = fm_json_next(object, name);

		/* A name that no offer has cannot be told by name. */
		if (!fm_json_cstr(text, sizeof(text), name))
			fm_finding_node(w->out, "accepted", "no_matching_terms", "", name,
					"a member with a name of this length is compared "
					"by no one");
		else if (!only_missing || !fm_json_get(w->p.accepted, text))
			check_accepted_member(w, text);
		name = fm_json_next(object, value);
	}
	if (name)
		fm_finding_texts(w->out, "accepted", "no_matching_terms", "", "",
				 "members behind the first 256 are not compared");
}

static void check_accepted(struct fm_against_work *w)
{
	if (!w->p.accepted) {
		fm_finding_texts(w->out, "accepted", "no_matching_terms",
				 "the offer as received", "",
				 "a payment of version 2 names the offer it accepts");
		return;
	}
	if (same_value(w->p.accepted, w->offer->src))
		return;
	each_member(w, w->p.accepted, false);
	each_member(w, w->offer->src, true);
}

static void check_envelope(struct fm_against_work *w)
{
	check_name(w);
	if (!w->p.envelope)
		return;
	/* Without `accepted` version 2 has no place for the two. */
	if (w->p.accepted || w->challenge->version == 1) {
		check_echo(w, "scheme", w->offer->scheme_text, "facilitator_scheme");
		check_echo(w, "network", w->offer->network_text, "facilitator_network");
	}
	check_version(w);
}

/* ---- what both schemes have ---- */

bool fm_against_signature(uint8_t out[static 65], struct fm_against_work *w)
{
	const struct fm_json *node = fm_json_get(w->p.payload, "signature");
	char text[FM_SIG_TEXT + 2];
	bool empty = fm_json_absent(node) || fm_json_is(node, "");

	if (!empty && fm_json_cstr(text, sizeof(text), node) &&
	    fm_hex_read(out, 65, fm_hex_strip(fm_span_of(text))))
		return true;
	fm_finding_node(w->out, "payload.signature",
			empty ? "signature_empty" : "core_signature_length",
			"0x and 130 hex digits", node,
			empty ? "the payment is not signed"
			      : "a signature is r, s and v: 65 bytes in hex");
	return false;
}

/* ---- all of it ---- */

static void compare(struct fm_against_work *w)
{
	const struct fm_offer *offer = w->offer;
	bool guarantee = fm_scheme_certifies(offer->scheme);

	w->out->offer = offer->index;
	fm_node_show(w->out->scheme, sizeof(w->out->scheme),
		     fm_json_get(offer->src, "scheme"));
	fm_node_show(w->out->network, sizeof(w->out->network),
		     fm_json_get(offer->src, "network"));
	check_envelope(w);
	if (guarantee ? !w->p.claims : !w->p.authorization)
		fm_finding_texts(w->out,
				 guarantee ? "payload.claims" : "payload.authorization",
				 "payload_invalid",
				 guarantee ? "claims" : "an authorization",
				 w->p.claims	      ? "claims of a guarantee"
				 : w->p.authorization ? "an EIP-3009 authorization"
						      : "",
				 "the payload is not that of the offer's scheme");
	else if (guarantee)
		fm_against_credit(w);
	else
		fm_against_exact(w);
	if (w->p.envelope && w->challenge->version == 2)
		check_accepted(w);
}

static enum fm_code compare_documents(struct fm_against_work *w,
				      const struct fm_json *doc, struct fm_err *err)
{
	enum fm_code rc = take_apart(&w->p, doc, err);

	if (rc)
		return rc;
	if (w->challenge->version == 1)
		w->p.accepted = NULL; /* nobody looks at it there */
	w->offer = meant(w->challenge, &w->p);
	if (!w->offer)
		return fm_fail(err, FM_E_NO_OPTION,
			       "the challenge has no offer that can be compared");
	compare(w);
	return FM_OK;
}

enum fm_code fm_against_read(struct fm_against *out, struct fm_span payment,
			     struct fm_span challenge,
			     const struct fm_against_config *config, struct fm_err *err)
{
	struct fm_against_work w = { .out = out, .config = config };
	struct fm_challenge *read = NULL;
	struct fm_json *doc = NULL;
	struct fm_buf json;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_buf_init(&json, TEXT_MAX);
	rc = read_challenge(&read, challenge, err);
	if (rc) {
		rc = fm_within(err, "the challenge");
		goto out;
	}
	w.challenge = read;
	rc = payment_json(&json, &w.p, payment, err);
	if (!rc && (rc = fm_json_parse(&doc, fm_buf_span(&json), true, err)) != FM_OK)
		fm_within(err, "the payment");
	if (!rc)
		rc = compare_documents(&w, doc, err);
out:
	fm_json_free(&doc);
	fm_buf_clear(&json);
	fm_challenge_free(&read);
	return rc;
}
