/* SPDX-License-Identifier: MIT */
/** fourmica.receipt/1: what is needed to look at a payment again years later without us. */
#include "client/internal.h"

#include <fourmica/file.h>

#include <stdio.h>
#include <string.h>

#define RECEIPT_FILE_MAX (512u * 1024u)

/** A text; empty is null. */
static void put_text(struct fm_jw *w, const char *name, const char *text)
{
	fm_jw_named_str(w, name, text && text[0] ? text : NULL);
}

static void put_time(struct fm_jw *w, const char *name, int64_t ms)
{
	char text[FM_TIME_TEXT];

	fm_jw_key(w, name);
	if (!ms) {
		fm_jw_null(w);
		return;
	}
	fm_time_text(text, ms / 1000);
	fm_jw_cstr(w, text);
}

static void put_payment(struct fm_jw *w, const struct fm_payment *p)
{
	char caip2[FM_CAIP2_TEXT];

	put_text(w, "id", p->id);
	put_text(w, "method", p->method);
	put_text(w, "origin", p->origin);
	put_text(w, "route", p->route);
	put_text(w, "scheme", p->scheme);
	fm_caip2_text(caip2, p->chain_id);
	put_text(w, "network", caip2);
	fm_jw_named_addr(w, "payer", &p->payer);
	fm_jw_named_addr(w, "pay_to", &p->pay_to);
	fm_jw_named_addr(w, "asset", &p->asset);
	fm_jw_named_u256(w, "amount", &p->amount);
	fm_jw_named_u256(w, "req_id", &p->req_id);
	fm_jw_named_hash(w, "nonce", &p->nonce);
	fm_jw_named_hash(w, "digest", &p->digest);
	fm_jw_named_hash(w, "policy_hash", &p->policy_hash);
	put_time(w, "signed_at", p->signed_ms);
}

/** What a certificate of this payment is to be held against, and on whose word. */
static void put_core(struct fm_jw *w, struct fm_client *client,
		     const struct fm_paid *paid)
{
	const struct fm_cert_trust *trust = &paid->trust;
	const uint64_t chain_id = paid->authority.payment.chain_id;
	struct fm_core_params params;
	struct fm_err ignored;

	fm_err_init(&ignored);
	fm_jw_key(w, "core");
	if (!paid->quote.offer->scheme->certificate) {
		fm_jw_null(w);
		return;
	}
	/* What was believed is kept whatever becomes of Core's parameters. */
	if (fm_client_params(&params, client, chain_id, &ignored))
		params.domain = (struct fm_credit_domain){ 0 };
	fm_jw_object(w);
	fm_jw_named_hex(w, "public_key",
			(struct fm_span){ (const char *)trust->key.bytes, FM_BLS_KEY });
	fm_jw_named_addr(w, "vault", &trust->vault);
	fm_jw_key(w, "chain_id");
	fm_jw_u64(w, chain_id);
	for (int n = 0; n < FM_GUARANTEE_VERSIONS; n++) {
		const struct fm_trust_version *version = &trust->version[n];
		if (version->has_domain)
			fm_jw_named_hash(w, n == 0 ? "domain_v1" : "domain_v2",
					 &version->domain);
	}
	put_text(w, "eip712_name", params.domain.name);
	put_text(w, "eip712_version", params.domain.version);
	put_text(w, "trust", fm_anchor_word(trust->anchor));
	fm_jw_end(w, '}');
}

static void put_answer(struct fm_jw *w, const struct fm_paid *paid)
{
	fm_jw_key(w, "status");
	fm_jw_i64(w, paid->http_status);
	put_text(w, "class", fm_after_word(paid->after.after));
	put_text(w, "evidence", paid->evidence);
	put_text(w, "cycle", paid->has_cycle ? paid->cycle.text : NULL);
	fm_jw_key(w, "body_bytes");
	fm_jw_u64(w, paid->body_bytes);
	fm_jw_named_hash(w, "body_sha256", &paid->body_sha256);
	put_text(w, "transaction", paid->receipt.transaction);
	fm_jw_key(w, "receipt_header");
	fm_jw_str(w, fm_buf_span(&paid->receipt.raw));
	fm_jw_key(w, "certificate");
	if (!paid->receipt.has_certificate) {
		fm_jw_null(w);
		return;
	}
	fm_jw_object(w);
	fm_jw_named_hex(w, "claims", fm_buf_span(&paid->receipt.claims));
	fm_jw_named_hex(w, "signature", fm_buf_span(&paid->receipt.signature));
	fm_jw_end(w, '}');
}

static void put_receipt(struct fm_buf *out, struct fm_client *client,
			const struct fm_paid *paid)
{
	struct fm_jw w;

	fm_jw_init(&w, out);
	fm_jw_object(&w);
	put_text(&w, "schema", FM_RECEIPT_SCHEMA);
	put_payment(&w, &paid->authority.payment);
	fm_jw_key(&w, "payment");
	fm_jw_raw(&w, fm_buf_span(&paid->authority.payload_json));
	put_core(&w, client, paid);
	put_answer(&w, paid);
	put_time(&w, "written_at", fm_wall_ms(client->config.clock));
	fm_jw_end(&w, '}');
	fm_buf_chr(out, '\n');
}

enum fm_code fm_client_keep_receipt(struct fm_paid *paid, struct fm_client *client,
				    struct fm_err *err)
{
	char path[sizeof(paid->receipt_path)];
	struct fm_buf text;
	enum fm_code rc;
	int len = snprintf(path, sizeof(path), "%s/%s.json", client->config.receipt_dir,
			   paid->authority.payment.id);

	if (len < 0 || (size_t)len >= sizeof(path))
		return fm_fail(err, FM_E_IO, "path too long: %.80s...",
			       client->config.receipt_dir);
	fm_buf_init(&text, RECEIPT_FILE_MAX);
	put_receipt(&text, client, paid);
	rc = fm_dir_make(client->config.receipt_dir, FM_FILE_PRIVATE, err);
	if (!rc && !fm_buf_ok(&text))
		rc = fm_nomem(err);
	if (!rc)
		rc = fm_file_write(path, fm_buf_span(&text), FM_FILE_REPLACE, err);
	if (!rc)
		memcpy(paid->receipt_path, path, (size_t)len + 1);
	fm_buf_clear(&text);
	return rc;
}
