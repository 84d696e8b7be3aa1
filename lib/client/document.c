/* SPDX-License-Identifier: MIT */
/* What is signed: its digest, its JSON form, its signature. */
#include "client/document.h"

#include "credit/scheme.h"
#include "evm/eip712.h"
#include "evm/sign.h"

#include <stdio.h>
#include <string.h>

#define SIGN_IN_MAX 4096u

void fm_document_clear(struct fm_document *doc)
{
	fm_buf_clear(&doc->data);
	memset(doc, 0, sizeof(*doc));
}

const char *fm_document_word(enum fm_sign_kind kind)
{
	static const char *const words[] = {
		[FM_SIGN_CLAIMS] = "claims",
		[FM_SIGN_AUTHORIZATION] = "authorization",
		[FM_SIGN_TRANSACTION] = "transaction",
		[FM_SIGN_SIGN_IN] = "sign_in",
		[FM_SIGN_MESSAGE] = "message",
		[FM_SIGN_TYPED] = "typed_data",
	};

	return words[kind];
}

/* ---- of a payment ---- */

static enum fm_code take_authorization(struct fm_authorization *out,
				       const struct fm_draft *draft,
				       const struct fm_offer *offer, struct fm_err *err)
{
	if (draft->domain_name_len != strlen(draft->domain_name))
		return fm_fail(err, FM_E_UNSUPPORTED,
			       "the token's EIP-712 name holds a NUL");
	memcpy(out->domain_name, draft->domain_name, sizeof(out->domain_name));
	memcpy(out->domain_version, draft->domain_version, sizeof(out->domain_version));
	out->token = offer->asset;
	out->from = draft->payer;
	out->to = offer->pay_to;
	out->value = offer->amount;
	out->valid_after_s = draft->valid_after_s;
	out->valid_before_s = draft->valid_before_s;
	out->nonce = draft->nonce;
	return FM_OK;
}

enum fm_code fm_document_payment(struct fm_document *out, const struct fm_draft *draft,
				 const struct fm_offer *offer, const char *payment_id,
				 struct fm_err *err)
{
	enum fm_code rc;

	*out = (struct fm_document){ .kind = offer->scheme == &fm_scheme_credit
						     ? FM_SIGN_CLAIMS
						     : FM_SIGN_AUTHORIZATION,
				     .address = draft->payer,
				     .chain_id = offer->chain_id,
				     .eip191 = draft->eip191 };
	snprintf(out->id, sizeof(out->id), "%s", payment_id);
	if (out->kind == FM_SIGN_AUTHORIZATION)
		return take_authorization(&out->authorization, draft, offer, err);
	rc = fm_credit_claims(&out->claims, draft, offer, err);
	return rc ? rc : fm_credit_signing(&out->domain, draft, offer, err);
}

/* ---- digest ---- */

static enum fm_code digest_authorization(struct fm_hash *out,
					 const struct fm_document *doc,
					 struct fm_err *err)
{
	const struct fm_authorization *a = &doc->authorization;
	const struct fm_offer offer = { .chain_id = doc->chain_id,
					.asset = a->token,
					.pay_to = a->to,
					.amount = a->value };
	struct fm_draft draft = { .payer = a->from,
				  .nonce = a->nonce,
				  .valid_after_s = a->valid_after_s,
				  .valid_before_s = a->valid_before_s,
				  .domain_name_len = strlen(a->domain_name) };

	memcpy(draft.domain_name, a->domain_name, sizeof(a->domain_name));
	memcpy(draft.domain_version, a->domain_version, sizeof(a->domain_version));
	return fm_scheme_exact.digest(out, &draft, &offer, err);
}

static enum fm_code digest_sign_in(struct fm_hash *out, const struct fm_document *doc,
				   struct fm_err *err)
{
	struct fm_buf text;
	bool ok;

	fm_buf_init(&text, SIGN_IN_MAX);
	ok = fm_siwe_text(&text, &doc->siwe, &doc->address);
	if (ok)
		fm_eip191_digest(out, fm_buf_span(&text));
	fm_buf_clear(&text);
	return ok ? FM_OK : fm_nomem(err);
}

static enum fm_code digest_typed(struct fm_hash *out, struct fm_span json,
				 struct fm_err *err)
{
	struct fm_typed *typed = NULL;
	enum fm_code rc = fm_typed_parse(&typed, json, err);

	if (!rc)
		*out = typed->digest;
	fm_typed_free(&typed);
	return rc;
}

