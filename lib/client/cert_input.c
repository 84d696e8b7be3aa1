/* SPDX-License-Identifier: MIT */
/* The texts a certificate comes in. 4mica.md, sections 5 and 6; receipt_file.c. */
#include "client/internal.h"

#include "x402/header.h"

#include <fourmica/cause.h>

#include <string.h>

const char *fm_cert_source_word(enum fm_cert_source source)
{
	switch (source) {
	case FM_CERT_OBJECT:
		return "certificate";
	case FM_CERT_ANSWER:
		return "answer";
	case FM_CERT_RECEIPT:
		return "receipt";
	}
	return "";
}

static enum fm_code refuse(struct fm_err *err, const char *rule, const char *words)
{
	fm_fail(err, FM_E_CERT, "%s", words);
	return fm_rule(err, "%s", rule);
}

static enum fm_code no_certificate(struct fm_err *err)
{
	refuse(err, "input", "this holds no certificate in any form that is known");
	return fm_hint(err, "give {\"claims\":\"0x...\",\"signature\":\"0x...\"}, a "
			    "payment-response value, or a receipt file");
}

/* ---- claims and signature ---- */

static enum fm_code read_hex(void *out, size_t room, size_t *len, struct fm_span text,
			     const char *what, struct fm_err *err)
{
	enum fm_cert_rule rule = fm_cert_hex(out, room, len, text, what, err);

	return rule == FM_CERT_VERIFIED ? FM_OK : fm_cert_rule_code(rule);
}

enum fm_code fm_cert_input_hex(struct fm_cert_input *out, struct fm_span claims,
			       struct fm_span signature, struct fm_err *err)
{
	enum fm_code rc = read_hex(out->claims, sizeof(out->claims), &out->claims_len,
				   claims, "claims", err);

	return rc ? rc
		  : read_hex(out->signature, sizeof(out->signature), &out->signature_len,
			     signature, "signature", err);
}

/* A string's decoded text; the word for what it is when it is none. */
static enum fm_code half(struct fm_buf *out, const struct fm_json *cert, const char *name,
			 struct fm_err *err)
{
	const struct fm_json *node = fm_json_get(cert, name);

	if (fm_json_absent(node)) {
		fm_fail(err, FM_E_CERT, "the certificate has no '%s'", name);
		return fm_rule(err, "missing");
	}
	if (node->type == FM_JSON_OBJECT)
		return refuse(err, "input",
			      "'claims' is an object: this is what was signed by the "
			      "payer, not Core's certificate of it");
	if (fm_json_str(out, node))
		return FM_OK;
	if (out->failed)
		return fm_nomem(err);
	fm_fail(err, FM_E_CERT, "%s: no hex text", name);
	return fm_rule(err, "hex");
}

static enum fm_code read_pair(struct fm_cert_input *out, const struct fm_json *cert,
			      struct fm_err *err)
{
	struct fm_buf claims, signature;
	enum fm_code rc;

	fm_buf_init(&claims, FM_CERT_INPUT_MAX);
	fm_buf_init(&signature, FM_CERT_INPUT_MAX);
	rc = half(&claims, cert, "claims", err);
	if (!rc)
		rc = half(&signature, cert, "signature", err);
	if (!rc)
		rc = fm_cert_input_hex(out, fm_buf_span(&claims), fm_buf_span(&signature),
				       err);
	fm_buf_clear(&claims);
	fm_buf_clear(&signature);
	return rc;
}

/* ---- a receipt file ---- */

static enum fm_code contradicts(struct fm_err *err, const char *member)
{
	fm_fail(err, FM_E_CERT,
		"the receipt contradicts itself: '%s' is not what its payment signed",
		member);
	return fm_rule(err, "input");
}

static bool is_addr(const struct fm_json *node, const struct fm_addr *addr)
{
	char text[FM_ADDR_TEXT];
	struct fm_addr value;

	return fm_json_cstr(text, sizeof(text), node) &&
	       fm_addr_parse(&value, NULL, fm_span_of(text)) &&
	       fm_addr_equal(&value, addr);
}

static bool is_u256(const struct fm_json *node, const struct fm_u256 *number)
{
	struct fm_u256 value;

	return fm_json_u256(&value, node) && fm_u256_cmp(&value, number) == 0;
}

