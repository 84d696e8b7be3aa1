/* SPDX-License-Identifier: MIT */
/* A sign document as another process sent it. Whoever reads it holds a key: what is not understood
 * to the last member is not signed. */
#include "client/document.h"

#include <string.h>

/* Members an object must have, those with a '?' may; and no others. */
static enum fm_code check_members(const struct fm_json *object, const char *where,
				  const char *const *names, struct fm_err *err)
{
	size_t known = 0;

	if (!object || object->type != FM_JSON_OBJECT)
		return fm_fail(err, FM_E_MALFORMED, "sign document: no object '%s'",
			       where);
	for (; *names; names++) {
		bool optional = **names == '?';

		if (fm_json_get(object, *names + optional))
			known++;
		else if (!optional)
			return fm_fail(err, FM_E_MALFORMED,
				       "sign document: '%s' without '%s'", where, *names);
	}
	if (known != object->count)
		return fm_fail(err, FM_E_MALFORMED,
			       "sign document: '%s' has members that are not known",
			       where);
	return FM_OK;
}

static enum fm_code bad(const char *name, struct fm_err *err)
{
	return fm_fail(err, FM_E_MALFORMED, "sign document: '%s' is none", name);
}

static bool read_u256(struct fm_u256 *out, const struct fm_json *node)
{
	return node && node->type == FM_JSON_STRING && fm_json_u256(out, node);
}

static bool read_seconds(int64_t *out, const struct fm_json *node)
{
	uint64_t value;

	if (!fm_json_u64(&value, node) || value > INT64_MAX / 4)
		return false;
	*out = (int64_t)value;
	return true;
}

static bool read_id(char *out, size_t size, const struct fm_json *node,
		    const char *prefix)
{
	size_t len = strlen(prefix);

	return fm_json_cstr(out, size, node) && strncmp(out, prefix, len) == 0 &&
	       strlen(out) == len + 32 && strspn(out + len, "0123456789abcdef") == 32;
}

/* ---- the kinds ---- */

static enum fm_code read_claims(struct fm_document *out, const struct fm_json *json,
				struct fm_err *err)
{
	static const char *const names[] = { "name", "version", "chain_id", NULL };
	const struct fm_json *domain = fm_json_get(json, "domain");
	const struct fm_json *signing = fm_json_get(json, "signing");
	enum fm_code rc = check_members(domain, "domain", names, err);

	if (rc)
		return rc;
	out->eip191 = fm_json_is(signing, "eip191");
	if (!out->eip191 && !fm_json_is(signing, "eip712"))
		return bad("signing", err);
	if (!read_id(out->id, sizeof(out->id), fm_json_get(json, "payment"), "pay_"))
		return bad("payment", err);
	if (!fm_json_cstr(out->domain.name, sizeof(out->domain.name),
			  fm_json_get(domain, "name")) ||
	    !fm_json_cstr(out->domain.version, sizeof(out->domain.version),
			  fm_json_get(domain, "version")) ||
	    !fm_json_u64(&out->domain.chain_id, fm_json_get(domain, "chain_id")) ||
	    out->domain.chain_id != out->chain_id)
		return bad("domain", err);
	rc = fm_claims_read(&out->claims, fm_json_get(json, "claims")->src, err);
	if (!rc && !fm_addr_equal(&out->claims.user, &out->address))
		rc = bad("user_address", err);
	return rc;
}