enum fm_code fm_document_digest(struct fm_hash *out, const struct fm_document *doc,
				struct fm_err *err)
{
	switch (doc->kind) {
	case FM_SIGN_CLAIMS:
		return fm_claims_digest(out, NULL, NULL, &doc->claims, &doc->domain,
					doc->eip191, err);
	case FM_SIGN_AUTHORIZATION:
		return digest_authorization(out, doc, err);
	case FM_SIGN_TRANSACTION:
		return fm_tx_digest(out, &doc->tx)
			       ? FM_OK
			       : fm_fail(err, FM_E_INTERNAL,
					 "the transaction cannot be encoded");
	case FM_SIGN_SIGN_IN:
		return digest_sign_in(out, doc, err);
	case FM_SIGN_MESSAGE:
		fm_eip191_digest(out, doc->text);
		return FM_OK;
	case FM_SIGN_TYPED:
		return digest_typed(out, doc->text, err);
	}
	return fm_fail(err, FM_E_INTERNAL, "a document of no kind");
}

/* ---- JSON ---- */

static void put_time(struct fm_jw *w, const char *name, int64_t seconds)
{
	fm_jw_key(w, name);
	fm_jw_i64(w, seconds);
}

static void put_number(struct fm_jw *w, const char *name, uint64_t value)
{
	fm_jw_key(w, name);
	fm_jw_u64(w, value);
}

static void put_claims(struct fm_jw *w, const struct fm_document *doc)
{
	struct fm_buf claims;

	fm_buf_init(&claims, FM_DOCUMENT_MAX);
	fm_claims_write(&claims, &doc->claims);
	fm_jw_named_str(w, "payment", doc->id);
	fm_jw_named_str(w, "signing", doc->eip191 ? "eip191" : "eip712");
	fm_jw_key(w, "domain");
	fm_jw_object(w);
	fm_jw_named_str(w, "name", doc->domain.name);
	fm_jw_named_str(w, "version", doc->domain.version);
	put_number(w, "chain_id", doc->domain.chain_id);
	fm_jw_end(w, '}');
	fm_jw_key(w, "claims");
	fm_jw_raw(w, fm_buf_span(&claims));
	fm_buf_clear(&claims);
}

static void put_authorization(struct fm_jw *w, const struct fm_document *doc)
{
	const struct fm_authorization *a = &doc->authorization;

	fm_jw_named_str(w, "payment", doc->id);
	fm_jw_key(w, "domain");
	fm_jw_object(w);
	fm_jw_named_str(w, "name", a->domain_name);
	fm_jw_named_str(w, "version", a->domain_version);
	put_number(w, "chain_id", doc->chain_id);
	fm_jw_named_addr(w, "verifying_contract", &a->token);
	fm_jw_end(w, '}');
	fm_jw_key(w, "authorization");
	fm_jw_object(w);
	fm_jw_named_addr(w, "from", &a->from);
	fm_jw_named_addr(w, "to", &a->to);
	fm_jw_named_u256(w, "value", &a->value);
	put_time(w, "valid_after", a->valid_after_s);
	put_time(w, "valid_before", a->valid_before_s);
	fm_jw_named_hash(w, "nonce", &a->nonce);
	fm_jw_end(w, '}');
}

static void put_transaction(struct fm_jw *w, const struct fm_document *doc)
{
	const struct fm_tx *tx = &doc->tx;

	fm_jw_named_str(w, "operation", doc->id);
	fm_jw_named_str(w, "purpose", doc->purpose);
	fm_jw_key(w, "transaction");
	fm_jw_object(w);
	put_number(w, "chain_id", tx->chain_id);
	put_number(w, "nonce", tx->nonce);
	fm_jw_named_addr(w, "to", &tx->to);
	fm_jw_named_u256(w, "value", &tx->value);
	fm_jw_named_hex(w, "data", tx->data);
	put_number(w, "gas_limit", tx->gas_limit);
	fm_jw_named_u256(w, "max_fee_per_gas", &tx->max_fee);
	fm_jw_named_u256(w, "max_priority_fee_per_gas", &tx->priority_fee);
	fm_jw_end(w, '}');
}