/* The members shown beside the payment say what the payment says. */
static enum fm_code compare_shown(const struct fm_cert_terms *terms,
				  const struct fm_json *doc, struct fm_err *err)
{
	if (!is_addr(fm_json_get(doc, "payer"), &terms->payer))
		return contradicts(err, "payer");
	if (!is_addr(fm_json_get(doc, "pay_to"), &terms->recipient))
		return contradicts(err, "pay_to");
	if (!is_addr(fm_json_get(doc, "asset"), &terms->asset))
		return contradicts(err, "asset");
	if (!is_u256(fm_json_get(doc, "amount"), &terms->amount))
		return contradicts(err, "amount");
	if (!is_u256(fm_json_get(doc, "req_id"), &terms->req_id))
		return contradicts(err, "req_id");
	return FM_OK;
}

/* What the payer signed is in the payment's payload. */
static enum fm_code read_payment(struct fm_cert_input *out, const struct fm_json *doc,
				 struct fm_err *err)
{
	const struct fm_json *payload =
		fm_json_get(fm_json_get(doc, "payment"), "payload");
	struct fm_claims claims;
	enum fm_code rc;

	if (!payload)
		return refuse(err, "input", "the receipt holds no payment");
	rc = fm_claims_read(&claims, payload->src, err);
	if (rc == FM_E_NOMEM)
		return rc;
	if (rc) {
		err->code = FM_E_CERT;
		fm_within(err, "the receipt's payment");
		return fm_rule(err, "input");
	}
	fm_cert_terms_of(&out->terms, &claims);
	return compare_shown(&out->terms, doc, err);
}

/* Where it was paid and whose key that was. Only the receipt's word, so what is not there is
 * simply not known. */
static enum fm_code read_core(struct fm_cert_input *out, const struct fm_json *doc,
			      struct fm_err *err)
{
	static const char *const domains[FM_GUARANTEE_VERSIONS] = { "domain_v1",
								    "domain_v2" };
	const struct fm_json *core = fm_json_get(doc, "core");
	char domain[FM_HASH_TEXT];
	char network[FM_CAIP2_TEXT], vault[FM_ADDR_TEXT], key[2 * FM_BLS_KEY + 3];
	struct fm_err ignored;
	size_t len;

	if (!fm_json_cstr(network, sizeof(network), fm_json_get(doc, "network")) ||
	    !fm_network_chain(&out->chain_id, fm_span_of(network)))
		return refuse(err, "input", "the receipt names no network");
	out->has_vault = fm_json_cstr(vault, sizeof(vault), fm_json_get(core, "vault")) &&
			 fm_addr_parse(&out->vault, NULL, fm_span_of(vault));
	fm_err_init(&ignored);
	out->has_key = fm_json_cstr(key, sizeof(key), fm_json_get(core, "public_key")) &&
		       fm_cert_hex(out->key, sizeof(out->key), &len, fm_span_of(key),
				   "key", &ignored) == FM_CERT_VERIFIED &&
		       len == sizeof(out->key);
	for (size_t i = 0; i < FM_GUARANTEE_VERSIONS; i++)
		out->has_domain[i] = fm_json_cstr(domain, sizeof(domain),
						  fm_json_get(core, domains[i])) &&
				     fm_hash_parse(&out->domain[i], fm_span_of(domain));
	return FM_OK;
}

enum fm_code fm_receipt_terms(struct fm_cert_terms *out, uint64_t *chain_id,
			      struct fm_span text, struct fm_err *err)
{
	struct fm_cert_input input = { .source = FM_CERT_RECEIPT };
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_json_parse(&doc, text, true, err);

	if (rc == FM_E_MALFORMED)
		rc = err->code = FM_E_CONFIG;
	if (!rc && !fm_json_is(fm_json_get(doc, "schema"), FM_RECEIPT_SCHEMA))
		rc = fm_fail(err, FM_E_CONFIG, "not a %s file", FM_RECEIPT_SCHEMA);
	if (!rc && fm_json_is(fm_json_get(doc, "scheme"), "exact"))
		rc = fm_fail(err, FM_E_CONFIG,
			     "a payment with 'exact', which has no certificate");
	if (!rc)
		rc = read_core(&input, doc, err);
	if (!rc)
		rc = read_payment(&input, doc, err);
	if (rc == FM_E_CERT)
		rc = err->code = FM_E_CONFIG;
	if (!rc) {
		*out = input.terms;
		*chain_id = input.chain_id;
	}
	fm_json_free(&doc);
	return rc;
}

static enum fm_code read_receipt(struct fm_cert_input *out, const struct fm_json *doc,
				 struct fm_err *err)
{
	const struct fm_json *cert = fm_json_get(doc, "certificate");
	enum fm_code rc;

