/* SPDX-License-Identifier: MIT */
/* What a person allowed beyond the policy: exactly one payment, once, until a deadline.
 *
 * An approval goes by the SHA-256 of this JSON text, without blanks and with the members in this
 * order: schema ("fourmica.approval/1"), payer, method, url (origin and path: a query may hold
 * secrets), url_sha256 (all of it as asked for), body_sha256, scheme, network (CAIP-2), asset,
 * amount (base units), pay_to. Another price, recipient, body or address is another approval.
 *
 * It is used up in the transaction that reserves, so of two processes one gets it; and given back
 * in the one that lets the reservation go, which only happens when nothing was signed. */
#include "policy/ledger.h"

#include <fourmica/http.h>
#include <fourmica/json.h>
#include <fourmica/network.h>

#include <stdio.h>
#include <string.h>

#define SCHEMA "fourmica.approval/1"
#define TERMS_MAX (32u * 1024u)

/* ---- its name ---- */

static void put_url(struct fm_jw *w, const char *url)
{
	struct fm_hash hash;
	struct fm_buf shown;
	struct fm_url parts;

	fm_buf_init(&shown, TERMS_MAX);
	if (fm_url_parse(&parts, fm_span_of(url)) && fm_url_origin(&shown, &parts))
		fm_buf_add(&shown, parts.path.ptr, parts.path.len);
	if (shown.failed)
		w->buf->failed = true;
	fm_jw_key(w, "url");
	fm_jw_str(w, fm_buf_span(&shown));
	fm_buf_clear(&shown);
	fm_sha256(&hash, url, strlen(url));
	fm_jw_named_hash(w, "url_sha256", &hash);
}

static void put_terms(struct fm_buf *out, const struct fm_approval_terms *terms)
{
	char network[FM_CAIP2_TEXT];
	struct fm_jw w;

	fm_caip2_text(network, terms->chain_id);
	fm_jw_init(&w, out);
	fm_jw_object(&w);
	fm_jw_named_str(&w, "schema", SCHEMA);
	fm_jw_named_addr(&w, "payer", &terms->payer);
	fm_jw_named_str(&w, "method", terms->method);
	put_url(&w, terms->url);
	fm_jw_named_hash(&w, "body_sha256", &terms->body);
	fm_jw_named_str(&w, "scheme", terms->scheme);
	fm_jw_named_str(&w, "network", network);
	fm_jw_named_addr(&w, "asset", &terms->asset);
	fm_jw_named_u256(&w, "amount", &terms->amount);
	fm_jw_named_addr(&w, "pay_to", &terms->pay_to);
	fm_jw_end(&w, '}');
}

enum fm_code fm_approval_hash(struct fm_hash *out, struct fm_buf *text,
			      const struct fm_approval_terms *terms, struct fm_err *err)
{
	struct fm_buf own;
	enum fm_code rc = FM_OK;

	fm_buf_init(&own, TERMS_MAX);
	put_terms(&own, terms);
	if (!fm_buf_ok(&own) || (text && !fm_buf_add(text, own.ptr, own.len)))
		rc = fm_nomem(err);
	else
		fm_sha256(out, own.ptr, own.len);
	fm_buf_clear(&own);
	return rc;
}

/* ---- made ---- */

static enum fm_code store(struct fm_ledger *ledger, const struct fm_approval *approval,
			  struct fm_span terms, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_APPROVAL_PUT, err);

	if (rc)
		return rc;
	fm_query_blob(&q, approval->hash.b, sizeof(approval->hash.b));
	fm_query_span(&q, terms);
	fm_query_i64(&q, approval->made_ms);
	fm_query_i64(&q, approval->deadline_ms);
	return fm_query_run(&q, err);
}

static enum fm_code check_for(int64_t for_s, struct fm_err *err)
{
	if (for_s >= 1 && for_s <= FM_APPROVAL_MOST_S)
		return FM_OK;
	return fm_fail(err, FM_E_USAGE,
		       "an approval lasts from 1 s to %d h, and this is %lld s",
		       FM_APPROVAL_MOST_S / 3600, (long long)for_s);
}

enum fm_code fm_approval_add(struct fm_approval *out, struct fm_ledger *ledger,
			     const struct fm_approval_terms *terms, int64_t for_s,
			     struct fm_err *err)
{
	struct fm_buf text;
	enum fm_code rc = check_for(for_s, err);