static void put_sign_in(struct fm_jw *w, const struct fm_document *doc)
{
	struct fm_buf text;

	fm_jw_key(w, "sign_in");
	fm_jw_object(w);
	fm_jw_named_str(w, "domain", doc->siwe.domain);
	fm_jw_named_str(w, "uri", doc->siwe.uri);
	fm_jw_named_str(w, "statement", doc->siwe.statement);
	put_number(w, "chain_id", doc->siwe.chain_id);
	fm_jw_named_str(w, "nonce", doc->siwe.nonce);
	fm_jw_named_str(w, "issued_at", doc->siwe.issued_at);
	fm_jw_named_str(w, "expiration", doc->siwe.expiration);
	fm_jw_end(w, '}');
	fm_buf_init(&text, SIGN_IN_MAX);
	if (fm_siwe_text(&text, &doc->siwe, &doc->address))
		fm_jw_named_str(w, "message", text.ptr);
	fm_buf_clear(&text);
}

static void put_kind(struct fm_jw *w, const struct fm_document *doc)
{
	switch (doc->kind) {
	case FM_SIGN_CLAIMS:
		put_claims(w, doc);
		break;
	case FM_SIGN_AUTHORIZATION:
		put_authorization(w, doc);
		break;
	case FM_SIGN_TRANSACTION:
		put_transaction(w, doc);
		break;
	case FM_SIGN_SIGN_IN:
		put_sign_in(w, doc);
		break;
	case FM_SIGN_MESSAGE:
		fm_jw_named_hex(w, "message_hex", doc->text);
		fm_jw_key(w, "message");
		if (fm_utf8_ok(doc->text))
			fm_jw_str(w, doc->text);
		else
			fm_jw_null(w);
		break;
	case FM_SIGN_TYPED:
		fm_jw_key(w, "typed_data");
		fm_jw_raw(w, doc->text);
		break;
	}
}

static void put_document(struct fm_jw *w, const struct fm_document *doc,
			 const struct fm_hash *digest)
{
	fm_jw_object(w);
	put_number(w, "version", 1);
	fm_jw_named_str(w, "kind", fm_document_word(doc->kind));
	fm_jw_named_addr(w, "address", &doc->address);
	put_number(w, "chain_id", doc->chain_id);
	fm_jw_named_hash(w, "digest", digest);
	put_kind(w, doc);
	fm_jw_end(w, '}');
}

enum fm_code fm_document_write(struct fm_buf *out, const struct fm_document *doc,
			       struct fm_err *err)
{
	struct fm_hash digest;
	struct fm_jw w;
	enum fm_code rc = fm_document_digest(&digest, doc, err);

	if (rc)
		return rc;
	fm_jw_init(&w, out);
	put_document(&w, doc, &digest);
	return fm_buf_ok(out) ? FM_OK
			      : fm_fail(err, FM_E_TOO_LARGE,
					"what is to be signed is larger than %zu bytes",
					out->cap);
}

/* ---- signing ---- */

static enum fm_code check_answer(const struct fm_sig *sig, const struct fm_signer *signer,
				 const struct fm_hash *digest, struct fm_err *err)
{
	char want[FM_ADDR_TEXT];
	struct fm_addr from;
	bool canonical = false;

	if (fm_recover(&from, &canonical, sig->b, sizeof(sig->b), digest) && canonical &&
	    sig->b[64] >= 27 && fm_addr_equal(&from, &signer->address))
		return FM_OK;
	fm_addr_text(want, &signer->address);
	fm_fail(err, FM_E_LOCKED, "the signer's answer is no signature of %s", want);
	return fm_hint(err, "nothing was sent; does it have the key of this wallet?");
}

static enum fm_code sign_elsewhere(struct fm_sig *sig, struct fm_sign_request *request,
				   const struct fm_signer *signer,
				   const struct fm_document *doc, struct fm_err *err)
{
	struct fm_buf json;
	enum fm_code rc;

	fm_buf_init(&json, FM_DOCUMENT_MAX);
	rc = fm_document_write(&json, doc, err);
	request->document = fm_buf_span(&json);
	if (!rc)
		rc = signer->ops->sign(signer->ctx, sig, request, err);
	if (!rc)
		rc = check_answer(sig, signer, &request->digest, err);
	if (rc)
		fm_wipe(sig, sizeof(*sig));
	fm_buf_clear(&json);
	return rc;
}

enum fm_code fm_document_sign(struct fm_sig *sig, struct fm_hash *digest,
			      const struct fm_signer *signer,
			      const struct fm_document *doc, struct fm_err *err)
{
	struct fm_sign_request request = { .kind = doc->kind };
	enum fm_code rc = fm_document_digest(&request.digest, doc, err);

	if (rc)
		return rc;
	if (digest)
		*digest = request.digest;
	return signer->ops->elsewhere
		       ? sign_elsewhere(sig, &request, signer, doc, err)
		       : signer->ops->sign(signer->ctx, sig, &request, err);
}
