/* SPDX-License-Identifier: MIT */
/** Signing by itself. Guarantee claims are spending and go through policy, reservation and
 *  stop (design, Decision 6); payment forms under another name are refused. */
#include "client/internal.h"

#include "client/document.h"

#include "evm/eip712.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_CAP 8192u

void fm_signed_clear(struct fm_signed *out)
{
	fm_payment_clear(&out->payment);
	fm_buf_clear(&out->payload);
	memset(out, 0, sizeof(*out));
}

static enum fm_code check_claims(const struct fm_client *client,
				 const struct fm_claims *claims,
				 const struct fm_credit_domain *domain,
				 struct fm_err *err)
{
	char is[FM_ADDR_TEXT], want[FM_ADDR_TEXT];

	if (!fm_addr_equal(&claims->user, &client->config.payer)) {
		fm_addr_text(is, &claims->user);
		fm_addr_text(want, &client->config.payer);
		fm_fail(err, FM_E_USAGE, "user_address %s is not the wallet's address %s",
			is, want);
		return fm_hint(err, "name that address's wallet with --wallet");
	}
	if (fm_u256_is_zero(&claims->amount))
		return fm_fail(err, FM_E_USAGE, "a guarantee over nothing: amount is 0");
	if (claims->version == 2 && claims->validation.chain_id != domain->chain_id)
		return fm_fail(err, FM_E_USAGE,
			       "validation_chain_id %llu is not the signing chain %llu",
			       (unsigned long long)claims->validation.chain_id,
			       (unsigned long long)domain->chain_id);
	return FM_OK;
}

/** One key for one set of claims, whatever it is signed with. */
static enum fm_code claims_key(char *out, size_t size, const struct fm_claims *claims,
			       const struct fm_credit_domain *domain, struct fm_err *err)
{
	struct fm_hash hash;
	struct fm_buf text;

	fm_buf_init(&text, PAYLOAD_CAP);
	fm_claims_write(&text, claims);
	fm_buf_fmt(&text, "%llu", (unsigned long long)domain->chain_id);
	if (!fm_buf_ok(&text))
		return fm_nomem(err);
	fm_sha256(&hash, text.ptr, text.len);
	fm_buf_clear(&text);
	snprintf(out, size, "claims:");
	fm_hex_write(out + 7, hash.b, sizeof(hash.b));
	out[7 + 2 * sizeof(hash.b)] = '\0';
	return FM_OK;
}

static enum fm_code claims_payment(struct fm_payment *p, const struct fm_client *client,
				   const struct fm_claims *claims,
				   const struct fm_credit_domain *domain,
				   const struct fm_terms_wanted *wanted,
				   struct fm_err *err)
{
	uint8_t id[16];
	enum fm_code rc =
		claims_key(p->idem_key, sizeof(p->idem_key), claims, domain, err);

	if (!rc)
		rc = fm_rand_fill(client->config.rand, id, sizeof(id), err);
	if (rc)
		return rc;
	memcpy(p->id, "pay_", 4);
	fm_hex_write(p->id + 4, id, sizeof(id));
	snprintf(p->scheme, sizeof(p->scheme), "4mica-credit");
	snprintf(p->method, sizeof(p->method), "SIGN");
	rc = fm_client_purpose(p, wanted, err);
	if (rc)
		return rc;
	p->guarantee_version = claims->version;
	p->payer = claims->user;
	p->pay_to = claims->recipient;
	p->asset = claims->asset;
	p->amount = claims->amount;
	p->req_id = claims->req_id;
	p->chain_id = domain->chain_id;
	p->route = strdup("");
	fm_client_identity(p);
	fm_client_binding(&p->binding, client, "SIGN", p->idem_key,
			  (struct fm_span){ NULL, 0 });
	fm_policy_hash(&p->policy_hash, client->config.policy);
	return p->route ? FM_OK : fm_nomem(err);
}

