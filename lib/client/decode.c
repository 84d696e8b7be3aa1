/* SPDX-License-Identifier: MIT */
/** Tell what some bytes are, and show every field. Nothing here is believed or verified. */
#include "client/internal.h"

#include <string.h>

#define DECODE_MAX (2u * 1024u * 1024u)

const char *fm_thing_word(enum fm_thing thing)
{
	switch (thing) {
	case FM_THING_UNKNOWN:
		return "unknown";
	case FM_THING_CHALLENGE:
		return "challenge";
	case FM_THING_PAYMENT:
		return "payment";
	case FM_THING_RECEIPT:
		return "receipt";
	case FM_THING_CERTIFICATE:
		return "certificate";
	case FM_THING_RECEIPT_FILE:
		return "receipt_file";
	}
	return "unknown";
}

static void put_validation(struct fm_jw *w, const struct fm_validation *v)
{
	fm_jw_key(w, "validation");
	fm_jw_object(w);
	fm_jw_named_addr(w, "validation_registry_address", &v->registry);
	fm_jw_named_hash(w, "validation_request_hash", &v->request_hash);
	fm_jw_key(w, "validation_chain_id");
	fm_jw_u64(w, v->chain_id);
	fm_jw_named_addr(w, "validator_address", &v->validator);
	fm_jw_named_u256(w, "validator_agent_id", &v->agent_id);
	fm_jw_key(w, "min_validation_score");
	fm_jw_u64(w, v->min_score);
	fm_jw_named_hash(w, "validation_subject_hash", &v->subject_hash);
	fm_jw_named_hash(w, "job_hash", &v->job_hash);
	fm_jw_key(w, "required_validation_tag");
	fm_jw_str(w, (struct fm_span){ v->tag, v->tag_len });
	fm_jw_end(w, '}');
}

static void put_cert(struct fm_jw *w, const struct fm_cert *cert)
{
	fm_jw_object(w);
	fm_jw_key(w, "version");
	fm_jw_i64(w, cert->version);
	fm_jw_key(w, "form");
	fm_jw_cstr(w, cert->envelope ? "enveloped" : "legacy");
	fm_jw_named_hash(w, "domain", &cert->domain);
	fm_jw_named_u256(w, "cycle_id", &cert->cycle_id);
	fm_jw_named_u256(w, "req_id", &cert->claims.req_id);
	fm_jw_named_addr(w, "payer", &cert->claims.user);
	fm_jw_named_addr(w, "recipient", &cert->claims.recipient);
	fm_jw_named_u256(w, "amount", &cert->claims.amount);
	fm_jw_named_addr(w, "asset", &cert->claims.asset);
	fm_jw_key(w, "timestamp");
	fm_jw_u64(w, cert->claims.timestamp);
	if (cert->version == 2)
		put_validation(w, &cert->claims.validation);
	fm_jw_end(w, '}');
}

/** Claims bytes of a certificate as JSON; null when they are none. */
static enum fm_code put_claims(struct fm_jw *w, struct fm_span claims, struct fm_err *err)
{
	struct fm_cert cert;
	enum fm_code rc = fm_cert_decode(&cert, claims, true, err);

	if (rc)
		fm_jw_null(w);
	else
		put_cert(w, &cert);
	return rc;
}

static bool hex_bytes(struct fm_buf *out, struct fm_span text)
{
	struct fm_span digits = fm_hex_strip(text);
	char *room;

	if (digits.len == 0 || digits.len % 2)
		return false;
	room = fm_buf_grow(out, digits.len / 2);
	return room && fm_hex_read(room, digits.len / 2, digits);
}

/** The claims bytes of a {claims, signature} object. */
static bool claims_bytes(struct fm_buf *out, const struct fm_json *certificate)
{
	struct fm_buf text;
	bool ok;

	fm_buf_init(&text, 2 * FM_CERT_MAX + 2);
	ok = fm_json_str(&text, fm_json_get(certificate, "claims")) &&
	     hex_bytes(out, fm_buf_span(&text));
	fm_buf_clear(&text);
	return ok;
}

