/* SPDX-License-Identifier: MIT */
/* Guarantees that others gave to a wallet here. Core keeps each identity once, and so does this:
 * 4mica.md, section 4. */
#include "policy/cursor.h"
#include "policy/ledger.h"

#include <fourmica/json.h>

#include <stdio.h>
#include <string.h>

/** What identifies it, in the order of the index. The buffers live as long as the query. */
struct identity {
	uint8_t req_id[32];
};

static void bind_identity(struct fm_query *q, struct identity *id,
			  const struct fm_incoming *in)
{
	fm_u256_to_be(id->req_id, &in->req_id);
	fm_query_i64(q, (int64_t)in->chain_id);
	fm_query_blob(q, in->recipient.b, sizeof(in->recipient.b));
	fm_query_blob(q, in->cycle_id.b, sizeof(in->cycle_id.b));
	fm_query_blob(q, in->payer.b, sizeof(in->payer.b));
	fm_query_blob(q, id->req_id, sizeof(id->req_id));
	fm_query_blob(q, in->asset.b, sizeof(in->asset.b));
	fm_query_i64(q, in->version);
}

/** Another certificate of the same guarantee would be counted in its place, or twice. */
static enum fm_code compare(const struct fm_query *q, const struct fm_incoming *in,
			    struct fm_err *err)
{
	struct fm_cursor c = { .q = q };
	struct fm_u256 amount;
	uint64_t timestamp = 0;
	char was[FM_U256_DEC], is[FM_U256_DEC];
	enum fm_code rc;

	fm_get_u256(&amount, &c);
	fm_get_u64(&timestamp, &c);
	rc = fm_get_end(&c, "an incoming guarantee is unreadable", err);
	if (rc || (fm_u256_cmp(&amount, &in->amount) == 0 && timestamp == in->timestamp))
		return rc;
	fm_u256_dec(was, &amount);
	fm_u256_dec(is, &in->amount);
	fm_fail(err, FM_E_CERT_DIFF,
		"a certificate of this guarantee was imported before, of amount %s signed "
		"at %llu; this one is of amount %s signed at %llu",
		was, (unsigned long long)timestamp, is,
		(unsigned long long)in->timestamp);
	fm_rule(err, "identity");
	return fm_hint(err, "keep both files: 4Mica Core should never have signed both");
}

static enum fm_code find(bool *known, struct fm_ledger *ledger,
			 const struct fm_incoming *in, struct fm_err *err)
{
	struct identity id;
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_INCOMING_FIND, err);

	if (rc)
		return rc;
	bind_identity(&q, &id, in);
	rc = fm_query_step(&q, known, err);
	if (!rc && *known)
		rc = compare(&q, in, err);
	fm_query_close(&q);
	return rc;
}

static enum fm_code insert(struct fm_ledger *ledger, const struct fm_incoming *in,
			   struct fm_err *err)
{
	struct identity id;
	uint8_t amount[32];
	struct fm_query q;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_INCOMING_ADD, err);

	if (rc)
		return rc;
	fm_u256_to_be(amount, &in->amount);
	bind_identity(&q, &id, in);
	fm_query_blob(&q, amount, sizeof(amount));
	fm_query_i64(&q, (int64_t)in->timestamp);
	fm_query_blob(&q, in->claims.ptr, in->claims.len);
	fm_query_blob(&q, in->signature.ptr, in->signature.len);
	fm_query_i64(&q, ledger->now_ms);
	return fm_query_run(&q, err);
}

static enum fm_code record(struct fm_ledger *ledger, const struct fm_incoming *in,
			   struct fm_err *err)
{
	char cycle[FM_HASH_TEXT], payer[FM_ADDR_TEXT], recipient[FM_ADDR_TEXT],
		asset[FM_ADDR_TEXT], number[FM_U256_DEC];
	struct fm_buf body;
	struct fm_jw w;
	enum fm_code rc;

	fm_hash_text(cycle, &in->cycle_id);
	fm_addr_text(payer, &in->payer);
	fm_addr_text(recipient, &in->recipient);
	fm_addr_text(asset, &in->asset);
	fm_buf_init(&body, 4096);
	fm_jw_init(&w, &body);
	fm_jw_object(&w);
	fm_jw_key(&w, "event");
	fm_jw_cstr(&w, "incoming");
	fm_jw_key(&w, "cycle_id");
	fm_jw_cstr(&w, cycle);
	fm_jw_key(&w, "payer");
	fm_jw_cstr(&w, payer);
	fm_jw_key(&w, "recipient");
	fm_jw_cstr(&w, recipient);
	fm_jw_key(&w, "asset");
	fm_jw_cstr(&w, asset);
	fm_u256_dec(number, &in->req_id);
	fm_jw_key(&w, "req_id");
	fm_jw_cstr(&w, number);
	fm_u256_dec(number, &in->amount);
	fm_jw_key(&w, "amount");
	fm_jw_cstr(&w, number);
	fm_jw_end(&w, '}');
	rc = fm_buf_ok(&body) ? fm_journal_add(&ledger->head, ledger->db, ledger->now_ms,
					       NULL, fm_buf_span(&body), err)
			      : fm_nomem(err);
	fm_buf_clear(&body);
	return rc;
}

enum fm_code fm_ledger_incoming_add(bool *known, struct fm_ledger *ledger,
				    const struct fm_incoming *in, struct fm_err *err)
{
	enum fm_code rc = fm_ledger_begin(ledger, true, err);

	*known = false;
	if (rc)
		return rc;
	rc = find(known, ledger, in, err);
	if (!rc && !*known) {
		rc = insert(ledger, in, err);
		if (!rc)
			rc = record(ledger, in, err);
	}
	return fm_ledger_end(ledger, rc, err);
}

enum fm_code fm_ledger_incoming_cycles(struct fm_ledger *ledger,
				       const struct fm_addr *wallet, uint64_t chain_id,
				       bool (*each)(void *ctx, const struct fm_hash *id,
						    const struct fm_addr *asset,
						    uint64_t latest_s),
				       void *ctx, struct fm_err *err)
{
	struct fm_query q;
	bool got = true;
	enum fm_code rc = fm_query_open(&q, ledger->db, FM_SQL_INCOMING_CYCLES, err);

	if (rc)
		return rc;
	fm_query_i64(&q, (int64_t)chain_id);
	fm_query_blob(&q, wallet->b, sizeof(wallet->b));
	while (!rc && got) {
		struct fm_cursor c = { .q = &q };
		struct fm_hash id;
		struct fm_addr asset;
		uint64_t latest = 0;

		rc = fm_query_step(&q, &got, err);
		if (rc || !got)
			break;
		fm_get_hash(&id, &c);
		fm_get_blob(asset.b, sizeof(asset.b), &c);
		fm_get_u64(&latest, &c);
		rc = fm_get_end(&c, "an incoming guarantee is unreadable", err);
		if (!rc && !each(ctx, &id, &asset, latest))
			break;
	}
	fm_query_close(&q);
	return rc;
}