static enum fm_code judge_claims(struct fm_ask *ask, struct fm_check *checks,
				 size_t *count, struct fm_client *client,
				 const struct fm_claims *claims,
				 const struct fm_credit_domain *domain,
				 const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	*ask = (struct fm_ask){
		.chain_id = domain->chain_id,
		.asset = fm_client_asset(client, domain->chain_id, &claims->asset),
		.amount = claims->amount,
		.pay_to = claims->recipient,
		.scheme = "4mica-credit",
		.origin = "",
		.route = "",
		.task = wanted->task ? wanted->task : "",
		.category = wanted->category ? wanted->category : "",
		.payer = claims->user,
		.v2 = {.wanted = claims->version == 2,
			.registry = claims->validation.registry,
			.validator = claims->validation.validator,
			.min_score = claims->validation.min_score},
	};
	return fm_policy_judge(client->config.policy, ask, checks, count, err) == FM_ALLOW
		       ? fm_client_accepted(client, err)
		       : err->code;
}

static enum fm_code cover_claims(struct fm_signed *out, struct fm_client *client,
				 const struct fm_ask *ask, struct fm_err *err)
{
	const struct fm_asset unknown = { .chain_id = ask->chain_id,
					  .address = out->payment.asset };
	const struct fm_wanted_cover wanted = { .chain_id = ask->chain_id,
						.asset = ask->asset ? ask->asset
								    : &unknown,
						.amount = ask->amount,
						.idem_key = out->payment.idem_key,
						.ask = true };
	enum fm_code rc = fm_client_ledger_if_any(client, err);

	if (!rc)
		rc = fm_client_cover(&out->cover, client, &wanted, err);
	if (!rc)
		rc = fm_client_unlock_to_pay(client, ask->chain_id, err);
	if (!rc && out->cover.without_core)
		rc = fm_client_cover(&out->cover, client, &wanted, err);
	return rc;
}

static void claims_denied(struct fm_client *client, const struct fm_claims *claims,
			  const struct fm_credit_domain *domain,
			  const struct fm_terms_wanted *wanted, const struct fm_err *err)
{
	struct fm_denial denial = { .method = "sign",
				    .has_terms = true,
				    .chain_id = domain->chain_id,
				    .asset = claims->asset,
				    .pay_to = claims->recipient,
				    .amount = claims->amount,
				    .scheme = "4mica-credit",
				    .task = wanted->task,
				    .category = wanted->category,
				    .purpose = wanted->reason };

	fm_client_denied(client, &denial, err);
}

static enum fm_code sign(struct fm_signed *out, struct fm_client *client,
			 struct fm_document *doc, struct fm_err *err)
{
	enum fm_code rc = fm_client_unlock(client, doc->chain_id, err);

	/* A person may have taken a while to say yes. */
	if (!rc)
		rc = fm_client_check_stop(client, err);
	doc->address = client->signer.address;
	if (!rc)
		rc = fm_document_sign(&out->sig, &out->digest, &client->signer, doc, err);
	/* So may a program that signs, and who presses its button. */
	if (!rc)
		rc = fm_client_check_stop(client, err);
	if (rc)
		fm_wipe(&out->sig, sizeof(out->sig));
	return rc;
}