	out->source = FM_CERT_RECEIPT;
	if (fm_json_absent(cert)) {
		refuse(err, "missing", "the receipt holds no certificate");
		return fm_hint(err, "only payments with 4mica-credit have one, and some "
				    "sellers do not pass it on");
	}
	rc = read_pair(out, cert, err);
	if (!rc)
		rc = read_core(out, doc, err);
	return rc ? rc : read_payment(out, doc, err);
}

/* ---- an answer ---- */

static enum fm_code answer_without(const struct fm_json *doc, struct fm_err *err)
{
	bool success = false;
	char reason[sizeof(err->seller_reason)];

	if (!fm_json_bool(&success, fm_json_get(doc, "success")))
		return no_certificate(err);
	refuse(err, "missing",
	       success ? "the answer says success and holds no certificate"
		       : "the answer says that the payment failed; there is no "
			 "certificate");
	fm_reason_show(reason, sizeof(reason), doc);
	memcpy(err->seller_reason, reason, sizeof(reason));
	fm_err_because(err, reason, NULL);
	return FM_E_CERT;
}

static enum fm_code read_document(struct fm_cert_input *out, const struct fm_json *doc,
				  struct fm_err *err)
{
	const struct fm_json *cert;

	if (fm_json_is(fm_json_get(doc, "schema"), FM_RECEIPT_SCHEMA))
		return read_receipt(out, doc, err);
	cert = fm_certificate_find(doc);
	if (!cert && (fm_json_get(doc, "claims") || fm_json_get(doc, "signature")))
		cert = doc; /* one half of a certificate */
	if (!cert)
		return answer_without(doc, err);
	out->source = cert == doc ? FM_CERT_OBJECT : FM_CERT_ANSWER;
	return read_pair(out, cert, err);
}

static enum fm_code read_json(struct fm_cert_input *out, struct fm_span text,
			      struct fm_err *err)
{
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_json_parse(&doc, text, true, err);

	if (rc == FM_E_MALFORMED) {
		err->code = rc = FM_E_CERT;
		fm_rule(err, "input");
	}
	if (!rc)
		rc = read_document(out, doc, err);
	fm_json_free(&doc);
	return rc;
}

/* JSON itself, or the base64 of it. */
static enum fm_code read_value(struct fm_cert_input *out, struct fm_span value,
			       struct fm_err *err)
{
	struct fm_buf json;
	enum fm_code rc;

	if (value.len && (value.ptr[0] == '{' || (uint8_t)value.ptr[0] == 0xef))
		return read_json(out, value, err);
	fm_buf_init(&json, FM_X402_HEADER_MAX);
	if (fm_carried_json(&json, value))
		rc = read_json(out, fm_buf_span(&json), err);
	else
		rc = json.failed && value.len <= FM_X402_HEADER_MAX ? fm_nomem(err)
								    : no_certificate(err);
	fm_buf_clear(&json);
	return rc;
}

/* A saved response: its receipt header, else a facilitator's answer in the body. */
static enum fm_code read_response(struct fm_cert_input *out, struct fm_span text,
				  struct fm_err *err)
{
	struct fm_span head, body, value;
	int status;

	if (fm_response_parse(&status, &head, &body, text, err)) {
		err->code = FM_E_CERT;
		return fm_rule(err, "input");
	}
	switch (fm_carried_find(&value, head, "PAYMENT-RESPONSE", "X-PAYMENT-RESPONSE")) {
	case FM_CARRIED_NOT:
		break;
	case FM_CARRIED_DIFFERS:
		return refuse(
			err, "input",
			"two payment-response headers that differ: neither is believed");
	case FM_CARRIED_TOO_LONG:
		return refuse(err, "length",
			      "the payment-response header is over 65536 bytes");
	case FM_CARRIED_ONE:
		return read_value(out, value, err);
	}
	body = fm_text_trim(body);
	if (!body.len || body.ptr[0] != '{')
		return no_certificate(err);
	return read_json(out, body, err);
}

enum fm_code fm_cert_input_read(struct fm_cert_input *out, struct fm_span text,
				struct fm_err *err)
{
	struct fm_span inner = fm_text_trim(text);

	memset(out, 0, sizeof(*out));
	if (text.len > FM_CERT_INPUT_MAX) {
		fm_fail(err, FM_E_CERT, "%zu bytes, at most %u are read", text.len,
			FM_CERT_INPUT_MAX);
		return fm_rule(err, "length");
	}
	if (inner.len >= 5 && memcmp(inner.ptr, "HTTP/", 5) == 0)
		return read_response(out, inner, err);
	if (inner.len && inner.ptr[0] != '{')
		inner = fm_text_without_name(inner);
	return read_value(out, inner, err);
}