/** A {claims, signature} object, claims in hex. */
static enum fm_code put_certificate(struct fm_buf *out, const struct fm_json *doc,
				    struct fm_err *err)
{
	struct fm_buf claims;
	struct fm_jw w;
	enum fm_code rc;

	fm_buf_init(&claims, FM_CERT_MAX);
	if (!claims_bytes(&claims, doc)) {
		rc = fm_fail(err, FM_E_CERT,
			     "the certificate's claims are not hex bytes");
		goto out;
	}
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "certificate");
	rc = put_claims(&w, fm_buf_span(&claims), err);
	fm_jw_key(&w, "signature");
	if (fm_json_absent(fm_json_get(doc, "signature")))
		fm_jw_null(&w);
	else
		fm_jw_raw(&w, fm_json_get(doc, "signature")->src);
	fm_jw_end(&w, '}');
out:
	fm_buf_clear(&claims);
	return rc;
}

/** A receipt's document beside what its certificate, if it has one, says. */
static enum fm_code put_receipt(struct fm_buf *out, struct fm_span json,
				struct fm_err *err)
{
	struct fm_receipt receipt;
	struct fm_err ignored;
	struct fm_jw w;
	enum fm_code rc;

	fm_err_init(&ignored);
	fm_receipt_init(&receipt);
	rc = fm_receipt_value(&receipt, json, err);
	if (rc)
		return rc;
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "document");
	fm_jw_raw(&w, json);
	fm_jw_key(&w, "certificate");
	if (receipt.has_certificate)
		(void)put_claims(&w, fm_buf_span(&receipt.claims), &ignored);
	else
		fm_jw_null(&w);
	fm_jw_end(&w, '}');
	fm_receipt_clear(&receipt);
	return FM_OK;
}

static void put_document(struct fm_buf *out, struct fm_span json)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "document");
	fm_jw_raw(&w, json);
	fm_jw_end(&w, '}');
}

/** A receipt file, and what its certificate, if it has one, says. */
static void put_receipt_file(struct fm_buf *out, const struct fm_json *doc)
{
	struct fm_buf claims;
	struct fm_err ignored;
	struct fm_jw w;

	fm_err_init(&ignored);
	fm_buf_init(&claims, FM_CERT_MAX);
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_key(&w, "document");
	fm_jw_raw(&w, doc->src);
	fm_jw_key(&w, "certificate");
	if (claims_bytes(&claims, fm_json_get(doc, "certificate")))
		(void)put_claims(&w, fm_buf_span(&claims), &ignored);
	else
		fm_jw_null(&w);
	fm_jw_end(&w, '}');
	fm_buf_clear(&claims);
}

static enum fm_thing name_json(const struct fm_json *doc)
{
	const struct fm_json *claims = fm_json_get(doc, "claims");

	if (fm_json_is(fm_json_get(doc, "schema"), FM_RECEIPT_SCHEMA))
		return FM_THING_RECEIPT_FILE;
	if (fm_json_get(doc, "accepts"))
		return FM_THING_CHALLENGE;
	if (fm_json_get(doc, "payload") || (claims && claims->type == FM_JSON_OBJECT))
		return FM_THING_PAYMENT;
	if (claims && claims->type == FM_JSON_STRING)
		return FM_THING_CERTIFICATE;
	if (fm_json_get(doc, "success"))
		return FM_THING_RECEIPT;
	return FM_THING_UNKNOWN;
}

static enum fm_code unknown(struct fm_err *err)
{
	fm_fail(err, FM_E_MALFORMED,
		"neither challenge, payment, receipt nor certificate");
	return fm_hint(
		err,
		"give a response saved with curl -i, a header value, or a JSON document");
}

static enum fm_code decode_json(enum fm_thing *what, struct fm_buf *out,
				struct fm_span text, struct fm_err *err)
{
	struct fm_json *doc = NULL;
	enum fm_code rc = fm_json_parse(&doc, text, true, err);