enum fm_code fm_sign_claims(struct fm_signed *out, struct fm_client *client,
			    const struct fm_claims *claims,
			    const struct fm_credit_domain *domain, bool eip191,
			    const struct fm_terms_wanted *wanted, struct fm_err *err)
{
	struct fm_document doc = { .kind = FM_SIGN_CLAIMS,
				   .chain_id = domain->chain_id,
				   .claims = *claims,
				   .domain = *domain,
				   .eip191 = eip191 };
	struct fm_check checks[FM_CHECKS_MAX];
	size_t count = 0;
	struct fm_ask ask;
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_buf_init(&out->payload, PAYLOAD_CAP);
	rc = check_claims(client, claims, domain, err);
	if (!rc)
		rc = fm_claims_digest(&out->digest, NULL, NULL, claims, domain, eip191,
				      err);
	if (!rc)
		rc = judge_claims(&ask, checks, &count, client, claims, domain, wanted,
				  err);
	if (!rc)
		rc = fm_client_check_stop(client, err);
	if (!rc)
		rc = claims_payment(&out->payment, client, claims, domain, wanted, err);
	if (!rc)
		rc = cover_claims(out, client, &ask, err);
	if (!rc)
		rc = fm_client_reserve(&out->known, client, &out->payment, &ask, checks,
				       count, err);
	if (rc && !out->payment.created_ms)
		claims_denied(client, claims, domain, wanted, err);
	if (rc)
		return rc;
	/* Known claims are signed again: deterministic, so nothing new comes into the world. */
	snprintf(doc.id, sizeof(doc.id), "%s", out->payment.id);
	rc = sign(out, client, &doc, err);
	if (!rc) {
		fm_claims_payload(&out->payload, claims, &out->sig, eip191);
		rc = fm_buf_ok(&out->payload) ? FM_OK : fm_nomem(err);
	}
	if (!rc && !out->known) {
		out->payment.digest = out->digest;
		out->payment.header = strdup(out->payload.ptr);
		rc = out->payment.header
			     ? fm_ledger_signed(client->ledger, &out->payment, err)
			     : fm_nomem(err);
	}
	if (rc) {
		fm_wipe(&out->sig, sizeof(out->sig));
		fm_buf_wipe(&out->payload);
		if (!out->known)
			fm_client_release(client, &out->payment, err);
	}
	return rc;
}

/* ---- other people's data ---- */

/** Struct names under which payment authority goes (design, Decision 6). */
static const char *const PAYMENT_TYPES[] = {
	"SolGuaranteeRequestClaimsV1",
	"SolGuaranteeRequestClaimsV2",
	"TransferWithAuthorization",
	"ReceiveWithAuthorization",
	"CancelAuthorization",
	"Permit",
	"PermitSingle",
	"PermitBatch",
	"PermitTransferFrom",
	"PermitBatchTransferFrom",
	"PermitWitnessTransferFrom",
	"PermitBatchWitnessTransferFrom",
};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/** Any referenced type counts: authority inside another struct is authority. */
static const char *payment_type(const struct fm_eip712_type *type, unsigned depth)
{
	for (size_t i = 0; i < sizeof(PAYMENT_TYPES) / sizeof(PAYMENT_TYPES[0]); i++)
		if (strcmp(type->name, PAYMENT_TYPES[i]) == 0)
			return PAYMENT_TYPES[i];
	if (starts_with(type->name, "SolGuaranteeRequestClaims") || depth > FM_JSON_DEPTH)
		return type->name;
	for (size_t i = 0; i < type->count; i++) {
		const struct fm_eip712_member *m = &type->members[i];
		while (m && m->kind == FM_T_ARRAY)
			m = m->element;
		const char *found = m && m->kind == FM_T_STRUCT
					    ? payment_type(m->type, depth + 1)
					    : NULL;
		if (found)
			return found;
	}
	return NULL;
}

static enum fm_code refuse_form(const char *form, struct fm_err *err)
{
	fm_fail(err, FM_E_UNSUPPORTED,
		"%s is a payment form and is not signed as raw data", form);
	fm_rule(err, "raw-signing");
	return fm_hint(
		err,
		"guarantees: sign --claims; offers of a seller: sign --challenge or pay");
}

/** What nobody can read can be anything: authority of a contract we do not know, too. */
static enum fm_code check_any(const struct fm_client *client, const char *what,
			      struct fm_err *err)
{
	if (fm_policy_signs_any(client->config.policy))
		return FM_OK;
	fm_fail(err, FM_E_UNSUPPORTED,
		"%s may be worth money to a contract nobody here knows, and the policy's "
		"'sign' is not \"any\"",
		what);
	fm_rule(err, "sign");
	return fm_hint(err, "to sign such data after asking, put \"sign\": \"any\" into "
			    "policy.json");
}