static enum fm_code read_authorization(struct fm_document *out,
				       const struct fm_json *json, struct fm_err *err)
{
	static const char *const in_domain[] = { "name", "version", "chain_id",
						 "verifying_contract", NULL };
	static const char *const names[] = { "from",	    "to",	    "value",
					     "valid_after", "valid_before", "nonce",
					     NULL };
	const struct fm_json *domain = fm_json_get(json, "domain");
	const struct fm_json *values = fm_json_get(json, "authorization");
	struct fm_authorization *a = &out->authorization;
	uint64_t chain_id;
	enum fm_code rc = check_members(domain, "domain", in_domain, err);

	if (!rc)
		rc = check_members(values, "authorization", names, err);
	if (rc)
		return rc;
	if (!read_id(out->id, sizeof(out->id), fm_json_get(json, "payment"), "pay_"))
		return bad("payment", err);
	if (!fm_json_cstr(a->domain_name, sizeof(a->domain_name),
			  fm_json_get(domain, "name")) ||
	    !fm_json_cstr(a->domain_version, sizeof(a->domain_version),
			  fm_json_get(domain, "version")) ||
	    !fm_json_u64(&chain_id, fm_json_get(domain, "chain_id")) ||
	    chain_id != out->chain_id ||
	    !fm_json_addr(&a->token, fm_json_get(domain, "verifying_contract")))
		return bad("domain", err);
	if (!fm_json_addr(&a->from, fm_json_get(values, "from")) ||
	    !fm_addr_equal(&a->from, &out->address) ||
	    !fm_json_addr(&a->to, fm_json_get(values, "to")) ||
	    !read_u256(&a->value, fm_json_get(values, "value")) ||
	    !read_seconds(&a->valid_after_s, fm_json_get(values, "valid_after")) ||
	    !read_seconds(&a->valid_before_s, fm_json_get(values, "valid_before")) ||
	    !fm_json_hash(&a->nonce, fm_json_get(values, "nonce")))
		return bad("authorization", err);
	return FM_OK;
}

/* "0x" and hex digits, or null for none. */
static bool read_data(struct fm_document *out, const struct fm_json *node)
{
	struct fm_buf text;
	struct fm_span digits;
	char *room = NULL;
	bool ok;

	if (node->type == FM_JSON_NULL)
		return true;
	fm_buf_init(&text, FM_DOCUMENT_MAX);
	ok = fm_json_str(&text, node) && text.len >= 2 && text.ptr[0] == '0' &&
	     text.ptr[1] == 'x' && text.len % 2 == 0;
	digits = ok ? fm_hex_strip(fm_buf_span(&text)) : (struct fm_span){ NULL, 0 };
	if (ok && digits.len)
		room = fm_buf_grow(&out->data, digits.len / 2);
	ok = ok && (!digits.len || (room && fm_hex_read(room, digits.len / 2, digits)));
	fm_buf_clear(&text);
	out->tx.data = fm_buf_span(&out->data);
	return ok;
}

static enum fm_code read_transaction(struct fm_document *out, const struct fm_json *json,
				     struct fm_err *err)
{
	static const char *const names[] = { "chain_id",
					     "nonce",
					     "to",
					     "value",
					     "data",
					     "gas_limit",
					     "max_fee_per_gas",
					     "max_priority_fee_per_gas",
					     NULL };
	const struct fm_json *values = fm_json_get(json, "transaction");
	struct fm_tx *tx = &out->tx;
	enum fm_code rc = check_members(values, "transaction", names, err);

	if (rc)
		return rc;
	if (!read_id(out->id, sizeof(out->id), fm_json_get(json, "operation"), "op_"))
		return bad("operation", err);
	if (!fm_json_cstr(out->purpose, sizeof(out->purpose),
			  fm_json_get(json, "purpose")))
		return bad("purpose", err);
	if (!fm_json_u64(&tx->chain_id, fm_json_get(values, "chain_id")) ||
	    tx->chain_id != out->chain_id ||
	    !fm_json_u64(&tx->nonce, fm_json_get(values, "nonce")) ||
	    !fm_json_addr(&tx->to, fm_json_get(values, "to")) ||
	    !read_u256(&tx->value, fm_json_get(values, "value")) ||
	    !read_data(out, fm_json_get(values, "data")) ||
	    !fm_json_u64(&tx->gas_limit, fm_json_get(values, "gas_limit")) ||
	    !read_u256(&tx->max_fee, fm_json_get(values, "max_fee_per_gas")) ||
	    !read_u256(&tx->priority_fee,
		       fm_json_get(values, "max_priority_fee_per_gas")))
		return bad("transaction", err);
	return FM_OK;
}

/* Read as Core's own answer would be, so that the same rules hold for every text in it. */
static enum fm_code read_sign_in(struct fm_document *out, const struct fm_json *json,
				 struct fm_err *err)
{
	static const char *const names[] = { "domain",	   "uri",   "statement",
					     "chain_id",   "nonce", "issued_at",
					     "expiration", NULL };
	const struct fm_json *values = fm_json_get(json, "sign_in");
	struct fm_buf answer, text;
	enum fm_code rc = check_members(values, "sign_in", names, err);