	memset(out, 0, sizeof(*out));
	fm_buf_init(&text, TERMS_MAX);
	if (!rc)
		rc = fm_approval_hash(&out->hash, &text, terms, err);
	if (!rc)
		rc = fm_ledger_begin(ledger, true, err);
	if (rc)
		goto out;
	out->made_ms = ledger->now_ms;
	out->deadline_ms = ledger->now_ms + for_s * 1000;
	rc = store(ledger, out, fm_buf_span(&text), err);
	if (!rc)
		rc = fm_journal_approved(ledger, out, fm_buf_span(&text), err);
	rc = fm_ledger_end(ledger, rc, err);
out:
	fm_buf_clear(&text);
	return rc;
}

/* ---- looked for ---- */

static enum fm_code get(struct fm_approval *out, bool *found, struct fm_ledger *ledger,
			const struct fm_hash *hash, struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_APPROVAL_GET, err);

	*found = false;
	memset(out, 0, sizeof(*out));
	out->hash = *hash;
	if (rc)
		return rc;
	fm_query_blob(&q, hash->b, sizeof(hash->b));
	rc = fm_query_step(&q, found, err);
	if (!rc && *found &&
	    (!fm_column_i64(&out->made_ms, &q, 0) ||
	     !fm_column_i64(&out->deadline_ms, &q, 1) ||
	     !fm_column_i64(&out->used_ms, &q, 2) ||
	     (!fm_column_null(&q, 3) &&
	      !fm_column_text(out->payment, sizeof(out->payment), &q, 3))))
		rc = fm_db_damaged(ledger->db, "an approval is unreadable", err);
	fm_query_close(&q);
	return rc;
}

/* Its payment was reserved by a process that died: whoever reserves next gives it back first. */
static enum fm_code left_behind(bool *out, struct fm_ledger *ledger,
				const char *payment_id, struct fm_err *err)
{
	struct fm_row row = { .seq = 0 };
	struct fm_query q;
	bool found;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_BY_ID, err);

	*out = false;
	if (rc)
		return rc;
	fm_query_text(&q, payment_id);
	rc = fm_row_one(&row, &found, &q, err);
	if (!rc && found)
		*out = row.payment.state == FM_PAY_RESERVED &&
		       !fm_owners_mine(&ledger->owners, row.seq) &&
		       !fm_owners_other(&ledger->owners, row.seq);
	fm_row_clear(&row);
	return rc;
}

enum fm_code fm_approval_find(struct fm_approval *out, bool *usable,
			      struct fm_ledger *ledger, const struct fm_hash *hash,
			      struct fm_err *err)
{
	int64_t now_ms = 0;
	bool found = false;
	enum fm_code rc = get(out, &found, ledger, hash, err);

	*usable = false;
	if (!rc)
		rc = fm_ledger_now(&now_ms, ledger, err);
	if (rc || !found || out->deadline_ms <= now_ms)
		return rc;
	*usable = !out->used_ms;
	return *usable ? FM_OK : left_behind(usable, ledger, out->payment, err);
}

/* ---- used ---- */

static bool has_approval(const struct fm_payment *payment)
{
	static const struct fm_hash none;

	return !fm_hash_equal(&payment->approval, &none);
}

enum fm_code fm_approval_use(struct fm_ledger *ledger, const struct fm_payment *payment,
			     struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc;

	if (!has_approval(payment))
		return FM_OK;
	rc = fm_query_open(&q, ledger->db, FM_SQL_APPROVAL_USE, err);
	if (rc)
		return rc;
	fm_query_i64(&q, ledger->now_ms);
	fm_query_text(&q, payment->id);
	fm_query_blob(&q, payment->approval.b, sizeof(payment->approval.b));
	rc = fm_query_run(&q, err);
	if (rc || fm_db_changes(ledger->db) == 1)
		return rc;
	fm_fail(err, FM_E_APPROVAL,
		"the approval was used by another payment meanwhile, or is too old");
	fm_rule(err, "approval");
	return fm_hint(err, "have it approved once more, if it is to be paid once more");
}

enum fm_code fm_approval_back(struct fm_ledger *ledger, const struct fm_payment *payment,
			      struct fm_err *err)
{
	struct fm_query q;
	enum fm_code rc;

	if (!has_approval(payment))
		return FM_OK;
	rc = fm_query_open(&q, ledger->db, FM_SQL_APPROVAL_BACK, err);
	if (rc)
		return rc;
	fm_query_blob(&q, payment->approval.b, sizeof(payment->approval.b));
	fm_query_text(&q, payment->id);
	return fm_query_run(&q, err);
}