enum fm_code fm_sign_typed(struct fm_signed *out, struct fm_client *client,
			   struct fm_span json,
			   enum fm_code (*confirm)(void *ctx, const char *what,
						   struct fm_err *err),
			   void *confirm_ctx, struct fm_err *err)
{
	struct fm_document doc = { .kind = FM_SIGN_TYPED, .text = json };
	struct fm_typed *typed = NULL;
	char what[160];
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_buf_init(&out->payload, PAYLOAD_CAP);
	rc = fm_typed_parse(&typed, json, err);
	if (rc)
		goto out;
	const char *form = payment_type(typed->primary, 0);
	if (form) {
		rc = refuse_form(form, err);
		goto out;
	}
	out->digest = typed->digest;
	snprintf(what, sizeof(what), "typed data '%.100s'", typed->primary->name);
	rc = check_any(client, what, err);
	if (!rc)
		rc = fm_client_check_stop(client, err);
	if (!rc)
		rc = fm_client_accepted(client, err);
	if (!rc)
		rc = confirm(confirm_ctx, what, err);
	if (!rc)
		rc = sign(out, client, &doc, err);
out:
	fm_typed_free(&typed);
	return rc;
}

/** Bytes that Core would take as a guarantee under EIP-191: the ABI encoding of the claims
 *  (4mica, section 3.3), or its hex text as one SDK signs it. */
static bool is_guarantee(struct fm_span m)
{
	bool v1 = m.len == 192;
	bool v2 = m.len >= 17 * 32 && m.len % 32 == 0;
	bool hex = m.len >= 2 && m.ptr[0] == '0' && m.ptr[1] == 'x' &&
		   (m.len - 2) % 64 == 0 && (m.len - 2) / 2 >= 192;

	if (hex)
		return true;
	if (!v1 && !v2)
		return false;
	/* Three addresses as words: 12 zero bytes in front of each; V2 may have an offset word. */
	static const char zero[12];
	for (size_t at = 0; at <= 32 && at + 192 <= m.len; at += 32)
		if (memcmp(m.ptr + at, zero, 12) == 0 &&
		    memcmp(m.ptr + at + 32, zero, 12) == 0 &&
		    memcmp(m.ptr + at + 128, zero, 12) == 0)
			return true;
	return false;
}

static bool contains(struct fm_span text, const char *part)
{
	size_t len = strlen(part);

	for (size_t i = 0; i + len <= text.len; i++)
		if (memcmp(text.ptr + i, part, len) == 0)
			return true;
	return false;
}

/** Words: UTF-8 of one line or more, without control characters. Bytes that are none, a hash for
 *  example, are how contracts take the word of a wallet. */
static bool is_text(struct fm_span m)
{
	if (!fm_utf8_ok(m))
		return false;
	for (size_t i = 0; i < m.len; i++) {
		unsigned char c = (unsigned char)m.ptr[i];

		if ((c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

enum fm_code fm_sign_message(struct fm_signed *out, struct fm_client *client,
			     struct fm_span message,
			     enum fm_code (*confirm)(void *ctx, const char *what,
						     struct fm_err *err),
			     void *confirm_ctx, struct fm_err *err)
{
	struct fm_document doc = { .kind = FM_SIGN_MESSAGE, .text = message };
	char what[64];
	enum fm_code rc;

	memset(out, 0, sizeof(*out));
	fm_buf_init(&out->payload, PAYLOAD_CAP);
	if (is_guarantee(message))
		return refuse_form("the encoding of a 4Mica guarantee", err);
	if (contains(message, "wants you to sign in with your Ethereum account"))
		return refuse_form("a sign-in message (EIP-4361)", err);
	fm_eip191_digest(&out->digest, message);
	snprintf(what, sizeof(what), "a message of %zu bytes", message.len);
	rc = is_text(message) ? FM_OK : check_any(client, what, err);
	if (!rc)
		rc = fm_client_check_stop(client, err);
	if (!rc)
		rc = fm_client_accepted(client, err);
	if (!rc)
		rc = confirm(confirm_ctx, what, err);
	return rc ? rc : sign(out, client, &doc, err);
}