	if (rc)
		return rc;
	*what = name_json(doc);
	switch (*what) {
	case FM_THING_CERTIFICATE:
		rc = put_certificate(out, doc, err);
		break;
	case FM_THING_RECEIPT:
		rc = put_receipt(out, doc->src, err);
		break;
	case FM_THING_RECEIPT_FILE:
		put_receipt_file(out, doc);
		break;
	case FM_THING_CHALLENGE:
	case FM_THING_PAYMENT:
		put_document(out, doc->src);
		break;
	case FM_THING_UNKNOWN:
		rc = unknown(err);
		break;
	}
	fm_json_free(&doc);
	return rc;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct fm_span fm_text_trim(struct fm_span text)
{
	while (text.len && is_blank(text.ptr[0]))
		text = (struct fm_span){ text.ptr + 1, text.len - 1 };
	while (text.len && is_blank(text.ptr[text.len - 1]))
		text.len--;
	return text;
}

struct fm_span fm_text_without_name(struct fm_span text)
{
	for (size_t i = 0; i < text.len && i < 40; i++) {
		char c = text.ptr[i];
		if (c == ':')
			return fm_text_trim(
				(struct fm_span){ text.ptr + i + 1, text.len - i - 1 });
		if (!(c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			break;
	}
	return text;
}

static enum fm_code decode_hex(enum fm_thing *what, struct fm_buf *out,
			       struct fm_span text, struct fm_err *err)
{
	struct fm_buf claims;
	struct fm_jw w;
	enum fm_code rc;

	fm_buf_init(&claims, FM_CERT_MAX);
	if (!hex_bytes(&claims, text)) {
		rc = unknown(err);
	} else {
		*what = FM_THING_CERTIFICATE;
		fm_jw_init(&w, out);
		fm_jw_object(&w);
		fm_jw_key(&w, "certificate");
		rc = put_claims(&w, fm_buf_span(&claims), err);
		fm_jw_end(&w, '}');
	}
	fm_buf_clear(&claims);
	return rc;
}

/** A header value: JSON itself, base64 of it, or hex of certificate claims. */
static enum fm_code decode_value(enum fm_thing *what, struct fm_buf *out,
				 struct fm_span value, struct fm_err *err)
{
	struct fm_buf json;
	enum fm_code rc;

	if (value.len && (value.ptr[0] == '{' || (uint8_t)value.ptr[0] == 0xef))
		return decode_json(what, out, value, err);
	fm_buf_init(&json, DECODE_MAX);
	if (value.len && fm_base64_read(&json, value) && json.len && json.ptr[0] == '{')
		rc = decode_json(what, out, fm_buf_span(&json), err);
	else
		rc = decode_hex(what, out, value, err);
	fm_buf_clear(&json);
	return rc;
}

/** A saved response: its receipt header if it has one, else its challenge. */
static enum fm_code decode_response(enum fm_thing *what, struct fm_buf *out,
				    struct fm_span bytes, struct fm_err *err)
{
	struct fm_challenge *challenge = NULL;
	struct fm_span head, body, value;
	int status;
	enum fm_code rc = fm_response_parse(&status, &head, &body, bytes, err);

	if (rc)
		return rc;
	if (fm_head_get(&value, head, "PAYMENT-RESPONSE") ||
	    fm_head_get(&value, head, "X-PAYMENT-RESPONSE"))
		return decode_value(what, out, value, err);
	rc = fm_challenge_read(&challenge, status, head, body, false, err);
	if (rc)
		return rc;
	*what = FM_THING_CHALLENGE;
	put_document(out, challenge->root->src);
	fm_challenge_free(&challenge);
	return FM_OK;
}

enum fm_code fm_decode(enum fm_thing *what, struct fm_buf *out, struct fm_span bytes,
		       struct fm_err *err)
{
	struct fm_span text = fm_text_trim(bytes);
	enum fm_code rc;

	*what = FM_THING_UNKNOWN;
	if (text.len > DECODE_MAX)
		return fm_fail(err, FM_E_TOO_LARGE, "more than %u bytes", DECODE_MAX);
	if (text.len >= 5 && memcmp(text.ptr, "HTTP/", 5) == 0)
		rc = decode_response(what, out, bytes, err);
	else
		rc = decode_value(what, out,
				  text.len && text.ptr[0] == '{'
					  ? text
					  : fm_text_without_name(text),
				  err);
	if (!rc && !fm_buf_ok(out))
		rc = fm_nomem(err);
	return rc;
}