	if (rc)
		return rc;
	fm_buf_init(&answer, FM_DOCUMENT_MAX);
	fm_buf_init(&text, FM_DOCUMENT_MAX);
	fm_buf_str(&answer, "{\"nonce\":");
	fm_buf_add(&answer, fm_json_get(values, "nonce")->src.ptr,
		   fm_json_get(values, "nonce")->src.len);
	fm_buf_str(&answer, ",\"siwe\":");
	fm_buf_add(&answer, values->src.ptr, values->src.len);
	fm_buf_chr(&answer, '}');
	rc = fm_buf_ok(&answer) ? fm_siwe_read(&out->siwe, fm_buf_span(&answer), err)
				: fm_nomem(err);
	if (rc == FM_E_CORE)
		err->code = rc = FM_E_MALFORMED;
	if (!rc && (out->siwe.chain_id != out->chain_id ||
		    !fm_siwe_text(&text, &out->siwe, &out->address) ||
		    !fm_json_is(fm_json_get(json, "message"), text.ptr)))
		rc = bad("message", err);
	fm_buf_clear(&answer);
	fm_buf_clear(&text);
	return rc;
}

/* ---- all of it ---- */

struct kind {
	enum fm_sign_kind kind;
	const char *names[10];
	enum fm_code (*read)(struct fm_document *out, const struct fm_json *json,
			     struct fm_err *err);
};

#define COMMON "version", "kind", "address", "chain_id", "?digest"
static const struct kind kinds[] = {
	{FM_SIGN_CLAIMS,
	  { COMMON, "payment", "signing", "domain", "claims" },
	  read_claims							   },
	{ FM_SIGN_AUTHORIZATION,
	  { COMMON, "payment", "domain", "authorization" },
	  read_authorization						    },
	{ FM_SIGN_TRANSACTION,
	  { COMMON, "operation", "purpose", "transaction" },
	  read_transaction						      },
	{ FM_SIGN_SIGN_IN,	   { COMMON, "sign_in", "message" }, read_sign_in},
};

static const struct kind *find_kind(const struct fm_json *json)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (fm_json_is(fm_json_get(json, "kind"),
			       fm_document_word(kinds[i].kind)))
			return &kinds[i];
	return NULL;
}

static enum fm_code check_digest(const struct fm_document *doc,
				 const struct fm_json *node, struct fm_err *err)
{
	struct fm_hash said, is;
	enum fm_code rc;

	if (!node)
		return FM_OK;
	if (!fm_json_hash(&said, node))
		return bad("digest", err);
	rc = fm_document_digest(&is, doc, err);
	if (rc || fm_hash_equal(&said, &is))
		return rc;
	return fm_fail(err, FM_E_MALFORMED,
		       "sign document: 'digest' is not that of what it says");
}

enum fm_code fm_document_read(struct fm_document *out, const struct fm_json *json,
			      struct fm_err *err)
{
	const struct kind *kind = find_kind(json);
	uint64_t version = 0;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_buf_init(&out->data, FM_TX_MAX);
	if (!fm_json_u64(&version, fm_json_get(json, "version")) || version != 1)
		return fm_fail(err, FM_E_MALFORMED,
			       "sign document: this program reads version 1");
	if (!kind) {
		fm_fail(err, FM_E_UNSUPPORTED,
			"only claims, authorizations, transactions and sign-ins to "
			"4Mica Core are signed without the passphrase");
		return fm_rule(err, "structured");
	}
	out->kind = kind->kind;
	rc = check_members(json, fm_document_word(kind->kind), kind->names, err);
	if (rc)
		return rc;
	if (!fm_json_addr(&out->address, fm_json_get(json, "address")))
		return bad("address", err);
	if (!fm_json_u64(&out->chain_id, fm_json_get(json, "chain_id")) || !out->chain_id)
		return bad("chain_id", err);
	rc = kind->read(out, json, err);
	return rc ? rc : check_digest(out, fm_json_get(json, "digest"), err);
}
